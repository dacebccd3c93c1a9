/* mentions.c: see mentions.h. The store's thread. Texts without "@" cost one look. */
#include "calls/mentions.h"

#include <string.h>

enum { WORDS_MOST = 4, NAME_BYTES_MOST = NAME_ROOM - 1, SIGNS_MOST = 8 };

static void note(int64_t person, int64_t named[MENTIONS_MOST], size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		if (named[i] == person)
			return;
	if (*count < MENTIONS_MOST)
		named[(*count)++] = person;
}

/* Persons of this name who may be named here. tag NULL: any. */
static enum err named_so(struct db *db, const struct circle *circle, const char *name, size_t bytes,
			 const char *tag, size_t tag_bytes, int64_t named[MENTIONS_MOST],
			 size_t *count, bool *found)
{
	/* Of one name without a tag only so many are looked at: a hundred guests called "Guest" are
	 * nobody's address. */
	struct cursor *cursor = db_query(
		db,
		"SELECT a.num FROM (SELECT num FROM person WHERE name = ?1 AND (?2 IS NULL OR tag = ?2)"
		" AND erasing IS NULL LIMIT 20) a"
		" WHERE EXISTS (SELECT 1 FROM member m WHERE m.circle = ?3 AND m.person = a.num)"
		" OR (?4 AND EXISTS (SELECT 1 FROM post p WHERE p.author = a.num AND p.circle = ?3"
		" AND p.seq IS NOT NULL))",
		"ssii", name, bytes, tag, tag_bytes, circle->num, (int64_t)circle->is_public);

	while (cursor_next(cursor)) {
		note(cursor_int(cursor, 0), named, count);
		*found = true;
	}
	return cursor_end(&cursor);
}

static bool ends_word(char letter)
{
	return letter == ' ' || letter == '\n' || letter == '\t' || letter == '\0';
}

/* Does anybody's name begin with this word? Most signs name nobody: one look tells. */
static enum err begins_a_name(struct db *db, const char *word, size_t bytes, int64_t *begins)
{
	static const char last[] = "\xf4\x8f\xbf\xbf";
	char beyond[NAME_ROOM + sizeof last];

	memcpy(beyond, word, bytes);
	memcpy(beyond + bytes, last, sizeof last);
	return db_number(db, 0, begins,
					 "SELECT 1 FROM person WHERE name >= ? AND name < ? LIMIT 1", "ss", word, bytes,
					 beyond, bytes + sizeof last - 1);
}

/* Where the word at `at` ends, less the punctuation that closes it. */
static size_t word_end(const char *text, size_t bytes, size_t at)
{
	while (at < bytes && !ends_word(text[at]))
		at++;
	while (at && strchr(",.;:!?)\"'", text[at - 1]))
		at--;
	return at;
}

/* The longest name that stands behind the sign at `from`. */
static enum err mention_at(struct db *db, const struct circle *circle, const char *text,
			   size_t bytes, int64_t named[MENTIONS_MOST], size_t *count)
{
	size_t ends[WORDS_MOST], words = 0, at = 0;
	bool found = false;
	int64_t begins = 0;
	enum err err = ERR_NONE;

	while (words < WORDS_MOST && at < bytes && at < NAME_BYTES_MOST) {
		size_t end = word_end(text, bytes, at);

		if (end <= at || end > NAME_BYTES_MOST)
			break;
		ends[words++] = end;
		/* A name goes on only over a single blank. */
		if (end >= bytes || text[end] != ' ')
			break;
		at = end + 1;
	}
	if (words) {
		const char *hash = memchr(text, '#', ends[0]);

		err = begins_a_name(db, text, hash ? (size_t)(hash - text) : ends[0], &begins);
	}
	while (begins && words && !found && !err) {
		size_t end = ends[--words];
		const char *hash = memchr(text, '#', end);
		size_t name = hash ? (size_t)(hash - text) : end;

		if (name)
			err = named_so(db, circle, text, name, hash ? hash + 1 : NULL,
				       hash ? end - name - 1 : 0, named, count, &found);
	}
	return err;
}

enum err mentions_find(struct db *db, const struct circle *circle, const struct post *post,
		       int64_t named[MENTIONS_MOST], size_t *count)
{
	const char *text = post->text, *end = post->text + post->text_bytes;
	enum err err = ERR_NONE;

	*count = 0;
	for (int signs = 0; signs < SIGNS_MOST && !err && text; signs++) {
		const char *sign = memchr(text, '@', (size_t)(end - text));

		if (!sign)
			break;
		text = sign + 1;
		err = mention_at(db, circle, text, (size_t)(end - text), named, count);
	}
	return err;
}
