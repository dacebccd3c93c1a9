/* faulty_disk.c: see faulty_disk.h. A thin layer over the system's own file functions; locks and
 * shared memory are its own business. */
#include "faulty_disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


enum { FILES_MOST = 32, PATH_ROOM = 512 };

struct faulty_file {
	sqlite3_file base;
	char path[PATH_ROOM];
	sqlite3_file *real; /* right behind this struct */
};

static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	int nth, writes;
	enum disk_fault fault;
	bool lasting, has_failed, remembers;
	struct {
		char path[PATH_ROOM];
		struct buf bytes;
	} synced[FILES_MOST];
} disk;

static void must(bool claim, const char *what)
{
	if (claim)
		return;
	fprintf(stderr, "# the faulty disk: %s: %s\n", what, strerror(errno));
	abort();
}

static void slurp(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "rbe");
	char piece[16384];
	size_t count;

	buf_clear(out);
	if (!file)
		return;
	while ((count = fread(piece, 1, sizeof piece, file)) > 0)
		buf_add(out, piece, count);
	fclose(file);
}

static void spill(const char *path, const char *data, size_t bytes)
{
	FILE *file = fopen(path, "wbe");

	must(file != NULL, path);
	must(fwrite(data ? data : "", 1, bytes, file) == bytes, path);
	must(fclose(file) == 0, path);
}

static struct buf *synced(const char *path, bool make)
{
	for (size_t i = 0; i < FILES_MOST; i++) {
		if (!disk.synced[i].path[0] && make)
			snprintf(disk.synced[i].path, PATH_ROOM, "%s", path);
		if (strcmp(disk.synced[i].path, path) == 0)
			return &disk.synced[i].bytes;
	}
	must(!make, "too many files are remembered");
	return NULL;
}

/* Is it this one's turn to fail? */
static bool fails(void)
{
	disk.writes++;
	if (!disk.nth || disk.writes < disk.nth || (disk.writes > disk.nth && !disk.lasting))
		return false;
	disk.has_failed = true;
	return true;
}

static struct faulty_file *mine(sqlite3_file *file)
{
	return (struct faulty_file *)(void *)file;
}

static int file_close(sqlite3_file *file)
{
	return mine(file)->real->pMethods->xClose(mine(file)->real);
}

static int file_read(sqlite3_file *file, void *out, int bytes, sqlite3_int64 at)
{
	return mine(file)->real->pMethods->xRead(mine(file)->real, out, bytes, at);
}

static int file_write(sqlite3_file *file, const void *data, int bytes, sqlite3_int64 at)
{
	sqlite3_file *real = mine(file)->real;

	if (!fails())
		return real->pMethods->xWrite(real, data, bytes, at);
	if (disk.fault == DISK_TORN)
		(void)real->pMethods->xWrite(real, data, bytes / 2, at);
	return disk.fault == DISK_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 bytes)
{
	sqlite3_file *real = mine(file)->real;

	return fails() ? SQLITE_IOERR_TRUNCATE : real->pMethods->xTruncate(real, bytes);
}

static int file_sync(sqlite3_file *file, int flags)
{
	(void)flags;
	if (fails())
		return disk.fault == DISK_FULL ? SQLITE_FULL : SQLITE_IOERR_FSYNC;
	if (disk.remembers)
		slurp(mine(file)->path, synced(mine(file)->path, true));
	return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *out)
{
	return mine(file)->real->pMethods->xFileSize(mine(file)->real, out);
}

static int file_lock(sqlite3_file *file, int level)
{
	return mine(file)->real->pMethods->xLock(mine(file)->real, level);
}

static int file_unlock(sqlite3_file *file, int level)
{
	return mine(file)->real->pMethods->xUnlock(mine(file)->real, level);
}

static int file_is_reserved(sqlite3_file *file, int *out)
{
	return mine(file)->real->pMethods->xCheckReservedLock(mine(file)->real, out);
}

static int file_control(sqlite3_file *file, int what, void *argument)
{
	return mine(file)->real->pMethods->xFileControl(mine(file)->real, what, argument);
}

static int file_sector(sqlite3_file *file)
{
	return mine(file)->real->pMethods->xSectorSize(mine(file)->real);
}

static int file_traits(sqlite3_file *file)
{
	return mine(file)->real->pMethods->xDeviceCharacteristics(mine(file)->real);
}

static int file_shm_map(sqlite3_file *file, int page, int bytes, int extend, void volatile **out)
{
	return mine(file)->real->pMethods->xShmMap(mine(file)->real, page, bytes, extend, out);
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
	return mine(file)->real->pMethods->xShmLock(mine(file)->real, offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
	mine(file)->real->pMethods->xShmBarrier(mine(file)->real);
}

static int file_shm_unmap(sqlite3_file *file, int remove_it)
{
	return mine(file)->real->pMethods->xShmUnmap(mine(file)->real, remove_it);
}

/* Version 2: shared memory, but no mapped reading, which would go past us. */
static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_is_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_traits,
	.xShmMap = file_shm_map,
	.xShmLock = file_shm_lock,
	.xShmBarrier = file_shm_barrier,
	.xShmUnmap = file_shm_unmap,
};

static int disk_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *given)
{
	struct faulty_file *opened = mine(file);
	int code;

	(void)vfs;
	*opened = (struct faulty_file){.real = (sqlite3_file *)(void *)(opened + 1)};
	snprintf(opened->path, sizeof opened->path, "%s", path ? path : "");
	code = disk.real->xOpen(disk.real, path, opened->real, flags, given);
	opened->base.pMethods = opened->real->pMethods ? &methods : NULL;
	return code;
}

void disk_insert(void)
{
	if (disk.real)
		return;
	disk.real = sqlite3_vfs_find(NULL);
	disk.vfs = *disk.real;
	disk.vfs.zName = "faulty";
	disk.vfs.pNext = NULL;
	disk.vfs.szOsFile = (int)sizeof(struct faulty_file) + disk.real->szOsFile;
	disk.vfs.xOpen = disk_open;
	must(sqlite3_vfs_register(&disk.vfs, 1) == SQLITE_OK, "it cannot be put in place");
}

void disk_fail(int nth, enum disk_fault fault, bool lasting)
{
	disk.nth = nth;
	disk.fault = fault;
	disk.lasting = lasting;
	disk.has_failed = false;
	disk.writes = 0;
}

void disk_mend(void)
{
	disk.nth = 0;
	disk.writes = 0;
}

bool disk_has_failed(void)
{
	return disk.has_failed;
}

int disk_writes(void)
{
	return disk.writes;
}

void disk_remember(bool remember)
{
	disk.remembers = remember;
	for (size_t i = 0; i < FILES_MOST; i++) {
		buf_fini(&disk.synced[i].bytes);
		disk.synced[i].path[0] = '\0';
	}
}

/* ---- folders ---- */

static const char *const names[] = {"maagal.db", "maagal.db-wal", "maagal.db-journal"};

void disk_copy(const char *from, const char *folder, bool power_cut)
{
	struct buf bytes = {0};
	char source[PATH_ROOM], target[PATH_ROOM];

	must(mkdir(folder, 0700) == 0, folder);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct buf *whole = &bytes;

		snprintf(source, sizeof source, "%s/%s", from, names[i]);
		snprintf(target, sizeof target, "%s/%s", folder, names[i]);
		if (access(source, F_OK) != 0)
			continue;
		if (power_cut)
			whole = synced(source, false);
		else
			slurp(source, &bytes);
		if (whole)
			spill(target, whole->data, whole->bytes);
	}
	buf_fini(&bytes);
}

void disk_remove(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[PATH_ROOM + 256];

	while (dir && (entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof path, "%.500s/%s", folder, entry->d_name);
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlink(path);
	}
	if (dir)
		closedir(dir);
	rmdir(folder);
}

/* ---- what is in it ---- */

static sqlite3 *store_of(const char *folder)
{
	char path[PATH_ROOM];
	sqlite3 *handle = NULL;

	snprintf(path, sizeof path, "%s/maagal.db", folder);
	must(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK, path);
	return handle;
}

static sqlite3_stmt *prepare(sqlite3 *handle, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(handle, sql, -1, &stmt, NULL);

	if (code != SQLITE_OK)
		fprintf(stderr, "# %s: %s\n", sql, sqlite3_errmsg(handle));
	must(code == SQLITE_OK, "a question to the store");
	return stmt;
}

static void mix(uint64_t *digest, const void *data, size_t bytes)
{
	const unsigned char *at = data;

	for (size_t i = 0; i < bytes; i++)
		*digest = (*digest ^ at[i]) * 1099511628211u;
	*digest = (*digest ^ bytes) * 1099511628211u;
}

static void mix_table(sqlite3 *handle, const char *table, uint64_t *digest)
{
	char sql[128];
	sqlite3_stmt *stmt;

	snprintf(sql, sizeof sql, "SELECT * FROM \"%s\" ORDER BY 1, 2", table);
	stmt = prepare(handle, sql);
	mix(digest, table, strlen(table));
	while (sqlite3_step(stmt) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(stmt); i++) {
			const void *data = sqlite3_column_blob(stmt, i);

			mix(digest, data, (size_t)sqlite3_column_bytes(stmt, i));
		}
	sqlite3_finalize(stmt);
}

static const char tables[] = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";

uint64_t disk_digest(const char *folder)
{
	sqlite3 *handle = store_of(folder);
	sqlite3_stmt *stmt = prepare(handle, tables);
	uint64_t digest = 14695981039346656037u;

	while (sqlite3_step(stmt) == SQLITE_ROW)
		mix_table(handle, (const char *)sqlite3_column_text(stmt, 0), &digest);
	sqlite3_finalize(stmt);
	sqlite3_close(handle);
	return digest;
}

static void shape_add(sqlite3 *handle, const char *sql, struct buf *out)
{
	sqlite3_stmt *stmt = prepare(handle, sql);

	while (sqlite3_step(stmt) == SQLITE_ROW)
		buf_format(out, "%s %lld\n", (const char *)sqlite3_column_text(stmt, 0),
			   (long long)sqlite3_column_int64(stmt, 1));
	sqlite3_finalize(stmt);
}

void disk_shape(const char *folder, struct buf *out)
{
	sqlite3 *handle = store_of(folder);
	sqlite3_stmt *stmt = prepare(handle, tables);
	char sql[160];

	buf_clear(out);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(stmt, 0);

		snprintf(sql, sizeof sql, "SELECT 'rows of %s', count(*) FROM \"%s\"", name, name);
		shape_add(handle, sql, out);
	}
	sqlite3_finalize(stmt);
	shape_add(handle, "SELECT 'posts in state ' || state, count(*) FROM post GROUP BY 1", out);
	shape_add(handle, "SELECT 'items ' || kind || ' ' || state, count(*) FROM item GROUP BY 1",
		  out);
	shape_add(handle, "SELECT 'events of kind ' || kind, count(*) FROM event GROUP BY 1", out);
	shape_add(handle, "SELECT 'revisions', sum(rev) FROM post", out);
	shape_add(handle, "SELECT 'erased', count(*) FROM person WHERE erased IS NOT NULL", out);
	buf_add(out, "", 1);
	sqlite3_close(handle);
}

int64_t disk_number(const char *folder, const char *sql)
{
	sqlite3 *handle = store_of(folder);
	sqlite3_stmt *stmt = prepare(handle, sql);
	int64_t number = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : -1;

	sqlite3_finalize(stmt);
	sqlite3_close(handle);
	return number;
}
