/* crisis.h: the crisis index of one circle, as a fold of its kept messages in their order, over
 * all threads: state and message in, state out, the same number of steps for each. It rises
 * when more is uncivil, be it ever so little, than is usual in this circle, by several people,
 * faster than usual; it decays slowly, and with silence. Advice to moderators. One owner. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "filters/fixed.h"

struct buf;
struct ruleset;
struct signals;

enum crisis_level { CRISIS_CALM, CRISIS_WATCH, CRISIS_ALERT };

/* What makes it so. `1u << cause` in crisis_causes(). */
enum crisis_cause {
	CRISIS_CAUSE_AUTHORS,   /* several people */
	CRISIS_CAUSE_FLAGGED,   /* more is flagged than in a calm circle */
	CRISIS_CAUSE_HURRY,     /* they write faster than usual */
	CRISIS_CAUSE_NEWCOMERS, /* by people who have not written before */
	CRISIS_CAUSE_THREADS,   /* in several threads */
	CRISIS_CAUSE_COUNT
};

/* Scripts: as in enum glyph_script; all but the first three are as good as none. */
enum {
	CRISIS_KNOWN = 64, CRISIS_WROTE = 24, CRISIS_FLAGGED = 10,
	CRISIS_GRADES = 8, CRISIS_SCRIPTS = 4
};

/* A zeroed struct is a circle without messages. A plain value: copy it, store it. */
struct crisis_state {
	uint64_t known[CRISIS_KNOWN]; /* who has written of late, newest first */
	uint64_t wrote[CRISIS_WROTE]; /* authors of the last messages, newest first; 0: not known */
	uint64_t flagged[CRISIS_FLAGGED]; /* authors of what spoke for a crisis, newest first */
	uint16_t spoke[CRISIS_FLAGGED]; /* how much, thousandths; 0: nobody there */
	uint64_t threads[4];  /* where it was */
	struct fixed_gaps gaps;
	uint32_t messages;
	uint32_t excess;      /* evidence of more than calm (CUSUM of log-likelihood), thousandths */
	/* Running averages, in millionths. */
	uint32_t usual[CRISIS_SCRIPTS][CRISIS_GRADES]; /* how much of what is said is how uncivil */
	uint32_t tense;       /* escalation of the threads that are written in */
	uint32_t newcomers;   /* share of what is flagged that comes from new faces */
	uint16_t said[CRISIS_SCRIPTS]; /* messages that `usual` is made of, up to a bound */
	uint16_t hurry;
	uint16_t index;       /* 0..1000 */
	uint8_t level;        /* enum crisis_level, with hysteresis */
	uint8_t lull;         /* messages since the last that spoke for a crisis, up to a bound */
	bool told;            /* the alarm has been raised, and the evidence is not gone since */
};

/* A new message of `thread` (any number that names it), with its thread's escalation as
 * thread_fold() has just left it. */
void crisis_fold(struct crisis_state *crisis, const struct ruleset *ruleset,
	const struct signals *signals, uint64_t author, uint64_t thread, unsigned thread_escalation,
	int64_t ts_ms);
/* A message that was folded before, with the index that was forecast then: the same state again,
 * whatever the rules have become since. */
void crisis_follow(struct crisis_state *crisis, const struct signals *signals, uint64_t author,
	uint64_t thread, unsigned thread_escalation, int64_t ts_ms, unsigned index);

static inline enum crisis_level crisis_level(const struct crisis_state *crisis)
{
	return (enum crisis_level)crisis->level;
}
/* "calm", "watch", "alert". */
const char *crisis_level_name(enum crisis_level level);
/* Which causes are there, as bits; of interest from CRISIS_WATCH on. */
unsigned crisis_causes(const struct crisis_state *crisis);
/* "flagged", "many_authors", … */
const char *crisis_cause_name(enum crisis_cause cause);
/* ["flagged","hurry"] */
void crisis_causes_write_json(const struct crisis_state *crisis, struct buf *out);
