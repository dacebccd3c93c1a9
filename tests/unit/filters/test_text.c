/* test_text.c: the views of a text, and the way back from each. */
#include "given_rules.h"

#include "filters/text.h"

static size_t view_write(const struct view *view, char *out)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < view->count; i++)
		bytes += utf8_put(view->points[i], out + bytes);
	out[bytes] = '\0';
	return bytes;
}

static void check_folded(const char *given, const char *expected)
{
	struct text text = {0};
	char got[1024];

	CHECK_OK(text_read(&text, given, strlen(given)));
	view_write(&text.folded, got);
	CHECK_TEXT(expected, got);
	text_fini(&text);
}

static void check_squashed(const char *given, const char *expected)
{
	struct text text = {0};
	char got[1024];

	CHECK_OK(text_read(&text, given, strlen(given)));
	view_write(&text.squashed, got);
	CHECK_TEXT(expected, got);
	text_fini(&text);
}

TEST(white_space_becomes_one_space_and_none_at_the_edges)
{
	check_folded("  ab \t\n bc\u00a0\u2003cd  ", "ab bc cd");
}

TEST(marks_and_invisible_characters_go_and_invisible_ones_are_counted)
{
	struct text text = {0};
	const char *given = "ש\u200fָׁל\u202eוֹם\u00ad";

	check_folded(given, "שלומ");
	CHECK_OK(text_read(&text, given, strlen(given)));
	CHECK_INT(3, text.invisibles);
	text_fini(&text);
}

TEST(three_or_more_of_a_letter_are_two_and_digits_keep_their_number)
{
	check_folded("איזזזזזה!!!!!! 1000000", "איזזה!! 1000000");
}

TEST(spaced_letters_are_joined_and_ordinary_single_letters_are_not)
{
	check_folded("א י ד י ו ט", "אידיוט");
	check_folded("f.u.c.k off", "fuck off");
	check_folded("plan a and b", "plan a and b");
	check_folded("y o u  r a t", "you rat");
	check_folded("א.ת.ה ט.י.פ.ש", "אתה טיפש");
	check_folded("סעיף א, ב, ג", "סעיפ א, ב, ג");
}

TEST(look_alikes_are_undone_in_mixed_tokens_alone)
{
	check_folded("іdіоt", "idiot");
	check_folded("сор привет Ελλάδα", "сор привет ελλαδα");
}

TEST(leet_is_undone_where_there_are_latin_letters_and_nowhere_else)
{
	check_folded("1d10t 5h1t a$$hole f@ggot!", "idiot shit asshole faggot!");
	check_folded("you1diot", "youidiot");
	check_folded("4 5 100 3.14 בשעה 10:30", "4 5 100 3.14 בשעה 10:30");
	check_folded("dana@example.org", "dana@example.org");
	check_folded("th3 1d10t @nd h1s d0g", "the idiot and his dog");
	check_folded("a 4 b", "a 4 b");
}

TEST(letters_of_every_shape_are_plain_letters)
{
	check_folded("⒤⒟⒤⒪⒯ 🅘🅓🅘🅞🅣 ɪᴅɪᴏᴛ ıđíøŧ", "idiot idiot idiot idiot");
	check_folded("ʎon ɐɹǝ ʇoo qɐp", "you are too bad");
	check_folded("you հeոce նոտ", "you hence նոտ");
	check_folded("אײדױט גװאל", "איידויט גוואל");
	check_folded("ڪلب چميل", "كلب جميل");
	check_folded("&#105;&#x64;i&#1488;t &amp; &#39;", "idiאt &amp; &#39;");
}

TEST(signs_around_every_word_are_none_of_the_words)
{
	check_folded("(you) (are) (an) (idiot)!", "you are an idiot!");
	check_folded("[they] [are] [animals,] [not] [humans.]", "they are animals, not humans.");
	check_folded("(big) (moron)", "big moron");
	check_folded("(big) (moron) he said", "(big) (moron) he said");
	check_folded("that is *really* bad", "that is really bad");
	check_folded("he said (sic) \"well\"", "he said (sic) \"well\"");
	check_folded("\"idiot\", \"moron\", \"fool\"", "\"idiot\", \"moron\", \"fool\"");
	/* Halves that an apostrophe or a hyphen joins have signs of their own. */
	check_folded("*You*'~re~ a (dead) [man]", "you're a dead man");
	check_folded("~we~ #don#'t .want. !it!", "we don't want it");
	check_folded("(one)-(way) is as good as non-(x)-y", "(one)-(way) is as good as non-(x)-y");
}

TEST(a_hash_a_key_and_a_long_number_are_no_words_in_disguise)
{
	const char *hash = "9652affe38f41ba2484e013cf9d2c0bcb8c80d67";
	const char *token = "@t0006241f5a3c9d7e0000002a00000007@ publish";

	check_folded(hash, hash);
	check_folded(token, token);
	check_folded("550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440000");
	/* As long, and every digit stands for a letter. */
	check_folded("y0u4r34n1d10t4nd5h0uld13v3", "youareanidiotandshouldieve");
}

TEST(a_sign_between_all_words_parts_them)
{
	check_folded("you🔥are😀an🔥idiot", "you are an idiot");
	check_folded("#you #are #an #idiot", "you are an idiot");
	check_folded("you--are__an--idiot--.", "you--are__an--idiot--.");
	check_folded("you--are--an--idiot, --he--said.", "you are an idiot, he said.");
	check_folded("milk, eggs, bread, tea", "milk, eggs, bread, tea");
	check_folded("2020-01-02, 1.2.3.4", "2020-01-02, 1.2.3.4");
	check_folded("(i)(d)(i)(o)(t) a(b)(c)", "idiot a(b)(c)");
}

TEST(the_last_of_spaced_letters_may_have_an_ending)
{
	check_folded("y.o.u're d.e.a.d", "you're dead");
	check_folded("d o n't g o n o w", "don't gonow");
	check_folded("plan a's cost", "plan a's cost");
}

TEST(letters_on_lines_of_their_own_are_joined)
{
	check_folded("y\no\nu\n\nr\na\nt", "you rat");
	check_folded("א\nת\nה ח\nמ\nו\nר", "אתה חמור");
}

TEST(words_in_quotes_one_by_one_are_nobody_elses)
{
	struct text text = {0};
	const char *given = "\"you\" \"are\" \"an\" \"idiot\"";

	CHECK_OK(text_read(&text, given, strlen(given)));
	CHECK_INT(0, text.quote_count);
	given = "he called her \"idiot\", \"moron\", \"fool\"";
	CHECK_OK(text_read(&text, given, strlen(given)));
	CHECK_INT(3, text.quote_count);
	given = "\"he\" \"said\" \"\"you\" \"idiot\"\"";
	CHECK_OK(text_read(&text, given, strlen(given)));
	CHECK_INT(1, text.quote_count);
	text_fini(&text);
	check_folded("«eat» 'shit'", "eat shit");
	check_folded("she «can»'t stand \"him\"", "she \"can\"'t stand \"him\"");
	check_folded("I “can”'t «stand» \"him\", 'You''\'ll' 'see'",
		"i can't stand him, you'll see");
	check_folded("*\"'eat'\"* *\"shit\"*", "eat shit");
	check_folded("\"idiot\", \"moron\"", "\"idiot\", \"moron\"");
}

TEST(squashing_takes_out_punctuation_inside_words_and_doubled_letters)
{
	check_squashed("מ-ט-ו*מטם id.io*t", "מטומטמ idiot");
	check_squashed("don't צה\"ל א/ב", "don't צה\"ל א/ב");
	check_squashed("foo", "fo");
}

TEST(a_place_in_a_view_leads_back_to_what_was_written)
{
	struct text text = {0};
	const char *given = "אל תהיה  א י ד י ו ט גמור";
	struct span span;

	CHECK_OK(text_read(&text, given, strlen(given)));
	CHECK_INT(4, text.folded.word_count);
	span = text_span(&text, &text.folded, text.folded.words[2].start, text.folded.words[2].end);
	CHECK_INT(9, span.start);
	CHECK_INT(20, span.end);
	text_fini(&text);
}

TEST(niqqud_belongs_to_the_letter_before_it)
{
	struct text text = {0};
	const char *given = "שָׁלוֹם!";
	struct span span;

	CHECK_OK(text_read(&text, given, strlen(given)));
	span = text_span(&text, &text.folded, 0, 1);
	CHECK_INT(0, span.start);
	CHECK_INT(3, span.end);
	text_fini(&text);
}

TEST(any_place_in_any_view_of_any_text_lies_inside_the_text)
{
	struct text text = {0};
	uint64_t seed = 1;
	char given[1600];

	for (int round = 0; round < 3000; round++) {
		size_t bytes = random_text(&seed, given, random_next(&seed) % 300);
		const struct view *views[2] = {&text.folded, &text.squashed};

		CHECK_OK(text_read(&text, given, bytes));
		for (int v = 0; v < 2; v++) {
			const struct view *view = views[v];

			for (uint32_t i = 0; i < view->count; i++) {
				struct span span = text_span(&text, view, i, i + 1);

				CHECK(view->from[i] <= view->from[i + 1]);
				CHECK(span.start < span.end && span.end <= text.original_count);
			}
			for (uint32_t i = 0; i < view->word_count; i++)
				CHECK(view->words[i].start < view->words[i].end
					&& view->words[i].end <= view->count
					&& (i == 0 || view->words[i - 1].end <= view->words[i].start));
		}
	}
	text_fini(&text);
}

TEST(folding_what_was_folded_changes_nothing)
{
	struct text text = {0};
	uint64_t seed = 2;
	char given[1600], once[4000], twice[4000];

	for (int round = 0; round < 5000; round++) {
		size_t bytes = random_text(&seed, given, random_next(&seed) % 200);

		CHECK_OK(text_read(&text, given, bytes));
		bytes = view_write(&text.folded, once);
		CHECK_OK(text_read(&text, once, bytes));
		view_write(&text.folded, twice);
		CHECK_TEXT(once, twice);
	}
	text_fini(&text);
}

TEST(quotations_are_known_and_gershayim_are_none)
{
	struct text text = {0};
	const char *given = "הוא כתב \"אתה טיפש\" לצה\"ל וזהו\n> שורה של אחר\nסוף";

	CHECK_OK(text_read(&text, given, strlen(given)));
	CHECK_INT(2, text.quote_count);
	CHECK(text_is_quoted(&text, (struct span){9, 17}));
	CHECK(!text_is_quoted(&text, (struct span){0, 3}));
	CHECK(!text_is_quoted(&text, (struct span){20, 24}));
	text_fini(&text);
}

TEST(what_is_no_utf8_or_too_large_is_refused)
{
	struct text text = {0};
	char *large = calloc(1, TEXT_BYTES_MOST + 1);

	CHECK_ERR(ERR_BAD_PARAMS, text_read(&text, "\xc0\xaf", 2));
	CHECK_ERR(ERR_BAD_PARAMS, text_read(&text, "\xf4\x90\x80\x80", 4));
	CHECK(large != NULL);
	CHECK_ERR(ERR_TOO_LARGE, text_read(&text, large, TEXT_BYTES_MOST + 1));
	free(large);
	text_fini(&text);
}

TEST(a_text_that_expands_all_over_stays_within_its_memory)
{
	struct text text = {0};
	char given[3000];

	/* U+FDFA is three bytes and folds to eighteen code points. */
	for (size_t i = 0; i < sizeof(given); i += 3)
		memcpy(given + i, "\xef\xb7\xba", 3);
	CHECK_OK(text_read(&text, given, sizeof(given)));
	CHECK_INT(18000, text.folded.count);
	CHECK_INT(1000, text_span(&text, &text.folded, 17999, 18000).end);
	text_fini(&text);
}

RUN(cmocka_unit_test(white_space_becomes_one_space_and_none_at_the_edges),
	cmocka_unit_test(marks_and_invisible_characters_go_and_invisible_ones_are_counted),
	cmocka_unit_test(three_or_more_of_a_letter_are_two_and_digits_keep_their_number),
	cmocka_unit_test(spaced_letters_are_joined_and_ordinary_single_letters_are_not),
	cmocka_unit_test(look_alikes_are_undone_in_mixed_tokens_alone),
	cmocka_unit_test(leet_is_undone_where_there_are_latin_letters_and_nowhere_else),
	cmocka_unit_test(letters_of_every_shape_are_plain_letters),
	cmocka_unit_test(signs_around_every_word_are_none_of_the_words),
		cmocka_unit_test(a_sign_between_all_words_parts_them),
		cmocka_unit_test(the_last_of_spaced_letters_may_have_an_ending),
	cmocka_unit_test(a_hash_a_key_and_a_long_number_are_no_words_in_disguise),
	cmocka_unit_test(letters_on_lines_of_their_own_are_joined),
	cmocka_unit_test(words_in_quotes_one_by_one_are_nobody_elses),
	cmocka_unit_test(squashing_takes_out_punctuation_inside_words_and_doubled_letters),
	cmocka_unit_test(a_place_in_a_view_leads_back_to_what_was_written),
	cmocka_unit_test(niqqud_belongs_to_the_letter_before_it),
	cmocka_unit_test(any_place_in_any_view_of_any_text_lies_inside_the_text),
	cmocka_unit_test(folding_what_was_folded_changes_nothing),
	cmocka_unit_test(quotations_are_known_and_gershayim_are_none),
	cmocka_unit_test(what_is_no_utf8_or_too_large_is_refused),
	cmocka_unit_test(a_text_that_expands_all_over_stays_within_its_memory));
