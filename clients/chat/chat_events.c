/* chat_events.c: what the server says by itself: events of three journals, and notifications. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "clients/chat/chat_inside.h"

static const char *text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text ? text : "";
}

/* The circle's own journal */

static void number_say(struct chat *chat, enum chat_word word, const char *post_id)
{
	const struct book_post *post = chat_book_by_id(&chat->book, post_id);
	char number[24];

	snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, post ? post->seq : 0);
	chat_say_word(chat, word, number, NULL);
}

static void pace_say(struct chat *chat, const json_t *event)
{
	json_int_t seconds = json_integer_value(json_object_get(event, "pace"));
	char number[24];

	snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, seconds);
	chat_say_word(chat, seconds > 0 ? WORD_PACE_CHANGED : WORD_PACE_NORMAL, number, NULL);
}

/* The reason as its moderators wrote it, and what it asks of everybody. */
static void crisis_say(struct chat *chat, const json_t *crisis)
{
	chat_say_word(chat, WORD_CRISIS_BEGUN, text_of(crisis, "reason"), NULL);
	if (json_integer_value(json_object_get(crisis, "pace")) > 0)
		pace_say(chat, crisis);
}

/* What happened to the circle itself. An unknown kind says nothing. */
static void circle_event_say(struct chat *chat, const char *kind, const json_t *event)
{
	static const struct {
		const char *kind;
		enum chat_word word;
	} plain[] = {
		{"closed", WORD_CIRCLE_CLOSED},
		{"crisis_ended", WORD_CRISIS_ENDED},
		{"rules_pinned", WORD_RULES_PINNED},
	};

	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
		if (!strcmp(kind, plain[i].kind))
			chat_say_word(chat, plain[i].word, NULL, NULL);
	}
	if (!strcmp(kind, "pace_changed"))
		pace_say(chat, event);
	else if (!strcmp(kind, "crisis_begun"))
		crisis_say(chat, json_object_get(event, "crisis"));
	else if (!strcmp(kind, "door_changed"))
		chat_say_word(chat, WORD_DOOR_CHANGED, text_of(event, "door"), NULL);
	else if (!strcmp(kind, "thread_frozen"))
		number_say(chat, WORD_THREAD_FROZEN, text_of(event, "thread"));
	else if (!strcmp(kind, "thread_thawed"))
		number_say(chat, WORD_THREAD_THAWED, text_of(event, "thread"));
	else if (!strcmp(kind, "notice_posted") && !json_object_get(event, "post"))
		chat_say(chat, text_of(event, "text"));
	else if (!strcmp(kind, "charter_changed"))
		chat->asking_charter = chat->terminal;
}

static void circle_event(struct chat *chat, const json_t *event, bool quiet)
{
	const char *kind = text_of(event, "kind");
	json_int_t seq = json_integer_value(json_object_get(event, "seq"));
	struct book_post *post = NULL;
	enum book_change change;

	/* A gap: what was missed is read before anything else is believed. */
	if (chat->joined && seq > chat->head + 1) {
		chat->rejoin = true;
		return;
	}
	if (chat->joined && seq <= chat->head)
		return;
	if (seq > chat->head)
		chat->head = seq;
	change = chat_book_take(&chat->book, event, &post);
	if (quiet)
		return;
	if (post && change != BOOK_SAME)
		chat_show_post(chat, post, 0, true);
	circle_event_say(chat, kind, event);
}

/* The inbox */

void chat_inbox_show(struct chat *chat, const json_t *event, size_t number)
{
	static const struct {
		const char *kind;
		enum chat_word word;
	} rows[] = {
		{"appeal_decided", WORD_INBOX_APPEAL_DECIDED}, {"lifted", WORD_INBOX_LIFTED},
		{"mentioned", WORD_INBOX_MENTIONED},           {"post_held", WORD_INBOX_POST_HELD},
		{"post_redacted", WORD_INBOX_POST_REDACTED},   {"post_rejected", WORD_INBOX_POST_REJECTED},
		{"post_released", WORD_INBOX_POST_RELEASED},   {"post_removed", WORD_INBOX_POST_REMOVED},
		{"post_restored", WORD_INBOX_POST_RESTORED},   {"replied", WORD_INBOX_REPLIED},
		{"report_closed", WORD_INBOX_REPORT_CLOSED},   {"sanctioned", WORD_INBOX_SANCTIONED},
	};
	const json_t *statement = json_object_get(event, "statement");
	const json_t *post = json_object_get(event, "post");
	const char *reason = text_of(event, "reason"), *facts = text_of(statement, "facts");
	const char *message = text_of(event, "message");
	char lead[32];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (!strcmp(text_of(event, "kind"), rows[i].kind))
			chat_say(chat, chat_word(chat->lang, rows[i].word));
	}
	snprintf(lead, sizeof lead, "%s", "    ");
	if (post)
		chat_show_loose(chat, post, lead);
	if (*message)
		chat_say(chat, message);
	if (*reason && !*facts)
		chat_say(chat, reason);
	if (*facts)
		chat_say(chat, facts);
	if (number && *text_of(event, "decision") && *text_of(statement, "appeal_until")) {
		snprintf(lead, sizeof lead, "%zu", number);
		chat_say_word(chat, WORD_INBOX_APPEAL, lead, NULL);
	}
}

/* A released post comes into the circle anyway, and a reply is seen there: no need to say it
 * twice. */
static bool is_seen_in_circle(const struct chat *chat, const json_t *event)
{
	const char *kind = text_of(event, "kind");

	return (!strcmp(kind, "replied") || !strcmp(kind, "mentioned") || !strcmp(kind, "post_held")) &&
		   (!*text_of(event, "circle") || !strcmp(text_of(event, "circle"), chat->circle));
}

static void inbox_event(struct chat *chat, const json_t *event, bool quiet)
{
	json_int_t seq = json_integer_value(json_object_get(event, "seq"));

	if (seq <= chat->inbox_head)
		return;
	chat->inbox_head = seq;
	chat_memory_keep(chat->memory, "inbox", json_integer(seq));
	if (!chat->inbox)
		chat->inbox = json_array();
	json_array_append(chat->inbox, (json_t *)event);
	if (!quiet && !is_seen_in_circle(chat, event))
		chat_inbox_show(chat, event, json_array_size(chat->inbox));
}

/* The desk */

static void desk_event(struct chat *chat, const json_t *event)
{
	const char *kind = text_of(event, "kind");

	if (!strcmp(kind, "held") || !strcmp(kind, "reported"))
		chat_say_word(chat, WORD_QUEUE_NEW, NULL, NULL);
}

void chat_event(struct chat *chat, const json_t *event, bool quiet)
{
	const char *journal = text_of(event, "journal");
	bool mine = !strncmp(journal, "circle/", 7) && !strcmp(journal + 7, chat->circle);

	if (mine)
		circle_event(chat, event, quiet);
	else if (!strncmp(journal, "inbox/", 6))
		inbox_event(chat, event, quiet);
	else if (!strncmp(journal, "desk/", 5) && !quiet)
		desk_event(chat, event);
	if (!chat->rejoin || !mine)
		chat_say_json(chat, "event", json_pack("{s:O}", "event", event));
}

void chat_notified(struct chat *chat, const json_t *message)
{
	const char *method = text_of(message, "method");
	const json_t *params = json_object_get(message, "params");

	if (!strcmp(method, "event")) {
		chat_event(chat, params, false);
	} else if (!strcmp(method, "presence")) {
		json_t *count = json_object_get(params, "count");

		if (json_is_integer(count) && json_integer_value(count) != chat->present) {
			chat->present = json_integer_value(count);
			chat_prompt(chat);
		}
		chat_say_json(chat, "presence", json_copy((json_t *)params));
	} else if (!strcmp(method, "goodbye")) {
		chat->retry_at = clock_steady_ms() +
						 json_integer_value(json_object_get(params, "retry_ms"));
		chat_say_json(chat, "goodbye", json_copy((json_t *)params));
	} else if (!strcmp(method, "typing")) {
		chat_say_json(chat, "typing", json_copy((json_t *)params));
	}
}
