/* desk.c: the desk's journal: joined live, read back, and as a log whose chain can be checked. */
#include <stdio.h>

#include "base/clock.h"
#include "calls/calls.h"
#include "calls/enter.h"
#include "calls/reading.h"

enum err read_desk_join(struct call *call, struct db *db)
{
	int64_t circle;
	enum err err = enter_desk_reading(call, db, &circle);

	return err ? err : answer_join(call, db, journal_of(JOURNAL_DESK, circle), 0, NULL);
}

enum err read_desk_read(struct call *call, struct db *db)
{
	int64_t circle;
	enum err err = enter_desk_reading(call, db, &circle);

	return err ? err : answer_history(call, db, journal_of(JOURNAL_DESK, circle), circle);
}

enum { LOG_PAGE = 100 };

static enum err entry_json(struct cursor *cursor, json_t **out)
{
	char at[CLOCK_TEXT], chain[65] = "";
	struct buf body = {0};
	const unsigned char *bytes;
	size_t count;

	clock_format(cursor_int(cursor, 1), at);
	bytes = cursor_blob(cursor, 4, &count);
	for (size_t i = 0; bytes && i < count && i < 32; i++)
		snprintf(chain + i * 2, 3, "%02x", bytes[i]);
	buf_format(&body, "{%s}", cursor_text(cursor, 3));
	*out = json_pack("{s:I, s:s, s:s, s:s, s:o}", "seq", (json_int_t)cursor_int(cursor, 0), "at",
					 at, "kind", event_name((enum event_kind)cursor_int(cursor, 2)), "chain", chain,
					 "body", buf_ok(&body) ? json_loadb(body.data, body.bytes, 0, NULL) : NULL);
	buf_fini(&body);
	return *out ? ERR_NONE : ERR_INTERNAL;
}

/* The chained log: what each link covers, so that it can be checked by anybody who may read it. */
enum err read_desk_log(struct call *call, struct db *db)
{
	size_t room = (size_t)call->house->config->page_bytes_most, used = 0;
	json_t *entries = json_array(), *entry;
	int64_t circle, after = 0, head = 0, journal;
	struct cursor *cursor;
	bool more = false;
	enum err err = enter_desk_reading(call, db, &circle);
	enum err ended;

	if (!err)
		err = param_int_optional(call, "after", 0, INT64_MAX, &after);
	journal = err ? 0 : journal_of(JOURNAL_DESK, circle);
	if (!err)
		err = journal_head(db, journal, &head);
	if (err) {
		json_decref(entries);
		return err;
	}
	cursor = db_query(db,
					  "SELECT seq, at, kind, coalesce(body, ''), chain FROM event"
					  " WHERE journal = ? AND seq > ? ORDER BY seq LIMIT ?",
					  "iii", journal, after, (int64_t)LOG_PAGE + 1);
	while (!err && cursor_next(cursor)) {
		err = entry_json(cursor, &entry);
		if (err)
			break;
		used += json_dumpb(entry, NULL, 0, JSON_COMPACT) + 1;
		more = json_array_size(entries) && (json_array_size(entries) == LOG_PAGE || used > room);
		if (more) {
			json_decref(entry);
			break;
		}
		json_array_append_new(entries, entry);
	}
	ended = cursor_end(&cursor);
	if (err || ended) {
		json_decref(entries);
		return err ? err : ended;
	}
	return call_answer(call, json_pack("{s:o, s:I, s:b}", "entries", entries, "head",
									   (json_int_t)head, "more", more));
}
