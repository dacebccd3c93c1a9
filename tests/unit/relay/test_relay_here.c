/* test_relay_here.c: the book of who is here and what Redis has been told of it. */
#include "check.h"

#include "base/map.h"
#include "relay/relay_here.h"

static struct here here;

static int given_book(void **state)
{
	(void)state;
	return here_init(&here) != ERR_NONE;
}

static int close_book(void **state)
{
	(void)state;
	here_fini(&here);
	return 0;
}

static struct here_circle *told(int64_t circle, uint64_t mark)
{
	struct here_circle *next;

	here_came(&here, circle, mark);
	next = here_next(&here);
	CHECK(next && next->circle == circle);
	CHECK(here_told(&here, next, 1));
	return next;
}

TEST(a_new_circle_is_told_whole_and_counted)
{
	struct here_circle *circle;

	here_came(&here, 7, 100);
	here_came(&here, 7, 101);
	circle = here_next(&here);
	CHECK(circle && circle->is_whole && circle->is_to_count);
	CHECK_INT(2, map_count(circle->marks));
	CHECK(!here_next(&here));
}

TEST(later_changes_are_told_one_by_one_in_their_order)
{
	struct here_circle *circle = told(7, 100);

	here_came(&here, 7, 101);
	here_left(&here, 7, 100);
	here_left(&here, 7, 100);
	CHECK(here_next(&here) == circle);
	CHECK(!circle->is_whole);
	CHECK_INT(2, circle->change_count);
	CHECK(circle->changes[0].mark == 101 && circle->changes[0].has_come);
	CHECK(circle->changes[1].mark == 100 && !circle->changes[1].has_come);
	CHECK(here_told(&here, circle, 2));
	CHECK_INT(0, circle->change_count);
}

TEST(too_many_changes_are_told_as_a_whole)
{
	struct here_circle *circle = told(7, 1);

	for (uint64_t i = 0; i < 10 * HERE_CHANGES_MOST; i++)
		here_came(&here, 7, 100 + i);
	CHECK(circle->is_whole);
	CHECK(circle->change_room <= HERE_CHANGES_MOST);
	CHECK_INT(10 * HERE_CHANGES_MOST + 1, map_count(circle->marks));
}

TEST(a_circle_that_everybody_left_is_told_once_more_and_forgotten)
{
	struct here_circle *circle = told(7, 100);

	here_left(&here, 7, 100);
	CHECK(here_find(&here, 7) == circle);
	CHECK(here_next(&here) == circle);
	CHECK(!here_told(&here, circle, 2));
	CHECK(!here_find(&here, 7));
	CHECK(!here_to_refresh(&here, 100, 100));
}

TEST(after_a_loss_all_is_told_again)
{
	told(7, 100);
	told(8, 100);
	here_tell_all_again(&here);
	CHECK(here_next(&here)->is_whole);
	CHECK(here_next(&here)->is_whole);
	CHECK(!here_next(&here));
}

TEST(who_was_not_refreshed_for_longest_is_refreshed_first)
{
	struct here_circle *first = told(7, 100), *second = told(8, 100);

	CHECK(!here_to_refresh(&here, 0, 5));
	CHECK(here_to_refresh(&here, 1, 5) == first);
	CHECK(here_to_refresh(&here, 1, 6) == second);
	CHECK(!here_to_refresh(&here, 1, 7));
	CHECK(here_to_refresh(&here, 6, 8) == first);
}

TEST(leaving_where_one_never_was_changes_nothing)
{
	here_left(&here, 7, 100);
	CHECK(!here_find(&here, 7));
	CHECK(!here_next(&here));
}

#define BOOK(test) cmocka_unit_test_setup_teardown(test, given_book, close_book)
RUN(BOOK(a_new_circle_is_told_whole_and_counted),
    BOOK(later_changes_are_told_one_by_one_in_their_order),
    BOOK(too_many_changes_are_told_as_a_whole),
    BOOK(a_circle_that_everybody_left_is_told_once_more_and_forgotten),
    BOOK(after_a_loss_all_is_told_again),
    BOOK(who_was_not_refreshed_for_longest_is_refreshed_first),
    BOOK(leaving_where_one_never_was_changes_nothing));
