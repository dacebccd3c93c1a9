/* role.c: see role.h. Pure. */
#include "circle/role.h"

#include <string.h>

static const char *const names[ROLE_COUNT] = {"", "observer", "participant", "moderator",
											  "convenor"};

const char *role_name(enum role role)
{
	return (unsigned)role < ROLE_COUNT ? names[role] : "";
}

enum role role_parse(const char *name)
{
	for (int i = ROLE_OBSERVER; i < ROLE_COUNT; i++)
		if (strcmp(name, names[i]) == 0)
			return (enum role)i;
	return ROLE_NONE;
}
