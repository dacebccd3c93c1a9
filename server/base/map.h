/* map.h: hash tables: 64-bit number → pointer, and bytes → pointer. Open addressing, SipHash with a
 * random key for bytes (hostile input cannot make it slow). Not thread-safe: one owner. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map;     /* keys are uint64_t */
struct textmap; /* keys are byte strings, copied in */

struct map *map_new(void); /* NULL only without memory */
void map_free(struct map **map);
void *map_get(const struct map *map, uint64_t key); /* NULL if absent */
/* False only without memory; replaces what was there. value is not NULL. */
bool map_put(struct map *map, uint64_t key, void *value);
void *map_take(struct map *map, uint64_t key); /* removes; NULL if absent */
size_t map_count(const struct map *map);
void map_clear(struct map *map);
/* Walks all pairs in no order: `size_t at = 0; while (map_next(map, &at, &key, &value)) …`.
 * Nothing may be put meanwhile; taking the pair just shown is allowed. */
bool map_next(const struct map *map, size_t *at, uint64_t *key, void **value);

struct textmap *textmap_new(void);
void textmap_free(struct textmap **map);
void *textmap_get(const struct textmap *map, const char *key, size_t bytes);
bool textmap_put(struct textmap *map, const char *key, size_t bytes, void *value);
void *textmap_take(struct textmap *map, const char *key, size_t bytes);
size_t textmap_count(const struct textmap *map);
bool textmap_next(const struct textmap *map, size_t *at, const char **key, void **value);
