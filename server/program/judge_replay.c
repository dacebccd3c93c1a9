/* judge_replay.c: `maagal judge --replay`: what other rules would make of what was written. Goes
 * over the kept posts in the journal's order, changes nothing, and remembers a number for each
 * thread. One thread. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/utf8.h"
#include "filters/pipeline.h"
#include "program/commands.h"
#include "program/folder.h"
#include "program/judge.h"
#include "program/options.h"
#include "store/db.h"
#include "store/posts.h"

enum { HEATS_MOST = 1024 * 1024, TEXT_SHOWN = 200, SYMBOLS_MOST_COUNTED = 256 };

enum verdict_now { STAYS, NOW_HELD, NOW_REJECTED, NOW_RELEASED, NOW_NUDGED, CHANGE_COUNT };
static const char *const change_names[CHANGE_COUNT] = {
	"stays", "now_held", "now_rejected", "now_released", "now_nudged"};

/* What is remembered of a circle. */
struct circle_seen {
	struct recent recent;
	unsigned crisis;
};

struct symbol_count {
	char name[64];
	uint64_t before, now;
};

struct replay {
	struct db *db;
	const struct history_wish *wish;
	struct ruleset *ruleset;
	struct scratch *scratch;
	struct id_key key;
	struct map *circles, *heats; /* circle → struct circle_seen; thread → its last heat + 1 */
	struct symbol_count symbols[SYMBOLS_MOST_COUNTED];
	size_t symbol_count;
	uint64_t changes[CHANGE_COUNT], posts, wordless;
	struct progress progress;
	struct buf line;
};

/* A kept post, as it was and as it stands. Text lives until the next row. */
struct kept_post {
	int64_t row, num, nonce, circle, thread, thread_nonce, author, at;
	bool was_held, other_cause;
	unsigned heat, crisis;
	char circle_id[256], policy[64], lang[16];
	char *text, *verdict;
	size_t text_bytes;
};

/* --- counting by symbol ---------------------------------------------------------------------- */

static struct symbol_count *symbol_of(struct replay *replay, const char *name)
{
	for (size_t i = 0; i < replay->symbol_count; i++)
		if (strcmp(replay->symbols[i].name, name) == 0)
			return &replay->symbols[i];
	/* More symbols than any rules may have: the last one takes the rest. */
	if (replay->symbol_count == SYMBOLS_MOST_COUNTED)
		return &replay->symbols[SYMBOLS_MOST_COUNTED - 1];
	snprintf(replay->symbols[replay->symbol_count].name, sizeof replay->symbols[0].name, "%s",
		name);
	return &replay->symbols[replay->symbol_count++];
}

static void count_before(struct replay *replay, const char *verdict)
{
	json_t *value = json_loads(verdict, 0, NULL), *finding;
	size_t i;

	json_array_foreach(json_object_get(value, "findings"), i, finding) {
		const char *name = json_string_value(json_object_get(finding, "symbol"));

		if (name)
			symbol_of(replay, name)->before++;
	}
	json_decref(value);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct symbol_count *)a)->name,
		((const struct symbol_count *)b)->name);
}

/* --- one post -------------------------------------------------------------------------------- */

static enum verdict_now change_of(const struct kept_post *post, enum action action)
{
	if (action == ACTION_REJECT)
		return NOW_REJECTED;
	if (action == ACTION_HOLD)
		return post->was_held ? STAYS : NOW_HELD;
	/* What waited for another reason than its words would wait again. */
	if (post->was_held && !post->other_cause)
		return NOW_RELEASED;
	return action == ACTION_NUDGE && !post->was_held ? NOW_NUDGED : STAYS;
}

static void print_change(struct replay *replay, const struct kept_post *post,
	const struct judged *judged, enum action action, enum verdict_now change)
{
	struct buf *line = &replay->line;
	char id[ID_TEXT], thread[ID_TEXT];
	size_t shown = utf8_offset(post->text, post->text_bytes, TEXT_SHOWN);

	id_seal(&replay->key, 'p', post->num, (uint64_t)post->nonce, id);
	id_seal(&replay->key, 'p', post->thread, (uint64_t)post->thread_nonce, thread);
	buf_clear(line);
	if (replay->wish->json) {
		buf_format(line, "{\"change\":\"%s\",\"id\":\"%s\",\"thread\":\"%s\",\"circle\":",
			change_names[change], id, thread);
		buf_json(line, post->circle_id, strlen(post->circle_id));
		buf_format(line, ",\"was\":\"%s\",\"action\":\"%s\",\"scores\":",
			post->was_held ? "held" : "posted", action_name(action));
		scores_write_json(judged, line);
		buf_text(line, ",\"incivility\":");
		score_write(judged->incivility, line);
		if (replay->wish->text) {
			buf_text(line, ",\"text\":");
			buf_json(line, post->text, post->text_bytes);
		}
		buf_text(line, "}\n");
	} else {
		buf_format(line, "%-12s %s %s ", change_names[change], id, post->circle_id);
		scores_write_json(judged, line);
		if (replay->wish->text) {
			buf_text(line, " ");
			buf_json(line, post->text, shown);
		}
		buf_text(line, "\n");
	}
	fwrite(line->data, 1, line->bytes, stdout);
}

static unsigned heat_before(struct replay *replay, const struct kept_post *post)
{
	uintptr_t heat = (uintptr_t)map_get(replay->heats, (uint64_t)post->thread);

	return heat ? (unsigned)(heat - 1) : 0;
}

static enum err remember(struct replay *replay, const struct kept_post *post,
	struct circle_seen *circle)
{
	circle->crisis = post->crisis;
	if (map_count(replay->heats) >= HEATS_MOST)
		map_clear(replay->heats);
	return map_put(replay->heats, (uint64_t)post->thread, (void *)(uintptr_t)(post->heat + 1))
		? ERR_NONE : ERR_NO_MEMORY;
}

static struct circle_seen *circle_of(struct replay *replay, int64_t num)
{
	struct circle_seen *circle = map_get(replay->circles, (uint64_t)num);

	if (circle)
		return circle;
	circle = calloc(1, sizeof *circle);
	if (circle && map_put(replay->circles, (uint64_t)num, circle))
		return circle;
	free(circle);
	return NULL;
}

/* Judged as in the commit: with the heat of the thread and the index of the circle as they were
 * forecast then, and what the circle had heard of late. */
static enum err post_replay(struct replay *replay, const struct kept_post *post)
{
	struct circle_seen *circle = circle_of(replay, post->circle);
	struct recent_result recent;
	struct judged judged;
	enum action action;
	enum verdict_now change;
	enum err err = circle ? ERR_NONE : ERR_NO_MEMORY;

	if (!err && !post->text)
		replay->wordless++;
	if (err || !post->text)
		return err ? err : remember(replay, post, circle);
	err = pipeline_judge(replay->ruleset, replay->scratch, post->policy, post->lang, post->text,
		post->text_bytes, &judged);
	if (err)
		return err;
	recent_fold(&circle->recent, replay->ruleset, (uint64_t)post->author, &judged.signals,
		post->at, replay->wish->config->limits, &recent);
	action = pipeline_settle(replay->ruleset, post->policy, &judged, &recent,
		heat_before(replay, post), circle->crisis, false);
	pipeline_note_recent(replay->ruleset, &judged, &recent,
		(uint32_t)utf8_length(post->text, post->text_bytes));
	change = change_of(post, action);
	replay->changes[change]++;
	replay->posts++;
	count_before(replay, post->verdict);
	for (size_t i = 0; i < judged.finding_count; i++)
		symbol_of(replay, judged.findings[i].symbol)->now++;
	if (change == NOW_HELD || change == NOW_REJECTED || change == NOW_RELEASED)
		print_change(replay, post, &judged, action, change);
	return remember(replay, post, circle);
}

/* --- all of them ----------------------------------------------------------------------------- */

static void post_read(struct cursor *cursor, struct kept_post *out)
{
	size_t bytes = cursor_is_null(cursor, 9) ? 0 : cursor_bytes(cursor, 9);

	*out = (struct kept_post){.row = cursor_int(cursor, 0), .num = cursor_int(cursor, 1),
		.nonce = cursor_int(cursor, 2), .circle = cursor_int(cursor, 3),
		.thread = cursor_int(cursor, 4), .thread_nonce = cursor_int(cursor, 5),
		.author = cursor_int(cursor, 6), .at = cursor_int(cursor, 7),
		.heat = (unsigned)cursor_int(cursor, 10) % 1001,
		.crisis = (unsigned)cursor_int(cursor, 11) % 1001,
		.was_held = cursor_int(cursor, 12) != 0, .other_cause = cursor_int(cursor, 16) == 0};
	snprintf(out->lang, sizeof out->lang, "%s", cursor_text(cursor, 8));
	snprintf(out->circle_id, sizeof out->circle_id, "%s", cursor_text(cursor, 13));
	snprintf(out->policy, sizeof out->policy, "%s", cursor_text(cursor, 14));
	out->verdict = strdup(cursor_text(cursor, 15));
	if (!cursor_is_null(cursor, 9) && (out->text = malloc(bytes + 1))) {
		memcpy(out->text, cursor_text(cursor, 9), bytes);
		out->text[bytes] = '\0';
		out->text_bytes = bytes;
	}
}

/* A batch is read whole before it is judged: judging takes longer than a snapshot should live. */
static enum err batch_read(struct replay *replay, int64_t after, struct kept_post *posts,
	size_t *count)
{
	struct cursor *cursor = db_query(replay->db,
		"SELECT e.row, p.num, p.nonce, p.circle, p.thread, p.thread_nonce, p.author, p.at, p.lang,"
		" coalesce(p.kept, p.text), coalesce(p.heat, 0), coalesce(p.crisis, 0), p.answer, c.id,"
		" c.policy, p.verdict, EXISTS (SELECT 1 FROM item i WHERE i.post = p.num"
		" AND i.kind = 'held' AND i.cause IN ('filter', 'failed_filter'))"
		" FROM event e JOIN post p ON p.num = e.post JOIN circle c ON c.num = p.circle"
		" WHERE e.row > ?1 AND " POST_FOLDS " AND (?2 IS NULL OR c.id = ?2)"
		" ORDER BY e.row LIMIT ?3",
		"iti", after, replay->wish->circle, (int64_t)BATCH);

	*count = 0;
	while (cursor_next(cursor))
		post_read(cursor, &posts[(*count)++]);
	return cursor_end(&cursor);
}

static enum err replay_all(struct replay *replay)
{
	struct kept_post *posts = calloc(BATCH, sizeof *posts);
	size_t count = BATCH;
	int64_t after = 0;
	enum err err = posts ? ERR_NONE : ERR_NO_MEMORY;

	while (!err && count == BATCH) {
		err = batch_read(replay, after, posts, &count);
		for (size_t i = 0; i < count; i++) {
			if (!err && !posts[i].verdict)
				err = ERR_NO_MEMORY;
			if (!err)
				err = post_replay(replay, &posts[i]);
			after = posts[i].row;
			free(posts[i].text);
			free(posts[i].verdict);
			progress_step(&replay->progress, "posts");
		}
	}
	free(posts);
	return err;
}

/* --- the sum --------------------------------------------------------------------------------- */

static void print_json_sum(const struct replay *replay)
{
	json_t *symbols = json_object(), *sum = json_object();

	for (size_t i = 0; i < replay->symbol_count; i++)
		json_object_set_new(symbols, replay->symbols[i].name,
			json_pack("{s:I, s:I}", "before", (json_int_t)replay->symbols[i].before, "now",
				(json_int_t)replay->symbols[i].now));
	json_object_set_new(sum, "posts", json_integer((json_int_t)replay->posts));
	json_object_set_new(sum, "without_words", json_integer((json_int_t)replay->wordless));
	for (int i = 0; i < CHANGE_COUNT; i++)
		json_object_set_new(sum, change_names[i],
			json_integer((json_int_t)replay->changes[i]));
	json_object_set_new(sum, "symbols", symbols);
	json_object_set_new(sum, "ruleset", json_string(ruleset_version(replay->ruleset)));
	sum = json_pack("{s:o}", "summary", sum);
	json_dumpf(sum, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	printf("\n");
	json_decref(sum);
}

static void print_sum(const struct replay *replay)
{
	printf("\n%" PRIu64 " posts judged again; %" PRIu64 " have no words any more.\n"
	       "now held %" PRIu64 ", now rejected %" PRIu64 ", now released %" PRIu64
	       ", now nudged %" PRIu64 ", as before %" PRIu64 ".\n\n%-24s %9s %9s\n",
		replay->posts, replay->wordless, replay->changes[NOW_HELD],
		replay->changes[NOW_REJECTED], replay->changes[NOW_RELEASED],
		replay->changes[NOW_NUDGED], replay->changes[STAYS], "symbol", "before", "now");
	for (size_t i = 0; i < replay->symbol_count; i++)
		printf("%-24s %9" PRIu64 " %9" PRIu64 "\n", replay->symbols[i].name,
			replay->symbols[i].before, replay->symbols[i].now);
	printf("\nNothing was changed.\n");
}

/* --- the command ----------------------------------------------------------------------------- */

static enum err key_read(struct replay *replay)
{
	struct cursor *cursor =
		db_query(replay->db, "SELECT value FROM house WHERE name = 'id_key'", "");
	size_t count = 0;
	const void *bytes = cursor_next(cursor) ? cursor_blob(cursor, 0, &count) : NULL;
	enum err err = bytes && count == sizeof replay->key ? ERR_NONE : ERR_STORAGE, ended;

	if (!err)
		memcpy(&replay->key, bytes, count);
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

/* The policies that circles have must be there, or all would be judged by the strictest. */
static enum err policies_check_known(const struct replay *replay, struct why *why)
{
	struct cursor *cursor = db_query(replay->db,
		"SELECT DISTINCT policy FROM circle WHERE ?1 IS NULL OR id = ?1", "t",
		replay->wish->circle);
	bool any = false;
	enum err err = ERR_NONE, ended;

	while (!err && cursor_next(cursor)) {
		any = true;
		if (ruleset_has_policy(replay->ruleset, cursor_text(cursor, 0)))
			continue;
		why_set(why, "Circles have the policy \"%.60s\", which %.300s/policies.conf does not "
			"declare.", cursor_text(cursor, 0), replay->wish->against);
		err = ERR_BAD_PARAMS;
	}
	ended = cursor_end(&cursor);
	if (!err && !ended && !any && replay->wish->circle) {
		why_set(why, "There is no circle \"%.100s\" in %.300s; `maagal process list` shows them.",
			replay->wish->circle, replay->wish->data);
		return ERR_NOT_FOUND;
	}
	return ended ? ended : err;
}

static enum err replay_init(struct replay *replay, struct why *why)
{
	enum err err = ruleset_load(replay->wish->against, &replay->ruleset, why);

	if (!err)
		err = folder_read(replay->wish->data, why, &replay->db);
	if (!err)
		err = key_read(replay);
	if (!err)
		err = policies_check_known(replay, why);
	if (!err)
		err = db_number(replay->db, 0, &replay->progress.total, "SELECT count(*) FROM post", "");
	if (err)
		return err;
	replay->scratch = scratch_new();
	replay->circles = map_new();
	replay->heats = map_new();
	return replay->scratch && replay->circles && replay->heats ? ERR_NONE : ERR_NO_MEMORY;
}

static void replay_fini(struct replay *replay)
{
	uint64_t key;
	size_t at = 0;
	void *circle;

	while (replay->circles && map_next(replay->circles, &at, &key, &circle))
		free(circle);
	map_free(&replay->circles);
	map_free(&replay->heats);
	scratch_free(&replay->scratch);
	ruleset_unref(&replay->ruleset);
	buf_fini(&replay->line);
	db_close(&replay->db);
}

int judge_replay(const struct history_wish *wish)
{
	struct replay *replay = calloc(1, sizeof *replay);
	struct why why = {""};
	enum err err = ERR_NO_MEMORY;

	if (replay) {
		replay->wish = wish;
		err = replay_init(replay, &why);
		if (!err)
			err = replay_all(replay);
		if (!err) {
			qsort(replay->symbols, replay->symbol_count, sizeof replay->symbols[0], by_name);
			if (wish->json)
				print_json_sum(replay);
			else
				print_sum(replay);
		}
		replay_fini(replay);
		free(replay);
	}
	if (!err)
		return ferror(stdout) || fflush(stdout) ? EXIT_FAILED : EXIT_GOOD;
	if (!why.text[0])
		why_set(&why, "The history could not be read: %s.", err_name(err));
	return folder_failed("judge", &why);
}
