/* alert_due.c: what time does to alerts: who did not answer is followed by the next on watch, then
 * by everybody, then by the brake; causes that are seen no more end; what waits too long calls by
 * itself. The store's thread, from the timed work: in a commit, so at one process alone. */
#include "calls/alert_inside.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "calls/crisis.h"
#include "calls/pulse.h"

enum {
	AT_ONCE = 20,
	CIRCLES_AT_ONCE = 200,
	SILENT_MS = 30 * 60000, /* a cause that has not been seen for so long is over */
	STAGE_WATCH = 0,        /* one of those on watch is called */
	STAGE_ALL = 1,
};

struct waiting_alert {
	int64_t item, circle, level, called, stage;
	char about[16];
};

/* Whose turn it is after `called`; 0: nobody is left. */
static enum err next_on_watch(struct keeper *keeper, const struct waiting_alert *alert,
							  int64_t *person)
{
	return db_number(keeper_db(keeper), 0, person,
					 "SELECT w.person FROM watch w JOIN member m ON m.circle = w.circle"
					 " AND m.person = w.person AND m.role >= ?3"
					 " LEFT JOIN watch b ON b.circle = w.circle"
					 " AND b.person = ?2 WHERE w.circle = ?1 AND w.person != ?2"
					 " AND (w.since, w.person) > (coalesce(b.since, 0), coalesce(b.person, 0))"
					 " ORDER BY w.since, w.person LIMIT 1",
					 "iii", alert->circle, alert->called, (int64_t)ROLE_MODERATOR);
}

static enum err pass_on(struct call *call, struct keeper *keeper, const struct waiting_alert *alert,
						int64_t to)
{
	struct buf body = {0};
	int64_t until = keeper_now(keeper) + alert_wait_ms(call);
	enum err err = db_run(keeper_db(keeper),
						  "UPDATE alert SET called = nullif(?, 0), stage = ? WHERE item = ?", "iii",
						  to, (int64_t)(to ? STAGE_WATCH : STAGE_ALL), alert->item);

	if (!err)
		err = db_run(keeper_db(keeper), "UPDATE item SET until = ? WHERE num = ?", "ii", until,
					 alert->item);
	if (to)
		person_member(keeper_db(keeper), keeper_id_key(keeper), &body, "to", to);
	if (!body.bytes)
		buf_text(&body, "\"to\":null");
	if (!err)
		err = alert_tell(keeper, alert->circle, alert->item, EVENT_ALERT_PASSED_ON, &body);
	buf_fini(&body);
	return err;
}

/* Nobody at all has answered. Only what is grave pulls the brake, and a long queue is no reason to
 * slow down those who talk. */
static enum err expire(struct call *call, struct keeper *keeper, const struct waiting_alert *alert)
{
	struct buf body = {0};
	const char *preset = NULL;
	bool is_grave = alert->level >= ALERT_LEVEL_ALERT && strcmp(alert->about, "queue") != 0;
	enum err err = db_run(keeper_db(keeper), "UPDATE item SET until = NULL WHERE num = ?", "i",
						  alert->item);

	if (!err && is_grave)
		err = crisis_brake(call, keeper, alert->circle, &preset);
	if (preset)
		buf_format(&body, "\"brake\":\"%s\"", preset);
	if (!err)
		err = alert_tell(keeper, alert->circle, alert->item, EVENT_ALERT_EXPIRED, &body);
	buf_fini(&body);
	return err;
}

static enum err call_others(struct call *call, struct keeper *keeper,
							const struct waiting_alert *alert)
{
	int64_t next = 0;
	enum err err = ERR_NONE;

	if (alert->stage == STAGE_ALL)
		return expire(call, keeper, alert);
	err = next_on_watch(keeper, alert, &next);
	return err ? err : pass_on(call, keeper, alert, next);
}

static enum err unanswered(struct call *call, struct keeper *keeper)
{
	struct waiting_alert alerts[AT_ONCE];
	int count = 0;
	struct cursor *cursor = db_query(keeper_db(keeper),
									 "SELECT a.item, a.circle, a.level, coalesce(a.called, 0),"
									 " a.stage, a.about FROM item i JOIN alert a ON a.item = i.num"
									 " WHERE i.state = 'open' AND i.until <= ? AND i.kind = 'alert'"
									 " ORDER BY i.until LIMIT ?",
									 "ii", keeper_now(keeper), (int64_t)AT_ONCE);
	enum err err;

	while (count < AT_ONCE && cursor_next(cursor)) {
		struct waiting_alert *alert = &alerts[count++];

		alert->item = cursor_int(cursor, 0);
		alert->circle = cursor_int(cursor, 1);
		alert->level = cursor_int(cursor, 2);
		alert->called = cursor_int(cursor, 3);
		alert->stage = cursor_int(cursor, 4);
		snprintf(alert->about, sizeof alert->about, "%s", cursor_text(cursor, 5));
	}
	err = cursor_end(&cursor);
	for (int i = 0; i < count && !err; i++)
		err = call_others(call, keeper, &alerts[i]);
	return err;
}

/* Nothing more was heard of it: a quarrel that has gone silent has no message to end it. */
static enum err gone_silent(struct call *call, struct keeper *keeper)
{
	int64_t items[AT_ONCE], circles[AT_ONCE];
	bool is_newcomers[AT_ONCE];
	int count = 0;
	struct cursor *cursor = db_query(keeper_db(keeper),
									 "SELECT item, circle, about = 'newcomers' FROM alert"
									 " WHERE over IS NULL AND about != 'queue'"
									 " AND (touched < ?1 OR (about = 'newcomers' AND touched < ?2))"
									 " ORDER BY item LIMIT ?3",
									 "iii", keeper_now(keeper) - SILENT_MS,
									 keeper_now(keeper) - 60000, (int64_t)AT_ONCE);
	enum err err;

	while (count < AT_ONCE && cursor_next(cursor)) {
		items[count] = cursor_int(cursor, 0);
		circles[count] = cursor_int(cursor, 1);
		is_newcomers[count++] = cursor_int(cursor, 2);
	}
	err = cursor_end(&cursor);
	for (int i = 0; i < count && !err; i++)
		err = is_newcomers[i] ? alert_look_at_newcomers(call, keeper, circles[i])
							  : alert_end(keeper, circles[i], items[i]);
	return err;
}

/* An appeal takes its time: not its age counts, but whether it was to be answered by now. */
struct queue_state {
	int64_t circle, oldest, near, overdue;
};

static void queue_sign(struct call *call, struct keeper *keeper, const struct queue_state *queue,
					   struct sign *sign)
{
	int64_t age_most = (int64_t)call->house->config->queue_age_seconds * 1000;
	int64_t age = queue->oldest ? keeper_now(keeper) - queue->oldest : 0;
	bool is_old = age_most && age >= age_most;

	*sign = (struct sign){.about = "queue"};
	if (is_old || queue->near || queue->overdue)
		sign->level = ALERT_LEVEL_WATCH;
	if (is_old && age >= 2 * age_most)
		sign->level = ALERT_LEVEL_ALERT;
	sign->score = !is_old               ? (queue->near || queue->overdue ? 500 : 0)
				  : age >= 2 * age_most ? 1000
										: age * 500 / age_most;
	snprintf(sign->causes, sizeof sign->causes, "[%s%s%s%s%s]", is_old ? "\"oldest_waits\"" : "",
			 is_old && queue->near ? "," : "", queue->near ? "\"deadline_near\"" : "",
			 (is_old || queue->near) && queue->overdue ? "," : "",
			 queue->overdue ? "\"appeal_overdue\"" : "");
}

/* Circles in which something waits, or an alert about that is open. */
static enum err old_queues(struct call *call, struct keeper *keeper)
{
	int64_t warn_ms = (int64_t)call->house->config->deadline_warn_minutes * 60000;
	/* What was given little time from the beginning is not warned of at once. */
	struct queue_state queues[CIRCLES_AT_ONCE];
	int count = 0;
	struct cursor *cursor = db_query(
		keeper_db(keeper),
		"SELECT num, oldest, near, overdue FROM (SELECT c.num AS num, (SELECT i.opened FROM item i"
		" WHERE i.circle = c.num AND i.state = 'open' AND i.kind NOT IN ('alert', 'appeal')"
		" ORDER BY i.num LIMIT 1) AS oldest, EXISTS (SELECT 1 FROM item i WHERE i.state = 'open'"
		" AND i.until <= ?1 AND i.circle = c.num AND i.kind = 'appeal') AS overdue,"
		" EXISTS (SELECT 1 FROM item i WHERE i.state = 'open' AND i.until > ?1"
		" AND i.until <= ?1 + ?2 AND i.until - i.opened > 2 * ?2 AND i.circle = c.num"
		" AND i.kind != 'alert') AS near, EXISTS (SELECT 1 FROM alert a WHERE a.circle = c.num"
		" AND a.subject = 0 AND a.about = 'queue' AND a.over IS NULL) AS told FROM circle c)"
		" WHERE oldest IS NOT NULL OR near OR overdue OR told LIMIT ?3",
		"iii", keeper_now(keeper), warn_ms, (int64_t)CIRCLES_AT_ONCE);
	enum err err;

	while (count < CIRCLES_AT_ONCE && cursor_next(cursor))
		queues[count++] = (struct queue_state){cursor_int(cursor, 0), cursor_int(cursor, 1),
											   cursor_int(cursor, 2), cursor_int(cursor, 3)};
	err = cursor_end(&cursor);
	for (int i = 0; i < count && !err; i++) {
		struct open_alert open;
		struct sign sign;

		queue_sign(call, keeper, &queues[i], &sign);
		err = alert_find(keeper, queues[i].circle, "queue", 0, &open);
		if (!err)
			err = alert_settle(call, keeper, queues[i].circle, &sign, &open);
	}
	return err;
}

enum err alert_due(struct call *call, struct keeper *keeper)
{
	enum err err = unanswered(call, keeper);

	if (!err)
		err = gone_silent(call, keeper);
	if (!err)
		err = old_queues(call, keeper);
	return err ? err : pulse_sweep(keeper);
}
