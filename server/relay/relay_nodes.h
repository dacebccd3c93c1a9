/* relay_nodes.h: what this process and the others on the same data tell each other through Redis:
 * rows, who is present, who types, what addresses use up. Owns the relay's thread. Used by relay.c
 * alone. */
#pragma once

#include "relay/relay.h"

struct nodes;

enum word_kind { WORD_CAME, WORD_LEFT, WORD_TYPING, WORD_USED };

/* What the hub wants said. */
struct word {
	enum word_kind kind;
	enum relay_use use;
	int64_t circle, person;
	uint64_t place;
	size_t bytes;
	char text[];
};

MUST_CHECK enum err nodes_open(const struct relay_settings *settings, struct why *why,
			       struct nodes **out);
MUST_CHECK enum err nodes_start(struct nodes *nodes);
void nodes_stop(struct nodes *nodes);
void nodes_close(struct nodes **nodes);

/* Any thread. */
void nodes_row_kept(struct nodes *nodes, int64_t row);
void nodes_say(struct nodes *nodes, const struct word *word, const char *text);
void nodes_read_health(const struct nodes *nodes, struct relay_health *out);
