/* relay.h: tells the other processes on the same data sooner than they would find out by looking,
 * and counts with them what no store keeps: who is present, who is typing, what an address uses up.
 * All of it is hints. Whatever is lost, late, doubled or made up here changes no event, no order
 * and no answer; the store is the truth.
 *
 * relay.c is the front, which tells nobody if no Redis is named; relay_redis.c has a thread of its
 * own with the links. Nothing here ever waits for Redis. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct relay;

enum { RELAY_SECRET_BYTES = 32, RELAY_TYPING_BYTES = 2048 };

/* What an address may do only so often. */
enum relay_use { RELAY_USE_HANDSHAKE, RELAY_USE_OPEN, RELAY_USE_WRONG_TOKEN, RELAY_USES };

enum heard_kind {
	HEARD_HERE,   /* `count` persons are in `circle` who are not in it here */
	HEARD_TYPING, /* somebody elsewhere types in `circle`; text: the notification's params */
	HEARD_USED,   /* elsewhere `place` has made `count` times `use` of what is limited */
};

/* News from the others. free() it. */
struct heard {
	enum heard_kind kind;
	enum relay_use use;
	int64_t circle, count;
	uint64_t place;
	size_t bytes;
	char text[];
};

struct relay_settings {
	const char *url; /* redis://…, unix:PATH (relay_url.h); "": nobody to tell */
	/* The same in all processes on this data, and in no other's: names the channel, and seals what
	 * goes over it, so that others who use the same Redis can neither read nor forge it. */
	unsigned char secret[RELAY_SECRET_BYTES];
	void *owner; /* the first argument of both; both are called on the relay's thread */
	/* Another process has kept events up to this row (or somebody says so). */
	void (*rows_kept)(void *owner, int64_t row);
	/* Takes *heard. */
	void (*heard)(void *owner, struct heard **heard);
};

/* ERR_BAD_PARAMS if the URL is none; a Redis that does not answer is no error. */
MUST_CHECK enum err relay_open(const struct relay_settings *settings, struct why *why,
			       struct relay **out);
MUST_CHECK enum err relay_start(struct relay *relay);
void relay_stop(struct relay *relay); /* says goodbye to the others if that can be done at once */
void relay_close(struct relay **relay); /* stops it first */

/* Any thread. NULL everywhere: nobody to tell. */
void relay_row_kept(struct relay *relay, int64_t row);
void relay_came(struct relay *relay, int64_t circle, int64_t person);
void relay_left(struct relay *relay, int64_t circle, int64_t person);
void relay_typing(struct relay *relay, int64_t circle, const char *params, size_t bytes);
void relay_used(struct relay *relay, enum relay_use use, uint64_t place);

struct relay_health {
	const char *kind; /* "local" or "redis" */
	bool is_up;
	int64_t nodes; /* others that were heard of lately */
	int64_t connects, losses, sent, heard, dropped, strange;
};
void relay_read_health(const struct relay *relay, struct relay_health *out);
