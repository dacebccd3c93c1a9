/* catch_up.c: a page read for a member who has fallen behind. catch_up_run() runs on a reader's
 * thread, all else on the hub's. */
#include "hub/catch_up.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "hub/door.h"

enum { PAGE_EVENTS = 500, PAGE_BYTES = 60000 };

static const char before[] = "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":";

static void add_frame(struct buf *out, const char *event, size_t bytes)
{
	unsigned char header[DOOR_HEADER_BYTES];
	size_t header_bytes = frame_text_header(sizeof before - 1 + bytes + 1, header);

	buf_add(out, header, header_bytes);
	buf_add(out, before, sizeof before - 1);
	buf_add(out, event, bytes);
	buf_add(out, "}", 1);
}

/* The bytes of the JSON object that begins at `text`. The store wrote it: it is well formed. */
static size_t object_bytes(const char *text, size_t bytes)
{
	size_t depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < bytes; i++) {
		if (in_string) {
			if (text[i] == '\\')
				i++;
			else if (text[i] == '"')
				in_string = false;
		} else if (text[i] == '"') {
			in_string = true;
		} else if (text[i] == '{') {
			depth++;
		} else if (text[i] == '}' && --depth == 0) {
			return i + 1;
		}
	}
	return 0;
}

enum err frames_of_events(const char *events, size_t bytes, struct shared **out)
{
	struct buf frames = {0};
	enum err err = ERR_NONE;
	size_t at = 0;

	*out = NULL;
	while (!err && at < bytes) {
		size_t length = 0;

		if (events[at] != '{') {
			at++;
			continue;
		}
		length = object_bytes(events + at, bytes - at);
		if (length == 0)
			err = ERR_INTERNAL;
		else
			add_frame(&frames, events + at, length);
		at += length;
	}
	if (!err && !buf_ok(&frames))
		err = ERR_NO_MEMORY;
	if (!err && frames.bytes) {
		*out = shared_new(frames.data, frames.bytes);
		err = *out ? ERR_NONE : ERR_NO_MEMORY;
	}
	buf_fini(&frames);
	return err;
}

static void catch_up_run(struct reading *reading, struct db *db, int64_t head_row)
{
	struct catch_up *page = (struct catch_up *)reading;
	struct page read = {0};

	page->row = head_row;
	page->err = db ? history_page(db, store_id_key(page->store), &page->wish, &read)
		       : ERR_STORAGE;
	if (!page->err)
		page->err = frames_of_events(read.events.data, read.events.bytes, &page->frames);
	page->count = read.count;
	page->last = read.last;
	page->more = read.more;
	buf_fini(&read.events);
}

struct catch_up *catch_up_new(struct store *store, uint64_t session, int64_t journal, int64_t next)
{
	struct catch_up *page = calloc(1, sizeof *page);

	if (!page)
		return NULL;
	page->reading.read = catch_up_run;
	page->reading.order = session;
	page->store = store;
	page->session = session;
	page->wish.journal = journal;
	page->wish.after = next - 1;
	page->wish.limit = PAGE_EVENTS;
	page->wish.bytes_most = PAGE_BYTES;
	if (journal_kind_of(journal) == JOURNAL_INBOX)
		page->wish.person = journal_owner(journal);
	return page;
}

void catch_up_free(struct catch_up **page)
{
	struct catch_up *mine = *page;

	*page = NULL;
	if (!mine)
		return;
	shared_unref(&mine->frames);
	free(mine);
}

struct catch_up *catch_up_of(struct reading *reading)
{
	return reading->read == catch_up_run ? (struct catch_up *)reading : NULL;
}
