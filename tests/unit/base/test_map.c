/* test_map.c: maps agree with the plainest table there is, over many random steps. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"

enum { KEYS = 500, STEPS = 200000 };

static int values[4];

/* The same steps each run, so that what fails once fails again. */
static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

TEST(a_map_agrees_with_a_plain_table_over_many_steps)
{
	struct map *map = map_new();
	void *table[KEYS] = { NULL };
	uint32_t seed = 1;
	size_t count = 0;

	assert_non_null(map);
	for (int step = 0; step < STEPS; step++) {
		uint32_t key = next_random(&seed) % KEYS;
		void *value = &values[next_random(&seed) % 4];

		if (next_random(&seed) % 2) {
			CHECK(map_put(map, (uint64_t)key << 32, value));
			count += table[key] == NULL;
			table[key] = value;
		} else {
			CHECK(map_take(map, (uint64_t)key << 32) == table[key]);
			count -= table[key] != NULL;
			table[key] = NULL;
		}
		CHECK_INT(count, map_count(map));
	}
	for (uint64_t key = 0; key < KEYS; key++)
		CHECK(map_get(map, key << 32) == table[key]);
	map_free(&map);
	CHECK(map == NULL);
	map_free(&map);
}

TEST(walking_shows_every_pair_once_even_while_each_is_taken)
{
	struct map *map = map_new();
	bool seen[KEYS] = { false };
	size_t at = 0, shown = 0;
	uint64_t key;
	void *value;

	for (uint64_t i = 0; i < KEYS; i++)
		CHECK(map_put(map, i, &values[i % 4]));
	while (map_next(map, &at, &key, &value)) {
		CHECK(!seen[key] && value == &values[key % 4]);
		seen[key] = true;
		CHECK(map_take(map, key) == value);
		shown++;
	}
	CHECK_INT(KEYS, shown);
	CHECK_INT(0, map_count(map));
	map_free(&map);
}

TEST(an_empty_map_and_a_cleared_one_hold_nothing)
{
	struct map *map = map_new();
	size_t at = 0;
	uint64_t key;
	void *value;

	CHECK(map_get(map, 0) == NULL);
	CHECK(map_take(map, 0) == NULL);
	CHECK(!map_next(map, &at, &key, &value));
	CHECK(map_put(map, 0, &values[0]));
	CHECK(map_get(map, 0) == &values[0]);
	map_clear(map);
	CHECK(map_get(map, 0) == NULL);
	CHECK_INT(0, map_count(map));
	map_free(&map);
}

TEST(a_textmap_agrees_with_a_plain_table_over_many_steps)
{
	struct textmap *map = textmap_new();
	void *table[KEYS] = { NULL };
	uint32_t seed = 2;
	size_t count = 0;

	assert_non_null(map);
	for (int step = 0; step < STEPS; step++) {
		uint32_t key = next_random(&seed) % KEYS;
		void *value = &values[next_random(&seed) % 4];
		char text[32];
		size_t bytes = (size_t)snprintf(text, sizeof text, "מפתח-%u", key);

		if (next_random(&seed) % 2) {
			CHECK(textmap_put(map, text, bytes, value));
			count += table[key] == NULL;
			table[key] = value;
		} else {
			CHECK(textmap_take(map, text, bytes) == table[key]);
			count -= table[key] != NULL;
			table[key] = NULL;
		}
		CHECK_INT(count, textmap_count(map));
	}
	for (unsigned key = 0; key < KEYS; key++) {
		char text[32];
		size_t bytes = (size_t)snprintf(text, sizeof text, "מפתח-%u", key);

		CHECK(textmap_get(map, text, bytes) == table[key]);
	}
	textmap_free(&map);
	CHECK(map == NULL);
}

TEST(a_textmap_keeps_its_own_copy_and_tells_prefixes_and_zeros_apart)
{
	struct textmap *map = textmap_new();
	char key[] = "ab\0c";

	CHECK(textmap_put(map, key, 4, &values[0]));
	CHECK(textmap_put(map, key, 2, &values[1]));
	CHECK(textmap_put(map, "", 0, &values[2]));
	key[0] = 'x';
	CHECK(textmap_get(map, "ab\0c", 4) == &values[0]);
	CHECK(textmap_get(map, "ab", 2) == &values[1]);
	CHECK(textmap_get(map, "", 0) == &values[2]);
	CHECK(textmap_get(map, "ab\0d", 4) == NULL);
	CHECK_INT(3, textmap_count(map));
	textmap_free(&map);
}

TEST(walking_a_textmap_shows_every_key_once_even_while_each_is_taken)
{
	struct textmap *map = textmap_new();
	size_t at = 0, shown = 0;
	const char *key;
	void *value;

	for (int i = 0; i < KEYS; i++) {
		char text[16];

		CHECK(textmap_put(map, text, (size_t)snprintf(text, sizeof text, "%d", i),
			&values[i % 4]));
	}
	while (textmap_next(map, &at, &key, &value)) {
		CHECK(value == &values[atoi(key) % 4]);
		CHECK(textmap_take(map, key, strlen(key)) == value);
		shown++;
	}
	CHECK_INT(KEYS, shown);
	CHECK_INT(0, textmap_count(map));
	textmap_free(&map);
}

RUN(cmocka_unit_test(a_map_agrees_with_a_plain_table_over_many_steps),
	cmocka_unit_test(walking_shows_every_pair_once_even_while_each_is_taken),
	cmocka_unit_test(an_empty_map_and_a_cleared_one_hold_nothing),
	cmocka_unit_test(a_textmap_agrees_with_a_plain_table_over_many_steps),
	cmocka_unit_test(a_textmap_keeps_its_own_copy_and_tells_prefixes_and_zeros_apart),
	cmocka_unit_test(walking_a_textmap_shows_every_key_once_even_while_each_is_taken));
