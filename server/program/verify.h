/* verify.h: checking a data folder, for `maagal verify`, and for backup and restore, which trust no
 * copy that they have not checked. */
#pragma once

#include <stdbool.h>

/* Checks and prints; returns EXIT_GOOD or EXIT_FAILED. `command` is the one that asks, for what is
 * said on stderr. */
int verify_folder(const char *command, const char *data, const char *heads, bool json);
