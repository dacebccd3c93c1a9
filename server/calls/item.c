/* item.c: see item.h. The store's thread. */
#include "calls/item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "calls/enter.h"
#include "calls/statement.h"
#include "circle/reason.h"
#include "store/said.h"

void item_fini(struct item *item)
{
	free(item->text);
	free(item->verdict);
	item->text = item->verdict = NULL;
}

#define ITEM_COLUMNS \
	"SELECT num, nonce, circle, post, coalesce(claimed_by, 0), coalesce(until, 0), kind, state," \
	" cause, coalesce(lang, ''), text, verdict FROM item "

static enum err item_read(struct cursor *cursor, struct item *out)
{
	enum err err = ERR_NOT_FOUND;
	enum err ended;

	*out = (struct item){0};
	if (cursor_next(cursor)) {
		err = ERR_NONE;
		out->num = cursor_int(cursor, 0);
		out->nonce = cursor_int(cursor, 1);
		out->circle = cursor_int(cursor, 2);
		out->post = cursor_int(cursor, 3);
		out->claimed_by = cursor_int(cursor, 4);
		out->until = cursor_int(cursor, 5);
		snprintf(out->kind, sizeof out->kind, "%s", cursor_text(cursor, 6));
		snprintf(out->state, sizeof out->state, "%s", cursor_text(cursor, 7));
		snprintf(out->cause, sizeof out->cause, "%s", cursor_text(cursor, 8));
		snprintf(out->lang, sizeof out->lang, "%s", cursor_text(cursor, 9));
		out->text_bytes = cursor_bytes(cursor, 10);
		out->text = cursor_is_null(cursor, 10) ? NULL : strdup(cursor_text(cursor, 10));
		out->verdict = cursor_is_null(cursor, 11) ? NULL : strdup(cursor_text(cursor, 11));
	}
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

enum err item_load(struct keeper *keeper, int64_t num, struct item *out)
{
	return item_read(db_query(keeper_db(keeper), ITEM_COLUMNS "WHERE num = ?", "i", num), out);
}

enum err item_open_of(struct keeper *keeper, int64_t post, const char *kind, struct item *out)
{
	return item_read(db_query(keeper_db(keeper),
							  ITEM_COLUMNS "WHERE post = ? AND kind = ? AND state = 'open'", "it",
							  post, kind),
					 out);
}

enum err item_enter(struct call *call, struct keeper *keeper, struct item *item,
					struct circle **circle, struct standing **standing)
{
	const char *id = json_string_value(json_object_get(call->request.params, "item"));
	int64_t num;
	uint64_t nonce;
	enum err err;

	*item = (struct item){0};
	if (!id_open(keeper_id_key(keeper), 'i', id ? id : "", &num, &nonce))
		return ERR_NOT_FOUND;
	err = item_load(keeper, num, item);
	if (!err && (uint64_t)item->nonce != nonce)
		err = ERR_NOT_FOUND;
	if (!err)
		err = enter_desk_of(call, keeper, item->circle, circle, standing);
	/* Whoever is no moderator there does not even learn that the item exists. */
	return err == ERR_FORBIDDEN ? call_refuse(call, ERR_NOT_FOUND, NULL) : err;
}

enum err item_end(struct keeper *keeper, const struct item *item, const char *state)
{
	return db_run(keeper_db(keeper),
				  "UPDATE item SET state = ?, decided = ?, text = NULL WHERE num = ?", "tii", state,
				  keeper_now(keeper), item->num);
}

void act_read(struct call *call, struct act *act)
{
	act->by_person = call->asker.person;
	act->reason = param_or_null(call, "reason");
	act->rule = param_or_null(call, "rule");
	act->note = param_or_null(call, "note");
}

static void member(struct buf *out, const char *key, const char *text)
{
	if (!text)
		return;
	buf_text(out, key);
	buf_json(out, text, strlen(text));
}

enum err by_write(struct keeper *keeper, int64_t person, struct buf *out)
{
	struct person by;
	enum err err;

	if (!person) {
		buf_text(out, "\"by\":\"machine\"");
		return ERR_NONE;
	}
	err = person_load(keeper_db(keeper), keeper_id_key(keeper), person, &by);
	if (!err)
		buf_format(out, "\"by\":{\"id\":\"%s\"}", by.id);
	return err;
}

static enum err append(struct keeper *keeper, struct draft *draft, struct buf *body)
{
	enum err err;

	buf_add(body, "", 1);
	draft->body = body->data;
	err = buf_ok(body) ? keeper_append(keeper, draft, NULL) : ERR_STORAGE;
	buf_fini(body);
	return err;
}

static enum err tell_desk(struct keeper *keeper, const struct circle *circle,
						  const struct post *post, const struct item *item, const struct act *act,
						  const struct person *person, const char *decision_id,
						  const struct buf *statement)
{
	/* What the machine gives as a reason is a sentence of the house's. */
	bool is_said = act->by_person && !reason_is_code(act->reason);
	struct said said = {.reason = is_said ? act->reason : NULL, .note = act->note,
						.cause = act->cause};
	struct buf body = {0};
	char id[ID_TEXT];
	struct draft draft = {
		.journal = journal_of(JOURNAL_DESK, circle->num), .kind = act->desk, .post = post};
	enum err err = said_keep(keeper, person->num, &said, statement, &body);

	member(&body, "\"decision\":", decision_id);
	buf_text(&body, ",");
	if (!err)
		err = by_write(keeper, act->by_person, &body);
	if (item) {
		id_seal(keeper_id_key(keeper), 'i', item->num, (uint64_t)item->nonce, id);
		member(&body, ",\"item\":", id);
	}
	member(&body, ",\"what\":", act->what);
	if (!is_said)
		member(&body, ",\"reason\":", act->reason);
	member(&body, ",\"rule\":", act->rule);
	if (act->further)
		buf_text(&body, act->further);
	if (err)
		buf_fini(&body);
	return err ? err : append(keeper, &draft, &body);
}

static enum err tell_person(struct keeper *keeper, const struct circle *circle,
							const struct post *post, const struct person *person,
							const struct act *act, const char *decision_id,
							const struct buf *statement)
{
	struct draft draft = {.journal = journal_of(JOURNAL_INBOX, person->num),
						  .kind = act->inbox,
						  .post = post,
						  .person = person->num,
						  .circle = circle->num};
	struct buf body = {0};

	if (person->is_erased)
		return ERR_NONE;
	/* A post says by itself where it was. */
	if (!post)
		buf_format(&body, "\"circle\":\"%s\",", circle->id);
	buf_format(&body, "\"decision\":\"%s\",\"by\":\"%s\",\"statement\":", decision_id,
			   act->by_person ? "moderators" : "machine");
	buf_add(&body, statement->data, statement->bytes);
	member(&body, ",\"reason\":", act->reason);
	member(&body, ",\"rule\":", act->rule);
	if (act->inbox_further)
		buf_text(&body, act->inbox_further);
	return append(keeper, &draft, &body);
}

/* The row first: the statement names it. */
static enum err decision_insert(struct keeper *keeper, const struct circle *circle,
								const struct post *post, const struct person *person,
								const struct act *act, int64_t appeal_until, struct decided *out)
{
	int64_t nonce = (int64_t)id_random();
	enum err err = db_insert(
		keeper_db(keeper), &out->num,
		"INSERT INTO decision (nonce, circle, post, person, what, by_person, reason, rule, note,"
		" at, statement, sanction, words, appeal_until, reverses) VALUES (?, ?, nullif(?, 0), ?, ?,"
		" nullif(?, 0), ?, ?, ?, ?, '{}', nullif(?, 0), ?, nullif(?, 0), nullif(?, 0))",
		"iiiititttiisii", nonce, circle->num, post ? post->num : (int64_t)0, person->num, act->what,
		act->by_person, act->reason, act->rule, act->note, keeper_now(keeper), act->sanction,
		/* Kept for an appeal alone. */
		appeal_until ? act->words : NULL, act->words_bytes, appeal_until, act->reverses);

	if (!err)
		id_seal(keeper_id_key(keeper), 'd', out->num, (uint64_t)nonce, out->id);
	return err;
}

static enum err state_reasons(struct call *call, struct keeper *keeper, const struct act *act,
							  const char *lang, int64_t appeal_until, const struct decided *decided,
							  struct buf *out)
{
	struct statement words = {.decision = act->what,
							  .restriction = act->restriction,
							  .scope = act->scope ? act->scope : "post",
							  .until = act->until,
							  .reason = act->reason,
							  .rule = act->rule,
							  .found = act->verdict,
							  .by_report = act->by_report,
							  .is_machine = !act->by_person,
							  .appeal_until = appeal_until,
							  .decision_id = decided->id};

	statement_write(call->house, lang, &words, out);
	if (!buf_ok(out))
		return ERR_STORAGE;
	return db_run(keeper_db(keeper), "UPDATE decision SET statement = ? WHERE num = ?", "si",
				  out->data, out->bytes, decided->num);
}

enum err act_keep(struct call *call, struct keeper *keeper, const struct circle *circle,
				  const struct post *post, const struct item *item, const struct act *given,
				  struct decided *out)
{
	struct act act = *given;
	const struct person *person = act.person ? act.person : &post->person;
	int64_t days = call->house->config->appeal_days;
	/* Only what takes something away can be appealed, and no decision on an appeal. */
	int64_t appeal_until = act.restriction && days ? keeper_now(keeper) + days * 86400000 : 0;
	struct buf statement = {0};
	struct decided decided = {0};
	enum err err;

	if (!act.reason && act.reason_key)
		act.reason = texts_get(call->house->texts, person->lang, act.reason_key);
	err = decision_insert(keeper, circle, post, person, &act, appeal_until, &decided);
	if (!err)
		err = state_reasons(call, keeper, &act, person->lang, appeal_until, &decided, &statement);
	if (!err)
		err = tell_desk(keeper, circle, post, item, &act, person, decided.id, &statement);
	if (!err)
		err = tell_person(keeper, circle, post, person, &act, decided.id, &statement);
	if (out)
		*out = decided;
	buf_fini(&statement);
	return err;
}

enum err item_withdraw(struct keeper *keeper, const struct circle *circle, const struct post *post,
					   const struct item *item)
{
	char body[80], id[ID_TEXT];
	struct draft draft = {.journal = journal_of(JOURNAL_DESK, circle->num),
						  .kind = EVENT_HELD_WITHDRAWN,
						  .post = post,
						  .body = body};
	enum err err = item_end(keeper, item, "withdrawn");

	id_seal(keeper_id_key(keeper), 'i', item->num, (uint64_t)item->nonce, id);
	snprintf(body, sizeof body, "\"item\":\"%s\"", id);
	return err ? err : keeper_append(keeper, &draft, NULL);
}

static enum err reporter_tell(struct call *call, struct keeper *keeper, int64_t person,
							  const struct post *post, bool upheld)
{
	struct buf body = {0};
	struct person reporter = {0};
	struct draft draft = {
		.journal = journal_of(JOURNAL_INBOX, person), .kind = EVENT_REPORT_CLOSED, .post = post};
	enum err err = person_load(keeper_db(keeper), keeper_id_key(keeper), person, &reporter);

	if (err || reporter.is_erased)
		return err;
	buf_format(&body, "\"by\":\"moderators\",\"outcome\":\"%s\"", upheld ? "upheld" : "dismissed");
	member(&body, ",\"message\":",
		   texts_get(call->house->texts, reporter.lang,
					 upheld ? "report.closed.upheld" : "report.closed.dismissed"));
	buf_add(&body, "", 1);
	draft.body = body.data;
	err = buf_ok(&body) ? keeper_append(keeper, &draft, NULL) : ERR_STORAGE;
	buf_fini(&body);
	return err;
}

enum err reports_close(struct call *call, struct keeper *keeper, const struct circle *circle,
					   const struct post *post, bool upheld)
{
	struct item item = {0};
	struct cursor *cursor;
	enum err err = item_open_of(keeper, post->num, "report", &item);
	enum err ended;

	(void)circle;
	if (err) {
		item_fini(&item);
		return err == ERR_NOT_FOUND ? ERR_NONE : err;
	}
	err = item_end(keeper, &item, "decided");
	cursor = db_query(keeper_db(keeper), "SELECT person FROM report WHERE item = ?", "i", item.num);
	while (!err && cursor_next(cursor))
		err = reporter_tell(call, keeper, cursor_int(cursor, 0), post, upheld);
	ended = cursor_end(&cursor);
	item_fini(&item);
	return ended ? ended : err;
}
