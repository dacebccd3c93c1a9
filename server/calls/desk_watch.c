/* desk_watch.c: duty at a desk: who is on watch, what they hand over, and how much that is hard to
 * read each has read; see duty.h. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "calls/alert_inside.h"
#include "calls/calls.h"
#include "calls/duty.h"
#include "calls/enter.h"
#include "calls/key.h"
#include "store/said.h"

enum { DAY_MS = 86400000, DUE_AT_ONCE = 20, HANDOVER_DAYS = 7, HANDOVER_POINTS = 2000 };

enum err duty_on_watch(struct db *db, const struct id_key *key, int64_t circle, json_t *out)
{
	struct cursor *cursor = db_query(
		db, "SELECT person, since FROM watch WHERE circle = ? ORDER BY since, person LIMIT 50", "i",
		circle);
	json_t *all = json_array(), *one;
	char since[CLOCK_TEXT];

	while (cursor_next(cursor)) {
		one = person_json(db, key, cursor_int(cursor, 0));
		if (!one)
			continue;
		clock_format(cursor_int(cursor, 1), since);
		json_object_set_new(one, "since", json_string(since));
		json_array_append_new(all, one);
	}
	json_object_set_new(out, "on_watch", all);
	return cursor_end(&cursor);
}

/* What whoever was on watch before wants the next to know. */
static enum err add_handover(struct db *db, const struct id_key *key, int64_t circle, json_t *out)
{
	struct cursor *cursor = db_query(db,
									 "SELECT person, text, at FROM note WHERE circle = ?"
									 " AND about = 'handover' AND at > ? ORDER BY num DESC LIMIT 1",
									 "ii", circle,
									 clock_wall_ms() - (int64_t)HANDOVER_DAYS * DAY_MS);
	char at[CLOCK_TEXT];

	if (cursor_next(cursor)) {
		json_t *by = person_json(db, key, cursor_int(cursor, 0));

		clock_format(cursor_int(cursor, 2), at);
		json_object_set_new(
			out, "handover",
			json_pack("{s:s, s:s, s:o?}", "text", cursor_text(cursor, 1), "at", at, "by", by));
	}
	return cursor_end(&cursor);
}

enum err duty_describe(struct call *call, struct db *db, int64_t circle, json_t *out)
{
	int64_t hint = call->house->config->hard_reading_hint, count = 0;
	enum err err = db_number(db, 0, &count,
							 "SELECT count(*) FROM hard_read WHERE circle = ? AND person = ?"
							 " AND at > ?",
							 "iii", circle, call->asker.person, clock_wall_ms() - DAY_MS);

	json_object_set_new(out, "read_hard", json_integer(count));
	if (!err && hint && count >= hint)
		json_object_set_new(
			out, "hint",
			json_string(texts_get(call->house->texts, call->asker.lang, "desk.hard_reading")));
	return err ? err : add_handover(db, store_id_key(call->house->store), circle, out);
}

enum err duty_note_read(struct keeper *keeper, int64_t circle, int64_t person, int64_t item)
{
	enum err err = db_run(keeper_db(keeper),
						  "INSERT OR IGNORE INTO hard_read (circle, person, item, at)"
						  " VALUES (?, ?, ?, ?)",
						  "iiii", circle, person, item, keeper_now(keeper));

	return err ? err
			   : db_run(keeper_db(keeper),
						"UPDATE watch SET seen = ? WHERE circle = ? AND person = ?", "iii",
						keeper_now(keeper), circle, person);
}

/* ---- beginning and ending ---- */

static enum err tell(struct keeper *keeper, int64_t circle, enum event_kind kind, int64_t person,
					 const char *handover, bool by_time)
{
	struct buf body = {0}, act = {0};
	struct draft draft = {.journal = journal_of(JOURNAL_DESK, circle), .kind = kind};
	struct said said = {.handover = handover};
	enum err err = said_keep(keeper, 0, &said, NULL, &body);

	person_member(keeper_db(keeper), keeper_id_key(keeper), &act, "by", person);
	if (!act.bytes)
		buf_text(&act, "\"by\":\"machine\"");
	if (by_time)
		buf_text(&act, ",\"ran_out\":true");
	buf_add(&act, "", 1);
	buf_add(&body, act.data, act.bytes);
	draft.body = body.data;
	if (!err)
		err = buf_ok(&act) && buf_ok(&body) ? keeper_append(keeper, &draft, NULL) : ERR_STORAGE;
	buf_fini(&act);
	buf_fini(&body);
	return err;
}

static enum err begin(struct keeper *keeper, int64_t circle, int64_t person)
{
	enum err err = db_run(keeper_db(keeper),
						  "INSERT INTO watch (circle, person, since, seen) VALUES (?1, ?2, ?3, ?3)",
						  "iii", circle, person, keeper_now(keeper));

	return err ? err : tell(keeper, circle, EVENT_WATCH_BEGUN, person, NULL, false);
}

static enum err end(struct keeper *keeper, int64_t circle, int64_t person, const char *handover,
					bool by_time)
{
	enum err err = db_run(keeper_db(keeper), "DELETE FROM watch WHERE circle = ? AND person = ?",
						  "ii", circle, person);

	if (!err && handover)
		err = db_run(keeper_db(keeper),
					 "INSERT INTO note (nonce, circle, person, about, text, at)"
					 " VALUES (?, ?, ?, 'handover', ?, ?)",
					 "iiiti", (int64_t)id_random(), circle, person, handover, keeper_now(keeper));
	return err ? err : tell(keeper, circle, EVENT_WATCH_ENDED, person, handover, by_time);
}

enum err duty_due(struct call *call, struct keeper *keeper)
{
	int64_t circles[DUE_AT_ONCE], people[DUE_AT_ONCE];
	int64_t before = keeper_now(keeper) - (int64_t)call->house->config->watch_hours * (DAY_MS / 24);
	int count = 0;
	struct cursor *cursor = db_query(keeper_db(keeper),
									 "SELECT circle, person FROM watch WHERE seen < ? LIMIT ?",
									 "ii", before, (int64_t)DUE_AT_ONCE);
	enum err err;

	while (count < DUE_AT_ONCE && cursor_next(cursor)) {
		circles[count] = cursor_int(cursor, 0);
		people[count++] = cursor_int(cursor, 1);
	}
	err = cursor_end(&cursor);
	for (int i = 0; i < count && !err; i++)
		err = end(keeper, circles[i], people[i], NULL, true);
	return err;
}

enum err duty_leave(struct keeper *keeper, int64_t circle, int64_t person)
{
	int64_t is_on = 0;
	enum err err = db_number(keeper_db(keeper), 0, &is_on,
							 "SELECT 1 FROM watch WHERE circle = ? AND person = ?", "ii", circle,
							 person);

	return err || !is_on ? err : end(keeper, circle, person, NULL, false);
}

/* ---- the call ---- */

enum err check_desk_watch(struct call *call)
{
	const char *handover = NULL;
	enum err err = check_circle(call);

	if (!err && !json_is_boolean(json_object_get(call->request.params, "on"))) {
		call->member = "on";
		err = call_refuse(call, ERR_BAD_PARAMS, "member");
	}
	if (!err)
		err = check_sentence(call, "handover", HANDOVER_POINTS);
	if (!err)
		handover = param_or_null(call, "handover");
	/* Only who goes has something to hand over. */
	if (!err && handover && json_is_true(json_object_get(call->request.params, "on"))) {
		call->member = "handover";
		err = call_refuse(call, ERR_BAD_PARAMS, "member");
	}
	return err;
}

enum err keep_desk_watch(struct call *call, struct keeper *keeper)
{
	bool on = json_is_true(json_object_get(call->request.params, "on"));
	int64_t person = call->asker.person, is_on = 0;
	struct circle *circle;
	struct standing *standing;
	json_t *answer = json_object();
	enum err err = enter_desk(call, keeper, &circle, &standing);

	if (!err)
		err = db_number(keeper_db(keeper), 0, &is_on,
						"SELECT 1 FROM watch WHERE circle = ? AND person = ?", "ii", circle->num,
						person);
	if (!err && on && is_on)
		err = db_run(keeper_db(keeper), "UPDATE watch SET seen = ? WHERE circle = ? AND person = ?",
					 "iii", keeper_now(keeper), circle->num, person);
	else if (!err && on)
		err = begin(keeper, circle->num, person);
	else if (!err && is_on)
		err = end(keeper, circle->num, person, param_or_null(call, "handover"), false);
	if (!err)
		err = duty_on_watch(keeper_db(keeper), keeper_id_key(keeper), circle->num, answer);
	if (!err && on)
		err = add_handover(keeper_db(keeper), keeper_id_key(keeper), circle->num, answer);
	if (err) {
		json_decref(answer);
		return err;
	}
	return call_answer(call, answer);
}
