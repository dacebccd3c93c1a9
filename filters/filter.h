/* filter.h: the shape of a filter: it sees one text and adds what it notices to a verdict. It
 * decides nothing and keeps nothing between texts. A new filter is one file, one row in
 * pipeline.c and one symbol in symbols.conf. */
#pragma once

#include "base/err.h"
#include "filters/context.h"
#include "filters/lexicon.h"
#include "filters/model.h"
#include "filters/rules.h"
#include "filters/text.h"
#include "filters/verdict.h"

enum { HITS_MOST = 128, MATCHES_MOST = 128 };

/* Beside the marks of a word: something was found there; and a guard has taken from it. */
#define WORD_WEIGHED (1u << 30)
#define WORD_EXCUSED (1u << 31)

/* What every filter is given. Belongs to one thread; reused from text to text. */
struct scratch {
	struct text text;
	uint32_t *marks; /* of each word of the folded view; filled by filter_lexicon() */
	size_t mark_room;
	struct rules_scratch *rules;
	struct grams grams;
	/* What the models make of it all, thousandths; how sure they are, because of which words. */
	unsigned learnt, learnt_probability;
	struct span learnt_place;
	struct hit hits[HITS_MOST];
	struct match matches[MATCHES_MOST];
};

/* An error means that the filter could not finish: the text will be held for a person. */
typedef enum err filter_function(const struct ruleset *ruleset, struct scratch *scratch,
	struct judged *judged);

/* Cheapest first, as they stand in the pipeline. */
filter_function filter_length, filter_shouting, filter_links, filter_flood, filter_lexicon,
	filter_model, filter_rules, filter_personal;

/* The words of the folded view that a place in the original falls on. False if on none. */
bool filter_words_at(const struct text *text, struct span span, uint32_t *first, uint32_t *last);
/* Adds a finding that concerns the whole text. */
void filter_note_whole(const struct ruleset *ruleset, const struct scratch *scratch,
	struct judged *judged, unsigned symbol, unsigned score);
