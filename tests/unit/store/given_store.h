/* given_store.h: a store made by hand, row by row, for tests and measurements of what reads it. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

#include "circle/event.h"
#include "store/db.h"
#include "store/schema.h"

struct given {
	char folder[64];
	struct db *db;
	int64_t seqs[8]; /* of circles 1 to 7 */
};

static inline void given_path(const struct given *given, const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", given->folder, name);
}

static inline struct given given_store(void)
{
	struct given given = {.folder = "/tmp/maagal-store-XXXXXX"};
	struct why why = {""};
	char path[128];

	assert_non_null(mkdtemp(given.folder));
	given_path(&given, "maagal.db", path);
	CHECK_OK(db_open(path, DB_CREATE, &why, &given.db));
	CHECK_OK(schema_upgrade(given.db, &why));
	/* Nothing here is about power cuts. */
	CHECK_OK(db_script(given.db, "PRAGMA synchronous = OFF"));
	CHECK_OK(db_script(given.db,
		"INSERT INTO house VALUES ('epoch', x'0102030405060708');"
		"INSERT INTO process VALUES (1, 'town', '{}', '{}', 1, 0);"
		"INSERT INTO person VALUES (1, 1, 1, 'Noa', NULL, 'he', 0, NULL, NULL)"));
	for (int64_t num = 1; num < 8; num++)
		CHECK_OK(db_run(given.db,
			"INSERT INTO circle (num, id, process, place, title, access, policy, then_default,"
			" phase, door, pace) VALUES (?, 'c' || ?, 1, ?, '\"c\"', 'public', 'public',"
			" 'returned', 'open', 'open', 0)", "iii", num, num, num));
	return given;
}

static inline void given_end(struct given *given)
{
	static const char *const names[] = {"maagal.db", "search.db"};
	static const char *const endings[] = {"", "-wal", "-shm"};
	char path[128];

	db_close(&given->db);
	for (size_t i = 0; i < 2; i++)
		for (size_t j = 0; j < 3; j++) {
			snprintf(path, sizeof path, "%s/%s%s", given->folder, names[i], endings[j]);
			unlink(path);
		}
	rmdir(given->folder);
}

static inline void given_event(struct given *given, int64_t circle, enum event_kind kind,
			       int64_t post)
{
	CHECK_OK(db_run(given->db,
		"INSERT INTO event (journal, seq, at, kind, post, thread) VALUES (?, ?, 0, ?, ?, ?)",
		"iiiii", journal_of(JOURNAL_CIRCLE, circle), ++given->seqs[circle], (int64_t)kind, post,
		post));
}

/* A post that stands, in a circle of 1 to 7; gives its number. */
static inline int64_t given_post(struct given *given, int64_t circle, const char *text)
{
	int64_t num = 0;

	CHECK_OK(db_insert(given->db, &num,
		"INSERT INTO post (nonce, circle, thread, thread_nonce, author, role, seq, rev, state, at,"
		" lang, text, charter, key_hash, text_hash, answer, verdict)"
		" VALUES (1, ?, 0, 1, 1, 2, ?, 1, 0, 0, 'he', ?, 1, 0, 0, 0, '{}')",
		"iit", circle, given->seqs[circle] + 1, text));
	given_event(given, circle, EVENT_POSTED, num);
	return num;
}

/* What an edit, a removal and so on leave behind. */
static inline void given_change(struct given *given, int64_t circle, int64_t post,
				enum event_kind kind, enum post_state state, const char *text)
{
	CHECK_OK(db_run(given->db, "UPDATE post SET text = ?, state = ?, rev = rev + 1 WHERE num = ?",
			"tii", text, (int64_t)state, post));
	given_event(given, circle, kind, post);
}
