/* post_edit.c: an author changes what stands. The new words are judged like any; while they are
 * held the old ones stand. */
#include <stdlib.h>
#include <string.h>

#include "calls/calls.h"
#include "calls/enter.h"
#include "calls/hold.h"
#include "calls/item.h"
#include "calls/key.h"
#include "calls/settle.h"
#include "calls/verdict_text.h"
#include "circle/lang.h"

enum err check_post_edit(struct call *call)
{
	const char *text = NULL;
	int64_t rev;
	enum err err = param_text(call, "post", ID_TEXT, &text);

	if (!err)
		err = param_int(call, "rev", 1, INT64_MAX, &rev);
	if (!err)
		err = check_post_text(call, "text");
	if (!err)
		err = check_key(call);
	if (!err)
		err = param_text_optional(call, "nudge", 128, &text);
	return err;
}

/* Whatever the author wrote later holds: an older edit that still waits is taken back. */
static enum err withdraw_waiting(struct keeper *keeper, const struct circle *circle,
								 const struct post *post)
{
	struct item before = {0};
	enum err err = item_open_of(keeper, post->num, "edit", &before);

	if (!err)
		err = item_withdraw(keeper, circle, post, &before);
	item_fini(&before);
	return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

static enum err hold_edit(struct call *call, struct keeper *keeper, struct circle *circle,
						  struct post *post, const struct settled *settled, const char *verdict)
{
	struct hold hold = {.cause = settled->cause,
						.verdict = verdict,
						.text = call->text,
						.text_bytes = call->text_bytes,
						.lang = lang_of(call->text, call->text_bytes, post->lang)};
	struct held_words held;
	char id[ID_TEXT];
	enum err err = withdraw_waiting(keeper, circle, post);

	hold_settle(call, keeper, circle, &hold);
	/* An edit whose time runs out comes back: the old words stand anyway. */
	if (hold.then == THEN_PUBLISHED)
		hold.then = THEN_RETURNED;
	if (!err)
		err = hold_keep(call, keeper, circle, post, &hold);
	post_id(keeper_id_key(keeper), post, id);
	buf_format(&call->result, "{\"status\":\"held\",\"id\":\"%s\",\"reasons\":", id);
	reasons_write(verdict, call->ruleset, call->asker.lang, &call->result);
	buf_text(&call->result, ",\"held\":");
	held = (struct held_words){.since = keeper_now(keeper),
							   .until = hold.until,
							   .then = then_name(hold.then),
							   .cause = hold_cause_name(hold.cause),
							   .is_edit = true};
	hold_write(call->house, call->asker.lang, &held, &call->result);
	buf_text(&call->result, "}");
	return err;
}

enum err edit_apply(struct keeper *keeper, const struct circle *circle, struct post *post,
					const char *text, size_t bytes, const char *lang, const char *verdict,
					int64_t *seq)
{
	struct draft draft = {.journal = journal_of(JOURNAL_CIRCLE, circle->num),
						  .kind = EVENT_EDITED,
						  .post = post,
						  .body = "\"by\":\"author\""};
	char *copy = verdict ? strdup(verdict) : NULL;
	enum err err = post_set_text(post, text, bytes);

	if (copy) {
		free(post->verdict);
		post->verdict = copy;
	}
	post->rev++;
	memmove(post->lang, lang, strlen(lang) + 1);
	if (!err)
		err = post_update(keeper_db(keeper), post);
	return err ? ERR_STORAGE : keeper_append(keeper, &draft, seq);
}

static enum err apply_now(struct call *call, struct keeper *keeper, struct circle *circle,
						  struct post *post, const char *verdict)
{
	char id[ID_TEXT];
	int64_t seq = 0;
	enum err err = withdraw_waiting(keeper, circle, post);

	if (!err)
		err = edit_apply(keeper, circle, post, call->text, call->text_bytes,
						 lang_of(call->text, call->text_bytes, post->lang), verdict, &seq);

	post_id(keeper_id_key(keeper), post, id);
	buf_format(&call->result, "{\"status\":\"posted\",\"id\":\"%s\",\"seq\":", id);
	buf_int(&call->result, seq);
	buf_text(&call->result, ",\"rev\":");
	buf_int(&call->result, post->rev);
	buf_text(&call->result, ",\"reasons\":");
	reasons_write(verdict, call->ruleset, call->asker.lang, &call->result);
	buf_text(&call->result, "}");
	return err;
}

static enum err may_edit(struct call *call, const struct post *post)
{
	int64_t rev = json_integer_value(json_object_get(call->request.params, "rev"));

	if (post->author != call->asker.person)
		return call_refuse(call, ERR_FORBIDDEN, "other_author");
	if (post->state != POST_VISIBLE)
		return ERR_STALE;
	return post->rev == rev ? ERR_NONE : call_refuse(call, ERR_STALE, "rev");
}

static enum err settle_edit(struct call *call, struct keeper *keeper, struct circle *circle,
							struct standing *standing, struct post *post, const struct key *key)
{
	struct settled settled;
	struct buf verdict = {0};
	enum err err = settle_post(call, keeper, circle, standing, post, &settled);

	if (err)
		return err;
	verdict_write(call->judged, settled.action, settled.cause, call->ruleset, &verdict);
	buf_add(&verdict, "", 1);
	if (!buf_ok(&verdict))
		return ERR_NO_MEMORY;
	if (settled.action == ACTION_HOLD)
		err = hold_edit(call, keeper, circle, post, &settled, verdict.data);
	else if (settled.action == ACTION_ALLOW)
		err = apply_now(call, keeper, circle, post, verdict.data);
	else
		err = settle_answer_refused(call, keeper, circle, &settled, verdict.data);
	if (!err && (settled.action == ACTION_HOLD || settled.action == ACTION_ALLOW))
		err = key_bind(call, keeper, key);
	buf_fini(&verdict);
	return err;
}

enum err keep_post_edit(struct call *call, struct keeper *keeper)
{
	const char *id = json_string_value(json_object_get(call->request.params, "post"));
	struct post post = {0};
	struct circle *circle;
	struct standing *standing;
	struct key key;
	bool answered = false;
	enum err err = post_find(keeper_db(keeper), keeper_id_key(keeper), id, &post);

	if (!err)
		err = keeper_circle(keeper, post.circle, &circle);
	if (!err) {
		key = key_make(call, keeper, circle->id, id, call->text);
		err = key_find(call, keeper, &key, &answered);
	}
	post_fini(&post);
	if (err || answered)
		return err;
	err = enter_post(call, keeper, &post, &circle, &standing);
	if (!err)
		err = may_edit(call, &post);
	if (!err)
		err = settle_admission(call, keeper, circle, standing, false);
	if (!err)
		err = settle_edit(call, keeper, circle, standing, &post, &key);
	post_fini(&post);
	return err;
}
