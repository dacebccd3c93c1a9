/* test_tally.c: what only counts is written together, exactly, and soon. */
#include "given_store.h"

#include "store/tally.h"

enum { NOW = 1000000000 };

static int64_t number(const struct given *given, const char *sql)
{
	int64_t found = -1;

	CHECK_OK(db_number(given->db, -1, &found, sql, ""));
	return found;
}

static void count_post(struct tally *tally, int64_t thread, int64_t heat, int64_t was)
{
	struct pulse pulse = {.at = NOW,
						  .circle = 1,
						  .thread = thread,
						  .heat = heat,
						  .was = was,
						  .level = thread ? 1 : 0};

	if (thread)
		snprintf(pulse.causes, sizeof pulse.causes, "[\"ping_pong\"]");
	CHECK_OK(tally_pulse(tally, &pulse));
}

TEST(a_thousand_posts_change_each_row_once_and_none_is_forgotten)
{
	struct given given = given_store();
	struct tally *tally = tally_new();

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 500; i++) {
			count_post(tally, 0, i % 7, 0);
			count_post(tally, 1 + i % 3, i, i - 1);
			CHECK_OK(tally_voice(tally, NOW, 1, 1 + i % 5, i % 2));
		}
		CHECK(tally_waits(tally));
		CHECK_OK(tally_write(tally, given.db, NOW));
		CHECK(!tally_waits(tally));
	}
	CHECK_INT(4, number(&given, "SELECT count(*) FROM pulse"));
	CHECK_INT(1000, number(&given, "SELECT posts FROM pulse WHERE thread = 0"));
	CHECK_INT(6, number(&given, "SELECT heat FROM pulse WHERE thread = 0"));
	CHECK_INT(1000, number(&given, "SELECT sum(posts) FROM pulse WHERE thread > 0"));
	CHECK_INT(499, number(&given, "SELECT heat FROM pulse WHERE thread = 2"));
	CHECK_INT(0, number(&given, "SELECT was FROM pulse WHERE thread = 2"));
	CHECK_INT(10, number(&given, "SELECT count(*) FROM voice"));
	CHECK_INT(1000, number(&given, "SELECT sum(posts) FROM voice"));
	tally_free(&tally);
	given_end(&given);
}

TEST(what_is_dropped_leaves_nothing_behind)
{
	struct given given = given_store();
	struct tally *tally = tally_new();

	for (int i = 0; i < 3000; i++)
		CHECK_OK(tally_voice(tally, NOW, i, i, 0));
	tally_drop(tally);
	CHECK(!tally_waits(tally));
	count_post(tally, 0, 1, 0);
	CHECK_OK(tally_write(tally, given.db, NOW));
	CHECK_INT(1, number(&given, "SELECT posts FROM pulse"));
	CHECK_INT(0, number(&given, "SELECT count(*) FROM voice"));
	tally_free(&tally);
	given_end(&given);
}

TEST(a_small_commit_writes_at_once_and_a_large_one_within_a_second)
{
	struct given given = given_store();
	struct tally *tally = tally_new();

	CHECK(!tally_is_due(tally, 1, NOW));
	count_post(tally, 0, 1, 0);
	CHECK(tally_is_due(tally, 1, NOW));
	CHECK_OK(tally_write(tally, given.db, NOW));
	count_post(tally, 0, 1, 0);
	CHECK(!tally_is_due(tally, 500, NOW + 999));
	CHECK(tally_is_due(tally, 500, NOW + 1000));
	for (int i = 0; i < 10000; i++)
		CHECK_OK(tally_voice(tally, NOW, i, i, 0));
	CHECK(tally_is_due(tally, 500, NOW + 1));
	tally_free(&tally);
	given_end(&given);
}

RUN(
	cmocka_unit_test(a_thousand_posts_change_each_row_once_and_none_is_forgotten),
	cmocka_unit_test(what_is_dropped_leaves_nothing_behind),
	cmocka_unit_test(a_small_commit_writes_at_once_and_a_large_one_within_a_second));
