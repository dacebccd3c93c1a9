/* lang.c: see lang.h. Pure. */
#include "circle/lang.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

enum { HEBREW, ARABIC, LATIN, SCRIPTS };

static int script_of(uint32_t point)
{
	if (point >= 0x0590 && point <= 0x05ff)
		return HEBREW;
	if ((point >= 0x0600 && point <= 0x06ff) || (point >= 0x0750 && point <= 0x077f))
		return ARABIC;
	if ((point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z'))
		return LATIN;
	return SCRIPTS;
}

/* The highest bits of eight bytes are looked at in one go. */
static bool is_ascii(const char *text, size_t bytes)
{
	uint64_t seen = 0, word;
	size_t at = 0;

	for (; at + sizeof word <= bytes; at += sizeof word) {
		memcpy(&word, text + at, sizeof word);
		seen |= word;
	}
	for (; at < bytes; at++)
		seen |= (uint64_t)(unsigned char)text[at];
	return !(seen & UINT64_C(0x8080808080808080));
}

static bool is_latin(unsigned char byte)
{
	return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

/* Only one script is there, or none. */
static const char *lang_of_ascii(const char *text, size_t bytes, const char *otherwise)
{
	for (size_t at = 0; at < bytes; at++)
		if (is_latin((unsigned char)text[at]))
			return "en";
	return otherwise;
}

const char *lang_of(const char *text, size_t bytes, const char *otherwise)
{
	static const char *const langs[SCRIPTS] = {"he", "ar", "en"};
	size_t counts[SCRIPTS + 1] = {0};
	int most = HEBREW;

	if (is_ascii(text, bytes))
		return lang_of_ascii(text, bytes, otherwise);
	for (size_t at = 0; at < bytes;) {
		unsigned char byte = (unsigned char)text[at];

		if (byte >= 0x80)
			counts[script_of(utf8_next(text, bytes, &at))]++;
		else if (at++, is_latin(byte))
			counts[LATIN]++;
	}
	for (int i = HEBREW; i < SCRIPTS; i++)
		if (counts[i] > counts[most])
			most = i;
	return counts[most] ? langs[most] : otherwise;
}
