/* sweep.h: what nobody needs any more goes by itself: devices that are long past their time, and
 * guests who came, said nothing, left no trace and can not come back. Inside a commit. */
#pragma once

#include "calls/call.h"

/* Looks at a few people, anywhere. */
enum err sweep_some(struct call *call, struct keeper *keeper);
