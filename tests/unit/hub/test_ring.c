/* test_ring.c: the latest events are there, in order, without a gap, and never more than
 * allowed. */
#include "check.h"

#include <string.h>

#include "hub/ring.h"

static void push(struct ring *ring, int64_t seq, int64_t post, size_t bytes)
{
	struct shared *frame = shared_new(NULL, bytes);

	assert_non_null(frame);
	memset(frame->data, (int)('a' + seq % 26), bytes);
	CHECK(ring_push(ring, seq, post, &frame));
	assert_null(frame);
}

TEST(an_empty_ring_covers_nothing)
{
	struct ring ring = {0};

	CHECK(!ring_covers(&ring, 1));
	CHECK_INT(0, ring_first(&ring));
	CHECK_INT(0, ring_last(&ring));
	ring_forget_post(&ring, 1);
	ring_fini(&ring);
}

TEST(frames_come_back_joined_in_order)
{
	struct ring ring = {0};
	struct shared *joined;

	for (int64_t seq = 5; seq < 40; seq++)
		push(&ring, seq, 0, 1);
	CHECK(!ring_covers(&ring, 4));
	CHECK(!ring_covers(&ring, 40));
	joined = ring_join(&ring, 37);
	CHECK_INT(3, joined->bytes);
	assert_memory_equal("lmn", joined->data, 3);
	shared_unref(&joined);
	joined = ring_join(&ring, 39);
	CHECK(joined == ring_get(&ring, 39)); /* one frame is not copied */
	shared_unref(&joined);
	ring_fini(&ring);
}

TEST(the_oldest_leave_when_there_are_too_many)
{
	struct ring ring = {0};

	for (int64_t seq = 1; seq <= 1000; seq++)
		push(&ring, seq, 0, 10);
	CHECK_INT(1000, ring_last(&ring));
	CHECK_INT(1000 - RING_EVENTS + 1, ring_first(&ring));
	CHECK_INT(RING_EVENTS * 10, ring.bytes);
	ring_fini(&ring);
}

TEST(the_oldest_leave_when_they_are_too_large)
{
	struct ring ring = {0};

	for (int64_t seq = 1; seq <= 20; seq++)
		push(&ring, seq, 0, 60000);
	CHECK(ring.bytes <= RING_BYTES);
	CHECK_INT(4, ring.count);
	CHECK_INT(17, ring_first(&ring));
	ring_fini(&ring);
}

TEST(a_gap_empties_the_ring)
{
	struct ring ring = {0};

	push(&ring, 1, 0, 1);
	push(&ring, 2, 0, 1);
	push(&ring, 4, 0, 1);
	CHECK_INT(4, ring_first(&ring));
	CHECK_INT(1, ring.count);
	ring_fini(&ring);
}

TEST(a_changed_post_leaves_with_all_that_is_older)
{
	struct ring ring = {0};

	for (int64_t seq = 1; seq <= 9; seq++)
		push(&ring, seq, seq % 3, 1);
	ring_forget_post(&ring, 2); /* 2, 5, 8 */
	CHECK_INT(9, ring_first(&ring));
	ring_forget_post(&ring, 7);
	CHECK_INT(1, ring.count);
	ring_fini(&ring);
}

RUN(cmocka_unit_test(an_empty_ring_covers_nothing),
    cmocka_unit_test(frames_come_back_joined_in_order),
    cmocka_unit_test(the_oldest_leave_when_there_are_too_many),
    cmocka_unit_test(the_oldest_leave_when_they_are_too_large),
    cmocka_unit_test(a_gap_empties_the_ring),
    cmocka_unit_test(a_changed_post_leaves_with_all_that_is_older));
