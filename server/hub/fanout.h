/* fanout.h: one kept event → the right sessions. Encodes an event once, hands round once a turn,
 * and brings up whoever has fallen behind: from a feed's ring, else from the store. Owned by the
 * hub's thread.
 *
 * The rule that holds all together: a seat's `next` is the seq of the next event it must get,
 * and it is given exactly that one. Whether something was missed between a page that was read
 * from a snapshot and the events that come by is found out by rows: a seat is live if nothing of
 * its journal has come by since the snapshot's last row. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "config.h"
#include "hub/feed.h"
#include "hub/figures.h"
#include "hub/session.h"
#include "store/store.h"

enum {
	APPLIED_LOG = 4096,
	RINGS_BYTES = 64 << 20 /* of all rings' frames together */
};

struct relay;

struct applied {
	int64_t row, journal;
};

struct fanout {
	const struct config *config; /* all borrowed */
	struct sessions *sessions;
	struct store *store;
	struct figures *figures;
	struct relay *relay;         /* NULL: nobody else to tell who is here */

	struct map *feeds;           /* journal → feed with seats */
	struct list_node pending;    /* feeds with events not yet handed round */
	struct list_node restless;   /* feeds whose count of persons may have changed */
	int64_t applied_row;         /* the newest event that came by */
	int64_t touched_row;         /* the newest that changed how older words are shown */
	uint64_t ring_age;           /* rings of another age are stale as a whole */
	struct list_node written;    /* feeds with a ring, that written to last at the end */
	size_t ring_bytes, ring_bytes_most;
	struct applied log[APPLIED_LOG]; /* circular: the latest events, whoever reads them */
	uint64_t logged;
	struct buf scratch;
};

MUST_CHECK enum err fanout_init(struct fanout *fanout, const struct config *config,
				struct sessions *sessions, struct store *store,
				struct figures *figures, int64_t head_row);
void fanout_fini(struct fanout *fanout); /* nobody is seated any more */

/* A turn begins: if it changes words that are on their way, those leave first or not at all. */
void fanout_begin(struct fanout *fanout, const struct turn *turn);
/* Events in row order. Nothing leaves before fanout_flush(). */
void fanout_apply(struct fanout *fanout, const struct kept *event);
/* Hands round what was applied and sends what was gathered. */
void fanout_flush(struct fanout *fanout);

struct joining {
	int64_t journal, next;
	bool live;
	int64_t snapshot_row;
	const char *circle; /* the public id, if it is a circle's journal; else NULL */
};
/* The join's answer must have been gathered before. */
void fanout_join(struct fanout *fanout, struct session *session, const struct joining *joining);
void fanout_leave(struct fanout *fanout, struct session *session, int64_t journal);
void fanout_leave_all(struct fanout *fanout, struct session *session);

/* Who may be where is in doubt: nothing is sent to this seat until fanout_clear(). */
void fanout_suspend(struct seat *seat);
void fanout_clear(struct fanout *fanout, struct session *session, int64_t journal);

/* Gives a session what it lacks, as far as it can be given now. */
void fanout_catch_up(struct fanout *fanout, struct session *session);
/* Sessions that could not be served because the store was busy. */
void fanout_tick(struct fanout *fanout);
/* A reading has come back: true (and taken) if it was one of the fanout's. */
bool fanout_was_read(struct fanout *fanout, struct reading *reading);

/* The count of persons in this circle may have changed. */
void fanout_restless(struct fanout *fanout, struct feed *feed);
struct feed *fanout_feed(const struct fanout *fanout, int64_t journal); /* NULL: nobody reads it */
/* A whole frame {"jsonrpc":"2.0","method":METHOD,"params":PARAMS}. NULL without memory. */
struct shared *notification_frame(const char *method, const char *params, size_t bytes);
