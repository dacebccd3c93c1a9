/* schema.h: the tables and their numbered upgrades (PRAGMA user_version). */
#pragma once

#include "base/err.h"
#include "store/db.h"

enum { SCHEMA_VERSION = 4 };

/* Brings an opened DB_CREATE or DB_WRITE connection to SCHEMA_VERSION, each step in one commit.
 * Refuses a store written by a newer program. */
MUST_CHECK enum err schema_upgrade(struct db *db, struct why *why);
/* For tests: stops at `version`. */
MUST_CHECK enum err schema_upgrade_to(struct db *db, int version, struct why *why);
