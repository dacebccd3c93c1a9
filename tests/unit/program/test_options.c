/* test_options.c: the command line is read in order, and what is wrong is said. */
#include "check.h"

#include <string.h>

#include "config.h"
#include "program/options.h"

static struct config config;
static struct words words;
static struct why why;
static const char *to;
static bool json;

/* Reads the arguments up to the first NULL as the command line of a command that knows all
 * kinds. */
static enum err read_line(const char *const *arguments, bool takes_words)
{
	const struct option options[] = {
		{ "json", OPTION_FLAG, &json },
		{ "listen", OPTION_SETTING, &config },
		{ "set", OPTION_SET, &config },
		{ "config", OPTION_CONFIG_FILE, &config },
		{ "tls-cert", OPTION_SETTING, &config },
		{ "to", OPTION_TEXT, &to },
		OPTIONS_END,
	};
	char *argv[16] = { (char *)"command" };
	int argc = 1;

	for (; *arguments; arguments++)
		argv[argc++] = (char *)*arguments;
	config_default(&config);
	json = false;
	to = NULL;
	why.text[0] = '\0';
	return options_read(options, argc, argv, takes_words ? &words : NULL, &why);
}
#define LINE(...) ((const char *const[]){ __VA_ARGS__, NULL })

TEST(values_stand_behind_a_blank_or_an_equals_sign_and_words_anywhere)
{
	CHECK_OK(read_line(LINE("one", "--to", "a", "--json", "two", "--listen=[::1]:1"), true));
	CHECK(json);
	CHECK_TEXT("a", to);
	CHECK_TEXT("[::1]:1", config.listen);
	CHECK_INT(2, words.count);
	CHECK_TEXT("one", words.at[0]);
	CHECK_TEXT("two", words.at[1]);
}

TEST(what_is_later_wins_and_a_value_may_look_like_an_option)
{
	CHECK_OK(read_line(LINE("--set", "posts_burst=5", "--set=posts_burst=7", "--to", "--json"),
		true));
	CHECK_INT(7, config.posts_burst);
	CHECK_TEXT("--json", to);
	CHECK(!json);
}

TEST(dashes_in_an_option_are_the_settings_underscores)
{
	CHECK_OK(read_line(LINE("--tls-cert", "chain.pem"), false));
	CHECK_TEXT("chain.pem", config.tls_cert);
}

TEST(behind_two_dashes_everything_is_a_word)
{
	CHECK_OK(read_line(LINE("--", "--json", "--nonsense"), true));
	CHECK(!json);
	CHECK_INT(2, words.count);
	CHECK_TEXT("--json", words.at[0]);
}

TEST(wrong_use_is_refused_with_a_sentence)
{
	static const struct {
		const char *arguments[3], *says;
	} wrong[] = {
		{ { "--nonsense" }, "no option --nonsense" },
		{ { "--to" }, "--to needs a value" },
		{ { "--json=yes" }, "--json takes no value" },
		{ { "word" }, "one word too many" },
		{ { "--set", "posts_burst" }, "NAME=VALUE" },
		{ { "--set", "post_burst=1" }, "did you mean `posts_burst`" },
		{ { "--config", "/nothing/such" }, "cannot be read" },
	};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		const char *arguments[4] = { wrong[i].arguments[0], wrong[i].arguments[1] };

		CHECK(read_line(arguments, false) != ERR_NONE);
		CHECK(strstr(why.text, wrong[i].says) != NULL);
	}
}

RUN(cmocka_unit_test(values_stand_behind_a_blank_or_an_equals_sign_and_words_anywhere),
	cmocka_unit_test(what_is_later_wins_and_a_value_may_look_like_an_option),
	cmocka_unit_test(dashes_in_an_option_are_the_settings_underscores),
	cmocka_unit_test(behind_two_dashes_everything_is_a_word),
	cmocka_unit_test(wrong_use_is_refused_with_a_sentence));
