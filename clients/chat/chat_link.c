/* chat_link.c: see chat_link.h. */
#include "clients/chat/chat_link.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct chat_link {
	struct chat_socket *socket;
	int64_t last_id;
	json_t *waiting; /* an array: messages read while waiting for another */
};

enum err chat_link_open(const struct chat_url *url, const char *ca_file, int wait_ms,
						struct why *why, struct chat_link **out)
{
	struct chat_link *link = calloc(1, sizeof *link);
	enum err err = link ? ERR_NONE : ERR_NO_MEMORY;

	if (!err) {
		link->waiting = json_array();
		err = link->waiting ? chat_socket_open(url, ca_file, wait_ms, why, &link->socket)
							: ERR_NO_MEMORY;
	}
	if (err)
		chat_link_close(&link);
	*out = link;
	return err;
}

void chat_link_close(struct chat_link **link)
{
	if (!*link)
		return;
	chat_socket_close(&(*link)->socket);
	json_decref((*link)->waiting);
	free(*link);
	*link = NULL;
}

struct chat_socket *chat_link_socket(struct chat_link *link)
{
	return link->socket;
}

int64_t chat_link_call(struct chat_link *link, const char *method, json_t **params)
{
	int64_t id = ++link->last_id;
	json_t *given = *params ? *params : json_object();
	json_t *request = json_pack("{s:s,s:I,s:s,s:o}", "jsonrpc", "2.0", "id", (json_int_t)id,
								"method", method, "params", given);
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;

	*params = NULL;
	if (text)
		chat_socket_send(link->socket, text, strlen(text));
	free(text);
	json_decref(request);
	return id;
}

bool chat_link_step(struct chat_link *link)
{
	return chat_socket_step(link->socket);
}

/* Past what was set aside: straight from the socket. What is no JSON object is no message of
 * ours. */
static json_t *message_take(struct chat_link *link)
{
	size_t bytes;
	char *text;

	while ((text = chat_socket_take(link->socket, &bytes))) {
		json_t *message = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, NULL);

		free(text);
		if (json_is_object(message))
			return message;
		json_decref(message);
	}
	return NULL;
}

json_t *chat_link_next(struct chat_link *link)
{
	json_t *message = json_incref(json_array_get(link->waiting, 0));

	if (!message)
		return message_take(link);
	json_array_remove(link->waiting, 0);
	return message;
}

static bool answers(const json_t *message, int64_t id)
{
	return !json_object_get(message, "method") &&
		   json_integer_value(json_object_get(message, "id")) == id;
}

json_t *chat_link_wait(struct chat_link *link, int64_t id, int wait_ms)
{
	int64_t deadline = clock_steady_ms() + wait_ms;
	bool open = true;

	while (open) {
		struct pollfd waiting = {.fd = chat_socket_fd(link->socket), .events = POLLIN};
		int64_t left = deadline - clock_steady_ms();
		json_t *message;

		open = chat_link_step(link);
		while ((message = message_take(link))) {
			if (answers(message, id))
				return message;
			json_array_append_new(link->waiting, message);
		}
		if (left <= 0)
			return NULL;
		if (chat_socket_wants_write(link->socket))
			waiting.events |= POLLOUT;
		if (open && poll(&waiting, 1, (int)left) < 0 && errno != EINTR)
			return NULL;
	}
	return NULL;
}
