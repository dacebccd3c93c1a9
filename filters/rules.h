/* rules.h: patterns that a person wrote (*.rules), the one door to PCRE2. A pattern is compiled
 * once and shared; what a match needs besides (match data, JIT stack) belongs to the caller's
 * thread. docs/civility.md describes the files. */
#pragma once

#include "base/err.h"
#include "filters/source.h"
#include "filters/text.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	RULE_NAME = 48,
	RULES_MOST = 20000,
	PATTERN_BYTES_MOST = 4000,
	MATCH_LIMIT = 100000,   /* PCRE2's own count of steps, for one pattern on one text */
	STOPPED_MOST = 4,       /* so many patterns stopped: no more are tried */
	MATCHES_EACH = 4        /* of one pattern in one text */
};

/* A rule on the folded view has a twin on the squashed one, for disguised words alone. */
enum rule_view { VIEW_ORIGINAL, VIEW_FOLDED, VIEW_SQUASHED, VIEW_DISGUISED, VIEW_COUNT };

struct rules;
struct rules_scratch;
struct symbols;

struct match {
	uint16_t symbol, score, rule;
	uint8_t guards;
	struct span span; /* code points of the original */
};

/* A text that a rule must catch, or let pass; both stand beside the rule. */
struct example {
	const char *text;
	size_t bytes;
	const char *rule;
	unsigned symbol, score;
	bool must_catch;
	const char *file;
	unsigned line;
};

struct rules *rules_new(void);
void rules_free(struct rules **rules);
MUST_CHECK enum err rules_load(struct rules *rules, const struct symbols *symbols,
	struct source *source, struct why *why);
/* Builds the prefilters, after the last file. */
MUST_CHECK enum err rules_finish(struct rules *rules);
unsigned rules_count(const struct rules *rules);
/* Patterns without a literal, tried on every text: what makes judging slow. */
unsigned rules_always_count(const struct rules *rules);
const char *rules_name(const struct rules *rules, unsigned rule);
/* False behind the last one. */
bool rules_example(const struct rules *rules, unsigned number, struct example *out);

struct rules_scratch *rules_scratch_new(void);
void rules_scratch_free(struct rules_scratch **scratch);

/* All matches, in the order of the rules. `every`: without the prefilter, every pattern is tried
 * (a test compares). *stopped: a pattern ran into its limit, or all of them into theirs; what it
 * would have found is not known. Returns how many, `most` at most. */
uint32_t rules_find(const struct rules *rules, struct rules_scratch *scratch,
	const struct text *text, bool every, struct match *out, uint32_t most, bool *stopped);
