/* buf.c: bytes that grow. One owner. */
#include "base/buf.h"

#include <stdarg.h>
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

void buf_add(struct buf *buf, const void *data, size_t bytes)
{
	if (!reserve(buf, bytes))
		return;
	if (bytes)
		memcpy(buf->data + buf->bytes, data, bytes);
	buf->bytes += bytes;
	buf->data[buf->bytes] = '\0';
}

void buf_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_format(struct buf *buf, const char *format, ...)
{
	va_list arguments;
	int needed;

	va_start(arguments, format);
	needed = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (needed < 0)
		buf->failed = true;
	if (needed < 0 || !reserve(buf, (size_t)needed))
		return;
	va_start(arguments, format);
	vsnprintf(buf->data + buf->bytes, (size_t)needed + 1, format, arguments);
	va_end(arguments);
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

void buf_json(struct buf *buf, const char *text, size_t bytes)
{
	static const char hex[] = "0123456789abcdef";
	size_t plain = 0; /* where the stretch that needs no escape begins */

	buf_add(buf, "\"", 1);
	for (size_t i = 0; i < bytes; i++) {
		unsigned char byte = (unsigned char)text[i];
		char escape = escape_of(byte);
		char written[6] = { '\\', escape, '0', '0', hex[byte >> 4], hex[byte & 15] };

		if (escape == 1)
			continue;
		buf_add(buf, text + plain, i - plain);
		plain = i + 1;
		if (!escape)
			written[1] = 'u';
		buf_add(buf, written, escape ? 2 : 6);
	}
	buf_add(buf, text + plain, bytes - plain);
	buf_add(buf, "\"", 1);
}
