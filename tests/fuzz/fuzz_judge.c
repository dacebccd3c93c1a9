/* fuzz_judge.c: any bytes as a message, judged by the rules that are shipped. */
#include "base/utf8.h"
#include "filters/pipeline.h"

#include <stdio.h>
#include <stdlib.h>

static struct ruleset *ruleset;
static struct scratch *scratch;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct why why;

	(void)argc;
	(void)argv;
	scratch = scratch_new();
	if (!scratch || ruleset_load(PROJECT_ROOT "/config/civility", &ruleset, &why)) {
		fprintf(stderr, "%s\n", why.text);
		abort();
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct judged judged;
	struct buf out = {0};
	enum err err = pipeline_judge(ruleset, scratch, "public", NULL, (const char *)data, bytes,
		&judged);

	if (err) {
		if (err != ERR_BAD_PARAMS || utf8_valid((const char *)data, bytes))
			abort();
		return 0;
	}
	if (judged.incivility > SCORE_MOST || judged.finding_count > FINDINGS_MOST
	    || (judged.failed && judged.action < ACTION_HOLD))
		abort();
	for (size_t i = 0; i < judged.finding_count; i++)
		if (judged.findings[i].end > utf8_length((const char *)data, bytes)
		    || judged.findings[i].start > judged.findings[i].end)
			abort();
	findings_write_json(&judged, &out);
	scores_write_json(&judged, &out);
	if (!utf8_valid(out.data, out.bytes))
		abort();
	buf_fini(&out);
	return 0;
}
