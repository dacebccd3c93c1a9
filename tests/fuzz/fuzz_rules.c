/* fuzz_rules.c: any bytes as the files of config/civility: they load or they do not, with a
 * sentence; what loads finds with its prefilter what it finds without. The first byte says
 * which file. */
#include "base/utf8.h"
#include "filters/parts.h"

#include <stdlib.h>
#include <string.h>

static const char symbols_text[] = "symbol A\nrule r\nmay_reject yes\nhe a\nar a\nen a\n"
	"symbol B\nrule r\nhe a\nar a\nen a\n";

static void demand(int claim)
{
	if (!claim)
		abort();
}

static struct source source_of(const char *name, const void *data, size_t bytes)
{
	struct source source = {.bytes = bytes};

	strcpy(source.name, name);
	source.data = malloc(bytes + 1);
	demand(source.data != NULL);
	memcpy(source.data, data, bytes);
	return source;
}

static void compare(const struct rules *rules, struct rules_scratch *scratch, const char *given,
	size_t bytes)
{
	static struct match with[64], without[64];
	struct text text = {0};
	bool stopped_with, stopped_without;
	uint32_t with_count, without_count;

	if (text_read(&text, given, bytes) == ERR_NONE) {
		with_count = rules_find(rules, scratch, &text, false, with, 64, &stopped_with);
		without_count = rules_find(rules, scratch, &text, true, without, 64, &stopped_without);
		/* A pattern that is tried for nothing may be stopped for nothing. */
		if (!stopped_without) {
			demand(!stopped_with && with_count == without_count);
			demand(memcmp(with, without, with_count * sizeof(with[0])) == 0);
		}
	}
	text_fini(&text);
}

static void fuzz_rules(const struct symbols *symbols, struct source *source, struct why *why)
{
	struct rules *rules = rules_new();
	struct rules_scratch *scratch = rules_scratch_new();

	demand(rules && scratch);
	if (rules_load(rules, symbols, source, why) == ERR_NONE && rules_finish(rules) == ERR_NONE) {
		struct example example;

		compare(rules, scratch, source->data, source->bytes < 2000 ? source->bytes : 2000);
		for (unsigned i = 0; rules_example(rules, i, &example); i++)
			compare(rules, scratch, example.text, example.bytes);
	}
	rules_scratch_free(&scratch);
	rules_free(&rules);
}

static void fuzz_words(const struct symbols *symbols, struct source *source, struct why *why)
{
	struct lexicon *lexicon = lexicon_new();
	struct text text = {0};
	static struct hit hits[64];

	demand(lexicon != NULL);
	if (lexicon_load(lexicon, symbols, source, why) == ERR_NONE
	    && lexicon_finish(lexicon) == ERR_NONE
	    && text_read(&text, source->data, source->bytes) == ERR_NONE) {
		uint32_t *marks = malloc((text.folded.word_count + 1) * sizeof(*marks));
		uint32_t count = lexicon_find(lexicon, &text.folded, false, marks, hits, 64);

		for (uint32_t i = 0; i < count; i++)
			demand(hits[i].start < hits[i].end && hits[i].end <= text.folded.count
				&& hits[i].last_word < text.folded.word_count);
		free(marks);
	}
	text_fini(&text);
	lexicon_free(&lexicon);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct source source, symbols_source = source_of("symbols.conf", symbols_text,
		strlen(symbols_text));
	struct symbols *symbols = calloc(1, sizeof(*symbols)), *read = calloc(1, sizeof(*read));
	struct policies *policies = calloc(1, sizeof(*policies));
	struct numbers numbers = {.given = {false}};
	struct why why = {""};
	enum err err;

	demand(symbols && read && policies);
	err = symbols_load(symbols, &symbols_source, &why);
	demand(err == ERR_NONE);
	source = source_of("fuzz", data + (bytes > 0), bytes - (bytes > 0));
	/* As sources_read() does. */
	if (bytes > 0 && utf8_valid(source.data, source.bytes)) {
		switch (data[0] % 5) {
		case 0: err = symbols_load(read, &source, &why); break;
		case 1: err = policies_load(policies, symbols, &source, &why); break;
		case 2: err = numbers_load(&numbers, &source, &why); break;
		case 3: fuzz_words(symbols, &source, &why); break;
		default: fuzz_rules(symbols, &source, &why);
		}
		demand(err == ERR_NONE || why.text[0] != '\0' || err == ERR_NO_MEMORY);
	}
	symbols_fini(read);
	symbols_fini(symbols);
	free(read);
	free(symbols);
	free(policies);
	free(source.data);
	free(symbols_source.data);
	return 0;
}
