/* test_pressure.c: how long somebody who comes now would wait. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/pressure.h"

enum { MS = 1000 };

static void come(struct pressure *pressure, size_t count, int64_t now_us)
{
	while (count--)
		pressure_came(pressure, now_us);
}

static void nobody_waits_where_nothing_is_in_hand(void **state)
{
	struct pressure pressure = {0};

	(void)state;
	assert_int_equal(pressure_wait_us(&pressure, 1000 * MS), 0);
	come(&pressure, 40, 1000 * MS);
	pressure_turned(&pressure, 40, 1010 * MS);
	assert_int_equal(pressure_wait_us(&pressure, 5000 * MS), 0);
}

static void the_wait_grows_with_what_is_in_hand_and_shrinks_with_it(void **state)
{
	struct pressure pressure = {0};

	(void)state;
	come(&pressure, 100, 0);
	pressure_turned(&pressure, 100, 10 * MS); /* 0.1 ms each */
	come(&pressure, 4000, 10 * MS);
	assert_int_equal(pressure_wait_us(&pressure, 10 * MS), 400 * MS);
	pressure_turned(&pressure, 3000, 310 * MS);
	assert_int_equal(pressure_wait_us(&pressure, 310 * MS), 100 * MS);
}

static void a_slow_commit_of_few_says_nothing_about_many(void **state)
{
	struct pressure pressure = {0};

	(void)state;
	come(&pressure, 1, 0);
	pressure_turned(&pressure, 1, 200 * MS);
	come(&pressure, 100, 200 * MS);
	assert_true(pressure_wait_us(&pressure, 200 * MS) < 1 * MS);
}

static void that_the_store_does_not_answer_is_told_to_a_crowd(void **state)
{
	struct pressure pressure = {0};

	(void)state;
	come(&pressure, 15, 100 * MS);
	assert_int_equal(pressure_wait_us(&pressure, 900 * MS), 0);
	come(&pressure, 1, 200 * MS);
	assert_int_equal(pressure_wait_us(&pressure, 900 * MS), 800 * MS);
}

static void what_ended_on_its_way_does_not_count(void **state)
{
	struct pressure pressure = {0};

	(void)state;
	come(&pressure, 2, 0);
	pressure_left(&pressure);
	pressure_left(&pressure);
	pressure_left(&pressure);
	assert_int_equal(pressure.in_hand, 0);
	assert_int_equal(pressure_wait_us(&pressure, 900 * MS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_waits_where_nothing_is_in_hand),
		cmocka_unit_test(the_wait_grows_with_what_is_in_hand_and_shrinks_with_it),
		cmocka_unit_test(a_slow_commit_of_few_says_nothing_about_many),
		cmocka_unit_test(that_the_store_does_not_answer_is_told_to_a_crowd),
		cmocka_unit_test(what_ended_on_its_way_does_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
