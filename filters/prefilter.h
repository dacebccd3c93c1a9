/* prefilter.h: which of many patterns can match a text at all, and where? Each pattern names
 * literals of which one must occur (literals.h); an Aho-Corasick automaton finds all literals in
 * one pass over the code points. Read-only once built. */
#pragma once

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* A part of what must occur must occur as well, and is smaller. */
enum { LITERAL_POINTS_MOST = 12 };

/* Where matches can start: not before `first`, nor behind `last`. */
struct starts {
	uint32_t first, last;
};

struct prefilter;

struct prefilter *prefilter_new(void);
void prefilter_free(struct prefilter **prefilter);
/* One literal of one pattern, with `before` code points of a match before it at most (BEFORE_ANY of
 * literals.h: any number). ERR_NO_MEMORY, ERR_TOO_LARGE. */
MUST_CHECK enum err prefilter_add(struct prefilter *prefilter, const uint32_t *points, size_t count,
	uint32_t pattern, uint8_t before);
/* After the last literal. */
MUST_CHECK enum err prefilter_finish(struct prefilter *prefilter);
/* Sets the bit of every pattern one of whose literals occurs, and says where it can start. `bits`
 * and `starts` have room for all patterns; `starts` need not be cleared. */
void prefilter_scan(const struct prefilter *prefilter, const uint32_t *points, size_t count,
	uint64_t *bits, struct starts *starts);
