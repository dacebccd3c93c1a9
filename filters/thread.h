/* thread.h: the temperature of one thread, as a fold of its kept messages in their order: state
 * and message in, state out, the same number of steps for each. `escalation` is a forecast, in
 * thousandths: how likely it is that the thread, as it stands, is about to derail; 500 is where
 * people should be told. Advice to people; nobody is punished by it. One owner. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "filters/fixed.h"

struct buf;
struct ruleset;
struct signals;

enum thread_level { THREAD_CALM, THREAD_WATCH, THREAD_ALERT };

/* What makes it so. `1u << cause` in thread_causes(). */
enum thread_cause {
	CAUSE_GAP_CONTRACTION,   /* they answer faster and faster */
	CAUSE_PILE_ON,           /* several against one: thread_target() */
	CAUSE_PING_PONG,         /* two are alone with each other */
	CAUSE_RISING_ACCUSATION,
	CAUSE_RISING_INCIVILITY,
	CAUSE_RISING_TENSION,    /* demands, sweeping words, mockery, sentences that begin with "you" */
	CAUSE_SECOND_PERSON,     /* they speak of each other rather than of the matter */
	CAUSE_SHOUTING,
	CAUSE_COUNT
};

/* A zeroed struct is a thread without messages. A plain value: copy it, store it. */
struct thread_state {
	uint64_t authors[4];  /* of the last messages, newest first; 0: none */
	uint64_t people[8];   /* the first who took part */
	uint64_t target;      /* whom replies go to, of late */
	struct fixed_gaps gaps;
	uint32_t messages;
	/* Running averages, in millionths. */
	uint32_t heat, slow_heat, hot, second, accusation, slow_accusation, shouting, pile;
	uint32_t cooling;     /* thanks and apologies */
	/* Tension, thousandths, signed: running averages, the two highest since the opener (they
	 * fade); of the whole thread, in millionths. */
	int32_t now, before, mean;
	int16_t peaks[2];
	uint32_t edges;       /* incivility by its odds, on the whole, in millionths */
	uint16_t edge, edgiest; /* … of the last message; the worst: thousandths; fades */
	uint16_t hottest;     /* the worst that a moderator would want to see, thousandths; fades */
	uint16_t hurry;       /* 0..1000 */
	uint16_t exchanges;   /* how long two people have been alone with each other */
	uint16_t escalation;  /* 0..1000 */
	int16_t slope;        /* of escalation, thousandths a message, smoothed */
	uint8_t level;        /* enum thread_level, with hysteresis */
	bool is_cooling;      /* it was worse a moment ago, and somebody has made it better */
};

/* A new message: weighs the thread by `ruleset`. `author` and `reply_to_author` are numbers that
 * name people; 0: nobody. */
void thread_fold(struct thread_state *thread, const struct ruleset *ruleset,
	const struct signals *signals, uint64_t author, uint64_t reply_to_author, int64_t ts_ms);
/* A message that was folded before, with the escalation that was forecast then: the same state
 * again, whatever the rules have become since. */
void thread_follow(struct thread_state *thread, const struct signals *signals, uint64_t author,
	uint64_t reply_to_author, int64_t ts_ms, unsigned escalation);

static inline enum thread_level thread_level(const struct thread_state *thread)
{
	return (enum thread_level)thread->level;
}
/* "calm", "watch", "alert". */
const char *thread_level_name(enum thread_level level);
/* Which causes are there, as bits; of interest from THREAD_WATCH on. */
unsigned thread_causes(const struct thread_state *thread);
/* "ping_pong", "pile_on", … */
const char *thread_cause_name(enum thread_cause cause);
/* Whom several go at: the number of a person; 0 unless there is a pile-on. */
uint64_t thread_target(const struct thread_state *thread);
/* ["ping_pong","pile_on"] */
void thread_causes_write_json(const struct thread_state *thread, struct buf *out);
/* {"thread.now":120,…}: what `escalation` is made from; for fitting and for the curious. */
void thread_features_write_json(const struct thread_state *thread, struct buf *out);
