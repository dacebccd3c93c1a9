/* said_of.h: a desk's event read back, to know of whom it speaks; for the files of this folder
 * alone. */
#pragma once

#include <jansson.h>

#include "base/id.h"
#include "store/db.h"

/* An old event whose words were taken out has this member. */
#define SAID_BLANKED "blanked"

/* Whom a decision or a sanction's end concerns; 0: nobody. */
MUST_CHECK enum err said_of(struct db *db, const struct id_key *key, const json_t *body,
			    int64_t *person);
