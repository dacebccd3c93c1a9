/* verify.c: looks at everything that is kept and tells what does not fit; see verify.h. */
#include "store/verify.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/map.h"
#include "base/utf8.h"
#include "circle/event.h"
#include "store/chain.h"
#include "store/keeper.h"
#include "store/mask.h"
#include "store/said.h"
#include "store/said_of.h"
#include "store/schema.h"
#include "store/verify_inside.h"

enum { FLAWS_MOST = 100, SENTENCE_ROOM = 400, HEX_ROOM = CHAIN_BYTES * 2 + 1, NAME_BYTES = 80 };

void verify_flaw(struct verifier *verifier, const char *format, ...)
{
	char sentence[SENTENCE_ROOM];
	va_list args;

	if (json_array_size(verifier->flaws) >= FLAWS_MOST)
		return;
	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	json_array_append_new(verifier->flaws, json_string(sentence));
}

void verify_end(struct verifier *verifier, struct cursor **cursor, const char *what)
{
	if (cursor_end(cursor) != ERR_NONE)
		verify_flaw(verifier, "%s could not be read to the end: %.200s.", what,
		     db_message(verifier->db));
}

/* "desk/forum"; a circle that is not there is named by its number. */
static void name_journal(struct verifier *verifier, int64_t journal, char out[NAME_BYTES])
{
	enum journal_kind kind = journal_kind_of(journal);
	int64_t owner = journal_owner(journal);
	struct cursor *cursor;

	snprintf(out, NAME_BYTES, "%s/%" PRId64, journal_prefix(kind), owner);
	if (kind != JOURNAL_CIRCLE && kind != JOURNAL_DESK)
		return;
	cursor = db_query(verifier->db, "SELECT id FROM circle WHERE num = ?", "i", owner);
	if (cursor_next(cursor))
		snprintf(out, NAME_BYTES, "%s/%.64s", journal_prefix(kind), cursor_text(cursor, 0));
	(void)!cursor_end(&cursor);
}

/* ---- the file ---- */

/* False: these are not the tables that this program knows; asking on would say little. */
static bool check_file(struct verifier *verifier)
{
	struct cursor *cursor = db_query(verifier->db, "PRAGMA integrity_check(20)", "");
	int64_t version = 0;
	enum err err;

	while (cursor_next(cursor))
		if (strcmp(cursor_text(cursor, 0), "ok") != 0)
			verify_flaw(verifier, "The database file is damaged: %.250s.", cursor_text(cursor, 0));
	verify_end(verifier, &cursor, "The database file");
	cursor = db_query(verifier->db, "PRAGMA foreign_key_check", "");
	while (cursor_next(cursor))
		verify_flaw(verifier,
		     "Row %" PRId64 " of table %.40s belongs to a row of %.40s that is not there.",
		     cursor_int(cursor, 1), cursor_text(cursor, 0), cursor_text(cursor, 2));
	verify_end(verifier, &cursor, "The tables' references");
	err = db_number(verifier->db, 0, &version, "PRAGMA user_version", "");
	if (!err && version == SCHEMA_VERSION)
		return true;
	verify_flaw(verifier,
	     "The store has schema %" PRId64 " and this program checks %d: use the program that wrote"
	     " it, or let a server bring it up to date.",
	     version, SCHEMA_VERSION);
	return false;
}

static void read_key(struct verifier *verifier)
{
	struct cursor *cursor =
		db_query(verifier->db, "SELECT value FROM house WHERE name = 'id_key'", "");
	const void *bytes;
	size_t count = 0;

	if (cursor_next(cursor)) {
		bytes = cursor_blob(cursor, 0, &count);
		verifier->has_key = count == sizeof verifier->key;
		if (verifier->has_key)
			memcpy(&verifier->key, bytes, count);
	}
	verify_end(verifier, &cursor, "The key that seals ids");
	if (!verifier->has_key)
		verify_flaw(verifier, "The key that seals ids is missing or cut.");
	(void)!db_number(verifier->db, 0, &verifier->said_from,
			 "SELECT value FROM house WHERE name = 'said_from'", "");
}

/* ---- the journals ---- */

/* No row of the log is ever deleted: where some are gone, the end of a journal was cut off, be it
 * only an inbox's. */
static void check_gone(struct verifier *verifier)
{
	struct cursor *cursor = db_query(verifier->db,
		"SELECT before + 1, row - 1 FROM (SELECT row, lag(row, 1, 0) OVER (ORDER BY row) before"
		" FROM event) WHERE row <> before + 1", "");

	while (cursor_next(cursor))
		verify_flaw(verifier, "Rows %" PRId64 " to %" PRId64 " of the log are gone.",
			    cursor_int(cursor, 0), cursor_int(cursor, 1));
	verify_end(verifier, &cursor, "The log");
}

/* Rows come in the order of their commits: each journal must count 1, 2, 3 along them. */
static void check_numbers(struct verifier *verifier)
{
	struct map *heads = map_new();
	struct cursor *cursor = db_query(verifier->db,
		"SELECT row, journal, seq, kind FROM event ORDER BY row", "");

	while (heads && cursor_next(cursor)) {
		int64_t journal = cursor_int(cursor, 1), seq = cursor_int(cursor, 2);
		int64_t before = (int64_t)(uintptr_t)map_get(heads, (uint64_t)journal);
		char name[NAME_BYTES];

		verifier->events++;
		verifier->journals += before == 0;
		if (seq != before + 1) {
			name_journal(verifier, journal, name);
			verify_flaw(verifier,
			     "Journal %s has a gap: number %" PRId64 " follows %" PRId64
			     " (row %" PRId64 ").",
			     name, seq, before, cursor_int(cursor, 0));
		}
		if (!*event_name((enum event_kind)cursor_int(cursor, 3)))
			verify_flaw(verifier, "Row %" PRId64 " is an event of a kind that does not exist.",
			     cursor_int(cursor, 0));
		/* 0 means absent to a map. */
		if (!map_put(heads, (uint64_t)journal, (void *)(uintptr_t)(seq > 0 ? seq : 1)))
			break;
	}
	verify_end(verifier, &cursor, "The journals");
	map_free(&heads);
}

/* ---- the posts ---- */

/* Every visible change is an event. */
static void check_revisions(struct verifier *verifier)
{
	struct cursor *cursor = db_query(verifier->db,
		"SELECT p.num FROM post p LEFT JOIN (SELECT post, count(*) n FROM event"
		" WHERE journal % ? = 0 AND kind IN (?, ?, ?, ?, ?, ?) GROUP BY post) e ON e.post = p.num"
		" WHERE p.seq IS NOT NULL AND p.rev <> 1 + coalesce(e.n, 0)",
		"iiiiiii", (int64_t)JOURNAL_KIND_COUNT, (int64_t)EVENT_EDITED, (int64_t)EVENT_ERASED,
		(int64_t)EVENT_REDACTED, (int64_t)EVENT_REMOVED, (int64_t)EVENT_RESTORED,
		(int64_t)EVENT_RETRACTED);

	while (cursor_next(cursor))
		verify_flaw(verifier, "Post %" PRId64 " was changed more or less often than is told.",
			    cursor_int(cursor, 0));
	verify_end(verifier, &cursor, "The posts' changes");
}

static void check_posts(struct verifier *verifier)
{
	struct cursor *cursor = db_query(verifier->db,
		"SELECT p.num, p.seq FROM post p LEFT JOIN event e ON e.journal = p.circle * ? AND"
		" e.seq = p.seq WHERE p.seq IS NOT NULL AND (e.row IS NULL OR e.post IS NOT p.num"
		" OR e.kind <> ?)",
		"ii", (int64_t)JOURNAL_KIND_COUNT, (int64_t)EVENT_POSTED);

	while (cursor_next(cursor))
		verify_flaw(verifier,
		     "Post %" PRId64 " should be number %" PRId64 " of its circle's journal, and is not.",
		     cursor_int(cursor, 0), cursor_int(cursor, 1));
	verify_end(verifier, &cursor, "The posts");
	cursor = db_query(verifier->db,
		"SELECT e.row FROM event e LEFT JOIN post p ON p.num = e.post WHERE e.kind = ? AND"
		" (p.num IS NULL OR p.seq IS NOT e.seq OR p.circle * ? <> e.journal)",
		"ii", (int64_t)EVENT_POSTED, (int64_t)JOURNAL_KIND_COUNT);
	while (cursor_next(cursor))
		verify_flaw(verifier,
			    "Row %" PRId64 " says that something was posted, and there is no such post.",
		     cursor_int(cursor, 0));
	verify_end(verifier, &cursor, "The journals' posts");
	cursor = db_query(verifier->db,
		"SELECT num, state FROM post WHERE (state IN (?, ?) AND text IS NULL)"
		" OR (state IN (?, ?, ?) AND text IS NOT NULL) OR (state = ? AND kept IS NOT NULL)"
		" OR state NOT BETWEEN 0 AND ?",
		"iiiiiii", (int64_t)POST_VISIBLE, (int64_t)POST_REDACTED, (int64_t)POST_REMOVED,
		(int64_t)POST_RETRACTED, (int64_t)POST_ERASED, (int64_t)POST_ERASED,
		(int64_t)POST_REJECTED);
	while (cursor_next(cursor))
		verify_flaw(verifier, "Post %" PRId64 " is %s, and its words say otherwise.",
		     cursor_int(cursor, 0), post_state_name((enum post_state)cursor_int(cursor, 1)));
	verify_end(verifier, &cursor, "The posts' words");
	check_revisions(verifier);
	(void)!db_number(verifier->db, 0, &verifier->posts, "SELECT count(*) FROM post", "");
}

/* ---- digests: what the desk wrote down of words that still stand ---- */

static bool digest_is_of(const void *salt, const char *text, size_t bytes, const char *digest)
{
	char own[DIGEST_TEXT];

	keeper_digest(salt, text, bytes, own);
	return strcmp(own, digest) == 0;
}

/* An item's words: of a held edit its own, of an appeal the appeal's; else its post's, which may
 * have changed since. */
static void check_digest(struct verifier *verifier, const char *desk, int64_t seq, int64_t item,
			 int64_t post, const char *digest)
{
	struct cursor *cursor = db_query(verifier->db,
		"SELECT coalesce(i.post, 0), i.salt, coalesce(i.text, a.text), p.text, p.kept, p.rev,"
		" i.kind FROM item i LEFT JOIN post p ON p.num = i.post"
		" LEFT JOIN appeal a ON a.item = i.num WHERE i.num = ?", "i", item);
	const void *salt;
	size_t count = 0;
	bool found = false, sure;

	if (!cursor_next(cursor)) {
		verify_flaw(verifier, "%s number %" PRId64 " names an item that is not there.", desk, seq);
	} else if (cursor_int(cursor, 0) != post) {
		verify_flaw(verifier,
			    "%s number %" PRId64 " points at another post than its item.",
			    desk, seq);
	} else if (!cursor_is_null(cursor, 1)) {
		bool is_edit = strcmp(cursor_text(cursor, 6), "edit") == 0 ||
			       strcmp(cursor_text(cursor, 6), "appeal") == 0;

		salt = cursor_blob(cursor, 1, &count);
		/* A changed post's first words may be gone, and rightly so. */
		sure = is_edit ? !cursor_is_null(cursor, 2)
			       : cursor_int(cursor, 5) <= 1 && !(cursor_is_null(cursor, 3) &&
								 cursor_is_null(cursor, 4));
		for (int column = is_edit ? 2 : 3; count == SALT_BYTES && !found &&
						  column <= (is_edit ? 2 : 4); column++)
			found = !cursor_is_null(cursor, column) &&
				digest_is_of(salt, cursor_text(cursor, column),
					     cursor_bytes(cursor, column), digest);
		verifier->digests += found;
		if (sure && !found)
			verify_flaw(verifier, "%s number %" PRId64 ": the words that were held are not those"
			     " that are kept.", desk, seq);
	}
	verify_end(verifier, &cursor, "An item");
}

/* ---- what the desk's events name: the rows are as the events tell them ---- */

bool verify_is_same(struct cursor *cursor, int column, const json_t *told)
{
	const char *text = json_string_value(told);

	return text ? strcmp(cursor_text(cursor, column), text) == 0 : cursor_is_null(cursor, column);
}

int64_t verify_num(struct verifier *verifier, const struct told *told, char kind,
		   const char *member, uint64_t *nonce)
{
	const char *id = json_string_value(json_object_get(told->body, member));
	int64_t num = 0;

	if (id && id_open(&verifier->key, kind, id, &num, nonce))
		return num;
	verify_flaw(verifier,
		    "%s number %" PRId64 " names a %s with a wrong id.",
		    told->desk, told->seq,
	     member);
	return 0;
}

bool verify_is_person(struct verifier *verifier, struct cursor *cursor, int column,
		      const json_t *told)
{
	const char *id = json_string_value(json_object_get(told, "id"));
	uint64_t nonce;
	int64_t num;

	if (!id)
		return cursor_is_null(cursor, column);
	if (!*id)
		return true;
	return id_open(&verifier->key, 'm', id, &num, &nonce) && cursor_int(cursor, column) == num;
}

static bool is_decision_as_told(struct verifier *verifier, struct cursor *cursor,
				const struct told *told)
{
	const char *outcome = json_string_value(json_object_get(told->body, "outcome"));
	const json_t *participant = json_object_get(told->body, "participant");

	return verify_is_same(cursor, 0, json_object_get(told->body, "what")) &&
	       verify_is_same(cursor, 1, json_object_get(told->body, "reason")) &&
	       verify_is_same(cursor, 2, json_object_get(told->body, "rule")) &&
	       cursor_int(cursor, 3) == (outcome && strcmp(outcome, "reversed") == 0) &&
	       verify_is_same(cursor, 5, json_object_get(told->body, "note")) &&
	       verify_is_person(verifier, cursor, 6, json_object_get(told->body, "by")) &&
	       (!participant || verify_is_person(verifier, cursor, 7, participant)) &&
	       cursor_int(cursor, 8) == told->at && cursor_int(cursor, 9) == told->post &&
	       cursor_int(cursor, 10) == told->owner &&
	       (cursor_is_null(cursor, 11) || cursor_int(cursor, 11) == cursor_int(cursor, 7));
}

static void check_decision(struct verifier *verifier, const struct told *told)
{
	uint64_t nonce = 0;
	int64_t num = verify_num(verifier, told, 'd', "decision", &nonce);
	struct cursor *cursor;

	if (!num)
		return;
	verifier->decisions++;
	cursor = db_query(verifier->db,
		"SELECT d.what, d.reason, d.rule, d.reverses IS NOT NULL, r.reversed_by IS d.num,"
		" d.note, d.by_person, d.person, d.at, coalesce(d.post, 0), d.circle, p.author"
		" FROM decision d LEFT JOIN decision r ON r.num = d.reverses"
		" LEFT JOIN post p ON p.num = d.post"
		" WHERE d.num = ? AND d.nonce = ?", "ii", num, (int64_t)nonce);
	if (!cursor_next(cursor))
		verify_flaw(verifier, "%s number %" PRId64 " names a decision that is not there.",
		     told->desk, told->seq);
	else if (!is_decision_as_told(verifier, cursor, told))
		verify_flaw(verifier, "%s number %" PRId64 ": the decision is not what was decided.",
		     told->desk, told->seq);
	else if (cursor_int(cursor, 3) && !cursor_int(cursor, 4))
		verify_flaw(verifier, "%s number %" PRId64 ": what it reversed does not say so.",
		     told->desk, told->seq);
	verify_end(verifier, &cursor, "A decision");
}

static bool is_sanction_as_told(struct verifier *verifier, struct cursor *cursor,
				const json_t *body, int64_t at)
{
	const char *until = json_string_value(json_object_get(body, "until"));
	bool is_erased = !cursor_is_null(cursor, 9);

	return cursor_int(cursor, 2) == (until ? clock_parse(until) : 0) &&
	       cursor_int(cursor, 4) == at &&
	       verify_is_same(cursor, 6, json_object_get(body, "rule")) &&
	       verify_is_person(verifier, cursor, 8, json_object_get(body, "by")) &&
	       (is_erased || (verify_is_same(cursor, 5, json_object_get(body, "reason")) &&
			      verify_is_same(cursor, 7, json_object_get(body, "cause"))));
}

/* Given: with its step, its end and whom it binds. Lifted, or acknowledged: it says so. */
static void check_sanction(struct verifier *verifier, const struct told *told)
{
	const json_t *step = json_object_get(told->body, "step");
	bool is_given = told->kind == EVENT_SANCTIONED;
	uint64_t nonce = 0;
	int64_t num = verify_num(verifier, told, 's', "sanction", &nonce);
	struct cursor *cursor;

	if (!num)
		return;
	verifier->sanctions += is_given;
	verifier->lifted += !is_given;
	cursor = db_query(verifier->db,
		"SELECT s.step, s.person, coalesce(s.ends, 0), s.lifted, s.begins, s.reason, s.rule,"
		" s.cause, s.by_person, a.erased FROM sanction s JOIN person a ON a.num = s.person"
		" WHERE s.num = ? AND s.nonce = ? AND s.circle = ?", "iii", num, (int64_t)nonce,
		told->owner);
	if (!cursor_next(cursor))
		verify_flaw(verifier, "%s number %" PRId64 " names a sanction that is not there.",
		     told->desk, told->seq);
	else if ((step && !verify_is_same(cursor, 0, step)) ||
		 !verify_is_person(verifier, cursor, 1, json_object_get(told->body, "participant")) ||
		 (is_given && !is_sanction_as_told(verifier, cursor, told->body, told->at)) ||
		 (!is_given && cursor_int(cursor, 3) != told->at))
		verify_flaw(verifier, "%s number %" PRId64 ": the sanction is not what was decided.",
		     told->desk, told->seq);
	verify_end(verifier, &cursor, "A sanction");
}

/* Its words are known by their digest; here: that it is there, and how it went out. */
static void check_appeal(struct verifier *verifier, const struct told *told)
{
	bool is_opened = told->kind == EVENT_APPEAL_OPENED;
	uint64_t nonce = 0;
	int64_t num = verify_num(verifier, told, 'a', "appeal", &nonce);
	struct cursor *cursor;

	if (!num)
		return;
	verifier->appeals += is_opened;
	/* The answer goes with the person whom it answered. */
	cursor = db_query(verifier->db,
		"SELECT outcome, coalesce(answer, ?3), by_person, circle FROM appeal"
		" WHERE num = ?1 AND nonce = ?2", "iit", num, (int64_t)nonce,
		json_string_value(json_object_get(told->body, "reason")));
	if (!cursor_next(cursor))
		verify_flaw(verifier, "%s number %" PRId64 " names an appeal that is not there.",
		     told->desk, told->seq);
	else if (cursor_int(cursor, 3) != told->owner ||
		 (!is_opened && (!verify_is_same(cursor, 0, json_object_get(told->body, "outcome")) ||
				 !verify_is_same(cursor, 1, json_object_get(told->body, "reason")) ||
				 !verify_is_person(verifier, cursor, 2, json_object_get(told->body, "by")))))
		verify_flaw(verifier, "%s number %" PRId64 ": the appeal is not what was decided.",
		     told->desk, told->seq);
	verify_end(verifier, &cursor, "An appeal");
}

static void check_note(struct verifier *verifier, const struct told *told)
{
	const char *digest = json_string_value(json_object_get(told->body, "digest"));
	uint64_t nonce = 0;
	int64_t num = verify_num(verifier, told, 'n', "note", &nonce);
	struct cursor *cursor;
	size_t count = 0;

	if (!num)
		return;
	verifier->notes++;
	cursor = db_query(verifier->db,
		"SELECT text, salt, person FROM note WHERE num = ? AND nonce = ? AND circle = ?", "iii",
		num, (int64_t)nonce, told->owner);
	if (!cursor_next(cursor)) {
		verify_flaw(verifier, "%s number %" PRId64 " names a note that is not there.", told->desk,
		     told->seq);
	} else {
		const void *salt = cursor_blob(cursor, 1, &count);
		bool is_erased = cursor_is_null(cursor, 1) && !cursor_bytes(cursor, 0);
		bool is_masked = !is_erased && cursor_is_null(cursor, 1) &&
				 strstr(cursor_text(cursor, 0), NAME_MASK);

		verifier->masked += is_masked;
		if (!verify_is_person(verifier, cursor, 2, json_object_get(told->body, "by")) ||
		    !(is_erased || is_masked || (digest && count == SALT_BYTES &&
				    digest_is_of(salt, cursor_text(cursor, 0),
						 cursor_bytes(cursor, 0), digest))))
			verify_flaw(verifier, "%s number %" PRId64 ": the note is not what was written.",
			     told->desk, told->seq);
	}
	verify_end(verifier, &cursor, "A note");
}

/* Each is told at a desk, once. What is handed over stands in its event. */
static void check_counts(struct verifier *verifier)
{
	const struct {
		const char *what, *count;
		int64_t told;
	} tables[] = {
		{"decisions", "SELECT count(*) FROM decision", verifier->decisions},
		{"sanctions", "SELECT count(*) FROM sanction", verifier->sanctions},
		{"ended sanctions", "SELECT count(*) FROM sanction WHERE lifted IS NOT NULL",
		 verifier->lifted},
		{"appeals", "SELECT count(*) FROM appeal", verifier->appeals},
		{"notes", "SELECT count(*) FROM note WHERE about IS NOT 'handover'", verifier->notes},
		{"writings of moderators", "SELECT count(*) FROM said", verifier->said},
	};

	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		int64_t count = 0;

		(void)!db_number(verifier->db, 0, &count, tables[i].count, "");
		if (count != tables[i].told)
			verify_flaw(verifier, "There are %" PRId64 " %s, and the desks tell of %" PRId64 ".",
			     count, tables[i].what, tables[i].told);
	}
}

/* Words without a digest are there only because a name was erased from them. */
static void check_masked(struct verifier *verifier)
{
	int64_t erased = 0;

	(void)!db_number(verifier->db, 0, &erased,
			 "SELECT 1 FROM person WHERE erasing IS NOT NULL LIMIT 1", "");
	if (verifier->masked && !erased)
		verify_flaw(verifier, "Names are masked in %" PRId64
			    " writings of moderators, and nobody was erased.", verifier->masked);
}

static void check_rows(struct verifier *verifier, const struct told *told)
{
	/* An appeal names the decision that it is about. */
	if (json_object_get(told->body, "decision") && told->kind != EVENT_APPEAL_OPENED)
		check_decision(verifier, told);
	if (told->kind == EVENT_SANCTIONED || told->kind == EVENT_LIFTED ||
	    told->kind == EVENT_ACKNOWLEDGED_WARNING)
		check_sanction(verifier, told);
	if (told->kind == EVENT_APPEAL_OPENED || told->kind == EVENT_APPEAL_DECIDED)
		check_appeal(verifier, told);
	if (told->kind == EVENT_NOTE_ADDED)
		check_note(verifier, told);
}

/* Is whom this event concerns erased? */
static bool is_of_erased(struct verifier *verifier, const json_t *body)
{
	int64_t person = 0, is_erased = 0;
	enum err err = said_of(verifier->db, &verifier->key, body, &person);

	if (!err)
		err = db_number(verifier->db, 0, &is_erased,
				"SELECT erased IS NOT NULL FROM person WHERE num = ?", "i", person);
	return !err && is_erased;
}

/* The statement of reasons is the one that was chained. */
static void check_stated(struct verifier *verifier, const struct told *told, const void *salt)
{
	const char *digest = json_string_value(json_object_get(told->body, "stated"));
	struct cursor *cursor;
	uint64_t nonce = 0;
	int64_t num = digest ? verify_num(verifier, told, 'd', "decision", &nonce) : 0;

	if (!num)
		return;
	cursor = db_query(verifier->db, "SELECT statement FROM decision WHERE num = ?", "i", num);
	if (cursor_next(cursor) && !digest_is_of(salt, cursor_text(cursor, 0),
						 cursor_bytes(cursor, 0), digest))
		verify_flaw(verifier, "%s number %" PRId64 ": the statement of reasons is not the one"
			    " that was given.", told->desk, told->seq);
	verify_end(verifier, &cursor, "A statement of reasons");
}

/* What a moderator wrote stands beside the event: it is put in, so that all is compared with it.
 * It may be gone, of a person who is erased. */
static void check_said(struct verifier *verifier, const struct told *told)
{
	const char *digest = json_string_value(json_object_get(told->body, "said"));
	struct cursor *cursor;
	bool is_there;

	if (!digest)
		return;
	cursor = db_query(verifier->db, "SELECT salt, words FROM said WHERE digest = ?", "t", digest);
	is_there = cursor_next(cursor);
	if (is_there) {
		size_t count = 0;
		const void *salt = cursor_blob(cursor, 0, &count);
		json_t *words = said_body(cursor_text(cursor, 1));
		bool is_masked = words && !count && strstr(cursor_text(cursor, 1), NAME_MASK);

		verifier->said++;
		verifier->masked += is_masked;
		if (!is_masked && (count != SALT_BYTES || !words ||
				   !digest_is_of(salt, cursor_text(cursor, 1),
						 cursor_bytes(cursor, 1), digest)))
			verify_flaw(verifier, "%s number %" PRId64 ": what was written of somebody is not what"
			     " is kept.", told->desk, told->seq);
		if (count == SALT_BYTES)
			check_stated(verifier, told, salt);
		json_object_update_missing(told->body, words);
		json_decref(words);
	}
	verify_end(verifier, &cursor, "What was written of somebody");
	if (!is_there && !is_of_erased(verifier, told->body))
		verify_flaw(verifier, "%s number %" PRId64 ": what was written of somebody is gone, and"
		     " they are not erased.", told->desk, told->seq);
}

static void check_body(struct verifier *verifier, struct told *told, const char *body)
{
	const char *item, *digest;
	uint64_t nonce;
	int64_t num;
	json_t *json = said_body(body);

	if (!json) {
		verify_flaw(verifier, "%s number %" PRId64 " can not be read.", told->desk, told->seq);
		return;
	}
	item = json_string_value(json_object_get(json, "item"));
	digest = json_string_value(json_object_get(json, "digest"));
	if (item && digest && verifier->has_key) {
		if (id_open(&verifier->key, 'i', item, &num, &nonce))
			check_digest(verifier, told->desk, told->seq, num, told->post, digest);
		else
			verify_flaw(verifier,
				    "%s number %" PRId64 " names an item with a wrong id.",
				    told->desk,
			     told->seq);
	}
	told->body = json;
	if (verifier->has_key)
		check_said(verifier, told);
	if (verifier->has_key)
		check_rows(verifier, told);
	verify_circle_told(verifier, told);
	verify_inbox_told(verifier, told);
	json_decref(json);
}

/* ---- chains ---- */

static void hex_of(const unsigned char chain[CHAIN_BYTES], char out[HEX_ROOM])
{
	sodium_bin2hex(out, HEX_ROOM, chain, CHAIN_BYTES);
}

/* Is this a head that was noted of `desk`? Heads are "desk/ID=HEX,…". */
static bool head_is_noted(const char *heads, const char *desk, const char *hex)
{
	char sought[NAME_BYTES + HEX_ROOM + 2];
	size_t bytes = (size_t)snprintf(sought, sizeof sought, "%s=%s", desk, hex);

	for (const char *at = heads; (at = strcasestr(at, sought)) != NULL; at++)
		if ((at == heads || at[-1] == ',') && (!at[bytes] || at[bytes] == ','))
			return true;
	return false;
}

static int heads_noted(const char *heads, const char *desk)
{
	char sought[NAME_BYTES + 1];
	size_t bytes = (size_t)snprintf(sought, sizeof sought, "%s=", desk);
	int count = 0;

	for (const char *at = heads; at && (at = strstr(at, sought)) != NULL; at += bytes)
		count += at == heads || at[-1] == ',';
	return count;
}

/* An old event from which an erased person's words were taken: its link covers what it was. */
static bool is_blanked(struct verifier *verifier, int64_t row, const char *body)
{
	json_t *json = verifier->has_key && row <= verifier->said_from ? said_body(body) : NULL;
	bool is_it = json_is_true(json_object_get(json, SAID_BLANKED)) &&
		     is_of_erased(verifier, json);

	json_decref(json);
	return is_it;
}

static void check_desk(struct verifier *verifier, int64_t journal)
{
	unsigned char chain[CHAIN_BYTES] = {0};
	char name[NAME_BYTES], hex[HEX_ROOM];
	int64_t seq = 0, broken = 0;
	struct told told;
	int noted;
	struct cursor *cursor = db_query(verifier->db,
		"SELECT seq, at, kind, body, chain, post, row FROM event WHERE journal = ?"
		" ORDER BY seq", "i", journal);

	name_journal(verifier, journal, name);
	noted = heads_noted(verifier->heads, name);
	while (cursor_next(cursor)) {
		size_t count = 0;
		const void *kept = cursor_blob(cursor, 4, &count);

		seq = cursor_int(cursor, 0);
		chain_next(chain, journal, seq, cursor_int(cursor, 1), cursor_int(cursor, 2),
			   cursor_text(cursor, 3), chain);
		if (count == sizeof chain &&
		    is_blanked(verifier, cursor_int(cursor, 6), cursor_text(cursor, 3)))
			memcpy(chain, kept, count);
		if (!broken && (count != sizeof chain || memcmp(kept, chain, count) != 0))
			broken = seq;
		hex_of(chain, hex);
		noted -= verifier->heads && head_is_noted(verifier->heads, name, hex);
		told = (struct told){.desk = name,
				     .row = cursor_int(cursor, 6),
				     .owner = journal_owner(journal),
				     .seq = seq,
				     .at = cursor_int(cursor, 1),
				     .kind = cursor_int(cursor, 2),
				     .post = cursor_int(cursor, 5)};
		check_body(verifier, &told, cursor_text(cursor, 3));
	}
	verify_end(verifier, &cursor, "A desk's journal");
	if (broken)
		verify_flaw(verifier,
		     "The chain of %s breaks at number %" PRId64
		     ": this event, or one before it, is not what it was when it was written.",
		     name, broken);
	if (noted > 0)
		verify_flaw(verifier,
			    "A head that was noted of %s does not stand in its chain any more.",
			    name);
	hex_of(chain, hex);
	json_array_append_new(verifier->desks, json_pack("{s:s,s:I,s:s}", "journal", name, "seq",
							 (json_int_t)seq, "head", hex));
}

static void check_desks(struct verifier *verifier)
{
	int64_t *journals = NULL;
	size_t count = 0;
	struct cursor *cursor = db_query(verifier->db,
		"SELECT DISTINCT journal FROM event WHERE journal % ? = ? ORDER BY journal", "ii",
		(int64_t)JOURNAL_KIND_COUNT, (int64_t)JOURNAL_DESK);

	while (cursor_next(cursor)) {
		int64_t *more = realloc(journals, (count + 1) * sizeof *journals);

		if (!more)
			break;
		journals = more;
		journals[count++] = cursor_int(cursor, 0);
	}
	verify_end(verifier, &cursor, "The desks' journals");
	for (size_t i = 0; i < count; i++)
		check_desk(verifier, journals[i]);
	free(journals);
}

/* A head of a desk that has no events (any more) is a flaw as well. */
static void check_heads(struct verifier *verifier)
{
	for (const char *at = verifier->heads; at && *at;) {
		size_t bytes = strcspn(at, ",");
		const char *equals = memchr(at, '=', bytes);
		size_t name_bytes = equals ? (size_t)(equals - at) : bytes;
		bool known = false;
		json_t *desk;
		size_t index;

		json_array_foreach(verifier->desks, index, desk) {
			const char *name = json_string_value(json_object_get(desk, "journal"));

			known = known || (strlen(name) == name_bytes && !memcmp(name, at, name_bytes));
		}
		if (!known || !equals)
			verify_flaw(verifier, "There is no chain of %.*s, of which a head was noted.",
			     name_bytes > 80 ? 80 : (int)name_bytes, at);
		at += bytes + (at[bytes] == ',');
	}
}

enum err store_verify(struct db *db, const char *heads, json_t **report)
{
	struct verifier verifier = {.db = db,
				    .flaws = json_array(),
				    .desks = json_array(),
				    .incidents = json_object(),
				    .roles = json_object(),
				    .heads = heads};

	*report = NULL;
	if (sodium_init() < 0 || !verifier.flaws || !verifier.desks || !verifier.incidents ||
	    !verifier.roles)
		return ERR_NO_MEMORY;
	if (db_script(db, "BEGIN") != ERR_NONE)
		verify_flaw(&verifier, "The store can not be read: %.200s.", db_message(db));
	if (check_file(&verifier)) {
		read_key(&verifier);
		check_numbers(&verifier);
		check_posts(&verifier);
		check_desks(&verifier);
		check_counts(&verifier);
		check_masked(&verifier);
		verify_circles(&verifier);
		verify_inboxes(&verifier);
		check_heads(&verifier);
		check_gone(&verifier);
	}
	(void)!db_script(db, "COMMIT");
	*report = json_pack("{s:b,s:O,s:I,s:I,s:I,s:I,s:I,s:O}", "good",
			    json_array_size(verifier.flaws) == 0, "flaws", verifier.flaws, "events",
			    (json_int_t)verifier.events, "journals", (json_int_t)verifier.journals,
			    "posts", (json_int_t)verifier.posts, "digests",
			    (json_int_t)verifier.digests, "masked", (json_int_t)verifier.masked,
			    "desks", verifier.desks);
	json_decref(verifier.flaws);
	json_decref(verifier.desks);
	json_decref(verifier.incidents);
	json_decref(verifier.roles);
	return *report ? ERR_NONE : ERR_NO_MEMORY;
}
