/* check.h: cmocka with the words that the tests use. A test's name is a sentence. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEST(sentence) static void sentence(void **state_ __attribute__((unused)))
#define CHECK(claim) assert_true(claim)
#define CHECK_OK(call) assert_int_equal(call, ERR_NONE)
#define CHECK_ERR(expected, call) assert_int_equal(call, expected)
#define CHECK_INT(expected, got) assert_int_equal(got, expected)
#define CHECK_TEXT(expected, got) assert_string_equal(got, expected)

/* RUN(cmocka_unit_test(a_sentence), …): prints TAP, returns how many failed. */
#define RUN(...) \
	int main(void) \
	{ \
		const struct CMUnitTest tests[] = { __VA_ARGS__ }; \
		return cmocka_run_group_tests(tests, NULL, NULL); \
	} \
	struct needs_a_semicolon
