/* pressure.h: how long would a post wait that came now? From how many are in hand and how fast they
 * were worked off lately. Refusing early keeps what is accepted quick. Pure: no clock of its own.
 * Owned by the hub's thread. Times in microseconds of a steady clock. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct pressure {
	size_t in_hand;     /* writes on their way to the store or in it */
	int64_t each_us;    /* what one has taken of late, when there were many; 0: not known yet */
	int64_t since_us;   /* since when the store owes a turn; meaningless if nothing is in hand */
};

void pressure_came(struct pressure *pressure, int64_t now_us);
/* A write that never reached the store, or was answered without it. */
void pressure_left(struct pressure *pressure);
/* The store has done `count` of them in one turn. */
void pressure_turned(struct pressure *pressure, size_t count, int64_t now_us);
/* What somebody who comes now would wait, as far as can be told. */
int64_t pressure_wait_us(const struct pressure *pressure, int64_t now_us);
