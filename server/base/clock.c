/* clock.c: the time, or what a test says it is. Any thread. */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static _Atomic bool is_fake;
static _Atomic int64_t fake_wall_ms, fake_steady_ms;

static int64_t read_us(clockid_t which)
{
	struct timespec now;

	clock_gettime(which, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
	return is_fake ? fake_wall_ms : read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_steady_ms(void)
{
	return is_fake ? fake_steady_ms : read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_steady_us(void)
{
	return is_fake ? fake_steady_ms * 1000 : read_us(CLOCK_MONOTONIC);
}

void clock_fake(int64_t wall_ms, int64_t steady_ms)
{
	fake_wall_ms = wall_ms;
	fake_steady_ms = steady_ms;
	is_fake = true;
}

void clock_real(void)
{
	is_fake = false;
}

static const int64_t last_ms = INT64_C(253402300799999); /* the end of the year 9999 */

/* Many times of one second are written one after the other: each thread keeps its last one. */
void clock_format(int64_t wall_ms, char out[CLOCK_TEXT])
{
	static _Thread_local time_t known = -1;
	static _Thread_local char text[64];
	int64_t shown_ms = wall_ms < 0 ? 0 : wall_ms > last_ms ? last_ms : wall_ms;
	time_t seconds = (time_t)(shown_ms / 1000);
	int part = (int)(shown_ms % 1000);

	if (seconds != known) {
		struct tm tm;

		gmtime_r(&seconds, &tm);
		snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.", tm.tm_year + 1900,
				 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
		known = seconds;
	}
	memcpy(out, text, CLOCK_TEXT - 5);
	memcpy(out + CLOCK_TEXT - 5,
		   (const char[]){(char)('0' + part / 100), (char)('0' + part / 10 % 10),
						  (char)('0' + part % 10), 'Z', '\0'},
		   5);
}

/* Reads exactly `digits` digits at *text and moves behind them; -1 if there are others. */
static int number_at(const char **text, int digits)
{
	int number = 0;

	for (int i = 0; i < digits; i++) {
		if (**text < '0' || **text > '9')
			return -1;
		number = number * 10 + (*(*text)++ - '0');
	}
	return number;
}

static bool skip(const char **text, char letter)
{
	if (**text != letter)
		return false;
	(*text)++;
	return true;
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool date_at(const char **text, struct tm *tm)
{
	int year = number_at(text, 4);
	bool dashed = skip(text, '-');
	int month = number_at(text, 2);

	dashed = skip(text, '-') && dashed;
	tm->tm_mday = number_at(text, 2);
	if (!dashed || year < 1970 || month < 1 || month > 12 || tm->tm_mday < 1 ||
		tm->tm_mday > days_in_month(year, month))
		return false;
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	return true;
}

static bool time_at(const char **text, struct tm *tm)
{
	bool colons;

	tm->tm_hour = number_at(text, 2);
	colons = skip(text, ':');
	tm->tm_min = number_at(text, 2);
	colons = skip(text, ':') && colons;
	tm->tm_sec = number_at(text, 2);
	return colons && tm->tm_hour >= 0 && tm->tm_hour < 24 && tm->tm_min >= 0 &&
	       tm->tm_min < 60 && tm->tm_sec >= 0 && tm->tm_sec < 60;
}

int64_t clock_parse(const char *text)
{
	struct tm tm = { 0 };
	int ms = 0;

	if (!date_at(&text, &tm))
		return -1;
	if (*text == '\0')
		return (int64_t)timegm(&tm) * 1000;
	if (!skip(&text, 'T') || !time_at(&text, &tm))
		return -1;
	if (skip(&text, '.'))
		ms = number_at(&text, 3);
	if (ms < 0 || !skip(&text, 'Z') || *text != '\0')
		return -1;
	return (int64_t)timegm(&tm) * 1000 + ms;
}

void clock_sleep_us(int64_t microseconds)
{
	nanosleep(&(struct timespec){.tv_sec = microseconds / 1000000,
				     .tv_nsec = microseconds % 1000000 * 1000},
		  NULL);
}

void clock_sleep_ms(int64_t milliseconds)
{
	clock_sleep_us(milliseconds * 1000);
}
