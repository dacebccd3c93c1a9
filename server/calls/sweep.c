/* sweep.c: see sweep.h. The store's thread. */
#include "calls/sweep.h"

#include "base/clock.h"
#include "base/id.h"

enum { AT_ONCE = 64 };

static const int64_t day_ms = 24 * 3600 * 1000;

/* Twice as long as a device is good for: whoever is still connected then came in before. */
static int64_t long_ago(const struct call *call, const struct keeper *keeper)
{
	return keeper_now(keeper) - 2 * day_ms * call->house->config->resume_days;
}

/* Looks first: a statement that changes nothing would still make a commit write. */
static enum err devices_go(struct keeper *keeper, int64_t person, int64_t before)
{
	int64_t old = 0;
	enum err err = db_number(keeper_db(keeper), 0, &old,
							 "SELECT count(*) FROM device WHERE person = ? AND used < ?", "ii",
							 person, before);

	if (err || !old)
		return err;
	return db_run(keeper_db(keeper), "DELETE FROM device WHERE person = ? AND used < ?", "ii",
				  person, before);
}

/* A guest who can not come back and of whom nothing is left that anybody could see. */
static enum err leaves_no_trace(struct keeper *keeper, int64_t person, int64_t before, bool *gone)
{
	int64_t is_traceless = 0;
	enum err err = db_number(
		keeper_db(keeper), 0, &is_traceless,
		"SELECT count(*) FROM person p WHERE num = ?1 AND kind = 0 AND erasing IS NULL"
		" AND created < ?2 AND NOT EXISTS (SELECT 1 FROM device WHERE person = ?1)"
		" AND NOT EXISTS (SELECT 1 FROM post WHERE author = ?1)"
		" AND NOT EXISTS (SELECT 1 FROM report WHERE person = ?1)"
		" AND NOT EXISTS (SELECT 1 FROM decision WHERE person = ?1)"
		" AND NOT EXISTS (SELECT 1 FROM member WHERE person = ?1)"
		" AND NOT EXISTS (SELECT 1 FROM answered WHERE person = ?1)"
		" AND NOT EXISTS (SELECT 1 FROM sanction_near WHERE person = ?1)"
		" AND NOT EXISTS (SELECT 1 FROM note WHERE subject = ?1 AND about = 'participant')"
		" AND NOT EXISTS (SELECT 1 FROM event WHERE journal = ?3)",
		"iii", person, before, journal_of(JOURNAL_INBOX, person));

	*gone = !err && is_traceless;
	return err;
}

static enum err person_goes(struct keeper *keeper, int64_t person)
{
	static const char *const statements[] = {
		"DELETE FROM accepted WHERE person = ?",
		"DELETE FROM mark WHERE person = ?",
		"DELETE FROM invitation WHERE person = ?",
		"DELETE FROM person WHERE num = ?",
	};
	enum err err = ERR_NONE;

	for (size_t i = 0; i < sizeof statements / sizeof *statements && !err; i++)
		err = db_run(keeper_db(keeper), statements[i], "i", person);
	keeper_forget_person(keeper, person);
	return err;
}

static enum err look_at(struct keeper *keeper, int64_t person, int64_t before)
{
	bool gone = false;
	enum err err = devices_go(keeper, person, before);

	if (!err)
		err = leaves_no_trace(keeper, person, before, &gone);
	return err || !gone ? err : person_goes(keeper, person);
}

enum err sweep_some(struct call *call, struct keeper *keeper)
{
	int64_t newest = 0, people[AT_ONCE], count = 0;
	struct cursor *cursor;
	enum err err = db_number(keeper_db(keeper), 0, &newest, "SELECT max(num) FROM person", "");

	if (err || !newest)
		return err;
	/* Anywhere: no place has to be remembered, and in time everybody is looked at. */
	cursor = db_query(keeper_db(keeper),
					  "SELECT num FROM person WHERE num > ? AND created < ? ORDER BY num LIMIT ?",
					  "iii", (int64_t)(id_random() % (uint64_t)newest) - AT_ONCE / 2,
					  long_ago(call, keeper), (int64_t)AT_ONCE);
	while (count < AT_ONCE && cursor_next(cursor))
		people[count++] = cursor_int(cursor, 0);
	err = cursor_end(&cursor);
	for (int64_t i = 0; i < count && !err; i++)
		err = look_at(keeper, people[i], long_ago(call, keeper));
	return err;
}
