/* common.h: the words that nearly every text has, in three languages: looking for them tells no
 * pattern from another. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Do these letters stand in such a word? One letter alone does. Any thread. */
bool common_has(const uint16_t *points, unsigned count);
