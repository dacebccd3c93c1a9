/* test_rates.c: what is limited is limited, what is not is not, and waiting as told is enough. */
#include "check.h"

#include <string.h>

#include "hub/rates.h"

static struct config given_config(void)
{
	struct config config;

	config_default(&config);
	config.calls_per_second = 2;
	config.calls_burst = 3;
	config.searches_per_minute = 2;
	config.opens_per_address_per_minute = 2;
	config.wrong_tokens_per_address_per_minute = 1;
	return config;
}

TEST(a_burst_passes_and_then_the_wait_told_is_enough)
{
	struct config config = given_config();
	struct session_rates mine;
	int64_t now_ms = 5000, wait_ms;

	session_rates_init(&mine, &config, now_ms);
	for (int i = 0; i < 3; i++)
		CHECK_INT(0, session_rates_call(&mine, &config, 1, now_ms));
	wait_ms = session_rates_call(&mine, &config, 1, now_ms);
	CHECK(wait_ms > 0 && wait_ms <= 501);
	CHECK(session_rates_call(&mine, &config, 1, now_ms + wait_ms / 2) > 0);
	CHECK_INT(0, session_rates_call(&mine, &config, 1, now_ms + wait_ms));
}

TEST(asking_often_does_not_lose_what_has_been_gained)
{
	struct config config = given_config();
	struct session_rates mine;
	int passed = 0;

	session_rates_init(&mine, &config, 0);
	for (int64_t now_ms = 0; now_ms < 10000; now_ms++)
		passed += session_rates_call(&mine, &config, 1, now_ms) == 0;
	CHECK(passed >= 3 + 19 && passed <= 3 + 20);
}

TEST(what_costs_nothing_always_passes)
{
	struct config config = given_config();
	struct session_rates mine;

	session_rates_init(&mine, &config, 0);
	for (int i = 0; i < 1000; i++)
		CHECK_INT(0, session_rates_call(&mine, &config, 0, 0));
}

TEST(a_cost_beyond_the_burst_waits_for_a_full_bucket)
{
	struct config config = given_config();
	struct session_rates mine;
	int64_t wait_ms;

	session_rates_init(&mine, &config, 0);
	CHECK_INT(0, session_rates_call(&mine, &config, 10, 0));
	wait_ms = session_rates_call(&mine, &config, 10, 0);
	CHECK(wait_ms >= 1500 && wait_ms <= 1501);
	CHECK_INT(0, session_rates_call(&mine, &config, 10, wait_ms));
}

TEST(a_limit_of_zero_is_none)
{
	struct config config = given_config();
	struct session_rates mine;

	config.calls_per_second = config.searches_per_minute = 0;
	session_rates_init(&mine, &config, 0);
	for (int i = 0; i < 1000; i++) {
		CHECK_INT(0, session_rates_call(&mine, &config, 5, 0));
		CHECK_INT(0, session_rates_meter(&mine, &config, METER_SEARCH, 0));
	}
}

TEST(searches_have_a_measure_of_their_own)
{
	struct config config = given_config();
	struct session_rates mine;

	session_rates_init(&mine, &config, 0);
	CHECK_INT(0, session_rates_meter(&mine, &config, METER_SEARCH, 0));
	CHECK_INT(0, session_rates_meter(&mine, &config, METER_SEARCH, 0));
	CHECK(session_rates_meter(&mine, &config, METER_SEARCH, 0) > 29000);
	CHECK_INT(0, session_rates_meter(&mine, &config, METER_DRAFT, 0));
}

TEST(the_clock_may_wrap)
{
	struct config config = given_config();
	struct session_rates mine;
	int64_t now_ms = UINT32_MAX - 10;

	session_rates_init(&mine, &config, now_ms);
	for (int i = 0; i < 3; i++)
		CHECK_INT(0, session_rates_call(&mine, &config, 1, now_ms));
	CHECK_INT(0, session_rates_call(&mine, &config, 1, now_ms + 501));
}

TEST(an_address_may_open_so_many_and_others_do_not_suffer)
{
	struct config config = given_config();
	struct address_rates *rates = address_rates_new(&config);

	CHECK_INT(0, address_rates_open(rates, 1, 0));
	CHECK_INT(0, address_rates_open(rates, 1, 0));
	CHECK(address_rates_open(rates, 1, 0) > 0);
	CHECK_INT(0, address_rates_open(rates, 2, 0));
	address_rates_free(&rates);
}

TEST(wrong_tokens_lock_an_address_for_a_while)
{
	struct config config = given_config();
	struct address_rates *rates = address_rates_new(&config);
	int64_t wait_ms;

	CHECK_INT(0, address_rates_open(rates, 1, 0));
	address_rates_wrong_token(rates, 1, 0);
	wait_ms = address_rates_open(rates, 1, 0);
	CHECK(wait_ms > 50000);
	CHECK_INT(0, address_rates_open(rates, 1, wait_ms));
	address_rates_free(&rates);
}

TEST(addresses_are_forgotten_once_they_owe_nothing)
{
	struct config config = given_config();
	struct address_rates *rates = address_rates_new(&config);

	CHECK_INT(0, address_rates_open(rates, 1, 0));
	CHECK_INT(0, address_rates_open(rates, 1, 0));
	address_rates_sweep(rates, 1000);
	CHECK(address_rates_open(rates, 1, 1000) > 0);
	address_rates_sweep(rates, 120000);
	CHECK_INT(0, address_rates_open(rates, 1, 120000));
	address_rates_free(&rates);
}

TEST(what_an_address_uses_elsewhere_it_has_not_here)
{
	struct config config = given_config();
	struct address_rates *rates = address_rates_new(&config);

	CHECK(rates);
	address_rates_used_elsewhere(rates, RELAY_USE_OPEN, 1, 1, 0);
	CHECK_INT(0, address_rates_open(rates, 1, 0));
	CHECK(address_rates_open(rates, 1, 0) > 0);
	CHECK_INT(0, address_rates_open(rates, 2, 0));
	/* What was used beyond the limit, because nobody had heard in time, is owed. */
	address_rates_used_elsewhere(rates, RELAY_USE_OPEN, 1, 2, 0);
	CHECK(address_rates_open(rates, 1, 60000) > 0);
	CHECK_INT(0, address_rates_open(rates, 1, 90001));
	/* But never more than a whole minute's. */
	address_rates_used_elsewhere(rates, RELAY_USE_OPEN, 2, INT64_MAX, 100000);
	CHECK_INT(0, address_rates_open(rates, 2, 190001));
	address_rates_used_elsewhere(rates, RELAY_USE_WRONG_TOKEN, 3, 1, 0);
	CHECK(address_rates_open(rates, 3, 0) > 0);
	address_rates_sweep(rates, 600000);
	address_rates_free(&rates);
}

RUN(cmocka_unit_test(a_burst_passes_and_then_the_wait_told_is_enough),
    cmocka_unit_test(asking_often_does_not_lose_what_has_been_gained),
    cmocka_unit_test(what_costs_nothing_always_passes),
    cmocka_unit_test(a_cost_beyond_the_burst_waits_for_a_full_bucket),
    cmocka_unit_test(a_limit_of_zero_is_none),
    cmocka_unit_test(searches_have_a_measure_of_their_own), cmocka_unit_test(the_clock_may_wrap),
    cmocka_unit_test(an_address_may_open_so_many_and_others_do_not_suffer),
    cmocka_unit_test(wrong_tokens_lock_an_address_for_a_while),
    cmocka_unit_test(what_an_address_uses_elsewhere_it_has_not_here),
    cmocka_unit_test(addresses_are_forgotten_once_they_owe_nothing));
