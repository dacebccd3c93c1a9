/* enter.c: see enter.h. */
#include "calls/enter.h"

#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"

enum { TEXT_MOST = 8000, KEY_MOST = 64, REASON_MOST = 2000, RULE_MOST = 64, SENTENCE_BYTES = 8000 };

enum err enter_sanctioned(struct call *call, struct db *db, int64_t circle, const char *step,
						  int64_t now)
{
	struct cursor *cursor = db_query(
		db,
		"SELECT num, nonce, coalesce(ends, 0) FROM sanction WHERE person = ?1 AND circle = ?2"
		" AND step = ?3 AND lifted IS NULL AND (ends IS NULL OR ends > ?4)"
		" ORDER BY coalesce(ends, 9e18) DESC LIMIT 1",
		"iiti", call->asker.person, circle, step, now);
	char id[ID_TEXT], until[CLOCK_TEXT];

	buf_format(&call->error_data, "\"step\":\"%s\"", step);
	if (cursor_next(cursor)) {
		id_seal(store_id_key(call->house->store), 's', cursor_int(cursor, 0),
				(uint64_t)cursor_int(cursor, 1), id);
		clock_format(cursor_int(cursor, 2), until);
		buf_format(&call->error_data, ",\"sanction\":\"%s\",\"until\":", id);
		buf_format(&call->error_data, cursor_int(cursor, 2) ? "\"%s\"" : "null", until);
	}
	return cursor_end(&cursor) ? ERR_STORAGE : call_refuse(call, ERR_SANCTIONED, step);
}

static bool is_excluded(const struct standing *standing, const struct keeper *keeper)
{
	return standing->excluded_until > keeper_now(keeper);
}

static enum err stand_in(struct call *call, struct keeper *keeper, struct circle *circle,
						 struct standing **standing)
{
	enum err err = keeper_standing(keeper, call->asker.person, circle, standing);

	if (!err && is_excluded(*standing, keeper))
		return enter_sanctioned(call, keeper_db(keeper), circle->num, "exclude",
								keeper_now(keeper));
	return err;
}

enum err enter_circle(struct call *call, struct keeper *keeper, struct circle **circle,
					  struct standing **standing)
{
	static struct circle nowhere; /* what nobody may enter: asked for as any other */
	const char *id = json_string_value(json_object_get(call->request.params, "circle"));
	enum err err = keeper_circle_named(keeper, id ? id : "", circle);

	if (err == ERR_NOT_FOUND) {
		*circle = &nowhere;
		err = stand_in(call, keeper, *circle, standing);
		return err ? err : ERR_NOT_FOUND;
	}
	return err ? err : stand_in(call, keeper, *circle, standing);
}

enum err enter_desk_of(struct call *call, struct keeper *keeper, int64_t circle_num,
					   struct circle **circle, struct standing **standing)
{
	enum err err = keeper_circle(keeper, circle_num, circle);

	if (!err)
		err = stand_in(call, keeper, *circle, standing);
	if (!err && (*standing)->role < ROLE_MODERATOR)
		err = call_refuse(call, ERR_FORBIDDEN, "moderators");
	return err;
}

enum err enter_desk(struct call *call, struct keeper *keeper, struct circle **circle,
					struct standing **standing)
{
	enum err err = enter_circle(call, keeper, circle, standing);

	if (!err && (*standing)->role < ROLE_MODERATOR)
		err = call_refuse(call, ERR_FORBIDDEN, "moderators");
	return err;
}

enum err enter_post(struct call *call, struct keeper *keeper, struct post *post,
					struct circle **circle, struct standing **standing)
{
	const char *id = json_string_value(json_object_get(call->request.params, "post"));
	enum err err = post_find(keeper_db(keeper), keeper_id_key(keeper), id ? id : "", post);

	if (!err)
		err = keeper_circle(keeper, post->circle, circle);
	if (!err)
		err = stand_in(call, keeper, *circle, standing);
	if (!err && !post->seq && post->author != call->asker.person)
		err = ERR_NOT_FOUND;
	return err;
}

enum err enter_person(struct call *call, struct keeper *keeper)
{
	int64_t is_there = 0;
	enum err err = db_number(keeper_db(keeper), 0, &is_there,
							 "SELECT 1 FROM person a JOIN device d ON d.person = a.num"
							 " WHERE a.num = ? AND a.erasing IS NULL AND d.num = ?"
							 " AND d.revoked IS NULL",
							 "ii", call->asker.person, call->asker.device);

	return !err && !is_there ? ERR_UNAUTHORISED : err;
}

enum err enter_reading(struct call *call, struct db *db, int64_t *circle, enum role *role)
{
	const char *id = json_string_value(json_object_get(call->request.params, "circle"));
	enum err err = circle_enter(db, call->asker.person, id ? id : "", circle, role);

	return err == ERR_SANCTIONED ? enter_sanctioned(call, db, *circle, "exclude", clock_wall_ms())
								 : err;
}

enum err enter_desk_reading(struct call *call, struct db *db, int64_t *circle)
{
	enum role role;
	enum err err = enter_reading(call, db, circle, &role);

	if (!err && role < ROLE_MODERATOR)
		err = call_refuse(call, ERR_FORBIDDEN, "moderators");
	return err;
}

enum err check_circle(struct call *call)
{
	const char *circle;

	return param_text(call, "circle", CIRCLE_ID_TEXT - 1, &circle);
}

enum err check_post_text(struct call *call, const char *name)
{
	const json_t *value = json_object_get(call->request.params, name);
	size_t points;

	if (!json_is_string(value)) {
		call->member = name;
		return call_refuse(call, ERR_BAD_PARAMS, "member");
	}
	call->text = json_string_value(value);
	call->text_bytes = json_string_length(value);
	points = utf8_length(call->text, call->text_bytes);
	call->most = TEXT_MOST;
	if (points > TEXT_MOST)
		return call_refuse(call, ERR_BAD_PARAMS, "text_too_long");
	return points ? ERR_NONE : call_refuse(call, ERR_BAD_PARAMS, "text_empty");
}

enum err check_key(struct call *call)
{
	const char *key;
	enum err err = param_string(call, "key", 1, KEY_MOST, &key);

	return err ? call_refuse(call, err, "key") : ERR_NONE;
}

const char *param_or_null(struct call *call, const char *name)
{
	const char *text = json_string_value(json_object_get(call->request.params, name));

	return text && !text_is_blank(text) ? text : NULL;
}

/* What is shown to people inside an event: no controls but line ends and tabs, and no more bytes,
 * as JSON writes them, than leave room for the longest post beside it. */
enum err check_sentence(struct call *call, const char *name, size_t points)
{
	const char *text = NULL;
	size_t bytes = 0;
	enum err err = param_text_optional(call, name, points, &text);

	for (; !err && text && *text; text++) {
		bytes += *text == '"' || *text == '\\' || *text == '\n' || *text == '\t' ? 2 : 1;
		if ((unsigned char)*text < ' ' && *text != '\n' && *text != '\t') {
			call->member = name;
			err = call_refuse(call, ERR_BAD_PARAMS, "member");
		}
	}
	call->most = REASON_MOST;
	return !err && bytes > SENTENCE_BYTES ? call_refuse(call, ERR_BAD_PARAMS, "reason_too_long")
										  : err;
}

enum err check_reason(struct call *call, bool must)
{
	enum err err = check_sentence(call, "rule", RULE_MOST);

	if (!err)
		err = check_sentence(call, "note", REASON_MOST);
	if (!err)
		err = check_sentence(call, "reason", REASON_MOST);
	if (!err && must && !param_or_null(call, "reason"))
		err = call_refuse(call, ERR_BAD_PARAMS, "reason_empty");
	return err;
}

enum err enter_rule(struct call *call, struct keeper *keeper, const struct circle *circle)
{
	const char *rule = param_or_null(call, "rule");
	int64_t is_known = 0;
	enum err err = ERR_NONE;

	if (rule)
		err = db_number(keeper_db(keeper), 0, &is_known,
						"SELECT 1 FROM charter c, json_each(c.rules) r WHERE c.process = ?"
						" AND c.version = ? AND json_extract(r.value, '$.id') = ?",
						"iit", circle->process, circle->charter_version, rule);
	return err || !rule || is_known ? err : call_refuse(call, ERR_BAD_PARAMS, "rule");
}
