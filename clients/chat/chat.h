/* chat.h: `maagal chat`: a terminal client for people and scripts. One thread. */
#pragma once

#include <stdbool.h>

enum { CHAT_GOOD = 0, CHAT_FAILED = 1, CHAT_MISUSED = 2 };

struct chat_options {
	const char *url;    /* an address or an invitation link */
	const char *circle; /* NULL: the link's, or the only one, or asked for */
	const char *token, *name, *lang, *ca_file;
	const char *play, *invitations; /* a conversation file, and who plays whom */
	const char *after;              /* NULL: the last `tail` posts */
	const char *tail;               /* NULL: 30 */
	bool accept;                    /* the charter, without asking */
	bool anyway;                    /* what is nudged is sent as it is */
	bool follow;                    /* go on reading when the input ends */
	bool forget;                    /* remember nothing, use nothing remembered */
	bool json, plain;
};

/* Returns one of the above, which are the program's exit statuses. */
int chat_run(const struct chat_options *options);
/* Plays a conversation file as several persons, to fill a demonstration. */
int chat_play(const struct chat_options *options);
