/* test_schema.c: a store of any earlier version is brought to the present one, and a newer one is
 * left alone. */
#include "given_store.h"

#include <inttypes.h>

static struct db *given_version(const struct given *given, const char *name, int version)
{
	struct why why = {""};
	struct db *db = NULL;
	char path[128];

	given_path(given, name, path);
	CHECK_OK(db_open(path, DB_CREATE, &why, &db));
	CHECK_OK(schema_upgrade_to(db, version, &why));
	return db;
}

/* Every table, index and column as SQL, in a fixed order. */
static void shape_of(struct db *db, char *out, size_t room)
{
	struct cursor *cursor = db_query(db,
		"SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema"
		" ORDER BY type, name", "");
	size_t bytes = 0;

	out[0] = '\0';
	while (cursor_next(cursor) && bytes < room)
		bytes += (size_t)snprintf(out + bytes, room - bytes, "%s\n", cursor_text(cursor, 0));
	CHECK(bytes < room);
	CHECK_OK(cursor_end(&cursor));
}

static int64_t version_of(struct db *db)
{
	int64_t version = -1;

	CHECK_OK(db_number(db, -1, &version, "PRAGMA user_version", ""));
	return version;
}

TEST(a_store_of_every_earlier_version_comes_to_the_same_shape)
{
	static char fresh[65536], upgraded[65536];
	struct given given = given_store();
	struct why why = {""};

	shape_of(given.db, fresh, sizeof fresh);
	CHECK(strstr(fresh, "CREATE TABLE event"));
	for (int version = 0; version <= SCHEMA_VERSION; version++) {
		char name[32], path[160];
		struct db *db;

		snprintf(name, sizeof name, "version-%d.db", version);
		db = given_version(&given, name, version);
		CHECK_INT(version, version_of(db));
		CHECK_OK(schema_upgrade(db, &why));
		CHECK_INT(SCHEMA_VERSION, version_of(db));
		shape_of(db, upgraded, sizeof upgraded);
		CHECK_TEXT(fresh, upgraded);
		db_close(&db);
		snprintf(path, sizeof path, "%s/%s", given.folder, name);
		unlink(path);
	}
	given_end(&given);
}

TEST(upgrading_what_is_up_to_date_changes_nothing)
{
	struct given given = given_store();
	struct why why = {""};
	int64_t before = 0, after = 0;

	given_post(&given, 1, "still here");
	CHECK_OK(db_number(given.db, 0, &before, "PRAGMA schema_version", ""));
	CHECK_OK(schema_upgrade(given.db, &why));
	CHECK_OK(db_number(given.db, 0, &after, "PRAGMA schema_version", ""));
	CHECK_INT(before, after);
	CHECK_OK(db_number(given.db, 0, &after, "SELECT count(*) FROM post", ""));
	CHECK_INT(1, after);
	given_end(&given);
}

TEST(a_store_of_a_newer_program_is_refused_and_left_alone)
{
	struct given given = given_store();
	struct why why = {""};
	char sql[64];

	snprintf(sql, sizeof sql, "PRAGMA user_version = %d", SCHEMA_VERSION + 1);
	CHECK_OK(db_script(given.db, sql));
	CHECK(schema_upgrade(given.db, &why) != ERR_NONE);
	CHECK(strstr(why.text, "newer"));
	CHECK_INT(SCHEMA_VERSION + 1, version_of(given.db));
	given_end(&given);
}

RUN(
	cmocka_unit_test(a_store_of_every_earlier_version_comes_to_the_same_shape),
	cmocka_unit_test(upgrading_what_is_up_to_date_changes_nothing),
	cmocka_unit_test(a_store_of_a_newer_program_is_refused_and_left_alone));
