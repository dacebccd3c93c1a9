/* presence.h: who is here and who is writing: told to those who are in the same circle, kept
 * nowhere. Owned by the hub's thread. */
#pragma once

#include "hub/fanout.h"

enum { TYPING_EVERY_MS = 3000 };

/* Tells the members of each circle in which the count of persons has changed, or somebody is
 * new. To be called every presence_every_ms. */
void presence_tell(struct fanout *fanout);
/* `session` is writing in `circle`, in `thread` (an id; NULL: a new one): tells the others, at most
 * every TYPING_EVERY_MS. */
void presence_typing(struct fanout *fanout, struct session *session, int64_t circle,
		     const char *thread, int64_t now_ms);
