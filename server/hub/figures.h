/* figures.h: what the hub counts for /metrics. Plain numbers, counted where it happens, read by
 * health.c; all on the hub's thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct figures {
	uint64_t events_applied;     /* kept events that came by */
	uint64_t frames_encoded;     /* of those that somebody here reads */
	uint64_t deliveries;         /* event frames given to members live */
	uint64_t ring_served;        /* event frames given to members from a ring */
	uint64_t pages_read;         /* pages read for members that had fallen behind */
	uint64_t gaps;               /* members found behind without having been choked */
	uint64_t reads_repeated;     /* reads done again because what they had read changed */
	uint64_t parked;             /* reads put off because their reader was choked */
	uint64_t slow_closed;        /* closed with 1013: did not read */
	uint64_t late_closed;        /* closed with 1008: did not open in time */
	uint64_t revoked_closed;     /* closed with 4001 */
	uint64_t answers_orphaned;   /* came back after their session had gone */
	uint64_t refused_rate, refused_busy;
	uint64_t posted, held, nudged, rejected;
	uint64_t presence_told, typing_told;
	uint64_t seats_lost;         /* members put out because their standing changed */
};
