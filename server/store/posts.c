/* posts.c: see posts.h. */
#include "store/posts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filters/verdict.h"
#include "store/fold.h"
#include "store/post_row.h"

enum { EVENT_BYTES_MOST = 64000 }; /* of an event as JSON, so that its frame has at most 64 KiB */

static void copy_text(char *out, size_t room, struct cursor *cursor, int column)
{
	snprintf(out, room, "%s", cursor_text(cursor, column));
}

bool post_read(struct cursor *cursor, int at, const struct id_key *key, struct post *out)
{
	if (cursor_is_null(cursor, at))
		return false;
	*out = (struct post){.num = cursor_int(cursor, at),
						 .nonce = cursor_int(cursor, at + 1),
						 .circle = cursor_int(cursor, at + 2),
						 .thread = cursor_int(cursor, at + 3),
						 .thread_nonce = cursor_int(cursor, at + 4),
						 .reply_to = cursor_int(cursor, at + 5),
						 .reply_nonce = cursor_int(cursor, at + 6),
						 .author = cursor_int(cursor, at + 7),
						 .role = (enum role)cursor_int(cursor, at + 8),
						 .seq = cursor_int(cursor, at + 9),
						 .rev = cursor_int(cursor, at + 10),
						 .state = (enum post_state)cursor_int(cursor, at + 11),
						 .at = cursor_int(cursor, at + 12),
						 .charter = cursor_int(cursor, at + 15)};
	copy_text(out->lang, sizeof out->lang, cursor, at + 13);
	if (!cursor_is_null(cursor, at + 14)) {
		out->text = (char *)(uintptr_t)cursor_text(cursor, at + 14);
		out->text_bytes = cursor_bytes(cursor, at + 14);
	}
	person_read(cursor, at + 16, key, out->author, &out->person);
	copy_text(out->organisation, sizeof out->organisation, cursor, at + 23);
	return true;
}

void post_fini(struct post *post)
{
	free(post->text);
	free(post->kept);
	free(post->verdict);
	post->text = post->kept = post->verdict = NULL;
}

static char *own(struct cursor *cursor, int column, size_t *bytes, enum err *err)
{
	char *copy;

	*bytes = 0;
	if (cursor_is_null(cursor, column))
		return NULL;
	*bytes = cursor_bytes(cursor, column);
	copy = malloc(*bytes + 1);
	if (!copy) {
		*err = ERR_NO_MEMORY;
		return NULL;
	}
	memcpy(copy, cursor_text(cursor, column), *bytes);
	copy[*bytes] = '\0';
	return copy;
}

enum err post_load(struct db *db, const struct id_key *key, int64_t num, struct post *out)
{
	struct cursor *cursor = db_query(
		db,
		"SELECT " POST_COLUMNS ", p.kept, p.verdict, p.key_hash, p.text_hash, p.answer,"
		" p.until, p.then_what FROM post p" POST_JOINS " WHERE p.num = ?",
		"i", num);
	enum err err = ERR_NOT_FOUND;
	enum err ended;
	size_t unused;

	*out = (struct post){0};
	if (cursor_next(cursor) && post_read(cursor, 0, key, out)) {
		enum { AFTER = POST_COLUMN_COUNT };

		err = ERR_NONE;
		out->text = own(cursor, 14, &out->text_bytes, &err);
		out->kept = own(cursor, AFTER, &out->kept_bytes, &err);
		out->verdict = own(cursor, AFTER + 1, &unused, &err);
		out->key_hash = cursor_int(cursor, AFTER + 2);
		out->text_hash = cursor_int(cursor, AFTER + 3);
		out->answer = (int)cursor_int(cursor, AFTER + 4);
		out->until = cursor_int(cursor, AFTER + 5);
		copy_text(out->then_what, sizeof out->then_what, cursor, AFTER + 6);
	}
	ended = cursor_end(&cursor);
	if (ended || err)
		post_fini(out);
	return ended ? ended : err;
}

enum err post_find(struct db *db, const struct id_key *key, const char *id, struct post *out)
{
	int64_t num;
	uint64_t nonce;
	enum err err;

	*out = (struct post){0};
	if (!id_open(key, 'p', id, &num, &nonce))
		return ERR_NOT_FOUND;
	err = post_load(db, key, num, out);
	if (!err && (uint64_t)out->nonce != nonce) {
		post_fini(out);
		err = ERR_NOT_FOUND;
	}
	return err;
}

enum err post_next_num(struct db *db, int64_t *num)
{
	enum err err = db_number(db, 0, num, "SELECT max(num) FROM post", "");

	(*num)++;
	return err;
}

static const char *text_or_null(const char *text)
{
	return *text ? text : NULL;
}

enum err post_insert(struct db *db, const struct post *post, const struct signals *signals)
{
	const struct person *person = &post->person;

	return db_run(
		db,
		"INSERT INTO post (num, nonce, circle, thread, thread_nonce, reply_to, reply_nonce,"
		" author, role, seq, rev, state, at, lang, text, charter, key_hash, text_hash, answer,"
		" until, then_what, verdict, signals, heat, crisis, newcomer, shown_kind, shown_name,"
		" shown_tag, shown_organisation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
		" ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"iiiiiziiiziiitsiiiizttbiiiittt", post->num, post->nonce, post->circle, post->thread,
		post->thread_nonce, post->reply_to, post->reply_nonce, post->author, (int64_t)post->role,
		post->seq, post->rev, (int64_t)post->state, post->at, post->lang, post->text,
		post->text_bytes, post->charter, post->key_hash, post->text_hash, (int64_t)post->answer,
		post->until, text_or_null(post->then_what), post->verdict, signals, sizeof *signals,
		(int64_t)post->heat, (int64_t)post->crisis, (int64_t)post->is_newcomers,
		(int64_t)person->kind, person->name, text_or_null(person->tag),
		text_or_null(post->organisation));
}

enum err post_update(struct db *db, const struct post *post)
{
	return db_run(db,
				  "UPDATE post SET seq = nullif(?, 0), rev = ?, state = ?, lang = ?, text = ?,"
				  " kept = ?, verdict = ? WHERE num = ?",
				  "iiitssti", post->seq, post->rev, (int64_t)post->state, post->lang, post->text,
				  post->text_bytes, post->kept, post->kept_bytes, post->verdict, post->num);
}

enum err post_set_text(struct post *post, const char *text, size_t bytes)
{
	char *copy = NULL;

	if (text) {
		copy = malloc(bytes + 1);
		if (!copy)
			return ERR_NO_MEMORY;
		memcpy(copy, text, bytes);
		copy[bytes] = '\0';
	}
	free(post->text);
	post->text = copy;
	post->text_bytes = text ? bytes : 0;
	return ERR_NONE;
}

void post_id(const struct id_key *key, const struct post *post, char out[ID_TEXT])
{
	if (*post->id)
		memcpy(out, post->id, ID_TEXT);
	else
		id_seal(key, 'p', post->num, (uint64_t)post->nonce, out);
}

/* The fold over a thread whose memory was dropped: every kept post's signals, in order. */
static enum err thread_refold(struct db *db, struct thread *thread)
{
	int64_t row;
	enum err err = fold_load(db, FOLD_THREAD, thread->num, &thread->state, sizeof thread->state,
							 &row);
	struct cursor *cursor;
	struct signals signals;
	const void *bytes;
	size_t count;

	if (err)
		return err;
	cursor = db_query(db,
					  "SELECT p.signals, p.author, p.at, coalesce(r.author, 0),"
					  " coalesce(p.heat, 0) FROM event e"
					  " JOIN post p ON p.num = e.post LEFT JOIN post r ON r.num = p.reply_to"
					  " WHERE e.thread = ? AND e.row > ? AND " POST_FOLDS " ORDER BY e.row",
					  "ii", thread->num, row);
	while (cursor_next(cursor)) {
		bytes = cursor_blob(cursor, 0, &count);
		if (bytes && count == sizeof signals) {
			memcpy(&signals, bytes, sizeof signals);
			thread_follow(&thread->state, &signals, (uint64_t)cursor_int(cursor, 1),
						  (uint64_t)cursor_int(cursor, 3), cursor_int(cursor, 2),
						  (unsigned)cursor_int(cursor, 4));
		}
	}
	return cursor_end(&cursor);
}

enum err thread_load(struct db *db, int64_t num, struct thread *out)
{
	struct cursor *cursor = db_query(
		db,
		"SELECT p.nonce, p.circle, p.seq, f.thread FROM post p"
		" LEFT JOIN frozen f ON f.thread = p.num WHERE p.num = ? AND p.thread = p.num",
		"i", num);
	enum err err = ERR_NOT_FOUND;
	enum err ended;

	*out = (struct thread){.num = num};
	if (cursor_next(cursor)) {
		out->nonce = cursor_int(cursor, 0);
		out->circle = cursor_int(cursor, 1);
		out->is_visible = !cursor_is_null(cursor, 2);
		out->is_frozen = !cursor_is_null(cursor, 3);
		err = ERR_NONE;
	}
	ended = cursor_end(&cursor);
	if (ended || err)
		return ended ? ended : err;
	return thread_refold(db, out);
}

/* Held and rejected words are shown at the desk and to whoever wrote them, nowhere else. */
static bool text_may_show(const struct event_row *event, const struct post *post)
{
	enum journal_kind kind = journal_kind_of(event->journal);

	if (post->state == POST_VISIBLE || post->state == POST_REDACTED)
		return true;
	if (post->state != POST_HELD && post->state != POST_REJECTED)
		return false;
	return kind == JOURNAL_DESK ||
		   (kind == JOURNAL_INBOX && journal_owner(event->journal) == post->author);
}

struct post_ids {
	char id[ID_TEXT], thread[ID_TEXT], reply_to[ID_TEXT];
};

static struct post_view view_of(const struct id_key *key, const struct event_row *event,
								const struct post *post, struct post_ids *ids)
{
	/* Of a person who is being erased, post by post. */
	bool is_gone = post->person.is_erased || post->state == POST_ERASED;

	post_id(key, post, ids->id);
	if (post->thread == post->num)
		memcpy(ids->thread, ids->id, sizeof ids->thread);
	else
		id_seal(key, 'p', post->thread, (uint64_t)post->thread_nonce, ids->thread);
	if (post->reply_to)
		id_seal(key, 'p', post->reply_to, (uint64_t)post->reply_nonce, ids->reply_to);
	return (struct post_view){
		.id = ids->id,
		.thread = ids->thread,
		.reply_to = post->reply_to ? ids->reply_to : NULL,
		.seq = post->seq,
		.rev = post->rev,
		.state = post->state,
		.author = {.id = is_gone ? "" : post->person.id,
				   .name = post->person.name,
				   .kind = is_gone                             ? "erased"
						   : post->person.kind == PERSON_GUEST ? "guest"
															   : "member",
				   .tag = *post->person.tag ? post->person.tag : NULL,
				   .role = post->role,
				   .organisation = *post->organisation ? post->organisation : NULL},
		.lang = post->lang,
		.text = text_may_show(event, post) ? post->text : NULL,
		.text_bytes = post->text_bytes};
}

void post_render(const struct id_key *key, const struct event_row *event, const struct post *post,
				 struct buf *out)
{
	struct post_ids ids;
	struct post_view view = view_of(key, event, post, &ids);

	post_write(&view, out);
}

void event_render(const struct id_key *key, const struct event_row *event, const char *name,
				  const struct post *post, struct buf *out)
{
	size_t was = out->bytes;
	struct post_ids ids;
	struct post_view view;
	struct event_view shown = {.journal = name,
							   .seq = event->seq,
							   .at = event->at,
							   .kind = event->kind,
							   .body = event->body};

	if (journal_kind_of(event->journal) == JOURNAL_HOUSE)
		shown.body = NULL;
	if (post) {
		view = view_of(key, event, post, &ids);
		shown.post = &view;
	}
	event_write(&shown, out);
	/* A journal must be readable past any event: what no frame could hold goes without its words.
	 */
	if (post && view.text && out->bytes - was > EVENT_BYTES_MOST) {
		out->bytes = was;
		view.text = NULL;
		event_write(&shown, out);
	}
}
