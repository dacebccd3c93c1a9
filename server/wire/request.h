/* request.h: one frame in, one JSON-RPC 2.0 request or notification out. Pure. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Owned members; request_fini() accepts a zeroed struct. */
struct request {
	char *id;        /* the id as JSON text, to be echoed exactly; NULL: a notification */
	char *method;
	json_t *params;  /* an object, {} if absent */
};
void request_fini(struct request *request);

/* `bytes` is one text message: valid UTF-8, at most 64 KiB. ERR_PARSE: no JSON (duplicate keys,
 * lone surrogates, U+0000 and too deep nesting included). ERR_BAD_REQUEST: JSON, but no request
 * of ours (batches, other versions, a method that is no string, ids that are no string, number
 * or null, positional params: the latter ERR_BAD_PARAMS). On error out->id holds the id if one
 * was readable, and otherwise "null" (JSON-RPC 2.0, section 5), so that the answer can say to
 * what; NULL for a notification with positional params, which is not answered. */
MUST_CHECK enum err request_parse(const char *bytes, size_t count, struct request *out);
/* The same by the JSON library alone, for comparison. */
MUST_CHECK enum err request_read_any(const char *bytes, size_t count, struct request *out);
