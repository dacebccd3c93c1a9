/* ring.c: the latest events of one journal, ready to be sent; see ring.h. */
#include "hub/ring.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 8 };

static struct ring_frame *frame_at(const struct ring *ring, size_t i)
{
	return &ring->frames[(ring->begin + i) & (ring->room - 1)];
}

static void weigh(struct ring *ring, ptrdiff_t bytes)
{
	ring->bytes += (size_t)bytes;
	if (ring->sum)
		*ring->sum += (size_t)bytes;
}

static void drop_oldest(struct ring *ring)
{
	struct ring_frame *oldest = frame_at(ring, 0);

	weigh(ring, -(ptrdiff_t)oldest->frame->bytes);
	shared_unref(&oldest->frame);
	ring->begin = (ring->begin + 1) & (ring->room - 1);
	ring->count--;
}

void ring_clear(struct ring *ring)
{
	while (ring->count > 0)
		drop_oldest(ring);
}

void ring_fini(struct ring *ring)
{
	ring_clear(ring);
	free(ring->frames);
	*ring = (struct ring){.sum = ring->sum};
}

static bool grow(struct ring *ring)
{
	size_t room = ring->room ? ring->room * 2 : FIRST_ROOM;
	struct ring_frame *frames;

	if (ring->count < ring->room)
		return true;
	frames = calloc(room, sizeof *frames);
	if (!frames)
		return false;
	for (size_t i = 0; i < ring->count; i++)
		frames[i] = *frame_at(ring, i);
	free(ring->frames);
	ring->frames = frames;
	ring->room = room;
	ring->begin = 0;
	return true;
}

bool ring_is_full_for(const struct ring *ring, size_t bytes)
{
	return ring->count > 0 &&
	       (ring->count >= RING_EVENTS || ring->bytes + bytes > RING_BYTES);
}

bool ring_push(struct ring *ring, int64_t seq, int64_t post, struct shared **frame)
{
	struct shared *mine = *frame;

	*frame = NULL;
	if (ring->count > 0 && seq != ring_last(ring) + 1)
		ring_clear(ring);
	while (ring_is_full_for(ring, mine->bytes))
		drop_oldest(ring);
	if (!grow(ring)) {
		ring_clear(ring);
		shared_unref(&mine);
		return false;
	}
	weigh(ring, (ptrdiff_t)mine->bytes);
	*frame_at(ring, ring->count) = (struct ring_frame){.seq = seq, .post = post, .frame = mine};
	ring->count++;
	return true;
}

void ring_forget_post(struct ring *ring, int64_t post)
{
	size_t doomed = 0;

	for (size_t i = 0; post && i < ring->count; i++) {
		if (frame_at(ring, i)->post == post)
			doomed = i + 1;
	}
	while (doomed-- > 0)
		drop_oldest(ring);
}

int64_t ring_first(const struct ring *ring)
{
	return ring->count ? frame_at(ring, 0)->seq : 0;
}

int64_t ring_last(const struct ring *ring)
{
	return ring->count ? frame_at(ring, ring->count - 1)->seq : 0;
}

bool ring_covers(const struct ring *ring, int64_t seq)
{
	return ring->count > 0 && seq >= ring_first(ring) && seq <= ring_last(ring);
}

struct shared *ring_get(const struct ring *ring, int64_t seq)
{
	assert(ring_covers(ring, seq));
	return frame_at(ring, (size_t)(seq - ring_first(ring)))->frame;
}

struct shared *ring_join(const struct ring *ring, int64_t seq)
{
	size_t from = (size_t)(seq - ring_first(ring));
	size_t bytes = 0;
	struct shared *joined;

	assert(ring_covers(ring, seq));
	if (from + 1 == ring->count)
		return shared_ref(ring_get(ring, seq));
	for (size_t i = from; i < ring->count; i++)
		bytes += frame_at(ring, i)->frame->bytes;
	joined = shared_new(NULL, bytes);
	if (!joined)
		return NULL;
	bytes = 0;
	for (size_t i = from; i < ring->count; i++) {
		const struct shared *frame = frame_at(ring, i)->frame;

		memcpy(joined->data + bytes, frame->data, frame->bytes);
		bytes += frame->bytes;
	}
	return joined;
}
