/* length.c: nothing said, too much said, or said in characters that nobody sees. */
#include "filters/filter.h"
#include "filters/parts.h"

enum err filter_length(const struct ruleset *ruleset, struct scratch *scratch,
	struct judged *judged)
{
	const struct text *text = &scratch->text;
	const unsigned *builtin = ruleset->symbols.builtin;

	/* White space and invisible characters alone are an empty message, whatever their number. */
	if (text->folded.count == 0)
		filter_note_whole(ruleset, scratch, judged, builtin[BUILTIN_EMPTY], SCORE_MOST);
	if (text->original_count > ruleset_number(ruleset, NUMBER_LENGTH_MOST))
		filter_note_whole(ruleset, scratch, judged, builtin[BUILTIN_TOO_LONG],
			ruleset_number(ruleset, NUMBER_LENGTH_SCORE));
	/* A few direction marks are how honest people write Hebrew and English in one line; emoji
	 * have joiners inside. */
	if (text->invisibles > ruleset_number(ruleset, NUMBER_INVISIBLE_MOST) + text->emoji
	    && text->invisibles * 10 > text->original_count)
		filter_note_whole(ruleset, scratch, judged, builtin[BUILTIN_INVISIBLE],
			ruleset_number(ruleset, NUMBER_INVISIBLE_SCORE));
	return ERR_NONE;
}
