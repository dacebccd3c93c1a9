/* turnlock.c: see turnlock.h. The store's thread. */
#include "store/turnlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/stopped.h"

static const int64_t bounds_us[TURN_CLASSES] = {
	100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000};

static int lock_file(const char *folder, const char *name)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

/* It only grows, so that nobody's announcement is written over. */
static const _Atomic int64_t *map_row(int descriptor)
{
	struct stat about;
	void *at;

	if (fstat(descriptor, &about) < 0 || (about.st_size < (off_t)sizeof(int64_t) &&
		ftruncate(descriptor, sizeof(int64_t)) < 0))
		return NULL;
	at = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, descriptor, 0);
	return at == MAP_FAILED ? NULL : at;
}

enum err turnlock_open(struct turnlock *turnlock, const char *folder)
{
	turnlock->gate = lock_file(folder, "gate.lock");
	turnlock->lock = lock_file(folder, "turn.lock");
	if (turnlock->lock >= 0)
		turnlock->announced = map_row(turnlock->lock);
	if (turnlock->gate >= 0 && turnlock->lock >= 0)
		return ERR_NONE;
	turnlock_close(turnlock);
	return ERR_STORAGE;
}

void turnlock_close(struct turnlock *turnlock)
{
	if (turnlock->announced)
		munmap((void *)(uintptr_t)turnlock->announced, sizeof *turnlock->announced);
	turnlock->announced = NULL;
	if (turnlock->gate >= 0)
		close(turnlock->gate);
	if (turnlock->lock >= 0)
		close(turnlock->lock);
	turnlock->gate = turnlock->lock = -1;
}

static long ask_after_us(int64_t began_ms)
{
	int64_t waited_ms = clock_steady_ms() - began_ms;

	if (waited_ms < 4)
		return 400;
	return waited_ms < 100 ? 100 : 1000; /* somebody hangs: no use in hurrying */
}

/* Whoever has been stopped with the lock in hand would keep everybody from speaking. */
static void wake_holder(int descriptor)
{
	int pid = stopped_holder_wake(descriptor);

	if (pid)
		log_warn("store.holder_woken", "pid=%d", pid);
}

/* flock() has no time-out, so a taken lock is asked for again and again. Whoever has waited for
 * long asks more often than whoever has just come, so that nobody is overtaken for ever. */
static enum err take(int descriptor, int64_t until_ms)
{
	int64_t began_ms = clock_steady_ms();
	int64_t patient_ms = (began_ms + until_ms) / 2;

	while (flock(descriptor, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return ERR_STORAGE;
		if (clock_steady_ms() >= until_ms)
			return ERR_STORAGE;
		if (clock_steady_ms() >= patient_ms) {
			wake_holder(descriptor);
			patient_ms = until_ms;
		}
		nanosleep(&(struct timespec){.tv_nsec = ask_after_us(began_ms) * 1000}, NULL);
	}
	return ERR_NONE;
}

static void note_wait(struct turnlock *turnlock, int64_t waited_us)
{
	int class = 0;

	while (class < TURN_CLASSES && waited_us > bounds_us[class])
		class++;
	turnlock->classes[class]++;
	turnlock->waited_us += waited_us;
}

enum err turnlock_take(struct turnlock *turnlock, int wait_ms)
{
	int64_t began_us = clock_steady_us();
	int64_t until_ms = clock_steady_ms() + wait_ms;
	enum err err = take(turnlock->gate, until_ms);

	if (!err) {
		err = take(turnlock->lock, until_ms);
		flock(turnlock->gate, LOCK_UN);
	}
	note_wait(turnlock, clock_steady_us() - began_us);
	return err;
}

void turnlock_read_waits(const struct turnlock *turnlock, struct turn_waits *out)
{
	out->bounds_us = bounds_us;
	for (int i = 0; i <= TURN_CLASSES; i++)
		out->classes[i] = turnlock->classes[i];
	out->us_total = turnlock->waited_us;
}

void turnlock_give(struct turnlock *turnlock)
{
	flock(turnlock->lock, LOCK_UN);
}

enum err turnlock_announce(struct turnlock *turnlock, int64_t row)
{
	return pwrite(turnlock->lock, &row, sizeof row, 0) == sizeof row ? ERR_NONE : ERR_STORAGE;
}

int64_t turnlock_announced(const struct turnlock *turnlock)
{
	return turnlock->announced ? *turnlock->announced : INT64_MAX;
}
