/* test_clock.c: times as they are written and read; a test's own clock. */
#include "check.h"

#include <string.h>

#include "base/clock.h"

TEST(a_time_is_written_in_utc_with_milliseconds)
{
	char text[CLOCK_TEXT];

	clock_format(INT64_C(1795284000123), text);
	CHECK_TEXT("2026-11-21T18:00:00.123Z", text);
	clock_format(0, text);
	CHECK_TEXT("1970-01-01T00:00:00.000Z", text);
}

TEST(times_beyond_what_can_be_written_are_cut_to_it)
{
	char text[CLOCK_TEXT];

	clock_format(-1, text);
	CHECK_TEXT("1970-01-01T00:00:00.000Z", text);
	clock_format(INT64_MAX, text);
	CHECK_TEXT("9999-12-31T23:59:59.999Z", text);
}

TEST(what_is_written_is_read_back)
{
	static const int64_t times[] = { 0, 1, 951782399999, 951782400000, 1709164800000,
		4102444799999, INT64_C(253402300799999) };
	char text[CLOCK_TEXT];

	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		clock_format(times[i], text);
		CHECK(clock_parse(text) == times[i]);
	}
}

TEST(a_date_is_its_first_moment_and_milliseconds_may_be_absent)
{
	CHECK(clock_parse("1970-01-02") == 86400000);
	CHECK(clock_parse("2027-01-31") == clock_parse("2027-01-31T00:00:00.000Z"));
	CHECK(clock_parse("2026-11-21T18:00:00Z") == INT64_C(1795284000000));
	CHECK(clock_parse("2024-02-29") > 0);
}

TEST(what_is_no_time_is_refused)
{
	static const char *const wrong[] = { "", "2026", "2026-11", "2026-13-01", "2026-00-01",
		"2026-02-29", "2026-04-31", "2026-11-21T", "2026-11-21T18:00", "2026-11-21T24:00:00Z",
		"2026-11-21T18:60:00Z", "2026-11-21T18:00:60Z", "2026-11-21T18:00:00",
		"2026-11-21T18:00:00.1Z", "2026-11-21T18:00:00.123", "2026-11-21T18:00:00.123Zx",
		"2026-11-21 18:00:00Z", "2026/11/21", "-026-11-21", "1969-12-31", "x", "2026-11-21x",
		"2026-1--01", "9" };

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		CHECK(clock_parse(wrong[i]) == -1);
}

TEST(a_tests_clock_stands_where_it_was_put)
{
	clock_fake(1000, 50);
	CHECK(clock_wall_ms() == 1000);
	CHECK(clock_steady_ms() == 50);
	CHECK(clock_steady_us() == 50000);
	clock_real();
	CHECK(clock_wall_ms() > INT64_C(1600000000000));
	CHECK(clock_steady_us() / 1000 <= clock_steady_ms());
}

RUN(cmocka_unit_test(a_time_is_written_in_utc_with_milliseconds),
	cmocka_unit_test(times_beyond_what_can_be_written_are_cut_to_it),
	cmocka_unit_test(what_is_written_is_read_back),
	cmocka_unit_test(a_date_is_its_first_moment_and_milliseconds_may_be_absent),
	cmocka_unit_test(what_is_no_time_is_refused),
	cmocka_unit_test(a_tests_clock_stands_where_it_was_put));
