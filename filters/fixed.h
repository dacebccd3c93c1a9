/* fixed.h: the little arithmetic that temperature and crisis index share, in whole numbers: every
 * node, every restart and `maagal judge` come to the same. Only for files of this folder. */
#pragma once

#include <stdint.h>

/* Averages and rates are kept in millionths. */
enum { MICRO = 1000000 };

/* 1000 / (1 + e^-x), x in thousandths; a table every half, straight lines between. */
unsigned fixed_logistic(int32_t x_milli);
/* The natural logarithm of x / 1000, in thousandths; 1 at the least. Off by 2 at most. */
int32_t fixed_log(uint32_t x_milli);
/* Moves `average` (millionths) towards `value` (thousandths) by `percent` of the way. */
void fixed_average(uint32_t *average, unsigned value, unsigned percent);
/* The same for a number in thousandths that may be negative, kept in thousandths. */
void fixed_average_signed(int32_t *average, int value, int percent);
/* Thousandths of a running average. */
static inline unsigned fixed_milli(uint32_t average)
{
	return average / 1000;
}

/* Gaps between messages: a fast and a slow average, in milliseconds. */
struct fixed_gaps {
	int64_t last_ts;
	uint32_t fast_ms, slow_ms;
};

/* Folds a message's time in. Returns how much faster than usual it goes: 0 as ever, 1000 ten times
 * or more. The first messages of a talk say nothing about its pace. */
unsigned fixed_gaps_fold(struct fixed_gaps *gaps, int64_t ts_ms, uint32_t messages_before);
