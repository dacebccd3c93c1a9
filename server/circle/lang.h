/* lang.h: which of our languages a text is written in, by its letters: enough to set `lang` for
 * screen readers and fonts. Pure. */
#pragma once

#include <stddef.h>

/* "he", "ar" or "en"; `otherwise` if it has no letter of these. */
const char *lang_of(const char *text, size_t bytes, const char *otherwise);
