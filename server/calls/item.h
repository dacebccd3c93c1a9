/* item.h: what waits at the desk: found by its id, told about, done with. Inside the commit. */
#pragma once

#include "calls/call.h"

struct item {
	int64_t num, nonce, circle, post, claimed_by, until;
	char kind[12];  /* "held", "edit", "report" */
	char state[12]; /* "open", "decided", "withdrawn" */
	char cause[24];
	char lang[LANG_TEXT];
	char *text; /* of a held edit; owned */
	size_t text_bytes;
	char *verdict; /* owned */
};
void item_fini(struct item *item);

/* By its public id, for a moderator of its circle. The caller fini's *item, also after an error. */
enum err item_enter(struct call *call, struct keeper *keeper, struct item *item,
					struct circle **circle, struct standing **standing);
enum err item_load(struct keeper *keeper, int64_t num, struct item *out);
/* The open item of this kind about a post; ERR_NOT_FOUND. */
enum err item_open_of(struct keeper *keeper, int64_t post, const char *kind, struct item *out);
/* Leaves the queue: state "decided" or "withdrawn". The words of a held edit go. */
enum err item_end(struct keeper *keeper, const struct item *item, const char *state);

/* What a moderator (or the deadline) did to one person's post, as it is written down: the
 * decision's row, the desk's event, the author's inbox with its statement of reasons. */
struct act {
	const char *what; /* "released", "rejected", "returned", "removed", "redacted", "restored" */
	enum event_kind desk, inbox;
	const char *restriction;          /* of the statement; NULL: none is left */
	int64_t by_person;                /* 0: the machine */
	const char *reason, *rule, *note; /* NULL: none given */
	const char *reason_key; /* a sentence of the house instead, in the author's language; NULL */
	const char *verdict;    /* if a filter noticed */
	bool by_report;
	const char *further; /* further members of the desk's event; NULL */
};
/* item may be NULL. decision_id may be NULL. */
enum err act_keep(struct call *call, struct keeper *keeper, const struct circle *circle,
				  const struct post *post, const struct item *item, const struct act *act,
				  char decision_id[ID_TEXT]);
/* The reason, rule and note of the call's params. */
void act_read(struct call *call, struct act *act);

/* A held post that is withdrawn (retracted, replaced, erased): gone from the queue, the desk is
 * told. */
enum err item_withdraw(struct keeper *keeper, const struct circle *circle, const struct post *post,
					   const struct item *item);
/* All open reports of a post end: their item leaves the queue, reporters are told. */
enum err reports_close(struct call *call, struct keeper *keeper, const struct circle *circle,
					   const struct post *post, bool upheld);
