/* log.c: one line, one write(2): lines of several threads never mix, and a line that was written is
 * out even if the process dies next. What comes in values cannot forge a line. Any thread. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"

enum { TEXT_BYTES = 2048, LINE_BYTES = TEXT_BYTES * 6 + 256 };

static const char *const level_names[] = {
	[LOG_DEBUG] = "debug",
	[LOG_INFO] = "info",
	[LOG_WARN] = "warn",
	[LOG_ERROR] = "error",
};

static _Atomic int least_level = LOG_INFO;
static _Atomic int as_json = 0;

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&least_level, (int)level, memory_order_relaxed);
}

void log_set_json(int json)
{
	atomic_store_explicit(&as_json, json, memory_order_relaxed);
}

struct line {
	char data[LINE_BYTES];
	size_t bytes;
};

static void line_add(struct line *line, const char *data, size_t bytes)
{
	if (bytes > sizeof line->data - line->bytes)
		bytes = sizeof line->data - line->bytes;
	memcpy(line->data + line->bytes, data, bytes);
	line->bytes += bytes;
}

static void line_text(struct line *line, const char *text)
{
	line_add(line, text, strlen(text));
}

/* Bytes of the well-formed code point at `text`, or 0. */
static size_t point_bytes(const char *text, size_t left)
{
	size_t most = left < 4 ? left : 4;

	for (size_t bytes = 1; bytes <= most; bytes++) {
		if (utf8_valid(text, bytes))
			return bytes;
	}
	return 0;
}

/* Copies text; what would move the cursor, start a line or is no UTF-8 becomes an escape. */
static void line_escaped(struct line *line, const char *text, size_t bytes, bool json)
{
	size_t at = 0;

	while (at < bytes) {
		size_t step = point_bytes(text + at, bytes - at);
		size_t moved = 0;
		char escape[8];

		if (step && json && (text[at] == '"' || text[at] == '\\')) {
			line_text(line, "\\");
			line_add(line, text + at, 1);
		} else if (step && !utf8_is_invisible_or_control(
					   utf8_next(text + at, step, &moved))) {
			line_add(line, text + at, step);
		} else {
			step = 1;
			snprintf(escape, sizeof escape, json ? "\\u00%02x" : "\\x%02x",
				(unsigned)(unsigned char)text[at]);
			line_text(line, escape);
		}
		at += step;
	}
}

static void line_write(const struct line *line)
{
	size_t done = 0;

	while (done < line->bytes) {
		ssize_t n = write(STDERR_FILENO, line->data + done, line->bytes - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* nobody listens; there is nowhere left to say so */
		done += (size_t)n;
	}
}

void log_line(enum log_level level, const char *event, const char *format, ...)
{
	int errno_before = errno;
	bool json = atomic_load_explicit(&as_json, memory_order_relaxed);
	char text[TEXT_BYTES], at[CLOCK_TEXT];
	struct line line;
	va_list arguments;
	int written;

	if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed))
		return;
	va_start(arguments, format);
	written = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (written < 0)
		text[0] = '\0';

	line.bytes = 0;
	clock_format(clock_wall_ms(), at);
	line_text(&line, json ? "{\"at\":\"" : "");
	line_text(&line, at);
	line_text(&line, json ? "\",\"level\":\"" : " ");
	line_text(&line, level_names[level]);
	line_text(&line, json ? "\",\"event\":\"" : " ");
	line_escaped(&line, event, strlen(event), json);
	line_text(&line, json ? "\",\"text\":\"" : text[0] ? " " : "");
	line_escaped(&line, text, strlen(text), json);
	line_text(&line, json ? "\"}\n" : "\n");
	line_write(&line);
	errno = errno_before;
}
