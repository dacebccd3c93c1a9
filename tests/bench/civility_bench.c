/* civility_bench.c: how long the filters take for one message, and how much memory all that they
 * know takes: civility_bench RULES < LINES. Each line is judged many times in turn with the others;
 * a message's time is its median. Prints one JSON object. tests/civility/measure runs it. */
#define BENCH_ROUNDS 21

#include "filters/pipeline.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINES_MOST = 4096, LINE_BYTES = 8192 };

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double median_us(const struct ruleset *ruleset, struct scratch *scratch, const char *line,
	double *times)
{
	for (int round = 0; round < BENCH_ROUNDS; round++) {
		double begin = now_us();
		struct judged judged;

		if (pipeline_judge(ruleset, scratch, "public", NULL, line, strlen(line), &judged))
			exit(1);
		times[round] = now_us() - begin;
	}
	qsort(times, BENCH_ROUNDS, sizeof(*times), compare);
	return times[BENCH_ROUNDS / 2];
}

/* What is in use, as the allocator counts it: large blocks too. */
static size_t in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

int main(int argc, char **argv)
{
	static double medians[LINES_MOST], times[BENCH_ROUNDS];
	static char line[LINE_BYTES];
	struct ruleset *ruleset;
	struct scratch *scratch = scratch_new();
	size_t count = 0, before, bytes;
	struct why why;

	if (argc != 2 || !scratch)
		return 2;
	before = in_use();
	if (ruleset_load(argv[1], &ruleset, &why)) {
		fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	bytes = in_use() - before;
	while (count < LINES_MOST && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		medians[count++] = median_us(ruleset, scratch, line, times);
	}
	qsort(medians, count, sizeof(*medians), compare);
	if (count)
		printf("{\"messages\":%zu,\"p50_us\":%.2f,\"p99_us\":%.2f,\"memory_kib\":%zu}\n", count,
			medians[count / 2], medians[count * 99 / 100], bytes / 1024);
	scratch_free(&scratch);
	ruleset_unref(&ruleset);
	return count ? 0 : 1;
}
