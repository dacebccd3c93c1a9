/* load.c: many members of a live discussion, in one thread, and what they cost the server. It
 * speaks the whole wire (or plain WebSocket, for the floor and for peers), counts what is lost or
 * doubled by the numbers of the events, and prints one JSON object a line: one for connecting, one
 * a stage.
 *
 *   bench_load --port P [--wire maagal|plain] [--pid PID]… [--rooms N] [--members N] [--idle N]
 *              [--speakers one|all|none] [--replies PERCENT] [--bytes N] [--stages r100,w16,x2]
 *              [--seconds S] [--slow N] [--half-open N] [--churn PER_SECOND] [--after SEQ]
 *              [--process ID] [--at-once N] [--first ROOM] [--return] [--tokens FILE]
 *              [--texts FILE] [--see KIND]
 *
 * Stages: rN, N messages a second whatever happens; wN, N messages outstanding; xF, F times the
 * rate of the last wN. --after: everybody joins from there on, and the row `connect` tells how long
 * it took until all had caught up. --slow: so many read nothing once they have joined. --churn: so
 * many leave and come back each second, with what they know. --return: all leave, `away` is
 * printed, and when a line comes on stdin all come back at once; the row `return` tells how long it
 * took until all had caught up. --tokens: a line each, members come by these invitations. --texts:
 * a line each (as inside a JSON string), said in turn instead of our own words. --see: a stage
 * tells when the first and the last member got an event of that kind (seconds of the steady clock).
 * Circles are room0 (or --first), room1 …, idle0, idle1 … */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	PIDS_MOST = 32,
	ROOMS_MOST = 4096,
	IDLE_MEMBERS = 10,    /* of one idle circle */
	INFLIGHT = 2048,      /* messages of one speaker that may wait for their answers */
	FRAME_MOST = 1 << 17, /* of the server: bytes */
	ID_ROOM = 64,
	LATENCY_EACH = 8, /* one member in so many looks at the times */
	BUCKETS = 44 * 32,
	DRAIN_MS = 5000,
};

/* A text begins with it, the time (16 hexadecimal digits), the message's and the speaker's number
 * (8 each). */
static const char payload_mark[] = "@T";

enum state {
	STATE_AWAY,
	STATE_CONNECTING,
	STATE_HEAD,
	STATE_OPENING,
	STATE_JOINING,
	STATE_READY,
	STATE_GONE
};

struct member {
	int fd, number, room;
	enum state state;
	bool is_idle, is_speaker, is_slow, is_behind;
	int64_t seq;    /* of the last event that came */
	uint64_t began; /* to connect, ns */
	char *in, *out, *resume;
	size_t in_bytes, in_room, out_bytes, out_room;
	uint64_t *sent; /* when message n went out: sent[n % INFLIGHT]; 0: answered */
	uint32_t next;  /* message */
};

struct histogram {
	uint64_t counts[BUCKETS], total, most;
};

struct counts {
	uint64_t sent, answered, refused, unsent, deliveries, lost, doubled, closed, bytes, held;
	struct histogram delivery, answer;
	char refusals[8][32];
	uint64_t refusal_counts[8];
};

static struct {
	int port, rooms, members, idle, replies, bytes, slow, half_open, churn, at_once, first;
	bool is_plain, all_speak, nobody_speaks, has_after, returns;
	int64_t after;
	double seconds;
	const char *stages, *process, *see;
	char **tokens, **texts;
	int token_count, text_count;
	int pids[PIDS_MOST], pid_count;
} options = {.port = 7681,
			 .rooms = 1,
			 .members = 1000,
			 .bytes = 200,
			 .seconds = 3,
			 .at_once = 64,
			 .stages = "r100",
			 .process = "bench"};

static struct member *members;
static int member_count, ready_count, gone_count, epoll_fd, *speakers, speaker_count, outstanding,
	turn;
static struct counts counts;
static struct histogram caught_up;
static char last_post[ROOMS_MOST][ID_ROOM];
static double last_window_rate;
static uint64_t seen_first, seen_last, seen_by;

static void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
static void fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(2);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* --- histograms: 32 buckets for each doubling of nanoseconds ------------------------------------
 */

static void histogram_add(struct histogram *histogram, uint64_t value)
{
	int exponent = value < 64 ? 0 : 63 - __builtin_clzll(value) - 5;
	size_t bucket = (size_t)exponent * 32 + (size_t)(value >> exponent);

	histogram->counts[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
	histogram->total++;
	if (value > histogram->most)
		histogram->most = value;
}

static double histogram_ms(const struct histogram *histogram, double share)
{
	uint64_t wanted = (uint64_t)(share * (double)histogram->total), seen = 0;

	for (size_t i = 0; i < BUCKETS; i++) {
		uint64_t exponent = i < 64 ? 0 : i / 32 - 1;

		seen += histogram->counts[i];
		if (seen > wanted)
			return (double)((i - exponent * 32) << exponent) / 1e6;
	}
	return (double)histogram->most / 1e6;
}

/* --- the server from outside ---------------------------------------------------------------------
 */

static double task_seconds(int pid, const char *task)
{
	char path[64];
	unsigned long long ran = 0;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/task/%.20s/schedstat", pid, task);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%llu", &ran) != 1)
		ran = 0;
	fclose(file);
	return (double)ran / 1e9;
}

static double server_seconds(void)
{
	double seconds = 0;

	for (int i = 0; i < options.pid_count; i++) {
		char path[64];
		struct dirent *entry;
		DIR *folder;

		snprintf(path, sizeof path, "/proc/%d/task", options.pids[i]);
		folder = opendir(path);
		while (folder && (entry = readdir(folder)))
			if (entry->d_name[0] != '.')
				seconds += task_seconds(options.pids[i], entry->d_name);
		if (folder)
			closedir(folder);
	}
	return seconds;
}

/* Memory that is the process' own, kB: what it wrote, not what it mapped. */
static double server_kilobytes(void)
{
	double sum = 0;

	for (int i = 0; i < options.pid_count; i++) {
		char line[256];
		double value;
		FILE *file;

		snprintf(line, sizeof line, "/proc/%d/smaps_rollup", options.pids[i]);
		file = fopen(line, "r");
		while (file && fgets(line, sizeof line, file))
			if (sscanf(line, "Anonymous: %lf", &value) == 1)
				sum += value;
		if (file)
			fclose(file);
	}
	return sum;
}

/* --- sending
 * --------------------------------------------------------------------------------------- */

static void watch(struct member *member, bool writing)
{
	struct epoll_event event = {.events = EPOLLIN | (writing ? EPOLLOUT : 0u), .data.ptr = member};

	epoll_ctl(epoll_fd, EPOLL_CTL_MOD, member->fd, &event);
}

static void member_write(struct member *member, const char *bytes, size_t count)
{
	ssize_t went = member->out_bytes ? 0 : send(member->fd, bytes, count, MSG_NOSIGNAL);

	if (went < 0)
		went = 0;
	if ((size_t)went == count)
		return;
	bytes += went;
	count -= (size_t)went;
	if (member->out_bytes + count > member->out_room) {
		member->out_room = (member->out_bytes + count) * 2;
		member->out = realloc(member->out, member->out_room);
	}
	memcpy(member->out + member->out_bytes, bytes, count);
	member->out_bytes += count;
	watch(member, true);
}

static void member_flush(struct member *member)
{
	ssize_t went = send(member->fd, member->out, member->out_bytes, MSG_NOSIGNAL);

	if (went <= 0)
		return;
	member->out_bytes -= (size_t)went;
	memmove(member->out, member->out + went, member->out_bytes);
	if (!member->out_bytes)
		watch(member, false);
}

static void send_text(struct member *member, const char *text, size_t count)
{
	static const unsigned char mask[4] = {0x21, 0x43, 0x65, 0x87};
	static char frame[FRAME_MOST];
	size_t head = 0;

	frame[head++] = (char)0x81;
	if (count < 126) {
		frame[head++] = (char)(0x80 | count);
	} else {
		frame[head++] = (char)(0x80 | 126);
		frame[head++] = (char)(count >> 8);
		frame[head++] = (char)(count & 255);
	}
	memcpy(frame + head, mask, 4);
	head += 4;
	for (size_t i = 0; i < count; i++)
		frame[head + i] = (char)(text[i] ^ mask[i & 3]);
	member_write(member, frame, head + count);
}

static void send_format(struct member *member, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void send_format(struct member *member, const char *format, ...)
{
	static char text[FRAME_MOST / 2];
	va_list arguments;
	int count;

	va_start(arguments, format);
	count = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	send_text(member, text, (size_t)count);
}

static const char *room_kind(const struct member *member)
{
	return member->is_idle ? "idle" : "room";
}

static void send_head(struct member *member)
{
	char head[400], path[64] = "/ws";
	int count;

	if (options.is_plain)
		snprintf(path, sizeof path, "/%s%d", room_kind(member), member->room);
	count = snprintf(head, sizeof head,
					 "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
					 "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
					 "Sec-WebSocket-Key: bWFhZ2FsLWJlbmNoLWxvYQ==\r\n%s\r\n",
					 path, options.port,
					 options.is_plain ? "" : "Sec-WebSocket-Protocol: maagal.v1\r\n");
	member_write(member, head, (size_t)count);
	member->state = STATE_HEAD;
}

static void send_open(struct member *member)
{
	member->state = STATE_OPENING;
	if (member->resume)
		send_format(member,
					"{\"jsonrpc\":\"2.0\",\"id\":\"open\",\"method\":\"session.open\","
					"\"params\":{\"resume\":\"%s\"}}",
					member->resume);
	else if (member->number < options.token_count)
		send_format(member,
					"{\"jsonrpc\":\"2.0\",\"id\":\"open\",\"method\":\"session.open\","
					"\"params\":{\"token\":\"%s\",\"accept\":{\"process\":\"%s\",\"version\":1}}}",
					options.tokens[member->number], options.process);
	else
		send_format(
			member,
			"{\"jsonrpc\":\"2.0\",\"id\":\"open\",\"method\":\"session.open\","
			"\"params\":{\"name\":\"bench%d\",\"accept\":{\"process\":\"%s\",\"version\":1}}}",
			member->number, options.process);
}

static void send_join(struct member *member)
{
	char after[48] = "";

	member->state = STATE_JOINING;
	if (member->is_behind)
		snprintf(after, sizeof after, ",\"after\":%" PRId64, member->seq);
	send_format(member,
				"{\"jsonrpc\":\"2.0\",\"id\":\"join\",\"method\":\"circle.join\","
				"\"params\":{\"circle\":\"%s%d\"%s}}",
				room_kind(member), member->room, after);
}

/* Words that any forum would let through, another piece of them each time. */
static void say(struct member *member)
{
	static const char words[] =
		"before the next step it would help to see the plan once more and to hear from those who "
		"live "
		"nearby what they need most in winter because the report leaves some of that open and the "
		"budget is not yet settled so let us compare both offers calmly and then write down what "
		"we "
		"agree on and what we do not ";
	char text[FRAME_MOST / 4], reply[ID_ROOM + 16] = "";
	int filled = snprintf(text, sizeof text, "%s%016" PRIx64 "%08x%08x@ ", payload_mark, now(),
						  member->next, (unsigned)member->number);

	for (size_t at = member->next % 200; !options.text_count && filled < options.bytes; at++)
		text[filled++] = words[at % (sizeof words - 1)];
	text[filled] = '\0';
	if (options.text_count)
		snprintf(text, sizeof text, "%s",
				 options.texts[(unsigned)(member->number * 31 + (int)member->next) %
							   (unsigned)options.text_count]);
	member->sent[member->next % INFLIGHT] = now();
	if (options.replies && (int)(member->next % 100) < options.replies && *last_post[member->room])
		snprintf(reply, sizeof reply, ",\"reply_to\":\"%s\"", last_post[member->room]);
	if (options.is_plain)
		send_text(member, text, (size_t)filled);
	else
		send_format(member,
					"{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"post.create\",\"params\":"
					"{\"circle\":\"%s%d\",\"key\":\"%d-%u\",\"text\":\"%s\"%s}}",
					member->next, room_kind(member), member->room, member->number, member->next,
					text, reply);
	member->next++;
	outstanding++;
	counts.sent++;
}

/* --- coming and going
 * ------------------------------------------------------------------------------ */

static void member_connect(struct member *member)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
	/* One address has only so many ports. */
	struct sockaddr_in from = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0x7f000001u + (uint32_t)member->number % 16)};
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = member};
	int one = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	member->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (member->fd < 0)
		fail("socket: %s", strerror(errno));
	setsockopt(member->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setsockopt(member->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
	if (bind(member->fd, (struct sockaddr *)&from, sizeof from))
		fail("bind: %s", strerror(errno));
	if (connect(member->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS)
		fail("connect: %s", strerror(errno));
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, member->fd, &event);
	member->state = STATE_CONNECTING;
	member->in_bytes = member->out_bytes = 0;
	member->began = now();
}

static void member_leave(struct member *member, enum state state)
{
	if (member->state == STATE_READY)
		ready_count--;
	else if (member->state == STATE_AWAY || member->state == STATE_GONE)
		return;
	if (state == STATE_GONE)
		gone_count++;
	close(member->fd);
	member->fd = -1;
	member->state = state;
}

static void member_is_ready(struct member *member)
{
	member->state = STATE_READY;
	ready_count++;
	histogram_add(&caught_up, now() - member->began);
	if (member->is_slow) {
		struct epoll_event event = {.events = 0, .data.ptr = member};

		epoll_ctl(epoll_fd, EPOLL_CTL_MOD, member->fd, &event);
	}
}

/* --- what comes
 * ------------------------------------------------------------------------------------- */

static const char *after_text(const char *text, size_t count, const char *wanted)
{
	size_t length = strlen(wanted);
	const char *found = memmem(text, count, wanted, length);

	return found ? found + length : NULL;
}

static void copy_text(const char *from, char *out, size_t room)
{
	size_t count = strcspn(from, "\"");

	snprintf(out, room, "%.*s", (int)(count < room ? count : room - 1), from);
}

static void look_at_time(const char *text, size_t count)
{
	const char *mark = after_text(text, count, payload_mark);
	char hex[17] = "";

	if (!mark)
		return;
	memcpy(hex, mark, 16);
	histogram_add(&counts.delivery, now() - strtoull(hex, NULL, 16));
}

static void take_seq(struct member *member, int64_t seq)
{
	if (seq <= member->seq)
		counts.doubled++;
	else if (member->seq && seq != member->seq + 1)
		counts.lost += (uint64_t)(seq - member->seq - 1);
	if (seq > member->seq)
		member->seq = seq;
}

static void take_event(struct member *member, const char *text, size_t count)
{
	const char *journal = after_text(text, count < 120 ? count : 120, "\"journal\":\"circle/");
	const char *seq = journal ? after_text(journal, 120, "\",\"seq\":") : NULL;
	const char *post;

	if (!seq)
		return;
	take_seq(member, strtoll(seq, NULL, 10));
	counts.deliveries++;
	if (options.see && after_text(seq, (size_t)(text + count - seq), options.see)) {
		seen_last = now();
		if (!seen_by++)
			seen_first = seen_last;
	}
	if (member->number % LATENCY_EACH == 0)
		look_at_time(text, count);
	if (options.replies && member->is_speaker) {
		post = after_text(text, count, "\"post\":{\"id\":\"");
		if (post)
			copy_text(post, last_post[member->room], ID_ROOM);
	}
}

static void take_refusal(const char *text, size_t count)
{
	const char *name = after_text(text, count, "\"name\":\"");
	char copy[32] = "?";

	if (name)
		copy_text(name, copy, sizeof copy);
	counts.refused++;
	for (int i = 0; i < 8; i++) {
		if (!*counts.refusals[i])
			snprintf(counts.refusals[i], sizeof counts.refusals[i], "%s", copy);
		if (strcmp(counts.refusals[i], copy) == 0) {
			counts.refusal_counts[i]++;
			return;
		}
	}
}

static void take_answer(struct member *member, const char *text, size_t count, unsigned long id)
{
	uint64_t *sent = &member->sent[id % INFLIGHT];

	if (!*sent)
		return;
	outstanding--;
	if (after_text(text, count, "\"status\":\"posted\"")) {
		counts.answered++;
		histogram_add(&counts.answer, now() - *sent);
	} else if (after_text(text, count, "\"status\":\"held\"")) {
		counts.held++;
	} else {
		take_refusal(text, count);
	}
	*sent = 0;
}

/* A page of what was missed. */
static void take_join(struct member *member, const char *text, size_t count)
{
	const char *at = text, *end = text + count, *seq;

	if (after_text(text, count, "\"error\":"))
		fail("join: %.*s", (int)count, text);
	while ((at = after_text(at, (size_t)(end - at), "\"journal\":\"circle/"))) {
		seq = after_text(at, (size_t)(end - at), "\",\"seq\":");
		if (seq)
			take_seq(member, strtoll(seq, NULL, 10));
		counts.deliveries++;
	}
	seq = after_text(text, count, "\"head\":");
	if (!member->is_behind && seq)
		member->seq = strtoll(seq, NULL, 10);
	if (after_text(text, count, "\"more\":true"))
		send_join(member);
	else
		member_is_ready(member);
}

static void take_text(struct member *member, const char *text, size_t count)
{
	static const char event[] = "{\"jsonrpc\":\"2.0\",\"method\":\"event\"";
	const char *id;

	if (count >= sizeof event && memcmp(text, event, sizeof event - 1) == 0) {
		take_event(member, text, count);
		return;
	}
	id = after_text(text, count < 60 ? count : 60, "\"id\":");
	if (!id)
		return;
	if (memcmp(id, "\"open\"", 6) == 0) {
		const char *resume = after_text(text, count, "\"resume\":\"");
		char copy[256];

		if (!resume)
			fail("session.open: %.*s", (int)count, text);
		copy_text(resume, copy, sizeof copy);
		free(member->resume);
		member->resume = strdup(copy);
		send_join(member);
	} else if (memcmp(id, "\"join\"", 6) == 0) {
		take_join(member, text, count);
	} else if (member->sent && *id >= '0' && *id <= '9') {
		take_answer(member, text, count, strtoul(id, NULL, 10));
	}
}

/* The floor and peers send back what was said, to its author too: that is the answer. */
static void take_plain(struct member *member, const char *text, size_t count)
{
	const char *mark = after_text(text, count, payload_mark);
	char hex[9] = "";
	unsigned long id;

	if (!mark)
		return;
	counts.deliveries++;
	if (member->number % LATENCY_EACH == 0)
		look_at_time(text, count);
	memcpy(hex, mark + 16, 8);
	id = strtoul(hex, NULL, 16) % INFLIGHT;
	memcpy(hex, mark + 24, 8);
	if (strtoul(hex, NULL, 16) != (unsigned long)member->number || !member->sent[id])
		return;
	histogram_add(&counts.answer, now() - member->sent[id]);
	member->sent[id] = 0;
	counts.answered++;
	outstanding--;
}

static void take_frame(struct member *member, unsigned opcode, const char *data, size_t count)
{
	if (opcode == 8)
		member_leave(member, STATE_GONE);
	else if (opcode == 9)
		member_write(member, "\x8a\x80\0\0\0\0", 6);
	else if (opcode == 1 && options.is_plain)
		take_plain(member, data, count);
	else if (opcode == 1)
		take_text(member, data, count);
}

/* How many bytes of the input are used up. */
static size_t take_frames(struct member *member, const char *bytes, size_t count)
{
	size_t at = 0;

	while (count - at >= 2 && member->fd >= 0) {
		const unsigned char *head = (const unsigned char *)bytes + at;
		size_t length = head[1] & 127u, begin = 2;

		if (length == 126 && count - at >= 4) {
			length = (size_t)head[2] << 8 | head[3];
			begin = 4;
		} else if (length == 127 && count - at >= 10) {
			length = (size_t)head[7] << 16 | (size_t)head[8] << 8 | head[9];
			begin = 10;
		} else if (length > 125) {
			break;
		}
		if (count - at < begin + length)
			break;
		take_frame(member, head[0] & 15u, bytes + at + begin, length);
		at += begin + length;
	}
	return at;
}

static size_t take_head(struct member *member, const char *bytes, size_t count)
{
	const char *end = after_text(bytes, count, "\r\n\r\n");

	if (!end)
		return 0;
	if (!after_text(bytes, count, " 101 "))
		fail("handshake: %.*s", (int)count, bytes);
	if (options.is_plain)
		member_is_ready(member);
	else
		send_open(member);
	return (size_t)(end - bytes);
}

static void member_read(struct member *member)
{
	static char bytes[1 << 20];
	ssize_t came;
	size_t count, used = 0;

	memcpy(bytes, member->in, member->in_bytes);
	came = recv(member->fd, bytes + member->in_bytes, sizeof bytes - member->in_bytes, 0);
	if (came < 0 && errno == EAGAIN)
		return;
	if (came <= 0) {
		counts.closed++;
		member_leave(member, STATE_GONE);
		return;
	}
	counts.bytes += (uint64_t)came;
	count = member->in_bytes + (size_t)came;
	if (member->state == STATE_HEAD)
		used = take_head(member, bytes, count);
	if (member->state != STATE_HEAD && member->fd >= 0)
		used += take_frames(member, bytes + used, count - used);
	member->in_bytes = member->fd >= 0 ? count - used : 0;
	if (member->in_bytes > member->in_room) {
		member->in_room = member->in_bytes * 2;
		member->in = realloc(member->in, member->in_room);
	}
	if (member->in_bytes)
		memcpy(member->in, bytes + used, member->in_bytes);
}

static void turn_once(int wait_ms)
{
	static struct epoll_event events[1024];
	int count = epoll_wait(epoll_fd, events, 1024, wait_ms);

	for (int i = 0; i < count; i++) {
		struct member *member = events[i].data.ptr;

		if (member->fd < 0)
			continue;
		if (member->is_slow && member->state == STATE_READY) {
			counts.closed++;
			member_leave(member, STATE_GONE);
			continue;
		}
		if (events[i].events & EPOLLOUT) {
			if (member->state == STATE_CONNECTING) {
				watch(member, false);
				send_head(member);
			} else if (member->out_bytes) {
				member_flush(member);
			}
		}
		if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			member_read(member);
	}
}

/* --- stages
 * ------------------------------------------------------------------------------------------ */

static void print_times(const char *name, const struct histogram *histogram)
{
	printf(",\"%s_ms\":{\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"most\":%.3f,\"n\":%" PRIu64 "}",
		   name, histogram_ms(histogram, .5), histogram_ms(histogram, .99),
		   histogram_ms(histogram, .999), (double)histogram->most / 1e6, histogram->total);
}

static void print_stage(const char *stage, double seconds, double cpu, double own)
{
	printf("{\"stage\":\"%s\",\"seconds\":%.3f,\"sent\":%" PRIu64 ",\"answered\":%" PRIu64
		   ",\"held\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"unsent\":%" PRIu64,
		   stage, seconds, counts.sent, counts.answered, counts.held, counts.refused,
		   counts.unsent);
	for (int i = 0; i < 8 && *counts.refusals[i]; i++)
		printf(",\"refused_%s\":%" PRIu64, counts.refusals[i], counts.refusal_counts[i]);
	printf(",\"messages_per_second\":%.0f,\"deliveries\":%" PRIu64
		   ",\"deliveries_per_second\":%.0f,\"lost\":%" PRIu64 ",\"doubled\":%" PRIu64
		   ",\"closed\":%" PRIu64 ",\"us_per_delivery\":%.3f,\"us_per_message\":%.2f",
		   (double)counts.answered / seconds, counts.deliveries,
		   (double)counts.deliveries / seconds, counts.lost, counts.doubled, counts.closed,
		   counts.deliveries ? cpu * 1e6 / (double)counts.deliveries : 0,
		   counts.answered ? cpu * 1e6 / (double)counts.answered : 0);
	printf(",\"server_busy\":%.2f,\"load_busy\":%.2f,\"kilobytes\":%.0f", cpu / seconds,
		   own / seconds, server_kilobytes());
	if (options.see)
		printf(",\"seen_by\":%" PRIu64 ",\"seen_first\":%.6f,\"seen_last\":%.6f", seen_by,
			   (double)seen_first / 1e9, (double)seen_last / 1e9);
	print_times("delivery", &counts.delivery);
	print_times("answer", &counts.answer);
	printf("}\n");
	fflush(stdout);
}

static double own_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		   (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static bool say_next(void)
{
	for (int tried = 0; tried < speaker_count; tried++) {
		struct member *member = &members[speakers[turn++ % speaker_count]];

		if (member->state == STATE_READY && !member->sent[member->next % INFLIGHT]) {
			say(member);
			return true;
		}
	}
	return false;
}

static void churn(uint64_t began, uint64_t *done)
{
	uint64_t due = (now() - began) * (uint64_t)options.churn / 1000000000u;

	for (; *done < due; (*done)++) {
		struct member *member = &members[(*done * 7919u) % (uint64_t)member_count];

		if (member->state != STATE_READY || member->is_slow || member->is_speaker)
			continue;
		member_leave(member, STATE_AWAY);
		member->is_behind = member->seq > 0;
		member_connect(member);
	}
}

/* rate: messages a second, or 0; window: outstanding, or 0. */
static void run_for(double seconds, double rate, int window, uint64_t *churned)
{
	uint64_t began = now(), end = began + (uint64_t)(seconds * 1e9), said = 0, time;

	while ((time = now()) < end) {
		uint64_t due = (uint64_t)((double)(time - began) * rate / 1e9);
		int wait_ms = options.churn ? 5 : 20;

		while (window && outstanding < window && say_next())
			;
		for (; !window && said < due; said++)
			if (!say_next())
				counts.unsent++;
		if (rate > 0)
			wait_ms = rate > 500 ? 1 : wait_ms < (int)(1000 / rate) ? wait_ms : (int)(1000 / rate);
		if (options.churn)
			churn(began, churned);
		turn_once(wait_ms < 1 ? 1 : wait_ms);
	}
}

static void drain(void)
{
	uint64_t end = now() + (uint64_t)DRAIN_MS * 1000000u, seen = UINT64_MAX;

	while (now() < end && (outstanding > 0 || seen != counts.deliveries)) {
		seen = counts.deliveries;
		turn_once(50);
	}
}

static void run_stage(const char *stage)
{
	static const double warm_seconds = .5;
	double rate = 0, cpu, own, seconds;
	uint64_t began, churned = 0;
	int window = 0;

	if (*stage == 'r')
		rate = strtod(stage + 1, NULL);
	else if (*stage == 'w')
		window = (int)strtol(stage + 1, NULL, 10);
	else if (*stage == 'x')
		rate = strtod(stage + 1, NULL) * last_window_rate;
	if (!rate && !window)
		fail("there is no stage \"%s\": rN, wN, or xF after a wN", stage);
	run_for(warm_seconds, rate, window, &churned);
	counts = (struct counts){
		.lost = counts.lost, .doubled = counts.doubled, .closed = counts.closed};
	cpu = server_seconds();
	own = own_seconds();
	began = now();
	churned = 0;
	run_for(options.seconds, rate, window, &churned);
	seconds = (double)(now() - began) / 1e9;
	cpu = server_seconds() - cpu;
	own = own_seconds() - own;
	if (window)
		last_window_rate = (double)counts.answered / seconds;
	drain();
	print_stage(stage, seconds, cpu, own);
	counts = (struct counts){0};
}

/* --- everybody comes
 * --------------------------------------------------------------------------------- */

static void wait_for_all(const char *stage)
{
	double before = server_kilobytes(), cpu = server_seconds(), after;
	uint64_t began = now(), end = began + 300 * UINT64_C(1000000000);
	int begun = 0;

	caught_up = (struct histogram){0};
	gone_count = 0;
	while (ready_count + gone_count < member_count && now() < end) {
		while (begun < member_count && begun - ready_count - gone_count < options.at_once)
			member_connect(&members[begun++]);
		turn_once(20);
	}
	if (ready_count < member_count)
		fail("%d of %d are there, %d were sent away", ready_count, member_count, gone_count);
	cpu = server_seconds() - cpu;
	after = server_kilobytes();
	printf("{\"stage\":\"%s\",\"connections\":%d,\"seconds\":%.3f,\"us_per_connection\":%.1f,"
		   "\"kilobytes\":%.0f,\"kilobytes_per_connection\":%.2f,\"deliveries\":%" PRIu64
		   ",\"lost\":%" PRIu64 ",\"doubled\":%" PRIu64 ",\"bytes\":%" PRIu64,
		   stage, member_count, (double)(now() - began) / 1e9, cpu * 1e6 / member_count, after,
		   (after - before) / member_count, counts.deliveries, counts.lost, counts.doubled,
		   counts.bytes);
	print_times("ready", &caught_up);
	printf("}\n");
	fflush(stdout);
	counts = (struct counts){0};
}

static void go_and_return(void)
{
	char line[16];

	for (int i = 0; i < member_count; i++) {
		member_leave(&members[i], STATE_AWAY);
		members[i].is_behind = true;
	}
	puts("away");
	fflush(stdout);
	if (!fgets(line, sizeof line, stdin))
		fail("nobody says when to come back");
	options.at_once = member_count;
	wait_for_all("return");
}

static void members_make(void)
{
	int active = options.rooms * options.members;

	member_count = options.idle + active;
	members = calloc((size_t)member_count, sizeof *members);
	speakers = calloc((size_t)member_count, sizeof *speakers);
	if (!members || !speakers)
		fail("no memory");
	for (int i = 0; i < member_count; i++) {
		struct member *member = &members[i];
		int place = i - options.idle;

		*member = (struct member){.fd = -1, .number = i, .is_idle = place < 0};
		member->room = place < 0 ? i / IDLE_MEMBERS : options.first + place / options.members;
		member->is_slow = place >= active - options.slow;
		member->is_speaker = place >= 0 && !member->is_slow && !options.nobody_speaks &&
							 (options.all_speak || place % options.members == 0);
		member->is_behind = options.has_after && place >= 0;
		member->seq = member->is_behind ? options.after : 0;
		if (!member->is_speaker)
			continue;
		member->sent = calloc(INFLIGHT, sizeof *member->sent);
		speakers[speaker_count++] = i;
	}
}

static void half_open(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < options.half_open; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

		if (fd < 0 || (connect(fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS))
			fail("half open: %s", strerror(errno));
	}
}

/* The lines of a file, kept for good. */
static char **read_lines(const char *path, int *count)
{
	FILE *file = fopen(path, "r");
	char **lines = NULL, *line = NULL;
	size_t room = 0;

	if (!file)
		fail("%s: %s", path, strerror(errno));
	for (*count = 0; getline(&line, &room, file) > 0; (*count)++) {
		line[strcspn(line, "\n")] = '\0';
		lines = realloc(lines, (size_t)(*count + 1) * sizeof *lines);
		lines[*count] = strdup(line);
	}
	free(line);
	fclose(file);
	return lines;
}

/* As it stands in an event. */
static const char *kind_text(const char *kind)
{
	static char text[64];

	snprintf(text, sizeof text, "\"kind\":\"%s\"", kind);
	return text;
}

static void read_options(int count, char **words)
{
	static const struct option longs[] = {
		{"port", 1, 0, 'p'},
		{"wire", 1, 0, 'w'},
		{"pid", 1, 0, 'P'},
		{"rooms", 1, 0, 'r'},
		{"members", 1, 0, 'm'},
		{"idle", 1, 0, 'i'},
		{"speakers", 1, 0, 's'},
		{"replies", 1, 0, 'R'},
		{"bytes", 1, 0, 'b'},
		{"stages", 1, 0, 'S'},
		{"seconds", 1, 0, 't'},
		{"slow", 1, 0, 'l'},
		{"half-open", 1, 0, 'h'},
		{"churn", 1, 0, 'c'},
		{"after", 1, 0, 'a'},
		{"process", 1, 0, 'q'},
		{"at-once", 1, 0, 'o'},
		{"first", 1, 0, 'f'},
		{"return", 0, 0, 'e'},
		{"tokens", 1, 0, 'T'},
		{"texts", 1, 0, 'x'},
		{"see", 1, 0, 'k'},
		{0},
	};
	int which;

	while ((which = getopt_long(count, words, "", longs, NULL)) != -1) {
		int number = optarg ? (int)strtol(optarg, NULL, 10) : 0;

		switch (which) {
		case 'p': options.port = number; break;
		case 'w': options.is_plain = strcmp(optarg, "plain") == 0; break;
		case 'P': options.pids[options.pid_count++ % PIDS_MOST] = number; break;
		case 'r': options.rooms = number; break;
		case 'm': options.members = number; break;
		case 'i': options.idle = number; break;
		case 's':
			options.all_speak = strcmp(optarg, "all") == 0;
			options.nobody_speaks = strcmp(optarg, "none") == 0;
			break;
		case 'T': options.tokens = read_lines(optarg, &options.token_count); break;
		case 'x': options.texts = read_lines(optarg, &options.text_count); break;
		case 'k': options.see = kind_text(optarg); break;
		case 'R': options.replies = number; break;
		case 'b': options.bytes = number; break;
		case 'S': options.stages = optarg; break;
		case 't': options.seconds = strtod(optarg, NULL); break;
		case 'l': options.slow = number; break;
		case 'h': options.half_open = number; break;
		case 'c': options.churn = number; break;
		case 'a':
			options.after = number;
			options.has_after = true;
			break;
		case 'q': options.process = optarg; break;
		case 'o': options.at_once = number; break;
		case 'f': options.first = number; break;
		case 'e': options.returns = true; break;
		default: fail("the first lines of load.c tell how it is used");
		}
	}
	if (options.first + options.rooms > ROOMS_MOST || options.bytes > FRAME_MOST / 8)
		fail("at most %d rooms and %d bytes", ROOMS_MOST, FRAME_MOST / 8);
}

int main(int count, char **words)
{
	struct rlimit files;
	char *stages, *stage, *rest;

	read_options(count, words);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	epoll_fd = epoll_create1(0);
	members_make();
	half_open();
	wait_for_all("connect");
	if (options.returns)
		go_and_return();
	stages = strdup(options.stages);
	for (stage = strtok_r(stages, ",", &rest); stage; stage = strtok_r(NULL, ",", &rest))
		run_stage(stage);
	free(stages);
	return 0;
}
