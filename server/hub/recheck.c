/* recheck.c: may those who are here stay? recheck_run() runs on a reader's thread; see
 * recheck.h. */
#include "hub/recheck.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "circle/role.h"
#include "store/circles.h"

enum finding_about { MAY_STAY, MUST_LEAVE, IS_NOBODY };

/* One session in one journal; journal 0: whether the session itself may go on. */
struct question {
	uint64_t session;
	int64_t person, device, journal;
	enum finding_about answer;
};

struct recheck {
	struct reading reading; /* first member, so that one is the other */
	struct fanout *fanout;
	enum err err;
	int64_t row; /* how new what was asked is */
	size_t count, room;
	struct question *questions;
};

static void recheck_free(struct recheck **recheck)
{
	struct recheck *mine = *recheck;

	*recheck = NULL;
	if (!mine)
		return;
	free(mine->questions);
	free(mine);
}

/* On a reader's thread */

static enum err ask_session(struct db *db, const struct store *store, struct question *question)
{
	struct person person;
	int64_t stands = 0;
	enum err err = person_load(db, store_id_key(store), question->person, &person);

	if (!err)
		err = db_number(db, 0, &stands,
				"SELECT 1 FROM device WHERE num = ? AND revoked IS NULL", "i",
				question->device);
	if (err == ERR_NOT_FOUND || (!err && (person.is_erased || !stands))) {
		question->answer = IS_NOBODY;
		return ERR_NONE;
	}
	return err;
}

static enum err circle_public_id(struct db *db, int64_t circle, char out[CIRCLE_ID_TEXT])
{
	struct cursor *cursor = db_query(db, "SELECT id FROM circle WHERE num = ?", "i", circle);

	out[0] = '\0';
	if (cursor_next(cursor)) {
		strncpy(out, cursor_text(cursor, 0), CIRCLE_ID_TEXT - 1);
		out[CIRCLE_ID_TEXT - 1] = '\0';
	}
	return cursor_end(&cursor);
}

static enum err ask_circle(struct db *db, struct question *question)
{
	char id[CIRCLE_ID_TEXT];
	int64_t circle = 0;
	enum role role = ROLE_NONE;
	enum err err = circle_public_id(db, journal_owner(question->journal), id);

	if (!err)
		err = circle_enter(db, question->person, id, &circle, &role);
	if (err == ERR_NOT_FOUND || err == ERR_SANCTIONED) {
		question->answer = MUST_LEAVE;
		return ERR_NONE;
	}
	if (!err && journal_kind_of(question->journal) == JOURNAL_DESK && role < ROLE_MODERATOR)
		question->answer = MUST_LEAVE;
	return err;
}

static void recheck_run(struct reading *reading, struct db *db, int64_t head_row)
{
	struct recheck *recheck = (struct recheck *)reading;

	recheck->row = head_row;
	recheck->err = db ? ERR_NONE : ERR_STORAGE;
	for (size_t i = 0; i < recheck->count && !recheck->err; i++) {
		struct question *question = &recheck->questions[i];

		if (question->journal)
			recheck->err = ask_circle(db, question);
		else
			recheck->err = ask_session(db, recheck->fanout->store, question);
	}
}

/* On the hub's thread */

static bool make_room(struct recheck *recheck)
{
	size_t room = recheck->room ? recheck->room * 2 : 8;
	struct question *questions;

	if (recheck->count < recheck->room)
		return true;
	questions = realloc(recheck->questions, room * sizeof *questions);
	if (!questions)
		return false;
	recheck->questions = questions;
	recheck->room = room;
	return true;
}

static void add_question(struct recheck *recheck, struct session *session, int64_t journal)
{
	if (!make_room(recheck)) {
		session_close(recheck->fanout->sessions, session, CLOSE_TRY_LATER);
		return;
	}
	recheck->questions[recheck->count++] = (struct question){
		.session = session->handle,
		.person = session->person,
		.device = session->device,
		.journal = journal,
	};
}

/* Suspends and asks for the session's seats in the event's circle; in any, if it names none. */
static void add_session(struct recheck *recheck, struct session *session, const struct kept *event)
{
	session->standing_row = event->row;
	if (event->person && event_touches(event->kind) == TOUCH_HOUSE)
		add_question(recheck, session, 0);
	for (uint32_t i = 0; i < session->place_count; i++) {
		const struct place *place = &session->places[i];
		int64_t journal = place->feed->journal;

		if (journal_kind_of(journal) == JOURNAL_INBOX ||
		    (event->circle && journal_owner(journal) != event->circle))
			continue;
		fanout_suspend(&place->feed->seats[place->seat]);
		add_question(recheck, session, journal);
	}
}

static void add_everybody(struct recheck *recheck, const struct kept *event)
{
	uint64_t handle;
	void *value;
	size_t at = 0;

	while (map_next(recheck->fanout->sessions->by_handle, &at, &handle, &value)) {
		struct session *session = value;

		if (session->state == SESSION_OPEN)
			add_session(recheck, session, event);
	}
}

static void add_person(struct recheck *recheck, const struct kept *event)
{
	struct sessions *sessions = recheck->fanout->sessions;
	struct session *session = sessions_first_of(sessions, event->person);

	for (; session; session = sessions_next_of(sessions, session))
		add_session(recheck, session, event);
}

/* Nobody can be asked: those in doubt are sent away and come back through the front door. */
static void send_away(struct fanout *fanout, const struct recheck *recheck)
{
	for (size_t i = 0; i < recheck->count; i++) {
		struct session *session =
			sessions_find(fanout->sessions, recheck->questions[i].session);

		if (session)
			session_close(fanout->sessions, session, CLOSE_TRY_LATER);
	}
}

static bool concerns_anybody(struct fanout *fanout, const struct kept *event)
{
	switch (event_touches(event->kind)) {
	case TOUCH_STANDING:
		return event->person && sessions_first_of(fanout->sessions, event->person);
	case TOUCH_HOUSE:
		return event->person ? sessions_first_of(fanout->sessions, event->person) != NULL
				     : event->kind == EVENT_PROCESS_APPLIED;
	case TOUCH_NOTHING:
	case TOUCH_POST:
	case TOUCH_CIRCLE:
		return false;
	}
	return false;
}

void recheck_event(struct fanout *fanout, const struct kept *event)
{
	struct recheck *recheck;
	struct reading *reading;

	if (!concerns_anybody(fanout, event))
		return;
	recheck = calloc(1, sizeof *recheck);
	if (!recheck)
		abort(); /* to go on would show what may not be shown */
	recheck->reading.read = recheck_run;
	recheck->fanout = fanout;
	if (event->person)
		add_person(recheck, event);
	else
		add_everybody(recheck, event);
	reading = &recheck->reading;
	if (recheck->count && store_read(fanout->store, &reading) == ERR_NONE)
		return;
	send_away(fanout, recheck);
	recheck_free(&recheck);
}

static void heed(struct fanout *fanout, const struct question *question, int64_t row)
{
	struct session *session = sessions_find(fanout->sessions, question->session);

	if (!session)
		return;
	switch (question->answer) {
	case MAY_STAY:
		/* Had it changed again since, then that was asked as well, and later. */
		if (question->journal && row >= session->standing_row)
			fanout_clear(fanout, session, question->journal);
		break;
	case MUST_LEAVE:
		fanout->figures->seats_lost++;
		fanout_leave(fanout, session, question->journal);
		break;
	case IS_NOBODY:
		fanout->figures->revoked_closed++;
		session_close(fanout->sessions, session, CLOSE_REVOKED);
		break;
	}
}

bool recheck_was_read(struct fanout *fanout, struct reading *reading)
{
	struct recheck *recheck = (struct recheck *)reading;

	if (reading->read != recheck_run)
		return false;
	if (recheck->err)
		send_away(fanout, recheck);
	for (size_t i = 0; i < recheck->count && !recheck->err; i++)
		heed(fanout, &recheck->questions[i], recheck->row);
	recheck_free(&recheck);
	return true;
}
