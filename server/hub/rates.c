/* rates.c: buckets of tokens, per session and per address; see rates.h. */
#include "hub/rates.h"

#include <stdlib.h>

#include "base/map.h"

enum { MILLI = 1000, MINUTE_MS = 60000 };

void bucket_init(struct bucket *bucket, int64_t burst, int64_t now_ms)
{
	bucket->milli = (int32_t)(burst * MILLI);
	bucket->at_ms = (uint32_t)now_ms;
}

/* A token a minute is one thousandth in 60 ms. Time that has not yet made a whole thousandth is
 * left for the next time, or a busy session would never get its due. */
static void bucket_refill(struct bucket *bucket, int64_t per_minute, int64_t burst, int64_t now_ms)
{
	int64_t passed = (int64_t)((uint32_t)now_ms - bucket->at_ms);
	int64_t gained = passed * per_minute / (MINUTE_MS / MILLI);

	if (bucket->milli + gained >= burst * MILLI) {
		bucket_init(bucket, burst, now_ms);
		return;
	}
	bucket->milli += (int32_t)gained;
	bucket->at_ms += (uint32_t)(gained * (MINUTE_MS / MILLI) / per_minute);
}

int64_t bucket_take(struct bucket *bucket, int64_t per_minute, int64_t burst, unsigned cost,
		    int64_t now_ms)
{
	int64_t wanted = (int64_t)cost * MILLI;
	int64_t least = burst > 0 ? burst : 1;

	if (per_minute == 0 || cost == 0)
		return 0;
	if (wanted > least * MILLI)
		wanted = least * MILLI;
	bucket_refill(bucket, per_minute, least, now_ms);
	if (bucket->milli >= wanted) {
		bucket->milli -= (int32_t)wanted;
		return 0;
	}
	return (wanted - bucket->milli) * (MINUTE_MS / MILLI) / per_minute + 1;
}

void bucket_owe(struct bucket *bucket, int64_t per_minute, int64_t burst, int64_t count,
		int64_t now_ms)
{
	int64_t least = burst > 0 ? burst : 1;
	int64_t left;

	if (per_minute == 0 || count <= 0)
		return;
	bucket_refill(bucket, per_minute, least, now_ms);
	left = bucket->milli - (count < 2 * least ? count : 2 * least) * MILLI;
	bucket->milli = (int32_t)(left > -least * MILLI ? left : -least * MILLI);
}

static bool bucket_is_full(const struct bucket *bucket, int64_t per_minute, int64_t burst,
			   int64_t now_ms)
{
	struct bucket now = *bucket;

	if (per_minute == 0)
		return true;
	bucket_refill(&now, per_minute, burst, now_ms);
	return now.milli >= burst * MILLI;
}

/* One session */

void session_rates_init(struct session_rates *mine, const struct config *config, int64_t now_ms)
{
	bucket_init(&mine->calls, config->calls_burst, now_ms);
	bucket_init(&mine->drafts, config->drafts_per_minute, now_ms);
	bucket_init(&mine->searches, config->searches_per_minute, now_ms);
}

int64_t session_rates_call(struct session_rates *mine, const struct config *config, unsigned cost,
			   int64_t now_ms)
{
	return bucket_take(&mine->calls, (int64_t)config->calls_per_second * 60,
			   config->calls_burst, cost, now_ms);
}

int64_t session_rates_meter(struct session_rates *mine, const struct config *config,
			    enum meter meter, int64_t now_ms)
{
	switch (meter) {
	case METER_NONE:
		return 0;
	case METER_DRAFT:
		return bucket_take(&mine->drafts, config->drafts_per_minute,
				   config->drafts_per_minute, 1, now_ms);
	case METER_SEARCH:
		return bucket_take(&mine->searches, config->searches_per_minute,
				   config->searches_per_minute, 1, now_ms);
	}
	return 0;
}

/* Addresses */

struct place_of_origin {
	struct bucket opened, wrong;
};

struct address_rates {
	const struct config *config;
	struct map *known;
};

struct address_rates *address_rates_new(const struct config *config)
{
	struct address_rates *rates = calloc(1, sizeof *rates);

	if (!rates)
		return NULL;
	rates->config = config;
	rates->known = map_new();
	if (!rates->known)
		address_rates_free(&rates);
	return rates;
}

void address_rates_free(struct address_rates **rates)
{
	struct address_rates *mine = *rates;
	uint64_t key;
	void *value;
	size_t at = 0;

	*rates = NULL;
	if (!mine)
		return;
	while (mine->known && map_next(mine->known, &at, &key, &value))
		free(value);
	map_free(&mine->known);
	free(mine);
}

/* NULL without memory: then nobody is turned away for it. */
static struct place_of_origin *origin_of(struct address_rates *rates, uint64_t address,
					 int64_t now_ms)
{
	struct place_of_origin *origin = map_get(rates->known, address);

	if (origin)
		return origin;
	origin = calloc(1, sizeof *origin);
	if (!origin)
		return NULL;
	bucket_init(&origin->opened, rates->config->opens_per_address_per_minute, now_ms);
	bucket_init(&origin->wrong, rates->config->wrong_tokens_per_address_per_minute, now_ms);
	if (!map_put(rates->known, address, origin)) {
		free(origin);
		return NULL;
	}
	return origin;
}

int64_t address_rates_open(struct address_rates *rates, uint64_t address, int64_t now_ms)
{
	const struct config *config = rates->config;
	struct place_of_origin *origin;
	int64_t wrong_most = config->wrong_tokens_per_address_per_minute;
	struct bucket wrong;
	int64_t wait_ms;

	if (config->opens_per_address_per_minute == 0 && wrong_most == 0)
		return 0;
	origin = origin_of(rates, address, now_ms);
	if (!origin)
		return 0;
	/* Only looked at: what is taken is taken once the token has turned out to be wrong. */
	wrong = origin->wrong;
	wait_ms = bucket_take(&wrong, wrong_most, wrong_most, 1, now_ms);
	if (wait_ms > 0)
		return wait_ms;
	return bucket_take(&origin->opened, config->opens_per_address_per_minute,
			   config->opens_per_address_per_minute, 1, now_ms);
}

void address_rates_wrong_token(struct address_rates *rates, uint64_t address, int64_t now_ms)
{
	int64_t most = rates->config->wrong_tokens_per_address_per_minute;
	struct place_of_origin *origin = most > 0 ? origin_of(rates, address, now_ms) : NULL;

	if (origin)
		bucket_take(&origin->wrong, most, most, 1, now_ms);
}

void address_rates_used_elsewhere(struct address_rates *rates, enum relay_use use,
				  uint64_t address, int64_t count, int64_t now_ms)
{
	int64_t opens = rates->config->opens_per_address_per_minute;
	int64_t wrong = rates->config->wrong_tokens_per_address_per_minute;
	int64_t most = use == RELAY_USE_OPEN ? opens : use == RELAY_USE_WRONG_TOKEN ? wrong : 0;
	struct place_of_origin *origin = most > 0 ? origin_of(rates, address, now_ms) : NULL;

	if (origin)
		bucket_owe(use == RELAY_USE_OPEN ? &origin->opened : &origin->wrong, most, most,
			   count, now_ms);
}

void address_rates_sweep(struct address_rates *rates, int64_t now_ms)
{
	int64_t opens = rates->config->opens_per_address_per_minute;
	int64_t wrong = rates->config->wrong_tokens_per_address_per_minute;
	uint64_t key;
	void *value;
	size_t at = 0;

	while (map_next(rates->known, &at, &key, &value)) {
		const struct place_of_origin *origin = value;

		if (!bucket_is_full(&origin->opened, opens, opens, now_ms) ||
		    !bucket_is_full(&origin->wrong, wrong, wrong, now_ms))
			continue;
		map_take(rates->known, key);
		free(value);
	}
}
