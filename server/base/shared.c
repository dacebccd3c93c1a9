/* shared.c: counted, read-only bytes. Any thread. */
#include "base/shared.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct shared *shared_new(const void *data, size_t bytes)
{
	struct shared *shared;

	if (bytes > SIZE_MAX - sizeof *shared)
		return NULL;
	shared = malloc(sizeof *shared + bytes);
	if (!shared)
		return NULL;
	atomic_init(&shared->count, 1);
	shared->bytes = bytes;
	if (data && bytes)
		memcpy(shared->data, data, bytes);
	return shared;
}

struct shared *shared_ref(struct shared *shared)
{
	unsigned before = atomic_fetch_add_explicit(&shared->count, 1, memory_order_relaxed);

	assert(before > 0 && before < UINT32_MAX);
	(void)before;
	return shared;
}

void shared_unref(struct shared **shared)
{
	struct shared *mine = *shared;

	*shared = NULL;
	if (!mine)
		return;
	/* Whoever frees must see all that others did with the bytes before they let go. */
	if (atomic_fetch_sub_explicit(&mine->count, 1, memory_order_acq_rel) == 1)
		free(mine);
}
