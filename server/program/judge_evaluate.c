/* judge_evaluate.c: `maagal judge --evaluate`: what was forecast of each thread, against what
 * moderators then did. Thread by thread, post by post; memory for a handful of posts and one row of
 * figures for each circle and language. One thread. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "program/commands.h"
#include "program/folder.h"
#include "program/judge.h"
#include "program/options.h"
#include "store/db.h"
#include "store/posts.h"

enum {
	HORIZON = 5,       /* "within the next five messages" */
	ALERT_FROM = 500, ALERT_UNTIL = 380, /* as in filters/thread.c and crisis.c */
	CRISIS_UNTIL = 350,
	CRISIS_HORIZON = 30, CRISIS_ACTS = 3,
	LEADS = 64,        /* messages ahead, the last cell for more */
	CELLS = 101
};

/* Figures of one circle in one language, or of several together. */
struct tally {
	uint64_t posts, threads, acts;
	uint64_t alerts, borne_out, recovered, standing; /* runs of posts at the alert level */
	uint64_t acts_forecast, calm_threads, calm_threads_alerted;
	uint64_t lead_messages[LEADS + 1], lead_seconds;
	uint64_t before_act[CELLS], before_none[CELLS]; /* posts by escalation, in hundredths */
	uint64_t crises, crises_borne_out;
};

struct post_seen {
	unsigned heat;
	struct tally *tally;
	bool followed, alerted;
};

/* A run of posts at the alert level. */
struct run {
	struct tally *tally;
	uint64_t from;     /* number of its first post in the thread */
	int64_t from_ms;
	bool stands, borne_out;
};

struct evaluation {
	struct db *db;
	const struct history_wish *wish;
	struct textmap *tallies; /* circle, NUL, lang → struct tally */
	struct map *crises;      /* circle → struct crisis_seen */
	struct progress progress;
	bool no_memory;
};

static struct tally *tally_of(struct evaluation *evaluation, const char *circle, const char *lang)
{
	char key[512];
	int bytes = snprintf(key, sizeof key, "%.400s%c%.16s", circle, 0, lang);
	struct tally *tally = textmap_get(evaluation->tallies, key, (size_t)bytes);

	if (tally)
		return tally;
	tally = calloc(1, sizeof *tally);
	if (tally && textmap_put(evaluation->tallies, key, (size_t)bytes, tally))
		return tally;
	free(tally);
	evaluation->no_memory = true;
	return NULL;
}

void progress_step(struct progress *progress, const char *what)
{
	int64_t now = clock_steady_ms();

	progress->done++;
	if (!progress->said_at)
		progress->said_at = now;
	if (now - progress->said_at < PROGRESS_MS)
		return;
	progress->said_at = now;
	fprintf(stderr, "maagal judge: %" PRId64 " of %" PRId64 " %s\n", progress->done,
		progress->total, what);
}

/* --- one thread ------------------------------------------------------------------------------ */

struct thread_seen {
	struct post_seen last[HORIZON]; /* by number */
	struct run run;
	uint64_t posts;
	bool acted, alerted;
};

static void resolve(const struct post_seen *post)
{
	if (!post->tally)
		return;
	if (post->followed)
		post->tally->before_act[post->heat / 10]++;
	else
		post->tally->before_none[post->heat / 10]++;
}

static void run_end(struct run *run, bool cooled)
{
	if (!run->stands)
		return;
	if (run->borne_out)
		run->tally->borne_out++;
	else if (cooled)
		run->tally->recovered++;
	else
		run->tally->standing++;
	run->stands = false;
}

/* A moderator acted on this post, or the filters held it and nobody released it. */
static void note_act(struct thread_seen *seen, struct tally *tally, int64_t at_ms)
{
	bool forecast = false;

	for (int i = 0; i < HORIZON; i++) {
		seen->last[i].followed = true;
		forecast = forecast || (seen->last[i].tally && seen->last[i].alerted);
	}
	tally->acts++;
	seen->acted = true;
	if (!forecast)
		return;
	tally->acts_forecast++;
	if (seen->run.from < seen->posts) {
		uint64_t lead = seen->posts - seen->run.from;

		tally->lead_messages[lead < LEADS ? lead : LEADS]++;
		tally->lead_seconds += at_ms > seen->run.from_ms
			? (uint64_t)(at_ms - seen->run.from_ms) / 1000 : 0;
	}
	seen->run.borne_out = true;
}

static void note_post(struct thread_seen *seen, struct tally *tally, unsigned heat, int64_t at_ms)
{
	struct post_seen *post = &seen->last[seen->posts % HORIZON];

	resolve(post);
	if (!seen->run.stands && heat >= ALERT_FROM) {
		seen->run = (struct run){.tally = tally, .from = seen->posts, .from_ms = at_ms,
			.stands = true};
		tally->alerts++;
		seen->alerted = true;
	} else if (seen->run.stands && heat < ALERT_UNTIL) {
		run_end(&seen->run, true);
	}
	*post = (struct post_seen){.heat = heat, .tally = tally, .alerted = seen->run.stands};
	tally->posts++;
	seen->posts++;
}

#define ACTED \
	"(p.state <> 0 AND (EXISTS (SELECT 1 FROM decision d WHERE d.post = p.num" \
	" AND d.by_person IS NOT NULL AND d.what IN ('rejected', 'removed', 'redacted')" \
	" AND d.reversed_by IS NULL)" \
	" OR EXISTS (SELECT 1 FROM item i WHERE i.post = p.num AND i.kind = 'held'" \
	" AND i.cause IN ('filter', 'failed_filter'))))"
_Static_assert(POST_VISIBLE == 0, "what was released or restored is visible");

static enum err thread_evaluate(struct evaluation *evaluation, const char *circle, int64_t num)
{
	struct cursor *cursor = db_query(evaluation->db,
		"SELECT coalesce(p.heat, 0), p.at, p.lang, " ACTED " FROM event e"
		" JOIN post p ON p.num = e.post WHERE e.thread = ? AND " POST_FOLDS " ORDER BY e.row",
		"i", num);
	struct thread_seen seen = {0};
	struct tally *first = NULL;

	while (cursor_next(cursor)) {
		struct tally *tally = tally_of(evaluation, circle, cursor_text(cursor, 2));
		unsigned heat = (unsigned)cursor_int(cursor, 0);

		if (!tally)
			break;
		if (!first)
			first = tally;
		/* What was forecast before this post; then what is forecast with it. */
		if (cursor_int(cursor, 3))
			note_act(&seen, tally, cursor_int(cursor, 1));
		note_post(&seen, tally, heat <= 1000 ? heat : 1000, cursor_int(cursor, 1));
	}
	for (int i = 0; i < HORIZON; i++)
		resolve(&seen.last[i]);
	run_end(&seen.run, false);
	if (first) {
		first->threads++;
		first->calm_threads += !seen.acted;
		first->calm_threads_alerted += !seen.acted && seen.alerted;
	}
	return cursor_end(&cursor);
}

/* --- all threads ----------------------------------------------------------------------------- */

struct batch {
	int64_t nums[BATCH];
	char circles[BATCH][256];
	size_t count;
};

/* The next threads: a read of its own, so that no snapshot is held for long. */
static enum err threads_next(struct db *db, const char *only, int64_t after, struct batch *out)
{
	struct cursor *cursor = db_query(db,
		"SELECT p.num, c.id FROM post p JOIN circle c ON c.num = p.circle WHERE p.num > ?1"
		" AND p.thread = p.num AND (?2 IS NULL OR c.id = ?2) ORDER BY p.num LIMIT ?3",
		"iti", after, only, (int64_t)BATCH);

	out->count = 0;
	while (cursor_next(cursor)) {
		out->nums[out->count] = cursor_int(cursor, 0);
		snprintf(out->circles[out->count++], sizeof out->circles[0], "%s",
			cursor_text(cursor, 1));
	}
	return cursor_end(&cursor);
}

static enum err threads_evaluate(struct evaluation *evaluation)
{
	struct batch *batch = calloc(1, sizeof *batch);
	int64_t after = 0;
	enum err err = batch ? ERR_NONE : ERR_NO_MEMORY;

	do {
		if (!err)
			err = threads_next(evaluation->db, evaluation->wish->circle, after, batch);
		for (size_t i = 0; !err && i < batch->count; i++) {
			err = thread_evaluate(evaluation, batch->circles[i], batch->nums[i]);
			progress_step(&evaluation->progress, "threads");
			after = batch->nums[i];
			if (evaluation->no_memory)
				err = ERR_NO_MEMORY;
		}
	} while (!err && batch->count == BATCH);
	free(batch);
	return err;
}

/* --- all circles ----------------------------------------------------------------------------- */

/* What is remembered of a circle while the log is read. */
struct crisis_seen {
	unsigned ahead, acts; /* messages since an alarm, and how many of them were acted on */
	bool stands, waits;
};

static void note_index(struct crisis_seen *seen, struct tally *tally, unsigned index, bool acted)
{
	if (seen->waits) {
		seen->acts += acted;
		if (seen->acts >= CRISIS_ACTS) {
			tally->crises_borne_out++;
			seen->waits = false;
		} else if (++seen->ahead >= CRISIS_HORIZON) {
			seen->waits = false;
		}
	}
	if (!seen->stands && index >= ALERT_FROM) {
		tally->crises++;
		*seen = (struct crisis_seen){.stands = true, .waits = true};
	} else if (seen->stands && index < CRISIS_UNTIL) {
		seen->stands = false;
	}
}

static struct crisis_seen *crisis_of(struct evaluation *evaluation, int64_t circle)
{
	struct crisis_seen *seen = map_get(evaluation->crises, (uint64_t)circle);

	if (seen)
		return seen;
	seen = calloc(1, sizeof *seen);
	if (seen && map_put(evaluation->crises, (uint64_t)circle, seen))
		return seen;
	free(seen);
	evaluation->no_memory = true;
	return NULL;
}

/* One way through the log, in its order: an index by journal would have to be sorted for every
 * batch. */
static enum err crises_evaluate(struct evaluation *evaluation)
{
	size_t count = BATCH;
	int64_t row = 0;
	enum err err = ERR_NONE;

	while (!err && count == BATCH) {
		struct cursor *cursor = db_query(evaluation->db,
			"SELECT e.row, coalesce(p.crisis, 0), p.lang, p.circle, c.id, " ACTED
			" FROM event e JOIN post p ON p.num = e.post JOIN circle c ON c.num = p.circle"
			" WHERE e.row > ?1 AND " POST_FOLDS " AND (?2 IS NULL OR c.id = ?2)"
			" ORDER BY e.row LIMIT ?3",
			"iti", row, evaluation->wish->circle, (int64_t)BATCH);

		count = 0;
		while (cursor_next(cursor)) {
			struct crisis_seen *seen = crisis_of(evaluation, cursor_int(cursor, 3));
			struct tally *tally = tally_of(evaluation, cursor_text(cursor, 4),
				cursor_text(cursor, 2));

			if (!seen || !tally)
				break;
			count++;
			row = cursor_int(cursor, 0);
			note_index(seen, tally, (unsigned)cursor_int(cursor, 1),
				cursor_int(cursor, 5) != 0);
		}
		err = cursor_end(&cursor);
		if (evaluation->no_memory)
			err = ERR_NO_MEMORY;
	}
	return err;
}

/* --- figures --------------------------------------------------------------------------------- */

static void tally_add(struct tally *sum, const struct tally *part)
{
	uint64_t *into = (uint64_t *)(void *)sum;
	const uint64_t *from = (const uint64_t *)(const void *)part;

	_Static_assert(sizeof(struct tally) % sizeof(uint64_t) == 0, "numbers all the way");
	for (size_t i = 0; i < sizeof(struct tally) / sizeof(uint64_t); i++)
		into[i] += from[i];
}

static json_t *share(uint64_t part, uint64_t whole)
{
	return whole ? json_real((double)(part * 10000 / whole) / 10000) : json_null();
}

/* How surely a post that an act followed had a higher escalation than one that none followed. */
static json_t *area_under(const struct tally *tally)
{
	uint64_t acts = 0, none = 0;
	double wins = 0;

	for (int i = 0; i < CELLS; i++) {
		wins += (double)tally->before_act[i]
			* ((double)none + (double)tally->before_none[i] / 2);
		none += tally->before_none[i];
		acts += tally->before_act[i];
	}
	return acts && none
		? json_real((double)(int64_t)(10000 * wins / ((double)acts * (double)none)) / 10000)
		: json_null();
}

static json_t *median_lead(const struct tally *tally)
{
	uint64_t whole = 0, below = 0;

	for (int i = 0; i <= LEADS; i++)
		whole += tally->lead_messages[i];
	for (int i = 0; whole && i <= LEADS; i++) {
		below += tally->lead_messages[i];
		if (below * 2 >= whole)
			return json_integer(i);
	}
	return json_null();
}

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *figures_of(const struct tally *tally)
{
	return json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"threads", number(tally->threads), "posts", number(tally->posts), "acts",
		number(tally->acts), "alerts", number(tally->alerts), "precision",
		share(tally->borne_out, tally->alerts), "recall",
		share(tally->acts_forecast, tally->acts), "false_alarms",
		share(tally->calm_threads_alerted, tally->calm_threads), "lead_messages",
		median_lead(tally), "lead_minutes",
		tally->acts_forecast
			? json_real((double)(tally->lead_seconds / tally->acts_forecast / 6) / 10)
			: json_null(),
		"recovered", share(tally->recovered, tally->alerts), "still_standing",
		share(tally->standing, tally->alerts), "auc", area_under(tally), "crisis_alarms",
		number(tally->crises), "crisis_precision", share(tally->crises_borne_out, tally->crises),
		"acts_not_forecast", number(tally->acts - tally->acts_forecast));
}

static bool key_is(const char *key, const char *circle, const char *lang)
{
	return (!circle || strcmp(key, circle) == 0)
		&& (!lang || strcmp(key + strlen(key) + 1, lang) == 0);
}

/* All figures of a circle and a language; NULL: of all of them. */
static json_t *summed(const struct evaluation *evaluation, const char *circle, const char *lang)
{
	struct tally sum = {0};
	const char *key;
	size_t at = 0;
	void *tally;

	while (textmap_next(evaluation->tallies, &at, &key, &tally))
		if (key_is(key, circle, lang))
			tally_add(&sum, tally);
	return figures_of(&sum);
}

static json_t *report_of(const struct evaluation *evaluation)
{
	json_t *circles = json_object(), *langs = json_object();
	const char *key;
	size_t at = 0;
	void *tally;

	while (textmap_next(evaluation->tallies, &at, &key, &tally)) {
		const char *lang = key + strlen(key) + 1;
		json_t *circle = json_object_get(circles, key);

		if (!circle) {
			circle = json_object();
			json_object_set_new(circles, key, circle);
			json_object_set_new(circle, "all", summed(evaluation, key, NULL));
		}
		json_object_set_new(circle, lang, summed(evaluation, key, lang));
		if (!json_object_get(langs, lang))
			json_object_set_new(langs, lang, summed(evaluation, NULL, lang));
	}
	return json_pack("{s:o, s:o, s:o}", "all", summed(evaluation, NULL, NULL), "languages", langs,
		"circles", circles);
}

/* --- for people ------------------------------------------------------------------------------ */

static void print_cell(const json_t *figures, const char *name, int percent)
{
	const json_t *value = json_object_get(figures, name);

	if (json_is_null(value))
		printf(" %9s", "-");
	else if (json_is_real(value))
		printf(" %8.1f%s", json_real_value(value) * (percent ? 100 : 1), percent ? "%" : " ");
	else
		printf(" %9" JSON_INTEGER_FORMAT, json_integer_value(value));
}

static void print_row(const char *name, const char *lang, const json_t *figures)
{
	printf("%-24.24s %-4s", name, lang);
	print_cell(figures, "threads", 0);
	print_cell(figures, "posts", 0);
	print_cell(figures, "acts", 0);
	print_cell(figures, "alerts", 0);
	print_cell(figures, "precision", 1);
	print_cell(figures, "recall", 1);
	print_cell(figures, "false_alarms", 1);
	print_cell(figures, "lead_messages", 0);
	print_cell(figures, "lead_minutes", 0);
	print_cell(figures, "recovered", 1);
	print_cell(figures, "crisis_alarms", 0);
	print_cell(figures, "crisis_precision", 1);
	printf("\n");
}

static void print_report(const json_t *report)
{
	json_t *circles = json_object_get(report, "circles"), *figures, *circle;
	const char *name, *lang;

	printf("%-24s %-4s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s\n", "circle", "lang",
		"threads", "posts", "acts", "alerts", "precision", "recall", "false", "lead", "minutes",
		"recovered", "crises", "precision");
	json_object_foreach(circles, name, circle)
		json_object_foreach(circle, lang, figures)
			print_row(name, lang, figures);
	print_row("all", "all", json_object_get(report, "all"));
	printf("\nacts: what moderators rejected, removed or masked, and what the filters held and\n"
	       "nobody released. precision: alerts that an act followed, while they stood or within\n"
	       "%d messages. recall: acts that an alert stood before, within %d messages. false:\n"
	       "threads without an act that had an alert. lead, minutes: from alert to act.\n"
	       "recovered: alerts that cooled down without an act.\n", HORIZON, HORIZON);
	if (json_integer_value(json_object_get(json_object_get(report, "all"), "acts")) == 0)
		printf("No moderator has acted yet: precision and recall say nothing so far.\n");
}

/* --- the command ----------------------------------------------------------------------------- */

static enum err circle_check(const struct evaluation *evaluation, struct why *why)
{
	const char *circle = evaluation->wish->circle;
	int64_t known = 0;
	enum err err = circle ? db_number(evaluation->db, 0, &known,
					"SELECT count(*) FROM circle WHERE id = ?", "t", circle)
			      : ERR_NONE;

	if (err || !circle || known)
		return err;
	why_set(why, "There is no circle \"%.100s\" in %.300s; `maagal process list` shows them.",
		circle, evaluation->wish->data);
	return ERR_NOT_FOUND;
}

static void evaluation_fini(struct evaluation *evaluation)
{
	const char *key;
	uint64_t circle;
	size_t at = 0;
	void *value;

	while (evaluation->tallies && textmap_next(evaluation->tallies, &at, &key, &value))
		free(value);
	at = 0;
	while (evaluation->crises && map_next(evaluation->crises, &at, &circle, &value))
		free(value);
	textmap_free(&evaluation->tallies);
	map_free(&evaluation->crises);
	db_close(&evaluation->db);
}

int judge_evaluate(const struct history_wish *wish)
{
	struct evaluation evaluation = {.wish = wish, .tallies = textmap_new(), .crises = map_new()};
	struct why why = {""};
	json_t *report;
	enum err err = evaluation.tallies && evaluation.crises
		? folder_read(wish->data, &why, &evaluation.db) : ERR_NO_MEMORY;

	if (!err)
		err = db_number(evaluation.db, 0, &evaluation.progress.total,
			"SELECT count(*) FROM post WHERE thread = num", "");
	if (!err)
		err = circle_check(&evaluation, &why);
	if (!err)
		err = crises_evaluate(&evaluation);
	if (!err)
		err = threads_evaluate(&evaluation);
	if (err) {
		if (!why.text[0])
			why_set(&why, "The history could not be read: %s.", err_name(err));
		evaluation_fini(&evaluation);
		return folder_failed("judge", &why);
	}
	report = report_of(&evaluation);
	if (wish->json) {
		json_dumpf(report, stdout,
			JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(6));
		printf("\n");
	} else {
		print_report(report);
	}
	json_decref(report);
	evaluation_fini(&evaluation);
	return ferror(stdout) || fflush(stdout) ? EXIT_FAILED : EXIT_GOOD;
}
