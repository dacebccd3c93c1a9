/* desk_circle.h: a circle's pace, door and frozen threads as other files of this folder change them
 * (a crisis does all of these), and how such a change is told. Inside the commit. */
#pragma once

#include "calls/call.h"

/* The names of the notices that are kept ready, under "notice.template." in the texts; ends with
 * NULL. */
extern const char *const notice_templates[];

/* What is told to the circle, by "the moderators" or "the machine", and to the desk, with who. */
struct circle_change {
	struct circle *circle;
	enum event_kind kind;
	const struct post *post;   /* the opener of a thread that changes; NULL */
	const char *members;       /* of both events, as JSON text without braces; at least one */
	int64_t by_person;         /* 0: the machine */
	const char *reason, *note; /* NULL: none; the note is for the desk alone */
	const char *text;          /* of a notice; NULL: none */
};
enum err circle_tell(struct keeper *keeper, const struct circle_change *change);

/* The rows and what is remembered; telling is the caller's. until 0: it stays; else it goes back by
 * itself to what stood before. */
enum err circle_set_pace(struct keeper *keeper, struct circle *circle, int64_t seconds,
						 int64_t until);
enum err circle_set_door(struct keeper *keeper, struct circle *circle, enum doorway door);
/* `thread`: the opener's number. */
enum err circle_set_frozen(struct keeper *keeper, struct circle *circle, int64_t thread,
						   bool freeze);

/* Paces whose time is over. */
enum err due_paces(struct keeper *keeper);
