/* test_thread.c: the temperature of a thread and the crisis index of a circle, as folds. */
#include "given_rules.h"

#include "filters/crisis.h"
#include "filters/fixed.h"
#include "filters/thread.h"

static const struct signals calm = {.words = 20, .first = 2, .hedges = 1};
static const struct signals rude = {.words = 12, .second = 3, .accusations = 1, .incivility = 750,
	.flagged = true};
static const struct signals tense = {.words = 12, .second = 3, .accusations = 2, .negations = 2,
	.incivility = 300};
static const struct signals sorry = {.words = 8, .apologies = 1, .thanks = 1};

TEST(a_calm_thread_stays_calm_however_long)
{
	struct thread_state thread = {0};

	for (int i = 0; i < 1000; i++) {
		thread_fold(&thread, &calm, (uint64_t)(1 + i % 5), 0, i * 60000);
		CHECK(thread.escalation < 150);
		CHECK_INT(THREAD_CALM, thread.level);
	}
}

TEST(tension_is_forecast_before_anything_is_flagged)
{
	struct thread_state thread = {0};

	for (int i = 0; i < 4; i++)
		thread_fold(&thread, &calm, (uint64_t)(1 + i % 2), 0, i * 60000);
	for (int i = 0; i < 6; i++)
		thread_fold(&thread, &tense, (uint64_t)(1 + i % 2), (uint64_t)(2 - i % 2),
			240000 + i * 5000);
	CHECK(thread.escalation >= 450);
	CHECK(thread.level >= THREAD_WATCH);
}

TEST(insults_alarm_and_an_apology_cools_more_than_calm_does)
{
	struct thread_state thread = {0}, quiet;
	unsigned hottest;

	for (int i = 0; i < 4; i++)
		thread_fold(&thread, &rude, (uint64_t)(1 + i % 2), 0, i * 20000);
	CHECK_INT(THREAD_ALERT, thread.level);
	hottest = thread.escalation;
	quiet = thread;
	thread_fold(&thread, &sorry, 1, 2, 100000);
	thread_fold(&quiet, &calm, 1, 2, 100000);
	CHECK(thread.escalation < hottest);
	CHECK(thread.is_cooling);
	CHECK(thread.escalation < quiet.escalation);
	for (int i = 0; i < 30; i++)
		thread_fold(&thread, &calm, (uint64_t)(1 + i % 4), 0, 200000 + i * 60000);
	CHECK_INT(THREAD_CALM, thread.level);
}

TEST(a_thread_is_a_pure_fold_and_shrugs_off_strange_times)
{
	static const int64_t times[] = {0, 5, -1000000, INT64_MAX, INT64_MIN, 7, 7, INT64_MAX};
	struct thread_state once = {0}, again = {0};
	struct crisis_state crisis = {0}, crisis_again = {0};

	for (int round = 0; round < 2; round++) {
		struct thread_state *thread = round ? &again : &once;
		struct crisis_state *circle = round ? &crisis_again : &crisis;

		for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
			thread_fold(thread, i % 2 ? &rude : &calm, i % 3, i % 4, times[i]);
			crisis_fold(circle, i % 2 ? &rude : &calm, i % 3, thread->escalation,
				times[i]);
			CHECK(thread->escalation <= 1000 && circle->index <= 1000);
		}
	}
	CHECK_INT(once.escalation, again.escalation);
	CHECK_INT(once.heat, again.heat);
	CHECK_INT(crisis.index, crisis_again.index);
	CHECK_INT(crisis.excess, crisis_again.excess);
}

TEST(many_on_one_are_warmer_than_a_round_of_replies)
{
	struct thread_state pile = {0}, round = {0};

	for (uint64_t i = 0; i < 8; i++) {
		thread_fold(&pile, &tense, 10 + i, 1, (int64_t)i * 30000);
		thread_fold(&round, &tense, 10 + i, 9 + i, (int64_t)i * 30000);
	}
	CHECK(pile.escalation > round.escalation);
}

TEST(a_calm_circle_with_a_stray_insult_is_in_no_crisis)
{
	struct crisis_state crisis = {0};

	for (int i = 0; i < 3000; i++) {
		bool stray = i % 60 == 59;

		crisis_fold(&crisis, stray ? &rude : &calm, (uint64_t)(1 + i % 17), stray ? 400 : 60,
			i * 30000);
		CHECK(crisis.level != CRISIS_ALERT);
	}
}

TEST(a_wave_of_insults_by_several_is_a_crisis_within_thirty_messages_and_passes)
{
	struct crisis_state crisis = {0};
	int alarm = -1;
	int64_t ts = 0;

	for (int i = 0; i < 100; i++)
		crisis_fold(&crisis, &calm, (uint64_t)(1 + i % 9), 60, ts += 60000);
	for (int i = 0; i < 30 && alarm < 0; i++) {
		crisis_fold(&crisis, i % 3 == 0 ? &rude : &calm, (uint64_t)(1 + i % 9), 500, ts += 10000);
		if (crisis.level == CRISIS_ALERT)
			alarm = i;
	}
	CHECK(alarm >= 0);
	for (int i = 0; i < 60; i++)
		crisis_fold(&crisis, &calm, (uint64_t)(1 + i % 9), 100, ts += 60000);
	CHECK_INT(CRISIS_CALM, crisis.level);
}

TEST(one_person_alone_weighs_less_than_several)
{
	struct crisis_state one = {0}, several = {0};

	for (int i = 0; i < 6; i++) {
		crisis_fold(&one, i % 2 ? &rude : &calm, i % 2 ? 7 : 8, 300, i * 30000);
		crisis_fold(&several, i % 2 ? &rude : &calm, (uint64_t)(1 + i), 300, i * 30000);
	}
	CHECK(several.index > one.index);
}

TEST(a_long_silence_takes_the_heat_out_of_a_circle)
{
	struct crisis_state crisis = {0};
	unsigned hottest;

	for (int i = 0; i < 5; i++)
		crisis_fold(&crisis, &rude, (uint64_t)(1 + i), 800, i * 10000);
	hottest = crisis.index;
	CHECK_INT(CRISIS_ALERT, crisis.level);
	crisis_fold(&crisis, &calm, 1, 100, INT64_C(12) * 3600 * 1000);
	CHECK(crisis.index + 300u < hottest);
}

TEST(the_logistic_rises_from_nothing_to_all_and_is_half_in_the_middle)
{
	unsigned before = 0;

	CHECK_INT(0, fixed_logistic(INT32_MIN));
	CHECK_INT(1000, fixed_logistic(INT32_MAX));
	CHECK_INT(500, fixed_logistic(0));
	for (int32_t x = -9000; x <= 9000; x += 7) {
		CHECK(fixed_logistic(x) >= before);
		before = fixed_logistic(x);
	}
}

RUN(cmocka_unit_test(a_calm_thread_stays_calm_however_long),
	cmocka_unit_test(tension_is_forecast_before_anything_is_flagged),
	cmocka_unit_test(insults_alarm_and_an_apology_cools_more_than_calm_does),
	cmocka_unit_test(a_thread_is_a_pure_fold_and_shrugs_off_strange_times),
	cmocka_unit_test(many_on_one_are_warmer_than_a_round_of_replies),
	cmocka_unit_test(a_calm_circle_with_a_stray_insult_is_in_no_crisis),
	cmocka_unit_test(a_wave_of_insults_by_several_is_a_crisis_within_thirty_messages_and_passes),
	cmocka_unit_test(one_person_alone_weighs_less_than_several),
	cmocka_unit_test(a_long_silence_takes_the_heat_out_of_a_circle),
	cmocka_unit_test(the_logistic_rises_from_nothing_to_all_and_is_half_in_the_middle));
