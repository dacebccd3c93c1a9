/* chat_calls.c: calls on their way, and what to do with their answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "clients/chat/chat_inside.h"

enum { TRIES_MOST = 8 };

json_t *chat_key(void)
{
	char key[TOKEN_TEXT];

	token_make(key);
	return json_string(key);
}

static void call_free(struct chat_call *call)
{
	free(call->method);
	json_decref(call->params);
	json_decref(call->tag);
	free(call);
}

static void call_send(struct chat *chat, struct chat_call *call)
{
	json_t *params = json_incref(call->params);

	call->again_at = 0;
	call->tries++;
	call->id = chat_link_call(chat->link, call->method, &params);
}

void chat_ask(struct chat *chat, const char *method, json_t *params, json_t *tag,
			  chat_answer *answer)
{
	struct chat_call *call = calloc(1, sizeof *call), **last = &chat->calls;

	if (call) {
		call->params = params ? params : json_object();
		call->tag = tag;
		call->answer = answer;
		call->method = strdup(method);
	}
	if (!call || !call->method || !call->params) {
		chat->failures++;
		return;
	}
	while (*last)
		last = &(*last)->next;
	*last = call;
	if (chat->link)
		call_send(chat, call);
	else if (!chat->options->json)
		chat_say_word(chat, WORD_WAITING, NULL, NULL);
}

static bool is_keyed(const struct chat_call *call)
{
	return json_is_string(json_object_get(call->params, "key"));
}

/* What has no key may be asked again by whoever wanted to know. */
void chat_calls_offline(struct chat *chat)
{
	struct chat_call **at = &chat->calls;

	while (*at) {
		struct chat_call *call = *at;

		if (is_keyed(call)) {
			call->id = 0;
			at = &call->next;
			continue;
		}
		*at = call->next;
		call_free(call);
	}
}

void chat_calls_online(struct chat *chat)
{
	for (struct chat_call *call = chat->calls; call; call = call->next) {
		if (!call->id)
			call_send(chat, call);
	}
}

void chat_calls_due(struct chat *chat)
{
	for (struct chat_call *call = chat->calls; chat->link && call; call = call->next) {
		if (call->again_at && call->again_at <= clock_steady_ms())
			call_send(chat, call);
	}
}

int chat_calls_wait_ms(const struct chat *chat)
{
	int64_t now = clock_steady_ms(), least = -1;

	for (const struct chat_call *call = chat->calls; call; call = call->next) {
		int64_t left = call->again_at - now;

		if (!call->again_at)
			continue;
		left = left > 0 ? left : 0;
		least = least < 0 || left < least ? left : least;
	}
	return least > 60000 ? 60000 : (int)least;
}

void chat_calls_free(struct chat *chat)
{
	while (chat->calls) {
		struct chat_call *call = chat->calls;

		chat->calls = call->next;
		call_free(call);
	}
}

/* A script waits where a person would read the sentence and try again. */
static bool is_worth_waiting(const struct chat *chat, const struct chat_call *call,
							 const json_t *error, int64_t *wait_ms)
{
	const json_t *data = json_object_get(error, "data");

	*wait_ms = json_integer_value(json_object_get(data, "retry_ms"));
	*wait_ms = *wait_ms > 0 ? *wait_ms : 250 * call->tries;
	return !chat->terminal && json_is_true(json_object_get(data, "retry")) &&
		   call->tries < TRIES_MOST && *wait_ms <= 60000;
}

void chat_answered(struct chat *chat, const json_t *message)
{
	int64_t id = json_integer_value(json_object_get(message, "id")), wait_ms;
	const json_t *error = json_object_get(message, "error");
	struct chat_call **at = &chat->calls, *call;

	while (*at && ((*at)->id != id || !id))
		at = &(*at)->next;
	call = *at;
	if (!call)
		return;
	if (error && is_worth_waiting(chat, call, error, &wait_ms)) {
		call->again_at = clock_steady_ms() + wait_ms;
		return;
	}
	*at = call->next;
	if (error) {
		const char *name = json_string_value(
			json_object_get(json_object_get(error, "data"), "name"));

		chat->failures++;
		chat_say_error(chat, call->method, call->tag, error);
		if (chat->terminal && name && !strcmp(name, "charter_not_accepted")) {
			chat_command(chat, "/charter");
			chat->asking_charter = true;
		}
	} else if (chat->options->json) {
		json_t *more = json_pack("{s:s,s:O}", "method", call->method, "result",
								 json_object_get(message, "result"));

		if (call->tag)
			json_object_set(more, "id", call->tag);
		chat_say_json(chat, "answer", more);
	}
	if (call->answer)
		call->answer(chat, call, error ? NULL : json_object_get(message, "result"), error);
	call_free(call);
}

void chat_answer_plain(struct chat *chat, struct chat_call *call, const json_t *result,
					   const json_t *error)
{
	(void)call;
	(void)error;
	if (result)
		chat_say_word(chat, WORD_DECIDED, NULL, NULL);
}

/* Posts: the four things that may become of them */

static void held_say(struct chat *chat, const json_t *result)
{
	const json_t *held = json_object_get(result, "held");
	const char *then = json_string_value(json_object_get(held, "then"));
	const char *until = json_string_value(json_object_get(held, "until"));
	struct buf when = {0};

	chat_say_word(chat, WORD_HELD, NULL, NULL);
	chat_time(&when, until);
	buf_add(&when, "", 1);
	if (!buf_ok(&when) || !then || !until || !strcmp(then, "stays"))
		chat_say_word(chat, WORD_HELD_STAYS, NULL, NULL);
	else
		chat_say_word(chat, strcmp(then, "published") ? WORD_HELD_RETURNED : WORD_HELD_PUBLISHED,
					  when.data, NULL);
	buf_fini(&when);
}

static void nudged_take(struct chat *chat, struct chat_call *call, const json_t *result)
{
	json_t *nudge = json_object_get(result, "nudge");

	json_object_set(call->params, "nudge", nudge);
	if (chat->options->anyway && call->tries < TRIES_MOST) {
		chat_ask(chat, call->method, json_incref(call->params), json_incref(call->tag),
				 chat_answer_post);
		return;
	}
	json_decref(chat->nudged);
	chat->nudged = json_pack("{s:s,s:O}", "method", call->method, "params", call->params);
	chat->failures += !chat->terminal;
	chat_say_word(chat, WORD_NUDGED_HOW, NULL, NULL);
}

void chat_answer_post(struct chat *chat, struct chat_call *call, const json_t *result,
					  const json_t *error)
{
	const char *status = json_string_value(json_object_get(result, "status"));
	const char *text = json_string_value(json_object_get(call->params, "text"));
	const json_t *reasons = json_object_get(result, "reasons");
	char seq[24];

	(void)error;
	if (!status)
		return;
	if (!strcmp(status, "posted")) {
		snprintf(seq, sizeof seq, "%" JSON_INTEGER_FORMAT,
				 json_integer_value(json_object_get(result, "seq")));
		if (!chat->terminal)
			chat_say_word(chat, WORD_POSTED, seq, NULL);
	} else if (!strcmp(status, "held")) {
		held_say(chat, result);
		chat_show_reasons(chat, json_array_size(reasons) ? text : NULL, reasons);
	} else if (!strcmp(status, "nudged")) {
		if (!chat->options->anyway) {
			chat_say_word(chat, WORD_NUDGED, NULL, NULL);
			chat_show_reasons(chat, text, reasons);
		}
		nudged_take(chat, call, result);
	} else {
		chat->failures += !chat->terminal;
		chat_say_word(chat, WORD_REJECTED, NULL, NULL);
		chat_show_reasons(chat, text, reasons);
	}
}
