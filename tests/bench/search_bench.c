/* search_bench.c: how long does a search take over a million posts while others post? usage:
 * search_bench [POSTS [SECONDS]]. Posts are made of words in Hebrew, Arabic and English whose
 * frequencies follow Zipf; most of them in one circle. Prints milliseconds for each kind of query.
 */
#include "given_store.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "store/search.h"

enum { VOCABULARY = 200000, LANGUAGES = 3, WORD_ROOM = 40, SAMPLES_MOST = 200000, LIMIT = 20 };

static char vocabulary[LANGUAGES][VOCABULARY][WORD_ROOM];
static double harmonic;
static uint64_t seed = 1;

static double next_random(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (double)(seed >> 11) / 9007199254740992.0;
}

/* Rank r with probability proportional to 1/r. */
static int next_rank(void)
{
	return (int)exp(next_random() * harmonic) - 1;
}

static void word_make(int language, int rank, char out[WORD_ROOM])
{
	static const uint32_t firsts[] = {0x5d0, 0x628, 'a'};
	static const uint32_t counts[] = {27, 17, 26};
	/* Common words are short. */
	int letters = 2 + (int)(log(rank + 2.0) / 2.5 + next_random() * 4), bytes = 0;

	for (int i = 0; i < letters; i++) {
		/* Letters are not equally frequent either. */
		double skewed = next_random() * next_random();

		bytes += (int)utf8_put(firsts[language] + (uint32_t)(skewed * counts[language]),
				       out + bytes);
	}
	out[bytes] = '\0';
}

static void vocabulary_make(void)
{
	harmonic = log(VOCABULARY);
	for (int language = 0; language < LANGUAGES; language++)
		for (int rank = 0; rank < VOCABULARY; rank++)
			word_make(language, rank, vocabulary[language][rank]);
}

static void post_make(char out[2048])
{
	int language = (int)(next_random() * LANGUAGES), words = 6 + (int)(next_random() * 24), at = 0;

	for (int i = 0; i < words; i++)
		at += snprintf(out + at, (size_t)(2048 - at), "%s%s", i ? " " : "",
			       vocabulary[language][next_rank()]);
}

static void posts_make(struct given *given, int64_t count)
{
	char text[2048];

	for (int64_t i = 0; i < count; i++) {
		int64_t circle = next_random() < 0.8 ? 1 : 2 + (int64_t)(next_random() * 6);

		if (i % 10000 == 0)
			CHECK_OK(db_script(given->db, "BEGIN"));
		post_make(text);
		given_post(given, circle, text);
		if (i % 10000 == 9999 || i == count - 1)
			CHECK_OK(db_script(given->db, "COMMIT"));
	}
}

/* ---- those who post meanwhile ---- */

struct writer {
	struct given *given;
	struct search *search;
	_Atomic bool stop;
	int64_t written;
};

static void *write_on(void *owner)
{
	struct writer *writer = owner;
	char text[2048];

	while (!writer->stop) {
		CHECK_OK(db_script(writer->given->db, "BEGIN IMMEDIATE"));
		for (int i = 0; i < 20; i++) {
			/* Its own sequence: the reader's random numbers are not its to use. */
			snprintf(text, sizeof text, "%s %s %s fresh%" PRId64,
				 vocabulary[0][(writer->written * 7) % 3000],
				 vocabulary[1][(writer->written * 13) % 3000],
				 vocabulary[2][(writer->written * 17) % 3000], writer->written);
			given_post(writer->given, 1, text);
			writer->written++;
		}
		CHECK_OK(db_script(writer->given->db, "COMMIT"));
		search_nudge(writer->search);
		usleep(40000); /* about 500 posts a second */
	}
	return NULL;
}

/* ---- those who search ---- */

static double samples[SAMPLES_MOST];

static int by_size(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static const char *any_word(int least, int most)
{
	return vocabulary[(int)(next_random() * LANGUAGES)]
			 [least + (int)(next_random() * (most - least))];
}

static void cut_to(char *word, size_t letters)
{
	word[utf8_offset(word, strlen(word), letters)] = '\0';
}

static void query_make(int kind, char out[128])
{
	switch (kind) {
	case 0: snprintf(out, 128, "%s", any_word(0, 50)); break;
	case 1: snprintf(out, 128, "%s", any_word(50, 5000)); break;
	case 2: snprintf(out, 128, "%s", any_word(5000, VOCABULARY)); break;
	case 3: snprintf(out, 128, "%s %s", vocabulary[0][next_rank()],
			 vocabulary[0][next_rank()]); break;
	case 4: snprintf(out, 128, "%s %s %s", vocabulary[2][next_rank()], vocabulary[2][next_rank()],
			 vocabulary[2][next_rank()]); break;
	case 5: snprintf(out, 128, "%s", any_word(0, 2000)); cut_to(out, 1); break;
	case 6: snprintf(out, 128, "%s", any_word(0, 2000)); cut_to(out, 2); break;
	case 7: snprintf(out, 128, "%s", any_word(0, 20000)); cut_to(out, 3); break;
	case 8: snprintf(out, 128, "%s", any_word(0, 20000)); cut_to(out, 5); break;
	case 9: snprintf(out, 128, "%s %s", vocabulary[0][(int)(next_random() * 20)],
			 vocabulary[1][(int)(next_random() * 20)]); break;
	default: snprintf(out, 128, "neverwrittenword%d", (int)(next_random() * 1000)); break;
	}
}

static const char *const kinds[] = {
	"common word",   "middling word",   "rare word",      "two words",        "three words",
	"first letter",  "first two",       "first three",    "first five",
	"two languages", "nothing",
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void report(const char *name, double *at, int count, long found)
{
	qsort(at, (size_t)count, sizeof *at, by_size);
	printf("%-14s n=%6d p50=%7.2f p99=%7.2f max=%7.2f found=%.1f\n", name, count, at[count / 2],
	       at[count * 99 / 100], at[count - 1], (double)found / count);
}

static void measure(struct search *search, struct db *db, double seconds)
{
	static double all[SAMPLES_MOST];
	int total = 0;

	for (int kind = 0; kind < KINDS; kind++) {
		int64_t until = clock_steady_ms() + (int64_t)(seconds * 1000 / KINDS);
		int count = 0;
		long found_count = 0;

		while (clock_steady_ms() < until && total < SAMPLES_MOST) {
			char query[128];
			struct search_wish wish = {.circle = 1, .limit = LIMIT, .budget_ms = 200};
			struct search_found found;
			int64_t began;

			query_make(kind, query);
			wish.query = query;
			wish.query_bytes = strlen(query);
			began = clock_steady_us();
			CHECK_OK(db_script(db, "BEGIN"));
			CHECK_OK(search_query(search, db, &wish, &found));
			CHECK_OK(db_script(db, "COMMIT"));
			samples[count] = all[total++] = (double)(clock_steady_us() - began) / 1000;
			count++;
			found_count += found.count;
		}
		report(kinds[kind], samples, count, found_count);
	}
	report("ALL", all, total, 0);
}

static double megabytes(const struct given *given, const char *name)
{
	struct stat info = {0};
	char path[128];

	given_path(given, name, path);
	(void)stat(path, &info);
	return (double)info.st_size / 1e6;
}

int main(int argc, char **argv)
{
	int64_t count = argc > 1 ? atoll(argv[1]) : 1000000, began = clock_steady_ms();
	double seconds = argc > 2 ? atof(argv[2]) : 22;
	struct given given = given_store();
	struct writer writer = {.given = &given};
	struct search *search = NULL;
	struct db *reader = NULL;
	pthread_t thread;
	char path[128];
	bool more = true;

	vocabulary_make();
	posts_make(&given, count);
	printf("%" PRId64 " posts made in %.1f s, %.0f MB\n", count,
	       (double)(clock_steady_ms() - began) / 1000, megabytes(&given, "maagal.db"));
	began = clock_steady_ms();
	CHECK_OK(search_open(given.folder, NULL, &search));
	while (more)
		CHECK_OK(search_step(search, &more));
	printf("indexed in %.1f s, %.0f MB\n", (double)(clock_steady_ms() - began) / 1000,
	       megabytes(&given, "search.db"));
	given_path(&given, "maagal.db", path);
	CHECK_OK(db_open(path, DB_READ, NULL, &reader));
	CHECK_OK(search_start(search));
	writer.search = search;
	pthread_create(&thread, NULL, write_on, &writer);
	measure(search, reader, seconds);
	writer.stop = true;
	pthread_join(thread, NULL);
	printf("%" PRId64 " posts came meanwhile, lag %" PRId64 "\n", writer.written,
	       search_lag(search));
	search_close(&search);
	db_close(&reader);
	given_end(&given);
	return 0;
}
