/* verify_inbox.c: what persons were told: of every decision, with its statement of reasons; of
 * every hold, of every sanction's end, of what became of a report. Inboxes have no chain: the desks
 * have. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "circle/event.h"
#include "store/said.h"
#include "store/said_of.h"
#include "store/verify_inside.h"

/* ---- decisions ---- */

/* The decision that an inbox's event tells of is as it is kept; gives its number. */
static int64_t decision_told(struct verifier *verifier, const json_t *body, int64_t person)
{
	const char *id = json_string_value(json_object_get(body, "decision"));
	struct cursor *cursor;
	json_t *statement;
	uint64_t nonce = 0;
	int64_t num = 0;

	if (!id || !id_open(&verifier->key, 'd', id, &num, &nonce))
		return 0;
	cursor = db_query(verifier->db,
		"SELECT statement FROM decision WHERE num = ? AND nonce = ? AND person = ?", "iii", num,
		(int64_t)nonce, person);
	if (!cursor_next(cursor)) {
		num = 0;
	} else {
		statement = json_loads(cursor_text(cursor, 0), 0, NULL);
		if (!json_equal(statement, json_object_get(body, "statement")))
			verify_flaw(verifier, "Decision %" PRId64 ": its statement of reasons is not the"
				    " one that was sent.", num);
		json_decref(statement);
	}
	verify_end(verifier, &cursor, "A decision");
	return num;
}

/* Each decision is told to its person, once. */
static void check_told(struct verifier *verifier)
{
	struct map *told = map_new();
	struct cursor *cursor = db_query(verifier->db,
		"SELECT e.journal, e.seq, e.body FROM event e JOIN person a ON a.num = e.journal / ?1"
		" WHERE e.journal % ?1 = ?2 AND a.erased IS NULL AND instr(e.body, '\"decision\":')"
		" ORDER BY e.row", "ii", (int64_t)JOURNAL_KIND_COUNT, (int64_t)JOURNAL_INBOX);

	while (told && cursor_next(cursor)) {
		int64_t person = journal_owner(cursor_int(cursor, 0));
		json_t *body = said_body(cursor_text(cursor, 2));
		int64_t num = decision_told(verifier, body, person);

		/* A hold has no decision yet, though its statement has a member of that name. */
		if (json_object_get(body, "decision") && (!num || map_get(told, (uint64_t)num)))
			verify_flaw(verifier,
				    "inbox/%" PRId64 " number %" PRId64
				    " tells of a decision that was not made.",
				    person, cursor_int(cursor, 1));
		json_decref(body);
		if (num && !map_put(told, (uint64_t)num, told))
			break;
	}
	verify_end(verifier, &cursor, "The inboxes");
	cursor = db_query(verifier->db, "SELECT d.num FROM decision d JOIN person a"
			  " ON a.num = d.person WHERE a.erased IS NULL ORDER BY d.num", "");
	while (told && cursor_next(cursor))
		if (!map_get(told, (uint64_t)cursor_int(cursor, 0)))
			verify_flaw(verifier, "Decision %" PRId64 " does not stand in its person's inbox.",
				    cursor_int(cursor, 0));
	verify_end(verifier, &cursor, "The decisions");
	map_free(&told);
}

/* ---- holds and reports ---- */

static void check_holds(struct verifier *verifier)
{
	struct cursor *cursor = db_query(verifier->db,
		"SELECT d.post FROM (SELECT post, count(*) n FROM event WHERE journal % ?1 = ?2"
		" AND kind = ?3 GROUP BY post) d JOIN post p ON p.num = d.post"
		" WHERE d.n <> (SELECT count(*) FROM event e WHERE e.journal = p.author * ?1 + ?4"
		" AND e.kind = ?5 AND e.post = d.post)",
		"iiiii", (int64_t)JOURNAL_KIND_COUNT, (int64_t)JOURNAL_DESK, (int64_t)EVENT_HELD,
		(int64_t)JOURNAL_INBOX, (int64_t)EVENT_POST_HELD);

	while (cursor_next(cursor))
		verify_flaw(verifier, "Post %" PRId64 " was held, and its author's inbox says otherwise.",
			    cursor_int(cursor, 0));
	verify_end(verifier, &cursor, "What was held");
	cursor = db_query(verifier->db,
		"SELECT r.num FROM report r JOIN item i ON i.num = r.item JOIN person a ON a.num = r.person"
		" WHERE i.state = 'decided' AND a.erased IS NULL AND NOT EXISTS (SELECT 1 FROM event e"
		" WHERE e.journal = r.person * ? + ? AND e.kind = ? AND e.post = r.post)", "iii",
		(int64_t)JOURNAL_KIND_COUNT, (int64_t)JOURNAL_INBOX, (int64_t)EVENT_REPORT_CLOSED);
	while (cursor_next(cursor))
		verify_flaw(verifier, "Report %" PRId64 " is closed, and who made it was not told.",
			    cursor_int(cursor, 0));
	verify_end(verifier, &cursor, "The reports");
}

/* ---- sanctions ---- */

void verify_inbox_told(struct verifier *verifier, const struct told *told)
{
	const char *whose = json_string_value(
		json_object_get(json_object_get(told->body, "participant"), "id"));
	int64_t person = 0, is_told = 0;
	enum err err;

	/* Of who was erased before, no id is left, and nobody to be told. */
	if (told->kind != EVENT_LIFTED || !verifier->has_key || (whose && !*whose))
		return;
	err = said_of(verifier->db, &verifier->key, told->body, &person);
	if (!err)
		err = db_number(verifier->db, 0, &is_told,
				"SELECT 1 FROM event WHERE row = ?1 AND journal = ?2 AND kind = ?3"
				" AND at = ?4 UNION ALL SELECT 1 FROM person WHERE num = ?5"
				" AND erased IS NOT NULL",
				"iiiii", told->row + 1, journal_of(JOURNAL_INBOX, person), told->kind,
				told->at, person);
	if (err || !is_told)
		verify_flaw(verifier, "%s number %" PRId64 ": whose sanction ended was not told.",
			    told->desk, told->seq);
}

void verify_inboxes(struct verifier *verifier)
{
	check_holds(verifier);
	if (verifier->has_key)
		check_told(verifier);
}
