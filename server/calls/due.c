/* due.c: see due.h. The store's thread. */
#include "calls/due.h"

#include <stdio.h>
#include <string.h>

#include "calls/alert.h"
#include "calls/calls.h"
#include "calls/crisis.h"
#include "calls/desk_circle.h"
#include "calls/desk_sanction.h"
#include "calls/duty.h"
#include "calls/item.h"
#include "calls/sweep.h"

enum {
	AT_ONCE = 50,
	ABANDONED_MS = 10000, /* so long without a step: nobody is at it any more */
};

/* `stays` waits on: its clock is only the time by which its author was promised a look. */
static enum err due_next(struct keeper *keeper, int64_t after, struct item *item, char then[12])
{
	struct cursor *cursor = db_query(
		keeper_db(keeper),
		"SELECT num, then_what FROM item WHERE state = 'open' AND until <= ?"
		" AND until IS NOT NULL AND kind IN ('held', 'edit') AND then_what != 'stays'"
		" AND num > ? ORDER BY num LIMIT 1",
		"ii", keeper_now(keeper), after);
	int64_t num = 0;
	enum err err;

	if (cursor_next(cursor)) {
		num = cursor_int(cursor, 0);
		snprintf(then, 12, "%s", cursor_text(cursor, 1));
	}
	err = cursor_end(&cursor);
	if (!err)
		err = num ? item_load(keeper, num, item) : ERR_NOT_FOUND;
	return err;
}

static enum err decide(struct call *call, struct keeper *keeper, struct item *item,
					   const char *then)
{
	struct act act = {.what = "returned"};
	struct circle *circle;
	enum err err = keeper_circle(keeper, item->circle, &circle);

	if (err)
		return err;
	if (strcmp(then, "published") == 0 && circle->is_open) {
		act.what = "released";
		return item_release(call, keeper, circle, item, &act);
	}
	act.reason_key = "rejected.expired";
	return item_reject(call, keeper, circle, item, &act);
}

/* An erasure that a stop interrupted goes on, a step at a time. One that somebody waits for is left
 * to the call that does it, or its answer would find them gone. */
static enum err go_on_erasing(struct call *call, struct keeper *keeper)
{
	int64_t mine = json_integer_value(json_object_get(call->request.params, "erasing"));
	int64_t person = 0;
	enum err err = db_number(keeper_db(keeper), 0, &person,
							 "SELECT num FROM person WHERE erasing IS NOT NULL AND erased IS NULL"
							 " AND (num = ?1 OR (?1 = 0 AND erasing <= ?2)) LIMIT 1",
							 "ii", mine, keeper_now(keeper) - ABANDONED_MS);

	if (err || !person)
		return err;
	err = erase_step(keeper, person, &call->again);
	json_object_set_new(call->request.params, "erasing", json_integer(call->again ? person : 0));
	return err;
}

/* What concerns the desk. */
static enum err desk_due(struct call *call, struct keeper *keeper)
{
	enum err err = crisis_due(call, keeper);

	if (!err)
		err = duty_due(call, keeper);
	return err ? err : alert_due(call, keeper);
}

static enum err keep_due(struct call *call, struct keeper *keeper)
{
	int64_t after = 0;
	enum err err = go_on_erasing(call, keeper);

	if (!err)
		err = due_sanctions(call, keeper);
	if (!err)
		err = due_paces(keeper);
	if (!err)
		err = due_appeals(keeper);
	if (!err)
		err = due_claims(call, keeper);
	if (!err)
		err = sweep_some(call, keeper);
	for (int i = 0; i < AT_ONCE && !err; i++) {
		struct item item = {0};
		char then[12];

		err = due_next(keeper, after, &item, then);
		after = item.num;
		if (!err)
			err = decide(call, keeper, &item, then);
		buf_clear(&call->result);
		item_fini(&item);
	}
	return err && err != ERR_NOT_FOUND ? err : desk_due(call, keeper);
}

struct call *due_new(const struct house *house)
{
	static const struct call_row row = {
		.method = "due", .lane = LANE_KEEP, .urgent = true, .keep = keep_due};
	struct request nothing = {0};
	struct asker nobody = {.lang = "he"};

	nothing.params = json_object();
	return call_new(house, &row, &nobody, &nothing);
}
