/* prefilter.h: which of many patterns can match a text at all, and where? Each pattern needs one
 * literal of a set, and perhaps of a second one (literals.h); all are found in one pass over the
 * code points. Sets that several patterns have are kept once.
 * Read-only once built. */
#pragma once

#include "base/err.h"
#include "filters/literals.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longer literals are cut: a part of what must occur must occur as well, and is smaller. */
enum { LITERAL_POINTS_MOST = 8 };

/* Where matches can start: not before `first`, nor behind `last`, and in blocks of the text alone
 * whose bits are set: a block is as many points as make 64 of a text at most. */
struct starts {
	uint64_t blocks;
	uint32_t first, last;
};

struct prefilter;

/* What a scan needs; belongs to the caller's thread. */
struct prefilter_scratch {
	uint64_t *met;         /* bit of each set of which a literal was met, */
	struct starts *places; /* and where */
	uint32_t room;
	unsigned shift; /* so many points are a block, as a power of two */
	uint16_t *classes; /* of each point */
	uint32_t class_room;
};

struct prefilter *prefilter_new(void);
void prefilter_free(struct prefilter **prefilter);
/* `views`: bits of the views on which the pattern is looked for. ERR_NO_MEMORY, ERR_TOO_LARGE. */
MUST_CHECK enum err prefilter_add(struct prefilter *prefilter, const struct needs *needs,
	uint32_t pattern, uint8_t views);
/* After the last pattern. */
MUST_CHECK enum err prefilter_finish(struct prefilter *prefilter);

void prefilter_scratch_fini(struct prefilter_scratch *scratch); /* accepts a zeroed struct */
/* Sets the bit of every pattern of `view` (one bit) that has what it needs, and says where it can
 * start. `bits` and `starts` have room for all patterns; `starts` need not be cleared.
 * ERR_NO_MEMORY. */
MUST_CHECK enum err prefilter_scan(const struct prefilter *prefilter,
	struct prefilter_scratch *scratch, uint8_t view, const uint32_t *points, uint32_t count,
	uint64_t *bits, struct starts *starts);
/* The next places in a row from `from` on where matches can start; `count`: points of the text.
 * False if there are none. */
bool prefilter_window(const struct starts *starts, uint32_t count, uint32_t from, uint32_t *first,
	uint32_t *last);
