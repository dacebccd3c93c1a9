/* statement.c: see statement.h. */
#include "calls/statement.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

static void text_or_null(struct buf *out, const char *key, const char *text)
{
	buf_text(out, key);
	if (text)
		buf_json(out, text, strlen(text));
	else
		buf_text(out, "null");
}

static void time_or_null(struct buf *out, const char *key, int64_t at)
{
	char text[CLOCK_TEXT];

	if (at)
		clock_format(at, text);
	text_or_null(out, key, at ? text : NULL);
}

/* What the filter noticed, by the explanations of its symbols, each once. */
static void found_write(const struct house *house, const char *lang, const char *verdict,
			struct buf *out)
{
	struct ruleset *ruleset = house->ruleset(house->owner);
	json_t *read = json_loads(verdict, 0, NULL);
	json_t *finding;
	const char *before = "";
	size_t i;

	json_array_foreach(json_object_get(read, "findings"), i, finding) {
		const char *symbol = json_string_value(json_object_get(finding, "symbol"));

		if (!symbol || strcmp(symbol, before) == 0)
			continue;
		if (*before)
			buf_text(out, " ");
		buf_text(out, ruleset_explain(ruleset, symbol, lang));
		before = symbol;
	}
	json_decref(read);
	ruleset_unref(&ruleset);
}

static void facts_write(const struct house *house, const char *lang,
			const struct statement *statement, struct buf *out)
{
	struct buf found = {0}, facts = {0};

	if (statement->found)
		found_write(house, lang, statement->found, &found);
	if (found.bytes) {
		buf_add(&found, "", 1);
		texts_format(house->texts, lang, "statement.facts.filter", &facts, "found",
			     buf_ok(&found) ? found.data : "", NULL);
	}
	if (statement->reason) {
		if (facts.bytes)
			buf_text(&facts, " ");
		texts_format(house->texts, lang, "statement.facts.reason", &facts, "reason",
			     statement->reason, NULL);
	}
	buf_text(out, ",\"facts\":");
	buf_json(out, facts.bytes ? facts.data : "", facts.bytes);
	buf_fini(&found);
	buf_fini(&facts);
}

void statement_write(const struct house *house, const char *lang, const struct statement *statement,
		     struct buf *out)
{
	bool was_found = statement->found && strstr(statement->found, "\"findings\":[{");
	const char *detection = statement->by_report ? "statement.detection.report"
				: was_found	      ? "statement.detection.automatic"
						      : "statement.detection.moderator";
	const char *automation = statement->is_machine ? "statement.automation.full"
				 : was_found	       ? "statement.automation.partial"
						       : "statement.automation.none";
	char key[64];

	text_or_null(out, "{\"decision\":", statement->decision);
	if (statement->restriction)
		snprintf(key, sizeof key, "statement.restriction.%s", statement->restriction);
	text_or_null(out, ",\"restriction\":",
		     statement->restriction ? texts_get(house->texts, lang, key) : NULL);
	text_or_null(out, ",\"scope\":", statement->scope);
	time_or_null(out, ",\"until\":", statement->until);
	facts_write(house, lang, statement, out);
	text_or_null(out, ",\"rule\":", statement->rule);
	text_or_null(out, ",\"detection\":", texts_get(house->texts, lang, detection));
	text_or_null(out, ",\"automation\":", texts_get(house->texts, lang, automation));
	time_or_null(out, ",\"appeal_until\":", statement->appeal_until);
	text_or_null(out, ",\"decision_id\":", statement->decision_id);
	buf_text(out, "}");
}
