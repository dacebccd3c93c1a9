/* appeal.c: one appeal against each decision, by the person whom it concerns; decided by another
 * than who decided, with words both ways. What is reversed is undone, and the two records name each
 * other. Silence is no answer: what nobody decided in time stays open. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "calls/calls.h"
#include "calls/desk_sanction.h"
#include "calls/enter.h"
#include "calls/key.h"
#include "calls/publish.h"

enum { TEXT_MOST = 2000 };

static enum err check_text(struct call *call)
{
	enum err err = check_sentence(call, "text", TEXT_MOST);

	if (!err && !param_or_null(call, "text")) {
		call->member = "text";
		err = call_refuse(call, ERR_BAD_PARAMS, "member");
	}
	return err ? err : check_key(call);
}

enum err check_appeal_open(struct call *call)
{
	const char *decision;
	enum err err = param_text(call, "decision", ID_TEXT, &decision);

	return err ? err : check_text(call);
}

/* The decision stands, or is undone: as we say it, and as others do. */
static const struct {
	const char *said;
	bool is_reversed;
} outcomes[] = {
	{"accepted", true},   {"approved", true}, {"confirmed", false}, {"denied", false},
	{"dismissed", false}, {"granted", true},  {"overruled", true},  {"overturned", true},
	{"rejected", false},  {"reversed", true}, {"upheld", false},
};

static bool outcome_read(const char *said, bool *is_reversed)
{
	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
		if (strcmp(said, outcomes[i].said) != 0)
			continue;
		*is_reversed = outcomes[i].is_reversed;
		return true;
	}
	return false;
}

enum err check_appeal_decide(struct call *call)
{
	const char *text;
	bool is_reversed;
	enum err err = param_text(call, "appeal", ID_TEXT, &text);

	if (!err)
		err = param_text(call, "outcome", 20, &text);
	if (!err && !outcome_read(text, &is_reversed))
		err = call_refuse(call, ERR_BAD_PARAMS, "outcome");
	return err ? err : check_text(call);
}

/* ---- the decision that is appealed ---- */

struct decision {
	int64_t num, nonce, circle, post, person, by_person, sanction, appeal_until, appeals, at;
	char what[16];
	char *words; /* owned; NULL: none */
	size_t words_bytes;
};

static void decision_fini(struct decision *decision)
{
	free(decision->words);
	decision->words = NULL;
}

static enum err decision_load(struct keeper *keeper, int64_t num, struct decision *out)
{
	struct cursor *cursor = db_query(
		keeper_db(keeper),
		"SELECT num, nonce, circle, coalesce(post, 0), person, coalesce(by_person, 0),"
		" coalesce(sanction, 0), coalesce(appeal_until, 0),"
		" (SELECT count(*) FROM appeal a WHERE a.decision = d.num), what, words, at"
		" FROM decision d WHERE num = ?",
		"i", num);
	enum err err = ERR_NOT_FOUND;
	enum err ended;

	*out = (struct decision){0};
	if (cursor_next(cursor)) {
		out->num = cursor_int(cursor, 0);
		out->nonce = cursor_int(cursor, 1);
		out->circle = cursor_int(cursor, 2);
		out->post = cursor_int(cursor, 3);
		out->person = cursor_int(cursor, 4);
		out->by_person = cursor_int(cursor, 5);
		out->sanction = cursor_int(cursor, 6);
		out->appeal_until = cursor_int(cursor, 7);
		out->appeals = cursor_int(cursor, 8);
		snprintf(out->what, sizeof out->what, "%s", cursor_text(cursor, 9));
		out->at = cursor_int(cursor, 11);
		out->words_bytes = cursor_bytes(cursor, 10);
		out->words = cursor_is_null(cursor, 10) ? NULL : strdup(cursor_text(cursor, 10));
		err = ERR_NONE;
	}
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

/* One's own; that there are others is nobody's business. */
static enum err decision_find(struct call *call, struct keeper *keeper, struct decision *out)
{
	int64_t num;
	uint64_t nonce;
	enum err err = enter_person(call, keeper);

	*out = (struct decision){0};
	if (!err && !id_open(keeper_id_key(keeper), 'd', param_or_null(call, "decision"), &num, &nonce))
		err = ERR_NOT_FOUND;
	if (!err)
		err = decision_load(keeper, num, out);
	if (!err && ((uint64_t)out->nonce != nonce || out->person != call->asker.person))
		err = ERR_NOT_FOUND;
	return err;
}

/* ---- opening one ---- */

struct opened {
	int64_t num, nonce, until;
	char id[ID_TEXT], item_id[ID_TEXT], until_text[CLOCK_TEXT];
	unsigned char salt[SALT_BYTES];
};

static enum err appeal_insert(struct call *call, struct keeper *keeper,
							  const struct decision *decision, struct opened *out)
{
	const char *text = param_or_null(call, "text");
	int64_t now = keeper_now(keeper), item = 0, item_nonce = (int64_t)id_random();
	int64_t days = call->house->config->appeal_answer_days;
	enum err err;

	out->nonce = (int64_t)id_random();
	out->until = now + days * 86400000;
	randombytes_buf(out->salt, sizeof out->salt);
	err = db_insert(keeper_db(keeper), &item,
					"INSERT INTO item (nonce, circle, kind, post, state, opened, until, then_what,"
					" cause, salt) VALUES (?, ?, 'appeal', nullif(?, 0), 'open', ?, ?, 'stays',"
					" 'appeal', ?)",
					"iiiiib", item_nonce, decision->circle, decision->post, now, out->until,
					out->salt, sizeof out->salt);
	if (!err)
		err = db_insert(
			keeper_db(keeper), &out->num,
			"INSERT INTO appeal (nonce, circle, decision, item, person, text, at, until)"
			" VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			"iiiiitii", out->nonce, decision->circle, decision->num, item, decision->person, text,
			now, out->until);
	id_seal(keeper_id_key(keeper), 'i', item, (uint64_t)item_nonce, out->item_id);
	id_seal(keeper_id_key(keeper), 'a', out->num, (uint64_t)out->nonce, out->id);
	clock_format(out->until, out->until_text);
	return err;
}

static enum err append(struct keeper *keeper, struct draft *draft, struct buf *body)
{
	enum err err;

	buf_add(body, "", 1);
	draft->body = body->data;
	err = buf_ok(body) ? keeper_append(keeper, draft, NULL) : ERR_NO_MEMORY;
	buf_fini(body);
	return err;
}

/* Its words do not stand in the chain: a digest does. */
static enum err tell_opened(struct call *call, struct keeper *keeper,
							const struct decision *decision, const struct post *post,
							const struct opened *opened)
{
	const char *text = param_or_null(call, "text");
	struct person person;
	struct buf body = {0};
	char digest[DIGEST_TEXT], id[ID_TEXT];
	struct draft draft = {.journal = journal_of(JOURNAL_DESK, decision->circle),
						  .kind = EVENT_APPEAL_OPENED,
						  .post = post};
	enum err err = person_load(keeper_db(keeper), keeper_id_key(keeper), decision->person, &person);

	if (err)
		return err;
	keeper_digest(opened->salt, text, strlen(text), digest);
	id_seal(keeper_id_key(keeper), 'd', decision->num, (uint64_t)decision->nonce, id);
	buf_format(
		&body,
		"\"item\":\"%s\",\"appeal\":\"%s\",\"decision\":\"%s\",\"participant\":{\"id\":\"%s\"},"
		"\"digest\":\"%s\",\"until\":\"%s\"",
		opened->item_id, opened->id, id, person.id, digest, opened->until_text);
	return append(keeper, &draft, &body);
}

static enum err post_of(struct keeper *keeper, const struct decision *decision, struct post *post)
{
	return decision->post
			   ? post_load(keeper_db(keeper), keeper_id_key(keeper), decision->post, post)
			   : ERR_NONE;
}

static enum err open_appeal(struct call *call, struct keeper *keeper,
							const struct decision *decision)
{
	struct post post = {0};
	struct opened opened = {0};
	enum err err = appeal_insert(call, keeper, decision, &opened);

	if (!err)
		err = post_of(keeper, decision, &post);
	if (!err)
		err = tell_opened(call, keeper, decision, decision->post ? &post : NULL, &opened);
	buf_format(&call->result, "{\"appeal\":\"%s\",\"until\":\"%s\"}", opened.id, opened.until_text);
	post_fini(&post);
	return err ? ERR_STORAGE : ERR_NONE;
}

static enum err may_appeal(struct call *call, struct keeper *keeper,
						   const struct decision *decision)
{
	if (!decision->appeal_until)
		return call_refuse(call, ERR_FORBIDDEN, "no_appeal");
	if (decision->appeals)
		return call_refuse(call, ERR_STALE, "appealed");
	if (decision->appeal_until < keeper_now(keeper))
		return call_refuse(call, ERR_STALE, "appeal_late");
	return ERR_NONE;
}

enum err keep_appeal_open(struct call *call, struct keeper *keeper)
{
	struct decision decision;
	struct circle *circle;
	struct key key;
	bool answered = false;
	enum err err = decision_find(call, keeper, &decision);

	if (!err)
		err = keeper_circle(keeper, decision.circle, &circle);
	if (!err) {
		key = key_make(call, keeper, circle->id, param_or_null(call, "decision"),
					   param_or_null(call, "text"));
		err = key_find(call, keeper, &key, &answered);
	}
	if (!err && !answered) {
		err = may_appeal(call, keeper, &decision);
		if (!err)
			err = open_appeal(call, keeper, &decision);
		if (!err)
			err = key_bind(call, keeper, &key);
	}
	decision_fini(&decision);
	return err;
}

/* ---- deciding it ---- */

struct appeal {
	int64_t num, nonce, circle, decision, item, person;
	bool is_decided;
};

static enum err appeal_find(struct call *call, struct keeper *keeper, struct appeal *out)
{
	struct cursor *cursor;
	int64_t num;
	uint64_t nonce;
	enum err err = ERR_NOT_FOUND;
	enum err ended;

	*out = (struct appeal){0};
	if (!id_open(keeper_id_key(keeper), 'a', param_or_null(call, "appeal"), &num, &nonce))
		return ERR_NOT_FOUND;
	cursor = db_query(keeper_db(keeper),
					  "SELECT a.num, a.nonce, a.circle, a.decision, a.item, a.person,"
					  " a.outcome IS NOT NULL OR i.state <> 'open' FROM appeal a"
					  " JOIN item i ON i.num = a.item WHERE a.num = ? AND a.nonce = ?",
					  "ii", num, (int64_t)nonce);
	if (cursor_next(cursor)) {
		out->num = cursor_int(cursor, 0);
		out->nonce = cursor_int(cursor, 1);
		out->circle = cursor_int(cursor, 2);
		out->decision = cursor_int(cursor, 3);
		out->item = cursor_int(cursor, 4);
		out->person = cursor_int(cursor, 5);
		out->is_decided = cursor_int(cursor, 6) != 0;
		err = ERR_NONE;
	}
	ended = cursor_end(&cursor);
	return ended ? ended : err;
}

/* Has a later decision, which stands, taken the post away or masked it as well? */
static enum err decided_later(struct keeper *keeper, const struct decision *decision, bool *out)
{
	int64_t count = 0;
	enum err err = db_number(keeper_db(keeper), 0, &count,
							 "SELECT count(*) FROM decision WHERE post = ? AND num > ?"
							 " AND what IN ('redacted', 'removed') AND reversed_by IS NULL",
							 "ii", decision->post, decision->num);

	*out = count > 0;
	return err;
}

/* A removal that is undone leaves a masking that came before it and stands. */
static enum err masked_before(struct keeper *keeper, const struct decision *decision,
							  struct post *post, bool *is_masked)
{
	struct cursor *cursor = db_query(
		keeper_db(keeper),
		"SELECT words FROM decision d WHERE post = ?1 AND num < ?2 AND what = 'redacted'"
		" AND reversed_by IS NULL AND words IS NOT NULL AND NOT EXISTS (SELECT 1 FROM decision r"
		" WHERE r.post = ?1 AND r.what = 'restored' AND r.num > d.num AND r.num < ?2)"
		" ORDER BY num DESC LIMIT 1",
		"ii", decision->post, decision->num);
	enum err err = ERR_NONE;
	enum err ended;

	*is_masked = cursor_next(cursor);
	if (*is_masked)
		err = post_set_text(post, cursor_text(cursor, 0), cursor_bytes(cursor, 0));
	ended = cursor_end(&cursor);
	return err ? err : ended;
}

static enum err restore_post(struct keeper *keeper, const struct circle *circle,
							 const struct decision *decision, struct post *post)
{
	struct draft draft = {.journal = journal_of(JOURNAL_CIRCLE, circle->num),
						  .kind = EVENT_RESTORED,
						  .post = post,
						  .body = "\"by\":\"moderators\""};
	bool is_gone = post->state == POST_REMOVED || post->state == POST_REDACTED;
	bool is_masked = false, is_later = false;
	enum err err = decided_later(keeper, decision, &is_later);

	/* Retracted or restored meanwhile, or taken away by another decision: the record is enough. */
	if (err || is_later || !is_gone || !post->kept)
		return err;
	err = masked_before(keeper, decision, post, &is_masked);
	if (!is_masked) {
		free(post->text);
		post->text = post->kept;
		post->text_bytes = post->kept_bytes;
		post->kept = NULL;
		post->kept_bytes = 0;
	}
	post->state = is_masked ? POST_REDACTED : POST_VISIBLE;
	post->rev++;
	if (!err)
		err = post_update(keeper_db(keeper), post);
	return err ? err : keeper_append(keeper, &draft, NULL);
}

/* An edit that was not let in: unless the post has other words by now. */
static enum err edit_after_all(struct keeper *keeper, struct circle *circle,
							   const struct decision *decision, struct post *post)
{
	int64_t newer = 0;
	enum err err = db_number(keeper_db(keeper), 0, &newer,
							 "SELECT 1 FROM event WHERE thread = ? AND journal = ? AND post = ?"
							 " AND kind = ? AND at >= ? LIMIT 1",
							 "iiiii", post->thread, journal_of(JOURNAL_CIRCLE, circle->num),
							 post->num, (int64_t)EVENT_EDITED, decision->at);

	if (err || newer || post->state != POST_VISIBLE)
		return err;
	return edit_apply(keeper, circle, post, decision->words, decision->words_bytes, post->lang,
					  NULL, NULL);
}

/* What was not let in goes in now, in its own name and place; not into a circle that has closed. */
static enum err publish_after_all(struct keeper *keeper, struct circle *circle,
								  const struct decision *decision, struct post *post)
{
	enum err err;

	if (!circle->is_open)
		return ERR_NONE;
	if (decision->words)
		return edit_after_all(keeper, circle, decision, post);
	if (post->state != POST_REJECTED)
		return ERR_NONE;
	err = publish_place(keeper, circle, post);
	post->state = POST_VISIBLE;
	if (!err)
		err = post_update(keeper_db(keeper), post);
	return err ? err : publish_post(keeper, circle, post);
}

static enum err lift_it(struct call *call, struct keeper *keeper, const struct decision *decision)
{
	struct lifting lifting = {.by_person = call->asker.person,
							  .reason = param_or_null(call, "text")};
	struct sanction sanction;
	enum err err = sanction_load(keeper, decision->sanction, &sanction);

	if (err || sanction_is_over(keeper, &sanction))
		return err;
	return sanction_lift(call, keeper, &sanction, &lifting);
}

static enum err undo(struct call *call, struct keeper *keeper, struct circle *circle,
					 const struct decision *decision, struct post *post)
{
	if (decision->sanction)
		return lift_it(call, keeper, decision);
	if (strcmp(decision->what, "removed") == 0 || strcmp(decision->what, "redacted") == 0)
		return restore_post(keeper, circle, decision, post);
	return publish_after_all(keeper, circle, decision, post);
}

static enum err members_write(struct call *call, struct keeper *keeper, const struct appeal *appeal,
							  const struct decision *decision, const char *lang, bool is_reversed,
							  struct buf *desk, struct buf *inbox)
{
	const char *said = is_reversed ? "reversed" : "upheld", *text = param_or_null(call, "text");
	const char *message = texts_get(call->house->texts, lang,
									is_reversed ? "appeal.overturned" : "appeal.upheld");
	char id[ID_TEXT], about[ID_TEXT];

	id_seal(keeper_id_key(keeper), 'a', appeal->num, (uint64_t)appeal->nonce, id);
	id_seal(keeper_id_key(keeper), 'd', decision->num, (uint64_t)decision->nonce, about);
	buf_format(desk, ",\"appeal\":\"%s\",\"appealed\":\"%s\",\"outcome\":\"%s\"", id, about, said);
	buf_format(inbox, ",\"appeal\":\"%s\",\"appealed\":\"%s\",\"outcome\":\"%s\",\"text\":", id,
			   about, said);
	buf_json(inbox, text, strlen(text));
	buf_text(inbox, ",\"message\":");
	buf_json(inbox, message, strlen(message));
	buf_add(desk, "", 1);
	buf_add(inbox, "", 1);
	return buf_ok(desk) && buf_ok(inbox) ? ERR_NONE : ERR_NO_MEMORY;
}

/* The post, if it was about one, as it stands now: at the desk one need not wait for the event. */
static void answer_write(struct call *call, struct keeper *keeper, const struct decision *decision,
						 const struct post *post, const struct decided *decided,
						 const char *outcome)
{
	char id[ID_TEXT];

	buf_format(&call->result, "{\"decision\":\"%s\",\"outcome\":\"%s\"", decided->id, outcome);
	if (decision->post) {
		post_id(keeper_id_key(keeper), post, id);
		buf_format(&call->result, ",\"post\":\"%s\",\"state\":\"%s\",\"rev\":%" PRId64, id,
				   post_state_name(post->state), post->rev);
		if (post->seq)
			buf_format(&call->result, ",\"seq\":%" PRId64, post->seq);
	}
	buf_text(&call->result, "}");
}

/* The new record, told to both sides, and the links between the two. */
static enum err record(struct call *call, struct keeper *keeper, struct circle *circle,
					   const struct appeal *appeal, const struct decision *decision,
					   const struct post *post, bool is_reversed)
{
	struct act act = {.what = is_reversed ? "reversed" : "upheld",
					  .desk = EVENT_APPEAL_DECIDED,
					  .inbox = EVENT_APPEAL_DECIDED,
					  .by_person = call->asker.person,
					  .reason = param_or_null(call, "text"),
					  .scope = decision->sanction ? "circle" : "post",
					  .reverses = is_reversed ? decision->num : 0};
	struct buf desk = {0}, inbox = {0};
	struct item item = {0};
	struct person person;
	struct decided decided = {0};
	enum err err = person_load(keeper_db(keeper), keeper_id_key(keeper), appeal->person, &person);

	if (!err)
		err = item_load(keeper, appeal->item, &item);
	if (!err)
		err = item_end(keeper, &item, "decided");
	if (!err)
		err = members_write(call, keeper, appeal, decision, person.lang, is_reversed, &desk,
							&inbox);
	act.person = &person;
	act.further = desk.data;
	act.inbox_further = inbox.data;
	if (!err)
		err = act_keep(call, keeper, circle, decision->post ? post : NULL, &item, &act, &decided);
	if (!err && is_reversed)
		err = db_run(keeper_db(keeper), "UPDATE decision SET reversed_by = ? WHERE num = ?", "ii",
					 decided.num, decision->num);
	if (!err)
		err = db_run(keeper_db(keeper),
					 "UPDATE appeal SET outcome = ?, answer = ?, by_person = ?, decided = ?"
					 " WHERE num = ?",
					 "ttiii", act.what, act.reason, act.by_person, keeper_now(keeper), appeal->num);
	answer_write(call, keeper, decision, post, &decided, act.what);
	item_fini(&item);
	buf_fini(&desk);
	buf_fini(&inbox);
	return err;
}

static enum err decide_appeal(struct call *call, struct keeper *keeper, struct circle *circle,
							  const struct appeal *appeal, const struct decision *decision)
{
	struct post post = {0};
	bool is_reversed = false;
	enum err err = post_of(keeper, decision, &post);

	(void)outcome_read(param_or_null(call, "outcome"), &is_reversed);
	if (!err && is_reversed)
		err = undo(call, keeper, circle, decision, &post);
	if (!err)
		err = record(call, keeper, circle, appeal, decision, &post, is_reversed);
	post_fini(&post);
	return err ? ERR_STORAGE : ERR_NONE;
}

static enum err may_decide(struct call *call, const struct appeal *appeal,
						   const struct decision *decision)
{
	if (appeal->is_decided)
		return call_refuse(call, ERR_STALE, "decided");
	if (appeal->person == call->asker.person)
		return call_refuse(call, ERR_FORBIDDEN, "oneself");
	if (decision->by_person == call->asker.person)
		return call_refuse(call, ERR_FORBIDDEN, "another_moderator");
	return ERR_NONE;
}

enum err keep_appeal_decide(struct call *call, struct keeper *keeper)
{
	struct decision decision = {0};
	struct standing *standing;
	struct circle *circle;
	struct appeal appeal;
	struct key key;
	char about[ID_TEXT + 24];
	bool answered = false;
	enum err err = appeal_find(call, keeper, &appeal);

	if (!err)
		err = enter_desk_of(call, keeper, appeal.circle, &circle, &standing);
	/* Whoever is no moderator there does not even learn that it exists. */
	if (err == ERR_FORBIDDEN)
		err = call_refuse(call, ERR_NOT_FOUND, NULL);
	if (!err) {
		snprintf(about, sizeof about, "%s %s", param_or_null(call, "appeal"),
				 param_or_null(call, "outcome"));
		key = key_make(call, keeper, circle->id, about, param_or_null(call, "text"));
		err = key_find(call, keeper, &key, &answered);
	}
	if (!err && !answered)
		err = decision_load(keeper, appeal.decision, &decision);
	if (!err && !answered)
		err = may_decide(call, &appeal, &decision);
	if (!err && !answered) {
		err = decide_appeal(call, keeper, circle, &appeal, &decision);
		if (!err)
			err = key_bind(call, keeper, &key);
	}
	decision_fini(&decision);
	return err;
}

enum err due_appeals(struct keeper *keeper)
{
	return db_run(keeper_db(keeper),
				  "UPDATE decision SET words = NULL WHERE num IN (SELECT num FROM decision d"
				  " WHERE words IS NOT NULL AND appeal_until < ? AND NOT EXISTS"
				  " (SELECT 1 FROM appeal a WHERE a.decision = d.num AND a.outcome IS NULL)"
				  " LIMIT 200)",
				  "i", keeper_now(keeper));
}
