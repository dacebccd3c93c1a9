/* circle.c: being in a circle: join, leave, mark, members, typing. */
#include "base/clock.h"
#include "calls/calls.h"
#include "calls/enter.h"
#include "calls/reading.h"

enum { DESCRIPTION_BYTES = 1000 }; /* more than most circles need */

enum err check_circle_join(struct call *call)
{
	enum err err = check_circle(call);

	return err ? err : check_join(call);
}

/* When many join at once, nothing has happened since the last of them. */
static enum err description_write(struct call *call, struct db *db, int64_t circle,
								  struct buf *out)
{
	const char *lang = call->asker.lang, *memo;
	size_t bytes;
	enum err err;

	buf_reserve(out, DESCRIPTION_BYTES);
	memo = db_memo(db, circle, lang, call->snapshot_row, &bytes);
	if (memo) {
		buf_add(out, memo, bytes);
		return ERR_NONE;
	}
	buf_text(out, "\"circle\":");
	err = circle_describe(db, store_id_key(call->house->store), circle, lang, out);
	buf_text(out, ",");
	if (!err && buf_ok(out))
		db_memo_keep(db, circle, lang, call->snapshot_row, out->data, out->bytes);
	return err;
}

/* The circle alone is named: whoever was not invited is told what all such people are. */
static bool is_plain(const struct call *call)
{
	return json_object_size(call->request.params) == 1;
}

bool recall_circle_join(struct call *call, const struct shared *common)
{
	if (!common || !is_plain(call))
		return is_plain(call);
	buf_add(&call->result, common->data, common->bytes);
	return buf_ok(&call->result);
}

enum err read_circle_join(struct call *call, struct db *db)
{
	struct buf description = {0};
	int64_t circle;
	enum role role;
	enum err err = enter_reading(call, db, &circle, &role);

	if (!err)
		err = description_write(call, db, circle, &description);
	if (!err)
		err = answer_join(call, db, journal_of(JOURNAL_CIRCLE, circle), circle, &description);
	if (!err && role == ROLE_NONE && is_plain(call))
		call->outcome.common = shared_new(call->result.data, call->result.bytes);
	buf_fini(&description);
	return err;
}

/* By name, on a reader: the hub knows circles by number only. */
enum err read_circle_leave(struct call *call, struct db *db)
{
	int64_t circle;
	enum role role;
	enum err err = enter_reading(call, db, &circle, &role);

	if (!err)
		call->outcome.left_journal = journal_of(JOURNAL_CIRCLE, circle);
	return err;
}

enum err check_circle_mark(struct call *call)
{
	int64_t seq;
	enum err err = check_circle(call);

	return err ? err : param_int(call, "seq", 0, INT64_MAX, &seq);
}

enum err keep_circle_mark(struct call *call, struct keeper *keeper)
{
	int64_t seq = json_integer_value(json_object_get(call->request.params, "seq")), next = 0;
	struct circle *circle;
	struct standing *standing;
	enum err err = enter_circle(call, keeper, &circle, &standing);

	if (!err)
		err = keeper_next_seq(keeper, journal_of(JOURNAL_CIRCLE, circle->num), &next);
	if (!err && seq >= next)
		seq = next - 1;
	/* A mark only moves on: two devices of one person do not undo each other's reading. */
	if (!err)
		err = db_run(keeper_db(keeper),
					 "INSERT INTO mark (person, circle, seq) VALUES (?, ?, ?)"
					 " ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)",
					 "iii", call->asker.person, circle->num, seq);
	return err;
}

enum err check_circle_members(struct call *call)
{
	const char *after = NULL;
	enum err err = check_circle(call);

	return err ? err : param_text_optional(call, "after", ID_TEXT, &after);
}

static json_t *member_json(struct call *call, struct cursor *cursor)
{
	char id[ID_TEXT];
	json_t *member;

	id_seal(store_id_key(call->house->store), 'm', cursor_int(cursor, 0),
			(uint64_t)cursor_int(cursor, 1), id);
	member = json_pack("{s:s, s:s, s:s, s:s}", "id", id, "name", cursor_text(cursor, 2), "kind",
					   cursor_int(cursor, 3) == PERSON_GUEST ? "guest" : "member", "role",
					   role_name((enum role)cursor_int(cursor, 4)));
	if (!cursor_is_null(cursor, 5))
		json_object_set_new(member, "organisation", json_string(cursor_text(cursor, 5)));
	return member;
}

/* Moderators and convenors first, then in order of arrival; a page at a time. */
static enum err members_json(struct call *call, struct db *db, int64_t circle, int64_t after,
							 json_t *list, bool *more)
{
	size_t room = (size_t)call->house->config->page_bytes_most, used = 0;
	struct cursor *cursor = db_query(
		db,
		"SELECT a.num, a.nonce, a.name, a.kind, m.role, m.organisation FROM member m"
		" JOIN person a ON a.num = m.person LEFT JOIN member l ON l.circle = ?1 AND l.person = ?2"
		" WHERE m.circle = ?1 AND a.erased IS NULL"
		" AND (l.role IS NULL OR m.role < l.role OR (m.role = l.role AND m.person > ?2))"
		" ORDER BY m.role DESC, m.person",
		"ii", circle, after);

	*more = false;
	while (!*more && cursor_next(cursor)) {
		json_t *member = member_json(call, cursor);

		used += json_dumpb(member, NULL, 0, JSON_COMPACT) + 1;
		*more = used > room;
		if (*more)
			json_decref(member);
		else
			json_array_append_new(list, member);
	}
	return cursor_end(&cursor);
}

enum err read_circle_members(struct call *call, struct db *db)
{
	const char *after = param_or_null(call, "after");
	json_t *list = json_array();
	int64_t circle, is_public = 0, after_num = 0;
	bool more = false;
	enum role role;
	enum err err = enter_reading(call, db, &circle, &role);

	if (!err)
		err = db_number(db, 0, &is_public, "SELECT access = 'public' FROM circle WHERE num = ?",
						"i", circle);
	/* Who reads a public forum is nobody's business. */
	if (!err && is_public)
		err = call_refuse(call, ERR_FORBIDDEN, "public_circle");
	if (!err && after)
		err = person_find(db, store_id_key(call->house->store), after, &after_num);
	if (!err)
		err = members_json(call, db, circle, after_num, list, &more);
	if (err) {
		json_decref(list);
		return err;
	}
	return call_answer(call, json_pack("{s:o, s:b}", "members", list, "more", more));
}

enum err check_circle_typing(struct call *call)
{
	const char *thread = NULL;
	enum err err = check_circle(call);

	return err ? err : param_text_optional(call, "thread", ID_TEXT, &thread);
}

/* A thread that stands in this circle, and nothing else. */
static enum err typing_thread(struct call *call, struct db *db, const char *id, int64_t circle)
{
	struct post post = {0};
	enum err err = post_find(db, store_id_key(call->house->store), id, &post);

	if (!err && (post.circle != circle || !post.seq || post.thread != post.num))
		err = ERR_NOT_FOUND;
	call->outcome.typing_thread = post.num;
	post_fini(&post);
	return err;
}

/* Whoever may not speak is not announced either: it is answered, and nobody is told. */
static enum err may_be_heard(struct call *call, struct db *db, int64_t circle, bool *out)
{
	int64_t is_silent = 0;
	enum err err = db_number(db, 0, &is_silent,
							 "SELECT 1 FROM sanction WHERE person = ?1 AND circle = ?2"
							 " AND lifted IS NULL AND (ends IS NULL OR ends > ?3)"
							 " AND (step = 'mute' OR (step = 'warn' AND acknowledged IS NULL))"
							 " LIMIT 1",
							 "iii", call->asker.person, circle, clock_wall_ms());

	*out = !is_silent;
	return err;
}

enum err read_circle_typing(struct call *call, struct db *db)
{
	const char *thread = param_or_null(call, "thread");
	bool is_heard = false;
	int64_t circle;
	enum role role;
	enum err err = enter_reading(call, db, &circle, &role);

	if (!err && role == ROLE_OBSERVER)
		err = call_refuse(call, ERR_FORBIDDEN, "observer");
	if (!err && thread)
		err = typing_thread(call, db, thread, circle);
	if (!err)
		err = may_be_heard(call, db, circle, &is_heard);
	if (!err && is_heard)
		call->outcome.typing_circle = circle;
	return err;
}
