/* utf8.c: Unicode text as bytes. Any thread, no state. */
#include "base/utf8.h"

#include <string.h>

/* The highest, and the lowest, bit of each of eight bytes. */
#define HIGH_BITS UINT64_C(0x8080808080808080)
#define LOW_BITS UINT64_C(0x0101010101010101)

static bool is_continuation(unsigned char byte)
{
	return (byte & 0xC0) == 0x80;
}

/* Length of the well-formed code point at `at`, or 0 (Unicode, table 3-7). */
static size_t well_formed(const unsigned char *at, size_t left)
{
	unsigned char first = at[0];

	if (first < 0x80)
		return 1;
	if (first < 0xC2)
		return 0;
	if (first < 0xE0)
		return left >= 2 && is_continuation(at[1]) ? 2 : 0;
	if (first < 0xF0) {
		unsigned char least = first == 0xE0 ? 0xA0 : 0x80;
		unsigned char most = first == 0xED ? 0x9F : 0xBF;

		return left >= 3 && at[1] >= least && at[1] <= most && is_continuation(at[2]) ? 3
											      : 0;
	}
	if (first < 0xF5) {
		unsigned char least = first == 0xF0 ? 0x90 : 0x80;
		unsigned char most = first == 0xF4 ? 0x8F : 0xBF;

		return left >= 4 && at[1] >= least && at[1] <= most && is_continuation(at[2]) &&
				       is_continuation(at[3])
			       ? 4
			       : 0;
	}
	return 0;
}

/* Eight bytes at a time. */
static bool is_ascii(const unsigned char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof word);
	return !(word & HIGH_BITS);
}

bool utf8_valid(const char *text, size_t bytes)
{
	const unsigned char *at = (const unsigned char *)text;

	while (bytes) {
		size_t step;

		if (*at < 0x80 && bytes >= sizeof(uint64_t) && is_ascii(at)) {
			at += sizeof(uint64_t);
			bytes -= sizeof(uint64_t);
			continue;
		}
		step = well_formed(at, bytes);
		if (!step)
			return false;
		at += step;
		bytes -= step;
	}
	return true;
}

size_t utf8_length(const char *text, size_t bytes)
{
	size_t points = bytes, at = 0;

	/* Less the continuing bytes: those whose highest bit is set and the next one is not. */
	for (uint64_t word; at + sizeof word <= bytes; at += sizeof word) {
		memcpy(&word, text + at, sizeof word);
		points -= (size_t)(((word & ~(word << 1) & HIGH_BITS) >> 7) * LOW_BITS >> 56);
	}
	for (; at < bytes; at++)
		points -= is_continuation((unsigned char)text[at]);
	return points;
}

uint32_t utf8_next(const char *text, size_t bytes, size_t *at)
{
	const unsigned char *byte = (const unsigned char *)text + *at;
	size_t left = bytes - *at;

	if (byte[0] < 0x80 || left < 2) {
		*at += 1;
		return byte[0];
	}
	if (byte[0] < 0xE0 || left < 3) {
		*at += 2;
		return ((uint32_t)(byte[0] & 0x1F) << 6) | (byte[1] & 0x3F);
	}
	if (byte[0] < 0xF0 || left < 4) {
		*at += 3;
		return ((uint32_t)(byte[0] & 0x0F) << 12) | ((uint32_t)(byte[1] & 0x3F) << 6) |
		       (byte[2] & 0x3F);
	}
	*at += 4;
	return ((uint32_t)(byte[0] & 0x07) << 18) | ((uint32_t)(byte[1] & 0x3F) << 12) |
	       ((uint32_t)(byte[2] & 0x3F) << 6) | (byte[3] & 0x3F);
}

size_t utf8_offset(const char *text, size_t bytes, size_t point)
{
	size_t at = 0;

	while (at < bytes && point > 0) {
		at++;
		while (at < bytes && is_continuation((unsigned char)text[at]))
			at++;
		point--;
	}
	return at;
}

size_t utf8_put(uint32_t point, char out[4])
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (char)(0xC0 | (point >> 6));
		out[1] = (char)(0x80 | (point & 0x3F));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (char)(0xE0 | (point >> 12));
		out[1] = (char)(0x80 | ((point >> 6) & 0x3F));
		out[2] = (char)(0x80 | (point & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | (point >> 18));
	out[1] = (char)(0x80 | ((point >> 12) & 0x3F));
	out[2] = (char)(0x80 | ((point >> 6) & 0x3F));
	out[3] = (char)(0x80 | (point & 0x3F));
	return 4;
}

struct range {
	uint32_t first, last;
};

static bool is_among(const struct range *ranges, size_t count, uint32_t point)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (point < ranges[middle].first)
			high = middle;
		else if (point > ranges[middle].last)
			low = middle + 1;
		else
			return true;
	}
	return false;
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* In order. The last two code points of every plane are noncharacters, too. */
static const struct range unseen[] = {
	{ 0x0000, 0x001F },
	{ 0x007F, 0x009F },
	{ 0x00AD, 0x00AD },
	{ 0x034F, 0x034F },
	{ 0x061C, 0x061C },
	{ 0x115F, 0x1160 },
	{ 0x17B4, 0x17B5 },
	{ 0x180B, 0x180F },
	{ 0x200B, 0x200F },
	{ 0x2028, 0x202E },
	{ 0x2060, 0x206F },
	{ 0x2800, 0x2800 },
	{ 0x3164, 0x3164 },
	{ 0xD800, 0xF8FF },
	{ 0xFDD0, 0xFDEF },
	{ 0xFE00, 0xFE0F },
	{ 0xFEFF, 0xFEFF },
	{ 0xFFA0, 0xFFA0 },
	{ 0xFFF0, 0xFFFC },
	{ 0x13430, 0x1343F },
	{ 0x1BCA0, 0x1BCA3 },
	{ 0x1D173, 0x1D17A },
	{ 0x40000, 0xFFFFFFFF },
};

bool utf8_is_invisible_or_control(uint32_t point)
{
	return (point & 0xFFFE) == 0xFFFE || is_among(unseen, COUNT(unseen), point);
}

bool utf8_is_space(uint32_t point)
{
	return point == 0x20 || point == 0xA0 || point == 0x1680 ||
	       (point >= 0x2000 && point <= 0x200A) || point == 0x202F || point == 0x205F ||
	       point == 0x3000;
}

/* In order: punctuation, symbols, spaces and marks that combine. What is outside counts as a letter
 * or a digit: a name needs one, and for scripts that few here can read doubt is in its favour. */
static const struct range no_letters[] = {
	{ 0x0000, 0x002F },
	{ 0x003A, 0x0040 },
	{ 0x005B, 0x0060 },
	{ 0x007B, 0x00A9 },
	{ 0x00AB, 0x00B4 },
	{ 0x00B6, 0x00B9 },
	{ 0x00BB, 0x00BF },
	{ 0x00D7, 0x00D7 },
	{ 0x00F7, 0x00F7 },
	{ 0x02B0, 0x036F },
	{ 0x0375, 0x0375 },
	{ 0x037E, 0x037E },
	{ 0x0482, 0x0489 },
	{ 0x055A, 0x055F },
	{ 0x0589, 0x05CF },
	{ 0x05F3, 0x061F },
	{ 0x0640, 0x0640 },
	{ 0x064B, 0x065F },
	{ 0x066A, 0x066D },
	{ 0x0670, 0x0670 },
	{ 0x06D4, 0x06D4 },
	{ 0x06D6, 0x06ED },
	{ 0x1AB0, 0x1AFF },
	{ 0x1DC0, 0x1DFF },
	{ 0x2000, 0x20FF },
	{ 0x2190, 0x245F },
	{ 0x2500, 0x2BFF },
	{ 0x2E00, 0x2E7F },
	{ 0x3000, 0x3004 },
	{ 0x3008, 0x3020 },
	{ 0x302A, 0x3030 },
	{ 0xFE10, 0xFE6F },
	{ 0xFF00, 0xFF0F },
	{ 0xFF1A, 0xFF20 },
	{ 0xFF3B, 0xFF40 },
	{ 0xFF5B, 0xFF65 },
	{ 0xFFE0, 0xFFFF },
	{ 0x1D100, 0x1D1FF },
	{ 0x1F000, 0x1FAFF },
};

bool utf8_is_name(const char *text, size_t bytes, size_t most)
{
	size_t points = 0, at = 0;
	bool after_space = true, has_letter = false;

	while (at < bytes) {
		uint32_t point = utf8_next(text, bytes, &at);
		bool space = utf8_is_space(point);

		if (utf8_is_invisible_or_control(point) || (space && after_space))
			return false;
		if (!space && !is_among(no_letters, COUNT(no_letters), point))
			has_letter = true;
		after_space = space;
		points++;
	}
	return points > 0 && points <= most && !after_space && has_letter;
}
