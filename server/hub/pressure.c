/* pressure.c: see pressure.h. */
#include "hub/pressure.h"

enum {
	BATCH_LEAST = 16, /* fewer tell what a commit costs, not what a post costs */
	SMOOTHING = 4,
};

void pressure_came(struct pressure *pressure, int64_t now_us)
{
	if (!pressure->in_hand++)
		pressure->since_us = now_us;
}

void pressure_left(struct pressure *pressure)
{
	if (pressure->in_hand)
		pressure->in_hand--;
}

void pressure_turned(struct pressure *pressure, size_t count, int64_t now_us)
{
	int64_t took_us = now_us - pressure->since_us;

	if (count >= BATCH_LEAST && took_us >= 0) {
		int64_t each_us = took_us / (int64_t)count;

		if (!pressure->each_us)
			pressure->each_us = each_us;
		else
			pressure->each_us += (each_us - pressure->each_us) / SMOOTHING;
	}
	pressure->in_hand -= count < pressure->in_hand ? count : pressure->in_hand;
	pressure->since_us = now_us;
}

int64_t pressure_wait_us(const struct pressure *pressure, int64_t now_us)
{
	int64_t queued_us = (int64_t)pressure->in_hand * pressure->each_us;
	int64_t stalled_us = now_us - pressure->since_us;

	/* A few may wait for a slow disk; it is a crowd that has to be told. */
	if (pressure->in_hand < BATCH_LEAST)
		return 0;
	return queued_us > stalled_us ? queued_us : stalled_us;
}
