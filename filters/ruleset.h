/* ruleset.h: everything loaded from config/civility: symbols and what is said of them,
 * policies, numbers, lexicons, rules. Loaded whole or not at all, read-only afterwards,
 * counted, shared by all threads; named by a hash over the files. docs/civility.md describes
 * the files. */
#pragma once

#include "base/err.h"

#include <stdbool.h>

struct ruleset;

/* `why` gets a sentence that names file, line and what to mend. */
MUST_CHECK enum err ruleset_load(const char *dir, struct ruleset **out, struct why *why);
struct ruleset *ruleset_ref(struct ruleset *ruleset);
/* Takes one reference; frees with the last. Leaves NULL. */
void ruleset_unref(struct ruleset **ruleset);

/* 32 hexadecimal digits, BLAKE2b over the names and contents of all files. */
const char *ruleset_version(const struct ruleset *ruleset);
/* What the author of a text is told of a symbol, in `lang` ("he", "ar", "en"; Hebrew if it is none
 * of them). Never NULL: an unknown symbol has a general sentence. */
const char *ruleset_explain(const struct ruleset *ruleset, const char *symbol, const char *lang);
/* The participation rule that a symbol concerns; NULL if there is no such symbol. */
const char *ruleset_rule_of(const struct ruleset *ruleset, const char *symbol);
bool ruleset_has_policy(const struct ruleset *ruleset, const char *policy);
