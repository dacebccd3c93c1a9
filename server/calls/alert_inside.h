/* alert_inside.h: what desk_alert.c and alert_due.c share, and the way people are written in the
 * bodies of the desk's events. */
#pragma once

#include "calls/alert.h"

enum { ALERT_LEVEL_WATCH = 1, ALERT_LEVEL_ALERT = 2, CAUSES_TEXT = 256 };
_Static_assert((int)ALERT_LEVEL_ALERT == (int)THREAD_ALERT &&
				   (int)ALERT_LEVEL_ALERT == (int)CRISIS_ALERT,
			   "levels are the filters' own");

/* How something stands now. subject: which alert it is, together with `about`. */
struct sign {
	const char *about;
	int64_t subject, thread, person; /* 0: none */
	int64_t level, score;            /* score: 0..1000 */
	char causes[CAUSES_TEXT];        /* a JSON array */
};

struct open_alert {
	int64_t item, level, touched; /* item 0: there is none */
};

static inline int64_t alert_wait_ms(const struct call *call)
{
	return (int64_t)call->house->config->alert_ack_seconds * 1000;
}

MUST_CHECK enum err alert_find(struct keeper *keeper, int64_t circle, const char *about,
							   int64_t subject, struct open_alert *out);
/* Raises, raises higher, ends, or notes that the cause is still there. */
MUST_CHECK enum err alert_settle(struct call *call, struct keeper *keeper, int64_t circle,
								 const struct sign *sign, const struct open_alert *open);
MUST_CHECK enum err alert_end(struct keeper *keeper, int64_t circle, int64_t item);
MUST_CHECK enum err alert_look_at_newcomers(struct call *call, struct keeper *keeper,
											int64_t circle);
/* An event of the desk about this item; `further` may be NULL. */
MUST_CHECK enum err alert_tell(struct keeper *keeper, int64_t circle, int64_t item,
							   enum event_kind kind, const struct buf *further);
/* Appends "name":{"id"}, with a comma before it if something stands there already; nothing if there
 * is no such person. What they are called is put in when the event is shown. */
void person_member(struct db *db, const struct id_key *key, struct buf *body, const char *name,
				   int64_t num);
/* The same as a value; NULL if there is no such person. */
json_t *person_json(struct db *db, const struct id_key *key, int64_t num);
