/* id.h: names that nobody can guess.
 * A public id ("p" + 26 letters) is a sealed number: the row it names and 64 random bits, mixed by
 * a keyed permutation of 128 bits (a Feistel network of four rounds over SipHash-2-4), written in
 * Crockford's base 32, lower case. Whoever lacks the store's key learns nothing from it; the store
 * finds the row without an index and compares the random part. Needs libsodium. Any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ID_TEXT = 28,        /* kind letter + 26 letters + terminator */
	ID_KEY_BYTES = 64,   /* four SipHash keys */
	TOKEN_BYTES = 24,    /* 192 random bits */
	TOKEN_TEXT = 33,     /* base64url without padding + terminator */
	TOKEN_HASH_BYTES = 32
};

struct id_key {
	unsigned char bytes[ID_KEY_BYTES];
};

/* Fills `key` from the system's random source. */
void id_key_make(struct id_key *key);
/* A secret of its own for each purpose, the same wherever the key is the same; of no use for
 * finding the key or another purpose's secret. */
enum { ID_SECRET_BYTES = 32 };
void id_key_derive(
	const struct id_key *key, const char *purpose, unsigned char out[ID_SECRET_BYTES]);
/* Unpredictable bits, for nonces. */
uint64_t id_random(void);
/* `kind` is a lower-case letter that says what is named: p post, m person (member), a appeal,
 * r report, d decision, i item, v device, c crisis (its incident), n note.
 * A number below 0, which only a damaged store holds, gets an id that id_open() refuses. */
void id_seal(
	const struct id_key *key, char kind, int64_t number, uint64_t nonce, char out[ID_TEXT]);
/* False if `text` was not made by id_seal() with this key and kind. The caller still has to
 * compare the nonce with the row's. */
bool id_open(
	const struct id_key *key, char kind, const char *text, int64_t *number, uint64_t *nonce);

/* A secret for an invitation or a resume token, and what is stored of it (BLAKE2b-256). */
void token_make(char out[TOKEN_TEXT]);
void token_hash(const char *token, size_t bytes, unsigned char out[TOKEN_HASH_BYTES]);
/* Compares in constant time. */
bool token_hash_equal(const unsigned char *a, const unsigned char *b);
