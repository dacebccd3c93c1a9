/* reply.h: what goes out: answers, errors, notifications, as text of one message (without the
 * WebSocket header). Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* {"jsonrpc":"2.0","id":…,"result":…}; `id` and `result` are JSON text. How many bytes it takes,
 * and those bytes, not terminated: they are written where they are sent from. */
size_t reply_result_bytes(const char *id, size_t result_bytes);
void reply_result(char *to, const char *id, const char *result, size_t bytes);

struct reply_error {
	enum err err;
	const char *message;   /* the sentence, in the reader's language */
	int64_t retry_ms;      /* 0: not said */
	const char *data;      /* further members of `data`, JSON text without braces; NULL: none */
};
void reply_error(struct buf *out, const char *id, const struct reply_error *error);

/* {"jsonrpc":"2.0","method":M,"params":P} */
void reply_notification(struct buf *out, const char *method, const char *params, size_t bytes);
