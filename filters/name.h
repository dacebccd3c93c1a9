/* name.h: what a display name looks like to whoever reads it, so that nobody passes for somebody
 * else. Any thread, no state; nothing is remembered of a name. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name_look {
	/* Two names of one `read` are one name written alike: case, accents, niqqud, width, blanks and
	 * punctuation make no difference. Namesakes have one. */
	uint64_t read;
	/* Two names of one `look` but not one `read` pass for each other at a glance, by letters of
	 * other alphabets, I for l, 0 for o. Nobody is called so by chance. */
	uint64_t look;
	bool has_sign;  /* # or what looks like it: a guest's tag stands behind one */
	bool is_mixed;  /* one of its words has Latin letters and others that only look Latin */
	bool is_heaped; /* more than NAME_MARKS_MOST marks on one letter */
};

enum { NAME_MARKS_MOST = 4 };

/* `name` is valid UTF-8. ERR_INTERNAL or ERR_NO_MEMORY only at the very first use. */
MUST_CHECK enum err name_look(const char *name, size_t bytes, struct name_look *out);
