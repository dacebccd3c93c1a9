/* door.h: the edge of the house: listeners, handshakes, frames, plain HTTP, limits per address.
 * Everything here lives on one thread, the hub's, which runs the door's loop; door_wake() alone
 * may be called from any thread. Behind it libwebsockets is a transport and nothing of it shows.
 *
 * What the hub may rely on: a `struct peer` is one WebSocket connection that has passed the
 * handshake. It exists from events->opened until events->closed returns; `closed` comes exactly
 * once for each opened peer, and always from the loop itself, never from inside a call of the
 * hub's. A peer that is ending (peer_is_open() is false) takes calls and ignores them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/shared.h"
#include "hub/wheel.h"

struct config;
struct door;
struct peer;

enum {
	DOOR_MESSAGE_BYTES = 65536,   /* the most in one message, fragments together */
	DOOR_HEADER_BYTES = 10,       /* the most before a frame's payload */
	DOOR_JOINED_BYTES = 262144,   /* the most that one peer_send should carry */
};

/* Close codes that the hub has reason to use. */
enum close_code {
	CLOSE_GOING_AWAY = 1001,
	CLOSE_POLICY = 1008,
	CLOSE_TOO_BIG = 1009,
	CLOSE_RESTARTING = 1012,
	CLOSE_TRY_LATER = 1013,
	CLOSE_REVOKED = 4001,
};

struct door_request {
	const char *path;  /* "/healthz", "/readyz" or "/metrics": nothing else reaches the hub */
	bool local;        /* from this machine and not through a proxy, or to metrics_listen */
};

struct door_events {
	void *owner; /* the first argument of each */
	/* The handshake is done. peer_set_owner() here. */
	void (*opened)(void *owner, struct peer *peer);
	/* One whole text message: valid UTF-8, `bytes` ≤ DOOR_MESSAGE_BYTES, text[bytes] == 0. It is
	 * borrowed and may be written to. */
	void (*message)(void *owner, struct peer *peer, char *text, size_t bytes);
	/* The peer was choked and no longer is: nothing of ours waits below. */
	void (*drained)(void *owner, struct peer *peer);
	/* The last word about this peer. */
	void (*closed)(void *owner, struct peer *peer);
	/* door_wake() was called, once or many times, since the last. */
	void (*woken)(void *owner);
	/* Once for each round of the loop in which any of these events, a timer or a signal came. The
	 * hub sends here what it has gathered, one peer_send() for each peer. While input keeps
	 * coming it is held back for at most a millisecond, so that more can be joined. */
	void (*turn_ended)(void *owner);
	/* Answers /healthz, /readyz, /metrics: fills `body` and *type (a media type that outlives the
	 * call; "text/plain; charset=utf-8" if left alone) and returns the HTTP status. */
	unsigned (*http)(void *owner, const struct door_request *request, struct buf *body,
		const char **type);
};

/* Opens the listeners that `config` names; connections are accepted once door_run() runs. `events`
 * is copied, `config` must live as long as the door. A failing open leaves nothing behind. */
MUST_CHECK enum err door_open(const struct config *config, const struct door_events *events,
	struct why *why, struct door **out);
/* Peers that are left are cut (and `closed`). Other threads must not wake the door any more. */
void door_close(struct door **door);
/* The first listener's real address as a browser would write it, "http://127.0.0.1:41234" (port 0
 * has become a number), or "unix:PATH". */
const char *door_url(const struct door *door);

/* Runs the loop until door_break(). */
void door_run(struct door *door);
void door_break(struct door *door);
/* Any thread: events->woken will be called on the loop's thread. Cheap when many call at once. */
void door_wake(struct door *door);
/* `fire` is called by the loop for each `signum` (SIGTERM, SIGHUP, …) with events->owner. At most
 * eight signals. */
MUST_CHECK enum err door_on_signal(struct door *door, int signum,
	void (*fire)(void *owner, int signum));

/* Timers, any number: see wheel.h. */
void door_after(struct door *door, struct wheel_timer *timer, int64_t wait_ms,
	void (*fire)(struct wheel_timer *timer));
void door_cancel(struct door *door, struct wheel_timer *timer);

/* No new connections, not even those that wait to be accepted; whoever is in may stay. */
void door_stop_listening(struct door *door);
/* peer_close() for everybody; those still shaking hands are answered 503. */
void door_close_all(struct door *door, unsigned code, const char *reason);
/* Other processes limit places together with us: names them (peer_address()) by this key, which is
 * copied, and tells `came` (with events->owner) of every connection that is let in. Before
 * door_run(). */
enum { DOOR_KEY_BYTES = 16 };
void door_share_places(struct door *door, const unsigned char key[DOOR_KEY_BYTES],
	void (*came)(void *owner, uint64_t place));
/* `count` new connections have come from there through other processes. */
void door_came_elsewhere(struct door *door, uint64_t place, int64_t count);
size_t door_peer_count(const struct door *door);

/* For /metrics. */
struct door_figures {
	uint64_t accepted, opened, closed, refused_handshakes, refused_limits, broken_frames;
	uint64_t messages_in, bytes_in, bytes_out;
	size_t peers, connections; /* now; connections count plain HTTP and handshakes too */
};
void door_read_figures(const struct door *door, struct door_figures *out);

/* ---- one peer ---- */

void peer_set_owner(struct peer *peer, void *owner);
void *peer_owner(const struct peer *peer);
struct door *peer_door(const struct peer *peer);
/* False once its end has begun: a Close was sent or seen, or the connection is gone. */
bool peer_is_open(const struct peer *peer);
/* A keyed hash of where the peer comes from (an IPv4 address, an IPv6 /64): the same value for the
 * same place as long as the key is the same, of no use to whoever lacks it. Never 0. */
uint64_t peer_address(const struct peer *peer);

/* Writes the 2 to 10 bytes that precede `bytes` bytes of text in a server's frame; returns how
 * many. */
size_t frame_text_header(uint64_t bytes, unsigned char out[DOOR_HEADER_BYTES]);
/* A whole text frame, header included, ready for peer_send(). NULL without memory. */
struct shared *frame_text(const void *text, size_t bytes);

/* Sends whole frames as they are, in one write; borrowed. Never while peer_is_choked(): what the
 * kernel does not take at once is copied and kept below, up to DOOR_JOINED_BYTES. Returns false if
 * the peer is choked from now on; events->drained will tell when it is not. */
bool peer_send(struct peer *peer, const void *frames, size_t bytes);
/* The same for several frames; joins them in a buffer of the door's own if there are many. */
bool peer_send_shared(struct peer *peer, struct shared *const *frames, size_t count);
bool peer_is_choked(const struct peer *peer);
/* At most so many bytes still wait below; 0 if not choked. */
size_t peer_backlog(const struct peer *peer);

/* Sends Close behind whatever waits below, waits shortly for the peer's own and ends the
 * connection; one that does not drain in time is reset. No message is delivered from now on.
 * `reason`: at most 123 bytes of UTF-8, may be NULL. */
void peer_close(struct peer *peer, unsigned code, const char *reason);
/* Ends the connection without a word, after this turn. */
void peer_kill(struct peer *peer);
