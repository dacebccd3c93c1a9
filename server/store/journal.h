/* journal.h: the commit: reads what others kept, lets each change check and write, numbers,
 * appends, commits, many changes to a commit. One thread at a time: the store's, or a command's. */
#pragma once

#include "store/keeper.h"

/* `lock_path`: the folder of the two lock files by which processes take turns. Borrows `db`. */
MUST_CHECK enum err keeper_new(struct db *db, const struct id_key *key, const char *folder,
							   struct keeper **out);
void keeper_free(struct keeper **keeper);

/* One turn. Every change gets its err. On ERR_STORAGE nothing of this turn is kept, nothing
 * remembered, and `*out` still holds what other processes kept before. `*out` is NULL only without
 * memory. */
enum err journal_turn(struct keeper *keeper, struct change **changes, size_t count,
					  struct turn **out);

/* A checkpoint that keeps writers out: it takes a turn, so that nobody is kept waiting for it
 * unless in turn. */
MUST_CHECK enum err keeper_checkpoint(struct keeper *keeper, enum db_checkpoint how);
/* After the connection was opened anew. */
void keeper_use(struct keeper *keeper, struct db *db);
/* Did another process keep something? Takes no turn. */
bool keeper_has_news(struct keeper *keeper);
/* Counts wait for a commit; one soon, please. */
bool keeper_has_counts(const struct keeper *keeper);
/* Any thread. */
void keeper_turn_waits(const struct keeper *keeper, struct turn_waits *out);
/* A newer program has changed the tables: nothing is written any more. */
bool keeper_is_outdated(const struct keeper *keeper);
int64_t keeper_last_row(const struct keeper *keeper);
/* Any thread: see store_is_ahead(). */
bool keeper_is_ahead(const struct keeper *keeper, int64_t row);
/* Is the write-ahead log to be emptied? Asked by whoever does it; keeper_scrubbed() when done. */
bool keeper_is_to_scrub(const struct keeper *keeper);
void keeper_scrubbed(struct keeper *keeper);
