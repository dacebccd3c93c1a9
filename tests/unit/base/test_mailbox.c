/* test_mailbox.c: many push, one takes all, nothing is lost or turned round. */
#include "check.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/mailbox.h"

static int numbers[8];

static bool push(struct mailbox *box, void *item)
{
	return mailbox_push(box, &item) && item == NULL;
}

TEST(a_take_gets_everything_in_the_order_of_arrival)
{
	struct mailbox *box = mailbox_new(0, NULL, NULL);
	void **items;

	for (int i = 0; i < 8; i++)
		CHECK(push(box, &numbers[i]));
	CHECK_INT(8, mailbox_depth(box));
	CHECK_INT(8, mailbox_take(box, 0, &items));
	for (int i = 0; i < 8; i++)
		CHECK(items[i] == &numbers[i]);
	CHECK_INT(0, mailbox_depth(box));
	CHECK_INT(0, mailbox_take(box, 0, &items));
	mailbox_free(&box);
	CHECK(box == NULL);
}

TEST(a_full_box_takes_nothing_and_leaves_the_item_to_its_owner)
{
	struct mailbox *box = mailbox_new(2, NULL, NULL);
	void *third = &numbers[2], **items;

	CHECK(push(box, &numbers[0]));
	CHECK(push(box, &numbers[1]));
	CHECK(!mailbox_push(box, &third));
	CHECK(third == &numbers[2]);
	CHECK_INT(2, mailbox_take(box, 0, &items));
	CHECK(mailbox_push(box, &third));
	CHECK(third == NULL);
	CHECK_INT(1, mailbox_take(box, 0, &items));
	mailbox_free(&box);
}

TEST(what_was_taken_stays_readable_while_others_push)
{
	struct mailbox *box = mailbox_new(0, NULL, NULL);
	void **items, **later;

	CHECK(push(box, &numbers[0]));
	CHECK_INT(1, mailbox_take(box, 0, &items));
	for (int i = 0; i < 1000; i++)
		CHECK(push(box, &numbers[1]));
	CHECK(items[0] == &numbers[0]);
	CHECK_INT(1000, mailbox_take(box, 0, &later));
	mailbox_free(&box);
}

TEST(a_closed_box_gives_what_it_holds_and_takes_no_more)
{
	struct mailbox *box = mailbox_new(0, NULL, NULL);
	void *late = &numbers[1], **items;

	CHECK(push(box, &numbers[0]));
	CHECK(!mailbox_is_closed(box));
	mailbox_close(box);
	CHECK(mailbox_is_closed(box));
	CHECK(!mailbox_push(box, &late));
	CHECK(late == &numbers[1]);
	CHECK_INT(1, mailbox_take(box, -1, &items));
	CHECK_INT(0, mailbox_take(box, -1, &items));
	mailbox_free(&box);
}

static void count_wake(void *owner)
{
	++*(int *)owner;
}

TEST(the_owner_is_woken_only_by_a_push_into_an_empty_box)
{
	int wakes = 0;
	struct mailbox *box = mailbox_new(3, count_wake, &wakes);
	void *fourth = &numbers[3], **items;

	CHECK(push(box, &numbers[0]) && push(box, &numbers[1]) && push(box, &numbers[2]));
	CHECK(!mailbox_push(box, &fourth));
	CHECK_INT(1, wakes);
	CHECK_INT(3, mailbox_take(box, 0, &items));
	CHECK(push(box, &numbers[0]));
	CHECK_INT(2, wakes);
	CHECK_INT(1, mailbox_take(box, 0, &items));
	mailbox_free(&box);
}

TEST(what_is_put_wakes_nobody_until_it_is_rung)
{
	int woken = 0;
	struct mailbox *box = mailbox_new(3, count_wake, &woken);
	void *first = &numbers[0], *second = &numbers[1], *third = &numbers[2], **items;
	void *four[] = {&numbers[0], &numbers[1], &numbers[2], &numbers[3]};

	mailbox_ring(box); /* nothing is there */
	CHECK(mailbox_put(box, &first) && mailbox_put(box, &second));
	CHECK_INT(0, woken);
	mailbox_ring(box);
	mailbox_ring(box);
	CHECK_INT(1, woken);
	CHECK_INT(2, mailbox_take(box, 0, &items));
	first = &numbers[0];
	CHECK(mailbox_put(box, &first));
	CHECK(mailbox_push(box, &third)); /* rings for both */
	CHECK_INT(2, woken);
	CHECK_INT(2, mailbox_take(box, 0, &items));
	CHECK(items[0] == &numbers[0] && items[1] == &numbers[2]);
	CHECK_INT(3, mailbox_push_all(box, four, 4));
	CHECK_INT(3, woken);
	first = &numbers[0];
	CHECK(!mailbox_put(box, &first));
	CHECK(first == &numbers[0]);
	CHECK_INT(3, mailbox_take(box, 0, &items));
	CHECK(items[2] == &numbers[2]);
	mailbox_free(&box);
}

TEST(a_take_waits_no_longer_than_it_was_told)
{
	struct mailbox *box = mailbox_new(0, NULL, NULL);
	int64_t before_us = clock_steady_us();
	void **items;

	CHECK_INT(0, mailbox_take(box, 30, &items));
	CHECK(clock_steady_us() - before_us >= 30000);
	mailbox_free(&box);
}

enum { SENDERS = 4, SENT = 20000 };

struct sender {
	struct mailbox *box;
	int marks[SENT];
};

static void *send_all(void *argument)
{
	struct sender *sender = argument;

	for (int i = 0; i < SENT; i++) {
		void *item = &sender->marks[i];

		while (!mailbox_push(sender->box, &item))
			sched_yield();
	}
	return NULL;
}

static struct sender senders[SENDERS];

TEST(of_many_senders_nothing_is_lost_and_each_ones_order_holds)
{
	struct mailbox *box = mailbox_new(256, NULL, NULL);
	int next[SENDERS] = { 0 };
	pthread_t threads[SENDERS];
	int got = 0;

	for (int i = 0; i < SENDERS; i++) {
		senders[i].box = box;
		CHECK_INT(0, pthread_create(&threads[i], NULL, send_all, &senders[i]));
	}
	while (got < SENDERS * SENT) {
		void **items;
		size_t count = mailbox_take(box, -1, &items);

		for (size_t i = 0; i < count; i++) {
			for (int s = 0; s < SENDERS; s++) {
				const int *mark = items[i];

				if (mark < senders[s].marks || mark >= senders[s].marks + SENT)
					continue;
				CHECK(mark == &senders[s].marks[next[s]]);
				next[s]++;
			}
		}
		got += (int)count;
	}
	for (int i = 0; i < SENDERS; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(0, mailbox_depth(box));
	mailbox_free(&box);
}

RUN(cmocka_unit_test(a_take_gets_everything_in_the_order_of_arrival),
	cmocka_unit_test(a_full_box_takes_nothing_and_leaves_the_item_to_its_owner),
	cmocka_unit_test(what_was_taken_stays_readable_while_others_push),
	cmocka_unit_test(a_closed_box_gives_what_it_holds_and_takes_no_more),
	cmocka_unit_test(the_owner_is_woken_only_by_a_push_into_an_empty_box),
	cmocka_unit_test(what_is_put_wakes_nobody_until_it_is_rung),
	cmocka_unit_test(a_take_waits_no_longer_than_it_was_told),
	cmocka_unit_test(of_many_senders_nothing_is_lost_and_each_ones_order_holds));
