/* test_door_frames.c: frames as a client sends them, without a socket. The whole of RFC 6455 is
 * told in tests/security/frames.py; here is what only the parser can show. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "hub/door_frames.h"

static unsigned char scratch[FRAMES_SCRATCH];

/* Adds a client's frame to `out`. */
static void add_frame(struct buf *out, unsigned first, const char *payload, size_t bytes)
{
	static const unsigned char mask[4] = { 0x5a, 0x00, 0xff, 0x13 };
	unsigned char header[8] = { (unsigned char)first, (unsigned char)(0x80 | bytes) };
	size_t count = 2;

	if (bytes > 125) {
		header[1] = 0x80 | 126;
		header[2] = (unsigned char)(bytes >> 8);
		header[3] = (unsigned char)bytes;
		count = 4;
	}
	memcpy(header + count, mask, 4);
	buf_add(out, header, count + 4);
	for (size_t i = 0; i < bytes; i++) {
		unsigned char byte = (unsigned char)payload[i] ^ mask[i & 3];
		buf_add(out, &byte, 1);
	}
}

/* Feeds `stream` in pieces of at most `piece` bytes and writes down what was found. */
static void feed(struct buf *said, const struct buf *stream, size_t piece)
{
	struct frames frames = { 0 };

	for (size_t at = 0; at < stream->bytes; at += piece) {
		size_t count = stream->bytes - at < piece ? stream->bytes - at : piece;
		unsigned char *copy = malloc(count); /* of its very size, for the sanitiser */
		struct frames_input input = { copy, count, 0, scratch };
		struct frames_found found;
		enum frames_kind kind;

		memcpy(copy, stream->data + at, count);
		while ((kind = frames_next(&frames, &input, &found)) != FRAMES_MORE) {
			buf_format(said, "%d:%u:%zu:", (int)kind, found.code, found.bytes);
			buf_add(said, found.data, found.bytes);
			if (kind == FRAMES_TEXT)
				CHECK_INT(0, found.data[found.bytes]);
		}
		CHECK_INT(count, input.at);
		free(copy);
	}
	frames_fini(&frames);
}

TEST(the_same_bytes_say_the_same_however_they_are_cut)
{
	struct buf stream = { 0 }, whole = { 0 };
	char *large = malloc(5000);

	memset(large, 'l', 5000);
	add_frame(&stream, 0x81, "שלום", 8);
	add_frame(&stream, 0x89, "ping", 4);
	add_frame(&stream, 0x01, "one ", 4);
	add_frame(&stream, 0x8a, "", 0);
	add_frame(&stream, 0x00, "", 0);
	add_frame(&stream, 0x89, large, 125);
	add_frame(&stream, 0x80, "two", 3);
	add_frame(&stream, 0x81, large, 5000);
	add_frame(&stream, 0x88, "\x03\xe8" "bye", 5);
	add_frame(&stream, 0x81, "never heard", 11);
	feed(&whole, &stream, stream.bytes);
	CHECK(strstr(whole.data, "one two") && strstr(whole.data, "4:1000:") &&
		!strstr(whole.data, "never"));
	for (size_t piece = 1; piece < 200; piece++) {
		struct buf said = { 0 };
		feed(&said, &stream, piece);
		CHECK_TEXT(whole.data, said.data);
		buf_fini(&said);
	}
	buf_fini(&stream);
	buf_fini(&whole);
	free(large);
}

TEST(a_large_announcement_takes_no_memory_before_its_bytes_come)
{
	struct frames frames = { 0 };
	unsigned char head[] = { 0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4, 'x' };
	struct frames_input input = { head, sizeof head, 0, scratch };
	struct frames_found found;

	CHECK_INT(FRAMES_MORE, frames_next(&frames, &input, &found));
	CHECK(frames.gathered_room <= 1024);
	CHECK(frames_is_midway(&frames));
	frames_fini(&frames);
	CHECK(!frames_is_midway(&frames));
}

TEST(what_was_lent_is_given_back_and_a_quiet_connection_holds_nothing)
{
	struct frames frames = { 0 };
	struct buf stream = { 0 };
	struct frames_found found;

	add_frame(&stream, 0x01, "half", 4);
	add_frame(&stream, 0x80, "whole", 5);
	struct frames_input input = { (unsigned char *)stream.data, stream.bytes, 0, scratch };
	CHECK_INT(FRAMES_TEXT, frames_next(&frames, &input, &found));
	CHECK_INT(9, found.bytes);
	CHECK_INT(FRAMES_MORE, frames_next(&frames, &input, &found));
	CHECK(!frames.gathered && !frames.control && !frames_is_midway(&frames));
	frames_fini(&frames);
	buf_fini(&stream);
}

TEST(a_broken_frame_is_known_by_its_second_byte)
{
	struct frames frames = { 0 };
	unsigned char unmasked[] = { 0x81, 0x05 };
	struct frames_input input = { unmasked, 2, 0, scratch };
	struct frames_found found;

	CHECK_INT(FRAMES_BROKEN, frames_next(&frames, &input, &found));
	CHECK_INT(FRAMES_CODE_PROTOCOL, found.code);
	CHECK_INT(FRAMES_MORE, frames_next(&frames, &input, &found));
	frames_fini(&frames);
}

RUN(cmocka_unit_test(the_same_bytes_say_the_same_however_they_are_cut),
	cmocka_unit_test(a_large_announcement_takes_no_memory_before_its_bytes_come),
	cmocka_unit_test(what_was_lent_is_given_back_and_a_quiet_connection_holds_nothing),
	cmocka_unit_test(a_broken_frame_is_known_by_its_second_byte));
