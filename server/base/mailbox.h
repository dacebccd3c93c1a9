/* mailbox.h: a bounded queue between threads: the only lock in the house. Many may push; one takes
 * all that is there at once, in order. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct mailbox;

/* `wake` (may be NULL) is called by the pushing thread once for what gathers until the next take,
 * outside the lock. `capacity` 0: no bound (only for boxes whose senders are bounded elsewhere). */
struct mailbox *mailbox_new(size_t capacity, void (*wake)(void *owner), void *owner);
void mailbox_free(struct mailbox **box); /* must be empty */
/* Takes *item and sets it to NULL; false, and nothing taken, if the box is full or closed. */
bool mailbox_push(struct mailbox *box, void **item);
/* As many of them as there is room for, in order; wakes once. Returns how many were taken. */
size_t mailbox_push_all(struct mailbox *box, void *const *items, size_t count);
/* As mailbox_push(), but wakes nobody: that is done, once for many, by mailbox_ring() or whoever
 * pushes next. */
bool mailbox_put(struct mailbox *box, void **item);
void mailbox_ring(struct mailbox *box);
/* Moves everything into *items (an array the mailbox keeps alive until the next take by the same
 * thread) and returns how many. Waits up to wait_ms for the first (-1: for ever, 0: not at all). */
size_t mailbox_take(struct mailbox *box, int wait_ms, void ***items);
void mailbox_close(struct mailbox *box); /* no push succeeds any more; a waiting take returns 0 */
bool mailbox_is_closed(const struct mailbox *box);
size_t mailbox_depth(const struct mailbox *box);
