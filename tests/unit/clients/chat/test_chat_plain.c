/* test_chat_plain.c: what people wrote cannot touch the terminal of those who read it. */
/* clang-format off: cmocka wants its includes in this order */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdlib.h>
#include <string.h>

#include "clients/chat/chat_plain.h"

static void shows(const char *text, const struct chat_style *style, const char *expected)
{
	struct buf out = {0};

	chat_plain_text(&out, text, strlen(text), style);
	assert_true(buf_ok(&out));
	assert_string_equal(out.data, expected);
	buf_fini(&out);
}

static const struct chat_style bare = {.indent = ""};

static void an_escape_sequence_is_shown_and_not_sent(void **state)
{
	(void)state;
	shows("a\033[2Jb\007c\x7f", &bare, "a␛[2Jb␇c␡\n");
	shows("x\xc2\x9b"
		  "31m",
		  &bare, "x‹U+009B›31m\n"); /* CSI as one C1 character */
}

static void nothing_that_others_wrote_leaves_a_control_character(void **state)
{
	struct buf out = {0};
	char text[6 * 256];
	size_t bytes = 0;

	(void)state;
	for (unsigned point = 1; point < 0x100; point++) {
		if (point < 0x80) {
			text[bytes++] = (char)point;
		} else {
			text[bytes++] = (char)(0xc0 | point >> 6);
			text[bytes++] = (char)(0x80 | (point & 0x3f));
		}
	}
	chat_plain_text(&out, text, bytes, &bare);
	for (size_t i = 0; i < out.bytes; i++) {
		unsigned char byte = (unsigned char)out.data[i];

		assert_true(byte == '\n' || byte >= 0x20);
		assert_int_not_equal(byte, 0x7f);
		assert_false(byte == 0xc2 && (unsigned char)out.data[i + 1] < 0xa0);
	}
	buf_fini(&out);
}

static void what_turns_directions_is_shown_as_what_it_is(void **state)
{
	(void)state;
	shows("abc\u202edef\u2066", &bare, "abc‹U+202E›def‹U+2066›\n");
}

static void every_line_stands_in_its_own_direction(void **state)
{
	const struct chat_style style = {.indent = "  ", .isolates = true};

	(void)state;
	shows("שלום\nworld", &style, "  \u2068שלום\u2069\n  \u2068world\u2069\n");
}

static void isolates_of_a_sentence_work_only_if_they_pair_up(void **state)
{
	const struct chat_style style = {.indent = "", .sentence = true};

	(void)state;
	shows("a \u2068שם\u2069 b", &style, "a \u2068שם\u2069 b\n");
	shows("a \u2068שם\u2069\u2069 b", &style, "a ‹U+2068›שם‹U+2069›‹U+2069› b\n");
	shows("a \u2069b\u2068", &style, "a ‹U+2069›b‹U+2068›\n");
	shows("a \u2068שם\u2069 b", &bare, "a ‹U+2068›שם‹U+2069› b\n");
}

static void a_name_stays_on_one_line(void **state)
{
	struct buf out = {0};

	(void)state;
	chat_plain_label(&out, "דנה\r\n\033]0;x\007\u202e", true);
	assert_string_equal(out.data, "\u2068דנה ␛]0;x␇‹U+202E›\u2069");
	buf_fini(&out);
}

static void lines_break_at_blanks_and_long_words_anywhere(void **state)
{
	const struct chat_style style = {.columns = 14, .indent = "    "};

	(void)state;
	shows("one two three four", &style, "    one two\n    three four\n");
	shows("abcdefghijklmno", &style, "    abcdefghij\n    klmno\n");
	shows("", &style, "    \n");
}

static void marked_words_are_underlined_or_bracketed(void **state)
{
	static const struct chat_span spans[] = {{4, 8}, {10, 12}};
	struct chat_style style = {.indent = "", .spans = spans, .span_count = 2};

	(void)state;
	shows("זה ״כלום״ וגם", &style, "זה ״⟦כלום⟧״ ⟦וג⟧ם\n");
	style.colours = true;
	shows("זה ״כלום״ וגם", &style, "זה ״\033[4mכלום\033[24m״ \033[4mוג\033[24mם\n");
}

static void a_mark_over_a_line_break_is_closed_and_opened_again(void **state)
{
	static const struct chat_span span = {.start = 0, .end = 99};
	const struct chat_style style = {
		.columns = 10, .indent = "", .colours = true, .spans = &span, .span_count = 1};

	(void)state;
	shows("12345 67890 abc", &style, "\033[4m12345\033[24m\n\033[4m67890 abc\033[24m\n");
}

static void a_tower_of_marks_does_not_climb_over_other_lines(void **state)
{
	char text[1 + 2 * 40 + 1] = "a";
	struct buf out = {0};

	(void)state;
	for (int i = 0; i < 40; i++)
		strcat(text, "\u0301");
	chat_plain_text(&out, text, strlen(text), &bare);
	assert_int_equal(out.bytes, 1 + 2 * 6 + 1);
	buf_fini(&out);
}

static void text_cut_within_a_character_is_shown_up_to_it(void **state)
{
	struct buf out = {0};

	(void)state;
	chat_plain_text(&out, "של\xd7", 5, &bare);
	assert_string_equal(out.data, "של\n");
	buf_fini(&out);
}

static int start(void **state)
{
	(void)state;
	chat_plain_start();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_escape_sequence_is_shown_and_not_sent),
		cmocka_unit_test(nothing_that_others_wrote_leaves_a_control_character),
		cmocka_unit_test(what_turns_directions_is_shown_as_what_it_is),
		cmocka_unit_test(every_line_stands_in_its_own_direction),
		cmocka_unit_test(isolates_of_a_sentence_work_only_if_they_pair_up),
		cmocka_unit_test(a_name_stays_on_one_line),
		cmocka_unit_test(lines_break_at_blanks_and_long_words_anywhere),
		cmocka_unit_test(marked_words_are_underlined_or_bracketed),
		cmocka_unit_test(a_mark_over_a_line_break_is_closed_and_opened_again),
		cmocka_unit_test(a_tower_of_marks_does_not_climb_over_other_lines),
		cmocka_unit_test(text_cut_within_a_character_is_shown_up_to_it),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
