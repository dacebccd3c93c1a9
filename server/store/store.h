/* store.h: the promise: what is kept is numbered, committed with synchronous=FULL and told to the
 * hub in row order; what fails leaves nothing behind. One writing thread, a few reading ones.
 * SQLite fulfils it; its types stay in this folder. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/shared.h"
#include "circle/event.h"
#include "store/db.h"

struct store;
struct search;
struct keeper; /* an open commit; server/store/keeper.h */

/* A proposal: what somebody wants kept. Embedded in whatever waits for the answer; owned by the
 * store from store_keep() until it comes back in a turn. */
struct change {
	/* Store thread, inside the commit: checks what only now can be checked and writes. It must
	 * refuse (any error but ERR_STORAGE) before it writes; a refusal harms nobody else. */
	enum err (*keep)(struct keeper *keeper, struct change *change);
	enum err err;   /* what became of it, once it is back */
	bool is_urgent; /* moderators' acts go first within a batch */
	bool is_out;    /* the journal's own: it failed half-way, and the others are kept without it */
};

/* Something to read: run on a reader thread inside one snapshot. */
struct reading {
	uint64_t order; /* light ones of equal order come back in the order in which they were asked */
	bool is_heavy; /* may take long: such ones keep to one of the readers, behind each other */
	void (*read)(struct reading *reading, struct db *db, int64_t head_row);
};

/* One kept event on its way to those who may see it. */
struct kept {
	int64_t row, journal, seq, post, thread; /* post, thread: 0 if none */
	int64_t person; /* whom a standing or house event concerns; 0: nobody, or everybody */
	int64_t circle; /* likewise */
	enum event_kind kind;
	struct shared *fresh;  /* the journal's own; NULL once the turn is handed over */
	struct shared *params; /* event_write() as of its commit; NULL in the house journal */
};

/* What one turn of the writing thread did. Handed to the hub, which frees it. */
struct turn {
	struct kept *events;
	size_t event_count;
	int64_t own_row; /* the newest event that this process kept; 0: all are others' */
	struct change **changes; /* each with its err; to be answered */
	size_t change_count;
};
void turn_free(struct turn **turn); /* the events; the changes must have been taken out */

struct store_settings {
	const char *data; /* the directory; made if absent */
	int reader_threads;
	int commit_rest_percent; /* of a commit's time, until the next begins */
	int64_t wal_bytes_most; /* beyond: readers are waited for; 0: never */
	size_t inbox_most;      /* changes waiting; beyond: ERR_BUSY */
	/* Called on the store's thread, in row order; takes *turn. */
	void (*turned)(void *owner, struct turn **turn);
	/* Called on a reader's thread once readings have run; takes them, not the array. */
	void (*were_read)(void *owner, struct reading *const *readings, size_t count);
	void *owner;
};

MUST_CHECK enum err store_open(const struct store_settings *settings, struct why *why,
							   struct store **out);
MUST_CHECK enum err store_start(struct store *store, struct why *why);
void store_stop(struct store *store); /* finishes what is in flight */
void store_close(struct store **store);

/* ERR_BUSY: the inbox is full; ERR_STORAGE: the disk is unwell and will be tried again by itself.
 * The change is taken only when ERR_NONE. Any thread. */
MUST_CHECK enum err store_keep(struct store *store, struct change **change);
MUST_CHECK enum err store_read(struct store *store, struct reading **reading);
/* The same, but nobody is woken before store_ring(): whoever hands over many wakes a thread once
 * for them. One thread alone may use these three. */
MUST_CHECK enum err store_keep_soon(struct store *store, struct change **change);
MUST_CHECK enum err store_read_soon(struct store *store, struct reading **reading);
void store_ring(struct store *store);
/* So many of the turns that were told have been handed round to those who watch. After a small
 * commit the next waits for that, a moment, and is shared with what people answer. Any thread. */
void store_handed_round(struct store *store, size_t turns);
/* May any process have kept an event beyond `row`? Asked anew each time, for a fraction of what
 * looking into the database costs: no means that nobody has been answered yet for one. Any
 * thread. */
bool store_is_ahead(const struct store *store, int64_t row);
/* Another process is said to have kept events up to `row`: looks at once. Any thread; many calls
 * are one look. */
void store_nudge(struct store *store, int64_t row);

/* A newer program has upgraded the tables: nothing is written any more, and the process has been
 * told to stop (SIGTERM). Any thread. */
bool store_is_outdated(const struct store *store);

/* Sealed ids; any thread once open. */
const struct id_key *store_id_key(const struct store *store);
/* Changes only when a backup is restored. */
const char *store_epoch(const struct store *store);

/* For command-line programs: one change, in one commit, on the caller's thread. */
MUST_CHECK enum err store_keep_now(struct store *store, struct change *change);

struct search *store_search(const struct store *store); /* store/search.h; NULL until started */

struct store_health {
	int64_t commits, commit_us_total, rows_total, batch_last, batch_most;
	int64_t wal_bytes, head_row, failures;
	size_t inbox_depth, reading_depth;
	bool well; /* false while the disk refuses */
};
void store_health(struct store *store, struct store_health *out);

/* How long turns were waited for, among processes: by classes, the last beyond all bounds. */
enum { TURN_CLASSES = 12 };
struct turn_waits {
	const int64_t *bounds_us;
	uint64_t classes[TURN_CLASSES + 1];
	int64_t us_total;
};
void store_turn_waits(const struct store *store, struct turn_waits *out);
