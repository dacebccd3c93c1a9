/* fuzz_desk.c: requests of moderators, participants and strangers against a store in which there is
 * something of everything: each is answered, none of them as if the disk had failed, and whatever
 * they did, the store is sound. The first byte says who asks; `@` and a letter stand for the ids
 * that there are (see ids_note()). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "given_house.h"
#include "store/verify.h"

enum { IDS = 26, BYTES_MOST = 4000, PEOPLE = 4, VERIFIED_EVERY = 5000 };

static struct given_house given;
static char ids[IDS][64];
static int64_t people[PEOPLE];

static void must(bool claim, const char *what)
{
	if (claim)
		return;
	fprintf(stderr, "fuzz_desk: %s\n", what);
	abort();
}

/* Asks, and notes a member of the answer under a letter. */
static void given_answer(char letter, const char *member, int64_t person, const char *method,
			 const char *params)
{
	struct answer answer = ask(&given, person, method, "%s", params);

	must(answer.err == ERR_NONE, method);
	snprintf(ids[letter - 'a'], sizeof *ids, "%s", answer_text(&answer, member));
	must(*ids[letter - 'a'], method);
	answer_end(&answer);
}

static void given_item(char letter, const char *post)
{
	struct answer answer = ask(&given, people[0], "desk.queue", "{\"circle\":\"forum\"}");
	json_t *items = json_object_get(answer.result, "items"), *item;
	size_t i;

	json_array_foreach(items, i, item) {
		const char *id = json_string_value(json_object_get(json_object_get(item, "post"), "id"));

		if (id && strcmp(id, post) == 0)
			snprintf(ids[letter - 'a'], sizeof *ids, "%s",
				 json_string_value(json_object_get(item, "item")));
	}
	must(*ids[letter - 'a'], "an item");
	answer_end(&answer);
}

static void given_person(char letter, int64_t person)
{
	struct answer answer = ask(&given, person, "me.export", "{}");

	snprintf(ids[letter - 'a'], sizeof *ids, "%s",
		 json_string_value(json_object_get(json_object_get(answer.result, "participant"), "id")));
	answer_end(&answer);
}

/* Each `@x` is the id noted under x; of no letter it is what is there. */
static void filled(const char *text, size_t bytes, struct buf *out)
{
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == '@' && i + 1 < bytes && text[i + 1] >= 'a' && text[i + 1] <= 'z')
			buf_text(out, ids[text[++i] - 'a']);
		else
			buf_add(out, text + i, 1);
	}
}

static void given_asked(char letter, const char *member, int64_t person, const char *method,
			const char *params)
{
	struct buf text = {0};

	filled(params, strlen(params), &text);
	buf_add(&text, "", 1);
	given_answer(letter, member, person, method, text.data);
	buf_fini(&text);
}

/* p q r: posts; h: one that was held; i: its item; j: a report's; m n: persons; d e: decisions;
 * s: a sanction; a: an appeal; c: the circle. */
static void ids_note(void)
{
	snprintf(ids['c' - 'a'], sizeof *ids, "forum");
	given_asked('p', "id", people[2], "post.create",
		    "{\"circle\":\"@c\",\"text\":\"The first\",\"key\":\"1\"}");
	given_asked('q', "id", people[2], "post.create",
		    "{\"circle\":\"@c\",\"text\":\"The second\",\"key\":\"2\"}");
	given_asked('r', "id", people[2], "post.create",
		    "{\"circle\":\"@c\",\"text\":\"The third\",\"key\":\"3\"}");
	given_asked('h', "id", people[2], "post.create",
		    "{\"circle\":\"@c\",\"text\":\"you are an idiot\",\"key\":\"4\"}");
	given_item('i', ids['h' - 'a']);
	given_asked('x', "report", people[3], "post.report",
		    "{\"post\":\"@p\",\"reason\":\"spam\",\"key\":\"5\"}");
	given_item('j', ids['p' - 'a']);
	given_person('m', people[2]);
	given_person('n', people[0]);
	given_asked('d', "decision", people[0], "desk.remove",
		    "{\"post\":\"@q\",\"rev\":1,\"reason\":\"spam\",\"key\":\"6\"}");
	given_asked('e', "decision", people[0], "desk.remove",
		    "{\"post\":\"@r\",\"rev\":1,\"reason\":\"spam\",\"key\":\"7\"}");
	given_asked('a', "appeal", people[2], "appeal.open",
		    "{\"decision\":\"@d\",\"text\":\"Why?\",\"key\":\"8\"}");
	given_asked('s', "sanction", people[0], "desk.sanction",
		    "{\"circle\":\"@c\",\"participant\":\"@m\",\"step\":\"premoderate\",\"minutes\":9,"
		    "\"reason\":\"spam\",\"cause\":\"much\",\"key\":\"9\"}");
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const settings[] = {"limits=0", NULL};

	(void)argc;
	(void)argv;
	house_begin(&given, PROJECT_ROOT, settings);
	people[0] = house_member(&given, "Dana", "forum", ROLE_MODERATOR);
	people[1] = house_member(&given, "Yael", "forum", ROLE_MODERATOR);
	people[2] = house_member(&given, "Noa", "forum", ROLE_PARTICIPANT);
	people[3] = house_guest(&given, "Omer");
	ids_note();
	return 0;
}

/* What ends a person or opens another is for other tests; here is no search file. */
static bool is_asked(const struct request *request, const struct call_row **row)
{
	*row = request->method ? call_row_find(request->method) : NULL;
	return *row && (*row)->lane != LANE_HUB && strncmp(request->method, "session.", 8) != 0 &&
	       strcmp(request->method, "me.erase") != 0 &&
	       strcmp(request->method, "history.search") != 0;
}

static void check_answer(const struct answer *answer, const char *asked)
{
	bool is_ours = answer->err == ERR_STORAGE || answer->err == ERR_INTERNAL ||
		       answer->err == ERR_NO_MEMORY;

	if (!is_ours && utf8_valid(answer->text, strlen(answer->text)))
		return;
	fprintf(stderr, "answered %s: %s\n", err_name(answer->err), asked);
	abort();
}

static void check_store(void)
{
	static int calls;
	json_t *report = NULL;

	if (++calls % VERIFIED_EVERY)
		return;
	must(store_verify(given.reader, NULL, &report) == ERR_NONE, "verify");
	if (!json_is_true(json_object_get(report, "good"))) {
		json_dumpf(json_object_get(report, "flaws"), stderr, JSON_INDENT(1));
		must(false, "the store is not sound");
	}
	json_decref(report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct request request = {0};
	const struct call_row *row;
	struct buf text = {0};
	struct answer answer;
	char *params;

	if (bytes < 2 || bytes > BYTES_MOST)
		return 0;
	filled((const char *)data + 1, bytes - 1, &text);
	if (buf_ok(&text) && utf8_valid(text.data, text.bytes) &&
	    request_parse(text.data, text.bytes, &request) == ERR_NONE && is_asked(&request, &row)) {
		params = json_dumps(request.params, JSON_COMPACT);
		if (params && strlen(params) < 30000) {
			answer = ask(&given, people[data[0] % PEOPLE], row->method, "%s", params);
			check_answer(&answer, params);
			answer_end(&answer);
			house_pass(&given, 10);
			check_store();
		}
		free(params);
	}
	request_fini(&request);
	buf_fini(&text);
	return 0;
}
