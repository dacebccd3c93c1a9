/* welcome.h: what all are told alike who join a public circle and ask for nothing that came before,
 * as long as no event has come by since: one reader is asked once, for all of them. Owned by the
 * hub's thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/shared.h"
#include "calls/call.h"

struct textmap;

struct welcome {
	char lang[LANG_TEXT];
	int64_t journal, circle, next; /* as in struct outcome */
	struct shared *text;           /* the answer; NULL: it is being read */
	struct call *leader;           /* for which it is being read, if it is; borrowed */
};

struct welcomes {
	struct textmap *by_circle; /* public id → struct welcome */
	int64_t row;               /* the newest event that had come by when they were made */
};

MUST_CHECK enum err welcomes_init(struct welcomes *welcomes);
void welcomes_fini(struct welcomes *welcomes); /* accepts a zeroed struct */

/* `applied_row`: the newest event that has come by. NULL: it must be read. Borrowed, until the next
 * call of these. */
const struct welcome *welcomes_find(struct welcomes *welcomes, const char *circle, const char *lang,
				    int64_t applied_row);
/* It will be read for this call; nothing if there is one in this language or another. */
void welcomes_lead(struct welcomes *welcomes, const char *circle, struct call *leader,
		   int64_t applied_row);
/* The call is back, whether or not something was learnt from it. */
void welcomes_led(struct welcomes *welcomes, const char *circle, const struct call *leader);
/* Takes *text, which was read from a snapshot as new as `snapshot_row`. */
void welcomes_learn(struct welcomes *welcomes, const char *circle, const char *lang,
		    const struct outcome *outcome, int64_t snapshot_row, int64_t applied_row,
		    struct shared **text);
