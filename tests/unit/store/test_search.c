/* test_search.c: what is said is found as people write it, only where it was said, only while it
 * stands. */
#include "given_store.h"

#include <sys/stat.h>

#include "base/clock.h"
#include "store/search.h"
#include "store/words.h"

static struct search *given_index(struct given *given)
{
	struct search *search = NULL;

	CHECK_OK(search_open(given->folder, NULL, &search));
	return search;
}

static void catch_up(struct search *search)
{
	bool more = true;

	while (more)
		CHECK_OK(search_step(search, &more));
}

static struct search_found find_page(struct given *given, struct search *search, int64_t circle,
				     const char *query, int64_t before, int limit)
{
	struct search_wish wish = {.circle = circle,
				   .query = query,
				   .query_bytes = strlen(query),
				   .before = before,
				   .limit = limit};
	struct search_found found;

	CHECK_OK(search_query(search, given->db, &wish, &found));
	return found;
}

static int count_found(struct given *given, struct search *search, const char *query)
{
	return find_page(given, search, 1, query, 0, 50).count;
}

/* Only one post is there, and it says `text`. */
static bool finds(const char *query, const char *text)
{
	struct given given = given_store();
	struct search *search;
	int count;

	given_post(&given, 1, text);
	search = given_index(&given);
	catch_up(search);
	count = count_found(&given, search, query);
	search_close(&search);
	given_end(&given);
	return count == 1;
}

TEST(pointed_and_unpointed_words_find_each_other)
{
	CHECK(finds("שלום", "שָׁלוֹם לכולם"));
	CHECK(finds("שָׁלוֹם", "ואמר שלום והלך"));
	CHECK(finds("محمد", "قال مُحَمَّد"));
	CHECK(finds("مُحَمَّد", "قال محمد"));
	CHECK(!finds("שלום", "שלג לבן"));
}

TEST(prefixes_are_seen_through_in_both_directions)
{
	CHECK(finds("בית", "הלכנו ובבית לא היה איש"));
	CHECK(finds("הבית", "בית קטן בערבה"));
	CHECK(finds("הים", "חוף ים"));
	CHECK(finds("התקציב", "תקציב העירייה"));
	CHECK(finds("المدرسة", "مدرسة قديمة"));
	CHECK(finds("مدرسة", "والمدرسة القديمة"));
	CHECK(!finds("מכתב", "כתב העיתון"));
	CHECK(!finds("כלכלה", "הנה הכלה"));
}

TEST(two_letter_words_and_single_digits_are_found)
{
	CHECK(finds("עץ", "יש כאן עץ גבוה"));
	CHECK(finds("في", "كتاب في البيت"));
	CHECK(finds("ok", "that is OK with me"));
	CHECK(finds("7", "סעיף 7 לחוק"));
	CHECK(!finds("על", "שלום"));
}

TEST(all_words_must_be_there_in_any_order)
{
	CHECK(finds("עץ גבוה", "גבוה הוא העץ"));
	CHECK(!finds("עץ נמוך", "גבוה הוא העץ"));
	CHECK(finds("עץ עץ", "עץ"));
}

TEST(the_last_word_may_be_only_begun_and_no_other)
{
	CHECK(finds("הספר", "הספרייה פתוחה"));
	CHECK(finds("l", "the library"));
	CHECK(finds("libr", "the library"));
	CHECK(finds("librar", "the library"));
	CHECK(finds("open libr", "the library is open"));
	CHECK(!finds("libr open", "the library is open"));
}

TEST(a_query_is_words_and_nothing_else)
{
	static const char *const harmless[] = {
		"\"", "\"\"", "'", "*", "(", ")", "^", ":", "-", "+", "{", "}", ",", "%", "_", "\\",
		"\u05b0", "\u200f", "🦔", " ", "", "--", ";", "\x01",
	};
	struct given given = given_store();
	struct search *search;

	given_post(&given, 1, "library not or and near words said");
	search = given_index(&given);
	catch_up(search);
	for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
		CHECK_INT(0, count_found(&given, search, harmless[i]));
	CHECK_INT(1, count_found(&given, search, "library NOT words"));
	CHECK_INT(0, count_found(&given, search, "library OR nothing"));
	CHECK_INT(1, count_found(&given, search, "\"library\" AND (words)"));
	CHECK_INT(0, count_found(&given, search, "words : library NEAR(a b)"));
	CHECK_INT(0, count_found(&given, search, "000001library"));
	CHECK_INT(1, count_found(&given, search, "library*"));
	search_close(&search);
	given_end(&given);
}

TEST(a_query_that_is_no_text_is_refused)
{
	struct given given = given_store();
	struct search *search = given_index(&given);
	struct search_wish wish = {.circle = 1, .query = "\xd7", .query_bytes = 1, .limit = 5};
	struct search_found found;

	CHECK_ERR(ERR_BAD_PARAMS, search_query(search, given.db, &wish, &found));
	search_close(&search);
	given_end(&given);
}

/* How often `said` has `word`, between blanks. */
static int times(const struct buf *said, const char *word)
{
	int count = 0;

	for (const char *at = said->data; (at = strstr(at, word)); at++)
		count++;
	return count;
}

TEST(a_word_that_is_said_often_is_told_once_and_every_other_too)
{
	struct buf folded = {0}, said = {0};
	char word[32];

	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 300; i++)
			buf_format(&folded, "%sw%d", folded.bytes ? " " : "", i);
	buf_text(&folded, " word1 העיר עיר העיר");
	words_of_folded(1, &folded, &said);
	CHECK(buf_ok(&said));
	for (int i = 0; i < 300; i++) {
		snprintf(word, sizeof word, " 00001w%d ", i);
		CHECK_INT(1, times(&said, word));
	}
	CHECK_INT(1, times(&said, " 00001word1 "));
	CHECK_INT(1, times(&said, " 00001העיר "));
	CHECK_INT(1, times(&said, " 00001עיר "));
	buf_fini(&folded);
	buf_fini(&said);
}

TEST(of_a_very_long_text_no_word_is_lost)
{
	struct buf folded = {0}, said = {0};
	char word[32];

	for (int i = 0; i < 3000; i++)
		buf_format(&folded, "%slong%d", folded.bytes ? " " : "", i);
	words_of_folded(1, &folded, &said);
	for (int i = 0; i < 3000; i++) {
		snprintf(word, sizeof word, " 00001long%d ", i);
		CHECK_INT(1, times(&said, word));
	}
	buf_fini(&folded);
	buf_fini(&said);
}

TEST(endless_words_and_endless_queries_are_cut)
{
	struct given given = given_store();
	struct search *search;
	char *word = malloc(60001);

	assert_non_null(word);
	for (int i = 0; i < 60000; i += 2)
		memcpy(word + i, "ש", 2);
	word[60000] = '\0';
	given_post(&given, 1, word);
	search = given_index(&given);
	catch_up(search);
	CHECK_INT(1, count_found(&given, search, word));
	for (int i = 2; i < 60000; i += 4)
		memcpy(word + i, "  ", 2);
	CHECK_INT(0, count_found(&given, search, word));
	free(word);
	search_close(&search);
	given_end(&given);
}

TEST(one_circle_is_searched_and_no_other)
{
	struct given given = given_store();
	struct search *search;
	int64_t here = given_post(&given, 1, "giraffe"), there = given_post(&given, 2, "giraffe");

	search = given_index(&given);
	catch_up(search);
	CHECK_INT(1, find_page(&given, search, 1, "giraffe", 0, 5).count);
	CHECK_INT(here, find_page(&given, search, 1, "giraffe", 0, 5).posts[0]);
	CHECK_INT(there, find_page(&given, search, 2, "gir", 0, 5).posts[0]);
	CHECK_INT(0, find_page(&given, search, 3, "giraffe", 0, 5).count);
	search_close(&search);
	given_end(&given);
}

TEST(pages_go_from_the_newest_back_and_say_whether_there_is_more)
{
	struct given given = given_store();
	struct search *search;
	struct search_found found = {0};
	int64_t posts[12];
	int seen = 12;

	for (int i = 0; i < 12; i++) {
		posts[i] = given_post(&given, 1, "a turtle walks");
		given_post(&given, 1, "something else");
		given_post(&given, 2, "a turtle walks");
	}
	search = given_index(&given);
	catch_up(search);
	do {
		found = find_page(&given, search, 1, "turtle", found.before, 5);
		for (int i = 0; i < found.count; i++)
			CHECK_INT(posts[--seen], found.posts[i]);
		CHECK(found.more == (seen > 0));
	} while (found.more);
	CHECK_INT(0, seen);
	search_close(&search);
	given_end(&given);
}

TEST(what_changed_is_found_as_it_stands)
{
	struct given given = given_store();
	int64_t edited = given_post(&given, 1, "zebra one");
	int64_t removed = given_post(&given, 1, "zebra two");
	int64_t masked = given_post(&given, 1, "zebra three idiot");
	struct search *search = given_index(&given);

	catch_up(search);
	CHECK_INT(3, count_found(&given, search, "zebra"));
	given_change(&given, 1, edited, EVENT_EDITED, POST_VISIBLE, "horse one");
	given_change(&given, 1, removed, EVENT_REMOVED, POST_REMOVED, NULL);
	given_change(&given, 1, masked, EVENT_REDACTED, POST_REDACTED, "zebra three ████");
	/* The index has not heard of it yet: it must make no difference. */
	for (int round = 0; round < 2; round++) {
		CHECK_INT(1, count_found(&given, search, "zebra"));
		CHECK_INT(0, count_found(&given, search, "idiot"));
		CHECK_INT(1, count_found(&given, search, "three"));
		CHECK_INT(0, count_found(&given, search, "two"));
		catch_up(search);
	}
	CHECK_INT(1, count_found(&given, search, "horse"));
	given_change(&given, 1, removed, EVENT_RESTORED, POST_VISIBLE, "zebra two");
	catch_up(search);
	CHECK_INT(2, count_found(&given, search, "zebra"));
	search_close(&search);
	given_end(&given);
}

static bool file_holds(const struct given *given, const char *name, const char *word)
{
	char path[128];
	size_t bytes;
	char *all;
	bool holds;
	FILE *file;

	given_path(given, name, path);
	file = fopen(path, "rb");
	if (!file)
		return false;
	all = malloc(1 << 24);
	assert_non_null(all);
	bytes = fread(all, 1, 1 << 24, file);
	fclose(file);
	holds = memmem(all, bytes, word, strlen(word)) != NULL;
	free(all);
	return holds;
}

static bool index_holds(const struct given *given, const char *word)
{
	return file_holds(given, "search.db", word) || file_holds(given, "search.db-wal", word);
}

TEST(the_words_of_an_erased_post_leave_the_file)
{
	struct given given = given_store();
	struct search *search;
	char text[64];
	int64_t post = 0;
	bool more = true;

	for (int i = 0; i < 3000; i++) {
		snprintf(text, sizeof text, "ordinary words number w%d", i);
		given_post(&given, 1, text);
		if (i == 1500)
			post = given_post(&given, 1, "words and qqsecretzzword and others");
	}
	search = given_index(&given);
	catch_up(search);
	CHECK_INT(1, count_found(&given, search, "qqsecretzzword"));
	/* Within a leaf a word may share its beginning with the one before it. */
	CHECK(index_holds(&given, "cretzzword"));
	given_change(&given, 1, post, EVENT_ERASED, POST_ERASED, NULL);
	for (int i = 0; i < 50; i++)
		given_post(&given, 1, "others go on meanwhile");
	catch_up(search);
	while (more)
		CHECK_OK(search_tidy(search, &more));
	CHECK(!index_holds(&given, "cretzzword"));
	CHECK_INT(50, count_found(&given, search, "meanwhile"));
	CHECK_INT(1, count_found(&given, search, "w1499"));
	search_close(&search);
	CHECK(!index_holds(&given, "cretzzword"));
	given_end(&given);
}

TEST(an_index_that_is_deleted_is_made_again_while_it_runs)
{
	struct given given = given_store();
	struct search *search;
	char path[128];

	given_post(&given, 1, "giraffe");
	search = given_index(&given);
	catch_up(search);
	CHECK_INT(1, count_found(&given, search, "giraffe"));
	for (int i = 0; i < 3; i++) {
		given_path(&given, i == 0 ? "search.db" : i == 1 ? "search.db-wal" : "search.db-shm", path);
		unlink(path);
	}
	catch_up(search);
	given_path(&given, "search.db", path);
	CHECK(access(path, F_OK) == 0);
	CHECK_INT(1, count_found(&given, search, "giraffe"));
	search_close(&search);
	given_end(&given);
}

TEST(garbage_in_place_of_an_index_is_replaced)
{
	struct given given = given_store();
	struct search *search;
	char path[128];
	FILE *file;

	given_post(&given, 1, "giraffe");
	given_path(&given, "search.db", path);
	file = fopen(path, "w");
	assert_non_null(file);
	for (int i = 0; i < 5000; i++)
		fputs("this is no database ", file);
	fclose(file);
	search = given_index(&given);
	catch_up(search);
	CHECK_INT(1, count_found(&given, search, "giraffe"));
	search_close(&search);
	given_end(&given);
}

TEST(a_damaged_index_is_made_again)
{
	struct given given = given_store();
	struct search *search;
	char path[128];
	bool more = true;
	FILE *file;
	int tries = 0;

	for (int i = 0; i < 2000; i++)
		given_post(&given, 1, "giraffe and other words");
	search = given_index(&given);
	catch_up(search);
	search_close(&search);
	given_path(&given, "search.db", path);
	file = fopen(path, "r+");
	assert_non_null(file);
	fseek(file, 4096, SEEK_SET);
	for (int i = 0; i < 40000; i++)
		fputc(0xa5, file);
	fclose(file);
	given_post(&given, 1, "giraffe again");
	search = given_index(&given);
	/* The step that stumbles may fail; what follows it makes the file anew. */
	while (tries++ < 5 && (search_step(search, &more) != ERR_NONE || more))
		;
	catch_up(search);
	CHECK_INT(50, count_found(&given, search, "giraffe"));
	CHECK_INT(1, count_found(&given, search, "again"));
	search_close(&search);
	given_end(&given);
}

TEST(the_index_of_another_store_is_not_believed)
{
	struct given given = given_store();
	struct search *search;

	given_post(&given, 1, "giraffe");
	search = given_index(&given);
	catch_up(search);
	search_close(&search);
	/* A backup was restored: other words at the same rows. */
	CHECK_OK(db_script(given.db,
			   "UPDATE house SET value = x'1112131415161718' WHERE name = 'epoch';"
			   "UPDATE post SET text = 'zebra'"));
	search = given_index(&given);
	catch_up(search);
	CHECK_INT(0, count_found(&given, search, "giraffe"));
	CHECK_INT(1, count_found(&given, search, "zebra"));
	search_close(&search);
	given_end(&given);
}

TEST(two_processes_follow_the_same_journal_and_nothing_is_there_twice)
{
	struct given given = given_store();
	struct search *one = given_index(&given), *other = given_index(&given);
	bool more;

	for (int i = 0; i < 40; i++) {
		given_post(&given, 1, "giraffe");
		CHECK_OK(search_step(i % 3 ? one : other, &more));
	}
	CHECK_INT(40, find_page(&given, one, 1, "giraffe", 0, 100).count);
	CHECK_INT(40, find_page(&given, other, 1, "giraffe", 0, 100).count);
	search_close(&one);
	search_close(&other);
	given_end(&given);
}

TEST(what_is_said_is_found_soon_by_the_thread_itself)
{
	struct given given = given_store();
	struct search *search = given_index(&given);
	int64_t until;

	CHECK_OK(search_start(search));
	given_post(&given, 1, "giraffe");
	search_nudge(search);
	until = clock_steady_ms() + 10000;
	while (count_found(&given, search, "giraffe") != 1)
		CHECK(clock_steady_ms() < until);
	search_stop(search);
	search_close(&search);
	given_end(&given);
}

RUN(
	cmocka_unit_test(pointed_and_unpointed_words_find_each_other),
	cmocka_unit_test(prefixes_are_seen_through_in_both_directions),
	cmocka_unit_test(two_letter_words_and_single_digits_are_found),
	cmocka_unit_test(all_words_must_be_there_in_any_order),
	cmocka_unit_test(the_last_word_may_be_only_begun_and_no_other),
	cmocka_unit_test(a_query_is_words_and_nothing_else),
	cmocka_unit_test(a_query_that_is_no_text_is_refused),
	cmocka_unit_test(a_word_that_is_said_often_is_told_once_and_every_other_too),
	cmocka_unit_test(of_a_very_long_text_no_word_is_lost),
	cmocka_unit_test(endless_words_and_endless_queries_are_cut),
	cmocka_unit_test(one_circle_is_searched_and_no_other),
	cmocka_unit_test(pages_go_from_the_newest_back_and_say_whether_there_is_more),
	cmocka_unit_test(what_changed_is_found_as_it_stands),
	cmocka_unit_test(the_words_of_an_erased_post_leave_the_file),
	cmocka_unit_test(an_index_that_is_deleted_is_made_again_while_it_runs),
	cmocka_unit_test(garbage_in_place_of_an_index_is_replaced),
	cmocka_unit_test(a_damaged_index_is_made_again),
	cmocka_unit_test(the_index_of_another_store_is_not_believed),
	cmocka_unit_test(two_processes_follow_the_same_journal_and_nothing_is_there_twice),
	cmocka_unit_test(what_is_said_is_found_soon_by_the_thread_itself));
