/* verify_inside.h: what the files of the check share; see verify.h. */
#pragma once

#include <jansson.h>

#include "base/id.h"
#include "store/db.h"

struct verifier {
	struct db *db;
	struct id_key key;
	bool has_key;
	json_t *flaws, *desks;
	json_t *incidents; /* by id: as the desks tell of them */
	json_t *roles;     /* by "circle/person": the last one given */
	int64_t events, journals, posts, digests, decisions, sanctions, lifted, appeals, notes, said;
	int64_t masked;    /* writings from which an erased name was taken: no digest holds them */
	int64_t said_from; /* events up to this row may hold words of erased persons themselves */
	const char *heads;
};

/* An event of a desk as it is read. */
struct told {
	const char *desk;
	int64_t row, owner, seq, at, kind, post;
	json_t *body;
};

void verify_flaw(struct verifier *verifier, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A query that cannot be finished is a flaw of its own. */
void verify_end(struct verifier *verifier, struct cursor **cursor, const char *what);
/* The number that an id among the event's members stands for; 0 with a flaw. */
int64_t verify_num(struct verifier *verifier, const struct told *told, char kind,
		   const char *member, uint64_t *nonce);
bool verify_is_same(struct cursor *cursor, int column, const json_t *told);
/* Is the person in this column the one of whom the event tells? The machine is nobody; of who was
 * erased before nothing is told. */
bool verify_is_person(struct verifier *verifier, struct cursor *cursor, int column,
		      const json_t *told);

/* ---- verify_circle.c: circles as their journals leave them ---- */

/* Of each event of a desk. */
void verify_circle_told(struct verifier *verifier, const struct told *told);
/* Once all are read. */
void verify_circles(struct verifier *verifier);

/* ---- verify_inbox.c: what persons were told ---- */

void verify_inbox_told(struct verifier *verifier, const struct told *told);
void verify_inboxes(struct verifier *verifier);
