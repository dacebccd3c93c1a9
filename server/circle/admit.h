/* admit.h: may this person speak here, now, and must a person read it first? The one place that
 * decides; called inside the commit, where nothing can come in between. Pure: plain values in,
 * a ruling out. Times in milliseconds. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "circle/role.h"

/* What the ruling rests on. Wall-clock times end sanctions; the steady clock paces. */
struct speaking {
	enum role role;
	bool circle_is_open, is_excluded, is_muted, is_warned, is_slowed;
	bool is_shut_out; /* new here, and the door is closed to newcomers */
	int64_t accepted, charter_version;
	int64_t pace_seconds;            /* of the circle; 0: none */
	int64_t since_last_post_ms;      /* of this person here; negative: never posted */
	int64_t posts_per_minute, burst; /* 0: no limit */
};

/* A person's allowance: thousandths of a post, and as of when (steady clock). */
struct allowance {
	int64_t milliposts, at_ms;
};

struct ruling {
	enum err err;
	const char *detail; /* of the sentence; NULL: none */
	int64_t retry_ms;   /* ERR_TOO_FAST: when to try again */
};

enum { SLOWED_SECONDS = 60 }; /* the pace of a person under the sanction `slow` */

/* The circle's pace, its door and the house's limits are not for moderators and convenors; a
 * sanction is, which only somebody above them can have given. */
struct ruling admit_speaking(const struct speaking *speaking, const struct allowance *allowance,
							 int64_t steady_ms);
/* Takes one post from the allowance: for what was posted or held, not for what was refused. */
void allowance_spend(struct allowance *allowance, const struct speaking *speaking,
					 int64_t steady_ms);

/* Why a post waits for a person, apart from what the filters say; the first that holds. */
enum hold_cause {
	HOLD_NONE,
	HOLD_DOOR,     /* newcomers are premoderated */
	HOLD_NEWCOMER, /* newcomers' common budget is spent */
	HOLD_SANCTION, /* this person is premoderated */
	HOLD_FILTER,
	HOLD_FAILED_FILTER,
	HOLD_EDIT,
	HOLD_NETWORK, /* a guest from where a sanctioned guest came from */
};
const char *hold_cause_name(enum hold_cause cause); /* as stored and shown at the desk */
enum hold_cause hold_cause_parse(const char *name);    /* HOLD_NONE if there is none of that name */
const char *hold_cause_key(enum hold_cause cause);  /* of the sentence for the author */
