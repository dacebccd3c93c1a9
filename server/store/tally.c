/* tally.c: see tally.h. */
#include "store/tally.h"

#include <stdlib.h>
#include <string.h>

#include "store/db.h"

enum {
	PLACES = 4096,
	ROWS_FIRST = 64,
	ROWS_MOST = 8192,   /* beyond, they are written */
	ROWS_AT_ONCE = 256, /* in a second; what comes beyond is gathered */
	WAIT_MOST_MS = 1000,
	CROWDS = 1024,
};

/* One row to be: of a voice, `thread` is the person. */
struct row {
	int64_t slot, circle, thread, target, posts;
	int64_t heat, crisis, level, was;
	char *causes; /* own; NULL: none */
	bool is_voice, is_cooling;
};

/* Which lone openers of a circle have a row in this slot. Forgetting it costs rows, no more. */
struct crowd {
	int64_t circle, slot;
	int count;
	int hottest[OPENERS_HOTTEST]; /* falling */
};

struct tally {
	struct row *rows;
	size_t count, room;
	uint32_t places[PLACES]; /* by hash: number of a row + 1, or 0; several in a chain */
	uint32_t *next;          /* of each row: likewise */
	int64_t second_ms;       /* when the running second began */
	size_t written;          /* rows, in it */
	struct crowd crowds[CROWDS];
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
	tally_drop(tally);
	free(tally->rows);
	free(tally->next);
	free(tally);
}

static uint32_t *place_of(struct tally *tally, const struct row *wanted)
{
	uint64_t hash = (uint64_t)wanted->circle;

	hash = (hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9) + (uint64_t)wanted->thread;
	hash = (hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9) + (uint64_t)wanted->target;
	hash = (hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
	return &tally->places[hash >> 32 & (PLACES - 1)];
}

static bool is_same(const struct row *one, const struct row *other)
{
	return one->slot == other->slot && one->circle == other->circle &&
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

/* Is an opener one of those that are looked at? In a slot their numbers rise: the first are the
 * least, and of equal heat the earlier goes first. */
static bool opener_counts(struct tally *tally, const struct row *opener)
{
	struct crowd *crowd = &tally->crowds[(uint64_t)opener->circle % CROWDS];
	int heat = (int)opener->heat, at = OPENERS_HOTTEST - 1;

	if (crowd->circle != opener->circle || crowd->slot != opener->slot)
		*crowd = (struct crowd){.circle = opener->circle, .slot = opener->slot};
	if (crowd->count >= OPENERS_FIRST && heat <= crowd->hottest[at])
		return false;
	crowd->count++;
	for (; at > 0 && crowd->hottest[at - 1] < heat; at--)
		crowd->hottest[at] = crowd->hottest[at - 1];
	if (crowd->hottest[at] < heat)
		crowd->hottest[at] = heat;
	return true;
}

static enum err row_pulse(struct row *row, const struct pulse *pulse)
{
	if (pulse->thread || pulse->heat > row->heat)
		row->heat = pulse->heat;
	row->crisis = pulse->crisis;
	row->level = pulse->level;
	row->is_cooling = pulse->is_cooling;
	row->posts += !pulse->is_opener;
	free(row->causes);
	row->causes = pulse->causes ? strdup(pulse->causes) : NULL;
	return pulse->causes && !row->causes ? ERR_NO_MEMORY : ERR_NONE;
}

enum err tally_pulse(struct tally *tally, const struct pulse *pulse)
{
	struct row wanted = {.slot = pulse->at / PULSE_SLOT_MS,
						 .circle = pulse->circle,
						 .thread = pulse->thread,
						 .heat = pulse->heat,
						 .was = pulse->was};
	struct row *row;

	if (pulse->is_opener && !pulse->is_held && !opener_counts(tally, &wanted))
		return ERR_NONE;
	row = row_of(tally, &wanted);
	return row ? row_pulse(row, pulse) : ERR_NO_MEMORY;
}

enum err tally_voice(struct tally *tally, int64_t at, int64_t circle, int64_t person,
					 int64_t target)
{
	struct row wanted = {.slot = at / VOICE_SLOT_MS,
						 .thread = person,
						 .target = target,
						 .is_voice = true,
						 .circle = circle};
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
				  "iiiii", row->slot, row->circle, row->thread, row->target, row->posts);
}

static enum err write_pulse(struct db *db, const struct row *row)
{
	return db_run(db,
				  "INSERT INTO pulse (slot, circle, thread, posts, heat, crisis, level, cooling,"
				  " causes, was) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
				  " ON CONFLICT DO UPDATE SET posts = posts + excluded.posts,"
				  " heat = CASE thread WHEN 0 THEN max(heat, excluded.heat) ELSE excluded.heat END,"
				  " crisis = excluded.crisis, level = excluded.level, cooling = excluded.cooling,"
				  " causes = excluded.causes",
				  "iiiiiiiiti", row->slot, row->circle, row->thread, row->posts, row->heat,
				  row->crisis, row->level, (int64_t)row->is_cooling, row->causes, row->was);
}

bool tally_waits(const struct tally *tally)
{
	return tally->count;
}

bool tally_is_due(const struct tally *tally, size_t changes, int64_t now_ms)
{
	if (!tally->count)
		return false;
	/* A change that is alone has time for its rows. */
	return changes <= 1 || tally->count > ROWS_MOST || now_ms - tally->second_ms >= WAIT_MOST_MS ||
		   tally->written + tally->count <= ROWS_AT_ONCE;
}

enum err tally_write(struct tally *tally, struct db *db, int64_t now_ms)
{
	enum err err = ERR_NONE;

	if (now_ms - tally->second_ms >= WAIT_MOST_MS) {
		tally->second_ms = now_ms;
		tally->written = 0;
	}
	tally->written += tally->count;
	for (size_t i = 0; i < tally->count && !err; i++)
		err = tally->rows[i].is_voice ? write_voice(db, &tally->rows[i])
									  : write_pulse(db, &tally->rows[i]);
	tally_drop(tally);
	return err;
}

void tally_drop(struct tally *tally)
{
	for (size_t i = 0; i < tally->count; i++) {
		*place_of(tally, &tally->rows[i]) = 0;
		free(tally->rows[i].causes);
	}
	tally->count = 0;
}

void tally_undo(struct tally *tally)
{
	tally_drop(tally);
	memset(tally->crowds, 0, sizeof tally->crowds);
}
