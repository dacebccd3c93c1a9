/* worker.h: one thread, one mailbox, one handler. The handler gets everything that has gathered
 * while it was busy, so a slow step makes larger batches (the store's group commit lives on it). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct worker;

struct worker_role {
	const char *name;  /* at most 15 letters; shown by top and gdb */
	size_t capacity;   /* of the mailbox; 0: no bound */
	/* items[0..count) in order of arrival; count is 0 when nothing came for idle_ms. */
	void (*handle)(void *owner, void **items, size_t count);
	int idle_ms;       /* -1: never call without items */
	void *owner;
	bool in_background; /* runs when nobody else on the machine wants to */
};

/* Does not start a thread: worker_step() may be turned by a test on its own thread. */
MUST_CHECK enum err worker_new(const struct worker_role *role, struct worker **out);
MUST_CHECK enum err worker_start(struct worker *worker);
/* Takes *item; false if full or stopping. */
bool worker_push(struct worker *worker, void **item);
/* The same without waking it; worker_ring() does, once for all that was put. */
bool worker_put(struct worker *worker, void **item);
void worker_ring(struct worker *worker);
size_t worker_depth(const struct worker *worker);
/* One turn: waits up to wait_ms, then handles what is there. False once stopped and drained. */
bool worker_step(struct worker *worker, int wait_ms);
/* Refuses new items, handles those that are there, joins the thread. */
void worker_stop(struct worker *worker);
void worker_free(struct worker **worker); /* stops it first */
