/* log.c: `maagal log`: the moderation log of a circle, and its public twin: what was done, by which
 * role, by which rule, when; no names, no words. The twin follows from the log alone, so that the
 * same log always gives the same twin, and has a chain of its own, which anybody can check. */
#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "circle/event.h"
#include "circle/reason.h"
#include "program/commands.h"
#include "program/folder.h"
#include "program/options.h"
#include "store/circles.h"
#include "store/said.h"

enum { HASH_BYTES = 32, HASH_TEXT = 65, LINE_MOST = 65536, MINUTE_MS = 60000 };

struct wish {
	const char *data, *circle, *check;
	bool is_public, json;
};

/* What of the desk's events is an act that the public may know of, and what it was done to. */
static const struct {
	enum event_kind kind;
	const char *target;
} acts[] = {
	{EVENT_APPEAL_DECIDED, "decision"}, {EVENT_CRISIS_BEGUN, "circle"},
	{EVENT_CRISIS_ENDED, "circle"},     {EVENT_CRISIS_STEPPED, "circle"},
	{EVENT_DOOR_CHANGED, "circle"},     {EVENT_LIFTED, "participant"},
	{EVENT_NOTICE_POSTED, "circle"},    {EVENT_PACE_CHANGED, "circle"},
	{EVENT_REDACTED, "post"},           {EVENT_REJECTED, "post"},
	{EVENT_RELEASED, "post"},           {EVENT_REMOVED, "post"},
	{EVENT_RESTORED, "post"},           {EVENT_RULES_PINNED, "circle"},
	{EVENT_SANCTIONED, "participant"},  {EVENT_THREAD_FROZEN, "thread"},
	{EVENT_THREAD_THAWED, "thread"},
};

static const char *target_of(enum event_kind kind)
{
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (acts[i].kind == kind)
			return acts[i].target;
	return NULL;
}

/* Members whose values are ours: words of a table, numbers, times. */
static void copy_plain(const json_t *from, json_t *to)
{
	static const char *const plain[] = {"step", "rule",   "until",   "pace",
										"door", "preset", "outcome", "what"};

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
		json_t *value = json_object_get(from, plain[i]);

		if (!value || json_is_object(value) || json_is_array(value))
			continue;
		/* Less the time that it lasts, an end is the very second of the act. */
		if (strcmp(plain[i], "until") == 0 && json_is_string(value))
			json_object_set_new(to, plain[i],
								json_sprintf("%.16s:00.000Z", json_string_value(value)));
		else
			json_object_set(to, plain[i], value);
	}
}

static void hash_of(const unsigned char before[HASH_BYTES], const json_t *row,
					unsigned char out[HASH_BYTES])
{
	char *text = json_dumps(row, JSON_COMPACT | JSON_PRESERVE_ORDER);
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
	crypto_generichash_update(&state, before, HASH_BYTES);
	crypto_generichash_update(&state, (const unsigned char *)(text ? text : ""),
							  text ? strlen(text) : 0);
	crypto_generichash_final(&state, out, HASH_BYTES);
	free(text);
}

static json_t *body_of(const char *members)
{
	struct buf text = {0};
	json_t *body;

	buf_text(&text, "{");
	buf_text(&text, members);
	buf_text(&text, "}");
	body = buf_ok(&text) ? json_loadb(text.data, text.bytes, 0, NULL) : NULL;
	buf_fini(&text);
	return body ? body : json_object();
}

/* NULL if it is no act. To the minute: it need not be laid beside the circle's journal. */
static json_t *public_row(struct cursor *cursor, int64_t number)
{
	enum event_kind kind = (enum event_kind)cursor_int(cursor, 2);
	const char *target = target_of(kind), *reason;
	char at[CLOCK_TEXT];
	json_t *body, *row;

	if (!target)
		return NULL;
	body = body_of(cursor_text(cursor, 3));
	reason = json_string_value(json_object_get(body, "reason"));
	clock_format(cursor_int(cursor, 1) / MINUTE_MS * MINUTE_MS, at);
	row = json_pack("{s:I,s:s,s:s,s:s,s:s}", "n", (json_int_t)number, "at", at, "actor",
					json_is_object(json_object_get(body, "by")) ? "moderator" : "machine", "action",
					event_name(kind), "target", target);
	copy_plain(body, row);
	/* Any other may hold words of people. */
	if (reason_is_code(reason))
		json_object_set_new(row, "reason", json_string(reason));
	json_decref(body);
	return row;
}

static void print_line(const json_t *row, bool json)
{
	const char *name;
	json_t *value;

	if (json) {
		json_dumpf(row, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
		printf("\n");
		return;
	}
	json_object_foreach((json_t *)row, name, value)
	{
		if (json_is_string(value))
			printf("%s=%s ", name, json_string_value(value));
		else
			printf("%s=%lld ", name, (long long)json_integer_value(value));
	}
	printf("\n");
}

static struct cursor *desk_query(struct db *db, int64_t circle)
{
	return db_query(db,
					"SELECT seq, at, kind, coalesce(body, ''), chain FROM event WHERE journal = ?"
					" ORDER BY seq",
					"i", journal_of(JOURNAL_DESK, circle));
}

static enum err write_public(struct db *db, const struct wish *wish, int64_t circle)
{
	unsigned char chain[HASH_BYTES] = {0};
	char hex[HASH_TEXT];
	int64_t number = 0;
	struct cursor *cursor = desk_query(db, circle);

	while (cursor_next(cursor)) {
		json_t *row = public_row(cursor, number + 1);

		if (!row)
			continue;
		number++;
		hash_of(chain, row, chain);
		sodium_bin2hex(hex, sizeof hex, chain, sizeof chain);
		json_object_set_new(row, "hash", json_string(hex));
		print_line(row, wish->json);
		json_decref(row);
	}
	return cursor_end(&cursor);
}

static enum err write_whole(struct db *db, const struct wish *wish, int64_t circle)
{
	struct cursor *cursor = desk_query(db, circle);
	enum err err = ERR_NONE, ended;

	while (!err && cursor_next(cursor)) {
		char at[CLOCK_TEXT], hex[HASH_TEXT] = "";
		struct buf words = {0};
		size_t count = 0;
		const unsigned char *chain = cursor_blob(cursor, 4, &count);
		json_t *row;

		clock_format(cursor_int(cursor, 1), at);
		if (chain && count == HASH_BYTES)
			sodium_bin2hex(hex, sizeof hex, chain, count);
		row = json_pack("{s:I,s:s,s:s,s:o,s:s}", "seq", (json_int_t)cursor_int(cursor, 0), "at", at,
						"kind", event_name((enum event_kind)cursor_int(cursor, 2)), "body",
						body_of(cursor_text(cursor, 3)), "chain", hex);
		err = said_words(db, cursor_text(cursor, 3), &words);
		if (!err && *words.data)
			json_object_set_new(row, "words", body_of(words.data));
		if (!err && wish->json)
			print_line(row, true);
		else if (!err)
			printf("%" PRId64 " %s %s {%s}%s%s%s\n", cursor_int(cursor, 0), at,
				   event_name((enum event_kind)cursor_int(cursor, 2)), cursor_text(cursor, 3),
				   *words.data ? " {" : "", words.data, *words.data ? "}" : "");
		buf_fini(&words);
		json_decref(row);
	}
	ended = cursor_end(&cursor);
	return err ? err : ended;
}

static int write_log(const char *command, const struct wish *wish)
{
	struct why why = {""};
	struct db *db = NULL;
	int64_t circle = 0;
	enum err err = folder_read(wish->data, &why, &db);

	if (!err)
		err = db_script(db, "BEGIN");
	if (!err)
		err = circle_find(db, wish->circle, &circle);
	if (err == ERR_NOT_FOUND && !why.text[0])
		why_set(&why, "There is no circle %s.", wish->circle);
	if (!err)
		err = wish->is_public ? write_public(db, wish, circle) : write_whole(db, wish, circle);
	db_close(&db);
	return err ? folder_failed(command, &why) : EXIT_GOOD;
}

/* One line of a public log: its number follows, and its hash covers it and the one before. */
static bool line_holds(char *line, int64_t number, unsigned char chain[HASH_BYTES])
{
	json_t *row = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	const char *told = json_string_value(json_object_get(row, "hash"));
	char kept[HASH_TEXT] = "", hex[HASH_TEXT];
	bool holds = told && json_integer_value(json_object_get(row, "n")) == number;

	if (holds)
		snprintf(kept, sizeof kept, "%s", told);
	json_object_del(row, "hash");
	if (holds)
		hash_of(chain, row, chain);
	sodium_bin2hex(hex, sizeof hex, chain, HASH_BYTES);
	json_decref(row);
	return holds && strcmp(hex, kept) == 0;
}

static int check_public(const char *command, const char *path)
{
	unsigned char chain[HASH_BYTES] = {0};
	char line[LINE_MOST], hex[HASH_TEXT];
	int64_t number = 0;
	bool holds = true, is_read;
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");

	if (!file) {
		fprintf(stderr, "maagal %s: %s cannot be read.\n", command, path);
		return EXIT_FAILED;
	}
	while (holds && fgets(line, sizeof line, file))
		holds = line_holds(line, ++number, chain);
	is_read = !ferror(file);
	if (file != stdin)
		fclose(file);
	if (!is_read) {
		fprintf(stderr, "maagal %s: %s cannot be read to its end.\n", command, path);
		return EXIT_FAILED;
	}
	if (!holds) {
		fprintf(stderr, "maagal %s: The chain breaks at line %" PRId64 ".\n", command, number);
		return EXIT_FAILED;
	}
	sodium_bin2hex(hex, sizeof hex, chain, sizeof chain);
	printf("%" PRId64 " entries, the chain holds. head=%s\n", number, hex);
	return EXIT_GOOD;
}

int program_log(int argc, char **argv)
{
	struct wish wish = {0};
	struct why why;
	const struct option options[] = {
		{"check", OPTION_TEXT, &wish.check},      {"circle", OPTION_TEXT, &wish.circle},
		{"data", OPTION_TEXT, &wish.data},        {"json", OPTION_FLAG, &wish.json},
		{"public", OPTION_FLAG, &wish.is_public}, OPTIONS_END,
	};

	if (options_read(options, argc, argv, NULL, &why))
		return options_misused(argv[0], &why);
	if (wish.check && !wish.data && !wish.circle)
		return check_public(argv[0], wish.check);
	if (wish.check)
		return options_misused_because(argv[0], "--check FILE stands alone.");
	if (!wish.data)
		return options_misused_because(argv[0], "--data DIR is missing.");
	if (!wish.circle)
		return options_misused_because(argv[0], "--circle C is missing.");
	return write_log(argv[0], &wish);
}
