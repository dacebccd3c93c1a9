/* pipeline.h: a text goes in, a verdict comes out: the door to this folder for everybody else.
 *
 * pipeline_judge() is stateless and runs on any thread, with a scratch of its own; all threads
 * share one ruleset. pipeline_settle() is called where state is known (the rate of an author, the
 * heat of a thread), costs next to nothing and has the last word. Findings point into the ruleset:
 * whoever keeps a struct judged keeps a reference to the ruleset that made it. */
#pragma once

#include "base/err.h"
#include "filters/recent.h"
#include "filters/ruleset.h"
#include "filters/verdict.h"

#include <stdbool.h>
#include <stddef.h>

struct scratch;

struct scratch *scratch_new(void); /* NULL only without memory */
void scratch_free(struct scratch **scratch);

/* Judges `text` under `policy` ("expert", "public", "strict", "crisis"; the strictest if it is none
 * of them). `lang` is a hint; every language is looked for in every text, or a wrong hint would be
 * a way around. ERR_BAD_PARAMS if the text is no valid UTF-8. Whatever else goes wrong inside makes
 * `failed` true and the action a hold. */
MUST_CHECK enum err pipeline_judge(const struct ruleset *ruleset, struct scratch *scratch,
	const char *policy, const char *lang, const char *text, size_t bytes, struct judged *out);

/* The final action. `recent` (NULL: nobody counted) comes from recent_fold(); the thread's
 * escalation and the circle's crisis index as they stood before this message, 0..1000;
 * `nudged_already`: the author was nudged for this very text and sends it all the same. */
enum action pipeline_settle(const struct ruleset *ruleset, const char *policy,
	const struct judged *judged, const struct recent_result *recent, unsigned thread_escalation,
	unsigned circle_crisis, bool nudged_already);

/* Adds what recent_fold() found (REPEATED, TOO_FAST) to the findings, so that the author is told;
 * with limits off, takes out what is a limit. Before or after pipeline_settle(), which needs it
 * not. `points` is the length of the text. */
void pipeline_note_recent(const struct ruleset *ruleset, struct judged *judged,
	const struct recent_result *recent, uint32_t points);

/* Every example that stands beside a rule, judged: ERR_BAD_PARAMS and a sentence if one fails. */
MUST_CHECK enum err pipeline_check_examples(const struct ruleset *ruleset, struct why *why);
