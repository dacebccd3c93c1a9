/* chain.c: one link of a desk's hash chain. The one place that says what a link covers: those who
 * append and those who verify call it. Any thread. */
#include "store/chain.h"

#include <sodium.h>
#include <string.h>

static void put_number(unsigned char out[8], int64_t number)
{
	uint64_t bits = (uint64_t)number;

	for (int i = 0; i < 8; i++)
		out[i] = (unsigned char)(bits >> (8 * i));
}

void chain_next(const unsigned char before[CHAIN_BYTES], int64_t journal, int64_t seq, int64_t at,
		int64_t kind, const char *body, unsigned char out[CHAIN_BYTES])
{
	crypto_generichash_state state;
	unsigned char numbers[32];

	put_number(numbers, journal);
	put_number(numbers + 8, seq);
	put_number(numbers + 16, at);
	put_number(numbers + 24, kind);
	crypto_generichash_init(&state, NULL, 0, CHAIN_BYTES);
	crypto_generichash_update(&state, before, CHAIN_BYTES);
	crypto_generichash_update(&state, numbers, sizeof numbers);
	if (body)
		crypto_generichash_update(&state, (const unsigned char *)body, strlen(body));
	crypto_generichash_final(&state, out, CHAIN_BYTES);
}
