/* serve.c: `maagal serve`: the server, from its settings to its last goodbye. */
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/log.h"
#include "base/texts.h"
#include "calls/presets.h"
#include "config.h"
#include "filters/ruleset.h"
#include "hub/hub.h"
#include "program/commands.h"
#include "program/options.h"
#include "store/db.h"

/* Files are for us alone; every connection is an open file. */
static void prepare_process(void)
{
	struct rlimit files;

	umask(077);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	/* Memory that was needed once will be needed again: giving it back to the kernel and asking
	 * for it anew, zeroed, cost a tenth of the store's time under load. */
	mallopt(M_MMAP_THRESHOLD, 8 << 20);
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	mallopt(M_TOP_PAD, 1 << 20);
}

static void prepare_log(const struct config *config)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};

	log_set_json(config->log_json);
	for (int i = 0; i < (int)(sizeof names / sizeof *names); i++) {
		if (!strcmp(config->log_level, names[i]))
			log_set_level((enum log_level)i);
	}
}

/* Somebody who starts a server on an empty folder wants to know what comes next. */
static void hint_if_empty(const struct config *config)
{
	char path[CONFIG_TEXT + 16];
	struct db *db = NULL;
	int64_t processes = 0;
	enum err err;

	snprintf(path, sizeof path, "%s/maagal.db", config->data);
	err = db_open(path, DB_READ, NULL, &db);
	if (!err)
		err = db_number(db, 0, &processes, "SELECT count(*) FROM process", "");
	if (!err && processes == 0)
		log_info("serve.empty", "no process yet: `maagal process apply FILE --data %s`",
			 config->data);
	db_close(&db);
}

static enum err serve(const struct config *config, struct why *why)
{
	struct texts *texts = NULL;
	struct presets *presets = NULL;
	struct ruleset *ruleset = NULL;
	struct hub *hub = NULL;
	char folder[CONFIG_TEXT + 16];
	struct hub_setup setup = {.config = config, .ruleset = &ruleset};
	enum err err;

	snprintf(folder, sizeof folder, "%s/texts", config->config_dir);
	err = texts_load(folder, why, &texts);
	if (!err)
		err = ruleset_load(config->rules_dir, &ruleset, why);
	if (!err)
		err = presets_load(config->config_dir, why, &presets);
	setup.texts = texts;
	setup.presets = presets;
	if (!err)
		err = hub_open(&setup, why, &hub);
	if (!err) {
		hint_if_empty(config);
		log_info("serve.ready", "url=%s", hub_url(hub));
		printf("ready %s\n", hub_url(hub));
		fflush(stdout);
		hub_run(hub);
		log_info("serve.stopped", "goodbye");
		if (hub_is_outdated(hub)) {
			why_set(why, "A newer program has upgraded the store in %s: run that one.",
					config->data);
			err = ERR_STORAGE;
		}
	}
	hub_close(&hub);
	ruleset_unref(&ruleset);
	presets_free(&presets);
	texts_free(&texts);
	return err;
}

int program_serve(int argc, char **argv)
{
	static struct config config;
	struct why why = {""};
	const struct option options[] = {
		{"config", OPTION_CONFIG_FILE, &config}, {"data", OPTION_SETTING, &config},
		{"listen", OPTION_SETTING, &config},     {"redis", OPTION_SETTING, &config},
		{"set", OPTION_SET, &config},            {"tls-cert", OPTION_SETTING, &config},
		{"tls-key", OPTION_SETTING, &config},    OPTIONS_END,
	};

	config_default(&config);
	if (options_read(options, argc, argv, NULL, &why) || config_finish(&config, &why))
		return options_misused(argv[0], &why);
	prepare_process();
	prepare_log(&config);
	if (serve(&config, &why) == ERR_NONE)
		return EXIT_GOOD;
	fprintf(stderr, "maagal serve: %s\n", why.text[0] ? why.text : "could not start");
	return EXIT_FAILED;
}
