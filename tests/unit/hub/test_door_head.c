/* test_door_head.c: request heads without a socket. The many ways to be refused are told in
 * tests/security/handshakes.py and hostile_http.py. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "hub/door_head.h"

#define START "GET /ws HTTP/1.1\r\nHost: forum.example\r\n"
#define REST "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: maagal.v1\r\n\r\n"

static const struct head_house house = { .public_url = "", .allowed_origins = "" };

static struct head parse(const char *text)
{
	struct head head;

	CHECK_INT(0, head_parse(text, strlen(text), &head));
	return head;
}

static unsigned refusal(const char *text)
{
	struct head head;

	return head_parse(text, strlen(text), &head);
}

TEST(a_head_is_whole_at_its_empty_line_however_often_one_looks)
{
	const char *text = START REST "frames";
	size_t at = 0, whole = strlen(START REST);

	for (size_t count = 0; count < whole; count++)
		CHECK_INT(HEAD_SCAN_MORE, head_scan(text, count, &at));
	CHECK_INT(HEAD_SCAN_WHOLE, head_scan(text, whole, &at));
	CHECK_INT(whole, at);
	at = 0;
	CHECK_INT(HEAD_SCAN_WHOLE, head_scan(text, strlen(text), &at));
	CHECK_INT(whole, at);
}

TEST(a_head_without_end_is_too_long_at_its_limit)
{
	static char text[HEAD_BYTES + 1];
	size_t at = 0;

	memset(text, 'A', sizeof text);
	CHECK_INT(HEAD_SCAN_MORE, head_scan(text, HEAD_BYTES - 1, &at));
	CHECK_INT(HEAD_SCAN_TOO_LONG, head_scan(text, HEAD_BYTES, &at));
	at = 0;
	CHECK_INT(HEAD_SCAN_TOO_LONG, head_scan(text, HEAD_BYTES + 1, &at));
}

TEST(what_is_no_HTTP_is_bad_at_once)
{
	static const char *const bad[] = { "\r\n", "get", "\x16\x03\x01", "G\n", "G\rX", "G\x01" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		size_t at = 0;
		CHECK_INT(HEAD_SCAN_BAD, head_scan(bad[i], strlen(bad[i]), &at));
	}
}

TEST(a_proper_handshake_is_welcome)
{
	struct head head = parse(START REST);

	CHECK_INT(101, head_may_upgrade(&head, &house));
	CHECK(span_is(head.path, "/ws") && span_is(head.host, "forum.example"));
	CHECK(!head.came_by_proxy && !head.origin.text);
}

TEST(an_origin_is_compared_whole)
{
	static const struct { const char *origin; unsigned wanted; } rows[] = {
		{ "http://forum.example", 101 },
		{ "https://forum.example", 403 },
		{ "http://forum.example.evil.example", 403 },
		{ "http://forum.exampl", 403 },
		{ "https://a.example", 101 },
		{ "https://b.example:8443", 101 },
		{ "https://b.example", 403 },
		{ "https://a.example https://b.example:8443", 403 },
		{ "https://p.example", 101 },
		{ "null", 403 },
	};
	struct head_house open = { .public_url = "https://p.example",
		.allowed_origins = " https://a.example  https://b.example:8443" };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct head head = parse(START REST);
		head.origin = (struct span){ rows[i].origin, strlen(rows[i].origin) };
		CHECK_INT(rows[i].wanted, head_may_upgrade(&head, &open));
	}
}

TEST(an_empty_list_or_url_welcomes_no_origin)
{
	struct head head = parse(START "Origin: \r\n" REST);

	CHECK_INT(403, head_may_upgrade(&head, &house));
	head = parse(START "Origin: https://\r\n" REST);
	CHECK_INT(403, head_may_upgrade(&head, &house));
}

TEST(the_scheme_of_a_proxy_counts_only_if_it_is_believed)
{
	struct head head = parse(START "Origin: https://forum.example\r\n"
		"X-Forwarded-Proto: https\r\n" REST);
	struct head_house believing = house;

	CHECK(head.came_by_proxy);
	CHECK_INT(403, head_may_upgrade(&head, &house));
	believing.believes_proxy = true;
	CHECK_INT(101, head_may_upgrade(&head, &believing));
}

TEST(the_last_forwarded_address_is_the_one_that_our_proxy_saw)
{
	struct head head = parse(START "X-Forwarded-For: 1.1.1.1, 2.2.2.2\r\n"
		"X-Forwarded-For: 3.3.3.3 ,\t4.4.4.4\r\n" REST);

	CHECK(span_is(head.forwarded_for, "4.4.4.4"));
	head = parse(START "X-Forwarded-For: 1.1.1.1,\r\n" REST);
	CHECK_INT(0, head.forwarded_for.bytes);
}

TEST(gzip_is_taken_only_where_it_is_welcome)
{
	static const struct { const char *fields; bool wanted; } rows[] = {
		{ "Accept-Encoding: gzip\r\n", true },
		{ "Accept-Encoding: br, GZIP ; q=1.0\r\n", true },
		{ "Accept-Encoding: br\r\nAccept-Encoding: gzip;q=0.1\r\n", true },
		{ "Accept-Encoding: gzip;q=0\r\n", false },
		{ "Accept-Encoding: gzip;q=0.000\r\n", false },
		{ "Accept-Encoding: gzipped\r\n", false },
		{ "Accept-Encoding: gzip;\r\n", false },
		{ "", false },
	};
	char text[300];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(text, sizeof text, START "%s\r\n", rows[i].fields);
		CHECK_INT(rows[i].wanted, parse(text).accepts_gzip);
	}
}

TEST(what_decides_may_come_once_only)
{
	CHECK_INT(400, refusal(START "Host: b\r\n\r\n"));
	CHECK_INT(400, refusal(START "Origin: a\r\norigin: a\r\n\r\n"));
	CHECK_INT(400, refusal(START "X-Forwarded-Proto: http\r\nX-Forwarded-Proto: https\r\n\r\n"));
	CHECK_INT(0, refusal(START "Connection: a\r\nConnection: b\r\nX-O: a\r\nX-O: b\r\n\r\n"));
}

RUN(cmocka_unit_test(a_head_is_whole_at_its_empty_line_however_often_one_looks),
	cmocka_unit_test(a_head_without_end_is_too_long_at_its_limit),
	cmocka_unit_test(what_is_no_HTTP_is_bad_at_once),
	cmocka_unit_test(a_proper_handshake_is_welcome),
	cmocka_unit_test(an_origin_is_compared_whole),
	cmocka_unit_test(an_empty_list_or_url_welcomes_no_origin),
	cmocka_unit_test(the_scheme_of_a_proxy_counts_only_if_it_is_believed),
	cmocka_unit_test(the_last_forwarded_address_is_the_one_that_our_proxy_saw),
	cmocka_unit_test(gzip_is_taken_only_where_it_is_welcome),
	cmocka_unit_test(what_decides_may_come_once_only));
