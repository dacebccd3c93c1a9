/* judge.c: runs the filters on its own threads. Each thread is a worker with scratch memory of its
 * own; which one a text goes to follows from its circle, so order within a circle holds. */
#include "judge/judge.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/worker.h"

static const int64_t bounds_us[JUDGE_CLASSES] = {10,  25,   50,	  100,	 250,
						 500, 1000, 2500, 10000, 100000};

enum { TOGETHER_US = 1000 };

struct bench {
	struct judge *judge;
	struct worker *worker;
	struct scratch *scratch;
};

struct judge {
	_Atomic uint64_t texts, failed, us_total, classes[JUDGE_CLASSES + 1];
	int count;
	struct bench benches[];
};

static void note(struct judge *judge, int64_t took_us, bool failed)
{
	int i = 0;

	while (i < JUDGE_CLASSES && took_us > bounds_us[i])
		i++;
	atomic_fetch_add_explicit(&judge->texts, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&judge->classes[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&judge->us_total, (uint64_t)took_us, memory_order_relaxed);
	if (failed)
		atomic_fetch_add_explicit(&judge->failed, 1, memory_order_relaxed);
}

static void judge_case(struct bench *bench, struct case_ *waiting)
{
	int64_t began_us = clock_steady_us();
	struct judged *judged = waiting->judged;
	enum err err = pipeline_judge(waiting->ruleset, bench->scratch, waiting->policy,
				      waiting->lang, waiting->text, waiting->bytes, judged);

	/* In doubt, ask a person: what could not be judged is held, never lost. */
	if (err) {
		judged->failed = true;
		judged->action = ACTION_HOLD;
		log_error("judge.failed", "%s", err_name(err));
	}
	note(bench->judge, clock_steady_us() - began_us, judged->failed);
}

static void hand_back(void **items, size_t from, size_t end)
{
	for (; from < end; from++) {
		struct case_ *judged = items[from];

		judged->judged_back(judged);
	}
}

/* What came together goes on together, or the store would commit the first alone and the others
 * after it; but nobody waits longer than TOGETHER_US for those behind. */
static void judge_cases(void *owner, void **items, size_t count)
{
	int64_t began_us = clock_steady_us();
	size_t back = 0;

	for (size_t i = 0; i < count; i++) {
		judge_case(owner, items[i]);
		if (clock_steady_us() - began_us < TOGETHER_US)
			continue;
		hand_back(items, back, i + 1);
		back = i + 1;
		began_us = clock_steady_us();
	}
	hand_back(items, back, count);
}

static enum err bench_start(struct bench *bench, int number, size_t inbox_most)
{
	char name[16];
	struct worker_role role = {
		.name = name,
		.capacity = inbox_most,
		.handle = judge_cases,
		.idle_ms = -1,
		.owner = bench,
	};
	enum err err;

	snprintf(name, sizeof name, "judge %d", number % 1000);
	bench->scratch = scratch_new();
	err = bench->scratch ? worker_new(&role, &bench->worker) : ERR_NO_MEMORY;
	return err ? err : worker_start(bench->worker);
}

enum err judge_start(int threads, size_t inbox_most, struct judge **out)
{
	struct judge *judge = calloc(1, sizeof *judge + (size_t)threads * sizeof judge->benches[0]);
	enum err err = judge ? ERR_NONE : ERR_NO_MEMORY;

	for (int i = 0; i < threads && !err; i++) {
		judge->benches[i].judge = judge;
		judge->count = i + 1;
		err = bench_start(&judge->benches[i], i, inbox_most);
	}
	if (err)
		judge_stop(&judge);
	*out = judge;
	return err;
}

void judge_stop(struct judge **judge)
{
	struct judge *mine = *judge;

	*judge = NULL;
	if (!mine)
		return;
	for (int i = 0; i < mine->count; i++) {
		worker_free(&mine->benches[i].worker);
		scratch_free(&mine->benches[i].scratch);
	}
	free(mine);
}

enum err judge_push(struct judge *judge, uint64_t order, struct case_ *waiting)
{
	void *item = waiting;
	struct bench *bench = &judge->benches[order % (uint64_t)judge->count];

	return worker_push(bench->worker, &item) ? ERR_NONE : ERR_BUSY;
}

size_t judge_depth(const struct judge *judge)
{
	size_t depth = 0;

	for (int i = 0; i < judge->count; i++)
		depth += worker_depth(judge->benches[i].worker);
	return depth;
}

void judge_read_figures(const struct judge *judge, struct judge_figures *out)
{
	out->texts = atomic_load_explicit(&judge->texts, memory_order_relaxed);
	out->failed = atomic_load_explicit(&judge->failed, memory_order_relaxed);
	out->us_total = atomic_load_explicit(&judge->us_total, memory_order_relaxed);
	for (int i = 0; i <= JUDGE_CLASSES; i++)
		out->classes[i] = atomic_load_explicit(&judge->classes[i], memory_order_relaxed);
	memcpy(out->bounds_us, bounds_us, sizeof bounds_us);
}
