/* test_relay_url.c: where Redis is, from one line of text. */
#include "check.h"

#include <string.h>

#include "relay/relay_url.h"

static struct relay_url url;
static struct why why;

static void reads(const char *text, const char *host, int port, int database, const char *user,
		  const char *password)
{
	CHECK_OK(relay_url_read(text, &url, &why));
	CHECK_TEXT(host, url.host);
	CHECK_INT(port, url.port);
	CHECK_INT(database, url.database);
	CHECK_TEXT(user, url.user);
	CHECK_TEXT(password, url.password);
}

TEST(a_host_is_enough)
{
	reads("redis://localhost", "localhost", 6379, 0, "", "");
	reads("redis://10.0.0.7:7000/", "10.0.0.7", 7000, 0, "", "");
	reads("redis://[::1]:7000/3", "::1", 7000, 3, "", "");
	reads("redis://[::1]", "::1", 6379, 0, "", "");
}

TEST(users_passwords_and_databases_are_read)
{
	reads("redis://:secret@redis.example/15", "redis.example", 6379, 15, "", "secret");
	reads("redis://maagal:a%40b%2Fc%25@h:1", "h", 1, 0, "maagal", "a@b/c%");
	reads("redis://:p@ss/w:rd@h:1/2", "h", 1, 2, "", "p@ss/w:rd");
}

TEST(a_unix_socket_is_a_path)
{
	reads("unix:/run/redis.sock", "/run/redis.sock", 0, 0, "", "");
	reads("unix:///run/redis.sock", "/run/redis.sock", 0, 0, "", "");
	reads("unix:///run/a@b.sock?db=2", "/run/a@b.sock", 0, 2, "", "");
	reads("unix://me:secret@/run/redis.sock?db=4", "/run/redis.sock", 0, 4, "me", "secret");
}

TEST(what_is_no_address_is_refused_with_a_sentence)
{
	static const char *const wrong[] = {
		"", "localhost", "redis:", "redis://", "redis://h:", "redis://h:0", "redis://h:65536",
		"redis://h:12x", "redis://h:1/x", "redis://h:1/65536", "redis://h:1/0/1", "redis://[::1",
		"redis://[::1]x", "redis://::1", "redis://secret@h", "redis://:%zz@h", "redis://:%00@h",
		"redis://:a%4@h", "rediss://h", "http://h", "unix:", "unix://", "unix://run/x",
		"unix:/x?db=", "unix://secret@/x", "redis://:1",
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		why.text[0] = '\0';
		CHECK_ERR(ERR_BAD_PARAMS, relay_url_read(wrong[i], &url, &why));
		CHECK(strstr(why.text, "redis"));
		CHECK(!strstr(why.text, "secret"));
		CHECK_TEXT("", url.password);
	}
}

TEST(what_is_too_long_is_refused_and_never_cut)
{
	char text[2 * RELAY_URL_TEXT];

	for (int i = 0; i < 3; i++) {
		const char *before = i == 0 ? "redis://" : i == 1 ? "redis://:" : "unix:/";
		const char *after = i == 1 ? "@h" : "";

		memset(text, 'a', sizeof text);
		memcpy(text, before, strlen(before));
		memcpy(text + sizeof text - 1 - strlen(after), after, strlen(after) + 1);
		CHECK_ERR(ERR_BAD_PARAMS, relay_url_read(text, &url, NULL));
	}
}

RUN(cmocka_unit_test(a_host_is_enough),
    cmocka_unit_test(users_passwords_and_databases_are_read),
    cmocka_unit_test(a_unix_socket_is_a_path),
    cmocka_unit_test(what_is_no_address_is_refused_with_a_sentence),
    cmocka_unit_test(what_is_too_long_is_refused_and_never_cut));
