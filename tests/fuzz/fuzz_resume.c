/* fuzz_resume.c: whatever comes as `resume` or `token` opens nobody's session, except the one that
 * was given, byte for byte. The first byte says how the rest is used: as it is, as changes of a
 * real one, behind a part of it, and as which of the two. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "given_house.h"

enum { BYTES_MOST = 400, REAL_ROOM = 128 };

static struct given_house given;
static char real[REAL_ROOM], whose[64];

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void must(bool claim, const char *what, const char *given_text)
{
	if (claim)
		return;
	fprintf(stderr, "fuzz_resume: %s: %s\n", what, given_text);
	abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const settings[] = {"limits=0", NULL};
	struct answer answer;
	json_t *participant;

	(void)argc;
	(void)argv;
	house_begin(&given, PROJECT_ROOT, settings);
	answer = ask(&given, 0, "session.open", "{\"name\":\"Noa\"}");
	must(answer.err == ERR_NONE, "a guest", answer.text);
	snprintf(real, sizeof real, "%s", answer_text(&answer, "resume"));
	participant = json_object_get(answer.result, "participant");
	snprintf(whose, sizeof whose, "%s", json_string_value(json_object_get(participant, "id")));
	must(strlen(real) > 40 && *whose, "a resume", answer.text);
	answer_end(&answer);
	return 0;
}

/* `size` bytes at `out`, which has room for all that can come. */
static size_t token_make_of(const uint8_t *data, size_t bytes, char *out)
{
	size_t whole = strlen(real), from;

	switch (data[0] & 3) {
	case 0:
		memcpy(out, data + 1, bytes - 1);
		return bytes - 1;
	case 1: /* this byte here, that byte there */
		memcpy(out, real, whole);
		for (size_t i = 1; i + 1 < bytes; i += 2)
			out[data[i] % whole] = (char)data[i + 1];
		return whole;
	default: /* the beginning of it, or the end, and something */
		from = bytes > 1 ? data[1] % (whole + 1) : 0;
		if ((data[0] & 3) == 2) {
			memcpy(out, real, from);
			memcpy(out + from, data + 2, bytes > 2 ? bytes - 2 : 0);
		} else {
			memcpy(out, data + 2, bytes > 2 ? bytes - 2 : 0);
			memcpy(out + (bytes > 2 ? bytes - 2 : 0), real + whole - from, from);
		}
		return from + (bytes > 2 ? bytes - 2 : 0);
	}
}

static void check_answer(const struct answer *answer, const char *params, bool is_real)
{
	const json_t *participant = json_object_get(answer->result, "participant");
	const char *id = json_string_value(json_object_get(participant, "id"));

	if (is_real)
		must(answer->err == ERR_NONE && id && strcmp(id, whose) == 0, "hers was refused", params);
	else
		must(answer->err == ERR_UNAUTHORISED || answer->err == ERR_BAD_PARAMS,
		     answer->err ? err_name(answer->err) : "was let in", params);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	char text[BYTES_MOST + REAL_ROOM];
	size_t size;
	bool is_resume;
	json_t *params;
	char *dumped;
	struct answer answer;

	if (bytes < 1 || bytes > BYTES_MOST)
		return 0;
	size = token_make_of(data, bytes, text);
	is_resume = !(data[0] & 4);
	params = utf8_valid(text, size) && !memchr(text, 0, size)
			 ? json_pack("{s:s#}", is_resume ? "resume" : "token", text, (int)size)
			 : NULL;
	/* Nothing at all is no token: what comes then is a new guest. */
	dumped = params && size ? json_dumps(params, JSON_COMPACT) : NULL;
	if (dumped) {
		answer = ask(&given, 0, "session.open", "%s", dumped);
		check_answer(&answer, dumped,
			     is_resume && size == strlen(real) && memcmp(text, real, size) == 0);
		answer_end(&answer);
	}
	free(dumped);
	json_decref(params);
	return 0;
}
