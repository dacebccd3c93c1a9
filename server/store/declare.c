/* declare.c: applies a declaration inside a commit: first every refusal, then every write. Applying
 * what is applied already writes nothing. Runs on whichever thread holds the commit. */
#include "store/declare.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "circle/event.h"

/* What the store knows of the process before. */
struct before {
	int64_t process; /* 0: it is new */
	int64_t version;
	json_t *declared, *charter, *rules;
};

/* The declaration and what becomes of it. */
struct applying {
	struct keeper *keeper;
	struct db *db;
	const json_t *declared;
	struct before before;
	int64_t version;
	bool changed, charter_is_new;
	json_t *circles; /* of the report */
};

static void before_fini(struct before *before)
{
	json_decref(before->declared);
	json_decref(before->charter);
	json_decref(before->rules);
}

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* Compact and in a fixed order; freed by the caller with free(). "null" for NULL. */
static char *dump(const json_t *value)
{
	return value ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY)
		     : strdup("null");
}

static bool is_same(const json_t *a, const json_t *b)
{
	if (!a || !b)
		return !a && !b;
	return json_equal(a, b);
}

static json_t *rules_of(const json_t *declared)
{
	json_t *rules = json_object_get(declared, "rules");

	return rules ? json_incref(rules) : json_array();
}

/* ---- what is there ---- */

static enum err before_load(struct applying *applying)
{
	struct before *before = &applying->before;
	struct cursor *cursor = db_query(applying->db,
		"SELECT p.num, p.charter_version, p.declared, c.charter, c.rules FROM process p"
		" JOIN charter c ON c.process = p.num AND c.version = p.charter_version WHERE p.id = ?",
		"t", text_of(applying->declared, "id"));

	if (cursor_next(cursor)) {
		before->process = cursor_int(cursor, 0);
		before->version = cursor_int(cursor, 1);
		before->declared = json_loads(cursor_text(cursor, 2), 0, NULL);
		before->charter = json_loads(cursor_text(cursor, 3), 0, NULL);
		before->rules = json_loads(cursor_text(cursor, 4), 0, NULL);
	}
	return cursor_end(&cursor);
}

/* ---- refusals ---- */

static enum err charter_allow(struct applying *applying, struct why *why)
{
	const struct before *before = &applying->before;
	const json_t *charter = json_object_get(applying->declared, "charter");

	applying->version = json_integer_value(json_object_get(charter, "version"));
	applying->charter_is_new = applying->version > before->version;
	if (applying->version < before->version) {
		why_set(why,
			"charter.version is %" PRId64 ", but version %" PRId64
			" is in force: a charter can not go back. Give it version %" PRId64 ".",
			applying->version, before->version, before->version + 1);
		return ERR_BAD_PARAMS;
	}
	if (before->process && !applying->charter_is_new && !is_same(before->charter, charter)) {
		why_set(why,
			"charter has changed, but charter.version is still %" PRId64
			", which participants have accepted as it was. Give the new charter version %"
			PRId64 ", or take the change back.",
			before->version, before->version + 1);
		return ERR_BAD_PARAMS;
	}
	return ERR_NONE;
}

static enum err circle_allow(struct applying *applying, size_t index, struct why *why)
{
	const json_t *circle = json_array_get(json_object_get(applying->declared, "circles"), index);
	const char *id = text_of(circle, "id"), *access = text_of(circle, "access");
	struct cursor *cursor = db_query(applying->db,
		"SELECT process, access FROM circle WHERE id = ?", "t", id);
	bool is_there = cursor_next(cursor), is_ours = true, is_same_access = true;
	enum err err;

	if (is_there) {
		is_ours = cursor_int(cursor, 0) == applying->before.process;
		is_same_access = strcmp(cursor_text(cursor, 1), access) == 0;
	}
	err = cursor_end(&cursor);
	if (err)
		return err;
	if (!is_ours) {
		/* It does not say whose: closed circles are known to their own alone. */
		why_set(why, "circles[%zu].id `%s` is taken in this data folder: choose another.",
			index, id);
		return ERR_BAD_PARAMS;
	}
	if (!is_same_access) {
		if (strcmp(access, "public") == 0)
			why_set(why,
				"circles[%zu].access: `%s` is closed and can not be made public: what was"
				" said there was said in confidence. Declare a new circle.",
				index, id);
		else
			why_set(why,
				"circles[%zu].access: `%s` is public and can not be closed: its guests would"
				" be locked out. Declare a new circle.",
				index, id);
		return ERR_BAD_PARAMS;
	}
	return ERR_NONE;
}

/* ---- writing ---- */

/* What is said of the process itself, apart from what has tables of its own. */
static char *about_of(const json_t *declared)
{
	static const char *const elsewhere[] = {"charter", "circles", "rules"};
	json_t *about = json_copy((json_t *)(uintptr_t)declared);
	char *text;

	for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
		json_object_del(about, elsewhere[i]);
	text = dump(about);
	json_decref(about);
	return text;
}

static enum err process_write(struct applying *applying)
{
	struct before *before = &applying->before;
	char *declared = dump(applying->declared), *about = about_of(applying->declared);
	enum err err = declared && about ? ERR_NONE : ERR_NO_MEMORY;

	if (!err && !before->process)
		err = db_insert(applying->db, &before->process,
				"INSERT INTO process (id, declared, about, charter_version, applied)"
				" VALUES (?, ?, ?, ?, ?)",
				"tttii", text_of(applying->declared, "id"), declared, about,
				applying->version, keeper_now(applying->keeper));
	else if (!err)
		err = db_run(applying->db,
			     "UPDATE process SET declared = ?, about = ?, charter_version = ?,"
			     " applied = ? WHERE num = ?",
			     "ttiii", declared, about, applying->version,
			     keeper_now(applying->keeper), before->process);
	free(declared);
	free(about);
	return err;
}

static enum err charter_write(struct applying *applying)
{
	json_t *rules_json = rules_of(applying->declared);
	char *charter = dump(json_object_get(applying->declared, "charter"));
	char *rules = dump(rules_json);
	enum err err = charter && rules ? ERR_NONE : ERR_NO_MEMORY;

	if (!err && applying->charter_is_new)
		err = db_run(applying->db,
			     "INSERT INTO charter (process, version, charter, rules, at)"
			     " VALUES (?, ?, ?, ?, ?)",
			     "iitti", applying->before.process, applying->version, charter, rules,
			     keeper_now(applying->keeper));
	else if (!err && !is_same(applying->before.rules, rules_json))
		err = db_run(applying->db,
			     "UPDATE charter SET rules = ? WHERE process = ? AND version = ?", "tii",
			     rules, applying->before.process, applying->version);
	json_decref(rules_json);
	free(charter);
	free(rules);
	return err;
}

/* A circle's row as declared. */
struct circle_row {
	const char *id, *policy, *then;
	char *title;
	bool has_posts, has_burst;
	int64_t place, posts, burst, pace;
};

static enum err row_read(const json_t *circle, size_t index, struct circle_row *row)
{
	const json_t *limits = json_object_get(circle, "limits");
	const json_t *title = json_object_get(circle, "title");
	const char *policy = text_of(circle, "policy"), *access = text_of(circle, "access");
	const char *then = text_of(json_object_get(circle, "hold"), "then");

	*row = (struct circle_row){
		.id = text_of(circle, "id"),
		.policy = policy ? policy : strcmp(access, "public") == 0 ? "public" : "expert",
		.then = then ? then : "returned",
		.title = dump(title),
		.has_posts = json_object_get(limits, "posts_per_minute"),
		.has_burst = json_object_get(limits, "burst"),
		.place = (int64_t)index,
		.posts = json_integer_value(json_object_get(limits, "posts_per_minute")),
		.burst = json_integer_value(json_object_get(limits, "burst")),
		.pace = json_integer_value(json_object_get(circle, "pace_seconds")),
	};
	return row->title ? ERR_NONE : ERR_NO_MEMORY;
}

static enum err circle_create(struct applying *applying, const json_t *circle,
			      const struct circle_row *row)
{
	return db_run(applying->db,
		      "INSERT INTO circle (id, process, place, title, access, policy, posts_per_minute,"
		      " burst, then_default, phase, door, pace) VALUES"
		      " (?, ?, ?, ?, ?, ?, iif(?, ?, NULL), iif(?, ?, NULL), ?, 'open', 'open', ?)",
		      "tiitttiiiiti", row->id, applying->before.process, row->place, row->title,
		      text_of(circle, "access"), row->policy, (int64_t)row->has_posts, row->posts,
		      (int64_t)row->has_burst, row->burst, row->then, row->pace);
}

/* The same element of the declaration before; NULL: none. */
static const json_t *declared_before(const struct applying *applying, const char *id)
{
	const json_t *circles = json_object_get(applying->before.declared, "circles");
	size_t index;
	json_t *circle;

	json_array_foreach((json_t *)circles, index, circle) {
		if (strcmp(text_of(circle, "id"), id) == 0)
			return circle;
	}
	return NULL;
}

/* Only a change of the declaration changes the pace: what moderators set meanwhile stays. */
static enum err pace_follow(struct applying *applying, int64_t num, const struct circle_row *row)
{
	const json_t *old = declared_before(applying, row->id);
	char body[80];
	struct draft draft = {.journal = journal_of(JOURNAL_CIRCLE, num),
			      .kind = EVENT_PACE_CHANGED,
			      .circle = num,
			      .body = body};
	int64_t now = 0;
	enum err err = db_number(applying->db, 0, &now, "SELECT pace FROM circle WHERE num = ?",
				 "i", num);

	if (err || json_integer_value(json_object_get(old, "pace_seconds")) == row->pace ||
	    now == row->pace)
		return err;
	snprintf(body, sizeof body,
		 "\"pace\":%" PRId64 ",\"seconds\":%" PRId64 ",\"by\":\"moderators\"", row->pace,
		 row->pace);
	err = db_run(applying->db,
		     "UPDATE circle SET pace = ?, pace_until = NULL, pace_then = NULL WHERE num = ?",
		     "ii", row->pace, num);
	if (!err)
		err = keeper_append(applying->keeper, &draft, NULL);
	return err;
}

static enum err circle_update(struct applying *applying, int64_t num, const struct circle_row *row,
			      bool *changed)
{
	enum err err = db_run(applying->db,
		"UPDATE circle SET place = ?1, title = ?2, policy = ?3,"
		" posts_per_minute = iif(?4, ?5, NULL), burst = iif(?6, ?7, NULL), then_default = ?8"
		" WHERE num = ?9 AND NOT (place = ?1 AND title = ?2 AND policy = ?3"
		" AND posts_per_minute IS iif(?4, ?5, NULL) AND burst IS iif(?6, ?7, NULL)"
		" AND then_default = ?8)",
		"ittiiiiti", row->place, row->title, row->policy, (int64_t)row->has_posts, row->posts,
		(int64_t)row->has_burst, row->burst, row->then, num);

	*changed = !err && db_changes(applying->db) > 0;
	return err ? err : pace_follow(applying, num, row);
}

static void tell(struct applying *applying, const char *id, const char *what)
{
	json_array_append_new(applying->circles, json_pack("{s:s,s:s}", "id", id, "what", what));
}

static enum err circle_write(struct applying *applying, size_t index)
{
	const json_t *circle = json_array_get(json_object_get(applying->declared, "circles"), index);
	struct circle_row row;
	int64_t num = 0;
	bool changed = false;
	enum err err = row_read(circle, index, &row);

	if (!err)
		err = db_number(applying->db, 0, &num, "SELECT num FROM circle WHERE id = ?", "t",
				row.id);
	if (!err && !num) {
		err = circle_create(applying, circle, &row);
		tell(applying, row.id, "created");
	} else if (!err) {
		err = circle_update(applying, num, &row, &changed);
		changed = changed || !is_same(declared_before(applying, row.id), circle);
		tell(applying, row.id, changed ? "changed" : "kept");
		keeper_forget_circle(applying->keeper, num);
	}
	free(row.title);
	return err;
}

static bool is_declared(const struct applying *applying, const char *id)
{
	const json_t *circles = json_object_get(applying->declared, "circles");
	size_t index;
	json_t *circle;

	json_array_foreach((json_t *)circles, index, circle) {
		if (strcmp(text_of(circle, "id"), id) == 0)
			return true;
	}
	return false;
}

/* Every circle of the process that still goes on learns of its new charter; those that are not
 * declared any more are told of in the report. */
static enum err circles_follow(struct applying *applying)
{
	char body[40];
	struct draft draft = {.kind = EVENT_CHARTER_CHANGED, .body = body};
	int64_t *nums = NULL;
	size_t count = 0;
	struct cursor *cursor;
	enum err err = ERR_NONE, ended;

	snprintf(body, sizeof body, "\"version\":%" PRId64, applying->version);
	cursor = db_query(applying->db,
			  "SELECT num, id, phase FROM circle WHERE process = ? ORDER BY num", "i",
			  applying->before.process);
	while (!err && cursor_next(cursor)) {
		int64_t *more = realloc(nums, (count + 1) * sizeof *nums);

		err = more ? ERR_NONE : ERR_NO_MEMORY;
		nums = more ? more : nums;
		if (!err && !is_declared(applying, cursor_text(cursor, 1)))
			tell(applying, cursor_text(cursor, 1), "not_declared");
		if (!err && strcmp(cursor_text(cursor, 2), "closed") != 0)
			nums[count++] = cursor_int(cursor, 0);
	}
	ended = cursor_end(&cursor);
	err = err ? err : ended;
	/* A process that is new has no members to tell. */
	for (size_t i = 0; i < count && !err && applying->charter_is_new && applying->before.version;
	     i++) {
		keeper_forget_circle(applying->keeper, nums[i]);
		draft.circle = nums[i];
		draft.journal = journal_of(JOURNAL_CIRCLE, nums[i]);
		err = keeper_append(applying->keeper, &draft, NULL);
	}
	free(nums);
	return err;
}

static enum err write_all(struct applying *applying)
{
	size_t count = json_array_size(json_object_get(applying->declared, "circles"));
	enum err err = process_write(applying);

	if (!err)
		err = charter_write(applying);
	for (size_t i = 0; i < count && !err; i++)
		err = circle_write(applying, i);
	if (!err)
		err = circles_follow(applying);
	if (!err)
		err = keeper_tell_house(applying->keeper, EVENT_PROCESS_APPLIED, 0, 0);
	/* Half-written is not an option: the whole turn goes back. */
	return err ? ERR_STORAGE : ERR_NONE;
}

static enum err report_unchanged(struct applying *applying)
{
	const json_t *circles = json_object_get(applying->declared, "circles");
	struct cursor *cursor;
	size_t index;
	json_t *circle;

	json_array_foreach((json_t *)circles, index, circle)
		tell(applying, text_of(circle, "id"), "kept");
	cursor = db_query(applying->db, "SELECT id FROM circle WHERE process = ? ORDER BY num", "i",
			  applying->before.process);
	while (cursor_next(cursor))
		if (!is_declared(applying, cursor_text(cursor, 0)))
			tell(applying, cursor_text(cursor, 0), "not_declared");
	return cursor_end(&cursor);
}

enum err process_apply(struct keeper *keeper, const json_t *declared, json_t **report,
		       struct why *why)
{
	struct applying applying = {.keeper = keeper,
				    .db = keeper_db(keeper),
				    .declared = declared,
				    .circles = json_array()};
	size_t count = json_array_size(json_object_get(declared, "circles"));
	enum err err = applying.circles ? before_load(&applying) : ERR_NO_MEMORY;
	bool created = !applying.before.process;

	if (!err)
		err = charter_allow(&applying, why);
	for (size_t i = 0; i < count && !err; i++)
		err = circle_allow(&applying, i, why);
	applying.changed = created || !is_same(applying.before.declared, declared);
	if (!err)
		err = applying.changed ? write_all(&applying) : report_unchanged(&applying);
	*report = NULL;
	if (!err)
		*report = json_pack("{s:s,s:b,s:b,s:s,s:I,s:O}", "process", text_of(declared, "id"),
				    "created", created, "changed", applying.changed, "charter",
				    applying.charter_is_new ? "new" : "kept", "version",
				    (json_int_t)applying.version, "circles", applying.circles);
	json_decref(applying.circles);
	before_fini(&applying.before);
	return err;
}
