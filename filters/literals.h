/* literals.h: what must occur in a text for a pattern to match it: a few literals, one of which is
 * inevitable. Read from the pattern by a parser that knows less than PCRE2 and, where it does not
 * know, says so: then the pattern is tried on every text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LITERALS_MOST = 96,
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

/* False if no such literals are known, or memory is short; `pattern` compiles as PCRE2, without
 * flags for case or white space. Each literal has two points or more. */
bool literals_find(const uint32_t *pattern, size_t count, struct literals *out);
