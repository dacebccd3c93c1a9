/* pulse.h: what the live picture of a circle is drawn from: kept with every post, in slots of half
 * a minute, so that every process sees the same and a restart forgets nothing. A few rows for each
 * commit or second, however many read. A process that dies under load may leave out a second. */
#pragma once

#include "calls/call.h"
#include "store/tally.h"

enum {
	PULSE_KEPT_MS = 70 * 60000,
};

/* A post was kept, posted or held. thread: as it is with the post; NULL for an opener. In the
 * commit. */
MUST_CHECK enum err pulse_note(struct keeper *keeper, struct circle *circle,
							   const struct thread *thread, const struct post *post);
/* Takes away some of what is older than the picture. In the commit. */
MUST_CHECK enum err pulse_sweep(struct keeper *keeper);

/* What speaks for the state that it is in, strongest first, as a JSON array of codes. */
void pulse_thread_causes(const struct thread_state *thread, char *out, size_t room);
void pulse_circle_causes(const struct crisis_state *crisis, char *out, size_t room);

/* The picture as JSON: what desk.picture answers, or, without the series, the notification. A
 * reader's thread; ERR_NOT_FOUND if there is no such circle. */
MUST_CHECK enum err picture_write(struct db *db, const struct id_key *key, int64_t circle,
								  int64_t now, bool with_series, struct buf *out);
