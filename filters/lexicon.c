/* lexicon.c: one hash table over the first words of all entries, each word's prefixes taken off one
 * by one. A word's hash is made from its end, so that what is left of it after a prefix has its
 * hash already. Loaded by one thread, then read by all. */
#include "filters/lexicon.h"

#include "base/buf.h"
#include "filters/parts.h"
#include "filters/spell.h"

#include <stdlib.h>
#include <string.h>

enum {
	ENTRY_POINTS_MOST = 64,
	WORD_POINTS_MOST = 32,  /* longer words are nobody's */
	PREFIX_MOST = 4,
	SQUASHED_LEAST = 4,     /* a squashed word shorter than this is too often an honest one */
	DOUBLED_LEAST = 5,
	FIRST_BITS = 127,       /* more than WORD_POINTS_MOST */
	ENTRIES_MOST = 200000,
	DEFINITIONS_MOST = 256,
	DEFINITION_DEPTH = 4,
	RARE_RANK = 1 << 13, /* as is most of what a pattern may match */
	WRITTEN_BYTES_MOST = 64 * 1024,
	SLOT_ENTRY_BITS = 18, /* more than ENTRIES_MOST */
	SLOT_ENTRY_MASK = (1 << SLOT_ENTRY_BITS) - 1,
	MEANINGS_MOST = 1 << 14,
	WIDE_FROM = 0xd800, /* no text has these points */
	WIDE_MOST = 256
};

/* What the words under a heading say when they are found. */
struct meaning {
	uint32_t marks; /* not 0: a marker and no finding */
	uint16_t symbol, score;
	uint8_t need;
};

enum { IN_FOLDED = 1, IN_SQUASHED = 2 };

struct entry {
	uint32_t at; /* its points in the pool */
	uint16_t meaning : 14;
	uint16_t views : 2;   /* in which it is looked for */
	uint8_t count;        /* points in all, */
	uint8_t first : 7;    /* in the first word */
	uint8_t is_last : 1;  /* of those that begin with this word */
};

/* What the words under a heading are. */
enum heading_kind { HEADING_NONE, HEADING_ENTRY, HEADING_KNOWN, HEADING_SOUND, HEADING_WEAK_SOUND };

struct heading {
	enum heading_kind kind;
	uint16_t meaning;
	uint32_t rank; /* of the next word: they stand with the commonest first */
};

struct lexicon {
	struct entry *entries;
	uint32_t count, room;
	struct meaning *meanings;
	uint32_t meaning_count, meaning_room;
	uint16_t *pool; /* points; WIDE_FROM and on: numbers of points that need more bits */
	size_t pool_count, pool_room;
	uint32_t wide[WIDE_MOST], wide_count;
	/* Of each first word the number + 1 of its first entry (the others stand behind it), and above
	 * it bits of its hash; a power of two. */
	uint32_t *slots;
	uint32_t slot_mask;
	struct vocabulary *vocabulary;
};

struct lexicon *lexicon_new(void)
{
	struct lexicon *lexicon = calloc(1, sizeof(*lexicon));

	if (!lexicon)
		return NULL;
	lexicon->vocabulary = vocabulary_new();
	if (!lexicon->vocabulary)
		lexicon_free(&lexicon);
	return lexicon;
}

void lexicon_free(struct lexicon **lexicon)
{
	if (!*lexicon)
		return;
	free((*lexicon)->entries);
	free((*lexicon)->meanings);
	free((*lexicon)->pool);
	free((*lexicon)->slots);
	vocabulary_free(&(*lexicon)->vocabulary);
	free(*lexicon);
	*lexicon = NULL;
}

unsigned lexicon_count(const struct lexicon *lexicon)
{
	return lexicon->count;
}

const struct vocabulary *lexicon_vocabulary(const struct lexicon *lexicon)
{
	return lexicon->vocabulary;
}

/* --- loading -------------------------------------------------------------------------------- */

static uint32_t hash_step(uint32_t hash, uint32_t point)
{
	return (hash ^ point) * 0x9E3779B1u;
}

static uint32_t hash_finish(uint32_t hash)
{
	return hash ^ hash >> 15;
}

static uint32_t point_at(const struct lexicon *lexicon, size_t at)
{
	uint32_t point = lexicon->pool[at];

	return point - WIDE_FROM < WIDE_MOST ? lexicon->wide[point - WIDE_FROM] : point;
}

/* What the pool has for a point: itself, if it has no more than 16 bits. */
static bool point_keep(struct lexicon *lexicon, uint32_t point, uint16_t *out)
{
	uint32_t number = 0;

	*out = (uint16_t)point;
	if (point <= UINT16_MAX)
		return true;
	while (number < lexicon->wide_count && lexicon->wide[number] != point)
		number++;
	if (number == WIDE_MOST)
		return false;
	if (number == lexicon->wide_count)
		lexicon->wide[lexicon->wide_count++] = point;
	*out = (uint16_t)(WIDE_FROM + number);
	return true;
}

/* Makes room for so many more. */
static bool reserve(void **list, size_t count, size_t more, size_t room, size_t each)
{
	size_t wanted = (room + more) * 2;
	void *grown;

	if (count + more <= room)
		return true;
	grown = realloc(*list, wanted * each);
	if (grown)
		*list = grown;
	return grown != NULL;
}

static enum err entry_add(struct lexicon *lexicon, const struct view *view, struct entry entry)
{
	if (!reserve((void **)&lexicon->entries, lexicon->count, 1, lexicon->room, sizeof(entry)))
		return ERR_NO_MEMORY;
	if (lexicon->count == lexicon->room)
		lexicon->room = (lexicon->room + 1) * 2;
	if (!reserve((void **)&lexicon->pool, lexicon->pool_count, view->count, lexicon->pool_room,
		sizeof(*lexicon->pool)))
		return ERR_NO_MEMORY;
	if (lexicon->pool_count + view->count > lexicon->pool_room)
		lexicon->pool_room = (lexicon->pool_room + view->count) * 2;
	entry.at = (uint32_t)lexicon->pool_count;
	entry.count = (uint8_t)view->count;
	entry.first = view->words[0].end & FIRST_BITS;
	for (uint32_t i = 0; i < view->count; i++)
		if (!point_keep(lexicon, view->points[i], &lexicon->pool[entry.at + i]))
			return ERR_TOO_LARGE;
	lexicon->pool_count += view->count;
	lexicon->entries[lexicon->count++] = entry;
	return ERR_NONE;
}

static bool same_meaning(const struct meaning *a, const struct meaning *b)
{
	return a->marks == b->marks && a->symbol == b->symbol && a->score == b->score
		&& a->need == b->need;
}

static enum err meaning_add(struct lexicon *lexicon, struct meaning meaning, uint16_t *out)
{
	uint32_t number = 0;

	while (number < lexicon->meaning_count
	       && !same_meaning(&lexicon->meanings[number], &meaning))
		number++;
	*out = (uint16_t)number;
	if (number < lexicon->meaning_count)
		return ERR_NONE;
	if (number == MEANINGS_MOST)
		return ERR_TOO_LARGE;
	if (!reserve((void **)&lexicon->meanings, number, 1, lexicon->meaning_room,
		sizeof(meaning)))
		return ERR_NO_MEMORY;
	if (number == lexicon->meaning_room)
		lexicon->meaning_room = (lexicon->meaning_room + 1) * 2;
	lexicon->meanings[lexicon->meaning_count++] = meaning;
	return ERR_NONE;
}

static enum err mark_read(struct source *source, struct piece name, struct meaning *out,
	struct why *why)
{
	static const char *const names[] = {
#define X(name, key) key,
		MARK_LIST(X)
#undef X
	};

	for (unsigned i = 0; i < MARK_COUNT; i++)
		if (piece_is(name, names[i]))
			out->marks = 1u << i;
	return out->marks ? ERR_NONE : source_fail(source, why, "there is no mark \"%.*s\".",
		(int)name.bytes, name.at);
}

/* `SYMBOL SCORE`, and behind it perhaps `person`, `address` or `coarse`. */
static enum err finding_read(const struct symbols *symbols, struct source *source,
	struct piece name, struct piece line, struct meaning *out, struct why *why)
{
	struct piece word;
	unsigned symbol, score;

	if (!symbols_find(symbols, name, &symbol))
		return source_fail(source, why, "symbols.conf has no symbol \"%.*s\".", (int)name.bytes,
			name.at);
	if (!piece_word(&line, &word) || !piece_number(word, SCORE_MOST, &score) || score == 0)
		return source_fail(source, why, "a score from 1 to 1000 must follow the symbol.");
	out->symbol = (uint16_t)symbol;
	out->score = (uint16_t)score;
	if (!line.bytes)
		return ERR_NONE;
	if (piece_is(line, "person"))
		out->need = NEED_PERSON;
	else if (piece_is(line, "address"))
		out->need = NEED_ADDRESS;
	else if (piece_is(line, "coarse"))
		out->need = NEED_COARSE;
	else
		return source_fail(source, why, "behind the score may stand \"person\", \"address\" or "
			"\"coarse\".");
	return ERR_NONE;
}

/* The heading above the words: a finding as above, `[mark NAME]`, `[known]`, `[known rare]`,
 * `[latin]` or `[latin weak]`. */
static enum err heading_read(struct lexicon *lexicon, const struct symbols *symbols,
	struct source *source, struct piece line, struct heading *out, struct why *why)
{
	struct meaning meaning = {0};
	struct piece word;
	enum err err;

	*out = (struct heading){.kind = HEADING_ENTRY};
	if (line.at[line.bytes - 1] != ']')
		return source_fail(source, why, "a heading ends with ].");
	line.at++;
	line.bytes -= 2;
	if (!piece_word(&line, &word))
		return source_fail(source, why, "the heading is empty.");
	if (piece_is(word, "known") && (!line.bytes || piece_is(line, "rare"))) {
		out->kind = HEADING_KNOWN;
		out->rank = line.bytes ? RARE_RANK : 0;
		return ERR_NONE;
	}
	if (piece_is(word, "latin") && (!line.bytes || piece_is(line, "weak"))) {
		out->kind = line.bytes ? HEADING_WEAK_SOUND : HEADING_SOUND;
		return ERR_NONE;
	}
	err = piece_is(word, "mark") ? mark_read(source, line, &meaning, why)
				     : finding_read(symbols, source, word, line, &meaning, why);
	return err ? err : meaning_add(lexicon, meaning, &out->meaning);
}

/* The words that an entry is made of are worth finding behind a disguise; honest ones are to be
 * left alone. */
static enum err vocabulary_learn(struct lexicon *lexicon, const struct view *view, unsigned kind,
	uint32_t rank)
{
	enum err err = ERR_NONE;

	for (uint32_t i = 0; !err && i < view->word_count; i++)
		err = vocabulary_add(lexicon->vocabulary, view->points + view->words[i].start,
			view->words[i].end - view->words[i].start, kind, rank);
	return err;
}

/* `sharmuta = שרמוטה`. */
static enum err sound_read(struct lexicon *lexicon, struct source *source, struct text *text,
	struct piece piece, bool weak, struct why *why)
{
	const char *equals = memchr(piece.at, '=', piece.bytes);
	uint32_t latin[KNOWN_POINTS_MOST], count = 0;
	enum err err;

	if (!equals)
		return source_fail(source, why, "write: sharmuta = שרמוטה.");
	for (const char *at = piece.at; at < equals && count < KNOWN_POINTS_MOST; at++)
		if (*at != ' ')
			latin[count++] = (uint32_t)(unsigned char)*at;
	err = text_read(text, equals + 1, piece.bytes - (size_t)(equals + 1 - piece.at));
	if (err)
		return err;
	if (count < 2 || text->folded.count == 0)
		return source_fail(source, why, "\"%.*s\" says nothing.", (int)piece.bytes, piece.at);
	return vocabulary_add_sound(lexicon->vocabulary, latin, count, text->folded.points,
		text->folded.count, weak);
}

static unsigned kind_of(uint32_t marks, const struct text *text)
{
	if (marks & MARK_BIT(ORDINARY))
		return KNOWN_ORDINARY;
	return !marks && text->folded.word_count == 1 ? KNOWN_SOUGHT | KNOWN_LISTED
							     : KNOWN_SOUGHT;
}

static bool same_points(const struct view *a, const struct view *b)
{
	return a->count == b->count && a->words[0].end == b->words[0].end
		&& memcmp(a->points, b->points, a->count * sizeof(a->points[0])) == 0;
}

/* Insults are looked for behind disguises as well, but for the short ones. */
static enum err views_add(struct lexicon *lexicon, const struct text *text, uint16_t meaning)
{
	struct entry entry = {.meaning = meaning & (MEANINGS_MOST - 1u), .views = IN_FOLDED};
	bool squashed = !lexicon->meanings[meaning].marks
		&& text->squashed.count >= SQUASHED_LEAST;
	enum err err;

	if (squashed && same_points(&text->folded, &text->squashed)) {
		entry.views = IN_FOLDED | IN_SQUASHED;
		squashed = false;
	}
	err = entry_add(lexicon, &text->folded, entry);
	entry.views = IN_SQUASHED;
	if (!err && squashed)
		err = entry_add(lexicon, &text->squashed, entry);
	return err;
}

static enum err entry_read(struct lexicon *lexicon, struct source *source, struct text *text,
	struct piece piece, uint16_t meaning, struct why *why)
{
	enum err err;

	if (text->folded.word_count == 0 || text->folded.words[0].start != 0)
		return source_fail(source, why, "\"%.*s\" is no word.", (int)piece.bytes, piece.at);
	if (text->folded.count > ENTRY_POINTS_MOST || text->folded.words[0].end > WORD_POINTS_MOST)
		return source_fail(source, why, "\"%.*s\" is too long.", (int)piece.bytes, piece.at);
	if (lexicon->count >= ENTRIES_MOST)
		return source_fail(source, why, "more than %d words.", ENTRIES_MOST);
	err = views_add(lexicon, text, meaning);
	if (err == ERR_TOO_LARGE)
		return source_fail(source, why, "more than %d emoji and rare letters.", WIDE_MOST);
	return err ? err : vocabulary_learn(lexicon, &text->folded,
		kind_of(lexicon->meanings[meaning].marks, text), UINT32_MAX);
}

static enum err word_read(struct lexicon *lexicon, struct source *source, struct text *text,
	struct piece piece, struct heading *heading, struct why *why)
{
	enum err err;

	if (heading->kind >= HEADING_SOUND)
		return sound_read(lexicon, source, text, piece, heading->kind == HEADING_WEAK_SOUND,
			why);
	err = text_read(text, piece.at, piece.bytes);
	if (err)
		return err;
	if (heading->kind == HEADING_KNOWN)
		return vocabulary_learn(lexicon, &text->folded, KNOWN_ORDINARY, heading->rank++);
	return entry_read(lexicon, source, text, piece, heading->meaning, why);
}

static enum err words_read(struct lexicon *lexicon, struct source *source, struct text *text,
	struct piece line, struct heading *heading, struct why *why)
{
	enum err err = ERR_NONE;

	while (!err && line.bytes) {
		const char *comma = memchr(line.at, ',', line.bytes);
		size_t bytes = comma ? (size_t)(comma - line.at) : line.bytes;
		struct piece word = {line.at, bytes};

		line.at += bytes + (comma != NULL);
		line.bytes -= bytes + (comma != NULL);
		while (word.bytes && (*word.at == ' ' || *word.at == '\t'))
			word.at++, word.bytes--;
		/* A comma may end a line. */
		if (word.bytes)
			err = word_read(lexicon, source, text, word, heading, why);
	}
	return err;
}

enum err lexicon_load(struct lexicon *lexicon, const struct symbols *symbols, struct source *source,
	struct why *why)
{
	struct heading heading = {0};
	struct text text = {0};
	struct piece key, rest;
	enum err err = ERR_NONE;

	while (!err && source_next(source, &key, &rest)) {
		struct piece line = {key.at, (size_t)(rest.at - key.at) + rest.bytes};

		if (line.at[0] == '[') {
			err = heading_read(lexicon, symbols, source, line, &heading, why);
		} else if (!heading.kind) {
			err = source_fail(source, why, "words stand under a heading such as [INSULT 600].");
		} else {
			err = words_read(lexicon, source, &text, line, &heading, why);
		}
	}
	text_fini(&text);
	return err;
}

struct learner {
	struct lexicon *lexicon;
	enum err err;
};

static void word_learn(void *to, const uint32_t *points, uint32_t count)
{
	struct learner *learner = to;

	if (!learner->err)
		learner->err = vocabulary_add(learner->lexicon->vocabulary, points, count,
			KNOWN_SOUGHT, RARE_RANK);
}

/* What a file of rules defines. */
struct definitions {
	struct piece names[DEFINITIONS_MOST], meanings[DEFINITIONS_MOST];
	unsigned count;
};

static void definitions_read(struct source source, struct definitions *out)
{
	struct piece key, rest, word;

	source.at = 0;
	out->count = 0;
	while (source_next(&source, &key, &rest) && out->count < DEFINITIONS_MOST) {
		if (!piece_is(key, "define") || !piece_word(&rest, &word))
			continue;
		out->names[out->count] = word;
		out->meanings[out->count++] = rest;
	}
}

/* Writes a pattern out with what <NAME> stands for in it, in brackets; `depth` keeps it finite. */
static void pattern_write(const struct definitions *definitions, struct piece pattern,
	unsigned depth, struct buf *out)
{
	for (size_t at = 0; at < pattern.bytes && out->bytes < WRITTEN_BYTES_MOST; at++) {
		const char *close = pattern.at[at] == '<' && depth
			? memchr(pattern.at + at, '>', pattern.bytes - at) : NULL;
		size_t bytes = close ? (size_t)(close - pattern.at) - at - 1 : 0;
		unsigned i = 0;

		while (close && i < definitions->count && (definitions->names[i].bytes != bytes
			|| memcmp(definitions->names[i].at, pattern.at + at + 1, bytes) != 0))
			i++;
		if (!close || i == definitions->count) {
			buf_add(out, pattern.at + at, 1);
			continue;
		}
		buf_text(out, "(?:");
		pattern_write(definitions, definitions->meanings[i], depth - 1, out);
		buf_text(out, ")");
		at += bytes + 1;
	}
}

enum err lexicon_learn_rules(struct lexicon *lexicon, struct source *source)
{
	struct learner learner = {lexicon, ERR_NONE};
	struct source again = *source;
	struct definitions definitions;
	struct text text = {0};
	struct buf pattern = {0};
	struct piece key, rest;

	definitions_read(again, &definitions);
	again.at = 0;
	while (!learner.err && source_next(&again, &key, &rest)) {
		if (piece_is(key, "match")) {
			buf_clear(&pattern);
			pattern_write(&definitions, rest, DEFINITION_DEPTH, &pattern);
			if (buf_ok(&pattern))
				spell_pattern(pattern.data, pattern.bytes, word_learn, &learner);
			else
				learner.err = ERR_NO_MEMORY;
		}
		if (!piece_is(key, "catches"))
			continue;
		learner.err = text_read(&text, rest.at, rest.bytes);
		if (!learner.err)
			learner.err = vocabulary_learn(lexicon, &text.folded, KNOWN_SOUGHT,
				UINT32_MAX);
	}
	text_fini(&text);
	buf_fini(&pattern);
	return learner.err;
}

/* What was reserved for words that did not come. */
static void entries_trim(struct lexicon *lexicon)
{
	struct entry *entries = realloc(lexicon->entries, (lexicon->count + 1) * sizeof(*entries));
	uint16_t *pool = realloc(lexicon->pool, (lexicon->pool_count + 1) * sizeof(*pool));

	if (entries) {
		lexicon->entries = entries;
		lexicon->room = lexicon->count + 1;
	}
	if (pool) {
		lexicon->pool = pool;
		lexicon->pool_room = lexicon->pool_count + 1;
	}
}

static uint32_t hash_entry(const struct lexicon *lexicon, const struct entry *entry)
{
	uint32_t hash = 0;

	for (uint32_t i = entry->first; i > 0; i--)
		hash = hash_step(hash, point_at(lexicon, entry->at + i - 1));
	return hash_finish(hash);
}

struct hashed {
	uint32_t hash; /* of the first word */
	struct entry entry;
};

/* Entries that begin with the same word, in the order in which they were read. */
static int compare_hashed(const void *a, const void *b)
{
	const struct hashed *left = a, *right = b;

	if (left->hash != right->hash)
		return left->hash < right->hash ? -1 : 1;
	if (left->entry.first != right->entry.first)
		return left->entry.first < right->entry.first ? -1 : 1;
	return left->entry.at < right->entry.at ? -1 : left->entry.at > right->entry.at;
}

static bool same_first(const struct hashed *a, const struct hashed *b)
{
	return a->hash == b->hash && a->entry.first == b->entry.first;
}

/* Returns how many first words there are. */
static uint32_t entries_group(struct lexicon *lexicon, struct hashed *hashed)
{
	uint32_t count = lexicon->count, groups = 0;

	for (uint32_t i = 0; i < count; i++)
		hashed[i] = (struct hashed){hash_entry(lexicon, &lexicon->entries[i]),
			lexicon->entries[i]};
	qsort(hashed, count, sizeof(*hashed), compare_hashed);
	for (uint32_t i = 0; i < count; i++) {
		hashed[i].entry.is_last = i + 1 == count || !same_first(&hashed[i], &hashed[i + 1]);
		groups += hashed[i].entry.is_last;
		lexicon->entries[i] = hashed[i].entry;
	}
	return groups;
}

static enum err slots_make(struct lexicon *lexicon, const struct hashed *hashed, uint32_t groups)
{
	uint32_t slots = 16;

	while (slots < groups * 2)
		slots *= 2;
	lexicon->slots = calloc(slots, sizeof(*lexicon->slots));
	if (!lexicon->slots)
		return ERR_NO_MEMORY;
	lexicon->slot_mask = slots - 1;
	for (uint32_t i = 0; i < lexicon->count; i++) {
		uint32_t slot = hashed[i].hash & lexicon->slot_mask;

		if (i > 0 && !lexicon->entries[i - 1].is_last)
			continue;
		while (lexicon->slots[slot])
			slot = (slot + 1) & lexicon->slot_mask;
		lexicon->slots[slot] = (i + 1) | hashed[i].hash >> SLOT_ENTRY_BITS << SLOT_ENTRY_BITS;
	}
	return ERR_NONE;
}

enum err lexicon_finish(struct lexicon *lexicon)
{
	struct hashed *hashed = malloc((lexicon->count + 1) * sizeof(*hashed));
	enum err err = hashed ? vocabulary_finish(lexicon->vocabulary) : ERR_NO_MEMORY;

	entries_trim(lexicon);
	if (!err)
		err = slots_make(lexicon, hashed, entries_group(lexicon, hashed));
	free(hashed);
	return err;
}

/* --- looking up ----------------------------------------------------------------------------- */

struct search {
	const struct lexicon *lexicon;
	const struct view *view;
	bool squashed;
	uint32_t *marks;
	struct hit *hits;
	uint32_t most, count;
};

/* Does the entry stand at `at`? A space of the entry may be a hyphen in the text. */
static bool entry_stands(const struct search *search, const struct entry *entry, uint32_t at)
{
	const struct view *view = search->view;

	if (!(entry->views & (search->squashed ? IN_SQUASHED : IN_FOLDED))
	    || at + entry->count > view->count)
		return false;
	/* From the end: the first words are mostly the same. */
	for (uint32_t i = entry->count; i > 0; i--) {
		uint32_t point = point_at(search->lexicon, entry->at + i - 1);
		uint32_t there = view->points[at + i - 1];

		if (there != point && !(point == ' ' && there == '-'))
			return false;
	}
	at += entry->count;
	return at == view->count || (view->marks[at] & POINT_KIND) == GLYPH_OTHER
		|| (view->marks[at] & POINT_KIND) == GLYPH_SPACE;
}

/* A mark stands at the first word; that a phrase is ordinary concerns all of its words. */
static void marks_note(struct search *search, const struct entry *entry, uint32_t word, uint32_t at,
	uint32_t marks)
{
	const struct view *view = search->view;

	if (!search->marks)
		return;
	search->marks[word] |= marks;
	if (!(marks & MARK_BIT(ORDINARY)) || entry->count == entry->first)
		return;
	for (; word < view->word_count && view->words[word].start < at + entry->count; word++)
		search->marks[word] |= MARK_BIT(ORDINARY) | WORD_CLEARED;
}

static void entry_note(struct search *search, const struct entry *entry, uint32_t word, uint32_t at,
	bool prefixed)
{
	const struct meaning *meaning = &search->lexicon->meanings[entry->meaning];
	struct hit *hit;

	if (meaning->marks) {
		marks_note(search, entry, word, at, meaning->marks);
		return;
	}
	/* "The dog" is not what somebody is called to their face. */
	if (prefixed && meaning->need == NEED_ADDRESS)
		return;
	if (search->count == search->most)
		return;
	hit = &search->hits[search->count++];
	*hit = (struct hit){.first_word = word, .last_word = word, .start = at,
		.end = at + entry->count, .symbol = meaning->symbol, .score = meaning->score,
		.need = meaning->need};
	while (hit->last_word + 1 < search->view->word_count
	       && search->view->words[hit->last_word + 1].start < hit->end)
		hit->last_word++;
}

/* The first entry that begins with a word of this hash and length; NULL if there is none. */
static const struct entry *entry_find(const struct lexicon *lexicon, uint32_t hash, uint32_t first)
{
	uint32_t slot = hash & lexicon->slot_mask;

	for (; lexicon->slots[slot]; slot = (slot + 1) & lexicon->slot_mask) {
		const struct entry *entry;

		if ((lexicon->slots[slot] ^ hash) >> SLOT_ENTRY_BITS)
			continue;
		entry = &lexicon->entries[(lexicon->slots[slot] & SLOT_ENTRY_MASK) - 1];
		if (entry->first == first && hash_entry(lexicon, entry) == hash)
			return entry;
	}
	return NULL;
}

/* Notes every entry that stands at `at`; one known as ordinary keeps the others from counting. True
 * if something was found. */
static bool look_up(struct search *search, uint32_t hash, uint32_t word, uint32_t at,
	uint32_t first, bool prefixed)
{
	const struct lexicon *lexicon = search->lexicon;
	const struct entry *entry = entry_find(lexicon, hash, first);
	uint32_t hits_before = search->count;
	bool found = false;

	for (bool more = entry != NULL; more; entry++) {
		more = !entry->is_last;
		if (!entry_stands(search, entry, at))
			continue;
		entry_note(search, entry, word, at, prefixed);
		found = true;
		if (lexicon->meanings[entry->meaning].marks & MARK_BIT(ORDINARY)) {
			search->count = hits_before;
			return true;
		}
	}
	return found;
}

/* How many points may be taken off the front, leaving two at least. */
static uint32_t prefixes_of(const struct view *view, const struct word *word)
{
	uint32_t most = word->end - word->start, count = 0;

	most = most > 2 ? most - 2 : 0;
	if (word->script == SCRIPT_HEBREW) {
		most = most < 3 ? most : 3;
		/* In writing by ear, the יא of an insult becomes one letter of it. */
		if (most && view->points[word->start] == 0x05D9)
			return 1;
		while (count < most && vocabulary_is_hebrew_prefix(view->points[word->start + count]))
			count++;
	} else if (word->script == SCRIPT_ARABIC) {
		most = most < PREFIX_MOST ? most : PREFIX_MOST;
		while (count < most && vocabulary_is_arabic_prefix(view->points[word->start + count]))
			count++;
	}
	return count;
}

static void find_word(struct search *search, uint32_t number)
{
	const struct word *word = &search->view->words[number];
	uint32_t length = word->end - word->start, hash = 0, hashes[PREFIX_MOST + 1];
	uint32_t prefixes;

	if (length > WORD_POINTS_MOST)
		return;
	prefixes = prefixes_of(search->view, word);
	for (uint32_t at = word->end; at > word->start; at--) {
		uint32_t before = at - 1 - word->start;

		hash = hash_step(hash, search->view->points[at - 1]);
		if (before <= prefixes)
			hashes[before] = hash_finish(hash);
	}
	for (uint32_t taken = 0; taken <= prefixes; taken++)
		if (look_up(search, hashes[taken], number, word->start + taken, length - taken,
			taken > 0))
			return;
}

/* One letter written twice is a disguise of longer words only: many a short one is spelt so. */
static bool looks_disguised(const struct word *word)
{
	return word->flags & WORD_DISGUISED
		|| (word->flags & WORD_DOUBLED && word->end - word->start >= DOUBLED_LEAST);
}

/* In the squashed view a hit counts only if a disguise stands in it. Returns how many are left. */
static uint32_t keep_disguised(const struct search *search, uint32_t from)
{
	uint32_t kept = from;

	for (uint32_t i = from; i < search->count; i++) {
		bool disguised = false;

		for (uint32_t word = search->hits[i].first_word; word <= search->hits[i].last_word; word++)
			disguised = disguised || looks_disguised(&search->view->words[word]);
		if (disguised)
			search->hits[kept++] = search->hits[i];
	}
	return kept;
}

/* The number of the first word from `number` on that looks disguised; word_count if none does. */
static uint32_t next_disguised(const struct view *view, uint32_t number)
{
	while (number < view->word_count && !looks_disguised(&view->words[number]))
		number++;
	return number;
}

/* Only what begins at a disguised word, or can reach one, is looked for. */
static uint32_t find_disguised(struct search *search)
{
	const struct view *view = search->view;
	uint32_t next = next_disguised(view, 0);

	for (uint32_t i = 0; next < view->word_count; i++) {
		uint32_t before = search->count;

		if (i > next)
			next = next_disguised(view, i);
		if (next == view->word_count || view->words[next].start - view->words[i].start
			> WORD_POINTS_MOST + ENTRY_POINTS_MOST)
			continue;
		find_word(search, i);
		search->count = keep_disguised(search, before);
	}
	return search->count;
}

uint32_t lexicon_find(const struct lexicon *lexicon, const struct view *view, bool disguised_only,
	uint32_t *marks, struct hit *hits, uint32_t most)
{
	struct search search = {.lexicon = lexicon, .view = view, .squashed = disguised_only,
		.marks = marks, .hits = hits, .most = most};

	if (marks)
		memset(marks, 0, view->word_count * sizeof(*marks));
	if (disguised_only)
		return find_disguised(&search);
	for (uint32_t i = 0; i < view->word_count; i++)
		find_word(&search, i);
	return search.count;
}
