/* tally.h: rows that only count, gathered and written together: a thousand posts change the row of
 * their circle once. They are in the commit of what they count, or, while there is much to do, in
 * one that comes within a second. The store's thread.
 *
 * Of threads that are opened and nothing more only so many of a slot get a row as anybody ever
 * looks at: a flood of them costs no row each. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct db;
struct tally;

enum {
	PULSE_SLOT_MS = 30000,
	VOICE_SLOT_MS = 600000,
	/* Of a circle's lone openers in a slot: the first ones (so many can be frozen at once) and the
	 * hottest (so many are shown) have a row. */
	OPENERS_FIRST = 50,
	OPENERS_HOTTEST = 20,
};

/* One post more. thread 0: the circle itself, where heat is the greatest of the slot; elsewhere the
 * latest. In thousandths. was: the thread's heat before this post. An opener is not counted with
 * its thread's posts: whoever reads them knows that there is one. A held one always has a row. */
struct pulse {
	int64_t at, circle, thread, heat, crisis, level, was;
	bool is_cooling, is_opener, is_held;
	const char *causes; /* a JSON array, copied; NULL: none */
};

struct tally *tally_new(void); /* NULL only without memory */
void tally_free(struct tally **tally);
MUST_CHECK enum err tally_pulse(struct tally *tally, const struct pulse *pulse);
/* `person` said something at `at`, to `target`; 0: to nobody. */
MUST_CHECK enum err tally_voice(struct tally *tally, int64_t at, int64_t circle, int64_t person,
								int64_t target);
/* Is it time, in a commit of so many changes? At once, unless this second has had its share. */
bool tally_is_due(const struct tally *tally, size_t changes, int64_t now_ms);
bool tally_waits(const struct tally *tally);
/* Inside the commit. Forgets all of it. */
MUST_CHECK enum err tally_write(struct tally *tally, struct db *db, int64_t now_ms);
void tally_drop(struct tally *tally);
/* The commit failed: drops it, and remembers of no row that it is there. */
void tally_undo(struct tally *tally);
