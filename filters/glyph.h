/* glyph.h: what one code point is to a filter and to the search index: what it folds to, and
 * whether it is a letter, a mark that only sits on one, or invisible. The table is built once
 * from ICU, by text.c (the only file that knows ICU), and read-only from then on. Any thread. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum glyph_kind {
	GLYPH_OTHER,     /* punctuation, symbols, emoji, what nobody has assigned */
	GLYPH_LETTER,    /* letters, and the vowel signs of scripts that cannot do without */
	GLYPH_DIGIT,     /* decimal digits of any script; they fold to 0-9 */
	GLYPH_SPACE,     /* every kind of white space; folds to U+0020 */
	GLYPH_MARK,      /* niqqud, te'amim, harakat, tatweel, accents, variation selectors: dropped */
	GLYPH_INVISIBLE  /* zero-width, direction controls, other controls: counted, then dropped */
};

enum glyph_script {
	SCRIPT_NONE,
	SCRIPT_LATIN,
	SCRIPT_HEBREW,
	SCRIPT_ARABIC,
	SCRIPT_CYRILLIC,
	SCRIPT_GREEK,
	SCRIPT_OTHER
};

enum { GLYPH_FOLD_MOST = 18 }; /* no code point folds to more (U+FDFA) */

/* One entry: bits 0-20 the code point it folds to (0: itself) or, with GLYPH_EXPANDS, where its
 * expansion starts; then kind, script and flags. */
#define GLYPH_FOLDS 0x1fffffu
#define GLYPH_POINT(entry) ((entry) & GLYPH_FOLDS)
#define GLYPH_KIND(entry) ((enum glyph_kind)((entry) >> 21 & 7u))
#define GLYPH_SCRIPT(entry) ((enum glyph_script)((entry) >> 24 & 7u))
#define GLYPH_EXPANDS (1u << 27)
#define GLYPH_CASED (1u << 28)   /* a letter that has an upper and a lower form */
#define GLYPH_CAPITAL (1u << 29) /* the upper one */
#define GLYPH_EMOJI (1u << 30)
#define GLYPH_NOTABLE (1u << 31) /* one of the few that text.c has to look at more closely */

/* Builds the table. Must have succeeded once before anything else here is called; cheap afterwards.
 * ERR_INTERNAL if the ICU data cannot be read, ERR_NO_MEMORY. */
MUST_CHECK enum err glyph_prepare(void);

/* Pages of 256 entries; NULL means "nothing special: itself, GLYPH_OTHER". */
extern const uint32_t *glyph_pages[0x1100];

static inline uint32_t glyph_entry(uint32_t point)
{
	const uint32_t *page = point < 0x110000 ? glyph_pages[point >> 8] : 0;

	return page ? page[point & 255] : 0;
}

/* What `point`, whose entry this is, folds to: the number of code points written to `out`; 0 for
 * marks and invisibles. Folding what came out changes nothing any more. */
unsigned glyph_fold(uint32_t point, uint32_t entry, uint32_t out[GLYPH_FOLD_MOST]);
