/* statement.h: a statement of reasons, as its author finds it: what was decided, what follows, on
 * what facts, by which rule, what a machine had to do with it, and until when one can appeal. */
#pragma once

#include "calls/call.h"

struct statement {
	const char *decision;    /* "held", "released", "rejected", "redacted", "removed", "restored",
								"returned", "sanctioned", "upheld", "reversed" */
	const char *restriction; /* key below statement.restriction; NULL: none */
	const char *scope;       /* "post", "circle" */
	int64_t until;           /* 0: for good */
	const char *reason;      /* a moderator's; NULL */
	const char *rule;        /* participation rule; NULL */
	const char *found;       /* stored verdict, if a filter noticed; NULL */
	bool by_report, is_machine; /* is_machine: decided without a person */
	int64_t appeal_until;       /* 0: cannot be appealed */
	const char *decision_id;    /* NULL: it has none */
};

/* {"decision","restriction","scope","until","facts","rule","detection","automation",
 * "appeal_until","decision_id"}; facts, detection and automation are sentences in `lang`. */
void statement_write(const struct house *house, const char *lang, const struct statement *statement,
					 struct buf *out);
