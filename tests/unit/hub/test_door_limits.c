/* test_door_limits.c: how much one place may take. */
#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>
#include <string.h>

#include "hub/door_limits.h"

static struct limits *limits;

static uint64_t named(const char *text)
{
	return limits_place_of_text(limits, text, strlen(text));
}

static void begin(unsigned connections, unsigned per_minute)
{
	CHECK(sodium_init() >= 0);
	limits = limits_new(connections, per_minute);
	CHECK(limits);
}

TEST(a_place_is_an_IPv4_address_or_an_IPv6_network)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	begin(1, 1);
	inet_pton(AF_INET, "192.0.2.7", &v4.sin_addr);
	inet_pton(AF_INET6, "::ffff:192.0.2.7", &v6.sin6_addr);
	CHECK(named("192.0.2.7") == limits_place(limits, (struct sockaddr *)&v4));
	CHECK(named("192.0.2.7") == limits_place(limits, (struct sockaddr *)&v6));
	CHECK(named("192.0.2.7") == named("192.0.2.7:4711"));
	CHECK(named("192.0.2.7") != named("192.0.2.8"));
	CHECK(named("2001:db8::1") == named("2001:db8:0:0:ffff::2"));
	CHECK(named("2001:db8::1") == named("[2001:db8::3]:80"));
	CHECK(named("2001:db8::1") != named("2001:db8:0:1::1"));
	CHECK(named("nonsense") == named("") && named("nonsense") != named("192.0.2.7"));
	limits_free(&limits);
}

TEST(the_same_address_is_another_number_in_another_process)
{
	uint64_t first;

	begin(1, 1);
	first = named("192.0.2.7");
	limits_free(&limits);
	begin(1, 1);
	CHECK(first != named("192.0.2.7"));
	limits_free(&limits);
}

TEST(connections_at_the_same_time_are_counted_down_again)
{
	begin(2, 0);
	CHECK_INT(LIMITS_WELCOME, limits_enter(limits, 7, 0));
	CHECK_INT(LIMITS_WELCOME, limits_enter(limits, 7, 0));
	CHECK_INT(LIMITS_TOO_MANY, limits_enter(limits, 7, 0));
	CHECK_INT(LIMITS_WELCOME, limits_enter(limits, 8, 0));
	limits_leave(limits, 7);
	CHECK_INT(LIMITS_WELCOME, limits_enter(limits, 7, 0));
	limits_free(&limits);
}

TEST(new_connections_flow_back_in_over_the_minute)
{
	begin(0, 60);
	for (int i = 0; i < 60; i++)
		CHECK_INT(LIMITS_WELCOME, limits_enter(limits, 7, 1000));
	CHECK_INT(LIMITS_TOO_FAST, limits_enter(limits, 7, 1000));
	CHECK_INT(LIMITS_TOO_FAST, limits_enter(limits, 7, 1900));
	CHECK_INT(LIMITS_WELCOME, limits_enter(limits, 7, 3000));
	CHECK_INT(LIMITS_WELCOME, limits_enter(limits, 7, 3000));
	CHECK_INT(LIMITS_TOO_FAST, limits_enter(limits, 7, 3000));
	limits_free(&limits);
}

TEST(what_came_elsewhere_counts_here_and_is_owed)
{
	begin(0, 3);
	limits_came_elsewhere(limits, 7, 2, 0);
	CHECK_INT(LIMITS_WELCOME, limits_enter(limits, 7, 0));
	CHECK_INT(LIMITS_TOO_FAST, limits_enter(limits, 7, 0));
	limits_came_elsewhere(limits, 7, 1, 0);
	CHECK_INT(LIMITS_TOO_FAST, limits_enter(limits, 7, 39999));
	CHECK_INT(LIMITS_WELCOME, limits_enter(limits, 7, 40001));
	limits_came_elsewhere(limits, 7, INT64_MAX, 40001);
	CHECK_INT(LIMITS_TOO_FAST, limits_enter(limits, 7, 119999));
	CHECK_INT(LIMITS_WELCOME, limits_enter(limits, 7, 120002));
	CHECK_INT(LIMITS_WELCOME, limits_enter(limits, 8, 0));
	limits_free(&limits);
}

TEST(with_the_same_key_a_place_has_the_same_name)
{
	static const unsigned char key[LIMITS_KEY_BYTES] = { 1 };
	uint64_t first;

	begin(1, 1);
	limits_use_key(limits, key);
	first = named("192.0.2.7");
	limits_free(&limits);
	begin(1, 1);
	limits_use_key(limits, key);
	CHECK(first == named("192.0.2.7"));
	limits_free(&limits);
}

TEST(no_limit_is_none)
{
	begin(0, 0);
	for (int i = 0; i < 100000; i++)
		CHECK_INT(LIMITS_WELCOME, limits_enter(limits, 7, 0));
	limits_free(&limits);
}

TEST(a_million_places_do_not_push_out_one_that_holds_connections)
{
	begin(1, 0);
	CHECK_INT(LIMITS_WELCOME, limits_enter(limits, 7, 0));
	for (uint64_t place = 1000; place < 1001000; place++) {
		CHECK_INT(LIMITS_WELCOME, limits_enter(limits, place, (int64_t)place));
		limits_leave(limits, place);
	}
	CHECK_INT(LIMITS_TOO_MANY, limits_enter(limits, 7, 2000000));
	limits_free(&limits);
}

TEST(a_budget_of_bytes_fills_up_to_its_burst_and_loses_nothing_to_rounding)
{
	struct allowance allowance;

	allowance_init(&allowance, 100, 0);
	CHECK(allowance_take(&allowance, 10, 100, 100, 0));
	CHECK(!allowance_take(&allowance, 10, 100, 1, 0));
	CHECK(allowance_take(&allowance, 10, 100, 0, 1000));
	allowance_init(&allowance, 0, 0);
	for (int64_t at = 1; at <= 1000; at++)
		allowance_take(&allowance, 10, 100, 0, at);
	CHECK_INT(10, allowance.left);
	CHECK(allowance_take(&allowance, 10, 100, 100, INT64_MAX / 2));
	CHECK(allowance_take(&allowance, 0, 0, 1 << 30, 0));
}

RUN(cmocka_unit_test(a_place_is_an_IPv4_address_or_an_IPv6_network),
	cmocka_unit_test(the_same_address_is_another_number_in_another_process),
	cmocka_unit_test(connections_at_the_same_time_are_counted_down_again),
	cmocka_unit_test(new_connections_flow_back_in_over_the_minute),
	cmocka_unit_test(what_came_elsewhere_counts_here_and_is_owed),
	cmocka_unit_test(with_the_same_key_a_place_has_the_same_name),
	cmocka_unit_test(no_limit_is_none),
	cmocka_unit_test(a_million_places_do_not_push_out_one_that_holds_connections),
	cmocka_unit_test(a_budget_of_bytes_fills_up_to_its_burst_and_loses_nothing_to_rounding));
