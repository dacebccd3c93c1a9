/* feed.h: one journal as this process's readers see it: who sits there, how far each has got,
 * and the latest events. Seats are one dense array, so that an event is handed round in a single
 * pass. A session's places point at its seats and its seats at its places; either side moves in
 * O(1). Owned by the hub's thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "circle/event.h"
#include "hub/ring.h"
#include "hub/session.h"

enum seat_state {
	SEAT_LIVE,     /* gets event `next` and what follows as they come */
	SEAT_CATCHING, /* has to be given what lies between `next` and now */
	SEAT_CHECKING, /* given nothing until it is known whether it may stay */
	SEAT_PAUSED,   /* its last page was cut: given nothing until it joins again */
};

struct seat {
	struct session *session;
	int64_t next;   /* the seq of the next event it must get */
	uint32_t place; /* session->places[place] is ours */
	uint32_t told, told_ms; /* of circles: the count it knows, and since when; 0: never */
	unsigned char state;
};

struct feed {
	int64_t journal;
	struct seat *seats;
	uint32_t count, room;
	struct ring ring;
	uint64_t ring_age;        /* of what is in the ring: see fanout.c */
	struct list_node written; /* in the fanout's list of rings, that written to last at the end */
	int64_t pending;          /* the first event that has not been handed round yet; 0: none */
	struct list_node waiting; /* in the fanout's list of feeds with something pending */
	/* desks alone */
	uint64_t picture;         /* the fingerprint of the one that was told last */
	bool is_drawing;          /* the next is being drawn */
	/* circles alone */
	char *circle;             /* its public id */
	uint32_t persons;         /* who is here */
	uint32_t elsewhere;       /* who is there through other processes and not here */
	int64_t told_ms;          /* when members were told how many are there; 0: never */
	struct list_node restless; /* in the fanout's list of feeds whose count may have changed */
};

/* `circle`: the public id if it is a circle's journal, else NULL. NULL only without memory. */
struct feed *feed_new(int64_t journal, const char *circle);
void feed_free(struct feed **feed); /* without seats */

/* NULL if the session has no seat there. */
struct seat *feed_seat_of(const struct feed *feed, const struct session *session);
struct place *feed_place_of(const struct feed *feed, const struct session *session);
/* A seat for a session that has none, SEAT_PAUSED; NULL only without memory. Seats move: a pointer
 * lives until the next seat is added or removed. */
struct seat *feed_sit(struct feed *feed, struct session *session);
void feed_leave(struct feed *feed, struct session *session);
