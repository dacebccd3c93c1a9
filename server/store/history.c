/* history.c: reads; see history.h. */
#include "store/history.h"

#include <stdlib.h>
#include <string.h>

#include "store/circles.h"
#include "store/post_row.h"

#define EVENT_COLUMNS "e.row, e.journal, e.seq, e.at, e.kind, e.body, "
enum { POST_AT = 6 };

#define PAGE_FROM \
	"SELECT " EVENT_COLUMNS POST_COLUMNS \
	" FROM event e LEFT JOIN post p ON p.num = e.post" POST_JOINS

static const char page_up[] = PAGE_FROM
	" WHERE e.journal = ?1 AND e.seq > ?2 AND e.seq < ?3 ORDER BY e.seq LIMIT ?4";
static const char page_down[] = PAGE_FROM
	" WHERE e.journal = ?1 AND e.seq > ?2 AND e.seq < ?3 ORDER BY e.seq DESC LIMIT ?4";
static const char thread_up[] = PAGE_FROM
	" WHERE e.thread = ?5 AND e.journal = ?1 AND e.seq > ?2 AND e.seq < ?3 ORDER BY e.seq LIMIT ?4";
static const char thread_down[] = PAGE_FROM
	" WHERE e.thread = ?5 AND e.journal = ?1 AND e.seq > ?2 AND e.seq < ?3"
	" ORDER BY e.seq DESC LIMIT ?4";

enum err journal_head(struct db *db, int64_t journal, int64_t *head)
{
	return db_number(db, 0, head,
					 "SELECT seq FROM event WHERE journal = ? ORDER BY seq DESC LIMIT 1", "i",
					 journal);
}

enum err journal_name(struct db *db, const struct id_key *key, int64_t journal, struct buf *out)
{
	enum journal_kind kind = journal_kind_of(journal);
	struct person person = {0};
	struct cursor *cursor;
	enum err err = ERR_NONE;

	buf_text(out, journal_prefix(kind));
	buf_text(out, "/");
	if (kind == JOURNAL_INBOX) {
		err = person_load(db, key, journal_owner(journal), &person);
		buf_text(out, person.id);
	} else if (kind == JOURNAL_HOUSE) {
		buf_int(out, journal_owner(journal));
	} else {
		cursor = db_query(db, "SELECT id FROM circle WHERE num = ?", "i", journal_owner(journal));
		if (cursor_next(cursor))
			buf_text(out, cursor_text(cursor, 0));
		err = cursor_end(&cursor);
	}
	return err;
}

/* Somebody else's words from a circle that this inbox's owner may no longer enter. */
static enum err is_out_of_sight(struct db *db, const struct event_row *event,
								const struct post *post, bool *out)
{
	int64_t owner = journal_owner(event->journal);
	int64_t may = 1;
	enum err err = ERR_NONE;

	if (journal_kind_of(event->journal) == JOURNAL_INBOX && post->author != owner)
		err = db_number(db, 0, &may,
						"SELECT 1 FROM circle c LEFT JOIN member m"
						" ON m.circle = c.num AND m.person = ?2 WHERE c.num = ?1"
						" AND (c.access = 'public' OR m.role IS NOT NULL) AND NOT EXISTS"
						" (SELECT 1 FROM sanction s WHERE s.person = ?2 AND s.circle = ?1"
						"  AND s.lifted IS NULL AND s.step = 'exclude'"
						"  AND (s.ends IS NULL OR s.ends >"
						"   CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)))",
						"ii", post->circle, owner);
	*out = !may;
	return err;
}

static enum err row_write(struct db *db, const struct id_key *key, struct cursor *cursor,
						  const char *name, struct buf *out)
{
	struct event_row event = {.row = cursor_int(cursor, 0),
							  .journal = cursor_int(cursor, 1),
							  .seq = cursor_int(cursor, 2),
							  .at = cursor_int(cursor, 3),
							  .kind = (enum event_kind)cursor_int(cursor, 4),
							  .body = cursor_text(cursor, 5)};
	struct post post;
	bool has_post = post_read(cursor, POST_AT, key, &post);
	bool hide = false;
	struct buf named = {0};
	enum err err = has_post ? is_out_of_sight(db, &event, &post, &hide) : ERR_NONE;

	if (err)
		return err;
	if (hide)
		post.text = NULL;
	if (journal_kind_of(event.journal) == JOURNAL_DESK) {
		err = people_name(db, key, event.body, &named);
		buf_add(&named, "", 1);
		event.body = named.data;
		if (!err && !buf_ok(&named))
			err = ERR_NO_MEMORY;
	}
	if (!err)
		event_render(key, &event, name, has_post ? &post : NULL, out);
	buf_fini(&named);
	return err;
}

enum err history_event(struct db *db, const struct id_key *key, int64_t row, struct buf *out)
{
	struct cursor *cursor = db_query(db, PAGE_FROM " WHERE e.row = ?", "i", row);
	struct buf name = {0};
	enum err err = ERR_NOT_FOUND;
	enum err ended;

	if (cursor_next(cursor)) {
		err = journal_name(db, key, cursor_int(cursor, 1), &name);
		buf_add(&name, "", 1);
		if (!err && buf_ok(&name))
			err = row_write(db, key, cursor, name.data, out);
		if (!err && !(buf_ok(out) && buf_ok(&name)))
			err = ERR_NO_MEMORY;
	}
	ended = cursor_end(&cursor);
	buf_fini(&name);
	return ended ? ended : err;
}

/* Rendered events before they are put into order. */
struct pieces {
	struct buf text;
	size_t *ends; /* of each event in text */
	size_t count, room;
};

static bool pieces_note(struct pieces *pieces)
{
	if (pieces->count == pieces->room) {
		size_t room = pieces->room ? pieces->room * 2 : 64;
		size_t *ends = realloc(pieces->ends, room * sizeof *ends);

		if (!ends)
			return false;
		pieces->ends = ends;
		pieces->room = room;
	}
	pieces->ends[pieces->count++] = pieces->text.bytes;
	return buf_ok(&pieces->text);
}

static void pieces_join(const struct pieces *pieces, bool backwards, struct buf *out)
{
	for (size_t i = 0; i < pieces->count; i++) {
		size_t n = backwards ? pieces->count - 1 - i : i;
		size_t from = n ? pieces->ends[n - 1] : 0;

		if (out->bytes > 1)
			buf_text(out, ",");
		buf_add(out, pieces->text.data + from, pieces->ends[n] - from);
	}
}

static void pieces_fini(struct pieces *pieces)
{
	buf_fini(&pieces->text);
	free(pieces->ends);
}

static enum err pieces_read(struct db *db, const struct id_key *key, const struct page_wish *wish,
							const char *name, struct pieces *pieces, struct page *out)
{
	int64_t before = wish->before ? wish->before : INT64_MAX;
	const char *up = wish->thread ? thread_up : page_up;
	const char *down = wish->thread ? thread_down : page_down;
	struct cursor *cursor = db_query(db, wish->newest ? down : up, wish->thread ? "iiiii" : "iiii",
									 wish->journal, wish->after, before, (int64_t)wish->limit + 1,
									 wish->thread);
	enum err err = ERR_NONE;
	enum err ended;

	while (!err && cursor_next(cursor)) {
		size_t was = pieces->text.bytes;
		int64_t seq = cursor_int(cursor, 2);

		if (out->count == wish->limit) {
			out->more = true;
			break;
		}
		err = row_write(db, key, cursor, name, &pieces->text);
		/* One comma for each. */
		if (!err && out->count && pieces->text.bytes + pieces->count > wish->bytes_most) {
			pieces->text.bytes = was;
			out->more = true;
			break;
		}
		if (!err && !pieces_note(pieces))
			err = ERR_NO_MEMORY;
		out->first = out->count && !wish->newest ? out->first : seq;
		out->last = out->count && wish->newest ? out->last : seq;
		out->count++;
	}
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

/* The openers of threads that this page continues, oldest first, as far as they fit. */
static enum err roots_read(struct db *db, const struct id_key *key, const struct page_wish *wish,
						   const char *name, size_t bytes_left, struct buf *out)
{
	struct cursor *cursor = db_query(
		db,
		PAGE_FROM " WHERE e.journal = ?1 AND e.seq IN (SELECT t.seq FROM event x"
				  " JOIN post y ON y.num = x.post JOIN post t ON t.num = y.thread"
				  " WHERE x.journal = ?1 AND x.seq > ?2 AND t.seq <= ?2) ORDER BY e.seq",
		"ii", wish->journal, wish->after);
	enum err err = ERR_NONE;
	enum err ended;

	while (!err && cursor_next(cursor)) {
		size_t was = out->bytes;

		if (out->bytes > 1)
			buf_text(out, ",");
		err = row_write(db, key, cursor, name, out);
		if (out->bytes > bytes_left) {
			out->bytes = was;
			break;
		}
	}
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

enum err history_page(struct db *db, const struct id_key *key, const struct page_wish *wish,
					  struct page *out)
{
	struct pieces pieces = {0};
	struct buf name = {0};
	enum err err = journal_name(db, key, wish->journal, &name);

	*out = (struct page){0};
	buf_add(&name, "", 1);
	if (!err && !buf_ok(&name))
		err = ERR_NO_MEMORY;
	if (!err)
		err = pieces_read(db, key, wish, name.data, &pieces, out);
	buf_text(&out->events, "[");
	if (!err && wish->with_roots && pieces.text.bytes + pieces.count < wish->bytes_most)
		err = roots_read(db, key, wish, name.data,
						 wish->bytes_most - pieces.text.bytes - pieces.count, &out->events);
	if (!err)
		pieces_join(&pieces, wish->newest, &out->events);
	buf_text(&out->events, "]");
	if (!err && !buf_ok(&out->events))
		err = ERR_NO_MEMORY;
	if (err)
		buf_fini(&out->events);
	pieces_fini(&pieces);
	buf_fini(&name);
	return err;
}

enum err history_tail(struct db *db, int64_t journal, int64_t tail, int64_t *after)
{
	int64_t seq = 0;
	enum err err = ERR_NONE;

	*after = 0;
	if (tail <= 0)
		return journal_head(db, journal, after);
	err = db_number(db, 0, &seq,
					"SELECT seq FROM event WHERE journal = ? AND kind = ? ORDER BY seq DESC"
					" LIMIT 1 OFFSET ?",
					"iii", journal, (int64_t)EVENT_POSTED, tail - 1);
	if (!err && seq)
		*after = seq - 1;
	return err;
}
