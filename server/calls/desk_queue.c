/* desk_queue.c: what waits for the moderators of a circle, oldest first, with the words, what the
 * filters found, and its clock; alerts and appeals too. */
#include <string.h>

#include "base/clock.h"
#include "calls/alert.h"
#include "calls/calls.h"
#include "calls/enter.h"
#include "calls/queue.h"
#include "store/post_row.h"

enum { PAGE = 50, REPORTS_BYTES = 8000 };

enum err check_desk_queue(struct call *call)
{
	const char *after = NULL;
	enum err err = check_circle(call);

	return err ? err : param_text_optional(call, "after", ID_TEXT, &after);
}

static json_t *post_json(const struct id_key *key, const struct post *post)
{
	struct event_row event = {.journal = journal_of(JOURNAL_DESK, post->circle),
							  .kind = EVENT_HELD};
	struct buf text = {0};
	json_t *shown;

	post_render(key, &event, post, &text);
	shown = buf_ok(&text) ? json_loadb(text.data, text.bytes, 0, NULL) : NULL;
	buf_fini(&text);
	return shown;
}

static json_t *time_json(struct cursor *cursor, int column)
{
	char text[CLOCK_TEXT];

	if (cursor_is_null(cursor, column))
		return json_null();
	clock_format(cursor_int(cursor, column), text);
	return json_string(text);
}

/* The first of them, as far as their share of a page goes: nobody may fill the queue with notes. */
static enum err reports_json(struct db *db, int64_t item, json_t *out)
{
	struct cursor *cursor = db_query(
		db, "SELECT reason, note FROM report WHERE item = ? ORDER BY num", "i", item);
	size_t used = 0;

	while (used < REPORTS_BYTES && cursor_next(cursor)) {
		json_t *report = json_pack("{s:s}", "reason", cursor_text(cursor, 0));

		if (!cursor_is_null(cursor, 1))
			json_object_set_new(report, "note", json_string(cursor_text(cursor, 1)));
		used += json_dumpb(report, NULL, 0, JSON_COMPACT);
		if (used < REPORTS_BYTES || !json_array_size(out))
			json_array_append_new(out, report);
		else
			json_decref(report);
	}
	return cursor_end(&cursor);
}

/* The appeal, and the decision that it is about: what its author was told, and the words. */
static enum err appeal_json(struct call *call, struct db *db, int64_t item, json_t *out)
{
	const struct id_key *key = store_id_key(call->house->store);
	struct cursor *cursor = db_query(
		db,
		"SELECT a.num, a.nonce, d.num, d.nonce, a.text, a.until, d.statement, d.by_person,"
		" coalesce(iif(d.what = 'redacted', p.kept, d.words), p.kept, p.text)"
		" FROM appeal a JOIN decision d ON d.num = a.decision"
		" LEFT JOIN post p ON p.num = d.post WHERE a.item = ?",
		"i", item);
	char id[ID_TEXT], decision[ID_TEXT];

	if (cursor_next(cursor)) {
		id_seal(key, 'a', cursor_int(cursor, 0), (uint64_t)cursor_int(cursor, 1), id);
		id_seal(key, 'd', cursor_int(cursor, 2), (uint64_t)cursor_int(cursor, 3), decision);
		json_object_set_new(
			out, "appeal",
			json_pack("{s:s, s:s, s:s, s:o, s:o*, s:b}", "id", id, "decision", decision, "text",
					  cursor_text(cursor, 4), "until", time_json(cursor, 5), "statement",
					  json_loads(cursor_text(cursor, 6), 0, NULL), "decided_by_me",
					  (int)(!cursor_is_null(cursor, 7) &&
							cursor_int(cursor, 7) == call->asker.person)));
		if (!cursor_is_null(cursor, 8))
			json_object_set_new(out, "words", json_string(cursor_text(cursor, 8)));
	}
	return cursor_end(&cursor);
}

static enum err further_json(struct call *call, struct db *db, struct cursor *cursor, json_t *out)
{
	const struct id_key *key = store_id_key(call->house->store);
	const char *kind = cursor_text(cursor, 2);
	json_t *reports;
	enum err err;

	if (strcmp(kind, "alert") == 0) {
		json_object_set_new(out, "alert", alert_json(db, key, cursor_int(cursor, 0)));
		return ERR_NONE;
	}
	if (strcmp(kind, "appeal") == 0)
		return appeal_json(call, db, cursor_int(cursor, 0), out);
	if (strcmp(kind, "report") != 0)
		return ERR_NONE;
	reports = json_array();
	err = reports_json(db, cursor_int(cursor, 0), reports);
	json_object_set_new(out, "reports", reports);
	return err;
}

enum err queue_item_json(struct call *call, struct db *db, struct cursor *cursor, json_t **out)
{
	const struct id_key *key = store_id_key(call->house->store);
	struct post post;
	struct person by;
	json_t *verdict = json_loads(cursor_text(cursor, 8), 0, NULL);
	char id[ID_TEXT];

	id_seal(key, 'i', cursor_int(cursor, 0), (uint64_t)cursor_int(cursor, 1), id);
	*out = json_pack("{s:s, s:s, s:s, s:o, s:o, s:s}", "item", id, "kind", cursor_text(cursor, 2),
					 "cause", cursor_text(cursor, 3), "opened", time_json(cursor, 4), "until",
					 time_json(cursor, 5), "then", cursor_text(cursor, 6));
	if (!cursor_is_null(cursor, 7))
		json_object_set_new(*out, "text", json_string(cursor_text(cursor, 7)));
	json_object_set_new(*out, "verdict", verdict ? verdict : json_object());
	if (!cursor_is_null(cursor, 9) &&
		person_load(db, key, cursor_int(cursor, 9), &by) == ERR_NONE)
		json_object_set_new(*out, "claimed_by",
							json_pack("{s:s, s:s}", "id", by.id, "name", by.name));
	if (post_read(cursor, 10, key, &post))
		json_object_set_new(*out, "post", post_json(key, &post));
	return further_json(call, db, cursor, *out);
}

size_t queue_item_fit(json_t *item, size_t room)
{
	size_t bytes = json_dumpb(item, NULL, 0, JSON_COMPACT);

	if (bytes > room && (json_object_get(item, "text") || json_object_get(item, "words")))
		json_object_del(json_object_get(item, "post"), "text");
	else if (bytes > room)
		json_object_del(item, "reports");
	return bytes > room ? json_dumpb(item, NULL, 0, JSON_COMPACT) : bytes;
}

enum err read_desk_queue(struct call *call, struct db *db)
{
	const char *after = param_or_null(call, "after");
	size_t room = (size_t)call->house->config->page_bytes_most, used = 0;
	json_t *items = json_array(), *item = NULL;
	int64_t circle, after_num = 0;
	struct cursor *cursor;
	uint64_t nonce;
	bool more = false;
	enum err err = enter_desk_reading(call, db, &circle);
	enum err ended;

	if (!err && after && !id_open(store_id_key(call->house->store), 'i', after, &after_num, &nonce))
		err = ERR_NOT_FOUND;
	if (err) {
		json_decref(items);
		return err;
	}
	cursor = db_query(db,
					  QUEUE_SELECT " WHERE i.circle = ? AND i.num > ? AND i.state = 'open'"
								   " ORDER BY i.num LIMIT ?",
					  "iii", circle, after_num, (int64_t)PAGE + 1);
	while (!err && cursor_next(cursor)) {
		size_t bytes;

		err = queue_item_json(call, db, cursor, &item);
		bytes = queue_item_fit(item, room);
		if (json_array_size(items) == PAGE || (used && used + bytes > room)) {
			json_decref(item);
			more = true;
			break;
		}
		used += bytes + 1;
		json_array_append_new(items, item);
	}
	ended = cursor_end(&cursor);
	if (err || ended) {
		json_decref(items);
		return err ? err : ended;
	}
	return call_answer(call, json_pack("{s:o, s:b}", "items", items, "more", more));
}
