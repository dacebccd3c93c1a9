/* session.c: who speaks: opening (guest, invitation, resume), devices, leaving. Identity is durable
 * before it is answered; what it may see is read afterwards. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "calls/calls.h"
#include "calls/enter.h"
#include "calls/name.h"
#include "calls/near.h"
#include "store/post_row.h"

enum {
	DAY_MS = 86400000,
	HOUR_MS = 3600000,
	LISTED_MOST = 50,
	MEMO_LISTING = 0, /* circles are told apart by their numbers, from 1 on */
	ANSWER_BYTES = 7000, /* as many as most answers to session.open need */
	SUMMARY_BYTES = 2000, /* of one circle in the list at most */
	LINK_MINUTES = 60,
	DEVICES_MOST = 50,
	LINKS_MOST = 20,     /* open at the same time */
	SECRET_MOST = 65536, /* a wrong one is wrong, however long */
};

static enum err check_accept(struct call *call)
{
	const json_t *accept = json_object_get(call->request.params, "accept");

	/* An unknown or outdated one is ignored; one of the wrong type is a mistake. */
	return !accept || json_is_null(accept) || json_is_object(accept)
			   ? ERR_NONE
			   : call_refuse(call, ERR_BAD_PARAMS, NULL);
}

enum err check_session_open(struct call *call)
{
	const char *token = NULL, *resume = NULL, *lang = NULL;
	enum err err = param_text_optional(call, "token", SECRET_MOST, &token);

	if (!err)
		err = param_text_optional(call, "resume", SECRET_MOST, &resume);
	if (!err)
		err = param_text_optional(call, "lang", 35, &lang);
	if (!err)
		err = check_accept(call);
	return err ? err : check_name(call);
}

/* A resume token is the person's id and a secret. */
enum { RESUME_TEXT = ID_TEXT - 1 + TOKEN_TEXT, NUM_BYTES = 8 };

/* What the commit knows and the answer says. */
struct opened {
	char resume[RESUME_TEXT];
	bool is_newcomer; /* made just now: what follows is all there is to know of them */
	struct person person;
	int64_t device_nonce;
};

/* A commit may be tried again: then what the first try left is written over. */
static struct opened *opened_begin(struct call *call)
{
	if (!call->carried)
		call->carried = malloc(sizeof(struct opened));
	if (call->carried)
		memset(call->carried, 0, sizeof(struct opened));
	return call->carried;
}

static void hash_of(const char *token, unsigned char hash[TOKEN_HASH_BYTES])
{
	token_hash(token, strlen(token), hash);
}

/* What is stored of a resume token begins with the person's number: newcomers' hashes then lie side
 * by side in their index, and a commit of twenty writes one page of it instead of twenty. 192 bits
 * of the hash are left. */
static void hash_for(int64_t person, const char *resume, unsigned char hash[TOKEN_HASH_BYTES])
{
	hash_of(resume, hash);
	for (int i = 0; i < NUM_BYTES; i++)
		hash[i] = (unsigned char)((uint64_t)person >> 8 * (NUM_BYTES - 1 - i));
}

/* Tokens from before have no id in front. */
static void hash_of_resume(const struct id_key *key, const char *resume,
						   unsigned char hash[TOKEN_HASH_BYTES])
{
	char id[ID_TEXT] = "";
	uint64_t nonce;
	int64_t person;

	if (strlen(resume) == RESUME_TEXT - 1)
		memcpy(id, resume, ID_TEXT - 1);
	if (id_open(key, 'm', id, &person, &nonce))
		hash_for(person, resume, hash);
	else
		hash_of(resume, hash);
}

/* ---- who ---- */

/* Name, tag, kind and language are given; the rest is filled in. */
static enum err person_make(struct keeper *keeper, struct person *person)
{
	enum err err;

	person->nonce = (int64_t)id_random();
	person->created = keeper_now(keeper);
	err = db_insert(keeper_db(keeper), &person->num,
					"INSERT INTO person (nonce, kind, name, tag, lang, created)"
					" VALUES (?, ?, ?, nullif(?, ''), ?, ?)",
					"iittti", person->nonce, (int64_t)person->kind, person->name, person->tag,
					person->lang, person->created);
	if (!err)
		id_seal(keeper_id_key(keeper), 'm', person->num, (uint64_t)person->nonce, person->id);
	return err;
}

static void tag_make(char out[TAG_TEXT], int letters)
{
	static const char alphabet[] = "23456789abcdefghjkmnpqrstvwxyz";
	uint64_t bits = id_random(); /* far more than so few letters use up */

	for (int i = 0; i < letters && i < TAG_TEXT - 1; i++, bits /= sizeof alphabet - 1)
		out[i] = alphabet[bits % (sizeof alphabet - 1)];
	out[letters < TAG_TEXT - 1 ? letters : TAG_TEXT - 1] = '\0';
}

static void person_begin(const struct call *call, enum person_kind kind, const char *name,
						 struct person *person)
{
	if (!name)
		name = texts_get(call->house->texts, call->outcome.lang, "guest.name");
	person->kind = kind;
	*(char *)mempcpy(person->name, name, strnlen(name, sizeof person->name - 1)) = '\0';
	memcpy(person->lang, call->outcome.lang, sizeof person->lang);
}

static enum err open_guest(struct call *call, struct keeper *keeper, struct opened *opened)
{
	struct person *person = &opened->person;
	const char *name = param_or_null(call, "name");
	enum err err = name ? name_admit(call, keeper, name, person) : ERR_NONE;

	if (err)
		return err;
	person_begin(call, PERSON_GUEST, name, person);
	tag_make(person->tag, call->house->config->guest_tag_letters);
	err = person_make(keeper, person);
	call->outcome.person = person->num;
	opened->is_newcomer = true;
	return err ? err : near_look(call, keeper, call->outcome.person);
}

static enum err open_resumed(struct call *call, struct keeper *keeper, const char *resume,
							 bool *has_moved)
{
	unsigned char hash[TOKEN_HASH_BYTES];
	int64_t since = keeper_now(keeper) - (int64_t)call->house->config->resume_days * DAY_MS;
	int64_t used = 0;
	struct cursor *cursor;
	enum err err = ERR_UNAUTHORISED;
	enum err ended;

	hash_of_resume(keeper_id_key(keeper), resume, hash);
	cursor = db_query(keeper_db(keeper),
					  "SELECT d.num, d.person, d.used, d.hash, a.lang,"
					  " a.kind = ?4 AND d.place IS NOT nullif(?3, 0) FROM device d"
					  " JOIN person a ON a.num = d.person"
					  " WHERE d.hash = ?1 AND d.revoked IS NULL AND d.used > ?2"
					  " AND a.erased IS NULL",
					  "biii", hash, sizeof hash, since, (int64_t)call->asker.address,
					  (int64_t)PERSON_GUEST);
	if (cursor_next(cursor)) {
		size_t bytes;
		const void *stored = cursor_blob(cursor, 3, &bytes);

		/* Found by its index; compared in constant time all the same. */
		if (bytes == sizeof hash && token_hash_equal(stored, hash)) {
			call->outcome.device = cursor_int(cursor, 0);
			call->outcome.person = cursor_int(cursor, 1);
			used = cursor_int(cursor, 2);
			*has_moved = cursor_int(cursor, 5);
			if (!param_given(call, "lang"))
				snprintf(call->outcome.lang, sizeof call->outcome.lang, "%s",
						 cursor_text(cursor, 4));
			err = ERR_NONE;
		}
	}
	ended = cursor_end(&cursor);
	if (ended || err)
		return ended ? ended : call_refuse(call, err, "resume");
	/* Thirty days count from the last use; once an hour is near enough. */
	if (keeper_now(keeper) - used > HOUR_MS)
		err = db_run(keeper_db(keeper), "UPDATE device SET used = ? WHERE num = ?", "ii",
					 keeper_now(keeper), call->outcome.device);
	return err;
}

struct invited {
	int64_t num, circle, person;
	enum role role;
	char name[NAME_ROOM], organisation[NAME_ROOM], sector[NAME_ROOM];
};

static enum err invitation_read(struct call *call, struct keeper *keeper, const char *token,
								struct invited *out)
{
	unsigned char hash[TOKEN_HASH_BYTES];
	struct cursor *cursor;
	enum err err = ERR_UNAUTHORISED;
	enum err ended;

	hash_of(token, hash);
	cursor = db_query(keeper_db(keeper),
					  "SELECT num, coalesce(circle, 0), coalesce(person, 0), role, name,"
					  " organisation, sector, hash FROM invitation WHERE hash = ? AND used IS NULL"
					  " AND (ends IS NULL OR ends > ?)",
					  "bi", hash, sizeof hash, keeper_now(keeper));
	if (cursor_next(cursor)) {
		size_t bytes;
		const void *stored = cursor_blob(cursor, 7, &bytes);

		if (bytes == sizeof hash && token_hash_equal(stored, hash))
			err = ERR_NONE;
		out->num = cursor_int(cursor, 0);
		out->circle = cursor_int(cursor, 1);
		out->person = cursor_int(cursor, 2);
		out->role = (enum role)cursor_int(cursor, 3);
		snprintf(out->name, sizeof out->name, "%s", cursor_text(cursor, 4));
		snprintf(out->organisation, sizeof out->organisation, "%s", cursor_text(cursor, 5));
		snprintf(out->sector, sizeof out->sector, "%s", cursor_text(cursor, 6));
	}
	ended = cursor_end(&cursor);
	if (ended)
		return ended;
	return err ? call_refuse(call, err, "invitation") : ERR_NONE;
}

/* Who moderates, from when on, is part of the desk's record. */
static enum err role_tell(struct keeper *keeper, int64_t person, const struct invited *invited)
{
	char body[100];
	struct draft draft = {.journal = journal_of(JOURNAL_DESK, invited->circle),
						  .kind = EVENT_ROLE_GIVEN,
						  .body = body};
	struct person given;
	int64_t before = ROLE_NONE;
	enum err err = db_number(keeper_db(keeper), ROLE_NONE, &before,
							 "SELECT role FROM member WHERE circle = ? AND person = ?", "ii",
							 invited->circle, person);

	if (err || invited->role < ROLE_MODERATOR || (enum role)before >= invited->role)
		return err;
	err = person_load(keeper_db(keeper), keeper_id_key(keeper), person, &given);
	snprintf(body, sizeof body, "\"participant\":{\"id\":\"%s\"},\"role\":\"%s\"", given.id,
			 role_name(invited->role));
	return err ? err : keeper_append(keeper, &draft, NULL);
}

/* A guest who is invited is known by the name alone from now on; if that is somebody's already whom
 * one meets, by the name that the invitation is made out to. */
static enum err tag_drop(struct keeper *keeper, int64_t num, const char *invited_name)
{
	enum namesake taken = NAMESAKE_NONE;
	struct person person;
	enum err err = person_load(keeper_db(keeper), keeper_id_key(keeper), num, &person);

	if (err || person.kind == PERSON_MEMBER)
		return err;
	err = keeper_namesake(keeper, person.name, num, &taken);
	if (err)
		return err;
	if (taken != NAMESAKE_NEAR && taken != NAMESAKE_DISGUISED)
		invited_name = "";
	return db_run(keeper_db(keeper),
				  "UPDATE person SET kind = ?, tag = NULL, name = coalesce(nullif(?, ''), name)"
				  " WHERE num = ?",
				  "iti", (int64_t)PERSON_MEMBER, invited_name, num);
}

static enum err become_member(struct call *call, struct keeper *keeper,
							  const struct invited *invited)
{
	int64_t person = call->outcome.person;
	enum err err = role_tell(keeper, person, invited);

	if (!err)
		err = db_run(keeper_db(keeper),
					 "INSERT INTO member (circle, person, role, organisation, sector, since)"
					 " VALUES (?, ?, ?, nullif(?, ''), nullif(?, ''), ?) ON CONFLICT DO UPDATE SET"
					 " role = max(role, excluded.role), organisation = excluded.organisation,"
					 " sector = excluded.sector",
					 "iiitti", invited->circle, person, (int64_t)invited->role,
					 invited->organisation, invited->sector, keeper_now(keeper));
	if (!err)
		err = tag_drop(keeper, person, invited->name);
	if (!err)
		err = keeper_tell_house(keeper, EVENT_STANDING_CHANGED, person, invited->circle);
	return err;
}

static enum err open_invited(struct call *call, struct keeper *keeper, const char *token,
							 struct opened *opened)
{
	struct invited invited = {0};
	struct person *person = &opened->person;
	const char *name = param_or_null(call, "name");
	enum err err = invitation_read(call, keeper, token, &invited);

	/* A link for another device of the same person: it makes nobody somebody else. */
	if (!err && !invited.circle && call->outcome.person && call->outcome.person != invited.person)
		err = call_refuse(call, ERR_UNAUTHORISED, "invitation");
	if (!err && !invited.circle)
		call->outcome.person = invited.person;
	else if (!err && !call->outcome.person) {
		person_begin(call, PERSON_MEMBER, *invited.name ? invited.name : name, person);
		err = person_make(keeper, person);
		call->outcome.person = person->num;
	}
	if (!err && invited.circle)
		err = become_member(call, keeper, &invited);
	if (!err)
		err = db_run(keeper_db(keeper), "UPDATE invitation SET used = ?, person = ? WHERE num = ?",
					 "iii", keeper_now(keeper), call->outcome.person, invited.num);
	return err;
}

/* `place`: of a guest, see near.h. */
static enum err device_make(struct call *call, struct keeper *keeper, uint64_t place,
							struct opened *opened)
{
	struct person *person = &opened->person;
	unsigned char hash[TOKEN_HASH_BYTES];
	enum err err = ERR_NONE;

	/* Whoever came by a link was there before. */
	if (!person->num)
		err = person_load(keeper_db(keeper), keeper_id_key(keeper), call->outcome.person, person);
	if (err)
		return err;
	memcpy(opened->resume, person->id, ID_TEXT - 1);
	token_make(opened->resume + ID_TEXT - 1);
	hash_for(person->num, opened->resume, hash);
	opened->device_nonce = (int64_t)id_random();
	return db_insert(keeper_db(keeper), &call->outcome.device,
					 "INSERT INTO device (nonce, person, hash, created, used, place)"
					 " VALUES (?, ?, ?, ?, ?, nullif(?, 0))",
					 "iibiii", opened->device_nonce, call->outcome.person, hash, sizeof hash,
					 keeper_now(keeper), keeper_now(keeper), (int64_t)place);
}

/* May this person know of the process: is anything of it public, or they a member somewhere? */
static enum err process_may_know(struct keeper *keeper, const struct declared *declared,
								 int64_t person, bool *out)
{
	int64_t is_member = 0;
	enum err err = ERR_NONE;

	if (declared->process && !declared->is_public)
		err = db_number(keeper_db(keeper), 0, &is_member,
						"SELECT 1 FROM member m JOIN circle c ON c.num = m.circle"
						" WHERE m.person = ? AND c.process = ? LIMIT 1",
						"ii", person, declared->process);
	*out = declared->is_public || is_member;
	return err;
}

/* The charter accepted in the same breath, if it is the one in force. What was accepted already is
 * not written again; a newcomer has accepted nothing. */
static enum err accept_along(struct call *call, struct keeper *keeper, const json_t *accept,
							 bool is_newcomer, bool *is_news)
{
	const char *process = json_string_value(json_object_get(accept, "process"));
	const json_t *version = json_object_get(accept, "version");
	struct declared declared = {0};
	bool may_know = false;
	enum err err;

	*is_news = false;
	if (!process || !json_is_integer(version))
		return ERR_NONE;
	err = keeper_declared(keeper, process, &declared);
	if (err || declared.charter_version != json_integer_value(version))
		return err;
	err = process_may_know(keeper, &declared, call->outcome.person, &may_know);
	if (err || !may_know)
		return err;
	if (is_newcomer)
		return db_run(keeper_db(keeper),
					  "INSERT INTO accepted (person, process, version, at) VALUES (?, ?, ?, ?)",
					  "iiii", call->outcome.person, declared.process, declared.charter_version,
					  keeper_now(keeper));
	err = db_run(keeper_db(keeper),
				 "INSERT INTO accepted (person, process, version, at) VALUES (?, ?, ?, ?)"
				 " ON CONFLICT DO UPDATE SET version = excluded.version, at = excluded.at"
				 " WHERE version <> excluded.version",
				 "iiii", call->outcome.person, declared.process, declared.charter_version,
				 keeper_now(keeper));
	*is_news = db_changes(keeper_db(keeper)) > 0;
	return err;
}

enum err keep_session_open(struct call *call, struct keeper *keeper)
{
	const json_t *params = call->request.params, *accept = json_object_get(params, "accept");
	const char *token = json_string_value(json_object_get(params, "token"));
	const char *resume = json_string_value(json_object_get(params, "resume"));
	bool is_new_guest = !token && !resume, has_moved = true, is_news = false;
	struct opened *opened = opened_begin(call);
	enum err err = opened ? ERR_NONE : ERR_NO_MEMORY;

	snprintf(call->outcome.lang, sizeof call->outcome.lang, "%s",
			 texts_lang(param_or_null(call, "lang")));
	if (err)
		return err;
	if (resume)
		err = open_resumed(call, keeper, resume, &has_moved);
	if (!err && token)
		err = open_invited(call, keeper, token, opened);
	if (is_new_guest)
		err = open_guest(call, keeper, opened);
	call->outcome.is_newcomer = opened->is_newcomer;
	if (!err && !resume)
		err = device_make(call, keeper, is_new_guest ? call->asker.address : 0, opened);
	if (!err && !is_new_guest && has_moved)
		err = near_place(call, keeper);
	if (!err && json_is_object(accept))
		err = accept_along(call, keeper, accept, is_new_guest, &is_news);
	/* Nothing is remembered yet of whoever came just now. */
	if (!err && is_news)
		keeper_forget_person(keeper, call->outcome.person);
	/* One that is longer than ours opened nothing. */
	if (!err && resume)
		snprintf(opened->resume, sizeof opened->resume, "%s", resume);
	return err;
}

/* ---- what they see ---- */

static void participant_note(struct call *call, const struct person *person)
{
	struct buf brief = {0};

	buf_text_member(&brief, "{\"id\":", person->id);
	buf_text_member(&brief, ",\"name\":", person->name);
	if (*person->tag)
		buf_text_member(&brief, ",\"tag\":", person->tag);
	buf_text(&brief, "}");
	if (buf_ok(&brief))
		call->outcome.participant = shared_new(brief.data, brief.bytes);
	buf_fini(&brief);
}

static void limits_write(const struct config *config, struct buf *out)
{
	buf_int_member(out, ",\"limits\":{\"text_points\":", 8000);
	buf_int_member(out, ",\"message_bytes\":", 65536);
	buf_int_member(out, ",\"history_page\":", config->history_page_most);
	buf_int_member(out, ",\"posts_per_minute\":", config->limits ? config->posts_per_minute : 0);
	buf_int_member(out, ",\"burst\":", config->posts_burst);
	buf_text(out, "}");
}

/* {"id","title","charter_version","circles":[ … left open. */
static enum err process_begin(struct db *db, int64_t process, const char *lang, struct buf *out)
{
	struct cursor *cursor = db_query(
		db, "SELECT id, about, charter_version FROM process WHERE num = ?", "i", process);
	enum err err = ERR_NOT_FOUND;
	enum err ended;

	if (cursor_next(cursor)) {
		json_t *about = json_loads(cursor_text(cursor, 1), 0, NULL);
		json_t *title = text_in_language(json_object_get(about, "title"), lang);

		buf_text(out, "{\"id\":");
		buf_json(out, cursor_text(cursor, 0), cursor_bytes(cursor, 0));
		buf_text(out, ",\"title\":");
		buf_json(out, json_string_value(title), json_string_length(title));
		buf_text(out, ",\"charter_version\":");
		buf_int(out, cursor_int(cursor, 2));
		buf_text(out, ",\"circles\":[");
		json_decref(title);
		json_decref(about);
		err = ERR_NONE;
	}
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

/* Circles in the order in which they are listed: number and process. */
struct listing {
	int64_t circles[LISTED_MOST], processes[LISTED_MOST];
	size_t count;
};

static enum err listing_add(struct cursor *cursor, struct listing *listing)
{
	while (listing->count < LISTED_MOST && cursor_next(cursor)) {
		int64_t circle = cursor_int(cursor, 0);
		bool is_listed = false;

		for (size_t i = 0; i < listing->count && !is_listed; i++)
			is_listed = listing->circles[i] == circle;
		if (is_listed)
			continue;
		listing->circles[listing->count] = circle;
		listing->processes[listing->count++] = cursor_int(cursor, 1);
	}
	return cursor_end(&cursor);
}

/* Circles one was invited to first: they are why one came. */
static enum err listing_read(struct db *db, int64_t person, struct listing *listing)
{
	enum err err = listing_add(
		db_query(db,
				 "SELECT c.num, c.process FROM member m JOIN circle c ON c.num = m.circle"
				 " WHERE m.person = ? ORDER BY c.process, c.place LIMIT ?",
				 "ii", person, (int64_t)LISTED_MOST),
		listing);

	return err ? err
			   : listing_add(db_query(db,
									  "SELECT num, process FROM circle WHERE access = 'public'"
									  " ORDER BY process, place LIMIT ?",
									  "i", (int64_t)LISTED_MOST * 2),
							 listing);
}

static enum err process_listed(struct call *call, struct db *db, const struct listing *listing,
							   int64_t process)
{
	struct buf *out = &call->result;
	enum err err = process_begin(db, process, call->outcome.lang, out);
	bool is_first = true;

	for (size_t i = 0; i < listing->count && !err; i++) {
		/* process.read has the rest. */
		if (listing->processes[i] != process ||
			out->bytes + SUMMARY_BYTES > (size_t)call->house->config->page_bytes_most)
			continue;
		if (!is_first)
			buf_text(out, ",");
		is_first = false;
		err = circle_summary(db, listing->circles[i], call->outcome.person, call->outcome.lang,
							 out);
	}
	buf_text(out, "]}");
	return err;
}

static enum err processes_list(struct call *call, struct db *db)
{
	struct listing listing = {.count = 0};
	enum err err = listing_read(db, call->outcome.person, &listing);

	buf_text(&call->result, "[");
	for (size_t i = 0; i < listing.count && !err; i++) {
		bool is_first = true;

		for (size_t j = 0; j < i && is_first; j++)
			is_first = listing.processes[j] != listing.processes[i];
		if (!is_first)
			continue;
		if (i)
			buf_text(&call->result, ",");
		err = process_listed(call, db, &listing, listing.processes[i]);
	}
	buf_text(&call->result, "]");
	return err;
}

/* Whoever is nowhere a member and has marked nothing sees what all such people see; and when many
 * come at once, nothing has happened since the last of them. */
static enum err processes_write(struct call *call, struct db *db, bool is_known)
{
	const char *lang = call->outcome.lang, *memo;
	size_t from = call->result.bytes, bytes;
	enum err err;

	if (is_known)
		return processes_list(call, db);
	memo = db_memo(db, MEMO_LISTING, lang, call->snapshot_row, &bytes);
	if (memo) {
		buf_add(&call->result, memo, bytes);
		return ERR_NONE;
	}
	err = processes_list(call, db);
	if (err || !buf_ok(&call->result))
		return err;
	memo = call->result.data + from;
	bytes = call->result.bytes - from;
	db_memo_keep(db, MEMO_LISTING, lang, call->snapshot_row, memo, bytes);
	call->outcome.common = shared_new(memo, bytes);
	return err;
}

/* What the store knows of somebody who comes back or was invited. */
struct known {
	int64_t inbox, role;
	bool is_known; /* is a member somewhere, or has marked something */
};

static enum err known_read(struct call *call, struct db *db, struct opened *opened,
						   struct known *out)
{
	int64_t num = call->outcome.person;
	struct cursor *cursor = db_query(
		db,
		"SELECT nonce, kind, name, tag, lang, created, erased,"
		" (SELECT seq FROM event WHERE journal = ?2 ORDER BY seq DESC LIMIT 1),"
		" (SELECT max(role) FROM member WHERE person = ?1),"
		" (SELECT nonce FROM device WHERE num = ?3),"
		" EXISTS (SELECT 1 FROM member WHERE person = ?1)"
		" OR EXISTS (SELECT 1 FROM mark WHERE person = ?1) FROM person WHERE num = ?1",
		"iii", num, journal_of(JOURNAL_INBOX, num), call->outcome.device);
	enum err err = ERR_NOT_FOUND;
	enum err ended;

	if (cursor_next(cursor)) {
		person_read(cursor, 0, store_id_key(call->house->store), num, &opened->person);
		out->inbox = cursor_int(cursor, 7);
		out->role = cursor_is_null(cursor, 8) ? ROLE_PARTICIPANT : cursor_int(cursor, 8);
		opened->device_nonce = cursor_int(cursor, 9);
		out->is_known = cursor_int(cursor, 10);
		err = ERR_NONE;
	}
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

/* {"participant",…,"server" and the key "processes". */
static void opened_write(struct call *call, const struct opened *opened, const struct known *known)
{
	const struct person *person = &opened->person;
	struct buf *out = &call->result;
	char device[ID_TEXT];

	id_seal(store_id_key(call->house->store), 'v', call->outcome.device,
			(uint64_t)opened->device_nonce, device);
	buf_text_member(out, "{\"participant\":{\"id\":", person->id);
	buf_text_member(out, ",\"name\":", person->name);
	buf_text_member(out, ",\"kind\":", person->kind == PERSON_GUEST ? "guest" : "member");
	buf_text_member(out, ",\"role\":", role_name((enum role)known->role));
	buf_text_member(out, ",\"lang\":", call->outcome.lang);
	if (*person->tag)
		buf_text_member(out, ",\"tag\":", person->tag);
	buf_text_member(out, "},\"resume\":", opened->resume);
	buf_text_member(out, ",\"device\":", device);
	buf_int_member(out, ",\"inbox_head\":", known->inbox);
	limits_write(call->house->config, out);
	buf_text(out, ",\"server\":{\"name\":\"maagal\",\"version\":\"" MAAGAL_VERSION
				  "\"},\"processes\":");
}

enum err read_session_open(struct call *call, struct db *db)
{
	struct opened *opened = call->carried;
	struct known known = {.role = ROLE_PARTICIPANT};
	enum err err = opened->is_newcomer ? ERR_NONE : known_read(call, db, opened, &known);

	if (err)
		return err;
	buf_reserve(&call->result, ANSWER_BYTES);
	opened_write(call, opened, &known);
	err = processes_write(call, db, known.is_known);
	buf_text(&call->result, "}");
	if (!err && !buf_ok(&call->result))
		err = ERR_NO_MEMORY;
	if (!err)
		participant_note(call, &opened->person);
	return err;
}

bool recall_session_open(struct call *call, const struct shared *common)
{
	const struct opened *opened = call->carried;
	const struct known known = {.role = ROLE_PARTICIPANT};

	if (!common || !opened->is_newcomer)
		return opened->is_newcomer;
	buf_reserve(&call->result, ANSWER_BYTES);
	opened_write(call, opened, &known);
	buf_add(&call->result, common->data, common->bytes);
	buf_text(&call->result, "}");
	if (!buf_ok(&call->result))
		return false;
	participant_note(call, &opened->person);
	return true;
}

/* ---- the rest of a session's life ---- */

enum err now_session_ping(struct call *call)
{
	char at[CLOCK_TEXT];

	clock_format(clock_wall_ms(), at);
	buf_format(&call->result, "{\"at\":\"%s\"}", at);
	return ERR_NONE;
}

enum err now_session_close(struct call *call)
{
	call->outcome.close = true;
	return ERR_NONE;
}

static json_t *link_json(const struct config *config, const char *token)
{
	if (config->public_url[0])
		return json_sprintf("%s/#invite=%s", config->public_url, token);
	return json_sprintf("%s://%s/#invite=%s", config->tls_cert[0] ? "https" : "http",
						config->listen, token);
}

static enum err links_count(struct call *call, struct keeper *keeper, int64_t *open)
{
	return db_number(keeper_db(keeper), 0, open,
					 "SELECT count(*) FROM invitation WHERE person = ? AND circle IS NULL"
					 " AND used IS NULL AND ends > ?",
					 "ii", call->asker.person, keeper_now(keeper));
}

/* Links that can open nothing any more go. */
static enum err links_tidy(struct call *call, struct keeper *keeper)
{
	return db_run(keeper_db(keeper),
				  "DELETE FROM invitation WHERE person = ? AND circle IS NULL"
				  " AND (used IS NOT NULL OR ends <= ?)",
				  "ii", call->asker.person, keeper_now(keeper));
}

/* A link that opens the same person's session on another device: once, within the hour. */
enum err keep_session_link(struct call *call, struct keeper *keeper)
{
	const struct config *config = call->house->config;
	unsigned char hash[TOKEN_HASH_BYTES];
	char token[TOKEN_TEXT], ends[CLOCK_TEXT];
	int64_t until = keeper_now(keeper) + LINK_MINUTES * 60000LL, devices = 0, links = 0;
	enum err err = enter_person(call, keeper);

	if (!err)
		err = db_number(keeper_db(keeper), 0, &devices,
						"SELECT count(*) FROM device WHERE person = ? AND revoked IS NULL", "i",
						call->asker.person);

	if (!err)
		err = links_count(call, keeper, &links);
	if (!err && (devices >= DEVICES_MOST || links >= LINKS_MOST))
		err = call_refuse(call, ERR_TOO_LARGE, "devices");
	if (err)
		return err;
	err = links_tidy(call, keeper);
	if (err)
		return err;
	token_make(token);
	hash_of(token, hash);
	err = db_run(
		keeper_db(keeper),
		"INSERT INTO invitation (hash, role, person, created, ends) VALUES (?, 0, ?, ?, ?)", "biii",
		hash, sizeof hash, call->asker.person, keeper_now(keeper), until);
	if (err)
		return err;
	clock_format(until, ends);
	return call_answer(call, json_pack("{s:o, s:s, s:s}", "link", link_json(config, token), "token",
									   token, "ends", ends));
}

enum err check_session_revoke(struct call *call)
{
	const char *device;

	return param_text(call, "device", ID_TEXT, &device);
}

enum err keep_session_revoke(struct call *call, struct keeper *keeper)
{
	const char *id = json_string_value(json_object_get(call->request.params, "device"));
	int64_t num, found = 0;
	uint64_t nonce;
	enum err err;

	if (!id_open(keeper_id_key(keeper), 'v', id, &num, &nonce))
		return ERR_NOT_FOUND;
	err = db_number(keeper_db(keeper), 0, &found,
					"SELECT num FROM device WHERE num = ? AND nonce = ? AND person = ?", "iii", num,
					(int64_t)nonce, call->asker.person);
	if (!err && !found)
		err = ERR_NOT_FOUND;
	if (!err)
		err = db_run(keeper_db(keeper), "UPDATE device SET revoked = ? WHERE num = ?", "ii",
					 keeper_now(keeper), num);
	/* Whoever holds the device may have made links with it. */
	if (!err)
		err = db_run(keeper_db(keeper),
					 "UPDATE invitation SET used = ? WHERE person = ? AND circle IS NULL"
					 " AND used IS NULL",
					 "ii", keeper_now(keeper), call->asker.person);
	if (!err)
		err = keeper_tell_house(keeper, EVENT_DEVICE_REVOKED, call->asker.person, num);
	call->outcome.revoked_device = num;
	return err;
}
