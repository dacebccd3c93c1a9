/* literals.h: what must occur in a text for a pattern to match it: a set of literals, one of which
 * is inevitable, and a second such set if there is one elsewhere in the pattern. Read from it
 * by a parser that knows less than PCRE2 and, where it does not know, says so: then the pattern is
 * tried on every text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LITERALS_MOST = 192,
	LITERAL_LENGTH_MOST = 12,
	BEFORE_ANY = 255 /* any number of code points */
};

struct literals {
	unsigned count;
	struct literal {
		uint16_t points[LITERAL_LENGTH_MOST];
		uint8_t length;
		uint8_t before; /* so many code points of the match may stand before it at most */
	} list[LITERALS_MOST];
};

struct needs {
	struct literals sets[2]; /* one literal of each; the second may be empty */
	unsigned most;           /* code points that a match has at most, or BEFORE_ANY */
};

/* False if no such literals are known, or memory is short; `pattern` compiles as PCRE2, without
 * flags for case or white space. Each literal has two points or more. */
bool literals_find(const uint32_t *pattern, size_t count, struct needs *out);
/* What two patterns need that are nearly the same, as one: true, and it is in `needs`, if that is
 * hardly more to look for than what either needs. */
bool literals_merge(struct needs *needs, const struct needs *other);
