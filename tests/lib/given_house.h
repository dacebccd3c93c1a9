/* given_house.h: the whole writing and reading path without sockets and threads: the shipped rules
 * and texts, a store on a faulty disk, one keeper for each process, a clock that a test turns.
 * Calls go the way they go in the server: params, judge, commit, answer. One thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "calls/call.h"
#include "store/search.h"

enum { NODES_MOST = 2, BATCH_MOST = 64, SETTINGS_MOST = 8 };

/* One event as a process told it to those who were there. */
struct told {
	int64_t row, journal, seq, post;
	enum event_kind kind;
	char *params;
};

/* One of the processes on the data folder. */
struct node {
	struct db *db;
	struct keeper *keeper;
	struct told *told; /* in row order */
	size_t told_count, told_room;
	size_t turn_began; /* told[turn_began …]: of its last turn */
};

struct given_house {
	char folder[64];
	struct config config;
	struct house house;
	struct store *store;
	struct db *reader;
	struct search *search;
	struct node nodes[NODES_MOST];
	int node_count;
	int64_t wall_ms, steady_ms;
	bool by_steps; /* a long change is kept step by step only when the test says so */
};

/* A fresh store with one process (id "town") and its circles: forum (public), quiet (public, its
 * holds end in `stays`), slow (public, a pace of 60 s), door (public, newcomers are premoderated,
 * its holds end in `published`), panel (closed). `settings`: "NAME=VALUE", ended by NULL. */
void house_begin(struct given_house *given, const char *root, const char *const settings[]);
/* The same on a copy of another store's files. */
void house_begin_on(struct given_house *given, const char *root, const char *const settings[],
		    const char *folder, bool power_cut);
void house_end(struct given_house *given);
/* All processes end and begin again; nobody had time to say goodbye. */
void house_restart(struct given_house *given);
void house_add_node(struct given_house *given);
void house_pass(struct given_house *given, int64_t milliseconds);
/* What the server does after a commit that failed. */
void house_reopen(struct given_house *given, int node);

/* Applies {"id":"town",…} with this charter version. */
enum err house_apply(struct given_house *given, int node, int charter_version);

/* A person's number. Everybody has accepted the charter. */
int64_t house_guest(struct given_house *given, const char *name);
int64_t house_member(struct given_house *given, const char *name, const char *circle,
		     enum role role);

/* ---- asking ---- */

/* Calls that are kept in one commit. */
struct batch {
	struct call *calls[BATCH_MOST];
	size_t count;
	enum err err; /* of the commit */
};
/* Parsed, checked and judged; a call that fails there is not sent on. `params` is JSON in which
 * the further arguments are filled in as printf does. */
struct call *batch_add(struct given_house *given, struct batch *batch, int64_t person,
		       const char *method, const char *params, ...)
	__attribute__((format(printf, 5, 6)));
/* The house's own: holds whose time has run out. */
struct call *batch_add_due(struct given_house *given, struct batch *batch);
void batch_run(struct given_house *given, int node, struct batch *batch);
/* The next step of what is not done; false if all is. batch_run() takes them all at once, unless
 * the house goes by_steps. */
bool batch_go_on(struct given_house *given, int node, struct batch *batch);
void batch_end(struct batch *batch);

/* What came back. text: JSON, never NULL. */
struct answer {
	enum err err;
	int64_t retry_ms;
	char detail[48];
	char *text;
	json_t *result;
};
struct answer answer_of(const struct call *call);
void answer_end(struct answer *answer);
/* A member of the answer: "" if there is none. */
const char *answer_text(const struct answer *answer, const char *name);
int64_t answer_number(const struct answer *answer, const char *name);

/* One call in a commit (or a snapshot) of its own. */
struct answer ask_at(struct given_house *given, int node, int64_t person, const char *method,
		     const char *params, ...) __attribute__((format(printf, 5, 6)));
#define ask(given, person, method, ...) ask_at(given, 0, person, method, __VA_ARGS__)
/* A turn without changes: what others kept is told here too. */
void house_look(struct given_house *given, int node);
