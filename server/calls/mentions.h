/* mentions.h: whom a text names: "@" and the name as shown, with "#tag" for a guest. Only persons
 * who take part in this very circle are found, so that a closed circle's words reach nobody else.
 */
#pragma once

#include "calls/call.h"

enum { MENTIONS_MOST = 8 };

enum err mentions_find(struct db *db, const struct circle *circle, const struct post *post,
					   int64_t named[MENTIONS_MOST], size_t *count);
