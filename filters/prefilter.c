/* prefilter.c: a tree of letters, entered at each letter of a text by a table of all pairs of
 * letters: most pairs begin no literal, and many literals are looked for only where a word begins.
 * While it is built, steps lie in a hash table; then the states are numbered level by level, so
 * that a state's children stand side by side. Letters that stand in no literal lead nowhere; so
 * does whatever lies above the scripts of our rules. */
#include "filters/prefilter.h"

#include "base/grow.h"

#include <endian.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	POINTS_KNOWN = 0x700, /* Latin, Greek, Cyrillic, Hebrew, Arabic; literals end before others */
	STATES_MOST = 60000,
	STATES_LAST = 65000, /* the first two points of a literal find room all the same */
	SETS_MOST = 60000,
	CLASSES_MOST = 256,
	CLASS_LETTER = 256,  /* beside a class: surely a letter or digit */
	LITERAL_POINTS_LEAST = 2,
	LENGTH_BITS = 63,    /* more than LITERAL_POINTS_MOST */
	OWN_SECOND_MOST = 24,
	OWN_THIRD_MOST = 6,
	SLOTS_FIRST = 1024,
	CHILDREN_READ = 8, /* at once: the bytes of a word */
	NO_SET = UINT16_MAX
};

/* One literal of a set. */
struct output {
	uint16_t set;
	uint8_t length : 6, edges : 2;
	uint8_t before;
};

/* A place in the tree. Its children are `first` up to the first child of the next state, its
 * outputs begin where its group's do; group 0: none. */
struct state {
	uint16_t first, group;
};

/* A pattern, filed under the best one of its sets. */
struct filed {
	uint16_t pattern, more[NEEDS_EACH - 1]; /* the other sets that it needs; NO_SET */
	uint8_t before, before_more[NEEDS_EACH - 1]; /* points before the literals, beyond the set's */
	uint8_t views;
};

/* From a state, by a class of letters, to another; key 0: a free slot (no step has class 0). */
struct step {
	uint32_t key;
	uint16_t to;
};

struct prefilter {
	uint16_t classes[POINTS_KNOWN]; /* 0: in no literal; and CLASS_LETTER */
	unsigned class_count;
	uint32_t state_count, output_count, group_count, filed_count, set_count;
	struct state *states;
	uint8_t *class_of; /* by which class a state is come to */
	struct output *outputs;
	uint32_t *groups; /* the first output of each, from 1 on; one more says where the last ends */
	uint16_t *pairs;  /* the state that two classes lead to; 0: none */
	uint8_t *inside;  /* bit of each state: may what it leads to begin inside a word? */
	struct filed *filed;
	uint16_t *filed_from; /* the patterns of a set are filed_from[set] up to filed_from[set + 1] */
	struct building *building;
};

/* What goes once all is built: steps in a hash table (a power of two of slots, at most half full),
 * where each state comes from, and lists as they grew. */
struct building {
	struct step *steps;
	uint32_t slot_mask;
	struct origin {
		uint16_t parent;
		uint8_t class, depth;
		uint32_t outputs; /* number + 1 */
	} *origins;
	uint32_t state_room;
	struct listed {
		struct output output;
		uint32_t next; /* number + 1 */
	} *listed;
	uint32_t listed_room;
	struct literal *literals; /* of all sets */
	uint32_t literal_count, literal_room;
	struct set {
		uint32_t first, count, hash;
		uint32_t patterns; /* so many need it */
	} *sets;
	uint32_t set_room;
	uint32_t *set_slots; /* number + 1; a power of two of them */
	struct filing {
		uint16_t set;
		struct filed filed;
	} *filings;
	uint32_t filing_room;
};

/* --- the table of steps --------------------------------------------------------------------- */

static uint32_t key_of(uint16_t state, uint8_t class)
{
	return (uint32_t)state << 8 | class;
}

static uint32_t slot_of(const struct building *building, uint32_t key)
{
	uint32_t slot = (key * 0x9E3779B1u >> 12) & building->slot_mask;

	while (building->steps[slot].key && building->steps[slot].key != key)
		slot = (slot + 1) & building->slot_mask;
	return slot;
}

/* 0 if there is no such step: none leads to the root. */
static uint16_t step_from(const struct prefilter *prefilter, uint16_t state, uint8_t class)
{
	return prefilter->building->steps[slot_of(prefilter->building, key_of(state, class))].to;
}

static enum err steps_grow(struct building *building)
{
	uint32_t slots = building->steps ? (building->slot_mask + 1) * 2 : SLOTS_FIRST;
	struct step *before = building->steps, *grown = calloc(slots, sizeof(*grown));
	uint32_t count = before ? building->slot_mask + 1 : 0;

	if (!grown)
		return ERR_NO_MEMORY;
	building->steps = grown;
	building->slot_mask = slots - 1;
	for (uint32_t i = 0; i < count; i++)
		if (before[i].key)
			grown[slot_of(building, before[i].key)] = before[i];
	free(before);
	return ERR_NONE;
}

/* --- building ------------------------------------------------------------------------------- */

static enum err state_add(struct prefilter *prefilter, uint16_t parent, uint8_t class,
	uint16_t *out)
{
	struct building *building = prefilter->building;
	struct origin origin = {.parent = parent, .class = class};

	if (!grow((void **)&building->origins, prefilter->state_count, &building->state_room,
		sizeof(origin)))
		return ERR_NO_MEMORY;
	if (!building->steps || prefilter->state_count * 2 > building->slot_mask) {
		enum err err = steps_grow(building);

		if (err)
			return err;
	}
	*out = (uint16_t)prefilter->state_count;
	if (prefilter->state_count) {
		uint32_t key = key_of(parent, class);

		origin.depth = (uint8_t)(building->origins[parent].depth + 1);
		building->steps[slot_of(building, key)] = (struct step){key, *out};
	}
	building->origins[prefilter->state_count++] = origin;
	return ERR_NONE;
}

struct prefilter *prefilter_new(void)
{
	struct prefilter *prefilter = calloc(1, sizeof(*prefilter));
	uint16_t root;

	if (!prefilter)
		return NULL;
	prefilter->class_count = 1;
	prefilter->building = calloc(1, sizeof(*prefilter->building));
	if (!prefilter->building || state_add(prefilter, 0, 0, &root))
		prefilter_free(&prefilter);
	return prefilter;
}

static void building_free(struct prefilter *prefilter)
{
	struct building *building = prefilter->building;

	if (!building)
		return;
	free(building->steps);
	free(building->origins);
	free(building->listed);
	free(building->literals);
	free(building->sets);
	free(building->set_slots);
	free(building->filings);
	free(building);
	prefilter->building = NULL;
}

void prefilter_free(struct prefilter **prefilter)
{
	if (!*prefilter)
		return;
	building_free(*prefilter);
	free((*prefilter)->states);
	free((*prefilter)->class_of);
	free((*prefilter)->outputs);
	free((*prefilter)->groups);
	free((*prefilter)->pairs);
	free((*prefilter)->inside);
	free((*prefilter)->filed);
	free((*prefilter)->filed_from);
	free(*prefilter);
	*prefilter = NULL;
}

static enum err output_add(struct prefilter *prefilter, uint16_t state, struct output output)
{
	struct building *building = prefilter->building;
	uint32_t *first = &building->origins[state].outputs;

	for (uint32_t i = *first; i; i = building->listed[i - 1].next) {
		struct output *known = &building->listed[i - 1].output;

		/* What was cut may have become the same. */
		if (known->set != output.set)
			continue;
		if (known->before < output.before)
			known->before = output.before;
		known->edges &= output.edges;
		return ERR_NONE;
	}
	if (!grow((void **)&building->listed, prefilter->output_count, &building->listed_room,
		sizeof(*building->listed)))
		return ERR_NO_MEMORY;
	building->listed[prefilter->output_count++] = (struct listed){output, *first};
	*first = prefilter->output_count;
	return ERR_NONE;
}

/* Leads from the root along a literal; where there is no room left, not to its end. */
static enum err literal_add(struct prefilter *prefilter, const struct literal *literal,
	uint16_t set)
{
	uint8_t length = 0, edges = literal->edges;
	uint16_t state = 0;

	while (length < literal->length && length < LITERAL_POINTS_MOST) {
		uint32_t point = literal->points[length];
		uint16_t next;
		uint8_t class;

		if (point >= POINTS_KNOWN)
			return ERR_BAD_PARAMS;
		if (!prefilter->classes[point]) {
			if (prefilter->class_count == CLASSES_MOST)
				return ERR_TOO_LARGE;
			prefilter->classes[point] = (uint16_t)prefilter->class_count++;
		}
		class = (uint8_t)prefilter->classes[point];
		next = step_from(prefilter, state, class);
		if (!next && prefilter->state_count
			>= (length < LITERAL_POINTS_LEAST ? STATES_LAST : STATES_MOST))
			break;
		if (!next) {
			enum err err = state_add(prefilter, state, class, &next);

			if (err)
				return err;
		}
		state = next;
		length++;
	}
	if (length < LITERAL_POINTS_LEAST)
		return ERR_TOO_LARGE;
	/* Of one that was cut the end is not known. */
	if (length < literal->length)
		edges &= EDGE_LEFT;
	return output_add(prefilter, state, (struct output){.set = set, .before = literal->before,
		.length = (unsigned)length & LENGTH_BITS,
		.edges = (unsigned)edges & (EDGE_LEFT | EDGE_RIGHT)});
}

/* What all literals of the set have before them at least is said by whoever needs the set: so the
 * same words at another place are the same set. */
static uint8_t set_rebase(struct literals *set)
{
	uint8_t least = BEFORE_ANY;

	for (unsigned i = 0; i < set->count; i++)
		if (set->list[i].before < least)
			least = set->list[i].before;
	for (unsigned i = 0; i < set->count; i++)
		if (set->list[i].before != BEFORE_ANY || least == BEFORE_ANY)
			set->list[i].before = (uint8_t)(set->list[i].before - least);
	return least;
}

static uint32_t set_hash(const struct literals *set)
{
	uint32_t hash = set->count;

	for (unsigned i = 0; i < set->count; i++) {
		hash = (hash ^ set->list[i].before ^ (uint32_t)set->list[i].edges << 8)
			* 0x9E3779B1u;
		for (unsigned j = 0; j < set->list[i].length; j++)
			hash = (hash ^ set->list[i].points[j]) * 0x9E3779B1u;
	}
	return hash ^ hash >> 15;
}

static bool is_set(const struct building *building, const struct set *known,
	const struct literals *set)
{
	if (known->count != set->count)
		return false;
	for (unsigned i = 0; i < set->count; i++) {
		const struct literal *a = &building->literals[known->first + i], *b = &set->list[i];

		if (a->length != b->length || a->before != b->before || a->edges != b->edges
		    || memcmp(a->points, b->points, a->length * sizeof(a->points[0])) != 0)
			return false;
	}
	return true;
}

static enum err set_keep(struct prefilter *prefilter, const struct literals *set, uint32_t hash)
{
	struct building *building = prefilter->building;

	if (prefilter->set_count == SETS_MOST)
		return ERR_TOO_LARGE;
	if (!grow((void **)&building->sets, prefilter->set_count, &building->set_room,
		sizeof(*building->sets)))
		return ERR_NO_MEMORY;
	building->sets[prefilter->set_count++] =
		(struct set){building->literal_count, set->count, hash, 1};
	for (unsigned i = 0; i < set->count; i++) {
		if (!grow((void **)&building->literals, building->literal_count,
			&building->literal_room, sizeof(*building->literals)))
			return ERR_NO_MEMORY;
		building->literals[building->literal_count++] = set->list[i];
	}
	return ERR_NONE;
}

/* The number of the set; a set that was there before keeps the number that it had. */
static enum err set_add(struct prefilter *prefilter, const struct literals *set, uint16_t *out)
{
	struct building *building = prefilter->building;
	uint32_t hash = set_hash(set), slot, slots = SETS_MOST * 2;

	if (!building->set_slots)
		building->set_slots = calloc(slots, sizeof(*building->set_slots));
	if (!building->set_slots)
		return ERR_NO_MEMORY;
	for (slot = hash % slots; building->set_slots[slot]; slot = (slot + 1) % slots) {
		*out = (uint16_t)(building->set_slots[slot] - 1);
		if (building->sets[*out].hash == hash
		    && is_set(building, &building->sets[*out], set)) {
			building->sets[*out].patterns++;
			return ERR_NONE;
		}
	}
	*out = (uint16_t)prefilter->set_count;
	building->set_slots[slot] = *out + 1u;
	return set_keep(prefilter, set, hash);
}

enum err prefilter_add(struct prefilter *prefilter, const struct needs *needs, uint32_t pattern,
	uint8_t views)
{
	struct building *building = prefilter->building;
	struct filing filing = {.filed = {.pattern = (uint16_t)pattern, .views = views}};
	struct literals set = needs->sets[0];
	enum err err;

	if (pattern > UINT16_MAX || prefilter->filed_count == UINT16_MAX)
		return ERR_TOO_LARGE;
	filing.filed.before = set_rebase(&set);
	err = set_add(prefilter, &set, &filing.set);
	for (unsigned i = 1; !err && i < NEEDS_EACH; i++) {
		filing.filed.more[i - 1] = NO_SET;
		if (!needs->sets[i].count)
			continue;
		set = needs->sets[i];
		filing.filed.before_more[i - 1] = set_rebase(&set);
		err = set_add(prefilter, &set, &filing.filed.more[i - 1]);
	}
	if (err)
		return err;
	if (!grow((void **)&building->filings, prefilter->filed_count, &building->filing_room,
		sizeof(filing)))
		return ERR_NO_MEMORY;
	building->filings[prefilter->filed_count++] = filing;
	return ERR_NONE;
}

/* --- from what was built to what stays ------------------------------------------------------ */

/* A long list that one pattern alone needs besides another set costs more than it saves. */
static void own_drop(struct building *building, uint16_t *number, unsigned most)
{
	struct set *set = *number == NO_SET ? NULL : &building->sets[*number];

	if (!set || set->patterns > 1 || set->count <= most)
		return;
	set->patterns = 0;
	*number = NO_SET;
}

static void seconds_drop(struct prefilter *prefilter)
{
	struct building *building = prefilter->building;

	for (uint32_t i = 0; i < prefilter->filed_count; i++)
		for (unsigned j = 0; j < NEEDS_EACH - 1; j++)
			own_drop(building, &building->filings[i].filed.more[j],
				j ? OWN_THIRD_MOST : OWN_SECOND_MOST);
}

static enum err literals_add(struct prefilter *prefilter)
{
	const struct building *building = prefilter->building;
	enum err err = ERR_NONE;

	for (uint32_t set = 0; set < prefilter->set_count; set++)
		for (uint32_t i = 0; !err && building->sets[set].patterns
			&& i < building->sets[set].count; i++)
			err = literal_add(prefilter,
				&building->literals[building->sets[set].first + i], (uint16_t)set);
	return err;
}

/* Level by level, brothers side by side: the old number of each new one, into `order`. */
static void number_anew(const struct prefilter *prefilter, uint16_t *order)
{
	uint32_t made = 1;

	for (uint32_t at = 0; at < made; at++)
		for (unsigned class = 1; class < prefilter->class_count; class++) {
			uint16_t child = step_from(prefilter, order[at], (uint8_t)class);

			if (child)
				order[made++] = child;
		}
}

/* Looks at eight children at once: the lowest byte that is the class, and no lower one, gets its
 * highest bit. */
static uint16_t child_of(const struct prefilter *prefilter, uint16_t state, uint8_t class)
{
	const uint64_t lowest = UINT64_C(0x0101010101010101), highest = lowest << 7;
	uint32_t end = prefilter->states[state + 1].first;

	for (uint32_t child = prefilter->states[state].first; child < end; child += CHILDREN_READ) {
		uint64_t eight, found;

		memcpy(&eight, prefilter->class_of + child, sizeof(eight));
		eight = le64toh(eight) ^ lowest * class;
		found = (eight - lowest) & ~eight & highest;
		if (!found)
			continue;
		child += (uint32_t)__builtin_ctzll(found) / CHILDREN_READ;
		return child < end ? (uint16_t)child : 0;
	}
	return 0;
}

static void states_move(struct prefilter *prefilter, const uint16_t *order)
{
	const struct building *building = prefilter->building;
	uint32_t children = 1, made = 0;
	uint16_t group = 0;

	for (uint32_t i = 0; i < prefilter->state_count; i++) {
		uint32_t at = building->origins[order[i]].outputs;

		prefilter->class_of[i] = building->origins[order[i]].class;
		prefilter->states[i].first = (uint16_t)children;
		while (children < prefilter->state_count
		       && building->origins[order[children]].parent == order[i])
			children++;
		if (!at)
			continue;
		prefilter->groups[++group] = made;
		prefilter->states[i].group = group;
		for (; at; at = building->listed[at - 1].next)
			prefilter->outputs[made++] = building->listed[at - 1].output;
	}
	prefilter->states[prefilter->state_count].first = (uint16_t)children;
	prefilter->groups[group + 1] = made;
	prefilter->group_count = group;
}

static bool bit_of(const uint8_t *bits, uint32_t number)
{
	return bits[number / 8] >> number % 8 & 1;
}

static bool leads_inside(const struct prefilter *prefilter, uint32_t state)
{
	uint16_t group = prefilter->states[state].group;

	for (uint32_t i = prefilter->groups[group]; group && i < prefilter->groups[group + 1]; i++)
		if (!(prefilter->outputs[i].edges & EDGE_LEFT))
			return true;
	for (uint32_t i = prefilter->states[state].first; i < prefilter->states[state + 1].first; i++)
		if (bit_of(prefilter->inside, i))
			return true;
	return false;
}

static enum err pairs_make(struct prefilter *prefilter)
{
	size_t classes = prefilter->class_count;

	prefilter->pairs = calloc(classes * classes, sizeof(*prefilter->pairs));
	prefilter->inside = calloc(prefilter->state_count / 8 + 1, 1);
	if (!prefilter->pairs || !prefilter->inside)
		return ERR_NO_MEMORY;
	/* Children have higher numbers. */
	for (uint32_t state = prefilter->state_count; state-- > 0;)
		if (leads_inside(prefilter, state))
			prefilter->inside[state / 8] |= (uint8_t)(1u << state % 8);
	for (uint16_t one = prefilter->states[0].first; one < prefilter->states[1].first; one++)
		for (uint16_t two = prefilter->states[one].first; two < prefilter->states[one + 1].first;
			two++)
			prefilter->pairs[prefilter->class_of[one] * classes
				+ prefilter->class_of[two]] = two;
	for (uint32_t point = 0; point < POINTS_KNOWN; point++)
		if (literals_is_letter(point))
			prefilter->classes[point] |= CLASS_LETTER;
	return ERR_NONE;
}

static void filed_make(struct prefilter *prefilter)
{
	const struct building *building = prefilter->building;

	for (uint32_t i = 0; i < prefilter->filed_count; i++)
		prefilter->filed_from[building->filings[i].set + 1]++;
	for (uint32_t set = 0; set < prefilter->set_count; set++) {
		uint16_t count = prefilter->filed_from[set + 1];

		prefilter->filed_from[set + 1] = (uint16_t)(prefilter->filed_from[set] + count);
	}
	/* By set, and within one as they came: each takes the next place of its set. */
	for (uint32_t i = 0; i < prefilter->filed_count; i++)
		prefilter->filed[prefilter->filed_from[building->filings[i].set]++] =
			building->filings[i].filed;
	for (uint32_t set = prefilter->set_count; set > 0; set--)
		prefilter->filed_from[set] = prefilter->filed_from[set - 1];
	prefilter->filed_from[0] = 0;
}

static uint32_t groups_count(const struct prefilter *prefilter)
{
	uint32_t count = 0;

	for (uint32_t state = 0; state < prefilter->state_count; state++)
		count += prefilter->building->origins[state].outputs > 0;
	return count;
}

static enum err lists_make(struct prefilter *prefilter)
{
	uint32_t states = prefilter->state_count;

	prefilter->states = calloc(states + 1, sizeof(*prefilter->states));
	prefilter->class_of = calloc(states + CHILDREN_READ, sizeof(*prefilter->class_of));
	prefilter->outputs = calloc(prefilter->output_count + 1, sizeof(*prefilter->outputs));
	prefilter->groups = calloc(groups_count(prefilter) + 2, sizeof(*prefilter->groups));
	prefilter->filed = calloc(prefilter->filed_count + 1, sizeof(*prefilter->filed));
	prefilter->filed_from = calloc(prefilter->set_count + 1, sizeof(*prefilter->filed_from));
	return prefilter->states && prefilter->class_of && prefilter->outputs
		&& prefilter->groups && prefilter->filed
		&& prefilter->filed_from ? ERR_NONE : ERR_NO_MEMORY;
}

enum err prefilter_finish(struct prefilter *prefilter)
{
	uint16_t *order = NULL;
	enum err err;

	seconds_drop(prefilter);
	err = literals_add(prefilter);
	if (!err)
		err = lists_make(prefilter);
	if (!err) {
		order = calloc(prefilter->state_count, sizeof(*order));
		err = order ? ERR_NONE : ERR_NO_MEMORY;
	}
	if (!err) {
		number_anew(prefilter, order);
		states_move(prefilter, order);
		err = pairs_make(prefilter);
	}
	if (!err) {
		filed_make(prefilter);
		building_free(prefilter);
	}
	free(order);
	return err;
}

/* --- scanning ------------------------------------------------------------------------------- */

void prefilter_scratch_fini(struct prefilter_scratch *scratch)
{
	free(scratch->met);
	free(scratch->places);
	free(scratch->classes);
	*scratch = (struct prefilter_scratch){0};
}

static enum err sets_reserve(struct prefilter_scratch *scratch, uint32_t sets)
{
	uint64_t *met;
	struct starts *places;

	if (scratch->met && scratch->places && sets <= scratch->room)
		return ERR_NONE;
	met = realloc(scratch->met, (sets / 64 + 1) * sizeof(*met));
	if (met)
		scratch->met = met;
	places = realloc(scratch->places, (sets + 1) * sizeof(*places));
	if (places)
		scratch->places = places;
	if (!met || !places)
		return ERR_NO_MEMORY;
	scratch->room = sets;
	return ERR_NONE;
}

/* For the classes of so many points, and two more, which end the last word. */
static enum err classes_reserve(struct prefilter_scratch *scratch, uint32_t points)
{
	uint32_t room = points + points / 2 + 64;
	uint16_t *grown;

	if (points + 2 <= scratch->class_room)
		return ERR_NONE;
	grown = realloc(scratch->classes, room * sizeof(*grown));
	if (!grown)
		return ERR_NO_MEMORY;
	scratch->classes = grown;
	scratch->class_room = room;
	return ERR_NONE;
}

static enum err scratch_reserve(struct prefilter_scratch *scratch, uint32_t sets, uint32_t points)
{
	enum err err = sets_reserve(scratch, sets);

	return err ? err : classes_reserve(scratch, points);
}

static void note_output(const struct output *output, uint32_t start,
	struct prefilter_scratch *scratch)
{
	uint64_t *word = &scratch->met[output->set / 64], bit = UINT64_C(1) << output->set % 64;
	struct starts *known = &scratch->places[output->set];
	uint32_t first = output->before == BEFORE_ANY || output->before > start ? 0
		: start - output->before;

	if (!(*word & bit))
		*known = (struct starts){first, start};
	*word |= bit;
	if (first < known->first)
		known->first = first;
	/* The text is read forwards. */
	known->last = start;
}

/* The literals of a state that stand at `start`. */
static void note_group(const struct prefilter *prefilter, uint16_t group, uint32_t start,
	uint8_t forbidden, struct prefilter_scratch *scratch)
{
	const struct output *end = prefilter->outputs + prefilter->groups[group + 1];
	const struct output *output = prefilter->outputs + prefilter->groups[group];

	for (; output < end; output++)
		if (!(output->edges & forbidden))
			note_output(output, start, scratch);
}

/* Goes on from `state`, which two points led to. */
static void note_literals(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
	uint32_t start, uint16_t state, bool inside)
{
	const uint16_t *next = scratch->classes + start + LITERAL_POINTS_LEAST;

	for (; state && (!inside || bit_of(prefilter->inside, state)); next++) {
		uint16_t group = prefilter->states[state].group;

		if (group)
			note_group(prefilter, group, start, (uint8_t)((inside ? EDGE_LEFT : 0)
				| (*next & CLASS_LETTER ? EDGE_RIGHT : 0)), scratch);
		state = (uint8_t)*next ? child_of(prefilter, state, (uint8_t)*next) : 0;
	}
}

static void scan_points(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
	const uint32_t *points, uint32_t count)
{
	uint16_t *classes = scratch->classes;
	bool inside = false;

	for (uint32_t at = 0; at < count; at++)
		classes[at] = points[at] < POINTS_KNOWN ? prefilter->classes[points[at]] : 0;
	classes[count] = classes[count + 1] = 0;
	for (uint32_t at = 0; at < count; at++) {
		/* Class 0 is in no pair. */
		uint16_t state = prefilter->pairs[(uint8_t)classes[at] * prefilter->class_count
			+ (uint8_t)classes[at + 1]];

		if (state)
			note_literals(prefilter, scratch, at, state, inside);
		inside = classes[at] & CLASS_LETTER;
	}
}

static struct starts place_before(const struct prefilter_scratch *scratch, uint16_t set,
	uint8_t before)
{
	struct starts place = scratch->places[set];

	place.first = before == BEFORE_ANY || before > place.first ? 0 : place.first - before;
	return place;
}

static void note_pattern(const struct prefilter_scratch *scratch, const struct filed *filed,
	uint16_t set, uint64_t *bits, struct starts *starts)
{
	struct starts place = place_before(scratch, set, filed->before);

	for (unsigned i = 0; i < NEEDS_EACH - 1; i++) {
		struct starts other;

		if (filed->more[i] == NO_SET)
			continue;
		if (!(scratch->met[filed->more[i] / 64] >> filed->more[i] % 64 & 1))
			return;
		/* A match starts where all of its literals allow it. */
		other = place_before(scratch, filed->more[i], filed->before_more[i]);
		if (place.first < other.first)
			place.first = other.first;
		if (place.last > other.last)
			place.last = other.last;
		if (place.first > place.last)
			return;
	}
	bits[filed->pattern / 64] |= UINT64_C(1) << filed->pattern % 64;
	starts[filed->pattern] = place;
}

enum err prefilter_scan(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
	uint8_t view, const uint32_t *points, uint32_t count, uint64_t *bits, struct starts *starts)
{
	enum err err = scratch_reserve(scratch, prefilter->set_count, count);
	uint32_t words = prefilter->set_count / 64 + 1;

	if (err)
		return err;
	memset(scratch->met, 0, words * sizeof(*scratch->met));
	scan_points(prefilter, scratch, points, count);
	for (uint32_t word = 0; word < words; word++)
		for (uint64_t met = scratch->met[word]; met; met &= met - 1) {
			uint16_t set = (uint16_t)(word * 64 + (uint32_t)__builtin_ctzll(met));

			for (uint16_t i = prefilter->filed_from[set];
				i < prefilter->filed_from[set + 1]; i++)
				if (prefilter->filed[i].views & view)
					note_pattern(scratch, &prefilter->filed[i], set, bits,
						starts);
		}
	return ERR_NONE;
}
