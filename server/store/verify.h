/* verify.h: is the store sound, is every journal whole, do the desks' chains hold? Reads alone, in
 * one snapshot, also while servers run. */
#pragma once

#include <jansson.h>

#include "base/err.h"

struct db;

/* *report is the caller's: {"good":bool,"flaws":["a sentence",…],"events":n,"journals":n,"posts":n,
 * "digests":n,"masked":n,"desks":[{"journal":"desk/ID","seq":n,"head":"hex"}]}. At most a hundred
 * flaws are told. `heads`: heads of desks noted earlier, "desk/ID=HEX,…"; each must still stand in
 * its chain; NULL: none. An error, and no report, only if there is no memory. */
MUST_CHECK enum err store_verify(struct db *db, const char *heads, json_t **report);
