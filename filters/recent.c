/* recent.c: a ring of a circle's last messages, walked backwards for as long as the windows reach;
 * never more than RECENT_SLOTS steps. Pure: state and message in, state out. */
#include "filters/recent.h"

#include "filters/parts.h"

static bool is_within(int64_t ts, int64_t then, unsigned seconds)
{
	/* A message dated before its predecessor is as recent as can be. */
	return ts - then <= (int64_t)seconds * 1000;
}

struct tally {
	unsigned own, others, rate;
	uint64_t authors[8]; /* of the same words, each once */
};

static void count_other(struct tally *tally, uint64_t author)
{
	for (unsigned i = 0; i < tally->others && i < 8; i++)
		if (tally->authors[i] == author)
			return;
	if (tally->others < 8)
		tally->authors[tally->others] = author;
	tally->others++;
}

void recent_remember(struct recent *recent, uint64_t author, const struct signals *signals,
	int64_t ts_ms)
{
	recent->posts[recent->next] =
		(struct recent_post){.author = author, .text_hash = signals->text_hash, .ts = ts_ms};
	recent->next = (recent->next + 1) % RECENT_SLOTS;
	if (recent->count < RECENT_SLOTS)
		recent->count++;
}

/* At the limit half a score, a full one at twice as many. */
static unsigned score_of(unsigned count, unsigned most)
{
	unsigned score;

	if (!most || count < most)
		return 0;
	score = count * (SCORE_MOST / 2) / most;
	return score < SCORE_MOST ? score : SCORE_MOST;
}

void recent_fold(struct recent *recent, const struct ruleset *ruleset, uint64_t author,
	const struct signals *signals, int64_t ts_ms, bool limits, struct recent_result *out)
{
	/* "Yes" and "thank you" may be said by all, and often. */
	bool long_enough = signals->words >= ruleset_number(ruleset, NUMBER_RECENT_WORDS);
	unsigned window = ruleset_number(ruleset, NUMBER_RECENT_WINDOW);
	unsigned rate_window = ruleset_number(ruleset, NUMBER_RECENT_RATE_TIME);
	struct tally tally = {0};

	*out = (struct recent_result){.off = !limits};
	if (!limits)
		return;
	for (uint32_t i = 0; i < recent->count; i++) {
		const struct recent_post *before =
			&recent->posts[(recent->next + RECENT_SLOTS - 1 - i) % RECENT_SLOTS];
		bool same = long_enough && before->text_hash == signals->text_hash
			&& is_within(ts_ms, before->ts, window);

		if (!author || before->author != author) {
			if (same && before->author != author)
				count_other(&tally, before->author);
			continue;
		}
		tally.rate += is_within(ts_ms, before->ts, rate_window);
		tally.own += same;
	}
	recent_remember(recent, author, signals, ts_ms);
	out->own = score_of(tally.own, ruleset_number(ruleset, NUMBER_RECENT_OWN));
	out->others = score_of(tally.others, ruleset_number(ruleset, NUMBER_RECENT_OTHERS));
	out->rate = score_of(tally.rate, ruleset_number(ruleset, NUMBER_RECENT_RATE));
}
