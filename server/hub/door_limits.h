/* door_limits.h: how many connections one place may hold and open. A place is an IPv4 address, an
 * IPv6 /64 or the unix socket, known only by a keyed hash. Memory
 * is bounded and forgets: whoever has no connection and has not come for a minute is nobody. Owned
 * by the door's thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct limits;

enum limits_answer {
	LIMITS_WELCOME,
	LIMITS_TOO_MANY,  /* connections at the same time */
	LIMITS_TOO_FAST,  /* new connections a minute */
};

enum { LIMITS_KEY_BYTES = 16 };

/* 0 for either: no limit. NULL without memory. */
struct limits *limits_new(unsigned connections, unsigned per_minute);
void limits_free(struct limits **limits);

/* Places are named by this key instead of one that dies with the process. Before the first is. */
void limits_use_key(struct limits *limits, const unsigned char key[LIMITS_KEY_BYTES]);
/* Never 0. An IPv4 address written as IPv6 is the IPv4 address. */
uint64_t limits_place(const struct limits *limits, const struct sockaddr *address);
/* The same from text as a proxy writes it: "192.0.2.7", "2001:db8::7", "[2001:db8::7]:4711",
 * "192.0.2.7:4711". What is no address is one place of its own. */
uint64_t limits_place_of_text(const struct limits *limits, const char *text, size_t bytes);
/* LIMITS_WELCOME must be paired with one limits_leave(). */
enum limits_answer limits_enter(struct limits *limits, uint64_t place, int64_t now_ms);
void limits_leave(struct limits *limits, uint64_t place);
/* `count` new connections have come from there through other processes. */
void limits_came_elsewhere(struct limits *limits, uint64_t place, int64_t count, int64_t now_ms);

/* A budget of bytes: `rate` a second in the long run, `burst` at once. rate 0: no limit. */
struct allowance {
	int64_t left, at_ms;
};
void allowance_init(struct allowance *allowance, int64_t burst, int64_t now_ms);
bool allowance_take(struct allowance *allowance, int64_t rate, int64_t burst, int64_t bytes,
	int64_t now_ms);
