/* shared.h: counted, read-only bytes: one encoded frame for a thousand readers. The count is
 * atomic, so a shared may cross threads; the bytes never change after shared_new(). */
#pragma once

#include <stddef.h>

struct shared {
	_Atomic unsigned count;
	size_t bytes;
	char data[];
};

/* A copy of `bytes` bytes at `data` (NULL: uninitialised, to be filled before it is given away).
 * NULL without memory. The caller owns one reference. */
struct shared *shared_new(const void *data, size_t bytes);
struct shared *shared_ref(struct shared *shared); /* returns its argument */
void shared_unref(struct shared **shared);        /* sets it to NULL */
