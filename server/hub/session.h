/* session.h: one connection's session: who, where, and what waits to be sent to it. Owned by the
 * hub's thread; others know a session by its handle, which is never given twice. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/shared.h"
#include "config.h"
#include "hub/door.h"
#include "hub/figures.h"
#include "hub/rates.h"
#include "store/people.h"

struct call;
struct feed;
struct map;

/* A normal end of a WebSocket; the other codes stand in door.h. */
enum { CLOSE_NORMAL = 1000 };

enum session_state { SESSION_NEW, SESSION_OPENING, SESSION_OPEN };

/* Where a session sits: seat number `seat` of that feed. */
struct place {
	struct feed *feed;
	uint32_t seat;
	uint32_t typed_ms; /* when its typing was last told here; the clock may wrap */
};

struct session {
	uint64_t handle;
	struct peer *peer;
	int64_t person, device;    /* 0 until open */
	int64_t standing_row;      /* the latest event about where this person may be */
	int64_t waits_since_ms;    /* for session.open, or choked */
	struct place *places;
	struct shared **gathered;  /* frames to be sent when the turn ends */
	struct shared *participant; /* as others see it: {"id","name","tag"?}; may be NULL */
	struct list_node dirty;     /* in sessions.dirty: something is gathered */
	struct list_node waiting;   /* in sessions.unopened or sessions.choked */
	struct list_node hungry;    /* in sessions.hungry: has to catch up, the store was busy */
	struct list_node by_person; /* a ring of the person's sessions */
	struct list_node parked;    /* head: calls whose reading waits until we may send again */
	struct call *following;     /* waits for what another session's call reads; NULL: none */
	struct session_rates rates;
	uint32_t gathered_bytes, missed_bytes, place_count, place_room;
	uint16_t gathered_count, gathered_room;
	uint16_t in_flight;
	uint16_t close_code; /* to be closed once what is gathered is sent; 0: no */
	char lang[LANG_TEXT];
	unsigned char state;
	bool is_choked;
	bool is_reading; /* a page is being read for it */
	bool is_newcomer; /* its person was made for it: there was nothing to know of them then */
};

struct sessions {
	const struct config *config; /* borrowed */
	struct figures *figures;     /* borrowed */
	struct map *by_handle, *by_person;
	struct list_node dirty, unopened, choked, hungry;
	uint64_t last_handle;
	size_t open_count;
};

MUST_CHECK enum err sessions_init(struct sessions *sessions, const struct config *config,
				  struct figures *figures);
void sessions_fini(struct sessions *sessions); /* no session is left */

/* NULL only without memory. */
struct session *session_new(struct sessions *sessions, struct peer *peer, int64_t now_ms);
/* Its seats and parked calls must have been given up. */
void session_free(struct sessions *sessions, struct session **session);
struct session *sessions_find(const struct sessions *sessions, uint64_t handle);
size_t sessions_count(const struct sessions *sessions);

/* session.open has succeeded. False without memory: nothing changed. */
bool session_identify(struct sessions *sessions, struct session *session, int64_t person,
		      int64_t device, const char *lang);
/* The person's sessions, one after the other; NULL after the last. The one just shown may be freed
 * only after its successor was asked for. */
struct session *sessions_first_of(const struct sessions *sessions, int64_t person);
struct session *sessions_next_of(const struct sessions *sessions, const struct session *session);

/* Something that is owed: an answer. Waits if the peer is choked; a session that lets too much
 * wait is closed. Refers to `frame` until it is sent. */
void session_gather_owed(struct sessions *sessions, struct session *session, struct shared *frame);
/* Something that can be had later: an event, a notification. False if the session cannot take it
 * now: choked, closing. */
bool session_gather_live(struct sessions *sessions, struct session *session, struct shared *frame);
/* A choked session was not given `bytes` bytes that it will have to be given: they wait nowhere,
 * but who lets too many pass is closed, as if they did. */
void session_missed(struct sessions *sessions, struct session *session, size_t bytes);
/* Closed once what is gathered has been handed down. The first code counts. */
void session_close(struct sessions *sessions, struct session *session, unsigned code);
static inline bool session_is_ending(const struct session *session)
{
	return session->close_code != 0 || !peer_is_open(session->peer);
}
/* Its peer takes again: sends what was owed. True if it can be given more. */
bool session_drained(struct sessions *sessions, struct session *session);

/* The end of a turn: what was gathered goes out, one write for each session. */
void sessions_flush(struct sessions *sessions);
/* Closes who did not open or read in time; first comers stand first, so this costs nothing while
 * nobody is late. */
void sessions_tick(struct sessions *sessions, int64_t now_ms);
