/* crisis.h: a crisis as one switch: a preset that lies over what a circle was told by hand, steps
 * down by itself and ends by itself, and leaves a record. Whatever a hand sets meanwhile is the
 * hand's: it holds at once, and stays. Inside the commit. */
#pragma once

#include "calls/call.h"
#include "calls/presets.h"

/* Begins, or changes to another preset. by: 0: the machine. Refuses before it writes. */
MUST_CHECK enum err crisis_begin(struct call *call, struct keeper *keeper, struct circle *circle,
								 const struct preset *preset, int64_t until, const char *reason,
								 int64_t by);
/* Somebody at the desk has set this ("pace" or "door") by hand: from now on it is not the crisis's.
 * Call before the circle's own event is appended; refreshes *circle. */
MUST_CHECK enum err crisis_leave_knob(struct keeper *keeper, struct circle *circle,
									  const char *knob);
/* The grave alert that nobody answered: the mildest preset, if the circle is in none; *preset is
 * its name, or NULL. */
MUST_CHECK enum err crisis_brake(struct call *call, struct keeper *keeper, int64_t circle,
								 const char **preset);
/* Crises whose time has come to step down or to end. */
MUST_CHECK enum err crisis_due(struct call *call, struct keeper *keeper);
