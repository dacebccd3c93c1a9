/* test_chat_url.c: what people paste to connect. */
/* clang-format off: cmocka wants its includes in this order */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "clients/chat/chat_url.h"

static struct chat_url parsed(const char *text)
{
	struct chat_url url;
	struct why why = {{0}};

	if (chat_url_parse(text, &url, &why))
		fail_msg("%s: %s", text, why.text);
	return url;
}

static void reads(const char *text, bool tls, const char *host, const char *port, const char *path)
{
	struct chat_url url = parsed(text);

	assert_int_equal(url.tls, tls);
	assert_string_equal(url.host, host);
	assert_string_equal(url.port, port);
	assert_string_equal(url.path, path);
}

static void every_way_to_write_an_address_is_read(void **state)
{
	(void)state;
	reads("http://127.0.0.1:8484", false, "127.0.0.1", "8484", "/ws");
	reads("http://127.0.0.1:8484/", false, "127.0.0.1", "8484", "/ws");
	reads("ws://forum.example/ws", false, "forum.example", "80", "/ws");
	reads("HTTPS://forum.example/town/", true, "forum.example", "443", "/town/ws");
	reads("wss://[::1]:9/town/ws?x=1", true, "::1", "9", "/town/ws");
	reads("localhost:8484", false, "localhost", "8484", "/ws");
}

static void an_invitation_link_carries_its_secret_and_its_circle(void **state)
{
	struct chat_url url = parsed("https://forum.example/#invite=aB-_%41&circle=street-panel");

	(void)state;
	assert_string_equal(url.invite, "aB-_A");
	assert_string_equal(url.circle, "street-panel");
	assert_string_equal(url.path, "/ws");
	assert_string_equal(url.origin, "https://forum.example:443");
	assert_null(strstr(url.origin, "aB"));
}

static void a_unix_socket_is_named_by_its_path(void **state)
{
	struct chat_url url = parsed("unix:/run/maagal.sock#circle=forum");

	(void)state;
	assert_string_equal(url.unix_path, "/run/maagal.sock");
	assert_string_equal(url.circle, "forum");
	assert_string_equal(url.path, "/ws");
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"ftp://x",
		"http://",
		"http://x:0",
		"http://x:70000",
		"http://x:80a",
		"http://x y/",
		"http://x/a b",
		"http://x/\r\nHost: y",
		"http://x\r\n/",
		"http://[::1",
		"http://[::1]x",
		"unix:",
		"http://x/#invite=%00",
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct chat_url url;
		struct why why = {{0}};

		if (chat_url_parse(wrong[i], &url, &why) == ERR_NONE)
			fail_msg("\"%s\" was read", wrong[i]);
		assert_true(*why.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_to_write_an_address_is_read),
		cmocka_unit_test(an_invitation_link_carries_its_secret_and_its_circle),
		cmocka_unit_test(a_unix_socket_is_named_by_its_path),
		cmocka_unit_test(what_is_no_address_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
