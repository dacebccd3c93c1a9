/* test_presets.c: what a crisis may change is data, and data that cannot be meant is refused with a
 * sentence. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls/presets.h"

#define WORDS "\"title\": {\"en\": \"T\"}, \"text\": {\"en\": \"X\"}"

static enum err load(const char *text, struct presets **out, struct why *why)
{
	char folder[] = "/tmp/maagal-presets-XXXXXX", path[64];
	FILE *file;
	enum err err;

	*why = (struct why){""};
	CHECK(mkdtemp(folder) != NULL);
	snprintf(path, sizeof path, "%s/presets.json", folder);
	file = fopen(path, "we");
	CHECK(file != NULL);
	fputs(text, file);
	fclose(file);
	err = presets_load(folder, why, out);
	unlink(path);
	rmdir(folder);
	return err;
}

static void refused(const char *text)
{
	struct presets *presets;
	struct why why;

	CHECK_ERR(ERR_BAD_PARAMS, load(text, &presets, &why));
	CHECK(presets == NULL);
	CHECK(why.text[0] != '\0');
}

TEST(the_shipped_ones_load_and_end)
{
	struct presets *presets;
	struct why why = {""};
	const struct preset *preset;

	CHECK_OK(presets_load(PROJECT_ROOT "/config", &why, &presets));
	CHECK_TEXT("mild", presets_mildest(presets)->id);
	CHECK_INT(FREEZE_NOTHING, presets_mildest(presets)->freeze);
	preset = presets_find(presets, "lockdown");
	CHECK(preset != NULL);
	for (int steps = 0; preset->then[0]; steps++) {
		CHECK(steps < 8);
		preset = presets_find(presets, preset->then);
	}
	CHECK_TEXT("mild", preset->id);
	CHECK(presets_find(presets, "thunder") == NULL);
	presets_free(&presets);
	CHECK(presets == NULL);
}

TEST(without_any_there_is_none)
{
	CHECK(presets_find(NULL, "mild") == NULL);
	CHECK(presets_mildest(NULL) == NULL);
}

TEST(what_cannot_be_meant_is_refused_with_a_sentence)
{
	refused("[]");
	refused("{");
	refused("{\"a\": 5}");
	refused("{\"a\": {}}");
	refused("{\"a\": {\"pace\": -1, " WORDS "}}");
	refused("{\"a\": {\"door\": \"ajar\", " WORDS "}}");
	refused("{\"a\": {\"freeze\": \"all\", " WORDS "}}");
	refused("{\"a\": {" WORDS "}, \"a\": {" WORDS "}}");
	refused("{\"a-name-that-is-too-long\": {" WORDS "}}");
}

/* It steps down to one that stands before it, and so it ends. */
TEST(none_steps_up_or_round_in_circles)
{
	struct presets *presets;
	struct why why;

	refused("{\"a\": {\"then\": \"a\", \"share\": 50, " WORDS "}}");
	refused("{\"a\": {\"then\": \"b\", \"share\": 50, " WORDS "}, \"b\": {" WORDS "}}");
	refused("{\"a\": {" WORDS "}, \"b\": {\"then\": \"a\", \"share\": 0, " WORDS "}}");
	refused("{\"a\": {" WORDS "}, \"b\": {\"then\": \"a\", \"share\": 100, " WORDS "}}");
	CHECK_OK(load("{\"a\": {" WORDS "}, \"b\": {\"then\": \"a\", \"share\": 50, " WORDS "}}",
		      &presets, &why));
	presets_free(&presets);
}

RUN(cmocka_unit_test(the_shipped_ones_load_and_end),
    cmocka_unit_test(without_any_there_is_none),
    cmocka_unit_test(what_cannot_be_meant_is_refused_with_a_sentence),
    cmocka_unit_test(none_steps_up_or_round_in_circles));
