/* mask.h: a name that goes with its person is taken out of what moderators wrote about others, or
 * about nobody: masked as words in a post are. */
#pragma once

#include "store/keeper.h"

/* What stands in a name's place. */
#define NAME_MASK "███"

/* Inside the commit, before the name is blanked: notes what it was, and the circles where this
 * person was. Every name that they had goes there. A name that somebody else has there as well
 * points at nobody and stays; with the tag behind it, it goes. */
MUST_CHECK enum err mask_begin(struct keeper *keeper, int64_t person);

/* Some of it, in a commit of its own, until *is_done. There may be a million rows to look through:
 * how far it came is remembered, but not beyond a restart. */
MUST_CHECK enum err mask_step(struct keeper *keeper, int64_t person, bool *is_done);

/* What has come meanwhile, and the name is noted no more. */
MUST_CHECK enum err mask_end(struct keeper *keeper, int64_t person);

/* Those at work, of one keeper. */
struct masks *masks_new(void); /* NULL only without memory */
void masks_free(struct masks **masks);
/* A commit failed: begin anew. */
void masks_drop(struct masks *masks);

/* `text` with the name masked where it stands as a word, behind Hebrew and Arabic prefixes as well.
 * `is_json`: the name and the text are written as inside a JSON string. False: it does not stand
 * there. */
bool mask_text(const char *text, size_t bytes, const char *name, bool is_json, struct buf *out);

/* The same in members of a JSON text in which people write (`name` is written as inside a JSON
 * string); everything else stays, also where it reads like the name, and so does a reason that is
 * only a code. with_facts: also the reason that a statement's facts quote. */
bool mask_json(const char *json, size_t bytes, const char *name, bool with_facts, struct buf *out);
