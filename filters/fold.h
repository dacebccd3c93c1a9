/* fold.h: words as the search index wants them: NFKC_Casefold, niqqud, harakat and accents dropped,
 * Hebrew finals and Arabic forms made one. Nothing that undoes disguises (that is text.c): whoever
 * searches means what they typed. Any thread. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

/* Appends the folded words of `text` to `out`, one space between two; nothing if it has no letter
 * or digit. A quote or apostrophe between two letters is left out (צה"ל → צהל, don't → dont); all
 * other punctuation parts words. Folding what came out changes nothing any more.
 * ERR_BAD_PARAMS if `text` is no valid UTF-8, ERR_NO_MEMORY. */
MUST_CHECK enum err fold_words(const char *text, size_t bytes, struct buf *out);

enum { FOLD_VARIANTS_MOST = 6 };

struct fold_variant {
	const char *at; /* into the word given */
	size_t bytes;
};

/* The word itself, then what is left of it when Hebrew [והבלכמש] (one to three) or Arabic
 * و ف ب ل ك ال لل (in the order in which they attach) are taken off its front, as long as two
 * letters remain; shorter and shorter. `word` is one folded word. Returns how many, 1 at least. */
size_t fold_variants(const char *word, size_t bytes, struct fold_variant out[FOLD_VARIANTS_MOST]);
