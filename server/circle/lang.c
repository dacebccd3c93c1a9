/* lang.c: see lang.h. Pure. */
#include "circle/lang.h"

#include <stdint.h>

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

const char *lang_of(const char *text, size_t bytes, const char *otherwise)
{
	static const char *const langs[SCRIPTS] = {"he", "ar", "en"};
	size_t counts[SCRIPTS + 1] = {0};
	int most = HEBREW;

	for (size_t at = 0; at < bytes;) {
		unsigned char byte = (unsigned char)text[at];

		if (byte >= 0x80)
			counts[script_of(utf8_next(text, bytes, &at))]++;
		else if (at++, (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z')
			counts[LATIN]++;
	}
	for (int i = HEBREW; i < SCRIPTS; i++)
		if (counts[i] > counts[most])
			most = i;
	return counts[most] ? langs[most] : otherwise;
}
