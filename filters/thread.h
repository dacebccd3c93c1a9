/* thread.h: the temperature of one thread, as a fold of its kept messages in their order: state
 * and message in, state out, the same number of steps for each. `escalation` is a forecast, in
 * thousandths: how likely it is that the thread, as it stands, is about to derail. Advice to
 * people; nobody is punished by it. One owner. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "filters/fixed.h"

struct signals;

enum thread_level { THREAD_CALM, THREAD_WATCH, THREAD_ALERT };

/* A zeroed struct is a thread without messages. A plain value: copy it, store it. */
struct thread_state {
	uint64_t authors[4];  /* of the last messages, newest first; 0: none */
	uint64_t target;      /* whom replies go to, of late */
	struct fixed_gaps gaps;
	uint32_t messages;
	/* Running averages, in millionths. */
	uint32_t heat, slow_heat, second, accusation, negation, shouting, pile;
	uint32_t cooling;     /* thanks and apologies */
	uint16_t peak, last;  /* incivility, thousandths; the peak fades */
	uint16_t exchanges;   /* how long two people have been alone with each other */
	uint16_t escalation;  /* 0..1000 */
	uint8_t level;        /* enum thread_level, with hysteresis */
	bool is_cooling;      /* it was worse a moment ago, and somebody has made it better */
};

/* `author` and `reply_to_author` are numbers that name people; 0: nobody. */
void thread_fold(struct thread_state *thread, const struct signals *signals, uint64_t author,
	uint64_t reply_to_author, int64_t ts_ms);
