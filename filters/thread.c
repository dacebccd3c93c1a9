/* thread.c: the temperature of one thread. Features in thousandths, weights in thousandths, a
 * logistic at the end; all in whole numbers. The weights are set by hand, from what the literature
 * says raises and lowers the risk; docs/civility.md names them. */
#include "filters/thread.h"

#include "filters/verdict.h"

enum feature {
	FEATURE_ACCUSATION,
	FEATURE_COOLING,
	FEATURE_HEAT,
	FEATURE_HURRY,
	FEATURE_LAST,
	FEATURE_NEGATION,
	FEATURE_PEAK,
	FEATURE_PILE,
	FEATURE_PING_PONG,
	FEATURE_RISE,
	FEATURE_SECOND,
	FEATURE_SHOUTING,
	FEATURE_COUNT
};

static const int16_t weights[FEATURE_COUNT] = {
	[FEATURE_ACCUSATION] = 1100, [FEATURE_COOLING] = -1600, [FEATURE_HEAT] = 3200,
	[FEATURE_HURRY] = 500,       [FEATURE_LAST] = 1400,     [FEATURE_NEGATION] = 300,
	[FEATURE_PEAK] = 1100,       [FEATURE_PILE] = 500,      [FEATURE_PING_PONG] = 500,
	[FEATURE_RISE] = 1200,       [FEATURE_SECOND] = 900,    [FEATURE_SHOUTING] = 700,
};

enum {
	BIAS = -2900,
	FAST = 30, SLOW = 8,          /* per cent of the way that averages move with a message */
	PEAK_KEPT = 94,               /* per cent of the peak that is left after a message */
	EXCHANGES_FULL = 6,
	WATCH_FROM = 450, WATCH_UNTIL = 350,
	ALERT_FROM = 700, ALERT_UNTIL = 550
};

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How many of a text's words are of a kind: one in six or more is the most there is. */
static unsigned density(unsigned count, unsigned words)
{
	return words ? least(1000, count * 6000 / (words > 6 ? words : 6)) : 0;
}

static void fold_averages(struct thread_state *thread, const struct signals *signals)
{
	bool thanks = (signals->thanks || signals->apologies) && !signals->flagged;

	fixed_average(&thread->heat, signals->incivility, FAST);
	fixed_average(&thread->slow_heat, signals->incivility, SLOW);
	fixed_average(&thread->second, density(signals->second, signals->words), FAST);
	fixed_average(&thread->accusation, density(signals->accusations, signals->words), FAST);
	fixed_average(&thread->negation, density(signals->negations, signals->words), FAST);
	fixed_average(&thread->shouting, signals->shouting, FAST);
	fixed_average(&thread->cooling, thanks ? (signals->apologies ? 1000 : 700) : 0, FAST);
	thread->peak = (uint16_t)(thread->peak * PEAK_KEPT / 100);
	if (signals->incivility > thread->peak)
		thread->peak = signals->incivility;
	thread->last = signals->incivility;
}

/* Two people alone with each other: the message before is by another, the one before that is
 * mine. */
static void fold_people(struct thread_state *thread, uint64_t author, uint64_t reply_to)
{
	bool back_and_forth = author && author == thread->authors[1] && author != thread->authors[0];

	if (back_and_forth)
		thread->exchanges = (uint16_t)least(thread->exchanges + 1u, EXCHANGES_FULL);
	else if (author != thread->authors[0])
		thread->exchanges = 0;
	for (int i = 3; i > 0; i--)
		thread->authors[i] = thread->authors[i - 1];
	thread->authors[0] = author;
	/* Many on one: replies that go to the same person, from others than themselves. */
	if (reply_to && reply_to != author) {
		bool same = reply_to == thread->target && author != thread->authors[1];

		fixed_average(&thread->pile, same ? 1000 : 0, FAST);
		thread->target = reply_to;
	}
}

static unsigned forecast(const struct thread_state *thread, unsigned hurry)
{
	unsigned heat = fixed_milli(thread->heat), slow = fixed_milli(thread->slow_heat);
	const unsigned features[FEATURE_COUNT] = {
		[FEATURE_ACCUSATION] = fixed_milli(thread->accusation),
		[FEATURE_COOLING] = fixed_milli(thread->cooling),
		[FEATURE_HEAT] = heat,
		[FEATURE_HURRY] = hurry,
		[FEATURE_LAST] = thread->last,
		[FEATURE_NEGATION] = fixed_milli(thread->negation),
		[FEATURE_PEAK] = thread->peak,
		[FEATURE_PILE] = fixed_milli(thread->pile),
		[FEATURE_PING_PONG] = thread->exchanges * 1000u / EXCHANGES_FULL,
		[FEATURE_RISE] = heat > slow ? heat - slow : 0,
		[FEATURE_SECOND] = fixed_milli(thread->second),
		[FEATURE_SHOUTING] = fixed_milli(thread->shouting),
	};
	int32_t sum = BIAS;

	for (int i = 0; i < FEATURE_COUNT; i++)
		sum += weights[i] * (int32_t)features[i] / 1000;
	return fixed_logistic(sum);
}

/* A level is left only well below where it was entered, or moderators would be called and sent away
 * with every message. */
static uint8_t level_of(uint8_t before, unsigned escalation)
{
	if (escalation >= ALERT_FROM || (before == THREAD_ALERT && escalation >= ALERT_UNTIL))
		return THREAD_ALERT;
	if (escalation >= WATCH_FROM || (before >= THREAD_WATCH && escalation >= WATCH_UNTIL))
		return THREAD_WATCH;
	return THREAD_CALM;
}

void thread_fold(struct thread_state *thread, const struct signals *signals, uint64_t author,
	uint64_t reply_to_author, int64_t ts_ms)
{
	unsigned hurry = fixed_gaps_fold(&thread->gaps, ts_ms, thread->messages);
	unsigned before = thread->escalation;

	fold_averages(thread, signals);
	fold_people(thread, author, reply_to_author);
	if (thread->messages < UINT32_MAX)
		thread->messages++;
	thread->escalation = (uint16_t)forecast(thread, hurry);
	thread->is_cooling = thread->escalation + 50u < before
		|| (thread->is_cooling && thread->escalation <= before && thread->level != THREAD_CALM);
	thread->level = level_of(thread->level, thread->escalation);
}

_Static_assert(sizeof(struct thread_state) <= 256, "a thread's state is kept for every thread");
