/* chat.c: the loop of the terminal client: what is typed, what arrives, and coming back when the
 * connection is lost. */
#include "clients/chat/chat.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "clients/chat/chat_inside.h"

/* Back-off: doubling from the first to the most, each wait somewhere in its upper half, so that a
 * town does not come back in one second. A silent connection is asked for a sign of life. */
enum { BACKOFF_FIRST_MS = 500, BACKOFF_MOST_MS = 30000, PING_MS = 20000, STEADY_MS = 30000 };

static volatile sig_atomic_t interrupted, renewed;

static void on_interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

static void on_renewal(int signal_number)
{
	(void)signal_number;
	renewed = 1;
}

static void signals_set(void)
{
	struct sigaction interrupt = {.sa_handler = on_interrupt};
	struct sigaction renewal = {.sa_handler = on_renewal};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGTERM, &interrupt, NULL);
	sigaction(SIGHUP, &interrupt, NULL);
	sigaction(SIGCONT, &renewal, NULL);
	sigaction(SIGWINCH, &renewal, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

static int64_t backoff_ms(int attempts)
{
	int64_t wait = BACKOFF_FIRST_MS;

	for (int i = 1; i < attempts && wait < BACKOFF_MOST_MS; i++)
		wait *= 2;
	wait = wait < BACKOFF_MOST_MS ? wait : BACKOFF_MOST_MS;
	return wait / 2 + (int64_t)(id_random() % (uint64_t)(wait / 2 + 1));
}

/* Who one is here, for the memory of earlier visits: the invitation, or the name of a guest. */
static struct chat_memory *memory_open(const struct chat *chat)
{
	const struct chat_options *options = chat->options;
	const char *token = options->token ? options->token : chat->url.invite;
	unsigned char hash[TOKEN_HASH_BYTES];
	char who[512] = "guest";

	if (options->forget)
		return chat_memory_none();
	if (*token) {
		token_hash(token, strlen(token), hash);
		snprintf(who, sizeof who, "invite:");
		for (size_t i = 0; i < 12; i++)
			snprintf(who + strlen(who), sizeof who - strlen(who), "%02x", hash[i]);
	} else if (options->name) {
		snprintf(who, sizeof who, "name:%.400s", options->name);
	}
	return chat_memory_new(chat->url.origin, who);
}

static void offline(struct chat *chat)
{
	int code = chat_socket_close_code(chat_link_socket(chat->link));
	int64_t now = clock_steady_ms();

	chat_link_close(&chat->link);
	chat->joined = false;
	chat->present = 0;
	chat_calls_offline(chat);
	if (code == 4001) {
		chat->quitting = true;
		chat->failures++;
		chat_say_json(chat, "revoked", NULL);
		return;
	}
	if (now - chat->online_since > STEADY_MS)
		chat->attempts = 0;
	chat->attempts++;
	if (chat->retry_at < now)
		chat->retry_at = now;
	chat->retry_at += backoff_ms(chat->attempts);
	chat_say_word(chat, WORD_OFFLINE, NULL, NULL);
	chat_say_json(
		chat, "offline",
		json_pack("{s:i,s:I}", "code", code, "wait_ms", (json_int_t)(chat->retry_at - now)));
	chat_prompt(chat);
}

static void try_again(struct chat *chat)
{
	enum chat_online online = chat_connect(chat);

	if (online == CHAT_ONLINE) {
		chat->retry_at = 0;
		chat_say_json(chat, "online", NULL);
		chat_prompt(chat);
	} else if (online == CHAT_NEVER) {
		chat->quitting = true;
		chat->failures++;
	} else {
		chat->retry_at = clock_steady_ms() + backoff_ms(++chat->attempts);
	}
}

/* What arrived */

static void messages_take(struct chat *chat)
{
	json_t *message;

	while (chat->link && (message = chat_link_next(chat->link))) {
		if (json_object_get(message, "method"))
			chat_notified(chat, message);
		else
			chat_answered(chat, message);
		json_decref(message);
		/* The rest of what waits is newer than what is missing: it will be read again. */
		if (chat->rejoin && !chat_rejoin(chat)) {
			chat->rejoin = false;
			chat->joined = false;
		}
	}
}

/* What was typed */

static bool charter_replied(struct chat *chat, const char *line)
{
	if (!chat->asking_charter)
		return false;
	if (chat_means_yes(line)) {
		chat_command(chat, "/accept");
	} else if (chat_means_no(line)) {
		chat->asking_charter = false;
		chat_say_word(chat, WORD_ACCEPT_LATER, NULL, NULL);
	} else if (*line == '/') {
		return false;
	} else {
		chat_say_word(chat, WORD_ACCEPT_ASK, NULL, NULL);
	}
	return true;
}

static void lines_take(struct chat *chat)
{
	char *line;

	/* A script's lines go out in order: each after the answer to the one before. */
	while (!chat->quitting && (chat->terminal || !chat->calls) &&
		   (line = chat_line_take(chat->line))) {
		if (!charter_replied(chat, line))
			chat_command(chat, line);
		free(line);
		chat_prompt(chat);
	}
}

static int wait_ms(const struct chat *chat)
{
	int64_t now = clock_steady_ms(), wait = PING_MS;
	int calls = chat_calls_wait_ms(chat);

	if (!chat->link)
		wait = chat->retry_at - now;
	if (calls >= 0 && calls < wait)
		wait = calls;
	return wait > 0 ? (int)wait : 0;
}

static void turn(struct chat *chat)
{
	struct pollfd waiting[2] = {{.fd = -1}, {.fd = -1}};

	if (chat->link) {
		waiting[0].fd = chat_socket_fd(chat_link_socket(chat->link));
		waiting[0].events = POLLIN;
		if (chat_socket_wants_write(chat_link_socket(chat->link)))
			waiting[0].events |= POLLOUT;
	}
	if (!chat->input_ended) {
		waiting[1].fd = chat_line_fd(chat->line);
		waiting[1].events = POLLIN;
	}
	if (poll(waiting, 2, wait_ms(chat)) < 0 && errno != EINTR)
		chat->quitting = true;
	if (renewed) {
		renewed = 0;
		chat_line_renew(chat->line);
	}
	if (waiting[1].revents && !chat_line_read(chat->line))
		chat->input_ended = true;
	if (chat->link && clock_steady_ms() - chat->pinged_at > PING_MS) {
		chat->pinged_at = clock_steady_ms();
		chat_socket_ping(chat_link_socket(chat->link));
	}
	if (chat->link) {
		bool open = chat_link_step(chat->link);

		messages_take(chat);
		if (!open)
			offline(chat);
	} else if (chat->retry_at <= clock_steady_ms()) {
		try_again(chat);
	}
	chat_calls_due(chat);
}

/* A person leaves when the input ends; a script when, besides, everything is answered. */
static bool is_done(const struct chat *chat)
{
	if (chat->quitting || interrupted)
		return true;
	return chat->input_ended && !chat->calls && !chat->options->follow;
}

static void talk(struct chat *chat)
{
	chat_prompt(chat);
	for (;;) {
		lines_take(chat);
		if (chat->terminal && chat->input_ended)
			chat->quitting = true;
		if (is_done(chat))
			return;
		turn(chat);
		if (chat->link)
			chat_link_step(chat->link);
	}
}

static void chat_fini(struct chat *chat)
{
	chat_line_free(&chat->line);
	chat_calls_free(chat);
	chat_link_close(&chat->link);
	chat_memory_free(&chat->memory);
	chat_book_fini(&chat->book);
	json_decref(chat->me);
	json_decref(chat->nudged);
	json_decref(chat->queue);
	json_decref(chat->inbox);
}

static bool chat_init(struct chat *chat, const struct chat_options *options)
{
	const char *remembered;

	chat->options = options;
	chat->lang = chat_lang_choose(options->lang);
	chat->terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !options->json;
	chat->colours = chat->terminal && !options->plain && !getenv("NO_COLOR");
	chat->isolates = !options->plain;
	chat->memory = memory_open(chat);
	if (!chat->memory || !chat_book_init(&chat->book))
		return false;
	remembered = chat_memory_text(chat->memory, "resume");
	if (remembered)
		snprintf(chat->resume, sizeof chat->resume, "%s", remembered);
	return true;
}

/* Before the conversation begins the terminal is an ordinary one: a whole line is read. */
static void name_ask(struct chat *chat)
{
	const struct chat_options *options = chat->options;

	if (!chat->terminal || options->name || options->token || *chat->url.invite || *chat->resume)
		return;
	chat_say_word(chat, WORD_NAME_ASK, NULL, NULL);
	if (!fgets(chat->name, sizeof chat->name, stdin))
		interrupted = 1;
	chat->name[strcspn(chat->name, "\n")] = '\0';
}

/* Nobody is there yet: a terminal waits for a server that starts, a script for a short while. */
static enum chat_online first_connect(struct chat *chat)
{
	enum chat_online online = chat_connect(chat);

	for (int i = 0; online == CHAT_LATER && i < (chat->terminal ? 100 : 3) && !interrupted; i++) {
		poll(NULL, 0, (int)backoff_ms(i + 1));
		online = chat_connect(chat);
	}
	return online;
}

int chat_run(const struct chat_options *options)
{
	struct chat chat = {0};
	struct why why = {{0}};
	int status = CHAT_FAILED;

	chat_plain_start();
	if (chat_url_parse(options->url, &chat.url, &why)) {
		fprintf(stderr, "maagal chat: %s\n", why.text);
		return CHAT_MISUSED;
	}
	signals_set();
	if (!chat_init(&chat, options))
		goto out;
	name_ask(&chat);
	if (interrupted || first_connect(&chat) != CHAT_ONLINE)
		goto out;
	chat.line = chat_line_new(chat.terminal);
	if (!chat.line)
		goto out;
	talk(&chat);
	if (chat.terminal)
		chat_say_word(&chat, WORD_BYE, NULL, NULL);
	status = chat.failures && !chat.terminal ? CHAT_FAILED : CHAT_GOOD;
out:
	chat_fini(&chat);
	return status;
}
