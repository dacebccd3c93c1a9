/* catch_up.h: a page of a journal, read from the store and made into frames on a reader's
 * thread, for a member who has fallen behind. */
#pragma once

#include "base/err.h"
#include "base/shared.h"
#include "store/history.h"
#include "store/store.h"

struct catch_up {
	struct reading reading; /* first member, so that one is the other */
	struct store *store;
	uint64_t session;       /* for whom */
	struct page_wish wish;
	/* what came of it */
	enum err err;
	struct shared *frames;  /* whole `event` notifications; NULL if there are none */
	int64_t count, last, row;
	bool more;
};

/* NULL without memory. */
struct catch_up *catch_up_new(struct store *store, uint64_t session, int64_t journal, int64_t next);
void catch_up_free(struct catch_up **page);
/* NULL if the reading is somebody else's. */
struct catch_up *catch_up_of(struct reading *reading);

/* Makes "[{…},{…}]" (as history_page gives it) into frames of `event` notifications, joined.
 * *out is NULL if the array is empty. */
MUST_CHECK enum err frames_of_events(const char *events, size_t bytes, struct shared **out);
