/* test_vocabulary.c: what the tables of known words find is what looking at every word finds. */
#include "given_rules.h"

#include "filters/glyph.h"
#include "filters/vocabulary.h"

enum { WORDS = 600, LONGEST = 8, ROUNDS = 4000 };

struct given {
	uint32_t points[LONGEST], count;
	unsigned kind;
	uint32_t rank;
};

static struct given given[WORDS];
static uint32_t given_count;

/* Few letters, so that words are near each other. */
static uint32_t random_word(uint64_t *seed, uint32_t *points)
{
	static const char letters[] = "aeokl";
	uint32_t count = 3 + (uint32_t)(random_next(seed) % (LONGEST - 2u));

	for (uint32_t i = 0; i < count; i++)
		points[i] = (uint32_t)letters[random_next(seed) % (sizeof(letters) - 1)];
	return count;
}

static const struct given *find_given(const uint32_t *points, uint32_t count)
{
	for (uint32_t i = 0; i < given_count; i++)
		if (given[i].count == count
		    && memcmp(given[i].points, points, count * sizeof(*points)) == 0)
			return &given[i];
	return NULL;
}

static struct vocabulary *given_vocabulary(uint64_t *seed)
{
	struct vocabulary *vocabulary = vocabulary_new();

	CHECK(vocabulary != NULL);
	CHECK_OK(glyph_prepare());
	given_count = 0;
	while (given_count < WORDS) {
		static const unsigned kinds[] = {KNOWN_ORDINARY, KNOWN_SOUGHT,
			KNOWN_SOUGHT | KNOWN_LISTED};
		struct given *word = &given[given_count];

		word->count = random_word(seed, word->points);
		if (find_given(word->points, word->count))
			continue;
		word->kind = kinds[random_next(seed) % 3];
		word->rank = (uint32_t)(random_next(seed) % 3000);
		CHECK_OK(vocabulary_add(vocabulary, word->points, word->count, word->kind,
			word->rank));
		given_count++;
	}
	CHECK_OK(vocabulary_finish(vocabulary));
	return vocabulary;
}

static bool is_known(const struct vocabulary *vocabulary, const struct known *known,
	const struct given *word)
{
	if (!known || !word || known->count != word->count || known->kind != word->kind)
		return !known && !word;
	for (uint32_t i = 0; i < word->count; i++)
		if (vocabulary_point(vocabulary, known->at, i) != word->points[i])
			return false;
	return true;
}

/* The words without what stands at `place` are the letters given. */
static bool is_gapped(const struct given *word, uint32_t place, uint32_t gap,
	const uint32_t *points, uint32_t count)
{
	if (word->count != count + gap || word->count < 4 || place == 0
	    || place + gap >= word->count)
		return false;
	return memcmp(word->points, points, place * sizeof(*points)) == 0
		&& memcmp(word->points + place + gap, points + place,
			(count - place) * sizeof(*points)) == 0;
}

static bool is_better(const struct given *a, const struct given *b)
{
	unsigned sought = KNOWN_SOUGHT | KNOWN_LISTED, cost_a = 0, cost_b = 0;

	if (!b || (a->kind & sought) != (b->kind & sought))
		return !b || (a->kind & sought) > (b->kind & sought);
	for (uint32_t rank = a->rank; rank > 1; rank /= 2)
		cost_a++;
	for (uint32_t rank = b->rank; rank > 1; rank /= 2)
		cost_b++;
	return cost_a < cost_b;
}

TEST(a_word_with_masked_letters_is_the_best_of_all_that_fit)
{
	uint64_t seed = 7;
	struct vocabulary *vocabulary = given_vocabulary(&seed);
	unsigned found = 0;

	for (int round = 0; round < ROUNDS; round++) {
		uint32_t points[LONGEST], count = random_word(&seed, points);
		uint32_t gap = 1 + (uint32_t)round % 2, place = (uint32_t)(random_next(&seed) % count);
		const struct given *best = NULL;

		for (uint32_t i = 0; i < given_count; i++)
			if (is_gapped(&given[i], place, gap, points, count)
			    && (gap == 1 || given[i].kind & KNOWN_LISTED)
			    && is_better(&given[i], best))
				best = &given[i];
		CHECK(is_known(vocabulary,
			vocabulary_find_gapped(vocabulary, points, count, place, gap), best));
		found += best != NULL;
	}
	CHECK(found > 100);
	vocabulary_free(&vocabulary);
}

TEST(a_word_is_found_as_it_is_and_nothing_else)
{
	uint64_t seed = 8;
	struct vocabulary *vocabulary = given_vocabulary(&seed);

	for (int round = 0; round < ROUNDS; round++) {
		uint32_t points[LONGEST], count = random_word(&seed, points);

		CHECK(is_known(vocabulary, vocabulary_find(vocabulary, points, count),
			find_given(points, count)));
	}
	vocabulary_free(&vocabulary);
}

TEST(letters_that_no_number_is_left_for_leave_their_words_out_and_the_others_in)
{
	struct vocabulary *vocabulary = vocabulary_new();
	uint32_t points[2];

	CHECK(vocabulary != NULL);
	CHECK_OK(glyph_prepare());
	for (uint32_t i = 0; i < 400; i++) {
		points[0] = points[1] = 0x4e00 + i;
		CHECK_OK(vocabulary_add(vocabulary, points, 2, KNOWN_SOUGHT, 0));
	}
	points[0] = points[1] = 0x1f595;
	CHECK_OK(vocabulary_add(vocabulary, points, 2, KNOWN_SOUGHT, 0));
	CHECK_OK(vocabulary_finish(vocabulary));
	CHECK(vocabulary_find(vocabulary, points, 2) == NULL);
	points[0] = points[1] = 0x4e00;
	CHECK(vocabulary_find(vocabulary, points, 2) != NULL);
	points[0] = points[1] = 0x4e00 + 399;
	CHECK(vocabulary_find(vocabulary, points, 2) == NULL);
	vocabulary_free(&vocabulary);
}

RUN(cmocka_unit_test(a_word_with_masked_letters_is_the_best_of_all_that_fit),
	cmocka_unit_test(a_word_is_found_as_it_is_and_nothing_else),
	cmocka_unit_test(letters_that_no_number_is_left_for_leave_their_words_out_and_the_others_in));
