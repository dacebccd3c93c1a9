/* draft_check.c: how would this be judged, and how tense is the thread? Nothing is stored, and the
 * answer is coarse: a handful of words for each, so that nobody maps the lists with it. */
#include <string.h>

#include "calls/calls.h"
#include "calls/enter.h"
#include "calls/verdict_text.h"

enum { WARM = 300, TENSE = 600 };

enum err check_draft_check(struct call *call)
{
	const char *reply_to = NULL;
	enum err err = check_circle(call);

	if (!err)
		err = check_post_text(call, "text");
	return err ? err : param_text_optional(call, "reply_to", ID_TEXT, &reply_to);
}

static enum err thread_heat(struct call *call, struct db *db, int64_t circle, unsigned *escalation)
{
	const char *reply_to = param_or_null(call, "reply_to");
	struct post post = {0};
	int64_t heat = 0;
	enum err err;

	*escalation = 0;
	if (!reply_to)
		return ERR_NONE;
	err = post_find(db, store_id_key(call->house->store), reply_to, &post);
	if (!err && (post.circle != circle || !post.seq))
		err = ERR_NOT_FOUND;
	/* Each post keeps how its thread stood once it was there. */
	if (!err)
		err = db_number(
			db, 0, &heat,
			"SELECT p.heat FROM event e JOIN post p ON p.num = e.post WHERE e.thread = ?"
			" AND e.journal = ? AND e.kind = ? ORDER BY e.seq DESC LIMIT 1",
			"iii", post.thread, journal_of(JOURNAL_CIRCLE, circle), (int64_t)EVENT_POSTED);
	*escalation = (unsigned)heat;
	post_fini(&post);
	return err;
}

enum err read_draft_check(struct call *call, struct db *db)
{
	struct buf verdict = {0};
	struct circle circle = {0};
	unsigned escalation = 0;
	enum action action;
	int64_t num;
	enum role role;
	enum err err = enter_reading(call, db, &num, &role);

	if (!err)
		err = circle_load(db, num, &circle);
	if (!err)
		err = thread_heat(call, db, num, &escalation);
	if (err)
		return err;
	action = pipeline_settle(call->ruleset, circle.policy, call->judged, NULL, escalation,
							 circle.crisis.index, false);
	verdict_write(call->judged, action, HOLD_NONE, call->ruleset, &verdict);
	buf_add(&verdict, "", 1);
	buf_format(&call->result, "{\"action\":\"%s\",\"reasons\":", action_name(action));
	/* The words are shown only where something would happen because of them. */
	reasons_write(action == ACTION_ALLOW || !buf_ok(&verdict) ? NULL : verdict.data, call->ruleset,
				  call->asker.lang, &call->result);
	buf_format(&call->result, ",\"thread\":\"%s\"}",
			   escalation >= TENSE  ? "tense"
			   : escalation >= WARM ? "warm"
									: "calm");
	buf_fini(&verdict);
	return buf_ok(&call->result) ? ERR_NONE : ERR_NO_MEMORY;
}
