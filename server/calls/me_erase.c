/* me_erase.c: a person goes. Words, salts and identity are blanked; the number and shape of what
 * was said stay, and the chains, which cover salted digests, still verify. */
#include "calls/calls.h"
#include "calls/item.h"
#include "circle/reason.h"
#include "store/mask.h"
#include "store/said.h"

/* At once: nobody can come back as this person, speak, or be named. */
static const char *const at_first[] = {
	"DELETE FROM device WHERE person = ?", "DELETE FROM invitation WHERE person = ?",
	"DELETE FROM member WHERE person = ?", "DELETE FROM accepted WHERE person = ?",
	"DELETE FROM mark WHERE person = ?",   "DELETE FROM answered WHERE person = ?",
};
/* Each was a decision. Those that have ended have no index by person. */
#define SANCTIONS_OF \
	"SELECT sanction FROM decision WHERE person = ?1 AND sanction IS NOT NULL UNION" \
	" SELECT num FROM sanction WHERE person = ?1 AND lifted IS NULL"

/* Once no post is left. What was decided stays counted; the sentences about this person's words go.
 */
static const char *const at_last[] = {
	"UPDATE report SET note = NULL, reason = '' WHERE person = ?",
	"UPDATE report SET note = NULL WHERE post IN (SELECT num FROM post WHERE author = ?)",
	"UPDATE decision SET statement = '{}', words = NULL, note = NULL WHERE person = ?",
	"UPDATE appeal SET text = NULL, answer = NULL WHERE person = ?",
	"UPDATE item SET salt = NULL WHERE num IN (SELECT item FROM appeal WHERE person = ?)",
	"UPDATE sanction SET reason = '', cause = '' WHERE num IN (" SANCTIONS_OF ")",
	"DELETE FROM sanction_near WHERE person = ?",
	"DELETE FROM watch WHERE circle IN (SELECT num FROM circle) AND person = ?",
	"DELETE FROM hard_read WHERE circle IN (SELECT num FROM circle) AND person = ?",
	"UPDATE note SET text = '', salt = NULL WHERE about = 'participant' AND subject = ?",
	"UPDATE note SET text = '', salt = NULL WHERE about = 'post' AND subject IN"
	" (SELECT num FROM post WHERE author = ?)",
	"UPDATE note SET text = '', salt = NULL WHERE about = 'item' AND subject IN"
	" (SELECT i.num FROM item i JOIN post p ON p.num = i.post WHERE p.author = ?)",
	"DELETE FROM sanction_place WHERE sanction IN (" SANCTIONS_OF ")",
	"UPDATE item SET text = NULL, salt = NULL, verdict = NULL WHERE post IN"
	" (SELECT num FROM post WHERE author = ?)",
};

enum { STEP = 20 }; /* posts in one commit: others write in between */

static enum err erase_held(struct keeper *keeper, const struct circle *circle,
						   const struct post *post)
{
	struct item item = {0};
	int64_t num = 0;
	enum err err = db_number(keeper_db(keeper), 0, &num,
							 "SELECT num FROM item WHERE post = ? AND state = 'open'", "i",
							 post->num);

	while (!err && num) {
		err = item_load(keeper, num, &item);
		if (!err)
			err = item_withdraw(keeper, circle, post, &item);
		item_fini(&item);
		if (!err)
			err = db_number(keeper_db(keeper), 0, &num,
							"SELECT num FROM item WHERE post = ? AND state = 'open'", "i",
							post->num);
	}
	return err;
}

static enum err erase_post(struct keeper *keeper, int64_t num)
{
	struct post post = {0};
	struct circle *circle;
	struct draft draft = {.kind = EVENT_ERASED, .post = &post, .body = "\"by\":\"author\""};
	enum err err = db_run(keeper_db(keeper),
						  "UPDATE post SET text = NULL, kept = NULL, verdict = '{}', state = ?,"
						  " shown_name = '', shown_tag = NULL, shown_organisation = NULL,"
						  " rev = rev + (seq IS NOT NULL), lang = '', text_hash = 0, key_hash = 0"
						  " WHERE num = ?",
						  "ii", (int64_t)POST_ERASED, num);

	if (!err)
		err = post_load(keeper_db(keeper), keeper_id_key(keeper), num, &post);
	if (!err)
		err = keeper_circle(keeper, post.circle, &circle);
	if (!err)
		err = erase_held(keeper, circle, &post);
	/* What never stood in the circle was seen at the desk. */
	draft.journal = journal_of(post.seq ? JOURNAL_CIRCLE : JOURNAL_DESK, post.circle);
	if (!err)
		err = keeper_append(keeper, &draft, NULL);
	post_fini(&post);
	return err;
}

static enum err run_all(struct keeper *keeper, const char *const sql[], size_t count,
						int64_t person)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < count && !err; i++)
		err = db_run(keeper_db(keeper), sql[i], "i", person);
	return err;
}

static enum err begin(struct keeper *keeper, int64_t person)
{
	int64_t begun = 0;
	enum err err = db_number(keeper_db(keeper), 1, &begun,
							 "SELECT erasing IS NOT NULL FROM person WHERE num = ?", "i", person);

	if (err || begun)
		return err;
	/* While it is known what the name was. */
	err = mask_begin(keeper, person);
	if (!err)
		err = db_run(keeper_db(keeper),
					 "UPDATE person SET erasing = ?, name = '', tag = NULL, lang = 'he'"
					 " WHERE num = ?",
					 "ii", keeper_now(keeper), person);
	if (!err)
		err = run_all(keeper, at_first, sizeof at_first / sizeof *at_first, person);
	return err ? err : keeper_tell_house(keeper, EVENT_STANDING_CHANGED, person, 0);
}

/* Appeals that wait are withdrawn: there is nobody left to be answered. */
static enum err withdraw_appeals(struct keeper *keeper, int64_t person)
{
	int64_t num = 0;
	enum err err;

	do {
		struct item item = {0};
		struct circle *circle;

		err = db_number(keeper_db(keeper), 0, &num,
						"SELECT i.num FROM appeal a JOIN item i ON i.num = a.item"
						" WHERE a.person = ? AND i.state = 'open' LIMIT 1",
						"i", person);
		if (err || !num)
			break;
		err = item_load(keeper, num, &item);
		if (!err)
			err = keeper_circle(keeper, item.circle, &circle);
		if (!err)
			err = item_withdraw(keeper, circle, NULL, &item);
		item_fini(&item);
	} while (!err);
	return err;
}

/* What moderators gave as a reason goes, unless it is a code, and what they wrote at the desk. */
static enum err erase_reasons(struct keeper *keeper, int64_t person)
{
	struct buf codes = {0};
	enum err err = ERR_NO_MEMORY;

	for (size_t i = 0; reason_codes[i]; i++)
		buf_format(&codes, ",%s", reason_codes[i]);
	buf_text(&codes, ",");
	if (buf_ok(&codes))
		err = db_run(keeper_db(keeper),
					 "UPDATE decision SET reason = NULL WHERE person = ? AND by_person IS NOT NULL"
					 " AND NOT instr(?, ',' || reason || ',')",
					 "is", person, codes.data, codes.bytes);
	buf_fini(&codes);
	return err ? err : said_erase(keeper, person);
}

/* Their own inbox goes as well; it is not chained. */
static enum err finish(struct keeper *keeper, int64_t person)
{
	/* Once more: whatever was under way when it began. */
	enum err err = run_all(keeper, at_first, sizeof at_first / sizeof *at_first, person);

	if (!err)
		err = mask_end(keeper, person);
	if (!err)
		err = withdraw_appeals(keeper, person);
	if (!err)
		err = run_all(keeper, at_last, sizeof at_last / sizeof *at_last, person);

	if (!err)
		err = erase_reasons(keeper, person);
	if (!err)
		err = db_run(keeper_db(keeper), "UPDATE event SET body = NULL WHERE journal = ?", "i",
					 journal_of(JOURNAL_INBOX, person));
	if (!err)
		err = db_run(keeper_db(keeper),
					 "UPDATE person SET erased = ?, name = '', tag = NULL WHERE num = ?", "ii",
					 keeper_now(keeper), person);
	if (!err)
		err = keeper_tell_house(keeper, EVENT_PERSON_CHANGED, person, 0);
	keeper_scrub(keeper);
	return err;
}

/* What is erased has no key any more: the index leads past it, however much there is. */
static enum err next_posts(struct keeper *keeper, int64_t person, int64_t posts[STEP],
						   size_t *count)
{
	struct cursor *cursor = db_query(
		keeper_db(keeper),
		"SELECT num FROM (SELECT num FROM post WHERE author = ?1 AND key_hash < 0 LIMIT ?2)"
		" UNION ALL SELECT num FROM (SELECT num FROM post WHERE author = ?1 AND key_hash > 0"
		" LIMIT ?2) LIMIT ?2",
		"ii", person, (int64_t)STEP);

	*count = 0;
	while (*count < STEP && cursor_next(cursor))
		posts[(*count)++] = cursor_int(cursor, 0);
	return cursor_end(&cursor);
}

enum err erase_step(struct keeper *keeper, int64_t person, bool *more)
{
	int64_t posts[STEP];
	size_t count = 0;
	bool is_masked;
	enum err err = mask_step(keeper, person, &is_masked);

	if (!err && is_masked)
		err = next_posts(keeper, person, posts, &count);
	for (size_t i = 0; i < count && !err; i++)
		err = erase_post(keeper, posts[i]);
	*more = !is_masked || count == STEP;
	if (!err && *more)
		return db_run(keeper_db(keeper), "UPDATE person SET erasing = ? WHERE num = ?", "ii",
					  keeper_now(keeper), person);
	return err ? err : finish(keeper, person);
}

enum err keep_me_erase(struct call *call, struct keeper *keeper)
{
	int64_t person = call->asker.person;
	enum err err = begin(keeper, person);

	if (!err)
		err = erase_step(keeper, person, &call->again);
	call->outcome.erased_person = call->again ? 0 : person;
	return err;
}
