/* door_pages.c: see door_pages.h. Links, hidden files and odd names are passed over. */
#include "hub/door_pages.h"

#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

enum { PAGES_MOST = 2000, DEPTH_MOST = 8, FILE_BYTES_MOST = 8 << 20, PATH_BYTES = 512 };

struct pages {
	struct page *rows;
	size_t count, room;
};

static const struct { const char *suffix, *type; } types[] = {
	{ ".css",         "text/css; charset=utf-8" },
	{ ".html",        "text/html; charset=utf-8" },
	{ ".ico",         "image/x-icon" },
	{ ".js",          "text/javascript; charset=utf-8" },
	{ ".json",        "application/json" },
	{ ".map",         "application/json" },
	{ ".mjs",         "text/javascript; charset=utf-8" },
	{ ".png",         "image/png" },
	{ ".svg",         "image/svg+xml" },
	{ ".txt",         "text/plain; charset=utf-8" },
	{ ".webmanifest", "application/manifest+json" },
	{ ".webp",        "image/webp" },
	{ ".woff2",       "font/woff2" },
};

static const char absent[] =
	"<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
	"<meta name=\"viewport\" content=\"width=device-width\"><title>Maagal</title></head>\n<body>\n"
	"<main>\n<h1>Maagal · <span lang=\"he\">מעגל</span> · <span lang=\"ar\">حلقة</span></h1>\n"
	"<section lang=\"he\" dir=\"rtl\"><h2>השרת פועל</h2><p>דפי הלקוח עדיין לא נבנו. לבנייתם: "
	"<code dir=\"ltr\">cd clients/web &amp;&amp; npm ci &amp;&amp; npm run build</code>, "
	"ואז להפעיל את השרת מחדש. אפשר להשתתף גם מהמסוף: "
	"<code dir=\"ltr\">maagal chat</code>.</p></section>\n"
	"<section lang=\"ar\" dir=\"rtl\"><h2>الخادم يعمل</h2><p>لم تُبنَ صفحات العميل بعد. لبنائها: "
	"<code dir=\"ltr\">cd clients/web &amp;&amp; npm ci &amp;&amp; npm run build</code>، "
	"ثم أعيدوا تشغيل الخادم. ويمكن المشاركة من الطرفية أيضًا: "
	"<code dir=\"ltr\">maagal chat</code>.</p></section>\n"
	"<section lang=\"en\"><h2>The server is running</h2><p>The pages of the web client have not "
	"been built yet. To build them: "
	"<code>cd clients/web &amp;&amp; npm ci &amp;&amp; npm run build</code>, then start the server "
	"again. One can take part from a terminal too: <code>maagal chat</code>.</p></section>\n"
	"</main>\n</body>\n</html>\n";

static bool ends_with(const char *text, const char *suffix)
{
	size_t bytes = strlen(text), tail = strlen(suffix);

	return bytes >= tail && strcmp(text + bytes - tail, suffix) == 0;
}

static const char *find_type(const char *path)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (ends_with(path, types[i].suffix))
			return types[i].type;
	return "application/octet-stream";
}

static void make_etag(struct page_form *form)
{
	unsigned char hash[crypto_generichash_BYTES_MIN];
	char hex[17];

	crypto_generichash(hash, sizeof hash, (const unsigned char *)form->data, form->bytes, NULL, 0);
	sodium_bin2hex(hex, sizeof hex, hash, 8);
	snprintf(form->etag, sizeof form->etag, "\"%s\"", hex);
}

/* "app-3F2A9C1B.js": bundlers write eight letters or digits after a hyphen or a dot. */
static bool names_its_hash(const char *path)
{
	const char *name = strrchr(path, '/'), *dot = strrchr(path, '.');
	bool has_digit = false;

	if (!name || !dot || dot - name < 10 || (dot[-9] != '-' && dot[-9] != '.'))
		return false;
	for (const char *at = dot - 8; at < dot; at++) {
		if (!((*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') ||
			(*at >= 'a' && *at <= 'f')))
			return false;
		has_digit = has_digit || (*at >= '0' && *at <= '9');
	}
	return has_digit;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct page *)a)->path, ((const struct page *)b)->path);
}

static enum err add(struct pages *pages, const char *path, char **data, size_t bytes)
{
	struct page *page;

	if (pages->count == pages->room) {
		size_t room = pages->room ? pages->room * 2 : 16;
		struct page *grown = realloc(pages->rows, room * sizeof *grown);
		if (!grown)
			return ERR_NO_MEMORY;
		pages->rows = grown;
		pages->room = room;
	}
	page = &pages->rows[pages->count];
	*page = (struct page){ .path = strdup(path), .type = find_type(path) };
	if (!page->path)
		return ERR_NO_MEMORY;
	page->plain.data = *data;
	page->plain.bytes = bytes;
	*data = NULL;
	make_etag(&page->plain);
	page->is_lasting = names_its_hash(path);
	pages->count++;
	return ERR_NONE;
}

static enum err read_file(int folder, const char *name, size_t bytes, char **out)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char *data = malloc(bytes + 1);
	size_t got = 0;
	ssize_t n = 1;

	while (fd >= 0 && data && got < bytes && n > 0) {
		n = read(fd, data + got, bytes - got);
		if (n > 0)
			got += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	if (fd < 0 || !data || got < bytes) {
		free(data);
		return data ? ERR_STORAGE : ERR_NO_MEMORY;
	}
	*out = data;
	return ERR_NONE;
}

static bool is_plain_name(const char *name)
{
	if (*name == '.')
		return false;
	for (; *name; name++)
		if (!((*name >= '0' && *name <= '9') || (*name >= 'A' && *name <= 'Z') ||
			(*name >= 'a' && *name <= 'z') || strchr("._-", *name)))
			return false;
	return true;
}

/* Reads one folder; `path` is what its names begin with and has room for PATH_BYTES. */
static enum err read_folder(struct pages *pages, int folder, char *path, int depth)
{
	size_t before = strlen(path);
	DIR *entries = fdopendir(folder);
	enum err err = ERR_NONE;
	struct dirent *entry;

	if (!entries) {
		close(folder);
		return ERR_NO_MEMORY;
	}
	while (!err && (entry = readdir(entries))) {
		struct stat about;
		char *data = NULL;

		if (!is_plain_name(entry->d_name) || pages->count >= PAGES_MOST ||
			before + strlen(entry->d_name) + 2 > PATH_BYTES ||
			fstatat(folder, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		snprintf(path + before, PATH_BYTES + 1 - before, "%s", entry->d_name);
		if (S_ISDIR(about.st_mode) && depth < DEPTH_MOST) {
			int inner = openat(folder, entry->d_name,
				O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
			snprintf(path + before, PATH_BYTES + 1 - before, "%s/", entry->d_name);
			if (inner >= 0)
				err = read_folder(pages, inner, path, depth + 1);
		} else if (S_ISREG(about.st_mode) && about.st_size <= FILE_BYTES_MOST) {
			err = read_file(folder, entry->d_name, (size_t)about.st_size, &data);
			if (!err)
				err = add(pages, path, &data, (size_t)about.st_size);
			free(data);
		}
		path[before] = 0;
	}
	closedir(entries);
	return err;
}

static struct page *find(const struct pages *pages, const char *path)
{
	struct page key = { .path = (char *)(uintptr_t)path };

	return pages->count ? bsearch(&key, pages->rows, pages->count, sizeof key, compare) : NULL;
}

/* "/app.js.gz" is the packed form of "/app.js", no page of its own; "/x/index.html" is "/x/". */
static void settle(struct pages *pages)
{
	size_t kept = 0;

	if (pages->count == 0)
		return;
	qsort(pages->rows, pages->count, sizeof *pages->rows, compare);
	for (size_t i = 0; i < pages->count; i++) {
		struct page *packed = &pages->rows[i], *page;
		char path[PATH_BYTES + 1];

		if (!ends_with(packed->path, ".gz"))
			continue;
		snprintf(path, sizeof path, "%.*s", (int)strlen(packed->path) - 3, packed->path);
		page = find(pages, path);
		if (page) {
			page->gzip = packed->plain;
			packed->plain.data = NULL;
		}
	}
	for (size_t i = 0; i < pages->count; i++) {
		struct page *page = &pages->rows[i];

		if (!page->plain.data) {
			free(page->path);
			continue;
		}
		if (ends_with(page->path, "/index.html"))
			page->path[strlen(page->path) - strlen("index.html")] = 0;
		pages->rows[kept++] = *page;
	}
	pages->count = kept;
	qsort(pages->rows, pages->count, sizeof *pages->rows, compare);
}

enum err pages_open(const char *dir, struct why *why, struct pages **out)
{
	struct pages *pages = calloc(1, sizeof *pages);
	char path[PATH_BYTES + 1] = "/";
	int folder = *dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	enum err err = pages ? ERR_NONE : ERR_NO_MEMORY;

	*out = NULL;
	if (!err && folder >= 0)
		err = read_folder(pages, folder, path, 0);
	else if (folder >= 0)
		close(folder);
	if (!err)
		settle(pages);
	if (!err && !find(pages, "/")) {
		char *data = strdup(absent);
		err = data ? add(pages, "/", &data, sizeof absent - 1) : ERR_NO_MEMORY;
		free(data);
		if (!err) {
			pages->rows[pages->count - 1].type = "text/html; charset=utf-8";
			settle(pages);
		}
	}
	if (err) {
		why_set(why, "The pages in %s cannot be read.", dir);
		pages_close(&pages);
	}
	*out = pages;
	return err;
}

void pages_close(struct pages **pages)
{
	if (!*pages)
		return;
	for (size_t i = 0; i < (*pages)->count; i++) {
		free((*pages)->rows[i].path);
		free((*pages)->rows[i].plain.data);
		free((*pages)->rows[i].gzip.data);
	}
	free((*pages)->rows);
	free(*pages);
	*pages = NULL;
}

const struct page *pages_find(const struct pages *pages, const char *path, size_t bytes)
{
	char text[PATH_BYTES + 1];

	if (bytes > PATH_BYTES)
		return NULL;
	memcpy(text, path, bytes);
	text[bytes] = 0;
	return find(pages, text);
}
