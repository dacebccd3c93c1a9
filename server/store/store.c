/* store.c: the threads around the journal: one that writes, a few that read, one that checkpoints,
 * and the search index's own. Falls silent kindly while the disk is unwell and recovers by itself.
 */
#include "store/store.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "base/worker.h"
#include "store/journal.h"
#include "store/schema.h"
#include "store/search.h"

enum {
	READERS_MOST = 16,
	READINGS_MOST = 20000,
	WRITER_IDLE_MS = 250, /* how late at most another process's events are seen */
	SNAPSHOT_MOST = 32,   /* readings of one snapshot: checkpoints wait for it */
	TOGETHER_US = 500,    /* no reading's answer waits longer for those of the ones behind it */
	REST_BATCH = 128,     /* behind a larger commit it rests as long as behind a dear one */
	REST_MOST_US = 3000,
	CROWD_REST_US = 4000, /* while many write */
	CROWD_LEAST = 8,      /* changes that come in that time, at least, to be many */
	REST_WAKES_MOST = 16,
	RUSH_LEAST = 16,      /* changes that come in a millisecond, at least, to wait for more */
	RUSH_MOST = 16,       /* milliseconds */
	ROUND_MOST_MS = 10, /* no commit waits longer for the last one to be handed round */
	TURN_MOST = 512,      /* changes in one commit: bounds how long the last of them waits */
	ALIVE_EVERY_MS = 60000,
	DOWN_LEAST_MS = 120000,
	WAL_BYTES = 32 << 20, /* so much is written over and over, if readers let us */
	LET_US_EVERY_MS = 1000, /* whoever is to wait for readers asks no more often */
};

struct reader {
	struct store *store;
	struct db *db;
	struct worker *worker;
	bool is_waiting; /* store_read_soon() put something there */
};

struct store {
	struct store_settings settings;
	char data[3800], path[4096];
	struct id_key key;
	char epoch[20];
	struct db *db;
	struct keeper *keeper;
	struct worker *writer, *checkpointer;
	struct db *checkpoint_db;
	struct reader readers[READERS_MOST];
	struct search *search;
	_Atomic bool well, checkpointing, is_nudged, is_outdated;
	bool writer_waits; /* as in a reader */
	_Atomic bool checkpointed; /* all but what was written meanwhile */
	int64_t wal_due, wal_last; /* bytes at which the next checkpoint begins, and at the last look */
	int64_t let_us_ms;         /* when readers may be waited for again, steady clock */
	bool is_moved;             /* before the log is emptied, nearly all of it was moved */
	struct mailbox *urgent; /* what goes before all that waits in the writer's own mailbox */
	struct mailbox *bell; /* rung when a rest is to end */
	_Atomic uint64_t told, handed_round; /* turns */
	struct change nudge; /* in the writer's mailbox: look for news; nothing is kept for it */
	int64_t last_alive_ms, last_write_us;
	_Atomic int64_t commits, commit_us, rows, batch_last, batch_most, failures, head_row, wal_bytes;
};

void turn_free(struct turn **taken)
{
	struct turn *turn = *taken;

	if (!turn)
		return;
	for (size_t i = 0; i < turn->event_count; i++)
		shared_unref(&turn->events[i].params);
	free(turn->events);
	free(turn->changes);
	free(turn);
	*taken = NULL;
}

const struct id_key *store_id_key(const struct store *store)
{
	return &store->key;
}

const char *store_epoch(const struct store *store)
{
	return store->epoch;
}

struct search *store_search(const struct store *store)
{
	return store->search;
}

/* ---- writing ---- */

static void reopen(struct store *store)
{
	struct db *db = NULL;
	struct why why = {""};

	/* What an interrupted COMMIT left is decided by a fresh look at the files. */
	if (db_open(store->path, DB_WRITE, &why, &db) != ERR_NONE)
		return;
	keeper_use(store->keeper, db);
	db_close(&store->db);
	store->db = db;
}

/* The hub says goodbye as when it is told to stop; whoever comes back finds a newer process, or
 * this one as the newer program. */
static void end_outdated(struct store *store)
{
	if (store->is_outdated || !store->settings.turned)
		return;
	store->is_outdated = true;
	log_error("store.newer", "a newer program has upgraded the store; this process ends");
	(void)kill(getpid(), SIGTERM);
}

static void set_well(struct store *store, bool well)
{
	if (keeper_is_outdated(store->keeper)) {
		store->well = false;
		end_outdated(store);
		return;
	}
	if (store->well == well)
		return;
	store->well = well;
	if (well)
		log_info("store.recovered", "writing again");
	else
		log_error("store.unwell", "the disk refuses: %s", db_message(store->db));
}

/* A WAL that starts over is written into the same blocks and the same memory again; one that grows
 * costs new ones with every page. It starts over once all of it is in the database and nobody reads
 * it: a thread of its own moves nearly all of it, the writer the little that came meanwhile, while
 * nobody writes. */
static bool checkpoint_begin(struct store *store)
{
	void *go = store;

	store->checkpointing = true;
	if (!worker_push(store->checkpointer, &go))
		store->checkpointing = false;
	return store->checkpointing;
}

/* A snapshot may be held for minutes, by an export. Nobody who writes waits for that. */
static enum err checkpoint_with_readers(struct store *store, enum db_checkpoint how)
{
	int64_t now_ms = clock_steady_ms();

	if (now_ms < store->let_us_ms)
		return ERR_BUSY;
	store->let_us_ms = now_ms + LET_US_EVERY_MS;
	return keeper_checkpoint(store->keeper, how);
}

static void checkpoint_if_due(struct store *store)
{
	int64_t bytes = db_wal_bytes(store->db), most = store->settings.wal_bytes_most;
	int64_t step = most && most < WAL_BYTES ? most : WAL_BYTES;

	if (bytes < store->wal_last || !store->wal_due)
		store->wal_due = step;
	store->wal_last = bytes;
	if (most && bytes > most) {
		(void)!checkpoint_with_readers(store, DB_RESTART);
		return;
	}
	if (bytes < store->wal_due || !store->checkpointer || store->checkpointing)
		return;
	if (store->checkpointed) {
		store->checkpointed = false;
		/* If a reader was in the way, not before it is worth while again. */
		store->wal_due = bytes + step / 4;
		(void)!keeper_checkpoint(store->keeper, DB_PASSIVE);
		return;
	}
	(void)checkpoint_begin(store);
}

static void checkpoint(void *owner, void **items, size_t count)
{
	struct store *store = owner;

	(void)items;
	/* The second time what was written during the first. */
	if (count && !db_checkpoint(store->checkpoint_db, DB_PASSIVE))
		(void)!db_checkpoint(store->checkpoint_db, DB_PASSIVE);
	store->checkpointed = true;
	store->checkpointing = false;
}

/* Readers may be in the way: tried again until it is done. What a long erasure wrote is moved in
 * the background first, or the writer would do nothing else for seconds. */
static void scrub_if_due(struct store *store)
{
	if (!keeper_is_to_scrub(store->keeper) || store->checkpointing)
		return;
	if (!store->is_moved && store->checkpointer) {
		store->is_moved = checkpoint_begin(store);
		return;
	}
	if (checkpoint_with_readers(store, DB_EMPTY))
		return;
	keeper_scrubbed(store->keeper);
	store->is_moved = false;
	store->checkpointed = false;
}

static void tell_turn(struct store *store, struct turn **turn)
{
	if (!store->settings.turned)
		return;
	store->told++;
	store->settings.turned(store->settings.owner, turn);
}

static enum err write_turn(struct store *store, struct change **changes, size_t count)
{
	struct turn *turn = NULL;
	int64_t began = clock_steady_us();
	enum err err = journal_turn(store->keeper, changes, count, &turn);
	bool tell = false;

	if (err) {
		store->failures++;
		reopen(store);
	} else if (count) {
		store->commits++;
		store->commit_us += clock_steady_us() - began;
		store->rows += (int64_t)(turn ? turn->event_count : 0);
		store->batch_last = (int64_t)count;
		if ((int64_t)count > store->batch_most)
			store->batch_most = (int64_t)count;
	}
	set_well(store, !err);
	store->head_row = keeper_last_row(store->keeper);
	store->wal_bytes = db_wal_bytes(store->db);
	if (turn && count) {
		turn->changes = malloc(count * sizeof(struct change *));
		if (turn->changes) {
			memcpy(turn->changes, changes, count * sizeof *changes);
			turn->change_count = count;
		}
	}
	tell = turn && (turn->event_count || turn->change_count);
	if (tell && turn->event_count && store->search)
		search_nudge(store->search);
	if (tell)
		tell_turn(store, &turn);
	if (turn) {
		turn->change_count = 0;
		turn_free(&turn);
	}
	return err;
}

static enum err keep_alive(struct keeper *keeper, struct change *change)
{
	(void)change;
	return db_run(keeper_db(keeper),
				  "INSERT INTO house (name, value) VALUES ('alive', ?)"
				  " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
				  "i", keeper_now(keeper));
}

/* Holds must not run out while nobody could decide. */
static enum err extend_holds(struct keeper *keeper, struct change *change)
{
	int64_t alive = 0;
	enum err err = db_number(keeper_db(keeper), 0, &alive,
							 "SELECT value FROM house WHERE name = 'alive'", "");
	int64_t down = keeper_now(keeper) - alive;

	if (!err && alive && down > DOWN_LEAST_MS)
		err = db_run(keeper_db(keeper),
					 "UPDATE item SET until = until + ? WHERE state = 'open' AND until IS NOT NULL",
					 "i", down);
	return err ? err : keep_alive(keeper, change);
}

static void idle_turn(struct store *store)
{
	struct change alive = {.keep = keep_alive};
	struct change *changes[] = {&alive};
	struct turn *turn = NULL;
	bool is_due = clock_steady_ms() - store->last_alive_ms >= ALIVE_EVERY_MS ||
				  keeper_has_counts(store->keeper);
	enum err err;

	/* While unwell, the sign of life is the probe that tells when the disk is well again. */
	if (is_due || !store->well) {
		err = journal_turn(store->keeper, changes, 1, &turn);
		if (err)
			reopen(store);
		else
			store->last_alive_ms = clock_steady_ms();
		set_well(store, !err);
		store->head_row = keeper_last_row(store->keeper);
		if (turn && turn->event_count)
			tell_turn(store, &turn);
		turn_free(&turn);
		return;
	}
	/* Nothing to write: look for what other processes kept, without taking a turn. */
	if (keeper_has_news(store->keeper))
		(void)write_turn(store, NULL, 0);
}

/* Whatever comes with a nudge looks for news anyway. */
static size_t leave_nudge_out(struct store *store, void **items, size_t count)
{
	size_t left = 0;

	for (size_t i = 0; i < count; i++) {
		if (items[i] == &store->nudge)
			store->is_nudged = false;
		else
			items[left++] = items[i];
	}
	return left;
}

/* Moderators' acts do not wait behind a crowd's posts: looked for before each commit. */
static void write_urgent(struct store *store)
{
	void **items;
	size_t count = mailbox_take(store->urgent, 0, &items);

	if (count)
		(void)write_turn(store, (struct change **)items, count);
}

static void ring(struct store *store)
{
	void *item = &store->bell;

	(void)mailbox_push(store->bell, &item);
}

bool store_is_outdated(const struct store *store)
{
	return store->is_outdated;
}

void store_handed_round(struct store *store, size_t turns)
{
	store->handed_round += turns;
	ring(store);
}

/* As long as the last turn is being handed round, the next could not be; and those who get it first
 * have an answer by the time that the last one has it. */
static void wait_for_the_round(struct store *store)
{
	int64_t until_ms = clock_steady_ms() + ROUND_MOST_MS, left_ms;
	void **items;

	while (store->handed_round < store->told && !mailbox_depth(store->urgent) &&
		   !mailbox_is_closed(store->bell) && (left_ms = until_ms - clock_steady_ms()) > 0)
		(void)mailbox_take(store->bell, (int)left_ms, &items);
}

/* A commit costs the disk the same for one change as for twenty. So the writer rests in proportion
 * to what the last one took: what comes meanwhile shares the next. Whoever writes alone waits for
 * nobody; where many write, nobody notices four milliseconds, and half as many commits do. */
static int64_t rest_us(const struct store *store, size_t count, int64_t since_last_us,
					   int64_t took_us)
{
	int64_t rest = took_us * store->settings.commit_rest_percent / 100;

	if (rest <= 0)
		return 0;
	if ((int64_t)count * CROWD_REST_US >= CROWD_LEAST * since_last_us)
		return CROWD_REST_US;
	return rest < REST_MOST_US ? rest : REST_MOST_US;
}

static void rest_for(struct store *store, int64_t us)
{
	int64_t until_us = clock_steady_us() + us, left_us;
	void **items;

	for (int i = 0; i < REST_WAKES_MOST && !mailbox_depth(store->urgent); i++) {
		left_us = until_us - clock_steady_us();
		if (left_us <= 0 || mailbox_is_closed(store->bell))
			return;
		if (left_us < 1000)
			clock_sleep_us(left_us);
		else
			(void)mailbox_take(store->bell, (int)(left_us / 1000), &items);
	}
}

/* In a rush the judges and the hub have much in hand that comes here soon; the more of it shares a
 * commit, the more frames share a write to each member. */
static void wait_for_the_rush(struct store *store)
{
	size_t depth = worker_depth(store->writer), before = 0;

	for (int i = 0; i < RUSH_MOST && depth >= before + RUSH_LEAST && depth < TURN_MOST; i++) {
		if (mailbox_depth(store->urgent) || mailbox_is_closed(store->bell))
			return;
		clock_sleep_us(1000);
		before = depth;
		depth = worker_depth(store->writer);
	}
}

static void gather(struct store *store, size_t count, int64_t rest)
{
	if (rest <= 0)
		return;
	wait_for_the_round(store);
	rest_for(store, count <= REST_BATCH ? rest : REST_MOST_US);
	wait_for_the_rush(store);
}

static void write_all(void *owner, void **items, size_t count)
{
	struct store *store = owner;
	struct change **changes = (struct change **)items;
	int64_t began_us = clock_steady_us(), since_last_us = began_us - store->last_write_us;

	count = leave_nudge_out(store, items, count);
	if (!count && !mailbox_depth(store->urgent)) {
		idle_turn(store);
		scrub_if_due(store);
		return;
	}
	write_urgent(store);
	for (size_t at = 0; at < count; at += TURN_MOST) {
		size_t some = count - at < TURN_MOST ? count - at : TURN_MOST;

		(void)write_turn(store, changes + at, some);
		write_urgent(store);
	}
	checkpoint_if_due(store);
	scrub_if_due(store);
	store->last_write_us = began_us;
	if (count)
		gather(store, count, rest_us(store, count, since_last_us, clock_steady_us() - began_us));
}

static void wake_writer(struct store *store)
{
	void *item = &store->nudge;

	if (atomic_exchange(&store->is_nudged, true))
		return;
	if (!worker_push(store->writer, &item))
		store->is_nudged = false; /* it has so much to do that it looks by itself */
}

bool store_is_ahead(const struct store *store, int64_t row)
{
	return keeper_is_ahead(store->keeper, row);
}

void store_nudge(struct store *store, int64_t row)
{
	if (row > store->head_row && store->well)
		wake_writer(store);
}

static enum err keep(struct store *store, struct change **change,
					 bool (*hand_over)(struct worker *worker, void **item))
{
	bool is_urgent = (*change)->is_urgent;
	void *item = *change;

	if (!store->well)
		return ERR_STORAGE;
	if (!(is_urgent ? mailbox_push(store->urgent, &item) : hand_over(store->writer, &item)))
		return ERR_BUSY;
	*change = NULL;
	if (is_urgent) {
		ring(store);
		wake_writer(store);
	}
	return ERR_NONE;
}

enum err store_keep(struct store *store, struct change **change)
{
	return keep(store, change, worker_push);
}

enum err store_keep_soon(struct store *store, struct change **change)
{
	store->writer_waits = true;
	return keep(store, change, worker_put);
}

enum err store_keep_now(struct store *store, struct change *change)
{
	struct turn *turn = NULL;
	enum err err = journal_turn(store->keeper, &change, 1, &turn);

	turn_free(&turn);
	return err ? err : change->err;
}

/* ---- reading ---- */

/* What came together is read from one snapshot, which is no older than the last to come, and goes
 * back together: told one by one, the hub would be woken for each. */
static void read_some(struct reader *reader, void **items, size_t count)
{
	struct store *store = reader->store;
	int64_t head = 0, since_us = clock_steady_us();
	enum err err = db_script(reader->db, "BEGIN");
	size_t back = 0;

	/* The first read fixes the snapshot. */
	if (!err)
		err = db_number(reader->db, 0, &head, "SELECT max(row) FROM event", "");
	for (size_t i = 0; i < count; i++) {
		struct reading *reading = items[i];

		reading->read(reading, err ? NULL : reader->db, head);
		db_budget(reader->db, 0);
		if (i + 1 < count && clock_steady_us() - since_us < TOGETHER_US)
			continue;
		store->settings.were_read(store->settings.owner, (struct reading **)items + back,
								  i + 1 - back);
		back = i + 1;
		since_us = clock_steady_us();
	}
	(void)!db_script(reader->db, "COMMIT");
}

static void read_all(void *owner, void **items, size_t count)
{
	struct reader *reader = owner;

	for (size_t at = 0; at < count; at += SNAPSHOT_MOST)
		read_some(reader, items + at, count - at < SNAPSHOT_MOST ? count - at : SNAPSHOT_MOST);
}

/* Searches and the like all go to the last reader, and wait there for each other; the rest is
 * shared by the others, so that what one session asks is answered in order. */
static struct reader *reader_for(struct store *store, const struct reading *reading)
{
	uint64_t last = (uint64_t)store->settings.reader_threads - 1;

	return &store->readers[reading->is_heavy || !last ? last : reading->order % last];
}

enum err store_read(struct store *store, struct reading **reading)
{
	struct reader *reader = reader_for(store, *reading);
	void *item = *reading;

	if (!worker_push(reader->worker, &item))
		return ERR_BUSY;
	*reading = NULL;
	return ERR_NONE;
}

enum err store_read_soon(struct store *store, struct reading **reading)
{
	struct reader *reader = reader_for(store, *reading);
	void *item = *reading;

	if (!worker_put(reader->worker, &item))
		return ERR_BUSY;
	reader->is_waiting = true;
	*reading = NULL;
	return ERR_NONE;
}

void store_ring(struct store *store)
{
	if (store->writer_waits)
		worker_ring(store->writer);
	store->writer_waits = false;
	for (int i = 0; i < store->settings.reader_threads; i++) {
		struct reader *reader = &store->readers[i];

		if (reader->is_waiting)
			worker_ring(reader->worker);
		reader->is_waiting = false;
	}
}

/* ---- opening ---- */

static enum err house_value(struct db *db, const char *name, void *out, size_t room)
{
	struct cursor *cursor = db_query(db, "SELECT value FROM house WHERE name = ?", "t", name);
	const void *bytes;
	size_t count;
	enum err err = ERR_NOT_FOUND;

	if (cursor_next(cursor)) {
		bytes = cursor_blob(cursor, 0, &count);
		err = count == room ? ERR_NONE : ERR_STORAGE;
		if (!err)
			memcpy(out, bytes, room);
	}
	enum err ended = cursor_end(&cursor);

	return ended ? ended : err;
}

/* What is missing is made, in one commit: a first start may be interrupted, or two be made at once.
 */
static enum err facts_make(struct store *store)
{
	uint64_t epoch = id_random();
	struct id_key key;
	enum err err = db_script(store->db, "BEGIN IMMEDIATE");

	if (err)
		return err;
	id_key_make(&key);
	err = db_run(store->db, "INSERT OR IGNORE INTO house VALUES ('id_key', ?)", "b", &key,
				 sizeof key);
	if (!err)
		err = db_run(store->db, "INSERT OR IGNORE INTO house VALUES ('epoch', ?)", "b", &epoch,
					 sizeof epoch);
	if (!err)
		err = db_script(store->db, "COMMIT");
	if (err && db_is_in_transaction(store->db))
		(void)!db_script(store->db, "ROLLBACK");
	sodium_memzero(&key, sizeof key);
	return err;
}

static enum err facts_read(struct store *store)
{
	uint64_t epoch = 0;
	enum err err = house_value(store->db, "id_key", &store->key, sizeof store->key);

	if (!err)
		err = house_value(store->db, "epoch", &epoch, sizeof epoch);
	snprintf(store->epoch, sizeof store->epoch, "%016llx", (unsigned long long)epoch);
	return err;
}

static enum err facts_load(struct store *store)
{
	enum err err = facts_read(store);

	if (err != ERR_NOT_FOUND)
		return err;
	err = facts_make(store);
	return err ? err : facts_read(store);
}

static enum err folder_make(const char *path, struct why *why)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return ERR_NONE;
	why_set(why, "the data folder %s cannot be made: %s", path, strerror(errno));
	return ERR_STORAGE;
}

enum err store_open(const struct store_settings *settings, struct why *why, struct store **out)
{
	struct store *store = calloc(1, sizeof *store);
	enum err err = store ? ERR_NONE : ERR_NO_MEMORY;

	if (!err) {
		store->settings = *settings;
		store->well = true;
		snprintf(store->data, sizeof store->data, "%s", settings->data);
		snprintf(store->path, sizeof store->path, "%s/maagal.db", store->data);
		err = sodium_init() < 0 ? ERR_INTERNAL : folder_make(store->data, why);
	}
	if (!err)
		err = db_open(store->path, DB_CREATE, why, &store->db);
	if (!err)
		err = schema_upgrade(store->db, why);
	if (!err) {
		err = facts_load(store);
		if (err)
			why_set(why, "the store in %s cannot be read: %s", store->data, db_message(store->db));
	}
	if (!err)
		err = keeper_new(store->db, &store->key, store->data, &store->keeper);
	if (!err)
		store->head_row = keeper_last_row(store->keeper);
	if (err)
		store_close(&store);
	*out = store;
	return err;
}

static enum err readers_start(struct store *store)
{
	int n = store->settings.reader_threads;
	enum err err = ERR_NONE;

	if (n > READERS_MOST)
		n = store->settings.reader_threads = READERS_MOST;
	for (int i = 0; i < n && !err; i++) {
		struct reader *reader = &store->readers[i];
		struct worker_role role = {.name = "reader",
								   .capacity = READINGS_MOST,
								   .handle = read_all,
								   .idle_ms = -1,
								   .owner = reader};

		reader->store = store;
		/* The last has the searches. */
		err = db_open(store->path, i < n - 1 ? DB_GLANCE : DB_READ, NULL, &reader->db);
		if (!err)
			err = worker_new(&role, &reader->worker);
		if (!err)
			err = worker_start(reader->worker);
	}
	return err;
}

enum err store_start(struct store *store, struct why *why)
{
	struct worker_role write = {.name = "store",
								.capacity = store->settings.inbox_most,
								.handle = write_all,
								.idle_ms = WRITER_IDLE_MS,
								.owner = store};
	struct worker_role check = {
		.name = "checkpoint", .capacity = 4, .handle = checkpoint, .idle_ms = -1, .owner = store};
	struct change extend = {.keep = extend_holds};
	enum err err = store_keep_now(store, &extend);

	store->last_alive_ms = clock_steady_ms();
	if (!err)
		err = db_open(store->path, DB_WRITE, why, &store->checkpoint_db);
	if (!err)
		err = search_open(store->data, why, &store->search);
	if (!err)
		err = search_start(store->search);
	if (!err)
		err = worker_new(&check, &store->checkpointer);
	if (!err)
		err = worker_start(store->checkpointer);
	if (!err)
		err = readers_start(store);
	if (!err) {
		store->urgent = mailbox_new(store->settings.inbox_most, NULL, NULL);
		store->bell = mailbox_new(1, NULL, NULL);
		err = store->urgent && store->bell ? ERR_NONE : ERR_NO_MEMORY;
	}
	if (!err)
		err = worker_new(&write, &store->writer);
	if (!err)
		err = worker_start(store->writer);
	return err;
}

void store_stop(struct store *store)
{
	if (store->urgent)
		mailbox_close(store->urgent);
	if (store->bell)
		mailbox_close(store->bell);
	if (store->writer)
		worker_stop(store->writer);
	if (store->urgent)
		write_urgent(store);
	if (store->keeper && keeper_has_counts(store->keeper))
		idle_turn(store);
	if (store->keeper && keeper_is_to_scrub(store->keeper) &&
		keeper_checkpoint(store->keeper, DB_EMPTY) == ERR_NONE)
		keeper_scrubbed(store->keeper);
	for (int i = 0; i < READERS_MOST; i++)
		if (store->readers[i].worker)
			worker_stop(store->readers[i].worker);
	if (store->search)
		search_stop(store->search);
	if (store->checkpointer)
		worker_stop(store->checkpointer);
}

void store_close(struct store **taken)
{
	struct store *store = *taken;
	void **items;

	if (!store)
		return;
	store_stop(store);
	worker_free(&store->writer);
	if (store->urgent)
		mailbox_free(&store->urgent);
	if (store->bell) {
		(void)mailbox_take(store->bell, 0, &items);
		mailbox_free(&store->bell);
	}
	worker_free(&store->checkpointer);
	for (int i = 0; i < READERS_MOST; i++) {
		worker_free(&store->readers[i].worker);
		db_close(&store->readers[i].db);
	}
	search_close(&store->search);
	keeper_free(&store->keeper);
	db_close(&store->checkpoint_db);
	db_close(&store->db);
	sodium_memzero(&store->key, sizeof store->key);
	free(store);
	*taken = NULL;
}

void store_turn_waits(const struct store *store, struct turn_waits *out)
{
	keeper_turn_waits(store->keeper, out);
}

void store_health(struct store *store, struct store_health *out)
{
	*out = (struct store_health){.commits = store->commits,
								 .commit_us_total = store->commit_us,
								 .rows_total = store->rows,
								 .batch_last = store->batch_last,
								 .batch_most = store->batch_most,
								 .wal_bytes = store->wal_bytes,
								 .head_row = store->head_row,
								 .failures = store->failures,
								 .inbox_depth = store->writer ? worker_depth(store->writer) : 0,
								 .well = store->well};
	for (int i = 0; i < store->settings.reader_threads; i++)
		if (store->readers[i].worker)
			out->reading_depth += worker_depth(store->readers[i].worker);
}
