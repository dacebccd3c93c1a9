/* desk_person.c: what a moderator should know before deciding: the author's history here, the
 * thread around the words, what else waits that is like it. */
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "calls/alert_inside.h"
#include "calls/calls.h"
#include "calls/duty.h"
#include "calls/enter.h"
#include "calls/item.h"
#include "calls/notes.h"
#include "calls/queue.h"

enum {
	LIST_MOST = 10,
	SANCTIONS_MOST = 20,
	BEFORE = 12, /* events of the thread up to the post … */
	AFTER = 8,   /* … and following it */
	AROUND_BYTES = 24000,
	SIMILAR_MOST = 20,
	EXCERPT_POINTS = 200,
};

static json_t *time_or_null(struct cursor *cursor, int column)
{
	char text[CLOCK_TEXT];

	if (cursor_is_null(cursor, column))
		return json_null();
	clock_format(cursor_int(cursor, column), text);
	return json_string(text);
}

static json_t *excerpt(struct cursor *cursor, int column)
{
	const char *text = cursor_text(cursor, column);
	size_t bytes = cursor_bytes(cursor, column), end = 0;

	for (int i = 0; i < EXCERPT_POINTS && end < bytes; i++)
		(void)utf8_next(text, bytes, &end);
	return json_stringn(text, end);
}

/* ---- the author ---- */

static enum err add_counts(struct db *db, int64_t circle, int64_t person, json_t *out)
{
	struct cursor *cursor = db_query(
		db,
		"SELECT min(at), count(seq), sum(answer), sum(state = 6), sum(state = 2) FROM post"
		" WHERE author = ? AND circle = ?",
		"ii", person, circle);
	int64_t reports = 0;
	enum err err;

	_Static_assert(POST_REJECTED == 6 && POST_REMOVED == 2, "counted by number");
	if (cursor_next(cursor)) {
		json_object_set_new(out, "since", time_or_null(cursor, 0));
		json_object_set_new(out, "posts", json_integer(cursor_int(cursor, 1)));
		json_object_set_new(out, "held", json_integer(cursor_int(cursor, 2)));
		json_object_set_new(out, "rejected", json_integer(cursor_int(cursor, 3)));
		json_object_set_new(out, "removed", json_integer(cursor_int(cursor, 4)));
	}
	err = cursor_end(&cursor);
	if (!err)
		err = db_number(db, 0, &reports,
						"SELECT count(*) FROM post p JOIN report r ON r.post = p.num"
						" WHERE p.author = ? AND p.circle = ?",
						"ii", person, circle);
	json_object_set_new(out, "reports", json_integer(reports));
	return err;
}

static enum err add_sanctions(struct db *db, const struct id_key *key, int64_t circle,
							  int64_t person, json_t *out)
{
	json_t *all = json_array(), *one;
	int64_t now = clock_wall_ms();
	struct cursor *cursor = db_query(
		db,
		"SELECT num, nonce, step, begins, ends, reason, rule, acknowledged, lifted,"
		" EXISTS (SELECT 1 FROM decision d WHERE d.num = sanction.decision"
		" AND d.reversed_by IS NOT NULL) FROM sanction"
		" WHERE person = ? AND circle = ? ORDER BY num DESC LIMIT ?",
		"iii", person, circle, (int64_t)SANCTIONS_MOST);
	char id[ID_TEXT];

	while (cursor_next(cursor)) {
		bool is_over = !cursor_is_null(cursor, 8) ||
					   (!cursor_is_null(cursor, 4) && cursor_int(cursor, 4) <= now) ||
					   (strcmp(cursor_text(cursor, 2), "warn") == 0 && !cursor_is_null(cursor, 7));

		id_seal(key, 's', cursor_int(cursor, 0), (uint64_t)cursor_int(cursor, 1), id);
		one = json_pack("{s:s, s:s, s:o, s:o, s:s, s:b}", "sanction", id, "step",
						cursor_text(cursor, 2), "since", time_or_null(cursor, 3), "until",
						time_or_null(cursor, 4), "reason", cursor_text(cursor, 5), "open",
						(int)!is_over);
		if (!cursor_is_null(cursor, 6))
			json_object_set_new(one, "rule", json_string(cursor_text(cursor, 6)));
		if (!cursor_is_null(cursor, 8))
			json_object_set_new(one, "lifted", time_or_null(cursor, 8));
		if (cursor_int(cursor, 9))
			json_object_set_new(one, "reversed", json_true());
		json_array_append_new(all, one);
	}
	json_object_set_new(out, "sanctions", all);
	return cursor_end(&cursor);
}

static enum err add_decisions(struct db *db, const struct id_key *key, int64_t circle,
							  int64_t person, json_t *out)
{
	json_t *all = json_array(), *one;
	struct cursor *cursor = db_query(
		db,
		"SELECT num, nonce, what, at, reason, rule, coalesce(by_person, 0),"
		" reversed_by IS NOT NULL FROM decision"
		" WHERE person = ? AND circle = ? ORDER BY num DESC LIMIT ?",
		"iii", person, circle, (int64_t)LIST_MOST);
	char id[ID_TEXT];

	while (cursor_next(cursor)) {
		json_t *by = cursor_int(cursor, 6) ? person_json(db, key, cursor_int(cursor, 6)) : NULL;

		id_seal(key, 'd', cursor_int(cursor, 0), (uint64_t)cursor_int(cursor, 1), id);
		one = json_pack("{s:s, s:s, s:o, s:o}", "decision", id, "what", cursor_text(cursor, 2),
						"at", time_or_null(cursor, 3), "by", by ? by : json_string("machine"));
		if (!cursor_is_null(cursor, 4))
			json_object_set_new(one, "reason", json_string(cursor_text(cursor, 4)));
		if (!cursor_is_null(cursor, 5))
			json_object_set_new(one, "rule", json_string(cursor_text(cursor, 5)));
		/* On appeal: it counts against nobody. */
		if (cursor_int(cursor, 7))
			json_object_set_new(one, "reversed", json_true());
		json_array_append_new(all, one);
	}
	json_object_set_new(out, "decisions", all);
	return cursor_end(&cursor);
}

static enum err author_json(struct db *db, const struct id_key *key, int64_t circle, int64_t person,
							json_t **out)
{
	json_t *who = person_json(db, key, person), *notes = json_array();
	enum err err;

	*out = json_object();
	json_object_set_new(*out, "participant", who ? who : json_null());
	json_object_set_new(*out, "notes", notes);
	err = add_counts(db, circle, person, *out);
	if (!err)
		err = add_sanctions(db, key, circle, person, *out);
	if (!err)
		err = add_decisions(db, key, circle, person, *out);
	return err ? err : notes_add(db, key, circle, "participant", person, LIST_MOST, notes);
}

/* ---- the thread around it ---- */

static enum err add_page(struct db *db, const struct id_key *key, const struct page_wish *wish,
						 json_t *out)
{
	struct page page = {0};
	json_t *events = NULL;
	enum err err = history_page(db, key, wish, &page);

	if (!err) {
		events = json_loadb(page.events.data, page.events.bytes, 0, NULL);
		json_array_extend(out, events);
		json_decref(events);
	}
	buf_fini(&page.events);
	return err;
}

/* Around the post; `newest`: how it is now, instead. */
static enum err thread_json(struct db *db, const struct id_key *key, int64_t post, bool newest,
							json_t *out)
{
	int64_t thread = 0, seq = 0, circle = 0;
	struct cursor *cursor = db_query(
		db, "SELECT thread, coalesce(seq, 0), circle FROM post WHERE num = ?", "i", post);
	struct page_wish wish = {.limit = BEFORE, .bytes_most = AROUND_BYTES / 2, .newest = true};
	enum err err;

	if (cursor_next(cursor)) {
		thread = cursor_int(cursor, 0);
		seq = cursor_int(cursor, 1);
		circle = cursor_int(cursor, 2);
	}
	err = cursor_end(&cursor);
	if (err || !thread)
		return err;
	wish.journal = journal_of(JOURNAL_CIRCLE, circle);
	wish.thread = thread;
	wish.before = seq && !newest ? seq + 1 : 0;
	wish.limit = newest ? BEFORE + AFTER : BEFORE;
	err = add_page(db, key, &wish, out);
	if (err || !seq || newest)
		return err;
	wish.before = 0;
	wish.after = seq;
	wish.newest = false;
	wish.limit = AFTER;
	return add_page(db, key, &wish, out);
}

/* ---- what is like it ---- */

static enum err similar_json(struct db *db, const struct id_key *key, int64_t item, json_t *out)
{
	struct cursor *cursor = db_query(
		db,
		"SELECT i.num, i.nonce, i.kind, i.opened, coalesce(i.text, p.text), p.author = q.author"
		" FROM item m JOIN post q ON q.num = m.post JOIN item i ON i.circle = m.circle"
		" AND i.state = 'open' AND i.num != m.num JOIN post p ON p.num = i.post"
		" WHERE m.num = ? AND (p.author = q.author OR p.text_hash = q.text_hash)"
		" ORDER BY i.num LIMIT ?",
		"ii", item, (int64_t)SIMILAR_MOST);
	char id[ID_TEXT];

	while (cursor_next(cursor)) {
		id_seal(key, 'i', cursor_int(cursor, 0), (uint64_t)cursor_int(cursor, 1), id);
		json_array_append_new(out, json_pack("{s:s, s:s, s:o, s:o, s:s}", "item", id, "kind",
											 cursor_text(cursor, 2), "opened",
											 time_or_null(cursor, 3), "text", excerpt(cursor, 4),
											 "by", cursor_int(cursor, 5) ? "author" : "words"));
	}
	return cursor_end(&cursor);
}

/* ---- the calls ---- */

enum err check_desk_item_read(struct call *call)
{
	const char *item;

	return param_text(call, "item", ID_TEXT, &item);
}

/* Reading hard words counts: that is why this call is kept before it is read. */
enum err keep_desk_item(struct call *call, struct keeper *keeper)
{
	struct item item = {0};
	struct circle *circle;
	struct standing *standing;
	enum err err = item_enter(call, keeper, &item, &circle, &standing);

	if (!err && strcmp(item.kind, "alert") != 0)
		err = duty_note_read(keeper, circle->num, call->asker.person, item.num);
	item_fini(&item);
	return err;
}

/* The words themselves go first; of what bears on them as much as fits, the nearest first. */
static void fit(json_t *answer, size_t room)
{
	static const char *const givers[] = {"thread", "similar", "notes"};
	json_t *item = json_object_get(answer, "item"), *author = json_object_get(answer, "author");
	size_t bytes = json_dumpb(answer, NULL, 0, JSON_COMPACT);

	for (size_t i = 0; i < sizeof givers / sizeof *givers; i++) {
		json_t *giver = json_object_get(answer, givers[i]);

		while (bytes > room && json_array_size(giver)) {
			json_array_remove(giver, 0);
			bytes = json_dumpb(answer, NULL, 0, JSON_COMPACT);
		}
	}
	if (bytes > room)
		json_array_clear(json_object_get(author, "notes"));
	if (bytes > room)
		json_array_clear(json_object_get(author, "decisions"));
	if (bytes > room)
		(void)queue_item_fit(item, room / 2);
}

static enum err item_answer(struct call *call, struct db *db, int64_t item, int64_t post,
							json_t *shown)
{
	const struct id_key *key = store_id_key(call->house->store);
	json_t *thread = json_array(), *similar = json_array(), *author = NULL, *notes = json_array();
	int64_t circle = 0, person = 0, alerted = 0;
	enum err err = db_number(db, 0, &circle, "SELECT circle FROM item WHERE num = ?", "i", item);

	if (!err && post)
		err = db_number(db, 0, &person, "SELECT author FROM post WHERE num = ?", "i", post);
	if (!err && post)
		err = thread_json(db, key, post, false, thread);
	/* An alert shows what it is about. */
	if (!err)
		err = db_number(db, 0, &alerted,
						"SELECT subject FROM alert WHERE item = ? AND about = 'thread'", "i", item);
	if (!err && alerted)
		err = thread_json(db, key, alerted, true, thread);
	if (!err && !person)
		err = db_number(db, 0, &person,
						"SELECT subject FROM alert WHERE item = ? AND about = 'pile_on'", "i",
						item);
	if (!err && post)
		err = similar_json(db, key, item, similar);
	if (!err && !person)
		err = db_number(db, 0, &person, "SELECT person FROM appeal WHERE item = ?", "i", item);
	if (!err && person)
		err = author_json(db, key, circle, person, &author);
	if (!err)
		err = notes_add(db, key, circle, "item", item, LIST_MOST, notes);
	if (!err) {
		json_t *answer =
			json_pack("{s:o, s:o, s:o, s:o, s:o}", "item", shown, "thread", thread, "author",
					  author ? author : json_null(), "similar", similar, "notes", notes);

		fit(answer, (size_t)call->house->config->page_bytes_most);
		return call_answer(call, answer);
	}
	json_decref(shown);
	json_decref(thread);
	json_decref(similar);
	json_decref(author);
	json_decref(notes);
	return err;
}

enum err read_desk_item(struct call *call, struct db *db)
{
	const char *id = json_string_value(json_object_get(call->request.params, "item"));
	int64_t num, post = 0;
	uint64_t nonce;
	json_t *shown = NULL;
	struct cursor *cursor;
	enum err err = ERR_NOT_FOUND, ended;

	if (!id_open(store_id_key(call->house->store), 'i', id, &num, &nonce))
		return ERR_NOT_FOUND;
	cursor = db_query(db, QUEUE_SELECT " WHERE i.num = ?", "i", num);
	if (cursor_next(cursor)) {
		err = queue_item_json(call, db, cursor, &shown);
		post = cursor_is_null(cursor, 10) ? 0 : cursor_int(cursor, 10);
	}
	ended = cursor_end(&cursor);
	if (err || ended) {
		json_decref(shown);
		return err ? err : ended;
	}
	return item_answer(call, db, num, post, shown);
}

enum err check_desk_person(struct call *call)
{
	const char *person;
	enum err err = check_circle(call);

	return err ? err : param_text(call, "participant", ID_TEXT, &person);
}

enum err read_desk_person(struct call *call, struct db *db)
{
	const char *id = json_string_value(json_object_get(call->request.params, "participant"));
	int64_t circle, person = 0, is_here = 0;
	json_t *author = NULL;
	enum err err = enter_desk_reading(call, db, &circle);

	if (!err)
		err = person_find(db, store_id_key(call->house->store), id, &person);
	if (!err)
		err = db_number(db, 0, &is_here,
						"SELECT EXISTS (SELECT 1 FROM member WHERE person = ?1 AND circle = ?2)"
						" OR EXISTS (SELECT 1 FROM post WHERE author = ?1 AND circle = ?2)",
						"ii", person, circle);
	if (!err && !is_here)
		err = ERR_NOT_FOUND;
	if (!err)
		err = author_json(db, store_id_key(call->house->store), circle, person, &author);
	if (err) {
		json_decref(author);
		return err;
	}
	return call_answer(call, author);
}
