/* pages.c: see pages.h. A cache belongs to one connection, and so to one thread at a time. */
#include "store/pages.h"

#include <sqlite3.h>
#include <stdlib.h>

/* No page has a number above `most`, but for one that may have been given `beyond` (0: none). */
struct pages {
	sqlite3_pcache *real;
	unsigned most, beyond;
};

static sqlite3_pcache_methods2 own; /* SQLite's; read-only once set up */

static struct pages *mine(sqlite3_pcache *cache)
{
	return (struct pages *)(void *)cache;
}

static int pages_init(void *unused)
{
	(void)unused;
	return own.xInit(own.pArg);
}

static void pages_shutdown(void *unused)
{
	(void)unused;
	if (own.xShutdown)
		own.xShutdown(own.pArg);
}

static sqlite3_pcache *pages_create(int page_bytes, int extra_bytes, int may_purge)
{
	struct pages *pages = calloc(1, sizeof *pages);

	if (pages)
		pages->real = own.xCreate(page_bytes, extra_bytes, may_purge);
	if (pages && !pages->real) {
		free(pages);
		pages = NULL;
	}
	return (sqlite3_pcache *)(void *)pages;
}

static void pages_size(sqlite3_pcache *cache, int pages)
{
	own.xCachesize(mine(cache)->real, pages);
}

static int pages_count(sqlite3_pcache *cache)
{
	return own.xPagecount(mine(cache)->real);
}

static sqlite3_pcache_page *pages_fetch(sqlite3_pcache *cache, unsigned number, int make)
{
	struct pages *pages = mine(cache);

	if (number > pages->most && make)
		pages->most = number;
	return own.xFetch(pages->real, number, make);
}

static void pages_unpin(sqlite3_pcache *cache, sqlite3_pcache_page *page, int discard)
{
	own.xUnpin(mine(cache)->real, page, discard);
}

static void pages_rekey(sqlite3_pcache *cache, sqlite3_pcache_page *page, unsigned was,
						unsigned number)
{
	struct pages *pages = mine(cache);

	if (was == pages->beyond)
		pages->beyond = 0;
	if (number > pages->most && !pages->beyond)
		pages->beyond = number;
	else if (number > pages->most)
		pages->most = number;
	own.xRekey(pages->real, page, was, number);
}

/* All pages from `first` on are to go. */
static void pages_truncate(sqlite3_pcache *cache, unsigned first)
{
	struct pages *pages = mine(cache);

	if (first > pages->most && first > pages->beyond)
		return;
	own.xTruncate(pages->real, first);
	pages->most = first ? first - 1 : 0;
	pages->beyond = 0;
}

static void pages_destroy(sqlite3_pcache *cache)
{
	own.xDestroy(mine(cache)->real);
	free(mine(cache));
}

static void pages_shrink(sqlite3_pcache *cache)
{
	own.xShrink(mine(cache)->real);
}

void pages_set_up(void)
{
	static const sqlite3_pcache_methods2 methods = {
		.iVersion = 1,
		.xInit = pages_init,
		.xShutdown = pages_shutdown,
		.xCreate = pages_create,
		.xCachesize = pages_size,
		.xPagecount = pages_count,
		.xFetch = pages_fetch,
		.xUnpin = pages_unpin,
		.xRekey = pages_rekey,
		.xTruncate = pages_truncate,
		.xDestroy = pages_destroy,
		.xShrink = pages_shrink,
	};

	if (own.xInit)
		return;
	if (sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &own) == SQLITE_OK && own.xInit && own.xShrink)
		(void)sqlite3_config(SQLITE_CONFIG_PCACHE2, &methods);
}
