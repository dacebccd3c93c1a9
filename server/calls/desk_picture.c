/* desk_picture.c: a circle at a glance: how warm it is and why, who speaks, who is addressed by
 * many, what waits. Drawn from what pulse.c keeps. Reader threads. */
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "calls/alert_inside.h"
#include "calls/calls.h"
#include "calls/duty.h"
#include "calls/enter.h"
#include "calls/pulse.h"

enum {
	HOUR_MS = 3600000,
	SLOTS = HOUR_MS / PULSE_SLOT_MS,
	VOICES = HOUR_MS / VOICE_SLOT_MS,
	TOP = 5,
	THREADS_MOST = OPENERS_HOTTEST,
	SERIES_MOST = 10, /* of so many threads, or it would not fit in a message */
	TITLE_POINTS = 80,
	SLOPE_SLOTS = 10, /* five minutes */
	ARRIVED_MS = 600000,
};

struct slot {
	int64_t posts, heat, crisis, level, was;
	bool is_there;
};

/* Rows lie by slot: ?1 the circle, ?2 the first slot, ?3 the last. */
#define FROM_SLOTS(TABLE)                                                                          \
	" FROM (WITH RECURSIVE s (slot) AS (SELECT ?2 UNION ALL SELECT slot + 1 FROM s"                \
	" WHERE slot < ?3) SELECT slot FROM s) s CROSS JOIN " TABLE                                    \
	" u ON u.slot = s.slot AND u.circle = ?1"

struct drawing {
	struct db *db;
	const struct id_key *key;
	int64_t circle, now, first_slot;
	bool with_series;
};

static json_t *milli(int64_t thousandths)
{
	return json_real((double)thousandths / 1000);
}

static json_t *time_json(int64_t at)
{
	char text[CLOCK_TEXT];

	clock_format(at, text);
	return json_string(text);
}

/* The last `count` slots of a thread, or of the circle (0), from the oldest on. */
static enum err slots_read(const struct drawing *drawing, int64_t thread, int count,
						   struct slot slots[SLOTS])
{
	int64_t last = drawing->first_slot + SLOTS - 1;
	struct cursor *cursor =
		db_query(drawing->db,
				 "SELECT u.slot, u.posts, u.heat, u.crisis, u.level, coalesce(u.was, u.heat)"
				 FROM_SLOTS("pulse") " AND u.thread = ?4",
				 "iiii", drawing->circle, last - count + 1, last, thread);

	memset(slots, 0, SLOTS * sizeof *slots);
	while (cursor_next(cursor)) {
		int64_t at = cursor_int(cursor, 0) - drawing->first_slot;

		if (at >= 0 && at < SLOTS)
			slots[at] =
				(struct slot){cursor_int(cursor, 1), cursor_int(cursor, 2), cursor_int(cursor, 3),
							  cursor_int(cursor, 4), cursor_int(cursor, 5), true};
	}
	return cursor_end(&cursor);
}

/* Where nothing was said, all stays as it was. */
static void slots_fill(struct slot slots[SLOTS])
{
	for (int i = 1; i < SLOTS; i++) {
		if (slots[i].is_there || !slots[i - 1].is_there)
			continue;
		slots[i] = slots[i - 1];
		slots[i].posts = 0;
	}
}

static json_t *circle_series(const struct drawing *drawing, const struct slot slots[SLOTS])
{
	json_t *series = json_array();

	for (int i = 0; i < SLOTS; i++)
		if (slots[i].is_there)
			json_array_append_new(
				series, json_pack("{s:o, s:o, s:o, s:I}", "at",
								  time_json((drawing->first_slot + i) * PULSE_SLOT_MS), "crisis",
								  milli(slots[i].crisis), "heat", milli(slots[i].heat), "rate",
								  (json_int_t)(slots[i].posts * (60000 / PULSE_SLOT_MS))));
	return series;
}

static json_t *thread_series(const struct drawing *drawing, const struct slot slots[SLOTS])
{
	json_t *series = json_array();

	/* One of two, the later: sixty points say enough. */
	for (int i = 1; i < SLOTS; i += 2)
		if (slots[i].is_there)
			json_array_append_new(series,
								  json_pack("{s:o, s:o}", "at",
											time_json((drawing->first_slot + i) * PULSE_SLOT_MS),
											"escalation", milli(slots[i].heat)));
	return series;
}

/* Messages a minute, over the slot that runs and the one before. */
static int64_t rate_of(const struct drawing *drawing, const struct slot slots[SLOTS])
{
	int64_t spent = drawing->now % PULSE_SLOT_MS + PULSE_SLOT_MS;

	return (slots[SLOTS - 1].posts + slots[SLOTS - 2].posts) * 60000 / spent;
}

static enum err add_waiting(const struct drawing *drawing, json_t *out)
{
	struct cursor *cursor = db_query(drawing->db,
									 "SELECT count(*), min(opened) FROM item WHERE circle = ?"
									 " AND state = 'open' AND kind != 'alert'",
									 "i", drawing->circle);

	if (cursor_next(cursor)) {
		json_object_set_new(out, "waiting", json_integer(cursor_int(cursor, 0)));
		if (!cursor_is_null(cursor, 1))
			json_object_set_new(out, "oldest_at", time_json(cursor_int(cursor, 1)));
	}
	return cursor_end(&cursor);
}

static enum err add_voices(const struct drawing *drawing, json_t *out)
{
	int64_t last = drawing->now / VOICE_SLOT_MS, first = last - VOICES + 1, all = 0;
	json_t *voices = json_array(), *person;
	enum err err = db_number(drawing->db, 0, &all,
							 "SELECT sum(posts)" FROM_SLOTS("voice"), "iii", drawing->circle, first,
							 last);
	struct cursor *cursor = db_query(drawing->db,
									 "SELECT person, sum(posts)" FROM_SLOTS("voice")
									 " GROUP BY person ORDER BY 2 DESC, 1 LIMIT ?4",
									 "iiii", drawing->circle, first, last, (int64_t)TOP);
	enum err ended;

	while (cursor_next(cursor)) {
		person = person_json(drawing->db, drawing->key, cursor_int(cursor, 0));
		if (person)
			json_array_append_new(voices,
								  json_pack("{s:o, s:I, s:o}", "participant", person, "posts",
											(json_int_t)cursor_int(cursor, 1), "share",
											milli(all ? cursor_int(cursor, 1) * 1000 / all : 0)));
	}
	ended = cursor_end(&cursor);
	json_object_set_new(out, "voices", voices);
	return err ? err : ended;
}

static enum err add_addressed(const struct drawing *drawing, json_t *out)
{
	int64_t last = drawing->now / VOICE_SLOT_MS, first = last - VOICES + 1;
	json_t *addressed = json_array(), *person;
	struct cursor *cursor = db_query(
		drawing->db,
		"SELECT target, sum(posts), count(DISTINCT person)" FROM_SLOTS("voice")
		" AND target > 0 GROUP BY target ORDER BY 3 DESC, 2 DESC, 1 LIMIT ?4",
		"iiii", drawing->circle, first, last, (int64_t)TOP);

	while (cursor_next(cursor)) {
		person = person_json(drawing->db, drawing->key, cursor_int(cursor, 0));
		if (person)
			json_array_append_new(addressed,
								  json_pack("{s:o, s:I, s:I}", "participant", person, "replies",
											(json_int_t)cursor_int(cursor, 1), "people",
											(json_int_t)cursor_int(cursor, 2)));
	}
	json_object_set_new(out, "addressed", addressed);
	return cursor_end(&cursor);
}

struct opener {
	int64_t nonce;
	bool is_frozen, is_recent; /* said within the picture's hour: counted with its answers */
};

/* The beginning of its opener, while that stands. */
static json_t *title_of(const struct drawing *drawing, int64_t thread, struct opener *opener)
{
	struct cursor *cursor = db_query(drawing->db,
									 "SELECT p.nonce, f.thread, p.text, p.state, p.at FROM post p"
									 " LEFT JOIN frozen f ON f.thread = p.num WHERE p.num = ?",
									 "i", thread);
	json_t *title = NULL;

	*opener = (struct opener){0};
	if (cursor_next(cursor)) {
		const char *text = cursor_text(cursor, 2);
		size_t bytes = cursor_bytes(cursor, 2), end = 0;

		opener->nonce = cursor_int(cursor, 0);
		opener->is_frozen = !cursor_is_null(cursor, 1);
		opener->is_recent = cursor_int(cursor, 4) / PULSE_SLOT_MS >= drawing->first_slot;
		for (int i = 0; i < TITLE_POINTS && end < bytes; i++)
			(void)utf8_next(text, bytes, &end);
		if (cursor_int(cursor, 3) == POST_VISIBLE)
			title = json_stringn(text, end);
	}
	if (cursor_end(&cursor) != ERR_NONE) {
		json_decref(title);
		title = NULL;
	}
	return title;
}

/* From where it stood before the first post of these minutes. */
static int64_t slope_of(const struct slot slots[SLOTS])
{
	int from = SLOTS - SLOPE_SLOTS, last = SLOTS - 1;

	while (from < last && !slots[from].is_there)
		from++;
	while (last > from && !slots[last].is_there)
		last--;
	return slots[last].heat - slots[from].was;
}

/* Columns: thread, last slot, posts, heat, level, cooling, causes. */
static enum err thread_json(const struct drawing *drawing, struct cursor *cursor, bool with_series,
							json_t **out)
{
	struct slot slots[SLOTS];
	int64_t thread = cursor_int(cursor, 0), level = cursor_int(cursor, 4);
	struct opener opener;
	char id[ID_TEXT];
	json_t *title = title_of(drawing, thread, &opener);
	int64_t messages = cursor_int(cursor, 2) + opener.is_recent;
	json_t *causes = json_loads(cursor_text(cursor, 6), 0, NULL);
	enum err err = slots_read(drawing, thread, with_series ? SLOTS : SLOPE_SLOTS, slots);
	int64_t slope = slope_of(slots);

	slots_fill(slots);
	id_seal(drawing->key, 'p', thread, (uint64_t)opener.nonce, id);
	*out = json_pack(
		"{s:s, s:o, s:s, s:o, s:b, s:o, s:I, s:o, s:b}", "thread", id, "escalation",
		milli(cursor_int(cursor, 3)), "level", level ? alert_level_name(level) : "calm", "slope",
		milli(slope), "is_cooling", (int)cursor_int(cursor, 5), "causes",
		causes ? causes : json_array(), "messages", (json_int_t)messages, "last_at",
		time_json(cursor_int(cursor, 1) * PULSE_SLOT_MS), "frozen", (int)opener.is_frozen);
	if (title)
		json_object_set_new(*out, "title", title);
	if (with_series)
		json_object_set_new(*out, "series", thread_series(drawing, slots));
	return err;
}

/* Those that need somebody most stand first. */
static enum err add_threads(const struct drawing *drawing, json_t *out)
{
	json_t *threads = json_array(), *one;
	/* The plain columns are those of the row with the greatest slot. */
	struct cursor *cursor = db_query(
		drawing->db,
		"SELECT thread, max(u.slot), sum(posts), heat, level, cooling, causes" FROM_SLOTS("pulse")
		" AND thread > 0 GROUP BY thread ORDER BY level DESC, heat DESC, 2 DESC, thread LIMIT ?4",
		"iiii", drawing->circle, drawing->first_slot, drawing->first_slot + SLOTS - 1,
		(int64_t)THREADS_MOST);
	enum err err = ERR_NONE, ended;

	while (!err && cursor_next(cursor)) {
		err = thread_json(drawing, cursor,
						  drawing->with_series && json_array_size(threads) < SERIES_MOST, &one);
		json_array_append_new(threads, one);
	}
	ended = cursor_end(&cursor);
	json_object_set_new(out, "threads", threads);
	return err ? err : ended;
}

static enum err add_circle(const struct drawing *drawing, json_t *out)
{
	struct slot slots[SLOTS];
	const struct slot *now = &slots[SLOTS - 1];
	int64_t arrived = 0;
	enum err err = slots_read(drawing, 0, SLOTS, slots);

	if (!err)
		err = db_number(drawing->db, 0, &arrived,
						"SELECT count(*) FROM arrival WHERE circle = ? AND at > ?", "ii",
						drawing->circle, drawing->now - ARRIVED_MS);
	json_object_set_new(out, "rate", json_integer(rate_of(drawing, slots)));
	slots_fill(slots);
	json_object_set_new(out, "crisis", milli(now->crisis));
	json_object_set_new(out, "level",
						json_string(now->level ? alert_level_name(now->level) : "calm"));
	json_object_set_new(out, "newcomers", json_integer(arrived));
	if (drawing->with_series)
		json_object_set_new(out, "series", circle_series(drawing, slots));
	return err;
}

static enum err circle_member(const struct drawing *drawing, json_t *out)
{
	struct cursor *cursor = db_query(drawing->db, "SELECT id FROM circle WHERE num = ?", "i",
									 drawing->circle);
	enum err err = ERR_NOT_FOUND, ended;

	if (cursor_next(cursor)) {
		json_object_set_new(out, "circle", json_string(cursor_text(cursor, 0)));
		err = ERR_NONE;
	}
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

static int append(const char *text, size_t bytes, void *out)
{
	buf_add(out, text, bytes);
	return buf_ok(out) ? 0 : -1;
}

enum err picture_write(struct db *db, const struct id_key *key, int64_t circle, int64_t now,
					   bool with_series, struct buf *out)
{
	struct drawing drawing = {.db = db,
							  .key = key,
							  .circle = circle,
							  .now = now,
							  .first_slot = now / PULSE_SLOT_MS - SLOTS + 1,
							  .with_series = with_series};
	json_t *picture = json_object();
	enum err err = circle_member(&drawing, picture);

	if (!err)
		err = add_circle(&drawing, picture);
	if (!err)
		err = add_waiting(&drawing, picture);
	if (!err)
		err = add_voices(&drawing, picture);
	if (!err)
		err = add_addressed(&drawing, picture);
	if (!err)
		err = add_threads(&drawing, picture);
	if (!err)
		err = duty_on_watch(db, key, circle, picture);
	if (!err && json_dump_callback(picture, append, out, JSON_COMPACT | JSON_REAL_PRECISION(4)))
		err = ERR_NO_MEMORY;
	json_decref(picture);
	return err;
}

enum err read_desk_picture(struct call *call, struct db *db)
{
	char at[CLOCK_TEXT];
	int64_t circle, now = clock_wall_ms();
	enum err err = enter_desk_reading(call, db, &circle);

	if (!err)
		err = picture_write(db, store_id_key(call->house->store), circle, now, true, &call->result);
	if (err)
		return err;
	/* It is an object; its time goes in at the end. */
	call->result.bytes--;
	clock_format(now, at);
	buf_format(&call->result, ",\"at\":\"%s\"}", at);
	return buf_ok(&call->result) ? ERR_NONE : ERR_NO_MEMORY;
}
