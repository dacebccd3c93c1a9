/* inbox.c: what concerns one person: joined live, or read back, also by whoever is excluded. */
#include "calls/calls.h"
#include "calls/reading.h"

enum err read_inbox_join(struct call *call, struct db *db)
{
	return answer_join(call, db, journal_of(JOURNAL_INBOX, call->asker.person), 0, NULL);
}

enum err read_inbox_read(struct call *call, struct db *db)
{
	return answer_history(call, db, journal_of(JOURNAL_INBOX, call->asker.person), 0);
}
