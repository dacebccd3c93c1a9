/* me.c: what is mine: my name and language, all that I wrote with its state and decisions, my data.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "calls/calls.h"
#include "calls/enter.h"
#include "calls/name.h"
#include "store/post_row.h"

enum { POSTS_PAGE = 100 };

enum err check_me_update(struct call *call)
{
	const char *lang = NULL;
	enum err err = check_name(call);

	if (!err)
		err = param_text_optional(call, "lang", 35, &lang);
	if (!err && lang && !texts_knows(lang))
		err = call_refuse(call, ERR_BAD_PARAMS, "lang");
	return err;
}

static void brief_note(struct call *call, const struct person *person)
{
	struct buf brief = {0};

	buf_format(&brief, "{\"id\":\"%s\",\"name\":", person->id);
	buf_json(&brief, person->name, strlen(person->name));
	if (*person->tag)
		buf_format(&brief, ",\"tag\":\"%s\"", person->tag);
	buf_text(&brief, "}");
	if (buf_ok(&brief))
		call->outcome.participant = shared_new(brief.data, brief.bytes);
	buf_fini(&brief);
}

enum err keep_me_update(struct call *call, struct keeper *keeper)
{
	const char *name = param_or_null(call, "name"), *lang = param_or_null(call, "lang");
	struct person person;
	json_t *participant;
	enum err err = enter_person(call, keeper);

	if (!err && name)
		err = person_load(keeper_db(keeper), keeper_id_key(keeper), call->asker.person, &person);
	if (!err && name)
		err = name_admit(call, keeper, name, &person);
	if (!err)
		err = db_run(keeper_db(keeper),
					 "UPDATE person SET name = coalesce(?, name), lang = coalesce(?, lang)"
					 " WHERE num = ? AND erased IS NULL",
					 "tti", name, lang, call->asker.person);

	if (!err)
		err = keeper_tell_house(keeper, EVENT_PERSON_CHANGED, call->asker.person, 0);
	if (!err)
		err = person_load(keeper_db(keeper), keeper_id_key(keeper), call->asker.person, &person);
	if (err)
		return err;
	brief_note(call, &person);
	snprintf(call->outcome.lang, sizeof call->outcome.lang, "%s", person.lang);
	participant = json_pack("{s:s, s:s, s:s, s:s}", "id", person.id, "name", person.name, "kind",
							person.kind == PERSON_GUEST ? "guest" : "member", "lang", person.lang);
	if (*person.tag)
		json_object_set_new(participant, "tag", json_string(person.tag));
	return call_answer(call, json_pack("{s:o}", "participant", participant));
}

/* ---- what I wrote ---- */

enum err check_me_posts(struct call *call)
{
	const char *id = NULL;
	int64_t limit;
	enum err err = param_text_optional(call, "before", ID_TEXT, &id);

	return err ? err : param_int_optional(call, "limit", 1, INT64_MAX, &limit);
}

static enum err decisions_json(struct call *call, struct db *db, int64_t post, json_t *list)
{
	struct cursor *cursor = db_query(
		db,
		"SELECT num, nonce, what, at, statement FROM decision WHERE post = ? ORDER BY num"
		" LIMIT 10",
		"i", post);
	char id[ID_TEXT], at[CLOCK_TEXT];

	while (cursor_next(cursor)) {
		json_t *statement = json_loads(cursor_text(cursor, 4), 0, NULL);

		id_seal(store_id_key(call->house->store), 'd', cursor_int(cursor, 0),
				(uint64_t)cursor_int(cursor, 1), id);
		clock_format(cursor_int(cursor, 3), at);
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o}", "decision", id, "what",
											  cursor_text(cursor, 2), "at", at, "statement",
											  statement ? statement : json_null()));
	}
	return cursor_end(&cursor);
}

/* A contribution as its author sees it: also what is held or was not let through. */
static enum err contribution_json(struct call *call, struct db *db, struct cursor *cursor,
								  json_t **out)
{
	const struct id_key *key = store_id_key(call->house->store);
	struct event_row event = {.journal = journal_of(JOURNAL_INBOX, call->asker.person),
							  .kind = EVENT_POST_HELD};
	json_t *decisions = json_array();
	struct buf text = {0};
	char at[CLOCK_TEXT];
	struct post post;
	enum err err;

	(void)post_read(cursor, 1, key, &post);
	post_render(key, &event, &post, &text);
	*out = buf_ok(&text) ? json_loadb(text.data, text.bytes, 0, NULL) : NULL;
	err = decisions_json(call, db, post.num, decisions);
	clock_format(post.at, at);
	json_object_set_new(*out, "circle", json_string(cursor_text(cursor, 0)));
	json_object_set_new(*out, "at", json_string(at));
	json_object_set_new(*out, "decisions", decisions);
	if (post.state == POST_HELD && !cursor_is_null(cursor, 1 + POST_COLUMN_COUNT)) {
		char until[CLOCK_TEXT];

		clock_format(cursor_int(cursor, 1 + POST_COLUMN_COUNT), until);
		json_object_set_new(*out, "held",
							json_pack("{s:s, s:s}", "until", until, "then",
									  cursor_text(cursor, 2 + POST_COLUMN_COUNT)));
	}
	buf_fini(&text);
	return !err && !*out ? ERR_NO_MEMORY : err;
}

/* Newest first, as far as a page goes; *next: where the following page begins. */
static enum err contributions(struct call *call, struct db *db, int64_t before, int64_t limit,
							  size_t room, json_t *list, int64_t *next)
{
	size_t used = 0;
	json_t *one;
	enum err err = ERR_NONE;
	enum err ended;
	struct cursor *cursor = db_query(
		db,
		"SELECT c.id, " POST_COLUMNS ", i.until, i.then_what FROM post p"
		" JOIN circle c ON c.num = p.circle" POST_JOINS
		" LEFT JOIN item i ON i.post = p.num AND i.kind = 'held' AND i.state = 'open'"
		" WHERE p.author = ? AND p.num < ? ORDER BY p.num DESC LIMIT ?",
		"iii", call->asker.person, before, limit + 1);

	*next = 0;
	while (!err && cursor_next(cursor)) {
		size_t bytes;

		err = contribution_json(call, db, cursor, &one);
		if (err)
			break;
		bytes = json_dumpb(one, NULL, 0, JSON_COMPACT) + 1;
		if (!used && bytes > room) {
			/* Alone it would not fit: the statements are in the inbox as well. */
			json_array_clear(json_object_get(one, "decisions"));
			bytes = json_dumpb(one, NULL, 0, JSON_COMPACT) + 1;
		}
		if ((int64_t)json_array_size(list) == limit || (used && used + bytes > room)) {
			json_decref(one);
			*next = 1;
			break;
		}
		used += bytes;
		json_array_append_new(list, one);
	}
	ended = cursor_end(&cursor);
	return err ? err : ended;
}

static enum err before_read(struct call *call, struct db *db, int64_t *before)
{
	const char *id = param_or_null(call, "before");
	struct post post = {0};
	enum err err;

	*before = INT64_MAX;
	if (!id)
		return ERR_NONE;
	err = post_find(db, store_id_key(call->house->store), id, &post);
	if (!err && post.author != call->asker.person)
		err = ERR_NOT_FOUND;
	*before = post.num;
	post_fini(&post);
	return err;
}

enum err read_me_posts(struct call *call, struct db *db)
{
	size_t room = (size_t)call->house->config->page_bytes_most;
	json_t *list = json_array();
	int64_t before, limit = POSTS_PAGE, more = 0;
	enum err err = before_read(call, db, &before);

	if (!err)
		err = param_int_optional(call, "limit", 1, INT64_MAX, &limit);
	if (!err)
		err = contributions(call, db, before, limit < 500 ? limit : 500, room, list, &more);
	if (err) {
		json_decref(list);
		return err;
	}
	return call_answer(call, json_pack("{s:o, s:b}", "posts", list, "more", (int)more));
}

/* ---- my data ---- */

/* A column of a list: t text, i number, a time. */
static json_t *column_json(struct cursor *cursor, int column, char kind)
{
	char at[CLOCK_TEXT];

	if (kind == 'i')
		return json_integer((json_int_t)cursor_int(cursor, column));
	if (kind == 't')
		return json_string(cursor_text(cursor, column));
	clock_format(cursor_int(cursor, column), at);
	return json_string(at);
}

/* What is held about a person besides their posts: lists, each a page at a time. */
struct section {
	const char *name, *sql;   /* of the person, and how many to skip */
	const char *const *names; /* of the columns */
	const char *kinds;        /* t text, i number, a time, v a device's number and nonce */
};

static const char *const accepted_names[] = {"process", "version", "at"};
static const char *const appeal_names[] = {"circle", "text", "at", "outcome", "answer", "decided"};
static const char *const device_names[] = {"device", "", "created", "used"};
static const char *const member_names[] = {"circle", "role", "organisation", "sector", "since"};
static const char *const report_names[] = {"reason", "note", "at"};
static const char *const sanction_names[] = {"circle", "step", "reason",       "rule",  "cause",
											 "begins", "ends", "acknowledged", "lifted"};

static const struct section sections[] = {
	{"appeals",
	 "SELECT c.id, a.text, a.at, a.outcome, a.answer, a.decided FROM appeal a"
	 " JOIN circle c ON c.num = a.circle WHERE a.person = ? ORDER BY a.num DESC LIMIT -1 OFFSET ?",
	 appeal_names, "ttatta"},
	{"charters_accepted",
	 "SELECT p.id, a.version, a.at FROM accepted a JOIN process p ON p.num = a.process"
	 " WHERE a.person = ? ORDER BY p.num LIMIT -1 OFFSET ?",
	 accepted_names, "tia"},
	{"circles",
	 "SELECT c.id, CASE m.role WHEN 1 THEN 'observer' WHEN 2 THEN 'participant'"
	 " WHEN 3 THEN 'moderator' ELSE 'convenor' END, m.organisation, m.sector, m.since"
	 " FROM member m JOIN circle c ON c.num = m.circle WHERE m.person = ?"
	 " ORDER BY c.num LIMIT -1 OFFSET ?",
	 member_names, "tttta"},
	{"devices",
	 "SELECT num, nonce, created, used FROM device WHERE person = ? AND revoked IS NULL"
	 " ORDER BY num LIMIT -1 OFFSET ?",
	 device_names, "v-aa"},
	{"reports",
	 "SELECT reason, note, at FROM report WHERE person = ? ORDER BY num DESC LIMIT -1 OFFSET ?",
	 report_names, "tta"},
	{"sanctions",
	 "SELECT c.id, s.step, s.reason, s.rule, s.cause, s.begins, s.ends, s.acknowledged, s.lifted"
	 " FROM sanction s JOIN circle c ON c.num = s.circle WHERE s.person = ?"
	 " ORDER BY s.num DESC LIMIT -1 OFFSET ?",
	 sanction_names, "tttttaaaa"},
};
enum { SECTION_COUNT = sizeof sections / sizeof *sections, SECTION_BYTES = 3000 };

static json_t *row_json(struct call *call, struct cursor *cursor, const struct section *section)
{
	json_t *row = json_object();
	char id[ID_TEXT];

	for (int i = 0; section->kinds[i]; i++) {
		char kind = section->kinds[i];

		if (kind == 'v') {
			id_seal(store_id_key(call->house->store), 'v', cursor_int(cursor, i),
					(uint64_t)cursor_int(cursor, i + 1), id);
			json_object_set_new(row, section->names[i], json_string(id));
			json_object_set_new(row, "this",
								json_boolean(cursor_int(cursor, i) == call->asker.device));
		} else if (kind != '-' && !cursor_is_null(cursor, i)) {
			json_object_set_new(row, section->names[i], column_json(cursor, i, kind));
		}
	}
	return row;
}

/* As many rows as fit into `room`, one at least. */
static enum err section_json(struct call *call, struct db *db, const struct section *section,
							 int64_t skip, size_t room, json_t *list, bool *more)
{
	struct cursor *cursor = db_query(db, section->sql, "ii", call->asker.person, skip);
	size_t used = 0;

	*more = false;
	while (!*more && cursor_next(cursor)) {
		json_t *row = row_json(call, cursor, section);

		used += json_dumpb(row, NULL, 0, JSON_COMPACT) + 1;
		*more = used > room && json_array_size(list);
		if (*more)
			json_decref(row);
		else
			json_array_append_new(list, row);
	}
	return cursor_end(&cursor);
}

/* The beginning of each list; those that go on elsewhere are named in "more_of". */
static enum err about_me(struct call *call, struct db *db, json_t *out)
{
	json_t *more_of = json_array();
	enum err err = ERR_NONE;

	for (size_t i = 0; i < SECTION_COUNT && !err; i++) {
		json_t *list = json_array();
		bool more = false;

		err = section_json(call, db, &sections[i], 0, SECTION_BYTES, list, &more);
		json_object_set_new(out, sections[i].name, list);
		if (more)
			json_array_append_new(more_of, json_string(sections[i].name));
	}
	json_object_set_new(out, "more_of", more_of);
	return err;
}

static const struct section *section_find(const char *name)
{
	for (size_t i = 0; i < SECTION_COUNT; i++)
		if (strcmp(name, sections[i].name) == 0)
			return &sections[i];
	return NULL;
}

enum err check_me_export(struct call *call)
{
	const char *section = NULL;
	int64_t skip;
	enum err err = check_me_posts(call);

	if (!err)
		err = param_text_optional(call, "section", 40, &section);
	if (!err)
		err = param_int_optional(call, "skip", 0, INT64_MAX, &skip);
	return !err && section && !section_find(section) ? ERR_BAD_PARAMS : err;
}

/* {"section","items","more"}: the rest of one list. */
static enum err export_section(struct call *call, struct db *db, const struct section *section)
{
	int64_t skip = json_integer_value(json_object_get(call->request.params, "skip"));
	json_t *list = json_array();
	bool more;
	enum err err = section_json(call, db, section, skip,
								(size_t)call->house->config->page_bytes_most, list, &more);

	if (err) {
		json_decref(list);
		return err;
	}
	return call_answer(
		call, json_pack("{s:s, s:o, s:b}", "section", section->name, "items", list, "more", more));
}

enum err read_me_export(struct call *call, struct db *db)
{
	const struct id_key *key = store_id_key(call->house->store);
	size_t room = (size_t)call->house->config->page_bytes_most;
	json_t *out = json_object(), *list = json_array();
	int64_t before, more = 0;
	struct person person;
	size_t used = 0;
	const char *section = param_or_null(call, "section");
	enum err err = person_load(db, key, call->asker.person, &person);

	if (!err && section) {
		json_decref(out);
		json_decref(list);
		return export_section(call, db, section_find(section));
	}
	if (!err)
		err = before_read(call, db, &before);
	if (!err && before == INT64_MAX) {
		char created[CLOCK_TEXT];

		clock_format(person.created, created);
		json_object_set_new(out, "participant",
							json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", person.id, "name",
									  person.name, "tag", person.tag, "lang", person.lang,
									  "created", created));
		err = about_me(call, db, out);
	}
	used = json_dumpb(out, NULL, 0, JSON_COMPACT);
	if (!err)
		err = contributions(call, db, before, POSTS_PAGE, used < room ? room - used : 1, list,
							&more);
	json_object_set_new(out, "posts", list);
	json_object_set_new(out, "more", json_boolean(more));
	if (err) {
		json_decref(out);
		return err;
	}
	return call_answer(call, out);
}
