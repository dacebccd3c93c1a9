/* help.c: `maagal help`: the list of commands, the manual of one, the settings. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "config.h"
#include "program/commands.h"
#include "program/options.h"

static void print_commands(void)
{
	printf("maagal: a server for moderated discussion\n\nusage: maagal COMMAND …\n\n");
	for (size_t i = 0; i < command_count; i++)
		printf("  %-12s  %s\n", commands[i].name, commands[i].summary);
	printf("\n`maagal help COMMAND` explains one, `maagal help settings` all settings.\n"
	       "Exit status: 0 good, 1 failed, 2 used wrongly.\n");
}

static int print_settings(bool json, bool markdown)
{
	struct buf out = { 0 };
	int status = EXIT_FAILED;

	if (json)
		config_write_json(&out);
	else if (markdown)
		config_write_markdown(&out);
	else
		config_write_text(&out);
	if (buf_ok(&out) && fwrite(out.data, 1, out.bytes, stdout) == out.bytes)
		status = EXIT_GOOD;
	buf_fini(&out);
	return status;
}

static int print_manual(const char *topic)
{
	const struct command *command = command_find(topic);
	struct why why;

	if (!command) {
		why_set(&why, "There is no command `%.64s`.", topic);
		return options_misused("help", &why);
	}
	printf("maagal %s: %s\n\n%s", command->name, command->summary, command->manual);
	return EXIT_GOOD;
}

int program_help(int argc, char **argv)
{
	bool json = false, markdown = false, settings;
	struct words words;
	struct why why;
	const struct option options[] = {
		{ "json", OPTION_FLAG, &json },
		{ "markdown", OPTION_FLAG, &markdown },
		OPTIONS_END,
	};

	if (options_read(options, argc, argv, &words, &why))
		return options_misused(argv[0], &why);
	settings = words.count == 1 && strcmp(words.at[0], "settings") == 0;
	if (words.count > 1 || (json && markdown) || ((json || markdown) && !settings))
		return options_misused_because(argv[0], "It takes one command, or `settings`.");
	if (settings)
		return print_settings(json, markdown);
	if (words.count == 1)
		return print_manual(words.at[0]);
	print_commands();
	return EXIT_GOOD;
}
