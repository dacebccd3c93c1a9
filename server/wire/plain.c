/* plain.c: see plain.h. */
#include "wire/plain.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MEMBERS_MOST = 16, DIGITS_MOST = 15, ID_MOST = 256 };

struct span {
	const char *at;
	size_t bytes;
};

struct scan {
	const char *at, *end;
};

static void skip_blanks(struct scan *scan)
{
	while (scan->at < scan->end &&
		   (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\t' || *scan->at == '\r'))
		scan->at++;
}

static bool is_next(struct scan *scan, char wanted)
{
	skip_blanks(scan);
	if (scan->at == scan->end || *scan->at != wanted)
		return false;
	scan->at++;
	return true;
}

/* What stands between the quotes. */
static bool read_string(struct scan *scan, struct span *out)
{
	const char *at;

	if (!is_next(scan, '"'))
		return false;
	for (at = scan->at; at < scan->end && *at != '"'; at++)
		if ((unsigned char)*at < 0x20 || *at == '\\')
			return false;
	if (at == scan->end)
		return false;
	*out = (struct span){scan->at, (size_t)(at - scan->at)};
	scan->at = at + 1;
	return true;
}

/* As JSON writes it: no zero in front, and nothing behind that would make it a fraction. */
static bool read_integer(struct scan *scan, struct span *written, int64_t *out)
{
	const char *at = scan->at;
	bool is_negative = at < scan->end && *at == '-';
	const char *digits = at + is_negative;

	*out = 0;
	for (at = digits; at < scan->end && *at >= '0' && *at <= '9'; at++) {
		if (at - digits == DIGITS_MOST)
			return false;
		*out = *out * 10 + (*at - '0');
	}
	if (at == digits || (*digits == '0' && (at - digits > 1 || is_negative)) || at == scan->end ||
		*at == '.' || *at == 'e' || *at == 'E')
		return false;
	*written = (struct span){scan->at, (size_t)(at - scan->at)};
	*out = is_negative ? -*out : *out;
	scan->at = at;
	return true;
}

static bool is_word(struct scan *scan, const char *word)
{
	size_t bytes = strlen(word);

	if ((size_t)(scan->end - scan->at) < bytes || memcmp(scan->at, word, bytes) != 0)
		return false;
	scan->at += bytes;
	return true;
}

/* A key and its colon, unless it stood there before. */
static bool read_key(struct scan *scan, struct span *keys, size_t count)
{
	struct span *key = &keys[count];

	if (!read_string(scan, key) || !is_next(scan, ':'))
		return false;
	for (size_t i = 0; i < count; i++)
		if (keys[i].bytes == key->bytes && memcmp(keys[i].at, key->at, key->bytes) == 0)
			return false;
	return true;
}

static json_t *read_object(struct scan *scan, bool is_inner);

/* A string, an integer, true, false, null or, at the first depth, an object of such; NULL if it is
 * anything else. */
static json_t *read_value(struct scan *scan, bool is_inner)
{
	struct span text;
	int64_t number;

	skip_blanks(scan);
	if (scan->at == scan->end)
		return NULL;
	switch (*scan->at) {
	case '"':
		return read_string(scan, &text) ? json_stringn_nocheck(text.at, text.bytes) : NULL;
	case 't': return is_word(scan, "true") ? json_true() : NULL;
	case 'f': return is_word(scan, "false") ? json_false() : NULL;
	case 'n': return is_word(scan, "null") ? json_null() : NULL;
	case '{': return is_inner ? NULL : read_object(scan, true);
	default: return read_integer(scan, &text, &number) ? json_integer(number) : NULL;
	}
}

static bool read_members(struct scan *scan, bool is_inner, json_t *object)
{
	struct span keys[MEMBERS_MOST];
	size_t count = 0;

	if (!is_next(scan, '{'))
		return false;
	if (is_next(scan, '}'))
		return true;
	do {
		json_t *value;

		if (count == MEMBERS_MOST || !read_key(scan, keys, count))
			return false;
		value = read_value(scan, is_inner);
		/* Takes the value also when it fails. */
		if (!value ||
			json_object_setn_new_nocheck(object, keys[count].at, keys[count].bytes, value))
			return false;
		count++;
	} while (is_next(scan, ','));
	return is_next(scan, '}');
}

static json_t *read_object(struct scan *scan, bool is_inner)
{
	json_t *object = json_object();

	if (object && !read_members(scan, is_inner, object)) {
		json_decref(object);
		object = NULL;
	}
	return object;
}

static bool is_key(const struct span *key, const char *name)
{
	return key->bytes == strlen(name) && memcmp(key->at, name, key->bytes) == 0;
}

/* An id is kept as it was written. */
static bool read_id(struct scan *scan, struct request *out)
{
	struct span id;
	int64_t number;

	skip_blanks(scan);
	if (scan->at < scan->end && *scan->at == '"') {
		if (!read_string(scan, &id))
			return false;
		id = (struct span){id.at - 1, id.bytes + 2};
	} else if (!read_integer(scan, &id, &number)) {
		return false;
	}
	out->id = id.bytes <= ID_MOST ? strndup(id.at, id.bytes) : NULL;
	return out->id;
}

static bool read_member(struct scan *scan, const struct span *key, struct request *out,
						bool *is_version_2)
{
	struct span text;

	if (is_key(key, "params"))
		return read_members(scan, false, out->params);
	if (is_key(key, "id"))
		return read_id(scan, out);
	if (is_key(key, "method") && read_string(scan, &text)) {
		out->method = strndup(text.at, text.bytes);
		return out->method;
	}
	*is_version_2 = is_key(key, "jsonrpc") && read_string(scan, &text) && is_key(&text, "2.0");
	return *is_version_2;
}

static bool read_message(struct scan *scan, struct request *out)
{
	struct span keys[4];
	size_t count = 0;
	bool is_version_2 = false;

	if (!is_next(scan, '{'))
		return false;
	do {
		if (count == sizeof keys / sizeof *keys || !read_key(scan, keys, count) ||
			!read_member(scan, &keys[count], out, &is_version_2))
			return false;
		count++;
	} while (is_next(scan, ','));
	if (!is_next(scan, '}') || !is_version_2 || !out->method)
		return false;
	skip_blanks(scan);
	return scan->at == scan->end;
}

bool request_read_plain(const char *bytes, size_t count, struct request *out)
{
	struct scan scan = {bytes, bytes + count};

	*out = (struct request){.params = json_object()};
	if (out->params && read_message(&scan, out))
		return true;
	request_fini(out);
	return false;
}
