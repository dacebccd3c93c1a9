/* rules.c: patterns that a person wrote, the one door to PCRE2. Each pattern is compiled on its own
 * (one large alternation is six times slower, and reports one rule only); the prefilter says which
 * of them are worth trying. Loaded by one thread, then read by all. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "filters/rules.h"

#include "base/grow.h"
#include "base/utf8.h"
#include "filters/context.h"
#include "filters/literals.h"
#include "filters/parts.h"
#include "filters/prefilter.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PATTERNS_MOST = 20000,
	MACROS_MOST = 128, /* of a file */
	MACRO_NAME = 24,
	EXAMPLES_MOST = 20000,
	UNLESS_MOST = 20000,
	NEST_MOST = 16,
	/* Bytes of text times patterns tried on one message: 200 patterns on the longest text fit. */
	BUDGET_BYTES = 32 * 1024 * 1024,
	JIT_STACK_FIRST = 32 * 1024,
	JIT_STACK_MOST = 512 * 1024,
	LOOSE_BYTES_MOST = 4 * PATTERN_BYTES_MOST
};

/* A pattern for the folded view has a twin for the squashed one, which has no letter twice in a
 * row. Both are one code: "kill" is compiled as "kil(?:l|(?C1))", and the callout lets the second
 * letter be left out on the squashed view alone. */
#define LOOSE "(?C1)"
enum { LOOSE_CALLOUT = 1 };

struct pattern {
	pcre2_code *code;
	pcre2_code *twin; /* of what cannot be written so; NULL: the same code */
	uint16_t rule;
	uint8_t view;
	uint16_t unless_from, unless_to; /* what takes its findings back, in `unless` */
	uint8_t twin_most; /* so many code points a match of the twin has at most, or BEFORE_ANY */
};

/* Which patterns are worth trying, and which twins. */
enum candidates { OWN, TWIN, CANDIDATES };

struct rule {
	char name[RULE_NAME];
	uint16_t symbol, score;
	uint8_t guards, view;
	bool has_symbol, has_pattern;
};

struct macro {
	char name[MACRO_NAME];
	char *text;
};

struct stored_example {
	uint32_t at; /* its text, in `texts` */
	uint32_t bytes;
	uint32_t line : 31, must_catch : 1;
	uint16_t rule, file;
};

struct rules {
	struct rule *rules;
	struct pattern *patterns;
	pcre2_code **unless; /* must not stand anywhere in the folded text; tried last */
	uint32_t rule_count, pattern_count, rule_room, pattern_room;
	uint32_t unless_count, unless_room;
	struct macro *macros; /* of the file being read */
	uint32_t macro_count, macro_room;
	struct stored_example *examples;
	uint32_t example_count, example_room;
	struct buf texts; /* of all examples */
	char (*files)[SOURCE_NAME];
	uint32_t file_count, file_room;
	struct prefilter *prefilter;
	uint32_t view_counts[VIEW_COUNT]; /* how many patterns look at each */
	uint64_t *always[CANDIDATES]; /* bit of each pattern that has no literal */
	unsigned always_count;
	pcre2_compile_context *compile;
};

struct rules_scratch {
	pcre2_match_data *data;
	pcre2_match_context *limits;
	pcre2_jit_stack *stack;
	struct prefilter_scratch prefilter;
	uint64_t *bits[CANDIDATES];
	struct starts *starts[CANDIDATES]; /* of each pattern whose bit a scan has set */
	size_t bit_words[CANDIDATES];
	char *utf8[VIEW_COUNT];
	uint32_t *byte_at[VIEW_COUNT]; /* where each code point starts in it, and where the last ends */
	size_t utf8_room[VIEW_COUNT], utf8_bytes[VIEW_COUNT];
	bool encoded[VIEW_COUNT];
};

/* --- life ----------------------------------------------------------------------------------- */

struct rules *rules_new(void)
{
	struct rules *rules = calloc(1, sizeof(*rules));

	if (!rules)
		return NULL;
	rules->compile = pcre2_compile_context_create(NULL);
	rules->prefilter = prefilter_new();
	if (!rules->compile || !rules->prefilter) {
		rules_free(&rules);
		return NULL;
	}
	pcre2_set_max_pattern_length(rules->compile, LOOSE_BYTES_MOST);
	pcre2_set_parens_nest_limit(rules->compile, NEST_MOST);
	return rules;
}

/* A file's definitions are its own. */
static void macros_clear(struct rules *rules)
{
	for (uint32_t i = 0; i < rules->macro_count; i++)
		free(rules->macros[i].text);
	free(rules->macros);
	rules->macros = NULL;
	rules->macro_count = rules->macro_room = 0;
}

void rules_free(struct rules **rules)
{
	struct rules *dying = *rules;

	if (!dying)
		return;
	for (uint32_t i = 0; i < dying->pattern_count; i++) {
		pcre2_code_free(dying->patterns[i].code);
		pcre2_code_free(dying->patterns[i].twin);
	}
	for (uint32_t i = 0; i < dying->unless_count; i++)
		pcre2_code_free(dying->unless[i]);
	free(dying->unless);
	macros_clear(dying);
	buf_fini(&dying->texts);
	free(dying->files);
	prefilter_free(&dying->prefilter);
	pcre2_compile_context_free(dying->compile);
	free(dying->patterns);
	free(dying->rules);
	free(dying->examples);
	for (int i = 0; i < CANDIDATES; i++)
		free(dying->always[i]);
	free(dying);
	*rules = NULL;
}

unsigned rules_count(const struct rules *rules)
{
	return rules->rule_count;
}

unsigned rules_always_count(const struct rules *rules)
{
	return rules->always_count;
}

const char *rules_name(const struct rules *rules, unsigned rule)
{
	return rules->rules[rule].name;
}

bool rules_example(const struct rules *rules, unsigned number, struct example *out)
{
	const struct stored_example *stored;
	const struct rule *rule;

	if (number >= rules->example_count)
		return false;
	stored = &rules->examples[number];
	rule = &rules->rules[stored->rule];
	*out = (struct example){.text = rules->texts.data + stored->at, .bytes = stored->bytes,
		.rule = rule->name, .symbol = rule->symbol, .score = rule->score,
		.must_catch = stored->must_catch, .file = rules->files[stored->file],
		.line = stored->line};
	return true;
}

/* --- macros and folding of a pattern -------------------------------------------------------- */

static const struct macro *macro_find(const struct rules *rules, struct piece name)
{
	for (uint32_t i = 0; i < rules->macro_count; i++)
		if (piece_is(name, rules->macros[i].name))
			return &rules->macros[i];
	return NULL;
}

static bool is_macro_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || c == '_';
}

/* Writes `piece` with every <NAME> replaced by what the definitions above it say. The text of one
 * was expanded when it was defined. */
static enum err macros_expand(const struct rules *rules, const struct source *source,
	struct piece piece, struct buf *out, struct why *why)
{
	for (size_t at = 0; at < piece.bytes; at++) {
		struct piece name = {piece.at + at + 1, 0};
		const struct macro *macro;

		/* (?<= and (?<! look behind. */
		if (piece.at[at] != '<' || (at > 0 && piece.at[at - 1] == '\\')
		    || (at > 1 && memcmp(piece.at + at - 2, "(?", 2) == 0)) {
			buf_add(out, piece.at + at, 1);
			continue;
		}
		while (at + 1 + name.bytes < piece.bytes && is_macro_letter(name.at[name.bytes]))
			name.bytes++;
		if (!name.bytes || at + 1 + name.bytes >= piece.bytes
		    || name.at[name.bytes] != '>')
			return source_fail(source, why, "< starts a <NAME> that define gave; "
				"write \\< for the sign itself.");
		macro = macro_find(rules, name);
		if (!macro)
			return source_fail(source, why, "<%.*s> is not defined above.",
				(int)name.bytes, name.at);
		buf_text(out, macro->text);
		at += name.bytes + 1;
	}
	if (out->bytes > PATTERN_BYTES_MOST)
		return source_fail(source, why, "the pattern is longer than %d bytes.",
			PATTERN_BYTES_MOST);
	return buf_ok(out) ? ERR_NONE : ERR_NO_MEMORY;
}

/* Folded views hold folded letters only, so a pattern's own letters must be folded as well. Not
 * ASCII: \S is not \s. A letter that folds to several goes into a group, for what may follow it. */
static enum err pattern_fold(const struct buf *pattern, bool fold, struct buf *out)
{
	for (size_t at = 0; at < pattern->bytes;) {
		uint32_t point = utf8_next(pattern->data, pattern->bytes, &at);
		uint32_t folded[GLYPH_FOLD_MOST];
		uint32_t entry = glyph_entry(point);
		unsigned count = 1;
		char utf8[4];

		if (!fold || point < 0x80) {
			folded[0] = point;
		} else {
			count = glyph_fold(point, entry, folded);
		}
		if (count > 1)
			buf_text(out, "(?:");
		for (unsigned i = 0; i < count; i++)
			buf_add(out, utf8, utf8_put(folded[i], utf8));
		if (count > 1)
			buf_text(out, ")");
	}
	return buf_ok(out) ? ERR_NONE : ERR_NO_MEMORY;
}

/* Where a class, an escape or a quantifier in braces that starts here ends; its letters stay. */
static size_t verbatim_end(const struct buf *pattern, size_t at)
{
	size_t end = at + 1;
	char closing = pattern->data[at] == '[' ? ']' : '}';

	if (pattern->data[at] == '\\') {
		/* The escaped letter, all its bytes, and the {…} of \p. */
		if (end < pattern->bytes)
			utf8_next(pattern->data, pattern->bytes, &end);
		if (end >= pattern->bytes || pattern->data[end] != '{')
			return end;
	}
	/* A ] right at the start of a class is a letter of it. */
	end += closing == ']' && end < pattern->bytes && pattern->data[end] == ']';
	while (end < pattern->bytes && pattern->data[end] != closing)
		end += pattern->data[end] == '\\' && end + 1 < pattern->bytes ? 2 : 1;
	return end < pattern->bytes ? end + 1 : pattern->bytes;
}

static size_t quantifier_end(const struct buf *pattern, size_t at)
{
	if (at < pattern->bytes && pattern->data[at] == '{')
		at = verbatim_end(pattern, at);
	while (at < pattern->bytes && strchr("?*+", pattern->data[at]))
		at++;
	return at;
}

/* The squashed view has no letter twice, so a pattern for it must not ask for one: kill → kil. The
 * second letter goes with what is said of how often it comes. */
static enum err pattern_squash(const struct buf *pattern, struct buf *out)
{
	uint32_t before = 0;

	for (size_t at = 0; at < pattern->bytes;) {
		size_t start = at;
		uint32_t point;

		if (strchr("\\[{", pattern->data[at])) {
			at = verbatim_end(pattern, at);
			buf_add(out, pattern->data + start, at - start);
			before = 0;
			continue;
		}
		point = utf8_next(pattern->data, pattern->bytes, &at);
		if (point == before && GLYPH_KIND(glyph_entry(point)) == GLYPH_LETTER) {
			at = quantifier_end(pattern, at);
			continue;
		}
		buf_add(out, pattern->data + start, at - start);
		before = point;
	}
	return buf_ok(out) ? ERR_NONE : ERR_NO_MEMORY;
}

static bool is_text(const struct buf *buf, const char *text, size_t bytes)
{
	return buf->bytes == bytes && memcmp(buf->data, text, bytes) == 0;
}

/* Behind the bracket that closes the group which starts here. */
static size_t group_end(const struct buf *pattern, size_t at)
{
	unsigned depth = 0;

	while (at < pattern->bytes) {
		char c = pattern->data[at];

		if (strchr("\\[", c)) {
			at = verbatim_end(pattern, at);
			continue;
		}
		at++;
		depth += c == '(';
		if (c == ')' && --depth == 0)
			break;
	}
	return at;
}

static bool stands_at(const struct buf *pattern, size_t at, const char *text)
{
	size_t bytes = strlen(text);

	return at + bytes <= pattern->bytes && memcmp(pattern->data + at, text, bytes) == 0;
}

/* A pattern made loose, while it is written. */
struct loose {
	const struct buf *pattern;
	struct buf *out;
	bool lost; /* something we do not know */
};

/* What looks back must know how far, so it has its twin beside it. Returns where it ends. */
static size_t loosen_behind(struct loose *loose, size_t at)
{
	size_t end = group_end(loose->pattern, at), bytes = end - at;
	struct buf group = {.data = loose->pattern->data + at, .bytes = bytes};
	struct buf squashed = {0};
	bool negative = loose->pattern->data[at + 3] == '!';

	if (pattern_squash(&group, &squashed))
		loose->lost = true;
	if (loose->lost || is_text(&squashed, group.data, bytes)) {
		buf_add(loose->out, group.data, bytes);
	} else {
		buf_text(loose->out, "(?:");
		buf_add(loose->out, group.data, bytes);
		buf_text(loose->out, negative ? "(?:(?!" LOOSE ")|" : "|(?=" LOOSE ")");
		buf_add(loose->out, squashed.data, squashed.bytes);
		buf_text(loose->out, negative ? "))" : ")");
	}
	buf_fini(&squashed);
	return end;
}

/* A bracket and what says of which kind the group is; names of groups and settings are not known.
 * Returns where that ends. */
static size_t loosen_group(struct loose *loose, size_t at)
{
	const struct buf *pattern = loose->pattern;
	size_t end = at + 1;

	if (stands_at(pattern, at, "(?<=") || stands_at(pattern, at, "(?<!"))
		return loosen_behind(loose, at);
	if (end < pattern->bytes && strchr("?*", pattern->data[end])) {
		end = at + 3;
		if (end > pattern->bytes || pattern->data[at + 1] != '?'
		    || !strchr(":=!>|", pattern->data[at + 2])) {
			loose->lost = true;
			return pattern->bytes;
		}
	}
	buf_add(loose->out, pattern->data + at, end - at);
	return end;
}

/* A letter that stands behind its like, from `start` up to `at`, with what is said of how often it
 * comes. What may be left out anyway stays as it is. Returns where that ends. */
static size_t loosen_letter(struct loose *loose, size_t start, size_t at)
{
	const struct buf *pattern = loose->pattern;
	size_t end = quantifier_end(pattern, at);
	bool optional = end > at && (strchr("?*", pattern->data[at]) || stands_at(pattern, at, "{0")
		|| stands_at(pattern, at, "{,"));

	if (!optional)
		buf_text(loose->out, "(?:");
	buf_add(loose->out, pattern->data + start, end - start);
	if (!optional)
		buf_text(loose->out, "|" LOOSE ")");
	return end;
}

/* The pattern with callouts where its twin lacks a letter: it goes through it as pattern_squash()
 * does. False if there is something that cannot be written so. */
static bool pattern_loosen(const struct buf *pattern, struct buf *out)
{
	struct loose loose = {.pattern = pattern, .out = out};
	uint32_t before = 0;

	for (size_t at = 0; !loose.lost && at < pattern->bytes;) {
		size_t start = at;
		uint32_t point;

		if (pattern->data[at] == '(') {
			at = loosen_group(&loose, at);
			before = 0;
			continue;
		}
		if (strchr("\\[{", pattern->data[at])) {
			loose.lost = stands_at(pattern, at, "\\Q");
			at = verbatim_end(pattern, at);
			buf_add(out, pattern->data + start, at - start);
			before = 0;
			continue;
		}
		point = utf8_next(pattern->data, pattern->bytes, &at);
		if (point == before && GLYPH_KIND(glyph_entry(point)) == GLYPH_LETTER) {
			at = loosen_letter(&loose, start, at);
			continue;
		}
		buf_add(out, pattern->data + start, at - start);
		before = point;
	}
	return !loose.lost && buf_ok(out) && out->bytes <= LOOSE_BYTES_MOST;
}

/* --- compiling ------------------------------------------------------------------------------ */

struct callouts {
	bool own, foreign;
};

/* Of a group that is repeated there are several. Its number alone tells one of ours: it does no
 * more than refuse a way. */
static int note_callout(pcre2_callout_enumerate_block *block, void *seen)
{
	struct callouts *callouts = seen;

	if (block->callout_number == LOOSE_CALLOUT && !block->callout_string)
		callouts->own = true;
	else
		callouts->foreign = true;
	return 0;
}

static pcre2_code *code_make(const struct rules *rules, const struct buf *text, int *error,
	size_t *offset)
{
	return pcre2_compile((PCRE2_SPTR)text->data, text->bytes,
		PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY
			| PCRE2_NO_AUTO_CAPTURE | PCRE2_USE_OFFSET_LIMIT,
		error, offset, rules->compile);
}

/* `loose`: it has callouts of our own. */
static enum err pattern_compile(const struct rules *rules, struct source *source,
	const struct buf *text, bool loose, pcre2_code **out, struct why *why)
{
	struct callouts seen = {0};
	size_t offset;
	int error;

	*out = NULL;
	if (!loose && text->bytes > PATTERN_BYTES_MOST)
		return source_fail(source, why, "the pattern is longer than %d bytes.",
			PATTERN_BYTES_MOST);
	/* (*LIMIT_MATCH=…) and its like are settings, not patterns. */
	if (text->bytes >= 2 && memcmp(text->data, "(*", 2) == 0)
		return source_fail(source, why, "a pattern may not start with (*.");
	*out = code_make(rules, text, &error, &offset);
	if (!*out) {
		char message[128];

		pcre2_get_error_message(error, (PCRE2_UCHAR *)message, sizeof(message));
		return source_fail(source, why, "the pattern is wrong near its byte %zu: %s.", offset,
			message);
	}
	pcre2_callout_enumerate(*out, note_callout, &seen);
	if (!seen.foreign && (loose || !seen.own))
		return ERR_NONE;
	pcre2_code_free(*out);
	*out = NULL;
	return source_fail(source, why, "a pattern may not have callouts.");
}

static bool matches_nothing(const pcre2_code *code)
{
	uint32_t least = 0;

	pcre2_pattern_info(code, PCRE2_INFO_MINLENGTH, &least);
	return least == 0;
}

/* What a pattern must contain; false if nothing is known of it. */
static enum err needs_find(const struct buf *text, bool folded, struct needs *out, bool *known)
{
	uint32_t *points = malloc((text->bytes + 1) * sizeof(*points));
	size_t count = 0;

	if (!points)
		return ERR_NO_MEMORY;
	for (size_t at = 0; at < text->bytes;)
		points[count++] = utf8_next(text->data, text->bytes, &at);
	*known = literals_find(points, count, folded, out);
	free(points);
	return ERR_NONE;
}

/* Without literals the pattern read last is tried on every text. */
static enum err needs_keep(struct rules *rules, const struct needs *needs, bool known,
	enum candidates which, uint8_t views)
{
	uint32_t number = rules->pattern_count;

	if (known)
		return prefilter_add(rules->prefilter, needs, number, views);
	rules->always[which][number / 64] |= UINT64_C(1) << number % 64;
	rules->always_count++;
	return ERR_NONE;
}

/* Makes room for one pattern more. */
static enum err pattern_reserve(struct rules *rules, struct source *source, struct why *why)
{
	if (rules->pattern_count == PATTERNS_MOST)
		return source_fail(source, why, "more than %d patterns.", PATTERNS_MOST);
	for (int i = 0; i < CANDIDATES; i++) {
		if (!rules->always[i])
			rules->always[i] = calloc(PATTERNS_MOST / 64 + 1, sizeof(uint64_t));
		if (!rules->always[i])
			return ERR_NO_MEMORY;
	}
	return grow((void **)&rules->patterns, rules->pattern_count, &rules->pattern_room,
		sizeof(*rules->patterns)) ? ERR_NONE : ERR_NO_MEMORY;
}

/* What the twin needs, into the second of `needs`. */
static enum err twin_needs(struct rules *rules, const struct buf *text, struct pattern *pattern,
	struct needs *needs, bool *known)
{
	struct buf squashed = {0};
	enum err err = pattern_squash(text, &squashed);

	if (!err && is_text(&squashed, text->data, text->bytes))
		needs[1] = needs[0];
	else if (!err)
		err = needs_find(&squashed, true, &needs[1], known);
	pattern->twin_most = (uint8_t)needs[1].most;
	rules->view_counts[VIEW_DISGUISED]++;
	buf_fini(&squashed);
	return err;
}

/* Gives the prefilter what the pattern needs, and its twin: mostly that is the same. */
static enum err pattern_prefilter(struct rules *rules, const struct buf *text,
	struct pattern *pattern)
{
	struct needs *needs = calloc(2, sizeof(*needs));
	uint8_t view = (uint8_t)(1u << pattern->view), disguised = 1u << VIEW_DISGUISED;
	bool known, twin_known, has_twin = pattern->view == VIEW_FOLDED;
	enum err err = needs ? needs_find(text, pattern->view != VIEW_ORIGINAL, &needs[0], &known)
			      : ERR_NO_MEMORY;

	twin_known = !err && known;
	if (!err && has_twin)
		err = twin_needs(rules, text, pattern, needs, &twin_known);
	if (!err && known && twin_known && literals_merge(&needs[0], &needs[1])) {
		view |= disguised;
		has_twin = false;
	}
	if (!err)
		err = needs_keep(rules, &needs[0], known, OWN, view);
	if (!err && has_twin)
		err = needs_keep(rules, &needs[1], twin_known, TWIN, disguised);
	free(needs);
	return err;
}

/* Where the system forbids code made at run time, the interpreter does. */
static enum err pattern_make(const struct rules *rules, struct source *source,
	const struct buf *text, bool loose, pcre2_code **out, struct why *why)
{
	enum err err = pattern_compile(rules, source, text, loose, out, why);

	if (err)
		return err;
	pcre2_jit_compile(*out, PCRE2_JIT_COMPLETE);
	if (!matches_nothing(*out))
		return ERR_NONE;
	pcre2_code_free(*out);
	*out = NULL;
	return source_fail(source, why, "the pattern matches an empty text.");
}

/* The code of a pattern and of its twin, as one if that can be. */
static enum err pattern_codes(const struct rules *rules, struct source *source,
	const struct buf *text, struct pattern *out, struct why *why)
{
	struct buf loose = {0}, squashed = {0};
	bool has_twin = out->view == VIEW_FOLDED;
	enum err err = ERR_INTERNAL;

	if (has_twin && text->bytes <= PATTERN_BYTES_MOST && pattern_loosen(text, &loose))
		err = pattern_make(rules, source, &loose, true, &out->code, why);
	buf_fini(&loose);
	if (!err)
		return ERR_NONE;
	/* What is wrong with it is said of the pattern as it was written. */
	err = pattern_make(rules, source, text, false, &out->code, why);
	if (!err && has_twin)
		err = pattern_squash(text, &squashed);
	if (!err && has_twin && !is_text(&squashed, text->data, text->bytes))
		err = pattern_make(rules, source, &squashed, false, &out->twin, why);
	buf_fini(&squashed);
	return err;
}

/* A pattern of the rule read last, folded as its view is. */
static enum err pattern_keep(struct rules *rules, struct source *source, const struct buf *text,
	uint8_t view, struct why *why)
{
	struct pattern pattern = {.rule = (uint16_t)(rules->rule_count - 1), .view = view,
		.unless_from = (uint16_t)rules->unless_count,
		.unless_to = (uint16_t)rules->unless_count};
	enum err err = pattern_reserve(rules, source, why);

	if (!err)
		err = pattern_codes(rules, source, text, &pattern, why);
	if (!err)
		err = pattern_prefilter(rules, text, &pattern);
	if (err) {
		pcre2_code_free(pattern.code);
		pcre2_code_free(pattern.twin);
		return err;
	}
	rules->patterns[rules->pattern_count++] = pattern;
	rules->view_counts[view]++;
	return ERR_NONE;
}

static enum err pattern_add(struct rules *rules, struct source *source, struct piece piece,
	struct why *why)
{
	struct rule *rule = &rules->rules[rules->rule_count - 1];
	struct buf expanded = {0}, folded = {0};
	enum err err = macros_expand(rules, source, piece, &expanded, why);

	if (!err)
		err = pattern_fold(&expanded, rule->view != VIEW_ORIGINAL, &folded);
	if (!err)
		err = pattern_keep(rules, source, &folded, rule->view, why);
	rule->has_pattern = true;
	buf_fini(&expanded);
	buf_fini(&folded);
	return err;
}

/* What takes back whatever the pattern read last finds. */
static enum err unless_add(struct rules *rules, struct source *source, struct piece piece,
	struct why *why)
{
	struct buf expanded = {0}, folded = {0};
	pcre2_code *code = NULL;
	enum err err = ERR_NONE;

	if (!rules->rules[rules->rule_count - 1].has_pattern)
		return source_fail(source, why, "unless stands below the match that it concerns.");
	if (rules->unless_count == UNLESS_MOST)
		return source_fail(source, why, "more than %d times unless.", UNLESS_MOST);
	err = macros_expand(rules, source, piece, &expanded, why);
	if (!err)
		err = pattern_fold(&expanded, true, &folded);
	if (!err && !grow((void **)&rules->unless, rules->unless_count, &rules->unless_room,
		sizeof(code)))
		err = ERR_NO_MEMORY;
	if (!err)
		err = pattern_make(rules, source, &folded, false, &code, why);
	if (!err) {
		rules->unless[rules->unless_count++] = code;
		rules->patterns[rules->pattern_count - 1].unless_to = (uint16_t)rules->unless_count;
	}
	buf_fini(&expanded);
	buf_fini(&folded);
	return err;
}

/* --- reading a file ------------------------------------------------------------------------- */

static enum err define_read(struct rules *rules, struct source *source, struct piece rest,
	struct why *why)
{
	uint32_t count = rules->macro_count;
	struct macro macro;
	struct buf text = {0};
	struct piece name;
	enum err err;

	if (count == MACROS_MOST)
		return source_fail(source, why, "more than %d definitions.", MACROS_MOST);
	if (!piece_word(&rest, &name) || !piece_copy(name, macro.name, sizeof(macro.name)))
		return source_fail(source, why, "define NAME pattern; the name has at most %d letters.",
			MACRO_NAME - 1);
	for (size_t i = 0; i < name.bytes; i++)
		if (!is_macro_letter(name.at[i]))
			return source_fail(source, why, "a name is made of A to Z and _.");
	if (macro_find(rules, name))
		return source_fail(source, why, "%s is defined twice.", macro.name);
	err = macros_expand(rules, source, rest, &text, why);
	buf_add(&text, "", 1);
	if (!err && (!buf_ok(&text) || !grow((void **)&rules->macros, count, &rules->macro_room,
		sizeof(macro))))
		err = ERR_NO_MEMORY;
	macro.text = err ? NULL : strdup(text.data);
	buf_fini(&text);
	if (!err && !macro.text)
		err = ERR_NO_MEMORY;
	if (!err)
		rules->macros[rules->macro_count++] = macro;
	return err;
}

static enum err rule_begin(struct rules *rules, struct source *source, struct piece rest,
	struct why *why)
{
	struct rule rule = {.view = VIEW_FOLDED,
		.guards = GUARD_QUOTE | GUARD_REPORT | GUARD_NEGATION};

	if (!piece_copy(rest, rule.name, sizeof(rule.name)))
		return source_fail(source, why, "a rule has a name of at most %d bytes.", RULE_NAME - 1);
	for (uint32_t i = 0; i < rules->rule_count; i++)
		if (strcmp(rules->rules[i].name, rule.name) == 0)
			return source_fail(source, why, "there is a rule %s already.", rule.name);
	if (rules->rule_count == RULES_MOST)
		return source_fail(source, why, "more than %d rules.", RULES_MOST);
	if (!grow((void **)&rules->rules, rules->rule_count, &rules->rule_room, sizeof(rule)))
		return ERR_NO_MEMORY;
	rules->rules[rules->rule_count++] = rule;
	return ERR_NONE;
}

static enum err guards_read(struct rule *rule, struct source *source, struct piece rest,
	struct why *why)
{
	static const struct {
		const char *name;
		uint8_t guard;
	} names[] = {
		{"all", GUARD_ALL}, {"negation", GUARD_NEGATION}, {"none", 0}, {"quote", GUARD_QUOTE},
		{"report", GUARD_REPORT}, {"self", GUARD_SELF}, {"thing", GUARD_THING},
	};
	struct piece word;

	rule->guards = 0;
	while (piece_word(&rest, &word)) {
		bool known = false;

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			if (!piece_is(word, names[i].name))
				continue;
			rule->guards |= names[i].guard;
			known = true;
		}
		if (!known)
			return source_fail(source, why, "there is no guard \"%.*s\".", (int)word.bytes,
				word.at);
	}
	return ERR_NONE;
}

static enum err view_read(struct rule *rule, struct source *source, struct piece rest,
	struct why *why)
{
	if (rule->has_pattern)
		return source_fail(source, why, "view stands before the first match.");
	if (piece_is(rest, "original"))
		rule->view = VIEW_ORIGINAL;
	else if (piece_is(rest, "folded"))
		rule->view = VIEW_FOLDED;
	else if (piece_is(rest, "squashed"))
		rule->view = VIEW_SQUASHED;
	else
		return source_fail(source, why, "view is original, folded or squashed.");
	return ERR_NONE;
}

static enum err example_read(struct rules *rules, struct source *source, struct piece rest,
	bool must_catch, struct why *why)
{
	struct stored_example *example;

	if (!rest.bytes)
		return source_fail(source, why, "an example is empty.");
	if (rules->example_count == EXAMPLES_MOST)
		return source_fail(source, why, "more than %d examples.", EXAMPLES_MOST);
	if (!grow((void **)&rules->examples, rules->example_count, &rules->example_room,
		sizeof(*example)))
		return ERR_NO_MEMORY;
	example = &rules->examples[rules->example_count];
	/* No file has more than SOURCE_BYTES_MOST. */
	*example = (struct stored_example){.at = (uint32_t)rules->texts.bytes,
		.bytes = (uint32_t)rest.bytes, .line = source->line & INT32_MAX,
		.must_catch = must_catch, .rule = (uint16_t)(rules->rule_count - 1),
		.file = (uint16_t)(rules->file_count - 1)};
	buf_add(&rules->texts, rest.at, rest.bytes);
	if (!buf_ok(&rules->texts))
		return ERR_NO_MEMORY;
	rules->example_count++;
	return ERR_NONE;
}

static enum err rule_line(struct rules *rules, const struct symbols *symbols, struct source *source,
	struct piece key, struct piece rest, struct why *why)
{
	struct rule *rule = &rules->rules[rules->rule_count - 1];
	unsigned number;

	if (piece_is(key, "symbol")) {
		if (!symbols_find(symbols, rest, &number))
			return source_fail(source, why, "symbols.conf has no symbol \"%.*s\".",
				(int)rest.bytes, rest.at);
		rule->symbol = (uint16_t)number;
		rule->has_symbol = true;
		return ERR_NONE;
	}
	if (piece_is(key, "score")) {
		if (!piece_number(rest, SCORE_MOST, &number) || number == 0)
			return source_fail(source, why, "a score is a number from 1 to 1000.");
		rule->score = (uint16_t)number;
		return ERR_NONE;
	}
	if (piece_is(key, "view"))
		return view_read(rule, source, rest, why);
	if (piece_is(key, "guards"))
		return guards_read(rule, source, rest, why);
	if (piece_is(key, "match"))
		return pattern_add(rules, source, rest, why);
	if (piece_is(key, "unless"))
		return unless_add(rules, source, rest, why);
	if (piece_is(key, "catches"))
		return example_read(rules, source, rest, true, why);
	if (piece_is(key, "passes"))
		return example_read(rules, source, rest, false, why);
	return source_fail(source, why, "a rule has symbol, score, view, guards, match, unless, "
		"catches and passes, but no \"%.*s\".", (int)key.bytes, key.at);
}

static enum err rule_check(const struct rules *rules, struct source *source, struct why *why)
{
	const struct rule *rule = rules->rule_count ? &rules->rules[rules->rule_count - 1] : NULL;

	if (rule && (!rule->has_symbol || !rule->score || !rule->has_pattern))
		return source_fail(source, why, "rule %s, which ends here, lacks a symbol, a score or a "
			"match.", rule->name);
	return ERR_NONE;
}

static enum err file_begin(struct rules *rules, const struct source *source)
{
	if (!grow((void **)&rules->files, rules->file_count, &rules->file_room,
		sizeof(*rules->files)))
		return ERR_NO_MEMORY;
	snprintf(rules->files[rules->file_count++], sizeof(*rules->files), "%s", source->name);
	return ERR_NONE;
}

enum err rules_load(struct rules *rules, const struct symbols *symbols, struct source *source,
	struct why *why)
{
	struct piece key, rest;
	bool in_rule = false;
	enum err err = glyph_prepare();

	if (!err)
		err = file_begin(rules, source);
	while (!err && source_next(source, &key, &rest)) {
		if (piece_is(key, "define")) {
			err = define_read(rules, source, rest, why);
		} else if (piece_is(key, "rule")) {
			err = rule_check(rules, source, why);
			if (!err)
				err = rule_begin(rules, source, rest, why);
			in_rule = true;
		} else if (!in_rule) {
			err = source_fail(source, why, "a file of rules starts with define or rule.");
		} else {
			err = rule_line(rules, symbols, source, key, rest, why);
		}
	}
	macros_clear(rules);
	return err ? err : rule_check(rules, source, why);
}

/* What was reserved for more. */
static void trim(void **list, uint32_t count, uint32_t *room, size_t each)
{
	void *trimmed = count ? realloc(*list, count * each) : NULL;

	if (!trimmed)
		return;
	*list = trimmed;
	*room = count;
}

static void texts_trim(struct buf *texts)
{
	char *trimmed = texts->bytes ? realloc(texts->data, texts->bytes) : NULL;

	if (!trimmed)
		return;
	texts->data = trimmed;
	texts->room = texts->bytes;
}

enum err rules_finish(struct rules *rules)
{
	trim((void **)&rules->patterns, rules->pattern_count, &rules->pattern_room,
		sizeof(*rules->patterns));
	trim((void **)&rules->unless, rules->unless_count, &rules->unless_room,
		sizeof(rules->unless[0]));
	trim((void **)&rules->rules, rules->rule_count, &rules->rule_room, sizeof(*rules->rules));
	trim((void **)&rules->examples, rules->example_count, &rules->example_room,
		sizeof(*rules->examples));
	trim((void **)&rules->files, rules->file_count, &rules->file_room, sizeof(*rules->files));
	texts_trim(&rules->texts);
	return prefilter_finish(rules->prefilter);
}

/* --- matching ------------------------------------------------------------------------------- */

struct rules_scratch *rules_scratch_new(void)
{
	struct rules_scratch *scratch = calloc(1, sizeof(*scratch));

	if (!scratch)
		return NULL;
	scratch->data = pcre2_match_data_create(1, NULL);
	scratch->limits = pcre2_match_context_create(NULL);
	scratch->stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MOST, NULL);
	if (!scratch->data || !scratch->limits) {
		rules_scratch_free(&scratch);
		return NULL;
	}
	pcre2_set_match_limit(scratch->limits, MATCH_LIMIT);
	pcre2_set_depth_limit(scratch->limits, MATCH_LIMIT / 10);
	pcre2_set_heap_limit(scratch->limits, 8 * 1024);
	/* Without JIT there is no such stack, and none is needed. */
	if (scratch->stack)
		pcre2_jit_stack_assign(scratch->limits, NULL, scratch->stack);
	return scratch;
}

void rules_scratch_free(struct rules_scratch **scratch)
{
	struct rules_scratch *dying = *scratch;

	if (!dying)
		return;
	pcre2_match_data_free(dying->data);
	pcre2_match_context_free(dying->limits);
	pcre2_jit_stack_free(dying->stack);
	for (int i = 0; i < VIEW_COUNT; i++) {
		free(dying->utf8[i]);
		free(dying->byte_at[i]);
	}
	for (int i = 0; i < CANDIDATES; i++) {
		free(dying->starts[i]);
		free(dying->bits[i]);
	}
	prefilter_scratch_fini(&dying->prefilter);
	free(dying);
	*scratch = NULL;
}

struct finder {
	const struct rules *rules;
	struct rules_scratch *scratch;
	const struct text *text;
	struct match *out;
	uint32_t most, count;
	size_t budget;
	unsigned stopped;
	uint32_t disguised_most; /* of the squashed view */
};

static const struct view *view_of(const struct finder *finder, uint8_t view)
{
	return view == VIEW_FOLDED ? &finder->text->folded : &finder->text->squashed;
}

/* PCRE2 wants bytes. Most texts meet no literal, so a view is written out only when needed. */
static bool encode_view(struct finder *finder, uint8_t number)
{
	struct rules_scratch *scratch = finder->scratch;
	const struct view *view = view_of(finder, number);
	size_t need = (size_t)view->count * 4 + 1, bytes = 0;

	if (scratch->encoded[number])
		return true;
	if (need > scratch->utf8_room[number]) {
		char *grown = realloc(scratch->utf8[number], need);
		uint32_t *places;

		if (!grown)
			return false;
		scratch->utf8[number] = grown;
		places = realloc(scratch->byte_at[number], (view->count + 1) * sizeof(*places));
		if (!places)
			return false;
		scratch->byte_at[number] = places;
		scratch->utf8_room[number] = need;
	}
	for (uint32_t i = 0; i < view->count; i++) {
		scratch->byte_at[number][i] = (uint32_t)bytes;
		bytes += utf8_put(view->points[i], scratch->utf8[number] + bytes);
	}
	scratch->byte_at[number][view->count] = (uint32_t)bytes;
	scratch->utf8_bytes[number] = bytes;
	return scratch->encoded[number] = true;
}

static bool has_disguise(const struct view *view, uint32_t start, uint32_t end)
{
	for (uint32_t i = text_word_at(view, start);
	     i < view->word_count && view->words[i].start < end; i++)
		if (view->words[i].flags & WORD_DISGUISED)
			return true;
	return false;
}

/* Empty if the match does not count. */
static struct span original_span(const struct finder *finder, uint8_t view, const char *subject,
	size_t start, size_t end)
{
	uint32_t first = (uint32_t)utf8_length(subject, start);
	uint32_t last = first + (uint32_t)utf8_length(subject + start, end - start);

	if (view == VIEW_ORIGINAL)
		return (struct span){first, last};
	/* Without a disguise the folded view has the last word: god is not good. */
	if (view == VIEW_DISGUISED && !has_disguise(&finder->text->squashed, first, last))
		return (struct span){0, 0};
	return text_span(finder->text, view_of(finder, view), first, last);
}

static void note_match(struct finder *finder, const struct pattern *pattern, uint8_t view,
	const char *subject, size_t start, size_t end)
{
	const struct rule *rule = &finder->rules->rules[pattern->rule];
	struct span span = original_span(finder, view, subject, start, end);

	if (finder->count == finder->most || span.start == span.end)
		return;
	finder->out[finder->count++] = (struct match){.symbol = rule->symbol, .score = rule->score,
		.rule = pattern->rule, .guards = rule->guards, .span = span};
}

/* Whether the text holds what takes the pattern's findings back. */
static bool is_taken_back(struct finder *finder, const struct pattern *pattern)
{
	struct rules_scratch *scratch = finder->scratch;

	pcre2_set_offset_limit(scratch->limits, PCRE2_UNSET);
	for (uint32_t i = pattern->unless_from; i < pattern->unless_to; i++) {
		int result;

		if (!encode_view(finder, VIEW_FOLDED)
		    || scratch->utf8_bytes[VIEW_FOLDED] > finder->budget) {
			finder->stopped = STOPPED_MOST;
			return false;
		}
		finder->budget -= scratch->utf8_bytes[VIEW_FOLDED];
		result = pcre2_match(finder->rules->unless[i], (PCRE2_SPTR)scratch->utf8[VIEW_FOLDED],
			scratch->utf8_bytes[VIEW_FOLDED], 0, PCRE2_NO_UTF_CHECK, scratch->data,
			scratch->limits);
		if (result >= 0)
			return true;
		finder->stopped += result != PCRE2_ERROR_NOMATCH;
	}
	return false;
}

/* What the squashed view has once must stand in the folded one as often as it is written. */
static int refuse_loose(pcre2_callout_block *block, void *unused)
{
	(void)block;
	(void)unused;
	return 1;
}

/* A pattern on a view. */
struct attempt {
	const struct starts *starts; /* where matches can start, by the prefilter; NULL: anywhere */
	const uint32_t *byte_at; /* where each of its points starts */
	uint32_t points;
	const char *subject;
	size_t bytes;
	const pcre2_code *code;
	uint8_t view;
	/* Places in a row where a match can start, in bytes; others lie from the point `next` on. */
	size_t first, last;
	uint32_t next;
};

static bool attempt_begin(struct finder *finder, const struct pattern *pattern, bool is_twin,
	const struct starts *starts, struct attempt *out)
{
	struct rules_scratch *scratch = finder->scratch;
	uint8_t view = is_twin ? VIEW_DISGUISED : pattern->view;

	*out = (struct attempt){.view = view, .subject = finder->text->utf8,
		.bytes = finder->text->bytes,
		.code = is_twin && pattern->twin ? pattern->twin : pattern->code};
	pcre2_set_callout(scratch->limits, is_twin ? NULL : refuse_loose, NULL);
	if (view == VIEW_ORIGINAL)
		return true;
	if (!encode_view(finder, view))
		return false;
	out->starts = starts;
	out->points = view_of(finder, view)->count;
	out->byte_at = scratch->byte_at[view];
	out->subject = scratch->utf8[view];
	out->bytes = scratch->utf8_bytes[view];
	return true;
}

/* Goes on to the next places; false if there are no more. */
static bool attempt_next(struct finder *finder, struct attempt *attempt)
{
	uint32_t first = 0, last = 0;

	if (!attempt->starts) {
		attempt->last = attempt->bytes;
		if (attempt->next++)
			return false;
	} else {
		if (!prefilter_window(attempt->starts, attempt->points, attempt->next, &first, &last))
			return false;
		attempt->first = attempt->byte_at[first];
		attempt->last = attempt->byte_at[last];
		attempt->next = last + 1;
	}
	pcre2_set_offset_limit(finder->scratch->limits, attempt->last);
	return true;
}

/* What is left of the text is counted once for each match that is looked for. */
static bool budget_take(struct finder *finder, size_t bytes)
{
	if (bytes > finder->budget) {
		finder->stopped = STOPPED_MOST;
		return false;
	}
	finder->budget -= bytes;
	return true;
}

/* The next match behind `*start`, which becomes where it ends; false if there is none. */
static bool match_next(struct finder *finder, struct attempt *attempt, size_t *start, size_t *from)
{
	const size_t *place = pcre2_get_ovector_pointer(finder->scratch->data);
	bool counted = false;

	do {
		size_t begin = *start > attempt->first ? *start : attempt->first;
		int result;

		if (begin > attempt->last)
			continue;
		if (!counted && !budget_take(finder, attempt->bytes - begin))
			return false;
		counted = true;
		/* Every view was made from valid UTF-8. */
		result = pcre2_match(attempt->code, (PCRE2_SPTR)attempt->subject, attempt->bytes,
			begin, PCRE2_NO_UTF_CHECK, finder->scratch->data, finder->scratch->limits);
		if (result == PCRE2_ERROR_NOMATCH)
			continue;
		finder->stopped += result < 0;
		/* \K inside a lookahead can put the start behind the end. */
		if (result < 0 || place[1] <= begin || place[0] >= place[1])
			return false;
		*from = place[0];
		*start = place[1];
		return true;
	} while (attempt_next(finder, attempt));
	return false;
}

static void try_pattern(struct finder *finder, const struct pattern *pattern, bool is_twin,
	const struct starts *starts)
{
	struct attempt attempt;
	size_t from, to = 0;

	if (!attempt_begin(finder, pattern, is_twin, starts, &attempt)) {
		finder->stopped++;
		return;
	}
	if (!attempt_next(finder, &attempt))
		return;
	for (int found = 0; found < MATCHES_EACH; found++) {
		if (!match_next(finder, &attempt, &to, &from))
			return;
		if (found == 0 && pattern->unless_from < pattern->unless_to) {
			if (is_taken_back(finder, pattern))
				return;
			pcre2_set_offset_limit(finder->scratch->limits, attempt.last);
		}
		note_match(finder, pattern, attempt.view, attempt.subject, from, to);
	}
}

static bool bits_make(const struct rules *rules, struct rules_scratch *scratch,
	enum candidates which)
{
	size_t words = rules->pattern_count / 64 + 1;

	if (words > scratch->bit_words[which]) {
		uint64_t *bits = realloc(scratch->bits[which], words * sizeof(*bits));
		struct starts *starts;

		if (!bits)
			return false;
		scratch->bits[which] = bits;
		starts = realloc(scratch->starts[which], words * 64 * sizeof(*starts));
		if (!starts)
			return false;
		scratch->starts[which] = starts;
		scratch->bit_words[which] = words;
	}
	memcpy(scratch->bits[which], rules->always[which], words * sizeof(uint64_t));
	return true;
}

static bool scan_view(struct finder *finder, enum rule_view view, const uint32_t *points,
	uint32_t count)
{
	enum candidates which = view == VIEW_DISGUISED ? TWIN : OWN;

	return finder->rules->view_counts[view] == 0
		|| !prefilter_scan(finder->rules->prefilter, &finder->scratch->prefilter,
			(uint8_t)(1u << view), points, count, finder->scratch->bits[which],
			finder->scratch->starts[which]);
}

/* Sets the bits of all that may match. */
static bool scan_text(struct finder *finder)
{
	const struct text *text = finder->text;

	return scan_view(finder, VIEW_FOLDED, text->folded.points, text->folded.count)
		&& scan_view(finder, VIEW_SQUASHED, text->squashed.points, text->squashed.count)
		&& scan_view(finder, VIEW_ORIGINAL, text->original, text->original_count)
		&& (!text->squashed.has_disguised || scan_view(finder, VIEW_DISGUISED,
			text->squashed.points, text->squashed.count));
}

/* Matches of a twin that no disguised word stands in do not count: can one start where `starts`
 * says? Whatever starts behind the last disguised word need not be looked for. */
static bool reaches_disguise(const struct finder *finder, const struct pattern *pattern,
	struct starts *starts)
{
	const struct view *view = &finder->text->squashed;

	if (starts->last > finder->disguised_most)
		starts->last = finder->disguised_most;
	return starts->first <= starts->last
		&& has_disguise(view, starts->first, pattern->twin_most == BEFORE_ANY ? view->count
			: starts->last + pattern->twin_most);
}

/* The last point of the last disguised word. */
static uint32_t last_disguised(const struct view *view)
{
	for (uint32_t i = view->word_count; i > 0; i--)
		if (view->words[i - 1].flags & WORD_DISGUISED)
			return view->words[i - 1].end - 1;
	return 0;
}

static void try_candidates(struct finder *finder, size_t word, bool every)
{
	const struct rules *rules = finder->rules;
	struct rules_scratch *scratch = finder->scratch;
	uint64_t own = scratch->bits[OWN][word], twin = scratch->bits[TWIN][word];

	for (uint64_t bits = own | twin; bits; bits &= bits - 1) {
		uint64_t bit = bits & -bits;
		uint32_t number = (uint32_t)word * 64 + (uint32_t)__builtin_ctzll(bits);
		const struct pattern *pattern = &rules->patterns[number];
		struct starts *starts = &scratch->starts[TWIN][number];

		if (number >= rules->pattern_count)
			return;
		if (own & bit && finder->stopped < STOPPED_MOST)
			try_pattern(finder, pattern, false, every || rules->always[OWN][word] & bit
				? NULL : &scratch->starts[OWN][number]);
		if (!(twin & bit) || pattern->view != VIEW_FOLDED || finder->stopped >= STOPPED_MOST)
			continue;
		if (every || rules->always[TWIN][word] & bit)
			try_pattern(finder, pattern, true, NULL);
		else if (reaches_disguise(finder, pattern, starts))
			try_pattern(finder, pattern, true, starts);
	}
}

uint32_t rules_find(const struct rules *rules, struct rules_scratch *scratch,
	const struct text *text, bool every, struct match *out, uint32_t most, bool *stopped)
{
	struct finder finder = {.rules = rules, .scratch = scratch, .text = text, .out = out,
		.most = most, .budget = BUDGET_BYTES};
	size_t words = rules->pattern_count / 64 + 1;

	memset(scratch->encoded, 0, sizeof(scratch->encoded));
	*stopped = false;
	if (!rules->pattern_count)
		return 0;
	*stopped = true;
	if (!bits_make(rules, scratch, OWN) || !bits_make(rules, scratch, TWIN))
		return 0;
	if (every) {
		memset(scratch->bits[OWN], 0xff, words * sizeof(uint64_t));
		memset(scratch->bits[TWIN], 0xff, words * sizeof(uint64_t));
	} else if (!scan_text(&finder)) {
		return 0;
	}
	if (!text->squashed.has_disguised)
		memset(scratch->bits[TWIN], 0, words * sizeof(uint64_t));
	finder.disguised_most = last_disguised(&text->squashed);
	for (size_t word = 0; word < words; word++)
		try_candidates(&finder, word, every);
	*stopped = finder.stopped > 0;
	return finder.count;
}
