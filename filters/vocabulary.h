/* vocabulary.h: which words there are: those that filters look for, and the ordinary ones of three
 * languages, so that a word which is neither can be taken for one of them in disguise (mend.c).
 * Words are folded code points. Loaded by one thread, then read by all. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	KNOWN_ORDINARY = 1, /* an everyday word: never mended */
	KNOWN_SOUGHT = 2,   /* stands in a list, or in a pattern: worth finding behind a disguise */
	KNOWN_LISTED = 4,   /* is found as it stands: before all others */
	KNOWN_POINTS_MOST = 24
};

/* There are some sixty thousand of these. */
struct known {
	uint32_t at : 20; /* its points in the pool */
	uint32_t count : 5;
	uint32_t kind : 3; /* bits as above */
	uint32_t cost : 4; /* how rare: 0 the commonest */
};

/* How a word of another script sounds in Latin letters: sharmuta. */
struct sound {
	uint32_t hash;
	uint32_t at;
	uint8_t count;
	bool weak;  /* only beside one that is not */
	bool brief; /* so short that only a digit tells it from a word of another language */
};

struct vocabulary;

struct vocabulary *vocabulary_new(void);
void vocabulary_free(struct vocabulary **vocabulary);

/* Words that are too long or of an exotic script are left out, and so are those behind the
 * millionth letter. A `rank` says how many words are commoner. ERR_NO_MEMORY. */
MUST_CHECK enum err vocabulary_add(struct vocabulary *vocabulary, const uint32_t *points,
	uint32_t count, unsigned kind, uint32_t rank);
/* `latin` as folded and without leet undone, what it stands for folded. */
MUST_CHECK enum err vocabulary_add_sound(struct vocabulary *vocabulary, const uint32_t *latin,
	uint32_t latin_count, const uint32_t *points, uint32_t count, bool weak);
/* Makes the tables out of all that was added. */
MUST_CHECK enum err vocabulary_finish(struct vocabulary *vocabulary);

/* For kin.c: every word, by number, until the tables are made; and what kin.c made of them. */
uint32_t vocabulary_count(const struct vocabulary *vocabulary);
const struct known *vocabulary_word(const struct vocabulary *vocabulary, uint32_t number);
const struct kin *vocabulary_kin(const struct vocabulary *vocabulary);

/* NULL if there is no such word. All look-ups take the same few steps whatever the size. */
const struct known *vocabulary_find(const struct vocabulary *vocabulary, const uint32_t *points,
	uint32_t count);
/* The same, with what Hebrew and Arabic put before a word taken off; `prefix` may be NULL. */
const struct known *vocabulary_find_prefixed(const struct vocabulary *vocabulary,
	const uint32_t *points, uint32_t count, uint32_t *prefix);
/* The word that is written with some letters twice here: the nearest one. */
const struct known *vocabulary_find_doubled(const struct vocabulary *vocabulary,
	const uint32_t *points, uint32_t count);
/* The word that has `gap` letters more, at `place`; or, if that is UINT32_MAX, the sought word that
 * has one vowel more, anywhere inside. `gap` is 1, or 2 for listed words. */
const struct known *vocabulary_find_gapped(const struct vocabulary *vocabulary,
	const uint32_t *points, uint32_t count, uint32_t place, uint32_t gap);
/* What these Latin letters and digits sound like; NULL if nothing. */
const struct sound *vocabulary_find_sound(const struct vocabulary *vocabulary,
	const uint32_t *latin, uint32_t count);

/* Point `i` of a word or of what a sound stands for. */
uint32_t vocabulary_point(const struct vocabulary *vocabulary, uint32_t at, uint32_t i);

/* Letters that Hebrew and Arabic write in front of a word, as one with it. */
bool vocabulary_is_hebrew_prefix(uint32_t point);
bool vocabulary_is_arabic_prefix(uint32_t point);
/* How many points of a word may be prefixes, leaving two at least. */
uint32_t vocabulary_prefixes(const uint32_t *points, uint32_t count);
