/* process.c: what a process is, and which of its circles one may enter, page by page. */
#include "calls/calls.h"
#include "calls/enter.h"

enum { CIRCLES_PAGE = 50 };

static enum err circles_page(struct call *call, struct db *db, int64_t process, int64_t after,
			     json_t *list, bool *more)
{
	json_t *circle;
	struct cursor *cursor = db_query(
		db, "SELECT c.num FROM circle c LEFT JOIN member m ON m.circle = c.num AND m.person = ?2"
		" WHERE c.process = ?1 AND c.place > ?3 AND (c.access = 'public' OR m.role IS NOT NULL)"
		" ORDER BY c.place LIMIT ?4",
		"iiii", process, call->asker.person, after, (int64_t)CIRCLES_PAGE + 1);
	enum err err = ERR_NONE;
	enum err ended;

	*more = false;
	while (!err && cursor_next(cursor)) {
		if (json_array_size(list) == CIRCLES_PAGE) {
			*more = true;
			break;
		}
		err = circle_summary(db, cursor_int(cursor, 0), call->asker.person, call->asker.lang,
				     &circle);
		if (!err)
			json_array_append_new(list, circle);
	}
	ended = cursor_end(&cursor);
	return err ? err : ended;
}

/* The process itself, as declared, less what describes circles that one may not know. */
static enum err declared_json(struct call *call, struct db *db, int64_t process, json_t **out)
{
	struct cursor *cursor =
		db_query(db, "SELECT declared, charter_version FROM process WHERE num = ?", "i", process);
	enum err err = ERR_NOT_FOUND;
	enum err ended;

	if (cursor_next(cursor)) {
		*out = stored_json(cursor_text(cursor, 0), call->asker.lang);
		json_object_del(*out, "circles");
		json_object_del(*out, "charter");
		json_object_del(*out, "rules");
		json_object_set_new(*out, "charter_version",
				    json_integer((json_int_t)cursor_int(cursor, 1)));
		err = ERR_NONE;
	}
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

enum err read_process_read(struct call *call, struct db *db)
{
	const char *after = param_or_null(call, "after");
	int64_t process, version, after_place = -1, after_circle = 0;
	json_t *list = json_array(), *declared = NULL;
	bool more = false;
	enum role role;
	enum err err = process_find(db, call->asker.person, process_param(call), &process, &version);

	if (!err && after)
		err = circle_enter(db, call->asker.person, after, &after_circle, &role);
	if (!err && after)
		err = db_number(db, -1, &after_place,
				"SELECT place FROM circle WHERE num = ? AND process = ?", "ii",
				after_circle, process);
	if (!err)
		err = declared_json(call, db, process, &declared);
	if (!err)
		err = circles_page(call, db, process, after_place, list, &more);
	if (err) {
		json_decref(list);
		json_decref(declared);
		return err;
	}
	return call_answer(call, json_pack("{s:o, s:o, s:b}", "process", declared, "circles", list,
					   "more", more));
}
