/* relay_here.c: see relay_here.h. */
#include "relay/relay_here.h"

#include <stdlib.h>

#include "base/map.h"

enum err here_init(struct here *here)
{
	list_init(&here->due);
	list_init(&here->all);
	here->circles = map_new();
	return here->circles ? ERR_NONE : ERR_NO_MEMORY;
}

static void circle_free(struct here_circle *circle)
{
	list_remove(&circle->due);
	list_remove(&circle->all);
	map_free(&circle->marks);
	free(circle->changes);
	free(circle);
}

void here_fini(struct here *here)
{
	uint64_t key;
	void *value;
	size_t at = 0;

	while (here->circles && map_next(here->circles, &at, &key, &value))
		circle_free(value);
	map_free(&here->circles);
}

struct here_circle *here_find(const struct here *here, int64_t circle)
{
	return map_get(here->circles, (uint64_t)circle);
}

static void became_due(struct here *here, struct here_circle *circle)
{
	if (!circle->due.next)
		list_append(&here->due, &circle->due);
}

static struct here_circle *circle_of(struct here *here, int64_t num)
{
	struct here_circle *circle = here_find(here, num);

	if (circle)
		return circle;
	circle = calloc(1, sizeof *circle);
	if (!circle)
		return NULL;
	circle->circle = num;
	circle->is_whole = true;
	circle->marks = map_new();
	if (circle->marks && map_put(here->circles, (uint64_t)num, circle)) {
		list_append(&here->all, &circle->all);
		return circle;
	}
	circle_free(circle);
	return NULL;
}

static void note_change(struct here *here, struct here_circle *circle, uint64_t mark, bool has_come)
{
	became_due(here, circle);
	circle->is_to_count = true;
	if (circle->is_whole)
		return;
	if (circle->change_count == circle->change_room) {
		size_t room = circle->change_room ? circle->change_room * 2 : 4;
		struct here_change *changes =
			room > HERE_CHANGES_MOST
				? NULL
				: realloc(circle->changes, room * sizeof *changes);

		if (!changes) { /* too many to be told one by one, or no memory for them */
			circle->is_whole = true;
			return;
		}
		circle->changes = changes;
		circle->change_room = room;
	}
	circle->changes[circle->change_count++] =
		(struct here_change){.mark = mark, .has_come = has_come};
}

void here_came(struct here *here, int64_t num, uint64_t mark)
{
	struct here_circle *circle = circle_of(here, num);

	/* Without memory a person is not counted elsewhere. */
	if (circle && map_put(circle->marks, mark, circle))
		note_change(here, circle, mark, true);
}

void here_left(struct here *here, int64_t num, uint64_t mark)
{
	struct here_circle *circle = here_find(here, num);

	if (circle && map_take(circle->marks, mark))
		note_change(here, circle, mark, false);
}

void here_tell_again(struct here *here, struct here_circle *circle)
{
	circle->is_whole = circle->is_to_count = true;
	became_due(here, circle);
}

void here_count(struct here *here, struct here_circle *circle)
{
	circle->is_to_count = true;
	became_due(here, circle);
}

static void for_all(struct here *here, void (*act)(struct here *, struct here_circle *))
{
	struct list_node *node = here->all.next;

	for (; node != &here->all; node = node->next)
		act(here, list_entry(node, struct here_circle, all));
}

void here_tell_all_again(struct here *here)
{
	for_all(here, here_tell_again);
}

void here_count_all(struct here *here)
{
	for_all(here, here_count);
}

struct here_circle *here_next(struct here *here)
{
	struct here_circle *circle;

	if (list_is_empty(&here->due))
		return NULL;
	circle = list_entry(here->due.next, struct here_circle, due);
	list_remove(&circle->due);
	return circle;
}

static void refreshed(struct here *here, struct here_circle *circle, int64_t now_ms)
{
	circle->refresh_ms = now_ms;
	list_remove(&circle->all);
	list_append(&here->all, &circle->all);
}

bool here_told(struct here *here, struct here_circle *circle, int64_t now_ms)
{
	circle->is_whole = false;
	circle->change_count = 0;
	refreshed(here, circle, now_ms);
	if (map_count(circle->marks) > 0)
		return true;
	map_take(here->circles, (uint64_t)circle->circle);
	circle_free(circle);
	return false;
}

struct here_circle *here_to_refresh(struct here *here, int64_t before_ms, int64_t now_ms)
{
	struct here_circle *circle;

	if (list_is_empty(&here->all))
		return NULL;
	circle = list_entry(here->all.next, struct here_circle, all);
	if (circle->refresh_ms > before_ms)
		return NULL;
	refreshed(here, circle, now_ms);
	return circle;
}
