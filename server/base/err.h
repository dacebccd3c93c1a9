/* err.h: everything that can go wrong, as one table. A row is what the house knows of an error:
 * its name inside, its name on the wire (`error.data.name`), its JSON-RPC code, and whether the
 * same call may succeed if tried again. The sentence for a person comes from the catalogues in
 * config/texts, under the key "error.<wire name>". */
#pragma once

#include <stdbool.h>

#define MUST_CHECK __attribute__((warn_unused_result))

#define ERR_LIST(X) \
	/* code                      on the wire             JSON-RPC   may try again */ \
	X(ERR_BAD_PARAMS,            "invalid_params",       -32602,    false) \
	X(ERR_BAD_REQUEST,           "invalid_request",      -32600,    false) \
	X(ERR_BUSY,                  "busy",                 -32012,    true) \
	X(ERR_CHARTER_NOT_ACCEPTED,  "charter_not_accepted", -32003,    false) \
	X(ERR_CIRCLE_CLOSED,         "circle_closed",        -32004,    false) \
	X(ERR_FORBIDDEN,             "forbidden",            -32002,    false) \
	X(ERR_INTERNAL,              "internal_error",       -32603,    true) \
	X(ERR_KEY_REUSED,            "key_reused",           -32010,    false) \
	X(ERR_METHOD_NOT_FOUND,      "method_not_found",     -32601,    false) \
	X(ERR_NOT_FOUND,             "not_found",            -32001,    false) \
	X(ERR_NO_MEMORY,             "busy",                 -32012,    true) \
	X(ERR_PARSE,                 "parse_error",          -32700,    false) \
	X(ERR_POSITION_LOST,         "position_lost",        -32011,    false) \
	X(ERR_SANCTIONED,            "sanctioned",           -32006,    false) \
	X(ERR_STALE,                 "stale",                -32009,    false) \
	X(ERR_STORAGE,               "storage_unavailable",  -32013,    true) \
	X(ERR_THREAD_FROZEN,         "thread_frozen",        -32005,    false) \
	X(ERR_TOO_FAST,              "too_fast",             -32007,    true) \
	X(ERR_TOO_LARGE,             "too_large",            -32008,    false) \
	X(ERR_UNAUTHORISED,          "unauthorised",         -32000,    false)

enum err {
	ERR_NONE = 0,
#define X(code, name, number, retry) code,
	ERR_LIST(X)
#undef X
	ERR_COUNT
};

/* What the wire says of `err`. ERR_NONE has no name; asking is our bug. */
const char *err_name(enum err err);
int err_number(enum err err);
bool err_may_retry(enum err err);

/* A sentence for a person who runs the program (settings, rules, files): what is wrong and what to
 * mend. Always terminated; cut if too long. `why` may be NULL everywhere: nobody asks. */
struct why {
	char text[512];
};
void why_set(struct why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));
