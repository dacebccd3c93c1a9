/* test_log.c: one event, one line, whatever stands in the values. */
#include "check.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { CAUGHT_BYTES = 32768 };

static char caught[CAUGHT_BYTES];
static int stderr_before, catching;

static void catch_begin(void)
{
	char path[] = "/tmp/maagal-log-XXXXXX";

	clock_fake(INT64_C(1795284000123), 0);
	fflush(stderr);
	catching = mkstemp(path);
	unlink(path);
	stderr_before = dup(STDERR_FILENO);
	dup2(catching, STDERR_FILENO);
}

static void catch_end(void)
{
	ssize_t bytes;

	dup2(stderr_before, STDERR_FILENO);
	close(stderr_before);
	bytes = pread(catching, caught, sizeof caught - 1, 0);
	caught[bytes > 0 ? bytes : 0] = '\0';
	close(catching);
	clock_real();
}

TEST(a_line_says_when_how_grave_and_what)
{
	catch_begin();
	log_warn("relay.lost", "circle=%s wait_ms=%d", "forum", 7);
	catch_end();
	CHECK_TEXT("2026-11-21T18:00:00.123Z warn relay.lost circle=forum wait_ms=7\n", caught);
}

TEST(what_is_below_the_level_is_not_written)
{
	catch_begin();
	log_debug("quiet", "%s", "");
	log_set_level(LOG_ERROR);
	log_warn("quiet", "%s", "");
	log_error("loud", "%s", "");
	log_set_level(LOG_INFO);
	catch_end();
	CHECK_TEXT("2026-11-21T18:00:00.123Z error loud\n", caught);
}

TEST(a_value_can_not_forge_a_second_line_nor_move_the_cursor)
{
	catch_begin();
	log_info("x", "%s", "a\nb\r\x1b[2J\x7f\xc2\x85\xe2\x80\xae|\xff|שלום");
	catch_end();
	CHECK_TEXT("2026-11-21T18:00:00.123Z info x a\\x0ab\\x0d\\x1b[2J\\x7f\\xc2\\x85\\xe2\\x80"
		   "\\xae|\\xff|שלום\n",
		caught);
}

TEST(as_json_each_line_is_one_object_whatever_the_value)
{
	json_t *line;
	json_error_t error;

	log_set_json(1);
	catch_begin();
	log_error("store.failed", "%s", "say \"no\"\\ \n \xff שלום");
	catch_end();
	log_set_json(0);
	line = json_loads(caught, JSON_REJECT_DUPLICATES, &error);
	CHECK(line != NULL);
	CHECK_TEXT("error", json_string_value(json_object_get(line, "level")));
	CHECK_TEXT("store.failed", json_string_value(json_object_get(line, "event")));
	CHECK_TEXT("say \"no\"\\ \n ÿ שלום", json_string_value(json_object_get(line, "text")));
	json_decref(line);
}

TEST(a_value_too_long_is_cut_and_the_line_still_ends)
{
	char *text = malloc(100000);

	assert_non_null(text);
	memset(text, '\n', 99999);
	text[99999] = '\0';
	catch_begin();
	log_info("x", "%s", text);
	catch_end();
	free(text);
	CHECK(strlen(caught) > 2000 && strlen(caught) < 20000);
	CHECK(strchr(caught, '\n') == caught + strlen(caught) - 1);
}

RUN(cmocka_unit_test(a_line_says_when_how_grave_and_what),
	cmocka_unit_test(what_is_below_the_level_is_not_written),
	cmocka_unit_test(a_value_can_not_forge_a_second_line_nor_move_the_cursor),
	cmocka_unit_test(as_json_each_line_is_one_object_whatever_the_value),
	cmocka_unit_test(a_value_too_long_is_cut_and_the_line_still_ends));
