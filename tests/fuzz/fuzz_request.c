/* fuzz_request.c: whatever a client sends, the parser ends with a request or an error, and an error
 * can always be answered. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "wire/plain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* What is read the short way is read the same the long way. */
static void compare(const char *text, size_t bytes)
{
	struct request plain, any;

	if (!request_read_plain(text, bytes, &plain))
		return;
	if (request_read_any(text, bytes, &any) != ERR_NONE)
		abort();
	if (!plain.id != !any.id || (plain.id && strcmp(plain.id, any.id) != 0) ||
		strcmp(plain.method, any.method) != 0 || !json_equal(plain.params, any.params))
		abort();
	request_fini(&plain);
	request_fini(&any);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct request request;
	char *text;
	enum err err;

	/* The door lets nothing else through. */
	if (bytes > 65536 || !utf8_valid((const char *)data, bytes))
		return 0;
	text = malloc(bytes + 1);
	if (!text)
		return 0;
	memcpy(text, data, bytes);
	text[bytes] = '\0';
	compare(text, bytes);
	err = request_parse(text, bytes, &request);
	if (!err && (!request.method || !json_is_object(request.params)))
		abort();
	if (err && err != ERR_BAD_PARAMS && !request.id)
		abort();
	if (request.id) {
		json_t *id = json_loads(request.id, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);

		if (!json_is_string(id) && !json_is_number(id) && !json_is_null(id))
			abort();
		json_decref(id);
	}
	request_fini(&request);
	free(text);
	return 0;
}
