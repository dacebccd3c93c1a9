/* main.c: `maagal COMMAND …`: finds the command's row and runs it. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "program/commands.h"
#include "program/options.h"

static const char *plain_name(const char *name)
{
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		return "help";
	if (strcmp(name, "--version") == 0)
		return "version";
	return name;
}

static int asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct command *command;
	struct why why;
	int status;

	if (argc < 2) {
		fprintf(stderr, "usage: maagal COMMAND …\n`maagal help` lists the commands.\n");
		return EXIT_MISUSED;
	}
	command = command_find(plain_name(argv[1]));
	if (!command) {
		why_set(&why, "There is no command `%.64s`.", argv[1]);
		return options_misused("help", &why);
	}
	if (argc > 2 && asks_for_help(argc - 1, argv + 1)) {
		char *question[] = { (char *)"help", (char *)command->name, NULL };

		status = program_help(2, question);
	} else {
		status = command->run(argc - 1, argv + 1);
	}
	/* What was printed and did not arrive (a full disk, a closed pipe) was not done. */
	if (fflush(stdout) != 0 && status == EXIT_GOOD)
		status = EXIT_FAILED;
	return status;
}
