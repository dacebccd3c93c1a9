/* folder.h: the data folder, as commands other than `serve` use it: on their one thread, beside
 * whatever servers run on it. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "store/store.h"

/* Opens the store without threads. `make`: a folder that is not there is made; otherwise it is
 * ERR_NOT_FOUND, with a sentence in `why`. */
MUST_CHECK enum err folder_open(const char *data, bool make, struct why *why, struct store **out);
/* The same for reading alone: one connection, in no snapshot yet. */
MUST_CHECK enum err folder_read(const char *data, struct why *why, struct db **out);
/* Reads a whole file, or standard input for "-". ERR_TOO_LARGE beyond `most` bytes. */
MUST_CHECK enum err folder_slurp(const char *path, size_t most, struct buf *out, struct why *why);
/* Writes the sentence to stderr as the command's; returns EXIT_FAILED. */
int folder_failed(const char *command, const struct why *why);
