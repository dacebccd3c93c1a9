/* calls.c: what a client may ask, one row a method, in alphabetical order. A row says where the
 * work is done, what it costs, and which functions do it; see call.h. */
#include <string.h>

#include "calls/calls.h"
#include "calls/enter.h"
#include "calls/reading.h"

#define ROW(method, lane, open, urgent, cost, meter, check, now, read, keep) \
	{ \
		method, lane, open, urgent, cost, meter, check, now, read, keep, NULL \
	}
#define HUB(method, cost, now) \
	ROW(method, LANE_HUB, false, false, cost, METER_NONE, NULL, now, NULL, NULL)
#define READ(method, cost, check, read) \
	ROW(method, LANE_READ, false, false, cost, METER_NONE, check, NULL, read, NULL)
#define JOIN(method, cost, check, read, recall) \
	{ \
		method, LANE_READ, false, false, cost, METER_NONE, check, NULL, read, NULL, recall \
	}
#define METERED(method, lane, meter, cost, check, read) \
	ROW(method, lane, false, false, cost, meter, check, NULL, read, NULL)
#define KEEP(method, cost, check, keep) \
	ROW(method, LANE_KEEP, false, false, cost, METER_NONE, check, NULL, NULL, keep)
#define OPEN(method, cost, check, keep, read, recall) \
	{ \
		method, LANE_KEEP, true, false, cost, METER_NONE, check, NULL, read, keep, recall \
	}
#define DESK(method, check, keep) \
	ROW(method, LANE_KEEP, false, true, 1, METER_NONE, check, NULL, NULL, keep)
#define SEEN(method, cost, check, keep, read) \
	ROW(method, LANE_KEEP, false, true, cost, METER_NONE, check, NULL, read, keep)
#define JUDGED(method, cost, check, keep) \
	ROW(method, LANE_JUDGED, false, false, cost, METER_NONE, check, NULL, NULL, keep)

/* clang-format off */
static const struct call_row rows[] = {
	DESK("appeal.decide",      check_appeal_decide,  keep_appeal_decide),
	KEEP("appeal.open",     2, check_appeal_open,    keep_appeal_open),
	KEEP("charter.accept",  1, check_charter_accept, keep_charter_accept),
	READ("charter.read",    1, check_process,        read_charter_read),
	JOIN("circle.join",     2, check_circle_join,    read_circle_join, recall_circle_join),
	READ("circle.leave",    1, check_circle,         read_circle_leave),
	KEEP("circle.mark",     1, check_circle_mark,    keep_circle_mark),
	READ("circle.members",  2, check_circle_members, read_circle_members),
	READ("circle.typing",   1, check_circle_typing,  read_circle_typing),
	DESK("desk.acknowledge",   check_desk_acknowledge, keep_desk_acknowledge),
	DESK("desk.claim",         check_desk_item,      keep_desk_claim),
	DESK("desk.crisis_begin",  check_desk_crisis_begin, keep_desk_crisis_begin),
	DESK("desk.crisis_end",    check_desk_crisis_end, keep_desk_crisis_end),
	DESK("desk.door",          check_desk_door,      keep_desk_door),
	DESK("desk.freeze",        check_desk_thread,    keep_desk_freeze),
	READ("desk.incidents",  2, check_desk_queue,     read_desk_incidents),
	SEEN("desk.item",       2, check_desk_item_read, keep_desk_item, read_desk_item),
	READ("desk.join",       2, check_circle_join,    read_desk_join),
	DESK("desk.lift",          check_desk_lift,      keep_desk_lift),
	READ("desk.log",        2, check_circle_join,    read_desk_log),
	DESK("desk.note",          check_desk_note,      keep_desk_note),
	DESK("desk.notice",        check_desk_notice,    keep_desk_notice),
	DESK("desk.pace",          check_desk_pace,      keep_desk_pace),
	READ("desk.person",     2, check_desk_person,    read_desk_person),
	READ("desk.picture",    2, check_circle,         read_desk_picture),
	DESK("desk.pin",           check_desk_pin,       keep_desk_pin),
	READ("desk.queue",      2, check_desk_queue,     read_desk_queue),
	READ("desk.read",       2, check_history_read,   read_desk_read),
	DESK("desk.redact",        check_desk_redact,    keep_desk_redact),
	DESK("desk.reject",        check_desk_reject,    keep_desk_reject),
	DESK("desk.release",       check_desk_items,     keep_desk_release),
	DESK("desk.remove",        check_desk_post,      keep_desk_remove),
	DESK("desk.restore",       check_desk_post,      keep_desk_restore),
	DESK("desk.sanction",      check_desk_sanction,  keep_desk_sanction),
	DESK("desk.thaw",          check_desk_thread,    keep_desk_thaw),
	DESK("desk.unclaim",       check_desk_item,      keep_desk_unclaim),
	DESK("desk.watch",         check_desk_watch,     keep_desk_watch),
	METERED("draft.check", LANE_DRAFT, METER_DRAFT, 1, check_draft_check, read_draft_check),
	READ("history.read",    2, check_history_read,   read_history_read),
	METERED("history.search", LANE_READ, METER_SEARCH, 2, check_history_search,
		read_history_search),
	READ("inbox.join",      2, check_join,           read_inbox_join),
	READ("inbox.read",      2, check_history,        read_inbox_read),
	KEEP("me.erase",        5, NULL,                 keep_me_erase),
	READ("me.export",       5, check_me_export,      read_me_export),
	READ("me.posts",        2, check_me_posts,       read_me_posts),
	KEEP("me.update",       2, check_me_update,      keep_me_update),
	JUDGED("post.create",   1, check_post_create,    keep_post_create),
	JUDGED("post.edit",     1, check_post_edit,      keep_post_edit),
	KEEP("post.report",     2, check_post_report,    keep_post_report),
	KEEP("post.retract",    1, check_post_retract,   keep_post_retract),
	READ("process.read",    2, check_process,        read_process_read),
	KEEP("sanction.acknowledge", 1, check_sanction_acknowledge, keep_sanction_acknowledge),
	HUB("session.close",    1,                       now_session_close),
	KEEP("session.link",    5, NULL,                 keep_session_link),
	OPEN("session.open",    1, check_session_open,   keep_session_open, read_session_open,
	     recall_session_open),
	HUB("session.ping",     1,                       now_session_ping),
	KEEP("session.revoke",  2, check_session_revoke, keep_session_revoke),
};
/* clang-format on */

const struct call_row *call_row_find(const char *method)
{
	size_t low = 0, high = sizeof rows / sizeof *rows;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(method, rows[middle].method);

		if (!order)
			return &rows[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
