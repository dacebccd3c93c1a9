/* rulebook.h: the civility rules now in force. Asked by any thread; loaded anew on a thread of
 * its own, since that may take longer than the hub can wait. */
#pragma once

#include "base/err.h"
#include "filters/ruleset.h"

struct rulebook;

/* Takes *ruleset. `dir` is borrowed. */
MUST_CHECK enum err rulebook_new(const char *dir, struct ruleset **ruleset,
				 struct rulebook **out);
void rulebook_free(struct rulebook **book);
/* The rules in force, with a reference for the caller. Any thread. */
struct ruleset *rulebook_ruleset(struct rulebook *book);
/* Loads the folder again and puts it in force if it is sound; what is not sound is logged, and
 * the old rules stay. Returns at once; a wish that comes while one is under way is fulfilled
 * after it. */
void rulebook_reload(struct rulebook *book);
