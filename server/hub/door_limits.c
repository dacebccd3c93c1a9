/* door_limits.c: see door_limits.h. A table of fixed size, eight entries to a row; the row is
 * found by the hash, so nobody can choose whose row they fill. If all eight of a row hold
 * connections, a newcomer to it is let in uncounted: the limit on all connections still holds. */
#include "hub/door_limits.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 8192, ROW_ENTRIES = 8, MINUTE_MS = 60000, TEXT_MOST = 64 };

struct entry {
	uint64_t place;        /* 0: free */
	int64_t seen_ms;
	double allowed;        /* new connections that may still come now */
	unsigned connections;
};

struct limits {
	unsigned connections, per_minute;
	unsigned char key[crypto_shorthash_KEYBYTES];
	struct entry entries[ROWS][ROW_ENTRIES]; /* untouched pages cost nothing */
};

struct limits *limits_new(unsigned connections, unsigned per_minute)
{
	struct limits *limits = sodium_init() < 0 ? NULL : calloc(1, sizeof *limits);

	if (!limits)
		return NULL;
	limits->connections = connections;
	limits->per_minute = per_minute;
	randombytes_buf(limits->key, sizeof limits->key);
	return limits;
}

void limits_free(struct limits **limits)
{
	free(*limits);
	*limits = NULL;
}

/* ---- places ---- */

void limits_use_key(struct limits *limits, const unsigned char key[LIMITS_KEY_BYTES])
{
	_Static_assert(sizeof limits->key == LIMITS_KEY_BYTES, "key");
	memcpy(limits->key, key, sizeof limits->key);
}

static uint64_t hash(const struct limits *limits, char kind, const void *bytes, size_t count)
{
	unsigned char text[1 + 16] = { (unsigned char)kind };
	unsigned char out[crypto_shorthash_BYTES];
	uint64_t place;

	memcpy(text + 1, bytes, count);
	crypto_shorthash(out, text, 1 + count, limits->key);
	memcpy(&place, out, sizeof place);
	return place ? place : 1;
}

static uint64_t place_of_v6(const struct limits *limits, const struct in6_addr *address)
{
	if (IN6_IS_ADDR_V4MAPPED(address))
		return hash(limits, '4', address->s6_addr + 12, 4);
	return hash(limits, '6', address->s6_addr, 8);
}

uint64_t limits_place(const struct limits *limits, const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in v4;
		memcpy(&v4, address, sizeof v4);
		return hash(limits, '4', &v4.sin_addr, 4);
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 v6;
		memcpy(&v6, address, sizeof v6);
		return place_of_v6(limits, &v6.sin6_addr);
	}
	return hash(limits, 'u', "", 0);
}

uint64_t limits_place_of_text(const struct limits *limits, const char *text, size_t bytes)
{
	char copy[TEXT_MOST], *start = copy, *end;
	struct in_addr v4;
	struct in6_addr v6;

	if (bytes == 0 || bytes >= sizeof copy)
		return hash(limits, '?', "", 0);
	memcpy(copy, text, bytes);
	copy[bytes] = 0;
	if (*start == '[') {
		start++;
		end = strchr(start, ']');
		if (end)
			*end = 0;
	} else if ((end = strchr(start, ':')) && !strchr(end + 1, ':')) {
		*end = 0; /* one colon: IPv4 and a port */
	}
	if (inet_pton(AF_INET, start, &v4) == 1)
		return hash(limits, '4', &v4, 4);
	if (inet_pton(AF_INET6, start, &v6) == 1)
		return place_of_v6(limits, &v6);
	return hash(limits, '?', "", 0);
}

/* ---- coming and going ---- */

static struct entry *find(struct limits *limits, uint64_t place)
{
	struct entry *row = limits->entries[place % ROWS];

	for (unsigned i = 0; i < ROW_ENTRIES; i++)
		if (row[i].place == place)
			return &row[i];
	return NULL;
}

/* Whoever has been gone for longest makes room. */
static struct entry *make(struct limits *limits, uint64_t place, int64_t now_ms)
{
	struct entry *row = limits->entries[place % ROWS], *chosen = NULL;

	for (unsigned i = 0; i < ROW_ENTRIES; i++) {
		if (row[i].connections > 0)
			continue;
		if (!chosen || row[i].seen_ms < chosen->seen_ms || row[i].place == 0)
			chosen = &row[i];
		if (row[i].place == 0)
			break;
	}
	if (chosen)
		*chosen = (struct entry){ place, now_ms, limits->per_minute, 0 };
	return chosen;
}

static void refill(const struct limits *limits, struct entry *entry, int64_t now_ms)
{
	int64_t passed = now_ms - entry->seen_ms;

	if (passed > 0)
		entry->allowed += (double)passed * limits->per_minute / MINUTE_MS;
	if (entry->allowed > limits->per_minute)
		entry->allowed = limits->per_minute;
	entry->seen_ms = now_ms;
}

enum limits_answer limits_enter(struct limits *limits, uint64_t place, int64_t now_ms)
{
	struct entry *entry = find(limits, place);

	if (!entry)
		entry = make(limits, place, now_ms);
	if (!entry)
		return LIMITS_WELCOME;
	refill(limits, entry, now_ms);
	if (limits->connections && entry->connections >= limits->connections)
		return LIMITS_TOO_MANY;
	if (limits->per_minute && entry->allowed < 1)
		return LIMITS_TOO_FAST;
	if (limits->per_minute)
		entry->allowed -= 1;
	entry->connections++;
	return LIMITS_WELCOME;
}

/* What was used without asking is owed, up to a whole minute's. */
void limits_came_elsewhere(struct limits *limits, uint64_t place, int64_t count, int64_t now_ms)
{
	struct entry *entry = find(limits, place);

	if (!entry)
		entry = make(limits, place, now_ms);
	if (!entry || !limits->per_minute || count <= 0)
		return;
	refill(limits, entry, now_ms);
	entry->allowed -= (double)count;
	if (entry->allowed < -(double)limits->per_minute)
		entry->allowed = -(double)limits->per_minute;
}

void limits_leave(struct limits *limits, uint64_t place)
{
	struct entry *entry = find(limits, place);

	if (entry && entry->connections > 0)
		entry->connections--;
}

/* ---- bytes ---- */

void allowance_init(struct allowance *allowance, int64_t burst, int64_t now_ms)
{
	allowance->left = burst;
	allowance->at_ms = now_ms;
}

bool allowance_take(struct allowance *allowance, int64_t rate, int64_t burst, int64_t bytes,
	int64_t now_ms)
{
	int64_t passed = now_ms - allowance->at_ms;

	if (rate <= 0)
		return true;
	if (passed > 3600000) /* long enough for any burst, short enough not to overflow */
		passed = 3600000;
	if (passed > 0) {
		int64_t gained = passed * rate / 1000;
		/* What is less than a byte is not lost: the clock is moved only by what was counted. */
		allowance->at_ms += gained * 1000 / rate;
		allowance->left += gained;
	}
	if (allowance->left > burst)
		allowance->left = burst;
	allowance->left -= bytes;
	return allowance->left >= 0;
}
