/* admit.c: see admit.h. Pure. */
#include "circle/admit.h"

#include <stddef.h>
#include <string.h>

static const struct ruling may = {ERR_NONE, NULL, 0};

static struct ruling refuse(enum err err, const char *detail)
{
	return (struct ruling){err, detail, 0};
}

static struct ruling too_fast(int64_t retry_ms, const char *detail)
{
	return (struct ruling){ERR_TOO_FAST, detail, retry_ms > 0 ? retry_ms : 1};
}

static int64_t refilled(const struct allowance *allowance, const struct speaking *speaking,
						int64_t steady_ms)
{
	int64_t most = (speaking->burst > 0 ? speaking->burst : 1) * 1000;
	int64_t passed = steady_ms - allowance->at_ms;
	int64_t milliposts;

	if (passed < 0)
		passed = 0;
	if (passed > 3600000)
		return most;
	milliposts = allowance->milliposts + passed * speaking->posts_per_minute / 60;
	return milliposts < most ? milliposts : most;
}

struct ruling admit_speaking(const struct speaking *speaking, const struct allowance *allowance,
							 int64_t steady_ms)
{
	bool is_team = speaking->role >= ROLE_MODERATOR;
	int64_t pace = speaking->pace_seconds;
	const char *whose = "pace";
	int64_t milliposts;

	if (speaking->is_excluded)
		return refuse(ERR_SANCTIONED, "exclude");
	if (speaking->role < ROLE_PARTICIPANT)
		return refuse(ERR_FORBIDDEN, "observer");
	if (speaking->accepted != speaking->charter_version)
		return refuse(ERR_CHARTER_NOT_ACCEPTED, speaking->accepted ? "changed" : NULL);
	if (!speaking->circle_is_open)
		return refuse(ERR_CIRCLE_CLOSED, NULL);
	if (speaking->is_muted)
		return refuse(ERR_SANCTIONED, "mute");
	if (speaking->is_warned)
		return refuse(ERR_SANCTIONED, "warn");
	if (is_team)
		pace = 0;
	else if (speaking->is_shut_out)
		return refuse(ERR_CIRCLE_CLOSED, "door");
	if (speaking->is_slowed && pace < SLOWED_SECONDS) {
		pace = SLOWED_SECONDS;
		whose = "slow";
	}
	if (pace && speaking->since_last_post_ms >= 0 && speaking->since_last_post_ms < pace * 1000)
		return too_fast(pace * 1000 - speaking->since_last_post_ms, whose);
	if (is_team || !speaking->posts_per_minute)
		return may;
	milliposts = refilled(allowance, speaking, steady_ms);
	if (milliposts < 1000)
		return too_fast((1000 - milliposts) * 60 / speaking->posts_per_minute, NULL);
	return may;
}

void allowance_spend(struct allowance *allowance, const struct speaking *speaking,
					 int64_t steady_ms)
{
	if (!speaking->posts_per_minute)
		return;
	allowance->milliposts = refilled(allowance, speaking, steady_ms) - 1000;
	allowance->at_ms = steady_ms;
}

static const struct {
	const char *name, *key;
} causes[] = {
	[HOLD_NONE] = {"", ""},
	[HOLD_DOOR] = {"premoderation", "held.premoderation"},
	[HOLD_NEWCOMER] = {"newcomer", "held.newcomer"},
	[HOLD_SANCTION] = {"sanction", "held.sanction"},
	[HOLD_FILTER] = {"filter", "held.filter"},
	[HOLD_FAILED_FILTER] = {"failed_filter", "held.failed_filter"},
	[HOLD_EDIT] = {"edit", "held.edit"},
	[HOLD_NETWORK] = {"network", "held.network"},
};

enum hold_cause hold_cause_parse(const char *name)
{
	for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
		if (strcmp(causes[i].name, name) == 0)
			return (enum hold_cause)i;
	return HOLD_NONE;
}

const char *hold_cause_name(enum hold_cause cause)
{
	return causes[cause].name;
}

const char *hold_cause_key(enum hold_cause cause)
{
	return causes[cause].key;
}
