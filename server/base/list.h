/* list.h: an intrusive doubly linked list. A struct list_node lives in whatever is listed; a head
 * is a node that lists nobody. O(1) everywhere, no allocation. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct list_node {
	struct list_node *previous, *next;
};

static inline void list_init(struct list_node *head)
{
	head->previous = head->next = head;
}
static inline bool list_is_empty(const struct list_node *head)
{
	return head->next == head;
}
static inline void list_append(struct list_node *head, struct list_node *node)
{
	node->previous = head->previous;
	node->next = head;
	head->previous->next = node;
	head->previous = node;
}
/* Accepts a zeroed or already removed node. */
static inline void list_remove(struct list_node *node)
{
	if (!node->next)
		return;
	node->previous->next = node->next;
	node->next->previous = node->previous;
	node->previous = node->next = NULL;
}
#define list_entry(node, type, member) ((type *)(void *)((char *)(node) - offsetof(type, member)))
