/* chat_play.c: plays a written conversation as several persons, through the wire like anyone else:
 * how the demonstration's discussion comes in. The file:
 *   {"people": {"noa": {"name", "lang"?, "circle", "moderator"?: true}},
 *    "steps":  [{"by": "noa", "id", "text", "to"?, "instead"?, "drop"?: true, "leave"?: true},
 *               {"by": "dana", "do": "redact", "post", "words", "reason"},
 *               {"by": "dana", "do": "remove", "post", "reason"},
 *               {"by": "amir", "do": "report", "post", "reason", "note"?}]}
 * `to` names the step that is answered; `instead` is what the author writes when nudged, `drop`
 * that they think better of it; what is held is released by the circle's moderator unless `leave`
 * says to leave it in the queue. The file of invitations has one "KEY TOKEN" a line; who has none
 * comes as a guest. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "clients/chat/chat_inside.h"

enum { TRIES_MOST = 20, RETRY_MOST_MS = 15000 };

struct play {
	const struct chat_options *options;
	struct chat_url url;
	json_t *people, *steps, *tokens; /* tokens: key → invitation */
	json_t *posted;                  /* step's id → {"id","rev","text","circle"} */
	struct chat_link **links;        /* as many as people, in the object's order */
	size_t link_count;
	int said, failed;
	bool unreachable; /* nobody listens: no use in going on */
};

static const char *text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text ? text : "";
}

static void trouble(struct play *play, const char *who, const char *what, const json_t *error)
{
	play->failed++;
	fprintf(stderr, "maagal chat: %s: %s: %s\n", who, what, text_of(error, "message"));
}

/* Owned result; waits and asks again while the server says that it may help. NULL: said why. */
static json_t *ask(struct play *play, struct chat_link *link, const char *who, const char *method,
				   json_t *params)
{
	json_t *result = NULL;

	for (int i = 0; i < TRIES_MOST; i++) {
		json_t *given = json_incref(params), *answer, *error, *data;
		int64_t id = chat_link_call(link, method, &given), wait_ms;

		answer = chat_link_wait(link, id, CHAT_WAIT_MS);
		error = json_object_get(answer, "error");
		data = json_object_get(error, "data");
		wait_ms = json_integer_value(json_object_get(data, "retry_ms"));
		if (error && json_is_true(json_object_get(data, "retry")) && wait_ms < RETRY_MOST_MS) {
			json_decref(answer);
			poll(NULL, 0, (int)wait_ms + 50);
			continue;
		}
		result = json_incref(json_object_get(answer, "result"));
		if (!result)
			trouble(play, who, method, error);
		json_decref(answer);
		break;
	}
	json_decref(params);
	return result;
}

/* People */

static bool accept_all(struct play *play, struct chat_link *link, const char *who,
					   const json_t *opened, const char *circle)
{
	size_t i, k;
	json_t *process, *seat, *done;

	json_array_foreach(json_object_get(opened, "processes"), i, process)
	{
		json_array_foreach(json_object_get(process, "circles"), k, seat)
		{
			if (strcmp(text_of(seat, "id"), circle) != 0)
				continue;
			done = ask(play, link, who, "charter.accept",
					   json_pack("{s:s,s:O}", "process", text_of(process, "id"), "version",
								 json_object_get(process, "charter_version")));
			json_decref(done);
			return done != NULL;
		}
	}
	fprintf(stderr, "maagal chat: %s: there is no circle %s\n", who, circle);
	play->failed++;
	return false;
}

static struct chat_link *person_enter(struct play *play, const char *who, const json_t *person)
{
	const char *token = text_of(play->tokens, who);
	struct chat_link *link = NULL;
	struct why why = {{0}};
	json_t *params, *opened;

	if (chat_link_open(&play->url, play->options->ca_file, CHAT_WAIT_MS, &why, &link)) {
		fprintf(stderr, "maagal chat: %s: %s\n", who, why.text);
		play->failed++;
		play->unreachable = true;
		return NULL;
	}
	params = json_pack("{s:s}", "lang", *text_of(person, "lang") ? text_of(person, "lang") : "he");
	if (*token)
		json_object_set_new(params, "token", json_string(token));
	else
		json_object_set(params, "name", json_object_get(person, "name"));
	opened = ask(play, link, who, "session.open", params);
	if (!opened || !accept_all(play, link, who, opened, text_of(person, "circle")))
		chat_link_close(&link);
	json_decref(opened);
	return link;
}

/* The connection of a person, made when they first have something to say. */
static struct chat_link *link_of(struct play *play, const char *who)
{
	const char *key;
	json_t *person;
	size_t i = 0;

	json_object_foreach(play->people, key, person)
	{
		if (!strcmp(key, who)) {
			if (!play->links[i])
				play->links[i] = person_enter(play, who, person);
			return play->links[i];
		}
		i++;
	}
	fprintf(stderr, "maagal chat: there is nobody called %s among the people\n", who);
	play->failed++;
	return NULL;
}

static const char *moderator_of(struct play *play, const char *circle)
{
	const char *key;
	json_t *person;

	json_object_foreach(play->people, key, person)
	{
		if (json_is_true(json_object_get(person, "moderator")) &&
			!strcmp(text_of(person, "circle"), circle))
			return key;
	}
	return NULL;
}

/* Steps */

static void release(struct play *play, const char *circle, const char *post)
{
	const char *who = moderator_of(play, circle);
	struct chat_link *link = who ? link_of(play, who) : NULL;
	json_t *queue, *item, *done;
	char key[96];
	size_t i;

	if (!link)
		return;
	queue = ask(play, link, who, "desk.queue", json_pack("{s:s}", "circle", circle));
	json_array_foreach(json_object_get(queue, "items"), i, item)
	{
		const char *id = *text_of(item, "item") ? text_of(item, "item") : text_of(item, "id");

		if (strcmp(text_of(json_object_get(item, "post"), "id"), post) != 0)
			continue;
		snprintf(key, sizeof key, "play-%.64s", id);
		done = ask(play, link, who, "desk.release", json_pack("{s:s,s:s}", "item", id, "key", key));
		json_decref(done);
		break;
	}
	json_decref(queue);
}

static const json_t *step_named(const struct play *play, const char *id)
{
	size_t i;
	json_t *step;

	json_array_foreach(play->steps, i, step)
	{
		if (*id && !strcmp(text_of(step, "id"), id))
			return step;
	}
	return NULL;
}

/* The post that a step answers. If that one did not come to be seen, what it answered itself. */
static const json_t *answered_of(const struct play *play, const json_t *step)
{
	const json_t *posted = NULL;

	for (size_t i = 0; step && !posted && i < json_array_size(play->steps); i++) {
		const char *to = text_of(step, "to");

		posted = json_object_get(play->posted, to);
		step = step_named(play, to);
	}
	return posted;
}

static json_t *post_params(struct play *play, const json_t *step, const char *circle,
						   const char *text, const char *key_end)
{
	const json_t *to = answered_of(play, step);
	char key[65];
	json_t *params;

	snprintf(key, sizeof key, "play-%.40s%s", text_of(step, "id"), key_end);
	params = json_pack("{s:s,s:s,s:s}", "circle", circle, "text", text, "key", key);
	if (to)
		json_object_set(params, "reply_to", json_object_get(to, "id"));
	return params;
}

/* Posts as a person would: rephrases when nudged, or insists. Owned answer. */
static json_t *post(struct play *play, struct chat_link *link, const json_t *step,
					const char *circle)
{
	const char *who = text_of(step, "by"), *instead = text_of(step, "instead");
	json_t *params = post_params(play, step, circle, text_of(step, "text"), "");
	json_t *answer = ask(play, link, who, "post.create", json_incref(params));

	if (answer && !strcmp(text_of(answer, "status"), "nudged") &&
		!json_is_true(json_object_get(step, "drop"))) {
		if (*instead) {
			json_decref(params);
			params = post_params(play, step, circle, instead, "-again");
		} else {
			json_object_set(params, "nudge", json_object_get(answer, "nudge"));
		}
		json_decref(answer);
		answer = ask(play, link, who, "post.create", json_incref(params));
	}
	json_decref(params);
	return answer;
}

static void step_post(struct play *play, struct chat_link *link, const json_t *step)
{
	const json_t *person = json_object_get(play->people, text_of(step, "by"));
	const char *circle = text_of(person, "circle"), *status;
	json_t *answer = post(play, link, step, circle);

	if (!answer)
		return;
	status = text_of(answer, "status");
	if (!strcmp(status, "held") && json_is_true(json_object_get(step, "leave"))) {
		play->said++;
	} else if (!strcmp(status, "posted") || !strcmp(status, "held")) {
		if (*status == 'h')
			release(play, circle, text_of(answer, "id"));
		play->said++;
		json_object_set_new(play->posted, text_of(step, "id"),
							json_pack("{s:s,s:s,s:i}", "id", text_of(answer, "id"), "text",
									  text_of(step, "text"), "rev", 1));
	} else if (!json_is_true(json_object_get(step, "drop"))) {
		fprintf(stderr, "maagal chat: step %s was %s\n", text_of(step, "id"), status);
		play->failed++;
	}
	json_decref(answer);
}

/* redact and remove: the moderator's hand, as the circle sees it. */
static void step_decide(struct play *play, struct chat_link *link, const json_t *step)
{
	const json_t *posted = json_object_get(play->posted, text_of(step, "post"));
	const char *text = text_of(posted, "text"), *words = text_of(step, "words");
	const char *found = *words ? strstr(text, words) : NULL;
	char method[32], key[96];
	json_t *params, *done;

	snprintf(method, sizeof method, "desk.%.16s", text_of(step, "do"));
	snprintf(key, sizeof key, "play-%.16s-%.40s", text_of(step, "do"), text_of(step, "post"));
	if (!posted)
		return;
	params = json_pack("{s:O,s:O,s:s,s:s}", "post", json_object_get(posted, "id"), "rev",
					   json_object_get(posted, "rev"), "reason", text_of(step, "reason"), "key",
					   key);
	if (*text_of(step, "rule"))
		json_object_set(params, "rule", json_object_get(step, "rule"));
	if (found) {
		size_t start = utf8_length(text, (size_t)(found - text));

		json_object_set_new(params, "spans",
							json_pack("[{s:I,s:I}]", "start", (json_int_t)start, "end",
									  (json_int_t)(start + utf8_length(words, strlen(words)))));
	}
	done = ask(play, link, text_of(step, "by"), method, params);
	json_decref(done);
}

static void step_report(struct play *play, struct chat_link *link, const json_t *step)
{
	const json_t *posted = json_object_get(play->posted, text_of(step, "post"));
	char key[96];
	json_t *params, *done;

	if (!posted)
		return;
	snprintf(key, sizeof key, "play-report-%.40s", text_of(step, "post"));
	params = json_pack("{s:O,s:s,s:s,s:s}", "post", json_object_get(posted, "id"), "reason",
					   text_of(step, "reason"), "note", text_of(step, "note"), "key", key);
	done = ask(play, link, text_of(step, "by"), "post.report", params);
	json_decref(done);
}

static void steps_play(struct play *play)
{
	size_t i;
	json_t *step;

	json_array_foreach(play->steps, i, step)
	{
		struct chat_link *link;

		if (play->unreachable)
			return;
		/* Those who listen answer the server's pings meanwhile. */
		for (size_t k = 0; k < play->link_count; k++) {
			if (play->links[k])
				chat_link_step(play->links[k]);
		}
		link = link_of(play, text_of(step, "by"));

		if (link && !strcmp(text_of(step, "do"), "report"))
			step_report(play, link, step);
		else if (link && *text_of(step, "do"))
			step_decide(play, link, step);
		else if (link)
			step_post(play, link, step);
	}
}

/* Files */

static json_t *tokens_read(const char *path)
{
	FILE *file = path ? fopen(path, "r") : NULL;
	json_t *tokens = json_object();
	char line[512], key[128], token[300];

	if (path && !file)
		fprintf(stderr, "maagal chat: %s cannot be read\n", path);
	while (file && fgets(line, sizeof line, file)) {
		if (sscanf(line, "%127s %299s", key, token) == 2)
			json_object_set_new(tokens, key, json_string(token));
	}
	if (file)
		fclose(file);
	return tokens;
}

static json_t *conversation_read(const char *path)
{
	json_error_t error;
	json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

	if (file && json_is_object(json_object_get(file, "people")) &&
		json_is_array(json_object_get(file, "steps")))
		return file;
	fprintf(stderr, "maagal chat: %s: %s\n", path,
			file ? "wants \"people\" and \"steps\"" : error.text);
	json_decref(file);
	return NULL;
}

int chat_play(const struct chat_options *options)
{
	struct play play = {.options = options};
	struct why why = {{0}};
	json_t *file;

	if (chat_url_parse(options->url, &play.url, &why)) {
		fprintf(stderr, "maagal chat: %s\n", why.text);
		return CHAT_MISUSED;
	}
	signal(SIGPIPE, SIG_IGN);
	file = conversation_read(options->play);
	if (!file)
		return CHAT_FAILED;
	play.people = json_object_get(file, "people");
	play.steps = json_object_get(file, "steps");
	play.tokens = tokens_read(options->invitations);
	play.posted = json_object();
	play.link_count = json_object_size(play.people);
	play.links = calloc(play.link_count + 1, sizeof *play.links);
	if (play.links)
		steps_play(&play);
	printf(options->json ? "{\"type\":\"played\",\"posts\":%d,\"failed\":%d}\n"
						 : "%d posts were written, %d steps failed\n",
		   play.said, play.failed);
	for (size_t i = 0; play.links && i < play.link_count; i++)
		chat_link_close(&play.links[i]);
	free(play.links);
	json_decref(play.tokens);
	json_decref(play.posted);
	json_decref(file);
	return play.failed || !play.said ? CHAT_FAILED : CHAT_GOOD;
}
