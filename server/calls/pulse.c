/* pulse.c: see pulse.h. The store's thread. */
#include "calls/pulse.h"

#include <stdio.h>
#include <string.h>

#include "filters/thread.h"

enum { CAUSES_MOST = 3, CAUSES_ROOM = 256, SWEPT_AT_ONCE = 500 };

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

static enum err note_circle(struct keeper *keeper, const struct circle *circle,
							const struct post *post, unsigned heat)
{
	struct pulse pulse = {.at = post->at,
						  .circle = circle->num,
						  .heat = heat,
						  .crisis = circle->crisis.index,
						  .level = circle->crisis.level};

	return tally_pulse(keeper_tally(keeper), &pulse);
}

static enum err note_thread(struct keeper *keeper, const struct circle *circle,
							const struct thread *thread, const struct post *post)
{
	char causes[CAUSES_ROOM];
	struct pulse pulse = {.at = post->at,
						  .circle = circle->num,
						  .thread = post->thread,
						  .heat = post->heat,
						  .was = thread ? post->heat_before : post->heat,
						  .level = thread ? thread->state.level : 0,
						  .is_cooling = thread && thread->state.is_cooling,
						  .is_opener = !thread,
						  .is_held = !post->seq};

	if (pulse.level) {
		pulse_thread_causes(&thread->state, causes, sizeof causes);
		pulse.causes = causes;
	}
	return tally_pulse(keeper_tally(keeper), &pulse);
}

enum err pulse_note(struct keeper *keeper, struct circle *circle, const struct thread *thread,
					const struct post *post)
{
	/* It takes an answer to make a quarrel: an opener, held ones above all, is no hot thread. */
	enum err err = note_circle(keeper, circle, post, thread ? post->heat : 0);

	if (!err)
		err = note_thread(keeper, circle, thread, post);
	if (!err)
		err = tally_voice(keeper_tally(keeper), post->at, circle->num, post->author,
						  post->reply_author == post->author ? 0 : post->reply_author);
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
		"DELETE FROM pulse WHERE (slot, circle, thread) IN (SELECT slot, circle, thread"
		" FROM pulse WHERE slot < ? LIMIT ?)",
		"ii", before / PULSE_SLOT_MS, (int64_t)SWEPT_AT_ONCE);

	if (!err)
		err = db_run(keeper_db(keeper),
					 "DELETE FROM voice WHERE (slot, circle, person, target) IN (SELECT slot,"
					 " circle, person, target FROM voice WHERE slot < ? LIMIT ?)",
					 "ii", before / VOICE_SLOT_MS, (int64_t)SWEPT_AT_ONCE);
	return err;
}
