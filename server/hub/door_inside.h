/* door_inside.h: what the door's own files share; nobody else includes it. All of it lives on the
 * hub's thread.
 *
 * libwebsockets is the transport: it owns the sockets, TLS and what the kernel would not take. Its
 * HTTP and WebSocket parsers are never reached: every connection is adopted as a raw stream, and
 * what comes out of it is read by door_head.c and door_frames.c. docs/security.md says why. */
#pragma once

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/list.h"
#include "config.h"
#include "hub/door.h"
#include "hub/door_frames.h"
#include "hub/door_head.h"
#include "hub/door_limits.h"
#include "hub/door_pages.h"
#include "hub/wheel.h"

struct evp_md_ctx_st;
struct evp_md_st;
struct lws;
struct lws_context;
struct lws_vhost;

enum {
	LISTENERS_MOST = 3,      /* listen, unix_socket, metrics_listen */
	SIGNALS_MOST = 8,
	READ_BYTES = 32768,      /* the most that one read takes; above TLS's largest record */
	PAGE_PIECE_BYTES = 16384,
	PAGE_PIECE_WITHIN_MS = 30000,
	CLOSE_WITHIN_MS = 3000,  /* for the peer's Close, and for what waits before ours */
	LINGER_MS = 1000,        /* for the peer to hang up once we have said all */
	LINGER_BYTES = 1048576,  /* read and dropped meanwhile; who sends more is cut */
	MESSAGE_WITHIN_MS = 60000, /* from a message's first byte to its last */
	HEARD_BYTES = 4096,      /* so much of an unfinished message is a sign of life */
	REFUSALS_MOST = 64,      /* told why at the same time; the others are just cut */
	SURPLUS_MOST = 256,      /* above connections_most, to be told so */
	JOINED_MOST = 1024,      /* frames in one joined write */
};

enum stage {
	STAGE_HEAD,    /* its request is not complete */
	STAGE_ANSWER,  /* plain HTTP: a page is being sent */
	STAGE_OPEN,    /* a WebSocket */
	STAGE_CLOSING, /* we have sent Close and wait for theirs */
	STAGE_FLUSH,   /* all is said; waits until it has left us */
	STAGE_LINGER,  /* our half is shut; waits for the other to hang up */
	STAGE_GONE,    /* to be cut and freed when the turn ends */
};

struct listener {
	struct door *door;
	ev_io watcher;
	int fd; /* -1: not used */
	bool is_tls, is_unix, is_metrics;
};

struct peer {
	struct door *door;
	struct lws *wsi;             /* NULL once libwebsockets has let go */
	void *owner;
	struct list_node node;       /* in door->everybody */
	struct list_node attention;  /* in door->attention: for the end of the turn */
	struct wheel_timer timer;
	struct frames frames;
	struct allowance allowance;
	uint64_t place;
	int64_t heard_ms, pinged_ms, midway_ms, acked;
	char *head;                  /* a request's beginning; NULL if none is kept */
	const char *page;            /* what is left to send of a page */
	size_t page_left, head_at, backlog;
	uint32_t unheard_bytes, head_bytes;
	uint8_t stage;
	uint16_t refusal;            /* an HTTP status for whatever is asked; 0: none */
	bool is_counted;             /* limits_enter() was passed */
	bool is_tls, is_unix, is_loopback, is_metrics, is_surplus;
	bool is_choked, was_pinged, was_opened, is_refused, must_reset;
};

struct signal_row {
	struct door *door;
	ev_signal watcher;
	void (*fire)(void *owner, int signum);
};

struct door {
	const struct config *config;
	struct door_events events;
	struct ev_loop *loop;
	struct lws_context *context;
	struct lws_vhost *plain, *tls;
	struct limits *limits;
	void (*came)(void *owner, uint64_t place); /* door_share_places() */
	struct pages *pages;
	struct evp_md_st *sha1; /* of a handshake; fetched once, used again */
	struct evp_md_ctx_st *hashing;
	struct listener listeners[LISTENERS_MOST];
	struct signal_row signals[SIGNALS_MOST];
	unsigned signal_count;
	ev_async waker;
	ev_prepare before_wait;
	ev_idle hurry;           /* running: the next wait is no wait */
	ev_timer tick, accept_pause;
	struct wheel wheel;
	struct list_node everybody, attention;
	int64_t work_since_us;
	size_t refusals;
	int spare_fd;            /* given up for a moment when descriptors run out */
	bool has_work, has_news, wheel_changed, is_stopping;
	struct door_figures figures;
	char url[CONFIG_TEXT + 8];
	unsigned char scratch[FRAMES_SCRATCH];
	unsigned char pongs[READ_BYTES + 64]; /* a pong is shorter than its masked ping */
	struct shared *joined_frames[JOINED_MOST]; /* what `joined` was made of, counted */
	size_t joined_count;
	unsigned char joined[DOOR_JOINED_BYTES];
};

/* door.c */
void door_note_work(struct door *door); /* turn_ended will be called */
int64_t door_now(void);

/* door_listen.c */
enum err listen_open(struct door *door, struct why *why);
void listen_stop(struct door *door);
/* How many bytes the other side has acknowledged in all; 0 on a unix socket. For a choked peer it
 * is the only sign of life. */
int64_t listen_read_acknowledged(int fd);

/* door_peer.c */
/* Takes an accepted, non-blocking socket. */
void peer_adopt(struct door *door, const struct listener *listener, int fd,
	const struct sockaddr *from);
void peer_set_stage(struct peer *peer, enum stage stage);
void peer_write(struct peer *peer, const void *bytes, size_t count);
/* The handshake was answered with 101: from now on frames. */
void peer_open(struct peer *peer);
/* What libwebsockets tells. */
void peer_read(struct peer *peer, unsigned char *bytes, size_t count);
void peer_writeable(struct peer *peer);
void peer_lost(struct peer *peer);
/* Does what was put off to the end of the turn. */
void peer_attend_all(struct door *door);
/* Lets go of the frames that were joined last. */
void peer_forget_joined(struct door *door);

/* door_http.c */
enum err http_open(struct door *door);
void http_close(struct door *door);
/* A whole head: answers it or opens the WebSocket. */
void http_take_head(struct peer *peer, const char *bytes, size_t count);
void http_refuse(struct peer *peer, unsigned status);
/* door.c: may one more connection from there come in? Counts it if so. */
bool door_lets_in(struct door *door, uint64_t place);
