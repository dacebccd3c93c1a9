/* options.c: reads the command line of every command. */
#include "program/options.h"

#include <stdio.h>
#include <string.h>

#include "config.h"
#include "program/commands.h"

static const struct option *find(const struct option *options, const char *name, size_t bytes)
{
	for (; options->name; options++) {
		if (strlen(options->name) == bytes && memcmp(options->name, name, bytes) == 0)
			return options;
	}
	return NULL;
}

static enum err set_setting(const struct option *option, const char *value, struct why *why)
{
	char assignment[CONFIG_TEXT + 64];
	size_t name_bytes = strlen(option->name);
	int bytes = snprintf(assignment, sizeof assignment, "%s=%s", option->name, value);

	if (bytes < 0 || (size_t)bytes >= sizeof assignment) {
		why_set(why, "The value of --%s is too long.", option->name);
		return ERR_BAD_PARAMS;
	}
	for (size_t i = 0; i < name_bytes; i++) {
		if (assignment[i] == '-')
			assignment[i] = '_';
	}
	return config_set(option->into, assignment, why);
}

static enum err take(const struct option *option, const char *value, struct why *why)
{
	switch (option->kind) {
	case OPTION_CONFIG_FILE: return config_read(option->into, value, why);
	case OPTION_FLAG: *(bool *)option->into = true; return ERR_NONE;
	case OPTION_SET: return config_set(option->into, value, why);
	case OPTION_SETTING: return set_setting(option, value, why);
	case OPTION_TEXT: *(const char **)option->into = value; return ERR_NONE;
	}
	return ERR_INTERNAL;
}

/* Takes the option at argv[*i], and the argument behind it if that is its value. */
static enum err take_argument(const struct option *options, int argc, char **argv, int *i,
	struct why *why)
{
	const char *name = argv[*i] + 2;
	const char *equals = strchr(name, '=');
	size_t bytes = equals ? (size_t)(equals - name) : strlen(name);
	const struct option *option = find(options, name, bytes);
	const char *value = equals ? equals + 1 : NULL;

	if (!option) {
		why_set(why, "There is no option --%.*s.", bytes > 64 ? 64 : (int)bytes, name);
		return ERR_BAD_PARAMS;
	}
	if (option->kind == OPTION_FLAG && value) {
		why_set(why, "--%s takes no value.", option->name);
		return ERR_BAD_PARAMS;
	}
	if (option->kind != OPTION_FLAG && !value) {
		if (*i + 1 >= argc) {
			why_set(why, "--%s needs a value.", option->name);
			return ERR_BAD_PARAMS;
		}
		value = argv[++*i];
	}
	return take(option, value, why);
}

enum err options_read(const struct option *options, int argc, char **argv, struct words *words,
	struct why *why)
{
	bool only_words = false;
	enum err err = ERR_NONE;

	if (words)
		words->count = 0;
	for (int i = 1; i < argc && !err; i++) {
		if (!only_words && strcmp(argv[i], "--") == 0) {
			only_words = true;
		} else if (!only_words && strncmp(argv[i], "--", 2) == 0) {
			err = take_argument(options, argc, argv, &i, why);
		} else if (words && words->count < WORDS_MOST) {
			words->at[words->count++] = argv[i];
		} else {
			why_set(why, "`%.64s` is one word too many.", argv[i]);
			err = ERR_BAD_PARAMS;
		}
	}
	return err;
}

int options_misused_because(const char *command, const char *sentence)
{
	fprintf(stderr, "maagal %s: %s\n`maagal help %s` explains it.\n", command, sentence,
		command);
	return EXIT_MISUSED;
}

int options_misused(const char *command, const struct why *why)
{
	return options_misused_because(command, why->text);
}
