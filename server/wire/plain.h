/* plain.h: reads the requests that are nearly all traffic: an object of `jsonrpc`, `id`, `method`
 * and `params`, params with strings, small integers, true, false, null and objects of such, strings
 * without a backslash. It says no to everything else, right or wrong, and leaves it to the JSON
 * library: what it takes it reads as that would (tests/fuzz/fuzz_request.c compares), in a fifth of
 * the time. Pure. */
#pragma once

#include "wire/request.h"

/* `bytes` is valid UTF-8. False: not as plain as that, or no memory; *out is zeroed then. */
bool request_read_plain(const char *bytes, size_t count, struct request *out);
