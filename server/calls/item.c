/* item.c: see item.h. The store's thread. */
#include "calls/item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "calls/enter.h"
#include "calls/statement.h"

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

static enum err tell_desk(struct keeper *keeper, const struct circle *circle,
						  const struct post *post, const struct item *item, const struct act *act,
						  const char *decision_id)
{
	struct person by = {0};
	struct buf body = {0};
	char id[ID_TEXT];
	struct draft draft = {
		.journal = journal_of(JOURNAL_DESK, circle->num), .kind = act->desk, .post = post};
	enum err err = act->by_person
					   ? person_load(keeper_db(keeper), keeper_id_key(keeper), act->by_person, &by)
					   : ERR_NONE;

	member(&body, "\"decision\":", decision_id);
	member(&body, ",\"by\":", act->by_person ? by.id : "machine");
	if (item) {
		id_seal(keeper_id_key(keeper), 'i', item->num, (uint64_t)item->nonce, id);
		member(&body, ",\"item\":", id);
	}
	member(&body, ",\"what\":", act->what);
	member(&body, ",\"reason\":", act->reason);
	member(&body, ",\"rule\":", act->rule);
	member(&body, ",\"note\":", act->note);
	if (act->further)
		buf_text(&body, act->further);
	buf_add(&body, "", 1);
	draft.body = body.data;
	if (!err)
		err = buf_ok(&body) ? keeper_append(keeper, &draft, NULL) : ERR_STORAGE;
	buf_fini(&body);
	return err;
}

static enum err tell_author(struct keeper *keeper, const struct post *post, const struct act *act,
							const char *decision_id, const struct buf *statement)
{
	struct draft draft = {
		.journal = journal_of(JOURNAL_INBOX, post->author), .kind = act->inbox, .post = post};
	struct buf body = {0};
	enum err err;

	if (post->person.is_erased)
		return ERR_NONE;
	buf_format(&body, "\"decision\":\"%s\",\"by\":\"%s\",\"statement\":", decision_id,
			   act->by_person ? "moderators" : "machine");
	buf_add(&body, statement->data, statement->bytes);
	member(&body, ",\"reason\":", act->reason);
	member(&body, ",\"rule\":", act->rule);
	buf_add(&body, "", 1);
	draft.body = body.data;
	err = buf_ok(&body) ? keeper_append(keeper, &draft, NULL) : ERR_STORAGE;
	buf_fini(&body);
	return err;
}

enum err act_keep(struct call *call, struct keeper *keeper, const struct circle *circle,
				  const struct post *post, const struct item *item, const struct act *given,
				  char decision_id[ID_TEXT])
{
	struct act worded = *given;
	const struct act *act = &worded;
	const struct house *house = call->house;
	int64_t nonce = (int64_t)id_random(), decision;
	struct statement words = {.decision = act->what,
							  .restriction = act->restriction,
							  .scope = "post",
							  .reason = act->reason,
							  .rule = act->rule,
							  .found = act->verdict,
							  .by_report = act->by_report,
							  .is_machine = !act->by_person,
							  /* No date is promised while there is no call to appeal by. */
							  .appeal_until = 0};
	struct buf statement = {0};
	char id[ID_TEXT];
	enum err err;

	if (!worded.reason && worded.reason_key)
		words.reason = worded.reason = texts_get(house->texts, post->person.lang,
												 worded.reason_key);
	statement_write(house, post->person.lang, &words, &statement);
	err = buf_ok(&statement) ? ERR_NONE : ERR_STORAGE;
	if (!err)
		err = db_insert(keeper_db(keeper), &decision,
						"INSERT INTO decision (nonce, circle, post, person, what, by_person,"
						" reason, rule, note, at, statement)"
						" VALUES (?, ?, ?, ?, ?, nullif(?, 0), ?, ?, ?, ?, ?)",
						"iiiititttis", nonce, circle->num, post->num, post->author, act->what,
						act->by_person, act->reason, act->rule, act->note, keeper_now(keeper),
						statement.data, statement.bytes);
	if (!err) {
		id_seal(keeper_id_key(keeper), 'd', decision, (uint64_t)nonce, id);
		err = tell_desk(keeper, circle, post, item, act, id);
	}
	if (!err)
		err = tell_author(keeper, post, act, id, &statement);
	if (!err && decision_id)
		memcpy(decision_id, id, sizeof id);
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
