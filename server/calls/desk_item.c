/* desk_item.c: a moderator takes an item of the queue in hand and decides it: claim, unclaim,
 * release, reject. Two never decide the same one: the second is told it is stale. */
#include <stdlib.h>
#include <string.h>

#include "calls/calls.h"
#include "calls/enter.h"
#include "calls/item.h"
#include "calls/key.h"
#include "calls/publish.h"

enum err check_desk_item(struct call *call)
{
	const char *item;
	enum err err = param_text(call, "item", 1, ID_TEXT, &item);

	if (!err)
		err = check_key(call);
	return err ? err : check_reason(call, false);
}

/* An author is owed a reason. */
enum err check_desk_reject(struct call *call)
{
	enum err err = check_desk_item(call);

	return err ? err : check_reason(call, true);
}

typedef enum err (*item_step)(struct call *call, struct keeper *keeper, struct circle *circle,
							  struct item *item);

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
		if (strcmp(item.state, "open") != 0)
			err = call_refuse(call, ERR_STALE, "decided");
		else
			err = step(call, keeper, circle, &item);
		if (!err)
			err = key_bind(call, keeper, &key);
	}
	item_fini(&item);
	return err;
}

static enum err tell_claim(struct call *call, struct keeper *keeper, const struct circle *circle,
						   const struct item *item, enum event_kind kind)
{
	struct person by;
	struct buf body = {0};
	char id[ID_TEXT];
	struct draft draft = {.journal = journal_of(JOURNAL_DESK, circle->num), .kind = kind};
	enum err err = person_load(keeper_db(keeper), keeper_id_key(keeper), call->asker.person, &by);

	if (err)
		return err;
	id_seal(keeper_id_key(keeper), 'i', item->num, (uint64_t)item->nonce, id);
	buf_format(&body, "\"item\":\"%s\",\"by\":\"%s\"", id, by.id);
	buf_add(&body, "", 1);
	draft.body = body.data;
	err = buf_ok(&body) ? keeper_append(keeper, &draft, NULL) : ERR_STORAGE;
	buf_fini(&body);
	return err;
}

static enum err claim(struct call *call, struct keeper *keeper, struct circle *circle,
					  struct item *item)
{
	enum err err;

	if (item->claimed_by == call->asker.person)
		return ERR_NONE;
	if (item->claimed_by)
		return call_refuse(call, ERR_STALE, "claimed");
	err = db_run(keeper_db(keeper), "UPDATE item SET claimed_by = ? WHERE num = ?", "ii",
				 call->asker.person, item->num);
	return err ? err : tell_claim(call, keeper, circle, item, EVENT_CLAIMED);
}

static enum err unclaim(struct call *call, struct keeper *keeper, struct circle *circle,
						struct item *item)
{
	enum err err;

	if (!item->claimed_by)
		return ERR_NONE;
	/* Anybody at the desk may put an item back: its holder may have gone home. */
	err = db_run(keeper_db(keeper), "UPDATE item SET claimed_by = NULL WHERE num = ?", "i",
				 item->num);
	return err ? err : tell_claim(call, keeper, circle, item, EVENT_UNCLAIMED);
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
	struct post post = {0};
	enum err err = post_load(keeper_db(keeper), keeper_id_key(keeper), item->post, &post);

	act->desk = EVENT_REJECTED;
	act->inbox = EVENT_POST_REJECTED;
	act->restriction = "rejected";
	act->verdict = item->verdict;
	if (!err && strcmp(item->kind, "held") == 0) {
		post.state = POST_REJECTED;
		err = post_update(keeper_db(keeper), &post);
	}
	if (!err)
		err = item_end(keeper, item, "decided");
	if (!err)
		err = act_keep(call, keeper, circle, &post, item, act, NULL);
	post_fini(&post);
	return err;
}

static enum err release(struct call *call, struct keeper *keeper, struct circle *circle,
						struct item *item)
{
	struct act act = {0};

	act_read(call, &act);
	return item_release(call, keeper, circle, item, &act);
}

static enum err reject(struct call *call, struct keeper *keeper, struct circle *circle,
					   struct item *item)
{
	struct act act = {.what = "rejected"};

	/* What stands is removed, not rejected: that takes the post and its rev. */
	if (strcmp(item->kind, "report") == 0)
		return call_refuse(call, ERR_BAD_PARAMS, "report");
	act_read(call, &act);
	return item_reject(call, keeper, circle, item, &act);
}

enum err keep_desk_release(struct call *call, struct keeper *keeper)
{
	return with_item(call, keeper, release);
}

enum err keep_desk_reject(struct call *call, struct keeper *keeper)
{
	return with_item(call, keeper, reject);
}
