/* given_rules.h: rules to test with: those shipped, a copy of them in a fresh folder to spoil,
 * texts at random. */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

#include "base/utf8.h"
#include "filters/parts.h"
#include "filters/pipeline.h"

#define SHIPPED_RULES PROJECT_ROOT "/config/civility"

static inline struct ruleset *given_shipped_rules(void)
{
	struct ruleset *ruleset;
	struct why why;

	if (ruleset_load(SHIPPED_RULES, &ruleset, &why))
		fail_msg("%s", why.text);
	return ruleset;
}

static inline struct judged given_verdict(const struct ruleset *ruleset, const char *text)
{
	struct scratch *scratch = scratch_new();
	struct judged judged;

	CHECK(scratch != NULL);
	CHECK_OK(pipeline_judge(ruleset, scratch, "public", "he", text, strlen(text), &judged));
	scratch_free(&scratch);
	return judged;
}

static inline unsigned score_found(const struct judged *judged, const char *symbol)
{
	unsigned highest = 0;

	for (size_t i = 0; i < judged->finding_count; i++)
		if (strcmp(judged->findings[i].symbol, symbol) == 0
		    && judged->findings[i].score > highest)
			highest = judged->findings[i].score;
	return highest;
}

static inline void file_write(const char *dir, const char *name, const char *text, const char *mode)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, mode);
	CHECK(file != NULL);
	CHECK(fputs(text, file) >= 0);
	CHECK_INT(0, fclose(file));
}

static inline void file_copy(const char *from_dir, const char *to_dir, const char *name)
{
	char path[512], piece[4096];
	FILE *from, *to;
	size_t bytes;

	snprintf(path, sizeof(path), "%s/%s", from_dir, name);
	from = fopen(path, "rb");
	snprintf(path, sizeof(path), "%s/%s", to_dir, name);
	to = fopen(path, "wb");
	CHECK(from && to);
	while ((bytes = fread(piece, 1, sizeof(piece), from)) > 0)
		CHECK_INT(bytes, fwrite(piece, 1, bytes, to));
	fclose(from);
	CHECK_INT(0, fclose(to));
}

/* A folder with the shipped symbols, policies and numbers, or with everything. */
static inline void given_folder(char dir[64], bool everything)
{
	DIR *shipped = opendir(SHIPPED_RULES);
	struct dirent *entry;

	strcpy(dir, "/tmp/maagal-rules-XXXXXX");
	CHECK(shipped && mkdtemp(dir));
	while ((entry = readdir(shipped)))
		if (strstr(entry->d_name, ".conf") || (everything && strchr(entry->d_name, '.')
			&& entry->d_name[0] != '.'))
			file_copy(SHIPPED_RULES, dir, entry->d_name);
	closedir(shipped);
}

static inline void folder_remove(const char *dir)
{
	DIR *folder = opendir(dir);
	struct dirent *entry;
	char path[512];

	while (folder && (entry = readdir(folder))) {
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	if (folder)
		closedir(folder);
	rmdir(dir);
}

/* The shipped symbols, policies and numbers, and these rules and words alone. */
static inline struct ruleset *given_rules(const char *rules, const char *words)
{
	struct ruleset *ruleset;
	struct why why;
	char dir[64];

	given_folder(dir, false);
	if (rules)
		file_write(dir, "test.rules", rules, "w");
	if (words)
		file_write(dir, "test.words", words, "w");
	if (ruleset_load(dir, &ruleset, &why))
		fail_msg("%s", why.text);
	folder_remove(dir);
	return ruleset;
}

/* --- texts at random: the same in every run ------------------------------------------------- */

static inline uint32_t random_next(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

/* Letters of the scripts in use, marks, look-alikes, leet, separators, and now and then
 * anything. */
static inline uint32_t random_point(uint64_t *state)
{
	static const uint32_t interesting[] = {
		' ', ' ', ' ', '.', '-', '_', '*', '!', '!', '$', '@', '0', '1', '3', '4', '5', '\n',
		'"', '\'', 'a', 'a', 'i', 's', 's', 'A', 'Z', 0x430, 0x43E, 0x435, 0x3B1, 0x3BF,
		0x391, 0x5D0, 0x5D9, 0x5D3, 0x5DD, 0x5DE, 0x5B8, 0x5BC, 0x5F3, 0x627, 0x623, 0x649,
		0x64E, 0x640, 0x200F, 0x202E, 0x200D, 0xFE0F, 0x1F600, 0xFDFA, 0xFB2A, 0xFF21, 0x130,
		0xDF, 0x1D400, 0x301, 0x0E33, 0x1100,
	};
	uint32_t point;

	if (random_next(state) % 8)
		return interesting[random_next(state) % (sizeof(interesting) / sizeof(interesting[0]))];
	point = random_next(state) % 0x110000;
	return point >= 0xD800 && point < 0xE000 ? 0x5D0 : point;
}

static inline size_t random_text(uint64_t *state, char *out, uint32_t points)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < points; i++)
		bytes += utf8_put(random_point(state), out + bytes);
	return bytes;
}
