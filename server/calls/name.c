/* name.c: see name.h. An operator's invitation names whom it wants: what people choose themselves
 * is looked at here. */
#include "calls/name.h"

#include <string.h>

#include "base/utf8.h"
#include "filters/name.h"

enum err check_name(struct call *call)
{
	const json_t *given = json_object_get(call->request.params, "name");
	const char *name = NULL;
	enum err err = param_text_optional(call, "name", 2000, &name);

	call->most = call->house->config->name_points_most;
	if (err || !param_given(call, "name"))
		return err;
	if (!name || !*name)
		return call_refuse(call, ERR_BAD_PARAMS, "name_empty");
	if (utf8_length(name, json_string_length(given)) > (size_t)call->most)
		return call_refuse(call, ERR_BAD_PARAMS, "name_too_long");
	if (!utf8_is_name(name, json_string_length(given), (size_t)call->most) ||
		json_string_length(given) >= NAME_ROOM)
		return call_refuse(call, ERR_BAD_PARAMS, "name_unfit");
	return ERR_NONE;
}

/* Is it what the house or its moderators are called, in any language? The names are parted by |. */
static enum err reserved(const struct texts *texts, const struct name_look *look, bool *is_reserved)
{
	static const char *const langs[] = {"he", "ar", "en"};
	enum err err = ERR_NONE;

	*is_reserved = false;
	for (size_t i = 0; i < sizeof langs / sizeof *langs && !err; i++) {
		const char *at = texts_get(texts, langs[i], "name.reserved");

		while (*at && !*is_reserved && !err) {
			size_t bytes = strcspn(at, "|");
			struct name_look other;

			err = name_look(at, bytes, &other);
			*is_reserved = !err && (other.look == look->look || other.read == look->read);
			at += bytes + (at[bytes] == '|');
		}
	}
	return err;
}

static enum err form_admit(struct call *call, const struct name_look *look, bool may_be_called_so)
{
	bool is_reserved = false;
	enum err err = ERR_NONE;

	if (look->has_sign)
		return call_refuse(call, ERR_BAD_PARAMS, "name_sign");
	if (look->is_heaped)
		return call_refuse(call, ERR_BAD_PARAMS, "name_unfit");
	if (look->is_mixed)
		return call_refuse(call, ERR_BAD_PARAMS, "name_mixed");
	if (!may_be_called_so)
		err = reserved(call->house->texts, look, &is_reserved);
	return is_reserved ? call_refuse(call, ERR_BAD_PARAMS, "name_reserved") : err;
}

static enum err is_moderator(struct keeper *keeper, int64_t person, bool *out)
{
	int64_t role = ROLE_NONE;
	enum err err = person ? db_number(keeper_db(keeper), ROLE_NONE, &role,
									  "SELECT max(role) FROM member WHERE person = ?", "i", person)
						  : ERR_NONE;

	*out = role >= ROLE_MODERATOR;
	return err;
}

/* Does `name` only change how one's own name is written? */
static enum err is_own(const char *name, const struct person *person, bool *out)
{
	struct name_look one, other;
	enum err err = name_look(name, strlen(name), &one);

	if (!err)
		err = name_look(person->name, strlen(person->name), &other);
	*out = !err && person->num && one.read == other.read;
	return err;
}

enum err name_admit(struct call *call, struct keeper *keeper, const char *name,
					const struct person *person)
{
	bool moderates = false, is_same = false;
	enum namesake taken = NAMESAKE_NONE;
	struct name_look look;
	enum err err = name_look(name, strlen(name), &look);

	/* Who has a name from before these rules keeps it. */
	if (err || strcmp(name, person->name) == 0)
		return err;
	err = is_moderator(keeper, person->num, &moderates);
	if (!err)
		err = form_admit(call, &look, moderates);
	if (!err)
		err = is_own(name, person, &is_same);
	if (!err)
		err = keeper_namesake(keeper, name, person->num, &taken);
	if (err)
		return err;
	if (taken == NAMESAKE_DISGUISED ||
		(taken == NAMESAKE_NEAR && person->kind == PERSON_MEMBER && !is_same))
		return call_refuse(call, ERR_BAD_PARAMS, "name_taken");
	return ERR_NONE;
}
