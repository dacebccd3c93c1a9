/* text.c: the text as filters want it, and the one door to ICU: from it the table of glyph.h is
 * built, once per process; after that ICU is not asked again. Any thread; a struct text has one
 * owner. */
#include "filters/text.h"

#include "base/utf8.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>

/* --- the table of code points --------------------------------------------------------------- */

const uint32_t *glyph_pages[0x1100];

enum {
	BRAILLE_BLANK = 0x2800, /* looks like white space, and is none to ICU */
	QUOTED_WORDS_LEAST = 3
};

/* All expansions, one after the other: a count, then as many code points. Fixed once built. */
static uint32_t *expansions;
static size_t expansion_room, expansion_used;
static enum err glyph_err;

static const UNormalizer2 *casefold, *decompose;

/* What ICU's folding leaves apart and a reader does not: small, turned and decorated Latin letters,
 * Arabic letters of other languages. Sorted by `from`. */
static const struct {
	uint16_t from, to;
} own_folds[] = {
	{0x0060, '\''}, {0x00AB, '"'}, {0x00B4, '\''}, {0x00BB, '"'}, {0x00F0, 'd'}, {0x00F8, 'o'},
	{0x00FE, 'p'}, {0x0111, 'd'}, {0x0127, 'h'}, {0x0131, 'i'}, {0x0138, 'k'}, {0x0142, 'l'},
	{0x014B, 'n'}, {0x0167, 't'}, {0x0180, 'b'}, {0x0183, 'g'}, {0x0188, 'c'}, {0x018C, 'd'},
	{0x0192, 'f'}, {0x0199, 'k'}, {0x019A, 'l'}, {0x019E, 'n'}, {0x01A5, 'p'}, {0x01AD, 't'},
	{0x01B4, 'y'}, {0x01B6, 'z'}, {0x01BF, 'p'}, {0x01DD, 'e'}, {0x01E5, 'g'}, {0x0221, 'd'},
	{0x0225, 'z'}, {0x0234, 'l'}, {0x0235, 'n'}, {0x0236, 't'}, {0x0237, 'j'}, {0x023C, 'c'},
	{0x023F, 's'}, {0x0240, 'z'}, {0x0247, 'e'}, {0x0249, 'j'}, {0x024B, 'q'}, {0x024D, 'r'},
	{0x024F, 'y'}, {0x0250, 'a'}, {0x0251, 'a'}, {0x0253, 'b'}, {0x0254, 'c'}, {0x0255, 'c'},
	{0x0256, 'd'}, {0x0257, 'd'}, {0x0258, 'e'}, {0x0259, 'e'}, {0x025B, 'e'}, {0x025C, 'e'},
	{0x025F, 'f'}, {0x0260, 'g'}, {0x0261, 'g'}, {0x0262, 'g'}, {0x0265, 'h'}, {0x0266, 'h'},
	{0x0268, 'i'}, {0x0269, 'i'}, {0x026A, 'i'}, {0x026B, 'l'}, {0x026C, 'l'}, {0x026D, 'l'},
	{0x026F, 'm'}, {0x0271, 'm'}, {0x0272, 'n'}, {0x0273, 'n'}, {0x0274, 'n'}, {0x0275, 'o'},
	{0x0279, 'r'}, {0x027C, 'r'}, {0x027D, 'r'}, {0x027E, 'j'}, {0x0280, 'r'}, {0x0282, 's'},
	{0x0287, 't'}, {0x0288, 't'}, {0x0289, 'u'}, {0x028A, 'u'}, {0x028B, 'v'}, {0x028C, 'v'},
	{0x028D, 'w'}, {0x028E, 'y'}, {0x028F, 'y'}, {0x0290, 'z'}, {0x0291, 'z'}, {0x0299, 'b'},
	{0x029C, 'h'}, {0x029D, 'j'}, {0x029E, 'k'}, {0x029F, 'l'}, {0x05BE, '-'}, {0x05DA, 0x05DB},
	{0x05DD, 0x05DE}, {0x05DF, 0x05E0}, {0x05E3, 0x05E4}, {0x05E5, 0x05E6}, {0x05F3, '\''},
	{0x05F4, '"'}, {0x060C, ','}, {0x061B, ';'}, {0x061F, '?'}, {0x0629, 0x0647}, {0x0649, 0x064A},
	{0x066A, '%'}, {0x066E, 0x0628}, {0x066F, 0x0642}, {0x0671, 0x0627}, {0x0672, 0x0627},
	{0x0673, 0x0627}, {0x0675, 0x0627}, {0x0679, 0x062A}, {0x067A, 0x062A}, {0x067B, 0x0628},
	{0x067C, 0x062A}, {0x067D, 0x062A}, {0x067E, 0x0628}, {0x067F, 0x062A}, {0x0680, 0x0628},
	{0x0681, 0x062D}, {0x0682, 0x062D}, {0x0683, 0x062D}, {0x0684, 0x062D}, {0x0685, 0x062E},
	{0x0686, 0x062C}, {0x0687, 0x062D}, {0x0688, 0x062F}, {0x0689, 0x062F}, {0x068A, 0x062F},
	{0x068B, 0x062F}, {0x068D, 0x062F}, {0x068E, 0x062F}, {0x068F, 0x062F}, {0x0690, 0x062F},
	{0x0691, 0x0631}, {0x0692, 0x0631}, {0x0693, 0x0631}, {0x0694, 0x0631}, {0x0695, 0x0631},
	{0x0696, 0x0631}, {0x0697, 0x0632}, {0x0698, 0x0632}, {0x0699, 0x0632}, {0x069A, 0x0633},
	{0x069B, 0x0633}, {0x069C, 0x0633}, {0x069D, 0x0635}, {0x069E, 0x0636}, {0x069F, 0x0637},
	{0x06A0, 0x0639}, {0x06A1, 0x0641}, {0x06A2, 0x0641}, {0x06A3, 0x0641}, {0x06A4, 0x0641},
	{0x06A5, 0x0641}, {0x06A6, 0x0641}, {0x06A7, 0x0642}, {0x06A8, 0x0642}, {0x06A9, 0x0643},
	{0x06AA, 0x0643}, {0x06AB, 0x0643}, {0x06AC, 0x0643}, {0x06AD, 0x0643}, {0x06AE, 0x0643},
	{0x06AF, 0x0643}, {0x06B0, 0x0643}, {0x06B1, 0x0643}, {0x06B2, 0x0643}, {0x06B3, 0x0643},
	{0x06B4, 0x0643}, {0x06B5, 0x0644}, {0x06B6, 0x0644}, {0x06B7, 0x0644}, {0x06B8, 0x0644},
	{0x06B9, 0x0646}, {0x06BA, 0x0646}, {0x06BB, 0x0646}, {0x06BC, 0x0646}, {0x06BD, 0x0646},
	{0x06BE, 0x0647}, {0x06BF, 0x062D}, {0x06C0, 0x0647}, {0x06C1, 0x0647}, {0x06C2, 0x0647},
	{0x06C3, 0x0647}, {0x06C4, 0x0648}, {0x06C5, 0x0648}, {0x06C6, 0x0648}, {0x06C7, 0x0648},
	{0x06C8, 0x0648}, {0x06C9, 0x0648}, {0x06CA, 0x0648}, {0x06CB, 0x0648}, {0x06CC, 0x064A},
	{0x06CD, 0x064A}, {0x06CE, 0x064A}, {0x06CF, 0x0648}, {0x06D0, 0x064A}, {0x06D1, 0x064A},
	{0x06D2, 0x064A}, {0x06D3, 0x064A}, {0x06D4, '.'}, {0x06D5, 0x0647}, {0x06EE, 0x062F},
	{0x06EF, 0x0631}, {0x06FA, 0x0634}, {0x06FB, 0x0636}, {0x06FC, 0x063A}, {0x06FE, 0x0645},
	{0x06FF, 0x0647}, {0x1D00, 'a'}, {0x1D03, 'b'}, {0x1D04, 'c'}, {0x1D05, 'd'}, {0x1D07, 'e'},
	{0x1D09, 'i'}, {0x1D0A, 'j'}, {0x1D0B, 'k'}, {0x1D0C, 'l'}, {0x1D0D, 'm'}, {0x1D0E, 'n'},
	{0x1D0F, 'o'}, {0x1D18, 'p'}, {0x1D19, 'r'}, {0x1D1A, 'r'}, {0x1D1B, 't'}, {0x1D1C, 'u'},
	{0x1D20, 'v'}, {0x1D21, 'w'}, {0x1D22, 'z'}, {0x1D6C, 'b'}, {0x1D6D, 'd'}, {0x1D6E, 'f'},
	{0x1D6F, 'm'}, {0x1D70, 'n'}, {0x1D71, 'p'}, {0x1D72, 'r'}, {0x1D74, 's'}, {0x1D75, 't'},
	{0x1D76, 'z'}, {0x1D79, 'g'}, {0x2010, '-'}, {0x2011, '-'}, {0x2012, '-'}, {0x2013, '-'},
	{0x2014, '-'}, {0x2015, '-'}, {0x2018, '\''}, {0x2019, '\''}, {0x201A, '\''}, {0x201B, '\''},
	{0x201C, '"'}, {0x201D, '"'}, {0x201E, '"'}, {0x201F, '"'}, {0x2032, '\''}, {0x2033, '"'},
	{0x2212, '-'}, {0x2C65, 'a'}, {0x2C66, 't'}, {0x2C68, 'h'}, {0x2C6A, 'k'}, {0x2C6C, 'z'},
	{0x2C73, 'w'}, {0xA730, 'f'}, {0xA731, 's'}, {0xA7AF, 'q'},
};

/* Letters in brackets, and white ones on black, fold to several or to none. */
static uint32_t own_letter(uint32_t point)
{
	if (point >= 0x249C && point <= 0x24B5)
		return 'a' + point - 0x249C;
	if (point >= 0x1F110 && point <= 0x1F129)
		return 'a' + point - 0x1F110;
	if (point >= 0x1F150 && point <= 0x1F169)
		return 'a' + point - 0x1F150;
	if (point >= 0x1F170 && point <= 0x1F189)
		return 'a' + point - 0x1F170;
	return point;
}

static uint32_t own_fold(uint32_t point)
{
	size_t low = 0, high = sizeof(own_folds) / sizeof(own_folds[0]);

	if (u_charType((UChar32)point) == U_DECIMAL_DIGIT_NUMBER)
		return '0' + (uint32_t)u_charDigitValue((UChar32)point);
	if (u_isUWhiteSpace((UChar32)point) || point == BRAILLE_BLANK)
		return ' ';
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (own_folds[middle].from < point)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < sizeof(own_folds) / sizeof(own_folds[0]) && own_folds[low].from == point)
		return own_folds[low].to;
	return point;
}

static enum glyph_script script_of(uint32_t point)
{
	UErrorCode status = U_ZERO_ERROR;

	switch (uscript_getScript((UChar32)point, &status)) {
	case USCRIPT_COMMON:
	case USCRIPT_INHERITED:
	case USCRIPT_UNKNOWN: return SCRIPT_NONE;
	case USCRIPT_LATIN: return SCRIPT_LATIN;
	case USCRIPT_HEBREW: return SCRIPT_HEBREW;
	case USCRIPT_ARABIC: return SCRIPT_ARABIC;
	case USCRIPT_CYRILLIC: return SCRIPT_CYRILLIC;
	case USCRIPT_GREEK: return SCRIPT_GREEK;
	default: return SCRIPT_OTHER;
	}
}

/* Marks are dropped where words are read without them as well; in scripts that write their vowels
 * as marks they are letters. */
static enum glyph_kind kind_of_mark(uint32_t point)
{
	return script_of(point) == SCRIPT_OTHER ? GLYPH_LETTER : GLYPH_MARK;
}

static enum glyph_kind kind_of(uint32_t point)
{
	UChar32 c = (UChar32)point;

	/* Grapheme joiner and Hangul fillers are ignorable too: invisible, whatever their category. */
	if (u_isUWhiteSpace(c) || point == BRAILLE_BLANK)
		return GLYPH_SPACE;
	if (point == 0x0640 || u_hasBinaryProperty(c, UCHAR_VARIATION_SELECTOR))
		return GLYPH_MARK;
	if (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT))
		return GLYPH_INVISIBLE;
	switch (u_charType(c)) {
	case U_UPPERCASE_LETTER:
	case U_LOWERCASE_LETTER:
	case U_TITLECASE_LETTER:
	case U_MODIFIER_LETTER:
	case U_OTHER_LETTER:
	case U_LETTER_NUMBER:
	case U_COMBINING_SPACING_MARK: return GLYPH_LETTER;
	case U_DECIMAL_DIGIT_NUMBER: return GLYPH_DIGIT;
	case U_NON_SPACING_MARK:
	case U_ENCLOSING_MARK: return kind_of_mark(point);
	case U_CONTROL_CHAR:
	case U_FORMAT_CHAR: return GLYPH_INVISIBLE;
	default: return GLYPH_OTHER;
	}
}

/* What ICU's normalisers write is well-formed: a lead surrogate is followed by its trail. */
static uint32_t utf16_next(const UChar *units, int32_t *at)
{
	uint32_t lead = units[(*at)++];

	if ((lead & 0xFC00u) != 0xD800u)
		return lead;
	return (lead << 10) + units[(*at)++] - ((0xD800u << 10) + 0xDC00u - 0x10000u);
}

/* One pass: compatibility and case, then apart (where accents go), our own table, marks out. */
static unsigned fold_once(uint32_t point, uint32_t *out, unsigned room, UErrorCode *status)
{
	UChar source[2], folded[64], apart[128];
	int32_t source_units = 0, units, apart_units;
	unsigned count = 0;
	bool keeps_marks = script_of(point) == SCRIPT_OTHER;

	/* Yiddish writes two letters as one. */
	if (point >= 0x05F0 && point <= 0x05F2) {
		out[0] = point == 0x05F2 ? 0x05D9 : 0x05D5;
		out[1] = point == 0x05F0 ? 0x05D5 : 0x05D9;
		return room < 2 ? 0 : 2;
	}
	point = own_letter(point);
	U16_APPEND_UNSAFE(source, source_units, point);
	units = unorm2_normalize(casefold, source, source_units, folded, 64, status);
	if (U_FAILURE(*status))
		return 0;
	if (keeps_marks) {
		memcpy(apart, folded, (size_t)units * sizeof(UChar));
		apart_units = units;
	} else {
		apart_units = unorm2_normalize(decompose, folded, units, apart, 128, status);
		if (U_FAILURE(*status))
			return 0;
	}
	for (int32_t at = 0; at < apart_units && count < room;) {
		uint32_t own = own_fold(utf16_next(apart, &at));
		enum glyph_kind kind = kind_of(own);

		if (kind != GLYPH_MARK && kind != GLYPH_INVISIBLE)
			out[count++] = own;
	}
	return count;
}

/* Until folding again changes nothing: then folding a folded text changes nothing either. */
static unsigned fold_fully(uint32_t point, uint32_t out[GLYPH_FOLD_MOST], UErrorCode *status)
{
	unsigned count = fold_once(point, out, GLYPH_FOLD_MOST, status);

	for (int pass = 0; pass < 4; pass++) {
		uint32_t again[GLYPH_FOLD_MOST];
		unsigned again_count = 0;

		for (unsigned i = 0; i < count; i++)
			again_count += fold_once(out[i], again + again_count,
				GLYPH_FOLD_MOST - again_count, status);
		if (again_count == count && memcmp(again, out, count * sizeof(out[0])) == 0)
			break;
		memcpy(out, again, again_count * sizeof(out[0]));
		count = again_count;
	}
	return count;
}

static bool expansion_add(const uint32_t *points, unsigned count, uint32_t *at)
{
	if (expansion_used + count + 1 > expansion_room) {
		size_t room = expansion_room ? expansion_room * 2 : 4096;
		uint32_t *grown = realloc(expansions, room * sizeof(*grown));

		if (!grown)
			return false;
		expansions = grown;
		expansion_room = room;
	}
	*at = (uint32_t)expansion_used;
	expansions[expansion_used++] = count;
	memcpy(expansions + expansion_used, points, count * sizeof(*points));
	expansion_used += count;
	return true;
}

static uint32_t flags_of(uint32_t point)
{
	UChar32 c = (UChar32)point;
	uint32_t flags = 0;

	if (u_isUUppercase(c) || u_istitle(c))
		flags |= GLYPH_CASED | GLYPH_CAPITAL;
	else if (u_isULowercase(c))
		flags |= GLYPH_CASED;
	if (u_hasBinaryProperty(c, UCHAR_EMOJI_PRESENTATION)
	    || u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC))
		flags |= GLYPH_EMOJI;
	return flags;
}

static bool is_double_quote(uint32_t point)
{
	return point == '"' || point == 0x05F4 || (point >= 0x201C && point <= 0x201F)
		|| point == 0xAB || point == 0xBB;
}

static bool is_stress(uint32_t point)
{
	return point == '!' || point == '?' || point == 0x061F;
}

/* What most texts have none of, so that reading one need not ask for each of these. */
static bool is_notable(uint32_t point, enum glyph_kind kind, uint32_t flags)
{
	return kind == GLYPH_MARK || kind == GLYPH_INVISIBLE || flags & (GLYPH_EMOJI | GLYPH_EXPANDS)
		|| is_double_quote(point) || is_stress(point) || point == '>' || point == '\n';
}

static enum err entry_make(uint32_t point, uint32_t *entry)
{
	UErrorCode status = U_ZERO_ERROR;
	uint32_t folded[GLYPH_FOLD_MOST], value = 0, flags = flags_of(point);
	enum glyph_kind kind = kind_of(point);
	unsigned count = 0;

	if (kind != GLYPH_MARK && kind != GLYPH_INVISIBLE) {
		count = fold_fully(point, folded, &status);
		if (U_FAILURE(status))
			return ERR_INTERNAL;
		/* A spacing accent decomposes to a space and a mark, say; what nothing is left of goes. */
		if (count == 0)
			kind = GLYPH_MARK;
	}
	if (count == 1 && folded[0] != point)
		value = folded[0];
	if (count > 1) {
		if (!expansion_add(folded, count, &value))
			return ERR_NO_MEMORY;
		flags |= GLYPH_EXPANDS;
	}
	if (is_notable(point, kind, flags))
		flags |= GLYPH_NOTABLE;
	*entry = value | (uint32_t)kind << 21 | (uint32_t)script_of(point) << 24 | flags;
	return ERR_NONE;
}

/* Ideographs and Hangul syllables fold to themselves; asking ICU 100,000 times would take longer
 * than all the rest. */
static bool is_plain_letters_page(uint32_t page)
{
	return (page >= 0x34 && page < 0x4D) || (page >= 0x4E && page < 0x9F)
		|| (page >= 0xAC && page < 0xD7) || (page >= 0x200 && page < 0x2F0)
		|| (page >= 0x300 && page < 0x313);
}

/* Planes 3 to 13 hold nothing yet, 15 and 16 are private. */
static bool is_empty_page(uint32_t page)
{
	return (page >= 0xD8 && page < 0xF9) || (page >= 0x314 && page < 0xE00) || page >= 0xE10;
}

static enum err page_make(uint32_t page, uint32_t **out)
{
	uint32_t *entries = malloc(256 * sizeof(*entries));
	enum err err = entries ? ERR_NONE : ERR_NO_MEMORY;

	for (uint32_t i = 0; !err && i < 256; i++)
		err = entry_make(page << 8 | i, &entries[i]);
	if (err) {
		free(entries);
		entries = NULL;
	}
	*out = entries;
	return err;
}

static enum err pages_make(void)
{
	static uint32_t plain_letters[256];
	uint32_t *last = NULL;

	for (uint32_t i = 0; i < 256; i++)
		plain_letters[i] = (uint32_t)GLYPH_LETTER << 21 | (uint32_t)SCRIPT_OTHER << 24;
	for (uint32_t page = 0; page < 0x1100; page++) {
		uint32_t *made;
		enum err err;

		if (is_empty_page(page))
			continue;
		if (is_plain_letters_page(page)) {
			glyph_pages[page] = plain_letters;
			continue;
		}
		err = page_make(page, &made);
		if (err)
			return err;
		/* Long stretches are all alike. */
		if (last && memcmp(made, last, 256 * sizeof(*made)) == 0) {
			free(made);
			made = last;
		}
		glyph_pages[page] = last = made;
	}
	return ERR_NONE;
}

static void glyph_make(void)
{
	UErrorCode status = U_ZERO_ERROR;

	casefold = unorm2_getNFKCCasefoldInstance(&status);
	decompose = unorm2_getNFDInstance(&status);
	glyph_err = U_FAILURE(status) ? ERR_INTERNAL : pages_make();
}

enum err glyph_prepare(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, glyph_make);
	return glyph_err;
}

unsigned glyph_fold(uint32_t point, uint32_t entry, uint32_t out[GLYPH_FOLD_MOST])
{
	enum glyph_kind kind = GLYPH_KIND(entry);
	uint32_t value = GLYPH_POINT(entry);

	if (kind == GLYPH_MARK || kind == GLYPH_INVISIBLE)
		return 0;
	if (entry & GLYPH_EXPANDS) {
		unsigned count = expansions[value];

		memcpy(out, expansions + value + 1, count * sizeof(*out));
		return count;
	}
	out[0] = value ? value : point;
	return 1;
}

/* --- taking a text in ----------------------------------------------------------------------- */

void text_fini(struct text *text)
{
	free(text->memory);
	*text = (struct text){0};
}

/* One block holds every array, laid out for so many points; a text that needs fewer uses less of
 * each. */
static enum err text_reserve(struct text *text, size_t each)
{
	size_t point_bytes = each * sizeof(uint32_t);
	size_t word_bytes = (each / 2 + 1) * sizeof(struct word);
	size_t need = 8 * point_bytes + 3 * word_bytes + 3 * each + MARKS_BEHIND;
	struct view *views[] = {&text->folded, &text->squashed, &text->spare};
	char *at;

	if (need <= text->room)
		return ERR_NONE;
	free(text->memory);
	at = text->memory = malloc(need);
	text->room = at ? need : 0;
	if (!at)
		return ERR_NO_MEMORY;
	text->original = (uint32_t *)(void *)at;
	text->entries = (uint32_t *)(void *)(at + point_bytes);
	at += 2 * point_bytes;
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++, at += 2 * point_bytes) {
		views[i]->points = (uint32_t *)(void *)at;
		views[i]->from = (uint32_t *)(void *)(at + point_bytes);
	}
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++, at += word_bytes)
		views[i]->words = (struct word *)(void *)at;
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++, at += each)
		views[i]->marks = (uint8_t *)at;
	return ERR_NONE;
}

/* How many points the arrays are for: folding makes `points` at most of a text, mending (mend.c) a
 * third more, where words have to be parted. */
static size_t room_for(size_t points)
{
	return points + points / 3 + 64;
}

/* What was counted of rows of a kind so far. */
struct rows {
	uint32_t marks, marks_end; /* of ! and ? */
	uint32_t emoji, emoji_end;
};

/* Skin tones, joiners and white space between emoji do not end a row of them. */
static bool goes_on(const struct text *text, uint32_t at, uint32_t end)
{
	for (; at < end; at++) {
		enum glyph_kind kind = GLYPH_KIND(text->entries[at]);

		if (kind != GLYPH_SPACE && kind != GLYPH_INVISIBLE && kind != GLYPH_MARK)
			return false;
	}
	return true;
}

static void count_notable(struct text *text, uint32_t at, struct rows *rows)
{
	uint32_t point = text->original[at], entry = text->entries[at];
	enum glyph_kind kind = GLYPH_KIND(entry);

	text->invisibles += kind == GLYPH_INVISIBLE;
	text->exclamations += point == '!';
	text->questions += point == '?' || point == 0x061F;
	text->may_quote = text->may_quote || point == '>' || is_double_quote(point);
	if (is_stress(point)) {
		rows->marks = rows->marks_end == at ? rows->marks + 1 : 1;
		rows->marks_end = at + 1;
		if (rows->marks > text->mark_run)
			text->mark_run = rows->marks;
	}
	if (entry & GLYPH_EMOJI && kind == GLYPH_OTHER) {
		text->emoji++;
		rows->emoji = goes_on(text, rows->emoji_end, at) ? rows->emoji + 1 : 1;
		rows->emoji_end = at + 1;
		if (rows->emoji > text->emoji_run)
			text->emoji_run = rows->emoji;
	}
}

/* Counts of two kinds in one number each: a text has fewer points than fit into half of it. */
static const uint64_t letters_and_digits[8] = {
	[GLYPH_LETTER] = 1, [GLYPH_DIGIT] = UINT64_C(1) << 32,
};
static const uint64_t cased_and_capitals[4] = {
	[GLYPH_CASED / GLYPH_CASED] = 1,
	[(GLYPH_CASED | GLYPH_CAPITAL) / GLYPH_CASED] = 1 | UINT64_C(1) << 32,
};

static void count_points(struct text *text)
{
	const uint32_t *original = text->original, *entries = text->entries;
	uint32_t count = text->original_count, run = 0, longest = 0, before = 0;
	uint64_t kinds = 0, cases = 0;
	struct rows rows = {0};

	for (uint32_t i = 0; i < count; i++) {
		uint32_t point = original[i], entry = entries[i];
		enum glyph_kind kind = GLYPH_KIND(entry);

		kinds += letters_and_digits[kind];
		cases += cased_and_capitals[entry / GLYPH_CASED & 3];
		run = point == before && kind == GLYPH_LETTER ? run + 1 : 1;
		if (run > longest)
			longest = run;
		if (entry & GLYPH_NOTABLE)
			count_notable(text, i, &rows);
		if (kind != GLYPH_MARK && kind != GLYPH_INVISIBLE)
			before = point;
	}
	text->letters = (uint32_t)kinds;
	text->digits = (uint32_t)(kinds >> 32);
	text->cased = (uint32_t)cases;
	text->capitals = (uint32_t)(cases >> 32);
	text->letter_run = text->letters ? longest : 0;
}

static void folded_add(struct view *folded, uint32_t point, enum glyph_kind kind, uint32_t from)
{
	/* White space is one space, and none at the edges. */
	if (kind == GLYPH_SPACE && folded->count == 0)
		return;
	if (kind == GLYPH_SPACE && folded->points[folded->count - 1] == ' ') {
		folded->marks[folded->count - 1] |= POINT_WIDE;
		return;
	}
	folded->points[folded->count] = point;
	folded->marks[folded->count] = (uint8_t)kind;
	folded->from[folded->count] = from;
	folded->count++;
}

/* Decodes, and says how much room the folded view needs; more than there are points only if
 * something expands. */
static size_t decode(struct text *text)
{
	const unsigned char *utf8 = (const unsigned char *)text->utf8;
	size_t expanded = 0;
	uint32_t count = 0;

	for (size_t at = 0; at < text->bytes; count++) {
		uint32_t point = utf8[at], entry;

		if (point < 0x80)
			at++;
		else
			point = utf8_next(text->utf8, text->bytes, &at);
		entry = glyph_entry(point);
		text->original[count] = point;
		text->entries[count] = entry;
		if (entry & GLYPH_EXPANDS)
			expanded += expansions[GLYPH_POINT(entry)] - 1;
	}
	text->original_count = count;
	return expanded + count;
}

/* A point that folds to others; or a space where there is one, or need be none. */
static void fold_point(struct text *text, uint32_t i)
{
	uint32_t out[GLYPH_FOLD_MOST];
	unsigned count = glyph_fold(text->original[i], text->entries[i], out);

	for (unsigned j = 0; j < count; j++) {
		uint32_t entry = glyph_entry(out[j]);

		text->scripts |= 1u << GLYPH_SCRIPT(entry);
		folded_add(&text->folded, out[j], GLYPH_KIND(entry), i);
	}
	/* Only what is far from ASCII may stand on its head there (disguise.c). */
	if (text->original[i] >= 0x0180 && count == 1 && out[0] < 0x80)
		text->may_be_turned = true;
	if (text->original[i] == '\n' && text->folded.count)
		text->folded.marks[text->folded.count - 1] |= POINT_BREAK;
}

static void fold_points(struct text *text)
{
	const uint32_t *original = text->original, *entries = text->entries;
	uint32_t *points = text->folded.points, *from = text->folded.from;
	uint8_t *marks = text->folded.marks;
	uint32_t count = text->original_count, to = 0, scripts = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t entry = entries[i];
		enum glyph_kind kind = GLYPH_KIND(entry);

		if (entry & (GLYPH_FOLDS | GLYPH_EXPANDS)
		    || (kind == GLYPH_SPACE && (to == 0 || points[to - 1] == ' '))) {
			text->folded.count = to;
			fold_point(text, i);
			to = text->folded.count;
			continue;
		}
		scripts |= 1u << GLYPH_SCRIPT(entry);
		if (kind == GLYPH_MARK || kind == GLYPH_INVISIBLE)
			continue;
		points[to] = original[i];
		marks[to] = (uint8_t)kind;
		from[to++] = i;
	}
	text->scripts |= scripts;
	if (to && points[to - 1] == ' ')
		to--;
	from[to] = count;
	text->folded.count = to;
}

/* --- what is somebody else's words ---------------------------------------------------------- */

static void quote_add(struct text *text, uint32_t start, uint32_t end)
{
	if (text->quote_count < QUOTES_MOST && end > start)
		text->quotes[text->quote_count++] = (struct span){start, end};
}

static bool is_letter_at(const struct text *text, uint32_t at)
{
	return at < text->original_count && (GLYPH_KIND(text->entries[at]) == GLYPH_LETTER
		|| GLYPH_KIND(text->entries[at]) == GLYPH_MARK);
}

/* A gershayim between letters is part of a word (צה"ל). A quotation is closed within its line. */
static void find_quotes(struct text *text)
{
	uint32_t open = UINT32_MAX, line = 0;

	for (uint32_t i = 0; i <= text->original_count; i++) {
		uint32_t point = i < text->original_count ? text->original[i] : '\n';

		if (point == '\n') {
			if (line < i && text->original[line] == '>')
				quote_add(text, line, i);
			open = UINT32_MAX;
			line = i + 1;
			continue;
		}
		if (!is_double_quote(point) || (i > 0 && is_letter_at(text, i - 1)
			&& is_letter_at(text, i + 1)))
			continue;
		if (open == UINT32_MAX) {
			open = i;
			continue;
		}
		if (text->original[line] != '>')
			quote_add(text, open, i + 1);
		open = UINT32_MAX;
	}
}

static bool is_single(const struct text *text, struct span quote)
{
	for (uint32_t at = quote.start; at < quote.end; at++)
		if (GLYPH_KIND(text->entries[at]) == GLYPH_SPACE)
			return false;
	return true;
}

static void drop_quoted_words(struct text *text)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < text->quote_count; i++)
		if (!is_single(text, text->quotes[i]))
			text->quotes[kept++] = text->quotes[i];
	text->quote_count = kept;
}

void text_quote_again(struct text *text)
{
	const struct view *view = &text->folded;
	uint32_t open = UINT32_MAX, kept = 0;

	for (uint32_t i = 0; i < text->quote_count; i++)
		if (text->original[text->quotes[i].start] == '>')
			text->quotes[kept++] = text->quotes[i];
	text->quote_count = kept;
	for (uint32_t i = 0; i < view->count; i++) {
		if (view->points[i] != '"')
			continue;
		if (open != UINT32_MAX)
			quote_add(text, view->from[open], view->from[i + 1]);
		open = open == UINT32_MAX ? i : UINT32_MAX;
	}
}

/* "Most" "words" "in" "quotes" are nobody else's: where most words of a text stand so, and not as a
 * list with commas. (Where all do, disguise.c takes the signs off as well.) */
static bool are_mostly_words(const struct text *text)
{
	uint32_t single = 0, commas = 0, words = 1;

	for (uint32_t i = 0; i < text->original_count; i++)
		words += GLYPH_KIND(text->entries[i]) == GLYPH_SPACE;
	for (uint32_t i = 0; i < text->quote_count; i++) {
		uint32_t end = text->quotes[i].end;

		if (!is_single(text, text->quotes[i]))
			continue;
		single++;
		commas += end < text->original_count
			&& (text->original[end] == ',' || text->original[end] == 0x060C);
	}
	return single >= QUOTED_WORDS_LEAST && (single == QUOTES_MOST || single * 2 >= words)
		&& commas * 2 < single;
}

bool text_is_quoted(const struct text *text, struct span span)
{
	for (uint32_t i = 0; i < text->quote_count; i++)
		if (span.start >= text->quotes[i].start && span.end <= text->quotes[i].end)
			return true;
	return false;
}

/* --- the whole ------------------------------------------------------------------------------ */

/* All but the memory and where in it everything stands. */
static void text_clear(struct text *text)
{
	struct text kept = {.memory = text->memory, .room = text->room, .original = text->original,
		.entries = text->entries};
	struct view *views[] = {&text->folded, &text->squashed, &text->spare};
	struct view *kept_views[] = {&kept.folded, &kept.squashed, &kept.spare};

	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		kept_views[i]->points = views[i]->points;
		kept_views[i]->marks = views[i]->marks;
		kept_views[i]->from = views[i]->from;
		kept_views[i]->words = views[i]->words;
	}
	*text = kept;
}

enum err text_fold(struct text *text, const char *utf8, size_t bytes)
{
	enum err err = glyph_prepare();
	size_t points;

	text_clear(text);
	if (err)
		return err;
	if (bytes > TEXT_BYTES_MOST)
		return ERR_TOO_LARGE;
	if (!utf8_valid(utf8, bytes))
		return ERR_BAD_PARAMS;
	text->utf8 = utf8;
	text->bytes = bytes;
	/* A byte is a point at most. */
	err = text_reserve(text, room_for(bytes));
	if (err)
		return err;
	points = decode(text);
	if (points > bytes) {
		err = text_reserve(text, room_for(points));
		if (err)
			return err;
		decode(text);
	}
	text->points_most = (uint32_t)room_for(points) - 1;
	count_points(text);
	if (text->may_quote)
		find_quotes(text);
	if (text->quote_count >= QUOTED_WORDS_LEAST && are_mostly_words(text))
		drop_quoted_words(text);
	fold_points(text);
	text_undisguise(text);
	text_find_words(&text->folded);
	return ERR_NONE;
}

enum err text_read(struct text *text, const char *utf8, size_t bytes)
{
	enum err err = text_fold(text, utf8, bytes);

	if (err)
		return err;
	text_squash(&text->folded, &text->squashed);
	text_find_words(&text->squashed);
	return ERR_NONE;
}

struct span text_span(const struct text *text, const struct view *view, uint32_t start,
	uint32_t end)
{
	struct span span = {view->from[start], view->from[end]};

	/* Inside what one code point expanded to, both ends are the same place. */
	if (start < end && span.end <= span.start)
		span.end = span.start + 1;
	/* What follows the last letter and was dropped belongs to it, white space does not. */
	while (start < end && span.end > span.start + 1
	    && GLYPH_KIND(text->entries[span.end - 1]) == GLYPH_SPACE)
		span.end--;
	return span;
}

uint32_t text_word_at(const struct view *view, uint32_t point)
{
	uint32_t low = 0, high = view->word_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (view->words[middle].end <= point)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
