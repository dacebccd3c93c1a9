/* desk_item.c: a moderator takes an item of the queue in hand and decides it: claim, unclaim,
 * release, reject; release and reject several at once, each singly. Two never decide the same one:
 * the second is told it is stale. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/texts.h"
#include "calls/calls.h"
#include "calls/duty.h"
#include "calls/enter.h"
#include "calls/item.h"
#include "calls/key.h"
#include "calls/publish.h"

enum { ITEMS_MOST = 50 };

enum err check_desk_item(struct call *call)
{
	const char *item;
	enum err err = param_text(call, "item", ID_TEXT, &item);

	if (!err)
		err = check_key(call);
	return err ? err : check_reason(call, false);
}

/* One `item`, or several `items`, each once. */
enum err check_desk_items(struct call *call)
{
	const json_t *items = json_object_get(call->request.params, "items"), *one;
	json_t *seen;
	size_t i;
	bool is_good;

	if (!param_given(call, "items"))
		return check_desk_item(call);
	is_good = json_is_array(items) && json_array_size(items) &&
			  json_array_size(items) <= ITEMS_MOST && !param_given(call, "item");
	seen = json_object();
	json_array_foreach((json_t *)(uintptr_t)items, i, one) {
		is_good = is_good && json_is_string(one) && json_string_length(one) < ID_TEXT &&
				  !json_object_get(seen, json_string_value(one));
		if (is_good)
			json_object_set_new(seen, json_string_value(one), json_true());
	}
	json_decref(seen);
	if (!is_good) {
		call->member = "items";
		return call_refuse(call, ERR_BAD_PARAMS, "member");
	}
	return check_key(call) ? call_refuse(call, ERR_BAD_PARAMS, "key") : check_reason(call, false);
}

/* An author is owed a reason. */
enum err check_desk_reject(struct call *call)
{
	enum err err = check_desk_items(call);

	return err ? err : check_reason(call, true);
}

typedef enum err (*item_step)(struct call *call, struct keeper *keeper, struct circle *circle,
							  struct item *item);

static enum err decide(struct call *call, struct keeper *keeper, struct circle *circle,
					   struct item *item, item_step step)
{
	enum err err;

	if (strcmp(item->state, "open") != 0)
		return call_refuse(call, ERR_STALE, "decided");
	err = enter_rule(call, keeper, circle);
	if (err)
		return err;
	err = step(call, keeper, circle, item);
	return err ? err : duty_note_read(keeper, circle->num, call->asker.person, item->num);
}

static enum err with_item(struct call *call, struct keeper *keeper, item_step step)
{
	const char *id = json_string_value(json_object_get(call->request.params, "item"));
	struct item item = {0};
	struct circle *circle;
	struct standing *standing;
	struct key key;
	bool answered = false;
	enum err err = item_enter(call, keeper, &item, &circle, &standing);

	if (!err) {
		key = key_make(call, keeper, circle->id, id, param_or_null(call, "reason"));
		err = key_find(call, keeper, &key, &answered);
	}
	if (!err && !answered) {
		err = decide(call, keeper, circle, &item, step);
		if (!err)
			err = key_bind(call, keeper, &key);
	}
	item_fini(&item);
	return err;
}

/* {"item","ok":true} or {"item","error":{"name","message"}} */
static void result_write(struct call *call, const char *id, enum err err, struct buf *out)
{
	char key[96];
	const char *sentence;

	buf_text(out, out->bytes > 1 ? ",{\"item\":" : "{\"item\":");
	buf_json(out, id, strlen(id));
	if (!err) {
		buf_text(out, ",\"ok\":true}");
		return;
	}
	snprintf(key, sizeof key, "error.%s%s%s", err_name(err), call->detail ? "." : "",
			 call->detail ? call->detail : "");
	sentence = texts_get(call->house->texts, call->asker.lang, key);
	buf_format(out, ",\"error\":{\"name\":\"%s\",\"message\":", err_name(err));
	buf_json(out, sentence, strlen(sentence));
	buf_text(out, "}}");
}

/* Each is decided or refused by itself: a step refuses before it writes. */
static enum err with_each(struct call *call, struct keeper *keeper, item_step step,
						  struct buf *results)
{
	json_t *items = json_object_get(call->request.params, "items"), *id;
	enum err err = ERR_NONE;
	size_t i;

	buf_text(results, "[");
	json_array_foreach(items, i, id) {
		struct item item = {0};
		struct circle *circle;
		struct standing *standing;

		call->detail = NULL;
		json_object_set(call->request.params, "item", id);
		err = item_enter(call, keeper, &item, &circle, &standing);
		if (!err)
			err = decide(call, keeper, circle, &item, step);
		item_fini(&item);
		buf_clear(&call->result);
		if (err == ERR_STORAGE || err == ERR_NO_MEMORY)
			break;
		result_write(call, json_string_value(id), err, results);
		err = ERR_NONE;
	}
	buf_text(results, "]");
	json_object_del(call->request.params, "item");
	call->detail = NULL;
	call->err = err;
	return err ? ERR_STORAGE : ERR_NONE;
}

static enum err with_items(struct call *call, struct keeper *keeper, item_step step)
{
	json_t *items = json_object_get(call->request.params, "items");
	char *about;
	struct buf results = {0};
	struct key key;
	bool answered = false;
	enum err err;

	if (!param_given(call, "items"))
		return with_item(call, keeper, step);
	about = json_dumps(items, JSON_COMPACT);
	key = key_make(call, keeper, NULL, about, param_or_null(call, "reason"));
	free(about);
	err = key_find(call, keeper, &key, &answered);
	if (!err && !answered) {
		err = with_each(call, keeper, step, &results);
		buf_text(&call->result, "{\"results\":");
		buf_add(&call->result, results.data, results.bytes);
		buf_text(&call->result, "}");
		if (!err)
			err = buf_ok(&call->result) && buf_ok(&results) ? key_bind(call, keeper, &key)
															: ERR_STORAGE;
	}
	buf_fini(&results);
	return err;
}

/* What is no post that waits is answered otherwise. */
static enum err is_no_decision(struct call *call, const struct item *item)
{
	if (strcmp(item->kind, "alert") == 0)
		return call_refuse(call, ERR_BAD_PARAMS, "alert");
	if (strcmp(item->kind, "appeal") == 0)
		return call_refuse(call, ERR_BAD_PARAMS, "appeal");
	return ERR_NONE;
}

/* by_person 0: the machine. */
static enum err tell_claim(struct keeper *keeper, const struct circle *circle,
						   const struct item *item, enum event_kind kind, int64_t by_person)
{
	struct buf body = {0};
	char id[ID_TEXT];
	struct draft draft = {.journal = journal_of(JOURNAL_DESK, circle->num), .kind = kind};
	enum err err;

	id_seal(keeper_id_key(keeper), 'i', item->num, (uint64_t)item->nonce, id);
	buf_format(&body, "\"item\":\"%s\",", id);
	err = by_write(keeper, by_person, &body);
	buf_add(&body, "", 1);
	draft.body = body.data;
	if (!err)
		err = buf_ok(&body) ? keeper_append(keeper, &draft, NULL) : ERR_STORAGE;
	buf_fini(&body);
	return err;
}

static enum err claim(struct call *call, struct keeper *keeper, struct circle *circle,
					  struct item *item)
{
	enum err err;

	/* An alert is acknowledged. */
	if (strcmp(item->kind, "alert") == 0)
		return call_refuse(call, ERR_BAD_PARAMS, "alert");
	if (item->claimed_by && item->claimed_by != call->asker.person)
		return call_refuse(call, ERR_STALE, "claimed");
	/* Claimed again it is theirs for as long again. */
	err = db_run(keeper_db(keeper), "UPDATE item SET claimed_by = ?, claimed = ? WHERE num = ?",
				 "iii", call->asker.person, keeper_now(keeper), item->num);
	if (err || item->claimed_by)
		return err;
	return tell_claim(keeper, circle, item, EVENT_CLAIMED, call->asker.person);
}

static enum err give_back(struct keeper *keeper, const struct circle *circle,
						  const struct item *item, int64_t by_person)
{
	enum err err = db_run(keeper_db(keeper),
						  "UPDATE item SET claimed_by = NULL, claimed = NULL WHERE num = ?", "i",
						  item->num);

	return err ? err : tell_claim(keeper, circle, item, EVENT_UNCLAIMED, by_person);
}

static enum err unclaim(struct call *call, struct keeper *keeper, struct circle *circle,
						struct item *item)
{
	if (strcmp(item->kind, "alert") == 0)
		return call_refuse(call, ERR_BAD_PARAMS, "alert");
	if (!item->claimed_by)
		return ERR_NONE;
	/* Anybody at the desk may put an item back: its holder may have gone home. */
	return give_back(keeper, circle, item, call->asker.person);
}

/* One that a moderator took in hand and left: others may have it. */
enum err due_claims(struct call *call, struct keeper *keeper)
{
	int64_t lasts = call->house->config->claim_seconds, num = 0;
	struct item item = {0};
	struct circle *circle;
	enum err err;

	if (!lasts)
		return ERR_NONE;
	do {
		err = db_number(keeper_db(keeper), 0, &num,
						"SELECT num FROM item WHERE state = 'open' AND claimed IS NOT NULL"
						" AND claimed <= ? LIMIT 1",
						"i", keeper_now(keeper) - lasts * 1000);
		if (err || !num)
			break;
		err = item_load(keeper, num, &item);
		if (!err)
			err = keeper_circle(keeper, item.circle, &circle);
		if (!err)
			err = give_back(keeper, circle, &item, 0);
		item_fini(&item);
	} while (!err);
	return err;
}

enum err keep_desk_claim(struct call *call, struct keeper *keeper)
{
	return with_item(call, keeper, claim);
}

enum err keep_desk_unclaim(struct call *call, struct keeper *keeper)
{
	return with_item(call, keeper, unclaim);
}

/* Held words go in as if they had just been let through. */
static enum err item_release_post(struct keeper *keeper, struct circle *circle, struct post *post)
{
	enum err err = publish_place(keeper, circle, post);

	post->state = POST_VISIBLE;
	if (!err)
		err = post_update(keeper_db(keeper), post);
	return err ? err : publish_post(keeper, circle, post);
}

enum err item_release(struct call *call, struct keeper *keeper, struct circle *circle,
					  struct item *item, struct act *act)
{
	struct post post = {0};
	enum err err = post_load(keeper_db(keeper), keeper_id_key(keeper), item->post, &post);

	act->what = "released";
	act->desk = EVENT_RELEASED;
	act->inbox = EVENT_POST_RELEASED;
	act->verdict = item->verdict;
	if (!err && strcmp(item->kind, "report") == 0) {
		/* Nothing is wrong with it: the reporters are told, the author never heard of it. */
		err = reports_close(call, keeper, circle, &post, false);
	} else if (!err) {
		if (!circle->is_open)
			err = ERR_CIRCLE_CLOSED;
		if (!err && strcmp(item->kind, "edit") == 0)
			err = post.state != POST_VISIBLE
					  ? call_refuse(call, ERR_STALE, "rev")
					  : edit_apply(keeper, circle, &post, item->text, item->text_bytes, item->lang,
								   item->verdict, NULL);
		else if (!err)
			err = item_release_post(keeper, circle, &post);
		if (!err)
			err = item_end(keeper, item, "decided");
		if (!err)
			err = act_keep(call, keeper, circle, &post, item, act, NULL);
	}
	if (!err) {
		char id[ID_TEXT];

		post_id(keeper_id_key(keeper), &post, id);
		buf_format(&call->result, "{\"post\":\"%s\",\"state\":\"%s\"", id,
				   post_state_name(post.state));
		if (post.seq) {
			buf_text(&call->result, ",\"seq\":");
			buf_int(&call->result, post.seq);
		}
		buf_text(&call->result, "}");
	}
	post_fini(&post);
	return err;
}

enum err item_reject(struct call *call, struct keeper *keeper, struct circle *circle,
					 struct item *item, struct act *act)
{
	struct decided decided = {0};
	struct post post = {0};
	enum err err = post_load(keeper_db(keeper), keeper_id_key(keeper), item->post, &post);

	act->desk = EVENT_REJECTED;
	act->inbox = EVENT_POST_REJECTED;
	act->restriction = "rejected";
	act->verdict = item->verdict;
	if (strcmp(item->kind, "edit") == 0) {
		act->words = item->text;
		act->words_bytes = item->text_bytes;
	}
	if (!err && strcmp(item->kind, "held") == 0) {
		post.state = POST_REJECTED;
		err = post_update(keeper_db(keeper), &post);
	}
	if (!err)
		err = item_end(keeper, item, "decided");
	if (!err)
		err = act_keep(call, keeper, circle, &post, item, act, &decided);
	buf_format(&call->result, "{\"decision\":\"%s\"}", decided.id);
	post_fini(&post);
	return err;
}

static enum err release(struct call *call, struct keeper *keeper, struct circle *circle,
						struct item *item)
{
	struct act act = {0};
	enum err err = is_no_decision(call, item);

	if (err)
		return err;
	act_read(call, &act);
	return item_release(call, keeper, circle, item, &act);
}

static enum err reject(struct call *call, struct keeper *keeper, struct circle *circle,
					   struct item *item)
{
	struct act act = {.what = "rejected"};
	enum err err = is_no_decision(call, item);

	if (err)
		return err;
	/* What stands is removed, not rejected: that takes the post and its rev. */
	if (strcmp(item->kind, "report") == 0)
		return call_refuse(call, ERR_BAD_PARAMS, "report");
	act_read(call, &act);
	return item_reject(call, keeper, circle, item, &act);
}

enum err keep_desk_release(struct call *call, struct keeper *keeper)
{
	return with_items(call, keeper, release);
}

enum err keep_desk_reject(struct call *call, struct keeper *keeper)
{
	return with_items(call, keeper, reject);
}
