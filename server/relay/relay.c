/* relay.c: the front of the relay: whom there is to tell, if anybody; see relay.h. */
#include "relay/relay.h"

#include <stdlib.h>

#include "relay/relay_nodes.h"

struct relay {
	struct nodes *nodes; /* NULL: nobody to tell */
};

enum err relay_open(const struct relay_settings *settings, struct why *why, struct relay **out)
{
	struct relay *relay = calloc(1, sizeof *relay);
	enum err err = relay ? ERR_NONE : ERR_NO_MEMORY;

	if (!err && settings->url[0])
		err = nodes_open(settings, why, &relay->nodes);
	if (err)
		relay_close(&relay);
	*out = relay;
	return err;
}

enum err relay_start(struct relay *relay)
{
	return relay->nodes ? nodes_start(relay->nodes) : ERR_NONE;
}

void relay_stop(struct relay *relay)
{
	if (relay && relay->nodes)
		nodes_stop(relay->nodes);
}

void relay_close(struct relay **relay)
{
	if (*relay)
		nodes_close(&(*relay)->nodes);
	free(*relay);
	*relay = NULL;
}

void relay_row_kept(struct relay *relay, int64_t row)
{
	if (relay && relay->nodes)
		nodes_row_kept(relay->nodes, row);
}

static void say(struct relay *relay, const struct word *word, const char *text)
{
	if (relay && relay->nodes)
		nodes_say(relay->nodes, word, text);
}

void relay_came(struct relay *relay, int64_t circle, int64_t person)
{
	say(relay, &(struct word){.kind = WORD_CAME, .circle = circle, .person = person}, "");
}

void relay_left(struct relay *relay, int64_t circle, int64_t person)
{
	say(relay, &(struct word){.kind = WORD_LEFT, .circle = circle, .person = person}, "");
}

void relay_typing(struct relay *relay, int64_t circle, const char *params, size_t bytes)
{
	if (bytes <= RELAY_TYPING_BYTES)
		say(relay, &(struct word){.kind = WORD_TYPING, .circle = circle, .bytes = bytes}, params);
}

void relay_used(struct relay *relay, enum relay_use use, uint64_t place)
{
	say(relay, &(struct word){.kind = WORD_USED, .use = use, .place = place}, "");
}

void relay_read_health(const struct relay *relay, struct relay_health *out)
{
	*out = (struct relay_health){.kind = "local"};
	if (relay && relay->nodes)
		nodes_read_health(relay->nodes, out);
}
