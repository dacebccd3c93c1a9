/* name.c: see name.h. An operator's invitation names whom it wants: what people choose themselves
 * is looked at here. */
#include "calls/name.h"

#include <stdlib.h>
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

struct reserved_names {
	size_t count;
	struct name_look looks[];
};

static size_t names_count(const struct texts *texts, const char *const *langs, size_t lang_count)
{
	size_t count = 0;

	for (size_t i = 0; i < lang_count; i++)
		for (const char *at = texts_get(texts, langs[i], "name.reserved"); *at; count++) {
			at += strcspn(at, "|");
			at += *at == '|';
		}
	return count;
}

/* They are looked at once, not for each who comes. In the texts they are parted by |. */
enum err reserved_names_new(const struct texts *texts, struct reserved_names **out)
{
	static const char *const langs[] = {"he", "ar", "en"};
	size_t lang_count = sizeof langs / sizeof *langs;
	size_t count = names_count(texts, langs, lang_count);
	struct reserved_names *names = calloc(1, sizeof *names + count * sizeof *names->looks);
	enum err err = names ? ERR_NONE : ERR_NO_MEMORY;

	for (size_t i = 0; i < lang_count && !err; i++) {
		const char *at = texts_get(texts, langs[i], "name.reserved");

		while (*at && !err) {
			size_t bytes = strcspn(at, "|");

			err = name_look(at, bytes, &names->looks[names->count++]);
			at += bytes + (at[bytes] == '|');
		}
	}
	if (err)
		reserved_names_free(&names);
	*out = names;
	return err;
}

void reserved_names_free(struct reserved_names **names)
{
	free(*names);
	*names = NULL;
}

static bool is_reserved(const struct reserved_names *names, const struct name_look *look)
{
	for (size_t i = 0; i < names->count; i++)
		if (names->looks[i].look == look->look || names->looks[i].read == look->read)
			return true;
	return false;
}

static enum err form_admit(struct call *call, const struct name_look *look, bool may_be_called_so)
{
	if (look->has_sign)
		return call_refuse(call, ERR_BAD_PARAMS, "name_sign");
	if (look->is_heaped)
		return call_refuse(call, ERR_BAD_PARAMS, "name_unfit");
	if (look->is_mixed)
		return call_refuse(call, ERR_BAD_PARAMS, "name_mixed");
	if (!may_be_called_so && is_reserved(call->house->reserved, look))
		return call_refuse(call, ERR_BAD_PARAMS, "name_reserved");
	return ERR_NONE;
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
static enum err is_own(const struct name_look *look, const struct person *person, bool *out)
{
	struct name_look other;
	enum err err;

	*out = false;
	if (!person->num)
		return ERR_NONE;
	err = name_look(person->name, strlen(person->name), &other);
	*out = !err && look->read == other.read;
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
		err = is_own(&look, person, &is_same);
	if (!err)
		err = keeper_namesake(keeper, name, person->num, &taken);
	if (err)
		return err;
	if (taken == NAMESAKE_DISGUISED ||
		(taken == NAMESAKE_NEAR && person->kind == PERSON_MEMBER && !is_same))
		return call_refuse(call, ERR_BAD_PARAMS, "name_taken");
	return ERR_NONE;
}
