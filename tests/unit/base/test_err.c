/* test_err.c: the table of errors agrees with what clients are promised. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"

TEST(every_error_has_a_name_and_a_negative_number)
{
	for (int err = ERR_NONE + 1; err < ERR_COUNT; err++) {
		CHECK(strlen(err_name((enum err)err)) > 0);
		CHECK(err_number((enum err)err) <= -32000);
	}
}

TEST(two_errors_of_one_number_have_one_name)
{
	for (int a = ERR_NONE + 1; a < ERR_COUNT; a++) {
		for (int b = a + 1; b < ERR_COUNT; b++) {
			bool same_name = strcmp(err_name((enum err)a), err_name((enum err)b)) == 0;

			CHECK(same_name == (err_number((enum err)a) == err_number((enum err)b)));
		}
	}
}

TEST(the_wire_says_what_the_protocol_promises)
{
	CHECK_TEXT("too_fast", err_name(ERR_TOO_FAST));
	CHECK_INT(-32007, err_number(ERR_TOO_FAST));
	CHECK(err_may_retry(ERR_TOO_FAST));
	CHECK_TEXT("not_found", err_name(ERR_NOT_FOUND));
	CHECK_INT(-32001, err_number(ERR_NOT_FOUND));
	CHECK(!err_may_retry(ERR_NOT_FOUND));
	CHECK_TEXT("storage_unavailable", err_name(ERR_STORAGE));
	CHECK_INT(-32013, err_number(ERR_STORAGE));
}

TEST(a_reason_is_cut_at_its_end_and_always_terminated)
{
	struct why why;
	char long_text[2000];

	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	why_set(&why, "%s", long_text);
	CHECK_INT(sizeof why.text - 1, strlen(why.text));
	why_set(&why, "line %d of %s", 7, "rules");
	CHECK_TEXT("line 7 of rules", why.text);
	why_set(NULL, "nobody asked");
}

RUN(cmocka_unit_test(every_error_has_a_name_and_a_negative_number),
	cmocka_unit_test(two_errors_of_one_number_have_one_name),
	cmocka_unit_test(the_wire_says_what_the_protocol_promises),
	cmocka_unit_test(a_reason_is_cut_at_its_end_and_always_terminated));
