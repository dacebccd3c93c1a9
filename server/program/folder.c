/* folder.c: opening the data folder for a command; see folder.h. */
#include "program/folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "program/commands.h"

enum { PATH_ROOM = 4096 };

static enum err path_of(const char *data, char path[PATH_ROOM], struct why *why)
{
	int bytes = snprintf(path, PATH_ROOM, "%s/maagal.db", data);

	if (bytes < 0 || bytes >= PATH_ROOM) {
		why_set(why, "The path of the data folder is too long.");
		return ERR_BAD_PARAMS;
	}
	return ERR_NONE;
}

static enum err must_be_there(const char *data, struct why *why)
{
	char path[PATH_ROOM];
	enum err err = path_of(data, path, why);

	if (!err && access(path, R_OK) != 0) {
		why_set(why, "There is no store in %.200s (%s). `maagal process apply` makes one.", data,
			strerror(errno));
		err = ERR_NOT_FOUND;
	}
	return err;
}

enum err folder_open(const char *data, bool make, struct why *why, struct store **out)
{
	struct store_settings settings = {.data = data};
	enum err err = make ? ERR_NONE : must_be_there(data, why);

	*out = NULL;
	return err ? err : store_open(&settings, why, out);
}

enum err folder_read(const char *data, struct why *why, struct db **out)
{
	char path[PATH_ROOM];
	enum err err = must_be_there(data, why);

	*out = NULL;
	if (!err)
		err = path_of(data, path, why);
	return err ? err : db_open(path, DB_READ, why, out);
}

enum err folder_slurp(const char *path, size_t most, struct buf *out, struct why *why)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "rbe");
	enum err err = ERR_NONE;
	char piece[8192];
	size_t count;

	if (!file) {
		why_set(why, "%.300s cannot be read: %s.", path, strerror(errno));
		return ERR_NOT_FOUND;
	}
	while (!err && (count = fread(piece, 1, sizeof piece, file)) > 0) {
		buf_add(out, piece, count);
		if (out->bytes > most) {
			why_set(why, "%.300s is larger than %zu bytes.", path, most);
			err = ERR_TOO_LARGE;
		}
	}
	if (!err && ferror(file)) {
		why_set(why, "%.300s cannot be read: %s.", path, strerror(errno));
		err = ERR_NOT_FOUND;
	}
	if (!is_stdin)
		fclose(file);
	return err ? err : buf_ok(out) ? ERR_NONE : ERR_NO_MEMORY;
}

int folder_failed(const char *command, const struct why *why)
{
	fprintf(stderr, "maagal %s: %s\n", command,
		why->text[0] ? why->text : "It failed; the lines above say why.");
	return EXIT_FAILED;
}
