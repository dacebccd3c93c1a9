/* test_admit.c: who may speak now: sanctions, the door, the pace, the allowance, and in which order
 * they are asked. */
#include "check.h"

#include <string.h>

#include "circle/admit.h"

enum { NOW = 1000000 };

static struct speaking somebody(void)
{
	return (struct speaking){.role = ROLE_PARTICIPANT,
							 .circle_is_open = true,
							 .accepted = 1,
							 .charter_version = 1,
							 .since_last_post_ms = -1};
}

static struct ruling rule(const struct speaking *speaking)
{
	struct allowance allowance = {.milliposts = 1000, .at_ms = NOW};

	return admit_speaking(speaking, &allowance, NOW);
}

static void check_refused(const struct speaking *speaking, enum err err, const char *detail)
{
	struct ruling ruling = rule(speaking);

	CHECK_INT(err, ruling.err);
	CHECK_TEXT(detail, ruling.detail);
}

TEST(whoever_accepted_the_charter_speaks_in_an_open_circle)
{
	struct speaking speaking = somebody();

	CHECK_OK(rule(&speaking).err);
	speaking.accepted = 0;
	CHECK_ERR(ERR_CHARTER_NOT_ACCEPTED, rule(&speaking).err);
	speaking = somebody();
	speaking.circle_is_open = false;
	CHECK_ERR(ERR_CIRCLE_CLOSED, rule(&speaking).err);
	speaking = somebody();
	speaking.role = ROLE_OBSERVER;
	check_refused(&speaking, ERR_FORBIDDEN, "observer");
}

TEST(each_sanction_is_named_and_the_gravest_first)
{
	struct speaking speaking = somebody();

	speaking.is_warned = true;
	check_refused(&speaking, ERR_SANCTIONED, "warn");
	speaking.is_muted = true;
	check_refused(&speaking, ERR_SANCTIONED, "mute");
	speaking.is_excluded = true;
	check_refused(&speaking, ERR_SANCTIONED, "exclude");
}

TEST(a_sanction_binds_a_moderator_as_well)
{
	struct speaking speaking = somebody();

	speaking.role = ROLE_MODERATOR;
	speaking.is_muted = true;
	check_refused(&speaking, ERR_SANCTIONED, "mute");
	speaking.is_muted = false;
	speaking.is_slowed = true;
	speaking.since_last_post_ms = 59999;
	check_refused(&speaking, ERR_TOO_FAST, "slow");
}

TEST(pace_door_and_allowance_are_not_for_moderators)
{
	struct speaking speaking = somebody();
	struct allowance spent = {.milliposts = 0, .at_ms = NOW};

	speaking.pace_seconds = 600;
	speaking.since_last_post_ms = 0;
	speaking.is_shut_out = true;
	speaking.posts_per_minute = 6;
	speaking.burst = 1;
	for (int role = ROLE_MODERATOR; role <= ROLE_CONVENOR; role++) {
		speaking.role = (enum role)role;
		CHECK_OK(admit_speaking(&speaking, &spent, NOW).err);
	}
}

TEST(a_closed_door_stops_newcomers_before_anything_is_counted)
{
	struct speaking speaking = somebody();

	speaking.is_shut_out = true;
	speaking.pace_seconds = 600;
	speaking.since_last_post_ms = 0;
	check_refused(&speaking, ERR_CIRCLE_CLOSED, "door");
}

TEST(the_pace_holds_to_the_millisecond_and_says_when)
{
	struct speaking speaking = somebody();

	speaking.pace_seconds = 21600;
	CHECK_OK(rule(&speaking).err);
	speaking.since_last_post_ms = 0;
	check_refused(&speaking, ERR_TOO_FAST, "pace");
	CHECK_INT(21600000, rule(&speaking).retry_ms);
	speaking.since_last_post_ms = 21599999;
	CHECK_INT(1, rule(&speaking).retry_ms);
	speaking.since_last_post_ms = 21600000;
	CHECK_OK(rule(&speaking).err);
}

TEST(of_the_circles_pace_and_a_slowed_persons_the_slower_holds)
{
	struct speaking speaking = somebody();

	speaking.is_slowed = true;
	speaking.since_last_post_ms = 30000;
	check_refused(&speaking, ERR_TOO_FAST, "slow");
	CHECK_INT(30000, rule(&speaking).retry_ms);
	speaking.pace_seconds = 30;
	check_refused(&speaking, ERR_TOO_FAST, "slow");
	speaking.pace_seconds = 90;
	check_refused(&speaking, ERR_TOO_FAST, "pace");
	CHECK_INT(60000, rule(&speaking).retry_ms);
}

TEST(an_allowance_is_spent_and_fills_again)
{
	struct speaking speaking = somebody();
	struct allowance allowance = {.milliposts = 2000, .at_ms = NOW};

	speaking.posts_per_minute = 6;
	speaking.burst = 2;
	for (int i = 0; i < 2; i++) {
		CHECK_OK(admit_speaking(&speaking, &allowance, NOW).err);
		allowance_spend(&allowance, &speaking, NOW);
	}
	CHECK_ERR(ERR_TOO_FAST, admit_speaking(&speaking, &allowance, NOW).err);
	CHECK_INT(10000, admit_speaking(&speaking, &allowance, NOW).retry_ms);
	CHECK_OK(admit_speaking(&speaking, &allowance, NOW + 10000).err);
}

TEST(the_causes_of_a_hold_have_names_that_are_read_back)
{
	for (int cause = HOLD_DOOR; cause <= HOLD_NETWORK; cause++) {
		const char *name = hold_cause_name((enum hold_cause)cause);

		CHECK_INT(cause, hold_cause_parse(name));
		CHECK(strncmp(hold_cause_key((enum hold_cause)cause), "held.", 5) == 0);
	}
	CHECK_INT(HOLD_NONE, hold_cause_parse("nothing such"));
}

RUN(cmocka_unit_test(a_closed_door_stops_newcomers_before_anything_is_counted),
	cmocka_unit_test(a_sanction_binds_a_moderator_as_well),
	cmocka_unit_test(an_allowance_is_spent_and_fills_again),
	cmocka_unit_test(each_sanction_is_named_and_the_gravest_first),
	cmocka_unit_test(of_the_circles_pace_and_a_slowed_persons_the_slower_holds),
	cmocka_unit_test(pace_door_and_allowance_are_not_for_moderators),
	cmocka_unit_test(the_causes_of_a_hold_have_names_that_are_read_back),
	cmocka_unit_test(the_pace_holds_to_the_millisecond_and_says_when),
	cmocka_unit_test(whoever_accepted_the_charter_speaks_in_an_open_circle));
