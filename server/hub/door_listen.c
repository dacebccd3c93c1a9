/* door_listen.c: the door's own listening sockets, so that an address means that address. (Given
 * "127.0.0.1" as interface, libwebsockets binds to every address there is.) */
#include "hub/door_inside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

enum { BACKLOG = 4096, ACCEPTS_A_TURN = 64 };
static const double PAUSE_SECONDS = 0.1;

/* ---- accepting ---- */

/* A last word to whom we cannot even keep for a moment. It may be lost; the close is not. */
static void turn_away(const struct listener *listener, int fd)
{
	static const char busy[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n"
		"Content-Length: 0\r\nConnection: close\r\n\r\n";

	if (!listener->is_tls && send(fd, busy, sizeof busy - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("door.turned_away", "unheard=1");
	close(fd);
	listener->door->figures.refused_limits++;
}

static void set_listening(struct door *door, bool is_on)
{
	for (int i = 0; i < LISTENERS_MOST; i++) {
		struct listener *listener = &door->listeners[i];
		if (listener->fd >= 0 && is_on)
			ev_io_start(door->loop, &listener->watcher);
		else if (listener->fd >= 0)
			ev_io_stop(door->loop, &listener->watcher);
	}
}

static void on_pause_over(struct ev_loop *loop, ev_timer *watcher, int revents)
{
	(void)loop, (void)revents;
	set_listening(watcher->data, true);
}

/* No descriptor is left. The waiting connection would wake us without end, so the spare one is
 * given up for as long as it takes to refuse it; then we do not listen for a moment. */
static void give_up_spare(struct listener *listener)
{
	struct door *door = listener->door;
	int fd;

	log_warn("door.no_descriptors", "connections=%zu", door->figures.connections);
	if (door->spare_fd >= 0) {
		close(door->spare_fd);
		fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			turn_away(listener, fd);
		door->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	set_listening(door, false);
	ev_timer_stop(door->loop, &door->accept_pause);
	ev_timer_set(&door->accept_pause, PAUSE_SECONDS, 0.);
	ev_timer_start(door->loop, &door->accept_pause);
}

static void on_connection(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct listener *listener = watcher->data;
	struct door *door = listener->door;
	size_t most = (size_t)door->config->connections_most;

	(void)loop, (void)revents;
	for (int i = 0; i < ACCEPTS_A_TURN && listener->fd >= 0; i++) {
		struct sockaddr_storage from = { .ss_family = AF_UNIX };
		socklen_t size = sizeof from;
		int fd = accept4(listener->fd, (struct sockaddr *)&from, &size,
			SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0) {
			if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
				give_up_spare(listener);
			if (errno == ECONNABORTED || errno == EINTR)
				continue;
			return;
		}
		if (most && door->figures.connections >= most + SURPLUS_MOST) {
			turn_away(listener, fd);
			continue;
		}
		peer_adopt(door, listener, fd, (struct sockaddr *)&from);
	}
}

/* ---- addresses ---- */

struct place {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un un;
	} address;
	socklen_t size;
};

/* "127.0.0.1:8484", "localhost:8484", "[::1]:8484": numbers only, so that nothing is looked up. */
static bool read_address(const char *text, struct place *place)
{
	const char *colon = strrchr(text, ':');
	char host[64], *end;
	size_t bytes = colon ? (size_t)(colon - text) : 0;
	long port;

	memset(place, 0, sizeof *place);
	if (!colon || bytes == 0 || bytes >= sizeof host || colon[1] < '0' || colon[1] > '9')
		return false;
	port = strtol(colon + 1, &end, 10);
	if (*end || port > 65535)
		return false;
	memcpy(host, text, bytes);
	host[bytes] = 0;
	if (strcmp(host, "localhost") == 0)
		snprintf(host, sizeof host, "127.0.0.1");
	if (host[0] == '[' && host[bytes - 1] == ']') {
		host[bytes - 1] = 0;
		place->address.v6.sin6_family = AF_INET6;
		place->address.v6.sin6_port = htons((uint16_t)port);
		place->size = sizeof place->address.v6;
		return inet_pton(AF_INET6, host + 1, &place->address.v6.sin6_addr) == 1;
	}
	place->address.v4.sin_family = AF_INET;
	place->address.v4.sin_port = htons((uint16_t)port);
	place->size = sizeof place->address.v4;
	return inet_pton(AF_INET, host, &place->address.v4.sin_addr) == 1;
}

static void write_url(struct door *door, int fd)
{
	const char *scheme = door->config->tls_cert[0] ? "https" : "http";
	struct place place = { .size = sizeof place.address };
	char host[INET6_ADDRSTRLEN] = "";

	if (getsockname(fd, &place.address.any, &place.size) < 0)
		return;
	if (place.address.any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &place.address.v6.sin6_addr, host, sizeof host);
		snprintf(door->url, sizeof door->url, "%s://[%s]:%u", scheme, host,
			ntohs(place.address.v6.sin6_port));
		return;
	}
	inet_ntop(AF_INET, &place.address.v4.sin_addr, host, sizeof host);
	snprintf(door->url, sizeof door->url, "%s://%s:%u", scheme, host,
		ntohs(place.address.v4.sin_port));
}

/* ---- opening ---- */

static struct listener *add_listener(struct door *door, int fd)
{
	struct listener *listener = door->listeners;

	while (listener->fd >= 0)
		listener++;
	listener->door = door;
	listener->fd = fd;
	ev_io_init(&listener->watcher, on_connection, fd, EV_READ);
	listener->watcher.data = listener;
	ev_io_start(door->loop, &listener->watcher);
	return listener;
}

/* `is_shared`: other processes of ours listen there as well, and the kernel shares out. */
static enum err open_address(struct door *door, const char *name, const char *text,
	bool is_shared, struct listener **out, struct why *why)
{
	struct place place;
	int one = 1, zero = 0, fd;

	if (!read_address(text, &place)) {
		why_set(why, "%s=%s is no address: write it like 127.0.0.1:8484 or [::1]:8484.", name,
			text);
		return ERR_BAD_PARAMS;
	}
	fd = socket(place.address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
		/* Whoever is accepted inherits it. */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		if (is_shared)
			setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
		if (place.address.any.sa_family == AF_INET6) /* "[::]" means every address, IPv4 too */
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
	}
	if (fd < 0 || bind(fd, &place.address.any, place.size) < 0 || listen(fd, BACKLOG) < 0) {
		why_set(why, "Cannot listen on %s (%s): %s.", text, name, strerror(errno));
		if (fd >= 0)
			close(fd);
		return ERR_BAD_PARAMS;
	}
	*out = add_listener(door, fd);
	return ERR_NONE;
}

/* A socket left behind by a process that is no more is cleared away; one that answers is not. */
static bool clear_stale(const struct place *place)
{
	struct stat about;
	int fd, answer;

	if (lstat(place->address.un.sun_path, &about) < 0)
		return errno == ENOENT;
	if (!S_ISSOCK(about.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	answer = connect(fd, &place->address.any, place->size) < 0 ? errno : 0;
	close(fd);
	return answer == ECONNREFUSED && unlink(place->address.un.sun_path) == 0;
}

static enum err open_unix(struct door *door, const char *path, struct why *why)
{
	struct place place = { .size = sizeof place.address.un };
	struct listener *listener;
	mode_t before;
	int fd, failed;

	place.address.un.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof place.address.un.sun_path) {
		why_set(why, "unix_socket=%s is too long for a unix socket's path.", path);
		return ERR_BAD_PARAMS;
	}
	memcpy(place.address.un.sun_path, path, strlen(path) + 1);
	if (!clear_stale(&place)) {
		why_set(why, "unix_socket=%s is in use, or is no socket.", path);
		return ERR_BAD_PARAMS;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	before = umask(0117); /* owner and group, from its first moment */
	failed = fd < 0 || bind(fd, &place.address.any, place.size) < 0 || listen(fd, BACKLOG) < 0;
	if (failed)
		why_set(why, "Cannot listen on unix_socket=%s: %s.", path, strerror(errno));
	umask(before);
	if (failed) {
		if (fd >= 0)
			close(fd);
		return ERR_BAD_PARAMS;
	}
	listener = add_listener(door, fd);
	listener->is_unix = true;
	if (!door->url[0])
		snprintf(door->url, sizeof door->url, "unix:%s", path);
	return ERR_NONE;
}

enum err listen_open(struct door *door, struct why *why)
{
	const struct config *config = door->config;
	struct listener *listener = NULL;
	enum err err = ERR_NONE;

	ev_timer_init(&door->accept_pause, on_pause_over, 0., 0.);
	door->accept_pause.data = door;
	if (config->listen[0]) {
		err = open_address(door, "listen", config->listen, config->reuse_port, &listener, why);
		if (!err) {
			listener->is_tls = config->tls_cert[0];
			write_url(door, listener->fd);
		}
	}
	if (!err && config->unix_socket[0])
		err = open_unix(door, config->unix_socket, why);
	if (!err && config->metrics_listen[0]) {
		err = open_address(door, "metrics_listen", config->metrics_listen, false, &listener,
			why);
		if (!err)
			listener->is_metrics = true;
	}
	if (!err && !config->listen[0] && !config->unix_socket[0]) {
		why_set(why, "Neither `listen` nor `unix_socket` is set: nobody could come in.");
		err = ERR_BAD_PARAMS;
	}
	return err;
}

int64_t listen_read_acknowledged(int fd)
{
	struct tcp_info about = { 0 };
	socklen_t size = sizeof about;

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &about, &size) < 0)
		return 0;
	return (int64_t)about.tcpi_bytes_acked;
}

void listen_stop(struct door *door)
{
	ev_timer_stop(door->loop, &door->accept_pause);
	for (int i = 0; i < LISTENERS_MOST; i++) {
		struct listener *listener = &door->listeners[i];

		if (listener->fd < 0)
			continue;
		ev_io_stop(door->loop, &listener->watcher);
		close(listener->fd);
		listener->fd = -1;
		if (listener->is_unix)
			unlink(door->config->unix_socket);
	}
}
