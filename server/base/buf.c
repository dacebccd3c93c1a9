/* buf.c: bytes that grow. One owner. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 256 };

void buf_fini(struct buf *buf)
{
	free(buf->data);
	memset(buf, 0, sizeof *buf);
}

void buf_clear(struct buf *buf)
{
	buf->bytes = 0;
	buf->failed = false;
	if (buf->data)
		buf->data[0] = '\0';
}

bool buf_ok(const struct buf *buf)
{
	return !buf->failed;
}

/* Room for `bytes` more and a terminator, which is always there and never counted. */
static bool reserve(struct buf *buf, size_t bytes)
{
	size_t room = buf->room ? buf->room : FIRST_ROOM;
	char *data;

	if (buf->failed)
		return false;
	if (bytes >= SIZE_MAX / 2 - buf->bytes) {
		buf->failed = true;
		return false;
	}
	if (buf->room > buf->bytes + bytes)
		return true;
	while (room <= buf->bytes + bytes)
		room *= 2;
	data = realloc(buf->data, room);
	if (!data) {
		buf->failed = true;
		return false;
	}
	buf->data = data;
	buf->room = room;
	return true;
}

void buf_reserve(struct buf *buf, size_t bytes)
{
	(void)reserve(buf, bytes);
}

void buf_add_growing(struct buf *buf, const void *data, size_t bytes)
{
	if (!reserve(buf, bytes))
		return;
	if (bytes)
		memcpy(buf->data + buf->bytes, data, bytes);
	buf->bytes += bytes;
	buf->data[buf->bytes] = '\0';
}

void buf_format(struct buf *buf, const char *format, ...)
{
	va_list arguments;
	size_t left;
	int needed;

	/* Mostly there is room for it. */
	if (!reserve(buf, 1))
		return;
	left = buf->room - buf->bytes;
	va_start(arguments, format);
	needed = vsnprintf(buf->data + buf->bytes, left, format, arguments);
	va_end(arguments);
	if (needed < 0 || (size_t)needed >= left)
		buf->data[buf->bytes] = '\0';
	if (needed < 0)
		buf->failed = true;
	if (needed < 0 || !reserve(buf, (size_t)needed))
		return;
	if ((size_t)needed >= left) {
		va_start(arguments, format);
		vsnprintf(buf->data + buf->bytes, (size_t)needed + 1, format, arguments);
		va_end(arguments);
	}
	buf->bytes += (size_t)needed;
}

void buf_int(struct buf *buf, int64_t value)
{
	char digits[21];
	size_t at = sizeof digits;
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do {
		digits[--at] = (char)('0' + left % 10);
		left /= 10;
	} while (left);
	if (value < 0)
		digits[--at] = '-';
	buf_add(buf, digits + at, sizeof digits - at);
}

/* The letter after the backslash; 0: the long form; 1: none needed. */
static char escape_of(unsigned char byte)
{
	switch (byte) {
	case '"': return '"';
	case '\\': return '\\';
	case '\b': return 'b';
	case '\f': return 'f';
	case '\n': return 'n';
	case '\r': return 'r';
	case '\t': return 't';
	default: return byte < 0x20 ? 0 : 1;
	}
}

/* How many bytes from `from` on need no escape: eight at a time where there are as many. */
static size_t plain_bytes(const char *from, size_t bytes)
{
	static const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
	size_t at = 0;

	for (; at + sizeof(uint64_t) <= bytes; at += sizeof(uint64_t)) {
		uint64_t word, quotes, slashes;

		memcpy(&word, from + at, sizeof word);
		quotes = word ^ ones * '"';
		slashes = word ^ ones * '\\';
		/* A byte below 0x20, a quote or a backslash borrows from its highest bit. */
		if (((word - ones * 0x20) | (quotes - ones) | (slashes - ones)) & ~word & highs)
			break;
	}
	while (at < bytes && escape_of((unsigned char)from[at]) == 1)
		at++;
	return at;
}

/* The part from `at` on, the first of it that needs an escape. */
static void json_escaped(struct buf *buf, const char *text, size_t bytes, size_t at)
{
	static const char hex[] = "0123456789abcdef";

	while (at < bytes) {
		unsigned char byte = (unsigned char)text[at++];
		char escape = escape_of(byte);
		size_t plain;

		if (escape)
			buf_add(buf, (const char[]){'\\', escape}, 2);
		else
			buf_add(buf, (const char[]){'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]}, 6);
		plain = plain_bytes(text + at, bytes - at);
		buf_add(buf, text + at, plain);
		at += plain;
	}
}

void buf_json(struct buf *buf, const char *text, size_t bytes)
{
	size_t plain;
	char *at;

	if (!reserve(buf, bytes + 2))
		return;
	plain = plain_bytes(text, bytes);
	at = buf->data + buf->bytes;
	*at = '"';
	if (plain)
		memcpy(at + 1, text, plain);
	buf->bytes += plain + 1;
	json_escaped(buf, text, bytes, plain);
	buf_add(buf, "\"", 1);
}
