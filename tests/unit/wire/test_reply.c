/* test_reply.c: answers, errors and notifications are what JSON-RPC wants, to the byte. */
#include "check.h"

#include <string.h>

#include "wire/reply.h"

static void says(const char *expected, struct buf *out)
{
	CHECK(buf_ok(out));
	CHECK_TEXT(expected, out->data);
	buf_fini(out);
}

TEST(a_result_carries_the_id)
{
	static const char expected[] = "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{\"at\":1}}";
	char out[sizeof expected] = {0};

	CHECK_INT(sizeof expected - 1, reply_result_bytes("\"a\"", 8));
	reply_result(out, "\"a\"", "{\"at\":1}", 8);
	CHECK_TEXT(expected, out);
}

TEST(an_error_has_code_sentence_name_and_whether_to_retry)
{
	struct reply_error error = {.err = ERR_NOT_FOUND, .message = "אין \"דבר\" כזה"};
	struct buf out = {0};

	reply_error(&out, "3", &error);
	says("{\"jsonrpc\":\"2.0\",\"id\":3,\"error\":{\"code\":-32001,"
	     "\"message\":\"אין \\\"דבר\\\" כזה\","
	     "\"data\":{\"name\":\"not_found\",\"retry\":false}}}", &out);
}

TEST(an_error_may_say_when_to_retry_and_more)
{
	struct reply_error error = {
		.err = ERR_TOO_FAST, .message = "wait", .retry_ms = 1500, .data = "\"pace\":2"};
	struct buf out = {0};

	reply_error(&out, "null", &error);
	says("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32007,\"message\":\"wait\","
	     "\"data\":{\"name\":\"too_fast\",\"retry\":true,\"retry_ms\":1500,\"pace\":2}}}", &out);
}

TEST(a_notification_has_no_id)
{
	struct buf out = {0};

	reply_notification(&out, "presence", "{\"count\":2}", 11);
	says("{\"jsonrpc\":\"2.0\",\"method\":\"presence\",\"params\":{\"count\":2}}", &out);
}

RUN(cmocka_unit_test(a_result_carries_the_id),
    cmocka_unit_test(an_error_has_code_sentence_name_and_whether_to_retry),
    cmocka_unit_test(an_error_may_say_when_to_retry_and_more),
    cmocka_unit_test(a_notification_has_no_id));
