/* pipeline.c: runs the filters, cheapest first, and sums up what they noticed. All of them run on
 * every text: what they find feeds the forecast too, whatever the action. Any thread. */
#include "filters/pipeline.h"

#include "filters/filter.h"
#include "filters/mend.h"
#include "filters/parts.h"

#include <stddef.h>
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
	{"personal", filter_personal}, /* those too */
	{"model", filter_model}, /* does not look at what these have excused */
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
	grams_fini(&(*scratch)->grams);
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

/* Which words of a kind are counted, and where. */
static const struct {
	uint32_t marks;
	size_t at;
} counted[] = {
	{MARK_BIT(ACCUSE), offsetof(struct signals, accusations)},
	{MARK_BIT(APOLOGY), offsetof(struct signals, apologies)},
	{MARK_BIT(CERTAIN), offsetof(struct signals, certain)},
	{MARK_BIT(CONDUCT), offsetof(struct signals, conduct)},
	{MARK_BIT(DEMAND), offsetof(struct signals, demands)},
	{MARK_BIT(FIRST), offsetof(struct signals, first)},
	{MARK_BIT(HEDGE), offsetof(struct signals, hedges)},
	{MARK_BIT(MOCK), offsetof(struct signals, mocking)},
	{MARK_BIT(NEGATION), offsetof(struct signals, negations)},
	{MARK_BIT(SANCTION), offsetof(struct signals, sanctions)},
	{MARK_BIT(SECOND) | MARK_BIT(YOURS), offsetof(struct signals, second)},
	{MARK_BIT(SWEEPING), offsetof(struct signals, sweeping)},
	{MARK_BIT(THANKS), offsetof(struct signals, thanks)},
};

static void count_one(struct signals *signals, size_t at)
{
	uint16_t *count = (uint16_t *)(void *)((char *)signals + at);

	if (*count < UINT16_MAX)
		++*count;
}

static void count_short(uint8_t *count)
{
	if (*count < UINT8_MAX)
		++*count;
}

static void count_marks(const struct scratch *scratch, struct signals *signals)
{
	const struct view *view = &scratch->text.folded;

	for (uint32_t i = 0; i < view->word_count; i++) {
		uint32_t marks = scratch->marks[i];
		bool begins = i == 0 || view->words[i].flags & WORD_AFTER_BREAK;

		if (!marks)
			continue;
		for (size_t j = 0; j < sizeof(counted) / sizeof(counted[0]); j++)
			if (marks & counted[j].marks)
				count_one(signals, counted[j].at);
		if (marks & MARK_BIT(VEXED))
			count_short(&signals->vexed);
		if (marks & MARK_BIT(WORK))
			count_short(&signals->work);
		if (begins && marks & (MARK_BIT(SECOND) | MARK_BIT(YOURS) | MARK_BIT(DEMAND)))
			count_one(signals, offsetof(struct signals, addressed));
		if (begins && marks & MARK_BIT(THIRD))
			count_one(signals, offsetof(struct signals, others));
	}
}

static bool is_figure(uint32_t point)
{
	return (point >= '0' && point <= '9') || (point >= 0x0660 && point <= 0x0669);
}

/* Trailing dots, brackets and figures. Dots count as a run even with spaces between them. */
static void count_points(const struct view *view, struct signals *signals)
{
	uint32_t run = 0, dots = 0, matter = 0;

	for (uint32_t i = 0; i < view->count; i++) {
		uint32_t point = view->points[i];

		if (point == '.')
			dots += ++run == 2;
		else if (point != ' ')
			run = 0;
		matter += point == '(';
	}
	for (uint32_t i = 0; i < view->word_count; i++)
		matter += is_figure(view->points[view->words[i].start]);
	signals->dots = (uint8_t)(dots < UINT8_MAX ? dots : UINT8_MAX);
	signals->matter = (uint8_t)(matter < UINT8_MAX ? matter : UINT8_MAX);
}

/* The script of most words; of equally many the one that comes first in the list. */
static uint8_t script_of_most(const struct view *view)
{
	uint32_t words[SCRIPT_OTHER + 1] = {0};
	uint8_t most = SCRIPT_NONE;

	for (uint32_t i = 0; i < view->word_count; i++)
		if (view->words[i].script <= SCRIPT_OTHER)
			words[view->words[i].script]++;
	for (uint8_t i = SCRIPT_NONE + 1; i <= SCRIPT_OTHER; i++)
		if (words[i] > (most == SCRIPT_NONE ? 0 : words[most]))
			most = i;
	return most;
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
	signals->exclamations = short_of(text->exclamations);
	signals->flagged = judged->incivility >= ruleset_number(ruleset, NUMBER_SIGNALS_FLAG);
	for (size_t i = 0; i < judged->finding_count; i++)
		if (judged->findings[i].symbol_number == ruleset->symbols.builtin[BUILTIN_SHOUTING])
			signals->shouting = (uint16_t)judged->findings[i].score;
	signals->script = script_of_most(&text->folded);
	count_points(&text->folded, signals);
	if (scratch->marks && scratch->mark_room >= text->folded.word_count)
		count_marks(scratch, signals);
	signals->tension = tension_of(&ruleset->forecast, signals);
}

/* Some policy acts where the models are less than sure; then its author has to be told why. Which
 * policy it will be is not known here: the same is found under all. */
static void note_learnt(const struct ruleset *ruleset, const struct scratch *scratch,
	struct judged *judged)
{
	for (unsigned i = 0; i < ruleset->policies.count && judged->finding_count == 0; i++) {
		const struct threshold *from = &ruleset->policies.list[i].incivility;

		if (scratch->learnt >= from->nudge || scratch->learnt >= from->hold)
			verdict_add(judged, ruleset,
				ruleset->symbols.builtin[BUILTIN_MODEL_INCIVIL],
				scratch->learnt_probability, scratch->learnt_place.start,
				scratch->learnt_place.end);
	}
}

/* Up to `echo`, which is below every nudge in public, the models put in order what lists and rules
 * leave in doubt, and never lower what these say; beyond, they have to be sure (filter_model()). */
static void add_learnt(const struct ruleset *ruleset, const struct scratch *scratch,
	struct judged *judged)
{
	unsigned echo = ruleset_number(ruleset, NUMBER_MODEL_ECHO);

	if (judged->incivility < echo)
		judged->incivility += (echo - judged->incivility) * scratch->learnt_probability
			/ SCORE_MOST;
	if (scratch->learnt > judged->incivility)
		judged->incivility = scratch->learnt;
}

/* --- judging -------------------------------------------------------------------------------- */

enum err pipeline_judge(const struct ruleset *ruleset, struct scratch *scratch, const char *policy,
	const char *lang, const char *text, size_t bytes, struct judged *out)
{
	enum err err;

	(void)lang;
	memset(out, 0, sizeof(*out));
	scratch->learnt = scratch->learnt_probability = 0;
	err = text_fold(&scratch->text, text, bytes);
	if (err == ERR_BAD_PARAMS)
		return err;
	if (err) {
		note_failure(ruleset, out, 0);
	} else {
		mend_text(lexicon_vocabulary(ruleset->lexicon), &scratch->text);
		for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
			if (filters[i].run(ruleset, scratch, out))
				note_failure(ruleset, out, scratch->text.original_count);
	}
	if (!err)
		note_learnt(ruleset, scratch, out);
	verdict_sum(out, ruleset);
	if (!err)
		add_learnt(ruleset, scratch, out);
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

/* Nothing but coarse words said to nobody, and what a program takes a text for: both are judged
 * alike in heat and in calm. */
static bool is_manner_alone(const struct ruleset *ruleset, const struct judged *judged)
{
	for (size_t i = 0; i < judged->finding_count; i++) {
		unsigned symbol;

		if (!symbol_of(ruleset, &judged->findings[i], &symbol)
		    || (!ruleset->symbols.list[symbol].alone
			    && symbol != ruleset->symbols.builtin[BUILTIN_MODEL_INCIVIL]))
			return false;
	}
	return true;
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
	/* A civil message stays civil however hot the thread; and nobody is held up for nothing that
	 * could be named. */
	if (judged->incivility && judged->finding_count)
		action = action_of(&policy->incivility, judged->incivility,
			is_manner_alone(ruleset, judged) ? 0 : shift);
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
