/* reading.c: see reading.h. */
#include "calls/reading.h"

#include <stdlib.h>
#include <string.h>

#include "calls/enter.h"

enum { TAIL_MOST = 1000 };

enum err check_join(struct call *call)
{
	int64_t number;
	const char *epoch = NULL;
	enum err err = param_int_optional(call, "after", 0, INT64_MAX, &number);

	if (!err)
		err = param_int_optional(call, "tail", 0, INT64_MAX, &number);
	if (!err)
		err = param_text_optional(call, "epoch", 64, &epoch);
	if (!err && param_given(call, "after") && param_given(call, "tail"))
		err = call_refuse(call, ERR_BAD_PARAMS, "after_and_tail");
	return err;
}

static enum err wish_read(struct call *call, struct db *db, int64_t journal, int64_t head,
			  struct page_wish *wish)
{
	const char *epoch = NULL;
	int64_t tail = 0;
	enum err err = param_text_optional(call, "epoch", 64, &epoch);

	*wish = (struct page_wish){.journal = journal,
				   .after = head,
				   .limit = call->house->config->history_page_most,
				   .bytes_most = (size_t)call->house->config->page_bytes_most,
				   .person = call->asker.person};
	if (epoch && strcmp(epoch, store_epoch(call->house->store)) != 0)
		return ERR_POSITION_LOST;
	if (!err && param_given(call, "after"))
		err = param_int(call, "after", 0, INT64_MAX, &wish->after);
	if (!err && wish->after > head)
		err = ERR_POSITION_LOST;
	if (!err && param_given(call, "tail")) {
		err = param_int(call, "tail", 0, INT64_MAX, &tail);
		if (!err)
			err = history_tail(db, journal, tail < TAIL_MOST ? tail : TAIL_MOST,
					   &wish->after);
		wish->with_roots = true;
	}
	return err;
}

static void write_join(struct call *call, const struct buf *description, const struct page *page,
		       int64_t head)
{
	struct buf *out = &call->result;

	buf_reserve(out, (description ? description->bytes : 0) + page->events.bytes + 128);
	buf_text(out, "{");
	if (description)
		buf_add(out, description->data, description->bytes);
	buf_text(out, "\"head\":");
	buf_int(out, head);
	buf_text(out, ",\"epoch\":\"");
	buf_text(out, store_epoch(call->house->store));
	buf_text(out, "\",\"events\":");
	if (page->events.bytes)
		buf_add(out, page->events.data, page->events.bytes);
	else
		buf_text(out, "[]");
	buf_text(out, page->more ? ",\"more\":true}" : ",\"more\":false}");
}

enum err answer_join(struct call *call, struct db *db, int64_t journal, int64_t circle,
		     const struct buf *description)
{
	size_t bytes = description ? description->bytes : 0;
	struct page_wish wish;
	struct page page = {0};
	int64_t head;
	enum err err = journal_head(db, journal, &head);

	if (!err)
		err = wish_read(call, db, journal, head, &wish);
	if (err)
		return err;
	/* The page and what describes its circle go in one message. */
	wish.bytes_most -= bytes < wish.bytes_most / 2 ? bytes : wish.bytes_most / 2;
	/* Who is at the head misses nothing. */
	if (wish.after < head || wish.with_roots)
		err = history_page(db, store_id_key(call->house->store), &wish, &page);
	if (!err) {
		write_join(call, description, &page, head);
		call->outcome.joined_journal = journal;
		call->outcome.joined_circle = circle;
		call->outcome.next = (page.count ? page.last : wish.after) + 1;
		call->outcome.live = !page.more;
	}
	buf_fini(&page.events);
	if (!err && !(buf_ok(&call->result) && (!description || buf_ok(description))))
		err = ERR_NO_MEMORY;
	return err;
}

enum err check_history(struct call *call)
{
	int64_t number;
	const char *thread = NULL;
	enum err err = param_int_optional(call, "after", 0, INT64_MAX, &number);

	if (!err)
		err = param_int_optional(call, "before", 0, INT64_MAX, &number);
	if (!err)
		err = param_int_optional(call, "limit", 1, INT64_MAX, &number);
	if (!err)
		err = param_text_optional(call, "thread", ID_TEXT, &thread);
	return err;
}

static enum err thread_read(struct call *call, struct db *db, int64_t circle, int64_t *num)
{
	const char *id = param_or_null(call, "thread");
	struct post post = {0};
	enum err err;

	*num = 0;
	if (!id)
		return ERR_NONE;
	err = post_find(db, store_id_key(call->house->store), id, &post);
	if (!err && (post.circle != circle || !post.seq || post.num != post.thread))
		err = ERR_NOT_FOUND;
	*num = post.num;
	post_fini(&post);
	return err;
}

enum err answer_history(struct call *call, struct db *db, int64_t journal, int64_t circle)
{
	const struct config *config = call->house->config;
	int64_t limit = config->history_page;
	struct page_wish wish = {.journal = journal,
				 .bytes_most = (size_t)config->page_bytes_most,
				 .newest = !param_given(call, "after"),
				 .person = call->asker.person};
	struct page page = {0};
	enum err err = param_int_optional(call, "after", 0, INT64_MAX, &wish.after);
	bool is_empty;

	if (!err)
		err = param_int_optional(call, "before", 0, INT64_MAX, &wish.before);
	if (!err)
		err = param_int_optional(call, "limit", 1, INT64_MAX, &limit);
	wish.limit = (int)(limit < config->history_page_most ? limit : config->history_page_most);
	/* Nothing comes before the first event, and 0 means "no bound" further down. */
	is_empty = param_given(call, "before") && wish.before == 0;
	if (!err)
		err = thread_read(call, db, circle, &wish.thread);
	if (!err && !is_empty)
		err = history_page(db, store_id_key(call->house->store), &wish, &page);
	if (err)
		return err;
	buf_text(&call->result, "{\"events\":");
	if (is_empty)
		buf_text(&call->result, "[]");
	buf_add(&call->result, page.events.data, page.events.bytes);
	buf_text(&call->result, page.more ? ",\"more\":true}" : ",\"more\":false}");
	buf_fini(&page.events);
	return buf_ok(&call->result) ? ERR_NONE : ERR_NO_MEMORY;
}
