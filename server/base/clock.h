/* clock.h: the only place that asks what time it is, so that tests may decide. Any thread. */
#pragma once

#include <stdint.h>

/* Milliseconds since 1970 UTC, for what is stored and shown. May jump when the clock is set. */
int64_t clock_wall_ms(void);
/* Milliseconds and microseconds that never go back, for deadlines and measurements. */
int64_t clock_steady_ms(void);
int64_t clock_steady_us(void);

/* Blocks the calling thread; only workers' threads may. */
void clock_sleep_ms(int64_t milliseconds);
void clock_sleep_us(int64_t microseconds);

/* A test's own clock: both clocks read as given until clock_real(). */
void clock_fake(int64_t wall_ms, int64_t steady_ms);
void clock_real(void);

/* "2026-11-21T18:00:00.123Z"; `out` holds CLOCK_TEXT bytes, terminator included. */
enum { CLOCK_TEXT = 25 };
void clock_format(int64_t wall_ms, char out[CLOCK_TEXT]);
/* The inverse, also for "2027-01-31" (its first moment) and for times without milliseconds.
 * Returns -1 if `text` is no such time. */
int64_t clock_parse(const char *text);
