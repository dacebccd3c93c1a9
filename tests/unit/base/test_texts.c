/* test_texts.c: the catalogues load whole or not at all, and say what they should. */
/* clang-format off: cmocka wants its includes in this order */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/texts.h"

struct folder {
	char path[64];
};

static void given_file(const struct folder *folder, const char *name, const char *content)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", folder->path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(content, file);
	fclose(file);
}

static struct folder given_catalogues(const char *he, const char *ar, const char *en)
{
	struct folder folder;

	strcpy(folder.path, "/tmp/maagal-texts-XXXXXX");
	assert_non_null(mkdtemp(folder.path));
	given_file(&folder, "he.json", he);
	given_file(&folder, "ar.json", ar);
	given_file(&folder, "en.json", en);
	return folder;
}

static void folder_remove(const struct folder *folder)
{
	static const char *const names[] = {"he.json", "ar.json", "en.json"};
	char path[128];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", folder->path, names[i]);
		unlink(path);
	}
	rmdir(folder->path);
}

static struct texts *given_texts(const char *he, const char *ar, const char *en)
{
	struct folder folder = given_catalogues(he, ar, en);
	struct texts *texts = NULL;
	struct why why = {{0}};

	assert_int_equal(texts_load(folder.path, &why, &texts), ERR_NONE);
	folder_remove(&folder);
	return texts;
}

static void refused(const char *he, const char *ar, const char *en, const char *because)
{
	struct folder folder = given_catalogues(he, ar, en);
	struct texts *texts = NULL;
	struct why why = {{0}};

	assert_int_equal(texts_load(folder.path, &why, &texts), ERR_BAD_PARAMS);
	assert_null(texts);
	if (!strstr(why.text, because))
		fail_msg("\"%s\" does not say \"%s\"", why.text, because);
	folder_remove(&folder);
}

static struct texts *given_shipped(void)
{
	struct texts *texts = NULL;
	struct why why = {{0}};

	if (texts_load(PROJECT_ROOT "/config/texts", &why, &texts))
		fail_msg("%s", why.text);
	return texts;
}

static void says(const struct texts *texts, const char *lang, const char *key, const char *seconds,
				 const char *expected)
{
	struct buf out = {0};

	texts_format(texts, lang, key, &out, "unused", "x", "seconds", seconds, NULL);
	buf_add(&out, "", 1);
	assert_true(buf_ok(&out));
	assert_string_equal(out.data, expected);
	buf_fini(&out);
}

static void every_error_has_its_sentence_in_three_languages(void **state)
{
	static const char *const langs[] = {"he", "ar", "en"};
	struct texts *texts = given_shipped();

	(void)state;
	for (int err = 1; err < ERR_COUNT; err++) {
		char key[64];

		snprintf(key, sizeof key, "error.%s", err_name((enum err)err));
		for (size_t i = 0; i < 3; i++) {
			const char *sentence = texts_get(texts, langs[i], key);

			assert_string_not_equal(sentence, key);
			if (i > 0)
				assert_string_not_equal(sentence, texts_get(texts, "he", key));
		}
	}
	texts_free(&texts);
	assert_null(texts);
}

static void a_key_missing_in_one_language_is_refused(void **state)
{
	(void)state;
	refused("{\"a\":\"1\",\"b\":\"2\"}", "{\"a\":\"1\"}", "{\"a\":\"1\",\"b\":\"2\"}", "\"b\"");
	refused("{\"a\":\"1\"}", "{\"a\":\"1\"}", "{\"a\":\"1\",\"c\":\"2\"}", "\"c\"");
}

static void different_placeholders_are_refused(void **state)
{
	(void)state;
	refused("{\"a\":\"{x}\"}", "{\"a\":\"{x}\"}", "{\"a\":\"{y}\"}", "placeholders");
	refused("{\"a\":\"{x} {y}\"}", "{\"a\":\"{x}\"}", "{\"a\":\"{x} {y}\"}", "placeholders");
	refused("{\"a\":\"{x\"}", "{\"a\":\"{x\"}", "{\"a\":\"{x\"}", "placeholders");
	refused("{\"a\":\"x}\"}", "{\"a\":\"x}\"}", "{\"a\":\"x}\"}", "placeholders");
}

static void what_is_no_catalogue_is_refused(void **state)
{
	(void)state;
	refused("[]", "{}", "{}", "he.json");
	refused("{}", "{", "{}", "ar.json");
	refused("{\"a\":1}", "{\"a\":1}", "{\"a\":1}", "no sentence");
	refused("{\"a\":\"\"}", "{\"a\":\"1\"}", "{\"a\":\"1\"}", "no sentence");
	refused("{\"a\":\"1\",\"a\":\"2\"}", "{\"a\":\"1\"}", "{\"a\":\"1\"}", "he.json");
}

static void a_folder_without_catalogues_is_refused(void **state)
{
	struct texts *texts = NULL;
	struct why why = {{0}};

	(void)state;
	assert_int_equal(texts_load("/nonexistent", &why, &texts), ERR_BAD_PARAMS);
	assert_null(texts);
	assert_non_null(strstr(why.text, "/nonexistent/he.json"));
}

static void an_unknown_language_reads_hebrew(void **state)
{
	struct texts *texts = given_texts("{\"a\":\"א\"}", "{\"a\":\"ا\"}", "{\"a\":\"a\"}");

	(void)state;
	assert_string_equal(texts_get(texts, "ar", "a"), "ا");
	assert_string_equal(texts_get(texts, "fr", "a"), "א");
	assert_string_equal(texts_get(texts, NULL, "a"), "א");
	assert_string_equal(texts_lang("en"), "en");
	assert_string_equal(texts_lang("EN"), "he");
	assert_false(texts_knows("fr"));
	texts_free(&texts);
}

static void a_particular_key_falls_back_to_the_general_one(void **state)
{
	static const char catalogue[] = "{\"e\":\"1\",\"e.a\":\"2\",\"e.a.x\":\"3\",\"e.ab\":\"4\"}";
	struct texts *texts = given_texts(catalogue, catalogue, catalogue);

	(void)state;
	assert_string_equal(texts_get(texts, "en", "e.a.x"), "3");
	assert_string_equal(texts_get(texts, "en", "e.a.y.z"), "2");
	assert_string_equal(texts_get(texts, "en", "e.ab"), "4");
	assert_string_equal(texts_get(texts, "en", "e.abc"), "1");
	assert_string_equal(texts_get(texts, "en", "none.at.all"), "none.at.all");
	assert_true(texts_has(texts, "e.ab"));
	assert_false(texts_has(texts, "e.abc"));
	texts_free(&texts);
}

static void values_are_filled_in_and_isolated(void **state)
{
	static const char catalogue[] = "{\"a\":\"{who} ({n}) {who}; {missing}\"}";
	struct texts *texts = given_texts(catalogue, catalogue, catalogue);
	struct buf out = {0};

	(void)state;
	texts_format(texts, "en", "a", &out, "n", "12", "who", "דנה {n}", NULL);
	buf_add(&out, "", 1);
	assert_true(buf_ok(&out));
	assert_string_equal(out.data, "\u2068דנה {n}\u2069 (12) \u2068דנה {n}\u2069; …");
	buf_fini(&out);
	texts_free(&texts);
}

static void seconds_are_said_as_people_say_them(void **state)
{
	struct texts *texts = given_shipped();

	(void)state;
	says(texts, "en", "error.too_fast", "1", "One moment — you can send again in a second.");
	says(texts, "en", "error.too_fast", "0", "One moment — you can send again in a second.");
	says(texts, "en", "error.too_fast", "90", "One moment — you can send again in 90 seconds.");
	says(texts, "en", "error.too_fast", "121", "One moment — you can send again in 3 minutes.");
	says(texts, "he", "error.too_fast", "7200", "רגע אחד — אפשר לשלוח שוב בעוד שעתיים.");
	says(texts, "he", "error.too_fast", "172800", "רגע אחד — אפשר לשלוח שוב בעוד יומיים.");
	says(texts, "ar", "error.too_fast", "5", "لحظة واحدة — يمكن الإرسال مجددًا بعد 5 ثوانٍ.");
	says(texts, "ar", "error.too_fast", "45", "لحظة واحدة — يمكن الإرسال مجددًا بعد 45 ثانية.");
	says(texts, "en", "error.too_fast", "99999999999999999999999",
		 "One moment — you can send again in 106751991167301 days.");
	texts_free(&texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_has_its_sentence_in_three_languages),
		cmocka_unit_test(a_key_missing_in_one_language_is_refused),
		cmocka_unit_test(different_placeholders_are_refused),
		cmocka_unit_test(what_is_no_catalogue_is_refused),
		cmocka_unit_test(a_folder_without_catalogues_is_refused),
		cmocka_unit_test(an_unknown_language_reads_hebrew),
		cmocka_unit_test(a_particular_key_falls_back_to_the_general_one),
		cmocka_unit_test(values_are_filled_in_and_isolated),
		cmocka_unit_test(seconds_are_said_as_people_say_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
