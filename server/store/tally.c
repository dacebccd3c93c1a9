/* tally.c: see tally.h. */
#include "store/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/db.h"

enum {
	PLACES = 4096,
	ROWS_FIRST = 64,
	ROWS_MOST = 8192,   /* beyond, they are written */
	CHANGES_FEW = 64,   /* a smaller commit has time for them */
	WAIT_MOST_MS = 1000,
};

/* One row to be: of a voice, `thread` is the person. */
struct row {
	int64_t slot, thread, target, posts;
	bool is_voice;
	struct pulse pulse;
};

struct tally {
	struct row *rows;
	size_t count, room;
	uint32_t places[PLACES]; /* by hash: number of a row + 1, or 0; several in a chain */
	uint32_t *next;          /* of each row: likewise */
	int64_t written_ms;
};

struct tally *tally_new(void)
{
	return calloc(1, sizeof(struct tally));
}

void tally_free(struct tally **taken)
{
	struct tally *tally = *taken;

	*taken = NULL;
	if (!tally)
		return;
	free(tally->rows);
	free(tally->next);
	free(tally);
}

static uint32_t *place_of(struct tally *tally, const struct row *wanted)
{
	uint64_t hash = (uint64_t)wanted->pulse.circle;

	hash = (hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9) + (uint64_t)wanted->thread;
	hash = (hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9) + (uint64_t)wanted->target;
	hash = (hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
	return &tally->places[hash >> 32 & (PLACES - 1)];
}

static bool is_same(const struct row *one, const struct row *other)
{
	return one->slot == other->slot && one->pulse.circle == other->pulse.circle &&
		   one->thread == other->thread && one->target == other->target &&
		   one->is_voice == other->is_voice;
}

static bool has_room(struct tally *tally)
{
	size_t room = tally->room ? tally->room * 2 : ROWS_FIRST;
	struct row *rows;
	uint32_t *next;

	if (tally->count < tally->room)
		return true;
	rows = realloc(tally->rows, room * sizeof *rows);
	if (rows)
		tally->rows = rows;
	next = realloc(tally->next, room * sizeof *next);
	if (next)
		tally->next = next;
	if (!rows || !next)
		return false;
	tally->room = room;
	return true;
}

/* The row that counts this; a new one has no posts yet. NULL: no memory. */
static struct row *row_of(struct tally *tally, const struct row *wanted)
{
	uint32_t *place = place_of(tally, wanted);

	for (uint32_t at = *place; at; at = tally->next[at - 1])
		if (is_same(&tally->rows[at - 1], wanted))
			return &tally->rows[at - 1];
	if (!has_room(tally))
		return NULL;
	tally->rows[tally->count] = *wanted;
	tally->next[tally->count] = *place;
	*place = (uint32_t)++tally->count;
	return &tally->rows[tally->count - 1];
}

enum err tally_pulse(struct tally *tally, const struct pulse *pulse)
{
	struct row wanted = {
		.slot = pulse->at / PULSE_SLOT_MS, .thread = pulse->thread, .pulse = *pulse};
	struct row *row = row_of(tally, &wanted);
	int64_t heat, was;

	if (!row)
		return ERR_NO_MEMORY;
	heat = row->pulse.heat;
	was = row->pulse.was;
	row->pulse = *pulse;
	row->pulse.was = was;
	if (!pulse->thread && heat > pulse->heat)
		row->pulse.heat = heat;
	row->posts++;
	return ERR_NONE;
}

enum err tally_voice(struct tally *tally, int64_t at, int64_t circle, int64_t person,
					 int64_t target)
{
	struct row wanted = {.slot = at / VOICE_SLOT_MS,
						 .thread = person,
						 .target = target,
						 .is_voice = true,
						 .pulse = {.circle = circle}};
	struct row *row = row_of(tally, &wanted);

	if (!row)
		return ERR_NO_MEMORY;
	row->posts++;
	return ERR_NONE;
}

static enum err write_voice(struct db *db, const struct row *row)
{
	return db_run(db,
				  "INSERT INTO voice (slot, circle, person, target, posts) VALUES (?, ?, ?, ?, ?)"
				  " ON CONFLICT DO UPDATE SET posts = posts + excluded.posts",
				  "iiiii", row->slot, row->pulse.circle, row->thread, row->target, row->posts);
}

static enum err write_pulse(struct db *db, const struct row *row)
{
	const struct pulse *pulse = &row->pulse;

	return db_run(db,
				  "INSERT INTO pulse (slot, circle, thread, posts, heat, crisis, level, cooling,"
				  " causes, was) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
				  " ON CONFLICT DO UPDATE SET posts = posts + excluded.posts,"
				  " heat = CASE thread WHEN 0 THEN max(heat, excluded.heat) ELSE excluded.heat END,"
				  " crisis = excluded.crisis, level = excluded.level, cooling = excluded.cooling,"
				  " causes = excluded.causes",
				  "iiiiiiiiti", row->slot, pulse->circle, pulse->thread, row->posts, pulse->heat,
				  pulse->crisis, pulse->level, (int64_t)pulse->is_cooling,
				  *pulse->causes ? pulse->causes : NULL, pulse->was);
}

bool tally_waits(const struct tally *tally)
{
	return tally->count;
}

bool tally_is_due(const struct tally *tally, size_t changes, int64_t now_ms)
{
	return tally->count && (changes < CHANGES_FEW || tally->count > ROWS_MOST ||
							now_ms - tally->written_ms >= WAIT_MOST_MS);
}

enum err tally_write(struct tally *tally, struct db *db, int64_t now_ms)
{
	enum err err = ERR_NONE;

	tally->written_ms = now_ms;

	for (size_t i = 0; i < tally->count && !err; i++)
		err = tally->rows[i].is_voice ? write_voice(db, &tally->rows[i])
									  : write_pulse(db, &tally->rows[i]);
	tally_drop(tally);
	return err;
}

void tally_drop(struct tally *tally)
{
	if (!tally->count)
		return;
	for (size_t i = 0; i < tally->count; i++)
		*place_of(tally, &tally->rows[i]) = 0;
	tally->count = 0;
}
