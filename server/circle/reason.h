/* reason.h: reasons of decisions that are codes: words of a table, translated by whoever shows
 * them. Any other reason is a sentence that somebody wrote. */
#pragma once

#include <stdbool.h>

/* In alphabetical order, ended by NULL. */
extern const char *const reason_codes[];
bool reason_is_code(const char *reason); /* NULL is none */
