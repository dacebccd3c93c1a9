/* test_buf.c: what is added comes out, in order, escaped where it must be. */
#include "check.h"

#include <limits.h>
#include <string.h>

#include "base/buf.h"

TEST(what_is_added_stands_in_order_and_ends_with_a_zero)
{
	struct buf buf = { 0 };

	buf_text(&buf, "one ");
	buf_add(&buf, "two", 3);
	buf_format(&buf, " %d%s", 3, "!");
	CHECK(buf_ok(&buf));
	CHECK_TEXT("one two 3!", buf.data);
	CHECK_INT(10, buf.bytes);
	buf_fini(&buf);
	CHECK(buf.data == NULL);
}

TEST(a_buffer_grows_over_many_sizes_without_losing_a_byte)
{
	struct buf buf = { 0 };

	for (int i = 0; i < 100000; i++)
		buf_add(&buf, &"0123456789"[i % 10], 1);
	CHECK(buf_ok(&buf));
	CHECK_INT(100000, buf.bytes);
	for (int i = 0; i < 100000; i++)
		CHECK_INT("0123456789"[i % 10], buf.data[i]);
	buf_fini(&buf);
}

TEST(clearing_keeps_the_memory)
{
	struct buf buf = { 0 };
	char *before;

	buf_text(&buf, "words");
	before = buf.data;
	buf_clear(&buf);
	CHECK_INT(0, buf.bytes);
	buf_text(&buf, "more");
	CHECK(buf.data == before);
	CHECK_TEXT("more", buf.data);
	buf_fini(&buf);
}

TEST(numbers_are_written_to_the_ends_of_their_range)
{
	struct buf buf = { 0 };

	buf_int(&buf, 0);
	buf_text(&buf, " ");
	buf_int(&buf, INT64_MAX);
	buf_text(&buf, " ");
	buf_int(&buf, INT64_MIN);
	CHECK_TEXT("0 9223372036854775807 -9223372036854775808", buf.data);
	buf_fini(&buf);
}

TEST(a_json_string_escapes_quotes_backslashes_and_controls_only)
{
	struct buf buf = { 0 };
	static const char text[] = "a\"b\\c\n\t\r\b\f\x01\x1f\x7f שלום/\0z";

	buf_json(&buf, text, sizeof text - 1);
	CHECK_TEXT("\"a\\\"b\\\\c\\n\\t\\r\\b\\f\\u0001\\u001f\x7f שלום/\\u0000z\"", buf.data);
	buf_fini(&buf);
}

TEST(an_empty_json_string_is_two_quotes)
{
	struct buf buf = { 0 };

	buf_json(&buf, NULL, 0);
	CHECK_TEXT("\"\"", buf.data);
	buf_fini(&buf);
}

TEST(a_failed_growth_is_remembered_and_nothing_more_is_written)
{
	struct buf buf = { 0 };

	buf_text(&buf, "kept");
	buf_add(&buf, "x", SIZE_MAX / 2);
	CHECK(!buf_ok(&buf));
	buf_text(&buf, "lost");
	CHECK_INT(4, buf.bytes);
	buf_clear(&buf);
	CHECK(buf_ok(&buf));
	buf_fini(&buf);
}

RUN(cmocka_unit_test(what_is_added_stands_in_order_and_ends_with_a_zero),
	cmocka_unit_test(a_buffer_grows_over_many_sizes_without_losing_a_byte),
	cmocka_unit_test(clearing_keeps_the_memory),
	cmocka_unit_test(numbers_are_written_to_the_ends_of_their_range),
	cmocka_unit_test(a_json_string_escapes_quotes_backslashes_and_controls_only),
	cmocka_unit_test(an_empty_json_string_is_two_quotes),
	cmocka_unit_test(a_failed_growth_is_remembered_and_nothing_more_is_written));
