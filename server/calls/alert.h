/* alert.h: what calls a moderator before a crisis breaks. One open alert for each thing that it can
 * be about, kept as an item of the queue; raised in the very commit of the message that gave cause,
 * so that every process tells of it once and the same. Inside the commit. */
#pragma once

#include "calls/call.h"

/* A post was kept, posted or held: are its thread, its circle, whom it answers, or the newcomers to
 * be told of? `is_arrival`: somebody who was not invited speaks here for the first time. */
MUST_CHECK enum err alert_look(struct call *call, struct keeper *keeper, struct circle *circle,
							   const struct post *post, bool is_arrival);

/* What time does: nobody answered, so somebody else is called; it is over; the queue grows old. */
MUST_CHECK enum err alert_due(struct call *call, struct keeper *keeper);

/* Levels as written: "watch", "alert". */
const char *alert_level_name(int64_t level);

/* {"about","thread"?,"participant"?,"level","score","causes","until","for"?,"acknowledged"?}: of
 * the item with this number; NULL if it is none of an alert. A reader's thread. */
json_t *alert_json(struct db *db, const struct id_key *key, int64_t item);
