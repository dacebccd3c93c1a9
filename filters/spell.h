/* spell.h: the words that a pattern can match, spelt out one by one: walk(?:s|ing) is walks and
 * walking. Not all of them where there are very many. Any thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SPELL_POINTS_MOST = 24 };

/* Calls `found` with the folded points of each word, some of them more than once. */
typedef void spell_found(void *to, const uint32_t *points, uint32_t count);
void spell_pattern(const char *pattern, size_t bytes, spell_found *found, void *to);
