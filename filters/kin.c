/* kin.c: rows of words. Letters are numbers, fewer than 64 of a script; words of one first letter
 * and length stand one behind the other, those that are looked for first, then the commoner ones.
 * Read by all threads. */
#include "filters/kin.h"

#include <stdlib.h>
#include <string.h>

enum {
	SCRIPTS = 3,
	LETTERS = 42, /* of a script at most; all sets of them have 64 bits */
	NO_LETTER = 255,
	KIN_LEAST = 4,     /* shorter words have too many neighbours */
	SHORTER_LEAST = 5, /* behind a prefix */
	BACKWARDS_LEAST = 3
};

/* The words of a first letter and length: `listed` of them, then `sought`, then the others. */
struct row {
	uint32_t at;   /* in the letters */
	uint32_t word; /* the number of its first one */
	uint16_t listed, sought, all;
};

/* Letters that are written for others: what, for what. Both ways. */
static const struct {
	uint16_t written[3], meant[3];
} sounds[] = {
	{{'p', 'h'}, {'f'}}, {{'c', 'k'}, {'k'}}, {{'c', 'k'}, {'c'}}, {{'k'}, {'c'}}, {{'q'}, {'k'}},
	{{'s'}, {'z'}}, {{'o', 'o'}, {'u'}}, {{'e', 'a'}, {'e', 'e'}}, {{'i'}, {'y'}},
	{{'i', 'e'}, {'y'}}, {{'i', 'g', 'h'}, {'y'}}, {{'i', 'g', 'h'}, {'i'}}, {{'e', 'r'}, {'a'}},
	{{'e', 'r'}, {'u', 'h'}}, {{'x'}, {'k', 's'}}, {{'w', 'h'}, {'w'}}, {{'k', 'n'}, {'n'}},
	{{'a', 'i'}, {'a', 'y'}}, {{'o', 'u'}, {'o', 'w'}}, {{'g'}, {'j'}}, {{'d', 'g'}, {'j'}},
	{{0x05E7}, {0x05DB}}, {{0x05D8}, {0x05EA}}, {{0x05D0}, {0x05E2}}, {{0x05D7}, {0x05DB}},
	{{0x05E1}, {0x05E9}}, {{0x05D1}, {0x05D5}}, {{0x05D0}, {0x05D4}}, {{0x05E6}, {0x05E1}},
	{{0x062B}, {0x0633}}, {{0x0630}, {0x0632}}, {{0x0638}, {0x0636}}, {{0x0637}, {0x062A}},
	{{0x0635}, {0x0633}}, {{0x0642}, {0x0643}}, {{0x062D}, {0x0647}}, {{0x062B}, {0x062A}},
	{{0x0630}, {0x062F}}, {{0x0636}, {0x062F}}, {{0x0638}, {0x0632}}, {{0x0639}, {0x0627}},
	{{0x0642}, {0x0627}}, {{0x063A}, {0x0642}}, {{0x064A}, {0x0627}},
};

enum { SOUNDS = sizeof(sounds) / sizeof(sounds[0]) };

struct kin {
	struct row rows[SCRIPTS][LETTERS][KNOWN_POINTS_MOST + 1];
	const uint8_t *letters; /* the vocabulary's */
	uint8_t *brews; /* of each word: a byte that all of its last letter and the same others have */
	uint64_t written[SOUNDS], meant[SOUNDS]; /* bits of the letters of `sounds` */
};

static unsigned script_of(uint32_t point)
{
	if (point < 0x590)
		return 0;
	return point < 0x600 ? 1 : 2;
}

/* The number of each script's first letter. */
enum { LATIN = 0, APOSTROPHE = 26, HEBREW = 27, ARABIC = 54 };

static const uint8_t bases[SCRIPTS] = {LATIN, HEBREW, ARABIC};

static uint8_t number_of(uint32_t point)
{
	if (point >= 'a' && point <= 'z')
		return (uint8_t)(LATIN + point - 'a');
	if (point == '\'')
		return APOSTROPHE;
	if (point >= 0x05D0 && point <= 0x05EA)
		return (uint8_t)(HEBREW + point - 0x05D0);
	if (point >= 0x0621 && point <= 0x064A)
		return (uint8_t)(ARABIC + point - 0x0621);
	return NO_LETTER;
}

uint32_t kin_letter(unsigned number)
{
	if (number >= ARABIC)
		return 0x0621 + number - ARABIC;
	if (number >= HEBREW)
		return 0x05D0 + number - HEBREW;
	return number == APOSTROPHE ? '\'' : 'a' + number;
}

/* The letters of both, whatever their order, as one number. */
static uint64_t sum_of(const uint8_t *letters, uint32_t count)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += (letters[i] + 1u) * UINT64_C(0x9E3779B97F4A7C15)
			^ (letters[i] + 7u) * UINT64_C(0xC2B2AE3D27D4EB4F) >> 7;
	return sum;
}

static uint8_t brew_of(uint64_t sum, uint8_t last)
{
	return (uint8_t)((sum >> 56) + last * 53u);
}

/* --- making it ------------------------------------------------------------------------------ */

/* What stands first in a row: listed words, those that patterns look for, the commoner ones. */
static uint32_t rank_of(const struct known *word)
{
	if (word->kind & KNOWN_LISTED)
		return word->cost;
	return (word->kind & KNOWN_SOUGHT ? 32u : 64u) + word->cost;
}

struct ranked {
	uint32_t word;
	uint8_t script, first, count, rank;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	uint32_t key_x = (uint32_t)x->script << 24 | (uint32_t)x->first << 16
		| (uint32_t)x->count << 8 | x->rank;
	uint32_t key_y = (uint32_t)y->script << 24 | (uint32_t)y->first << 16
		| (uint32_t)y->count << 8 | y->rank;

	if (key_x != key_y)
		return key_x < key_y ? -1 : 1;
	return x->word < y->word ? -1 : x->word > y->word;
}

/* All its letters must be of one script. */
static bool is_plain(const struct vocabulary *vocabulary, const struct known *word)
{
	uint32_t first = vocabulary_point(vocabulary, word->at, 0);

	if (word->count < 3)
		return false;
	for (uint32_t i = 0; i < word->count; i++) {
		uint32_t point = vocabulary_point(vocabulary, word->at, i);

		if (number_of(point) == NO_LETTER || script_of(point) != script_of(first))
			return false;
	}
	return true;
}

static uint32_t words_rank(const struct vocabulary *vocabulary, struct ranked *out)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < vocabulary_count(vocabulary); i++) {
		const struct known *word = vocabulary_word(vocabulary, i);
		uint32_t first = vocabulary_point(vocabulary, word->at, 0);

		if (!is_plain(vocabulary, word))
			continue;
		out[count++] = (struct ranked){i, (uint8_t)script_of(first),
			(uint8_t)(number_of(first) - bases[script_of(first)]),
			(uint8_t)word->count, (uint8_t)rank_of(word)};
	}
	qsort(out, count, sizeof(*out), compare_ranked);
	return count;
}

static void sounds_note(struct kin *kin)
{
	for (size_t i = 0; i < SOUNDS; i++)
		for (size_t j = 0; j < 3; j++) {
			kin->written[i] |= kin_bit(sounds[i].written[j]);
			kin->meant[i] |= kin_bit(sounds[i].meant[j]);
		}
}

static uint8_t word_brew(const struct vocabulary *vocabulary, const struct known *word)
{
	uint8_t letters[KNOWN_POINTS_MOST];

	for (uint32_t i = 0; i < word->count; i++)
		letters[i] = number_of(vocabulary_point(vocabulary, word->at, i));
	return brew_of(sum_of(letters, word->count), letters[word->count - 1]);
}

/* Puts the words into their rows; those behind the last one that a row can count go to the others.
 * Returns how many have found a place, the first ones of `order`. */
static uint32_t rows_make(struct kin *kin, const struct vocabulary *vocabulary,
	const struct ranked *ranked, uint32_t count, uint32_t *order)
{
	uint32_t at = 0, words = 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct known *word = vocabulary_word(vocabulary, ranked[i].word);
		struct row *row = &kin->rows[ranked[i].script][ranked[i].first][word->count];

		if (row->all == UINT16_MAX)
			continue;
		row->at = row->all ? row->at : at;
		row->word = row->all ? row->word : words;
		row->all++;
		if (word->kind & KNOWN_SOUGHT)
			row->sought++;
		if (word->kind & KNOWN_LISTED)
			row->listed++;
		at += word->count;
		kin->brews[words] = word_brew(vocabulary, word);
		order[words++] = ranked[i].word;
	}
	return words;
}

/* Behind the first `made` words: the others, as they were added. `seen` is all false. */
static void order_finish(uint32_t *order, uint32_t made, uint32_t count, bool *seen)
{
	for (uint32_t i = 0; i < made; i++)
		seen[order[i]] = true;
	for (uint32_t i = 0; i < count; i++)
		if (!seen[i])
			order[made++] = i;
}

struct kin *kin_new(const struct vocabulary *vocabulary, uint32_t *order)
{
	struct kin *kin = calloc(1, sizeof(*kin));
	uint32_t count = vocabulary_count(vocabulary), made;
	struct ranked *ranked = malloc((count + 1) * sizeof(*ranked));
	bool *seen = calloc(count + 1, sizeof(*seen));

	if (kin && ranked && seen) {
		uint32_t plain = words_rank(vocabulary, ranked);

		kin->brews = malloc(plain + 1);
		if (kin->brews) {
			made = rows_make(kin, vocabulary, ranked, plain, order);
			order_finish(order, made, count, seen);
			sounds_note(kin);
		}
	}
	free(ranked);
	free(seen);
	if (kin && !kin->brews)
		kin_free(&kin);
	return kin;
}

void kin_place(struct kin *kin, const uint8_t *letters)
{
	kin->letters = letters;
}

void kin_free(struct kin **kin)
{
	if (!*kin)
		return;
	free((*kin)->brews);
	free(*kin);
	*kin = NULL;
}

/* --- looking through a row ------------------------------------------------------------------- */

/* What somebody wrote, as numbers. */
struct written {
	uint8_t letters[KNOWN_POINTS_MOST + 1];
	uint32_t count;
	unsigned script;
};

static bool written_read(const uint32_t *letters, uint32_t count, struct written *out)
{
	if (count == 0 || count > KNOWN_POINTS_MOST)
		return false;
	out->count = count;
	out->script = script_of(letters[0]);
	for (uint32_t i = 0; i < count; i++) {
		out->letters[i] = number_of(letters[i]);
		if (out->letters[i] == NO_LETTER || script_of(letters[i]) != out->script)
			return false;
	}
	return true;
}

static uint32_t row_most(const struct row *row, unsigned kinds)
{
	if (kinds & KNOWN_ORDINARY)
		return row->all;
	return kinds & KNOWN_SOUGHT ? row->sought : row->listed;
}

static unsigned row_kind(const struct row *row, uint32_t i)
{
	if (i < row->listed)
		return KNOWN_LISTED | KNOWN_SOUGHT;
	return i < row->sought ? KNOWN_SOUGHT : KNOWN_ORDINARY;
}

static void guess_add(struct guess *out, const uint8_t *word, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		out->points[out->count++] = kin_letter(word[i]);
}

/* `word` has one letter more, not at its ends. */
static bool is_shorter(const uint8_t *word, const uint8_t *written, uint32_t count)
{
	uint32_t i = 1;

	while (i < count && word[i] == written[i])
		i++;
	return memcmp(word + i + 1, written + i, count - i) == 0 && i < count;
}

/* The next word of the row from `i` on that may be the same letters; `most` if there is none. */
static uint32_t brew_next(const struct kin *kin, const struct row *row, uint32_t i, uint32_t most,
	uint8_t brew)
{
	const uint8_t *brews = kin->brews + row->word, *at = memchr(brews + i, brew, most - i);

	return at ? (uint32_t)(at - brews) : most;
}

/* Looks through the words of `written`'s first letter. */
static bool row_find(const struct kin *kin, enum kin_way way, const struct written *written,
	uint32_t first, unsigned kinds, struct guess *out)
{
	uint32_t count = written->count - first, length = count + (way == KIN_SHORTER);
	const uint8_t *own = written->letters + first;
	uint64_t sum = way == KIN_MIXED ? sum_of(own, count) : 0;
	const struct row *row;
	uint32_t most;

	if (length > KNOWN_POINTS_MOST || length < KIN_LEAST
	    || (way == KIN_SHORTER && first && length < SHORTER_LEAST))
		return false;
	row = &kin->rows[written->script][own[0] - bases[written->script]][length];
	most = row_most(row, kinds);
	for (uint32_t i = 0; i < most; i++) {
		const uint8_t *word;
		bool same;

		if (way == KIN_MIXED)
			i = brew_next(kin, row, i, most, brew_of(sum, own[count - 1]));
		if (i == most)
			return false;
		word = kin->letters + row->at + i * length;
		if (word[length - 1] != own[count - 1])
			continue;
		if (way == KIN_SHORTER)
			same = is_shorter(word, own, count);
		else
			same = sum_of(word, length) == sum;
		if (!same)
			continue;
		out->count = 0;
		guess_add(out, written->letters, first);
		guess_add(out, word, length);
		out->prefix = first;
		out->kind = row_kind(row, i);
		return true;
	}
	return false;
}

/* ה + a word in disorder: which letter it began with is not to be seen, so each is tried. */
static bool mixed_find(const struct kin *kin, const struct written *written, unsigned kinds,
	struct guess *out)
{
	struct written other = *written;
	uint64_t tried = 0;

	for (uint32_t i = 1; i + 1 < written->count; i++) {
		uint64_t bit = UINT64_C(1) << (written->letters[i] - bases[written->script]);

		if (tried & bit)
			continue;
		tried |= bit;
		other.letters[i] = written->letters[1];
		other.letters[1] = written->letters[i];
		if (row_find(kin, KIN_MIXED, &other, 1, kinds, out))
			return true;
		other.letters[1] = written->letters[1];
		other.letters[i] = written->letters[i];
	}
	return false;
}

/* --- by what it sounds like ------------------------------------------------------------------ */

static uint32_t sound_length(const uint16_t *sound)
{
	uint32_t length = 0;

	while (length < 3 && sound[length])
		length++;
	return length;
}

/* Puts `to` where `from` stands at `at`; the new length, 0 if it does not stand there. */
static uint32_t sound_put(const uint32_t *letters, uint32_t count, uint32_t at,
	const uint16_t *from, const uint16_t *to, uint32_t out[KNOWN_POINTS_MOST])
{
	uint32_t taken = sound_length(from), given = sound_length(to);

	if (at + taken > count || count - taken + given > KNOWN_POINTS_MOST)
		return 0;
	for (uint32_t i = 0; i < taken; i++)
		if (letters[at + i] != from[i])
			return 0;
	memcpy(out, letters, at * sizeof(*out));
	for (uint32_t i = 0; i < given; i++)
		out[at + i] = to[i];
	memcpy(out + at + given, letters + at + taken, (count - at - taken) * sizeof(*out));
	return count - taken + given;
}

/* The same wherever `from` stands, if that is more than once. */
static uint32_t sound_put_all(const uint32_t *letters, uint32_t count, const uint16_t *from,
	const uint16_t *to, uint32_t out[KNOWN_POINTS_MOST])
{
	uint32_t taken = sound_length(from), given = sound_length(to), length = 0, times = 0;

	for (uint32_t at = 0; at < count;) {
		uint32_t same = 0;

		while (same < taken && at + same < count && letters[at + same] == from[same])
			same++;
		if (length + 3 > KNOWN_POINTS_MOST)
			return 0;
		if (same < taken) {
			out[length++] = letters[at++];
			continue;
		}
		for (uint32_t i = 0; i < given; i++)
			out[length++] = to[i];
		at += taken;
		times++;
	}
	return times > 1 ? length : 0;
}

static bool known_take(const struct vocabulary *vocabulary, const uint32_t *points, uint32_t count,
	unsigned kinds, struct guess *out)
{
	uint32_t prefix = 0;
	const struct known *word = vocabulary_find_prefixed(vocabulary, points, count, &prefix);

	if (!word || !(word->kind & kinds) || word->count < KIN_LEAST)
		return false;
	/* Ranked best first, so that the first way which finds a listed word is not passed over. */
	if (out->count && !((word->kind & ~out->kind) & (KNOWN_LISTED | KNOWN_SOUGHT)))
		return false;
	memcpy(out->points, points, count * sizeof(*points));
	out->count = count;
	out->prefix = prefix;
	out->kind = word->kind;
	return true;
}

static void sound_try(const struct vocabulary *vocabulary, const uint32_t *letters, uint32_t count,
	const uint16_t *from, const uint16_t *to, unsigned kinds, struct guess *out)
{
	uint32_t meant[KNOWN_POINTS_MOST], length, times = 0;

	for (uint32_t at = 0; at < count; at++) {
		if (letters[at] != from[0])
			continue;
		times++;
		length = sound_put(letters, count, at, from, to, meant);
		if (length)
			known_take(vocabulary, meant, length, kinds, out);
	}
	length = times > 1 ? sound_put_all(letters, count, from, to, meant) : 0;
	if (length)
		known_take(vocabulary, meant, length, kinds, out);
}

static bool heard_find(const struct vocabulary *vocabulary, const uint32_t *letters, uint32_t count,
	unsigned kinds, struct guess *out)
{
	const struct kin *kin = vocabulary_kin(vocabulary);
	unsigned script = script_of(letters[0]);
	uint64_t absent = 0;

	for (uint32_t i = 0; i < count; i++)
		absent |= kin_bit(letters[i]);
	absent = ~absent;
	out->count = 0;
	for (size_t i = 0; i < SOUNDS; i++) {
		if (script_of(sounds[i].written[0]) != script)
			continue;
		if (!(kin->written[i] & absent))
			sound_try(vocabulary, letters, count, sounds[i].written, sounds[i].meant,
				kinds, out);
		if (!(kin->meant[i] & absent))
			sound_try(vocabulary, letters, count, sounds[i].meant, sounds[i].written,
				kinds, out);
	}
	return out->count > 0;
}

static bool longer_find(const struct vocabulary *vocabulary, const uint32_t *letters,
	uint32_t count, unsigned kinds, struct guess *out)
{
	uint32_t meant[KNOWN_POINTS_MOST];

	out->count = 0;
	if (count <= KIN_LEAST)
		return false;
	for (uint32_t left = 1; left + 1 < count; left++) {
		memcpy(meant, letters, left * sizeof(*meant));
		memcpy(meant + left, letters + left + 1, (count - left - 1) * sizeof(*meant));
		known_take(vocabulary, meant, count - 1, kinds, out);
	}
	return out->count > 0;
}

static bool backwards_find(const struct vocabulary *vocabulary, const uint32_t *letters,
	uint32_t count, unsigned kinds, struct guess *out)
{
	const struct known *word;

	for (uint32_t i = 0; i < count; i++)
		out->points[i] = letters[count - 1 - i];
	out->count = count;
	out->prefix = 0;
	word = vocabulary_find_prefixed(vocabulary, out->points, count, &out->prefix);
	if (!word || !(word->kind & kinds) || count < BACKWARDS_LEAST)
		return false;
	out->kind = word->kind;
	return true;
}

/* --- the whole ------------------------------------------------------------------------------- */

bool kin_find(const struct vocabulary *vocabulary, enum kin_way way, const uint32_t *letters,
	uint32_t count, unsigned kinds, struct guess *out)
{
	const struct kin *kin = vocabulary_kin(vocabulary);
	struct written written;
	uint32_t prefixes;

	if (!kin || !written_read(letters, count, &written) || count < 3)
		return false;
	if (way == KIN_HEARD)
		return heard_find(vocabulary, letters, count, kinds, out);
	if (way == KIN_LONGER)
		return longer_find(vocabulary, letters, count, kinds, out);
	if (way == KIN_BACKWARDS)
		return backwards_find(vocabulary, letters, count, kinds, out);
	prefixes = written.script ? vocabulary_prefixes(letters, count) : 0;
	for (uint32_t taken = 0; taken <= prefixes && count - taken >= KIN_LEAST - 1; taken++)
		if (row_find(kin, way, &written, taken, kinds, out))
			return true;
	return way == KIN_MIXED && prefixes && mixed_find(kin, &written, kinds, out);
}

uint64_t kin_bit(uint32_t letter)
{
	uint8_t number = number_of(letter);

	return number == NO_LETTER ? 0 : UINT64_C(1) << (number - bases[script_of(letter)]);
}

bool kin_find_hidden(const struct vocabulary *vocabulary, uint32_t like, const uint64_t *sets,
	uint32_t count, unsigned kinds, struct guess *out)
{
	const struct kin *kin = vocabulary_kin(vocabulary);
	unsigned script = script_of(like), best = 0;

	out->count = 0;
	if (!kin || count < 3 || count > KNOWN_POINTS_MOST)
		return false;
	for (uint32_t first = 0; first < LETTERS; first++) {
		const struct row *row = &kin->rows[script][first][count];
		uint32_t most = sets[0] >> first & 1 ? row_most(row, kinds) : 0;

		for (uint32_t i = 0; i < most; i++) {
			const uint8_t *word = kin->letters + row->at + i * count;
			uint32_t at = 1;

			while (at < count && sets[at] >> (word[at] - bases[script]) & 1)
				at++;
			if (at < count)
				continue;
			/* Rows are sorted; of several first letters the better word counts. */
			if (out->count && row_kind(row, i) <= best)
				break;
			best = out->kind = row_kind(row, i);
			out->count = out->prefix = 0;
			guess_add(out, word, count);
			break;
		}
	}
	return out->count > 0;
}
