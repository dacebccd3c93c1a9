/* parts.h: what a ruleset is made of. Only for files of this folder. */
#pragma once

#include "filters/forecast.h"
#include "filters/lexicon.h"
#include "filters/model.h"
#include "filters/rules.h"
#include "filters/ruleset.h"
#include "filters/source.h"
#include "filters/verdict.h"

#include <stdatomic.h>
#include <stdint.h>

/* --- symbols.conf: what may be found, and what its author is told --------------------------- */

enum { SYMBOLS_MOST = 64, SYMBOL_NAME = 32, LANGS = 3 };

/* Found by C rather than by a rule or a word; each must stand in symbols.conf. */
#define BUILTIN_LIST(X) \
	X(BANK_OR_CARD) \
	X(EMAIL_ADDRESS) \
	X(EMPTY) \
	X(FILTER_FAILED) \
	X(FLOOD) \
	X(HOME_ADDRESS) \
	X(IDENTITY_NUMBER) \
	X(INVISIBLE) \
	X(LINKS) \
	X(LINK_TRICK) \
	X(MODEL_INCIVIL) \
	X(PHONE) \
	X(REPEATED) \
	X(SHOUTING) \
	X(TOO_FAST) \
	X(TOO_LONG)

enum builtin {
#define X(name) BUILTIN_##name,
	BUILTIN_LIST(X)
#undef X
	BUILTIN_COUNT
};

struct symbol {
	char name[SYMBOL_NAME], rule[SYMBOL_NAME];
	unsigned weight; /* thousandths of its score that count as incivility */
	unsigned alone;  /* … at the least, whatever else was found or not */
	bool is_limit;   /* a limit on rate or repetition: `limits=0` switches it off */
	bool may_reject; /* a person's rule stands behind it */
	char *texts[LANGS];
};

struct symbols {
	struct symbol list[SYMBOLS_MOST];
	unsigned count;
	unsigned builtin[BUILTIN_COUNT]; /* their places in the list */
};

MUST_CHECK enum err symbols_load(struct symbols *symbols, struct source *source, struct why *why);
MUST_CHECK enum err symbols_check(struct symbols *symbols, struct why *why);
void symbols_fini(struct symbols *symbols);
/* False if there is no such symbol. */
bool symbols_find(const struct symbols *symbols, struct piece name, unsigned *out);

/* --- policies.conf: score → action ---------------------------------------------------------- */

enum { POLICIES_MOST = 16, NEVER = SCORE_MOST + 1 };

struct threshold {
	uint16_t nudge, hold, reject; /* from this score on; NEVER */
};

struct policy {
	char name[SYMBOL_NAME];
	struct threshold incivility, symbols[SYMBOLS_MOST];
	/* From this escalation (crisis) on, `incivility` nudges and holds that much earlier. */
	unsigned tense_from, tense_shift, crisis_from, crisis_shift;
	enum action after_nudge; /* what an author gets who posts again what was nudged */
};

struct policies {
	struct policy list[POLICIES_MOST];
	unsigned count;
};

MUST_CHECK enum err policies_load(struct policies *policies, const struct symbols *symbols,
	struct source *source, struct why *why);
MUST_CHECK enum err policies_check(const struct policies *policies, struct why *why);
/* The policy of that name; the strictest ("strict", else the first) if there is none. */
const struct policy *policies_find(const struct policies *policies, const char *name);

/* --- numbers.conf: every other number ------------------------------------------------------- */

#define NUMBER_LIST(X) \
	X(AIM_YOU,          "aim.you",              1000) \
	X(FLOOD_PERCENT,    "flood.percent",         100) \
	X(FLOOD_SCORE,      "flood.score",          1000) \
	X(FLOOD_WORDS,      "flood.words",          8000) \
	X(GUARD_NEGATION,   "guard.negation",       1000) \
	X(GUARD_QUOTE,      "guard.quote",          1000) \
	X(GUARD_REPORT,     "guard.report",         1000) \
	X(GUARD_SELF,       "guard.self",           1000) \
	X(GUARD_THING,      "guard.thing",          1000) \
	X(INVISIBLE_MOST,   "invisible.most",       8000) \
	X(INVISIBLE_SCORE,  "invisible.score",      1000) \
	X(LENGTH_MOST,      "length.most",        100000) \
	X(LENGTH_SCORE,     "length.score",         1000) \
	X(LINKS_MOST,       "links.most",           1000) \
	X(LINKS_SCORE,      "links.score",          1000) \
	X(LINKS_TRICK,      "links.trick_score",    1000) \
	X(MODEL_ECHO,       "model.echo",           1000) \
	X(MODEL_FROM,       "model.from",           1000) \
	X(MODEL_MOST,       "model.most",           1000) \
	X(PERSONAL_SCORE,   "personal.score",       1000) \
	X(RECENT_OTHERS,    "recent.others",        1000) \
	X(RECENT_OWN,       "recent.own",           1000) \
	X(RECENT_RATE,      "recent.rate",          1000) \
	X(RECENT_RATE_TIME, "recent.rate_seconds", 86400) \
	X(RECENT_WINDOW,    "recent.window_seconds", 86400) \
	X(RECENT_WORDS,     "recent.words",         8000) \
	X(SHOUT_CAPITALS,   "shouting.capitals_percent", 100) \
	X(SHOUT_CASED,      "shouting.cased_letters", 8000) \
	X(SHOUT_EMOJI,      "shouting.emoji_run",   8000) \
	X(SHOUT_LETTERS,    "shouting.letter_run",  8000) \
	X(SHOUT_MARKS,      "shouting.mark_run",    8000) \
	X(SHOUT_SCORE,      "shouting.score",       1000) \
	X(SIGNALS_FLAG,     "signals.flag",         1000)

enum number {
#define X(name, key, most) NUMBER_##name,
	NUMBER_LIST(X)
#undef X
	NUMBER_COUNT
};

struct numbers {
	unsigned values[NUMBER_COUNT];
	bool given[NUMBER_COUNT];
};

MUST_CHECK enum err numbers_load(struct numbers *numbers, struct source *source, struct why *why);
MUST_CHECK enum err numbers_check(const struct numbers *numbers, struct why *why);

/* --- what a machine has learnt (*.model) ------------------------------------------------------ */

enum { MODELS_MOST = 8 };

/* --- the whole ------------------------------------------------------------------------------ */

struct ruleset {
	atomic_uint references;
	char version[33];
	struct symbols symbols;
	struct policies policies;
	struct numbers numbers;
	struct forecast forecast;
	struct lexicon *lexicon;
	struct rules *rules;
	struct model *models[MODELS_MOST]; /* one for a script at most */
	unsigned model_count;
};

static inline unsigned ruleset_number(const struct ruleset *ruleset, enum number number)
{
	return ruleset->numbers.values[number];
}
