/* symbols.c: symbols.conf: what may be found in a text, which rule of participation it concerns and
 * what its author is told. Loaded by one thread, then read by all. */
#include "filters/parts.h"

#include <stdlib.h>
#include <string.h>

static const char *const lang_names[LANGS] = {"he", "ar", "en"};

static enum err text_set(struct symbol *symbol, unsigned lang, struct source *source,
	struct piece rest, struct why *why)
{
	if (!rest.bytes || symbol->texts[lang])
		return source_fail(source, why, "one sentence for each language.");
	symbol->texts[lang] = strndup(rest.at, rest.bytes);
	return symbol->texts[lang] ? ERR_NONE : ERR_NO_MEMORY;
}

static enum err flag_set(bool *flag, struct source *source, struct piece rest, struct why *why)
{
	*flag = piece_is(rest, "yes");
	if (!*flag && !piece_is(rest, "no"))
		return source_fail(source, why, "yes or no.");
	return ERR_NONE;
}

static enum err symbol_line(struct symbol *symbol, struct source *source, struct piece key,
	struct piece rest, struct why *why)
{
	for (unsigned lang = 0; lang < LANGS; lang++)
		if (piece_is(key, lang_names[lang]))
			return text_set(symbol, lang, source, rest, why);
	if (piece_is(key, "rule")) {
		if (!piece_copy(rest, symbol->rule, sizeof(symbol->rule)))
			return source_fail(source, why, "the id of a rule of participation.");
		return ERR_NONE;
	}
	if (piece_is(key, "weight")) {
		if (!piece_number(rest, SCORE_MOST, &symbol->weight))
			return source_fail(source, why, "a weight is a number from 0 to 1000.");
		return ERR_NONE;
	}
	if (piece_is(key, "alone")) {
		if (!piece_number(rest, SCORE_MOST, &symbol->alone))
			return source_fail(source, why, "alone is a number from 0 to 1000.");
		return ERR_NONE;
	}
	if (piece_is(key, "limit"))
		return flag_set(&symbol->is_limit, source, rest, why);
	if (piece_is(key, "may_reject"))
		return flag_set(&symbol->may_reject, source, rest, why);
	return source_fail(source, why, "a symbol has rule, weight, alone, limit, may_reject, he, ar "
		"and en, but no \"%.*s\".", (int)key.bytes, key.at);
}

static enum err symbol_check(const struct symbols *symbols, struct source *source, struct why *why)
{
	const struct symbol *symbol = symbols->count ? &symbols->list[symbols->count - 1] : NULL;

	if (symbol && (!symbol->rule[0] || !symbol->texts[0] || !symbol->texts[1]
		|| !symbol->texts[2]))
		return source_fail(source, why, "symbol %s, which ends here, lacks a rule or one of the "
			"texts he, ar, en.", symbol->name);
	return ERR_NONE;
}

static enum err symbol_begin(struct symbols *symbols, struct source *source, struct piece rest,
	struct why *why)
{
	unsigned other;

	if (symbols_find(symbols, rest, &other))
		return source_fail(source, why, "there is a symbol %.*s already.", (int)rest.bytes,
			rest.at);
	if (symbols->count == SYMBOLS_MOST
	    || !piece_copy(rest, symbols->list[symbols->count].name, SYMBOL_NAME))
		return source_fail(source, why, "at most %d symbols, with names under %d bytes.",
			SYMBOLS_MOST, SYMBOL_NAME);
	symbols->count++;
	return ERR_NONE;
}

enum err symbols_load(struct symbols *symbols, struct source *source, struct why *why)
{
	struct piece key, rest;
	enum err err = ERR_NONE;

	while (!err && source_next(source, &key, &rest)) {
		if (piece_is(key, "symbol")) {
			err = symbol_check(symbols, source, why);
			if (!err)
				err = symbol_begin(symbols, source, rest, why);
		} else if (!symbols->count) {
			err = source_fail(source, why, "the file starts with symbol NAME.");
		} else {
			err = symbol_line(&symbols->list[symbols->count - 1], source, key, rest, why);
		}
	}
	return err ? err : symbol_check(symbols, source, why);
}

enum err symbols_check(struct symbols *symbols, struct why *why)
{
	static const char *const names[BUILTIN_COUNT] = {
#define X(name) #name,
		BUILTIN_LIST(X)
#undef X
	};

	for (unsigned i = 0; i < BUILTIN_COUNT; i++) {
		struct piece name = {names[i], strlen(names[i])};

		if (!symbols_find(symbols, name, &symbols->builtin[i])) {
			why_set(why, "symbols.conf lacks the symbol %s.", names[i]);
			return ERR_BAD_PARAMS;
		}
	}
	return ERR_NONE;
}

void symbols_fini(struct symbols *symbols)
{
	for (unsigned i = 0; i < symbols->count; i++)
		for (unsigned lang = 0; lang < LANGS; lang++)
			free(symbols->list[i].texts[lang]);
	symbols->count = 0;
}

bool symbols_find(const struct symbols *symbols, struct piece name, unsigned *out)
{
	for (unsigned i = 0; i < symbols->count; i++) {
		if (!piece_is(name, symbols->list[i].name))
			continue;
		*out = i;
		return true;
	}
	return false;
}
