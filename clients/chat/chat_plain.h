/* chat_plain.h: what people wrote, made fit for a terminal: nothing in it can move the cursor,
 * change a colour or turn the rest of the screen around. Every name and every line of text stands
 * in its own direction (U+2068 … U+2069). Pure; chat_plain_start() once before. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct chat_span {
	size_t start, end; /* code points, half-open */
};

struct chat_style {
	int columns;        /* of the terminal; 0: do not wrap */
	const char *indent; /* before every line; not NULL */
	bool colours;       /* underline marked words; otherwise ⟦ and ⟧ stand around them */
	bool isolates;
	bool sentence;                 /* the server's own: isolates in it, if they pair up, may work */
	const struct chat_span *spans; /* marked words, ascending and apart */
	size_t span_count;
};

/* Character widths are those of UTF-8, whatever the locale. */
void chat_plain_start(void);
/* Appends a post's text: lines of at most `columns`, each ended by a newline. Controls and
 * characters that turn directions are shown as what they are: "␛", "‹U+202E›". */
void chat_plain_text(struct buf *out, const char *text, size_t bytes,
					 const struct chat_style *style);
/* Appends a name or another short text as one line without an end; isolates in it may work if they
 * pair up. */
void chat_plain_label(struct buf *out, const char *text, bool isolate);
/* Appends JSON text with what could steer a terminal, or break a line for some readers, escaped. */
void chat_plain_json(struct buf *out, const char *json);
/* Columns that a text takes (escape sequences of ours, ESC [ … m, take none). */
int chat_plain_width(const char *text, size_t bytes);
