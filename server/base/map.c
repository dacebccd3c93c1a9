/* map.c: hash tables by open addressing. A removed pair leaves a marker, so that removing while
 * walking moves nothing; markers go when the table is rebuilt. One owner. */
#include "base/map.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"

enum { FIRST_ROOM = 16 };

struct slot {
	uint64_t key;
	void *value; /* NULL: never used; GONE: was removed */
};

struct map {
	struct slot *slots;
	size_t room; /* a power of two, or 0 */
	size_t count, used; /* used: also those that are gone */
};

static char gone;
#define GONE ((void *)&gone)

static uint64_t mix(uint64_t key)
{
	key ^= key >> 33;
	key *= UINT64_C(0xff51afd7ed558ccd);
	key ^= key >> 33;
	key *= UINT64_C(0xc4ceb9fe1a85ec53);
	return key ^ (key >> 33);
}

/* At most three quarters of the room are used, so every search comes to an end. */
static bool is_crowded(size_t used, size_t room)
{
	return (used + 1) * 4 > room * 3;
}

/* Room for `count` pairs and as many again; what was removed does not count. */
static size_t room_for(size_t count)
{
	size_t room = FIRST_ROOM;

	while (room < count * 2 + 2)
		room *= 2;
	return room;
}

struct map *map_new(void)
{
	return calloc(1, sizeof(struct map));
}

void map_free(struct map **map)
{
	if (*map)
		free((*map)->slots);
	free(*map);
	*map = NULL;
}

static struct slot *map_find(const struct map *map, uint64_t key)
{
	size_t at = mix(key);

	if (!map->room)
		return NULL;
	for (;; at++) {
		struct slot *slot = &map->slots[at & (map->room - 1)];

		if (!slot->value)
			return NULL;
		if (slot->value != GONE && slot->key == key)
			return slot;
	}
}

static void map_place(struct map *map, uint64_t key, void *value)
{
	size_t at = mix(key) & (map->room - 1);

	while (map->slots[at].value)
		at = (at + 1) & (map->room - 1);
	map->slots[at] = (struct slot){ key, value };
	map->count++;
	map->used++;
}

static bool map_rebuild(struct map *map)
{
	struct map larger = { .room = room_for(map->count) };

	larger.slots = calloc(larger.room, sizeof *larger.slots);
	if (!larger.slots)
		return false;
	for (size_t i = 0; i < map->room; i++) {
		if (map->slots[i].value && map->slots[i].value != GONE)
			map_place(&larger, map->slots[i].key, map->slots[i].value);
	}
	free(map->slots);
	*map = larger;
	return true;
}

void *map_get(const struct map *map, uint64_t key)
{
	const struct slot *slot = map_find(map, key);

	return slot ? slot->value : NULL;
}

bool map_put(struct map *map, uint64_t key, void *value)
{
	struct slot *slot = map_find(map, key);

	assert(value);
	if (slot) {
		slot->value = value;
		return true;
	}
	if (is_crowded(map->used, map->room) && !map_rebuild(map))
		return false;
	map_place(map, key, value);
	return true;
}

void *map_take(struct map *map, uint64_t key)
{
	struct slot *slot = map_find(map, key);
	void *value;

	if (!slot)
		return NULL;
	value = slot->value;
	slot->value = GONE;
	map->count--;
	return value;
}

size_t map_count(const struct map *map)
{
	return map->count;
}

void map_clear(struct map *map)
{
	free(map->slots);
	*map = (struct map){ 0 };
}

bool map_next(const struct map *map, size_t *at, uint64_t *key, void **value)
{
	while (*at < map->room) {
		const struct slot *slot = &map->slots[(*at)++];

		if (!slot->value || slot->value == GONE)
			continue;
		*key = slot->key;
		*value = slot->value;
		return true;
	}
	return false;
}

/* --- bytes → pointer ------------------------------------------------------------------------- */

struct textslot {
	char *key; /* ours, terminated */
	size_t bytes;
	uint64_t hash;
	void *value; /* as above */
};

struct textmap {
	struct textslot *slots;
	size_t room, count, used;
	unsigned char secret[crypto_shorthash_KEYBYTES];
};

struct textmap *textmap_new(void)
{
	struct textmap *map = calloc(1, sizeof *map);
	uint64_t halves[2] = { id_random(), id_random() };

	_Static_assert(sizeof halves == crypto_shorthash_KEYBYTES, "a SipHash key has 16 bytes");
	if (map)
		memcpy(map->secret, halves, sizeof halves);
	return map;
}

void textmap_free(struct textmap **map)
{
	struct textmap *mine = *map;

	*map = NULL;
	if (!mine)
		return;
	for (size_t i = 0; i < mine->room; i++)
		free(mine->slots[i].key);
	free(mine->slots);
	free(mine);
}

static uint64_t textmap_hash(const struct textmap *map, const char *key, size_t bytes)
{
	uint64_t hash;

	_Static_assert(sizeof hash == crypto_shorthash_BYTES, "a SipHash has 8 bytes");
	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)key, bytes, map->secret);
	return hash;
}

static struct textslot *textmap_find(
	const struct textmap *map, uint64_t hash, const char *key, size_t bytes)
{
	size_t at = hash;

	if (!map->room)
		return NULL;
	for (;; at++) {
		struct textslot *slot = &map->slots[at & (map->room - 1)];

		if (!slot->value)
			return NULL;
		if (slot->value != GONE && slot->hash == hash && slot->bytes == bytes &&
			(bytes == 0 || memcmp(slot->key, key, bytes) == 0))
			return slot;
	}
}

static void textmap_place(struct textmap *map, struct textslot pair)
{
	size_t at = pair.hash & (map->room - 1);

	while (map->slots[at].value)
		at = (at + 1) & (map->room - 1);
	map->slots[at] = pair;
	map->count++;
	map->used++;
}

static bool textmap_rebuild(struct textmap *map)
{
	struct textmap larger = *map;

	larger.count = larger.used = 0;
	larger.room = room_for(map->count);
	larger.slots = calloc(larger.room, sizeof *larger.slots);
	if (!larger.slots)
		return false;
	for (size_t i = 0; i < map->room; i++) {
		if (map->slots[i].value && map->slots[i].value != GONE)
			textmap_place(&larger, map->slots[i]);
	}
	free(map->slots);
	*map = larger;
	return true;
}

void *textmap_get(const struct textmap *map, const char *key, size_t bytes)
{
	const struct textslot *slot =
		textmap_find(map, textmap_hash(map, key, bytes), key, bytes);

	return slot ? slot->value : NULL;
}

bool textmap_put(struct textmap *map, const char *key, size_t bytes, void *value)
{
	struct textslot pair = { .bytes = bytes, .hash = textmap_hash(map, key, bytes) };
	struct textslot *slot = textmap_find(map, pair.hash, key, bytes);

	assert(value);
	if (slot) {
		slot->value = value;
		return true;
	}
	if (is_crowded(map->used, map->room) && !textmap_rebuild(map))
		return false;
	pair.value = value;
	pair.key = malloc(bytes + 1);
	if (!pair.key)
		return false;
	if (bytes)
		memcpy(pair.key, key, bytes);
	pair.key[bytes] = '\0';
	textmap_place(map, pair);
	return true;
}

void *textmap_take(struct textmap *map, const char *key, size_t bytes)
{
	struct textslot *slot = textmap_find(map, textmap_hash(map, key, bytes), key, bytes);
	void *value;

	if (!slot)
		return NULL;
	value = slot->value;
	free(slot->key);
	slot->key = NULL;
	slot->value = GONE;
	map->count--;
	return value;
}

size_t textmap_count(const struct textmap *map)
{
	return map->count;
}

bool textmap_next(const struct textmap *map, size_t *at, const char **key, void **value)
{
	while (*at < map->room) {
		const struct textslot *slot = &map->slots[(*at)++];

		if (!slot->value || slot->value == GONE)
			continue;
		*key = slot->key;
		*value = slot->value;
		return true;
	}
	return false;
}
