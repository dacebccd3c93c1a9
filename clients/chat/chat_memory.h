/* chat_memory.h: what the terminal client remembers between runs, per server and person: who one is
 * there (a secret: the file is readable by its owner alone), what was accepted, what was read. */
#pragma once

#include <jansson.h>

struct chat_memory;

/* `who` tells persons on one server apart: "name:דנה", "invite:<hash>", "guest". NULL without
 * memory. */
struct chat_memory *chat_memory_new(const char *origin, const char *who);
void chat_memory_free(struct chat_memory **memory);
/* A memory that forgets: nothing is read or written. */
struct chat_memory *chat_memory_none(void);

/* Borrowed until the next call; NULL if there is none. */
const char *chat_memory_text(struct chat_memory *memory, const char *key);
json_int_t chat_memory_int(struct chat_memory *memory, const char *key);
/* Written at once. Takes `value`; a failure to write is no reason not to talk, and is ignored. */
void chat_memory_keep(struct chat_memory *memory, const char *key, json_t *value);
void chat_memory_forget(struct chat_memory *memory);
