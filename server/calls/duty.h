/* duty.h: who is on watch at a desk, and what each moderator has had to read. */
#pragma once

#include "calls/call.h"

/* Sets out's "on_watch": [{"id","name","since"}]. A reader's thread, or in the commit. */
MUST_CHECK enum err duty_on_watch(struct db *db, const struct id_key *key, int64_t circle,
								  json_t *out);
/* Sets "read_hard", "hint"? and "handover"?: of whoever asks. A reader's thread. */
MUST_CHECK enum err duty_describe(struct call *call, struct db *db, int64_t circle, json_t *out);
/* In the commit: this moderator has had these words before their eyes; and is heard of, if on
 * watch. */
MUST_CHECK enum err duty_note_read(struct keeper *keeper, int64_t circle, int64_t person,
								   int64_t item);
/* Watches that nobody has been heard of on for long end. In the commit. */
MUST_CHECK enum err duty_due(struct call *call, struct keeper *keeper);
/* Who is shut out of the circle is on watch there no more. In the commit. */
MUST_CHECK enum err duty_leave(struct keeper *keeper, int64_t circle, int64_t person);
