/* chat_socket.h: one WebSocket as a client sees it (RFC 6455, subprotocol maagal.v1), over TCP,
 * TLS or a unix socket. Only as much of the standard as two honest peers need, checked strictly.
 * The one door to OpenSSL of the terminal client. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "clients/chat/chat_url.h"

struct chat_socket;

/* Connects and shakes hands; waits at most wait_ms. `ca_file` (NULL: the system's) holds the
 * certificates to be believed. ERR_STORAGE stands for "not now" (worth another try),
 * ERR_BAD_PARAMS for "never" (a wrong name, a certificate not to be believed, no such service). */
MUST_CHECK enum err chat_socket_open(const struct chat_url *url, const char *ca_file, int wait_ms,
									 struct why *why, struct chat_socket **out);
/* Says goodbye if it still can. */
void chat_socket_close(struct chat_socket **socket);

int chat_socket_fd(const struct chat_socket *socket);
bool chat_socket_wants_write(const struct chat_socket *socket);
/* Queues one text message. */
void chat_socket_send(struct chat_socket *socket, const char *text, size_t bytes);
/* Queues a ping, so that a dead connection shows. */
void chat_socket_ping(struct chat_socket *socket);
/* Reads and writes what can be without waiting. False once the connection has ended. */
bool chat_socket_step(struct chat_socket *socket);
/* The next whole message, to be freed; NULL: none yet. Messages that came before the end can still
 * be taken after it. */
char *chat_socket_take(struct chat_socket *socket, size_t *bytes);
/* The close code that the server gave; 0: none. */
int chat_socket_close_code(const struct chat_socket *socket);
