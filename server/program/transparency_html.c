/* transparency_html.c: the report on moderation as one page: no scripts, nothing from elsewhere;
 * tables with headings that screen readers can follow, right to left where the language is. */
#include <string.h>

#include "program/export_format.h"
#include "program/transparency.h"

struct page {
	FILE *file;
	const struct texts *texts;
	const json_t *rules; /* as the process declares them */
	const char *lang;
};

static void escaped(struct page *page, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<': fputs("&lt;", page->file); break;
		case '>': fputs("&gt;", page->file); break;
		case '&': fputs("&amp;", page->file); break;
		case '"': fputs("&quot;", page->file); break;
		default: fputc(*text, page->file);
		}
	}
}

/* A sentence of the house; a key that has none stands for itself. */
static void said(struct page *page, const char *group, const char *name)
{
	char key[128];

	snprintf(key, sizeof key, "transparency.%s%s%s", group, *group ? "." : "", name);
	if (texts_has(page->texts, key)) {
		escaped(page, texts_get(page->texts, page->lang, key));
		return;
	}
	fputs("<bdi>", page->file);
	escaped(page, name);
	fputs("</bdi>", page->file);
}

/* A rule of the process in its own words; one that is declared no more by its id. */
static void rule_named(struct page *page, const char *id)
{
	const char *text = NULL;
	const json_t *rule;
	size_t i;

	json_array_foreach(page->rules, i, rule)
	{
		const char *name = json_string_value(json_object_get(rule, "id"));

		if (name && strcmp(name, id) == 0)
			text = export_text(json_object_get(rule, "text"), page->lang);
	}
	if (!text || !*text) {
		said(page, "rule", id);
		return;
	}
	fputs("<bdi>", page->file);
	escaped(page, text);
	fputs("</bdi>", page->file);
}

static void value(struct page *page, const json_t *number)
{
	if (json_is_integer(number))
		fprintf(page->file, "%lld", (long long)json_integer_value(number));
	else if (json_is_real(number))
		fprintf(page->file, "%.1f", json_real_value(number));
	else
		escaped(page, json_is_string(number) ? json_string_value(number) : "–");
}

static void row(struct page *page, const char *group, const char *name, const json_t *number)
{
	fputs("<tr><th scope=\"row\">", page->file);
	if (strcmp(group, "rule") == 0)
		rule_named(page, name);
	else
		said(page, group, name);
	fputs("</th><td><bdi dir=\"ltr\">", page->file);
	value(page, number);
	fputs("</bdi></td></tr>\n", page->file);
}

static void table_begin(struct page *page, const char *caption)
{
	fputs("<table><caption>", page->file);
	said(page, "table", caption);
	fputs("</caption>\n", page->file);
}

static void breakdown(struct page *page, const char *caption, const char *group,
					  const json_t *counts)
{
	const char *name;
	json_t *number;

	table_begin(page, caption);
	json_object_foreach(json_object_get(counts, "by"), name, number) row(page, group, name, number);
	row(page, "", "total", json_object_get(counts, "total"));
	if (json_object_get(counts, "median_minutes"))
		row(page, "", "median_minutes", json_object_get(counts, "median_minutes"));
	if (json_object_get(counts, "received"))
		row(page, "", "received", json_object_get(counts, "received"));
	if (json_object_get(counts, "lifted"))
		row(page, "", "lifted", json_object_get(counts, "lifted"));
	if (json_object_get(counts, "minutes"))
		row(page, "", "minutes", json_object_get(counts, "minutes"));
	fputs("</table>\n", page->file);
}

static void head(struct page *page, const json_t *report)
{
	const char *title = export_text(json_object_get(report, "title"), page->lang);

	fprintf(page->file,
			"<!doctype html>\n<html lang=\"%s\" dir=\"%s\">\n<meta charset=\"utf-8\">\n"
			"<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
			page->lang, strcmp(page->lang, "en") == 0 ? "ltr" : "rtl");
	said(page, "", "heading");
	fputs(" · ", page->file);
	escaped(page, title);
	fputs("</title>\n<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;"
		  "margin:auto;padding:1rem;color:#1b1b1b;background:#fff}table{width:100%;"
		  "border-collapse:collapse;margin:1.5rem 0}caption{text-align:start;font-weight:600;"
		  "padding:.3rem 0}th,td{text-align:start;padding:.3rem .5rem;border-top:1px solid #bbb;"
		  "font-weight:400}td{text-align:end;font-variant-numeric:tabular-nums}</style>\n"
		  "<main>\n<h1>",
		  page->file);
	said(page, "", "heading");
	fputs("</h1>\n<p><bdi>", page->file);
	escaped(page, title);
	fputs("</bdi></p>\n<p>", page->file);
	said(page, "", "intro");
	fputs("</p>\n", page->file);
}

static void body(struct page *page, const json_t *report)
{
	const json_t *decisions = json_object_get(report, "decisions");

	table_begin(page, "overall");
	row(page, "", "circles", json_object_get(report, "circles"));
	row(page, "", "posts", json_object_get(report, "posts"));
	fputs("</table>\n", page->file);
	breakdown(page, "by_action", "action", json_object_get(decisions, "by_action"));
	breakdown(page, "by_rule", "rule", json_object_get(decisions, "by_rule"));
	breakdown(page, "by_detection", "detection", json_object_get(decisions, "by_detection"));
	breakdown(page, "by_automation", "automation", json_object_get(decisions, "by_automation"));
	breakdown(page, "holds", "action", json_object_get(report, "holds"));
	breakdown(page, "reports", "outcome", json_object_get(report, "reports"));
	breakdown(page, "sanctions", "step", json_object_get(report, "sanctions"));
	breakdown(page, "appeals", "outcome", json_object_get(report, "appeals"));
	breakdown(page, "crises", "preset", json_object_get(report, "crises"));
}

enum err transparency_html(const json_t *report, const char *lang, const char *config_dir,
						   FILE *file, struct why *why)
{
	char folder[CONFIG_TEXT + 16];
	struct texts *texts = NULL;
	struct page page = {.file = file, .rules = json_object_get(report, "rules")};
	const char *first = json_string_value(json_array_get(json_object_get(report, "languages"), 0));
	enum err err;

	snprintf(folder, sizeof folder, "%s/texts", config_dir);
	err = texts_load(folder, why, &texts);
	if (err)
		return err;
	page.texts = texts;
	page.lang = texts_lang(lang ? lang : first ? first : "he");
	head(&page, report);
	body(&page, report);
	fputs("<p>", file);
	said(&page, "", "few");
	fputs("</p>\n</main>\n</html>\n", file);
	texts_free(&texts);
	return ERR_NONE;
}
