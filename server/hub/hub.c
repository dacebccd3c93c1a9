/* hub.c: ties the door's events to sessions, calls and fan-out, and ends all of it in order. The
 * hub's thread; turned(), were_read() and the mailboxes are where other threads come in. */
#include "hub/hub.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "base/map.h"
#include "calls/name.h"
#include "hub/door.h"
#include "hub/fanout.h"
#include "hub/health.h"
#include "hub/picture.h"
#include "hub/presence.h"
#include "hub/route.h"
#include "hub/rulebook.h"
#include "relay/relay.h"

enum {
	TICK_MS = 250,
	DUE_MS = 2000, /* how late at most a hold's clock is obeyed */
	STOP_TICK_MS = 20,
	SWEEP_MS = 60000,
	FAREWELL_MS = 2000,  /* for clients to answer our Close */
	STORE_INBOX = 65536, /* beyond: `busy`. The calls in flight bound it first */
	HEARD_MOST = 8192,   /* news of other processes that wait for us; beyond: not heard */
};

enum stopping { RUNNING, FINISHING, LEAVING };

struct hub {
	const struct config *config;
	struct house house;
	struct reserved_names *reserved;
	struct figures figures;
	struct rulebook *rules;
	struct store *store;
	struct judge *judge;
	struct relay *relay;
	struct door *door;
	struct sessions sessions;
	struct fanout fanout;
	struct route route;
	struct health health;
	/* From other threads. Their senders are bounded by what is in flight. */
	struct mailbox *turns, *readings, *strays, *heard;
	size_t turns_taken; /* and not handed round yet */
	struct wheel_timer tick, presence, due, picture, stop_tick;
	int64_t swept_ms;
	enum stopping stopping;
	int64_t stop_until_ms;
};

/* What other threads call */

static struct ruleset *rules_in_force(void *owner)
{
	struct hub *hub = owner;

	return rulebook_ruleset(hub->rules);
}

static void wake(void *owner)
{
	struct hub *hub = owner;

	if (hub->door)
		door_wake(hub->door);
}

static void push(struct mailbox *box, void *item)
{
	if (!mailbox_push(box, &item))
		abort(); /* without memory for a pointer somebody would wait for ever */
}

static void turned(void *owner, struct turn **turn)
{
	struct hub *hub = owner;

	if ((*turn)->own_row)
		relay_row_kept(hub->relay, (*turn)->own_row);
	push(hub->turns, *turn);
	*turn = NULL;
}

static void were_read(void *owner, struct reading *const *readings, size_t count)
{
	struct hub *hub = owner;

	if (mailbox_push_all(hub->readings, (void *const *)readings, count) < count)
		abort(); /* as above */
}

static void rows_kept(void *owner, int64_t row)
{
	struct hub *hub = owner;

	store_nudge(hub->store, row);
}

static void heard(void *owner, struct heard **news)
{
	struct hub *hub = owner;
	void *item = *news;

	if (!mailbox_push(hub->heard, &item))
		free(item);
	*news = NULL;
}

/* The door's events */

static void came(void *owner, uint64_t place)
{
	struct hub *hub = owner;

	relay_used(hub->relay, RELAY_USE_HANDSHAKE, place);
}

static void opened(void *owner, struct peer *peer)
{
	struct hub *hub = owner;
	struct session *session = session_new(&hub->sessions, peer, clock_steady_ms());

	peer_set_owner(peer, session);
	if (!session)
		peer_close(peer, CLOSE_TRY_LATER, NULL);
}

static void message(void *owner, struct peer *peer, char *text, size_t bytes)
{
	struct hub *hub = owner;
	struct session *session = peer_owner(peer);

	if (session && !session_is_ending(session))
		route_message(&hub->route, session, text, bytes);
}

static void drained(void *owner, struct peer *peer)
{
	struct hub *hub = owner;
	struct session *session = peer_owner(peer);

	if (!session || !session_drained(&hub->sessions, session))
		return;
	route_drained(&hub->route, session);
	fanout_catch_up(&hub->fanout, session);
}

static void closed(void *owner, struct peer *peer)
{
	struct hub *hub = owner;
	struct session *session = peer_owner(peer);

	if (!session)
		return;
	peer_set_owner(peer, NULL);
	route_gone(&hub->route, session);
	fanout_leave_all(&hub->fanout, session);
	session_free(&hub->sessions, &session);
}

/* What other processes have told of what no store keeps. */
static void take_heard(struct hub *hub, const struct heard *news)
{
	switch (news->kind) {
	case HEARD_HERE:
		presence_elsewhere(&hub->fanout, news->circle, news->count);
		break;
	case HEARD_TYPING:
		presence_typing_elsewhere(&hub->fanout, news->circle, news->text, news->bytes);
		break;
	case HEARD_USED:
		if (news->use == RELAY_USE_HANDSHAKE)
			door_came_elsewhere(hub->door, news->place, news->count);
		address_rates_used_elsewhere(hub->route.addresses, news->use, news->place,
					     news->count, clock_steady_ms());
		break;
	}
}

/* Turns first: what was read may be newer than what they bring, but must not be older. */
static void take_all(struct hub *hub)
{
	void **items;
	size_t count = mailbox_take(hub->turns, 0, &items);

	for (size_t i = 0; i < count; i++) {
		struct turn *turn = items[i];

		route_turn(&hub->route, &turn);
	}
	hub->turns_taken += count;
	count = mailbox_take(hub->strays, 0, &items);
	for (size_t i = 0; i < count; i++)
		route_stray(&hub->route, items[i]);
	count = mailbox_take(hub->readings, 0, &items);
	for (size_t i = 0; i < count; i++)
		route_was_read(&hub->route, items[i]);
}

static void hear_all(struct hub *hub)
{
	void **items;
	size_t count = mailbox_take(hub->heard, 0, &items);

	for (size_t i = 0; i < count; i++) {
		if (hub->door)
			take_heard(hub, items[i]);
		free(items[i]);
	}
}

static void woken(void *owner)
{
	take_all(owner);
	hear_all(owner);
}

static void turn_ended(void *owner)
{
	struct hub *hub = owner;

	store_ring(hub->store);
	fanout_flush(&hub->fanout);
	if (hub->turns_taken)
		store_handed_round(hub->store, hub->turns_taken);
	hub->turns_taken = 0;
}

static unsigned http(void *owner, const struct door_request *request, struct buf *body,
		     const char **type)
{
	struct hub *hub = owner;

	return health_answer(&hub->health, request, body, type);
}

/* Timers */

static void tick(struct wheel_timer *timer)
{
	struct hub *hub = list_entry(timer, struct hub, tick);
	int64_t now_ms = clock_steady_ms();

	sessions_tick(&hub->sessions, now_ms);
	fanout_tick(&hub->fanout);
	route_tick(&hub->route);
	if (now_ms - hub->swept_ms >= SWEEP_MS) {
		address_rates_sweep(hub->route.addresses, now_ms);
		hub->swept_ms = now_ms;
	}
	door_after(hub->door, &hub->tick, TICK_MS, tick);
}

static void tell_presence(struct wheel_timer *timer)
{
	struct hub *hub = list_entry(timer, struct hub, presence);

	presence_tell(&hub->fanout, clock_steady_ms());
	door_after(hub->door, &hub->presence, PRESENCE_STEP_MS, tell_presence);
}

static void decide_due(struct wheel_timer *timer)
{
	struct hub *hub = list_entry(timer, struct hub, due);

	if (hub->stopping == RUNNING)
		route_due(&hub->route);
	door_after(hub->door, &hub->due, DUE_MS, decide_due);
}

static void draw_pictures(struct wheel_timer *timer)
{
	struct hub *hub = list_entry(timer, struct hub, picture);

	if (hub->stopping == RUNNING)
		picture_draw(&hub->fanout);
	door_after(hub->door, &hub->picture, PICTURE_EVERY_MS, draw_pictures);
}

/* Ending */

/* A moment of its own for each client, around the wished time, or they would all come back at
 * once. */
static int64_t retry_after(const struct hub *hub)
{
	int64_t middle = hub->config->goodbye_retry_ms;

	return middle / 2 + (int64_t)(id_random() % ((uint64_t)middle + 1));
}

static void say_goodbye(struct hub *hub, struct session *session)
{
	char params[64];
	int bytes = snprintf(params, sizeof params, "{\"retry_ms\":%" PRId64 "}", retry_after(hub));
	struct shared *frame = notification_frame("goodbye", params, (size_t)bytes);

	if (frame)
		session_gather_live(&hub->sessions, session, frame);
	shared_unref(&frame);
	session_close(&hub->sessions, session, CLOSE_GOING_AWAY);
}

static void leave(struct hub *hub)
{
	uint64_t handle;
	void *session;
	size_t at = 0;

	hub->stopping = LEAVING;
	hub->stop_until_ms = clock_steady_ms() + FAREWELL_MS;
	fanout_flush(&hub->fanout);
	while (map_next(hub->sessions.by_handle, &at, &handle, &session))
		say_goodbye(hub, session);
	sessions_flush(&hub->sessions);
	door_close_all(hub->door, CLOSE_GOING_AWAY, NULL);
}

static void stop_step(struct wheel_timer *timer)
{
	struct hub *hub = list_entry(timer, struct hub, stop_tick);
	bool is_late = clock_steady_ms() >= hub->stop_until_ms;

	if (hub->stopping == FINISHING && (hub->route.in_flight == 0 || is_late)) {
		if (hub->route.in_flight)
			log_warn("serve.stop_late", "in_flight=%zu", hub->route.in_flight);
		leave(hub);
	} else if (hub->stopping == LEAVING && (door_peer_count(hub->door) == 0 || is_late)) {
		door_break(hub->door);
		return;
	}
	door_after(hub->door, &hub->stop_tick, STOP_TICK_MS, stop_step);
}

static void stop(void *owner, int signum)
{
	struct hub *hub = owner;

	if (hub->stopping != RUNNING) {
		log_info("serve.hurry", "signal=%d", signum);
		hub->stop_until_ms = clock_steady_ms();
		return;
	}
	log_info("serve.stopping", "signal=%d peers=%zu in_flight=%zu", signum,
		 door_peer_count(hub->door), hub->route.in_flight);
	hub->stopping = FINISHING;
	hub->route.is_stopping = true;
	hub->stop_until_ms = clock_steady_ms() + hub->config->stop_within_ms;
	door_stop_listening(hub->door);
	stop_step(&hub->stop_tick);
}

static void reload(void *owner, int signum)
{
	struct hub *hub = owner;

	(void)signum;
	rulebook_reload(hub->rules);
}

/* Opening and closing */

static enum err open_store(struct hub *hub, struct why *why)
{
	const struct config *config = hub->config;
	struct store_settings settings = {
		.data = config->data,
		.reader_threads = config->reader_threads,
		.commit_rest_percent = config->commit_rest_percent,
		.wal_bytes_most = config->wal_bytes_most,
		.inbox_most = STORE_INBOX,
		.turned = turned,
		.were_read = were_read,
		.owner = hub,
	};

	return store_open(&settings, why, &hub->store);
}

static enum err open_mailboxes(struct hub *hub)
{
	hub->turns = mailbox_new(0, wake, hub);
	hub->readings = mailbox_new(0, wake, hub);
	hub->strays = mailbox_new(0, wake, hub);
	hub->heard = mailbox_new(HEARD_MOST, wake, hub);
	return hub->turns && hub->readings && hub->strays && hub->heard ? ERR_NONE
									: ERR_NO_MEMORY;
}

static enum err open_relay(struct hub *hub, struct why *why)
{
	struct relay_settings settings = {
		.url = hub->config->redis,
		.owner = hub,
		.rows_kept = rows_kept,
		.heard = heard,
	};
	char purpose[64];
	enum err err;

	_Static_assert((int)RELAY_SECRET_BYTES == (int)ID_SECRET_BYTES, "secret");
	/* A restored backup is not what the others talk about. */
	snprintf(purpose, sizeof purpose, "relay %s", store_epoch(hub->store));
	id_key_derive(store_id_key(hub->store), purpose, settings.secret);
	err = relay_open(&settings, why, &hub->relay);
	explicit_bzero(settings.secret, sizeof settings.secret);
	return err;
}

static enum err open_inside(struct hub *hub)
{
	struct store_health health;
	enum err err;

	store_health(hub->store, &health);
	hub->house.store = hub->store;
	err = sessions_init(&hub->sessions, hub->config, &hub->figures);
	if (!err)
		err = fanout_init(&hub->fanout, hub->config, &hub->sessions, hub->store,
				  &hub->figures, health.head_row);
	hub->fanout.relay = hub->relay;
	if (!err)
		err = judge_start(hub->config->judge_threads, STORE_INBOX, &hub->judge);
	hub->route = (struct route){
		.house = &hub->house,
		.judge = hub->judge,
		.sessions = &hub->sessions,
		.fanout = &hub->fanout,
		.figures = &hub->figures,
		.strays = hub->strays,
		.relay = hub->relay,
	};
	if (!err)
		err = route_init(&hub->route);
	hub->health = (struct health){
		.route = &hub->route,
		.rules = hub->rules,
		.store = hub->store,
		.relay = hub->relay,
		.began_ms = clock_steady_ms(),
	};
	return err;
}

static enum err open_door(struct hub *hub, struct why *why)
{
	unsigned char key[ID_SECRET_BYTES];
	const struct door_events events = {
		.owner = hub,
		.opened = opened,
		.message = message,
		.drained = drained,
		.closed = closed,
		.woken = woken,
		.turn_ended = turn_ended,
		.http = http,
	};
	enum err err = door_open(hub->config, &events, why, &hub->door);
	if (!err) {
		id_key_derive(store_id_key(hub->store), "address", key);
		door_share_places(hub->door, key, came);
		explicit_bzero(key, sizeof key);
	}
	hub->health.door = hub->door;
	if (!err)
		err = door_on_signal(hub->door, SIGTERM, stop);
	if (!err)
		err = door_on_signal(hub->door, SIGINT, stop);
	if (!err)
		err = door_on_signal(hub->door, SIGHUP, reload);
	return err;
}

enum err hub_open(const struct hub_setup *setup, struct why *why, struct hub **out)
{
	struct hub *hub = calloc(1, sizeof *hub);
	enum err err = hub ? ERR_NONE : ERR_NO_MEMORY;

	*out = NULL;
	if (!err) {
		hub->config = setup->config;
		hub->house = (struct house){.config = setup->config,
					    .texts = setup->texts,
					    .presets = setup->presets,
					    .ruleset = rules_in_force,
					    .owner = hub};
		err = open_mailboxes(hub);
	}
	if (!err)
		err = reserved_names_new(setup->texts, &hub->reserved);
	if (hub)
		hub->house.reserved = hub->reserved;
	if (!err)
		err = rulebook_new(setup->config->rules_dir, setup->ruleset, &hub->rules);
	if (!err)
		err = open_store(hub, why);
	if (!err)
		err = open_relay(hub, why);
	if (!err)
		err = open_inside(hub);
	/* The door stands before the store's threads start, so that they have somebody to wake. */
	if (!err)
		err = open_door(hub, why);
	if (!err)
		err = store_start(hub->store, why);
	if (!err)
		err = relay_start(hub->relay);
	if (err == ERR_NO_MEMORY)
		why_set(why, "There is not enough memory to start.");
	else if (err && why && !why->text[0])
		why_set(why, "The store in %s cannot be used.", setup->config->data);
	if (err)
		hub_close(&hub);
	*out = hub;
	return err;
}

/* What came back after the loop had ended: nobody is there to be answered. */
static void drop_mail(struct hub *hub)
{
	if (hub->route.house)
		take_all(hub);
	if (hub->heard)
		hear_all(hub);
	mailbox_free(&hub->turns);
	mailbox_free(&hub->readings);
	mailbox_free(&hub->strays);
	mailbox_free(&hub->heard);
}

void hub_close(struct hub **hub)
{
	struct hub *mine = *hub;

	*hub = NULL;
	if (!mine)
		return;
	/* Calls go from judge to store to us: each is stopped before the one it sends to. */
	judge_stop(&mine->judge);
	if (mine->store)
		store_stop(mine->store);
	relay_stop(mine->relay);
	door_close(&mine->door);
	drop_mail(mine);
	store_close(&mine->store);
	relay_close(&mine->relay);
	if (mine->route.house)
		route_fini(&mine->route);
	if (mine->fanout.feeds)
		fanout_fini(&mine->fanout);
	if (mine->sessions.by_handle)
		sessions_fini(&mine->sessions);
	rulebook_free(&mine->rules);
	reserved_names_free(&mine->reserved);
	free(mine);
}

const char *hub_url(const struct hub *hub)
{
	return door_url(hub->door);
}

bool hub_is_outdated(const struct hub *hub)
{
	return store_is_outdated(hub->store);
}

void hub_run(struct hub *hub)
{
	door_after(hub->door, &hub->tick, TICK_MS, tick);
	door_after(hub->door, &hub->due, DUE_MS, decide_due);
	door_after(hub->door, &hub->picture, PICTURE_EVERY_MS, draw_pictures);
	if (hub->config->presence_every_ms > 0)
		door_after(hub->door, &hub->presence, PRESENCE_STEP_MS, tell_presence);
	door_run(hub->door);
}
