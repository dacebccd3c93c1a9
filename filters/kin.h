/* kin.h: which known word somebody may have meant who left a letter out, put one in, mixed them up,
 * hid some, or wrote as it sounds. Words in rows by their first letter and length, so that a look
 * touches few of them. Made with the vocabulary by one thread, then read by all. */
#pragma once

#include "filters/vocabulary.h"

#include <stdbool.h>
#include <stdint.h>

enum kin_way {
	KIN_BACKWARDS, /* written from its end */
	KIN_HEARD,     /* one sound written by other letters, or all sounds of one kind */
	KIN_LONGER,    /* one letter too many */
	KIN_MIXED,     /* all letters but the first and the last in another order */
	KIN_SHORTER,   /* one letter is missing */
	KIN_WAYS
};

struct kin;

/* What was meant; prefixes are part of it. */
struct guess {
	uint32_t points[KNOWN_POINTS_MOST], count;
	uint32_t prefix; /* so many points are none of the word */
	unsigned kind;   /* of the word: KNOWN_… */
};

/* Letters that have numbers here, script by script: the vocabulary writes its words with them. */
enum { KIN_LETTERS = 96 };
uint32_t kin_letter(unsigned number);

/* NULL if there is no memory. Into `order`: the numbers of all words, in the order in which their
 * letters must then stand one behind the other; kin_place() says where. */
struct kin *kin_new(const struct vocabulary *vocabulary, uint32_t *order);
void kin_free(struct kin **kin);
void kin_place(struct kin *kin, const uint8_t *letters);

/* Looks for a word of one of these kinds. The first letter and the last are taken as written. */
bool kin_find(const struct vocabulary *vocabulary, enum kin_way way, const uint32_t *letters,
	uint32_t count, unsigned kinds, struct guess *out);

/* Letters of one script, as bits; all of them: whatever it may be. */
#define KIN_ANY UINT64_MAX
/* The bit of a letter; 0 if it is of none of the three scripts. */
uint64_t kin_bit(uint32_t letter);
/* The first of the best words that have one of these letters at each place; `like` is a letter of
 * their script. */
bool kin_find_hidden(const struct vocabulary *vocabulary, uint32_t like, const uint64_t *sets,
	uint32_t count, unsigned kinds, struct guess *out);
