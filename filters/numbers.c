/* numbers.c: numbers.conf: every number of the filters that is neither a word's nor a policy's.
 * Loaded by one thread, then read by all. */
#include "filters/parts.h"

static const struct {
	const char *key;
	unsigned most;
} rows[NUMBER_COUNT] = {
#define X(name, key, most) {key, most},
	NUMBER_LIST(X)
#undef X
};

static enum err number_set(struct numbers *numbers, struct source *source, struct piece key,
	struct piece rest, struct why *why)
{
	for (unsigned i = 0; i < NUMBER_COUNT; i++) {
		if (!piece_is(key, rows[i].key))
			continue;
		if (numbers->given[i])
			return source_fail(source, why, "%s is given twice.", rows[i].key);
		if (!piece_number(rest, rows[i].most, &numbers->values[i]))
			return source_fail(source, why, "%s is a number from 0 to %u.", rows[i].key,
				rows[i].most);
		numbers->given[i] = true;
		return ERR_NONE;
	}
	return source_fail(source, why, "there is no number \"%.*s\".", (int)key.bytes, key.at);
}

enum err numbers_load(struct numbers *numbers, struct source *source, struct why *why)
{
	struct piece key, rest;
	enum err err = ERR_NONE;

	while (!err && source_next(source, &key, &rest))
		err = number_set(numbers, source, key, rest, why);
	return err;
}

enum err numbers_check(const struct numbers *numbers, struct why *why)
{
	for (unsigned i = 0; i < NUMBER_COUNT; i++) {
		if (numbers->given[i])
			continue;
		why_set(why, "numbers.conf lacks %s.", rows[i].key);
		return ERR_BAD_PARAMS;
	}
	return ERR_NONE;
}
