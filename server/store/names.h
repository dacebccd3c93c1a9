/* names.h: what members are called, so that nobody passes for one of them. Guests are told apart
 * by their tags; members have nothing but the name. The store's thread. */
#pragma once

#include "store/db.h"

enum namesake {
	NAMESAKE_NONE,
	NAMESAKE_FAR,      /* the same name, of a member who is met elsewhere */
	NAMESAKE_NEAR,     /* of one who shares a circle with that person, or moderates anywhere */
	NAMESAKE_DISGUISED /* another name that looks like a member's: nobody is called so by chance */
};

struct names;
struct names *names_new(void); /* NULL only without memory */
void names_free(struct names **names);
/* Read them again at the next use. */
void names_drop(struct names *names);
/* This person's name may be a new one, or they may be a member now. */
MUST_CHECK enum err names_note(struct names *names, struct db *db, int64_t person);

/* What `name` would be as the name of `person` (0: somebody new, in no circle yet). Most names look
 * like nobody's, and that is known without a look at the store. */
MUST_CHECK enum err names_find(struct names *names, struct db *db, const char *name, int64_t person,
							   enum namesake *out);
