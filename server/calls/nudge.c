/* nudge.c: see nudge.h. The store's thread. */
#include "calls/nudge.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void sign(struct keeper *keeper, int64_t person, int64_t circle, const char *text,
		 int64_t ends, char out[NUDGE_TEXT])
{
	const struct id_key *secret = keeper_id_key(keeper);
	const int64_t facts[3] = {person, circle, ends};
	static const char purpose[] = "nudge";
	crypto_generichash_state state;
	unsigned char mac[16];
	char hex[33];

	crypto_generichash_init(&state, secret->bytes, sizeof secret->bytes, sizeof mac);
	crypto_generichash_update(&state, (const unsigned char *)purpose, sizeof purpose);
	crypto_generichash_update(&state, (const unsigned char *)facts, sizeof facts);
	crypto_generichash_update(&state, (const unsigned char *)text, strlen(text));
	crypto_generichash_final(&state, mac, sizeof mac);
	sodium_bin2hex(hex, sizeof hex, mac, sizeof mac);
	snprintf(out, NUDGE_TEXT, "%" PRIx64 ".%s", (uint64_t)ends, hex);
}

void nudge_make(struct keeper *keeper, int64_t person, int64_t circle, const char *text,
		int64_t minutes, char out[NUDGE_TEXT])
{
	sign(keeper, person, circle, text, keeper_now(keeper) + minutes * 60000, out);
}

bool nudge_is_good(struct keeper *keeper, int64_t person, int64_t circle, const char *text,
		   const char *nudge)
{
	int64_t ends = (int64_t)strtoull(nudge, NULL, 16);
	char right[NUDGE_TEXT];

	if (ends <= keeper_now(keeper) || strlen(nudge) >= NUDGE_TEXT)
		return false;
	sign(keeper, person, circle, text, ends, right);
	return strlen(right) == strlen(nudge) && sodium_memcmp(right, nudge, strlen(right)) == 0;
}
