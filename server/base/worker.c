/* worker.c: one thread, one mailbox, one handler. */
#include "base/worker.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mailbox.h"

struct worker {
	struct worker_role role;
	struct mailbox *box;
	pthread_t thread;
	bool has_thread, stopped;
	int64_t last_ms; /* when the handler last returned */
};

enum err worker_new(const struct worker_role *role, struct worker **out)
{
	struct worker *worker = calloc(1, sizeof *worker);

	*out = NULL;
	if (!worker)
		return ERR_NO_MEMORY;
	worker->role = *role;
	worker->last_ms = clock_steady_ms();
	worker->box = mailbox_new(role->capacity, NULL, NULL);
	if (!worker->box) {
		free(worker);
		return ERR_NO_MEMORY;
	}
	*out = worker;
	return ERR_NONE;
}

/* Niceness. On a machine that is too small the thread that talks to people goes first: it can tell
 * them at once that there is no hope, which nobody learns from a thread that never gets there. */
enum { BEHIND = 5, BACKGROUND = 15 };

static void *run(void *argument)
{
	struct worker *worker = argument;

	/* 0 names the calling thread. Without the right to it, it runs like the others. */
	(void)setpriority(PRIO_PROCESS, 0, worker->role.in_background ? BACKGROUND : BEHIND);
	while (worker_step(worker, worker->role.idle_ms))
		;
	return NULL;
}

enum err worker_start(struct worker *worker)
{
	sigset_t all, before;
	char name[16];
	int failed;

	/* Signals are the main thread's business: nobody else may be interrupted by one. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&worker->thread, NULL, run, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed)
		return ERR_NO_MEMORY;
	worker->has_thread = true;
	snprintf(name, sizeof name, "%s", worker->role.name);
	pthread_setname_np(worker->thread, name);
	return ERR_NONE;
}

bool worker_push(struct worker *worker, void **item)
{
	return mailbox_push(worker->box, item);
}

bool worker_put(struct worker *worker, void **item)
{
	return mailbox_put(worker->box, item);
}

void worker_ring(struct worker *worker)
{
	mailbox_ring(worker->box);
}

size_t worker_depth(const struct worker *worker)
{
	return mailbox_depth(worker->box);
}

bool worker_step(struct worker *worker, int wait_ms)
{
	int idle_ms = worker->role.idle_ms;
	void **items;
	size_t count = mailbox_take(worker->box, wait_ms, &items);
	bool idle;

	if (count == 0 && mailbox_is_closed(worker->box)) {
		/* Something may have come between the take and the close. */
		count = mailbox_take(worker->box, 0, &items);
		if (count == 0)
			return false;
	}
	/* A test's clock may stand still while its worker really waits, and the other way round. */
	idle = idle_ms >= 0 &&
	       (wait_ms >= idle_ms || clock_steady_ms() - worker->last_ms >= idle_ms);
	if (count > 0 || idle) {
		worker->role.handle(worker->role.owner, count ? items : NULL, count);
		worker->last_ms = clock_steady_ms();
	}
	return true;
}

void worker_stop(struct worker *worker)
{
	if (worker->stopped)
		return;
	worker->stopped = true;
	mailbox_close(worker->box);
	if (worker->has_thread) {
		pthread_join(worker->thread, NULL);
		worker->has_thread = false;
		return;
	}
	while (worker_step(worker, 0))
		;
}

void worker_free(struct worker **worker)
{
	struct worker *mine = *worker;

	*worker = NULL;
	if (!mine)
		return;
	worker_stop(mine);
	mailbox_free(&mine->box);
	free(mine);
}
