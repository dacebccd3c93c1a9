/* crisis.c: the crisis index of one circle. A cumulative sum says when uncivil messages, weighed by
 * how rare their kind is in this circle, have become too many for chance; the rest says by how many
 * people. Whole numbers only; weights in forecast.conf. */
#include "filters/crisis.h"

#include "base/buf.h"
#include "filters/glyph.h"
#include "filters/parts.h"
#include "filters/verdict.h"

#include <string.h>

enum {
	EVIDENCE_MOST = 9000,
	SILENCE_MS = 60 * 60 * 1000, SILENCE = 1400, /* each hour takes off so much, or … */
	SILENCE_GAPS = 4,             /* … each so many of the gaps that are usual here */
	AVERAGE = 10,
	USUAL_BEGUN = 45, USUAL_PACE = 200, /* messages that `usual` is averaged over */
	USUAL_SLOWLY = 16,            /* tenths: so many times slower while there is evidence */
	USUAL_LEAST = 8000,           /* millionths */
	SHARE = 330,                  /* thousandths of what is said in a crisis are uncivil */
	SPEAKS_FROM = 150, SPEAKS_MOST = 2600, /* evidence of one message */
	THREADS_KEPT = 4,
	AGAIN = 350,                  /* thousandths that such a message counts */
	ALONE_FROM = 20,              /* messages by one author: nobody tells authors apart here */
	WATCH_FROM = 300, WATCH_UNTIL = 150,
	ALERT_FROM = 500, ALERT_UNTIL = 250,
	HURRY_FROM = 400, NEWCOMERS_FROM = 500, FLAGGED_FROM = 3000,
	EXCESS_FROM = 3300,           /* from here on it is more than chance */
	OTHERS_FROM = 300, OTHERS_ALL = 420, /* thousandths */
	LULL = 400, LULL_MOST = 4,    /* each message that speaks for nothing takes off so much */
	TOLD_MORE = 4000, TOLD_ENDS = 1500 /* so much more is told again, until so little is left */
};

/* Grades of incivility: below which each ends. */
static const uint16_t grades[CRISIS_GRADES] = {10, 30, 60, 100, 200, 550, 700, UINT16_MAX};

/* How many in a thousand uncivil messages people's sets have of each grade, and with what a circle
 * begins of which nothing is known, by enum glyph_script: what lists and models say of a civil
 * text differs between languages. A message that nobody would act upon, but of a kind that is rare
 * here, says something; the same where it is common does not. */
static const struct {
	uint16_t uncivil[CRISIS_GRADES], usual[CRISIS_GRADES];
} scripts[CRISIS_SCRIPTS] = {
	[SCRIPT_NONE] = {{60, 100, 50, 90, 102, 184, 150, 264}, {180, 185, 104, 140, 80, 29, 12, 8}},
	[SCRIPT_LATIN] = {{3, 30, 30, 30, 80, 290, 140, 397}, {290, 380, 145, 70, 68, 38, 6, 3}},
	[SCRIPT_HEBREW] = {{20, 140, 60, 40, 130, 205, 185, 220}, {500, 260, 90, 50, 66, 25, 6, 3}},
	[SCRIPT_ARABIC] = {{6, 70, 130, 90, 120, 44, 170, 370}, {80, 360, 280, 110, 73, 20, 60, 45}},
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

/* How often this author is among those who spoke for a crisis last. */
static unsigned times_flagged(const struct crisis_state *crisis, uint64_t author)
{
	unsigned times = 0;

	for (int i = 0; i < CRISIS_FLAGGED; i++)
		times += author && crisis->spoke[i] && crisis->flagged[i] == author;
	return times;
}

/* Of how many the circle is made, up to CRISIS_FLAGGED: who is one of few speaks more often. */
static unsigned heard(const struct crisis_state *crisis)
{
	unsigned count = 1;

	while (count < CRISIS_FLAGGED && crisis->known[count])
		count++;
	return count;
}

static unsigned grade_of(unsigned incivility)
{
	unsigned grade = 0;

	while (grade < CRISIS_GRADES - 1 && incivility >= grades[grade])
		grade++;
	return grade;
}

/* What a message of this grade speaks for a crisis and against a usual circle: the logarithm of how
 * much likelier it is there, thousandths. */
static int32_t evidence_of(const struct crisis_state *crisis, unsigned script, unsigned grade)
{
	uint32_t here = crisis->usual[script][grade];
	uint32_t usual = here > USUAL_LEAST ? here : USUAL_LEAST;
	uint32_t times = scripts[script].uncivil[grade] * UINT32_C(1000000) / usual;
	int32_t evidence = fixed_log(1000 - SHARE + SHARE * times / 1000);

	return evidence < SPEAKS_MOST ? evidence : SPEAKS_MOST;
}

static void usual_begin(struct crisis_state *crisis, unsigned script)
{
	uint32_t whole = 0;

	for (int i = 0; i < CRISIS_GRADES; i++)
		whole += scripts[script].usual[i];
	for (int i = 0; i < CRISIS_GRADES; i++)
		crisis->usual[script][i] = scripts[script].usual[i] * (uint32_t)MICRO / whole;
}

/* A young circle learns fast what is usual; a wave is not what is usual, unless it never ends. */
static void usual_fold(struct crisis_state *crisis, unsigned script, unsigned grade)
{
	uint32_t *usual = crisis->usual[script];
	uint32_t pace = USUAL_BEGUN + crisis->said[script];

	if (crisis->said[script] < USUAL_PACE)
		crisis->said[script]++;
	if (crisis->excess >= EXCESS_FROM)
		pace = pace * USUAL_SLOWLY / 10;
	for (int i = 0; i < CRISIS_GRADES; i++)
		usual[i] -= usual[i] / pace;
	usual[grade] += MICRO / pace;
}

static void push(uint64_t *list, int count, uint64_t value)
{
	for (int i = count - 1; i > 0; i--)
		list[i] = list[i - 1];
	list[0] = value;
}

static void remember(struct crisis_state *crisis, uint64_t author, uint64_t thread,
	int32_t evidence)
{
	push(crisis->flagged, CRISIS_FLAGGED, author);
	push(crisis->threads, THREADS_KEPT, thread);
	memmove(crisis->spoke + 1, crisis->spoke, sizeof(crisis->spoke) - sizeof(crisis->spoke[0]));
	crisis->spoke[0] = (uint16_t)evidence;
}

static void fold_lull(struct crisis_state *crisis, int32_t evidence)
{
	if (evidence >= SPEAKS_FROM)
		crisis->lull = 0;
	else if (crisis->lull < LULL_MOST)
		crisis->lull++;
}

static void fold_excess(struct crisis_state *crisis, int32_t evidence, uint64_t author,
	uint64_t thread, int64_t quiet)
{
	int32_t counted = evidence;
	int32_t less = SILENCE * (int32_t)(quiet < 1000 ? quiet : 1000);

	/* What the same person says again and again says little about the circle. */
	if (evidence > 0 && times_flagged(crisis, author) > CRISIS_FLAGGED / heard(crisis))
		counted = evidence * AGAIN / 1000;
	crisis->excess = crisis->excess > (uint32_t)less ? crisis->excess - (uint32_t)less : 0;
	counted += (int32_t)crisis->excess;
	crisis->excess = counted < 0 ? 0 : counted < EVIDENCE_MOST ? (uint32_t)counted
		: EVIDENCE_MOST;
	/* What began the last wave says nothing about who is in the next. */
	if (crisis->excess == 0) {
		memset(crisis->flagged, 0, sizeof(crisis->flagged));
		memset(crisis->spoke, 0, sizeof(crisis->spoke));
		memset(crisis->threads, 0, sizeof(crisis->threads));
	}
	if (evidence >= SPEAKS_FROM)
		remember(crisis, author, thread, evidence);
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

/* Is this the first that the list has of its author? Who has no name is somebody else each time. */
static bool is_first(const struct crisis_state *crisis, int at)
{
	for (int i = 0; i < at; i++)
		if (crisis->flagged[at] && crisis->flagged[i] == crisis->flagged[at])
			return false;
	return crisis->spoke[at] != 0;
}

/* What an author gave of the evidence, from the place on where they are first in the list. */
static uint32_t share_of(const struct crisis_state *crisis, int at)
{
	uint32_t own = crisis->spoke[at];

	for (int i = at + 1; i < CRISIS_FLAGGED; i++)
		if (crisis->flagged[at] && crisis->flagged[i] == crisis->flagged[at])
			own += crisis->spoke[i];
	return own;
}

/* How many of the circle are others than any two, thousandths, as far as they wrote of late: where
 * few people talk, two of them give much of any evidence. */
static unsigned others_there(const struct crisis_state *crisis)
{
	int count = crisis->messages < CRISIS_WROTE ? (int)crisis->messages : CRISIS_WROTE;
	unsigned people = different(crisis->wrote, count);

	for (int i = 0; i < count; i++)
		if (!crisis->wrote[i])
			return 1000;
	return people > 2 ? (people - 2) * 1000 / people : 0;
}

/* How much of the evidence counts, thousandths: what others gave than the two who gave most, by how
 * many others there are. One person alone is no crisis, nor are two who fight, whoever else lost
 * their temper meanwhile. */
static unsigned spread(const struct crisis_state *crisis)
{
	uint32_t whole = 0, most = 0, next = 0;
	unsigned there = others_there(crisis), share;

	for (int i = 0; i < CRISIS_FLAGGED; i++) {
		uint32_t own = is_first(crisis, i) ? share_of(crisis, i) : 0;

		whole += crisis->spoke[i];
		if (own > most) {
			next = most;
			most = own;
		} else if (own > next) {
			next = own;
		}
	}
	if (!whole || !there)
		return 0;
	share = (whole - most - next) * 1000 / whole * 1000 / there;
	if (share <= OTHERS_FROM)
		return 0;
	return share >= OTHERS_ALL ? 1000
		: (share - OTHERS_FROM) * 1000 / (OTHERS_ALL - OTHERS_FROM);
}

static uint8_t level_of(uint8_t before, unsigned index)
{
	if (index >= ALERT_FROM || (before == CRISIS_ALERT && index >= ALERT_UNTIL))
		return CRISIS_ALERT;
	if (index >= WATCH_FROM || (before >= CRISIS_WATCH && index >= WATCH_UNTIL))
		return CRISIS_WATCH;
	return CRISIS_CALM;
}

/* How many silences have passed before a message at `ts_ms`. Where people write once a day, a day
 * is none. */
static int64_t silences(const struct crisis_state *crisis, int64_t ts_ms)
{
	int64_t silence = (int64_t)crisis->gaps.slow_ms * SILENCE_GAPS;
	int64_t gap = crisis->messages && ts_ms > crisis->gaps.last_ts
		? (int64_t)(((uint64_t)ts_ms - (uint64_t)crisis->gaps.last_ts) & INT64_MAX) : 0;

	return gap / (silence > SILENCE_MS ? silence : SILENCE_MS);
}

static void fold_message(struct crisis_state *crisis, const struct signals *signals,
	uint64_t author, uint64_t thread, unsigned thread_escalation, int64_t ts_ms)
{
	int64_t quiet = silences(crisis, ts_ms);
	bool stranger = author && meet(crisis, author);
	unsigned grade = grade_of(signals->incivility);
	unsigned script = signals->script < CRISIS_SCRIPTS ? signals->script : SCRIPT_NONE;
	int32_t evidence;

	if (crisis->said[script] == 0)
		usual_begin(crisis, script);
	crisis->hurry = (uint16_t)fixed_gaps_fold(&crisis->gaps, ts_ms, crisis->messages);
	/* Where one name says everything, it names nobody. */
	if (crisis->messages >= ALONE_FROM && !crisis->known[1])
		author = 0;
	push(crisis->wrote, CRISIS_WROTE, author);
	evidence = evidence_of(crisis, script, grade);
	fold_lull(crisis, evidence);
	fold_excess(crisis, evidence, author, thread, quiet);
	usual_fold(crisis, script, grade);
	/* In a circle's first hour everybody is new. */
	fixed_average(&crisis->newcomers, stranger && crisis->messages >= 20 ? 1000 : 0, AVERAGE);
	fixed_average(&crisis->tense, thread_escalation, AVERAGE);
	if (crisis->messages < UINT32_MAX)
		crisis->messages++;
}

/* What was told is told again only when there is clearly more of it, until the evidence is gone:
 * else an alarm would flicker with every message about its bar. */
static unsigned withheld(const struct crisis_state *crisis, int64_t sum, unsigned index)
{
	if (!crisis->told || crisis->index >= ALERT_FROM || sum >= TOLD_MORE)
		return index;
	return index < ALERT_FROM ? index : ALERT_FROM - 1;
}

static unsigned forecast(const struct crisis_state *crisis, const struct forecast *weights)
{
	const int32_t *by = weights->numbers;
	int64_t sum = (int64_t)by[FORECAST_CRISIS_BIAS] * 1000;

	sum += (int64_t)by[FORECAST_CRISIS_EXCESS] * (crisis->excess * spread(crisis) / 1000);
	/* Tense threads, haste and new faces are no crisis by themselves: a good debate has all of
	 * them. */
	if (crisis->excess >= EXCESS_FROM) {
		sum += (int64_t)by[FORECAST_CRISIS_TENSE] * fixed_milli(crisis->tense);
		sum += (int64_t)by[FORECAST_CRISIS_HURRY] * crisis->hurry;
		sum += (int64_t)by[FORECAST_CRISIS_NEWCOMERS] * fixed_milli(crisis->newcomers);
	}
	sum = sum / 1000 - crisis->lull * LULL;
	if (sum > INT16_MAX)
		sum = INT16_MAX;
	return withheld(crisis, sum,
		fixed_logistic((int32_t)(sum < -INT16_MAX ? -INT16_MAX : sum)));
}

/* By the index alone, so that it comes out the same from what was kept. */
static void settle(struct crisis_state *crisis, unsigned index)
{
	crisis->index = (uint16_t)index;
	crisis->level = level_of(crisis->level, index);
	if (index >= ALERT_FROM)
		crisis->told = true;
	else if (crisis->excess <= TOLD_ENDS)
		crisis->told = false;
}

void crisis_fold(struct crisis_state *crisis, const struct ruleset *ruleset,
	const struct signals *signals, uint64_t author, uint64_t thread, unsigned thread_escalation,
	int64_t ts_ms)
{
	fold_message(crisis, signals, author, thread, thread_escalation, ts_ms);
	settle(crisis, forecast(crisis, &ruleset->forecast));
}

void crisis_follow(struct crisis_state *crisis, const struct signals *signals, uint64_t author,
	uint64_t thread, unsigned thread_escalation, int64_t ts_ms, unsigned index)
{
	fold_message(crisis, signals, author, thread, thread_escalation, ts_ms);
	settle(crisis, index < 1000 ? index : 1000);
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
		[CRISIS_CAUSE_AUTHORS] = different(crisis->flagged, CRISIS_FLAGGED) >= 3,
		[CRISIS_CAUSE_FLAGGED] = crisis->excess >= FLAGGED_FROM,
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
