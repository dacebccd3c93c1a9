/* test_thread.c: the temperature of a thread and the crisis index of a circle, as folds. */
#include "given_rules.h"

#include "filters/crisis.h"
#include "filters/fixed.h"
#include "filters/thread.h"

static const struct signals calm = {.words = 20, .first = 2, .hedges = 1, .tension = -100};
static const struct signals rude = {.words = 12, .second = 3, .accusations = 1, .incivility = 750,
	.flagged = true, .tension = 1200};
static const struct signals tense = {.words = 12, .second = 3, .accusations = 2, .negations = 2,
	.incivility = 100, .tension = 900};
static const struct signals sorry = {.words = 8, .apologies = 1, .thanks = 1, .tension = -500};

#define CHECK_BYTES(a, as, b, bs) \
	do { \
		CHECK_INT(as, bs); \
		assert_memory_equal(a, b, as); \
	} while (0)

static const struct ruleset *shipped(void)
{
	static struct ruleset *ruleset;

	if (!ruleset)
		ruleset = given_shipped_rules();
	return ruleset;
}

static void say(struct thread_state *thread, const struct signals *signals, uint64_t author,
	uint64_t reply_to, int64_t ts_ms)
{
	thread_fold(thread, shipped(), signals, author, reply_to, ts_ms);
}

static void hear(struct crisis_state *crisis, const struct signals *signals, uint64_t author,
	unsigned escalation, int64_t ts_ms)
{
	crisis_fold(crisis, shipped(), signals, author, 1, escalation, ts_ms);
}

static bool has_cause(const struct thread_state *thread, enum thread_cause cause)
{
	return thread_causes(thread) & 1u << cause;
}

TEST(a_calm_thread_stays_calm_however_long)
{
	struct thread_state thread = {0};

	for (int i = 0; i < 1000; i++) {
		say(&thread, &calm, (uint64_t)(1 + i % 5), 0, i * 60000);
		CHECK(thread.escalation < 350);
		CHECK_INT(THREAD_CALM, thread.level);
	}
	CHECK_INT(0, thread_causes(&thread));
	CHECK_INT(0, thread_target(&thread));
}

TEST(tension_is_forecast_before_anything_is_flagged)
{
	struct thread_state thread = {0};

	for (int i = 0; i < 4; i++)
		say(&thread, &calm, (uint64_t)(1 + i % 2), 0, i * 60000);
	for (int i = 0; i < 6; i++)
		say(&thread, &tense, (uint64_t)(1 + i % 2), (uint64_t)(2 - i % 2), 240000 + i * 5000);
	CHECK(thread.escalation >= 450);
	CHECK(thread.level >= THREAD_WATCH);
	CHECK(thread.slope > 0);
	CHECK(has_cause(&thread, CAUSE_PING_PONG));
	CHECK(has_cause(&thread, CAUSE_SECOND_PERSON));
	CHECK(has_cause(&thread, CAUSE_RISING_ACCUSATION));
	CHECK(has_cause(&thread, CAUSE_RISING_TENSION));
	CHECK(!has_cause(&thread, CAUSE_PILE_ON));
	CHECK(!has_cause(&thread, CAUSE_RISING_INCIVILITY));
}

TEST(insults_alarm_and_an_apology_cools_more_than_calm_does)
{
	struct thread_state thread = {0}, quiet;
	unsigned hottest;

	say(&thread, &calm, 1, 0, 0);
	say(&thread, &rude, 2, 1, 20000);
	CHECK_INT(THREAD_ALERT, thread.level);
	CHECK(has_cause(&thread, CAUSE_RISING_INCIVILITY));
	hottest = thread.escalation;
	quiet = thread;
	say(&thread, &sorry, 1, 2, 100000);
	say(&quiet, &calm, 1, 2, 100000);
	CHECK(thread.escalation < hottest);
	CHECK(thread.escalation < quiet.escalation);
	for (int i = 0; i < 6; i++)
		say(&thread, &calm, (uint64_t)(1 + i), 0, 110000 + i * 60000);
	CHECK(thread.is_cooling);
	CHECK(thread.slope < 0);
	for (int i = 0; i < 60; i++)
		say(&thread, &calm, (uint64_t)(1 + i % 4), 0, 300000 + i * 60000);
	CHECK_INT(THREAD_CALM, thread.level);
}

TEST(who_apologises_raises_no_alert)
{
	struct signals sorry_but_tense = tense, just_tense = tense;
	struct thread_state one = {0}, other = {0};

	sorry_but_tense.apologies = 1;
	sorry_but_tense.tension = just_tense.tension = 6000;
	say(&one, &calm, 1, 0, 0);
	say(&other, &calm, 1, 0, 0);
	say(&one, &sorry_but_tense, 2, 1, 60000);
	say(&other, &just_tense, 2, 1, 60000);
	CHECK_INT(THREAD_ALERT, other.level);
	CHECK_INT(THREAD_WATCH, one.level);
}

TEST(a_thread_is_a_pure_fold_and_shrugs_off_strange_times)
{
	static const int64_t times[] = {0, 5, -1000000, INT64_MAX, INT64_MIN, 7, 7, INT64_MAX};
	struct thread_state once = {0}, again = {0};
	struct crisis_state crisis = {0}, crisis_again = {0};

	for (int round = 0; round < 2; round++) {
		struct thread_state *thread = round ? &again : &once;
		struct crisis_state *circle = round ? &crisis_again : &crisis;

		for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
			say(thread, i % 2 ? &rude : &calm, i % 3, i % 4, times[i]);
			hear(circle, i % 2 ? &rude : &calm, i % 3, thread->escalation, times[i]);
			CHECK(thread->escalation <= 1000 && circle->index <= 1000);
		}
	}
	CHECK_BYTES(&once, sizeof(once), &again, sizeof(again));
	CHECK_BYTES(&crisis, sizeof(crisis), &crisis_again, sizeof(crisis_again));
}

TEST(what_was_forecast_then_gives_the_same_state_whatever_the_rules_are_now)
{
	static const struct signals *const kinds[] = {&calm, &tense, &rude, &sorry};
	struct thread_state thread = {0}, thread_again = {0};
	struct crisis_state crisis = {0}, crisis_again = {0};

	for (int i = 0; i < 500; i++) {
		const struct signals *signals = kinds[i * 7 % 11 % 4];
		uint64_t author = (uint64_t)(1 + i * 5 % 9), other = (uint64_t)(1 + i * 3 % 9);
		int64_t ts = i * INT64_C(9000) + i % 5 * 1000;

		say(&thread, signals, author, other, ts);
		hear(&crisis, signals, author, thread.escalation, ts);
		thread_follow(&thread_again, signals, author, other, ts, thread.escalation);
		crisis_follow(&crisis_again, signals, author, 1, thread.escalation, ts, crisis.index);
	}
	CHECK_BYTES(&thread, sizeof(thread), &thread_again, sizeof(thread_again));
	CHECK_BYTES(&crisis, sizeof(crisis), &crisis_again, sizeof(crisis_again));
}

TEST(any_message_at_all_keeps_every_number_in_its_bounds)
{
	struct thread_state thread = {0};
	struct crisis_state crisis = {0};
	uint64_t random = 1;

	for (int i = 0; i < 20000; i++) {
		struct signals signals;

		random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
		memset(&signals, (int)(random >> 56), sizeof(signals));
		signals.incivility = (uint16_t)((random >> 20) % 1001);
		signals.shouting = (uint16_t)((random >> 30) % 1001);
		signals.flagged = random >> 40 & 1;
		signals.tension = (int16_t)(random >> 33 & 1 ? 8000 : -8000);
		say(&thread, &signals, random % 5, random % 7, (int64_t)random);
		hear(&crisis, &signals, random % 90, thread.escalation, (int64_t)random);
		CHECK(thread.escalation <= 1000 && thread.level <= THREAD_ALERT);
		CHECK(thread.now >= -8000 && thread.now <= 8000);
		CHECK(thread.mean >= -8000000 && thread.mean <= 8000000);
		CHECK(thread.edges <= 2304000 && thread.edge <= 2304 && thread.edgiest <= 2304);
		CHECK(thread.heat <= MICRO && thread.second <= MICRO && thread.pile <= MICRO);
		CHECK(crisis.index <= 1000 && crisis.excess <= 20000);
		CHECK(thread_causes(&thread) < 1u << CAUSE_COUNT);
		CHECK(crisis_causes(&crisis) < 1u << CRISIS_CAUSE_COUNT);
	}
}

TEST(many_on_one_are_warmer_than_a_round_of_replies_and_it_is_said_on_whom)
{
	struct thread_state pile = {0}, round = {0};

	for (uint64_t i = 0; i < 8; i++) {
		say(&pile, &tense, 10 + i, 1, (int64_t)i * 30000);
		say(&round, &tense, 10 + i, 9 + i, (int64_t)i * 30000);
	}
	CHECK(pile.escalation > round.escalation);
	CHECK(has_cause(&pile, CAUSE_PILE_ON));
	CHECK_INT(1, thread_target(&pile));
	CHECK_INT(0, thread_target(&round));
}

TEST(two_who_answer_each_other_are_no_pile_on)
{
	struct thread_state thread = {0};

	for (int i = 0; i < 12; i++)
		say(&thread, &tense, (uint64_t)(1 + i % 2), (uint64_t)(2 - i % 2), i * 30000);
	CHECK(!has_cause(&thread, CAUSE_PILE_ON));
	CHECK(has_cause(&thread, CAUSE_PING_PONG));
}

TEST(shorter_and_shorter_gaps_are_named)
{
	struct thread_state thread = {0};
	int64_t ts = 0;

	for (int i = 0; i < 8; i++)
		say(&thread, &calm, (uint64_t)(1 + i % 3), 0, ts += 600000);
	CHECK(!has_cause(&thread, CAUSE_GAP_CONTRACTION));
	for (int i = 0; i < 8; i++)
		say(&thread, &calm, (uint64_t)(1 + i % 3), 0, ts += 10000);
	CHECK(has_cause(&thread, CAUSE_GAP_CONTRACTION));
	/* Haste alone is no alert: a good debate has it too. */
	CHECK(thread.level != THREAD_ALERT);
}

TEST(every_cause_and_level_has_a_name_of_its_own)
{
	for (int i = 0; i < CAUSE_COUNT; i++)
		for (int j = 0; j < i; j++)
			CHECK(strcmp(thread_cause_name((enum thread_cause)i),
				thread_cause_name((enum thread_cause)j)) != 0);
	for (int i = 0; i < CRISIS_CAUSE_COUNT; i++)
		CHECK(strlen(crisis_cause_name((enum crisis_cause)i)) > 0);
	CHECK_TEXT("alert", thread_level_name(THREAD_ALERT));
	CHECK_TEXT("watch", crisis_level_name(CRISIS_WATCH));
}

/* The same talk in three languages must be heard alike. */
static unsigned heard(const char *const talk[], size_t count)
{
	struct thread_state thread = {0};

	for (size_t i = 0; i < count; i++) {
		struct judged judged = given_verdict(shipped(), talk[i]);

		CHECK(!judged.signals.flagged);
		say(&thread, &judged.signals, 1 + i % 2, i ? 2 - i % 2 : 0, (int64_t)i * 60000);
	}
	return thread.escalation;
}

TEST(a_quarrel_without_one_bad_word_is_heard_in_three_languages)
{
	static const char *const quarrels[3][4] = {
		{"אתה תמיד מתעלם ממה שכתבו לך, די כבר!", "למה אתה ממשיך להאשים? תקרא קודם מה שכתבתי",
			"אתה בכלל לא קורא כלום, תפסיק להמציא עובדות",
			"תפסיקו לשקר לכולם, אתם שוב מטעים את הציבור"},
		{"أنت دائما تتجاهل ما كتب لك، كفى!", "لماذا أنت تتهم الجميع؟ اقرأ أولا ما كتبت",
			"أنت لا تقرأ شيئا، توقف عن اختراع الحقائق",
			"توقفوا عن تضليل الجميع، أنتم تكذبون دائما"},
		{"You always ignore what was written to you, stop it!",
			"Why do you keep accusing everybody? Read what I wrote first",
			"You never read anything, stop making up facts",
			"Stop misleading everyone, you always twist the truth"},
	};
	static const char *const talks[3][4] = {
		{"תודה על הסיכום, אולי כדאי להוסיף מפה", "אני מסכימה, הצעה טובה. אולי גם לוח זמנים",
			"סליחה על האיחור, צירפתי את המפה", "תודה, נראה לי שזה עונה על השאלה"},
		{"شكرا على الملخص، ربما نضيف خريطة", "أتفق معك، فكرة جيدة. ربما جدول زمني أيضا",
			"عذرا على التأخير، أرفقت الخريطة", "شكرا، أظن أن هذا يجيب عن السؤال"},
		{"Thanks for the summary, perhaps we could add a map",
			"I agree, good idea. Maybe a timetable as well",
			"Sorry for the delay, I attached the map",
			"Thank you, I think this answers the question"},
	};

	for (int i = 0; i < 3; i++) {
		CHECK(heard(quarrels[i], 4) >= 500);
		CHECK(heard(talks[i], 4) < 350);
	}
}

TEST(lost_patience_heats_and_work_done_together_cools_in_three_languages)
{
	static const char *const vexed[] = {"עד מתי? כבר שנים אנחנו מחכים, זה מגוחך",
		"إلى متى؟ ننتظر منذ سنوات، هذا غير مقبول",
		"How long? We have been waiting for years, this is ridiculous"};
	static const char *const working[] = {"עדכנתי את המסמך ובדקתי את התקציב",
		"حدثت الوثيقة وراجعت الميزانية", "I updated the draft and tested the new version"};

	for (int i = 0; i < 3; i++) {
		struct judged hot = given_verdict(shipped(), vexed[i]);
		struct judged cool = given_verdict(shipped(), working[i]);

		CHECK(hot.signals.vexed >= 2);
		CHECK_INT(0, hot.signals.work);
		CHECK(hot.signals.tension > 300);
		CHECK(cool.signals.work >= 2);
		CHECK_INT(0, cool.signals.vexed);
		CHECK(cool.signals.tension < 0);
	}
}

TEST(a_thread_of_many_is_warmer_than_one_of_two_and_counts_up_to_eight)
{
	struct thread_state two = {0}, eight = {0}, twenty = {0}, nobody = {0}, one = {0};

	for (uint64_t i = 0; i < 40; i++) {
		say(&two, &tense, 1 + i % 2, 0, (int64_t)i * 60000);
		say(&eight, &tense, 100 + i % 8, 0, (int64_t)i * 60000);
		say(&twenty, &tense, 100 + i % 20, 0, (int64_t)i * 60000);
		say(&one, &tense, 7, 0, (int64_t)i * 60000);
		say(&nobody, &tense, 0, 0, (int64_t)i * 60000);
	}
	two.exchanges = 0; /* two alone with each other are warm for another reason */
	say(&two, &tense, 2, 0, 40 * INT64_C(60000));
	say(&eight, &tense, 107, 0, 40 * INT64_C(60000));
	CHECK(eight.escalation > two.escalation);
	CHECK_INT(eight.people[7], 107);
	CHECK_INT(twenty.people[7], 107);
	CHECK_INT(0, two.people[2]);
	/* Who has no name, and who speaks alone, add nothing. */
	CHECK_INT(0, nobody.people[0]);
	CHECK_INT(0, one.people[1]);
	CHECK_INT(nobody.escalation, one.escalation);
}

TEST(what_has_been_usual_for_long_is_no_news_but_what_comes_on_top_of_it_is)
{
	struct signals fierce = tense;
	struct thread_state thread = {0};
	int alerts = 0;

	fierce.incivility = 20;
	for (int i = 0; i < 100; i++) {
		say(&thread, &fierce, (uint64_t)(1 + i % 9), 0, i * 60000);
		alerts += i >= 50 && thread.escalation >= 500;
	}
	CHECK_INT(0, alerts);
	for (int i = 0; i < 3; i++)
		say(&thread, &rude, (uint64_t)(1 + i % 2), 0, (100 + i) * INT64_C(60000));
	CHECK_INT(THREAD_ALERT, thread.level);
}

/* --- circles --------------------------------------------------------------------------------- */

TEST(a_calm_circle_with_a_stray_insult_is_in_no_crisis)
{
	struct crisis_state crisis = {0};

	for (int i = 0; i < 3000; i++) {
		bool stray = i % 60 == 59;

		hear(&crisis, stray ? &rude : &calm, (uint64_t)(1 + i % 17), stray ? 400 : 60, i * 30000);
		CHECK(crisis.level != CRISIS_ALERT);
	}
}

TEST(a_wave_of_insults_by_several_is_a_crisis_within_thirty_messages_and_passes)
{
	struct crisis_state crisis = {0};
	int alarm = -1;
	int64_t ts = 0;

	for (int i = 0; i < 100; i++)
		hear(&crisis, &calm, (uint64_t)(1 + i % 9), 60, ts += 60000);
	for (int i = 0; i < 30 && alarm < 0; i++) {
		hear(&crisis, i % 3 == 0 ? &rude : &calm, (uint64_t)(1 + i % 10), 500, ts += 10000);
		if (crisis.level == CRISIS_ALERT)
			alarm = i;
	}
	CHECK(alarm >= 0);
	CHECK(crisis_causes(&crisis) & 1u << CRISIS_CAUSE_AUTHORS);
	CHECK(crisis_causes(&crisis) & 1u << CRISIS_CAUSE_FLAGGED);
	CHECK(!(crisis_causes(&crisis) & 1u << CRISIS_CAUSE_THREADS));
	for (int i = 0; i < 90; i++)
		hear(&crisis, &calm, (uint64_t)(1 + i % 9), 100, ts += 60000);
	CHECK_INT(CRISIS_CALM, crisis.level);
}

TEST(one_loud_person_and_two_who_fight_are_no_crisis_of_the_circle)
{
	struct crisis_state loud = {0}, fight = {0};

	for (int i = 0; i < 400; i++) {
		hear(&loud, i % 3 == 0 ? &rude : &calm, i % 3 == 0 ? 7 : (uint64_t)(20 + i % 13), 300,
			i * 30000);
		hear(&fight, i % 3 == 0 ? &rude : &calm,
			i % 3 == 0 ? (uint64_t)(7 + i % 2) : (uint64_t)(20 + i % 13), 300, i * 30000);
		CHECK(loud.level != CRISIS_ALERT);
		CHECK(fight.level != CRISIS_ALERT);
	}
}

TEST(two_who_fight_are_none_though_others_lose_their_temper_once)
{
	static const struct signals rough = {.words = 12, .incivility = 350, .tension = 300};
	struct crisis_state fight = {0}, wave = {0};
	bool alarm = false;

	for (int i = 0; i < 200; i++) {
		hear(&fight, &calm, (uint64_t)(20 + i % 13), 100, i * 30000);
		hear(&wave, &calm, (uint64_t)(20 + i % 13), 100, i * 30000);
	}
	for (int i = 0; i < 60; i++) {
		int64_t ts = (200 + i) * INT64_C(30000);

		if (i % 3 == 0) {
			hear(&fight, &rude, (uint64_t)(7 + i % 2), 300, ts);
			hear(&wave, &rude, (uint64_t)(20 + i % 13), 300, ts);
		} else {
			hear(&fight, i % 20 == 1 ? &rough : &calm, (uint64_t)(20 + i % 13), 300, ts);
			hear(&wave, &calm, (uint64_t)(20 + i % 13), 300, ts);
		}
		CHECK(fight.level != CRISIS_ALERT);
		alarm = alarm || wave.level == CRISIS_ALERT;
	}
	CHECK(alarm);
}

/* `people` talk; of `circle`'s messages so many in ten are rude, by anybody or by the first two. */
static bool few_alarmed(unsigned people, unsigned rude_in_ten, bool two_alone)
{
	struct crisis_state crisis = {0};
	uint64_t random = 3;
	bool alarm = false;

	for (int i = 0; i < 160; i++) {
		uint64_t author;
		bool is_rude;

		random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
		author = 1 + (random >> 40) % people;
		is_rude = i >= 120 && (random >> 50) % 10 < rude_in_ten && (!two_alone || author <= 2);
		hear(&crisis, is_rude ? &rude : &calm, author, 200, i * 30000);
		alarm = alarm || crisis.level == CRISIS_ALERT;
	}
	return alarm;
}

TEST(a_circle_of_few_has_crises_as_well_and_two_who_fight_in_it_are_none)
{
	for (unsigned people = 3; people <= 6; people++) {
		CHECK(few_alarmed(people, 5, false));
		CHECK(!few_alarmed(people, 10, true));
		CHECK(!few_alarmed(people, 0, false));
	}
	CHECK(!few_alarmed(2, 10, false));
}

TEST(an_alarm_does_not_flicker_about_its_bar)
{
	struct signals edgy = calm;
	struct crisis_state crisis = {0};
	int raised = 0;

	edgy.incivility = 250;
	for (int i = 0; i < 500; i++) {
		bool was = crisis.index >= 500;

		/* A wave of nine, and then one in seven for a while. */
		hear(&crisis, i >= 200 && (i < 209 || (i < 320 && i % 7 == 0)) ? &edgy : &calm,
			(uint64_t)(1 + i % 17), 60, i * 30000);
		raised += !was && crisis.index >= 500;
	}
	CHECK_INT(1, raised);
	CHECK(!crisis.told);
	for (int i = 0; i < 9; i++)
		hear(&crisis, &edgy, (uint64_t)(1 + i), 60, (500 + i) * 30000);
	CHECK(crisis.index >= 500);
}

TEST(what_is_usual_somewhere_is_no_crisis_there)
{
	struct crisis_state crisis = {0};
	uint64_t random = 7;
	int alarms = 0;

	/* One in fourteen, by anybody, for years: a rough place, and no crisis. */
	for (int i = 0; i < 4000; i++) {
		bool was_alert = crisis.level == CRISIS_ALERT;

		random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
		hear(&crisis, (random >> 40) % 14 == 0 ? &rude : &calm, 1 + (random >> 50) % 30, 100,
			i * 30000);
		alarms += !was_alert && crisis.level == CRISIS_ALERT;
	}
	CHECK(alarms <= 8);
}

TEST(one_person_alone_weighs_less_than_several)
{
	struct crisis_state one = {0}, several = {0};

	for (int i = 0; i < 6; i++) {
		hear(&one, i % 2 ? &rude : &calm, i % 2 ? 7 : 8, 300, i * 30000);
		hear(&several, i % 2 ? &rude : &calm, (uint64_t)(1 + i), 300, i * 30000);
	}
	CHECK(several.index > one.index);
}

TEST(a_long_silence_takes_the_heat_out_of_a_circle)
{
	struct crisis_state crisis = {0};
	unsigned hottest;

	for (int i = 0; i < 8; i++)
		hear(&crisis, &rude, (uint64_t)(1 + i), 800, i * 10000);
	hottest = crisis.index;
	CHECK_INT(CRISIS_ALERT, crisis.level);
	hear(&crisis, &calm, 1, 100, INT64_C(12) * 3600 * 1000);
	CHECK(crisis.index + 300u < hottest);
}

TEST(where_people_write_a_few_times_a_day_there_are_crises_too_and_weeks_of_silence_end_them)
{
	struct crisis_state crisis = {0};
	int64_t ts = 0;

	for (int i = 0; i < 100; i++)
		hear(&crisis, &calm, (uint64_t)(1 + i % 9), 60, ts += INT64_C(3) * 3600 * 1000);
	for (int i = 0; i < 20; i++)
		hear(&crisis, i % 2 ? &rude : &calm, (uint64_t)(1 + i % 9), 300,
			ts += INT64_C(3) * 3600 * 1000);
	CHECK_INT(CRISIS_ALERT, crisis.level);
	hear(&crisis, &calm, 1, 60, ts += INT64_C(14) * 24 * 3600 * 1000);
	CHECK_INT(CRISIS_CALM, crisis.level);
}

TEST(the_index_does_not_hang_on_the_numbers_that_people_have)
{
	struct crisis_state one = {0}, other = {0};

	for (int i = 0; i < 300; i++) {
		uint64_t person = (uint64_t)(1 + i * 7 % 23);

		hear(&one, i % 4 ? &calm : &rude, person, 200, i * 20000);
		hear(&other, i % 4 ? &calm : &rude, person * UINT64_C(0x9e3779b97f4a7c15), 200, i * 20000);
		CHECK_INT(one.index, other.index);
	}
}

static unsigned crisis_of_mild_words(unsigned before, unsigned share, bool named)
{
	struct signals edgy = calm;
	struct crisis_state crisis = {0};

	/* Far below what is held or nudged. */
	edgy.incivility = 250;
	for (unsigned i = 0; i < 400; i++)
		hear(&crisis, before && i % before == 0 ? &edgy : &calm, named ? 1 + i % 17 : 0, 60,
			(int64_t)i * 30000);
	CHECK(crisis.level != CRISIS_ALERT);
	for (unsigned i = 0; i < 40; i++)
		hear(&crisis, i % share == 0 ? &edgy : &calm, named ? 1 + i % 16 : 0, 60,
			12000000 + (int64_t)i * 30000);
	return crisis.index;
}

TEST(mildly_uncivil_words_are_a_crisis_where_they_are_rare)
{
	CHECK(crisis_of_mild_words(0, 2, true) >= 500);
	CHECK(crisis_of_mild_words(3, 2, true) < 500);
	CHECK(crisis_of_mild_words(0, 20, true) < 500);
}

TEST(a_crisis_is_seen_where_nobody_says_who_wrote_what)
{
	struct crisis_state one_name = {0};

	CHECK(crisis_of_mild_words(0, 2, false) >= 500);
	for (int i = 0; i < 140; i++)
		hear(&one_name, i >= 100 && i % 3 == 0 ? &rude : &calm, 5, 60, i * 30000);
	CHECK_INT(CRISIS_ALERT, one_name.level);
}

static struct crisis_state crisis_of_edges(uint8_t script)
{
	struct signals edgy = calm;
	struct crisis_state crisis = {0};

	edgy.script = script;
	for (int i = 0; i < 30; i++) {
		edgy.incivility = i % 2 ? 45 : 5;
		hear(&crisis, &edgy, (uint64_t)(1 + i % 9), 60, i * 30000);
	}
	return crisis;
}

TEST(what_is_usual_is_told_for_each_script_and_one_that_is_not_known_is_as_none)
{
	struct crisis_state arabic = crisis_of_edges(SCRIPT_ARABIC);
	struct crisis_state hebrew = crisis_of_edges(SCRIPT_HEBREW);
	struct crisis_state none = crisis_of_edges(SCRIPT_NONE), odd = crisis_of_edges(200);
	struct crisis_state before = hebrew;
	struct signals calm_arabic = calm;

	CHECK(arabic.index <= hebrew.index);
	CHECK(arabic.usual[SCRIPT_ARABIC][2] > hebrew.usual[SCRIPT_HEBREW][2]);
	CHECK_BYTES(&none, sizeof(none), &odd, sizeof(odd));
	calm_arabic.script = SCRIPT_ARABIC;
	for (int i = 0; i < 50; i++)
		hear(&hebrew, &calm_arabic, (uint64_t)(1 + i % 9), 60, 900000 + i * 30000);
	CHECK_BYTES(hebrew.usual[SCRIPT_HEBREW], sizeof(hebrew.usual[0]),
		before.usual[SCRIPT_HEBREW], sizeof(before.usual[0]));
}

TEST(a_message_is_in_the_script_of_most_of_its_words)
{
	CHECK_INT(SCRIPT_HEBREW, given_verdict(shipped(), "שלום לכולם, ok?").signals.script);
	CHECK_INT(SCRIPT_ARABIC, given_verdict(shipped(), "مرحبا بالجميع hello").signals.script);
	CHECK_INT(SCRIPT_LATIN, given_verdict(shipped(), "I read the word שלום there").signals.script);
	CHECK_INT(SCRIPT_NONE, given_verdict(shipped(), "12 :-)").signals.script);
}

TEST(the_logarithm_is_right_within_a_hair)
{
	static const struct {
		uint32_t of;
		int32_t is;
	} known[] = {{1000, 0}, {2000, 693}, {500, -693}, {712, -340}, {2718, 1000}, {20086, 3000},
		{1, -6908}};
	int32_t before = INT32_MIN;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		CHECK(fixed_log(known[i].of) <= known[i].is + 4);
		CHECK(fixed_log(known[i].of) >= known[i].is - 4);
	}
	for (uint32_t x = 1; x < 200000; x += 37) {
		CHECK(fixed_log(x) >= before);
		before = fixed_log(x);
	}
	CHECK(fixed_log(UINT32_MAX) > 15000);
}

TEST(the_logistic_rises_from_nothing_to_all_and_is_half_in_the_middle)
{
	unsigned before = 0;

	CHECK_INT(0, fixed_logistic(INT32_MIN));
	CHECK_INT(1000, fixed_logistic(INT32_MAX));
	CHECK_INT(500, fixed_logistic(0));
	for (int32_t x = -9000; x <= 9000; x += 7) {
		CHECK(fixed_logistic(x) >= before);
		before = fixed_logistic(x);
	}
}

RUN(cmocka_unit_test(a_calm_thread_stays_calm_however_long),
	cmocka_unit_test(tension_is_forecast_before_anything_is_flagged),
	cmocka_unit_test(insults_alarm_and_an_apology_cools_more_than_calm_does),
	cmocka_unit_test(who_apologises_raises_no_alert),
	cmocka_unit_test(a_thread_is_a_pure_fold_and_shrugs_off_strange_times),
	cmocka_unit_test(what_was_forecast_then_gives_the_same_state_whatever_the_rules_are_now),
	cmocka_unit_test(any_message_at_all_keeps_every_number_in_its_bounds),
	cmocka_unit_test(many_on_one_are_warmer_than_a_round_of_replies_and_it_is_said_on_whom),
	cmocka_unit_test(two_who_answer_each_other_are_no_pile_on),
	cmocka_unit_test(shorter_and_shorter_gaps_are_named),
	cmocka_unit_test(every_cause_and_level_has_a_name_of_its_own),
	cmocka_unit_test(a_quarrel_without_one_bad_word_is_heard_in_three_languages),
	cmocka_unit_test(lost_patience_heats_and_work_done_together_cools_in_three_languages),
	cmocka_unit_test(a_thread_of_many_is_warmer_than_one_of_two_and_counts_up_to_eight),
	cmocka_unit_test(what_has_been_usual_for_long_is_no_news_but_what_comes_on_top_of_it_is),
	cmocka_unit_test(a_calm_circle_with_a_stray_insult_is_in_no_crisis),
	cmocka_unit_test(a_wave_of_insults_by_several_is_a_crisis_within_thirty_messages_and_passes),
	cmocka_unit_test(one_loud_person_and_two_who_fight_are_no_crisis_of_the_circle),
	cmocka_unit_test(two_who_fight_are_none_though_others_lose_their_temper_once),
	cmocka_unit_test(a_circle_of_few_has_crises_as_well_and_two_who_fight_in_it_are_none),
	cmocka_unit_test(an_alarm_does_not_flicker_about_its_bar),
	cmocka_unit_test(what_is_usual_somewhere_is_no_crisis_there),
	cmocka_unit_test(one_person_alone_weighs_less_than_several),
	cmocka_unit_test(a_long_silence_takes_the_heat_out_of_a_circle),
	cmocka_unit_test(
		where_people_write_a_few_times_a_day_there_are_crises_too_and_weeks_of_silence_end_them),
	cmocka_unit_test(the_index_does_not_hang_on_the_numbers_that_people_have),
	cmocka_unit_test(mildly_uncivil_words_are_a_crisis_where_they_are_rare),
	cmocka_unit_test(a_crisis_is_seen_where_nobody_says_who_wrote_what),
	cmocka_unit_test(what_is_usual_is_told_for_each_script_and_one_that_is_not_known_is_as_none),
	cmocka_unit_test(a_message_is_in_the_script_of_most_of_its_words),
	cmocka_unit_test(the_logarithm_is_right_within_a_hair),
	cmocka_unit_test(the_logistic_rises_from_nothing_to_all_and_is_half_in_the_middle));
