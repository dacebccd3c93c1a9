/* source.c: the files of config/civility as lines. Used while a ruleset is loaded, by whoever
 * loads. */
#include "filters/source.h"

#include "base/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool has_ending(const char *name, const char *ending)
{
	size_t name_bytes = strlen(name), ending_bytes = strlen(ending);

	return name_bytes > ending_bytes && strcmp(name + name_bytes - ending_bytes, ending) == 0;
}

bool source_has_ending(const struct source *source, const char *ending)
{
	return has_ending(source->name, ending);
}

static bool is_ours(const char *name)
{
	return name[0] != '.' && (has_ending(name, ".conf") || has_ending(name, ".words")
		|| has_ending(name, ".rules") || has_ending(name, ".model"));
}

/* A pipe that nobody writes to would hold up whoever loads, a device never ends. */
static FILE *file_open(const char *path, struct why *why)
{
	int handle = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat about;
	FILE *file;

	if (handle < 0 || fstat(handle, &about) != 0) {
		why_set(why, "%s cannot be opened: %s.", path, strerror(errno));
	} else if (!S_ISREG(about.st_mode)) {
		why_set(why, "%s is no ordinary file.", path);
	} else {
		file = fdopen(handle, "rb");
		if (file)
			return file;
		why_set(why, "%s cannot be opened: %s.", path, strerror(errno));
	}
	if (handle >= 0)
		close(handle);
	return NULL;
}

static enum err file_read(struct source *source, const char *path, struct why *why)
{
	FILE *file = file_open(path, why);
	enum err err = ERR_BAD_PARAMS;
	long size;

	if (!file)
		return ERR_NOT_FOUND;
	if (fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0
	    || fseek(file, 0, SEEK_SET) != 0) {
		why_set(why, "%s cannot be read: %s.", path, strerror(errno));
		goto out;
	}
	if (size > SOURCE_BYTES_MOST) {
		why_set(why, "%s is larger than %d bytes.", path, SOURCE_BYTES_MOST);
		goto out;
	}
	source->data = malloc((size_t)size + 1);
	if (!source->data) {
		err = ERR_NO_MEMORY;
		goto out;
	}
	source->bytes = fread(source->data, 1, (size_t)size, file);
	if (source->bytes != (size_t)size) {
		why_set(why, "%s changed or failed while it was read.", path);
		goto out;
	}
	/* What a machine has learnt is numbers; all else is written by people. */
	if (!source_has_ending(source, ".model") && (!utf8_valid(source->data, source->bytes)
	    || memchr(source->data, '\0', source->bytes))) {
		why_set(why, "%s is not valid UTF-8 text; save it as UTF-8.", path);
		goto out;
	}
	err = ERR_NONE;
out:
	fclose(file);
	return err;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct source *)a)->name, ((const struct source *)b)->name);
}

static enum err entry_read(struct sources *sources, const char *dir, const char *name,
	struct why *why)
{
	struct source *source = &sources->files[sources->count];
	char path[4096];

	if (sources->count == SOURCES_MOST || strlen(name) >= SOURCE_NAME) {
		why_set(why, "%s: at most %d files, with names under %d bytes.", dir, SOURCES_MOST,
			SOURCE_NAME);
		return ERR_BAD_PARAMS;
	}
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >= sizeof(path)) {
		why_set(why, "%s: the path is too long.", dir);
		return ERR_BAD_PARAMS;
	}
	snprintf(source->name, sizeof(source->name), "%s", name);
	sources->count++;
	return file_read(source, path, why);
}

enum err sources_read(struct sources *out, const char *dir, struct why *why)
{
	DIR *folder = opendir(dir);
	enum err err = ERR_NONE;
	struct dirent *entry;

	*out = (struct sources){0};
	if (!folder) {
		why_set(why, "The folder of rules %s cannot be opened: %s.", dir, strerror(errno));
		return ERR_NOT_FOUND;
	}
	while (!err && (entry = readdir(folder)))
		if (is_ours(entry->d_name))
			err = entry_read(out, dir, entry->d_name, why);
	closedir(folder);
	if (err)
		sources_fini(out);
	/* The order of a folder is nobody's business; the version must not depend on it. */
	qsort(out->files, out->count, sizeof(out->files[0]), compare_names);
	return err;
}

void sources_fini(struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++)
		free(sources->files[i].data);
	*sources = (struct sources){0};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* White space at the edges, and the direction marks and byte order mark that editors leave
 * there. */
static struct piece trimmed(struct piece piece)
{
	static const char *const marks[] = {"\u200e", "\u200f", "\u061c", "\ufeff"};
	bool again = true;

	while (again) {
		again = false;
		while (piece.bytes && is_blank(piece.at[0]))
			piece.at++, piece.bytes--;
		while (piece.bytes && is_blank(piece.at[piece.bytes - 1]))
			piece.bytes--;
		for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
			size_t n = strlen(marks[i]);

			if (piece.bytes >= n && memcmp(piece.at, marks[i], n) == 0) {
				piece.at += n;
				piece.bytes -= n;
				again = true;
			}
			if (piece.bytes >= n && memcmp(piece.at + piece.bytes - n, marks[i], n) == 0) {
				piece.bytes -= n;
				again = true;
			}
		}
	}
	return piece;
}

bool piece_word(struct piece *rest, struct piece *word)
{
	*rest = trimmed(*rest);
	*word = (struct piece){rest->at, 0};
	while (rest->bytes && !is_blank(rest->at[0])) {
		word->bytes++;
		rest->at++;
		rest->bytes--;
	}
	*rest = trimmed(*rest);
	return word->bytes > 0;
}

bool source_next(struct source *source, struct piece *key, struct piece *rest)
{
	while (source->at < source->bytes) {
		struct piece line = {source->data + source->at, 0};

		while (source->at + line.bytes < source->bytes && line.at[line.bytes] != '\n')
			line.bytes++;
		source->at += line.bytes + 1;
		source->line++;
		line = trimmed(line);
		if (!line.bytes || line.at[0] == '#')
			continue;
		*rest = line;
		return piece_word(rest, key);
	}
	return false;
}

bool piece_is(struct piece piece, const char *text)
{
	return piece.bytes == strlen(text) && memcmp(piece.at, text, piece.bytes) == 0;
}

bool piece_number(struct piece piece, unsigned most, unsigned *out)
{
	unsigned value = 0;

	if (!piece.bytes || piece.bytes > 9)
		return false;
	for (size_t i = 0; i < piece.bytes; i++) {
		if (piece.at[i] < '0' || piece.at[i] > '9')
			return false;
		value = value * 10 + (unsigned)(piece.at[i] - '0');
	}
	*out = value;
	return value <= most;
}

bool piece_copy(struct piece piece, char *out, size_t room)
{
	if (!piece.bytes || piece.bytes >= room)
		return false;
	memcpy(out, piece.at, piece.bytes);
	out[piece.bytes] = '\0';
	return true;
}

enum err source_fail(const struct source *source, struct why *why, const char *format, ...)
{
	char sentence[400];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	why_set(why, "%s line %u: %s", source->name, source->line, sentence);
	return ERR_BAD_PARAMS;
}
