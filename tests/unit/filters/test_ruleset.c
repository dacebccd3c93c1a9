/* test_ruleset.c: everything is loaded or nothing, and has a name that says what it is. */
#include "given_rules.h"

TEST(what_is_shipped_loads_and_every_rule_has_its_prefilter)
{
	struct ruleset *ruleset = given_shipped_rules();

	CHECK_INT(32, strlen(ruleset_version(ruleset)));
	CHECK(rules_count(ruleset->rules) >= 30);
	/* A pattern that is tried on every message costs a microsecond each. */
	CHECK_INT(0, rules_always_count(ruleset->rules));
	ruleset_unref(&ruleset);
	CHECK(ruleset == NULL);
	ruleset_unref(&ruleset);
}

TEST(every_symbol_is_explained_in_three_languages)
{
	struct ruleset *ruleset = given_shipped_rules();

	for (unsigned i = 0; i < ruleset->symbols.count; i++) {
		const char *name = ruleset->symbols.list[i].name;
		const char *he = ruleset_explain(ruleset, name, "he");
		const char *ar = ruleset_explain(ruleset, name, "ar");
		const char *en = ruleset_explain(ruleset, name, "en");

		CHECK(strlen(he) > 10 && strlen(ar) > 10 && strlen(en) > 10);
		CHECK(strcmp(he, ar) != 0 && strcmp(ar, en) != 0);
		CHECK(ruleset_rule_of(ruleset, name) != NULL);
		/* Hebrew is the house language. */
		CHECK_TEXT(he, ruleset_explain(ruleset, name, "fr"));
		CHECK_TEXT(he, ruleset_explain(ruleset, name, NULL));
		CHECK_TEXT(en, ruleset_explain(ruleset, name, "en-GB"));
	}
	CHECK(ruleset_explain(ruleset, "GONE_LONG_AGO", "en") != NULL);
	CHECK(ruleset_rule_of(ruleset, "GONE_LONG_AGO") == NULL);
	ruleset_unref(&ruleset);
}

TEST(the_version_changes_with_a_byte_and_with_a_name_and_not_by_itself)
{
	struct ruleset *first, *second, *third, *fourth;
	struct why why;
	char dir[64], from[128], to[128];

	given_folder(dir, true);
	CHECK_OK(ruleset_load(dir, &first, &why));
	file_write(dir, "README.md", "not a rule", "w");
	CHECK_OK(ruleset_load(dir, &second, &why));
	CHECK_TEXT(ruleset_version(first), ruleset_version(second));
	file_write(dir, "en.words", "\n", "a");
	CHECK_OK(ruleset_load(dir, &third, &why));
	CHECK(strcmp(ruleset_version(first), ruleset_version(third)) != 0);
	snprintf(from, sizeof(from), "%s/en.words", dir);
	snprintf(to, sizeof(to), "%s/english.words", dir);
	CHECK_INT(0, rename(from, to));
	CHECK_OK(ruleset_load(dir, &fourth, &why));
	CHECK(strcmp(ruleset_version(third), ruleset_version(fourth)) != 0);
	ruleset_unref(&first);
	ruleset_unref(&second);
	ruleset_unref(&third);
	ruleset_unref(&fourth);
	folder_remove(dir);
}

/* Adds `line` to a copy of `name` and expects the whole to be refused. */
static void check_spoiled(const char *name, const char *line, const char *expected_in_why)
{
	struct ruleset *ruleset = (struct ruleset *)&ruleset;
	struct why why;
	char dir[64];

	given_folder(dir, true);
	file_write(dir, name, line, "a");
	CHECK(ruleset_load(dir, &ruleset, &why) != ERR_NONE);
	CHECK(ruleset == NULL);
	if (!strstr(why.text, name) || !strstr(why.text, expected_in_why))
		fail_msg("\"%s\" says nothing of \"%s\" and %s", why.text, expected_in_why, name);
	folder_remove(dir);
}

TEST(one_wrong_line_anywhere_refuses_the_whole_and_says_where)
{
	check_spoiled("symbols.conf", "symbol INSULT\n", "already");
	check_spoiled("symbols.conf", "symbol NEW\n\trule x\n", "lacks");
	check_spoiled("symbols.conf", "colour red\n", "colour");
	check_spoiled("policies.conf", "policy public\n", "already");
	check_spoiled("policies.conf", "\tINSULT reject 900\n", "may not reject");
	check_spoiled("policies.conf", "\tincivility reject 900\n", "never rejects");
	check_spoiled("policies.conf", "\tNO_SUCH hold 900\n", "NO_SUCH");
	check_spoiled("policies.conf", "\tINSULT hold 1001\n", "1000");
	check_spoiled("numbers.conf", "aim.you 1\n", "twice");
	check_spoiled("numbers.conf", "no.such 1\n", "no.such");
	check_spoiled("forecast.conf", "thread.bias 1\n", "twice");
	check_spoiled("forecast.conf", "no.such 1\n", "no.such");
	check_spoiled("he.words", "[INSULT]\n", "score");
	check_spoiled("he.words", "[NO_SUCH 100]\n", "NO_SUCH");
	check_spoiled("he.words", "[mark moon]\n", "moon");
	check_spoiled("he.words", "[INSULT 500 moon]\n", "person");
	check_spoiled("he.words", "מילה, --\n", "no word");
	check_spoiled("he.words", "\xff\n", "UTF-8");
}

TEST(a_missing_piece_refuses_the_whole)
{
	static const char *const files[] = {"symbols.conf", "policies.conf", "numbers.conf",
		"forecast.conf"};

	for (int i = 0; i < 4; i++) {
		struct ruleset *ruleset;
		struct why why;
		char dir[64], path[128];

		given_folder(dir, true);
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		CHECK_INT(0, unlink(path));
		CHECK(ruleset_load(dir, &ruleset, &why) != ERR_NONE);
		CHECK(ruleset == NULL);
		CHECK(strlen(why.text) > 20);
		folder_remove(dir);
	}
}

TEST(a_folder_that_is_not_there_is_an_error_with_a_sentence)
{
	struct ruleset *ruleset;
	struct why why;

	CHECK_ERR(ERR_NOT_FOUND, ruleset_load("/no/such/folder", &ruleset, &why));
	CHECK(strstr(why.text, "/no/such/folder") != NULL);
	CHECK_ERR(ERR_NOT_FOUND, ruleset_load("/no/such/folder", &ruleset, NULL));
}

TEST(a_ruleset_lives_as_long_as_its_last_reference)
{
	struct ruleset *ruleset = given_shipped_rules(), *second = ruleset_ref(ruleset);
	struct judged judged;

	ruleset_unref(&ruleset);
	judged = given_verdict(second, "אתה אידיוט");
	CHECK(score_found(&judged, "INSULT") > 0);
	ruleset_unref(&second);
}

RUN(cmocka_unit_test(what_is_shipped_loads_and_every_rule_has_its_prefilter),
	cmocka_unit_test(every_symbol_is_explained_in_three_languages),
	cmocka_unit_test(the_version_changes_with_a_byte_and_with_a_name_and_not_by_itself),
	cmocka_unit_test(one_wrong_line_anywhere_refuses_the_whole_and_says_where),
	cmocka_unit_test(a_missing_piece_refuses_the_whole),
	cmocka_unit_test(a_folder_that_is_not_there_is_an_error_with_a_sentence),
	cmocka_unit_test(a_ruleset_lives_as_long_as_its_last_reference));
