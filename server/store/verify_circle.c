/* verify_circle.c: circles as their journals leave them: door, pace, what is pinned, frozen
 * threads, crises, roles. What a moderator did to a circle is told twice, to the desk (which is
 * chained) and, in the row before, to the circle. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "circle/event.h"
#include "circle/role.h"
#include "store/said.h"
#include "store/said_of.h"
#include "store/verify_inside.h"

/* ---- told twice ---- */

/* The circle's event that stands for one of its desk; EVENT_NONE: it has none. */
static enum event_kind twin_kind(enum event_kind kind)
{
	switch ((int)kind) {
	case EVENT_CRISIS_BEGUN:
	case EVENT_CRISIS_STEPPED:
		return EVENT_CRISIS_BEGUN;
	case EVENT_CRISIS_ENDED:
	case EVENT_DOOR_CHANGED:
	case EVENT_NOTICE_POSTED:
	case EVENT_PACE_CHANGED:
	case EVENT_RULES_PINNED:
	case EVENT_THREAD_FROZEN:
	case EVENT_THREAD_THAWED:
		return kind;
	default:
		return EVENT_NONE;
	}
}

/* `by` is somebody else's name for the same; the desk's note is for the desk alone, and so is the
 * digest of what was written. */
static bool says_the_same(const json_t *circle, const json_t *desk, enum event_kind kind)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)desk, name, value)
	{
		bool is_other = strcmp(name, "by") == 0 || strcmp(name, "note") == 0 ||
				strcmp(name, "said") == 0;

		if (!is_other && kind != EVENT_CRISIS_BEGUN && strcmp(name, "incident") != 0 &&
		    !json_equal(value, json_object_get(circle, name)))
			return false;
	}
	return true;
}

static void check_twin(struct verifier *verifier, const struct told *told)
{
	enum event_kind kind = twin_kind((enum event_kind)told->kind);
	struct cursor *cursor;
	json_t *body = NULL;
	bool is_there;

	if (kind == EVENT_NONE)
		return;
	cursor = db_query(verifier->db,
		"SELECT body FROM event WHERE row = ? AND journal = ? AND kind = ? AND at = ?"
		" AND coalesce(post, 0) = ?", "iiiii", told->row - 1,
		journal_of(JOURNAL_CIRCLE, told->owner), (int64_t)kind, told->at, told->post);
	is_there = cursor_next(cursor);
	if (is_there)
		body = said_body(cursor_text(cursor, 0));
	if (!is_there || !says_the_same(body, told->body, kind))
		verify_flaw(verifier, "%s number %" PRId64 ": the circle was told something else.",
			    told->desk, told->seq);
	json_decref(body);
	verify_end(verifier, &cursor, "What a circle was told");
}

/* ---- crises ---- */

static void incident_told(struct verifier *verifier, const struct told *told)
{
	const char *id = json_string_value(json_object_get(told->body, "incident"));
	json_t *known = json_object_get(verifier->incidents, id ? id : "");
	json_t *by = json_object_get(told->body, "by");

	if (!known) {
		known = json_pack("{s:I,s:I,s:O?}", "circle", (json_int_t)told->owner, "begun",
				  (json_int_t)told->at, "first", json_object_get(told->body, "preset"));
		json_object_set_new(verifier->incidents, id ? id : "", known);
	}
	if (told->kind == EVENT_CRISIS_ENDED) {
		json_object_set_new(known, "ended", json_integer(told->at));
		json_object_set(known, "ended_by", by);
		json_object_set(known, "end_reason", json_object_get(told->body, "reason"));
		return;
	}
	json_object_set(known, "preset", json_object_get(told->body, "preset"));
	json_object_set(known, "until", json_object_get(told->body, "until"));
	if (told->kind == EVENT_CRISIS_STEPPED)
		return;
	json_object_set(known, "reason", json_object_get(told->body, "reason"));
	if (json_is_object(by) || !json_object_get(known, "by"))
		json_object_set(known, "by", by);
}

static bool is_incident_as_told(struct verifier *verifier, struct cursor *cursor,
				const json_t *known)
{
	const char *until = json_string_value(json_object_get(known, "until"));

	return cursor_int(cursor, 2) == json_integer_value(json_object_get(known, "circle")) &&
	       verify_is_same(cursor, 3, json_object_get(known, "first")) &&
	       verify_is_same(cursor, 4, json_object_get(known, "preset")) &&
	       cursor_int(cursor, 5) == json_integer_value(json_object_get(known, "begun")) &&
	       cursor_int(cursor, 6) == (until ? clock_parse(until) : 0) &&
	       cursor_int(cursor, 7) == json_integer_value(json_object_get(known, "ended")) &&
	       verify_is_person(verifier, cursor, 8, json_object_get(known, "by")) &&
	       verify_is_person(verifier, cursor, 9, json_object_get(known, "ended_by")) &&
	       verify_is_same(cursor, 10, json_object_get(known, "reason")) &&
	       verify_is_same(cursor, 11, json_object_get(known, "end_reason"));
}

static void check_incidents(struct verifier *verifier)
{
	struct cursor *cursor = db_query(verifier->db,
		"SELECT num, nonce, circle, first_preset, preset, begun, until, coalesce(ended, 0),"
		" begun_by, ended_by, reason, end_reason FROM incident ORDER BY num", "");
	size_t count = 0;
	char id[ID_TEXT];

	while (cursor_next(cursor)) {
		id_seal(&verifier->key, 'c', cursor_int(cursor, 0), (uint64_t)cursor_int(cursor, 1), id);
		count++;
		if (!is_incident_as_told(verifier, cursor, json_object_get(verifier->incidents, id)))
			verify_flaw(verifier, "Crisis %" PRId64 " is not as the desk tells of it.",
				    cursor_int(cursor, 0));
	}
	verify_end(verifier, &cursor, "The crises");
	if (count != json_object_size(verifier->incidents))
		verify_flaw(verifier, "There are %zu crises, and the desks tell of %zu.", count,
			    json_object_size(verifier->incidents));
	cursor = db_query(verifier->db,
		"SELECT c.id FROM circle c LEFT JOIN incident i ON i.circle = c.num AND i.ended IS NULL"
		" WHERE (c.crisis IS NULL) <> (i.num IS NULL)", "");
	while (cursor_next(cursor))
		verify_flaw(verifier, "Circle %.64s and its crises do not agree on whether there is one.",
			    cursor_text(cursor, 0));
	verify_end(verifier, &cursor, "Crises that go on");
}

/* ---- frozen threads ---- */

static void check_frozen(struct verifier *verifier)
{
	struct cursor *cursor = db_query(verifier->db,
		"SELECT f.thread FROM frozen f WHERE ?1 IS NOT (SELECT e.kind FROM event e"
		" WHERE e.thread = f.thread AND e.journal = f.circle * ?3 AND e.kind IN (?1, ?2)"
		" ORDER BY e.seq DESC LIMIT 1) OR (f.incident IS NOT NULL AND NOT EXISTS (SELECT 1"
		" FROM incident i WHERE i.num = f.incident AND i.circle = f.circle AND i.ended IS NULL))",
		"iii", (int64_t)EVENT_THREAD_FROZEN, (int64_t)EVENT_THREAD_THAWED,
		(int64_t)JOURNAL_KIND_COUNT);

	while (cursor_next(cursor))
		verify_flaw(verifier, "Thread %" PRId64 " is frozen, and its circle tells nothing of it.",
			    cursor_int(cursor, 0));
	verify_end(verifier, &cursor, "Frozen threads");
	cursor = db_query(verifier->db,
		"SELECT e.thread FROM event e WHERE e.kind = ?1 AND e.journal % ?3 = 0"
		" AND NOT EXISTS (SELECT 1 FROM event l WHERE l.thread = e.thread"
		" AND l.journal = e.journal AND l.seq > e.seq AND l.kind IN (?1, ?2))"
		" AND NOT EXISTS (SELECT 1 FROM frozen f WHERE f.thread = e.thread)", "iii",
		(int64_t)EVENT_THREAD_FROZEN, (int64_t)EVENT_THREAD_THAWED, (int64_t)JOURNAL_KIND_COUNT);
	while (cursor_next(cursor))
		verify_flaw(verifier, "Thread %" PRId64 " was frozen, and is not.", cursor_int(cursor, 0));
	verify_end(verifier, &cursor, "Frozen threads");
}

/* ---- door, pace, pinned ---- */

/* The member of the desk's last event of a kind; NULL: there is none. The caller's. */
static json_t *last_of(struct verifier *verifier, int64_t circle, enum event_kind kind,
		       const char *name)
{
	struct cursor *cursor = db_query(verifier->db,
		"SELECT body FROM event WHERE journal = ? AND kind = ? ORDER BY seq DESC LIMIT 1", "ii",
		journal_of(JOURNAL_DESK, circle), (int64_t)kind);
	json_t *value = NULL;

	if (cursor_next(cursor)) {
		json_t *body = said_body(cursor_text(cursor, 0));

		value = json_incref(json_object_get(body, name));
		json_decref(body);
	}
	verify_end(verifier, &cursor, "A circle's settings");
	return value;
}

static void check_door(struct verifier *verifier, int64_t circle, const char *id, const char *door)
{
	json_t *told = last_of(verifier, circle, EVENT_DOOR_CHANGED, "door");

	if (strcmp(told ? json_string_value(told) : "open", door) != 0)
		verify_flaw(verifier, "Circle %.64s: its door is not as the desk left it.", id);
	json_decref(told);
}

static void check_pinned(struct verifier *verifier, int64_t circle, const char *id,
			 const char *pinned)
{
	json_t *told = last_of(verifier, circle, EVENT_RULES_PINNED, "pinned");
	json_t *kept = pinned ? json_loads(pinned, 0, NULL) : json_null();

	if (!json_equal(told ? told : json_null(), kept))
		verify_flaw(verifier, "Circle %.64s: what is pinned is not what the desk pinned.", id);
	json_decref(kept);
	json_decref(told);
}

/* until 0: it stays; then: what comes after. UNKNOWN: from before the first event. */
struct pace {
	int64_t seconds, until, then;
};
enum { UNKNOWN = -1 };

static void pace_follow(struct pace *pace, enum journal_kind kind, const json_t *body)
{
	const char *until = json_string_value(json_object_get(body, "until"));
	int64_t seconds = json_integer_value(json_object_get(body, "seconds"));
	int64_t before = pace->until ? pace->then : pace->seconds;
	bool is_by_time = strcmp("machine", json_is_string(json_object_get(body, "by"))
						    ? json_string_value(json_object_get(body, "by"))
						    : "") == 0;

	/* A pace that ended under a crisis is told as the crisis has it. */
	if (kind == JOURNAL_DESK && is_by_time && pace->until && pace->then != UNKNOWN)
		seconds = pace->then;
	*pace = (struct pace){.seconds = seconds};
	if (until && kind == JOURNAL_DESK)
		*pace = (struct pace){seconds, clock_parse(until), before};
}

/* A change at the desk is told to the circle in the row before; a new declaration to the circle
 * alone. False: there was none. */
static bool pace_read(struct verifier *verifier, int64_t circle, struct pace *pace)
{
	struct cursor *cursor = db_query(verifier->db,
		"SELECT e.journal % ?3, e.body FROM event e WHERE e.journal IN (?1, ?2) AND e.kind = ?4"
		" AND NOT (e.journal = ?1 AND EXISTS (SELECT 1 FROM event d WHERE d.row = e.row + 1"
		" AND d.journal = ?2 AND d.kind = ?4)) ORDER BY e.row",
		"iiii", journal_of(JOURNAL_CIRCLE, circle), journal_of(JOURNAL_DESK, circle),
		(int64_t)JOURNAL_KIND_COUNT, (int64_t)EVENT_PACE_CHANGED);
	bool found = false;

	*pace = (struct pace){UNKNOWN, 0, 0};
	while (cursor_next(cursor)) {
		json_t *body = said_body(cursor_text(cursor, 1));

		pace_follow(pace, (enum journal_kind)cursor_int(cursor, 0), body);
		json_decref(body);
		found = true;
	}
	verify_end(verifier, &cursor, "A circle's pace");
	return found;
}

static void check_pace(struct verifier *verifier, int64_t circle, const char *id,
		       const struct pace *kept)
{
	struct pace pace;
	int64_t declared = UNKNOWN;

	if (!pace_read(verifier, circle, &pace)) {
		(void)!db_number(verifier->db, UNKNOWN, &declared,
				 "SELECT coalesce(json_extract(d.value, '$.pace_seconds'), 0) FROM circle c"
				 " JOIN process p ON p.num = c.process, json_each(p.declared, '$.circles') d"
				 " WHERE c.num = ? AND json_extract(d.value, '$.id') = c.id", "i", circle);
		pace = (struct pace){declared, 0, 0};
	}
	if ((pace.seconds != UNKNOWN && pace.seconds != kept->seconds) || pace.until != kept->until ||
	    (pace.until && pace.then != UNKNOWN && pace.then != kept->then))
		verify_flaw(verifier, "Circle %.64s: its pace is not as it was set.", id);
}

static void check_settings(struct verifier *verifier)
{
	struct cursor *cursor = db_query(verifier->db,
		"SELECT num, id, door, pace, coalesce(pace_until, 0), coalesce(pace_then, 0), pinned,"
		" phase = 'closed', EXISTS (SELECT 1 FROM event WHERE journal = num * ? AND kind = ?)"
		" FROM circle ORDER BY num", "ii", (int64_t)JOURNAL_KIND_COUNT, (int64_t)EVENT_CLOSED);

	while (cursor_next(cursor)) {
		int64_t circle = cursor_int(cursor, 0);
		struct pace pace = {cursor_int(cursor, 3), cursor_int(cursor, 4), cursor_int(cursor, 5)};
		const char *id = cursor_text(cursor, 1);

		check_door(verifier, circle, id, cursor_text(cursor, 2));
		check_pace(verifier, circle, id, &pace);
		check_pinned(verifier, circle, id,
			     cursor_is_null(cursor, 6) ? NULL : cursor_text(cursor, 6));
		if (cursor_int(cursor, 7) != cursor_int(cursor, 8))
			verify_flaw(verifier, "Circle %.64s: its journal does not say so whether it is"
				    " closed.", id);
	}
	verify_end(verifier, &cursor, "The circles");
}

/* ---- roles ---- */

static void role_key(int64_t circle, int64_t person, char key[48])
{
	snprintf(key, 48, "%" PRId64 "/%" PRId64, circle, person);
}

static void role_told(struct verifier *verifier, const struct told *told)
{
	const char *id = json_string_value(
		json_object_get(json_object_get(told->body, "participant"), "id"));
	uint64_t nonce;
	int64_t person;
	char key[48];

	if (!id || !id_open(&verifier->key, 'm', id, &person, &nonce))
		return;
	role_key(told->owner, person, key);
	json_object_set(verifier->roles, key, json_object_get(told->body, "role"));
}

/* Who moderates was given that role at the desk, unless it was before desks were told. */
static void check_members(struct verifier *verifier)
{
	struct cursor *cursor;
	int64_t old = 0;
	char key[48];

	(void)!db_number(verifier->db, 0, &old,
			 "SELECT at FROM event WHERE row <= ? ORDER BY row DESC LIMIT 1", "i",
			 verifier->said_from);
	cursor = db_query(verifier->db,
		"SELECT circle, person, role, since FROM member WHERE role >= ?", "i",
		(int64_t)ROLE_MODERATOR);
	while (cursor_next(cursor)) {
		const char *given;

		role_key(cursor_int(cursor, 0), cursor_int(cursor, 1), key);
		given = json_string_value(json_object_get(verifier->roles, key));
		if (given ? role_parse(given) != (enum role)cursor_int(cursor, 2)
			  : cursor_int(cursor, 3) > old)
			verify_flaw(verifier,
				    "Person %" PRId64 " is %s of circle %" PRId64
				    ", and the desk tells nothing of it.",
				    cursor_int(cursor, 1), role_name((enum role)cursor_int(cursor, 2)),
				    cursor_int(cursor, 0));
		json_object_del(verifier->roles, key);
	}
	verify_end(verifier, &cursor, "The roles");
}

/* Who does not moderate has the role of an invitation that they used. Invitations are not chained:
 * this finds a role that was changed, or somebody who was put in, in one table alone. */
static void check_invited(struct verifier *verifier)
{
	struct cursor *cursor = db_query(verifier->db,
		"SELECT m.circle, m.person, m.role, coalesce((SELECT max(i.role) FROM invitation i"
		" WHERE i.circle = m.circle AND i.person = m.person AND i.used IS NOT NULL), 0) given"
		" FROM member m WHERE m.role < ? AND m.role <> given ORDER BY m.circle, m.person", "i",
		(int64_t)ROLE_MODERATOR);

	while (cursor_next(cursor)) {
		const char *given = role_name((enum role)cursor_int(cursor, 3));

		verify_flaw(verifier,
			    "Person %" PRId64 " is %s of circle %" PRId64 ", and was invited as %s.",
			    cursor_int(cursor, 1), role_name((enum role)cursor_int(cursor, 2)),
			    cursor_int(cursor, 0), *given ? given : "nobody");
	}
	verify_end(verifier, &cursor, "Who was invited");
}

/* Nobody loses a role but by an erasure. */
static void check_roles(struct verifier *verifier)
{
	const char *key;
	json_t *role;

	check_members(verifier);
	json_object_foreach(verifier->roles, key, role)
	{
		const char *person = strchr(key, '/');
		int64_t is_gone = 0;

		(void)!db_number(verifier->db, 0, &is_gone,
				 "SELECT erasing IS NOT NULL OR erased IS NOT NULL FROM person"
				 " WHERE num = ?", "i", person ? strtoll(person + 1, NULL, 10) : 0);
		if (!is_gone)
			verify_flaw(verifier, "Person %s was made %s of circle %.*s, and is not.",
				    person ? person + 1 : "", json_string_value(role),
				    (int)strcspn(key, "/"), key);
	}
}

/* ---- all ---- */

void verify_circle_told(struct verifier *verifier, const struct told *told)
{
	check_twin(verifier, told);
	if (told->kind == EVENT_CRISIS_BEGUN || told->kind == EVENT_CRISIS_STEPPED ||
	    told->kind == EVENT_CRISIS_ENDED)
		incident_told(verifier, told);
	if (told->kind == EVENT_ROLE_GIVEN && verifier->has_key)
		role_told(verifier, told);
}

void verify_circles(struct verifier *verifier)
{
	check_settings(verifier);
	check_frozen(verifier);
	if (verifier->has_key) {
		check_incidents(verifier);
		check_roles(verifier);
		check_invited(verifier);
	}
}
