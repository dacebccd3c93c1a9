/* options.h: the command line of every command. `--name VALUE`, `--name=VALUE` and `--flag` in any
 * order; everything else, and all after `--`, is a word.
 *
 *	bool json = false;
 *	const char *data = NULL;
 *	struct words words;
 *	const struct option options[] = {
 *		{ "data", OPTION_TEXT, &data },
 *		{ "json", OPTION_FLAG, &json },
 *		OPTIONS_END,
 *	};
 *
 *	if (options_read(options, argc, argv, &words, &why))
 *		return options_misused(argv[0], &why);
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"

enum option_kind {
	OPTION_CONFIG_FILE, /* into: struct config *; reads the file named */
	OPTION_FLAG,        /* into: bool *; no value */
	OPTION_SET,         /* into: struct config *; the value is NAME=VALUE */
	OPTION_SETTING,     /* into: struct config *; sets the setting of the option's name (- for _) */
	OPTION_TEXT,        /* into: const char **; points into argv */
};

struct option {
	const char *name; /* without the dashes */
	enum option_kind kind;
	void *into;
};
#define OPTIONS_END { 0, OPTION_FLAG, 0 }

enum { WORDS_MOST = 16 };

struct words {
	const char *at[WORDS_MOST];
	int count;
};

/* argv[0] is the command's name. What is later wins. `words` NULL: the command takes none. */
MUST_CHECK enum err options_read(const struct option *options, int argc, char **argv,
	struct words *words, struct why *why);
/* Says on stderr what was wrong and where to read on; returns EXIT_MISUSED. */
int options_misused(const char *command, const struct why *why);
/* The same for a sentence that needs no values. */
int options_misused_because(const char *command, const char *sentence);
