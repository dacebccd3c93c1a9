/* model.h: what a machine has learnt from examples (*.model): one table of small whole numbers per
 * script, looked up by hashed pieces of words. It says how likely people would call a text uncivil
 * and which words made it think so; it never rejects. Read-only once loaded; any thread.
 * filters/train makes the files; docs/civility.md says from what. */
#pragma once

#include "base/err.h"
#include "filters/source.h"
#include "filters/text.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	MODEL_SLOTS = 1 << 16,    /* of one view */
	MODEL_VIEWS = 2,          /* folded, squashed */
	MODEL_HEADS_MOST = 8,
	MODEL_GRAMS_MOST = 1 << 16,
	MODEL_DOUBT = 400,        /* pieces that every text is taken to have besides, saying nothing */
	MODEL_LONG = 3072,        /* pieces of a text of some 300 letters */
	MODEL_WORDS_MOST = 4096,  /* what stands behind is not looked at */
	MODEL_NAME = 32,
	MODEL_HEADER_BYTES = 16,
	MODEL_HEAD_BYTES = MODEL_NAME + 8,
	MODEL_SUM_BYTES = 16
};
#define MODEL_MAGIC "MAAGALM1"

/* The pieces of a text in one script: runs of two to five letters within a word, words, pairs of
 * words. Those of the folded view first. */
struct grams {
	struct gram {
		uint32_t slot; /* below MODEL_SLOTS * MODEL_VIEWS */
		uint32_t word : 31; /* of its view */
		uint32_t weighed : 1; /* a list or a rule has weighed this word already */
	} *list;
	uint32_t count, folded_count, weighed_count, room;
	int32_t *parts; /* what each word of the folded view contributed */
	uint32_t part_room;
};

struct judged;
struct model;
struct ruleset;
struct symbols;

/* What one head says of a text. */
struct model_answer {
	unsigned symbol;
	int32_t logit;        /* thousandths */
	unsigned probability; /* thousandths */
	unsigned by_rest;     /* the same, from words alone that nobody has weighed */
	struct span place;    /* code points of the original: the words that counted most */
};

/* Reads one file. ERR_BAD_PARAMS and a sentence if it is broken, cut short, of a later kind, or
 * names a symbol that is not there or may reject. */
MUST_CHECK enum err model_load(const struct symbols *symbols, struct source *source,
	struct model **out, struct why *why);
void model_free(struct model **model);
enum glyph_script model_script(const struct model *model);
unsigned model_heads(const struct model *model);

void grams_fini(struct grams *grams); /* accepts a zeroed struct */
/* The pieces of what `text` says in `script`; what it quotes is somebody else's and left out, and
 * so are words that `marks` (of the words of the folded view; NULL: none) call excused. */
MUST_CHECK enum err grams_read(struct grams *grams, const struct text *text,
	enum glyph_script script, const uint32_t *marks);
/* Besides: what lists and rules have found in it, as far as that is incivility. Counts for what all
 * words together say, not for what makes a model sure. Behind grams_read(), which makes room. */
void grams_note_all(struct grams *grams, const struct ruleset *ruleset,
	const struct judged *judged);
/* False if there is too little to say anything. `grams` is of the model's script. The place costs
 * more; it is asked for from `place_from` (thousandths of probability) on. */
bool model_ask(const struct model *model, unsigned head, const struct text *text,
	struct grams *grams, unsigned place_from, struct model_answer *out);
