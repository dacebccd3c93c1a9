/* history.c: reading back: a circle's history, its search, one's inbox, the desk's journal and log. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "calls/calls.h"
#include "calls/enter.h"
#include "calls/reading.h"
#include "store/search.h"

enum err check_history_read(struct call *call)
{
	enum err err = check_circle(call);

	return err ? err : check_history(call);
}

enum err read_history_read(struct call *call, struct db *db)
{
	int64_t circle;
	enum role role;
	enum err err = enter_reading(call, db, &circle, &role);

	return err ? err : answer_history(call, db, journal_of(JOURNAL_CIRCLE, circle), circle);
}

enum err read_inbox_join(struct call *call, struct db *db)
{
	return answer_join(call, db, journal_of(JOURNAL_INBOX, call->asker.person), 0, NULL);
}

enum err read_inbox_read(struct call *call, struct db *db)
{
	return answer_history(call, db, journal_of(JOURNAL_INBOX, call->asker.person), 0);
}

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
	*out = json_pack("{s:I, s:s, s:s, s:s, s:o}", "seq", (json_int_t)cursor_int(cursor, 0), "at", at,
			 "kind", event_name((enum event_kind)cursor_int(cursor, 2)), "chain", chain,
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
		if (json_array_size(entries) == LOG_PAGE || used + 4096 > room) {
			more = true;
			break;
		}
		err = entry_json(cursor, &entry);
		if (err)
			break;
		used += json_dumpb(entry, NULL, 0, JSON_COMPACT) + 1;
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

enum err check_history_search(struct call *call)
{
	const char *query;
	int64_t number;
	enum err err = check_circle(call);

	if (!err && param_text(call, "query", 1, 200, &query))
		err = call_refuse(call, ERR_BAD_PARAMS, "query");
	if (!err)
		err = param_int_optional(call, "limit", 1, INT64_MAX, &number);
	if (!err)
		err = param_int_optional(call, "before", 0, INT64_MAX, &number);
	return err;
}

/* Each as it stands, with the time it was posted. */
static enum err found_write(struct call *call, struct db *db, int64_t journal,
			    struct search_found *found)
{
	const struct id_key *key = store_id_key(call->house->store);
	size_t room = (size_t)call->house->config->page_bytes_most;
	struct event_row event = {.journal = journal, .kind = EVENT_POSTED};
	enum err err = ERR_NONE;

	buf_text(&call->result, "{\"posts\":[");
	for (int i = 0; i < found->count && !err; i++) {
		size_t was = call->result.bytes;
		char at[CLOCK_TEXT];
		struct post post;

		err = post_load(db, key, found->posts[i], &post);
		if (err)
			break;
		if (i)
			buf_text(&call->result, ",");
		clock_format(post.at, at);
		post_render(key, &event, &post, &call->result);
		post_fini(&post);
		/* Inside its braces. */
		call->result.bytes--;
		buf_format(&call->result, ",\"at\":\"%s\"}", at);
		if (call->result.bytes > room && i) {
			call->result.bytes = was;
			found->more = true;
			break;
		}
	}
	buf_text(&call->result, found->more ? "],\"more\":true}" : "],\"more\":false}");
	return !err && !buf_ok(&call->result) ? ERR_NO_MEMORY : err;
}

enum err read_history_search(struct call *call, struct db *db)
{
	const char *query = json_string_value(json_object_get(call->request.params, "query"));
	struct search_wish wish = {.query = query,
				   .query_bytes = strlen(query),
				   .limit = 20,
				   .budget_ms = call->house->config->search_budget_ms};
	struct search_found found = {0};
	int64_t limit = 20;
	enum role role;
	enum err err = enter_reading(call, db, &wish.circle, &role);

	if (!err)
		err = param_int_optional(call, "limit", 1, INT64_MAX, &limit);
	if (!err)
		err = param_int_optional(call, "before", 0, INT64_MAX, &wish.before);
	wish.limit = limit < SEARCH_FOUND_MOST ? (int)limit : SEARCH_FOUND_MOST;
	if (!err)
		err = search_query(store_search(call->house->store), db, &wish, &found);
	return err ? err
		   : found_write(call, db, journal_of(JOURNAL_CIRCLE, wish.circle), &found);
}
