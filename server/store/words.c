/* words.c: folded words with their circle's code; see words.h. Any thread. */
#include "store/words.h"

#include <string.h>

#include "base/utf8.h"

enum {
	CODE_LETTERS = 5,     /* of a circle: five bits each */
	WORD_BYTES_MOST = 64, /* a longer word is known by its beginning */
	QUERY_BYTES_MOST = 1024,
	LETTER = 2, /* bytes of a Hebrew or Arabic letter */
	TOLD_PLACES = 512,
	TOLD_MOST = 400,
};

/* At most `most` bytes, not cutting through a code point. */
static size_t cut(const char *text, size_t bytes, size_t most)
{
	if (bytes <= most)
		return bytes;
	while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
		most--;
	return most;
}

static void code_of(int64_t circle, char code[CODE_LETTERS])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";

	for (int i = CODE_LETTERS - 1; i >= 0; i--, circle >>= 5)
		code[i] = digits[circle & 31];
}

static void add_word(struct buf *out, int64_t circle, const char *word, size_t bytes)
{
	char code[CODE_LETTERS];

	code_of(circle, code);
	buf_add(out, code, sizeof code);
	buf_add(out, word, bytes);
}

/* The next of the words that fold_words() wrote, cut; NULL at the end. */
static const char *next_word(const struct buf *folded, size_t *at, size_t *bytes)
{
	const char *word, *end;

	if (*at >= folded->bytes)
		return NULL;
	word = folded->data + *at;
	end = memchr(word, ' ', folded->bytes - *at);
	*bytes = end ? (size_t)(end - word) : folded->bytes - *at;
	*at += *bytes + 1;
	*bytes = cut(word, *bytes, WORD_BYTES_MOST);
	return word;
}

/* The words that stand in a text already: a word is told the index once. */
struct told {
	uint32_t places[TOLD_PLACES]; /* by hash: where in the text + 1, or 0 */
	uint32_t count;
};

static uint32_t hash_of(const char *word, size_t bytes)
{
	uint64_t hash = bytes, piece = 0;

	for (; bytes > sizeof piece; word += sizeof piece, bytes -= sizeof piece) {
		memcpy(&piece, word, sizeof piece);
		hash = (hash ^ piece) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	piece = 0;
	memcpy(&piece, word, bytes);
	hash = (hash ^ piece) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(hash >> 32);
}

/* Whether `out` has it; if not, notes that it comes at the end of `out`. Of a very long text only
 * the first words are remembered. */
static bool was_told(struct told *told, const struct buf *out, const char *word, size_t bytes)
{
	uint32_t at = hash_of(word, bytes) % TOLD_PLACES;

	for (; told->places[at]; at = (at + 1) % TOLD_PLACES) {
		const char *other = out->data + told->places[at] - 1;

		if (memcmp(other, word, bytes) == 0 && (other[bytes] == ' ' || other[bytes] == '\0'))
			return true;
	}
	if (told->count < TOLD_MOST && out->bytes < UINT32_MAX / 2) {
		told->places[at] = (uint32_t)(out->bytes + 1 + CODE_LETTERS + 1);
		told->count++;
	}
	return false;
}

void words_of_folded(int64_t circle, const struct buf *folded, struct buf *out)
{
	struct fold_variant variants[FOLD_VARIANTS_MOST];
	struct told told = {0};
	char code[1 + CODE_LETTERS] = " ";
	const char *word;

	code_of(circle, code + 1);
	for (size_t at = 0, word_bytes; (word = next_word(folded, &at, &word_bytes));) {
		size_t count = fold_variants(word, word_bytes, variants);

		/* Room for all of them, and so that comparing never reads beyond. */
		buf_reserve(out, FOLD_VARIANTS_MOST * (sizeof code + WORD_BYTES_MOST) + WORD_BYTES_MOST);
		if (!buf_ok(out))
			return;
		for (size_t i = 0; i < count; i++) {
			if (was_told(&told, out, variants[i].at, variants[i].bytes))
				continue;
			memcpy(out->data + out->bytes, code, sizeof code);
			memcpy(out->data + out->bytes + sizeof code, variants[i].at, variants[i].bytes);
			out->bytes += sizeof code + variants[i].bytes;
			out->data[out->bytes] = '\0';
		}
	}
	if (out->bytes)
		buf_add(out, " ", 1);
}

static bool is_taken(const char *taken, size_t bytes, const char *prefix)
{
	return strlen(prefix) == bytes && memcmp(taken, prefix, bytes) == 0;
}

/* Whoever asks for a word with an article means the word; but what looks like a preposition is
 * more often the word's own first letter (מכתב is not כתב), so it needs a longer rest to be taken
 * off. */
static bool means_the_same(const char *word, size_t taken, size_t left)
{
	static const char *const articles[] = {"ה",   "ו",   "וה", "ال",  "وال", "بال",
										   "كال", "فال", "لل", "ولل", "فلل"};

	for (size_t i = 0; i < sizeof articles / sizeof *articles; i++)
		if (is_taken(word, taken, articles[i]))
			return true;
	return left >= (size_t)4 * LETTER;
}

static void clause_add(struct words_query *query, const char *word, size_t bytes)
{
	struct words_clause *clause = &query->clauses[query->count++];
	struct fold_variant variants[FOLD_VARIANTS_MOST];
	size_t count = fold_variants(word, bytes, variants);

	for (size_t i = 0; i < count; i++) {
		if (i > 0 && !means_the_same(word, bytes - variants[i].bytes, variants[i].bytes))
			continue;
		clause->at[clause->count] = query->words.bytes;
		add_word(&query->words, query->circle, variants[i].at, variants[i].bytes);
		clause->bytes[clause->count] = query->words.bytes - clause->at[clause->count];
		clause->count++;
	}
}

/* `("a" OR "b") AND ("c" * OR "d")`. Folded words hold letters and digits alone: no quotes. */
static void match_write(struct words_query *query)
{
	for (int i = 0; i < query->count; i++) {
		const struct words_clause *clause = &query->clauses[i];

		buf_text(&query->match, i ? " AND (" : "(");
		for (int j = 0; j < clause->count; j++) {
			buf_text(&query->match, j ? " OR \"" : "\"");
			buf_add(&query->match, query->words.data + clause->at[j], clause->bytes[j]);
			buf_text(&query->match, clause->is_begun && j == 0 ? "\" *" : "\"");
		}
		buf_text(&query->match, ")");
	}
}

enum err words_query_init(struct words_query *query, int64_t circle, const char *text, size_t bytes)
{
	struct buf folded = {0};
	enum err err = fold_words(text, cut(text, bytes, QUERY_BYTES_MOST), &folded);
	const char *word;

	*query = (struct words_query){.circle = circle};
	for (size_t at = 0, word_bytes;
		 !err && query->count < WORDS_QUERY_MOST && (word = next_word(&folded, &at, &word_bytes));)
		clause_add(query, word, word_bytes);
	buf_fini(&folded);
	if (err || !query->count)
		return err;
	query->clauses[query->count - 1].is_begun = true;
	match_write(query);
	return buf_ok(&query->words) && buf_ok(&query->match) ? ERR_NONE : ERR_NO_MEMORY;
}

void words_query_fini(struct words_query *query)
{
	buf_fini(&query->words);
	buf_fini(&query->match);
}

static bool clause_matches(const struct words_query *query, const struct words_clause *clause,
						   const struct buf *said)
{
	for (int i = 0; i < clause->count; i++) {
		char sought[WORD_BYTES_MOST + CODE_LETTERS + 2];
		size_t bytes = clause->bytes[i];

		sought[0] = ' ';
		memcpy(sought + 1, query->words.data + clause->at[i], bytes);
		sought[bytes + 1] = ' ';
		if (memmem(said->data, said->bytes, sought, bytes + (clause->is_begun && i == 0 ? 1 : 2)))
			return true;
	}
	return false;
}

enum err words_query_matches(const struct words_query *query, const char *text, size_t bytes,
							 bool *matches)
{
	struct buf folded = {0}, said = {0};
	enum err err = fold_words(text, bytes, &folded);

	if (!err)
		words_of_folded(query->circle, &folded, &said);
	if (!err && !buf_ok(&said))
		err = ERR_NO_MEMORY;
	*matches = !err && said.bytes;
	for (int i = 0; i < query->count && *matches; i++)
		*matches = clause_matches(query, &query->clauses[i], &said);
	buf_fini(&said);
	buf_fini(&folded);
	return err;
}
