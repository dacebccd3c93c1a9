/* verdict.h: what was found in one text, and what follows from it. Scores are whole thousandths, so
 * that every node, every restart and `maagal judge` come to the same numbers. */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCORE_MOST = 1000, FINDINGS_MOST = 32 };

/* Mildest first: the greater of two actions is the stricter. */
enum action { ACTION_ALLOW, ACTION_NUDGE, ACTION_HOLD, ACTION_REJECT };
/* "allow", "nudge", "hold", "reject". */
const char *action_name(enum action action);

struct finding {
	const char *symbol; /* owned by the ruleset */
	const char *rule;   /* participation rule id, e.g. "respect"; owned by the ruleset */
	unsigned score;     /* 0..1000 */
	uint32_t start, end; /* code points of the original text, half-open */
	unsigned symbol_number; /* its place among the ruleset's symbols */
};

/* What the temperature of a thread and the crisis index of a circle are made from: counts of words
 * of a kind, and the sum of it all. A plain value; kept with the message. */
struct signals {
	uint64_t text_hash;  /* of the folded words: the same words again have the same */
	uint16_t words;
	uint16_t incivility; /* 0..1000 */
	uint16_t shouting;   /* 0..1000 */
	uint16_t second;     /* "you", in any case */
	uint16_t first;
	uint16_t negations;
	uint16_t accusations;
	uint16_t questions;
	uint16_t thanks;
	uint16_t apologies;
	uint16_t hedges;
	uint8_t vexed;       /* out of patience: for years, why is this still */
	uint8_t work;        /* what people do together: added, tested, version */
	uint16_t addressed;  /* sentences that begin with "you" or with a demand */
	uint16_t certain;    /* really, of course, the fact is */
	uint16_t conduct;    /* talk of how one talks: personal, your tone, off topic */
	uint16_t demands;    /* stop, prove it, go and read */
	uint16_t exclamations;
	uint16_t mocking;    /* oh, wow, congratulations */
	uint16_t others;     /* sentences that begin with he, she, they */
	uint16_t sanctions;  /* report, ban, delete, complain: talk of measures */
	uint16_t sweeping;   /* always, never, everybody */
	int16_t tension;     /* all that by the weights of forecast.conf, signed thousandths */
	bool flagged;        /* a moderator would want to see it, whatever the policy */
	uint8_t dots;        /* trailing off … */
	uint8_t matter;      /* figures and brackets: talk of the matter itself */
	uint8_t script;      /* enum glyph_script: in which letters most of its words are */
};

struct judged {
	enum action action;
	unsigned incivility; /* 0..1000 */
	bool failed;         /* a filter could not finish: the message must wait for a person */
	size_t finding_count;
	struct finding findings[FINDINGS_MOST]; /* by place in the text */
	struct signals signals;
};

struct ruleset;

/* Adds a finding. One of the same symbol that overlaps it is kept only once, with the higher
 * score; when there is no more room, the weakest of the commonest symbol goes. Zero scores are not
 * kept. */
void verdict_add(struct judged *judged, const struct ruleset *ruleset, unsigned symbol,
	unsigned score, uint32_t start, uint32_t end);
/* Sorts the findings and sums them up into `incivility`: noisy-or, each symbol with its weight. */
void verdict_sum(struct judged *judged, const struct ruleset *ruleset);

/* [{"symbol","score","start","end"},…], scores as decimals 0..1. */
void findings_write_json(const struct judged *judged, struct buf *out);
/* {"SYMBOL":0.7,…}: the highest score of each symbol. */
void scores_write_json(const struct judged *judged, struct buf *out);
/* {"tone.accuse":0,…}, thousandths: how this message speaks to others. */
void tones_write_json(const struct signals *signals, struct buf *out);
/* 0..1000 as a decimal: 0, 0.25, 1. */
void score_write(unsigned score, struct buf *out);
