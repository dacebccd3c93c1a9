/* test_mend.c: words behind a disguise, by what is known; and the way back from them. */
#include "given_rules.h"

#include "filters/mend.h"

#include <time.h>

static struct ruleset *ruleset;

static int load_rules(void **state)
{
	(void)state;
	ruleset = given_shipped_rules();
	return 0;
}

static int drop_rules(void **state)
{
	(void)state;
	ruleset_unref(&ruleset);
	return 0;
}

static size_t view_write(const struct view *view, char *out)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < view->count; i++)
		bytes += utf8_put(view->points[i], out + bytes);
	out[bytes] = '\0';
	return bytes;
}

static void check_mended(const char *given, const char *expected)
{
	struct text text = {0};
	char got[1024];

	CHECK_OK(text_read(&text, given, strlen(given)));
	mend_text(lexicon_vocabulary(ruleset->lexicon), &text);
	view_write(&text.folded, got);
	CHECK_TEXT(expected, got);
	text_fini(&text);
}

TEST(letters_written_twice_are_written_once_where_that_makes_a_word)
{
	check_mended("yyoouu aarree aann iiddiioott", "you are an idiot");
	check_mended("YYoouu'rree ddeeaadd, ddonn't", "you're dead, don't");
	check_mended("אתתה מטוומטטם", "אתה מטומטמ");
	check_mended("ללךך תתממוותת", "לכ תמות");
	check_mended("يياا ككللبب", "يا كلب");
	check_mended("good book, too", "good book, too");
	check_mended("ממש שש בבקשה", "ממש שש בבקשה");
}

TEST(letters_evenly_apart_are_parted_into_words)
{
	check_mended("y o u a r e a n i d i o t", "you are an idiot");
	check_mended("ל ך ת מ ו ת", "לכ תמות");
	check_mended("ي ج ب ق ت ل ك ل ا ل ي ه و د", "يجب قتل كل اليهود");
	check_mended("y o u   d o n ' t", "you don't");
	check_mended("א😀י😀ד😀י😀ו😀ט", "אידיוט");
}

TEST(a_masked_a_missing_and_a_moved_letter_are_put_back)
{
	check_mended("you id*ot, f**k off", "you idiot, fuck off");
	check_mended("מט1מטם ומטומט\"ם", "מטומטמ ומטומטמ");
	check_mended("stpuid mornos", "stupid morons");
	check_mended("they are tongiht mornos", "they are tonight morons");
	check_mended("toidi", "idiot");
	check_mended("idi ot", "idiot");
	check_mended("1d10t 4ssh0le", "idiot asshole");
	check_mended("ا#لاجئين ا_نساء", "اللاجيين النساء");
}

TEST(words_run_together_or_joined_by_signs_are_parted)
{
	check_mended("youareacompleteidiot", "you are a complete idiot");
	check_mended("אניאהרוגאותךואתכלמישקרובאליך", "אני אהרוג אותכ ואת כל מי שקרוב אליכ");
	check_mended("you_are_an_idiot", "you are an idiot");
	check_mended("מטו מטם שכמ ותך", "מטומטמ שכמותכ");
	check_mended("a state-of-the-art well-known half_open door",
		"a state of the art well-known half open door");
}

TEST(what_all_unknown_words_have_in_common_says_what_was_meant)
{
	check_mended("i will klil you with a kinfe tonihgt", "i will kill you with a knife tonight");
	check_mended("אני בא ליהברץ לך עשכיו", "אני בא להרביצ לכ עכשיו");
	check_mended("i will cut you some slack", "i will cut you some slack");
	check_mended("wir wollen morgen zusammen nach hause fahren",
		"wir wollen morgen zusammen nach hause fahren");
}

TEST(signs_digits_and_other_letters_stand_for_letters)
{
	check_mended("8l00d¥ fo0l", "bloody fool");
	check_mended("you fooIs and rnorons", "you fools and morons");
	check_mended("torn paper, modern arms", "torn paper, modern arms");
	check_mended("st*p*d m#r#n", "stupid moron");
	check_mended("מטוmטם", "מטומטמ");
	check_mended("יا 7مار", "יا حمار");
	check_mended("מ|חלה", "מחלה");
}

TEST(where_every_word_is_disguised_alike_known_words_are_too)
{
	check_mended("אתתה לא תראהה את הבבוקר", "אתה לא תראה את הבוקר");
	check_mended("السودد قرودد", "السود قرود");
	check_mended("אתה בדחיה", "אתה בדיחה");
	check_mended("צריך לשוחט את כל העברים", "צריכ לשחוט את כל הערבימ");
	/* One word alone says nothing of the others. */
	check_mended("ממש נהניתי ללכת לשם", "ממש נהניתי ללכת לשמ");
	check_mended("מלאכים בוכים בשמיים על הידלים", "מלאכימ בוכימ בשמיימ על הילדימ");
}

TEST(finals_tell_where_words_end)
{
	check_mended("א ת ם א פ ס י ם", "אתמ אפסימ");
	check_mended("ס ו פ ך ק ר ו ב מ א ו ד", "סופכ קרוב מאוד");
	check_mended("ל כ ו ל ג ו ר ב ע ז ה , ט ו ב ?", "לכו לגור בעזה, טוב?");
}

TEST(signs_stand_for_hebrew_letters_where_they_are_no_geresh)
{
	check_mended("אתה גנב 1ב1גד", "אתה גנב ובוגד");
	check_mended("כל הערב'ם מחבל'ם", "כל הערבימ מחבלימ");
	check_mended("ה1מ1א'ם זה 0ט''ה", "הומואימ זה סטייה");
	check_mended("מט'ומטם, מפ'גר", "מטומטמ, מפגר");
	check_mended("ח''כ בב'ש, ע''פ הגב' כהן, במשך11", "ח''כ בב'ש, ע''פ הגב' כהנ, במשכ11");
}

TEST(a_sign_stands_for_a_letter_where_it_does_in_other_words)
{
	check_mended("כל הער_ים מחבל#ם", "כל הערבימ מחבלימ");
	check_mended("הע.רבים מח-בלים", "הערבימ מחבלימ");
}

TEST(hebrew_and_arabic_are_heard_in_latin_letters)
{
	check_mended("ata metoumtamm", "אתה מטומטמ");
	check_mended("the hacker made a cosmic maze", "the hacker made a cosmic maze");
}

TEST(honest_texts_are_left_as_they_are)
{
	static const char *const texts[] = {
		"what is said in a well-known book about the 4th of july, p. 12",
		"write to dana@example.org or see https://example.org/a1b2", "the b2b market, 5pm, mp3",
		"צה\"ל, ח\"כ, דו\"ח ומע\"מ", "ב-2020 היו 17 ג'יפים, 3.5% מהם ירוקים",
		"سنة 2020 كان هناك 17 سؤالا", "plan a, plan b and plan c", "a b",
		/* Each longer word would be another with two letters swapped. */
		"אני אחתוך לך את הגרון",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct text text = {0};
		char before[1024];

		CHECK_OK(text_read(&text, texts[i], strlen(texts[i])));
		view_write(&text.folded, before);
		text_fini(&text);
		check_mended(texts[i], before);
	}
}

TEST(a_mended_word_leads_back_to_all_that_was_written_for_it)
{
	struct text text = {0};
	const char *given = "hey i.d-i*o_t you";
	struct span span;

	CHECK_OK(text_read(&text, given, strlen(given)));
	mend_text(lexicon_vocabulary(ruleset->lexicon), &text);
	CHECK_INT(3, text.folded.word_count);
	span = text_span(&text, &text.folded, text.folded.words[1].start, text.folded.words[1].end);
	CHECK_INT(4, span.start);
	CHECK_INT(13, span.end);
	text_fini(&text);
}

static void check_view(const struct text *text, const struct view *view)
{
	CHECK(view->count <= text->points_most);
	for (uint32_t i = 0; i < view->count; i++) {
		struct span span = text_span(text, view, i, i + 1);

		CHECK(view->from[i] <= view->from[i + 1]);
		CHECK(span.start < span.end && span.end <= text->original_count);
	}
	for (uint32_t i = 0; i < view->word_count; i++)
		CHECK(view->words[i].start < view->words[i].end && view->words[i].end <= view->count
			&& (i == 0 || view->words[i - 1].end <= view->words[i].start));
}

/* Pieces of words that something is done to, and anything in between. */
static size_t random_disguise(uint64_t *seed, char *out, uint32_t pieces)
{
	static const char *const some[] = {"idiot", "i", "di", "ot", "*", " ", " ", "'", "1", "0", "@",
		"מטומטם", "מט", "ומטם", "ש", "כלב", "\"", "-", "😀", "غبي", "يا", "ال", "كلب", "ابن",
		"sharmuta", "ata", "ben", "zona", "7", "youare", "an", "dd", "oo", "u", "\n", ".", "f",
		"stupid", "ﬁ", "ﷺ", "Ⓐ", "й", "а", "υ", "\u0301", "\u200b",
		"&#", "1488", ";", "(", ")", "_", ",", "klil", "tonihgt", "ליהברץ", "ʇ", "ǝ", "|", "8"};
	size_t bytes = 0;

	for (uint32_t i = 0; i < pieces; i++) {
		const char *piece = some[random_next(seed) % (sizeof(some) / sizeof(some[0]))];

		if (random_next(seed) % 12 == 0) {
			bytes += random_text(seed, out + bytes, 1);
			continue;
		}
		memcpy(out + bytes, piece, strlen(piece));
		bytes += strlen(piece);
	}
	return bytes;
}

TEST(whatever_is_mended_leads_back_into_the_text)
{
	struct text text = {0};
	uint64_t seed = 11;
	char given[4000];

	for (int round = 0; round < 20000; round++) {
		size_t bytes = round % 4 ? random_disguise(&seed, given, random_next(&seed) % 100)
					 : random_text(&seed, given, random_next(&seed) % 300);

		CHECK_OK(text_read(&text, given, bytes));
		mend_text(lexicon_vocabulary(ruleset->lexicon), &text);
		check_view(&text, &text.folded);
		check_view(&text, &text.squashed);
	}
	text_fini(&text);
}

/* The processor's time, so that what else the machine does counts little. */
static int64_t microseconds_for(const char *piece, size_t most)
{
	struct timespec before, after;
	struct text text = {0};
	char *given = malloc(most);
	size_t bytes = 0, length = strlen(piece);

	CHECK(given != NULL);
	for (; bytes + length <= most; bytes += length)
		memcpy(given + bytes, piece, length);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	CHECK_OK(text_read(&text, given, bytes));
	mend_text(lexicon_vocabulary(ruleset->lexicon), &text);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	check_view(&text, &text.folded);
	free(given);
	text_fini(&text);
	return (after.tv_sec - before.tv_sec) * 1000000 + (after.tv_nsec - before.tv_nsec) / 1000;
}

/* What somebody sends who wants the filter to be busy: each piece over and over, to the limit. */
TEST(a_text_made_to_be_slow_is_mended_in_time)
{
	static const char *const pieces[] = {"a", "a ", "ab", "\u0301", "א ", "aa", "ab*", "מ\"", "ي",
		"idiot", "1", "@", "ש ר מ ", "x😀", "\u200b", "זונה", "sharmuta ", "ﷺ", "0 ",
		"&#1488;", "(a) ", "a#", "ab#", "(a)", "'-", "*a*'", "אאבב ", "א'1", "*(", "a_",
		"מ*ט*ט ", "tonihgt ", "ליהברץ ", "קקככחח ", "youare", "a\nb\n", "a,", "m|r|n ", "والكلب"};
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		int64_t little = microseconds_for(pieces[i], 16 * 1024);
		int64_t much = microseconds_for(pieces[i], 64 * 1024);

		/* Four times as much takes four times as long; what is done for each pair of letters
		 * would take sixteen times. A sanitiser slows both. */
		if (much > 9 * little + 100000)
			fail_msg("\"%s\" over and over takes %lld µs, a quarter of it %lld", pieces[i],
				(long long)much, (long long)little);
	}
}

enum { LARGE_BYTES = 64 * 1024 };

/* Words that nobody knows, with a disguised one in front and one at the end. */
static size_t strange_words(char *out)
{
	static const char letters[] = "etaoinshrdlucmfwypvbgkj";
	size_t bytes = 0;
	uint64_t seed = 5;

	memcpy(out, "you mornos ", 11);
	for (bytes = 11; bytes + 32 < LARGE_BYTES; out[bytes++] = ' ')
		for (int i = 0; i < 9; i++)
			out[bytes++] = letters[random_next(&seed) % (sizeof(letters) - 1)];
	memcpy(out + bytes, "you mornos", 10);
	return bytes + 10;
}

TEST(a_text_made_to_be_slow_is_given_up_where_it_takes_too_much)
{
	struct text text = {0};
	char *given = malloc(LARGE_BYTES), *got = malloc(LARGE_BYTES * 4);
	size_t bytes = strange_words(given);
	uint32_t before;

	CHECK(given != NULL && got != NULL);
	CHECK_OK(text_fold(&text, given, bytes));
	before = text.work;
	mend_text(lexicon_vocabulary(ruleset->lexicon), &text);
	CHECK(text.work - before > MEND_MOST / 2 && text.work - before <= 2 * MEND_MOST);
	view_write(&text.folded, got);
	CHECK(strncmp(got, "you morons ", 11) == 0);
	CHECK_TEXT("you mornos", got + strlen(got) - 10);
	/* Each layer is taken off, until that takes too much. */
	for (bytes = 0; bytes + 64 < LARGE_BYTES; bytes += 64)
		memcpy(given + bytes, "(*(*(*(*(*(*(*(*(*(*(*(*(*a b c"
			"*)*)*)*)*)*)*)*)*)*)*)*)*)       ", 64);
	CHECK_OK(text_fold(&text, given, bytes));
	CHECK(text.work > 0 && text.work <= UNDISGUISE_MOST);
	/* An honest text needs next to nothing. */
	CHECK_OK(text_fold(&text, "the council should publish the budget before the vote", 53));
	mend_text(lexicon_vocabulary(ruleset->lexicon), &text);
	CHECK(text.work <= 100);
	text_fini(&text);
	free(given);
	free(got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_written_twice_are_written_once_where_that_makes_a_word),
		cmocka_unit_test(letters_evenly_apart_are_parted_into_words),
		cmocka_unit_test(a_masked_a_missing_and_a_moved_letter_are_put_back),
		cmocka_unit_test(words_run_together_or_joined_by_signs_are_parted),
		cmocka_unit_test(what_all_unknown_words_have_in_common_says_what_was_meant),
		cmocka_unit_test(signs_digits_and_other_letters_stand_for_letters),
		cmocka_unit_test(where_every_word_is_disguised_alike_known_words_are_too),
		cmocka_unit_test(finals_tell_where_words_end),
		cmocka_unit_test(signs_stand_for_hebrew_letters_where_they_are_no_geresh),
		cmocka_unit_test(a_sign_stands_for_a_letter_where_it_does_in_other_words),
		cmocka_unit_test(hebrew_and_arabic_are_heard_in_latin_letters),
		cmocka_unit_test(honest_texts_are_left_as_they_are),
		cmocka_unit_test(a_mended_word_leads_back_to_all_that_was_written_for_it),
		cmocka_unit_test(whatever_is_mended_leads_back_into_the_text),
		cmocka_unit_test(a_text_made_to_be_slow_is_mended_in_time),
		cmocka_unit_test(a_text_made_to_be_slow_is_given_up_where_it_takes_too_much),
	};

	return cmocka_run_group_tests(tests, load_rules, drop_rules);
}
