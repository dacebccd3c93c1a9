/* test_id.c: ids open only for whoever sealed them; tokens are secrets of 192 bits. */
#include "check.h"

#include <string.h>

#include "base/id.h"

static struct id_key given_key(unsigned char first)
{
	struct id_key key;

	for (int i = 0; i < ID_KEY_BYTES; i++)
		key.bytes[i] = (unsigned char)(first + i);
	return key;
}

TEST(an_id_opens_to_the_number_and_nonce_that_were_sealed)
{
	static const int64_t numbers[] = { 0, 1, 77, 1 << 20, INT64_C(1) << 40, INT64_MAX };
	static const uint64_t nonces[] = { 0, 1, UINT64_MAX, UINT64_C(0x8000000000000000) };
	struct id_key key = given_key(1);

	for (size_t i = 0; i < 6; i++) {
		for (size_t j = 0; j < 4; j++) {
			char text[ID_TEXT];
			int64_t number = -1;
			uint64_t nonce = 7;

			id_seal(&key, 'p', numbers[i], nonces[j], text);
			CHECK_INT(27, strlen(text));
			CHECK_INT('p', text[0]);
			CHECK(id_open(&key, 'p', text, &number, &nonce));
			CHECK(number == numbers[i]);
			CHECK(nonce == nonces[j]);
		}
	}
}

TEST(an_id_stays_the_same_for_ever)
{
	/* Ids stand in links and in other people's files: this text may never change. */
	struct id_key key = given_key(0);
	char text[ID_TEXT];

	id_seal(&key, 'p', 42, UINT64_C(0x0123456789abcdef), text);
	CHECK_TEXT("p24458bd5et66vf3av4gp62reny", text);
}

TEST(every_id_of_the_same_row_under_another_nonce_looks_different)
{
	struct id_key key = given_key(9);
	char first[ID_TEXT], second[ID_TEXT];
	int same = 0;

	id_seal(&key, 'p', 5, 1, first);
	id_seal(&key, 'p', 5, 2, second);
	for (int i = 1; i < 27; i++)
		same += first[i] == second[i];
	CHECK(same < 10);
}

TEST(another_kind_or_another_key_opens_to_something_else)
{
	struct id_key key = given_key(1), other = given_key(2);
	char text[ID_TEXT];
	int64_t number = 0;
	uint64_t nonce = 0;

	id_seal(&key, 'p', 1234, 5678, text);
	CHECK(!id_open(&key, 'm', text, &number, &nonce));
	CHECK(!id_open(&other, 'p', text, &number, &nonce) || number != 1234 || nonce != 5678);
	text[0] = 'm';
	CHECK(!id_open(&key, 'm', text, &number, &nonce) || number != 1234 || nonce != 5678);
}

TEST(what_is_no_id_is_refused)
{
	static const char *const wrong[] = { "", "p", "p123", "pzzzzzzzzzzzzzzzzzzzzzzzzzz",
		"p80000000000000000000000000", "p0000000000000000000000000i",
		"p0000000000000000000000000L", "p0000000000000000000000000A",
		"p0000000000000000000000000", "p000000000000000000000000000",
		"p00000000000 0000000000000", "pשלום000000000000000000" };
	struct id_key key = given_key(1);
	int64_t number;
	uint64_t nonce;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		CHECK(!id_open(&key, 'p', wrong[i], &number, &nonce));
}

TEST(a_number_that_no_row_has_gets_an_id_that_opens_as_nothing)
{
	static const int64_t damaged[] = { -1, -7, INT64_MIN };
	struct id_key key = given_key(1);
	char text[ID_TEXT];
	int64_t number;
	uint64_t nonce;

	for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
		id_seal(&key, 'p', damaged[i], 5, text);
		CHECK_INT(ID_TEXT - 1, strlen(text));
		CHECK(!id_open(&key, 'p', text, &number, &nonce));
	}
}

TEST(keys_nonces_and_tokens_are_never_the_same_twice)
{
	struct id_key one, two;
	char first[TOKEN_TEXT], second[TOKEN_TEXT];

	id_key_make(&one);
	id_key_make(&two);
	CHECK(memcmp(&one, &two, sizeof one) != 0);
	CHECK(id_random() != id_random());
	token_make(first);
	token_make(second);
	CHECK(strcmp(first, second) != 0);
	CHECK_INT(TOKEN_TEXT - 1, strlen(first));
	CHECK_INT(TOKEN_TEXT - 1,
		strspn(first, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"));
}

TEST(a_tokens_hash_is_blake2b_and_compares_whole)
{
	/* BLAKE2b-256 of "abc". */
	static const unsigned char known[TOKEN_HASH_BYTES] = { 0xbd, 0xdd, 0x81, 0x3c, 0x63, 0x42,
		0x39, 0x72, 0x31, 0x71, 0xef, 0x3f, 0xee, 0x98, 0x57, 0x9b, 0x94, 0x96, 0x4e, 0x3b,
		0xb1, 0xcb, 0x3e, 0x42, 0x72, 0x62, 0xc8, 0xc0, 0x68, 0xd5, 0x23, 0x19 };
	unsigned char hash[TOKEN_HASH_BYTES];

	token_hash("abc", 3, hash);
	CHECK(token_hash_equal(hash, known));
	hash[TOKEN_HASH_BYTES - 1] ^= 1;
	CHECK(!token_hash_equal(hash, known));
}

RUN(cmocka_unit_test(an_id_opens_to_the_number_and_nonce_that_were_sealed),
	cmocka_unit_test(an_id_stays_the_same_for_ever),
	cmocka_unit_test(every_id_of_the_same_row_under_another_nonce_looks_different),
	cmocka_unit_test(another_kind_or_another_key_opens_to_something_else),
	cmocka_unit_test(what_is_no_id_is_refused),
	cmocka_unit_test(a_number_that_no_row_has_gets_an_id_that_opens_as_nothing),
	cmocka_unit_test(keys_nonces_and_tokens_are_never_the_same_twice),
	cmocka_unit_test(a_tokens_hash_is_blake2b_and_compares_whole));
