/* test_relay_seal.c: what goes over a channel that others share. */
#include "check.h"

#include <sodium.h>
#include <string.h>

#include "base/err.h"
#include "relay/relay_seal.h"

static const unsigned char ours[RELAY_SECRET_BYTES] = {1, 2, 3};
static const unsigned char theirs[RELAY_SECRET_BYTES] = {3, 2, 1};
static unsigned char sealed[SEALED_BYTES];
static struct message message, got;

static size_t given_message(void)
{
	CHECK(sodium_init() >= 0);
	message_begin(&message, 0xfeedfacecafebeef, MESSAGE_TYPING);
	message_add_number(&message, (uint64_t)INT64_MAX);
	message_add(&message, "{\"a\":1}", 7);
	CHECK(!message.is_cut);
	return message_seal(&message, ours, sealed);
}

TEST(what_was_said_is_heard)
{
	size_t bytes = given_message();
	enum message_kind kind;

	CHECK(message_open(sealed, bytes, ours, &got));
	CHECK(message_node(&got, &kind) == 0xfeedfacecafebeef);
	CHECK_INT(MESSAGE_TYPING, kind);
	CHECK(message_number(&got) == (uint64_t)INT64_MAX);
	CHECK_INT(7, message_left(&got));
	CHECK(!memcmp(got.data + got.read, "{\"a\":1}", 7));
	CHECK(!got.is_cut);
	CHECK(message_number(&got) == 0 && got.is_cut);
}

TEST(nobody_without_the_secret_can_read_or_make_one)
{
	size_t bytes = given_message();

	CHECK(!memmem(sealed, bytes, "{\"a\"", 4));
	CHECK(!message_open(sealed, bytes, theirs, &got));
	for (size_t i = 0; i < bytes; i++) {
		sealed[i] ^= 0x40;
		CHECK(!message_open(sealed, bytes, ours, &got));
		sealed[i] ^= 0x40;
	}
	for (size_t cut = 0; cut < bytes; cut++)
		CHECK(!message_open(sealed, cut, ours, &got));
	CHECK(message_open(sealed, bytes, ours, &got));
}

TEST(what_is_longer_than_any_message_is_not_looked_at)
{
	static unsigned char large[SEALED_BYTES + 1];

	CHECK(!message_open(large, sizeof large, ours, &got));
	CHECK(!message_open("", 0, ours, &got));
}

TEST(what_does_not_fit_is_said_to_be_cut)
{
	char text[RELAY_TYPING_BYTES + 1] = "";

	message_begin(&message, 1, MESSAGE_TYPING);
	message_add_number(&message, 1);
	message_add(&message, text, sizeof text);
	CHECK(message.is_cut);
	message_begin(&message, 1, MESSAGE_TYPING);
	message_add_number(&message, 1);
	message_add(&message, text, sizeof text - 1);
	CHECK(!message.is_cut);
}

TEST(names_tell_deployments_apart)
{
	char a[CHANNEL_TEXT], b[CHANNEL_TEXT];

	channel_name(ours, a);
	channel_name(theirs, b);
	CHECK(strcmp(a, b) != 0);
	CHECK(person_mark(ours, 7) == person_mark(ours, 7));
	CHECK(person_mark(ours, 7) != person_mark(theirs, 7));
	CHECK(person_mark(ours, 7) != person_mark(ours, 8));
}

RUN(cmocka_unit_test(what_was_said_is_heard),
    cmocka_unit_test(nobody_without_the_secret_can_read_or_make_one),
    cmocka_unit_test(what_is_longer_than_any_message_is_not_looked_at),
    cmocka_unit_test(what_does_not_fit_is_said_to_be_cut),
    cmocka_unit_test(names_tell_deployments_apart));
