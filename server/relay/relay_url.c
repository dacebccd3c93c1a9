/* relay_url.c: see relay_url.h. */
#include "relay/relay_url.h"

#include <stdlib.h>
#include <string.h>

enum { PORT = 6379, PORT_MOST = 65535, DATABASE_MOST = 65535 };

static bool has_prefix(const char **text, const char *prefix)
{
	size_t bytes = strlen(prefix);

	if (strncmp(*text, prefix, bytes) != 0)
		return false;
	*text += bytes;
	return true;
}

static bool copy(const char *from, size_t bytes, char to[RELAY_URL_TEXT])
{
	if (bytes >= RELAY_URL_TEXT)
		return false;
	memcpy(to, from, bytes);
	to[bytes] = '\0';
	return true;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* As copy(), "%41" read as "A". */
static bool copy_decoded(const char *from, size_t bytes, char to[RELAY_URL_TEXT])
{
	size_t n = 0;

	for (size_t i = 0; i < bytes && n < RELAY_URL_TEXT - 1; i++, n++) {
		to[n] = from[i];
		if (from[i] != '%')
			continue;
		if (i + 2 >= bytes || digit_of(from[i + 1]) < 0 || digit_of(from[i + 2]) < 0)
			return false;
		to[n] = (char)(digit_of(from[i + 1]) * 16 + digit_of(from[i + 2]));
		if (to[n] == '\0')
			return false;
		i += 2;
	}
	to[n] = '\0';
	return n < RELAY_URL_TEXT - 1;
}

/* Up to five digits and nothing else. */
static bool read_number(const char *from, size_t bytes, int most, int *out)
{
	int number = 0;

	if (bytes == 0 || bytes > 5)
		return false;
	for (size_t i = 0; i < bytes; i++) {
		if (from[i] < '0' || from[i] > '9')
			return false;
		number = number * 10 + (from[i] - '0');
	}
	*out = number;
	return number <= most;
}

/* "USER:PASSWORD@" at the start of what ends at `end`; moves *text behind it. The last @ counts:
 * a password may hold one. */
static bool read_credentials(const char **text, const char *end, struct relay_url *out)
{
	const char *at = memrchr(*text, '@', (size_t)(end - *text));
	const char *start = *text, *colon;

	if (!at)
		return true;
	*text = at + 1;
	colon = memchr(start, ':', (size_t)(at - start));
	if (!colon) /* as redis-cli reads it: a name without a password is none */
		return false;
	return copy_decoded(start, (size_t)(colon - start), out->user) &&
	       copy_decoded(colon + 1, (size_t)(at - colon - 1), out->password);
}

static bool read_socket(const char *text, struct relay_url *out)
{
	const char *query = strstr(text, "?db=");
	const char *path = text;
	const char *end = query ? query : text + strlen(text);

	if (has_prefix(&path, "//")) {
		const char *slash = strchr(path, '@');

		/* What comes before the path may hold an @, the path may as well. */
		slash = slash && *path != '/' ? strchr(slash, '/') : path;
		if (!slash || *slash != '/' || slash > end || !read_credentials(&path, slash, out))
			return false;
		path = slash;
	}
	if (query && !read_number(query + 4, strlen(query + 4), DATABASE_MOST, &out->database))
		return false;
	return path < end && copy(path, (size_t)(end - path), out->host);
}

static bool read_host(const char *text, const char *end, struct relay_url *out)
{
	const char *colon = memrchr(text, ':', (size_t)(end - text));
	const char *bracket;

	if (*text == '[') {
		bracket = memchr(text, ']', (size_t)(end - text));
		if (!bracket || (bracket + 1 != end && bracket[1] != ':'))
			return false;
		colon = bracket + 1 == end ? NULL : bracket + 1;
		if (colon && !read_number(colon + 1, (size_t)(end - colon - 1), PORT_MOST, &out->port))
			return false;
		return bracket > text + 1 &&
		       copy(text + 1, (size_t)(bracket - text - 1), out->host) && out->port > 0;
	}
	if (colon && !read_number(colon + 1, (size_t)(end - colon - 1), PORT_MOST, &out->port))
		return false;
	if (!colon)
		colon = end;
	if (memchr(text, ':', (size_t)(colon - text)) || colon == text)
		return false;
	return copy(text, (size_t)(colon - text), out->host) && out->port > 0;
}

static bool read_redis(const char *text, struct relay_url *out)
{
	const char *credentials_end = strrchr(text, '@');
	const char *end = strchr(credentials_end ? credentials_end : text, '/');
	size_t rest = end ? strlen(end) : 0;

	if (!end)
		end = text + strlen(text);
	if (rest > 1 && !read_number(end + 1, rest - 1, DATABASE_MOST, &out->database))
		return false;
	out->port = PORT;
	return read_credentials(&text, end, out) && read_host(text, end, out);
}

enum err relay_url_read(const char *text, struct relay_url *out, struct why *why)
{
	const char *rest = text;

	memset(out, 0, sizeof *out);
	if (has_prefix(&rest, "rediss:")) {
		why_set(why, "`redis`: TLS to Redis is not supported; let it listen on loopback or a "
			     "unix socket, or put a tunnel before it.");
		return ERR_BAD_PARAMS;
	}
	if (has_prefix(&rest, "redis://") ? read_redis(rest, out)
					  : has_prefix(&rest, "unix:") && read_socket(rest, out))
		return ERR_NONE;
	memset(out, 0, sizeof *out);
	why_set(why, "`redis` must be redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE] or unix:PATH; "
		     "what is special in a password is written %%XX.");
	return ERR_BAD_PARAMS;
}
