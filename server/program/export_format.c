/* export_format.c: how each open format is written; see export_format.h. What people wrote is data
 * here: it can end no cell, open no tag, start no formula and turn no line around. */
#include "program/export_format.h"

#include <string.h>

#include "base/utf8.h"

const char *export_text(const json_t *text, const char *lang)
{
	static const char *const order[] = {"he", "en", "ar"};
	const json_t *found;

	if (json_is_string(text))
		return json_string_value(text);
	found = lang ? json_object_get(text, lang) : NULL;
	for (size_t i = 0; i < sizeof order / sizeof *order && !json_is_string(found); i++)
		found = json_object_get(text, order[i]);
	if (!json_is_string(found))
		found = json_object_iter_value(json_object_iter((json_t *)text));
	return json_is_string(found) ? json_string_value(found) : "";
}

static const char *member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static long long number(const json_t *object, const char *name)
{
	return (long long)json_integer_value(json_object_get(object, name));
}

static bool is_shown(const json_t *post)
{
	return json_object_get(post, "text") != NULL;
}

/* ---- JSON and JSON lines ---- */

static void dump(FILE *file, const json_t *value)
{
	json_dumpf(value, file, JSON_COMPACT | JSON_PRESERVE_ORDER);
}

/* Everything of `value` after what was written of its object already. */
static void dump_rest(FILE *file, const json_t *value)
{
	const char *name;
	json_t *inner;

	json_object_foreach((json_t *)value, name, inner) {
		fprintf(file, ",\"%s\":", name);
		json_dumpf(inner, file, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY);
	}
}

static void json_separate(struct export_out *out)
{
	fputs(out->is_first ? "\n" : ",\n", out->file);
	out->is_first = false;
}

static void json_begin(struct export_out *out, const json_t *head)
{
	fputs("{\"type\":\"maagal-export\"", out->file);
	dump_rest(out->file, head);
}

static void json_process(struct export_out *out, const json_t *process)
{
	fputs(",\n\"process\":", out->file);
	dump(out->file, process);
	fputs(",\n\"circles\":[", out->file);
	out->is_first = true;
}

static void json_circle(struct export_out *out, const json_t *circle)
{
	json_separate(out);
	fprintf(out->file, "{\"type\":\"circle\"");
	dump_rest(out->file, circle);
	fputs(",\"posts\":[", out->file);
	out->is_first = true;
}

static void json_element(struct export_out *out, const json_t *element)
{
	json_separate(out);
	dump(out->file, element);
}

static void json_events_begin(struct export_out *out)
{
	fputs("],\"events\":[", out->file);
	out->is_first = true;
}

static void json_circle_end(struct export_out *out)
{
	fputs("]}", out->file);
	out->is_first = false;
}

static void json_end(struct export_out *out)
{
	fputs("]}\n", out->file);
}

static void line(struct export_out *out, const char *type, const json_t *value)
{
	fprintf(out->file, "{\"type\":\"%s\"", type);
	if (out->circle)
		fprintf(out->file, ",\"in\":\"%s\"", out->circle); /* an id needs no escaping */
	dump_rest(out->file, value);
	fputs("}\n", out->file);
}

static void jsonl_begin(struct export_out *out, const json_t *head)
{
	line(out, "maagal-export", head);
}

static void jsonl_process(struct export_out *out, const json_t *process)
{
	line(out, "process", process);
}

static void jsonl_circle(struct export_out *out, const json_t *circle)
{
	const char *id = out->circle;

	out->circle = NULL;
	line(out, "circle", circle);
	out->circle = id;
}

static void jsonl_post(struct export_out *out, const json_t *post)
{
	line(out, "post", post);
}

static void jsonl_event(struct export_out *out, const json_t *event)
{
	line(out, "event", event);
}

/* ---- CSV ---- */

/* A spreadsheet runs what begins like this, also in full width. */
static bool starts_formula(const char *text)
{
	static const char *const starts[] = {"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"};

	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		if (strncmp(text, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

static void csv_cell(struct export_out *out, const char *text, const char *after)
{
	fputs(starts_formula(text) ? "\"'" : "\"", out->file);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out->file);
		fputc(*text, out->file);
	}
	fprintf(out->file, "\"%s", after);
}

/* The byte order mark tells spreadsheets that this is UTF-8. */
static void csv_begin(struct export_out *out, const json_t *head)
{
	(void)head;
	fputs("\xef\xbb\xbf"
	      "circle,seq,id,thread,reply_to,at,state,rev,lang,charter_version,author_id,author_name,"
	      "author_tag,author_kind,author_role,author_organisation,text\r\n",
	      out->file);
}

static void csv_post(struct export_out *out, const json_t *post)
{
	const json_t *author = json_object_get(post, "author");

	csv_cell(out, out->circle, ",");
	fprintf(out->file, "%lld,", number(post, "seq"));
	csv_cell(out, member(post, "id"), ",");
	csv_cell(out, member(post, "thread"), ",");
	csv_cell(out, member(post, "reply_to"), ",");
	csv_cell(out, member(post, "at"), ",");
	csv_cell(out, member(post, "state"), ",");
	fprintf(out->file, "%lld,", number(post, "rev"));
	csv_cell(out, member(post, "lang"), ",");
	fprintf(out->file, "%lld,", number(post, "charter_version"));
	csv_cell(out, member(author, "id"), ",");
	csv_cell(out, member(author, "name"), ",");
	csv_cell(out, member(author, "tag"), ",");
	csv_cell(out, member(author, "kind"), ",");
	csv_cell(out, member(author, "role"), ",");
	csv_cell(out, member(author, "organisation"), ",");
	csv_cell(out, member(post, "text"), "\r\n");
}

/* ---- what Markdown and HTML say in the reader's language ---- */

enum word { WORD_CHARTER, WORD_RULES, WORD_REPLY, WORD_REDACTED, WORD_REMOVED, WORD_RETRACTED,
	    WORD_ERASED, WORD_VERSION, WORD_COUNT };

static const char *const words_he[WORD_COUNT] = {
	"אמנה", "כללים", "בתגובה ל", "חלק מהדברים הוסתרו", "ההודעה הוסרה", "ההודעה נמשכה בידי כותבה",
	"ההודעה נמחקה", "גרסה"};
static const char *const words_ar[WORD_COUNT] = {
	"الميثاق", "القواعد", "ردًا على", "حُجب جزء من الكلام", "أُزيلت الرسالة", "سحب الكاتب رسالته",
	"مُحيت الرسالة", "إصدار"};
static const char *const words_en[WORD_COUNT] = {
	"Charter", "Rules", "in reply to", "some words were masked", "this post was removed",
	"this post was taken back by its author", "this post was erased", "version"};

static const char *say(const struct export_out *out, enum word word)
{
	if (strcmp(out->lang, "he") == 0)
		return words_he[word];
	return strcmp(out->lang, "ar") == 0 ? words_ar[word] : words_en[word];
}

/* NULL: visible, nothing to say. */
static const char *say_state(const struct export_out *out, const json_t *post)
{
	static const struct {
		const char *state;
		enum word word;
	} states[] = {
		{"erased", WORD_ERASED},
		{"redacted", WORD_REDACTED},
		{"removed", WORD_REMOVED},
		{"retracted", WORD_RETRACTED},
	};

	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (strcmp(states[i].state, member(post, "state")) == 0)
			return say(out, states[i].word);
	return NULL;
}

static const char *const charter_members[] = {"goals", "how_it_works", "use_of_information",
					      "decision_path", "ends", "product"};
enum { CHARTER_MEMBERS = sizeof charter_members / sizeof *charter_members };

static const json_t *newest_charter(const json_t *process)
{
	const json_t *charters = json_object_get(process, "charters");

	return json_array_get(charters, json_array_size(charters) - 1);
}

/* ---- Markdown ---- */

static const char isolate[] = "\u2068", isolate_end[] = "\u2069";

/* How many direction marks a line leaves open; they are closed at its end. */
struct open_marks {
	int isolates, embeds;
};

static void mark_count(struct open_marks *open, uint32_t point)
{
	if (point >= 0x2066 && point <= 0x2068)
		open->isolates++;
	else if (point == 0x2069 && open->isolates > 0)
		open->isolates--;
	else if (point == 0x202a || point == 0x202b || point == 0x202d || point == 0x202e)
		open->embeds++;
	else if (point == 0x202c && open->embeds > 0)
		open->embeds--;
}

static void marks_close(FILE *file, struct open_marks *open)
{
	for (; open->embeds > 0; open->embeds--)
		fputs("\u202c", file);
	for (; open->isolates > 0; open->isolates--)
		fputs(isolate_end, file);
}

/* Every line isolated, every sign that Markdown knows within a line escaped; none stands at a
 * line's beginning, for the isolate does. `prefix` begins each further line. */
static void md_text(struct export_out *out, const char *text, const char *prefix)
{
	size_t bytes = strlen(text);
	struct open_marks open = {0};

	fputs(isolate, out->file);
	for (size_t at = 0; at < bytes;) {
		size_t from = at;
		uint32_t point = utf8_next(text, bytes, &at);

		if (point == '\r')
			continue;
		mark_count(&open, point);
		if (point == '\n') {
			marks_close(out->file, &open);
			fprintf(out->file, "%s  \n%s%s", isolate_end, prefix, isolate);
			continue;
		}
		if (point < 0x80 && strchr("\\`*_[]<>|~&", (int)point))
			fputc('\\', out->file);
		fwrite(text + from, 1, at - from, out->file);
	}
	marks_close(out->file, &open);
	fputs(isolate_end, out->file);
}

static void md_articles(struct export_out *out, const json_t *articles)
{
	json_t *article;
	size_t index;

	json_array_foreach((json_t *)articles, index, article) {
		fputs("- ", out->file);
		md_text(out, export_text(json_object_get(article, "text"), out->lang), "  ");
		fputs("\n", out->file);
	}
	fputs("\n", out->file);
}

static void md_process(struct export_out *out, const json_t *process)
{
	const json_t *version = newest_charter(process);
	const json_t *charter = json_object_get(version, "charter");

	fputs("# ", out->file);
	md_text(out, export_text(json_object_get(process, "title"), out->lang), "");
	fprintf(out->file, "\n\n## %s (%s %lld)\n\n", say(out, WORD_CHARTER), say(out, WORD_VERSION),
		number(version, "version"));
	for (int i = 0; i < CHARTER_MEMBERS; i++) {
		const char *text = export_text(json_object_get(charter, charter_members[i]), out->lang);

		if (*text) {
			md_text(out, text, "");
			fputs("\n\n", out->file);
		}
	}
	md_articles(out, json_object_get(charter, "promises"));
	fprintf(out->file, "### %s\n\n", say(out, WORD_RULES));
	md_articles(out, json_object_get(version, "rules"));
}

static void md_circle(struct export_out *out, const json_t *circle)
{
	fputs("## ", out->file);
	md_text(out, export_text(json_object_get(circle, "title"), out->lang), "");
	fputs("\n\n", out->file);
}

static void md_post(struct export_out *out, const json_t *post)
{
	const json_t *author = json_object_get(post, "author");
	const char *state = say_state(out, post);
	long long answered = number(post, "reply_to_seq");

	if (json_is_null(json_object_get(post, "reply_to")))
		fputs("---\n\n", out->file);
	fprintf(out->file, "**%lld** ", number(post, "seq"));
	md_text(out, member(author, "name"), "");
	if (*member(author, "tag"))
		fprintf(out->file, " (%s)", member(author, "tag"));
	if (*member(author, "organisation")) {
		fputs(", ", out->file);
		md_text(out, member(author, "organisation"), "");
	}
	fprintf(out->file, " · %s", member(post, "at"));
	if (answered)
		fprintf(out->file, " · %s %lld", say(out, WORD_REPLY), answered);
	fputs("\n\n", out->file);
	if (state)
		fprintf(out->file, "> *%s*%s", state, is_shown(post) ? "  \n" : "\n\n");
	if (is_shown(post)) {
		fputs("> ", out->file);
		md_text(out, member(post, "text"), "> ");
		fputs("\n\n", out->file);
	}
}

/* ---- HTML ---- */

static void html_text(struct export_out *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&': fputs("&amp;", out->file); break;
		case '<': fputs("&lt;", out->file); break;
		case '>': fputs("&gt;", out->file); break;
		case '"': fputs("&quot;", out->file); break;
		case '\'': fputs("&#39;", out->file); break;
		default: fputc(*text, out->file);
		}
	}
}

static void html_element(struct export_out *out, const char *tag, const char *text)
{
	fprintf(out->file, "<%s dir=\"auto\">", tag);
	html_text(out, text);
	fprintf(out->file, "</%s>\n", tag);
}

static void html_begin(struct export_out *out, const json_t *head)
{
	bool rtl = strcmp(out->lang, "en") != 0;

	fprintf(out->file,
		"<!DOCTYPE html>\n<html lang=\"%s\" dir=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width\">\n"
		"<meta http-equiv=\"Content-Security-Policy\""
		" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>",
		out->lang, rtl ? "rtl" : "ltr");
	html_text(out, export_text(json_object_get(head, "title"), out->lang));
	fputs("</title>\n<style>\n"
	      "body{font:1rem/1.6 system-ui,sans-serif;max-width:46rem;margin:auto;padding:1rem;"
	      "color:#1a1a1a;background:#fff}\n"
	      "article{margin:1rem 0;padding-inline-start:.8rem;"
	      "border-inline-start:3px solid #767676}\n"
	      "article.opener{border-color:#0b5394;margin-top:2.5rem}\n"
	      "header{font-size:.9rem;color:#444}\n"
	      ".said{white-space:pre-wrap;overflow-wrap:anywhere;margin:.2rem 0}\n"
	      "</style>\n</head>\n<body>\n<main>\n",
	      out->file);
}

static void html_articles(struct export_out *out, const json_t *articles)
{
	json_t *article;
	size_t index;

	if (json_array_size(articles) == 0)
		return;
	fputs("<ul>\n", out->file);
	json_array_foreach((json_t *)articles, index, article)
		html_element(out, "li", export_text(json_object_get(article, "text"), out->lang));
	fputs("</ul>\n", out->file);
}

static void html_process(struct export_out *out, const json_t *process)
{
	const json_t *version = newest_charter(process);
	const json_t *charter = json_object_get(version, "charter");

	html_element(out, "h1", export_text(json_object_get(process, "title"), out->lang));
	fprintf(out->file, "<h2>%s (%s %lld)</h2>\n", say(out, WORD_CHARTER), say(out, WORD_VERSION),
		number(version, "version"));
	for (int i = 0; i < CHARTER_MEMBERS; i++) {
		const char *text = export_text(json_object_get(charter, charter_members[i]), out->lang);

		if (*text)
			html_element(out, "p", text);
	}
	html_articles(out, json_object_get(charter, "promises"));
	fprintf(out->file, "<h3>%s</h3>\n", say(out, WORD_RULES));
	html_articles(out, json_object_get(version, "rules"));
}

static void html_circle(struct export_out *out, const json_t *circle)
{
	fputs("<section>\n", out->file);
	html_element(out, "h2", export_text(json_object_get(circle, "title"), out->lang));
}

static void html_post(struct export_out *out, const json_t *post)
{
	const json_t *author = json_object_get(post, "author");
	const char *state = say_state(out, post);
	long long answered = number(post, "reply_to_seq");
	bool opens = json_is_null(json_object_get(post, "reply_to"));

	fprintf(out->file, "<article%s id=\"%s\">\n<header><b>%lld</b> <bdi>",
		opens ? " class=\"opener\"" : "", member(post, "id"), number(post, "seq"));
	html_text(out, member(author, "name"));
	fputs("</bdi>", out->file);
	if (*member(author, "tag"))
		fprintf(out->file, " <bdi>(%s)</bdi>", member(author, "tag"));
	if (*member(author, "organisation")) {
		fputs(", <bdi>", out->file);
		html_text(out, member(author, "organisation"));
		fputs("</bdi>", out->file);
	}
	fprintf(out->file, " · <time dir=\"ltr\">%s</time>", member(post, "at"));
	if (answered)
		fprintf(out->file, " · %s <a href=\"#%s\">%lld</a>", say(out, WORD_REPLY),
			member(post, "reply_to"), answered);
	fputs("</header>\n", out->file);
	if (state)
		fprintf(out->file, "<p><em>%s</em></p>\n", state);
	if (is_shown(post)) {
		fputs("<p class=\"said\" dir=\"auto\">", out->file);
		html_text(out, member(post, "text"));
		fputs("</p>\n", out->file);
	}
	fputs("</article>\n", out->file);
}

static void html_circle_end(struct export_out *out)
{
	fputs("</section>\n", out->file);
}

static void html_end(struct export_out *out)
{
	fputs("</main>\n</body>\n</html>\n", out->file);
}

/* ---- the table ---- */

static const struct export_format formats[] = {
	{.name = "csv", .begin = csv_begin, .post = csv_post},
	{.name = "html",
	 .by_thread = true,
	 .begin = html_begin,
	 .process = html_process,
	 .circle = html_circle,
	 .post = html_post,
	 .circle_end = html_circle_end,
	 .end = html_end},
	{.name = "json",
	 .posts_first = true,
	 .begin = json_begin,
	 .process = json_process,
	 .circle = json_circle,
	 .post = json_element,
	 .events_begin = json_events_begin,
	 .event = json_element,
	 .circle_end = json_circle_end,
	 .end = json_end},
	{.name = "jsonl",
	 .begin = jsonl_begin,
	 .process = jsonl_process,
	 .circle = jsonl_circle,
	 .post = jsonl_post,
	 .event = jsonl_event},
	{.name = "md",
	 .by_thread = true,
	 .process = md_process,
	 .circle = md_circle,
	 .post = md_post},
};

const struct export_format *export_format_find(const char *name)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}
