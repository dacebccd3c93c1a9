/* journal.c: the commit; see journal.h and keeper.h. The store's thread. */
#include "store/journal.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "store/chain.h"
#include "store/history.h"
#include "store/mask.h"
#include "store/schema.h"
#include "store/tally.h"
#include "store/turnlock.h"

enum {
	TURN_WAIT_MS = 1500,
	/* Bounds of the small memory; beyond, it is dropped whole and fills again. */
	CIRCLES_MOST = 4096,
	STANDINGS_MOST = 50000,
	THREADS_MOST = 50000,
	HEADS_MOST = 200000,
};

struct keeper {
	struct db *db;
	const struct id_key *key;
	struct turnlock turnlock;
	int64_t now, steady_ms, last_row;
	int64_t last_post; /* number of the newest post in this turn; 0: not looked up yet */
	struct map *heads; /* journal → seq + 1, as a pointer */
	struct map *circles, *standings, *threads;
	struct textmap *circle_nums; /* id → num, as a pointer */
	struct textmap *declared; /* a process's id → struct declared */
	struct names *names;
	bool has_no_places; /* false: not known */
	/* this turn's */
	struct tally *tally;
	struct masks *masks;
	struct kept *events;
	size_t count, room;
	bool drop_after; /* a process was applied: remember nothing */
	bool to_scrub;
	int64_t own_row; /* the newest event of this turn's changes; 0: none */
	bool some_stale; /* an event touched a post: frames made earlier in this turn are checked */
	bool some_renamed; /* a person changed: the desk's are */
	bool is_outdated;
	_Atomic bool is_untold; /* some process keeps events and does not announce them */
	struct buf scratch, name;
};

struct db *keeper_db(struct keeper *keeper)
{
	return keeper->db;
}

int64_t keeper_now(const struct keeper *keeper)
{
	return keeper->now;
}

int64_t keeper_steady_ms(const struct keeper *keeper)
{
	return keeper->steady_ms;
}

const struct id_key *keeper_id_key(const struct keeper *keeper)
{
	return keeper->key;
}

struct tally *keeper_tally(struct keeper *keeper)
{
	return keeper->tally;
}

struct masks *keeper_masks(struct keeper *keeper)
{
	return keeper->masks;
}

bool keeper_has_counts(const struct keeper *keeper)
{
	return tally_waits(keeper->tally);
}

bool keeper_is_outdated(const struct keeper *keeper)
{
	return keeper->is_outdated;
}

int64_t keeper_last_row(const struct keeper *keeper)
{
	return keeper->last_row;
}

bool keeper_is_ahead(const struct keeper *keeper, int64_t row)
{
	return keeper->is_untold || turnlock_announced(&keeper->turnlock) > row;
}

void keeper_turn_waits(const struct keeper *keeper, struct turn_waits *out)
{
	turnlock_read_waits(&keeper->turnlock, out);
}

void keeper_use(struct keeper *keeper, struct db *db)
{
	keeper->db = db;
}

void keeper_scrub(struct keeper *keeper)
{
	keeper->to_scrub = true;
}

bool keeper_is_to_scrub(const struct keeper *keeper)
{
	return keeper->to_scrub;
}

void keeper_scrubbed(struct keeper *keeper)
{
	keeper->to_scrub = false;
}

/* ---- the small memory ---- */

static void circle_forget(struct circle *circle)
{
	free(circle->recent);
	free(circle);
}

static void declared_drop(struct textmap **declared)
{
	size_t at = 0;
	const char *id;
	void *value;

	while (*declared && textmap_next(*declared, &at, &id, &value))
		free(value);
	textmap_free(declared);
}

static void memory_drop(struct keeper *keeper)
{
	size_t at = 0;
	uint64_t key;
	void *value;

	while (map_next(keeper->circles, &at, &key, &value))
		circle_forget(value);
	map_clear(keeper->circles);
	for (at = 0; map_next(keeper->standings, &at, &key, &value);)
		free(value);
	map_clear(keeper->standings);
	for (at = 0; map_next(keeper->threads, &at, &key, &value);)
		free(value);
	map_clear(keeper->threads);
	textmap_free(&keeper->circle_nums);
	keeper->circle_nums = textmap_new();
	declared_drop(&keeper->declared);
	keeper->declared = textmap_new();
	map_clear(keeper->heads);
	names_drop(keeper->names);
	keeper->has_no_places = false;
}

static uint64_t standing_key(int64_t person, int64_t circle)
{
	return (uint64_t)person << 24 | ((uint64_t)circle & 0xffffff);
}

enum err keeper_circle(struct keeper *keeper, int64_t num, struct circle **out)
{
	struct circle *circle = map_get(keeper->circles, (uint64_t)num);
	enum err err = ERR_NONE;

	*out = circle;
	if (circle)
		return ERR_NONE;
	circle = calloc(1, sizeof *circle);
	if (!circle)
		return ERR_NO_MEMORY;
	err = circle_load(keeper->db, num, circle);
	if (!err && !map_put(keeper->circles, (uint64_t)num, circle))
		err = ERR_NO_MEMORY;
	if (err)
		circle_forget(circle);
	else
		*out = circle;
	return err;
}

enum err keeper_circle_named(struct keeper *keeper, const char *id, struct circle **out)
{
	void *known = keeper->circle_nums ? textmap_get(keeper->circle_nums, id, strlen(id)) : NULL;
	int64_t num = (int64_t)(uintptr_t)known;
	enum err err = known ? ERR_NONE : circle_find(keeper->db, id, &num);

	if (err)
		return err;
	if (!known && keeper->circle_nums)
		(void)textmap_put(keeper->circle_nums, id, strlen(id), (void *)(uintptr_t)num);
	return keeper_circle(keeper, num, out);
}

enum err keeper_standing(struct keeper *keeper, int64_t person, struct circle *circle,
						 struct standing **out)
{
	struct standing *standing = map_get(keeper->standings, standing_key(person, circle->num));
	enum err err;

	*out = standing;
	if (standing)
		return ERR_NONE;
	standing = calloc(1, sizeof *standing);
	if (!standing)
		return ERR_NO_MEMORY;
	err = standing_load(keeper->db, keeper->key, person, circle->num, circle->is_public,
						circle->process, keeper->now, standing);
	if (!err && !map_put(keeper->standings, standing_key(person, circle->num), standing))
		err = ERR_NO_MEMORY;
	if (err)
		free(standing);
	else
		*out = standing;
	return err;
}

static enum err declared_read(struct db *db, const char *id, struct declared *out)
{
	struct cursor *cursor = db_query(db,
									 "SELECT num, charter_version, EXISTS (SELECT 1 FROM circle c"
									 " WHERE c.process = p.num AND c.access = 'public')"
									 " FROM process p WHERE id = ?",
									 "t", id);

	if (cursor_next(cursor))
		*out = (struct declared){.process = cursor_int(cursor, 0),
								 .charter_version = cursor_int(cursor, 1),
								 .is_public = cursor_int(cursor, 2)};
	return cursor_end(&cursor);
}

/* What is not there is not remembered: names can be made up without end. */
enum err keeper_declared(struct keeper *keeper, const char *id, struct declared *out)
{
	struct declared *known =
		keeper->declared ? textmap_get(keeper->declared, id, strlen(id)) : NULL;
	enum err err;

	*out = known ? *known : (struct declared){0};
	if (known)
		return ERR_NONE;
	err = declared_read(keeper->db, id, out);
	known = !err && out->process && keeper->declared ? malloc(sizeof *known) : NULL;
	if (!known)
		return err;
	*known = *out;
	if (!textmap_put(keeper->declared, id, strlen(id), known))
		free(known);
	return ERR_NONE;
}

enum err keeper_thread(struct keeper *keeper, int64_t num, struct thread **out)
{
	struct thread *thread = map_get(keeper->threads, (uint64_t)num);
	enum err err;

	*out = thread;
	if (thread)
		return ERR_NONE;
	thread = calloc(1, sizeof *thread);
	if (!thread)
		return ERR_NO_MEMORY;
	err = thread_load(keeper->db, num, thread);
	if (!err && !map_put(keeper->threads, (uint64_t)num, thread))
		err = ERR_NO_MEMORY;
	if (err)
		free(thread);
	else
		*out = thread;
	return err;
}

enum err keeper_namesake(struct keeper *keeper, const char *name, int64_t person,
						 enum namesake *out)
{
	return names_find(keeper->names, keeper->db, name, person, out);
}

enum err keeper_has_places(struct keeper *keeper, bool *out)
{
	int64_t one = 0;
	enum err err = keeper->has_no_places
					   ? ERR_NONE
					   : db_number(keeper->db, 0, &one, "SELECT 1 FROM sanction_place LIMIT 1", "");

	keeper->has_no_places = !err && !one;
	*out = one;
	return err;
}

void keeper_forget_places(struct keeper *keeper)
{
	keeper->has_no_places = false;
}

void keeper_forget_circle(struct keeper *keeper, int64_t num)
{
	struct circle *circle = map_take(keeper->circles, (uint64_t)num);

	if (circle)
		circle_forget(circle);
}

void keeper_forget_person(struct keeper *keeper, int64_t person)
{
	size_t at = 0;
	uint64_t key;
	void *value;

	while (map_next(keeper->standings, &at, &key, &value))
		if ((int64_t)(key >> 24) == person)
			free(map_take(keeper->standings, key));
}

void keeper_forget_thread(struct keeper *keeper, int64_t thread)
{
	free(map_take(keeper->threads, (uint64_t)thread));
}

/* What another process kept may have changed anything that is remembered of it. */
static void memory_follow(struct keeper *keeper, const struct kept *kept)
{
	struct circle *circle;

	/* What can not be noted now is read anew. */
	if (kept->kind == EVENT_STANDING_CHANGED && kept->person &&
		names_note(keeper->names, keeper->db, kept->person))
		names_drop(keeper->names);

	if (kept->kind == EVENT_ALERT_RAISED) {
		circle = map_get(keeper->circles, (uint64_t)journal_owner(kept->journal));
		if (circle)
			circle->is_quiet = false;
	}
	switch (event_touches(kept->kind)) {
	case TOUCH_HOUSE: memory_drop(keeper); break;
	case TOUCH_CIRCLE:
		keeper_forget_circle(keeper, journal_owner(kept->journal));
		keeper_forget_thread(keeper, kept->thread);
		break;
	case TOUCH_STANDING:
		keeper_forget_places(keeper);
		/* In the house's journal, nobody means anybody. */
		if (kept->person)
			keeper_forget_person(keeper, kept->person);
		else if (journal_kind_of(kept->journal) == JOURNAL_HOUSE)
			memory_drop(keeper);
		break;
	case TOUCH_NOTHING:
	case TOUCH_POST: break;
	}
}

/* A post that another process kept: its thread and circle come to the same numbers here. Columns
 * from `at` on: signals, author, heat, at, the answered post's author, POST_FOLDS,
 * newcomer, crisis. */
static void fold_follow(struct keeper *keeper, const struct kept *kept, struct cursor *cursor,
						int at)
{
	struct circle *circle = map_get(keeper->circles, (uint64_t)journal_owner(kept->journal));
	struct thread *thread = map_get(keeper->threads, (uint64_t)kept->thread);
	struct signals signals;
	size_t count;
	const void *bytes = cursor_blob(cursor, at, &count);

	if (!cursor_int(cursor, at + 5) || !bytes || count != sizeof signals)
		return;
	memcpy(&signals, bytes, sizeof signals);
	if (thread)
		thread_follow(&thread->state, &signals, (uint64_t)cursor_int(cursor, at + 1),
					  (uint64_t)cursor_int(cursor, at + 4), cursor_int(cursor, at + 3),
					  (unsigned)cursor_int(cursor, at + 2));
	if (circle && kept->kind == EVENT_POSTED && cursor_int(cursor, at + 6)) {
		circle->newcomer_posts++;
		circle->newcomer_tokens -= 1000;
	}
	if (circle && circle->recent)
		recent_remember(circle->recent, (uint64_t)cursor_int(cursor, at + 1), &signals,
						cursor_int(cursor, at + 3));
	if (circle)
		crisis_follow(&circle->crisis, &signals, (uint64_t)cursor_int(cursor, at + 1),
					  (uint64_t)kept->thread, (unsigned)cursor_int(cursor, at + 2),
					  cursor_int(cursor, at + 3), (unsigned)cursor_int(cursor, at + 7));
}

static void memory_bound(struct keeper *keeper)
{
	if (map_count(keeper->circles) > CIRCLES_MOST ||
		map_count(keeper->standings) > STANDINGS_MOST ||
		map_count(keeper->threads) > THREADS_MOST || map_count(keeper->heads) > HEADS_MOST)
		memory_drop(keeper);
}

/* ---- appending ---- */

enum err keeper_next_post(struct keeper *keeper, int64_t *num)
{
	enum err err = ERR_NONE;

	if (!keeper->last_post)
		err = post_next_num(keeper->db, &keeper->last_post);
	else
		keeper->last_post++;
	*num = keeper->last_post;
	return err;
}

enum err keeper_next_seq(struct keeper *keeper, int64_t journal, int64_t *seq)
{
	void *known = map_get(keeper->heads, (uint64_t)journal);
	int64_t head = (int64_t)(uintptr_t)known - 1;
	enum err err = known ? ERR_NONE : journal_head(keeper->db, journal, &head);

	*seq = head + 1;
	return err;
}

static enum err chain_follow(struct keeper *keeper, const struct draft *draft, int64_t seq,
							 unsigned char chain[32])
{
	unsigned char before[32] = {0};
	struct cursor *cursor = db_query(keeper->db,
									 "SELECT chain FROM event WHERE journal = ? AND seq = ?", "ii",
									 draft->journal, seq - 1);
	const void *bytes;
	size_t count;
	enum err err;

	if (cursor_next(cursor)) {
		bytes = cursor_blob(cursor, 0, &count);
		if (bytes && count == sizeof before)
			memcpy(before, bytes, count);
	}
	err = cursor_end(&cursor);
	if (!err)
		chain_next(before, draft->journal, seq, keeper->now, (int64_t)draft->kind,
				   draft->body ? draft->body : "", chain);
	return err;
}

static enum err kept_add(struct keeper *keeper, const struct kept *kept)
{
	if (keeper->count == keeper->room) {
		size_t room = keeper->room ? keeper->room * 2 : 64;
		struct kept *events = realloc(keeper->events, room * sizeof *events);

		if (!events)
			return ERR_NO_MEMORY;
		keeper->events = events;
		keeper->room = room;
	}
	keeper->events[keeper->count++] = *kept;
	return ERR_NONE;
}

static enum err name_of(struct keeper *keeper, int64_t journal)
{
	struct circle *circle;
	enum err err;

	buf_clear(&keeper->name);
	if (journal_kind_of(journal) == JOURNAL_INBOX || journal_kind_of(journal) == JOURNAL_HOUSE) {
		err = journal_name(keeper->db, keeper->key, journal, &keeper->name);
	} else {
		err = keeper_circle(keeper, journal_owner(journal), &circle);
		if (!err) {
			buf_text(&keeper->name, journal_prefix(journal_kind_of(journal)));
			buf_text(&keeper->name, "/");
			buf_text(&keeper->name, circle->id);
		}
	}
	if (!err)
		buf_add(&keeper->name, "", 1);
	return !err && !buf_ok(&keeper->name) ? ERR_NO_MEMORY : err;
}

static enum err render(struct keeper *keeper, const struct draft *draft, struct kept *kept)
{
	struct event_row row = {.row = kept->row,
							.journal = draft->journal,
							.seq = kept->seq,
							.at = keeper->now,
							.kind = draft->kind,
							.body = draft->body};
	struct buf named = {0};
	enum err err = name_of(keeper, draft->journal);

	if (!err && journal_kind_of(draft->journal) == JOURNAL_DESK && draft->body) {
		err = people_name(keeper->db, keeper->key, draft->body, &named);
		buf_add(&named, "", 1);
		row.body = named.data;
		if (!err && !buf_ok(&named))
			err = ERR_NO_MEMORY;
	}
	buf_clear(&keeper->scratch);
	if (!err)
		event_render(keeper->key, &row, keeper->name.data, draft->post, &keeper->scratch);
	buf_fini(&named);
	if (err)
		return err;
	if (!buf_ok(&keeper->scratch))
		return ERR_NO_MEMORY;
	kept->params = shared_new(keeper->scratch.data, keeper->scratch.bytes);
	return kept->params ? ERR_NONE : ERR_NO_MEMORY;
}

static enum err event_insert(struct keeper *keeper, const struct draft *draft, struct kept *kept,
							 const unsigned char *chain)
{
	enum journal_kind kind = journal_kind_of(draft->journal);
	/* In an inbox a post is somebody else's business: it is not found there by its thread. */
	bool has_thread = draft->post && kind != JOURNAL_INBOX;

	return db_insert(keeper->db, &kept->row,
					 "INSERT INTO event (journal, seq, at, kind, post, thread, body, chain)"
					 " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
					 "iiiizztb", draft->journal, kept->seq, keeper->now, (int64_t)draft->kind,
					 draft->post ? draft->post->num : 0, has_thread ? draft->post->thread : 0,
					 draft->body, chain, chain ? (size_t)CHAIN_BYTES : (size_t)0);
}

enum err keeper_tell_house(struct keeper *keeper, enum event_kind kind, int64_t person,
						   int64_t circle)
{
	char body[80];
	struct draft draft = {.journal = journal_of(JOURNAL_HOUSE, 0),
						  .kind = kind,
						  .person = person,
						  .circle = circle,
						  .body = body};
	enum err err = ERR_NONE;

	snprintf(body, sizeof body, "\"person\":%" PRId64 ",\"circle\":%" PRId64, person, circle);
	if (!person && (event_touches(kind) == TOUCH_HOUSE || event_touches(kind) == TOUCH_STANDING))
		keeper->drop_after = true;
	if (person)
		keeper_forget_person(keeper, person);
	if (person && (kind == EVENT_PERSON_CHANGED || kind == EVENT_STANDING_CHANGED))
		err = names_note(keeper->names, keeper->db, person);
	return err ? err : keeper_append(keeper, &draft, NULL);
}

/* In an inbox posts of many circles come together: each says where it was. */
static enum err where_it_was(struct keeper *keeper, const struct draft *draft, struct buf *body)
{
	struct circle *circle;
	enum err err = keeper_circle(keeper, draft->post->circle, &circle);

	if (err)
		return err;
	buf_format(body, "\"circle\":\"%s\"", circle->id);
	if (draft->body && *draft->body) {
		buf_text(body, ",");
		buf_text(body, draft->body);
	}
	return buf_ok(body) ? ERR_NONE : ERR_NO_MEMORY;
}

enum err keeper_append(struct keeper *keeper, const struct draft *draft, int64_t *seq)
{
	enum journal_kind kind = journal_kind_of(draft->journal);
	unsigned char chain[32];
	struct kept kept = {.journal = draft->journal,
						.kind = draft->kind,
						.person = draft->person,
						.circle = draft->circle,
						.post = draft->post ? draft->post->num : 0,
						.thread = draft->post ? draft->post->thread : 0};
	enum err err = keeper_next_seq(keeper, draft->journal, &kept.seq);

	struct buf body = {0};
	struct draft told = *draft;

	if (!err && kind == JOURNAL_INBOX && draft->post) {
		err = where_it_was(keeper, draft, &body);
		told.body = body.data;
	}
	if (!err && kind == JOURNAL_DESK)
		err = chain_follow(keeper, draft, kept.seq, chain);
	if (!err)
		err = event_insert(keeper, &told, &kept, kind == JOURNAL_DESK ? chain : NULL);
	if (!err && kind != JOURNAL_HOUSE)
		err = render(keeper, &told, &kept);
	buf_fini(&body);
	if (!err &&
		!map_put(keeper->heads, (uint64_t)draft->journal, (void *)(uintptr_t)(kept.seq + 1)))
		err = ERR_NO_MEMORY;
	if (!err)
		err = kept_add(keeper, &kept);
	if (err) {
		shared_unref(&kept.params);
		return err; /* half-written: keep_all() takes it back */
	}
	if (event_touches(draft->kind) == TOUCH_POST)
		keeper->some_stale = true;
	if (kind == JOURNAL_HOUSE && draft->person)
		keeper->some_renamed = true;
	if (seq)
		*seq = kept.seq;
	return ERR_NONE;
}

void keeper_digest(const unsigned char salt[SALT_BYTES], const char *text, size_t bytes,
				   char out[DIGEST_TEXT])
{
	unsigned char hash[32];
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, sizeof hash);
	crypto_generichash_update(&state, salt, SALT_BYTES);
	crypto_generichash_update(&state, (const unsigned char *)text, bytes);
	crypto_generichash_final(&state, hash, sizeof hash);
	sodium_bin2hex(out, DIGEST_TEXT, hash, sizeof hash);
}

/* ---- the turn ---- */

/* A house event's body, as keeper_append() writes it. */
static void house_body_read(const char *body, struct kept *kept)
{
	if (journal_kind_of(kept->journal) == JOURNAL_INBOX)
		kept->person = journal_owner(kept->journal);
	(void)sscanf(body, "\"person\":%" SCNd64 ",\"circle\":%" SCNd64, &kept->person, &kept->circle);
}

/* The event as it stands in the store now. */
static enum err params_read(struct keeper *keeper, int64_t row, struct shared **out)
{
	enum err err;

	shared_unref(out);
	buf_clear(&keeper->scratch);
	err = history_event(keeper->db, keeper->key, row, &keeper->scratch);
	if (!err)
		*out = shared_new(keeper->scratch.data, keeper->scratch.bytes);
	return !err && !*out ? ERR_NO_MEMORY : err;
}

/* Events that others kept since our last look, rendered as they stand. */
static enum err follow(struct keeper *keeper)
{
	int64_t newest = 0;
	enum err err = db_number(keeper->db, 0, &newest, "SELECT max(row) FROM event", "");
	enum err ended;
	struct cursor *cursor;
	int64_t seen = keeper->last_row;

	if (err || newest <= keeper->last_row)
		return err;
	cursor = db_query(keeper->db,
					  "SELECT e.row, e.journal, e.seq, e.kind, coalesce(e.post, 0),"
					  " coalesce(p.thread, 0), e.body, p.author, p.circle, p.signals, p.author,"
					  " coalesce(p.heat, 0), p.at, coalesce(r.author, 0), " POST_FOLDS
					  ", coalesce(p.newcomer, 0), coalesce(p.crisis, 0) FROM event e"
					  " LEFT JOIN post p ON p.num = e.post LEFT JOIN post r ON r.num = p.reply_to"
					  " WHERE e.row > ? ORDER BY e.row",
					  "i", keeper->last_row);
	while (!err && cursor_next(cursor)) {
		struct kept kept = {.row = cursor_int(cursor, 0),
							.journal = cursor_int(cursor, 1),
							.seq = cursor_int(cursor, 2),
							.kind = (enum event_kind)cursor_int(cursor, 3),
							.post = cursor_int(cursor, 4),
							.thread = cursor_int(cursor, 5)};

		house_body_read(cursor_text(cursor, 6), &kept);
		if (journal_kind_of(kept.journal) != JOURNAL_HOUSE)
			err = params_read(keeper, kept.row, &kept.params);
		if (!err)
			err = kept_add(keeper, &kept);
		seen = kept.row;
		memory_follow(keeper, &kept);
		fold_follow(keeper, &kept, cursor, 9);
		/* Their author's pace and allowance count what was kept elsewhere. */
		free(map_take(keeper->standings,
					  standing_key(cursor_int(cursor, 7), cursor_int(cursor, 8))));
		(void)map_take(keeper->heads, (uint64_t)kept.journal);
	}
	ended = cursor_end(&cursor);
	if (!err)
		err = ended;
	if (!err)
		keeper->last_row = seen;
	/* An older program, or one that has another file of this name. */
	if (turnlock_announced(&keeper->turnlock) < seen)
		keeper->is_untold = true;
	return err;
}

/* Does `later` change how `kept` is shown: its post, or the name of somebody in a desk's event? */
static bool makes_stale(const struct kept *later, const struct kept *kept)
{
	if (kept->post && later->post == kept->post && event_touches(later->kind) == TOUCH_POST)
		return true;
	return journal_kind_of(kept->journal) == JOURNAL_DESK &&
		   journal_kind_of(later->journal) == JOURNAL_HOUSE && later->person;
}

static bool is_stale(const struct keeper *keeper, size_t event)
{
	const struct kept *kept = &keeper->events[event];

	if (!(keeper->some_stale && kept->post) &&
		!(keeper->some_renamed && journal_kind_of(kept->journal) == JOURNAL_DESK))
		return false;
	for (size_t i = event + 1; i < keeper->count; i++)
		if (makes_stale(&keeper->events[i], kept))
			return true;
	return false;
}

/* A post posted and masked in one turn: the earlier frame must not carry the words. What another
 * process kept changes only once this turn is committed: until then it lies beside. */
static enum err freshen(struct keeper *keeper, size_t foreign)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < keeper->count && !err; i++) {
		struct kept *kept = &keeper->events[i];

		if (is_stale(keeper, i))
			err = params_read(keeper, kept->row, i < foreign ? &kept->fresh : &kept->params);
	}
	return err;
}

static void freshen_end(struct keeper *keeper, bool committed)
{
	for (size_t i = 0; i < keeper->count; i++) {
		struct kept *kept = &keeper->events[i];

		if (kept->fresh && committed) {
			shared_unref(&kept->params);
			kept->params = kept->fresh;
			kept->fresh = NULL;
		}
		shared_unref(&kept->fresh);
	}
}

bool keeper_has_news(struct keeper *keeper)
{
	int64_t newest = 0;

	return db_number(keeper->db, 0, &newest, "SELECT max(row) FROM event", "") == ERR_NONE &&
		   newest > keeper->last_row;
}

static void events_drop(struct keeper *keeper, size_t from)
{
	while (keeper->count > from)
		shared_unref(&keeper->events[--keeper->count].params);
}

static enum err keep_all(struct keeper *keeper, struct change **changes, size_t count,
						 struct change **culprit)
{
	for (int urgent = 1; urgent >= 0; urgent--) {
		for (size_t i = 0; i < count; i++) {
			struct change *change = changes[i];
			int64_t writes = db_total_changes(keeper->db);

			if (change->is_out || change->is_urgent != urgent)
				continue;
			change->err = change->keep(keeper, change);
			if (change->err == ERR_STORAGE)
				return ERR_STORAGE;
			if (!change->err || db_total_changes(keeper->db) == writes)
				continue;
			/* Half a change cannot be told from a whole one: all go back. */
			*culprit = change;
			return ERR_INTERNAL;
		}
	}
	return ERR_NONE;
}

/* Another process may be a newer program, and have upgraded the tables under our feet: what we
 * would write now, it might not understand. */
static enum err version_check(struct keeper *keeper)
{
	int64_t version = 0;
	enum err err = db_number(keeper->db, 0, &version, "PRAGMA user_version", "");

	keeper->is_outdated = !err && version > SCHEMA_VERSION;
	return keeper->is_outdated ? ERR_STORAGE : err;
}

static enum err turn_try(struct keeper *keeper, struct change **changes, size_t count,
						 struct change **culprit)
{
	int64_t wall = clock_wall_ms();
	/* Whoever only looks writes nothing and keeps nobody waiting. */
	enum err err = db_run(keeper->db, count ? "BEGIN IMMEDIATE" : "BEGIN", "");
	size_t foreign = 0;

	if (err)
		return ERR_STORAGE;
	if (wall > keeper->now)
		keeper->now = wall;
	keeper->steady_ms = clock_steady_ms();
	keeper->last_post = 0;
	err = version_check(keeper);
	if (!err)
		err = follow(keeper);
	foreign = keeper->count;
	if (!err)
		err = keep_all(keeper, changes, count, culprit);
	if (!err && count && tally_is_due(keeper->tally, count, keeper->now))
		err = tally_write(keeper->tally, keeper->db, keeper->now);
	if (!err && (keeper->some_stale || keeper->some_renamed))
		err = freshen(keeper, foreign);
	if (!err && keeper->count > foreign)
		err = turnlock_announce(&keeper->turnlock, keeper->events[keeper->count - 1].row);
	if (!err)
		err = db_run(keeper->db, "COMMIT", "");
	if (err) {
		if (db_is_in_transaction(keeper->db))
			(void)!db_script(keeper->db, "ROLLBACK");
		events_drop(keeper, foreign);
		/* Also what waited from before: a second of a picture. */
		tally_undo(keeper->tally);
		masks_drop(keeper->masks);
		freshen_end(keeper, false);
		memory_drop(keeper);
		return ERR_STORAGE;
	}
	freshen_end(keeper, true);
	for (size_t i = foreign; i < keeper->count; i++)
		keeper->own_row = keeper->last_row = keeper->events[i].row;
	return ERR_NONE;
}

/* One change that fails half-way, by a fault of ours, must not take the others with it: it is left
 * out, and the rest is kept from the beginning. */
static enum err turn_without_culprits(struct keeper *keeper, struct change **changes, size_t count)
{
	for (;;) {
		struct change *culprit = NULL;
		enum err err = turn_try(keeper, changes, count, &culprit);

		if (!err || !culprit)
			return err;
		log_error("store.left_out", "a change failed half-way err=%s", err_name(culprit->err));
		culprit->is_out = true;
	}
}

enum err journal_turn(struct keeper *keeper, struct change **changes, size_t count,
					  struct turn **out)
{
	struct turn *turn = calloc(1, sizeof *turn);
	enum err err = count ? turnlock_take(&keeper->turnlock, TURN_WAIT_MS) : ERR_NONE;

	*out = turn;
	keeper->count = 0;
	keeper->own_row = 0;
	keeper->some_stale = keeper->some_renamed = false;
	if (!err) {
		err = turn_without_culprits(keeper, changes, count);
		if (count)
			turnlock_give(&keeper->turnlock);
	}
	for (size_t i = 0; i < count; i++)
		if (err || changes[i]->is_out)
			changes[i]->err = err ? err : ERR_INTERNAL;
	if (turn) {
		turn->events = keeper->events;
		turn->event_count = keeper->count;
		turn->own_row = keeper->own_row;
		keeper->events = NULL;
		keeper->count = keeper->room = 0;
	} else {
		/* Kept or not, nobody can be told: whoever asks again with the key will be. */
		events_drop(keeper, 0);
	}
	if (keeper->drop_after)
		memory_drop(keeper);
	keeper->drop_after = false;
	memory_bound(keeper);
	return err;
}

enum err keeper_checkpoint(struct keeper *keeper, enum db_checkpoint how)
{
	enum err err = turnlock_take(&keeper->turnlock, TURN_WAIT_MS);

	if (err)
		return err;
	err = db_checkpoint(keeper->db, how);
	turnlock_give(&keeper->turnlock);
	return err;
}

enum err keeper_new(struct db *db, const struct id_key *key, const char *folder,
					struct keeper **out)
{
	struct keeper *keeper = calloc(1, sizeof *keeper);
	enum err err = keeper ? ERR_NONE : ERR_NO_MEMORY;

	if (!err) {
		keeper->db = db;
		keeper->key = key;
		keeper->turnlock.gate = keeper->turnlock.lock = -1;
		keeper->heads = map_new();
		keeper->circles = map_new();
		keeper->standings = map_new();
		keeper->threads = map_new();
		keeper->circle_nums = textmap_new();
		keeper->declared = textmap_new();
		keeper->names = names_new();
		keeper->tally = tally_new();
		keeper->masks = masks_new();
		if (!keeper->heads || !keeper->circles || !keeper->standings || !keeper->threads ||
			!keeper->circle_nums || !keeper->declared || !keeper->names || !keeper->tally ||
			!keeper->masks)
			err = ERR_NO_MEMORY;
	}
	if (!err)
		err = turnlock_open(&keeper->turnlock, folder);
	if (!err)
		err = db_number(db, 0, &keeper->last_row, "SELECT max(row) FROM event", "");
	if (!err)
		err = db_number(db, 0, &keeper->now, "SELECT at FROM event ORDER BY row DESC LIMIT 1", "");
	if (err)
		keeper_free(&keeper);
	*out = keeper;
	return err;
}

void keeper_free(struct keeper **taken)
{
	struct keeper *keeper = *taken;

	if (!keeper)
		return;
	if (keeper->circles && keeper->standings && keeper->threads && keeper->heads && keeper->names)
		memory_drop(keeper);
	names_free(&keeper->names);
	events_drop(keeper, 0);
	free(keeper->events);
	turnlock_close(&keeper->turnlock);
	map_free(&keeper->heads);
	map_free(&keeper->circles);
	map_free(&keeper->standings);
	map_free(&keeper->threads);
	textmap_free(&keeper->circle_nums);
	declared_drop(&keeper->declared);
	tally_free(&keeper->tally);
	masks_free(&keeper->masks);
	buf_fini(&keeper->scratch);
	buf_fini(&keeper->name);
	free(keeper);
	*taken = NULL;
}
