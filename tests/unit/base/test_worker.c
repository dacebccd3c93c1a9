/* test_worker.c: a worker handles what it is given, all of it, and ends when told. */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/worker.h"

struct desk {
	_Atomic int items, calls, idle_calls;
	pthread_t thread;
};

static int paper;

static void handle(void *owner, void **items, size_t count)
{
	struct desk *desk = owner;

	for (size_t i = 0; i < count; i++)
		CHECK(items[i] == &paper);
	desk->thread = pthread_self();
	desk->items += (int)count;
	desk->idle_calls += count == 0;
	desk->calls++;
}

static struct worker *given_worker(struct desk *desk, size_t capacity, int idle_ms)
{
	struct worker_role role = {
		.name = "desk", .capacity = capacity, .handle = handle, .idle_ms = idle_ms, .owner = desk};
	struct worker *worker;

	CHECK_OK(worker_new(&role, &worker));
	return worker;
}

static bool push(struct worker *worker)
{
	void *item = &paper;

	return worker_push(worker, &item) && item == NULL;
}

TEST(a_step_on_the_callers_thread_handles_all_that_has_gathered)
{
	struct desk desk = { 0 };
	struct worker *worker = given_worker(&desk, 0, -1);

	CHECK(push(worker) && push(worker) && push(worker));
	CHECK_INT(3, worker_depth(worker));
	CHECK(worker_step(worker, 0));
	CHECK_INT(3, desk.items);
	CHECK_INT(1, desk.calls);
	CHECK(worker_step(worker, 0));
	CHECK_INT(1, desk.calls);
	worker_free(&worker);
	CHECK(worker == NULL);
}

TEST(a_full_worker_refuses_and_the_item_stays_with_its_owner)
{
	struct desk desk = { 0 };
	struct worker *worker = given_worker(&desk, 1, -1);
	void *item = &paper;

	CHECK(push(worker));
	CHECK(!worker_push(worker, &item));
	CHECK(item == &paper);
	worker_free(&worker);
	CHECK_INT(1, desk.items);
}

TEST(a_stopped_worker_has_handled_everything_and_takes_no_more)
{
	struct desk desk = { 0 };
	struct worker *worker = given_worker(&desk, 0, -1);
	void *item = &paper;

	CHECK_OK(worker_start(worker));
	for (int i = 0; i < 1000; i++)
		CHECK(push(worker));
	worker_stop(worker);
	CHECK_INT(1000, desk.items);
	CHECK(!pthread_equal(desk.thread, pthread_self()));
	CHECK(!worker_push(worker, &item));
	worker_stop(worker);
	worker_free(&worker);
}

TEST(by_a_tests_clock_idleness_comes_when_the_clock_is_moved)
{
	struct desk desk = { 0 };
	struct worker *worker;

	clock_fake(0, 1000);
	worker = given_worker(&desk, 0, 500);
	CHECK(worker_step(worker, 0));
	CHECK_INT(0, desk.calls);
	clock_fake(0, 1499);
	CHECK(worker_step(worker, 0));
	CHECK_INT(0, desk.calls);
	clock_fake(0, 1500);
	CHECK(worker_step(worker, 0));
	CHECK_INT(1, desk.idle_calls);
	CHECK(worker_step(worker, 0));
	CHECK_INT(1, desk.calls);
	clock_real();
	worker_free(&worker);
}

TEST(a_thread_without_work_is_called_after_its_idle_time)
{
	struct desk desk = { 0 };
	struct worker *worker = given_worker(&desk, 0, 5);
	int64_t until_ms = clock_steady_ms() + 10000;

	CHECK_OK(worker_start(worker));
	while (desk.idle_calls < 3 && clock_steady_ms() < until_ms)
		sched_yield();
	CHECK(desk.idle_calls >= 3);
	worker_free(&worker);
}

RUN(cmocka_unit_test(a_step_on_the_callers_thread_handles_all_that_has_gathered),
	cmocka_unit_test(a_full_worker_refuses_and_the_item_stays_with_its_owner),
	cmocka_unit_test(a_stopped_worker_has_handled_everything_and_takes_no_more),
	cmocka_unit_test(by_a_tests_clock_idleness_comes_when_the_clock_is_moved),
	cmocka_unit_test(a_thread_without_work_is_called_after_its_idle_time));
