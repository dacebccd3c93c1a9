/* judge.c: `maagal judge`: JSON lines in, verdicts out, by the same filters, rules and folds as
 * `serve`. One thread; each line is answered before the next is read. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/utf8.h"
#include "config.h"
#include "filters/crisis.h"
#include "filters/pipeline.h"
#include "filters/recent.h"
#include "filters/thread.h"
#include "program/commands.h"
#include "program/judge.h"
#include "program/options.h"

enum {
	LINE_BYTES_MOST = 2 * 1024 * 1024,
	NAME_BYTES_MOST = 1024,          /* of a thread, circle, author or message */
	AUTHORS_KEPT = 1024 * 1024       /* whose message was it? Forgotten all at once beyond that */
};

/* What is remembered of a circle, and of a thread in it. */
struct circle_memory {
	struct crisis_state crisis;
	struct recent recent;
};

struct court {
	struct ruleset *ruleset;
	struct scratch *scratch;
	const char *policy;
	bool limits, explain;
	struct textmap *circles; /* name → struct circle_memory */
	struct textmap *threads; /* circle, NUL, thread → struct thread_state */
	struct map *authors;     /* hash of circle and message id → author, as a number */
	struct buf key, answer;
};

/* One line, read. Strings belong to the JSON value. */
struct submission {
	json_t *id;
	const char *text, *lang, *circle;
	size_t text_bytes;
	char thread[NAME_BYTES_MOST + 32];
	uint64_t author, number, reply_to;
	int64_t ts_ms;
};

/* --- reading a submission ------------------------------------------------------------------- */

/* Names become numbers; equal ones must become equal numbers, no more. 0 names nobody. */
static uint64_t number_of(const char *circle, const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (const char *at = circle; *at; at++)
		hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
	hash = (hash ^ 0xff) * UINT64_C(0x100000001b3);
	for (const char *at = name; *at; at++)
		hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
	hash ^= hash >> 32;
	return hash ? hash : 1;
}

/* A name may be a string or a whole number; absent and null are "" (nobody, nowhere). */
static const char *name_read(const json_t *value, const char *member, char *out, size_t room,
	const char **error)
{
	static char sentence[64];

	out[0] = '\0';
	if (!value || json_is_null(value))
		return out;
	if (json_is_integer(value)) {
		snprintf(out, room, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return out;
	}
	if (!json_is_string(value) || json_string_length(value) >= room) {
		snprintf(sentence, sizeof(sentence), "\"%s\" is no name, or too long a one", member);
		*error = sentence;
		return out;
	}
	memcpy(out, json_string_value(value), json_string_length(value) + 1);
	return out;
}

static bool ts_read(const json_t *value, int64_t *out)
{
	double seconds = json_number_value(value);

	/* The years 0 to 9999 and then some; so that no sum of times overflows. */
	if (!json_is_number(value) || !(fabs(seconds) < 1e12))
		return false;
	*out = json_is_integer(value) ? json_integer_value(value) * 1000 : llround(seconds * 1000);
	return true;
}

/* NULL if all is well, else what is wrong. */
static const char *submission_read(const json_t *line, struct submission *out)
{
	static char circle[NAME_BYTES_MOST];
	char author[NAME_BYTES_MOST], number[NAME_BYTES_MOST], reply_to[NAME_BYTES_MOST];
	const json_t *text = json_object_get(line, "text"), *lang = json_object_get(line, "lang");
	const char *error = NULL;

	*out = (struct submission){.id = json_object_get(line, "id")};
	if (!json_is_object(line))
		return "the line is no JSON object";
	if (!json_is_string(text))
		return "\"text\" must be a string";
	if (lang && !json_is_string(lang) && !json_is_null(lang))
		return "\"lang\" must be a string";
	if (!ts_read(json_object_get(line, "ts"), &out->ts_ms))
		return "\"ts\" must be a number, seconds since 1970";
	name_read(json_object_get(line, "circle"), "circle", circle, sizeof(circle), &error);
	name_read(json_object_get(line, "thread"), "thread", out->thread, NAME_BYTES_MOST, &error);
	name_read(json_object_get(line, "author"), "author", author, sizeof(author), &error);
	name_read(out->id, "id", number, sizeof(number), &error);
	name_read(json_object_get(line, "reply_to"), "reply_to", reply_to, sizeof(reply_to), &error);
	if (error)
		return error;
	out->text = json_string_value(text);
	out->text_bytes = json_string_length(text);
	out->lang = json_string_value(lang);
	out->circle = circle;
	out->author = author[0] ? number_of("", author) : 0;
	out->number = number[0] ? number_of(circle, number) : 0;
	out->reply_to = reply_to[0] ? number_of(circle, reply_to) : 0;
	/* Whoever names no thread opens one, as on the wire. */
	if (!out->thread[0] && number[0])
		snprintf(out->thread, sizeof(out->thread), "%s", number);
	return NULL;
}

/* --- memory --------------------------------------------------------------------------------- */

/* What is kept under `key`, made (zeroed) if there is nothing yet. NULL only without memory. */
static void *kept(struct textmap *map, const char *key, size_t bytes, size_t size)
{
	void *found = textmap_get(map, key, bytes);

	if (found)
		return found;
	found = calloc(1, size);
	if (found && !textmap_put(map, key, bytes, found)) {
		free(found);
		return NULL;
	}
	return found;
}

static struct thread_state *thread_of(struct court *court, const struct submission *submission)
{
	buf_clear(&court->key);
	buf_text(&court->key, submission->circle);
	buf_add(&court->key, "", 1);
	buf_text(&court->key, submission->thread);
	if (!buf_ok(&court->key))
		return NULL;
	return kept(court->threads, court->key.data, court->key.bytes, sizeof(struct thread_state));
}

static uint64_t author_of(const struct court *court, uint64_t message)
{
	return message ? (uint64_t)(uintptr_t)map_get(court->authors, message) : 0;
}

static enum err remember_author(struct court *court, const struct submission *submission)
{
	if (!submission->number || !submission->author)
		return ERR_NONE;
	if (map_count(court->authors) >= AUTHORS_KEPT)
		map_clear(court->authors);
	return map_put(court->authors, submission->number, (void *)(uintptr_t)submission->author)
		? ERR_NONE : ERR_NO_MEMORY;
}

/* --- judging -------------------------------------------------------------------------------- */

/* Why the forecasts are what they are: causes for people, numbers for filters/train/. */
static void explanation_write(const struct judged *judged, const struct thread_state *thread,
	const struct crisis_state *crisis, struct buf *answer)
{
	buf_format(answer, ",\"thread_level\":\"%s\",\"thread_slope\":%d,\"thread_cooling\":%s",
		thread_level_name(thread_level(thread)), thread->slope,
		thread->is_cooling ? "true" : "false");
	buf_text(answer, ",\"thread_causes\":");
	thread_causes_write_json(thread, answer);
	buf_text(answer, ",\"thread_features\":");
	thread_features_write_json(thread, answer);
	buf_format(answer, ",\"crisis_level\":\"%s\",\"crisis_causes\":",
		crisis_level_name(crisis_level(crisis)));
	crisis_causes_write_json(crisis, answer);
	buf_format(answer, ",\"flagged\":%s,\"tension\":%d,\"tones\":",
		judged->signals.flagged ? "true" : "false", judged->signals.tension);
	tones_write_json(&judged->signals, answer);
}

static void answer_write(struct court *court, const struct submission *submission,
	const struct judged *judged, enum action action, const struct thread_state *thread,
	const struct crisis_state *crisis)
{
	struct buf *answer = &court->answer;
	char *id = submission->id ? json_dumps(submission->id, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	buf_clear(answer);
	buf_text(answer, "{\"id\":");
	buf_text(answer, id ? id : "null");
	buf_text(answer, ",\"action\":\"");
	buf_text(answer, action_name(action));
	buf_text(answer, "\",\"findings\":");
	findings_write_json(judged, answer);
	buf_text(answer, ",\"scores\":");
	scores_write_json(judged, answer);
	buf_text(answer, ",\"incivility\":");
	score_write(judged->incivility, answer);
	buf_text(answer, ",\"escalation\":");
	score_write(thread->escalation, answer);
	buf_text(answer, ",\"crisis\":");
	score_write(crisis->index, answer);
	buf_text(answer, ",\"ruleset\":\"");
	buf_text(answer, ruleset_version(court->ruleset));
	buf_text(answer, "\"");
	if (court->explain)
		explanation_write(judged, thread, crisis, answer);
	buf_text(answer, "}\n");
	free(id);
}

static enum err judge_submission(struct court *court, const struct submission *submission)
{
	struct circle_memory *circle = kept(court->circles, submission->circle,
		strlen(submission->circle), sizeof(*circle));
	struct thread_state *thread = thread_of(court, submission);
	struct recent_result recent;
	struct recent_post slot;
	struct judged judged;
	enum action action;
	uint32_t next, count;
	enum err err;

	if (!circle || !thread)
		return ERR_NO_MEMORY;
	next = circle->recent.next;
	count = circle->recent.count;
	slot = circle->recent.posts[next % RECENT_SLOTS];
	err = pipeline_judge(court->ruleset, court->scratch, court->policy, submission->lang,
		submission->text, submission->text_bytes, &judged);
	if (err)
		return err;
	recent_fold(&circle->recent, court->ruleset, submission->author, &judged.signals,
		submission->ts_ms, court->limits, &recent);
	/* The heat as it stood before this message decides about it, as inside the commit. */
	action = pipeline_settle(court->ruleset, court->policy, &judged, &recent,
		thread->escalation, circle->crisis.index, false);
	pipeline_note_recent(court->ruleset, &judged, &recent,
		(uint32_t)utf8_length(submission->text, submission->text_bytes));
	/* What is rejected is not said: to say it again is no repetition. As in `serve`. */
	if (action == ACTION_REJECT) {
		circle->recent.next = next;
		circle->recent.count = count;
		circle->recent.posts[next % RECENT_SLOTS] = slot;
	}
	/* Every line belongs to its thread, though, whatever its verdict: who asks about a history asks
	 * about all of it. */
	thread_fold(thread, court->ruleset, &judged.signals, submission->author,
		author_of(court, submission->reply_to), submission->ts_ms);
	crisis_fold(&circle->crisis, court->ruleset, &judged.signals, submission->author,
		number_of(submission->circle, submission->thread), thread->escalation,
		submission->ts_ms);
	answer_write(court, submission, &judged, action, thread, &circle->crisis);
	return remember_author(court, submission);
}

static void error_write(struct court *court, const char *error, uint64_t line)
{
	buf_clear(&court->answer);
	buf_text(&court->answer, "{\"error\":");
	buf_json(&court->answer, error, strlen(error));
	buf_text(&court->answer, ",\"line\":");
	buf_int(&court->answer, (int64_t)line);
	buf_text(&court->answer, "}\n");
}

static void judge_line(struct court *court, const char *bytes, size_t count, uint64_t number)
{
	json_error_t error;
	json_t *line = json_loadb(bytes, count, JSON_REJECT_DUPLICATES, &error);
	struct submission submission;
	const char *wrong;
	enum err err;

	if (!line) {
		error_write(court, error.text, number);
		return;
	}
	wrong = submission_read(line, &submission);
	if (wrong) {
		error_write(court, wrong, number);
	} else {
		err = judge_submission(court, &submission);
		if (err)
			error_write(court, err_name(err), number);
	}
	json_decref(line);
}

/* --- lines ---------------------------------------------------------------------------------- */

/* One line without its end; false at the end of the input. A line beyond the limit is read to its
 * end and thrown away: `too_long`. */
static bool line_read(FILE *in, struct buf *line, bool *too_long)
{
	char piece[4096];
	size_t bytes = 0;
	bool any = false;
	int c;

	buf_clear(line);
	*too_long = false;
	while ((c = getc_unlocked(in)) != EOF) {
		any = true;
		if (c == '\n')
			break;
		piece[bytes++] = (char)c;
		if (bytes < sizeof(piece))
			continue;
		*too_long = *too_long || line->bytes + bytes > LINE_BYTES_MOST;
		if (!*too_long)
			buf_add(line, piece, bytes);
		bytes = 0;
	}
	buf_add(line, piece, bytes);
	return any;
}

static bool is_blank(const struct buf *line)
{
	for (size_t i = 0; i < line->bytes; i++)
		if (line->data[i] != ' ' && line->data[i] != '\t' && line->data[i] != '\r')
			return false;
	return true;
}

static int judge_all(struct court *court, FILE *in, FILE *out)
{
	struct buf line = {0};
	uint64_t number = 0;
	bool too_long, good = true;

	while (good && line_read(in, &line, &too_long)) {
		number++;
		if (too_long)
			error_write(court, "the line is too long", number);
		else if (is_blank(&line))
			continue;
		else
			judge_line(court, line.data, line.bytes, number);
		good = buf_ok(&line) && buf_ok(&court->answer)
			&& fwrite(court->answer.data, 1, court->answer.bytes, out)
				== court->answer.bytes
			&& fflush(out) == 0;
	}
	if (!good)
		fprintf(stderr, "maagal judge: stopped at line %" PRIu64 ": %s\n", number,
			strerror(errno));
	buf_fini(&line);
	return good && !ferror(in) ? EXIT_GOOD : EXIT_FAILED;
}

/* --- beginning and end ---------------------------------------------------------------------- */

static void free_values(struct textmap *map)
{
	const char *key;
	size_t at = 0;
	void *value;

	while (map && textmap_next(map, &at, &key, &value))
		free(value);
}

static void court_fini(struct court *court)
{
	free_values(court->circles);
	free_values(court->threads);
	textmap_free(&court->circles);
	textmap_free(&court->threads);
	map_free(&court->authors);
	buf_fini(&court->key);
	buf_fini(&court->answer);
	scratch_free(&court->scratch);
	ruleset_unref(&court->ruleset);
}

static enum err court_init(struct court *court, const char *rules, struct why *why)
{
	enum err err = ruleset_load(rules, &court->ruleset, why);

	if (err)
		return err;
	court->scratch = scratch_new();
	court->circles = textmap_new();
	court->threads = textmap_new();
	court->authors = map_new();
	if (court->scratch && court->circles && court->threads && court->authors)
		return ERR_NONE;
	why_set(why, "There is not enough memory.");
	return ERR_NO_MEMORY;
}

/* Lines in, verdicts out. */
static int judge_lines(struct court *court, const char *command, const char *rules)
{
	struct why why = {""};
	int status;

	if (court_init(court, rules, &why)) {
		fprintf(stderr, "maagal judge: %s\n", why.text);
		court_fini(court);
		return EXIT_FAILED;
	}
	if (!ruleset_has_policy(court->ruleset, court->policy)) {
		court_fini(court);
		return options_misused_because(command, "The rules declare no such policy.");
	}
	status = judge_all(court, stdin, stdout);
	court_fini(court);
	return status;
}

/* NULL if these options go together. */
static const char *mode_wrong(const struct history_wish *wish, bool evaluate, bool replay)
{
	if (evaluate && replay)
		return "--evaluate and --replay are two commands: one at a time.";
	if ((evaluate || replay) && !wish->data)
		return "--data DIR is missing: whose history?";
	if (replay && !wish->against)
		return "--against DIR is missing: the rules to try.";
	if (!replay && (wish->against || wish->text))
		return "--against and --text belong to --replay.";
	if (!evaluate && !replay && (wish->data || wish->circle || wish->json))
		return "--data, --circle and --json belong to --evaluate and --replay.";
	return NULL;
}

int program_judge(int argc, char **argv)
{
	struct court court = {.policy = "public"};
	struct config config;
	struct history_wish wish = {.config = &config};
	bool evaluate = false, replay = false;
	const char *rules = NULL, *wrong;
	struct why why = {""};
	const struct option options[] = {
		{"against", OPTION_TEXT, &wish.against},
		{"circle", OPTION_TEXT, &wish.circle},
		{"config", OPTION_CONFIG_FILE, &config},
		{"data", OPTION_TEXT, &wish.data},
		{"evaluate", OPTION_FLAG, &evaluate},
		{"explain", OPTION_FLAG, &court.explain},
		{"json", OPTION_FLAG, &wish.json},
		{"policy", OPTION_TEXT, &court.policy},
		{"replay", OPTION_FLAG, &replay},
		{"rules", OPTION_TEXT, &rules},
		{"set", OPTION_SET, &config},
		{"text", OPTION_FLAG, &wish.text},
		OPTIONS_END,
	};

	config_default(&config);
	if (options_read(options, argc, argv, NULL, &why) || config_finish(&config, &why))
		return options_misused(argv[0], &why);
	wrong = mode_wrong(&wish, evaluate, replay);
	if (wrong)
		return options_misused_because(argv[0], wrong);
	if (evaluate)
		return judge_evaluate(&wish);
	if (replay)
		return judge_replay(&wish);
	court.limits = config.limits;
	return judge_lines(&court, argv[0], rules ? rules : config.rules_dir);
}
