/* crisis.c: the crisis index of one circle. A cumulative sum says when flagged messages have become
 * too many for chance; the rest says how wide it has spread. Whole numbers only; set by hand. */
#include "filters/crisis.h"

#include "filters/verdict.h"

#include <string.h>

enum {
	/* Log-likelihood ratio of one message in five flagged against one in fifty, thousandths. */
	EVIDENCE_FLAGGED = 2303, EVIDENCE_CALM = 203, EVIDENCE_MOST = 9000,
	SILENCE_MS = 20 * 60 * 1000, /* each takes off a calm message's worth, tenfold */
	BIAS = -4200,
	WEIGHT_EXCESS = 600,         /* per thousand of evidence */
	WEIGHT_PEOPLE = 1300, WEIGHT_TENSE = 1200, WEIGHT_HURRY = 500, WEIGHT_NEWCOMERS = 400,
	AVERAGE = 10,
	KNOWN_BITS = 512, KNOWN_FULL = 256,
	WATCH_FROM = 350, WATCH_UNTIL = 250,
	ALERT_FROM = 600, ALERT_UNTIL = 450
};

static uint64_t mixed(uint64_t number)
{
	number ^= number >> 33;
	number *= UINT64_C(0xff51afd7ed558ccd);
	return number ^ number >> 33;
}

/* True if this author had not been seen. */
static bool meet(struct crisis_state *crisis, uint64_t author)
{
	uint64_t bit = mixed(author) % KNOWN_BITS, mask = UINT64_C(1) << bit % 64;
	int full = 0;

	if (crisis->known[bit / 64] & mask)
		return false;
	for (int i = 0; i < 8; i++)
		full += __builtin_popcountll(crisis->known[i]);
	if (full >= KNOWN_FULL)
		memset(crisis->known, 0, sizeof(crisis->known));
	crisis->known[bit / 64] |= mask;
	return true;
}

static void fold_excess(struct crisis_state *crisis, const struct signals *signals, int64_t gap_ms)
{
	int64_t quiet = gap_ms / SILENCE_MS;
	uint32_t silences = quiet < 1000 ? (uint32_t)quiet : 1000;
	uint32_t less = EVIDENCE_CALM * 10 * silences;

	crisis->excess = crisis->excess > less ? crisis->excess - less : 0;
	if (signals->flagged)
		crisis->excess += EVIDENCE_FLAGGED;
	else
		crisis->excess = crisis->excess > EVIDENCE_CALM ? crisis->excess - EVIDENCE_CALM : 0;
	if (crisis->excess > EVIDENCE_MOST)
		crisis->excess = EVIDENCE_MOST;
	/* What began the last wave says nothing about who is in the next. */
	if (crisis->excess == 0)
		memset(crisis->flagged, 0, sizeof(crisis->flagged));
}

static void fold_people(struct crisis_state *crisis, const struct signals *signals, uint64_t author)
{
	if (!signals->flagged)
		return;
	for (int i = 5; i > 0; i--)
		crisis->flagged[i] = crisis->flagged[i - 1];
	crisis->flagged[0] = author;
}

/* One person alone is no crisis; four are as bad as it gets. */
static unsigned spread(const struct crisis_state *crisis)
{
	unsigned people = 0;

	for (int i = 0; i < 6; i++) {
		bool counted = !crisis->flagged[i];

		for (int j = 0; j < i; j++)
			counted = counted || crisis->flagged[j] == crisis->flagged[i];
		people += !counted;
	}
	return people < 2 ? 0 : people >= 4 ? 1000 : (people - 1) * 333;
}

static uint8_t level_of(uint8_t before, unsigned index)
{
	if (index >= ALERT_FROM || (before == CRISIS_ALERT && index >= ALERT_UNTIL))
		return CRISIS_ALERT;
	if (index >= WATCH_FROM || (before >= CRISIS_WATCH && index >= WATCH_UNTIL))
		return CRISIS_WATCH;
	return CRISIS_CALM;
}

void crisis_fold(struct crisis_state *crisis, const struct signals *signals, uint64_t author,
	unsigned thread_escalation, int64_t ts_ms)
{
	int64_t gap = crisis->messages && ts_ms > crisis->gaps.last_ts
		? (int64_t)(((uint64_t)ts_ms - (uint64_t)crisis->gaps.last_ts) & INT64_MAX) : 0;
	int32_t sum = BIAS;
	bool stranger;

	crisis->hurry = (uint16_t)fixed_gaps_fold(&crisis->gaps, ts_ms, crisis->messages);
	fold_excess(crisis, signals, gap);
	fold_people(crisis, signals, author);
	stranger = meet(crisis, author);
	/* In a circle's first hour everybody is new. */
	fixed_average(&crisis->newcomers, stranger && crisis->messages >= 20 ? 1000 : 0, AVERAGE);
	fixed_average(&crisis->tense, thread_escalation, AVERAGE);
	if (crisis->messages < UINT32_MAX)
		crisis->messages++;
	sum += (int32_t)(crisis->excess * WEIGHT_EXCESS / 1000);
	sum += (int32_t)(spread(crisis) * WEIGHT_PEOPLE / 1000);
	sum += (int32_t)(fixed_milli(crisis->tense) * WEIGHT_TENSE / 1000);
	/* Haste and new faces are no crisis by themselves: a good debate has both. */
	if (crisis->excess >= EVIDENCE_FLAGGED) {
		sum += (int32_t)(crisis->hurry * WEIGHT_HURRY / 1000u);
		sum += (int32_t)(fixed_milli(crisis->newcomers) * WEIGHT_NEWCOMERS / 1000);
	}
	crisis->index = (uint16_t)fixed_logistic(sum);
	crisis->level = level_of(crisis->level, crisis->index);
}

_Static_assert(sizeof(struct crisis_state) <= 256, "a circle's state is kept and stored");
