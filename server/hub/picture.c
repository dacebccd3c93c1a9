/* picture.c: see picture.h. picture_run() runs on a reader's thread. */
#include "hub/picture.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "calls/pulse.h"

struct drawn {
	struct reading reading; /* first member, so that one is the other */
	struct store *store;
	int64_t journal, now;
	enum err err;
	struct buf picture;
};

static void drawn_free(struct drawn **drawn)
{
	struct drawn *mine = *drawn;

	*drawn = NULL;
	buf_fini(&mine->picture);
	free(mine);
}

static void picture_run(struct reading *reading, struct db *db, int64_t head_row)
{
	struct drawn *drawn = (struct drawn *)reading;

	(void)head_row;
	drawn->err = db ? picture_write(db, store_id_key(drawn->store), journal_owner(drawn->journal),
									drawn->now, false, &drawn->picture)
					: ERR_STORAGE;
}

static void draw(struct fanout *fanout, struct feed *feed)
{
	struct drawn *drawn = calloc(1, sizeof *drawn);
	struct reading *reading;

	if (!drawn)
		return;
	drawn->reading.read = picture_run;
	drawn->reading.is_heavy = true;
	drawn->store = fanout->store;
	drawn->journal = feed->journal;
	drawn->now = clock_wall_ms();
	reading = &drawn->reading;
	/* The next one is as good. */
	if (store_read(fanout->store, &reading) != ERR_NONE)
		drawn_free(&drawn);
	else
		feed->is_drawing = true;
}

void picture_draw(struct fanout *fanout)
{
	size_t at = 0;
	uint64_t journal;
	void *value;

	while (map_next(fanout->feeds, &at, &journal, &value)) {
		struct feed *feed = value;

		if (journal_kind_of((int64_t)journal) == JOURNAL_DESK && feed->count && !feed->is_drawing)
			draw(fanout, feed);
	}
}

static uint64_t fingerprint(const struct buf *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < text->bytes; i++)
		hash = (hash ^ (unsigned char)text->data[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static void tell(struct fanout *fanout, struct feed *feed, struct drawn *drawn)
{
	char at[CLOCK_TEXT];
	struct shared *frame;

	feed->picture = fingerprint(&drawn->picture);
	/* It is an object; its time goes in at the end. */
	drawn->picture.bytes--;
	clock_format(drawn->now, at);
	buf_format(&drawn->picture, ",\"at\":\"%s\"}", at);
	frame = buf_ok(&drawn->picture)
				? notification_frame("picture", drawn->picture.data, drawn->picture.bytes)
				: NULL;
	for (uint32_t i = 0; frame && i < feed->count; i++)
		if (feed->seats[i].state == SEAT_LIVE)
			session_gather_live(fanout->sessions, feed->seats[i].session, frame);
	shared_unref(&frame);
}

bool picture_was_read(struct fanout *fanout, struct reading *reading)
{
	struct drawn *drawn = (struct drawn *)reading;
	struct feed *feed;

	if (reading->read != picture_run)
		return false;
	feed = fanout_feed(fanout, drawn->journal);
	if (feed)
		feed->is_drawing = false;
	if (feed && !drawn->err && buf_ok(&drawn->picture) &&
		feed->picture != fingerprint(&drawn->picture))
		tell(fanout, feed, drawn);
	drawn_free(&drawn);
	return true;
}
