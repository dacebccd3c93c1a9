/* mend.h: the second half of seeing through disguises: the first (disguise.c) knows letters, this
 * one knows words. Any thread. */
#pragma once

#include "filters/text.h"
#include "filters/vocabulary.h"

/* Mends the words of the folded view, as text_fold() left it, and makes the squashed one. Every
 * place still leads back to what was written. A text of known words is left as it is. */
void mend_text(const struct vocabulary *words, struct text *text);
