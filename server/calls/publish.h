/* publish.h: a post takes its place in the circle's journal: numbered, folded into its thread's
 * temperature and the circle's crisis index, told to those it answers and names. The same whether
 * it goes straight in, is released by a moderator or by its deadline. Inside the commit. */
#pragma once

#include "calls/call.h"

/* First: the place it is about to get, and what it does to its thread and circle: sets post->seq,
 * post->heat and post->reply_author. Then its row is written, then publish_post(). signals may be
 * NULL. */
enum err publish_prepare(struct keeper *keeper, struct circle *circle, struct post *post,
			 const struct signals *signals);
enum err publish_post(struct keeper *keeper, struct circle *circle, struct post *post);
