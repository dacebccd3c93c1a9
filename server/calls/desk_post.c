/* desk_post.c: a moderator changes what stands: remove, redact a part, restore. Nothing is edited
 * in place: readers get an event, and the post as it stands from then on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "calls/calls.h"
#include "calls/enter.h"
#include "calls/item.h"
#include "calls/key.h"

enum { SPANS_MOST = 64 };
static const char mask[] = "█"; /* one for each code point, so that the text keeps its shape */

enum err check_desk_post(struct call *call)
{
	const char *text;
	int64_t rev;
	enum err err = param_text(call, "post", ID_TEXT, &text);

	if (!err)
		err = param_int(call, "rev", 1, INT64_MAX, &rev);
	if (!err)
		err = check_key(call);
	return err ? err : check_reason(call, true);
}

struct span {
	size_t start, end;
};

/* [[start,end],…] or [{"start","end"},…], in code points, half-open. */
static bool span_read(const json_t *given, struct span *out)
{
	const json_t *start = json_is_array(given) ? json_array_get(given, 0)
											   : json_object_get(given, "start");
	const json_t *end = json_is_array(given) ? json_array_get(given, 1)
											 : json_object_get(given, "end");

	if (!json_is_integer(start) || !json_is_integer(end) || json_integer_value(start) < 0 ||
		json_integer_value(end) <= json_integer_value(start))
		return false;
	out->start = (size_t)json_integer_value(start);
	out->end = (size_t)json_integer_value(end);
	return true;
}

static enum err spans_read(struct call *call, struct span spans[SPANS_MOST], size_t *count)
{
	const json_t *given = json_object_get(call->request.params, "spans");
	size_t n = json_array_size(given);

	if (!json_is_array(given) || !n || n > SPANS_MOST)
		return call_refuse(call, ERR_BAD_PARAMS, "spans");
	for (size_t i = 0; i < n; i++)
		if (!span_read(json_array_get(given, i), &spans[i]))
			return call_refuse(call, ERR_BAD_PARAMS, "spans");
	*count = n;
	return ERR_NONE;
}

enum err check_desk_redact(struct call *call)
{
	struct span spans[SPANS_MOST];
	size_t count;
	enum err err = check_desk_post(call);

	return err ? err : spans_read(call, spans, &count);
}

static bool is_masked(const struct span *spans, size_t count, size_t point)
{
	for (size_t i = 0; i < count; i++)
		if (point >= spans[i].start && point < spans[i].end)
			return true;
	return false;
}

static enum err mask_text(const char *text, size_t bytes, const struct span *spans, size_t count,
						  struct buf *out)
{
	size_t point = 0;

	for (size_t at = 0; at < bytes; point++) {
		size_t from = at;
		uint32_t letter = utf8_next(text, bytes, &at);

		if (is_masked(spans, count, point) && letter != ' ' && letter != '\n')
			buf_text(out, mask);
		else
			buf_add(out, text + from, at - from);
	}
	for (size_t i = 0; i < count; i++)
		if (spans[i].end > point)
			return ERR_BAD_PARAMS;
	return buf_ok(out) ? ERR_NONE : ERR_NO_MEMORY;
}

static enum err keep_original(struct post *post)
{
	if (post->kept)
		return ERR_NONE; /* masked twice: the first original stays */
	post->kept = post->text;
	post->kept_bytes = post->text_bytes;
	post->text = NULL;
	post->text_bytes = 0;
	return ERR_NONE;
}

static enum err redact(struct call *call, struct post *post)
{
	struct span spans[SPANS_MOST];
	struct buf masked = {0};
	size_t count;
	enum err err = spans_read(call, spans, &count);

	if (!err && post->state != POST_VISIBLE && post->state != POST_REDACTED)
		err = ERR_STALE;
	if (!err)
		err = mask_text(post->text, post->text_bytes, spans, count, &masked);
	if (err == ERR_BAD_PARAMS)
		err = call_refuse(call, err, "spans");
	if (!err)
		err = keep_original(post);
	if (!err)
		err = post_set_text(post, masked.data, masked.bytes);
	if (!err)
		post->state = POST_REDACTED;
	buf_fini(&masked);
	return err;
}

static enum err remove_post(struct call *call, struct post *post)
{
	(void)call;
	if (post->state != POST_VISIBLE && post->state != POST_REDACTED)
		return ERR_STALE;
	if (post->kept)
		(void)!post_set_text(post, NULL, 0);
	else
		(void)!keep_original(post);
	post->state = POST_REMOVED;
	return ERR_NONE;
}

static enum err restore(struct call *call, struct post *post)
{
	(void)call;
	if ((post->state != POST_REMOVED && post->state != POST_REDACTED) || !post->kept)
		return ERR_STALE;
	free(post->text);
	post->text = post->kept;
	post->text_bytes = post->kept_bytes;
	post->kept = NULL;
	post->kept_bytes = 0;
	post->state = POST_VISIBLE;
	return ERR_NONE;
}

struct step {
	enum err (*change)(struct call *call, struct post *post);
	enum event_kind circle;
	struct act act;
};

static enum err change(struct call *call, struct keeper *keeper, struct circle *circle,
					   struct post *post, const struct step *step)
{
	struct draft draft = {.journal = journal_of(JOURNAL_CIRCLE, circle->num),
						  .kind = step->circle,
						  .post = post,
						  .body = "\"by\":\"moderators\""};
	struct act act = step->act;
	struct decided decided = {0};
	struct item report = {0};
	enum err err = step->change(call, post);

	if (err)
		return err;
	post->rev++;
	act_read(call, &act);
	act.verdict = post->verdict;
	err = item_open_of(keeper, post->num, "report", &report);
	act.by_report = err == ERR_NONE;
	item_fini(&report);
	if (err && err != ERR_NOT_FOUND)
		return ERR_STORAGE;
	if (post->state == POST_REDACTED) {
		act.words = post->text;
		act.words_bytes = post->text_bytes;
	}
	err = post_update(keeper_db(keeper), post);
	if (!err)
		err = keeper_append(keeper, &draft, NULL);
	if (!err)
		err = act_keep(call, keeper, circle, post, NULL, &act, &decided);
	if (!err && step->circle != EVENT_RESTORED)
		err = reports_close(call, keeper, circle, post, true);
	buf_format(&call->result, "{\"decision\":\"%s\",\"rev\":", decided.id);
	buf_int(&call->result, post->rev);
	buf_text(&call->result, "}");
	return err ? ERR_STORAGE : ERR_NONE;
}

static enum err with_post(struct call *call, struct keeper *keeper, const struct step *step)
{
	const char *id = json_string_value(json_object_get(call->request.params, "post"));
	int64_t rev = json_integer_value(json_object_get(call->request.params, "rev"));
	struct post post = {0};
	struct circle *circle;
	struct standing *standing;
	struct key key;
	bool answered = false;
	enum err err = enter_post(call, keeper, &post, &circle, &standing);

	if (!err && standing->role < ROLE_MODERATOR)
		err = call_refuse(call, ERR_FORBIDDEN, "moderators");
	if (!err) {
		key = key_make(call, keeper, circle->id, id, param_or_null(call, "reason"));
		err = key_find(call, keeper, &key, &answered);
	}
	if (!err && !answered) {
		if (!post.seq)
			err = ERR_NOT_FOUND; /* what waits is rejected, at the queue */
		else if (post.rev != rev)
			err = call_refuse(call, ERR_STALE, "rev");
		if (!err)
			err = enter_rule(call, keeper, circle);
		if (!err)
			err = change(call, keeper, circle, &post, step);
		if (!err)
			err = key_bind(call, keeper, &key);
	}
	post_fini(&post);
	return err;
}

enum err keep_desk_redact(struct call *call, struct keeper *keeper)
{
	static const struct step step = {redact,
									 EVENT_REDACTED,
									 {.what = "redacted",
									  .desk = EVENT_REDACTED,
									  .inbox = EVENT_POST_REDACTED,
									  .restriction = "redacted"}};

	return with_post(call, keeper, &step);
}

enum err keep_desk_remove(struct call *call, struct keeper *keeper)
{
	static const struct step step = {remove_post,
									 EVENT_REMOVED,
									 {.what = "removed",
									  .desk = EVENT_REMOVED,
									  .inbox = EVENT_POST_REMOVED,
									  .restriction = "removed"}};

	return with_post(call, keeper, &step);
}

enum err keep_desk_restore(struct call *call, struct keeper *keeper)
{
	static const struct step step = {
		restore,
		EVENT_RESTORED,
		{.what = "restored", .desk = EVENT_RESTORED, .inbox = EVENT_POST_RESTORED}};

	return with_post(call, keeper, &step);
}
