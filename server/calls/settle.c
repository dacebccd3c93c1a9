/* settle.c: see settle.h. The store's thread. */
#include "calls/settle.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "calls/enter.h"
#include "calls/nudge.h"
#include "calls/verdict_text.h"

static bool is_newcomer(const struct call *call, const struct keeper *keeper,
						const struct standing *standing)
{
	int64_t since = keeper_now(keeper) - (int64_t)call->house->config->newcomer_minutes * 60000;

	return !standing->is_invited && (!standing->first_post_at || standing->first_post_at > since);
}

static struct speaking speaking_of(const struct call *call, const struct keeper *keeper,
								   const struct circle *circle, const struct standing *standing)
{
	const struct config *config = call->house->config;
	int64_t now = keeper_now(keeper);
	bool limits = config->limits;

	return (struct speaking){
		.role = standing->role,
		.circle_is_open = circle->is_open,
		.is_excluded = standing->excluded_until > now,
		.is_muted = standing->muted_until > now,
		.is_warned = standing->warned > now,
		.is_slowed = standing->slow_until > now,
		.accepted = standing->accepted,
		.charter_version = circle->charter_version,
		/* The circle's own pace is a moderator's word, not a limit of the house. */
		.pace_seconds = circle_pace(circle, now),
		.is_shut_out = circle->door == DOOR_CLOSED && is_newcomer(call, keeper, standing),
		.since_last_post_ms = standing->last_post_at ? now - standing->last_post_at : -1,
		.posts_per_minute = !limits                         ? 0
							: circle->posts_per_minute >= 0 ? circle->posts_per_minute
															: config->posts_per_minute,
		.burst = circle->burst >= 0 ? circle->burst : config->posts_burst};
}

/* As of the last minute's posts, where it is not remembered. */
static void allowance_begin(struct standing *standing, const struct speaking *speaking,
							int64_t steady_ms)
{
	if (standing->tokens_at)
		return;
	standing->tokens_at = steady_ms;
	standing->tokens = (speaking->burst > 0 ? speaking->burst : 1) * 1000 -
					   standing->posts_last_minute * 1000;
	if (standing->tokens < 0)
		standing->tokens = 0;
}

static void say_which_charter(struct call *call, const struct circle *circle)
{
	buf_format(&call->error_data, "\"process\":\"%s\",\"version\":", circle->process_id);
	buf_int(&call->error_data, circle->charter_version);
}

enum err settle_admission(struct call *call, struct keeper *keeper, struct circle *circle,
						  struct standing *standing, bool paced)
{
	struct speaking speaking = speaking_of(call, keeper, circle, standing);
	int64_t steady_ms = keeper_steady_ms(keeper);
	struct allowance allowance;
	struct ruling ruling;

	if (!paced) {
		speaking.pace_seconds = speaking.posts_per_minute = 0;
		speaking.is_slowed = speaking.is_shut_out = false;
	}
	allowance_begin(standing, &speaking, steady_ms);
	allowance = (struct allowance){standing->tokens, standing->tokens_at};
	ruling = admit_speaking(&speaking, &allowance, steady_ms);
	if (!ruling.err)
		return ERR_NONE;
	call->retry_ms = ruling.retry_ms;
	if (ruling.err == ERR_CHARTER_NOT_ACCEPTED)
		say_which_charter(call, circle);
	if (ruling.err == ERR_SANCTIONED)
		return enter_sanctioned(call, keeper_db(keeper), circle->num, ruling.detail,
								keeper_now(keeper));
	return call_refuse(call, ruling.err, ruling.detail);
}

/* Newcomers' posts in a minute, all together; beyond the budget they wait for a person. */
static bool newcomers_spent(const struct call *call, struct circle *circle, int64_t steady_ms)
{
	int64_t most = (int64_t)call->house->config->newcomer_posts_per_circle_per_minute * 1000;
	int64_t passed = steady_ms - circle->newcomer_at;

	if (!most || !call->house->config->limits)
		return false;
	if (!circle->newcomer_at)
		circle->newcomer_tokens = most - circle->newcomer_posts * 1000;
	else
		circle->newcomer_tokens += (passed < 60000 ? passed : 60000) * most / 60000;
	if (circle->newcomer_tokens > most)
		circle->newcomer_tokens = most;
	circle->newcomer_at = steady_ms;
	return circle->newcomer_tokens < 1000;
}

static enum hold_cause circumstances(struct call *call, struct keeper *keeper,
									 struct circle *circle, const struct standing *standing)
{
	if (standing->premoderated_until > keeper_now(keeper))
		return HOLD_SANCTION;
	if (standing->role >= ROLE_MODERATOR)
		return HOLD_NONE;
	if (standing->near_until > keeper_now(keeper))
		return HOLD_NETWORK;
	if (!is_newcomer(call, keeper, standing))
		return HOLD_NONE;
	/* While it is closed they cannot post, but may still change what they said. */
	if (circle->door != DOOR_OPEN)
		return HOLD_DOOR;
	return newcomers_spent(call, circle, keeper_steady_ms(keeper)) ? HOLD_NEWCOMER : HOLD_NONE;
}

/* Looks whether this was said a moment ago, and remembers it: forgotten again unless it is kept. */
static void look_back(struct call *call, struct keeper *keeper, struct circle *circle,
					  const struct post *post, struct settled *out)
{
	if (!circle->recent && circle_recall(keeper_db(keeper), circle) != ERR_NONE)
		return;
	out->recent_next = circle->recent->next;
	out->recent_count = circle->recent->count;
	out->recent_slot = circle->recent->posts[circle->recent->next % RECENT_SLOTS];
	recent_fold(circle->recent, call->ruleset, (uint64_t)post->author, &call->judged->signals,
				keeper_now(keeper), call->house->config->limits, &out->recent);
	pipeline_note_recent(call->ruleset, call->judged, &out->recent,
						 (uint32_t)utf8_length(call->text, call->text_bytes));
}

static void look_back_undo(struct circle *circle, const struct settled *settled)
{
	if (!circle->recent || (circle->recent->next == settled->recent_next &&
							circle->recent->count == settled->recent_count))
		return;
	circle->recent->next = settled->recent_next;
	circle->recent->count = settled->recent_count;
	circle->recent->posts[settled->recent_next % RECENT_SLOTS] = settled->recent_slot;
}

static enum action by_filters(struct call *call, struct keeper *keeper, struct circle *circle,
							  const struct post *post, unsigned escalation,
							  const struct settled *settled)
{
	const char *nudge = json_string_value(json_object_get(call->request.params, "nudge"));
	bool nudged = nudge && nudge_is_good(keeper, post->author, circle->num, call->text, nudge);

	return pipeline_settle(call->ruleset, circle->policy, call->judged,
						   circle->recent ? &settled->recent : NULL, escalation,
						   circle->crisis.index, nudged);
}

enum err settle_post(struct call *call, struct keeper *keeper, struct circle *circle,
					 struct standing *standing, const struct post *post, struct settled *out)
{
	struct thread *thread = NULL;
	unsigned escalation = 0;
	enum hold_cause cause;
	enum err err = ERR_NONE;

	*out = (struct settled){0};
	/* An opener that stands is being changed: its thread is there. */
	if (post->thread != post->num || post->seq) {
		err = keeper_thread(keeper, post->thread, &thread);
		if (!err && thread->is_frozen && standing->role < ROLE_MODERATOR)
			err = ERR_THREAD_FROZEN;
		if (err)
			return err;
		escalation = thread->state.escalation;
	}
	out->is_newcomers = standing->role < ROLE_MODERATOR && is_newcomer(call, keeper, standing);
	out->is_first = out->is_newcomers && !standing->first_post_at;
	look_back(call, keeper, circle, post, out);
	out->action = by_filters(call, keeper, circle, post, escalation, out);
	if (out->action == ACTION_HOLD)
		out->cause = call->judged->failed ? HOLD_FAILED_FILTER : HOLD_FILTER;
	cause = out->action == ACTION_ALLOW ? circumstances(call, keeper, circle, standing) : HOLD_NONE;
	if (cause != HOLD_NONE) {
		out->action = ACTION_HOLD;
		out->cause = cause;
	}
	if (out->action == ACTION_NUDGE || out->action == ACTION_REJECT)
		look_back_undo(circle, out);
	return ERR_NONE;
}

void settle_spend(struct call *call, struct keeper *keeper, struct circle *circle,
				  struct standing *standing, const struct settled *settled)
{
	struct speaking speaking = speaking_of(call, keeper, circle, standing);
	struct allowance allowance = {standing->tokens, standing->tokens_at};
	int64_t steady_ms = keeper_steady_ms(keeper);

	allowance_spend(&allowance, &speaking, steady_ms);
	standing->tokens = allowance.milliposts;
	standing->tokens_at = allowance.at_ms;
	if (settled->is_newcomers && circle->newcomer_tokens >= 1000)
		circle->newcomer_tokens -= 1000;
	if (!standing->first_post_at)
		standing->first_post_at = keeper_now(keeper);
	/* What waits for a person costs no interval of the circle's pace. */
	if (settled->action == ACTION_ALLOW)
		standing->last_post_at = keeper_now(keeper);
}

enum err settle_answer_refused(struct call *call, struct keeper *keeper,
							   const struct circle *circle, const struct settled *settled,
							   const char *verdict)
{
	bool is_nudge = settled->action == ACTION_NUDGE;
	char nudge[NUDGE_TEXT];

	buf_format(&call->result, "{\"status\":\"%s\",\"reasons\":", is_nudge ? "nudged" : "rejected");
	reasons_write(verdict, call->ruleset, call->asker.lang, &call->result);
	if (is_nudge) {
		nudge_make(keeper, call->asker.person, circle->num, call->text,
				   call->house->config->nudge_minutes, nudge);
		buf_format(&call->result, ",\"nudge\":\"%s\"", nudge);
	}
	buf_text(&call->result, "}");
	return buf_ok(&call->result) ? ERR_NONE : ERR_NO_MEMORY;
}
