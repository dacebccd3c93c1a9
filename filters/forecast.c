/* forecast.c: reads forecast.conf, and weighs one message's tone by it. Loaded by one thread, then
 * read by all. */
#include "filters/forecast.h"

#include "filters/verdict.h"

#include <string.h>

enum { NOISE = 100, WEIGHT_MOST = 100000, ROWS = TONE_COUNT + HEAT_COUNT + FORECAST_NUMBERS };

_Static_assert(ROWS <= 64, "a bit for each row");

static const char *const keys[ROWS] = {
#define X(name, key) key,
	TONE_LIST(X) HEAT_LIST(X) FORECAST_LIST(X)
#undef X
};

const char *heat_name(enum heat heat)
{
	return keys[TONE_COUNT + heat];
}

static int32_t *place_of(struct forecast *forecast, unsigned row)
{
	if (row < TONE_COUNT)
		return &forecast->tones[row];
	if (row < TONE_COUNT + HEAT_COUNT)
		return &forecast->heats[row - TONE_COUNT];
	return &forecast->numbers[row - TONE_COUNT - HEAT_COUNT];
}

static enum err row_read(struct forecast *forecast, struct source *source, struct piece key,
	struct piece rest, struct why *why)
{
	bool negative = rest.bytes > 1 && rest.at[0] == '-';
	unsigned weight;

	for (unsigned i = 0; i < ROWS; i++) {
		if (!piece_is(key, keys[i]))
			continue;
		if (forecast->given & UINT64_C(1) << i)
			return source_fail(source, why, "%s is given twice.", keys[i]);
		if (negative)
			rest.at++, rest.bytes--;
		if (!piece_number(rest, WEIGHT_MOST, &weight))
			return source_fail(source, why, "%s is a number from -%d to %d.", keys[i],
				WEIGHT_MOST, WEIGHT_MOST);
		*place_of(forecast, i) = negative ? -(int32_t)weight : (int32_t)weight;
		forecast->given |= UINT64_C(1) << i;
		return ERR_NONE;
	}
	return source_fail(source, why, "there is no weight \"%.*s\".", (int)key.bytes, key.at);
}

enum err forecast_load(struct forecast *forecast, struct source *source, struct why *why)
{
	struct piece key, rest;
	enum err err = ERR_NONE;

	while (!err && source_next(source, &key, &rest))
		err = row_read(forecast, source, key, rest, why);
	return err;
}

enum err forecast_check(const struct forecast *forecast, struct why *why)
{
	for (unsigned i = 0; i < ROWS; i++) {
		if (forecast->given & UINT64_C(1) << i)
			continue;
		why_set(why, "forecast.conf lacks %s.", keys[i]);
		return ERR_BAD_PARAMS;
	}
	return ERR_NONE;
}

/* --- the tone of one message ----------------------------------------------------------------- */

static uint16_t least(unsigned a, unsigned b)
{
	return (uint16_t)(a < b ? a : b);
}

/* How many of a text's words are of a kind: one in six or so is the most there is. One such word in
 * a short text may be chance: it counts as if it went on a little. */
static uint16_t density(unsigned count, unsigned words)
{
	return words ? least(SCORE_MOST, count * 6500 / (words + 6)) : 0;
}

static uint16_t whether(bool claim)
{
	return claim ? SCORE_MOST : 0;
}

void tones_of(const struct signals *signals, uint16_t tones[TONE_COUNT])
{
	unsigned words = signals->words;
	bool you = signals->second > 0;

	tones[TONE_ACCUSE] = density(signals->accusations, words);
	tones[TONE_ADDRESSED] = least(SCORE_MOST, signals->addressed * 500u);
	tones[TONE_APOLOGY] = whether(signals->apologies);
	tones[TONE_CERTAIN] = density(signals->certain, words);
	tones[TONE_CHARGE] = whether(you && signals->accusations);
	tones[TONE_CONDUCT] = density(signals->conduct, words);
	tones[TONE_DEMAND] = density(signals->demands, words);
	tones[TONE_DISPUTE] = whether(you && signals->negations);
	tones[TONE_DOTS] = least(SCORE_MOST, signals->dots * 500u);
	tones[TONE_EXCLAMATION] = least(SCORE_MOST, signals->exclamations * 333u);
	tones[TONE_FIRST] = density(signals->first, words);
	tones[TONE_HEDGE] = density(signals->hedges, words);
	/* The models find a little in every text: that says nothing of how people speak. */
	tones[TONE_INCIVILITY] = signals->incivility <= NOISE ? 0
		: (uint16_t)((signals->incivility - NOISE) * SCORE_MOST / (SCORE_MOST - NOISE));
	tones[TONE_MATTER] = density(signals->matter, words);
	tones[TONE_MOCK] = density(signals->mocking, words);
	tones[TONE_NEGATION] = density(signals->negations, words);
	tones[TONE_OTHERS] = least(SCORE_MOST, signals->others * 500u);
	tones[TONE_QUESTION] = whether(you && signals->questions);
	tones[TONE_SANCTION] = density(signals->sanctions, words);
	tones[TONE_SECOND] = density(signals->second, words);
	tones[TONE_SHOUTING] = signals->shouting;
	tones[TONE_SWEEPING] = density(signals->sweeping, words);
	tones[TONE_THANKS] = density(signals->thanks, words);
	tones[TONE_VEXED] = density(signals->vexed, words);
	tones[TONE_WORK] = density(signals->work, words);
}

int16_t tension_of(const struct forecast *forecast, const struct signals *signals)
{
	uint16_t tones[TONE_COUNT];
	int64_t sum = 0;

	if (!signals->words)
		return 0;
	tones_of(signals, tones);
	for (int i = 0; i < TONE_COUNT; i++)
		sum += (int64_t)forecast->tones[i] * tones[i];
	sum /= SCORE_MOST;
	if (sum > TENSION_MOST)
		return TENSION_MOST;
	return (int16_t)(sum < -TENSION_MOST ? -TENSION_MOST : sum);
}

void tones_write_json(const struct signals *signals, struct buf *out)
{
	uint16_t tones[TONE_COUNT];

	tones_of(signals, tones);
	for (int i = 0; i < TONE_COUNT; i++)
		buf_format(out, "%s\"%s\":%u", i ? "," : "{", keys[i], tones[i]);
	buf_text(out, "}");
}
