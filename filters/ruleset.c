/* ruleset.c: everything loaded from config/civility, whole or not at all. Loaded by one thread;
 * from then on read by all, and freed by whoever lets go last. */
#include "filters/ruleset.h"

#include "filters/parts.h"
#include "filters/pipeline.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION_BYTES = 16 };

static struct ruleset *ruleset_new(void)
{
	struct ruleset *ruleset = calloc(1, sizeof(*ruleset));

	if (!ruleset)
		return NULL;
	atomic_init(&ruleset->references, 1);
	ruleset->lexicon = lexicon_new();
	ruleset->rules = rules_new();
	if (!ruleset->lexicon || !ruleset->rules)
		ruleset_unref(&ruleset);
	return ruleset;
}

struct ruleset *ruleset_ref(struct ruleset *ruleset)
{
	atomic_fetch_add_explicit(&ruleset->references, 1, memory_order_relaxed);
	return ruleset;
}

void ruleset_unref(struct ruleset **ruleset)
{
	struct ruleset *dying = *ruleset;

	*ruleset = NULL;
	if (!dying
	    || atomic_fetch_sub_explicit(&dying->references, 1, memory_order_acq_rel) != 1)
		return;
	lexicon_free(&dying->lexicon);
	rules_free(&dying->rules);
	for (unsigned i = 0; i < dying->model_count; i++)
		model_free(&dying->models[i]);
	symbols_fini(&dying->symbols);
	free(dying);
}

/* A file's name and content both count, and where one ends and the next begins. */
static void version_make(struct ruleset *ruleset, const struct sources *sources)
{
	crypto_generichash_state state;
	unsigned char hash[VERSION_BYTES];

	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	for (size_t i = 0; i < sources->count; i++) {
		const struct source *source = &sources->files[i];
		uint64_t bytes = source->bytes;
		unsigned char length[8];

		for (int j = 0; j < 8; j++)
			length[j] = (unsigned char)(bytes >> 8 * j);
		crypto_generichash_update(&state, (const unsigned char *)source->name,
			strlen(source->name) + 1);
		crypto_generichash_update(&state, length, sizeof(length));
		crypto_generichash_update(&state, (const unsigned char *)source->data,
			source->bytes);
	}
	crypto_generichash_final(&state, hash, sizeof(hash));
	sodium_bin2hex(ruleset->version, sizeof(ruleset->version), hash, sizeof(hash));
}

/* Two models of one script would have to agree. */
static enum err model_add(struct ruleset *ruleset, struct source *source, struct why *why)
{
	struct model *loaded;
	enum err err = model_load(&ruleset->symbols, source, &loaded, why);

	if (err)
		return err;
	for (unsigned i = 0; i < ruleset->model_count; i++) {
		if (model_script(ruleset->models[i]) != model_script(loaded))
			continue;
		why_set(why, "%s: there is another model of the same script; keep one.", source->name);
		model_free(&loaded);
		return ERR_BAD_PARAMS;
	}
	/* There are fewer scripts than room for models. */
	ruleset->models[ruleset->model_count++] = loaded;
	return ERR_NONE;
}

static enum err source_load(struct ruleset *ruleset, struct source *source, struct why *why)
{
	if (strcmp(source->name, "symbols.conf") == 0)
		return symbols_load(&ruleset->symbols, source, why);
	if (strcmp(source->name, "policies.conf") == 0)
		return policies_load(&ruleset->policies, &ruleset->symbols, source, why);
	if (strcmp(source->name, "numbers.conf") == 0)
		return numbers_load(&ruleset->numbers, source, why);
	if (strcmp(source->name, "forecast.conf") == 0)
		return forecast_load(&ruleset->forecast, source, why);
	if (source_has_ending(source, ".words"))
		return lexicon_load(ruleset->lexicon, &ruleset->symbols, source, why);
	if (source_has_ending(source, ".rules")) {
		enum err err = rules_load(ruleset->rules, &ruleset->symbols, source, why);

		return err ? err : lexicon_learn_rules(ruleset->lexicon, source);
	}
	if (source_has_ending(source, ".model"))
		return model_add(ruleset, source, why);
	why_set(why, "%s: a file is symbols.conf, policies.conf, numbers.conf, forecast.conf, *.words, "
		"*.rules or *.model.",
		source->name);
	return ERR_BAD_PARAMS;
}

/* All the others name symbols, so these come first. */
static enum err symbols_first(struct ruleset *ruleset, struct sources *sources, struct why *why)
{
	for (size_t i = 0; i < sources->count; i++) {
		enum err err;

		if (strcmp(sources->files[i].name, "symbols.conf") != 0)
			continue;
		err = source_load(ruleset, &sources->files[i], why);
		if (!err)
			err = symbols_check(&ruleset->symbols, why);
		return err;
	}
	why_set(why, "The folder of rules has no symbols.conf.");
	return ERR_BAD_PARAMS;
}

static enum err parts_load(struct ruleset *ruleset, struct sources *sources, struct why *why)
{
	enum err err = symbols_first(ruleset, sources, why);

	for (size_t i = 0; !err && i < sources->count; i++)
		if (strcmp(sources->files[i].name, "symbols.conf") != 0)
			err = source_load(ruleset, &sources->files[i], why);
	if (!err)
		err = policies_check(&ruleset->policies, why);
	if (!err)
		err = numbers_check(&ruleset->numbers, why);
	if (!err)
		err = forecast_check(&ruleset->forecast, why);
	if (!err)
		err = lexicon_finish(ruleset->lexicon);
	if (!err)
		err = rules_finish(ruleset->rules);
	/* A rule that misses its own example, or catches what it must not, does not get in. */
	if (!err)
		err = pipeline_check_examples(ruleset, why);
	return err;
}

enum err ruleset_load(const char *dir, struct ruleset **out, struct why *why)
{
	struct ruleset *loaded = NULL;
	struct sources sources;
	enum err err = ERR_INTERNAL;

	*out = NULL;
	/* Cleared, so that a failure nobody explained (memory) is not explained by an older one. */
	why_set(why, "%s", "The rules could not be loaded.");
	if (sodium_init() < 0)
		return err;
	err = sources_read(&sources, dir, why);
	if (err)
		return err;
	loaded = ruleset_new();
	err = loaded ? parts_load(loaded, &sources, why) : ERR_NO_MEMORY;
	if (!err)
		version_make(loaded, &sources);
	sources_fini(&sources);
	if (err)
		ruleset_unref(&loaded);
	*out = loaded;
	return err;
}

const char *ruleset_version(const struct ruleset *ruleset)
{
	return ruleset->version;
}

static const struct symbol *symbol_named(const struct ruleset *ruleset, const char *name)
{
	unsigned number;

	if (!name || !symbols_find(&ruleset->symbols, (struct piece){name, strlen(name)}, &number))
		return NULL;
	return &ruleset->symbols.list[number];
}

const char *ruleset_explain(const struct ruleset *ruleset, const char *symbol, const char *lang)
{
	const struct symbol *known = symbol_named(ruleset, symbol);
	unsigned column = 0;

	if (lang && strncmp(lang, "ar", 2) == 0)
		column = 1;
	else if (lang && strncmp(lang, "en", 2) == 0)
		column = 2;
	/* A symbol of an older ruleset: say what can be said. */
	if (!known)
		known = &ruleset->symbols.list[ruleset->symbols.builtin[BUILTIN_FILTER_FAILED]];
	return known->texts[column];
}

const char *ruleset_rule_of(const struct ruleset *ruleset, const char *symbol)
{
	const struct symbol *known = symbol_named(ruleset, symbol);

	return known ? known->rule : NULL;
}

bool ruleset_has_policy(const struct ruleset *ruleset, const char *policy)
{
	return policy && strcmp(policies_find(&ruleset->policies, policy)->name, policy) == 0;
}
