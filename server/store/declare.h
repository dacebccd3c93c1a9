/* declare.h: a process from its declaration. Checking is pure; applying happens inside a commit. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "store/keeper.h"

/* Is this a declaration of the shape that docs/convening.md describes? ERR_BAD_PARAMS: `why` names
 * the place and says what to mend. Members that are not known here are left alone. `policies`:
 * names that the rule set knows, ended by NULL; NULL: those that ship. */
MUST_CHECK enum err process_check(const json_t *declared, const char *const *policies,
				  struct why *why);

/* Inside a keep(): creates or updates the process. `declared` has passed process_check(). Refuses
 * with ERR_BAD_PARAMS, before it writes anything, a charter changed under an old version, a circle
 * that belongs to another process, and one whose access changes. A circle that is not declared any
 * more stays as it is. *report is the caller's:
 * {"process","created","changed","charter":"new"|"kept","version",
 * "circles":[{"id","what":"created"|"changed"|"kept"|"not_declared"}]}. */
MUST_CHECK enum err process_apply(struct keeper *keeper, const json_t *declared, json_t **report,
				  struct why *why);
