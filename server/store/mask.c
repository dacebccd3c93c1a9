/* mask.c: see mask.h. The store's thread. Whatever tells the same twice (a reason stands with its
 * decision, at the desk, in the statement, in the inbox) is masked alike everywhere, or nowhere. */
#include "store/mask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "filters/glyph.h"

enum { NAMES_MOST = 8, CIRCLES_MOST = 1000, PREFIX_MOST = 3 };

/* ---- in a text ---- */

static bool is_word(uint32_t point)
{
	enum glyph_kind kind = GLYPH_KIND(glyph_entry(point));

	return kind == GLYPH_LETTER || kind == GLYPH_DIGIT || kind == GLYPH_MARK;
}

/* Letters that are written together with the word behind them: and, in, to, from, the, that, as. */
static bool is_prefix(uint32_t point)
{
	static const uint32_t letters[] = {0x05D1, 0x05D4, 0x05D5, 0x05DB, 0x05DC, 0x05DE, 0x05E9,
									   0x0628, 0x0641, 0x0643, 0x0644, 0x0648};

	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
		if (letters[i] == point)
			return true;
	return false;
}

static size_t step_back(const char *text, size_t at)
{
	while (at > 0 && ((unsigned char)text[--at] & 0xC0) == 0x80)
		;
	return at;
}

/* In JSON the letter before may be the end of \n or \u001f. */
static bool is_escape(const char *text, size_t at)
{
	return (at >= 2 && text[at - 2] == '\\') ||
		   (at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u');
}

static bool begins_word(const char *text, size_t bytes, size_t at, bool is_json)
{
	for (int prefixes = 0; at > 0; prefixes++) {
		size_t before = step_back(text, at), next = before;
		uint32_t point = utf8_next(text, bytes, &next);

		if (!is_word(point) || (is_json && is_escape(text, at)))
			return true;
		if (prefixes == PREFIX_MOST || !is_prefix(point))
			return false;
		at = before;
	}
	return true;
}

static bool ends_word(const char *text, size_t bytes, size_t at)
{
	return at >= bytes || !is_word(utf8_next(text, bytes, &at));
}

bool mask_text(const char *text, size_t bytes, const char *name, bool is_json, struct buf *out)
{
	size_t name_bytes = strlen(name), from = 0;
	bool found = false;

	for (size_t at = 0; name_bytes && at + name_bytes <= bytes;) {
		const char *hit = memmem(text + at, bytes - at, name, name_bytes);

		if (!hit)
			break;
		at = (size_t)(hit - text);
		if (!begins_word(text, bytes, at, is_json) || !ends_word(text, bytes, at + name_bytes)) {
			at++;
			continue;
		}
		buf_add(out, text + from, at - from);
		buf_text(out, NAME_MASK);
		from = at += name_bytes;
		found = true;
	}
	buf_add(out, text + from, bytes - from);
	return found;
}

/* ---- in the tables ---- */

/* ?1 the circle, ?2 the name as it stands there. Gives the row's key and the text. What a desk's
 * event of that time holds itself is chained and can not be changed: then it stays everywhere. */
#define DESK "?1 * 4 + 1"
#define NOT_CHAINED(at) \
	" AND NOT EXISTS (SELECT 1 FROM event d WHERE d.journal = " DESK \
	" AND d.at = " at " AND instr(d.body, ?2))"
#define CRISES_NOT_CHAINED \
	" AND NOT EXISTS (SELECT 1 FROM event d WHERE d.journal = " DESK \
	" AND d.kind IN (5, 6, 46) AND instr(d.body, ?2))"

_Static_assert(JOURNAL_KIND_COUNT == 4 && JOURNAL_DESK == 1 && JOURNAL_INBOX == 2, "the SQL below");
_Static_assert(EVENT_CRISIS_BEGUN == 5 && EVENT_CRISIS_ENDED == 6 && EVENT_CRISIS_STEPPED == 46 &&
				   EVENT_RULES_PINNED == 34, "the SQL below");

/* In the order in which they are gone through: what others look at comes last. */
static const struct place {
	const char *find, *keep;
	bool is_json;
} places[] = {
	{"SELECT num, text FROM note WHERE circle = ?1 AND instr(text, ?2)",
	 "UPDATE note SET text = ?, salt = NULL WHERE num = ?", false},
	{"SELECT num, reason FROM decision x WHERE circle = ?1 AND instr(reason, ?2)"
	 NOT_CHAINED("x.at"),
	 "UPDATE decision SET reason = ? WHERE num = ?", false},
	{"SELECT num, note FROM decision x WHERE circle = ?1 AND instr(note, ?2)" NOT_CHAINED("x.at"),
	 "UPDATE decision SET note = ? WHERE num = ?", false},
	{"SELECT num, statement FROM decision x WHERE circle = ?1 AND instr(statement, ?2)"
	 NOT_CHAINED("x.at"),
	 "UPDATE decision SET statement = ? WHERE num = ?", true},
	{"SELECT num, answer FROM appeal x WHERE circle = ?1 AND instr(answer, ?2)"
	 NOT_CHAINED("x.decided"),
	 "UPDATE appeal SET answer = ? WHERE num = ?", false},
	{"SELECT num, reason FROM sanction x WHERE circle = ?1 AND instr(reason, ?2)"
	 NOT_CHAINED("x.begins"),
	 "UPDATE sanction SET reason = ? WHERE num = ?", false},
	{"SELECT num, cause FROM sanction x WHERE circle = ?1 AND instr(cause, ?2)"
	 NOT_CHAINED("x.begins"),
	 "UPDATE sanction SET cause = ? WHERE num = ?", false},
	{"SELECT num, reason FROM incident WHERE circle = ?1 AND instr(reason, ?2)" CRISES_NOT_CHAINED,
	 "UPDATE incident SET reason = ? WHERE num = ?", false},
	{"SELECT num, end_reason FROM incident WHERE circle = ?1 AND instr(end_reason, ?2)"
	 CRISES_NOT_CHAINED,
	 "UPDATE incident SET end_reason = ? WHERE num = ?", false},
	{"SELECT num, crisis FROM circle WHERE num = ?1 AND instr(crisis, ?2)",
	 "UPDATE circle SET crisis = ? WHERE num = ?", true},
	{"SELECT e.row, e.body FROM event d JOIN event e ON e.row = d.row - 1 AND e.journal = ?1 * 4"
	 " WHERE d.journal = " DESK " AND d.kind <> 34 AND instr(e.body, ?2) AND NOT instr(d.body, ?2)",
	 "UPDATE event SET body = ? WHERE row = ?", true},
	{"SELECT x.row, x.body FROM event x WHERE x.journal IN (SELECT person * 4 + 2 FROM decision"
	 " WHERE circle = ?1 UNION SELECT person * 4 + 2 FROM sanction WHERE circle = ?1)"
	 " AND instr(x.body, ?2) AND (EXISTS (SELECT 1 FROM decision d WHERE d.person = x.journal / 4"
	 " AND d.circle = ?1 AND d.at = x.at) OR EXISTS (SELECT 1 FROM sanction s"
	 " WHERE s.person = x.journal / 4 AND s.circle = ?1 AND s.lifted = x.at))"
	 NOT_CHAINED("x.at"),
	 "UPDATE event SET body = ? WHERE row = ?", true},
	{"SELECT digest, words FROM said WHERE instr(words, ?2) AND digest IN (SELECT"
	 " substr(body, 9, 64) FROM event WHERE journal = " DESK " AND substr(body, 1, 8) = "
	 "'\"said\":\"')",
	 "UPDATE said SET words = ?, salt = zeroblob(0) WHERE digest = ?", true},
};

struct hit {
	char *key, *text;
};

static void hits_free(struct hit *hits, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(hits[i].key);
		free(hits[i].text);
	}
	free(hits);
}

static enum err hit_add(struct hit **hits, size_t *count, const char *key, const struct buf *text)
{
	struct hit *more = realloc(*hits, (*count + 1) * sizeof *more);
	char *own_key = strdup(key), *own_text = text->data ? strndup(text->data, text->bytes) : NULL;

	if (more)
		*hits = more;
	if (!more || !own_key || !own_text) {
		free(own_key);
		free(own_text);
		return ERR_NO_MEMORY;
	}
	more[(*count)++] = (struct hit){own_key, own_text};
	return ERR_NONE;
}

static enum err place_read(struct db *db, const struct place *place, int64_t circle,
						   const char *name, struct hit **hits, size_t *count)
{
	struct cursor *cursor = db_query(db, place->find, "it", circle, name);
	struct buf text = {0};
	enum err err = ERR_NONE, ended;

	while (!err && cursor_next(cursor)) {
		char key[128];

		snprintf(key, sizeof key, "%s", cursor_text(cursor, 0));
		buf_clear(&text);
		if (!mask_text(cursor_text(cursor, 1), cursor_bytes(cursor, 1), name, place->is_json,
					   &text))
			continue;
		err = buf_ok(&text) ? hit_add(hits, count, key, &text) : ERR_NO_MEMORY;
	}
	ended = cursor_end(&cursor);
	buf_fini(&text);
	return ended ? ended : err;
}

/* Read first, all of it: a statement does not change the table that another walks through. */
static enum err place_mask(struct db *db, const struct place *place, int64_t circle,
						   const char *name)
{
	struct hit *hits = NULL;
	size_t count = 0;
	enum err err = place_read(db, place, circle, name, &hits, &count);

	for (size_t i = 0; i < count && !err; i++)
		err = db_run(db, place->keep, "tt", hits[i].text, hits[i].key);
	hits_free(hits, count);
	return err;
}

static enum err name_mask(struct db *db, int64_t circle, const char *name)
{
	struct buf quoted = {0};
	enum err err = ERR_NONE;

	buf_json(&quoted, name, strlen(name));
	if (!buf_ok(&quoted))
		err = ERR_NO_MEMORY;
	else
		quoted.data[quoted.bytes - 1] = '\0'; /* the quote at its end */
	for (size_t i = 0; i < sizeof places / sizeof *places && !err; i++)
		err = place_mask(db, &places[i], circle, places[i].is_json ? quoted.data + 1 : name);
	buf_fini(&quoted);
	return err;
}

/* ---- whose ---- */

struct called {
	char names[NAMES_MOST][NAME_ROOM];
	size_t count;
	char tag[TAG_TEXT];
};

static enum err names_read(struct db *db, int64_t person, struct called *out)
{
	struct cursor *cursor = db_query(
		db,
		"SELECT name FROM person WHERE num = ?1 AND name <> '' UNION SELECT shown_name FROM post"
		" WHERE author = ?1 AND shown_name <> '' LIMIT ?2",
		"ii", person, (int64_t)NAMES_MOST);

	while (out->count < NAMES_MOST && cursor_next(cursor))
		snprintf(out->names[out->count++], NAME_ROOM, "%s", cursor_text(cursor, 0));
	return cursor_end(&cursor);
}

/* Is somebody else there called so, or is it a single letter? */
static enum err is_shared(struct db *db, int64_t person, int64_t circle, const char *name,
						  bool *out)
{
	int64_t others = 0;
	enum err err = db_number(
		db, 0, &others,
		"SELECT 1 FROM person o WHERE o.name = ?3 AND o.num <> ?1 AND o.erasing IS NULL AND (EXISTS"
		" (SELECT 1 FROM member m WHERE m.circle = ?2 AND m.person = o.num) OR EXISTS (SELECT 1"
		" FROM post p WHERE p.author = o.num AND p.circle = ?2)) LIMIT 1",
		"iit", person, circle, name);

	*out = others || utf8_length(name, strlen(name)) < 2;
	return err;
}

static enum err circle_mask(struct db *db, int64_t person, int64_t circle,
							const struct called *called)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < called->count && !err; i++) {
		char tagged[NAME_ROOM + TAG_TEXT + 2];
		bool shared = false;

		for (int blank = 0; blank < 2 && *called->tag && !err; blank++) {
			snprintf(tagged, sizeof tagged, "%s%s#%s", called->names[i], blank ? " " : "",
					 called->tag);
			err = name_mask(db, circle, tagged);
		}
		if (!err)
			err = is_shared(db, person, circle, called->names[i], &shared);
		if (!err && !shared)
			err = name_mask(db, circle, called->names[i]);
	}
	return err;
}

enum err mask_person(struct keeper *keeper, int64_t person)
{
	struct db *db = keeper_db(keeper);
	struct called called = {.count = 0};
	struct person row;
	int64_t *circles = malloc(CIRCLES_MOST * sizeof *circles);
	size_t count = 0;
	struct cursor *cursor;
	enum err err = circles ? person_load(db, keeper_id_key(keeper), person, &row) : ERR_NO_MEMORY;

	if (!err)
		err = glyph_prepare();
	if (!err)
		err = names_read(db, person, &called);
	if (!err) {
		memcpy(called.tag, row.tag, sizeof called.tag);
		cursor = db_query(db,
						  "SELECT circle FROM member WHERE person = ?1"
						  " UNION SELECT circle FROM post WHERE author = ?1"
						  " UNION SELECT circle FROM decision WHERE person = ?1 LIMIT ?2",
						  "ii", person, (int64_t)CIRCLES_MOST);
		while (count < CIRCLES_MOST && cursor_next(cursor))
			circles[count++] = cursor_int(cursor, 0);
		err = cursor_end(&cursor);
	}
	for (size_t i = 0; i < count && !err; i++) {
		err = circle_mask(db, person, circles[i], &called);
		keeper_forget_circle(keeper, circles[i]);
	}
	free(circles);
	return err;
}
