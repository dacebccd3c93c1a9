/* item.h: what waits at the desk: found by its id, told about, done with. Inside the commit. */
#pragma once

#include "calls/call.h"

struct item {
	int64_t num, nonce, circle, post, claimed_by, until; /* post 0: about none */
	char kind[12];  /* "held", "edit", "report", "alert", "appeal" */
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

/* What a moderator (or the deadline) did to one person's post or standing, as it is written down:
 * the decision's row, the desk's event, the person's inbox with its statement of reasons. */
struct act {
	const char *what; /* "released", "rejected", "returned", "removed", "redacted", "restored",
						 "sanctioned", "upheld", "reversed" */
	enum event_kind desk, inbox;
	const char *restriction;          /* of the statement; NULL: none is left */
	int64_t by_person;                /* 0: the machine */
	const char *reason, *rule, *note; /* NULL: none given */
	const char *cause;                /* of a sanction, in words; NULL: none, or an id */
	const char *reason_key; /* a sentence of the house instead, in the author's language; NULL */
	const char *verdict;    /* if a filter noticed */
	bool by_report;
	const char *further;       /* further members of the desk's event, each after a comma; NULL */
	const char *inbox_further; /* likewise of the inbox's */
	/* what is not about a post, or not about it alone */
	const struct person *person; /* whom it concerns; NULL: the post's author */
	int64_t sanction;            /* 0: none */
	int64_t until;               /* when the restriction ends; 0: for good */
	const char *scope;           /* NULL: "post" */
	/* words that an appeal would need: of a rejected edit, of a post as masked; NULL: none */
	const char *words;
	size_t words_bytes;
	int64_t reverses; /* the decision that it reverses; 0: none */
};
/* A decision as it was written down. */
struct decided {
	int64_t num;
	char id[ID_TEXT];
};
/* post, item and out may be NULL. */
enum err act_keep(struct call *call, struct keeper *keeper, const struct circle *circle,
				  const struct post *post, const struct item *item, const struct act *act,
				  struct decided *out);
/* Appends `"by":{"id":"…"}`, or "machine" for nobody: as the desk's events name who acted; names
 * are put in when they are shown. */
enum err by_write(struct keeper *keeper, int64_t person, struct buf *out);
/* The reason, rule and note of the call's params. */
void act_read(struct call *call, struct act *act);

/* A held post that is withdrawn (retracted, replaced, erased): gone from the queue, the desk is
 * told. */
enum err item_withdraw(struct keeper *keeper, const struct circle *circle, const struct post *post,
					   const struct item *item);
/* All open reports of a post end: their item leaves the queue, reporters are told. */
enum err reports_close(struct call *call, struct keeper *keeper, const struct circle *circle,
					   const struct post *post, bool upheld);
