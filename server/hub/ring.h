/* ring.h: the latest events of one journal, ready to be sent, for members who fell a little behind.
 * Bounded in number and bytes; without a gap; owned by the hub's thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/shared.h"

enum { RING_EVENTS = 256, RING_BYTES = 262144 };

struct ring_frame {
	int64_t seq, post; /* post 0: none */
	struct shared *frame;
};

struct ring {
	struct ring_frame *frames; /* a circular array; room is a power of two */
	size_t room, begin, count, bytes;
	size_t *sum; /* of several rings' bytes, borrowed; NULL: nobody adds them up */
};

/* Accepts a zeroed struct; what is left is an empty ring without memory, ready for use. */
void ring_fini(struct ring *ring);
void ring_clear(struct ring *ring);
/* Would one more event of `bytes` bytes push out an older one? */
bool ring_is_full_for(const struct ring *ring, size_t bytes);
/* Takes *frame. Older ones leave if there is no room; all leave if `seq` does not follow. False
 * without memory: the ring is empty then. */
bool ring_push(struct ring *ring, int64_t seq, int64_t post, struct shared **frame);
/* The post has changed: whatever is as old as its newest frame leaves. */
void ring_forget_post(struct ring *ring, int64_t post);

int64_t ring_first(const struct ring *ring); /* 0 if empty */
int64_t ring_last(const struct ring *ring);  /* 0 if empty */
bool ring_covers(const struct ring *ring, int64_t seq);
/* Borrowed; `seq` must be covered. */
struct shared *ring_get(const struct ring *ring, int64_t seq);
/* All frames from `seq` on as one, owned by the caller. NULL without memory. */
struct shared *ring_join(const struct ring *ring, int64_t seq);
