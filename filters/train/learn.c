/* learn.c: learns one head of a model from texts on standard input and writes its part of a *.model
 * file; filters/train/make runs it. A text goes through the same filters, and its pieces come from
 * the same code, as when it is judged, so what was learnt is what will be looked up. No part of the
 * server: floating point lives here and ends here, in whole numbers. One thread.
 *
 *   learn SCRIPT COST STRENGTH RULES < LINES > HEAD
 *
 * A line is {"text","label":0|1,"times":N,"part":"learn"|"calibrate"|"look"}. HEAD is scale and
 * offset (four bytes each, lowest first), then the tables of both views. The logit of every line
 * that was not learnt from goes to standard error as `number logit`. */
#include "filters/filter.h"
#include "filters/parts.h"
#include "filters/pipeline.h"

#include <jansson.h>
#include <linear.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = MODEL_SLOTS * MODEL_VIEWS, STEPS = 127, NEWTON_STEPS = 100, UNIT = 1000 };

enum part { PART_LEARN, PART_CALIBRATE, PART_LOOK };

struct sample {
	struct feature_node *nodes; /* 1-based, ended by -1 */
	uint32_t grams;
	int label, times;
	enum part part;
};

struct lesson {
	struct sample *list;
	size_t count, room;
	double factors[SLOTS]; /* how much each piece has to say */
};

static void fail(const char *sentence)
{
	fprintf(stderr, "learn: %s\n", sentence);
	exit(1);
}

static void *need(void *memory)
{
	if (!memory)
		fail("there is not enough memory.");
	return memory;
}

/* --- reading -------------------------------------------------------------------------------- */

static int compare_slots(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return left < right ? -1 : left > right;
}

/* How often each piece occurs, over the root of how many there are. */
static struct feature_node *nodes_make(const struct grams *grams)
{
	uint32_t *slots = need(malloc((grams->count + 1) * sizeof(*slots)));
	struct feature_node *nodes = need(malloc((grams->count + 2) * sizeof(*nodes)));
	size_t count = 0;

	for (uint32_t i = 0; i < grams->count; i++)
		slots[i] = grams->list[i].slot;
	qsort(slots, grams->count, sizeof(*slots), compare_slots);
	for (uint32_t i = 0; i < grams->count; i++) {
		if (count == 0 || nodes[count - 1].index != (int)slots[i] + 1)
			nodes[count++] = (struct feature_node){(int)slots[i] + 1, 0};
		nodes[count - 1].value += 1 / sqrt(grams->count + MODEL_DOUBT);
	}
	nodes[count++] = (struct feature_node){SLOTS + 1, 1};
	nodes[count] = (struct feature_node){-1, 0};
	free(slots);
	return nodes;
}

static enum part part_read(const json_t *row)
{
	const char *name = json_string_value(json_object_get(row, "part"));

	if (name && strcmp(name, "learn") == 0)
		return PART_LEARN;
	return name && strcmp(name, "calibrate") == 0 ? PART_CALIBRATE : PART_LOOK;
}

static void example_add(struct lesson *lesson, const json_t *row, const struct grams *grams)
{
	if (lesson->count == lesson->room) {
		lesson->room = lesson->room ? lesson->room * 2 : 4096;
		lesson->list = need(realloc(lesson->list, lesson->room * sizeof(*lesson->list)));
	}
	lesson->list[lesson->count++] = (struct sample){
		.nodes = nodes_make(grams), .grams = grams->count,
		.label = json_integer_value(json_object_get(row, "label")) ? 1 : -1,
		.times = (int)json_integer_value(json_object_get(row, "times")),
		.part = part_read(row)};
}

static struct ruleset *ruleset_need(const char *folder)
{
	struct ruleset *ruleset;
	struct why why;

	if (ruleset_load(folder, &ruleset, &why))
		fail(why.text);
	return ruleset;
}

static void lesson_read(struct lesson *lesson, enum glyph_script script, const char *rules)
{
	struct ruleset *ruleset = ruleset_need(rules);
	struct scratch *scratch = need(scratch_new());
	struct judged judged;
	char *line = NULL;
	size_t room = 0;
	ssize_t bytes;

	while ((bytes = getline(&line, &room, stdin)) > 0) {
		json_t *row = json_loadb(line, (size_t)bytes, 0, NULL);
		const json_t *words = json_object_get(row, "text");

		if (!json_is_string(words) || pipeline_judge(ruleset, scratch, "public", NULL,
			json_string_value(words), json_string_length(words), &judged))
			fail("a line has no text.");
		if (grams_read(&scratch->grams, &scratch->text, script, scratch->marks))
			fail("there is not enough memory.");
		grams_note_all(&scratch->grams, ruleset, &judged);
		example_add(lesson, row, &scratch->grams);
		json_decref(row);
	}
	free(line);
	scratch_free(&scratch);
	ruleset_unref(&ruleset);
}

/* --- learning ------------------------------------------------------------------------------- */

/* Pieces that tell the kinds apart get more to say (after Wang and Manning's NB features). */
static void factors_make(struct lesson *lesson, double strength)
{
	double *uncivil = need(calloc(SLOTS, sizeof(double)));
	double *civil = need(calloc(SLOTS, sizeof(double)));
	double uncivil_sum = 0, civil_sum = 0;

	for (size_t i = 0; i < lesson->count; i++) {
		const struct sample *example = &lesson->list[i];

		for (const struct feature_node *node = example->nodes; node->index != -1; node++)
			if (example->part == PART_LEARN && node->index <= SLOTS)
				(example->label > 0 ? uncivil : civil)[node->index - 1] += example->times;
	}
	for (int i = 0; i < SLOTS; i++) {
		uncivil_sum += uncivil[i] + 1;
		civil_sum += civil[i] + 1;
	}
	for (int i = 0; i < SLOTS; i++)
		lesson->factors[i] = 1 + strength * fabs(log((uncivil[i] + 1) / uncivil_sum)
			- log((civil[i] + 1) / civil_sum));
	free(uncivil);
	free(civil);
}

static void factors_apply(const struct lesson *lesson)
{
	for (size_t i = 0; i < lesson->count; i++)
		for (struct feature_node *node = lesson->list[i].nodes; node->index != -1; node++)
			if (node->index <= SLOTS)
				node->value *= lesson->factors[node->index - 1];
}

static void quiet(const char *line)
{
	(void)line;
}

/* The weight of every slot, and of the constant. */
static double *weights_learn(const struct lesson *lesson, double cost)
{
	struct parameter parameter = {.solver_type = L2R_LR, .eps = 0.001, .C = cost};
	struct problem problem = {.n = SLOTS + 1, .bias = 1};
	double *weights = need(malloc((SLOTS + 1) * sizeof(double)));
	struct model *learnt; /* liblinear's */
	size_t count = 0;

	for (size_t i = 0; i < lesson->count; i++)
		if (lesson->list[i].part == PART_LEARN)
			count += (size_t)lesson->list[i].times;
	problem.x = need(malloc((count + 1) * sizeof(*problem.x)));
	problem.y = need(malloc((count + 1) * sizeof(*problem.y)));
	for (size_t i = 0; i < lesson->count; i++)
		for (int n = 0; lesson->list[i].part == PART_LEARN && n < lesson->list[i].times; n++) {
			problem.x[problem.l] = lesson->list[i].nodes;
			problem.y[problem.l++] = lesson->list[i].label;
		}
	if (check_parameter(&problem, &parameter))
		fail("liblinear does not take these parameters.");
	set_print_string_function(quiet);
	learnt = need(train(&problem, &parameter));
	for (int i = 0; i <= SLOTS; i++)
		weights[i] = learnt->w[i] * (learnt->label[0] > 0 ? 1 : -1);
	free_and_destroy_model(&learnt);
	free(problem.x);
	free(problem.y);
	return weights;
}

/* --- whole numbers -------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

/* Steps of a size that cuts one weight in ten thousand. */
static void table_make(const double *weights, int8_t *table)
{
	double *sizes = need(malloc(SLOTS * sizeof(double))), step;

	for (int i = 0; i < SLOTS; i++)
		sizes[i] = fabs(weights[i]);
	qsort(sizes, SLOTS, sizeof(double), compare_doubles);
	step = sizes[SLOTS - SLOTS / 10000 - 1] / STEPS;
	for (int i = 0; i < SLOTS; i++) {
		double steps = step > 0 ? round(weights[i] / step) : 0;

		table[i] = (int8_t)fmax(-STEPS, fmin(STEPS, steps));
	}
	free(sizes);
}

/* What the table says of a text, as model_ask() will see it. `ratios` have been applied to the
 * nodes; the table has them too. */
static double raw_score(const struct lesson *lesson, const struct sample *example,
	const int8_t *table)
{
	double sum = 0;

	for (const struct feature_node *node = example->nodes; node->index != -1; node++)
		if (node->index <= SLOTS)
			sum += node->value / lesson->factors[node->index - 1] * table[node->index - 1];
	return sum;
}

/* Platt: logit = scale * score + offset, by Newton's method on what was not learnt from, with his
 * smoothed targets. */
static void platt_fit(const struct lesson *lesson, const double *scores, double *scale,
	double *offset)
{
	double positives = 0, negatives = 0;

	for (size_t i = 0; i < lesson->count; i++)
		if (lesson->list[i].part == PART_CALIBRATE)
			*(lesson->list[i].label > 0 ? &positives : &negatives) += lesson->list[i].times;
	*scale = 0.01;
	*offset = 0;
	for (int step = 0; step < NEWTON_STEPS; step++) {
		double g[2] = {0}, h[3] = {1e-9, 0, 1e-9}, determinant;

		for (size_t i = 0; i < lesson->count; i++) {
			const struct sample *example = &lesson->list[i];
			double p = 1 / (1 + exp(-(*scale * scores[i] + *offset))), target, w;

			if (example->part != PART_CALIBRATE)
				continue;
			target = example->label > 0 ? (positives + 1) / (positives + 2)
				: 1 / (negatives + 2);
			w = example->times * p * (1 - p);
			g[0] += example->times * (p - target) * scores[i];
			g[1] += example->times * (p - target);
			h[0] += w * scores[i] * scores[i];
			h[1] += w * scores[i];
			h[2] += w;
		}
		determinant = h[0] * h[2] - h[1] * h[1];
		*scale -= 0.7 * (h[2] * g[0] - h[1] * g[1]) / determinant;
		*offset -= 0.7 * (h[0] * g[1] - h[1] * g[0]) / determinant;
	}
	if (!isfinite(*scale) || *scale <= 0)
		fail("the texts to calibrate with do not tell the kinds apart.");
}

/* --- writing -------------------------------------------------------------------------------- */

static void number_write(int32_t number)
{
	for (int i = 0; i < 4; i++)
		putchar((int)((uint32_t)number >> 8 * i & 255));
}

static void head_write(const struct lesson *lesson, const int8_t *table)
{
	double *scores = need(malloc((lesson->count + 1) * sizeof(double))), scale, offset;

	for (size_t i = 0; i < lesson->count; i++)
		scores[i] = raw_score(lesson, &lesson->list[i], table);
	platt_fit(lesson, scores, &scale, &offset);
	/* model_ask() divides by 256 times the root. */
	number_write((int32_t)lround(scale * UNIT * 256));
	number_write((int32_t)lround(offset * UNIT));
	fwrite(table, 1, SLOTS, stdout);
	for (size_t i = 0; i < lesson->count; i++)
		if (lesson->list[i].part != PART_LEARN)
			fprintf(stderr, "%zu %.3f\n", i,
				lesson->list[i].grams ? scale * scores[i] + offset : offset);
	free(scores);
}

int main(int argc, char **argv)
{
	static struct lesson lesson;
	static int8_t table[SLOTS];
	double *weights;

	if (argc != 5)
		fail("usage: learn hebrew|arabic|latin COST STRENGTH RULES < LINES > HEAD");
	lesson_read(&lesson, argv[1][0] == 'h' ? SCRIPT_HEBREW : argv[1][0] == 'a' ? SCRIPT_ARABIC
		: SCRIPT_LATIN, argv[4]);
	factors_make(&lesson, strtod(argv[3], NULL));
	factors_apply(&lesson);
	weights = weights_learn(&lesson, strtod(argv[2], NULL));
	for (int i = 0; i < SLOTS; i++)
		weights[i] *= lesson.factors[i];
	table_make(weights, table);
	head_write(&lesson, table);
	free(weights);
	for (size_t i = 0; i < lesson.count; i++)
		free(lesson.list[i].nodes);
	free(lesson.list);
	return 0;
}
