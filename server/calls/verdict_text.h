/* verdict_text.h: what the filters said of a text, as stored beside it and as told its author. */
#pragma once

#include "calls/call.h"
#include "circle/admit.h"

/* {"ruleset":"…"[,"action","cause","incivility",
 * "findings":[{"symbol","rule","score","start","end"}]]}; the short form when nothing was found and
 * nothing is held. */
void verdict_write(const struct judged *judged, enum action action, enum hold_cause cause,
				   const struct ruleset *ruleset, struct buf *out);
/* [{"rule","symbol","explanation","start","end"},…] of a stored verdict, in `lang`. */
void reasons_write(const char *verdict, const struct ruleset *ruleset, const char *lang,
				   struct buf *out);
