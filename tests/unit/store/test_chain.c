/* test_chain.c: a link covers each of its parts, and is what it was when the first store was
 * written. */
#include "check.h"

#include <sodium.h>
#include <string.h>

#include "store/chain.h"

static const unsigned char zero[CHAIN_BYTES];

TEST(every_part_of_an_event_changes_its_link)
{
	unsigned char links[8][CHAIN_BYTES], other[CHAIN_BYTES] = {1};

	chain_next(zero, 5, 1, 1000, 11, "\"a\":1", links[0]);
	chain_next(other, 5, 1, 1000, 11, "\"a\":1", links[1]);
	chain_next(zero, 6, 1, 1000, 11, "\"a\":1", links[2]);
	chain_next(zero, 5, 2, 1000, 11, "\"a\":1", links[3]);
	chain_next(zero, 5, 1, 1001, 11, "\"a\":1", links[4]);
	chain_next(zero, 5, 1, 1000, 12, "\"a\":1", links[5]);
	chain_next(zero, 5, 1, 1000, 11, "\"a\":2", links[6]);
	chain_next(zero, 5, 1, 1000, 11, NULL, links[7]);
	for (int i = 0; i < 8; i++)
		for (int j = 0; j < i; j++)
			CHECK(memcmp(links[i], links[j], CHAIN_BYTES) != 0);
}

/* Whoever checks a chain with another program finds the same: the numbers are eight bytes each,
 * little-endian, and nothing stands between the parts. */
TEST(a_link_is_the_hash_that_the_header_promises)
{
	unsigned char input[CHAIN_BYTES + 32 + 3] = {0}, expected[CHAIN_BYTES], link[CHAIN_BYTES];

	memset(input, 7, CHAIN_BYTES);
	input[CHAIN_BYTES] = 0x05;
	input[CHAIN_BYTES + 8] = 0x02;
	input[CHAIN_BYTES + 9] = 0x01; /* 0x0102 */
	memset(input + CHAIN_BYTES + 16, 0xff, 8); /* -1 */
	input[CHAIN_BYTES + 24] = 11;
	memcpy(input + CHAIN_BYTES + 32, "abc", 3);
	crypto_generichash(expected, sizeof expected, input, sizeof input, NULL, 0);
	chain_next(input, 5, 0x0102, -1, 11, "abc", link);
	assert_memory_equal(expected, link, CHAIN_BYTES);
}

TEST(a_link_may_be_written_over_the_one_before_it)
{
	unsigned char apart[CHAIN_BYTES], in_place[CHAIN_BYTES] = {0};

	chain_next(zero, 5, 1, 1000, 11, "x", apart);
	chain_next(in_place, 5, 1, 1000, 11, "x", in_place);
	assert_memory_equal(apart, in_place, CHAIN_BYTES);
}

RUN(
	cmocka_unit_test(every_part_of_an_event_changes_its_link),
	cmocka_unit_test(a_link_is_the_hash_that_the_header_promises),
	cmocka_unit_test(a_link_may_be_written_over_the_one_before_it));
