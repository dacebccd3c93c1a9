/* echo_door.c: the door with nothing behind it: says back what it hears, so that the door can be
 * tested alone, from outside. `echo_door NAME=VALUE…` takes the settings of config/maagal.json and
 * prints `ready URL`. Some words are orders:
 *   !close CODE   end this connection with that code      !kill   without a word
 *   !flood BYTES  send so much, in frames of 1,000 bytes, as far as it can be kept
 *   !all COUNT    send everybody so many frames as one, twice, made anew in between
 *   !stop         as on SIGTERM                           !figures   what was counted, as JSON */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/log.h"
#include "config.h"
#include "hub/door.h"

struct house {
	struct door *door;
	struct list_node guests;
	struct wheel_timer farewell;
	unsigned turns, woken;
};

struct guest {
	struct list_node node;
	struct peer *peer;
	struct buf waiting; /* what could not be sent while the peer was choked */
	size_t flood;
	unsigned heard, drained;
};

static void say(struct guest *guest, const char *text, size_t bytes)
{
	unsigned char header[DOOR_HEADER_BYTES];

	buf_add(&guest->waiting, header, frame_text_header(bytes, header));
	buf_add(&guest->waiting, text, bytes);
}

static void flush(struct guest *guest)
{
	static char line[1000];

	memset(line, 'x', sizeof line);
	while (!peer_is_choked(guest->peer) && (guest->waiting.bytes || guest->flood)) {
		while (guest->flood && guest->waiting.bytes < 100000) {
			size_t bytes = guest->flood < sizeof line ? guest->flood : sizeof line;
			say(guest, line, bytes);
			guest->flood -= bytes;
		}
		peer_send(guest->peer, guest->waiting.data, guest->waiting.bytes);
		buf_clear(&guest->waiting);
		if (!peer_is_open(guest->peer))
			return;
	}
}

static void on_opened(void *owner, struct peer *peer)
{
	struct house *house = owner;
	struct guest *guest = calloc(1, sizeof *guest);

	if (!guest)
		abort();
	guest->peer = peer;
	list_append(&house->guests, &guest->node);
	peer_set_owner(peer, guest);
}

static void stop(struct house *house)
{
	door_stop_listening(house->door);
	door_close_all(house->door, CLOSE_GOING_AWAY, "the server stops");
}

static void on_farewell(struct wheel_timer *timer)
{
	struct house *house = list_entry(timer, struct house, farewell);

	if (door_peer_count(house->door) == 0)
		door_break(house->door);
	else
		door_after(house->door, timer, 20, on_farewell);
}

static void say_figures(struct house *house, struct guest *guest)
{
	struct door_figures figures;
	char text[600];
	int bytes;

	door_read_figures(house->door, &figures);
	bytes = snprintf(text, sizeof text, "{\"accepted\":%" PRIu64 ",\"opened\":%" PRIu64
		",\"closed\":%" PRIu64 ",\"refused_handshakes\":%" PRIu64 ",\"refused_limits\":%" PRIu64
		",\"broken_frames\":%" PRIu64 ",\"messages_in\":%" PRIu64 ",\"bytes_in\":%" PRIu64
		",\"bytes_out\":%" PRIu64 ",\"peers\":%zu,\"connections\":%zu,\"turns\":%u,\"woken\":%u,"
		"\"heard\":%u,\"drained\":%u}",
		figures.accepted, figures.opened, figures.closed, figures.refused_handshakes,
		figures.refused_limits, figures.broken_frames, figures.messages_in, figures.bytes_in,
		figures.bytes_out, figures.peers, figures.connections, house->turns, house->woken,
		guest->heard, guest->drained);
	say(guest, text, (size_t)bytes);
}

/* The second lot is likely to lie where the first lay. */
static void say_all(struct house *house, const char *word, size_t count)
{
	struct shared **frames = calloc(count + 1, sizeof *frames);
	struct list_node *node;
	char text[64];

	if (!frames)
		abort();
	for (size_t i = 0; i < count; i++) {
		int bytes = snprintf(text, sizeof text, "%s %06zu", word, i);
		frames[i] = frame_text(text, (size_t)bytes);
		if (!frames[i])
			abort();
	}
	for (node = house->guests.next; node != &house->guests; node = node->next)
		peer_send_shared(list_entry(node, struct guest, node)->peer, frames, count);
	for (size_t i = count; i > 0; i--) /* backwards, so that the next lot lies in the same order */
		shared_unref(&frames[i - 1]);
	free(frames);
}

static void on_message(void *owner, struct peer *peer, char *text, size_t bytes)
{
	struct house *house = owner;
	struct guest *guest = peer_owner(peer);

	if (text[bytes] != 0 || bytes > DOOR_MESSAGE_BYTES)
		abort();
	guest->heard++;
	if (strncmp(text, "!close ", 7) == 0)
		peer_close(peer, (unsigned)atoi(text + 7), "as asked");
	else if (strcmp(text, "!kill") == 0)
		peer_kill(peer);
	else if (strncmp(text, "!flood ", 7) == 0)
		guest->flood = (size_t)atol(text + 7);
	else if (strncmp(text, "!all ", 5) == 0) {
		say_all(house, "first", (size_t)atol(text + 5));
		say_all(house, "other", (size_t)atol(text + 5));
	} else if (strcmp(text, "!figures") == 0)
		say_figures(house, guest);
	else if (strcmp(text, "!wake") == 0)
		door_wake(house->door);
	else if (strcmp(text, "!stop") == 0)
		raise(SIGTERM);
	else
		say(guest, text, bytes);
}

static void on_drained(void *owner, struct peer *peer)
{
	struct guest *guest = peer_owner(peer);

	(void)owner;
	guest->drained++;
}

static void on_closed(void *owner, struct peer *peer)
{
	struct guest *guest = peer_owner(peer);

	(void)owner;
	list_remove(&guest->node);
	buf_fini(&guest->waiting);
	free(guest);
}

static void on_woken(void *owner)
{
	((struct house *)owner)->woken++;
}

static void on_turn_ended(void *owner)
{
	struct house *house = owner;
	struct list_node *node;

	house->turns++;
	for (node = house->guests.next; node != &house->guests; node = node->next)
		flush(list_entry(node, struct guest, node));
}

static unsigned on_http(void *owner, const struct door_request *request, struct buf *body,
	const char **type)
{
	(void)owner;
	*type = "text/plain; charset=utf-8";
	buf_format(body, "%s local=%d\n", request->path, request->local);
	return 200;
}

static void on_term(void *owner, int signum)
{
	struct house *house = owner;

	(void)signum;
	stop(house);
	door_after(house->door, &house->farewell, 0, on_farewell);
}

int main(int argc, char **argv)
{
	static struct config config;
	struct house house = { 0 };
	struct door_events events = { &house, on_opened, on_message, on_drained, on_closed, on_woken,
		on_turn_ended, on_http };
	struct why why = { "" };
	enum err err = ERR_NONE;

	config_default(&config);
	for (int i = 1; i < argc && !err; i++)
		err = config_set(&config, argv[i], &why);
	if (!err)
		err = config_finish(&config, &why);
	list_init(&house.guests);
	if (!err)
		err = door_open(&config, &events, &why, &house.door);
	if (!err)
		err = door_on_signal(house.door, SIGTERM, on_term);
	if (err) {
		fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	printf("ready %s\n", door_url(house.door));
	fflush(stdout);
	door_run(house.door);
	door_close(&house.door);
	if (!list_is_empty(&house.guests))
		abort(); /* whoever was opened must have been closed */
	return 0;
}
