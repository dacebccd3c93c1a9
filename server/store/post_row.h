/* post_row.h: how a post's columns are read; for the files of this folder alone. */
#pragma once

#include "store/posts.h"

/* Of `post p` and its author `person a`. */
#define POST_COLUMNS \
	"p.num, p.nonce, p.circle, p.thread, p.thread_nonce, p.reply_to, p.reply_nonce, p.author," \
	" p.role, p.seq, p.rev, p.state, p.at, p.lang, p.text, p.charter," \
	" a.nonce, p.shown_kind, p.shown_name, p.shown_tag, a.lang, a.created, a.erased," \
	" p.shown_organisation"
#define POST_JOINS " LEFT JOIN person a ON a.num = p.author"
enum { POST_COLUMN_COUNT = 24 };

/* From column `at` on. text is borrowed from the cursor: valid until its next step. False if there
 * is no post in this row. */
bool post_read(struct cursor *cursor, int at, const struct id_key *key, struct post *out);

/* A person's columns nonce, kind, name, tag, lang, created, erased from column `at` on. */
void person_read(struct cursor *cursor, int at, const struct id_key *key, int64_t num,
				 struct person *out);
