/* mask.c: see mask.h. The store's thread. Whatever tells the same twice (a reason stands with its
 * decision, at the desk, in the statement, in the inbox) is masked alike everywhere, or nowhere,
 * and in one commit: it has one time. So all tables are walked first, a little in each commit, then
 * what was found is masked in the order of time, and in the last commit whatever came meanwhile. */
#include "store/mask.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "circle/reason.h"
#include "filters/glyph.h"

enum {
	NAMES_MOST = 8,
	FORMS_EACH = 3, /* with its tag, with a blank before that, alone */
	CIRCLES_MOST = 1000,
	PREFIX_MOST = 3,
	STEP_US = 8000, /* of one commit */
	MARK_ROOM = 48,
};

/* ---- in a text ---- */

static bool is_word(uint32_t point)
{
	enum glyph_kind kind = GLYPH_KIND(glyph_entry(point));

	return kind == GLYPH_LETTER || kind == GLYPH_DIGIT || kind == GLYPH_MARK;
}

/* Letters that are written together with the word behind them: and, in, to, from, the, that, as. */
static bool is_prefix(uint32_t point)
{
	static const uint32_t letters[] = {0x05D1, 0x05D4, 0x05D5, 0x05DB, 0x05DC, 0x05DE, 0x05E9,
									   0x0628, 0x0641, 0x0643, 0x0644, 0x0648};

	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
		if (letters[i] == point)
			return true;
	return false;
}

static size_t step_back(const char *text, size_t at)
{
	while (at > 0 && ((unsigned char)text[--at] & 0xC0) == 0x80)
		;
	return at;
}

/* In JSON the letter before may be the end of \n or \u001f. */
static bool is_escape(const char *text, size_t at)
{
	return (at >= 2 && text[at - 2] == '\\') ||
		   (at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u');
}

static bool begins_word(const char *text, size_t bytes, size_t at, bool is_json)
{
	for (int prefixes = 0; at > 0; prefixes++) {
		size_t before = step_back(text, at), next = before;
		uint32_t point = utf8_next(text, bytes, &next);

		if (!is_word(point) || (is_json && is_escape(text, at)))
			return true;
		if (prefixes == PREFIX_MOST || !is_prefix(point))
			return false;
		at = before;
	}
	return true;
}

static bool ends_word(const char *text, size_t bytes, size_t at)
{
	return at >= bytes || !is_word(utf8_next(text, bytes, &at));
}

bool mask_text(const char *text, size_t bytes, const char *name, bool is_json, struct buf *out)
{
	size_t name_bytes = strlen(name), from = 0;
	bool found = false;

	for (size_t at = 0; name_bytes && at + name_bytes <= bytes;) {
		const char *hit = memmem(text + at, bytes - at, name, name_bytes);

		if (!hit)
			break;
		at = (size_t)(hit - text);
		if (!begins_word(text, bytes, at, is_json) || !ends_word(text, bytes, at + name_bytes)) {
			at++;
			continue;
		}
		buf_add(out, text + from, at - from);
		buf_text(out, NAME_MASK);
		from = at += name_bytes;
		found = true;
	}
	buf_add(out, text + from, bytes - from);
	return found;
}

/* ---- in JSON ---- */

/* Members in which people wrote. Whatever else stands in a body is ours, also where it reads like
 * somebody's name. */
static bool is_free(const char *key, size_t bytes, bool with_facts)
{
	static const char *const keys[] = {"facts", "reason", "note", "cause", "handover", "text"};

	for (size_t i = with_facts ? 0 : 1; i < sizeof keys / sizeof *keys; i++)
		if (strlen(keys[i]) == bytes && memcmp(keys[i], key, bytes) == 0)
			return true;
	return false;
}

static bool is_code(const char *text, size_t bytes)
{
	char copy[64];

	if (bytes >= sizeof copy)
		return false;
	memcpy(copy, text, bytes);
	copy[bytes] = '\0';
	return reason_is_code(copy);
}

/* Behind the quote that ends the string that begins at `at`. */
static size_t string_end(const char *json, size_t bytes, size_t at)
{
	for (at++; at < bytes && json[at] != '"'; at++)
		if (json[at] == '\\')
			at++;
	return at < bytes ? at + 1 : bytes;
}

/* In a statement's facts what was said is put between marks; what comes before them is ours. */
static bool facts_mask(const char *text, size_t bytes, const char *name, struct buf *out)
{
	const char *begin = memmem(text, bytes, "\xe2\x81\xa8", 3);
	size_t ours = begin ? (size_t)(begin - text) : bytes;

	buf_add(out, text, ours);
	return mask_text(text + ours, bytes - ours, name, true, out);
}

bool mask_json(const char *json, size_t bytes, const char *name, bool with_facts, struct buf *out)
{
	bool found = false, free_text = false, facts = false;

	for (size_t at = 0, end; at < bytes; at = end) {
		const char *quote = memchr(json + at, '"', bytes - at);
		size_t begin = quote ? (size_t)(quote - json) : bytes, length;

		buf_add(out, json + at, begin - at);
		end = begin < bytes ? string_end(json, bytes, begin) : bytes;
		if (begin >= bytes)
			break;
		length = end - begin > 2 ? end - begin - 2 : 0;
		if (end < bytes && json[end] == ':') {
			free_text = is_free(json + begin + 1, length, with_facts);
			facts = free_text && json[begin + 1] == 'f';
		} else if (free_text && !is_code(json + begin + 1, length)) {
			buf_text(out, "\"");
			found |= (facts ? facts_mask(json + begin + 1, length, name, out)
							: mask_text(json + begin + 1, length, name, true, out));
			buf_add(out, json + end - 1, 1);
			continue;
		}
		buf_add(out, json + begin, end - begin);
	}
	return found;
}

/* ---- what is looked for, and where ---- */

/* A name as it may stand there. */
struct form {
	char *text, *quoted; /* quoted: as inside a JSON string */
	size_t text_bytes, quoted_bytes;
};

/* A circle where this person was. */
struct where {
	int64_t num, desk_seq, note; /* walked so far */
	uint32_t forms;              /* those that are looked for here: bits */
	bool crises_are_chained;
};

/* Where it stands. at: what has the same time is masked in the same commit; 0: in the last. */
struct hit {
	int64_t at, key;
	uint16_t place, where;
};

/* What a desk's event holds itself (a reason that is the machine's; any, before version 3) is
 * chained and can not be changed: then it stays everywhere. */
struct chained {
	int64_t at;
	size_t where;
};

struct mask {
	struct mask *next;
	int64_t person, began;
	int64_t decision, appeal, sanction; /* walked so far */
	struct form forms[NAMES_MOST * FORMS_EACH];
	size_t form_count, where_count, hit_count, hit_room, masked, chained_count, chained_room;
	struct where *wheres; /* by number */
	struct hit *hits;
	struct chained *chained;
	size_t stage, at_where;
	size_t masked_before; /* the last commit: so many were masked in the others */
	bool is_last;         /* what came while the rest was walked: without a pause */
	bool is_walked, is_sorted;
};

struct masks {
	struct mask *first;
};

static void mask_free(struct mask **taken)
{
	struct mask *mask = *taken;

	*taken = NULL;
	if (!mask)
		return;
	for (size_t i = 0; i < mask->form_count; i++) {
		free(mask->forms[i].text);
		free(mask->forms[i].quoted);
	}
	free(mask->wheres);
	free(mask->hits);
	free(mask->chained);
	free(mask);
}

struct masks *masks_new(void)
{
	return calloc(1, sizeof(struct masks));
}

void masks_drop(struct masks *masks)
{
	while (masks->first) {
		struct mask *mask = masks->first;

		masks->first = mask->next;
		mask_free(&mask);
	}
}

void masks_free(struct masks **taken)
{
	if (*taken)
		masks_drop(*taken);
	free(*taken);
	*taken = NULL;
}

static void masks_end(struct masks *masks, int64_t person)
{
	for (struct mask **at = &masks->first; *at; at = &(*at)->next)
		if ((*at)->person == person) {
			struct mask *mask = *at;

			*at = mask->next;
			mask_free(&mask);
			return;
		}
}

static enum err form_add(struct mask *mask, const char *text)
{
	struct form *form = &mask->forms[mask->form_count];
	struct buf quoted = {0};

	buf_json(&quoted, text, strlen(text));
	if (buf_ok(&quoted)) {
		form->text = strdup(text);
		form->quoted = strndup(quoted.data + 1, quoted.bytes - 2);
		form->text_bytes = strlen(text);
		form->quoted_bytes = quoted.bytes - 2;
		mask->form_count++;
	}
	buf_fini(&quoted);
	return form->text && form->quoted ? ERR_NONE : ERR_NO_MEMORY;
}

/* Each name with its tag, where there is one, before the name alone. */
static enum err forms_add(struct mask *mask, const char *name, const char *tag)
{
	char tagged[NAME_ROOM + TAG_TEXT + 2];
	enum err err = ERR_NONE;

	for (int blank = 0; blank < 2 && *tag && !err; blank++) {
		snprintf(tagged, sizeof tagged, "%s%s#%s", name, blank ? " " : "", tag);
		err = form_add(mask, tagged);
	}
	return err ? err : form_add(mask, name);
}

/* Is somebody else there called so, or is it a single letter? */
static enum err is_shared(struct db *db, int64_t person, int64_t circle, const char *name,
						  bool *out)
{
	int64_t others = 0;
	enum err err = db_number(
		db, 0, &others,
		"SELECT 1 FROM person o WHERE o.name = ?3 AND o.num <> ?1 AND o.erasing IS NULL AND (EXISTS"
		" (SELECT 1 FROM member m WHERE m.circle = ?2 AND m.person = o.num) OR EXISTS (SELECT 1"
		" FROM post p WHERE p.author = o.num AND p.circle = ?2)) LIMIT 1",
		"iit", person, circle, name);

	*out = others || utf8_length(name, strlen(name)) < 2;
	return err;
}

static enum err where_init(struct db *db, const struct mask *mask, size_t forms_each, int64_t num,
						   struct where *out)
{
	enum err err = ERR_NONE;

	*out = (struct where){.num = num};
	for (size_t i = 0; i < mask->form_count && !err; i++) {
		bool shared = false;

		if (i % forms_each == forms_each - 1)
			err = is_shared(db, mask->person, num, mask->forms[i].text, &shared);
		if (!shared)
			out->forms |= 1u << i;
	}
	return err;
}

static void mark_of(int64_t person, char out[MARK_ROOM])
{
	snprintf(out, MARK_ROOM, "masking:%" PRId64, person);
}

/* What begin() noted: {"tag","names","circles"}; ERR_NOT_FOUND: nothing is left to mask. */
static enum err mark_read(struct db *db, int64_t person, json_t **out)
{
	char mark[MARK_ROOM];
	struct cursor *cursor;
	enum err err;

	mark_of(person, mark);
	*out = NULL;
	cursor = db_query(db, "SELECT value FROM house WHERE name = ?", "t", mark);
	if (cursor_next(cursor))
		*out = json_loadb(cursor_text(cursor, 0), cursor_bytes(cursor, 0), 0, NULL);
	err = cursor_end(&cursor);
	return err || *out ? err : ERR_NOT_FOUND;
}

static enum err mask_init(struct db *db, struct mask *mask, const json_t *noted)
{
	const json_t *names = json_object_get(noted, "names"), *one;
	const json_t *circles = json_object_get(noted, "circles");
	const char *tag = json_string_value(json_object_get(noted, "tag"));
	size_t i, forms_each;
	enum err err = ERR_NONE;

	if (!tag || strlen(tag) >= TAG_TEXT)
		tag = "";
	forms_each = *tag ? FORMS_EACH : 1;
	json_array_foreach(names, i, one)
		if (!err && i < NAMES_MOST && json_string_length(one) &&
			json_string_length(one) < NAME_ROOM)
			err = forms_add(mask, json_string_value(one), tag);
	mask->wheres = calloc(json_array_size(circles) + 1, sizeof *mask->wheres);
	if (!mask->wheres)
		return ERR_NO_MEMORY;
	json_array_foreach(circles, i, one)
		if (!err && i < CIRCLES_MOST)
			err = where_init(db, mask, forms_each, json_integer_value(one),
							 &mask->wheres[mask->where_count++]);
	return err;
}

/* The one that is at work for this person, or a new one. */
static enum err mask_of(struct keeper *keeper, int64_t person, struct mask **out)
{
	struct masks *masks = keeper_masks(keeper);
	json_t *noted = NULL;
	enum err err = mark_read(keeper_db(keeper), person, &noted);

	for (*out = masks->first; *out && (*out)->person != person;)
		*out = (*out)->next;
	if (!err && !*out) {
		*out = calloc(1, sizeof **out);
		err = *out ? glyph_prepare() : ERR_NO_MEMORY;
		if (!err) {
			(*out)->person = person;
			(*out)->began = keeper_now(keeper);
			err = mask_init(keeper_db(keeper), *out, noted);
		}
		if (err) {
			mask_free(out);
		} else {
			(*out)->next = masks->first;
			masks->first = *out;
		}
	}
	json_decref(noted);
	return err;
}

/* ---- one text ---- */

enum written { PLAIN, JSON, JSON_FACTS }; /* JSON_FACTS: with what is said in a statement's facts */

/* The text as it should stand; false: the name is not in it. */
static bool text_mask(const struct mask *mask, size_t where, const char *text, size_t bytes,
					  enum written how, struct buf *out)
{
	bool is_json = how != PLAIN;
	struct buf before = {0};
	bool found = false;

	buf_clear(out);
	for (size_t i = 0; i < mask->form_count; i++) {
		const struct form *form = &mask->forms[i];
		const char *name = is_json ? form->quoted : form->text;

		if (!(mask->wheres[where].forms >> i & 1u) ||
			!memmem(text, bytes, name, is_json ? form->quoted_bytes : form->text_bytes))
			continue;
		buf_clear(out);
		if (!(is_json ? mask_json(text, bytes, name, how == JSON_FACTS, out)
					  : mask_text(text, bytes, name, false, out)))
			continue;
		found = true;
		buf_clear(&before);
		buf_add(&before, out->data, out->bytes);
		if (!buf_ok(&before))
			break;
		text = before.data;
		bytes = before.bytes;
	}
	if (found) {
		buf_clear(out);
		buf_add(out, text, bytes);
	}
	buf_fini(&before);
	return found;
}

static bool has_name(const struct mask *mask, size_t where, struct cursor *cursor, int column,
					 enum written how)
{
	bool is_json = how != PLAIN;
	struct buf masked = {0};
	const char *text = cursor_text(cursor, column);
	size_t bytes = cursor_bytes(cursor, column);
	bool found = false;

	/* Most have nothing of the kind. */
	for (size_t i = 0; i < mask->form_count && !found; i++)
		found = memmem(text, bytes, is_json ? mask->forms[i].quoted : mask->forms[i].text,
					   is_json ? mask->forms[i].quoted_bytes : mask->forms[i].text_bytes) != NULL;
	if (found && !is_json && is_code(text, bytes))
		found = false;
	if (found)
		found = text_mask(mask, where, text, bytes, how, &masked);
	buf_fini(&masked);
	return found;
}

/* ---- the walk ---- */

enum place {
	PLACE_NOTE,
	PLACE_REASON,
	PLACE_DECISION_NOTE,
	PLACE_STATEMENT,
	PLACE_ANSWER,
	PLACE_SANCTION,
	PLACE_CAUSE,
	PLACE_INCIDENT,
	PLACE_INCIDENT_END,
	PLACE_CRISIS,
	PLACE_EVENT,
	PLACE_STATED, /* an event with a statement that has the name */
	PLACE_SAID,
};

#define SAID_OF "(SELECT substr(body, 9, 64) FROM event WHERE row = ?)"

static const struct {
	const char *find, *keep;
	enum written how;
} places[] = {
	[PLACE_NOTE] = {"SELECT text FROM note WHERE num = ?",
					"UPDATE note SET text = ?, salt = NULL WHERE num = ?", PLAIN},
	[PLACE_REASON] = {"SELECT reason FROM decision WHERE num = ?",
					  "UPDATE decision SET reason = ? WHERE num = ?", PLAIN},
	[PLACE_DECISION_NOTE] = {"SELECT note FROM decision WHERE num = ?",
							 "UPDATE decision SET note = ? WHERE num = ?", PLAIN},
	[PLACE_STATEMENT] = {"SELECT statement FROM decision WHERE num = ?",
						 "UPDATE decision SET statement = ? WHERE num = ?", JSON_FACTS},
	[PLACE_ANSWER] = {"SELECT answer FROM appeal WHERE num = ?",
					  "UPDATE appeal SET answer = ? WHERE num = ?", PLAIN},
	[PLACE_SANCTION] = {"SELECT reason FROM sanction WHERE num = ?",
						"UPDATE sanction SET reason = ? WHERE num = ?", PLAIN},
	[PLACE_CAUSE] = {"SELECT cause FROM sanction WHERE num = ?",
					 "UPDATE sanction SET cause = ? WHERE num = ?", PLAIN},
	[PLACE_INCIDENT] = {"SELECT reason FROM incident WHERE num = ?",
						"UPDATE incident SET reason = ? WHERE num = ?", PLAIN},
	[PLACE_INCIDENT_END] = {"SELECT end_reason FROM incident WHERE num = ?",
							"UPDATE incident SET end_reason = ? WHERE num = ?", PLAIN},
	[PLACE_CRISIS] = {"SELECT crisis FROM circle WHERE num = ?",
					  "UPDATE circle SET crisis = ? WHERE num = ?", JSON},
	[PLACE_EVENT] = {"SELECT body FROM event WHERE row = ?",
					 "UPDATE event SET body = ? WHERE row = ?", JSON},
	[PLACE_STATED] = {"SELECT body FROM event WHERE row = ?",
					  "UPDATE event SET body = ? WHERE row = ?", JSON_FACTS},
	[PLACE_SAID] = {"SELECT words FROM said WHERE digest = " SAID_OF,
					"UPDATE said SET words = ?, salt = zeroblob(0) WHERE digest = " SAID_OF, JSON},
};

static enum err hit_add(struct mask *mask, enum place place, size_t where, int64_t key, int64_t at)
{
	if (mask->hit_count == mask->hit_room) {
		size_t room = mask->hit_room ? mask->hit_room * 2 : 64;
		struct hit *hits = realloc(mask->hits, room * sizeof *hits);

		if (!hits)
			return ERR_NO_MEMORY;
		mask->hits = hits;
		mask->hit_room = room;
	}
	mask->hits[mask->hit_count++] = (struct hit){at, key, (uint16_t)place, (uint16_t)where};
	return ERR_NONE;
}

static enum err chained_add(struct mask *mask, size_t where, int64_t at)
{
	if (mask->chained_count == mask->chained_room) {
		size_t room = mask->chained_room ? mask->chained_room * 2 : 64;
		struct chained *chained = realloc(mask->chained, room * sizeof *chained);

		if (!chained)
			return ERR_NO_MEMORY;
		mask->chained = chained;
		mask->chained_room = room;
	}
	mask->chained[mask->chained_count++] = (struct chained){at, where};
	return ERR_NONE;
}

static bool is_crisis(int64_t kind)
{
	return kind == EVENT_CRISIS_BEGUN || kind == EVENT_CRISIS_ENDED ||
		   kind == EVENT_CRISIS_STEPPED;
}

/* The place of a circle; where_count: the person was not there. */
static size_t where_of(const struct mask *mask, int64_t circle)
{
	size_t low = 0, high = mask->where_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (mask->wheres[middle].num < circle)
			low = middle + 1;
		else
			high = middle;
	}
	return low < mask->where_count && mask->wheres[low].num == circle ? low : mask->where_count;
}

static bool is_time(const struct mask *mask, int64_t until_us)
{
	return !mask->is_last && clock_steady_us() >= until_us;
}

/* A desk's event, what was said with it, and its twin in the circle, which is the row before. */
static enum err desk_event_look(struct mask *mask, size_t where, struct cursor *cursor)
{
	int64_t row = cursor_int(cursor, 1), at = cursor_int(cursor, 2);
	bool crisis = is_crisis(cursor_int(cursor, 3));
	bool own = has_name(mask, where, cursor, 4, JSON);
	enum err err = ERR_NONE;

	if (own) {
		mask->wheres[where].crises_are_chained |= crisis;
		err = chained_add(mask, where, at);
	}
	if (!err && has_name(mask, where, cursor, 5, JSON))
		err = hit_add(mask, PLACE_SAID, where, row, crisis ? 0 : at);
	if (!err && !own && has_name(mask, where, cursor, 6, JSON))
		err = hit_add(mask, PLACE_EVENT, where, row - 1, crisis ? 0 : at);
	return err;
}

static enum err desk_walk(struct db *db, struct mask *mask, size_t where, int64_t until_us,
						  bool *is_done)
{
	struct where *circle = &mask->wheres[where];
	struct cursor *cursor = db_query(
		db,
		"SELECT d.seq, d.row, d.at, d.kind, d.body, s.words, e.body FROM event d"
		" LEFT JOIN said s ON s.digest = CASE substr(d.body, 1, 8) WHEN '\"said\":\"'"
		" THEN substr(d.body, 9, 64) END"
		" LEFT JOIN event e ON e.row = d.row - 1 AND e.journal = ?1 AND d.kind <> ?4"
		" WHERE d.journal = ?2 AND d.seq > ?3 ORDER BY d.seq",
		"iiii", journal_of(JOURNAL_CIRCLE, circle->num), journal_of(JOURNAL_DESK, circle->num),
		circle->desk_seq, (int64_t)EVENT_RULES_PINNED);
	enum err err = ERR_NONE, ended;

	*is_done = false;
	while (!err && !is_time(mask, until_us)) {
		*is_done = !cursor_next(cursor);
		if (*is_done)
			break;
		err = desk_event_look(mask, where, cursor);
		circle->desk_seq = cursor_int(cursor, 0);
	}
	ended = cursor_end(&cursor);
	return err ? err : ended;
}

static enum err notes_walk(struct db *db, struct mask *mask, size_t where, int64_t until_us,
						   bool *is_done)
{
	struct where *circle = &mask->wheres[where];
	struct cursor *cursor =
		db_query(db, "SELECT num, text, at FROM note WHERE circle = ? AND num > ? ORDER BY num",
				 "ii", circle->num, circle->note);
	enum err err = ERR_NONE, ended;

	*is_done = false;
	while (!err && !is_time(mask, until_us)) {
		*is_done = !cursor_next(cursor);
		if (*is_done)
			break;
		if (has_name(mask, where, cursor, 1, PLAIN))
			err = hit_add(mask, PLACE_NOTE, where, cursor_int(cursor, 0), cursor_int(cursor, 2));
		circle->note = cursor_int(cursor, 0);
	}
	ended = cursor_end(&cursor);
	return err ? err : ended;
}

/* Few, and changed in place: looked at in the last commit only. */
static enum err crises_look(struct db *db, struct mask *mask, size_t where)
{
	struct where *circle = &mask->wheres[where];
	struct cursor *cursor;
	enum err err = ERR_NONE, ended;

	if (circle->crises_are_chained)
		return ERR_NONE;
	cursor = db_query(db, "SELECT num, reason, end_reason FROM incident WHERE circle = ?", "i",
					  circle->num);
	while (!err && cursor_next(cursor)) {
		if (has_name(mask, where, cursor, 1, PLAIN))
			err = hit_add(mask, PLACE_INCIDENT, where, cursor_int(cursor, 0), 0);
		if (!err && has_name(mask, where, cursor, 2, PLAIN))
			err = hit_add(mask, PLACE_INCIDENT_END, where, cursor_int(cursor, 0), 0);
	}
	ended = cursor_end(&cursor);
	if (err || ended)
		return err ? err : ended;
	cursor = db_query(db, "SELECT crisis FROM circle WHERE num = ?", "i", circle->num);
	if (cursor_next(cursor) && has_name(mask, where, cursor, 0, JSON))
		err = hit_add(mask, PLACE_CRISIS, where, circle->num, 0);
	ended = cursor_end(&cursor);
	return err ? err : ended;
}

/* What this person was told at that time, by somebody. */
static enum err inbox_look(struct db *db, struct mask *mask, size_t where, int64_t person,
						   int64_t at, enum place place)
{
	struct cursor *cursor = db_query(db,
									 "SELECT row, body FROM event WHERE journal = ? AND at = ?"
									 " AND NOT instr(body, '\"by\":\"machine\"')",
									 "ii", journal_of(JOURNAL_INBOX, person), at);
	enum err err = ERR_NONE, ended;

	while (!err && cursor_next(cursor))
		if (has_name(mask, where, cursor, 1, places[place].how))
			err = hit_add(mask, place, where, cursor_int(cursor, 0), at);
	ended = cursor_end(&cursor);
	return err ? err : ended;
}

/* num, circle, person, at, reason, note. The reason stands in the statement of reasons too. A
 * machine's is a sentence of the house's. */
static enum err decision_look(struct db *db, struct mask *mask, size_t where,
							  struct cursor *cursor)
{
	int64_t num = cursor_int(cursor, 0), at = cursor_int(cursor, 3);
	bool has_reason = has_name(mask, where, cursor, 4, PLAIN);
	enum err err = ERR_NONE;

	if (has_reason) {
		err = hit_add(mask, PLACE_REASON, where, num, at);
		if (!err)
			err = hit_add(mask, PLACE_STATEMENT, where, num, at);
		if (!err)
			err = inbox_look(db, mask, where, cursor_int(cursor, 2), at, PLACE_STATED);
	}
	if (!err && has_name(mask, where, cursor, 5, PLAIN))
		err = hit_add(mask, PLACE_DECISION_NOTE, where, num, at);
	return err;
}

/* num, circle, person, decided, answer. */
static enum err appeal_look(struct db *db, struct mask *mask, size_t where, struct cursor *cursor)
{
	int64_t at = cursor_int(cursor, 3);
	enum err err = ERR_NONE;

	if (!has_name(mask, where, cursor, 4, PLAIN))
		return ERR_NONE;
	err = hit_add(mask, PLACE_ANSWER, where, cursor_int(cursor, 0), at);
	return err ? err : inbox_look(db, mask, where, cursor_int(cursor, 2), at, PLACE_EVENT);
}

/* num, circle, person, begins, reason, cause, lifted. Why it was lifted stands in the inbox. */
static enum err sanction_look(struct db *db, struct mask *mask, size_t where,
							  struct cursor *cursor)
{
	int64_t num = cursor_int(cursor, 0), person = cursor_int(cursor, 2), at = cursor_int(cursor, 3);
	enum err err = ERR_NONE;

	if (has_name(mask, where, cursor, 4, PLAIN))
		err = hit_add(mask, PLACE_SANCTION, where, num, at);
	if (!err && has_name(mask, where, cursor, 5, PLAIN)) {
		err = hit_add(mask, PLACE_CAUSE, where, num, at);
		if (!err)
			err = inbox_look(db, mask, where, person, at, PLACE_EVENT);
	}
	if (!err && !cursor_is_null(cursor, 6))
		err = inbox_look(db, mask, where, person, cursor_int(cursor, 6), PLACE_EVENT);
	return err;
}

#define DECISIONS \
	"SELECT num, circle, person, at, CASE WHEN by_person IS NOT NULL THEN reason END, note" \
	" FROM decision WHERE num > ?1"
#define APPEALS "SELECT num, circle, person, decided, answer FROM appeal WHERE num > ?1"
#define SANCTIONS \
	"SELECT num, circle, person, begins, reason, cause, lifted FROM sanction WHERE num > ?1"

/* changed: in the last commit, with rows that have changed since the first (?2). */
static const struct table {
	const char *find, *changed;
	enum err (*look)(struct db *db, struct mask *mask, size_t where, struct cursor *cursor);
} tables[] = {
	{DECISIONS " ORDER BY num", DECISIONS " AND ?2 ORDER BY num", decision_look},
	{APPEALS " ORDER BY num", APPEALS " OR decided >= ?2 ORDER BY num", appeal_look},
	{SANCTIONS " ORDER BY num", SANCTIONS " OR lifted >= ?2 ORDER BY num", sanction_look},
};

static enum err table_walk(struct db *db, struct mask *mask, const struct table *table,
						   int64_t *last, int64_t until_us, bool *is_done)
{
	struct cursor *cursor = mask->is_last
								? db_query(db, table->changed, "ii", *last, mask->began)
								: db_query(db, table->find, "i", *last);
	enum err err = ERR_NONE, ended;
	size_t where;

	*is_done = false;
	while (!err && !is_time(mask, until_us)) {
		*is_done = !cursor_next(cursor);
		if (*is_done)
			break;
		where = where_of(mask, cursor_int(cursor, 1));
		if (where < mask->where_count)
			err = table->look(db, mask, where, cursor);
		if (cursor_int(cursor, 0) > *last)
			*last = cursor_int(cursor, 0);
	}
	ended = cursor_end(&cursor);
	return err ? err : ended;
}

/* One more piece of the way: a circle's desk, a circle's notes, a table. */
static enum err stage_walk(struct db *db, struct mask *mask, int64_t until_us, bool *is_done)
{
	int64_t *last[] = {&mask->decision, &mask->appeal, &mask->sanction};
	size_t circles = mask->where_count, stage = mask->stage;
	enum err err;

	if (stage >= circles)
		return table_walk(db, mask, &tables[stage - circles], last[stage - circles], until_us,
						  is_done);
	err = desk_walk(db, mask, stage, until_us, is_done);
	if (!err && *is_done)
		err = notes_walk(db, mask, stage, until_us, is_done);
	return err || !*is_done || !mask->is_last ? err : crises_look(db, mask, stage);
}

static enum err walk(struct db *db, struct mask *mask, int64_t until_us)
{
	size_t stages = mask->where_count + sizeof tables / sizeof *tables;
	enum err err = ERR_NONE;

	while (!err && mask->stage < stages && !is_time(mask, until_us)) {
		bool is_done = false;

		err = stage_walk(db, mask, until_us, &is_done);
		mask->stage += is_done;
	}
	mask->is_walked = !err && mask->stage == stages;
	return err;
}

/* ---- masking ---- */

static int hits_compare(const void *left, const void *right)
{
	const struct hit *a = left, *b = right;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return (int)a->place - (int)b->place;
}

/* Notes have a digest of their own; what the desk's events say themselves is never found. */
static bool is_chained(const struct mask *mask, const struct hit *hit)
{
	if (hit->place == PLACE_NOTE || hit->place == PLACE_SAID || !hit->at)
		return false;
	for (size_t i = 0; i < mask->chained_count; i++)
		if (mask->chained[i].at == hit->at && mask->chained[i].where == hit->where)
			return true;
	return false;
}

/* It is read anew: it may have changed since it was found. */
static enum err hit_mask(struct db *db, const struct mask *mask, const struct hit *hit)
{
	struct buf masked = {0};
	struct cursor *cursor = db_query(db, places[hit->place].find, "i", hit->key);
	bool found = cursor_next(cursor) &&
				 text_mask(mask, hit->where, cursor_text(cursor, 0), cursor_bytes(cursor, 0),
						   places[hit->place].how, &masked);
	enum err err = cursor_end(&cursor);

	buf_add(&masked, "", 1);
	if (!err && !buf_ok(&masked))
		err = ERR_NO_MEMORY;
	if (!err && found)
		err = db_run(db, places[hit->place].keep, "ti", masked.data, hit->key);
	buf_fini(&masked);
	return err;
}

/* What has the same time goes together; what has none, in the last commit. */
static enum err hits_mask(struct db *db, struct mask *mask, int64_t until_us)
{
	enum err err = ERR_NONE;

	if (!mask->is_sorted && mask->hit_count && !mask->is_last)
		qsort(mask->hits, mask->hit_count, sizeof *mask->hits, hits_compare);
	mask->is_sorted = true;
	for (size_t i = mask->masked; i < mask->hit_count && !err; i++) {
		const struct hit *hit = &mask->hits[i];
		bool is_due;

		if (is_time(mask, until_us) && (!i || hit[-1].at != hit->at))
			break;
		is_due = mask->is_last ? i >= mask->masked_before || !hit->at : hit->at != 0;
		if (is_due && !is_chained(mask, hit))
			err = hit_mask(db, mask, hit);
		mask->masked = i + 1;
	}
	return err;
}

/* ---- whose ---- */

/* Of a damaged store, what is no text is left out: it stands in none either. */
static enum err list_read(struct cursor *cursor, json_t *list, bool are_numbers)
{
	while (cursor_next(cursor))
		json_array_append_new(list, are_numbers ? json_integer(cursor_int(cursor, 0))
												: json_string(cursor_text(cursor, 0)));
	return cursor_end(&cursor);
}

static enum err names_read(struct db *db, int64_t person, json_t *list)
{
	return list_read(
		db_query(db,
				 "SELECT name FROM person WHERE num = ?1 AND name <> '' UNION SELECT shown_name"
				 " FROM post WHERE author = ?1 AND shown_name <> '' LIMIT ?2",
				 "ii", person, (int64_t)NAMES_MOST),
		list, false);
}

static enum err circles_read(struct db *db, int64_t person, json_t *list)
{
	return list_read(db_query(db,
							  "SELECT circle FROM member WHERE person = ?1"
							  " UNION SELECT circle FROM post WHERE author = ?1"
							  " UNION SELECT circle FROM decision WHERE person = ?1 ORDER BY 1"
							  " LIMIT ?2",
							  "ii", person, (int64_t)CIRCLES_MOST),
					 list, true);
}

enum err mask_begin(struct keeper *keeper, int64_t person)
{
	struct db *db = keeper_db(keeper);
	json_t *noted = json_pack("{s:[], s:[]}", "names", "circles");
	struct person row;
	char mark[MARK_ROOM], *text = NULL;
	enum err err = noted ? person_load(db, keeper_id_key(keeper), person, &row) : ERR_NO_MEMORY;

	if (!err)
		json_object_set_new(noted, "tag", json_string(row.tag));
	if (!err)
		err = names_read(db, person, json_object_get(noted, "names"));
	if (!err)
		err = circles_read(db, person, json_object_get(noted, "circles"));
	if (!err) {
		text = json_dumps(noted, JSON_COMPACT);
		err = text ? ERR_NONE : ERR_NO_MEMORY;
	}
	mark_of(person, mark);
	if (!err)
		err = db_run(db, "INSERT OR REPLACE INTO house (name, value) VALUES (?, ?)", "tb", mark,
					 text, strlen(text));
	free(text);
	json_decref(noted);
	return err;
}

enum err mask_step(struct keeper *keeper, int64_t person, bool *is_done)
{
	int64_t until_us = clock_steady_us() + STEP_US;
	struct mask *mask;
	enum err err = mask_of(keeper, person, &mask);

	*is_done = err == ERR_NOT_FOUND;
	if (err)
		return *is_done ? ERR_NONE : err;
	if (!mask->is_walked)
		err = walk(keeper_db(keeper), mask, until_us);
	if (!err && mask->is_walked)
		err = hits_mask(keeper_db(keeper), mask, until_us);
	*is_done = !err && mask->is_walked && mask->masked == mask->hit_count;
	return err;
}

enum err mask_end(struct keeper *keeper, int64_t person)
{
	char name[MARK_ROOM];
	struct mask *mask;
	enum err err = mask_of(keeper, person, &mask);

	if (err)
		return err == ERR_NOT_FOUND ? ERR_NONE : err;
	mask->is_last = true;
	mask->masked_before = mask->hit_count;
	mask->stage = mask->masked = 0;
	err = walk(keeper_db(keeper), mask, 0);
	if (!err)
		err = hits_mask(keeper_db(keeper), mask, 0);
	for (size_t i = 0; i < mask->where_count; i++)
		keeper_forget_circle(keeper, mask->wheres[i].num);
	mark_of(person, name);
	if (!err)
		err = db_run(keeper_db(keeper), "DELETE FROM house WHERE name = ?", "t", name);
	masks_end(keeper_masks(keeper), person);
	return err;
}
