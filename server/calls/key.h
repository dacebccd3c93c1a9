/* key.h: a client's key binds what it was first answered: asked again, the same answer, and nothing
 * is done twice. Scoped to person, method and circle. */
#pragma once

#include "calls/call.h"

struct key {
	int64_t key_hash;  /* method, circle, key */
	int64_t text_hash; /* what the call would do: with another, the key is used up */
};
/* `text` and `about` (may be NULL) make the text's hash. */
struct key key_make(struct call *call, struct keeper *keeper, const char *circle,
		    const char *about, const char *text);
/* *answered: the answer of old is in call->result. ERR_KEY_REUSED. Not for post.create, whose keys
 * stand with the posts. */
enum err key_find(struct call *call, struct keeper *keeper, const struct key *key, bool *answered);
/* Binds call->result. */
enum err key_bind(struct call *call, struct keeper *keeper, const struct key *key);
