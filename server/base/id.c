/* id.c: sealed ids and tokens. Any thread. */
#include "base/id.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { LETTERS = 26, ROUNDS = 4, ROUND_KEY_BYTES = ID_KEY_BYTES / ROUNDS };

/* Crockford's base 32: no i, l, o, u, so that an id read aloud stays the same. */
static const char alphabet[33] = "0123456789abcdefghjkmnpqrstvwxyz";

static pthread_once_t sodium_once = PTHREAD_ONCE_INIT;

static void start_sodium(void)
{
	/* Without random numbers there are no secrets, and nothing may go on. */
	if (sodium_init() < 0)
		abort();
}

void id_key_make(struct id_key *key)
{
	pthread_once(&sodium_once, start_sodium);
	randombytes_buf(key->bytes, sizeof key->bytes);
}

void id_key_derive(
	const struct id_key *key, const char *purpose, unsigned char out[ID_SECRET_BYTES])
{
	crypto_generichash(out, ID_SECRET_BYTES, (const unsigned char *)purpose, strlen(purpose),
		key->bytes, sizeof key->bytes);
}

/* Asked of the system a few at a time; what was given out is wiped. */
uint64_t id_random(void)
{
	static _Thread_local uint64_t pool[32];
	static _Thread_local size_t left;
	uint64_t bits;

	pthread_once(&sodium_once, start_sodium);
	if (!left) {
		randombytes_buf(pool, sizeof pool);
		left = sizeof pool / sizeof *pool;
	}
	bits = pool[--left];
	sodium_memzero(&pool[left], sizeof pool[left]);
	return bits;
}

/* One round's function. The kind goes in, so that the same number sealed as two kinds has nothing
 * in common; bytes are written out, so that the store may move to a machine of other endianness. */
static uint64_t round_of(const struct id_key *key, int round, char kind, uint64_t half)
{
	const unsigned char *round_key = key->bytes + round * ROUND_KEY_BYTES;
	unsigned char in[9], digest[crypto_shorthash_siphash24_BYTES];
	uint64_t result = 0;

	in[0] = (unsigned char)kind;
	for (int i = 0; i < 8; i++)
		in[1 + i] = (unsigned char)(half >> (8 * i));
	crypto_shorthash_siphash24(digest, in, sizeof in, round_key);
	for (int i = 0; i < 8; i++)
		result |= (uint64_t)digest[i] << (8 * i);
	return result;
}

/* 130 bits, the two highest zero, highest first. */
static void letters_write(uint64_t high, uint64_t low, char *out)
{
	for (int i = LETTERS - 1; i >= 0; i--) {
		out[i] = alphabet[low & 31];
		low = (low >> 5) | (high << 59);
		high >>= 5;
	}
}

static bool letters_read(const char *text, uint64_t *high, uint64_t *low)
{
	*high = *low = 0;
	for (int i = 0; i < LETTERS; i++) {
		const char *letter = text[i] ? strchr(alphabet, text[i]) : NULL;

		if (!letter || (i == 0 && letter - alphabet > 7))
			return false;
		*high = (*high << 5) | (*low >> 59);
		*low = (*low << 5) | (uint64_t)(letter - alphabet);
	}
	return text[LETTERS] == '\0';
}

void id_seal(const struct id_key *key, char kind, int64_t number, uint64_t nonce, char out[ID_TEXT])
{
	uint64_t left = (uint64_t)number, right = nonce;

	assert(kind >= 'a' && kind <= 'z');
	for (int round = 0; round < ROUNDS; round += 2) {
		left ^= round_of(key, round, kind, right);
		right ^= round_of(key, round + 1, kind, left);
	}
	out[0] = kind;
	letters_write(left, right, out + 1);
	out[ID_TEXT - 1] = '\0';
}

bool id_open(
	const struct id_key *key, char kind, const char *text, int64_t *number, uint64_t *nonce)
{
	uint64_t left, right;

	if (text[0] != kind || !letters_read(text + 1, &left, &right))
		return false;
	for (int round = ROUNDS - 2; round >= 0; round -= 2) {
		right ^= round_of(key, round + 1, kind, left);
		left ^= round_of(key, round, kind, right);
	}
	if (left > INT64_MAX)
		return false;
	*number = (int64_t)left;
	*nonce = right;
	return true;
}

void token_make(char out[TOKEN_TEXT])
{
	uint64_t bits[TOKEN_BYTES / sizeof(uint64_t)];

	_Static_assert(sizeof bits == TOKEN_BYTES, "a token is made of whole numbers");
	for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
		bits[i] = id_random();
	sodium_bin2base64(out, TOKEN_TEXT, (const unsigned char *)bits, sizeof bits,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(bits, sizeof bits);
}

void token_hash(const char *token, size_t bytes, unsigned char out[TOKEN_HASH_BYTES])
{
	pthread_once(&sodium_once, start_sodium);
	crypto_generichash(out, TOKEN_HASH_BYTES, (const unsigned char *)token, bytes, NULL, 0);
}

bool token_hash_equal(const unsigned char *a, const unsigned char *b)
{
	return sodium_memcmp(a, b, TOKEN_HASH_BYTES) == 0;
}
