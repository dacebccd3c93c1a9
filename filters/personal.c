/* personal.c: telephone, identity and card numbers, addresses of mail and of homes: what an author
 * may not have meant to publish. Each has a form of its own or a check digit, so that budgets,
 * dates, laws and plots of land are none of them. Reads the marks that the lexicon left. */
#include "filters/filter.h"
#include "filters/parts.h"

#include <string.h>

enum {
	DIGITS_MOST = 24,
	GROUPS_MOST = 8,
	NEAR_WORDS = 4,      /* "identity number" and the number */
	STREET_WORDS = 6,    /* "lives in … street 12" */
	STREET_REACH = 3,    /* from the street to its number */
	ADDRESS_MOST = 64    /* code points of a mail address on either side of its @ */
};

/* Digits in groups: 050-123 4567. */
struct figure {
	char digits[DIGITS_MOST];
	unsigned count;
	unsigned sizes[GROUPS_MOST], groups;
	uint32_t start, ends[GROUPS_MOST]; /* original code points */
	bool plus, pointed; /* pointed: a dot or slash stands between groups */
	bool iban;          /* IL right before it */
};

static uint32_t point_at(const struct text *text, uint32_t at)
{
	return at < text->original_count ? text->original[at] : ' ';
}

static bool is_digit(const struct text *text, uint32_t at)
{
	return at < text->original_count && GLYPH_KIND(text->entries[at]) == GLYPH_DIGIT;
}

static char digit_of(const struct text *text, uint32_t at)
{
	uint32_t folded = GLYPH_POINT(text->entries[at]);

	return (char)(folded ? folded : text->original[at]);
}

static bool is_unseen(const struct text *text, uint32_t at)
{
	return at < text->original_count && (GLYPH_KIND(text->entries[at]) == GLYPH_INVISIBLE
		|| GLYPH_KIND(text->entries[at]) == GLYPH_MARK);
}

static bool is_latin(const struct text *text, uint32_t at)
{
	return at < text->original_count && GLYPH_KIND(text->entries[at]) == GLYPH_LETTER
		&& GLYPH_SCRIPT(text->entries[at]) == SCRIPT_LATIN;
}

/* --- reading a number ----------------------------------------------------------------------- */

/* What may stand between two groups: how many code points, 0 if the number ends here. */
static uint32_t separator_at(const struct text *text, uint32_t at, bool *pointed)
{
	uint32_t length = 0;

	while (length < 3) {
		uint32_t point = point_at(text, at + length);

		if (is_digit(text, at + length))
			return length;
		if (point == '.' || point == '/')
			*pointed = true;
		else if (point != ' ' && point != '-' && point != ')' && point != '(' && point != 0xA0
		    && (point < 0x2010 || point > 0x2015) && !is_unseen(text, at + length))
			return 0;
		length++;
	}
	return 0;
}

/* Part of a link, a name or a longer number. */
static bool is_inside(const struct text *text, uint32_t start)
{
	uint32_t before = start ? point_at(text, start - 1) : ' ';

	if (!start)
		return false;
	return is_latin(text, start - 1) || before == '/' || before == '=' || before == '_'
		|| before == '#' || before == '&' || before == '$' || before == 0x20AA
		|| before == 0x20AC
		|| ((before == '.' || before == ',' || before == ':' || before == '-')
			&& start > 1 && (is_digit(text, start - 2) || is_latin(text, start - 2)));
}

static void group_read(const struct text *text, uint32_t *at, struct figure *out)
{
	unsigned size = 0;

	for (; is_digit(text, *at) && out->count < DIGITS_MOST; (*at)++, size++)
		out->digits[out->count++] = digit_of(text, *at);
	out->sizes[out->groups] = size;
	out->ends[out->groups++] = *at;
}

static void number_read(const struct text *text, uint32_t start, struct figure *out)
{
	uint32_t at = start, length = 1;

	memset(out, 0, sizeof(*out));
	out->start = start;
	if (start && point_at(text, start - 1) == '+') {
		out->plus = true;
		out->start--;
	}
	out->iban = start > 1 && (point_at(text, start - 1) | 0x20) == 'l'
		&& (point_at(text, start - 2) | 0x20) == 'i';
	while (length && out->groups < GROUPS_MOST && out->count < DIGITS_MOST) {
		at += out->groups ? length : 0;
		group_read(text, &at, out);
		length = separator_at(text, at, &out->pointed);
	}
}

/* Behind it: no more digits, and nothing that makes it a sum, a share or a name. */
static bool ends_well(const struct text *text, const struct figure *figure, unsigned groups)
{
	uint32_t at = figure->ends[groups - 1], point = point_at(text, at);

	if (is_digit(text, at) || is_latin(text, at) || point == '%' || point == '_' || point == '$'
	    || point == 0x20AA || point == 0x20AC)
		return false;
	return !((point == ',' || point == ':' || point == '.' || point == '/')
		&& is_digit(text, at + 1));
}

/* --- what it is ----------------------------------------------------------------------------- */

static bool is_date(const struct figure *figure, unsigned groups)
{
	return figure->pointed && groups >= 2 && figure->sizes[0] <= 2 && figure->sizes[1] <= 2;
}

/* A telephone is written in one piece, or with its prefix first and no crumbs. */
static bool has_groups_of_phone(const struct figure *figure, unsigned groups)
{
	if (groups == 1)
		return true;
	if (figure->sizes[0] < 2 || figure->sizes[0] > (figure->digits[1] == '0' ? 5u : 4u))
		return false;
	for (unsigned i = 1; i < groups; i++)
		if (figure->sizes[i] < 2 || figure->sizes[i] > 7)
			return false;
	return groups <= 5;
}

static unsigned digits_in(const struct figure *figure, unsigned groups)
{
	unsigned count = 0;

	for (unsigned i = 0; i < groups; i++)
		count += figure->sizes[i];
	return count;
}

/* +972 50 123 4567, 00962 7…, 050-1234567, 059…, 079…, 02-1234567; (555) 123-4567. */
static bool is_phone(const struct figure *figure, unsigned groups)
{
	const char *digits = figure->digits;
	unsigned count = digits_in(figure, groups);

	if (figure->plus)
		return count >= 9 && count <= 15 && digits[0] != '0';
	if (is_date(figure, groups) || !has_groups_of_phone(figure, groups))
		return false;
	if (digits[0] == '0' && digits[1] == '0')
		return count >= 11 && count <= 16 && digits[2] != '0' && figure->sizes[0] >= 4;
	if (count == 10 && digits[0] == '0' && (digits[1] == '5' || digits[1] == '7'))
		return true;
	if (count == 9 && digits[0] == '0' && strchr("23489", digits[1]))
		return groups > 1 || digits[2] != '0';
	return count == 10 && groups == 3 && figure->sizes[0] == 3 && figure->sizes[1] == 3
		&& digits[0] >= '2' && !figure->pointed;
}

/* The check digit of an Israeli identity number. */
static bool is_identity(const char *digits)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < 9; i++) {
		unsigned part = (unsigned)(digits[i] - '0') * (i % 2 + 1);

		sum += part > 9 ? part - 9 : part;
	}
	return sum > 0 && sum % 10 == 0;
}

static bool is_card(const struct figure *figure, unsigned groups)
{
	unsigned count = digits_in(figure, groups), sum = 0;

	if (count < 14 || count > 19 || figure->digits[0] < '3' || figure->digits[0] > '6'
	    || figure->pointed)
		return false;
	for (unsigned i = 0; i + 1 < groups; i++)
		if (figure->sizes[i] < 4 || figure->sizes[i] > 6)
			return false;
	for (unsigned i = 0; i < count; i++) {
		unsigned part = (unsigned)(figure->digits[count - 1 - i] - '0') * (i % 2 + 1);

		sum += part > 9 ? part - 9 : part;
	}
	return sum % 10 == 0;
}

/* IL and 21 digits, the first two of them for checking: modulo 97, with the letters behind. */
static bool is_iban(const struct figure *figure, unsigned groups)
{
	unsigned rest = 0;

	if (!figure->iban || digits_in(figure, groups) != 21)
		return false;
	for (unsigned i = 2; i < 21; i++)
		rest = (rest * 10 + (unsigned)(figure->digits[i] - '0')) % 97;
	/* I is 18, L is 21. */
	rest = (rest * 10000 + 1821) % 97;
	rest = (rest * 100 + (unsigned)(figure->digits[0] - '0') * 10
		+ (unsigned)(figure->digits[1] - '0')) % 97;
	return rest == 1;
}

/* The word of the folded view at or behind a place of the original. */
static uint32_t word_at(const struct text *text, uint32_t place)
{
	const struct view *view = &text->folded;
	uint32_t low = 0, high = view->word_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (view->from[view->words[middle].end] <= place)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Does a word with this mark stand a few words before? */
static bool is_named(const struct scratch *scratch, uint32_t place, uint32_t mark)
{
	uint32_t word = word_at(&scratch->text, place);

	for (uint32_t i = 0; i < NEAR_WORDS && word > 0; i++)
		if (scratch->marks[--word] & mark)
			return true;
	return false;
}

/* Nine digits are a sum as often as not: they count with a check digit, and a zero in front or the
 * word for it nearby. */
static bool is_identity_number(const struct scratch *scratch, const struct figure *figure,
	unsigned groups)
{
	if (digits_in(figure, groups) != 9 || figure->plus || figure->pointed
	    || (groups > 1 && !(groups == 2 && figure->sizes[1] == 1))
	    || !is_identity(figure->digits))
		return false;
	return figure->digits[0] == '0' || is_named(scratch, figure->start, MARK_BIT(IDENTITY));
}

/* The longest row of groups that is something; returns where to read on. */
static uint32_t number_judge(const struct ruleset *ruleset, struct scratch *scratch,
	struct judged *judged, uint32_t start)
{
	const unsigned *builtin = ruleset->symbols.builtin;
	struct figure figure;

	number_read(&scratch->text, start, &figure);
	for (unsigned groups = figure.groups; groups > 0; groups--) {
		unsigned symbol;

		if (!ends_well(&scratch->text, &figure, groups))
			continue;
		/* Digits in the middle of a key are no card. */
		if (is_iban(&figure, groups) || (!(start && is_latin(&scratch->text, start - 1))
				&& is_card(&figure, groups)))
			symbol = BUILTIN_BANK_OR_CARD;
		else if (figure.iban || (!figure.plus && is_inside(&scratch->text, start)))
			continue;
		else if (is_phone(&figure, groups))
			symbol = BUILTIN_PHONE;
		else if (is_identity_number(scratch, &figure, groups))
			symbol = BUILTIN_IDENTITY_NUMBER;
		else
			continue;
		verdict_add(judged, ruleset, builtin[symbol],
			ruleset_number(ruleset, NUMBER_PERSONAL_SCORE), figure.start,
			figure.ends[groups - 1]);
		return figure.ends[groups - 1];
	}
	return figure.ends[0];
}

/* --- addresses ------------------------------------------------------------------------------ */

static bool is_mail_point(uint32_t point)
{
	return (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z')
		|| (point >= '0' && point <= '9') || point == '.' || point == '-' || point == '_'
		|| point == '+' || point == '%';
}

/* dana@example.org: letters on both sides, and a dot with two letters behind it. */
static void mail_judge(const struct ruleset *ruleset, const struct text *text,
	struct judged *judged, uint32_t at)
{
	uint32_t start = at, end = at + 1, dot = 0;

	while (start > 0 && at - start < ADDRESS_MOST && is_mail_point(text->original[start - 1]))
		start--;
	for (; end - at < ADDRESS_MOST && is_mail_point(point_at(text, end)); end++)
		if (point_at(text, end) == '.' && is_latin(text, end + 1) && is_latin(text, end + 2))
			dot = end;
	if (start == at || !dot || dot == at + 1)
		return;
	while (!is_latin(text, end - 1) && !is_digit(text, end - 1))
		end--;
	verdict_add(judged, ruleset, ruleset->symbols.builtin[BUILTIN_EMAIL_ADDRESS],
		ruleset_number(ruleset, NUMBER_PERSONAL_SCORE), start, end);
}

/* Is this word a house number: one to three digits? */
static bool is_house_number(const struct view *view, uint32_t number)
{
	const struct word *word = &view->words[number];

	if (word->end - word->start > 3)
		return false;
	for (uint32_t at = word->start; at < word->end; at++)
		if ((view->marks[at] & POINT_KIND) != GLYPH_DIGIT)
			return false;
	return true;
}

/* Herzl street and its number are written in this order in Hebrew and Arabic; in English the number
 * comes first. */
static bool is_address(uint32_t street, uint32_t number, bool english)
{
	return english ? number < street && street - number <= STREET_REACH
		       : street < number && number - street <= STREET_REACH;
}

/* "Lives in Herzl street 12": living, a street and a number within a few words. */
static void home_judge(const struct ruleset *ruleset, const struct scratch *scratch,
	struct judged *judged, uint32_t lives)
{
	const struct view *view = &scratch->text.folded;
	bool english = view->words[lives].script == SCRIPT_LATIN;
	uint32_t street = 0, number = 0;

	for (uint32_t word = lives + 1; word < view->word_count && word - lives <= STREET_WORDS;
	     word++) {
		if (view->words[word].flags & WORD_AFTER_BREAK)
			return;
		if (scratch->marks[word] & MARK_BIT(STREET))
			street = word;
		if (is_house_number(view, word))
			number = word;
		if (!street || !number || !is_address(street, number, english))
			continue;
		verdict_add(judged, ruleset, ruleset->symbols.builtin[BUILTIN_HOME_ADDRESS],
			ruleset_number(ruleset, NUMBER_PERSONAL_SCORE),
			view->from[view->words[lives].start], view->from[view->words[word].end]);
		return;
	}
}

enum err filter_personal(const struct ruleset *ruleset, struct scratch *scratch,
	struct judged *judged)
{
	const struct text *text = &scratch->text;

	if (!scratch->marks || scratch->mark_room < text->folded.word_count)
		return ERR_NO_MEMORY;
	for (uint32_t at = 0; text->digits >= 9 && at < text->original_count; at++)
		if (is_digit(text, at))
			at = number_judge(ruleset, scratch, judged, at);
	if (memchr(text->utf8, '@', text->bytes))
		for (uint32_t at = 0; at < text->original_count; at++)
			if (text->original[at] == '@')
				mail_judge(ruleset, text, judged, at);
	for (uint32_t word = 0; text->digits && word < text->folded.word_count; word++)
		if (scratch->marks[word] & MARK_BIT(LIVES))
			home_judge(ruleset, scratch, judged, word);
	return ERR_NONE;
}
