/* test_chat_book.c: in whatever order things arrive, a client holds the newest of each. */
/* clang-format off: cmocka wants its includes in this order */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdlib.h>
#include <string.h>

#include "clients/chat/chat_book.h"

static enum book_change takes(struct chat_book *book, const char *kind, const char *id, int seq,
							  int rev, const char *text)
{
	json_t *event = json_pack("{s:s,s:s,s:{s:s,s:i,s:i,s:s}}", "kind", kind, "at",
							  "2026-11-21T18:00:00.000Z", "post", "id", id, "seq", seq, "rev", rev,
							  "text", text);
	enum book_change change = chat_book_take(book, event, NULL);

	json_decref(event);
	return change;
}

static void posts_stand_in_the_order_of_the_journal(void **state)
{
	struct chat_book book;

	(void)state;
	assert_true(chat_book_init(&book));
	assert_int_equal(takes(&book, "posted", "b", 7, 1, "second"), BOOK_NEW);
	assert_int_equal(takes(&book, "posted", "c", 9, 1, "third"), BOOK_NEW);
	assert_int_equal(takes(&book, "posted", "a", 2, 1, "first"), BOOK_NEW);
	assert_int_equal(book.count, 3);
	assert_string_equal(book_text(book.posts[0], "text"), "first");
	assert_string_equal(book_text(book.posts[2], "text"), "third");
	assert_string_equal(book_text(chat_book_by_seq(&book, 7), "id"), "b");
	assert_null(chat_book_by_seq(&book, 8));
	chat_book_fini(&book);
}

static void an_older_rendering_never_replaces_a_newer_one(void **state)
{
	struct chat_book book;

	(void)state;
	assert_true(chat_book_init(&book));
	assert_int_equal(takes(&book, "edited", "a", 2, 3, "now"), BOOK_NEW);
	assert_int_equal(takes(&book, "posted", "a", 2, 1, "then"), BOOK_SAME);
	assert_int_equal(takes(&book, "posted", "a", 2, 3, "now"), BOOK_SAME);
	assert_string_equal(book_text(chat_book_by_id(&book, "a"), "text"), "now");
	assert_string_equal(chat_book_by_id(&book, "a")->at, "2026-11-21T18:00:00.000Z");
	assert_int_equal(takes(&book, "redacted", "a", 2, 4, "n▒▒"), BOOK_CHANGED);
	assert_int_equal(book.count, 1);
	chat_book_fini(&book);
}

static void what_has_no_place_in_the_journal_is_left_out(void **state)
{
	struct chat_book book;
	json_t *event = json_pack("{s:s,s:i}", "kind", "pace_changed", "seq", 4);

	(void)state;
	assert_true(chat_book_init(&book));
	assert_int_equal(chat_book_take(&book, event, NULL), BOOK_SAME);
	assert_int_equal(takes(&book, "posted", "a", 0, 1, "held"), BOOK_SAME);
	assert_int_equal(book.count, 0);
	chat_book_fini(&book);
	json_decref(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(posts_stand_in_the_order_of_the_journal),
		cmocka_unit_test(an_older_rendering_never_replaces_a_newer_one),
		cmocka_unit_test(what_has_no_place_in_the_journal_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
