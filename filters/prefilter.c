/* prefilter.c: a tree of letters, entered at each letter of a text by a table of all pairs of
 * letters: most pairs begin no literal, and many literals are looked for only where a word begins.
 * While it is built, steps lie in a hash table; then states from which the same is found are made
 * one, and all are written as bytes one behind the other. Letters that stand in no literal lead
 * nowhere; so does whatever lies above the scripts of our rules. */
#include "filters/prefilter.h"

#include "base/grow.h"

#include <endian.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	POINTS_KNOWN = 0x700, /* Latin, Greek, Cyrillic, Hebrew, Arabic; literals end before others */
	STATES_MOST = 200000, /* before those that are the same are made one */
	STATES_LAST = 210000, /* the first two points of a literal find room all the same */
	SETS_MOST = 60000,
	CLASSES_MOST = 256,
	CLASS_LETTER = 256,  /* beside a class: surely a letter or digit */
	LITERAL_POINTS_LEAST = 2,
	OWN_THIRD_MOST = 24,
	SLOTS_FIRST = 1024,
	CHILDREN_READ = 8, /* at once: the bytes of a word */
	BLOCKS = 64,
	NO_SET = UINT16_MAX
};

/* One literal of a set, where it ends. */
struct output {
	uint16_t set;
	uint8_t before;
	uint8_t edges : 2, is_last : 1; /* of those that end in the same state */
};

/* A state, written as bytes: flags and how many letters lead on; that number if it is larger; where
 * in `outputs` its own begin; the letters' classes; and of each where in the tree it leads to, but
 * of the last one, if NODE_FOLLOWS, that stands right behind. */
enum {
	NODE_INSIDE = 0x80, /* what it leads to may begin inside a word */
	NODE_OUTPUTS = 0x40,
	NODE_FOLLOWS = 0x20,
	NODE_LETTERS = 0x1f, /* or so many and more */
	PLACE_BYTES = 3,
	NODE_BYTES_MOST = 2 + PLACE_BYTES + CLASSES_MOST * (1 + PLACE_BYTES)
};

/* A pattern, filed under the best one of its sets. */
struct filed {
	uint16_t pattern, more[NEEDS_EACH - 1]; /* the other sets that it needs; NO_SET */
	uint8_t before, before_more[NEEDS_EACH - 1]; /* points before the literals, beyond the set's */
	uint8_t views;
};

/* From a state, by a class of letters, to another; key 0: a free slot (no step has class 0). */
struct step {
	uint32_t key, to;
};

struct prefilter {
	uint16_t classes[POINTS_KNOWN]; /* 0: in no literal; and CLASS_LETTER */
	unsigned class_count;
	uint32_t state_count, output_count, filed_count, set_count;
	uint8_t *tree; /* place 0: none */
	uint32_t tree_bytes, tree_room;
	struct output *outputs;
	uint32_t *pairs; /* the place of the state that two classes lead to; 0: none */
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
		uint32_t parent;
		uint8_t class, depth;
		bool inside;
		uint32_t outputs; /* number + 1 */
		uint32_t child, brother; /* the first ones, by class */
		uint32_t same;  /* the state that stands for this one */
		uint32_t place; /* in the tree */
	} *origins;
	uint32_t state_room;
	struct listed {
		struct output output;
		uint32_t next; /* number + 1 */
	} *listed;
	uint32_t listed_count, listed_room;
	uint32_t *same_slots; /* number + 1 of outputs or states; a power of two of them */
	uint32_t same_mask;
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

static uint32_t key_of(uint32_t state, uint8_t class)
{
	return state << 8 | class;
}

static uint32_t slot_of(const struct building *building, uint32_t key)
{
	uint32_t slot = (key * 0x9E3779B1u >> 12) & building->slot_mask;

	while (building->steps[slot].key && building->steps[slot].key != key)
		slot = (slot + 1) & building->slot_mask;
	return slot;
}

/* 0 if there is no such step: none leads to the root. */
static uint32_t step_from(const struct prefilter *prefilter, uint32_t state, uint8_t class)
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

static enum err state_add(struct prefilter *prefilter, uint32_t parent, uint8_t class,
	uint32_t *out)
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
	*out = prefilter->state_count;
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
	uint32_t root;

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
	free(building->same_slots);
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
	free((*prefilter)->tree);
	free((*prefilter)->outputs);
	free((*prefilter)->pairs);
	free((*prefilter)->filed);
	free((*prefilter)->filed_from);
	free(*prefilter);
	*prefilter = NULL;
}

static enum err output_add(struct prefilter *prefilter, uint32_t state, struct output output)
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
	if (!grow((void **)&building->listed, building->listed_count, &building->listed_room,
		sizeof(*building->listed)))
		return ERR_NO_MEMORY;
	building->listed[building->listed_count++] = (struct listed){output, *first};
	*first = building->listed_count;
	return ERR_NONE;
}

/* Leads from the root along a literal; where there is no room left, not to its end. */
static enum err literal_add(struct prefilter *prefilter, const struct literal *literal,
	uint16_t set)
{
	uint8_t length = 0, edges = literal->edges;
	uint32_t state = 0;

	while (length < literal->length && length < LITERAL_POINTS_MOST) {
		uint32_t point = literal->points[length];
		uint32_t next;
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

/* A long list that one pattern alone needs besides two other sets costs more than it saves. */
static void own_drop(struct building *building, uint16_t *number)
{
	struct set *set = *number == NO_SET ? NULL : &building->sets[*number];

	if (!set || set->patterns > 1 || set->count <= OWN_THIRD_MOST)
		return;
	set->patterns = 0;
	*number = NO_SET;
}

static void thirds_drop(struct prefilter *prefilter)
{
	struct building *building = prefilter->building;

	for (uint32_t i = 0; i < prefilter->filed_count; i++)
		for (unsigned j = 1; j < NEEDS_EACH - 1; j++)
			own_drop(building, &building->filings[i].filed.more[j]);
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

/* --- states that are the same --------------------------------------------------------------- */

static uint32_t mix(uint32_t hash, uint32_t value)
{
	return (hash ^ value) * 0x9E3779B1u;
}

/* An empty table for `count` numbers. */
static enum err same_slots_make(struct building *building, uint32_t count)
{
	uint32_t slots = SLOTS_FIRST;

	while (slots < count * 2)
		slots *= 2;
	free(building->same_slots);
	building->same_slots = calloc(slots, sizeof(*building->same_slots));
	building->same_mask = slots - 1;
	return building->same_slots ? ERR_NONE : ERR_NO_MEMORY;
}

static bool is_output(const struct output *a, const struct output *b)
{
	return a->set == b->set && a->before == b->before && a->edges == b->edges
		&& a->is_last == b->is_last;
}

/* Are the last outputs, from `made` on, those from `known` on as well? */
static bool are_outputs(const struct prefilter *prefilter, uint32_t known, uint32_t made)
{
	while (is_output(&prefilter->outputs[known], &prefilter->outputs[made])) {
		if (prefilter->outputs[made].is_last)
			return true;
		known++;
		made++;
	}
	return false;
}

/* Moves what ends in a state behind the others, by set; what stands there already is not kept
 * twice. Returns where it stands. */
static uint32_t outputs_move(struct prefilter *prefilter, uint32_t listed)
{
	struct building *building = prefilter->building;
	struct output *made = prefilter->outputs + prefilter->output_count;
	uint32_t count = 0, hash = 0, slot;

	for (uint32_t i = listed; i; i = building->listed[i - 1].next, count++) {
		struct output output = building->listed[i - 1].output;
		uint32_t at = count;

		for (; at > 0 && made[at - 1].set > output.set; at--)
			made[at] = made[at - 1];
		made[at] = output;
	}
	made[count - 1].is_last = 1;
	for (uint32_t i = 0; i < count; i++)
		hash = mix(hash, (uint32_t)made[i].set << 16 | (uint32_t)made[i].before << 8
			| made[i].edges);
	slot = (hash ^ hash >> 15) & building->same_mask;
	for (; building->same_slots[slot]; slot = (slot + 1) & building->same_mask)
		if (are_outputs(prefilter, building->same_slots[slot] - 1, prefilter->output_count))
			return building->same_slots[slot] - 1;
	building->same_slots[slot] = prefilter->output_count + 1;
	prefilter->output_count += count;
	return building->same_slots[slot] - 1;
}

static enum err outputs_make(struct prefilter *prefilter)
{
	struct building *building = prefilter->building;
	enum err err = same_slots_make(building, building->listed_count);
	struct output *trimmed;

	prefilter->outputs = calloc(building->listed_count + 1, sizeof(*prefilter->outputs));
	if (err || !prefilter->outputs)
		return ERR_NO_MEMORY;
	for (uint32_t state = 0; state < prefilter->state_count; state++) {
		uint32_t *outputs = &building->origins[state].outputs;

		if (*outputs)
			*outputs = outputs_move(prefilter, *outputs) + 1;
	}
	trimmed = realloc(prefilter->outputs,
		(prefilter->output_count + 1) * sizeof(*prefilter->outputs));
	if (trimmed)
		prefilter->outputs = trimmed;
	return ERR_NONE;
}

/* Gives each state its children, by class. */
static void children_link(struct prefilter *prefilter)
{
	struct origin *origins = prefilter->building->origins;

	for (uint32_t state = 1; state < prefilter->state_count; state++) {
		uint32_t *child = &origins[origins[state].parent].child;

		while (*child && origins[*child].class < origins[state].class)
			child = &origins[*child].brother;
		origins[state].brother = *child;
		*child = state;
	}
}

static bool leads_inside(const struct prefilter *prefilter, const struct origin *state)
{
	const struct origin *origins = prefilter->building->origins;
	const struct output *output = prefilter->outputs + state->outputs - 1;

	if (state->outputs && !(output->edges & EDGE_LEFT))
		return true;
	while (state->outputs && !output->is_last)
		if (!((++output)->edges & EDGE_LEFT))
			return true;
	for (uint32_t child = state->child; child; child = origins[child].brother)
		if (origins[child].inside)
			return true;
	return false;
}

/* Is the same found from both? Their children have been compared before. */
static bool is_same(const struct origin *origins, const struct origin *a, const struct origin *b)
{
	uint32_t one = a->child, other = b->child;

	if (a->outputs != b->outputs)
		return false;
	for (; one && other; one = origins[one].brother, other = origins[other].brother)
		if (origins[one].same != origins[other].same
		    || origins[one].class != origins[other].class)
			return false;
	return one == other;
}

static enum err states_merge(struct prefilter *prefilter)
{
	struct building *building = prefilter->building;
	struct origin *origins = building->origins;

	children_link(prefilter);
	if (same_slots_make(building, prefilter->state_count))
		return ERR_NO_MEMORY;
	/* Children have higher numbers. */
	for (uint32_t state = prefilter->state_count; state-- > 0;) {
		uint32_t hash = mix(1, origins[state].outputs), slot;

		for (uint32_t child = origins[state].child; child; child = origins[child].brother)
			hash = mix(hash, key_of(origins[child].same, origins[child].class));
		slot = (hash ^ hash >> 15) & building->same_mask;
		while (building->same_slots[slot] && !is_same(origins, &origins[state],
			&origins[building->same_slots[slot] - 1]))
			slot = (slot + 1) & building->same_mask;
		if (!building->same_slots[slot])
			building->same_slots[slot] = state + 1;
		origins[state].same = building->same_slots[slot] - 1;
		origins[state].inside = leads_inside(prefilter, &origins[state]);
	}
	return ERR_NONE;
}

/* --- writing the tree ------------------------------------------------------------------------ */

static bool tree_reserve(struct prefilter *prefilter)
{
	uint32_t need = prefilter->tree_bytes + NODE_BYTES_MOST + CHILDREN_READ;
	uint8_t *grown;

	if (need <= prefilter->tree_room)
		return true;
	grown = realloc(prefilter->tree, need * 2);
	if (!grown)
		return false;
	prefilter->tree = grown;
	prefilter->tree_room = need * 2;
	return true;
}

static void put_byte(struct prefilter *prefilter, uint32_t byte)
{
	prefilter->tree[prefilter->tree_bytes++] = (uint8_t)byte;
}

static void put_place(struct prefilter *prefilter, uint32_t place)
{
	for (unsigned i = 0; i < PLACE_BYTES; i++)
		put_byte(prefilter, place >> 8 * i);
}

/* What stands for the last child of a state, if it is not written yet; 0. */
static uint32_t last_unwritten(const struct origin *origins, uint32_t state)
{
	uint32_t child = origins[state].child;

	while (child && origins[child].brother)
		child = origins[child].brother;
	return child && !origins[origins[child].same].place ? origins[child].same : 0;
}

/* All children but the one that follows are written. */
static bool node_put(struct prefilter *prefilter, uint32_t state, uint32_t follows)
{
	struct origin *origins = prefilter->building->origins;
	uint32_t children = 0;

	if (!tree_reserve(prefilter))
		return false;
	for (uint32_t child = origins[state].child; child; child = origins[child].brother)
		children++;
	origins[state].place = prefilter->tree_bytes;
	put_byte(prefilter, (origins[state].inside ? NODE_INSIDE : 0u)
		| (origins[state].outputs ? NODE_OUTPUTS : 0u) | (follows ? NODE_FOLLOWS : 0u)
		| (children < NODE_LETTERS ? children : NODE_LETTERS));
	if (children >= NODE_LETTERS)
		put_byte(prefilter, children);
	if (origins[state].outputs)
		put_place(prefilter, origins[state].outputs - 1);
	for (uint32_t child = origins[state].child; child; child = origins[child].brother)
		put_byte(prefilter, origins[child].class);
	for (uint32_t child = origins[state].child; child; child = origins[child].brother)
		if (origins[child].brother || !follows)
			put_place(prefilter, origins[origins[child].same].place);
	return true;
}

/* Writes a state and all that it leads to, each with its last child right behind it, if that does
 * not stand elsewhere already; so the others go first. As deep as a literal is long. */
static bool node_write(struct prefilter *prefilter, uint32_t state)
{
	const struct origin *origins = prefilter->building->origins;
	uint32_t last = state;

	if (origins[state].place)
		return true;
	for (; last; last = last_unwritten(origins, last))
		for (uint32_t child = origins[last].child; child && origins[child].brother;
			child = origins[child].brother)
			if (!node_write(prefilter, origins[child].same))
				return false;
	for (last = state; last; last = state) {
		state = last_unwritten(origins, last);
		if (!node_put(prefilter, last, state))
			return false;
	}
	return true;
}

static enum err tree_make(struct prefilter *prefilter)
{
	const struct origin *origins = prefilter->building->origins;
	size_t classes = prefilter->class_count;
	uint8_t *trimmed;

	prefilter->pairs = calloc(classes * classes, sizeof(*prefilter->pairs));
	if (!prefilter->pairs || !tree_reserve(prefilter))
		return ERR_NO_MEMORY;
	put_byte(prefilter, 0);
	for (uint32_t one = origins[0].child; one; one = origins[one].brother)
		for (uint32_t two = origins[one].child; two; two = origins[two].brother) {
			if (!node_write(prefilter, origins[two].same))
				return ERR_NO_MEMORY;
			prefilter->pairs[origins[one].class * classes + origins[two].class] =
				origins[origins[two].same].place;
		}
	/* Classes are read several at once. */
	memset(prefilter->tree + prefilter->tree_bytes, 0, CHILDREN_READ);
	trimmed = realloc(prefilter->tree, prefilter->tree_bytes + CHILDREN_READ);
	if (trimmed)
		prefilter->tree = trimmed;
	for (uint32_t point = 0; point < POINTS_KNOWN; point++)
		if (literals_is_letter(point))
			prefilter->classes[point] |= CLASS_LETTER;
	return ERR_NONE;
}

/* --- the patterns of each set ---------------------------------------------------------------- */

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

static enum err lists_make(struct prefilter *prefilter)
{
	prefilter->filed = calloc(prefilter->filed_count + 1, sizeof(*prefilter->filed));
	prefilter->filed_from = calloc(prefilter->set_count + 1, sizeof(*prefilter->filed_from));
	return prefilter->filed && prefilter->filed_from ? ERR_NONE : ERR_NO_MEMORY;
}

enum err prefilter_finish(struct prefilter *prefilter)
{
	enum err err;

	thirds_drop(prefilter);
	err = literals_add(prefilter);
	if (!err)
		err = lists_make(prefilter);
	if (!err)
		err = outputs_make(prefilter);
	if (!err)
		err = states_merge(prefilter);
	if (!err)
		err = tree_make(prefilter);
	if (!err) {
		filed_make(prefilter);
		building_free(prefilter);
	}
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

static unsigned shift_for(uint32_t count)
{
	unsigned shift = 0;

	while (count >> shift >= BLOCKS)
		shift++;
	return shift;
}

/* The bits of the blocks from one place to another. */
static uint64_t blocks_of(uint32_t first, uint32_t last, unsigned shift)
{
	return UINT64_MAX << (first >> shift) & UINT64_MAX >> (BLOCKS - 1 - (last >> shift));
}

/* The blocks, and as many more before each as hold so many points. */
static uint64_t blocks_before(uint64_t blocks, uint8_t before, unsigned shift)
{
	unsigned left = before == BEFORE_ANY ? BLOCKS - 1 : (before + (1u << shift) - 1) >> shift;

	for (unsigned wide = 1; left; wide *= 2) {
		unsigned step = left < wide ? left : wide;

		if (step >= BLOCKS)
			break;
		blocks |= blocks >> step;
		left -= step;
	}
	return blocks;
}

static void note_output(const struct output *output, uint32_t start,
	struct prefilter_scratch *scratch)
{
	uint64_t *word = &scratch->met[output->set / 64], bit = UINT64_C(1) << output->set % 64;
	struct starts *known = &scratch->places[output->set];
	uint32_t first = output->before == BEFORE_ANY || output->before > start ? 0
		: start - output->before;

	if (!(*word & bit))
		*known = (struct starts){0, first, start};
	*word |= bit;
	known->blocks |= blocks_of(first, start, scratch->shift);
	if (first < known->first)
		known->first = first;
	/* The text is read forwards. */
	known->last = start;
}

static uint32_t place_at(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16;
}

/* Where among `count` classes this one stands; `count` if nowhere. Looks at eight at once: the
 * lowest byte that is the class, and no lower one, gets its highest bit. */
static uint32_t class_find(const uint8_t *classes, uint32_t count, uint8_t class)
{
	const uint64_t lowest = UINT64_C(0x0101010101010101), highest = lowest << 7;

	for (uint32_t at = 0; at < count; at += CHILDREN_READ) {
		uint64_t eight, found;

		memcpy(&eight, classes + at, sizeof(eight));
		eight = le64toh(eight) ^ lowest * class;
		found = (eight - lowest) & ~eight & highest;
		if (!found)
			continue;
		at += (uint32_t)__builtin_ctzll(found) / CHILDREN_READ;
		return at < count ? at : count;
	}
	return count;
}

/* The literals of a state that stand at `start`. */
static void note_outputs(const struct output *output, uint32_t start, uint8_t forbidden,
	struct prefilter_scratch *scratch)
{
	for (;; output++) {
		if (!(output->edges & forbidden))
			note_output(output, start, scratch);
		if (output->is_last)
			return;
	}
}

/* Goes on from the state at `place`, which two points led to. */
static void note_literals(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
	uint32_t start, uint32_t place, bool inside)
{
	const uint16_t *next = scratch->classes + start + LITERAL_POINTS_LEAST;
	const uint8_t *tree = prefilter->tree, *node = tree + place;

	for (;; next++) {
		const uint8_t *at = node + 1;
		uint32_t count = *node & NODE_LETTERS, child;

		if (inside && !(*node & NODE_INSIDE))
			return;
		if (count == NODE_LETTERS)
			count = *at++;
		if (*node & NODE_OUTPUTS) {
			note_outputs(prefilter->outputs + place_at(at), start,
				(uint8_t)((inside ? EDGE_LEFT : 0)
					| (*next & CLASS_LETTER ? EDGE_RIGHT : 0)), scratch);
			at += PLACE_BYTES;
		}
		/* No child has class 0. */
		child = class_find(at, count, (uint8_t)*next);
		if (child == count)
			return;
		at += count + (size_t)child * PLACE_BYTES;
		node = *node & NODE_FOLLOWS && child + 1 == count ? at : tree + place_at(at);
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
		uint32_t place = prefilter->pairs[(uint8_t)classes[at] * prefilter->class_count
			+ (uint8_t)classes[at + 1]];

		if (place)
			note_literals(prefilter, scratch, at, place, inside);
		inside = classes[at] & CLASS_LETTER;
	}
}

static struct starts place_before(const struct prefilter_scratch *scratch, uint16_t set,
	uint8_t before)
{
	struct starts place = scratch->places[set];

	place.first = before == BEFORE_ANY || before > place.first ? 0 : place.first - before;
	place.blocks = blocks_before(place.blocks, before, scratch->shift);
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
		place.blocks &= other.blocks;
		if (place.first > place.last || !place.blocks)
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
	scratch->shift = shift_for(count);
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

bool prefilter_window(const struct starts *starts, uint32_t count, uint32_t from, uint32_t *first,
	uint32_t *last)
{
	unsigned shift = shift_for(count), block, blocks = 0;
	uint64_t rest;

	if (from < starts->first)
		from = starts->first;
	if (from > starts->last)
		return false;
	rest = starts->blocks & UINT64_MAX << (from >> shift);
	if (!rest)
		return false;
	block = (unsigned)__builtin_ctzll(rest);
	while (block + blocks < BLOCKS && rest >> (block + blocks) & 1)
		blocks++;
	*first = from > (uint32_t)block << shift ? from : (uint32_t)block << shift;
	*last = ((uint32_t)(block + blocks) << shift) - 1;
	if (*last > starts->last)
		*last = starts->last;
	return *first <= starts->last;
}
