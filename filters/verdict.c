/* verdict.c: what was found in one text, summed up. Whole numbers only. Any thread, no state. */
#include "filters/parts.h"

#include <stdlib.h>
#include <string.h>

const char *action_name(enum action action)
{
	static const char *const names[] = {"allow", "nudge", "hold", "reject"};

	return names[action];
}

static bool overlaps(const struct finding *finding, uint32_t start, uint32_t end)
{
	return finding->start < end && start < finding->end;
}

/* Of the commonest symbol the weakest finding: however often a thing is said, it drowns nothing
 * else. */
static struct finding *least_missed(struct judged *judged)
{
	unsigned counts[SYMBOLS_MOST] = {0};
	struct finding *found = &judged->findings[0];

	for (size_t i = 0; i < judged->finding_count; i++)
		counts[judged->findings[i].symbol_number]++;
	for (size_t i = 1; i < judged->finding_count; i++) {
		struct finding *other = &judged->findings[i];
		unsigned count = counts[other->symbol_number], most = counts[found->symbol_number];

		if (count > most || (count == most && other->score < found->score))
			found = other;
	}
	return found;
}

void verdict_add(struct judged *judged, const struct ruleset *ruleset, unsigned symbol,
	unsigned score, uint32_t start, uint32_t end)
{
	struct finding finding = {.symbol = ruleset->symbols.list[symbol].name,
		.rule = ruleset->symbols.list[symbol].rule, .score = score, .start = start, .end = end,
		.symbol_number = symbol};
	struct finding *least;

	if (score == 0)
		return;
	if (score > SCORE_MOST)
		finding.score = SCORE_MOST;
	for (size_t i = 0; i < judged->finding_count; i++) {
		struct finding *other = &judged->findings[i];

		if (other->symbol_number != symbol || !overlaps(other, start, end))
			continue;
		if (finding.score > other->score)
			*other = finding;
		return;
	}
	if (judged->finding_count < FINDINGS_MOST) {
		judged->findings[judged->finding_count++] = finding;
		return;
	}
	least = least_missed(judged);
	if (least->symbol_number != symbol || least->score < finding.score)
		*least = finding;
}

static int compare_findings(const void *a, const void *b)
{
	const struct finding *left = a, *right = b;

	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	if (left->end != right->end)
		return left->end < right->end ? -1 : 1;
	if (left->symbol_number != right->symbol_number)
		return left->symbol_number < right->symbol_number ? -1 : 1;
	return left->score > right->score ? -1 : left->score < right->score;
}

/* The strongest finding of a symbol counts in full, its others for a third: three insults are worse
 * than one, but not three times. */
static unsigned sum_of_symbol(const struct judged *judged, unsigned symbol, unsigned remaining,
	unsigned weight)
{
	unsigned strongest = FINDINGS_MOST;

	for (unsigned i = 0; i < judged->finding_count; i++)
		if (judged->findings[i].symbol_number == symbol && (strongest == FINDINGS_MOST
			|| judged->findings[i].score > judged->findings[strongest].score))
			strongest = i;
	for (unsigned i = 0; i < judged->finding_count; i++) {
		unsigned part = judged->findings[i].score * weight / SCORE_MOST;

		if (judged->findings[i].symbol_number != symbol)
			continue;
		if (i != strongest)
			part /= 3;
		remaining = remaining * (SCORE_MOST - part) / SCORE_MOST;
	}
	return remaining;
}

void verdict_sum(struct judged *judged, const struct ruleset *ruleset)
{
	unsigned remaining = SCORE_MOST;

	qsort(judged->findings, judged->finding_count, sizeof(judged->findings[0]),
		compare_findings);
	for (unsigned i = 0; i < judged->finding_count; i++) {
		unsigned symbol = judged->findings[i].symbol_number;
		bool seen = false;

		for (unsigned j = 0; j < i; j++)
			seen = seen || judged->findings[j].symbol_number == symbol;
		if (!seen)
			remaining = sum_of_symbol(judged, symbol, remaining,
				ruleset->symbols.list[symbol].weight);
	}
	judged->incivility = SCORE_MOST - remaining;
	for (unsigned i = 0; i < judged->finding_count; i++) {
		const struct finding *finding = &judged->findings[i];
		unsigned alone = finding->score * ruleset->symbols.list[finding->symbol_number].alone
			/ SCORE_MOST;

		if (alone > judged->incivility)
			judged->incivility = alone;
	}
}

void score_write(unsigned score, struct buf *out)
{
	unsigned digits = score % SCORE_MOST;
	char decimals[5] = {'.', (char)('0' + digits / 100), (char)('0' + digits / 10 % 10),
		(char)('0' + digits % 10), '\0'};

	buf_add(out, score >= SCORE_MOST ? "1" : "0", 1);
	if (!digits || score >= SCORE_MOST)
		return;
	for (size_t last = 3; decimals[last] == '0'; last--)
		decimals[last] = '\0';
	buf_text(out, decimals);
}

void findings_write_json(const struct judged *judged, struct buf *out)
{
	buf_add(out, "[", 1);
	for (size_t i = 0; i < judged->finding_count; i++) {
		const struct finding *finding = &judged->findings[i];

		buf_text(out, i ? ",{\"symbol\":" : "{\"symbol\":");
		buf_json(out, finding->symbol, strlen(finding->symbol));
		buf_text(out, ",\"score\":");
		score_write(finding->score, out);
		buf_text(out, ",\"start\":");
		buf_int(out, finding->start);
		buf_text(out, ",\"end\":");
		buf_int(out, finding->end);
		buf_add(out, "}", 1);
	}
	buf_add(out, "]", 1);
}

void scores_write_json(const struct judged *judged, struct buf *out)
{
	bool first = true;

	buf_add(out, "{", 1);
	for (size_t i = 0; i < judged->finding_count; i++) {
		const struct finding *finding = &judged->findings[i];
		unsigned highest = 0;
		bool seen = false;

		for (size_t j = 0; j < judged->finding_count; j++) {
			if (judged->findings[j].symbol_number != finding->symbol_number)
				continue;
			seen = seen || j < i;
			if (judged->findings[j].score > highest)
				highest = judged->findings[j].score;
		}
		if (seen)
			continue;
		buf_text(out, first ? "" : ",");
		buf_json(out, finding->symbol, strlen(finding->symbol));
		buf_add(out, ":", 1);
		score_write(highest, out);
		first = false;
	}
	buf_add(out, "}", 1);
}
