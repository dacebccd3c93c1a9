/* rates.h: how often one session may call and one address may open sessions. Buckets of tokens
 * that refill with time. What is limited and how much stands in the settings; a limit of 0 is
 * none. Owned by the hub's thread. */
#pragma once

#include <stdint.h>

#include "calls/call.h"
#include "config.h"
#include "relay/relay.h"

/* Thousandths of a token, and as of when. The clock may wrap: only differences count. */
struct bucket {
	int32_t milli;
	uint32_t at_ms;
};
/* Full. */
void bucket_init(struct bucket *bucket, int64_t burst, int64_t now_ms);
/* Takes `cost` tokens and returns 0, or takes nothing and returns in how many milliseconds there
 * will be enough. per_minute 0: no limit. A cost beyond the burst waits for a full bucket. */
int64_t bucket_take(struct bucket *bucket, int64_t per_minute, int64_t burst, unsigned cost,
		    int64_t now_ms);

/* Takes tokens that were used without asking: it may owe up to a whole burst. */
void bucket_owe(struct bucket *bucket, int64_t per_minute, int64_t burst, int64_t count,
		int64_t now_ms);

/* One session's. */
struct session_rates {
	struct bucket calls, drafts, searches;
};
void session_rates_init(struct session_rates *mine, const struct config *config, int64_t now_ms);
/* Each: 0 if allowed, else milliseconds to wait. */
int64_t session_rates_call(struct session_rates *mine, const struct config *config, unsigned cost,
			   int64_t now_ms);
int64_t session_rates_meter(struct session_rates *mine, const struct config *config,
			    enum meter meter, int64_t now_ms);

/* What each address has opened lately. Addresses are hashes of the door's. */
struct address_rates;
struct address_rates *address_rates_new(const struct config *config); /* `config` is borrowed */
void address_rates_free(struct address_rates **rates);
/* May this address open a session now? 0 or milliseconds to wait. */
int64_t address_rates_open(struct address_rates *rates, uint64_t address, int64_t now_ms);
/* It came with an invitation or resume token that is none. */
void address_rates_wrong_token(struct address_rates *rates, uint64_t address, int64_t now_ms);
/* It has done so through other processes, `count` times since we heard last. */
void address_rates_used_elsewhere(struct address_rates *rates, enum relay_use use,
				  uint64_t address, int64_t count, int64_t now_ms);
/* Forgets addresses whose buckets are full again; to be called now and then. */
void address_rates_sweep(struct address_rates *rates, int64_t now_ms);
