/* door_peer.c: one connection from the moment it is accepted until it is freed: its stages, its
 * deadlines, its frames. Nothing is freed, and the hub is not told of an end, before the turn ends:
 * peer_attend_all(). */
#include "hub/door_inside.h"

#include <errno.h>
#include <libwebsockets.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

static void on_time(struct wheel_timer *timer);

static void wait_for(struct peer *peer, int64_t wait_ms)
{
	door_after(peer->door, &peer->timer, wait_ms, on_time);
}

static void ask_attention(struct peer *peer)
{
	if (!peer->attention.next)
		list_append(&peer->door->attention, &peer->attention);
}

static void drop_head(struct peer *peer)
{
	free(peer->head);
	peer->head = NULL;
}

/* Shuts our half: the other side reads all that we have said before it learns that it is over. A
 * plain close() would, with input unread, reset the connection and take our last words along. */
static void shut_our_half(struct peer *peer)
{
	SSL *tls = peer->wsi ? lws_get_ssl(peer->wsi) : NULL;

	if (!peer->wsi)
		return;
	if (tls)
		SSL_shutdown(tls);
	shutdown(lws_get_socket_fd(peer->wsi), SHUT_WR);
}

void peer_set_stage(struct peer *peer, enum stage stage)
{
	if (peer->stage >= stage)
		return;
	peer->stage = (uint8_t)stage;
	if (stage == STAGE_FLUSH && !peer->is_choked)
		peer->stage = STAGE_LINGER;
	switch ((enum stage)peer->stage) {
	case STAGE_HEAD:
		break;
	case STAGE_ANSWER:
		wait_for(peer, PAGE_PIECE_WITHIN_MS);
		break;
	case STAGE_OPEN:
		break;
	case STAGE_CLOSING:
	case STAGE_FLUSH:
		wait_for(peer, CLOSE_WITHIN_MS);
		break;
	case STAGE_LINGER:
		shut_our_half(peer);
		peer->unheard_bytes = 0;
		wait_for(peer, LINGER_MS);
		break;
	case STAGE_GONE:
		door_cancel(peer->door, &peer->timer);
		break;
	}
	if (peer->stage >= STAGE_FLUSH)
		ask_attention(peer);
}

/* ---- coming ---- */

static struct peer *peer_make(struct door *door, const struct listener *listener,
	const struct sockaddr *from)
{
	struct peer *peer = calloc(1, sizeof *peer);

	if (!peer)
		return NULL;
	peer->door = door;
	peer->is_tls = listener->is_tls;
	peer->is_unix = listener->is_unix;
	peer->is_metrics = listener->is_metrics;
	peer->place = limits_place(door->limits, from);
	if (from->sa_family == AF_INET) {
		struct sockaddr_in v4;
		memcpy(&v4, from, sizeof v4);
		peer->is_loopback = ntohl(v4.sin_addr.s_addr) >> 24 == 127;
	} else if (from->sa_family == AF_INET6) {
		struct sockaddr_in6 v6;
		memcpy(&v6, from, sizeof v6);
		peer->is_loopback = IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) ||
			(IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && v6.sin6_addr.s6_addr[12] == 127);
	}
	list_append(&door->everybody, &peer->node);
	door->figures.connections++;
	door->figures.accepted++;
	return peer;
}

/* Whether it may stay. Who comes by a trusted proxy is asked when its head tells who it is. */
static unsigned check_limits(struct peer *peer)
{
	struct door *door = peer->door;

	if (peer->is_metrics ||
		(door->config->trusted_proxy && (peer->is_unix || peer->is_loopback)))
		return 0;
	if (!door_lets_in(door, peer->place))
		return 429;
	peer->is_counted = true;
	return 0;
}

void peer_adopt(struct door *door, const struct listener *listener, int fd,
	const struct sockaddr *from)
{
	struct peer *peer = peer_make(door, listener, from);
	lws_adopt_desc_t how = { 0 };
	unsigned refusal;

	if (!peer) {
		close(fd);
		return;
	}
	how.vh = listener->is_tls ? door->tls : door->plain;
	how.type = LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL;
	how.fd.sockfd = fd;
	how.opaque = peer;
	refusal = check_limits(peer);
	if (refusal && door->refusals >= REFUSALS_MOST) {
		close(fd);
		peer_set_stage(peer, STAGE_GONE);
		return;
	}
	if (door->config->handshake_within_ms > 0)
		wait_for(peer, door->config->handshake_within_ms);
	peer->is_surplus = door->config->connections_most > 0 && !peer->is_metrics &&
		door->figures.connections > (size_t)door->config->connections_most;
	/* It tells us by LWS_CALLBACK_RAW_ADOPT, and closes the socket itself if it fails. */
	if (!lws_adopt_descriptor_vhost_via_info(&how)) {
		peer->wsi = NULL;
		peer_set_stage(peer, STAGE_GONE);
		return;
	}
	if (!refusal)
		return;
	peer->is_refused = true;
	door->refusals++;
	peer->refusal = (uint16_t)refusal;
	if (!peer->is_tls) /* there, only when it has asked: before that it could not read it */
		http_refuse(peer, refusal);
}

/* ---- writing ---- */

/* With something unsent libwebsockets does not read, yet would be woken for what there is to read,
 * without end: so the ear is closed too. It is also what slows the sender down. */
static void choke(struct peer *peer, size_t bytes)
{
	peer->backlog += bytes;
	if (peer->is_choked)
		return;
	peer->is_choked = true;
	lws_rx_flow_control(peer->wsi, 0);
}

void peer_write(struct peer *peer, const void *bytes, size_t count)
{
	if (!peer->wsi || peer->stage >= STAGE_LINGER || count == 0)
		return;
	/* A raw write does not touch the buffer, whatever its type says. */
	if (lws_write(peer->wsi, (unsigned char *)(uintptr_t)bytes, count, LWS_WRITE_RAW) < 0) {
		peer_set_stage(peer, STAGE_GONE);
		return;
	}
	peer->door->figures.bytes_out += count;
	if (lws_partial_buffered(peer->wsi))
		choke(peer, count);
}

static void write_page(struct peer *peer)
{
	while (peer->page_left > 0 && !peer->is_choked && peer->stage == STAGE_ANSWER) {
		size_t count = peer->page_left < PAGE_PIECE_BYTES ? peer->page_left : PAGE_PIECE_BYTES;
		const char *piece = peer->page;

		peer->page += count;
		peer->page_left -= count;
		peer_write(peer, piece, count);
	}
	if (peer->stage != STAGE_ANSWER)
		return;
	if (peer->page_left == 0)
		peer_set_stage(peer, STAGE_FLUSH);
	else
		wait_for(peer, PAGE_PIECE_WITHIN_MS);
}

void peer_writeable(struct peer *peer)
{
	if (peer->is_choked && lws_partial_buffered(peer->wsi))
		return;
	if (peer->is_choked) {
		peer->is_choked = false;
		peer->backlog = 0;
		if (peer->midway_ms) /* it could not go on while we did not listen */
			peer->midway_ms = door_now();
		lws_rx_flow_control(peer->wsi, 1);
		if (peer->stage == STAGE_OPEN) {
			door_note_work(peer->door);
			peer->door->events.drained(peer->door->events.owner, peer);
			return;
		}
	}
	if (peer->stage == STAGE_ANSWER)
		write_page(peer);
	else if (peer->stage == STAGE_FLUSH)
		peer_set_stage(peer, STAGE_LINGER);
}

/* ---- Close ---- */

static void write_close(struct peer *peer, unsigned code, const char *reason)
{
	unsigned char frame[2 + FRAMES_CONTROL_BYTES] = { 0x88 };
	size_t bytes = 0;

	if (code != FRAMES_CODE_NONE) {
		size_t words = reason ? strlen(reason) : 0;
		if (words > FRAMES_CONTROL_BYTES - 2)
			words = 0; /* rather none than half a letter */
		frame[2] = (unsigned char)(code >> 8);
		frame[3] = (unsigned char)code;
		if (words)
			memcpy(frame + 4, reason, words);
		bytes = 2 + words;
	}
	frame[1] = (unsigned char)bytes;
	peer_write(peer, frame, 2 + bytes);
}

/* Ends it with a code of ours and does not wait for theirs. */
static void fail(struct peer *peer, unsigned code, const char *reason)
{
	if (peer->stage == STAGE_OPEN)
		write_close(peer, code, reason);
	peer_set_stage(peer, STAGE_FLUSH);
}

void peer_close(struct peer *peer, unsigned code, const char *reason)
{
	if (peer->stage != STAGE_OPEN)
		return;
	write_close(peer, code, reason);
	peer_set_stage(peer, STAGE_CLOSING);
}

void peer_kill(struct peer *peer)
{
	peer->must_reset = peer->must_reset || peer->is_choked;
	peer_set_stage(peer, STAGE_GONE);
}

/* ---- reading ---- */

static void note_heard(struct peer *peer, int64_t now_ms)
{
	peer->heard_ms = now_ms;
	peer->was_pinged = false;
	peer->unheard_bytes = 0;
}

static void take_message(struct peer *peer, struct frames_found *found)
{
	struct door *door = peer->door;

	if (peer->stage != STAGE_OPEN)
		return;
	door->figures.messages_in++;
	door_note_work(door);
	door->events.message(door->events.owner, peer, (char *)found->data, found->bytes);
}

static size_t add_pong(struct door *door, size_t at, const struct frames_found *found)
{
	door->pongs[at] = 0x8a;
	door->pongs[at + 1] = (unsigned char)found->bytes;
	if (found->bytes)
		memcpy(door->pongs + at + 2, found->data, found->bytes);
	return at + 2 + found->bytes;
}

static void take_end(struct peer *peer, enum frames_kind kind, unsigned code)
{
	if (kind == FRAMES_BROKEN)
		peer->door->figures.broken_frames++;
	fail(peer, code, NULL);
}

static void read_frames(struct peer *peer, unsigned char *bytes, size_t count, int64_t now_ms)
{
	struct door *door = peer->door;
	struct frames_input input = { bytes, count, 0, door->scratch };
	enum frames_kind kind = FRAMES_TEXT;
	struct frames_found found;
	bool had_message = false;
	size_t pongs = 0;

	peer->unheard_bytes += (uint32_t)count;
	while (kind < FRAMES_CLOSE && kind != FRAMES_MORE && peer->stage <= STAGE_CLOSING) {
		kind = frames_next(&peer->frames, &input, &found);
		if (kind == FRAMES_TEXT) {
			had_message = true;
			take_message(peer, &found);
		} else if (kind == FRAMES_PING && peer->stage == STAGE_OPEN &&
			pongs + 2 + found.bytes <= sizeof door->pongs) {
			pongs = add_pong(door, pongs, &found);
		}
		if (kind != FRAMES_MORE)
			note_heard(peer, now_ms);
	}
	if (peer->stage == STAGE_OPEN)
		peer_write(peer, door->pongs, pongs);
	if (kind >= FRAMES_CLOSE) {
		take_end(peer, kind, found.code);
		return;
	}
	if (peer->unheard_bytes >= HEARD_BYTES)
		note_heard(peer, now_ms);
	if (!frames_is_midway(&peer->frames))
		peer->midway_ms = 0;
	else if (had_message || !peer->midway_ms)
		peer->midway_ms = now_ms;
}

/* Gathers the head until its empty line; what follows it is the WebSocket's. */
static void read_head(struct peer *peer, unsigned char *bytes, size_t count)
{
	size_t before = peer->head_bytes, at = peer->head_at;
	size_t fits = count < HEAD_BYTES - before ? count : HEAD_BYTES - before;
	const char *text = (const char *)bytes;
	enum head_scan found;

	if (peer->head || (found = head_scan(text, fits, &at)) == HEAD_SCAN_MORE) {
		char *grown = realloc(peer->head, before + fits);
		if (!grown) {
			peer_set_stage(peer, STAGE_GONE);
			return;
		}
		memcpy(grown + before, bytes, fits);
		peer->head = grown;
		peer->head_bytes = (uint32_t)(before + fits);
		text = grown;
		at = peer->head_at;
		found = head_scan(text, before + fits, &at);
		peer->head_at = at;
	}
	if (found == HEAD_SCAN_MORE)
		return;
	if (found == HEAD_SCAN_WHOLE)
		http_take_head(peer, text, at);
	else
		http_refuse(peer, found == HEAD_SCAN_BAD ? 400 : 431);
	drop_head(peer);
	if (peer->stage == STAGE_OPEN || peer->stage == STAGE_CLOSING)
		if (count > at - before)
			read_frames(peer, bytes + (at - before), count - (at - before), door_now());
}

void peer_read(struct peer *peer, unsigned char *bytes, size_t count)
{
	const struct config *config = peer->door->config;
	int64_t now_ms;

	peer->door->figures.bytes_in += count;
	switch ((enum stage)peer->stage) {
	case STAGE_HEAD:
		if (!peer->head) /* after TLS it waits for a protocol that a raw stream never becomes */
			lws_set_timeout(peer->wsi, NO_PENDING_TIMEOUT, 0);
		read_head(peer, bytes, count);
		break;
	case STAGE_OPEN:
	case STAGE_CLOSING:
		now_ms = door_now();
		if (allowance_take(&peer->allowance, config->bytes_per_second, config->bytes_burst,
			(int64_t)count, now_ms))
			read_frames(peer, bytes, count, now_ms);
		else
			fail(peer, CLOSE_POLICY, "too many bytes a second");
		break;
	case STAGE_ANSWER:
	case STAGE_FLUSH:
	case STAGE_LINGER:
		peer->unheard_bytes += (uint32_t)count;
		if (peer->unheard_bytes > LINGER_BYTES)
			peer_kill(peer);
		break;
	case STAGE_GONE:
		break;
	}
}

void peer_open(struct peer *peer)
{
	struct door *door = peer->door;
	int64_t now_ms = door_now();

	peer_set_stage(peer, STAGE_OPEN);
	peer->heard_ms = now_ms;
	allowance_init(&peer->allowance, door->config->bytes_burst, now_ms);
	on_time(&peer->timer);
	if (peer->is_surplus) { /* so that a browser, too, learns why: it cannot see a 503 */
		peer_close(peer, CLOSE_TRY_LATER, "the house is full");
		return;
	}
	peer->was_opened = true;
	door->figures.opened++;
	door->figures.peers++;
	door_note_work(door);
	door->events.opened(door->events.owner, peer);
}

/* ---- deadlines ---- */

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* A quiet WebSocket is pinged, a mute one closed, a message that does not end refused. Returns when
 * to look again; -1: it has ended. */
static int64_t check_life(struct peer *peer, int64_t now_ms)
{
	const struct config *config = peer->door->config;
	int64_t again_ms = MESSAGE_WITHIN_MS;

	if (peer->midway_ms && !peer->is_choked && now_ms - peer->midway_ms >= MESSAGE_WITHIN_MS) {
		fail(peer, CLOSE_POLICY, "the message does not end");
		return -1;
	}
	if (peer->midway_ms && !peer->is_choked)
		again_ms = peer->midway_ms + MESSAGE_WITHIN_MS - now_ms;
	if (config->ping_after_ms == 0)
		return again_ms;
	if (peer->is_choked) { /* it cannot answer: we do not listen */
		int64_t acked = listen_read_acknowledged(lws_get_socket_fd(peer->wsi));
		if (acked != peer->acked)
			peer->heard_ms = now_ms;
		peer->acked = acked;
		if (now_ms - peer->heard_ms >= config->ping_after_ms + config->pong_within_ms) {
			peer_kill(peer);
			return -1;
		}
		peer->was_pinged = false;
		return sooner(again_ms, config->ping_after_ms);
	}
	if (peer->was_pinged) {
		int64_t left_ms = peer->pinged_ms + config->pong_within_ms - now_ms;
		if (config->pong_within_ms == 0)
			return again_ms;
		if (left_ms > 0)
			return sooner(again_ms, left_ms);
		fail(peer, CLOSE_POLICY, "no answer to a ping");
		return -1;
	}
	if (now_ms - peer->heard_ms < config->ping_after_ms)
		return sooner(again_ms, peer->heard_ms + config->ping_after_ms - now_ms);
	peer_write(peer, "\x89", 2); /* and the terminator: no payload */
	peer->was_pinged = true;
	peer->pinged_ms = now_ms;
	return sooner(again_ms, config->pong_within_ms ? config->pong_within_ms : again_ms);
}

static void on_time(struct wheel_timer *timer)
{
	struct peer *peer = list_entry(timer, struct peer, timer);
	int64_t again_ms;

	if (peer->stage != STAGE_OPEN) {
		peer_kill(peer);
		return;
	}
	again_ms = check_life(peer, door_now());
	if (again_ms >= 0 && peer->stage == STAGE_OPEN)
		wait_for(peer, again_ms);
}

/* ---- going ---- */

void peer_lost(struct peer *peer)
{
	peer->wsi = NULL;
	peer_set_stage(peer, STAGE_GONE);
}

static void tell_closed(struct peer *peer)
{
	struct door *door = peer->door;

	if (!peer->was_opened)
		return;
	peer->was_opened = false;
	door->figures.peers--;
	door->figures.closed++;
	door_note_work(door);
	door->events.closed(door->events.owner, peer);
	peer->owner = NULL;
}

static void cut(struct peer *peer)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };
	struct lws *wsi = peer->wsi;

	if (!wsi)
		return;
	if (peer->must_reset) /* else the kernel would keep what it does not read for minutes */
		setsockopt(lws_get_socket_fd(wsi), SOL_SOCKET, SO_LINGER, &now, sizeof now);
	peer->wsi = NULL;
	lws_set_opaque_user_data(wsi, NULL);
	lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

static void peer_free(struct peer *peer)
{
	struct door *door = peer->door;

	door_cancel(door, &peer->timer);
	cut(peer);
	if (peer->is_counted)
		limits_leave(door->limits, peer->place);
	if (peer->is_refused)
		door->refusals--;
	door->figures.connections--;
	list_remove(&peer->attention);
	list_remove(&peer->node);
	frames_fini(&peer->frames);
	drop_head(peer);
	free(peer);
}

void peer_attend_all(struct door *door)
{
	while (!list_is_empty(&door->attention)) {
		struct peer *peer = list_entry(door->attention.next, struct peer, attention);

		list_remove(&peer->attention);
		tell_closed(peer);
		if (peer->stage == STAGE_GONE)
			peer_free(peer);
	}
}

/* ---- what the hub asks ---- */

void peer_set_owner(struct peer *peer, void *owner)
{
	peer->owner = owner;
}

void *peer_owner(const struct peer *peer)
{
	return peer->owner;
}

struct door *peer_door(const struct peer *peer)
{
	return peer->door;
}

bool peer_is_open(const struct peer *peer)
{
	return peer->stage == STAGE_OPEN;
}

uint64_t peer_address(const struct peer *peer)
{
	return peer->place;
}

bool peer_is_choked(const struct peer *peer)
{
	return peer->is_choked;
}

size_t peer_backlog(const struct peer *peer)
{
	return peer->backlog;
}

bool peer_send(struct peer *peer, const void *frames, size_t bytes)
{
	if (peer->stage == STAGE_OPEN && !peer->is_choked)
		peer_write(peer, frames, bytes);
	return !peer->is_choked;
}

/* How many of the frames fit into one joined write, at least one. */
static size_t count_run(struct shared *const *frames, size_t count, size_t *bytes)
{
	size_t n = 1;

	for (*bytes = frames[0]->bytes; n < count && n < JOINED_MOST; n++) {
		if (*bytes + frames[n]->bytes > DOOR_JOINED_BYTES)
			break;
		*bytes += frames[n]->bytes;
	}
	return n;
}

/* Joins frames unless they are what was joined last: a room's members all get the same. Holding on
 * to them makes the comparison by address sound: none of them can have been freed and made anew. */
static void join(struct door *door, struct shared *const *frames, size_t count)
{
	size_t bytes = 0;

	if (count == door->joined_count &&
		memcmp(frames, door->joined_frames, count * sizeof *frames) == 0)
		return;
	peer_forget_joined(door);
	for (size_t i = 0; i < count; i++) {
		memcpy(door->joined + bytes, frames[i]->data, frames[i]->bytes);
		bytes += frames[i]->bytes;
		door->joined_frames[i] = shared_ref(frames[i]);
	}
	door->joined_count = count;
}

void peer_forget_joined(struct door *door)
{
	while (door->joined_count > 0)
		shared_unref(&door->joined_frames[--door->joined_count]);
}

bool peer_send_shared(struct peer *peer, struct shared *const *frames, size_t count)
{
	size_t bytes;

	if (peer->stage != STAGE_OPEN || peer->is_choked)
		return !peer->is_choked;
	while (count > 0 && peer->stage == STAGE_OPEN) {
		size_t run = count_run(frames, count, &bytes);

		if (run == 1) {
			peer_write(peer, frames[0]->data, bytes);
		} else {
			join(peer->door, frames, run);
			peer_write(peer, peer->door->joined, bytes);
		}
		frames += run;
		count -= run;
	}
	return !peer->is_choked;
}

size_t frame_text_header(uint64_t bytes, unsigned char out[DOOR_HEADER_BYTES])
{
	unsigned extra = bytes < 126 ? 0 : bytes < 65536 ? 2 : 8;

	out[0] = 0x81;
	out[1] = extra == 0 ? (unsigned char)bytes : extra == 2 ? 126 : 127;
	for (unsigned i = 0; i < extra; i++)
		out[2 + i] = (unsigned char)(bytes >> 8 * (extra - 1 - i));
	return 2 + extra;
}

struct shared *frame_text(const void *text, size_t bytes)
{
	unsigned char header[DOOR_HEADER_BYTES];
	size_t before = frame_text_header(bytes, header);
	struct shared *frame = shared_new(NULL, before + bytes);

	if (!frame)
		return NULL;
	memcpy(frame->data, header, before);
	memcpy(frame->data + before, text, bytes);
	return frame;
}
