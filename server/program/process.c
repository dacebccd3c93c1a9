/* process.c: `maagal process apply FILE` and `maagal process list`. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/commands.h"
#include "program/folder.h"
#include "program/options.h"
#include "store/declare.h"

enum { DECLARATION_BYTES_MOST = 16 * 1024 * 1024 };

struct apply {
	struct change change;
	const json_t *declared;
	json_t *report;
	struct why why;
};

static enum err keep_process(struct keeper *keeper, struct change *change)
{
	struct apply *apply = (struct apply *)change;

	return process_apply(keeper, apply->declared, &apply->report, &apply->why);
}

static enum err declaration_read(const char *path, json_t **out, struct why *why)
{
	struct buf bytes = {0};
	json_error_t error;
	enum err err = folder_slurp(path, DECLARATION_BYTES_MOST, &bytes, why);

	*out = NULL;
	if (!err) {
		*out = json_loadb(bytes.data ? bytes.data : "", bytes.bytes, JSON_REJECT_DUPLICATES,
				  &error);
		if (!*out) {
			why_set(why, "%.200s is no JSON: line %d, column %d: %s.", path, error.line,
				error.column, error.text);
			err = ERR_PARSE;
		}
	}
	if (!err)
		err = process_check(*out, NULL, why);
	buf_fini(&bytes);
	return err;
}

static void print_circles(const json_t *report)
{
	static const struct {
		const char *what, *says;
	} words[] = {
		{"changed", "changed"},
		{"created", "created"},
		{"kept", "as it was"},
		{"not_declared", "is not declared any more; it stays as it is"},
	};
	json_t *circle;
	size_t index;

	json_array_foreach(json_object_get(report, "circles"), index, circle) {
		const char *what = json_string_value(json_object_get(circle, "what"));

		for (size_t i = 0; i < sizeof words / sizeof *words; i++)
			if (strcmp(words[i].what, what) == 0)
				printf("  circle %s: %s\n",
				       json_string_value(json_object_get(circle, "id")),
				       words[i].says);
	}
}

static int print_report(const json_t *report, bool json)
{
	bool created = json_is_true(json_object_get(report, "created"));
	bool changed = json_is_true(json_object_get(report, "changed"));
	bool charter = strcmp(json_string_value(json_object_get(report, "charter")), "new") == 0;

	if (json) {
		json_dumpf(report, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
		printf("\n");
		return EXIT_GOOD;
	}
	printf("process %s: %s\n", json_string_value(json_object_get(report, "process")),
	       created   ? "created"
	       : changed ? "changed"
			 : "nothing has changed");
	printf("  charter version %lld: %s\n",
	       (long long)json_integer_value(json_object_get(report, "version")),
	       charter ? created ? "in force" : "new; speaking needs its acceptance" : "as it was");
	print_circles(report);
	return EXIT_GOOD;
}

static int apply_file(const char *path, const char *data, bool json)
{
	struct apply apply = {.change.keep = keep_process};
	struct store *store = NULL;
	json_t *declared = NULL;
	int status = EXIT_FAILED;
	enum err err = declaration_read(path, &declared, &apply.why);

	if (!err)
		err = folder_open(data, true, &apply.why, &store);
	apply.declared = declared;
	if (!err)
		err = store_keep_now(store, &apply.change);
	if (err && !apply.why.text[0])
		why_set(&apply.why, "The store in %.200s cannot be written (%s).", data, err_name(err));
	status = err ? folder_failed("process", &apply.why) : print_report(apply.report, json);
	json_decref(apply.report);
	json_decref(declared);
	store_close(&store);
	return status;
}

/* ---- list ---- */

static json_t *circles_list(struct db *db, int64_t process)
{
	struct cursor *cursor = db_query(db,
		"SELECT id, title, access, policy, phase, door, pace FROM circle WHERE process = ?"
		" ORDER BY place, num", "i", process);
	json_t *circles = json_array();

	while (cursor_next(cursor))
		json_array_append_new(circles,
			json_pack("{s:s,s:o,s:s,s:s,s:s,s:s,s:I}", "id", cursor_text(cursor, 0),
				  "title", json_loads(cursor_text(cursor, 1), JSON_DECODE_ANY, NULL),
				  "access", cursor_text(cursor, 2), "policy", cursor_text(cursor, 3),
				  "phase", cursor_text(cursor, 4), "door", cursor_text(cursor, 5),
				  "pace_seconds", (json_int_t)cursor_int(cursor, 6)));
	if (cursor_end(&cursor) != ERR_NONE)
		json_array_clear(circles);
	return circles;
}

static enum err processes_list(struct db *db, json_t **out)
{
	struct cursor *cursor =
		db_query(db, "SELECT num, id, charter_version, declared FROM process ORDER BY num", "");

	*out = json_array();
	while (cursor_next(cursor)) {
		json_t *declared = json_loads(cursor_text(cursor, 3), 0, NULL);

		json_array_append_new(*out,
			json_pack("{s:s,s:O,s:I,s:o}", "id", cursor_text(cursor, 1), "title",
				  json_object_get(declared, "title"), "charter_version",
				  (json_int_t)cursor_int(cursor, 2), "circles",
				  circles_list(db, cursor_int(cursor, 0))));
		json_decref(declared);
	}
	return cursor_end(&cursor);
}

static void print_processes(const json_t *processes)
{
	json_t *process, *circle;
	size_t index, inner;

	if (json_array_size(processes) == 0)
		printf("There is no process yet.\n");
	json_array_foreach((json_t *)processes, index, process) {
		printf("%s, charter version %lld\n",
		       json_string_value(json_object_get(process, "id")),
		       (long long)json_integer_value(json_object_get(process, "charter_version")));
		json_array_foreach(json_object_get(process, "circles"), inner, circle)
			printf("  %s: %s, %s\n", json_string_value(json_object_get(circle, "id")),
			       json_string_value(json_object_get(circle, "access")),
			       json_string_value(json_object_get(circle, "phase")));
	}
}

static int list_all(const char *data, bool json)
{
	struct why why = {""};
	struct db *db = NULL;
	json_t *processes = NULL;
	enum err err = folder_read(data, &why, &db);

	if (!err)
		err = processes_list(db, &processes);
	if (!err && json) {
		json_dumpf(processes, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
		printf("\n");
	} else if (!err) {
		print_processes(processes);
	}
	json_decref(processes);
	db_close(&db);
	return err ? folder_failed("process", &why) : EXIT_GOOD;
}

int program_process(int argc, char **argv)
{
	const char *data = NULL;
	bool json = false;
	struct words words;
	struct why why;
	const struct option options[] = {
		{"data", OPTION_TEXT, &data},
		{"json", OPTION_FLAG, &json},
		OPTIONS_END,
	};

	if (options_read(options, argc, argv, &words, &why))
		return options_misused(argv[0], &why);
	if (!data)
		return options_misused_because(argv[0], "--data DIR is missing.");
	if (words.count == 2 && strcmp(words.at[0], "apply") == 0)
		return apply_file(words.at[1], data, json);
	if (words.count == 1 && strcmp(words.at[0], "list") == 0)
		return list_all(data, json);
	return options_misused_because(argv[0], "Say `apply FILE` or `list`.");
}
