/* circles.c: see circles.h. */
#include "store/circles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "circle/event.h"
#include "filters/verdict.h"
#include "store/fold.h"
#include "store/post_row.h"

static const char *const doors[] = {"open", "premoderated", "closed"};
static const char *const thens[] = {"returned", "stays", "published"};

const char *door_name(enum doorway door)
{
	return doors[door];
}

enum doorway door_parse(const char *name)
{
	for (int i = DOOR_PREMODERATED; i <= DOOR_CLOSED; i++)
		if (strcmp(name, doors[i]) == 0)
			return (enum doorway)i;
	return DOOR_OPEN;
}

const char *then_name(enum then then)
{
	return thens[then];
}

enum then then_parse(const char *name)
{
	for (int i = THEN_STAYS; i <= THEN_PUBLISHED; i++)
		if (strcmp(name, thens[i]) == 0)
			return (enum then)i;
	return THEN_RETURNED;
}

/* A crisis lies over what a circle has been told by hand, and takes nothing away: when it is
 * lifted, what was underneath is as it was, or as somebody has changed it meanwhile. */
static void crisis_read(const char *text, struct circle *out)
{
	json_t *crisis = json_loads(text, 0, NULL);
	const char *policy = json_string_value(json_object_get(crisis, "policy"));
	const char *door = json_string_value(json_object_get(crisis, "door"));

	out->in_crisis = crisis != NULL;
	out->crisis_pace = json_integer_value(json_object_get(crisis, "pace"));
	if (policy)
		snprintf(out->policy, sizeof out->policy, "%s", policy);
	if (door && door_parse(door) > out->door)
		out->door = door_parse(door);
	json_decref(crisis);
}

static void circle_read(struct cursor *cursor, struct circle *out)
{
	out->in_crisis = false;
	out->crisis_pace = 0;
	out->process = cursor_int(cursor, 0);
	snprintf(out->id, sizeof out->id, "%s", cursor_text(cursor, 1));
	snprintf(out->process_id, sizeof out->process_id, "%s", cursor_text(cursor, 2));
	snprintf(out->policy, sizeof out->policy, "%s", cursor_text(cursor, 3));
	out->is_public = strcmp(cursor_text(cursor, 4), "public") == 0;
	out->is_open = strcmp(cursor_text(cursor, 5), "open") == 0;
	out->door = door_parse(cursor_text(cursor, 6));
	out->then_default = then_parse(cursor_text(cursor, 7));
	out->charter_version = cursor_int(cursor, 8);
	out->pace_seconds = cursor_int(cursor, 9);
	out->posts_per_minute = cursor_is_null(cursor, 10) ? -1 : cursor_int(cursor, 10);
	out->burst = cursor_is_null(cursor, 11) ? -1 : cursor_int(cursor, 11);
	out->pace_until = cursor_int(cursor, 12);
	out->pace_then = cursor_int(cursor, 13);
	if (!cursor_is_null(cursor, 14))
		crisis_read(cursor_text(cursor, 14), out);
}

int64_t circle_pace(const struct circle *circle, int64_t now)
{
	bool is_over = circle->pace_until && circle->pace_until <= now;
	int64_t pace = is_over ? circle->pace_then : circle->pace_seconds;

	return pace > circle->crisis_pace ? pace : circle->crisis_pace;
}

#define AFTER(journal) \
	" coalesce((SELECT seq FROM event WHERE journal = " journal " AND row <= ?3" \
	" ORDER BY seq DESC LIMIT 1), 0)"

/* The crisis index after a restart: from the last kept state on, every kept post in order. */
static enum err crisis_refold(struct db *db, struct circle *circle)
{
	int64_t row;
	enum err err = fold_load(db, FOLD_CRISIS, circle->num, &circle->crisis, sizeof circle->crisis,
							 &row);
	struct cursor *cursor;

	if (err)
		return err;
	/* From the end of each journal back to that row, however long the journal is. */
	cursor = db_query(db,
					  "SELECT p.signals, p.author, coalesce(p.heat, 0), p.at, p.thread,"
					  " coalesce(p.crisis, 0) FROM (SELECT * FROM event WHERE journal = ?1 AND"
					  " seq >" AFTER("?1") " UNION ALL SELECT * FROM event WHERE journal = ?2"
					  " AND seq >" AFTER("?2") ") e JOIN post p ON p.num = e.post"
					  " WHERE " POST_FOLDS " ORDER BY e.row",
					  "iii", journal_of(JOURNAL_CIRCLE, circle->num),
					  journal_of(JOURNAL_DESK, circle->num), row);
	while (cursor_next(cursor)) {
		struct signals signals;
		size_t count;
		const void *bytes = cursor_blob(cursor, 0, &count);

		if (!bytes || count != sizeof signals)
			continue;
		memcpy(&signals, bytes, sizeof signals);
		crisis_follow(&circle->crisis, &signals, (uint64_t)cursor_int(cursor, 1),
					  (uint64_t)cursor_int(cursor, 4), (unsigned)cursor_int(cursor, 2),
					  cursor_int(cursor, 3), (unsigned)cursor_int(cursor, 5));
	}
	return cursor_end(&cursor);
}

/* Newest first. */
static struct cursor *last_posts(struct db *db, int64_t circle)
{
	return db_query(
		db,
		"SELECT p.author, p.signals, p.at FROM (SELECT row, post, kind, body FROM"
		" (SELECT * FROM event WHERE journal = ? ORDER BY seq DESC LIMIT 512) UNION ALL"
		" SELECT row, post, kind, body FROM"
		" (SELECT * FROM event WHERE journal = ? ORDER BY seq DESC LIMIT 512)) e"
		" JOIN post p ON p.num = e.post WHERE " POST_FOLDS " ORDER BY e.row DESC LIMIT ?",
		"iii", journal_of(JOURNAL_CIRCLE, circle), journal_of(JOURNAL_DESK, circle),
		(int64_t)RECENT_SLOTS);
}

enum err circle_recall(struct db *db, struct circle *circle)
{
	struct recent *recent = calloc(1, sizeof *recent), *found = calloc(1, sizeof *found);
	struct cursor *cursor;
	enum err err;

	if (!recent || !found) {
		free(recent);
		free(found);
		return ERR_NO_MEMORY;
	}
	cursor = last_posts(db, circle->num);
	while (cursor_next(cursor)) {
		struct signals signals;
		size_t count;
		const void *bytes = cursor_blob(cursor, 1, &count);

		if (!bytes || count != sizeof signals)
			continue;
		memcpy(&signals, bytes, sizeof signals);
		recent_remember(found, (uint64_t)cursor_int(cursor, 0), &signals, cursor_int(cursor, 2));
	}
	err = cursor_end(&cursor);
	for (uint32_t i = 0; i < found->count; i++)
		recent->posts[i] = found->posts[found->count - 1 - i];
	recent->count = found->count;
	recent->next = recent->count % RECENT_SLOTS;
	free(found);
	free(circle->recent);
	circle->recent = recent;
	return err;
}

/* What newcomers said in the last minute, wherever they said it. */
static enum err newcomers_load(struct db *db, struct circle *circle)
{
	return db_number(db, 0, &circle->newcomer_posts,
					 "SELECT count(*) FROM (SELECT p.newcomer, p.at FROM event e JOIN post p"
					 " ON p.num = e.post WHERE e.journal = ? AND e.kind = ? ORDER BY e.seq DESC"
					 " LIMIT 1000) WHERE newcomer AND at > ?",
					 "iii", journal_of(JOURNAL_CIRCLE, circle->num), (int64_t)EVENT_POSTED,
					 clock_wall_ms() - 60000);
}

enum err circle_refresh(struct db *db, struct circle *circle)
{
	struct cursor *cursor = db_query(
		db,
		"SELECT c.process, c.id, p.id, c.policy, c.access, c.phase, c.door, c.then_default,"
		" p.charter_version, c.pace, c.posts_per_minute, c.burst, c.pace_until, c.pace_then,"
		" c.crisis FROM circle c JOIN process p ON p.num = c.process WHERE c.num = ?",
		"i", circle->num);
	enum err err = ERR_NOT_FOUND;
	enum err ended;

	if (cursor_next(cursor)) {
		circle_read(cursor, circle);
		err = ERR_NONE;
	}
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

enum err circle_load(struct db *db, int64_t num, struct circle *out)
{
	enum err err;

	*out = (struct circle){.num = num};
	err = circle_refresh(db, out);
	if (!err)
		err = newcomers_load(db, out);
	return err ? err : crisis_refold(db, out);
}

enum err circle_find(struct db *db, const char *id, int64_t *num)
{
	enum err err = db_number(db, 0, num, "SELECT num FROM circle WHERE id = ?", "t", id);

	return !err && !*num ? ERR_NOT_FOUND : err;
}

enum err circle_enter(struct db *db, int64_t person, const char *id, int64_t *circle,
					  enum role *role)
{
	struct cursor *cursor = db_query(
		db,
		"SELECT c.num, coalesce(m.role, 0), EXISTS (SELECT 1 FROM sanction s"
		" WHERE s.person = ?2 AND s.circle = c.num AND s.lifted IS NULL AND s.step = 'exclude'"
		" AND (s.ends IS NULL OR s.ends > CAST((julianday('now') - 2440587.5) * 86400000 AS "
		"INTEGER)))"
		" FROM circle c LEFT JOIN member m ON m.circle = c.num AND m.person = ?2"
		" WHERE c.id = ?1 AND (c.access = 'public' OR m.role IS NOT NULL)",
		"ti", id, person);
	enum err err = ERR_NOT_FOUND;
	enum err ended;

	if (cursor_next(cursor)) {
		*circle = cursor_int(cursor, 0);
		*role = (enum role)cursor_int(cursor, 1);
		err = cursor_int(cursor, 2) ? ERR_SANCTIONED : ERR_NONE;
	}
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

json_t *text_in_language(const json_t *text, const char *lang)
{
	static const char *const order[] = {"he", "en", "ar"};
	json_t *found = json_object_get(text, lang);

	if (json_is_string(text))
		return json_incref((json_t *)(uintptr_t)text);
	for (size_t i = 0; i < sizeof order / sizeof *order && !found; i++)
		found = json_object_get(text, order[i]);
	return found ? json_incref(found) : json_string("");
}

/* `title` is stored as JSON text; most are one string for all languages. */
static void title_member(struct buf *out, const char *key, const char *title, const char *lang)
{
	json_t *both, *one;

	buf_text(out, key);
	if (*title == '"') {
		buf_text(out, title);
		return;
	}
	both = json_loads(title, JSON_DECODE_ANY, NULL);
	one = text_in_language(both, lang);
	buf_json(out, json_string_value(one), json_string_length(one));
	json_decref(one);
	json_decref(both);
}

static enum err frozen_list(struct db *db, const struct id_key *key, int64_t circle,
							struct buf *out)
{
	struct cursor *cursor = db_query(
		db,
		"SELECT f.thread, p.nonce FROM frozen f JOIN post p ON p.num = f.thread"
		" WHERE f.circle = ? ORDER BY f.thread LIMIT 500",
		"i", circle);
	const char *before = "\"";
	char id[ID_TEXT];

	while (cursor_next(cursor)) {
		id_seal(key, 'p', cursor_int(cursor, 0), (uint64_t)cursor_int(cursor, 1), id);
		buf_text(out, before);
		buf_text(out, id);
		buf_text(out, "\"");
		before = ",\"";
	}
	return cursor_end(&cursor);
}

/* What a crisis lies over: how the circle stands in the end. */
struct shown {
	int64_t pace, pace_until;
	const char *door, *policy;
};

/* What holds while it lasts. */
static json_t *crisis_lay_over(const char *text, struct shown *shown)
{
	json_t *crisis = json_loads(text, 0, NULL);
	int64_t pace = json_integer_value(json_object_get(crisis, "pace"));
	const char *policy = json_string_value(json_object_get(crisis, "policy"));
	const char *door = json_string_value(json_object_get(crisis, "door"));

	if (pace > shown->pace) {
		shown->pace = pace;
		shown->pace_until = 0;
	}
	if (door && door_parse(door) > door_parse(shown->door))
		shown->door = door;
	if (policy)
		shown->policy = policy;
	json_object_set_new(crisis, "pace", json_integer(shown->pace));
	if (shown->door != door)
		json_object_set_new(crisis, "door", json_string(shown->door));
	return crisis;
}

static void crisis_member(struct buf *out, const json_t *crisis)
{
	char *text = crisis ? json_dumps(crisis, JSON_COMPACT) : NULL;

	if (text) {
		buf_text(out, ",\"crisis\":");
		buf_text(out, text);
	}
	free(text);
}

/* All but its last member, and left open. */
static void circle_write(struct cursor *cursor, const char *lang, struct buf *out)
{
	struct shown shown = {.pace = cursor_int(cursor, 4),
						  .pace_until = cursor_int(cursor, 11),
						  .door = cursor_text(cursor, 5),
						  .policy = cursor_text(cursor, 10)};
	json_t *crisis = cursor_is_null(cursor, 6) ? NULL
											   : crisis_lay_over(cursor_text(cursor, 6), &shown);
	char until[CLOCK_TEXT];

	buf_text_member(out, "{\"id\":", cursor_text(cursor, 0));
	title_member(out, ",\"title\":", cursor_text(cursor, 1), lang);
	buf_text_member(out, ",\"access\":", cursor_text(cursor, 2));
	buf_text_member(out, ",\"phase\":", cursor_text(cursor, 3));
	buf_int_member(out, ",\"pace\":", shown.pace);
	buf_text_member(out, ",\"door\":", shown.door);
	buf_int_member(out, ",\"charter_version\":", cursor_int(cursor, 8));
	buf_text_member(out, ",\"process\":", cursor_text(cursor, 9));
	buf_text_member(out, ",\"policy\":", shown.policy);
	if (shown.pace_until) {
		clock_format(shown.pace_until, until);
		buf_text_member(out, ",\"pace_until\":", until);
	}
	crisis_member(out, crisis);
	json_decref(crisis);
	/* Stored as it is shown. */
	buf_text(out, ",\"pinned\":");
	buf_text(out, cursor_is_null(cursor, 7) ? "null" : cursor_text(cursor, 7));
}

enum err circle_describe(struct db *db, const struct id_key *key, int64_t circle, const char *lang,
						 struct buf *out)
{
	struct cursor *cursor = db_query(
		db,
		"SELECT c.id, c.title, c.access, c.phase, c.pace, c.door, c.crisis, c.pinned,"
		" p.charter_version, p.id, c.policy, c.pace_until FROM circle c"
		" JOIN process p ON p.num = c.process"
		" WHERE c.num = ?",
		"i", circle);
	enum err err = ERR_NOT_FOUND;
	enum err ended;

	if (cursor_next(cursor)) {
		circle_write(cursor, lang, out);
		err = ERR_NONE;
	}
	ended = cursor_end(&cursor);
	if (ended || err)
		return ended ? ended : err;
	buf_text(out, ",\"frozen\":[");
	err = frozen_list(db, key, circle, out);
	buf_text(out, "]}");
	return err;
}

enum err circle_summary(struct db *db, int64_t circle, int64_t person, const char *lang,
						struct buf *out)
{
	int64_t head = 0, seen = 0;
	struct cursor *cursor = db_query(
		db,
		"SELECT c.id, c.title, c.access, c.phase, coalesce(k.seq, 0) FROM circle c"
		" LEFT JOIN mark k ON k.circle = c.num AND k.person = ?2 WHERE c.num = ?1",
		"ii", circle, person);
	enum err err = ERR_NOT_FOUND;
	enum err ended;

	if (cursor_next(cursor)) {
		seen = cursor_int(cursor, 4);
		err = journal_head(db, journal_of(JOURNAL_CIRCLE, circle), &head);
		buf_text_member(out, "{\"id\":", cursor_text(cursor, 0));
		title_member(out, ",\"title\":", cursor_text(cursor, 1), lang);
		buf_text_member(out, ",\"access\":", cursor_text(cursor, 2));
		buf_text_member(out, ",\"phase\":", cursor_text(cursor, 3));
		buf_int_member(out, ",\"head\":", head);
		buf_int_member(out, ",\"unread\":", head > seen ? head - seen : 0);
		buf_text(out, "}");
	}
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}
