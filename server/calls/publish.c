/* publish.c: see publish.h. The store's thread. */
#include "calls/publish.h"

#include <stdio.h>

#include "calls/mentions.h"
#include "store/fold.h"

/* The thread as it is with this post in it. */
static enum err heat_thread(struct keeper *keeper, const struct ruleset *ruleset, struct post *post,
							const struct signals *signals)
{
	struct thread opened = {.num = post->num};
	struct thread *thread = &opened;
	/* An opener has no thread to be found yet: it is folded again when first looked at. */
	enum err err = post->thread == post->num ? ERR_NONE
											 : keeper_thread(keeper, post->thread, &thread);

	/* A state is kept before this post is in it: its own event comes after the row that is noted.
	 */
	if (!err && thread != &opened && thread->state.messages % FOLD_EVERY == FOLD_EVERY - 1)
		err = fold_keep(keeper_db(keeper), FOLD_THREAD, thread->num, &thread->state,
						sizeof thread->state);
	if (err)
		return err;
	post->heat_before = thread->state.escalation;
	thread_fold(&thread->state, ruleset, signals, (uint64_t)post->author,
				(uint64_t)post->reply_author, post->at);
	post->heat = thread->state.escalation;
	return ERR_NONE;
}

enum err publish_fold(struct keeper *keeper, const struct ruleset *ruleset, struct circle *circle,
					  struct post *post, const struct signals *signals)
{
	enum err err = ERR_NONE;

	if (circle->crisis.messages % FOLD_EVERY == FOLD_EVERY - 1)
		err = fold_keep(keeper_db(keeper), FOLD_CRISIS, circle->num, &circle->crisis,
						sizeof circle->crisis);
	if (!err)
		err = heat_thread(keeper, ruleset, post, signals);
	if (err)
		return err;
	crisis_fold(&circle->crisis, ruleset, signals, (uint64_t)post->author, (uint64_t)post->thread,
				post->heat, post->at);
	post->crisis = circle->crisis.index;
	return ERR_NONE;
}

/* Whoever is out of the circle is not told of what is said there: not by being named either. */
static enum err tell(struct keeper *keeper, int64_t circle, int64_t person,
					 const struct draft *draft)
{
	int64_t is_shut_out = 0;
	enum err err = db_number(keeper_db(keeper), 0, &is_shut_out,
							 "SELECT 1 FROM sanction WHERE person = ? AND circle = ?"
							 " AND lifted IS NULL AND step = 'exclude'"
							 " AND (ends IS NULL OR ends > ?) LIMIT 1",
							 "iii", person, circle, keeper_now(keeper));

	return err || is_shut_out ? err : keeper_append(keeper, draft, NULL);
}

static enum err tell_parent(struct keeper *keeper, const struct post *post)
{
	char body[64], id[ID_TEXT];
	struct draft draft = {.journal = journal_of(JOURNAL_INBOX, post->reply_author),
						  .kind = EVENT_REPLIED,
						  .post = post,
						  .body = body};

	if (!post->reply_author || post->reply_author == post->author)
		return ERR_NONE;
	id_seal(keeper_id_key(keeper), 'p', post->reply_to, (uint64_t)post->reply_nonce, id);
	snprintf(body, sizeof body, "\"to\":\"%s\"", id);
	return tell(keeper, post->circle, post->reply_author, &draft);
}

static enum err tell_named(struct keeper *keeper, const struct circle *circle,
						   const struct post *post)
{
	int64_t named[MENTIONS_MOST];
	size_t count = 0;
	enum err err = mentions_find(keeper_db(keeper), circle, post, named, &count);

	for (size_t i = 0; i < count && !err; i++) {
		struct draft draft = {
			.journal = journal_of(JOURNAL_INBOX, named[i]), .kind = EVENT_MENTIONED, .post = post};

		if (named[i] != post->author && named[i] != post->reply_author)
			err = tell(keeper, circle->num, named[i], &draft);
	}
	return err;
}

enum err publish_place(struct keeper *keeper, const struct circle *circle, struct post *post)
{
	enum err err = keeper_next_seq(keeper, journal_of(JOURNAL_CIRCLE, circle->num), &post->seq);

	if (!err && post->reply_to && !post->reply_author)
		err = db_number(keeper_db(keeper), 0, &post->reply_author,
						"SELECT author FROM post WHERE num = ?", "i", post->reply_to);
	return err;
}

enum err publish_post(struct keeper *keeper, const struct circle *circle, const struct post *post)
{
	struct draft draft = {
		.journal = journal_of(JOURNAL_CIRCLE, circle->num), .kind = EVENT_POSTED, .post = post};
	enum err err = keeper_append(keeper, &draft, NULL);

	if (!err)
		err = tell_parent(keeper, post);
	return err ? err : tell_named(keeper, circle, post);
}
