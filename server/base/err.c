/* err.c: what the house and the wire know of each error. Any thread, no state. */
#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

struct err_row {
	const char *name;
	int number;
	bool may_retry;
};

static const struct err_row rows[ERR_COUNT] = {
	[ERR_NONE] = { "", 0, false },
#define X(code, name, number, retry) [code] = { name, number, retry },
	ERR_LIST(X)
#undef X
};

static const struct err_row *row_of(enum err err)
{
	assert(err > ERR_NONE && err < ERR_COUNT);
	return &rows[err];
}

const char *err_name(enum err err)
{
	return row_of(err)->name;
}

int err_number(enum err err)
{
	return row_of(err)->number;
}

bool err_may_retry(enum err err)
{
	return row_of(err)->may_retry;
}

void why_set(struct why *why, const char *format, ...)
{
	va_list arguments;

	if (!why)
		return;
	va_start(arguments, format);
	if (vsnprintf(why->text, sizeof why->text, format, arguments) < 0)
		why->text[0] = '\0';
	va_end(arguments);
}
