/* texts.h: the sentences that people read, in Hebrew, Arabic and English, from config/texts.
 * Loaded once, read-only from then on: any thread. Nothing here decides; it only says.
 *
 * A key is a dotted path, the general before the particular: asked for "error.not_found.post", the
 * catalogue answers with "error.not_found" if it has nothing more particular. So a caller may
 * always name the case as exactly as it knows it. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct texts;

/* Reads he.json, ar.json and en.json from `dir`. ERR_BAD_PARAMS, and a sentence in `why`, if one
 * of them cannot be read, is no flat object of sentences, or differs from the others in its keys or
 * in the {placeholders} of a key. */
MUST_CHECK enum err texts_load(const char *dir, struct why *why, struct texts **out);
void texts_free(struct texts **texts);

/* "he", "ar" and "en" are known. NULL is not. */
bool texts_knows(const char *lang);
/* A known `lang` itself, else "he": a string that lives for ever. */
const char *texts_lang(const char *lang);

/* The sentence, placeholders and all. Never NULL: an unknown language reads Hebrew, and for an
 * unknown key the key itself comes back, where someone will see it. Lives as long as `texts`. */
const char *texts_get(const struct texts *texts, const char *lang, const char *key);
/* Whether there is a sentence under exactly this key. */
bool texts_has(const struct texts *texts, const char *key);

/* Appends the sentence with its placeholders filled in, from pairs of strings ended by NULL:
 *     texts_format(texts, "he", "error.too_fast", &out, "seconds", "90", NULL);
 * {seconds} given as digits is written as a person would say it ("90 שניות", "3 minutes").
 * Other values that are not plain digits are isolated (U+2068 … U+2069), so that a name in one
 * script leaves a sentence in another in order. A placeholder without a value becomes "…". */
void texts_format(const struct texts *texts, const char *lang, const char *key, struct buf *out,
				  ...) __attribute__((sentinel));
