/* turnlock.h: processes that share a store take turns in order of arrival: SQLite's own waiting
 * starves one of three for seconds. A gate, then the lock: whoever waits at the gate is next. The
 * kernel frees both when a process dies. A process that was stopped while it had its turn is told
 * to go on. */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "store/store.h"

struct turnlock {
	int gate, lock; /* descriptors */
	const _Atomic int64_t *announced; /* the lock's file, mapped; NULL: it cannot be */
	_Atomic uint64_t classes[TURN_CLASSES + 1];
	_Atomic int64_t waited_us;
};

MUST_CHECK enum err turnlock_open(struct turnlock *turnlock, const char *folder);
void turnlock_close(struct turnlock *turnlock);
/* ERR_STORAGE if the turn does not come within wait_ms: the holder hangs. */
MUST_CHECK enum err turnlock_take(struct turnlock *turnlock, int wait_ms);
void turnlock_give(struct turnlock *turnlock);
/* With the turn in hand, before the commit: events up to `row` are about to be kept. */
MUST_CHECK enum err turnlock_announce(struct turnlock *turnlock, int64_t row);
/* Any thread: how far any process has announced; what cannot be known may be anything. */
int64_t turnlock_announced(const struct turnlock *turnlock);
/* Any thread. */
void turnlock_read_waits(const struct turnlock *turnlock, struct turn_waits *out);
