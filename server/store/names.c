/* names.c: see names.h. Kept in memory is how each member's name looks and reads, as hashes; a hit
 * is then looked up, so that what is remembered in excess (a name given up, a commit that failed)
 * does no harm. */
#include "store/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "circle/role.h"
#include "filters/name.h"

struct names {
	struct map *looks; /* and readings, of members' names */
	bool is_read;
};

struct names *names_new(void)
{
	struct names *names = calloc(1, sizeof *names);

	if (names)
		names->looks = map_new();
	if (names && !names->looks)
		names_free(&names);
	return names;
}

void names_free(struct names **names)
{
	if (*names)
		map_free(&(*names)->looks);
	free(*names);
	*names = NULL;
}

void names_drop(struct names *names)
{
	map_clear(names->looks);
	names->is_read = false;
}

/* All rows of `cursor`, which begin with a name. */
static enum err looks_add(struct names *names, struct cursor *cursor)
{
	enum err err = ERR_NONE, ended;

	while (!err && cursor_next(cursor)) {
		struct name_look look;

		err = name_look(cursor_text(cursor, 0), cursor_bytes(cursor, 0), &look);
		if (!err && (!map_put(names->looks, look.look, names) ||
					 !map_put(names->looks, look.read, names)))
			err = ERR_NO_MEMORY;
	}
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

static enum err names_read(struct names *names, struct db *db)
{
	enum err err = looks_add(
		names, db_query(db,
						"SELECT name FROM person WHERE num IN (SELECT person FROM member)"
						" AND erasing IS NULL AND erased IS NULL",
						""));

	names->is_read = !err;
	return err;
}

enum err names_note(struct names *names, struct db *db, int64_t person)
{
	if (!names->is_read)
		return ERR_NONE;
	return looks_add(names, db_query(db,
									 "SELECT name FROM person WHERE num = ?"
									 " AND EXISTS (SELECT 1 FROM member WHERE person = ?1)",
									 "i", person));
}

/* Of several, the one that weighs most. */
static enum err closest(struct cursor *cursor, const struct name_look *look, enum namesake *out)
{
	enum err err = ERR_NONE, ended;

	while (!err && cursor_next(cursor)) {
		enum namesake found = cursor_int(cursor, 1) ? NAMESAKE_NEAR : NAMESAKE_FAR;
		struct name_look other;

		err = name_look(cursor_text(cursor, 0), cursor_bytes(cursor, 0), &other);
		if (other.read != look->read)
			found = other.look == look->look ? NAMESAKE_DISGUISED : NAMESAKE_NONE;
		if (!err && found > *out)
			*out = found;
	}
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

enum err names_find(struct names *names, struct db *db, const char *name, int64_t person,
					enum namesake *out)
{
	struct name_look look;
	enum err err = name_look(name, strlen(name), &look);

	*out = NAMESAKE_NONE;
	if (!err && !names->is_read)
		err = names_read(names, db);
	if (err || (!map_get(names->looks, look.look) && !map_get(names->looks, look.read)))
		return err;
	return closest(db_query(db,
							"SELECT a.name, max(m.role >= ?2 OR EXISTS (SELECT 1 FROM member o"
							" WHERE o.circle = m.circle AND o.person = ?1))"
							" FROM member m JOIN person a ON a.num = m.person"
							" WHERE a.num <> ?1 AND a.erasing IS NULL AND a.erased IS NULL"
							" GROUP BY a.num",
							"ii", person, (int64_t)ROLE_MODERATOR),
				   &look, out);
}
