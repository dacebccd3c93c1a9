/* desk.c: the desk's journal: joined live, read back, and as a log whose chain can be checked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "calls/calls.h"
#include "calls/desk_circle.h"
#include "calls/duty.h"
#include "calls/enter.h"
#include "calls/presets.h"
#include "calls/reading.h"
#include "circle/reason.h"
#include "store/said.h"

static json_t *templates_json(const struct call *call)
{
	json_t *all = json_array();
	char key[64];

	for (size_t i = 0; notice_templates[i]; i++) {
		snprintf(key, sizeof key, "notice.template.%s", notice_templates[i]);
		json_array_append_new(all, json_pack("{s:s, s:s}", "id", notice_templates[i], "text",
											 texts_get(call->house->texts, call->asker.lang, key)));
	}
	return all;
}

static json_t *reasons_json(void)
{
	json_t *all = json_array();

	for (size_t i = 0; reason_codes[i]; i++)
		json_array_append_new(all, json_string(reason_codes[i]));
	return all;
}

static void hash_text(struct cursor *cursor, int column, char out[65])
{
	const unsigned char *bytes;
	size_t count;

	out[0] = '\0';
	bytes = cursor_blob(cursor, column, &count);
	for (size_t i = 0; bytes && i < count && i < 32; i++)
		snprintf(out + i * 2, 3, "%02x", bytes[i]);
}

/* The newest link of the chain: noted elsewhere, it shows later whether the newest were cut off. */
static enum err add_chain(struct db *db, int64_t circle, json_t *out)
{
	struct cursor *cursor = db_query(
		db, "SELECT seq, chain FROM event WHERE journal = ? ORDER BY seq DESC LIMIT 1", "i",
		journal_of(JOURNAL_DESK, circle));
	int64_t seq = 0;
	char hash[65] = "";

	if (cursor_next(cursor)) {
		seq = cursor_int(cursor, 0);
		hash_text(cursor, 1, hash);
	}
	json_object_set_new(out, "chain",
						json_pack("{s:I, s:s}", "seq", (json_int_t)seq, "hash", hash));
	return cursor_end(&cursor);
}

static enum err add_rules(struct call *call, struct db *db, int64_t circle, json_t *out)
{
	struct cursor *cursor = db_query(db,
									 "SELECT h.rules FROM circle c JOIN process p"
									 " ON p.num = c.process JOIN charter h ON h.process = p.num"
									 " AND h.version = p.charter_version WHERE c.num = ?",
									 "i", circle);

	if (cursor_next(cursor))
		json_object_set_new(out, "rules", stored_json(cursor_text(cursor, 0), call->asker.lang));
	return cursor_end(&cursor);
}

/* What a moderator works with, beside what has happened. */
static enum err describe(struct call *call, struct db *db, int64_t circle, json_t *out)
{
	enum err err = add_chain(db, circle, out);

	json_object_set_new(out, "presets", presets_json(call->house->presets, call->asker.lang));
	json_object_set_new(out, "templates", templates_json(call));
	json_object_set_new(out, "reasons", reasons_json());
	if (!err)
		err = add_rules(call, db, circle, out);
	if (!err)
		err = duty_on_watch(db, store_id_key(call->house->store), circle, out);
	return err ? err : duty_describe(call, db, circle, out);
}

enum err read_desk_join(struct call *call, struct db *db)
{
	int64_t circle;
	json_t *description = NULL;
	char *text = NULL;
	struct buf members = {0};
	enum err err = enter_desk_reading(call, db, &circle);

	if (!err) {
		description = json_object();
		err = describe(call, db, circle, description);
	}
	if (!err) {
		text = json_dumps(description, JSON_COMPACT);
		err = text ? ERR_NONE : ERR_NO_MEMORY;
	}
	if (!err) {
		buf_add(&members, text + 1, strlen(text) - 2);
		buf_text(&members, ",");
		err = answer_join(call, db, journal_of(JOURNAL_DESK, circle), 0, &members);
	}
	buf_fini(&members);
	free(text);
	json_decref(description);
	return err;
}

enum err read_desk_read(struct call *call, struct db *db)
{
	int64_t circle;
	enum err err = enter_desk_reading(call, db, &circle);

	return err ? err : answer_history(call, db, journal_of(JOURNAL_DESK, circle), circle);
}

enum { LOG_PAGE = 100 };

static enum err entry_json(struct db *db, struct cursor *cursor, json_t **out)
{
	char at[CLOCK_TEXT], chain[65];
	struct buf body = {0}, words = {0};

	clock_format(cursor_int(cursor, 1), at);
	hash_text(cursor, 4, chain);
	buf_format(&body, "{%s}", cursor_text(cursor, 3));
	if (said_words(db, cursor_text(cursor, 3), &words) != ERR_NONE)
		buf_fini(&words);
	*out = json_pack("{s:I, s:s, s:s, s:s, s:o}", "seq", (json_int_t)cursor_int(cursor, 0), "at",
					 at, "kind", event_name((enum event_kind)cursor_int(cursor, 2)), "chain", chain,
					 "body", buf_ok(&body) ? json_loadb(body.data, body.bytes, 0, NULL) : NULL);
	if (*out && words.bytes > 1)
		json_object_set_new(*out, "words", said_body(words.data));
	buf_fini(&body);
	buf_fini(&words);
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
		err = entry_json(db, cursor, &entry);
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
