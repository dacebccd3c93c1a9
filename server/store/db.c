/* db.c: one SQLite connection and its kept statements; see db.h. */
#include "store/db.h"

#include <inttypes.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "store/frames.h"
#include "store/pages.h"

enum {
	CURSORS_MOST = 16,
	MEMOS_MOST = 32,
	MEMO_LANG = 8,
	BUDGET_OPS = 1000,
	WRITER_WAIT_MS = 1000, /* for other programs */
	READERS_WAIT_MS = 50,  /* for those who still read what the WAL has, with everybody waiting */
	WAL_PAGE_BYTES = 4096 + 24
};

struct cursor {
	struct db *db;
	sqlite3_stmt *stmt;
	enum err err;
	bool is_own; /* prepared for this use, because the kept one is running */
	bool is_used;
};

struct memo {
	int64_t what, row;
	uint64_t used; /* which use of any memo was the last of this one */
	char lang[MEMO_LANG];
	struct buf text; /* empty: not kept */
};

struct db {
	sqlite3 *handle;
	struct map *kept; /* address of the SQL → sqlite3_stmt */
	struct cursor cursors[CURSORS_MOST];
	struct cursor broken; /* handed out when there is none: its end tells */
	int64_t budget_ends_us;
	bool budget_spent;
	_Atomic int wal_pages;
	struct memo memos[MEMOS_MOST];
	uint64_t memo_uses;
};

static enum err db_error(struct db *db, int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE: return ERR_NONE;
	case SQLITE_NOMEM: return ERR_NO_MEMORY;
	case SQLITE_INTERRUPT: return db->budget_spent ? ERR_BUSY : ERR_STORAGE;
	case SQLITE_CONSTRAINT:
	case SQLITE_ERROR:
	case SQLITE_MISMATCH:
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
	case SQLITE_TOOBIG:
		/* Ours, not the disk's. */
		log_error("store.statement", "code=%d says=%s", sqlite3_extended_errcode(db->handle),
				  sqlite3_errmsg(db->handle));
		return ERR_INTERNAL;
	default:
		log_warn("store.sqlite", "code=%d says=%s", sqlite3_extended_errcode(db->handle),
				 sqlite3_errmsg(db->handle));
		return ERR_STORAGE;
	}
}

static int budget_check(void *owner)
{
	struct db *db = owner;

	if (!db->budget_ends_us || clock_steady_us() < db->budget_ends_us)
		return 0;
	db->budget_spent = true;
	return 1;
}

static int wal_written(void *owner, sqlite3 *handle, const char *name, int pages)
{
	struct db *db = owner;

	(void)handle;
	(void)name;
	db->wal_pages = pages;
	return SQLITE_OK;
}

static bool writes(enum db_use use)
{
	return use == DB_CREATE || use == DB_WRITE;
}

static const char *pragmas(enum db_use use)
{
	/* The WAL is never truncated by SQLite itself: overwriting it is cheaper than growing it.
	 * The store's thread checkpoints. Whoever writes has the pages in its cache; if the file were
	 * mapped, SQLite would look for each in the WAL first. For whoever reads it would map the file
	 * anew after each commit: that pays where much is read. */
	if (use == DB_READ)
		return "PRAGMA query_only = ON; PRAGMA mmap_size = 268435456; PRAGMA cache_size = -8000;";
	if (use == DB_GLANCE)
		return "PRAGMA query_only = ON; PRAGMA cache_size = -8000;";
	return "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
		   "PRAGMA wal_autocheckpoint = 0;"
		   "PRAGMA cache_size = -64000; PRAGMA secure_delete = ON;";
}

/* Each connection belongs to one thread, and nobody asks SQLite how much memory it holds: without
 * the accounts there is no lock that all threads would share. Before the first use
 * of the library. */
static void library_set_up(void)
{
	sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	pages_set_up();
}

enum err db_open(const char *path, enum db_use use, struct why *why, struct db **out)
{
	int flags = SQLITE_OPEN_NOMUTEX | (use == DB_CREATE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
														: SQLITE_OPEN_READWRITE);
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct db *db = calloc(1, sizeof *db);
	enum err err = db ? ERR_NONE : ERR_NO_MEMORY;

	pthread_once(&once, library_set_up);
	if (!err) {
		db->kept = map_new();
		err = db->kept ? ERR_NONE : ERR_NO_MEMORY;
	}
	if (!err && sqlite3_open_v2(path, &db->handle, flags, writes(use) ? frames_vfs() : NULL) !=
					SQLITE_OK) {
		why_set(why, "%s cannot be opened: %s", path, sqlite3_errmsg(db->handle));
		err = ERR_STORAGE;
	}
	if (!err) {
		sqlite3_busy_timeout(db->handle, writes(use) ? WRITER_WAIT_MS : 2000);
		sqlite3_progress_handler(db->handle, BUDGET_OPS, budget_check, db);
		sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 2);
		if (sqlite3_exec(db->handle, pragmas(use), NULL, NULL, NULL) != SQLITE_OK) {
			why_set(why, "%s cannot be used: %s", path, sqlite3_errmsg(db->handle));
			err = ERR_STORAGE;
		}
		/* After the pragmas: wal_autocheckpoint would put its own hook in this place. */
		sqlite3_wal_hook(db->handle, wal_written, db);
	}
	if (err)
		db_close(&db);
	*out = db;
	return err;
}

void db_close(struct db **taken)
{
	struct db *db = *taken;
	size_t at = 0;
	uint64_t key;
	void *stmt;

	if (!db)
		return;
	while (db->kept && map_next(db->kept, &at, &key, &stmt))
		sqlite3_finalize(stmt);
	map_free(&db->kept);
	for (int i = 0; i < MEMOS_MOST; i++)
		buf_fini(&db->memos[i].text);
	sqlite3_close(db->handle);
	free(db);
	*taken = NULL;
}

static int bind_all(sqlite3_stmt *stmt, const char *types, va_list args)
{
	int code = SQLITE_OK;

	for (int i = 1; *types && code == SQLITE_OK; types++, i++) {
		const void *data;
		size_t bytes;
		int64_t number;

		switch (*types) {
		case 'i': code = sqlite3_bind_int64(stmt, i, va_arg(args, int64_t)); break;
		case 'z':
			number = va_arg(args, int64_t);
			code = number ? sqlite3_bind_int64(stmt, i, number) : sqlite3_bind_null(stmt, i);
			break;
		case 't':
			data = va_arg(args, const char *);
			code = sqlite3_bind_text(stmt, i, data, -1, SQLITE_STATIC);
			break;
		case 's':
			data = va_arg(args, const char *);
			bytes = va_arg(args, size_t);
			code = sqlite3_bind_text64(stmt, i, data, bytes, SQLITE_STATIC, SQLITE_UTF8);
			break;
		case 'b':
			data = va_arg(args, const void *);
			bytes = va_arg(args, size_t);
			code = data ? sqlite3_bind_blob64(stmt, i, data, bytes, SQLITE_STATIC)
						: sqlite3_bind_null(stmt, i);
			break;
		default: code = SQLITE_MISUSE;
		}
	}
	return code;
}

static struct cursor *cursor_start(struct db *db, const char *sql, const char *types, va_list args)
{
	struct cursor *cursor = NULL;
	int code = SQLITE_OK;

	for (int i = 0; i < CURSORS_MOST && !cursor; i++)
		if (!db->cursors[i].is_used)
			cursor = &db->cursors[i];
	if (!cursor) {
		db->broken.err = ERR_INTERNAL;
		return &db->broken;
	}
	*cursor = (struct cursor){.db = db, .is_used = true};
	cursor->stmt = map_get(db->kept, (uint64_t)(uintptr_t)sql);
	if (!cursor->stmt || sqlite3_stmt_busy(cursor->stmt)) {
		bool keep = !cursor->stmt;

		cursor->stmt = NULL;
		code = sqlite3_prepare_v3(db->handle, sql, -1, keep ? SQLITE_PREPARE_PERSISTENT : 0,
								  &cursor->stmt, NULL);
		if (code == SQLITE_OK)
			cursor->is_own = !keep || !map_put(db->kept, (uint64_t)(uintptr_t)sql, cursor->stmt);
	}
	if (code == SQLITE_OK)
		code = bind_all(cursor->stmt, types, args);
	cursor->err = db_error(db, code);
	return cursor;
}

struct cursor *db_query(struct db *db, const char *sql, const char *types, ...)
{
	va_list args;
	struct cursor *cursor;

	va_start(args, types);
	cursor = cursor_start(db, sql, types, args);
	va_end(args);
	return cursor;
}

bool cursor_next(struct cursor *cursor)
{
	int code;

	if (cursor->err)
		return false;
	code = sqlite3_step(cursor->stmt);
	if (code == SQLITE_ROW)
		return true;
	cursor->err = db_error(cursor->db, code);
	return false;
}

int64_t cursor_int(struct cursor *cursor, int column)
{
	return sqlite3_column_int64(cursor->stmt, column);
}

bool cursor_is_null(struct cursor *cursor, int column)
{
	return sqlite3_column_type(cursor->stmt, column) == SQLITE_NULL;
}

const char *cursor_text(struct cursor *cursor, int column)
{
	const char *text = (const char *)sqlite3_column_text(cursor->stmt, column);

	return text ? text : "";
}

const void *cursor_blob(struct cursor *cursor, int column, size_t *bytes)
{
	const void *data = sqlite3_column_blob(cursor->stmt, column);

	*bytes = (size_t)sqlite3_column_bytes(cursor->stmt, column);
	return data;
}

size_t cursor_bytes(struct cursor *cursor, int column)
{
	return (size_t)sqlite3_column_bytes(cursor->stmt, column);
}

enum err cursor_end(struct cursor **taken)
{
	struct cursor *cursor = *taken;
	enum err err = cursor->err;

	*taken = NULL;
	if (cursor->stmt) {
		if (cursor->is_own) {
			sqlite3_finalize(cursor->stmt);
		} else {
			/* Its parameters stay: all are bound anew before it runs again. */
			sqlite3_reset(cursor->stmt);
		}
	}
	*cursor = (struct cursor){0};
	return err;
}

static enum err run_all(struct db *db, const char *sql, const char *types, va_list args)
{
	struct cursor *cursor = cursor_start(db, sql, types, args);

	while (cursor_next(cursor))
		;
	return cursor_end(&cursor);
}

enum err db_run(struct db *db, const char *sql, const char *types, ...)
{
	va_list args;
	enum err err;

	va_start(args, types);
	err = run_all(db, sql, types, args);
	va_end(args);
	return err;
}

enum err db_insert(struct db *db, int64_t *rowid, const char *sql, const char *types, ...)
{
	va_list args;
	enum err err;

	va_start(args, types);
	err = run_all(db, sql, types, args);
	va_end(args);
	if (!err)
		*rowid = sqlite3_last_insert_rowid(db->handle);
	return err;
}

enum err db_script(struct db *db, const char *sql)
{
	return db_error(db, sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
}

bool db_is_in_transaction(struct db *db)
{
	return !sqlite3_get_autocommit(db->handle);
}

int64_t db_total_changes(struct db *db)
{
	return sqlite3_total_changes64(db->handle);
}

int64_t db_wal_bytes(const struct db *db)
{
	return (int64_t)db->wal_pages * WAL_PAGE_BYTES;
}

enum err db_checkpoint(struct db *db, enum db_checkpoint how)
{
	static const int modes[] = {SQLITE_CHECKPOINT_PASSIVE, SQLITE_CHECKPOINT_RESTART,
								SQLITE_CHECKPOINT_TRUNCATE};
	int left = 0, done = 0, code;

	sqlite3_busy_timeout(db->handle, READERS_WAIT_MS);
	code = sqlite3_wal_checkpoint_v2(db->handle, NULL, modes[how], &left, &done);
	sqlite3_busy_timeout(db->handle, WRITER_WAIT_MS);

	/* Somebody reads or writes: no harm, the next one will do it. */
	return (code & 0xff) == SQLITE_BUSY ? ERR_BUSY : db_error(db, code);
}

int64_t db_changes(struct db *db)
{
	return sqlite3_changes64(db->handle);
}

enum err db_number(struct db *db, int64_t otherwise, int64_t *out, const char *sql,
				   const char *types, ...)
{
	va_list args;
	struct cursor *cursor;

	va_start(args, types);
	cursor = cursor_start(db, sql, types, args);
	va_end(args);
	*out = cursor_next(cursor) && !cursor_is_null(cursor, 0) ? cursor_int(cursor, 0) : otherwise;
	return cursor_end(&cursor);
}

void db_budget(struct db *db, int milliseconds)
{
	db->budget_spent = false;
	db->budget_ends_us = milliseconds > 0 ? clock_steady_us() + milliseconds * 1000LL : 0;
}

bool db_budget_spent(const struct db *db)
{
	return db->budget_spent;
}

static struct memo *memo_find(struct db *db, int64_t what, const char *lang)
{
	for (int i = 0; i < MEMOS_MOST; i++) {
		struct memo *memo = &db->memos[i];

		if (memo->what == what && memo->text.bytes && strcmp(memo->lang, lang) == 0)
			return memo;
	}
	return NULL;
}

/* What nobody has asked for longest makes room. */
static struct memo *memo_oldest(struct db *db)
{
	struct memo *oldest = &db->memos[0];

	for (int i = 1; i < MEMOS_MOST; i++)
		if (db->memos[i].used < oldest->used)
			oldest = &db->memos[i];
	return oldest;
}

const char *db_memo(struct db *db, int64_t what, const char *lang, int64_t row, size_t *bytes)
{
	struct memo *memo = memo_find(db, what, lang);

	if (!memo || memo->row != row)
		return NULL;
	memo->used = ++db->memo_uses;
	*bytes = memo->text.bytes;
	return memo->text.data;
}

void db_memo_keep(struct db *db, int64_t what, const char *lang, int64_t row, const char *text,
				  size_t bytes)
{
	struct memo *memo = memo_find(db, what, lang);

	if (strlen(lang) >= MEMO_LANG)
		return;
	if (!memo)
		memo = memo_oldest(db);
	memo->what = what;
	memo->row = row;
	memo->used = ++db->memo_uses;
	snprintf(memo->lang, sizeof memo->lang, "%s", lang);
	buf_clear(&memo->text);
	buf_add(&memo->text, text, bytes);
	if (!buf_ok(&memo->text))
		buf_fini(&memo->text);
}

const char *db_message(struct db *db)
{
	return sqlite3_errmsg(db->handle);
}
