/* config.h: every setting, as one table. A row gives a field of struct config, a line in the
 * shipped config/maagal.json and an entry in docs/settings.md; nothing else has to be
 * written to add one (then `maagal help settings --json` and `--markdown` renew the two files).
 * Read once at start, read-only from then on: any thread. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* Rows stand in the order of their names.
 *   LIMIT   a rate, count, flood or repetition limit: 0 means none, and `limits=0` sets all to 0
 *   NUMBER  any other number; where 0 is allowed the meaning says what it does
 *   SWITCH  true or false
 *   TEXT    words, at most CONFIG_TEXT - 1 bytes; what is empty is off or found by itself
 * The topic is the heading under which people find it. */
#define CONFIG_LIST(LIMIT, NUMBER, SWITCH, TEXT) \
	NUMBER(alert_ack_seconds, "moderation", 180, 1, 86400, \
		"How long an alert waits to be acknowledged before it calls the next moderator on watch, " \
		"then all of them.") \
	SWITCH(alert_brake, "moderation", true, \
		"When nobody at all has acknowledged a grave alert, the mildest preset of a crisis " \
		"begins by itself, for `alert_brake_minutes`. Everybody in the circle is told, and any " \
		"moderator ends it.") \
	NUMBER(alert_brake_minutes, "moderation", 20, 1, 1440, \
		"How long the brake that nobody pulled lasts unless a moderator ends it.") \
	TEXT(allowed_origins, "listening", "", \
		"Web origins besides our own whose pages may connect, separated by blanks, each whole: " \
		"`https://forum.example.org`.") \
	NUMBER(appeal_answer_days, "moderation", 7, 1, 365, \
		"Within how many days an appeal is to be answered; after that it stays open and counts " \
		"as overdue.") \
	NUMBER(appeal_days, "moderation", 183, 0, 3650, \
		"How many days after a decision it can be appealed: half a year, as the Digital Services " \
		"Act asks of platforms. 0: there is no appeal.") \
	LIMIT(bytes_burst, "limits", 262144, 1073741824, \
		"Bytes that one connection may send at once before `bytes_per_second` holds.") \
	LIMIT(bytes_per_second, "limits", 65536, 1073741824, \
		"Bytes a second that one connection may send in the long run.") \
	LIMIT(calls_burst, "limits", 60, 1000000, \
		"Calls that one session may make at once before `calls_per_second` holds.") \
	LIMIT(calls_per_second, "limits", 20, 1000000, \
		"Calls a second that one session may make in the long run.") \
	NUMBER(claim_seconds, "moderation", 900, 0, 86400, \
		"How long an item that a moderator has taken in hand stays theirs; then it is given back " \
		"by itself. 0: until somebody gives it back.") \
	NUMBER(commit_rest_percent, "storage", 100, 0, 1000, \
		"After a commit the writer rests for this share of the time that it took (3 ms at most; " \
		"4 ms while many write, and 16 more at most while hundreds come in those), so that what " \
		"comes meanwhile shares the next. 0: no rest.") \
	TEXT(config_dir, "files", "", \
		"Folder with `civility/`, `texts/` and `processes/`. Empty: found beside the program.") \
	LIMIT(connections_most, "limits", 20000, 1000000, \
		"Connections at the same time; more are closed kindly with 1013. The limit on open " \
		"files (`LimitNOFILE`) bounds them as well.") \
	LIMIT(connections_per_address, "limits", 200, 1000000, \
		"Connections at the same time from one address. A community centre has one address.") \
	TEXT(data, "files", "data", \
		"Folder with everything that is kept. Several servers on one machine may share it.") \
	NUMBER(deadline_warn_minutes, "moderation", 60, 0, 10080, \
		"Moderators are alerted when something that waits will be decided by its deadline within " \
		"this time. 0: they are not.") \
	LIMIT(drafts_per_minute, "limits", 60, 1000000, \
		"Drafts a minute that one person may have checked before posting.") \
	NUMBER(goodbye_retry_ms, "connections", 2000, 0, 600000, \
		"When the server stops it asks clients to come back after this time, each at a moment " \
		"of its own around it.") \
	NUMBER(guest_tag_letters, "people", 4, 2, 8, \
		"Length of the tag by which guests of the same name are told apart.") \
	NUMBER(handshake_within_ms, "connections", 10000, 0, 600000, \
		"Time for a new connection to become a WebSocket or to be answered. 0: no limit.") \
	LIMIT(handshakes_per_address_per_minute, "limits", 600, 1000000, \
		"New connections a minute from one address.") \
	NUMBER(hard_reading_hint, "moderation", 60, 0, 1000000, \
		"After this many hard messages within a day a moderator is told that somebody else may " \
		"read the next ones. 0: never.") \
	NUMBER(history_page, "reading", 100, 1, 500, \
		"Events in one page of history if the client does not say.") \
	NUMBER(history_page_most, "reading", 500, 1, 500, \
		"Events in one page of history at most.") \
	NUMBER(hold_minutes, "moderation", 1440, 1, 525600, \
		"How long a held post waits for a moderator. Time that the server was down is added.") \
	LIMIT(inflight_most, "limits", 8192, 1000000, \
		"Calls being worked on at the same time in the whole process; more are answered `busy`.") \
	LIMIT(inflight_per_session, "limits", 64, 1000000, \
		"Calls of one session being worked on at the same time; more are answered `busy`.") \
	NUMBER(judge_threads, "threads", 1, 1, 64, \
		"Threads that run the civility filters.") \
	SWITCH(limits, "limits", true, \
		"false switches off every rate, count, flood and repetition limit, and no other filter. " \
		"For measurements.") \
	TEXT(listen, "listening", "127.0.0.1:8484", \
		"Address and port to listen on; port 0 takes a free one. `[::1]:8484` for IPv6.") \
	SWITCH(log_json, "logging", false, \
		"true writes each log line as one JSON object.") \
	TEXT(log_level, "logging", "info", \
		"The least that is logged: `debug`, `info`, `warn` or `error`.") \
	TEXT(metrics_listen, "listening", "", \
		"Address and port of an own listener for `/metrics`. Empty: `/metrics` is answered on " \
		"the main port, to loopback only.") \
	NUMBER(name_points_most, "people", 60, 1, 200, \
		"Longest name that a person may take, in code points.") \
	NUMBER(newcomer_minutes, "people", 10, 0, 525600, \
		"How long a guest counts as a newcomer after coming first. 0: nobody does.") \
	LIMIT(newcomer_posts_per_circle_per_minute, "limits", 60, 1000000, \
		"Posts a minute from all newcomers to a circle together; what is beyond is held for a " \
		"moderator.") \
	NUMBER(newcomer_surge, "moderation", 30, 0, 1000000, \
		"So many people speaking for the first time within ten minutes are a surge that " \
		"moderators are alerted to. 0: none is.") \
	NUMBER(nudge_minutes, "moderation", 10, 1, 1440, \
		"How long an author may answer a nudge by posting the same text again.") \
	NUMBER(open_within_ms, "connections", 10000, 0, 600000, \
		"Time for a connection to send `session.open`; then it is closed with 1008. 0: no limit.") \
	LIMIT(opens_per_address_per_minute, "limits", 600, 1000000, \
		"Sessions a minute opened from one address.") \
	NUMBER(outbox_bytes_most, "connections", 1048576, 0, 1073741824, \
		"Bytes that may wait for a slow reader; then it is closed kindly with 1013 and catches " \
		"up when it comes back. 0: no limit.") \
	NUMBER(page_bytes_most, "reading", 60000, 4096, 65000, \
		"Bytes of one page of events; a frame holds 65,536.") \
	NUMBER(pile_on_people, "moderation", 5, 0, 1000, \
		"So many people answering the same one within ten minutes, in a heated thread, are a " \
		"pile-on that moderators are alerted to. 0: none is.") \
	NUMBER(ping_after_ms, "connections", 25000, 0, 3600000, \
		"A connection silent for this long is asked whether it is still there. 0: never.") \
	NUMBER(pong_within_ms, "connections", 20000, 0, 3600000, \
		"Time for its answer; then it is closed. 0: no limit.") \
	LIMIT(posts_burst, "limits", 3, 1000000, \
		"Posts that one person may write at once before `posts_per_minute` holds, in circles " \
		"that do not say.") \
	LIMIT(posts_per_minute, "limits", 6, 1000000, \
		"Posts a minute from one person, in circles that do not say.") \
	NUMBER(presence_every_ms, "connections", 5000, 0, 3600000, \
		"Least time between two counts of who is present in a circle. 0: none are sent.") \
	TEXT(public_url, "listening", "", \
		"The address that people open, as invitations show it: `https://forum.example.org`. " \
		"Empty: made from `listen`.") \
	NUMBER(queue_age_seconds, "moderation", 1800, 0, 604800, \
		"When the oldest of what waits for a moderator is this old, they are alerted. 0: never.") \
	NUMBER(reader_threads, "threads", 3, 1, 64, \
		"Threads that read from the store. The last of several takes searches and what else may " \
		"take long, so that joining and reading on need not wait for them.") \
	TEXT(redis, "nodes", "", \
		"`redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]` or `unix:PATH`, to tell other " \
		"servers on the same data at once. Empty: there is one server, or they find out by " \
		"looking. A password belongs into a file, not on a command line that others can see.") \
	LIMIT(reports_per_hour, "limits", 30, 1000000, \
		"Reports an hour from one person.") \
	NUMBER(resume_days, "people", 30, 1, 3650, \
		"Days after its last use until a device has to identify itself anew.") \
	SWITCH(reuse_port, "listening", false, \
		"true lets several servers of the same user listen on the same address and port " \
		"(`SO_REUSEPORT`); the kernel shares connections out. Each then needs a `metrics_listen` " \
		"of its own.") \
	TEXT(rules_dir, "files", "", \
		"Folder with the civility rules. Empty: `civility` in `config_dir`.") \
	NUMBER(search_budget_ms, "reading", 200, 0, 60000, \
		"Time that one search may take before it answers with what it has. 0: no limit.") \
	LIMIT(searches_per_minute, "limits", 60, 1000000, \
		"Searches a minute from one person.") \
	NUMBER(slow_reader_ms, "connections", 30000, 0, 3600000, \
		"Time for a connection that takes nothing more to take again; then it is closed kindly " \
		"with 1013 and catches up when it comes back. 0: no limit.") \
	NUMBER(stop_within_ms, "connections", 10000, 100, 600000, \
		"Time for the server to finish what is in flight and say goodbye when told to stop.") \
	TEXT(tls_cert, "listening", "", \
		"File with the certificate chain (PEM). With `tls_key`: the port speaks TLS only.") \
	TEXT(tls_key, "listening", "", \
		"File with the certificate's private key (PEM).") \
	SWITCH(trusted_proxy, "listening", false, \
		"true believes `X-Forwarded-For`, if it comes over the unix socket or from loopback.") \
	TEXT(unix_socket, "listening", "", \
		"Path of a unix socket for a proxy to connect to, besides `listen`.") \
	NUMBER(wait_most_ms, "overload", 500, 0, 60000, \
		"A post is answered `busy` while what is in hand already would take longer than this to " \
		"be worked off. 0: however long it takes.") \
	NUMBER(wal_bytes_most, "storage", 1073741824, 1048576, 2147483647, \
		"Size of the write-ahead log beyond which the writer waits for readers, a moment at a " \
		"time, so that it can start over. Mostly it does so by itself, at 32 MiB.") \
	NUMBER(watch_hours, "moderation", 12, 1, 168, \
		"How long a moderator is on watch without being heard of at that desk.") \
	TEXT(web_dir, "files", "", \
		"Folder with the built pages. Empty: found beside the program.") \
	LIMIT(wrong_tokens_per_address_per_minute, "limits", 30, 1000000, \
		"Wrong invitations and resume tokens a minute from one address.")

enum { CONFIG_TEXT = 1024 };

/* One field per row: int for LIMIT and NUMBER, bool for SWITCH, char[] for TEXT. */
struct config {
#define CONFIG_LIMIT(name, topic, value, most, meaning) int name;
#define CONFIG_NUMBER(name, topic, value, least, most, meaning) int name;
#define CONFIG_SWITCH(name, topic, value, meaning) bool name;
#define CONFIG_WORDS(name, topic, value, meaning) char name[CONFIG_TEXT];
	CONFIG_LIST(CONFIG_LIMIT, CONFIG_NUMBER, CONFIG_SWITCH, CONFIG_WORDS)
#undef CONFIG_LIMIT
#undef CONFIG_NUMBER
#undef CONFIG_SWITCH
#undef CONFIG_WORDS
};

/* Every setting at its default. Call first. */
void config_default(struct config *config);
/* One "NAME=VALUE". An unknown name or a value out of range is ERR_BAD_PARAMS, and `why` says what
 * to mend. */
MUST_CHECK enum err config_set(struct config *config, const char *assignment, struct why *why);
/* A file with one flat JSON object of names and values. ERR_NOT_FOUND if there is no such file. */
MUST_CHECK enum err config_read(struct config *config, const char *path, struct why *why);
/* After the last config_set: finds the folders that were left empty, applies `limits`, and checks
 * what concerns several settings together. */
MUST_CHECK enum err config_finish(struct config *config, struct why *why);

/* The table as people want it. */
void config_write_json(struct buf *out);     /* config/maagal.json */
void config_write_markdown(struct buf *out); /* docs/settings.md */
void config_write_text(struct buf *out);     /* for a terminal */
