/* hub.h: the living house: the door, the sessions behind it, judge and store, and the loop that
 * turns them. hub_run() is the hub's thread. */
#pragma once

#include "base/err.h"
#include "base/texts.h"
#include "config.h"
#include "filters/ruleset.h"

struct hub;
struct presets;

struct hub_setup {
	const struct config *config; /* finished; alive as long as the hub */
	const struct texts *texts;   /* likewise */
	const struct presets *presets; /* likewise */
	struct ruleset **ruleset;    /* taken */
};

/* Opens the store, starts all threads and listens; connections are served once hub_run() runs. A
 * failing open leaves nothing behind and says in `why` what to mend. */
MUST_CHECK enum err hub_open(const struct hub_setup *setup, struct why *why, struct hub **out);
void hub_close(struct hub **hub);
/* "http://127.0.0.1:41234" */
const char *hub_url(const struct hub *hub);
/* Serves until SIGTERM or SIGINT, then ends in order: takes no more calls, finishes those in
 * flight, says goodbye. A second signal hurries. SIGHUP loads the rules anew. */
void hub_run(struct hub *hub);
/* It ended because a newer program has upgraded the store. */
bool hub_is_outdated(const struct hub *hub);
