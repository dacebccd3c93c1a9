/* name.h: the name that somebody gives themselves: fit to show, and nobody else's face. */
#pragma once

#include "calls/call.h"

/* Hub thread: is `name`, if given, fit to show? Says what is wrong with it. */
enum err check_name(struct call *call);

/* Inside the commit: may `person` (0: a new guest) call themselves so? A guest has a tag, by which
 * namesakes are told apart, so that any honest name will do. A member has none. */
enum err name_admit(struct call *call, struct keeper *keeper, const char *name,
					const struct person *person);
