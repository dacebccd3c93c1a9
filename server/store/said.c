/* said.c: see said.h. The store's thread; said_add() any. */
#include "store/said.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "circle/reason.h"
#include "store/said_of.h"

static void member(struct buf *out, const char *key, const char *text)
{
	if (!text)
		return;
	if (out->bytes)
		buf_text(out, ",");
	buf_text(out, key);
	buf_json(out, text, strlen(text));
}

enum err said_keep(struct keeper *keeper, int64_t person, const struct said *said,
		   const struct buf *statement, struct buf *body)
{
	struct buf words = {0};
	unsigned char salt[SALT_BYTES];
	char digest[DIGEST_TEXT];
	enum err err = ERR_NONE;

	if (!reason_is_code(said->reason))
		member(&words, "\"reason\":", said->reason);
	member(&words, "\"note\":", said->note);
	member(&words, "\"cause\":", said->cause);
	member(&words, "\"handover\":", said->handover);
	member(&words, "\"text\":", said->text);
	if (!buf_ok(&words))
		err = ERR_NO_MEMORY;
	if (!err && (words.bytes || statement)) {
		randombytes_buf(salt, sizeof salt);
		keeper_digest(salt, words.bytes ? words.data : "", words.bytes, digest);
		err = db_run(keeper_db(keeper),
			     "INSERT INTO said (digest, person, salt, words) VALUES (?, ?, ?, ?)",
			     "tibs", digest, person, salt, sizeof salt, words.bytes ? words.data : "",
			     words.bytes);
		buf_format(body, "\"said\":\"%s\",", digest);
		if (statement) {
			keeper_digest(salt, statement->data, statement->bytes, digest);
			buf_format(body, "\"stated\":\"%s\",", digest);
		}
	}
	buf_fini(&words);
	return err;
}

enum err said_add(struct db *db, const char **body, struct buf *out)
{
	static const char begins[] = "\"said\":\"";
	enum { AT_DIGEST = sizeof begins - 1, HEX = DIGEST_TEXT - 1 };
	struct cursor *cursor;

	if (strncmp(*body, begins, AT_DIGEST) != 0 ||
	    strspn(*body + AT_DIGEST, "0123456789abcdef") != HEX || (*body)[AT_DIGEST + HEX] != '"')
		return ERR_NONE;
	cursor = db_query(db, "SELECT words FROM said WHERE digest = ?", "s", *body + AT_DIGEST,
			  (size_t)HEX);
	buf_add(out, *body, AT_DIGEST + HEX + 1);
	if (cursor_next(cursor) && cursor_bytes(cursor, 0)) {
		buf_text(out, ",");
		buf_text(out, cursor_text(cursor, 0));
	}
	*body += AT_DIGEST + HEX + 1;
	return cursor_end(&cursor);
}

enum err said_words(struct db *db, const char *body, struct buf *out)
{
	struct buf said = {0};
	enum err err = said_add(db, &body, &said);
	const char *words = said.bytes ? memchr(said.data, ',', said.bytes) : NULL;

	if (words)
		buf_add(out, words + 1, said.bytes - (size_t)(words + 1 - said.data));
	buf_add(out, "", 1);
	if (!err && !(buf_ok(&said) && buf_ok(out)))
		err = ERR_NO_MEMORY;
	buf_fini(&said);
	return err;
}

/* ---- who is meant ---- */

/* The number of an id among the members; 0: none. */
static int64_t num_of(const struct id_key *key, char kind, const json_t *id, uint64_t *nonce)
{
	const char *text = json_string_value(id);
	int64_t num = 0;

	return text && id_open(key, kind, text, &num, nonce) ? num : 0;
}

enum err said_of(struct db *db, const struct id_key *key, const json_t *body, int64_t *person)
{
	const json_t *participant = json_object_get(body, "participant");
	uint64_t nonce = 0;
	int64_t decision = num_of(key, 'd', json_object_get(body, "decision"), &nonce);

	*person = num_of(key, 'm', json_object_get(participant, "id"), &nonce);
	if (*person || !decision)
		return ERR_NONE;
	return db_number(db, 0, person, "SELECT person FROM decision WHERE num = ?", "i", decision);
}

/* ---- erasing ---- */

json_t *said_body(const char *body)
{
	struct buf whole = {0};
	json_t *json;

	buf_format(&whole, "{%s}", body);
	json = buf_ok(&whole) ? json_loadb(whole.data, whole.bytes, 0, NULL) : NULL;
	buf_fini(&whole);
	return json;
}

/* Takes the words out; false: there were none. */
static bool words_drop(json_t *body)
{
	const char *reason = json_string_value(json_object_get(body, "reason"));
	bool has_reason = reason && !reason_is_code(reason);
	bool has_note = json_object_get(body, "note") != NULL;
	bool has_cause = json_object_get(body, "cause") != NULL;

	if (has_reason)
		json_object_del(body, "reason");
	json_object_del(body, "note");
	json_object_del(body, "cause");
	return has_reason || has_note || has_cause;
}

static enum err body_blank(struct keeper *keeper, int64_t row, json_t *body)
{
	char *text;
	size_t bytes;
	enum err err = ERR_NO_MEMORY;

	json_object_set_new(body, SAID_BLANKED, json_true());
	text = json_dumps(body, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
	bytes = text ? strlen(text) : 0;
	if (bytes > 2)
		err = db_run(keeper_db(keeper), "UPDATE event SET body = ? WHERE row = ?", "si", text + 1,
			     bytes - 2, row);
	free(text);
	return err;
}

/* Events that hold the words themselves: of the time before version 3 of the tables. */
static enum err old_ones_blank(struct keeper *keeper, int64_t person)
{
	struct cursor *cursor = db_query(
		keeper_db(keeper),
		"SELECT row, body FROM event WHERE journal IN (SELECT num * ? + ? FROM circle)"
		" AND row <= (SELECT value FROM house WHERE name = 'said_from')"
		" AND (instr(body, '\"decision\":') OR kind = ?)",
		"iii", (int64_t)JOURNAL_KIND_COUNT, (int64_t)JOURNAL_DESK, (int64_t)EVENT_LIFTED);
	enum err err = ERR_NONE, ended;

	while (!err && cursor_next(cursor)) {
		json_t *body = said_body(cursor_text(cursor, 1));
		int64_t whom = 0;

		err = said_of(keeper_db(keeper), keeper_id_key(keeper), body, &whom);
		if (!err && whom == person && words_drop(body))
			err = body_blank(keeper, cursor_int(cursor, 0), body);
		json_decref(body);
	}
	ended = cursor_end(&cursor);
	return err ? err : ended;
}

enum err said_erase(struct keeper *keeper, int64_t person)
{
	int64_t old = 0;
	enum err err = db_run(keeper_db(keeper), "DELETE FROM said WHERE person = ?", "i", person);

	/* A store that was made since has none, and would be looked through for nothing. */
	if (!err)
		err = db_number(keeper_db(keeper), 0, &old,
				"SELECT value FROM house WHERE name = 'said_from'", "");
	return err || !old ? err : old_ones_blank(keeper, person);
}
