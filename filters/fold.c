/* fold.c: words as the search index wants them. Any thread, no state. */
#include "filters/fold.h"

#include "base/utf8.h"
#include "filters/glyph.h"

#include <stdbool.h>
#include <string.h>

/* What joins two halves of one word: apostrophe and double quote, to which glyph_fold() has brought
 * geresh, gershayim and the curly ones. */
static bool joins_letters(uint32_t point)
{
	return point == '\'' || point == '"';
}

struct word_writer {
	struct buf *out;
	bool begun;       /* something stands in `out` already */
	bool in_word;
	bool after_letter;
	bool joiner;      /* a joiner came after a letter; whether it joins, the next one says */
	char some[128];   /* on its way to `out` */
	size_t filled;
};

static void flush(struct word_writer *writer)
{
	buf_add(writer->out, writer->some, writer->filled);
	writer->filled = 0;
}

static inline void write_point(struct word_writer *writer, uint32_t point, enum glyph_kind kind)
{
	bool letter = kind == GLYPH_LETTER;

	if (!letter && kind != GLYPH_DIGIT) {
		writer->joiner = writer->after_letter && joins_letters(point);
		writer->in_word = writer->in_word && writer->joiner;
		writer->after_letter = false;
		return;
	}
	if (writer->joiner && !letter)
		writer->in_word = false;
	if (writer->filled > sizeof writer->some - 5)
		flush(writer);
	if (!writer->in_word && writer->begun)
		writer->some[writer->filled++] = ' ';
	if (point < 0x80)
		writer->some[writer->filled++] = (char)point;
	else
		writer->filled += utf8_put(point, writer->some + writer->filled);
	writer->begun = writer->in_word = true;
	writer->after_letter = letter;
	writer->joiner = false;
}

/* One point that folds to several, or to none. */
static void write_folded(struct word_writer *writer, uint32_t point, uint32_t entry)
{
	uint32_t folded[GLYPH_FOLD_MOST];
	unsigned count = glyph_fold(point, entry, folded);

	for (unsigned i = 0; i < count; i++)
		write_point(writer, folded[i], GLYPH_KIND(glyph_entry(folded[i])));
}

/* How many bytes from `at` on are ASCII letters and digits, which fold to themselves or to their
 * small form: most of what follows a letter. */
static size_t write_run(struct word_writer *writer, const char *text, size_t bytes, size_t at)
{
	const uint32_t *ascii = glyph_pages[0];
	size_t from = at;

	while (at < bytes && writer->filled < sizeof writer->some) {
		unsigned char byte = (unsigned char)text[at];
		uint32_t entry = byte < 0x80 ? ascii[byte] : 0;
		enum glyph_kind kind = GLYPH_KIND(entry);

		if (kind != GLYPH_LETTER && kind != GLYPH_DIGIT)
			break;
		writer->some[writer->filled++] = (char)(GLYPH_POINT(entry) ? GLYPH_POINT(entry) : byte);
		writer->after_letter = kind == GLYPH_LETTER;
		at++;
	}
	return at - from;
}

enum err fold_words(const char *text, size_t bytes, struct buf *out)
{
	struct word_writer writer;
	enum err err = glyph_prepare();

	if (err)
		return err;
	if (!utf8_valid(text, bytes))
		return ERR_BAD_PARAMS;
	writer.out = out;
	writer.begun = writer.in_word = writer.after_letter = writer.joiner = false;
	writer.filled = 0;
	for (size_t at = 0; at < bytes;) {
		uint32_t point = utf8_next(text, bytes, &at), entry = glyph_entry(point);
		uint32_t folded = GLYPH_POINT(entry);
		enum glyph_kind kind = GLYPH_KIND(entry);

		if (entry & GLYPH_EXPANDS || kind == GLYPH_MARK || kind == GLYPH_INVISIBLE)
			write_folded(&writer, point, entry);
		else if (folded)
			write_point(&writer, folded, GLYPH_KIND(glyph_entry(folded)));
		else
			write_point(&writer, point, kind);
		if (writer.in_word && !writer.joiner)
			at += write_run(&writer, text, bytes, at);
	}
	flush(&writer);
	return buf_ok(out) ? ERR_NONE : ERR_NO_MEMORY;
}

/* All Hebrew and Arabic letters of interest are two bytes long in UTF-8. */
enum { LETTER_BYTES = 2 };

static bool starts_with(const char *word, size_t bytes, const char *prefix)
{
	size_t prefix_bytes = strlen(prefix);

	return bytes > prefix_bytes && memcmp(word, prefix, prefix_bytes) == 0;
}

static bool starts_with_any(const char *word, size_t bytes, const char *const *prefixes)
{
	for (; *prefixes; prefixes++)
		if (starts_with(word, bytes, *prefixes))
			return true;
	return false;
}

/* Each Arabic prefix may come once, in this order; لل is ل and ال run together. */
static size_t arabic_step(const char *word, size_t bytes, unsigned *stage)
{
	static const char *const conjunctions[] = {"و", "ف", NULL};
	static const char *const prepositions[] = {"ب", "ل", "ك", NULL};

	if (*stage == 0) {
		*stage = 1;
		if (starts_with_any(word, bytes, conjunctions))
			return LETTER_BYTES;
	}
	if (*stage == 1) {
		*stage = 2;
		if (starts_with(word, bytes, "لل")) {
			*stage = 3;
			return 2 * LETTER_BYTES;
		}
		if (starts_with_any(word, bytes, prepositions))
			return LETTER_BYTES;
	}
	if (*stage == 2) {
		*stage = 3;
		if (starts_with(word, bytes, "ال"))
			return 2 * LETTER_BYTES;
	}
	return 0;
}

static size_t hebrew_step(const char *word, size_t bytes, unsigned *stage)
{
	static const char *const prefixes[] = {"ו", "ה", "ב", "כ", "ל", "מ", "ש", NULL};

	return (*stage)++ < 3 && starts_with_any(word, bytes, prefixes) ? LETTER_BYTES : 0;
}

size_t fold_variants(const char *word, size_t bytes, struct fold_variant out[FOLD_VARIANTS_MOST])
{
	size_t count = 0;
	unsigned hebrew = 0, arabic = 0;

	out[count++] = (struct fold_variant){word, bytes};
	if (bytes && (unsigned char)word[0] < 0x80)
		return count;
	while (count < FOLD_VARIANTS_MOST) {
		size_t step = hebrew_step(word, bytes, &hebrew);

		if (!step)
			step = arabic_step(word, bytes, &arabic);
		if (!step || bytes < step + 2 * LETTER_BYTES)
			break;
		word += step;
		bytes -= step;
		out[count++] = (struct fold_variant){word, bytes};
	}
	return count;
}
