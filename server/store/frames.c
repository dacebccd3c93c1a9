/* frames.c: see frames.h. A thin layer over the system's own file functions; all but a WAL is
 * theirs alone. A file belongs to one connection, and so to one thread at a time. */
#include "store/frames.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	GATHERED_MOST = 120 << 10, /* SQLite's own files write less than 128 KiB at once */
	HEAD_BYTES = 24,           /* of a frame, before its page */
	PAGES_AT = 4,              /* in it: how many pages there are now; 0 but in a commit's last */
};

struct frames_file {
	sqlite3_file base;
	sqlite3_file *real; /* right behind this struct */
	char *gathered;     /* what is to stand at `at` and is not written yet; NULL: never yet */
	size_t bytes;
	sqlite3_int64 at;
	sqlite3_int64 end;  /* of the last write */
	bool is_plain;      /* nothing is gathered */
	bool ends_a_commit; /* the page that comes next */
};

static struct {
	sqlite3_vfs vfs, *real;
	pthread_once_t once;
	const char *name;
} frames = {.once = PTHREAD_ONCE_INIT};

static struct frames_file *mine(sqlite3_file *file)
{
	return (struct frames_file *)(void *)file;
}

static int real_write(struct frames_file *file, const void *data, int bytes, sqlite3_int64 at)
{
	return file->real->pMethods->xWrite(file->real, data, bytes, at);
}

/* What could not be written is forgotten: the commit that it belongs to fails, and nobody was told
 * of any of it. */
static int flush(struct frames_file *file)
{
	size_t bytes = file->bytes;

	file->bytes = 0;
	return bytes ? real_write(file, file->gathered, (int)bytes, file->at) : SQLITE_OK;
}

static int frames_close(sqlite3_file *taken)
{
	struct frames_file *file = mine(taken);

	/* What is left was never synced, and so is nobody's. */
	free(file->gathered);
	file->gathered = NULL;
	return file->real->pMethods->xClose(file->real);
}

static int frames_read(sqlite3_file *taken, void *out, int bytes, sqlite3_int64 at)
{
	struct frames_file *file = mine(taken);
	int code = flush(file);

	return code ? code : file->real->pMethods->xRead(file->real, out, bytes, at);
}

static int write_through(struct frames_file *file, const void *data, size_t bytes, sqlite3_int64 at)
{
	int code = flush(file);

	return code ? code : real_write(file, data, (int)bytes, at);
}

static int gather(struct frames_file *file, const void *data, size_t bytes)
{
	int code = SQLITE_OK;

	if (!file->gathered)
		file->gathered = malloc(GATHERED_MOST);
	if (!file->gathered || bytes > GATHERED_MOST)
		return write_through(file, data, bytes, file->end);
	if (file->bytes + bytes > GATHERED_MOST)
		code = flush(file);
	if (code)
		return code;
	if (!file->bytes)
		file->at = file->end;
	memcpy(file->gathered + file->bytes, data, bytes);
	file->bytes += bytes;
	return SQLITE_OK;
}

/* What goes on where the last write ended is gathered; what is written over, at once: SQLite does
 * so with pages that it changes twice, and then with the sums of all that come after. */
static int frames_write(sqlite3_file *taken, const void *data, int bytes, sqlite3_int64 at)
{
	static const unsigned char none[4];
	struct frames_file *file = mine(taken);
	int code = at == file->end && !file->is_plain ? gather(file, data, (size_t)bytes)
												  : write_through(file, data, (size_t)bytes, at);

	file->end = at + bytes;
	if (!code && file->ends_a_commit)
		code = flush(file);
	file->ends_a_commit =
		bytes == HEAD_BYTES && memcmp((const char *)data + PAGES_AT, none, sizeof none) != 0;
	return code;
}

static int frames_truncate(sqlite3_file *taken, sqlite3_int64 bytes)
{
	struct frames_file *file = mine(taken);
	int code = flush(file);

	return code ? code : file->real->pMethods->xTruncate(file->real, bytes);
}

static int frames_sync(sqlite3_file *taken, int flags)
{
	struct frames_file *file = mine(taken);
	int code = flush(file);

	return code ? code : file->real->pMethods->xSync(file->real, flags);
}

static int frames_size(sqlite3_file *taken, sqlite3_int64 *out)
{
	struct frames_file *file = mine(taken);
	int code = flush(file);

	return code ? code : file->real->pMethods->xFileSize(file->real, out);
}

static int frames_lock(sqlite3_file *file, int level)
{
	return mine(file)->real->pMethods->xLock(mine(file)->real, level);
}

static int frames_unlock(sqlite3_file *file, int level)
{
	return mine(file)->real->pMethods->xUnlock(mine(file)->real, level);
}

static int frames_is_reserved(sqlite3_file *file, int *out)
{
	return mine(file)->real->pMethods->xCheckReservedLock(mine(file)->real, out);
}

static int frames_control(sqlite3_file *file, int what, void *argument)
{
	return mine(file)->real->pMethods->xFileControl(mine(file)->real, what, argument);
}

static int frames_sector(sqlite3_file *file)
{
	return mine(file)->real->pMethods->xSectorSize(mine(file)->real);
}

static int frames_traits(sqlite3_file *file)
{
	return mine(file)->real->pMethods->xDeviceCharacteristics(mine(file)->real);
}

/* Version 1: a WAL has no shared memory of its own and is never mapped. */
static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = frames_close,
	.xRead = frames_read,
	.xWrite = frames_write,
	.xTruncate = frames_truncate,
	.xSync = frames_sync,
	.xFileSize = frames_size,
	.xLock = frames_lock,
	.xUnlock = frames_unlock,
	.xCheckReservedLock = frames_is_reserved,
	.xFileControl = frames_control,
	.xSectorSize = frames_sector,
	.xDeviceCharacteristics = frames_traits,
};

static int frames_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *taken, int flags,
					   int *given)
{
	struct frames_file *file = mine(taken);
	int code;

	(void)vfs;
	if (!(flags & SQLITE_OPEN_WAL))
		return frames.real->xOpen(frames.real, path, taken, flags, given);
	*file = (struct frames_file){.real = (sqlite3_file *)(void *)(file + 1)};
	code = frames.real->xOpen(frames.real, path, file->real, flags, given);
	file->base.pMethods = file->real->pMethods ? &methods : NULL;
	/* Where a write may spoil what stands beside it, SQLite syncs in the middle of a frame. */
	file->is_plain = !code && !(file->real->pMethods->xDeviceCharacteristics(file->real) &
								SQLITE_IOCAP_POWERSAFE_OVERWRITE);
	return code;
}

static void frames_make(void)
{
	frames.real = sqlite3_vfs_find(NULL);
	if (!frames.real)
		return;
	frames.vfs = *frames.real;
	frames.vfs.zName = "frames";
	frames.vfs.pNext = NULL;
	frames.vfs.szOsFile = (int)sizeof(struct frames_file) + frames.real->szOsFile;
	frames.vfs.xOpen = frames_open;
	if (sqlite3_vfs_register(&frames.vfs, 0) == SQLITE_OK)
		frames.name = frames.vfs.zName;
}

const char *frames_vfs(void)
{
	pthread_once(&frames.once, frames_make);
	return frames.name;
}
