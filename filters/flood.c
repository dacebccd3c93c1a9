/* flood.c: the same words over and over within one message. What is repeated from message to
 * message is recent.c's. */
#include "filters/filter.h"
#include "filters/parts.h"

#include <string.h>

enum { SEEN_BITS = 4096, WORDS_LOOKED_AT = 2000 };

static uint32_t hash_word(const struct view *view, const struct word *word)
{
	uint32_t hash = 0x811c9dc5u;

	for (uint32_t at = word->start; at < word->end; at++)
		hash = (hash ^ view->points[at]) * 0x01000193u;
	return (hash ^ hash >> 16) % SEEN_BITS;
}

/* How many words of hundred have stood in the text before. Long texts repeat their small words
 * honestly, and two words may share a bit; the threshold is far above both. */
static unsigned percent_repeated(const struct view *view)
{
	uint64_t seen[SEEN_BITS / 64];
	uint32_t count = view->word_count < WORDS_LOOKED_AT ? view->word_count : WORDS_LOOKED_AT;
	uint32_t repeated = 0;

	memset(seen, 0, sizeof(seen));
	for (uint32_t i = 0; i < count; i++) {
		uint32_t bit = hash_word(view, &view->words[i]);
		uint64_t mask = UINT64_C(1) << bit % 64;

		repeated += (seen[bit / 64] & mask) != 0;
		seen[bit / 64] |= mask;
	}
	return repeated * 100 / count;
}

enum err filter_flood(const struct ruleset *ruleset, struct scratch *scratch, struct judged *judged)
{
	const struct view *view = &scratch->text.folded;

	if (view->word_count < ruleset_number(ruleset, NUMBER_FLOOD_WORDS) || view->word_count == 0)
		return ERR_NONE;
	if (percent_repeated(view) >= ruleset_number(ruleset, NUMBER_FLOOD_PERCENT))
		filter_note_whole(ruleset, scratch, judged, ruleset->symbols.builtin[BUILTIN_FLOOD],
			ruleset_number(ruleset, NUMBER_FLOOD_SCORE));
	return ERR_NONE;
}
