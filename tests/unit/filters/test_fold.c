/* test_fold.c: words as the search index wants them. */
#include "given_rules.h"

#include "filters/fold.h"
#include "filters/glyph.h"

static void check_fold(const char *text, const char *expected)
{
	struct buf out = {0};

	CHECK_OK(fold_words(text, strlen(text), &out));
	buf_add(&out, "", 1);
	CHECK_TEXT(expected, out.data);
	buf_fini(&out);
}

TEST(pointed_and_unpointed_hebrew_are_the_same_words)
{
	check_fold("שָׁלוֹם עוֹלָם", "שלומ עולמ");
	check_fold("שלום עולם", "שלומ עולמ");
	check_fold("ﬥשׁ", "לש");
}

TEST(arabic_is_one_form_without_harakat_and_tatweel)
{
	check_fold("مُحَمَّد أحمد إلى مدرسة كـــتاب ٣٤٥", "محمد احمد الي مدرسه كتاب 345");
}

TEST(latin_loses_case_width_and_accents_and_nothing_else)
{
	check_fold("Élan Ｆｕｌｌ İstanbul ﬁne", "elan full istanbul fine");
	check_fold("h4x0r cooool a.b.c аbc", "h4x0r cooool a b c аbc");
}

TEST(a_quote_between_letters_joins_and_all_other_punctuation_parts)
{
	check_fold("צה\"ל צה״ל ג׳ירפה don't don’t", "צהל צהל גירפה dont dont");
	check_fold("בן־אדם אחד,שניים(שלוש)", "בנ אדמ אחד שניימ שלוש");
	check_fold("'quoted' \"words\"", "quoted words");
}

TEST(what_has_no_letter_or_digit_has_no_words)
{
	check_fold("", "");
	check_fold(" -- !? \u200f\u202e \u0301", "");
}

TEST(bytes_that_are_no_utf8_are_refused)
{
	struct buf out = {0};

	CHECK_ERR(ERR_BAD_PARAMS, fold_words("ab\xff", 3, &out));
	CHECK_ERR(ERR_BAD_PARAMS, fold_words("\xed\xa0\x80", 3, &out));
	buf_fini(&out);
}

TEST(folding_folded_words_changes_nothing)
{
	struct buf once = {0}, twice = {0};
	uint64_t seed = 7;
	char text[800];

	for (int round = 0; round < 4000; round++) {
		size_t bytes = random_text(&seed, text, 1 + random_next(&seed) % 150);

		buf_clear(&once);
		buf_clear(&twice);
		CHECK_OK(fold_words(text, bytes, &once));
		CHECK_OK(fold_words(once.data ? once.data : "", once.bytes, &twice));
		CHECK_INT(once.bytes, twice.bytes);
		if (once.bytes)
			CHECK(memcmp(once.data, twice.data, once.bytes) == 0);
	}
	buf_fini(&once);
	buf_fini(&twice);
}

TEST(every_code_point_folds_to_what_folds_to_itself)
{
	CHECK_OK(glyph_prepare());
	for (uint32_t point = 0; point < 0x110000; point++) {
		uint32_t out[GLYPH_FOLD_MOST], again[GLYPH_FOLD_MOST];
		unsigned count = glyph_fold(point, glyph_entry(point), out);

		CHECK(count <= GLYPH_FOLD_MOST);
		for (unsigned i = 0; i < count; i++) {
			CHECK_INT(1, glyph_fold(out[i], glyph_entry(out[i]), again));
			CHECK_INT(out[i], again[0]);
		}
	}
}

static void check_variants(const char *word, const char *expected)
{
	struct fold_variant variants[FOLD_VARIANTS_MOST];
	size_t count = fold_variants(word, strlen(word), variants);
	struct buf got = {0};

	for (size_t i = 0; i < count; i++) {
		buf_text(&got, i ? " " : "");
		buf_add(&got, variants[i].at, variants[i].bytes);
	}
	buf_add(&got, "", 1);
	CHECK_TEXT(expected, got.data);
	buf_fini(&got);
}

TEST(a_word_is_offered_without_its_prefixes_down_to_two_letters)
{
	check_variants("ובבית", "ובבית בבית בית ית");
	check_variants("כשמהבית", "כשמהבית שמהבית מהבית הבית");
	check_variants("שלומ", "שלומ לומ ומ");
	check_variants("אב", "אב");
	check_variants("والمدرسه", "والمدرسه المدرسه مدرسه");
	check_variants("وللبيت", "وللبيت للبيت بيت");
	check_variants("ولد", "ولد لد");
	check_variants("hello", "hello");
	check_variants("", "");
}

RUN(cmocka_unit_test(pointed_and_unpointed_hebrew_are_the_same_words),
	cmocka_unit_test(arabic_is_one_form_without_harakat_and_tatweel),
	cmocka_unit_test(latin_loses_case_width_and_accents_and_nothing_else),
	cmocka_unit_test(a_quote_between_letters_joins_and_all_other_punctuation_parts),
	cmocka_unit_test(what_has_no_letter_or_digit_has_no_words),
	cmocka_unit_test(bytes_that_are_no_utf8_are_refused),
	cmocka_unit_test(folding_folded_words_changes_nothing),
	cmocka_unit_test(every_code_point_folds_to_what_folds_to_itself),
	cmocka_unit_test(a_word_is_offered_without_its_prefixes_down_to_two_letters));
