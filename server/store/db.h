/* db.h: SQLite, seen from the rest of the store: one connection, its prepared statements, its
 * errors in our words. A connection belongs to one thread. The only header through which a keep()
 * or a read() of server/calls/ reaches the tables of schema.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct db;
struct cursor;

enum db_use {
	DB_WRITE,  /* WAL, synchronous=FULL, foreign keys on */
	DB_READ,   /* query_only */
	DB_GLANCE, /* query_only, for who reads little, and after every commit */
	DB_CREATE, /* DB_WRITE, and the file may be made */
};

MUST_CHECK enum err db_open(const char *path, enum db_use use, struct why *why, struct db **out);
void db_close(struct db **db);

/* `sql` is a string literal: its address is the key under which the prepared statement is kept.
 * `types` says what follows, one letter for each parameter: i int64_t; z int64_t (0: null);
 * t const char * (NULL: null); s const char *, size_t (text with a length); b const void *, size_t
 * (blob; NULL: null). */
MUST_CHECK enum err db_run(struct db *db, const char *sql, const char *types, ...);
/* The same, and the rowid of what was inserted. */
MUST_CHECK enum err db_insert(struct db *db, int64_t *rowid, const char *sql, const char *types,
							  ...);
/* Statements without parameters, several in a row; not kept. For schema and pragmas. */
MUST_CHECK enum err db_script(struct db *db, const char *sql);
int64_t db_changes(struct db *db);        /* rows changed by the last db_run */
bool db_is_in_transaction(struct db *db); /* SQLite ends one by itself after some errors */
int64_t db_total_changes(struct db *db);  /* since the connection was opened */

/* Bytes in the WAL after our last commit; 0 if there was none yet. */
int64_t db_wal_bytes(const struct db *db);
/* Moves what it can from the WAL into the database. DB_PASSIVE disturbs nobody; DB_RESTART waits
 * (shortly) for readers, so that the next commit starts the WAL afresh; DB_EMPTY cuts it to
 * nothing. ERR_BUSY: somebody was in the way. */
enum db_checkpoint { DB_PASSIVE, DB_RESTART, DB_EMPTY };
MUST_CHECK enum err db_checkpoint(struct db *db, enum db_checkpoint how);

/* Never NULL; an error shows at cursor_end(). What a cursor returns lives until the next step. */
struct cursor *db_query(struct db *db, const char *sql, const char *types, ...);
bool cursor_next(struct cursor *cursor);
int64_t cursor_int(struct cursor *cursor, int column);
bool cursor_is_null(struct cursor *cursor, int column);
const char *cursor_text(struct cursor *cursor, int column); /* "" for null */
const void *cursor_blob(struct cursor *cursor, int column, size_t *bytes);
size_t cursor_bytes(struct cursor *cursor, int column);
/* Every cursor is ended, always; ERR_NONE if no step failed. Sets it to NULL. */
MUST_CHECK enum err cursor_end(struct cursor **cursor);
/* One number; `otherwise` if there is no row. */
MUST_CHECK enum err db_number(struct db *db, int64_t otherwise, int64_t *out, const char *sql,
							  const char *types, ...);

/* Ends a running statement with ERR_STORAGE once the budget is spent; 0: no budget. */
void db_budget(struct db *db, int milliseconds);
bool db_budget_spent(const struct db *db);

/* Answers that many ask for, a few of them kept with the connection: what was written about `what`
 * in this language while `row` was the newest event; NULL if it is not kept. The text lives until
 * the next db_memo_keep(). What cannot be kept is made again. */
const char *db_memo(struct db *db, int64_t what, const char *lang, int64_t row, size_t *bytes);
void db_memo_keep(struct db *db, int64_t what, const char *lang, int64_t row, const char *text,
				  size_t bytes);

/* What SQLite said last, for logs: its words name no content. */
const char *db_message(struct db *db);
