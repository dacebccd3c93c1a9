/* feed.c: the seats of one journal; see feed.h. */
#include "hub/feed.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_PLACES = 2, FIRST_SEATS = 2 };

struct feed *feed_new(int64_t journal, const char *circle)
{
	struct feed *feed = calloc(1, sizeof *feed);

	if (!feed)
		return NULL;
	feed->journal = journal;
	if (circle) {
		feed->circle = strdup(circle);
		if (!feed->circle)
			feed_free(&feed);
	}
	return feed;
}

void feed_free(struct feed **feed)
{
	struct feed *mine = *feed;

	*feed = NULL;
	if (!mine)
		return;
	assert(mine->count == 0);
	list_remove(&mine->waiting);
	list_remove(&mine->written);
	list_remove(&mine->restless);
	ring_fini(&mine->ring);
	free(mine->circle);
	free(mine->seats);
	free(mine);
}

struct place *feed_place_of(const struct feed *feed, const struct session *session)
{
	for (uint32_t i = 0; i < session->place_count; i++) {
		if (session->places[i].feed == feed)
			return &session->places[i];
	}
	return NULL;
}

struct seat *feed_seat_of(const struct feed *feed, const struct session *session)
{
	const struct place *place = feed_place_of(feed, session);

	return place ? &feed->seats[place->seat] : NULL;
}

static bool make_place(struct session *session)
{
	uint32_t room = session->place_room ? session->place_room * 2 : FIRST_PLACES;
	struct place *places;

	if (session->place_count < session->place_room)
		return true;
	places = realloc(session->places, room * sizeof *places);
	if (!places)
		return false;
	session->places = places;
	session->place_room = room;
	return true;
}

static bool make_seat(struct feed *feed)
{
	uint32_t room = feed->room ? feed->room * 2 : FIRST_SEATS;
	struct seat *seats;

	if (feed->count < feed->room)
		return true;
	seats = realloc(feed->seats, room * sizeof *seats);
	if (!seats)
		return false;
	feed->seats = seats;
	feed->room = room;
	return true;
}

/* Does another session of the same person sit here? */
static bool person_sits(const struct feed *feed, const struct session *session)
{
	const struct list_node *node = session->by_person.next;

	for (; node && node != &session->by_person; node = node->next) {
		if (feed_place_of(feed, list_entry(node, struct session, by_person)))
			return true;
	}
	return false;
}

struct seat *feed_sit(struct feed *feed, struct session *session)
{
	struct seat *seat;

	assert(!feed_place_of(feed, session));
	if (!make_place(session) || !make_seat(feed))
		return NULL;
	if (!person_sits(feed, session))
		feed->persons++;
	seat = &feed->seats[feed->count];
	*seat = (struct seat){.session = session,
			      .place = session->place_count,
			      .state = SEAT_PAUSED};
	session->places[session->place_count++] =
		(struct place){.feed = feed, .seat = feed->count++};
	return seat;
}

/* The last of each array moves into the hole. */
void feed_leave(struct feed *feed, struct session *session)
{
	struct place *place = feed_place_of(feed, session);
	struct place *last_place;
	struct seat *seat, *last_seat;

	if (!place)
		return;
	seat = &feed->seats[place->seat];
	last_seat = &feed->seats[--feed->count];
	if (seat != last_seat) {
		*seat = *last_seat;
		seat->session->places[seat->place].seat = place->seat;
	}
	last_place = &session->places[--session->place_count];
	if (place != last_place) {
		*place = *last_place;
		place->feed->seats[place->seat].place = (uint32_t)(place - session->places);
	}
	if (!person_sits(feed, session))
		feed->persons--;
}
