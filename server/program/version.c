/* version.c: `maagal version`. */
#include <stdbool.h>
#include <stdio.h>

#include "program/commands.h"
#include "program/options.h"

int program_version(int argc, char **argv)
{
	bool json = false;
	struct why why;
	const struct option options[] = {
		{ "json", OPTION_FLAG, &json },
		OPTIONS_END,
	};

	if (options_read(options, argc, argv, NULL, &why))
		return options_misused(argv[0], &why);
	if (json)
		printf("{\"name\":\"maagal\",\"version\":\"%s\"}\n", MAAGAL_VERSION);
	else
		printf("maagal %s\n", MAAGAL_VERSION);
	return EXIT_GOOD;
}
