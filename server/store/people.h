/* people.h: persons, their devices, and where they stand in a circle. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/id.h"
#include "circle/role.h"
#include "store/db.h"

enum person_kind { PERSON_GUEST, PERSON_MEMBER };
enum { NAME_ROOM = 256, TAG_TEXT = 8, LANG_TEXT = 8 };

struct person {
	int64_t num, nonce;
	enum person_kind kind;
	bool is_erased;
	int64_t created;
	char id[ID_TEXT];
	char name[NAME_ROOM];
	char tag[TAG_TEXT]; /* "" for members */
	char lang[LANG_TEXT];
};
enum err person_load(struct db *db, const struct id_key *key, int64_t num, struct person *out);
/* By public id. ERR_NOT_FOUND also for ids that were never given. */
enum err person_find(struct db *db, const struct id_key *key, const char *id, int64_t *num);

/* Appends `body`, of a desk's event, with name (and a guest's tag) after each {"id":"m…"}: bodies
 * are chained and hold ids alone, so that an erased name is nowhere. Of a note, its words too. */
enum err people_name(struct db *db, const struct id_key *key, const char *body, struct buf *out);

/* How long at most others from a sanctioned guest's address are premoderated. */
#define NEAR_MS (INT64_C(30) * 86400000)

/* A person in a circle, as admission needs it; kept in the writing thread's memory. */
struct standing {
	struct person person;
	enum role role;               /* ROLE_PARTICIPANT for a guest in a public circle */
	bool is_invited;              /* by invitation into this circle */
	char organisation[NAME_ROOM]; /* "" if none */
	int64_t accepted;             /* charter version; 0: none */
	/* sanctions in force: when each ends, milliseconds; 0: not in force */
	int64_t warned, premoderated_until, muted_until, excluded_until, slow_until;
	int64_t near_until; /* a guest who came from where a sanctioned guest had come from */
	/* folds of this person's kept posts here; memory only */
	int64_t first_post_at, last_post_at;
	int64_t posts_last_minute; /* as of loading */
	int64_t tokens,
		tokens_at; /* thousandths of a post left, and as of when (steady clock; 0: not yet) */
};
/* ERR_NOT_FOUND if the circle is closed to them, by the same path as one that does not exist. */
enum err standing_load(struct db *db, const struct id_key *key, int64_t person, int64_t circle,
					   bool is_public, int64_t process, int64_t now, struct standing *out);
