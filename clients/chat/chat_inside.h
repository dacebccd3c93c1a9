/* chat_inside.h: what the files of the terminal client share: one conversation in one circle. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "clients/chat/chat.h"
#include "clients/chat/chat_book.h"
#include "clients/chat/chat_line.h"
#include "clients/chat/chat_link.h"
#include "clients/chat/chat_memory.h"
#include "clients/chat/chat_plain.h"
#include "clients/chat/chat_words.h"

enum { CHAT_ID = 128, CHAT_WAIT_MS = 20000 };

struct chat;
struct chat_call;

/* The answer to a call: exactly one of result and error is not NULL. */
typedef void chat_answer(struct chat *chat, struct chat_call *call, const json_t *result,
						 const json_t *error);

/* A call that is not answered yet. One with a key survives a lost connection: it is sent again with
 * the same key, so that the server does once what it was asked twice. */
struct chat_call {
	struct chat_call *next;
	int64_t id; /* 0: not sent on this connection */
	char *method;
	json_t *params;
	json_t *tag; /* the id that a script gave; NULL: none */
	chat_answer *answer;
	int64_t again_at; /* steady ms: to be sent again then; 0: not */
	int tries;
};

struct chat {
	const struct chat_options *options;
	struct chat_url url;
	enum chat_lang lang;
	bool terminal, colours, isolates; /* how to show */
	struct chat_memory *memory;
	struct chat_link *link; /* NULL: offline */
	struct chat_line *line;
	struct chat_book book;
	struct chat_call *calls;

	char name[512]; /* asked for at the start; "" if the options or nobody said */
	json_t *me;     /* participant, as session.open said */
	char circle[CHAT_ID], process[CHAT_ID], role[32], title[512], resume[512];
	json_int_t charter_version;
	char epoch[CHAT_ID];
	json_int_t head, inbox_head; /* last seq taken in of each journal */
	json_int_t oldest;           /* everything from here to the head was read; 0: nothing yet */
	bool joined, asking_charter, rejoin;
	json_int_t present; /* how many are here; 0: not said */

	char thread[CHAT_ID];  /* where plain lines go; "": a new thread */
	json_t *nudged;        /* params of the post that was nudged, with its nudge */
	json_t *queue, *inbox; /* as last listed, so that people can name items by number */

	int64_t online_since, retry_at, pinged_at;
	int attempts, failures;
	bool input_ended, quitting, ever_joined;
};

/* chat_connect.c */
/* Connects, opens the session, joins. False, and why said, if that can never work. Sets link. */
enum chat_online { CHAT_ONLINE, CHAT_LATER, CHAT_NEVER };
enum chat_online chat_connect(struct chat *chat);
/* After `joined` was lost: reads on from the last seq, in pages. */
bool chat_rejoin(struct chat *chat);
/* One call, waited for. Owned result, NULL on an error, which has been said unless `quiet`. */
json_t *chat_ask_now(struct chat *chat, const char *method, json_t *params, bool quiet);

/* chat_calls.c */
/* Takes params and tag (either may be NULL). */
void chat_ask(struct chat *chat, const char *method, json_t *params, json_t *tag,
			  chat_answer *answer);
/* A new key for what must not happen twice. */
json_t *chat_key(void);
void chat_calls_offline(struct chat *chat);      /* the connection is gone */
void chat_calls_online(struct chat *chat);       /* it is back */
void chat_calls_due(struct chat *chat);          /* those to be tried again */
int chat_calls_wait_ms(const struct chat *chat); /* until the next of them; -1: none */
void chat_calls_free(struct chat *chat);
void chat_answered(struct chat *chat, const json_t *message);
/* For calls whose answer is worth a "done" at most. */
chat_answer chat_answer_plain, chat_answer_post;

/* chat_events.c */
/* A message that is no answer. */
void chat_notified(struct chat *chat, const json_t *message);
/* An event of any journal, live or read. `quiet`: into the book only. */
void chat_event(struct chat *chat, const json_t *event, bool quiet);
void chat_inbox_show(struct chat *chat, const json_t *event, size_t number);

/* chat_commands.c */
void chat_command(struct chat *chat, const char *line);
void chat_post(struct chat *chat, const char *text, const char *thread, const char *reply_to,
			   json_t *tag);

/* chat_show.c: everything that is printed goes through here. */
void chat_say(struct chat *chat, const char *text); /* one line, as it is; not in JSON mode */
void chat_say_word(struct chat *chat, enum chat_word word, const char *first, const char *second);
void chat_say_error(struct chat *chat, const char *method, const json_t *tag, const json_t *error);
/* One line of JSON; takes members of `more` (owned, may be NULL). */
void chat_say_json(struct chat *chat, const char *type, json_t *more);
void chat_show_post(struct chat *chat, const struct book_post *post, int depth, bool live);
void chat_show_thread(struct chat *chat, const char *thread);
/* What the book holds, thread by thread. */
void chat_show_book(struct chat *chat);
void chat_show_charter(struct chat *chat, const json_t *answer);
void chat_show_reasons(struct chat *chat, const char *text, const json_t *reasons);
void chat_show_item(struct chat *chat, const json_t *item, size_t number);
void chat_prompt(struct chat *chat);
/* Appends "14:03", or "21.11 14:03" if it was another day. */
void chat_time(struct buf *out, const char *at);
/* A post of a moment ago that is in no book: in the queue, among what was found. */
void chat_show_loose(struct chat *chat, const json_t *post, const char *lead);
