/* history.c: reading back: a circle's history, and finding words in it. */
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

enum err check_history_search(struct call *call)
{
	const char *query;
	int64_t number;
	enum err err = check_circle(call);

	if (!err && param_string(call, "query", 1, 200, &query))
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
