/* thread.c: the temperature of one thread. A message's own tension comes with its signals; here it
 * is followed over the thread and weighed, with who speaks to whom and how fast, by forecast.conf;
 * a logistic at the end. All in whole numbers. */
#include "filters/thread.h"

#include "base/buf.h"
#include "filters/parts.h"
#include "filters/verdict.h"

enum {
	FAST = 30, SLOW = 8,          /* per cent of the way that averages move with a message */
	NOW = 35, BEFORE = 15,        /* the same for tension */
	WHOLE = 40,                   /* messages that "on the whole" goes back */
	SETTLED_FROM = 8, SETTLED_HALF = 16, /* messages until something is usual in a thread */
	PEAK_KEPT = 90,               /* per cent of a peak that is left after a message */
	HOT_FROM = 500,               /* incivility */
	EXCHANGES_FULL = 6, VOICES_MOST = 8,
	WATCH_FROM = 350, WATCH_UNTIL = 290,
	ALERT_FROM = 500, ALERT_UNTIL = 380,
	/* From where a cause is named. */
	PING_PONG_FROM = 4, HURRY_FROM = 500,
	PILE_FROM = 400, SHOUTING_FROM = 150, SECOND_FROM = 450,
	ACCUSATION_FROM = 120, HEAT_FROM = 120, RISE_FROM = 40,
	TENSION_FROM = 250
};

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How far from spotless, by the odds: a text of which the models are a little less sure than usual
 * says something long before a moderator would care. Thousandths in, 0..2300 out. */
static uint16_t edge_of(unsigned incivility)
{
	static const struct {
		uint16_t from, edge;
	} steps[] = {{0, 0}, {10, 172}, {20, 276}, {40, 409}, {70, 534}, {100, 622}, {150, 730},
		{200, 813}, {300, 943}, {400, 1051}, {550, 1199}, {700, 1357}, {850, 1570},
		{950, 1843}, {1000, 2304}};
	size_t i = 1;

	while (i + 1 < sizeof(steps) / sizeof(steps[0]) && incivility > steps[i].from)
		i++;
	if (incivility >= steps[i].from)
		return steps[i].edge;
	return (uint16_t)(steps[i - 1].edge + (incivility - steps[i - 1].from)
		* (unsigned)(steps[i].edge - steps[i - 1].edge)
		/ (unsigned)(steps[i].from - steps[i - 1].from));
}

static int16_t faded(int16_t peak)
{
	return (int16_t)(peak * PEAK_KEPT / 100);
}

static bool is_warm(const struct signals *signals)
{
	return (signals->thanks || signals->apologies) && !signals->flagged;
}

static void fold_worst(uint16_t *worst, unsigned value)
{
	*worst = (uint16_t)(*worst * PEAK_KEPT / 100);
	if (value > *worst)
		*worst = (uint16_t)value;
}

/* How many messages an average over the whole thread stands for: all; of a long one the last. */
static int32_t whole_of(const struct thread_state *thread)
{
	return thread->messages < WHOLE ? (int32_t)thread->messages + 1 : WHOLE;
}

static void fold_incivility(struct thread_state *thread, unsigned incivility)
{
	unsigned hot = incivility > HOT_FROM
		? (incivility - HOT_FROM) * SCORE_MOST / (SCORE_MOST - HOT_FROM) : 0;
	uint16_t edge = edge_of(incivility);
	int32_t edges = (int32_t)thread->edges;

	fixed_average(&thread->hot, hot, FAST);
	fold_worst(&thread->hottest, hot);
	fold_worst(&thread->edgiest, edge);
	thread->edge = edge;
	thread->edges = (uint32_t)(edges + (edge * 1000 - edges) / whole_of(thread));
}

static void fold_averages(struct thread_state *thread, const struct signals *signals)
{
	uint16_t tones[TONE_COUNT], rude;

	tones_of(signals, tones);
	rude = tones[TONE_INCIVILITY];
	fixed_average(&thread->heat, rude, FAST);
	fixed_average(&thread->slow_heat, rude, SLOW);
	fixed_average(&thread->second, tones[TONE_SECOND], FAST);
	fixed_average(&thread->accusation, tones[TONE_ACCUSE], FAST);
	fixed_average(&thread->slow_accusation, tones[TONE_ACCUSE], SLOW);
	fixed_average(&thread->shouting, signals->shouting, FAST);
	fixed_average(&thread->cooling,
		is_warm(signals) ? (signals->apologies ? 1000 : 700) : 0, FAST);
}

static void fold_tension(struct thread_state *thread, int16_t tension)
{
	fixed_average_signed(&thread->now, tension, NOW);
	fixed_average_signed(&thread->before, tension, BEFORE);
	thread->mean += (tension * 1000 - thread->mean) / whole_of(thread);
	/* Openers are long and say what they are about: no peak. */
	if (thread->messages == 0)
		return;
	thread->peaks[0] = faded(thread->peaks[0]);
	thread->peaks[1] = faded(thread->peaks[1]);
	if (tension > thread->peaks[0]) {
		thread->peaks[1] = thread->peaks[0];
		thread->peaks[0] = tension;
	} else if (tension > thread->peaks[1]) {
		thread->peaks[1] = tension;
	}
}

static unsigned voices_of(const struct thread_state *thread)
{
	unsigned voices = 0;

	while (voices < VOICES_MOST && thread->people[voices])
		voices++;
	return voices;
}

static void meet(struct thread_state *thread, uint64_t author)
{
	unsigned voices = voices_of(thread);

	for (unsigned i = 0; i < voices; i++)
		if (thread->people[i] == author)
			return;
	if (voices < VOICES_MOST)
		thread->people[voices] = author;
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
	/* Many on one: replies that go to the same person, from others than themselves. */
	if (reply_to && reply_to != author) {
		bool same = reply_to == thread->target && author != thread->authors[0];

		fixed_average(&thread->pile, same ? 1000 : 0, FAST);
		thread->target = reply_to;
	}
	meet(thread, author);
	for (int i = 3; i > 0; i--)
		thread->authors[i] = thread->authors[i - 1];
	thread->authors[0] = author;
}

/* How tense it usually is here: nothing at first; of a long thread nearly all that its messages are
 * on the whole. Who has been fierce and civil for fifty messages will be for fifty more. */
static int32_t settled_of(const struct thread_state *thread)
{
	int64_t messages = thread->messages;

	if (thread->mean <= 0 || messages <= SETTLED_FROM)
		return 0;
	return (int32_t)(thread->mean / 1000 * (messages - SETTLED_FROM)
		/ (messages + SETTLED_HALF));
}

static void features_of(const struct thread_state *thread, int32_t features[HEAT_COUNT])
{
	unsigned heat = fixed_milli(thread->heat), slow = fixed_milli(thread->slow_heat);

	features[HEAT_COOLING] = (int32_t)fixed_milli(thread->cooling);
	features[HEAT_EDGE] = thread->edge;
	features[HEAT_EDGES] = (int32_t)fixed_milli(thread->edges);
	features[HEAT_EDGIEST] = thread->edgiest;
	features[HEAT_HOT] = (int32_t)fixed_milli(thread->hot);
	features[HEAT_HOTTEST] = thread->hottest;
	features[HEAT_HURRY] = thread->hurry;
	features[HEAT_MEAN] = thread->mean / 1000;
	features[HEAT_NOW] = thread->now;
	features[HEAT_PEAK] = (thread->peaks[0] + thread->peaks[1]) / 2;
	features[HEAT_PILE_ON] = (int32_t)fixed_milli(thread->pile);
	features[HEAT_PING_PONG] = thread->exchanges * 1000 / EXCHANGES_FULL;
	features[HEAT_RISE] = heat > slow ? (int32_t)(heat - slow) : 0;
	features[HEAT_SETTLED] = settled_of(thread);
	features[HEAT_VOICES] = voices_of(thread) > 1
		? ((int32_t)voices_of(thread) - 1) * 1000 / (VOICES_MOST - 1) : 0;
}

static unsigned forecast(const struct thread_state *thread, const struct forecast *weights)
{
	int64_t sum = (int64_t)weights->numbers[FORECAST_THREAD_BIAS] * 1000;
	int32_t features[HEAT_COUNT];

	features_of(thread, features);
	for (int i = 0; i < HEAT_COUNT; i++)
		sum += (int64_t)weights->heats[i] * features[i];
	sum /= 1000;
	if (sum > INT16_MAX)
		sum = INT16_MAX;
	return fixed_logistic((int32_t)(sum < -INT16_MAX ? -INT16_MAX : sum));
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

static void fold_message(struct thread_state *thread, const struct signals *signals,
	uint64_t author, uint64_t reply_to, int64_t ts_ms)
{
	thread->hurry = (uint16_t)fixed_gaps_fold(&thread->gaps, ts_ms, thread->messages);
	fold_averages(thread, signals);
	fold_incivility(thread, signals->incivility);
	fold_tension(thread, signals->tension);
	fold_people(thread, author, reply_to);
	if (thread->messages < UINT32_MAX)
		thread->messages++;
}

static void settle(struct thread_state *thread, const struct signals *signals, unsigned escalation)
{
	unsigned before = thread->escalation;
	uint8_t level = level_of(thread->level, escalation);

	/* Who thanks or apologises is given a message's time: no alert is raised by them. */
	if (level == THREAD_ALERT && thread->level != THREAD_ALERT && is_warm(signals))
		level = THREAD_WATCH;
	thread->slope = (int16_t)((thread->slope + ((int)escalation - (int)before)) / 2);
	/* What is said now is milder than what has been said so far; until it is calm. */
	thread->is_cooling = (level != THREAD_CALM || thread->level != THREAD_CALM)
		&& thread->now < thread->before && escalation <= before;
	thread->escalation = (uint16_t)escalation;
	thread->level = level;
}

void thread_fold(struct thread_state *thread, const struct ruleset *ruleset,
	const struct signals *signals, uint64_t author, uint64_t reply_to_author, int64_t ts_ms)
{
	fold_message(thread, signals, author, reply_to_author, ts_ms);
	settle(thread, signals, forecast(thread, &ruleset->forecast));
}

void thread_follow(struct thread_state *thread, const struct signals *signals, uint64_t author,
	uint64_t reply_to_author, int64_t ts_ms, unsigned escalation)
{
	fold_message(thread, signals, author, reply_to_author, ts_ms);
	settle(thread, signals, least(escalation, 1000));
}

/* --- for people ------------------------------------------------------------------------------ */

const char *thread_level_name(enum thread_level level)
{
	static const char *const names[] = {"calm", "watch", "alert"};

	return names[level];
}

const char *thread_cause_name(enum thread_cause cause)
{
	static const char *const names[CAUSE_COUNT] = {
		[CAUSE_GAP_CONTRACTION] = "gap_contraction",
		[CAUSE_PILE_ON] = "pile_on",
		[CAUSE_PING_PONG] = "ping_pong",
		[CAUSE_RISING_ACCUSATION] = "rising_accusation",
		[CAUSE_RISING_INCIVILITY] = "rising_incivility",
		[CAUSE_RISING_TENSION] = "rising_tension",
		[CAUSE_SECOND_PERSON] = "second_person",
		[CAUSE_SHOUTING] = "shouting",
	};

	return names[cause];
}

static bool has_risen(uint32_t fast, uint32_t slow, unsigned from)
{
	return fixed_milli(fast) >= from && fixed_milli(fast) >= fixed_milli(slow) + RISE_FROM;
}

unsigned thread_causes(const struct thread_state *thread)
{
	const bool there[CAUSE_COUNT] = {
		[CAUSE_GAP_CONTRACTION] = thread->hurry >= HURRY_FROM,
		[CAUSE_PILE_ON] = thread->target && fixed_milli(thread->pile) >= PILE_FROM,
		[CAUSE_PING_PONG] = thread->exchanges >= PING_PONG_FROM,
		[CAUSE_RISING_ACCUSATION] =
			has_risen(thread->accusation, thread->slow_accusation, ACCUSATION_FROM),
		[CAUSE_RISING_INCIVILITY] = has_risen(thread->heat, thread->slow_heat, HEAT_FROM),
		[CAUSE_RISING_TENSION] = thread->now >= TENSION_FROM && thread->now > thread->before,
		[CAUSE_SECOND_PERSON] = fixed_milli(thread->second) >= SECOND_FROM,
		[CAUSE_SHOUTING] = fixed_milli(thread->shouting) >= SHOUTING_FROM,
	};
	unsigned causes = 0;

	for (unsigned i = 0; i < CAUSE_COUNT; i++)
		causes |= there[i] ? 1u << i : 0;
	return causes;
}

uint64_t thread_target(const struct thread_state *thread)
{
	return thread_causes(thread) & 1u << CAUSE_PILE_ON ? thread->target : 0;
}

void thread_causes_write_json(const struct thread_state *thread, struct buf *out)
{
	unsigned causes = thread_causes(thread);
	const char *comma = "";

	buf_text(out, "[");
	for (unsigned i = 0; i < CAUSE_COUNT; i++) {
		if (!(causes & 1u << i))
			continue;
		buf_format(out, "%s\"%s\"", comma, thread_cause_name((enum thread_cause)i));
		comma = ",";
	}
	buf_text(out, "]");
}

void thread_features_write_json(const struct thread_state *thread, struct buf *out)
{
	int32_t features[HEAT_COUNT];

	features_of(thread, features);
	for (int i = 0; i < HEAT_COUNT; i++)
		buf_format(out, "%s\"%s\":%d", i ? "," : "{", heat_name((enum heat)i), features[i]);
	buf_text(out, "}");
}

_Static_assert(sizeof(struct thread_state) <= 256, "a thread's state is kept for every thread");
