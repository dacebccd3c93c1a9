/* prefilter.c: Aho-Corasick over code points. While it is built, steps lie in a hash table; then
 * the states are numbered level by level, so that a state's children stand side by side and most
 * have one or none: a twentieth of a dense table, small enough for a cache. Letters that stand in
 * no literal lead to the root; so does whatever lies above the scripts of our rules. */
#include "filters/prefilter.h"

#include "filters/literals.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	POINTS_KNOWN = 0x700, /* Latin, Greek, Cyrillic, Hebrew, Arabic; literals end before others */
	STATES_MOST = 60000,
	CLASSES_MOST = 256,
	SLOTS_FIRST = 1024
};

struct output {
	uint16_t pattern;
	uint8_t length, before; /* of the literal */
	uint32_t next;          /* number + 1 in the list of outputs */
};

/* From a state, by a class of letters, to another; key 0: a free slot (no step has class 0). */
struct step {
	uint32_t key;
	uint16_t to;
};

struct prefilter {
	uint8_t classes[POINTS_KNOWN];  /* 0: in no literal */
	uint16_t from_root[CLASSES_MOST];
	unsigned class_count;
	struct state {
		uint32_t outputs; /* output number + 1 */
		uint16_t fail;
		uint16_t hit_below; /* nearest state on the way of failures that has outputs */
	} *states;
	uint32_t state_count, state_room;
	struct output *outputs;
	uint32_t output_count, output_room;
	/* Once built: the children of `state` are first[state] up to first[state + 1]; by which class
	 * each is come to; and, for the states next to the root, which have many, a dense table. */
	uint16_t *first, *from_near;
	uint8_t *class_of;
	uint32_t near_count;
	/* Only while building: the steps (a power of two of slots, at most half full), and where each
	 * state comes from. */
	struct step *steps;
	uint32_t slot_mask;
	struct origin {
		uint16_t parent;
		uint8_t class, depth;
	} *origins;
};

/* --- the table of steps --------------------------------------------------------------------- */

static uint32_t key_of(uint16_t state, uint8_t class)
{
	return (uint32_t)state << 8 | class;
}

static uint32_t slot_of(const struct prefilter *prefilter, uint32_t key)
{
	uint32_t slot = (key * 0x9E3779B1u >> 12) & prefilter->slot_mask;

	while (prefilter->steps[slot].key && prefilter->steps[slot].key != key)
		slot = (slot + 1) & prefilter->slot_mask;
	return slot;
}

/* 0 if there is no such step: none leads to the root. */
static uint16_t step_from(const struct prefilter *prefilter, uint16_t state, uint8_t class)
{
	return prefilter->steps[slot_of(prefilter, key_of(state, class))].to;
}

static enum err steps_grow(struct prefilter *prefilter)
{
	uint32_t slots = prefilter->steps ? (prefilter->slot_mask + 1) * 2 : SLOTS_FIRST;
	struct step *before = prefilter->steps, *grown = calloc(slots, sizeof(*grown));
	uint32_t count = before ? prefilter->slot_mask + 1 : 0;

	if (!grown)
		return ERR_NO_MEMORY;
	prefilter->steps = grown;
	prefilter->slot_mask = slots - 1;
	for (uint32_t i = 0; i < count; i++)
		if (before[i].key)
			grown[slot_of(prefilter, before[i].key)] = before[i];
	free(before);
	return ERR_NONE;
}

/* --- building ------------------------------------------------------------------------------- */

static enum err states_grow(struct prefilter *prefilter)
{
	uint32_t room = prefilter->state_room ? prefilter->state_room * 2 : 256;
	struct state *states = realloc(prefilter->states, room * sizeof(*states));
	struct origin *origins;

	if (!states)
		return ERR_NO_MEMORY;
	prefilter->states = states;
	origins = realloc(prefilter->origins, room * sizeof(*origins));
	if (!origins)
		return ERR_NO_MEMORY;
	prefilter->origins = origins;
	prefilter->state_room = room;
	return ERR_NONE;
}

static enum err state_add(struct prefilter *prefilter, uint16_t parent, uint8_t class,
	uint16_t *out)
{
	struct origin origin = {.parent = parent, .class = class};

	if (prefilter->state_count == STATES_MOST)
		return ERR_TOO_LARGE;
	if (prefilter->state_count == prefilter->state_room) {
		enum err err = states_grow(prefilter);

		if (err)
			return err;
	}
	if (!prefilter->steps || prefilter->state_count * 2 > prefilter->slot_mask) {
		enum err err = steps_grow(prefilter);

		if (err)
			return err;
	}
	*out = (uint16_t)prefilter->state_count;
	if (prefilter->state_count) {
		uint32_t key = key_of(parent, class);

		origin.depth = (uint8_t)(prefilter->origins[parent].depth + 1);
		prefilter->steps[slot_of(prefilter, key)] = (struct step){key, *out};
		if (parent == 0)
			prefilter->from_root[class] = *out;
	}
	prefilter->origins[prefilter->state_count] = origin;
	prefilter->states[prefilter->state_count++] = (struct state){0};
	return ERR_NONE;
}

struct prefilter *prefilter_new(void)
{
	struct prefilter *prefilter = calloc(1, sizeof(*prefilter));
	uint16_t root;

	if (!prefilter)
		return NULL;
	prefilter->class_count = 1;
	if (state_add(prefilter, 0, 0, &root))
		prefilter_free(&prefilter);
	return prefilter;
}

void prefilter_free(struct prefilter **prefilter)
{
	if (!*prefilter)
		return;
	free((*prefilter)->steps);
	free((*prefilter)->states);
	free((*prefilter)->origins);
	free((*prefilter)->outputs);
	free((*prefilter)->first);
	free((*prefilter)->from_near);
	free((*prefilter)->class_of);
	free(*prefilter);
	*prefilter = NULL;
}

static enum err output_add(struct prefilter *prefilter, uint16_t state, struct output output)
{
	uint32_t *first = &prefilter->states[state].outputs;

	for (uint32_t i = *first; i; i = prefilter->outputs[i - 1].next) {
		struct output *known = &prefilter->outputs[i - 1];

		if (known->pattern != output.pattern)
			continue;
		if (known->before < output.before)
			known->before = output.before;
		return ERR_NONE;
	}
	if (prefilter->output_count == prefilter->output_room) {
		uint32_t room = prefilter->output_room ? prefilter->output_room * 2 : 256;
		struct output *grown = realloc(prefilter->outputs, room * sizeof(*grown));

		if (!grown)
			return ERR_NO_MEMORY;
		prefilter->outputs = grown;
		prefilter->output_room = room;
	}
	output.next = *first;
	prefilter->outputs[prefilter->output_count++] = output;
	*first = prefilter->output_count;
	return ERR_NONE;
}

enum err prefilter_add(struct prefilter *prefilter, const uint32_t *points, size_t count,
	uint32_t pattern, uint8_t before)
{
	uint16_t state = 0;

	if (pattern > UINT16_MAX)
		return ERR_TOO_LARGE;
	if (count > LITERAL_POINTS_MOST)
		count = LITERAL_POINTS_MOST;
	for (size_t i = 0; i < count; i++) {
		uint16_t next;
		uint8_t class;

		if (points[i] >= POINTS_KNOWN)
			return ERR_BAD_PARAMS;
		class = prefilter->classes[points[i]];
		if (!class) {
			if (prefilter->class_count == CLASSES_MOST)
				return ERR_TOO_LARGE;
			class = prefilter->classes[points[i]] = (uint8_t)prefilter->class_count++;
		}
		next = step_from(prefilter, state, class);
		if (!next) {
			enum err err = state_add(prefilter, state, class, &next);

			if (err)
				return err;
		}
		state = next;
	}
	return output_add(prefilter, state, (struct output){.pattern = (uint16_t)pattern,
		.length = (uint8_t)count, .before = before});
}

static uint16_t fail_of(const struct prefilter *prefilter, uint32_t number)
{
	const struct origin *origin = &prefilter->origins[number];
	uint16_t state = prefilter->states[origin->parent].fail;

	if (origin->depth <= 1)
		return 0;
	while (state) {
		uint16_t next = step_from(prefilter, state, origin->class);

		if (next)
			return next;
		state = prefilter->states[state].fail;
	}
	return prefilter->from_root[origin->class];
}

/* Level by level: a state's failure lies nearer to the root, hence is complete already. */
static void link_failures(struct prefilter *prefilter)
{
	for (unsigned depth = 1; depth <= LITERAL_POINTS_MOST; depth++)
		for (uint32_t i = 1; i < prefilter->state_count; i++) {
			struct state *state = &prefilter->states[i];
			const struct state *fail;

			if (prefilter->origins[i].depth != depth)
				continue;
			state->fail = fail_of(prefilter, i);
			fail = &prefilter->states[state->fail];
			state->hit_below = fail->outputs ? state->fail : fail->hit_below;
		}
}

/* The new number of each state, level by level, brothers side by side. `numbers` comes zeroed, and
 * `order` holds the old number of each new one. */
static void number_anew(const struct prefilter *prefilter, uint16_t *numbers, uint16_t *order)
{
	uint32_t made = 1;

	for (uint32_t at = 0; at < made; at++)
		for (unsigned class = 1; class < prefilter->class_count; class++) {
			uint16_t child = step_from(prefilter, order[at], (uint8_t)class);

			if (!child)
				continue;
			order[made] = child;
			numbers[child] = (uint16_t)made++;
		}
}

static void states_move(struct prefilter *prefilter, const uint16_t *numbers,
	const uint16_t *order, struct state *states)
{
	uint32_t children = 1;

	for (uint32_t i = 0; i < prefilter->state_count; i++) {
		const struct state *state = &prefilter->states[order[i]];

		states[i] = (struct state){state->outputs, numbers[state->fail],
			numbers[state->hit_below]};
		prefilter->class_of[i] = prefilter->origins[order[i]].class;
		prefilter->near_count += prefilter->origins[order[i]].depth == 1;
		prefilter->first[i] = (uint16_t)children;
		while (children < prefilter->state_count
		       && prefilter->origins[order[children]].parent == order[i])
			children++;
	}
	prefilter->first[prefilter->state_count] = (uint16_t)children;
	for (unsigned class = 1; class < prefilter->class_count; class++)
		prefilter->from_root[class] = numbers[prefilter->from_root[class]];
}

static enum err near_make(struct prefilter *prefilter)
{
	prefilter->from_near = calloc((size_t)(prefilter->near_count + 1) * CLASSES_MOST,
		sizeof(*prefilter->from_near));
	if (!prefilter->from_near)
		return ERR_NO_MEMORY;
	for (uint32_t state = 1; state <= prefilter->near_count; state++)
		for (uint16_t child = prefilter->first[state]; child < prefilter->first[state + 1];
			child++)
			prefilter->from_near[state * CLASSES_MOST + prefilter->class_of[child]] = child;
	return ERR_NONE;
}

static void building_free(struct prefilter *prefilter)
{
	struct output *outputs = realloc(prefilter->outputs,
		(prefilter->output_count + 1) * sizeof(*outputs));

	if (outputs)
		prefilter->outputs = outputs;
	free(prefilter->steps);
	free(prefilter->origins);
	prefilter->steps = NULL;
	prefilter->origins = NULL;
}

enum err prefilter_finish(struct prefilter *prefilter)
{
	uint32_t count = prefilter->state_count;
	uint16_t *numbers = calloc(count, sizeof(*numbers)), *order = calloc(count, sizeof(*order));
	struct state *states = malloc(count * sizeof(*states));
	enum err err = ERR_NO_MEMORY;

	prefilter->first = malloc((count + 1) * sizeof(*prefilter->first));
	prefilter->class_of = malloc(count);
	if (numbers && order && states && prefilter->first && prefilter->class_of) {
		link_failures(prefilter);
		number_anew(prefilter, numbers, order);
		states_move(prefilter, numbers, order, states);
		free(prefilter->states);
		prefilter->states = states;
		states = NULL;
		building_free(prefilter);
		err = near_make(prefilter);
	}
	free(numbers);
	free(order);
	free(states);
	return err;
}

/* --- scanning ------------------------------------------------------------------------------- */

static uint16_t child_of(const struct prefilter *prefilter, uint16_t state, uint8_t class)
{
	if (state <= prefilter->near_count)
		return prefilter->from_near[(uint32_t)state * CLASSES_MOST + class];
	for (uint16_t child = prefilter->first[state]; child < prefilter->first[state + 1]; child++)
		if (prefilter->class_of[child] == class)
			return child;
	return 0;
}

/* Where `class` leads from `state`, failing as often as need be. */
static uint16_t state_after(const struct prefilter *prefilter, uint16_t state, uint8_t class)
{
	while (state) {
		uint16_t next = child_of(prefilter, state, class);

		if (next)
			return next;
		state = prefilter->states[state].fail;
	}
	return prefilter->from_root[class];
}

/* `end`: how many code points are read. */
static void note_output(const struct output *output, uint32_t end, uint64_t *bits,
	struct starts *starts)
{
	uint64_t *word = &bits[output->pattern / 64], bit = UINT64_C(1) << output->pattern % 64;
	struct starts *known = &starts[output->pattern];
	uint32_t last = end - output->length;
	uint32_t first = output->before == BEFORE_ANY || output->before > last ? 0
		: last - output->before;

	if (!(*word & bit))
		*known = (struct starts){first, last};
	*word |= bit;
	if (first < known->first)
		known->first = first;
	if (last > known->last)
		known->last = last;
}

static void note_outputs(const struct prefilter *prefilter, uint16_t state, uint32_t end,
	uint64_t *bits, struct starts *starts)
{
	uint16_t hit = prefilter->states[state].outputs ? state : prefilter->states[state].hit_below;

	for (; hit; hit = prefilter->states[hit].hit_below)
		for (uint32_t at = prefilter->states[hit].outputs; at;
			at = prefilter->outputs[at - 1].next)
			note_output(&prefilter->outputs[at - 1], end, bits, starts);
}

void prefilter_scan(const struct prefilter *prefilter, const uint32_t *points, size_t count,
	uint64_t *bits, struct starts *starts)
{
	uint16_t state = 0;

	for (size_t i = 0; i < count; i++) {
		uint8_t class = points[i] < POINTS_KNOWN ? prefilter->classes[points[i]] : 0;

		state = class ? state_after(prefilter, state, class) : 0;
		if (state)
			note_outputs(prefilter, state, (uint32_t)i + 1, bits, starts);
	}
}
