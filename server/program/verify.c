/* verify.c: `maagal verify`. */
#include "program/verify.h"

#include <jansson.h>
#include <stdio.h>

#include "program/commands.h"
#include "program/folder.h"
#include "program/options.h"
#include "store/verify.h"

static void print_report(const char *command, const json_t *report)
{
	size_t index, count = json_array_size(json_object_get(report, "flaws"));
	json_t *flaw, *desk;

	printf("%lld events in %lld journals, %lld posts\n",
	       (long long)json_integer_value(json_object_get(report, "events")),
	       (long long)json_integer_value(json_object_get(report, "journals")),
	       (long long)json_integer_value(json_object_get(report, "posts")));
	json_array_foreach(json_object_get(report, "desks"), index, desk)
		printf("%s=%s after %lld events\n",
		       json_string_value(json_object_get(desk, "journal")),
		       json_string_value(json_object_get(desk, "head")),
		       (long long)json_integer_value(json_object_get(desk, "seq")));
	if (json_integer_value(json_object_get(report, "masked")))
		printf("%lld writings of moderators from which an erased name was taken: their chain holds"
		       " what was done, not the words that are left\n",
		       (long long)json_integer_value(json_object_get(report, "masked")));
	json_array_foreach(json_object_get(report, "flaws"), index, flaw)
		fprintf(stderr, "maagal %s: %s\n", command, json_string_value(flaw));
	if (count == 0)
		printf("The store is sound.\n");
	else
		fprintf(stderr, "maagal %s: The store is not sound: %zu flaws.\n", command, count);
}

int verify_folder(const char *command, const char *data, const char *heads, bool json)
{
	struct why why = {""};
	struct db *db = NULL;
	json_t *report = NULL;
	bool good;
	enum err err = folder_read(data, &why, &db);

	if (!err)
		err = store_verify(db, heads, &report);
	db_close(&db);
	if (err)
		return folder_failed(command, &why);
	good = json_is_true(json_object_get(report, "good"));
	if (json) {
		json_dumpf(report, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
		printf("\n");
	} else {
		print_report(command, report);
	}
	json_decref(report);
	return good ? EXIT_GOOD : EXIT_FAILED;
}

int program_verify(int argc, char **argv)
{
	const char *data = NULL, *heads = NULL;
	bool json = false;
	struct why why;
	const struct option options[] = {
		{"data", OPTION_TEXT, &data},
		{"head", OPTION_TEXT, &heads},
		{"json", OPTION_FLAG, &json},
		OPTIONS_END,
	};

	if (options_read(options, argc, argv, NULL, &why))
		return options_misused(argv[0], &why);
	if (!data)
		return options_misused_because(argv[0], "--data DIR is missing.");
	return verify_folder(argv[0], data, heads, json);
}
