/* test_fanout.c: every member gets every event once, in order, however slow it is, whatever it
 * misses, and never old words once a change has come by. The door and the store are played by
 * this file: a frame is its text alone, and a reading runs when the test says so. */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "hub/catch_up.h"
#include "hub/fanout.h"
#include "hub/presence.h"

enum { JOURNALS = 3, EVENTS_MOST = 4000, READINGS_MOST = 256, PAGE = 7 };

/* ---- the store, as played here: journals 0, 1, 2 are circles 1, 2, 3 ---- */

struct written {
	int64_t row, seq;
	int journal;
	bool is_change; /* of the journal's one post: its words get the next version */
};

static struct {
	struct written log[EVENTS_MOST];
	int count, applied; /* written, and of those come by in the hub */
	int64_t heads[JOURNALS], versions[JOURNALS], applied_versions[JOURNALS];
	struct reading *readings[READINGS_MOST];
	int reading_count;
	bool refuses;
} the_store;

static int64_t journal_number(int journal)
{
	return journal_of(JOURNAL_CIRCLE, journal + 1);
}

enum err store_read(struct store *store, struct reading **reading)
{
	(void)store;
	if (the_store.refuses)
		return ERR_BUSY;
	assert_true(the_store.reading_count < READINGS_MOST);
	the_store.readings[the_store.reading_count++] = *reading;
	*reading = NULL;
	return ERR_NONE;
}

const struct id_key *store_id_key(const struct store *store)
{
	(void)store;
	return NULL;
}

static void write_event(struct buf *out, int journal, int64_t seq, int64_t version)
{
	buf_format(out, "{\"journal\":%d,\"seq\":%" PRId64 ",\"version\":%" PRId64 "}", journal,
		   seq, version);
}

/* As history_page(): what stands when it is read. */
enum err history_page(struct db *db, const struct id_key *key, const struct page_wish *wish,
		      struct page *out)
{
	int journal = (int)journal_owner(wish->journal) - 1;
	int64_t head = the_store.heads[journal];

	(void)db;
	(void)key;
	buf_text(&out->events, "[");
	for (int64_t seq = wish->after + 1; seq <= head && out->count < PAGE; seq++) {
		if (out->count++)
			buf_text(&out->events, ",");
		write_event(&out->events, journal, seq, the_store.versions[journal]);
		out->last = seq;
	}
	buf_text(&out->events, "]");
	out->more = out->count > 0 && out->last < head;
	return ERR_NONE;
}

static void store_write(int journal, bool is_change)
{
	struct written *event = &the_store.log[the_store.count++];

	assert_true(the_store.count <= EVENTS_MOST);
	if (is_change)
		the_store.versions[journal]++;
	*event = (struct written){.row = the_store.count,
				  .seq = ++the_store.heads[journal],
				  .journal = journal,
				  .is_change = is_change};
}

/* ---- the door, as played here ---- */

struct peer {
	bool is_open, is_choked, will_choke;
	unsigned close_code;
	int writes;
	char *sent;
	size_t bytes;
	int64_t next[JOURNALS]; /* what it must get next; 0: nothing */
};

bool peer_is_open(const struct peer *peer)
{
	return peer->is_open;
}

size_t peer_backlog(const struct peer *peer)
{
	return peer->is_choked ? 1000 : 0;
}

uint64_t peer_address(const struct peer *peer)
{
	(void)peer;
	return 1;
}

void peer_close(struct peer *peer, unsigned code, const char *reason)
{
	(void)reason;
	peer->close_code = code;
	peer->is_open = false;
}

size_t frame_text_header(uint64_t bytes, unsigned char out[DOOR_HEADER_BYTES])
{
	(void)bytes;
	(void)out;
	return 0;
}

struct shared *frame_text(const void *text, size_t bytes)
{
	return shared_new(text, bytes);
}

/* Checks each event that arrives: the next one, in words no older than what has come by. */
static void receive(struct peer *peer, const char *text)
{
	static const char mark[] = "\"params\":{\"journal\":";
	const char *at = text;

	while ((at = strstr(at, mark)) != NULL) {
		int journal;
		int64_t seq, version;

		assert_int_equal(3, sscanf(at, "\"params\":{\"journal\":%d,\"seq\":%" SCNd64
					   ",\"version\":%" SCNd64, &journal, &seq, &version));
		CHECK_INT(peer->next[journal], seq);
		CHECK(version >= the_store.applied_versions[journal]);
		peer->next[journal] = seq + 1;
		at += sizeof mark;
	}
}

bool peer_send_shared(struct peer *peer, struct shared *const *frames, size_t count)
{
	size_t bytes = 0;

	assert_true(peer->is_open && !peer->is_choked);
	for (size_t i = 0; i < count; i++)
		bytes += frames[i]->bytes;
	CHECK(bytes <= DOOR_JOINED_BYTES);
	free(peer->sent);
	peer->sent = calloc(1, bytes + 1);
	bytes = 0;
	for (size_t i = 0; i < count; i++) {
		memcpy(peer->sent + bytes, frames[i]->data, frames[i]->bytes);
		bytes += frames[i]->bytes;
	}
	peer->writes++;
	peer->bytes += bytes;
	receive(peer, peer->sent);
	peer->is_choked = peer->will_choke;
	return !peer->is_choked;
}

/* ---- the hub around it ---- */

struct given {
	struct config config;
	struct figures figures;
	struct sessions sessions;
	struct fanout fanout;
};

static struct given *given_hub(void)
{
	struct given *given = calloc(1, sizeof *given);

	memset(&the_store, 0, sizeof the_store);
	clock_fake(1700000000000, 1000);
	config_default(&given->config);
	CHECK_OK(sessions_init(&given->sessions, &given->config, &given->figures));
	CHECK_OK(fanout_init(&given->fanout, &given->config, &given->sessions, NULL,
			     &given->figures, 0));
	return given;
}

static void end_hub(struct given **given)
{
	fanout_fini(&(*given)->fanout);
	sessions_fini(&(*given)->sessions);
	free(*given);
	*given = NULL;
	clock_real();
}

static struct session *given_session(struct given *given, int64_t person)
{
	struct peer *peer = calloc(1, sizeof *peer);
	struct session *session;

	peer->is_open = true;
	session = session_new(&given->sessions, peer, clock_steady_ms());
	session->state = SESSION_OPENING;
	CHECK(session_identify(&given->sessions, session, person, person, "en"));
	return session;
}

static void end_session(struct given *given, struct session *session)
{
	struct peer *peer = session->peer;

	fanout_leave_all(&given->fanout, session);
	session_free(&given->sessions, &session);
	free(peer->sent);
	free(peer);
}

/* A join as a call does it: a snapshot is read, and some time later the hub hears of it. */
struct joining_call {
	int journal;
	int64_t next, row;
	char circle[16];
};

static struct joining_call join_reads(int journal)
{
	struct joining_call call = {.journal = journal,
				    .next = the_store.heads[journal] + 1,
				    .row = the_store.count};

	snprintf(call.circle, sizeof call.circle, "circle%d", journal);
	return call;
}

static void join_answered(struct given *given, struct session *session,
			  const struct joining_call *call, bool live)
{
	struct joining joining = {.journal = journal_number(call->journal),
				  .next = call->next,
				  .live = live,
				  .snapshot_row = call->row,
				  .circle = call->circle};

	session->peer->next[call->journal] = live ? call->next : 0;
	fanout_join(&given->fanout, session, &joining);
}

static void joins(struct given *given, struct session *session, int journal)
{
	struct joining_call call = join_reads(journal);

	join_answered(given, session, &call, true);
}

/* The next `count` written events come by as one turn of the store's, all in words as they stand
 * after it. */
static void come_by(struct given *given, int count)
{
	struct kept kept[64];
	struct turn turn = {.events = kept, .event_count = (size_t)count};
	const struct written *events = &the_store.log[the_store.applied];
	int64_t versions[JOURNALS];

	assert_true(count <= 64);
	memcpy(versions, the_store.applied_versions, sizeof versions);
	for (int i = 0; i < count; i++)
		versions[events[i].journal] += events[i].is_change;
	for (int i = 0; i < count; i++) {
		struct buf params = {0};

		write_event(&params, events[i].journal, events[i].seq, versions[events[i].journal]);
		kept[i] = (struct kept){.row = events[i].row,
					.journal = journal_number(events[i].journal),
					.seq = events[i].seq,
					.post = events[i].journal + 1,
					.kind = events[i].is_change ? EVENT_REDACTED : EVENT_POSTED,
					.params = shared_new(params.data, params.bytes)};
		buf_fini(&params);
	}
	the_store.applied += count;
	/* What was gathered before may leave until fanout_begin() has returned, and not after. */
	fanout_begin(&given->fanout, &turn);
	memcpy(the_store.applied_versions, versions, sizeof versions);
	for (int i = 0; i < count; i++) {
		fanout_apply(&given->fanout, &kept[i]);
		shared_unref(&kept[i].params);
	}
}

static void all_come_by(struct given *given)
{
	while (the_store.applied < the_store.count) {
		int left = the_store.count - the_store.applied;

		come_by(given, left < 64 ? left : 64);
	}
}

static void read_one(struct given *given)
{
	struct reading *reading = the_store.readings[0];

	memmove(the_store.readings, the_store.readings + 1,
		(size_t)--the_store.reading_count * sizeof the_store.readings[0]);
	reading->read(reading, (struct db *)&the_store, the_store.count);
	CHECK(fanout_was_read(&given->fanout, reading));
}

static void drain(struct given *given, struct session *session)
{
	session->peer->is_choked = session->peer->will_choke = false;
	if (session_drained(&given->sessions, session))
		fanout_catch_up(&given->fanout, session);
}

static void posts(int journal, int count)
{
	while (count-- > 0)
		store_write(journal, false);
}

/* ---- */

TEST(a_turn_is_one_write_for_each_member)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1), *ben = given_session(given, 2);

	joins(given, ann, 0);
	joins(given, ann, 1);
	joins(given, ben, 0);
	posts(0, 5);
	come_by(given, 5);
	posts(1, 2);
	posts(0, 1);
	come_by(given, 3);
	CHECK_INT(0, ann->peer->writes);
	fanout_flush(&given->fanout);
	CHECK_INT(1, ann->peer->writes);
	CHECK_INT(1, ben->peer->writes);
	CHECK_INT(7, ann->peer->next[0]);
	CHECK_INT(3, ann->peer->next[1]);
	CHECK_INT(7, ben->peer->next[0]);
	CHECK_INT(8, given->figures.frames_encoded);
	end_session(given, ann);
	end_session(given, ben);
	end_hub(&given);
}

TEST(an_event_that_nobody_reads_is_not_encoded)
{
	struct given *given = given_hub();

	posts(0, 3);
	all_come_by(given);
	fanout_flush(&given->fanout);
	CHECK_INT(3, given->figures.events_applied);
	CHECK_INT(0, given->figures.frames_encoded);
	end_hub(&given);
}

TEST(a_slow_member_gets_nothing_until_it_has_drained_and_then_all)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1);

	joins(given, ann, 0);
	ann->peer->will_choke = true;
	posts(0, 1);
	all_come_by(given);
	fanout_flush(&given->fanout);
	posts(0, 20);
	all_come_by(given);
	fanout_flush(&given->fanout);
	CHECK_INT(2, ann->peer->next[0]);
	CHECK_INT(0, ann->gathered_count);
	drain(given, ann);
	fanout_flush(&given->fanout);
	CHECK_INT(22, ann->peer->next[0]);
	CHECK_INT(0, the_store.reading_count); /* the ring was enough */
	end_session(given, ann);
	end_hub(&given);
}

TEST(a_member_behind_the_ring_is_served_from_the_store_page_by_page)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1);

	joins(given, ann, 0);
	ann->peer->will_choke = true;
	posts(0, 1);
	all_come_by(given);
	fanout_flush(&given->fanout);
	posts(0, RING_EVENTS + 20);
	all_come_by(given);
	fanout_flush(&given->fanout);
	drain(given, ann);
	while (the_store.reading_count > 0) {
		CHECK_INT(1, the_store.reading_count);
		read_one(given);
		fanout_flush(&given->fanout);
	}
	CHECK_INT(the_store.heads[0] + 1, ann->peer->next[0]);
	posts(0, 1);
	all_come_by(given);
	fanout_flush(&given->fanout);
	CHECK_INT(the_store.heads[0] + 1, ann->peer->next[0]);
	end_session(given, ann);
	end_hub(&given);
}

TEST(rings_together_stay_bounded_and_those_written_to_longest_ago_let_go)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1);

	given->fanout.ring_bytes_most = 1000;
	for (int journal = 0; journal < JOURNALS; journal++) {
		joins(given, ann, journal);
		posts(journal, 12);
		all_come_by(given);
		fanout_flush(&given->fanout);
		CHECK(given->fanout.ring_bytes <= 1000);
		CHECK_INT(13, ann->peer->next[journal]);
	}
	CHECK_INT(0, fanout_feed(&given->fanout, journal_number(0))->ring.count);
	CHECK_INT(12, fanout_feed(&given->fanout, journal_number(JOURNALS - 1))->ring.count);
	/* Whoever lags where nothing is kept any more is served by the store. */
	ann->peer->will_choke = true;
	posts(0, 1);
	all_come_by(given);
	fanout_flush(&given->fanout);
	posts(0, 1);
	all_come_by(given);
	fanout_flush(&given->fanout);
	given->fanout.ring_bytes_most = 0;
	posts(1, 1);
	all_come_by(given);
	fanout_flush(&given->fanout);
	CHECK_INT(0, given->fanout.ring_bytes);
	drain(given, ann);
	while (the_store.reading_count > 0) {
		read_one(given);
		fanout_flush(&given->fanout);
	}
	CHECK_INT(15, ann->peer->next[0]);
	CHECK_INT(14, ann->peer->next[1]);
	end_session(given, ann);
	CHECK_INT(0, given->fanout.ring_bytes);
	end_hub(&given);
}

TEST(what_came_by_between_snapshot_and_join_is_not_missed)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1);
	struct joining_call call;

	posts(0, 3);
	all_come_by(given);
	call = join_reads(0);
	posts(1, 1);
	posts(0, 2);
	all_come_by(given); /* nobody reads it yet: it is gone */
	fanout_flush(&given->fanout);
	join_answered(given, ann, &call, true);
	while (the_store.reading_count > 0)
		read_one(given);
	fanout_flush(&given->fanout);
	CHECK_INT(6, ann->peer->next[0]);
	end_session(given, ann);
	end_hub(&given);
}

TEST(a_snapshot_ahead_of_the_hub_is_not_told_twice)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1);

	posts(0, 5);
	joins(given, ann, 0);
	all_come_by(given);
	fanout_flush(&given->fanout);
	CHECK_INT(0, ann->peer->writes);
	posts(0, 1);
	all_come_by(given);
	fanout_flush(&given->fanout);
	CHECK_INT(7, ann->peer->next[0]);
	CHECK_INT(0, the_store.reading_count);
	end_session(given, ann);
	end_hub(&given);
}

TEST(while_a_page_was_cut_nothing_live_is_sent)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1);
	struct joining_call call = join_reads(0);

	join_answered(given, ann, &call, false);
	posts(0, 3);
	all_come_by(given);
	fanout_flush(&given->fanout);
	CHECK_INT(0, ann->peer->writes);
	end_session(given, ann);
	end_hub(&given);
}

TEST(old_words_do_not_leave_the_ring_once_they_have_changed)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1);

	joins(given, ann, 0);
	ann->peer->will_choke = true;
	posts(0, 1);
	all_come_by(given);
	fanout_flush(&given->fanout);
	posts(0, 3);
	all_come_by(given);
	fanout_flush(&given->fanout);
	store_write(0, true);
	all_come_by(given);
	fanout_flush(&given->fanout);
	drain(given, ann);
	CHECK_INT(1, the_store.reading_count);
	read_one(given); /* receive() checks the words' version */
	fanout_flush(&given->fanout);
	CHECK_INT(6, ann->peer->next[0]);
	end_session(given, ann);
	end_hub(&given);
}

TEST(a_page_read_before_a_change_is_read_again)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1);
	struct reading *reading;

	joins(given, ann, 0);
	ann->peer->will_choke = true;
	posts(0, 1);
	all_come_by(given);
	fanout_flush(&given->fanout);
	posts(0, RING_EVENTS + 1);
	all_come_by(given);
	fanout_flush(&given->fanout);
	drain(given, ann);
	reading = the_store.readings[0];
	the_store.reading_count = 0;
	reading->read(reading, (struct db *)&the_store, the_store.count);
	store_write(0, true);
	all_come_by(given);
	fanout_flush(&given->fanout);
	CHECK(fanout_was_read(&given->fanout, reading));
	CHECK_INT(2, ann->peer->next[0]);
	while (the_store.reading_count > 0)
		read_one(given);
	fanout_flush(&given->fanout);
	CHECK_INT(the_store.heads[0] + 1, ann->peer->next[0]);
	end_session(given, ann);
	end_hub(&given);
}

TEST(a_busy_store_is_asked_again)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1);
	struct joining_call call = join_reads(0);

	posts(0, 2);
	all_come_by(given);
	the_store.refuses = true;
	join_answered(given, ann, &call, true);
	CHECK_INT(0, the_store.reading_count);
	fanout_tick(&given->fanout);
	CHECK_INT(0, the_store.reading_count);
	the_store.refuses = false;
	fanout_tick(&given->fanout);
	CHECK_INT(1, the_store.reading_count);
	read_one(given);
	fanout_flush(&given->fanout);
	CHECK_INT(3, ann->peer->next[0]);
	end_session(given, ann);
	end_hub(&given);
}

TEST(a_suspended_seat_gets_nothing_until_it_is_cleared)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1);

	joins(given, ann, 0);
	posts(0, 1);
	all_come_by(given);
	fanout_suspend(feed_seat_of(fanout_feed(&given->fanout, journal_number(0)), ann));
	fanout_flush(&given->fanout);
	CHECK_INT(0, ann->peer->writes);
	fanout_clear(&given->fanout, ann, journal_number(0));
	fanout_flush(&given->fanout);
	CHECK_INT(2, ann->peer->next[0]);
	end_session(given, ann);
	end_hub(&given);
}

TEST(large_turns_are_cut_so_that_each_write_stays_bounded)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1);

	joins(given, ann, 0);
	posts(0, RING_EVENTS * 3 + 5);
	all_come_by(given);
	fanout_flush(&given->fanout);
	CHECK_INT(the_store.heads[0] + 1, ann->peer->next[0]);
	CHECK_INT(0, given->figures.gaps);
	CHECK_INT(0, the_store.reading_count);
	end_session(given, ann);
	end_hub(&given);
}

TEST(persons_are_counted_once_however_many_devices_they_use)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1), *phone = given_session(given, 1);
	struct session *ben = given_session(given, 2);

	joins(given, ann, 0);
	joins(given, phone, 0);
	joins(given, ben, 0);
	presence_tell(&given->fanout, 10000);
	fanout_flush(&given->fanout);
	assert_non_null(strstr(ann->peer->sent, "{\"circle\":\"circle0\",\"count\":2}"));
	end_session(given, ann);
	presence_tell(&given->fanout, 20000);
	fanout_flush(&given->fanout);
	CHECK_INT(1, ben->peer->writes); /* the count is what it was */
	end_session(given, phone);
	presence_tell(&given->fanout, 30000);
	fanout_flush(&given->fanout);
	CHECK_INT(2, ben->peer->writes);
	assert_non_null(strstr(ben->peer->sent, "\"count\":1}"));
	end_session(given, ben);
	end_hub(&given);
}

TEST(a_count_is_told_at_once_and_then_not_too_often)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1), *ben = given_session(given, 2);
	int64_t every = given->config.presence_every_ms;

	joins(given, ann, 0);
	presence_tell(&given->fanout, 10000);
	joins(given, ben, 0);
	joins(given, ben, 1);
	presence_tell(&given->fanout, 10000 + every - 1); /* circle 1 has not been told yet */
	fanout_flush(&given->fanout);
	CHECK_INT(2, given->figures.presence_told);
	CHECK_INT(1, ann->peer->writes);
	presence_tell(&given->fanout, 10000 + every);
	fanout_flush(&given->fanout);
	CHECK_INT(3, given->figures.presence_told);
	CHECK_INT(2, ann->peer->writes);
	end_session(given, ann);
	end_session(given, ben);
	end_hub(&given);
}

TEST(who_joins_gets_the_count_with_the_answer_and_the_others_in_their_time)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1), *ben = given_session(given, 2);
	int64_t every = given->config.presence_every_ms, circle0 = journal_of(JOURNAL_CIRCLE, 1);
	struct shared *answer = shared_new("answer", 6);

	joins(given, ann, 0);
	presence_greet(&given->fanout, ann, circle0, 10000);
	fanout_flush(&given->fanout);
	assert_non_null(strstr(ann->peer->sent, "\"count\":1}"));
	session_gather_owed(&given->sessions, ben, answer);
	joins(given, ben, 0);
	presence_greet(&given->fanout, ben, circle0, 11000);
	presence_greet(&given->fanout, ben, circle0, 11001); /* joins again: knows it */
	fanout_flush(&given->fanout);
	CHECK_INT(1, ben->peer->writes);
	assert_non_null(strstr(ben->peer->sent, "answer"));
	assert_non_null(strstr(ben->peer->sent, "{\"circle\":\"circle0\",\"count\":2}"));
	presence_tell(&given->fanout, 10000 + every - 1);
	fanout_flush(&given->fanout);
	CHECK_INT(1, ann->peer->writes);
	presence_tell(&given->fanout, 10000 + every);
	fanout_flush(&given->fanout);
	CHECK_INT(2, ann->peer->writes);
	assert_non_null(strstr(ann->peer->sent, "\"count\":2}"));
	CHECK_INT(1, ben->peer->writes); /* knew it */
	presence_tell(&given->fanout, 10000 + 3 * every);
	fanout_flush(&given->fanout);
	CHECK_INT(2, ann->peer->writes);
	shared_unref(&answer);
	end_session(given, ann);
	end_session(given, ben);
	end_hub(&given);
}

TEST(who_was_told_a_moment_ago_is_told_the_change_a_round_later)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1), *ben = given_session(given, 2);
	struct session *cid = given_session(given, 3);
	int64_t every = given->config.presence_every_ms, circle0 = journal_of(JOURNAL_CIRCLE, 1);

	joins(given, ann, 0);
	joins(given, cid, 0);
	presence_greet(&given->fanout, ann, circle0, 10000);
	joins(given, ben, 0);
	presence_greet(&given->fanout, ben, circle0, 10000 + every - 1);
	end_session(given, cid);
	presence_tell(&given->fanout, 10000 + every);
	fanout_flush(&given->fanout);
	CHECK_INT(1, ben->peer->writes); /* three, and not yet two */
	assert_non_null(strstr(ben->peer->sent, "\"count\":3}"));
	presence_tell(&given->fanout, 10000 + 2 * every);
	fanout_flush(&given->fanout);
	CHECK_INT(2, ben->peer->writes);
	assert_non_null(strstr(ben->peer->sent, "\"count\":2}"));
	end_session(given, ann);
	end_session(given, ben);
	end_hub(&given);
}

TEST(typing_is_told_to_the_others_now_and_then)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1), *ben = given_session(given, 2);

	ann->participant = shared_new("{\"id\":\"a\",\"name\":\"Ann\"}", 23);
	joins(given, ann, 0);
	joins(given, ben, 0);
	presence_typing(&given->fanout, ann, 1, "t1", 10000);
	presence_typing(&given->fanout, ann, 1, "t1", 12000);
	fanout_flush(&given->fanout);
	CHECK_INT(0, ann->peer->writes);
	CHECK_INT(1, ben->peer->writes);
	assert_non_null(strstr(ben->peer->sent, "\"method\":\"typing\""));
	assert_non_null(strstr(ben->peer->sent,
			       "\"params\":{\"circle\":\"circle0\",\"thread\":\"t1\""
			       ",\"participant\":{\"id\":\"a\",\"name\":\"Ann\"}}"));
	CHECK_INT(1, given->figures.typing_told);
	presence_typing(&given->fanout, ann, 1, NULL, 13001);
	CHECK_INT(2, given->figures.typing_told);
	end_session(given, ann);
	end_session(given, ben);
	end_hub(&given);
}

TEST(who_does_not_read_is_closed_kindly)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1);

	joins(given, ann, 0);
	ann->peer->will_choke = true;
	posts(0, 1);
	all_come_by(given);
	fanout_flush(&given->fanout);
	sessions_tick(&given->sessions, 1000 + given->config.slow_reader_ms - 1);
	sessions_flush(&given->sessions);
	CHECK(ann->peer->is_open);
	sessions_tick(&given->sessions, 1000 + given->config.slow_reader_ms);
	sessions_flush(&given->sessions);
	CHECK_INT(CLOSE_TRY_LATER, ann->peer->close_code);
	CHECK_INT(1, given->figures.slow_closed);
	end_session(given, ann);
	end_hub(&given);
}

TEST(who_lets_too_much_pass_is_closed_though_nothing_waits)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1);

	given->config.outbox_bytes_most = 20000;
	joins(given, ann, 0);
	ann->peer->will_choke = true;
	posts(0, 1);
	all_come_by(given);
	fanout_flush(&given->fanout);
	for (int i = 0; i < 300 && ann->peer->is_open; i++) {
		posts(0, 1);
		all_come_by(given);
		fanout_flush(&given->fanout);
		CHECK_INT(0, ann->gathered_bytes);
	}
	CHECK_INT(CLOSE_TRY_LATER, ann->peer->close_code);
	CHECK(the_store.count > 100 && the_store.count < 300);
	end_session(given, ann);
	end_hub(&given);
}

TEST(answers_that_nobody_fetches_are_bounded)
{
	struct given *given = given_hub();
	struct session *ann = given_session(given, 1);
	struct shared *answer = shared_new(NULL, 10000);

	memset(answer->data, 'x', answer->bytes);
	given->config.outbox_bytes_most = 100000;
	ann->peer->will_choke = true;
	for (int i = 0; i < 50; i++) {
		session_gather_owed(&given->sessions, ann, answer);
		sessions_flush(&given->sessions);
	}
	CHECK_INT(CLOSE_TRY_LATER, ann->peer->close_code);
	CHECK_INT(0, ann->gathered_count);
	CHECK_INT(1, answer->count);
	shared_unref(&answer);
	end_session(given, ann);
	end_hub(&given);
}

TEST(who_does_not_open_in_time_is_closed)
{
	struct given *given = given_hub();
	struct peer peer = {.is_open = true};
	struct session *late = session_new(&given->sessions, &peer, 1000);

	sessions_tick(&given->sessions, 1000 + given->config.open_within_ms);
	sessions_flush(&given->sessions);
	CHECK_INT(CLOSE_POLICY, peer.close_code);
	session_free(&given->sessions, &late);
	end_hub(&given);
}

/* Anything, in any order, for a long time: receive() checks every frame as it arrives. */

enum { MEMBERS = 6, CALLS = 12 };

struct play {
	struct given *given;
	struct session *members[MEMBERS];
	struct {
		bool is_used;
		int member;
		struct joining_call call;
	} calls[CALLS];
	unsigned seed;
};

static int any(struct play *play, int most)
{
	return rand_r(&play->seed) % most;
}

static void any_join(struct play *play)
{
	int i = any(play, CALLS);

	if (play->calls[i].is_used) {
		struct session *session = play->members[play->calls[i].member];

		play->calls[i].is_used = false;
		/* As route.c: what was read before a change that has come by is read again. */
		if (play->calls[i].call.row < play->given->fanout.touched_row)
			play->calls[i].call = join_reads(play->calls[i].call.journal);
		/* The answer puts the client's place where the page ended. */
		fanout_flush(&play->given->fanout);
		join_answered(play->given, session, &play->calls[i].call, true);
		return;
	}
	play->calls[i].is_used = true;
	play->calls[i].member = any(play, MEMBERS);
	play->calls[i].call = join_reads(any(play, JOURNALS));
}

static void any_step(struct play *play)
{
	struct session *member = play->members[any(play, MEMBERS)];
	int journal = any(play, JOURNALS);

	switch (any(play, 12)) {
	case 0:
	case 1:
	case 2:
		posts(journal, 1 + any(play, 4));
		break;
	case 3:
		if (any(play, 4) == 0)
			store_write(journal, true);
		break;
	case 4:
	case 5:
		if (the_store.applied < the_store.count)
			come_by(play->given, 1 + any(play, 64) %
						   (the_store.count - the_store.applied));
		break;
	case 6:
		fanout_flush(&play->given->fanout);
		break;
	case 7:
		member->peer->will_choke = any(play, 3) == 0;
		break;
	case 8:
		if (member->is_choked)
			drain(play->given, member);
		break;
	case 9:
		if (the_store.reading_count > 0)
			read_one(play->given);
		break;
	case 10:
		any_join(play);
		break;
	case 11:
		if (any(play, 20) == 0) {
			sessions_flush(&play->given->sessions); /* what precedes the answer */
			fanout_leave(&play->given->fanout, member, journal_number(journal));
			member->peer->next[journal] = 0;
		}
		break;
	}
}

static void play_out(struct play *play)
{
	all_come_by(play->given);
	for (int round = 0; round < 1000; round++) {
		fanout_flush(&play->given->fanout);
		fanout_tick(&play->given->fanout);
		for (int i = 0; i < MEMBERS; i++) {
			if (play->members[i]->is_choked)
				drain(play->given, play->members[i]);
			play->members[i]->peer->will_choke = false;
		}
		if (the_store.reading_count == 0)
			break;
		read_one(play->given);
	}
	fanout_flush(&play->given->fanout);
}

static void play_once(unsigned seed)
{
	struct play play = {.given = given_hub(), .seed = seed};

	if (seed % 3 == 0)
		play.given->fanout.ring_bytes_most = seed * 100;
	for (int i = 0; i < MEMBERS; i++)
		play.members[i] = given_session(play.given, 1 + i / 2);
	while (the_store.count < EVENTS_MOST - 10)
		any_step(&play);
	play_out(&play);
	for (int i = 0; i < MEMBERS; i++) {
		for (int j = 0; j < JOURNALS; j++) {
			struct feed *feed = fanout_feed(&play.given->fanout, journal_number(j));

			if (feed && feed_seat_of(feed, play.members[i]))
				CHECK_INT(the_store.heads[j] + 1, play.members[i]->peer->next[j]);
			else
				CHECK_INT(0, play.members[i]->peer->next[j]);
		}
	}
	for (int i = 0; i < MEMBERS; i++)
		end_session(play.given, play.members[i]);
	end_hub(&play.given);
}

TEST(whatever_happens_everybody_gets_everything_once_in_order)
{
	for (unsigned seed = 1; seed <= 60; seed++)
		play_once(seed);
}

RUN(cmocka_unit_test(a_turn_is_one_write_for_each_member),
    cmocka_unit_test(an_event_that_nobody_reads_is_not_encoded),
    cmocka_unit_test(a_slow_member_gets_nothing_until_it_has_drained_and_then_all),
    cmocka_unit_test(a_member_behind_the_ring_is_served_from_the_store_page_by_page),
    cmocka_unit_test(rings_together_stay_bounded_and_those_written_to_longest_ago_let_go),
    cmocka_unit_test(what_came_by_between_snapshot_and_join_is_not_missed),
    cmocka_unit_test(a_snapshot_ahead_of_the_hub_is_not_told_twice),
    cmocka_unit_test(while_a_page_was_cut_nothing_live_is_sent),
    cmocka_unit_test(old_words_do_not_leave_the_ring_once_they_have_changed),
    cmocka_unit_test(a_page_read_before_a_change_is_read_again),
    cmocka_unit_test(a_busy_store_is_asked_again),
    cmocka_unit_test(a_suspended_seat_gets_nothing_until_it_is_cleared),
    cmocka_unit_test(large_turns_are_cut_so_that_each_write_stays_bounded),
    cmocka_unit_test(persons_are_counted_once_however_many_devices_they_use),
    cmocka_unit_test(a_count_is_told_at_once_and_then_not_too_often),
    cmocka_unit_test(who_joins_gets_the_count_with_the_answer_and_the_others_in_their_time),
    cmocka_unit_test(who_was_told_a_moment_ago_is_told_the_change_a_round_later),
    cmocka_unit_test(typing_is_told_to_the_others_now_and_then),
    cmocka_unit_test(who_does_not_read_is_closed_kindly),
    cmocka_unit_test(who_lets_too_much_pass_is_closed_though_nothing_waits),
    cmocka_unit_test(answers_that_nobody_fetches_are_bounded),
    cmocka_unit_test(who_does_not_open_in_time_is_closed),
    cmocka_unit_test(whatever_happens_everybody_gets_everything_once_in_order));
