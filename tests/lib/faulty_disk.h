/* faulty_disk.h: a disk that fails when a test says so, beneath SQLite. Nothing is really waited
 * for: a sync only notes what would have survived a power cut. One thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum disk_fault {
	DISK_FULL,    /* no room: what was asked for is not written */
	DISK_IOERR,   /* the device refuses */
	DISK_TORN,    /* the first half is written, then the device refuses */
	DISK_FAULTS
};

/* Every database opened from now on lies on this disk. */
void disk_insert(void);

/* The n-th write, sync or cut from now on (1: the next) fails; `lasting`: and all that follow. */
void disk_fail(int nth, enum disk_fault fault, bool lasting);
void disk_mend(void);
bool disk_has_failed(void); /* since the last disk_fail() */
int disk_writes(void);      /* writes, syncs and cuts since disk_fail() or disk_mend() */

/* Copies a store's files to `folder` (made) as a crash of the process would leave them, or, with
 * `power_cut`, as a disk would that has forgotten everything that was not synced. The power cut is
 * only known while disk_remember(true) holds. */
void disk_remember(bool remember);
void disk_copy(const char *from, const char *folder, bool power_cut);
void disk_remove(const char *folder); /* the folder and the store in it */

/* A number that stands for everything in every table, and a text that only says how many rows of
 * which state there are. */
uint64_t disk_digest(const char *folder);
void disk_shape(const char *folder, struct buf *out);
/* One number asked of the store; -1 if there is no row. */
int64_t disk_number(const char *folder, const char *sql);
