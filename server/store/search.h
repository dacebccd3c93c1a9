/* search.h: finds words in what stands. A second file, search.db, that a thread of its own fills
 * from the journal, event by event; it can be deleted at any time and is then made again. Whatever
 * the index says, a post is found only as it stands in the store at the moment of asking. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store/db.h"

struct search;

/* `data`: the data folder; its maagal.db must be there. A search.db that is broken, or that
 * belongs to another store, is made anew. Starts no thread. */
MUST_CHECK enum err search_open(const char *data, struct why *why, struct search **out);
void search_close(struct search **search); /* stops it first */
MUST_CHECK enum err search_start(struct search *search);
void search_stop(struct search *search);
/* Something was kept. Any thread; never waits. Without it the thread looks every quarter second. */
void search_nudge(struct search *search);

/* Indexes one batch of events, in one commit; *more: others wait. The search thread's own work, for
 * tests and measurements to turn by hand (only while it is not started). */
MUST_CHECK enum err search_step(struct search *search, bool *more);
/* Takes the words of erased posts out of the file for good, a piece at a time; *more: not done. */
MUST_CHECK enum err search_tidy(struct search *search, bool *more);

enum { SEARCH_FOUND_MOST = 100 };

struct search_wish {
	int64_t circle;     /* its number; the caller has checked that it may be read */
	const char *query;  /* UTF-8, anything */
	size_t query_bytes;
	int64_t before;     /* only posts whose `posted` has a smaller seq; 0: all */
	int limit;          /* cut to 1 … SEARCH_FOUND_MOST */
	int budget_ms;      /* 0: none */
};

struct search_found {
	int64_t posts[SEARCH_FOUND_MOST]; /* numbers of posts that stand now, newest first */
	int count;
	bool more; /* there may be older ones: the limit was reached, or the budget spent */
	int64_t before; /* with more: ask for what is before this seq */
};

/* All words of the query must be there, the last one may be only begun. `db`: the reader's own
 * connection, inside its snapshot. Any thread, several at once. A query without a letter or digit
 * finds nothing. ERR_BUSY: the index is not ready yet. */
MUST_CHECK enum err search_query(struct search *search, struct db *db,
				 const struct search_wish *wish, struct search_found *out);

/* How many events of the journal the index has not read yet; -1 if unknown. Any thread. */
int64_t search_lag(const struct search *search);
