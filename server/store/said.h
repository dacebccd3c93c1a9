/* said.h: what moderators write of a person at the desk in words of their own: reasons, notes,
 * causes; and of a circle, since that may name somebody (person 0). The desk's event holds a salted
 * digest of them, at the beginning of its body, which the chain covers; the words stand in a row
 * beside it, are put in whenever the event is shown, and go when the person is erased. Of others'
 * words the erased name goes: mask.h. */
#pragma once

#include <jansson.h>

#include "store/keeper.h"

struct said {
	const char *reason, *note, *cause; /* NULL: none; a reason that is a code is none */
	const char *handover, *text;       /* of who goes off watch; of a notice */
};

/* Keeps them, if there are any, and appends `"said":"DIGEST",` to the body; with a statement of
 * reasons (else NULL) also `"stated":"DIGEST",`: it is chained as well, though it stands with its
 * decision. */
MUST_CHECK enum err said_keep(struct keeper *keeper, int64_t person, const struct said *said,
			      const struct buf *statement, struct buf *body);

/* If *body begins with a digest: appends that and the words that belong to it, and moves *body
 * behind it. Nothing if they are gone. */
MUST_CHECK enum err said_add(struct db *db, const char **body, struct buf *out);

/* The same words alone, terminated, as members without braces; "" if there are none. */
MUST_CHECK enum err said_words(struct db *db, const char *body, struct buf *out);

/* The members of a body; NULL if it can not be read. The caller's. */
json_t *said_body(const char *body);

/* All that was written of this person goes; what was written before there was such a row as well:
 * it is taken out of its event, whose link in the chain stays what it was. */
MUST_CHECK enum err said_erase(struct keeper *keeper, int64_t person);
