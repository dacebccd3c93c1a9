/* route.h: carries a call round the ring and answers whoever asked. What comes in is parsed,
 * measured against the limits, found in the table of calls and sent to its lane; what comes back
 * is answered and its outcome done. Owned by the hub's thread, but for the moment between judge
 * and store. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "calls/call.h"
#include "hub/fanout.h"
#include "hub/figures.h"
#include "hub/pressure.h"
#include "hub/rates.h"
#include "hub/session.h"
#include "hub/welcome.h"
#include "judge/judge.h"

struct mailbox;
struct relay;

/* How the calls of one method ended. */
struct method_figures {
	const char *method;
	uint64_t ended[ERR_COUNT]; /* by enum err; 0: answered with a result */
	uint64_t us_total;         /* from its coming in to its answer */
};

/* What newcomers are told alike, by language. */
struct common {
	char lang[LANG_TEXT];
	int64_t row; /* nothing that happened until then is missing */
	struct shared *text; /* NULL: not known yet */
};

enum { COMMON_LANGS = 3 };

struct route {
	const struct house *house; /* all borrowed */
	struct judge *judge;
	struct sessions *sessions;
	struct fanout *fanout;
	struct figures *figures;
	struct mailbox *strays;    /* calls that could not go on from the judge's thread */
	struct relay *relay;

	struct address_rates *addresses;
	struct map *methods;       /* row of the table → struct method_figures */
	struct method_figures others; /* what never became a call */
	struct list_node unread;   /* kept calls that wait for a reader to make their answer */
	size_t in_flight;
	struct pressure pressure;
	struct common commons[COMMON_LANGS];
	struct welcomes welcomes;
	bool is_stopping;          /* every new call is answered `busy` */
	struct buf reply, sentence, answer;
};

/* The borrowed members of *route are set, all others zero. */
MUST_CHECK enum err route_init(struct route *route);
void route_fini(struct route *route);

/* `text` is one message of the session's. */
void route_message(struct route *route, struct session *session, const char *text, size_t bytes);
/* A turn of the store: its events are shown, then its changes answered. Takes *turn. */
void route_turn(struct route *route, struct turn **turn);
/* A reading has come back: takes it if it is a call's. */
void route_was_read(struct route *route, struct reading *reading);
/* Time to see whose hold has run out. */
void route_due(struct route *route);
/* Now and then: tries again what the readers were too busy for. */
void route_tick(struct route *route);
/* A call that the judge could not pass on, with its err. */
void route_stray(struct route *route, struct call *call);
/* The session's peer takes again: what was put off is read now. */
void route_drained(struct route *route, struct session *session);
/* The session ends: what was put off is dropped. */
void route_gone(struct route *route, struct session *session);
