/* publish.h: a post takes its place in the circle's journal: numbered, folded into its thread's
 * temperature and the circle's crisis index, told to those it answers and names. The same whether
 * it goes straight in, is released by a moderator or by its deadline. Inside the commit. */
#pragma once

#include "calls/call.h"

/* `post` has its row already, or gets it right after (post->seq is set either way). signals may be
 * NULL. */
enum err publish_post(struct keeper *keeper, struct circle *circle, struct post *post,
					  const struct signals *signals);
/* The number it is about to get. */
enum err publish_seq(struct keeper *keeper, const struct circle *circle, int64_t *seq);
