/* fuzz_text.c: any bytes as a text: folding and mending keep their map in bounds, folding has
 * nothing left to do the second time; folded words fold to themselves. */
#include "base/utf8.h"
#include "filters/fold.h"
#include "filters/mend.h"
#include "filters/text.h"

#include <stdlib.h>
#include <string.h>

static void demand(int claim)
{
	if (!claim)
		abort();
}

static void check_view(const struct text *text, const struct view *view)
{
	for (uint32_t i = 0; i < view->count; i++) {
		struct span span = text_span(text, view, i, i + 1);

		demand(span.start < span.end && span.end <= text->original_count);
		demand(view->from[i] <= view->from[i + 1]);
	}
	for (uint32_t i = 0; i < view->word_count; i++)
		demand(view->words[i].start < view->words[i].end && view->words[i].end <= view->count);
}

static void check_folded_again(const struct text *text)
{
	struct text again = {0};
	struct buf once = {0};
	char utf8[4];

	for (uint32_t i = 0; i < text->folded.count; i++)
		buf_add(&once, utf8, utf8_put(text->folded.points[i], utf8));
	if (once.bytes && once.bytes <= TEXT_BYTES_MOST) {
		demand(text_read(&again, once.data, once.bytes) == ERR_NONE);
		demand(again.folded.count == text->folded.count);
		demand(memcmp(again.folded.points, text->folded.points,
			text->folded.count * sizeof(uint32_t)) == 0);
	}
	text_fini(&again);
	buf_fini(&once);
}

static void check_words(const char *text, size_t bytes)
{
	struct fold_variant variants[FOLD_VARIANTS_MOST];
	struct buf once = {0}, twice = {0};

	demand(fold_words(text, bytes, &once) == ERR_NONE);
	if (once.bytes) {
		size_t count = fold_variants(once.data, once.bytes, variants);

		demand(count >= 1 && count <= FOLD_VARIANTS_MOST);
		for (size_t i = 0; i < count; i++)
			demand(utf8_valid(variants[i].at, variants[i].bytes));
		demand(fold_words(once.data, once.bytes, &twice) == ERR_NONE);
		demand(once.bytes == twice.bytes && memcmp(once.data, twice.data, once.bytes) == 0);
	}
	buf_fini(&once);
	buf_fini(&twice);
}

/* A few words of each script, so that every way of mending has something to find. */
static const struct vocabulary *some_words(void)
{
	static const char *const words[] = {"idiot", "you", "you're", "are", "an", "אידיוט", "אתה",
		"מטומטם", "غبي", "كلب", "يا", "انت"};
	static struct vocabulary *vocabulary;
	struct text text = {0};

	if (vocabulary)
		return vocabulary;
	vocabulary = vocabulary_new();
	demand(vocabulary != NULL);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		demand(text_read(&text, words[i], strlen(words[i])) == ERR_NONE);
		demand(vocabulary_add(vocabulary, text.folded.points, text.folded.count,
			KNOWN_SOUGHT | KNOWN_LISTED, (uint32_t)i) == ERR_NONE);
		demand(vocabulary_add_sound(vocabulary, (const uint32_t[]){'a', '7', 'a'}, 3,
			text.folded.points, text.folded.count, i % 2) == ERR_NONE);
	}
	text_fini(&text);
	demand(vocabulary_finish(vocabulary) == ERR_NONE);
	return vocabulary;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct text text;
	enum err err = text_read(&text, (const char *)data, bytes);

	if (err) {
		demand(err == ERR_TOO_LARGE || !utf8_valid((const char *)data, bytes));
		return 0;
	}
	check_view(&text, &text.folded);
	check_view(&text, &text.squashed);
	check_folded_again(&text);
	mend_text(some_words(), &text);
	check_view(&text, &text.folded);
	check_view(&text, &text.squashed);
	check_words((const char *)data, bytes);
	return 0;
}
