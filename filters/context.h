/* context.h: who is spoken of? A listed word weighs less in a quotation, a denial, a report of
 * abuse, said of oneself, or said of a plan; and more when said to somebody's face. */
#pragma once

#include "filters/lexicon.h"
#include "filters/text.h"

#include <stdbool.h>
#include <stdint.h>

enum aim { AIM_UNKNOWN, AIM_YOU, AIM_SELF, AIM_THING };

/* Which circumstances lessen a finding; a rule names those that apply to it. */
enum guard {
	GUARD_QUOTE = 1,    /* inside quotation marks or a quoted line */
	GUARD_REPORT = 2,   /* somebody is said to have said it */
	GUARD_NEGATION = 4, /* denied */
	GUARD_SELF = 8,     /* said of oneself */
	GUARD_THING = 16,   /* said of a plan, a decision, an argument */
	GUARD_ALL = 31,
	GUARD_NEAR = 32 /* a report counts only close by, however long the account is */
};

struct ruleset;

struct context {
	const struct ruleset *ruleset;
	const struct text *text;
	const uint32_t *marks; /* of each word of the folded view */
};

/* The score that remains of `score` for words first..last of the folded view. `aim` may be NULL. */
unsigned context_weigh(const struct context *context, unsigned score, unsigned guards,
	uint32_t first, uint32_t last, enum aim *aim);
