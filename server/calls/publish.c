/* publish.c: see publish.h. The store's thread. */
#include "calls/publish.h"

#include <stdio.h>

#include "calls/mentions.h"

enum err publish_seq(struct keeper *keeper, const struct circle *circle, int64_t *seq)
{
	return keeper_next_seq(keeper, journal_of(JOURNAL_CIRCLE, circle->num), seq);
}

static enum err tell_parent(struct keeper *keeper, const struct post *post, int64_t *parent_author)
{
	char body[64], id[ID_TEXT];
	struct draft draft = {.kind = EVENT_REPLIED, .post = post, .body = body};
	enum err err = db_number(keeper_db(keeper), 0, parent_author,
				 "SELECT author FROM post WHERE num = ?", "i", post->reply_to);

	if (err || !*parent_author || *parent_author == post->author)
		return err;
	id_seal(keeper_id_key(keeper), 'p', post->reply_to, (uint64_t)post->reply_nonce, id);
	snprintf(body, sizeof body, "\"to\":\"%s\"", id);
	draft.journal = journal_of(JOURNAL_INBOX, *parent_author);
	return keeper_append(keeper, &draft, NULL);
}

static enum err tell_named(struct keeper *keeper, const struct circle *circle,
			   const struct post *post, int64_t parent_author)
{
	int64_t named[MENTIONS_MOST];
	size_t count = 0;
	enum err err = mentions_find(keeper_db(keeper), circle, post, named, &count);

	for (size_t i = 0; i < count && !err; i++) {
		struct draft draft = {.journal = journal_of(JOURNAL_INBOX, named[i]),
				      .kind = EVENT_MENTIONED,
				      .post = post};

		if (named[i] != post->author && named[i] != parent_author)
			err = keeper_append(keeper, &draft, NULL);
	}
	return err;
}

enum err publish_post(struct keeper *keeper, struct circle *circle, struct post *post,
		      const struct signals *signals)
{
	struct draft draft = {.journal = journal_of(JOURNAL_CIRCLE, circle->num),
			      .kind = EVENT_POSTED,
			      .post = post};
	int64_t parent_author = 0;
	struct thread *thread;
	enum err err = keeper_append(keeper, &draft, NULL);

	if (!err && post->reply_to)
		err = tell_parent(keeper, post, &parent_author);
	if (!err)
		err = tell_named(keeper, circle, post, parent_author);
	if (err || !signals)
		return err;
	/* An opener's own signals are folded in when its thread is first looked at. */
	if (post->thread == post->num) {
		crisis_fold(&circle->crisis, signals, (uint64_t)post->author, 0, post->at);
		keeper_forget_thread(keeper, post->num);
		return ERR_NONE;
	}
	err = keeper_thread(keeper, post->thread, &thread);
	if (err)
		return err;
	thread_fold(&thread->state, signals, (uint64_t)post->author, (uint64_t)parent_author,
		    post->at);
	crisis_fold(&circle->crisis, signals, (uint64_t)post->author, thread->state.escalation,
		    post->at);
	return ERR_NONE;
}
