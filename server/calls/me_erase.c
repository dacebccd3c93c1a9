/* me_erase.c: a person goes. Words, salts and identity are blanked; the number and shape of what
 * was said stay, and the chains, which cover salted digests, still verify. */
#include "calls/calls.h"
#include "calls/item.h"

/* What has no journal of its own: identity, devices, places, marks, what was said to the desk. */
static const char *const blanks[] = {
	"DELETE FROM device WHERE person = ?",
	"DELETE FROM invitation WHERE person = ?",
	"DELETE FROM member WHERE person = ?",
	"DELETE FROM accepted WHERE person = ?",
	"DELETE FROM mark WHERE person = ?",
	"DELETE FROM answered WHERE person = ?",
	"UPDATE report SET note = NULL, reason = '' WHERE person = ?",
	/* What was decided stays counted; the sentences about this person's words go. */
	"UPDATE decision SET statement = '{}' WHERE person = ?",
	"UPDATE item SET text = NULL, salt = NULL, verdict = NULL WHERE post IN"
	" (SELECT num FROM post WHERE author = ?)",
};

static enum err erase_held(struct keeper *keeper, const struct circle *circle,
						   const struct post *post)
{
	static const char *const kinds[] = {"held", "edit", "report"};
	enum err err = ERR_NONE;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !err; i++) {
		struct item item = {0};

		err = item_open_of(keeper, post->num, kinds[i], &item);
		if (!err)
			err = item_withdraw(keeper, circle, post, &item);
		else if (err == ERR_NOT_FOUND)
			err = ERR_NONE;
		item_fini(&item);
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
						  " rev = rev + (seq IS NOT NULL), lang = '', text_hash = 0 WHERE num = ?",
						  "ii", (int64_t)POST_ERASED, num);

	if (!err)
		err = post_load(keeper_db(keeper), keeper_id_key(keeper), num, &post);
	if (!err)
		err = keeper_circle(keeper, post.circle, &circle);
	if (!err)
		err = erase_held(keeper, circle, &post);
	draft.journal = journal_of(JOURNAL_CIRCLE, post.circle);
	if (!err && post.seq)
		err = keeper_append(keeper, &draft, NULL);
	post_fini(&post);
	return err;
}

static enum err erase_posts(struct keeper *keeper, int64_t person)
{
	int64_t num = 0;
	enum err err = ERR_NONE;

	for (;;) {
		err = db_number(keeper_db(keeper), 0, &num,
						"SELECT min(num) FROM post WHERE author = ? AND num > ?", "ii", person,
						num);
		if (err || !num)
			return err;
		err = erase_post(keeper, num);
		if (err)
			return err;
	}
}

enum err keep_me_erase(struct call *call, struct keeper *keeper)
{
	int64_t person = call->asker.person;
	/* First the person: every rendering from here on is of somebody erased. */
	enum err err = db_run(keeper_db(keeper),
						  "UPDATE person SET erased = ?, name = '', tag = NULL, lang = 'he'"
						  " WHERE num = ?",
						  "ii", keeper_now(keeper), person);

	if (!err)
		err = erase_posts(keeper, person);
	for (size_t i = 0; i < sizeof blanks / sizeof *blanks && !err; i++)
		err = db_run(keeper_db(keeper), blanks[i], "i", person);
	/* Their own inbox; it is not chained. */
	if (!err)
		err = db_run(keeper_db(keeper), "UPDATE event SET body = NULL WHERE journal = ?", "i",
					 journal_of(JOURNAL_INBOX, person));
	if (!err)
		err = keeper_tell_house(keeper, EVENT_STANDING_CHANGED, person, 0);
	if (!err)
		err = keeper_tell_house(keeper, EVENT_PERSON_CHANGED, person, 0);
	keeper_scrub(keeper);
	call->outcome.erased_person = person;
	return err;
}
