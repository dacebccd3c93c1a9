/* floor.c: what the kernel asks for a broadcast, and nothing else: WebSocket frames come in and go
 * out again to everybody who asked for the same path, one send() each. No limits, no queues, no
 * memory of what could not be sent: a measure, not a server.
 *
 *   bench_floor PORT [BYTES]     BYTES: a message goes out padded to so many, as long as our events
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FILES_MOST = 1 << 17, ROOMS_MOST = 4096, INPUT_BYTES = 1 << 20, FRAME_MOST = 1 << 16 };

struct room {
	char path[64];
	int *members, count, room;
};

static struct room rooms[ROOMS_MOST];
static struct room *room_of[FILES_MOST];
static int place_of[FILES_MOST];
static char *rest[FILES_MOST];
static size_t rest_bytes[FILES_MOST], padded;

static struct room *room_find(const char *path, size_t count)
{
	for (int i = 0; i < ROOMS_MOST; i++) {
		if (!*rooms[i].path)
			snprintf(rooms[i].path, sizeof rooms[i].path, "%.*s", (int)count, path);
		if (strlen(rooms[i].path) == count && memcmp(rooms[i].path, path, count) == 0)
			return &rooms[i];
	}
	return NULL;
}

static void enter(int fd, struct room *room)
{
	if (room->count == room->room) {
		room->room = room->room * 2 + 16;
		room->members = realloc(room->members, (size_t)room->room * sizeof(int));
	}
	place_of[fd] = room->count;
	room->members[room->count++] = fd;
	room_of[fd] = room;
}

static void leave(int fd)
{
	struct room *room = room_of[fd];

	if (room) {
		int last = room->members[--room->count];

		room->members[place_of[fd]] = last;
		place_of[last] = place_of[fd];
		room_of[fd] = NULL;
	}
	rest_bytes[fd] = 0;
	close(fd);
}

static void broadcast(const struct room *room, const char *text, size_t count)
{
	static char frame[FRAME_MOST + 4];
	size_t length = count < padded ? padded : count, head = 2;

	frame[0] = (char)0x81;
	frame[1] = (char)(length < 126 ? length : 126);
	if (length >= 126) {
		frame[2] = (char)(length >> 8);
		frame[3] = (char)(length & 255);
		head = 4;
	}
	memcpy(frame + head, text, count);
	memset(frame + head + count, ' ', length - count);
	for (int i = 0; i < room->count; i++)
		if (send(room->members[i], frame, head + length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			continue; /* it reads too slowly: the floor forgets */
}

static size_t take_head(int fd, const char *bytes, size_t count)
{
	static const char answer[] =
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Accept: pvM2mraj8+m73WZLGiyLf4ytX7Q=\r\n\r\n";
	const char *end = memmem(bytes, count, "\r\n\r\n", 4);
	const char *space = end ? memchr(bytes + 4, ' ', 200) : NULL;
	struct room *room = space ? room_find(bytes + 4, (size_t)(space - bytes - 4)) : NULL;

	if (!room)
		return 0;
	enter(fd, room);
	if (send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0)
		return 0;
	return (size_t)(end + 4 - bytes);
}

static size_t take_frames(int fd, char *bytes, size_t count)
{
	size_t at = 0;

	while (count - at >= 6) {
		unsigned char *head = (unsigned char *)bytes + at;
		size_t length = head[1] & 127u, begin = 2;

		if (length == 126) {
			length = (size_t)head[2] << 8 | head[3];
			begin = 4;
		}
		if (count - at < begin + 4 + length)
			break;
		for (size_t i = 0; i < length; i++)
			head[begin + 4 + i] ^= head[begin + (i & 3)];
		if ((head[0] & 15) == 1 && length < FRAME_MOST)
			broadcast(room_of[fd], bytes + at + begin + 4, length);
		at += begin + 4 + length;
	}
	return at;
}

static void take(int fd)
{
	static char bytes[INPUT_BYTES];
	size_t before = rest_bytes[fd], used = 0, count;
	ssize_t came;

	memcpy(bytes, rest[fd], before);
	came = recv(fd, bytes + before, sizeof bytes - before, 0);
	if (came < 0 && errno == EAGAIN)
		return;
	if (came <= 0) {
		leave(fd);
		return;
	}
	count = before + (size_t)came;
	if (!room_of[fd])
		used = take_head(fd, bytes, count);
	if (room_of[fd])
		used += take_frames(fd, bytes + used, count - used);
	rest_bytes[fd] = count - used;
	if (rest_bytes[fd]) {
		rest[fd] = realloc(rest[fd], rest_bytes[fd]);
		memcpy(rest[fd], bytes + used, rest_bytes[fd]);
	}
}

static void accept_all(int listener, int epoll_fd)
{
	struct epoll_event event = {.events = EPOLLIN};
	int fd, one = 1;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0 && fd < FILES_MOST) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		event.data.fd = fd;
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
	}
}

int main(int count, char **words)
{
	struct rlimit files;
	struct sockaddr_in here = {.sin_family = AF_INET};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
	int epoll_fd = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
	static struct epoll_event events[512];

	if (count < 2)
		return fputs("bench_floor PORT [BYTES]\n", stderr), 2;
	padded = count > 2 ? strtoul(words[2], NULL, 10) : 0;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	here.sin_port = htons((unsigned short)strtoul(words[1], NULL, 10));
	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 4096))
		return perror("bench_floor"), 1;
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
	puts("ready");
	fflush(stdout);
	for (;;) {
		int ready = epoll_wait(epoll_fd, events, 512, -1);

		for (int i = 0; i < ready; i++) {
			if (events[i].data.fd == listener)
				accept_all(listener, epoll_fd);
			else
				take(events[i].data.fd);
		}
	}
}
