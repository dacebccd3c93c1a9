/* transparency.h: the report as a page that stands by itself. */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "base/err.h"
#include "base/texts.h"
#include "config.h"

/* `report` as transparency.c makes it. lang NULL: the process's first language. */
MUST_CHECK enum err transparency_html(const json_t *report, const char *lang,
									  const char *config_dir, FILE *file, struct why *why);
