/* test_pipeline.c: from a text to an action. */
#include "given_rules.h"

static const char *action_for(const struct ruleset *ruleset, const char *policy, const char *text)
{
	struct scratch *scratch = scratch_new();
	struct judged judged;

	CHECK_OK(pipeline_judge(ruleset, scratch, policy, NULL, text, strlen(text), &judged));
	scratch_free(&scratch);
	return action_name(judged.action);
}

TEST(the_same_text_fares_differently_under_each_policy)
{
	struct ruleset *ruleset = given_shipped_rules();

	CHECK_TEXT("nudge", action_for(ruleset, "expert", "הוא אידיוט"));
	CHECK_TEXT("hold", action_for(ruleset, "public", "הוא אידיוט"));
	CHECK_TEXT("allow", action_for(ruleset, "public", "נמאס לי מכל החרא הזה. איזה חרא"));
	CHECK_TEXT("nudge", action_for(ruleset, "strict", "נמאס לי מכל החרא הזה. איזה חרא"));
	CHECK_TEXT("reject", action_for(ruleset, "expert", "אני אהרוג אותך"));
	CHECK_TEXT("reject", action_for(ruleset, "public", "אני אהרוג אותך"));
	/* A policy that nobody knows is the strictest. */
	CHECK_TEXT("nudge", action_for(ruleset, "no-such", "נמאס לי מכל החרא הזה. איזה חרא"));
	ruleset_unref(&ruleset);
}

TEST(only_symbols_that_people_stand_for_ever_reject)
{
	struct ruleset *ruleset = given_shipped_rules();

	for (unsigned p = 0; p < ruleset->policies.count; p++) {
		const struct policy *policy = &ruleset->policies.list[p];

		CHECK_INT(NEVER, policy->incivility.reject);
		for (unsigned s = 0; s < ruleset->symbols.count; s++)
			CHECK(policy->symbols[s].reject == NEVER
				|| ruleset->symbols.list[s].may_reject);
	}
	ruleset_unref(&ruleset);
}

TEST(what_is_no_utf8_is_an_error_and_nothing_else_is)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct scratch *scratch = scratch_new();
	struct judged judged;
	char *large = malloc(TEXT_BYTES_MOST + 1);

	CHECK_ERR(ERR_BAD_PARAMS,
		pipeline_judge(ruleset, scratch, "public", "he", "\xff", 1, &judged));
	/* Too large to be judged: held, not lost. */
	memset(large, 'x', TEXT_BYTES_MOST + 1);
	CHECK_OK(pipeline_judge(ruleset, scratch, "public", "he", large, TEXT_BYTES_MOST + 1,
		&judged));
	CHECK(judged.failed);
	CHECK_INT(ACTION_HOLD, judged.action);
	CHECK_OK(pipeline_judge(ruleset, scratch, "public", NULL, "", 0, &judged));
	CHECK_INT(ACTION_REJECT, judged.action);
	free(large);
	scratch_free(&scratch);
	ruleset_unref(&ruleset);
}

TEST(a_text_is_judged_the_same_whatever_was_judged_before)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct scratch *worn = scratch_new();
	uint64_t seed = 5;
	char text[1600];

	for (int round = 0; round < 400; round++) {
		struct scratch *fresh = scratch_new();
		size_t bytes = random_text(&seed, text, random_next(&seed) % 200);
		struct judged a, b;

		CHECK_OK(pipeline_judge(ruleset, worn, "public", "he", text, bytes, &a));
		CHECK_OK(pipeline_judge(ruleset, fresh, "public", "he", text, bytes, &b));
		CHECK(memcmp(&a, &b, sizeof(a)) == 0);
		for (size_t i = 0; i < a.finding_count; i++)
			CHECK(a.findings[i].start <= a.findings[i].end
				&& a.findings[i].end <= utf8_length(text, bytes)
				&& a.findings[i].score <= SCORE_MOST);
		scratch_free(&fresh);
	}
	scratch_free(&worn);
	ruleset_unref(&ruleset);
}

TEST(a_nudge_is_not_repeated_unless_the_policy_holds_then)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct judged judged = given_verdict(ruleset, "הוא אידיוט");

	CHECK_INT(ACTION_NUDGE, pipeline_settle(ruleset, "expert", &judged, NULL, 0, 0, false));
	CHECK_INT(ACTION_ALLOW, pipeline_settle(ruleset, "expert", &judged, NULL, 0, 0, true));
	judged = given_verdict(ruleset, "אתה שקרן");
	CHECK_INT(ACTION_NUDGE, pipeline_settle(ruleset, "strict", &judged, NULL, 0, 0, false));
	CHECK_INT(ACTION_HOLD, pipeline_settle(ruleset, "strict", &judged, NULL, 0, 0, true));
	ruleset_unref(&ruleset);
}

TEST(heat_tightens_what_is_uncivil_and_leaves_what_is_civil_alone)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct judged judged = given_verdict(ruleset, "אתה שקרן");

	CHECK_INT(ACTION_ALLOW, pipeline_settle(ruleset, "public", &judged, NULL, 0, 0, false));
	CHECK_INT(ACTION_NUDGE, pipeline_settle(ruleset, "public", &judged, NULL, 900, 0, false));
	CHECK_INT(ACTION_NUDGE, pipeline_settle(ruleset, "public", &judged, NULL, 0, 900, false));
	judged = given_verdict(ruleset, "אני לא מסכים, וההחלטה הזאת היא טעות חמורה");
	CHECK_INT(ACTION_ALLOW, pipeline_settle(ruleset, "crisis", &judged, NULL, 1000, 1000, false));
	ruleset_unref(&ruleset);
}

TEST(limits_off_switches_off_flood_and_repetition_and_nothing_else)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct judged judged = given_verdict(ruleset, "קנו עכשיו קנו עכשיו קנו עכשיו קנו עכשיו קנו "
		"עכשיו קנו עכשיו קנו עכשיו קנו עכשיו קנו עכשיו קנו עכשיו קנו עכשיו קנו עכשיו");
	struct recent_result off = {.off = true}, again = {.own = 1000, .others = 0, .rate = 1000};

	CHECK_INT(800, score_found(&judged, "FLOOD"));
	CHECK_INT(ACTION_HOLD, judged.action);
	CHECK_INT(ACTION_ALLOW, pipeline_settle(ruleset, "public", &judged, &off, 0, 0, false));
	pipeline_note_recent(ruleset, &judged, &off, 10);
	CHECK_INT(0, score_found(&judged, "FLOOD"));

	judged = given_verdict(ruleset, "אתה אידיוט");
	CHECK_INT(ACTION_HOLD, pipeline_settle(ruleset, "public", &judged, &off, 0, 0, false));
	pipeline_note_recent(ruleset, &judged, &off, 10);
	CHECK_INT(750, score_found(&judged, "INSULT"));

	judged = given_verdict(ruleset, "שלום לכולם");
	CHECK_INT(ACTION_HOLD, pipeline_settle(ruleset, "public", &judged, &again, 0, 0, false));
	pipeline_note_recent(ruleset, &judged, &again, 10);
	CHECK_INT(1000, score_found(&judged, "REPEATED"));
	CHECK_INT(1000, score_found(&judged, "TOO_FAST"));
	ruleset_unref(&ruleset);
}

TEST(who_is_spoken_of_decides_what_a_word_weighs)
{
	struct ruleset *ruleset = given_shipped_rules();
	static const struct {
		const char *text;
		unsigned score;
	} rows[] = {
		{"הוא אידיוט", 600},
		{"אתה אידיוט", 750},
		{"אתה פשוט ממש אידיוט", 750},
		{"אידיוט אתה", 750},
		{"אתה לא אידיוט", 60},
		{"אני לא אומר שאתה אידיוט", 60},
		{"אני אידיוט", 60},
		{"הם קראו לי אידיוט", 90},
		{"הוא כתב \"אידיוט\" וזהו", 90},
		{"החלטה אידיוטית", 120},
		{"אמרתי לא. אידיוט", 600},
		{"ראיתי כלב", 0},
		{"אתה כלב", 750},
		{"אתה רוצה כלב", 0},
		{"את הכלב", 0},
		{"you are such a pig", 750},
		{"your pig is cute", 0},
		{"a stupid plan", 0},
		{"انت فعلا حمار", 750},
		{"رأيت حمار في الشارع", 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct judged judged = given_verdict(ruleset, rows[i].text);

		if (score_found(&judged, "INSULT") != rows[i].score)
			fail_msg("%s: %u, not %u", rows[i].text, score_found(&judged, "INSULT"),
				rows[i].score);
	}
	ruleset_unref(&ruleset);
}

TEST(a_disguised_word_is_found_and_its_place_told)
{
	struct ruleset *ruleset = given_shipped_rules();
	static const struct {
		const char *text;
		uint32_t start, end;
	} rows[] = {
		{"הוא א י ד י ו ט גמור", 4, 15},
		{"הוא א-י-ד-י-ו-ט גמור", 4, 15},
		{"הוא אידיווווט גמור", 4, 13},
		{"הוא אִידְיוֹט גמור", 4, 13},
		{"הוא אי\u200fדי\u200bוט גמור", 4, 12},
		{"he is an 1d10t indeed", 9, 14},
		{"he is an іdіоt indeed", 9, 14},
		{"he is an ｉｄｉｏｔ indeed", 9, 14},
		{"he is an i.d.i.o.t indeed", 9, 18},
		{"he is an IDIOT", 9, 14},
		{"هو غـــبـــي جدا", 0, 12}, /* "he is stupid", as a whole */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct judged judged = given_verdict(ruleset, rows[i].text);

		if (judged.finding_count != 1 || judged.findings[0].start != rows[i].start
		    || judged.findings[0].end != rows[i].end)
			fail_msg("%s: %zu findings, [%u, %u)", rows[i].text, judged.finding_count,
				judged.findings[0].start, judged.findings[0].end);
	}
	ruleset_unref(&ruleset);
}

TEST(links_invisible_characters_shouting_and_length_are_noticed)
{
	struct ruleset *ruleset = given_shipped_rules();
	static const struct {
		const char *text, *symbol;
	} rows[] = {
		{"look https://аpple.com/x", "LINK_TRICK"},
		{"https://xn--pple-43d.com", "LINK_TRICK"},
		{"https://bank.example@evil.example/", "LINK_TRICK"},
		{"http://a.b http://a.c http://a.d http://a.e www.a.f www.a.g", "LINKS"},
		{"\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200bhi", "INVISIBLE"},
		{"WHY DOES NOBODY LISTEN TO US HERE", "SHOUTING"},
		{"למה אף אחד לא מקשיב לנו!!!!!", "SHOUTING"},
		{" \u200f \n", "EMPTY"},
	};
	static const char *const quiet[] = {"https://he.wikipedia.org/wiki/ישראל", "http://אתר.com/דף",
		"The UN and the EU met in the USA", "\u200fשלום (hello)\u200f", "👨‍👩‍👧‍👦 👍", "באמת?!"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct judged judged = given_verdict(ruleset, rows[i].text);

		if (!score_found(&judged, rows[i].symbol))
			fail_msg("%s: no %s", rows[i].text, rows[i].symbol);
	}
	for (size_t i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++) {
		struct judged judged = given_verdict(ruleset, quiet[i]);

		if (judged.finding_count)
			fail_msg("%s: %s", quiet[i], judged.findings[0].symbol);
	}
	ruleset_unref(&ruleset);
}

TEST(findings_are_written_as_json_with_decimals)
{
	struct judged judged = {.finding_count = 3, .findings = {
		{.symbol = "A", .score = 1000, .start = 0, .end = 3},
		{.symbol = "B", .score = 250, .start = 4, .end = 9, .symbol_number = 1},
		{.symbol = "B", .score = 5, .start = 10, .end = 11, .symbol_number = 1}}};
	struct buf out = {0};

	findings_write_json(&judged, &out);
	buf_add(&out, "", 1);
	CHECK_TEXT("[{\"symbol\":\"A\",\"score\":1,\"start\":0,\"end\":3},"
		"{\"symbol\":\"B\",\"score\":0.25,\"start\":4,\"end\":9},"
		"{\"symbol\":\"B\",\"score\":0.005,\"start\":10,\"end\":11}]", out.data);
	buf_clear(&out);
	scores_write_json(&judged, &out);
	buf_add(&out, "", 1);
	CHECK_TEXT("{\"A\":1,\"B\":0.25}", out.data);
	buf_clear(&out);
	score_write(0, &out);
	buf_add(&out, "", 1);
	CHECK_TEXT("0", out.data);
	buf_fini(&out);
}

TEST(many_findings_keep_the_strongest)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct buf text = {0};
	struct judged judged;

	for (int i = 0; i < 60; i++)
		buf_text(&text, "bullshit. ");
	buf_text(&text, "you are an idiot");
	buf_add(&text, "", 1);
	judged = given_verdict(ruleset, text.data);
	CHECK_INT(FINDINGS_MOST, judged.finding_count);
	CHECK_INT(750, score_found(&judged, "INSULT"));
	buf_fini(&text);
	ruleset_unref(&ruleset);
}

TEST(strong_language_is_nudged_and_holds_nothing_by_itself)
{
	static const struct {
		const char *text;
		enum action action;
	} told[] = {
		{"Where the fuck is the bus", ACTION_NUDGE},
		{"I don't give a shit", ACTION_NUDGE},
		{"Damn, what the hell happened here", ACTION_ALLOW},
		{"This fucking plan will not work", ACTION_ALLOW},
		{"He wrote \"what the fuck\" under my post", ACTION_ALLOW},
		{"Shit, shit, shit! Where the fuck is the fucking bus!!!!", ACTION_NUDGE},
	};
	struct ruleset *ruleset = given_shipped_rules();
	struct judged judged;

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		CHECK_INT((int)told[i].action, (int)given_verdict(ruleset, told[i].text).action);
	judged = given_verdict(ruleset, told[0].text);
	CHECK_INT(ACTION_NUDGE,
		(int)pipeline_settle(ruleset, "public", &judged, NULL, SCORE_MOST, SCORE_MOST, false));
	ruleset_unref(&ruleset);
}

/* A phrase that is listed as ordinary is so as a whole, and frees nothing beside it. */
TEST(what_stands_inside_an_ordinary_phrase_is_not_found)
{
	struct ruleset *ruleset = given_shipped_rules();

	CHECK_TEXT("allow", action_for(ruleset, "public", "We read Moby Dick at school"));
	CHECK_TEXT("allow", action_for(ruleset, "public", "Holy shit, that was a good game"));
	CHECK_TEXT("nudge", action_for(ruleset, "public", "Moby Dick, my dick"));
	CHECK_TEXT("hold", action_for(ruleset, "public", "Holy shit, you are an idiot"));
	CHECK_TEXT("allow", action_for(ruleset, "public", "هذا العميل ينتظر منذ ساعة"));
	ruleset_unref(&ruleset);
}

/* A voice that is told of reaches to the end of its sentence, if there is an account around it; not
 * the teller's own, and not one beyond the sentence. */
TEST(in_an_account_what_others_said_is_theirs)
{
	struct ruleset *ruleset = given_shipped_rules();

	CHECK_TEXT("allow", action_for(ruleset, "public", "My ex would say in front of our friends "
		"that I was thick, that I was a terrible mother, that I was an idiot. It took me years to "
		"leave him."));
	CHECK_TEXT("allow", action_for(ruleset, "public",
		"הבן שלי חזר אתמול מהגן ואמר אמא את טיפשה. נבהלתי מאוד. התברר ששמע את הסייעת אומרת את זה "
		"לגננת, ודיברנו על זה כולנו בשקט."));
	CHECK_TEXT("allow", action_for(ruleset, "public",
		"عاد ابني من الروضة وقال لي ماما أنت غبية. صدمت كثيرا. تبين أنه سمع المساعدة تقولها "
		"لزميلتها وتحدثت مع الطاقم عن الأمر."));
	CHECK_TEXT("hold", action_for(ruleset, "public", "We read what the minister said about the new "
		"road and the old one by the school. Nobody here agrees with any of it. You are an "
		"idiot."));
	CHECK_TEXT("hold", action_for(ruleset, "public", "We read about the new road and the old one "
		"by the school yesterday evening at home, and I said you are an idiot."));
	CHECK_TEXT("allow", action_for(ruleset, "public", "My former husband writes a hundred times a "
		"day, and some of his messages say I will find you and kill you, so I went to the "
		"police."));
	CHECK(strcmp("allow", action_for(ruleset, "public", "My cousin told me yesterday evening where "
		"you live and I will come to your house tonight and I will kill you and your "
		"dog.")) != 0);
	ruleset_unref(&ruleset);
}

RUN(cmocka_unit_test(the_same_text_fares_differently_under_each_policy),
	cmocka_unit_test(only_symbols_that_people_stand_for_ever_reject),
	cmocka_unit_test(what_is_no_utf8_is_an_error_and_nothing_else_is),
	cmocka_unit_test(a_text_is_judged_the_same_whatever_was_judged_before),
	cmocka_unit_test(a_nudge_is_not_repeated_unless_the_policy_holds_then),
	cmocka_unit_test(heat_tightens_what_is_uncivil_and_leaves_what_is_civil_alone),
	cmocka_unit_test(limits_off_switches_off_flood_and_repetition_and_nothing_else),
	cmocka_unit_test(who_is_spoken_of_decides_what_a_word_weighs),
	cmocka_unit_test(a_disguised_word_is_found_and_its_place_told),
	cmocka_unit_test(links_invisible_characters_shouting_and_length_are_noticed),
	cmocka_unit_test(findings_are_written_as_json_with_decimals),
	cmocka_unit_test(strong_language_is_nudged_and_holds_nothing_by_itself),
	cmocka_unit_test(many_findings_keep_the_strongest),
	cmocka_unit_test(what_stands_inside_an_ordinary_phrase_is_not_found),
	cmocka_unit_test(in_an_account_what_others_said_is_theirs));
