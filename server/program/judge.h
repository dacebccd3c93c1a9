/* judge.h: what `maagal judge` does with a data folder: says how good its forecasts were, and what
 * other rules would make of what was written. Both only read, a few hundred rows at a time, so that
 * servers on the folder are not kept from tidying up. */
#pragma once

#include <stdbool.h>

#include "config.h"

struct history_wish {
	const char *data;
	const char *circle;  /* NULL: all */
	const char *against; /* the rules to try; --replay alone */
	const struct config *config;
	bool json;
	bool text;           /* shows the words; --replay alone */
};

/* Both return the program's exit status. */
int judge_evaluate(const struct history_wish *wish);
int judge_replay(const struct history_wish *wish);

enum { BATCH = 512, PROGRESS_MS = 3000 };

/* Says on stderr how far it is, every few seconds. */
struct progress {
	int64_t done, total, said_at;
};
void progress_step(struct progress *progress, const char *what);
