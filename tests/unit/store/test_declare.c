/* test_declare.c: what a declaration may be, and what applying it does and refuses to do. */
#include "check.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/declare.h"

static const char good[] =
	"{\"id\":\"town\",\"title\":{\"he\":\"עיר\",\"en\":\"Town\"},\"languages\":[\"he\",\"en\"],"
	"\"charter\":{\"version\":1,\"goals\":\"To hear.\",\"ends\":\"2027-01-31\","
	"\"promises\":[{\"id\":\"best\",\"text\":\"The best idea is heard.\"}]},"
	"\"rules\":[{\"id\":\"respect\",\"text\":\"Be kind.\"}],"
	"\"circles\":[{\"id\":\"panel\",\"title\":\"Panel\",\"access\":\"closed\","
	"\"policy\":\"expert\"},{\"id\":\"forum\",\"title\":\"Forum\",\"access\":\"public\","
	"\"policy\":\"public\",\"limits\":{\"posts_per_minute\":6,\"burst\":3},"
	"\"pace_seconds\":0,\"shape\":\"round\"}],\"colour\":\"green\"}";

static json_t *given_declaration(void)
{
	json_t *declared = json_loads(good, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(declared);
	return declared;
}

/* Takes `value` (JSON text; NULL: nothing) into the place, as in "circles.1.policy". */
static void put(json_t *declared, const char *place, const char *value)
{
	char name[64];
	json_t *at = declared;
	const char *dot;

	for (; (dot = strchr(place, '.')) != NULL; place = dot + 1) {
		snprintf(name, sizeof name, "%.*s", (int)(dot - place), place);
		at = json_is_array(at) ? json_array_get(at, (size_t)strtoul(name, NULL, 10))
				       : json_object_get(at, name);
		assert_non_null(at);
	}
	if (!value)
		CHECK_INT(0, json_object_del(at, place));
	else if (json_is_array(at))
		CHECK_INT(0, json_array_append_new(at, json_loads(value, JSON_DECODE_ANY, NULL)));
	else
		CHECK_INT(0, json_object_set_new(at, place,
						 json_loads(value, JSON_DECODE_ANY, NULL)));
}

TEST(a_good_declaration_is_accepted_with_members_nobody_knows)
{
	json_t *declared = given_declaration();
	struct why why = {""};

	CHECK_OK(process_check(declared, NULL, &why));
	put(declared, "languages", NULL);
	put(declared, "rules", NULL);
	put(declared, "charter.promises", NULL);
	put(declared, "circles.1.limits", NULL);
	put(declared, "circles.1.pace_seconds", NULL);
	put(declared, "circles.1.policy", NULL);
	put(declared, "circles.1.hold", "{\"then\":\"published\"}");
	CHECK_OK(process_check(declared, NULL, &why));
	json_decref(declared);
}

TEST(every_refusal_names_the_place)
{
	static const struct {
		const char *place, *value, *named;
	} wrong[] = {
		{"id", "\"Town\"", "id "},
		{"id", "\"\"", "id "},
		{"id", "\"a b\"", "id "},
		{"id", NULL, "id "},
		{"title", NULL, "title "},
		{"title", "\" \"", "title "},
		{"title", "5", "title "},
		{"title", "{}", "title "},
		{"title.he", "7", "title.he "},
		{"title.Klingon", "\"x\"", "title.Klingon "},
		{"languages", "[]", "languages "},
		{"languages", "[\"he\",\"fr\"]", "languages[1] "},
		{"charter", NULL, "charter "},
		{"charter", "[]", "charter "},
		{"charter.version", NULL, "charter.version "},
		{"charter.version", "0", "charter.version "},
		{"charter.version", "1.0", "charter.version "},
		{"charter.version", "\"1\"", "charter.version "},
		{"charter.goals", "[]", "charter.goals "},
		{"charter.ends", "\"2027-02-30\"", "charter.ends "},
		{"charter.ends", "\"soon\"", "charter.ends "},
		{"charter.ends", "\"2027-01-31T00:00:00Z\"", "charter.ends "},
		{"charter.promises", "{}", "charter.promises "},
		{"charter.promises.0.text", NULL, "charter.promises[0].text "},
		{"charter.promises.1", "{\"id\":\"best\",\"text\":\"x\"}", "charter.promises[1].id "},
		{"rules.1", "\"be kind\"", "rules[1] "},
		{"rules.1", "{\"id\":\"respect\",\"text\":\"x\"}", "rules[1].id "},
		{"circles", NULL, "circles "},
		{"circles", "[]", "circles "},
		{"circles", "{}", "circles "},
		{"circles.0.id", "null", "circles[0].id "},
		{"circles.0.id", "\"forum\"", "circles[1].id "},
		{"circles.0.title", NULL, "circles[0].title "},
		{"circles.0.access", "\"secret\"", "circles[0].access "},
		{"circles.0.access", NULL, "circles[0].access "},
		{"circles.0.policy", "\"unheard-of\"", "circles[0].policy "},
		{"circles.1.limits", "[]", "circles[1].limits "},
		{"circles.1.limits.burst", "-1", "circles[1].limits.burst "},
		{"circles.1.limits.posts_per_minute", "2.5", "circles[1].limits.posts_per_minute "},
		{"circles.1.pace_seconds", "-5", "circles[1].pace_seconds "},
		{"circles.1.hold", "{\"then\":\"forgotten\"}", "circles[1].hold.then "},
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		json_t *declared = given_declaration();
		struct why why = {""};

		put(declared, wrong[i].place, wrong[i].value);
		CHECK_ERR(ERR_BAD_PARAMS, process_check(declared, NULL, &why));
		if (strncmp(why.text, wrong[i].named, strlen(wrong[i].named)) != 0)
			fail_msg("%s = %s: %s", wrong[i].place, wrong[i].value, why.text);
		json_decref(declared);
	}
}

TEST(a_charter_too_long_for_one_frame_is_refused)
{
	json_t *declared = given_declaration();
	struct why why = {""};
	char *text = malloc(19001);

	memset(text, 'x', 19000);
	text[19000] = '\0';
	json_object_set_new(json_object_get(declared, "charter"), "goals", json_string(text));
	CHECK_OK(process_check(declared, NULL, &why));
	json_object_set_new(json_object_get(declared, "charter"), "product", json_string(text));
	json_object_set_new(json_object_get(declared, "charter"), "decision_path", json_string(text));
	CHECK_OK(process_check(declared, NULL, &why));
	json_object_set_new(json_object_get(declared, "charter"), "how_it_works", json_string(text));
	CHECK_ERR(ERR_BAD_PARAMS, process_check(declared, NULL, &why));
	free(text);
	json_decref(declared);
}

TEST(only_policies_that_the_rules_know_are_accepted)
{
	static const char *const policies[] = {"expert", "gentle", NULL};
	json_t *declared = given_declaration();
	struct why why = {""};

	CHECK_ERR(ERR_BAD_PARAMS, process_check(declared, policies, &why));
	CHECK(strstr(why.text, "expert, gentle"));
	put(declared, "circles.1.policy", "\"gentle\"");
	CHECK_OK(process_check(declared, policies, &why));
	json_decref(declared);
}

/* ---- applying ---- */

struct house {
	char folder[64];
	struct store *store;
	struct db *db;
};

struct applying {
	struct change change;
	const json_t *declared;
	json_t *report;
	struct why why;
};

static enum err keep_process(struct keeper *keeper, struct change *change)
{
	struct applying *applying = (struct applying *)change;

	return process_apply(keeper, applying->declared, &applying->report, &applying->why);
}

static struct house given_house(void)
{
	struct house house = {.folder = "/tmp/maagal-declare-XXXXXX"};
	struct store_settings settings = {.data = house.folder};
	struct why why = {""};
	char path[128];

	assert_non_null(mkdtemp(house.folder));
	CHECK_OK(store_open(&settings, &why, &house.store));
	snprintf(path, sizeof path, "%s/maagal.db", house.folder);
	CHECK_OK(db_open(path, DB_READ, &why, &house.db));
	return house;
}

static void house_end(struct house *house)
{
	DIR *folder;
	struct dirent *entry;
	char path[400];

	db_close(&house->db);
	store_close(&house->store);
	folder = opendir(house->folder);
	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", house->folder, entry->d_name);
		unlink(path);
	}
	closedir(folder);
	rmdir(house->folder);
}

static enum err apply(struct house *house, const json_t *declared, struct applying *applying)
{
	*applying = (struct applying){.change.keep = keep_process, .declared = declared};
	return store_keep_now(house->store, &applying->change);
}

/* Applies and returns what the report says of `circle`, or of the process if NULL. */
static const char *apply_says(struct house *house, const json_t *declared, const char *circle)
{
	static char says[32];
	struct applying applying;
	json_t *element;
	size_t index;

	CHECK_OK(apply(house, declared, &applying));
	snprintf(says, sizeof says, "%s",
		 json_is_true(json_object_get(applying.report, "changed")) ? "changed" : "same");
	if (circle)
		snprintf(says, sizeof says, "absent");
	json_array_foreach(json_object_get(applying.report, "circles"), index, element) {
		if (circle && strcmp(json_string_value(json_object_get(element, "id")), circle) == 0)
			snprintf(says, sizeof says, "%s",
				 json_string_value(json_object_get(element, "what")));
	}
	json_decref(applying.report);
	return says;
}

static void check_refused(struct house *house, const json_t *declared, const char *sentence)
{
	struct applying applying;

	CHECK_ERR(ERR_BAD_PARAMS, apply(house, declared, &applying));
	if (!strstr(applying.why.text, sentence))
		fail_msg("%s", applying.why.text);
	assert_null(applying.report);
}

static int64_t number(struct house *house, const char *sql)
{
	int64_t value = -1;

	CHECK_OK(db_number(house->db, -1, &value, sql, ""));
	return value;
}

TEST(applying_creates_the_process_its_charter_and_its_circles)
{
	struct house house = given_house();
	json_t *declared = given_declaration();

	CHECK_TEXT("created", apply_says(&house, declared, "forum"));
	CHECK_INT(1, number(&house, "SELECT charter_version FROM process WHERE id = 'town'"));
	CHECK_INT(1, number(&house, "SELECT count(*) FROM charter"));
	CHECK_INT(2, number(&house, "SELECT count(*) FROM circle"));
	CHECK_INT(6, number(&house, "SELECT posts_per_minute FROM circle WHERE id = 'forum'"));
	CHECK_INT(-1, number(&house, "SELECT posts_per_minute FROM circle WHERE id = 'panel'"));
	CHECK_INT(1, number(&house, "SELECT place FROM circle WHERE id = 'forum'"));
	/* One word to running servers; nothing in a circle where nobody is yet. */
	CHECK_INT(1, number(&house, "SELECT count(*) FROM event WHERE kind = 24"));
	CHECK_INT(1, number(&house, "SELECT count(*) FROM event"));
	json_decref(declared);
	house_end(&house);
}

TEST(applying_twice_changes_nothing_and_says_so)
{
	struct house house = given_house();
	json_t *declared = given_declaration();
	int64_t rows;

	CHECK_TEXT("changed", apply_says(&house, declared, NULL));
	rows = number(&house, "SELECT max(row) FROM event");
	CHECK_TEXT("same", apply_says(&house, declared, NULL));
	CHECK_TEXT("kept", apply_says(&house, declared, "forum"));
	CHECK_INT(rows, number(&house, "SELECT max(row) FROM event"));
	json_decref(declared);
	house_end(&house);
}

TEST(a_changed_charter_needs_a_higher_version)
{
	struct house house = given_house();
	json_t *declared = given_declaration();

	CHECK_TEXT("changed", apply_says(&house, declared, NULL));
	put(declared, "charter.goals", "\"Something else.\"");
	check_refused(&house, declared, "Give the new charter version 2");
	put(declared, "charter.version", "5");
	CHECK_TEXT("changed", apply_says(&house, declared, NULL));
	CHECK_INT(2, number(&house, "SELECT count(*) FROM charter"));
	/* Both circles hear of it. */
	CHECK_INT(2, number(&house, "SELECT count(*) FROM event WHERE kind = 2"
			    " AND body = '\"version\":5'"));
	put(declared, "charter.version", "4");
	check_refused(&house, declared, "can not go back");
	CHECK_INT(5, number(&house, "SELECT charter_version FROM process"));
	json_decref(declared);
	house_end(&house);
}

TEST(changed_rules_and_titles_need_no_new_version)
{
	struct house house = given_house();
	json_t *declared = given_declaration();

	CHECK_TEXT("changed", apply_says(&house, declared, NULL));
	put(declared, "rules.0.text", "\"Be very kind.\"");
	put(declared, "circles.0.title", "\"The panel\"");
	CHECK_TEXT("changed", apply_says(&house, declared, "panel"));
	CHECK_INT(1, number(&house, "SELECT count(*) FROM charter WHERE rules LIKE '%very kind%'"));
	CHECK_INT(1, number(&house, "SELECT count(*) FROM circle WHERE title = '\"The panel\"'"));
	json_decref(declared);
	house_end(&house);
}

TEST(access_never_changes)
{
	struct house house = given_house();
	json_t *declared = given_declaration();

	CHECK_TEXT("changed", apply_says(&house, declared, NULL));
	put(declared, "circles.0.access", "\"public\"");
	check_refused(&house, declared, "closed and can not be made public");
	put(declared, "circles.0.access", "\"closed\"");
	put(declared, "circles.1.access", "\"closed\"");
	check_refused(&house, declared, "public and can not be closed");
	CHECK_INT(1, number(&house, "SELECT count(*) FROM circle WHERE access = 'closed'"));
	json_decref(declared);
	house_end(&house);
}

TEST(a_circle_of_another_process_is_not_taken_and_nothing_is_half_applied)
{
	struct house house = given_house();
	json_t *declared = given_declaration();

	CHECK_TEXT("changed", apply_says(&house, declared, NULL));
	put(declared, "id", "\"village\"");
	put(declared, "circles.0.id", "\"other-panel\"");
	check_refused(&house, declared, "circles[1].id `forum` is taken");
	CHECK_INT(1, number(&house, "SELECT count(*) FROM process"));
	CHECK_INT(2, number(&house, "SELECT count(*) FROM circle"));
	json_decref(declared);
	house_end(&house);
}

TEST(a_circle_that_is_not_declared_any_more_stays)
{
	struct house house = given_house();
	json_t *declared = given_declaration();

	CHECK_TEXT("changed", apply_says(&house, declared, NULL));
	json_array_remove(json_object_get(declared, "circles"), 0);
	CHECK_TEXT("not_declared", apply_says(&house, declared, "panel"));
	CHECK_TEXT("not_declared", apply_says(&house, declared, "panel"));
	CHECK_INT(2, number(&house, "SELECT count(*) FROM circle"));
	json_decref(declared);
	house_end(&house);
}

TEST(only_a_changed_declaration_changes_the_pace)
{
	struct house house = given_house();
	json_t *declared = given_declaration();
	struct db *writer = NULL;
	char path[128];

	CHECK_TEXT("changed", apply_says(&house, declared, NULL));
	/* A moderator slows the circle down. */
	snprintf(path, sizeof path, "%s/maagal.db", house.folder);
	CHECK_OK(db_open(path, DB_WRITE, NULL, &writer));
	CHECK_OK(db_script(writer, "UPDATE circle SET pace = 30 WHERE id = 'forum'"));
	db_close(&writer);
	put(declared, "colour", "\"blue\"");
	CHECK_TEXT("changed", apply_says(&house, declared, NULL));
	CHECK_INT(30, number(&house, "SELECT pace FROM circle WHERE id = 'forum'"));
	put(declared, "circles.1.pace_seconds", "10");
	CHECK_TEXT("changed", apply_says(&house, declared, "forum"));
	CHECK_INT(10, number(&house, "SELECT pace FROM circle WHERE id = 'forum'"));
	CHECK_INT(1, number(&house, "SELECT count(*) FROM event WHERE kind = 15 AND seq = 1"
			    " AND body LIKE '%\"seconds\":10%'"));
	json_decref(declared);
	house_end(&house);
}

RUN(
	cmocka_unit_test(a_good_declaration_is_accepted_with_members_nobody_knows),
	cmocka_unit_test(every_refusal_names_the_place),
	cmocka_unit_test(a_charter_too_long_for_one_frame_is_refused),
	cmocka_unit_test(only_policies_that_the_rules_know_are_accepted),
	cmocka_unit_test(applying_creates_the_process_its_charter_and_its_circles),
	cmocka_unit_test(applying_twice_changes_nothing_and_says_so),
	cmocka_unit_test(a_changed_charter_needs_a_higher_version),
	cmocka_unit_test(changed_rules_and_titles_need_no_new_version),
	cmocka_unit_test(access_never_changes),
	cmocka_unit_test(a_circle_of_another_process_is_not_taken_and_nothing_is_half_applied),
	cmocka_unit_test(a_circle_that_is_not_declared_any_more_stays),
	cmocka_unit_test(only_a_changed_declaration_changes_the_pace));
