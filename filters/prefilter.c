/* prefilter.c: Aho-Corasick over code points, as a dense table: one step, one look-up. Letters
 * that stand in no literal share one column; whatever lies above the scripts of our rules does
 * so too. */
#include "filters/prefilter.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	POINTS_KNOWN = 0x700, /* Latin, Greek, Cyrillic, Hebrew, Arabic; literals end before others */
	STATES_MOST = 60000,
	CLASSES_MOST = 256,
	NOTHING = 0
};

struct output {
	uint32_t pattern, next; /* next: number + 1 in the list of outputs */
};

struct prefilter {
	uint8_t classes[POINTS_KNOWN]; /* 0: in no literal */
	unsigned class_count;
	uint16_t *steps; /* [state * CLASSES_MOST + class] while building; dense afterwards */
	uint16_t *fail;
	uint32_t *outputs_of; /* state → output number + 1 */
	uint16_t *hit_below;  /* state → nearest state on the way of failures that has outputs */
	uint32_t states, state_room;
	struct output *outputs;
	uint32_t output_count, output_room;
};

static enum err states_grow(struct prefilter *prefilter)
{
	uint32_t room = prefilter->state_room ? prefilter->state_room * 2 : 256;
	uint16_t *steps = realloc(prefilter->steps, (size_t)room * CLASSES_MOST * sizeof(*steps));
	uint32_t *outputs;

	if (!steps)
		return ERR_NO_MEMORY;
	prefilter->steps = steps;
	outputs = realloc(prefilter->outputs_of, room * sizeof(*outputs));
	if (!outputs)
		return ERR_NO_MEMORY;
	prefilter->outputs_of = outputs;
	prefilter->state_room = room;
	return ERR_NONE;
}

static enum err state_add(struct prefilter *prefilter, uint16_t *out)
{
	if (prefilter->states == STATES_MOST)
		return ERR_TOO_LARGE;
	if (prefilter->states == prefilter->state_room) {
		enum err err = states_grow(prefilter);

		if (err)
			return err;
	}
	memset(prefilter->steps + (size_t)prefilter->states * CLASSES_MOST, 0,
		CLASSES_MOST * sizeof(*prefilter->steps));
	prefilter->outputs_of[prefilter->states] = 0;
	*out = (uint16_t)prefilter->states++;
	return ERR_NONE;
}

struct prefilter *prefilter_new(void)
{
	struct prefilter *prefilter = calloc(1, sizeof(*prefilter));
	uint16_t root;

	if (!prefilter)
		return NULL;
	prefilter->class_count = 1;
	if (state_add(prefilter, &root))
		prefilter_free(&prefilter);
	return prefilter;
}

void prefilter_free(struct prefilter **prefilter)
{
	if (!*prefilter)
		return;
	free((*prefilter)->steps);
	free((*prefilter)->fail);
	free((*prefilter)->outputs_of);
	free((*prefilter)->hit_below);
	free((*prefilter)->outputs);
	free(*prefilter);
	*prefilter = NULL;
}

static enum err output_add(struct prefilter *prefilter, uint32_t state, uint32_t pattern)
{
	for (uint32_t i = prefilter->outputs_of[state]; i; i = prefilter->outputs[i - 1].next)
		if (prefilter->outputs[i - 1].pattern == pattern)
			return ERR_NONE;
	if (prefilter->output_count == prefilter->output_room) {
		uint32_t room = prefilter->output_room ? prefilter->output_room * 2 : 256;
		struct output *grown = realloc(prefilter->outputs, room * sizeof(*grown));

		if (!grown)
			return ERR_NO_MEMORY;
		prefilter->outputs = grown;
		prefilter->output_room = room;
	}
	prefilter->outputs[prefilter->output_count++] =
		(struct output){pattern, prefilter->outputs_of[state]};
	prefilter->outputs_of[state] = prefilter->output_count;
	return ERR_NONE;
}

enum err prefilter_add(struct prefilter *prefilter, const uint32_t *points, size_t count,
	uint32_t pattern)
{
	uint16_t state = 0;

	if (count > LITERAL_POINTS_MOST)
		count = LITERAL_POINTS_MOST;
	for (size_t i = 0; i < count; i++) {
		uint16_t *step;
		uint8_t class;

		if (points[i] >= POINTS_KNOWN)
			return ERR_BAD_PARAMS;
		class = prefilter->classes[points[i]];
		if (!class) {
			if (prefilter->class_count == CLASSES_MOST)
				return ERR_TOO_LARGE;
			class = prefilter->classes[points[i]] = (uint8_t)prefilter->class_count++;
		}
		step = &prefilter->steps[(size_t)state * CLASSES_MOST + class];
		if (!*step) {
			uint16_t made;
			enum err err = state_add(prefilter, &made);

			if (err)
				return err;
			/* The table may have moved. */
			prefilter->steps[(size_t)state * CLASSES_MOST + class] = made;
			state = made;
		} else {
			state = *step;
		}
	}
	return output_add(prefilter, state, pattern);
}

/* Breadth first: a state's failure lies nearer to the root, hence is complete already. */
static void link_failures(struct prefilter *prefilter, uint16_t *queue)
{
	unsigned classes = prefilter->class_count;
	uint32_t head = 0, tail = 0;

	for (unsigned class = 1; class < classes; class++)
		if (prefilter->steps[class])
			queue[tail++] = prefilter->steps[class];
	while (head < tail) {
		uint16_t state = queue[head++], fail = prefilter->fail[state];
		uint16_t *steps = prefilter->steps + (size_t)state * CLASSES_MOST;
		const uint16_t *fallback = prefilter->steps + (size_t)fail * CLASSES_MOST;

		prefilter->hit_below[state] =
			prefilter->outputs_of[fail] ? fail : prefilter->hit_below[fail];
		for (unsigned class = 1; class < classes; class++) {
			if (!steps[class]) {
				steps[class] = fallback[class];
				continue;
			}
			prefilter->fail[steps[class]] = fallback[class];
			queue[tail++] = steps[class];
		}
	}
}

/* Columns that nobody uses go: the table shrinks to what fits a cache. */
static void pack(struct prefilter *prefilter)
{
	unsigned classes = prefilter->class_count;
	uint16_t *packed;

	for (uint32_t state = 1; state < prefilter->states; state++)
		memmove(prefilter->steps + (size_t)state * classes,
			prefilter->steps + (size_t)state * CLASSES_MOST, classes * sizeof(uint16_t));
	packed = realloc(prefilter->steps, (size_t)prefilter->states * classes * sizeof(uint16_t));
	if (packed)
		prefilter->steps = packed;
}

enum err prefilter_finish(struct prefilter *prefilter)
{
	uint16_t *queue = calloc(prefilter->states, sizeof(*queue));

	prefilter->fail = calloc(prefilter->states, sizeof(*prefilter->fail));
	prefilter->hit_below = calloc(prefilter->states, sizeof(*prefilter->hit_below));
	if (!queue || !prefilter->fail || !prefilter->hit_below) {
		free(queue);
		return ERR_NO_MEMORY;
	}
	link_failures(prefilter, queue);
	free(queue);
	pack(prefilter);
	return ERR_NONE;
}

void prefilter_scan(const struct prefilter *prefilter, const uint32_t *points, size_t count,
	uint64_t *bits)
{
	const uint16_t *steps = prefilter->steps;
	unsigned classes = prefilter->class_count;
	uint16_t state = 0;

	for (size_t i = 0; i < count; i++) {
		uint16_t hit;

		state = points[i] < POINTS_KNOWN
			? steps[(size_t)state * classes + prefilter->classes[points[i]]] : NOTHING;
		hit = prefilter->outputs_of[state] ? state : prefilter->hit_below[state];
		for (; hit; hit = prefilter->hit_below[hit])
			for (uint32_t at = prefilter->outputs_of[hit]; at; at = prefilter->outputs[at - 1].next)
				bits[prefilter->outputs[at - 1].pattern / 64] |=
					UINT64_C(1) << prefilter->outputs[at - 1].pattern % 64;
	}
}
