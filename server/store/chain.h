/* chain.h: the hash chain over a desk's journal: each event's link covers the one before it, so
 * that nothing in between can be changed, left out or put in unnoticed. Any thread, no state. */
#pragma once

#include <stdint.h>

enum { CHAIN_BYTES = 32 };

/* out = BLAKE2b-256(before || journal || seq || at || kind || body): the numbers as 8 bytes each,
 * little-endian; `before` is 32 zero bytes for a journal's first event; body NULL counts as "".
 * `out` may be `before`. */
void chain_next(const unsigned char before[CHAIN_BYTES], int64_t journal, int64_t seq, int64_t at,
		int64_t kind, const char *body, unsigned char out[CHAIN_BYTES]);
