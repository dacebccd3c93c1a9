/* chat_socket.c: see chat_socket.h. Bytes are read and written with read() and write(), never
 * recv(): the server in the same program stands before the latter. */
#include "clients/chat/chat_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/clock.h"

enum { MESSAGE_MOST = 1 << 20, HEAD_MOST = 16384, CHUNK = 65536 };
enum opcode { OP_MORE = 0, OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };

struct message {
	struct message *next;
	size_t bytes;
	char data[];
};

struct chat_socket {
	int fd;
	SSL_CTX *tls_context;
	SSL *tls;
	bool ended, tls_wants_write;
	int close_code;
	struct buf in; /* bytes read, not yet taken apart */
	size_t in_at;
	struct buf out; /* bytes to write */
	size_t out_at;
	struct buf whole; /* a message whose frames are still coming */
	bool in_message;
	struct message *first, **last;
};

/* Bytes */

/* Like read() and write(), over whatever carries: > 0, 0 at the end, -1 with EAGAIN or an error. */
static ssize_t tls_result(struct chat_socket *socket, int n)
{
	int kind;

	socket->tls_wants_write = false;
	if (n > 0)
		return n;
	kind = SSL_get_error(socket->tls, n);
	socket->tls_wants_write = kind == SSL_ERROR_WANT_WRITE;
	errno = kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
	return kind == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

static ssize_t carrier_read(struct chat_socket *socket, void *to, size_t bytes)
{
	if (!socket->tls)
		return read(socket->fd, to, bytes);
	ERR_clear_error();
	return tls_result(socket, SSL_read(socket->tls, to, (int)bytes));
}

static ssize_t carrier_write(struct chat_socket *socket, const void *from, size_t bytes)
{
	if (!socket->tls)
		return write(socket->fd, from, bytes);
	ERR_clear_error();
	return tls_result(socket, SSL_write(socket->tls, from, (int)(bytes < CHUNK ? bytes : CHUNK)));
}

static void read_more(struct chat_socket *socket)
{
	char chunk[CHUNK / 4];

	while (!socket->ended) {
		ssize_t n = carrier_read(socket, chunk, sizeof chunk);

		if (n > 0)
			buf_add(&socket->in, chunk, (size_t)n);
		else if (n < 0 && errno == EINTR)
			continue;
		else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		else
			socket->ended = true;
		if (socket->in.bytes - socket->in_at > MESSAGE_MOST)
			return;
	}
}

static void write_more(struct chat_socket *socket)
{
	while (!socket->ended && socket->out_at < socket->out.bytes) {
		ssize_t n = carrier_write(socket, socket->out.data + socket->out_at,
								  socket->out.bytes - socket->out_at);

		if (n > 0)
			socket->out_at += (size_t)n;
		else if (n < 0 && errno == EINTR)
			continue;
		else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		else
			socket->ended = true;
	}
	if (socket->out_at == socket->out.bytes) {
		buf_clear(&socket->out);
		socket->out_at = 0;
	}
}

static bool wait_for(struct chat_socket *socket, bool writing, int64_t deadline)
{
	struct pollfd waiting = {.fd = socket->fd, .events = (short)(POLLIN | (writing ? POLLOUT : 0))};
	int64_t left = deadline - clock_steady_ms();

	if (left <= 0)
		return false;
	return poll(&waiting, 1, (int)left) > 0 || errno == EINTR;
}

/* Frames */

static void frame_send(struct chat_socket *socket, enum opcode opcode, const char *data,
					   size_t bytes)
{
	unsigned char head[14], mask[4];
	size_t head_bytes = 2, start;

	head[0] = (unsigned char)(0x80 | opcode);
	if (bytes < 126) {
		head[1] = (unsigned char)(0x80 | bytes);
	} else if (bytes < 65536) {
		head[1] = 0x80 | 126;
		head[2] = (unsigned char)(bytes >> 8);
		head[3] = (unsigned char)bytes;
		head_bytes = 4;
	} else {
		head[1] = 0x80 | 127;
		for (int i = 0; i < 8; i++)
			head[2 + i] = (unsigned char)((uint64_t)bytes >> (56 - 8 * i));
		head_bytes = 10;
	}
	if (getrandom(mask, sizeof mask, 0) != sizeof mask) {
		socket->ended = true;
		return;
	}
	buf_add(&socket->out, head, head_bytes);
	buf_add(&socket->out, mask, sizeof mask);
	start = socket->out.bytes;
	buf_add(&socket->out, data, bytes);
	if (!buf_ok(&socket->out)) {
		socket->ended = true;
		return;
	}
	for (size_t i = 0; i < bytes; i++)
		socket->out.data[start + i] ^= (char)mask[i & 3];
}

/* The server broke the standard: nothing it says can be relied on any more. */
static void fail(struct chat_socket *socket, int code)
{
	char data[2] = {(char)(code >> 8), (char)(code & 0xff)};

	frame_send(socket, OP_CLOSE, data, sizeof data);
	write_more(socket);
	socket->ended = true;
}

static void message_done(struct chat_socket *socket)
{
	struct message *message = malloc(sizeof *message + socket->whole.bytes + 1);

	if (!message || !buf_ok(&socket->whole)) {
		free(message);
		socket->ended = true;
		return;
	}
	message->next = NULL;
	message->bytes = socket->whole.bytes;
	if (message->bytes)
		memcpy(message->data, socket->whole.data, message->bytes);
	message->data[message->bytes] = '\0';
	*socket->last = message;
	socket->last = &message->next;
	buf_clear(&socket->whole);
	socket->in_message = false;
}

static void data_take(struct chat_socket *socket, enum opcode opcode, bool final, const char *data,
					  size_t bytes)
{
	if (opcode == OP_BINARY) {
		fail(socket, 1003);
		return;
	}
	if ((opcode == OP_TEXT) == socket->in_message) {
		fail(socket, 1002);
		return;
	}
	socket->in_message = true;
	buf_add(&socket->whole, data, bytes);
	if (socket->whole.bytes > MESSAGE_MOST)
		fail(socket, 1009);
	else if (final)
		message_done(socket);
}

static void frame_take(struct chat_socket *socket, unsigned first, const char *data, size_t bytes)
{
	enum opcode opcode = first & 0x0f;
	bool final = first & 0x80;

	if ((first & 0x70) || (opcode >= 8 && (!final || bytes > 125))) {
		fail(socket, 1002);
		return;
	}
	switch (opcode) {
	case OP_MORE:
	case OP_TEXT:
	case OP_BINARY: data_take(socket, opcode, final, data, bytes); return;
	case OP_PING: frame_send(socket, OP_PONG, data, bytes); return;
	case OP_PONG: return;
	case OP_CLOSE:
		if (bytes >= 2)
			socket->close_code = (unsigned char)data[0] << 8 | (unsigned char)data[1];
		frame_send(socket, OP_CLOSE, data, bytes >= 2 ? 2 : 0);
		write_more(socket);
		socket->ended = true;
		return;
	}
	fail(socket, 1002);
}

/* Takes one frame off the bytes read. False: it has not come whole yet. */
static bool frame_next(struct chat_socket *socket)
{
	const unsigned char *at = (const unsigned char *)socket->in.data + socket->in_at;
	size_t there = socket->in.bytes - socket->in_at, head = 2;
	uint64_t length;

	if (there < 2)
		return false;
	length = at[1] & 0x7f;
	if (length >= 126) {
		size_t more = length == 126 ? 2 : 8;

		head += more;
		if (there < head)
			return false;
		length = 0;
		for (size_t i = 0; i < more; i++)
			length = length << 8 | at[2 + i];
	}
	if ((at[1] & 0x80) || length > MESSAGE_MOST) {
		fail(socket, at[1] & 0x80 ? 1002 : 1009);
		return false;
	}
	if (there < head + length)
		return false;
	socket->in_at += head + length;
	frame_take(socket, at[0], (const char *)at + head, length);
	return true;
}

bool chat_socket_step(struct chat_socket *socket)
{
	write_more(socket);
	read_more(socket);
	/* What came before the end still counts. */
	if (buf_ok(&socket->in)) {
		bool ended = socket->ended;

		socket->ended = false;
		while (!socket->ended && frame_next(socket))
			;
		socket->ended = socket->ended || ended;
	}
	if (socket->in_at == socket->in.bytes) {
		buf_clear(&socket->in);
		socket->in_at = 0;
	} else if (socket->in_at > CHUNK) {
		memmove(socket->in.data, socket->in.data + socket->in_at, socket->in.bytes - socket->in_at);
		socket->in.bytes -= socket->in_at;
		socket->in_at = 0;
	}
	write_more(socket);
	return !socket->ended;
}

char *chat_socket_take(struct chat_socket *socket, size_t *bytes)
{
	struct message *message = socket->first;
	char *data;

	if (!message)
		return NULL;
	socket->first = message->next;
	if (!socket->first)
		socket->last = &socket->first;
	*bytes = message->bytes;
	data = strndup(message->data, message->bytes);
	free(message);
	return data;
}

/* Opening */

static int connect_one(const struct sockaddr *address, socklen_t bytes, int64_t deadline)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), err = 0;
	socklen_t err_bytes = sizeof err;
	struct pollfd waiting = {.fd = fd, .events = POLLOUT};
	int64_t left = deadline - clock_steady_ms();

	if (fd < 0)
		return -1;
	if (connect(fd, address, bytes) == 0)
		return fd;
	if (errno == EINPROGRESS && left > 0 && poll(&waiting, 1, (int)left) == 1 &&
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &err_bytes) == 0 && err == 0)
		return fd;
	if (err == 0)
		err = errno == EINPROGRESS ? ETIMEDOUT : errno;
	close(fd);
	errno = err;
	return -1;
}

static enum err connect_tcp(const struct chat_url *url, int64_t deadline, struct why *why, int *out)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
	int failed = getaddrinfo(url->host, url->port, &hints, &found), fd = -1, one = 1;

	if (failed) {
		why_set(why, "%s: %s", url->host, gai_strerror(failed));
		return failed == EAI_AGAIN ? ERR_STORAGE : ERR_BAD_PARAMS;
	}
	for (struct addrinfo *one_of = found; one_of && fd < 0; one_of = one_of->ai_next)
		fd = connect_one(one_of->ai_addr, one_of->ai_addrlen, deadline);
	freeaddrinfo(found);
	if (fd < 0) {
		why_set(why, "%s:%s: %s", url->host, url->port, strerror(errno));
		return ERR_STORAGE;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	*out = fd;
	return ERR_NONE;
}

static enum err connect_unix(const struct chat_url *url, int64_t deadline, struct why *why,
							 int *out)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memcpy(address.sun_path, url->unix_path, strlen(url->unix_path) + 1);
	*out = connect_one((const struct sockaddr *)&address, sizeof address, deadline);
	if (*out >= 0)
		return ERR_NONE;
	why_set(why, "%s: %s", url->unix_path, strerror(errno));
	return ERR_STORAGE;
}

static bool tls_prepare(struct chat_socket *socket, const struct chat_url *url, const char *ca_file)
{
	unsigned char address[16];
	bool numeric;

	socket->tls_context = SSL_CTX_new(TLS_client_method());
	if (!socket->tls_context ||
		SSL_CTX_set_min_proto_version(socket->tls_context, TLS1_2_VERSION) != 1 ||
		(ca_file ? SSL_CTX_load_verify_locations(socket->tls_context, ca_file, NULL)
				 : SSL_CTX_set_default_verify_paths(socket->tls_context)) != 1)
		return false;
	SSL_CTX_set_verify(socket->tls_context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(socket->tls_context,
					 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	socket->tls = SSL_new(socket->tls_context);
	if (!socket->tls || SSL_set_fd(socket->tls, socket->fd) != 1)
		return false;
	numeric = inet_pton(AF_INET, url->host, address) == 1 ||
			  inet_pton(AF_INET6, url->host, address) == 1;
	if (numeric)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(socket->tls), url->host) == 1;
	return SSL_set1_host(socket->tls, url->host) == 1 &&
		   SSL_set_tlsext_host_name(socket->tls, url->host) == 1;
}

static enum err tls_shake(struct chat_socket *socket, const struct chat_url *url,
						  const char *ca_file, int64_t deadline, struct why *why)
{
	long verified;

	if (!tls_prepare(socket, url, ca_file)) {
		why_set(why, "TLS cannot be used: %s",
				ca_file ? "the file of certificates cannot be read" : "OpenSSL refuses");
		return ERR_BAD_PARAMS;
	}
	for (;;) {
		int done = SSL_connect(socket->tls), kind = SSL_get_error(socket->tls, done);

		if (done == 1)
			return ERR_NONE;
		if ((kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) &&
			wait_for(socket, kind == SSL_ERROR_WANT_WRITE, deadline))
			continue;
		break;
	}
	verified = SSL_get_verify_result(socket->tls);
	if (verified != X509_V_OK) {
		why_set(why, "%s: the certificate is not to be believed: %s", url->host,
				X509_verify_cert_error_string(verified));
		return ERR_BAD_PARAMS;
	}
	why_set(why, "%s:%s: no TLS connection could be made", url->host, url->port);
	return ERR_STORAGE;
}

static void accept_expected(const char *key, char out[32])
{
	static const char suffix[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char both[96];
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned digest_bytes = 0;

	snprintf(both, sizeof both, "%s%s", key, suffix);
	*out = '\0';
	if (EVP_Digest(both, strlen(both), digest, &digest_bytes, EVP_sha1(), NULL) == 1)
		EVP_EncodeBlock((unsigned char *)out, digest, (int)digest_bytes);
}

/* The value of a header among `head` (terminated), or NULL; *bytes without blanks around it. */
static const char *header_find(const char *head, const char *name, size_t *bytes)
{
	size_t name_bytes = strlen(name);

	for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
		line += 2;
		if (!strncasecmp(line, name, name_bytes) && line[name_bytes] == ':') {
			const char *value = line + name_bytes + 1;

			value += strspn(value, " \t");
			*bytes = strcspn(value, "\r\n");
			return value;
		}
	}
	return NULL;
}

static bool header_is(const char *head, const char *name, const char *value)
{
	size_t bytes = 0;
	const char *found = header_find(head, name, &bytes);

	return found && bytes == strlen(value) && !memcmp(found, value, bytes);
}

static void request_send(struct chat_socket *socket, const struct chat_url *url, const char *key)
{
	bool six = strchr(url->host, ':') != NULL, usual = !strcmp(url->port, url->tls ? "443" : "80");

	buf_format(&socket->out,
			   "GET %s HTTP/1.1\r\nHost: %s%s%s%s%s\r\nUpgrade: websocket\r\n"
			   "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n"
			   "Sec-WebSocket-Protocol: maagal.v1\r\n\r\n",
			   url->path, six ? "[" : "", url->host, six ? "]" : "", usual ? "" : ":",
			   usual ? "" : url->port, key);
}

static enum err answer_check(const char *head, const char *expected, struct why *why)
{
	if (strncmp(head, "HTTP/1.1 101", 12) != 0) {
		bool later = !strncmp(head, "HTTP/1.1 5", 10) || !strncmp(head, "HTTP/1.1 429", 12);

		why_set(why, "the server does not open a discussion there: it says \"%.*s\"",
				(int)strcspn(head, "\r\n") < 60 ? (int)strcspn(head, "\r\n") : 60, head);
		return later ? ERR_STORAGE : ERR_BAD_PARAMS;
	}
	if (!header_is(head, "Sec-WebSocket-Accept", expected) ||
		!header_is(head, "Sec-WebSocket-Protocol", "maagal.v1")) {
		why_set(why, "what answers there does not speak maagal.v1");
		return ERR_BAD_PARAMS;
	}
	return ERR_NONE;
}

static enum err shake(struct chat_socket *socket, const struct chat_url *url, int64_t deadline,
					  struct why *why)
{
	unsigned char random[16];
	char key[32], expected[32];
	char *end = NULL;
	enum err err;

	if (getrandom(random, sizeof random, 0) != sizeof random)
		return ERR_STORAGE;
	EVP_EncodeBlock((unsigned char *)key, random, sizeof random);
	accept_expected(key, expected);
	request_send(socket, url, key);
	while (!end) {
		write_more(socket);
		read_more(socket);
		buf_add(&socket->in, "", 1);
		if (!buf_ok(&socket->in))
			return ERR_NO_MEMORY;
		socket->in.bytes--;
		end = strstr(socket->in.data, "\r\n\r\n");
		if (!end && (socket->ended || socket->in.bytes > HEAD_MOST ||
					 !wait_for(socket, chat_socket_wants_write(socket), deadline))) {
			why_set(why, "the server does not answer");
			return ERR_STORAGE;
		}
	}
	*end = '\0';
	err = answer_check(socket->in.data, expected, why);
	socket->in_at = (size_t)(end - socket->in.data) + 4;
	return err;
}

enum err chat_socket_open(const struct chat_url *url, const char *ca_file, int wait_ms,
						  struct why *why, struct chat_socket **out)
{
	int64_t deadline = clock_steady_ms() + wait_ms;
	struct chat_socket *socket = calloc(1, sizeof *socket);
	enum err err;

	*out = NULL;
	if (!socket)
		return ERR_NO_MEMORY;
	socket->fd = -1;
	socket->last = &socket->first;
	err = *url->unix_path ? connect_unix(url, deadline, why, &socket->fd)
						  : connect_tcp(url, deadline, why, &socket->fd);
	if (!err && url->tls)
		err = tls_shake(socket, url, ca_file, deadline, why);
	if (!err)
		err = shake(socket, url, deadline, why);
	if (err) {
		socket->ended = true;
		chat_socket_close(&socket);
	}
	*out = socket;
	return err;
}

void chat_socket_close(struct chat_socket **socket_at)
{
	struct chat_socket *socket = *socket_at;

	if (!socket)
		return;
	if (!socket->ended) {
		static const char normal[2] = {0x03, (char)0xe8};

		frame_send(socket, OP_CLOSE, normal, sizeof normal);
		write_more(socket);
	}
	while (socket->first) {
		struct message *message = socket->first;

		socket->first = message->next;
		free(message);
	}
	if (socket->tls)
		SSL_free(socket->tls);
	if (socket->tls_context)
		SSL_CTX_free(socket->tls_context);
	if (socket->fd >= 0)
		close(socket->fd);
	buf_fini(&socket->in);
	buf_fini(&socket->out);
	buf_fini(&socket->whole);
	free(socket);
	*socket_at = NULL;
}

int chat_socket_fd(const struct chat_socket *socket)
{
	return socket->fd;
}

bool chat_socket_wants_write(const struct chat_socket *socket)
{
	return socket->out_at < socket->out.bytes || socket->tls_wants_write;
}

void chat_socket_send(struct chat_socket *socket, const char *text, size_t bytes)
{
	frame_send(socket, OP_TEXT, text, bytes);
}

void chat_socket_ping(struct chat_socket *socket)
{
	frame_send(socket, OP_PING, "", 0);
}

int chat_socket_close_code(const struct chat_socket *socket)
{
	return socket->close_code;
}
