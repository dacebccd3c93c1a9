/* desk_sanction.c: what a moderator may lay on one person in one circle, step by step: warn, slow,
 * premoderate, mute, exclude. Each has its reason, cause and end; each is lifted by itself and
 * never lifts another; never upwards, never on oneself. Also its end by the clock. */
#include "calls/desk_sanction.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "calls/calls.h"
#include "calls/duty.h"
#include "calls/enter.h"
#include "calls/key.h"
#include "calls/near.h"
#include "circle/reason.h"
#include "store/said.h"

enum { MINUTES_MOST = 525600, CAUSE_MOST = 200, AT_ONCE = 50 };

static const char *const steps[] = {"warn", "slow", "premoderate", "mute", "exclude"};

static bool is_step(const char *name)
{
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (strcmp(name, steps[i]) == 0)
			return true;
	return false;
}

enum err check_desk_sanction(struct call *call)
{
	const char *text;
	int64_t minutes;
	enum err err = check_circle(call);

	if (!err)
		err = param_text(call, "participant", ID_TEXT, &text);
	if (!err)
		err = param_text(call, "step", 20, &text);
	if (!err && !is_step(text))
		err = call_refuse(call, ERR_BAD_PARAMS, "step");
	if (!err && param_int_optional(call, "minutes", 1, MINUTES_MOST, &minutes))
		err = call_refuse(call, ERR_BAD_PARAMS, "minutes");
	if (!err)
		err = param_text(call, "cause", CAUSE_MOST, &text);
	if (!err)
		err = check_sentence(call, "cause", CAUSE_MOST);
	if (!err)
		err = check_key(call);
	return err ? err : check_reason(call, true);
}

enum err check_desk_lift(struct call *call)
{
	const char *text = NULL;
	enum err err = check_key(call);

	if (!err && param_given(call, "sanction"))
		err = param_text(call, "sanction", ID_TEXT, &text);
	else if (!err)
		err = check_circle(call);
	if (!err && !text)
		err = param_text(call, "participant", ID_TEXT, &text);
	if (!err && !param_given(call, "sanction"))
		err = param_text(call, "step", 20, &text);
	return err ? err : check_reason(call, false);
}

/* ---- one that stands ---- */

#define SANCTION_COLUMNS \
	"SELECT num, nonce, circle, person, step, coalesce(ends, 0), coalesce(acknowledged, 0)," \
	" coalesce(lifted, 0) FROM sanction "

static enum err sanction_read(struct cursor *cursor, struct sanction *out)
{
	enum err err = ERR_NOT_FOUND;
	enum err ended;

	*out = (struct sanction){0};
	if (cursor_next(cursor)) {
		out->num = cursor_int(cursor, 0);
		out->nonce = cursor_int(cursor, 1);
		out->circle = cursor_int(cursor, 2);
		out->person = cursor_int(cursor, 3);
		snprintf(out->step, sizeof out->step, "%s", cursor_text(cursor, 4));
		out->ends = cursor_int(cursor, 5);
		out->acknowledged = cursor_int(cursor, 6);
		out->lifted = cursor_int(cursor, 7);
		err = ERR_NONE;
	}
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

enum err sanction_load(struct keeper *keeper, int64_t num, struct sanction *out)
{
	return sanction_read(db_query(keeper_db(keeper), SANCTION_COLUMNS "WHERE num = ?", "i", num),
						 out);
}

enum err sanction_find(struct keeper *keeper, const char *id, struct sanction *out)
{
	int64_t num;
	uint64_t nonce;
	enum err err;

	if (!id_open(keeper_id_key(keeper), 's', id, &num, &nonce))
		return ERR_NOT_FOUND;
	err = sanction_load(keeper, num, out);
	return !err && (uint64_t)out->nonce != nonce ? ERR_NOT_FOUND : err;
}

bool sanction_is_over(const struct keeper *keeper, const struct sanction *sanction)
{
	return sanction->lifted || (sanction->ends && sanction->ends <= keeper_now(keeper)) ||
		   (sanction->acknowledged && strcmp(sanction->step, "warn") == 0);
}

static void text_member(struct buf *out, const char *key, const char *text)
{
	if (!text)
		return;
	buf_text(out, key);
	buf_json(out, text, strlen(text));
}

static void time_member(struct buf *out, const char *key, int64_t at)
{
	char text[CLOCK_TEXT];

	buf_text(out, key);
	if (at)
		clock_format(at, text);
	buf_format(out, at ? "\"%s\"" : "%s", at ? text : "null");
}

/* ---- giving one ---- */

/* An id of ours: a kind's letter and 26 of Crockford's. */
static bool looks_like_id(const char *text)
{
	return strlen(text) == ID_TEXT - 1 && strchr("pi", text[0]) &&
		   strspn(text + 1, "0123456789abcdefghjkmnpqrstvwxyz") == ID_TEXT - 2;
}

/* What led to it: how it was noticed goes into the statement of reasons. */
struct cause {
	char *verdict;  /* of the post, if it is one; owned */
	bool by_report; /* the post was reported */
};

static enum err cause_read(struct cursor *cursor, struct cause *out, bool *is_there)
{
	*is_there = cursor_next(cursor);
	if (*is_there && !cursor_is_null(cursor, 0))
		out->verdict = strdup(cursor_text(cursor, 0));
	out->by_report = *is_there && cursor_int(cursor, 1);
	return cursor_end(&cursor);
}

/* A post of this person in this circle, an item about one, or a word. */
static enum err cause_find(struct call *call, struct keeper *keeper, const struct circle *circle,
						   int64_t person, struct cause *out)
{
	const char *given = param_or_null(call, "cause");
	bool is_there = false;
	int64_t num;
	uint64_t nonce;
	enum err err = ERR_NONE;

	if (!looks_like_id(given))
		return ERR_NONE;
	if (id_open(keeper_id_key(keeper), 'p', given, &num, &nonce))
		err = cause_read(db_query(keeper_db(keeper),
								  "SELECT verdict, EXISTS (SELECT 1 FROM report r"
								  " WHERE r.post = p.num) FROM post p WHERE num = ?"
								  " AND nonce = ? AND circle = ? AND author = ?",
								  "iiii", num, (int64_t)nonce, circle->num, person),
						 out, &is_there);
	else if (id_open(keeper_id_key(keeper), 'i', given, &num, &nonce))
		err = cause_read(db_query(keeper_db(keeper),
								  "SELECT i.verdict, i.kind = 'report' FROM item i"
								  " LEFT JOIN post p ON p.num = i.post WHERE i.num = ?"
								  " AND i.nonce = ? AND i.circle = ?"
								  " AND coalesce(p.author, ?4) = ?4",
								  "iiii", num, (int64_t)nonce, circle->num, person),
						 out, &is_there);
	return err || is_there ? err : call_refuse(call, ERR_BAD_PARAMS, "cause");
}

static enum err target_find(struct call *call, struct keeper *keeper, struct circle *circle,
							enum role above, struct standing **out)
{
	const char *id = param_or_null(call, "participant");
	int64_t person = 0;
	enum err err = person_find(keeper_db(keeper), keeper_id_key(keeper), id ? id : "", &person);

	if (!err)
		err = keeper_standing(keeper, person, circle, out);
	if (err == ERR_UNAUTHORISED) /* erased */
		err = ERR_NOT_FOUND;
	if (!err && person == call->asker.person)
		err = call_refuse(call, ERR_FORBIDDEN, "oneself");
	if (!err && (*out)->role >= above)
		err = call_refuse(call, ERR_FORBIDDEN, "upwards");
	return err;
}

static void desk_members(const struct person *person, const char *id, int64_t ends,
						 const char *step, const char *cause, struct buf *out)
{
	buf_format(out, ",\"sanction\":\"%s\",\"participant\":{\"id\":\"%s\"},\"step\":\"%s\"", id,
			   person->id, step);
	time_member(out, ",\"until\":", ends);
	text_member(out, ",\"cause\":", cause);
}

static void inbox_members(struct call *call, const struct person *person, const char *id,
						  int64_t ends, const char *step, const char *cause, struct buf *out)
{
	char key[40];

	snprintf(key, sizeof key, "sanction.%s", step);
	buf_format(out, ",\"sanction\":\"%s\",\"step\":\"%s\"", id, step);
	time_member(out, ",\"until\":", ends);
	text_member(out, ",\"cause\":", cause);
	text_member(out, ",\"message\":", texts_get(call->house->texts, person->lang, key));
}

static enum err tell_of_it(struct call *call, struct keeper *keeper, const struct circle *circle,
						   const struct person *person, const struct sanction *sanction,
						   const struct cause *found)
{
	const char *cause = param_or_null(call, "cause");
	bool is_id = looks_like_id(cause);
	struct buf desk = {0}, inbox = {0};
	struct decided decided;
	char id[ID_TEXT];
	struct act act = {.what = "sanctioned",
					  .desk = EVENT_SANCTIONED,
					  .inbox = EVENT_SANCTIONED,
					  .restriction = sanction->step,
					  .cause = is_id ? NULL : cause,
					  .verdict = found->verdict,
					  .by_report = found->by_report,
					  .person = person,
					  .sanction = sanction->num,
					  .until = sanction->ends,
					  .scope = "circle"};
	enum err err = ERR_NO_MEMORY;

	id_seal(keeper_id_key(keeper), 's', sanction->num, (uint64_t)sanction->nonce, id);
	desk_members(person, id, sanction->ends, sanction->step, is_id ? cause : NULL, &desk);
	inbox_members(call, person, id, sanction->ends, sanction->step, cause, &inbox);
	buf_add(&desk, "", 1);
	buf_add(&inbox, "", 1);
	act_read(call, &act);
	act.further = desk.data;
	act.inbox_further = inbox.data;
	if (buf_ok(&desk) && buf_ok(&inbox))
		err = act_keep(call, keeper, circle, NULL, NULL, &act, &decided);
	if (!err)
		err = db_run(keeper_db(keeper), "UPDATE sanction SET decision = ? WHERE num = ?", "ii",
					 decided.num, sanction->num);
	buf_format(&call->result, "{\"sanction\":\"%s\",\"decision\":\"%s\"", id, decided.id);
	time_member(&call->result, ",\"until\":", sanction->ends);
	buf_text(&call->result, "}");
	buf_fini(&desk);
	buf_fini(&inbox);
	return err ? ERR_STORAGE : ERR_NONE;
}

static enum err give(struct call *call, struct keeper *keeper, const struct circle *circle,
					 const struct person *person, const struct cause *cause)
{
	int64_t minutes = json_integer_value(json_object_get(call->request.params, "minutes"));
	struct sanction sanction = {.nonce = (int64_t)id_random(),
								.circle = circle->num,
								.person = person->num,
								.ends = minutes ? keeper_now(keeper) + minutes * 60000 : 0};
	enum err err;

	snprintf(sanction.step, sizeof sanction.step, "%s", param_or_null(call, "step"));
	err = db_insert(keeper_db(keeper), &sanction.num,
					"INSERT INTO sanction (nonce, circle, person, step, begins, ends, reason, rule,"
					" cause, by_person) VALUES (?, ?, ?, ?, ?, nullif(?, 0), ?, ?, ?, ?)",
					"iiitiittti", sanction.nonce, circle->num, person->num, sanction.step,
					keeper_now(keeper), sanction.ends, param_or_null(call, "reason"),
					param_or_null(call, "rule"), param_or_null(call, "cause"), call->asker.person);
	if (!err && person->kind == PERSON_GUEST)
		err = near_note(keeper, person->num, sanction.num, sanction.nonce);
	if (!err && strcmp(sanction.step, "exclude") == 0)
		err = duty_leave(keeper, circle->num, person->num);
	return err ? ERR_STORAGE : tell_of_it(call, keeper, circle, person, &sanction, cause);
}

static struct key key_of(struct call *call, struct keeper *keeper, const char *circle)
{
	struct buf whole = {0};
	struct key key;

	buf_format(&whole, "%s %" PRId64 " ", param_or_null(call, "step"),
			   (int64_t)json_integer_value(json_object_get(call->request.params, "minutes")));
	buf_text(&whole, param_or_null(call, "reason"));
	buf_add(&whole, "", 1);
	key = key_make(call, keeper, circle, param_or_null(call, "participant"),
				   buf_ok(&whole) ? whole.data : "");
	buf_fini(&whole);
	return key;
}

enum err keep_desk_sanction(struct call *call, struct keeper *keeper)
{
	struct standing *standing, *target;
	struct circle *circle;
	struct cause cause = {0};
	struct person person;
	struct key key;
	bool answered = false;
	enum err err = enter_desk(call, keeper, &circle, &standing);

	if (!err) {
		key = key_of(call, keeper, circle->id);
		err = key_find(call, keeper, &key, &answered);
	}
	if (err || answered)
		return err;
	err = target_find(call, keeper, circle, standing->role, &target);
	if (!err)
		err = enter_rule(call, keeper, circle);
	if (!err)
		err = cause_find(call, keeper, circle, target->person.num, &cause);
	if (!err) {
		person = target->person;
		err = give(call, keeper, circle, &person, &cause);
		keeper_forget_person(keeper, person.num);
		if (!err)
			err = key_bind(call, keeper, &key);
	}
	free(cause.verdict);
	return err;
}

/* ---- its end ---- */

static enum err tell_lifted(struct call *call, struct keeper *keeper, const struct circle *circle,
							const struct sanction *sanction, const struct lifting *lifting,
							bool to_desk)
{
	/* Without a person it is the clock's, and the sentence the house's. */
	struct said said = {.reason = lifting->by_person ? lifting->reason : NULL,
						.note = lifting->note};
	bool is_said = to_desk && said.reason && !reason_is_code(said.reason);
	struct person person;
	struct buf body = {0};
	char id[ID_TEXT];
	struct draft draft = {.journal = to_desk ? journal_of(JOURNAL_DESK, circle->num)
											 : journal_of(JOURNAL_INBOX, sanction->person),
						  .kind = EVENT_LIFTED,
						  .person = to_desk ? 0 : sanction->person,
						  .circle = circle->num};
	enum err err = person_load(keeper_db(keeper), keeper_id_key(keeper), sanction->person, &person);

	if (err || (person.is_erased && !to_desk))
		return err;
	/* Of who was erased nothing is written any more. */
	if (to_desk && !person.is_erased)
		err = said_keep(keeper, person.num, &said, NULL, &body);
	id_seal(keeper_id_key(keeper), 's', sanction->num, (uint64_t)sanction->nonce, id);
	buf_format(&body, "\"sanction\":\"%s\",\"step\":\"%s\",", id, sanction->step);
	if (to_desk) {
		if (!err)
			err = by_write(keeper, lifting->by_person, &body);
		buf_format(&body, ",\"participant\":{\"id\":\"%s\"}", person.id);
	} else {
		buf_format(&body, "\"by\":\"%s\",\"circle\":\"%s\"",
				   lifting->by_person ? "moderators" : "machine", circle->id);
		text_member(&body, ",\"message\":",
					texts_get(call->house->texts, person.lang,
							  lifting->by_person ? "decision.lifted" : "sanction.ended"));
	}
	if (!is_said)
		text_member(&body, ",\"reason\":", lifting->reason);
	buf_add(&body, "", 1);
	draft.body = body.data;
	if (!err)
		err = buf_ok(&body) ? keeper_append(keeper, &draft, NULL) : ERR_STORAGE;
	buf_fini(&body);
	return err;
}

enum err sanction_lift(struct call *call, struct keeper *keeper, const struct sanction *sanction,
					   const struct lifting *lifting)
{
	struct circle *circle;
	enum err err = keeper_circle(keeper, sanction->circle, &circle);

	if (!err)
		err = db_run(keeper_db(keeper), "UPDATE sanction SET lifted = ? WHERE num = ?", "ii",
					 keeper_now(keeper), sanction->num);
	if (!err)
		err = near_forget(keeper, sanction->num, sanction->circle);
	if (!err)
		err = tell_lifted(call, keeper, circle, sanction, lifting, true);
	if (!err)
		err = tell_lifted(call, keeper, circle, sanction, lifting, false);
	keeper_forget_person(keeper, sanction->person);
	return err ? ERR_STORAGE : ERR_NONE;
}

/* By its id; or, with a circle, a person and a step, the newest such that is in force. */
static enum err lift_enter(struct call *call, struct keeper *keeper, struct sanction *sanction,
						   struct circle **circle, struct standing **standing)
{
	const char *id = param_or_null(call, "sanction");
	enum err err;

	if (!id)
		return enter_desk(call, keeper, circle, standing);
	err = sanction_find(keeper, id, sanction);
	if (!err)
		err = enter_desk_of(call, keeper, sanction->circle, circle, standing);
	/* Whoever is no moderator there does not even learn that it exists. */
	return err == ERR_FORBIDDEN ? call_refuse(call, ERR_NOT_FOUND, NULL) : err;
}

static enum err lift_find(struct call *call, struct keeper *keeper, const struct circle *circle,
						  struct sanction *out)
{
	int64_t person = 0;
	enum err err;

	if (param_or_null(call, "sanction"))
		return ERR_NONE;
	err = person_find(keeper_db(keeper), keeper_id_key(keeper), param_or_null(call, "participant"),
					  &person);
	if (err)
		return err;
	return sanction_read(db_query(keeper_db(keeper),
								  SANCTION_COLUMNS "WHERE person = ? AND circle = ? AND step = ?"
												   " AND lifted IS NULL ORDER BY num DESC LIMIT 1",
								  "iit", person, circle->num, param_or_null(call, "step")),
						 out);
}

/* Whoever may not give one may not lift it: least of all one's own. */
static enum err may_lift(struct call *call, struct keeper *keeper, struct circle *circle,
						 const struct standing *standing, const struct sanction *sanction)
{
	struct standing *target;
	enum err err;

	if (sanction->person == call->asker.person)
		return call_refuse(call, ERR_FORBIDDEN, "oneself");
	err = keeper_standing(keeper, sanction->person, circle, &target);
	if (err == ERR_UNAUTHORISED || err == ERR_NOT_FOUND) /* erased, or no member any more */
		return ERR_NONE;
	if (!err && target->role >= standing->role)
		err = call_refuse(call, ERR_FORBIDDEN, "upwards");
	return err;
}

enum err keep_desk_lift(struct call *call, struct keeper *keeper)
{
	struct lifting lifting = {.by_person = call->asker.person,
							  .reason = param_or_null(call, "reason"),
							  .note = param_or_null(call, "note")};
	const char *given = param_or_null(call, "sanction");
	struct sanction sanction = {0};
	struct standing *standing;
	struct circle *circle;
	struct key key;
	bool answered = false;
	char id[ID_TEXT];
	enum err err = lift_enter(call, keeper, &sanction, &circle, &standing);

	if (err)
		return err;
	key = key_make(call, keeper, circle->id, given ? given : param_or_null(call, "participant"),
				   given ? lifting.reason : param_or_null(call, "step"));
	err = key_find(call, keeper, &key, &answered);
	if (err || answered)
		return err;
	err = lift_find(call, keeper, circle, &sanction);
	if (!err)
		err = may_lift(call, keeper, circle, standing, &sanction);
	if (!err && sanction_is_over(keeper, &sanction))
		err = call_refuse(call, ERR_STALE, "over");
	if (!err)
		err = sanction_lift(call, keeper, &sanction, &lifting);
	if (!err) {
		id_seal(keeper_id_key(keeper), 's', sanction.num, (uint64_t)sanction.nonce, id);
		buf_format(&call->result, "{\"sanction\":\"%s\"}", id);
		err = key_bind(call, keeper, &key);
	}
	return err;
}

/* ---- the clock ---- */

enum err due_sanctions(struct call *call, struct keeper *keeper)
{
	static const struct lifting by_itself = {0};
	int64_t nums[AT_ONCE];
	size_t count = 0;
	struct cursor *cursor = db_query(
		keeper_db(keeper),
		"SELECT num FROM sanction WHERE lifted IS NULL AND ends IS NOT NULL AND ends <= ? LIMIT ?",
		"ii", keeper_now(keeper), (int64_t)AT_ONCE);
	enum err err;

	while (count < AT_ONCE && cursor_next(cursor))
		nums[count++] = cursor_int(cursor, 0);
	err = cursor_end(&cursor);
	for (size_t i = 0; i < count && !err; i++) {
		struct sanction sanction;

		err = sanction_load(keeper, nums[i], &sanction);
		if (!err)
			err = sanction_lift(call, keeper, &sanction, &by_itself);
	}
	return err ? err : near_age(keeper);
}
