/* chat_line.c: see chat_line.h. Editing is at the end of the line only: in a line of mixed
 * directions no terminal agrees with another on where a cursor in the middle would be. */
#include "clients/chat/chat_line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "clients/chat/chat_plain.h"

enum { LINE_MOST = 64 * 1024, HISTORY_MOST = 50, ROWS_MOST = 4, ESCAPE_ROOM = 16 };

struct chat_line {
	bool terminal, shown, ended, pasting;
	struct termios before;
	struct buf typed;         /* the unfinished line, valid UTF-8 */
	struct buf raw;           /* bytes read that are no whole character yet */
	char escape[ESCAPE_ROOM]; /* an escape sequence being read; "" if none */
	size_t escape_bytes;
	char *done[64]; /* finished lines, oldest first */
	size_t done_count;
	char *history[HISTORY_MOST];
	size_t history_count, history_at;
	char prompt[128];
	int rows; /* below the first that the line takes on the screen */
};

int chat_line_columns(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
		return size.ws_col;
	return 80;
}

static void terminal_raw(struct chat_line *line)
{
	struct termios raw = line->before;

	raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	fputs("\033[?2004h", stdout); /* a pasted text comes in one piece */
}

struct chat_line *chat_line_new(bool terminal)
{
	struct chat_line *line = calloc(1, sizeof *line);

	if (!line)
		return NULL;
	line->terminal = terminal && tcgetattr(STDIN_FILENO, &line->before) == 0;
	if (line->terminal)
		terminal_raw(line);
	return line;
}

void chat_line_free(struct chat_line **line_at)
{
	struct chat_line *line = *line_at;

	if (!line)
		return;
	if (line->terminal) {
		chat_line_hide(line);
		fputs("\033[?2004l", stdout);
		fflush(stdout);
		tcsetattr(STDIN_FILENO, TCSADRAIN, &line->before);
	}
	for (size_t i = 0; i < line->done_count; i++)
		free(line->done[i]);
	for (size_t i = 0; i < line->history_count; i++)
		free(line->history[i]);
	buf_fini(&line->typed);
	buf_fini(&line->raw);
	free(line);
	*line_at = NULL;
}

int chat_line_fd(const struct chat_line *line)
{
	/* With a full row of finished lines, more can wait where it is. */
	return line->ended || line->done_count == sizeof line->done / sizeof line->done[0]
			   ? -1
			   : STDIN_FILENO;
}

/* Showing */

/* The end of what was typed, as much as fits on a few rows. */
static void typed_visible(const struct chat_line *line, int columns, struct buf *out)
{
	size_t skip = 0, room = (size_t)(columns * ROWS_MOST) - sizeof line->prompt / 4;

	buf_text(out, line->prompt);
	while (line->typed.bytes - skip > 0 &&
		   (size_t)chat_plain_width(line->typed.data + skip, line->typed.bytes - skip) > room)
		utf8_next(line->typed.data, line->typed.bytes, &skip);
	if (skip)
		buf_text(out, "…");
	for (size_t at = skip; at < line->typed.bytes;) {
		size_t from = at;

		if (utf8_next(line->typed.data, line->typed.bytes, &at) == '\n')
			buf_text(out, "⏎");
		else
			buf_add(out, line->typed.data + from, at - from);
	}
}

void chat_line_hide(struct chat_line *line)
{
	if (!line->terminal || !line->shown)
		return;
	if (line->rows > 0)
		printf("\033[%dA", line->rows);
	fputs("\r\033[J", stdout);
	line->shown = false;
}

void chat_line_show(struct chat_line *line)
{
	struct buf visible = {0};
	int columns = chat_line_columns(), width;

	if (line->terminal && !line->shown) {
		typed_visible(line, columns, &visible);
		if (buf_ok(&visible)) {
			width = chat_plain_width(visible.data, visible.bytes);
			line->rows = width > 0 ? (width - 1) / columns : 0;
			fwrite(visible.data, 1, visible.bytes, stdout);
			line->shown = true;
		}
	}
	fflush(stdout);
	buf_fini(&visible);
}

void chat_line_prompt(struct chat_line *line, const char *prompt)
{
	chat_line_hide(line);
	snprintf(line->prompt, sizeof line->prompt, "%s", prompt);
	while (*line->prompt && !utf8_valid(line->prompt, strlen(line->prompt)))
		line->prompt[strlen(line->prompt) - 1] = '\0';
}

void chat_line_renew(struct chat_line *line)
{
	if (!line->terminal)
		return;
	terminal_raw(line);
	chat_line_hide(line);
	chat_line_show(line);
}

/* Typing */

static void typed_set(struct chat_line *line, const char *text)
{
	buf_clear(&line->typed);
	buf_text(&line->typed, text);
}

static void typed_finish(struct chat_line *line)
{
	char *text = strndup(line->typed.bytes ? line->typed.data : "", line->typed.bytes);

	if (!text || line->done_count == sizeof line->done / sizeof line->done[0]) {
		free(text);
		return;
	}
	line->done[line->done_count++] = text;
	if (line->terminal && *text) {
		if (line->history_count == HISTORY_MOST) {
			free(line->history[0]);
			memmove(line->history, line->history + 1, (HISTORY_MOST - 1) * sizeof *line->history);
			line->history_count--;
		}
		line->history[line->history_count] = strdup(text);
		line->history_count += line->history[line->history_count] != NULL;
	}
	line->history_at = line->history_count;
	buf_clear(&line->typed);
}

static void typed_shorten(struct chat_line *line, bool word)
{
	bool seen = false;

	while (line->typed.bytes > 0) {
		size_t bytes = line->typed.bytes;
		char last = line->typed.data[bytes - 1];

		if (word && seen && last == ' ')
			return;
		seen = seen || last != ' ';
		do {
			bytes--;
		} while (bytes > 0 && ((unsigned char)line->typed.data[bytes] & 0xc0) == 0x80);
		line->typed.bytes = bytes;
		if (!word)
			return;
	}
}

static void history_walk(struct chat_line *line, bool back)
{
	if (back && line->history_at > 0)
		line->history_at--;
	else if (!back && line->history_at < line->history_count)
		line->history_at++;
	typed_set(line, line->history_at < line->history_count ? line->history[line->history_at] : "");
}

static void escape_done(struct chat_line *line)
{
	if (!strcmp(line->escape, "\033[A") || !strcmp(line->escape, "\033OA"))
		history_walk(line, true);
	else if (!strcmp(line->escape, "\033[B") || !strcmp(line->escape, "\033OB"))
		history_walk(line, false);
	else if (!strcmp(line->escape, "\033[200~"))
		line->pasting = true;
	else if (!strcmp(line->escape, "\033[201~"))
		line->pasting = false;
	line->escape_bytes = 0;
}

static void escape_key(struct chat_line *line, uint32_t key)
{
	bool opens = line->escape_bytes == 1 && (key == '[' || key == 'O');

	if (key < 0x80 && line->escape_bytes + 1 < ESCAPE_ROOM)
		line->escape[line->escape_bytes++] = (char)key;
	line->escape[line->escape_bytes] = '\0';
	if (!opens &&
		((key >= 0x40 && key < 0x7f) || line->escape_bytes + 1 >= ESCAPE_ROOM || key >= 0x7f))
		escape_done(line);
}

static void key_take(struct chat_line *line, uint32_t key)
{
	char bytes[4];

	if (line->escape_bytes > 0) {
		escape_key(line, key);
		return;
	}
	if (key == 0x1b) {
		line->escape[line->escape_bytes++] = 0x1b;
	} else if (line->pasting && (key == '\r' || key == '\n')) {
		buf_text(&line->typed, "\n");
	} else if (key == '\r' || key == '\n') {
		typed_finish(line);
	} else if (key == 0x7f || key == 0x08) {
		typed_shorten(line, false);
	} else if (key == 0x17) {
		typed_shorten(line, true);
	} else if (key == 0x15) {
		buf_clear(&line->typed);
	} else if (key == 0x04) {
		line->ended = line->ended || line->typed.bytes == 0;
	} else if (key == 0x0c) {
		fputs("\033[H\033[2J", stdout);
	} else if ((key >= 0x20 || key == '\t') && line->typed.bytes < LINE_MOST) {
		buf_add(&line->typed, bytes, utf8_put(key == '\t' ? ' ' : key, bytes));
	}
}

/* Bytes of the character that begins with `first`; 0 if none can. */
static size_t sequence_bytes(unsigned char first)
{
	return first < 0x80                    ? 1
		   : first >= 0xf0 && first < 0xf5 ? 4
		   : first >= 0xe0 && first < 0xf0 ? 3
		   : first >= 0xc2 && first < 0xe0 ? 2
										   : 0;
}

static void keys_take(struct chat_line *line)
{
	size_t at = 0;

	while (at < line->raw.bytes) {
		size_t bytes = sequence_bytes((unsigned char)line->raw.data[at]), next = at;

		if (bytes && at + bytes > line->raw.bytes)
			break;
		if (!bytes || !utf8_valid(line->raw.data + at, bytes)) {
			at++; /* no character: a slip of the terminal */
			continue;
		}
		key_take(line, utf8_next(line->raw.data, line->raw.bytes, &next));
		at = next;
	}
	memmove(line->raw.data, line->raw.data + at, line->raw.bytes - at);
	line->raw.bytes -= at;
}

/* From a pipe: whole lines, byte for byte. */
static void lines_take(struct chat_line *line)
{
	size_t at = 0, room = sizeof line->done / sizeof line->done[0];
	char *end;

	while (line->done_count < room && at < line->raw.bytes &&
		   (end = memchr(line->raw.data + at, '\n', line->raw.bytes - at))) {
		size_t bytes = (size_t)(end - line->raw.data) - at;

		buf_clear(&line->typed);
		buf_add(&line->typed, line->raw.data + at, bytes);
		if (utf8_valid(line->typed.data, line->typed.bytes))
			typed_finish(line);
		at += bytes + 1;
	}
	memmove(line->raw.data, line->raw.data + at, line->raw.bytes - at);
	line->raw.bytes -= at;
}

bool chat_line_read(struct chat_line *line)
{
	char bytes[4096];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n > 0)
		buf_add(&line->raw, bytes, (size_t)n);
	else if (line->raw.bytes && !line->terminal)
		buf_text(&line->raw, "\n"); /* a last line without an end */
	if (n <= 0)
		line->ended = true;
	if (!buf_ok(&line->raw) || !line->raw.bytes)
		return !line->ended;
	if (line->terminal) {
		chat_line_hide(line);
		keys_take(line);
		chat_line_show(line);
	} else {
		lines_take(line);
	}
	return !line->ended;
}

char *chat_line_take(struct chat_line *line)
{
	char *text;

	if (!line->done_count && !line->terminal && line->raw.bytes)
		lines_take(line);
	if (!line->done_count)
		return NULL;
	text = line->done[0];
	memmove(line->done, line->done + 1, --line->done_count * sizeof line->done[0]);
	return text;
}
