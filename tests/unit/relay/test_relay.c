/* test_relay.c: several relays in one process, with a real Redis on a unix socket between them. */
#include "check.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "relay/relay.h"

enum { PATIENCE_MS = 20000, TEXT = 256 };

/* One process's relay and what it has heard. */
struct house {
	struct relay *relay;
	_Atomic int64_t row, elsewhere, used;
	_Atomic int typed;
	char typing[TEXT];
};

static char folder[64], socket_path[96], url[TEXT];
static pid_t redis;

/* ---- Redis ---- */

static int connected(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0)
		return descriptor;
	close(descriptor);
	return -1;
}

static void nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

static void redis_start(void)
{
	int descriptor = -1;

	unlink(socket_path);
	redis = fork();
	CHECK(redis >= 0);
	if (redis == 0) {
		execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", socket_path,
		       "--dir", folder, "--save", "", "--requirepass", "secret", "--logfile", "log",
		       (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < PATIENCE_MS / 5 && descriptor < 0; i++) {
		descriptor = connected(socket_path);
		if (descriptor < 0)
			nap();
	}
	CHECK(descriptor >= 0);
	close(descriptor);
}

static void redis_end(void)
{
	if (redis > 0) {
		kill(redis, SIGKILL);
		waitpid(redis, NULL, 0);
	}
	redis = 0;
}

static int given_redis(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/maagal-relay-XXXXXX");
	CHECK(mkdtemp(folder));
	snprintf(socket_path, sizeof socket_path, "%s/redis", folder);
	snprintf(url, sizeof url, "unix://:secret@%s", socket_path);
	redis_start();
	return 0;
}

static int end_redis(void **state)
{
	char path[128];

	(void)state;
	redis_end();
	unlink(socket_path);
	snprintf(path, sizeof path, "%s/log", folder);
	unlink(path);
	rmdir(folder);
	return 0;
}

/* ---- relays ---- */

static void rows_kept(void *owner, int64_t row)
{
	((struct house *)owner)->row = row;
}

static void heard(void *owner, struct heard **news)
{
	struct house *house = owner;

	if ((*news)->kind == HEARD_HERE)
		house->elsewhere = (*news)->count;
	if ((*news)->kind == HEARD_USED)
		house->used += (*news)->count;
	if ((*news)->kind == HEARD_TYPING) {
		snprintf(house->typing, sizeof house->typing, "%s", (*news)->text);
		house->typed++;
	}
	free(*news);
	*news = NULL;
}

static void given_house(struct house *house, unsigned char deployment)
{
	struct relay_settings settings = {.url = url, .owner = house, .rows_kept = rows_kept,
					  .heard = heard};
	struct why why = {""};

	memset(house, 0, sizeof *house);
	settings.secret[0] = deployment;
	CHECK_OK(relay_open(&settings, &why, &house->relay));
	CHECK_OK(relay_start(house->relay));
}

static struct relay_health health_of(const struct house *house)
{
	struct relay_health health;

	relay_read_health(house->relay, &health);
	return health;
}

#define WAIT_FOR(claim) \
	do { \
		for (int waited_ = 0; !(claim) && waited_ < PATIENCE_MS; waited_ += 5) \
			nap(); \
		CHECK(claim); \
	} while (0)

static struct house one, two, three;

static void given_houses(void)
{
	given_house(&one, 1);
	given_house(&two, 1);
	WAIT_FOR(health_of(&one).nodes == 1 && health_of(&two).nodes == 1);
}

static void close_houses(void)
{
	relay_close(&one.relay);
	relay_close(&two.relay);
}

TEST(nobody_to_tell_is_no_error)
{
	struct relay_settings settings = {.url = ""};
	struct relay *relay;

	CHECK_OK(relay_open(&settings, NULL, &relay));
	CHECK_OK(relay_start(relay));
	relay_row_kept(relay, 1);
	relay_came(relay, 1, 1);
	relay_close(&relay);
	relay_row_kept(NULL, 1);
	relay_stop(NULL);
}

TEST(a_row_is_told_and_the_newest_counts)
{
	given_houses();
	for (int64_t row = 1; row <= 10000; row++)
		relay_row_kept(one.relay, row);
	WAIT_FOR(two.row == 10000);
	CHECK_INT(0, one.row); /* nobody is told of their own */
	CHECK(health_of(&one).sent < 10000);
	close_houses();
}

TEST(another_deployment_on_the_same_redis_hears_nothing)
{
	given_houses();
	given_house(&three, 2);
	WAIT_FOR(health_of(&three).is_up);
	relay_row_kept(one.relay, 7);
	WAIT_FOR(two.row == 7);
	CHECK_INT(0, three.row);
	CHECK_INT(0, health_of(&three).nodes);
	CHECK_INT(0, health_of(&three).strange);
	relay_close(&three.relay);
	close_houses();
}

TEST(persons_are_counted_once_wherever_they_are)
{
	given_houses();
	relay_came(one.relay, 5, 100);
	relay_came(two.relay, 5, 100); /* the same person through both */
	relay_came(two.relay, 5, 101);
	relay_came(two.relay, 5, 102);
	WAIT_FOR(one.elsewhere == 2);
	CHECK_INT(0, two.elsewhere);
	relay_left(two.relay, 5, 101);
	WAIT_FOR(one.elsewhere == 1);
	relay_left(one.relay, 5, 100);
	relay_came(one.relay, 5, 200);
	WAIT_FOR(one.elsewhere == 2);
	WAIT_FOR(two.elsewhere == 1);
	close_houses();
}

TEST(who_stops_takes_its_people_along)
{
	given_houses();
	relay_came(one.relay, 5, 100);
	relay_came(two.relay, 5, 101);
	WAIT_FOR(one.elsewhere == 1);
	relay_close(&two.relay);
	WAIT_FOR(one.elsewhere == 0);
	CHECK_INT(0, health_of(&one).nodes);
	relay_close(&one.relay);
}

TEST(typing_and_uses_are_passed_on)
{
	given_houses();
	relay_typing(one.relay, 5, "{\"circle\":\"x\"}", 14);
	WAIT_FOR(two.typed == 1);
	CHECK_TEXT("{\"circle\":\"x\"}", two.typing);
	for (int i = 0; i < 300; i++)
		relay_used(one.relay, RELAY_USE_OPEN, (uint64_t)i % 100);
	WAIT_FOR(two.used == 300);
	CHECK_INT(0, one.typed);
	CHECK_INT(0, one.used);
	close_houses();
}

TEST(a_redis_that_dies_and_comes_back_is_found_again)
{
	given_houses();
	relay_came(one.relay, 5, 100);
	relay_came(two.relay, 5, 101);
	WAIT_FOR(one.elsewhere == 1);
	redis_end();
	WAIT_FOR(!health_of(&one).is_up && !health_of(&two).is_up);
	relay_row_kept(one.relay, 41);
	relay_came(two.relay, 5, 102);
	redis_start();
	WAIT_FOR(two.row == 41);
	WAIT_FOR(one.elsewhere == 2);
	CHECK_INT(2, health_of(&one).connects);
	close_houses();
}

TEST(a_redis_that_stands_still_is_given_up_and_nothing_waits_for_it)
{
	given_houses();
	kill(redis, SIGSTOP);
	for (int i = 0; i < 100000; i++) {
		relay_row_kept(one.relay, i);
		if (i % 100 == 0)
			relay_typing(one.relay, 5, "{}", 2);
	}
	WAIT_FOR(!health_of(&one).is_up);
	kill(redis, SIGCONT);
	WAIT_FOR(two.row == 99999);
	close_houses();
}

/* Says something to every one who connects and cuts them off. */
struct liar {
	int listener;
	const char *words;
	size_t bytes;
	_Atomic bool is_over;
};

static void *lie(void *argument)
{
	struct liar *liar = argument;
	char ignored[4096];

	while (!liar->is_over) {
		struct pollfd polled = {.fd = liar->listener, .events = POLLIN};
		int peer = poll(&polled, 1, 20) > 0 ? accept(liar->listener, NULL, NULL) : -1;

		if (peer < 0)
			continue;
		(void)!recv(peer, ignored, sizeof ignored, 0);
		(void)!send(peer, liar->words, liar->bytes, MSG_NOSIGNAL);
		close(peer);
	}
	return NULL;
}

TEST(what_is_no_redis_does_no_harm)
{
	static const char *const lies[] = {
		"", "HTTP/1.1 400 Bad Request\r\n\r\n", "+OK\r\n+PONG\r\n+OK\r\n:1\r\n:2\r\n", "$-5\r\n",
		"*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$3\r\nabc\r\n",
		"*-1\r\n*0\r\n$-1\r\n*1\r\n*1\r\n*1\r\n+x\r\n", "-ERR no\r\n", "-\r\n", "$999999999\r\nabc",
		"*2\r\n$7\r\nmessage\r\n", "%1\r\n+a\r\n+b\r\n", "*3\r\n:1\r\n:2\r\n:3\r\n",
	};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct liar liar = {.listener = socket(AF_UNIX, SOCK_STREAM, 0)};

	redis_end();
	unlink(socket_path);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
	CHECK_INT(0, bind(liar.listener, (struct sockaddr *)&address, sizeof address));
	CHECK_INT(0, listen(liar.listener, 8));
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		pthread_t thread;

		liar.words = lies[i];
		liar.bytes = strlen(lies[i]);
		liar.is_over = false;
		CHECK_INT(0, pthread_create(&thread, NULL, lie, &liar));
		given_house(&one, 1);
		relay_row_kept(one.relay, 5);
		relay_came(one.relay, 5, 100);
		for (int n = 0; n < 60; n++)
			nap();
		relay_close(&one.relay);
		liar.is_over = true;
		pthread_join(thread, NULL);
	}
	close(liar.listener);
	unlink(socket_path);
	redis_start();
}

TEST(a_wrong_password_is_refused_and_tried_again_without_haste)
{
	snprintf(url, sizeof url, "unix://:wrong@%s", socket_path);
	given_house(&one, 1);
	for (int n = 0; n < 100; n++)
		nap();
	CHECK(!health_of(&one).is_up);
	CHECK_INT(0, health_of(&one).connects);
	relay_close(&one.relay);
	snprintf(url, sizeof url, "unix://:secret@%s", socket_path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_to_tell_is_no_error),
		cmocka_unit_test(a_row_is_told_and_the_newest_counts),
		cmocka_unit_test(another_deployment_on_the_same_redis_hears_nothing),
		cmocka_unit_test(persons_are_counted_once_wherever_they_are),
		cmocka_unit_test(who_stops_takes_its_people_along),
		cmocka_unit_test(typing_and_uses_are_passed_on),
		cmocka_unit_test(a_redis_that_dies_and_comes_back_is_found_again),
		cmocka_unit_test(a_redis_that_stands_still_is_given_up_and_nothing_waits_for_it),
		cmocka_unit_test(what_is_no_redis_does_no_harm),
		cmocka_unit_test(a_wrong_password_is_refused_and_tried_again_without_haste),
	};

	return cmocka_run_group_tests(tests, given_redis, end_redis);
}
