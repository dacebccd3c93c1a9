/* test_verify.c: a sound store is called sound, and each thing that is broken is named. */
#include "given_store.h"

#include <inttypes.h>
#include <jansson.h>

#include "base/id.h"
#include "store/chain.h"
#include "store/keeper.h"
#include "store/verify.h"

static const unsigned char salt[SALT_BYTES] = "0123456789abcde";

/* A desk's event, chained to the one before it. */
static void given_desk_event(struct given *given, int64_t circle, int64_t seq,
			     enum event_kind kind, int64_t post, const char *body)
{
	static unsigned char chain[CHAIN_BYTES];
	int64_t journal = journal_of(JOURNAL_DESK, circle);

	if (seq == 1)
		memset(chain, 0, sizeof chain);
	chain_next(chain, journal, seq, 1000 + seq, (int64_t)kind, body, chain);
	CHECK_OK(db_run(given->db,
		"INSERT INTO event (journal, seq, at, kind, post, body, chain) VALUES"
		" (?, ?, ?, ?, nullif(?, 0), ?, ?)", "iiiiitb", journal, seq, 1000 + seq,
		(int64_t)kind, post, body, chain, sizeof chain));
}

/* What the person was told. */
static void given_inbox_event(struct given *given, int64_t person, int64_t seq,
			      enum event_kind kind, int64_t post, const char *body)
{
	CHECK_OK(db_run(given->db,
		"INSERT INTO event (journal, seq, at, kind, post, body) VALUES (?, ?, 0, ?, ?, ?)",
		"iiiit", journal_of(JOURNAL_INBOX, person), seq, (int64_t)kind, post, body));
}

/* Three posts, and a desk that wrote down what was held of the last. */
static struct given given_story(void)
{
	struct given given = given_store();
	struct id_key key;
	char item[ID_TEXT], digest[DIGEST_TEXT], body[256];
	int64_t post;

	memset(&key, 7, sizeof key);
	CHECK_OK(db_run(given.db, "INSERT INTO house VALUES ('id_key', ?)", "b", &key, sizeof key));
	given_post(&given, 1, "first");
	given_post(&given, 1, "second");
	post = given_post(&given, 1, "held words");
	CHECK_OK(db_run(given.db,
		"INSERT INTO item (num, nonce, circle, kind, post, state, opened, cause, salt)"
		" VALUES (1, 5, 1, 'held', ?, 'decided', 0, 'rule', ?)", "ib", post, salt,
		sizeof salt));
	id_seal(&key, 'i', 1, 5, item);
	keeper_digest(salt, "held words", 10, digest);
	snprintf(body, sizeof body, "\"item\":\"%s\",\"digest\":\"%s\"", item, digest);
	given_desk_event(&given, 1, 1, EVENT_HELD, post, body);
	given_inbox_event(&given, 1, 1, EVENT_POST_HELD, post, "\"by\":\"machine\"");
	given_desk_event(&given, 1, 2, EVENT_CLAIMED, 0, "\"by\":\"m1\"");
	given_desk_event(&given, 1, 3, EVENT_RELEASED, post, "\"by\":\"m1\"");
	return given;
}

static json_t *verified(struct given *given, const char *heads)
{
	json_t *report = NULL;

	CHECK_OK(store_verify(given->db, heads, &report));
	return report;
}

/* The first flaw says `words`; NULL: there is none. */
static void check_says(struct given *given, const char *heads, const char *words)
{
	json_t *report = verified(given, heads);
	const char *first =
		json_string_value(json_array_get(json_object_get(report, "flaws"), 0));

	if (words ? !first || !strstr(first, words) : first != NULL)
		fail_msg("wanted %s, got %s", words, first);
	CHECK(json_is_true(json_object_get(report, "good")) == (words == NULL));
	json_decref(report);
}

static void check_broken(const char *sql, const char *words)
{
	struct given given = given_story();

	check_says(&given, NULL, NULL);
	CHECK_OK(db_script(given.db, "PRAGMA foreign_keys = OFF"));
	CHECK_OK(db_script(given.db, sql));
	check_says(&given, NULL, words);
	given_end(&given);
}

TEST(a_sound_store_is_called_sound_and_counted)
{
	struct given given = given_story();
	json_t *report = verified(&given, NULL);

	CHECK(json_is_true(json_object_get(report, "good")));
	CHECK_INT(7, json_integer_value(json_object_get(report, "events")));
	CHECK_INT(3, json_integer_value(json_object_get(report, "journals")));
	CHECK_INT(3, json_integer_value(json_object_get(report, "posts")));
	CHECK_INT(1, json_integer_value(json_object_get(report, "digests")));
	CHECK_TEXT("desk/c1", json_string_value(json_object_get(
			json_array_get(json_object_get(report, "desks"), 0), "journal")));
	json_decref(report);
	given_end(&given);
}

TEST(gaps_are_found_at_a_journals_beginning_and_within)
{
	check_broken("DELETE FROM event WHERE journal = 4 AND seq = 1", "circle/c1 has a gap");
	check_broken("DELETE FROM event WHERE journal = 4 AND seq = 2", "circle/c1 has a gap");
	check_broken("UPDATE event SET seq = 9 WHERE journal = 4 AND seq = 3", "circle/c1 has a gap");
	/* The last one is missed by its post. */
	check_broken("DELETE FROM event WHERE journal = 4 AND seq = 3", "Post 3 should be number 3");
}

TEST(posts_and_what_the_journal_says_of_them_must_agree)
{
	check_broken("UPDATE post SET seq = 2 WHERE num = 1", "Post 1 should be number 2");
	check_broken("DELETE FROM post WHERE num = 2", "there is no such post");
	check_broken("UPDATE post SET state = 2 WHERE num = 1", "Post 1 is removed, and its words");
	check_broken("UPDATE post SET text = NULL WHERE num = 1", "Post 1 is visible, and its words");
	check_broken("UPDATE post SET state = 4, text = NULL, kept = 'x' WHERE num = 1",
		     "Post 1 is erased");
}

TEST(whatever_is_changed_in_a_desk_breaks_its_chain_there)
{
	check_broken("UPDATE event SET at = 5 WHERE journal = 5 AND seq = 2",
		     "chain of desk/c1 breaks at number 2");
	check_broken("UPDATE event SET kind = 27 WHERE journal = 5 AND seq = 2", "breaks at number 2");
	check_broken("UPDATE event SET body = '\"by\":\"m2\"' WHERE journal = 5 AND seq = 3",
		     "breaks at number 3");
	check_broken("UPDATE event SET chain = NULL WHERE journal = 5 AND seq = 1",
		     "breaks at number 1");
	check_broken("UPDATE event SET chain = zeroblob(32) WHERE journal = 5 AND seq = 3",
		     "breaks at number 3");
	check_broken("DELETE FROM event WHERE journal = 5 AND seq = 1", "desk/c1 has a gap");
	check_broken("UPDATE event SET body = 'nonsense' WHERE journal = 5 AND seq = 2",
		     "desk/c1 number 2 can not be read");
}

TEST(words_that_were_held_must_be_those_that_are_kept)
{
	check_broken("UPDATE post SET text = 'other words' WHERE num = 3", "the words that were held");
	check_broken("UPDATE item SET post = 1", "points at another post");
	check_broken("DELETE FROM item", "names an item that is not there");
}

TEST(words_that_are_gone_for_good_are_not_missed)
{
	struct given given = given_story();

	given_change(&given, 1, 3, EVENT_EDITED, POST_VISIBLE, "better words");
	check_says(&given, NULL, NULL);
	given_change(&given, 1, 3, EVENT_ERASED, POST_ERASED, NULL);
	CHECK_OK(db_script(given.db, "UPDATE item SET salt = NULL"));
	check_says(&given, NULL, NULL);
	given_end(&given);
}

/* Omer was told off in words; as a story goes on. */
static struct given given_told_off(void)
{
	struct given given = given_story();
	static const char statement[] = "{\"decision\":\"removed\"}";
	static const char words[] = "\"reason\":\"Omer is rude\",\"note\":\"He always was\"";
	struct id_key key;
	char decision[ID_TEXT], digest[DIGEST_TEXT], stated[DIGEST_TEXT], body[400];

	memset(&key, 7, sizeof key);
	id_seal(&key, 'd', 1, 5, decision);
	keeper_digest(salt, statement, sizeof statement - 1, stated);
	keeper_digest(salt, words, sizeof words - 1, digest);
	CHECK_OK(db_run(given.db, "INSERT INTO said VALUES (?, 1, ?, ?)", "tbt", digest, salt,
		sizeof salt, words));
	CHECK_OK(db_run(given.db,
		"INSERT INTO decision (num, nonce, circle, post, person, what, by_person, reason, note, at,"
		" statement) VALUES (1, 5, 1, 3, 1, 'removed', NULL, 'Omer is rude', 'He always was', 1004,"
		" ?)", "t", statement));
	snprintf(body, sizeof body,
		 "\"said\":\"%s\",\"stated\":\"%s\",\"decision\":\"%s\",\"by\":\"machine\","
		 "\"what\":\"removed\"", digest, stated, decision);
	given_desk_event(&given, 1, 4, EVENT_REMOVED, 3, body);
	snprintf(body, sizeof body, "\"decision\":\"%s\",\"statement\":%s", decision, statement);
	given_inbox_event(&given, 1, 2, EVENT_POST_REMOVED, 3, body);
	return given;
}

static void check_told_off(const char *sql, const char *words)
{
	struct given given = given_told_off();

	check_says(&given, NULL, NULL);
	CHECK_OK(db_script(given.db, sql));
	check_says(&given, NULL, words);
	given_end(&given);
}

TEST(what_was_written_of_somebody_is_kept_until_they_are_erased)
{
	check_told_off("UPDATE said SET words = '\"reason\":\"Omer is fine\"'",
		       "what was written of somebody is not what is kept");
	check_told_off("UPDATE said SET salt = zeroblob(16)",
		       "what was written of somebody is not what is kept");
	check_told_off("UPDATE decision SET statement = '{}'",
		       "the statement of reasons is not the one that was given");
	check_told_off("UPDATE event SET body = replace(body, 'removed', 'kept') WHERE journal = 6",
		       "its statement of reasons is not the one that was sent");
	check_told_off("DELETE FROM event WHERE journal = 6 AND seq = 2",
		       "does not stand in its person's inbox");
	check_told_off("DELETE FROM event WHERE journal = 6", "was held, and its author's inbox says");
	check_told_off("DELETE FROM said; UPDATE decision SET reason = NULL, note = NULL",
		       "what was written of somebody is gone");
	check_told_off("INSERT INTO said VALUES ('more', 1, x'00', '')",
		       "There are 2 writings of moderators, and the desks tell of 1");
	check_told_off("DELETE FROM said; UPDATE decision SET reason = NULL, note = NULL;"
		       "UPDATE person SET erased = 9, name = ''", NULL);
	check_told_off("UPDATE decision SET reason = 'No'", "the decision is not what was decided");
}

/* A circle whose desk froze a thread, closed its door and had a crisis; Noa moderates. */
static struct given given_ruled(void)
{
	struct given given = given_story();
	struct id_key key;
	char thread[ID_TEXT], incident[ID_TEXT], person[ID_TEXT], body[300];
	const struct {
		enum event_kind kind;
		const char *body;
	} acts[] = {{EVENT_DOOR_CHANGED, "\"door\":\"closed\",\"by\":\"machine\""},
		    {EVENT_PACE_CHANGED, "\"pace\":60,\"seconds\":60,\"by\":\"machine\""},
		    {EVENT_RULES_PINNED, "\"pinned\":{\"rules\":[\"respect\"]},\"by\":\"machine\""},
		    {EVENT_NOTICE_POSTED, "\"text\":\"Calm down\",\"by\":\"machine\""}};
	int64_t seq = 4;

	memset(&key, 7, sizeof key);
	for (size_t i = 0; i < 4; i++, seq++) {
		CHECK_OK(db_run(given.db,
			"INSERT INTO event (journal, seq, at, kind, body) VALUES (4, ?, ?, ?, ?)", "iiit",
			++given.seqs[1], 1000 + seq, (int64_t)acts[i].kind, acts[i].body));
		given_desk_event(&given, 1, seq, acts[i].kind, 0, acts[i].body);
	}
	id_seal(&key, 'p', 1, 1, thread);
	snprintf(body, sizeof body, "\"thread\":\"%s\",\"by\":\"machine\"", thread);
	CHECK_OK(db_run(given.db,
		"INSERT INTO event (journal, seq, at, kind, post, thread, body) VALUES"
		" (4, ?, ?, ?, 1, 1, ?)", "iiit", ++given.seqs[1], 1000 + seq,
		(int64_t)EVENT_THREAD_FROZEN, body));
	given_desk_event(&given, 1, seq++, EVENT_THREAD_FROZEN, 1, body);
	id_seal(&key, 'c', 1, 7, incident);
	snprintf(body, sizeof body, "\"incident\":\"%s\",\"preset\":\"cool\",\"reason\":\"heat\","
		 "\"until\":\"1970-01-01T00:01:00.000Z\",\"by\":\"machine\"", incident);
	CHECK_OK(db_run(given.db,
		"INSERT INTO event (journal, seq, at, kind, body) VALUES (4, ?, ?, ?, '\"crisis\":{}')",
		"iii", ++given.seqs[1], 1000 + seq, (int64_t)EVENT_CRISIS_BEGUN));
	given_desk_event(&given, 1, seq++, EVENT_CRISIS_BEGUN, 0, body);
	id_seal(&key, 'm', 1, 1, person);
	snprintf(body, sizeof body, "\"participant\":{\"id\":\"%s\"},\"role\":\"moderator\"", person);
	given_desk_event(&given, 1, seq, EVENT_ROLE_GIVEN, 0, body);
	CHECK_OK(db_script(given.db,
		"UPDATE circle SET door = 'closed', pace = 60, pinned = '{\"rules\":[\"respect\"]}',"
		" crisis = '{}' WHERE num = 1;"
		"INSERT INTO frozen VALUES (1, 1, NULL);"
		"INSERT INTO member VALUES (1, 1, 3, NULL, NULL, 9);"
		"INSERT INTO incident (num, nonce, circle, first_preset, preset, begun, until, next,"
		" reason, hand, peak, index_begun, desk_from, circle_from, alerts) VALUES (1, 7, 1, 'cool',"
		" 'cool', 1009, 60000, 0, 'heat', '', 0, 0, 9, 9, '[]')"));
	return given;
}

static void check_ruled(const char *sql, const char *words)
{
	struct given given = given_ruled();

	check_says(&given, NULL, NULL);
	CHECK_OK(db_script(given.db, sql));
	check_says(&given, NULL, words);
	given_end(&given);
}

TEST(a_circle_is_as_its_desk_left_it)
{
	check_ruled("UPDATE circle SET door = 'open' WHERE num = 1", "c1: its door is not");
	check_ruled("UPDATE circle SET door = 'closed' WHERE num = 2", "c2: its door is not");
	check_ruled("UPDATE circle SET pace = 5 WHERE num = 1", "c1: its pace is not");
	check_ruled("UPDATE circle SET pace_until = 99 WHERE num = 1", "c1: its pace is not");
	check_ruled("UPDATE circle SET pinned = NULL WHERE num = 1", "c1: what is pinned is not");
	check_ruled("UPDATE circle SET phase = 'closed' WHERE num = 1", "does not say so whether it");
	check_ruled("UPDATE circle SET crisis = NULL WHERE num = 1",
		    "do not agree on whether there is one");
	check_ruled("DELETE FROM frozen", "Thread 1 was frozen, and is not");
	check_ruled("UPDATE frozen SET thread = 2", "Thread 2 is frozen, and its circle");
	check_ruled("UPDATE event SET body = replace(body, 'Calm', 'Shut') WHERE journal = 4",
		    "the circle was told something else");
	check_ruled("DELETE FROM event WHERE journal = 4 AND seq = 9",
		    "the circle was told something else");
}

TEST(a_crisis_is_as_its_desk_tells_of_it)
{
	static const char *const changes[] = {
		"UPDATE incident SET preset = 'other'", "UPDATE incident SET first_preset = 'other'",
		"UPDATE incident SET reason = 'other'", "UPDATE incident SET begun = 5",
		"UPDATE incident SET until = 5",        "UPDATE incident SET begun_by = 1",
		"UPDATE incident SET ended = 2000",     "UPDATE incident SET end_reason = 'it is over'",
		"UPDATE incident SET circle = 2"};

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
		check_ruled(changes[i], "Crisis 1 is not as the desk tells of it");
	check_ruled("DELETE FROM incident", "There are 0 crises, and the desks tell of 1");
}

TEST(who_moderates_was_given_that_role_at_the_desk)
{
	check_ruled("UPDATE member SET role = 4", "Person 1 is convenor of circle 1");
	check_ruled("INSERT INTO member VALUES (2, 1, 3, NULL, NULL, 9)",
		    "Person 1 is moderator of circle 2");
	check_ruled("UPDATE member SET role = 2", "Person 1 was made moderator of circle 1, and");
	check_ruled("DELETE FROM member", "Person 1 was made moderator of circle 1, and is not");
	check_ruled("DELETE FROM member; UPDATE person SET erased = 5", NULL);
}

TEST(every_visible_change_of_a_post_is_an_event)
{
	check_broken("UPDATE post SET rev = 2 WHERE num = 1", "Post 1 was changed more or less often");
}

TEST(a_head_noted_earlier_must_still_stand_in_the_chain)
{
	struct given given = given_story();
	json_t *report = verified(&given, NULL);
	const char *hex = json_string_value(json_object_get(
		json_array_get(json_object_get(report, "desks"), 0), "head"));
	char heads[200];

	snprintf(heads, sizeof heads, "desk/c1=%s", hex);
	given_desk_event(&given, 1, 4, EVENT_UNCLAIMED, 0, "\"by\":\"m1\"");
	check_says(&given, heads, NULL);
	/* The desk is rewritten from there on, and every link fits again. */
	CHECK_OK(db_script(given.db, "DELETE FROM event WHERE journal = 5 AND seq > 1"));
	check_says(&given, heads, "A head that was noted of desk/c1");
	snprintf(heads, sizeof heads, "desk/c9=%s", hex);
	check_says(&given, heads, "There is no chain of desk/c9");
	check_says(&given, "nonsense", "There is no chain of nonsense");
	json_decref(report);
	given_end(&given);
}

TEST(a_store_of_another_version_is_not_called_sound)
{
	check_broken("PRAGMA user_version = 77", "schema 77");
	check_broken("DELETE FROM house WHERE name = 'id_key'", "key that seals ids");
}

RUN(
	cmocka_unit_test(a_sound_store_is_called_sound_and_counted),
	cmocka_unit_test(gaps_are_found_at_a_journals_beginning_and_within),
	cmocka_unit_test(posts_and_what_the_journal_says_of_them_must_agree),
	cmocka_unit_test(whatever_is_changed_in_a_desk_breaks_its_chain_there),
	cmocka_unit_test(words_that_were_held_must_be_those_that_are_kept),
	cmocka_unit_test(words_that_are_gone_for_good_are_not_missed),
	cmocka_unit_test(what_was_written_of_somebody_is_kept_until_they_are_erased),
	cmocka_unit_test(a_circle_is_as_its_desk_left_it),
	cmocka_unit_test(a_crisis_is_as_its_desk_tells_of_it),
	cmocka_unit_test(who_moderates_was_given_that_role_at_the_desk),
	cmocka_unit_test(every_visible_change_of_a_post_is_an_event),
	cmocka_unit_test(a_head_noted_earlier_must_still_stand_in_the_chain),
	cmocka_unit_test(a_store_of_another_version_is_not_called_sound));
