/* presets.h: what a crisis may change, in a few grades, as data: config/presets.json. Loaded once,
 * read-only from then on: any thread. */
#pragma once

#include <jansson.h>

#include "base/err.h"
#include "store/circles.h"

enum freeze {
	FREEZE_NOTHING,
	FREEZE_TENSE,  /* the threads that moderators have been alerted to */
	FREEZE_ACTIVE, /* all in which somebody wrote within the hour */
};

struct preset {
	char id[16], policy[16], then[16]; /* policy "": the circle's own; then "": it ends */
	int64_t pace;                      /* 0: the circle's own */
	enum doorway door;                 /* DOOR_OPEN: the circle's own */
	enum freeze freeze;
	int64_t share; /* per cent of the time that it lasts before `then` takes over */
};

struct presets;

/* Reads DIR/presets.json. ERR_BAD_PARAMS, and a sentence in `why`, if it cannot be used. */
MUST_CHECK enum err presets_load(const char *dir, struct why *why, struct presets **out);
void presets_free(struct presets **presets);

/* NULL if there is none of that name; `presets` may be NULL. */
const struct preset *presets_find(const struct presets *presets, const char *id);
/* The one that engages by itself: the first in the file. NULL if there is none. */
const struct preset *presets_mildest(const struct presets *presets);
/* [{"id","title","text","pace"?,"door"?,"policy"?,"freeze"?,"then"?}] in that language. */
json_t *presets_json(const struct presets *presets, const char *lang);
