/* literals.c: reads a pattern once, from left to right, with a stack for groups. A sequence keeps
 * all strings that its end can consist of (`tail`) as long as they are few, and the best sets of
 * strings one of which it must contain (`best`), from different places in it. No state. */
#include "filters/literals.h"

#include "filters/common.h"

#include <stdlib.h>
#include <string.h>

enum {
	DEPTH_MOST = 24,
	LENGTH_LEAST = 2,
	POINT_MOST = 0x6ff, /* what the prefilter knows */
	GOOD_LENGTH = 4,    /* longer literals are no better */
	LETTER_WORTH = 64,  /* so many literals more are no worse than a letter less, */
	EDGE_WORTH = 32,    /* … than an edge less */
	LIST_LONG = 8,      /* a longer list is a set by itself, which other patterns may share, */
	LIST_LETTERS = 3,   /* if its words are long enough */
	FEW = 2,
	FEW_LENGTH = 8,     /* what is kept of each of few literals, */
	MANY_LENGTH = 6     /* and of each of many */
};

struct part {
	struct literals exact; /* all that it can be, if is_exact */
	bool is_exact;
	bool ends_at_edge;    /* behind whatever it is, a letter begins a word */
	struct literals best[NEEDS_EACH]; /* the better ones first; count 0: nothing known */
	unsigned most;        /* so many code points match it at most; BEFORE_ANY: any number */
	unsigned tail_from;   /* of a sequence: so many stand before its tail at most */
};

struct frame {
	struct part sequence;    /* what stands in this branch so far; .exact is the tail */
	struct part alternation; /* what the branches before come to */
	bool has_branch, is_lookaround;
};

struct reader {
	const uint32_t *pattern;
	size_t count, at;
	struct frame *frames;
	struct part *piece; /* what was read last: too large to be made anew each time */
	unsigned depth;
	bool folded; /* white space is a space */
	bool lost;   /* something we do not know */
};

/* --- sets of strings ------------------------------------------------------------------------ */

static void set_to_empty_string(struct literals *set)
{
	set->count = 1;
	set->list[0].length = 0;
	set->list[0].before = 0;
	set->list[0].edges = 0;
}

bool literals_is_letter(uint32_t point)
{
	return (point >= 'a' && point <= 'z') || (point >= '0' && point <= '9')
		|| (point >= 0x05D0 && point <= 0x05EA) || (point >= 0x0620 && point <= 0x063F)
		|| (point >= 0x0641 && point <= 0x064A);
}

/* Here a word begins or ends, if a letter stands here: \b. */
static void set_end_with_edge(struct literals *set)
{
	for (unsigned i = 0; i < set->count; i++)
		set->list[i].edges |= set->list[i].length ? EDGE_RIGHT : EDGE_LEFT | EDGE_RIGHT;
}

static bool ends_with_letter(const struct literal *literal)
{
	return literal->length && literals_is_letter(literal->points[literal->length - 1]);
}

/* Of an edge at a blank nothing is known. */
static void set_check_edges(struct literals *set)
{
	for (unsigned i = 0; i < set->count; i++) {
		struct literal *literal = &set->list[i];

		if (!literal->length || !literals_is_letter(literal->points[0]))
			literal->edges &= (uint8_t)~EDGE_LEFT;
		if (!ends_with_letter(literal))
			literal->edges &= (uint8_t)~EDGE_RIGHT;
	}
}

static void set_copy(struct literals *to, const struct literals *from)
{
	to->count = from->count;
	memcpy(to->list, from->list, from->count * sizeof(from->list[0]));
}

/* Is `part` what stands at `at` in `whole`? It is no longer than that. */
static bool is_at(const struct literal *whole, unsigned at, const struct literal *part)
{
	for (unsigned i = 0; i < part->length; i++)
		if (whole->points[at + i] != part->points[i])
			return false;
	return true;
}

static struct literal *set_find(struct literals *set, const struct literal *literal)
{
	for (unsigned i = 0; i < set->count; i++)
		if (set->list[i].length == literal->length && is_at(&set->list[i], 0, literal))
			return &set->list[i];
	return NULL;
}

static bool set_join(struct literals *set, const struct literals *other)
{
	for (unsigned i = 0; i < other->count; i++) {
		struct literal *known = set_find(set, &other->list[i]);

		if (known) {
			if (known->before < other->list[i].before)
				known->before = other->list[i].before;
			known->edges &= other->list[i].edges;
			continue;
		}
		if (set->count == LITERALS_MOST)
			return false;
		set->list[set->count++] = other->list[i];
	}
	return true;
}

/* What two strings one behind the other say of their outer edges. */
static uint8_t edges_join(const struct literal *left, const struct literal *right)
{
	uint8_t edges = (uint8_t)((left->edges & EDGE_LEFT) | (right->edges & EDGE_RIGHT));

	if (left->length == 0)
		edges |= right->edges;
	if (right->length == 0)
		edges |= left->edges;
	return edges;
}

/* Every string of `set` followed by every string of `other`. False if they are too many or long. */
static bool set_multiply(struct literals *set, const struct literals *other)
{
	struct literals product;

	if (set->count * other->count > LITERALS_MOST)
		return false;
	product.count = 0;
	for (unsigned i = 0; i < set->count; i++) {
		for (unsigned j = 0; j < other->count; j++) {
			struct literal *to = &product.list[product.count];
			const struct literal *left = &set->list[i], *right = &other->list[j];
			struct literal *known;

			if (left->length + right->length > LITERAL_LENGTH_MOST)
				return false;
			*to = *left;
			memcpy(to->points + to->length, right->points,
				right->length * sizeof(right->points[0]));
			to->length = (uint8_t)(to->length + right->length);
			to->edges = edges_join(left, right);
			known = set_find(&product, to);
			if (known)
				known->edges &= to->edges;
			else
				product.count++;
		}
	}
	set_copy(set, &product);
	return true;
}

/* Of the string with the fewest; more than GOOD_LENGTH do not count. Blanks are everywhere. */
static unsigned letters_least(const struct literals *set)
{
	unsigned fewest = GOOD_LENGTH;

	for (unsigned i = 0; i < set->count; i++) {
		unsigned letters = 0;

		for (unsigned j = 0; j < set->list[i].length; j++)
			letters += set->list[i].points[j] != ' ';
		if (letters < fewest)
			fewest = letters;
	}
	return fewest;
}

/* Edges of the string with the fewest, blanks among them: half a letter each. */
static unsigned edges_least(const struct literals *set)
{
	unsigned fewest = 2;

	for (unsigned i = 0; i < set->count; i++) {
		const struct literal *literal = &set->list[i];
		unsigned edges = 0;

		edges += literal->edges & EDGE_LEFT || literal->points[0] == ' ';
		edges += literal->edges & EDGE_RIGHT || literal->points[literal->length - 1] == ' ';
		if (edges < fewest)
			fewest = edges;
	}
	return fewest;
}

/* Nothing but words that nearly every text has. */
static bool is_common(const struct literal *literal)
{
	unsigned from = 0;

	for (unsigned at = 0; at <= literal->length; at++) {
		if (at < literal->length && literals_is_letter(literal->points[at]))
			continue;
		if (!common_has(literal->points + from, at - from))
			return false;
		from = at + 1;
	}
	return true;
}

static bool has_common(const struct literals *set)
{
	for (unsigned i = 0; i < set->count; i++)
		if (is_common(&set->list[i]))
			return true;
	return false;
}

/* 0: of no use. */
static unsigned set_worth(const struct literals *set)
{
	if (set->count == 0)
		return 0;
	for (unsigned i = 0; i < set->count; i++)
		if (set->list[i].length < LENGTH_LEAST)
			return 0;
	return (has_common(set) ? 1 : letters_least(set) + 1) * LETTER_WORTH
		+ edges_least(set) * EDGE_WORTH + LITERALS_MOST - set->count;
}

static unsigned add(unsigned a, unsigned b)
{
	return a + b < BEFORE_ANY ? a + b : BEFORE_ANY;
}

/* The set, with `before` code points more before it at most. */
static void set_place(struct literals *to, const struct literals *from, unsigned before)
{
	set_copy(to, from);
	for (unsigned i = 0; i < to->count; i++)
		to->list[i].before = (uint8_t)add(to->list[i].before, before);
}

/* At most `before` code points stand before what `offer` was taken from, which is another place
 * than those of the sets that are known already. */
static void best_offer(struct literals best[NEEDS_EACH], const struct literals *offer,
	unsigned before)
{
	unsigned worth = set_worth(offer);

	for (unsigned i = 0; i < NEEDS_EACH; i++) {
		if (worth <= set_worth(&best[i]))
			continue;
		for (unsigned j = NEEDS_EACH - 1; j > i; j--)
			set_copy(&best[j], &best[j - 1]);
		set_place(&best[i], offer, before);
		return;
	}
}

static void best_clear(struct part *part)
{
	for (unsigned i = 0; i < NEEDS_EACH; i++)
		part->best[i].count = 0;
}

static unsigned best_count(const struct literals best[NEEDS_EACH])
{
	unsigned count = 0;

	while (count < NEEDS_EACH && best[count].count)
		count++;
	return count;
}

/* What either branch must contain: a branch that has fewer sets has its last one again. */
static void best_join(struct part *all, const struct part *branch)
{
	unsigned had = best_count(all->best), has = best_count(branch->best), kept = 0;
	unsigned most = had > has ? had : has;

	if (!had || !has) {
		best_clear(all);
		return;
	}
	for (unsigned i = most; i > 0; i--) {
		struct literals *set = &all->best[i - 1];

		if (i > had)
			set_copy(set, &all->best[had - 1]);
		if (!set_join(set, &branch->best[i > has ? has - 1 : i - 1]))
			set->count = 0;
	}
	for (unsigned i = 0; i < most; i++) {
		if (!all->best[i].count)
			continue;
		if (kept != i)
			set_copy(&all->best[kept], &all->best[i]);
		kept++;
	}
	for (; kept < NEEDS_EACH; kept++)
		all->best[kept].count = 0;
}

/* Most of the literals of one are among the others. */
static bool is_mostly(const struct literals *set, struct literals *other)
{
	unsigned common = 0;

	for (unsigned i = 0; i < set->count; i++)
		common += set_find(other, &set->list[i]) != NULL;
	return common * 2 > set->count;
}

/* --- sequences and branches ----------------------------------------------------------------- */

static void sequence_begin(struct part *sequence)
{
	set_to_empty_string(&sequence->exact);
	sequence->is_exact = true;
	sequence->ends_at_edge = false;
	best_clear(sequence);
	sequence->most = 0;
	sequence->tail_from = 0;
}

/* The tail ends here, and up to `more` code points behind it are not known; does a letter behind
 * them begin a word? */
static void sequence_cut(struct part *sequence, unsigned more, bool at_edge)
{
	best_offer(sequence->best, &sequence->exact, sequence->tail_from);
	sequence->most = add(sequence->most, more);
	sequence->tail_from = sequence->most;
	set_to_empty_string(&sequence->exact);
	if (at_edge)
		set_end_with_edge(&sequence->exact);
	sequence->is_exact = false;
}

/* Behind a blank a word begins, and behind \b, if a letter follows. */
static bool ends_at_edge(const struct literals *tail)
{
	for (unsigned i = 0; i < tail->count; i++) {
		const struct literal *literal = &tail->list[i];

		if (literal->length ? literal->points[literal->length - 1] != ' '
				    : !(literal->edges & EDGE_RIGHT))
			return false;
	}
	return true;
}

/* Where the part begins a word, so does every literal right at its start. */
static void part_begin_word(struct part *part)
{
	for (unsigned i = 0; i < best_count(part->best); i++)
		for (unsigned j = 0; j < part->best[i].count; j++)
			if (part->best[i].list[j].before == 0
			    && literals_is_letter(part->best[i].list[j].points[0]))
				part->best[i].list[j].edges |= EDGE_LEFT;
}

/* Is it better to end the tail here than to have every string of it with each of `part`? */
static bool is_end_of_tail(const struct literals *tail, const struct literals *part)
{
	if (tail->count * part->count <= LIST_LONG || tail->list[0].length == 0)
		return false;
	return letters_least(tail) >= LIST_LETTERS
		|| (part->count > LIST_LONG && letters_least(part) >= LIST_LETTERS);
}

/* Something of which not all strings are known, and which may be left out. */
static void sequence_skip(struct part *sequence, const struct part *part, unsigned most)
{
	sequence_cut(sequence, most, part->ends_at_edge && ends_at_edge(&sequence->exact));
}

static void sequence_append(struct part *sequence, struct part *part)
{
	bool at_edge = ends_at_edge(&sequence->exact);

	if (!part->is_exact) {
		if (at_edge)
			part_begin_word(part);
		for (unsigned i = 0; i < best_count(part->best); i++)
			if (i == 0 || !is_mostly(&part->best[i], &part->best[0]))
				best_offer(sequence->best, &part->best[i], sequence->most);
		sequence_cut(sequence, part->most, part->ends_at_edge);
		return;
	}
	if (is_end_of_tail(&sequence->exact, &part->exact)
	    || !set_multiply(&sequence->exact, &part->exact)) {
		sequence_cut(sequence, 0, at_edge);
		(void)set_multiply(&sequence->exact, &part->exact);
	}
	sequence->most = add(sequence->most, part->most);
}

static void part_copy(struct part *to, const struct part *from)
{
	set_copy(&to->exact, &from->exact);
	for (unsigned i = 0; i < NEEDS_EACH; i++)
		set_copy(&to->best[i], &from->best[i]);
	to->is_exact = from->is_exact;
	to->ends_at_edge = from->ends_at_edge;
	to->most = from->most;
	to->tail_from = from->tail_from;
}

static void branch_end(struct frame *frame)
{
	struct part *sequence = &frame->sequence, *all = &frame->alternation;

	best_offer(sequence->best, &sequence->exact, sequence->tail_from);
	sequence->ends_at_edge = ends_at_edge(&sequence->exact);
	if (!frame->has_branch) {
		part_copy(all, sequence);
	} else {
		all->ends_at_edge = all->ends_at_edge && sequence->ends_at_edge;
		all->is_exact = all->is_exact && sequence->is_exact
			&& set_join(&all->exact, &sequence->exact);
		if (all->most < sequence->most)
			all->most = sequence->most;
		best_join(all, sequence);
	}
	frame->has_branch = true;
	sequence_begin(sequence);
}

static void frame_begin(struct reader *reader, bool is_lookaround)
{
	struct frame *frame;

	if (reader->depth == DEPTH_MOST) {
		reader->lost = true;
		return;
	}
	frame = &reader->frames[reader->depth++];
	frame->has_branch = false;
	frame->is_lookaround = is_lookaround;
	sequence_begin(&frame->sequence);
}

/* --- reading -------------------------------------------------------------------------------- */

static uint32_t peek(const struct reader *reader, size_t ahead)
{
	return reader->at + ahead < reader->count ? reader->pattern[reader->at + ahead] : 0;
}

static bool is_digit(uint32_t point)
{
	return point >= '0' && point <= '9';
}

enum repeat { REPEAT_ONCE, REPEAT_MAYBE, REPEAT_ANY, REPEAT_SOME };

static unsigned read_number(const struct reader *reader, size_t *at)
{
	unsigned number = 0;

	for (; *at < reader->count && is_digit(reader->pattern[*at]); (*at)++)
		number = add(number < BEFORE_ANY ? number * 10 : number, reader->pattern[*at] - '0');
	return number;
}

/* {n}, {n,}, {n,m}; anything else that starts with a brace we leave to PCRE2. */
static enum repeat read_braces(struct reader *reader, unsigned *most)
{
	size_t start = reader->at + 1, at = start;
	unsigned least = read_number(reader, &at);
	bool known = at > start;

	*most = least;
	if (known && at < reader->count && reader->pattern[at] == ',') {
		size_t from = ++at;

		*most = read_number(reader, &at);
		if (at == from)
			*most = BEFORE_ANY;
	}
	if (!known || at >= reader->count || reader->pattern[at] != '}') {
		reader->lost = true;
		return REPEAT_ANY;
	}
	reader->at = at + 1;
	if (least == 0)
		return *most == 1 ? REPEAT_MAYBE : REPEAT_ANY;
	return REPEAT_SOME;
}

/* How often what stands before may come: `most` times. */
static enum repeat read_repeat(struct reader *reader, unsigned *most)
{
	enum repeat repeat;

	*most = 1;
	switch (peek(reader, 0)) {
	case '?': repeat = REPEAT_MAYBE; reader->at++; break;
	case '*': repeat = REPEAT_ANY; *most = BEFORE_ANY; reader->at++; break;
	case '+': repeat = REPEAT_SOME; *most = BEFORE_ANY; reader->at++; break;
	case '{': repeat = read_braces(reader, most); break;
	default: return REPEAT_ONCE;
	}
	/* Lazy or possessive: the same strings. */
	if (peek(reader, 0) == '?' || peek(reader, 0) == '+')
		reader->at++;
	return repeat;
}

static unsigned multiply(unsigned a, unsigned b)
{
	return a * b < BEFORE_ANY ? a * b : BEFORE_ANY;
}

static void append_repeated(struct reader *reader, struct part *part)
{
	struct part *sequence = &reader->frames[reader->depth - 1].sequence;
	struct literals nothing;
	unsigned times;

	switch (read_repeat(reader, &times)) {
	case REPEAT_ONCE:
		sequence_append(sequence, part);
		return;
	case REPEAT_MAYBE:
		set_to_empty_string(&nothing);
		best_clear(part);
		if (part->is_exact && set_join(&part->exact, &nothing))
			sequence_append(sequence, part);
		else
			sequence_skip(sequence, part, part->most);
		return;
	case REPEAT_SOME:
		/* Once it is there; the others come behind. */
		sequence_append(sequence, part);
		sequence_skip(sequence, part,
			multiply(part->most, times == BEFORE_ANY ? times : times - 1));
		return;
	case REPEAT_ANY:
		sequence_skip(sequence, part, multiply(part->most, times));
		return;
	}
}

/* A part that is none of its strings yet. */
static struct part *piece_begin(struct reader *reader, bool is_exact, unsigned most)
{
	struct part *piece = reader->piece;

	piece->exact.count = 0;
	best_clear(piece);
	piece->is_exact = is_exact;
	piece->ends_at_edge = false;
	piece->most = most;
	piece->tail_from = 0;
	return piece;
}

/* `most` code points of any kind. */
static void append_unknown(struct reader *reader, unsigned most)
{
	append_repeated(reader, piece_begin(reader, false, most));
}

static void append_point(struct reader *reader, uint32_t point)
{
	struct part *part;

	if (point > POINT_MOST) {
		append_unknown(reader, 1);
		return;
	}
	part = piece_begin(reader, true, 1);
	part->ends_at_edge = point == ' ';
	part->exact.count = 1;
	part->exact.list[0].length = 1;
	part->exact.list[0].before = 0;
	part->exact.list[0].edges = 0;
	part->exact.list[0].points[0] = (uint16_t)point;
	append_repeated(reader, part);
}

static bool is_ascii_letter(uint32_t point)
{
	return (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z');
}

static void read_escape(struct reader *reader)
{
	uint32_t point = peek(reader, 1);

	reader->at += 2;
	switch (point) {
	case 'B':
	case 'K': /* only moves where the finding starts */
		return; /* takes up no place */
	case 'A':
	case 'Z':
	case 'b':
	case 'z':
		set_end_with_edge(&reader->frames[reader->depth - 1].sequence.exact);
		return;
	case 'D':
	case 'H':
	case 'N':
	case 'S':
	case 'V':
	case 'W':
	case 'd':
	case 'h':
	case 'v':
	case 'w':
		append_unknown(reader, 1);
		return;
	case 's':
		if (reader->folded)
			append_point(reader, ' ');
		else
			append_unknown(reader, 1);
		return;
	case 'R': /* a carriage return and a line feed */
		append_unknown(reader, 2);
		return;
	default:
		if (is_ascii_letter(point) || is_digit(point) || !point)
			reader->lost = true;
		else
			append_point(reader, point);
	}
}

/* [abc] is three strings; ranges, negations and kinds of characters are not known. */
static void read_class(struct reader *reader)
{
	struct part *part = piece_begin(reader, true, 1);
	bool first = true;

	for (reader->at++;; first = false) {
		uint32_t point = peek(reader, 0);
		struct literal literal = {.length = 1};

		if (reader->at >= reader->count) {
			reader->lost = true;
			return;
		}
		reader->at++;
		if (point == ']' && !first)
			break;
		if (point == '[' || point == ']') {
			/* A named class, or the one place where ] is a letter: not ours. */
			reader->lost = true;
			return;
		}
		if (point == '\\') {
			point = peek(reader, 0);
			reader->at++;
			if (is_ascii_letter(point) || is_digit(point))
				part->is_exact = false;
		} else if ((point == '^' && first) || point == '-') {
			part->is_exact = false;
		}
		if (point > POINT_MOST || part->exact.count == LITERALS_MOST)
			part->is_exact = false;
		if (!part->is_exact)
			continue;
		literal.points[0] = (uint16_t)point;
		if (!set_find(&part->exact, &literal))
			part->exact.list[part->exact.count++] = literal;
	}
	append_repeated(reader, part);
}

static void read_group(struct reader *reader)
{
	uint32_t kind = peek(reader, 2), more = peek(reader, 3);

	if (peek(reader, 1) == '*') {
		reader->lost = true;
	} else if (peek(reader, 1) != '?') {
		reader->at += 1;
		frame_begin(reader, false);
	} else if (kind == ':' || kind == '>' || kind == '|') {
		reader->at += 3;
		frame_begin(reader, false);
	} else if (kind == '=' || kind == '!') {
		reader->at += 3;
		frame_begin(reader, true);
	} else if (kind == '<' && (more == '=' || more == '!')) {
		reader->at += 4;
		frame_begin(reader, true);
	} else {
		reader->lost = true;
	}
}

static void read_group_end(struct reader *reader)
{
	struct frame *frame = &reader->frames[reader->depth - 1];
	unsigned times;

	if (reader->depth == 1) {
		reader->lost = true;
		return;
	}
	branch_end(frame);
	reader->depth--;
	reader->at++;
	if (frame->is_lookaround)
		read_repeat(reader, &times);
	else
		append_repeated(reader, &frame->alternation);
}

static void read_one(struct reader *reader)
{
	uint32_t point = peek(reader, 0);

	switch (point) {
	case '\\': read_escape(reader); return;
	case '[': read_class(reader); return;
	case '(': read_group(reader); return;
	case ')': read_group_end(reader); return;
	case '|':
		branch_end(&reader->frames[reader->depth - 1]);
		reader->at++;
		return;
	case '^':
	case '$':
		set_end_with_edge(&reader->frames[reader->depth - 1].sequence.exact);
		reader->at++;
		return;
	case '.':
		reader->at++;
		append_unknown(reader, 1);
		return;
	case '?':
	case '*':
	case '+':
	case '{': reader->lost = true; return;
	default:
		reader->at++;
		append_point(reader, point);
	}
}

/* --- what comes of it ----------------------------------------------------------------------- */

/* Where `part` stands in `whole`; its length if nowhere. */
static unsigned place_in(const struct literal *whole, const struct literal *part)
{
	for (unsigned at = 0; at + part->length <= whole->length; at++)
		if (is_at(whole, at, part))
			return at;
	return whole->length;
}

/* Wherever `whole` stands, does `part` stand `at` points behind its start, with its own edges? */
static bool stands_in(const struct literal *whole, const struct literal *part, unsigned at)
{
	unsigned end = at + part->length;
	bool left = at ? !literals_is_letter(whole->points[at - 1]) : whole->edges & EDGE_LEFT;
	bool right = end < whole->length ? !literals_is_letter(whole->points[end])
					 : whole->edges & EDGE_RIGHT;

	return (left || !(part->edges & EDGE_LEFT)) && (right || !(part->edges & EDGE_RIGHT));
}

static void set_cut(struct literals *set, unsigned most)
{
	for (unsigned i = 0; i < set->count; i++) {
		if (set->list[i].length <= most)
			continue;
		set->list[i].length = (uint8_t)most;
		set->list[i].edges &= (uint8_t)~EDGE_RIGHT;
	}
	set_check_edges(set);
}

/* A bit for each kind of letter in it: what has not all bits of a part does not have the part. */
static uint64_t bits_of(const struct literal *literal)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < literal->length; i++)
		bits |= UINT64_C(1) << literal->points[i] % 64;
	return bits;
}

/* One that another is a part of is found with it. */
static void set_reduce(struct literals *set)
{
	uint64_t bits[LITERALS_MOST];
	unsigned kept = 0;

	for (unsigned i = 0; i < set->count; i++)
		bits[i] = bits_of(&set->list[i]);
	for (unsigned i = 0; i < set->count; i++) {
		const struct literal *literal = &set->list[i];
		bool needed = true;

		for (unsigned j = 0; needed && j < set->count; j++) {
			struct literal *part = &set->list[j];
			unsigned at = bits[j] & ~bits[i] ? literal->length
							 : place_in(literal, part);
			bool equal = literal->length == part->length && literal->edges == part->edges;

			/* Those before `kept` stay; of equal ones the first does. */
			if (j == i || at == literal->length || (j >= kept && j < i) || (equal && j > i)
			    || !stands_in(literal, part, at))
				continue;
			if (part->before < add(literal->before, at))
				part->before = (uint8_t)add(literal->before, at);
			needed = false;
		}
		if (!needed)
			continue;
		bits[kept] = bits[i];
		set->list[kept++] = *literal;
	}
	set->count = kept;
}

/* Shorter literals are found as seldom. Where a word is listed with many endings, what they have in
 * common is enough. */
static void set_shorten(struct literals *set)
{
	struct literals open;

	set_cut(set, set->count <= FEW ? FEW_LENGTH : MANY_LENGTH);
	set_reduce(set);
	if (set->count <= LIST_LONG)
		return;
	set_copy(&open, set);
	for (unsigned i = 0; i < open.count; i++)
		open.list[i].edges &= (uint8_t)~EDGE_RIGHT;
	set_reduce(&open);
	if (open.count * 3 <= set->count * 2)
		set_copy(set, &open);
}

bool literals_find(const uint32_t *pattern, size_t count, bool folded, struct needs *out)
{
	struct reader reader = {.pattern = pattern, .count = count, .folded = folded};
	struct {
		struct frame frames[DEPTH_MOST];
		struct part piece;
	} *room = malloc(sizeof(*room));
	const struct part *whole;

	for (unsigned i = 0; i < NEEDS_EACH; i++)
		out->sets[i].count = 0;
	out->most = BEFORE_ANY;
	if (!room)
		return false;
	reader.frames = room->frames;
	reader.piece = &room->piece;
	frame_begin(&reader, false);
	while (!reader.lost && reader.at < reader.count)
		read_one(&reader);
	if (!reader.lost && reader.depth == 1) {
		branch_end(&reader.frames[0]);
		whole = &reader.frames[0].alternation;
		out->most = whole->most;
		for (unsigned i = 0; i < NEEDS_EACH && set_worth(&whole->best[i]); i++) {
			/* What nearly every text has is only looked for if there is nothing else. */
			if (i > 1 && has_common(&whole->best[i]))
				break;
			set_copy(&out->sets[i], &whole->best[i]);
			set_shorten(&out->sets[i]);
		}
	}
	free(room);
	return out->sets[0].count > 0;
}

static unsigned more_of(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

/* How many literals of `other` are in the set as well. */
static unsigned common_count(struct literals *set, const struct literals *other)
{
	unsigned count = 0;

	for (unsigned i = 0; i < other->count; i++)
		count += set_find(set, &other->list[i]) != NULL;
	return count;
}

/* The one of `sets` that has most in common with `set`; those in `taken` (bits) are others'. */
static unsigned partner_of(struct literals *set, const struct literals sets[NEEDS_EACH],
	unsigned taken)
{
	unsigned found = NEEDS_EACH, most = 0;

	for (unsigned i = 0; i < NEEDS_EACH; i++) {
		unsigned common = common_count(set, &sets[i]);

		if (!sets[i].count || taken >> i & 1 || (found < NEEDS_EACH && common <= most))
			continue;
		found = i;
		most = common;
	}
	return found;
}

bool literals_merge(struct needs *needs, const struct needs *other)
{
	struct needs merged = *needs;
	unsigned taken = 0;

	/* Nothing more than so many sets: then neither may need more. */
	if (best_count(needs->sets) != best_count(other->sets))
		return false;
	for (unsigned i = 0; i < best_count(needs->sets); i++) {
		unsigned with = partner_of(&merged.sets[i], other->sets, taken);
		unsigned more = more_of(needs->sets[i].count, other->sets[with].count);

		/* There are as many: each has one. */
		taken |= 1u << with;
		if (!set_join(&merged.sets[i], &other->sets[with]))
			return false;
		set_shorten(&merged.sets[i]);
		if (merged.sets[i].count > more + more / 8 + 1)
			return false;
	}
	merged.most = more_of(needs->most, other->most);
	*needs = merged;
	return true;
}
