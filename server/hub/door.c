/* door.c: the loop and what turns it: libwebsockets' callbacks, signals, timers, wakes, and the end
 * of each turn. See door.h; all of it on the hub's thread but door_wake(). */
#include "hub/door_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <libwebsockets.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { HOLD_BACK_US = 1000, ROUNDS_MOST = 8, DESCRIPTORS_FREE = 65536, DESCRIPTORS_OURS = 512,
	DESCRIPTORS_MOST = 262144 };

int64_t door_now(void)
{
	return clock_steady_ms();
}

void door_note_work(struct door *door)
{
	if (!door->has_work)
		door->work_since_us = clock_steady_us();
	door->has_work = door->has_news = true;
}

/* ---- the turn ---- */

static void finish_turn(struct door *door)
{
	for (int rounds = 0; rounds < ROUNDS_MOST; rounds++) {
		bool has_work = door->has_work;

		door->has_work = door->has_news = false;
		if (has_work)
			door->events.turn_ended(door->events.owner);
		peer_forget_joined(door);
		peer_attend_all(door);
		if (!door->has_work && list_is_empty(&door->attention))
			return;
	}
	ev_idle_start(door->loop, &door->hurry);
}

static void arm_wheel(struct door *door)
{
	int64_t wait_ms;

	if (!door->wheel_changed)
		return;
	door->wheel_changed = false;
	ev_timer_stop(door->loop, &door->tick);
	wait_ms = wheel_wait_ms(&door->wheel, door_now());
	if (wait_ms < 0)
		return;
	ev_now_update(door->loop);
	ev_timer_set(&door->tick, (double)wait_ms / 1000.0 + 0.001, 0.);
	ev_timer_start(door->loop, &door->tick);
}

/* Before the loop waits. While news keeps coming, one more look at the sockets is cheaper than
 * sending what there is: more will be joined to it. */
static void on_before_wait(struct ev_loop *loop, ev_prepare *watcher, int revents)
{
	struct door *door = watcher->data;

	(void)revents;
	if (door->has_news && clock_steady_us() - door->work_since_us < HOLD_BACK_US) {
		door->has_news = false;
		ev_idle_start(loop, &door->hurry);
	} else if (door->has_work || !list_is_empty(&door->attention)) {
		ev_idle_stop(loop, &door->hurry);
		finish_turn(door);
	} else {
		ev_idle_stop(loop, &door->hurry);
	}
	arm_wheel(door);
}

static void on_hurry(struct ev_loop *loop, ev_idle *watcher, int revents)
{
	(void)loop, (void)watcher, (void)revents; /* that it runs is all: the loop does not wait */
}

static void on_tick(struct ev_loop *loop, ev_timer *watcher, int revents)
{
	struct door *door = watcher->data;

	(void)loop, (void)revents;
	door_note_work(door); /* a timer of the hub's may fire */
	wheel_turn(&door->wheel, door_now());
	door->wheel_changed = true;
}

static void on_wake(struct ev_loop *loop, ev_async *watcher, int revents)
{
	struct door *door = watcher->data;

	(void)loop, (void)revents;
	door_note_work(door);
	if (door->events.woken)
		door->events.woken(door->events.owner);
}

static void on_signal(struct ev_loop *loop, ev_signal *watcher, int revents)
{
	struct signal_row *row = watcher->data;

	(void)loop, (void)revents;
	door_note_work(row->door);
	row->fire(row->door->events.owner, watcher->signum);
}

/* ---- libwebsockets ---- */

/* All traffic is raw (door_inside.h). Whatever else it may call for is none of ours. */
static int on_transport(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
	size_t count)
{
	struct peer *peer;

	(void)user;
	switch (reason) {
	case LWS_CALLBACK_RAW_ADOPT:
	case LWS_CALLBACK_RAW_RX:
	case LWS_CALLBACK_RAW_WRITEABLE:
	case LWS_CALLBACK_RAW_CLOSE:
		peer = lws_get_opaque_user_data(wsi);
		break;
	default:
		return 0;
	}
	if (!peer)
		return 0;
	if (reason == LWS_CALLBACK_RAW_ADOPT)
		peer->wsi = wsi;
	else if (reason == LWS_CALLBACK_RAW_RX)
		peer_read(peer, in, count);
	else if (reason == LWS_CALLBACK_RAW_WRITEABLE)
		peer_writeable(peer);
	else
		peer_lost(peer);
	return 0;
}

/* Its lines may quote what came over the wire; that it complained is all we keep. */
static void on_complaint(int level, const char *line)
{
	(void)level, (void)line;
	log_debug("door.transport", "complained=1");
}

static const struct lws_protocols protocols[] = {
	{ .name = "maagal", .callback = on_transport, .tx_packet_size = DOOR_JOINED_BYTES },
	{ .name = NULL },
};

static enum err open_transport(struct door *door, struct why *why)
{
	/* No deadlines of its own: they stand in one sorted list, searched from the front. */
	static const lws_retry_bo_t no_deadlines;
	struct lws_context_creation_info info = { 0 };
	void *loops[] = { door->loop };
	bool is_tls = door->config->tls_cert[0];

	lws_set_log_level(LLL_ERR, on_complaint);
	info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
	info.options = LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
		(is_tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0);
	info.foreign_loops = loops;
	info.pt_serv_buf_size = READ_BYTES;
	info.retry_and_idle_policy = &no_deadlines;
	/* Of its own deadlines one is left, for TLS; ours is sooner, and peer_read() lifts it. */
	info.timeout_secs = (unsigned)door->config->handshake_within_ms / 1000 + 2;
	info.protocols = protocols;
	door->context = lws_create_context(&info);
	if (!door->context) {
		why_set(why, "The transport (libwebsockets with libev) cannot be started. "
			"Is its plugin for libev installed?");
		return ERR_INTERNAL;
	}
	info.vhost_name = "plain";
	door->plain = lws_create_vhost(door->context, &info);
	if (is_tls) {
		info.vhost_name = "tls";
		info.ssl_cert_filepath = door->config->tls_cert;
		info.ssl_private_key_filepath = door->config->tls_key;
		info.alpn = "http/1.1";
		info.ssl_options_set = (long)(SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 |
			SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
		door->tls = lws_create_vhost(door->context, &info);
	}
	if (!door->plain || (is_tls && !door->tls)) {
		why_set(why, "tls_cert and tls_key (%s, %s) cannot be used: each must be a readable PEM "
			"file, and the key the certificate's.", door->config->tls_cert, door->config->tls_key);
		return ERR_BAD_PARAMS;
	}
	return ERR_NONE;
}

/* ---- opening and closing ---- */

/* Room for every connection that the settings allow; yet no more than can be used, for
 * libwebsockets keeps a table as long as the limit, and some machines say it is a thousand
 * million. */
static void fit_descriptors(const struct config *config)
{
	int limited = config->connections_most;
	rlim_t most = limited > 0 ? (rlim_t)limited : DESCRIPTORS_FREE;
	rlim_t wanted = most + SURPLUS_MOST + DESCRIPTORS_OURS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	if (limit.rlim_cur >= wanted && limit.rlim_cur <= DESCRIPTORS_MOST)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		log_debug("door.transport", "descriptors=%ju", (uintmax_t)limit.rlim_cur);
}

static enum err open_loop(struct door *door)
{
	door->loop = ev_loop_new(EVFLAG_AUTO);
	if (!door->loop)
		return ERR_NO_MEMORY;
	ev_prepare_init(&door->before_wait, on_before_wait);
	door->before_wait.data = door;
	ev_prepare_start(door->loop, &door->before_wait);
	ev_idle_init(&door->hurry, on_hurry);
	ev_async_init(&door->waker, on_wake);
	door->waker.data = door;
	ev_async_start(door->loop, &door->waker);
	ev_timer_init(&door->tick, on_tick, 0., 0.);
	door->tick.data = door;
	return ERR_NONE;
}

enum err door_open(const struct config *config, const struct door_events *events, struct why *why,
	struct door **out)
{
	struct door *door = calloc(1, sizeof *door);
	enum err err = ERR_NONE;

	*out = NULL;
	if (!door)
		return ERR_NO_MEMORY;
	door->config = config;
	door->events = *events;
	door->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < LISTENERS_MOST; i++)
		door->listeners[i].fd = -1;
	list_init(&door->everybody);
	list_init(&door->attention);
	wheel_init(&door->wheel, door_now());
	signal(SIGPIPE, SIG_IGN);
	fit_descriptors(config);
	door->limits = limits_new((unsigned)config->connections_per_address,
		(unsigned)config->handshakes_per_address_per_minute);
	if (!door->limits)
		err = ERR_NO_MEMORY;
	if (!err)
		err = pages_open(config->web_dir, why, &door->pages);
	if (!err)
		err = http_open(door);
	if (!err)
		err = open_loop(door);
	if (!err)
		err = open_transport(door, why);
	if (!err)
		err = listen_open(door, why);
	if (err)
		door_close(&door);
	*out = door;
	return err;
}

static void cut_everybody(struct door *door)
{
	struct list_node *node;

	for (node = door->everybody.next; node != &door->everybody; node = node->next)
		peer_kill(list_entry(node, struct peer, node));
	peer_attend_all(door);
}

void door_close(struct door **out)
{
	struct door *door = *out;

	if (!door)
		return;
	*out = NULL;
	if (door->loop) {
		listen_stop(door);
		cut_everybody(door);
		ev_prepare_stop(door->loop, &door->before_wait);
		ev_idle_stop(door->loop, &door->hurry);
		ev_async_stop(door->loop, &door->waker);
		ev_timer_stop(door->loop, &door->tick);
		for (unsigned i = 0; i < door->signal_count; i++)
			ev_signal_stop(door->loop, &door->signals[i].watcher);
	}
	if (door->context)
		lws_context_destroy(door->context);
	if (door->loop)
		ev_loop_destroy(door->loop);
	peer_forget_joined(door);
	pages_close(&door->pages);
	http_close(door);
	limits_free(&door->limits);
	if (door->spare_fd >= 0)
		close(door->spare_fd);
	free(door);
}

/* ---- what the hub asks ---- */

const char *door_url(const struct door *door)
{
	return door->url;
}

void door_run(struct door *door)
{
	ev_run(door->loop, 0);
}

void door_break(struct door *door)
{
	ev_break(door->loop, EVBREAK_ALL);
}

void door_wake(struct door *door)
{
	ev_async_send(door->loop, &door->waker);
}

enum err door_on_signal(struct door *door, int signum, void (*fire)(void *owner, int signum))
{
	struct signal_row *row;

	if (door->signal_count == SIGNALS_MOST)
		return ERR_INTERNAL;
	row = &door->signals[door->signal_count++];
	row->door = door;
	row->fire = fire;
	ev_signal_init(&row->watcher, on_signal, signum);
	row->watcher.data = row;
	ev_signal_start(door->loop, &row->watcher);
	return ERR_NONE;
}

void door_after(struct door *door, struct wheel_timer *timer, int64_t wait_ms,
	void (*fire)(struct wheel_timer *timer))
{
	wheel_start(&door->wheel, timer, door_now(), wait_ms, fire);
	door->wheel_changed = true;
}

void door_cancel(struct door *door, struct wheel_timer *timer)
{
	wheel_stop(&door->wheel, timer);
}

void door_stop_listening(struct door *door)
{
	door->is_stopping = true;
	listen_stop(door);
}

void door_close_all(struct door *door, unsigned code, const char *reason)
{
	struct list_node *node;

	for (node = door->everybody.next; node != &door->everybody; node = node->next) {
		struct peer *peer = list_entry(node, struct peer, node);

		if (peer->stage == STAGE_HEAD && peer->is_tls) /* perhaps not even its TLS is done */
			peer_kill(peer);
		else if (peer->stage == STAGE_HEAD)
			http_refuse(peer, 503);
		else
			peer_close(peer, code, reason);
	}
	door_note_work(door);
}

bool door_lets_in(struct door *door, uint64_t place)
{
	if (limits_enter(door->limits, place, door_now()) != LIMITS_WELCOME)
		return false;
	if (door->came)
		door->came(door->events.owner, place);
	return true;
}

void door_share_places(struct door *door, const unsigned char key[DOOR_KEY_BYTES],
	void (*came)(void *owner, uint64_t place))
{
	limits_use_key(door->limits, key);
	door->came = came;
}

void door_came_elsewhere(struct door *door, uint64_t place, int64_t count)
{
	limits_came_elsewhere(door->limits, place, count, door_now());
}

size_t door_peer_count(const struct door *door)
{
	return door->figures.peers;
}

void door_read_figures(const struct door *door, struct door_figures *out)
{
	*out = door->figures;
}
