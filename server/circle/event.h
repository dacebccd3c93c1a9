/* event.h: the kinds of event, as a table, and an event's one written form, shared by live
 * delivery, catching up, history, export and other processes. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/id.h"
#include "circle/role.h"

/* A journal's number is its owner's number and its kind in one: owner * 4 + kind. */
enum journal_kind {
	JOURNAL_CIRCLE,
	JOURNAL_DESK,
	JOURNAL_INBOX,
	JOURNAL_HOUSE,
	JOURNAL_KIND_COUNT
};
/* The house journal (owner 0) tells running servers what changed outside circles; no client reads
 * it. */
static inline int64_t journal_of(enum journal_kind kind, int64_t owner)
{
	return owner * JOURNAL_KIND_COUNT + (int64_t)kind;
}
static inline enum journal_kind journal_kind_of(int64_t journal)
{
	return (enum journal_kind)(journal % JOURNAL_KIND_COUNT);
}
static inline int64_t journal_owner(int64_t journal)
{
	return journal / JOURNAL_KIND_COUNT;
}
const char *journal_prefix(enum journal_kind kind); /* "circle", "desk", "inbox", "house" */

/* What an event does to what readers already hold of its post. */
enum event_touch {
	TOUCH_NOTHING,
	TOUCH_POST,     /* the post's rendering changed: older frames of it must not leave any more */
	TOUCH_STANDING, /* who may be where changed: joins are checked again */
	TOUCH_CIRCLE,   /* the circle's own state changed */
	TOUCH_HOUSE,    /* a process, person or device changed: caches are dropped */
};

/* In the order of their numbers, which are stored: append, never renumber. */
#define EVENT_LIST(X) \
	/* code                       number  written as            touches */ \
	X(EVENT_APPEAL_DECIDED, 1, "appeal_decided", TOUCH_NOTHING) \
	X(EVENT_CHARTER_CHANGED, 2, "charter_changed", TOUCH_CIRCLE) \
	X(EVENT_CLAIMED, 3, "claimed", TOUCH_NOTHING) \
	X(EVENT_CLOSED, 4, "closed", TOUCH_CIRCLE) \
	X(EVENT_CRISIS_BEGUN, 5, "crisis_begun", TOUCH_CIRCLE) \
	X(EVENT_CRISIS_ENDED, 6, "crisis_ended", TOUCH_CIRCLE) \
	X(EVENT_DEVICE_REVOKED, 7, "device_revoked", TOUCH_HOUSE) \
	X(EVENT_DOOR_CHANGED, 8, "door_changed", TOUCH_CIRCLE) \
	X(EVENT_EDITED, 9, "edited", TOUCH_POST) \
	X(EVENT_ERASED, 10, "erased", TOUCH_POST) \
	X(EVENT_HELD, 11, "held", TOUCH_NOTHING) \
	X(EVENT_LIFTED, 12, "lifted", TOUCH_STANDING) \
	X(EVENT_MENTIONED, 13, "mentioned", TOUCH_NOTHING) \
	X(EVENT_NOTICE_POSTED, 14, "notice_posted", TOUCH_NOTHING) \
	X(EVENT_PACE_CHANGED, 15, "pace_changed", TOUCH_CIRCLE) \
	X(EVENT_PERSON_CHANGED, 16, "person_changed", TOUCH_HOUSE) \
	X(EVENT_POSTED, 17, "posted", TOUCH_NOTHING) \
	X(EVENT_POST_HELD, 18, "post_held", TOUCH_NOTHING) \
	X(EVENT_POST_REDACTED, 19, "post_redacted", TOUCH_NOTHING) \
	X(EVENT_POST_REJECTED, 20, "post_rejected", TOUCH_NOTHING) \
	X(EVENT_POST_RELEASED, 21, "post_released", TOUCH_NOTHING) \
	X(EVENT_POST_REMOVED, 22, "post_removed", TOUCH_NOTHING) \
	X(EVENT_POST_RESTORED, 23, "post_restored", TOUCH_NOTHING) \
	X(EVENT_PROCESS_APPLIED, 24, "process_applied", TOUCH_HOUSE) \
	X(EVENT_REDACTED, 25, "redacted", TOUCH_POST) \
	X(EVENT_REJECTED, 26, "rejected", TOUCH_NOTHING) \
	X(EVENT_RELEASED, 27, "released", TOUCH_NOTHING) \
	X(EVENT_REMOVED, 28, "removed", TOUCH_POST) \
	X(EVENT_REPLIED, 29, "replied", TOUCH_NOTHING) \
	X(EVENT_REPORTED, 30, "reported", TOUCH_NOTHING) \
	X(EVENT_REPORT_CLOSED, 31, "report_closed", TOUCH_NOTHING) \
	X(EVENT_RESTORED, 32, "restored", TOUCH_POST) \
	X(EVENT_RETRACTED, 33, "retracted", TOUCH_POST) \
	X(EVENT_RULES_PINNED, 34, "rules_pinned", TOUCH_CIRCLE) \
	X(EVENT_SANCTIONED, 35, "sanctioned", TOUCH_STANDING) \
	X(EVENT_STANDING_CHANGED, 36, "standing_changed", TOUCH_STANDING) \
	X(EVENT_THREAD_FROZEN, 37, "thread_frozen", TOUCH_CIRCLE) \
	X(EVENT_THREAD_THAWED, 38, "thread_thawed", TOUCH_CIRCLE) \
	X(EVENT_UNCLAIMED, 39, "unclaimed", TOUCH_NOTHING) \
	X(EVENT_HELD_WITHDRAWN, 40, "held_withdrawn", TOUCH_POST) \
	X(EVENT_ALERT_ACKNOWLEDGED, 41, "alert_acknowledged", TOUCH_NOTHING) \
	X(EVENT_ALERT_EXPIRED, 42, "alert_expired", TOUCH_NOTHING) \
	X(EVENT_ALERT_OVER, 43, "alert_over", TOUCH_NOTHING) \
	X(EVENT_ALERT_PASSED_ON, 44, "alert_passed_on", TOUCH_NOTHING) \
	X(EVENT_ALERT_RAISED, 45, "alert_raised", TOUCH_NOTHING) \
	X(EVENT_CRISIS_STEPPED, 46, "crisis_stepped", TOUCH_CIRCLE) \
	X(EVENT_NOTE_ADDED, 47, "note_added", TOUCH_NOTHING) \
	X(EVENT_WATCH_BEGUN, 48, "watch_begun", TOUCH_NOTHING) \
	X(EVENT_WATCH_ENDED, 49, "watch_ended", TOUCH_NOTHING) \
	X(EVENT_ACKNOWLEDGED_WARNING, 50, "acknowledged_warning", TOUCH_NOTHING) \
	X(EVENT_APPEAL_OPENED, 51, "appeal_opened", TOUCH_NOTHING) \
	X(EVENT_ROLE_GIVEN, 52, "role_given", TOUCH_NOTHING)

enum event_kind {
	EVENT_NONE = 0,
#define X(code, number, name, touches) code = number,
	EVENT_LIST(X)
#undef X
};

const char *event_name(enum event_kind kind); /* "" if unknown */
enum event_touch event_touches(enum event_kind kind);

/* As stored; append, never renumber. A held post has no place in the circle's journal yet. */
enum post_state {
	POST_VISIBLE = 0,
	POST_REDACTED = 1,
	POST_REMOVED = 2,
	POST_RETRACTED = 3,
	POST_ERASED = 4,
	POST_HELD = 5,
	POST_REJECTED = 6,
};
const char *post_state_name(enum post_state state);

/* Who wrote a post, as shown beside it. Borrowed strings. */
struct author {
	const char *id; /* "" if erased */
	const char *name;
	const char *kind; /* "guest", "member", "erased" */
	const char *tag;  /* NULL: none */
	enum role role;
	const char *organisation; /* NULL: none */
};

/* A post as it stands. Borrowed strings. */
struct post_view {
	const char *id, *thread, *reply_to; /* reply_to NULL in an opener */
	int64_t seq;                        /* of its `posted`; 0 while held */
	int64_t rev;
	enum post_state state;
	struct author author;
	const char *lang;
	const char *text; /* what may be shown: NULL unless visible, or masked if redacted */
	size_t text_bytes;
};

/* An event as read or about to be sent. */
struct event_view {
	const char *journal; /* "circle/forum" */
	int64_t seq;
	int64_t at; /* wall clock, milliseconds */
	enum event_kind kind;
	const struct post_view *post; /* NULL: none */
	const char *body; /* further members as JSON text without the braces; NULL or "": none */
};

/* Appends `{"journal":…,"seq":…,"at":…,"kind":…[,"post":{…}][,body]}`: exactly the `params` of an
 * `event` notification, and exactly an element of an `events` array. */
void event_write(const struct event_view *event, struct buf *out);
/* Appends the post's object alone. */
void post_write(const struct post_view *post, struct buf *out);
