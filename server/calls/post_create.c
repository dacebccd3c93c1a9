/* post_create.c: somebody speaks. Judged before, admitted here, inside the commit; what is answered
 * is on disk. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "calls/alert.h"
#include "calls/calls.h"
#include "calls/enter.h"
#include "calls/hold.h"
#include "calls/key.h"
#include "calls/nudge.h"
#include "calls/publish.h"
#include "calls/settle.h"
#include "calls/verdict_text.h"
#include "circle/lang.h"

enum err check_post_create(struct call *call)
{
	const char *text = NULL;
	enum err err = check_circle(call);

	if (!err)
		err = check_post_text(call, "text");
	if (!err)
		err = check_key(call);
	if (!err)
		err = param_text_optional(call, "thread", ID_TEXT, &text);
	if (!err)
		err = param_text_optional(call, "reply_to", ID_TEXT, &text);
	if (!err)
		err = param_text_optional(call, "nudge", NUDGE_TEXT, &text);
	return err;
}

/* {"status","id","seq"?,"reasons"[,"held"]}: of a new post as of one found by its key. */
static enum err answer(struct call *call, struct keeper *keeper, const struct post *post)
{
	char id[ID_TEXT], cause[24];
	struct held_words held = {
		.since = post->at, .until = post->until, .then = post->then_what, .cause = cause};

	post_id(keeper_id_key(keeper), post, id);
	buf_text_member(&call->result, "{\"status\":", post->answer ? "held" : "posted");
	buf_text_member(&call->result, ",\"id\":", id);
	if (!post->answer)
		buf_int_member(&call->result, ",\"seq\":", post->seq);
	buf_text(&call->result, ",\"reasons\":");
	reasons_write(post->verdict, call->ruleset, call->asker.lang, &call->result);
	if (post->answer) {
		buf_text(&call->result, ",\"held\":");
		hold_cause_read(post->verdict, cause);
		hold_write(call->house, call->asker.lang, &held, &call->result);
	}
	buf_text(&call->result, "}");
	return buf_ok(&call->result) ? ERR_NONE : ERR_STORAGE;
}

static enum err answer_of_old(struct call *call, struct keeper *keeper, const struct key *key,
							  bool *answered)
{
	struct post post = {0};
	int64_t num = 0;
	enum err err = db_number(keeper_db(keeper), 0, &num,
							 "SELECT num FROM post WHERE author = ? AND key_hash = ?", "ii",
							 call->asker.person, key->key_hash);

	*answered = !err && num;
	if (err || !num)
		return err;
	err = post_load(keeper_db(keeper), keeper_id_key(keeper), num, &post);
	if (!err && post.text_hash != key->text_hash)
		err = ERR_KEY_REUSED;
	if (!err)
		err = answer(call, keeper, &post);
	post_fini(&post);
	return err;
}

/* Where it goes: a new thread, or one that stands in this circle. */
static enum err place(struct call *call, struct keeper *keeper, const struct circle *circle,
					  struct post *post)
{
	const char *thread = param_or_null(call, "thread"), *reply_to = param_or_null(call, "reply_to");
	struct post other = {0};
	enum err err = ERR_NONE;

	post->thread = post->num;
	post->thread_nonce = post->nonce;
	if (!thread && !reply_to)
		return ERR_NONE;
	err = post_find(keeper_db(keeper), keeper_id_key(keeper), reply_to ? reply_to : thread, &other);
	if (!err && (other.circle != circle->num || !other.seq))
		err = ERR_NOT_FOUND;
	if (!err && !reply_to && other.thread != other.num)
		err = call_refuse(call, ERR_BAD_PARAMS, "thread");
	if (!err) {
		post->thread = other.thread;
		post->thread_nonce = other.thread_nonce;
		post->reply_to = reply_to ? other.num : 0;
		post->reply_author = reply_to ? other.author : 0;
		post->reply_nonce = reply_to ? other.nonce : 0;
	}
	post_fini(&other);
	if (!err && reply_to && thread) {
		char id[ID_TEXT];

		id_seal(keeper_id_key(keeper), 'p', post->thread, (uint64_t)post->thread_nonce, id);
		if (strcmp(id, thread) != 0)
			err = call_refuse(call, ERR_BAD_PARAMS, "thread");
	}
	return err;
}

static enum err keep_settled(struct call *call, struct keeper *keeper, struct circle *circle,
							 struct post *post, const struct settled *settled)
{
	struct hold hold = {.cause = settled->cause, .verdict = post->verdict};
	bool is_held = settled->action == ACTION_HOLD;
	enum err err = ERR_NONE;

	post->is_newcomers = settled->is_newcomers;
	if (is_held) {
		hold_settle(call, keeper, circle, &hold);
		post->answer = 1;
		post->state = POST_HELD;
		post->until = hold.until;
		snprintf(post->then_what, sizeof post->then_what, "%s", then_name(hold.then));
	} else {
		err = publish_place(keeper, circle, post);
	}
	if (!err)
		err = publish_fold(keeper, call->ruleset, circle, post, &call->judged->signals);
	if (!err)
		err = post_insert(keeper_db(keeper), post, &call->judged->signals);
	if (!err)
		err = is_held ? hold_keep(call, keeper, circle, post, &hold)
					  : publish_post(keeper, circle, post);
	if (!err)
		err = alert_look(call, keeper, circle, post, settled->is_first);
	return err ? err : answer(call, keeper, post);
}

static void fill(struct call *call, struct keeper *keeper, const struct circle *circle,
				 const struct standing *standing, const struct key *key, struct post *post)
{
	post->nonce = (int64_t)id_random();
	id_seal(keeper_id_key(keeper), 'p', post->num, (uint64_t)post->nonce, post->id);
	post->circle = circle->num;
	post->author = call->asker.person;
	post->role = standing->role;
	post->rev = 1;
	post->at = keeper_now(keeper);
	post->charter = circle->charter_version;
	post->key_hash = key->key_hash;
	post->text_hash = key->text_hash;
	post->person = standing->person;
	memcpy(post->organisation, standing->organisation, sizeof post->organisation);
	snprintf(post->lang, sizeof post->lang, "%s",
			 lang_of(call->text, call->text_bytes, call->asker.lang));
	/* Borrowed from the call; nobody fini's this post. */
	post->text = (char *)(uintptr_t)call->text;
	post->text_bytes = call->text_bytes;
}

enum err keep_post_create(struct call *call, struct keeper *keeper)
{
	const char *id = json_string_value(json_object_get(call->request.params, "circle"));
	struct key key = key_make(call, keeper, id, NULL, call->text);
	struct post post = {0};
	struct buf verdict = {0};
	struct circle *circle;
	struct standing *standing;
	struct settled settled;
	bool answered;
	enum err err;

	err = answer_of_old(call, keeper, &key, &answered);
	if (err || answered)
		return err;
	err = enter_circle(call, keeper, &circle, &standing);
	if (!err)
		err = settle_admission(call, keeper, circle, standing, true);
	if (!err)
		err = keeper_next_post(keeper, &post.num);
	if (!err) {
		fill(call, keeper, circle, standing, &key, &post);
		err = place(call, keeper, circle, &post);
	}
	if (!err)
		err = settle_post(call, keeper, circle, standing, &post, &settled);
	if (err)
		return err;
	verdict_write(call->judged, settled.action, settled.cause, call->ruleset, &verdict);
	buf_add(&verdict, "", 1);
	if (!buf_ok(&verdict))
		return ERR_NO_MEMORY;
	post.verdict = verdict.data;
	if (settled.action == ACTION_NUDGE || settled.action == ACTION_REJECT) {
		err = settle_answer_refused(call, keeper, circle, &settled, verdict.data);
	} else {
		err = keep_settled(call, keeper, circle, &post, &settled);
		if (!err)
			settle_spend(call, keeper, circle, standing, &settled);
	}
	buf_fini(&verdict);
	return err;
}
