/* door_pages.h: the web client's files, read into memory once at start. What is not in this table
 * does not exist: no request ever opens a file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct page_form {
	char *data; /* NULL: not there in this form */
	size_t bytes;
	char etag[24]; /* with its quotes */
};

struct page {
	char *path; /* "/", "/app.js" */
	const char *type;
	struct page_form plain, gzip;
	bool is_lasting; /* its name holds a hash of its content: may be kept for ever */
};

struct pages;

/* `dir` may be "" or missing: then there is only a page at "/" that says so. */
MUST_CHECK enum err pages_open(const char *dir, struct why *why, struct pages **out);
void pages_close(struct pages **pages);
/* NULL if there is none. */
const struct page *pages_find(const struct pages *pages, const char *path, size_t bytes);
