/* crisis.c: the crisis index of one circle. A cumulative sum says when flagged messages have become
 * too many for chance; the rest says how wide it has spread. Whole numbers only; weights in
 * forecast.conf. */
#include "filters/crisis.h"

#include "base/buf.h"
#include "filters/parts.h"
#include "filters/verdict.h"

#include <string.h>

enum {
	EVIDENCE_MOST = 9000, HALF_SUSPECT = 200, SUSPECT = 300, /* incivility */
	SILENCE_MS = 60 * 60 * 1000, /* each takes off as much as ten calm messages */
	AVERAGE = 10,
	USUAL_BEGUN = 30, USUAL_PACE = 220, /* messages that `usual` is averaged over */
	USUAL_BEGIN = 30000, USUAL_LEAST = 6000, USUAL_MOST = 120000, /* millionths */
	FLAGGED_KEPT = 8, THREADS_KEPT = 4,
	WATCH_FROM = 300, WATCH_UNTIL = 200,
	ALERT_FROM = 500, ALERT_UNTIL = 350,
	HURRY_FROM = 400, NEWCOMERS_FROM = 500, EXCESS_FROM = 2500
};

/* Log-likelihood ratio of a flagged message and of a calm one, thousandths: a circle in crisis (one
 * in ten flagged, and twice the usual) against a usual one. */
static const struct {
	uint32_t usual; /* up to this, millionths */
	uint16_t flagged, calm;
} evidence[] = {
	{6000, 2927, 113}, {10000, 2485, 118}, {15000, 2159, 124}, {20000, 1946, 131}, {30000,
	1674, 144}, {45000, 1440, 165}, {60000, 1299, 187}, {80000, 1179, 218}, {100000, 1099,
	251}, {USUAL_MOST, 1041, 288},
};

/* True if this author had not been heard of late. The list is exact, and who is in it does not hang
 * on the numbers that people have: two programs that number them otherwise come to the same. */
static bool meet(struct crisis_state *crisis, uint64_t author)
{
	int at = 0;
	bool stranger;

	while (at < CRISIS_KNOWN - 1 && crisis->known[at] && crisis->known[at] != author)
		at++;
	stranger = crisis->known[at] != author;
	memmove(crisis->known + 1, crisis->known, (size_t)at * sizeof(crisis->known[0]));
	crisis->known[0] = author;
	return stranger;
}

/* How often this author is among those flagged last. */
static unsigned times_flagged(const struct crisis_state *crisis, uint64_t author)
{
	unsigned times = 0;

	for (int i = 0; i < FLAGGED_KEPT; i++)
		times += crisis->flagged[i] == author;
	return times;
}

/* What a message speaks for a crisis, thousandths of a flagged one. What the same person says again
 * says less about the circle. */
static uint32_t weight_of(const struct crisis_state *crisis, const struct signals *signals,
	uint64_t author)
{
	static const uint16_t again[] = {1000, 800, 500, 300};
	unsigned times = times_flagged(crisis, author);
	uint32_t part = signals->incivility >= SUSPECT ? 1000
		: signals->incivility >= HALF_SUSPECT ? 400 : 0;

	return part * again[times < 3 ? times : 3] / 1000;
}

static void fold_usual(struct crisis_state *crisis, uint32_t weight)
{
	uint32_t pace;

	/* A wave is not what is usual here. */
	if (crisis->excess >= EXCESS_FROM)
		return;
	/* A young circle learns fast what is usual. */
	pace = USUAL_BEGUN;
	pace += crisis->messages < USUAL_PACE ? crisis->messages : USUAL_PACE;
	crisis->usual = crisis->usual - crisis->usual / pace + weight * 1000 / pace;
	if (crisis->usual < USUAL_LEAST)
		crisis->usual = USUAL_LEAST;
	if (crisis->usual > USUAL_MOST)
		crisis->usual = USUAL_MOST;
}

static void fold_excess(struct crisis_state *crisis, const struct signals *signals, uint64_t author,
	int64_t gap_ms)
{
	int64_t quiet = gap_ms / SILENCE_MS;
	uint32_t silences = quiet < 1000 ? (uint32_t)quiet : 1000, less;
	uint32_t weight = weight_of(crisis, signals, author);
	size_t row = 0;

	while (crisis->usual > evidence[row].usual
	       && row + 1 < sizeof(evidence) / sizeof(evidence[0]))
		row++;
	less = evidence[row].calm * 10u * silences + (weight ? 0 : evidence[row].calm);
	crisis->excess = crisis->excess > less ? crisis->excess - less : 0;
	crisis->excess += evidence[row].flagged * weight / 1000;
	if (crisis->excess > EVIDENCE_MOST)
		crisis->excess = EVIDENCE_MOST;
	/* What began the last wave says nothing about who is in the next. */
	if (crisis->excess == 0) {
		memset(crisis->flagged, 0, sizeof(crisis->flagged));
		memset(crisis->threads, 0, sizeof(crisis->threads));
	}
	fold_usual(crisis, weight);
}

static void push(uint64_t *list, int count, uint64_t value)
{
	for (int i = count - 1; i > 0; i--)
		list[i] = list[i - 1];
	list[0] = value;
}

/* How many different ones; 0 names nobody. */
static unsigned different(const uint64_t *list, int count)
{
	unsigned found = 0;

	for (int i = 0; i < count; i++) {
		bool counted = !list[i];

		for (int j = 0; j < i; j++)
			counted = counted || list[j] == list[i];
		found += !counted;
	}
	return found;
}

/* From how many people what was flagged last comes, in hundredths; who said more counts more, so
 * that two who fight stay two, whoever else lost their temper meanwhile (the inverse of Simpson's
 * index). */
static unsigned people(const struct crisis_state *crisis)
{
	unsigned count = 0, squares = 0;

	for (int i = 0; i < FLAGGED_KEPT; i++) {
		unsigned times = crisis->flagged[i] ? times_flagged(crisis, crisis->flagged[i]) : 0;

		/* Each of `times` messages adds its share: together the square. */
		squares += times;
		count += times != 0;
	}
	return squares ? count * count * 100 / squares : 0;
}

/* How much of the evidence counts: one person alone is no crisis, nor are two who fight. */
static unsigned spread(const struct crisis_state *crisis)
{
	static const unsigned of[] = {0, 0, 200, 700, 950, 1000};
	unsigned many = people(crisis), whole = many / 100;

	return whole >= 5 ? 1000 : of[whole] + (of[whole + 1] - of[whole]) * (many % 100) / 100;
}

static uint8_t level_of(uint8_t before, unsigned index)
{
	if (index >= ALERT_FROM || (before == CRISIS_ALERT && index >= ALERT_UNTIL))
		return CRISIS_ALERT;
	if (index >= WATCH_FROM || (before >= CRISIS_WATCH && index >= WATCH_UNTIL))
		return CRISIS_WATCH;
	return CRISIS_CALM;
}

static void fold_message(struct crisis_state *crisis, const struct signals *signals,
	uint64_t author, uint64_t thread, unsigned thread_escalation, int64_t ts_ms)
{
	int64_t gap = crisis->messages && ts_ms > crisis->gaps.last_ts
		? (int64_t)(((uint64_t)ts_ms - (uint64_t)crisis->gaps.last_ts) & INT64_MAX) : 0;
	bool stranger = meet(crisis, author);

	if (crisis->messages == 0)
		crisis->usual = USUAL_BEGIN;
	crisis->hurry = (uint16_t)fixed_gaps_fold(&crisis->gaps, ts_ms, crisis->messages);
	fold_excess(crisis, signals, author, gap);
	if (signals->incivility >= SUSPECT) {
		push(crisis->flagged, FLAGGED_KEPT, author);
		push(crisis->threads, THREADS_KEPT, thread);
	}
	/* In a circle's first hour everybody is new. */
	fixed_average(&crisis->newcomers, stranger && crisis->messages >= 20 ? 1000 : 0, AVERAGE);
	fixed_average(&crisis->tense, thread_escalation, AVERAGE);
	if (crisis->messages < UINT32_MAX)
		crisis->messages++;
}

static unsigned forecast(const struct crisis_state *crisis, const struct forecast *weights)
{
	const int32_t *by = weights->numbers;
	int64_t sum = (int64_t)by[FORECAST_CRISIS_BIAS] * 1000;

	sum += (int64_t)by[FORECAST_CRISIS_EXCESS] * (crisis->excess * spread(crisis) / 1000);
	/* Where much is flagged every day, chance alone makes more of a wave. */
	sum += (int64_t)by[FORECAST_CRISIS_USUAL] * fixed_milli(crisis->usual);
	/* Tense threads, haste and new faces are no crisis by themselves: a good debate has all of
	 * them. */
	if (crisis->excess >= EXCESS_FROM) {
		sum += (int64_t)by[FORECAST_CRISIS_TENSE] * fixed_milli(crisis->tense);
		sum += (int64_t)by[FORECAST_CRISIS_HURRY] * crisis->hurry;
		sum += (int64_t)by[FORECAST_CRISIS_NEWCOMERS] * fixed_milli(crisis->newcomers);
	}
	sum /= 1000;
	if (sum > INT16_MAX)
		sum = INT16_MAX;
	return fixed_logistic((int32_t)(sum < -INT16_MAX ? -INT16_MAX : sum));
}

void crisis_fold(struct crisis_state *crisis, const struct ruleset *ruleset,
	const struct signals *signals, uint64_t author, uint64_t thread, unsigned thread_escalation,
	int64_t ts_ms)
{
	fold_message(crisis, signals, author, thread, thread_escalation, ts_ms);
	crisis->index = (uint16_t)forecast(crisis, &ruleset->forecast);
	crisis->level = level_of(crisis->level, crisis->index);
}

void crisis_follow(struct crisis_state *crisis, const struct signals *signals, uint64_t author,
	uint64_t thread, unsigned thread_escalation, int64_t ts_ms, unsigned index)
{
	fold_message(crisis, signals, author, thread, thread_escalation, ts_ms);
	crisis->index = (uint16_t)(index < 1000 ? index : 1000);
	crisis->level = level_of(crisis->level, crisis->index);
}

/* --- for people ------------------------------------------------------------------------------ */

const char *crisis_level_name(enum crisis_level level)
{
	static const char *const names[] = {"calm", "watch", "alert"};

	return names[level];
}

const char *crisis_cause_name(enum crisis_cause cause)
{
	static const char *const names[CRISIS_CAUSE_COUNT] = {
		[CRISIS_CAUSE_AUTHORS] = "many_authors",
		[CRISIS_CAUSE_FLAGGED] = "flagged",
		[CRISIS_CAUSE_HURRY] = "hurry",
		[CRISIS_CAUSE_NEWCOMERS] = "newcomers",
		[CRISIS_CAUSE_THREADS] = "many_threads",
	};

	return names[cause];
}

unsigned crisis_causes(const struct crisis_state *crisis)
{
	const bool there[CRISIS_CAUSE_COUNT] = {
		[CRISIS_CAUSE_AUTHORS] = different(crisis->flagged, FLAGGED_KEPT) >= 3,
		[CRISIS_CAUSE_FLAGGED] = crisis->excess >= EXCESS_FROM,
		[CRISIS_CAUSE_HURRY] = crisis->hurry >= HURRY_FROM,
		[CRISIS_CAUSE_NEWCOMERS] = fixed_milli(crisis->newcomers) >= NEWCOMERS_FROM,
		[CRISIS_CAUSE_THREADS] = different(crisis->threads, THREADS_KEPT) >= 2,
	};
	unsigned causes = 0;

	for (unsigned i = 0; i < CRISIS_CAUSE_COUNT; i++)
		causes |= there[i] ? 1u << i : 0;
	return causes;
}

void crisis_causes_write_json(const struct crisis_state *crisis, struct buf *out)
{
	unsigned causes = crisis_causes(crisis);
	const char *comma = "";

	buf_text(out, "[");
	for (unsigned i = 0; i < CRISIS_CAUSE_COUNT; i++) {
		if (!(causes & 1u << i))
			continue;
		buf_format(out, "%s\"%s\"", comma, crisis_cause_name((enum crisis_cause)i));
		comma = ",";
	}
	buf_text(out, "]");
}

_Static_assert(sizeof(struct crisis_state) <= 1024, "a circle's state is kept and stored");
