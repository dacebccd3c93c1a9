/* relay_redis.h: one connection to Redis: commands out, replies in, never waiting. What it is for
 * is relay_nodes.c's business. Owned by the relay's thread; nothing of hiredis shows. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay/relay_url.h"

struct link;

enum { REPLY_PARTS = 3, COMMAND_PARTS = 80 };

enum reply_kind { REPLY_TEXT, REPLY_ERROR, REPLY_NUMBER, REPLY_LIST, REPLY_NOTHING };

struct part {
	const void *data;
	size_t bytes;
};

struct reply {
	enum reply_kind kind;
	int64_t number;
	size_t count;                   /* of parts: 1, or of a list at most REPLY_PARTS */
	struct part parts[REPLY_PARTS]; /* text; what is no text is empty */
};

/* Begins to connect. Only a name that has to be looked up takes its time. NULL: not even begun. */
struct link *link_open(const struct relay_url *url);
void link_close(struct link **link);
/* For poll(). */
int link_descriptor(const struct link *link);
short link_events(const struct link *link);
/* False: the connection is lost, or what came was not Redis. */
MUST_CHECK bool link_turn(struct link *link, short events);
/* The next reply that has come, alive until the next call; false: none. *is_lost: nonsense came. */
bool link_reply(struct link *link, struct reply *out, bool *is_lost);
bool link_is_connected(const struct link *link);
/* Gathers a command; it leaves with the next link_turn() or link_flush(). */
void link_command(struct link *link, const struct part *parts, size_t count);
MUST_CHECK bool link_flush(struct link *link);
/* Bytes that Redis has not taken yet. */
size_t link_waiting(const struct link *link);
