/* role.h: who may do what in a circle. Higher may do all that lower may. */
#pragma once

#include <stdbool.h>

enum role { ROLE_NONE, ROLE_OBSERVER, ROLE_PARTICIPANT, ROLE_MODERATOR, ROLE_CONVENOR, ROLE_COUNT };

const char *role_name(enum role role);     /* "observer" … ; "" for ROLE_NONE */
enum role role_parse(const char *name);    /* ROLE_NONE if there is none of that name */
