/* door_http.c: what is answered over plain HTTP: pages, health, refusals, and the 101 that makes a
 * WebSocket. One request to a connection: every other answer closes it, so nothing can hide behind
 * a first request. */
#include "hub/door_inside.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

static const struct { unsigned status; const char *words; } statuses[] = {
	{ 200, "OK" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 417, "Expectation Failed" },
	{ 426, "Upgrade Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
};

/* Scripts, styles and connections from ourselves alone, nothing inline, in nobody's frame. */
static const char guards[] =
	"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
	"img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
	"worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
	"Cross-Origin-Opener-Policy: same-origin\r\n"
	"Cross-Origin-Resource-Policy: same-origin\r\n"
	"Permissions-Policy: camera=(), geolocation=(), microphone=()\r\n"
	"Referrer-Policy: no-referrer\r\n"
	"X-Content-Type-Options: nosniff\r\n"
	"X-Frame-Options: DENY\r\n";

static const char *status_words(unsigned status)
{
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
		if (statuses[i].status == status)
			return statuses[i].words;
	return "Answer";
}

static void add_date(struct buf *out)
{
	time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm parts;
	char text[64];

	/* No locale is ever set, so these are the English names that HTTP wants. */
	if (gmtime_r(&now, &parts) && strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts))
		buf_format(out, "Date: %s\r\n", text);
}

static void begin(struct peer *peer, struct buf *out, unsigned status)
{
	buf_format(out, "HTTP/1.1 %u %s\r\n", status, status_words(status));
	add_date(out);
	buf_text(out, guards);
	if (peer->is_tls)
		buf_text(out, "Strict-Transport-Security: max-age=31536000\r\n");
	if (status == 405)
		buf_text(out, "Allow: GET, HEAD\r\n");
	if (status == 426)
		buf_text(out, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
	if (status == 429 || status == 503)
		buf_text(out, "Retry-After: 5\r\n");
	buf_format(out, "Connection: %s\r\n", status == 426 ? "close, upgrade" : "close");
}

static void send_all(struct peer *peer, struct buf *out)
{
	if (buf_ok(out))
		peer_write(peer, out->data, out->bytes);
	else
		peer_set_stage(peer, STAGE_GONE);
	buf_fini(out);
}

static void reply(struct peer *peer, unsigned status, const char *type, const struct buf *body,
	bool is_head)
{
	struct buf out = { 0 };

	begin(peer, &out, status);
	buf_format(&out, "Cache-Control: no-store\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
		type, body->bytes);
	if (!is_head)
		buf_add(&out, body->data, body->bytes);
	send_all(peer, &out);
	peer_set_stage(peer, STAGE_FLUSH);
}

static void refuse(struct peer *peer, unsigned status, bool is_head)
{
	struct buf body = { 0 };

	if (status == 429 || status == 503)
		peer->door->figures.refused_limits++;
	buf_format(&body, "%u %s\n", status, status_words(status));
	reply(peer, status, "text/plain; charset=utf-8", &body, is_head);
	buf_fini(&body);
}

void http_refuse(struct peer *peer, unsigned status)
{
	refuse(peer, status, false);
}

/* ---- pages ---- */

static bool has_etag(struct span known, const char *etag)
{
	size_t bytes = strlen(etag);

	if (span_is(known, "*"))
		return true;
	for (size_t i = 0; known.text && i + bytes <= known.bytes; i++)
		if (memcmp(known.text + i, etag, bytes) == 0)
			return true;
	return false;
}

static const struct page *find_page(const struct pages *pages, struct span path)
{
	const char *query = memchr(path.text, '?', path.bytes);

	return pages_find(pages, path.text, query ? (size_t)(query - path.text) : path.bytes);
}

static void send_page(struct peer *peer, const struct head *head, const struct page *page)
{
	bool is_packed = head->accepts_gzip && page->gzip.data;
	const struct page_form *form = is_packed ? &page->gzip : &page->plain;
	bool is_known = has_etag(head->if_none_match, form->etag);
	struct buf out = { 0 };

	begin(peer, &out, is_known ? 304 : 200);
	buf_format(&out, "ETag: %s\r\nCache-Control: %s\r\nVary: Accept-Encoding\r\n", form->etag,
		page->is_lasting ? "public, max-age=31536000, immutable" : "no-cache");
	if (!is_known) {
		buf_format(&out, "Content-Type: %s\r\nContent-Length: %zu\r\n", page->type, form->bytes);
		if (is_packed)
			buf_text(&out, "Content-Encoding: gzip\r\n");
	}
	buf_text(&out, "\r\n");
	if (!is_known && !head->is_head) {
		peer->page = form->data;
		peer->page_left = form->bytes;
	}
	send_all(peer, &out);
	peer_set_stage(peer, STAGE_ANSWER);
	peer_writeable(peer);
}

/* ---- health ---- */

static bool is_health(struct span path)
{
	return span_is(path, "/healthz") || span_is(path, "/readyz") || span_is(path, "/metrics");
}

static void answer_health(struct peer *peer, const struct head *head)
{
	struct door *door = peer->door;
	bool is_local = peer->is_metrics || (peer->is_loopback && !head->came_by_proxy);
	char path[16];
	struct door_request request = { path, is_local };
	const char *type = "text/plain; charset=utf-8";
	struct buf body = { 0 };
	unsigned status;

	if (span_is(head->path, "/metrics") &&
		(!is_local || (door->config->metrics_listen[0] && !peer->is_metrics))) {
		refuse(peer, 404, head->is_head);
		return;
	}
	snprintf(path, sizeof path, "%.*s", (int)head->path.bytes, head->path.text);
	status = door->events.http(door->events.owner, &request, &body, &type);
	reply(peer, status, type, &body, head->is_head);
	buf_fini(&body);
}

/* ---- the handshake ---- */

enum err http_open(struct door *door)
{
	door->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	door->hashing = EVP_MD_CTX_new();
	return door->sha1 && door->hashing ? ERR_NONE : ERR_INTERNAL;
}

void http_close(struct door *door)
{
	EVP_MD_CTX_free(door->hashing);
	EVP_MD_free(door->sha1);
}

static bool write_accept(struct door *door, struct span key, char out[HEAD_ACCEPT + 1])
{
	static const char salt[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	unsigned char hash[20];

	if (!EVP_DigestInit_ex(door->hashing, door->sha1, NULL) ||
		!EVP_DigestUpdate(door->hashing, key.text, HEAD_KEY) ||
		!EVP_DigestUpdate(door->hashing, salt, sizeof salt - 1) ||
		!EVP_DigestFinal_ex(door->hashing, hash, NULL))
		return false;
	return EVP_EncodeBlock((unsigned char *)out, hash, sizeof hash) == HEAD_ACCEPT;
}

static void write_upgrade(struct peer *peer, struct span key)
{
	static const char before[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Protocol: " HEAD_SUBPROTOCOL "\r\n"
		"Sec-WebSocket-Accept: ";
	char answer[sizeof before + HEAD_ACCEPT + 4];
	char *end = mempcpy(answer, before, sizeof before - 1);

	if (!write_accept(peer->door, key, end)) {
		peer_set_stage(peer, STAGE_GONE);
		return;
	}
	end = mempcpy(end + HEAD_ACCEPT, "\r\n\r\n", 4);
	peer_write(peer, answer, (size_t)(end - answer));
}

static void upgrade(struct peer *peer, const struct head *head)
{
	const struct config *config = peer->door->config;
	struct head_house house = {
		.is_tls = peer->is_tls,
		.believes_proxy = config->trusted_proxy && (peer->is_unix || peer->is_loopback),
		.public_url = config->public_url,
		.allowed_origins = config->allowed_origins,
	};
	unsigned status = head_may_upgrade(head, &house);

	if (status != 101) {
		peer->door->figures.refused_handshakes++;
		refuse(peer, status, head->is_head);
		return;
	}
	write_upgrade(peer, head->ws_key);
	if (peer->stage == STAGE_HEAD)
		peer_open(peer);
}

/* Who a trusted proxy speaks for is known only now, so it is counted only now. */
static bool is_within_limits(struct peer *peer, const struct head *head)
{
	struct door *door = peer->door;

	if (peer->is_counted || peer->is_metrics)
		return true;
	if (head->forwarded_for.text)
		peer->place = limits_place_of_text(door->limits, head->forwarded_for.text,
			head->forwarded_for.bytes);
	if (!door_lets_in(door, peer->place))
		return false;
	peer->is_counted = true;
	return true;
}

void http_take_head(struct peer *peer, const char *bytes, size_t count)
{
	struct head head;
	unsigned status = head_parse(bytes, count, &head);
	bool is_socket = !status && span_is(head.path, "/ws") && !peer->is_metrics;
	const struct page *page;

	if (peer->refusal)
		status = peer->refusal;
	else if (!status && !is_within_limits(peer, &head))
		status = 429;
	else if (!status && peer->is_surplus && !is_socket)
		status = 503;
	if (status) {
		refuse(peer, status, head.is_head);
		return;
	}
	if (is_socket) {
		upgrade(peer, &head);
		return;
	}
	if (is_health(head.path)) {
		answer_health(peer, &head);
		return;
	}
	page = peer->is_metrics ? NULL : find_page(peer->door->pages, head.path);
	if (page)
		send_page(peer, &head, page);
	else
		refuse(peer, 404, head.is_head);
}
