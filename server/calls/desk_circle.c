/* desk_circle.c: what a moderator does to a circle as a whole, or to one thread of it: its pace,
 * its door, freezing and thawing, a notice, what is pinned. Each is an event of the circle, by "the
 * moderators", and one of the desk, with who and why, in one commit. */
#include "calls/desk_circle.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "calls/calls.h"
#include "calls/crisis.h"
#include "calls/enter.h"
#include "calls/item.h"
#include "calls/key.h"
#include "circle/lang.h"
#include "circle/reason.h"
#include "store/said.h"

enum { PACE_MOST = 21600, TEXT_MOST = 2000, RULES_MOST = 50, AT_ONCE = 50 };

const char *const notice_templates[] = {"calm",    "facts", "pause", "persons",
										"reading", "rules", "topic", NULL};

/* ---- told twice ---- */

enum err circle_tell(struct keeper *keeper, const struct circle_change *change)
{
	struct buf open = {0}, desk = {0};
	struct draft told = {.journal = journal_of(JOURNAL_CIRCLE, change->circle->num),
						 .kind = change->kind,
						 .post = change->post,
						 .circle = change->circle->num};
	struct draft noted = {.journal = journal_of(JOURNAL_DESK, change->circle->num),
						  .kind = change->kind,
						  .post = change->post};
	struct said said = {.reason = change->reason, .note = change->note, .text = change->text};
	/* What is written may name somebody, who may be erased one day. */
	enum err err = said_keep(keeper, 0, &said, NULL, &desk);

	buf_text(&open, change->members);
	buf_format(&open, ",\"by\":\"%s\"", change->by_person ? "moderators" : "machine");
	buf_text(&desk, change->members);
	buf_text(&desk, ",");
	if (!err)
		err = by_write(keeper, change->by_person, &desk);
	if (change->text)
		buf_text_member(&open, ",\"text\":", change->text);
	if (change->reason)
		buf_text_member(&open, ",\"reason\":", change->reason);
	if (reason_is_code(change->reason))
		buf_text_member(&desk, ",\"reason\":", change->reason);
	buf_add(&open, "", 1);
	buf_add(&desk, "", 1);
	told.body = open.data;
	noted.body = desk.data;
	if (!err && !(buf_ok(&open) && buf_ok(&desk)))
		err = ERR_NO_MEMORY;
	if (!err)
		err = keeper_append(keeper, &told, NULL);
	if (!err)
		err = keeper_append(keeper, &noted, NULL);
	buf_fini(&open);
	buf_fini(&desk);
	return err;
}

/* By the moderator who calls; `members` is taken. */
static enum err tell(struct call *call, struct keeper *keeper, struct circle *circle,
					 enum event_kind kind, const struct post *post, struct buf *members)
{
	struct circle_change change = {.circle = circle,
								   .kind = kind,
								   .post = post,
								   .by_person = call->asker.person,
								   .reason = param_or_null(call, "reason"),
								   .note = param_or_null(call, "note"),
								   .text = kind == EVENT_NOTICE_POSTED
											   ? param_or_null(call, "text")
											   : NULL};
	enum err err = ERR_NO_MEMORY;

	buf_add(members, "", 1);
	change.members = members->data;
	if (buf_ok(members))
		err = circle_tell(keeper, &change);
	buf_fini(members);
	/* Its row is written already: nothing may stand half done. */
	return err ? ERR_STORAGE : ERR_NONE;
}

typedef enum err (*circle_step)(struct call *call, struct keeper *keeper, struct circle *circle);

static enum err with_circle(struct call *call, struct keeper *keeper, const char *about,
							circle_step step)
{
	struct circle *circle;
	struct standing *standing;
	struct key key;
	bool answered = false;
	enum err err = enter_desk(call, keeper, &circle, &standing);

	if (!err) {
		key = key_make(call, keeper, circle->id, about, param_or_null(call, "reason"));
		err = key_find(call, keeper, &key, &answered);
	}
	if (err || answered)
		return err;
	err = step(call, keeper, circle);
	return err ? err : key_bind(call, keeper, &key);
}

static enum err check_act(struct call *call)
{
	enum err err = check_circle(call);

	if (!err)
		err = check_key(call);
	return err ? err : check_reason(call, false);
}

/* ---- pace ---- */

enum err check_desk_pace(struct call *call)
{
	int64_t seconds;
	const char *until = NULL;
	enum err err = check_act(call);

	call->most = PACE_MOST;
	if (!err && param_int(call, "seconds", 0, PACE_MOST, &seconds))
		err = call_refuse(call, ERR_BAD_PARAMS, "seconds");
	if (!err && (param_text_optional(call, "until", CLOCK_TEXT + 10, &until) ||
				 (until && clock_parse(until) < 0)))
		err = call_refuse(call, ERR_BAD_PARAMS, "until");
	return err;
}

/* What holds: while a crisis lies over it, a pace that ends by itself leaves the crisis's. */
static void pace_members(const struct circle *circle, int64_t now, struct buf *out)
{
	int64_t pace = circle_pace(circle, now);
	char until[CLOCK_TEXT];

	/* `seconds` as well: what it was called at first. */
	buf_format(out, "\"pace\":%" PRId64 ",\"seconds\":%" PRId64, pace, pace);
	if (circle->pace_until) {
		clock_format(circle->pace_until, until);
		buf_format(out, ",\"until\":\"%s\"", until);
	}
}

enum err circle_set_pace(struct keeper *keeper, struct circle *circle, int64_t seconds,
						 int64_t until)
{
	/* What comes after a pace that ends is what stood before the first such. */
	int64_t before = circle->pace_until ? circle->pace_then : circle->pace_seconds;

	circle->pace_seconds = seconds;
	circle->pace_until = until;
	circle->pace_then = until ? before : 0;
	return db_run(keeper_db(keeper),
				  "UPDATE circle SET pace = ?1, pace_until = nullif(?2, 0),"
				  " pace_then = iif(?2, ?3, NULL) WHERE num = ?4",
				  "iiii", seconds, until, circle->pace_then, circle->num);
}

static enum err pace(struct call *call, struct keeper *keeper, struct circle *circle)
{
	const char *text = param_or_null(call, "until");
	int64_t until = text ? clock_parse(text) : 0;
	int64_t seconds = json_integer_value(json_object_get(call->request.params, "seconds"));
	struct buf members = {0};
	enum err err;

	if (text && until <= keeper_now(keeper))
		return call_refuse(call, ERR_BAD_PARAMS, "until");
	err = circle_set_pace(keeper, circle, seconds, until);
	if (!err)
		err = crisis_leave_knob(keeper, circle, "pace");
	if (err)
		return ERR_STORAGE;
	pace_members(circle, keeper_now(keeper), &members);
	buf_text(&call->result, "{");
	pace_members(circle, keeper_now(keeper), &call->result);
	buf_text(&call->result, "}");
	return tell(call, keeper, circle, EVENT_PACE_CHANGED, NULL, &members);
}

enum err keep_desk_pace(struct call *call, struct keeper *keeper)
{
	char about[80];

	snprintf(about, sizeof about, "%" PRId64 " %.40s",
			 (int64_t)json_integer_value(json_object_get(call->request.params, "seconds")),
			 param_or_null(call, "until") ? param_or_null(call, "until") : "");
	return with_circle(call, keeper, about, pace);
}

enum err due_paces(struct keeper *keeper)
{
	int64_t nums[AT_ONCE];
	size_t count = 0;
	struct cursor *cursor = db_query(
		keeper_db(keeper),
		"SELECT num FROM circle WHERE pace_until IS NOT NULL AND pace_until <= ? LIMIT ?", "ii",
		keeper_now(keeper), (int64_t)AT_ONCE);
	enum err err;

	while (count < AT_ONCE && cursor_next(cursor))
		nums[count++] = cursor_int(cursor, 0);
	err = cursor_end(&cursor);
	for (size_t i = 0; i < count && !err; i++) {
		struct buf members = {0};
		struct circle_change change = {.kind = EVENT_PACE_CHANGED};

		err = keeper_circle(keeper, nums[i], &change.circle);
		if (!err)
			err = circle_set_pace(keeper, change.circle, change.circle->pace_then, 0);
		if (!err) {
			pace_members(change.circle, keeper_now(keeper), &members);
			buf_add(&members, "", 1);
			change.members = members.data;
			err = buf_ok(&members) ? circle_tell(keeper, &change) : ERR_NO_MEMORY;
		}
		buf_fini(&members);
	}
	return err;
}

/* ---- door ---- */

static bool is_door(const char *name)
{
	return strcmp(name, door_name(door_parse(name))) == 0;
}

enum err check_desk_door(struct call *call)
{
	const char *door = NULL;
	enum err err = check_act(call);

	if (!err)
		err = param_text(call, "door", 20, &door);
	return err || is_door(door) ? err : call_refuse(call, ERR_BAD_PARAMS, "door");
}

enum err circle_set_door(struct keeper *keeper, struct circle *circle, enum doorway door)
{
	circle->door = door;
	return db_run(keeper_db(keeper), "UPDATE circle SET door = ? WHERE num = ?", "ti",
				  door_name(door), circle->num);
}

static enum err door(struct call *call, struct keeper *keeper, struct circle *circle)
{
	enum doorway wanted = door_parse(param_or_null(call, "door"));
	struct buf members = {0};
	enum err err = circle_set_door(keeper, circle, wanted);

	if (!err)
		err = crisis_leave_knob(keeper, circle, "door");
	if (err)
		return ERR_STORAGE;
	buf_format(&members, "\"door\":\"%s\"", door_name(wanted));
	buf_format(&call->result, "{\"door\":\"%s\"}", door_name(wanted));
	return tell(call, keeper, circle, EVENT_DOOR_CHANGED, NULL, &members);
}

enum err keep_desk_door(struct call *call, struct keeper *keeper)
{
	return with_circle(call, keeper, param_or_null(call, "door"), door);
}

/* ---- one thread ---- */

enum err check_desk_thread(struct call *call)
{
	const char *thread;
	enum err err = check_act(call);

	return err ? err : param_text(call, "thread", ID_TEXT, &thread);
}

enum err circle_set_frozen(struct keeper *keeper, struct circle *circle, int64_t num, bool freeze)
{
	struct thread *thread;
	enum err err = freeze
					   ? db_run(keeper_db(keeper),
								"INSERT INTO frozen (thread, circle) VALUES (?, ?)", "ii", num,
								circle->num)
					   : db_run(keeper_db(keeper), "DELETE FROM frozen WHERE thread = ?", "i", num);

	if (!err)
		err = keeper_thread(keeper, num, &thread);
	if (!err)
		thread->is_frozen = freeze;
	return err;
}

static enum err thread_change(struct call *call, struct keeper *keeper, struct circle *circle,
							  const struct post *opener, bool freeze)
{
	struct buf members = {0};
	struct thread *thread;
	char id[ID_TEXT];
	enum err err;

	if (opener->circle != circle->num || !opener->seq)
		return ERR_NOT_FOUND;
	if (opener->thread != opener->num)
		return call_refuse(call, ERR_BAD_PARAMS, "opener");
	err = keeper_thread(keeper, opener->num, &thread);
	if (!err && thread->is_frozen == freeze)
		err = call_refuse(call, ERR_STALE, freeze ? "frozen" : "not_frozen");
	if (err)
		return err;
	err = circle_set_frozen(keeper, circle, opener->num, freeze);
	post_id(keeper_id_key(keeper), opener, id);
	buf_format(&members, "\"thread\":\"%s\"", id);
	buf_format(&call->result, "{\"thread\":\"%s\"}", id);
	/* The opener goes along: by it other processes know which thread it is. */
	return err ? ERR_STORAGE
			   : tell(call, keeper, circle, freeze ? EVENT_THREAD_FROZEN : EVENT_THREAD_THAWED,
					  opener, &members);
}

static enum err with_opener(struct call *call, struct keeper *keeper, struct circle *circle,
							bool freeze)
{
	struct post opener = {0};
	enum err err = post_find(keeper_db(keeper), keeper_id_key(keeper),
							 param_or_null(call, "thread"), &opener);

	if (!err)
		err = thread_change(call, keeper, circle, &opener, freeze);
	post_fini(&opener);
	return err;
}

static enum err freeze_thread(struct call *call, struct keeper *keeper, struct circle *circle)
{
	return with_opener(call, keeper, circle, true);
}

static enum err thaw_thread(struct call *call, struct keeper *keeper, struct circle *circle)
{
	return with_opener(call, keeper, circle, false);
}

enum err keep_desk_freeze(struct call *call, struct keeper *keeper)
{
	return with_circle(call, keeper, param_or_null(call, "thread"), freeze_thread);
}

enum err keep_desk_thaw(struct call *call, struct keeper *keeper)
{
	return with_circle(call, keeper, param_or_null(call, "thread"), thaw_thread);
}

/* ---- a notice ---- */

static bool is_template(const char *name)
{
	for (size_t i = 0; notice_templates[i]; i++)
		if (strcmp(name, notice_templates[i]) == 0)
			return true;
	return false;
}

enum err check_desk_notice(struct call *call)
{
	const char *text = NULL, *template = NULL, *lang = NULL;
	enum err err = check_act(call);

	if (!err)
		err = param_text_optional(call, "lang", 20, &lang);
	if (!err && lang && !texts_knows(lang))
		err = call_refuse(call, ERR_BAD_PARAMS, "lang");
	if (!err)
		err = param_text_optional(call, "template", 40, &template);
	if (!err)
		err = check_sentence(call, "text", TEXT_MOST);
	if (err)
		return err;
	text = param_or_null(call, "text");
	if (!text == !template || (template && !is_template(template)))
		err = call_refuse(call, ERR_BAD_PARAMS, "notice");
	return err;
}

/* A template is said to each reader in their own language; `text`: for who does not choose. */
static void template_members(struct call *call, const char *template, const char *lang,
							 struct buf *out)
{
	static const char *const langs[] = {"he", "ar", "en"};
	const char *text;
	char key[64];

	snprintf(key, sizeof key, "notice.template.%s", template);
	text = texts_get(call->house->texts, lang, key);
	buf_format(out, ",\"template\":\"%s\",\"text\":", template);
	buf_json(out, text, strlen(text));
	for (size_t i = 0; i < 3; i++) {
		text = texts_get(call->house->texts, langs[i], key);
		buf_format(out, "%s\"%s\":", i ? "," : ",\"texts\":{", langs[i]);
		buf_json(out, text, strlen(text));
	}
	buf_text(out, "}");
}

static enum err notice(struct call *call, struct keeper *keeper, struct circle *circle)
{
	const char *lang = param_or_null(call, "lang"), *text = param_or_null(call, "text");
	struct buf members = {0};
	char id[ID_TEXT];

	if (!lang)
		lang = text ? lang_of(text, strlen(text), call->asker.lang) : call->asker.lang;
	id_seal(keeper_id_key(keeper), 'n', circle->num, id_random(), id);
	buf_format(&members, "\"notice\":\"%s\",\"lang\":\"%s\"", id, lang);
	if (!text)
		template_members(call, param_or_null(call, "template"), lang, &members);
	buf_format(&call->result, "{\"notice\":\"%s\"}", id);
	return tell(call, keeper, circle, EVENT_NOTICE_POSTED, NULL, &members);
}

enum err keep_desk_notice(struct call *call, struct keeper *keeper)
{
	const char *text = param_or_null(call, "text");

	return with_circle(call, keeper, text ? text : param_or_null(call, "template"), notice);
}

/* ---- what is pinned ---- */

/* rules: true for all of them, or ids; text: a few sentences. Neither: all rules. No rules and no
 * text: nothing is pinned any more. */
enum err check_desk_pin(struct call *call)
{
	const json_t *rules = json_object_get(call->request.params, "rules"), *rule;
	enum err err = check_act(call);
	size_t i;

	if (!err)
		err = check_sentence(call, "text", TEXT_MOST);
	if (err || !rules || json_is_boolean(rules) || json_is_null(rules))
		return err;
	if (!json_is_array(rules) || json_array_size(rules) > RULES_MOST)
		return call_refuse(call, ERR_BAD_PARAMS, "pin");
	json_array_foreach(rules, i, rule) if (!json_is_string(rule) ||
										   json_string_length(rule) >
											   64) return call_refuse(call, ERR_BAD_PARAMS, "pin");
	return ERR_NONE;
}

/* The ids of the circle's rules in their order; of those asked for, if not all. */
static enum err rules_read(struct call *call, struct keeper *keeper, const struct circle *circle,
						   json_t *out)
{
	const json_t *asked = json_object_get(call->request.params, "rules"), *rule;
	bool by_default = !asked && !param_or_null(call, "text");
	struct cursor *cursor = db_query(
		keeper_db(keeper),
		"SELECT json_extract(r.value, '$.id') FROM charter c, json_each(c.rules) r"
		" WHERE c.process = ? AND c.version = ?",
		"ii", circle->process, circle->charter_version);
	enum err err;

	while (cursor_next(cursor)) {
		bool is_asked = json_is_true(asked) || by_default;
		size_t i;

		json_array_foreach(asked, i, rule)
			is_asked = is_asked || strcmp(json_string_value(rule), cursor_text(cursor, 0)) == 0;
		if (is_asked)
			json_array_append_new(out, json_string(cursor_text(cursor, 0)));
	}
	err = cursor_end(&cursor);
	if (!err && json_is_array(asked) && json_array_size(asked) != json_array_size(out))
		err = call_refuse(call, ERR_BAD_PARAMS, "rule");
	return err;
}

static enum err pin(struct call *call, struct keeper *keeper, struct circle *circle)
{
	const char *text = param_or_null(call, "text");
	json_t *rules = json_array();
	struct buf members = {0};
	char *pinned = NULL;
	enum err err = rules_read(call, keeper, circle, rules);

	if (!err && (text || json_array_size(rules))) {
		json_t *whole = json_pack("{s:O}", "rules", rules);

		if (text)
			json_object_set_new(whole, "text", json_string(text));
		pinned = json_dumps(whole, JSON_COMPACT);
		json_decref(whole);
		err = pinned ? ERR_NONE : ERR_NO_MEMORY;
	}
	json_decref(rules);
	if (!err)
		err = db_run(keeper_db(keeper), "UPDATE circle SET pinned = ? WHERE num = ?", "ti", pinned,
					 circle->num);
	if (!err) {
		buf_text(&members, "\"pinned\":");
		buf_text(&members, pinned ? pinned : "null");
		buf_format(&call->result, "{\"pinned\":%s}", pinned ? pinned : "null");
		err = tell(call, keeper, circle, EVENT_RULES_PINNED, NULL, &members);
	}
	free(pinned);
	return err;
}

enum err keep_desk_pin(struct call *call, struct keeper *keeper)
{
	char *rules = json_dumps(json_object_get(call->request.params, "rules"),
							 JSON_COMPACT | JSON_ENCODE_ANY);
	const char *text = param_or_null(call, "text");
	struct buf about = {0};
	enum err err;

	buf_text(&about, rules ? rules : "");
	buf_text(&about, text ? text : "");
	buf_add(&about, "", 1);
	free(rules);
	err = buf_ok(&about) ? with_circle(call, keeper, about.data, pin) : ERR_NO_MEMORY;
	buf_fini(&about);
	return err;
}
