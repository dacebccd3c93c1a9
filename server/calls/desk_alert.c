/* desk_alert.c: alerts raised by what was just kept, and acknowledged by a moderator; see alert.h.
 * What time does to them stands in alert_due.c. The store's thread; alert_json() a reader's. */
#include "calls/alert_inside.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "calls/calls.h"
#include "calls/enter.h"
#include "calls/item.h"
#include "calls/key.h"
#include "calls/pulse.h"

enum {
	OPEN_MOST = 50,   /* beyond, a circle's own alert says enough */
	TOUCH_MS = 60000, /* how exactly it is known when a cause was last seen */
	PILE_MS = 10 * 60000,
	ARRIVAL_MS = 10 * 60000,
};

const char *alert_level_name(int64_t level)
{
	return level >= ALERT_LEVEL_ALERT ? "alert" : "watch";
}

/* ---- raising ---- */

/* Who is no moderator any more is called no more. */
static enum err first_on_watch(struct keeper *keeper, int64_t circle, int64_t *person)
{
	return db_number(keeper_db(keeper), 0, person,
					 "SELECT w.person FROM watch w JOIN member m ON m.circle = w.circle"
					 " AND m.person = w.person AND m.role >= ? WHERE w.circle = ?"
					 " ORDER BY w.since, w.person LIMIT 1",
					 "ii", (int64_t)ROLE_MODERATOR, circle);
}

static void post_member(struct keeper *keeper, struct buf *body, const char *name, int64_t post)
{
	int64_t nonce = 0;
	char id[ID_TEXT];

	if (db_number(keeper_db(keeper), 0, &nonce, "SELECT nonce FROM post WHERE num = ?", "i", post))
		return;
	id_seal(keeper_id_key(keeper), 'p', post, (uint64_t)nonce, id);
	buf_format(body, ",\"%s\":\"%s\"", name, id);
}

void person_member(struct db *db, const struct id_key *key, struct buf *body, const char *name,
				   int64_t num)
{
	struct person person;

	if (!num || person_load(db, key, num, &person) != ERR_NONE || person.is_erased)
		return;
	/* The name is put in whenever it is shown: see people_name(). */
	buf_format(body, "%s\"%s\":{\"id\":\"%s\"}", body->bytes ? "," : "", name, person.id);
}

enum err alert_tell(struct keeper *keeper, int64_t circle, int64_t item, enum event_kind kind,
					const struct buf *further)
{
	int64_t nonce = 0;
	struct buf body = {0};
	char id[ID_TEXT];
	struct draft draft = {.journal = journal_of(JOURNAL_DESK, circle), .kind = kind};
	enum err err = db_number(keeper_db(keeper), 0, &nonce, "SELECT nonce FROM item WHERE num = ?",
							 "i", item);

	if (err)
		return err;
	id_seal(keeper_id_key(keeper), 'i', item, (uint64_t)nonce, id);
	buf_format(&body, "\"item\":\"%s\"", id);
	if (further && further->bytes) {
		buf_text(&body, ",");
		buf_add(&body, further->data, further->bytes);
	}
	buf_add(&body, "", 1);
	draft.body = body.data;
	err = buf_ok(&body) ? keeper_append(keeper, &draft, NULL) : ERR_STORAGE;
	buf_fini(&body);
	return err;
}

static enum err tell_raised(struct keeper *keeper, int64_t circle, int64_t item,
							const struct sign *sign, int64_t until, int64_t called)
{
	struct buf body = {0};
	char at[CLOCK_TEXT];
	enum err err;

	buf_format(&body, "\"about\":\"%s\"", sign->about);
	if (sign->thread)
		post_member(keeper, &body, "thread", sign->thread);
	person_member(keeper_db(keeper), keeper_id_key(keeper), &body, "participant", sign->person);
	clock_format(until, at);
	buf_format(&body, ",\"level\":\"%s\",\"score\":%d.%03d,\"causes\":%s,\"until\":\"%s\"",
			   alert_level_name(sign->level), (int)sign->score / 1000, (int)sign->score % 1000,
			   sign->causes, at);
	person_member(keeper_db(keeper), keeper_id_key(keeper), &body, "for", called);
	err = alert_tell(keeper, circle, item, EVENT_ALERT_RAISED, &body);
	buf_fini(&body);
	return err;
}

static enum err raise_anew(struct call *call, struct keeper *keeper, int64_t circle,
						   const struct sign *sign)
{
	int64_t now = keeper_now(keeper), until = now + alert_wait_ms(call), called = 0, item = 0;
	int64_t open = 0;
	enum err err = db_number(keeper_db(keeper), 0, &open,
							 "SELECT count(*) FROM alert WHERE circle = ? AND over IS NULL", "i",
							 circle);

	/* What the circle itself has to say is always said. */
	if (err || (sign->subject && open >= OPEN_MOST))
		return err;
	err = first_on_watch(keeper, circle, &called);
	if (!err)
		err = db_insert(keeper_db(keeper), &item,
						"INSERT INTO item (nonce, circle, kind, state, opened, until, cause)"
						" VALUES (?, ?, 'alert', 'open', ?, ?, ?)",
						"iiiit", (int64_t)id_random(), circle, now, until, sign->about);
	if (!err)
		err = db_run(
			keeper_db(keeper),
			"INSERT INTO alert (item, circle, about, subject, level, score, causes, raised,"
			" touched, called, stage) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8,"
			" nullif(?9, 0), CASE WHEN ?9 THEN 0 ELSE 1 END)",
			"iitiiitii", item, circle, sign->about, sign->subject, sign->level, sign->score,
			sign->causes, now, called);
	return err ? err : tell_raised(keeper, circle, item, sign, until, called);
}

/* Worse than when it was raised, or acknowledged: it calls again. */
static enum err raise_higher(struct call *call, struct keeper *keeper, int64_t circle,
							 const struct sign *sign, int64_t item)
{
	int64_t now = keeper_now(keeper), until = now + alert_wait_ms(call), called = 0;
	enum err err = first_on_watch(keeper, circle, &called);

	if (!err)
		err = db_run(keeper_db(keeper),
					 "UPDATE alert SET level = ?2, score = ?3, causes = ?4, touched = ?5,"
					 " called = nullif(?6, 0), stage = CASE WHEN ?6 THEN 0 ELSE 1 END,"
					 " acknowledged = NULL WHERE item = ?1",
					 "iiitii", item, sign->level, sign->score, sign->causes, now, called);
	if (!err)
		err = db_run(keeper_db(keeper),
					 "UPDATE item SET until = ?2, claimed_by = NULL WHERE num = ?1", "ii", item,
					 until);
	return err ? err : tell_raised(keeper, circle, item, sign, until, called);
}

enum err alert_end(struct keeper *keeper, int64_t circle, int64_t item)
{
	enum err err = db_run(keeper_db(keeper), "UPDATE alert SET over = ? WHERE item = ?", "ii",
						  keeper_now(keeper), item);

	if (!err)
		err = db_run(keeper_db(keeper),
					 "UPDATE item SET state = CASE WHEN claimed_by IS NULL THEN 'withdrawn'"
					 " ELSE 'decided' END, decided = ?, until = NULL WHERE num = ?",
					 "ii", keeper_now(keeper), item);
	return err ? err : alert_tell(keeper, circle, item, EVENT_ALERT_OVER, NULL);
}

enum err alert_settle(struct call *call, struct keeper *keeper, int64_t circle,
					  const struct sign *sign, const struct open_alert *open)
{
	if (sign->level > 0 && !open->item)
		return raise_anew(call, keeper, circle, sign);
	if (sign->level > open->level)
		return raise_higher(call, keeper, circle, sign, open->item);
	if (open->item && sign->level == 0)
		return alert_end(keeper, circle, open->item);
	if (open->item && sign->level > 0 && keeper_now(keeper) - open->touched >= TOUCH_MS)
		return db_run(keeper_db(keeper), "UPDATE alert SET touched = ?, score = ? WHERE item = ?",
					  "iii", keeper_now(keeper), sign->score, open->item);
	return ERR_NONE;
}

enum err alert_find(struct keeper *keeper, int64_t circle, const char *about, int64_t subject,
					struct open_alert *out)
{
	struct cursor *cursor = db_query(keeper_db(keeper),
									 "SELECT item, level, touched FROM alert WHERE circle = ?"
									 " AND subject = ? AND about = ? AND over IS NULL",
									 "iit", circle, subject, about);

	*out = (struct open_alert){0};
	if (cursor_next(cursor)) {
		out->item = cursor_int(cursor, 0);
		out->level = cursor_int(cursor, 1);
		out->touched = cursor_int(cursor, 2);
	}
	return cursor_end(&cursor);
}

static enum err look_at(struct call *call, struct keeper *keeper, int64_t circle,
						const struct sign *sign)
{
	struct open_alert open;
	enum err err = alert_find(keeper, circle, sign->about, sign->subject, &open);

	return err ? err : alert_settle(call, keeper, circle, sign, &open);
}

/* ---- what a message may give cause for ---- */

static enum err look_at_thread(struct call *call, struct keeper *keeper,
							   const struct circle *circle, const struct thread *thread)
{
	struct sign sign = {.about = "thread",
						.subject = thread->num,
						.thread = thread->num,
						.level = thread->state.level,
						.score = thread->state.escalation};

	pulse_thread_causes(&thread->state, sign.causes, sizeof sign.causes);
	return look_at(call, keeper, circle->num, &sign);
}

/* With every message, and nearly always there is nothing to be said: that is remembered. */
static enum err look_at_circle(struct call *call, struct keeper *keeper, struct circle *circle)
{
	struct sign sign = {
		.about = "circle", .level = circle->crisis.level, .score = circle->crisis.index};
	struct open_alert open;
	enum err err;

	if (circle->is_quiet && !sign.level)
		return ERR_NONE;
	err = alert_find(keeper, circle->num, sign.about, sign.subject, &open);
	if (err)
		return err;
	circle->is_quiet = !open.item && !sign.level;
	pulse_circle_causes(&circle->crisis, sign.causes, sizeof sign.causes);
	return alert_settle(call, keeper, circle->num, &sign, &open);
}

/* How many people have answered this one in the thread of late. */
static enum err people_on(struct keeper *keeper, const struct thread *thread, int64_t target,
						  int64_t *people)
{
	return db_number(
		keeper_db(keeper), 0, people,
		"SELECT count(DISTINCT p.author) FROM (SELECT post FROM event WHERE thread = ?1"
		" ORDER BY seq DESC LIMIT 60) e JOIN post p ON p.num = e.post"
		" JOIN post r ON r.num = p.reply_to"
		" WHERE r.author = ?2 AND p.author != ?2 AND p.at > ?3",
		"iii", thread->num, target, keeper_now(keeper) - PILE_MS);
}

/* Several at one are no pile-on yet: many answer a good question. It takes a heated thread, too. */
static enum err look_at_pile(struct call *call, struct keeper *keeper, const struct circle *circle,
							 const struct thread *thread)
{
	const struct thread_state *state = &thread->state;
	int64_t target = (int64_t)thread_target(state), people = 0;
	int64_t least = call->house->config->pile_on_people;
	struct sign sign = {.about = "pile_on",
						.subject = target ? target : (int64_t)state->target,
						.thread = thread->num,
						.causes = "[\"pile_on\"]"};
	struct open_alert open = {0};
	enum err err = sign.subject ? alert_find(keeper, circle->num, "pile_on", sign.subject, &open)
								: ERR_NONE;

	if (err || (!open.item && (!target || !least || state->level == THREAD_CALM)))
		return err;
	sign.person = sign.subject;
	sign.score = state->pile / 1000;
	if (target && least)
		err = people_on(keeper, thread, target, &people);
	if (people >= least && least)
		sign.level = state->level == THREAD_ALERT || people >= 2 * least ? ALERT_LEVEL_ALERT
																		 : ALERT_LEVEL_WATCH;
	/* It is over when they have turned elsewhere, not when one of them takes a breath. */
	if (err || (!sign.level && target))
		return err;
	return alert_settle(call, keeper, circle->num, &sign, &open);
}

enum err alert_look_at_newcomers(struct call *call, struct keeper *keeper, int64_t circle)
{
	int64_t most = call->house->config->newcomer_surge, count = 0, before = 0;
	int64_t now = keeper_now(keeper);
	struct sign sign = {.about = "newcomers", .causes = "[\"newcomers\"]"};
	struct open_alert open;
	enum err err = alert_find(keeper, circle, "newcomers", 0, &open);

	if (!err && most)
		err = db_number(keeper_db(keeper), 0, &count,
						"SELECT count(*) FROM arrival WHERE circle = ? AND at > ?", "ii", circle,
						now - ARRIVAL_MS);
	/* Ten minutes' share of the hour before: where many always come, that is no surge. */
	if (!err && most && count >= most)
		err = db_number(keeper_db(keeper), 0, &before,
						"SELECT count(*) / 6 FROM arrival WHERE circle = ? AND at > ? AND at <= ?",
						"iii", circle, now - 7 * ARRIVAL_MS, now - ARRIVAL_MS);
	if (err)
		return err;
	if (most && count >= most && count >= 3 * before)
		sign.level = count >= 3 * most ? ALERT_LEVEL_ALERT : ALERT_LEVEL_WATCH;
	else if (open.item && most && count * 2 >= most)
		return ERR_NONE;
	sign.score = !most ? 0 : count >= 3 * most ? 1000 : count * 1000 / (3 * most);
	return alert_settle(call, keeper, circle, &sign, &open);
}

static enum err arrive(struct call *call, struct keeper *keeper, const struct circle *circle,
					   int64_t person)
{
	enum err err = db_run(keeper_db(keeper),
						  "INSERT OR IGNORE INTO arrival (circle, person, at) VALUES (?, ?, ?)",
						  "iii", circle->num, person, keeper_now(keeper));

	return err ? err : alert_look_at_newcomers(call, keeper, circle->num);
}

enum err alert_look(struct call *call, struct keeper *keeper, struct circle *circle,
					const struct post *post, bool is_arrival)
{
	struct thread *thread = NULL;
	/* An opener is read by itself; it takes an answer to make a quarrel. */
	enum err err = post->thread == post->num ? ERR_NONE
											 : keeper_thread(keeper, post->thread, &thread);

	if (!err)
		err = pulse_note(keeper, circle, thread, post);
	if (!err && thread)
		err = look_at_thread(call, keeper, circle, thread);
	if (!err && thread)
		err = look_at_pile(call, keeper, circle, thread);
	if (!err)
		err = look_at_circle(call, keeper, circle);
	if (!err && is_arrival)
		err = arrive(call, keeper, circle, post->author);
	return err;
}

/* ---- acknowledging ---- */

static enum err acknowledge(struct call *call, struct keeper *keeper, const struct item *item)
{
	struct buf body = {0};
	enum err err = db_run(keeper_db(keeper),
						  "UPDATE item SET claimed_by = ?, until = NULL WHERE num = ?", "ii",
						  call->asker.person, item->num);

	if (!err)
		err = db_run(keeper_db(keeper), "UPDATE alert SET acknowledged = ? WHERE item = ?", "ii",
					 keeper_now(keeper), item->num);
	person_member(keeper_db(keeper), keeper_id_key(keeper), &body, "by", call->asker.person);
	if (!err)
		err = alert_tell(keeper, item->circle, item->num, EVENT_ALERT_ACKNOWLEDGED, &body);
	buf_fini(&body);
	return err;
}

enum err check_desk_acknowledge(struct call *call)
{
	const char *item;
	enum err err = param_text(call, "item", ID_TEXT, &item);

	return err ? err : check_key(call);
}

enum err keep_desk_acknowledge(struct call *call, struct keeper *keeper)
{
	const char *id = json_string_value(json_object_get(call->request.params, "item"));
	struct item item = {0};
	struct circle *circle;
	struct standing *standing;
	struct key key;
	bool answered = false;
	enum err err = item_enter(call, keeper, &item, &circle, &standing);

	if (!err) {
		key = key_make(call, keeper, circle->id, id, NULL);
		err = key_find(call, keeper, &key, &answered);
	}
	if (!err && !answered) {
		if (strcmp(item.kind, "alert") != 0)
			err = call_refuse(call, ERR_BAD_PARAMS, "no_alert");
		else if (strcmp(item.state, "open") != 0)
			err = call_refuse(call, ERR_STALE, "alert_over");
		else if (item.claimed_by && item.claimed_by != call->asker.person)
			err = call_refuse(call, ERR_STALE, "acknowledged");
		else if (!item.claimed_by)
			err = acknowledge(call, keeper, &item);
		if (!err)
			err = key_bind(call, keeper, &key);
	}
	item_fini(&item);
	return err;
}

/* ---- reading ---- */

static void add_post(struct db *db, const struct id_key *key, json_t *out, int64_t post)
{
	int64_t nonce = 0;
	char id[ID_TEXT];

	if (db_number(db, 0, &nonce, "SELECT nonce FROM post WHERE num = ?", "i", post) || !nonce)
		return;
	id_seal(key, 'p', post, (uint64_t)nonce, id);
	json_object_set_new(out, "thread", json_string(id));
}

json_t *person_json(struct db *db, const struct id_key *key, int64_t num)
{
	struct person person;
	json_t *out;

	if (person_load(db, key, num, &person) != ERR_NONE || person.is_erased)
		return NULL;
	out = json_pack("{s:s, s:s}", "id", person.id, "name", person.name);
	if (person.tag[0])
		json_object_set_new(out, "tag", json_string(person.tag));
	return out;
}

static void add_person(struct db *db, const struct id_key *key, json_t *out, const char *name,
					   int64_t num)
{
	json_t *person = num ? person_json(db, key, num) : NULL;

	if (person)
		json_object_set_new(out, name, person);
}

json_t *alert_json(struct db *db, const struct id_key *key, int64_t item)
{
	struct cursor *cursor = db_query(
		db,
		"SELECT a.about, a.subject, a.level, a.score, a.causes, i.until, coalesce(a.called, 0),"
		" a.acknowledged, coalesce(i.claimed_by, 0) FROM alert a JOIN item i ON i.num = a.item"
		" WHERE a.item = ?",
		"i", item);
	json_t *out = NULL;
	char at[CLOCK_TEXT];

	if (cursor_next(cursor)) {
		const char *about = cursor_text(cursor, 0);
		bool is_thread = strcmp(about, "thread") == 0;
		bool is_answered = !cursor_is_null(cursor, 7);

		out = json_pack("{s:s, s:s, s:f, s:o}", "about", about, "level",
						alert_level_name(cursor_int(cursor, 2)), "score",
						(double)cursor_int(cursor, 3) / 1000, "causes",
						json_loads(cursor_text(cursor, 4), 0, NULL));
		if (!cursor_is_null(cursor, 5))
			clock_format(cursor_int(cursor, 5), at);
		json_object_set_new(out, "until",
							cursor_is_null(cursor, 5) ? json_null() : json_string(at));
		if (is_thread)
			add_post(db, key, out, cursor_int(cursor, 1));
		else
			add_person(db, key, out, "participant", cursor_int(cursor, 1));
		add_person(db, key, out, is_answered ? "acknowledged_by" : "for",
				   cursor_int(cursor, is_answered ? 8 : 6));
	}
	if (cursor_end(&cursor) != ERR_NONE) {
		json_decref(out);
		out = NULL;
	}
	return out;
}
