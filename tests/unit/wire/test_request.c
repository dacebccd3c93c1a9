/* test_request.c: one frame in, one request out, or the error that JSON-RPC gives it. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "wire/plain.h"

static enum err parsed(const char *text, struct request *request)
{
	return request_parse(text, strlen(text), request);
}

/* The id that an answer would carry; the error is `expected`. */
static void refused(enum err expected, const char *id, const char *text)
{
	struct request request;

	CHECK_ERR(expected, parsed(text, &request));
	assert_non_null(request.id);
	CHECK_TEXT(id, request.id);
	request_fini(&request);
}

static void keeps_id(const char *id)
{
	char text[2048];
	struct request request;

	snprintf(text, sizeof text,
		 " { \"params\" : {\"id\":[1,{\"id\":\"}\\\"\"}]} , \"id\" : %s ,"
		 "\"method\":\"m\",\"jsonrpc\":\"2.0\"}", id);
	CHECK_OK(parsed(text, &request));
	CHECK_TEXT(id, request.id);
	request_fini(&request);
}

TEST(a_request_has_id_method_and_params)
{
	struct request request;

	CHECK_OK(parsed("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"post.create\","
			"\"params\":{\"text\":\"שלום\"},\"more\":true}", &request));
	CHECK_TEXT("7", request.id);
	CHECK_TEXT("post.create", request.method);
	CHECK_TEXT("שלום", json_string_value(json_object_get(request.params, "text")));
	request_fini(&request);
}

/* Read the short way, and the same as the long way. */
static void is_plain(const char *text)
{
	struct request plain, any;

	CHECK(request_read_plain(text, strlen(text), &plain));
	CHECK_OK(request_read_any(text, strlen(text), &any));
	CHECK_INT(!any.id, !plain.id);
	if (any.id)
		CHECK_TEXT(any.id, plain.id);
	CHECK_TEXT(any.method, plain.method);
	CHECK(json_equal(any.params, plain.params));
	request_fini(&plain);
	request_fini(&any);
}

static void is_not_plain(const char *text, size_t bytes)
{
	struct request request;

	CHECK(!request_read_plain(text, bytes, &request));
	CHECK(!request.id && !request.method && !request.params);
}

TEST(what_nearly_all_clients_send_is_read_without_the_library_and_the_same)
{
	is_plain("{\"jsonrpc\":\"2.0\",\"id\":\"3-7\",\"method\":\"post.create\",\"params\":"
			 "{\"circle\":\"c\",\"key\":\"k\",\"text\":\"שלום, ya 🙂 \x7f\"}}");
	is_plain(" { \"params\" : { \"n\" : -12 , \"b\":true,\"c\":false,\"d\":null, \"\":0 }"
			 " ,\n\"method\":\"m\",\t\"id\": 9 ,\"jsonrpc\":\"2.0\" } \r\n");
	is_plain("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.open\","
			 "\"params\":{\"name\":\"Noa\",\"accept\":{\"process\":\"p\",\"version\":1}}}");
	is_plain("{\"jsonrpc\":\"2.0\",\"method\":\"m\"}");
	is_plain("{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{}}");
}

TEST(whatever_is_not_plain_is_left_to_the_library)
{
	static const char *const others[] = {
		"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"a\":1,\"a\":2}}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"method\":\"m\"}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"a\":[1]}}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"a\":{\"b\":{}}}}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"a\":{\"b\":1,\"b\":2}}}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"a\":1.5}}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"a\":01}}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"a\":-0}}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"a\":1e3}}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"a\":12345678901234567890}}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"a\":\"\\n\"}}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"a\":\"\n\"}}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"a\":tru}}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"a\":1,}}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":[]}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":null}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"m\"} x",
		"{\"jsonrpc\":\"1.0\",\"method\":\"m\"}",
		"{\"method\":\"m\"}",
		"{\"jsonrpc\":\"2.0\"}",
		"[]",
		"7",
		"",
	};
	static const char sound[] = "{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"method\":\"m\","
								"\"params\":{\"a\":\"b\",\"c\":1}}";

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		is_not_plain(others[i], strlen(others[i]));
	for (size_t bytes = 0; bytes < sizeof sound - 1; bytes++)
		is_not_plain(sound, bytes);
	is_not_plain(sound, sizeof sound); /* its terminator is no blank */
}

TEST(params_may_be_absent)
{
	struct request request;

	CHECK_OK(parsed("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.ping\"}", &request));
	CHECK(json_is_object(request.params));
	CHECK_INT(0, json_object_size(request.params));
	request_fini(&request);
}

TEST(without_an_id_it_is_a_notification)
{
	struct request request;

	CHECK_OK(parsed("{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"id\":3}}", &request));
	assert_null(request.id);
	request_fini(&request);
}

TEST(an_id_is_echoed_as_it_was_written)
{
	keeps_id("0");
	keeps_id("-1");
	keeps_id("1.0");
	keeps_id("1e2");
	keeps_id("9007199254740993");
	keeps_id("null");
	keeps_id("\"\"");
	keeps_id("\"a b\"");
	keeps_id("\"\\u05d0\\\"}\\\\\"");
	keeps_id("\"מזהה\"");
}

TEST(an_id_under_an_escaped_key_is_still_an_id)
{
	struct request request;

	CHECK_OK(parsed("{\"jsonrpc\":\"2.0\",\"\\u0069d\":5,\"method\":\"m\"}", &request));
	CHECK_TEXT("5", request.id);
	request_fini(&request);
}

TEST(an_id_of_another_kind_is_no_request)
{
	refused(ERR_BAD_REQUEST, "null", "{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"m\"}");
	refused(ERR_BAD_REQUEST, "null", "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"m\"}");
	refused(ERR_BAD_REQUEST, "null", "{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"m\"}");
}

TEST(an_id_too_long_to_be_echoed_is_no_request)
{
	char text[1024], id[400];

	memset(id, 'x', sizeof id);
	id[0] = id[sizeof id - 2] = '"';
	id[sizeof id - 1] = '\0';
	snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"m\"}", id);
	refused(ERR_BAD_REQUEST, "null", text);
	snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"\\u0069d\":%s,\"method\":\"m\"}", id);
	refused(ERR_BAD_REQUEST, "null", text);
}

TEST(what_is_no_json_is_a_parse_error)
{
	refused(ERR_PARSE, "null", "");
	refused(ERR_PARSE, "null", "hello");
	refused(ERR_PARSE, "null", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"");
	refused(ERR_PARSE, "null", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"} x");
	refused(ERR_PARSE, "null", "{'id':1}");
}

TEST(duplicate_keys_are_no_json_of_ours)
{
	refused(ERR_PARSE, "null", "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"m\"}");
	refused(ERR_PARSE, "null",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"\\u0069d\":2,\"method\":\"m\"}");
	refused(ERR_PARSE, "null",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":{\"a\":1,\"a\":1}}");
}

TEST(lone_surrogates_and_nul_are_no_json_of_ours)
{
	refused(ERR_PARSE, "null", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\\ud800\"}");
	refused(ERR_PARSE, "null", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\\udc00\"}");
	refused(ERR_PARSE, "null", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\\u0000\"}");
}

TEST(nesting_without_end_is_no_json_of_ours)
{
	char text[60001];

	memset(text, '[', sizeof text);
	text[sizeof text - 1] = '\0';
	refused(ERR_PARSE, "null", text);
	memset(text + 30000, ']', 30000);
	refused(ERR_PARSE, "null", text);
}

TEST(json_that_is_no_request_says_so)
{
	refused(ERR_BAD_REQUEST, "null", "[]");
	refused(ERR_BAD_REQUEST, "null", "1");
	refused(ERR_BAD_REQUEST, "null", "\"m\"");
	refused(ERR_BAD_REQUEST, "null", "null");
	refused(ERR_BAD_REQUEST, "null", "{}");
	refused(ERR_BAD_REQUEST, "1", "{\"id\":1,\"method\":\"m\"}");
	refused(ERR_BAD_REQUEST, "1", "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"m\"}");
	refused(ERR_BAD_REQUEST, "1", "{\"jsonrpc\":2.0,\"id\":1,\"method\":\"m\"}");
	refused(ERR_BAD_REQUEST, "\"a\"", "{\"jsonrpc\":\"2.0\",\"id\":\"a\"}");
	refused(ERR_BAD_REQUEST, "1", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}");
	refused(ERR_BAD_REQUEST, "1", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
	refused(ERR_BAD_REQUEST, "1",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":\"p\"}");
}

TEST(batches_are_refused)
{
	refused(ERR_BAD_REQUEST, "null", "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}]");
}

TEST(positional_params_are_refused)
{
	refused(ERR_BAD_PARAMS, "1",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":[1]}");
}

TEST(a_notification_with_positional_params_is_not_answered)
{
	struct request request;

	CHECK_ERR(ERR_BAD_PARAMS,
		  parsed("{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":[1]}", &request));
	assert_null(request.id);
	request_fini(&request);
}

TEST(an_id_beyond_64_bits_is_echoed_and_spoils_nothing)
{
	struct request request;

	CHECK_OK(parsed("{\"jsonrpc\":\"2.0\",\"id\":18446744073709551615,\"method\":\"m\","
			"\"params\":{\"after\":5}}", &request));
	CHECK_TEXT("18446744073709551615", request.id);
	CHECK_INT(5, json_integer_value(json_object_get(request.params, "after")));
	request_fini(&request);
}

TEST(a_param_beyond_64_bits_is_no_integer)
{
	struct request request;

	CHECK_OK(parsed("{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"m\","
			"\"params\":{\"after\":1180591620717411303424}}", &request));
	CHECK_TEXT("\"a\"", request.id);
	CHECK(json_is_real(json_object_get(request.params, "after")));
	request_fini(&request);
}

RUN(cmocka_unit_test(what_nearly_all_clients_send_is_read_without_the_library_and_the_same),
	cmocka_unit_test(whatever_is_not_plain_is_left_to_the_library),
	cmocka_unit_test(a_request_has_id_method_and_params), cmocka_unit_test(params_may_be_absent),
    cmocka_unit_test(without_an_id_it_is_a_notification),
    cmocka_unit_test(an_id_is_echoed_as_it_was_written),
    cmocka_unit_test(an_id_under_an_escaped_key_is_still_an_id),
    cmocka_unit_test(an_id_of_another_kind_is_no_request),
    cmocka_unit_test(an_id_too_long_to_be_echoed_is_no_request),
    cmocka_unit_test(what_is_no_json_is_a_parse_error),
    cmocka_unit_test(duplicate_keys_are_no_json_of_ours),
    cmocka_unit_test(lone_surrogates_and_nul_are_no_json_of_ours),
    cmocka_unit_test(nesting_without_end_is_no_json_of_ours),
    cmocka_unit_test(json_that_is_no_request_says_so), cmocka_unit_test(batches_are_refused),
    cmocka_unit_test(positional_params_are_refused),
    cmocka_unit_test(a_notification_with_positional_params_is_not_answered),
    cmocka_unit_test(an_id_beyond_64_bits_is_echoed_and_spoils_nothing),
    cmocka_unit_test(a_param_beyond_64_bits_is_no_integer));
