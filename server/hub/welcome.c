/* welcome.c: see welcome.h. */
#include "hub/welcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"

enum { CIRCLES_MOST = 4096 };

static void forget_all(struct welcomes *welcomes)
{
	size_t at = 0;
	const char *circle;
	void *value;

	while (textmap_next(welcomes->by_circle, &at, &circle, &value)) {
		struct welcome *welcome = value;

		shared_unref(&welcome->text);
		free(welcome);
	}
	textmap_free(&welcomes->by_circle);
}

enum err welcomes_init(struct welcomes *welcomes)
{
	*welcomes = (struct welcomes){.by_circle = textmap_new()};
	return welcomes->by_circle ? ERR_NONE : ERR_NO_MEMORY;
}

void welcomes_fini(struct welcomes *welcomes)
{
	if (welcomes->by_circle)
		forget_all(welcomes);
}

/* What was true before the newest event may be so no more, whatever it was about. */
static bool refresh(struct welcomes *welcomes, int64_t applied_row)
{
	if (welcomes->by_circle && welcomes->row == applied_row)
		return true;
	if (welcomes->by_circle && textmap_count(welcomes->by_circle))
		forget_all(welcomes);
	if (!welcomes->by_circle)
		welcomes->by_circle = textmap_new();
	welcomes->row = applied_row;
	return welcomes->by_circle;
}

const struct welcome *welcomes_find(struct welcomes *welcomes, const char *circle, const char *lang,
				    int64_t applied_row)
{
	const struct welcome *welcome;

	if (!refresh(welcomes, applied_row))
		return NULL;
	welcome = textmap_get(welcomes->by_circle, circle, strlen(circle));
	return welcome && strcmp(welcome->lang, lang) == 0 ? welcome : NULL;
}

/* One for each circle is enough: most people of a circle read one language. */
static struct welcome *welcome_for(struct welcomes *welcomes, const char *circle)
{
	struct welcome *welcome = textmap_get(welcomes->by_circle, circle, strlen(circle));

	if (welcome || textmap_count(welcomes->by_circle) >= CIRCLES_MOST)
		return welcome;
	welcome = calloc(1, sizeof *welcome);
	if (welcome && !textmap_put(welcomes->by_circle, circle, strlen(circle), welcome)) {
		free(welcome);
		welcome = NULL;
	}
	return welcome;
}

void welcomes_lead(struct welcomes *welcomes, const char *circle, struct call *leader,
		   int64_t applied_row)
{
	struct welcome *welcome = refresh(welcomes, applied_row) ? welcome_for(welcomes, circle)
								 : NULL;

	if (!welcome || welcome->text || welcome->leader)
		return;
	snprintf(welcome->lang, sizeof welcome->lang, "%s", leader->asker.lang);
	welcome->leader = leader;
}

void welcomes_led(struct welcomes *welcomes, const char *circle, const struct call *leader)
{
	size_t bytes = strlen(circle);
	struct welcome *welcome =
		welcomes->by_circle ? textmap_get(welcomes->by_circle, circle, bytes) : NULL;

	if (!welcome || welcome->leader != leader)
		return;
	welcome->leader = NULL;
	if (!welcome->text)
		free(textmap_take(welcomes->by_circle, circle, bytes));
}

void welcomes_learn(struct welcomes *welcomes, const char *circle, const char *lang,
		    const struct outcome *outcome, int64_t snapshot_row, int64_t applied_row,
		    struct shared **text)
{
	struct welcome *welcome = NULL;

	if (snapshot_row >= applied_row && refresh(welcomes, applied_row))
		welcome = welcome_for(welcomes, circle);
	if (welcome) {
		shared_unref(&welcome->text);
		snprintf(welcome->lang, sizeof welcome->lang, "%s", lang);
		welcome->journal = outcome->joined_journal;
		welcome->circle = outcome->joined_circle;
		welcome->next = outcome->next;
		welcome->text = *text;
		*text = NULL;
	}
	shared_unref(text);
}
