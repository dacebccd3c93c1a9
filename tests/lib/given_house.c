/* given_house.c: see given_house.h. */
#include "given_house.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "calls/desk_circle.h"
#include "calls/due.h"
#include "calls/name.h"
#include "faulty_disk.h"
#include "store/declare.h"
#include "store/journal.h"

/* Read once: rules and texts never change. */
static struct {
	struct texts *texts;
	struct reserved_names *reserved;
	struct ruleset *rules;
	struct scratch *scratch;
} shipped;

static void must(bool claim, const char *what, const char *why)
{
	if (claim)
		return;
	fprintf(stderr, "# given: %s: %s\n", what, why ? why : "");
	abort();
}

static struct ruleset *rules_of(void *owner)
{
	(void)owner;
	return ruleset_ref(shipped.rules);
}

static void shipped_load(const struct config *config)
{
	struct why why = {""};
	char path[CONFIG_TEXT + 16];

	if (shipped.texts)
		return;
	snprintf(path, sizeof path, "%s/texts", config->config_dir);
	must(texts_load(path, &why, &shipped.texts) == ERR_NONE, "texts", why.text);
	must(reserved_names_new(shipped.texts, &shipped.reserved) == ERR_NONE, "names", NULL);
	must(ruleset_load(config->rules_dir, &shipped.rules, &why) == ERR_NONE, "rules", why.text);
	shipped.scratch = scratch_new();
	log_set_level(LOG_ERROR);
	must(shipped.scratch != NULL, "scratch", NULL);
}

/* The sanitiser counts what is left behind. */
static void __attribute__((destructor)) shipped_free(void)
{
	reserved_names_free(&shipped.reserved);
	texts_free(&shipped.texts);
	ruleset_unref(&shipped.rules);
	scratch_free(&shipped.scratch);
}

static enum err turn(struct given_house *given, int number, struct change **changes, size_t count);
static enum err keep_door(struct keeper *keeper, struct change *change);

static void settle(struct given_house *given, const char *root, const char *const settings[])
{
	struct why why = {""};
	char line[CONFIG_TEXT + 32];

	config_default(&given->config);
	snprintf(line, sizeof line, "config_dir=%s/config", root);
	must(config_set(&given->config, line, &why) == ERR_NONE, line, why.text);
	for (size_t i = 0; settings && settings[i]; i++)
		must(config_set(&given->config, settings[i], &why) == ERR_NONE, settings[i],
		     why.text);
	must(config_finish(&given->config, &why) == ERR_NONE, "settings", why.text);
	shipped_load(&given->config);
	given->wall_ms = 1800000000000;
	given->steady_ms = 5000000;
	clock_fake(given->wall_ms, given->steady_ms);
}

static void node_open(struct given_house *given, struct node *node)
{
	struct why why = {""};
	char path[128];

	snprintf(path, sizeof path, "%s/maagal.db", given->folder);
	must(db_open(path, DB_WRITE, &why, &node->db) == ERR_NONE, path, why.text);
	must(keeper_new(node->db, store_id_key(given->store), given->folder, &node->keeper) ==
		     ERR_NONE,
	     "a keeper", NULL);
}

static void node_close(struct node *node)
{
	keeper_free(&node->keeper);
	db_close(&node->db);
}

static void node_forget(struct node *node)
{
	for (size_t i = 0; i < node->told_count; i++)
		free(node->told[i].params);
	free(node->told);
	*node = (struct node){0};
}

static void open_all(struct given_house *given)
{
	struct store_settings settings = {.data = given->folder};
	struct why why = {""};
	char path[128];

	must(store_open(&settings, &why, &given->store) == ERR_NONE, "the store", why.text);
	given->house = (struct house){.config = &given->config,
				      .texts = shipped.texts,
				      .reserved = shipped.reserved,
				      .store = given->store,
				      .ruleset = rules_of,
				      .owner = given};
	snprintf(path, sizeof path, "%s/maagal.db", given->folder);
	must(db_open(path, DB_READ, &why, &given->reader) == ERR_NONE, path, why.text);
	for (int i = 0; i < given->node_count; i++)
		node_open(given, &given->nodes[i]);
}

static void close_all(struct given_house *given)
{
	for (int i = 0; i < given->node_count; i++)
		node_close(&given->nodes[i]);
	search_close(&given->search);
	db_close(&given->reader);
	store_close(&given->store);
}

static void prepare(struct given_house *given, const char *root, const char *const settings[])
{
	*given = (struct given_house){.folder = "/tmp/maagal-ring-XXXXXX", .node_count = 1};
	must(mkdtemp(given->folder) != NULL, given->folder, NULL);
	disk_insert();
	settle(given, root, settings);
}

void house_begin(struct given_house *given, const char *root, const char *const settings[])
{
	struct change door = {.keep = keep_door}, *change = &door;

	prepare(given, root, settings);
	open_all(given);
	must(house_apply(given, 0, 1) == ERR_NONE, "the process", NULL);
	must(turn(given, 0, &change, 1) == ERR_NONE, "the door", NULL);
}

void house_begin_on(struct given_house *given, const char *root, const char *const settings[],
		    const char *folder, bool power_cut)
{
	prepare(given, root, settings);
	must(rmdir(given->folder) == 0, given->folder, NULL);
	disk_copy(folder, given->folder, power_cut);
	open_all(given);
}

void house_end(struct given_house *given)
{
	close_all(given);
	for (int i = 0; i < NODES_MOST; i++)
		node_forget(&given->nodes[i]);
	disk_remove(given->folder);
	clock_real();
}

void house_restart(struct given_house *given)
{
	close_all(given);
	open_all(given);
}

void house_add_node(struct given_house *given)
{
	must(given->node_count < NODES_MOST, "one process too many", NULL);
	node_open(given, &given->nodes[given->node_count++]);
}

void house_pass(struct given_house *given, int64_t milliseconds)
{
	given->wall_ms += milliseconds;
	given->steady_ms += milliseconds;
	clock_fake(given->wall_ms, given->steady_ms);
}

void house_reopen(struct given_house *given, int number)
{
	struct node *node = &given->nodes[number];
	struct db *db = NULL;
	char path[128];

	snprintf(path, sizeof path, "%s/maagal.db", given->folder);
	if (db_open(path, DB_WRITE, NULL, &db) != ERR_NONE)
		return;
	keeper_use(node->keeper, db);
	db_close(&node->db);
	node->db = db;
}

/* ---- turns ---- */

static void tell(struct node *node, const struct kept *kept)
{
	struct told *told;

	if (node->told_count == node->told_room) {
		node->told_room = node->told_room ? node->told_room * 2 : 256;
		node->told = realloc(node->told, node->told_room * sizeof *node->told);
		must(node->told != NULL, "memory", NULL);
	}
	told = &node->told[node->told_count++];
	*told = (struct told){.row = kept->row,
			      .journal = kept->journal,
			      .seq = kept->seq,
			      .post = kept->post,
			      .kind = kept->kind};
	told->params = kept->params ? strndup(kept->params->data, kept->params->bytes) : strdup("");
	must(told->params != NULL, "memory", NULL);
}

static enum err turn(struct given_house *given, int number, struct change **changes, size_t count)
{
	struct node *node = &given->nodes[number];
	struct turn *done = NULL;
	enum err err = journal_turn(node->keeper, changes, count, &done);

	node->turn_began = node->told_count;
	for (size_t i = 0; done && i < done->event_count; i++)
		tell(node, &done->events[i]);
	turn_free(&done);
	if (err)
		house_reopen(given, number);
	return err;
}

void house_look(struct given_house *given, int node)
{
	must(turn(given, node, NULL, 0) == ERR_NONE, "looking for news", NULL);
}

/* ---- calls ---- */

static enum err keep_call(struct keeper *keeper, struct change *change)
{
	struct call *call = (struct call *)change;

	/* What an earlier attempt in the same turn left. */
	shared_unref(&call->outcome.participant);
	buf_clear(&call->result);
	buf_clear(&call->error_data);
	call->detail = call->member = NULL;
	call->retry_ms = 0;
	call->err = call->row->keep(call, keeper);
	return call->err;
}

static void judge_call(struct call *call)
{
	call->judged = calloc(1, sizeof *call->judged);
	must(call->judged != NULL, "memory", NULL);
	call->ruleset = rules_of(NULL);
	if (pipeline_judge(call->ruleset, shipped.scratch, "", "", call->text, call->text_bytes,
			   call->judged) != ERR_NONE)
		call->judged->failed = true;
}

static struct call *make(struct given_house *given, int64_t person, const char *method,
			 const char *params, va_list args)
{
	struct request request = {0};
	struct asker asker = {.person = person, .lang = "en"};
	struct buf text = {0};
	const struct call_row *row = call_row_find(method);
	struct call *call;
	char piece[40000];

	must(row != NULL, "there is no method", method);
	/* From the device that they took up last. */
	must(db_number(given->reader, 0, &asker.device,
		       "SELECT max(num) FROM device WHERE person = ?", "i", person) == ERR_NONE,
	     "a device", NULL);
	vsnprintf(piece, sizeof piece, params, args);
	buf_format(&text, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":", method);
	buf_text(&text, piece);
	buf_text(&text, "}");
	must(buf_ok(&text) && request_parse(text.data, text.bytes, &request) == ERR_NONE,
	     "no request", piece);
	buf_fini(&text);
	call = call_new(&given->house, row, &asker, &request);
	must(call != NULL, "memory", NULL);
	call->change.keep = keep_call;
	call->err = row->check ? row->check(call) : ERR_NONE;
	if (!call->err && (row->lane == LANE_JUDGED || row->lane == LANE_DRAFT))
		judge_call(call);
	return call;
}

struct call *batch_add(struct given_house *given, struct batch *batch, int64_t person,
		       const char *method, const char *params, ...)
{
	struct call *call;
	va_list args;

	must(batch->count < BATCH_MOST, "one call too many", method);
	va_start(args, params);
	call = make(given, person, method, params, args);
	va_end(args);
	batch->calls[batch->count++] = call;
	return call;
}

struct call *batch_add_due(struct given_house *given, struct batch *batch)
{
	struct call *call = due_new(&given->house);

	must(call && batch->count < BATCH_MOST, "memory", NULL);
	call->change.keep = keep_call;
	batch->calls[batch->count++] = call;
	return call;
}

static void read_call(struct given_house *given, struct call *call)
{
	must(db_script(given->reader, "BEGIN") == ERR_NONE, "a snapshot", NULL);
	(void)!db_number(given->reader, 0, &call->snapshot_row, "SELECT max(row) FROM event", "");
	buf_clear(&call->result);
	call->err = call->row->read(call, given->reader);
	(void)!db_script(given->reader, "COMMIT");
}

static void run_some(struct given_house *given, int node, struct batch *batch,
		     struct change **changes, size_t count)
{
	batch->err = turn(given, node, changes, count);
	for (size_t i = 0; i < count; i++) {
		struct call *call = (struct call *)changes[i];

		if (call->err != call->change.err)
			call->detail = NULL;
		call->err = call->change.err;
		if (!call->err && call->row->read)
			read_call(given, call);
	}
}

bool batch_go_on(struct given_house *given, int node, struct batch *batch)
{
	struct change *changes[BATCH_MOST];
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++)
		if (!batch->calls[i]->err && batch->calls[i]->again) {
			batch->calls[i]->again = false;
			changes[count++] = &batch->calls[i]->change;
		}
	if (count)
		run_some(given, node, batch, changes, count);
	return count > 0;
}

void batch_run(struct given_house *given, int node, struct batch *batch)
{
	struct change *changes[BATCH_MOST];
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++)
		if (!batch->calls[i]->err)
			changes[count++] = &batch->calls[i]->change;
	run_some(given, node, batch, changes, count);
	if (given->by_steps)
		return;
	while (batch_go_on(given, node, batch))
		;
}

void batch_end(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		call_free(&batch->calls[i]);
	*batch = (struct batch){0};
}

struct answer answer_of(const struct call *call)
{
	struct answer answer = {.err = call->err, .retry_ms = call->retry_ms};

	snprintf(answer.detail, sizeof answer.detail, "%s", call->detail ? call->detail : "");
	if (!call->err && call->result.bytes)
		answer.text = strndup(call->result.data, call->result.bytes);
	else
		answer.text = strdup("{}");
	must(answer.text && utf8_valid(answer.text, strlen(answer.text)), "an answer in UTF-8",
	     answer.text);
	answer.result = json_loads(answer.text, JSON_REJECT_DUPLICATES, NULL);
	must(answer.result != NULL, "an answer that is JSON", answer.text);
	return answer;
}

void answer_end(struct answer *answer)
{
	json_decref(answer->result);
	free(answer->text);
	*answer = (struct answer){0};
}

const char *answer_text(const struct answer *answer, const char *name)
{
	const char *text = json_string_value(json_object_get(answer->result, name));

	return text ? text : "";
}

int64_t answer_number(const struct answer *answer, const char *name)
{
	return (int64_t)json_integer_value(json_object_get(answer->result, name));
}

struct answer ask_at(struct given_house *given, int node, int64_t person, const char *method,
		     const char *params, ...)
{
	struct batch batch = {0};
	struct answer answer;
	struct call *call;
	va_list args;

	va_start(args, params);
	call = make(given, person, method, params, args);
	va_end(args);
	batch.calls[batch.count++] = call;
	if (!call->err && (call->row->lane == LANE_KEEP || call->row->lane == LANE_JUDGED))
		batch_run(given, node, &batch);
	else if (!call->err && call->row->read)
		read_call(given, call);
	answer = answer_of(call);
	batch_end(&batch);
	return answer;
}

/* ---- who and where ---- */

struct applying {
	struct change change;
	json_t *declared, *report;
	struct why why;
};

static enum err keep_process(struct keeper *keeper, struct change *change)
{
	struct applying *applying = (struct applying *)change;

	json_decref(applying->report);
	applying->report = NULL;
	return process_apply(keeper, applying->declared, &applying->report, &applying->why);
}

static const char declaration[] =
	"{\"id\":\"town\",\"title\":\"Town\",\"languages\":[\"en\",\"he\",\"ar\"],"
	"\"charter\":{\"version\":%d,\"goals\":\"goals %d\",\"how_it_works\":\"h\","
	"\"use_of_information\":\"u\",\"decision_path\":\"d\",\"ends\":\"2030-01-31\","
	"\"product\":\"p\",\"promises\":[{\"id\":\"a\",\"text\":\"b\"}]},"
	"\"rules\":[{\"id\":\"respect\",\"text\":\"Speak to people.\"}],\"circles\":["
	"{\"id\":\"forum\",\"title\":\"Forum\",\"access\":\"public\",\"policy\":\"public\"},"
	"{\"id\":\"quiet\",\"title\":\"Quiet\",\"access\":\"public\",\"policy\":\"public\","
	"\"hold\":{\"then\":\"stays\"}},"
	"{\"id\":\"slow\",\"title\":\"Slow\",\"access\":\"public\",\"policy\":\"public\","
	"\"pace_seconds\":60},"
	"{\"id\":\"door\",\"title\":\"Door\",\"access\":\"public\",\"policy\":\"public\","
	"\"hold\":{\"then\":\"published\"}},"
	"{\"id\":\"panel\",\"title\":\"Panel\",\"access\":\"closed\",\"policy\":\"expert\"}]}";

enum err house_apply(struct given_house *given, int node, int charter_version)
{
	struct applying applying = {.change.keep = keep_process};
	struct change *change = &applying.change;
	char text[4096];
	enum err err;

	snprintf(text, sizeof text, declaration, charter_version, charter_version);
	applying.declared = json_loads(text, 0, NULL);
	must(applying.declared != NULL, "the declaration", text);
	err = process_check(applying.declared, NULL, &applying.why);
	must(err == ERR_NONE, "the declaration", applying.why.text);
	err = turn(given, node, &change, 1);
	if (!err)
		err = change->err;
	json_decref(applying.declared);
	json_decref(applying.report);
	return err;
}

/* No declaration says it: newcomers to this circle are read first, as the machine told its desk. */
static enum err keep_door(struct keeper *keeper, struct change *change)
{
	struct circle_change told = {.kind = EVENT_DOOR_CHANGED,
				     .members = "\"door\":\"premoderated\""};
	int64_t num = 0;
	enum err err = db_number(keeper_db(keeper), 0, &num, "SELECT num FROM circle WHERE id = 'door'",
				 "");

	(void)change;
	if (!err)
		err = keeper_circle(keeper, num, &told.circle);
	if (!err)
		err = circle_set_door(keeper, told.circle, DOOR_PREMODERATED);
	return err ? err : circle_tell(keeper, &told);
}

int64_t house_guest(struct given_house *given, const char *name)
{
	struct batch batch = {0};
	struct call *call = batch_add(given, &batch, 0, "session.open",
				      "{\"name\":\"%s\",\"lang\":\"en\",\"accept\":"
				      "{\"process\":\"town\",\"version\":1}}",
				      name);
	int64_t person;

	batch_run(given, 0, &batch);
	must(call->err == ERR_NONE, "a guest", err_name(call->err ? call->err : ERR_INTERNAL));
	person = call->outcome.person;
	batch_end(&batch);
	return person;
}

struct inviting {
	struct change change;
	const char *name, *circle;
	enum role role;
	char token[TOKEN_TEXT];
};

static enum err keep_invitation(struct keeper *keeper, struct change *change)
{
	struct inviting *inviting = (struct inviting *)change;
	unsigned char hash[TOKEN_HASH_BYTES];
	struct circle *circle;
	enum err err = keeper_circle_named(keeper, inviting->circle, &circle);

	token_make(inviting->token);
	token_hash(inviting->token, strlen(inviting->token), hash);
	return err ? err
		   : db_run(keeper_db(keeper),
			    "INSERT INTO invitation (hash, circle, role, name, created)"
			    " VALUES (?, ?, ?, ?, ?)",
			    "biiti", hash, sizeof hash, circle->num, (int64_t)inviting->role,
			    inviting->name, keeper_now(keeper));
}

int64_t house_member(struct given_house *given, const char *name, const char *circle,
		     enum role role)
{
	struct inviting inviting = {.change.keep = keep_invitation,
				    .name = name,
				    .circle = circle,
				    .role = role};
	struct change *change = &inviting.change;
	struct batch batch = {0};
	struct call *call;
	int64_t person;

	must(turn(given, 0, &change, 1) == ERR_NONE && !change->err, "an invitation", NULL);
	call = batch_add(given, &batch, 0, "session.open",
			 "{\"token\":\"%s\",\"lang\":\"en\",\"accept\":"
			 "{\"process\":\"town\",\"version\":1}}",
			 inviting.token);
	batch_run(given, 0, &batch);
	must(call->err == ERR_NONE, "a member", err_name(call->err ? call->err : ERR_INTERNAL));
	person = call->outcome.person;
	batch_end(&batch);
	return person;
}
