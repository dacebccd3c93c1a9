/* circles.h: processes and circles as the store holds them. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/id.h"
#include "circle/role.h"
#include "filters/crisis.h"
#include "filters/recent.h"
#include "store/db.h"

enum { CIRCLE_ID_TEXT = 65 }; /* ids: 1 to 64 of [a-z0-9-] */

enum doorway { DOOR_OPEN, DOOR_PREMODERATED, DOOR_CLOSED };
const char *door_name(enum doorway door);
enum doorway door_parse(const char *name);

/* What waiting ends in when nobody decides. */
enum then { THEN_RETURNED, THEN_STAYS, THEN_PUBLISHED };
const char *then_name(enum then then);
enum then then_parse(const char *name);

/* A circle as admission needs it: small, kept in the writing thread's memory. */
struct circle {
	int64_t num, process;
	char id[CIRCLE_ID_TEXT], process_id[CIRCLE_ID_TEXT];
	char policy[16];
	bool is_public, is_open;
	enum doorway door;
	enum then then_default;
	int64_t charter_version;
	int64_t pace_seconds;
	int64_t pace_until, pace_then; /* when it ends by itself, and what comes then; 0: it stays */
	int64_t posts_per_minute, burst; /* -1: the setting's default */
	/* While a crisis lasts, door and policy above are as it wants them; its pace is the least. */
	bool in_crisis;
	int64_t crisis_pace;
	unsigned crisis_peak; /* of the index, as far as it is known to be written down */
	/* Folds of kept posts; memory only, rebuilt from the journal. */
	struct crisis_state crisis;
	bool is_quiet; /* known: no alert about the circle itself is open */
	struct recent *recent; /* NULL: not needed yet, or forgotten: circle_recall() */
	/* newcomers' common budget: thousandths of a post left, and as of when (steady clock; 0: not
	 * looked at yet, then those of the last minute count) */
	int64_t newcomer_tokens, newcomer_at, newcomer_posts;
};

/* The pace in force at this moment, whether or not its end has been written down yet. */
int64_t circle_pace(const struct circle *circle, int64_t now);

enum err circle_load(struct db *db, int64_t num, struct circle *out);
/* What was declared and decided is read again; the folds stay. */
enum err circle_refresh(struct db *db, struct circle *circle);
/* What was said in it last, whichever process kept it, as circle->recent. */
enum err circle_recall(struct db *db, struct circle *circle);
enum err circle_find(struct db *db, const char *id, int64_t *num); /* ERR_NOT_FOUND */

/* Reader threads: may this person know of and read the circle? *role is ROLE_NONE for a guest who
 * has not been invited into a public one (may read, and speak as a participant). ERR_NOT_FOUND by
 * the same statements whether the circle is closed to them or does not exist. */
enum err circle_enter(struct db *db, int64_t person, const char *id, int64_t *circle,
					  enum role *role);

/* Appends {"id","title","access","phase","pace","door","crisis"?,"frozen","pinned",
 * "charter_version",…} in the language asked for. `key`: for thread ids in "frozen". */
enum err circle_describe(struct db *db, const struct id_key *key, int64_t circle, const char *lang,
						 struct buf *out);
/* Appends one element of session.open's and process.read's lists: {"id","title","access","phase",
 * "head","unread"}. */
enum err circle_summary(struct db *db, int64_t circle, int64_t person, const char *lang,
						struct buf *out);
/* A text that is a string or {"he","ar","en"}: the wished language, else he, en, whatever is there.
 */
json_t *text_in_language(const json_t *text, const char *lang);

enum err journal_head(struct db *db, int64_t journal, int64_t *head);
