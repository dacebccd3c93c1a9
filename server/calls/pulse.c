/* pulse.c: see pulse.h. The store's thread. */
#include "calls/pulse.h"

#include <stdio.h>
#include <string.h>

#include "filters/thread.h"

enum { CAUSES_MOST = 3, SWEPT_AT_ONCE = 500 };

struct cause {
	const char *name;
	unsigned weight;
};

/* The strongest few that count at all. */
static void causes_write(struct cause *causes, size_t count, unsigned least, char *out, size_t room)
{
	size_t used = (size_t)snprintf(out, room, "[");

	for (int n = 0; n < CAUSES_MOST; n++) {
		struct cause *most = &causes[0];

		for (size_t i = 1; i < count; i++)
			if (causes[i].weight > most->weight)
				most = &causes[i];
		if (most->weight < least || used + strlen(most->name) + 5 >= room)
			break;
		used += (size_t)snprintf(out + used, room - used, "%s\"%s\"", n ? "," : "", most->name);
		most->weight = 0;
	}
	snprintf(out + used, room - used, "]");
}

void pulse_thread_causes(const struct thread_state *thread, char *out, size_t room)
{
	struct buf causes = {0};

	thread_causes_write_json(thread, &causes);
	if (buf_ok(&causes) && causes.bytes < room)
		snprintf(out, room, "%.*s", (int)causes.bytes, causes.data);
	else
		snprintf(out, room, "[]");
	buf_fini(&causes);
}

void pulse_circle_causes(const struct crisis_state *crisis, char *out, size_t room)
{
	struct cause causes[] = {
		{"flagged", crisis->excess / 9},
		{"tense_threads", fixed_milli(crisis->tense)},
		{"newcomers", fixed_milli(crisis->newcomers)},
		{"hurry", crisis->hurry / 2},
	};

	causes_write(causes, sizeof causes / sizeof *causes, 150, out, room);
}

static enum err note_circle(struct keeper *keeper, const struct circle *circle, int64_t slot,
							unsigned heat)
{
	return db_run(keeper_db(keeper),
				  "INSERT INTO pulse (circle, thread, slot, posts, heat, crisis, level, cooling)"
				  " VALUES (?, 0, ?, 1, ?, ?, ?, 0) ON CONFLICT DO UPDATE SET posts = posts + 1,"
				  " heat = max(heat, excluded.heat), crisis = excluded.crisis,"
				  " level = excluded.level",
				  "iiiii", circle->num, slot, (int64_t)heat, (int64_t)circle->crisis.index,
				  (int64_t)circle->crisis.level);
}

static enum err note_thread(struct keeper *keeper, const struct circle *circle, int64_t slot,
							const struct thread *thread, const struct post *post)
{
	char causes[256] = "";
	int64_t level = thread ? thread->state.level : 0;
	int64_t is_cooling = thread && thread->state.is_cooling;

	if (level)
		pulse_thread_causes(&thread->state, causes, sizeof causes);
	return db_run(keeper_db(keeper),
				  "INSERT INTO pulse (circle, thread, slot, posts, heat, crisis, level, cooling,"
				  " causes) VALUES (?, ?, ?, 1, ?, 0, ?, ?, ?) ON CONFLICT DO UPDATE SET"
				  " posts = posts + 1, heat = excluded.heat, level = excluded.level,"
				  " cooling = excluded.cooling, causes = excluded.causes",
				  "iiiiiit", circle->num, post->thread, slot, (int64_t)post->heat, level,
				  is_cooling, level ? causes : NULL);
}

enum err pulse_note(struct keeper *keeper, struct circle *circle, const struct thread *thread,
					const struct post *post)
{
	int64_t slot = post->at / PULSE_SLOT_MS;
	/* It takes an answer to make a quarrel: an opener, held ones above all, is no hot thread. */
	enum err err = note_circle(keeper, circle, slot, thread ? post->heat : 0);

	if (!err)
		err = note_thread(keeper, circle, slot, thread, post);
	if (!err)
		err = db_run(
			keeper_db(keeper),
			"INSERT INTO voice (circle, slot, person, target, posts) VALUES (?, ?, ?, ?, 1)"
			" ON CONFLICT DO UPDATE SET posts = posts + 1",
			"iiii", circle->num, post->at / VOICE_SLOT_MS, post->author,
			post->reply_author == post->author ? (int64_t)0 : post->reply_author);
	/* How far a crisis went is written down when it goes further, not with every post. */
	if (!err && circle->in_crisis && circle->crisis.index > circle->crisis_peak) {
		circle->crisis_peak = circle->crisis.index;
		err = db_run(keeper_db(keeper),
					 "UPDATE incident SET peak = max(peak, ?) WHERE circle = ? AND ended IS NULL",
					 "ii", (int64_t)circle->crisis_peak, circle->num);
	}
	return err;
}

enum err pulse_sweep(struct keeper *keeper)
{
	int64_t before = keeper_now(keeper) - PULSE_KEPT_MS;
	enum err err = db_run(
		keeper_db(keeper),
		"DELETE FROM pulse WHERE (circle, thread, slot) IN (SELECT circle, thread,"
		" slot FROM pulse WHERE slot < ? LIMIT ?)",
		"ii", before / PULSE_SLOT_MS, (int64_t)SWEPT_AT_ONCE);

	if (!err)
		err = db_run(keeper_db(keeper),
					 "DELETE FROM voice WHERE (circle, slot, person, target) IN (SELECT circle,"
					 " slot, person, target FROM voice WHERE slot < ? LIMIT ?)",
					 "ii", before / VOICE_SLOT_MS, (int64_t)SWEPT_AT_ONCE);
	return err;
}
