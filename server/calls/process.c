/* process.c: what a process is, and which of its circles one may enter, page by page. */
#include "calls/calls.h"
#include "calls/enter.h"

enum { CIRCLES_PAGE = 50 };

static enum err circles_page(struct call *call, struct db *db, int64_t process, int64_t after)
{
	struct buf *out = &call->result;
	struct cursor *cursor = db_query(
		db,
		"SELECT c.num FROM circle c LEFT JOIN member m ON m.circle = c.num AND m.person = ?2"
		" WHERE c.process = ?1 AND c.place > ?3 AND (c.access = 'public' OR m.role IS NOT NULL)"
		" ORDER BY c.place LIMIT ?4",
		"iiii", process, call->asker.person, after, (int64_t)CIRCLES_PAGE + 1);
	enum err err = ERR_NONE;
	enum err ended;
	int count = 0;
	bool more = false;

	buf_text(out, "[");
	while (!err && !more && cursor_next(cursor)) {
		more = count == CIRCLES_PAGE;
		if (more)
			continue;
		if (count++)
			buf_text(out, ",");
		err = circle_summary(db, cursor_int(cursor, 0), call->asker.person, call->asker.lang,
							 out);
	}
	buf_text(out, more ? "],\"more\":true" : "],\"more\":false");
	ended = cursor_end(&cursor);
	return err ? err : ended;
}

/* The process itself, as declared, less its circles: there may be some that one may not know. */
static enum err about_write(struct call *call, struct db *db, int64_t process, int64_t version)
{
	struct cursor *cursor = db_query(db, "SELECT about FROM process WHERE num = ?", "i", process);
	json_t *about = cursor_next(cursor) ? stored_json(cursor_text(cursor, 0), call->asker.lang)
										: json_object();
	enum err err = cursor_end(&cursor);

	json_object_set_new(about, "charter_version", json_integer((json_int_t)version));
	if (err)
		json_decref(about);
	return err ? err : call_answer(call, about);
}

enum err read_process_read(struct call *call, struct db *db)
{
	const char *after = param_or_null(call, "after");
	int64_t process, version, after_place = -1, after_circle = 0;
	enum role role;
	enum err err = process_find(db, call->asker.person, process_param(call), &process, &version);

	if (!err && after)
		err = circle_enter(db, call->asker.person, after, &after_circle, &role);
	if (!err && after)
		err = db_number(db, -1, &after_place,
						"SELECT place FROM circle WHERE num = ? AND process = ?", "ii",
						after_circle, process);
	if (err)
		return err;
	buf_text(&call->result, "{\"process\":");
	err = about_write(call, db, process, version);
	buf_text(&call->result, ",\"circles\":");
	if (!err)
		err = circles_page(call, db, process, after_place);
	buf_text(&call->result, "}");
	return !err && !buf_ok(&call->result) ? ERR_NO_MEMORY : err;
}
