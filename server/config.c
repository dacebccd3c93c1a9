/* config.c: reads settings and writes their manual, all from the one table in config.h. Used on the
 * main thread before any other starts. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"

enum kind { KIND_LIMIT, KIND_NUMBER, KIND_SWITCH, KIND_TEXT };

struct setting {
	const char *name, *topic, *meaning;
	enum kind kind;
	int value, least, most;
	const char *text;
	size_t offset;
};

static const struct setting settings[] = {
#define LIMIT_ROW(name, topic, value, most, meaning) \
	{ #name, topic, meaning, KIND_LIMIT, value, 0, most, NULL, offsetof(struct config, name) },
#define NUMBER_ROW(name, topic, value, least, most, meaning) \
	{ #name, topic, meaning, KIND_NUMBER, value, least, most, NULL, \
		offsetof(struct config, name) },
#define SWITCH_ROW(name, topic, value, meaning) \
	{ #name, topic, meaning, KIND_SWITCH, value, 0, 1, NULL, offsetof(struct config, name) },
#define TEXT_ROW(name, topic, value, meaning) \
	{ #name, topic, meaning, KIND_TEXT, 0, 0, 0, value, offsetof(struct config, name) },
	CONFIG_LIST(LIMIT_ROW, NUMBER_ROW, SWITCH_ROW, TEXT_ROW)
};

enum { SETTINGS = sizeof settings / sizeof settings[0], FILE_BYTES_MOST = 1 << 20 };

/* In the order in which people meet them. */
static const struct topic {
	const char *name, *heading;
} topics[] = {
	{ "files", "Files and folders" },
	{ "listening", "Listening" },
	{ "limits", "Limits" },
	{ "overload", "Overload" },
	{ "connections", "Connections" },
	{ "people", "People" },
	{ "moderation", "Moderation" },
	{ "reading", "Reading and searching" },
	{ "storage", "Storage" },
	{ "threads", "Threads" },
	{ "nodes", "Several servers" },
	{ "logging", "Logging" },
};

enum { TOPICS = sizeof topics / sizeof topics[0] };

/* --- fields ----------------------------------------------------------------------------------- */

static void *field_of(struct config *config, const struct setting *setting)
{
	return (char *)config + setting->offset;
}

static void field_set_number(struct config *config, const struct setting *setting, int value)
{
	if (setting->kind == KIND_SWITCH)
		*(bool *)field_of(config, setting) = value != 0;
	else
		*(int *)field_of(config, setting) = value;
}

static void field_set_text(struct config *config, const struct setting *setting, const char *text)
{
	snprintf(field_of(config, setting), CONFIG_TEXT, "%s", text);
}

void config_default(struct config *config)
{
	for (int i = 0; i < SETTINGS; i++) {
		if (settings[i].kind == KIND_TEXT)
			field_set_text(config, &settings[i], settings[i].text);
		else
			field_set_number(config, &settings[i], settings[i].value);
	}
}

/* --- names ------------------------------------------------------------------------------------ */

static const struct setting *find(const char *name, size_t bytes)
{
	for (int i = 0; i < SETTINGS; i++) {
		if (strlen(settings[i].name) == bytes && memcmp(settings[i].name, name, bytes) == 0)
			return &settings[i];
	}
	return NULL;
}

enum { NAME_BYTES_MOST = 64 };

static unsigned least_of(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* How many letters must be added, dropped or changed to make one name of the other. */
static unsigned distance(const char *a, size_t a_bytes, const char *b)
{
	unsigned row[NAME_BYTES_MOST + 1];
	size_t b_bytes = strlen(b);

	if (a_bytes > NAME_BYTES_MOST || b_bytes > NAME_BYTES_MOST)
		return UINT_MAX;
	for (size_t j = 0; j <= b_bytes; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= a_bytes; i++) {
		unsigned corner = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_bytes; j++) {
			unsigned above = row[j];

			row[j] = least_of(above + 1, row[j - 1] + 1,
				corner + (a[i - 1] != b[j - 1]));
			corner = above;
		}
	}
	return row[b_bytes];
}

static enum err say_unknown(const char *name, size_t bytes, struct why *why)
{
	const struct setting *nearest = &settings[0];
	unsigned least = UINT_MAX;
	int shown = bytes > NAME_BYTES_MOST ? NAME_BYTES_MOST : (int)bytes;

	for (int i = 0; i < SETTINGS; i++) {
		unsigned far = distance(name, bytes, settings[i].name);

		if (far < least) {
			least = far;
			nearest = &settings[i];
		}
	}
	if (least <= 2 + bytes / 3)
		why_set(why, "There is no setting `%.*s`; did you mean `%s`?", shown, name,
			nearest->name);
	else
		why_set(why, "There is no setting `%.*s`; `maagal help settings` lists all.", shown,
			name);
	return ERR_BAD_PARAMS;
}

/* --- values ----------------------------------------------------------------------------------- */

static enum err set_number(struct config *config, const struct setting *setting, long long value,
	struct why *why)
{
	if (value < setting->least || value > setting->most) {
		why_set(why, "`%s` must be a whole number from %d to %d%s, not %lld.",
			setting->name, setting->least, setting->most,
			setting->kind == KIND_LIMIT ? " (0: none)" : "", value);
		return ERR_BAD_PARAMS;
	}
	field_set_number(config, setting, (int)value);
	return ERR_NONE;
}

static enum err set_text(struct config *config, const struct setting *setting, const char *text,
	struct why *why)
{
	size_t bytes = strlen(text), at = 0;

	if (bytes >= CONFIG_TEXT) {
		why_set(why, "`%s` is too long: at most %d bytes.", setting->name, CONFIG_TEXT - 1);
		return ERR_BAD_PARAMS;
	}
	if (!utf8_valid(text, bytes)) {
		why_set(why, "`%s` must be UTF-8 text.", setting->name);
		return ERR_BAD_PARAMS;
	}
	while (at < bytes) {
		if (utf8_is_invisible_or_control(utf8_next(text, bytes, &at))) {
			why_set(why, "`%s` holds a control or an invisible character.",
				setting->name);
			return ERR_BAD_PARAMS;
		}
	}
	field_set_text(config, setting, text);
	return ERR_NONE;
}

static enum err set_number_word(struct config *config, const struct setting *setting,
	const char *word, struct why *why)
{
	long long value;
	char *end;

	errno = 0;
	value = strtoll(word, &end, 10);
	if (end == word || *end || word[0] == ' ') {
		why_set(why, "`%s` must be a whole number from %d to %d, not `%.64s`.",
			setting->name, setting->least, setting->most, word);
		return ERR_BAD_PARAMS;
	}
	/* A number beyond long long is cut to its end, which is out of every range as well. */
	return set_number(config, setting, value, why);
}

static enum err set_switch_word(struct config *config, const struct setting *setting,
	const char *word, struct why *why)
{
	static const struct {
		const char *word;
		int value;
	} words[] = {
		{ "0", 0 },
		{ "1", 1 },
		{ "false", 0 },
		{ "no", 0 },
		{ "off", 0 },
		{ "on", 1 },
		{ "true", 1 },
		{ "yes", 1 },
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(words[i].word, word) == 0) {
			field_set_number(config, setting, words[i].value);
			return ERR_NONE;
		}
	}
	why_set(why, "`%s` must be true or false, not `%.64s`.", setting->name, word);
	return ERR_BAD_PARAMS;
}

enum err config_set(struct config *config, const char *assignment, struct why *why)
{
	const char *equals = strchr(assignment, '=');
	const struct setting *setting;

	if (!equals || equals == assignment) {
		why_set(why, "`%.64s` is no setting: write NAME=VALUE.", assignment);
		return ERR_BAD_PARAMS;
	}
	setting = find(assignment, (size_t)(equals - assignment));
	if (!setting)
		return say_unknown(assignment, (size_t)(equals - assignment), why);
	switch (setting->kind) {
	case KIND_LIMIT:
	case KIND_NUMBER: return set_number_word(config, setting, equals + 1, why);
	case KIND_SWITCH: return set_switch_word(config, setting, equals + 1, why);
	case KIND_TEXT: return set_text(config, setting, equals + 1, why);
	}
	return ERR_INTERNAL;
}

/* --- the file --------------------------------------------------------------------------------- */

static enum err set_from_json(struct config *config, const struct setting *setting,
	const json_t *value, struct why *why)
{
	switch (setting->kind) {
	case KIND_LIMIT:
	case KIND_NUMBER:
		if (json_is_integer(value))
			return set_number(config, setting, json_integer_value(value), why);
		why_set(why, "`%s` must be a whole number from %d to %d.", setting->name,
			setting->least, setting->most);
		return ERR_BAD_PARAMS;
	case KIND_SWITCH:
		if (json_is_boolean(value) || json_is_integer(value))
			return set_number(config, setting,
				json_is_boolean(value) ? json_is_true(value)
						       : json_integer_value(value),
				why);
		why_set(why, "`%s` must be true or false.", setting->name);
		return ERR_BAD_PARAMS;
	case KIND_TEXT:
		if (json_is_string(value))
			return set_text(config, setting, json_string_value(value), why);
		why_set(why, "`%s` must be a text in quotes.", setting->name);
		return ERR_BAD_PARAMS;
	}
	return ERR_INTERNAL;
}

static enum err load(const char *path, json_t **out, struct why *why)
{
	/* A pipe that nobody writes into is no reason to wait. */
	int handle = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	FILE *file = handle < 0 ? NULL : fdopen(handle, "r");
	json_error_t error;
	struct stat status;

	*out = NULL;
	if (!file && handle >= 0)
		close(handle);
	if (!file) {
		why_set(why, "The settings file %s cannot be read: %s.", path, strerror(errno));
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_BAD_PARAMS;
	}
	if (fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode) ||
		status.st_size > FILE_BYTES_MOST) {
		why_set(why, "The settings file %s is no plain file of at most 1 MiB.", path);
		fclose(file);
		return ERR_BAD_PARAMS;
	}
	*out = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
	fclose(file);
	if (!*out) {
		why_set(why, "The settings file %s is no JSON: line %d: %s.", path, error.line,
			error.text);
		return ERR_BAD_PARAMS;
	}
	if (!json_is_object(*out)) {
		json_decref(*out);
		*out = NULL;
		why_set(why, "The settings file %s must hold one object {\"name\": value, …}.",
			path);
		return ERR_BAD_PARAMS;
	}
	return ERR_NONE;
}

enum err config_read(struct config *config, const char *path, struct why *why)
{
	struct why inner = { "" };
	enum err err;
	json_t *file, *value;
	const char *name;

	err = load(path, &file, why);
	if (err)
		return err;
	json_object_foreach(file, name, value) {
		const struct setting *setting = find(name, strlen(name));

		err = setting ? set_from_json(config, setting, value, &inner)
			      : say_unknown(name, strlen(name), &inner);
		if (err) {
			why_set(why, "In %.200s: %.300s", path, inner.text);
			break;
		}
	}
	json_decref(file);
	return err;
}

/* --- what concerns several settings ----------------------------------------------------------- */

static bool is_address(const char *text)
{
	const char *colon = strrchr(text, ':');
	unsigned char bits[16];
	char host[64], *end;
	long port;
	size_t bytes;

	if (!colon || colon == text || !colon[1] || colon[1] < '0' || colon[1] > '9')
		return false;
	port = strtol(colon + 1, &end, 10);
	bytes = (size_t)(colon - text);
	if (*end || port > 65535 || bytes >= sizeof host)
		return false;
	memcpy(host, text, bytes);
	host[bytes] = '\0';
	if (host[0] != '[')
		return inet_pton(AF_INET, host, bits) == 1;
	if (host[bytes - 1] != ']')
		return false;
	host[bytes - 1] = '\0';
	return inet_pton(AF_INET6, host + 1, bits) == 1;
}

/* http(s)://HOST[:PORT] without anything behind it. */
static bool is_origin(const char *text, size_t bytes)
{
	size_t host = 0;

	if (bytes > 7 && memcmp(text, "http://", 7) == 0)
		host = 7;
	if (bytes > 8 && memcmp(text, "https://", 8) == 0)
		host = 8;
	if (!host)
		return false;
	for (size_t i = host; i < bytes; i++) {
		if (strchr("/?#@\\\"'<>", text[i]))
			return false;
	}
	return true;
}

static enum err check_origins(const struct config *config, struct why *why)
{
	const char *at = config->allowed_origins;

	for (;;) {
		size_t bytes;

		at += strspn(at, " ");
		bytes = strcspn(at, " ");
		if (!bytes)
			break;
		if (!is_origin(at, bytes)) {
			why_set(why, "`allowed_origins` holds `%.*s`, which is no origin such as "
				"https://forum.example.org, without a path.",
				bytes > 100 ? 100 : (int)bytes, at);
			return ERR_BAD_PARAMS;
		}
		at += bytes;
	}
	if (config->public_url[0] && !is_origin(config->public_url, strlen(config->public_url))) {
		why_set(why, "`public_url` must look like https://forum.example.org, without a "
			"path, not `%.100s`.", config->public_url);
		return ERR_BAD_PARAMS;
	}
	return ERR_NONE;
}

static bool is_log_level(const char *text)
{
	return strcmp(text, "debug") == 0 || strcmp(text, "info") == 0 ||
	       strcmp(text, "warn") == 0 || strcmp(text, "error") == 0;
}

static enum err check(const struct config *config, struct why *why)
{
	const char *sentence = NULL;

	if (!is_address(config->listen))
		sentence = "`listen` must be a numeric address and a port, such as 127.0.0.1:8484 "
			   "or [::1]:8484.";
	else if (config->metrics_listen[0] && !is_address(config->metrics_listen))
		sentence = "`metrics_listen` must be a numeric address and a port, such as "
			   "127.0.0.1:9484.";
	else if (!config->tls_cert[0] != !config->tls_key[0])
		sentence = "`tls_cert` and `tls_key` go together: give both or neither.";
	else if (!is_log_level(config->log_level))
		sentence = "`log_level` must be debug, info, warn or error.";
	else if (!config->data[0])
		sentence = "`data` must name a folder.";
	else if (config->history_page > config->history_page_most)
		sentence = "`history_page` must not be larger than `history_page_most`.";
	else if (config->redis[0] && strncmp(config->redis, "redis://", 8) != 0 &&
		 strncmp(config->redis, "unix:", 5) != 0)
		sentence = "`redis` must be redis://HOST:PORT or unix:PATH.";
	if (sentence) {
		why_set(why, "%s", sentence);
		return ERR_BAD_PARAMS;
	}
	return check_origins(config, why);
}

/* --- folders found beside the program --------------------------------------------------------- */

static bool exists(const char *folder, const char *file)
{
	char path[PATH_MAX];
	int bytes = snprintf(path, sizeof path, "%s/%s", folder, file);

	return bytes > 0 && (size_t)bytes < sizeof path && access(path, R_OK) == 0;
}

static void join(char out[CONFIG_TEXT], const char *folder, const char *file)
{
	int bytes = snprintf(out, CONFIG_TEXT, "%s/%s", folder, file);

	if (bytes < 0 || bytes >= CONFIG_TEXT)
		out[0] = '\0';
}

/* The checkout that the program was built in, whatever the build folder's depth; else where
 * `cmake --install` puts things. */
static void find_root(char out[CONFIG_TEXT])
{
	ssize_t bytes = readlink("/proc/self/exe", out, CONFIG_TEXT - 1);
	char *slash;

	out[bytes > 0 ? bytes : 0] = '\0';
	while ((slash = strrchr(out, '/')) != NULL) {
		*slash = '\0';
		if (exists(out, "config/maagal.json"))
			return;
	}
	snprintf(out, CONFIG_TEXT, "%s", MAAGAL_SHARE_DIR);
}

static void find_folders(struct config *config)
{
	static const char *const built_pages[] = { "clients/web/dist", "build/web", "web" };
	char root[CONFIG_TEXT];

	find_root(root);
	if (!config->config_dir[0])
		join(config->config_dir, root, "config");
	if (!config->rules_dir[0])
		join(config->rules_dir, config->config_dir, "civility");
	for (size_t i = 0; !config->web_dir[0] && i < sizeof built_pages / sizeof built_pages[0];
		i++) {
		char folder[CONFIG_TEXT];

		join(folder, root, built_pages[i]);
		if (exists(folder, "index.html"))
			memcpy(config->web_dir, folder, sizeof folder);
	}
}

enum err config_finish(struct config *config, struct why *why)
{
	for (int i = 0; i < SETTINGS; i++) {
		if (!config->limits && settings[i].kind == KIND_LIMIT)
			field_set_number(config, &settings[i], 0);
	}
	find_folders(config);
	return check(config, why);
}

/* --- the manual ------------------------------------------------------------------------------- */

static void write_value(struct buf *out, const struct setting *setting)
{
	if (setting->kind == KIND_TEXT)
		buf_json(out, setting->text, strlen(setting->text));
	else if (setting->kind == KIND_SWITCH)
		buf_text(out, setting->value ? "true" : "false");
	else
		buf_int(out, setting->value);
}

static void write_range(struct buf *out, const struct setting *setting)
{
	if (setting->kind == KIND_TEXT)
		buf_text(out, "text");
	else if (setting->kind == KIND_SWITCH)
		buf_text(out, "true, false");
	else
		buf_format(out, "%d … %d", setting->least, setting->most);
}

void config_write_json(struct buf *out)
{
	buf_text(out, "{\n");
	for (int i = 0; i < SETTINGS; i++) {
		buf_format(out, "\t\"%s\": ", settings[i].name);
		write_value(out, &settings[i]);
		buf_text(out, i + 1 < SETTINGS ? ",\n" : "\n");
	}
	buf_text(out, "}\n");
}

void config_write_markdown(struct buf *out)
{
	buf_text(out,
		"# Settings\n\n"
		"Made by `maagal help settings --markdown` from the table in `server/config.h`; "
		"change it there.\n\n"
		"`maagal serve --set NAME=VALUE` sets one, `--config FILE` reads a file such as "
		"`config/maagal.json`, which shows\nevery setting at its default; what stands "
		"later on the command line wins. A name that does not exist or a value out of\n"
		"range stops the start with a sentence that says what to mend.\n\n"
		"A limit of 0 means none. `--set limits=0` sets every one marked *limit* to 0, and "
		"switches off the filters for flood\nand repetition; no other filter.\n");
	for (int topic = 0; topic < TOPICS; topic++) {
		buf_format(out, "\n## %s\n\n| setting | default | range | meaning |\n|---|---|---|---|\n",
			topics[topic].heading);
		for (int i = 0; i < SETTINGS; i++) {
			if (strcmp(settings[i].topic, topics[topic].name) != 0)
				continue;
			buf_format(out, "| `%s` | `", settings[i].name);
			write_value(out, &settings[i]);
			buf_text(out, "` | ");
			write_range(out, &settings[i]);
			buf_format(out, " | %s%s |\n", settings[i].kind == KIND_LIMIT ? "*limit.* " : "",
				settings[i].meaning);
		}
	}
}

/* Words of `text`, broken before column 78, each line after `indent` blanks. */
static void write_wrapped(struct buf *out, const char *text, size_t indent)
{
	size_t column = 0;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (column == 0 || column + 1 + word > 78) {
			buf_format(out, "%s%*s", column ? "\n" : "", (int)indent, "");
			column = indent;
		} else {
			buf_text(out, " ");
			column++;
		}
		buf_add(out, text, word);
		column += word;
		text += word;
		text += strspn(text, " ");
	}
	buf_text(out, "\n");
}

void config_write_text(struct buf *out)
{
	for (int topic = 0; topic < TOPICS; topic++) {
		buf_format(out, "%s%s\n", topic ? "\n" : "", topics[topic].heading);
		for (int i = 0; i < SETTINGS; i++) {
			if (strcmp(settings[i].topic, topics[topic].name) != 0)
				continue;
			buf_format(out, "  %s = ", settings[i].name);
			write_value(out, &settings[i]);
			buf_text(out, "   (");
			write_range(out, &settings[i]);
			buf_text(out, settings[i].kind == KIND_LIMIT ? "; limit)\n" : ")\n");
			write_wrapped(out, settings[i].meaning, 6);
		}
	}
}
