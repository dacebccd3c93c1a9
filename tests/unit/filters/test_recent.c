/* test_recent.c: the same words again, and too many at once, by the messages' own time. */
#include "given_rules.h"

static const struct signals words = {.text_hash = 1, .words = 9};
static const struct signals other_words = {.text_hash = 2, .words = 9};
static const struct signals short_words = {.text_hash = 3, .words = 1};

static struct recent_result say(struct recent *recent, const struct ruleset *ruleset,
	uint64_t author, const struct signals *signals, int64_t seconds)
{
	struct recent_result result;

	recent_fold(recent, ruleset, author, signals, seconds * 1000, true, &result);
	return result;
}

TEST(an_author_who_repeats_the_same_words_is_noticed)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct recent recent = {0};

	CHECK_INT(0, say(&recent, ruleset, 1, &words, 0).own);
	CHECK_INT(0, say(&recent, ruleset, 1, &words, 10).own);
	CHECK_INT(500, say(&recent, ruleset, 1, &words, 20).own);
	CHECK_INT(0, say(&recent, ruleset, 1, &other_words, 21).own);
	CHECK_INT(750, say(&recent, ruleset, 1, &words, 30).own);
	ruleset_unref(&ruleset);
}

TEST(a_few_words_may_be_said_again_by_all)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct recent recent = {0};

	for (uint64_t i = 0; i < 30; i++) {
		struct recent_result result = say(&recent, ruleset, 1 + i % 10, &short_words,
			(int64_t)i * 30);

		CHECK_INT(0, result.own);
		CHECK_INT(0, result.others);
	}
	ruleset_unref(&ruleset);
}

TEST(the_same_words_from_many_are_noticed_and_from_one_other_are_not)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct recent recent = {0};

	for (uint64_t author = 1; author <= 6; author++)
		CHECK_INT(0, say(&recent, ruleset, author, &words, (int64_t)author).others);
	CHECK_INT(500, say(&recent, ruleset, 7, &words, 8).others);
	ruleset_unref(&ruleset);
}

TEST(what_is_older_than_the_window_is_forgotten)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct recent recent = {0};

	for (int i = 0; i < 5; i++)
		CHECK_INT(0, say(&recent, ruleset, 1, &words, i * 1000).own);
	ruleset_unref(&ruleset);
}

TEST(haste_is_noticed_and_goes_away_with_time)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct recent recent = {0};

	for (int i = 0; i < 12; i++)
		CHECK_INT(0, say(&recent, ruleset, 1, &short_words, i).rate);
	CHECK(say(&recent, ruleset, 1, &short_words, 13).rate > 0);
	CHECK_INT(0, say(&recent, ruleset, 2, &short_words, 13).rate);
	CHECK_INT(0, say(&recent, ruleset, 1, &short_words, 600).rate);
	ruleset_unref(&ruleset);
}

TEST(messages_by_nobody_in_particular_are_not_counted_together)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct recent recent = {0};

	for (int i = 0; i < 40; i++) {
		struct recent_result result = say(&recent, ruleset, 0, &words, i);

		CHECK(!result.own && !result.rate && !result.others);
	}
	ruleset_unref(&ruleset);
}

TEST(with_limits_off_nothing_is_counted_or_remembered)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct recent recent = {0};
	struct recent_result result;

	for (int i = 0; i < 50; i++) {
		recent_fold(&recent, ruleset, 1, &words, i, false, &result);
		CHECK(result.off && !result.own && !result.rate && !result.others);
	}
	CHECK_INT(0, say(&recent, ruleset, 1, &words, 60).own);
	ruleset_unref(&ruleset);
}

RUN(cmocka_unit_test(an_author_who_repeats_the_same_words_is_noticed),
	cmocka_unit_test(a_few_words_may_be_said_again_by_all),
	cmocka_unit_test(the_same_words_from_many_are_noticed_and_from_one_other_are_not),
	cmocka_unit_test(what_is_older_than_the_window_is_forgotten),
	cmocka_unit_test(haste_is_noticed_and_goes_away_with_time),
	cmocka_unit_test(messages_by_nobody_in_particular_are_not_counted_together),
	cmocka_unit_test(with_limits_off_nothing_is_counted_or_remembered));
