/* recent.h: has this been said a moment ago, and how fast does its author write? A small fold per
 * circle, over messages in their order, by their own time: no clock is asked. Fixed size; what is
 * older than the window, or has been pushed out by newer, is forgotten. One owner. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct ruleset;
struct signals;

enum { RECENT_SLOTS = 256 };

struct recent {
	struct recent_post {
		uint64_t author, text_hash;
		int64_t ts; /* milliseconds */
	} posts[RECENT_SLOTS];
	uint32_t next, count;
};

struct recent_result {
	unsigned own;    /* score 0..1000: the same words again by the same author */
	unsigned others; /* … by many authors */
	unsigned rate;   /* too many messages in a short time */
	bool off;        /* limits=0: nothing of the kind counts, flooding within a text included */
};

/* A message that was judged elsewhere, or before a restart. In order. */
void recent_remember(struct recent *recent, uint64_t author, const struct signals *signals,
	int64_t ts_ms);
/* Folds one message in and says what it amounts to. With `limits` false nothing is counted against
 * anybody, and nothing remembered. */
void recent_fold(struct recent *recent, const struct ruleset *ruleset, uint64_t author,
	const struct signals *signals, int64_t ts_ms, bool limits, struct recent_result *out);
