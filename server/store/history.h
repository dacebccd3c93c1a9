/* history.h: reads: what did I miss, who said what. Reader threads, inside a snapshot; also the
 * writing thread, for events that other processes kept. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/id.h"
#include "store/db.h"

/* Which events: of one journal, seq in (after, before), ascending. before 0: no upper bound.
 * newest: the page nearest to `before`, else the one nearest to `after`. */
struct page_wish {
	int64_t journal, after, before, thread; /* thread 0: all */
	int limit;
	size_t bytes_most; /* the array's size in bytes; at least one event is always given */
	bool newest;
	bool with_roots; /* the `posted` of the pages' threads, should they lie before the page */
	int64_t
		person; /* for an inbox: words from circles this person may no longer enter are left out */
};
struct page {
	struct buf events;          /* "[…]" */
	int64_t count, first, last; /* seqs; 0 if empty */
	bool more;
};
/* events.data is the caller's to buf_fini(). */
enum err history_page(struct db *db, const struct id_key *key, const struct page_wish *wish,
					  struct page *out);

/* Seq after which the `tail` last `posted` events begin. */
enum err history_tail(struct db *db, int64_t journal, int64_t tail, int64_t *after);

/* "circle/forum", "desk/forum", "inbox/m…"; the house's "house/0". */
enum err journal_name(struct db *db, const struct id_key *key, int64_t journal, struct buf *out);

/* One event as it stands now; ERR_NOT_FOUND if there is none. */
enum err history_event(struct db *db, const struct id_key *key, int64_t row, struct buf *out);
