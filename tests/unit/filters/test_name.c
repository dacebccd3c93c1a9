/* test_name.c: who passes for whom, and who is only called alike. */
#include "given_rules.h"

#include "filters/name.h"

static struct name_look of(const char *name)
{
	struct name_look look;

	CHECK_OK(name_look(name, strlen(name), &look));
	return look;
}

static void check_namesakes(const char *one, const char *other)
{
	if (of(one).read != of(other).read)
		fail_msg("%s and %s should be one name", one, other);
}

static void check_disguised(const char *one, const char *other)
{
	if (of(one).look != of(other).look || of(one).read == of(other).read)
		fail_msg("%s should pass for %s", one, other);
}

static void check_apart(const char *one, const char *other)
{
	if (of(one).look == of(other).look || of(one).read == of(other).read)
		fail_msg("%s and %s are two names", one, other);
}

TEST(one_name_is_one_name_however_it_is_written)
{
	check_namesakes("David Cohen", "david  COHEN.");
	check_namesakes("דוד כהן", "דָּוִד כֹּהֵן");
	check_namesakes("דוד כהן", "דוד־כהן");
	check_namesakes("أحمد علي", "احمد على");
	check_namesakes("فاطمة", "فاطمه");
	check_namesakes("Dana", "\xef\xbc\xa4\xef\xbd\x81\xef\xbd\x8e\xef\xbd\x81");
	check_namesakes("Dana", "D·a·n·a");
	check_namesakes("Zoë", "Zoe");
}

TEST(a_name_in_letters_of_another_alphabet_passes_for_the_real_one)
{
	check_disguised("D\u0430na", "Dana");
	check_disguised("DАNА", "Dana");
	check_disguised("\u0421\u0430\u0440\u0430", "Capa");
	check_disguised("Mοshe", "Moshe");
	check_disguised("llan", "Ilan");
	check_disguised("M0she", "Moshe");
	check_disguised("Mסshe", "Moshe");
	check_disguised("Aוon", "Alon");
	check_disguised("\u0406lan", "Ilan");
}

TEST(names_that_only_resemble_each_other_are_two_names)
{
	check_apart("Arnon", "Amon");
	check_apart("דוד", "דויד");
	check_apart("Dana 2", "Dana 3");
	check_apart("דנה", "רנה");
	check_apart("حسن", "حسين");
	check_apart("Анна", "Ahna");
	check_apart("Dana", "Dan");
	check_apart("سارة", "סארה");
}

TEST(a_word_of_two_alphabets_that_look_alike_is_noticed)
{
	CHECK(of("D\u0430na").is_mixed);
	CHECK(of("Noa B\u0430r").is_mixed);
	CHECK(of("Mοshe").is_mixed);
	CHECK(!of("Анна Cohen").is_mixed);
	CHECK(!of("Сара").is_mixed);
	CHECK(!of("דנה Dana").is_mixed);
	CHECK(!of("שלוםadmin").is_mixed);
	CHECK(!of("Łukasz Øre İnci").is_mixed);
	CHECK(!of("דנה (Дана)").is_mixed);
	CHECK(!of("محمد-Mohammed").is_mixed);
}

TEST(the_sign_of_a_tag_is_noticed_in_every_form)
{
	CHECK(of("Noa#7k2p").has_sign);
	CHECK(of("Noa＃7k2p").has_sign);
	CHECK(of("Noa﹟").has_sign);
	CHECK(of("Noa ♯7").has_sign);
	CHECK(!of("Noa 7").has_sign);
}

TEST(marks_heaped_on_a_letter_are_noticed_and_full_niqqud_is_not)
{
	CHECK(of("D\u0301\u0302\u0303\u0304\u0305na").is_heaped);
	CHECK(!of("שָּׁ֑לוֹם").is_heaped);
	CHECK(!of("مُحَمَّدٌ").is_heaped);
	CHECK(!of("Nguyễn Thị Ánh").is_heaped);
}

RUN(
	cmocka_unit_test(one_name_is_one_name_however_it_is_written),
	cmocka_unit_test(a_name_in_letters_of_another_alphabet_passes_for_the_real_one),
	cmocka_unit_test(names_that_only_resemble_each_other_are_two_names),
	cmocka_unit_test(a_word_of_two_alphabets_that_look_alike_is_noticed),
	cmocka_unit_test(the_sign_of_a_tag_is_noticed_in_every_form),
	cmocka_unit_test(marks_heaped_on_a_letter_are_noticed_and_full_niqqud_is_not));
