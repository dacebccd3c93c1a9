/* route.c: carries calls round the ring; see route.h. read_call(), keep_call() and judged_back()
 * run on a reader's, the store's and a judge's thread; each has the call to itself meanwhile. */
#include "hub/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "base/map.h"
#include "calls/due.h"
#include "hub/presence.h"
#include "hub/picture.h"
#include "hub/recheck.h"
#include "relay/relay.h"
#include "wire/reply.h"

enum {
	TRIES_MOST = 8,
	KEY_TEXT = 128,
	/* What a scratch buffer may keep once a large answer has gone through it. */
	SCRATCH_BYTES = 262144,
};

enum err route_init(struct route *route)
{
	route->others.method = "other";
	list_init(&route->unread);
	route->addresses = address_rates_new(route->house->config);
	route->methods = map_new();
	if (route->addresses && route->methods && welcomes_init(&route->welcomes) == ERR_NONE)
		return ERR_NONE;
	route_fini(route);
	return ERR_NO_MEMORY;
}

void route_fini(struct route *route)
{
	uint64_t key;
	void *value;
	size_t at = 0;

	while (!list_is_empty(&route->unread)) {
		struct call *call = list_entry(route->unread.next, struct call, node);

		list_remove(&call->node);
		call_free(&call);
	}
	while (route->methods && map_next(route->methods, &at, &key, &value))
		free(value);
	map_free(&route->methods);
	address_rates_free(&route->addresses);
	for (int i = 0; i < COMMON_LANGS; i++)
		shared_unref(&route->commons[i].text);
	welcomes_fini(&route->welcomes);
	buf_fini(&route->answer);
	buf_fini(&route->reply);
	buf_fini(&route->sentence);
}

/* Answers */

/* What an error answer says besides the error itself. */
struct refusal {
	enum err err;
	const char *detail, *member;
	int64_t most, retry_ms;
	const char *data;
};

static const char *sentence_for(struct route *route, const struct refusal *refusal,
				const char *lang)
{
	char key[KEY_TEXT], seconds[24], most[24];

	if (refusal->detail)
		snprintf(key, sizeof key, "error.%s.%s", err_name(refusal->err), refusal->detail);
	else
		snprintf(key, sizeof key, "error.%s", err_name(refusal->err));
	snprintf(seconds, sizeof seconds, "%lld",
		 (long long)(refusal->retry_ms > 1000 ? (refusal->retry_ms + 999) / 1000 : 1));
	snprintf(most, sizeof most, "%lld", (long long)refusal->most);
	buf_clear(&route->sentence);
	texts_format(route->house->texts, lang, key, &route->sentence, "seconds", seconds, "member",
		     refusal->member ? refusal->member : "", "most", most, NULL);
	return buf_ok(&route->sentence) && route->sentence.data ? route->sentence.data : "";
}

/* Takes the frame; NULL: there was no memory for it. */
static void send_frame(struct route *route, struct session *session, struct shared *frame)
{
	if (frame)
		session_gather_owed(route->sessions, session, frame);
	else
		session_close(route->sessions, session, CLOSE_TRY_LATER);
	shared_unref(&frame);
}

static void send_reply(struct route *route, struct session *session)
{
	send_frame(route, session,
		   buf_ok(&route->reply) ? frame_text(route->reply.data, route->reply.bytes)
					 : NULL);
	if (route->reply.room > SCRATCH_BYTES)
		buf_fini(&route->reply);
}

static struct shared *result_frame(const char *id, const char *result, size_t bytes)
{
	size_t text_bytes = reply_result_bytes(id, bytes);
	unsigned char header[DOOR_HEADER_BYTES];
	size_t header_bytes = frame_text_header(text_bytes, header);
	struct shared *frame = shared_new(NULL, header_bytes + text_bytes);

	if (frame)
		reply_result(mempcpy(frame->data, header, header_bytes), id, result, bytes);
	return frame;
}

static void refuse(struct route *route, struct session *session, const char *id,
		   const struct refusal *refusal, const char *lang)
{
	struct reply_error error = {
		.err = refusal->err,
		.message = sentence_for(route, refusal, lang),
		.retry_ms = refusal->retry_ms,
		.data = refusal->data,
	};

	if (!id)
		return;
	buf_clear(&route->reply);
	reply_error(&route->reply, id, &error);
	send_reply(route, session);
}

static void answer_call(struct route *route, struct session *session, const struct call *call)
{
	struct refusal refusal = {
		.err = call->err,
		.detail = call->detail,
		.member = call->member,
		.most = call->most,
		.retry_ms = call->retry_ms,
		.data = call->error_data.bytes ? call->error_data.data : NULL,
	};
	const char *result = "{}";
	size_t bytes = 2;

	if (call->err) {
		refuse(route, session, call->request.id, &refusal, call->asker.lang);
		return;
	}
	if (!call->request.id)
		return;
	if (call->result.bytes) {
		result = call->result.data;
		bytes = call->result.bytes;
	}
	if (reply_result_bytes(call->request.id, bytes) <= DOOR_MESSAGE_BYTES) {
		send_frame(route, session, result_frame(call->request.id, result, bytes));
		return;
	}
	log_error("call.too_large", "method=%s bytes=%zu", call->row->method, bytes);
	refusal.err = ERR_TOO_LARGE;
	refuse(route, session, call->request.id, &refusal, call->asker.lang);
}

/* Figures */

static struct method_figures *figures_of(struct route *route, const struct call_row *row)
{
	struct method_figures *figures = map_get(route->methods, (uintptr_t)row);

	if (figures)
		return figures;
	figures = calloc(1, sizeof *figures);
	if (!figures)
		return &route->others;
	figures->method = row->method;
	if (!map_put(route->methods, (uintptr_t)row, figures)) {
		free(figures);
		return &route->others;
	}
	return figures;
}

static void count_post(struct figures *figures, const struct call *call)
{
	static const char before[] = "{\"status\":\"";
	const char *status = call->result.data + sizeof before - 1;

	if (call->row->lane != LANE_JUDGED || call->result.bytes < sizeof before ||
	    memcmp(call->result.data, before, sizeof before - 1) != 0)
		return;
	if (!strncmp(status, "posted\"", 7))
		figures->posted++;
	else if (!strncmp(status, "held\"", 5))
		figures->held++;
	else if (!strncmp(status, "nudged\"", 7))
		figures->nudged++;
	else if (!strncmp(status, "rejected\"", 9))
		figures->rejected++;
}

static void count_call(struct route *route, const struct call *call)
{
	struct method_figures *figures = figures_of(route, call->row);

	figures->ended[call->err]++;
	figures->us_total += (uint64_t)(clock_steady_us() - call->began_us);
	if (!call->err)
		count_post(route->figures, call);
}

/* Outcomes */

static void close_person(struct route *route, int64_t person, int64_t device)
{
	struct session *session = sessions_first_of(route->sessions, person);

	for (; session; session = sessions_next_of(route->sessions, session)) {
		if (device && session->device != device)
			continue;
		route->figures->revoked_closed++;
		session_close(route->sessions, session, CLOSE_REVOKED);
	}
}

static void do_open(struct route *route, struct session *session, const struct call *call)
{
	const struct outcome *outcome = &call->outcome;

	if (call->err == ERR_UNAUTHORISED) {
		address_rates_wrong_token(route->addresses, call->asker.address, clock_steady_ms());
		relay_used(route->relay, RELAY_USE_WRONG_TOKEN, call->asker.address);
	}
	if (call->err || session->state != SESSION_OPENING) {
		session->state = SESSION_NEW;
		return;
	}
	if (!outcome->person || !session_identify(route->sessions, session, outcome->person,
						  outcome->device, outcome->lang))
		session_close(route->sessions, session, CLOSE_TRY_LATER);
	session->is_newcomer = outcome->is_newcomer;
}

static void do_join(struct route *route, struct session *session, const struct call *call)
{
	const json_t *circle = json_object_get(call->request.params, "circle");
	const struct joining joining = {
		.journal = call->outcome.joined_journal,
		.next = call->outcome.next,
		.live = call->outcome.live,
		.snapshot_row = call->snapshot_row,
		.circle = call->outcome.joined_circle ? json_string_value(circle) : NULL,
	};

	fanout_join(route->fanout, session, &joining);
	presence_greet(route->fanout, session, joining.journal, clock_steady_ms());
}

static void do_outcome(struct route *route, struct session *session, struct call *call)
{
	struct outcome *outcome = &call->outcome;

	if (outcome->participant) {
		shared_unref(&session->participant);
		session->participant = outcome->participant;
		outcome->participant = NULL;
	}
	if (outcome->lang[0])
		memcpy(session->lang, outcome->lang, sizeof session->lang);
	if (outcome->joined_journal)
		do_join(route, session, call);
	if (outcome->left_journal)
		fanout_leave(route->fanout, session, outcome->left_journal);
	if (outcome->typing_circle)
		presence_typing(route->fanout, session, outcome->typing_circle,
				json_string_value(json_object_get(call->request.params, "thread")),
				clock_steady_ms());
	if (outcome->close)
		session_close(route->sessions, session, CLOSE_NORMAL);
}

/* The place of a language, or one for it. */
static struct common *common_for(struct route *route, const char *lang)
{
	int i = 0;

	while (i < COMMON_LANGS - 1 && route->commons[i].text &&
	       strcmp(route->commons[i].lang, lang) != 0)
		i++;
	return &route->commons[i];
}

static void learn_common(struct route *route, struct call *call)
{
	struct common *common = common_for(route, call->outcome.lang);

	if (common->text && common->row > call->snapshot_row)
		return;
	shared_unref(&common->text);
	memcpy(common->lang, call->outcome.lang, sizeof common->lang);
	common->row = call->snapshot_row;
	common->text = call->outcome.common;
	call->outcome.common = NULL;
}

static const char *circle_of(const struct call *call)
{
	return json_string_value(json_object_get(call->request.params, "circle"));
}

static void learn(struct route *route, struct call *call)
{
	if (call->row->lane == LANE_KEEP)
		learn_common(route, call);
	else
		welcomes_learn(&route->welcomes, circle_of(call), call->asker.lang, &call->outcome,
			       call->snapshot_row, route->fanout->applied_row,
			       &call->outcome.common);
}

/* Is what was true as of `row` true now, whichever process is asked? */
static bool is_still_true(const struct route *route, int64_t row)
{
	return row >= route->fanout->applied_row &&
	       !store_is_ahead(route->house->store, route->fanout->applied_row);
}

/* An answer of some thousand bytes is written where the last one was. */
static void borrow_answer(struct route *route, struct call *call)
{
	if (call->result.data)
		return;
	call->result = route->answer;
	route->answer = (struct buf){0};
}

static void give_answer_back(struct route *route, struct call *call)
{
	if (route->answer.data || call->result.room > SCRATCH_BYTES)
		return;
	route->answer = call->result;
	call->result = (struct buf){0};
	buf_clear(&route->answer);
}

/* If nothing has happened since the last newcomer was told, the next is told the same, and no
 * reader is asked. */
static bool is_recalled(struct route *route, struct call *call)
{
	const struct common *common = common_for(route, call->outcome.lang);

	if (!call->row->recall || !common->text ||
	    strcmp(common->lang, call->outcome.lang) != 0 || !is_still_true(route, common->row))
		return false;
	borrow_answer(route, call);
	return call->row->recall(call, common->text);
}

/* May it be told what all are told who join there? So it may as long as nothing concerns this
 * newcomer in particular; and what they asked before is answered first. */
static bool may_share(const struct session *session, struct call *call)
{
	return call->row->lane == LANE_READ && call->row->recall && session->is_newcomer &&
	       !session->standing_row && session->in_flight == 1 && !session->is_choked &&
	       call->row->recall(call, NULL);
}

static const struct welcome *welcome_for(struct route *route, const struct session *session,
					 struct call *call)
{
	if (!may_share(session, call))
		return NULL;
	return welcomes_find(&route->welcomes, circle_of(call), call->asker.lang,
			     route->fanout->applied_row);
}

static bool is_welcomed(struct route *route, const struct welcome *welcome, struct call *call)
{
	int64_t row = route->fanout->applied_row;

	if (!welcome || !welcome->text || !is_still_true(route, row) ||
	    !call->row->recall(call, welcome->text))
		return false;
	call->snapshot_row = row;
	call->outcome.joined_journal = welcome->journal;
	call->outcome.joined_circle = welcome->circle;
	call->outcome.next = welcome->next;
	call->outcome.live = true;
	return true;
}

/* Is it being read for somebody else? Then this one waits for that. */
static bool has_followed(const struct welcome *welcome, struct session *session, struct call *call)
{
	if (!welcome || !welcome->leader)
		return false;
	if (!welcome->leader->followers.next)
		list_init(&welcome->leader->followers);
	list_append(&welcome->leader->followers, &call->node);
	session->following = call;
	return true;
}

static void read_again(struct route *route, struct call *call);
static void finish(struct route *route, struct call *call);

/* What it waited for has come, or it should not wait any longer. */
static void stop_following(struct route *route, struct session *session)
{
	struct call *call = session->following;

	session->following = NULL;
	list_remove(&call->node);
	if (is_welcomed(route, welcome_for(route, session, call), call))
		finish(route, call);
	else
		read_again(route, call);
}

static void release_followers(struct route *route, struct call *leader)
{
	if (!leader->is_leader)
		return;
	leader->is_leader = false;
	welcomes_led(&route->welcomes, circle_of(leader), leader);
	while (leader->followers.next && !list_is_empty(&leader->followers)) {
		const struct call *call =
			list_entry(leader->followers.next, struct call, node);

		/* Whoever leaves takes their call along: see route_gone(). */
		stop_following(route, sessions_find(route->sessions, call->asker.session));
	}
}

/* The call is over: answers, does what follows from it, frees it. */
static void finish(struct route *route, struct call *call)
{
	struct session *session = sessions_find(route->sessions, call->asker.session);

	route->in_flight--;
	if (call->outcome.common)
		learn(route, call);
	if (call->is_in_hand)
		pressure_left(&route->pressure);
	call->is_in_hand = false;
	count_call(route, call);
	if (session) {
		session->in_flight--;
		answer_call(route, session, call);
		if (call->row->before_open)
			do_open(route, session, call);
		if (!call->err)
			do_outcome(route, session, call);
	} else if (call->asker.session) {
		route->figures->answers_orphaned += call->asker.session != 0;
	}
	/* What was revoked is revoked, whether or not whoever did it is still here. */
	if (!call->err && call->outcome.revoked_device)
		close_person(route, call->asker.person, call->outcome.revoked_device);
	if (!call->err && call->outcome.erased_person)
		close_person(route, call->outcome.erased_person, 0);
	release_followers(route, call);
	give_answer_back(route, call);
	call_free(&call);
}

static void finish_with(struct route *route, struct call *call, enum err err)
{
	call->err = err;
	call->detail = NULL;
	finish(route, call);
}

/* Lanes */

/* What an earlier attempt left. What it wrote into the outcome is written again. */
static void forget_answer(struct call *call)
{
	shared_unref(&call->outcome.participant);
	shared_unref(&call->outcome.common);
	buf_clear(&call->result);
	buf_clear(&call->error_data);
	call->err = ERR_NONE;
	call->detail = call->member = NULL;
	call->retry_ms = call->most = 0;
}

static void read_call(struct reading *reading, struct db *db, int64_t head_row)
{
	struct call *call = list_entry(reading, struct call, reading);

	forget_answer(call);
	call->snapshot_row = head_row;
	call->err = db ? call->row->read(call, db) : ERR_STORAGE;
}

static enum err keep_call(struct keeper *keeper, struct change *change)
{
	struct call *call = (struct call *)change;

	forget_answer(call);
	call->err = call->row->keep(call, keeper);
	return call->err;
}

static bool is_to_be_kept(const struct call *call)
{
	return !call->was_kept && (call->row->lane == LANE_KEEP || call->row->lane == LANE_JUDGED);
}

/* The hub's thread; the store is rung when the turn ends. */
static enum err send_to_store(struct call *call)
{
	struct change *change = &call->change;
	struct reading *reading = &call->reading;

	if (is_to_be_kept(call))
		return store_keep_soon(call->house->store, &change);
	return store_read_soon(call->house->store, &reading);
}

/* A judge's thread. */
static enum err pass_to_store(struct call *call)
{
	struct change *change = &call->change;
	struct reading *reading = &call->reading;

	if (is_to_be_kept(call))
		return store_keep(call->house->store, &change);
	return store_read(call->house->store, &reading);
}

static void judged_back(struct case_ *judging)
{
	struct call *call = list_entry(judging, struct call, judging);
	struct route *route = judging->owner;
	enum err err = pass_to_store(call);
	void *stray = call;

	if (!err)
		return;
	call->err = err;
	if (!mailbox_push(route->strays, &stray))
		abort(); /* without memory for a pointer nobody would ever be answered */
}

/* Texts of one circle stay in order; where no circle is named, those about one post. */
static uint64_t order_of(const struct call *call)
{
	const json_t *circle = json_object_get(call->request.params, "circle");
	const json_t *about = circle ? circle : json_object_get(call->request.params, "post");
	const char *name = json_string_value(about);
	uint64_t hash = 14695981039346656037u;

	for (; name && *name; name++)
		hash = (hash ^ (unsigned char)*name) * 1099511628211u;
	return hash;
}

static enum err send_to_judge(struct route *route, struct call *call)
{
	call->judged = calloc(1, sizeof *call->judged);
	if (!call->judged)
		return ERR_NO_MEMORY;
	call->ruleset = route->house->ruleset(route->house->owner);
	call->judging = (struct case_){
		.text = call->text,
		.bytes = call->text_bytes,
		.policy = "",
		.lang = "",
		.ruleset = call->ruleset,
		.judged = call->judged,
		.judged_back = judged_back,
		.owner = route,
	};
	return judge_push(route->judge, order_of(call), &call->judging);
}

static void send_on(struct route *route, struct call *call)
{
	enum err err = ERR_NONE;

	switch (call->row->lane) {
	case LANE_HUB:
		call->err = call->row->now(call);
		finish(route, call);
		return;
	case LANE_READ:
	case LANE_KEEP:
		err = send_to_store(call);
		break;
	case LANE_JUDGED:
	case LANE_DRAFT:
		err = send_to_judge(route, call);
		break;
	}
	if (err)
		finish_with(route, call, err);
}

/* Coming in */

static void copy_lang(char out[LANG_TEXT], const char *lang)
{
	*(char *)mempcpy(out, lang, strnlen(lang, LANG_TEXT - 1)) = '\0';
}

/* The language in which to refuse somebody who has not said yet who they are. */
static const char *lang_of(const struct session *session, const struct request *request)
{
	const json_t *lang = json_object_get(request->params, "lang");

	if (session->state == SESSION_OPEN || !json_is_string(lang))
		return session->lang;
	return texts_lang(json_string_value(lang));
}

/* May this method be called at this stage of the session? */
static enum err check_stage(const struct session *session, const struct call_row *row,
			    struct refusal *refusal)
{
	if (session->state == SESSION_NEW)
		return row && row->before_open ? ERR_NONE : ERR_UNAUTHORISED;
	if (row && row->before_open) {
		refusal->detail = "already_open";
		return ERR_BAD_REQUEST;
	}
	if (session->state == SESSION_OPENING)
		return ERR_UNAUTHORISED;
	return row ? ERR_NONE : ERR_METHOD_NOT_FOUND;
}

/* Who speaks is told at once that there is no hope, rather than answered when nobody waits any
 * more. What is not speech (opening, moderating, reading) goes on. */
static enum err check_pressure(const struct route *route, const struct call_row *row,
			       struct refusal *refusal)
{
	int64_t most_ms = route->house->config->wait_most_ms;
	int64_t wait_ms;

	if (!most_ms || row->lane != LANE_JUDGED)
		return ERR_NONE;
	wait_ms = pressure_wait_us(&route->pressure, clock_steady_us()) / 1000;
	if (wait_ms <= most_ms)
		return ERR_NONE;
	refusal->retry_ms = wait_ms;
	return ERR_BUSY;
}

static enum err check_busy(struct route *route, const struct session *session,
			   const struct call_row *row, struct refusal *refusal)
{
	const struct config *config = route->house->config;

	if (route->is_stopping)
		return ERR_BUSY;
	if (config->inflight_per_session && session->in_flight >= config->inflight_per_session)
		return ERR_BUSY;
	if (config->inflight_most && route->in_flight >= (size_t)config->inflight_most)
		return ERR_BUSY;
	if (session->in_flight == UINT16_MAX)
		return ERR_BUSY;
	return check_pressure(route, row, refusal);
}

static enum err check_rates(struct route *route, struct session *session,
			    const struct call_row *row, struct refusal *refusal)
{
	const struct config *config = route->house->config;
	int64_t now_ms = clock_steady_ms();

	refusal->retry_ms =
		session_rates_call(&session->rates, config, row ? row->cost : 1, now_ms);
	if (!refusal->retry_ms && row && row->meter != METER_NONE) {
		refusal->retry_ms =
			session_rates_meter(&session->rates, config, row->meter, now_ms);
		refusal->detail = row->meter == METER_SEARCH ? "search" : NULL;
	}
	if (!refusal->retry_ms && row && row->before_open && session->state == SESSION_NEW) {
		refusal->retry_ms = address_rates_open(route->addresses,
						       peer_address(session->peer), now_ms);
		refusal->detail = "address";
		if (!refusal->retry_ms)
			relay_used(route->relay, RELAY_USE_OPEN, peer_address(session->peer));
	}
	return refusal->retry_ms ? ERR_TOO_FAST : ERR_NONE;
}

static enum err check_all(struct route *route, struct session *session, const struct call_row *row,
			  struct refusal *refusal)
{
	enum err err = check_stage(session, row, refusal);
	enum err rate = check_rates(route, session, err ? NULL : row, refusal);

	/* Wrong calls cost as well, or they could be made without end. */
	if (rate)
		return rate;
	return err ? err : check_busy(route, session, row, refusal);
}

static struct asker asker_of(const struct session *session)
{
	struct asker asker = {
		.session = session->handle,
		.person = session->person,
		.device = session->device,
		.address = peer_address(session->peer),
	};

	memcpy(asker.lang, session->lang, sizeof asker.lang);
	return asker;
}

/* A notification cannot be told what became of it, so nothing that is kept may depend on one. */
static bool is_ignored(const struct request *request, const struct call_row *row)
{
	return !request->id && (row->lane == LANE_KEEP || row->lane == LANE_JUDGED);
}

/* What it needs is known, or being read for others, or others may wait for it. */
static void send_to_join(struct route *route, struct session *session, struct call *call)
{
	const struct welcome *welcome = welcome_for(route, session, call);

	if (is_welcomed(route, welcome, call)) {
		finish(route, call);
		return;
	}
	if (has_followed(welcome, session, call))
		return;
	call->is_leader = !welcome && may_share(session, call);
	if (call->is_leader)
		welcomes_lead(&route->welcomes, circle_of(call), call, route->fanout->applied_row);
	send_on(route, call);
}

static void begin(struct route *route, struct session *session, const struct call_row *row,
		  struct request *request)
{
	struct asker asker = asker_of(session);
	struct call *call;

	if (!request->id && is_ignored(request, row))
		return;
	if (session->state != SESSION_OPEN)
		copy_lang(asker.lang, lang_of(session, request));
	call = call_new(route->house, row, &asker, request);
	if (!call) {
		session_close(route->sessions, session, CLOSE_TRY_LATER);
		return;
	}
	call->began_us = clock_steady_us();
	call->change.keep = keep_call;
	call->reading.is_heavy = row->meter != METER_NONE;
	call->reading.order = session->handle;
	call->reading.read = read_call;
	if (session->following) /* its calls are answered in their order */
		stop_following(route, session);
	route->in_flight++;
	session->in_flight++;
	if (row->before_open)
		session->state = SESSION_OPENING;
	call->err = row->check ? row->check(call) : ERR_NONE;
	if (call->err) {
		finish(route, call);
		return;
	}
	if (row->lane == LANE_KEEP || row->lane == LANE_JUDGED) {
		call->is_in_hand = true;
		pressure_came(&route->pressure, call->began_us);
	}
	if (row->lane == LANE_READ && row->recall)
		send_to_join(route, session, call);
	else
		send_on(route, call);
}

void route_message(struct route *route, struct session *session, const char *text, size_t bytes)
{
	struct request request;
	struct refusal refusal = {0};
	const struct call_row *row = NULL;

	refusal.err = request_parse(text, bytes, &request);
	if (!refusal.err) {
		row = call_row_find(request.method);
		refusal.err = check_all(route, session, row, &refusal);
	} else {
		refusal.retry_ms = session_rates_call(&session->rates, route->house->config, 1,
						      clock_steady_ms());
		if (refusal.retry_ms)
			refusal.err = ERR_TOO_FAST;
	}
	if (!refusal.err) {
		begin(route, session, row, &request);
	} else {
		route->others.ended[refusal.err]++;
		refuse(route, session, request.id, &refusal, lang_of(session, &request));
	}
	request_fini(&request);
}

/* Coming back */

static void read_again(struct route *route, struct call *call)
{
	enum err err = send_to_store(call);

	/* What is kept is done: its answer may be late, but it may not be a refusal. */
	if (err == ERR_BUSY && call->was_kept)
		list_append(&route->unread, &call->node);
	else if (err)
		finish_with(route, call, err);
}

void route_tick(struct route *route)
{
	struct list_node again;

	/* Only those that wait now: who is turned away again joins the end of the list. */
	list_init(&again);
	while (!list_is_empty(&route->unread)) {
		struct list_node *first = route->unread.next;

		list_remove(first);
		list_append(&again, first);
	}
	while (!list_is_empty(&again)) {
		struct call *call = list_entry(again.next, struct call, node);

		list_remove(&call->node);
		read_again(route, call);
	}
}

/* A long change is kept in steps; whoever else writes comes in between. */
static void keep_again(struct route *route, struct call *call)
{
	enum err err;

	call->again = false;
	err = send_to_store(call);
	if (err)
		finish_with(route, call, err);
}

void route_turn(struct route *route, struct turn **turn)
{
	struct turn *mine = *turn;
	size_t done = 0;

	*turn = NULL;
	for (size_t i = 0; i < mine->change_count; i++) {
		struct call *call = (struct call *)mine->changes[i];

		if (!call || !call->is_in_hand)
			continue;
		call->is_in_hand = false;
		done++;
	}
	if (done)
		pressure_turned(&route->pressure, done, clock_steady_us());
	fanout_begin(route->fanout, mine);
	for (size_t i = 0; i < mine->event_count; i++) {
		recheck_event(route->fanout, &mine->events[i]);
		fanout_apply(route->fanout, &mine->events[i]);
	}
	for (size_t i = 0; i < mine->change_count; i++) {
		struct call *call = (struct call *)mine->changes[i];

		if (!mine->changes[i]) /* the hub's own */
			continue;
		if (call->change.err != call->err)
			call->detail = NULL; /* the commit failed after keep() had agreed */
		call->err = call->change.err;
		if (!call->err && call->again) {
			keep_again(route, call);
		} else if (!call->err && call->row->read && !is_recalled(route, call)) {
			call->was_kept = true;
			read_again(route, call);
		} else {
			finish(route, call);
		}
	}
	mine->change_count = 0;
	turn_free(&mine);
}

void route_due(struct route *route)
{
	struct call *call = due_new(route->house);
	enum err err = ERR_NO_MEMORY;

	if (!call)
		return;
	call->began_us = clock_steady_us();
	call->change.keep = keep_call;
	route->in_flight++;
	err = send_to_store(call);
	/* The next round will find the same. */
	if (err)
		finish_with(route, call, err);
}

void route_stray(struct route *route, struct call *call)
{
	finish_with(route, call, call->err);
}

/* Has anything that was read changed, so that it may not be shown any more? */
static bool is_outdated(const struct route *route, const struct session *session,
			const struct call *call)
{
	return call->row->lane == LANE_READ && !call->err &&
	       (call->snapshot_row < route->fanout->touched_row ||
		call->snapshot_row < session->standing_row);
}

void route_was_read(struct route *route, struct reading *reading)
{
	struct call *call;
	struct session *session;

	if (fanout_was_read(route->fanout, reading) || recheck_was_read(route->fanout, reading) ||
	    picture_was_read(route->fanout, reading))
		return;
	call = list_entry(reading, struct call, reading);
	session = sessions_find(route->sessions, call->asker.session);
	if (!session || session_is_ending(session)) {
		finish(route, call);
		return;
	}
	if (session->is_choked && !call->err) {
		route->figures->parked++;
		release_followers(route, call);
		list_append(&session->parked, &call->node);
		return;
	}
	if (is_outdated(route, session, call)) {
		route->figures->reads_repeated++;
		if (call->tries++ < TRIES_MOST)
			read_again(route, call);
		else
			finish_with(route, call, ERR_BUSY);
		return;
	}
	finish(route, call);
}

void route_drained(struct route *route, struct session *session)
{
	while (!list_is_empty(&session->parked) && !session->is_choked) {
		struct call *call = list_entry(session->parked.next, struct call, node);

		list_remove(&call->node);
		read_again(route, call);
	}
}

static void drop(struct route *route, struct session *session, struct call *call)
{
	list_remove(&call->node);
	route->in_flight--;
	session->in_flight--;
	call_free(&call);
}

void route_gone(struct route *route, struct session *session)
{
	while (!list_is_empty(&session->parked))
		drop(route, session, list_entry(session->parked.next, struct call, node));
	if (session->following)
		drop(route, session, session->following);
	session->following = NULL;
}
