/* relay_nodes.c: see relay_nodes.h. A thread around poll(): two links, one that talks and one that
 * listens, always up or down together. What cannot be said now is either said later in newer words
 * (rows, who is present) or not at all (typing, uses): nothing piles up while Redis is away. */
#include "relay/relay_nodes.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "base/map.h"
#include "relay/relay_here.h"
#include "relay/relay_redis.h"
#include "relay/relay_seal.h"

enum {
	STEP_MS = 100,
	IDLE_MS = 250,
	ALIVE_MS = 1000,
	SILENT_MS = 3000,   /* our own words are heard again within this, or the links are lost */
	CONNECT_MS = 3000,
	RETRY_FIRST_MS = 100,
	RETRY_MOST_MS = 3000,
	HELD_MS = 6000,     /* how long Redis holds who is present; renewed three times as often */
	GONE_MS = HELD_MS + 500, /* silent for longer: what that process had told is gone */
	STOP_MS = 300,
	NODES_MOST = 64,
	USED_MOST = 512,
	STEP_CIRCLES = 500,
	EXPECTED_MOST = 4096,
	WAITING_MOST = 1 << 20, /* bytes that Redis has not taken */
	MARKS_A_COMMAND = 64,
	KEY_TEXT = 96,
};

enum { TALK, LISTEN, LINKS };

enum state { DOWN, CONNECTING, UP };

/* What the next reply on the talking link is an answer to. */
enum expect { EXPECT_ANYTHING, EXPECT_GREETING, EXPECT_READY, EXPECT_ROW, EXPECT_COUNT,
	      EXPECT_REFRESH };

struct expected {
	enum expect expect;
	int64_t circle, mine;
};

struct used {
	uint64_t place;
	unsigned count;
	enum relay_use use;
};

struct node {
	uint64_t id;
	int64_t heard_ms;
};

struct nodes {
	struct relay_settings settings;
	struct relay_url url;
	char channel[CHANNEL_TEXT];
	uint64_t id; /* ours */
	/* from other threads */
	struct mailbox *words;
	_Atomic int64_t row;
	_Atomic bool is_stopping, is_woken;
	int wake; /* descriptor */
	pthread_t thread;
	bool has_thread;
	/* the thread's own */
	struct link *links[LINKS];
	bool is_ready[LINKS];
	enum state state;
	int64_t since_ms; /* of this state */
	int64_t lost_ms;  /* when we were up last */
	int64_t retry_ms, wait_ms, step_ms, alive_ms, heard_self_ms;
	bool has_complained;
	int64_t row_told;
	bool is_row_on_its_way;
	struct expected expected[EXPECTED_MOST]; /* a ring */
	size_t expected_first, expected_count;
	struct here here;
	struct message to_count; /* circles of which the others have to be told */
	bool has_counted;
	struct used used[USED_MOST];
	size_t used_count;
	struct node others[NODES_MOST];
	size_t other_count;
	/* for nodes_read_health() */
	_Atomic bool is_up;
	_Atomic int64_t others_known, connects, losses, sent, heard, dropped, strange;
};

/* ---- saying ---- */

static struct part text_part(const char *text)
{
	return (struct part){text, strlen(text)};
}

enum { NUMBER_TEXT = 12 };

static struct part number_part(int number, char text[NUMBER_TEXT])
{
	snprintf(text, NUMBER_TEXT, "%d", number);
	return text_part(text);
}

static bool may_talk(const struct nodes *nodes)
{
	return nodes->state == UP && nodes->expected_count < EXPECTED_MOST / 2 &&
	       link_waiting(nodes->links[TALK]) < WAITING_MOST;
}

/* False if too much is on its way already. */
static bool command(struct nodes *nodes, const struct expected *expected, const struct part *parts,
		    size_t count)
{
	size_t last = (nodes->expected_first + nodes->expected_count) % EXPECTED_MOST;

	if (nodes->expected_count == EXPECTED_MOST)
		return false;
	nodes->expected[last] = *expected;
	nodes->expected_count++;
	link_command(nodes->links[TALK], parts, count);
	return true;
}

static bool publish(struct nodes *nodes, const struct message *message, enum expect expect)
{
	unsigned char sealed[SEALED_BYTES];
	size_t bytes = message_seal(message, nodes->settings.secret, sealed);
	const struct part parts[] = {text_part("PUBLISH"), text_part(nodes->channel),
				     {sealed, bytes}};

	if (!may_talk(nodes) || message->is_cut ||
	    !command(nodes, &(struct expected){.expect = expect}, parts, 3)) {
		nodes->dropped++;
		return false;
	}
	nodes->sent++;
	return true;
}

static void publish_short(struct nodes *nodes, enum message_kind kind)
{
	struct message message;

	message_begin(&message, nodes->id, kind);
	publish(nodes, &message, EXPECT_ANYTHING);
}

/* One at a time: while it is on its way, newer rows take the place of older ones. */
static void publish_row(struct nodes *nodes)
{
	int64_t row = nodes->row;
	struct message message;

	if (nodes->state != UP || nodes->is_row_on_its_way || row <= nodes->row_told)
		return;
	message_begin(&message, nodes->id, MESSAGE_ROWS);
	message_add_number(&message, (uint64_t)row);
	if (publish(nodes, &message, EXPECT_ROW)) {
		nodes->is_row_on_its_way = true;
		nodes->row_told = row;
	}
}

static void publish_used(struct nodes *nodes)
{
	struct message message;
	size_t i = 0;

	while (i < nodes->used_count) {
		message_begin(&message, nodes->id, MESSAGE_USED);
		for (; i < nodes->used_count && message_room(&message) >= 16; i++) {
			const struct used *used = &nodes->used[i];

			message_add_number(&message,
					   (uint64_t)used->count << 8 | (uint64_t)used->use);
			message_add_number(&message, used->place);
		}
		publish(nodes, &message, EXPECT_ANYTHING);
	}
	nodes->used_count = 0;
}

static void publish_to_count(struct nodes *nodes)
{
	if (nodes->to_count.bytes > MESSAGE_HEAD_BYTES)
		publish(nodes, &nodes->to_count, EXPECT_ANYTHING);
	message_begin(&nodes->to_count, nodes->id, MESSAGE_COUNT);
}

static void tell_count(struct nodes *nodes, int64_t circle)
{
	if (message_room(&nodes->to_count) < sizeof circle)
		publish_to_count(nodes);
	message_add_number(&nodes->to_count, (uint64_t)circle);
}

/* ---- hearing ---- */

static void hand_over(struct nodes *nodes, const struct heard *news, const char *text)
{
	struct heard *heard = malloc(sizeof *heard + news->bytes + 1);

	if (!heard)
		return;
	*heard = *news;
	memcpy(heard->text, text, news->bytes);
	heard->text[news->bytes] = '\0';
	nodes->settings.heard(nodes->settings.owner, &heard);
}

static void set_elsewhere(struct nodes *nodes, struct here_circle *circle, int64_t count)
{
	if (count == 0 && circle->elsewhere == 0)
		return;
	circle->elsewhere = count;
	hand_over(nodes, &(struct heard){.kind = HEARD_HERE, .circle = circle->circle,
					 .count = count}, "");
}

static void forget_elsewhere(struct nodes *nodes)
{
	struct list_node *node = nodes->here.all.next;

	for (; node != &nodes->here.all; node = node->next)
		set_elsewhere(nodes, list_entry(node, struct here_circle, all), 0);
}

static void forget_other(struct nodes *nodes, size_t i)
{
	nodes->others[i] = nodes->others[--nodes->other_count];
	nodes->others_known = (int64_t)nodes->other_count;
	here_count_all(&nodes->here);
}

static void forget_silent(struct nodes *nodes, int64_t now_ms)
{
	for (size_t i = nodes->other_count; i > 0; i--) {
		if (now_ms - nodes->others[i - 1].heard_ms > GONE_MS)
			forget_other(nodes, i - 1);
	}
}

static void meet(struct nodes *nodes, uint64_t id, enum message_kind kind)
{
	int64_t now_ms = clock_steady_ms();

	for (size_t i = 0; i < nodes->other_count; i++) {
		if (nodes->others[i].id != id)
			continue;
		nodes->others[i].heard_ms = now_ms;
		if (kind == MESSAGE_BYE)
			forget_other(nodes, i);
		return;
	}
	if (kind == MESSAGE_BYE || nodes->other_count == NODES_MOST)
		return;
	nodes->others[nodes->other_count++] = (struct node){.id = id, .heard_ms = now_ms};
	nodes->others_known = (int64_t)nodes->other_count;
	here_count_all(&nodes->here);
}

static void hear_circles(struct nodes *nodes, struct message *message)
{
	while (message_left(message) > 0 && !message->is_cut) {
		struct here_circle *circle =
			here_find(&nodes->here, (int64_t)message_number(message));

		if (circle)
			here_count(&nodes->here, circle);
	}
}

static void hear_typing(struct nodes *nodes, struct message *message)
{
	struct heard heard = {.kind = HEARD_TYPING, .circle = (int64_t)message_number(message)};

	heard.bytes = message_left(message);
	if (!message->is_cut && heard.bytes > 0)
		hand_over(nodes, &heard, (const char *)message->data + message->read);
}

static void hear_used(struct nodes *nodes, struct message *message)
{
	while (message_left(message) > 0) {
		uint64_t what = message_number(message);
		struct heard heard = {.kind = HEARD_USED,
				      .place = message_number(message),
				      .count = (int64_t)(what >> 8)};

		if (message->is_cut || (what & 0xff) >= RELAY_USES)
			return;
		heard.use = (enum relay_use)(what & 0xff);
		hand_over(nodes, &heard, "");
	}
}

static void hear(struct nodes *nodes, const void *sealed, size_t bytes)
{
	struct message message;
	enum message_kind kind;
	uint64_t from;

	if (!message_open(sealed, bytes, nodes->settings.secret, &message)) {
		nodes->strange++;
		return;
	}
	from = message_node(&message, &kind);
	if (from == nodes->id) {
		nodes->heard_self_ms = clock_steady_ms();
		return;
	}
	nodes->heard++;
	meet(nodes, from, kind);
	switch (kind) {
	case MESSAGE_HELLO:
		publish_short(nodes, MESSAGE_ALIVE);
		nodes->row_told = 0; /* it may have missed the last */
		publish_row(nodes);
		break;
	case MESSAGE_ROWS:
		nodes->settings.rows_kept(nodes->settings.owner, (int64_t)message_number(&message));
		break;
	case MESSAGE_COUNT:
		hear_circles(nodes, &message);
		break;
	case MESSAGE_TYPING:
		hear_typing(nodes, &message);
		break;
	case MESSAGE_USED:
		hear_used(nodes, &message);
		break;
	case MESSAGE_ALIVE:
	case MESSAGE_BYE:
		break;
	}
}

/* ---- who is present ---- */

static struct part here_key(const struct nodes *nodes, uint64_t node, int64_t circle,
			    char key[KEY_TEXT])
{
	int bytes = snprintf(key, KEY_TEXT, "%s:here:%" PRId64 ":%016" PRIx64, nodes->channel, circle,
			     node);

	return (struct part){key, (size_t)bytes};
}

static bool simple(struct nodes *nodes, const char *verb, struct part key)
{
	const struct part parts[] = {text_part(verb), key};

	return command(nodes, &(struct expected){.expect = EXPECT_ANYTHING}, parts, 2);
}

static bool hold(struct nodes *nodes, struct part key, const struct expected *expected)
{
	char held[NUMBER_TEXT];
	const struct part parts[] = {text_part("PEXPIRE"), key, number_part(HELD_MS, held)};

	return command(nodes, expected, parts, 3);
}

/* Up to MARKS_A_COMMAND marks, to be sent once full. */
struct marks {
	const char *verb;
	struct part parts[2 + MARKS_A_COMMAND];
	uint64_t marks[MARKS_A_COMMAND];
	size_t count;
};

static bool marks_send(struct nodes *nodes, struct marks *marks)
{
	size_t count = marks->count;

	marks->parts[0] = text_part(marks->verb);
	marks->count = 0;
	return count == 0 || command(nodes, &(struct expected){.expect = EXPECT_ANYTHING},
				     marks->parts, 2 + count);
}

static bool marks_add(struct nodes *nodes, struct marks *marks, const char *verb, uint64_t mark)
{
	bool is_sent = (marks->count < MARKS_A_COMMAND && marks->verb == verb) ||
		       marks_send(nodes, marks);

	marks->verb = verb;
	marks->marks[marks->count] = mark;
	marks->parts[2 + marks->count] =
		(struct part){&marks->marks[marks->count], sizeof mark};
	marks->count++;
	return is_sent;
}

static bool tell_marks(struct nodes *nodes, const struct here_circle *circle, struct part key)
{
	static const char add[] = "SADD", remove[] = "SREM";
	struct marks marks = {.verb = add, .parts[1] = key};
	bool is_sent = true;
	uint64_t mark;
	void *value;
	size_t at = 0;

	if (circle->is_whole) {
		is_sent = simple(nodes, "DEL", key);
		while (is_sent && map_next(circle->marks, &at, &mark, &value))
			is_sent = marks_add(nodes, &marks, add, mark);
	}
	for (size_t i = 0; i < circle->change_count && !circle->is_whole && is_sent; i++)
		is_sent = marks_add(nodes, &marks, circle->changes[i].has_come ? add : remove,
				    circle->changes[i].mark);
	return is_sent && marks_send(nodes, &marks);
}

/* How many persons all of us have there together; less ours, that is how many are elsewhere. */
static bool count(struct nodes *nodes, struct here_circle *circle)
{
	struct part parts[3 + NODES_MOST];
	char scratch[KEY_TEXT], keys[1 + NODES_MOST][KEY_TEXT];
	struct expected expected = {.expect = EXPECT_COUNT,
				    .circle = circle->circle,
				    .mine = (int64_t)map_count(circle->marks)};

	circle->is_to_count = false;
	if (nodes->other_count == 0) {
		set_elsewhere(nodes, circle, 0);
		return true;
	}
	snprintf(scratch, sizeof scratch, "%s:sum:%016" PRIx64, nodes->channel, nodes->id);
	parts[0] = text_part("SUNIONSTORE");
	parts[1] = text_part(scratch);
	parts[2] = here_key(nodes, nodes->id, circle->circle, keys[0]);
	for (size_t i = 0; i < nodes->other_count; i++)
		parts[3 + i] = here_key(nodes, nodes->others[i].id, circle->circle, keys[1 + i]);
	nodes->has_counted = true;
	return command(nodes, &expected, parts, 3 + nodes->other_count);
}

static void tell_circle(struct nodes *nodes, struct here_circle *circle, int64_t now_ms)
{
	bool has_news = circle->is_whole || circle->change_count > 0;
	char text[KEY_TEXT];
	struct part key = here_key(nodes, nodes->id, circle->circle, text);

	if (has_news) {
		if (!tell_marks(nodes, circle, key) ||
		    !hold(nodes, key, &(struct expected){.expect = EXPECT_ANYTHING})) {
			here_tell_again(&nodes->here, circle);
			return;
		}
		tell_count(nodes, circle->circle);
		if (!here_told(&nodes->here, circle, now_ms))
			return;
	}
	if (circle->is_to_count && !count(nodes, circle))
		here_count(&nodes->here, circle);
}

static void tell_here(struct nodes *nodes, int64_t now_ms)
{
	struct here_circle *circle;
	char scratch[KEY_TEXT], key[KEY_TEXT];

	for (int i = 0; i < STEP_CIRCLES && may_talk(nodes); i++) {
		circle = here_next(&nodes->here);
		if (!circle)
			break;
		tell_circle(nodes, circle, now_ms);
	}
	for (int i = 0; i < STEP_CIRCLES && may_talk(nodes); i++) {
		circle = here_to_refresh(&nodes->here, now_ms - HELD_MS / 3, now_ms);
		if (!circle)
			break;
		hold(nodes, here_key(nodes, nodes->id, circle->circle, key),
		     &(struct expected){.expect = EXPECT_REFRESH, .circle = circle->circle});
	}
	publish_to_count(nodes);
	if (!nodes->has_counted)
		return;
	nodes->has_counted = false;
	snprintf(scratch, sizeof scratch, "%s:sum:%016" PRIx64, nodes->channel, nodes->id);
	hold(nodes, text_part(scratch), &(struct expected){.expect = EXPECT_ANYTHING});
}

/* ---- the links ---- */

static void set_state(struct nodes *nodes, enum state state)
{
	nodes->state = state;
	nodes->since_ms = clock_steady_ms();
	nodes->is_up = state == UP;
}

static void lose(struct nodes *nodes, const char *why)
{
	bool was_up = nodes->state == UP;
	int64_t now_ms = clock_steady_ms();

	for (int i = 0; i < LINKS; i++) {
		link_close(&nodes->links[i]);
		nodes->is_ready[i] = false;
	}
	nodes->expected_count = 0;
	nodes->is_row_on_its_way = false;
	nodes->row_told = 0;
	here_tell_all_again(&nodes->here);
	if (was_up) {
		nodes->losses++;
		nodes->lost_ms = now_ms;
	}
	/* A link that held for a while is tried at once; one that never does, more and more rarely. */
	if (was_up && now_ms - nodes->since_ms > RETRY_MOST_MS)
		nodes->wait_ms = RETRY_FIRST_MS;
	nodes->retry_ms = now_ms + nodes->wait_ms / 2 +
			  (int64_t)(id_random() % (uint64_t)nodes->wait_ms);
	if (was_up || !nodes->has_complained)
		log_warn("relay.down", "why=%s", why);
	nodes->has_complained = true;
	nodes->wait_ms = nodes->wait_ms * 2 < RETRY_MOST_MS ? nodes->wait_ms * 2 : RETRY_MOST_MS;
	set_state(nodes, DOWN);
}

/* The first word of Redis's error, which is a name; the rest may quote what we sent. */
static void refused(struct nodes *nodes, const struct part *error)
{
	char name[24];
	size_t bytes = 0;

	while (bytes < error->bytes && bytes < sizeof name - 1 &&
	       ((const char *)error->data)[bytes] >= 'A' && ((const char *)error->data)[bytes] <= 'Z')
		bytes++;
	memcpy(name, error->data, bytes);
	name[bytes] = '\0';
	if (!strcmp(name, "LOADING")) {
		lose(nodes, "loading");
		return;
	}
	if (!nodes->has_complained)
		log_error("relay.refused", "error=%s", name);
	nodes->has_complained = true;
	lose(nodes, "refused");
}

static void connect_all(struct nodes *nodes)
{
	set_state(nodes, CONNECTING);
	for (int i = 0; i < LINKS; i++) {
		nodes->links[i] = link_open(&nodes->url);
		if (!nodes->links[i]) {
			lose(nodes, "unreachable");
			return;
		}
	}
}

static void greet(struct nodes *nodes, int which)
{
	struct link *link = nodes->links[which];
	const struct relay_url *url = &nodes->url;
	const struct expected greeting = {.expect = EXPECT_GREETING};
	struct part parts[3] = {text_part("AUTH"), text_part(url->user), text_part(url->password)};
	char database[NUMBER_TEXT];

	if (!url->user[0])
		parts[1] = parts[2];
	if (url->password[0] && which == TALK)
		command(nodes, &greeting, parts, url->user[0] ? 3 : 2);
	else if (url->password[0])
		link_command(link, parts, url->user[0] ? 3 : 2);
	if (which == LISTEN) {
		parts[0] = text_part("SUBSCRIBE");
		parts[1] = text_part(nodes->channel);
		link_command(link, parts, 2);
		return;
	}
	parts[0] = text_part("SELECT");
	parts[1] = number_part(url->database, database);
	if (url->database)
		command(nodes, &greeting, parts, 2);
	parts[0] = text_part("PING");
	command(nodes, &(struct expected){.expect = EXPECT_READY}, parts, 1);
}

static void became_ready(struct nodes *nodes, int which)
{
	nodes->is_ready[which] = true;
	if (nodes->state != CONNECTING || !nodes->is_ready[TALK] || !nodes->is_ready[LISTEN])
		return;
	set_state(nodes, UP);
	nodes->connects++;
	nodes->has_complained = false;
	nodes->heard_self_ms = nodes->since_ms;
	nodes->step_ms = 0;
	log_info("relay.up", "database=%d", nodes->url.database);
	publish_short(nodes, MESSAGE_HELLO);
	publish_row(nodes);
}

/* A reply on the talking link. False if the links were lost over it. */
static bool take_answer(struct nodes *nodes, const struct reply *reply)
{
	struct expected expected = nodes->expected[nodes->expected_first];
	struct here_circle *circle = here_find(&nodes->here, expected.circle);

	if (nodes->expected_count == 0) {
		lose(nodes, "no_redis");
		return false;
	}
	if (reply->kind == REPLY_ERROR && nodes->state == CONNECTING) {
		refused(nodes, &reply->parts[0]);
		return false;
	}
	nodes->expected_first = (nodes->expected_first + 1) % EXPECTED_MOST;
	nodes->expected_count--;
	if (reply->kind == REPLY_ERROR)
		nodes->strange++;
	switch (expected.expect) {
	case EXPECT_READY:
		became_ready(nodes, TALK);
		break;
	case EXPECT_ROW:
		nodes->is_row_on_its_way = false;
		publish_row(nodes);
		break;
	case EXPECT_COUNT:
		if (circle && reply->kind == REPLY_NUMBER && reply->number >= expected.mine)
			set_elsewhere(nodes, circle, reply->number - expected.mine);
		break;
	case EXPECT_REFRESH:
		/* It had run out, or Redis has forgotten. */
		if (circle && reply->kind == REPLY_NUMBER && reply->number == 0)
			here_tell_again(&nodes->here, circle);
		break;
	case EXPECT_ANYTHING:
	case EXPECT_GREETING:
		break;
	}
	return true;
}

static bool is_word(const struct part *part, const char *word)
{
	return part->bytes == strlen(word) && memcmp(part->data, word, part->bytes) == 0;
}

static bool take_message(struct nodes *nodes, const struct reply *reply)
{
	if (reply->kind == REPLY_ERROR) {
		refused(nodes, &reply->parts[0]);
		return false;
	}
	if (reply->kind != REPLY_LIST || reply->count < REPLY_PARTS)
		return true;
	if (is_word(&reply->parts[0], "subscribe"))
		became_ready(nodes, LISTEN);
	else if (is_word(&reply->parts[0], "message"))
		hear(nodes, reply->parts[2].data, reply->parts[2].bytes);
	return true;
}

static void take_replies(struct nodes *nodes, int which)
{
	struct reply reply;
	bool is_lost = false;

	while (nodes->links[which] && link_reply(nodes->links[which], &reply, &is_lost)) {
		if (!(which == TALK ? take_answer(nodes, &reply) : take_message(nodes, &reply)))
			return;
	}
	if (is_lost)
		lose(nodes, "no_redis");
}

static void turn_link(struct nodes *nodes, int which, short events)
{
	struct link *link = nodes->links[which];
	bool was_connected;

	if (!link || events == 0)
		return;
	was_connected = link_is_connected(link);
	if (!link_turn(link, events)) {
		/* What it said before it went says why. */
		take_replies(nodes, which);
		if (nodes->links[which])
			lose(nodes, was_connected ? "cut" : "unreachable");
		return;
	}
	if (!was_connected && link_is_connected(link))
		greet(nodes, which);
	take_replies(nodes, which);
}

static void flush_links(struct nodes *nodes)
{
	for (int i = 0; i < LINKS; i++) {
		if (nodes->links[i] && !link_flush(nodes->links[i]))
			lose(nodes, "cut");
	}
}

/* ---- the thread ---- */

static void note_use(struct nodes *nodes, const struct word *word)
{
	for (size_t i = 0; i < nodes->used_count; i++) {
		struct used *used = &nodes->used[i];

		if (used->place == word->place && used->use == word->use) {
			used->count++;
			return;
		}
	}
	if (nodes->used_count == USED_MOST || nodes->state != UP) {
		nodes->dropped++;
		return;
	}
	nodes->used[nodes->used_count++] =
		(struct used){.place = word->place, .use = word->use, .count = 1};
}

static void say_typing(struct nodes *nodes, const struct word *word)
{
	struct message message;

	message_begin(&message, nodes->id, MESSAGE_TYPING);
	message_add_number(&message, (uint64_t)word->circle);
	message_add(&message, word->text, word->bytes);
	publish(nodes, &message, EXPECT_ANYTHING);
}

static void take_words(struct nodes *nodes)
{
	void **items;
	size_t n = mailbox_take(nodes->words, 0, &items);

	for (size_t i = 0; i < n; i++) {
		struct word *word = items[i];
		uint64_t mark = person_mark(nodes->settings.secret, word->person);

		if (word->kind == WORD_CAME)
			here_came(&nodes->here, word->circle, mark);
		else if (word->kind == WORD_LEFT)
			here_left(&nodes->here, word->circle, mark);
		else if (word->kind == WORD_TYPING)
			say_typing(nodes, word);
		else
			note_use(nodes, word);
		free(word);
	}
}

static void step_up(struct nodes *nodes, int64_t now_ms)
{
	if (now_ms - nodes->heard_self_ms > SILENT_MS) {
		lose(nodes, "silent");
		return;
	}
	if (now_ms >= nodes->alive_ms) {
		nodes->alive_ms = now_ms + ALIVE_MS;
		publish_short(nodes, MESSAGE_ALIVE);
		forget_silent(nodes, now_ms);
	}
	publish_used(nodes);
	publish_row(nodes);
	tell_here(nodes, now_ms);
}

static void step(struct nodes *nodes, int64_t now_ms)
{
	if (now_ms < nodes->step_ms)
		return;
	nodes->step_ms = now_ms + STEP_MS;
	if (nodes->state != UP && now_ms - nodes->lost_ms > HELD_MS)
		forget_elsewhere(nodes);
	switch (nodes->state) {
	case DOWN:
		if (now_ms >= nodes->retry_ms)
			connect_all(nodes);
		break;
	case CONNECTING:
		if (now_ms - nodes->since_ms > CONNECT_MS)
			lose(nodes, "no_answer");
		break;
	case UP:
		step_up(nodes, now_ms);
		break;
	}
}

static void wait_and_turn(struct nodes *nodes, int wait_ms)
{
	struct pollfd polled[LINKS + 1] = {
		[LINKS] = {.fd = nodes->wake, .events = POLLIN}};
	uint64_t woken;

	for (int i = 0; i < LINKS; i++) {
		polled[i].fd = nodes->links[i] ? link_descriptor(nodes->links[i]) : -1;
		polled[i].events = nodes->links[i] ? link_events(nodes->links[i]) : 0;
	}
	if (poll(polled, LINKS + 1, wait_ms) <= 0)
		return;
	if (polled[LINKS].revents) {
		(void)!read(nodes->wake, &woken, sizeof woken);
		nodes->is_woken = false;
	}
	for (int i = 0; i < LINKS; i++) {
		if (nodes->links[i] && link_descriptor(nodes->links[i]) == polled[i].fd)
			turn_link(nodes, i, polled[i].revents);
	}
}

/* Takes our people out of Redis, if it listens; else they run out by themselves. */
static void say_bye(struct nodes *nodes)
{
	struct list_node *node = nodes->here.all.next;
	int64_t until_ms = clock_steady_ms() + STOP_MS;
	char key[KEY_TEXT];

	if (nodes->state != UP)
		return;
	for (; node != &nodes->here.all && may_talk(nodes); node = node->next)
		simple(nodes, "UNLINK",
		       here_key(nodes, nodes->id,
				list_entry(node, struct here_circle, all)->circle, key));
	publish_short(nodes, MESSAGE_BYE);
	flush_links(nodes);
	while (nodes->state == UP && nodes->expected_count > 0 && clock_steady_ms() < until_ms)
		wait_and_turn(nodes, STEP_MS);
}

static void *run(void *argument)
{
	struct nodes *nodes = argument;

	while (!nodes->is_stopping) {
		bool has_work = nodes->used_count > 0 || !list_is_empty(&nodes->here.due);

		take_words(nodes);
		publish_row(nodes);
		step(nodes, clock_steady_ms());
		flush_links(nodes);
		wait_and_turn(nodes, has_work ? STEP_MS : IDLE_MS);
	}
	take_words(nodes);
	say_bye(nodes);
	for (int i = 0; i < LINKS; i++)
		link_close(&nodes->links[i]);
	nodes->is_up = false;
	return NULL;
}

/* ---- for other threads ---- */

static void wake(void *owner)
{
	struct nodes *nodes = owner;
	uint64_t one = 1;

	if (!atomic_exchange(&nodes->is_woken, true))
		(void)!write(nodes->wake, &one, sizeof one);
}

void nodes_row_kept(struct nodes *nodes, int64_t row)
{
	int64_t known = nodes->row;

	while (row > known && !atomic_compare_exchange_weak(&nodes->row, &known, row))
		;
	wake(nodes);
}

void nodes_say(struct nodes *nodes, const struct word *word, const char *text)
{
	struct word *copy = malloc(sizeof *copy + word->bytes);
	void *item = copy;

	if (!copy)
		return;
	*copy = *word;
	memcpy(copy->text, text, word->bytes);
	if (!mailbox_push(nodes->words, &item))
		free(copy);
}

void nodes_read_health(const struct nodes *nodes, struct relay_health *out)
{
	*out = (struct relay_health){
		.kind = "redis",
		.is_up = nodes->is_up,
		.nodes = nodes->others_known,
		.connects = nodes->connects,
		.losses = nodes->losses,
		.sent = nodes->sent,
		.heard = nodes->heard,
		.dropped = nodes->dropped,
		.strange = nodes->strange,
	};
}

enum err nodes_open(const struct relay_settings *settings, struct why *why, struct nodes **out)
{
	struct nodes *nodes = calloc(1, sizeof *nodes);
	enum err err = nodes ? ERR_NONE : ERR_NO_MEMORY;

	*out = NULL;
	if (err)
		return err;
	nodes->settings = *settings;
	nodes->id = id_random();
	nodes->wait_ms = RETRY_FIRST_MS;
	channel_name(settings->secret, nodes->channel);
	message_begin(&nodes->to_count, nodes->id, MESSAGE_COUNT);
	nodes->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	nodes->words = mailbox_new(0, wake, nodes);
	err = here_init(&nodes->here);
	if (!err && (nodes->wake < 0 || !nodes->words))
		err = ERR_NO_MEMORY;
	if (!err)
		err = relay_url_read(settings->url, &nodes->url, why);
	if (err)
		nodes_close(&nodes);
	*out = nodes;
	return err;
}

enum err nodes_start(struct nodes *nodes)
{
	sigset_t all, before;

	/* Signals are the main thread's business. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	nodes->has_thread = pthread_create(&nodes->thread, NULL, run, nodes) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!nodes->has_thread)
		return ERR_NO_MEMORY;
	pthread_setname_np(nodes->thread, "relay");
	return ERR_NONE;
}

void nodes_stop(struct nodes *nodes)
{
	if (!nodes->has_thread)
		return;
	nodes->is_stopping = true;
	wake(nodes);
	pthread_join(nodes->thread, NULL);
	nodes->has_thread = false;
}

void nodes_close(struct nodes **taken)
{
	struct nodes *nodes = *taken;
	void **items;
	size_t n;

	*taken = NULL;
	if (!nodes)
		return;
	nodes_stop(nodes);
	n = nodes->words ? mailbox_take(nodes->words, 0, &items) : 0;
	for (size_t i = 0; i < n; i++)
		free(items[i]);
	mailbox_free(&nodes->words);
	here_fini(&nodes->here);
	if (nodes->wake >= 0)
		close(nodes->wake);
	explicit_bzero(&nodes->url, sizeof nodes->url);
	explicit_bzero(nodes->settings.secret, sizeof nodes->settings.secret);
	free(nodes);
}
