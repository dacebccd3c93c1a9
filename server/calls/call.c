/* call.c: what all calls share: their life, their params, their answer; see call.h. */
#include "calls/call.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

struct call *call_new(const struct house *house, const struct call_row *row,
		      const struct asker *asker, struct request *request)
{
	struct call *call = calloc(1, sizeof *call);

	if (!call)
		return NULL;
	call->house = house;
	call->row = row;
	call->asker = *asker;
	call->request = *request;
	memset(request, 0, sizeof *request);
	call->change.is_urgent = row->urgent;
	return call;
}

void call_free(struct call **call)
{
	struct call *mine = *call;

	*call = NULL;
	if (!mine)
		return;
	free(mine->judged);
	free(mine->carried);
	ruleset_unref(&mine->ruleset);
	shared_unref(&mine->outcome.participant);
	shared_unref(&mine->outcome.common);
	buf_fini(&mine->result);
	buf_fini(&mine->error_data);
	request_fini(&mine->request);
	free(mine);
}

enum err call_refuse(struct call *call, enum err err, const char *detail)
{
	call->err = err;
	call->detail = detail;
	return err;
}

/* Wrong in a way for which there is no sentence of its own: it names the member. */
static enum err wrong_member(struct call *call, const char *name)
{
	call->member = name;
	return call_refuse(call, ERR_BAD_PARAMS, "member");
}

bool param_given(const struct call *call, const char *name)
{
	const json_t *value = json_object_get(call->request.params, name);

	return value && !json_is_null(value);
}

enum err param_string(struct call *call, const char *name, size_t least, size_t most,
		      const char **out)
{
	const json_t *value = json_object_get(call->request.params, name);
	size_t points;

	if (!json_is_string(value))
		return wrong_member(call, name);
	points = utf8_length(json_string_value(value), json_string_length(value));
	if (points < least || points > most)
		return wrong_member(call, name);
	*out = json_string_value(value);
	return ERR_NONE;
}

bool text_is_blank(const char *text)
{
	size_t bytes = strlen(text), at = 0;

	while (at < bytes) {
		uint32_t point = utf8_next(text, bytes, &at);

		if (!utf8_is_space(point) && !utf8_is_invisible_or_control(point))
			return false;
	}
	return true;
}

enum err param_text(struct call *call, const char *name, size_t most, const char **out)
{
	enum err err = param_string(call, name, 1, most, out);

	return !err && text_is_blank(*out) ? wrong_member(call, name) : err;
}

enum err param_text_optional(struct call *call, const char *name, size_t most, const char **out)
{
	return param_given(call, name) ? param_string(call, name, 0, most, out) : ERR_NONE;
}

enum err param_int(struct call *call, const char *name, int64_t least, int64_t most, int64_t *out)
{
	const json_t *value = json_object_get(call->request.params, name);

	if (!json_is_integer(value) || json_integer_value(value) < least ||
	    json_integer_value(value) > most)
		return wrong_member(call, name);
	*out = json_integer_value(value);
	return ERR_NONE;
}

enum err param_int_optional(struct call *call, const char *name, int64_t least, int64_t most,
			    int64_t *out)
{
	return param_given(call, name) ? param_int(call, name, least, most, out) : ERR_NONE;
}

static int append(const char *text, size_t bytes, void *out)
{
	buf_add(out, text, bytes);
	return buf_ok(out) ? 0 : -1;
}

enum err call_answer(struct call *call, json_t *result)
{
	bool failed = !result ||
		      json_dump_callback(result, append, &call->result, JSON_COMPACT) != 0;

	json_decref(result);
	return failed ? ERR_NO_MEMORY : ERR_NONE;
}
