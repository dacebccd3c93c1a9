/* desk_sanction.h: sanctions as others of this folder meet them: the clock, appeals. Inside the
 * commit. */
#pragma once

#include "calls/item.h"

struct sanction {
	int64_t num, nonce, circle, person;
	char step[16];                      /* "warn", "slow", "premoderate", "mute", "exclude" */
	int64_t ends, acknowledged, lifted; /* 0: not */
};
/* By its public id; ERR_NOT_FOUND also for ids that were never given. */
enum err sanction_find(struct keeper *keeper, const char *id, struct sanction *out);
enum err sanction_load(struct keeper *keeper, int64_t num, struct sanction *out);
/* Lifted, run out, or a warning that was acknowledged. */
bool sanction_is_over(const struct keeper *keeper, const struct sanction *sanction);

struct lifting {
	int64_t by_person;         /* 0: the clock */
	const char *reason, *note; /* NULL: none */
};
/* Writes it down and tells the person and the desk; the sanction is in force. Whoever holds the
 * person's standing has to ask for it again. */
enum err sanction_lift(struct call *call, struct keeper *keeper, const struct sanction *sanction,
					   const struct lifting *lifting);

/* What time ends: sanctions, and the marks of yesterday's addresses. */
enum err due_sanctions(struct call *call, struct keeper *keeper);
