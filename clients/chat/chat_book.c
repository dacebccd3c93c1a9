/* chat_book.c: see chat_book.h. */
#include "clients/chat/chat_book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"

bool chat_book_init(struct chat_book *book)
{
	memset(book, 0, sizeof *book);
	book->by_id = textmap_new();
	return book->by_id != NULL;
}

void chat_book_fini(struct chat_book *book)
{
	for (size_t i = 0; i < book->count; i++) {
		json_decref(book->posts[i]->post);
		free(book->posts[i]);
	}
	free(book->posts);
	if (book->by_id)
		textmap_free(&book->by_id);
	memset(book, 0, sizeof *book);
}

/* Where a post with this seq stands or would stand. */
static size_t place_of(const struct chat_book *book, json_int_t seq)
{
	size_t low = 0, high = book->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (book->posts[middle]->seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct book_post *post_add(struct chat_book *book, const char *id, json_int_t seq)
{
	struct book_post *post;
	size_t place = place_of(book, seq);

	if (book->count == book->room) {
		size_t room = book->room ? book->room * 2 : 64;
		struct book_post **posts = realloc(book->posts, room * sizeof *posts);

		if (!posts)
			return NULL;
		book->posts = posts;
		book->room = room;
	}
	post = calloc(1, sizeof *post);
	if (!post || !textmap_put(book->by_id, id, strlen(id), post)) {
		free(post);
		return NULL;
	}
	memmove(book->posts + place + 1, book->posts + place,
			(book->count - place) * sizeof *book->posts);
	book->posts[place] = post;
	book->count++;
	post->seq = seq;
	return post;
}

enum book_change chat_book_take(struct chat_book *book, const json_t *event, struct book_post **out)
{
	json_t *given = json_object_get(event, "post");
	const char *id = json_string_value(json_object_get(given, "id"));
	const char *kind = json_string_value(json_object_get(event, "kind"));
	const char *at = json_string_value(json_object_get(event, "at"));
	json_int_t rev = json_integer_value(json_object_get(given, "rev"));
	json_int_t seq = json_integer_value(json_object_get(given, "seq"));
	struct book_post *post = id ? chat_book_by_id(book, id) : NULL;
	enum book_change change = post ? BOOK_CHANGED : BOOK_NEW;

	if (out)
		*out = post;
	if (!id || !kind || seq <= 0)
		return BOOK_SAME;
	if (!post)
		post = post_add(book, id, seq);
	if (!post)
		return BOOK_SAME;
	if (!strcmp(kind, "posted") && at)
		snprintf(post->at, sizeof post->at, "%s", at);
	post->edited = post->edited || !strcmp(kind, "edited");
	if (out)
		*out = post;
	if (rev <= post->rev)
		return BOOK_SAME;
	post->rev = rev;
	json_decref(post->post);
	post->post = json_incref(given);
	return change;
}

struct book_post *chat_book_by_id(const struct chat_book *book, const char *id)
{
	return textmap_get(book->by_id, id, strlen(id));
}

struct book_post *chat_book_by_seq(const struct chat_book *book, json_int_t seq)
{
	size_t place = place_of(book, seq);

	return place < book->count && book->posts[place]->seq == seq ? book->posts[place] : NULL;
}

const char *book_text(const struct book_post *post, const char *member)
{
	const char *text = json_string_value(json_object_get(post->post, member));

	return text ? text : "";
}

const char *book_author(const struct book_post *post, const char *member)
{
	const json_t *author = json_object_get(post->post, "author");
	const char *text = json_string_value(json_object_get(author, member));

	return text ? text : "";
}
