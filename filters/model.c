/* model.c: hashed pieces of words, summed up in whole numbers. Loaded by one thread, then read by
 * all; the same on every machine. */
#include "filters/model.h"

#include "filters/filter.h"
#include "filters/fixed.h"
#include "filters/parts.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
	GRAM_LEAST = 2,
	GRAM_MOST = 5,
	WORD_POINTS_MOST = 40, /* of a longer word the rest is left out */
	WORD_ROOM = WORD_POINTS_MOST + 2,
	LEAST_GRAMS = 3,
	LOGIT_MOST = 30000,
	NOTE_MOST = 4, /* a finding in full counts like so many pieces */
	PLACE_FROM = 250, /* below this no policy asks for the words */
	TALLY_MOST = 2 * MODEL_GRAMS_MOST /* pieces of a text; of a longer one the rest is left out */
};

/* Where pieces of one kind begin, so that a word and a piece of the same letters are two things. */
enum { SEED_PIECE = 0x1d872b41, SEED_WORD = 0x6a09e667, SEED_PAIR = 0x3c6ef372,
	SEED_NOTE = 0x2f3a9d61 };

struct model {
	enum glyph_script script;
	unsigned heads;
	struct model_head {
		unsigned symbol;
		int32_t scale, offset;
	} head[MODEL_HEADS_MOST];
	int8_t *tables; /* head by head, slot by slot, view by view */
};

/* --- loading -------------------------------------------------------------------------------- */

static uint32_t number_at(const unsigned char *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static bool script_read(char letter, enum glyph_script *out)
{
	*out = letter == 'H' ? SCRIPT_HEBREW : letter == 'A' ? SCRIPT_ARABIC : SCRIPT_LATIN;
	return letter == 'H' || letter == 'A' || letter == 'L';
}

static size_t bytes_expected(unsigned heads)
{
	return MODEL_HEADER_BYTES + heads * ((size_t)MODEL_HEAD_BYTES + MODEL_SLOTS * MODEL_VIEWS)
		+ MODEL_SUM_BYTES;
}

/* NULL if the file is whole and of a kind known here. */
static const char *file_check(const struct source *source)
{
	const unsigned char *data = (const unsigned char *)source->data;
	unsigned char sum[MODEL_SUM_BYTES];
	enum glyph_script script;

	if (source->bytes < MODEL_HEADER_BYTES
	    || memcmp(data, MODEL_MAGIC, strlen(MODEL_MAGIC)) != 0)
		return "is no model of a kind this program knows";
	if (!script_read((char)data[8], &script) || data[9] < 1 || data[9] > MODEL_HEADS_MOST
	    || number_at(data + 12) != 0 || data[10] != 0 || data[11] != 0)
		return "is no model of a kind this program knows";
	if (source->bytes != bytes_expected(data[9]))
		return "is cut short, or something was added to it";
	crypto_generichash(sum, sizeof(sum), data, source->bytes - sizeof(sum), NULL, 0);
	if (memcmp(sum, data + source->bytes - sizeof(sum), sizeof(sum)) != 0)
		return "has been damaged: its contents do not match its checksum";
	return NULL;
}

/* A file has one view behind the other. Here what both say of a slot lies side by side: most words
 * are the same in both, and a slot is fetched once. */
static void tables_read(const unsigned char *from, unsigned heads, int8_t *out)
{
	for (unsigned head = 0; head < heads; head++, from += MODEL_SLOTS * MODEL_VIEWS)
		for (size_t slot = 0; slot < MODEL_SLOTS; slot++)
			for (size_t view = 0; view < MODEL_VIEWS; view++)
				*out++ = (int8_t)from[view * MODEL_SLOTS + slot];
}

/* What a head's table says of a piece (struct gram has one view behind the other as well). */
static int8_t weight_of(const int8_t *table, uint32_t slot)
{
	return table[slot % MODEL_SLOTS * MODEL_VIEWS + slot / MODEL_SLOTS];
}

static const int8_t *table_of(const struct model *model, unsigned head)
{
	return model->tables + (size_t)head * MODEL_SLOTS * MODEL_VIEWS;
}

static enum err head_read(const struct symbols *symbols, const struct source *source,
	const unsigned char *at, struct model_head *out, struct why *why)
{
	size_t bytes = strnlen((const char *)at, MODEL_NAME);

	if (!symbols_find(symbols, (struct piece){(const char *)at, bytes}, &out->symbol)) {
		why_set(why, "%s: symbols.conf has no symbol \"%.*s\", which this model finds.",
			source->name, (int)bytes, (const char *)at);
		return ERR_BAD_PARAMS;
	}
	if (symbols->list[out->symbol].may_reject) {
		why_set(why, "%s: what a model finds must not reject: take \"may_reject\" from %s.",
			source->name, symbols->list[out->symbol].name);
		return ERR_BAD_PARAMS;
	}
	out->scale = (int32_t)number_at(at + MODEL_NAME);
	out->offset = (int32_t)number_at(at + MODEL_NAME + 4);
	return ERR_NONE;
}

enum err model_load(const struct symbols *symbols, struct source *source, struct model **out,
	struct why *why)
{
	const unsigned char *data = (const unsigned char *)source->data;
	const char *wrong = file_check(source);
	struct model *model = NULL;
	size_t table_bytes;
	enum err err = ERR_NONE;

	*out = NULL;
	if (wrong) {
		why_set(why, "%s %s; put the shipped file back or make it anew (filters/train).",
			source->name, wrong);
		return ERR_BAD_PARAMS;
	}
	model = calloc(1, sizeof(*model));
	table_bytes = (size_t)data[9] * MODEL_SLOTS * MODEL_VIEWS;
	if (model)
		model->tables = malloc(table_bytes);
	if (!model || !model->tables) {
		model_free(&model);
		return ERR_NO_MEMORY;
	}
	(void)script_read((char)data[8], &model->script);
	model->heads = data[9];
	for (unsigned i = 0; !err && i < model->heads; i++)
		err = head_read(symbols, source,
			data + MODEL_HEADER_BYTES + (size_t)i * MODEL_HEAD_BYTES, &model->head[i], why);
	tables_read(data + MODEL_HEADER_BYTES + (size_t)model->heads * MODEL_HEAD_BYTES,
		model->heads, model->tables);
	if (err)
		model_free(&model);
	*out = model;
	return err;
}

void model_free(struct model **model)
{
	if (*model)
		free((*model)->tables);
	free(*model);
	*model = NULL;
}

enum glyph_script model_script(const struct model *model)
{
	return model->script;
}

unsigned model_heads(const struct model *model)
{
	return model->heads;
}

/* --- the pieces of a text ------------------------------------------------------------------- */

void grams_fini(struct grams *grams)
{
	free(grams->list);
	free(grams->parts);
	*grams = (struct grams){0};
}

static uint32_t hash_step(uint32_t hash, uint32_t point)
{
	return (hash ^ point) * 0x9E3779B1u;
}

/* The upper half depends on every point. */
static uint32_t slot_of(uint32_t hash)
{
	return (hash ^ hash << 13) >> 16;
}

static uint32_t words_read(const struct view *view)
{
	return view->word_count < MODEL_WORDS_MOST ? view->word_count : MODEL_WORDS_MOST;
}

/* For how many words more, from `word` on, somebody else's words or a denial may be meant. */
struct turning {
	uint32_t word, reported, denied;
};

struct reading {
	struct grams *grams;
	const struct text *text;
	const struct view *view;
	enum glyph_script script;
	const uint32_t *marks;
	uint32_t base; /* where the slots of this view begin */
	bool weighed;  /* the word being read */
	struct turning turning;
};

static void gram_add(struct reading *reading, uint32_t hash, uint32_t word)
{
	struct grams *grams = reading->grams;

	if (grams->count < grams->room)
		grams->list[grams->count++] = (struct gram){.slot = reading->base + slot_of(hash),
			.word = word & 0x7fffffffu, .weighed = reading->weighed};
}

/* The letters of a word, a space on either side; and the hash of the whole. */
static uint32_t word_write(const struct view *view, uint32_t number, uint32_t points[WORD_ROOM],
	uint32_t *whole)
{
	const struct word *word = &view->words[number];
	uint32_t count = 0;

	*whole = (uint32_t)SEED_WORD;
	points[count++] = ' ';
	for (uint32_t at = word->start; at < word->end && count <= WORD_POINTS_MOST; at++) {
		points[count++] = view->points[at];
		*whole = hash_step(*whole, view->points[at]);
	}
	points[count++] = ' ';
	return count;
}

/* Returns the word's hash. */
static uint32_t word_read(struct reading *reading, uint32_t number)
{
	uint32_t points[WORD_ROOM], whole;
	uint32_t count = word_write(reading->view, number, points, &whole);

	for (uint32_t from = 0; from + GRAM_LEAST <= count; from++) {
		uint32_t hash = hash_step((uint32_t)SEED_PIECE, points[from]);

		for (uint32_t n = 1; n < GRAM_MOST && from + n < count; n++) {
			hash = hash_step(hash, points[from + n]);
			gram_add(reading, hash, number);
		}
	}
	gram_add(reading, whole, number);
	return whole;
}

/* A name behind @, or a piece of an address: says nothing of how somebody speaks. */
static bool is_name(const struct view *view, const struct word *word)
{
	return word->start > 0 && view->points[word->start - 1] == '@';
}

/* What people have decided about: that it is uncivil, or only looks so. */
#define DECIDED (WORD_WEIGHED | MARK_BIT(ORDINARY))
enum { DENIED_MOST = 2, REPORTED_MOST = 8 };

/* Goes on to a word, mostly the next one, and keeps what reaches so far within its sentence. */
static void turning_go_on(struct turning *turning, const struct reading *reading, uint32_t word)
{
	const struct word *words = reading->text->folded.words;

	/* What is further back does not reach so far. */
	if (word < turning->word || word - turning->word > REPORTED_MOST)
		*turning = (struct turning){word > REPORTED_MOST ? word - REPORTED_MOST : 0, 0, 0};
	for (; turning->word < word; turning->word++) {
		uint32_t marks = reading->marks[turning->word];

		if (marks & MARK_BIT(REPORT))
			turning->reported = REPORTED_MOST + 1;
		if (marks & MARK_BIT(NEGATION))
			turning->denied = DENIED_MOST + 1;
		turning->reported -= turning->reported > 0;
		turning->denied -= turning->denied > 0;
		if (words[turning->word + 1].flags & WORD_AFTER_BREAK)
			turning->reported = turning->denied = 0;
	}
}

/* Behind "not", or behind "he called me": words that the model must not be sure by. */
static bool is_turned(struct reading *reading, uint32_t word)
{
	turning_go_on(&reading->turning, reading, word);
	return reading->turning.reported || reading->turning.denied;
}

/* `folded`: the number of the word in the folded view, whose marks it has; UINT32_MAX: it has to be
 * looked for. */
static bool is_wanted(struct reading *reading, uint32_t number, uint32_t folded)
{
	const struct text *text = reading->text;
	const struct word *word = &reading->view->words[number];
	struct span span = {0, 0};
	uint32_t marks, last;

	reading->weighed = false;
	if (word->script != (uint8_t)reading->script || is_name(reading->view, word))
		return false;
	if (text->quote_count || folded == UINT32_MAX)
		span = text_span(text, reading->view, word->start, word->end);
	if (reading->marks && (folded != UINT32_MAX
		|| filter_words_at(text, span, &folded, &last))) {
		marks = reading->marks[folded];
		reading->weighed = marks & DECIDED || is_turned(reading, folded);
		if (marks & WORD_EXCUSED)
			return false;
	}
	return !text->quote_count || !text_is_quoted(text, span);
}

static void view_read(struct reading *reading)
{
	const struct view *view = reading->view;
	uint32_t most = words_read(view), before = 0;

	for (uint32_t i = 0; i < most; i++) {
		uint32_t hash;

		if (!is_wanted(reading, i, view == &reading->text->folded ? i : UINT32_MAX)) {
			before = 0;
			continue;
		}
		if (view->words[i].flags & WORD_AFTER_BREAK)
			before = 0;
		hash = word_read(reading, i);
		if (before)
			gram_add(reading, hash_step(before ^ (uint32_t)SEED_PAIR, hash), i);
		before = hash;
	}
}

/* At most four pieces begin at each letter and at the space before each word, and a word has two
 * more; a word has a letter at least. */
static uint32_t grams_expected(const struct view *view)
{
	uint64_t most = (uint64_t)view->count * 4 + (uint64_t)view->word_count * 6;

	return most < MODEL_GRAMS_MOST ? (uint32_t)most : MODEL_GRAMS_MOST;
}

static enum err grams_reserve(struct grams *grams, uint32_t room, uint32_t words)
{
	if (room > grams->room) {
		struct gram *grown = realloc(grams->list, room * sizeof(*grown));

		if (!grown)
			return ERR_NO_MEMORY;
		grams->list = grown;
		grams->room = room;
	}
	if (words > grams->part_room) {
		int32_t *grown = realloc(grams->parts, words * sizeof(*grown));

		if (!grown)
			return ERR_NO_MEMORY;
		grams->parts = grown;
		grams->part_room = words;
	}
	return ERR_NONE;
}

enum err grams_read(struct grams *grams, const struct text *text, enum glyph_script script,
	const uint32_t *marks)
{
	struct reading reading = {.grams = grams, .text = text, .script = script, .marks = marks};
	enum err err;

	grams->count = grams->folded_count = 0;
	if (!(text->scripts & 1u << script))
		return ERR_NONE;
	err = grams_reserve(grams, grams_expected(&text->folded) + grams_expected(&text->squashed)
		+ FINDINGS_MOST * NOTE_MOST, text->folded.word_count);
	if (err)
		return err;
	reading.view = &text->folded;
	view_read(&reading);
	grams->folded_count = grams->count;
	reading.view = &text->squashed;
	reading.base = MODEL_SLOTS;
	view_read(&reading);
	grams->weighed_count = 0;
	for (uint32_t i = 0; i < grams->count; i++)
		grams->weighed_count += grams->list[i].weighed;
	return ERR_NONE;
}

/* How many pieces a finding counts like. */
static unsigned notes_of(const struct ruleset *ruleset, const struct finding *finding)
{
	return ruleset->symbols.list[finding->symbol_number].weight
		? finding->score * NOTE_MOST / SCORE_MOST : 0;
}

static uint32_t note_slot(const struct finding *finding)
{
	uint32_t hash = (uint32_t)SEED_NOTE;

	for (const char *at = finding->symbol; *at; at++)
		hash = hash_step(hash, (unsigned char)*at);
	return slot_of(hash);
}

void grams_note_all(struct grams *grams, const struct ruleset *ruleset,
	const struct judged *judged)
{
	/* Alone they are no text in this script. */
	if (grams->count < LEAST_GRAMS)
		return;
	for (size_t i = 0; i < judged->finding_count; i++) {
		uint32_t slot = note_slot(&judged->findings[i]);

		for (unsigned n = notes_of(ruleset, &judged->findings[i]);
			n > 0 && grams->count < grams->room; n--) {
			grams->list[grams->count++] = (struct gram){.slot = slot, .weighed = true};
			grams->weighed_count++;
		}
	}
}

/* --- asking --------------------------------------------------------------------------------- */

/* 256 times the square root. */
static uint32_t root_of(uint32_t count)
{
	uint64_t value = (uint64_t)count << 16, root = 0, bit = UINT64_C(1) << 34;

	while (bit > value)
		bit >>= 2;
	for (; bit; bit >>= 2) {
		bool fits = value >= root + bit;

		if (fits)
			value -= root + bit;
		root = (root >> 1) + (fits ? bit : 0);
	}
	return (uint32_t)root;
}

/* The run of words that stands out most: each counts by what it has over a quarter of the
 * strongest. */
static struct span place_find(const struct text *text, struct grams *grams, const int8_t *table)
{
	const struct view *view = &text->folded;
	uint32_t words = words_read(view), from = 0, best_from = 0, best_to = 0;
	int64_t run = 0, best = 0;
	int32_t strongest = 0;

	memset(grams->parts, 0, words * sizeof(*grams->parts));
	for (uint32_t i = 0; i < grams->folded_count; i++)
		if (!grams->list[i].weighed)
			grams->parts[grams->list[i].word] +=
				weight_of(table, grams->list[i].slot);
	for (uint32_t i = 0; i < words; i++)
		if (grams->parts[i] > strongest)
			strongest = grams->parts[i];
	for (uint32_t i = 0; i < words; i++) {
		run += grams->parts[i] - strongest / 4;
		if (run <= 0) {
			run = 0;
			from = i + 1;
		} else if (run > best) {
			best = run;
			best_from = from;
			best_to = i + 1;
		}
	}
	if (best_to == 0)
		return (struct span){0, text->original_count};
	return text_span(text, view, view->words[best_from].start, view->words[best_to - 1].end);
}

/* A long text has more of everything; its sum grows like the root of its length, up to the length
 * of what was learnt from: saying a thing a hundred times does not make it worse. Of a short one
 * little is known: it counts as if it went on without saying anything. */
static int32_t logit_of(const struct model_head *head, int32_t sum, uint32_t count)
{
	int64_t logit = (int64_t)sum * head->scale;

	if (count > MODEL_LONG)
		logit = logit / root_of(MODEL_LONG + MODEL_DOUBT) * MODEL_LONG / count;
	else
		logit /= root_of(count + MODEL_DOUBT);
	logit += head->offset;

	if (logit > LOGIT_MOST)
		return LOGIT_MOST;
	return logit < -LOGIT_MOST ? -LOGIT_MOST : (int32_t)logit;
}

/* What the pieces of a text say together, and those of them whose words somebody has weighed. */
struct sums {
	int32_t sum, weighed;
	uint32_t count, weighed_count;
};

static void answer_make(const struct model *model, unsigned head, const struct sums *sums,
	const struct text *text, struct model_answer *out)
{
	const struct model_head *asked = &model->head[head];

	out->symbol = asked->symbol;
	out->logit = logit_of(asked, sums->sum, sums->count);
	out->probability = fixed_logistic(out->logit);
	out->by_rest = fixed_logistic(logit_of(asked, sums->sum - sums->weighed,
		sums->count - sums->weighed_count));
	out->place = (struct span){0, text->original_count};
}

bool model_ask(const struct model *model, unsigned head, const struct text *text,
	struct grams *grams, unsigned place_from, struct model_answer *out)
{
	const int8_t *table = table_of(model, head);
	struct sums sums = {.count = grams->count, .weighed_count = grams->weighed_count};

	if (grams->count < LEAST_GRAMS)
		return false;
	for (uint32_t i = 0; i < grams->count; i++) {
		int8_t weight = weight_of(table, grams->list[i].slot);

		sums.sum += weight;
		sums.weighed += grams->list[i].weighed ? weight : 0;
	}
	answer_make(model, head, &sums, text, out);
	if (out->probability >= place_from)
		out->place = place_find(text, grams, table);
	return true;
}

/* --- asking at once ------------------------------------------------------------------------- */

/* The same as grams_read() and model_ask(), without a list of the pieces: few texts need one. Both
 * views are walked side by side, and where a word is the same in both it is read once. */
struct tally {
	const int8_t *table;
	struct reading reading[MODEL_VIEWS];
	uint32_t before[MODEL_VIEWS]; /* hash of the word before, 0: none */
	struct sums sums;
};

/* What either view's table says of some pieces. */
struct said {
	int32_t by[MODEL_VIEWS];
};

static inline uint32_t piece_say(struct said *said, const int8_t *table, uint32_t hash,
	uint32_t point)
{
	const int8_t *slot;

	hash = hash_step(hash, point);
	slot = table + slot_of(hash) * MODEL_VIEWS;
	said->by[0] += slot[0];
	said->by[1] += slot[1];
	return hash;
}

/* Adds up the pieces of a word; returns how many there are. */
static uint32_t pieces_say(const int8_t *table, const uint32_t *points, uint32_t count,
	struct said *out)
{
	struct said said = {{0}};
	uint32_t from = 0, pieces = 0;

	/* At nearly all places as many pieces begin as there are lengths. */
	for (; from + GRAM_MOST <= count; from++) {
		uint32_t hash = hash_step((uint32_t)SEED_PIECE, points[from]);

		hash = piece_say(&said, table, hash, points[from + 1]);
		hash = piece_say(&said, table, hash, points[from + 2]);
		hash = piece_say(&said, table, hash, points[from + 3]);
		piece_say(&said, table, hash, points[from + 4]);
		pieces += GRAM_MOST - 1;
	}
	for (; from + GRAM_LEAST <= count; from++) {
		uint32_t hash = hash_step((uint32_t)SEED_PIECE, points[from]);

		for (uint32_t at = from + 1; at < count; at++, pieces++)
			hash = piece_say(&said, table, hash, points[at]);
	}
	*out = said;
	return pieces;
}

/* Reads the word numbered `numbers[view]`, in all `views` (bits) of which it is the same. */
static void word_tally(struct tally *tally, const uint32_t numbers[MODEL_VIEWS], unsigned views)
{
	unsigned any = views & 1 ? 0 : 1;
	uint32_t points[WORD_ROOM], whole;
	uint32_t count = word_write(tally->reading[any].view, numbers[any], points, &whole), pieces;
	struct said said;

	pieces = pieces_say(tally->table, points, count, &said) + 1;
	for (unsigned view = 0; view < MODEL_VIEWS; view++) {
		uint32_t pair = tally->before[view], more = pair != 0;

		if (!(views >> view & 1))
			continue;
		said.by[view] += tally->table[slot_of(whole) * MODEL_VIEWS + view];
		if (pair)
			said.by[view] += tally->table[slot_of(hash_step(pair ^ (uint32_t)SEED_PAIR,
				whole)) * MODEL_VIEWS + view];
		tally->before[view] = whole;
		tally->sums.sum += said.by[view];
		tally->sums.count += pieces + more;
		if (!tally->reading[view].weighed)
			continue;
		tally->sums.weighed += said.by[view];
		tally->sums.weighed_count += pieces + more;
	}
}

static bool same_word(const struct view *a, uint32_t first, const struct view *b, uint32_t second)
{
	const struct word *one = &a->words[first], *other = &b->words[second];

	return one->end - one->start == other->end - other->start
		&& memcmp(a->points + one->start, b->points + other->start,
			(one->end - one->start) * sizeof(*a->points)) == 0;
}

/* Whether the word concerns the model; whatever it is, it ends or goes on with what was before. */
static bool word_enters(struct tally *tally, unsigned view, uint32_t number, uint32_t folded)
{
	struct reading *reading = &tally->reading[view];
	bool wanted = is_wanted(reading, number, folded);

	if (!wanted || reading->view->words[number].flags & WORD_AFTER_BREAK)
		tally->before[view] = 0;
	return wanted;
}

static uint32_t place_of(const struct view *view, uint32_t number)
{
	return number < words_read(view) ? view->from[view->words[number].start] : UINT32_MAX;
}

static void text_tally(struct tally *tally)
{
	const struct view *folded = tally->reading[0].view, *squashed = tally->reading[1].view;
	uint32_t at[MODEL_VIEWS] = {0, 0};

	while (tally->sums.count < TALLY_MOST) {
		uint32_t place = place_of(folded, at[0]), other = place_of(squashed, at[1]);
		unsigned here = (place <= other ? 1u : 0u) | (other <= place ? 2u : 0u), views = here;

		if (place == UINT32_MAX && other == UINT32_MAX)
			return;
		for (unsigned view = 0; view < MODEL_VIEWS; view++)
			if (views >> view & 1 && !word_enters(tally, view, at[view],
				here & 1 ? at[0] : UINT32_MAX))
				views &= ~(1u << view);
		if (views == 3 && !same_word(folded, at[0], squashed, at[1])) {
			word_tally(tally, at, 1);
			views = 2;
		}
		if (views)
			word_tally(tally, at, views);
		at[0] += here & 1;
		at[1] += here >> 1;
	}
}

static void notes_tally(struct tally *tally, const struct ruleset *ruleset,
	const struct judged *judged, size_t found)
{
	for (size_t i = 0; i < found; i++) {
		unsigned notes = notes_of(ruleset, &judged->findings[i]);
		int32_t said = notes ? (int32_t)notes
			* tally->table[note_slot(&judged->findings[i]) * MODEL_VIEWS] : 0;

		tally->sums.sum += said;
		tally->sums.weighed += said;
		tally->sums.count += notes;
		tally->sums.weighed_count += notes;
	}
}

/* False if there is too little to say anything. So many findings are no model's. */
static bool model_judge(const struct model *model, unsigned head, const struct ruleset *ruleset,
	const struct text *text, const uint32_t *marks, const struct judged *judged, size_t found,
	struct model_answer *out)
{
	struct reading reading = {.text = text, .script = model->script, .marks = marks,
		.view = &text->folded};
	struct tally tally = {.table = table_of(model, head), .reading = {reading, reading}};

	tally.reading[1].view = &text->squashed;
	text_tally(&tally);
	if (tally.sums.count < LEAST_GRAMS)
		return false;
	notes_tally(&tally, ruleset, judged, found);
	answer_make(model, head, &tally.sums, text, out);
	return true;
}

/* Which words it was costs more, and is asked for where some policy may act. */
static enum err place_tell(const struct model *model, unsigned head, struct scratch *scratch,
	const uint32_t *marks, struct model_answer *answer)
{
	enum err err = grams_read(&scratch->grams, &scratch->text, model->script, marks);

	if (!err)
		answer->place = place_find(&scratch->text, &scratch->grams, table_of(model, head));
	return err;
}

/* --- the filter ----------------------------------------------------------------------------- */

/* What all words together say only puts texts in an order; to count for more, the model must be
 * rather sure, and that from words alone that no list or rule has weighed. */
static unsigned part_of_all(const struct ruleset *ruleset, const struct model_answer *answer)
{
	unsigned all = answer->probability * ruleset_number(ruleset, NUMBER_MODEL_ECHO) / SCORE_MOST;
	unsigned rest = answer->by_rest * ruleset_number(ruleset, NUMBER_MODEL_MOST) / SCORE_MOST;

	return rest > all && answer->by_rest >= ruleset_number(ruleset, NUMBER_MODEL_FROM) ? rest : all;
}

/* The first head judges the whole; others only say what kind it may be. */
static void answer_note(const struct ruleset *ruleset, struct scratch *scratch,
	struct judged *judged, const struct model_answer *answer)
{
	unsigned part = part_of_all(ruleset, answer);

	if (answer->symbol == ruleset->symbols.builtin[BUILTIN_MODEL_INCIVIL]
	    && part > scratch->learnt) {
		scratch->learnt = part;
		scratch->learnt_probability = answer->probability;
		scratch->learnt_place = answer->place;
	}
	if (answer->by_rest >= ruleset_number(ruleset, NUMBER_MODEL_FROM))
		verdict_add(judged, ruleset, answer->symbol, answer->by_rest, answer->place.start,
			answer->place.end);
}

/* NULL if there is nothing in them that concerns a model. */
static const uint32_t *marks_that_matter(const struct scratch *scratch)
{
	for (uint32_t i = 0; i < scratch->text.folded.word_count; i++)
		if (scratch->marks[i] & (DECIDED | MARK_BIT(NEGATION) | MARK_BIT(REPORT)))
			return scratch->marks;
	return NULL;
}

enum err filter_model(const struct ruleset *ruleset, struct scratch *scratch, struct judged *judged)
{
	const uint32_t *marks;

	/* A word said a hundred times is no speech of the kind that was learnt from. */
	for (size_t i = 0; i < judged->finding_count; i++)
		if (judged->findings[i].symbol_number
			== ruleset->symbols.builtin[BUILTIN_FLOOD])
			return ERR_NONE;

	/* Without the lexicon's marks nobody can say what has been excused. */
	if (!scratch->marks || scratch->mark_room < scratch->text.folded.word_count)
		return ERR_NO_MEMORY;
	marks = marks_that_matter(scratch);

	for (unsigned i = 0; i < ruleset->model_count; i++) {
		const struct model *model = ruleset->models[i];
		size_t found = judged->finding_count;

		if (!(scratch->text.scripts >> model->script & 1))
			continue;
		for (unsigned head = 0; head < model->heads; head++) {
			struct model_answer answer;
			enum err err = ERR_NONE;

			if (!model_judge(model, head, ruleset, &scratch->text, marks, judged, found,
				&answer))
				continue;
			if (answer.probability >= PLACE_FROM)
				err = place_tell(model, head, scratch, marks, &answer);
			if (err)
				return err;
			answer_note(ruleset, scratch, judged, &answer);
		}
	}
	return ERR_NONE;
}
