/* test_pressure.c: how long somebody who comes now would wait. */
#include "check.h"

#include "hub/pressure.h"

enum { MS = 1000 };

static void come(struct pressure *pressure, size_t count, int64_t now_us)
{
	while (count--)
		pressure_came(pressure, now_us);
}

TEST(nobody_waits_where_nothing_is_in_hand)
{
	struct pressure pressure = {0};

	CHECK_INT(0, pressure_wait_us(&pressure, 1000 * MS));
	come(&pressure, 40, 1000 * MS);
	pressure_turned(&pressure, 40, 1010 * MS);
	CHECK_INT(0, pressure_wait_us(&pressure, 5000 * MS));
}

TEST(the_wait_grows_with_what_is_in_hand_and_shrinks_with_it)
{
	struct pressure pressure = {0};

	come(&pressure, 100, 0);
	pressure_turned(&pressure, 100, 10 * MS); /* 0.1 ms each */
	come(&pressure, 4000, 10 * MS);
	CHECK_INT(400 * MS, pressure_wait_us(&pressure, 10 * MS));
	pressure_turned(&pressure, 3000, 310 * MS);
	CHECK_INT(100 * MS, pressure_wait_us(&pressure, 310 * MS));
}

TEST(a_slow_commit_of_few_says_nothing_about_many)
{
	struct pressure pressure = {0};

	come(&pressure, 1, 0);
	pressure_turned(&pressure, 1, 200 * MS);
	come(&pressure, 100, 200 * MS);
	CHECK(pressure_wait_us(&pressure, 200 * MS) < 1 * MS);
}

TEST(that_the_store_does_not_answer_is_told_to_a_crowd)
{
	struct pressure pressure = {0};

	come(&pressure, 15, 100 * MS);
	CHECK_INT(0, pressure_wait_us(&pressure, 900 * MS));
	come(&pressure, 1, 200 * MS);
	CHECK_INT(800 * MS, pressure_wait_us(&pressure, 900 * MS));
}

TEST(what_ended_on_its_way_does_not_count)
{
	struct pressure pressure = {0};

	come(&pressure, 2, 0);
	pressure_left(&pressure);
	pressure_left(&pressure);
	pressure_left(&pressure);
	CHECK_INT(0, pressure.in_hand);
	CHECK_INT(0, pressure_wait_us(&pressure, 900 * MS));
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
