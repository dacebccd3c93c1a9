/* commands.h: the table of `maagal COMMAND`. A command is a row here and a file of its name beside
 * it; argv[0] is the command's own name. They return EXIT_GOOD, EXIT_FAILED or EXIT_MISUSED. */
#pragma once

#include <stddef.h>

enum { EXIT_GOOD = 0, EXIT_FAILED = 1, EXIT_MISUSED = 2 };

int program_backup(int argc, char **argv);
int program_chat(int argc, char **argv);
int program_export(int argc, char **argv);
int program_help(int argc, char **argv);
int program_invite(int argc, char **argv);
int program_judge(int argc, char **argv);
int program_log(int argc, char **argv);
int program_process(int argc, char **argv);
int program_restore(int argc, char **argv);
int program_serve(int argc, char **argv);
int program_transparency(int argc, char **argv);
int program_verify(int argc, char **argv);
int program_version(int argc, char **argv);

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary; /* a few words for the list */
	const char *manual;  /* how to call it and what every option does */
};

extern const struct command commands[];
extern const size_t command_count;

const struct command *command_find(const char *name); /* NULL if there is none */
