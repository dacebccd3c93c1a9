/* export.c: `maagal export`: a circle or a process in an open format. Everything is read through
 * the same rendering that members get, in one snapshot: nothing leaves here that they could not
 * see. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "circle/event.h"
#include "program/commands.h"
#include "program/export_format.h"
#include "program/folder.h"
#include "program/options.h"
#include "store/circles.h"
#include "store/history.h"

enum { PAGE = 500, PAGE_BYTES = 64 * 1024 * 1024, FORMAT_VERSION = 1, PATH_ROOM = 4096 };

struct exporter {
	const struct export_format *format;
	struct export_out out;
	struct db *db;
	struct id_key key;
	int64_t process, circle; /* circle 0: all public circles of the process */
	char lang[8];
	struct why why;
};

static enum err key_read(struct exporter *exporter)
{
	struct cursor *cursor =
		db_query(exporter->db, "SELECT value FROM house WHERE name = 'id_key'", "");
	size_t count = 0;
	const void *bytes = cursor_next(cursor) ? cursor_blob(cursor, 0, &count) : NULL;
	enum err err = bytes && count == sizeof exporter->key ? ERR_NONE : ERR_STORAGE;
	enum err ended;

	if (!err)
		memcpy(&exporter->key, bytes, count);
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

static json_t *parsed(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

	return value ? value : json_null();
}

/* ---- the frame ---- */

static enum err charters_read(struct exporter *exporter, json_t *charters)
{
	struct cursor *cursor = db_query(exporter->db,
		"SELECT version, at, charter, rules FROM charter WHERE process = ? ORDER BY version",
		"i", exporter->process);

	while (cursor_next(cursor)) {
		char at[CLOCK_TEXT];

		clock_format(cursor_int(cursor, 1), at);
		json_array_append_new(charters,
			json_pack("{s:I,s:s,s:o,s:o}", "version", (json_int_t)cursor_int(cursor, 0),
				  "at", at, "charter", parsed(cursor_text(cursor, 2)), "rules",
				  parsed(cursor_text(cursor, 3))));
	}
	return cursor_end(&cursor);
}

/* What members are told of the process. Its circles follow, as far as they are exported; what else
 * its convenors wrote into the declaration is theirs. */
static enum err process_read(struct exporter *exporter, json_t **out)
{
	struct cursor *cursor = db_query(exporter->db,
		"SELECT declared, charter_version FROM process WHERE num = ?", "i", exporter->process);
	json_t *charters = json_array();
	enum err err = ERR_NOT_FOUND, ended;

	*out = NULL;
	if (cursor_next(cursor)) {
		json_t *declared = parsed(cursor_text(cursor, 0));

		*out = json_pack("{s:O,s:O,s:O*,s:I}", "id", json_object_get(declared, "id"), "title",
				 json_object_get(declared, "title"), "languages",
				 json_object_get(declared, "languages"), "charter_version",
				 (json_int_t)cursor_int(cursor, 1));
		json_decref(declared);
		err = *out ? ERR_NONE : ERR_STORAGE;
	}
	ended = cursor_end(&cursor);
	if (!err && !ended)
		err = charters_read(exporter, charters);
	if (!err)
		json_object_set(*out, "charters", charters);
	json_decref(charters);
	return ended ? ended : err;
}

static void lang_choose(struct exporter *exporter, const json_t *process)
{
	const json_t *languages = json_object_get(process, "languages");
	const char *first = json_string_value(json_array_get(languages, 0));

	if (!exporter->lang[0])
		snprintf(exporter->lang, sizeof exporter->lang, "%s", first ? first : "he");
	exporter->out.lang = exporter->lang;
}

static enum err frame_write(struct exporter *exporter)
{
	json_t *process = NULL, *head;
	char now[CLOCK_TEXT];
	enum err err = process_read(exporter, &process);

	if (err)
		return err;
	clock_format(clock_wall_ms(), now);
	head = json_pack("{s:i,s:s,s:s,s:O}", "version", FORMAT_VERSION, "exported_at", now, "program",
			 "maagal", "title", json_object_get(process, "title"));
	lang_choose(exporter, process);
	if (exporter->format->begin)
		exporter->format->begin(&exporter->out, head);
	if (exporter->format->process)
		exporter->format->process(&exporter->out, process);
	json_decref(head);
	json_decref(process);
	return ERR_NONE;
}

/* ---- posts and other events ---- */

static enum err number_at(struct exporter *exporter, int64_t journal, int64_t seq, const char *sql,
			  json_t *post, const char *name)
{
	int64_t value = 0;
	enum err err = db_number(exporter->db, 0, &value, sql, "ii", journal, seq);

	if (!err && value)
		json_object_set_new(post, name, json_integer(value));
	return err;
}

static enum err post_write_out(struct exporter *exporter, int64_t journal, const json_t *event)
{
	json_t *post = json_object_get(event, "post");
	int64_t seq = json_integer_value(json_object_get(event, "seq"));
	enum err err;

	json_object_set(post, "at", json_object_get(event, "at"));
	err = number_at(exporter, journal, seq,
			"SELECT p.charter FROM event e JOIN post p ON p.num = e.post"
			" WHERE e.journal = ? AND e.seq = ?", post, "charter_version");
	if (!err)
		err = number_at(exporter, journal, seq,
				"SELECT q.seq FROM event e JOIN post p ON p.num = e.post"
				" JOIN post q ON q.num = p.reply_to WHERE e.journal = ? AND e.seq = ?",
				post, "reply_to_seq");
	if (!err && exporter->format->post)
		exporter->format->post(&exporter->out, post);
	return err;
}

static void event_write_out(struct exporter *exporter, json_t *event)
{
	json_t *post = json_object_get(event, "post");

	/* What a post says stands with the post, once. */
	if (post)
		json_object_set(event, "post", json_object_get(post, "id"));
	if (exporter->format->event)
		exporter->format->event(&exporter->out, event);
}

enum pass { PASS_ALL, PASS_POSTS, PASS_EVENTS };

static enum err page_write(struct exporter *exporter, const struct page_wish *wish, enum pass pass,
			   struct page *page)
{
	enum err err = history_page(exporter->db, &exporter->key, wish, page);
	json_t *events, *event;
	size_t index;

	if (err)
		return err;
	events = json_loadb(page->events.data, page->events.bytes, 0, NULL);
	buf_fini(&page->events);
	if (!events)
		return ERR_NO_MEMORY;
	json_array_foreach(events, index, event) {
		const char *kind = json_string_value(json_object_get(event, "kind"));
		bool is_post = kind && strcmp(kind, event_name(EVENT_POSTED)) == 0;

		if (is_post && pass != PASS_EVENTS)
			err = post_write_out(exporter, wish->journal, event);
		else if (!is_post && pass != PASS_POSTS)
			event_write_out(exporter, event);
		if (err)
			break;
	}
	json_decref(events);
	return err;
}

/* thread 0: the whole journal. */
static enum err journal_write(struct exporter *exporter, int64_t circle, int64_t thread,
			      enum pass pass)
{
	struct page_wish wish = {.journal = journal_of(JOURNAL_CIRCLE, circle),
				 .thread = thread,
				 .limit = PAGE,
				 .bytes_most = PAGE_BYTES};
	struct page page = {.more = true};
	enum err err = ERR_NONE;

	while (!err && page.more) {
		err = page_write(exporter, &wish, pass, &page);
		wish.after = page.last;
	}
	return err;
}

static enum err threads_write(struct exporter *exporter, int64_t circle)
{
	struct cursor *cursor = db_query(exporter->db,
		"SELECT num FROM post WHERE circle = ? AND thread = num AND seq IS NOT NULL ORDER BY seq",
		"i", circle);
	enum err err = ERR_NONE, ended;

	while (!err && cursor_next(cursor))
		err = journal_write(exporter, circle, cursor_int(cursor, 0), PASS_POSTS);
	ended = cursor_end(&cursor);
	return err ? err : ended;
}

static enum err circle_content(struct exporter *exporter, int64_t circle)
{
	const struct export_format *format = exporter->format;
	enum err err;

	if (format->by_thread)
		return threads_write(exporter, circle);
	err = journal_write(exporter, circle, 0, format->posts_first ? PASS_POSTS : PASS_ALL);
	if (err || !format->posts_first)
		return err;
	format->events_begin(&exporter->out);
	return journal_write(exporter, circle, 0, PASS_EVENTS);
}

/* ---- circles ---- */

/* What everybody was told of each crisis; who did what meanwhile stays at the desk. */
static enum err crises_read(struct exporter *exporter, int64_t circle, json_t *out)
{
	struct cursor *cursor = db_query(exporter->db,
		"SELECT first_preset, begun, coalesce(ended, 0), reason, end_reason, begun_by, ended_by,"
		" until FROM incident WHERE circle = ? ORDER BY num",
		"i", circle);
	char begun[CLOCK_TEXT], until[CLOCK_TEXT], ended[CLOCK_TEXT];

	while (cursor_next(cursor)) {
		bool is_over = cursor_int(cursor, 2) > 0;
		json_t *crisis;

		clock_format(cursor_int(cursor, 1), begun);
		clock_format(cursor_int(cursor, 2), ended);
		clock_format(cursor_int(cursor, 7), until);
		crisis = json_pack("{s:s,s:s,s:s,s:o,s:s,s:s}", "preset", cursor_text(cursor, 0),
				   "begun", begun, "until", until, "ended",
				   is_over ? json_string(ended) : json_null(), "reason",
				   cursor_text(cursor, 3), "begun_by",
				   cursor_is_null(cursor, 5) ? "machine" : "moderators");
		if (is_over)
			json_object_set_new(crisis, "ended_by",
					    json_string(cursor_is_null(cursor, 6) ? "machine"
										  : "moderators"));
		if (!cursor_is_null(cursor, 4))
			json_object_set_new(crisis, "end_reason",
					    json_string(cursor_text(cursor, 4)));
		json_array_append_new(out, crisis);
	}
	return cursor_end(&cursor);
}

static enum err circle_write(struct exporter *exporter, struct cursor *row)
{
	int64_t num = cursor_int(row, 0), head = 0;
	char id[CIRCLE_ID_TEXT];
	json_t *circle, *crises = json_array();
	enum err err = journal_head(exporter->db, journal_of(JOURNAL_CIRCLE, num), &head);

	if (!err)
		err = crises_read(exporter, num, crises);
	if (err) {
		json_decref(crises);
		return err;
	}
	snprintf(id, sizeof id, "%s", cursor_text(row, 1));
	exporter->out.circle = id;
	circle = json_pack("{s:s,s:o,s:s,s:s,s:s,s:s,s:I,s:I}", "id", id, "title",
			   parsed(cursor_text(row, 2)), "access", cursor_text(row, 3), "policy",
			   cursor_text(row, 4), "phase", cursor_text(row, 5), "door",
			   cursor_text(row, 6), "pace_seconds", (json_int_t)cursor_int(row, 7), "head",
			   (json_int_t)head);
	if (circle)
		json_object_set(circle, "crises", crises);
	json_decref(crises);
	if (!circle)
		return ERR_NO_MEMORY;
	if (exporter->format->circle)
		exporter->format->circle(&exporter->out, circle);
	json_decref(circle);
	err = circle_content(exporter, num);
	if (exporter->format->circle_end)
		exporter->format->circle_end(&exporter->out);
	exporter->out.circle = NULL;
	return err;
}

/* Of a process its public circles alone: a closed one is exported by whoever knows its name. */
static enum err circles_write(struct exporter *exporter)
{
	struct cursor *cursor = db_query(exporter->db,
		"SELECT num, id, title, access, policy, phase, door, pace FROM circle WHERE"
		" process = ?1 AND (num = ?2 OR (?2 = 0 AND access = 'public')) ORDER BY place, num",
		"ii", exporter->process, exporter->circle);
	enum err err = ERR_NONE, ended;

	while (!err && cursor_next(cursor))
		err = circle_write(exporter, cursor);
	ended = cursor_end(&cursor);
	return err ? err : ended;
}

static enum err subject_find(struct exporter *exporter, const char *circle, const char *process)
{
	enum err err;

	if (process) {
		err = db_number(exporter->db, 0, &exporter->process,
				"SELECT num FROM process WHERE id = ?", "t", process);
	} else {
		err = db_number(exporter->db, 0, &exporter->circle,
				"SELECT num FROM circle WHERE id = ?", "t", circle);
		if (!err)
			err = db_number(exporter->db, 0, &exporter->process,
					"SELECT process FROM circle WHERE num = ?", "i",
					exporter->circle);
	}
	if (err || exporter->process)
		return err;
	why_set(&exporter->why, "There is no %s `%.64s`. `maagal process list` shows what there is.",
		process ? "process" : "circle", process ? process : circle);
	return ERR_NOT_FOUND;
}

static enum err export_all(struct exporter *exporter, const char *circle, const char *process)
{
	enum err err = db_script(exporter->db, "BEGIN");

	if (!err)
		err = key_read(exporter);
	if (!err)
		err = subject_find(exporter, circle, process);
	if (!err)
		err = frame_write(exporter);
	if (!err)
		err = circles_write(exporter);
	if (!err && exporter->format->end)
		exporter->format->end(&exporter->out);
	return err;
}

/* ---- the command ---- */

/* Into a file of another name first: whoever finds the file finds it whole. */
static int export_into(struct exporter *exporter, const char *data, const char *circle,
		       const char *process, const char *path)
{
	char part[PATH_ROOM];
	bool good;
	enum err err = folder_read(data, &exporter->why, &exporter->db);

	snprintf(part, sizeof part, "%s.part", path ? path : "");
	exporter->out.file = path ? NULL : stdout;
	if (!err && path && !(exporter->out.file = fopen(part, "we"))) {
		why_set(&exporter->why, "%.300s cannot be written: %s.", part, strerror(errno));
		err = ERR_STORAGE;
	}
	if (!err)
		err = export_all(exporter, circle, process);
	good = !err && fflush(exporter->out.file) == 0 && !ferror(exporter->out.file) &&
	       (!path || fsync(fileno(exporter->out.file)) == 0);
	if (path && exporter->out.file && fclose(exporter->out.file) != 0)
		good = false;
	if (good && path && rename(part, path) != 0)
		good = false;
	if (!good && !exporter->why.text[0])
		why_set(&exporter->why, "The export cannot be written: %s.",
			err ? err_name(err) : strerror(errno));
	if (!good && path)
		unlink(part);
	db_close(&exporter->db);
	return good ? EXIT_GOOD : folder_failed("export", &exporter->why);
}

int program_export(int argc, char **argv)
{
	const char *data = NULL, *circle = NULL, *process = NULL, *format = NULL, *out = NULL;
	const char *lang = NULL;
	bool json = false;
	struct exporter exporter = {.lang = ""};
	const struct option options[] = {
		{"circle", OPTION_TEXT, &circle},
		{"data", OPTION_TEXT, &data},
		{"format", OPTION_TEXT, &format},
		{"json", OPTION_FLAG, &json},
		{"lang", OPTION_TEXT, &lang},
		{"out", OPTION_TEXT, &out},
		{"process", OPTION_TEXT, &process},
		{"to", OPTION_TEXT, &out},
		OPTIONS_END,
	};

	if (options_read(options, argc, argv, NULL, &exporter.why))
		return options_misused(argv[0], &exporter.why);
	if (!data)
		return options_misused_because(argv[0], "--data DIR is missing.");
	if (!circle == !process)
		return options_misused_because(argv[0], "Say --circle C or --process P.");
	if (lang && strcmp(lang, "he") != 0 && strcmp(lang, "ar") != 0 && strcmp(lang, "en") != 0)
		return options_misused_because(argv[0], "--lang must be he, ar or en.");
	exporter.format = export_format_find(format ? format : json ? "jsonl" : "md");
	if (!exporter.format)
		return options_misused_because(argv[0],
					       "--format must be csv, html, json, jsonl or md.");
	snprintf(exporter.lang, sizeof exporter.lang, "%s", lang ? lang : "");
	return export_into(&exporter, data, circle, process, out);
}
