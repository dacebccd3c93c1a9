/* spell.c: walks through a pattern from left to right with all the words begun so far in hand; what
 * parts words lets go of them. It need not understand everything that PCRE2 does: where it is at a
 * loss it drops the word. No state. */
#include "filters/spell.h"

#include "base/utf8.h"
#include "filters/glyph.h"

#include <stdbool.h>
#include <string.h>

enum { WORDS_MOST = 96, DEPTH_MOST = 12, CLASS_MOST = 8 };

struct begun {
	uint16_t points[SPELL_POINTS_MOST];
	uint8_t count;
};

struct words {
	struct begun list[WORDS_MOST];
	uint32_t count; /* 0: something that is no letter stands in the word; wait for its end */
};

struct speller {
	const char *at, *end;
	spell_found *found;
	void *to;
	unsigned depth;
};

static void words_begin(struct words *words)
{
	words->count = 1;
	words->list[0].count = 0;
}

/* There is room for many, and few are there. */
static void words_copy(struct words *to, const struct words *from)
{
	to->count = from->count;
	memcpy(to->list, from->list, from->count * sizeof(from->list[0]));
}

static void words_join(struct words *words, const struct words *others)
{
	for (uint32_t i = 0; i < others->count && words->count < WORDS_MOST; i++)
		words->list[words->count++] = others->list[i];
}

/* The words that are complete. */
static void words_tell(struct speller *speller, struct words *words)
{
	for (uint32_t i = 0; i < words->count; i++) {
		uint32_t points[SPELL_POINTS_MOST];

		for (uint32_t j = 0; j < words->list[i].count; j++)
			points[j] = words->list[i].points[j];
		if (words->list[i].count > 2)
			speller->found(speller->to, points, words->list[i].count);
	}
	words_begin(words);
}

static void words_append(struct words *words, uint32_t point)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < words->count; i++) {
		struct begun *word = &words->list[i];

		if (word->count == SPELL_POINTS_MOST || point > UINT16_MAX)
			continue;
		word->points[word->count++] = (uint16_t)point;
		words->list[kept++] = *word;
	}
	words->count = kept;
}

static char peek(const struct speller *speller)
{
	return speller->at < speller->end ? *speller->at : '\0';
}

static uint32_t next_point(struct speller *speller)
{
	size_t at = 0;
	uint32_t point = utf8_next(speller->at, (size_t)(speller->end - speller->at), &at);

	speller->at += at;
	return point;
}

/* Takes what says how often; true if that may be not at all. */
static bool is_optional(struct speller *speller)
{
	char sign = peek(speller);
	bool optional = sign == '?' || sign == '*';

	if (sign == '{') {
		optional = speller->at + 1 < speller->end
			&& (speller->at[1] == '0' || speller->at[1] == ',');
		while (speller->at < speller->end && *speller->at != '}')
			speller->at++;
	}
	if (!optional && sign != '+' && sign != '{')
		return false;
	speller->at += speller->at < speller->end;
	/* Lazy, possessive. */
	if (peek(speller) == '?' || peek(speller) == '+')
		speller->at++;
	return optional;
}

static uint32_t folded(uint32_t point)
{
	uint32_t out[GLYPH_FOLD_MOST];

	return glyph_fold(point, glyph_entry(point), out) == 1 ? out[0] : 0;
}

static bool is_word_point(uint32_t point)
{
	return GLYPH_KIND(glyph_entry(point)) == GLYPH_LETTER || point == '\'';
}

static void read_letter(struct speller *speller, struct words *words, uint32_t point)
{
	struct words before;

	if (!is_optional(speller)) {
		words_append(words, folded(point));
		return;
	}
	words_copy(&before, words);
	words_append(words, folded(point));
	words_join(words, &before);
}

/* [abc]: a few letters, or it drops the word. */
static void read_class(struct speller *speller, struct words *words)
{
	struct words before, all;
	uint32_t letters[CLASS_MOST], count = 0;
	bool other = peek(speller) == '^';

	words_copy(&before, words);
	all.count = 0;
	while (speller->at < speller->end && *speller->at != ']') {
		uint32_t point = next_point(speller);

		if (point == '\\' && speller->at < speller->end)
			point = next_point(speller), other = true;
		if (point == '-' || !is_word_point(point) || count == CLASS_MOST)
			other = true;
		else
			letters[count++] = folded(point);
	}
	speller->at += speller->at < speller->end;
	for (uint32_t i = 0; !other && i < count; i++) {
		struct words with;

		words_copy(&with, &before);
		words_append(&with, letters[i]);
		words_join(&all, &with);
	}
	words_copy(words, &all);
	if (is_optional(speller))
		words_join(words, &before);
}

static void read_escape(struct speller *speller, struct words *words)
{
	uint32_t point = speller->at < speller->end ? next_point(speller) : 0;

	if (point == 'b' || point == 's' || point == 'B') {
		words_tell(speller, words);
		is_optional(speller);
	} else if (point < 0x80 && ((point | 0x20) >= 'a' && (point | 0x20) <= 'z')) {
		words->count = 0;
		is_optional(speller);
	} else {
		words_tell(speller, words);
		is_optional(speller);
	}
}

/* What looks ahead or back matches nothing itself. */
static void skip_group(struct speller *speller)
{
	unsigned depth = 1;

	while (speller->at < speller->end && depth) {
		char sign = *speller->at++;

		if (sign == '\\')
			speller->at += speller->at < speller->end;
		depth += sign == '(';
		depth -= sign == ')';
	}
}

static void read_alternatives(struct speller *speller, struct words *words);

static void read_group(struct speller *speller, struct words *words)
{
	struct words before;

	words_copy(&before, words);
	if (speller->end - speller->at >= 2 && speller->at[0] == '?' && speller->at[1] != ':') {
		skip_group(speller);
		return;
	}
	if (peek(speller) == '?')
		speller->at += 2;
	if (speller->depth == DEPTH_MOST) {
		skip_group(speller);
		words->count = 0;
	} else {
		speller->depth++;
		read_alternatives(speller, words);
		speller->depth--;
		speller->at += peek(speller) == ')';
	}
	if (is_optional(speller))
		words_join(words, &before);
}

static void read_sequence(struct speller *speller, struct words *words)
{
	while (speller->at < speller->end && *speller->at != '|' && *speller->at != ')') {
		uint32_t point = next_point(speller);

		if (point == '(')
			read_group(speller, words);
		else if (point == '[')
			read_class(speller, words);
		else if (point == '\\')
			read_escape(speller, words);
		else if (point == '.') {
			words->count = 0;
			is_optional(speller);
		} else if (is_word_point(point))
			read_letter(speller, words, point);
		else {
			words_tell(speller, words);
			is_optional(speller);
		}
	}
}

static void read_alternatives(struct speller *speller, struct words *words)
{
	struct words start, all;

	words_copy(&start, words);
	all.count = 0;
	for (;;) {
		struct words one;

		words_copy(&one, &start);
		read_sequence(speller, &one);
		words_join(&all, &one);
		if (peek(speller) != '|')
			break;
		speller->at++;
	}
	words_copy(words, &all);
}

void spell_pattern(const char *pattern, size_t bytes, spell_found *found, void *to)
{
	struct speller speller = {pattern, pattern + bytes, found, to, 0};
	struct words words;

	while (speller.at < speller.end) {
		words_begin(&words);
		read_alternatives(&speller, &words);
		words_tell(&speller, &words);
		/* A bracket that nobody opened. */
		speller.at += speller.at < speller.end;
	}
}
