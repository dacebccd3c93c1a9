/* test_utf8.c: what is UTF-8, what is a name. */
#include "check.h"

#include <string.h>

#include "base/utf8.h"

static bool valid(const char *text)
{
	return utf8_valid(text, strlen(text));
}

static bool name(const char *text)
{
	return utf8_is_name(text, strlen(text), 20);
}

TEST(every_code_point_but_surrogates_is_written_and_read_back)
{
	for (uint32_t point = 0; point <= 0x10FFFF; point++) {
		char text[4];
		size_t bytes = utf8_put(point, text), at = 0;
		bool surrogate = point >= 0xD800 && point <= 0xDFFF;

		CHECK(utf8_valid(text, bytes) == !surrogate);
		if (surrogate)
			continue;
		CHECK(utf8_next(text, bytes, &at) == point && at == bytes);
		CHECK_INT(1, utf8_length(text, bytes));
		for (size_t cut = 1; cut < bytes; cut++)
			CHECK(!utf8_valid(text, cut));
	}
}

TEST(overlong_surrogate_too_large_and_stray_bytes_are_refused)
{
	static const char *const wrong[] = { "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80",
		"\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xfe", "\xff",
		"\xc3(", "\xe2(\xa1", "\xe2\x82(", "\xf0(\x8c\xbc", "a\xd7", "\xd7\xd7\xa9" };

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		CHECK(!valid(wrong[i]));
	CHECK(valid("שלום مرحبا hello 👋"));
	CHECK(utf8_valid("a\0b", 3));
	CHECK(utf8_valid("", 0));
}

TEST(offsets_count_code_points)
{
	static const char text[] = "aש€👋z";
	size_t bytes = sizeof text - 1;

	CHECK_INT(5, utf8_length(text, bytes));
	CHECK_INT(0, utf8_offset(text, bytes, 0));
	CHECK_INT(1, utf8_offset(text, bytes, 1));
	CHECK_INT(3, utf8_offset(text, bytes, 2));
	CHECK_INT(6, utf8_offset(text, bytes, 3));
	CHECK_INT(10, utf8_offset(text, bytes, 4));
	CHECK_INT(bytes, utf8_offset(text, bytes, 5));
	CHECK_INT(bytes, utf8_offset(text, bytes, 99));
}

TEST(people_may_be_called_as_they_are)
{
	CHECK(name("דנה"));
	CHECK(name("שָׁלוֹם בֶּן־עַמִּי"));
	CHECK(name("محمد الأمين"));
	CHECK(name("مُحَمَّد"));
	CHECK(name("Anne-Marie O'Neill"));
	CHECK(name("Łukasz Żółć"));
	CHECK(name("李小龙"));
	CHECK(name("ד\"ר לוי (עו\"ד)"));
	CHECK(name("7"));
	CHECK(name("ª"));
	CHECK(name("Noa 🌻"));
}

TEST(a_name_has_a_letter_and_no_needless_blanks)
{
	CHECK(!name(""));
	CHECK(!name(" "));
	CHECK(!name(" Dana"));
	CHECK(!name("Dana "));
	CHECK(!name("Dana  Levi"));
	CHECK(!name("Dana \xc2\xa0Levi"));
	CHECK(!name("..."));
	CHECK(!name("🌻🌻"));
	CHECK(!name("־־"));
	CHECK(!name("\xd6\xb8"));
	CHECK(name("abcdefghijklmnopqrst"));
	CHECK(!name("abcdefghijklmnopqrstu"));
	CHECK(name("אבגדהוזחטיכלמנסעפצקר"));
	CHECK(!name("אבגדהוזחטיכלמנסעפצקרש"));
}

TEST(nothing_invisible_hides_in_a_name)
{
	static const uint32_t hidden[] = { 0x00, 0x09, 0x0A, 0x1B, 0x7F, 0x85, 0x9F, 0xAD, 0x34F,
		0x61C, 0x115F, 0x1160, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029,
		0x202A, 0x202E, 0x2060, 0x2066, 0x2069, 0x206F, 0x2800, 0x3164, 0xE000, 0xF8FF,
		0xFDD0, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFC, 0xFFFE, 0xFFFF, 0x1FFFE, 0x1D173,
		0xE0001, 0xE0041, 0xE0100, 0xF0000, 0x10FFFF };

	for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
		char text[16] = "Da";
		size_t bytes = 2 + utf8_put(hidden[i], text + 2);

		memcpy(text + bytes, "na", 2);
		CHECK(utf8_is_invisible_or_control(hidden[i]));
		CHECK(!utf8_is_name(text, bytes + 2, 20));
	}
}

TEST(letters_digits_blanks_and_signs_are_seen)
{
	static const uint32_t seen[] = { ' ', 'a', '0', '~', 0xA0, 0xE9, 0x5D0, 0x5B8, 0x627,
		0x64B, 0x2010, 0x2027, 0x20AC, 0x3042, 0xFFFD, 0x1F44B, 0x20000 };

	for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++)
		CHECK(!utf8_is_invisible_or_control(seen[i]));
}

RUN(cmocka_unit_test(every_code_point_but_surrogates_is_written_and_read_back),
	cmocka_unit_test(overlong_surrogate_too_large_and_stray_bytes_are_refused),
	cmocka_unit_test(offsets_count_code_points),
	cmocka_unit_test(people_may_be_called_as_they_are),
	cmocka_unit_test(a_name_has_a_letter_and_no_needless_blanks),
	cmocka_unit_test(nothing_invisible_hides_in_a_name),
	cmocka_unit_test(letters_digits_blanks_and_signs_are_seen));
