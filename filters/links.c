/* links.c: how many links, and whether one of them is dressed up as another: a host that mixes
 * scripts, is written in punycode, or hides behind a name and an @. */
#include "filters/filter.h"
#include "filters/parts.h"

enum { SCHEMES = 3 };

static bool stands_at(const struct text *text, uint32_t at, const char *ascii)
{
	for (; *ascii; ascii++, at++) {
		uint32_t point = at < text->original_count ? text->original[at] : 0;

		if (point >= 'A' && point <= 'Z')
			point += 'a' - 'A';
		if (point != (uint32_t)(unsigned char)*ascii)
			return false;
	}
	return true;
}

/* The length of what starts a link here; 0 if nothing does. */
static uint32_t scheme_at(const struct text *text, uint32_t at)
{
	static const struct {
		const char *text;
		uint32_t length;
	} schemes[SCHEMES] = {{"http://", 7}, {"https://", 8}, {"www.", 4}};
	uint32_t before = at ? text->entries[at - 1] : 0;

	if (at && (GLYPH_KIND(before) == GLYPH_LETTER) && GLYPH_SCRIPT(before) == SCRIPT_LATIN)
		return 0;
	for (int i = 0; i < SCHEMES; i++)
		if (stands_at(text, at, schemes[i].text))
			return schemes[i].length;
	return 0;
}

static bool ends_host(const struct text *text, uint32_t at)
{
	uint32_t point = text->original[at];

	return point == '/' || point == '?' || point == '#' || point <= ' '
		|| GLYPH_KIND(text->entries[at]) == GLYPH_SPACE;
}

/* All Latin, or all of one other script, is how a host is honestly written; dots and digits
 * aside. */
static bool is_tricky_host(const struct text *text, uint32_t start, uint32_t end)
{
	unsigned scripts = 0;

	for (uint32_t i = start; i < end; i++) {
		uint32_t entry = text->entries[i];

		if (text->original[i] == '@' || GLYPH_KIND(entry) == GLYPH_INVISIBLE
		    || stands_at(text, i, "xn--"))
			return true;
		if (GLYPH_KIND(entry) == GLYPH_LETTER)
			scripts |= 1u << GLYPH_SCRIPT(entry);
		/* Labels may differ: a Hebrew name under .com is honest. */
		if (text->original[i] == '.')
			scripts = 0;
		if (scripts & (scripts - 1))
			return true;
	}
	return false;
}

enum err filter_links(const struct ruleset *ruleset, struct scratch *scratch, struct judged *judged)
{
	const struct text *text = &scratch->text;
	const unsigned *builtin = ruleset->symbols.builtin;
	uint32_t links = 0;

	for (uint32_t at = 0; at < text->original_count; at++) {
		uint32_t point = text->original[at], length, start = at;

		if (point != 'h' && point != 'H' && point != 'w' && point != 'W')
			continue;
		length = scheme_at(text, at);
		if (!length)
			continue;
		links++;
		for (at += length; at < text->original_count && !ends_host(text, at);)
			at++;
		if (is_tricky_host(text, start + length, at))
			verdict_add(judged, ruleset, builtin[BUILTIN_LINK_TRICK],
				ruleset_number(ruleset, NUMBER_LINKS_TRICK), start, at);
	}
	if (links > ruleset_number(ruleset, NUMBER_LINKS_MOST))
		filter_note_whole(ruleset, scratch, judged, builtin[BUILTIN_LINKS],
			ruleset_number(ruleset, NUMBER_LINKS_SCORE));
	return ERR_NONE;
}
