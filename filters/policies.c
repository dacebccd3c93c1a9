/* policies.c: policies.conf: from which score on a finding nudges, holds or rejects, per policy
 * of a circle. Loaded by one thread, then read by all. */
#include "filters/parts.h"

#include <string.h>

static const struct threshold never = {NEVER, NEVER, NEVER};

static enum err threshold_read(struct threshold *threshold, struct source *source,
	struct piece rest, struct why *why)
{
	struct piece word, value;

	*threshold = never;
	while (piece_word(&rest, &word)) {
		unsigned score;

		if (!piece_word(&rest, &value) || !piece_number(value, SCORE_MOST, &score))
			return source_fail(source, why, "behind %.*s a score from 0 to 1000 is missing.",
				(int)word.bytes, word.at);
		if (piece_is(word, "nudge"))
			threshold->nudge = (uint16_t)score;
		else if (piece_is(word, "hold"))
			threshold->hold = (uint16_t)score;
		else if (piece_is(word, "reject"))
			threshold->reject = (uint16_t)score;
		else
			return source_fail(source, why, "an action is nudge, hold or reject, not "
				"\"%.*s\".", (int)word.bytes, word.at);
	}
	return ERR_NONE;
}

/* `tense 650 shift 100` */
static enum err shift_read(unsigned *from, unsigned *shift, struct source *source,
	struct piece rest, struct why *why)
{
	struct piece first, word, second;

	if (!piece_word(&rest, &first) || !piece_word(&rest, &word) || !piece_word(&rest, &second)
	    || !piece_is(word, "shift") || !piece_number(first, SCORE_MOST, from)
	    || !piece_number(second, SCORE_MOST, shift))
		return source_fail(source, why, "write: tense 650 shift 100.");
	return ERR_NONE;
}

static enum err policy_line(struct policy *policy, const struct symbols *symbols,
	struct source *source, struct piece key, struct piece rest, struct why *why)
{
	unsigned symbol;
	enum err err;

	if (piece_is(key, "incivility")) {
		err = threshold_read(&policy->incivility, source, rest, why);
		if (!err && policy->incivility.reject != NEVER)
			err = source_fail(source, why, "a sum never rejects; a symbol may.");
		return err;
	}
	if (piece_is(key, "tense"))
		return shift_read(&policy->tense_from, &policy->tense_shift, source, rest, why);
	if (piece_is(key, "crisis"))
		return shift_read(&policy->crisis_from, &policy->crisis_shift, source, rest, why);
	if (piece_is(key, "after_nudge")) {
		policy->after_nudge = piece_is(rest, "hold") ? ACTION_HOLD : ACTION_ALLOW;
		if (!piece_is(rest, "hold") && !piece_is(rest, "allow"))
			return source_fail(source, why, "after_nudge is allow or hold.");
		return ERR_NONE;
	}
	if (!symbols_find(symbols, key, &symbol))
		return source_fail(source, why, "\"%.*s\" is neither a symbol nor incivility, tense, "
			"crisis or after_nudge.", (int)key.bytes, key.at);
	err = threshold_read(&policy->symbols[symbol], source, rest, why);
	if (!err && policy->symbols[symbol].reject != NEVER && !symbols->list[symbol].may_reject)
		err = source_fail(source, why, "%s may not reject: symbols.conf does not say may_reject "
			"yes.", symbols->list[symbol].name);
	return err;
}

static enum err policy_begin(struct policies *policies, struct source *source, struct piece rest,
	struct why *why)
{
	struct policy *policy = &policies->list[policies->count];

	if (policies->count == POLICIES_MOST)
		return source_fail(source, why, "more than %d policies.", POLICIES_MOST);
	*policy = (struct policy){.incivility = never, .tense_from = NEVER, .crisis_from = NEVER};
	for (unsigned i = 0; i < SYMBOLS_MOST; i++)
		policy->symbols[i] = never;
	if (!piece_copy(rest, policy->name, sizeof(policy->name)))
		return source_fail(source, why, "a policy has a name under %d bytes.", SYMBOL_NAME);
	for (unsigned i = 0; i < policies->count; i++)
		if (strcmp(policies->list[i].name, policy->name) == 0)
			return source_fail(source, why, "there is a policy %s already.", policy->name);
	policies->count++;
	return ERR_NONE;
}

enum err policies_load(struct policies *policies, const struct symbols *symbols,
	struct source *source, struct why *why)
{
	struct piece key, rest;
	enum err err = ERR_NONE;

	while (!err && source_next(source, &key, &rest)) {
		if (piece_is(key, "policy"))
			err = policy_begin(policies, source, rest, why);
		else if (!policies->count)
			err = source_fail(source, why, "the file starts with policy NAME.");
		else
			err = policy_line(&policies->list[policies->count - 1], symbols, source, key, rest,
				why);
	}
	return err;
}

enum err policies_check(const struct policies *policies, struct why *why)
{
	static const char *const needed[] = {"crisis", "expert", "public", "strict"};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		bool found = false;

		for (unsigned j = 0; j < policies->count; j++)
			found = found || strcmp(policies->list[j].name, needed[i]) == 0;
		if (!found) {
			why_set(why, "policies.conf lacks the policy %s.", needed[i]);
			return ERR_BAD_PARAMS;
		}
	}
	return ERR_NONE;
}

const struct policy *policies_find(const struct policies *policies, const char *name)
{
	const struct policy *strict = &policies->list[0];

	for (unsigned i = 0; i < policies->count; i++) {
		if (name && strcmp(policies->list[i].name, name) == 0)
			return &policies->list[i];
		if (strcmp(policies->list[i].name, "strict") == 0)
			strict = &policies->list[i];
	}
	return strict;
}
