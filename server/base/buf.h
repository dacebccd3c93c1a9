/* buf.h: bytes that grow. A failed growth is remembered and every later call does nothing, so a
 * writer checks once, at the end: buf_ok(). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { BUF_QUICK = 65536 };

struct buf {
	char *data;
	size_t bytes, room;
	bool failed;
};

void buf_fini(struct buf *buf); /* accepts a zeroed struct */
void buf_clear(struct buf *buf); /* keeps the memory */
bool buf_ok(const struct buf *buf);
/* Room for so many bytes more, at once instead of by and by. */
void buf_reserve(struct buf *buf, size_t bytes);
void buf_add_growing(struct buf *buf, const void *data, size_t bytes); /* buf_add()'s own */
void buf_format(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_int(struct buf *buf, int64_t value); /* decimal, without printf */
/* A JSON string, quotes included: escapes ", \, and controls below U+0020; all else as it is.
 * `text` is valid UTF-8. */
void buf_json(struct buf *buf, const char *text, size_t bytes);

/* Here, because mostly there is room, and mostly the length is known to the compiler. */
static inline void buf_add(struct buf *buf, const void *data, size_t bytes)
{
	if (!bytes || bytes > BUF_QUICK || buf->failed || buf->room - buf->bytes <= bytes) {
		buf_add_growing(buf, data, bytes);
		return;
	}
	memcpy(buf->data + buf->bytes, data, bytes);
	buf->bytes += bytes;
	buf->data[buf->bytes] = '\0';
}

static inline void buf_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

/* A member of an object: `key` as it is to stand, with comma and colon, and its value. */
static inline void buf_text_member(struct buf *buf, const char *key, const char *text)
{
	buf_text(buf, key);
	buf_json(buf, text, strlen(text));
}

static inline void buf_int_member(struct buf *buf, const char *key, int64_t value)
{
	buf_text(buf, key);
	buf_int(buf, value);
}
