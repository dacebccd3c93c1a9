/* forecast.h: forecast.conf: how much each sign counts when a thread's temperature and a circle's
 * crisis index are made. Signed thousandths; most of them fitted by filters/train/. Only for files
 * of this folder. */
#pragma once

#include "base/err.h"
#include "filters/source.h"

#include <stdbool.h>
#include <stdint.h>

struct signals;

/* What one message says of how people speak to each other, each as 0..1000. */
#define TONE_LIST(X) \
	X(ACCUSE,      "tone.accuse") \
	X(ADDRESSED,   "tone.addressed")   /* a sentence begins with "you", or with a demand */ \
	X(APOLOGY,     "tone.apology") \
	X(CERTAIN,     "tone.certain") \
	X(CHARGE,      "tone.charge")      /* "you" and an accusation in one message */ \
	X(CONDUCT,     "tone.conduct") \
	X(DEMAND,      "tone.demand") \
	X(DISPUTE,     "tone.dispute")     /* "you" and a denial in one message */ \
	X(DOTS,        "tone.dots")        /* sentences that trail off … */ \
	X(EXCLAMATION, "tone.exclamation") \
	X(FIRST,       "tone.first") \
	X(HEDGE,       "tone.hedge") \
	X(INCIVILITY,  "tone.incivility") \
	X(MATTER,      "tone.matter")      /* figures and brackets: talk of the matter itself */ \
	X(MOCK,        "tone.mock") \
	X(NEGATION,    "tone.negation") \
	X(OTHERS,      "tone.others")      /* a sentence begins with he, she, they */ \
	X(QUESTION,    "tone.question")    /* a question to "you" */ \
	X(SANCTION,    "tone.sanction") \
	X(SECOND,      "tone.second") \
	X(SHOUTING,    "tone.shouting") \
	X(SWEEPING,    "tone.sweeping") \
	X(THANKS,      "tone.thanks") \
	X(VEXED,       "tone.vexed")       /* out of patience: for years, why is this still */ \
	X(WORK,        "tone.work")        /* what people do together: added, tested, version */

/* What a thread says as a whole. */
#define HEAT_LIST(X) \
	X(COOLING,  "thread.cooling")   /* thanks and apologies of late */ \
	X(EDGE,     "thread.edge")      /* how far from spotless the last message is */ \
	X(EDGES,    "thread.edges")     /* … the messages on the whole: what is usual here */ \
	X(EDGIEST,  "thread.edgiest")   /* … the worst of them; fades */ \
	X(HOT,      "thread.hot")       /* incivility of late that a moderator would want to see */ \
	X(HOTTEST,  "thread.hottest")   /* the worst of it; fades */ \
	X(HURRY,    "thread.hurry")     /* gaps between messages get shorter */ \
	X(MEAN,     "thread.mean")      /* tension on the whole */ \
	X(NOW,      "thread.now")       /* tension of the last few messages */ \
	X(PEAK,     "thread.peak")      /* the two tensest messages; fades */ \
	X(PILE_ON,  "thread.pile_on")   /* several against one */ \
	X(PING_PONG, "thread.ping_pong") /* two alone with each other */ \
	X(RISE,     "thread.rise")      /* incivility grows */ \
	X(SETTLED,  "thread.settled")   /* tension that is usual in a long thread */ \
	X(VOICES,   "thread.voices")    /* how many take part, up to eight */

#define FORECAST_LIST(X) \
	X(CRISIS_BIAS,       "crisis.bias") \
	X(CRISIS_EXCESS,     "crisis.excess") \
	X(CRISIS_HURRY,      "crisis.hurry") \
	X(CRISIS_NEWCOMERS,  "crisis.newcomers") \
	X(CRISIS_TENSE,      "crisis.tense") \
	X(THREAD_BIAS,       "thread.bias")

enum tone {
#define X(name, key) TONE_##name,
	TONE_LIST(X)
#undef X
	TONE_COUNT
};

enum heat {
#define X(name, key) HEAT_##name,
	HEAT_LIST(X)
#undef X
	HEAT_COUNT
};

enum forecast_number {
#define X(name, key) FORECAST_##name,
	FORECAST_LIST(X)
#undef X
	FORECAST_NUMBERS
};

struct forecast {
	int32_t tones[TONE_COUNT], heats[HEAT_COUNT], numbers[FORECAST_NUMBERS];
	uint64_t given; /* a bit for each row */
};

MUST_CHECK enum err forecast_load(struct forecast *forecast, struct source *source,
	struct why *why);
MUST_CHECK enum err forecast_check(const struct forecast *forecast, struct why *why);
const char *heat_name(enum heat heat); /* "thread.mean" */

/* The tones of a message, 0..1000 each. */
void tones_of(const struct signals *signals, uint16_t tones[TONE_COUNT]);
/* All of them by their weights: thousandths, within ±TENSION_MOST. */
enum { TENSION_MOST = 8000 };
int16_t tension_of(const struct forecast *forecast, const struct signals *signals);
