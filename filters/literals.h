/* literals.h: what must occur in a text for a pattern to match it: a set of literals, one of which
 * is inevitable, and further such sets if there are some elsewhere in the pattern. Read from it
 * by a parser that knows less than PCRE2 and, where it does not know, says so: then the pattern is
 * tried on every text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LITERALS_MOST = 192,
	LITERAL_LENGTH_MOST = 12,
	NEEDS_EACH = 3,   /* sets of a pattern at most */
	BEFORE_ANY = 255, /* any number of code points */
	/* No letter or digit stands right before it, right behind it. Said only of literals that begin
	 * (end) with one. */
	EDGE_LEFT = 1,
	EDGE_RIGHT = 2
};

struct literals {
	unsigned count;
	struct literal {
		uint16_t points[LITERAL_LENGTH_MOST];
		uint8_t length;
		uint8_t before; /* so many code points of the match may stand before it at most */
		uint8_t edges;
	} list[LITERALS_MOST];
};

struct needs {
	struct literals sets[NEEDS_EACH]; /* one literal of each; behind the first they may be empty */
	unsigned most;           /* code points that a match has at most, or BEFORE_ANY */
};

/* False if no such literals are known, or memory is short; `pattern` compiles as PCRE2, without
 * flags for case or white space. `folded`: the texts have no white space but spaces. Each literal
 * has two points or more. */
bool literals_find(const uint32_t *pattern, size_t count, bool folded, struct needs *out);
/* Surely a letter or digit for PCRE2, whatever its version; others may be. */
bool literals_is_letter(uint32_t point);
/* What two patterns need that are nearly the same, as one: true, and it is in `needs`, if that is
 * hardly more to look for than what either needs. */
bool literals_merge(struct needs *needs, const struct needs *other);
