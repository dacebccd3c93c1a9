/* fold.h: what a client makes of events: of each post the highest `rev`, in order of `post.seq`. */
#pragma once

#include <jansson.h>

#include "check.h"

#include "base/buf.h"

struct fold {
	json_t *posts; /* id → post, as last rendered */
};

static inline void fold_begin(struct fold *fold)
{
	fold->posts = json_object();
}

static inline void fold_end(struct fold *fold)
{
	json_decref(fold->posts);
	fold->posts = NULL;
}

static inline long long fold_number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static inline const char *fold_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static inline void fold_add(struct fold *fold, const json_t *event)
{
	json_t *post = json_object_get(event, "post"), *known;

	if (!post)
		return;
	known = json_object_get(fold->posts, fold_text(post, "id"));
	if (!known || fold_number(post, "rev") >= fold_number(known, "rev"))
		json_object_set(fold->posts, fold_text(post, "id"), post);
}

/* What two readers must agree on. */
static inline void fold_post_line(const json_t *post, struct buf *out)
{
	buf_format(out, "%lld %s rev %lld %s by %s %s in %s to %s %s: %s\n", fold_number(post, "seq"),
		   fold_text(post, "id"), fold_number(post, "rev"), fold_text(post, "state"),
		   fold_text(json_object_get(post, "author"), "id"),
		   fold_text(json_object_get(post, "author"), "name"), fold_text(post, "thread"),
		   fold_text(post, "reply_to"), fold_text(post, "lang"), fold_text(post, "text"));
}

static inline int fold_order(const void *a, const void *b)
{
	long long left = fold_number(*(json_t *const *)a, "seq");
	long long right = fold_number(*(json_t *const *)b, "seq");

	return (left > right) - (left < right);
}

/* The state as text, terminated. */
static inline void fold_write(const struct fold *fold, struct buf *out)
{
	size_t count = json_object_size(fold->posts), n = 0;
	json_t **posts = calloc(count + 1, sizeof *posts), *post;
	const char *id;

	assert_non_null(posts);
	json_object_foreach(fold->posts, id, post)
		posts[n++] = post;
	qsort(posts, n, sizeof *posts, fold_order);
	buf_clear(out);
	for (size_t i = 0; i < n; i++)
		fold_post_line(posts[i], out);
	buf_add(out, "", 1);
	free(posts);
}
