/* chat_connect.c: from an address to a seat in a circle, the first time and again after every lost
 * connection. Waits for answers: until one sits there is nothing else to do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "clients/chat/chat_inside.h"

enum { TAIL_USUAL = 30, PAGES_MOST = 100000 };

static const char *text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text ? text : "";
}

static void copy(char *to, size_t room, const char *from)
{
	size_t bytes = strnlen(from, room - 1);

	memcpy(to, from, bytes);
	to[bytes] = '\0';
}

/* Owned: the whole answer. NULL: the connection ended. */
static json_t *ask_whole(struct chat *chat, const char *method, json_t *params)
{
	int64_t id = chat_link_call(chat->link, method, &params);

	return chat_link_wait(chat->link, id, CHAT_WAIT_MS);
}

json_t *chat_ask_now(struct chat *chat, const char *method, json_t *params, bool quiet)
{
	json_t *answer = ask_whole(chat, method, params), *result;
	const json_t *error = json_object_get(answer, "error");

	if (error && !quiet)
		chat_say_error(chat, method, NULL, error);
	result = error ? NULL : json_incref(json_object_get(answer, "result"));
	json_decref(answer);
	return result;
}

/* Opening the session */

static const char *error_name(const json_t *answer)
{
	return text_of(json_object_get(json_object_get(answer, "error"), "data"), "name");
}

static json_t *open_params(struct chat *chat, bool resuming)
{
	const struct chat_options *options = chat->options;
	const char *token = options->token ? options->token : chat->url.invite;
	json_t *params = json_pack("{s:s}", "lang", chat_lang_name(chat->lang));

	if (resuming)
		json_object_set_new(params, "resume", json_string(chat->resume));
	else if (*token)
		json_object_set_new(params, "token", json_string(token));
	if (!resuming && (options->name || *chat->name))
		json_object_set_new(params, "name",
							json_string(options->name ? options->name : chat->name));
	return params;
}

/* A resume that is not believed any more is forgotten, and the front door tried. */
static enum chat_online session_open(struct chat *chat, json_t **out)
{
	bool resuming = *chat->resume != '\0';
	json_t *answer = ask_whole(chat, "session.open", open_params(chat, resuming));
	const json_t *error;

	if (answer && resuming && !strcmp(error_name(answer), "unauthorised")) {
		json_decref(answer);
		chat_memory_forget(chat->memory);
		*chat->resume = '\0';
		answer = ask_whole(chat, "session.open", open_params(chat, false));
	}
	error = json_object_get(answer, "error");
	if (error) {
		bool later = json_is_true(json_object_get(json_object_get(error, "data"), "retry"));

		if (!later || !chat->ever_joined)
			chat_say_error(chat, "session.open", NULL, error);
		json_decref(answer);
		return later ? CHAT_LATER : CHAT_NEVER;
	}
	if (!answer)
		return CHAT_LATER;
	*out = json_incref(json_object_get(answer, "result"));
	json_decref(answer);
	return CHAT_ONLINE;
}

static void session_note(struct chat *chat, const json_t *opened)
{
	const char *resume = text_of(opened, "resume");

	json_decref(chat->me);
	chat->me = json_incref(json_object_get(opened, "participant"));
	if (*resume) {
		copy(chat->resume, sizeof chat->resume, resume);
		chat_memory_keep(chat->memory, "resume", json_string(resume));
	}
	if (!chat->ever_joined)
		chat_say_json(chat, "session", json_copy((json_t *)opened));
}

/* Choosing the circle */

static void seat_note(struct chat *chat, const json_t *process, const json_t *circle)
{
	copy(chat->process, sizeof chat->process, text_of(process, "id"));
	chat->charter_version = json_integer_value(json_object_get(process, "charter_version"));
	copy(chat->circle, sizeof chat->circle, text_of(circle, "id"));
	copy(chat->title, sizeof chat->title, text_of(circle, "title"));
}

/* The circle in the lists that session.open gave. Without a name: the only one. */
static bool seat_find(struct chat *chat, const json_t *opened, const char *wanted)
{
	size_t i, k, seen = 0;
	json_t *process, *circle;

	json_array_foreach(json_object_get(opened, "processes"), i, process)
	{
		json_array_foreach(json_object_get(process, "circles"), k, circle)
		{
			seen++;
			if (!*wanted || !strcmp(wanted, text_of(circle, "id")))
				seat_note(chat, process, circle);
		}
	}
	return *wanted ? *chat->circle != '\0' : seen == 1;
}

static size_t seats_list(struct chat *chat, const json_t *opened, long chosen)
{
	size_t i, k, seen = 0;
	json_t *process, *circle;
	char line[1200];

	json_array_foreach(json_object_get(opened, "processes"), i, process)
	{
		json_array_foreach(json_object_get(process, "circles"), k, circle)
		{
			if (++seen == (size_t)chosen)
				seat_note(chat, process, circle);
			snprintf(line, sizeof line, "%zu. %s  (%s)", seen, text_of(circle, "title"),
					 text_of(circle, "id"));
			if (!chosen)
				chat_say(chat, line);
		}
	}
	return seen;
}

/* Before the conversation begins the terminal is an ordinary one: a whole line is read. */
static bool seat_ask(struct chat *chat, const json_t *opened)
{
	char line[32];
	size_t seats = seats_list(chat, opened, 0);
	long chosen;

	*chat->circle = '\0';
	if (!chat->terminal || seats == 0) {
		chat_say_word(chat, seats ? WORD_CHOOSE_CIRCLE : WORD_NO_CIRCLE, NULL, NULL);
		return false;
	}
	do {
		chat_say_word(chat, WORD_CHOOSE_CIRCLE, NULL, NULL);
		if (!fgets(line, sizeof line, stdin))
			return false;
		chosen = strtol(line, NULL, 10);
	} while (chosen < 1 || (size_t)chosen > seats);
	seats_list(chat, opened, chosen);
	return true;
}

static bool seat_choose(struct chat *chat, const json_t *opened)
{
	const char *wanted = chat->options->circle ? chat->options->circle : chat->url.circle;

	if (*chat->circle)
		wanted = chat->circle; /* where we sat before */
	if (*wanted) {
		/* Not in the first fifty perhaps: the join will say. */
		if (!seat_find(chat, opened, wanted))
			copy(chat->circle, sizeof chat->circle, wanted);
		return true;
	}
	return seat_find(chat, opened, "") || seat_ask(chat, opened);
}

/* The charter */

static void charter_settle(struct chat *chat)
{
	json_t *read, *accepted;
	char key[CHAT_ID + 16];
	json_int_t known;

	if (!*chat->process || !strcmp(chat->role, "observer"))
		return;
	snprintf(key, sizeof key, "accepted:%s", chat->process);
	known = chat_memory_int(chat->memory, key);
	read = chat_ask_now(chat, "charter.read", json_pack("{s:s}", "process", chat->process), true);
	if (!read)
		return;
	chat->charter_version = json_integer_value(json_object_get(read, "version"));
	if (known >= chat->charter_version && known > 0)
		goto out;
	if (chat->options->accept) {
		accepted = chat_ask_now(
			chat, "charter.accept",
			json_pack("{s:s,s:I}", "process", chat->process, "version", chat->charter_version),
			false);
		if (accepted)
			chat_memory_keep(chat->memory, key, json_integer(chat->charter_version));
		json_decref(accepted);
	} else if (chat->terminal) {
		chat_show_charter(chat, read);
		chat->asking_charter = true;
	}
	chat_say_json(chat, "charter", json_copy(read));
out:
	json_decref(read);
}

/* Joining */

static json_t *join_params(struct chat *chat)
{
	const struct chat_options *options = chat->options;
	json_t *params = json_pack("{s:s}", "circle", chat->circle);

	if (chat->ever_joined) {
		json_object_set_new(params, "after", json_integer(chat->head));
		json_object_set_new(params, "epoch", json_string(chat->epoch));
	} else if (options->after) {
		json_object_set_new(params, "after", json_integer(strtoll(options->after, NULL, 10)));
	} else {
		long tail = options->tail ? strtol(options->tail, NULL, 10) : TAIL_USUAL;

		if (tail > 0)
			json_object_set_new(params, "tail", json_integer(tail));
	}
	return params;
}

/* Roots of threads come along from before the page: what was read begins after their gap. */
static void oldest_note(struct chat *chat, const json_t *joined)
{
	const json_t *events = json_object_get(joined, "events");

	if (chat->oldest)
		return;
	if (!json_array_size(events))
		chat->oldest = json_integer_value(json_object_get(joined, "head")) + 1;
	for (size_t i = json_array_size(events); i > 0; i--) {
		json_int_t seq = json_integer_value(json_object_get(json_array_get(events, i - 1), "seq"));

		if (chat->oldest && seq != chat->oldest - 1)
			return;
		chat->oldest = seq;
	}
}

static void events_take(struct chat *chat, const json_t *joined, bool quiet)
{
	size_t i;
	json_t *event;

	json_array_foreach(json_object_get(joined, "events"), i, event)
		chat_event(chat, event, quiet && !chat->options->json);
}

static void joined_note(struct chat *chat, const json_t *joined)
{
	const json_t *circle = json_object_get(joined, "circle");
	json_t *head = json_object_get(joined, "head");
	const char *role = text_of(circle, "role");

	copy(chat->epoch, sizeof chat->epoch, text_of(joined, "epoch"));
	if (*text_of(circle, "title"))
		copy(chat->title, sizeof chat->title, text_of(circle, "title"));
	if (*role)
		copy(chat->role, sizeof chat->role, role);
	if (!json_is_true(json_object_get(joined, "more")) && json_integer_value(head) > chat->head &&
		!json_array_size(json_object_get(joined, "events")))
		chat->head = json_integer_value(head);
}

/* What we held is of another time: a backup was restored. Begin anew. */
static bool position_renew(struct chat *chat)
{
	chat_book_fini(&chat->book);
	chat->head = chat->oldest = 0;
	chat->ever_joined = false;
	*chat->epoch = '\0';
	return chat_book_init(&chat->book);
}

/* False if the circle may not be entered, which has been said, or the connection ended. */
static bool circle_join(struct chat *chat)
{
	bool fresh = !chat->ever_joined, more = true;

	for (int page = 0; more && page < PAGES_MOST; page++) {
		json_t *answer = ask_whole(chat, "circle.join", join_params(chat));
		const json_t *joined = json_object_get(answer, "result");

		if (answer && !strcmp(error_name(answer), "position_lost") && position_renew(chat)) {
			fresh = true;
			json_decref(answer);
			continue;
		}
		if (!joined) {
			if (answer)
				chat_say_error(chat, "circle.join", NULL, json_object_get(answer, "error"));
			json_decref(answer);
			return false;
		}
		joined_note(chat, joined);
		oldest_note(chat, joined);
		more = json_is_true(json_object_get(joined, "more"));
		if (chat->options->json && fresh && page == 0) {
			json_t *said = json_copy((json_t *)joined);

			json_object_del(said, "events");
			chat_say_json(chat, "joined", said);
		}
		events_take(chat, joined, fresh);
		/* The pages after the first are asked for by where the first ended. */
		chat->ever_joined = true;
		if (fresh && !more && !chat->options->json)
			chat_show_book(chat);
		json_decref(answer);
	}
	chat->joined = true;
	return true;
}

/* Reads a journal beside the circle's from where it was left, then stays. */
static void side_join(struct chat *chat, const char *method, const char *circle, json_int_t *head)
{
	bool more = true;

	for (int page = 0; more && page < PAGES_MOST; page++) {
		json_t *params = json_pack("{s:I}", "after", *head), *joined;

		if (circle)
			json_object_set_new(params, "circle", json_string(circle));
		joined = chat_ask_now(chat, method, params, true);
		if (!joined && *head > 0) {
			*head = 0; /* the server knows less than we: it was restored */
			continue;
		}
		more = joined && json_is_true(json_object_get(joined, "more"));
		events_take(chat, joined, false);
		json_decref(joined);
	}
}

static bool may_moderate(const struct chat *chat)
{
	return !strcmp(chat->role, "moderator") || !strcmp(chat->role, "convenor");
}

static void desk_join(struct chat *chat)
{
	json_t *queue, *items;
	char count[24];

	/* What has been decided before is history; only what comes now is news. */
	json_t *joined = chat_ask_now(chat, "desk.join", json_pack("{s:s}", "circle", chat->circle),
								  true);

	if (!joined)
		return;
	json_decref(joined);
	queue = chat_ask_now(chat, "desk.queue", json_pack("{s:s}", "circle", chat->circle), true);
	items = json_object_get(queue, "items");
	if (json_array_size(items) > 0) {
		snprintf(count, sizeof count, "%zu", json_array_size(items));
		chat_say_word(chat, WORD_QUEUE_WAITING, count, NULL);
	}
	json_decref(queue);
}

static void welcome(struct chat *chat)
{
	const char *name = text_of(chat->me, "name"), *tag = text_of(chat->me, "tag");
	char shown[1200];

	if (chat->options->json)
		return;
	snprintf(shown, sizeof shown, "%s%s%s", name, *tag ? "#" : "", tag);
	chat_say_word(chat, WORD_JOINED, *chat->title ? chat->title : chat->circle, shown);
	if (chat->terminal)
		chat_say_word(chat, chat->asking_charter ? WORD_ACCEPT_ASK : WORD_WELCOME, NULL, NULL);
}

static enum chat_online seat_take(struct chat *chat, const json_t *opened)
{
	bool first = !chat->ever_joined;

	if (!seat_choose(chat, opened))
		return CHAT_NEVER;
	if (!*chat->role)
		copy(chat->role, sizeof chat->role, text_of(chat->me, "role"));
	if (!circle_join(chat))
		return chat_link_step(chat->link) ? CHAT_NEVER : CHAT_LATER;
	if (first)
		charter_settle(chat);
	chat->inbox_head = chat->inbox_head ? chat->inbox_head : chat_memory_int(chat->memory, "inbox");
	side_join(chat, "inbox.join", NULL, &chat->inbox_head);
	if (may_moderate(chat))
		desk_join(chat);
	if (first)
		welcome(chat);
	else
		chat_say_word(chat, WORD_ONLINE, NULL, NULL);
	return CHAT_ONLINE;
}

enum chat_online chat_connect(struct chat *chat)
{
	struct why why = {{0}};
	json_t *opened = NULL;
	enum chat_online online;
	enum err err = chat_link_open(&chat->url, chat->options->ca_file, CHAT_WAIT_MS / 2, &why,
								  &chat->link);

	if (err) {
		if (!chat->ever_joined || err != ERR_STORAGE)
			fprintf(stderr, "maagal chat: %s\n", why.text);
		return err == ERR_STORAGE ? CHAT_LATER : CHAT_NEVER;
	}
	chat->joined = false;
	online = session_open(chat, &opened);
	if (online == CHAT_ONLINE) {
		session_note(chat, opened);
		online = seat_take(chat, opened);
	}
	json_decref(opened);
	if (online != CHAT_ONLINE) {
		chat_link_close(&chat->link);
		return online;
	}
	chat->online_since = chat->pinged_at = clock_steady_ms();
	if (!chat->terminal || !chat->asking_charter)
		chat_calls_online(chat);
	return CHAT_ONLINE;
}

bool chat_rejoin(struct chat *chat)
{
	chat->rejoin = false;
	return circle_join(chat);
}
