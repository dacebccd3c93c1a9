/* settle.h: from findings and circumstances to what happens to a text: the filters' verdict by the
 * circle's policy, the thread's temperature, the door, sanctions, the newcomers' budget. Inside the
 * commit, so that nothing can come in between. */
#pragma once

#include "calls/call.h"
#include "circle/admit.h"

struct settled {
	enum action action;
	enum hold_cause cause; /* of ACTION_HOLD */
	bool is_newcomers;     /* counts towards their common budget */
	bool is_first;         /* the first word here of somebody who was not invited */
	/* how the circle's memory of recent words stood before, in case these are not kept */
	struct recent_result recent;
	struct recent_post recent_slot;
	uint32_t recent_next, recent_count;
};

/* May this person speak here now? Sets the error's detail, retry_ms and data. paced: a new post,
 * which keeps to the circle's pace and the person's allowance; an edit does not. */
enum err settle_admission(struct call *call, struct keeper *keeper, struct circle *circle,
						  struct standing *standing, bool paced);
/* What becomes of the words; ERR_THREAD_FROZEN. post: with thread and author. */
enum err settle_post(struct call *call, struct keeper *keeper, struct circle *circle,
					 struct standing *standing, const struct post *post, struct settled *out);
/* Counts what was kept: allowance, pace, repetition, newcomers' budget. */
void settle_spend(struct call *call, struct keeper *keeper, struct circle *circle,
				  struct standing *standing, const struct settled *settled);
/* {"status":"nudged"|"rejected","reasons"[,"nudge"]} for what is not kept. */
enum err settle_answer_refused(struct call *call, struct keeper *keeper,
							   const struct circle *circle, const struct settled *settled,
							   const char *verdict);
