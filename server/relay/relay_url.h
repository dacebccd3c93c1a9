/* relay_url.h: where Redis is and how to be let in, from one line of text. Pure. */
#pragma once

#include "base/err.h"

enum { RELAY_URL_TEXT = 512 };

struct relay_url {
	char host[RELAY_URL_TEXT];     /* or, if port is 0, the path of a unix socket */
	int port, database;
	char user[RELAY_URL_TEXT], password[RELAY_URL_TEXT]; /* "": none */
};

/* redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE] (user and password percent-encoded),
 * unix:PATH or unix:///PATH (a password for it: unix://[[USER]:PASSWORD@]/PATH; a database:
 * ?db=N). ERR_BAD_PARAMS with a sentence that never quotes what may be a password. */
MUST_CHECK enum err relay_url_read(const char *text, struct relay_url *out, struct why *why);
