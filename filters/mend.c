/* mend.c: words that nobody knows, taken for known ones in disguise: letters twice, run together,
 * apart, swapped, missing, masked, backwards, or a Hebrew or Arabic word in Latin letters. What is
 * known stays as it is, so an honest text leaves here untouched. No state. */
#include "filters/mend.h"

#include <string.h>

enum {
	TOKEN_MOST = 48,     /* longer ones are links and keys, unless their letters stood apart */
	JOINED_MOST = 400,
	SWAP_LEAST = 5,
	BACKWARDS_LEAST = 5,
	RUN_TOGETHER_LEAST = 10,
	UNKNOWN_COST = 40,
	WORD_COST = 4        /* of every word: two short ones are rarely what was meant */
};

struct mender {
	const struct vocabulary *words;
	const struct text *text;
	const struct view *in;
	struct view *out;
	uint32_t room;       /* points that `out` can take */
	bool changed;
	bool weak_sounds, heard; /* a Hebrew or Arabic word was heard in Latin letters */
};

/* A stretch without white space, and the letters in it. */
struct token {
	uint32_t start, end;        /* points of the view, signs around the word left out */
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

static void copy_points(struct mender *mender, uint32_t start, uint32_t end)
{
	struct view *out = mender->out;

	for (uint32_t at = start; at < end && out->count < mender->room; at++) {
		out->points[out->count] = mender->in->points[at];
		out->marks[out->count] = mender->in->marks[at];
		out->from[out->count++] = mender->in->from[at];
	}
}

static bool put_point(struct mender *mender, uint32_t point, uint32_t from)
{
	struct view *out = mender->out;

	if (out->count == mender->room)
		return false;
	out->points[out->count] = point;
	out->marks[out->count] = (uint8_t)(point == ' ' ? GLYPH_SPACE : GLYPH_LETTER);
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
	return true;
}

/* A digit or sign in place of a letter or two: id*ot, f**k. */
static bool mend_masked(struct mender *mender, const struct token *token)
{
	const struct known *word = NULL;
	uint32_t sign = mender->in->points[token->at[token->first_sign - 1] + 1];
	bool honest = sign == '-' || sign == '.' || sign == '\'' || sign == '"' || sign == '_'
		|| (sign >= '0' && sign <= '9');
	uint32_t least = honest ? 5 : 4;

	if (token->split || token->signs > 2 || token->count < 2 || token->first_sign == 0)
		return false;
	if (token->signs == 1 || sign == mender->in->points[token->at[token->first_sign - 1] + 2])
		word = vocabulary_find_gapped(mender->words, token->letters, token->count,
			token->first_sign, token->signs);
	if (!word || word->count < least)
		return false;
	put_known(mender, word, token->start, token->end);
	return true;
}

/* Signs within a word that is looked for: מטומט"ם, f'uck. */
static bool mend_parted(struct mender *mender, const struct token *token)
{
	uint32_t prefix = 0;
	const struct known *word = vocabulary_find_prefixed(mender->words, token->letters,
		token->count, &prefix);

	if (!word || !(word->kind & KNOWN_SOUGHT) || word->count < 4)
		return false;
	for (uint32_t i = 0; i < token->count; i++)
		put_point(mender, token->letters[i], token->at[i]);
	mender->changed = true;
	return true;
}

static bool mend_swapped(struct mender *mender, const struct token *token)
{
	uint32_t letters[TOKEN_MOST];

	if (token->count < SWAP_LEAST || token->count > KNOWN_POINTS_MOST)
		return false;
	memcpy(letters, token->letters, token->count * sizeof(letters[0]));
	for (uint32_t i = 1; i + 2 < token->count; i++) {
		const struct known *word;
		uint32_t letter = letters[i], prefix = 0;

		if (letter == letters[i + 1])
			continue;
		letters[i] = letters[i + 1];
		letters[i + 1] = letter;
		word = vocabulary_find_prefixed(mender->words, letters, token->count, &prefix);
		if (word && word->kind & KNOWN_SOUGHT && word->count >= SWAP_LEAST) {
			for (uint32_t j = 0; j < token->count; j++)
				put_point(mender, letters[j], token->at[j]);
			mender->changed = true;
			return true;
		}
		letters[i + 1] = letters[i];
		letters[i] = letter;
	}
	return false;
}

static bool mend_gapped(struct mender *mender, const struct token *token)
{
	const struct known *word = vocabulary_find_gapped(mender->words, token->letters, token->count,
		UINT32_MAX, 1);

	if (!word)
		return false;
	put_known(mender, word, token->start, token->end);
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
	return true;
}

/* Latin letters that say a Hebrew or Arabic word; digits as they were before leet was undone. */
static bool mend_sounded(struct mender *mender, const struct token *token)
{
	uint32_t latin[TOKEN_MOST];
	const struct sound *sound;

	for (uint32_t i = 0; i < token->count; i++) {
		uint32_t was = mender->text->original[mender->in->from[token->at[i]]];

		latin[i] = was >= '2' && was <= '9' ? was : token->letters[i];
	}
	sound = vocabulary_find_sound(mender->words, latin, token->count, mender->weak_sounds);
	if (!sound)
		return false;
	mender->heard = mender->heard || !sound->weak;
	put_word(mender, sound->at, sound->count, token->start, token->end);
	return true;
}

/* 1 was taken for i, and may have been l. */
static bool mend_leet(struct mender *mender, const struct token *token)
{
	uint32_t letters[TOKEN_MOST];
	const struct known *word;
	bool any = false;

	for (uint32_t i = 0; i < token->count; i++) {
		uint32_t was = mender->text->original[mender->in->from[token->at[i]]];

		letters[i] = was == '1' || was == '!' || was == '|' ? 'l' : token->letters[i];
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

/* The Hebrew letters that a digit or sign is written for; 0 if none. */
static uint32_t hebrew_of(uint32_t sign, uint32_t choice)
{
	switch (sign) {
	case '0': return choice ? 0x05DE : 0x05E1; /* ם (folded), ס */
	case '1': return choice ? 0x05D9 : 0x05D5; /* י, ו */
	case '7': return choice ? 0x05DB : 0x05D3; /* ך (folded), ד */
	case '|': return choice ? 0x05E0 : 0x05D5; /* ן (folded), ו */
	case '\'': return 0x05D9;                  /* י */
	default: return 0;
	}
}

/* א'ד10ט: signs for Hebrew letters, where a sought word comes out. */
static bool mend_hebrew_signs(struct mender *mender, const struct token *token)
{
	for (uint32_t choices = 0; choices < 4; choices++) {
		uint32_t letters[TOKEN_MOST], count = token->end - token->start, prefix = 0;
		const struct known *word;
		bool all = count <= KNOWN_POINTS_MOST;

		for (uint32_t i = 0; all && i < count; i++) {
			uint32_t point = mender->in->points[token->start + i];
			uint32_t choice = point == '1' ? choices & 1 : choices >> 1;

			letters[i] = kind_at(mender->in, token->start + i) == GLYPH_LETTER
				? point : hebrew_of(point, choice);
			all = letters[i] != 0;
		}
		word = all ? vocabulary_find_prefixed(mender->words, letters, count, &prefix) : NULL;
		if (!word || word->count < 4)
			continue;
		for (uint32_t i = 0; i < count; i++)
			put_point(mender, letters[i], token->start + i);
		mender->changed = true;
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
};

static void cut_words(const struct vocabulary *words, const uint32_t *points, uint32_t count,
	struct cuts *cuts)
{
	cuts->cost[0] = 0;
	for (uint32_t end = 1; end <= count; end++) {
		/* A letter that belongs to no word. */
		cuts->before[end] = (uint16_t)(end - 1);
		cuts->cost[end] = cuts->cost[end - 1] + UNKNOWN_COST;
		cuts->unknown[end] = true;
		for (uint32_t length = 1; length <= 14 && length <= end; length++) {
			uint32_t prefix = 0, cost;
			const struct known *word = vocabulary_find_prefixed(words, points + end - length,
				length, &prefix);

			if (!word || (length == 1 && points[end - 1] >= 0x250))
				continue;
			cost = cuts->cost[end - length] + WORD_COST + word->cost + 3 * prefix;
			if (cost >= cuts->cost[end])
				continue;
			cuts->cost[end] = cost;
			cuts->before[end] = (uint16_t)(end - length);
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
	cut_words(mender->words, mender->in->points + start, count, &cuts);
	for (uint32_t at = count; at > 0; at = cuts.before[at]) {
		cut[at] = !cuts.unknown[at] || at == count
			|| !cuts.unknown[cuts.before[at]];
		if (cuts.before[at] > 0 && !cuts.unknown[at])
			cut[cuts.before[at]] = true;
		unknown += cuts.unknown[at];
		words += !cuts.unknown[at];
	}
	if (words < 2 || unknown * 4 > count || (!joined && (unknown || count < 4 * words)))
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

static bool is_letter(const struct view *view, uint32_t at)
{
	return kind_at(view, at) == GLYPH_LETTER;
}

/* Reads the token that starts at `at`; returns where it ends. Its word has at least one letter if
 * start < end; one with too many points is left alone, as if it had none. */
static uint32_t token_read(const struct view *view, uint32_t at, struct token *token)
{
	uint32_t end = at, begin = at;

	token->count = token->signs = token->first_sign = 0;
	token->split = token->joined = false;
	while (end < view->count && kind_at(view, end) != GLYPH_SPACE)
		token->joined |= (view->marks[end++] & POINT_JOINED) != 0;
	token->start = token->end = begin;
	while (begin < end && !is_letter(view, begin))
		begin++;
	token->start = token->end = begin;
	if (begin == end)
		return end;
	token->end = end;
	while (!is_letter(view, token->end - 1))
		token->end--;
	token->script = (uint8_t)GLYPH_SCRIPT(glyph_entry(view->points[begin]));
	for (uint32_t i = begin; i < token->end; i++) {
		if (!is_letter(view, i)) {
			token->split = token->split || (token->signs && token->first_sign != token->count);
			token->first_sign = token->signs++ ? token->first_sign : token->count;
			continue;
		}
		if (token->count < TOKEN_MOST) {
			token->letters[token->count] = view->points[i];
			token->at[token->count] = i;
		}
		token->count++;
	}
	return end;
}

static bool is_sought(const struct known *word)
{
	return word && word->kind & KNOWN_SOUGHT;
}

/* A word of letters alone that nobody knows. */
static bool mend_letters(struct mender *mender, const struct token *token)
{
	bool latin = token->script == SCRIPT_LATIN;

	if (mend_doubled(mender, token) || (latin && (mend_leet(mender, token)
		|| mend_sounded(mender, token))))
		return true;
	return mend_swapped(mender, token) || mend_gapped(mender, token)
		|| mend_backwards(mender, token)
		|| (token->count >= RUN_TOGETHER_LEAST
			&& mend_run_together(mender, token->start, token->end, false));
}

/* Signs that honest writing puts between two words. */
static bool is_between_words(uint32_t sign)
{
	return sign == '/' || sign == ',' || sign == ';' || sign == ':' || sign == '@' || sign == '('
		|| sign == ')' || sign == '!' || sign == '?';
}

static bool mend_signs(struct mender *mender, const struct token *token)
{
	for (uint32_t i = token->start; i < token->end; i++)
		if (is_between_words(mender->in->points[i]))
			return false;
	if (vocabulary_find(mender->words, mender->in->points + token->start,
		token->end - token->start))
		return false;
	return mend_parted(mender, token)
		|| (token->script == SCRIPT_HEBREW && mend_hebrew_signs(mender, token))
		|| mend_masked(mender, token)
		|| (token->script == SCRIPT_LATIN && mend_sounded(mender, token));
}

static bool mend_token(struct mender *mender, const struct token *token)
{
	if (token->joined && !token->signs
	    && !vocabulary_find_prefixed(mender->words, mender->in->points + token->start,
		    token->end - token->start, NULL)
	    && mend_run_together(mender, token->start, token->end, true))
		return true;
	if (token->count > TOKEN_MOST || token->count < 2)
		return false;
	if (token->signs)
		return mend_signs(mender, token);
	if (vocabulary_find_prefixed(mender->words, token->letters, token->count, NULL))
		return mender->weak_sounds && token->script == SCRIPT_LATIN
			&& mend_sounded(mender, token);
	return mend_letters(mender, token);
}

/* "idi ot": two words that nobody knows, one that is looked for. */
static bool mend_apart(struct mender *mender, const struct token *token, uint32_t next_at,
	uint32_t *end)
{
	struct token next;
	uint32_t letters[KNOWN_POINTS_MOST], count;
	const struct known *word;

	if (next_at + 1 >= mender->in->count || token->signs || token->count < 2
	    || mender->in->marks[next_at] & POINT_BREAK)
		return false;
	*end = token_read(mender->in, next_at + 1, &next);
	count = token->count + next.count;
	if (next.signs || next.start != next_at + 1 || next.count < 2 || next.script != token->script
	    || token->end != next_at || count > KNOWN_POINTS_MOST || count < SWAP_LEAST
	    || (vocabulary_find(mender->words, token->letters, token->count)
		    && vocabulary_find(mender->words, next.letters, next.count)))
		return false;
	memcpy(letters, token->letters, token->count * sizeof(letters[0]));
	memcpy(letters + token->count, next.letters, next.count * sizeof(letters[0]));
	word = vocabulary_find(mender->words, letters, count);
	if (!is_sought(word))
		return false;
	copy_points(mender, token->start, token->end);
	copy_points(mender, next.start, *end);
	mender->changed = true;
	return true;
}

static void mend_view(struct mender *mender)
{
	const struct view *in = mender->in;
	struct view *out = mender->out;

	out->count = 0;
	mender->changed = mender->heard = false;
	for (uint32_t at = 0; at < in->count;) {
		struct token token;
		uint32_t end, before;

		if (kind_at(in, at) == GLYPH_SPACE) {
			copy_points(mender, at, at + 1);
			at++;
			continue;
		}
		end = token_read(in, at, &token);
		copy_points(mender, at, token.start);
		before = out->count;
		if (token.start == token.end || !mend_token(mender, &token)) {
			out->count = before;
			if (token.start < token.end && mend_apart(mender, &token, end, &at))
				continue;
			copy_points(mender, token.start, token.end);
		}
		copy_points(mender, token.end, end);
		at = end;
	}
	out->from[out->count] = in->from[in->count];
}

void mend_text(const struct vocabulary *words, struct text *text)
{
	struct mender mender = {.words = words, .text = text, .in = &text->folded,
		.out = &text->squashed, .room = text->points_most};
	struct view mended;

	mend_view(&mender);
	/* Who writes one Hebrew word in Latin letters writes the small ones around it so as well. */
	if (mender.heard) {
		mender.weak_sounds = true;
		mend_view(&mender);
	}
	if (mender.changed) {
		mended = text->squashed;
		text->squashed = text->folded;
		text->folded = mended;
		text_find_words(&text->folded);
	}
	text_squash(&text->folded, &text->squashed);
	text_find_words(&text->squashed);
}
