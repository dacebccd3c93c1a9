/* chat_url.h: where to connect, from what people paste: an address, or an invitation link with its
 * secret in the fragment. Pure. */
#pragma once

#include <stdbool.h>

#include "base/err.h"

struct chat_url {
	bool tls;
	char unix_path[108]; /* "": TCP */
	char host[256];      /* without the brackets of IPv6 */
	char port[6];
	char path[512];   /* of the WebSocket: "/ws", "/base/ws" */
	char invite[256]; /* "": none */
	char circle[256]; /* "": not said */
	char origin[600]; /* "https://host:port/base": names the server in what is remembered */
};

/* Accepts http, https, ws, wss, a bare "host:port", and "unix:/path". */
MUST_CHECK enum err chat_url_parse(const char *text, struct chat_url *out, struct why *why);
