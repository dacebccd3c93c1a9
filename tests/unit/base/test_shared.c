/* test_shared.c: bytes live as long as somebody holds them. */
#include "check.h"

#include <pthread.h>
#include <string.h>

#include "base/shared.h"

TEST(a_copy_is_made_and_the_last_to_let_go_frees_it)
{
	char text[] = "frame";
	struct shared *one = shared_new(text, 5), *two;

	assert_non_null(one);
	text[0] = 'x';
	two = shared_ref(one);
	CHECK(two == one);
	shared_unref(&one);
	CHECK(one == NULL);
	CHECK_INT(5, two->bytes);
	assert_memory_equal(two->data, "frame", 5);
	shared_unref(&two);
	shared_unref(&two);
}

static void *hold_and_let_go(void *argument)
{
	for (int i = 0; i < 20000; i++) {
		struct shared *mine = shared_ref(argument);

		shared_unref(&mine);
	}
	return NULL;
}

TEST(threads_may_hold_and_let_go_at_once)
{
	struct shared *shared = shared_new(NULL, 64);
	pthread_t threads[4];

	assert_non_null(shared);
	memset(shared->data, 'a', 64);
	for (int i = 0; i < 4; i++)
		CHECK_INT(0, pthread_create(&threads[i], NULL, hold_and_let_go, shared));
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(1, shared->count);
	shared_unref(&shared);
}

TEST(more_than_there_is_memory_for_is_refused)
{
	CHECK(shared_new(NULL, SIZE_MAX) == NULL);
}

RUN(cmocka_unit_test(a_copy_is_made_and_the_last_to_let_go_frees_it),
	cmocka_unit_test(threads_may_hold_and_let_go_at_once),
	cmocka_unit_test(more_than_there_is_memory_for_is_refused));
