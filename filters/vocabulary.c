/* vocabulary.c: hash tables over all known words: as they are, without double letters, with a
 * letter or two missing, by their sound in Latin letters. Loaded by one thread, read by all. */
#include "filters/vocabulary.h"

#include "filters/glyph.h"

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
	SLOTS_FIRST = 1024
};

/* A word (+ 1; 0: free) with one letter or two missing from a place on, and bits of the hash of
 * what is left, in one number: there are many of these. */
enum {
	GAP_PLACE_AT = SLOT_WORD_BITS,
	GAP_PLACE_BITS = 5, /* more than KNOWN_POINTS_MOST */
	GAP_TWO = 1 << (GAP_PLACE_AT + GAP_PLACE_BITS),
	GAP_HASH_AT = GAP_PLACE_AT + GAP_PLACE_BITS + 1
};

struct vocabulary {
	struct known *words;
	uint32_t count, room;
	uint16_t *pool;
	uint32_t pool_count, pool_room;
	uint32_t *exact; /* number + 1 of a word, and bits of its hash */
	uint32_t exact_slots;
	uint32_t *undoubled; /* as many, and the same in them */
	uint32_t *gaps;
	uint32_t gap_slots;
	struct sound *sounds;
	uint32_t sound_count, sound_room;
	uint32_t *sound_slots;
	uint32_t sound_mask;
};

struct vocabulary *vocabulary_new(void)
{
	return calloc(1, sizeof(struct vocabulary));
}

void vocabulary_free(struct vocabulary **vocabulary)
{
	if (!*vocabulary)
		return;
	free((*vocabulary)->words);
	free((*vocabulary)->pool);
	free((*vocabulary)->exact);
	free((*vocabulary)->undoubled);
	free((*vocabulary)->gaps);
	free((*vocabulary)->sounds);
	free((*vocabulary)->sound_slots);
	free(*vocabulary);
	*vocabulary = NULL;
}

uint32_t vocabulary_point(const struct vocabulary *vocabulary, uint32_t at, uint32_t i)
{
	return vocabulary->pool[at + i];
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
	uint16_t *grown;

	if (vocabulary->pool_count + count <= vocabulary->pool_room)
		return true;
	grown = realloc(vocabulary->pool, room * sizeof(*grown));
	if (!grown)
		return false;
	vocabulary->pool = grown;
	vocabulary->pool_room = room;
	return true;
}

static uint32_t pool_add(struct vocabulary *vocabulary, const uint32_t *points, uint32_t count)
{
	uint32_t at = vocabulary->pool_count;

	for (uint32_t i = 0; i < count; i++)
		vocabulary->pool[vocabulary->pool_count++] = (uint16_t)points[i];
	return at;
}

static uint8_t cost_of(uint32_t rank)
{
	uint8_t cost = 0;

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
		uint32_t hash = 0;

		for (uint32_t at = word->count; at-- > 0;)
			hash = hash_step(hash, vocabulary->pool[word->at + at]);
		hash = hash_finish(hash);
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
		if (vocabulary->pool[word->at + i] != points[i])
			return false;
	return true;
}

static struct known *find_hashed(const struct vocabulary *vocabulary, uint32_t hash,
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
	for (uint32_t i = 0; i < count; i++)
		if (points[i] > UINT16_MAX)
			return ERR_NONE;
	if (vocabulary->count >= vocabulary->exact_slots / 4 * 3
	    && !exact_make(vocabulary, vocabulary->exact ? vocabulary->exact_slots * 2 : SLOTS_FIRST))
		return ERR_NO_MEMORY;
	word = find_hashed(vocabulary, hash_points(points, count), points, count);
	if (word) {
		word->kind |= (uint8_t)kind;
		if (cost_of(rank) < word->cost)
			word->cost = cost_of(rank);
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
	vocabulary->words[vocabulary->count] = (struct known){pool_add(vocabulary, points, count),
		(uint8_t)count, (uint8_t)kind, cost_of(rank)};
	hash = hash_points(points, count);
	slot_put(vocabulary->exact, vocabulary->exact_slots, hash,
		slot_of(++vocabulary->count, hash));
	return ERR_NONE;
}

/* --- looking up ----------------------------------------------------------------------------- */

const struct known *vocabulary_find(const struct vocabulary *vocabulary, const uint32_t *points,
	uint32_t count)
{
	if (!vocabulary->count || count > KNOWN_POINTS_MOST)
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

	if (!vocabulary->count || count == 0 || count > KNOWN_POINTS_MOST)
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
	const uint16_t *own = vocabulary->pool + word->at;
	uint32_t at = 0;

	if (count < word->count)
		return UINT32_MAX;
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

const struct known *vocabulary_find_doubled(const struct vocabulary *vocabulary,
	const uint32_t *points, uint32_t count)
{
	const struct known *best = NULL;
	uint32_t least = UINT32_MAX, slots = vocabulary->exact_slots, hash;
	bool all = is_all_doubled(points, count);

	if (!vocabulary->undoubled || count > 2 * KNOWN_POINTS_MOST || count == 0)
		return NULL;
	hash = hash_undoubled(points, count);
	for (uint32_t slot = slot_first(hash, slots); vocabulary->undoubled[slot];
		slot = slot_next(slot, slots)) {
		uint32_t number = vocabulary->undoubled[slot] & SLOT_WORD_MASK, more;
		const struct known *word = &vocabulary->words[number - 1];

		if (vocabulary->undoubled[slot] != slot_of(number, hash))
			continue;
		more = letters_more(vocabulary, word, points, count);
		if (more == UINT32_MAX)
			continue;
		/* Where all are doubled, how many were meant is not to be seen: the commonest word. */
		more = all ? word->cost * 16u + word->count : more * 16u + word->cost;
		/* What a pattern may match is not always a word, and some words are hardly ever used. */
		if (!(word->kind & KNOWN_LISTED) && word->cost > UNRANKED_COST + 2)
			more += 1000;
		if (more < least) {
			least = more;
			best = word;
		}
	}
	return best;
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
		if (vocabulary->pool[word->at + i + (i < place ? 0u : gap)] != points[i])
			return false;
	return true;
}

/* Could this be the word that somebody left a vowel out of? Arabic writes few of them anyway. */
static bool is_without_vowel(const struct vocabulary *vocabulary, const struct known *word,
	uint32_t place)
{
	return word->kind & KNOWN_SOUGHT && word->count >= VOWEL_WORD_LEAST
		&& vocabulary->pool[word->at] < 0x600
		&& is_vowel(vocabulary->pool[word->at + place]);
}

const struct known *vocabulary_find_gapped(const struct vocabulary *vocabulary,
	const uint32_t *points, uint32_t count, uint32_t place, uint32_t gap)
{
	const struct known *best = NULL;
	uint32_t hash, slots = vocabulary->gap_slots, rank, best_rank = 0;

	if (!vocabulary->gaps || count > KNOWN_POINTS_MOST)
		return NULL;
	hash = hash_points(points, count);
	for (uint32_t at = slot_first(hash, slots); vocabulary->gaps[at]; at = slot_next(at, slots)) {
		uint32_t slot = vocabulary->gaps[at];
		uint32_t its_place = slot >> GAP_PLACE_AT & ((1u << GAP_PLACE_BITS) - 1);
		const struct known *word = &vocabulary->words[(slot & SLOT_WORD_MASK) - 1];

		if (slot >> GAP_HASH_AT != hash << GAP_HASH_AT >> GAP_HASH_AT
		    || (slot & GAP_TWO ? 2u : 1u) != gap
		    || !is_gapped(vocabulary, word, its_place, gap, points, count)
		    || (place == UINT32_MAX ? !is_without_vowel(vocabulary, word, its_place)
				: place != its_place))
			continue;
		/* What is looked for goes first, then the commoner word. */
		rank = (word->kind & (KNOWN_LISTED | KNOWN_SOUGHT)) * 256u + 255u - word->cost;
		if (rank > best_rank) {
			best_rank = rank;
			best = word;
		}
	}
	return best;
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

	if (count == 0 || count > KNOWN_POINTS_MOST || !pool_reserve(vocabulary, count))
		return count && count <= KNOWN_POINTS_MOST ? ERR_NO_MEMORY : ERR_NONE;
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

static uint32_t power_above(uint32_t count)
{
	uint32_t power = 16;

	while (power < count)
		power *= 2;
	return power;
}

static void gap_put(struct vocabulary *vocabulary, uint32_t number, uint32_t place, uint32_t gap)
{
	const struct known *word = &vocabulary->words[number];
	uint32_t rest[KNOWN_POINTS_MOST], count = 0, hash;

	for (uint32_t i = 0; i < word->count; i++)
		if (i < place || i >= place + gap)
			rest[count++] = vocabulary->pool[word->at + i];
	hash = hash_points(rest, count);
	slot_put(vocabulary->gaps, vocabulary->gap_slots, hash, (number + 1) | place << GAP_PLACE_AT
		| (gap == 2 ? GAP_TWO : 0u) | hash << GAP_HASH_AT);
}

/* How many letters may be missing: two of a word that is listed, one of any other. */
static uint32_t gap_most(const struct known *word)
{
	if (word->count < GAP_WORD_LEAST)
		return 0;
	return word->kind & KNOWN_LISTED ? 2 : 1;
}

/* The first letter and the last one stay: nobody would know the word without. */
static bool gaps_make(struct vocabulary *vocabulary)
{
	uint32_t count = 0;

	/* As many as are put below: this is the largest of all tables. */
	for (uint32_t i = 0; i < vocabulary->count; i++)
		for (uint32_t gap = 1; gap <= gap_most(&vocabulary->words[i]); gap++)
			count += vocabulary->words[i].count - 1u - gap;
	vocabulary->gap_slots = slots_for(count);
	vocabulary->gaps = calloc(vocabulary->gap_slots, sizeof(*vocabulary->gaps));
	if (!vocabulary->gaps)
		return false;
	for (uint32_t i = 0; i < vocabulary->count; i++) {
		const struct known *word = &vocabulary->words[i];

		for (uint32_t gap = 1; gap <= gap_most(word); gap++)
			for (uint32_t place = 1; place + gap < word->count; place++)
				gap_put(vocabulary, i, place, gap);
	}
	return true;
}

static bool undoubled_make(struct vocabulary *vocabulary)
{
	vocabulary->undoubled = calloc(vocabulary->exact_slots, sizeof(uint32_t));
	if (!vocabulary->undoubled)
		return false;
	for (uint32_t i = 0; i < vocabulary->count; i++) {
		const struct known *word = &vocabulary->words[i];
		uint32_t points[KNOWN_POINTS_MOST], hash;

		for (uint32_t j = 0; j < word->count; j++)
			points[j] = vocabulary->pool[word->at + j];
		hash = hash_undoubled(points, word->count);
		slot_put(vocabulary->undoubled, vocabulary->exact_slots, hash, slot_of(i + 1, hash));
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

/* What was reserved for words that did not come. */
static void pool_trim(struct vocabulary *vocabulary)
{
	uint16_t *trimmed = realloc(vocabulary->pool,
		(vocabulary->pool_count + 1) * sizeof(*trimmed));

	struct known *words = realloc(vocabulary->words, (vocabulary->count + 1) * sizeof(*words));

	if (trimmed) {
		vocabulary->pool = trimmed;
		vocabulary->pool_room = vocabulary->pool_count + 1;
	}
	if (words) {
		vocabulary->words = words;
		vocabulary->room = vocabulary->count + 1;
	}
}

enum err vocabulary_finish(struct vocabulary *vocabulary)
{
	pool_trim(vocabulary);
	if (!exact_make(vocabulary, slots_for(vocabulary->count)))
		return ERR_NO_MEMORY;
	if (!undoubled_make(vocabulary) || !gaps_make(vocabulary) || !sounds_make(vocabulary))
		return ERR_NO_MEMORY;
	return ERR_NONE;
}
