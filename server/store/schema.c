/* schema.c: every table of the store. Hot rows are appended (event, post); what is changed in place
 * is small state that a fold of the journal also gives. Times are milliseconds since 1970 UTC. */
#include "store/schema.h"

#include <inttypes.h>
#include <stdio.h>

static const char version_1[] =
	/* Facts about the store itself: the epoch, the key that seals ids. */
	"CREATE TABLE house (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"

	/* about: declared without circles, charter and rules: what may be shown to anybody in it. */
	"CREATE TABLE process (num INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
	" declared TEXT NOT NULL, about TEXT NOT NULL, charter_version INTEGER NOT NULL,"
	" applied INTEGER NOT NULL) STRICT;"
	"CREATE TABLE charter (process INTEGER NOT NULL REFERENCES process, version INTEGER NOT NULL,"
	" charter TEXT NOT NULL, rules TEXT NOT NULL, at INTEGER NOT NULL,"
	" PRIMARY KEY (process, version)) STRICT, WITHOUT ROWID;"

	/* phase: open, closed. door: open, premoderated, closed (for newcomers). pace_until: when the
	 * pace goes back to pace_then by itself. */
	"CREATE TABLE circle (num INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
	" process INTEGER NOT NULL REFERENCES process, place INTEGER NOT NULL, title TEXT NOT NULL,"
	" access TEXT NOT NULL CHECK (access IN ('closed', 'public')), policy TEXT NOT NULL,"
	" posts_per_minute INTEGER, burst INTEGER, then_default TEXT NOT NULL,"
	" phase TEXT NOT NULL, door TEXT NOT NULL, pace INTEGER NOT NULL, pace_until INTEGER,"
	" pace_then INTEGER, pinned TEXT, crisis TEXT) STRICT;"
	"CREATE INDEX circle_by_process ON circle (process, place);"
	"CREATE INDEX circle_pace_due ON circle (pace_until) WHERE pace_until IS NOT NULL;"
	"CREATE INDEX circle_public ON circle (process, place) WHERE access = 'public';"

	/* kind: 0 guest, 1 member. An erased person keeps the row, without name, tag and language;
	 * erasing: when some of their posts last went, while others still wait for it. */
	"CREATE TABLE person (num INTEGER PRIMARY KEY, nonce INTEGER NOT NULL, kind INTEGER NOT NULL,"
	" name TEXT NOT NULL, tag TEXT, lang TEXT NOT NULL, created INTEGER NOT NULL,"
	" erasing INTEGER, erased INTEGER) STRICT;"
	"CREATE INDEX person_erasing ON person (num) WHERE erasing IS NOT NULL AND erased IS NULL;"
	"CREATE INDEX person_by_name ON person (name, tag);"
	/* place: a guest's address as a keyed hash, for a day at most: what a sanction needs to know
	 * those who come back under a new name. */
	"CREATE TABLE device (num INTEGER PRIMARY KEY, nonce INTEGER NOT NULL,"
	" person INTEGER NOT NULL REFERENCES person, hash BLOB NOT NULL UNIQUE,"
	" created INTEGER NOT NULL, used INTEGER NOT NULL, revoked INTEGER, place INTEGER) STRICT;"
	"CREATE INDEX device_by_place_age ON device (used) WHERE place IS NOT NULL;"
	"CREATE INDEX device_by_person ON device (person);"
	/* circle NULL: a link that adds a device to `person`. */
	"CREATE TABLE invitation (num INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE,"
	" circle INTEGER REFERENCES circle, role INTEGER NOT NULL, name TEXT, organisation TEXT,"
	" sector TEXT, person INTEGER REFERENCES person, created INTEGER NOT NULL, used INTEGER,"
	" ends INTEGER) STRICT;"
	"CREATE INDEX invitation_by_person ON invitation (person) WHERE person IS NOT NULL;"
	"CREATE TABLE member (circle INTEGER NOT NULL REFERENCES circle,"
	" person INTEGER NOT NULL REFERENCES person, role INTEGER NOT NULL, organisation TEXT,"
	" sector TEXT, since INTEGER NOT NULL, PRIMARY KEY (circle, person)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX member_by_person ON member (person);"
	"CREATE TABLE accepted (person INTEGER NOT NULL REFERENCES person,"
	" process INTEGER NOT NULL REFERENCES process, version INTEGER NOT NULL, at INTEGER NOT NULL,"
	" PRIMARY KEY (person, process)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE mark (person INTEGER NOT NULL REFERENCES person,"
	" circle INTEGER NOT NULL REFERENCES circle, seq INTEGER NOT NULL,"
	" PRIMARY KEY (person, circle)) STRICT, WITHOUT ROWID;"

	/* The one log. journal = owner * 4 + kind of journal (circle/event.h). */
	"CREATE TABLE event (row INTEGER PRIMARY KEY, journal INTEGER NOT NULL, seq INTEGER NOT NULL,"
	" at INTEGER NOT NULL, kind INTEGER NOT NULL, post INTEGER, thread INTEGER, body TEXT,"
	" chain BLOB) STRICT;"
	"CREATE UNIQUE INDEX event_by_journal ON event (journal, seq);"
	"CREATE INDEX event_by_thread ON event (thread, seq) WHERE thread IS NOT NULL;"

	/* heat, crisis: its thread's escalation and its circle's index once it was posted: what was
	 * forecast then, whatever the rules have become since. shown_: its author as of its writing: a
	 * new name shows on what is written from then on, or equal heads would not mean equal state. */
	/* A post as it stands: text is what may be shown (masked while redacted, NULL when removed,
	 * retracted or erased); kept is what moderators can restore, until it is erased. answer: what
	 * the author was told, 0 posted, 1 held; until, then: of the first hold. */
	"CREATE TABLE post (num INTEGER PRIMARY KEY, nonce INTEGER NOT NULL, circle INTEGER NOT NULL,"
	" thread INTEGER NOT NULL, thread_nonce INTEGER NOT NULL, reply_to INTEGER,"
	" reply_nonce INTEGER, author INTEGER NOT NULL, role INTEGER NOT NULL,"
	" seq INTEGER, rev INTEGER NOT NULL, state INTEGER NOT NULL, at INTEGER NOT NULL,"
	" lang TEXT NOT NULL, text TEXT, kept TEXT, charter INTEGER NOT NULL,"
	" key_hash INTEGER NOT NULL, text_hash INTEGER NOT NULL, answer INTEGER NOT NULL,"
	" until INTEGER, then_what TEXT, verdict TEXT NOT NULL, signals BLOB, heat INTEGER,"
	" crisis INTEGER, newcomer "
	"INTEGER,"
	" shown_kind INTEGER NOT NULL DEFAULT 0, shown_name TEXT NOT NULL DEFAULT '',"
	" shown_tag TEXT, shown_organisation TEXT) STRICT;"
	"CREATE INDEX post_by_author ON post (author, key_hash);"

	/* What other keyed calls were answered. */
	"CREATE TABLE answered (person INTEGER NOT NULL, key_hash INTEGER NOT NULL,"
	" text_hash INTEGER NOT NULL, answer TEXT NOT NULL, at INTEGER NOT NULL,"
	" PRIMARY KEY (person, key_hash)) STRICT, WITHOUT ROWID;"

	/* What waits for a moderator. kind: held, edit, report, alert, appeal. state: open, decided,
	 * withdrawn. post: NULL where it is about none. text: of a held edit. salt: of the digests in
	 * the desk's chain; erased with the words. */
	"CREATE TABLE item (num INTEGER PRIMARY KEY, nonce INTEGER NOT NULL, circle INTEGER NOT NULL,"
	" kind TEXT NOT NULL, post INTEGER REFERENCES post, state TEXT NOT NULL,"
	" opened INTEGER NOT NULL, until INTEGER, then_what TEXT, cause TEXT NOT NULL,"
	" text TEXT, lang TEXT, verdict TEXT, salt BLOB, claimed_by INTEGER, decided INTEGER) STRICT;"
	"CREATE INDEX item_open ON item (circle, num) WHERE state = 'open';"
	"CREATE INDEX item_by_post ON item (post);"
	"CREATE INDEX item_due ON item (until) WHERE state = 'open' AND until IS NOT NULL;"

	/* A moderator's act on one person's words or standing, and what that person was told. words: of
	 * a rejected edit or of a masked post, for an appeal; erased with the person. reverses and
	 * reversed_by: the two records of an appeal that was granted. */
	"CREATE TABLE decision (num INTEGER PRIMARY KEY, nonce INTEGER NOT NULL,"
	" circle INTEGER NOT NULL, post INTEGER, person INTEGER NOT NULL, what TEXT NOT NULL,"
	" by_person INTEGER, reason TEXT, rule TEXT, note TEXT, at INTEGER NOT NULL,"
	" statement TEXT NOT NULL, sanction INTEGER, words TEXT, appeal_until INTEGER,"
	" reverses INTEGER, reversed_by INTEGER) STRICT;"
	"CREATE INDEX decision_words ON decision (appeal_until) WHERE words IS NOT NULL;"
	"CREATE INDEX decision_by_person ON decision (person);"
	"CREATE INDEX decision_by_post ON decision (post);"
	"CREATE INDEX decision_by_sanction ON decision (sanction) WHERE sanction IS NOT NULL;"
	/* One for each decision at most. outcome: NULL while it waits, upheld, reversed. text and
	 * answer: what was said for it and in reply. */
	"CREATE TABLE appeal (num INTEGER PRIMARY KEY, nonce INTEGER NOT NULL,"
	" circle INTEGER NOT NULL, decision INTEGER NOT NULL UNIQUE REFERENCES decision,"
	" item INTEGER NOT NULL UNIQUE REFERENCES item, person INTEGER NOT NULL, text TEXT,"
	" at INTEGER NOT NULL, until INTEGER, outcome TEXT, answer TEXT, by_person INTEGER,"
	" decided INTEGER) STRICT;"
	"CREATE INDEX appeal_by_person ON appeal (person);"

	"CREATE TABLE report (num INTEGER PRIMARY KEY, nonce INTEGER NOT NULL, item INTEGER NOT NULL,"
	" post INTEGER NOT NULL, person INTEGER NOT NULL, reason TEXT NOT NULL, note TEXT,"
	" at INTEGER NOT NULL) STRICT;"
	"CREATE INDEX report_by_item ON report (item);"
	"CREATE UNIQUE INDEX report_once ON report (post, person);"
	"CREATE INDEX report_by_person ON report (person, at);"

	/* Now and then, a thread's temperature (kind 0) or a circle's crisis index (kind 1) as folded
	 * up to a row: a shorter way after a restart. */
	"CREATE TABLE fold (kind INTEGER NOT NULL, id INTEGER NOT NULL, row INTEGER NOT NULL,"
	" state BLOB NOT NULL, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;"
	/* incident: frozen by a crisis, and thawed with it; NULL: by hand. */
	"CREATE TABLE frozen (thread INTEGER PRIMARY KEY, circle INTEGER NOT NULL,"
	" incident INTEGER) STRICT;"
	"CREATE TABLE sanction (num INTEGER PRIMARY KEY, nonce INTEGER NOT NULL,"
	" circle INTEGER NOT NULL, person INTEGER NOT NULL, step TEXT NOT NULL, begins INTEGER NOT "
	"NULL,"
	" ends INTEGER, reason TEXT NOT NULL, rule TEXT, cause TEXT NOT NULL, by_person INTEGER,"
	" decision INTEGER, acknowledged INTEGER, lifted INTEGER) STRICT;"
	"CREATE INDEX sanction_by_person ON sanction (person, circle) WHERE lifted IS NULL;"
	"CREATE INDEX sanction_due ON sanction (ends) WHERE lifted IS NULL AND ends IS NOT NULL;"
	/* Where a sanctioned guest came from, salted by the sanction, and who came from there since:
	 * premoderated while it lasts. Both go when it ends. */
	"CREATE TABLE sanction_place (sanction INTEGER NOT NULL REFERENCES sanction,"
	" mark INTEGER NOT NULL, PRIMARY KEY (sanction, mark)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE sanction_near (person INTEGER NOT NULL REFERENCES person,"
	" sanction INTEGER NOT NULL REFERENCES sanction, PRIMARY KEY (person, sanction)) STRICT,"
	" WITHOUT ROWID;"
	"CREATE INDEX sanction_near_by_sanction ON sanction_near (sanction);"

	/* What an item of kind alert is about. subject: the thread or person; 0: the circle itself.
	 * called: whom it calls now; NULL: everybody. stage: 0 the first on watch, then the next, then
	 * everybody, then the brake. touched: when its cause was last seen. */
	"CREATE TABLE alert (item INTEGER PRIMARY KEY REFERENCES item, circle INTEGER NOT NULL,"
	" about TEXT NOT NULL, subject INTEGER NOT NULL, level INTEGER NOT NULL,"
	" score INTEGER NOT NULL, causes TEXT NOT NULL, raised INTEGER NOT NULL,"
	" touched INTEGER NOT NULL, called INTEGER, stage INTEGER NOT NULL,"
	" acknowledged INTEGER, over INTEGER) STRICT;"
	"CREATE UNIQUE INDEX alert_open ON alert (circle, subject, about) WHERE over IS NULL;"
	"CREATE INDEX alert_by_circle ON alert (circle, item);"
	/* Who is on watch at a desk; seen: last heard of there. */
	"CREATE TABLE watch (circle INTEGER NOT NULL, person INTEGER NOT NULL,"
	" since INTEGER NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY (circle, person)) STRICT,"
	" WITHOUT ROWID;"
	/* What moderators tell each other. about: post, participant, item, thread, handover; NULL:
	 * their own line. salt: of the digest in the desk's chain. */
	"CREATE TABLE note (num INTEGER PRIMARY KEY, nonce INTEGER NOT NULL,"
	" circle INTEGER NOT NULL, person INTEGER NOT NULL, about TEXT, subject INTEGER,"
	" text TEXT NOT NULL, salt BLOB, at INTEGER NOT NULL) STRICT;"
	"CREATE INDEX note_by_subject ON note (subject, about) WHERE subject IS NOT NULL;"
	"CREATE INDEX note_by_circle ON note (circle, num);"
	/* Which hard words each moderator has read. */
	"CREATE TABLE hard_read (circle INTEGER NOT NULL, person INTEGER NOT NULL,"
	" item INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (circle, person, item)) STRICT,"
	" WITHOUT ROWID;"
	"CREATE INDEX hard_read_by_day ON hard_read (circle, person, at);"
	/* A crisis from its beginning to its end. preset: as it stands now. by: NULL: the machine.
	 * hand: knobs that a moderator has set meanwhile: they are the crisis's no more. next: when it
	 * steps down. alerts: what was open when it began. */
	"CREATE TABLE incident (num INTEGER PRIMARY KEY, nonce INTEGER NOT NULL,"
	" circle INTEGER NOT NULL, first_preset TEXT NOT NULL, preset TEXT NOT NULL,"
	" begun INTEGER NOT NULL, until INTEGER NOT NULL, next INTEGER NOT NULL, ended INTEGER,"
	" begun_by INTEGER, ended_by INTEGER, reason TEXT NOT NULL, end_reason TEXT,"
	" hand TEXT NOT NULL, peak INTEGER NOT NULL, index_begun INTEGER NOT NULL,"
	" index_ended INTEGER, desk_from INTEGER NOT NULL, desk_to INTEGER,"
	" circle_from INTEGER NOT NULL, circle_to INTEGER, alerts TEXT NOT NULL) STRICT;"
	"CREATE UNIQUE INDEX incident_open ON incident (circle) WHERE ended IS NULL;"
	"CREATE INDEX incident_by_circle ON incident (circle, num);"
	/* The live picture, in slots of half a minute; thread 0: the circle. Older ones are swept. */
	"CREATE TABLE pulse (circle INTEGER NOT NULL, thread INTEGER NOT NULL,"
	" slot INTEGER NOT NULL, posts INTEGER NOT NULL, heat INTEGER NOT NULL,"
	" crisis INTEGER NOT NULL, level INTEGER NOT NULL, cooling INTEGER NOT NULL, causes TEXT,"
	" PRIMARY KEY (circle, thread, slot)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX pulse_by_slot ON pulse (slot);"
	/* Who spoke and who was answered, and by whom, in slots of ten minutes; target 0: nobody. */
	"CREATE TABLE voice (circle INTEGER NOT NULL, slot INTEGER NOT NULL,"
	" person INTEGER NOT NULL, target INTEGER NOT NULL, posts INTEGER NOT NULL,"
	" PRIMARY KEY (circle, slot, person, target)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX voice_by_slot ON voice (slot);"
	/* When somebody who was not invited spoke here first. */
	"CREATE TABLE arrival (circle INTEGER NOT NULL, person INTEGER NOT NULL,"
	" at INTEGER NOT NULL, PRIMARY KEY (circle, person)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX arrival_by_time ON arrival (circle, at);";

static const char version_2[] =
	/* What is counted now lies together, whatever circle it is of, and needs no index of its age: a
	 * commit touches a few pages instead of one for each circle. was: a thread's heat before the
	 * slot. */
	"ALTER TABLE pulse RENAME TO pulse_1; ALTER TABLE voice RENAME TO voice_1;"
	"CREATE TABLE pulse (slot INTEGER NOT NULL, circle INTEGER NOT NULL,"
	" thread INTEGER NOT NULL, posts INTEGER NOT NULL, heat INTEGER NOT NULL,"
	" crisis INTEGER NOT NULL, level INTEGER NOT NULL, cooling INTEGER NOT NULL, causes TEXT,"
	" was INTEGER, PRIMARY KEY (slot, circle, thread)) STRICT, WITHOUT ROWID;"
	"INSERT INTO pulse SELECT slot, circle, thread, posts, heat, crisis, level, cooling, causes,"
	" heat FROM pulse_1;"
	"CREATE TABLE voice (slot INTEGER NOT NULL, circle INTEGER NOT NULL,"
	" person INTEGER NOT NULL, target INTEGER NOT NULL, posts INTEGER NOT NULL,"
	" PRIMARY KEY (slot, circle, person, target)) STRICT, WITHOUT ROWID;"
	"INSERT INTO voice SELECT slot, circle, person, target, posts FROM voice_1;"
	"DROP TABLE pulse_1; DROP TABLE voice_1;";

static const char version_3[] =
	/* What moderators write of a person stands beside the desk's journal, which has its digest
	 * (store/said.h). said_from: the last row that may still hold such words itself. */
	"CREATE TABLE said (digest TEXT PRIMARY KEY, person INTEGER NOT NULL, salt BLOB NOT NULL,"
	" words TEXT NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE INDEX said_by_person ON said (person);"
	"INSERT INTO house SELECT 'said_from', coalesce(max(row), 0) FROM event;";

static const char version_4[] =
	/* claimed: since when somebody has it in hand; before this version nobody knew. */
	"ALTER TABLE item ADD COLUMN claimed INTEGER;"
	"UPDATE item SET claimed = opened WHERE claimed_by IS NOT NULL;"
	"CREATE INDEX item_claimed ON item (claimed) WHERE state = 'open' AND claimed IS NOT NULL;";

/* versions[n] brings a store from version n to n + 1. */
static const char *const versions[SCHEMA_VERSION] = {version_1, version_2, version_3, version_4};

enum err schema_upgrade_to(struct db *db, int version, struct why *why)
{
	int64_t now = 0;
	enum err err = db_number(db, 0, &now, "PRAGMA user_version", "");

	if (!err && now > SCHEMA_VERSION) {
		why_set(why,
				"the store has schema %" PRId64
				" and this program knows only %d: run the newer program",
				now, SCHEMA_VERSION);
		return ERR_STORAGE;
	}
	for (; !err && now < version; now++) {
		char mark[64];

		snprintf(mark, sizeof mark, "PRAGMA user_version = %" PRId64, now + 1);
		err = db_script(db, "BEGIN IMMEDIATE");
		if (!err)
			err = db_script(db, versions[now]);
		if (!err)
			err = db_script(db, mark);
		if (!err)
			err = db_script(db, "COMMIT");
		if (err)
			why_set(why, "the store could not be brought to schema %" PRId64 ": %s", now + 1,
					db_message(db));
	}
	return err;
}

enum err schema_upgrade(struct db *db, struct why *why)
{
	return schema_upgrade_to(db, SCHEMA_VERSION, why);
}
