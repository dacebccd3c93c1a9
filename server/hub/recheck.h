/* recheck.h: somebody's standing has changed: may those who are here stay? Their seats are given
 * nothing until the store has been asked. Owned by the hub's thread; the store is read on a
 * reader's. */
#pragma once

#include "hub/fanout.h"

/* `event` touches a person's standing, or a person, device or process. To be called as it is
 * applied, before anything is handed round. */
void recheck_event(struct fanout *fanout, const struct kept *event);
/* A reading has come back: true (and taken) if it was one of these. */
bool recheck_was_read(struct fanout *fanout, struct reading *reading);
