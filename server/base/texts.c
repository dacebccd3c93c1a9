/* texts.c: three catalogues beside each other, one row a key, sorted, so that looking up is a
 * binary search without a lock. */
#include "base/texts.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

enum { LANG_COUNT = 3, KEY_MOST = 96 };

static const char *const lang_names[LANG_COUNT] = {"he", "ar", "en"};

struct row {
	char *key;
	char *sentences[LANG_COUNT];
};

struct texts {
	size_t count;
	struct row rows[];
};

static int lang_index(const char *lang)
{
	for (int i = 0; lang && i < LANG_COUNT; i++) {
		if (!strcmp(lang, lang_names[i]))
			return i;
	}
	return -1;
}

bool texts_knows(const char *lang)
{
	return lang_index(lang) >= 0;
}

const char *texts_lang(const char *lang)
{
	int index = lang_index(lang);

	return lang_names[index < 0 ? 0 : index];
}

/* Loading */

/* Finds the next {name} at or after `from`: its first letter and length without the braces. False
 * if there is none; *broken if a brace stands alone or encloses something else than a name. */
static bool placeholder_next(const char *from, const char **name, size_t *bytes, bool *broken)
{
	const char *brace = from + strcspn(from, "{}");
	size_t length;

	*broken = false;
	if (!*brace)
		return false;
	length = strspn(brace + 1, "abcdefghijklmnopqrstuvwxyz_");
	*broken = *brace == '}' || length == 0 || brace[1 + length] != '}';
	*name = brace + 1;
	*bytes = length;
	return !*broken;
}

static bool sentence_names(const char *sentence, const char *wanted, size_t wanted_bytes)
{
	const char *name;
	size_t bytes;
	bool broken;

	while (placeholder_next(sentence, &name, &bytes, &broken)) {
		if (bytes == wanted_bytes && !memcmp(name, wanted, bytes))
			return true;
		sentence = name + bytes + 1;
	}
	return false;
}

/* Whether every placeholder of `sentence` is well formed and also in `other`. */
static bool placeholders_within(const char *sentence, const char *other)
{
	const char *name;
	size_t bytes;
	bool broken;

	while (placeholder_next(sentence, &name, &bytes, &broken)) {
		if (!sentence_names(other, name, bytes))
			return false;
		sentence = name + bytes + 1;
	}
	return !broken;
}

static json_t *catalogue_read(const char *dir, const char *lang, struct why *why)
{
	struct buf path = {0};
	json_error_t error;
	json_t *root = NULL;

	buf_format(&path, "%s/%s.json%c", dir, lang, '\0');
	if (buf_ok(&path))
		root = json_load_file(path.data, JSON_REJECT_DUPLICATES, &error);
	if (!root) {
		why_set(why, "%s: %s (line %d)", buf_ok(&path) ? path.data : lang,
				buf_ok(&path) ? error.text : "no memory", buf_ok(&path) ? error.line : 0);
	} else if (!json_is_object(root)) {
		why_set(why, "%s: must be one object, key → sentence", path.data);
		json_decref(root);
		root = NULL;
	}
	buf_fini(&path);
	return root;
}

/* The sentence of `key` in every language, checked against each other. */
static enum err row_fill(struct row *row, const char *key, json_t *const roots[LANG_COUNT],
						 struct why *why)
{
	for (int i = 0; i < LANG_COUNT; i++) {
		const char *sentence = json_string_value(json_object_get(roots[i], key));

		if (!sentence || !*sentence) {
			why_set(why,
					"%s.json: \"%s\" is missing or is no sentence; the three catalogues must "
					"have the same keys",
					lang_names[i], key);
			return ERR_BAD_PARAMS;
		}
		row->sentences[i] = strdup(sentence);
		if (!row->sentences[i])
			return ERR_NO_MEMORY;
	}
	row->key = strdup(key);
	if (!row->key)
		return ERR_NO_MEMORY;
	for (int i = 0; i < LANG_COUNT; i++) {
		if (!placeholders_within(row->sentences[i], row->sentences[0]) ||
			!placeholders_within(row->sentences[0], row->sentences[i])) {
			why_set(why, "%s.json: \"%s\" must have the same {placeholders} in every language",
					lang_names[i], key);
			return ERR_BAD_PARAMS;
		}
	}
	return ERR_NONE;
}

static int row_compare(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->key, ((const struct row *)b)->key);
}

/* Keys that are in another catalogue and not in the first would never be read: mistakes too. */
static enum err extra_keys_refuse(json_t *const roots[LANG_COUNT], struct why *why)
{
	const char *key;
	json_t *value;

	for (int i = 1; i < LANG_COUNT; i++) {
		json_object_foreach(roots[i], key, value)
		{
			if (!json_object_get(roots[0], key)) {
				why_set(why, "he.json: \"%s\" is missing, but %s.json has it", key, lang_names[i]);
				return ERR_BAD_PARAMS;
			}
		}
	}
	return ERR_NONE;
}

static enum err rows_fill(json_t *const roots[LANG_COUNT], struct why *why, struct texts **out)
{
	size_t count = json_object_size(roots[0]);
	struct texts *texts = calloc(1, sizeof *texts + count * sizeof texts->rows[0]);
	enum err err = texts ? extra_keys_refuse(roots, why) : ERR_NO_MEMORY;
	const char *key;
	json_t *value;

	if (!err) {
		json_object_foreach(roots[0], key, value)
		{
			err = row_fill(&texts->rows[texts->count++], key, roots, why);
			if (err)
				break;
		}
	}
	if (err)
		texts_free(&texts);
	else
		qsort(texts->rows, texts->count, sizeof texts->rows[0], row_compare);
	*out = texts;
	return err;
}

enum err texts_load(const char *dir, struct why *why, struct texts **out)
{
	json_t *roots[LANG_COUNT] = {0};
	enum err err = ERR_NONE;

	*out = NULL;
	for (int i = 0; i < LANG_COUNT && !err; i++) {
		roots[i] = catalogue_read(dir, lang_names[i], why);
		if (!roots[i])
			err = ERR_BAD_PARAMS;
	}
	if (!err)
		err = rows_fill(roots, why, out);
	if (err == ERR_NO_MEMORY)
		why_set(why, "no memory for the catalogues in %s", dir);
	for (int i = 0; i < LANG_COUNT; i++)
		json_decref(roots[i]);
	return err;
}

void texts_free(struct texts **texts)
{
	if (!*texts)
		return;
	for (size_t i = 0; i < (*texts)->count; i++) {
		free((*texts)->rows[i].key);
		for (int lang = 0; lang < LANG_COUNT; lang++)
			free((*texts)->rows[i].sentences[lang]);
	}
	free(*texts);
	*texts = NULL;
}

/* Saying */

/* Compares the first `bytes` bytes of `key` with the whole of row->key. */
static const struct row *row_find(const struct texts *texts, const char *key, size_t bytes)
{
	size_t low = 0, high = texts->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct row *row = &texts->rows[middle];
		int order = strncmp(row->key, key, bytes);

		if (order == 0 && row->key[bytes])
			order = 1;
		if (order == 0)
			return row;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool texts_has(const struct texts *texts, const char *key)
{
	return row_find(texts, key, strlen(key)) != NULL;
}

const char *texts_get(const struct texts *texts, const char *lang, const char *key)
{
	int index = lang_index(lang);
	size_t bytes = strlen(key);

	for (;;) {
		const struct row *row = row_find(texts, key, bytes);

		if (row)
			return row->sentences[index < 0 ? 0 : index];
		while (bytes > 0 && key[bytes - 1] != '.')
			bytes--;
		if (bytes == 0)
			return key;
		bytes--; /* the dot */
	}
}

static bool is_digits(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

/* "90" → "90 seconds", "200" → "4 minutes": rounded up, so that nobody is told to come too early.
 * Arabic has a form for two and another for three to ten; Hebrew has one for two. */
static void duration_say(const struct texts *texts, const char *lang, const char *digits,
						 struct buf *out)
{
	static const struct {
		int64_t seconds, up_to;
		const char *name;
	} units[] = {
		{1, 100, "seconds"},
		{60, 100 * 60, "minutes"},
		{3600, 36 * 3600, "hours"},
		{86400, INT64_MAX, "days"},
	};
	int64_t seconds = strtoll(digits, NULL, 10);
	char key[KEY_MOST];
	const char *form, *sentence, *mark;
	size_t unit = 0;
	int64_t n;

	while (seconds > units[unit].up_to)
		unit++;
	n = seconds / units[unit].seconds + (seconds % units[unit].seconds > 0);
	n = n > 0 ? n : 1;
	form = n == 1 ? "one" : n == 2 ? "two" : n % 100 >= 3 && n % 100 <= 10 ? "few" : "many";
	snprintf(key, sizeof key, "duration.%s.%s", units[unit].name, form);
	sentence = texts_get(texts, lang, key);
	mark = strstr(sentence, "{n}");
	if (!mark) {
		buf_text(out, sentence);
		return;
	}
	buf_add(out, sentence, (size_t)(mark - sentence));
	buf_int(out, n);
	buf_text(out, mark + 3);
}

static void value_say(const struct texts *texts, const char *lang, const char *name, size_t bytes,
					  const char *value, struct buf *out)
{
	if (!value) {
		buf_text(out, "…");
	} else if (!is_digits(value)) {
		buf_text(out, "\u2068");
		buf_text(out, value);
		buf_text(out, "\u2069");
	} else if (bytes == 7 && !memcmp(name, "seconds", 7)) {
		duration_say(texts, lang, value, out);
	} else {
		buf_text(out, value);
	}
}

static const char *value_find(va_list pairs, const char *name, size_t bytes)
{
	const char *given;

	while ((given = va_arg(pairs, const char *))) {
		const char *value = va_arg(pairs, const char *);

		if (strlen(given) == bytes && !memcmp(given, name, bytes))
			return value;
	}
	return NULL;
}

void texts_format(const struct texts *texts, const char *lang, const char *key, struct buf *out,
				  ...)
{
	const char *sentence = texts_get(texts, lang, key), *name;
	size_t bytes;
	bool broken;

	while (placeholder_next(sentence, &name, &bytes, &broken)) {
		va_list pairs;
		const char *value;

		va_start(pairs, out);
		value = value_find(pairs, name, bytes);
		va_end(pairs);
		buf_add(out, sentence, (size_t)(name - 1 - sentence));
		value_say(texts, lang, name, bytes, value, out);
		sentence = name + bytes + 1;
	}
	buf_text(out, sentence);
}
