/* test_model.c: a model file is whole or refused with a sentence; what a model says is the same
 * everywhere, has a place in the text, and never rejects. */
#include "given_rules.h"

#include <sodium.h>

enum {
	HEAD_AT = MODEL_HEADER_BYTES,
	TABLE_AT = MODEL_HEADER_BYTES + MODEL_HEAD_BYTES,
	TABLE_BYTES = MODEL_SLOTS * MODEL_VIEWS,
	FILE_BYTES = TABLE_AT + TABLE_BYTES + MODEL_SUM_BYTES
};

static void number_put(unsigned char *at, int32_t number)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)((uint32_t)number >> 8 * i);
}

static void sum_put(unsigned char *file)
{
	CHECK(sodium_init() >= 0);
	crypto_generichash(file + FILE_BYTES - MODEL_SUM_BYTES, MODEL_SUM_BYTES, file,
		FILE_BYTES - MODEL_SUM_BYTES, NULL, 0);
}

/* A model of Hebrew that has learnt nothing, with its checksum. */
static unsigned char *given_file(const char *symbol)
{
	unsigned char *file = calloc(1, FILE_BYTES);

	CHECK(file != NULL);
	memcpy(file, MODEL_MAGIC, strlen(MODEL_MAGIC));
	file[8] = 'H';
	file[9] = 1;
	strcpy((char *)file + HEAD_AT, symbol);
	number_put(file + HEAD_AT + MODEL_NAME, 100000);
	number_put(file + HEAD_AT + MODEL_NAME + 4, -3000);
	sum_put(file);
	return file;
}

/* A folder with symbols, policies, numbers, and `bytes` of `file` as a model. */
static enum err given_loaded(const unsigned char *file, size_t bytes, struct ruleset **out,
	struct why *why)
{
	char dir[64], path[128];
	enum err err;
	FILE *model;

	given_folder(dir, false);
	snprintf(path, sizeof(path), "%s/he.model", dir);
	model = fopen(path, "wb");
	CHECK(model && fwrite(file, 1, bytes, model) == bytes && fclose(model) == 0);
	err = ruleset_load(dir, out, why);
	folder_remove(dir);
	return err;
}

static void check_refused(const unsigned char *file, size_t bytes, const char *because)
{
	struct ruleset *ruleset;
	struct why why;

	CHECK_ERR(ERR_BAD_PARAMS, given_loaded(file, bytes, &ruleset, &why));
	CHECK(ruleset == NULL);
	if (!strstr(why.text, because) || !strstr(why.text, "he.model"))
		fail_msg("%s does not say: %s", why.text, because);
}

TEST(a_broken_model_is_refused_with_a_sentence)
{
	unsigned char *file = given_file("MODEL_INCIVIL");

	check_refused(file, FILE_BYTES - 1, "cut short");
	check_refused(file, 5, "no model of a kind");
	check_refused(file, 0, "no model of a kind");
	file[TABLE_AT + 77] ^= 1;
	check_refused(file, FILE_BYTES, "damaged");
	file[TABLE_AT + 77] ^= 1;
	file[7] = '9';
	check_refused(file, FILE_BYTES, "no model of a kind");
	file[7] = '1';
	file[8] = 'Z';
	check_refused(file, FILE_BYTES, "no model of a kind");
	file[8] = 'H';
	file[9] = 200;
	check_refused(file, FILE_BYTES, "no model of a kind");
	free(file);
}

TEST(a_model_finds_only_what_is_declared_and_cannot_reject)
{
	unsigned char *file = given_file("NOBODY_KNOWS");

	check_refused(file, FILE_BYTES, "no symbol \"NOBODY_KNOWS\"");
	free(file);
	file = given_file("THREAT");
	check_refused(file, FILE_BYTES, "must not reject");
	free(file);
	/* A name that fills its room has no end. */
	file = given_file("MODEL_INCIVIL");
	memset(file + HEAD_AT, 'A', MODEL_NAME);
	sum_put(file);
	check_refused(file, FILE_BYTES, "no symbol");
	free(file);
}

TEST(two_models_of_one_script_are_refused_and_none_is_no_error)
{
	char dir[64], from[128], to[128];
	struct ruleset *ruleset;
	struct why why;

	given_folder(dir, true);
	snprintf(from, sizeof(from), "%s/he.model", dir);
	snprintf(to, sizeof(to), "%s/hebrew.model", dir);
	CHECK_INT(0, rename(from, to));
	CHECK_OK(ruleset_load(dir, &ruleset, &why));
	ruleset_unref(&ruleset);
	file_copy(SHIPPED_RULES, dir, "he.model");
	CHECK_ERR(ERR_BAD_PARAMS, ruleset_load(dir, &ruleset, &why));
	CHECK(strstr(why.text, "another model") != NULL);
	CHECK_INT(0, unlink(to));
	CHECK_INT(0, unlink(from));
	CHECK_OK(ruleset_load(dir, &ruleset, &why));
	CHECK_INT(2, ruleset->model_count);
	ruleset_unref(&ruleset);
	folder_remove(dir);
}

/* Every piece of every word speaks against the text. */
TEST(even_the_surest_model_holds_and_never_rejects_and_says_where)
{
	static const char *const policies[] = {"expert", "public", "strict", "crisis"};
	unsigned char *file = given_file("MODEL_INCIVIL");
	struct scratch *scratch = scratch_new();
	struct ruleset *ruleset;
	struct judged judged;
	struct why why;
	const char *text = "abc שלום לכולם, מה נשמע?";

	memset(file + TABLE_AT, 127, TABLE_BYTES);
	sum_put(file);
	CHECK_OK(given_loaded(file, FILE_BYTES, &ruleset, &why));
	for (int i = 0; i < 4; i++) {
		CHECK_OK(pipeline_judge(ruleset, scratch, policies[i], NULL, text, strlen(text),
			&judged));
		CHECK(judged.action <= ACTION_HOLD);
		CHECK_INT(1, judged.finding_count);
		CHECK_TEXT("MODEL_INCIVIL", judged.findings[0].symbol);
		CHECK_INT(550, judged.incivility);
		CHECK(judged.findings[0].start >= 4 && judged.findings[0].end <= 23);
		CHECK(judged.findings[0].start < judged.findings[0].end);
	}
	/* Another script is none of its business. */
	CHECK_OK(pipeline_judge(ruleset, scratch, "strict", NULL, "hello there", 11, &judged));
	CHECK_INT(0, judged.incivility);
	CHECK_INT(ACTION_ALLOW, judged.action);
	scratch_free(&scratch);
	ruleset_unref(&ruleset);
	free(file);
}

TEST(what_is_quoted_or_excused_is_not_held_against_its_author)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct judged plain = given_verdict(ruleset, "You pathetic disgusting little worm, crawl back");
	struct judged quoted = given_verdict(ruleset,
		"My neighbour wrote to me: \"You pathetic disgusting little worm, crawl back\"");

	CHECK(plain.incivility > quoted.incivility);
	CHECK_INT(0, score_found(&quoted, "MODEL_INCIVIL"));
	ruleset_unref(&ruleset);
}

/* A model that is never sure fills what is open up to the bar for nudging, and no more. */
TEST(between_what_was_found_and_a_nudge_a_model_orders_and_does_not_act)
{
	static const char *const texts[] = {"שלום לכולם, מה נשמע?", "שלום לכולם!!!!!!!"};
	unsigned char *file = given_file("MODEL_INCIVIL");
	struct scratch *scratch = scratch_new();
	struct ruleset *ruleset;
	struct judged judged;
	struct why why;
	unsigned before = 0;

	/* Probability .5: never sure. */
	number_put(file + HEAD_AT + MODEL_NAME + 4, 0);
	sum_put(file);
	CHECK_OK(given_loaded(file, FILE_BYTES, &ruleset, &why));
	for (int i = 0; i < 2; i++) {
		CHECK_OK(pipeline_judge(ruleset, scratch, "public", NULL, texts[i], strlen(texts[i]),
			&judged));
		CHECK(judged.incivility > before && judged.incivility < 450);
		CHECK_INT(0, score_found(&judged, "MODEL_INCIVIL"));
		CHECK_INT(ACTION_ALLOW, (int)judged.action);
		before = judged.incivility;
	}
	scratch_free(&scratch);
	ruleset_unref(&ruleset);
	free(file);
}

TEST(findings_are_weighed_pieces_and_no_text_by_themselves)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct text text = {0};
	struct grams grams = {0};
	struct judged judged = {0};
	uint32_t count;
	unsigned symbol;

	CHECK(symbols_find(&ruleset->symbols, (struct piece){"INSULT", 6}, &symbol));
	verdict_add(&judged, ruleset, symbol, SCORE_MOST, 0, 1);
	CHECK(symbols_find(&ruleset->symbols, (struct piece){"PHONE", 5}, &symbol));
	verdict_add(&judged, ruleset, symbol, SCORE_MOST, 2, 3);
	CHECK_OK(text_read(&text, "שלום לכולם", strlen("שלום לכולם")));
	CHECK_OK(grams_read(&grams, &text, SCRIPT_HEBREW, NULL));
	count = grams.count;
	grams_note_all(&grams, ruleset, &judged);
	CHECK_INT(count + 4, grams.count);
	CHECK_INT(4, grams.weighed_count);
	CHECK_OK(grams_read(&grams, &text, SCRIPT_ARABIC, NULL));
	grams_note_all(&grams, ruleset, &judged);
	CHECK_INT(0, grams.count);
	grams_fini(&grams);
	text_fini(&text);
	ruleset_unref(&ruleset);
}

TEST(any_text_gets_a_place_within_its_bounds)
{
	unsigned char *file = given_file("MODEL_INCIVIL");
	struct scratch *scratch = scratch_new();
	static char text[4 * 400 + 1];
	struct ruleset *ruleset;
	uint64_t state = 7;
	struct why why;

	/* Any table at all. */
	for (int i = 0; i < TABLE_BYTES; i++)
		file[TABLE_AT + i] = (unsigned char)random_next(&state);
	number_put(file + HEAD_AT + MODEL_NAME + 4, 2000);
	sum_put(file);
	CHECK_OK(given_loaded(file, FILE_BYTES, &ruleset, &why));
	for (int round = 0; round < 2000; round++) {
		size_t bytes = random_text(&state, text, random_next(&state) % 400);
		struct judged judged;

		CHECK_OK(pipeline_judge(ruleset, scratch, "public", NULL, text, bytes, &judged));
		for (size_t i = 0; i < judged.finding_count; i++)
			CHECK(judged.findings[i].start <= judged.findings[i].end
				&& judged.findings[i].end <= utf8_length(text, bytes));
		CHECK(judged.incivility <= SCORE_MOST);
	}
	scratch_free(&scratch);
	ruleset_unref(&ruleset);
	free(file);
}

TEST(extreme_numbers_in_a_model_stay_in_their_bounds)
{
	static const int32_t numbers[] = {INT32_MIN, -1, 0, 1, INT32_MAX};
	struct scratch *scratch = scratch_new();

	for (size_t i = 0; i < 5; i++) {
		for (size_t j = 0; j < 5; j++) {
			unsigned char *file = given_file("MODEL_INCIVIL");
			struct ruleset *ruleset;
			struct judged judged;
			struct why why;

			memset(file + TABLE_AT, 0x80, TABLE_BYTES);
			number_put(file + HEAD_AT + MODEL_NAME, numbers[i]);
			number_put(file + HEAD_AT + MODEL_NAME + 4, numbers[j]);
			sum_put(file);
			CHECK_OK(given_loaded(file, FILE_BYTES, &ruleset, &why));
			CHECK_OK(pipeline_judge(ruleset, scratch, "public", NULL, "שלום שלום", 17,
				&judged));
			CHECK(judged.incivility <= 550);
			ruleset_unref(&ruleset);
			free(file);
		}
	}
	scratch_free(&scratch);
}

RUN(cmocka_unit_test(a_broken_model_is_refused_with_a_sentence),
	cmocka_unit_test(a_model_finds_only_what_is_declared_and_cannot_reject),
	cmocka_unit_test(two_models_of_one_script_are_refused_and_none_is_no_error),
	cmocka_unit_test(even_the_surest_model_holds_and_never_rejects_and_says_where),
	cmocka_unit_test(what_is_quoted_or_excused_is_not_held_against_its_author),
	cmocka_unit_test(between_what_was_found_and_a_nudge_a_model_orders_and_does_not_act),
	cmocka_unit_test(findings_are_weighed_pieces_and_no_text_by_themselves),
	cmocka_unit_test(any_text_gets_a_place_within_its_bounds),
	cmocka_unit_test(extreme_numbers_in_a_model_stay_in_their_bounds));
