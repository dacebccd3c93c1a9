/* rulebook.c: the civility rules now in force; see rulebook.h. A lock and not an inbox: threads
 * that decide ask at once, and hold it for as long as it takes to count one reference. */
#include "hub/rulebook.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/worker.h"

struct rulebook {
	const char *dir;
	pthread_mutex_t lock;
	struct ruleset *ruleset;
	struct worker *loader;
};

static void load(void *owner, void **items, size_t count)
{
	struct rulebook *book = owner;
	struct ruleset *loaded = NULL, *old;
	struct why why = {""};

	(void)items;
	(void)count; /* several wishes are one */
	if (ruleset_load(book->dir, &loaded, &why) != ERR_NONE) {
		log_error("rules.refused", "the old rules stay: %s", why.text);
		return;
	}
	pthread_mutex_lock(&book->lock);
	old = book->ruleset;
	book->ruleset = loaded;
	log_info("rules.loaded", "version=%s", ruleset_version(loaded));
	pthread_mutex_unlock(&book->lock);
	ruleset_unref(&old);
}

enum err rulebook_new(const char *dir, struct ruleset **ruleset, struct rulebook **out)
{
	struct rulebook *book = calloc(1, sizeof *book);
	struct worker_role role = {
		.name = "rules", .capacity = 1, .handle = load, .idle_ms = -1, .owner = book};
	enum err err = book ? ERR_NONE : ERR_NO_MEMORY;

	*out = NULL;
	if (!err) {
		book->dir = dir;
		pthread_mutex_init(&book->lock, NULL);
		book->ruleset = *ruleset;
		*ruleset = NULL;
		err = worker_new(&role, &book->loader);
	}
	if (!err)
		err = worker_start(book->loader);
	if (err)
		rulebook_free(&book);
	*out = book;
	return err;
}

void rulebook_free(struct rulebook **book)
{
	struct rulebook *mine = *book;

	*book = NULL;
	if (!mine)
		return;
	worker_free(&mine->loader);
	ruleset_unref(&mine->ruleset);
	pthread_mutex_destroy(&mine->lock);
	free(mine);
}

struct ruleset *rulebook_ruleset(struct rulebook *book)
{
	struct ruleset *ruleset;

	pthread_mutex_lock(&book->lock);
	ruleset = ruleset_ref(book->ruleset);
	pthread_mutex_unlock(&book->lock);
	return ruleset;
}

void rulebook_reload(struct rulebook *book)
{
	void *wish = book;

	/* Full: one is waiting to be fulfilled already, and will see what is there now. */
	(void)worker_push(book->loader, &wish);
}
