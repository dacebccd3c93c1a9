/* presets.c: see presets.h. */
#include "calls/presets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRESETS_MOST = 8, PACE_MOST = 86400 };

struct presets {
	struct preset list[PRESETS_MOST];
	size_t count;
	json_t *declared;
};

static const char *const freezes[] = {"nothing", "tense", "active"};

static void copy_text(const json_t *from, const char *name, char *out, size_t room)
{
	const char *text = json_string_value(json_object_get(from, name));

	snprintf(out, room, "%s", text ? text : "");
}

/* False if it says something that we do not know. */
static bool preset_read(const char *id, const json_t *from, struct preset *out)
{
	const char *door = json_string_value(json_object_get(from, "door"));
	const char *freeze = json_string_value(json_object_get(from, "freeze"));
	int known = 0;

	*out = (struct preset){.pace = json_integer_value(json_object_get(from, "pace")),
						   .share = json_integer_value(json_object_get(from, "share")),
						   .door = door ? door_parse(door) : DOOR_OPEN};
	snprintf(out->id, sizeof out->id, "%s", id);
	copy_text(from, "policy", out->policy, sizeof out->policy);
	copy_text(from, "then", out->then, sizeof out->then);
	while (freeze && known < (int)(sizeof freezes / sizeof *freezes) &&
		   strcmp(freeze, freezes[known]) != 0)
		known++;
	if (known == (int)(sizeof freezes / sizeof *freezes))
		return false;
	out->freeze = (enum freeze)known;
	return strlen(id) < sizeof out->id && out->pace >= 0 && out->pace <= PACE_MOST &&
		   (!door || strcmp(door_name(out->door), door) == 0) &&
		   (!out->then[0] || (out->share > 0 && out->share < 100)) &&
		   json_is_object(json_object_get(from, "title")) &&
		   json_is_object(json_object_get(from, "text"));
}

/* A preset steps down to one that stands before it: so it comes to an end. */
static bool steps_down(const struct presets *presets, const struct preset *preset)
{
	return !preset->then[0] || presets_find(presets, preset->then);
}

static enum err read_all(struct presets *presets, struct why *why)
{
	const char *id;
	json_t *given;

	json_object_foreach(presets->declared, id, given)
	{
		struct preset *preset = &presets->list[presets->count];

		if (presets->count == PRESETS_MOST || !preset_read(id, given, preset) ||
			!steps_down(presets, preset)) {
			why_set(why, "presets.json: “%s” cannot be used", id);
			return ERR_BAD_PARAMS;
		}
		presets->count++;
	}
	return ERR_NONE;
}

enum err presets_load(const char *dir, struct why *why, struct presets **out)
{
	struct presets *presets = calloc(1, sizeof *presets);
	char path[1100];
	json_error_t error;
	enum err err = presets ? ERR_NONE : ERR_NO_MEMORY;

	*out = NULL;
	if (err)
		return err;
	snprintf(path, sizeof path, "%s/presets.json", dir);
	presets->declared = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(presets->declared)) {
		why_set(why, "%s line %d: %s", path, error.line, error.text);
		err = ERR_BAD_PARAMS;
	} else {
		err = read_all(presets, why);
	}
	if (err)
		presets_free(&presets);
	*out = presets;
	return err;
}

void presets_free(struct presets **presets)
{
	struct presets *mine = *presets;

	*presets = NULL;
	if (!mine)
		return;
	json_decref(mine->declared);
	free(mine);
}

const struct preset *presets_find(const struct presets *presets, const char *id)
{
	for (size_t i = 0; presets && i < presets->count; i++)
		if (strcmp(presets->list[i].id, id) == 0)
			return &presets->list[i];
	return NULL;
}

const struct preset *presets_mildest(const struct presets *presets)
{
	return presets && presets->count ? &presets->list[0] : NULL;
}

json_t *presets_json(const struct presets *presets, const char *lang)
{
	json_t *out = json_array();

	for (size_t i = 0; presets && i < presets->count; i++) {
		const struct preset *preset = &presets->list[i];
		const json_t *given = json_object_get(presets->declared, preset->id);
		json_t *one = json_pack("{s:s, s:o, s:o}", "id", preset->id, "title",
								text_in_language(json_object_get(given, "title"), lang), "text",
								text_in_language(json_object_get(given, "text"), lang));

		if (preset->pace)
			json_object_set_new(one, "pace", json_integer(preset->pace));
		if (preset->door != DOOR_OPEN)
			json_object_set_new(one, "door", json_string(door_name(preset->door)));
		if (preset->policy[0])
			json_object_set_new(one, "policy", json_string(preset->policy));
		if (preset->freeze != FREEZE_NOTHING)
			json_object_set_new(one, "freeze", json_string(freezes[preset->freeze]));
		if (preset->then[0])
			json_object_set_new(one, "then", json_string(preset->then));
		json_array_append_new(out, one);
	}
	return out;
}
