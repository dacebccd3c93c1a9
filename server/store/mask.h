/* mask.h: a name that goes with its person is taken out of what moderators wrote about others, or
 * about nobody: masked as words in a post are. */
#pragma once

#include "store/keeper.h"

/* What stands in a name's place. */
#define NAME_MASK "███"

/* Inside the commit, before the name is blanked: in the circles where this person was, every name
 * that they had there. A name that somebody else has there as well points at nobody and stays; with
 * the tag behind it, it goes. */
MUST_CHECK enum err mask_person(struct keeper *keeper, int64_t person);

/* `text` with the name masked where it stands as a word, behind Hebrew and Arabic prefixes as well.
 * `is_json`: the name and the text are written as inside a JSON string. False: it does not stand
 * there. */
bool mask_text(const char *text, size_t bytes, const char *name, bool is_json, struct buf *out);
