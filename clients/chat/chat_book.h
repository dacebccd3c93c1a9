/* chat_book.h: what a client holds of a circle: the highest revision of every post that it has
 * seen, in order of their numbers in the journal. Pure. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct textmap;

struct book_post {
	json_int_t seq, rev;
	json_t *post; /* as it came */
	char at[40];  /* when it was posted; "" if that event was not seen */
	bool edited;
};

struct chat_book {
	struct textmap *by_id;
	struct book_post **posts; /* ascending by seq */
	size_t count, room;
};

/* False without memory. */
bool chat_book_init(struct chat_book *book);
void chat_book_fini(struct chat_book *book);

enum book_change { BOOK_SAME, BOOK_NEW, BOOK_CHANGED };
/* Takes in the post of an event, if it has one. *out (may be NULL) gets it. */
enum book_change chat_book_take(struct chat_book *book, const json_t *event,
								struct book_post **out);
/* NULL if there is none. */
struct book_post *chat_book_by_id(const struct chat_book *book, const char *id);
struct book_post *chat_book_by_seq(const struct chat_book *book, json_int_t seq);

/* Members of a post, "" if absent. Borrowed from the post. */
const char *book_text(const struct book_post *post, const char *member);
const char *book_author(const struct book_post *post, const char *member);
