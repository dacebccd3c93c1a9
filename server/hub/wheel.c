/* wheel.c: see wheel.h. A slot lists whoever is due at its tick in this turn of the wheel or in a
 * later one; what is not due yet is passed over. */
#include "hub/wheel.h"

#include <stddef.h>

void wheel_init(struct wheel *wheel, int64_t now_ms)
{
	for (unsigned i = 0; i < WHEEL_SLOTS; i++)
		list_init(&wheel->slots[i]);
	wheel->now_tick = now_ms / WHEEL_TICK_MS;
	wheel->waiting = 0;
}

bool wheel_is_running(const struct wheel_timer *timer)
{
	return timer->node.next != NULL;
}

void wheel_stop(struct wheel *wheel, struct wheel_timer *timer)
{
	if (!wheel_is_running(timer))
		return;
	list_remove(&timer->node);
	wheel->waiting--;
}

void wheel_start(struct wheel *wheel, struct wheel_timer *timer, int64_t now_ms, int64_t wait_ms,
	void (*fire)(struct wheel_timer *timer))
{
	int64_t due_ms = now_ms + (wait_ms > 0 ? wait_ms : 0);

	wheel_stop(wheel, timer);
	timer->fire = fire;
	timer->due_tick = (due_ms + WHEEL_TICK_MS - 1) / WHEEL_TICK_MS;
	if (timer->due_tick <= wheel->now_tick) /* that slot has been visited */
		timer->due_tick = wheel->now_tick + 1;
	list_append(&wheel->slots[timer->due_tick % WHEEL_SLOTS], &timer->node);
	wheel->waiting++;
}

/* Takes out what is due before anything fires: a timer that fires may stop or start any other. */
static void turn_slot(struct wheel *wheel, struct list_node *slot)
{
	struct list_node due, *node, *next;

	list_init(&due);
	for (node = slot->next; node != slot; node = next) {
		next = node->next;
		if (list_entry(node, struct wheel_timer, node)->due_tick > wheel->now_tick)
			continue;
		list_remove(node);
		list_append(&due, node);
	}
	while (!list_is_empty(&due)) {
		struct wheel_timer *timer = list_entry(due.next, struct wheel_timer, node);
		wheel_stop(wheel, timer);
		timer->fire(timer);
	}
}

void wheel_turn(struct wheel *wheel, int64_t now_ms)
{
	int64_t until = now_ms / WHEEL_TICK_MS;

	if (until - wheel->now_tick > WHEEL_SLOTS) /* one turn visits every slot */
		wheel->now_tick = until - WHEEL_SLOTS;
	while (wheel->now_tick < until) {
		wheel->now_tick++;
		turn_slot(wheel, &wheel->slots[wheel->now_tick % WHEEL_SLOTS]);
	}
}

int64_t wheel_wait_ms(const struct wheel *wheel, int64_t now_ms)
{
	if (wheel->waiting == 0)
		return -1;
	for (int64_t tick = wheel->now_tick + 1; tick < wheel->now_tick + WHEEL_SLOTS; tick++) {
		const struct list_node *slot = &wheel->slots[tick % WHEEL_SLOTS];
		int64_t wait_ms = tick * WHEEL_TICK_MS - now_ms;
		if (!list_is_empty(slot))
			return wait_ms > 0 ? wait_ms : 0;
	}
	return WHEEL_SLOTS * WHEEL_TICK_MS;
}
