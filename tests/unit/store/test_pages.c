/* test_pages.c: a store that grows, splits, shrinks and is rolled back is whole, whatever the cache
 * of pages was spared. */
#include "given_store.h"

#include <sqlite3.h>

#include "store/pages.h"

static int64_t number(struct db *db, const char *sql)
{
	int64_t found = -1;

	CHECK_OK(db_number(db, -1, &found, sql, ""));
	return found;
}

/* In an order that splits pages in their middle. */
static void fill(struct db *db, int round, int count)
{
	for (int i = 0; i < count; i++)
		CHECK_OK(db_run(db, "INSERT INTO house (name, value) VALUES (?, zeroblob(?))", "ii",
						(int64_t)(i * 7919 % count) + round * 100000, (int64_t)(100 + round)));
}

static void check_whole(struct db *db)
{
	CHECK_INT(0, number(db, "SELECT count(*) FROM pragma_integrity_check"
							" WHERE integrity_check != 'ok'"));
}

enum { PAGES = 10, BEYOND = 262145 };

/* What SQLite goes by. */
static sqlite3_pcache_methods2 methods;

struct cache {
	sqlite3_pcache *cache;
	sqlite3_pcache_page *pages[PAGES + 1];
};

/* Holds pages 1 to 10. */
static struct cache given_cache(void)
{
	struct cache given = {0};

	if (!methods.xCreate) {
		pages_set_up();
		assert_int_equal(SQLITE_OK, sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &methods));
		assert_int_equal(SQLITE_OK, sqlite3_initialize());
	}
	given.cache = methods.xCreate(4096, 200, 1);
	assert_non_null(given.cache);
	methods.xCachesize(given.cache, 100);
	for (unsigned i = 1; i <= PAGES; i++) {
		given.pages[i] = methods.xFetch(given.cache, i, 2);
		assert_non_null(given.pages[i]);
	}
	return given;
}

static bool has(const struct cache *given, unsigned number)
{
	return methods.xFetch(given->cache, number, 0) != NULL;
}

/* As SQLite exchanges the numbers of two pages. */
static void exchange(struct cache *given, unsigned one, unsigned other)
{
	methods.xRekey(given->cache, given->pages[one], one, BEYOND);
	methods.xRekey(given->cache, given->pages[other], other, one);
	methods.xRekey(given->cache, given->pages[one], BEYOND, other);
}

static void end_cache(struct cache *given)
{
	methods.xDestroy(given->cache);
}

TEST(what_is_cut_off_is_gone_and_nothing_else)
{
	struct cache given = given_cache();

	exchange(&given, 3, 9);
	methods.xTruncate(given.cache, 11);
	CHECK_INT(PAGES, methods.xPagecount(given.cache));
	methods.xTruncate(given.cache, 8);
	CHECK_INT(7, methods.xPagecount(given.cache));
	CHECK(has(&given, 7) && has(&given, 3) && !has(&given, 8) && !has(&given, 9));
	assert_non_null(methods.xFetch(given.cache, 12, 2));
	methods.xTruncate(given.cache, 12);
	CHECK(!has(&given, 12));
	end_cache(&given);
}

TEST(a_page_that_keeps_its_number_beyond_all_others_is_cut_off_too)
{
	struct cache given = given_cache();

	methods.xRekey(given.cache, given.pages[4], 4, BEYOND);
	methods.xTruncate(given.cache, 11);
	CHECK(!has(&given, BEYOND));
	CHECK_INT(PAGES - 1, methods.xPagecount(given.cache));
	methods.xRekey(given.cache, given.pages[5], 5, BEYOND);
	methods.xRekey(given.cache, given.pages[6], 6, BEYOND + 1);
	methods.xTruncate(given.cache, 11);
	CHECK(!has(&given, BEYOND) && !has(&given, BEYOND + 1));
	methods.xRekey(given.cache, given.pages[7], 7, BEYOND);
	methods.xRekey(given.cache, given.pages[8], 8, BEYOND + 1);
	methods.xTruncate(given.cache, BEYOND + 1);
	CHECK(has(&given, BEYOND) && !has(&given, BEYOND + 1));
	end_cache(&given);
}

TEST(a_store_that_grows_and_shrinks_again_and_again_is_whole)
{
	struct given given = given_store();

	for (int round = 1; round <= 5; round++) {
		for (int part = 0; part < 4; part++) {
			CHECK_OK(db_script(given.db, "BEGIN IMMEDIATE"));
			fill(given.db, round * 4 + part, 500);
			CHECK_OK(db_script(given.db, "COMMIT"));
		}
		CHECK_INT(2000, number(given.db, "SELECT count(*) FROM house WHERE length(value) > 99"));
		check_whole(given.db);
		CHECK_OK(db_script(given.db, "DELETE FROM house WHERE length(value) > 99"));
		CHECK_OK(db_script(given.db, "VACUUM"));
		check_whole(given.db);
	}
	given_end(&given);
}

TEST(what_is_rolled_back_after_many_splits_leaves_nothing)
{
	struct given given = given_store();
	int64_t before = number(given.db, "SELECT count(*) FROM house");
	int64_t pages = number(given.db, "PRAGMA page_count");

	for (int round = 1; round <= 5; round++) {
		CHECK_OK(db_script(given.db, "BEGIN IMMEDIATE"));
		fill(given.db, round, 3000);
		CHECK_OK(db_script(given.db, "ROLLBACK"));
		CHECK_INT(before, number(given.db, "SELECT count(*) FROM house"));
		CHECK_INT(pages, number(given.db, "PRAGMA page_count"));
		check_whole(given.db);
	}
	fill(given.db, 9, 3000);
	CHECK_INT(before + 3000, number(given.db, "SELECT count(*) FROM house"));
	check_whole(given.db);
	given_end(&given);
}

RUN(cmocka_unit_test(what_is_cut_off_is_gone_and_nothing_else),
	cmocka_unit_test(a_page_that_keeps_its_number_beyond_all_others_is_cut_off_too),
	cmocka_unit_test(a_store_that_grows_and_shrinks_again_and_again_is_whole),
	cmocka_unit_test(what_is_rolled_back_after_many_splits_leaves_nothing));
