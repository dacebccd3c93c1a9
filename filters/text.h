/* text.h: a text as filters want it: as written, folded, squashed; its words; and from each
 * place in a view the way back to the code points that a person wrote. One owner; reused from
 * text to text, so that judging allocates nothing once warm. */
#pragma once

#include "base/err.h"
#include "filters/glyph.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TEXT_BYTES_MOST = 256 * 1024, /* more is ERR_TOO_LARGE: memory and time stay bounded */
	QUOTES_MOST = 32,
	MARKS_BEHIND = 8, /* marks that may be read behind the last one of a view */
	/* What undoing disguises may take, whatever the text; what is left then stays as it is. */
	UNDISGUISE_MOST = 1 << 20, /* points gone over */
	MEND_MOST = 100000         /* words looked up, in each of two looks at the text */
};

/* Flags of a point in a view (the low bits hold its kind, see below) and of a word. */
enum {
	POINT_KIND = 7,
	POINT_STRETCHED = 8,    /* stood here three times or more, or hid punctuation */
	POINT_DOUBLED = 64,     /* squashed view: stood here twice */
	POINT_BREAK = 16,       /* white space with the end of a line in it */
	POINT_WIDE = 32,        /* white space of more than one character */
	POINT_JOINED = 128,     /* folded view: letters evenly spaced, of one word or of more */
	WORD_AFTER_BREAK = 1,   /* a sentence or line ended before it */
	WORD_DISGUISED = 2,     /* stretched, or (squashed view) freed of punctuation */
	WORD_AFTER_COMMA = 4,
	WORD_DOUBLED = 8        /* squashed view: a letter stood twice */
};

struct word {
	uint32_t start, end; /* points of its view, half-open */
	uint16_t flags;
	uint8_t script; /* enum glyph_script of its first letter */
};

struct view {
	uint32_t *points;
	uint8_t *marks;    /* kind and flags of each point */
	uint32_t *from;    /* count + 1: the original code point where each began */
	uint32_t count;
	struct word *words;
	uint32_t word_count;
	bool has_disguised; /* one of the words has WORD_DISGUISED */
};

struct span {
	uint32_t start, end; /* code points of the original, half-open */
};

struct text {
	const char *utf8; /* borrowed from whoever called text_read() */
	size_t bytes;
	uint32_t *original; /* the code points as written, original_count of them */
	uint32_t original_count;
	/* Folded: NFKC_Casefold, marks and invisibles gone, finals and Arabic forms one, white space
	 * one space, spaced letters joined, look-alikes and leet undone where the token is Latin,
	 * three or more of a kind two. Squashed: punctuation inside words gone, no letter twice. */
	struct view folded, squashed;
	struct span quotes[QUOTES_MOST]; /* what is said to be somebody else's words, ascending */
	uint32_t quote_count;
	/* Counted before anything was dropped or collapsed. */
	uint32_t letters, cased, capitals, digits, invisibles, emoji, exclamations, questions;
	uint32_t mark_run;    /* longest run of ! and ? */
	uint32_t letter_run;  /* longest run of one letter */
	uint32_t emoji_run;

	struct view spare; /* where mend.c writes what becomes the folded view */
	void *memory; /* what the arrays above live in */
	size_t room;
	uint32_t points_most; /* that a view can take */
	uint32_t *entries;
	uint32_t scripts; /* bit of each enum glyph_script that the folded view has */
	bool may_quote, may_be_turned; /* there is something to look at for these */
	uint32_t work; /* points that disguise.c went over, words that mend.c looked up */
};

/* Accepts a zeroed struct. */
void text_fini(struct text *text);
/* Takes a text in. `utf8` must stay until the next text_read(). ERR_BAD_PARAMS if it is no valid
 * UTF-8, ERR_TOO_LARGE, ERR_NO_MEMORY; ERR_INTERNAL if ICU has no data. */
MUST_CHECK enum err text_read(struct text *text, const char *utf8, size_t bytes);
/* The same but for the squashed view, which mend_text() makes. */
MUST_CHECK enum err text_fold(struct text *text, const char *utf8, size_t bytes);
/* The original code points that view points [start, end) stand for; never empty unless they are. */
struct span text_span(const struct text *text, const struct view *view, uint32_t start,
	uint32_t end);
/* Is this place inside somebody else's words? */
bool text_is_quoted(const struct text *text, struct span span);
/* The number of the first word of `view` that ends behind `point`; word_count if there is none. */
uint32_t text_word_at(const struct view *view, uint32_t point);

/* Quoted is what stands between the double quotes that are left in the folded view, and as before
 * the lines that begin with >. */
void text_quote_again(struct text *text);

/* disguise.c: the second half of text_read(). The folded view is complete but for disguises. */
void text_undisguise(struct text *text);
void text_squash(const struct view *folded, struct view *squashed);
void text_find_words(struct view *view);
/* The Latin letter that a folded letter of another alphabet passes for; 0 if for none. */
uint32_t text_look_alike(uint32_t point);
/* A hash, a key, a long number, rather than words in disguise? */
bool text_is_key(const struct view *view, uint32_t start, uint32_t end);
