/* presence.h: who is here and who is writing: told to those who are in the same circle, kept
 * nowhere. Owned by the hub's thread. */
#pragma once

#include "hub/fanout.h"

enum {
	TYPING_EVERY_MS = 3000,
	PRESENCE_STEP_MS = 100, /* how often to call presence_tell() */
};

/* `session` has just taken its seat in `journal`: if it is a circle's, the count of who is there
 * goes out with the join's answer, which must have been gathered before. */
void presence_greet(struct fanout *fanout, struct session *session, int64_t journal,
		    int64_t now_ms);
/* Tells the members of circles in which the count of persons has changed, or somebody is new, what
 * they do not know yet: circles and members at most every presence_every_ms, and only so many in
 * one step that nobody else waits. */
void presence_tell(struct fanout *fanout, int64_t now_ms);
/* `count` persons are in `circle` through other processes who are not here. */
void presence_elsewhere(struct fanout *fanout, int64_t circle, int64_t count);
/* `session` is writing in `circle`, in `thread` (an id; NULL: a new one): tells the others, at most
 * every TYPING_EVERY_MS. */
void presence_typing(struct fanout *fanout, struct session *session, int64_t circle,
		     const char *thread, int64_t now_ms);
/* Somebody is, through another process; `params` are those of its notification. */
void presence_typing_elsewhere(struct fanout *fanout, int64_t circle, const char *params,
			       size_t bytes);
