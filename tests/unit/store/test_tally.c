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
						  .level = thread ? 1 : 0,
						  .causes = thread ? "[\"ping_pong\"]" : NULL};

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

TEST(few_rows_are_written_at_once_and_many_once_a_second)
{
	struct given given = given_store();
	struct tally *tally = tally_new();

	CHECK(!tally_is_due(tally, 1, NOW));
	count_post(tally, 0, 1, 0);
	CHECK(tally_is_due(tally, 500, NOW));
	CHECK_OK(tally_write(tally, given.db, NOW));
	for (int i = 0; i < 250; i++)
		CHECK_OK(tally_voice(tally, NOW, i, i, 0));
	CHECK(tally_is_due(tally, 500, NOW + 1));
	CHECK_OK(tally_write(tally, given.db, NOW + 1));
	for (int i = 0; i < 6; i++)
		CHECK_OK(tally_voice(tally, NOW, i, i, 0));
	/* The second has had its share. */
	CHECK(!tally_is_due(tally, 2, NOW + 2));
	CHECK(!tally_is_due(tally, 500, NOW + 999));
	CHECK(tally_is_due(tally, 500, NOW + 1000));
	/* Who is alone has time. */
	CHECK(tally_is_due(tally, 1, NOW + 2));
	CHECK_OK(tally_write(tally, given.db, NOW + 1000));
	for (int i = 0; i < 10000; i++)
		CHECK_OK(tally_voice(tally, NOW, i, i, 0));
	CHECK(tally_is_due(tally, 500, NOW + 1001));
	tally_free(&tally);
	given_end(&given);
}

static void open_thread(struct tally *tally, int64_t thread, int64_t heat, bool held)
{
	struct pulse pulse = {.at = NOW,
						  .circle = 1,
						  .thread = thread,
						  .heat = heat,
						  .is_opener = true,
						  .is_held = held};

	CHECK_OK(tally_pulse(tally, &pulse));
}

TEST(of_a_flood_of_openers_the_first_and_the_hottest_and_all_held_ones_have_a_row)
{
	struct given given = given_store();
	struct tally *tally = tally_new();

	for (int i = 1; i <= 1000; i++) {
		open_thread(tally, i, i > 900 ? i - 900 : 7, false);
		/* Whether a commit comes between makes no difference. */
		if (i == 30)
			CHECK_OK(tally_write(tally, given.db, NOW));
	}
	for (int i = 1; i <= 30; i++)
		open_thread(tally, 2000 + i, 0, true);
	CHECK_OK(tally_write(tally, given.db, NOW));
	CHECK_INT(50, number(&given, "SELECT count(*) FROM pulse WHERE thread <= 50"));
	CHECK_INT(30, number(&given, "SELECT count(*) FROM pulse WHERE thread > 2000"));
	CHECK_INT(20, number(&given, "SELECT count(*) FROM pulse WHERE thread BETWEEN 981 AND 1000"));
	CHECK_INT(0, number(&given, "SELECT count(*) FROM pulse WHERE thread BETWEEN 51 AND 907"));
	/* They are not counted among their thread's posts. */
	CHECK_INT(0, number(&given, "SELECT sum(posts) FROM pulse"));
	tally_free(&tally);
	given_end(&given);
}

TEST(an_answer_gives_a_thread_its_row_whatever_became_of_the_openers)
{
	struct given given = given_store();
	struct tally *tally = tally_new();

	for (int i = 1; i <= 100; i++)
		open_thread(tally, i, 0, false);
	count_post(tally, 80, 3, 1);
	count_post(tally, 10, 4, 2);
	CHECK_OK(tally_write(tally, given.db, NOW));
	CHECK_INT(1, number(&given, "SELECT posts FROM pulse WHERE thread = 80"));
	CHECK_INT(1, number(&given, "SELECT was FROM pulse WHERE thread = 80"));
	CHECK_INT(1, number(&given, "SELECT posts FROM pulse WHERE thread = 10"));
	CHECK_INT(0, number(&given, "SELECT was FROM pulse WHERE thread = 10"));
	CHECK_INT(51, number(&given, "SELECT count(*) FROM pulse"));
	tally_free(&tally);
	given_end(&given);
}

TEST(what_a_failed_commit_took_with_it_gets_its_row_again)
{
	struct given given = given_store();
	struct tally *tally = tally_new();

	for (int i = 1; i <= 60; i++)
		open_thread(tally, i, 0, false);
	tally_undo(tally);
	CHECK(!tally_waits(tally));
	for (int i = 1; i <= 60; i++)
		open_thread(tally, i, 0, false);
	CHECK_OK(tally_write(tally, given.db, NOW));
	CHECK_INT(50, number(&given, "SELECT count(*) FROM pulse"));
	tally_free(&tally);
	given_end(&given);
}

RUN(
	cmocka_unit_test(a_thousand_posts_change_each_row_once_and_none_is_forgotten),
	cmocka_unit_test(what_is_dropped_leaves_nothing_behind),
	cmocka_unit_test(few_rows_are_written_at_once_and_many_once_a_second),
	cmocka_unit_test(of_a_flood_of_openers_the_first_and_the_hottest_and_all_held_ones_have_a_row),
	cmocka_unit_test(an_answer_gives_a_thread_its_row_whatever_became_of_the_openers),
	cmocka_unit_test(what_a_failed_commit_took_with_it_gets_its_row_again));
