/* test_welcome.c: what all are told alike who join: only while it is true, and read once. */
#include "check.h"

#include <string.h>

#include "hub/welcome.h"

static struct shared *text_of(const char *text)
{
	struct shared *shared = shared_new(text, strlen(text) + 1);

	CHECK(shared);
	return shared;
}

static void learn(struct welcomes *welcomes, const char *circle, const char *text, int64_t snapshot,
		  int64_t applied)
{
	const struct outcome outcome = {.joined_journal = 28, .joined_circle = 7, .next = 5};
	struct shared *shared = text_of(text);

	welcomes_learn(welcomes, circle, "he", &outcome, snapshot, applied, &shared);
	CHECK(!shared);
}

TEST(what_was_learnt_is_told_in_that_circle_and_language)
{
	struct welcomes welcomes;
	const struct welcome *found;

	CHECK_OK(welcomes_init(&welcomes));
	CHECK(!welcomes_find(&welcomes, "forum", "he", 9));
	learn(&welcomes, "forum", "hello", 9, 9);
	found = welcomes_find(&welcomes, "forum", "he", 9);
	CHECK(found);
	CHECK_TEXT("hello", (const char *)found->text->data);
	CHECK_INT(28, found->journal);
	CHECK_INT(7, found->circle);
	CHECK_INT(5, found->next);
	CHECK(!welcomes_find(&welcomes, "forum", "ar", 9));
	CHECK(!welcomes_find(&welcomes, "panel", "he", 9));
	welcomes_fini(&welcomes);
}

TEST(any_event_that_comes_by_ends_it)
{
	struct welcomes welcomes;

	CHECK_OK(welcomes_init(&welcomes));
	learn(&welcomes, "forum", "hello", 9, 9);
	CHECK(!welcomes_find(&welcomes, "forum", "he", 10));
	CHECK(!welcomes_find(&welcomes, "forum", "he", 9));
	learn(&welcomes, "forum", "hello", 10, 10);
	CHECK(welcomes_find(&welcomes, "forum", "he", 10));
	welcomes_fini(&welcomes);
}

TEST(what_was_read_before_the_newest_event_is_not_learnt)
{
	struct welcomes welcomes;

	CHECK_OK(welcomes_init(&welcomes));
	learn(&welcomes, "forum", "old", 8, 9);
	CHECK(!welcomes_find(&welcomes, "forum", "he", 9));
	learn(&welcomes, "forum", "newer than what came by", 11, 9);
	CHECK(welcomes_find(&welcomes, "forum", "he", 9));
	welcomes_fini(&welcomes);
}

TEST(one_leads_until_it_is_back)
{
	struct call first = {.asker.lang = "he"}, second = {.asker.lang = "he"};
	struct welcomes welcomes;

	CHECK_OK(welcomes_init(&welcomes));
	welcomes_lead(&welcomes, "forum", &first, 9);
	welcomes_lead(&welcomes, "forum", &second, 9);
	CHECK(welcomes_find(&welcomes, "forum", "he", 9)->leader == &first);
	CHECK(!welcomes_find(&welcomes, "forum", "he", 9)->text);
	welcomes_led(&welcomes, "forum", &second);
	CHECK(welcomes_find(&welcomes, "forum", "he", 9)->leader == &first);
	learn(&welcomes, "forum", "hello", 9, 9);
	welcomes_led(&welcomes, "forum", &first);
	CHECK(!welcomes_find(&welcomes, "forum", "he", 9)->leader);
	CHECK(welcomes_find(&welcomes, "forum", "he", 9)->text);
	welcomes_fini(&welcomes);
}

TEST(who_comes_back_with_nothing_leaves_nothing)
{
	struct call leader = {.asker.lang = "he"}, next = {.asker.lang = "he"};
	struct welcomes welcomes;

	CHECK_OK(welcomes_init(&welcomes));
	welcomes_lead(&welcomes, "no-such", &leader, 9);
	welcomes_led(&welcomes, "no-such", &leader);
	CHECK(!welcomes_find(&welcomes, "no-such", "he", 9));
	/* An event came by meanwhile, and somebody else leads when the first is back. */
	welcomes_lead(&welcomes, "forum", &leader, 9);
	welcomes_lead(&welcomes, "forum", &next, 10);
	welcomes_led(&welcomes, "forum", &leader);
	CHECK(welcomes_find(&welcomes, "forum", "he", 10)->leader == &next);
	welcomes_fini(&welcomes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_learnt_is_told_in_that_circle_and_language),
		cmocka_unit_test(any_event_that_comes_by_ends_it),
		cmocka_unit_test(what_was_read_before_the_newest_event_is_not_learnt),
		cmocka_unit_test(one_leads_until_it_is_back),
		cmocka_unit_test(who_comes_back_with_nothing_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
