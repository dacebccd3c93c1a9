/* test_export_format.c: what people wrote stays data in every format. */
#include "check.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/export_format.h"

static json_t *given_post(const char *text, const char *state)
{
	json_t *post = json_pack(
		"{s:s,s:s,s:n,s:i,s:i,s:s,s:{s:s,s:s,s:s,s:s},s:s,s:s,s:i}", "id", "p1", "thread", "p1",
		"reply_to", "seq", 7, "rev", 1, "state", state, "author", "id", "m1", "name",
		"=Noa <b>", "kind", "member", "role", "participant", "lang", "he", "at",
		"2026-11-21T18:00:00.000Z", "charter_version", 1);

	assert_non_null(post);
	if (text)
		json_object_set_new(post, "text", json_string(text));
	return post;
}

/* What `format` writes of one post; freed by the caller. */
static char *written(const char *format, const char *text, const char *state)
{
	char *out = NULL;
	size_t bytes = 0;
	struct export_out export = {
		.file = open_memstream(&out, &bytes), .lang = "he", .is_first = true, .circle = "forum"};
	json_t *post = given_post(text, state);

	assert_non_null(export.file);
	assert_non_null(export_format_find(format));
	export_format_find(format)->post(&export, post);
	fclose(export.file);
	json_decref(post);
	return out;
}

static bool writes(const char *format, const char *text, const char *part)
{
	char *out = written(format, text, "visible");
	bool found = strstr(out, part) != NULL;

	free(out);
	return found;
}

TEST(no_cell_of_a_spreadsheet_is_a_formula)
{
	static const char *const formulas[] = {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"};

	for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++) {
		char cell[64];

		snprintf(cell, sizeof cell, ",\"'%s\"\r\n", formulas[i]);
		CHECK(writes("csv", formulas[i], cell));
	}
	CHECK(writes("csv", "1 = 1", ",\"1 = 1\"\r\n"));
	CHECK(writes("csv", "harmless", ",\"'=Noa <b>\","));
}

TEST(quotes_commas_and_lines_stay_within_their_cell)
{
	CHECK(writes("csv", "a \"b\", c\nd", ",\"a \"\"b\"\", c\nd\"\r\n"));
}

TEST(nothing_that_was_written_is_a_tag)
{
	CHECK(writes("html", "<script>alert('x')</script>",
		     "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
	CHECK(!writes("html", "<script>", "<script>"));
	CHECK(writes("html", "x", "<bdi>=Noa &lt;b&gt;</bdi>"));
	CHECK(writes("html", "& \"", "&amp; &quot;"));
}

TEST(nothing_that_was_written_is_markdown)
{
	CHECK(writes("md", "*b* [a](b) <i> `c`", "\\*b\\* \\[a\\](b) \\<i\\> \\`c\\`"));
	/* A line begins with its isolate, so no list, heading or rule begins there. */
	CHECK(writes("md", "a\n# b", "  \n> \u2068# b\u2069"));
	CHECK(writes("md", "a\n---", "  \n> \u2068---\u2069"));
}

TEST(direction_marks_end_where_their_line_ends)
{
	CHECK(writes("md", "a\u202eb\nc", "\u2068a\u202eb\u202c\u2069  \n> \u2068c\u2069"));
	CHECK(writes("md", "\u2067x", "\u2068\u2067x\u2069\u2069"));
	CHECK(writes("md", "\u2067x\u2069", "\u2068\u2067x\u2069\u2069"));
}

TEST(json_keeps_every_member_and_every_byte)
{
	char *out = written("jsonl", "שלום \u202e\"\\\n\x01", "visible");
	json_t *line = json_loads(out, 0, NULL);

	assert_non_null(line);
	CHECK_TEXT("post", json_string_value(json_object_get(line, "type")));
	CHECK_TEXT("forum", json_string_value(json_object_get(line, "in")));
	CHECK_TEXT("שלום \u202e\"\\\n\x01", json_string_value(json_object_get(line, "text")));
	CHECK_INT(7, json_integer_value(json_object_get(line, "seq")));
	CHECK(json_is_null(json_object_get(line, "reply_to")));
	CHECK(strchr(out, '\n') == out + strlen(out) - 1);
	json_decref(line);
	free(out);
}

TEST(a_post_without_words_says_why)
{
	static const char *const formats[] = {"html", "md"};

	for (size_t i = 0; i < 2; i++) {
		char *out = written(formats[i], NULL, "removed");

		CHECK(strstr(out, "ההודעה הוסרה"));
		free(out);
		out = written(formats[i], "masked ███", "redacted");
		CHECK(strstr(out, "חלק מהדברים הוסתרו") && strstr(out, "masked ███"));
		free(out);
	}
}

TEST(a_text_is_shown_in_the_wished_language_or_the_next_best)
{
	json_t *texts = json_pack("{s:s,s:s}", "en", "Town", "ar", "بلدة");
	json_t *odd = json_pack("{s:s}", "fr", "Ville"), *word = json_string("Stadt");

	CHECK_TEXT("بلدة", export_text(texts, "ar"));
	CHECK_TEXT("Town", export_text(texts, "he"));
	CHECK_TEXT("Ville", export_text(odd, "he"));
	CHECK_TEXT("Stadt", export_text(word, "he"));
	CHECK_TEXT("", export_text(NULL, "he"));
	json_decref(texts);
	json_decref(odd);
	json_decref(word);
}

TEST(a_format_that_does_not_exist_is_not_found)
{
	assert_null(export_format_find("docx"));
	assert_null(export_format_find(""));
}

RUN(
	cmocka_unit_test(no_cell_of_a_spreadsheet_is_a_formula),
	cmocka_unit_test(quotes_commas_and_lines_stay_within_their_cell),
	cmocka_unit_test(nothing_that_was_written_is_a_tag),
	cmocka_unit_test(nothing_that_was_written_is_markdown),
	cmocka_unit_test(direction_marks_end_where_their_line_ends),
	cmocka_unit_test(json_keeps_every_member_and_every_byte),
	cmocka_unit_test(a_post_without_words_says_why),
	cmocka_unit_test(a_text_is_shown_in_the_wished_language_or_the_next_best),
	cmocka_unit_test(a_format_that_does_not_exist_is_not_found));
