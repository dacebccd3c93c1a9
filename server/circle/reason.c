/* reason.c: see reason.h. */
#include "circle/reason.h"

#include <string.h>

const char *const reason_codes[] = {
	"abusive",   "duplicate", "hate",          "illegal", "misinformation", "off_topic",
	"offensive", "other",     "personal_data", "spam",    "threat",         0};

bool reason_is_code(const char *reason)
{
	for (int i = 0; reason && reason_codes[i]; i++)
		if (strcmp(reason, reason_codes[i]) == 0)
			return true;
	return false;
}
