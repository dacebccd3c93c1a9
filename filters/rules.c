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
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PATTERNS_MOST = 20000,
	MACROS_MOST = 4096, /* of all files; of one: */
	FILE_MACROS_MOST = 128,
	MACRO_NAME = 24,
	EXAMPLES_MOST = 20000,
	UNLESS_MOST = 20000,
	NEST_MOST = 16,
	/* Bytes of text times patterns tried on one message: 200 patterns on the longest text fit. */
	BUDGET_BYTES = 32 * 1024 * 1024,
	JIT_STACK_FIRST = 32 * 1024,
	JIT_STACK_MOST = 512 * 1024,
	/* Twins that a thread keeps compiled: so many rows, of the few used last in each. */
	TWIN_ROWS = 64,
	TWINS_EACH = 4
};

/* A pattern for the folded view has a twin for the squashed one. Where no letter stands twice in a
 * row, that is the same code. Other twins are compiled when they are needed, from the line that
 * the pattern was read from: few texts are disguised, and their code would take as much memory as
 * all others. */
enum twin { TWIN_NONE, TWIN_SAME, TWIN_OWN };

struct pattern {
	pcre2_code *code;
	uint32_t line_at; /* TWIN_OWN: its letters, in `lines`, */
	uint16_t line_bytes;
	uint16_t macros_from, macros_to; /* and what was defined above it in its file */
	uint16_t rule;
	uint8_t view, twin;
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
	char *text;
	size_t bytes;
	unsigned line;
	uint16_t rule;
	bool must_catch;
	char file[SOURCE_NAME];
};

struct rules {
	struct rule *rules;
	struct pattern *patterns;
	pcre2_code **unless; /* must not stand anywhere in the folded text; tried last */
	uint32_t rule_count, pattern_count, rule_room, pattern_room;
	uint32_t unless_count, unless_room;
	uint64_t serial; /* no others have it: whose a twin in a thread's keeping is */
	struct buf lines; /* of the patterns that have a twin of their own */
	struct macro *macros;
	uint32_t macro_count, macro_room;
	uint32_t macros_from; /* the first of the file being read */
	struct stored_example *examples;
	uint32_t example_count, example_room;
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
	struct kept_twin {
		uint64_t serial;
		uint32_t number;
		pcre2_code *code;
	} twins[TWIN_ROWS][TWINS_EACH]; /* the one used last first */
	struct buf expanded, folded, squashed; /* while one is made */
	char *utf8[VIEW_COUNT];
	uint32_t *byte_at[VIEW_COUNT]; /* where each code point starts in it, and where the last ends */
	size_t utf8_room[VIEW_COUNT], utf8_bytes[VIEW_COUNT];
	bool encoded[VIEW_COUNT];
};

/* --- life ----------------------------------------------------------------------------------- */

struct rules *rules_new(void)
{
	static atomic_uint_least64_t serials;
	struct rules *rules = calloc(1, sizeof(*rules));

	if (!rules)
		return NULL;
	rules->serial = atomic_fetch_add(&serials, 1) + 1;
	rules->compile = pcre2_compile_context_create(NULL);
	rules->prefilter = prefilter_new();
	if (!rules->compile || !rules->prefilter) {
		rules_free(&rules);
		return NULL;
	}
	pcre2_set_max_pattern_length(rules->compile, PATTERN_BYTES_MOST);
	pcre2_set_parens_nest_limit(rules->compile, NEST_MOST);
	return rules;
}

void rules_free(struct rules **rules)
{
	struct rules *dying = *rules;

	if (!dying)
		return;
	for (uint32_t i = 0; i < dying->pattern_count; i++)
		pcre2_code_free(dying->patterns[i].code);
	for (uint32_t i = 0; i < dying->unless_count; i++)
		pcre2_code_free(dying->unless[i]);
	free(dying->unless);
	for (uint32_t i = 0; i < dying->example_count; i++)
		free(dying->examples[i].text);
	for (uint32_t i = 0; i < dying->macro_count; i++)
		free(dying->macros[i].text);
	free(dying->macros);
	buf_fini(&dying->lines);
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
	*out = (struct example){.text = stored->text, .bytes = stored->bytes, .rule = rule->name,
		.symbol = rule->symbol, .score = rule->score, .must_catch = stored->must_catch,
		.file = stored->file, .line = stored->line};
	return true;
}

/* --- macros and folding of a pattern -------------------------------------------------------- */

/* Among the definitions `from` up to `to`. */
static const struct macro *macro_find(const struct rules *rules, uint32_t from, uint32_t to,
	struct piece name)
{
	for (uint32_t i = from; i < to; i++)
		if (piece_is(name, rules->macros[i].name))
			return &rules->macros[i];
	return NULL;
}

static bool is_macro_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || c == '_';
}

/* Writes `piece` with every <NAME> replaced by what the definitions `from` up to `to` say. A
 * macro's own text was expanded when it was defined. */
static enum err macros_expand(const struct rules *rules, uint32_t from, uint32_t to,
	const struct source *source, struct piece piece, struct buf *out, struct why *why)
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
		macro = macro_find(rules, from, to, name);
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

/* --- compiling ------------------------------------------------------------------------------ */

static int refuse_callout(pcre2_callout_enumerate_block *block, void *seen)
{
	(void)block;
	*(bool *)seen = true;
	return 1;
}

static pcre2_code *code_make(const struct rules *rules, const struct buf *text, int *error,
	size_t *offset)
{
	return pcre2_compile((PCRE2_SPTR)text->data, text->bytes,
		PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY
			| PCRE2_NO_AUTO_CAPTURE | PCRE2_USE_OFFSET_LIMIT,
		error, offset, rules->compile);
}

static enum err pattern_compile(const struct rules *rules, struct source *source,
	const struct buf *text, pcre2_code **out, struct why *why)
{
	int error;
	size_t offset;
	bool callout = false;

	*out = NULL;
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
	pcre2_callout_enumerate(*out, refuse_callout, &callout);
	if (!callout)
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

/* The letters of the twin of a pattern that is `text`; whether they are others. */
static enum err twin_check(const struct rules *rules, struct source *source, const struct buf *text,
	struct buf *out, uint8_t *twin, struct why *why)
{
	pcre2_code *code;
	enum err err = pattern_squash(text, out);

	*twin = TWIN_SAME;
	if (err || (out->bytes == text->bytes && memcmp(out->data, text->data, out->bytes) == 0))
		return err;
	*twin = TWIN_OWN;
	err = pattern_compile(rules, source, out, &code, why);
	if (!err && matches_nothing(code))
		err = source_fail(source, why, "the pattern matches an empty text.");
	pcre2_code_free(code);
	return err;
}

static enum err twin_read(struct rules *rules, struct source *source, const struct buf *text,
	struct piece line, struct pattern *pattern, struct needs *needs, bool *known,
	struct why *why)
{
	struct buf squashed = {0};
	enum err err = twin_check(rules, source, text, &squashed, &pattern->twin, why);

	if (!err)
		err = needs_find(&squashed, true, needs, known);
	pattern->twin_most = (uint8_t)needs->most;
	rules->view_counts[VIEW_DISGUISED]++;
	buf_fini(&squashed);
	if (err || pattern->twin == TWIN_SAME)
		return err;
	/* No line of a file is longer than the file, and what is expanded from it is no shorter. */
	if (rules->lines.bytes > UINT32_MAX - line.bytes || line.bytes > PATTERN_BYTES_MOST)
		return source_fail(source, why, "the pattern is longer than %d bytes.",
			PATTERN_BYTES_MOST);
	pattern->line_at = (uint32_t)rules->lines.bytes;
	pattern->line_bytes = (uint16_t)line.bytes;
	pattern->macros_from = (uint16_t)rules->macros_from;
	pattern->macros_to = (uint16_t)rules->macro_count;
	buf_add(&rules->lines, line.at, line.bytes);
	return buf_ok(&rules->lines) ? ERR_NONE : ERR_NO_MEMORY;
}

/* Gives the prefilter what the pattern needs, and its twin: mostly that is the same. */
static enum err pattern_prefilter(struct rules *rules, struct source *source,
	const struct buf *text, struct piece line, struct pattern *pattern, struct why *why)
{
	struct needs *needs = calloc(2, sizeof(*needs));
	uint8_t view = (uint8_t)(1u << pattern->view), disguised = 1u << VIEW_DISGUISED;
	bool known, twin_known = false, has_twin = pattern->view == VIEW_FOLDED;
	enum err err = needs ? needs_find(text, pattern->view != VIEW_ORIGINAL, &needs[0], &known)
			      : ERR_NO_MEMORY;

	if (!err && has_twin)
		err = twin_read(rules, source, text, line, pattern, &needs[1], &twin_known, why);
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
	const struct buf *text, pcre2_code **out, struct why *why)
{
	enum err err = pattern_compile(rules, source, text, out, why);

	if (err)
		return err;
	pcre2_jit_compile(*out, PCRE2_JIT_COMPLETE);
	if (!matches_nothing(*out))
		return ERR_NONE;
	pcre2_code_free(*out);
	*out = NULL;
	return source_fail(source, why, "the pattern matches an empty text.");
}

/* A pattern of the rule read last, folded as its view is; `line` is how it was written. */
static enum err pattern_keep(struct rules *rules, struct source *source, const struct buf *text,
	struct piece line, uint8_t view, struct why *why)
{
	struct pattern pattern = {.rule = (uint16_t)(rules->rule_count - 1), .view = view,
		.unless_from = (uint16_t)rules->unless_count,
		.unless_to = (uint16_t)rules->unless_count};
	enum err err = pattern_reserve(rules, source, why);

	if (!err)
		err = pattern_make(rules, source, text, &pattern.code, why);
	if (!err)
		err = pattern_prefilter(rules, source, text, line, &pattern, why);
	if (err) {
		pcre2_code_free(pattern.code);
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
	enum err err = macros_expand(rules, rules->macros_from, rules->macro_count, source, piece,
		&expanded, why);

	if (!err)
		err = pattern_fold(&expanded, rule->view != VIEW_ORIGINAL, &folded);
	if (!err)
		err = pattern_keep(rules, source, &folded, piece, rule->view, why);
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
	err = macros_expand(rules, rules->macros_from, rules->macro_count, source, piece, &expanded,
		why);
	if (!err)
		err = pattern_fold(&expanded, true, &folded);
	if (!err && !grow((void **)&rules->unless, rules->unless_count, &rules->unless_room,
		sizeof(code)))
		err = ERR_NO_MEMORY;
	if (!err)
		err = pattern_make(rules, source, &folded, &code, why);
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
	uint32_t from = rules->macros_from, count = rules->macro_count;
	struct macro macro;
	struct buf text = {0};
	struct piece name;
	enum err err;

	if (count - from == FILE_MACROS_MOST || count == MACROS_MOST)
		return source_fail(source, why, "more than %d definitions.",
			count == MACROS_MOST ? MACROS_MOST : FILE_MACROS_MOST);
	if (!piece_word(&rest, &name) || !piece_copy(name, macro.name, sizeof(macro.name)))
		return source_fail(source, why, "define NAME pattern; the name has at most %d letters.",
			MACRO_NAME - 1);
	for (size_t i = 0; i < name.bytes; i++)
		if (!is_macro_letter(name.at[i]))
			return source_fail(source, why, "a name is made of A to Z and _.");
	if (macro_find(rules, from, count, name))
		return source_fail(source, why, "%s is defined twice.", macro.name);
	err = macros_expand(rules, from, count, source, rest, &text, why);
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
	*example = (struct stored_example){.bytes = rest.bytes, .line = source->line,
		.rule = (uint16_t)(rules->rule_count - 1), .must_catch = must_catch};
	snprintf(example->file, sizeof(example->file), "%s", source->name);
	example->text = malloc(rest.bytes);
	if (!example->text)
		return ERR_NO_MEMORY;
	memcpy(example->text, rest.at, rest.bytes);
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

enum err rules_load(struct rules *rules, const struct symbols *symbols, struct source *source,
	struct why *why)
{
	struct piece key, rest;
	bool in_rule = false;
	enum err err = glyph_prepare();

	/* A file's definitions are its own. */
	rules->macros_from = rules->macro_count;
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

static void lines_trim(struct buf *lines)
{
	char *trimmed = lines->bytes ? realloc(lines->data, lines->bytes) : NULL;

	if (!trimmed)
		return;
	lines->data = trimmed;
	lines->room = lines->bytes;
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
	trim((void **)&rules->macros, rules->macro_count, &rules->macro_room,
		sizeof(*rules->macros));
	lines_trim(&rules->lines);
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
	for (int row = 0; row < TWIN_ROWS; row++)
		for (int i = 0; i < TWINS_EACH; i++)
			pcre2_code_free(dying->twins[row][i].code);
	buf_fini(&dying->expanded);
	buf_fini(&dying->folded);
	buf_fini(&dying->squashed);
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

/* Compiles a twin anew: it compiled when the rules were loaded, so only memory can be short. */
static pcre2_code *twin_make(const struct rules *rules, struct rules_scratch *scratch,
	const struct pattern *pattern)
{
	struct piece line = {rules->lines.data + pattern->line_at, pattern->line_bytes};
	struct source nowhere = {0};
	struct why why;
	int error;
	size_t offset;

	buf_clear(&scratch->expanded);
	buf_clear(&scratch->folded);
	buf_clear(&scratch->squashed);
	if (macros_expand(rules, pattern->macros_from, pattern->macros_to, &nowhere, line,
		&scratch->expanded, &why)
	    || pattern_fold(&scratch->expanded, true, &scratch->folded)
	    || pattern_squash(&scratch->folded, &scratch->squashed))
		return NULL;
	return code_make(rules, &scratch->squashed, &error, &offset);
}

/* The code of a twin; of those that are not the pattern's own this thread keeps the ones used last.
 * NULL: there is no memory for it. */
static const pcre2_code *twin_code(const struct rules *rules, struct rules_scratch *scratch,
	const struct pattern *pattern)
{
	uint32_t number = (uint32_t)(pattern - rules->patterns), i = 0;
	struct kept_twin *row = scratch->twins[number % TWIN_ROWS], found;

	if (pattern->twin == TWIN_SAME)
		return pattern->code;
	while (i + 1 < TWINS_EACH && (row[i].serial != rules->serial || row[i].number != number))
		i++;
	found = row[i];
	if (found.serial != rules->serial || found.number != number) {
		pcre2_code_free(found.code);
		found = (struct kept_twin){rules->serial, number, twin_make(rules, scratch, pattern)};
		if (!found.code)
			found.serial = 0;
	}
	for (; i > 0; i--)
		row[i] = row[i - 1];
	row[0] = found;
	return found.code;
}

/* `starts`: where the prefilter says that matches can start; NULL: anywhere. */
static void try_pattern(struct finder *finder, const struct pattern *pattern, bool is_twin,
	const struct starts *starts)
{
	struct rules_scratch *scratch = finder->scratch;
	const char *subject = finder->text->utf8;
	const pcre2_code *code = is_twin ? twin_code(finder->rules, scratch, pattern)
					 : pattern->code;
	uint8_t view = is_twin ? VIEW_DISGUISED : pattern->view;
	size_t bytes = finder->text->bytes, start = 0, last = bytes;
	const size_t *place = pcre2_get_ovector_pointer(scratch->data);

	if (!code || (view != VIEW_ORIGINAL && !encode_view(finder, view))) {
		finder->stopped++;
		return;
	}
	if (view != VIEW_ORIGINAL) {
		subject = scratch->utf8[view];
		last = bytes = scratch->utf8_bytes[view];
		if (starts) {
			start = scratch->byte_at[view][starts->first];
			last = scratch->byte_at[view][starts->last];
		}
	}
	pcre2_set_offset_limit(scratch->limits, last);
	for (int found = 0; found < MATCHES_EACH && start <= last; found++) {
		size_t from, to;
		int result;

		if (bytes - start > finder->budget) {
			finder->stopped = STOPPED_MOST;
			return;
		}
		finder->budget -= bytes - start;
		/* Every view was made from valid UTF-8. */
		result = pcre2_match(code, (PCRE2_SPTR)subject, bytes, start,
			PCRE2_NO_UTF_CHECK, scratch->data, scratch->limits);
		if (result == PCRE2_ERROR_NOMATCH)
			return;
		if (result < 0) {
			finder->stopped++;
			return;
		}
		/* \K inside a lookahead can put the start behind the end. */
		from = place[0], to = place[1];
		if (to <= start || from >= to)
			return;
		if (found == 0 && pattern->unless_from < pattern->unless_to) {
			if (is_taken_back(finder, pattern))
				return;
			pcre2_set_offset_limit(scratch->limits, last);
		}
		note_match(finder, pattern, view, subject, from, to);
		start = to;
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
		if (!(twin & bit) || pattern->twin == TWIN_NONE || finder->stopped >= STOPPED_MOST)
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
