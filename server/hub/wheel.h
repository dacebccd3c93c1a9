/* wheel.h: a timer wheel: thousands of deadlines for the price of one. Starting, moving and
 * stopping a timer is O(1) and allocates nothing; a struct wheel_timer lives in whatever waits.
 * Deadlines are rounded up to WHEEL_TICK_MS. One owner thread; time is what the owner says. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

enum {
	WHEEL_TICK_MS = 20,
	WHEEL_SLOTS = 512, /* one turn is 10.24 s; later deadlines go round more than once */
};

struct wheel_timer {
	struct list_node node;
	int64_t due_tick;
	void (*fire)(struct wheel_timer *timer); /* may start this timer again, or any other */
};

struct wheel {
	struct list_node slots[WHEEL_SLOTS];
	int64_t now_tick;
	unsigned waiting;
};

void wheel_init(struct wheel *wheel, int64_t now_ms);
/* (Re)starts `timer`, zeroed or used before, to fire once in `wait_ms` from now_ms. */
void wheel_start(struct wheel *wheel, struct wheel_timer *timer, int64_t now_ms, int64_t wait_ms,
	void (*fire)(struct wheel_timer *timer));
/* Does nothing if it is not running. */
void wheel_stop(struct wheel *wheel, struct wheel_timer *timer);
bool wheel_is_running(const struct wheel_timer *timer);
/* How long nothing can be due; -1 if nobody waits. */
int64_t wheel_wait_ms(const struct wheel *wheel, int64_t now_ms);
/* Fires what is due at `now_ms`. A clock that jumps far ahead costs one turn of the wheel. */
void wheel_turn(struct wheel *wheel, int64_t now_ms);
