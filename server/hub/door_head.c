/* door_head.c: see door_head.h. Every field that decides anything may come once only. */
#include "hub/door_head.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

bool span_is(struct span span, const char *text)
{
	return span.text && span.bytes == strlen(text) && memcmp(span.text, text, span.bytes) == 0;
}

bool span_is_nocase(struct span span, const char *text)
{
	return span.text && span.bytes == strlen(text) && strncasecmp(span.text, text, span.bytes) == 0;
}

/* Nothing to look at twice: nearly every byte of a head. */
static bool is_plain(unsigned char byte)
{
	return byte >= ' ' && byte != 127;
}

/* Eight of them at once. */
static bool are_plain(const char *bytes)
{
	static const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
	uint64_t word, deletes;

	memcpy(&word, bytes, sizeof word);
	deletes = word ^ ones * 127;
	return !(((word - ones * ' ') & ~word & highs) | ((deletes - ones) & ~deletes & highs));
}

/* Past what is plain, unless a line end has begun. */
static size_t skip_plain(const char *bytes, size_t count, size_t at)
{
	size_t most = count < HEAD_BYTES ? count : HEAD_BYTES;

	if (at == 0 || bytes[at - 1] == '\r')
		return at;
	while (at + sizeof(uint64_t) <= most && are_plain(bytes + at))
		at += sizeof(uint64_t);
	while (at < most && is_plain((unsigned char)bytes[at]))
		at++;
	return at;
}

enum head_scan head_scan(const char *bytes, size_t count, size_t *at)
{
	for (*at = skip_plain(bytes, count, *at); *at < count;
		 *at = skip_plain(bytes, count, *at + 1)) {
		size_t i = *at;
		unsigned char byte = (unsigned char)bytes[i];

		if (i >= HEAD_BYTES)
			return HEAD_SCAN_TOO_LONG;
		if (i == 0 && (byte < 'A' || byte > 'Z'))
			return HEAD_SCAN_BAD; /* no HTTP at all: TLS, an empty line, noise */
		if ((byte < ' ' && byte != '\t' && byte != '\r' && byte != '\n') || byte == 127)
			return HEAD_SCAN_BAD;
		if ((byte == '\n') != (i > 0 && bytes[i - 1] == '\r'))
			return HEAD_SCAN_BAD; /* a line ends with both or it is no line */
		if (byte == '\n' && i >= 3 && bytes[i - 2] == '\n') {
			*at = i + 1;
			return HEAD_SCAN_WHOLE;
		}
	}
	return count >= HEAD_BYTES ? HEAD_SCAN_TOO_LONG : HEAD_SCAN_MORE;
}

/* ---- words ---- */

static bool is_token_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '-' ||
		(byte >= '0' && byte <= '9') || (byte && strchr("!#$%&'*+.^_`|~", byte));
}

static bool is_token(struct span span)
{
	for (size_t i = 0; i < span.bytes; i++)
		if (!is_token_byte(span.text[i]))
			return false;
	return span.bytes > 0;
}

static struct span trim(struct span span)
{
	while (span.bytes && (*span.text == ' ' || *span.text == '\t'))
		span.text++, span.bytes--;
	while (span.bytes && strchr(" \t", span.text[span.bytes - 1]))
		span.bytes--;
	return span;
}

/* Cuts the next element off a comma-separated list. */
static bool list_next(struct span *list, struct span *element)
{
	const char *comma;

	if (!list->text)
		return false;
	comma = memchr(list->text, ',', list->bytes);
	element->text = list->text;
	element->bytes = comma ? (size_t)(comma - list->text) : list->bytes;
	*element = trim(*element);
	if (comma) {
		list->bytes -= (size_t)(comma + 1 - list->text);
		list->text = comma + 1;
	} else {
		list->text = NULL;
	}
	return true;
}

static bool list_has(struct span list, const char *word, bool (*same)(struct span, const char *))
{
	struct span element;

	while (list_next(&list, &element))
		if (same(element, word))
			return true;
	return false;
}

static struct span list_last(struct span list)
{
	struct span element = { 0 };

	while (list_next(&list, &element))
		;
	return element;
}

/* "gzip" or "gzip;q=0.5", but not "gzip;q=0". */
static bool accepts_gzip(struct span list)
{
	struct span element;

	while (list_next(&list, &element)) {
		const char *semicolon = memchr(element.text, ';', element.bytes);
		struct span name = element;

		if (!semicolon) {
			if (span_is_nocase(name, "gzip"))
				return true;
			continue;
		}
		name.bytes = (size_t)(semicolon - element.text);
		struct span rest = { semicolon + 1, element.bytes - name.bytes - 1 };
		rest = trim(rest);
		if (!span_is_nocase(trim(name), "gzip") || rest.bytes < 3)
			continue;
		for (size_t i = 2; i < rest.bytes; i++)
			if (rest.text[i] >= '1' && rest.text[i] <= '9')
				return true;
	}
	return false;
}

static bool is_host(struct span host)
{
	for (size_t i = 0; i < host.bytes; i++) {
		char byte = host.text[i];
		if (!((byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
			(byte >= 'a' && byte <= 'z') || (byte && strchr(".-:[]_", byte))))
			return false;
	}
	return host.bytes > 0 && host.bytes <= 255;
}

/* ---- fields ---- */

enum field {
	FIELD_ACCEPT_ENCODING, FIELD_CONNECTION, FIELD_CONTENT_LENGTH, FIELD_EXPECT, FIELD_FORWARDED,
	FIELD_HOST, FIELD_IF_NONE_MATCH, FIELD_ORIGIN, FIELD_KEY, FIELD_PROTOCOL, FIELD_WS_VERSION,
	FIELD_TRANSFER_ENCODING, FIELD_UPGRADE, FIELD_VIA, FIELD_FORWARDED_FOR, FIELD_FORWARDED_HOST,
	FIELD_FORWARDED_PROTO, FIELD_REAL_IP, FIELD_OTHER,
};

#define NAMED(text) { text, sizeof text - 1 }
static const struct field_row {
	struct span name;
	enum field field;
	bool may_repeat;
} fields[] = {
	{ NAMED("accept-encoding"),          FIELD_ACCEPT_ENCODING,   true },
	{ NAMED("connection"),               FIELD_CONNECTION,        true },
	{ NAMED("content-length"),           FIELD_CONTENT_LENGTH,    false },
	{ NAMED("expect"),                   FIELD_EXPECT,            false },
	{ NAMED("forwarded"),                FIELD_FORWARDED,         true },
	{ NAMED("host"),                     FIELD_HOST,              false },
	{ NAMED("if-none-match"),            FIELD_IF_NONE_MATCH,     false },
	{ NAMED("origin"),                   FIELD_ORIGIN,            false },
	{ NAMED("sec-websocket-key"),        FIELD_KEY,               false },
	{ NAMED("sec-websocket-protocol"),   FIELD_PROTOCOL,          true },
	{ NAMED("sec-websocket-version"),    FIELD_WS_VERSION,        false },
	{ NAMED("transfer-encoding"),        FIELD_TRANSFER_ENCODING, false },
	{ NAMED("upgrade"),                  FIELD_UPGRADE,           false },
	{ NAMED("via"),                      FIELD_VIA,               true },
	{ NAMED("x-forwarded-for"),          FIELD_FORWARDED_FOR,     true },
	{ NAMED("x-forwarded-host"),         FIELD_FORWARDED_HOST,    true },
	{ NAMED("x-forwarded-proto"),        FIELD_FORWARDED_PROTO,   false },
	{ NAMED("x-real-ip"),                FIELD_REAL_IP,           true },
};

static const struct field_row *find_field(struct span name)
{
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (name.bytes == fields[i].name.bytes &&
			strncasecmp(name.text, fields[i].name.text, name.bytes) == 0)
			return &fields[i];
	return NULL;
}

/* Takes one field into `head`; returns a status if it alone is reason to refuse. */
static unsigned take_field(struct head *head, enum field field, struct span value)
{
	switch (field) {
	case FIELD_ACCEPT_ENCODING:
		head->accepts_gzip = head->accepts_gzip || accepts_gzip(value);
		break;
	case FIELD_CONNECTION:
		head->has_connection_upgrade = head->has_connection_upgrade ||
			list_has(value, "upgrade", span_is_nocase);
		break;
	case FIELD_CONTENT_LENGTH: /* nobody who asks for a page or a socket has a body */
		return span_is(value, "0") ? 0 : 400;
	case FIELD_EXPECT:
		return 417;
	case FIELD_HOST:
		head->host = value;
		return is_host(value) ? 0 : 400;
	case FIELD_IF_NONE_MATCH:
		head->if_none_match = value;
		break;
	case FIELD_ORIGIN:
		head->origin = value;
		break;
	case FIELD_KEY:
		head->ws_key = value;
		break;
	case FIELD_PROTOCOL:
		head->protocol = value;
		head->has_subprotocol = head->has_subprotocol ||
			list_has(value, HEAD_SUBPROTOCOL, span_is);
		break;
	case FIELD_WS_VERSION:
		head->ws_version = value;
		break;
	case FIELD_TRANSFER_ENCODING:
		return 400;
	case FIELD_UPGRADE:
		head->upgrade = value;
		break;
	case FIELD_FORWARDED_FOR:
		head->forwarded_for = list_last(value);
		head->came_by_proxy = true;
		break;
	case FIELD_FORWARDED_PROTO:
		head->forwarded_proto = value;
		head->came_by_proxy = true;
		break;
	case FIELD_FORWARDED:
	case FIELD_FORWARDED_HOST:
	case FIELD_REAL_IP:
	case FIELD_VIA:
		head->came_by_proxy = true;
		break;
	case FIELD_OTHER:
		break;
	}
	return 0;
}

/* One line without its end. */
static unsigned read_field(struct head *head, struct span line, unsigned *seen)
{
	const char *colon = memchr(line.text, ':', line.bytes);
	const struct field_row *row;
	struct span name = line, value;

	if (!colon)
		return 400;
	name.bytes = (size_t)(colon - line.text);
	if (!is_token(name)) /* also a folded line and a blank before the colon */
		return 400;
	value.text = colon + 1;
	value.bytes = line.bytes - name.bytes - 1;
	row = find_field(name);
	if (!row)
		return 0;
	if (!row->may_repeat && *seen & 1u << row->field)
		return 400;
	*seen |= 1u << row->field;
	return take_field(head, row->field, trim(value));
}

/* ---- the request line ---- */

static struct span cut_word(struct span *line)
{
	const char *blank = memchr(line->text, ' ', line->bytes);
	struct span word = *line;

	if (!blank) {
		line->bytes = 0;
		return word;
	}
	word.bytes = (size_t)(blank - line->text);
	line->text += word.bytes + 1;
	line->bytes -= word.bytes + 1;
	return word;
}

static unsigned read_request_line(struct head *head, struct span line)
{
	struct span version;

	head->method = cut_word(&line);
	head->path = cut_word(&line);
	version = line;
	if (!is_token(head->method) || !head->path.bytes)
		return 400;
	if (version.bytes != 8 || memcmp(version.text, "HTTP/", 5) != 0 || version.text[6] != '.')
		return 400;
	if (!span_is(version, "HTTP/1.1") && !span_is(version, "HTTP/1.0"))
		return 505;
	head->is_http_1_1 = span_is(version, "HTTP/1.1");
	head->is_head = span_is(head->method, "HEAD");
	if (head->path.text[0] != '/') /* an absolute address, "*", a CONNECT */
		return 400;
	for (size_t i = 0; i < head->path.bytes; i++)
		if (head->path.text[i] <= ' ' || head->path.text[i] >= 127 || head->path.text[i] == '#')
			return 400;
	return 0;
}

unsigned head_parse(const char *bytes, size_t count, struct head *out)
{
	unsigned seen = 0, lines = 0;
	unsigned status = 0;
	size_t at = 0;

	memset(out, 0, sizeof *out);
	while (!status && at < count) {
		const char *end = memchr(bytes + at, '\r', count - at);
		struct span line = { bytes + at, end ? (size_t)(end - bytes) - at : count - at };

		at += line.bytes + 2;
		if (line.bytes == 0)
			break;
		if (lines++ == 0)
			status = read_request_line(out, line);
		else
			status = lines > HEAD_FIELDS + 1 ? 431 : read_field(out, line, &seen);
	}
	if (status)
		return status;
	if (lines == 0 || (out->is_http_1_1 && !out->host.text))
		return 400;
	return span_is(out->method, "GET") || out->is_head ? 0 : 405;
}

/* ---- may it become a WebSocket? ---- */

static bool is_key(struct span key)
{
	if (!key.text || key.bytes != HEAD_KEY || memcmp(key.text + HEAD_KEY - 2, "==", 2) != 0)
		return false;
	for (size_t i = 0; i < HEAD_KEY - 2; i++) {
		char byte = key.text[i];
		if (!((byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
			(byte >= 'a' && byte <= 'z') || byte == '+' || byte == '/'))
			return false;
	}
	return true;
}

/* Origin against "scheme://host" without building the string. */
static bool is_origin_of(struct span origin, const char *scheme, struct span host)
{
	size_t before = strlen(scheme);

	return host.bytes > 0 && origin.bytes == before + host.bytes &&
		strncasecmp(origin.text, scheme, before) == 0 &&
		strncasecmp(origin.text + before, host.text, host.bytes) == 0;
}

/* A whole word of a list that is separated by blanks or commas. */
static bool is_listed(struct span origin, const char *list)
{
	while (*list) {
		size_t bytes = strcspn(list, " \t,");
		if (bytes == origin.bytes && strncasecmp(list, origin.text, bytes) == 0 && bytes)
			return true;
		list += bytes;
		list += strspn(list, " \t,");
	}
	return false;
}

/* public_url may carry a path: only what precedes it is an origin. */
static bool is_public(struct span origin, const char *url)
{
	const char *host = strstr(url, "://");
	size_t bytes = host ? (size_t)(host + 3 - url) + strcspn(host + 3, "/") : 0;

	return bytes && bytes == origin.bytes && strncasecmp(url, origin.text, bytes) == 0;
}

static bool is_welcome_origin(const struct head *head, const struct head_house *house)
{
	bool is_tls = house->is_tls;

	if (!head->origin.text)
		return true; /* not a browser */
	if (house->believes_proxy && head->forwarded_proto.text)
		is_tls = span_is_nocase(head->forwarded_proto, "https");
	if (head->origin.bytes == 0 || span_is_nocase(head->origin, "null"))
		return false;
	return is_origin_of(head->origin, is_tls ? "https://" : "http://", head->host) ||
		is_public(head->origin, house->public_url) ||
		is_listed(head->origin, house->allowed_origins);
}

unsigned head_may_upgrade(const struct head *head, const struct head_house *house)
{
	if (!span_is(head->method, "GET"))
		return 405;
	if (!head->is_http_1_1)
		return 400;
	if (!span_is_nocase(head->upgrade, "websocket"))
		return 426;
	if (!head->has_connection_upgrade)
		return 400;
	if (!span_is(head->ws_version, "13"))
		return 426;
	if (!is_key(head->ws_key) || !head->has_subprotocol)
		return 400;
	return is_welcome_origin(head, house) ? 101 : 403;
}
