/* disguise.c: what people do to a word so that a filter does not know it, undone: letters spaced
 * out, look-alikes of another script, digits for letters, letters stretched, punctuation inside.
 * Each step works in place and leaves nothing for itself to do: folding twice is folding once. */
#include "filters/text.h"

#include <endian.h>
#include <string.h>

static enum glyph_kind kind_at(const struct view *view, uint32_t at)
{
	return (enum glyph_kind)(view->marks[at] & POINT_KIND);
}

/* Is a point with these marks part of a word: a letter or a digit? */
static bool is_part(uint8_t marks)
{
	return (marks & POINT_KIND) == GLYPH_LETTER || (marks & POINT_KIND) == GLYPH_DIGIT;
}

/* --- eight points at once ------------------------------------------------------------------- */

/* The marks from a place on; each is a byte, the first one the lowest. Those behind the last point
 * are readable, whatever they say (MARKS_BEHIND). */
static uint64_t marks_read(const uint8_t *marks)
{
	uint64_t eight;

	memcpy(&eight, marks, sizeof(eight));
	return le64toh(eight);
}

/* The lowest bit of each byte whose mark is of some kind, told by the lowest three. */
#define EACH_LOWEST UINT64_C(0x0101010101010101)

_Static_assert(GLYPH_OTHER == 0 && GLYPH_LETTER == 1 && GLYPH_DIGIT == 2 && GLYPH_SPACE == 3
	&& GLYPH_MARK == 4 && GLYPH_INVISIBLE == 5, "what the bits below say");

static uint64_t parts_of(uint64_t eight)
{
	return (eight ^ eight >> 1) & ~(eight >> 2) & EACH_LOWEST;
}

static uint64_t letters_or_spaces_of(uint64_t eight)
{
	return eight & ~(eight >> 2) & EACH_LOWEST;
}

static uint64_t others_of(uint64_t eight)
{
	return ~(eight | eight >> 1 | eight >> 2) & EACH_LOWEST;
}

/* How many of the points before the first one that is in `found`; eight if none is. */
static uint32_t points_before(uint64_t found)
{
	return found ? (uint32_t)__builtin_ctzll(found) / 8 : 8;
}

/* --- points --------------------------------------------------------------------------------- */

static bool is_letter(const struct view *view, uint32_t at)
{
	return at < view->count && kind_at(view, at) == GLYPH_LETTER;
}

static bool is_word_part(const struct view *view, uint32_t at)
{
	return at < view->count && is_part(view->marks[at]);
}

static enum glyph_script script_at(const struct view *view, uint32_t at)
{
	return GLYPH_SCRIPT(glyph_entry(view->points[at]));
}

static void move_point(struct view *view, uint32_t to, uint32_t at)
{
	view->points[to] = view->points[at];
	view->marks[to] = view->marks[at];
	view->from[to] = view->from[at];
}

static void cut_at(struct view *view, uint32_t count)
{
	view->from[count] = view->from[view->count];
	view->count = count;
}

/* --- s p a c e d letters -------------------------------------------------------------------- */

static bool is_spacer(uint32_t point)
{
	switch (point) {
	case ' ':
	case '.':
	case '-':
	case '_':
	case '*':
	case '~':
	case '|':
	case '+':
	case '=':
	case '/':
	case ',':
	case ':':
	case ';':
	case '^':
	case '<':
	case '>':
	case 0x00B7:
	case 0x2022: return true;
	default: return false;
	}
}

static bool is_emoji(uint32_t point)
{
	return point > 0xFF && (glyph_entry(point) & GLYPH_EMOJI) != 0;
}

static bool is_same_spacer(uint32_t a, uint32_t b)
{
	return a == b || (is_emoji(a) && is_emoji(b));
}

/* What may stand for a letter, or between two. */
static bool is_letter_sign(uint32_t point)
{
	return point == '\'' || point == '@' || point == '$' || point == '!';
}

/* No word to either side, not even one that a sign joins it to: what was joined stays joined. */
static bool stands_alone(const struct view *view, uint32_t at)
{
	if (is_word_part(view, at + 1) || (at > 0 && is_word_part(view, at - 1)))
		return false;
	if (at > 1 && is_letter_sign(view->points[at - 1]) && is_word_part(view, at - 2))
		return false;
	return at + 1 >= view->count || !is_letter_sign(view->points[at + 1])
		|| !is_word_part(view, at + 2);
}

/* What may stand for a letter within a row of them. */
static bool is_member(const struct view *view, uint32_t at)
{
	if (at >= view->count || !stands_alone(view, at))
		return false;
	return is_letter_sign(view->points[at]) || is_word_part(view, at);
}

/* you're with its letters apart: the last of them has an ending behind an apostrophe. */
static bool is_last_member(const struct view *view, uint32_t at)
{
	uint32_t end = at + 2;

	if (!is_letter(view, at) || is_word_part(view, at - 1) || end >= view->count
	    || view->points[at + 1] != '\'' || !is_letter(view, end))
		return false;
	while (is_letter(view, end) && end < at + 4)
		end++;
	return !is_word_part(view, end);
}

/* A row of three letters; or of more, where digits and signs stand for every other one. */
static bool is_row(uint32_t members, uint32_t letters)
{
	return (members >= 3 && letters >= 3) || (members >= 5 && letters * 2 + 1 >= members);
}

/* A longer row is taken in pieces; who writes "0 0 0 …" to the limit shall not have each of them
 * counted to the end. */
enum { RUN_MOST = 256, DIGITS_FIRST_MOST = 16 };

/* How many single letters, the same spacer between any two, start here. */
static uint32_t spaced_run(const struct view *view, uint32_t at)
{
	uint32_t members = 1, letters = is_letter(view, at), first = at + 1, kept = 1, kept_letters;

	if (!is_word_part(view, at) || !stands_alone(view, at))
		return 0;
	kept_letters = letters;
	for (; members < RUN_MOST && at + 2 < view->count && (is_spacer(view->points[at + 1])
		|| is_emoji(view->points[at + 1]))
	     && is_same_spacer(view->points[at + 1], view->points[first])
	     && (is_member(view, at + 2) || is_last_member(view, at + 2)); at += 2) {
		members++;
		letters += is_letter(view, at + 2);
		if (!letters && members > DIGITS_FIRST_MOST)
			return 1;
		/* It ends with a letter or digit: the sign behind it is its own. */
		if (is_word_part(view, at + 2)) {
			kept = members;
			kept_letters = letters;
		}
	}
	return is_row(kept, kept_letters) ? kept : 1;
}

/* Most texts hold no three single letters in a row: found out without touching anything. */
static uint32_t first_spaced(const struct view *view)
{
	uint64_t before = 0; /* is the point before a part of a word? */

	for (uint32_t from = 0; from + 2 < view->count; from += 8) {
		uint64_t parts = parts_of(marks_read(view->marks + from));
		uint64_t single = parts & ~(parts << 8 | before);

		/* Of the last of the eight it is not seen what follows. */
		for (single &= ~(parts >> 8); single; single &= single - 1) {
			uint32_t at = from + points_before(single);

			if (at + 2 < view->count && spaced_run(view, at) >= 3)
				return at;
		}
		before = parts >> 56;
	}
	return view->count;
}

/* Single letters that somebody put apart: where they start, how many, and whether each stands on a
 * line of its own. */
struct run {
	uint32_t at, count;
	bool lines;
};

static struct run run_measure(const struct view *view, uint32_t at, uint32_t count)
{
	uint32_t breaks = 0;

	for (uint32_t i = 1; i < count; i++)
		breaks += (view->marks[at + 2 * i - 1] & POINT_BREAK) != 0;
	return (struct run){at, count, breaks * 2 > count - 1};
}

/* Is letter `i` of the run parted from the one before by more than one space? Where each letter
 * has its line, by an empty line or by none. */
static bool is_apart(const struct view *view, const struct run *run, uint32_t i)
{
	uint8_t marks = view->marks[run->at + 2 * i - 1] & (POINT_WIDE | POINT_BREAK);

	return run->lines ? marks != POINT_BREAK : marks != 0;
}

/* How many letters from `i` on make one word: up to the next wide space; or, where every space is
 * wide, all the letters that stand alone. */
static uint32_t group_length(const struct view *view, const struct run *run, uint32_t i)
{
	uint32_t length = 1;

	while (i + length < run->count && !is_apart(view, run, i + length))
		length++;
	if (length > 1)
		return length;
	while (i + length < run->count
	       && (i + length + 1 == run->count || is_apart(view, run, i + length + 1)))
		length++;
	return length;
}

/* "y o u  r a t" is two words. Two letters that stand alone stay so, or joining what was joined
 * would join more; and if the last one does, another run may start with it. Moves *to, returns how
 * many letters of the run are done with. */
static uint32_t join_run(struct view *view, const struct run *run, uint32_t *to)
{
	/* Where one word ends is then not told by the spaces. */
	bool even = view->points[run->at + 1] == ' ';

	for (uint32_t i = 1; even && i < run->count; i++)
		even = !is_apart(view, run, i);
	for (uint32_t i = 0; i < run->count;) {
		uint32_t length = group_length(view, run, i);
		bool alone = length < 3 && (length == 1 || is_apart(view, run, i + 1));

		for (uint32_t k = 0; k < length; k++) {
			if (i + k > 0 && (k == 0 || alone))
				move_point(view, (*to)++, run->at + 2 * (i + k) - 1);
			if (alone && i + k + 1 == run->count)
				return run->count - 1;
			move_point(view, *to, run->at + 2 * (i + k));
			if (even && !alone && k > 0)
				view->marks[*to] |= POINT_JOINED;
			(*to)++;
		}
		i += length;
	}
	return run->count;
}

static bool is_stop(uint32_t point)
{
	return point == '.' || point == ',' || point == '!' || point == '?' || point == ':'
		|| point == ';';
}

static void join_spaced(struct view *view)
{
	uint32_t to = first_spaced(view);

	for (uint32_t at = to; at < view->count;) {
		uint32_t count = spaced_run(view, at), done;
		struct run run;

		if (count < 3) {
			move_point(view, to++, at++);
			continue;
		}
		run = run_measure(view, at, count);
		done = join_run(view, &run, &to);
		at += done == count ? 2 * count - 1 : 2 * done;
		/* The sign behind it was put apart like a letter. */
		if (done == count && at + 1 < view->count && kind_at(view, at) == GLYPH_SPACE
		    && is_stop(view->points[at + 1]) && (at + 2 == view->count
			    || kind_at(view, at + 2) == GLYPH_SPACE))
			at++;
	}
	cut_at(view, to);
}

/* --- &#108;etters by their numbers ------------------------------------------------------------ */

enum { ENTITY_MOST = 8 };

static uint32_t digit_value(uint32_t point, uint32_t base)
{
	if (point >= '0' && point <= '9')
		return point - '0';
	return base == 16 && point >= 'a' && point <= 'f' ? point - 'a' + 10 : base;
}

/* The letter whose number [start, end) spells out, as it folds; 0 if it is none. */
static uint32_t numbered_letter(const struct view *view, uint32_t start, uint32_t end)
{
	uint32_t base = 10, number = 0, out[GLYPH_FOLD_MOST];

	if (start < end && view->points[start] == 'x') {
		base = 16;
		start++;
	}
	if (start == end)
		return 0;
	for (uint32_t at = start; at < end; at++) {
		uint32_t value = digit_value(view->points[at], base);

		if (value == base)
			return 0;
		number = number * base + value;
	}
	if (number >= 0x110000 || glyph_fold(number, glyph_entry(number), out) != 1)
		return 0;
	return GLYPH_KIND(glyph_entry(out[0])) == GLYPH_LETTER ? out[0] : 0;
}

/* Looks back from each ;, into what was already made of the text, so that one pass leaves nothing
 * to do for another. */
static void decode_entities(struct view *view, uint32_t *scripts)
{
	uint32_t to = 0;

	while (to < view->count && view->points[to] != '&')
		to++;
	if (to == view->count)
		return;
	for (uint32_t at = to; at < view->count; at++) {
		uint32_t start = to, letter = 0;

		move_point(view, to++, at);
		if (view->points[to - 1] != ';')
			continue;
		while (start > 0 && to - start < ENTITY_MOST && view->points[start - 1] != '#')
			start--;
		if (start > 1 && view->points[start - 1] == '#' && view->points[start - 2] == '&')
			letter = numbered_letter(view, start, to - 1);
		if (!letter)
			continue;
		to = start - 1;
		view->points[to - 1] = letter;
		view->marks[to - 1] = GLYPH_LETTER;
		*scripts |= 1u << GLYPH_SCRIPT(glyph_entry(letter));
	}
	cut_at(view, to);
}

/* --- *signs* *around* *words* ----------------------------------------------------------------- */

/* What closes behind a word what this sign opened before it; 0 if it opens nothing. */
static uint32_t closing_sign(uint32_t point)
{
	switch (point) {
	case '(': return ')';
	case '[': return ']';
	case '{': return '}';
	case '<': return '>';
	case '@':
	case '$':
	case '&':
	case ',':
	case ';':
	case ')':
	case ']':
	case '}':
	case '>': return 0;
	default: return point;
	}
}

enum { HALVES_MOST = 64 };

/* A stretch without white space: [start, end), its word [first, last). */
struct dressed {
	uint32_t start, end, first, last;
	bool halves; /* not as a whole: each of the words that it joins for itself */
};

/* Is what stands in [at, end) dressed in the same signs on both sides? What ends a sentence may
 * follow, or stand inside. */
static bool dress_read(const struct view *view, uint32_t at, uint32_t end, struct dressed *out)
{
	uint32_t last = end, first = at, inner;

	*out = (struct dressed){.start = at, .end = end};
	while (last > at && is_stop(view->points[last - 1])
	       && closing_sign(view->points[at]) != view->points[last - 1])
		last--;
	while (first < last && kind_at(view, first) == GLYPH_OTHER
	       && closing_sign(view->points[first]) == view->points[last - 1]
	       && first + 1 < last) {
		first++;
		last--;
	}
	out->first = first;
	out->last = inner = last;
	while (inner > first && is_stop(view->points[inner - 1]))
		inner--;
	return first > at && is_word_part(view, first) && is_word_part(view, inner - 1);
}

static bool is_joint(uint32_t point)
{
	return point == '\'' || point == '"' || point == '-';
}

/* Where the first of the words ends that an apostrophe or a hyphen joins in [at, end). */
static uint32_t half_end(const struct view *view, uint32_t at, uint32_t end)
{
	uint32_t half = at;

	while (half < end && (half == at || !is_joint(view->points[half])))
		half++;
	return half;
}

static bool is_bare(const struct view *view, uint32_t at, uint32_t end)
{
	while (at < end && is_word_part(view, at))
		at++;
	while (at < end && is_stop(view->points[at]))
		at++;
	return at == end;
}

/* *You*'~re~: is each half a word, and one at least dressed? */
static bool is_dressed_by_halves(const struct view *view, uint32_t start, uint32_t end)
{
	bool dressed = false;

	if (half_end(view, start, end) == end)
		return false;
	for (uint32_t at = start; at <= end;) {
		uint32_t half = half_end(view, at, end);
		struct dressed word;

		if (half == at)
			return false;
		if (dress_read(view, at, half, &word))
			dressed = true;
		else if (!is_bare(view, at, half))
			return false;
		at = half + 1;
	}
	return dressed;
}

/* Is the word that starts at `at`, or each half of it, dressed in the same signs on both sides? */
static bool is_dressed(const struct view *view, uint32_t at, struct dressed *out)
{
	uint32_t end = at;

	while (end < view->count && kind_at(view, end) != GLYPH_SPACE)
		end++;
	if (dress_read(view, at, end, out))
		return true;
	return out->halves = is_dressed_by_halves(view, at, end);
}

/* Stars and the like show that a word matters; other signs around one word may mean something. */
static bool is_emphasis(uint32_t point)
{
	return point == '*' || point == '_' || point == '~';
}

enum { DRESSED_LEAST = 3, LAYERS_MOST = 16, ROUNDS_MOST = 32 };

/* How many words from `at` on are dressed, with one that is not here and there between them, or
 * two that are all there is. Most are not listed: "a", "b". */
static uint32_t dressed_run(const struct view *view, uint32_t at, uint32_t *end)
{
	uint32_t count = 0, commas = 0, bare = 0, least = at == 0 ? 2 : DRESSED_LEAST;
	struct dressed word;

	while (at < view->count && count < RUN_MOST) {
		bool dressed = is_dressed(view, at, &word);

		if (!dressed && ++bare > 1)
			break;
		if (dressed) {
			bare = 0;
			count++;
			commas += view->points[word.end - 1] == ',';
			*end = word.end;
		}
		at = word.end + (word.end < view->count);
	}
	if (at < view->count || bare > 0)
		least = DRESSED_LEAST;
	return count >= least && commas * 2 < count ? count : 0;
}

static void undress(struct view *view, const struct dressed *word, uint32_t *to)
{
	for (uint32_t i = word->start; i < word->end; i++)
		if (i >= word->first && (i < word->last
			|| i >= word->last + (word->first - word->start)))
			move_point(view, (*to)++, i);
}

static void undress_halves(struct view *view, uint32_t start, uint32_t end, uint32_t *to)
{
	for (uint32_t at = start; at < end;) {
		uint32_t half = half_end(view, at, end);
		struct dressed word;

		if (dress_read(view, at, half, &word))
			undress(view, &word, to);
		else
			while (at < half)
				move_point(view, (*to)++, at++);
		if (half < end)
			move_point(view, (*to)++, half);
		at = half + 1;
	}
}

/* Of a word that nobody else is dressed like. */
static bool is_worn_for_emphasis(const struct view *view, const struct dressed *word)
{
	if (!word->halves)
		return is_emphasis(view->points[word->start]);
	for (uint32_t i = word->start; i < word->end; i++)
		if (kind_at(view, i) == GLYPH_OTHER && !is_emphasis(view->points[i])
		    && view->points[i] != '\'' && !is_stop(view->points[i]))
			return false;
	return true;
}

static bool undress_words(struct view *view)
{
	uint32_t to = 0, bare_to = 0;
	struct dressed word;
	bool changed = false;

	for (uint32_t at = 0; at < view->count;) {
		uint32_t end = at;
		bool dressed;

		if (kind_at(view, at) == GLYPH_SPACE) {
			move_point(view, to++, at++);
			continue;
		}
		dressed = is_dressed(view, at, &word);
		if (at >= bare_to && dressed && dressed_run(view, at, &end))
			bare_to = end;
		if (!dressed || (at >= bare_to && !is_worn_for_emphasis(view, &word))) {
			while (at < view->count && kind_at(view, at) != GLYPH_SPACE)
				move_point(view, to++, at++);
			continue;
		}
		changed = true;
		if (word.halves)
			undress_halves(view, word.start, word.end, &to);
		else
			undress(view, &word, &to);
		at = word.end;
	}
	cut_at(view, to);
	return changed;
}

/* --- (l)(e)(t)(t)(e)(r)(s) in brackets -------------------------------------------------------- */

/* How many single letters, each in brackets, start here. */
static uint32_t bracketed_run(const struct view *view, uint32_t at)
{
	uint32_t count = 0;

	for (; at + 2 < view->count && is_word_part(view, at + 1) && count < RUN_MOST; at += 3) {
		uint32_t close = closing_sign(view->points[at]);

		if (!close || close == view->points[at] || view->points[at + 2] != close)
			break;
		count++;
	}
	return count;
}

enum { BRACKETED_LEAST = 3 };

static void unbracket_letters(struct view *view)
{
	uint32_t to = 0;

	for (uint32_t at = 0; at < view->count;) {
		uint32_t count = kind_at(view, at) == GLYPH_OTHER ? bracketed_run(view, at) : 0;

		if (count < BRACKETED_LEAST) {
			move_point(view, to++, at++);
			continue;
		}
		for (; count > 0; count--, at += 3)
			move_point(view, to++, at + 1);
	}
	cut_at(view, to);
}

/* --- words#parted#by#one#sign ----------------------------------------------------------------- */

enum { STOPS_LEAST = 3 };

/* What stands between two words: [start, end). */
struct gap {
	uint32_t start, end;
};

static bool is_parting(const struct view *view, uint32_t at)
{
	uint32_t point = view->points[at];

	return is_emoji(point) || point == '#' || (is_spacer(point) && point != ' ');
}

/* The gap behind the word that starts at `at`; its end is the text's if there is no other word. */
static struct gap gap_find(const struct view *view, uint32_t at)
{
	struct gap gap;

	while (is_word_part(view, at) || (at < view->count && at + 1 < view->count
		&& (view->points[at] == '\'' || view->points[at] == '"')
		&& is_word_part(view, at - 1) && is_word_part(view, at + 1)))
		at++;
	gap.start = at;
	while (at < view->count && !is_word_part(view, at))
		at++;
	gap.end = at;
	return gap;
}

/* Behind a stop there is a space, as a rule: then it parts nothing but sentences. */
static bool gap_has(const struct view *view, const struct gap *gap, uint32_t sign)
{
	bool found = false, space = false;

	for (uint32_t at = gap->start; at < gap->end; at++) {
		found = found || is_same_spacer(view->points[at], sign);
		space = space || kind_at(view, at) == GLYPH_SPACE;
	}
	return found && !(space && is_stop(sign));
}

/* The sign that stands in both gaps; 0 if none does. */
static uint32_t sign_of_both(const struct view *view, const struct gap *a, const struct gap *b)
{
	for (uint32_t at = a->start; at < a->end; at++)
		if (is_parting(view, at) && gap_has(view, a, view->points[at])
		    && gap_has(view, b, view->points[at]))
			return view->points[at];
	return 0;
}

/* The sign that stands between (nearly) all words, with a space or without; 0 if there is none. In
 * most texts that is seen at the first gap. */
static uint32_t parting_sign(const struct view *view)
{
	uint32_t at = 0, sign = 0, gaps = 0, missed = 0, single = 0, lettered = 0;
	struct gap gap, first = {0};

	while (at < view->count && !is_word_part(view, at))
		at++;
	for (; at < view->count; at = gap.end) {
		gap = gap_find(view, at);
		single += gap.start == at + 1;
		lettered += is_letter(view, at);
		if (gap.end == view->count)
			break;
		if (gaps == 0)
			first = gap;
		else if (gaps == 1)
			sign = sign_of_both(view, &first, &gap);
		else
			missed += !gap_has(view, &gap, sign);
		if (gaps == 0 && gap.end == gap.start + 1 && kind_at(view, gap.start) == GLYPH_SPACE)
			return 0;
		if ((gaps == 1 && !sign) || missed > 1 + gaps / 5)
			return 0;
		gaps++;
	}
	if (gaps < (is_stop(sign) || sign == '/' ? STOPS_LEAST : 2u) || missed * 5 > gaps
	    || single * 2 > gaps || lettered * 3 < gaps * 2)
		return 0;
	return sign;
}

/* What else stands in a gap ends a sentence and stays; the sign becomes a space. */
static void part_words(struct view *view)
{
	uint32_t sign = parting_sign(view), to = 0;
	struct gap gap = {0};

	if (!sign)
		return;
	while (gap.end < view->count && !is_word_part(view, gap.end))
		gap.end++;
	for (;;) {
		bool has = gap_has(view, &gap, sign), spaced = gap.start == 0 || gap.end == view->count;
		uint32_t next;

		for (uint32_t at = gap.start; at < gap.end; at++) {
			bool space = kind_at(view, at) == GLYPH_SPACE;

			if (!has || (!space && !is_same_spacer(view->points[at], sign)))
				move_point(view, to++, at);
		}
		if (has && !spaced) {
			move_point(view, to, gap.end - 1);
			view->points[to] = ' ';
			view->marks[to++] = GLYPH_SPACE;
		}
		if (gap.end == view->count)
			break;
		next = gap.end;
		gap = gap_find(view, next);
		while (next < gap.start)
			move_point(view, to++, next++);
	}
	cut_at(view, to);
}

/* --- "every" 'word' "in" "quotes" ------------------------------------------------------------- */

static bool is_quote(uint32_t point)
{
	return point == '"' || point == '\'';
}

/* Where the word of two letters or more ends that a quote at `at` opens; `at` if it opens none. */
static uint32_t quoted_end(const struct view *view, uint32_t at)
{
	uint32_t end = at + 1;

	if (!is_quote(view->points[at]))
		return at;
	while (is_word_part(view, end))
		end++;
	return end > at + 2 && end < view->count && view->points[end] == view->points[at] ? end : at;
}

/* Has this stretch without white space a word in quotes of its own, be it half of one ("don"'t)?
 * `words`: it has a word at all; single letters are rarely put in quotes. */
static bool holds_quoted(const struct view *view, uint32_t start, uint32_t end, bool *word)
{
	bool quoted = false;

	*word = false;
	for (uint32_t at = start; at < end; at++) {
		quoted = quoted || quoted_end(view, at) > at;
		*word = *word || (is_letter(view, at) && at + 1 < end && is_letter(view, at + 1));
	}
	return quoted;
}

/* Who quotes says more than what is quoted, and who lists words parts them by commas: where every
 * word has quotes of its own, nobody is quoted. */
static bool is_quoted_throughout(const struct view *view)
{
	uint32_t count = 0, commas = 0;

	for (uint32_t at = 0; at < view->count;) {
		uint32_t end = at;
		bool word, quoted;

		while (end < view->count && kind_at(view, end) != GLYPH_SPACE)
			end++;
		quoted = holds_quoted(view, at, end, &word);
		if (word && !quoted)
			return false;
		count += quoted;
		commas += quoted && view->points[end - 1] == ',';
		at = end + 1;
	}
	return count >= 2 && commas * 2 < count;
}

static void unquote_words(struct view *view)
{
	uint32_t to = 0;

	for (uint32_t at = 0; at < view->count; at++) {
		uint32_t end = quoted_end(view, at);

		if (end == at) {
			move_point(view, to++, at);
			continue;
		}
		while (++at < end)
			move_point(view, to++, at);
	}
	cut_at(view, to);
}

/* --- tokens --------------------------------------------------------------------------------- */

static uint32_t leet_letter(uint32_t point)
{
	switch (point) {
	case '0': return 'o';
	case '1': return 'i';
	case '3': return 'e';
	case '4': return 'a';
	case '5': return 's';
	case '7': return 't';
	case '!': return 'i';
	case '$': return 's';
	case '@': return 'a';
	default: return 0;
	}
}

/* Both steps below look at the same tokens, so that neither makes work for the other. */
static bool is_leet_part(const struct view *view, uint32_t at)
{
	return is_word_part(view, at) || (at < view->count && leet_letter(view->points[at]));
}

/* --- look-alikes ---------------------------------------------------------------------------- */

/* The Latin letter that a folded Cyrillic or Greek letter passes for; 0 if for none. */
static uint32_t look_alike(uint32_t point)
{
	static const struct {
		uint16_t from;
		char to;
	} pairs[] = {
		{0x03B1, 'a'}, {0x03B2, 'b'}, {0x03B3, 'y'}, {0x03B5, 'e'}, {0x03B6, 'z'}, {0x03B7, 'n'},
		{0x03B9, 'i'},
		{0x03BA, 'k'}, {0x03BC, 'u'}, {0x03BD, 'v'}, {0x03BF, 'o'}, {0x03C1, 'p'}, {0x03C4, 't'},
		{0x03C5, 'u'}, {0x03C7, 'x'}, {0x03C9, 'w'}, {0x0430, 'a'}, {0x0432, 'b'}, {0x0433, 'r'},
		{0x0435, 'e'}, {0x043A, 'k'}, {0x043C, 'm'}, {0x043D, 'h'}, {0x043E, 'o'}, {0x043F, 'n'},
		{0x0440, 'p'}, {0x0441, 'c'}, {0x0442, 't'}, {0x0443, 'y'}, {0x0445, 'x'}, {0x0455, 's'},
		{0x0456, 'i'}, {0x0458, 'j'}, {0x04BB, 'h'}, {0x04CF, 'l'}, {0x0501, 'd'}, {0x051B, 'q'},
		{0x051D, 'w'}, {0x0561, 'w'}, {0x0563, 'q'}, {0x0566, 'q'}, {0x0570, 'h'}, {0x0575, 'j'},
		{0x0578, 'n'}, {0x057C, 'n'}, {0x057D, 'u'}, {0x0581, 'g'}, {0x0584, 'p'}, {0x0585, 'o'},
		{0x13A0, 'd'}, {0x13A1, 'r'}, {0x13A2, 't'}, {0x13A5, 'i'}, {0x13A9, 'y'}, {0x13AA, 'a'},
		{0x13AB, 'j'}, {0x13AC, 'e'}, {0x13B3, 'w'}, {0x13B7, 'm'}, {0x13BB, 'h'}, {0x13BD, 'y'},
		{0x13C0, 'g'}, {0x13C2, 'h'}, {0x13C3, 'z'}, {0x13CF, 'b'}, {0x13D2, 'r'}, {0x13D4, 'w'},
		{0x13D5, 's'}, {0x13D9, 'v'}, {0x13DA, 's'}, {0x13DE, 'l'}, {0x13DF, 'c'}, {0x13E2, 'p'},
		{0x13E6, 'k'}, {0x13E7, 'd'}, {0x13F3, 'g'}, {0x13F4, 'b'},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (pairs[i].from == point)
			return (uint32_t)pairs[i].to;
	return 0;
}

uint32_t text_look_alike(uint32_t point)
{
	return look_alike(point);
}

/* Some capitals pass for another letter than the small ones do: Υ for Y, υ for u. */
static uint32_t look_alike_written(uint32_t point, uint32_t original)
{
	switch (original) {
	case 0x0396: return 'z'; /* Ζ */
	case 0x0397: return 'h'; /* Η */
	case 0x039C: return 'm'; /* Μ */
	case 0x039D: return 'n'; /* Ν */
	case 0x03A5: return 'y'; /* Υ */
	default: return look_alike(point);
	}
}

static bool is_foreign(const struct view *view, uint32_t at)
{
	enum glyph_script script = script_at(view, at);
	uint32_t point = view->points[at];

	return script == SCRIPT_CYRILLIC || script == SCRIPT_GREEK
		|| (script == SCRIPT_OTHER && ((point >= 0x0531 && point < 0x058A) /* Armenian */
			|| (point >= 0x13A0 && point < 0x1400))); /* Cherokee */
}

/* True if the text has no letter of another script that could not pass for a Latin one: then nobody
 * writes Russian or Greek here. */
static bool all_pass(const struct view *view)
{
	for (uint32_t i = 0; i < view->count; i++)
		if (is_foreign(view, i) && !look_alike(view->points[i]))
			return false;
	return true;
}

/* Only where a token mixes, or the text as a whole does: an honest Russian or Greek word stays what
 * it is. */
static void replace_look_alikes(struct view *view, const uint32_t *original)
{
	bool all = all_pass(view);

	for (uint32_t start = 0; start < view->count; start++) {
		uint32_t end = start, latin = 0, foreign = 0, passing = 0;

		for (; is_leet_part(view, end); end++) {
			bool other = is_foreign(view, end);

			latin += script_at(view, end) == SCRIPT_LATIN;
			foreign += other;
			passing += other && look_alike(view->points[end]) != 0;
		}
		if ((latin || all) && foreign && foreign == passing)
			for (uint32_t i = start; i < end; i++)
				if (is_foreign(view, i))
					view->points[i] = look_alike_written(view->points[i],
						original[view->from[i]]);
		if (end > start)
			start = end - 1;
	}
}

/* --- ʇuɹnǝd --------------------------------------------------------------------------------- */

/* A letter that folds to the one that it is upside down. */
static bool is_turned(uint32_t original)
{
	switch (original) {
	case 0x0183: /* ƃ */
	case 0x01DD: /* ǝ */
	case 0x0250: /* ɐ */
	case 0x0254: /* ɔ */
	case 0x025F: /* ɟ */
	case 0x0265: /* ɥ */
	case 0x026F: /* ɯ */
	case 0x0279: /* ɹ */
	case 0x027E: /* ɾ */
	case 0x0287: /* ʇ */
	case 0x028C: /* ʌ */
	case 0x028D: /* ʍ */
	case 0x028E: /* ʎ */
	case 0x029E: /* ʞ */
	case 0x1D09: return true; /* ᴉ */
	default: return false;
	}
}

/* What a plain letter is upside down; itself if nothing. */
static uint32_t turned_letter(uint32_t point)
{
	switch (point) {
	case 'b': return 'q';
	case 'q': return 'b';
	case 'd': return 'p';
	case 'p': return 'd';
	case 'n': return 'u';
	case 'u': return 'n';
	default: return point;
	}
}

/* Where letters stand on their heads, those stand so too that look like others then. A phonetician
 * writes one of them here and there. */
static void turn_letters(struct view *view, const uint32_t *original)
{
	uint32_t turned = 0, plain = 0;

	for (uint32_t i = 0; i < view->count; i++) {
		uint32_t was = original[view->from[i]];

		turned += is_turned(was);
		plain += script_at(view, i) == SCRIPT_LATIN && !is_turned(was);
	}
	if (turned < 3 || turned * 3 < plain)
		return;
	for (uint32_t i = 0; i < view->count; i++)
		if (view->points[i] == original[view->from[i]])
			view->points[i] = turned_letter(view->points[i]);
}

/* --- leet ----------------------------------------------------------------------------------- */

enum { KEY_LEAST = 24 };

static bool is_leet_edge(uint32_t point)
{
	return point == '!' || point == '@';
}

/* dana@example.org: what has a dot and a letter behind it is an address, not a disguise. */
static bool is_address(const struct view *view, uint32_t start, uint32_t end)
{
	if (end + 1 >= view->count || view->points[end] != '.' || !is_letter(view, end + 1))
		return false;
	for (uint32_t i = start; i < end; i++)
		if (view->points[i] == '@')
			return true;
	return false;
}

/* So long a row is no disguised word if it has more digits than letters, some of which stand for
 * none. */
bool text_is_key(const struct view *view, uint32_t start, uint32_t end)
{
	uint32_t letters = 0, digits = 0, odd = 0;

	if (end - start <= KEY_LEAST)
		return false;
	for (uint32_t i = start; i < end; i++) {
		bool digit = kind_at(view, i) == GLYPH_DIGIT;

		letters += is_letter(view, i);
		digits += digit;
		odd += digit && !leet_letter(view->points[i]);
	}
	return letters + digits > KEY_LEAST && digits > letters && odd;
}

/* Do digits and signs stand for letters in this token, but for those at its edges? `bold`: one
 * letter will do, and a sign in front may be one. */
static bool is_leet(const struct view *view, uint32_t *start, uint32_t *end, bool bold)
{
	uint32_t latin = 0, leet = 0, least = bold ? 1 : 2;

	while (*start < *end && is_leet_edge(view->points[*start])
	       && !(bold && view->points[*start] == '@'))
		++*start;
	while (*end > *start && is_leet_edge(view->points[*end - 1]))
		--*end;
	for (uint32_t i = *start; i < *end; i++) {
		latin += is_letter(view, i) && script_at(view, i) == SCRIPT_LATIN;
		leet += leet_letter(view->points[i]) != 0;
	}
	return leet && latin >= least && leet <= (bold ? 4 : 2) * latin
		&& !text_is_key(view, *start, *end) && !is_address(view, *start, *end);
}

/* True if something was replaced. */
static bool replace_leet_in(struct view *view, uint32_t start, uint32_t end, bool bold)
{
	if (!is_leet(view, &start, &end, bold))
		return false;
	for (uint32_t i = start; i < end; i++) {
		uint32_t letter = leet_letter(view->points[i]);

		if (!letter)
			continue;
		view->points[i] = letter;
		view->marks[i] = GLYPH_LETTER;
	}
	return true;
}

static unsigned replace_leet_once(struct view *view, bool bold)
{
	unsigned replaced = 0;

	for (uint32_t start = 0; start < view->count; start++) {
		uint32_t end = start;

		while (is_leet_part(view, end))
			end++;
		if (end > start) {
			replaced += replace_leet_in(view, start, end, bold);
			start = end - 1;
		}
	}
	return replaced;
}

/* Whoever writes two words so writes the small ones so as well: "th3 1d10t @nd h1s d0g". */
static void replace_leet(struct view *view)
{
	if (replace_leet_once(view, false) >= 2)
		replace_leet_once(view, true);
}

/* --- stretching ----------------------------------------------------------------------------- */

static void shorten_stretched(struct view *view)
{
	uint32_t to = 2;

	if (view->count < 3)
		return;
	while (to < view->count && (view->points[to] != view->points[to - 1]
		|| view->points[to] != view->points[to - 2]))
		to++;
	for (uint32_t at = to; at < view->count; at++) {
		/* 1000 is not 100. */
		if (kind_at(view, at) != GLYPH_DIGIT
		    && view->points[to - 1] == view->points[at]
		    && view->points[to - 2] == view->points[at]) {
			view->marks[to - 1] |= POINT_STRETCHED;
			continue;
		}
		move_point(view, to++, at);
	}
	cut_at(view, to);
}

/* --- is there anything to undo? -------------------------------------------------------------- */

static const uint32_t scripts_of_others = 1u << SCRIPT_CYRILLIC | 1u << SCRIPT_GREEK
	| 1u << SCRIPT_OTHER;

/* Of three of a kind in a row, the first or the second stands at an odd place. */
static bool has_stretched(const struct view *view)
{
	const uint32_t *points = view->points;

	for (uint32_t at = 1; at + 1 < view->count; at += 2) {
		uint32_t point = points[at];

		if (point == points[at + 1] && (point == points[at - 1]
			|| (at + 2 < view->count && point == points[at + 2]))
		    && kind_at(view, at) != GLYPH_DIGIT)
			return true;
	}
	return false;
}

/* I'[ll]: an apostrophe or hyphen beside another sign. */
static bool joins_dressed(const struct view *view, uint32_t at)
{
	struct dressed word;
	uint32_t start = at;

	if (!is_joint(view->points[at]) || at == 0 || at + 1 >= view->count
	    || (kind_at(view, at + 1) != GLYPH_OTHER && kind_at(view, at - 1) != GLYPH_OTHER))
		return false;
	while (start > 0 && kind_at(view, start - 1) != GLYPH_SPACE)
		if (at - --start > HALVES_MOST)
			return false;
	return is_dressed(view, start, &word);
}

/* A word that begins with a sign and ends with one of its kind; or a letter's number. */
static bool has_dressed(const struct view *view)
{
	struct dressed word;

	for (uint32_t from = 0; from < view->count; from += 8)
		for (uint64_t found = others_of(marks_read(view->marks + from)); found;
			found &= found - 1) {
			uint32_t at = from + points_before(found);
			bool begins = at == 0 || kind_at(view, at - 1) == GLYPH_SPACE;

			if (at >= view->count)
				return false;
			if ((begins && is_dressed(view, at, &word))
			    || bracketed_run(view, at) >= BRACKETED_LEAST
			    || (view->points[at] == '#' && at > 0 && view->points[at - 1] == '&')
			    || joins_dressed(view, at))
				return true;
		}
	return false;
}

static bool has_leet(const struct view *view)
{
	for (uint32_t at = 0; at < view->count;) {
		uint64_t eight = marks_read(view->marks + at);
		uint32_t start, end;

		at += points_before(EACH_LOWEST & ~letters_or_spaces_of(eight));
		if (at >= view->count)
			return false;
		if (kind_at(view, at) == GLYPH_LETTER || kind_at(view, at) == GLYPH_SPACE)
			continue;
		if (!leet_letter(view->points[at])) {
			at++;
			continue;
		}
		start = at;
		while (start > 0 && is_leet_part(view, start - 1))
			start--;
		for (end = at + 1; is_leet_part(view, end); end++)
			;
		at = end + 1;
		if (is_leet(view, &start, &end, false))
			return true;
	}
	return false;
}

/* False if none of the steps below would change anything: most texts wear no disguise. */
static bool is_disguised(const struct text *text)
{
	const struct view *view = &text->folded;

	if (text->scripts & 1u << SCRIPT_LATIN && (text->scripts & scripts_of_others
		|| text->may_be_turned || has_leet(view)))
		return true;
	return has_stretched(view) || has_dressed(view) || first_spaced(view) < view->count
		|| is_quoted_throughout(view) || parting_sign(view);
}

/* --- all steps ------------------------------------------------------------------------------- */

enum {
	STEPS = 7,      /* that each look takes, about: how often it goes over the text */
	LAYER_STEPS = 2
};

/* May the text be gone over once more? */
static bool spend(struct text *text, uint32_t steps)
{
	if (text->work + (uint64_t)steps * text->folded.count > UNDISGUISE_MOST)
		return false;
	text->work += steps * text->folded.count;
	return true;
}

static void undisguise_once(struct text *text)
{
	struct view *folded = &text->folded;

	decode_entities(folded, &text->scripts);
	if (is_quoted_throughout(folded)) {
		unquote_words(folded);
		text_quote_again(text);
	}
	unbracket_letters(folded);
	join_spaced(folded);
	/* What was undressed may be joined, and the other way round. */
	for (int layer = 0; layer < LAYERS_MOST && spend(text, LAYER_STEPS)
	     && undress_words(folded); layer++)
		join_spaced(folded);
	part_words(folded);
	/* Before letters and signs are counted, and again for what looks alike only now. */
	shorten_stretched(folded);
	/* All of these only ever change tokens with Latin letters in them. */
	if (text->scripts & 1u << SCRIPT_LATIN) {
		turn_letters(folded, text->original);
		if (text->scripts & scripts_of_others)
			replace_look_alikes(folded, text->original);
		replace_leet(folded);
	}
	shorten_stretched(folded);
}

static uint64_t fingerprint(const struct view *view)
{
	uint64_t hash = view->count;

	for (uint32_t i = 0; i < view->count; i++)
		hash = (hash ^ view->points[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* What one step uncovers may be for an earlier one: until nothing changes, so that folding what was
 * folded changes nothing. Most texts are done before, the others after a look or two. */
void text_undisguise(struct text *text)
{
	uint64_t before, after;

	if (!is_disguised(text))
		return;
	before = fingerprint(&text->folded);
	for (int round = 0; round < ROUNDS_MOST && spend(text, STEPS); round++) {
		undisguise_once(text);
		after = fingerprint(&text->folded);
		if (after == before)
			return;
		before = after;
	}
}

/* --- the squashed view ---------------------------------------------------------------------- */

/* Punctuation that honest writing puts between two words without a space, or inside one. */
static bool is_honest_inside(uint32_t point)
{
	switch (point) {
	case '\'':
	case '"':
	case ',':
	case ';':
	case ':':
	case '/':
	case '(':
	case ')':
	case '?':
	case '!':
	case '&':
	case '@':
	case '#': return true;
	default: return false;
	}
}

/* Where the punctuation that starts at `at` ends, if it stands inside a word and is to go. */
static uint32_t inside_end(const struct view *view, uint32_t at)
{
	uint32_t end = at;

	while (end < view->count && end - at < 3 && kind_at(view, end) == GLYPH_OTHER
	    && !is_honest_inside(view->points[end]))
		end++;
	return end > at && at > 0 && is_letter(view, at - 1) && is_letter(view, end) ? end : at;
}

/* Where the row of points that go into the squashed view as they are ends; `last` is the one before
 * it. */
static uint32_t plain_end(const struct view *folded, uint32_t at, uint32_t last)
{
	for (; at < folded->count; last = folded->points[at++]) {
		enum glyph_kind kind = kind_at(folded, at);

		if (kind == GLYPH_OTHER || (folded->points[at] == last && kind == GLYPH_LETTER))
			return at;
	}
	return at;
}

static void squashed_add(struct view *squashed, const struct view *folded, uint32_t start,
	uint32_t end)
{
	uint32_t count = end - start;

	memcpy(squashed->points + squashed->count, folded->points + start,
		count * sizeof(folded->points[0]));
	memcpy(squashed->from + squashed->count, folded->from + start,
		count * sizeof(folded->from[0]));
	memcpy(squashed->marks + squashed->count, folded->marks + start, count);
	squashed->count += count;
}

void text_squash(const struct view *folded, struct view *squashed)
{
	squashed->count = 0;
	for (uint32_t at = 0; at < folded->count;) {
		uint32_t to = squashed->count, last = to ? squashed->points[to - 1] : 0, end;

		end = plain_end(folded, at, last);
		if (end > at) {
			squashed_add(squashed, folded, at, end);
			at = end;
			continue;
		}
		if (kind_at(folded, at) == GLYPH_LETTER) {
			squashed->marks[to - 1] |=
				(folded->marks[at++] & POINT_STRETCHED) | POINT_DOUBLED;
			continue;
		}
		end = inside_end(folded, at);
		if (end > at) {
			squashed->marks[to - 1] |= POINT_STRETCHED;
			at = end;
			continue;
		}
		squashed_add(squashed, folded, at, at + 1);
		at++;
	}
	squashed->from[squashed->count] = folded->from[folded->count];
}

/* --- words ---------------------------------------------------------------------------------- */

static bool ends_sentence(uint32_t point)
{
	return point == '.' || point == '!' || point == '?' || point == ';';
}

static bool joins_halves(const struct view *view, uint32_t at)
{
	return at > 0 && (view->points[at] == '\'' || view->points[at] == '"')
		&& is_letter(view, at - 1) && is_letter(view, at + 1);
}

static uint8_t script_of_word(const struct view *view, uint32_t at, uint32_t end)
{
	enum glyph_script script = SCRIPT_NONE;

	for (; at < end && !script; at++)
		script = script_at(view, at);
	return (uint8_t)script;
}

/* Where the row of letters and digits from `at` on ends; adds up their marks. */
static uint32_t part_end(const uint8_t *marks, uint32_t at, uint32_t count, uint8_t *seen)
{
	for (;; at += 8) {
		uint64_t eight = marks_read(marks + at);
		uint32_t length = points_before(EACH_LOWEST & ~parts_of(eight));

		if (length > count - at)
			length = count - at;
		if (length < 8)
			eight &= (UINT64_C(1) << 8 * length) - 1;
		eight |= eight >> 32;
		eight |= eight >> 16;
		*seen |= (uint8_t)(eight | eight >> 8);
		if (length < 8)
			return at + length;
	}
}

void text_find_words(struct view *view)
{
	const uint8_t *marks = view->marks;
	const uint32_t *points = view->points;
	uint32_t count = view->count, words = 0;
	uint8_t seen_ever = 0;
	uint16_t flags = 0;

	for (uint32_t at = 0; at < count;) {
		uint32_t start = at;
		uint8_t seen = 0;

		if (!is_part(marks[at])) {
			if (marks[at] & POINT_BREAK || ends_sentence(points[at]))
				flags |= WORD_AFTER_BREAK;
			else if (points[at] == ',')
				flags |= WORD_AFTER_COMMA;
			at++;
			continue;
		}
		for (;;) {
			at = part_end(marks, at, count, &seen);
			if (at == count || !joins_halves(view, at))
				break;
			seen |= marks[at++];
		}
		if (seen & POINT_STRETCHED)
			flags |= WORD_DISGUISED;
		if (seen & POINT_DOUBLED)
			flags |= WORD_DOUBLED;
		seen_ever |= seen;
		view->words[words++] = (struct word){.start = start, .end = at, .flags = flags,
			.script = script_of_word(view, start, at)};
		flags = 0;
	}
	view->word_count = words;
	view->has_disguised = seen_ever & POINT_STRETCHED;
}
