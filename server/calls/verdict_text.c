/* verdict_text.c: see verdict_text.h. */
#include "calls/verdict_text.h"

#include <string.h>

void verdict_write(const struct judged *judged, enum action action, enum hold_cause cause,
				   const struct ruleset *ruleset, struct buf *out)
{
	buf_text_member(out, "{\"ruleset\":", ruleset_version(ruleset));
	if (action != ACTION_ALLOW || judged->finding_count || cause != HOLD_NONE) {
		buf_text_member(out, ",\"action\":", action_name(action));
		buf_text_member(out, ",\"cause\":", hold_cause_name(cause));
		buf_text(out, ",\"incivility\":");
		buf_int(out, judged->incivility);
		buf_text(out, ",\"findings\":[");
		for (size_t i = 0; i < judged->finding_count; i++) {
			const struct finding *finding = &judged->findings[i];

			buf_text_member(out, i ? ",{\"symbol\":" : "{\"symbol\":", finding->symbol);
			buf_text_member(out, ",\"rule\":", finding->rule ? finding->rule : "");
			buf_text(out, ",\"score\":");
			score_write(finding->score, out);
			buf_text(out, ",\"start\":");
			buf_int(out, finding->start);
			buf_text(out, ",\"end\":");
			buf_int(out, finding->end);
			buf_text(out, "}");
		}
		buf_text(out, "]");
	}
	buf_text(out, "}");
}

static void reason_write(const json_t *finding, const struct ruleset *ruleset, const char *lang,
						 struct buf *out)
{
	const char *symbol = json_string_value(json_object_get(finding, "symbol"));
	const char *rule = json_string_value(json_object_get(finding, "rule"));

	buf_text_member(out, "{\"rule\":", rule ? rule : "");
	buf_text_member(out, ",\"symbol\":", symbol ? symbol : "");
	buf_text_member(out, ",\"explanation\":", ruleset_explain(ruleset, symbol ? symbol : "", lang));
	buf_text(out, ",\"start\":");
	buf_int(out, json_integer_value(json_object_get(finding, "start")));
	buf_text(out, ",\"end\":");
	buf_int(out, json_integer_value(json_object_get(finding, "end")));
	buf_text(out, "}");
}

void reasons_write(const char *verdict, const struct ruleset *ruleset, const char *lang,
				   struct buf *out)
{
	/* Most verdicts found nothing: no need to read them. */
	json_t *read = verdict && strstr(verdict, "\"findings\":[{") ? json_loads(verdict, 0, NULL)
																 : NULL;
	json_t *finding;
	size_t i;

	buf_text(out, "[");
	json_array_foreach(json_object_get(read, "findings"), i, finding)
	{
		if (i)
			buf_text(out, ",");
		reason_write(finding, ruleset, lang, out);
	}
	buf_text(out, "]");
	json_decref(read);
}
