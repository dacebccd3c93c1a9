/* test_frames.c: a WAL that is written in large pieces is the same WAL. */
#include "given_store.h"

#include "store/frames.h"

enum { ROWS = 4000 };

static int64_t number(struct db *db, const char *sql)
{
	int64_t found = -1;

	CHECK_OK(db_number(db, -1, &found, sql, ""));
	return found;
}

static void fill(struct db *db, int from, int count)
{
	for (int i = from; i < from + count; i++)
		CHECK_OK(db_run(db, "INSERT INTO house (name, value) VALUES (?, zeroblob(900))", "i",
						(int64_t)i));
}

static struct db *given_other(const struct given *given)
{
	struct db *other = NULL;
	char path[128];

	given_path(given, "maagal.db", path);
	CHECK_OK(db_open(path, DB_READ, NULL, &other));
	return other;
}

TEST(every_commit_is_there_for_others_at_once)
{
	struct given given = given_store();
	struct db *other = given_other(&given);
	int64_t before = number(other, "SELECT count(*) FROM house");

	assert_non_null(frames_vfs());
	for (int i = 0; i < 50; i++) {
		CHECK_OK(db_script(given.db, "BEGIN IMMEDIATE"));
		fill(given.db, i * 7, 7);
		CHECK_INT(before + i * 7, number(other, "SELECT count(*) FROM house"));
		CHECK_OK(db_run(given.db, "COMMIT", ""));
		CHECK_INT(before + i * 7 + 7, number(other, "SELECT count(*) FROM house"));
	}
	CHECK_INT(0, number(other, "SELECT count(*) FROM pragma_integrity_check WHERE "
							   "integrity_check != 'ok'"));
	db_close(&other);
	given_end(&given);
}

TEST(what_no_longer_fits_in_memory_is_read_back_and_rolled_back)
{
	struct given given = given_store();
	struct db *other;
	int64_t before = number(given.db, "SELECT count(*) FROM house");

	/* Pages leave the cache in the middle of the transaction, and come back. */
	CHECK_OK(db_script(given.db, "PRAGMA cache_size = 20; BEGIN IMMEDIATE"));
	fill(given.db, 0, ROWS);
	CHECK_INT(before + ROWS, number(given.db, "SELECT count(*) FROM house"));
	CHECK_OK(db_script(given.db, "SAVEPOINT half"));
	fill(given.db, ROWS, ROWS);
	CHECK_OK(db_script(given.db, "ROLLBACK TO half; RELEASE half"));
	CHECK_INT(before + ROWS, number(given.db, "SELECT count(*) FROM house"));
	CHECK_OK(db_script(given.db, "ROLLBACK"));
	CHECK_INT(before, number(given.db, "SELECT count(*) FROM house"));
	CHECK_OK(db_script(given.db, "BEGIN IMMEDIATE"));
	fill(given.db, 0, ROWS);
	CHECK_OK(db_script(given.db, "COMMIT"));
	other = given_other(&given);
	CHECK_INT(before + ROWS, number(other, "SELECT count(*) FROM house"));
	CHECK_INT(0, number(other, "SELECT count(*) FROM pragma_integrity_check WHERE "
							   "integrity_check != 'ok'"));
	db_close(&other);
	given_end(&given);
}

static void copy(const struct given *given, const char *from, const char *to)
{
	static char bytes[1 << 24];
	char path[128];
	size_t count;
	FILE *file;

	given_path(given, from, path);
	file = fopen(path, "rbe");
	assert_non_null(file);
	count = fread(bytes, 1, sizeof bytes, file);
	CHECK(count > 0 && count < sizeof bytes);
	fclose(file);
	given_path(given, to, path);
	file = fopen(path, "wbe");
	assert_non_null(file);
	CHECK(fwrite(bytes, 1, count, file) == count);
	CHECK_INT(0, fclose(file));
}

/* As after a crash: the files alone say what was kept, frames that were written over included. */
TEST(what_was_committed_is_found_by_whoever_has_the_files_alone)
{
	struct given given = given_store();
	int64_t before = number(given.db, "SELECT count(*) FROM house");
	struct db *other = NULL;
	char path[128];

	CHECK_OK(db_script(given.db, "PRAGMA cache_size = 20"));
	for (int i = 1; i <= 4; i++) {
		CHECK_OK(db_script(given.db, "BEGIN IMMEDIATE"));
		fill(given.db, (i - 1) * 100, 100);
		/* Pages that were spilled already are changed again. */
		CHECK_OK(db_script(given.db, "UPDATE house SET value = zeroblob(899)"
									 " WHERE length(value) = 900"));
		CHECK_OK(db_script(given.db, "COMMIT"));
		copy(&given, "maagal.db", "search.db");
		copy(&given, "maagal.db-wal", "search.db-wal");
		given_path(&given, "search.db", path);
		CHECK_OK(db_open(path, DB_WRITE, NULL, &other));
		CHECK_INT(before + i * 100, number(other, "SELECT count(*) FROM house"));
		CHECK_INT(i * 100, number(other, "SELECT count(*) FROM house WHERE length(value) = 899"));
		db_close(&other);
	}
	given_end(&given);
}

TEST(a_wal_that_starts_over_is_whole)
{
	struct given given = given_store();
	struct db *other = given_other(&given);
	int64_t before = number(given.db, "SELECT count(*) FROM house");

	for (int i = 0; i < 40; i++) {
		fill(given.db, i * 20, 20);
		CHECK_OK(db_checkpoint(given.db, i % 3 ? DB_PASSIVE : i % 2 ? DB_EMPTY : DB_RESTART));
		CHECK_INT(before + i * 20 + 20, number(other, "SELECT count(*) FROM house"));
	}
	CHECK_INT(0, number(other, "SELECT count(*) FROM pragma_integrity_check WHERE "
							   "integrity_check != 'ok'"));
	db_close(&other);
	given_end(&given);
}

RUN(cmocka_unit_test(every_commit_is_there_for_others_at_once),
	cmocka_unit_test(what_no_longer_fits_in_memory_is_read_back_and_rolled_back),
	cmocka_unit_test(what_was_committed_is_found_by_whoever_has_the_files_alone),
	cmocka_unit_test(a_wal_that_starts_over_is_whole));
