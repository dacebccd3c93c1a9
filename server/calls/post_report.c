/* post_report.c: somebody asks the moderators to look at a post. Each person counts once; the
 * author never learns who. */
#include "calls/calls.h"
#include "calls/enter.h"
#include "calls/item.h"
#include "calls/key.h"

enum err check_post_report(struct call *call)
{
	const char *text = NULL;
	enum err err = param_text(call, "post", ID_TEXT, &text);

	if (!err)
		err = param_text(call, "reason", 200, &text);
	if (!err)
		err = param_text_optional(call, "note", 2000, &text);
	return err ? err : check_key(call);
}

static enum err answer(struct call *call, struct keeper *keeper, int64_t num, int64_t nonce)
{
	char id[ID_TEXT];

	id_seal(keeper_id_key(keeper), 'r', num, (uint64_t)nonce, id);
	buf_format(&call->result, "{\"report\":\"%s\"}", id);
	return ERR_NONE;
}

/* The same person about the same post: the report of old. */
static enum err reported_before(struct call *call, struct keeper *keeper, int64_t post,
								bool *before)
{
	struct cursor *cursor = db_query(keeper_db(keeper),
									 "SELECT num, nonce FROM report WHERE post = ? AND person = ?",
									 "ii", post, call->asker.person);

	*before = cursor_next(cursor);
	if (*before)
		(void)answer(call, keeper, cursor_int(cursor, 0), cursor_int(cursor, 1));
	return cursor_end(&cursor);
}

static enum err too_many(struct call *call, struct keeper *keeper)
{
	int most = call->house->config->reports_per_hour;
	int64_t count = 0;
	enum err err = db_number(keeper_db(keeper), 0, &count,
							 "SELECT count(*) FROM report WHERE person = ? AND at > ?", "ii",
							 call->asker.person, keeper_now(keeper) - 3600000);

	if (!err && most && call->house->config->limits && count >= most) {
		call->retry_ms = 600000;
		err = ERR_TOO_FAST;
	}
	return err;
}

static enum err item_for(struct keeper *keeper, const struct post *post, struct item *item)
{
	enum err err = item_open_of(keeper, post->num, "report", item);

	if (err != ERR_NOT_FOUND)
		return err;
	err = db_insert(keeper_db(keeper), &item->num,
					"INSERT INTO item (nonce, circle, kind, post, state, opened, cause, verdict)"
					" VALUES (?, ?, 'report', ?, 'open', ?, 'report', ?)",
					"iiiit", (int64_t)id_random(), post->circle, post->num, keeper_now(keeper),
					post->verdict);
	return err ? err : item_load(keeper, item->num, item);
}

static enum err report(struct call *call, struct keeper *keeper, const struct post *post)
{
	const char *reason = param_or_null(call, "reason");
	int64_t nonce = (int64_t)id_random(), num = 0, count = 0;
	struct item item = {0};
	struct buf body = {0};
	char id[ID_TEXT];
	struct draft draft = {
		.journal = journal_of(JOURNAL_DESK, post->circle), .kind = EVENT_REPORTED, .post = post};
	enum err err = item_for(keeper, post, &item);

	if (!err)
		err = db_insert(keeper_db(keeper), &num,
						"INSERT INTO report (nonce, item, post, person, reason, note, at)"
						" VALUES (?, ?, ?, ?, ?, ?, ?)",
						"iiiitti", nonce, item.num, post->num, call->asker.person, reason,
						param_or_null(call, "note"), keeper_now(keeper));
	if (!err)
		err = db_number(keeper_db(keeper), 0, &count, "SELECT count(*) FROM report WHERE item = ?",
						"i", item.num);
	if (!err) {
		id_seal(keeper_id_key(keeper), 'i', item.num, (uint64_t)item.nonce, id);
		buf_format(&body, "\"item\":\"%s\",\"reports\":", id);
		buf_int(&body, count);
		buf_add(&body, "", 1);
		draft.body = body.data;
		err = buf_ok(&body) ? keeper_append(keeper, &draft, NULL) : ERR_STORAGE;
	}
	buf_fini(&body);
	item_fini(&item);
	return err ? ERR_STORAGE : answer(call, keeper, num, nonce);
}

enum err keep_post_report(struct call *call, struct keeper *keeper)
{
	const char *id = json_string_value(json_object_get(call->request.params, "post"));
	struct post post = {0};
	struct circle *circle;
	struct standing *standing;
	struct key key;
	bool answered = false;
	enum err err = enter_post(call, keeper, &post, &circle, &standing);

	if (!err) {
		key = key_make(call, keeper, circle->id, id, param_or_null(call, "reason"));
		err = key_find(call, keeper, &key, &answered);
	}
	if (!err && !answered)
		err = reported_before(call, keeper, post.num, &answered);
	if (!err && !answered && !post.seq)
		err = ERR_NOT_FOUND;
	if (!err && !answered)
		err = too_many(call, keeper);
	if (!err && !answered) {
		err = report(call, keeper, &post);
		if (!err)
			err = key_bind(call, keeper, &key);
	}
	post_fini(&post);
	return err;
}
