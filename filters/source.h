/* source.h: the files of config/civility as lines: `key rest`, `#` starts a comment line, blank
 * lines count for nothing, indentation neither. Written for people who moderate and do not
 * program. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	SOURCE_NAME = 64,
	SOURCES_MOST = 64,
	SOURCE_BYTES_MOST = 4 * 1024 * 1024
};

struct source {
	char name[SOURCE_NAME];
	char *data; /* valid UTF-8; of a *.model any bytes */
	size_t bytes, at;
	unsigned line; /* of the line read last, from 1 */
};

struct sources {
	struct source files[SOURCES_MOST]; /* by name, ascending */
	size_t count;
};

struct piece {
	const char *at; /* into the source's data; not terminated */
	size_t bytes;
};

/* Reads every *.conf, *.words, *.rules and *.model of `dir`; other files are left alone. All or
 * nothing. */
MUST_CHECK enum err sources_read(struct sources *out, const char *dir, struct why *why);
void sources_fini(struct sources *sources);
bool source_has_ending(const struct source *source, const char *ending);

/* The next line that says something: its first word and what follows. False at the end. */
bool source_next(struct source *source, struct piece *key, struct piece *rest);
/* Takes the next word off `rest`; false if none is left. */
bool piece_word(struct piece *rest, struct piece *word);
bool piece_is(struct piece piece, const char *text);
/* A decimal number, 0 to `most`. */
bool piece_number(struct piece piece, unsigned most, unsigned *out);
/* Copies into `out`, terminated; false if it does not fit or is empty. */
bool piece_copy(struct piece piece, char *out, size_t room);

/* Sets `why` to "FILE line N: sentence" and returns ERR_BAD_PARAMS. */
enum err source_fail(const struct source *source, struct why *why, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
