/* desk_crisis.c: a crisis begun, stepped down and ended; see crisis.h. Its record is read in
 * desk_incidents.c. The store's thread. */
#include "calls/crisis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "calls/alert_inside.h"
#include "calls/calls.h"
#include "calls/enter.h"
#include "calls/key.h"
#include "calls/pulse.h"
#include "circle/reason.h"
#include "store/said.h"

enum { MINUTES_MOST = 1440, DUE_AT_ONCE = 20, FROZEN_MOST = OPENERS_FIRST, ACTIVE_MS = 3600000 };

struct incident {
	int64_t num, nonce, circle, begun, until;
	char preset[16], hand[32];
	char *reason; /* owned */
	int64_t by;   /* 0: the machine */
};

static void incident_fini(struct incident *incident)
{
	free(incident->reason);
	incident->reason = NULL;
}

static enum err incident_of(struct keeper *keeper, int64_t circle, struct incident *out)
{
	struct cursor *cursor = db_query(keeper_db(keeper),
									 "SELECT num, nonce, begun, until, preset, hand, reason,"
									 " coalesce(begun_by, 0) FROM incident"
									 " WHERE circle = ? AND ended IS NULL",
									 "i", circle);

	*out = (struct incident){.circle = circle};
	if (cursor_next(cursor)) {
		out->num = cursor_int(cursor, 0);
		out->nonce = cursor_int(cursor, 1);
		out->begun = cursor_int(cursor, 2);
		out->until = cursor_int(cursor, 3);
		snprintf(out->preset, sizeof out->preset, "%s", cursor_text(cursor, 4));
		snprintf(out->hand, sizeof out->hand, "%s", cursor_text(cursor, 5));
		out->reason = strdup(cursor_text(cursor, 6));
		out->by = cursor_int(cursor, 7);
	}
	return cursor_end(&cursor);
}

static int64_t steps_at(const struct preset *preset, int64_t now, int64_t until)
{
	return preset->then[0] ? now + (until - now) * preset->share / 100 : until;
}

static void time_member(struct buf *out, const char *key, int64_t at)
{
	char text[CLOCK_TEXT];

	clock_format(at, text);
	buf_format(out, "%s\"%s\"", key, text);
}

/* What the circle goes by while it lasts; `shown`: and what holds then, its own included. */
static void crisis_write(const struct incident *incident, const struct preset *preset,
						 const struct circle *shown, int64_t now, struct buf *out)
{
	int64_t pace = strstr(incident->hand, "pace") ? 0 : preset->pace;
	enum doorway door = strstr(incident->hand, "door") ? DOOR_OPEN : preset->door;

	buf_text_member(out, "{\"preset\":", incident->preset);
	time_member(out, ",\"since\":", incident->begun);
	time_member(out, ",\"until\":", incident->until);
	buf_text_member(out, ",\"reason\":", incident->reason);
	buf_format(out, ",\"by\":\"%s\"", incident->by ? "moderators" : "machine");
	if (pace || shown)
		buf_format(out, ",\"pace\":%d", (int)(shown ? circle_pace(shown, now) : pace));
	if (door != DOOR_OPEN || shown)
		buf_format(out, ",\"door\":\"%s\"", door_name(shown ? shown->door : door));
	if (preset->policy[0])
		buf_format(out, ",\"policy\":\"%s\"", preset->policy);
	buf_text(out, "}");
}

static enum err append(struct keeper *keeper, int64_t journal, enum event_kind kind,
					   const struct post *post, struct buf *body)
{
	struct draft draft = {.journal = journal, .kind = kind, .post = post};
	enum err err;

	buf_add(body, "", 1);
	draft.body = body->data;
	err = buf_ok(body) ? keeper_append(keeper, &draft, NULL) : ERR_STORAGE;
	buf_fini(body);
	return err;
}

/* ---- threads that it freezes ---- */

static enum err tell_frozen(struct keeper *keeper, int64_t circle, int64_t thread, bool is_frozen,
							bool by_machine)
{
	enum event_kind kind = is_frozen ? EVENT_THREAD_FROZEN : EVENT_THREAD_THAWED;
	struct post opener = {0};
	char id[ID_TEXT];
	struct buf body = {0};
	enum err err = post_load(keeper_db(keeper), keeper_id_key(keeper), thread, &opener);

	if (!err) {
		post_id(keeper_id_key(keeper), &opener, id);
		buf_format(&body, "\"thread\":\"%s\",\"by\":\"%s\"", id,
				   by_machine ? "machine" : "moderators");
		err = append(keeper, journal_of(JOURNAL_CIRCLE, circle), kind, &opener, &body);
	}
	keeper_forget_thread(keeper, thread);
	post_fini(&opener);
	return err;
}

static struct cursor *threads_to_freeze(struct keeper *keeper, int64_t circle, enum freeze freeze)
{
	if (freeze == FREEZE_ACTIVE)
		return db_query(keeper_db(keeper),
						"SELECT u.thread FROM (WITH RECURSIVE s (slot) AS (SELECT ?2 + 1 UNION ALL"
						" SELECT slot + 1 FROM s WHERE slot < ?3) SELECT slot FROM s) s"
						" CROSS JOIN pulse u ON u.slot = s.slot AND u.circle = ?1"
						" JOIN post p ON p.num = u.thread WHERE u.thread > 0 AND p.seq IS NOT NULL"
						" AND u.thread NOT IN (SELECT thread FROM frozen) GROUP BY u.thread"
						" ORDER BY max(u.slot) DESC, u.thread LIMIT ?4",
						"iiii", circle, (keeper_now(keeper) - ACTIVE_MS) / PULSE_SLOT_MS,
						keeper_now(keeper) / PULSE_SLOT_MS, (int64_t)FROZEN_MOST);
	return db_query(keeper_db(keeper),
					"SELECT a.subject FROM alert a JOIN post p ON p.num = a.subject"
					" WHERE a.circle = ? AND a.about = 'thread' AND a.over IS NULL"
					" AND p.seq IS NOT NULL AND a.subject NOT IN (SELECT thread FROM frozen)"
					" ORDER BY a.score DESC, a.subject LIMIT ?",
					"ii", circle, (int64_t)FROZEN_MOST);
}

static enum err freeze_threads(struct keeper *keeper, const struct incident *incident,
							   enum freeze freeze)
{
	int64_t threads[FROZEN_MOST];
	int count = 0;
	struct cursor *cursor;
	enum err err;

	if (freeze == FREEZE_NOTHING)
		return ERR_NONE;
	cursor = threads_to_freeze(keeper, incident->circle, freeze);
	while (count < FROZEN_MOST && cursor_next(cursor))
		threads[count++] = cursor_int(cursor, 0);
	err = cursor_end(&cursor);
	for (int i = 0; i < count && !err; i++) {
		err = db_run(keeper_db(keeper),
					 "INSERT INTO frozen (thread, circle, incident) VALUES (?, ?, ?)", "iii",
					 threads[i], incident->circle, incident->num);
		if (!err)
			err = tell_frozen(keeper, incident->circle, threads[i], true, !incident->by);
	}
	return err;
}

/* Only what the crisis froze, and nobody has thawed since; `but_tense`: those that there is an open
 * alert about stay. */
static enum err thaw_threads(struct keeper *keeper, const struct incident *incident,
							 bool by_machine, bool but_tense)
{
	int64_t threads[FROZEN_MOST * 4];
	int count = 0;
	struct cursor *cursor = db_query(
		keeper_db(keeper),
		"SELECT thread FROM frozen WHERE circle = ?1 AND incident = ?2"
		" AND NOT (?3 AND EXISTS (SELECT 1 FROM alert WHERE circle = ?1"
		" AND subject = thread AND about = 'thread' AND over IS NULL))"
		" ORDER BY thread LIMIT ?4",
		"iiii", incident->circle, incident->num, (int64_t)but_tense, (int64_t)(FROZEN_MOST * 4));
	enum err err;

	while (count < FROZEN_MOST * 4 && cursor_next(cursor))
		threads[count++] = cursor_int(cursor, 0);
	err = cursor_end(&cursor);
	for (int i = 0; i < count && !err; i++) {
		err = db_run(keeper_db(keeper), "DELETE FROM frozen WHERE thread = ?", "i", threads[i]);
		if (!err)
			err = tell_frozen(keeper, incident->circle, threads[i], false, by_machine);
	}
	return err;
}

/* What an earlier preset froze and this one would not. */
static enum err thaw_for(struct keeper *keeper, const struct incident *incident,
						 const struct preset *preset, bool by_machine)
{
	if (preset->freeze == FREEZE_ACTIVE)
		return ERR_NONE;
	return thaw_threads(keeper, incident, by_machine, preset->freeze == FREEZE_TENSE);
}

/* ---- beginning ---- */

/* What was open when it began: the cause, as far as the machine saw it. */
static enum err alerts_write(struct keeper *keeper, int64_t circle, struct buf *out)
{
	struct cursor *cursor = db_query(keeper_db(keeper),
									 "SELECT a.item, i.nonce, a.about, a.level, a.score, a.causes"
									 " FROM alert a JOIN item i ON i.num = a.item"
									 " WHERE a.circle = ? AND a.over IS NULL"
									 " ORDER BY a.level DESC, a.item LIMIT 20",
									 "i", circle);
	char id[ID_TEXT];
	bool is_first = true;

	buf_text(out, "[");
	while (cursor_next(cursor)) {
		id_seal(keeper_id_key(keeper), 'i', cursor_int(cursor, 0), (uint64_t)cursor_int(cursor, 1),
				id);
		buf_format(out, "%s{\"item\":\"%s\",\"about\":\"%s\",\"level\":\"%s\",\"score\":%d.%03d,",
				   is_first ? "" : ",", id, cursor_text(cursor, 2),
				   alert_level_name(cursor_int(cursor, 3)), (int)cursor_int(cursor, 4) / 1000,
				   (int)cursor_int(cursor, 4) % 1000);
		buf_format(out, "\"causes\":%s}", cursor_text(cursor, 5));
		is_first = false;
	}
	buf_text(out, "]");
	return cursor_end(&cursor);
}

static enum err incident_open(struct keeper *keeper, const struct circle *circle,
							  const struct preset *preset, struct incident *incident)
{
	int64_t desk = 0, seq = 0, now = keeper_now(keeper), index = circle->crisis.index;
	struct buf alerts = {0};
	enum err err = keeper_next_seq(keeper, journal_of(JOURNAL_DESK, circle->num), &desk);

	if (!err)
		err = keeper_next_seq(keeper, journal_of(JOURNAL_CIRCLE, circle->num), &seq);
	if (!err)
		err = alerts_write(keeper, circle->num, &alerts);
	incident->nonce = (int64_t)id_random();
	incident->begun = now;
	if (!err)
		err = db_insert(
			keeper_db(keeper), &incident->num,
			"INSERT INTO incident (nonce, circle, first_preset, preset, begun, until,"
			" next, begun_by, reason, hand, peak, index_begun, desk_from, circle_from,"
			" alerts) VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, nullif(?7, 0), ?8, '', ?9, ?9,"
			" ?10, ?11, ?12)",
			"iitiiiitiiis", incident->nonce, circle->num, preset->id, now, incident->until,
			steps_at(preset, now, incident->until), incident->by, incident->reason, index, desk,
			seq, alerts.data, alerts.bytes);
	buf_fini(&alerts);
	return err;
}

/* The circle goes by this preset from now on, and everybody is told. */
static enum err put_over(struct keeper *keeper, struct circle *circle,
						 const struct incident *incident, const struct preset *preset,
						 const char *by)
{
	struct buf crisis = {0}, body = {0};
	enum err err;

	crisis_write(incident, preset, NULL, keeper_now(keeper), &crisis);
	err = buf_ok(&crisis) ? db_run(keeper_db(keeper), "UPDATE circle SET crisis = ? WHERE num = ?",
								   "si", crisis.data, crisis.bytes, circle->num)
						  : ERR_STORAGE;
	buf_fini(&crisis);
	if (!err)
		err = circle_refresh(keeper_db(keeper), circle);
	if (err)
		return err;
	buf_text(&body, "\"crisis\":");
	crisis_write(incident, preset, circle, keeper_now(keeper), &body);
	buf_format(&body, ",\"by\":\"%s\"", by);
	return append(keeper, journal_of(JOURNAL_CIRCLE, circle->num), EVENT_CRISIS_BEGUN, NULL, &body);
}

static void incident_member(struct keeper *keeper, const struct incident *incident,
							struct buf *body)
{
	char id[ID_TEXT];

	id_seal(keeper_id_key(keeper), 'c', incident->num, (uint64_t)incident->nonce, id);
	buf_format(body, "\"incident\":\"%s\"", id);
}

static void by_member(struct keeper *keeper, struct buf *body, int64_t by)
{
	if (by)
		person_member(keeper_db(keeper), keeper_id_key(keeper), body, "by", by);
	else
		buf_text(body, ",\"by\":\"machine\"");
}

/* It may name somebody, who may be erased one day. */
static enum err reason_keep(struct keeper *keeper, const char *reason, struct buf *body)
{
	struct said said = {.reason = reason};

	return said_keep(keeper, 0, &said, NULL, body);
}

static enum err tell_desk_begun(struct keeper *keeper, const struct incident *incident)
{
	struct buf body = {0};
	enum err err = reason_keep(keeper, incident->reason, &body);

	incident_member(keeper, incident, &body);
	buf_text_member(&body, ",\"preset\":", incident->preset);
	time_member(&body, ",\"until\":", incident->until);
	if (reason_is_code(incident->reason))
		buf_text_member(&body, ",\"reason\":", incident->reason);
	by_member(keeper, &body, incident->by);
	if (err)
		buf_fini(&body);
	return err ? err
			   : append(keeper, journal_of(JOURNAL_DESK, incident->circle), EVENT_CRISIS_BEGUN,
						NULL, &body);
}

static enum err change_preset(struct keeper *keeper, struct incident *incident,
							  const struct preset *preset)
{
	enum err err = db_run(keeper_db(keeper),
						  "UPDATE incident SET preset = ?, until = ?, next = ?, reason = ?,"
						  " hand = '', begun_by = coalesce(nullif(?, 0), begun_by) WHERE num = ?",
						  "tiitii", preset->id, incident->until,
						  steps_at(preset, keeper_now(keeper), incident->until), incident->reason,
						  incident->by, incident->num);

	incident->hand[0] = '\0';
	return err ? err : thaw_for(keeper, incident, preset, !incident->by);
}

enum err crisis_begin(struct call *call, struct keeper *keeper, struct circle *circle,
					  const struct preset *preset, int64_t until, const char *reason, int64_t by)
{
	struct incident incident;
	enum err err = incident_of(keeper, circle->num, &incident);

	if (!err && incident.num && strcmp(incident.preset, preset->id) == 0)
		err = call_refuse(call, ERR_STALE, "crisis_on");
	if (err) {
		incident_fini(&incident);
		return err;
	}
	free(incident.reason);
	incident.reason = strdup(reason);
	incident.until = until;
	incident.by = by;
	snprintf(incident.preset, sizeof incident.preset, "%s", preset->id);
	err = !incident.reason ? ERR_STORAGE
		  : incident.num   ? change_preset(keeper, &incident, preset)
						   : incident_open(keeper, circle, preset, &incident);
	if (!err)
		err = put_over(keeper, circle, &incident, preset, by ? "moderators" : "machine");
	circle->crisis_peak = circle->crisis.index;
	if (!err)
		err = tell_desk_begun(keeper, &incident);
	if (!err)
		err = freeze_threads(keeper, &incident, preset->freeze);
	incident_fini(&incident);
	return err ? ERR_STORAGE : ERR_NONE;
}

/* ---- ending ---- */

static enum err tell_ended(struct keeper *keeper, const struct circle *circle,
						   const struct incident *incident, int64_t by, const char *reason)
{
	struct buf body = {0};
	enum err err;

	buf_format(&body, "\"by\":\"%s\"", by ? "moderators" : "machine");
	if (reason)
		buf_text_member(&body, ",\"reason\":", reason);
	buf_format(&body, ",\"pace\":%d,\"door\":\"%s\"", (int)circle_pace(circle, keeper_now(keeper)),
			   door_name(circle->door));
	err = append(keeper, journal_of(JOURNAL_CIRCLE, circle->num), EVENT_CRISIS_ENDED, NULL, &body);
	if (!err)
		err = reason_keep(keeper, reason, &body);
	if (err) {
		buf_fini(&body);
		return err;
	}
	incident_member(keeper, incident, &body);
	by_member(keeper, &body, by);
	if (reason_is_code(reason))
		buf_text_member(&body, ",\"reason\":", reason);
	return append(keeper, journal_of(JOURNAL_DESK, circle->num), EVENT_CRISIS_ENDED, NULL, &body);
}

static enum err end(struct keeper *keeper, struct circle *circle, const struct incident *incident,
					int64_t by, const char *reason)
{
	int64_t desk = 0, seq = 0;
	enum err err = db_run(keeper_db(keeper), "UPDATE circle SET crisis = NULL WHERE num = ?", "i",
						  circle->num);

	if (!err)
		err = circle_refresh(keeper_db(keeper), circle);
	if (!err)
		err = tell_ended(keeper, circle, incident, by, reason);
	if (!err)
		err = thaw_threads(keeper, incident, !by, false);
	if (!err)
		err = keeper_next_seq(keeper, journal_of(JOURNAL_DESK, circle->num), &desk);
	if (!err)
		err = keeper_next_seq(keeper, journal_of(JOURNAL_CIRCLE, circle->num), &seq);
	if (!err)
		err = db_run(keeper_db(keeper),
					 "UPDATE incident SET ended = ?, ended_by = nullif(?, 0), end_reason = ?,"
					 " index_ended = ?, desk_to = ?, circle_to = ? WHERE num = ?",
					 "iitiiii", keeper_now(keeper), by, reason, (int64_t)circle->crisis.index,
					 desk - 1, seq - 1, incident->num);
	return err ? ERR_STORAGE : ERR_NONE;
}

enum err crisis_leave_knob(struct keeper *keeper, struct circle *circle, const char *knob)
{
	struct incident incident;
	enum err err = incident_of(keeper, circle->num, &incident);

	if (!err && incident.num && !strstr(incident.hand, knob)) {
		err = db_run(keeper_db(keeper),
					 "UPDATE incident SET hand = trim(hand || ' ' || ?) WHERE num = ?", "ti", knob,
					 incident.num);
		if (!err)
			err = db_run(keeper_db(keeper),
						 "UPDATE circle SET crisis = json_remove(crisis, '$.' || ?) WHERE num = ?",
						 "ti", knob, circle->num);
	}
	incident_fini(&incident);
	return err ? err : circle_refresh(keeper_db(keeper), circle);
}

/* ---- by itself ---- */

/* The house speaks the language in which the process was declared first. */
static enum err house_reason(struct call *call, struct keeper *keeper, int64_t circle,
							 const char **out)
{
	struct cursor *cursor = db_query(keeper_db(keeper),
									 "SELECT coalesce(json_extract(p.declared, '$.languages[0]'),"
									 " 'he') FROM circle c JOIN process p ON p.num = c.process"
									 " WHERE c.num = ?",
									 "i", circle);
	char lang[LANG_TEXT] = "he";

	if (cursor_next(cursor))
		snprintf(lang, sizeof lang, "%s", cursor_text(cursor, 0));
	*out = texts_get(call->house->texts, lang, "crisis.brake");
	return cursor_end(&cursor);
}

enum err crisis_brake(struct call *call, struct keeper *keeper, int64_t circle_num,
					  const char **preset)
{
	const struct config *config = call->house->config;
	const struct preset *mildest = presets_mildest(call->house->presets);
	struct circle *circle;
	const char *reason;
	enum err err = keeper_circle(keeper, circle_num, &circle);

	*preset = NULL;
	if (err || !mildest || circle->in_crisis || !config->alert_brake)
		return err;
	err = house_reason(call, keeper, circle_num, &reason);
	if (!err)
		err = crisis_begin(call, keeper, circle, mildest,
						   keeper_now(keeper) + (int64_t)config->alert_brake_minutes * 60000,
						   reason, 0);
	if (!err)
		*preset = mildest->id;
	return err;
}

static enum err step_down(struct keeper *keeper, struct circle *circle, struct incident *incident,
						  const struct preset *preset)
{
	struct buf body = {0};
	enum err err = db_run(
		keeper_db(keeper), "UPDATE incident SET preset = ?, next = ? WHERE num = ?", "tii",
		preset->id, steps_at(preset, keeper_now(keeper), incident->until), incident->num);

	snprintf(incident->preset, sizeof incident->preset, "%s", preset->id);
	if (!err)
		err = put_over(keeper, circle, incident, preset, "machine");
	if (err)
		return err;
	incident_member(keeper, incident, &body);
	buf_text_member(&body, ",\"preset\":", preset->id);
	time_member(&body, ",\"until\":", incident->until);
	err = append(keeper, journal_of(JOURNAL_DESK, circle->num), EVENT_CRISIS_STEPPED, NULL, &body);
	return err ? err : thaw_for(keeper, incident, preset, true);
}

static enum err go_on(struct call *call, struct keeper *keeper, int64_t circle_num)
{
	const struct presets *presets = call->house->presets;
	struct incident incident;
	struct circle *circle;
	const struct preset *now_on, *then = NULL;
	enum err err = keeper_circle(keeper, circle_num, &circle);

	if (err)
		return err;
	err = incident_of(keeper, circle_num, &incident);
	now_on = presets_find(presets, incident.preset);
	if (now_on)
		then = presets_find(presets, now_on->then);
	if (!err && incident.until > keeper_now(keeper) && then)
		err = step_down(keeper, circle, &incident, then);
	else if (!err)
		err = end(keeper, circle, &incident, 0, NULL);
	incident_fini(&incident);
	return err;
}

enum err crisis_due(struct call *call, struct keeper *keeper)
{
	int64_t circles[DUE_AT_ONCE];
	int count = 0;
	struct cursor *cursor = db_query(keeper_db(keeper),
									 "SELECT circle FROM incident WHERE ended IS NULL"
									 " AND next <= ? ORDER BY num LIMIT ?",
									 "ii", keeper_now(keeper), (int64_t)DUE_AT_ONCE);
	enum err err;

	while (count < DUE_AT_ONCE && cursor_next(cursor))
		circles[count++] = cursor_int(cursor, 0);
	err = cursor_end(&cursor);
	for (int i = 0; i < count && !err; i++)
		err = go_on(call, keeper, circles[i]);
	return err;
}

/* ---- by hand ---- */

/* The contract asks for no key here; with one, the same answer is given again. */
static enum err check_key_optional(struct call *call)
{
	return param_given(call, "key") ? check_key(call) : ERR_NONE;
}

enum err check_desk_crisis_begin(struct call *call)
{
	const char *preset;
	int64_t minutes;
	enum err err = check_circle(call);

	if (!err)
		err = param_text(call, "preset", 15, &preset);
	if (!err && !presets_find(call->house->presets, preset))
		err = call_refuse(call, ERR_BAD_PARAMS, "preset");
	if (!err && param_int(call, "minutes", 1, MINUTES_MOST, &minutes))
		err = call_refuse(call, ERR_BAD_PARAMS, "minutes");
	if (!err)
		err = check_reason(call, true);
	return err ? err : check_key_optional(call);
}

enum err check_desk_crisis_end(struct call *call)
{
	enum err err = check_circle(call);

	if (!err)
		err = check_reason(call, false);
	return err ? err : check_key_optional(call);
}

static enum err begin(struct call *call, struct keeper *keeper, struct circle *circle)
{
	const json_t *params = call->request.params;
	const char *id = json_string_value(json_object_get(params, "preset"));
	int64_t minutes = json_integer_value(json_object_get(params, "minutes"));
	int64_t until = keeper_now(keeper) + minutes * 60000;
	char at[CLOCK_TEXT];
	struct incident incident;
	enum err err = crisis_begin(call, keeper, circle, presets_find(call->house->presets, id), until,
								param_or_null(call, "reason"), call->asker.person);

	if (err)
		return err;
	err = incident_of(keeper, circle->num, &incident);
	clock_format(until, at);
	buf_text(&call->result, "{");
	incident_member(keeper, &incident, &call->result);
	buf_format(&call->result, ",\"until\":\"%s\"}", at);
	incident_fini(&incident);
	return err;
}

static enum err end_by_hand(struct call *call, struct keeper *keeper, struct circle *circle)
{
	struct incident incident;
	enum err err = incident_of(keeper, circle->num, &incident);

	if (!err && !incident.num)
		err = call_refuse(call, ERR_STALE, "no_crisis");
	if (!err)
		err = end(keeper, circle, &incident, call->asker.person, param_or_null(call, "reason"));
	incident_fini(&incident);
	return err;
}

static enum err with_circle(struct call *call, struct keeper *keeper,
							enum err (*step)(struct call *call, struct keeper *keeper,
											 struct circle *circle))
{
	bool has_key = param_given(call, "key"), answered = false;
	struct circle *circle;
	struct standing *standing;
	struct key key;
	enum err err = enter_desk(call, keeper, &circle, &standing);

	if (!err && has_key) {
		key = key_make(call, keeper, circle->id, param_or_null(call, "preset"),
					   param_or_null(call, "reason"));
		err = key_find(call, keeper, &key, &answered);
	}
	if (err || answered)
		return err;
	err = step(call, keeper, circle);
	return err || !has_key ? err : key_bind(call, keeper, &key);
}

enum err keep_desk_crisis_begin(struct call *call, struct keeper *keeper)
{
	return with_circle(call, keeper, begin);
}

enum err keep_desk_crisis_end(struct call *call, struct keeper *keeper)
{
	return with_circle(call, keeper, end_by_hand);
}
