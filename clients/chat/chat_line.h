/* chat_line.h: the line being typed, while others talk above it. On a terminal it reads key by key,
 * so that what arrives can be shown above the half-written line; otherwise it reads lines. */
#pragma once

#include <stdbool.h>

struct chat_line;

/* `terminal`: standard input and output are one. NULL without memory. */
struct chat_line *chat_line_new(bool terminal);
/* Gives the terminal back as it was. */
void chat_line_free(struct chat_line **line);
int chat_line_fd(const struct chat_line *line);
/* Reads what is there. False at the end of the input. */
bool chat_line_read(struct chat_line *line);
/* The next finished line, owned by the caller; NULL: none. */
char *chat_line_take(struct chat_line *line);
void chat_line_prompt(struct chat_line *line, const char *prompt);
/* Around everything that is printed. */
void chat_line_hide(struct chat_line *line);
void chat_line_show(struct chat_line *line);
/* After the program was stopped and goes on, or the window changed its size. */
void chat_line_renew(struct chat_line *line);
int chat_line_columns(void); /* of the terminal; 80 if nobody knows */
