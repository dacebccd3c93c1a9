/* publish.h: a post takes its place in the circle's journal: numbered, and told to those it answers
 * and names; and what it does to the temperature of its thread and the crisis index of its circle.
 * The same whether it goes straight in, is released by a moderator or by its deadline. Inside the
 * commit. */
#pragma once

#include "calls/call.h"

/* What a post that is kept, posted or held, does to its thread and circle, weighed by `ruleset`;
 * sets post->heat and post->crisis. Once for each post, in the order of their numbers, before its
 * row is written; post->reply_author is set. */
enum err publish_fold(struct keeper *keeper, const struct ruleset *ruleset, struct circle *circle,
					  struct post *post, const struct signals *signals);
/* The place that it is about to get: sets post->seq and post->reply_author. Then its row is
 * written, then publish_post(). */
enum err publish_place(struct keeper *keeper, const struct circle *circle, struct post *post);
enum err publish_post(struct keeper *keeper, const struct circle *circle, const struct post *post);
