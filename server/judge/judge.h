/* judge.h: the filters on threads of their own: text in, findings out, no state. Texts of one
 * circle always go to the same thread, so their order holds. A floor-4 folder: it knows no
 * calls. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "filters/pipeline.h"

struct judge;

/* A text to be judged; embedded by whoever waits. */
struct case_ {
	const char *text; /* borrowed until it is back */
	size_t bytes;
	const char *policy, *lang; /* borrowed */
	struct ruleset *ruleset;   /* borrowed */
	struct judged *judged;     /* filled in; on any failure `failed` is set: it is held */
	void (*judged_back)(struct case_ *case_); /* judge's thread */
	void *owner;               /* the waiting one's; the judge leaves it alone */
};

MUST_CHECK enum err judge_start(int threads, size_t inbox_most, struct judge **out);
void judge_stop(struct judge **judge);
/* `order`: cases of equal order stay in order. ERR_BUSY: too many wait. */
MUST_CHECK enum err judge_push(struct judge *judge, uint64_t order, struct case_ *case_);
size_t judge_depth(const struct judge *judge);

/* What the judge has done, for monitoring. Class i counts texts that took at most bounds_us[i];
 * the last all others. Any thread. */
enum { JUDGE_CLASSES = 10 };
struct judge_figures {
	uint64_t texts, failed, us_total, classes[JUDGE_CLASSES + 1];
	int64_t bounds_us[JUDGE_CLASSES];
};
void judge_read_figures(const struct judge *judge, struct judge_figures *out);
