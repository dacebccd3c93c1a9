/* near.c: see near.h. The store's thread. */
#include "calls/near.h"

#include <sodium.h>
#include <string.h>

enum { PLACE_MS = 86400000, PLACES_MOST = 50, AT_ONCE = 200 };

/* asker.address is keyed already; salted by the sanction, two of them cannot be compared. */
static int64_t mark_of(struct keeper *keeper, int64_t nonce, int64_t place)
{
	unsigned char secret[ID_SECRET_BYTES], text[16], out[crypto_shorthash_BYTES];
	int64_t mark;

	_Static_assert((int)ID_SECRET_BYTES >= (int)crypto_shorthash_KEYBYTES, "secret");
	id_key_derive(keeper_id_key(keeper), "sanctioned address", secret);
	memcpy(text, &nonce, 8);
	memcpy(text + 8, &place, 8);
	crypto_shorthash(out, text, sizeof text, secret);
	sodium_memzero(secret, sizeof secret);
	memcpy(&mark, out, sizeof mark);
	return mark;
}

enum err near_note(struct keeper *keeper, int64_t person, int64_t sanction, int64_t nonce)
{
	int64_t places[PLACES_MOST];
	size_t count = 0;
	struct cursor *cursor = db_query(
		keeper_db(keeper),
		"SELECT DISTINCT place FROM device WHERE person = ? AND place IS NOT NULL LIMIT ?", "ii",
		person, (int64_t)PLACES_MOST);
	enum err err;

	keeper_forget_places(keeper);
	while (count < PLACES_MOST && cursor_next(cursor))
		places[count++] = cursor_int(cursor, 0);
	err = cursor_end(&cursor);
	for (size_t i = 0; i < count && !err; i++)
		err = db_run(keeper_db(keeper),
					 "INSERT OR IGNORE INTO sanction_place (sanction, mark) VALUES (?, ?)", "ii",
					 sanction, mark_of(keeper, nonce, places[i]));
	return err;
}

enum err near_look(struct call *call, struct keeper *keeper, int64_t person)
{
	int64_t place = (int64_t)call->asker.address, now = keeper_now(keeper);
	int64_t found[PLACES_MOST];
	size_t count = 0;
	struct cursor *cursor;
	bool has_any = false;
	enum err err = place ? keeper_has_places(keeper, &has_any) : ERR_NONE;

	if (err || !has_any)
		return err;
	cursor = db_query(keeper_db(keeper),
					  "SELECT s.num, s.nonce, m.mark FROM sanction_place m"
					  " JOIN sanction s ON s.num = m.sanction WHERE s.lifted IS NULL"
					  " AND (s.ends IS NULL OR s.ends > ?1) AND s.begins > ?1 - ?2"
					  " AND NOT (s.step = 'warn' AND s.acknowledged IS NOT NULL)"
					  " ORDER BY s.num DESC",
					  "ii", now, NEAR_MS);
	while (count < PLACES_MOST && cursor_next(cursor))
		if (mark_of(keeper, cursor_int(cursor, 1), place) == cursor_int(cursor, 2))
			found[count++] = cursor_int(cursor, 0);
	err = cursor_end(&cursor);
	for (size_t i = 0; i < count && !err; i++)
		err = db_run(keeper_db(keeper),
					 "INSERT OR IGNORE INTO sanction_near (person, sanction) VALUES (?, ?)", "ii",
					 person, found[i]);
	return err;
}

enum err near_place(struct call *call, struct keeper *keeper)
{
	/* Written only when it is another: most come back from where they were. */
	return db_run(keeper_db(keeper),
				  "UPDATE device SET place = nullif(?1, 0) WHERE num = ?2"
				  " AND place IS NOT nullif(?1, 0) AND EXISTS"
				  " (SELECT 1 FROM person p WHERE p.num = device.person AND p.kind = ?3)",
				  "iii", (int64_t)call->asker.address, call->outcome.device, (int64_t)PERSON_GUEST);
}

enum err near_forget(struct keeper *keeper, int64_t sanction, int64_t circle)
{
	bool has_near;
	enum err err = db_run(keeper_db(keeper), "DELETE FROM sanction_place WHERE sanction = ?", "i",
						  sanction);

	if (!err)
		err = db_run(keeper_db(keeper), "DELETE FROM sanction_near WHERE sanction = ?", "i",
					 sanction);
	has_near = !err && db_changes(keeper_db(keeper)) > 0;
	/* Nobody in particular: all that is remembered of people is read anew, here and elsewhere. */
	return has_near ? keeper_tell_house(keeper, EVENT_STANDING_CHANGED, 0, circle) : err;
}

enum err near_age(struct keeper *keeper)
{
	int64_t yesterday = keeper_now(keeper) - PLACE_MS;

	return db_run(keeper_db(keeper),
				  "UPDATE device SET place = NULL WHERE num IN (SELECT num FROM device"
				  " WHERE place IS NOT NULL AND used < ? LIMIT ?)",
				  "ii", yesterday, (int64_t)AT_ONCE);
}
