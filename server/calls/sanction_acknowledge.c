/* sanction_acknowledge.c: a warned person has read the warning, and may speak again. */
#include <stdio.h>
#include <string.h>

#include "calls/calls.h"
#include "calls/desk_sanction.h"
#include "calls/enter.h"
#include "calls/near.h"

enum err check_sanction_acknowledge(struct call *call)
{
	const char *text;

	return param_text(call, "sanction", ID_TEXT, &text);
}

static enum err acknowledge(struct keeper *keeper, const struct sanction *sanction)
{
	struct person person;
	char body[160], id[ID_TEXT];
	struct draft draft = {.journal = journal_of(JOURNAL_DESK, sanction->circle),
						  .kind = EVENT_ACKNOWLEDGED_WARNING,
						  .body = body};
	enum err err = person_load(keeper_db(keeper), keeper_id_key(keeper), sanction->person, &person);

	if (!err)
		err = db_run(keeper_db(keeper),
					 "UPDATE sanction SET acknowledged = ?1, lifted = ?1 WHERE num = ?2", "ii",
					 keeper_now(keeper), sanction->num);
	id_seal(keeper_id_key(keeper), 's', sanction->num, (uint64_t)sanction->nonce, id);
	snprintf(body, sizeof body, "\"sanction\":\"%s\",\"participant\":{\"id\":\"%s\"}", id,
			 person.id);
	if (!err)
		err = keeper_append(keeper, &draft, NULL);
	if (!err)
		err = near_forget(keeper, sanction->num, sanction->circle);
	if (!err)
		err = keeper_tell_house(keeper, EVENT_STANDING_CHANGED, sanction->person, sanction->circle);
	return err;
}

/* Also from outside: an excluded person reads the inbox and answers it. */
enum err keep_sanction_acknowledge(struct call *call, struct keeper *keeper)
{
	struct sanction sanction = {0};
	enum err err = enter_person(call, keeper);

	if (!err)
		err = sanction_find(keeper, param_or_null(call, "sanction"), &sanction);
	if (!err && sanction.person != call->asker.person)
		err = ERR_NOT_FOUND;
	if (!err && strcmp(sanction.step, "warn") != 0)
		err = call_refuse(call, ERR_BAD_PARAMS, "not_warning");
	/* Once is enough, and what is over needs it no more. */
	if (err || sanction_is_over(keeper, &sanction))
		return err;
	return acknowledge(keeper, &sanction);
}
