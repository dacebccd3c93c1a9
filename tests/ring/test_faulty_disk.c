/* The disk fails at the n-th write, for every n of every kind of change: all of a turn is there or
 * nothing, answers agree with what is there, the same keys find the same posts, and the store is
 * whole: in the process that saw the failure, and after a crash in the middle of it. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "faulty_disk.h"
#include "given_house.h"
#include "store/verify.h"

/* Under a sanitiser every third kind of failure is enough: the paths are the same. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { KIND_STEP = 3 };
#else
enum { KIND_STEP = 1 };
#endif
enum { NTH_MOST = 400 };

/* What a scenario finds in its house. */
struct scene {
	struct given_house *given;
	int64_t noa, omer, dana, mira; /* dana moderates the forum */
	char post[64], held[64], item[64];
};

struct scenario {
	const char *name;
	void (*fill)(struct scene *scene, struct batch *batch);
	bool is_keyed; /* asked again with the same keys, nothing is done twice */
};

static const char *const no_limits[] = {"limits=0", NULL};

static void note(char out[64], const char *text)
{
	assert_true(strlen(text) > 0 && strlen(text) < 64);
	snprintf(out, 64, "%s", text);
}

/* ---- the scenarios ---- */

static void fill_posts(struct scene *scene, struct batch *batch)
{
	for (int i = 0; i < 3; i++)
		batch_add(scene->given, batch, i % 2 ? scene->omer : scene->noa, "post.create",
			  "{\"circle\":\"forum\",\"text\":\"a word about benches %d\",\"key\":\"k%d\"}", i,
			  i);
	batch_add(scene->given, batch, scene->omer, "post.create",
		  "{\"circle\":\"forum\",\"text\":\"an answer to you, @Mira\",\"key\":\"r\","
		  "\"reply_to\":\"%s\"}",
		  scene->post);
}

static void fill_held(struct scene *scene, struct batch *batch)
{
	batch_add(scene->given, batch, scene->omer, "post.create",
		  "{\"circle\":\"forum\",\"text\":\"you are an idiot\",\"key\":\"h\"}");
}

static void fill_edit(struct scene *scene, struct batch *batch)
{
	batch_add(scene->given, batch, scene->noa, "post.edit",
		  "{\"post\":\"%s\",\"rev\":1,\"text\":\"other words\",\"key\":\"e\"}", scene->post);
}

static void fill_release(struct scene *scene, struct batch *batch)
{
	batch_add(scene->given, batch, scene->dana, "desk.release",
		  "{\"item\":\"%s\",\"key\":\"d\"}", scene->item);
}

static void fill_reject(struct scene *scene, struct batch *batch)
{
	batch_add(scene->given, batch, scene->dana, "desk.reject",
		  "{\"item\":\"%s\",\"reason\":\"not so\",\"key\":\"d\"}", scene->item);
}

static void fill_remove(struct scene *scene, struct batch *batch)
{
	batch_add(scene->given, batch, scene->dana, "desk.remove",
		  "{\"post\":\"%s\",\"rev\":1,\"reason\":\"not here\",\"key\":\"x\"}", scene->post);
	batch_add(scene->given, batch, scene->omer, "post.create",
		  "{\"circle\":\"forum\",\"text\":\"meanwhile I say this\",\"key\":\"m\"}");
}

static void fill_report(struct scene *scene, struct batch *batch)
{
	batch_add(scene->given, batch, scene->omer, "post.report",
		  "{\"post\":\"%s\",\"reason\":\"respect\",\"key\":\"p\"}", scene->post);
}

static void fill_erase(struct scene *scene, struct batch *batch)
{
	batch_add(scene->given, batch, scene->noa, "me.erase", "{}");
}

static void fill_open(struct scene *scene, struct batch *batch)
{
	batch_add(scene->given, batch, 0, "session.open", "{\"name\":\"Yael\",\"lang\":\"en\"}");
}

static const struct scenario scenarios[] = {
	{"a batch of posts", fill_posts, true},
	{"a held post", fill_held, true},
	{"an edit", fill_edit, true},
	{"a release", fill_release, true},
	{"a rejection", fill_reject, true},
	{"a removal with a post beside it", fill_remove, true},
	{"a report", fill_report, true},
	{"an erasure", fill_erase, false},
	{"session.open", fill_open, false},
};

/* ---- a house to begin with ---- */

static struct scene prepare(struct given_house *given)
{
	struct scene scene = {.given = given};
	struct answer answer;

	house_begin(given, PROJECT_ROOT, no_limits);
	scene.noa = house_guest(given, "Noa");
	scene.omer = house_guest(given, "Omer");
	scene.dana = house_member(given, "Dana", "forum", ROLE_MODERATOR);
	scene.mira = house_member(given, "Mira", "forum", ROLE_PARTICIPANT);
	answer = ask(given, scene.noa, "post.create",
		     "{\"circle\":\"forum\",\"text\":\"the first word\",\"key\":\"1\"}");
	CHECK_TEXT("posted", answer_text(&answer, "status"));
	note(scene.post, answer_text(&answer, "id"));
	answer_end(&answer);
	answer = ask(given, scene.noa, "post.create",
		     "{\"circle\":\"forum\",\"text\":\"what an idiot you are\",\"key\":\"2\"}");
	CHECK_TEXT("held", answer_text(&answer, "status"));
	note(scene.held, answer_text(&answer, "id"));
	answer_end(&answer);
	answer = ask(given, scene.dana, "desk.queue", "{\"circle\":\"forum\"}");
	CHECK_OK(answer.err);
	note(scene.item, json_string_value(json_object_get(
				 json_array_get(json_object_get(answer.result, "items"), 0), "item")));
	answer_end(&answer);
	return scene;
}

static void check_verified(struct given_house *given)
{
	json_t *report = NULL;
	char *flaws;

	CHECK_OK(store_verify(given->reader, NULL, &report));
	flaws = json_dumps(json_object_get(report, "flaws"), 0);
	CHECK_TEXT("[]", flaws);
	free(flaws);
	json_decref(report);
}

/* How the store looks before, and after the change: what is in between is half a change. */
struct bounds {
	uint64_t before;
	struct buf after;
};

static bool is_done(const struct bounds *bounds, const char *folder)
{
	struct buf shape = {0};
	bool done;

	disk_shape(folder, &shape);
	done = strcmp(shape.data, bounds->after.data) == 0;
	if (!done && disk_digest(folder) != bounds->before) {
		print_error("half a change:\n%s\nwanted, if anything:\n%s\n", shape.data,
			    bounds->after.data);
		fail();
	}
	buf_fini(&shape);
	return done;
}

/* Both processes told the same events, in row order, and none that is not there. */
static void check_told_alike(struct given_house *given)
{
	const struct node *a = &given->nodes[0], *b = &given->nodes[1];
	int64_t last = 0;

	house_look(given, 0);
	house_look(given, 1);
	CHECK_INT((long long)a->told_count, (long long)b->told_count);
	for (size_t i = 0; i < a->told_count; i++) {
		CHECK(a->told[i].row > last);
		last = a->told[i].row;
		CHECK_INT(last, b->told[i].row);
		CHECK_INT(a->told[i].journal, b->told[i].journal);
		CHECK_INT(a->told[i].seq, b->told[i].seq);
		CHECK_INT(a->told[i].kind, b->told[i].kind);
	}
	if (a->told_count)
		CHECK_INT(last, disk_number(given->folder, "SELECT max(row) FROM event"));
}

static bool all_good(const struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		if (batch->calls[i]->err)
			return false;
	return true;
}

static void check_refused_alike(const struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		CHECK_ERR(ERR_STORAGE, batch->calls[i]->err);
	CHECK_ERR(ERR_STORAGE, batch->err);
}

/* Asked again on a disk that is well: everything lands, once. */
static void check_repeated(const struct scenario *scenario, struct scene *scene, int node,
			   const struct bounds *bounds, bool done)
{
	struct batch again = {0};

	if (done && !scenario->is_keyed)
		return;
	scenario->fill(scene, &again);
	batch_run(scene->given, node, &again);
	CHECK_OK(again.err);
	CHECK(all_good(&again));
	CHECK(is_done(bounds, scene->given->folder));
	batch_end(&again);
	check_verified(scene->given);
}

/* What is found after a crash or a power cut at this moment. */
static void check_copy(const struct scenario *scenario, const struct scene *scene,
		       const struct bounds *bounds, bool was_answered, bool power_cut)
{
	struct given_house copy;
	struct scene there = *scene;
	bool done;

	house_begin_on(&copy, PROJECT_ROOT, no_limits, scene->given->folder, power_cut);
	there.given = &copy;
	done = is_done(bounds, copy.folder);
	if (was_answered)
		CHECK(done);
	check_verified(&copy);
	check_repeated(scenario, &there, 0, bounds, done);
	house_end(&copy);
}

/* One run: false once the n-th write is not reached any more. */
static bool run_once(const struct scenario *scenario, const struct scene *model,
		     const struct bounds *bounds, int nth, enum disk_fault fault, bool lasting)
{
	struct given_house given;
	struct scene scene = *model;
	struct batch batch = {0};
	bool failed, answered;

	disk_remember(true);
	house_begin_on(&given, PROJECT_ROOT, no_limits, model->given->folder, false);
	scene.given = &given;
	house_add_node(&given);
	/* So that everything up to here is on the disk. */
	CHECK_OK(db_checkpoint(given.nodes[0].db, DB_EMPTY));
	disk_fail(nth, fault, lasting);
	scenario->fill(&scene, &batch);
	batch_run(&given, 0, &batch);
	failed = disk_has_failed();
	answered = all_good(&batch);
	if (!answered)
		check_refused_alike(&batch);
	batch_end(&batch);
	if (lasting && failed) {
		scenario->fill(&scene, &batch);
		batch_run(&given, 0, &batch);
		check_refused_alike(&batch);
		batch_end(&batch);
	}
	disk_mend();
	if (!lasting) {
		check_copy(scenario, &scene, bounds, answered, false);
		check_copy(scenario, &scene, bounds, answered, true);
	}
	/* At this process, or at another that saw nothing of it. */
	check_repeated(scenario, &scene, nth % 2, bounds, is_done(bounds, given.folder));
	check_told_alike(&given);
	house_end(&given);
	disk_remember(false);
	return failed;
}

static void measure(const struct scenario *scenario, const struct scene *model,
		    struct bounds *bounds)
{
	struct given_house given;
	struct scene scene = *model;
	struct batch batch = {0};

	house_begin_on(&given, PROJECT_ROOT, no_limits, model->given->folder, false);
	scene.given = &given;
	bounds->before = disk_digest(given.folder);
	scenario->fill(&scene, &batch);
	batch_run(&given, 0, &batch);
	CHECK(all_good(&batch));
	batch_end(&batch);
	disk_shape(given.folder, &bounds->after);
	house_end(&given);
}

TEST(whatever_write_of_whatever_change_fails_nothing_is_kept_by_half)
{
	struct given_house model;
	struct scene scene = prepare(&model);

	/* The store says a lot about a disk like this; here nobody needs to know. */
	log_set_level((enum log_level)(LOG_ERROR + 1));
	for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
		struct bounds bounds = {0};
		int runs = 0;

		measure(&scenarios[i], &scene, &bounds);
		for (int kind = 0; kind < DISK_FAULTS * 2; kind += KIND_STEP) {
			int nth = 1;

			while (nth < NTH_MOST && run_once(&scenarios[i], &scene, &bounds, nth,
							  (enum disk_fault)(kind / 2), kind % 2))
				nth++;
			CHECK(nth > 1 && nth < NTH_MOST);
			runs += nth;
		}
		print_message("# %s: %d runs\n", scenarios[i].name, runs);
		buf_fini(&bounds.after);
	}
	house_end(&model);
}

/* Moving the log into the database is no change: whatever fails there, nothing is lost. */
TEST(whatever_write_of_a_checkpoint_fails_nothing_is_lost)
{
	struct given_house model, given;
	bool failed = true;

	prepare(&model);
	for (int nth = 1; failed; nth++) {
		uint64_t before;

		CHECK(nth < NTH_MOST);
		house_begin_on(&given, PROJECT_ROOT, no_limits, model.folder, false);
		before = disk_digest(given.folder);
		disk_fail(nth, (enum disk_fault)(nth % DISK_FAULTS), nth % 2);
		(void)!db_checkpoint(given.nodes[0].db, DB_EMPTY);
		failed = disk_has_failed();
		disk_mend();
		CHECK_INT((long long)before, (long long)disk_digest(given.folder));
		house_restart(&given);
		CHECK_INT((long long)before, (long long)disk_digest(given.folder));
		check_verified(&given);
		house_end(&given);
	}
	house_end(&model);
}

/* ---- what others kept meanwhile ---- */

TEST(a_commit_that_fails_tells_what_others_kept_as_it_stands_without_it)
{
	struct given_house given;
	struct scene scene = prepare(&given);
	struct batch batch = {0};
	struct answer posted;
	bool was_told = false;

	house_add_node(&given);
	posted = ask(&given, scene.noa, "post.create",
		     "{\"circle\":\"forum\",\"text\":\"said elsewhere\",\"key\":\"9\"}");
	disk_fail(1, DISK_IOERR, false);
	batch_add(&given, &batch, scene.noa, "post.edit",
		  "{\"post\":\"%s\",\"rev\":1,\"text\":\"never kept\",\"key\":\"e\"}",
		  answer_text(&posted, "id"));
	batch_run(&given, 1, &batch);
	CHECK(disk_has_failed());
	disk_mend();
	check_refused_alike(&batch);
	house_look(&given, 1);
	for (size_t i = 0; i < given.nodes[1].told_count; i++) {
		CHECK(strstr(given.nodes[1].told[i].params, "never kept") == NULL);
		was_told = was_told || strstr(given.nodes[1].told[i].params, "said elsewhere");
	}
	CHECK(was_told);
	batch_end(&batch);
	answer_end(&posted);
	house_end(&given);
}

static enum err keep_half(struct keeper *keeper, struct change *change)
{
	enum err err = db_run(keeper_db(keeper), "DELETE FROM mark", "");

	(void)change;
	if (!err)
		err = db_run(keeper_db(keeper),
			     "INSERT INTO mark (person, circle, seq) VALUES (1, 1, 77)", "");
	return err ? err : ERR_INTERNAL;
}

TEST(a_change_that_fails_half_way_takes_nobody_with_it)
{
	struct given_house given;
	struct scene scene = prepare(&given);
	struct batch batch = {0};

	/* It says so, loudly. */
	log_set_level((enum log_level)(LOG_ERROR + 1));
	for (int i = 0; i < 3; i++)
		batch_add(&given, &batch, i == 2 ? scene.omer : scene.noa, "post.create",
			  "{\"circle\":\"forum\",\"text\":\"a word %d\",\"key\":\"b%d\"}", i, i);
	batch.calls[1]->change.keep = keep_half;
	batch_run(&given, 0, &batch);
	log_set_level(LOG_ERROR);
	CHECK_OK(batch.err);
	CHECK_OK(batch.calls[0]->err);
	CHECK_ERR(ERR_INTERNAL, batch.calls[1]->err);
	CHECK_OK(batch.calls[2]->err);
	CHECK_INT(0, disk_number(given.folder, "SELECT count(*) FROM mark WHERE seq = 77"));
	CHECK_INT(1, disk_number(given.folder, "SELECT count(*) FROM post WHERE text = 'a word 0'"));
	CHECK_INT(0, disk_number(given.folder, "SELECT count(*) FROM post WHERE text = 'a word 1'"));
	CHECK_INT(1, disk_number(given.folder, "SELECT count(*) FROM post WHERE text = 'a word 2'"));
	check_verified(&given);
	batch_end(&batch);
	house_end(&given);
}

/* ---- the index of words ---- */

static enum err look_for(struct given_house *given, const char *word, int *count)
{
	struct search_wish wish = {.query = word, .query_bytes = strlen(word), .limit = 20};
	struct search_found found = {0};
	enum err err;

	CHECK_OK(circle_find(given->reader, "forum", &wish.circle));
	err = search_query(given->search, given->reader, &wish, &found);
	*count = found.count;
	return err;
}

TEST(whatever_write_of_the_index_fails_the_next_try_finds_everything)
{
	struct given_house model, given;
	bool failed = true;

	prepare(&model);
	log_set_level((enum log_level)(LOG_ERROR + 1));
	for (int nth = 1; failed; nth++) {
		struct why why = {""};
		enum err asked = ERR_BUSY;
		bool more = true;
		int count = 0;

		CHECK(nth < NTH_MOST);
		house_begin_on(&given, PROJECT_ROOT, no_limits, model.folder, false);
		disk_fail(nth, (enum disk_fault)(nth % DISK_FAULTS), nth % 2);
		if (search_open(given.folder, &why, &given.search) == ERR_NONE &&
		    search_step(given.search, &more) != ERR_NONE)
			more = true;
		failed = disk_has_failed();
		disk_mend();
		if (given.search)
			asked = look_for(&given, "first", &count);
		CHECK(asked == ERR_NONE || asked == ERR_BUSY);
		if (!given.search || nth % 3 == 0) {
			search_close(&given.search);
			CHECK_OK(search_open(given.folder, &why, &given.search));
		}
		for (int i = 0; i < 20 && more; i++)
			if (search_step(given.search, &more) != ERR_NONE)
				more = true;
		CHECK(!more);
		CHECK_OK(look_for(&given, "first", &count));
		CHECK_INT(1, count);
		CHECK_OK(look_for(&given, "idiot", &count));
		CHECK_INT(0, count);
		house_end(&given);
	}
	log_set_level(LOG_ERROR);
	house_end(&model);
}

/* A declaration goes in whole, or the old one stands. */
TEST(whatever_write_of_a_new_charter_fails_the_old_or_the_new_one_is_in_force)
{
	struct given_house model, given;
	bool failed = true;

	prepare(&model);
	for (int nth = 1; failed; nth++) {
		uint64_t before;
		enum err err;

		CHECK(nth < NTH_MOST);
		house_begin_on(&given, PROJECT_ROOT, no_limits, model.folder, false);
		before = disk_digest(given.folder);
		disk_fail(nth, (enum disk_fault)(nth % DISK_FAULTS), false);
		err = house_apply(&given, 0, 2);
		failed = disk_has_failed();
		disk_mend();
		if (err) {
			CHECK_ERR(ERR_STORAGE, err);
			CHECK_INT((long long)before, (long long)disk_digest(given.folder));
			CHECK_OK(house_apply(&given, 0, 2));
		}
		CHECK_INT(2, disk_number(given.folder, "SELECT charter_version FROM process"));
		CHECK_INT(2, disk_number(given.folder, "SELECT count(*) FROM charter"));
		check_verified(&given);
		house_end(&given);
	}
	house_end(&model);
}

/* The very first start: the next one finds nothing, or what it can use. */
TEST(whatever_write_of_the_first_start_fails_the_next_start_succeeds)
{
	bool failed = true;

	disk_insert();
	for (int nth = 1; failed; nth++) {
		char folder[] = "/tmp/maagal-ring-XXXXXX";
		struct store_settings settings = {.data = folder};
		struct why why = {""};
		struct store *store = NULL;

		CHECK(nth < NTH_MOST);
		assert_non_null(mkdtemp(folder));
		disk_fail(nth, (enum disk_fault)(nth % DISK_FAULTS), nth % 2);
		if (store_open(&settings, &why, &store) != ERR_NONE)
			CHECK(why.text[0] != '\0');
		failed = disk_has_failed();
		store_close(&store);
		disk_mend();
		if (store_open(&settings, &why, &store) != ERR_NONE) {
			print_error("after write %d failed: %s\n", nth, why.text);
			fail();
		}
		store_close(&store);
		disk_remove(folder);
	}
}

RUN(cmocka_unit_test(a_change_that_fails_half_way_takes_nobody_with_it),
    cmocka_unit_test(a_commit_that_fails_tells_what_others_kept_as_it_stands_without_it),
    cmocka_unit_test(whatever_write_of_a_checkpoint_fails_nothing_is_lost),
    cmocka_unit_test(whatever_write_of_a_new_charter_fails_the_old_or_the_new_one_is_in_force),
    cmocka_unit_test(whatever_write_of_the_first_start_fails_the_next_start_succeeds),
    cmocka_unit_test(whatever_write_of_the_index_fails_the_next_try_finds_everything),
    cmocka_unit_test(whatever_write_of_whatever_change_fails_nothing_is_kept_by_half));
