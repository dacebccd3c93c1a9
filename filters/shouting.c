/* shouting.c: capitals by the line, rows of ! and ?, stretched letters, rows of emoji. Hebrew and
 * Arabic have no capitals, so only letters that have a case are counted. */
#include "filters/filter.h"
#include "filters/parts.h"

static bool is_in_capitals(const struct ruleset *ruleset, const struct text *text)
{
	return text->cased >= ruleset_number(ruleset, NUMBER_SHOUT_CASED)
		&& text->capitals * 100
			>= text->cased * ruleset_number(ruleset, NUMBER_SHOUT_CAPITALS);
}

enum err filter_shouting(const struct ruleset *ruleset, struct scratch *scratch,
	struct judged *judged)
{
	const struct text *text = &scratch->text;
	unsigned each = ruleset_number(ruleset, NUMBER_SHOUT_SCORE), score = 0;

	score += is_in_capitals(ruleset, text) ? each : 0;
	score += text->mark_run >= ruleset_number(ruleset, NUMBER_SHOUT_MARKS) ? each : 0;
	score += text->letter_run >= ruleset_number(ruleset, NUMBER_SHOUT_LETTERS) ? each : 0;
	score += text->emoji_run >= ruleset_number(ruleset, NUMBER_SHOUT_EMOJI) ? each : 0;
	filter_note_whole(ruleset, scratch, judged, ruleset->symbols.builtin[BUILTIN_SHOUTING], score);
	return ERR_NONE;
}
