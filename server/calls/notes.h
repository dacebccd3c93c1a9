/* notes.h: moderators' notes, read beside what they are about. Reader threads. */
#pragma once

#include "calls/call.h"

/* Appends {"note","text","at","by"?} to the array, the newest first. */
MUST_CHECK enum err notes_add(struct db *db, const struct id_key *key, int64_t circle,
							  const char *about, int64_t subject, int limit, json_t *out);
