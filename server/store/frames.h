/* frames.h: the WAL reaches its file in a few large writes. SQLite writes each page in two calls,
 * and a commit under load has hundreds of pages; here they are gathered, and written before the
 * commit's last frame is done with: before it is synced, and before anybody is told of it. Any
 * thread. */
#pragma once

/* The name of a VFS that does so, over the one that is SQLite's default at the first call; NULL:
 * there is none, use plain files. */
const char *frames_vfs(void);
