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

RUN(cmocka_unit_test(hebrew_attacks_are_held_and_fierce_hebrew_criticism_passes),
	cmocka_unit_test(arabic_attacks_are_held_and_fierce_arabic_criticism_passes),
	cmocka_unit_test(english_attacks_are_held_and_fierce_english_criticism_passes));
