/* queue.h: an item of the desk's queue, as moderators see it. Reader threads. */
#pragma once

#include "calls/call.h"
#include "store/post_row.h"

/* Of `item i`, its `post p` if it has one; WHERE … follows. */
#define QUEUE_SELECT \
	"SELECT i.num, i.nonce, i.kind, i.cause, i.opened, i.until, coalesce(i.then_what, '')," \
	" i.text, i.verdict, i.claimed_by, " POST_COLUMNS \
	" FROM item i LEFT JOIN post p ON p.num = i.post" POST_JOINS

/* The row of QUEUE_SELECT on which the cursor stands. */
MUST_CHECK enum err queue_item_json(struct call *call, struct db *db, struct cursor *cursor,
									json_t **out);
/* What would not fit alone gives up the words that stand anyway, or the reports; its size then. */
size_t queue_item_fit(json_t *item, size_t room);
