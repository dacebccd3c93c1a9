/* hold.c: see hold.h. The store's thread. */
#include "calls/hold.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "calls/statement.h"
#include "calls/verdict_text.h"

void hold_settle(struct call *call, struct keeper *keeper, const struct circle *circle,
				 struct hold *hold)
{
	bool only_door = hold->cause == HOLD_DOOR || hold->cause == HOLD_NEWCOMER;

	hold->until = keeper_now(keeper) + (int64_t)call->house->config->hold_minutes * 60000;
	hold->then = circle->then_default;
	if (hold->then == THEN_PUBLISHED && !only_door)
		hold->then = THEN_RETURNED;
}

void hold_cause_read(const char *verdict, char out[24])
{
	json_t *read = json_loads(verdict ? verdict : "", 0, NULL);
	const char *cause = json_string_value(json_object_get(read, "cause"));

	snprintf(out, 24, "%s", cause && *cause ? cause : hold_cause_name(HOLD_FILTER));
	json_decref(read);
}

void hold_write(const struct house *house, const char *lang, const struct held_words *held,
				struct buf *out)
{
	struct buf message = {0};
	char until[CLOCK_TEXT], seconds[24], key[64];

	clock_format(held->until, until);
	snprintf(seconds, sizeof seconds, "%" PRId64, (held->until - held->since + 999) / 1000);
	snprintf(key, sizeof key, "%s",
			 hold_cause_key(held->is_edit ? HOLD_EDIT : hold_cause_parse(held->cause)));
	buf_text(&message, texts_get(house->texts, lang, key));
	buf_text(&message, " ");
	/* By how long rather than by when: the hour is another in each time zone. */
	texts_format(house->texts, lang, "hold.within", &message, "seconds", seconds, NULL);
	snprintf(key, sizeof key, "hold.then.%s%s", held->then, held->is_edit ? ".edit" : "");
	buf_text(&message, " ");
	buf_text(&message, texts_get(house->texts, lang, key));
	buf_format(out, "{\"until\":\"%s\",\"then\":\"%s\",\"cause\":\"%s\",\"message\":", until,
			   held->then, held->cause);
	buf_json(out, message.bytes ? message.data : "", message.bytes);
	buf_text(out, "}");
	buf_fini(&message);
}

static enum err tell_desk(struct keeper *keeper, const struct circle *circle,
						  const struct post *post, const struct hold *hold, int64_t item,
						  int64_t nonce, const unsigned char salt[SALT_BYTES])
{
	struct buf body = {0};
	char id[ID_TEXT], digest[DIGEST_TEXT], until[CLOCK_TEXT];
	struct draft draft = {
		.journal = journal_of(JOURNAL_DESK, circle->num), .kind = EVENT_HELD, .post = post};
	enum err err;

	id_seal(keeper_id_key(keeper), 'i', item, (uint64_t)nonce, id);
	keeper_digest(salt, hold->text ? hold->text : post->text,
				  hold->text ? hold->text_bytes : post->text_bytes, digest);
	buf_format(&body,
			   "\"item\":\"%s\",\"what\":\"%s\",\"cause\":\"%s\",\"digest\":\"%s\",\"held\":", id,
			   hold->text ? "edit" : "post", hold_cause_name(hold->cause), digest);
	clock_format(hold->until, until);
	buf_format(&body, "{\"until\":\"%s\",\"then\":\"%s\"}", until, then_name(hold->then));
	buf_text(&body, ",\"verdict\":");
	buf_text(&body, hold->verdict);
	buf_add(&body, "", 1);
	draft.body = body.data;
	err = buf_ok(&body) ? keeper_append(keeper, &draft, NULL) : ERR_STORAGE;
	buf_fini(&body);
	return err;
}

static enum err tell_author(struct call *call, struct keeper *keeper, const struct post *post,
							const struct hold *hold)
{
	struct buf body = {0};
	struct held_words held = {.since = keeper_now(keeper),
							  .until = hold->until,
							  .then = then_name(hold->then),
							  .cause = hold_cause_name(hold->cause),
							  .is_edit = hold->text != NULL};
	struct statement statement = {.decision = "held",
								  .restriction = "held",
								  .scope = "post",
								  .until = hold->until,
								  .is_machine = true,
								  .found = hold->verdict};
	struct draft draft = {
		.journal = journal_of(JOURNAL_INBOX, post->author), .kind = EVENT_POST_HELD, .post = post};
	enum err err;

	buf_text(&body, "\"by\":\"machine\",\"held\":");
	hold_write(call->house, post->person.lang, &held, &body);
	buf_text(&body, ",\"reasons\":");
	reasons_write(hold->verdict, call->ruleset, call->asker.lang, &body);
	buf_text(&body, ",\"statement\":");
	statement_write(call->house, call->asker.lang, &statement, &body);
	buf_add(&body, "", 1);
	draft.body = body.data;
	err = buf_ok(&body) ? keeper_append(keeper, &draft, NULL) : ERR_STORAGE;
	buf_fini(&body);
	return err;
}

enum err hold_keep(struct call *call, struct keeper *keeper, const struct circle *circle,
				   const struct post *post, const struct hold *hold)
{
	unsigned char salt[SALT_BYTES];
	int64_t nonce = (int64_t)id_random(), item;
	enum err err;

	randombytes_buf(salt, sizeof salt);
	err = db_insert(keeper_db(keeper), &item,
					"INSERT INTO item (nonce, circle, kind, post, state, opened, until, then_what,"
					" cause, text, lang, verdict, salt)"
					" VALUES (?, ?, ?, ?, 'open', ?, ?, ?, ?, ?, ?, ?, ?)",
					"iitiiittsttb", nonce, circle->num, hold->text ? "edit" : "held", post->num,
					keeper_now(keeper), hold->until, then_name(hold->then),
					hold_cause_name(hold->cause), hold->text, hold->text_bytes, hold->lang,
					hold->verdict, salt, sizeof salt);
	if (!err)
		err = tell_desk(keeper, circle, post, hold, item, nonce, salt);
	return err ? err : tell_author(call, keeper, post, hold);
}
