/* event.c: the table of kinds and the written form; see event.h. Pure. */
#include "circle/event.h"

#include <string.h>

#include "base/clock.h"

enum { EVENT_ROOM = 768 };

const char *journal_prefix(enum journal_kind kind)
{
	static const char *const names[] = {"circle", "desk", "inbox", "house"};

	return names[kind];
}

const char *event_name(enum event_kind kind)
{
	switch (kind) {
	case EVENT_NONE:
		return "";
#define X(code, number, name, touches) \
	case code: \
		return name;
		EVENT_LIST(X)
#undef X
	}
	return "";
}

enum event_touch event_touches(enum event_kind kind)
{
	switch (kind) {
	case EVENT_NONE:
		return TOUCH_NOTHING;
#define X(code, number, name, touches) \
	case code: \
		return touches;
		EVENT_LIST(X)
#undef X
	}
	return TOUCH_NOTHING;
}

const char *post_state_name(enum post_state state)
{
	static const char *const names[] = {"visible", "redacted", "removed", "retracted",
					    "erased",  "held",     "rejected"};

	return (size_t)state < sizeof names / sizeof *names ? names[state] : "removed";
}

static void author_write(const struct author *author, struct buf *out)
{
	buf_text_member(out, "{\"id\":", author->id);
	buf_text_member(out, ",\"name\":", author->name);
	buf_text_member(out, ",\"kind\":", author->kind);
	if (author->tag)
		buf_text_member(out, ",\"tag\":", author->tag);
	buf_text_member(out, ",\"role\":", role_name(author->role));
	if (author->organisation)
		buf_text_member(out, ",\"organisation\":", author->organisation);
	buf_text(out, "}");
}

void post_write(const struct post_view *post, struct buf *out)
{
	buf_text_member(out, "{\"id\":", post->id);
	buf_text_member(out, ",\"thread\":", post->thread);
	if (post->reply_to)
		buf_text_member(out, ",\"reply_to\":", post->reply_to);
	else
		buf_text(out, ",\"reply_to\":null");
	if (post->seq)
		buf_int_member(out, ",\"seq\":", post->seq);
	buf_int_member(out, ",\"rev\":", post->rev);
	buf_text_member(out, ",\"state\":", post_state_name(post->state));
	buf_text(out, ",\"author\":");
	author_write(&post->author, out);
	buf_text_member(out, ",\"lang\":", post->lang);
	if (post->text) {
		buf_text(out, ",\"text\":");
		buf_json(out, post->text, post->text_bytes);
	}
	buf_text(out, "}");
}

void event_write(const struct event_view *event, struct buf *out)
{
	char at[CLOCK_TEXT];

	clock_format(event->at, at);
	/* Nearly always enough: it need not grow by and by. */
	buf_reserve(out, EVENT_ROOM + (event->post && event->post->text ? event->post->text_bytes : 0));
	buf_text_member(out, "{\"journal\":", event->journal);
	buf_int_member(out, ",\"seq\":", event->seq);
	buf_text_member(out, ",\"at\":", at);
	buf_text_member(out, ",\"kind\":", event_name(event->kind));
	if (event->post) {
		buf_text(out, ",\"post\":");
		post_write(event->post, out);
	}
	if (event->body && *event->body) {
		buf_text(out, ",");
		buf_text(out, event->body);
	}
	buf_text(out, "}");
}
