/* call.h: a call goes in, an outcome comes out; nothing else happens. One method, or one family of
 * methods, is one file in this folder; each is one row in calls.c. A call is made on the hub's
 * thread, travels (judge, store or reader thread), comes back to the hub, is answered and freed.
 * One owner at a time. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "base/shared.h"
#include "base/texts.h"
#include "config.h"
#include "filters/pipeline.h"
#include "judge/judge.h"
#include "store/history.h"
#include "store/keeper.h"
#include "store/store.h"
#include "wire/request.h"

struct call;
struct presets;
struct reserved_names;

/* What all calls may use: read-only, alive as long as the server. */
struct house {
	const struct config *config;
	const struct texts *texts;
	const struct presets *presets; /* of a crisis; NULL: there are none */
	const struct reserved_names *reserved;
	struct store *store;
	/* The rules now in force, with a reference for the caller (they are swapped by SIGHUP). */
	struct ruleset *(*ruleset)(void *owner);
	void *owner;
};

/* Where a call does its work. */
enum lane {
	LANE_HUB,    /* on the hub's thread: no disk, no waiting */
	LANE_READ,   /* on a reader thread, in one snapshot */
	LANE_KEEP,   /* inside a commit */
	LANE_JUDGED, /* judged first, then inside a commit */
	LANE_DRAFT,  /* judged, then on a reader thread: nothing is kept */
};

enum meter { METER_NONE, METER_DRAFT, METER_SEARCH }; /* the session's own limits beyond `cost` */

struct call_row {
	const char *method;
	enum lane lane;
	bool before_open; /* allowed (only) before session.open has succeeded */
	bool urgent;      /* a moderator's act: goes before posts */
	unsigned cost;    /* taken from the session's bucket of calls */
	enum meter meter;
	/* Hub thread: are the params what they should be? NULL: any object will do. */
	enum err (*check)(struct call *call);
	/* LANE_HUB. */
	enum err (*now)(struct call *call);
	/* LANE_READ, LANE_DRAFT; LANE_KEEP: read after it was kept, to make the answer (NULL: none). */
	enum err (*read)(struct call *call, struct db *db);
	/* LANE_KEEP, LANE_JUDGED. */
	enum err (*keep)(struct call *call, struct keeper *keeper);
	/* Hub thread, instead of `read`: writes the answer if it takes no more than what an earlier
	 * one left as its outcome.common. False: it must be read. Given NULL it writes nothing and
	 * only tells whether it could. */
	bool (*recall)(struct call *call, const struct shared *common);
};
/* NULL if there is no such method. */
const struct call_row *call_row_find(const char *method);

/* Who asks: copied from the session when the call is made. */
struct asker {
	uint64_t session;       /* the hub's handle of the session */
	int64_t person, device; /* 0 before session.open */
	char lang[LANG_TEXT];
	uint64_t address; /* a keyed hash of the address; 0: none */
};

/* What the hub does when the call comes back, besides answering. Zeroed: nothing. */
struct outcome {
	/* session.open */
	int64_t person, device;
	char lang[LANG_TEXT];
	/* session.open, me.update: {"id","name","tag"?} as others see it, for typing; owned */
	struct shared *participant;
	/* session.open: what all are told whom nobody knows yet; circle.join: what all are told who
	 * were not invited and ask for nothing that came before; as of snapshot_row, if it had to be
	 * made; owned */
	struct shared *common;
	/* session.open: somebody new, of whom there is nothing else to know */
	bool is_newcomer;
	/* joins: live events of `journal` from `next` on; if not `live`, the page was cut and nothing
	 * live is sent. circle: to be found in presence and typing; 0 for inbox and desk */
	int64_t joined_journal, next;
	bool live;
	int64_t joined_circle;
	/* leave */
	int64_t left_journal;
	/* circle.typing: tell the circle's other members, at most as often as the hub sees fit */
	int64_t typing_circle, typing_thread;
	/* close after answering: this session; or all sessions of this device, with 4001 */
	bool close;
	int64_t revoked_device;
	int64_t erased_person; /* all sessions of this person are closed with 4001 after the answer */
};

struct call {
	struct change change;   /* LANE_KEEP, LANE_JUDGED: first member, so that one is the other */
	struct reading reading; /* LANE_READ, LANE_DRAFT */
	const struct call_row *row;
	const struct house *house;
	struct asker asker;
	struct request request;

	/* judged lanes: `text` is borrowed from request.params; `policy` is found by the judge's
	 * caller (hub) or read from the circle at admission */
	const char *text;
	size_t text_bytes;
	struct judged *judged;   /* owned */
	struct ruleset *ruleset; /* the one it was judged by; a reference */
	struct case_ judging;    /* the hub's, while the judge has it */

	/* the answer */
	struct buf result; /* JSON text; empty: {} */
	enum err err;
	const char *detail; /* static: which sentence, "error.<name>.<detail>"; NULL: "error.<name>" */
	const char *member; /* static: fills {member} of the sentence: which param is wrong */
	int64_t most;       /* fills {most} of the sentence */
	int64_t retry_ms;   /* fills {seconds} too */
	struct buf error_data; /* further members of error.data, JSON text without braces */
	struct outcome outcome;
	void *carried; /* LANE_KEEP: what keep() hands to read(), if anything; owned, freed by free() */
	bool again;             /* LANE_KEEP: not done: to be kept again before it is answered */
	int64_t snapshot_row; /* LANE_READ: the newest event row the snapshot held */

	/* the hub's own */
	int64_t began_us;      /* steady clock, when the call came in */
	struct list_node node; /* while it waits for a slow reader, or for what another call reads */
	struct list_node followers; /* head, once used: calls that wait for what this one reads */
	bool is_leader;        /* others may follow it, or have */
	bool is_in_hand;       /* counted as waiting for the store */
	bool was_kept;         /* LANE_KEEP: what is left is reading the answer */
	unsigned tries;        /* how often it was read again, because what it had read changed */
};

/* Takes the parsed request. NULL only without memory. */
struct call *call_new(const struct house *house, const struct call_row *row,
					  const struct asker *asker, struct request *request);
void call_free(struct call **call);

/* Helpers for the files of this folder. Each returns ERR_BAD_PARAMS (with a detail) on a wrong type
 * or range. `most` counts code points. Optional ones leave *out as it was. */
enum err param_string(struct call *call, const char *name, size_t least, size_t most,
					  const char **out);
/* A string of which something can be seen: to param_or_null(), what is blank is not there. */
enum err param_text(struct call *call, const char *name, size_t most, const char **out);
bool text_is_blank(const char *text);
enum err param_text_optional(struct call *call, const char *name, size_t most, const char **out);
enum err param_int(struct call *call, const char *name, int64_t least, int64_t most, int64_t *out);
enum err param_int_optional(struct call *call, const char *name, int64_t least, int64_t most,
							int64_t *out);
bool param_given(const struct call *call, const char *name);
enum err call_refuse(struct call *call, enum err err,
					 const char *detail); /* sets both, returns err */
/* Dumps compactly into result and releases `result` (NULL: ERR_NO_MEMORY). */
enum err call_answer(struct call *call, json_t *result);
