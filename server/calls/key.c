/* key.c: see key.h. The store's thread. */
#include "calls/key.h"

#include <sodium.h>
#include <string.h>

static void part(crypto_generichash_state *state, const char *text)
{
	/* With its terminator, so that parts cannot run into each other. */
	if (text)
		crypto_generichash_update(state, (const unsigned char *)text, strlen(text) + 1);
}

static int64_t finish(crypto_generichash_state *state)
{
	unsigned char hash[16];
	int64_t number;

	crypto_generichash_final(state, hash, sizeof hash);
	memcpy(&number, hash, sizeof number);
	return number;
}

struct key key_make(struct call *call, struct keeper *keeper, const char *circle,
		    const char *about, const char *text)
{
	const struct id_key *secret = keeper_id_key(keeper);
	crypto_generichash_state state;
	struct key key;

	crypto_generichash_init(&state, secret->bytes, sizeof secret->bytes, 16);
	part(&state, call->row->method);
	part(&state, circle);
	part(&state, json_string_value(json_object_get(call->request.params, "key")));
	key.key_hash = finish(&state);
	crypto_generichash_init(&state, secret->bytes, sizeof secret->bytes, 16);
	part(&state, about);
	part(&state, text);
	key.text_hash = finish(&state);
	return key;
}

enum err key_find(struct call *call, struct keeper *keeper, const struct key *key, bool *answered)
{
	struct cursor *cursor = db_query(
		keeper_db(keeper),
		"SELECT text_hash, answer FROM answered WHERE person = ? AND key_hash = ?", "ii",
		call->asker.person, key->key_hash);
	enum err err = ERR_NONE;
	enum err ended;

	*answered = cursor_next(cursor);
	if (*answered && cursor_int(cursor, 0) != key->text_hash)
		err = ERR_KEY_REUSED;
	else if (*answered)
		buf_text(&call->result, cursor_text(cursor, 1));
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

enum err key_bind(struct call *call, struct keeper *keeper, const struct key *key)
{
	const char *answer = call->result.bytes ? call->result.data : "{}";
	size_t bytes = call->result.bytes ? call->result.bytes : 2;

	return db_run(keeper_db(keeper),
		      "INSERT INTO answered (person, key_hash, text_hash, answer, at)"
		      " VALUES (?, ?, ?, ?, ?)",
		      "iiisi", call->asker.person, key->key_hash, key->text_hash, answer, bytes,
		      keeper_now(keeper));
}
