/* health.c: figures for whoever runs the server, as OpenMetrics text; see health.h. */
#include "hub/health.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "relay/relay.h"

static const char open_metrics[] = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/* A counter or gauge without labels. */
struct figure {
	const char *name, *help;
	bool is_counter;
	double value;
};

static void begin_metric(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_format(out, "# TYPE maagal_%s %s\n# HELP maagal_%s %s\n", name, type, name, help);
}

static void write_figures(struct buf *out, const struct figure *figures, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct figure *figure = &figures[i];

		begin_metric(out, figure->name, figure->is_counter ? "counter" : "gauge",
			     figure->help);
		buf_format(out, "maagal_%s%s %.15g\n", figure->name,
			   figure->is_counter ? "_total" : "", figure->value);
	}
}
#define FIGURES(out, ...) \
	do { \
		const struct figure list[] = {__VA_ARGS__}; \
		write_figures(out, list, sizeof list / sizeof *list); \
	} while (0)
#define COUNTER(name, value, help) {name, help, true, (double)(value)}
#define GAUGE(name, value, help) {name, help, false, (double)(value)}

static void write_door(const struct health *health, struct buf *out)
{
	struct door_figures door;

	door_read_figures(health->door, &door);
	FIGURES(out,
		GAUGE("connections", door.connections, "Open connections, plain HTTP included."),
		GAUGE("peers", door.peers, "Open WebSocket connections."),
		COUNTER("connections_accepted", door.accepted, "Connections accepted."),
		COUNTER("peers_opened", door.opened, "WebSocket handshakes completed."),
		COUNTER("peers_closed", door.closed, "WebSocket connections ended."),
		COUNTER("handshakes_refused", door.refused_handshakes, "Handshakes refused."),
		COUNTER("connections_refused", door.refused_limits,
			"Connections refused for a limit."),
		COUNTER("frames_broken", door.broken_frames, "Connections breaking the protocol."),
		COUNTER("messages_received", door.messages_in, "Messages received."),
		COUNTER("received_bytes", door.bytes_in, "Bytes received."),
		COUNTER("sent_bytes", door.bytes_out, "Bytes sent."));
}

static size_t count_seats(const struct fanout *fanout)
{
	uint64_t key;
	void *value;
	size_t at = 0, seats = 0;

	while (map_next(fanout->feeds, &at, &key, &value))
		seats += ((const struct feed *)value)->count;
	return seats;
}

static void write_hub(const struct health *health, struct buf *out)
{
	const struct route *route = health->route;
	const struct figures *figures = route->figures;

	FIGURES(out,
		GAUGE("sessions", route->sessions->open_count, "Open sessions."),
		GAUGE("subscriptions", count_seats(route->fanout), "Journals joined, by all."),
		GAUGE("journals_read", map_count(route->fanout->feeds), "Journals with readers."),
		GAUGE("calls_in_flight", route->in_flight, "Calls being worked on."),
		COUNTER("events_applied", figures->events_applied, "Kept events that came by."),
		COUNTER("frames_encoded", figures->frames_encoded, "Events encoded for readers."),
		COUNTER("deliveries", figures->deliveries, "Events given to members live."),
		COUNTER("ring_deliveries", figures->ring_served,
			"Events given from memory to members behind."),
		COUNTER("pages_read", figures->pages_read, "Pages read for members behind."),
		COUNTER("gaps", figures->gaps, "Members found behind without being slow."),
		COUNTER("reads_repeated", figures->reads_repeated,
			"Reads done again because what they had read changed."),
		COUNTER("reads_put_off", figures->parked, "Reads put off for a slow reader."),
		COUNTER("closed_slow", figures->slow_closed,
			"Sessions closed for reading too slowly."),
		COUNTER("closed_late", figures->late_closed, "Connections that opened no session."),
		COUNTER("closed_revoked", figures->revoked_closed, "Sessions closed as revoked."),
		COUNTER("answers_dropped", figures->answers_orphaned,
			"Answers for sessions that had gone."),
		COUNTER("seats_lost", figures->seats_lost,
			"Subscriptions ended by a change of standing."),
		COUNTER("presence_told", figures->presence_told,
			"Counts of those present sent round."),
		COUNTER("typing_told", figures->typing_told, "Typing sent round."));
}

static void write_posts(const struct health *health, struct buf *out)
{
	const struct figures *figures = health->route->figures;

	begin_metric(out, "posts", "counter", "Posts and edits by what became of them.");
	buf_format(out,
		   "maagal_posts_total{action=\"posted\"} %" PRIu64 "\n"
		   "maagal_posts_total{action=\"held\"} %" PRIu64 "\n"
		   "maagal_posts_total{action=\"nudged\"} %" PRIu64 "\n"
		   "maagal_posts_total{action=\"rejected\"} %" PRIu64 "\n",
		   figures->posted, figures->held, figures->nudged, figures->rejected);
}

/* Codes that share a name (busy) are one outcome, counted under the first of them. */
static uint64_t ended_with(const struct method_figures *method, enum err err)
{
	const char *name = err_name(err);
	uint64_t ended = 0;

	for (int i = 1; i < ERR_COUNT; i++) {
		if (strcmp(err_name((enum err)i), name) != 0)
			continue;
		if (i < (int)err)
			return 0;
		ended += method->ended[i];
	}
	return ended;
}

static void write_method(const struct method_figures *method, struct buf *out)
{
	for (int i = 0; i < ERR_COUNT; i++) {
		enum err err = (enum err)i;
		uint64_t ended = err ? ended_with(method, err) : method->ended[0];

		if (ended == 0)
			continue;
		buf_format(out, "maagal_calls_total{method=\"%s\",outcome=\"%s\"} %" PRIu64 "\n",
			   method->method, err ? err_name(err) : "ok", ended);
	}
}

static void write_calls(const struct health *health, struct buf *out)
{
	uint64_t key;
	void *value;
	size_t at = 0;

	begin_metric(out, "calls", "counter", "Calls by method and outcome.");
	write_method(&health->route->others, out);
	while (map_next(health->route->methods, &at, &key, &value))
		write_method(value, out);
	begin_metric(out, "call_seconds", "counter", "Time from a call to its answer, by method.");
	at = 0;
	while (map_next(health->route->methods, &at, &key, &value)) {
		const struct method_figures *method = value;

		buf_format(out, "maagal_call_seconds_total{method=\"%s\"} %.6f\n", method->method,
			   (double)method->us_total / 1e6);
	}
}

static void write_judge(const struct health *health, struct buf *out)
{
	struct judge_figures judge;
	uint64_t below = 0;

	judge_read_figures(health->route->judge, &judge);
	begin_metric(out, "judge_seconds", "histogram", "Time to judge one text.");
	for (int i = 0; i < JUDGE_CLASSES; i++) {
		below += judge.classes[i];
		buf_format(out, "maagal_judge_seconds_bucket{le=\"%g\"} %" PRIu64 "\n",
			   (double)judge.bounds_us[i] / 1e6, below);
	}
	below += judge.classes[JUDGE_CLASSES];
	buf_format(out,
		   "maagal_judge_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n"
		   "maagal_judge_seconds_count %" PRIu64 "\n"
		   "maagal_judge_seconds_sum %.6f\n",
		   below, below, (double)judge.us_total / 1e6);
	FIGURES(out, COUNTER("judge_failures", judge.failed, "Texts that could not be judged."),
		GAUGE("judge_queue", judge_depth(health->route->judge), "Texts that wait."));
}

static void write_store(const struct health *health, struct buf *out)
{
	struct store_health store;

	store_health(health->store, &store);
	FIGURES(out, GAUGE("store_well", store.well, "1 while the disk takes what is written."),
		COUNTER("commits", store.commits, "Commits."),
		COUNTER("commit_seconds", (double)store.commit_us_total / 1e6, "Time in commits."),
		COUNTER("events_kept", store.rows_total, "Events kept."),
		COUNTER("commit_failures", store.failures, "Commits that failed."),
		GAUGE("commit_batch_last", store.batch_last, "Changes in the last commit."),
		GAUGE("commit_batch_most", store.batch_most, "Changes in the largest commit."),
		GAUGE("store_queue", store.inbox_depth, "Changes waiting for a commit."),
		GAUGE("reader_queue", store.reading_depth, "Reads waiting."),
		GAUGE("wal_bytes", store.wal_bytes, "Size of the write-ahead log."),
		GAUGE("head_row", store.head_row, "The newest event's row."));
}

static void write_turns(const struct health *health, struct buf *out)
{
	struct turn_waits waits;
	uint64_t below = 0;

	store_turn_waits(health->store, &waits);
	begin_metric(out, "turn_wait_seconds", "histogram",
		     "Time until it was our turn to write, among the processes on this data.");
	for (int i = 0; i < TURN_CLASSES; i++) {
		below += waits.classes[i];
		buf_format(out, "maagal_turn_wait_seconds_bucket{le=\"%g\"} %" PRIu64 "\n",
			   (double)waits.bounds_us[i] / 1e6, below);
	}
	below += waits.classes[TURN_CLASSES];
	buf_format(out,
		   "maagal_turn_wait_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n"
		   "maagal_turn_wait_seconds_count %" PRIu64 "\n"
		   "maagal_turn_wait_seconds_sum %.6f\n",
		   below, below, (double)waits.us_total / 1e6);
}

static void write_rules(const struct health *health, struct buf *out)
{
	struct ruleset *ruleset = rulebook_ruleset(health->rules);

	buf_format(out,
		   "# TYPE maagal_build info\n# HELP maagal_build The program.\n"
		   "maagal_build_info{version=\"" MAAGAL_VERSION "\"} 1\n"
		   "# TYPE maagal_ruleset info\n# HELP maagal_ruleset The rules in force.\n"
		   "maagal_ruleset_info{version=\"%s\"} 1\n",
		   ruleset_version(ruleset));
	ruleset_unref(&ruleset);
}

static void write_relay(const struct health *health, struct buf *out)
{
	struct relay_health relay;

	relay_read_health(health->relay, &relay);
	buf_format(out,
		   "# TYPE maagal_relay info\n# HELP maagal_relay How other processes are told.\n"
		   "maagal_relay_info{kind=\"%s\"} 1\n",
		   relay.kind);
	FIGURES(out, GAUGE("relay_up", relay.is_up, "1 while Redis is there and listens."),
		GAUGE("relay_processes", relay.nodes, "Other processes heard of lately."),
		COUNTER("relay_connects", relay.connects, "Times that Redis was reached."),
		COUNTER("relay_losses", relay.losses, "Times that Redis was lost."),
		COUNTER("relay_sent", relay.sent, "Messages given to Redis."),
		COUNTER("relay_heard", relay.heard, "Messages of other processes."),
		COUNTER("relay_dropped", relay.dropped, "Messages that Redis could not take."),
		COUNTER("relay_strange", relay.strange,
			"Messages and answers that made no sense."));
}

static unsigned metrics(const struct health *health, struct buf *body, const char **type)
{
	*type = open_metrics;
	write_rules(health, body);
	FIGURES(body, GAUGE("uptime_seconds",
			    (double)(clock_steady_ms() - health->began_ms) / 1e3,
			    "Time since the start."));
	write_door(health, body);
	write_hub(health, body);
	write_posts(health, body);
	write_calls(health, body);
	write_judge(health, body);
	write_store(health, body);
	write_turns(health, body);
	write_relay(health, body);
	buf_text(body, "# EOF\n");
	return 200;
}

static unsigned ready(const struct health *health, struct buf *body)
{
	struct store_health store;

	store_health(health->store, &store);
	if (health->route->is_stopping) {
		buf_text(body, "stopping\n");
		return 503;
	}
	if (!store.well) {
		buf_text(body, "storage unavailable\n");
		return 503;
	}
	buf_text(body, "ready\n");
	return 200;
}

unsigned health_answer(const struct health *health, const struct door_request *request,
		       struct buf *body, const char **type)
{
	if (!strcmp(request->path, "/readyz"))
		return ready(health, body);
	if (!strcmp(request->path, "/metrics")) {
		if (request->local)
			return metrics(health, body, type);
		buf_text(body, "not found\n");
		return 404;
	}
	/* That it is answered at all says that the loop turns. */
	buf_text(body, "ok\n");
	return 200;
}
