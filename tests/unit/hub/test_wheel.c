/* test_wheel.c: deadlines on a wheel. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "hub/wheel.h"

static struct wheel wheel;
static int fired;
static int64_t now_ms;

struct row {
	struct wheel_timer timer;
	int64_t due_ms;
	int fired;
};

static void count(struct wheel_timer *timer)
{
	(void)timer;
	fired++;
}

static void begin(int64_t at_ms)
{
	fired = 0;
	now_ms = at_ms;
	wheel_init(&wheel, at_ms);
}

static void turn(int64_t at_ms)
{
	now_ms = at_ms;
	wheel_turn(&wheel, at_ms);
}

TEST(a_timer_fires_once_and_not_before_its_time)
{
	struct wheel_timer timer = { 0 };

	begin(1000003);
	wheel_start(&wheel, &timer, now_ms, 100, count);
	CHECK(wheel_is_running(&timer));
	turn(1000102);
	CHECK_INT(0, fired);
	turn(1000103 + WHEEL_TICK_MS);
	CHECK_INT(1, fired);
	CHECK(!wheel_is_running(&timer));
	turn(1100000);
	CHECK_INT(1, fired);
	CHECK_INT(0, (int)wheel.waiting);
}

TEST(a_wait_longer_than_a_turn_goes_round_until_it_is_due)
{
	struct wheel_timer timer = { 0 };

	begin(0);
	wheel_start(&wheel, &timer, 0, 60000, count);
	for (int64_t at = 0; at < 60000; at += 7)
		turn(at);
	CHECK_INT(0, fired);
	turn(60000);
	CHECK_INT(1, fired);
}

TEST(a_stopped_timer_does_not_fire_and_a_restarted_one_fires_at_its_new_time)
{
	struct wheel_timer stopped = { 0 }, moved = { 0 };

	begin(0);
	wheel_stop(&wheel, &stopped);
	wheel_start(&wheel, &stopped, 0, 50, count);
	wheel_start(&wheel, &moved, 0, 50, count);
	wheel_stop(&wheel, &stopped);
	wheel_start(&wheel, &moved, 0, 5000, count);
	turn(4000);
	CHECK_INT(0, fired);
	turn(5000);
	CHECK_INT(1, fired);
}

static struct wheel_timer again, victim;

static void start_again(struct wheel_timer *timer)
{
	fired++;
	wheel_start(&wheel, timer, now_ms, 0, start_again);
}

TEST(a_timer_that_starts_itself_again_fires_in_the_next_tick)
{
	begin(0);
	memset(&again, 0, sizeof again);
	wheel_start(&wheel, &again, 0, 0, start_again);
	turn(WHEEL_TICK_MS);
	CHECK_INT(1, fired);
	turn(3 * WHEEL_TICK_MS);
	CHECK_INT(3, fired);
}

static void stop_victim(struct wheel_timer *timer)
{
	(void)timer;
	fired++;
	wheel_stop(&wheel, &victim);
}

TEST(a_timer_may_stop_another_that_is_due_in_the_same_tick)
{
	struct wheel_timer first = { 0 };

	begin(0);
	memset(&victim, 0, sizeof victim);
	wheel_start(&wheel, &first, 0, 10, stop_victim);
	wheel_start(&wheel, &victim, 0, 10, count);
	turn(100);
	CHECK_INT(1, fired);
	CHECK_INT(0, (int)wheel.waiting);
}

TEST(a_clock_that_jumps_far_fires_everything_that_was_due_and_nothing_else)
{
	struct wheel_timer near = { 0 }, far = { 0 }, later = { 0 };

	begin(0);
	wheel_start(&wheel, &near, 0, 30, count);
	wheel_start(&wheel, &far, 0, 3600000, count);
	wheel_start(&wheel, &later, 0, 7200000 + 1000, count);
	turn(7200000);
	CHECK_INT(2, fired);
	turn(7202000);
	CHECK_INT(3, fired);
}

TEST(the_wait_is_never_longer_than_until_the_next_deadline)
{
	struct wheel_timer timer = { 0 };

	begin(1000000);
	CHECK_INT(-1, (int)wheel_wait_ms(&wheel, now_ms));
	wheel_start(&wheel, &timer, now_ms, 500, count);
	CHECK(wheel_wait_ms(&wheel, now_ms) >= 500);
	CHECK(wheel_wait_ms(&wheel, now_ms) <= 500 + WHEEL_TICK_MS);
	wheel_start(&wheel, &timer, now_ms, 3600000, count);
	CHECK(wheel_wait_ms(&wheel, now_ms) > 0);
	CHECK(wheel_wait_ms(&wheel, now_ms) <= WHEEL_SLOTS * WHEEL_TICK_MS);
}

static void note(struct wheel_timer *timer)
{
	struct row *row = (struct row *)(void *)timer;

	assert_true(now_ms >= row->due_ms);
	assert_true(now_ms <= row->due_ms + 3 * WHEEL_TICK_MS);
	row->fired++;
}

TEST(ten_thousand_timers_all_fire_once_and_in_time)
{
	static struct row rows[10000];

	begin(777);
	srand(1);
	for (int i = 0; i < 10000; i++) {
		int64_t wait_ms = rand() % 40000;
		rows[i].due_ms = 777 + wait_ms;
		wheel_start(&wheel, &rows[i].timer, 777, wait_ms, note);
	}
	for (int64_t at = 777; at < 41000; at += 13)
		turn(at);
	for (int i = 0; i < 10000; i++)
		CHECK_INT(1, rows[i].fired);
}

RUN(cmocka_unit_test(a_timer_fires_once_and_not_before_its_time),
	cmocka_unit_test(a_wait_longer_than_a_turn_goes_round_until_it_is_due),
	cmocka_unit_test(a_stopped_timer_does_not_fire_and_a_restarted_one_fires_at_its_new_time),
	cmocka_unit_test(a_timer_that_starts_itself_again_fires_in_the_next_tick),
	cmocka_unit_test(a_timer_may_stop_another_that_is_due_in_the_same_tick),
	cmocka_unit_test(a_clock_that_jumps_far_fires_everything_that_was_due_and_nothing_else),
	cmocka_unit_test(the_wait_is_never_longer_than_until_the_next_deadline),
	cmocka_unit_test(ten_thousand_timers_all_fire_once_and_in_time));
