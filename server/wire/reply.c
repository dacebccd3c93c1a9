/* reply.c: what goes out, as text of one message; see reply.h. Pure. */
#include "wire/reply.h"

#include <string.h>

static const char begins[] = "{\"jsonrpc\":\"2.0\",\"id\":", middle[] = ",\"result\":";

size_t reply_result_bytes(const char *id, size_t result_bytes)
{
	return sizeof begins - 1 + strlen(id) + sizeof middle - 1 + result_bytes + 1;
}

void reply_result(char *to, const char *id, const char *result, size_t bytes)
{
	to = mempcpy(to, begins, sizeof begins - 1);
	to = mempcpy(to, id, strlen(id));
	to = mempcpy(to, middle, sizeof middle - 1);
	to = mempcpy(to, result, bytes);
	*to = '}';
}

void reply_error(struct buf *out, const char *id, const struct reply_error *error)
{
	const char *name = err_name(error->err);

	buf_text(out, begins);
	buf_text(out, id);
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
