/* prefilter.c: Aho-Corasick over code points. While it is built, steps lie in a hash table; then
 * the states are numbered level by level, so that a state's children stand side by side and most
 * have one or none: a twentieth of a dense table, small enough for a cache. Letters that stand in
 * no literal lead to the root; so does whatever lies above the scripts of our rules. */
#include "filters/prefilter.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	POINTS_KNOWN = 0x700, /* Latin, Greek, Cyrillic, Hebrew, Arabic; literals end before others */
	STATES_MOST = 60000,
	SETS_MOST = 60000,
	CLASSES_MOST = 256,
	OWN_SECOND_MOST = 24,
	SLOTS_FIRST = 1024,
	NO_SET = UINT16_MAX
};

/* One literal of a set. */
struct output {
	uint16_t set;
	uint8_t length, before;
};

/* The outputs of a state lie side by side, and behind them those of the next group. */
struct group {
	uint32_t outputs; /* the first */
	uint16_t below;   /* the next group on the way of failures; 0: none */
};

/* A pattern, filed under the better one of its sets. */
struct filed {
	uint16_t pattern, second; /* NO_SET: it needs one only */
	uint8_t before, before_second; /* code points before the literals, more than the set says */
	uint8_t views;
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
	uint32_t state_count, output_count, group_count, filed_count, set_count;
	/* Of each state: where it goes when it fails; the nearest group on that way, its own included;
	 * its children are first[state] up to first[state + 1]; by which class it is come to. */
	uint16_t *fail, *hit, *first;
	uint8_t *class_of;
	struct output *outputs;
	struct group *groups; /* from 1 on; one more says where the last one ends */
	uint16_t *near;       /* of the states next to the root, which have many children: all steps */
	uint32_t near_count;
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

/* Makes room for one more. */
static bool grow(void **list, uint32_t count, uint32_t *room, size_t each)
{
	uint32_t wanted = *room ? *room * 2 : 256;
	void *grown;

	if (count < *room)
		return true;
	grown = realloc(*list, wanted * each);
	if (!grown)
		return false;
	*list = grown;
	*room = wanted;
	return true;
}

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
		if (parent == 0)
			prefilter->from_root[class] = *out;
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
	free((*prefilter)->fail);
	free((*prefilter)->hit);
	free((*prefilter)->first);
	free((*prefilter)->class_of);
	free((*prefilter)->outputs);
	free((*prefilter)->groups);
	free((*prefilter)->near);
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
	uint16_t state = 0;
	uint8_t length = 0;

	while (length < literal->length && length < LITERAL_POINTS_MOST) {
		uint32_t point = literal->points[length];
		uint16_t next;

		if (point >= POINTS_KNOWN)
			return ERR_BAD_PARAMS;
		if (!prefilter->classes[point]) {
			if (prefilter->class_count == CLASSES_MOST)
				return ERR_TOO_LARGE;
			prefilter->classes[point] = (uint8_t)prefilter->class_count++;
		}
		next = step_from(prefilter, state, prefilter->classes[point]);
		if (!next && prefilter->state_count == STATES_MOST)
			break;
		if (!next) {
			enum err err = state_add(prefilter, state, prefilter->classes[point], &next);

			if (err)
				return err;
		}
		state = next;
		length++;
	}
	return length ? output_add(prefilter, state, (struct output){set, length, literal->before})
		      : ERR_TOO_LARGE;
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
		hash = (hash ^ set->list[i].before) * 0x9E3779B1u;
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

		if (a->length != b->length || a->before != b->before
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
	struct filing filing = {.filed = {.pattern = (uint16_t)pattern, .second = NO_SET,
		.views = views}};
	struct literals set = needs->sets[0];
	enum err err;

	if (pattern > UINT16_MAX || prefilter->filed_count == UINT16_MAX)
		return ERR_TOO_LARGE;
	filing.filed.before = set_rebase(&set);
	err = set_add(prefilter, &set, &filing.set);
	if (!err && needs->sets[1].count) {
		set = needs->sets[1];
		filing.filed.before_second = set_rebase(&set);
		err = set_add(prefilter, &set, &filing.filed.second);
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
static void seconds_drop(struct prefilter *prefilter)
{
	struct building *building = prefilter->building;

	for (uint32_t i = 0; i < prefilter->filed_count; i++) {
		struct filed *filed = &building->filings[i].filed;
		struct set *second = filed->second == NO_SET ? NULL : &building->sets[filed->second];

		if (!second || second->patterns > 1 || second->count <= OWN_SECOND_MOST)
			continue;
		second->patterns = 0;
		filed->second = NO_SET;
	}
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

static uint16_t child_of(const struct prefilter *prefilter, uint16_t state, uint8_t class)
{
	for (uint16_t child = prefilter->first[state]; child < prefilter->first[state + 1]; child++)
		if (prefilter->class_of[child] == class)
			return child;
	return 0;
}

/* Where `class` leads from `state`, failing as often as need be. */
static uint16_t state_after(const struct prefilter *prefilter, uint16_t state, uint8_t class)
{
	while (state > prefilter->near_count) {
		uint16_t next = child_of(prefilter, state, class);

		if (next)
			return next;
		state = prefilter->fail[state];
	}
	return state ? prefilter->near[(uint32_t)state * prefilter->class_count + class]
		     : prefilter->from_root[class];
}

static void states_move(struct prefilter *prefilter, const uint16_t *numbers,
	const uint16_t *order)
{
	const struct origin *origins = prefilter->building->origins;
	uint32_t children = 1;

	for (uint32_t i = 0; i < prefilter->state_count; i++) {
		prefilter->class_of[i] = origins[order[i]].class;
		prefilter->near_count += origins[order[i]].depth == 1;
		prefilter->first[i] = (uint16_t)children;
		while (children < prefilter->state_count
		       && origins[order[children]].parent == order[i])
			children++;
	}
	prefilter->first[prefilter->state_count] = (uint16_t)children;
	for (unsigned class = 1; class < prefilter->class_count; class++)
		prefilter->from_root[class] = numbers[prefilter->from_root[class]];
}

static enum err near_make(struct prefilter *prefilter)
{
	unsigned classes = prefilter->class_count;

	prefilter->near = calloc((size_t)(prefilter->near_count + 1) * classes,
		sizeof(*prefilter->near));
	if (!prefilter->near)
		return ERR_NO_MEMORY;
	for (uint16_t state = 1; state <= prefilter->near_count; state++)
		for (unsigned class = 1; class < classes; class++) {
			uint16_t child = child_of(prefilter, state, (uint8_t)class);

			prefilter->near[state * classes + class] = child ? child
				: prefilter->from_root[class];
		}
	return ERR_NONE;
}

/* Level by level: a state's failure lies nearer to the root, hence is complete already. */
static void link_failures(struct prefilter *prefilter)
{
	for (uint32_t state = 0; state < prefilter->state_count; state++)
		for (uint16_t child = prefilter->first[state]; child < prefilter->first[state + 1];
			child++)
			prefilter->fail[child] = state == 0 ? 0
				: state_after(prefilter, prefilter->fail[state],
					prefilter->class_of[child]);
}

static void groups_make(struct prefilter *prefilter, const uint16_t *order)
{
	const struct building *building = prefilter->building;
	uint32_t made = 0;
	uint16_t group = 0;

	for (uint32_t state = 1; state < prefilter->state_count; state++) {
		uint32_t at = building->origins[order[state]].outputs;

		prefilter->hit[state] = prefilter->hit[prefilter->fail[state]];
		if (!at)
			continue;
		prefilter->groups[++group] = (struct group){made, prefilter->hit[state]};
		prefilter->hit[state] = group;
		for (; at; at = building->listed[at - 1].next)
			prefilter->outputs[made++] = building->listed[at - 1].output;
	}
	prefilter->groups[group + 1].outputs = made;
	prefilter->group_count = group;
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

	prefilter->fail = calloc(states, sizeof(*prefilter->fail));
	prefilter->hit = calloc(states, sizeof(*prefilter->hit));
	prefilter->first = calloc(states + 1, sizeof(*prefilter->first));
	prefilter->class_of = calloc(states, sizeof(*prefilter->class_of));
	prefilter->outputs = calloc(prefilter->output_count + 1, sizeof(*prefilter->outputs));
	prefilter->groups = calloc(groups_count(prefilter) + 2, sizeof(*prefilter->groups));
	prefilter->filed = calloc(prefilter->filed_count + 1, sizeof(*prefilter->filed));
	prefilter->filed_from = calloc(prefilter->set_count + 1, sizeof(*prefilter->filed_from));
	return prefilter->fail && prefilter->hit && prefilter->first && prefilter->class_of
		&& prefilter->outputs && prefilter->groups && prefilter->filed
		&& prefilter->filed_from ? ERR_NONE : ERR_NO_MEMORY;
}

enum err prefilter_finish(struct prefilter *prefilter)
{
	uint16_t *numbers = NULL, *order = NULL;
	enum err err;

	seconds_drop(prefilter);
	err = literals_add(prefilter);
	if (!err)
		err = lists_make(prefilter);
	if (!err) {
		numbers = calloc(prefilter->state_count, sizeof(*numbers));
		order = calloc(prefilter->state_count, sizeof(*order));
		err = numbers && order ? ERR_NONE : ERR_NO_MEMORY;
	}
	if (!err) {
		number_anew(prefilter, numbers, order);
		states_move(prefilter, numbers, order);
		err = near_make(prefilter);
	}
	if (!err) {
		link_failures(prefilter);
		groups_make(prefilter, order);
		filed_make(prefilter);
		building_free(prefilter);
	}
	free(numbers);
	free(order);
	return err;
}

/* --- scanning ------------------------------------------------------------------------------- */

void prefilter_scratch_fini(struct prefilter_scratch *scratch)
{
	free(scratch->met);
	free(scratch->places);
	*scratch = (struct prefilter_scratch){0};
}

static enum err scratch_reserve(struct prefilter_scratch *scratch, uint32_t sets)
{
	struct prefilter_scratch grown = {.room = sets};

	if (scratch->met && sets <= scratch->room)
		return ERR_NONE;
	grown.met = calloc(sets / 64 + 1, sizeof(*grown.met));
	grown.places = calloc(sets + 1, sizeof(*grown.places));
	if (!grown.met || !grown.places) {
		prefilter_scratch_fini(&grown);
		return ERR_NO_MEMORY;
	}
	prefilter_scratch_fini(scratch);
	*scratch = grown;
	return ERR_NONE;
}

/* `end`: how many code points are read. */
static void note_output(const struct output *output, uint32_t end,
	struct prefilter_scratch *scratch)
{
	uint64_t *word = &scratch->met[output->set / 64], bit = UINT64_C(1) << output->set % 64;
	struct starts *known = &scratch->places[output->set];
	uint32_t last = end - output->length;
	uint32_t first = output->before == BEFORE_ANY || output->before > last ? 0
		: last - output->before;

	if (!(*word & bit))
		*known = (struct starts){first, last};
	*word |= bit;
	if (first < known->first)
		known->first = first;
	/* The text is read forwards, but a literal that ends later may be a longer one. */
	if (last > known->last)
		known->last = last;
}

static void note_group(const struct prefilter *prefilter, uint16_t group, uint32_t end,
	struct prefilter_scratch *scratch)
{
	for (; group; group = prefilter->groups[group].below)
		for (uint32_t i = prefilter->groups[group].outputs;
			i < prefilter->groups[group + 1].outputs; i++)
			note_output(&prefilter->outputs[i], end, scratch);
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

	if (filed->second != NO_SET) {
		struct starts second;

		if (!(scratch->met[filed->second / 64] >> filed->second % 64 & 1))
			return;
		/* A match starts where both of its literals allow it. */
		second = place_before(scratch, filed->second, filed->before_second);
		if (place.first < second.first)
			place.first = second.first;
		if (place.last > second.last)
			place.last = second.last;
		if (place.first > place.last)
			return;
	}
	bits[filed->pattern / 64] |= UINT64_C(1) << filed->pattern % 64;
	starts[filed->pattern] = place;
}

enum err prefilter_scan(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
	uint8_t view, const uint32_t *points, uint32_t count, uint64_t *bits, struct starts *starts)
{
	enum err err = scratch_reserve(scratch, prefilter->set_count);
	uint32_t words = prefilter->set_count / 64 + 1;
	uint16_t state = 0;

	if (err)
		return err;
	memset(scratch->met, 0, words * sizeof(*scratch->met));
	for (uint32_t i = 0; i < count; i++) {
		uint8_t class = points[i] < POINTS_KNOWN ? prefilter->classes[points[i]] : 0;

		state = class ? state_after(prefilter, state, class) : 0;
		if (prefilter->hit[state])
			note_group(prefilter, prefilter->hit[state], i + 1, scratch);
	}
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
