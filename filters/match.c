/* match.c: from listed words and matched patterns to findings, weighed by who is spoken of. */
#include "filters/filter.h"
#include "filters/parts.h"

#include <stdlib.h>

static enum err marks_reserve(struct scratch *scratch, size_t words)
{
	uint32_t *grown;

	if (words <= scratch->mark_room)
		return ERR_NONE;
	grown = realloc(scratch->marks, words * 2 * sizeof(*grown));
	if (!grown)
		return ERR_NO_MEMORY;
	scratch->marks = grown;
	scratch->mark_room = words * 2;
	return ERR_NONE;
}

bool filter_words_at(const struct text *text, struct span span, uint32_t *first, uint32_t *last)
{
	const struct view *view = &text->folded;
	uint32_t low = 0, high = view->word_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (view->from[view->words[middle].end] <= span.start)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == view->word_count)
		return false;
	*first = *last = low;
	while (*last + 1 < view->word_count
	       && view->from[view->words[*last + 1].start] < span.end)
		(*last)++;
	return true;
}

/* What a list or rule has weighed, a model need not weigh again; what a guard has taken from, it
 * must not find all the same. */
static void words_weighed(struct scratch *scratch, uint32_t first, uint32_t last, bool excused)
{
	for (uint32_t word = first; word <= last; word++)
		scratch->marks[word] |= excused ? WORD_WEIGHED | WORD_EXCUSED : WORD_WEIGHED;
}

/* Wholly inside an ordinary phrase? */
static bool is_cleared(const struct scratch *scratch, uint32_t first, uint32_t last)
{
	while (first <= last && scratch->marks[first] & WORD_CLEARED)
		first++;
	return first > last;
}

static void weigh_hit(const struct context *context, struct scratch *scratch,
	struct judged *judged, const struct hit *hit, struct span span, uint32_t first, uint32_t last)
{
	unsigned guards = GUARD_ALL, score;
	enum aim aim;

	if (is_cleared(scratch, first, last))
		return;
	if (hit->need == NEED_NOTHING)
		guards &= ~(unsigned)GUARD_THING;
	if (hit->need == NEED_COARSE)
		guards = GUARD_QUOTE | GUARD_REPORT | GUARD_THING | GUARD_NEAR;
	score = context_weigh(context, hit->score, guards, first, last, &aim);
	/* Words that are ordinary unless said to somebody's face are weighed by that alone. */
	words_weighed(scratch, first, last, score < hit->score);
	if (hit->need == NEED_ADDRESS && aim != AIM_YOU)
		return;
	if (aim == AIM_YOU && score == hit->score)
		score += ruleset_number(context->ruleset, NUMBER_AIM_YOU);
	verdict_add(judged, context->ruleset, hit->symbol, score, span.start, span.end);
}

/* Two looks: at the folded words, and at those that something had to be taken out of. */
enum err filter_lexicon(const struct ruleset *ruleset, struct scratch *scratch,
	struct judged *judged)
{
	const struct text *text = &scratch->text;
	struct context context = {ruleset, text, NULL};
	uint32_t count;

	if (marks_reserve(scratch, text->folded.word_count + 1))
		return ERR_NO_MEMORY;
	context.marks = scratch->marks;
	count = lexicon_find(ruleset->lexicon, &text->folded, false, scratch->marks, scratch->hits,
		HITS_MOST);
	for (uint32_t i = 0; i < count; i++) {
		const struct hit *hit = &scratch->hits[i];

		weigh_hit(&context, scratch, judged, hit,
			text_span(text, &text->folded, hit->start, hit->end), hit->first_word,
			hit->last_word);
	}
	count = lexicon_find(ruleset->lexicon, &text->squashed, true, NULL, scratch->hits, HITS_MOST);
	for (uint32_t i = 0; i < count; i++) {
		const struct hit *hit = &scratch->hits[i];
		struct span span = text_span(text, &text->squashed, hit->start, hit->end);
		uint32_t first, last;

		if (filter_words_at(text, span, &first, &last))
			weigh_hit(&context, scratch, judged, hit, span, first, last);
	}
	return ERR_NONE;
}

enum err filter_rules(const struct ruleset *ruleset, struct scratch *scratch, struct judged *judged)
{
	const struct text *text = &scratch->text;
	struct context context = {ruleset, text, scratch->marks};
	bool stopped;
	uint32_t count = rules_find(ruleset->rules, scratch->rules, text, false, scratch->matches,
		MATCHES_MOST, &stopped);

	/* Without the lexicon's marks nobody can say who is spoken of. */
	if (!scratch->marks || scratch->mark_room < text->folded.word_count)
		return ERR_NO_MEMORY;
	for (uint32_t i = 0; i < count; i++) {
		const struct match *match = &scratch->matches[i];
		unsigned score = match->score;
		uint32_t first, last;

		if (filter_words_at(text, match->span, &first, &last)) {
			if (is_cleared(scratch, first, last))
				continue;
			if (match->guards)
				score = context_weigh(&context, score, match->guards, first, last,
					NULL);
			words_weighed(scratch, first, last, score < match->score);
		}
		verdict_add(judged, ruleset, match->symbol, score, match->span.start,
			match->span.end);
	}
	return stopped ? ERR_INTERNAL : ERR_NONE;
}
