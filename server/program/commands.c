/* commands.c: what `maagal` can do, and the manual of each: what `maagal help COMMAND` shows. */
#include "program/commands.h"

#include <string.h>

const struct command commands[] = {
	{ "backup", program_backup, "make a consistent copy while servers run",
		"maagal backup --data DIR --to DIR [--json]\n"
		"\n"
		"Copies everything kept in DIR to another folder, which must be new or empty,\n"
		"and checks the copy as `maagal verify` does. Servers may go on writing.\n"
		"`maagal restore` makes a data folder of it again.\n"
		"\n"
		"  --data DIR    the data folder\n"
		"  --to DIR      where the copy goes\n"
		"  --json        the outcome as JSON\n" },
	{ "chat", program_chat, "take part from a terminal",
		"maagal chat URL [--circle C] [--name N | --token T] [--lang L] [--accept]\n"
		"            [--tail N | --after SEQ] [--json] [--follow] [--anyway] [--plain]\n"
		"            [--no-remember] [--ca FILE]\n"
		"maagal chat URL --play FILE [--invitations FILE]\n"
		"\n"
		"Joins a circle and shows what is said; what you type is posted. A line that\n"
		"begins with / is a command: /reply 12 TEXT, /thread 12, /search WORDS; /help\n"
		"lists them all. If the connection is lost it comes back, reads on from where it\n"
		"was and sends what waited, once.\n"
		"\n"
		"When standard input is no terminal each line is sent after the answer to the one\n"
		"before; at its end the program ends, with status 0 if everything was done.\n"
		"\n"
		"  URL                  http://ADDR:PORT, https:, ws:, wss:, unix:PATH, or an\n"
		"                       invitation link (…/#invite=TOKEN&circle=C)\n"
		"  --circle C           the circle to join; if absent, the link's, or the only one\n"
		"  --name N             the name to show; without an invitation you are a guest\n"
		"  --token T            an invitation\n"
		"  --lang L             he, ar or en; what LANG says if absent\n"
		"  --accept             accept the charter without being asked\n"
		"  --tail N             begin with the last N posts, 500 at most; 30 if absent\n"
		"  --after SEQ          begin with what follows this event\n"
		"  --json               write one JSON object a line; read lines, or objects\n"
		"                       {\"text\",…} and {\"method\",\"params\"}, each with its own"
		" \"id\"\n"
		"  --follow             go on reading when the input ends\n"
		"  --anyway             send what is nudged as it is\n"
		"  --plain              no colours and no direction marks\n"
		"  --no-remember        keep nothing for the next visit, use nothing kept\n"
		"  --ca FILE            believe the certificates in FILE instead of the system's\n"
		"  --play FILE          play a written conversation as several persons\n"
		"  --invitations FILE   for --play: lines of a person's key and a token\n" },
	{ "export", program_export, "write a circle or process in an open format",
		"maagal export --data DIR (--circle C | --process P) [--format F] [--out FILE]\n"
		"              [--lang L] [--json]\n"
		"\n"
		"Writes what members may see, as it stands now: what was masked stays masked, and\n"
		"of what was removed, taken back or erased only the place is there.\n"
		"\n"
		"  --data DIR    the data folder\n"
		"  --circle C    one circle\n"
		"  --process P   all public circles of a process; a closed one is exported by its\n"
		"                own name alone\n"
		"  --format F    md or html to read; csv for spreadsheets; json or jsonl with all\n"
		"                events, the charter and the rules. md if absent\n"
		"  --out FILE    instead of standard output; --to is the same\n"
		"  --lang L      he, ar or en: of titles in md and html; the process's first\n"
		"                language if absent\n"
		"  --json        the same as --format jsonl\n" },
	{ "help", program_help, "explain a command, or all settings",
		"maagal help [COMMAND]\n"
		"maagal help settings [--markdown | --json]\n"
		"\n"
		"  --markdown    the settings as docs/settings.md shows them\n"
		"  --json        the settings at their defaults, as in config/maagal.json\n" },
	{ "invite", program_invite, "print invitations",
		"maagal invite --data DIR --circle C --role R --name N [--organisation O]\n"
		"              [--sector S] [--count K] [--url URL] [--json]\n"
		"\n"
		"Prints one link an invitation. It belongs to the first who uses it. The token\n"
		"stands in the link's fragment, which browsers do not send to servers.\n"
		"\n"
		"  --data DIR          the data folder\n"
		"  --circle C          the circle\n"
		"  --role R            observer, participant, moderator or convenor\n"
		"  --name N            the name to show\n"
		"  --organisation O    shown beside the name\n"
		"  --sector S          for statistics\n"
		"  --count K           how many, 1 if absent\n"
		"  --url URL           the address people open; that of the settings if absent\n"
		"  --config FILE       settings from a JSON file\n"
		"  --set NAME=VALUE    one setting: listen, public_url, tls_cert, name_points_most\n"
		"  --json              one object a line: {\"token\",\"link\"}\n" },
	{ "judge", program_judge, "judge JSON lines by the civility rules",
		"maagal judge [--rules DIR] [--policy P] [--explain]\n"
		"maagal judge --evaluate --data DIR [--circle C] [--json]\n"
		"maagal judge --replay --data DIR --against DIR [--circle C] [--json] [--text]\n"
		"\n"
		"Reads JSON lines from standard input and answers each at once with the verdict,\n"
		"exactly as `serve` would give it:\n"
		"  {\"id\",\"thread\",\"author\",\"text\",\"ts\",\"reply_to\"}\n"
		"\"lang\" and \"circle\" may be added. \"ts\" (epoch seconds) is the only clock.\n"
		"Every line becomes part of its thread and circle, whatever its verdict.\n"
		"\n"
		"  --rules DIR   the rules; those shipped if absent\n"
		"  --policy P    public or expert, or another that the rules declare\n"
		"  --explain     adds why the thread and the circle are as tense as they are\n"
		"  --config FILE, --set NAME=VALUE   settings: rules_dir, limits\n"
		"\n"
		"--evaluate compares what was forecast of each thread with what moderators then\n"
		"did, by circle and language: precision, recall, how long before, how often it\n"
		"cooled down. --replay judges all stored posts by other rules and lists which\n"
		"would now be held, rejected or released, by id, and counts by symbol. Both only\n"
		"read, also while servers run.\n"
		"\n"
		"  --data DIR      the data folder\n"
		"  --circle C      this circle alone\n"
		"  --against DIR   the rules to try\n"
		"  --text          shows the words as well: they may be held ones\n"
		"  --json          one object, or one a post and a last one with the sums\n" },
	{ "log", program_log, "write a circle's moderation log, or its public twin",
		"maagal log --data DIR --circle C [--public] [--json]\n"
		"maagal log --check FILE\n"
		"\n"
		"Writes what was done at a circle's desk, with the hash of each link of its\n"
		"chain. With --public, what anybody may know of it: what was done, to what, by\n"
		"which role and rule, and when, to the minute; no names and no words. It has a\n"
		"chain of its own. The same log always gives the same lines, so that whoever\n"
		"kept an older copy can see that nothing in it was changed since.\n"
		"\n"
		"  --data DIR      the data folder\n"
		"  --circle C      the circle\n"
		"  --public        the public twin\n"
		"  --json          one JSON object a line\n"
		"  --check FILE    checks the chain of lines written by --public --json; - reads\n"
		"                  standard input\n" },
	{ "process", program_process, "create, update or list processes",
		"maagal process apply FILE --data DIR [--json]\n"
		"maagal process list --data DIR [--json]\n"
		"\n"
		"Reads a process from its declaration (JSON; - is standard input). Servers running\n"
		"on the same data pick it up. A changed charter needs a new version; a closed\n"
		"circle can not be made public, nor a public one closed. A circle that is not\n"
		"declared any more stays as it is. Applying what is applied changes nothing.\n"
		"\n"
		"  --data DIR    the data folder; `apply` makes it if it is not there\n"
		"  --json        the outcome as JSON\n" },
	{ "restore", program_restore, "make a data folder of a backup",
		"maagal restore --from DIR --data DIR [--json]\n"
		"\n"
		"Copies a backup into a data folder, which must be new or empty, and checks it.\n"
		"It gets a new epoch: clients notice and read anew. Searches work again once the\n"
		"server has read through the journals.\n"
		"\n"
		"  --from DIR    the backup\n"
		"  --data DIR    the data folder to be\n"
		"  --json        the outcome as JSON\n" },
	{ "serve", program_serve, "run the server",
		"maagal serve [--listen ADDR:PORT] [--data DIR] [--config FILE]\n"
		"             [--set NAME=VALUE]… [--redis URL] [--tls-cert FILE --tls-key FILE]\n"
		"\n"
		"Prints `ready http://ADDR:PORT` when it accepts connections. SIGTERM ends it in\n"
		"order; SIGHUP reloads the rules.\n"
		"\n"
		"  --listen ADDR:PORT    where to listen; 127.0.0.1:8484 if absent, port 0 for a\n"
		"                        free one\n"
		"  --data DIR            the data folder; `data` if absent\n"
		"  --config FILE         settings from a JSON file\n"
		"  --set NAME=VALUE      one setting; `maagal help settings` lists all\n"
		"  --redis URL           redis://HOST:PORT or unix:PATH, to tell other servers on\n"
		"                        the same data at once\n"
		"  --tls-cert FILE, --tls-key FILE\n"
		"                        speak TLS\n" },
	{ "transparency", program_transparency, "report how a process was moderated",
		"maagal transparency --data DIR --process P [--json | --html FILE] [--lang L]\n"
		"                    [--from DATE] [--to DATE]\n"
		"\n"
		"Counts what was decided, by action, rule, detection and automation; what became\n"
		"of what was held; reports, sanctions, appeals and reversals; how long each took,\n"
		"in the middle; crises. No person appears in it: counts from 1 to 4 inside a\n"
		"breakdown are shown as \"<5\".\n"
		"\n"
		"  --data DIR      the data folder\n"
		"  --process P     the process\n"
		"  --json          the report as JSON\n"
		"  --html FILE     a page that stands by itself; - is standard output\n"
		"  --lang L        he, ar or en; the process's first language if absent\n"
		"  --from, --to    2026-11-21: decided from that day on, before that day\n" },
	{ "verify", program_verify, "check the store and its hash chains",
		"maagal verify --data DIR [--head desk/C=HASH[,…]] [--json]\n"
		"\n"
		"Checks that the store is sound, that every journal is numbered without a gap\n"
		"and that the desks' hash chains hold. Exit status 1 if anything is wrong.\n"
		"It prints each desk's head. A head that was noted elsewhere proves, later on,\n"
		"that nothing before it was rewritten.\n"
		"\n"
		"  --data DIR    the data folder\n"
		"  --head H      heads noted earlier, which must still stand in their chains\n"
		"  --json        the outcome as JSON\n" },
	{ "version", program_version, "print the version",
		"maagal version [--json]\n" },
};

const size_t command_count = sizeof commands / sizeof commands[0];

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < command_count; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}
