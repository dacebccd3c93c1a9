/* reading.h: what joining and reading have in common, for circles, desks and inboxes. Reader
 * threads. */
#pragma once

#include "calls/call.h"

enum err check_join(struct call *call);    /* after, tail, epoch */
enum err check_history(struct call *call); /* after, before, limit, thread */

/* Answers with {[description,] "head","epoch","events","more"} and sets the outcome, so that live
 * events follow where the page ends. `description`: the members that come first, as JSON text
 * without braces, each with a comma behind it; NULL: none. */
enum err answer_join(struct call *call, struct db *db, int64_t journal, int64_t circle,
					 const struct buf *description);
/* Answers with {"events","more"}. */
enum err answer_history(struct call *call, struct db *db, int64_t journal, int64_t circle);
