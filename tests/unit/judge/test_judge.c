/* test_judge.c: texts of one circle keep their order, whatever fails is held, and what is under
 * way is finished before the judge ends. The filters are played by this file. */
#include "check.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "judge/judge.h"

enum { TEXTS = 400, CIRCLES = 5 };

/* ---- the filters, as played here: the text "fail" cannot be judged ---- */

struct scratch *scratch_new(void)
{
	return calloc(1, 1);
}

void scratch_free(struct scratch **scratch)
{
	free(*scratch);
	*scratch = NULL;
}

enum err pipeline_judge(const struct ruleset *ruleset, struct scratch *scratch, const char *policy,
			const char *lang, const char *text, size_t bytes, struct judged *out)
{
	(void)ruleset;
	(void)policy;
	(void)lang;
	memset(out, 0, sizeof *out);
	assert_non_null(scratch);
	return bytes == 4 && !memcmp(text, "fail", 4) ? ERR_BAD_PARAMS : ERR_NONE;
}

/* ---- who waits ---- */

struct waiting {
	struct case_ judging;
	struct judged judged;
	int circle, number;
};

static struct {
	pthread_mutex_t lock;
	int back, last[CIRCLES];
	bool is_ordered;
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void came_back(struct case_ *judging)
{
	struct waiting *waiting = (struct waiting *)judging;

	pthread_mutex_lock(&seen.lock);
	seen.is_ordered = seen.is_ordered && waiting->number > seen.last[waiting->circle];
	seen.last[waiting->circle] = waiting->number;
	seen.back++;
	pthread_mutex_unlock(&seen.lock);
}

static void given_texts(struct waiting *texts, const char *text)
{
	memset(texts, 0, TEXTS * sizeof *texts);
	memset(seen.last, 0, sizeof seen.last);
	seen.back = 0;
	seen.is_ordered = true;
	for (int i = 0; i < TEXTS; i++) {
		texts[i].circle = i % CIRCLES;
		texts[i].number = i + 1;
		texts[i].judging = (struct case_){.text = text,
						  .bytes = strlen(text),
						  .policy = "",
						  .lang = "",
						  .judged = &texts[i].judged,
						  .judged_back = came_back};
	}
}

TEST(texts_of_one_circle_keep_their_order_and_all_come_back)
{
	static struct waiting texts[TEXTS];
	struct judge *judge = NULL;

	given_texts(texts, "hello");
	CHECK_OK(judge_start(3, 0, &judge));
	for (int i = 0; i < TEXTS; i++)
		CHECK_OK(judge_push(judge, (uint64_t)texts[i].circle, &texts[i].judging));
	judge_stop(&judge);
	assert_null(judge);
	CHECK_INT(TEXTS, seen.back);
	CHECK(seen.is_ordered);
	CHECK(!texts[0].judged.failed);
}

TEST(what_cannot_be_judged_is_held_for_a_person)
{
	static struct waiting texts[TEXTS];
	struct judge *judge = NULL;

	given_texts(texts, "fail");
	CHECK_OK(judge_start(1, 0, &judge));
	CHECK_OK(judge_push(judge, 0, &texts[0].judging));
	judge_stop(&judge);
	CHECK_INT(1, seen.back);
	CHECK(texts[0].judged.failed);
	CHECK_INT(ACTION_HOLD, texts[0].judged.action);
}

TEST(what_was_judged_is_counted_by_the_time_it_took)
{
	static struct waiting texts[TEXTS];
	struct judge_figures figures;
	struct judge *judge = NULL;
	uint64_t counted = 0;

	given_texts(texts, "hello");
	texts[7].judging.text = "fail";
	texts[7].judging.bytes = 4;
	CHECK_OK(judge_start(2, 0, &judge));
	for (int i = 0; i < TEXTS; i++)
		CHECK_OK(judge_push(judge, (uint64_t)texts[i].circle, &texts[i].judging));
	do
		judge_read_figures(judge, &figures);
	while (figures.texts < TEXTS);
	judge_read_figures(judge, &figures);
	for (int i = 0; i <= JUDGE_CLASSES; i++)
		counted += figures.classes[i];
	CHECK_INT(TEXTS, counted);
	CHECK_INT(1, figures.failed);
	CHECK_INT(0, judge_depth(judge));
	judge_stop(&judge);
}

RUN(cmocka_unit_test(texts_of_one_circle_keep_their_order_and_all_come_back),
    cmocka_unit_test(what_cannot_be_judged_is_held_for_a_person),
    cmocka_unit_test(what_was_judged_is_counted_by_the_time_it_took));
