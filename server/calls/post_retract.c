/* post_retract.c: an author takes a post back. Its place in the thread stays. */
#include <stdlib.h>

#include "calls/calls.h"
#include "calls/enter.h"
#include "calls/item.h"
#include "calls/key.h"

enum err check_post_retract(struct call *call)
{
	const char *post;
	enum err err = param_text(call, "post", ID_TEXT, &post);

	return err ? err : check_key(call);
}

static enum err withdraw_held(struct keeper *keeper, const struct circle *circle, struct post *post)
{
	static const char *const kinds[] = {"held", "edit"};
	enum err err = ERR_NONE;

	for (size_t i = 0; i < 2 && !err; i++) {
		struct item item = {0};

		err = item_open_of(keeper, post->num, kinds[i], &item);
		if (!err)
			err = item_withdraw(keeper, circle, post, &item);
		else if (err == ERR_NOT_FOUND)
			err = ERR_NONE;
		item_fini(&item);
	}
	return err;
}

static enum err retract(struct keeper *keeper, const struct circle *circle, struct post *post)
{
	struct draft draft = {.journal = journal_of(JOURNAL_CIRCLE, circle->num),
			      .kind = EVENT_RETRACTED,
			      .post = post,
			      .body = "\"by\":\"author\""};
	enum err err;

	free(post->kept);
	post->kept = post->text;
	post->kept_bytes = post->text_bytes;
	post->text = NULL;
	post->text_bytes = 0;
	post->state = POST_RETRACTED;
	if (post->seq)
		post->rev++;
	err = post_update(keeper_db(keeper), post);
	if (!err)
		err = withdraw_held(keeper, circle, post);
	if (!err && post->seq)
		err = keeper_append(keeper, &draft, NULL);
	return err ? ERR_STORAGE : ERR_NONE;
}

enum err keep_post_retract(struct call *call, struct keeper *keeper)
{
	const char *id = json_string_value(json_object_get(call->request.params, "post"));
	struct post post = {0};
	struct circle *circle;
	struct standing *standing;
	struct key key;
	bool answered = false;
	enum err err = enter_post(call, keeper, &post, &circle, &standing);

	if (!err) {
		key = key_make(call, keeper, circle->id, id, NULL);
		err = key_find(call, keeper, &key, &answered);
	}
	if (!err && !answered) {
		if (post.author != call->asker.person)
			err = call_refuse(call, ERR_FORBIDDEN, "other_author");
		else if (post.state != POST_VISIBLE && post.state != POST_REDACTED &&
			 post.state != POST_HELD)
			err = ERR_STALE;
		if (!err)
			err = retract(keeper, circle, &post);
		if (!err)
			err = key_bind(call, keeper, &key);
	}
	post_fini(&post);
	return err;
}
