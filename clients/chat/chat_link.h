/* chat_link.h: JSON-RPC 2.0 over one WebSocket: calls go out with ids of our own, answers and
 * notifications come in. One thread. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "clients/chat/chat_socket.h"

struct chat_link;

MUST_CHECK enum err chat_link_open(const struct chat_url *url, const char *ca_file, int wait_ms,
								   struct why *why, struct chat_link **out);
void chat_link_close(struct chat_link **link);
struct chat_socket *chat_link_socket(struct chat_link *link);

/* Sends a request; takes `params` (NULL: {}). Returns its id. */
int64_t chat_link_call(struct chat_link *link, const char *method, json_t **params);
/* Moves bytes without waiting. False once the connection has ended. */
bool chat_link_step(struct chat_link *link);
/* The next answer or notification, owned by the caller; NULL: none yet. */
json_t *chat_link_next(struct chat_link *link);
/* Waits for the answer to `id`, owned by the caller; what else arrives is kept for
 * chat_link_next(). NULL: the connection ended or wait_ms passed. */
json_t *chat_link_wait(struct chat_link *link, int64_t id, int wait_ms);
