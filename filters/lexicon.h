/* lexicon.h: words that a person listed (*.words): insults, and the markers by which a filter sees
 * who is spoken to. A look-up of every word, with what Hebrew and Arabic put before a word taken
 * off. Read-only once loaded. */
#pragma once

#include "base/err.h"
#include "filters/source.h"
#include "filters/text.h"
#include "filters/vocabulary.h"

#include <stdbool.h>
#include <stdint.h>

/* What a word says of those around it: `[mark NAME]` in a *.words file. */
#define MARK_LIST(X) \
	X(ACCUSE, "accuse") /* liar, always, your fault */ \
	X(APOLOGY, "apology") \
	X(CERTAIN, "certain") /* really, of course, the fact is */ \
	X(CONDUCT, "conduct") /* talk of how one talks: personal, your tone, off topic */ \
	X(DEMAND, "demand")   /* stop, prove it, go and read */ \
	X(FIRST, "first")     /* I, we */ \
	X(GLUE, "glue")   /* between "you" and what is said of you: are, such, just */ \
	X(HEDGE, "hedge") /* perhaps, in my view */ \
	X(IDENTITY, "identity") /* what an identity number is called */ \
	X(LIVES, "lives") /* lives at, resides: an address follows */ \
	X(MOCK, "mock") /* oh, wow, congratulations */ \
	X(NEGATION, "negation") \
	X(NEXT, "second_next")  /* "you" only right before the word (Hebrew את) */ \
	X(ORDINARY, "ordinary") /* looks like a listed word, and is none */ \
	X(REPORT, "report")     /* somebody else's words follow or are spoken of */ \
	X(SANCTION, "sanction") /* report, ban, delete, complain: talk of measures */ \
	X(SAY, "say")           /* I say, I do not claim */ \
	X(SECOND, "second")     /* you, the one spoken to, as a subject */ \
	X(STREET, "street") \
	X(SWEEPING, "sweeping") /* always, never, everybody */ \
	X(TELLS, "tells") /* in a longer account: somebody else's voice, or what carried it */ \
	X(THANKS, "thanks") \
	X(THING, "thing") /* plan, decision, idea: what may be called stupid */ \
	X(THIRD, "third") /* he, she, they */ \
	X(THIS, "this") \
	X(VEXED, "vexed") /* out of patience: for years, why is this still, unacceptable */ \
	X(WORK, "work")   /* what people do together: added, tested, version, budget */ \
	X(YOURS, "yours") /* you in any other case */

enum mark {
#define X(name, key) MARK_##name,
	MARK_LIST(X)
#undef X
		MARK_COUNT
};
#define MARK_BIT(name) (1u << MARK_##name)
/* Beside the marks of a word: it belongs to an ordinary phrase ("moby dick"), inside of which
 * nothing is found. */
#define WORD_CLEARED (1u << 29)

/* When a listed word counts. */
enum need {
	NEED_NOTHING, /* wherever it stands */
	NEED_PERSON,  /* unless it is said of a thing: a stupid plan is criticism */
	NEED_ADDRESS, /* only right behind "you": dog, trash */
	NEED_COARSE   /* unless it is said of a thing; denied or said of oneself it is as coarse */
};

struct lexicon;
struct symbols;
struct context;

/* A listed word in a text. */
struct hit {
	uint32_t first_word, last_word; /* of the view */
	uint32_t start, end;            /* points of the view */
	uint16_t symbol, score;
	uint8_t need;
};

struct lexicon *lexicon_new(void);
void lexicon_free(struct lexicon **lexicon);
MUST_CHECK enum err lexicon_load(struct lexicon *lexicon, const struct symbols *symbols,
								 struct source *source, struct why *why);
/* Words that a file of rules looks for are worth finding behind a disguise too. Reads all of it,
 * wherever `source` has come to. */
MUST_CHECK enum err lexicon_learn_rules(struct lexicon *lexicon, struct source *source);
/* Makes the table out of all that was loaded. */
MUST_CHECK enum err lexicon_finish(struct lexicon *lexicon);
unsigned lexicon_count(const struct lexicon *lexicon);
/* Belongs to the lexicon. */
const struct vocabulary *lexicon_vocabulary(const struct lexicon *lexicon);

/* Looks every word of `view` up: the marks of each word into `marks` (room for word_count; NULL:
 * nobody asks), listed words into `hits`. With `disguised_only`, only words that were disguised.
 * Returns how many hits, `most` at most. */
uint32_t lexicon_find(const struct lexicon *lexicon, const struct view *view, bool disguised_only,
					  uint32_t *marks, struct hit *hits, uint32_t most);
