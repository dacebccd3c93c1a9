/* door_head.h: one HTTP request head, read strictly, and whether it may become a WebSocket. Pure:
 * no sockets, no clock. What two readers could understand in two ways is refused. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	HEAD_BYTES = 8192,
	HEAD_FIELDS = 64,
	HEAD_KEY = 24,      /* length of Sec-WebSocket-Key */
	HEAD_ACCEPT = 28,   /* length of Sec-WebSocket-Accept */
};
#define HEAD_SUBPROTOCOL "maagal.v1"

/* Text inside the head; not terminated. `text` is NULL if the field is absent. */
struct span {
	const char *text;
	size_t bytes;
};

struct head {
	struct span method, path, host, origin, upgrade, ws_key, ws_version, if_none_match;
	struct span forwarded_for;   /* the last element of the last X-Forwarded-For */
	struct span forwarded_proto;
	struct span protocol;        /* Sec-WebSocket-Protocol: present at all? */
	bool is_http_1_1, is_head;
	bool has_connection_upgrade; /* Connection lists `upgrade` */
	bool has_subprotocol;        /* Sec-WebSocket-Protocol lists ours */
	bool accepts_gzip;
	bool came_by_proxy;          /* has a field that only proxies write */
};

enum head_scan { HEAD_SCAN_MORE, HEAD_SCAN_WHOLE, HEAD_SCAN_BAD, HEAD_SCAN_TOO_LONG };

/* Looks for the empty line that ends the head. `*at` is where the last scan of the same bytes
 * stopped, 0 at first; when whole, it is the length of the head. */
enum head_scan head_scan(const char *bytes, size_t count, size_t *at);

/* Reads a whole head. Returns 0, or the HTTP status with which to refuse it. */
unsigned head_parse(const char *bytes, size_t count, struct head *out);

struct head_house {
	bool is_tls;
	bool believes_proxy;         /* X-Forwarded-Proto tells the scheme */
	const char *public_url;      /* may be "" */
	const char *allowed_origins; /* separated by blanks; may be "" */
};

/* 101, or the HTTP status with which to refuse the handshake. */
unsigned head_may_upgrade(const struct head *head, const struct head_house *house);

bool span_is(struct span span, const char *text);
bool span_is_nocase(struct span span, const char *text);
