/* nudge.h: "send it anyway": a value that shows that this author was shown this text's nudge in
 * this circle, within the last minutes. Nothing is stored: it is signed. */
#pragma once

#include "calls/call.h"

enum { NUDGE_TEXT = 64 };

void nudge_make(struct keeper *keeper, int64_t person, int64_t circle, const char *text,
				int64_t minutes, char out[NUDGE_TEXT]);
bool nudge_is_good(struct keeper *keeper, int64_t person, int64_t circle, const char *text,
				   const char *nudge);
