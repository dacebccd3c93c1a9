/* test_config.c: settings are read whole or refused with a sentence that says what to mend. */
#include "check.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"

static struct config config;
static struct why why;

static enum err set(const char *assignment)
{
	why.text[0] = '\0';
	return config_set(&config, assignment, &why);
}

static enum err read_text(const char *text)
{
	char path[] = "/tmp/maagal-config-XXXXXX";
	int file = mkstemp(path);
	enum err err;

	CHECK(file >= 0);
	CHECK(write(file, text, strlen(text)) == (ssize_t)strlen(text));
	close(file);
	why.text[0] = '\0';
	err = config_read(&config, path, &why);
	unlink(path);
	return err;
}

static bool says(const char *words)
{
	if (!strstr(why.text, words))
		print_message("# said: %s\n", why.text);
	return strstr(why.text, words) != NULL;
}

TEST(every_row_is_set_in_order_and_within_its_range)
{
	const char *before = "";

#define IN_ORDER(name) \
	CHECK(strcmp(before, #name) < 0); \
	before = #name;
#define LIMIT(name, topic, value, most, meaning) \
	IN_ORDER(name) \
	CHECK((value) >= 0 && (value) <= (most));
#define NUMBER(name, topic, value, least, most, meaning) \
	IN_ORDER(name) \
	CHECK((least) <= (value) && (value) <= (most));
#define SWITCH(name, topic, value, meaning) IN_ORDER(name)
#define TEXT(name, topic, value, meaning) \
	IN_ORDER(name) \
	CHECK(sizeof(value) <= CONFIG_TEXT);
	CONFIG_LIST(LIMIT, NUMBER, SWITCH, TEXT)
#undef LIMIT
#undef NUMBER
#undef SWITCH
#undef TEXT
}

TEST(the_defaults_are_those_that_are_promised)
{
	config_default(&config);
	CHECK_TEXT("127.0.0.1:8484", config.listen);
	CHECK(config.limits);
	CHECK_INT(10000, config.open_within_ms);
	CHECK_INT(30, config.resume_days);
	CHECK_INT(10, config.nudge_minutes);
	CHECK_INT(500, config.history_page_most);
	CHECK_OK(config_finish(&config, &why));
}

TEST(one_setting_is_set_by_its_name)
{
	config_default(&config);
	CHECK_OK(set("posts_per_minute=0"));
	CHECK_INT(0, config.posts_per_minute);
	CHECK_OK(set("listen=[::1]:0"));
	CHECK_TEXT("[::1]:0", config.listen);
	CHECK_OK(set("log_json=on"));
	CHECK(config.log_json);
	CHECK_OK(set("log_json=false"));
	CHECK(!config.log_json);
	CHECK_OK(set("public_url=https://a.example/?x=1"));
	CHECK_TEXT("https://a.example/?x=1", config.public_url);
}

TEST(an_unknown_name_is_refused_with_the_nearest_one)
{
	config_default(&config);
	CHECK_ERR(ERR_BAD_PARAMS, set("post_per_minute=5"));
	CHECK(says("`post_per_minute`") && says("did you mean `posts_per_minute`"));
	CHECK_ERR(ERR_BAD_PARAMS, set("colour_of_the_sea=blue"));
	CHECK(says("maagal help settings"));
	CHECK_ERR(ERR_BAD_PARAMS, set("=5"));
	CHECK_ERR(ERR_BAD_PARAMS, set("limits"));
	CHECK(says("NAME=VALUE"));
}

TEST(a_value_out_of_range_is_refused_with_the_range_and_changes_nothing)
{
	static const char *const wrong[] = { "judge_threads=0", "judge_threads=65", "judge_threads=-1",
		"judge_threads=99999999999999999999", "judge_threads=", "judge_threads=1x",
		"judge_threads= 1", "judge_threads=1.5", "judge_threads=0x1" };

	config_default(&config);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		CHECK_ERR(ERR_BAD_PARAMS, set(wrong[i]));
		CHECK(says("`judge_threads` must be a whole number from 1 to 64"));
		CHECK_INT(1, config.judge_threads);
	}
	CHECK_ERR(ERR_BAD_PARAMS, set("log_json=maybe"));
	CHECK(says("true or false"));
	CHECK_ERR(ERR_BAD_PARAMS, set("data=a\nb"));
	CHECK_ERR(ERR_BAD_PARAMS, set("data=\xff"));
}

TEST(a_text_too_long_is_refused)
{
	char assignment[CONFIG_TEXT + 16] = "data=";

	config_default(&config);
	memset(assignment + 5, 'x', CONFIG_TEXT);
	assignment[5 + CONFIG_TEXT] = '\0';
	CHECK_ERR(ERR_BAD_PARAMS, set(assignment));
	assignment[5 + CONFIG_TEXT - 1] = '\0';
	CHECK_OK(set(assignment));
	CHECK_INT(CONFIG_TEXT - 1, strlen(config.data));
}

TEST(without_limits_every_limit_is_none_and_nothing_else_changes)
{
	config_default(&config);
	CHECK_OK(set("limits=0"));
	CHECK_OK(config_finish(&config, &why));
#define LIMIT(name, topic, value, most, meaning) CHECK_INT(0, config.name);
#define NUMBER(name, topic, value, least, most, meaning) CHECK_INT(value, config.name);
#define SWITCH(name, topic, value, meaning)
#define TEXT(name, topic, value, meaning)
	CONFIG_LIST(LIMIT, NUMBER, SWITCH, TEXT)
#undef LIMIT
#undef NUMBER
#undef SWITCH
#undef TEXT
}

TEST(a_file_sets_what_it_names_and_leaves_the_rest)
{
	config_default(&config);
	CHECK_OK(read_text("{\"posts_burst\": 9, \"log_json\": true, \"data\": \"נתונים\"}"));
	CHECK_INT(9, config.posts_burst);
	CHECK(config.log_json);
	CHECK_TEXT("נתונים", config.data);
	CHECK_INT(6, config.posts_per_minute);
	CHECK_OK(read_text("{}"));
}

TEST(a_wrong_file_is_refused_with_a_sentence)
{
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{ "", "no JSON" },
		{ "nonsense", "no JSON: line 1" },
		{ "[]", "one object" },
		{ "{\"posts_burst\": 1, \"posts_burst\": 2}", "duplicate" },
		{ "{\"post_burst\": 1}", "did you mean `posts_burst`" },
		{ "{\"posts_burst\": \"1\"}", "`posts_burst` must be a whole number" },
		{ "{\"posts_burst\": 1.0}", "`posts_burst` must be a whole number" },
		{ "{\"posts_burst\": -1}", "from 0 to" },
		{ "{\"posts_burst\": null}", "whole number" },
		{ "{\"log_json\": \"yes\"}", "true or false" },
		{ "{\"data\": 7}", "text in quotes" },
		{ "{\"data\": \"a\\u0007b\"}", "control" },
	};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		config_default(&config);
		CHECK_ERR(ERR_BAD_PARAMS, read_text(wrong[i].text));
		CHECK(says(wrong[i].says));
		CHECK(says("maagal-config-"));
	}
	CHECK_ERR(ERR_NOT_FOUND, config_read(&config, "/nothing/such.json", &why));
	CHECK_ERR(ERR_BAD_PARAMS, config_read(&config, "/tmp", &why));
}

TEST(settings_that_do_not_go_together_are_refused)
{
	static const struct {
		const char *assignment, *says;
	} wrong[] = {
		{ "listen=8484", "`listen`" },
		{ "listen=localhost:8484", "`listen`" },
		{ "listen=127.0.0.1:65536", "`listen`" },
		{ "listen=127.0.0.1:", "`listen`" },
		{ "listen=127.0.0.1:+1", "`listen`" },
		{ "listen=127.0.0.1:1x", "`listen`" },
		{ "listen=::1:80", "`listen`" },
		{ "listen=[::1:80", "`listen`" },
		{ "listen=999.0.0.1:80", "`listen`" },
		{ "listen=", "`listen`" },
		{ "metrics_listen=nowhere", "`metrics_listen`" },
		{ "tls_cert=a.pem", "go together" },
		{ "tls_key=a.pem", "go together" },
		{ "log_level=loud", "`log_level`" },
		{ "data=", "`data`" },
		{ "history_page_most=10", "`history_page`" },
		{ "redis=localhost", "`redis`" },
		{ "allowed_origins=https://a.example http://b.example/path", "http://b.example/path" },
		{ "allowed_origins=*", "`allowed_origins`" },
		{ "allowed_origins=https://", "`allowed_origins`" },
		{ "public_url=forum.example.org", "`public_url`" },
	};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		config_default(&config);
		CHECK_OK(set(wrong[i].assignment));
		CHECK_ERR(ERR_BAD_PARAMS, config_finish(&config, &why));
		CHECK(says(wrong[i].says));
	}
	config_default(&config);
	CHECK_OK(set("allowed_origins=https://a.example  http://b.example:8080"));
	CHECK_OK(set("listen=[::1]:0"));
	CHECK_OK(set("redis=redis://127.0.0.1:6379"));
	CHECK_OK(config_finish(&config, &why));
}

TEST(the_folders_are_found_beside_the_program)
{
	config_default(&config);
	CHECK_OK(config_finish(&config, &why));
	CHECK_TEXT(PROJECT_ROOT "/config", config.config_dir);
	CHECK_TEXT(PROJECT_ROOT "/config/civility", config.rules_dir);
	config_default(&config);
	CHECK_OK(set("config_dir=/elsewhere"));
	CHECK_OK(config_finish(&config, &why));
	CHECK_TEXT("/elsewhere/civility", config.rules_dir);
}

TEST(the_written_file_sets_every_setting_to_its_default)
{
	struct config changed;
	struct buf out = { 0 };

	config_write_json(&out);
	CHECK(buf_ok(&out));
	config_default(&config);
#define LIMIT(name, topic, value, most, meaning) config.name = -7;
#define NUMBER(name, topic, value, least, most, meaning) config.name = -7;
#define SWITCH(name, topic, value, meaning) config.name = !(value);
#define TEXT(name, topic, value, meaning) strcpy(config.name, "changed");
	CONFIG_LIST(LIMIT, NUMBER, SWITCH, TEXT)
#undef LIMIT
#undef NUMBER
#undef SWITCH
#undef TEXT
	CHECK_OK(read_text(out.data));
	memset(&changed, 0, sizeof changed);
	config_default(&changed);
#define LIMIT(name, topic, value, most, meaning) CHECK_INT(changed.name, config.name);
#define NUMBER(name, topic, value, least, most, meaning) CHECK_INT(changed.name, config.name);
#define SWITCH(name, topic, value, meaning) CHECK_INT(changed.name, config.name);
#define TEXT(name, topic, value, meaning) CHECK_TEXT(changed.name, config.name);
	CONFIG_LIST(LIMIT, NUMBER, SWITCH, TEXT)
	buf_fini(&out);
}

TEST(every_setting_stands_in_both_manuals_once)
{
	struct buf markdown = { 0 }, text = { 0 };

	config_write_markdown(&markdown);
	config_write_text(&text);
#undef LIMIT
#undef NUMBER
#undef SWITCH
#undef TEXT
#define SHOWN(name) \
	CHECK(strstr(markdown.data, "| `" #name "` |") != NULL); \
	CHECK(strstr(strstr(markdown.data, "| `" #name "` |") + 1, "| `" #name "` |") == NULL); \
	CHECK(strstr(text.data, "  " #name " = ") != NULL);
#define LIMIT(name, topic, value, most, meaning) SHOWN(name)
#define NUMBER(name, topic, value, least, most, meaning) SHOWN(name)
#define SWITCH(name, topic, value, meaning) SHOWN(name)
#define TEXT(name, topic, value, meaning) SHOWN(name)
	CONFIG_LIST(LIMIT, NUMBER, SWITCH, TEXT)
	buf_fini(&markdown);
	buf_fini(&text);
}

RUN(cmocka_unit_test(every_row_is_set_in_order_and_within_its_range),
	cmocka_unit_test(the_defaults_are_those_that_are_promised),
	cmocka_unit_test(one_setting_is_set_by_its_name),
	cmocka_unit_test(an_unknown_name_is_refused_with_the_nearest_one),
	cmocka_unit_test(a_value_out_of_range_is_refused_with_the_range_and_changes_nothing),
	cmocka_unit_test(a_text_too_long_is_refused),
	cmocka_unit_test(without_limits_every_limit_is_none_and_nothing_else_changes),
	cmocka_unit_test(a_file_sets_what_it_names_and_leaves_the_rest),
	cmocka_unit_test(a_wrong_file_is_refused_with_a_sentence),
	cmocka_unit_test(settings_that_do_not_go_together_are_refused),
	cmocka_unit_test(the_folders_are_found_beside_the_program),
	cmocka_unit_test(the_written_file_sets_every_setting_to_its_default),
	cmocka_unit_test(every_setting_stands_in_both_manuals_once));
