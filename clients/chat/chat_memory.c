/* chat_memory.c: one small JSON file under the state directory, replaced whole at each change and
 * guarded by a lock, since several terminals may be open. */
#include "clients/chat/chat_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

struct chat_memory {
	char folder[PATH_ROOM], path[PATH_ROOM + 32]; /* "": forgets */
	char *origin, *who;
	json_t *mine; /* what is remembered of this person there */
};

static void folder_find(struct chat_memory *memory)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && *state == '/')
		snprintf(memory->folder, sizeof memory->folder, "%s/maagal", state);
	else if (home && *home == '/')
		snprintf(memory->folder, sizeof memory->folder, "%s/.local/state/maagal", home);
	else
		return;
	snprintf(memory->path, sizeof memory->path, "%s/sessions.json", memory->folder);
}

static void folder_make(const char *folder)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof path, "%s", folder);
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	mkdir(path, 0700);
}

static json_t *all_read(const struct chat_memory *memory)
{
	json_t *all = *memory->path ? json_load_file(memory->path, 0, NULL) : NULL;

	if (json_is_object(all))
		return all;
	json_decref(all);
	return json_object();
}

static void all_write(const struct chat_memory *memory, const json_t *all)
{
	char path[PATH_ROOM + 48];
	char *text = json_dumps(all, JSON_INDENT(1) | JSON_SORT_KEYS);
	bool good = false;
	int fd;

	snprintf(path, sizeof path, "%s.new", memory->path);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0 && text)
		good = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	if (good)
		rename(path, memory->path);
	free(text);
}

/* Reads the file anew, since another terminal may have changed it, and puts mine (NULL: nothing)
 * in its place. */
static void mine_write(struct chat_memory *memory, json_t *mine)
{
	char lock[PATH_ROOM + 48];
	json_t *all, *there;
	int fd;

	if (!*memory->path)
		return;
	folder_make(memory->folder);
	snprintf(lock, sizeof lock, "%s.lock", memory->path);
	fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX) == 0) {
		all = all_read(memory);
		there = json_object_get(all, memory->origin);
		if (!json_is_object(there)) {
			json_object_set_new(all, memory->origin, json_object());
			there = json_object_get(all, memory->origin);
		}
		if (mine)
			json_object_set(there, memory->who, mine);
		else
			json_object_del(there, memory->who);
		all_write(memory, all);
		json_decref(all);
	}
	close(fd);
}

static struct chat_memory *memory_make(const char *origin, const char *who, bool forgets)
{
	struct chat_memory *memory = calloc(1, sizeof *memory);
	json_t *all;

	if (!memory)
		return NULL;
	memory->origin = strdup(origin);
	memory->who = strdup(who);
	if (!memory->origin || !memory->who) {
		chat_memory_free(&memory);
		return NULL;
	}
	if (!forgets)
		folder_find(memory);
	all = all_read(memory);
	memory->mine = json_incref(json_object_get(json_object_get(all, origin), who));
	if (!json_is_object(memory->mine)) {
		json_decref(memory->mine);
		memory->mine = json_object();
	}
	json_decref(all);
	return memory;
}

struct chat_memory *chat_memory_new(const char *origin, const char *who)
{
	return memory_make(origin, who, false);
}

struct chat_memory *chat_memory_none(void)
{
	return memory_make("", "", true);
}

void chat_memory_free(struct chat_memory **memory)
{
	if (!*memory)
		return;
	free((*memory)->origin);
	free((*memory)->who);
	json_decref((*memory)->mine);
	free(*memory);
	*memory = NULL;
}

const char *chat_memory_text(struct chat_memory *memory, const char *key)
{
	return json_string_value(json_object_get(memory->mine, key));
}

json_int_t chat_memory_int(struct chat_memory *memory, const char *key)
{
	return json_integer_value(json_object_get(memory->mine, key));
}

void chat_memory_keep(struct chat_memory *memory, const char *key, json_t *value)
{
	json_t *before = json_object_get(memory->mine, key);
	bool same = before && value && json_equal(before, value);

	json_object_set_new(memory->mine, key, value);
	if (!same)
		mine_write(memory, memory->mine);
}

void chat_memory_forget(struct chat_memory *memory)
{
	json_object_clear(memory->mine);
	mine_write(memory, NULL);
}
