/* presence.c: who is here and who is writing; see presence.h. */
#include "hub/presence.h"

#include <string.h>

#include "relay/relay.h"

enum { STEP_SEATS = 400, STEP_FEEDS = 2000 };

/* Those who cannot take it now do without. */
static void tell_all(struct fanout *fanout, const struct feed *feed, const struct session *but,
		     struct shared *frame)
{
	for (uint32_t i = 0; i < feed->count; i++) {
		const struct seat *seat = &feed->seats[i];

		if (seat->state == SEAT_LIVE && seat->session != but)
			session_gather_live(fanout->sessions, seat->session, frame);
	}
}

static uint32_t persons_of(const struct feed *feed)
{
	return feed->persons + feed->elsewhere;
}

static struct shared *count_frame(struct fanout *fanout, const struct feed *feed)
{
	struct buf *params = &fanout->scratch;

	buf_clear(params);
	buf_text(params, "{\"circle\":");
	buf_json(params, feed->circle, strlen(feed->circle));
	buf_text(params, ",\"count\":");
	buf_int(params, persons_of(feed));
	buf_text(params, "}");
	return buf_ok(params) ? notification_frame("presence", params->data, params->bytes) : NULL;
}

static bool is_too_early(const struct fanout *fanout, const struct seat *seat, int64_t now_ms)
{
	return seat->told_ms && (uint32_t)now_ms - seat->told_ms <
					(uint32_t)fanout->config->presence_every_ms;
}

static bool tell_seat(struct fanout *fanout, const struct feed *feed, struct seat *seat,
		      struct shared *frame, int64_t now_ms)
{
	if (seat->state != SEAT_LIVE || is_too_early(fanout, seat, now_ms) ||
	    !session_gather_live(fanout->sessions, seat->session, frame))
		return false;
	seat->told = persons_of(feed);
	seat->told_ms = (uint32_t)now_ms ? (uint32_t)now_ms : 1; /* 0 is never */
	return true;
}

void presence_greet(struct fanout *fanout, struct session *session, int64_t journal, int64_t now_ms)
{
	struct feed *feed = fanout_feed(fanout, journal);
	struct seat *seat = feed ? feed_seat_of(feed, session) : NULL;
	struct shared *frame;

	if (!seat || !feed->circle || fanout->config->presence_every_ms == 0)
		return;
	frame = count_frame(fanout, feed);
	if (frame && tell_seat(fanout, feed, seat, frame, now_ms) && !feed->told_ms)
		feed->told_ms = now_ms;
	shared_unref(&frame);
}

/* Tells who does not know yet; returns how many did not. Who was told just now, or cannot take it,
 * is told the next time. */
static size_t tell_count(struct fanout *fanout, struct feed *feed, int64_t now_ms)
{
	struct shared *frame = count_frame(fanout, feed);
	size_t told = 0, left = 0;

	for (uint32_t i = 0; i < feed->count && frame; i++) {
		struct seat *seat = &feed->seats[i];

		if (seat->told == persons_of(feed) || seat->state == SEAT_PAUSED)
			continue;
		if (tell_seat(fanout, feed, seat, frame, now_ms))
			told++;
		else
			left++;
	}
	shared_unref(&frame);
	if (told)
		fanout->figures->presence_told++;
	if (told + left)
		feed->told_ms = now_ms;
	if (left)
		fanout_restless(fanout, feed);
	return told + left;
}

void presence_tell(struct fanout *fanout, int64_t now_ms)
{
	const struct feed *too_early = NULL;
	size_t seats = 0;

	for (int i = 0; i < STEP_FEEDS && seats < STEP_SEATS; i++) {
		struct feed *feed = list_entry(fanout->restless.next, struct feed, restless);

		if (list_is_empty(&fanout->restless) || feed == too_early)
			return;
		list_remove(&feed->restless);
		if (feed->told_ms && now_ms - feed->told_ms < fanout->config->presence_every_ms) {
			list_append(&fanout->restless, &feed->restless);
			too_early = too_early ? too_early : feed;
			continue;
		}
		seats += tell_count(fanout, feed, now_ms);
	}
}

void presence_elsewhere(struct fanout *fanout, int64_t circle, int64_t count)
{
	struct feed *feed = fanout_feed(fanout, journal_of(JOURNAL_CIRCLE, circle));

	if (!feed || count < 0 || count > UINT32_MAX / 2)
		return;
	feed->elsewhere = (uint32_t)count;
	fanout_restless(fanout, feed);
}

static void tell_typing(struct fanout *fanout, const struct feed *feed, const struct session *but,
			const char *params, size_t bytes)
{
	struct shared *frame = notification_frame("typing", params, bytes);

	if (!frame)
		return;
	tell_all(fanout, feed, but, frame);
	shared_unref(&frame);
	fanout->figures->typing_told++;
}

void presence_typing(struct fanout *fanout, struct session *session, int64_t circle,
		     const char *thread, int64_t now_ms)
{
	struct feed *feed = fanout_feed(fanout, journal_of(JOURNAL_CIRCLE, circle));
	struct place *place = feed ? feed_place_of(feed, session) : NULL;
	struct buf *params = &fanout->scratch;

	if (!place || !feed->circle || !session->participant)
		return;
	if (place->typed_ms && (uint32_t)now_ms - place->typed_ms < TYPING_EVERY_MS)
		return;
	place->typed_ms = (uint32_t)now_ms | 1; /* 0 is never */
	buf_clear(params);
	buf_text(params, "{\"circle\":");
	buf_json(params, feed->circle, strlen(feed->circle));
	if (thread) {
		buf_text(params, ",\"thread\":");
		buf_json(params, thread, strlen(thread));
	}
	buf_text(params, ",\"participant\":");
	buf_add(params, session->participant->data, session->participant->bytes);
	buf_text(params, "}");
	if (!buf_ok(params))
		return;
	relay_typing(fanout->relay, circle, params->data, params->bytes);
	tell_typing(fanout, feed, session, params->data, params->bytes);
}

void presence_typing_elsewhere(struct fanout *fanout, int64_t circle, const char *params,
			       size_t bytes)
{
	struct feed *feed = fanout_feed(fanout, journal_of(JOURNAL_CIRCLE, circle));

	if (feed && feed->circle)
		tell_typing(fanout, feed, NULL, params, bytes);
}
