/* declare_check.c: is a declaration fit to be applied? Every refusal names the place, as in
 * `circles[1].policy`, and says what to mend. Pure, any thread. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "store/declare.h"

enum {
	PATH_ROOM = 128,
	ID_LETTERS_MOST = 64,
	TITLE_POINTS_MOST = 200,
	TEXT_POINTS_MOST = 20000,
	CIRCLES_MOST = 10000,
	LIMIT_MOST = 1000000,
	PACE_SECONDS_MOST = 86400,
	VERSION_MOST = 1000000000,
	/* charter.read sends both in one frame of 64 KiB. */
	CHARTER_BYTES_MOST = 60000,
};

static const char *const policies_shipped[] = {"crisis", "expert", "public", "strict", NULL};

struct place {
	char path[PATH_ROOM];
};

static struct place member_of(const struct place *parent, const char *name)
{
	struct place place;

	if (!parent)
		snprintf(place.path, sizeof place.path, "%s", name);
	else
		snprintf(place.path, sizeof place.path, "%.90s.%.30s", parent->path, name);
	return place;
}

static struct place element_of(const struct place *parent, size_t index)
{
	struct place place;

	snprintf(place.path, sizeof place.path, "%.90s[%zu]", parent->path, index);
	return place;
}

static enum err __attribute__((format(printf, 3, 4)))
refuse(struct why *why, const struct place *place, const char *format, ...)
{
	char sentence[320];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	why_set(why, "%s %s", place->path, sentence);
	return ERR_BAD_PARAMS;
}

static enum err id_check(const json_t *value, const struct place *place, struct why *why)
{
	const char *id = json_string_value(value);
	size_t bytes = json_string_length(value);

	if (!value)
		return refuse(why, place, "is missing: give an id of 1 to 64 letters a-z, digits and -.");
	if (!id || bytes < 1 || bytes > ID_LETTERS_MOST ||
	    strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != bytes)
		return refuse(why, place, "must be an id of 1 to 64 letters a-z, digits and -.");
	return ERR_NONE;
}

static bool is_blank(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (!strchr(" \t\r\n", text[i]))
			return false;
	return true;
}

/* Controls, and what turns the direction of all that follows: marks and isolates may be needed. */
static bool has_controls(const char *text, size_t bytes)
{
	for (size_t at = 0; at < bytes;) {
		uint32_t point = utf8_next(text, bytes, &at);

		if ((point < ' ' && point != '\n' && point != '\t') || (point >= 0x7f && point < 0xa0) ||
			(point >= 0x202a && point <= 0x202e))
			return true;
	}
	return false;
}

static enum err words_check(const json_t *value, size_t most, const struct place *place,
			    struct why *why)
{
	const char *text = json_string_value(value);
	size_t bytes = json_string_length(value);

	if (!text)
		return refuse(why, place, "must be a text in quotes.");
	if (!utf8_valid(text, bytes) || memchr(text, 0, bytes))
		return refuse(why, place, "is not valid UTF-8: save the file as UTF-8.");
	if (has_controls(text, bytes))
		return refuse(why, place, "has control or direction-changing characters: take them out.");
	if (is_blank(text, bytes))
		return refuse(why, place, "is empty: write a text, or leave the member out.");
	if (utf8_length(text, bytes) > most)
		return refuse(why, place, "is longer than %zu characters: shorten it.", most);
	return ERR_NONE;
}

static bool is_language(const char *name)
{
	size_t letters = strspn(name, "abcdefghijklmnopqrstuvwxyz");

	return (letters == 2 || letters == 3) && !name[letters];
}

/* A string, or an object of strings by language. */
static enum err text_check(const json_t *value, size_t most, const struct place *place,
			   struct why *why)
{
	const char *language;
	json_t *words;
	enum err err;

	if (!json_is_object(value)) {
		if (!json_is_string(value))
			return refuse(why, place,
				      "must be a text, or texts by language: {\"he\":…,\"ar\":…,\"en\":…}.");
		return words_check(value, most, place, why);
	}
	if (json_object_size(value) == 0)
		return refuse(why, place, "is empty: give the text in at least one language.");
	json_object_foreach((json_t *)value, language, words) {
		struct place inner = member_of(place, language);

		if (!is_language(language))
			return refuse(why, &inner, "is no language: use he, ar or en.");
		err = words_check(words, most, &inner, why);
		if (err)
			return err;
	}
	return ERR_NONE;
}

static enum err optional_text(const json_t *object, const char *name, const struct place *parent,
			      struct why *why)
{
	struct place place = member_of(parent, name);
	const json_t *value = json_object_get(object, name);

	return value ? text_check(value, TEXT_POINTS_MOST, &place, why) : ERR_NONE;
}

static enum err required_title(const json_t *object, const struct place *parent, struct why *why)
{
	struct place place = member_of(parent, "title");
	const json_t *title = json_object_get(object, "title");

	if (!title)
		return refuse(why, &place, "is missing: say what it is called.");
	return text_check(title, TITLE_POINTS_MOST, &place, why);
}

static enum err optional_number(const json_t *object, const char *name, int64_t least, int64_t most,
				const struct place *parent, struct why *why)
{
	struct place place = member_of(parent, name);
	const json_t *value = json_object_get(object, name);

	if (!value)
		return ERR_NONE;
	if (!json_is_integer(value) || json_integer_value(value) < least ||
	    json_integer_value(value) > most)
		return refuse(why, &place, "must be a whole number from %" PRId64 " to %" PRId64 ".",
			      least, most);
	return ERR_NONE;
}

static bool seen_before(const json_t *array, size_t index)
{
	const char *id = json_string_value(json_object_get(json_array_get(array, index), "id"));

	for (size_t i = 0; i < index; i++)
		if (strcmp(id, json_string_value(json_object_get(json_array_get(array, i), "id"))) == 0)
			return true;
	return false;
}

/* [{"id","text"}]: promises, rules. */
static enum err articles_check(const json_t *object, const char *name, const struct place *parent,
			       struct why *why)
{
	const json_t *array = json_object_get(object, name);
	struct place list = member_of(parent, name);
	enum err err = ERR_NONE;

	if (!array)
		return ERR_NONE;
	if (!json_is_array(array))
		return refuse(why, &list, "must be a list of {\"id\":…,\"text\":…}.");
	for (size_t i = 0; i < json_array_size(array) && !err; i++) {
		const json_t *article = json_array_get(array, i);
		struct place place = element_of(&list, i);
		struct place id = member_of(&place, "id"), text = member_of(&place, "text");

		if (!json_is_object(article))
			return refuse(why, &place, "must be {\"id\":…,\"text\":…}.");
		err = id_check(json_object_get(article, "id"), &id, why);
		if (!err && seen_before(array, i))
			err = refuse(why, &id, "stands there twice: every id once.");
		if (!err && !json_object_get(article, "text"))
			err = refuse(why, &text, "is missing: say what it says.");
		if (!err)
			err = text_check(json_object_get(article, "text"), TEXT_POINTS_MOST, &text,
					 why);
	}
	return err;
}

static enum err ends_check(const json_t *charter, const struct place *parent, struct why *why)
{
	struct place place = member_of(parent, "ends");
	const json_t *ends = json_object_get(charter, "ends");

	if (!ends)
		return ERR_NONE;
	if (json_string_length(ends) != 10 || clock_parse(json_string_value(ends)) < 0)
		return refuse(why, &place, "must be a date, as in \"2027-01-31\".");
	return ERR_NONE;
}

static enum err size_check(const json_t *declared, struct why *why)
{
	struct place place = member_of(NULL, "charter");
	size_t bytes = json_dumpb(json_object_get(declared, "charter"), NULL, 0, JSON_COMPACT);
	const json_t *rules = json_object_get(declared, "rules");

	if (rules)
		bytes += json_dumpb(rules, NULL, 0, JSON_COMPACT);
	if (bytes > CHARTER_BYTES_MOST)
		return refuse(why, &place,
			      "and rules take %zu bytes together, and %d is the most: shorten them.",
			      bytes, CHARTER_BYTES_MOST);
	return ERR_NONE;
}

static enum err charter_check(const json_t *declared, struct why *why)
{
	static const char *const texts[] = {"goals", "how_it_works", "use_of_information",
					    "decision_path", "product"};
	const json_t *charter = json_object_get(declared, "charter");
	struct place place = member_of(NULL, "charter");
	struct place version = member_of(&place, "version");
	enum err err = ERR_NONE;

	if (!json_is_object(charter))
		return refuse(why, &place,
			      charter ? "must be an object." : "is missing: say what is promised.");
	if (!json_object_get(charter, "version"))
		return refuse(why, &version, "is missing: begin with 1.");
	err = optional_number(charter, "version", 1, VERSION_MOST, &place, why);
	for (size_t i = 0; i < sizeof texts / sizeof *texts && !err; i++)
		err = optional_text(charter, texts[i], &place, why);
	if (!err)
		err = ends_check(charter, &place, why);
	if (!err)
		err = articles_check(charter, "promises", &place, why);
	return err ? err : size_check(declared, why);
}

static enum err one_of(const json_t *object, const char *name, const char *const *names,
		       const struct place *parent, struct why *why)
{
	struct place place = member_of(parent, name);
	const char *value = json_string_value(json_object_get(object, name));
	char list[200] = "";
	size_t bytes = 0;

	for (int i = 0; names[i] && bytes < sizeof list; i++) {
		if (value && strcmp(value, names[i]) == 0)
			return ERR_NONE;
		bytes += (size_t)snprintf(list + bytes, sizeof list - bytes, "%s%s", i ? ", " : "",
					  names[i]);
	}
	return refuse(why, &place, "must be one of: %s.", list);
}

static enum err limits_check(const json_t *circle, const struct place *parent, struct why *why)
{
	struct place place = member_of(parent, "limits");
	const json_t *limits = json_object_get(circle, "limits");
	enum err err;

	if (!limits)
		return ERR_NONE;
	if (!json_is_object(limits))
		return refuse(why, &place, "must be {\"posts_per_minute\":…,\"burst\":…}.");
	err = optional_number(limits, "posts_per_minute", 0, LIMIT_MOST, &place, why);
	return err ? err : optional_number(limits, "burst", 0, LIMIT_MOST, &place, why);
}

static enum err hold_check(const json_t *circle, const struct place *parent, struct why *why)
{
	static const char *const ends[] = {"returned", "stays", "published", NULL};
	struct place place = member_of(parent, "hold");
	const json_t *hold = json_object_get(circle, "hold");

	if (!hold)
		return ERR_NONE;
	if (!json_is_object(hold))
		return refuse(why, &place, "must be {\"then\":…}.");
	return json_object_get(hold, "then") ? one_of(hold, "then", ends, &place, why) : ERR_NONE;
}

static enum err circle_check(const json_t *circle, const char *const *policies,
			     const struct place *place, struct why *why)
{
	static const char *const accesses[] = {"closed", "public", NULL};
	struct place id = member_of(place, "id");
	enum err err;

	if (!json_is_object(circle))
		return refuse(why, place, "must be an object with id, title, access and policy.");
	err = id_check(json_object_get(circle, "id"), &id, why);
	if (!err)
		err = required_title(circle, place, why);
	if (!err)
		err = one_of(circle, "access", accesses, place, why);
	if (!err && json_object_get(circle, "policy"))
		err = one_of(circle, "policy", policies, place, why);
	if (!err)
		err = limits_check(circle, place, why);
	if (!err)
		err = hold_check(circle, place, why);
	if (!err)
		err = optional_number(circle, "pace_seconds", 0, PACE_SECONDS_MOST, place, why);
	return err;
}

static enum err circles_check(const json_t *declared, const char *const *policies, struct why *why)
{
	const json_t *circles = json_object_get(declared, "circles");
	struct place list = member_of(NULL, "circles");
	enum err err = ERR_NONE;

	if (!json_is_array(circles))
		return refuse(why, &list, circles ? "must be a list of circles."
						  : "is missing: give a list of circles.");
	if (json_array_size(circles) == 0)
		return refuse(why, &list, "is empty: a process needs at least one circle.");
	if (json_array_size(circles) > CIRCLES_MOST)
		return refuse(why, &list, "has more than %d elements: that is the most.",
			      CIRCLES_MOST);
	for (size_t i = 0; i < json_array_size(circles) && !err; i++) {
		struct place place = element_of(&list, i), id = member_of(&place, "id");

		err = circle_check(json_array_get(circles, i), policies, &place, why);
		if (!err && seen_before(circles, i))
			err = refuse(why, &id, "stands there twice: every circle has its own id.");
	}
	return err;
}

static enum err languages_check(const json_t *declared, struct why *why)
{
	static const char *const known[] = {"he", "ar", "en", NULL};
	const json_t *languages = json_object_get(declared, "languages");
	struct place list = member_of(NULL, "languages");

	if (!languages)
		return ERR_NONE;
	if (!json_is_array(languages) || json_array_size(languages) == 0)
		return refuse(why, &list, "must be a list of at least one of: he, ar, en.");
	for (size_t i = 0; i < json_array_size(languages); i++) {
		const char *language = json_string_value(json_array_get(languages, i));
		struct place place = element_of(&list, i);
		bool is_known = false;

		for (int j = 0; known[j]; j++)
			is_known = is_known || (language && strcmp(language, known[j]) == 0);
		if (!is_known)
			return refuse(why, &place, "must be one of: he, ar, en.");
	}
	return ERR_NONE;
}

enum err process_check(const json_t *declared, const char *const *policies, struct why *why)
{
	struct place id = member_of(NULL, "id"), title = member_of(NULL, "title");
	enum err err;

	if (!json_is_object(declared)) {
		why_set(why, "The declaration must be one JSON object, { … }.");
		return ERR_BAD_PARAMS;
	}
	err = id_check(json_object_get(declared, "id"), &id, why);
	if (!err && !json_object_get(declared, "title"))
		err = refuse(why, &title, "is missing: say what the process is called.");
	if (!err)
		err = text_check(json_object_get(declared, "title"), TITLE_POINTS_MOST, &title, why);
	if (!err)
		err = languages_check(declared, why);
	if (!err)
		err = charter_check(declared, why);
	if (!err)
		err = articles_check(declared, "rules", NULL, why);
	return err ? err : circles_check(declared, policies ? policies : policies_shipped, why);
}
