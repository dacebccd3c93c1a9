/* pages.h: SQLite's own cache of pages, spared a walk through all of itself at every commit.
 * When SQLite splits a page it gives one of the halves, for a moment, a number beyond all others;
 * from then on its cache believes that it holds that page, and looks through all pages for it when
 * the commit ends (a tenth of a millisecond with 64 MiB). */
#pragma once

/* Before the first use of SQLite, while there is one thread; called again it does nothing. */
void pages_set_up(void);
