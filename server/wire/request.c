/* request.c: reads one JSON-RPC 2.0 message; see request.h. Pure. */
#include "wire/request.h"

#include <stdlib.h>
#include <string.h>

#include "wire/plain.h"

enum { ID_BYTES_MOST = 256 }; /* an answer has to carry it, and fit into a frame */

void request_fini(struct request *request)
{
	free(request->id);
	free(request->method);
	json_decref(request->params);
	memset(request, 0, sizeof *request);
}

/* The scanner below runs over text that jansson has accepted, so it need not judge it. It is there
 * because an id is echoed as it was written: 1.0, 1e2 and large numbers stay what they were. */

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t\n\r");
}

static const char *skip_string(const char *at)
{
	for (at++; *at != '"'; at++) {
		if (*at == '\\')
			at++;
	}
	return at + 1;
}

static const char *skip_value(const char *at)
{
	int depth = 0;

	do {
		if (*at == '"') {
			at = skip_string(at);
			continue;
		}
		if (*at == '{' || *at == '[')
			depth++;
		else if (*at == '}' || *at == ']')
			depth--;
		at++;
		/* A bare word or number goes on to whatever ends it. */
		if (depth == 0 && at[-1] != '}' && at[-1] != ']')
			at += strcspn(at, ",}] \t\n\r");
	} while (depth > 0);
	return at;
}

/* The value of the top-level member "id" as written; NULL if no key is spelt so plainly. */
static const char *find_id(const char *text, size_t *bytes)
{
	const char *at = skip_blanks(text) + 1;

	for (;;) {
		const char *key = skip_blanks(at);
		const char *value;

		if (*key != '"')
			return NULL;
		at = skip_string(key);
		value = skip_blanks(skip_blanks(at) + 1);
		at = skip_value(value);
		if (!strncmp(key, "\"id\"", 4)) {
			*bytes = (size_t)(at - value);
			return value;
		}
		at = skip_blanks(at);
		if (*at != ',')
			return NULL;
		at++;
	}
}

static enum err read_id(const char *text, const json_t *message, struct request *out)
{
	const json_t *id = json_object_get(message, "id");
	const char *written;
	size_t bytes = 0;

	if (!id)
		return ERR_NONE;
	if (!json_is_string(id) && !json_is_number(id) && !json_is_null(id))
		return ERR_BAD_REQUEST;
	written = find_id(text, &bytes);
	out->id = written ? strndup(written, bytes)
			  : json_dumps(id, JSON_ENCODE_ANY | JSON_COMPACT);
	if (!out->id)
		return ERR_NO_MEMORY;
	if (strlen(out->id) <= ID_BYTES_MOST)
		return ERR_NONE;
	free(out->id);
	out->id = NULL;
	return ERR_BAD_REQUEST;
}

static enum err read_members(json_t *message, struct request *out)
{
	const json_t *version = json_object_get(message, "jsonrpc");
	const json_t *method = json_object_get(message, "method");
	json_t *params = json_object_get(message, "params");

	if (!json_is_string(version) || strcmp(json_string_value(version), "2.0") != 0)
		return ERR_BAD_REQUEST;
	if (!json_is_string(method))
		return ERR_BAD_REQUEST;
	if (json_is_array(params))
		return ERR_BAD_PARAMS;
	if (params && !json_is_object(params))
		return ERR_BAD_REQUEST;
	out->method = strdup(json_string_value(method));
	out->params = params ? json_incref(params) : json_object();
	return out->method && out->params ? ERR_NONE : ERR_NO_MEMORY;
}

enum { LOAD_FLAGS = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY };

/* A large id (any 64 random bits) must not spoil the other numbers: they are read without it. */
static json_t *load_around_id(const char *bytes, size_t count)
{
	size_t id_bytes = 0;
	const char *id = find_id(bytes, &id_bytes);
	char *copy = id ? malloc(count) : NULL;
	json_t *message;

	if (!copy)
		return NULL;
	memcpy(copy, bytes, count);
	memset(copy + (id - bytes), '1', 1);
	memset(copy + (id - bytes) + 1, ' ', id_bytes - 1);
	message = json_loadb(copy, count, LOAD_FLAGS, NULL);
	free(copy);
	return message;
}

/* NULL if it is no JSON. Scalars are JSON too, though no request: the two errors differ. So are
 * integers beyond 64 bits, though no param of ours: they are read as what they come close to. */
static json_t *load(const char *bytes, size_t count)
{
	json_error_t error;
	json_t *message = json_loadb(bytes, count, LOAD_FLAGS, &error);
	json_t *better = NULL;

	if (message || json_error_code(&error) != json_error_numeric_overflow)
		return message;
	message = json_loadb(bytes, count, LOAD_FLAGS | JSON_DECODE_INT_AS_REAL, NULL);
	if (json_is_real(json_object_get(message, "id")))
		better = load_around_id(bytes, count);
	if (!better)
		return message;
	json_decref(message);
	return better;
}

enum err request_parse(const char *bytes, size_t count, struct request *out)
{
	return request_read_plain(bytes, count, out) ? ERR_NONE : request_read_any(bytes, count, out);
}

enum err request_read_any(const char *bytes, size_t count, struct request *out)
{
	json_t *message = load(bytes, count);
	enum err err = ERR_NONE;

	memset(out, 0, sizeof *out);
	if (!message)
		err = ERR_PARSE;
	else if (!json_is_object(message))
		err = ERR_BAD_REQUEST;
	if (!err)
		err = read_id(bytes, message, out);
	if (!err)
		err = read_members(message, out);
	/* What is a sound notification but for its params is not answered. */
	if (err && err != ERR_BAD_PARAMS && !out->id)
		out->id = strdup("null");
	json_decref(message);
	return err;
}
