/* keeper.h: what a keep() may do inside the commit. Lives on the store's thread. Reads go through
 * keeper_db(); rows are written by the files of this folder or, for tables that one call alone
 * writes, by that call. */
#pragma once

#include "store/circles.h"
#include "store/names.h"
#include "store/people.h"
#include "store/posts.h"
#include "store/store.h"

struct db *keeper_db(struct keeper *keeper);
/* The time of this commit: one for all events in it, never before an earlier commit's. */
int64_t keeper_now(const struct keeper *keeper);
/* Likewise, of the steady clock. */
int64_t keeper_steady_ms(const struct keeper *keeper);
const struct id_key *keeper_id_key(const struct keeper *keeper);

/* An event to append. Everything is borrowed for the call. */
struct draft {
	int64_t journal;
	enum event_kind kind;
	const struct post *post; /* its post as it stands now; NULL: none */
	int64_t person, circle;  /* whom it concerns, for the hub's caches; 0: nobody */
	const char *body;        /* further members as JSON text without braces; NULL: none */
	/* Desk journal only: chained as it is. Words never stand in a body: digests do. */
};
/* Numbers and appends; *seq (may be NULL) gets its number in that journal. */
MUST_CHECK enum err keeper_append(struct keeper *keeper, const struct draft *draft, int64_t *seq);

/* Tells other processes and the hub what changed outside circles: person and circle may be 0. Of
 * EVENT_DEVICE_REVOKED, `circle` is the device. What keeper_standing() gave for the person is gone
 * afterwards. */
MUST_CHECK enum err keeper_tell_house(struct keeper *keeper, enum event_kind kind, int64_t person,
				      int64_t circle);

/* Words were erased in this commit: the write-ahead log, which may still hold them, is emptied soon
 * after. */
void keeper_scrub(struct keeper *keeper);

/* The number that the next event of this journal will get. */
MUST_CHECK enum err keeper_next_seq(struct keeper *keeper, int64_t journal, int64_t *seq);

/* The number of the next new post; each call gives the one after. */
MUST_CHECK enum err keeper_next_post(struct keeper *keeper, int64_t *num);

/* What this commit counts; written at its end. */
struct tally *keeper_tally(struct keeper *keeper);

/* Names that are being masked (store/mask.h). */
struct masks *keeper_masks(struct keeper *keeper);

/* A salted digest of words, for the desk's chain: hex, terminated. */
enum { DIGEST_TEXT = 65, SALT_BYTES = 16 };
void keeper_digest(const unsigned char salt[SALT_BYTES], const char *text, size_t bytes,
		   char out[DIGEST_TEXT]);

/* The store's own small memory of people, circles and threads, always equal to the tables. */
MUST_CHECK enum err keeper_circle(struct keeper *keeper, int64_t circle, struct circle **out);
MUST_CHECK enum err keeper_circle_named(struct keeper *keeper, const char *id, struct circle **out);
/* ERR_NOT_FOUND if this person may not even know the circle. */
MUST_CHECK enum err keeper_standing(struct keeper *keeper, int64_t person, struct circle *circle,
				    struct standing **out);
MUST_CHECK enum err keeper_thread(struct keeper *keeper, int64_t thread, struct thread **out);
struct declared {
	int64_t process, charter_version; /* 0: there is none of that name */
	bool is_public;                   /* some circle of it is open to everybody */
};
MUST_CHECK enum err keeper_declared(struct keeper *keeper, const char *id, struct declared *out);
/* Whom one called `name` would be taken for; `person` 0: somebody new. */
MUST_CHECK enum err keeper_namesake(struct keeper *keeper, const char *name, int64_t person,
				    enum namesake *out);
/* Is any sanctioned guest's place kept? Nearly always none is. */
MUST_CHECK enum err keeper_has_places(struct keeper *keeper, bool *out);
/* After a write that changes one of them: read again at the next use. */
void keeper_forget_circle(struct keeper *keeper, int64_t circle);
void keeper_forget_person(struct keeper *keeper, int64_t person);
void keeper_forget_thread(struct keeper *keeper, int64_t thread);
void keeper_forget_places(struct keeper *keeper);
