/* chat_show.c: how a discussion looks on a terminal. All that others wrote passes chat_plain. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "clients/chat/chat_inside.h"

enum { DEPTH_MOST = 5, SPANS_MOST = 64 };

static void print_block(struct chat *chat, const struct buf *block)
{
	if (!buf_ok(block) || !block->bytes)
		return;
	if (chat->line)
		chat_line_hide(chat->line);
	fwrite(block->data, 1, block->bytes, stdout);
	if (chat->line)
		chat_line_show(chat->line);
	fflush(stdout);
}

static const char *colour(const struct chat *chat, const char *code)
{
	return chat->colours ? code : "";
}

#define BOLD  "\033[1m"
#define DIM   "\033[2m"
#define TEAL  "\033[36m"
#define AMBER "\033[33m"
#define PLAIN "\033[0m"

void chat_say(struct chat *chat, const char *text)
{
	struct chat_style style = {
		.columns = chat->terminal ? chat_line_columns() - 1 : 0,
		.indent = "  ",
		.isolates = chat->isolates,
		.sentence = true,
	};
	struct buf block = {0}, lines = {0};

	if (chat->options->json)
		return;
	chat_plain_text(&lines, text, strlen(text), &style);
	buf_format(&block, "%s·%s ", colour(chat, DIM), colour(chat, PLAIN));
	if (buf_ok(&lines))
		buf_text(&block, lines.data + strlen(style.indent));
	print_block(chat, &block);
	buf_fini(&lines);
	buf_fini(&block);
}

void chat_say_word(struct chat *chat, enum chat_word word, const char *first, const char *second)
{
	struct buf sentence = {0};

	chat_word_with(&sentence, chat->lang, word, first, second);
	buf_add(&sentence, "", 1);
	if (buf_ok(&sentence))
		chat_say(chat, sentence.data);
	buf_fini(&sentence);
}

void chat_say_json(struct chat *chat, const char *type, json_t *more)
{
	json_t *line = json_pack("{s:s}", "type", type);
	struct buf out = {0};
	char *text;

	if (chat->options->json && line) {
		if (more)
			json_object_update(line, more);
		text = json_dumps(line, JSON_COMPACT);
		if (text)
			chat_plain_json(&out, text);
		buf_text(&out, "\n");
		if (text)
			print_block(chat, &out);
		buf_fini(&out);
		free(text);
	}
	json_decref(line);
	json_decref(more);
}

void chat_say_error(struct chat *chat, const char *method, const json_t *tag, const json_t *error)
{
	const char *message = json_string_value(json_object_get(error, "message"));

	if (chat->options->json) {
		json_t *more = json_pack("{s:s,s:O}", "method", method, "error", error);

		if (tag)
			json_object_set(more, "id", (json_t *)tag);
		chat_say_json(chat, "error", more);
		return;
	}
	chat_say(chat, message ? message : method);
}

/* Times */

void chat_time(struct buf *out, const char *at)
{
	int64_t then_ms = at ? clock_parse(at) : -1;
	time_t then = (time_t)(then_ms / 1000), now = (time_t)(clock_wall_ms() / 1000);
	struct tm there, here;
	char text[32];

	if (then_ms < 0 || !localtime_r(&then, &there) || !localtime_r(&now, &here))
		return;
	strftime(text, sizeof text,
			 there.tm_yday == here.tm_yday && there.tm_year == here.tm_year ? "%H:%M"
																			: "%d.%m %H:%M",
			 &there);
	buf_text(out, text);
}

/* Posts */

static void author_add(struct chat *chat, struct buf *block, const json_t *post)
{
	const json_t *author = json_object_get(post, "author");
	const char *name = json_string_value(json_object_get(author, "name"));
	const char *tag = json_string_value(json_object_get(author, "tag"));
	const char *role = json_string_value(json_object_get(author, "role"));
	const char *organisation = json_string_value(json_object_get(author, "organisation"));
	bool leads = role && (!strcmp(role, "moderator") || !strcmp(role, "convenor"));

	buf_text(block, colour(chat, leads ? TEAL BOLD : BOLD));
	chat_plain_label(block, name ? name : "—", chat->isolates);
	buf_text(block, colour(chat, PLAIN));
	if (tag && *tag) {
		buf_text(block, "#");
		chat_plain_label(block, tag, chat->isolates);
	}
	if (leads) {
		buf_text(block, " · ");
		buf_text(block,
				 chat_word(chat->lang, *role == 'm' ? WORD_ROLE_MODERATOR : WORD_ROLE_CONVENOR));
	}
	if (organisation && *organisation) {
		buf_text(block, " · ");
		chat_plain_label(block, organisation, chat->isolates);
	}
}

static const char *state_word(const struct chat *chat, const char *state)
{
	if (!strcmp(state, "removed"))
		return chat_word(chat->lang, WORD_REMOVED);
	if (!strcmp(state, "retracted"))
		return chat_word(chat->lang, WORD_RETRACTED);
	return !strcmp(state, "erased") ? chat_word(chat->lang, WORD_ERASED) : "…";
}

static void body_add(struct chat *chat, struct buf *block, const json_t *post, const char *indent)
{
	const char *state = json_string_value(json_object_get(post, "state"));
	const json_t *text = json_object_get(post, "text");
	struct chat_style style = {
		.columns = chat->terminal ? chat_line_columns() - 1 : 0,
		.indent = indent,
		.colours = chat->colours,
		.isolates = chat->isolates,
	};

	if (json_is_string(text)) {
		chat_plain_text(block, json_string_value(text), json_string_length(text), &style);
		return;
	}
	buf_text(block, indent);
	buf_text(block, colour(chat, DIM));
	buf_text(block, state_word(chat, state ? state : ""));
	buf_text(block, colour(chat, PLAIN));
	buf_text(block, "\n");
}

static void indent_make(char *out, size_t room, int depth)
{
	int columns = 2 * (depth < DEPTH_MOST ? depth : DEPTH_MOST);

	snprintf(out, room, "%*s", columns, "");
}

/* "↳ #12 דנה": what a live reply answers, since it may have scrolled away. */
static void reply_add(struct chat *chat, struct buf *block, const struct book_post *post)
{
	const char *to = book_text(post, "reply_to");
	const struct book_post *parent = *to ? chat_book_by_id(&chat->book, to) : NULL;

	if (!parent)
		parent = chat_book_by_id(&chat->book, book_text(post, "thread"));
	if (!parent || parent == post)
		return;
	buf_format(block, "  %s↳ #%" JSON_INTEGER_FORMAT " ", colour(chat, DIM), parent->seq);
	chat_plain_label(block, book_author(parent, "name"), chat->isolates);
	buf_text(block, colour(chat, PLAIN));
}

void chat_show_post(struct chat *chat, const struct book_post *post, int depth, bool live)
{
	struct buf block = {0};
	char indent[32], inner[40];
	bool redacted = !strcmp(book_text(post, "state"), "redacted");

	if (chat->options->json || !post->post)
		return;
	indent_make(indent, sizeof indent, depth);
	snprintf(inner, sizeof inner, "%s    ", indent);
	buf_format(&block, "%s%s#%" JSON_INTEGER_FORMAT "%s ", indent, colour(chat, AMBER), post->seq,
			   colour(chat, PLAIN));
	author_add(chat, &block, post->post);
	buf_format(&block, "  %s", colour(chat, DIM));
	chat_time(&block, post->at);
	if (post->edited)
		buf_format(&block, " · %s", chat_word(chat->lang, WORD_EDITED));
	if (redacted)
		buf_format(&block, " · %s", chat_word(chat->lang, WORD_REDACTED));
	buf_text(&block, colour(chat, PLAIN));
	if (live)
		reply_add(chat, &block, post);
	buf_text(&block, "\n");
	body_add(chat, &block, post->post, inner);
	print_block(chat, &block);
	buf_fini(&block);
}

void chat_show_loose(struct chat *chat, const json_t *post, const char *lead)
{
	struct buf block = {0};
	json_int_t seq = json_integer_value(json_object_get(post, "seq"));

	if (chat->options->json)
		return;
	buf_format(&block, "%s%s%s", colour(chat, AMBER), lead, colour(chat, PLAIN));
	if (seq > 0)
		buf_format(&block, "#%" JSON_INTEGER_FORMAT " ", seq);
	author_add(chat, &block, post);
	buf_text(&block, "\n");
	body_add(chat, &block, post, "    ");
	print_block(chat, &block);
	buf_fini(&block);
}

/* How deep a post stands under its opener; a chain that the book does not hold counts as one. */
static int depth_of(const struct chat *chat, const struct book_post *post)
{
	int depth = strcmp(book_text(post, "thread"), book_text(post, "id")) ? 1 : 0;

	for (int i = 0; depth && i < DEPTH_MOST; i++) {
		const char *to = book_text(post, "reply_to");

		post = *to ? chat_book_by_id(&chat->book, to) : NULL;
		if (!post || !strcmp(book_text(post, "thread"), book_text(post, "id")))
			break;
		depth++;
	}
	return depth;
}

/* What a post stands under: what it answers if that is here, else its opener; "" for an opener. */
static const char *parent_of(const struct chat *chat, const struct book_post *post)
{
	const char *to = book_text(post, "reply_to"), *thread = book_text(post, "thread");

	if (!strcmp(book_text(post, "id"), thread))
		return "";
	return *to && chat_book_by_id(&chat->book, to) ? to : thread;
}

/* Shows a thread, each post above what answers it: a walk without recursion, since a thread may be
 * as deep as it is long. */
static void branch_show(struct chat *chat, const char *thread, bool *shown)
{
	struct chat_book *book = &chat->book;
	size_t *stack = calloc(book->count + 1, sizeof *stack), depth = 0, at = 0;

	while (stack && (at < book->count || depth > 0)) {
		const struct book_post *post;
		const char *under;

		if (at == book->count) {
			at = stack[--depth] + 1;
			continue;
		}
		post = book->posts[at];
		under = depth ? book_text(book->posts[stack[depth - 1]], "id") : NULL;
		if (!shown[at] && !strcmp(book_text(post, "thread"), thread) &&
			(!under || !strcmp(parent_of(chat, post), under))) {
			shown[at] = true;
			chat_show_post(chat, post, depth_of(chat, post), false);
			stack[depth++] = at;
		}
		at++;
	}
	free(stack);
}

void chat_show_thread(struct chat *chat, const char *thread)
{
	bool *shown = calloc(chat->book.count + 1, sizeof *shown);

	if (shown)
		branch_show(chat, thread, shown);
	free(shown);
}

void chat_show_book(struct chat *chat)
{
	bool *shown = calloc(chat->book.count + 1, sizeof *shown);

	for (size_t i = 0; shown && i < chat->book.count; i++) {
		if (!shown[i])
			branch_show(chat, book_text(chat->book.posts[i], "thread"), shown);
	}
	free(shown);
}

/* Longer texts */

static void part_add(struct chat *chat, struct buf *block, enum chat_word title, const char *text)
{
	struct chat_style style = {
		.columns = chat->terminal ? chat_line_columns() - 1 : 0,
		.indent = "    ",
		.isolates = chat->isolates,
	};

	if (!text || !*text)
		return;
	buf_format(block, "  %s%s%s\n", colour(chat, BOLD), chat_word(chat->lang, title),
			   colour(chat, PLAIN));
	chat_plain_text(block, text, strlen(text), &style);
}

static void list_add(struct chat *chat, struct buf *block, enum chat_word title, const json_t *list)
{
	struct buf lines = {0};
	size_t i;
	json_t *entry;

	json_array_foreach(list, i, entry)
	{
		const char *text = json_string_value(json_object_get(entry, "text"));

		buf_format(&lines, "%s• %s", i ? "\n" : "", text ? text : "");
	}
	buf_add(&lines, "", 1);
	if (buf_ok(&lines))
		part_add(chat, block, title, lines.data);
	buf_fini(&lines);
}

void chat_show_charter(struct chat *chat, const json_t *answer)
{
	static const struct {
		const char *member;
		enum chat_word title;
	} parts[] = {
		{"goals", WORD_CHARTER_GOALS},
		{"how_it_works", WORD_CHARTER_HOW},
		{"use_of_information", WORD_CHARTER_USE},
		{"decision_path", WORD_CHARTER_DECISION},
		{"ends", WORD_CHARTER_ENDS},
		{"product", WORD_CHARTER_PRODUCT},
	};
	const json_t *charter = json_object_get(answer, "charter");
	struct buf block = {0};
	char version[24];

	if (chat->options->json)
		return;
	snprintf(version, sizeof version, "%" JSON_INTEGER_FORMAT, chat->charter_version);
	buf_text(&block, colour(chat, TEAL BOLD));
	chat_word_with(&block, chat->lang, WORD_CHARTER, version, NULL);
	buf_format(&block, "%s\n", colour(chat, PLAIN));
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		part_add(chat, &block, parts[i].title,
				 json_string_value(json_object_get(charter, parts[i].member)));
	list_add(chat, &block, WORD_CHARTER_PROMISES, json_object_get(charter, "promises"));
	list_add(chat, &block, WORD_CHARTER_RULES, json_object_get(answer, "rules"));
	print_block(chat, &block);
	buf_fini(&block);
}

static int span_compare(const void *a, const void *b)
{
	const struct chat_span *left = a, *right = b;

	return left->start < right->start ? -1 : left->start > right->start;
}

/* The places that reasons point at, ascending and apart. */
static size_t spans_of(const json_t *reasons, struct chat_span *spans, size_t room)
{
	size_t count = 0, kept = 0, i;
	json_t *reason;

	json_array_foreach(reasons, i, reason)
	{
		json_int_t start = json_integer_value(json_object_get(reason, "start"));
		json_int_t end = json_integer_value(json_object_get(reason, "end"));

		if (count < room && start >= 0 && end > start)
			spans[count++] = (struct chat_span){(size_t)start, (size_t)end};
	}
	qsort(spans, count, sizeof *spans, span_compare);
	for (i = 0; i < count; i++) {
		if (kept && spans[i].start <= spans[kept - 1].end) {
			if (spans[i].end > spans[kept - 1].end)
				spans[kept - 1].end = spans[i].end;
		} else {
			spans[kept++] = spans[i];
		}
	}
	return kept;
}

static void bullet_add(struct chat *chat, struct buf *block, const char *text)
{
	struct chat_style style = {
		.columns = chat->terminal ? chat_line_columns() - 1 : 0,
		.indent = "    ",
		.isolates = chat->isolates,
		.sentence = true,
	};
	struct buf lines = {0};

	chat_plain_text(&lines, text, strlen(text), &style);
	buf_text(block, "  • ");
	if (buf_ok(&lines))
		buf_text(block, lines.data + strlen(style.indent));
	buf_fini(&lines);
}

/* Two words may be marked for one reason. */
static bool is_said_before(const json_t *reasons, size_t place, const char *explanation)
{
	for (size_t i = 0; i < place; i++) {
		const json_t *earlier = json_object_get(json_array_get(reasons, i), "explanation");

		if (json_is_string(earlier) && !strcmp(json_string_value(earlier), explanation))
			return true;
	}
	return false;
}

void chat_show_reasons(struct chat *chat, const char *text, const json_t *reasons)
{
	struct chat_span spans[SPANS_MOST];
	struct chat_style style = {
		.columns = chat->terminal ? chat_line_columns() - 1 : 0,
		.indent = "    ",
		.colours = chat->colours,
		.isolates = chat->isolates,
		.spans = spans,
	};
	struct buf block = {0};
	size_t i;
	json_t *reason;

	if (chat->options->json)
		return;
	style.span_count = spans_of(reasons, spans, SPANS_MOST);
	if (text)
		chat_plain_text(&block, text, strlen(text), &style);
	json_array_foreach(reasons, i, reason)
	{
		const char *explanation = json_string_value(json_object_get(reason, "explanation"));

		if (!explanation || !*explanation || is_said_before(reasons, i, explanation))
			continue;
		bullet_add(chat, &block, explanation);
	}
	print_block(chat, &block);
	buf_fini(&block);
}

/* Why it waits: the cause, what the filters found, what was reported. Words of the wire, as the
 * desk's other tools show them. */
static void item_why(struct chat *chat, const json_t *item)
{
	const char *cause = json_string_value(json_object_get(item, "cause"));
	const json_t *verdict = json_object_get(item, "verdict");
	struct buf why = {0};
	size_t i;
	json_t *entry;

	buf_text(&why, cause ? cause : "");
	json_array_foreach(json_object_get(verdict, "findings"), i, entry)
	{
		const char *symbol = json_string_value(json_object_get(entry, "symbol"));

		buf_format(&why, " · %s", symbol ? symbol : "");
	}
	json_array_foreach(json_object_get(item, "reports"), i, entry)
	{
		const char *reason = json_string_value(json_object_get(entry, "reason"));
		const char *note = json_string_value(json_object_get(entry, "note"));

		buf_format(&why, " · %s%s%s", reason ? reason : "", note ? ": " : "", note ? note : "");
	}
	if (buf_ok(&why) && why.bytes)
		chat_say(chat, why.data);
	buf_fini(&why);
}

void chat_show_item(struct chat *chat, const json_t *item, size_t number)
{
	json_t *post = json_object_get(item, "post"), *text = json_object_get(item, "text");
	json_t *shown = json_copy(post ? post : (json_t *)item);
	const json_t *alert = json_object_get(item, "alert"), *appeal = json_object_get(item, "appeal");
	char lead[32];

	if (alert || appeal) {
		const char *about = json_string_value(json_object_get(alert, "about"));
		const char *says = json_string_value(json_object_get(appeal, "text"));

		snprintf(lead, sizeof lead, "%zu", number);
		chat_say_word(chat, alert ? WORD_ALERT_ITEM : WORD_APPEAL_ITEM, lead,
					  alert ? about : says);
		json_decref(shown);
		return;
	}
	/* An edit that waits: its words are beside the post, which still shows the old ones. */
	if (post && json_is_string(text))
		json_object_set(shown, "text", text);
	snprintf(lead, sizeof lead, "[%zu] ", number);
	chat_show_loose(chat, shown, lead);
	item_why(chat, item);
	json_decref(shown);
}

void chat_prompt(struct chat *chat)
{
	const struct book_post *opener = *chat->thread ? chat_book_by_id(&chat->book, chat->thread)
												   : NULL;
	char prompt[96], present[32] = "", where[32] = "";

	if (!chat->line)
		return;
	if (chat->present > 1)
		snprintf(present, sizeof present, "(%" JSON_INTEGER_FORMAT ") ", chat->present);
	if (opener)
		snprintf(where, sizeof where, "#%" JSON_INTEGER_FORMAT, opener->seq);
	snprintf(prompt, sizeof prompt, "%s%s%s> ", chat->link ? "" : "… ", present, where);
	chat_line_prompt(chat->line, prompt);
	chat_line_show(chat->line);
}
