/* chat_plain.c: see chat_plain.h. Two steps: make harmless (marks become \1 and \2, which cannot
 * occur otherwise any more), then break into lines. */
#include "clients/chat/chat_plain.h"

#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "base/utf8.h"

#define MARK_ON  '\1'
#define MARK_OFF '\2'

/* More marks than any script stacks on one letter would climb over the lines above. */
enum { MARKS_MOST = 6 };

void chat_plain_start(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
}

/* Harmless */

static bool turns_direction(uint32_t point)
{
	return (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

static bool breaks_line(uint32_t point)
{
	return point == '\n' || point == 0x2028 || point == 0x2029;
}

static bool is_hidden(uint32_t point)
{
	return turns_direction(point) || (point >= 0x80 && point < 0xa0) ||
		   (point >= 0xfff9 && point <= 0xfffb) || (point >= 0xe0000 && point <= 0xe007f) ||
		   (point & 0xfffe) == 0xfffe;
}

static void point_add(struct buf *out, uint32_t point)
{
	char bytes[4];

	buf_add(out, bytes, utf8_put(point, bytes));
}

static bool isolates_begin(uint32_t point)
{
	return point >= 0x2066 && point <= 0x2068;
}

/* What is opened is closed, and nothing else: so that it ends with the text. */
static bool isolates_pair(const char *text, size_t bytes)
{
	size_t at = 0, open = 0;

	while (at < bytes) {
		uint32_t point = utf8_next(text, bytes, &at);

		if (isolates_begin(point))
			open++;
		else if (point == 0x2069 && open-- == 0)
			return false;
	}
	return open == 0;
}

static void point_harmless(struct buf *out, uint32_t point, bool lines, bool paired)
{
	if (breaks_line(point))
		buf_text(out, lines ? "\n" : " ");
	else if (point == '\t')
		buf_text(out, lines ? "    " : " ");
	else if (point < 0x20)
		point_add(out, 0x2400 + point);
	else if (point == 0x7f)
		point_add(out, 0x2421);
	else if (is_hidden(point) && !(paired && (isolates_begin(point) || point == 0x2069)))
		buf_format(out, "‹U+%04X›", (unsigned)point);
	else
		point_add(out, point);
}

static void text_harmless(struct buf *out, const char *text, size_t bytes,
						  const struct chat_style *style)
{
	const struct chat_span *spans = style->spans;
	size_t span_count = style->span_count, at = 0, point = 0, span = 0, marks = 0;
	bool lines = style->indent != NULL, paired;

	while (bytes && !utf8_valid(text, bytes))
		bytes--; /* cut within a character */
	paired = style->sentence && isolates_pair(text, bytes);
	while (at < bytes) {
		uint32_t code = utf8_next(text, bytes, &at);

		while (span < span_count && point >= spans[span].end)
			span++;
		if (span < span_count && point == spans[span].start)
			point_add(out, MARK_ON);
		marks = code >= 0x300 && wcwidth((wchar_t)code) == 0 ? marks + 1 : 0;
		if (code == '\r' && (at >= bytes || text[at] == '\n'))
			; /* the line feed says it */
		else if (marks <= MARKS_MOST || turns_direction(code))
			point_harmless(out, code, lines, paired);
		point++;
		if (span < span_count && point == spans[span].end)
			point_add(out, MARK_OFF);
	}
	if (span < span_count && point > spans[span].start && point < spans[span].end)
		point_add(out, MARK_OFF);
}

/* Lines */

static int point_width(uint32_t point, bool colours)
{
	int width;

	if (point == MARK_ON || point == MARK_OFF)
		return colours ? 0 : 1;
	width = wcwidth((wchar_t)point);
	return width > 0 ? width : 0;
}

static void line_write(struct buf *out, const char *line, size_t bytes, bool *marked,
					   const struct chat_style *style)
{
	const char *on = style->colours ? "\033[4m" : "⟦", *off = style->colours ? "\033[24m" : "⟧";

	buf_text(out, style->indent);
	if (style->isolates)
		buf_text(out, "\u2068");
	if (*marked && style->colours)
		buf_text(out, on);
	for (size_t i = 0; i < bytes; i++) {
		if (line[i] == MARK_ON || line[i] == MARK_OFF) {
			*marked = line[i] == MARK_ON;
			buf_text(out, *marked ? on : off);
		} else {
			buf_add(out, line + i, 1);
		}
	}
	if (*marked && style->colours)
		buf_text(out, off);
	if (style->isolates)
		buf_text(out, "\u2069");
	buf_text(out, "\n");
}

/* How many bytes of `text` fit on a line, and how many to skip after them (the space broken at). */
static size_t line_fit(const char *text, size_t bytes, int columns, bool colours, size_t *skip)
{
	size_t at = 0, last_space = 0;
	int width = 0;

	*skip = 0;
	while (at < bytes) {
		size_t next = at;
		uint32_t point = utf8_next(text, bytes, &next);

		if (point == '\n') {
			*skip = 1;
			return at;
		}
		width += point_width(point, colours);
		if (columns > 0 && width > columns) {
			if (point == ' ') {
				*skip = 1;
				return at;
			}
			if (last_space) {
				*skip = 1;
				return last_space;
			}
			return at > 0 ? at : next;
		}
		if (point == ' ' && at > 0)
			last_space = at;
		at = next;
	}
	return bytes;
}

void chat_plain_text(struct buf *out, const char *text, size_t bytes,
					 const struct chat_style *style)
{
	struct buf harmless = {0};
	int columns = style->columns;
	size_t at = 0;
	bool marked = false;

	text_harmless(&harmless, text, bytes, style);
	if (columns > 0)
		columns -= chat_plain_width(style->indent, strlen(style->indent));
	columns = style->columns > 0 && columns < 10 ? 10 : columns;
	if (buf_ok(&harmless)) {
		do {
			size_t skip, fit = line_fit(harmless.data + at, harmless.bytes - at, columns,
										style->colours, &skip);

			line_write(out, harmless.data + at, fit, &marked, style);
			at += fit + skip;
		} while (at < harmless.bytes);
	}
	buf_fini(&harmless);
}

void chat_plain_label(struct buf *out, const char *text, bool isolate)
{
	static const struct chat_style label = {.sentence = true};

	if (isolate)
		buf_text(out, "\u2068");
	text_harmless(out, text, strlen(text), &label);
	if (isolate)
		buf_text(out, "\u2069");
}

/* Such characters can stand only in strings, where an escape means the same. */
void chat_plain_json(struct buf *out, const char *json)
{
	size_t bytes = strlen(json), at = 0;

	while (at < bytes) {
		uint32_t point = utf8_next(json, bytes, &at);

		if (point != '\n' && (is_hidden(point) || breaks_line(point) || point == 0x7f)) {
			if (point > 0xffff) {
				buf_format(out, "\\u%04x", (unsigned)(0xd800 + ((point - 0x10000) >> 10)));
				point = 0xdc00 + ((point - 0x10000) & 0x3ff);
			}
			buf_format(out, "\\u%04x", (unsigned)point);
		} else {
			point_add(out, point);
		}
	}
}

int chat_plain_width(const char *text, size_t bytes)
{
	size_t at = 0;
	int width = 0;

	while (at < bytes) {
		uint32_t point;

		if (text[at] == '\033' && at + 1 < bytes && text[at + 1] == '[') {
			while (at < bytes && text[at] != 'm')
				at++;
			at += at < bytes;
			continue;
		}
		point = utf8_next(text, bytes, &at);
		width += point_width(point, true);
	}
	return width;
}
