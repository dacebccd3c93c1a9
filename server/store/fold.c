/* fold.c: see fold.h. */
#include "store/fold.h"

#include <string.h>

enum err fold_load(struct db *db, enum fold_kind kind, int64_t id, void *state, size_t bytes,
				   int64_t *row)
{
	struct cursor *cursor = db_query(db, "SELECT row, state FROM fold WHERE kind = ? AND id = ?",
									 "ii", (int64_t)kind, id);
	const void *kept;
	size_t count;

	*row = 0;
	if (cursor_next(cursor)) {
		kept = cursor_blob(cursor, 1, &count);
		if (kept && count == bytes) {
			memcpy(state, kept, count);
			*row = cursor_int(cursor, 0);
		}
	}
	return cursor_end(&cursor);
}

enum err fold_keep(struct db *db, enum fold_kind kind, int64_t id, const void *state, size_t bytes)
{
	return db_run(db,
				  "INSERT INTO fold (kind, id, row, state) SELECT ?1, ?2, coalesce(max(row), 0), ?3"
				  " FROM event WHERE true ON CONFLICT DO UPDATE SET row = excluded.row,"
				  " state = excluded.state",
				  "iib", (int64_t)kind, id, state, bytes);
}
