/* grow.h: room for one more in a list that doubles when it is full. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* false: no memory, and the list is as it was. */
static inline bool grow(void **list, uint32_t count, uint32_t *room, size_t each)
{
	uint32_t wanted = *room ? *room * 2 : 128;
	void *grown;

	if (count < *room)
		return true;
	grown = realloc(*list, wanted * each);
	if (!grown)
		return false;
	*list = grown;
	*room = wanted;
	return true;
}
