/* enter.h: the way in, the same for every call: what one may not enter is not found, by the same
 * statements as what does not exist. */
#pragma once

#include "calls/call.h"

/* Inside a commit: the circle that `circle` names, and where the asker stands in it. ERR_SANCTIONED
 * for an excluded one. */
enum err enter_circle(struct call *call, struct keeper *keeper, struct circle **circle,
					  struct standing **standing);
/* The same for moderators: members below that are told `forbidden`. */
enum err enter_desk(struct call *call, struct keeper *keeper, struct circle **circle,
					struct standing **standing);
/* The post that `post` names, in a circle that the asker may enter. What has no place in the
 * journal is not found, except by its author. The caller fini's *post, also after an error. */
enum err enter_post(struct call *call, struct keeper *keeper, struct post *post,
					struct circle **circle, struct standing **standing);
/* A post or item of a circle whose desk the asker may use. */
enum err enter_desk_of(struct call *call, struct keeper *keeper, int64_t circle_num,
					   struct circle **circle, struct standing **standing);

/* ERR_SANCTIONED, and which sanction it is, so that a warning can be acknowledged and all see how
 * long it lasts: {"step","sanction","until"} with the error. ERR_STORAGE. */
enum err enter_sanctioned(struct call *call, struct db *db, int64_t circle, const char *step,
						  int64_t now);

/* For calls that need no circle: ERR_UNAUTHORISED once the asker is erased, or about to be, or the
 * device was revoked, be it by another process. */
enum err enter_person(struct call *call, struct keeper *keeper);

/* On a reader thread. */
enum err enter_reading(struct call *call, struct db *db, int64_t *circle, enum role *role);
enum err enter_desk_reading(struct call *call, struct db *db, int64_t *circle);

/* Checks a `circle` param; for rows that need no more. */
enum err check_circle(struct call *call);
/* A text of 1 to 8,000 code points. */
enum err check_post_text(struct call *call, const char *name);
/* `circle` and a `key` of 1 to 64 characters. */
enum err check_key(struct call *call);
/* `reason`, `rule`, `note`: texts of at most 2,000, 64 and 2,000 code points; reason not empty if
 * `must`. */
enum err check_reason(struct call *call, bool must);
/* One such text. */
enum err check_sentence(struct call *call, const char *name, size_t points);
/* Inside a commit: `rule`, if given, is one of the circle's rules of participation. */
enum err enter_rule(struct call *call, struct keeper *keeper, const struct circle *circle);
/* NULL as well for a text of which nobody would see anything. */
const char *param_or_null(struct call *call, const char *name);
