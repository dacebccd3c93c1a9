/* fixed.c: the little arithmetic that temperature and crisis index share. No state. */
#include "filters/fixed.h"

enum { TABLE_STEP = 500, TABLE_EDGE = 8000, GAP_MOST_MS = 6 * 60 * 60 * 1000, GAP_LEAST_MS = 1000 };

unsigned fixed_logistic(int32_t x_milli)
{
	static const uint16_t table[] = {
		0, 1, 1, 2, 2, 4, 7, 11, 18, 29, 47, 76, 119, 182, 269, 378, 500,
		622, 731, 818, 881, 924, 953, 971, 982, 989, 993, 996, 998, 998, 999, 999, 1000,
	};
	uint32_t place, cell, rest;

	if (x_milli <= -TABLE_EDGE)
		return 0;
	if (x_milli >= TABLE_EDGE)
		return 1000;
	place = (uint32_t)(x_milli + TABLE_EDGE);
	cell = place / TABLE_STEP;
	rest = place % TABLE_STEP;
	return table[cell] + (uint32_t)(table[cell + 1] - table[cell]) * rest / TABLE_STEP;
}

int32_t fixed_log(uint32_t x_milli)
{
	/* Of 1, 1 1/8, … 2. */
	static const int32_t table[] = {0, 118, 223, 318, 405, 486, 560, 629, 693};
	int32_t sum = 0;
	uint32_t place;

	/* In 1/64 of a thousandth, so that halving loses nothing. */
	uint64_t x = (uint64_t)(x_milli ? x_milli : 1) * 64;

	for (; x >= 2 * UINT64_C(64000); x /= 2)
		sum += 693;
	for (; x < 64000; x *= 2)
		sum -= 693;
	place = (uint32_t)x - 64000;
	return sum + table[place / 8000]
		+ (table[place / 8000 + 1] - table[place / 8000]) * (int32_t)(place % 8000) / 8000;
}

void fixed_average(uint32_t *average, unsigned value, unsigned percent)
{
	*average = (*average / 100) * (100 - percent) + value * 10 * percent;
	if (*average > MICRO)
		*average = MICRO;
}

void fixed_average_signed(int32_t *average, int value, int percent)
{
	*average = (*average * (100 - percent) + value * percent) / 100;
}

static uint32_t gap_of(int64_t before, int64_t now)
{
	/* A message dated before its predecessor came at once. */
	if (now <= before)
		return 0;
	/* Unsigned, for dates at both ends of time. */
	if ((uint64_t)now - (uint64_t)before > GAP_MOST_MS)
		return GAP_MOST_MS;
	return (uint32_t)(now - before);
}

unsigned fixed_gaps_fold(struct fixed_gaps *gaps, int64_t ts_ms, uint32_t messages_before)
{
	uint32_t gap = gap_of(gaps->last_ts, ts_ms), fast, times_ten;

	gaps->last_ts = ts_ms;
	if (messages_before == 0)
		return 0;
	if (messages_before == 1) {
		gaps->fast_ms = gaps->slow_ms = gap;
		return 0;
	}
	gaps->fast_ms = gaps->fast_ms / 10 * 6 + gap / 10 * 4;
	gaps->slow_ms = gaps->slow_ms / 10 * 9 + gap / 10;
	if (messages_before < 4)
		return 0;
	fast = gaps->fast_ms > GAP_LEAST_MS ? gaps->fast_ms : GAP_LEAST_MS;
	times_ten = gaps->slow_ms / (fast / 10 + 1);
	if (times_ten <= 10)
		return 0;
	return times_ten >= 100 ? 1000 : (times_ten - 10) * 1000 / 90;
}
