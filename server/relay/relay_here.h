/* relay_here.h: who is in which circle here, and how much of it Redis has not been told. A book
 * without links: relay_redis.c asks it what is due and says what was done. The relay's thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"

enum { HERE_CHANGES_MOST = 256 };

struct here_change {
	uint64_t mark; /* a person's; relay_seal.h */
	bool has_come;
};

struct here_circle {
	int64_t circle;
	struct map *marks;            /* who is here: mark → itself */
	struct here_change *changes;  /* not yet told, in their order; not used while is_whole */
	size_t change_count, change_room;
	bool is_whole;                /* all of it has to be told again */
	bool is_to_count;             /* those elsewhere have to be counted */
	int64_t elsewhere;            /* as last counted */
	int64_t refresh_ms;           /* when what Redis holds was last kept alive */
	struct list_node due;         /* in here.due */
	struct list_node all;         /* in here.all, longest not refreshed first */
};

struct here {
	struct map *circles;
	struct list_node due, all;
};

MUST_CHECK enum err here_init(struct here *here);
void here_fini(struct here *here);

void here_came(struct here *here, int64_t circle, uint64_t mark);
void here_left(struct here *here, int64_t circle, uint64_t mark);
struct here_circle *here_find(const struct here *here, int64_t circle); /* NULL: nobody is */
/* What Redis held may be gone. */
void here_tell_all_again(struct here *here);
void here_tell_again(struct here *here, struct here_circle *circle);
/* Somebody elsewhere has come or gone. */
void here_count_all(struct here *here);
void here_count(struct here *here, struct here_circle *circle);
/* The next circle with something to do, taken from the list; NULL: none. */
struct here_circle *here_next(struct here *here);
/* Its changes have been told. May free it: nobody is here any more. False if it did. */
bool here_told(struct here *here, struct here_circle *circle, int64_t now_ms);
/* The circle that has not been refreshed for longest, if that was before `before_ms`; marks it as
 * refreshed at now_ms. */
struct here_circle *here_to_refresh(struct here *here, int64_t before_ms, int64_t now_ms);
