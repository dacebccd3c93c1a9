/* hold.h: words that wait for a person: the item at the desk, the notice in the author's inbox.
 * Inside the commit. */
#pragma once

#include "calls/call.h"
#include "circle/admit.h"

struct hold {
	enum hold_cause cause;
	int64_t until;
	enum then then;
	const char *verdict; /* as stored */
	/* a held edit's words; NULL: the post's own are held */
	const char *text, *lang;
	size_t text_bytes;
};

/* until and then, by the circle and the cause. */
void hold_settle(struct call *call, struct keeper *keeper, const struct circle *circle,
				 struct hold *hold);
/* Writes the item and both events. The post has its row. */
enum err hold_keep(struct call *call, struct keeper *keeper, const struct circle *circle,
				   const struct post *post, const struct hold *hold);
/* {"until","then","cause","message"}: of a post as its verdict tells the cause; message: why and by
 * when, in `lang`. `since`: when the hold began. */
struct held_words {
	int64_t since, until;
	const char *then, *cause;
	bool is_edit; /* what stands goes on standing meanwhile */
};
void hold_write(const struct house *house, const char *lang, const struct held_words *held,
				struct buf *out);
/* The cause that a stored verdict names; "filter" if none. */
void hold_cause_read(const char *verdict, char out[24]);
