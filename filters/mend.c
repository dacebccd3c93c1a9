/* mend.c: words that nobody knows, taken for known ones in disguise: letters twice, run together,
 * apart, swapped, missing, masked, backwards, or a Hebrew or Arabic word in Latin letters. What is
 * known stays as it is, so an honest text leaves here untouched. No state. */
#include "filters/mend.h"

#include "filters/kin.h"

#include <string.h>

enum {
	TOKEN_MOST = 48,     /* longer ones are links and keys, unless their letters stood apart */
	JOINED_MOST = 400,
	SWAP_LEAST = 5,
	BACKWARDS_LEAST = 5,
	RUN_TOGETHER_LEAST = 10,
	SENTENCE_LEAST = 11, /* so many letters without a space are no word */
	UNKNOWN_COST = 40,
	WORD_COST = 4,       /* of every word: two short ones are rarely what was meant */
	PREFIX_COST = 4,
	RARE_MORE = 3,
	ENDLESS_COST = 6,
	YOU_MORE = 2,
	YOU_LESS = 8,
	CUT_MOST = 14,       /* letters of a word that was run together with others */
	DOUBLED_LEAST = 2,
	STRANGE_LEAST = 4,   /* letters of a word that is worth asking what was meant by it */
	STRANGE_MOST = 32,   /* words that say how a text is disguised */
	ASKED_MOST = 400,    /* words of one text that kin.c is asked about */
	HIDDEN_LEAST = 4,
	MEANT_LEAST = 6,     /* letters of an insult that nothing else in the text points to */
	TWIN_LEAST = 3,      /* letters of a word that one with a letter twice stands for */
	TWINS_MOST = 5,      /* such letters of a word that are looked at */
	LISTED_BONUS = 8,    /* by so much a listed word goes before an ordinary one */
	SOUGHT_BONUS = 2,
	OTHERS_MOST = 3,
	TAKEN_COST = 3,      /* of each letter more that is left out */
	RARE_COST = 13,      /* so rare is what is only known so as not to be mended */
	SAME_COST = 6,       /* of a word that would not be disguised where all others are */
	RANK_FROM = 16       /* so that no rank is below zero */
};

struct mender {
	const struct vocabulary *words;
	const struct text *text;
	const struct view *in;
	struct view *out;
	uint32_t work;       /* words looked up, about */
	uint32_t room;       /* points that `out` can take */
	bool changed;
	uint32_t doubled, perhaps_doubled; /* words with letters twice; and with a prefix twice */
	bool doubles;        /* there are several: then a prefix twice is no prefix before another */
	uint32_t heard, faint; /* Hebrew or Arabic words in Latin letters; and some that may be */
	uint32_t tokens;
	bool weak_sounds;      /* the latter count as well */
	uint32_t hidden;       /* words that signs stood in for letters of; if several, they do so in */
	bool bold;             /* short words too, and in what might be another */
	uint32_t masked, parted; /* words with a sign in place of a letter; and between two */
	uint32_t either;       /* and that may be the one or the other */
	bool masks;            /* there are more of the former: then so it is in the latter */
	uint32_t coded, perhaps_coded; /* words that are known if 0, 1, | and ' are letters */
	uint32_t parted_so;    /* and if ' is none */
	bool codes;            /* there are more of the former: then so it is in all */
	uint32_t apart;        /* words that would be known without the space in them */
	bool joins;            /* there are many of these */
	uint32_t plain;        /* longer words that are known */
	uint32_t rare;         /* words that hardly anybody uses */
	uint32_t strange, strange_at[STRANGE_MOST], strange_end[STRANGE_MOST]; /* and that are not */
	uint32_t evidence[KIN_WAYS]; /* words that were mended in one of the ways that there are */
	bool twins;            /* (nearly) every word has a letter twice: known words too */
	bool some_twins;       /* several */
	bool swaps;            /* two letters changed places in every longer word: known words too */
	bool has_way;          /* they all are disguised in one way: */
	enum kin_way way;
	uint32_t asked;
};

/* A stretch without white space, and the letters in it. */
struct token {
	uint32_t start, end;        /* points of the view, signs around the word left out */
	uint32_t all_start, all_end; /* … and with them */
	uint32_t letters[TOKEN_MOST], count; /* its letters alone */
	uint32_t at[TOKEN_MOST];    /* where each stands */
	uint32_t signs, first_sign; /* what stands between them; how many letters before the first */
	bool split, joined;         /* signs at more than one place; its letters stood apart */
	uint8_t script;
};

static enum glyph_kind kind_at(const struct view *view, uint32_t at)
{
	return (enum glyph_kind)(view->marks[at] & POINT_KIND);
}

static bool is_letter(const struct view *view, uint32_t at)
{
	return kind_at(view, at) == GLYPH_LETTER;
}

static void copy_points(struct mender *mender, uint32_t start, uint32_t end)
{
	struct view *out = mender->out;
	const struct view *in = mender->in;
	uint32_t count = end > start ? end - start : 0;

	if (count > mender->room - out->count)
		count = mender->room - out->count;
	memcpy(out->points + out->count, in->points + start, count * sizeof(out->points[0]));
	memcpy(out->from + out->count, in->from + start, count * sizeof(out->from[0]));
	memcpy(out->marks + out->count, in->marks + start, count);
	out->count += count;
}

static bool put_point(struct mender *mender, uint32_t point, uint32_t from)
{
	struct view *out = mender->out;

	if (out->count == mender->room)
		return false;
	out->points[out->count] = point;
	out->marks[out->count] = (uint8_t)GLYPH_KIND(glyph_entry(point));
	out->from[out->count++] = mender->in->from[from];
	return true;
}

/* Puts other letters in the place of points [start, end). */
static void put_word(struct mender *mender, uint32_t at, uint32_t count, uint32_t start,
	uint32_t end)
{
	for (uint32_t i = 0; i < count; i++)
		put_point(mender, vocabulary_point(mender->words, at, i),
			start + (uint32_t)((uint64_t)i * (end - start) / count));
	mender->changed = true;
}

static void put_known(struct mender *mender, const struct known *word, uint32_t start, uint32_t end)
{
	put_word(mender, word->at, word->count, start, end);
}

static bool is_sought(const struct known *word)
{
	return word && word->kind & KNOWN_SOUGHT;
}

/* --- of several words that may be meant, the best -------------------------------------------- */

struct reading {
	uint32_t letters[TOKEN_MOST], count, rank;
	uint32_t own; /* letters behind what is put before the word */
	bool sought, listed;
};

/* What is looked for goes first, then the commoner word, then the one with less before it. */
static void reading_offer(const struct mender *mender, struct reading *best,
	const uint32_t *letters, uint32_t count, uint32_t cost)
{
	uint32_t prefix = 0, rank;
	const struct known *word = vocabulary_find_prefixed(mender->words, letters, count, &prefix);

	if (!word || word->count < TWIN_LEAST)
		return;
	rank = RANK_FROM + cost + word->cost + PREFIX_COST * prefix;
	if (word->kind & KNOWN_LISTED)
		rank -= LISTED_BONUS;
	else if (is_sought(word))
		rank -= SOUGHT_BONUS;
	if (rank >= best->rank)
		return;
	memcpy(best->letters, letters, count * sizeof(*letters));
	best->count = count;
	best->rank = rank;
	best->own = word->count;
	best->sought = is_sought(word);
	best->listed = word->kind & KNOWN_LISTED;
}

/* The word with two letters inside it put the other way round. */
static struct reading read_swapped(const struct mender *mender, const struct token *token)
{
	uint32_t letters[TOKEN_MOST];
	struct reading best = {.rank = UINT32_MAX};

	if (token->count < SWAP_LEAST || token->count > KNOWN_POINTS_MOST)
		return best;
	memcpy(letters, token->letters, token->count * sizeof(letters[0]));
	for (uint32_t i = 1; i + 2 < token->count; i++) {
		uint32_t letter = letters[i];

		if (letter == letters[i + 1])
			continue;
		letters[i] = letters[i + 1];
		letters[i + 1] = letter;
		reading_offer(mender, &best, letters, token->count, 0);
		letters[i + 1] = letters[i];
		letters[i] = letter;
	}
	return best;
}

/* How many letters stand there twice. */
static uint32_t twins_of(const struct token *token)
{
	uint32_t count = 0;

	for (uint32_t i = 1; i < token->count; i++)
		count += token->letters[i] == token->letters[i - 1];
	return count;
}

static bool is_stretched(const struct mender *mender, const struct token *token)
{
	for (uint32_t i = 0; i < token->count; i++)
		if (mender->in->marks[token->at[i]] & POINT_STRETCHED)
			return true;
	return false;
}

/* Each letter twice: then half of them was meant. */
static bool is_all_twice(const struct token *token)
{
	for (uint32_t i = 0; i + 1 < token->count; i += 2)
		if (token->letters[i] != token->letters[i + 1])
			return false;
	return token->count % 2 == 0;
}

/* The word without the second of those letters that `once` has a bit of. */
static void write_once(const struct token *token, uint32_t once, struct reading *out)
{
	uint32_t twin = 0;

	out->count = 0;
	for (uint32_t i = 0; i < token->count; i++) {
		bool again = i > 0 && token->letters[i] == token->letters[i - 1];

		if (!again || twin >= TWINS_MOST + 1 || !(once >> twin & 1))
			out->letters[out->count++] = token->letters[i];
		twin += again;
	}
}

/* The word with one, some or all of the letters that stand twice once; with all of them, if nobody
 * knows it so or as it stands. */
static struct reading read_once(const struct mender *mender, const struct token *token)
{
	uint32_t twins = is_all_twice(token) ? 0 : twins_of(token);
	struct reading best = {.rank = UINT32_MAX};

	if (!twins || twins > TWINS_MOST)
		return best;
	for (uint32_t once = !mender->some_twins; once < 1u << twins; once++) {
		struct reading reading;
		uint32_t taken = (uint32_t)__builtin_popcount(once), cost = 0;

		write_once(token, once, &reading);
		if (!mender->some_twins)
			cost = TAKEN_COST * (taken - 1);
		else if (!taken)
			cost = TAKEN_COST;
		if (reading.count <= KNOWN_POINTS_MOST)
			reading_offer(mender, &best, reading.letters, reading.count, cost);
	}
	return best;
}

static void put_reading(struct mender *mender, const struct token *token,
	const struct reading *reading)
{
	copy_points(mender, token->all_start, token->start);
	for (uint32_t i = 0; i < reading->count; i++)
		put_point(mender, reading->letters[i], token->start
			+ (uint32_t)((uint64_t)i * (token->end - token->start) / reading->count));
	copy_points(mender, token->end, token->all_end);
	mender->changed = true;
}

static bool is_unknown_twin(const struct mender *mender, const struct token *token)
{
	uint32_t twins = twins_of(token);

	return twins && twins <= TWINS_MOST && !is_all_twice(token)
		&& !vocabulary_find_prefixed(mender->words, token->letters, token->count, NULL);
}

/* Where every word is disguised in the same way, those are so too that are known as they stand. */
static bool mend_throughout(struct mender *mender, const struct token *token)
{
	struct reading best = {.rank = UINT32_MAX};

	if (token->signs || token->count > TOKEN_MOST)
		return false;
	if (mender->twins && token->count > TWIN_LEAST)
		best = read_once(mender, token);
	/* What nobody knows even so. */
	if (mender->twins && best.rank == UINT32_MAX && is_unknown_twin(mender, token)) {
		write_once(token, UINT32_MAX, &best);
		best.rank = 0;
	}
	if (mender->swaps && best.rank == UINT32_MAX) {
		struct reading same = {.rank = UINT32_MAX};

		best = read_swapped(mender, token);
		if (token->count <= KNOWN_POINTS_MOST)
			reading_offer(mender, &same, token->letters, token->count, SAME_COST);
		if (same.rank < best.rank)
			return false;
	}
	if (best.rank == UINT32_MAX)
		return false;
	put_reading(mender, token, &best);
	return true;
}

/* --- one way of writing a word otherwise each; true if it was that -------------------------- */

static bool mend_doubled(struct mender *mender, const struct token *token)
{
	uint32_t prefixes, taken = 0;
	const struct known *word = vocabulary_find_doubled(mender->words, token->letters, token->count);
	bool doubled = false;

	for (uint32_t i = 1; i < token->count && !doubled; i++)
		doubled = token->letters[i] == token->letters[i - 1];
	if (!doubled)
		return false;
	prefixes = word ? 0 : vocabulary_prefixes(token->letters, token->count);
	/* The prefixes may be doubled as well, so up to twice as many letters. */
	while (!word && taken < prefixes) {
		taken++;
		word = vocabulary_find_doubled(mender->words, token->letters + taken,
			token->count - taken);
		if (word && word->count < 3)
			word = NULL;
	}
	if (!word)
		return false;
	for (uint32_t i = 0; i < taken; i++)
		if (i == 0 || token->letters[i] != token->letters[i - 1])
			put_point(mender, token->letters[i], token->at[i]);
	put_known(mender, word, token->at[taken], token->end);
	mender->doubled++;
	return true;
}

/* How often the letter at `at` was written there, before long rows were shortened. */
static uint32_t written_times(const struct mender *mender, uint32_t at, uint32_t end)
{
	const struct view *in = mender->in;
	uint32_t next = at + 1, times = 0;

	while (next < end && in->points[next] == in->points[at])
		next++;
	/* Signs that were taken off it stand there as well. */
	for (uint32_t i = in->from[at]; i < in->from[next]; i++)
		times += GLYPH_KIND(mender->text->entries[i]) == GLYPH_LETTER;
	/* A ligature gives several letters. */
	return times ? times : 1;
}

/* The next point behind this row of one letter. */
static uint32_t row_end(const struct view *view, uint32_t at, uint32_t end)
{
	uint32_t next = at + 1;

	while (next < end && view->points[next] == view->points[at])
		next++;
	return next;
}

/* EEvveerryy lleetteerr ttwwiiccee: half of each row was meant, known word or not. */
static bool mend_halved(struct mender *mender, const struct token *token)
{
	const struct view *in = mender->in;
	uint32_t rows = 0;

	if (in->points[token->start] != in->points[token->start + 1])
		return false;
	for (uint32_t at = token->start, next; at < token->end; at = next) {
		bool alone;

		next = row_end(in, at, token->end);
		if (!is_letter(in, at))
			continue;
		alone = (at == token->start || !is_letter(in, at - 1))
			&& (next == token->end || !is_letter(in, next)) && rows > 0;
		if (written_times(mender, at, token->end) % 2 && !alone)
			return false;
		rows += !alone;
	}
	if (rows < 2)
		return false;
	for (uint32_t at = token->start, next; at < token->end; at = next) {
		uint32_t half;

		next = row_end(in, at, token->end);
		half = is_letter(in, at) ? (written_times(mender, at, token->end) + 1) / 2 : 1;
		for (uint32_t i = 0; i < (half < 2 ? half : 2); i++)
			put_point(mender, in->points[at], at + (i < next - at ? i : 0));
		if (!is_letter(in, at))
			copy_points(mender, at + 1, next);
	}
	mender->doubled++;
	return mender->changed = true;
}

/* ו*ישראלי: the sign stands for a letter of what is put before a word, and is left out. */
static bool mend_masked_prefix(struct mender *mender, const struct token *token)
{
	uint32_t before = token->first_sign, prefix = 0;

	if (token->signs != 1 || before > 2 || token->count - before < 4
	    || vocabulary_prefixes(token->letters, token->count) < before
	    || !vocabulary_find_prefixed(mender->words, token->letters + before,
		    token->count - before, &prefix))
		return false;
	for (uint32_t i = 0; i < token->count; i++) {
		/* Behind an alef only the ل of ال can be meant. */
		if (i == before && token->letters[i - 1] == 0x0627)
			put_point(mender, 0x0644, token->at[i] - 1);
		put_point(mender, token->letters[i], token->at[i]);
	}
	return mender->changed = true;
}

/* The word that one or two signs stand for letters of, behind so many letters of a prefix. */
static const struct known *find_masked(const struct mender *mender, const struct token *token,
	uint32_t *taken)
{
	uint32_t sign = mender->in->points[token->at[token->first_sign - 1] + 1], prefixes;
	bool honest = sign == '-' || sign == '.' || sign == '\'' || sign == '"' || sign == '_'
		|| (sign >= '0' && sign <= '9');

	prefixes = vocabulary_prefixes(token->letters, token->count);
	for (*taken = 0; *taken <= prefixes && *taken < token->first_sign; ++*taken) {
		const struct known *word = vocabulary_find_gapped(mender->words,
			token->letters + *taken, token->count - *taken, token->first_sign - *taken,
			token->signs);

		if (word && word->count >= (honest ? 5 : 4))
			return word;
	}
	return NULL;
}

/* A digit or sign in place of a letter or two: id*ot, f**k. */
static bool mend_masked(struct mender *mender, const struct token *token)
{
	const struct known *word;
	uint32_t first = token->at[token->first_sign - 1] + 1, taken;

	if (token->split || token->signs > 2 || token->count < 2 || token->first_sign == 0)
		return false;
	if (token->signs == 2 && mender->in->points[first] != mender->in->points[first + 1])
		return false;
	word = find_masked(mender, token, &taken);
	if (!word)
		return mend_masked_prefix(mender, token);
	copy_points(mender, token->start, token->at[taken]);
	put_known(mender, word, token->at[taken], token->end);
	mender->masked++;
	return true;
}

/* Where a word is known without its sign, and another one with a letter there instead. */
static bool is_rather_masked(struct mender *mender, const struct token *token,
	const struct known *parted)
{
	const struct known *masked;
	uint32_t taken;

	masked = token->signs == 1 && !token->split ? find_masked(mender, token, &taken) : NULL;
	mender->either += masked != NULL;
	mender->parted += !masked;
	return masked && (mender->masks || (is_sought(masked) && !is_sought(parted)
		&& masked->cost < RARE_COST));
}

/* Signs within a word that is looked for: מטומט"ם, f'uck. */
static bool mend_parted(struct mender *mender, const struct token *token)
{
	uint32_t prefix = 0, sign = mender->in->points[token->at[token->first_sign - 1] + 1];
	bool geresh = token->script == SCRIPT_HEBREW && (sign == '\'' || sign == '"');
	const struct known *word = vocabulary_find_prefixed(mender->words, token->letters,
		token->count, &prefix);

	/* department's. */
	if (sign == '\'' && token->script == SCRIPT_LATIN && token->count - token->first_sign < 3)
		return false;
	/* Whoever joins two honest words by a hyphen means both. */
	if (sign == '-' && word && !(word->kind & KNOWN_SOUGHT))
		return false;
	if (!word || word->count < (word->kind & KNOWN_SOUGHT || geresh ? 4 : 5))
		return false;
	if (is_rather_masked(mender, token, word))
		return false;
	for (uint32_t i = 0; i < token->count; i++)
		put_point(mender, token->letters[i], token->at[i]);
	mender->changed = true;
	return true;
}

/* The caller puts what stands around it. */
static bool mend_swapped(struct mender *mender, const struct token *token)
{
	struct reading best = read_swapped(mender, token);

	if (best.rank == UINT32_MAX || !best.sought || best.own < SWAP_LEAST)
		return false;
	for (uint32_t j = 0; j < best.count; j++)
		put_point(mender, best.letters[j], token->at[j]);
	mender->evidence[KIN_MIXED]++;
	return mender->changed = true;
}

static bool mend_gapped(struct mender *mender, const struct token *token)
{
	const struct known *word = vocabulary_find_gapped(mender->words, token->letters, token->count,
		UINT32_MAX, 1);

	if (!word)
		return false;
	put_known(mender, word, token->start, token->end);
	mender->evidence[KIN_SHORTER]++;
	return true;
}

static bool mend_backwards(struct mender *mender, const struct token *token)
{
	uint32_t letters[TOKEN_MOST];
	const struct known *word;

	if (token->count < BACKWARDS_LEAST || token->count > KNOWN_POINTS_MOST)
		return false;
	for (uint32_t i = 0; i < token->count; i++)
		letters[i] = token->letters[token->count - 1 - i];
	word = vocabulary_find(mender->words, letters, token->count);
	if (!word || !(word->kind & KNOWN_SOUGHT))
		return false;
	put_known(mender, word, token->start, token->end);
	mender->evidence[KIN_BACKWARDS]++;
	return true;
}

/* Latin letters that say a Hebrew or Arabic word; digits as they were before leet was undone. */
static bool mend_sounded(struct mender *mender, const struct token *token)
{
	uint32_t latin[TOKEN_MOST];
	const struct sound *sound;
	bool digit = false, faint;

	for (uint32_t i = 0; i < token->count; i++) {
		uint32_t was = mender->text->original[mender->in->from[token->at[i]]];
		bool is_digit = was >= '2' && was <= '9';

		latin[i] = is_digit ? was : token->letters[i];
		digit = digit || is_digit;
	}
	sound = vocabulary_find_sound(mender->words, latin, token->count);
	if (!sound)
		return false;
	faint = sound->weak || (sound->brief && !digit);
	mender->heard += !faint;
	mender->faint += faint;
	if (faint && !mender->weak_sounds)
		return false;
	put_word(mender, sound->at, sound->count, token->start, token->end);
	return true;
}

/* vv for w, rn for m. */
static bool mend_two_for_one(struct mender *mender, const struct token *token)
{
	static const char pairs[][3] = {"vvw", "rnm"};
	uint32_t letters[TOKEN_MOST];
	const struct known *word;

	for (size_t pair = 0; pair < sizeof(pairs) / sizeof(pairs[0]); pair++) {
		uint32_t count = 0;

		for (uint32_t i = 0; i < token->count; i++) {
			bool two = i + 1 < token->count
				&& token->letters[i] == (uint32_t)pairs[pair][0]
				&& token->letters[i + 1] == (uint32_t)pairs[pair][1];

			letters[count++] = two ? (uint32_t)pairs[pair][2] : token->letters[i];
			i += two;
		}
		word = count < token->count ? vocabulary_find(mender->words, letters, count) : NULL;
		/* torn is no tom. */
		if (!word || count < TWIN_LEAST || (pair > 0 && (!is_sought(word) || count < SWAP_LEAST)))
			continue;
		put_known(mender, word, token->start, token->end);
		return true;
	}
	return false;
}

/* 1 was taken for i, and may have been l. */
static bool mend_leet(struct mender *mender, const struct token *token)
{
	uint32_t letters[TOKEN_MOST];
	const struct known *word;
	bool any = false;

	for (uint32_t i = 0; i < token->count; i++) {
		uint32_t was = mender->text->original[mender->in->from[token->at[i]]];

		letters[i] = was == '1' || was == '!' || was == '|' || (was == 'I' && i > 0)
			? 'l' : token->letters[i];
		any = any || letters[i] != token->letters[i];
	}
	if (!any)
		return false;
	word = vocabulary_find_doubled(mender->words, letters, token->count);
	if (!word)
		return false;
	put_known(mender, word, token->start, token->end);
	return true;
}

/* The letters, in the order of LETTERS_FOR, that a digit, a sign or a letter of another script is
 * written for; 0 at the end. As they fold. */
struct written_for {
	uint16_t sign, letters[4];
};

static const struct written_for for_hebrew[] = {
	{'0', {0x05E1, 0x05DE}}, {'1', {0x05D5, 0x05D9, 0x05E0}}, {'7', {0x05D3, 0x05DB, 0x05E8}},
	{'|', {0x05D5, 0x05E0, 0x05D9}}, {'\'', {0x05D9}}, {'!', {0x05D5, 0x05D9}},
	{'@', {0x05D0, 0x05D8}}, {'$', {0x05E9}}, {'4', {0x05D0}}, {'9', {0x05E4}}, {'6', {0x05D8}},
	{'a', {0x05D0, 0x05E2, 0x05D4}}, {'b', {0x05D1}}, {'c', {0x05DB, 0x05E1}}, {'d', {0x05D3}},
	{'e', {0x05D0, 0x05D4, 0x05E2}}, {'f', {0x05E4}}, {'g', {0x05D2}}, {'h', {0x05D4, 0x05D7}},
	{'i', {0x05D9, 0x05D5}}, {'j', {0x05D2, 0x05E8}}, {'k', {0x05E7, 0x05DB}},
	{'l', {0x05D5, 0x05DC, 0x05E0}}, {'m', {0x05DE, 0x05E9}}, {'n', {0x05D7, 0x05E0, 0x05EA}},
	{'o', {0x05E1, 0x05DE, 0x05D5}}, {'p', {0x05E4, 0x05E7}}, {'q', {0x05E7}}, {'r', {0x05E8}},
	{'s', {0x05E1, 0x05E9}}, {'t', {0x05EA, 0x05D8}}, {'u', {0x05D8, 0x05D5}},
	{'v', {0x05E2, 0x05D5, 0x05D1}}, {'w', {0x05E9, 0x05D5}}, {'x', {0x05D0}},
	{'y', {0x05E2, 0x05E6, 0x05D9}}, {'z', {0x05D6, 0x05E6}}, {0, {0}},
};

static const struct written_for for_arabic[] = {
	{'2', {0x0627, 0x0621}}, {'3', {0x0639}}, {'5', {0x062E}}, {'6', {0x0637}}, {'7', {0x062D}},
	{'8', {0x0642, 0x063A}}, {'9', {0x0635, 0x0642}}, {'1', {0x0627}}, {'|', {0x0627}},
	{'l', {0x0627, 0x0644}}, {'o', {0x0647, 0x0648}}, {0, {0}},
};

static const struct written_for for_latin[] = {
	{'0', {'o'}}, {'1', {'i', 'l'}}, {'|', {'i', 'l'}}, {'!', {'i', 'l'}}, {'2', {'z'}},
	{'3', {'e'}}, {'4', {'a'}}, {'@', {'a'}}, {'5', {'s'}}, {'$', {'s'}}, {'6', {'g', 'b'}},
	{'9', {'g', 'q'}}, {'7', {'t'}}, {'+', {'t'}}, {'8', {'b'}}, {'(', {'c'}}, {'<', {'c'}},
	{'#', {'h'}}, {0x00A1, {'i'}}, {0x00A2, {'c'}}, {0x00A3, {'l'}}, {0x00A5, {'y'}},
	{0x20AC, {'e'}}, {0x00A9, {'c'}}, {0x00AE, {'r'}}, {'%', {'x'}}, {0, {0}},
};

static uint64_t letters_for(uint8_t script, uint32_t sign)
{
	const struct written_for *row = for_latin;
	uint64_t set = 0;

	if (script == SCRIPT_HEBREW)
		row = for_hebrew;
	else if (script == SCRIPT_ARABIC)
		row = for_arabic;
	while (row->sign && row->sign != sign)
		row++;
	for (uint32_t i = 0; row->sign && i < 4 && row->letters[i]; i++)
		set |= kin_bit(row->letters[i]);
	return set;
}

/* What stands in for whatever letter was meant. */
static bool is_mask(uint32_t sign)
{
	return (sign > ' ' && sign < '0') || sign == '?' || sign == '@' || sign == '^' || sign == '_'
		|| sign == '~' || sign > 0xA0;
}

/* … unless it joins or ends words, as a rule. */
static bool is_honest_sign(uint32_t sign)
{
	switch (sign) {
	case '-':
	case '.':
	case '\'':
	case '"':
	case '_':
	case ',':
	case '?':
	case '&':
	case '/':
	case '+':
	case '%':
	case ')':
	case '(':
	case '@':
	case '!': return true;
	default: return sign >= '0' && sign <= '9';
	}
}

/* What may stand at each place of a word; how many of them are told apart by a letter. */
struct hidden {
	uint64_t sets[KNOWN_POINTS_MOST];
	uint32_t letters, honest;
	bool any;
};

/* Which signs may stand for any letter whatever. */
enum masks { MASKS_NONE, MASKS_SOME, MASKS_ALL };

/* False if something stands there that can be no letter. */
static bool hidden_read(const struct mender *mender, const struct token *token, uint32_t start,
	uint32_t end, enum masks masks, struct hidden *out)
{
	*out = (struct hidden){.letters = 0};
	for (uint32_t at = start; at < end; at++) {
		uint32_t point = mender->in->points[at];
		uint32_t was = mender->text->original[mender->in->from[at]];
		bool letter = is_letter(mender->in, at);
		bool own = letter && GLYPH_SCRIPT(glyph_entry(point)) == token->script, told = own;
		uint64_t set = own ? kin_bit(point) : 0;

		/* Leet was undone already where it could be. */
		if (own && was != point && was < 0x80 && (was < 'A' || was == '|')) {
			set |= letters_for(token->script, was);
			own = false;
		}
		if (!own)
			set |= letters_for(token->script, letter ? point : was < 0x80 ? was : point);
		if (!own && (masks == MASKS_ALL || (masks == MASKS_SOME && !set))
		    && at > token->start && at + 1 < token->end
		    && is_mask(letter ? was : point)) {
			set = KIN_ANY;
			told = false;
			out->any = true;
			out->honest += is_honest_sign(was);
		}
		if (!set)
			return false;
		out->letters += told;
		out->sets[at - start] = set;
	}
	return true;
}

/* Puts a word in the place of points [start, end) of the token: as many letters as points. */
static void put_guess(struct mender *mender, const struct token *token, uint32_t start,
	uint32_t end, uint32_t taken, const struct guess *guess)
{
	copy_points(mender, token->all_start, start + taken);
	for (uint32_t i = 0; i < guess->count; i++)
		put_point(mender, guess->points[i], start + taken + i);
	copy_points(mender, end, token->all_end);
	mender->changed = true;
}

static bool is_part_known(const struct mender *mender, uint32_t start, uint32_t end)
{
	return end - start >= 2 && end - start <= KNOWN_POINTS_MOST
		&& vocabulary_find_prefixed(mender->words, mender->in->points + start, end - start,
			NULL);
}

/* book-shop, this.that: two words that both are known. */
static bool joins_known(const struct mender *mender, const struct token *token)
{
	uint32_t at = token->start;

	while (at < token->end && is_letter(mender->in, at))
		at++;
	if (at == token->end || !is_part_known(mender, token->start, at))
		return false;
	while (at < token->end && !is_letter(mender->in, at))
		at++;
	for (uint32_t end = at; end < token->end; end++)
		if (!is_letter(mender->in, end))
			return false;
	return is_part_known(mender, at, token->end);
}

static bool mend_hidden_in(struct mender *mender, const struct token *token, uint32_t start,
	uint32_t end, enum masks masks)
{
	uint32_t count = end - start, taken = 0, least = HIDDEN_LEAST;
	struct hidden hidden;
	struct guess guess;

	if (count > KNOWN_POINTS_MOST || count < 3
	    || !hidden_read(mender, token, start, end, masks, &hidden)
	    || hidden.letters * (mender->bold ? 3 : 2) < count || (masks && !hidden.any)
	    || hidden.letters < (mender->bold ? 1 : 2)
	    || (hidden.honest && hidden.letters * 3 < count * 2))
		return false;
	if (hidden.honest)
		least++;
	else if (mender->bold)
		least--;
	for (;; taken++) {
		if (count - taken < least || mender->asked >= ASKED_MOST)
			return false;
		mender->asked++;
		if (kin_find_hidden(mender->words, mender->in->points[token->start],
			    hidden.sets + taken, count - taken,
			    KNOWN_LISTED | KNOWN_SOUGHT | KNOWN_ORDINARY, &guess))
			break;
		/* What is put before a word may be a letter of its own. */
		if (taken == 3 || token->script == SCRIPT_LATIN || !is_letter(mender->in, start + taken)
		    || (!vocabulary_is_hebrew_prefix(mender->in->points[start + taken])
			    && !vocabulary_is_arabic_prefix(mender->in->points[start + taken])))
			return false;
	}
	put_guess(mender, token, start, end, taken, &guess);
	mender->masked += hidden.any;
	mender->hidden += !hidden.any || !hidden.honest;
	return true;
}

/* A known word once its signs are left out. */
static bool is_parted(const struct mender *mender, const struct token *token)
{
	if (!token->signs || token->count > TOKEN_MOST || token->count < HIDDEN_LEAST)
		return false;
	/* A digit or a # is put for a letter, not between two. */
	for (uint32_t at = token->start; at < token->end; at++)
		if (kind_at(mender->in, at) == GLYPH_DIGIT || mender->in->points[at] == '#')
			return false;
	return vocabulary_find_prefixed(mender->words, token->letters, token->count, NULL) != NULL;
}

/* א'ד10ט, 1d!0t, m*r*n: signs for letters, at its edges as well, where a known word comes out. */
static bool mend_hidden(struct mender *mender, const struct token *token)
{
	uint32_t all_end = token->all_end, start = token->all_start;

	/* What only parts a known word's letters stands for none of them. */
	if (!mender->bold && !mender->masks && is_parted(mender, token))
		return false;
	/* So many words end so honestly. */
	while (all_end > token->end && mender->in->points[all_end - 1] == '!')
		all_end--;
	if (mend_hidden_in(mender, token, start, all_end, MASKS_NONE))
		return true;
	if (all_end > token->end && mend_hidden_in(mender, token, start, token->end, MASKS_NONE))
		return true;
	if (start < token->start && mend_hidden_in(mender, token, token->start, all_end, MASKS_NONE))
		return true;
	if (joins_known(mender, token))
		return false;
	if (mend_hidden_in(mender, token, token->start, token->end, MASKS_NONE))
		return true;
	return mend_hidden_in(mender, token, token->start, token->end, MASKS_SOME)
		|| mend_hidden_in(mender, token, token->start, token->end, MASKS_ALL);
}

/* --- א'ד10ט: in Hebrew 1, 0, | and ' have one letter each that they look like ----------------- */

struct coded {
	uint32_t letters[KNOWN_POINTS_MOST], count;
	uint32_t start, end;     /* the token without what else stands at its edges */
	uint32_t digits, signs;  /* 1, 0 and |; and ' */
	bool faint;              /* ' only where an honest text may have it: 'כן', צה''ל, ע'י */
};

static uint32_t coded_letter(uint32_t point)
{
	switch (point) {
	case '0': return 0x05E1; /* ס */
	case '1': return 0x05D5; /* ו */
	case '|': return 0x05E0; /* ן, as it folds */
	case '\'': return 0x05D9; /* י */
	default: return 0;
	}
}

/* ים, ית: the geresh before these is rarely one of an abbreviation. */
static bool ends_plural(uint32_t point)
{
	return point == 0x05DE || point == 0x05EA;
}

static bool coded_read(const struct mender *mender, const struct token *token, struct coded *out)
{
	const uint32_t *points = mender->in->points;
	uint32_t letters = 0;

	*out = (struct coded){.start = token->all_start, .end = token->all_end};
	while (out->start < token->start && !coded_letter(points[out->start]))
		out->start++;
	while (out->end > token->end && !coded_letter(points[out->end - 1]))
		out->end--;
	if (token->script != SCRIPT_HEBREW || out->end - out->start > KNOWN_POINTS_MOST
	    || out->end - out->start < HIDDEN_LEAST - 1)
		return false;
	out->faint = points[out->start] == '\'' || points[out->end - 1] == '\''
		|| (points[out->end - 2] == '\'' && !ends_plural(points[out->end - 1]));
	for (uint32_t at = out->start; at < out->end; at++) {
		bool letter = is_letter(mender->in, at);
		uint32_t point = letter ? points[at] : coded_letter(points[at]);

		/* ן ends words. */
		if (!point || (points[at] == '|' && at + 1 < out->end))
			return false;
		letters += letter;
		out->signs += points[at] == '\'';
		out->digits += !letter && points[at] != '\'';
		out->faint = out->faint || (at > out->start && points[at] == '\''
			&& points[at - 1] == '\'');
		out->letters[out->count++] = point;
	}
	out->faint = out->faint && !out->digits;
	return letters >= (mender->codes ? 1 : 2) && out->digits + out->signs > 0;
}

static void put_coded(struct mender *mender, const struct token *token, const struct coded *coded)
{
	copy_points(mender, token->all_start, coded->start);
	for (uint32_t i = 0; i < coded->count; i++)
		put_point(mender, coded->letters[i], coded->start + i);
	copy_points(mender, coded->end, token->all_end);
	mender->changed = true;
}

/* A geresh may also be put between letters, be an honest one, or end a quotation. */
static bool mend_coded(struct mender *mender, const struct token *token)
{
	struct reading with = {.rank = UINT32_MAX}, without = with;
	struct coded coded;

	if (!coded_read(mender, token, &coded))
		return false;
	reading_offer(mender, &with, coded.letters, coded.count, 0);
	if (!coded.digits && token->count <= KNOWN_POINTS_MOST)
		reading_offer(mender, &without, token->letters, token->count, 0);
	if (with.rank != UINT32_MAX && coded.faint)
		mender->perhaps_coded++;
	else if (with.rank < without.rank)
		mender->coded++;
	else if (without.rank != UINT32_MAX)
		mender->parted_so++;
	if (with.rank == UINT32_MAX && (!mender->codes || without.rank != UINT32_MAX
		|| token->count < 2))
		return false;
	if (!coded.digits && !mender->codes && (without.rank <= with.rank
		|| (coded.faint && (!with.listed || without.rank != UINT32_MAX))))
		return false;
	put_coded(mender, token, &coded);
	return true;
}

/* --- words joined by signs -------------------------------------------------------------------- */

static bool is_joining(uint32_t sign)
{
	return sign == '_' || sign == '-' || sign == '.' || sign == '*' || sign == '~' || sign == '|'
		|| sign == '+' || sign == '=' || sign == '/' || sign == ',';
}

/* you_are_an_idiot: words that are all known, the same sign between any two. */
static bool mend_joined_by_signs(struct mender *mender, const struct token *token, uint32_t least)
{
	const struct view *in = mender->in;
	uint32_t words = 0, unknown = 0, letters = 0, sign = 0, begin = token->start;

	if (!token->signs)
		return false;
	for (uint32_t at = token->start; at <= token->end; at++) {
		bool edge = at == token->end;

		if (!edge && (is_letter(in, at) || in->points[at] == '\''))
			continue;
		if (!edge && (!is_joining(in->points[at]) || (sign && in->points[at] != sign)))
			return false;
		sign = edge ? sign : in->points[at];
		if (at == begin)
			return false;
		words++;
		letters += at - begin;
		if (at - begin > KNOWN_POINTS_MOST
		    || !vocabulary_find_prefixed(mender->words, in->points + begin, at - begin, NULL))
			unknown++;
		begin = at + 1;
	}
	if (words < least || unknown * 3 > words || letters * 2 < 5 * words
	    || (words == 2 && (sign == '-' || sign == '.' || sign == '/' || sign == ',')))
		return false;
	copy_points(mender, token->all_start, token->start);
	for (uint32_t at = token->start; at < token->end; at++)
		if (in->points[at] == sign)
			put_point(mender, ' ', at);
		else
			copy_points(mender, at, at + 1);
	copy_points(mender, token->end, token->all_end);
	return mender->changed = true;
}

/* --- what may have been meant ----------------------------------------------------------------- */

static bool put_asked(struct mender *mender, const struct token *token, enum kin_way way,
	unsigned kinds, uint32_t least)
{
	struct guess guess;

	if (mender->asked >= ASKED_MOST)
		return false;
	mender->asked++;
	if (!kin_find(mender->words, way, token->letters, token->count, kinds, &guess)
	    || guess.count - guess.prefix < least)
		return false;
	for (uint32_t i = 0; i < guess.count; i++)
		put_point(mender, guess.points[i], token->start
			+ (uint32_t)((uint64_t)i * (token->end - token->start) / guess.count));
	return mender->changed = true;
}

/* A long insult is looked for whatever the text is like; other words where all are disguised so. */
static bool mend_meant(struct mender *mender, const struct token *token)
{
	static const struct {
		enum kin_way way;
		unsigned kinds;
	} ways[] = {{KIN_MIXED, KNOWN_LISTED | KNOWN_SOUGHT}, {KIN_HEARD, KNOWN_LISTED},
		{KIN_LONGER, KNOWN_LISTED}};

	if (token->count < STRANGE_LEAST)
		return false;
	if (mender->has_way)
		return put_asked(mender, token, mender->way,
			KNOWN_LISTED | KNOWN_SOUGHT | KNOWN_ORDINARY, STRANGE_LEAST - 1);
	if (token->count < SWAP_LEAST)
		return false;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (put_asked(mender, token, ways[i].way, ways[i].kinds, MEANT_LEAST)) {
			mender->evidence[ways[i].way]++;
			return true;
		}
	return false;
}

/* --- letters run together ------------------------------------------------------------------- */

/* Where the cheapest way to cut the letters before `i` into words made its last cut. */
struct cuts {
	uint16_t before[JOINED_MOST + 1];
	uint32_t cost[JOINED_MOST + 1];
	bool unknown[JOINED_MOST + 1];
	/* A letter stands before it that only ends a word; or that ends none. */
	bool ends[JOINED_MOST + 1], goes_on[JOINED_MOST + 1];
};

/* The form of a letter that is written at the end of a word: ם, ة. Folding makes it one with the
 * others, but it tells where words end. */
static bool is_final(uint32_t point)
{
	switch (point) {
	case 0x05DA: /* ך */
	case 0x05DD: /* ם */
	case 0x05DF: /* ן */
	case 0x05E3: /* ף */
	case 0x05E5: /* ץ */
	case 0x0629: /* ة */
	case 0x0649: return true; /* ى */
	default: return false;
	}
}

/* כ where the end of a word would have ך. */
static bool is_not_final(uint32_t point)
{
	return point == 0x05DB || point == 0x05DE || point == 0x05E0 || point == 0x05E4
		|| point == 0x05E6;
}

/* Who writes finals in the middle of words does not write them to end words. */
static void cuts_begin(const struct mender *mender, uint32_t start, uint32_t count,
	struct cuts *cuts)
{
	const struct view *in = mender->in;
	bool told = true;

	cuts->ends[0] = false;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t was = mender->text->original[in->from[start + i]];

		cuts->ends[i + 1] = is_final(was);
		cuts->goes_on[i + 1] = is_not_final(was);
		told = told && !(i && cuts->ends[i] && cuts->ends[i + 1]);
	}
	for (uint32_t i = 1; !told && i <= count; i++)
		cuts->ends[i] = false;
}

/* את + ה… or אתה: at the beginning the latter, behind other words the former. */
static bool is_you(const uint32_t *points, uint32_t length)
{
	return length == 3 && points[0] == 0x05D0 && points[1] == 0x05EA && points[2] == 0x05D4;
}

/* What it costs to take the letters [start, end) for a word; UINT32_MAX if they are none. */
static uint32_t cut_cost(const struct vocabulary *words, const uint32_t *points, uint32_t start,
	uint32_t end, const struct cuts *cuts)
{
	uint32_t prefix = 0, cost, length = end - start;
	const struct known *word;

	word = vocabulary_find_prefixed(words, points + start, length, &prefix);
	if (!word || (length == 1 && points[start] >= 0x250))
		return UINT32_MAX;
	cost = WORD_COST + word->cost + prefix * (PREFIX_COST + prefix);
	/* Some of these only ever stood in a pattern, and are two words. */
	if (word->cost >= RARE_COST && word->kind == KNOWN_SOUGHT)
		cost += RARE_MORE;
	if (cuts->goes_on[end])
		cost += ENDLESS_COST;
	if (is_you(points + start, length))
		cost += start ? YOU_MORE : 0;
	else if (start == 0 && prefix == 0 && is_you(points, end + 1))
		cost += YOU_LESS;
	return cost;
}

static void cut_words(const struct vocabulary *words, const uint32_t *points, uint32_t count,
	struct cuts *cuts)
{
	cuts->cost[0] = 0;
	cuts->unknown[0] = false;
	for (uint32_t end = 1; end <= count; end++) {
		/* A letter that belongs to no word. */
		cuts->before[end] = (uint16_t)(end - 1);
		cuts->cost[end] = cuts->cost[end - 1] + UNKNOWN_COST;
		cuts->unknown[end] = true;
		for (uint32_t start = end; start-- > 0 && end - start <= CUT_MOST;) {
			uint32_t cost;

			if (start + 1 < end && cuts->ends[start + 1])
				break;
			cost = cut_cost(words, points, start, end, cuts);
			if (cost == UINT32_MAX || cuts->cost[start] + cost >= cuts->cost[end])
				continue;
			cuts->cost[end] = cuts->cost[start] + cost;
			cuts->before[end] = (uint16_t)start;
			cuts->unknown[end] = false;
		}
	}
}

/* Writes points [start, end) with spaces where words were found; false if too little was. */
static bool mend_run_together(struct mender *mender, uint32_t start, uint32_t end, bool joined)
{
	struct cuts cuts;
	uint32_t count = end - start, words = 0, unknown = 0;
	bool cut[JOINED_MOST + 1] = {false};

	if (count > JOINED_MOST || count < 4)
		return false;
	cuts_begin(mender, start, count, &cuts);
	cut_words(mender->words, mender->in->points + start, count, &cuts);
	for (uint32_t at = count; at > 0; at = cuts.before[at]) {
		cut[at] = !cuts.unknown[at] || at == count
			|| !cuts.unknown[cuts.before[at]];
		if (cuts.before[at] > 0 && !cuts.unknown[at])
			cut[cuts.before[at]] = true;
		unknown += cuts.unknown[at];
		words += !cuts.unknown[at];
	}
	if (words < 2 || unknown * 4 > count || (!joined && (unknown || count < 4 * words)
		&& (count < SENTENCE_LEAST || unknown * 6 > count || count * 2 < 5 * (words + unknown)
			|| words < 3)))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		if (i > 0 && cut[i] && !put_point(mender, ' ', start + i))
			return false;
		put_point(mender, mender->in->points[start + i], start + i);
	}
	mender->changed = true;
	return true;
}

/* --- tokens --------------------------------------------------------------------------------- */

static bool is_comma(uint32_t point)
{
	return point == ',' || point == ';';
}

/* Where the token that starts at `at` ends; its word goes from its first letter to its last. */
static uint32_t token_find(const struct view *view, uint32_t at, struct token *token)
{
	const uint8_t *marks = view->marks;
	uint32_t count = view->count, end = at, start = at, last = at, letters = 0;
	uint8_t seen = 0;

	while (end < count && (marks[end] & POINT_KIND) != GLYPH_SPACE) {
		uint32_t run = end;

		for (; end < count && (marks[end] & POINT_KIND) == GLYPH_LETTER; end++)
			seen |= marks[end];
		if (end == run) {
			seen |= marks[end++];
			continue;
		}
		start = letters ? start : run;
		letters += end - run;
		last = end;
		/* Behind a comma another word begins, space or not. */
		if (end + 1 < count && is_comma(view->points[end])
		    && kind_at(view, end + 1) != GLYPH_SPACE
		    && kind_at(view, end + 1) != GLYPH_DIGIT) {
			end++;
			break;
		}
	}
	token->all_start = at;
	token->all_end = end;
	token->start = start;
	token->end = last;
	token->signs = last - start - letters;
	token->joined = (seen & POINT_JOINED) != 0;
	if (letters)
		token->script = (uint8_t)GLYPH_SCRIPT(glyph_entry(view->points[start]));
	return end;
}

/* Its letters one by one, but for those beyond TOKEN_MOST. */
static void token_spell(const struct view *view, struct token *token)
{
	uint32_t signs = 0;

	token->count = token->first_sign = 0;
	token->split = false;
	for (uint32_t i = token->start; i < token->end; i++) {
		if (!is_letter(view, i)) {
			token->split = token->split || (signs && token->first_sign != token->count);
			token->first_sign = signs++ ? token->first_sign : token->count;
			continue;
		}
		if (token->count < TOKEN_MOST) {
			token->letters[token->count] = view->points[i];
			token->at[token->count] = i;
		}
		token->count++;
	}
}

/* يا is often written as one with who is called. */
static bool mend_called(struct mender *mender, const struct token *token)
{
	uint32_t prefix = 0;

	if (token->count < 5 || token->letters[0] != 0x064A || token->letters[1] != 0x0627
	    || !is_sought(vocabulary_find_prefixed(mender->words, token->letters + 2,
		    token->count - 2, &prefix)))
		return false;
	copy_points(mender, token->start, token->start + 2);
	put_point(mender, ' ', token->start + 2);
	copy_points(mender, token->start + 2, token->end);
	return mender->changed = true;
}

/* kiII: a capital behind a small letter. */
static bool has_odd_i(const struct mender *mender, const struct token *token)
{
	for (uint32_t i = 1; i < token->count; i++)
		if (mender->text->original[mender->in->from[token->at[i]]] == 'I')
			return mender->text->original[mender->in->from[token->at[0]]] >= 'a';
	return false;
}

/* A word of letters alone that nobody knows. */
static bool mend_letters(struct mender *mender, const struct token *token)
{
	bool latin = token->script == SCRIPT_LATIN;

	if (latin && (mend_two_for_one(mender, token)
		|| (has_odd_i(mender, token) && mend_leet(mender, token))))
		return true;
	if (mend_doubled(mender, token) || (latin && (mend_leet(mender, token)
		|| mend_sounded(mender, token))))
		return true;
	if (token->script == SCRIPT_ARABIC && mend_called(mender, token))
		return true;
	return mend_swapped(mender, token) || mend_gapped(mender, token)
		|| mend_backwards(mender, token) || mend_meant(mender, token)
		|| (token->count >= RUN_TOGETHER_LEAST
			&& mend_run_together(mender, token->start, token->end, false));
}

/* Signs that honest writing puts between two words. */
static bool is_between_words(uint32_t sign)
{
	return sign == '/' || sign == ',' || sign == ';' || sign == ':' || sign == '@' || sign == '('
		|| sign == ')' || sign == '!' || sign == '?';
}

/* Is there anything but letters, apostrophes and gershayim in it? */
static bool has_other_signs(const struct view *view, const struct token *token)
{
	for (uint32_t at = token->start; at < token->end; at++)
		if (!is_letter(view, at) && view->points[at] != '\'' && view->points[at] != '"')
			return true;
	return false;
}

static bool mend_signs(struct mender *mender, const struct token *token)
{
	if (token->count >= SENTENCE_LEAST && !has_other_signs(mender->in, token)
	    && mend_run_together(mender, token->start, token->end, false))
		return true;
	for (uint32_t i = token->start; i < token->end; i++)
		if (is_between_words(mender->in->points[i]))
			return false;
	if (vocabulary_find(mender->words, mender->in->points + token->start,
		token->end - token->start))
		return false;
	return mend_parted(mender, token)
		|| mend_masked(mender, token)
		|| (token->script == SCRIPT_LATIN && mend_sounded(mender, token));
}

static bool mend_token(struct mender *mender, const struct token *token)
{
	if (token->joined && !has_other_signs(mender->in, token)
	    && !vocabulary_find(mender->words, mender->in->points + token->start,
		    token->end - token->start)
	    && mend_run_together(mender, token->start, token->end, true))
		return true;
	if (token->count > TOKEN_MOST && !has_other_signs(mender->in, token)
	    && mend_run_together(mender, token->start, token->end, false))
		return true;
	if (token->count > TOKEN_MOST || token->count < 2)
		return false;
	if (token->signs)
		return mend_signs(mender, token);
	if (mender->doubles && token->script != SCRIPT_LATIN
	    && !vocabulary_find(mender->words, token->letters, token->count)
	    && mend_doubled(mender, token))
		return true;
	if (token->count > 2 && token->letters[0] == token->letters[1] && token->script != SCRIPT_LATIN
	    && vocabulary_find(mender->words, token->letters + 1, token->count - 1)
	    && !vocabulary_find(mender->words, token->letters, token->count))
		mender->perhaps_doubled++;
	if (vocabulary_find_prefixed(mender->words, token->letters, token->count, NULL))
		return mender->weak_sounds && token->script == SCRIPT_LATIN
			&& mend_sounded(mender, token);
	return mend_letters(mender, token);
}

/* First of all: letters twice, in a word with an apostrophe too (doonn't), and where a prefix twice
 * might be one before another. */
static bool mend_doubled_apart(struct mender *mender, const struct token *token)
{
	const struct view *in = mender->in;
	uint32_t count = token->end - token->start;
	const struct known *word;

	if (!token->signs && in->points[token->start] == in->points[token->start + 1]
	    && count > 3 && token->count <= TOKEN_MOST)
		return !vocabulary_find_prefixed(mender->words, token->letters, token->count, NULL)
			&& mend_doubled(mender, token);
	if (token->signs != 1 || token->count > TOKEN_MOST
	    || in->points[token->at[token->first_sign - 1] + 1] != '\''
	    || vocabulary_find(mender->words, in->points + token->start, count))
		return false;
	word = vocabulary_find_doubled(mender->words, in->points + token->start, count);
	if (!word)
		return false;
	put_known(mender, word, token->start, token->end);
	mender->doubled++;
	return true;
}

static bool is_known(const struct mender *mender, const struct token *token)
{
	return vocabulary_find(mender->words, mender->in->points + token->start,
		token->end - token->start)
		|| (!token->signs && token->count <= TOKEN_MOST
			&& vocabulary_find_prefixed(mender->words, token->letters, token->count,
				NULL));
}

/* 0תמי, כבר|: no honest word begins or ends so. */
static bool has_digit_at_edge(const struct view *view, const struct token *token)
{
	return token->script == SCRIPT_HEBREW
		&& ((token->start > token->all_start
			    && kind_at(view, token->start - 1) == GLYPH_DIGIT)
			|| (token->end < token->all_end && view->points[token->end] == '|'));
}

/* And few as in 'תמ, תמ'. */
static bool has_code_at_edge(const struct view *view, const struct token *token)
{
	uint32_t end = token->end;

	if (token->script != SCRIPT_HEBREW)
		return false;
	/* "במשך11". */
	return (token->start > token->all_start && coded_letter(view->points[token->start - 1]))
		|| (end < token->all_end && coded_letter(view->points[end]) && (end + 1 >= view->count
			|| kind_at(view, end + 1) != GLYPH_DIGIT));
}

/* A known word with a geresh put into it; only where there is none might it stand for a letter. */
static bool is_parted_by_geresh(const struct mender *mender, const struct token *token)
{
	if (!token->signs || token->count > TOKEN_MOST || token->script != SCRIPT_HEBREW)
		return false;
	for (uint32_t at = token->start; at < token->end; at++)
		if (!is_letter(mender->in, at) && mender->in->points[at] != '\''
		    && mender->in->points[at] != '"')
			return false;
	return vocabulary_find_prefixed(mender->words, token->letters, token->count, NULL) != NULL;
}

/* Letters of another script among those of its own. */
static bool is_mixed(const struct view *view, const struct token *token)
{
	if (token->script == SCRIPT_LATIN)
		return false;
	for (uint32_t at = token->start; at < token->end; at++)
		if (is_letter(view, at)
		    && GLYPH_SCRIPT(glyph_entry(view->points[at])) == SCRIPT_LATIN)
			return true;
	return false;
}

static bool was_leet(const struct mender *mender, const struct token *token)
{
	for (uint32_t at = token->start; at < token->end; at++) {
		uint32_t was = mender->text->original[mender->in->from[at]];

		if (was != mender->in->points[at] && was < 'A')
			return true;
	}
	return false;
}

/* ا#مهاجرين: the sign stands for the ل of ال, whatever else the letters say without it. */
static bool mend_article(struct mender *mender, const struct token *token)
{
	uint32_t before = token->first_sign, sign;

	if (token->script != SCRIPT_ARABIC || token->signs != 1 || token->count > TOKEN_MOST
	    || before == 0 || before > 2 || token->count - before < 3
	    || token->letters[before - 1] != 0x0627
	    || (before == 2 && !vocabulary_is_arabic_prefix(token->letters[0])))
		return false;
	sign = mender->in->points[token->at[before - 1] + 1];
	if ((sign != '*' && sign != '#' && sign != '_' && sign != '-')
	    || !vocabulary_find(mender->words, token->letters + before, token->count - before))
		return false;
	copy_points(mender, token->all_start, token->at[before - 1] + 1);
	put_point(mender, 0x0644, token->at[before - 1] + 1);
	copy_points(mender, token->at[before], token->all_end);
	return mender->changed = true;
}

/* The word with the signs around it. */
static bool token_mend(struct mender *mender, const struct token *token)
{
	bool edged = token->all_end - token->all_start > token->end - token->start;
	bool ours = token->script == SCRIPT_HEBREW || token->script == SCRIPT_LATIN
		|| token->script == SCRIPT_ARABIC;

	if (mend_throughout(mender, token) || mend_coded(mender, token)
	    || mend_article(mender, token)
	    || mend_joined_by_signs(mender, token, 3))
		return true;
	if (ours && (edged || token->signs || is_mixed(mender->in, token)
		|| (token->script == SCRIPT_LATIN && was_leet(mender, token)))
	    && (mender->bold || !is_known(mender, token) || has_digit_at_edge(mender->in, token))
	    && (mender->bold || !is_parted_by_geresh(mender, token))
	    && mend_hidden(mender, token))
		return true;
	copy_points(mender, token->all_start, token->start);
	if (!mend_halved(mender, token) && !mend_doubled_apart(mender, token)
	    && !mend_token(mender, token)) {
		mender->out->count -= token->start - token->all_start;
		return mend_joined_by_signs(mender, token, 2);
	}
	copy_points(mender, token->end, token->all_end);
	return true;
}

/* "idi ot": two words that nobody knows, one that is looked for. */
static bool mend_apart(struct mender *mender, const struct token *token, uint32_t next_at,
	uint32_t *end)
{
	struct token next;
	uint32_t letters[KNOWN_POINTS_MOST], count;
	const struct known *word;
	const struct sound *sound;
	bool both;

	if (next_at + 1 >= mender->in->count || token->signs || token->count < 2
	    || mender->in->marks[next_at] & POINT_BREAK)
		return false;
	*end = token_find(mender->in, next_at + 1, &next);
	if (next.start == next.end)
		return false;
	token_spell(mender->in, &next);
	count = token->count + next.count;
	if (next.signs || next.start != next_at + 1 || next.count < 2 || next.script != token->script
	    || token->end != next_at || count > KNOWN_POINTS_MOST || count < SWAP_LEAST)
		return false;
	both = vocabulary_find(mender->words, token->letters, token->count)
		&& vocabulary_find(mender->words, next.letters, next.count);
	if (both && !mender->joins)
		return false;
	memcpy(letters, token->letters, token->count * sizeof(letters[0]));
	memcpy(letters + token->count, next.letters, next.count * sizeof(letters[0]));
	/* Rules may look for them as they stand. */
	sound = token->script == SCRIPT_LATIN
		&& !is_sought(vocabulary_find(mender->words, token->letters, token->count))
		&& !is_sought(vocabulary_find(mender->words, next.letters, next.count))
		? vocabulary_find_sound(mender->words, letters, count) : NULL;
	if (sound && !sound->weak) {
		mender->heard++;
		put_word(mender, sound->at, sound->count, token->start, next.end);
		copy_points(mender, next.end, *end);
		return true;
	}
	word = vocabulary_find(mender->words, letters, count);
	if (!is_sought(word)) {
		if (both || !vocabulary_find_prefixed(mender->words, letters, count, NULL))
			return false;
		mender->apart++;
		if (!mender->joins)
			return false;
	}
	mender->apart += is_sought(word);
	copy_points(mender, token->all_start, token->end);
	copy_points(mender, next.start, *end);
	mender->changed = true;
	return true;
}

/* A known word that was left as it is. */
struct neighbour {
	uint32_t start, end; /* the same: there is none */
	uint8_t script;
};

/* "שכמ ותך": the first half is a word of its own, the second one is none. */
static void note_apart(struct mender *mender, const struct neighbour *before,
	const struct token *token)
{
	const struct view *in = mender->in;
	uint32_t letters[KNOWN_POINTS_MOST], first = before->end - before->start;
	uint32_t second = token->end - token->start;

	if (token->signs || first < 2 || second < 2
	    || first + second > KNOWN_POINTS_MOST || first + second < SWAP_LEAST
	    || before->end + 1 != token->start || in->marks[before->end] & POINT_BREAK
	    || before->script != token->script)
		return;
	memcpy(letters, in->points + before->start, first * sizeof(letters[0]));
	memcpy(letters + first, in->points + token->start, second * sizeof(letters[0]));
	mender->apart += vocabulary_find_prefixed(mender->words, letters, first + second, NULL)
		!= NULL;
}

/* Most words are known as they stand: found out without spelling them. */
static bool is_left_alone(struct mender *mender, const struct token *token)
{
	const struct view *in = mender->in;
	const struct known *word;

	if (token->start == token->end)
		return true;
	if (token->signs || token->joined || mender->doubles || mender->weak_sounds || mender->joins
	    || mender->swaps || mender->twins
	    || (mender->bold && token->all_end - token->all_start > token->end - token->start)
	    || token->end - token->start > KNOWN_POINTS_MOST
	    || has_code_at_edge(in, token)
	    || (token->end - token->start > 2
		    && in->points[token->start] == in->points[token->start + 1]))
		return false;
	word = vocabulary_find_prefixed(mender->words, in->points + token->start,
		token->end - token->start, NULL);
	mender->rare += word && word->cost >= RARE_COST;
	return word != NULL;
}

/* A word that stays unknown, to be asked about if there are many. */
static void note_strange(struct mender *mender, const struct token *token)
{
	if (token->signs || token->count < STRANGE_LEAST || token->count > KNOWN_POINTS_MOST)
		return;
	if (mender->strange < STRANGE_MOST) {
		mender->strange_at[mender->strange] = token->start;
		mender->strange_end[mender->strange] = token->end;
	}
	mender->strange++;
}

/* Whoever disguises one word in some way disguises them all so: if most of the words that nobody
 * knows are known when read that way, they are so read. An honest foreign text is not: there each
 * word resembles another in a way of its own, if any. */
static bool find_way(struct mender *mender)
{
	/* Many a word lacks a letter of another one, few are another one in disorder. */
	static const struct {
		uint32_t least, percent;
	} way_rows[KIN_WAYS] = {
		[KIN_BACKWARDS] = {2, 60}, [KIN_HEARD] = {2, 60}, [KIN_LONGER] = {2, 70},
		[KIN_MIXED] = {1, 70}, [KIN_SHORTER] = {3, 70},
	};
	uint32_t count = mender->strange < STRANGE_MOST ? mender->strange : STRANGE_MOST;
	uint32_t most = 0, all = mender->strange;

	for (uint32_t way = 0; way < KIN_WAYS; way++)
		all += mender->evidence[way];
	if (!count || all * 3 < mender->plain * 2 || (all < 2 && mender->tokens > 2))
		return false;
	for (uint32_t way = 0; way < KIN_WAYS; way++) {
		uint32_t mended = mender->evidence[way], found = mended, weight = 3 * mended;

		for (uint32_t i = 0; i < count; i++) {
			struct guess guess;
			uint32_t at = mender->strange_at[i];

			if (!kin_find(mender->words, (enum kin_way)way, mender->in->points + at,
				    mender->strange_end[i] - at,
				    KNOWN_LISTED | KNOWN_SOUGHT | KNOWN_ORDINARY, &guess))
				continue;
			found++;
			/* Of two ways, the one that gives words worth looking for. */
			weight += guess.kind & KNOWN_SOUGHT ? 3 : 2;
		}
		if (weight > most && found > mended && found >= way_rows[way].least
		    && found * 100 >= (count + mended) * way_rows[way].percent) {
			most = weight;
			mender->way = (enum kin_way)way;
		}
	}
	return most > 0;
}

/* May this word be looked up in all its ways? Each letter may be moved, missing or one too many;
 * a longer word is cut at each place as well. */
static bool spend(struct mender *mender, const struct token *token)
{
	uint32_t letters = token->end - token->start, each = 1;

	if (letters <= JOINED_MOST)
		each = letters < RUN_TOGETHER_LEAST ? 4 : 16;
	if (mender->work + letters * each > MEND_MOST)
		return false;
	mender->work += letters * each;
	return true;
}

/* What the words of a text have in common, known ones too. */
struct survey {
	uint32_t words, twins, stretched; /* of three letters and more; those with a letter twice */
	uint32_t pairs;            /* letters that stand twice */
	uint32_t once;             /* and of these nobody knows or uses as they stand */
	uint32_t swapped, strange; /* those that are another one if two letters change places, and
	                              that nobody knows or uses as they stand */
	uint32_t sought;           /* longer ones that are looked for, if so read */
	uint32_t others;           /* as long, but no other word */
};

/* Is the reading a word that is looked for, and what is written none that anybody uses or looks
 * for? "אחתוך" (I shall cut) is rare, and no "אחותך" (your sister). */
static bool is_rather(const struct mender *mender, const struct token *token,
	const struct reading *reading)
{
	const struct known *word = vocabulary_find_prefixed(mender->words, token->letters,
		token->count, NULL);

	return !word || (reading->sought && !is_sought(word) && word->cost >= RARE_COST
		&& reading->rank < RANK_FROM + RARE_COST - SOUGHT_BONUS);
}

static void survey_token(const struct mender *mender, const struct token *token, struct survey *out)
{
	uint32_t twins;
	struct reading reading;

	if (token->signs || token->count < TWIN_LEAST || token->count > KNOWN_POINTS_MOST)
		return;
	out->words++;
	twins = twins_of(token);
	if (twins) {
		out->twins++;
		out->pairs += twins;
		out->stretched += is_stretched(mender, token);
		reading = read_once(mender, token);
		out->once += reading.rank != UINT32_MAX && is_rather(mender, token, &reading);
	}
	/* What is not so throughout is not so. */
	if (token->count < SWAP_LEAST || out->others > OTHERS_MOST + out->swapped)
		return;
	reading = read_swapped(mender, token);
	if (reading.rank == UINT32_MAX) {
		out->others++;
		return;
	}
	out->swapped++;
	out->sought += reading.sought && reading.own >= SWAP_LEAST;
	out->strange += is_rather(mender, token, &reading);
}

/* Of honest words one in ten or so has a letter twice, and as many are another word if two letters
 * change places: where nearly all of them do, and some are no words as they stand, no word is meant
 * as it stands. */
static void look_throughout(struct mender *mender)
{
	const struct view *in = mender->in;
	struct survey survey = {0};

	if (!mender->evidence[KIN_MIXED] && !mender->doubled && !mender->perhaps_doubled
	    && mender->rare * 4 < mender->tokens)
		return;
	for (uint32_t at = 0; at < in->count;) {
		struct token token;

		if (kind_at(in, at) == GLYPH_SPACE) {
			at++;
			continue;
		}
		at = token_find(in, at, &token);
		if (token.start == token.end || !spend(mender, &token))
			continue;
		token_spell(in, &token);
		survey_token(mender, &token, &survey);
	}
	mender->twins = survey.once && survey.stretched * 4 <= survey.twins
		&& (survey.twins == survey.words || (survey.twins >= 2
			&& (survey.twins * 5 >= survey.words * 4
				|| (survey.once >= 2 && survey.twins * 5 >= survey.words * 3))));
	mender->some_twins = survey.pairs * 4 > survey.twins * 5;
	mender->swaps = survey.strange && survey.strange * 2 >= survey.swapped
		&& (survey.swapped > 1 || survey.sought) && survey.others * 3 <= survey.swapped
		&& survey.twins * 2 <= survey.words;
}

static void mend_view(struct mender *mender)
{
	const struct view *in = mender->in;
	struct view *out = mender->out;
	struct neighbour known = {0}; /* the last one, if it stands just before */
	uint32_t copied = 0;

	out->count = 0;
	mender->changed = false;
	mender->work = 0;
	mender->perhaps_doubled = 0;
	mender->doubled = mender->heard = mender->faint = mender->tokens = 0;
	mender->coded = mender->perhaps_coded = mender->parted_so = 0;
	mender->either = mender->masked = mender->parted = mender->hidden = mender->apart = 0;
	mender->rare = mender->plain = mender->strange = mender->asked = 0;
	memset(mender->evidence, 0, sizeof(mender->evidence));
	for (uint32_t at = 0; at < in->count;) {
		struct token token;
		uint32_t end;

		if (kind_at(in, at) == GLYPH_SPACE) {
			at++;
			continue;
		}
		end = token_find(in, at, &token);
		mender->tokens++;
		if (is_left_alone(mender, &token)) {
			mender->plain += token.end - token.start >= SWAP_LEAST;
			known = (struct neighbour){token.start, token.end, token.script};
		} else if (text_is_key(in, at, end) || !spend(mender, &token)) {
			known.end = known.start;
		} else {
			uint32_t before;

			token_spell(in, &token);
			copy_points(mender, copied, at);
			before = out->count;
			copied = at;
			if (mender->joins && mend_apart(mender, &token, end, &end)) {
				copied = end;
			} else if (token_mend(mender, &token)) {
				copied = end;
			} else {
				out->count = before;
				if (!mender->joins && mend_apart(mender, &token, end, &end))
					copied = end;
				else if (!is_known(mender, &token)) {
					note_apart(mender, &known, &token);
					note_strange(mender, &token);
				}
			}
			known.end = known.start;
		}
		at = copied == end ? end : token.all_end;
	}
	copy_points(mender, copied, in->count);
	out->from[out->count] = in->from[in->count];
}

/* Who writes one Hebrew (or Arabic) word in Latin letters, or two with letters twice, with signs
 * for letters or a space inside, writes the small ones around them so as well. False if there is
 * nothing that a second look would see. */
static bool learn(struct mender *mender)
{
	uint32_t coded = mender->coded + mender->perhaps_coded;

	mender->weak_sounds = mender->heard
		|| (mender->faint >= 2 && mender->faint * 2 >= mender->tokens);
	mender->doubles = mender->doubled
		&& mender->doubled + mender->perhaps_doubled >= DOUBLED_LEAST;
	mender->bold = mender->hidden >= 2;
	mender->masks = mender->parted + mender->either && mender->masked > mender->parted;
	mender->codes = mender->coded && coded >= 2 && coded > mender->parted_so;
	mender->joins = mender->apart >= 2 && mender->apart * 5 >= mender->tokens;
	mender->has_way = find_way(mender);
	look_throughout(mender);
	return mender->weak_sounds || mender->doubles || mender->bold || mender->masks
		|| mender->codes || mender->joins || mender->has_way || mender->twins
		|| mender->swaps;
}

void mend_text(const struct vocabulary *words, struct text *text)
{
	struct mender mender = {.words = words, .text = text, .in = &text->folded,
		.out = &text->spare, .room = text->points_most};
	struct view mended;
	bool again;

	mend_view(&mender);
	again = learn(&mender);
	text->work += mender.work;
	if (again) {
		mend_view(&mender);
		text->work += mender.work;
	}
	if (mender.changed) {
		mended = text->spare;
		text->spare = text->folded;
		text->folded = mended;
		text_find_words(&text->folded);
	}
	text_squash(&text->folded, &text->squashed);
	text_find_words(&text->squashed);
}
