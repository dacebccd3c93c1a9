/* desk_note.c: what moderators write down for each other: about a post, a person, a thread or an
 * item of the queue; or about nothing: their own line. Nobody else ever reads it. A note is not a
 * sanction and counts as none. */
#include <sodium.h>
#include <string.h>

#include "calls/alert_inside.h"
#include "calls/calls.h"
#include "calls/enter.h"
#include "calls/item.h"
#include "calls/key.h"
#include "calls/notes.h"

#include "base/clock.h"

enum { NOTE_POINTS = 2000 };

static const struct {
	const char *name;
	char kind; /* of its id */
} subjects[] = {{"item", 'i'}, {"participant", 'm'}, {"post", 'p'}, {"thread", 'p'}};
enum { SUBJECTS = sizeof subjects / sizeof *subjects };

enum err check_desk_note(struct call *call)
{
	const char *id = NULL;
	int given = 0;
	enum err err = check_circle(call);

	if (!err)
		err = check_key(call);
	if (!err)
		err = check_sentence(call, "text", NOTE_POINTS);
	if (!err && !param_or_null(call, "text")) {
		call->member = "text";
		err = call_refuse(call, ERR_BAD_PARAMS, "member");
	}
	for (int i = 0; i < SUBJECTS && !err; i++) {
		err = param_text_optional(call, subjects[i].name, ID_TEXT, &id);
		given += param_given(call, subjects[i].name);
		call->member = subjects[i].name;
	}
	return !err && given > 1 ? call_refuse(call, ERR_BAD_PARAMS, "member") : err;
}

/* ERR_NOT_FOUND unless it is of this circle: a moderator of one learns nothing of another. */
static enum err belongs(struct keeper *keeper, const char *about, int64_t num, uint64_t nonce,
						int64_t circle)
{
	struct db *db = keeper_db(keeper);
	int64_t is_there = 0;
	enum err err;

	if (strcmp(about, "item") == 0)
		err = db_number(db, 0, &is_there,
						"SELECT 1 FROM item WHERE num = ? AND nonce = ? AND circle = ?", "iii", num,
						(int64_t)nonce, circle);
	else if (strcmp(about, "participant") == 0)
		err = db_number(db, 0, &is_there,
						"SELECT 1 FROM person WHERE num = ?1 AND nonce = ?2 AND erased IS NULL"
						" AND (EXISTS (SELECT 1 FROM member WHERE person = ?1 AND circle = ?3)"
						" OR EXISTS (SELECT 1 FROM post WHERE author = ?1 AND circle = ?3))",
						"iii", num, (int64_t)nonce, circle);
	else
		err = db_number(db, 0, &is_there,
						"SELECT 1 FROM post WHERE num = ? AND nonce = ? AND circle = ?", "iii", num,
						(int64_t)nonce, circle);
	return !err && !is_there ? ERR_NOT_FOUND : err;
}

static enum err subject_find(struct call *call, struct keeper *keeper, int64_t circle,
							 const char **about, const char **id, int64_t *num)
{
	uint64_t nonce;

	for (int i = 0; i < SUBJECTS; i++) {
		*id = param_or_null(call, subjects[i].name);
		if (!*id)
			continue;
		*about = subjects[i].name;
		if (!id_open(keeper_id_key(keeper), subjects[i].kind, *id, num, &nonce))
			return ERR_NOT_FOUND;
		return belongs(keeper, *about, *num, nonce, circle);
	}
	return ERR_NONE;
}

static enum err add(struct call *call, struct keeper *keeper, int64_t circle)
{
	const char *text = param_or_null(call, "text"), *about = NULL, *id = NULL;
	int64_t subject = 0, nonce = (int64_t)id_random(), num = 0;
	struct buf body = {0};
	unsigned char salt[SALT_BYTES];
	char note[ID_TEXT], digest[DIGEST_TEXT];
	struct draft draft = {.journal = journal_of(JOURNAL_DESK, circle), .kind = EVENT_NOTE_ADDED};
	enum err err = subject_find(call, keeper, circle, &about, &id, &subject);

	if (err)
		return err;
	randombytes_buf(salt, sizeof salt);
	keeper_digest(salt, text, strlen(text), digest);
	err = db_insert(keeper_db(keeper), &num,
					"INSERT INTO note (nonce, circle, person, about, subject, text, salt, at)"
					" VALUES (?, ?, ?, ?, nullif(?, 0), ?, ?, ?)",
					"iiititbi", nonce, circle, call->asker.person, about, subject, text, salt,
					sizeof salt, keeper_now(keeper));
	id_seal(keeper_id_key(keeper), 'n', num, (uint64_t)nonce, note);
	/* The words are put in whenever it is shown: so they can go with whom they are about. */
	buf_format(&body, "\"note\":\"%s\",\"digest\":\"%s\"", note, digest);
	if (about)
		buf_format(&body, ",\"about\":{\"%s\":\"%s\"}", about, id);
	person_member(keeper_db(keeper), keeper_id_key(keeper), &body, "by", call->asker.person);
	buf_add(&body, "", 1);
	draft.body = body.data;
	if (!err)
		err = buf_ok(&body) ? keeper_append(keeper, &draft, NULL) : ERR_STORAGE;
	buf_fini(&body);
	buf_format(&call->result, "{\"note\":\"%s\"}", note);
	return err ? ERR_STORAGE : ERR_NONE;
}

enum err keep_desk_note(struct call *call, struct keeper *keeper)
{
	struct circle *circle;
	struct standing *standing;
	struct key key;
	bool answered = false;
	enum err err = enter_desk(call, keeper, &circle, &standing);

	if (!err) {
		key = key_make(call, keeper, circle->id, NULL, param_or_null(call, "text"));
		err = key_find(call, keeper, &key, &answered);
	}
	if (!err && !answered) {
		err = add(call, keeper, circle->num);
		if (!err)
			err = key_bind(call, keeper, &key);
	}
	return err;
}

enum err notes_add(struct db *db, const struct id_key *key, int64_t circle, const char *about,
				   int64_t subject, int limit, json_t *out)
{
	struct cursor *cursor = db_query(
		db,
		"SELECT num, nonce, person, text, at FROM note"
		" WHERE subject = ? AND about = ? AND circle = ? AND text != ''"
		" ORDER BY num DESC LIMIT ?",
		"itii", subject, about, circle, (int64_t)limit);
	char id[ID_TEXT], at[CLOCK_TEXT];

	while (cursor_next(cursor)) {
		id_seal(key, 'n', cursor_int(cursor, 0), (uint64_t)cursor_int(cursor, 1), id);
		clock_format(cursor_int(cursor, 4), at);
		json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:o*}", "note", id, "text",
											 cursor_text(cursor, 3), "at", at, "by",
											 person_json(db, key, cursor_int(cursor, 2))));
	}
	return cursor_end(&cursor);
}
