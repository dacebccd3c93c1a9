/* fuzz_frames.c: whatever a client sends after its handshake. The first byte says how the rest is
 * cut; cut or not, the parser must find the same, and never more than a message may hold. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "hub/door_frames.h"

static unsigned char scratch[FRAMES_SCRATCH];

static uint64_t mix(uint64_t sum, const void *bytes, size_t count)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < count; i++)
		sum = (sum ^ at[i]) * UINT64_C(1099511628211);
	return sum;
}

static uint64_t feed(const uint8_t *bytes, size_t count, size_t piece)
{
	struct frames frames = { 0 };
	uint64_t sum = 0;

	for (size_t at = 0; at < count; at += piece) {
		size_t some = count - at < piece ? count - at : piece;
		unsigned char *copy = malloc(some);
		struct frames_input input = { copy, some, 0, scratch };
		struct frames_found found;
		enum frames_kind kind;

		if (!copy)
			abort();
		memcpy(copy, bytes + at, some);
		while ((kind = frames_next(&frames, &input, &found)) != FRAMES_MORE) {
			sum = mix(mix(sum, &kind, sizeof kind), &found.code, sizeof found.code);
			sum = mix(sum, found.data, found.bytes);
			if (found.bytes > FRAMES_MESSAGE_BYTES)
				abort();
			if (kind == FRAMES_TEXT && (found.data[found.bytes] ||
				!utf8_valid((const char *)found.data, found.bytes)))
				abort();
		}
		if (input.at != some || frames.gathered_room > FRAMES_SCRATCH)
			abort();
		free(copy);
	}
	frames_fini(&frames);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	if (count < 2)
		return 0;
	if (feed(bytes + 1, count - 1, count) != feed(bytes + 1, count - 1, 1 + bytes[0] % 40u))
		abort();
	return 0;
}
