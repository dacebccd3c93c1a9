/* test_rules.c: patterns behind their prefilter find what they would find alone, and are stopped in
 * time. */
#include "given_rules.h"

#include "filters/literals.h"

/* --- literals ------------------------------------------------------------------------------- */

static bool needs_find(const char *pattern, struct needs *out)
{
	uint32_t points[512];
	size_t count = 0;

	for (size_t at = 0; at < strlen(pattern);)
		points[count++] = utf8_next(pattern, strlen(pattern), &at);
	return literals_find(points, count, false, out);
}

static void set_write(const struct literals *set, struct buf *out)
{
	for (unsigned i = 0; i < set->count; i++) {
		buf_text(out, i ? "|" : "");
		buf_text(out, set->list[i].edges & EDGE_LEFT ? "<" : "");
		for (unsigned j = 0; j < set->list[i].length; j++) {
			char utf8[4];

			buf_add(out, utf8, utf8_put(set->list[i].points[j], utf8));
		}
		buf_text(out, set->list[i].edges & EDGE_RIGHT ? ">" : "");
	}
}

/* `expected`: sets with " & " between them, < and > where a literal's edge is one of a word; "?"
 * where nothing is known. */
static void check_literals(const char *pattern, const char *expected)
{
	static struct needs needs;
	struct buf got = {0};

	if (needs_find(pattern, &needs)) {
		for (unsigned i = 0; i < NEEDS_EACH && needs.sets[i].count; i++) {
			buf_text(&got, i ? " & " : "");
			set_write(&needs.sets[i], &got);
		}
	} else {
		buf_text(&got, "?");
	}
	buf_add(&got, "", 1);
	CHECK_TEXT(expected, got.data);
	buf_fini(&got);
}

TEST(what_a_pattern_must_contain_is_found)
{
	check_literals("abc", "abc");
	check_literals("\\babc\\b", "<abc>");
	check_literals("(?:\\bab|xabc)(?:d\\b|e)", "<abd>|<abe|xabcd>|xabce");
	check_literals("\\b abc.*\\bdef\\b", "<def> &  abc");
	check_literals("\\babcdefghijkl\\b", "<abcdefgh");
	check_literals("^abc$", "<abc>");
	check_literals("a\\sbcde", "bcde");
	check_literals("a(?:bc|de)f", "abcf|adef");
	check_literals("ab?cd", "abcd|acd");
	check_literals("x[yz]w", "xyw|xzw");
	check_literals("(?:ab)+c", "ab");
	check_literals("abc.*defgh", "defgh & abc");
	check_literals("(?=zz)abc", "abc");
	check_literals("(?<!zz)abc", "abc");
	check_literals("ab\\.cd", "ab.cd");
	/* Whatever is found with another one need not be looked for. */
	check_literals("תמות(?:י|ו)?", "תמות");
	check_literals("(?:abcd|xabcdx|cdef)", "abcd|cdef");
	/* Longer ones are no rarer. */
	check_literals("abcdefghijkl", "abcdefgh");
	check_literals("(?:abcdefgh|bcdefghi|cdefghij)", "abcdef|bcdefg|cdefgh");
	/* A blank is no letter. */
	check_literals("you .(?:cancer|vermin)", "cancer|vermin & you ");
	check_literals("אתה .*נבלה", "נבלה & אתה ");
}

TEST(what_a_pattern_must_contain_elsewhere_is_found_too)
{
	check_literals("abcd.*efghi", "abcd & efghi");
	check_literals("ab.*cdef.*ghij", "cdef & ghij");
	check_literals("abcd(?:ef.*ghij|klm)", "abcd & ghij|klm");
	check_literals("(?:abcd.*efgh|ijkl)", "abcd|ijkl & efgh|ijkl");
	check_literals("(?:abcd.*efgh|ijkl.*mnop)", "abcd|ijkl & efgh|mnop");
	check_literals("(?:abcd.*efgh|.*)", "?");
	check_literals("(?:abcd|efgh)+", "abcd|efgh");
	check_literals("abcd(?:.*efgh)?", "abcd");
	/* A long list is a set by itself, which other patterns may have as well. */
	check_literals("all (?:cats|dogs|cows|pigs|rats|apes|bats|goats|sheep|horses)",
		"<cats|<dogs|<cows|<pigs|<rats|<apes|<bats|<goats|<sheep|<horses & all ");
	/* What nearly every text has is the last to be looked for. */
	check_literals("\\bthere\\b.*wasp", "wasp & <there>");
	check_literals("\\bthere\\b.*wasp.*bees", "wasp & bees");
}

TEST(two_patterns_that_need_nearly_the_same_need_it_together)
{
	static struct needs needs, other;

	CHECK(needs_find("(?:kill|hit|slay).*dogs", &needs));
	CHECK(needs_find("(?:kil|hit|slay).*dogs", &other));
	CHECK(literals_merge(&needs, &other));
	CHECK_INT(3, needs.sets[1].count);
	CHECK(needs_find("(?:kill|hit|slay).*dogs", &needs));
	CHECK(needs_find("(?:push|pull|call).*dogs", &other));
	CHECK(!literals_merge(&needs, &other));
	CHECK_INT(3, needs.sets[1].count);
	CHECK(needs_find("abcd", &other));
	CHECK(!literals_merge(&needs, &other));
}

TEST(in_folded_texts_white_space_is_a_space)
{
	static struct needs needs;
	uint32_t points[] = {'a', 'b', '\\', 's', 'c', 'd'};

	CHECK(literals_find(points, 6, true, &needs));
	CHECK_INT(5, needs.sets[0].list[0].length);
	CHECK_INT(' ', needs.sets[0].list[0].points[2]);
	CHECK(literals_find(points, 6, false, &needs));
	CHECK_INT(2, needs.sets[0].list[0].length);
}

static void check_before(const char *pattern, unsigned expected)
{
	static struct needs needs;
	unsigned most = 0;

	CHECK(needs_find(pattern, &needs));
	for (unsigned i = 0; i < needs.sets[0].count; i++)
		if (needs.sets[0].list[i].before > most)
			most = needs.sets[0].list[i].before;
	CHECK_INT(expected, most);
}

TEST(how_much_of_a_match_can_stand_before_what_it_must_contain_is_known)
{
	check_before("abcd", 0);
	check_before("(?<=zzzz)\\babcd.*", 0);
	check_before(".{0,3}abcd", 3);
	check_before("x?[yz]{2}?abcd", 3);
	check_before("(?:x|y.z)[^a]?abcd", 4);
	check_before("(?:.{2}abcd){1,9}", 2);
	check_before("(?:abcd|.{7}bcde)f", 7);
	check_before("\\Rabcd", 2);
	check_before(".*abcd", BEFORE_ANY);
	check_before("x{2,}abcd", BEFORE_ANY);
	check_before("(?:.{90}){3}abcd", BEFORE_ANY);
	/* What stands in another one is found in it, so much further behind. */
	check_before("(?:xyabcd|.abcd)", 2);
}

TEST(where_nothing_is_known_nothing_is_claimed)
{
	check_literals("a*b*", "?");
	check_literals("[a-z]+", "?");
	check_literals("a|bcd", "?");
	check_literals("(?i)abc", "?");
	check_literals("(?<name>abc)\\k<name>", "?");
	check_literals("\\x61bc", "?");
	check_literals("(?:abc)?", "?");
	check_literals("(?:abc){0,3}", "?");
	check_literals("\\p{L}b", "?");
	check_literals("a\\Qbc\\E", "?");
	check_literals("abc(", "?");
}

/* --- with and without the prefilter --------------------------------------------------------- */

static bool same_matches(const struct ruleset *ruleset, struct rules_scratch *scratch,
	const char *given, size_t bytes)
{
	static struct match with[256], without[256];
	struct text text = {0};
	bool stopped_with, stopped_without, same;
	uint32_t with_count, without_count;

	CHECK_OK(text_read(&text, given, bytes));
	with_count = rules_find(ruleset->rules, scratch, &text, false, with, 256,
		&stopped_with);
	without_count = rules_find(ruleset->rules, scratch, &text, true, without, 256,
		&stopped_without);
	same = with_count == without_count && stopped_with == stopped_without;
	for (uint32_t i = 0; same && i < with_count; i++)
		same = with[i].rule == without[i].rule && with[i].span.start == without[i].span.start
			&& with[i].span.end == without[i].span.end;
	text_fini(&text);
	return same;
}

TEST(the_prefilter_loses_no_match_on_the_examples_and_the_civility_texts)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct rules_scratch *scratch = rules_scratch_new();
	static const char *const files[] = {"he", "ar", "en"};
	struct example example;
	unsigned tried = 0;

	for (unsigned i = 0; rules_example(ruleset->rules, i, &example); i++, tried++)
		CHECK(same_matches(ruleset, scratch, example.text, example.bytes));
	for (int i = 0; i < 3; i++) {
		char path[512], line[4096];
		FILE *file;

		snprintf(path, sizeof(path), PROJECT_ROOT "/tests/civility/%s.jsonl", files[i]);
		file = fopen(path, "r");
		CHECK(file != NULL);
		for (; fgets(line, sizeof(line), file); tried++)
			CHECK(same_matches(ruleset, scratch, line, strlen(line)));
		fclose(file);
	}
	CHECK(tried > 250);
	rules_scratch_free(&scratch);
	ruleset_unref(&ruleset);
}

/* Where a literal stands more than once, matches can start here and there. */
TEST(the_prefilter_loses_no_match_in_texts_of_many_sentences)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct rules_scratch *scratch = rules_scratch_new();
	struct example example;
	uint64_t seed = 11;
	unsigned count = 0;

	while (rules_example(ruleset->rules, count, &example))
		count++;
	for (int round = 0; round < 60; round++) {
		unsigned from = (unsigned)(random_next(&seed) % count);
		struct buf text = {0};

		/* Those of one rule stand beside each other, and are mostly alike. */
		for (unsigned i = 0; i < 2u + (unsigned)round; i++) {
			CHECK(rules_example(ruleset->rules, (from + i * 7 / 3) % count, &example));
			buf_format(&text, "%.*s ", (int)example.bytes, example.text);
		}
		CHECK(same_matches(ruleset, scratch, text.data, text.bytes));
		buf_fini(&text);
	}
	rules_scratch_free(&scratch);
	ruleset_unref(&ruleset);
}

TEST(the_prefilter_loses_no_match_between_whatever_is_white)
{
	struct rules_scratch *scratch = rules_scratch_new();
	struct ruleset *ruleset;
	char dir[64];

	given_folder(dir, false);
	file_write(dir, "test.rules", "rule r\nsymbol INSULT\nscore 500\nmatch ab\\scd\n"
		"match \\bab\\W+\\bcd\\b\n", "w");
	CHECK_OK(ruleset_load(dir, &ruleset, NULL));
	for (uint32_t point = 1; point < 0x30000; point++) {
		char text[16] = "ab";
		size_t bytes = 2;

		if (point >= 0xd800 && point < 0xe000)
			continue;
		bytes += utf8_put(point, text + bytes);
		memcpy(text + bytes, "cd", 2);
		CHECK(same_matches(ruleset, scratch, text, bytes + 2));
	}
	rules_scratch_free(&scratch);
	ruleset_unref(&ruleset);
	folder_remove(dir);
}

/* Random patterns out of a small alphabet, so that they often match random texts. */
static void random_pattern(uint64_t *seed, char *out)
{
	static const char *const pieces[] = {"a", "b", "ab", "ba", "ש", "לש", "[ab]", "[^b]", "(?:a|b)",
		"(?:ab|ש|ba)", "(?:ab)?", "a+", "b*", "(?:ba){1,2}",
		"(?:ש|ab)+?", ".", "\\b", "(?=a)", "(?!b)",
		"(?<=a)", "\\s?", ".{0,2}", "(?:.[ab]|ש){2}", "(?:.{3}|b)?", "(?>ab|a)", "\\w", " ",
		"a{0,1}", "(?:a(?:b|ש)b?|לש)", "b{2,}", "[שa]"};
	int count = 1 + (int)(random_next(seed) % 5);

	out[0] = '\0';
	for (int i = 0; i < count; i++) {
		strcat(out, pieces[random_next(seed) % (sizeof(pieces) / sizeof(pieces[0]))]);
		if (i + 1 < count && random_next(seed) % 12 == 0)
			strcat(out, "|");
	}
}

TEST(the_prefilter_loses_no_match_of_patterns_at_random)
{
	uint64_t seed = 11;
	unsigned loaded = 0;

	for (int round = 0; round < 150; round++) {
		struct buf rules = {0};
		struct ruleset *ruleset;
		struct rules_scratch *scratch = rules_scratch_new();
		char dir[64];

		given_folder(dir, false);
		/* A dozen patterns that do not match the empty text, each a rule. */
		for (int i = 0; i < 12; i++) {
			static const char *const views[] = {"original", "folded", "squashed"};
			char pattern[256];

			random_pattern(&seed, pattern);
			buf_format(&rules, "rule r%d\nsymbol INSULT\nscore 500\nview %s\nmatch z?%s%s\n",
				i, views[i % 3], pattern, i % 2 ? "" : "a|aba");
		}
		buf_add(&rules, "", 1);
		file_write(dir, "test.rules", rules.data, "w");
		/* Some can match nothing at all, and are refused: fine, the next dozen. */
		if (ruleset_load(dir, &ruleset, NULL) == ERR_NONE) {
			loaded++;
			for (int i = 0; i < 60; i++) {
				static const char *const pieces[] = {"a", "b", "ש", "ל", " ", "-", "A"};
				char text[128] = "";

				for (int j = 0; j < 14; j++)
					strcat(text, pieces[random_next(&seed) % 7]);
				CHECK(same_matches(ruleset, scratch, text, strlen(text)));
			}
		}
		ruleset_unref(&ruleset);
		rules_scratch_free(&scratch);
		folder_remove(dir);
		buf_fini(&rules);
	}
	CHECK(loaded > 15);
}

/* --- limits --------------------------------------------------------------------------------- */

TEST(a_pattern_that_explodes_is_stopped_and_the_message_is_held)
{
	struct ruleset *ruleset = given_rules("rule bomb\nsymbol INSULT\nscore 500\n"
		"match (?:א+)+ב\n", NULL);
	struct judged judged = given_verdict(ruleset, "אאבא אבאבאבב");
	char bomb[512] = "";

	CHECK(!judged.failed);
	/* A stretched letter would be shortened, so two take turns. */
	ruleset_unref(&ruleset);
	ruleset = given_rules("rule bomb\nsymbol INSULT\nscore 500\nmatch (?:[אג]+)+ב\n", NULL);
	for (int i = 0; i < 40; i++)
		strcat(bomb, "אג");
	/* The last letter stands there, but not where it would be of use. */
	strcat(bomb, "דב");
	judged = given_verdict(ruleset, bomb);
	CHECK(judged.failed);
	CHECK_INT(ACTION_HOLD, judged.action);
	CHECK_INT(1000, score_found(&judged, "FILTER_FAILED"));
	/* Whatever the policy, and even if its author was nudged. */
	CHECK_INT(ACTION_HOLD, pipeline_settle(ruleset, "expert", &judged, NULL, 0, 0, true));
	ruleset_unref(&ruleset);
}

static void check_refused(const char *rules, const char *expected_in_why)
{
	struct ruleset *ruleset;
	struct why why;
	char dir[64];

	given_folder(dir, false);
	file_write(dir, "test.rules", rules, "w");
	CHECK_ERR(ERR_BAD_PARAMS, ruleset_load(dir, &ruleset, &why));
	CHECK(ruleset == NULL);
	if (!strstr(why.text, expected_in_why))
		fail_msg("\"%s\" says nothing of \"%s\"", why.text, expected_in_why);
	folder_remove(dir);
}

TEST(patterns_that_could_do_harm_are_refused_with_file_and_line)
{
	check_refused("rule r\nsymbol INSULT\nscore 500\nmatch ab\\C\n", "test.rules line 4");
	check_refused("rule r\nsymbol INSULT\nscore 500\nmatch ab(?C1)c\n", "callouts");
	check_refused("rule r\nsymbol INSULT\nscore 500\nmatch aall(?C1)c\n", "callouts");
	check_refused("rule r\nsymbol INSULT\nscore 500\nmatch aall(?C2)c\n", "callouts");
	check_refused("rule r\nsymbol INSULT\nscore 500\nmatch aall\\({(?C2)}c\n", "callouts");
	check_refused("rule r\nsymbol INSULT\nscore 500\nmatch (*LIMIT_MATCH=9)ab\n", "(*");
	check_refused("rule r\nsymbol INSULT\nscore 500\nmatch ab(\n", "test.rules line 4");
	check_refused("rule r\nsymbol INSULT\nscore 500\nmatch a*\n", "empty text");
	check_refused("rule r\nsymbol INSULT\nscore 500\n"
		"match ((((((((((((((((((((ab))))))))))))))))))))\n", "test.rules line 4");
}

TEST(a_rule_that_is_written_wrongly_is_refused_with_file_and_line)
{
	check_refused("match ab\n", "line 1");
	check_refused("rule r\nsymbol NO_SUCH\n", "NO_SUCH");
	check_refused("rule r\nsymbol INSULT\nmatch ab\n", "lacks");
	check_refused("rule r\nsymbol INSULT\nscore 1001\n", "line 3");
	check_refused("rule r\nsymbol INSULT\nscore 5\nmatch ab<NAME>\n", "<NAME>");
	check_refused("rule r\nsymbol INSULT\nscore 5\ncolour red\n", "colour");
	check_refused("rule r\nsymbol INSULT\nscore 5\nguards moon\n", "moon");
	check_refused("rule r\nsymbol INSULT\nscore 5\nmatch ab\nrule r\n", "already");
}

TEST(a_rule_that_fails_its_own_examples_is_refused)
{
	check_refused("rule r\nsymbol INSULT\nscore 500\nmatch abc\ncatches abd\n", "line 5");
	check_refused("rule r\nsymbol INSULT\nscore 500\nmatch abc\npasses an abc here\n", "line 5");
}

TEST(a_rule_finds_disguised_words_and_is_not_fooled_by_double_letters)
{
	struct ruleset *ruleset = given_rules("rule r\nsymbol INSULT\nscore 500\nmatch \\bgood"
		" will\\b\n"
		"rule s\nsymbol THREAT\nscore 500\nmatch ab{2,3}c+ בגגג?ד\n", NULL);
	struct judged judged = given_verdict(ruleset, "a g-o-o-d w*ill here");

	CHECK_INT(500, score_found(&judged, "INSULT"));
	CHECK_INT(2, judged.findings[0].start);
	CHECK_INT(15, judged.findings[0].end);
	judged = given_verdict(ruleset, "god wil");
	CHECK_INT(0, judged.finding_count);
	judged = given_verdict(ruleset, "goooood will");
	CHECK_INT(500, score_found(&judged, "INSULT"));
	ruleset_unref(&ruleset);
}

#define FIRST "bcdfghjkmnpqrst"
#define SECOND "aeiouvwxy"

/* Patterns with letters twice in a row, which their twins have once. */
static struct ruleset *given_doubles(const char *stem, int count)
{
	struct buf rules = {0};
	struct ruleset *ruleset;

	for (int i = 0; i < count; i++) {
		char first = FIRST[i / 9], second = SECOND[i % 9];

		/* A file has fewer definitions than this may have patterns. */
		buf_format(&rules, "rule r%d\nsymbol INSULT\nscore %d\n", i, 1 + i);
		if (i % 2)
			buf_format(&rules, "define W_%c%c %s%c%cll\nmatch \\b<W_%c%c>z will\\b\n",
				first - 32, second - 32, stem, first, second, first - 32, second - 32);
		else
			buf_format(&rules, "match \\b%s%c%cllz will\\b\n", stem, first, second);
	}
	buf_add(&rules, "", 1);
	ruleset = given_rules(rules.data, NULL);
	buf_fini(&rules);
	return ruleset;
}

/* Not mended: the squashed view alone shows the word. 0: not found. */
static unsigned score_of_disguised(const struct ruleset *ruleset, struct rules_scratch *scratch,
	const char *stem, int i)
{
	struct match match = {0};
	struct text text = {0};
	char given[64];
	bool stopped;

	snprintf(given, sizeof(given), "%s%c%c-l-l-z w*ill", stem, FIRST[i / 9], SECOND[i % 9]);
	CHECK_OK(text_read(&text, given, strlen(given)));
	rules_find(ruleset->rules, scratch, &text, false, &match, 1, &stopped);
	CHECK(!stopped);
	text_fini(&text);
	return match.score;
}

TEST(many_double_letters_are_found_in_disguise_under_two_rulesets)
{
	enum { MANY = 130 };
	struct ruleset *one = given_doubles("kv", MANY), *other = given_doubles("pt", MANY);
	struct rules_scratch *scratch = rules_scratch_new();

	CHECK(scratch != NULL);
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < MANY; i++) {
			int far = i * 37 % MANY; /* never the one used last */

			CHECK_INT(1 + far, score_of_disguised(one, scratch, "kv", far));
			CHECK_INT(0, score_of_disguised(one, scratch, "pt", far));
			CHECK_INT(1 + i, score_of_disguised(other, scratch, "pt", i));
			CHECK_INT(0, score_of_disguised(other, scratch, "kv", i));
		}
	rules_scratch_free(&scratch);
	ruleset_unref(&one);
	/* Perhaps at the same place in memory as the one before. */
	one = given_doubles("gd", MANY);
	scratch = rules_scratch_new();
	CHECK_INT(4, score_of_disguised(one, scratch, "gd", 3));
	rules_scratch_free(&scratch);
	ruleset_unref(&one);
	ruleset_unref(&other);
}

/* Does a rule that is this pattern find something in the text? Nothing is mended. */
static bool finds(const char *pattern, const char *given)
{
	struct rules_scratch *scratch = rules_scratch_new();
	struct buf rules = {0};
	struct text text = {0};
	struct ruleset *ruleset;
	struct match match;
	uint32_t count, every;
	bool stopped;

	buf_format(&rules, "rule r\nsymbol INSULT\nscore 500\nmatch %s\n", pattern);
	buf_add(&rules, "", 1);
	ruleset = given_rules(rules.data, NULL);
	CHECK_OK(text_read(&text, given, strlen(given)));
	count = rules_find(ruleset->rules, scratch, &text, false, &match, 1, &stopped);
	every = rules_find(ruleset->rules, scratch, &text, true, &match, 1, &stopped);
	CHECK_INT(every, count);
	CHECK(!stopped);
	text_fini(&text);
	buf_fini(&rules);
	rules_scratch_free(&scratch);
	ruleset_unref(&ruleset);
	return count > 0;
}

TEST(a_double_letter_is_demanded_of_plain_words_and_not_of_disguised_ones)
{
	static const struct {
		const char *pattern, *plain, *single, *disguised;
	} rows[] = {
		{"\\bzullak dovvig\\b", "zullak dovvig", "zulak dovig", "zulak dov*ig"},
		{"\\bzul+ak dovvig\\b", "zulllak dovvig", "zulak dovig", "zu*lak dovig"},
		{"\\bzull+ak dovig\\b", "zulllak dovig", "zulak dovig", "zu*lak dovig"},
		{"\\bzull{1,2}ak dovig\\b", "zullak dovig", "zulak dovig", "zu*lak dovig"},
		{"\\b(?:zullak|xx)++ dovig\\b", "zullakzullak dovig", "zulakzulak dovig",
			"zu*lak dovig"},
		{"\\b(?:zullak ){2}dovig\\b", "zullak zullak dovig", "zulak zulak dovig",
			"zu*lak zul*ak dovig"},
		{"\\b(?>zullat|xx)k dovig\\b", "zullatk dovig", "zulatk dovig", "zu*latk dovig"},
		{"(?<=zullak )dovig\\b", "zullak dovig", "zulak dovig", "zullak do*vig"},
		{"(?<=zullak |gamma )dovig\\b", "gamma dovig", "gama dovig", "gamma do*vig"},
		{"\\bdovig(?= zullak)", "dovig zullak", "dovig zulak", "do*vig zullak"},
		/* Names and settings of groups: such a pattern and its twin are two. */
		{"\\b(?'zz'zullak) dovig\\b", "zullak dovig", "zulak dovig", "zullak do*vig"},
		{"\\b(?i)ZULLak dovig\\b", "zullak dovig", "zulak dovig", "zullak do*vig"},
		{"\\b\\Qzullak\\E dovig\\b", "zullak dovig", "zulak dovig", "zulak do*vig"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].pattern);
		CHECK(finds(rows[i].pattern, rows[i].plain));
		CHECK(!finds(rows[i].pattern, rows[i].single));
		CHECK(finds(rows[i].pattern, rows[i].disguised));
	}
}

TEST(what_must_not_stand_before_may_have_double_letters)
{
	static const char *const patterns[] = {"(?<!zullak )dovig\\b", "(?<!gamma |zullak )dovig\\b"};

	for (int i = 0; i < 2; i++) {
		CHECK(!finds(patterns[i], "zullak dovig"));
		CHECK(finds(patterns[i], "zulak dovig"));
		CHECK(!finds(patterns[i], "zullak do*vig"));
		CHECK(finds(patterns[i], "zumak do*vig"));
	}
	CHECK(finds("dovig(?! zullak)", "dovig zulak"));
	CHECK(!finds("dovig(?! zullak)", "dovig zullak"));
	CHECK(!finds("dovig(?! zullak)", "do*vig zullak"));
}

TEST(a_pattern_with_final_letters_matches_a_text_with_or_without_them)
{
	struct ruleset *ruleset = given_rules("rule r\nsymbol INSULT\nscore 500\nmatch חלום רע\n"
		"rule a\nsymbol THREAT\nscore 500\nmatch مدرسة أخرى\n", NULL);
	struct judged judged = given_verdict(ruleset, "זה היה חֲלוֹם  רע");

	CHECK_INT(500, score_found(&judged, "INSULT"));
	CHECK_INT(7, judged.findings[0].start);
	CHECK_INT(17, judged.findings[0].end);
	judged = given_verdict(ruleset, "مدرسه اخري");
	CHECK_INT(500, score_found(&judged, "THREAT"));
	ruleset_unref(&ruleset);
}

TEST(what_stands_behind_unless_takes_back_what_the_match_above_found_wherever_it_stands)
{
	struct ruleset *ruleset = given_rules("define TOPIC (?:תקציבים?|plans?)\n"
		"rule r\nsymbol INSULT\nscore 500\nguards none\n"
		"match \\bstupid\nunless \\b<TOPIC>\\b\nunless \\byes\\b\nmatch טיפשי\n"
		"unless \\b<TOPIC>\\b\nmatch \\bdolt\n"
		"passes a stupid plan\ncatches a stupid plane\npasses yes, stupid\ncatches a dolt's plan\n"
		"rule s\nsymbol THREAT\nscore 500\nguards none\nmatch \\bstupid\n", NULL);
	struct judged judged = given_verdict(ruleset, "plans: s t u p i d, stupid");

	CHECK_INT(0, score_found(&judged, "INSULT"));
	CHECK_INT(500, score_found(&judged, "THREAT"));
	judged = given_verdict(ruleset, "זה טיפשי, והתקציב לא");
	CHECK_INT(500, score_found(&judged, "INSULT"));
	judged = given_verdict(ruleset, "זה טיפשי. תקציבים!");
	CHECK_INT(0, score_found(&judged, "INSULT"));
	ruleset_unref(&ruleset);
	check_refused("rule r\nsymbol INSULT\nscore 5\nmatch ab\nunless a*\n", "empty text");
	check_refused("rule r\nsymbol INSULT\nscore 5\nmatch ab\nunless (\n", "line 5");
	check_refused("rule r\nsymbol INSULT\nscore 5\nunless ab\nmatch b\n", "below the match");
}

/* What must pass in one language, a sentence after the other. */
static void long_text(const struct ruleset *ruleset, const char *lang, uint64_t *seed,
	struct buf *out)
{
	struct example example;
	unsigned count = 0;

	while (rules_example(ruleset->rules, count, &example))
		count++;
	while (out->bytes < 8000) {
		CHECK(rules_example(ruleset->rules, (unsigned)(random_next(seed) % count), &example));
		if (!example.must_catch && strncmp(example.file, lang, 2) == 0)
			buf_format(out, "%.*s ", (int)example.bytes, example.text);
	}
	buf_add(out, "", 1);
}

TEST(no_shipped_pattern_is_stopped_on_a_long_text)
{
	struct ruleset *ruleset = given_shipped_rules();
	struct scratch *scratch = scratch_new();
	uint64_t seed = 5;

	for (int round = 0; round < 45; round++) {
		static const char *const langs[] = {"he", "ar", "en"};
		struct buf text = {0};
		struct judged judged;

		long_text(ruleset, langs[round % 3], &seed, &text);
		CHECK_OK(pipeline_judge(ruleset, scratch, "public", "he", text.data, text.bytes - 1,
			&judged));
		CHECK_INT(0, score_found(&judged, "FILTER_FAILED"));
		buf_fini(&text);
	}
	scratch_free(&scratch);
	ruleset_unref(&ruleset);
}

RUN(cmocka_unit_test(what_a_pattern_must_contain_is_found),
	cmocka_unit_test(what_a_pattern_must_contain_elsewhere_is_found_too),
	cmocka_unit_test(two_patterns_that_need_nearly_the_same_need_it_together),
	cmocka_unit_test(how_much_of_a_match_can_stand_before_what_it_must_contain_is_known),
	cmocka_unit_test(where_nothing_is_known_nothing_is_claimed),
	cmocka_unit_test(the_prefilter_loses_no_match_on_the_examples_and_the_civility_texts),
	cmocka_unit_test(the_prefilter_loses_no_match_of_patterns_at_random),
	cmocka_unit_test(in_folded_texts_white_space_is_a_space),
	cmocka_unit_test(the_prefilter_loses_no_match_in_texts_of_many_sentences),
	cmocka_unit_test(the_prefilter_loses_no_match_between_whatever_is_white),
	cmocka_unit_test(a_pattern_that_explodes_is_stopped_and_the_message_is_held),
	cmocka_unit_test(patterns_that_could_do_harm_are_refused_with_file_and_line),
	cmocka_unit_test(a_rule_that_is_written_wrongly_is_refused_with_file_and_line),
	cmocka_unit_test(a_rule_that_fails_its_own_examples_is_refused),
	cmocka_unit_test(a_rule_finds_disguised_words_and_is_not_fooled_by_double_letters),
	cmocka_unit_test(a_double_letter_is_demanded_of_plain_words_and_not_of_disguised_ones),
	cmocka_unit_test(what_must_not_stand_before_may_have_double_letters),
	cmocka_unit_test(many_double_letters_are_found_in_disguise_under_two_rulesets),
	cmocka_unit_test(a_pattern_with_final_letters_matches_a_text_with_or_without_them),
	cmocka_unit_test(
		what_stands_behind_unless_takes_back_what_the_match_above_found_wherever_it_stands),
	cmocka_unit_test(no_shipped_pattern_is_stopped_on_a_long_text));
