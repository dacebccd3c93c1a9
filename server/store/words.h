/* words.h: what the index of words is given, and what it is asked: folded words, each with its
 * circle's code before it. Any thread, no state. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "filters/fold.h"

/* Appends every word of what fold_words() wrote, and every word without its prefixes, each once (of
 * a very long text: nearly), with a blank before each and one at the end; nothing if there is no
 * word. */
void words_of_folded(int64_t circle, const struct buf *folded, struct buf *out);

enum { WORDS_QUERY_MOST = 12 };

/* One word of a query: any of its forms will do. */
struct words_clause {
	size_t at[FOLD_VARIANTS_MOST], bytes[FOLD_VARIANTS_MOST]; /* in words_query.words */
	int count;
	bool is_begun; /* the last word: the first form may go on */
};

struct words_query {
	struct buf words;
	struct words_clause clauses[WORDS_QUERY_MOST];
	int count;        /* 0: nothing to look for */
	int64_t circle;
	struct buf match; /* as FTS5 wants it: our own words in quotes, nothing of the asker's */
};

/* Words beyond WORDS_QUERY_MOST are left out. ERR_BAD_PARAMS if the query is no valid UTF-8. */
MUST_CHECK enum err words_query_init(struct words_query *query, int64_t circle, const char *text,
				     size_t bytes);
void words_query_fini(struct words_query *query); /* accepts a zeroed struct */
/* Would the index find this text? */
MUST_CHECK enum err words_query_matches(const struct words_query *query, const char *text,
					size_t bytes, bool *matches);
