/* relay_redis.c: see relay_redis.h. Of hiredis the parser alone is used: its asynchronous half ends
 * the process when a reply comes that nobody asked for. */
#include "relay/relay_redis.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"

enum { READ_BYTES = 16384, UNREAD_MOST = 1 << 20, PORT_TEXT = 8 };

struct link {
	int descriptor;
	bool is_connected;
	redisReader *reader;
	redisReply *last;  /* what link_reply() shows */
	struct buf out;
	size_t sent;       /* of out */
};

/* ---- coming and going ---- */

static bool has_begun(int descriptor, const struct sockaddr *address, socklen_t bytes)
{
	return connect(descriptor, address, bytes) == 0 || errno == EINPROGRESS || errno == EAGAIN;
}

static int connect_unix(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int descriptor;

	if (strlen(path) >= sizeof address.sun_path)
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	/* A full queue says EAGAIN here and connects nobody: it is lost at the first write. */
	if (descriptor >= 0 && !has_begun(descriptor, (const struct sockaddr *)&address,
					  sizeof address)) {
		close(descriptor);
		return -1;
	}
	return descriptor;
}

static int connect_first(const struct addrinfo *found)
{
	int one = 1;

	for (; found; found = found->ai_next) {
		int descriptor = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
					0);

		if (descriptor < 0)
			continue;
		(void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		if (has_begun(descriptor, found->ai_addr, found->ai_addrlen))
			return descriptor;
		close(descriptor);
	}
	return -1;
}

static int connect_tcp(const char *host, int port)
{
	struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	char text[PORT_TEXT];
	int descriptor;

	snprintf(text, sizeof text, "%d", port);
	if (getaddrinfo(host, text, &wanted, &found) != 0)
		return -1;
	descriptor = connect_first(found);
	freeaddrinfo(found);
	return descriptor;
}

struct link *link_open(const struct relay_url *url)
{
	struct link *link = calloc(1, sizeof *link);

	if (!link)
		return NULL;
	link->descriptor = url->port ? connect_tcp(url->host, url->port) : connect_unix(url->host);
	link->reader = link->descriptor >= 0 ? redisReaderCreate() : NULL;
	if (!link->reader)
		link_close(&link);
	return link;
}

void link_close(struct link **taken)
{
	struct link *link = *taken;

	*taken = NULL;
	if (!link)
		return;
	if (link->last)
		freeReplyObject(link->last);
	if (link->reader)
		redisReaderFree(link->reader);
	if (link->descriptor >= 0)
		close(link->descriptor);
	buf_fini(&link->out);
	free(link);
}

int link_descriptor(const struct link *link)
{
	return link->descriptor;
}

bool link_is_connected(const struct link *link)
{
	return link->is_connected;
}

size_t link_waiting(const struct link *link)
{
	return link->out.bytes - link->sent;
}

short link_events(const struct link *link)
{
	return (short)(POLLIN | (!link->is_connected || link_waiting(link) ? POLLOUT : 0));
}

/* ---- bytes ---- */

static bool finish_connecting(struct link *link)
{
	int failed = 0;
	socklen_t bytes = sizeof failed;

	if (getsockopt(link->descriptor, SOL_SOCKET, SO_ERROR, &failed, &bytes) < 0 || failed)
		return false;
	link->is_connected = true;
	return true;
}

bool link_flush(struct link *link)
{
	ssize_t sent;

	if (!buf_ok(&link->out))
		return false;
	while (link->is_connected && link_waiting(link) > 0) {
		sent = send(link->descriptor, link->out.data + link->sent, link_waiting(link),
			    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0)
			return errno == EAGAIN || errno == EINTR;
		link->sent += (size_t)sent;
	}
	if (link_waiting(link) == 0) {
		buf_clear(&link->out);
		link->sent = 0;
	}
	return true;
}

static bool take_in(struct link *link)
{
	char bytes[READ_BYTES];
	ssize_t got = recv(link->descriptor, bytes, sizeof bytes, MSG_DONTWAIT);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	return got > 0 && link->reader->len - link->reader->pos < UNREAD_MOST &&
	       redisReaderFeed(link->reader, bytes, (size_t)got) == REDIS_OK;
}

bool link_turn(struct link *link, short events)
{
	if (!link->is_connected && (events & (POLLOUT | POLLERR | POLLHUP)) &&
	    !finish_connecting(link))
		return false;
	if (link->is_connected && (events & (POLLIN | POLLERR | POLLHUP)) && !take_in(link))
		return false;
	return link_flush(link);
}

/* ---- commands and replies ---- */

void link_command(struct link *link, const struct part *parts, size_t count)
{
	buf_format(&link->out, "*%zu\r\n", count);
	for (size_t i = 0; i < count; i++) {
		buf_format(&link->out, "$%zu\r\n", parts[i].bytes);
		buf_add(&link->out, parts[i].data, parts[i].bytes);
		buf_text(&link->out, "\r\n");
	}
}

static struct part part_of(const redisReply *reply)
{
	bool is_text = reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS ||
		       reply->type == REDIS_REPLY_ERROR;

	/* hiredis says how long in int or in size_t, by its age. */
	return is_text ? (struct part){reply->str, (size_t)reply->len} : (struct part){"", 0};
}

static void show(const redisReply *from, struct reply *out)
{
	*out = (struct reply){.kind = REPLY_NOTHING};
	switch (from->type) {
	case REDIS_REPLY_STRING:
	case REDIS_REPLY_STATUS:
	case REDIS_REPLY_ERROR:
		out->kind = from->type == REDIS_REPLY_ERROR ? REPLY_ERROR : REPLY_TEXT;
		out->parts[out->count++] = part_of(from);
		break;
	case REDIS_REPLY_INTEGER:
		out->kind = REPLY_NUMBER;
		out->number = from->integer;
		break;
	case REDIS_REPLY_ARRAY:
		out->kind = REPLY_LIST;
		for (size_t i = 0; i < from->elements && i < REPLY_PARTS; i++)
			out->parts[out->count++] = part_of(from->element[i]);
		break;
	default:
		break;
	}
}

bool link_reply(struct link *link, struct reply *out, bool *is_lost)
{
	void *reply = NULL;

	if (link->last)
		freeReplyObject(link->last);
	link->last = NULL;
	*is_lost = redisReaderGetReply(link->reader, &reply) != REDIS_OK;
	if (*is_lost || !reply)
		return false;
	link->last = reply;
	show(link->last, out);
	return true;
}
