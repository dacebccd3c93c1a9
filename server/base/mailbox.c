/* mailbox.c: a bounded queue between threads. Two arrays change places: one is filled by those who
 * push, the other is read by the one who took it, without the lock. */
#include "base/mailbox.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { FIRST_ROOM = 64 };

struct items {
	void **at;
	size_t count, room;
};

struct mailbox {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct items coming, taken;
	size_t capacity;
	void (*wake)(void *owner);
	void *owner;
	bool closed, told; /* told: the wake for what is there has been sent */
};

struct mailbox *mailbox_new(size_t capacity, void (*wake)(void *owner), void *owner)
{
	struct mailbox *box = calloc(1, sizeof *box);
	pthread_condattr_t attributes;
	bool ready;

	if (!box)
		return NULL;
	box->capacity = capacity;
	box->wake = wake;
	box->owner = owner;
	if (pthread_condattr_init(&attributes) != 0) {
		free(box);
		return NULL;
	}
	ready = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
		pthread_cond_init(&box->filled, &attributes) == 0;
	pthread_condattr_destroy(&attributes);
	if (ready && pthread_mutex_init(&box->lock, NULL) != 0) {
		pthread_cond_destroy(&box->filled);
		ready = false;
	}
	if (!ready) {
		free(box);
		return NULL;
	}
	return box;
}

void mailbox_free(struct mailbox **box)
{
	struct mailbox *mine = *box;

	*box = NULL;
	if (!mine)
		return;
	assert(mine->coming.count == 0);
	pthread_mutex_destroy(&mine->lock);
	pthread_cond_destroy(&mine->filled);
	free(mine->coming.at);
	free(mine->taken.at);
	free(mine);
}

static bool make_room(struct items *items)
{
	size_t room = items->room ? items->room * 2 : FIRST_ROOM;
	void **at;

	if (items->count < items->room)
		return true;
	at = realloc(items->at, room * sizeof *at);
	if (!at)
		return false;
	items->at = at;
	items->room = room;
	return true;
}

static bool add(struct mailbox *box, void *item)
{
	if (box->closed || (box->capacity && box->coming.count >= box->capacity) ||
	    !make_room(&box->coming))
		return false;
	box->coming.at[box->coming.count++] = item;
	return true;
}

/* With the lock; true: tell_taker() is due once it has been given back. */
static bool must_tell(struct mailbox *box)
{
	bool is_due = box->coming.count > 0 && !box->told;

	box->told = box->told || is_due;
	return is_due;
}

/* Without the lock: whoever wakes would only run into it, and be put to sleep again. */
static void tell_taker(struct mailbox *box)
{
	pthread_cond_signal(&box->filled);
	if (box->wake)
		box->wake(box->owner);
}

bool mailbox_push(struct mailbox *box, void **item)
{
	size_t added;

	added = mailbox_push_all(box, item, 1);
	if (added)
		*item = NULL;
	return added;
}

size_t mailbox_push_all(struct mailbox *box, void *const *items, size_t count)
{
	size_t added = 0;
	bool is_due;

	pthread_mutex_lock(&box->lock);
	while (added < count && add(box, items[added]))
		added++;
	is_due = must_tell(box);
	pthread_mutex_unlock(&box->lock);
	if (is_due)
		tell_taker(box);
	return added;
}

bool mailbox_put(struct mailbox *box, void **item)
{
	bool accepted;

	pthread_mutex_lock(&box->lock);
	accepted = add(box, *item);
	pthread_mutex_unlock(&box->lock);
	if (accepted)
		*item = NULL;
	return accepted;
}

void mailbox_ring(struct mailbox *box)
{
	bool is_due;

	pthread_mutex_lock(&box->lock);
	is_due = must_tell(box);
	pthread_mutex_unlock(&box->lock);
	if (is_due)
		tell_taker(box);
}

static struct timespec after(int wait_ms)
{
	struct timespec when;

	clock_gettime(CLOCK_MONOTONIC, &when);
	when.tv_sec += wait_ms / 1000;
	when.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (when.tv_nsec >= 1000000000) {
		when.tv_sec++;
		when.tv_nsec -= 1000000000;
	}
	return when;
}

size_t mailbox_take(struct mailbox *box, int wait_ms, void ***items)
{
	struct timespec until = after(wait_ms > 0 ? wait_ms : 0);
	struct items filled;

	pthread_mutex_lock(&box->lock);
	while (box->coming.count == 0 && !box->closed && wait_ms != 0) {
		if (wait_ms < 0)
			pthread_cond_wait(&box->filled, &box->lock);
		else if (pthread_cond_timedwait(&box->filled, &box->lock, &until) != 0)
			break;
	}
	filled = box->coming;
	box->coming = box->taken;
	box->coming.count = 0;
	box->told = false;
	box->taken = filled;
	pthread_mutex_unlock(&box->lock);

	*items = filled.at;
	return filled.count;
}

void mailbox_close(struct mailbox *box)
{
	pthread_mutex_lock(&box->lock);
	box->closed = true;
	pthread_cond_broadcast(&box->filled);
	pthread_mutex_unlock(&box->lock);
}

bool mailbox_is_closed(const struct mailbox *box)
{
	/* The lock is no part of what the mailbox says: const is kept towards the caller. */
	struct mailbox *mine = (struct mailbox *)box;
	bool closed;

	pthread_mutex_lock(&mine->lock);
	closed = mine->closed;
	pthread_mutex_unlock(&mine->lock);
	return closed;
}

size_t mailbox_depth(const struct mailbox *box)
{
	struct mailbox *mine = (struct mailbox *)box;
	size_t depth;

	pthread_mutex_lock(&mine->lock);
	depth = mine->coming.count;
	pthread_mutex_unlock(&mine->lock);
	return depth;
}
