/* reply.c: what goes out, as text of one message; see reply.h. Pure. */
#include "wire/reply.h"

#include <string.h>

static void reply_begin(struct buf *out, const char *id)
{
	buf_text(out, "{\"jsonrpc\":\"2.0\",\"id\":");
	buf_text(out, id);
}

void reply_result(struct buf *out, const char *id, const char *result, size_t bytes)
{
	reply_begin(out, id);
	buf_text(out, ",\"result\":");
	buf_add(out, result, bytes);
	buf_text(out, "}");
}

void reply_error(struct buf *out, const char *id, const struct reply_error *error)
{
	const char *name = err_name(error->err);

	reply_begin(out, id);
	buf_text(out, ",\"error\":{\"code\":");
	buf_int(out, err_number(error->err));
	buf_text(out, ",\"message\":");
	buf_json(out, error->message, strlen(error->message));
	buf_text(out, ",\"data\":{\"name\":");
	buf_json(out, name, strlen(name));
	buf_text(out, ",\"retry\":");
	buf_text(out, err_may_retry(error->err) ? "true" : "false");
	if (error->retry_ms > 0) {
		buf_text(out, ",\"retry_ms\":");
		buf_int(out, error->retry_ms);
	}
	if (error->data && *error->data) {
		buf_text(out, ",");
		buf_text(out, error->data);
	}
	buf_text(out, "}}}");
}

void reply_notification(struct buf *out, const char *method, const char *params, size_t bytes)
{
	buf_text(out, "{\"jsonrpc\":\"2.0\",\"method\":");
	buf_json(out, method, strlen(method));
	buf_text(out, ",\"params\":");
	buf_add(out, params, bytes);
	buf_text(out, "}");
}
