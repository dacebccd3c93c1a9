/* backup.c: `maagal backup` and `maagal restore`: one consistent copy, checked before it is called
 * one. A copy gets an epoch of its own, so that clients of the old store notice when servers run
 * on it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "program/commands.h"
#include "program/folder.h"
#include "program/options.h"
#include "program/verify.h"

enum { PATH_ROOM = 4096 };

struct copy {
	const char *command, *from, *to;
	char part[PATH_ROOM], path[PATH_ROOM]; /* while it is written; when it is whole */
	bool json, made_folder;
};

static void say(const struct copy *copy, const char *words)
{
	if (!copy->json) {
		printf("%s\n", words);
		(void)fflush(stdout);
	}
}

/* Makes the folder; one that is there must be empty. */
static enum err folder_claim(struct copy *copy, struct why *why)
{
	struct dirent *entry;
	bool is_empty = true;
	DIR *folder;

	if (mkdir(copy->to, 0700) == 0) {
		copy->made_folder = true;
		return ERR_NONE;
	}
	if (errno != EEXIST) {
		why_set(why, "%.300s cannot be made: %s.", copy->to, strerror(errno));
		return ERR_STORAGE;
	}
	folder = opendir(copy->to);
	if (!folder) {
		why_set(why, "%.300s cannot be read: %s.", copy->to, strerror(errno));
		return ERR_STORAGE;
	}
	while ((entry = readdir(folder)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			is_empty = false;
	closedir(folder);
	if (!is_empty) {
		why_set(why, "%.300s is not empty: nothing is overwritten. Name a new folder.", copy->to);
		return ERR_BAD_PARAMS;
	}
	return ERR_NONE;
}

/* Reads one snapshot while others write: no lock is held, and nothing of theirs is waited for. */
static enum err copy_write(struct copy *copy, struct why *why)
{
	struct db *db = NULL;
	int64_t pages = 0, page_bytes = 0;
	enum err err = folder_read(copy->from, why, &db);
	char words[120];

	if (!err)
		err = db_number(db, 0, &pages, "PRAGMA page_count", "");
	if (!err)
		err = db_number(db, 0, &page_bytes, "PRAGMA page_size", "");
	snprintf(words, sizeof words, "copying about %.1f MB …", (double)(pages * page_bytes) / 1e6);
	if (!err) {
		say(copy, words);
		/* SQLite counts the new file as writing. */
		err = db_script(db, "PRAGMA query_only = OFF");
	}
	if (!err)
		err = db_run(db, "VACUUM INTO ?", "t", copy->part);
	if (err && !why->text[0])
		why_set(why, "The copy cannot be written: %.200s.", db ? db_message(db) : "no memory");
	db_close(&db);
	return err;
}

static enum err epoch_renew(struct copy *copy, struct why *why)
{
	struct db *db = NULL;
	uint64_t epoch = id_random();
	enum err err = db_open(copy->part, DB_WRITE, why, &db);

	if (!err)
		err = db_run(db, "UPDATE house SET value = ? WHERE name = 'epoch'", "b", &epoch,
			     sizeof epoch);
	/* The copy is one file again, without a log beside it. */
	if (!err)
		err = db_script(db, "PRAGMA journal_mode = DELETE");
	if (err && !why->text[0])
		why_set(why, "The copy cannot be finished: %.200s.", db ? db_message(db) : "no memory");
	db_close(&db);
	return err;
}

static bool sync_path(const char *path, int flags)
{
	int file = open(path, flags | O_CLOEXEC);
	bool good = file >= 0 && fsync(file) == 0;

	if (file >= 0)
		close(file);
	return good;
}

/* On the disk before it bears its name. */
static enum err copy_settle(struct copy *copy, struct why *why)
{
	if (chmod(copy->part, 0600) == 0 && sync_path(copy->part, O_RDONLY) &&
	    rename(copy->part, copy->path) == 0 && sync_path(copy->to, O_RDONLY | O_DIRECTORY))
		return ERR_NONE;
	why_set(why, "The copy cannot be brought to the disk: %s.", strerror(errno));
	return ERR_STORAGE;
}

static void copy_drop(struct copy *copy)
{
	char path[PATH_ROOM + 16];

	unlink(copy->part);
	snprintf(path, sizeof path, "%s-journal", copy->part);
	unlink(path);
	if (copy->made_folder)
		rmdir(copy->to);
}

static int copy_make(struct copy *copy)
{
	struct why why = {""};
	struct db *source = NULL;
	int bytes = snprintf(copy->part, sizeof copy->part, "%s/maagal.db.part", copy->to);
	int status;
	enum err err = folder_read(copy->from, &why, &source);

	/* Whether there is anything to copy is asked before a folder is made for it. */
	db_close(&source);
	snprintf(copy->path, sizeof copy->path, "%s/maagal.db", copy->to);
	if (!err && (bytes < 0 || (size_t)bytes >= sizeof copy->part)) {
		why_set(&why, "The path of the copy is too long.");
		err = ERR_BAD_PARAMS;
	}
	if (!err)
		err = folder_claim(copy, &why);
	if (err)
		return folder_failed(copy->command, &why);
	err = copy_write(copy, &why);
	if (!err)
		err = epoch_renew(copy, &why);
	if (!err)
		err = copy_settle(copy, &why);
	if (err) {
		copy_drop(copy);
		return folder_failed(copy->command, &why);
	}
	say(copy, "checking the copy …");
	status = verify_folder(copy->command, copy->to, NULL, copy->json);
	if (status == EXIT_GOOD && !copy->json)
		printf("%s is a whole copy.\n", copy->to);
	else if (status != EXIT_GOOD)
		fprintf(stderr, "maagal %s: The copy in %s is not sound; what it was made of is not"
			" either.\n", copy->command, copy->to);
	return status;
}

int program_backup(int argc, char **argv)
{
	struct copy copy = {.command = argv[0]};
	struct why why;
	const struct option options[] = {
		{"data", OPTION_TEXT, &copy.from},
		{"json", OPTION_FLAG, &copy.json},
		{"to", OPTION_TEXT, &copy.to},
		OPTIONS_END,
	};

	umask(077); /* what is copied holds words that were held and removed */
	if (options_read(options, argc, argv, NULL, &why))
		return options_misused(argv[0], &why);
	if (!copy.from || !copy.to)
		return options_misused_because(argv[0], "It needs --data DIR and --to DIR.");
	return copy_make(&copy);
}

int program_restore(int argc, char **argv)
{
	struct copy copy = {.command = argv[0]};
	struct why why;
	const struct option options[] = {
		{"data", OPTION_TEXT, &copy.to},
		{"from", OPTION_TEXT, &copy.from},
		{"json", OPTION_FLAG, &copy.json},
		OPTIONS_END,
	};

	if (options_read(options, argc, argv, NULL, &why))
		return options_misused(argv[0], &why);
	if (!copy.from || !copy.to)
		return options_misused_because(argv[0], "It needs --from DIR and --data DIR.");
	return copy_make(&copy);
}
