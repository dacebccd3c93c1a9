/* session.c: sessions, found by handle and person, and the last yard of what they are sent. */
#include "hub/session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"

enum { FIRST_GATHERED = 4, GATHERED_MOST = UINT16_MAX / 2 };

enum err sessions_init(struct sessions *sessions, const struct config *config,
		       struct figures *figures)
{
	memset(sessions, 0, sizeof *sessions);
	sessions->config = config;
	sessions->figures = figures;
	list_init(&sessions->dirty);
	list_init(&sessions->unopened);
	list_init(&sessions->choked);
	list_init(&sessions->hungry);
	sessions->by_handle = map_new();
	sessions->by_person = map_new();
	if (sessions->by_handle && sessions->by_person)
		return ERR_NONE;
	sessions_fini(sessions);
	return ERR_NO_MEMORY;
}

void sessions_fini(struct sessions *sessions)
{
	assert(!sessions->by_handle || map_count(sessions->by_handle) == 0);
	map_free(&sessions->by_handle);
	map_free(&sessions->by_person);
}

struct session *session_new(struct sessions *sessions, struct peer *peer, int64_t now_ms)
{
	struct session *session = calloc(1, sizeof *session);

	if (!session)
		return NULL;
	session->handle = ++sessions->last_handle;
	if (!map_put(sessions->by_handle, session->handle, session)) {
		free(session);
		return NULL;
	}
	session->peer = peer;
	session->waits_since_ms = now_ms;
	strcpy(session->lang, "he");
	session_rates_init(&session->rates, sessions->config, now_ms);
	list_init(&session->parked);
	list_append(&sessions->unopened, &session->waiting);
	return session;
}

static void drop_gathered(struct session *session, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		session->gathered_bytes -= (uint32_t)session->gathered[i]->bytes;
		shared_unref(&session->gathered[i]);
	}
	session->gathered_count = (uint16_t)(session->gathered_count - count);
	memmove(session->gathered, session->gathered + count,
		session->gathered_count * sizeof *session->gathered);
}

static void leave_person(struct sessions *sessions, struct session *session)
{
	struct list_node *next = session->by_person.next;

	if (!session->person)
		return;
	if (next == &session->by_person)
		map_take(sessions->by_person, (uint64_t)session->person);
	else if (map_get(sessions->by_person, (uint64_t)session->person) == session)
		/* Replacing a value needs no memory. */
		(void)map_put(sessions->by_person, (uint64_t)session->person,
			      list_entry(next, struct session, by_person));
	list_remove(&session->by_person);
	session->person = 0;
}

void session_free(struct sessions *sessions, struct session **session)
{
	struct session *mine = *session;

	*session = NULL;
	if (!mine)
		return;
	assert(mine->place_count == 0 && list_is_empty(&mine->parked));
	if (mine->state == SESSION_OPEN)
		sessions->open_count--;
	leave_person(sessions, mine);
	map_take(sessions->by_handle, mine->handle);
	list_remove(&mine->dirty);
	list_remove(&mine->waiting);
	list_remove(&mine->hungry);
	if (mine->gathered_count)
		drop_gathered(mine, mine->gathered_count);
	free(mine->gathered);
	free(mine->places);
	shared_unref(&mine->participant);
	free(mine);
}

struct session *sessions_find(const struct sessions *sessions, uint64_t handle)
{
	return map_get(sessions->by_handle, handle);
}

size_t sessions_count(const struct sessions *sessions)
{
	return map_count(sessions->by_handle);
}

bool session_identify(struct sessions *sessions, struct session *session, int64_t person,
		      int64_t device, const char *lang)
{
	struct session *other = map_get(sessions->by_person, (uint64_t)person);

	assert(session->person == 0 && person != 0);
	if (!other) {
		if (!map_put(sessions->by_person, (uint64_t)person, session))
			return false;
		list_init(&session->by_person);
	} else {
		list_append(&other->by_person, &session->by_person);
	}
	session->person = person;
	session->device = device;
	session->state = SESSION_OPEN;
	*(char *)mempcpy(session->lang, lang, strnlen(lang, sizeof session->lang - 1)) = '\0';
	sessions->open_count++;
	if (!session->is_choked)
		list_remove(&session->waiting);
	return true;
}

struct session *sessions_first_of(const struct sessions *sessions, int64_t person)
{
	return map_get(sessions->by_person, (uint64_t)person);
}

struct session *sessions_next_of(const struct sessions *sessions, const struct session *session)
{
	struct session *next = list_entry(session->by_person.next, struct session, by_person);

	return next == sessions_first_of(sessions, session->person) ? NULL : next;
}

/* Sending */

static void became_choked(struct sessions *sessions, struct session *session)
{
	session->is_choked = true;
	session->missed_bytes = 0;
	session->waits_since_ms = clock_steady_ms();
	list_remove(&session->waiting);
	list_append(&sessions->choked, &session->waiting);
}

static void close_slow(struct sessions *sessions, struct session *session)
{
	if (!session_is_ending(session))
		sessions->figures->slow_closed++;
	session_close(sessions, session, CLOSE_TRY_LATER);
}

/* Hands down what was gathered, as much as the peer takes. */
static void session_flush(struct sessions *sessions, struct session *session)
{
	while (session->gathered_count > 0 && !session->is_choked) {
		size_t count = 0, bytes = 0;

		while (count < session->gathered_count &&
		       (count == 0 || bytes + session->gathered[count]->bytes <= DOOR_JOINED_BYTES))
			bytes += session->gathered[count++]->bytes;
		if (!peer_send_shared(session->peer, session->gathered, count) &&
		    peer_is_open(session->peer))
			became_choked(sessions, session);
		drop_gathered(session, count);
	}
	if (session->close_code && peer_is_open(session->peer)) {
		peer_close(session->peer, session->close_code, NULL);
		if (session->gathered_count)
			drop_gathered(session, session->gathered_count);
	}
}

static bool make_room(struct session *session)
{
	size_t room = session->gathered_room ? session->gathered_room * 2u : FIRST_GATHERED;
	struct shared **gathered;

	if (session->gathered_count < session->gathered_room)
		return true;
	if (room > GATHERED_MOST)
		return false;
	gathered = realloc(session->gathered, room * sizeof *gathered);
	if (!gathered)
		return false;
	session->gathered = gathered;
	session->gathered_room = (uint16_t)room;
	return true;
}

static bool gather(struct sessions *sessions, struct session *session, struct shared *frame)
{
	if (!make_room(session))
		return false;
	session->gathered[session->gathered_count++] = shared_ref(frame);
	session->gathered_bytes += (uint32_t)frame->bytes;
	if (!session->dirty.next)
		list_append(&sessions->dirty, &session->dirty);
	return true;
}

void session_gather_owed(struct sessions *sessions, struct session *session, struct shared *frame)
{
	int64_t most = sessions->config->outbox_bytes_most;
	size_t waiting;

	if (session_is_ending(session))
		return;
	if (session->gathered_bytes + frame->bytes > DOOR_JOINED_BYTES)
		session_flush(sessions, session);
	waiting = session->gathered_bytes + peer_backlog(session->peer) + frame->bytes;
	if (session->is_choked && most > 0 && (int64_t)waiting > most) {
		close_slow(sessions, session);
		return;
	}
	/* An answer that is lost must not be waited for: the session starts afresh. */
	if (!gather(sessions, session, frame))
		close_slow(sessions, session);
}

bool session_gather_live(struct sessions *sessions, struct session *session, struct shared *frame)
{
	if (session->is_choked || session_is_ending(session))
		return false;
	if (session->gathered_bytes + frame->bytes > DOOR_JOINED_BYTES) {
		session_flush(sessions, session);
		if (session->is_choked)
			return false;
	}
	return gather(sessions, session, frame);
}

void session_missed(struct sessions *sessions, struct session *session, size_t bytes)
{
	int64_t most = sessions->config->outbox_bytes_most;
	size_t waiting = session->gathered_bytes + peer_backlog(session->peer);

	if (!session->is_choked || most == 0)
		return;
	session->missed_bytes += (uint32_t)bytes;
	if ((int64_t)(session->missed_bytes + waiting) > most)
		close_slow(sessions, session);
}

void session_close(struct sessions *sessions, struct session *session, unsigned code)
{
	if (session->close_code)
		return;
	session->close_code = (uint16_t)code;
	if (!session->dirty.next)
		list_append(&sessions->dirty, &session->dirty);
}

bool session_drained(struct sessions *sessions, struct session *session)
{
	if (!session->is_choked)
		return true;
	session->is_choked = false;
	list_remove(&session->waiting);
	if (session->state != SESSION_OPEN)
		list_append(&sessions->unopened, &session->waiting);
	session_flush(sessions, session);
	return !session->is_choked && !session_is_ending(session);
}

void sessions_flush(struct sessions *sessions)
{
	while (!list_is_empty(&sessions->dirty)) {
		struct session *session = list_entry(sessions->dirty.next, struct session, dirty);

		list_remove(&session->dirty);
		session_flush(sessions, session);
	}
}

void sessions_tick(struct sessions *sessions, int64_t now_ms)
{
	int64_t open_ms = sessions->config->open_within_ms;
	int64_t slow_ms = sessions->config->slow_reader_ms;

	while (open_ms > 0 && !list_is_empty(&sessions->unopened)) {
		struct session *first =
			list_entry(sessions->unopened.next, struct session, waiting);

		if (now_ms - first->waits_since_ms < open_ms)
			break;
		list_remove(&first->waiting);
		if (first->state == SESSION_OPENING) {
			/* It has asked in time; that the answer is late is not its fault. */
			first->waits_since_ms = now_ms;
			list_append(&sessions->unopened, &first->waiting);
			continue;
		}
		sessions->figures->late_closed++;
		session_close(sessions, first, CLOSE_POLICY);
	}
	while (slow_ms > 0 && !list_is_empty(&sessions->choked)) {
		struct session *first = list_entry(sessions->choked.next, struct session, waiting);

		if (now_ms - first->waits_since_ms < slow_ms)
			break;
		list_remove(&first->waiting);
		close_slow(sessions, first);
	}
}
