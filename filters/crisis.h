/* crisis.h: the crisis index of one circle, as a fold of its kept messages in their order, over
 * all threads: state and message in, state out, the same number of steps for each. It rises
 * when more is flagged than a calm circle explains, by several people, in several threads,
 * faster than usual; it decays slowly, and with silence. Advice to moderators. One owner. */
#pragma once

#include <stdint.h>

#include "filters/fixed.h"

struct signals;

enum crisis_level { CRISIS_CALM, CRISIS_WATCH, CRISIS_ALERT };

/* A zeroed struct is a circle without messages. A plain value: copy it, store it. */
struct crisis_state {
	uint64_t known[8];    /* who has written: a small filter that forgets all at once when full */
	uint64_t flagged[6];  /* authors of what was flagged last, newest first */
	struct fixed_gaps gaps;
	uint32_t messages;
	uint32_t excess;      /* evidence of more than calm (CUSUM of log-likelihood), thousandths */
	uint32_t tense;       /* running averages, in millionths */
	uint32_t newcomers;
	uint16_t hurry;
	uint16_t index;       /* 0..1000 */
	uint8_t level;        /* enum crisis_level, with hysteresis */
};

/* `thread_escalation` as thread_fold() has just left it. */
void crisis_fold(struct crisis_state *crisis, const struct signals *signals, uint64_t author,
	unsigned thread_escalation, int64_t ts_ms);
