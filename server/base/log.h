/* log.h: structured lines on stderr: `2026-11-21T18:00:00.123Z info store.open path=… rows=12`.
 * The event name is stable and documented in docs/running.md. Any thread.
 * Never log what people wrote, nor names, tokens, cookies or addresses: ids are enough. */
#pragma once

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Lines below this level are dropped. Default LOG_INFO. */
void log_set_level(enum log_level level);
/* true: one JSON object a line ({"at","level","event","text"}), for journald and friends. */
void log_set_json(int json);

void log_line(enum log_level level, const char *event, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define log_debug(event, ...) log_line(LOG_DEBUG, event, __VA_ARGS__)
#define log_info(event, ...) log_line(LOG_INFO, event, __VA_ARGS__)
#define log_warn(event, ...) log_line(LOG_WARN, event, __VA_ARGS__)
#define log_error(event, ...) log_line(LOG_ERROR, event, __VA_ARGS__)
