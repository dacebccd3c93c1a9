/* fanout.c: one kept event → the right sessions; see fanout.h. */
#include "hub/fanout.h"

#include <assert.h>
#include <string.h>

#include "base/map.h"
#include "hub/catch_up.h"
#include "relay/relay.h"

enum err fanout_init(struct fanout *fanout, const struct config *config, struct sessions *sessions,
		     struct store *store, struct figures *figures, int64_t head_row)
{
	memset(fanout, 0, sizeof *fanout);
	fanout->config = config;
	fanout->sessions = sessions;
	fanout->store = store;
	fanout->figures = figures;
	fanout->applied_row = fanout->touched_row = head_row;
	list_init(&fanout->pending);
	list_init(&fanout->restless);
	list_init(&fanout->written);
	fanout->ring_bytes_most = RINGS_BYTES;
	fanout->feeds = map_new();
	return fanout->feeds ? ERR_NONE : ERR_NO_MEMORY;
}

void fanout_fini(struct fanout *fanout)
{
	assert(!fanout->feeds || map_count(fanout->feeds) == 0);
	map_free(&fanout->feeds);
	buf_fini(&fanout->scratch);
}

struct feed *fanout_feed(const struct fanout *fanout, int64_t journal)
{
	return map_get(fanout->feeds, (uint64_t)journal);
}

struct shared *notification_frame(const char *method, const char *params, size_t bytes)
{
	static const char head[] = "{\"jsonrpc\":\"2.0\",\"method\":\"";
	static const char middle[] = "\",\"params\":";
	size_t method_bytes = strlen(method);
	size_t text_bytes = sizeof head - 1 + method_bytes + sizeof middle - 1 + bytes + 1;
	unsigned char header[DOOR_HEADER_BYTES];
	size_t header_bytes = frame_text_header(text_bytes, header);
	struct shared *frame = shared_new(NULL, header_bytes + text_bytes);
	char *to;

	if (!frame)
		return NULL;
	to = mempcpy(frame->data, header, header_bytes);
	to = mempcpy(to, head, sizeof head - 1);
	to = mempcpy(to, method, method_bytes);
	to = mempcpy(to, middle, sizeof middle - 1);
	to = mempcpy(to, params, bytes);
	*to = '}';
	return frame;
}

/* What has come by */

static void log_applied(struct fanout *fanout, const struct kept *event)
{
	fanout->log[fanout->logged++ % APPLIED_LOG] =
		(struct applied){.row = event->row, .journal = event->journal};
	fanout->applied_row = event->row;
}

/* Has an event of this journal come by that a snapshot ending at `row` did not hold? What the
 * log no longer knows it may have. */
static bool came_by_since(const struct fanout *fanout, int64_t journal, int64_t row)
{
	uint64_t known = fanout->logged < APPLIED_LOG ? fanout->logged : APPLIED_LOG;

	if (row >= fanout->applied_row)
		return false;
	for (uint64_t i = 1; i <= known; i++) {
		const struct applied *applied = &fanout->log[(fanout->logged - i) % APPLIED_LOG];

		if (applied->row <= row)
			return false;
		if (applied->journal == journal)
			return true;
	}
	return fanout->logged > APPLIED_LOG;
}

/* Rings */

static void freshen(const struct fanout *fanout, struct feed *feed)
{
	if (feed->ring_age != fanout->ring_age)
		ring_clear(&feed->ring);
	feed->ring_age = fanout->ring_age;
}

/* Does it change how words or names already sent are shown? */
static bool changes_the_past(const struct kept *event)
{
	return event_touches(event->kind) == TOUCH_POST || event->kind == EVENT_PERSON_CHANGED;
}

static void forget_post(struct fanout *fanout, const struct kept *event)
{
	int64_t circle = journal_kind_of(event->journal) == JOURNAL_INBOX ||
					 journal_kind_of(event->journal) == JOURNAL_HOUSE
				 ? event->circle
				 : journal_owner(event->journal);
	struct feed *open = fanout_feed(fanout, journal_of(JOURNAL_CIRCLE, circle));
	struct feed *desk = fanout_feed(fanout, journal_of(JOURNAL_DESK, circle));

	if (open)
		ring_forget_post(&open->ring, event->post);
	if (desk)
		ring_forget_post(&desk->ring, event->post);
}

void fanout_begin(struct fanout *fanout, const struct turn *turn)
{
	bool has_flushed = false;

	for (size_t i = 0; i < turn->event_count; i++) {
		const struct kept *event = &turn->events[i];

		if (!changes_the_past(event))
			continue;
		/* The turn's own events stand as they are after it; what was gathered before does
		 * not, and must not leave once the change has come by. */
		if (!has_flushed)
			fanout_flush(fanout);
		has_flushed = true;
		if (event->kind == EVENT_PERSON_CHANGED)
			fanout->ring_age++;
		else
			forget_post(fanout, event);
		fanout->touched_row = event->row;
	}
}

/* Handing round */

static void hand_to(struct fanout *fanout, struct feed *feed, struct seat *seat, int64_t first,
		    struct shared *blob)
{
	int64_t last = ring_last(&feed->ring);

	if (seat->state == SEAT_CATCHING && blob)
		session_missed(fanout->sessions, seat->session, blob->bytes);
	if (seat->state != SEAT_LIVE || seat->next > last)
		return;
	if (seat->next == first && blob &&
	    session_gather_live(fanout->sessions, seat->session, blob)) {
		fanout->figures->deliveries += (uint64_t)(last + 1 - first);
		seat->next = last + 1;
		return;
	}
	if (seat->next < first && !seat->session->is_choked)
		fanout->figures->gaps++;
	if (blob)
		session_missed(fanout->sessions, seat->session, blob->bytes);
	seat->state = SEAT_CATCHING;
	fanout_catch_up(fanout, seat->session);
}

static void hand_round(struct fanout *fanout, struct feed *feed)
{
	int64_t first = feed->pending;
	struct shared *blob;

	feed->pending = 0;
	list_remove(&feed->waiting);
	if (feed->ring.count == 0)
		return;
	if (first < ring_first(&feed->ring))
		first = ring_first(&feed->ring);
	blob = ring_join(&feed->ring, first);
	for (uint32_t i = 0; i < feed->count; i++)
		hand_to(fanout, feed, &feed->seats[i], first, blob);
	shared_unref(&blob);
	/* An inbox shows posts of any circle: what is kept here could not be found when they
	 * change. */
	if (journal_kind_of(feed->journal) == JOURNAL_INBOX)
		ring_clear(&feed->ring);
}

static void gather_event(struct fanout *fanout, struct feed *feed, const struct kept *event)
{
	const struct shared *params = event->params;
	struct shared *frame = notification_frame("event", params->data, params->bytes);

	if (!frame)
		return; /* its readers find the gap and read the page */
	fanout->figures->frames_encoded++;
	freshen(fanout, feed);
	if (feed->pending && ring_is_full_for(&feed->ring, frame->bytes) &&
	    ring_first(&feed->ring) >= feed->pending)
		hand_round(fanout, feed);
	list_remove(&feed->written);
	list_append(&fanout->written, &feed->written);
	if (!ring_push(&feed->ring, event->seq, event->post, &frame) || feed->pending)
		return;
	feed->pending = event->seq;
	list_append(&fanout->pending, &feed->waiting);
}

void fanout_apply(struct fanout *fanout, const struct kept *event)
{
	struct feed *feed = fanout_feed(fanout, event->journal);

	fanout->figures->events_applied++;
	log_applied(fanout, event);
	if (feed && event->params)
		gather_event(fanout, feed, event);
}

/* Many circles' rings together would be more than any one of them may be. Those written to longest
 * ago let go: whoever is still behind there reads the store. */
static void bound_rings(struct fanout *fanout)
{
	while (fanout->ring_bytes > fanout->ring_bytes_most && !list_is_empty(&fanout->written)) {
		struct feed *feed = list_entry(fanout->written.next, struct feed, written);

		list_remove(&feed->written);
		ring_fini(&feed->ring);
	}
}

void fanout_flush(struct fanout *fanout)
{
	while (!list_is_empty(&fanout->pending))
		hand_round(fanout, list_entry(fanout->pending.next, struct feed, waiting));
	bound_rings(fanout);
	sessions_flush(fanout->sessions);
}

/* Coming and going */

void fanout_restless(struct fanout *fanout, struct feed *feed)
{
	if (feed->circle && !feed->restless.next)
		list_append(&fanout->restless, &feed->restless);
}

static struct feed *feed_to_join(struct fanout *fanout, const struct joining *joining)
{
	struct feed *feed = fanout_feed(fanout, joining->journal);

	if (feed)
		return feed;
	feed = feed_new(joining->journal, joining->circle);
	if (!feed)
		return NULL;
	feed->ring_age = fanout->ring_age;
	feed->ring.sum = &fanout->ring_bytes;
	if (!map_put(fanout->feeds, (uint64_t)joining->journal, feed))
		feed_free(&feed);
	return feed;
}

static void drop_if_empty(struct fanout *fanout, struct feed *feed)
{
	if (feed->count > 0)
		return;
	map_take(fanout->feeds, (uint64_t)feed->journal);
	feed_free(&feed);
}

/* A page from a snapshot that ended at `row` has been gathered for it. */
static void settle(struct fanout *fanout, struct seat *seat, int64_t journal, int64_t row)
{
	struct session *session = seat->session;

	seat->state = came_by_since(fanout, journal, row) ? SEAT_CATCHING : SEAT_LIVE;
	if (seat->state == SEAT_CATCHING)
		fanout_catch_up(fanout, session);
}

void fanout_join(struct fanout *fanout, struct session *session, const struct joining *joining)
{
	struct feed *feed = feed_to_join(fanout, joining);
	struct seat *seat = feed ? feed_seat_of(feed, session) : NULL;

	if (feed && !seat) {
		uint32_t persons = feed->persons;

		seat = feed_sit(feed, session);
		fanout_restless(fanout, feed);
		if (feed->circle && feed->persons != persons)
			relay_came(fanout->relay, journal_owner(joining->journal), session->person);
	}
	if (!seat) {
		if (feed)
			drop_if_empty(fanout, feed);
		session_close(fanout->sessions, session, CLOSE_TRY_LATER);
		return;
	}
	seat->next = joining->next;
	if (joining->live)
		settle(fanout, seat, joining->journal, joining->snapshot_row);
	else
		seat->state = SEAT_PAUSED;
}

void fanout_leave(struct fanout *fanout, struct session *session, int64_t journal)
{
	struct feed *feed = fanout_feed(fanout, journal);
	uint32_t persons = feed ? feed->persons : 0;

	if (!feed || !feed_place_of(feed, session))
		return;
	feed_leave(feed, session);
	fanout_restless(fanout, feed);
	if (feed->circle && feed->persons != persons)
		relay_left(fanout->relay, journal_owner(journal), session->person);
	drop_if_empty(fanout, feed);
}

void fanout_leave_all(struct fanout *fanout, struct session *session)
{
	while (session->place_count > 0)
		fanout_leave(fanout, session,
			     session->places[session->place_count - 1].feed->journal);
}

void fanout_suspend(struct seat *seat)
{
	if (seat->state != SEAT_PAUSED)
		seat->state = SEAT_CHECKING;
}

void fanout_clear(struct fanout *fanout, struct session *session, int64_t journal)
{
	struct feed *feed = fanout_feed(fanout, journal);
	struct seat *seat = feed ? feed_seat_of(feed, session) : NULL;

	if (!seat || seat->state != SEAT_CHECKING)
		return;
	seat->state = SEAT_CATCHING;
	fanout_catch_up(fanout, session);
}

/* Catching up */

static bool serve_from_ring(struct fanout *fanout, struct feed *feed, struct seat *seat)
{
	int64_t last = ring_last(&feed->ring);
	struct shared *blob;
	bool is_given;

	freshen(fanout, feed);
	if (feed->ring.count && seat->next == last + 1) {
		seat->state = SEAT_LIVE;
		return true;
	}
	if (!ring_covers(&feed->ring, seat->next))
		return false;
	blob = ring_join(&feed->ring, seat->next);
	is_given = blob && session_gather_live(fanout->sessions, seat->session, blob);
	if (is_given) {
		fanout->figures->ring_served += (uint64_t)(last + 1 - seat->next);
		seat->next = last + 1;
		seat->state = SEAT_LIVE;
	}
	shared_unref(&blob);
	return is_given;
}

static void became_hungry(struct fanout *fanout, struct session *session)
{
	if (!session->hungry.next)
		list_append(&fanout->sessions->hungry, &session->hungry);
}

static void read_page(struct fanout *fanout, struct session *session, const struct seat *seat,
		      int64_t journal)
{
	struct catch_up *page =
		catch_up_new(fanout->store, session->handle, journal, seat->next);
	struct reading *reading = page ? &page->reading : NULL;

	if (page && store_read(fanout->store, &reading) == ERR_NONE) {
		session->is_reading = true;
		return;
	}
	catch_up_free(&page);
	became_hungry(fanout, session);
}

void fanout_catch_up(struct fanout *fanout, struct session *session)
{
	for (uint32_t i = 0; i < session->place_count; i++) {
		struct feed *feed = session->places[i].feed;
		struct seat *seat = &feed->seats[session->places[i].seat];

		if (session->is_choked || session->is_reading || session_is_ending(session))
			return;
		if (seat->state == SEAT_CATCHING && !serve_from_ring(fanout, feed, seat) &&
		    !session->is_choked)
			read_page(fanout, session, seat, feed->journal);
	}
}

void fanout_tick(struct fanout *fanout)
{
	struct list_node waiting;

	/* Only those that wait now: who is turned away again goes to the end of the list. */
	if (list_is_empty(&fanout->sessions->hungry))
		return;
	list_init(&waiting);
	while (!list_is_empty(&fanout->sessions->hungry)) {
		struct list_node *node = fanout->sessions->hungry.next;

		list_remove(node);
		list_append(&waiting, node);
	}
	while (!list_is_empty(&waiting)) {
		struct session *session = list_entry(waiting.next, struct session, hungry);

		list_remove(&session->hungry);
		fanout_catch_up(fanout, session);
	}
}

/* The seat for which a page was read, if it still needs it. */
static struct seat *seat_for(struct fanout *fanout, const struct session *session,
			     const struct catch_up *page)
{
	struct feed *feed = fanout_feed(fanout, page->wish.journal);
	struct seat *seat = feed ? feed_seat_of(feed, session) : NULL;

	if (!seat || seat->state != SEAT_CATCHING || seat->next != page->wish.after + 1)
		return NULL;
	/* Words in it may have been changed since it was read. */
	return page->row >= fanout->touched_row ? seat : NULL;
}

static void give_page(struct fanout *fanout, struct session *session, const struct catch_up *page)
{
	struct seat *seat = seat_for(fanout, session, page);

	fanout->figures->pages_read++;
	if (!seat)
		return;
	if (page->frames && !session_gather_live(fanout->sessions, session, page->frames)) {
		if (!session->is_choked)
			became_hungry(fanout, session);
		return; /* else it goes on when it has drained */
	}
	if (page->count > 0)
		seat->next = page->last + 1;
	if (!page->more)
		settle(fanout, seat, page->wish.journal, page->row);
}

bool fanout_was_read(struct fanout *fanout, struct reading *reading)
{
	struct catch_up *page = catch_up_of(reading);
	struct session *session;

	if (!page)
		return false;
	session = sessions_find(fanout->sessions, page->session);
	if (session) {
		session->is_reading = false;
		if (!page->err)
			give_page(fanout, session, page);
		else
			became_hungry(fanout, session);
		if (!page->err)
			fanout_catch_up(fanout, session);
	}
	catch_up_free(&page);
	return true;
}
