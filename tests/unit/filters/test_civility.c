/* test_civility.c: texts that must be caught and texts that must pass, in three languages,
 * under the policy for the public. tests/civility/LANG.jsonl: {"must":"catch"|"pass","text":…}. */
#include "given_rules.h"

#include <jansson.h>

enum { EACH_LEAST = 30 };

static void check_line(const struct ruleset *ruleset, struct scratch *scratch, const json_t *row,
	const char *lang, int *caught, int *passed)
{
	const char *text = json_string_value(json_object_get(row, "text"));
	const char *must = json_string_value(json_object_get(row, "must"));
	bool catch = must && strcmp(must, "catch") == 0;
	struct judged judged;

	CHECK(text && (catch || strcmp(must, "pass") == 0));
	CHECK_OK(pipeline_judge(ruleset, scratch, "public", lang, text, strlen(text), &judged));
	if (catch && judged.action < ACTION_HOLD)
		fail_msg("must be caught, is %s (%u): %s", action_name(judged.action),
			judged.incivility, text);
	if (!catch && judged.action != ACTION_ALLOW)
		fail_msg("must pass, is %s (%s): %s", action_name(judged.action),
			judged.finding_count ? judged.findings[0].symbol : "nothing", text);
	*caught += catch;
	*passed += !catch;
}

static void check_language(const char *lang)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct scratch *scratch = scratch_new();
	char path[512], line[8192];
	int caught = 0, passed = 0;
	FILE *file;

	snprintf(path, sizeof(path), PROJECT_ROOT "/tests/civility/%s.jsonl", lang);
	file = fopen(path, "r");
	CHECK(file != NULL);
	while (fgets(line, sizeof(line), file)) {
		json_t *row = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

		CHECK(row != NULL);
		check_line(ruleset, scratch, row, lang, &caught, &passed);
		json_decref(row);
	}
	fclose(file);
	CHECK(caught >= EACH_LEAST && passed >= EACH_LEAST);
	scratch_free(&scratch);
	ruleset_unref(&ruleset);
}

TEST(hebrew_attacks_are_held_and_fierce_hebrew_criticism_passes)
{
	check_language("he");
}

TEST(arabic_attacks_are_held_and_fierce_arabic_criticism_passes)
{
	check_language("ar");
}

TEST(english_attacks_are_held_and_fierce_english_criticism_passes)
{
	check_language("en");
}

/* --- in disguise ---------------------------------------------------------------------------- */

enum disguise { DISGUISE_DOTS, DISGUISE_HYPHEN, DISGUISE_INVISIBLE, DISGUISE_STRETCH };

/* Every word of four letters or more, disguised. */
static void disguise(const char *text, enum disguise how, struct buf *out)
{
	uint32_t points[4096];
	size_t count = 0;

	for (size_t at = 0; at < strlen(text);)
		points[count++] = utf8_next(text, strlen(text), &at);
	buf_clear(out);
	for (size_t i = 0, in_word = 0, length = 0; i < count; i++) {
		char utf8[4];

		in_word = points[i] == ' ' ? 0 : in_word + 1;
		if (in_word == 1)
			for (length = 0; i + length < count && points[i + length] != ' ';)
				length++;
		buf_add(out, utf8, utf8_put(points[i], utf8));
		if (!in_word || length < 4 || in_word == length)
			continue;
		if (how == DISGUISE_DOTS)
			buf_text(out, ".");
		else if (how == DISGUISE_HYPHEN && in_word == 2)
			buf_text(out, "-");
		else if (how == DISGUISE_INVISIBLE)
			buf_text(out, "\u200c");
		for (int n = 0; how == DISGUISE_STRETCH && in_word == 2 && n < 3; n++)
			buf_add(out, utf8, utf8_put(points[i], utf8));
	}
	buf_add(out, "", 1);
}

static void check_disguise(const char *lang, enum disguise how, unsigned least_percent)
{
	struct ruleset *ruleset = given_shipped_rules();
	unsigned tried = 0, caught = 0;
	char path[512], line[8192];
	struct buf text = {0};
	FILE *file;

	snprintf(path, sizeof(path), PROJECT_ROOT "/tests/civility/%s.jsonl", lang);
	file = fopen(path, "r");
	CHECK(file != NULL);
	while (fgets(line, sizeof(line), file)) {
		json_t *row = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

		if (strcmp(json_string_value(json_object_get(row, "must")), "catch") == 0) {
			disguise(json_string_value(json_object_get(row, "text")), how, &text);
			tried++;
			caught += given_verdict(ruleset, text.data).action >= ACTION_HOLD;
		}
		json_decref(row);
	}
	fclose(file);
	buf_fini(&text);
	if (caught * 100 < tried * least_percent)
		fail_msg("%s, disguise %d: %u of %u", lang, (int)how, caught, tried);
	ruleset_unref(&ruleset);
}

TEST(what_is_caught_clean_is_caught_in_disguise)
{
	static const char *const langs[] = {"he", "ar", "en"};

	for (int i = 0; i < 3; i++) {
		check_disguise(langs[i], DISGUISE_INVISIBLE, 100);
		check_disguise(langs[i], DISGUISE_DOTS, 92);
		check_disguise(langs[i], DISGUISE_HYPHEN, 92);
		check_disguise(langs[i], DISGUISE_STRETCH, 92);
	}
}

RUN(cmocka_unit_test(hebrew_attacks_are_held_and_fierce_hebrew_criticism_passes),
	cmocka_unit_test(arabic_attacks_are_held_and_fierce_arabic_criticism_passes),
	cmocka_unit_test(english_attacks_are_held_and_fierce_english_criticism_passes),
	cmocka_unit_test(what_is_caught_clean_is_caught_in_disguise));
