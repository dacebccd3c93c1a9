/* test_personal.c: what an author may not have meant to publish, and all the numbers that are no
 * such thing. */
#include "given_rules.h"

struct given {
	const char *text, *symbol;
};

static void check_found(const struct given *examples, size_t count)
{
	struct ruleset *ruleset = given_shipped_rules();

	for (size_t i = 0; i < count; i++) {
		struct judged judged = given_verdict(ruleset, examples[i].text);

		if (!score_found(&judged, examples[i].symbol))
			fail_msg("%s: no %s", examples[i].text, examples[i].symbol);
		if (judged.action > ACTION_NUDGE)
			fail_msg("%s: more than a nudge", examples[i].text);
	}
	ruleset_unref(&ruleset);
}

static void check_nothing(const char *const *texts, size_t count)
{
	static const char *const symbols[] = {"BANK_OR_CARD", "EMAIL_ADDRESS", "HOME_ADDRESS",
		"IDENTITY_NUMBER", "PHONE"};
	struct ruleset *ruleset = given_shipped_rules();

	for (size_t i = 0; i < count; i++) {
		struct judged judged = given_verdict(ruleset, texts[i]);

		for (size_t j = 0; j < sizeof(symbols) / sizeof(symbols[0]); j++)
			if (score_found(&judged, symbols[j]))
				fail_msg("%s: %s", texts[i], symbols[j]);
	}
	ruleset_unref(&ruleset);
}

TEST(telephone_numbers_of_the_region_and_of_the_world_are_noticed)
{
	static const struct given examples[] = {
		{"אפשר להתקשר אליי: 050-1234567", "PHONE"},
		{"המספר שלי 0501234567, דנה", "PHONE"},
		{"ב-054 123 4567 בערב", "PHONE"},
		{"חייגו 02-6234567 בשעות העבודה", "PHONE"},
		{"חייגו 03 623 4567", "PHONE"},
		{"+972-50-123-4567", "PHONE"},
		{"+972501234567", "PHONE"},
		{"00972 50 123 4567", "PHONE"},
		{"رقمي 0599123456", "PHONE"},
		{"اتصلوا على 079 123 4567", "PHONE"},
		{"رقمي ٠٥٩٩١٢٣٤٥٦", "PHONE"},
		{"+962 7 9123 4567", "PHONE"},
		{"+970 59 912 3456", "PHONE"},
		{"call me at (555) 123-4567", "PHONE"},
		{"my number is +1 415 555 2671.", "PHONE"},
		{"050-1234567 3 ילדים", "PHONE"},
		{"050\u200b-123\u200b4567", "PHONE"},
	};

	check_found(examples, sizeof(examples) / sizeof(examples[0]));
}

TEST(identity_card_and_account_numbers_are_noticed_by_their_check_digits)
{
	static const struct given examples[] = {
		{"ת\"ז 123456782", "IDENTITY_NUMBER"},
		{"מספר תעודת הזהות שלי הוא 123456782", "IDENTITY_NUMBER"},
		{"رقم الهوية 123456782", "IDENTITY_NUMBER"},
		{"my id is 12345678-2", "IDENTITY_NUMBER"},
		{"דנה כהן 012345674", "IDENTITY_NUMBER"},
		{"כרטיס 4111 1111 1111 1111 בתוקף", "BANK_OR_CARD"},
		{"4111111111111111", "BANK_OR_CARD"},
		{"IL620108000000099999999", "BANK_OR_CARD"},
		{"IL62 0108 0000 0009 9999 999", "BANK_OR_CARD"},
	};

	check_found(examples, sizeof(examples) / sizeof(examples[0]));
}

TEST(addresses_of_mail_and_of_homes_are_noticed)
{
	static const struct given examples[] = {
		{"כתבו אליי dana.cohen@example.org בבקשה", "EMAIL_ADDRESS"},
		{"dana@mail.example.co.il", "EMAIL_ADDRESS"},
		{"אני גרה ברחוב הרצל 12", "HOME_ADDRESS"},
		{"אני מתגוררת בשדרות ירושלים 7 ביפו", "HOME_ADDRESS"},
		{"عنواني شارع النجاح 5", "HOME_ADDRESS"},
		{"I live at 12 Elm Street", "HOME_ADDRESS"},
	};

	check_found(examples, sizeof(examples) / sizeof(examples[0]));
}

TEST(budgets_dates_laws_plots_times_and_prices_are_none_of_it)
{
	static const char *const texts[] = {
		"התקציב הוא 123456782 ש\"ח", "התקציב עומד על 1,234,567,890 שקל",
		"תקציב של 0.5 מיליון", "ביום 05.10.2024 בשעה 10:30", "07.11.2023 10 משתתפים",
		"05/10/2024-06/10/2024", "2023-11-07 14:30:00", "גוש 12345 חלקה 678",
		"גוש 30045 חלקה 12 תת חלקה 3", "תיק 12345-05-21", "בג\"ץ 5658/23", "חוק 1234/97",
		"סעיף 7(א)(2)", "תב\"ע 101-0123456", "תכנית 5577/א/3", "1948-1967-1973-2005",
		"90 60 90", "100% מהתושבים ו-35.5% מהשאר", "₪ 1000000000", "$4000000000",
		"https://example.org/items/0501234567", "example.org/?id=0501234567",
		"file_0501234567.pdf", "12.5.2024, 13.5.2024, 14.5.2024", "3.14159265358979",
		"1000000000", "5000000000 בני אדם", "0.123456789", "@dana מה דעתך", "דנה @ יוסי",
		"a@b", "קו 480 וקו 405 וקו 18", "גר פה 12 שנים", "אני גרה בירושלים כבר 40 שנה",
		"I live in a street with 300 people who lived in 12 countries.",
		"الميزانية 123456782 شيكل", "في 07.11.2023 الساعة 10", "القانون رقم 12 لسنة 2005",
		"+1000000", "+50000 תושבים", "1-2-3-4-5-6-7-8-9", "ISBN 978-3-16-148410-0",
		"שנים 2010 2011 2012 2013", "מיקוד 9103401", "192.168.100.200", "*6050", "1-800-123",
		"commit a4111111111111111 of the plan",
	};

	check_nothing(texts, sizeof(texts) / sizeof(texts[0]));
}

TEST(a_finding_marks_the_number_alone)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct judged judged = given_verdict(ruleset, "דנה: 050-123 4567 בערב");
	size_t phones = 0;

	for (size_t i = 0; i < judged.finding_count; i++) {
		if (strcmp(judged.findings[i].symbol, "PHONE") != 0)
			continue;
		CHECK_INT(5, judged.findings[i].start);
		CHECK_INT(17, judged.findings[i].end);
		phones++;
	}
	CHECK_INT(1, phones);
	CHECK_INT(ACTION_NUDGE, judged.action);
	ruleset_unref(&ruleset);
}

RUN(cmocka_unit_test(telephone_numbers_of_the_region_and_of_the_world_are_noticed),
	cmocka_unit_test(identity_card_and_account_numbers_are_noticed_by_their_check_digits),
	cmocka_unit_test(addresses_of_mail_and_of_homes_are_noticed),
	cmocka_unit_test(budgets_dates_laws_plots_times_and_prices_are_none_of_it),
	cmocka_unit_test(a_finding_marks_the_number_alone));
