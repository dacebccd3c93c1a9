/* name.h: the name that somebody gives themselves: fit to show, and nobody else's face. */
#pragma once

#include "calls/call.h"

/* What the house or its moderators are called, in any language, and nobody else. Read-only. */
struct reserved_names;
MUST_CHECK enum err reserved_names_new(const struct texts *texts, struct reserved_names **out);
void reserved_names_free(struct reserved_names **names);

/* Hub thread: is `name`, if given, fit to show? Says what is wrong with it. */
enum err check_name(struct call *call);

/* Inside the commit: may `person` (0: a new guest) call themselves so? A guest has a tag, by which
 * namesakes are told apart, so that any honest name will do. A member has none. */
enum err name_admit(struct call *call, struct keeper *keeper, const char *name,
					const struct person *person);
