/* vocabulary.c: hash tables over all known words: as they are, in buckets that are each a line of
 * the machine's cache; those with double letters without them, those that a letter or two may be
 * missing of, and by their sound in Latin letters. Loaded by one thread, read by all. */
#include "filters/vocabulary.h"

#include "filters/glyph.h"
#include "filters/kin.h"

#include <endian.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
	WORDS_MOST = 200000,
	PREFIX_MOST = 4,
	REST_LEAST = 3,      /* what is left behind a prefix */
	GAP_WORD_LEAST = 4,  /* shorter words have too many neighbours */
	VOWEL_WORD_LEAST = 5,
	SKELETON_LEAST = 5,  /* so many consonants say by themselves which word it is */
	BRIEF_MOST = 3,      /* so few say little */
	UNRANKED_COST = 10,
	SLOT_WORD_BITS = 18, /* more than WORDS_MOST */
	SLOT_WORD_MASK = (1 << SLOT_WORD_BITS) - 1,
	SLOTS_FIRST = 1024,
	POOL_MOST = 1 << 20,  /* as struct known has bits for, and so are these: */
	KNOWN_COUNTS = 31,
	KNOWN_KINDS = 7,
	KNOWN_COSTS = 15,
	BUCKET_WORDS = 12,
	BUCKET_FILL = 10, /* words that it has on the whole; what finds no room goes to the next one */
	LETTERS_MOST = 256,
	POINTS_MOST = 1 << 16 /* higher ones are in no word */
};

/* A word (+ 1; 0: free) with one letter or two missing from a place on, and bits of the hash of
 * what is left, in one number: there are many of these. */
enum {
	GAP_PLACE_AT = SLOT_WORD_BITS,
	GAP_PLACE_BITS = 5, /* more than KNOWN_POINTS_MOST */
	GAP_TWO = 1 << (GAP_PLACE_AT + GAP_PLACE_BITS),
	GAP_HASH_AT = GAP_PLACE_AT + GAP_PLACE_BITS + 1
};

struct bucket {
	struct known words[BUCKET_WORDS];
	uint8_t prints[BUCKET_WORDS]; /* a byte of each word's hash */
	uint8_t count;
	bool is_passed; /* a word that belongs here stands in the next one, or behind it */
	uint8_t unused[2];
};

enum { PRINTS_READ = 8 }; /* at once, twice: the bytes behind the prints are read as well */

struct vocabulary {
	struct bucket *buckets;
	uint32_t bucket_count;
	struct known *words; /* as they were added, and a table of them; until all are */
	uint32_t count, room;
	uint32_t *exact; /* number + 1 of a word, and bits of its hash */
	uint32_t exact_slots;
	uint8_t *pool; /* numbers of letters */
	uint32_t pool_count, pool_room;
	uint16_t letters[LETTERS_MOST]; /* which point each stands for */
	uint32_t letter_count;
	uint8_t *numbers; /* number + 1 of each point's letter; only while words are added */
	/* Place + 1, in the buckets, of a word that has a letter twice in a row; bits of its hash. */
	uint32_t *undoubled;
	uint32_t undoubled_slots;
	uint32_t *gaps;
	uint32_t gap_slots;
	struct sound *sounds;
	uint32_t sound_count, sound_room;
	uint32_t *sound_slots;
	uint32_t sound_mask;
	struct kin *kin;
};

struct vocabulary *vocabulary_new(void)
{
	struct vocabulary *vocabulary = calloc(1, sizeof(*vocabulary));

	if (!vocabulary)
		return NULL;
	vocabulary->numbers = calloc(POINTS_MOST, 1);
	if (!vocabulary->numbers) {
		vocabulary_free(&vocabulary);
		return NULL;
	}
	/* Number + 1, as for all letters that come. */
	while (vocabulary->letter_count < KIN_LETTERS) {
		uint32_t point = kin_letter(vocabulary->letter_count);

		vocabulary->letters[vocabulary->letter_count++] = (uint16_t)point;
		vocabulary->numbers[point] = (uint8_t)vocabulary->letter_count;
	}
	return vocabulary;
}

void vocabulary_free(struct vocabulary **vocabulary)
{
	if (!*vocabulary)
		return;
	free((*vocabulary)->buckets);
	free((*vocabulary)->words);
	free((*vocabulary)->pool);
	free((*vocabulary)->numbers);
	free((*vocabulary)->exact);
	free((*vocabulary)->undoubled);
	free((*vocabulary)->gaps);
	free((*vocabulary)->sounds);
	free((*vocabulary)->sound_slots);
	kin_free(&(*vocabulary)->kin);
	free(*vocabulary);
	*vocabulary = NULL;
}

uint32_t vocabulary_point(const struct vocabulary *vocabulary, uint32_t at, uint32_t i)
{
	return vocabulary->letters[vocabulary->pool[at + i]];
}

uint32_t vocabulary_count(const struct vocabulary *vocabulary)
{
	return vocabulary->count;
}

const struct known *vocabulary_word(const struct vocabulary *vocabulary, uint32_t number)
{
	return &vocabulary->words[number];
}

const struct kin *vocabulary_kin(const struct vocabulary *vocabulary)
{
	return vocabulary->kin;
}

static uint32_t point_of(const struct vocabulary *vocabulary, const struct known *word, uint32_t i)
{
	return vocabulary_point(vocabulary, word->at, i);
}

/* Writes the word out; `out` has room for KNOWN_POINTS_MOST. */
static void word_write(const struct vocabulary *vocabulary, const struct known *word, uint32_t *out)
{
	for (uint32_t i = 0; i < word->count; i++)
		out[i] = point_of(vocabulary, word, i);
}

/* --- hashes --------------------------------------------------------------------------------- */

static uint32_t hash_step(uint32_t hash, uint32_t point)
{
	return (hash ^ point) * 0x9E3779B1u;
}

static uint32_t hash_finish(uint32_t hash)
{
	return hash ^ hash >> 15;
}

/* From the end, so that what is left behind a prefix has its hash already. */
static uint32_t hash_points(const uint32_t *points, uint32_t count)
{
	uint32_t hash = 0;

	while (count)
		hash = hash_step(hash, points[--count]);
	return hash_finish(hash);
}

/* Of the word with each letter once. */
static uint32_t hash_undoubled(const uint32_t *points, uint32_t count)
{
	uint32_t hash = 0;

	for (uint32_t i = count; i-- > 0;)
		if (i + 1 == count || points[i] != points[i + 1])
			hash = hash_step(hash, points[i]);
	return hash_finish(hash);
}

/* Where to look first in a table of any size: the upper bits of the hash say; the lower ones are
 * left for telling words that share a place apart. */
static uint32_t slot_first(uint32_t hash, uint32_t slots)
{
	return (uint32_t)((uint64_t)hash * slots >> 32);
}

static uint32_t slot_next(uint32_t slot, uint32_t slots)
{
	return slot + 1 == slots ? 0 : slot + 1;
}

/* The tables that stay are so full: many words, little room. */
static uint32_t slots_for(uint32_t count)
{
	return count + count / 3 + 16;
}

/* --- adding --------------------------------------------------------------------------------- */

static bool pool_reserve(struct vocabulary *vocabulary, uint32_t count)
{
	uint32_t room = (vocabulary->pool_room + count) * 2;
	uint8_t *grown;

	if (vocabulary->pool_count + count <= vocabulary->pool_room)
		return true;
	grown = realloc(vocabulary->pool, room * sizeof(*grown));
	if (!grown)
		return false;
	vocabulary->pool = grown;
	vocabulary->pool_room = room;
	return true;
}

/* Are there numbers for all these letters, and room for them? Else the word is left out. */
static bool pool_takes(struct vocabulary *vocabulary, const uint32_t *points, uint32_t count)
{
	if (vocabulary->pool_count + count > POOL_MOST)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		if (points[i] >= POINTS_MOST)
			return false;
		if (vocabulary->numbers[points[i]])
			continue;
		/* One number fewer than letters: 0 is none. */
		if (vocabulary->letter_count == LETTERS_MOST - 1)
			return false;
		vocabulary->letters[vocabulary->letter_count++] = (uint16_t)points[i];
		vocabulary->numbers[points[i]] = (uint8_t)vocabulary->letter_count;
	}
	return true;
}

static uint32_t pool_add(struct vocabulary *vocabulary, const uint32_t *points, uint32_t count)
{
	uint32_t at = vocabulary->pool_count;

	for (uint32_t i = 0; i < count; i++)
		vocabulary->pool[vocabulary->pool_count++] =
			(uint8_t)(vocabulary->numbers[points[i]] - 1);
	return at;
}

static uint32_t cost_of(uint32_t rank)
{
	uint32_t cost = 0;

	if (rank == UINT32_MAX)
		return UNRANKED_COST;
	for (; rank > 1 && cost < UNRANKED_COST + 3; rank /= 2)
		cost++;
	return cost;
}

/* A slot says at once whether its word can be the one: most look-ups are of words not known. */
static uint32_t slot_of(uint32_t number, uint32_t hash)
{
	return number | hash << SLOT_WORD_BITS;
}

static void slot_put(uint32_t *table, uint32_t slots, uint32_t hash, uint32_t value)
{
	uint32_t slot = slot_first(hash, slots);

	while (table[slot])
		slot = slot_next(slot, slots);
	table[slot] = value;
}

/* Doubles while words are added; they are few enough to build it anew each time. */
static bool exact_make(struct vocabulary *vocabulary, uint32_t slots)
{
	uint32_t *made = calloc(slots, sizeof(*made));

	if (!made)
		return false;
	free(vocabulary->exact);
	vocabulary->exact = made;
	vocabulary->exact_slots = slots;
	for (uint32_t i = 0; i < vocabulary->count; i++) {
		const struct known *word = &vocabulary->words[i];
		uint32_t points[KNOWN_POINTS_MOST], hash;

		word_write(vocabulary, word, points);
		hash = hash_points(points, word->count);
		slot_put(made, slots, hash, slot_of(i + 1, hash));
	}
	return true;
}

static bool is_word(const struct vocabulary *vocabulary, const struct known *word,
	const uint32_t *points, uint32_t count)
{
	if (word->count != count)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (point_of(vocabulary, word, i) != points[i])
			return false;
	return true;
}

/* While words are added. */
static struct known *find_added(const struct vocabulary *vocabulary, uint32_t hash,
	const uint32_t *points, uint32_t count)
{
	uint32_t slots = vocabulary->exact_slots, slot = slot_first(hash, slots);

	for (; vocabulary->exact[slot]; slot = slot_next(slot, slots)) {
		struct known *word;

		if (vocabulary->exact[slot] >> SLOT_WORD_BITS != slot_of(0, hash) >> SLOT_WORD_BITS)
			continue;
		word = &vocabulary->words[(vocabulary->exact[slot] & SLOT_WORD_MASK) - 1];
		if (is_word(vocabulary, word, points, count))
			return word;
	}
	return NULL;
}

enum err vocabulary_add(struct vocabulary *vocabulary, const uint32_t *points, uint32_t count,
	unsigned kind, uint32_t rank)
{
	struct known *word = NULL;
	uint32_t hash;

	if (count == 0 || count > KNOWN_POINTS_MOST || vocabulary->count >= WORDS_MOST)
		return ERR_NONE;
	if (!pool_takes(vocabulary, points, count))
		return ERR_NONE;
	if (vocabulary->count >= vocabulary->exact_slots / 4 * 3
	    && !exact_make(vocabulary, vocabulary->exact ? vocabulary->exact_slots * 2 : SLOTS_FIRST))
		return ERR_NO_MEMORY;
	word = find_added(vocabulary, hash_points(points, count), points, count);
	if (word) {
		word->kind = (word->kind | kind) & KNOWN_KINDS;
		if (cost_of(rank) < word->cost)
			word->cost = cost_of(rank) & KNOWN_COSTS;
		return ERR_NONE;
	}
	if (vocabulary->count == vocabulary->room) {
		uint32_t room = vocabulary->room ? vocabulary->room * 2 : 1024;
		struct known *grown = realloc(vocabulary->words, room * sizeof(*grown));

		if (!grown)
			return ERR_NO_MEMORY;
		vocabulary->words = grown;
		vocabulary->room = room;
	}
	if (!pool_reserve(vocabulary, count))
		return ERR_NO_MEMORY;
	vocabulary->words[vocabulary->count] = (struct known){
		.at = pool_add(vocabulary, points, count) & (POOL_MOST - 1),
		.count = count & KNOWN_COUNTS, .kind = kind & KNOWN_KINDS,
		.cost = cost_of(rank) & KNOWN_COSTS};
	hash = hash_points(points, count);
	slot_put(vocabulary->exact, vocabulary->exact_slots, hash,
		slot_of(++vocabulary->count, hash));
	return ERR_NONE;
}

/* --- looking up ----------------------------------------------------------------------------- */

/* Looks at eight words' bytes at once: those that are this one get their highest bit, and now and
 * then another above them. */
static const struct known *find_in_bucket(const struct vocabulary *vocabulary,
	const struct bucket *bucket, uint32_t hash, const uint32_t *points, uint32_t count)
{
	const uint64_t lowest = UINT64_C(0x0101010101010101), highest = lowest << 7;

	for (uint32_t from = 0; from < bucket->count; from += PRINTS_READ) {
		uint64_t eight, found;

		memcpy(&eight, (const char *)bucket + offsetof(struct bucket, prints) + from,
			sizeof(eight));
		eight = le64toh(eight) ^ lowest * (uint8_t)hash;
		for (found = (eight - lowest) & ~eight & highest; found; found &= found - 1) {
			uint32_t i = from + (uint32_t)__builtin_ctzll(found) / PRINTS_READ;

			if (i >= bucket->count)
				break;
			if (is_word(vocabulary, &bucket->words[i], points, count))
				return &bucket->words[i];
		}
	}
	return NULL;
}

static const struct known *find_hashed(const struct vocabulary *vocabulary, uint32_t hash,
	const uint32_t *points, uint32_t count)
{
	uint32_t number = slot_first(hash, vocabulary->bucket_count);

	for (;; number = slot_next(number, vocabulary->bucket_count)) {
		const struct bucket *bucket = &vocabulary->buckets[number];
		const struct known *word = find_in_bucket(vocabulary, bucket, hash, points, count);

		if (word || !bucket->is_passed)
			return word;
	}
}

static const struct known *word_at(const struct vocabulary *vocabulary, uint32_t place)
{
	return &vocabulary->buckets[place / BUCKET_WORDS].words[place % BUCKET_WORDS];
}

const struct known *vocabulary_find(const struct vocabulary *vocabulary, const uint32_t *points,
	uint32_t count)
{
	if (!vocabulary->buckets || count > KNOWN_POINTS_MOST)
		return NULL;
	return find_hashed(vocabulary, hash_points(points, count), points, count);
}

bool vocabulary_is_hebrew_prefix(uint32_t point)
{
	switch (point) {
	case 0x05D1: /* ב */
	case 0x05D4: /* ה */
	case 0x05D5: /* ו */
	case 0x05DB: /* כ */
	case 0x05DC: /* ל */
	case 0x05DE: /* מ */
	case 0x05E9: return true; /* ש */
	default: return false;
	}
}

/* و ف, then ب ل ك, then ال; the alef of ال falls after ل. Any letter of these, in any order, up to
 * PREFIX_MOST: whether the rest is a known word decides, and that is rarely by accident. */
bool vocabulary_is_arabic_prefix(uint32_t point)
{
	switch (point) {
	case 0x0627: /* ا */
	case 0x0628: /* ب */
	case 0x0641: /* ف */
	case 0x0643: /* ك */
	case 0x0644: /* ل */
	case 0x0648: return true; /* و */
	default: return false;
	}
}

uint32_t vocabulary_prefixes(const uint32_t *points, uint32_t count)
{
	uint32_t most = count > 2 ? count - 2 : 0, prefixes = 0;

	if (most > 3)
		most = points[0] >= 0x0600 ? PREFIX_MOST : 3;
	while (prefixes < most && (vocabulary_is_hebrew_prefix(points[prefixes])
		|| vocabulary_is_arabic_prefix(points[prefixes])))
		prefixes++;
	return prefixes;
}

const struct known *vocabulary_find_prefixed(const struct vocabulary *vocabulary,
	const uint32_t *points, uint32_t count, uint32_t *prefix)
{
	uint32_t prefixes, hash = 0, hashes[PREFIX_MOST + 1];

	if (!vocabulary->buckets || count == 0 || count > KNOWN_POINTS_MOST)
		return NULL;
	prefixes = vocabulary_prefixes(points, count);
	for (uint32_t at = count; at-- > 0;) {
		hash = hash_step(hash, points[at]);
		if (at <= prefixes)
			hashes[at] = hash_finish(hash);
	}
	for (uint32_t taken = 0; taken <= prefixes; taken++) {
		const struct known *word;

		if (taken && count - taken < REST_LEAST)
			break;
		word = find_hashed(vocabulary, hashes[taken], points + taken, count - taken);
		if (!word)
			continue;
		if (prefix)
			*prefix = taken;
		return word;
	}
	return NULL;
}

/* How many letters more than the word has are written here; UINT32_MAX if it is another word. Two
 * written letters may stand for the word's two, never one for two. */
static uint32_t letters_more(const struct vocabulary *vocabulary, const struct known *word,
	const uint32_t *points, uint32_t count)
{
	uint32_t own[KNOWN_POINTS_MOST], at = 0;

	if (count < word->count)
		return UINT32_MAX;
	word_write(vocabulary, word, own);
	for (uint32_t i = 0; i < word->count; at++, i++) {
		/* All that are written twice and are not so in the word. */
		while (at < count && i > 0 && points[at] != own[i] && points[at] == own[i - 1])
			at++;
		if (at == count || points[at] != own[i])
			return UINT32_MAX;
	}
	while (at < count && points[at] == points[at - 1])
		at++;
	return at == count ? count - word->count : UINT32_MAX;
}

/* Is every letter written twice or more? */
static bool is_all_doubled(const uint32_t *points, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if ((i == 0 || points[i] != points[i - 1])
		    && (i + 1 == count || points[i] != points[i + 1]))
			return false;
	return true;
}

/* The nearest of the words that are the same without double letters. */
struct nearest {
	const struct known *word;
	uint32_t more;
	bool all; /* every letter is doubled */
};

static void nearest_offer(const struct vocabulary *vocabulary, struct nearest *nearest,
	const struct known *word, const uint32_t *points, uint32_t count)
{
	uint32_t more = letters_more(vocabulary, word, points, count);

	if (more == UINT32_MAX)
		return;
	/* Where all are doubled, how many were meant is not to be seen: the commonest word. */
	more = nearest->all ? word->cost * 16u + word->count : more * 16u + word->cost;
	/* What a pattern may match is not always a word, and some words are hardly ever used. */
	if (!(word->kind & KNOWN_LISTED) && word->cost > UNRANKED_COST + 2)
		more += 1000;
	/* Of two that are as near, the one that was added first (kin.c keeps that order among words
	 * that are as common). */
	if (more < nearest->more || (more == nearest->more && word->at < nearest->word->at)) {
		nearest->more = more;
		nearest->word = word;
	}
}

const struct known *vocabulary_find_doubled(const struct vocabulary *vocabulary,
	const uint32_t *points, uint32_t count)
{
	struct nearest nearest = {NULL, UINT32_MAX, is_all_doubled(points, count)};
	uint32_t slots = vocabulary->undoubled_slots, hash, once[2 * KNOWN_POINTS_MOST], left = 0;
	const struct known *word;

	if (!vocabulary->undoubled || count > 2 * KNOWN_POINTS_MOST || count == 0)
		return NULL;
	for (uint32_t i = 0; i < count; i++)
		if (i == 0 || points[i] != points[i - 1])
			once[left++] = points[i];
	hash = hash_points(once, left);
	word = left > KNOWN_POINTS_MOST ? NULL : find_hashed(vocabulary, hash, once, left);
	if (word)
		nearest_offer(vocabulary, &nearest, word, points, count);
	for (uint32_t slot = slot_first(hash, slots); vocabulary->undoubled[slot];
		slot = slot_next(slot, slots)) {
		uint32_t number = vocabulary->undoubled[slot] & SLOT_WORD_MASK;

		if (vocabulary->undoubled[slot] == slot_of(number, hash))
			nearest_offer(vocabulary, &nearest, word_at(vocabulary, number - 1), points,
				count);
	}
	return nearest.word;
}

static bool is_vowel(uint32_t point)
{
	switch (point) {
	case 'a':
	case 'e':
	case 'i':
	case 'o':
	case 'u':
	case 0x05D5: /* ו */
	case 0x05D9: return true; /* י */
	default: return false;
	}
}

static bool is_gapped(const struct vocabulary *vocabulary, const struct known *word, uint32_t place,
	uint32_t gap, const uint32_t *points, uint32_t count)
{
	if (word->count != count + gap)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (point_of(vocabulary, word, i + (i < place ? 0u : gap)) != points[i])
			return false;
	return true;
}

/* Could this be the word that somebody left a vowel out of? Arabic writes few of them anyway. */
static bool is_without_vowel(const struct vocabulary *vocabulary, const struct known *word,
	uint32_t place)
{
	return word->kind & KNOWN_SOUGHT && word->count >= VOWEL_WORD_LEAST
		&& point_of(vocabulary, word, 0) < 0x600
		&& is_vowel(point_of(vocabulary, word, place));
}

/* The better one: what is looked for goes first, then the commoner word, then the one that was
 * added first. */
static const struct known *better_of(const struct known *a, const struct known *b)
{
	uint32_t rank_a, rank_b;

	if (!a || !b)
		return a ? a : b;
	rank_a = (a->kind & (KNOWN_LISTED | KNOWN_SOUGHT)) * 256u + 255u - a->cost;
	rank_b = (b->kind & (KNOWN_LISTED | KNOWN_SOUGHT)) * 256u + 255u - b->cost;
	if (rank_a != rank_b)
		return rank_a > rank_b ? a : b;
	return a->at < b->at ? a : b;
}

/* `place` UINT32_MAX: a vowel, anywhere. */
static const struct known *find_in_gaps(const struct vocabulary *vocabulary, const uint32_t *points,
	uint32_t count, uint32_t place, uint32_t gap)
{
	const struct known *best = NULL;
	uint32_t hash = hash_points(points, count), slots = vocabulary->gap_slots;

	for (uint32_t at = slot_first(hash, slots); vocabulary->gaps[at]; at = slot_next(at, slots)) {
		uint32_t slot = vocabulary->gaps[at];
		uint32_t its_place = slot >> GAP_PLACE_AT & ((1u << GAP_PLACE_BITS) - 1);
		const struct known *word = word_at(vocabulary, (slot & SLOT_WORD_MASK) - 1);

		if (slot >> GAP_HASH_AT == hash << GAP_HASH_AT >> GAP_HASH_AT
		    && (slot & GAP_TWO ? 2u : 1u) == gap
		    && (place == UINT32_MAX || place == its_place)
		    && is_gapped(vocabulary, word, its_place, gap, points, count))
			best = better_of(best, word);
	}
	return best;
}

/* With each letter in turn at `place`: masked words are few, and a table of them all would be the
 * largest of all tables. */
static const struct known *find_with_letter(const struct vocabulary *vocabulary,
	const uint32_t *points, uint32_t count, uint32_t place)
{
	enum glyph_script script = GLYPH_SCRIPT(glyph_entry(points[0]));
	uint32_t whole[KNOWN_POINTS_MOST], behind = 0;
	const struct known *best = NULL;

	if (place == 0 || place >= count || count + 1 > KNOWN_POINTS_MOST
	    || count + 1 < GAP_WORD_LEAST)
		return NULL;
	memcpy(whole, points, place * sizeof(*whole));
	memcpy(whole + place + 1, points + place, (count - place) * sizeof(*whole));
	for (uint32_t i = count; i > place; i--)
		behind = hash_step(behind, points[i - 1]);
	for (uint32_t i = 0; i < vocabulary->letter_count; i++) {
		enum glyph_script its = GLYPH_SCRIPT(glyph_entry(vocabulary->letters[i]));
		uint32_t hash;

		/* Nobody writes one word in two scripts but to disguise it. */
		if (its != script && its != SCRIPT_NONE && script != SCRIPT_NONE)
			continue;
		whole[place] = vocabulary->letters[i];
		hash = hash_step(behind, whole[place]);
		for (uint32_t j = place; j > 0; j--)
			hash = hash_step(hash, whole[j - 1]);
		best = better_of(best, find_hashed(vocabulary, hash_finish(hash), whole,
			count + 1));
	}
	return best;
}

const struct known *vocabulary_find_gapped(const struct vocabulary *vocabulary,
	const uint32_t *points, uint32_t count, uint32_t place, uint32_t gap)
{
	if (!vocabulary->gaps || count == 0 || count > KNOWN_POINTS_MOST)
		return NULL;
	return gap == 1 && place != UINT32_MAX
		? find_with_letter(vocabulary, points, count, place)
		: find_in_gaps(vocabulary, points, count, place, gap);
}

/* --- how it sounds -------------------------------------------------------------------------- */

/* One sound of Latin letters and Arabizi digits, and how many of them it takes; 0: none. */
static char sound_at(const uint32_t *latin, uint32_t count, uint32_t at, uint32_t *length)
{
	static const char plain[] = "abkdifghijklmnupkrstuvvkiz";
	uint32_t point = latin[at], next = at + 1 < count ? latin[at + 1] : 0;

	*length = 2;
	if (next == 'h') {
		switch (point) {
		case 'c':
		case 'k': return 'h';
		case 's': return '$';
		case 't': return 't';
		case 'p': return 'f';
		case 'g': return 'g';
		case 'd': return 'd';
		default: break;
		}
	}
	if (point == 't' && (next == 'z' || next == 's'))
		return 'z';
	*length = 1;
	switch (point) {
	case '3': return 'a';
	case '5':
	case '7': return 'h';
	case '6': return 't';
	case '8': return 'g';
	case '9': return 'z';
	default: break;
	}
	return point >= 'a' && point <= 'z' ? plain[point - 'a'] : 0;
}

static bool is_sounded_vowel(char sound)
{
	return sound == 'a' || sound == 'i' || sound == 'u';
}

/* Spelling by ear varies most in its vowels: they count only where there is little else. */
static uint32_t hash_sound(const uint32_t *latin, uint32_t count, bool *brief)
{
	char sounds[KNOWN_POINTS_MOST];
	uint32_t sounded = 0, consonants = 0, hash = 0, length;

	for (uint32_t at = 0; at < count && sounded < KNOWN_POINTS_MOST; at += length) {
		char sound = sound_at(latin, count, at, &length);

		/* ee and oo are one sound, as are doubled consonants; a final h is silent. */
		if (!sound || (sounded && (sounds[sounded - 1] == sound
			|| (sound == 'h' && at + length == count
				&& is_sounded_vowel(sounds[sounded - 1])))))
			continue;
		consonants += !is_sounded_vowel(sound);
		sounds[sounded++] = sound;
	}
	for (uint32_t i = 0; i < sounded; i++)
		if (consonants < SKELETON_LEAST || !is_sounded_vowel(sounds[i]))
			hash = hash_step(hash, (uint32_t)(unsigned char)sounds[i]);
	*brief = consonants <= BRIEF_MOST;
	return hash_finish(hash_step(hash, consonants));
}

enum err vocabulary_add_sound(struct vocabulary *vocabulary, const uint32_t *latin,
	uint32_t latin_count, const uint32_t *points, uint32_t count, bool weak)
{
	uint32_t hash;
	bool brief;

	if (count == 0 || count > KNOWN_POINTS_MOST || !pool_takes(vocabulary, points, count))
		return ERR_NONE;
	if (!pool_reserve(vocabulary, count))
		return ERR_NO_MEMORY;
	if (vocabulary->sound_count == vocabulary->sound_room) {
		uint32_t room = vocabulary->sound_room ? vocabulary->sound_room * 2 : 256;
		struct sound *grown = realloc(vocabulary->sounds, room * sizeof(*grown));

		if (!grown)
			return ERR_NO_MEMORY;
		vocabulary->sounds = grown;
		vocabulary->sound_room = room;
	}
	hash = hash_sound(latin, latin_count, &brief);
	vocabulary->sounds[vocabulary->sound_count++] = (struct sound){hash,
		pool_add(vocabulary, points, count), (uint8_t)count, weak, brief};
	return ERR_NONE;
}

const struct sound *vocabulary_find_sound(const struct vocabulary *vocabulary,
	const uint32_t *latin, uint32_t count)
{
	const struct sound *found = NULL;
	uint32_t hash, slot;
	bool brief;

	if (!vocabulary->sound_slots || count > KNOWN_POINTS_MOST)
		return NULL;
	hash = hash_sound(latin, count, &brief);
	for (slot = hash & vocabulary->sound_mask; vocabulary->sound_slots[slot];
	     slot = (slot + 1) & vocabulary->sound_mask) {
		const struct sound *sound =
			&vocabulary->sounds[vocabulary->sound_slots[slot] - 1];

		if (sound->hash == hash && (!found || (found->weak && !sound->weak)))
			found = sound;
	}
	return found;
}

/* --- the tables ----------------------------------------------------------------------------- */

/* So many places there are for words; where none stands, it has no letters. */
static uint32_t places_of(const struct vocabulary *vocabulary)
{
	return vocabulary->bucket_count * BUCKET_WORDS;
}

static uint32_t power_above(uint32_t count)
{
	uint32_t power = 16;

	while (power < count)
		power *= 2;
	return power;
}

static void gap_put(struct vocabulary *vocabulary, const struct known *word, uint32_t number,
	uint32_t place, uint32_t gap)
{
	uint32_t rest[KNOWN_POINTS_MOST], count = 0, hash;

	for (uint32_t i = 0; i < word->count; i++)
		if (i < place || i >= place + gap)
			rest[count++] = point_of(vocabulary, word, i);
	hash = hash_points(rest, count);
	slot_put(vocabulary->gaps, vocabulary->gap_slots, hash, (number + 1) | place << GAP_PLACE_AT
		| (gap == 2 ? GAP_TWO : 0u) | hash << GAP_HASH_AT);
}

/* May `gap` letters be missing from `place` on? The first letter and the last one stay: nobody
 * would know the word without. Two may be of a word that is listed; one only if it is a vowel, the
 * others are tried one after the other. */
static bool may_be_missing(const struct vocabulary *vocabulary, const struct known *word,
	uint32_t place, uint32_t gap)
{
	if (word->count < GAP_WORD_LEAST || place + gap >= word->count)
		return false;
	return gap == 2 ? word->kind & KNOWN_LISTED : is_without_vowel(vocabulary, word, place);
}

/* Counts the gaps, or puts them into the table. */
static uint32_t gaps_of(struct vocabulary *vocabulary, uint32_t number, bool put)
{
	const struct known *word = word_at(vocabulary, number);
	uint32_t count = 0;

	for (uint32_t gap = 1; gap <= 2; gap++)
		for (uint32_t place = 1; place < word->count; place++) {
			if (!may_be_missing(vocabulary, word, place, gap))
				continue;
			count++;
			if (put)
				gap_put(vocabulary, word, number, place, gap);
		}
	return count;
}

static bool gaps_make(struct vocabulary *vocabulary)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < places_of(vocabulary); i++)
		count += gaps_of(vocabulary, i, false);
	vocabulary->gap_slots = slots_for(count);
	vocabulary->gaps = calloc(vocabulary->gap_slots, sizeof(*vocabulary->gaps));
	if (!vocabulary->gaps)
		return false;
	for (uint32_t i = 0; i < places_of(vocabulary); i++)
		gaps_of(vocabulary, i, true);
	return true;
}

static bool has_double(const uint32_t *points, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
		if (points[i] == points[i - 1])
			return true;
	return false;
}

/* All other words are without double letters what they are: `exact` has them. */
static bool undoubled_make(struct vocabulary *vocabulary)
{
	uint32_t points[KNOWN_POINTS_MOST], count = 0;

	for (uint32_t i = 0; i < places_of(vocabulary); i++) {
		word_write(vocabulary, word_at(vocabulary, i), points);
		count += has_double(points, word_at(vocabulary, i)->count);
	}
	vocabulary->undoubled_slots = slots_for(count);
	vocabulary->undoubled = calloc(vocabulary->undoubled_slots, sizeof(uint32_t));
	if (!vocabulary->undoubled)
		return false;
	for (uint32_t i = 0; i < places_of(vocabulary); i++) {
		uint32_t hash, letters = word_at(vocabulary, i)->count;

		word_write(vocabulary, word_at(vocabulary, i), points);
		if (!has_double(points, letters))
			continue;
		hash = hash_undoubled(points, letters);
		slot_put(vocabulary->undoubled, vocabulary->undoubled_slots, hash,
			slot_of(i + 1, hash));
	}
	return true;
}

static bool sounds_make(struct vocabulary *vocabulary)
{
	vocabulary->sound_mask = power_above(2 * vocabulary->sound_count) - 1;
	vocabulary->sound_slots = calloc(vocabulary->sound_mask + 1, sizeof(uint32_t));
	if (!vocabulary->sound_slots)
		return false;
	for (uint32_t i = 0; i < vocabulary->sound_count; i++) {
		uint32_t slot = vocabulary->sounds[i].hash & vocabulary->sound_mask;

		while (vocabulary->sound_slots[slot])
			slot = (slot + 1) & vocabulary->sound_mask;
		vocabulary->sound_slots[slot] = i + 1;
	}
	return true;
}

/* The letters of all words in the order that kin.c wants, and behind them those of the sounds. */
static bool pool_move(struct vocabulary *vocabulary, const uint32_t *order)
{
	uint8_t *moved = malloc(vocabulary->pool_count + 1);
	uint32_t at = 0;

	if (!moved)
		return false;
	for (uint32_t i = 0; i < vocabulary->count; i++) {
		struct known *word = &vocabulary->words[order[i]];

		memcpy(moved + at, vocabulary->pool + word->at, word->count);
		word->at = at & (POOL_MOST - 1);
		at += word->count;
	}
	for (uint32_t i = 0; i < vocabulary->sound_count; i++) {
		struct sound *sound = &vocabulary->sounds[i];

		memcpy(moved + at, vocabulary->pool + sound->at, sound->count);
		sound->at = at;
		at += sound->count;
	}
	free(vocabulary->pool);
	vocabulary->pool = moved;
	vocabulary->pool_room = vocabulary->pool_count;
	return true;
}

static bool kin_make(struct vocabulary *vocabulary)
{
	uint32_t *order = malloc((vocabulary->count + 1) * sizeof(*order));
	bool good;

	vocabulary->kin = order ? kin_new(vocabulary, order) : NULL;
	good = vocabulary->kin && pool_move(vocabulary, order);
	if (good)
		kin_place(vocabulary->kin, vocabulary->pool);
	free(order);
	return good;
}

static bool buckets_make(struct vocabulary *vocabulary)
{
	uint32_t buckets = vocabulary->count / BUCKET_FILL + 1;

	vocabulary->buckets = aligned_alloc(sizeof(struct bucket), buckets * sizeof(struct bucket));
	if (!vocabulary->buckets)
		return false;
	memset(vocabulary->buckets, 0, buckets * sizeof(struct bucket));
	vocabulary->bucket_count = buckets;
	for (uint32_t i = 0; i < vocabulary->count; i++) {
		uint32_t points[KNOWN_POINTS_MOST], hash, number;
		struct bucket *bucket;

		word_write(vocabulary, &vocabulary->words[i], points);
		hash = hash_points(points, vocabulary->words[i].count);
		number = slot_first(hash, buckets);
		while ((bucket = &vocabulary->buckets[number])->count == BUCKET_WORDS) {
			bucket->is_passed = true;
			number = slot_next(number, buckets);
		}
		bucket->prints[bucket->count] = (uint8_t)hash;
		bucket->words[bucket->count++] = vocabulary->words[i];
	}
	return true;
}

/* What is needed while words are added. */
static void added_free(struct vocabulary *vocabulary)
{
	free(vocabulary->numbers);
	free(vocabulary->words);
	free(vocabulary->exact);
	vocabulary->numbers = NULL;
	vocabulary->words = NULL;
	vocabulary->exact = NULL;
}

enum err vocabulary_finish(struct vocabulary *vocabulary)
{
	bool good = kin_make(vocabulary) && buckets_make(vocabulary);

	added_free(vocabulary);
	return good && undoubled_make(vocabulary) && gaps_make(vocabulary)
		&& sounds_make(vocabulary) ? ERR_NONE : ERR_NO_MEMORY;
}
