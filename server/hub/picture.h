/* picture.h: the live picture of a circle, told to those who sit at its desk: every other second at
 * most, and only if it has changed. Drawn by a reader's thread from the store, so that every
 * process tells the same. Owned by the hub's thread. */
#pragma once

#include "hub/fanout.h"

enum { PICTURE_EVERY_MS = 2000 };

/* Has a picture drawn for each desk at which somebody sits here. */
void picture_draw(struct fanout *fanout);
/* A reading has come back: true (and taken) if it was one of these; then it is told. */
bool picture_was_read(struct fanout *fanout, struct reading *reading);
