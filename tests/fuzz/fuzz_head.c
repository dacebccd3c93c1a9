/* fuzz_head.c: whatever a stranger sends first. Cut or not, the head must end at the same place;
 * what is read of it must lie inside it; what may become a WebSocket must have what that needs. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hub/door_head.h"

static void check_inside(struct span span, const char *text, size_t count)
{
	if (span.text && (span.text < text || span.text + span.bytes > text + count))
		abort();
}

static void check_head(const char *text, size_t count)
{
	static const struct head_house house = { .public_url = "https://p.example",
		.allowed_origins = "https://a.example https://b.example", .believes_proxy = true };
	struct head head;

	if (head_parse(text, count, &head) != 0)
		return;
	check_inside(head.method, text, count);
	check_inside(head.path, text, count);
	check_inside(head.host, text, count);
	check_inside(head.origin, text, count);
	check_inside(head.ws_key, text, count);
	check_inside(head.forwarded_for, text, count);
	check_inside(head.if_none_match, text, count);
	if (head.path.bytes == 0 || head.path.text[0] != '/')
		abort();
	if (head_may_upgrade(&head, &house) == 101 && (head.ws_key.bytes != HEAD_KEY ||
		!head.has_subprotocol || !head.has_connection_upgrade || !head.is_http_1_1 ||
		(head.origin.text && head.origin.bytes < 8)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	char *text = malloc(count + 1);
	size_t whole = 0, piecewise = 0;
	enum head_scan found, again = HEAD_SCAN_MORE;

	if (!text)
		abort();
	memcpy(text, bytes, count);
	found = head_scan(text, count, &whole);
	for (size_t some = 0; some <= count && again == HEAD_SCAN_MORE; some++)
		again = head_scan(text, some, &piecewise);
	if (found != again || (found == HEAD_SCAN_WHOLE && whole != piecewise))
		abort();
	if (found == HEAD_SCAN_WHOLE) {
		char *exact = malloc(whole); /* of its very size, for the sanitiser */
		if (!exact)
			abort();
		memcpy(exact, text, whole);
		check_head(exact, whole);
		free(exact);
	}
	free(text);
	return 0;
}
