/* chat.c: `maagal chat`: reads the command line and hands over to clients/chat. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "clients/chat/chat.h"
#include "program/commands.h"
#include "program/options.h"

static const char *misuse_of(const struct chat_options *chat, const struct words *words)
{
	static const char digits[] = "0123456789";

	if (words->count != 1)
		return "It takes one address, or one invitation link.";
	if (chat->token && chat->name)
		return "An invitation has its name: --token and --name do not go together.";
	if (chat->after && chat->tail)
		return "--after and --tail do not go together.";
	if ((chat->after && chat->after[strspn(chat->after, digits)]) ||
		(chat->tail && chat->tail[strspn(chat->tail, digits)]))
		return "--after and --tail take a number.";
	if (chat->tail && (strlen(chat->tail) > 3 || strtol(chat->tail, NULL, 10) > 500))
		return "--tail is 500 at most.";
	if (chat->lang && strcmp(chat->lang, "he") && strcmp(chat->lang, "ar") &&
		strcmp(chat->lang, "en"))
		return "--lang is he, ar or en.";
	return NULL;
}

int program_chat(int argc, char **argv)
{
	struct chat_options chat = {0};
	struct words words;
	struct why why;
	const char *misuse;
	const struct option options[] = {
		{"accept", OPTION_FLAG, &chat.accept},
		{"after", OPTION_TEXT, &chat.after},
		{"anyway", OPTION_FLAG, &chat.anyway},
		{"ca", OPTION_TEXT, &chat.ca_file},
		{"circle", OPTION_TEXT, &chat.circle},
		{"follow", OPTION_FLAG, &chat.follow},
		{"invitations", OPTION_TEXT, &chat.invitations},
		{"json", OPTION_FLAG, &chat.json},
		{"lang", OPTION_TEXT, &chat.lang},
		{"name", OPTION_TEXT, &chat.name},
		{"no-remember", OPTION_FLAG, &chat.forget},
		{"plain", OPTION_FLAG, &chat.plain},
		{"play", OPTION_TEXT, &chat.play},
		{"tail", OPTION_TEXT, &chat.tail},
		{"token", OPTION_TEXT, &chat.token},
		OPTIONS_END,
	};

	if (options_read(options, argc, argv, &words, &why))
		return options_misused(argv[0], &why);
	misuse = misuse_of(&chat, &words);
	if (misuse)
		return options_misused_because(argv[0], misuse);
	chat.url = words.at[0];
	return chat.play ? chat_play(&chat) : chat_run(&chat);
}
