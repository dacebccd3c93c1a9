/* charter.c: what one agrees to before speaking. */
#include <string.h>

#include "calls/calls.h"
#include "calls/enter.h"

enum err check_process(struct call *call)
{
	const char *process, *after = NULL;
	enum err err = param_text(call, "process", CIRCLE_ID_TEXT - 1, &process);

	return err ? err : param_text_optional(call, "after", CIRCLE_ID_TEXT - 1, &after);
}

/* A process is known to whoever may enter one of its circles. */
enum err process_find(struct db *db, int64_t person, const char *id, int64_t *num, int64_t *version)
{
	struct cursor *cursor = db_query(
		db,
		"SELECT p.num, p.charter_version FROM process p WHERE p.id = ?1 AND EXISTS"
		" (SELECT 1 FROM circle c LEFT JOIN member m ON m.circle = c.num AND m.person = ?2"
		"  WHERE c.process = p.num AND (c.access = 'public' OR m.role IS NOT NULL))",
		"ti", id, person);
	enum err err = ERR_NOT_FOUND;
	enum err ended;

	if (cursor_next(cursor)) {
		*num = cursor_int(cursor, 0);
		*version = cursor_int(cursor, 1);
		err = ERR_NONE;
	}
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

const char *process_param(struct call *call)
{
	return json_string_value(json_object_get(call->request.params, "process"));
}

/* A copy in which every {"he","ar","en"} has become the reader's language. The declaration was
 * checked when it was applied: its depth is bounded. */
static json_t *localised(const json_t *value, const char *lang, int depth)
{
	json_t *out, *part;
	const char *name;
	size_t i;

	if (json_is_object(value) && (json_object_get(value, "he") || json_object_get(value, "ar") ||
								  json_object_get(value, "en")))
		return text_in_language(value, lang);
	if (!depth || !(json_is_object(value) || json_is_array(value)))
		return json_incref((json_t *)(uintptr_t)value);
	if (json_is_array(value)) {
		out = json_array();
		json_array_foreach(value, i, part)
			json_array_append_new(out, localised(part, lang, depth - 1));
		return out;
	}
	out = json_object();
	json_object_foreach((json_t *)(uintptr_t)value, name, part)
		json_object_set_new(out, name, localised(part, lang, depth - 1));
	return out;
}

json_t *stored_json(const char *text, const char *lang)
{
	json_t *read = json_loads(text, 0, NULL);
	json_t *out = read ? localised(read, lang, 8) : json_null();

	json_decref(read);
	return out;
}

enum err read_charter_read(struct call *call, struct db *db)
{
	int64_t process, version;
	int64_t accepted = 0;
	json_t *result = NULL;
	struct cursor *cursor;
	enum err err = process_find(db, call->asker.person, process_param(call), &process, &version);
	enum err ended;

	if (!err)
		err = db_number(db, 0, &accepted,
						"SELECT version FROM accepted WHERE person = ? AND process = ?", "ii",
						call->asker.person, process);
	if (err)
		return err;
	cursor = db_query(db, "SELECT charter, rules FROM charter WHERE process = ? AND version = ?",
					  "ii", process, version);
	if (cursor_next(cursor))
		result = json_pack("{s:o, s:o, s:I, s:b}", "charter",
						   stored_json(cursor_text(cursor, 0), call->asker.lang), "rules",
						   stored_json(cursor_text(cursor, 1), call->asker.lang), "version",
						   (json_int_t)version, "accepted", accepted == version);
	ended = cursor_end(&cursor);
	if (ended || !result) {
		json_decref(result);
		return ended ? ended : ERR_NOT_FOUND;
	}
	return call_answer(call, result);
}

enum err check_charter_accept(struct call *call)
{
	int64_t version;
	enum err err = check_process(call);

	return err ? err : param_int(call, "version", 1, INT64_MAX, &version);
}

enum err keep_charter_accept(struct call *call, struct keeper *keeper)
{
	int64_t wanted = json_integer_value(json_object_get(call->request.params, "version"));
	int64_t process, version;
	enum err err = enter_person(call, keeper);

	if (!err)
		err = process_find(keeper_db(keeper), call->asker.person, process_param(call), &process,
						   &version);

	if (!err && wanted != version) {
		buf_text(&call->error_data, "\"process\":");
		buf_json(&call->error_data, process_param(call), strlen(process_param(call)));
		buf_text(&call->error_data, ",\"version\":");
		buf_int(&call->error_data, version);
		err = call_refuse(call, ERR_STALE, "rev");
	}
	if (!err)
		err = db_run(keeper_db(keeper),
					 "INSERT INTO accepted (person, process, version, at) VALUES (?, ?, ?, ?)"
					 " ON CONFLICT DO UPDATE SET version = excluded.version, at = excluded.at",
					 "iiii", call->asker.person, process, version, keeper_now(keeper));
	if (!err)
		err = keeper_tell_house(keeper, EVENT_STANDING_CHANGED, call->asker.person, 0);
	return err ? err : ERR_NONE;
}
