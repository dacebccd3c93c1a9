/* What is decided inside the commit, where nothing can come in between: calls that arrive together,
 * at one process or at two, and what time itself decides. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faulty_disk.h"
#include "given_house.h"

enum { MINUTE = 60000, HOUR = 60 * MINUTE };

/* A house with somebody in it. */
struct scene {
	struct given_house given;
	int64_t noa, omer, dana, eli; /* dana and eli moderate the forum */
};

static const char *const many_posts[] = {"posts_per_minute=0", "newcomer_minutes=0", NULL};
static const char *const no_limits[] = {"limits=0", NULL};

static void begin_with(struct scene *scene, const char *const settings[])
{
	house_begin(&scene->given, PROJECT_ROOT, settings);
	scene->noa = house_guest(&scene->given, "Noa");
	scene->omer = house_guest(&scene->given, "Omer");
	scene->dana = house_member(&scene->given, "Dana", "forum", ROLE_MODERATOR);
	scene->eli = house_member(&scene->given, "Eli", "forum", ROLE_MODERATOR);
}

static void begin(struct scene *scene)
{
	begin_with(scene, no_limits);
}

struct name {
	char text[64];
};

static struct name name_of(const char *text)
{
	struct name name;

	assert_true(strlen(text) > 0 && strlen(text) < sizeof name.text);
	snprintf(name.text, sizeof name.text, "%s", text);
	return name;
}

/* Says something at a process; the answer must be `status`. Gives the post's id. */
static struct name say_at(struct scene *scene, int node, int64_t person, const char *circle,
			  const char *text, const char *key, const char *status)
{
	struct answer answer = ask_at(&scene->given, node, person, "post.create",
				      "{\"circle\":\"%s\",\"text\":\"%s\",\"key\":\"%s\"}", circle, text,
				      key);
	struct name id = {"none"};

	if (answer.err)
		fail_msg("%s is refused: %s %s", text, err_name(answer.err), answer.detail);
	CHECK_TEXT(status, answer_text(&answer, "status"));
	if (json_object_get(answer.result, "id"))
		id = name_of(answer_text(&answer, "id"));
	answer_end(&answer);
	return id;
}

static struct name say(struct scene *scene, int64_t person, const char *text, const char *key,
		       const char *status)
{
	return say_at(scene, 0, person, "forum", text, key, status);
}

static enum err try_to_say(struct scene *scene, int node, int64_t person, const char *circle,
			   const char *text, const char *key, int64_t *retry_ms)
{
	struct answer answer = ask_at(&scene->given, node, person, "post.create",
				      "{\"circle\":\"%s\",\"text\":\"%s\",\"key\":\"%s\"}", circle, text,
				      key);
	enum err err = answer.err;

	if (retry_ms)
		*retry_ms = answer.retry_ms;
	answer_end(&answer);
	return err;
}

/* What waits at the desk, newest last. */
static struct name last_item(struct scene *scene, const char *circle)
{
	struct answer answer = ask(&scene->given, scene->dana, "desk.queue", "{\"circle\":\"%s\"}",
				   circle);
	json_t *items = json_object_get(answer.result, "items");
	struct name item;

	CHECK_OK(answer.err);
	CHECK(json_array_size(items) > 0);
	item = name_of(json_string_value(
		json_object_get(json_array_get(items, json_array_size(items) - 1), "item")));
	answer_end(&answer);
	return item;
}

static int64_t posted_in(struct scene *scene, const char *circle)
{
	char sql[200];

	snprintf(sql, sizeof sql, "SELECT count(*) FROM post WHERE seq IS NOT NULL AND circle ="
		 " (SELECT num FROM circle WHERE id = '%s')", circle);
	return disk_number(scene->given.folder, sql);
}

static int64_t state_of_only_post(struct scene *scene)
{
	CHECK_INT(1, disk_number(scene->given.folder, "SELECT count(*) FROM post"));
	return disk_number(scene->given.folder, "SELECT state FROM post");
}

static void pass_due(struct scene *scene, int node)
{
	struct batch batch = {0};

	batch_add_due(&scene->given, &batch);
	batch_run(&scene->given, node, &batch);
	CHECK_OK(batch.err);
	CHECK_OK(batch.calls[0]->err);
	batch_end(&batch);
}

/* ---- together in one commit ---- */

TEST(of_a_removal_and_an_edit_of_the_same_words_the_removal_wins)
{
	struct scene scene;
	struct batch batch = {0};
	struct call *edit, *removal;
	struct name post;

	begin(&scene);
	post = say(&scene, scene.noa, "the first words", "1", "posted");
	edit = batch_add(&scene.given, &batch, scene.noa, "post.edit",
			 "{\"post\":\"%s\",\"rev\":1,\"text\":\"second words\",\"key\":\"e\"}", post.text);
	removal = batch_add(&scene.given, &batch, scene.dana, "desk.remove",
			    "{\"post\":\"%s\",\"rev\":1,\"reason\":\"r\",\"key\":\"x\"}", post.text);
	batch_run(&scene.given, 0, &batch);
	CHECK_OK(removal->err);
	CHECK_ERR(ERR_STALE, edit->err);
	CHECK_INT(POST_REMOVED, state_of_only_post(&scene));
	CHECK_INT(0, disk_number(scene.given.folder,
				 "SELECT count(*) FROM post WHERE text IS NOT NULL OR kept != 'the first words'"));
	batch_end(&batch);
	house_end(&scene.given);
}

TEST(of_two_edits_of_the_same_words_one_is_stale)
{
	struct scene scene;
	struct batch batch = {0};
	struct name post;

	begin(&scene);
	post = say(&scene, scene.noa, "the first words", "1", "posted");
	for (int i = 0; i < 2; i++)
		batch_add(&scene.given, &batch, scene.noa, "post.edit",
			  "{\"post\":\"%s\",\"rev\":1,\"text\":\"edit %d\",\"key\":\"e%d\"}", post.text, i, i);
	batch_run(&scene.given, 0, &batch);
	CHECK_OK(batch.calls[0]->err);
	CHECK_ERR(ERR_STALE, batch.calls[1]->err);
	CHECK_INT(1, disk_number(scene.given.folder, "SELECT text = 'edit 0' AND rev = 2 FROM post"));
	batch_end(&batch);
	house_end(&scene.given);
}

TEST(what_two_moderators_do_with_one_item_is_done_once)
{
	struct scene scene;
	struct batch batch = {0};
	struct name item;

	begin(&scene);
	say(&scene, scene.noa, "you are an idiot", "1", "held");
	item = last_item(&scene, "forum");
	batch_add(&scene.given, &batch, scene.eli, "desk.reject",
		  "{\"item\":\"%s\",\"reason\":\"no\",\"key\":\"a\"}", item.text);
	batch_add(&scene.given, &batch, scene.dana, "desk.release", "{\"item\":\"%s\",\"key\":\"b\"}",
		  item.text);
	batch_add(&scene.given, &batch, scene.dana, "desk.claim", "{\"item\":\"%s\",\"key\":\"c\"}",
		  item.text);
	batch_run(&scene.given, 0, &batch);
	CHECK_OK(batch.calls[0]->err);
	CHECK_ERR(ERR_STALE, batch.calls[1]->err);
	CHECK_TEXT("decided", batch.calls[1]->detail);
	CHECK_ERR(ERR_STALE, batch.calls[2]->err);
	CHECK_INT(POST_REJECTED, state_of_only_post(&scene));
	CHECK_INT(0, posted_in(&scene, "forum"));
	CHECK_INT(1, disk_number(scene.given.folder, "SELECT count(*) FROM decision"));
	batch_end(&batch);
	house_end(&scene.given);
}

TEST(an_item_is_claimed_by_one_moderator_and_decided_by_another_all_the_same)
{
	struct scene scene;
	struct batch batch = {0};
	struct name item;

	begin(&scene);
	say(&scene, scene.noa, "you are an idiot", "1", "held");
	item = last_item(&scene, "forum");
	for (int i = 0; i < 2; i++)
		batch_add(&scene.given, &batch, i ? scene.eli : scene.dana, "desk.claim",
			  "{\"item\":\"%s\",\"key\":\"c\"}", item.text);
	batch_run(&scene.given, 0, &batch);
	CHECK_OK(batch.calls[0]->err);
	CHECK_ERR(ERR_STALE, batch.calls[1]->err);
	CHECK_TEXT("claimed", batch.calls[1]->detail);
	batch_end(&batch);
	batch_add(&scene.given, &batch, scene.eli, "desk.release", "{\"item\":\"%s\",\"key\":\"r\"}",
		  item.text);
	batch_run(&scene.given, 0, &batch);
	CHECK_OK(batch.calls[0]->err);
	CHECK_INT(1, posted_in(&scene, "forum"));
	batch_end(&batch);
	house_end(&scene.given);
}

TEST(a_post_released_and_taken_back_in_one_commit_leaves_no_words)
{
	struct scene scene;
	struct batch batch = {0};
	struct name item, post;

	begin(&scene);
	post = say(&scene, scene.noa, "you are an idiot wzzkq", "1", "held");
	item = last_item(&scene, "forum");
	batch_add(&scene.given, &batch, scene.noa, "post.retract", "{\"post\":\"%s\",\"key\":\"t\"}",
		  post.text);
	batch_add(&scene.given, &batch, scene.dana, "desk.release", "{\"item\":\"%s\",\"key\":\"b\"}",
		  item.text);
	batch_run(&scene.given, 0, &batch);
	CHECK_OK(batch.calls[0]->err);
	CHECK_OK(batch.calls[1]->err);
	CHECK_INT(POST_RETRACTED, state_of_only_post(&scene));
	for (size_t i = scene.given.nodes[0].turn_began; i < scene.given.nodes[0].told_count; i++)
		CHECK(strstr(scene.given.nodes[0].told[i].params, "wzzkq") == NULL);
	batch_end(&batch);
	house_end(&scene.given);
}

TEST(an_edit_that_waits_is_stale_once_its_post_was_removed)
{
	struct scene scene;
	struct answer answer;
	struct name item, post;

	begin(&scene);
	post = say(&scene, scene.noa, "the first words", "1", "posted");
	answer = ask(&scene.given, scene.noa, "post.edit",
		     "{\"post\":\"%s\",\"rev\":1,\"text\":\"you are an idiot\",\"key\":\"e\"}", post.text);
	CHECK_TEXT("held", answer_text(&answer, "status"));
	answer_end(&answer);
	item = last_item(&scene, "forum");
	answer = ask(&scene.given, scene.dana, "desk.remove",
		     "{\"post\":\"%s\",\"rev\":1,\"reason\":\"r\",\"key\":\"x\"}", post.text);
	CHECK_OK(answer.err);
	answer_end(&answer);
	answer = ask(&scene.given, scene.eli, "desk.release", "{\"item\":\"%s\",\"key\":\"r\"}",
		     item.text);
	CHECK_ERR(ERR_STALE, answer.err);
	answer_end(&answer);
	CHECK_INT(POST_REMOVED, state_of_only_post(&scene));
	house_end(&scene.given);
}

TEST(an_invitation_makes_one_member_however_many_come_with_it)
{
	struct scene scene;
	struct batch batch = {0};
	struct answer link;

	begin(&scene);
	link = ask(&scene.given, scene.noa, "session.link", "{}");
	CHECK_OK(link.err);
	for (int i = 0; i < 3; i++)
		batch_add(&scene.given, &batch, 0, "session.open", "{\"token\":\"%s\"}",
			  strstr(answer_text(&link, "link"), "#invite=") + 8);
	batch_run(&scene.given, 0, &batch);
	CHECK_OK(batch.calls[0]->err);
	CHECK_INT(scene.noa, batch.calls[0]->outcome.person);
	CHECK_ERR(ERR_UNAUTHORISED, batch.calls[1]->err);
	CHECK_ERR(ERR_UNAUTHORISED, batch.calls[2]->err);
	batch_end(&batch);
	answer_end(&link);
	house_end(&scene.given);
}

TEST(a_reply_to_what_is_held_is_not_found_even_by_its_author)
{
	struct scene scene;
	struct name post;

	begin(&scene);
	post = say(&scene, scene.noa, "you are an idiot", "1", "held");
	for (int i = 0; i < 2; i++) {
		struct answer answer = ask(&scene.given, i ? scene.noa : scene.omer, "post.create",
			"{\"circle\":\"forum\",\"text\":\"why\",\"key\":\"r\",\"reply_to\":\"%s\"}",
			post.text);

		CHECK_ERR(ERR_NOT_FOUND, answer.err);
		answer_end(&answer);
	}
	house_end(&scene.given);
}

/* ---- keys ---- */

TEST(the_same_key_twice_in_one_commit_is_one_post)
{
	struct scene scene;
	struct batch batch = {0};
	struct answer first, second;

	begin(&scene);
	for (int i = 0; i < 2; i++)
		batch_add(&scene.given, &batch, scene.noa, "post.create",
			  "{\"circle\":\"forum\",\"text\":\"once\",\"key\":\"k\"}");
	batch_add(&scene.given, &batch, scene.noa, "post.create",
		  "{\"circle\":\"forum\",\"text\":\"other words\",\"key\":\"k\"}");
	batch_run(&scene.given, 0, &batch);
	first = answer_of(batch.calls[0]);
	second = answer_of(batch.calls[1]);
	CHECK_TEXT("posted", answer_text(&first, "status"));
	CHECK_TEXT(first.text, second.text);
	CHECK_ERR(ERR_KEY_REUSED, batch.calls[2]->err);
	CHECK_INT(1, posted_in(&scene, "forum"));
	answer_end(&first);
	answer_end(&second);
	batch_end(&batch);
	house_end(&scene.given);
}

TEST(a_key_is_one_persons_and_one_circles)
{
	struct scene scene;

	begin(&scene);
	say(&scene, scene.noa, "in the forum", "k", "posted");
	say_at(&scene, 0, scene.noa, "quiet", "in the quiet", "k", "posted");
	say(&scene, scene.omer, "by somebody else", "k", "posted");
	CHECK_INT(3, disk_number(scene.given.folder, "SELECT count(*) FROM post"));
	house_end(&scene.given);
}

TEST(a_key_finds_its_answer_at_every_process_and_after_every_start)
{
	struct scene scene;
	struct name first, again;

	begin(&scene);
	house_add_node(&scene.given);
	first = say_at(&scene, 0, scene.noa, "forum", "once", "k", "posted");
	again = say_at(&scene, 1, scene.noa, "forum", "once", "k", "posted");
	CHECK_TEXT(first.text, again.text);
	house_restart(&scene.given);
	house_pass(&scene.given, 48 * (int64_t)HOUR);
	again = say_at(&scene, 0, scene.noa, "forum", "once", "k", "posted");
	CHECK_TEXT(first.text, again.text);
	CHECK_INT(1, posted_in(&scene, "forum"));
	house_end(&scene.given);
}

TEST(a_held_post_is_held_to_whoever_asks_again_also_when_it_has_been_decided)
{
	struct scene scene;
	struct answer answer;
	struct name held, again;

	begin(&scene);
	held = say(&scene, scene.noa, "you are an idiot", "k", "held");
	answer = ask(&scene.given, scene.dana, "desk.reject",
		     "{\"item\":\"%s\",\"reason\":\"no\",\"key\":\"d\"}",
		     last_item(&scene, "forum").text);
	CHECK_OK(answer.err);
	answer_end(&answer);
	again = say(&scene, scene.noa, "you are an idiot", "k", "held");
	CHECK_TEXT(held.text, again.text);
	CHECK_INT(POST_REJECTED, state_of_only_post(&scene));
	house_end(&scene.given);
}

TEST(what_was_not_kept_does_not_bind_its_key)
{
	struct scene scene;

	begin(&scene);
	say(&scene, scene.noa, "I will kill you", "k", "rejected");
	say(&scene, scene.noa, "I do not agree with you", "k", "posted");
	CHECK_INT(1, posted_in(&scene, "forum"));
	house_end(&scene.given);
}

/* ---- pace, allowance, budget ---- */

TEST(of_two_posts_at_once_in_a_slow_circle_one_lands)
{
	struct scene scene;
	struct batch batch = {0};

	begin(&scene);
	for (int i = 0; i < 2; i++)
		batch_add(&scene.given, &batch, scene.noa, "post.create",
			  "{\"circle\":\"slow\",\"text\":\"words %d\",\"key\":\"%d\"}", i, i);
	batch_run(&scene.given, 0, &batch);
	CHECK_OK(batch.calls[0]->err);
	CHECK_ERR(ERR_TOO_FAST, batch.calls[1]->err);
	CHECK_INT(MINUTE, batch.calls[1]->retry_ms);
	CHECK_INT(1, posted_in(&scene, "slow"));
	batch_end(&batch);
	house_pass(&scene.given, MINUTE - 1);
	CHECK_ERR(ERR_TOO_FAST, try_to_say(&scene, 0, scene.noa, "slow", "words 1", "1", NULL));
	house_pass(&scene.given, 1);
	say_at(&scene, 0, scene.noa, "slow", "words 1", "1", "posted");
	house_end(&scene.given);
}

TEST(the_pace_holds_at_two_processes_and_over_a_restart)
{
	struct scene scene;
	int64_t retry_ms = 0;

	begin(&scene);
	house_add_node(&scene.given);
	/* Both remember this person. */
	CHECK_ERR(ERR_NOT_FOUND, try_to_say(&scene, 1, scene.noa, "nowhere", "x", "0", NULL));
	say_at(&scene, 1, scene.noa, "slow", "words", "1", "posted");
	house_pass(&scene.given, 20000);
	CHECK_ERR(ERR_TOO_FAST, try_to_say(&scene, 0, scene.noa, "slow", "more", "2", &retry_ms));
	CHECK_INT(40000, retry_ms);
	house_restart(&scene.given);
	CHECK_ERR(ERR_TOO_FAST, try_to_say(&scene, 1, scene.noa, "slow", "more", "2", &retry_ms));
	CHECK_INT(40000, retry_ms);
	house_pass(&scene.given, 40000);
	say_at(&scene, 1, scene.noa, "slow", "more", "2", "posted");
	house_end(&scene.given);
}

TEST(moderators_keep_no_pace)
{
	struct scene scene;

	begin(&scene);
	scene.dana = house_member(&scene.given, "Mira", "slow", ROLE_MODERATOR);
	say_at(&scene, 0, scene.dana, "slow", "words", "1", "posted");
	say_at(&scene, 0, scene.dana, "slow", "more words", "2", "posted");
	house_end(&scene.given);
}

TEST(an_allowance_is_one_at_all_processes_together)
{
	static const char *const settings[] = {"posts_burst=3", "posts_per_minute=6", NULL};
	struct scene scene;
	int64_t retry_ms = 0;

	begin_with(&scene, settings);
	house_add_node(&scene.given);
	say_at(&scene, 0, scene.noa, "forum", "one thing", "1", "posted");
	say_at(&scene, 1, scene.noa, "forum", "another matter", "2", "posted");
	say_at(&scene, 0, scene.noa, "forum", "third, the trees", "3", "posted");
	for (int node = 0; node < 2; node++)
		CHECK_ERR(ERR_TOO_FAST, try_to_say(&scene, node, scene.noa, "forum", "the buses", "4",
						   &retry_ms));
	CHECK(retry_ms > 0 && retry_ms <= MINUTE);
	/* Somebody else has an own one. */
	say_at(&scene, 1, scene.omer, "forum", "what about the shops", "1", "posted");
	house_pass(&scene.given, retry_ms);
	say_at(&scene, 0, scene.noa, "forum", "the buses", "4", "posted");
	CHECK_ERR(ERR_TOO_FAST, try_to_say(&scene, 1, scene.noa, "forum", "benches", "5", NULL));
	house_end(&scene.given);
}

TEST(an_allowance_in_one_commit_lets_in_no_more_than_alone)
{
	static const char *const settings[] = {"posts_burst=3", "posts_per_minute=6", NULL};
	struct scene scene;
	struct batch batch = {0};
	int landed = 0;

	begin_with(&scene, settings);
	for (int i = 0; i < 8; i++)
		batch_add(&scene.given, &batch, scene.noa, "post.create",
			  "{\"circle\":\"forum\",\"text\":\"%c%c%c matter %d\",\"key\":\"%d\"}", 'a' + i,
			  'm' + i, 'q' + i, i, i);
	batch_run(&scene.given, 0, &batch);
	for (int i = 0; i < 8; i++) {
		landed += !batch.calls[i]->err;
		if (batch.calls[i]->err)
			CHECK_ERR(ERR_TOO_FAST, batch.calls[i]->err);
	}
	CHECK_INT(3, landed);
	CHECK_INT(3, posted_in(&scene, "forum"));
	batch_end(&batch);
	house_end(&scene.given);
}

TEST(what_newcomers_say_beyond_their_common_budget_is_held)
{
	static const char *const settings[] = {"newcomer_posts_per_circle_per_minute=2", NULL};
	struct scene scene;
	struct answer queue;
	int64_t mira, tal;

	begin_with(&scene, settings);
	mira = house_guest(&scene.given, "Mira");
	tal = house_member(&scene.given, "Tal", "forum", ROLE_PARTICIPANT);
	say(&scene, scene.noa, "about the trees", "1", "posted");
	say(&scene, scene.omer, "about the benches", "1", "posted");
	say(&scene, mira, "about the buses", "1", "held");
	say(&scene, tal, "about the shops", "1", "posted");
	queue = ask(&scene.given, scene.dana, "desk.queue", "{\"circle\":\"forum\"}");
	CHECK_TEXT("newcomer", json_string_value(json_object_get(
				       json_array_get(json_object_get(queue.result, "items"), 0), "cause")));
	answer_end(&queue);
	house_pass(&scene.given, MINUTE);
	say(&scene, mira, "about the pavements", "2", "posted");
	house_end(&scene.given);
}

TEST(the_newcomers_budget_is_one_at_all_processes_together)
{
	static const char *const settings[] = {"newcomer_posts_per_circle_per_minute=2", NULL};
	struct scene scene;
	int64_t mira;

	begin_with(&scene, settings);
	house_add_node(&scene.given);
	mira = house_guest(&scene.given, "Mira");
	say_at(&scene, 0, scene.noa, "forum", "about the trees", "1", "posted");
	say_at(&scene, 1, scene.omer, "forum", "about the benches", "1", "posted");
	say_at(&scene, 0, mira, "forum", "about the buses", "1", "held");
	say_at(&scene, 1, mira, "forum", "about the pavements", "2", "held");
	house_restart(&scene.given);
	say_at(&scene, 0, mira, "forum", "about the shops", "3", "held");
	house_end(&scene.given);
}

TEST(the_same_words_again_are_noticed_wherever_they_came_and_after_a_restart)
{
	static const char text[] = "Come all of you to the square this evening at seven";
	struct scene scene;
	char key[16];
	int said = 0, noticed = 0;

	begin_with(&scene, many_posts);
	house_add_node(&scene.given);
	for (int i = 0; i < 8 && !noticed; i++) {
		struct answer answer;

		if (i == 3)
			house_restart(&scene.given);
		snprintf(key, sizeof key, "%d", i);
		answer = ask_at(&scene.given, i % 2, scene.noa, "post.create",
				"{\"circle\":\"forum\",\"text\":\"%s\",\"key\":\"%s\"}", text, key);
		CHECK_OK(answer.err);
		said += strcmp(answer_text(&answer, "status"), "posted") == 0;
		noticed = strcmp(answer_text(&answer, "status"), "posted") != 0;
		answer_end(&answer);
	}
	CHECK_INT(1, noticed);
	CHECK_INT(2, said);
	house_end(&scene.given);
}

/* ---- who may ---- */

TEST(whoever_has_not_accepted_the_new_charter_speaks_nowhere)
{
	struct scene scene;
	struct answer answer;

	begin(&scene);
	house_add_node(&scene.given);
	say_at(&scene, 0, scene.noa, "forum", "under the first", "1", "posted");
	say_at(&scene, 1, scene.noa, "forum", "under the first, too", "2", "posted");
	CHECK_OK(house_apply(&scene.given, 1, 2));
	for (int node = 0; node < 2; node++)
		CHECK_ERR(ERR_CHARTER_NOT_ACCEPTED,
			  try_to_say(&scene, node, scene.noa, "forum", "under which", "3", NULL));
	answer = ask_at(&scene.given, 1, scene.noa, "charter.accept",
			"{\"process\":\"town\",\"version\":2}");
	CHECK_OK(answer.err);
	answer_end(&answer);
	say_at(&scene, 0, scene.noa, "forum", "under the second", "3", "posted");
	CHECK_INT(2, disk_number(scene.given.folder, "SELECT charter FROM post ORDER BY num DESC"));
	CHECK_INT(1, disk_number(scene.given.folder, "SELECT charter FROM post ORDER BY num"));
	house_end(&scene.given);
}

TEST(what_a_person_asks_behind_their_own_erasure_leaves_nothing)
{
	static const char *const counts[] = {
		"SELECT count(*) FROM accepted WHERE person = (SELECT num FROM person WHERE erased > 0)",
		"SELECT count(*) FROM mark WHERE person = (SELECT num FROM person WHERE erased > 0)",
		"SELECT count(*) FROM invitation WHERE person = (SELECT num FROM person WHERE erased > 0)",
		"SELECT count(*) FROM device WHERE person = (SELECT num FROM person WHERE erased > 0)",
		"SELECT count(*) FROM answered WHERE person = (SELECT num FROM person WHERE erased > 0)",
		"SELECT count(*) FROM person WHERE erased > 0 AND name != ''",
		"SELECT count(*) FROM post WHERE text IS NOT NULL OR kept IS NOT NULL",
	};
	struct scene scene;
	struct batch batch = {0};
	struct name post;
	int left = 0;

	begin(&scene);
	post = say(&scene, scene.noa, "some words", "1", "posted");
	batch_add(&scene.given, &batch, scene.noa, "me.erase", "{}");
	batch_add(&scene.given, &batch, scene.noa, "session.link", "{}");
	batch_add(&scene.given, &batch, scene.noa, "circle.mark", "{\"circle\":\"forum\",\"seq\":1}");
	batch_add(&scene.given, &batch, scene.noa, "charter.accept",
		  "{\"process\":\"town\",\"version\":1}");
	batch_add(&scene.given, &batch, scene.noa, "me.update", "{\"name\":\"Noa again\"}");
	batch_add(&scene.given, &batch, scene.noa, "post.create",
		  "{\"circle\":\"forum\",\"text\":\"and more\",\"key\":\"2\"}");
	batch_add(&scene.given, &batch, scene.noa, "post.retract", "{\"post\":\"%s\",\"key\":\"3\"}",
		  post.text);
	batch_run(&scene.given, 0, &batch);
	CHECK_OK(batch.calls[0]->err);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		if (disk_number(scene.given.folder, counts[i]) != 0) {
			print_error("not 0: %s\n", counts[i]);
			left++;
		}
	for (size_t i = 1; i < batch.count; i++)
		if (!batch.calls[i]->err) {
			print_error("%s was done\n", batch.calls[i]->row->method);
			left++;
		}
	CHECK_INT(0, left);
	batch_end(&batch);
	house_end(&scene.given);
}

/* Of a person who said so much that one commit is not enough. Gives a post that stands at the desk
 * as removed. */
static struct name talk_a_lot(struct scene *scene)
{
	struct answer answer;
	struct name post;

	for (int i = 0; i < 130; i++) {
		char text[64], key[16];

		snprintf(text, sizeof text, "%s %d",
			 i % 10 ? "wzzkq about it all" : "you are an idiot wzzkq", i);
		snprintf(key, sizeof key, "%d", i);
		post = say(scene, scene->noa, text, key, i % 10 ? "posted" : "held");
		house_pass(&scene->given, MINUTE);
	}
	answer = ask(&scene->given, scene->dana, "desk.remove",
		     "{\"post\":\"%s\",\"rev\":1,\"reason\":\"r\",\"key\":\"x\"}", post.text);
	CHECK_OK(answer.err);
	answer_end(&answer);
	return post;
}

static void check_nothing_left_of_words(struct scene *scene)
{
	static const char *const counts[] = {
		"SELECT count(*) FROM person WHERE erased > 0 AND name != ''",
		"SELECT count(*) FROM person WHERE erasing > 0 AND erased IS NULL",
		"SELECT 1 - count(*) FROM person WHERE erased > 0",
		"SELECT count(*) FROM post WHERE text LIKE '%wzzkq%' OR kept LIKE '%wzzkq%'",
		"SELECT count(*) FROM item WHERE text LIKE '%wzzkq%'"
		" OR (state = 'open' AND kind != 'alert')",
		"SELECT count(*) FROM invitation WHERE person IN (SELECT num FROM person WHERE erased > 0)",
		"SELECT count(*) FROM device WHERE person IN (SELECT num FROM person WHERE erased > 0)",
	};

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		if (disk_number(scene->given.folder, counts[i]) != 0)
			fail_msg("not 0: %s", counts[i]);
}

TEST(while_an_erasure_goes_on_step_by_step_nobody_brings_anything_back)
{
	struct scene scene;
	struct batch batch = {0}, between = {0};
	struct name removed;
	int steps = 0;

	begin(&scene);
	house_add_node(&scene.given);
	removed = talk_a_lot(&scene);
	scene.given.by_steps = true;
	batch_add(&scene.given, &batch, scene.noa, "me.erase", "{}");
	batch_run(&scene.given, 0, &batch);
	CHECK(batch.calls[0]->again);
	/* Another device and a moderator, at the other process, before the next step. */
	batch_add(&scene.given, &between, scene.noa, "me.update", "{\"name\":\"Noa again\"}");
	batch_add(&scene.given, &between, scene.noa, "session.link", "{}");
	batch_add(&scene.given, &between, scene.noa, "post.create",
		  "{\"circle\":\"forum\",\"text\":\"wzzkq too\",\"key\":\"n\"}");
	batch_add(&scene.given, &between, scene.noa, "post.create",
		  "{\"circle\":\"forum\",\"text\":\"wzzkq about it all 1\",\"key\":\"1\"}");
	batch_add(&scene.given, &between, scene.dana, "desk.restore",
		  "{\"post\":\"%s\",\"rev\":2,\"reason\":\"r\",\"key\":\"y\"}", removed.text);
	batch_add(&scene.given, &between, scene.omer, "post.create",
		  "{\"circle\":\"forum\",\"text\":\"an answer\",\"key\":\"a\",\"reply_to\":\"%s\"}",
		  removed.text);
	batch_run(&scene.given, 1, &between);
	CHECK(between.calls[0]->err && between.calls[1]->err && between.calls[2]->err);
	CHECK_OK(between.calls[5]->err);
	while (batch_go_on(&scene.given, 0, &batch))
		steps++;
	CHECK(steps > 0);
	CHECK_OK(batch.calls[0]->err);
	check_nothing_left_of_words(&scene);
	batch_end(&batch);
	batch_end(&between);
	house_end(&scene.given);
}

TEST(an_erasure_that_was_interrupted_goes_on_with_the_next_start)
{
	struct scene scene;
	struct batch batch = {0};

	begin(&scene);
	talk_a_lot(&scene);
	scene.given.by_steps = true;
	batch_add(&scene.given, &batch, scene.noa, "me.erase", "{}");
	batch_run(&scene.given, 0, &batch);
	CHECK(batch.calls[0]->again);
	batch_end(&batch);
	house_restart(&scene.given);
	scene.given.by_steps = false;
	house_pass(&scene.given, MINUTE);
	pass_due(&scene, 0);
	check_nothing_left_of_words(&scene);
	house_end(&scene.given);
}

TEST(an_erasure_that_somebody_waits_for_is_left_to_whoever_does_it)
{
	struct scene scene;
	struct batch batch = {0};

	begin(&scene);
	talk_a_lot(&scene);
	scene.given.by_steps = true;
	batch_add(&scene.given, &batch, scene.noa, "me.erase", "{}");
	batch_run(&scene.given, 0, &batch);
	CHECK(batch.calls[0]->again);
	pass_due(&scene, 0);
	CHECK(disk_number(scene.given.folder,
			  "SELECT count(*) FROM person WHERE erasing > 0 AND erased IS NULL") > 0);
	while (batch_go_on(&scene.given, 0, &batch))
		;
	CHECK_OK(batch.calls[0]->err);
	check_nothing_left_of_words(&scene);
	batch_end(&batch);
	house_end(&scene.given);
}

/* ---- what time decides ---- */

TEST(a_hold_that_runs_out_returns_the_post_to_its_author)
{
	struct scene scene;
	struct answer inbox;

	begin(&scene);
	say(&scene, scene.noa, "you are an idiot", "1", "held");
	house_pass(&scene.given, 24 * (int64_t)HOUR - 1);
	pass_due(&scene, 0);
	CHECK_INT(POST_HELD, state_of_only_post(&scene));
	house_pass(&scene.given, 1);
	pass_due(&scene, 0);
	CHECK_INT(POST_REJECTED, state_of_only_post(&scene));
	CHECK_INT(0, posted_in(&scene, "forum"));
	inbox = ask(&scene.given, scene.noa, "inbox.join", "{\"after\":0}");
	CHECK(strstr(inbox.text, "\"kind\":\"post_rejected\"") != NULL);
	CHECK(strstr(inbox.text, "\"by\":\"machine\"") != NULL);
	answer_end(&inbox);
	house_end(&scene.given);
}

TEST(a_hold_that_stays_waits_on)
{
	struct scene scene;

	begin(&scene);
	say_at(&scene, 0, scene.noa, "quiet", "you are an idiot", "1", "held");
	house_pass(&scene.given, 72 * (int64_t)HOUR);
	pass_due(&scene, 0);
	CHECK_INT(POST_HELD, state_of_only_post(&scene));
	CHECK_INT(1, disk_number(scene.given.folder,
				 "SELECT count(*) FROM item WHERE state = 'open' AND then_what = 'stays'"));
	house_end(&scene.given);
}

TEST(only_what_waited_at_the_door_alone_is_published_when_time_runs_out)
{
	struct scene scene;

	begin(&scene);
	say_at(&scene, 0, scene.noa, "door", "good morning", "1", "held");
	say_at(&scene, 0, scene.omer, "door", "you are an idiot", "1", "held");
	CHECK_INT(1, disk_number(scene.given.folder,
				 "SELECT count(*) FROM item WHERE then_what = 'published'"));
	house_pass(&scene.given, 24 * (int64_t)HOUR);
	pass_due(&scene, 0);
	CHECK_INT(1, posted_in(&scene, "door"));
	CHECK_INT(1, disk_number(scene.given.folder,
				 "SELECT count(*) FROM post WHERE text = 'good morning' AND state = 0"));
	CHECK_INT(1, disk_number(scene.given.folder, "SELECT count(*) FROM post WHERE state = 6"));
	house_end(&scene.given);
}

TEST(time_decides_once_whichever_process_looks_at_the_clock)
{
	struct scene scene;

	begin(&scene);
	house_add_node(&scene.given);
	for (int i = 0; i < 3; i++) {
		char key[16];

		snprintf(key, sizeof key, "%d", i);
		say(&scene, scene.noa, "you are an idiot", key, "held");
	}
	house_pass(&scene.given, 25 * (int64_t)HOUR);
	pass_due(&scene, 1);
	pass_due(&scene, 0);
	pass_due(&scene, 1);
	CHECK_INT(3, disk_number(scene.given.folder, "SELECT count(*) FROM decision"));
	CHECK_INT(0, disk_number(scene.given.folder, "SELECT count(*) FROM item WHERE state = 'open'"));
	house_end(&scene.given);
}

/* A server that starts and ends at this moment of the clock. */
static void serve_shortly(struct scene *scene)
{
	struct store_settings settings = {.data = scene->given.folder, .reader_threads = 1};
	struct why why = {""};
	struct store *store;

	CHECK_OK(store_open(&settings, &why, &store));
	CHECK_OK(store_start(store, &why));
	store_close(&store);
}

TEST(a_hold_is_longer_by_the_time_that_the_server_was_down)
{
	struct scene scene;

	begin(&scene);
	serve_shortly(&scene);
	say(&scene, scene.noa, "you are an idiot", "1", "held");
	house_pass(&scene.given, 10 * (int64_t)HOUR);
	serve_shortly(&scene);
	house_pass(&scene.given, 14 * (int64_t)HOUR);
	pass_due(&scene, 0);
	CHECK_INT(POST_HELD, state_of_only_post(&scene));
	house_pass(&scene.given, 10 * (int64_t)HOUR);
	pass_due(&scene, 0);
	CHECK_INT(POST_REJECTED, state_of_only_post(&scene));
	house_end(&scene.given);
}

TEST(the_time_of_events_never_goes_back_even_if_the_clock_does)
{
	struct scene scene;

	begin(&scene);
	house_add_node(&scene.given);
	say(&scene, scene.noa, "at noon", "1", "posted");
	house_pass(&scene.given, -3 * (int64_t)HOUR);
	say_at(&scene, 1, scene.noa, "forum", "before noon", "2", "posted");
	house_restart(&scene.given);
	say_at(&scene, 0, scene.noa, "forum", "also before", "3", "posted");
	CHECK_INT(0, disk_number(scene.given.folder,
				 "SELECT count(*) FROM event e JOIN event f ON f.row > e.row AND f.at < e.at"));
	house_end(&scene.given);
}

/* ---- the same numbers everywhere ---- */

/* A conversation that grows heated; `kind`: 0 at one process, 1 at two in turns, 2 with new starts.
 * What became of each post is written down. */
static void quarrel(int kind, char out[512])
{
	static const char *const says[] = {
		"I think the trees should stay", "That is bullshit", "You are lying",
		"This is stupid nonsense", "you never listen", "you are lying again",
		"shut up already", "that is bullshit, again",
	};
	struct scene scene;
	struct name root;

	begin(&scene);
	house_add_node(&scene.given);
	root = say(&scene, scene.noa, "What about the trees?", "r", "posted");
	for (size_t i = 0; i < 24; i++) {
		struct answer answer = ask_at(&scene.given, kind == 1 ? (int)(i % 2) : 0,
			i % 2 ? scene.noa : scene.omer, "post.create",
			"{\"circle\":\"forum\",\"text\":\"%s %zu\",\"key\":\"%zu\",\"reply_to\":\"%s\"}",
			says[i % (sizeof says / sizeof *says)], i, i, root.text);

		CHECK_OK(answer.err);
		strcat(out, answer_text(&answer, "status"));
		strcat(out, " ");
		answer_end(&answer);
		house_pass(&scene.given, 20000);
		if (kind == 2 && i % 5 == 4)
			house_restart(&scene.given);
	}
	house_end(&scene.given);
}

TEST(a_quarrel_goes_the_same_way_at_one_process_at_two_and_over_restarts)
{
	char alone[512] = "", in_turns[512] = "", anew[512] = "";

	quarrel(0, alone);
	quarrel(1, in_turns);
	quarrel(2, anew);
	print_message("# %s\n", alone);
	CHECK(strstr(alone, "posted") && strstr(alone, "held"));
	CHECK_TEXT(alone, in_turns);
	CHECK_TEXT(alone, anew);
}

RUN(cmocka_unit_test(a_held_post_is_held_to_whoever_asks_again_also_when_it_has_been_decided),
    cmocka_unit_test(a_hold_is_longer_by_the_time_that_the_server_was_down),
    cmocka_unit_test(a_hold_that_runs_out_returns_the_post_to_its_author),
    cmocka_unit_test(a_hold_that_stays_waits_on),
    cmocka_unit_test(a_key_finds_its_answer_at_every_process_and_after_every_start),
    cmocka_unit_test(a_key_is_one_persons_and_one_circles),
    cmocka_unit_test(a_post_released_and_taken_back_in_one_commit_leaves_no_words),
    cmocka_unit_test(a_quarrel_goes_the_same_way_at_one_process_at_two_and_over_restarts),
    cmocka_unit_test(a_reply_to_what_is_held_is_not_found_even_by_its_author),
    cmocka_unit_test(an_allowance_in_one_commit_lets_in_no_more_than_alone),
    cmocka_unit_test(an_allowance_is_one_at_all_processes_together),
    cmocka_unit_test(an_edit_that_waits_is_stale_once_its_post_was_removed),
    cmocka_unit_test(an_erasure_that_somebody_waits_for_is_left_to_whoever_does_it),
    cmocka_unit_test(an_erasure_that_was_interrupted_goes_on_with_the_next_start),
    cmocka_unit_test(an_invitation_makes_one_member_however_many_come_with_it),
    cmocka_unit_test(an_item_is_claimed_by_one_moderator_and_decided_by_another_all_the_same),
    cmocka_unit_test(moderators_keep_no_pace),
    cmocka_unit_test(of_a_removal_and_an_edit_of_the_same_words_the_removal_wins),
    cmocka_unit_test(of_two_edits_of_the_same_words_one_is_stale),
    cmocka_unit_test(of_two_posts_at_once_in_a_slow_circle_one_lands),
    cmocka_unit_test(only_what_waited_at_the_door_alone_is_published_when_time_runs_out),
    cmocka_unit_test(the_newcomers_budget_is_one_at_all_processes_together),
    cmocka_unit_test(the_pace_holds_at_two_processes_and_over_a_restart),
    cmocka_unit_test(the_same_key_twice_in_one_commit_is_one_post),
    cmocka_unit_test(the_same_words_again_are_noticed_wherever_they_came_and_after_a_restart),
    cmocka_unit_test(the_time_of_events_never_goes_back_even_if_the_clock_does),
    cmocka_unit_test(time_decides_once_whichever_process_looks_at_the_clock),
    cmocka_unit_test(what_a_person_asks_behind_their_own_erasure_leaves_nothing),
    cmocka_unit_test(what_newcomers_say_beyond_their_common_budget_is_held),
    cmocka_unit_test(what_two_moderators_do_with_one_item_is_done_once),
    cmocka_unit_test(what_was_not_kept_does_not_bind_its_key),
    cmocka_unit_test(while_an_erasure_goes_on_step_by_step_nobody_brings_anything_back),
    cmocka_unit_test(whoever_has_not_accepted_the_new_charter_speaks_nowhere));
