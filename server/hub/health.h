/* health.h: /healthz, /readyz and /metrics: figures for whoever runs the server. They name no
 * circle and no person. Owned by the hub's thread. */
#pragma once

#include "hub/door.h"
#include "hub/route.h"
#include "hub/rulebook.h"

struct health {
	const struct door *door; /* all borrowed */
	const struct route *route;
	struct rulebook *rules;
	struct store *store;
	const struct relay *relay;
	int64_t began_ms;
};

/* door_events.http */
unsigned health_answer(const struct health *health, const struct door_request *request,
		       struct buf *body, const char **type);
