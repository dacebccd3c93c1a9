/* desk_incidents.c: the record of each crisis: what called, what was done, how long, how it ended.
 * What was done is read from the desk's chained journal, between the crisis's first and last
 * number, so that it says nothing else than the log does. Reader threads. */
#include "base/clock.h"
#include "calls/alert.h"
#include "calls/alert_inside.h"
#include "calls/calls.h"
#include "calls/enter.h"

enum { PAGE = 20, EVIDENCE_MOST = 10, EVIDENCE_EVENTS = 60 };

static json_t *time_or_null(struct cursor *cursor, int column)
{
	char text[CLOCK_TEXT];

	if (cursor_is_null(cursor, column))
		return json_null();
	clock_format(cursor_int(cursor, column), text);
	return json_string(text);
}

/* How many events of each kind a journal holds between these numbers. */
static enum err kinds_json(struct db *db, int64_t journal, int64_t from, int64_t to, json_t **out)
{
	struct cursor *cursor = db_query(db,
									 "SELECT kind, count(*) FROM event WHERE journal = ?"
									 " AND seq BETWEEN ? AND ? GROUP BY kind ORDER BY kind",
									 "iii", journal, from, to);

	*out = json_object();
	while (cursor_next(cursor))
		json_object_set_new(*out, event_name((enum event_kind)cursor_int(cursor, 0)),
							json_integer(cursor_int(cursor, 1)));
	return cursor_end(&cursor);
}

/* The last posts that were held before it began. */
static enum err evidence_json(struct db *db, const struct id_key *key, int64_t desk, int64_t from,
							  json_t **out)
{
	struct cursor *cursor = db_query(
		db,
		"SELECT p.num, p.nonce FROM event e JOIN post p ON p.num = e.post"
		" WHERE e.journal = ? AND e.seq BETWEEN ? AND ? AND e.kind = ?"
		" ORDER BY e.seq DESC LIMIT ?",
		"iiiii", desk, from - EVIDENCE_EVENTS, from, (int64_t)EVENT_HELD, (int64_t)EVIDENCE_MOST);
	char id[ID_TEXT];

	*out = json_array();
	while (cursor_next(cursor)) {
		id_seal(key, 'p', cursor_int(cursor, 0), (uint64_t)cursor_int(cursor, 1), id);
		json_array_append_new(*out, json_string(id));
	}
	return cursor_end(&cursor);
}

static json_t *by_json(struct db *db, const struct id_key *key, struct cursor *cursor, int column)
{
	json_t *by = cursor_is_null(cursor, column) ? NULL
												: person_json(db, key, cursor_int(cursor, column));

	return by ? by : json_string("machine");
}

static enum err incident_json(struct db *db, const struct id_key *key, int64_t circle,
							  struct cursor *cursor, json_t **out)
{
	int64_t desk = journal_of(JOURNAL_DESK, circle);
	bool is_over = !cursor_is_null(cursor, 6);
	json_t *acts = NULL, *said = NULL, *evidence = NULL;
	char id[ID_TEXT];
	enum err err = kinds_json(db, desk, cursor_int(cursor, 14),
							  is_over ? cursor_int(cursor, 15) : INT64_MAX, &acts);

	if (!err)
		err = kinds_json(db, journal_of(JOURNAL_CIRCLE, circle), cursor_int(cursor, 16),
						 is_over ? cursor_int(cursor, 17) : INT64_MAX, &said);
	if (!err)
		err = evidence_json(db, key, desk, cursor_int(cursor, 14), &evidence);
	id_seal(key, 'c', cursor_int(cursor, 0), (uint64_t)cursor_int(cursor, 1), id);
	*out = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:o}", "incident", id, "preset",
					 cursor_text(cursor, 2), "last_preset", cursor_text(cursor, 3), "begun",
					 time_or_null(cursor, 4), "until", time_or_null(cursor, 5), "ended",
					 time_or_null(cursor, 6), "reason", cursor_text(cursor, 9), "begun_by",
					 by_json(db, key, cursor, 7));
	if (is_over)
		json_object_set_new(*out, "ended_by", by_json(db, key, cursor, 8));
	if (!cursor_is_null(cursor, 10))
		json_object_set_new(*out, "end_reason", json_string(cursor_text(cursor, 10)));
	json_object_set_new(
		*out, "index",
		json_pack("{s:f, s:f, s:o}", "begun", (double)cursor_int(cursor, 12) / 1000, "peak",
				  (double)cursor_int(cursor, 11) / 1000, "ended",
				  is_over ? json_real((double)cursor_int(cursor, 13) / 1000) : json_null()));
	json_object_set_new(*out, "alerts", json_loads(cursor_text(cursor, 18), 0, NULL));
	json_object_set_new(*out, "evidence", evidence ? evidence : json_array());
	json_object_set_new(*out, "acts", acts);
	json_object_set_new(*out, "said", said ? said : json_object());
	return err;
}

enum err read_desk_incidents(struct call *call, struct db *db)
{
	const struct id_key *key = store_id_key(call->house->store);
	const char *after = param_or_null(call, "after");
	json_t *all = json_array(), *one;
	int64_t circle, num = 0;
	uint64_t nonce;
	struct cursor *cursor;
	bool more = false;
	enum err err = enter_desk_reading(call, db, &circle), ended;

	if (!err && after && !id_open(key, 'c', after, &num, &nonce))
		err = ERR_NOT_FOUND;
	if (err) {
		json_decref(all);
		return err;
	}
	cursor = db_query(db,
					  "SELECT num, nonce, first_preset, preset, begun, until, ended, begun_by,"
					  " ended_by, reason, end_reason, peak, index_begun, index_ended, desk_from,"
					  " desk_to, circle_from, circle_to, alerts FROM incident"
					  " WHERE circle = ? AND num > ? ORDER BY num LIMIT ?",
					  "iii", circle, num, (int64_t)PAGE + 1);
	while (!err && !more && cursor_next(cursor)) {
		more = json_array_size(all) == PAGE;
		if (more)
			break;
		err = incident_json(db, key, circle, cursor, &one);
		json_array_append_new(all, one);
	}
	ended = cursor_end(&cursor);
	if (err || ended) {
		json_decref(all);
		return err ? err : ended;
	}
	return call_answer(call, json_pack("{s:o, s:b}", "incidents", all, "more", (int)more));
}
