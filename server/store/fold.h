/* fold.h: what the filters fold from the journal, kept now and then, so that after a restart not
 * the whole of a long thread or circle has to be folded again. Every process comes to the same
 * state, whoever kept it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

enum fold_kind { FOLD_THREAD, FOLD_CRISIS };
enum { FOLD_EVERY = 256 }; /* messages between two kept states */

/* Fills `state` with what was kept last, and *row with the newest event that is in it. Left alone,
 * and 0, if there is none, or one of another version's size: then all is folded again. */
MUST_CHECK enum err fold_load(struct db *db, enum fold_kind kind, int64_t id, void *state,
							  size_t bytes, int64_t *row);
/* Keeps `state`, folded up to the newest event of the store. */
MUST_CHECK enum err fold_keep(struct db *db, enum fold_kind kind, int64_t id, const void *state,
							  size_t bytes);
