/* due.h: what time itself decides: holds, sanctions and paces whose clock has run out. The hub puts
 * this change to the store every few seconds. */
#pragma once

#include "calls/call.h"

/* A call of no method, made by the house itself, to be kept like any change. NULL without memory.
 */
struct call *due_new(const struct house *house);
