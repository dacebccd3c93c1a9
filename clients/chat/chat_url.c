/* chat_url.c: see chat_url.h. */
#include "clients/chat/chat_url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool copy(char *to, size_t room, const char *from, size_t bytes)
{
	if (bytes >= room)
		return false;
	memcpy(to, from, bytes);
	to[bytes] = '\0';
	return true;
}

static const char *scheme_skip(const char *text, bool *tls)
{
	static const struct {
		const char *prefix;
		bool tls;
	} schemes[] = {{"http://", false}, {"https://", true}, {"ws://", false}, {"wss://", true}};

	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		size_t bytes = strlen(schemes[i].prefix);

		if (!strncasecmp(text, schemes[i].prefix, bytes)) {
			*tls = schemes[i].tls;
			return text + bytes;
		}
	}
	*tls = false;
	return strstr(text, "://") ? NULL : text;
}

static bool authority_parse(const char *text, size_t bytes, struct chat_url *out)
{
	const char *end = text + bytes, *colon;
	size_t host_bytes;

	if (bytes && *text == '[') {
		const char *close = memchr(text, ']', bytes);

		if (!close || !copy(out->host, sizeof out->host, text + 1, (size_t)(close - text - 1)))
			return false;
		colon = close + 1;
	} else {
		colon = memchr(text, ':', bytes);
		host_bytes = colon ? (size_t)(colon - text) : bytes;
		if (!copy(out->host, sizeof out->host, text, host_bytes))
			return false;
		colon = colon ? colon : end;
	}
	if (colon < end &&
		(*colon != ':' || !copy(out->port, sizeof out->port, colon + 1, (size_t)(end - colon - 1))))
		return false;
	if (!*out->port)
		snprintf(out->port, sizeof out->port, "%s", out->tls ? "443" : "80");
	for (const char *c = out->host; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr(".-_:%", *c))
			return false;
	}
	return *out->host && out->port[strspn(out->port, "0123456789")] == '\0' &&
		   strtol(out->port, NULL, 10) > 0 && strtol(out->port, NULL, 10) < 65536;
}

/* The path of the page becomes the path of the socket beside it. */
static bool path_parse(const char *text, size_t bytes, struct chat_url *out)
{
	const char *query = memchr(text, '?', bytes);

	if (query)
		bytes = (size_t)(query - text);
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] <= ' ' || text[i] == 0x7f)
			return false;
	}
	while (bytes && text[bytes - 1] == '/')
		bytes--;
	if (bytes >= 3 && !memcmp(text + bytes - 3, "/ws", 3))
		bytes -= 3;
	if (bytes + sizeof "/ws" > sizeof out->path)
		return false;
	memcpy(out->path, text, bytes);
	memcpy(out->path + bytes, "/ws", sizeof "/ws");
	return true;
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10 : -1;
}

static bool fragment_value(const char *text, size_t bytes, char *to, size_t room)
{
	size_t used = 0;

	for (size_t i = 0; i < bytes; i++) {
		char c = text[i];

		if (c == '%' && i + 2 < bytes && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
			c = (char)(hex(text[i + 1]) * 16 + hex(text[i + 2]));
			i += 2;
		}
		if (!c || used + 1 >= room)
			return false;
		to[used++] = c;
	}
	to[used] = '\0';
	return true;
}

static bool fragment_parse(const char *text, struct chat_url *out)
{
	while (*text) {
		size_t bytes = strcspn(text, "&");

		if (bytes > 7 && !memcmp(text, "invite=", 7)) {
			if (!fragment_value(text + 7, bytes - 7, out->invite, sizeof out->invite))
				return false;
		} else if (bytes > 7 && !memcmp(text, "circle=", 7)) {
			if (!fragment_value(text + 7, bytes - 7, out->circle, sizeof out->circle))
				return false;
		}
		text += bytes + (text[bytes] == '&');
	}
	return true;
}

static bool unix_parse(const char *text, struct chat_url *out)
{
	size_t bytes = strcspn(text, "#");

	snprintf(out->host, sizeof out->host, "localhost");
	snprintf(out->port, sizeof out->port, "80");
	snprintf(out->path, sizeof out->path, "/ws");
	snprintf(out->origin, sizeof out->origin, "unix:%.*s", (int)(bytes < 500 ? bytes : 500), text);
	return bytes && copy(out->unix_path, sizeof out->unix_path, text, bytes) &&
		   (!text[bytes] || fragment_parse(text + bytes + 1, out));
}

enum err chat_url_parse(const char *text, struct chat_url *out, struct why *why)
{
	const char *rest, *fragment;
	size_t authority, bytes;

	memset(out, 0, sizeof *out);
	if (!strncmp(text, "unix:", 5)) {
		if (unix_parse(text + 5, out))
			return ERR_NONE;
		why_set(why, "unix: wants the path of a socket, at most %zu bytes",
				sizeof out->unix_path - 1);
		return ERR_BAD_PARAMS;
	}
	rest = scheme_skip(text, &out->tls);
	if (!rest) {
		why_set(why, "the address must begin with http://, https://, ws:// or wss://");
		return ERR_BAD_PARAMS;
	}
	fragment = rest + strcspn(rest, "#");
	bytes = (size_t)(fragment - rest);
	authority = strcspn(rest, "/?#");
	if (!authority_parse(rest, authority, out) ||
		!path_parse(rest + authority, bytes - authority, out) ||
		(*fragment && !fragment_parse(fragment + 1, out))) {
		why_set(why, "this is no address that can be opened: %.*s",
				(int)(bytes < 200 ? bytes : 200), rest);
		return ERR_BAD_PARAMS;
	}
	snprintf(out->origin, sizeof out->origin, "%s://%s%s%s:%s%.*s", out->tls ? "https" : "http",
			 strchr(out->host, ':') ? "[" : "", out->host, strchr(out->host, ':') ? "]" : "",
			 out->port, (int)(strlen(out->path) - 3) > 200 ? 200 : (int)(strlen(out->path) - 3),
			 out->path);
	return ERR_NONE;
}
