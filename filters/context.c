/* context.c: who is spoken of? Looks a few words back and one ahead, never across the end of a
 * sentence, so that the cost of a finding is fixed. No state. */
#include "filters/context.h"

#include "filters/parts.h"

enum {
	BACK_MOST = 6,    /* words between "you" and what is said of you */
	REPORT_MOST = 10, /* words between "he called me" and the word */
	VERBATIM_MOST = 5, /* … if what is found begins with "I" or "we", and no comma is before it */
	ACCOUNT_LEAST = 20, /* words of a text that tells what happened */
	TOLD_MOST = 40      /* words of it between "a boy said" and the word */
};

struct look {
	enum aim aim;
	bool negated;
};

static bool breaks_before(const struct context *context, uint32_t word)
{
	return (context->text->folded.words[word].flags & WORD_AFTER_BREAK) != 0;
}

/* "I do not say that you are …": the denial stands before the one spoken to. Behind a comma it
 * denies something else: "I never said that, you …". */
static bool is_denied_before(const struct context *context, uint32_t word)
{
	const struct word *words = context->text->folded.words;
	bool says = false;

	for (uint32_t i = 0; i < 4 && word > 0; i++) {
		uint32_t marks;

		if (words[word].flags & (WORD_AFTER_BREAK | WORD_AFTER_COMMA))
			break;
		marks = context->marks[--word];
		says = says || marks & MARK_BIT(SAY);
		if (marks & MARK_BIT(NEGATION))
			return says;
	}
	return false;
}

static struct look look_back(const struct context *context, uint32_t first)
{
	struct look look = {AIM_UNKNOWN, false};

	for (uint32_t i = 0, word = first; i < BACK_MOST && word > 0; i++) {
		uint32_t marks;

		if (breaks_before(context, word))
			break;
		marks = context->marks[--word];
		if (marks & MARK_BIT(NEGATION)) {
			look.negated = true;
			continue;
		}
		if (marks & (MARK_BIT(SECOND) | MARK_BIT(NEXT))) {
			look.aim = AIM_YOU;
			if (is_denied_before(context, word))
				look.negated = true;
			break;
		}
		if (marks & MARK_BIT(FIRST)) {
			look.aim = AIM_SELF;
			break;
		}
		if (marks & (MARK_BIT(THING) | MARK_BIT(THIS))) {
			look.aim = AIM_THING;
			break;
		}
		if (!(marks & MARK_BIT(GLUE)))
			break;
	}
	if (is_denied_before(context, first))
		look.negated = true;
	return look;
}

static enum aim look_ahead(const struct context *context, uint32_t last)
{
	uint32_t next = last + 1, marks;

	/* Behind a comma somebody else may be spoken of. */
	if (next >= context->text->folded.word_count || breaks_before(context, next)
	    || context->text->folded.words[next].flags & WORD_AFTER_COMMA)
		return AIM_UNKNOWN;
	marks = context->marks[next];
	if (marks & MARK_BIT(THING))
		return AIM_THING;
	if (marks & MARK_BIT(FIRST))
		return AIM_SELF;
	return marks & MARK_BIT(SECOND) ? AIM_YOU : AIM_UNKNOWN;
}

/* How far back somebody else may have begun to speak: "he told me I will kill you" are his words,
 * "he told me where you live and I will kill you" are not. */
static uint32_t voice_most(const struct context *context, uint32_t first, uint32_t most)
{
	bool verbatim = context->marks[first] & MARK_BIT(FIRST)
		&& !(context->text->folded.words[first].flags & WORD_AFTER_COMMA);

	return verbatim && most > VERBATIM_MOST ? VERBATIM_MOST : most;
}

static bool is_reported(const struct context *context, uint32_t first, uint32_t last)
{
	const struct view *view = &context->text->folded;
	uint32_t most = voice_most(context, first, REPORT_MOST);

	for (uint32_t i = 0, word = first; i < most && word > 0; i++) {
		if (breaks_before(context, word))
			break;
		if (context->marks[--word] & MARK_BIT(REPORT))
			return true;
	}
	for (uint32_t i = 0, word = last + 1; i < 3 && word < view->word_count; i++, word++) {
		if (breaks_before(context, word))
			break;
		if (context->marks[word] & MARK_BIT(REPORT))
			return true;
	}
	return false;
}

/* "I said", "you wrote": that is no third person's voice. */
static bool is_ours(const struct context *context, uint32_t word)
{
	uint32_t ours = MARK_BIT(FIRST) | MARK_BIT(SECOND) | MARK_BIT(NEXT);

	return word > 0 && !breaks_before(context, word) && context->marks[word - 1] & ours;
}

/* Who tells at some length what was said to them says it farther from "said" than who answers
 * somebody: "He would say that I am crazy, that nobody wants me, that I am nothing." */
static bool is_told(const struct context *context, uint32_t first)
{
	uint32_t most = voice_most(context, first, TOLD_MOST);

	if (context->text->folded.word_count < ACCOUNT_LEAST)
		return false;
	for (uint32_t i = 0, word = first; i < most && word > 0; i++) {
		if (breaks_before(context, word))
			break;
		if (context->marks[--word] & MARK_BIT(TELLS) && !is_ours(context, word))
			return true;
	}
	return false;
}

static unsigned part_of(unsigned score, const struct ruleset *ruleset, enum number number)
{
	return score * ruleset_number(ruleset, number) / SCORE_MOST;
}

unsigned context_weigh(const struct context *context, unsigned score, unsigned guards,
	uint32_t first, uint32_t last, enum aim *aim_out)
{
	const struct ruleset *ruleset = context->ruleset;
	const struct view *view = &context->text->folded;
	struct look look = look_back(context, first);
	enum aim ahead = look_ahead(context, last);
	unsigned least = score;
	struct span span;

	if (look.aim == AIM_UNKNOWN || (look.aim == AIM_SELF && ahead == AIM_YOU))
		look.aim = ahead != AIM_UNKNOWN ? ahead : look.aim;
	if (aim_out)
		*aim_out = look.aim;
	span = text_span(context->text, view, view->words[first].start, view->words[last].end);
	if (guards & GUARD_QUOTE && text_is_quoted(context->text, span))
		least = part_of(score, ruleset, NUMBER_GUARD_QUOTE);
	if (guards & GUARD_REPORT && (is_reported(context, first, last)
		|| (!(guards & GUARD_NEAR) && is_told(context, first)))
	    && part_of(score, ruleset, NUMBER_GUARD_REPORT) < least)
		least = part_of(score, ruleset, NUMBER_GUARD_REPORT);
	if (guards & GUARD_NEGATION && look.negated
	    && part_of(score, ruleset, NUMBER_GUARD_NEGATION) < least)
		least = part_of(score, ruleset, NUMBER_GUARD_NEGATION);
	if (guards & GUARD_SELF && look.aim == AIM_SELF
	    && part_of(score, ruleset, NUMBER_GUARD_SELF) < least)
		least = part_of(score, ruleset, NUMBER_GUARD_SELF);
	if (guards & GUARD_THING && look.aim == AIM_THING
	    && part_of(score, ruleset, NUMBER_GUARD_THING) < least)
		least = part_of(score, ruleset, NUMBER_GUARD_THING);
	return least;
}
