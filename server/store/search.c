/* search.c: the index of words; see search.h. search.db is written by the search thread alone (of
 * one process at a time) and read by whichever thread asks.
 *
 * SQLite's FTS5 does not know Hebrew or Arabic, so it is given words that are folded already
 * (filters/fold.h), each also without its prefixes. Every word begins with its circle's code: a
 * word that is common elsewhere costs a small circle nothing, and no circle's words meet
 * another's. A row's number is that of the post's `posted` event, so newest first is the index's
 * own order. */
#include "store/search.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "base/worker.h"
#include "circle/event.h"
#include "filters/fold.h"
#include "store/words.h"

enum {
	FORMAT = 3, /* of search.db and of how words are folded; another is made anew */
	EPOCH_BYTES = 8,
	STEP_EVENTS = 10000, /* events in one commit of the index */
	STEP_MS = 400,       /* and the time it may take about */
	IDLE_MS = 250,
	BUSY_EVENTS = 200, /* after so many it rests longer: what comes in bulk costs half */
	BUSY_MS = 750,
	FAILED_MS = 5000, /* rest after a failure: a full disk is not asked four times a second */
	TIDY_PAGES = 256, /* merged in one commit */
	FINISH_MS = 2000, /* for what is left to do when stopping */
	TIDY_REST = 9,    /* after tidying for t, rest for 9 t at least */
	DAY_MS = 86400000,
	READERS_KEPT = 16,
};

/* One connection to search.db; belongs to one thread at a time. */
struct reader {
	struct db *db;
	unsigned generation;
};

struct search {
	char store_path[4096], path[4096];
	struct db *store; /* reads maagal.db */
	struct db *index; /* writes search.db; NULL while it cannot be opened */
	struct stat file; /* of `index`: is it still the one in the folder? */
	struct worker *worker;
	struct buf folded, words;
	_Atomic int64_t next_step_ms; /* until then it rests */
	int64_t tidy_after_ms;
	int followed; /* events, since the last rest */
	_Atomic bool stopping;
	_Atomic unsigned generation; /* one more each time the file is made anew or opened again */
	_Atomic(struct reader *) idle[READERS_KEPT];
	_Atomic int64_t lag;
};

/* ---- the file ---- */

/* folded: what each post was indexed with, for its words must be told again to be taken out.
 * prefix: 5 letters of the circle's code and the first 1 or 2 letters of a word: the word being
 * typed is looked up, not gathered from all words that begin with it. From 3 letters on there are
 * few enough of those, and each length more costs a sixth of all writing. */
static const char schema[] =
	"CREATE TABLE fact (name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"CREATE TABLE folded (row INTEGER PRIMARY KEY, circle INTEGER NOT NULL, words TEXT NOT NULL)"
	" STRICT;"
	"CREATE VIRTUAL TABLE said USING fts5 (words, content = '', detail = none, columnsize = 0,"
	" tokenize = 'ascii', prefix = '6 7');"
	/* A bulk of posts becomes one segment, and not twenty. */
	"INSERT INTO said (said, rank) VALUES ('hashsize', 16777216);"
	/* Fewer and larger merges. */
	"INSERT INTO said (said, rank) VALUES ('automerge', 8);";

static enum err fact_number(struct db *db, const char *name, int64_t *out)
{
	return db_number(db, 0, out, "SELECT value FROM fact WHERE name = ?", "t", name);
}

static enum err fact_keep(struct db *db, const char *name, int64_t value)
{
	return db_run(db, "INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", "ti", name, value);
}

/* Which store this is, and since which restored backup. */
static enum err store_epoch_read(struct db *store, unsigned char out[EPOCH_BYTES])
{
	struct cursor *cursor = db_query(store, "SELECT value FROM house WHERE name = 'epoch'", "");
	const void *bytes;
	size_t count = 0;

	memset(out, 0, EPOCH_BYTES);
	if (cursor_next(cursor)) {
		bytes = cursor_blob(cursor, 0, &count);
		memcpy(out, bytes, count < EPOCH_BYTES ? count : EPOCH_BYTES);
	}
	return cursor_end(&cursor);
}

static enum err index_is_ours(struct search *search, struct db *index, bool *ours)
{
	unsigned char epoch[EPOCH_BYTES];
	struct cursor *cursor;
	const void *bytes;
	size_t count = 0;
	int64_t format = 0;
	enum err err = store_epoch_read(search->store, epoch);

	*ours = false;
	if (!err)
		err = db_number(index, 0, &format, "PRAGMA user_version", "");
	if (err || format != FORMAT)
		return err;
	cursor = db_query(index, "SELECT value FROM fact WHERE name = 'epoch'", "");
	if (cursor_next(cursor)) {
		bytes = cursor_blob(cursor, 0, &count);
		*ours = count == EPOCH_BYTES && memcmp(bytes, epoch, count) == 0;
	}
	return cursor_end(&cursor);
}

static enum err tables_create(struct search *search, struct db *index)
{
	unsigned char epoch[EPOCH_BYTES];
	char mark[40];
	enum err err = store_epoch_read(search->store, epoch);

	snprintf(mark, sizeof mark, "PRAGMA user_version = %d", FORMAT);
	if (!err)
		err = db_script(index, "DROP TABLE IF EXISTS said; DROP TABLE IF EXISTS folded;"
							   "DROP TABLE IF EXISTS fact");
	if (!err)
		err = db_script(index, schema);
	if (!err)
		err = db_run(index, "INSERT INTO fact VALUES ('epoch', ?)", "b", epoch, sizeof epoch);
	if (!err)
		err = db_script(index, mark);
	return err;
}

static enum err index_create(struct search *search, struct db *index)
{
	bool ours = false;
	enum err err = db_script(index, "BEGIN IMMEDIATE");

	/* Another process may have made it meanwhile. */
	if (!err)
		err = index_is_ours(search, index, &ours);
	if (!err && !ours)
		err = tables_create(search, index);
	/* After a failure the connection is closed, and what was begun with it. */
	return err ? err : db_script(index, "COMMIT");
}

static void index_delete(struct search *search)
{
	static const char *const endings[] = {"", "-wal", "-shm"};
	char path[sizeof search->path + 8];

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		snprintf(path, sizeof path, "%s%s", search->path, endings[i]);
		(void)unlink(path);
	}
}

/* A file that is no database at all; SQLite would refuse it for ever. */
static bool index_is_garbage(const struct search *search)
{
	static const char magic[16] = "SQLite format 3";
	char start[sizeof magic];
	int file = open(search->path, O_RDONLY | O_CLOEXEC);
	ssize_t count = file < 0 ? 0 : read(file, start, sizeof start);

	if (file >= 0)
		close(file);
	return count > 0 && (count != sizeof start || memcmp(start, magic, sizeof magic) != 0);
}

static bool says_broken(const char *says)
{
	return strstr(says, "malformed") || strstr(says, "not a database");
}

static bool index_is_broken(struct db *index)
{
	return says_broken(db_message(index));
}

/* secure_delete: words that are erased are overwritten. synchronous: a power cut may take the last
 * commits, and the cursor with them; they are indexed again. */
static enum err index_open_once(struct search *search, struct why *why, bool *broken)
{
	struct db *index = NULL;
	struct why opening = {""};
	bool ours = false;
	enum err err = db_open(search->path, DB_CREATE, &opening, &index);

	*broken = err && says_broken(opening.text);
	if (err) {
		why_set(why, "%s", opening.text);
		return err;
	}
	err = db_script(index, "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;"
						   "PRAGMA wal_autocheckpoint = 1000; PRAGMA cache_size = -16000");
	if (!err)
		err = index_is_ours(search, index, &ours);
	if (!err && !ours)
		err = index_create(search, index);
	if (!err && stat(search->path, &search->file) != 0)
		err = ERR_STORAGE;
	if (err) {
		*broken = index_is_broken(index);
		why_set(why, "%s cannot be used: %s", search->path, db_message(index));
		db_close(&index);
		return err;
	}
	search->index = index;
	search->generation++;
	return ERR_NONE;
}

static enum err index_open(struct search *search, struct why *why)
{
	bool broken = index_is_garbage(search);
	enum err err = ERR_NONE;

	if (!broken)
		err = index_open_once(search, why, &broken);
	if (broken) {
		log_warn("search.rebuild", "the index cannot be read and is made anew");
		index_delete(search);
		err = index_open_once(search, why, &broken);
	}
	return err;
}

/* Someone may have deleted the file to have it made again. */
static enum err index_check(struct search *search)
{
	struct stat now;
	bool same = search->index && stat(search->path, &now) == 0 &&
				now.st_ino == search->file.st_ino && now.st_dev == search->file.st_dev;

	if (same)
		return ERR_NONE;
	db_close(&search->index);
	return index_open(search, NULL);
}

enum err search_open(const char *data, struct why *why, struct search **out)
{
	struct search *search = calloc(1, sizeof *search);
	enum err err = search ? ERR_NONE : ERR_NO_MEMORY;

	if (!err) {
		snprintf(search->store_path, sizeof search->store_path, "%s/maagal.db", data);
		snprintf(search->path, sizeof search->path, "%s/search.db", data);
		search->lag = -1;
		err = db_open(search->store_path, DB_GLANCE, why, &search->store);
	}
	/* What can be made again must not keep the server from starting. */
	if (!err && index_open(search, why) != ERR_NONE)
		log_warn("search.unavailable", "the index cannot be opened; will be tried again");
	if (err)
		search_close(&search);
	*out = search;
	return err;
}

static void reader_free(struct reader **reader)
{
	if (*reader)
		db_close(&(*reader)->db);
	free(*reader);
	*reader = NULL;
}

void search_close(struct search **taken)
{
	struct search *search = *taken;

	if (!search)
		return;
	search_stop(search);
	worker_free(&search->worker);
	for (int i = 0; i < READERS_KEPT; i++) {
		struct reader *reader = atomic_exchange(&search->idle[i], NULL);

		reader_free(&reader);
	}
	db_close(&search->index);
	db_close(&search->store);
	buf_fini(&search->folded);
	buf_fini(&search->words);
	free(search);
	*taken = NULL;
}

/* ---- following the journal ---- */

/* One event that concerns what a post says. */
struct said {
	int64_t posted_row, circle;
	const char *text; /* NULL: nothing may be found */
	size_t bytes;
	bool is_new, is_erased;
};

static enum err words_write(struct search *search, int64_t circle)
{
	buf_clear(&search->words);
	words_of_folded(circle, &search->folded, &search->words);
	return buf_ok(&search->words) ? ERR_NONE : ERR_NO_MEMORY;
}

/* Takes out what the index has of a post; *was_there: it had something. */
static enum err said_drop(struct search *search, int64_t row, bool *was_there)
{
	struct cursor *cursor = db_query(search->index,
									 "SELECT circle, words FROM folded WHERE row = ?", "i", row);
	enum err err = ERR_NONE, ended;

	buf_clear(&search->folded);
	*was_there = cursor_next(cursor);
	if (*was_there) {
		buf_add(&search->folded, cursor_text(cursor, 1), cursor_bytes(cursor, 1));
		err = words_write(search, cursor_int(cursor, 0));
	}
	ended = cursor_end(&cursor);
	if (err || ended || !*was_there)
		return err ? err : ended;
	err = db_run(search->index, "INSERT INTO said (said, rowid, words) VALUES ('delete', ?, ?)",
				 "is", row, search->words.data, search->words.bytes);
	if (!err)
		err = db_run(search->index, "DELETE FROM folded WHERE row = ?", "i", row);
	return err;
}

static enum err tidy_wish(struct search *search, int64_t due)
{
	int64_t tidy_at = 0;
	enum err err = fact_number(search->index, "tidy_at", &tidy_at);

	if (!err && (!tidy_at || due < tidy_at))
		err = fact_keep(search->index, "tidy_at", due);
	return err;
}

static enum err said_add(struct search *search, const struct said *said)
{
	enum err err;

	buf_clear(&search->folded);
	err = fold_words(said->text, said->bytes, &search->folded);
	if (err == ERR_BAD_PARAMS)
		return ERR_NONE; /* no text at all: cannot happen, and would stop the index for ever */
	if (!err)
		err = words_write(search, said->circle);
	if (err || !search->words.bytes)
		return err;
	err = db_run(search->index, "INSERT INTO said (rowid, words) VALUES (?, ?)", "is",
				 said->posted_row, search->words.data, search->words.bytes);
	if (!err)
		err = db_run(search->index, "INSERT INTO folded (row, circle, words) VALUES (?, ?, ?)",
					 "iis", said->posted_row, said->circle, search->folded.data,
					 search->folded.bytes);
	return err;
}

static enum err said_keep(struct search *search, const struct said *said)
{
	bool was_there = false;
	enum err err = said->is_new ? ERR_NONE : said_drop(search, said->posted_row, &was_there);

	/* Words that were edited out go within a day, those of erased posts at once: also when the
	 * post was gone from the index before it was erased. */
	if (!err && (was_there || said->is_erased))
		err = tidy_wish(search, clock_wall_ms() + (said->is_erased ? 0 : DAY_MS));
	return err || !said->text ? err : said_add(search, said);
}

static enum err event_follow(struct search *search, struct cursor *event)
{
	enum event_kind kind = (enum event_kind)cursor_int(event, 1);
	int64_t state = cursor_int(event, 4);
	bool shown = !cursor_is_null(event, 5) && (state == POST_VISIBLE || state == POST_REDACTED);
	struct said said = {.posted_row = cursor_int(event, 0),
						.circle = cursor_int(event, 3),
						.is_new = kind == EVENT_POSTED,
						.is_erased = kind == EVENT_ERASED};

	if (kind != EVENT_POSTED && event_touches(kind) != TOUCH_POST)
		return ERR_NONE;
	/* A post that was only ever held has no place in the journal. */
	if (cursor_is_null(event, 6))
		return ERR_NONE;
	if (!said.is_new) {
		enum err err = db_number(search->store, 0, &said.posted_row,
								 "SELECT row FROM event WHERE journal = ? AND seq = ?", "ii",
								 cursor_int(event, 2), cursor_int(event, 6));

		if (err || !said.posted_row)
			return err;
	}
	if (shown) {
		said.text = cursor_text(event, 5);
		said.bytes = cursor_bytes(event, 5);
	}
	return said_keep(search, &said);
}

/* Reads on from `*row`; stops early when it has taken long. */
static enum err events_follow(struct search *search, int64_t *row, int *count)
{
	int64_t began = clock_steady_ms();
	struct cursor *cursor = db_query(
		search->store,
		"SELECT e.row, e.kind, e.journal, p.circle, p.state, p.text, p.seq FROM event e"
		" LEFT JOIN post p ON p.num = e.post WHERE e.row > ? ORDER BY e.row LIMIT ?",
		"ii", *row, (int64_t)STEP_EVENTS);
	enum err err = ERR_NONE, ended;

	*count = 0;
	while (!err && clock_steady_ms() - began < STEP_MS && cursor_next(cursor)) {
		if (journal_kind_of(cursor_int(cursor, 2)) == JOURNAL_CIRCLE)
			err = event_follow(search, cursor);
		*row = cursor_int(cursor, 0);
		++*count;
	}
	ended = cursor_end(&cursor);
	return err ? err : ended;
}

static enum err step_inside(struct search *search, bool *more)
{
	int64_t head = 0, row = 0, began;
	int count = 0;
	enum err err = db_number(search->store, 0, &head, "SELECT max(row) FROM event", "");

	if (!err)
		err = fact_number(search->index, "cursor", &row);
	if (err)
		return err;
	began = row;
	if (row < head)
		err = events_follow(search, &row, &count);
	search->followed += count;
	if (!err && row != began)
		err = fact_keep(search->index, "cursor", row);
	search->lag = head - row;
	*more = !err && row < head && count > 0;
	return err;
}

/* The cursor says where to go on without taking the index's lock; the answer is asked again
 * inside. */
static bool has_news(struct search *search)
{
	int64_t head = 0, row = 0;

	return db_number(search->store, 0, &head, "SELECT max(row) FROM event", "") ||
		   fact_number(search->index, "cursor", &row) || row != head;
}

enum err search_step(struct search *search, bool *more)
{
	enum err err = index_check(search);

	*more = false;
	if (err)
		return err;
	if (!has_news(search)) {
		search->lag = 0;
		return ERR_NONE;
	}
	/* Another process may be at it: then this one has nothing to do. (A disk that is full says so
	 * at the first write.) */
	if (db_script(search->index, "BEGIN IMMEDIATE") != ERR_NONE)
		return ERR_BUSY;
	err = db_script(search->store, "BEGIN");
	if (!err)
		err = step_inside(search, more);
	(void)!db_script(search->store, "COMMIT");
	if (!err)
		err = db_script(search->index, "COMMIT");
	if (err) {
		bool broken = index_is_broken(search->index);

		(void)!db_script(search->index, "ROLLBACK");
		if (broken) {
			log_warn("search.rebuild", "the index is damaged and is made anew");
			db_close(&search->index);
			index_delete(search);
		}
	}
	return err;
}

/* ---- tidying ---- */

/* FTS5 only marks what is deleted; the words go when the piece of index that holds them is merged
 * with all older ones. A negative number of pages begins that, positive ones continue. */
enum tidying { TIDY_NOT, TIDY_MERGING, TIDY_TRUNCATING };

static enum err tidy_inside(struct search *search, int64_t *stage)
{
	int64_t before = 0, pages = *stage == TIDY_NOT ? -TIDY_PAGES : TIDY_PAGES;
	enum err err = ERR_NONE;

	/* Before the merge: what is erased while it runs asks for another. */
	if (*stage == TIDY_NOT)
		err = fact_keep(search->index, "tidy_at", 0);
	before = db_total_changes(search->index);
	if (!err)
		err = db_run(search->index, "INSERT INTO said (said, rank) VALUES ('merge', ?)", "i",
					 pages);
	*stage = db_total_changes(search->index) - before < 2 ? TIDY_TRUNCATING : TIDY_MERGING;
	if (!err)
		err = fact_keep(search->index, "tidying", *stage);
	return err;
}

static enum err tidy_truncate(struct search *search, bool *more)
{
	int64_t busy = 1;
	enum err err = db_number(search->index, 1, &busy, "PRAGMA wal_checkpoint(TRUNCATE)", "");

	*more = !err && busy;
	if (!err && !busy)
		err = fact_keep(search->index, "tidying", TIDY_NOT);
	return err;
}

enum err search_tidy(struct search *search, bool *more)
{
	int64_t stage = 0, due = 0;
	enum err err = index_check(search);

	*more = false;
	if (!err)
		err = fact_number(search->index, "tidying", &stage);
	if (!err && stage == TIDY_TRUNCATING)
		return tidy_truncate(search, more);
	if (!err)
		err = fact_number(search->index, "tidy_at", &due);
	if (err || (stage == TIDY_NOT && (!due || due > clock_wall_ms())))
		return err;
	if (db_script(search->index, "BEGIN IMMEDIATE") != ERR_NONE)
		return ERR_BUSY;
	err = tidy_inside(search, &stage);
	if (!err)
		err = db_script(search->index, "COMMIT");
	if (err)
		(void)!db_script(search->index, "ROLLBACK");
	*more = !err;
	return err;
}

/* ---- the thread ---- */

static void tidy_some(struct search *search)
{
	int64_t began = clock_steady_ms();
	bool more = true;

	if (began < search->tidy_after_ms)
		return;
	while (more && !search->stopping && clock_steady_ms() - began < STEP_MS)
		if (search_tidy(search, &more) != ERR_NONE)
			break;
	search->tidy_after_ms = clock_steady_ms() + TIDY_REST * (clock_steady_ms() - began);
}

static void search_follow(void *owner, void **items, size_t count)
{
	struct search *search = owner;
	enum err err = ERR_NONE;
	bool more = true;
	int64_t rest_ms;

	(void)items;
	(void)count;
	/* The index is written a few times a second at most, and once when much is said. */
	if (clock_steady_ms() < search->next_step_ms)
		return;
	search->followed = 0;
	while (more && !err && !search->stopping)
		err = search_step(search, &more);
	if (!err)
		tidy_some(search);
	rest_ms = search->followed < BUSY_EVENTS ? IDLE_MS : BUSY_MS;
	search->next_step_ms = clock_steady_ms() + (err && err != ERR_BUSY ? FAILED_MS : rest_ms);
}

enum err search_start(struct search *search)
{
	struct worker_role role = {.name = "search",
							   .capacity = 1,
							   .handle = search_follow,
				   .in_background = true,
							   .idle_ms = IDLE_MS + 1,
							   .owner = search};
	enum err err = worker_new(&role, &search->worker);

	if (!err)
		err = worker_start(search->worker);
	return err;
}

/* What was erased in the last moment goes now, as far as it is quickly done; else at the next
 * start. */
static void finish_up(struct search *search)
{
	int64_t until_ms = clock_steady_ms() + FINISH_MS;
	bool more = true;

	while (more && clock_steady_ms() < until_ms)
		if (search_step(search, &more) != ERR_NONE)
			return;
	for (more = true; more && clock_steady_ms() < until_ms;)
		if (search_tidy(search, &more) != ERR_NONE)
			return;
}

void search_stop(struct search *search)
{
	if (search->stopping)
		return;
	search->stopping = true;
	if (!search->worker)
		return;
	worker_stop(search->worker);
	finish_up(search);
}

void search_nudge(struct search *search)
{
	void *item = search;

	/* It rests: when it has, it looks by itself. A full box has a nudge in it already. */
	if (search->worker && clock_steady_ms() >= search->next_step_ms)
		(void)worker_push(search->worker, &item);
}

int64_t search_lag(const struct search *search)
{
	return search->lag;
}

/* ---- asking ---- */

static enum err reader_take(struct search *search, struct reader **out)
{
	struct reader *reader = NULL;
	enum err err = ERR_NONE;

	for (int i = 0; i < READERS_KEPT && !reader; i++)
		reader = atomic_exchange(&search->idle[i], NULL);
	if (reader && reader->generation != search->generation)
		reader_free(&reader);
	if (!reader) {
		reader = calloc(1, sizeof *reader);
		if (!reader)
			return ERR_NO_MEMORY;
		reader->generation = search->generation;
		err = db_open(search->path, DB_READ, NULL, &reader->db);
		if (!err)
			err = db_script(reader->db, "PRAGMA cache_size = -4000");
	}
	if (err)
		reader_free(&reader);
	*out = reader;
	return err ? ERR_BUSY : ERR_NONE;
}

static void reader_give(struct search *search, struct reader **reader)
{
	for (int i = 0; i < READERS_KEPT; i++) {
		struct reader *none = NULL;

		if (atomic_compare_exchange_strong(&search->idle[i], &none, *reader)) {
			*reader = NULL;
			return;
		}
	}
	reader_free(reader);
}

/* Is what the index found there still, and does it still say so? */
static enum err found_check(struct db *db, const struct search_wish *wish,
							const struct words_query *query, int64_t row,
							struct search_found *found)
{
	struct cursor *cursor = db_query(
		db,
		"SELECT p.num, e.seq, p.rev, p.text FROM event e JOIN post p ON p.num = e.post"
		" WHERE e.row = ? AND e.journal = ? AND e.kind = ? AND p.state IN (?, ?)"
		" AND p.text IS NOT NULL",
		"iiiii", row, journal_of(JOURNAL_CIRCLE, wish->circle), (int64_t)EVENT_POSTED,
		(int64_t)POST_VISIBLE, (int64_t)POST_REDACTED);
	enum err err = ERR_NONE, ended;
	bool stands = cursor_next(cursor);

	/* The index may trail an edit or a mask by a moment. */
	if (stands && cursor_int(cursor, 2) > 1)
		err = words_query_matches(query, cursor_text(cursor, 3), cursor_bytes(cursor, 3), &stands);
	if (!err && stands) {
		found->posts[found->count++] = cursor_int(cursor, 0);
		found->before = cursor_int(cursor, 1);
	}
	ended = cursor_end(&cursor);
	return err ? err : ended;
}

static enum err row_before(struct db *db, const struct search_wish *wish, int64_t *row)
{
	*row = INT64_MAX;
	if (wish->before <= 0)
		return ERR_NONE;
	return db_number(db, INT64_MAX, row,
					 "SELECT row FROM event WHERE journal = ? AND seq >= ? ORDER BY seq LIMIT 1",
					 "ii", journal_of(JOURNAL_CIRCLE, wish->circle), wish->before);
}

static enum err ask(struct db *index, struct db *db, const struct search_wish *wish,
					const struct words_query *query, struct search_found *found)
{
	int64_t ends_us = clock_steady_us() + wish->budget_ms * 1000LL, bound;
	int limit = wish->limit < 1 ? 1 : wish->limit;
	enum err err = row_before(db, wish, &bound), ended;
	struct cursor *cursor;

	if (err)
		return err;
	if (limit > SEARCH_FOUND_MOST)
		limit = SEARCH_FOUND_MOST;
	db_budget(index, wish->budget_ms);
	cursor = db_query(index,
					  "SELECT rowid FROM said WHERE said MATCH ? AND rowid < ? ORDER BY rowid DESC",
					  "si", query->match.data, query->match.bytes, bound);
	while (!err && cursor_next(cursor)) {
		found->more = found->count == limit || (wish->budget_ms && clock_steady_us() > ends_us);
		if (found->more)
			break;
		err = found_check(db, wish, query, cursor_int(cursor, 0), found);
	}
	ended = cursor_end(&cursor);
	if (db_budget_spent(index)) {
		found->more = true;
		ended = ERR_NONE;
	}
	db_budget(index, 0);
	return err ? err : ended;
}

enum err search_query(struct search *search, struct db *db, const struct search_wish *wish,
					  struct search_found *found)
{
	struct words_query query = {0};
	struct reader *reader = NULL;
	enum err err = words_query_init(&query, wish->circle, wish->query, wish->query_bytes);

	*found = (struct search_found){0};
	if (!err && query.count) {
		err = reader_take(search, &reader);
		if (!err)
			err = ask(reader->db, db, wish, &query, found);
		/* Whatever is wrong with the index is the search thread's to mend. */
		if (err)
			reader_free(&reader);
		else
			reader_give(search, &reader);
	}
	words_query_fini(&query);
	/* A file without its tables is being made. */
	return err == ERR_INTERNAL ? ERR_BUSY : err;
}
