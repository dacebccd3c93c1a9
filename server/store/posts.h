/* posts.h: posts as they stand, and how one is written. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/id.h"
#include "circle/event.h"
#include "filters/thread.h"
#include "filters/verdict.h"
#include "store/db.h"
#include "store/people.h"

/* A whole post. Text fields are owned; post_fini() accepts a zeroed struct. */
struct post {
	char id[ID_TEXT]; /* "": not sealed yet; post_id() tells */
	int64_t num, nonce, circle, thread, thread_nonce, reply_to, reply_nonce, author;
	enum role role;
	int64_t seq, rev, at, charter;
	enum post_state state;
	char lang[LANG_TEXT];
	char *text, *kept; /* NULL if none */
	size_t text_bytes, kept_bytes;
	int64_t key_hash, text_hash;
	int answer;    /* 0 posted, 1 held */
	int64_t until; /* of the first hold; 0: none */
	char then_what[12];
	int64_t reply_author; /* of reply_to; filled in by whoever publishes; 0: nobody */
	unsigned heat;        /* of its thread once it was posted, 0..1000 */
	unsigned heat_before; /* and until then; 0 when it was read from the store */
	unsigned crisis;      /* the circle's index then, 0..1000 */
	bool is_newcomers;    /* its author was new to the circle */
	char *verdict;        /* {"findings":[…],"ruleset":"…"} */
	/* its author, as shown now */
	struct person person;
	char organisation[NAME_ROOM];
};
void post_fini(struct post *post);

enum err post_load(struct db *db, const struct id_key *key, int64_t num, struct post *out);
/* By public id: ERR_NOT_FOUND also for ids that were never given. Does not ask who may see it. */
enum err post_find(struct db *db, const struct id_key *key, const char *id, struct post *out);
/* A new post's row. `post` has num (post_next_num()), nonce and everything else; signals may be
 * NULL. */
enum err post_next_num(struct db *db, int64_t *num);
enum err post_insert(struct db *db, const struct post *post, const struct signals *signals);
/* Its changed state: seq, rev, state, lang, text, kept, verdict. */
enum err post_update(struct db *db, const struct post *post);
/* Replaces text or kept by a copy; NULL text empties it. */
enum err post_set_text(struct post *post, const char *text, size_t bytes);
void post_id(const struct id_key *key, const struct post *post, char out[ID_TEXT]);

/* Which events fold a post into its thread and circle, by their rows: the one that let it in, or
 * the first that held it. Of `event e` and its `post p`. */
#define POST_FOLDS \
	"((e.kind = 17 AND p.answer = 0) OR (e.kind = 11 AND instr(e.body, '\"what\":\"post\"')))"
_Static_assert(EVENT_POSTED == 17 && EVENT_HELD == 11, "POST_FOLDS names them");

/* A thread as admission needs it; kept in the writing thread's memory. */
struct thread {
	int64_t num, nonce, circle;
	bool is_frozen, is_visible; /* is_visible: its opener stands in the journal */
	struct thread_state state;  /* the temperature's fold */
};
enum err thread_load(struct db *db, int64_t num, struct thread *out);

/* Writes the event as it stands in this journal: `journal_name` is "circle/forum". In the desk's
 * and an inbox's journal held words are shown, in a circle's never. */
struct event_row {
	int64_t row, journal, seq, at;
	enum event_kind kind;
	const char *body;
};
void event_render(const struct id_key *key, const struct event_row *event, const char *journal_name,
				  const struct post *post, struct buf *out);
/* The post's object alone, as it is shown in that journal. */
void post_render(const struct id_key *key, const struct event_row *event, const struct post *post,
				 struct buf *out);
