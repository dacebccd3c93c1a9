/* pipeline.c: runs the filters, cheapest first, and sums up what they noticed. All of them run on
 * every text: what they find feeds the forecast too, whatever the action. Any thread. */
#include "filters/pipeline.h"

#include "filters/filter.h"
#include "filters/parts.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	filter_function *run;
} filters[] = {
	{"length", filter_length},
	{"shouting", filter_shouting},
	{"links", filter_links},
	{"flood", filter_flood},
	{"lexicon", filter_lexicon},
	{"rules", filter_rules}, /* reads the marks that the lexicon left */
};

struct scratch *scratch_new(void)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));

	if (!scratch)
		return NULL;
	scratch->rules = rules_scratch_new();
	if (!scratch->rules)
		scratch_free(&scratch);
	return scratch;
}

void scratch_free(struct scratch **scratch)
{
	if (!*scratch)
		return;
	text_fini(&(*scratch)->text);
	rules_scratch_free(&(*scratch)->rules);
	free((*scratch)->marks);
	free(*scratch);
	*scratch = NULL;
}

void filter_note_whole(const struct ruleset *ruleset, const struct scratch *scratch,
	struct judged *judged, unsigned symbol, unsigned score)
{
	verdict_add(judged, ruleset, symbol, score, 0, scratch->text.original_count);
}

static void note_failure(const struct ruleset *ruleset, struct judged *judged, uint32_t points)
{
	judged->failed = true;
	verdict_add(judged, ruleset, ruleset->symbols.builtin[BUILTIN_FILTER_FAILED], SCORE_MOST, 0,
		points);
}

/* --- signals -------------------------------------------------------------------------------- */

static uint16_t short_of(uint32_t value)
{
	return (uint16_t)(value < UINT16_MAX ? value : UINT16_MAX);
}

/* FNV-1a over the folded letters and digits: the same words have the same hash on every node.
 * Whoever makes two texts collide on purpose is taken for repeating themselves, no more. */
static uint64_t hash_text(const struct view *view)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (uint32_t i = 0; i < view->word_count; i++) {
		for (uint32_t at = view->words[i].start; at < view->words[i].end; at++)
			hash = (hash ^ view->points[at]) * UINT64_C(0x100000001b3);
		hash = (hash ^ ' ') * UINT64_C(0x100000001b3);
	}
	return hash;
}

static void count_marks(const struct scratch *scratch, struct signals *signals)
{
	static const unsigned second = MARK_BIT(SECOND) | MARK_BIT(YOURS);
	uint32_t counts[6] = {0};

	for (uint32_t i = 0; i < scratch->text.folded.word_count; i++) {
		uint32_t marks = scratch->marks[i];

		if (!marks)
			continue;
		counts[0] += (marks & second) != 0;
		counts[1] += (marks & MARK_BIT(FIRST)) != 0;
		counts[2] += (marks & MARK_BIT(NEGATION)) != 0;
		counts[3] += (marks & MARK_BIT(ACCUSE)) != 0;
		counts[4] += (marks & MARK_BIT(THANKS)) != 0;
		counts[5] += (marks & MARK_BIT(APOLOGY)) != 0;
		signals->hedges = (uint16_t)(signals->hedges + ((marks & MARK_BIT(HEDGE)) != 0));
	}
	signals->second = short_of(counts[0]);
	signals->first = short_of(counts[1]);
	signals->negations = short_of(counts[2]);
	signals->accusations = short_of(counts[3]);
	signals->thanks = short_of(counts[4]);
	signals->apologies = short_of(counts[5]);
}

static void signals_make(const struct ruleset *ruleset, const struct scratch *scratch,
	struct judged *judged)
{
	struct signals *signals = &judged->signals;
	const struct text *text = &scratch->text;

	signals->text_hash = hash_text(&text->folded);
	signals->words = short_of(text->folded.word_count);
	signals->incivility = (uint16_t)judged->incivility;
	signals->questions = short_of(text->questions);
	signals->quoted = short_of(text->quote_count);
	signals->flagged = judged->incivility >= ruleset_number(ruleset, NUMBER_SIGNALS_FLAG);
	for (size_t i = 0; i < judged->finding_count; i++)
		if (judged->findings[i].symbol_number == ruleset->symbols.builtin[BUILTIN_SHOUTING])
			signals->shouting = (uint16_t)judged->findings[i].score;
	if (scratch->marks && scratch->mark_room >= text->folded.word_count)
		count_marks(scratch, signals);
}

/* --- judging -------------------------------------------------------------------------------- */

enum err pipeline_judge(const struct ruleset *ruleset, struct scratch *scratch, const char *policy,
	const char *lang, const char *text, size_t bytes, struct judged *out)
{
	enum err err;

	(void)lang;
	memset(out, 0, sizeof(*out));
	err = text_read(&scratch->text, text, bytes);
	if (err == ERR_BAD_PARAMS)
		return err;
	if (err) {
		note_failure(ruleset, out, 0);
	} else {
		for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
			if (filters[i].run(ruleset, scratch, out))
				note_failure(ruleset, out, scratch->text.original_count);
	}
	verdict_sum(out, ruleset);
	if (!err)
		signals_make(ruleset, scratch, out);
	out->action = pipeline_settle(ruleset, policy, out, NULL, 0, 0, false);
	return ERR_NONE;
}

static enum action action_of(const struct threshold *threshold, unsigned score, unsigned shift)
{
	if (score >= threshold->reject)
		return ACTION_REJECT;
	if (threshold->hold != NEVER && score + shift >= threshold->hold)
		return ACTION_HOLD;
	if (threshold->nudge != NEVER && score + shift >= threshold->nudge)
		return ACTION_NUDGE;
	return ACTION_ALLOW;
}

static enum action stricter(enum action a, enum action b)
{
	return a > b ? a : b;
}

/* The ruleset may have been reloaded since; then the number may stand for another symbol. */
static bool symbol_of(const struct ruleset *ruleset, const struct finding *finding, unsigned *out)
{
	*out = finding->symbol_number;
	if (*out < ruleset->symbols.count
	    && (finding->symbol == ruleset->symbols.list[*out].name
		    || strcmp(finding->symbol, ruleset->symbols.list[*out].name) == 0))
		return true;
	return symbols_find(&ruleset->symbols,
		(struct piece){finding->symbol, strlen(finding->symbol)}, out);
}

static enum action action_of_recent(const struct ruleset *ruleset, const struct policy *policy,
	const struct recent_result *recent)
{
	unsigned repeated = ruleset->symbols.builtin[BUILTIN_REPEATED];
	unsigned too_fast = ruleset->symbols.builtin[BUILTIN_TOO_FAST];
	unsigned again = recent->own > recent->others ? recent->own : recent->others;

	/* Without a count there is nothing to hold against anybody, not even at a threshold of 0. */
	return stricter(again ? action_of(&policy->symbols[repeated], again, 0) : ACTION_ALLOW,
		recent->rate ? action_of(&policy->symbols[too_fast], recent->rate, 0) : ACTION_ALLOW);
}

enum action pipeline_settle(const struct ruleset *ruleset, const char *policy_name,
	const struct judged *judged, const struct recent_result *recent, unsigned thread_escalation,
	unsigned circle_crisis, bool nudged_already)
{
	const struct policy *policy = policies_find(&ruleset->policies, policy_name);
	bool limits = !recent || !recent->off;
	enum action action = ACTION_ALLOW;
	unsigned shift = 0;

	if (thread_escalation >= policy->tense_from)
		shift = policy->tense_shift;
	if (circle_crisis >= policy->crisis_from && policy->crisis_shift > shift)
		shift = policy->crisis_shift;
	/* A civil message stays civil however hot the thread. */
	if (judged->incivility)
		action = action_of(&policy->incivility, judged->incivility, shift);
	for (size_t i = 0; i < judged->finding_count; i++) {
		unsigned symbol;

		if (!symbol_of(ruleset, &judged->findings[i], &symbol)
		    || (!limits && ruleset->symbols.list[symbol].is_limit))
			continue;
		action = stricter(action,
			action_of(&policy->symbols[symbol], judged->findings[i].score, 0));
	}
	if (recent && limits)
		action = stricter(action, action_of_recent(ruleset, policy, recent));
	/* Whatever the table says: what could not be judged waits for a person. */
	if (judged->failed)
		action = stricter(action, ACTION_HOLD);
	if (action == ACTION_NUDGE && nudged_already)
		action = policy->after_nudge;
	return action;
}

void pipeline_note_recent(const struct ruleset *ruleset, struct judged *judged,
	const struct recent_result *recent, uint32_t points)
{
	size_t kept = 0;

	if (!recent)
		return;
	if (!recent->off) {
		unsigned again = recent->own > recent->others ? recent->own : recent->others;

		verdict_add(judged, ruleset, ruleset->symbols.builtin[BUILTIN_REPEATED], again, 0,
			points);
		verdict_add(judged, ruleset, ruleset->symbols.builtin[BUILTIN_TOO_FAST],
			recent->rate, 0, points);
		return;
	}
	for (size_t i = 0; i < judged->finding_count; i++) {
		unsigned symbol;

		if (symbol_of(ruleset, &judged->findings[i], &symbol)
		    && ruleset->symbols.list[symbol].is_limit)
			continue;
		judged->findings[kept++] = judged->findings[i];
	}
	judged->finding_count = kept;
}

/* --- examples ------------------------------------------------------------------------------- */

static unsigned highest_of(const struct judged *judged, unsigned symbol)
{
	unsigned highest = 0;

	for (size_t i = 0; i < judged->finding_count; i++)
		if (judged->findings[i].symbol_number == symbol
		    && judged->findings[i].score > highest)
			highest = judged->findings[i].score;
	return highest;
}

static enum err example_check(const struct ruleset *ruleset, struct scratch *scratch,
	const struct example *example, struct why *why)
{
	struct judged judged;
	unsigned score;
	enum err err = pipeline_judge(ruleset, scratch, "public", NULL, example->text,
		example->bytes, &judged);

	if (err)
		return err;
	score = highest_of(&judged, example->symbol);
	if (example->must_catch && score < example->score) {
		why_set(why, "%s line %u: rule %s does not catch its own example.", example->file,
			example->line, example->rule);
		return ERR_BAD_PARAMS;
	}
	/* What a guard has brought down to half is let pass. */
	if (!example->must_catch && score * 2 >= example->score) {
		why_set(why, "%s line %u: rule %s catches what stands there as an example of what "
			"passes (%s %u).", example->file, example->line, example->rule,
			ruleset->symbols.list[example->symbol].name, score);
		return ERR_BAD_PARAMS;
	}
	return ERR_NONE;
}

enum err pipeline_check_examples(const struct ruleset *ruleset, struct why *why)
{
	struct scratch *scratch = scratch_new();
	enum err err = scratch ? ERR_NONE : ERR_NO_MEMORY;
	struct example example;

	for (unsigned i = 0; !err && rules_example(ruleset->rules, i, &example); i++)
		err = example_check(ruleset, scratch, &example, why);
	scratch_free(&scratch);
	return err;
}
