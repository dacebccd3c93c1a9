/* people.c: see people.h. */
#include "store/people.h"

#include <stdio.h>
#include <string.h>

#include "store/post_row.h"
#include "store/said.h"

void person_read(struct cursor *cursor, int at, const struct id_key *key, int64_t num,
		 struct person *out)
{
	*out = (struct person){.num = num,
			       .nonce = cursor_int(cursor, at),
			       .kind = (enum person_kind)cursor_int(cursor, at + 1),
			       .created = cursor_int(cursor, at + 5),
			       .is_erased = !cursor_is_null(cursor, at + 6)};
	snprintf(out->name, sizeof out->name, "%s", cursor_text(cursor, at + 2));
	snprintf(out->tag, sizeof out->tag, "%s", cursor_text(cursor, at + 3));
	snprintf(out->lang, sizeof out->lang, "%s", cursor_text(cursor, at + 4));
	if (!out->is_erased)
		id_seal(key, 'm', num, (uint64_t)out->nonce, out->id);
}

enum err person_load(struct db *db, const struct id_key *key, int64_t num, struct person *out)
{
	struct cursor *cursor = db_query(
		db, "SELECT nonce, kind, name, tag, lang, created, erased FROM person WHERE num = ?",
		"i", num);
	enum err err = ERR_NOT_FOUND;
	enum err ended;

	if (cursor_next(cursor)) {
		person_read(cursor, 0, key, num, out);
		err = ERR_NONE;
	}
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

enum err person_find(struct db *db, const struct id_key *key, const char *id, int64_t *num)
{
	struct person person;
	uint64_t nonce;
	enum err err;

	if (!id_open(key, 'm', id, num, &nonce))
		return ERR_NOT_FOUND;
	err = person_load(db, key, *num, &person);
	if (!err && (uint64_t)person.nonce != nonce)
		err = ERR_NOT_FOUND;
	return err;
}

/* Of several sanctions of one step the longest binds: lifting one leaves the others. */
static void later(int64_t *until, int64_t ends)
{
	if (ends > *until)
		*until = ends;
}

static void sanction_read(struct cursor *cursor, struct standing *out)
{
	const char *step = cursor_text(cursor, 0);
	int64_t ends = cursor_is_null(cursor, 1) ? INT64_MAX : cursor_int(cursor, 1);

	if (strcmp(step, "warn") == 0 && cursor_is_null(cursor, 2))
		later(&out->warned, ends);
	else if (strcmp(step, "slow") == 0)
		later(&out->slow_until, ends);
	else if (strcmp(step, "premoderate") == 0)
		later(&out->premoderated_until, ends);
	else if (strcmp(step, "mute") == 0)
		later(&out->muted_until, ends);
	else if (strcmp(step, "exclude") == 0)
		later(&out->excluded_until, ends);
}

/* Whoever came from where a sanctioned guest had come from, while that sanction lasts. */
static enum err near_load(struct db *db, int64_t person, int64_t circle, struct standing *out)
{
	if (out->person.kind != PERSON_GUEST || out->is_invited)
		return ERR_NONE;
	return db_number(db, 0, &out->near_until,
			 "SELECT max(min(coalesce(s.ends, s.begins + ?3), s.begins + ?3))"
			 " FROM sanction_near n JOIN sanction s ON s.num = n.sanction"
			 " WHERE n.person = ?1 AND s.circle = ?2 AND s.lifted IS NULL"
			 " AND NOT (s.step = 'warn' AND s.acknowledged IS NOT NULL)",
			 "iii", person, circle, NEAR_MS);
}

static enum err sanctions_load(struct db *db, int64_t person, int64_t circle, struct standing *out)
{
	struct cursor *cursor =
		db_query(db, "SELECT step, ends, acknowledged FROM sanction"
			 " WHERE person = ? AND circle = ? AND lifted IS NULL", "ii", person, circle);

	while (cursor_next(cursor))
		sanction_read(cursor, out);
	return cursor_end(&cursor);
}

static enum err posts_load(struct db *db, int64_t person, int64_t circle, int64_t now,
			   struct standing *out)
{
	struct cursor *cursor = db_query(
		db, "SELECT min(at), max(CASE WHEN answer = 0 THEN at END), sum(at > ?)"
		" FROM post WHERE author = ? AND circle = ?", "iii", now - 60000, person, circle);

	if (cursor_next(cursor)) {
		out->first_post_at = cursor_int(cursor, 0);
		out->last_post_at = cursor_int(cursor, 1);
		out->posts_last_minute = cursor_int(cursor, 2);
	}
	return cursor_end(&cursor);
}

enum err standing_load(struct db *db, const struct id_key *key, int64_t person, int64_t circle,
		       bool is_public, int64_t process, int64_t now, struct standing *out)
{
	struct cursor *cursor = db_query(
		db, "SELECT a.nonce, a.kind, a.name, a.tag, a.lang, a.created, a.erasing,"
		" m.role, m.organisation, c.version FROM person a"
		" LEFT JOIN member m ON m.circle = ?2 AND m.person = a.num"
		" LEFT JOIN accepted c ON c.person = a.num AND c.process = ?3 WHERE a.num = ?1",
		"iii", person, circle, process);
	enum err err = ERR_UNAUTHORISED;
	enum err ended;

	if (cursor_next(cursor)) {
		*out = (struct standing){.is_invited = !cursor_is_null(cursor, 7)};
		person_read(cursor, 0, key, person, &out->person);
		out->role = out->is_invited ? (enum role)cursor_int(cursor, 7) : ROLE_PARTICIPANT;
		snprintf(out->organisation, sizeof out->organisation, "%s", cursor_text(cursor, 8));
		out->accepted = cursor_int(cursor, 9);
		err = out->person.is_erased	       ? ERR_UNAUTHORISED
		      : out->is_invited || is_public ? ERR_NONE
						     : ERR_NOT_FOUND;
	}
	ended = cursor_end(&cursor);
	if (ended || err)
		return ended ? ended : err;
	err = posts_load(db, person, circle, now, out);
	if (!err)
		err = sanctions_load(db, person, circle, out);
	return err ? err : near_load(db, person, circle, out);
}

/* Inside a JSON string its quotes would be escaped: this stands only where we wrote it. */
static const char named[] = "{\"id\":\"m";

static enum err name_add(struct db *db, const struct id_key *key, const char *id, struct buf *out)
{
	struct person person;
	int64_t num = 0;
	enum err err = person_find(db, key, id, &num);

	if (!err)
		err = person_load(db, key, num, &person);
	if (err)
		return err == ERR_NOT_FOUND ? ERR_NONE : err;
	buf_text(out, ",\"name\":");
	buf_json(out, person.name, strlen(person.name));
	if (*person.tag) {
		buf_text(out, ",\"tag\":");
		buf_json(out, person.tag, strlen(person.tag));
	}
	return ERR_NONE;
}

/* A note's words stand in its row alone: `"note":"n…"` at the beginning of a body is ours. */
static enum err note_add(struct db *db, const struct id_key *key, const char **body,
						 struct buf *out)
{
	static const char begins[] = "\"note\":\"n";
	enum { AT_ID = sizeof begins - 2 };
	struct cursor *cursor;
	char id[ID_TEXT];
	int64_t num;
	uint64_t nonce;

	if (strncmp(*body, begins, sizeof begins - 1) != 0 ||
		strcspn(*body + AT_ID, "\"") != ID_TEXT - 1 || (*body)[AT_ID + ID_TEXT - 1] != '"')
		return ERR_NONE;
	memcpy(id, *body + AT_ID, ID_TEXT - 1);
	id[ID_TEXT - 1] = '\0';
	if (!id_open(key, 'n', id, &num, &nonce))
		return ERR_NONE;
	buf_add(out, *body, AT_ID + ID_TEXT);
	*body += AT_ID + ID_TEXT;
	cursor = db_query(db, "SELECT text FROM note WHERE num = ? AND nonce = ?", "ii", num,
					  (int64_t)nonce);
	buf_text(out, ",\"text\":");
	if (cursor_next(cursor))
		buf_json(out, cursor_text(cursor, 0), cursor_bytes(cursor, 0));
	else
		buf_text(out, "\"\"");
	return cursor_end(&cursor);
}

enum err people_name(struct db *db, const struct id_key *key, const char *body, struct buf *out)
{
	enum { AT_ID = sizeof named - 2 };
	enum err err = note_add(db, key, &body, out);

	const char *at;

	if (!err)
		err = said_add(db, &body, out);

	while (!err && (at = strstr(body, named)) != NULL) {
		size_t whole = AT_ID + ID_TEXT - 1 + 1; /* up to the closing quote */
		char id[ID_TEXT];

		if (strlen(at) <= whole || strcspn(at + AT_ID, "\"") != ID_TEXT - 1)
			break;
		memcpy(id, at + AT_ID, ID_TEXT - 1);
		id[ID_TEXT - 1] = '\0';
		buf_add(out, body, (size_t)(at - body) + whole);
		body = at + whole;
		if (*body == '}')
			err = name_add(db, key, id, out);
	}
	buf_text(out, body);
	return err;
}
