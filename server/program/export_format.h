/* export_format.h: the open formats of `maagal export`. A format is a row of functions; each is
 * told what members see, already rendered as it stands, and writes it. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct export_out {
	FILE *file;
	const char *lang;   /* the language in which texts are shown, where a format shows one */
	bool is_first;      /* nothing stands in the present list yet */
	const char *circle; /* the id of the present circle */
};

/* Everything is borrowed. Any of the functions may be NULL: the format leaves that out. */
struct export_format {
	const char *name;
	bool by_thread;   /* posts come thread by thread, and no other events; else in their order */
	bool posts_first; /* all posts of a circle, then its other events */
	void (*begin)(struct export_out *out, const json_t *head);
	/* {"id","title",…,"charters":[{"version","at","charter","rules"}]} */
	void (*process)(struct export_out *out, const json_t *process);
	/* {"id","title","access",…} */
	void (*circle)(struct export_out *out, const json_t *circle);
	/* The wire's post with "at" and "charter_version". */
	void (*post)(struct export_out *out, const json_t *post);
	void (*events_begin)(struct export_out *out);
	/* The wire's event; "post" is an id. */
	void (*event)(struct export_out *out, const json_t *event);
	void (*circle_end)(struct export_out *out);
	void (*end)(struct export_out *out);
};

/* NULL if there is no format of this name. */
const struct export_format *export_format_find(const char *name);

/* A text that is a string or texts by language, in this one or the next best; "" if it is neither.
 */
const char *export_text(const json_t *text, const char *lang);
