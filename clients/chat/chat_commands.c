/* chat_commands.c: what a person types: a post, or a command from the table. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "clients/chat/chat_inside.h"

enum { HISTORY_PAGE = 30, SEARCH_PAGE = 20 };

struct command {
	const char *name;
	const char *arguments; /* as help shows them */
	void (*run)(struct chat *chat, char *rest);
	bool moderators;
	const char *meaning[CHAT_LANG_COUNT];
};
static const struct command commands[];
static const size_t command_count;

/* Taking a line apart */

static char *skip_blanks(char *text)
{
	while (*text == ' ' || *text == '\t')
		text++;
	return text;
}

/* Cuts the first word off `*rest` and moves it behind. */
static char *word_next(char **rest)
{
	char *word = skip_blanks(*rest), *end = word + strcspn(word, " \t\n");

	*rest = skip_blanks(*end ? end + 1 : end);
	if (end > word && *end == '\n')
		*rest = end + 1;
	*end = '\0';
	return word;
}

/* "12" or "#12"; -1 if it is no number. */
static long number_of(const char *word)
{
	char *end;
	long number;

	word += *word == '#';
	number = strtol(word, &end, 10);
	return *word && !*end && number > 0 ? number : -1;
}

/* The post that the first word names; says so if there is none. */
static struct book_post *post_next(struct chat *chat, char **rest)
{
	long number = number_of(word_next(rest));
	struct book_post *post = number > 0 ? chat_book_by_seq(&chat->book, number) : NULL;

	if (!post)
		chat_say_word(chat, WORD_NO_SUCH_POST, NULL, NULL);
	return post;
}

static void usage_say(struct chat *chat, const char *name)
{
	for (size_t i = 0; i < command_count; i++) {
		if (!strcmp(commands[i].name, name)) {
			char line[128];

			snprintf(line, sizeof line, "/%s %s", name, commands[i].arguments);
			chat->failures += !chat->terminal;
			chat_say_word(chat, WORD_USAGE, line, NULL);
		}
	}
}

/* Writing */

void chat_post(struct chat *chat, const char *text, const char *thread, const char *reply_to,
			   json_t *tag)
{
	json_t *params = json_pack("{s:s,s:s,s:o}", "circle", chat->circle, "text", text, "key",
							   chat_key());

	if (thread && *thread)
		json_object_set_new(params, "thread", json_string(thread));
	if (reply_to && *reply_to)
		json_object_set_new(params, "reply_to", json_string(reply_to));
	chat_ask(chat, "post.create", params, tag, chat_answer_post);
}

static void run_open(struct chat *chat, char *rest)
{
	if (!*rest)
		usage_say(chat, "open");
	else
		chat_post(chat, rest, NULL, NULL, NULL);
}

static void run_reply(struct chat *chat, char *rest)
{
	struct book_post *post = post_next(chat, &rest);

	if (post && !*rest)
		usage_say(chat, "reply");
	else if (post)
		chat_post(chat, rest, NULL, book_text(post, "id"), NULL);
}

static void run_thread(struct chat *chat, char *rest)
{
	struct book_post *post;
	char number[24];

	*chat->thread = '\0';
	if (!*skip_blanks(rest)) {
		chat_say_word(chat, WORD_THREAD_OUT, NULL, NULL);
		return;
	}
	post = post_next(chat, &rest);
	if (!post)
		return;
	snprintf(chat->thread, sizeof chat->thread, "%s", book_text(post, "thread"));
	chat_show_thread(chat, chat->thread);
	post = chat_book_by_id(&chat->book, chat->thread);
	snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, post ? post->seq : 0);
	chat_say_word(chat, WORD_THREAD_IN, number, NULL);
}

static void run_edit(struct chat *chat, char *rest)
{
	struct book_post *post = post_next(chat, &rest);

	if (post && !*rest)
		usage_say(chat, "edit");
	else if (post)
		chat_ask(chat, "post.edit",
				 json_pack("{s:s,s:I,s:s,s:o}", "post", book_text(post, "id"), "rev", post->rev,
						   "text", rest, "key", chat_key()),
				 NULL, chat_answer_post);
}

static void run_retract(struct chat *chat, char *rest)
{
	struct book_post *post = post_next(chat, &rest);

	if (post)
		chat_ask(chat, "post.retract",
				 json_pack("{s:s,s:o}", "post", book_text(post, "id"), "key", chat_key()), NULL,
				 NULL);
}

static void reported(struct chat *chat, struct chat_call *call, const json_t *result,
					 const json_t *error)
{
	(void)call;
	(void)error;
	if (result)
		chat_say_word(chat, WORD_REPORTED, NULL, NULL);
}

static void run_report(struct chat *chat, char *rest)
{
	struct book_post *post = post_next(chat, &rest);
	const char *reason = word_next(&rest);
	json_t *params;

	if (!post)
		return;
	if (!*reason) {
		usage_say(chat, "report");
		return;
	}
	params = json_pack("{s:s,s:s,s:o}", "post", book_text(post, "id"), "reason", reason, "key",
					   chat_key());
	if (*rest)
		json_object_set_new(params, "note", json_string(rest));
	chat_ask(chat, "post.report", params, NULL, reported);
}

static void run_send(struct chat *chat, char *rest)
{
	json_t *nudged = chat->nudged;

	(void)rest;
	chat->nudged = NULL;
	if (!nudged)
		chat_say_word(chat, WORD_NOTHING_TO_SEND, NULL, NULL);
	else
		chat_ask(chat, json_string_value(json_object_get(nudged, "method")),
				 json_incref(json_object_get(nudged, "params")), NULL, chat_answer_post);
	json_decref(nudged);
}

/* Reading */

static void history_read(struct chat *chat, struct chat_call *call, const json_t *result,
						 const json_t *error)
{
	const json_t *events = json_object_get(result, "events");
	size_t i, shown = 0;
	json_t *event;

	(void)call;
	(void)error;
	json_array_foreach(events, i, event)
	{
		struct book_post *post = NULL;

		if (i == 0)
			chat->oldest = json_integer_value(json_object_get(event, "seq"));
		if (chat_book_take(&chat->book, event, &post) == BOOK_NEW && post) {
			chat_show_post(chat, post, 0, true);
		}
		shown++;
	}
	if (!result)
		return;
	if (!shown)
		chat_say_word(chat, WORD_NOTHING_EARLIER, NULL, NULL);
	else if (json_is_true(json_object_get(result, "more")))
		chat_say_word(chat, WORD_MORE, NULL, NULL);
}

static void run_history(struct chat *chat, char *rest)
{
	long limit = number_of(word_next(&rest));
	json_t *params = json_pack("{s:s,s:I}", "circle", chat->circle, "limit",
							   (json_int_t)(limit > 0 ? limit : HISTORY_PAGE));

	if (chat->oldest)
		json_object_set_new(params, "before", json_integer(chat->oldest));
	chat_ask(chat, "history.read", params, NULL, history_read);
}

static void posts_found(struct chat *chat, struct chat_call *call, const json_t *result,
						const json_t *error)
{
	const json_t *posts = json_object_get(result, "posts");
	size_t i;
	json_t *post;

	(void)call;
	(void)error;
	json_array_foreach(posts, i, post) chat_show_loose(
		chat, json_object_get(post, "post") ? json_object_get(post, "post") : post, "");
	if (result && !json_array_size(posts))
		chat_say_word(chat, WORD_NOTHING_FOUND, NULL, NULL);
}

static void run_search(struct chat *chat, char *rest)
{
	if (!*rest)
		usage_say(chat, "search");
	else
		chat_ask(chat, "history.search",
				 json_pack("{s:s,s:s,s:I}", "circle", chat->circle, "query", rest, "limit",
						   (json_int_t)SEARCH_PAGE),
				 NULL, posts_found);
}

static void members_read(struct chat *chat, struct chat_call *call, const json_t *result,
						 const json_t *error)
{
	size_t i;
	json_t *member;

	(void)call;
	(void)error;
	if (result)
		chat_say_word(chat, WORD_MEMBERS, NULL, NULL);
	json_array_foreach(json_object_get(result, "members"), i, member)
	{
		static const char *const parts[] = {"name", "role", "organisation"};
		struct buf line = {0};

		for (size_t k = 0; k < 3; k++) {
			const char *text = json_string_value(json_object_get(member, parts[k]));

			if (text && *text)
				buf_format(&line, "%s%s", line.bytes ? " · " : "", text);
		}
		buf_add(&line, "", 1);
		if (buf_ok(&line))
			chat_say(chat, line.data);
		buf_fini(&line);
	}
}

static void run_members(struct chat *chat, char *rest)
{
	(void)rest;
	chat_ask(chat, "circle.members", json_pack("{s:s}", "circle", chat->circle), NULL,
			 members_read);
}

static void inbox_read(struct chat *chat, struct chat_call *call, const json_t *result,
					   const json_t *error)
{
	size_t i;
	json_t *event;

	(void)call;
	(void)error;
	if (!result)
		return;
	json_decref(chat->inbox);
	chat->inbox = json_incref(json_object_get(result, "events"));
	json_array_foreach(chat->inbox, i, event) chat_inbox_show(chat, event, i + 1);
	if (!json_array_size(chat->inbox))
		chat_say_word(chat, WORD_INBOX_EMPTY, NULL, NULL);
}

static void run_inbox(struct chat *chat, char *rest)
{
	(void)rest;
	chat_ask(chat, "inbox.read", NULL, NULL, inbox_read);
}

static void run_me(struct chat *chat, char *rest)
{
	static const char *const parts[] = {"name", "tag", "kind", "organisation", "id"};
	struct buf line = {0};

	(void)rest;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		const char *text = json_string_value(json_object_get(chat->me, parts[i]));

		if (text && *text)
			buf_format(&line, "%s%s", line.bytes ? " · " : "", text);
	}
	buf_format(&line, " · %s · %s", chat->role, chat->circle);
	buf_add(&line, "", 1);
	if (buf_ok(&line))
		chat_say(chat, line.data);
	buf_fini(&line);
}

static void link_given(struct chat *chat, struct chat_call *call, const json_t *result,
					   const json_t *error)
{
	const char *link = json_string_value(json_object_get(result, "link"));

	(void)call;
	(void)error;
	if (link)
		chat_say(chat, link);
}

static void run_link(struct chat *chat, char *rest)
{
	(void)rest;
	chat_ask(chat, "session.link", NULL, NULL, link_given);
}

static void run_lang(struct chat *chat, char *rest)
{
	const char *lang = word_next(&rest);

	if (strcmp(lang, "he") && strcmp(lang, "ar") && strcmp(lang, "en")) {
		usage_say(chat, "lang");
		return;
	}
	chat->lang = chat_lang_choose(lang);
	chat_ask(chat, "me.update", json_pack("{s:s}", "lang", lang), NULL, chat_answer_plain);
}

/* The charter */

static void charter_read(struct chat *chat, struct chat_call *call, const json_t *result,
						 const json_t *error)
{
	(void)call;
	(void)error;
	if (!result)
		return;
	chat->charter_version = json_integer_value(json_object_get(result, "version"));
	chat_show_charter(chat, result);
}

static void run_charter(struct chat *chat, char *rest)
{
	(void)rest;
	chat_ask(chat, "charter.read", json_pack("{s:s}", "process", chat->process), NULL,
			 charter_read);
}

static void charter_accepted(struct chat *chat, struct chat_call *call, const json_t *result,
							 const json_t *error)
{
	char key[CHAT_ID + 16];

	(void)call;
	(void)error;
	if (!result)
		return;
	snprintf(key, sizeof key, "accepted:%s", chat->process);
	chat_memory_keep(chat->memory, key, json_integer(chat->charter_version));
	chat_say_word(chat, WORD_ACCEPTED, NULL, NULL);
}

static void run_accept(struct chat *chat, char *rest)
{
	(void)rest;
	chat->asking_charter = false;
	chat_ask(chat, "charter.accept",
			 json_pack("{s:s,s:I}", "process", chat->process, "version", chat->charter_version),
			 NULL, charter_accepted);
}

/* Moderating */

static void queue_read(struct chat *chat, struct chat_call *call, const json_t *result,
					   const json_t *error)
{
	size_t i;
	json_t *item;

	(void)call;
	(void)error;
	if (!result)
		return;
	json_decref(chat->queue);
	chat->queue = json_incref(json_object_get(result, "items"));
	json_array_foreach(chat->queue, i, item) chat_show_item(chat, item, i + 1);
	if (!json_array_size(chat->queue))
		chat_say_word(chat, WORD_QUEUE_EMPTY, NULL, NULL);
}

static void run_queue(struct chat *chat, char *rest)
{
	(void)rest;
	chat_ask(chat, "desk.queue", json_pack("{s:s}", "circle", chat->circle), NULL, queue_read);
}

/* desk.claim, unclaim, release, reject: about an item of the queue as last listed. */
static void item_ask(struct chat *chat, const char *method, char *rest, bool wants_reason)
{
	long number = number_of(word_next(&rest));
	const json_t *item = number > 0 ? json_array_get(chat->queue, (size_t)number - 1) : NULL;
	const char *id = json_string_value(json_object_get(item, "item"));
	json_t *params;

	if (!id)
		id = json_string_value(json_object_get(item, "id"));
	if (!id) {
		chat_say_word(chat, WORD_NO_SUCH_ITEM, NULL, NULL);
		return;
	}
	if (wants_reason && !*rest) {
		usage_say(chat, "reject");
		return;
	}
	params = json_pack("{s:s,s:o}", "item", id, "key", chat_key());
	if (*rest)
		json_object_set_new(params, "reason", json_string(rest));
	chat_ask(chat, method, params, NULL, chat_answer_plain);
}

/* An alert is taken by saying so; then nobody else is called. */
static void run_claim(struct chat *chat, char *rest)
{
	const json_t *item = json_array_get(chat->queue, (size_t)number_of(rest) - 1);

	item_ask(chat, json_object_get(item, "alert") ? "desk.acknowledge" : "desk.claim", rest, false);
}

static void run_unclaim(struct chat *chat, char *rest)
{
	item_ask(chat, "desk.unclaim", rest, false);
}

static void run_release(struct chat *chat, char *rest)
{
	item_ask(chat, "desk.release", rest, false);
}

static void run_reject(struct chat *chat, char *rest)
{
	item_ask(chat, "desk.reject", rest, true);
}

static json_t *decision_params(const struct book_post *post, const char *reason)
{
	return json_pack("{s:s,s:I,s:s,s:o}", "post", book_text(post, "id"), "rev", post->rev, "reason",
					 reason, "key", chat_key());
}

static void post_decide(struct chat *chat, const char *command, const char *method, char *rest)
{
	struct book_post *post = post_next(chat, &rest);

	if (post && !*rest)
		usage_say(chat, command);
	else if (post)
		chat_ask(chat, method, decision_params(post, rest), NULL, chat_answer_plain);
}

static void run_remove(struct chat *chat, char *rest)
{
	post_decide(chat, "remove", "desk.remove", rest);
}

static void run_restore(struct chat *chat, char *rest)
{
	post_decide(chat, "restore", "desk.restore", rest);
}

/* /redact N "these words" why */
static void run_redact(struct chat *chat, char *rest)
{
	struct book_post *post = post_next(chat, &rest);
	char *end = *rest == '"' ? strchr(rest + 1, '"') : NULL;
	const char *text, *found;
	json_t *params;
	size_t start;

	if (!post)
		return;
	if (!end || end == rest + 1 || !*skip_blanks(end + 1)) {
		usage_say(chat, "redact");
		return;
	}
	*end = '\0';
	text = book_text(post, "text");
	found = strstr(text, rest + 1);
	if (!found) {
		chat_say_word(chat, WORD_NOTHING_FOUND, NULL, NULL);
		return;
	}
	start = utf8_length(text, (size_t)(found - text));
	params = decision_params(post, skip_blanks(end + 1));
	json_object_set_new(params, "spans",
						json_pack("[{s:I,s:I}]", "start", (json_int_t)start, "end",
								  (json_int_t)(start + utf8_length(rest + 1, strlen(rest + 1)))));
	chat_ask(chat, "desk.redact", params, NULL, chat_answer_plain);
}

/* What was decided about oneself */

static void appeal_sent(struct chat *chat, struct chat_call *call, const json_t *result,
						const json_t *error)
{
	(void)call;
	(void)error;
	if (result)
		chat_say_word(chat, WORD_APPEAL_SENT, NULL, NULL);
}

static void run_appeal(struct chat *chat, char *rest)
{
	long number = number_of(word_next(&rest));
	const json_t *event = number > 0 ? json_array_get(chat->inbox, (size_t)number - 1) : NULL;
	const char *decision = json_string_value(json_object_get(event, "decision"));

	if (!decision || !*rest)
		usage_say(chat, "appeal");
	else
		chat_ask(chat, "appeal.open",
				 json_pack("{s:s,s:s,s:o}", "decision", decision, "text", rest, "key", chat_key()),
				 NULL, appeal_sent);
}

static void run_call(struct chat *chat, char *rest)
{
	const char *method = word_next(&rest);
	json_t *params = *rest ? json_loads(rest, JSON_REJECT_DUPLICATES, NULL) : json_object();

	if (!*method || !json_is_object(params)) {
		json_decref(params);
		usage_say(chat, "call");
		return;
	}
	chat_ask(chat, method, params, NULL, chat_answer_plain);
}

static void run_quit(struct chat *chat, char *rest)
{
	(void)rest;
	chat->quitting = true;
}

static void run_help(struct chat *chat, char *rest)
{
	bool moderates = !strcmp(chat->role, "moderator") || !strcmp(chat->role, "convenor");

	(void)rest;
	chat_say_word(chat, WORD_HELP_TITLE, NULL, NULL);
	for (size_t i = 0; i < command_count; i++) {
		char line[512];
		int padding;

		if (commands[i].moderators && !moderates)
			continue;
		/* What is typed reads from the left in every language, what it means in its own. */
		padding = 21 - chat_plain_width(commands[i].arguments, strlen(commands[i].arguments));
		snprintf(line, sizeof line, "/%-8s %s%*s \u2068%s\u2069", commands[i].name,
				 commands[i].arguments, padding, "", commands[i].meaning[chat->lang]);
		chat_say(chat, line);
	}
}

static const struct command commands[] = {
	{"accept",
	 "",
	 run_accept,
	 false,
	 {"לקבל את אמנת השיתוף", "الموافقة على ميثاق المشاركة", "accept the charter"}},
	{"appeal",
	 "N TEXT",
	 run_appeal,
	 false,
	 {"לערער על החלטה מהתיבה", "الاعتراض على قرار في الصندوق",
	  "appeal against a decision in your inbox"}},
	{"call",
	 "METHOD {…}",
	 run_call,
	 false,
	 {"קריאה ישירה לשרת", "نداء مباشر للخادم", "call the server directly"}},
	{"charter",
	 "",
	 run_charter,
	 false,
	 {"לקרוא את אמנת השיתוף", "قراءة ميثاق المشاركة", "read the charter"}},
	{"claim",
	 "N",
	 run_claim,
	 true,
	 {"לקחת פריט מהתור לטיפול", "تولّي بند من القائمة", "take an item of the queue"}},
	{"edit",
	 "N TEXT",
	 run_edit,
	 false,
	 {"לשנות הודעה שלכם", "تعديل رسالة لكم", "change a post of yours"}},
	{"help", "", run_help, false, {"הרשימה הזאת", "هذه القائمة", "this list"}},
	{"history", "[N]", run_history, false, {"הודעות קודמות", "رسائل سابقة", "earlier posts"}},
	{"inbox", "", run_inbox, false, {"מה שנוגע אליכם", "ما يخصكم", "what concerns you"}},
	{"lang", "he|ar|en", run_lang, false, {"לשנות שפה", "تغيير اللغة", "change the language"}},
	{"link",
	 "",
	 run_link,
	 false,
	 {"קישור למכשיר נוסף", "رابط لجهاز آخر", "a link for another device of yours"}},
	{"me", "", run_me, false, {"מי אני כאן", "من أنا هنا", "who you are here"}},
	{"members",
	 "",
	 run_members,
	 false,
	 {"מי במעגל (מעגל סגור)", "من في الحلقة (حلقة مغلقة)",
	  "who is in the circle (closed circles)"}},
	{"open", "TEXT", run_open, false, {"לפתוח שרשור חדש", "فتح سلسلة جديدة", "open a new thread"}},
	{"queue",
	 "",
	 run_queue,
	 true,
	 {"מה ממתין להחלטה", "ما ينتظر القرار", "what waits for a decision"}},
	{"quit", "", run_quit, false, {"לצאת", "الخروج", "leave"}},
	{"redact",
	 "N \"WORDS\" REASON",
	 run_redact,
	 true,
	 {"להסתיר מילים בהודעה", "إخفاء كلمات في رسالة", "mask words in a post"}},
	{"reject",
	 "N REASON",
	 run_reject,
	 true,
	 {"לא לפרסם פריט מהתור", "عدم نشر بند من القائمة", "do not publish an item of the queue"}},
	{"release",
	 "N [REASON]",
	 run_release,
	 true,
	 {"לפרסם פריט מהתור", "نشر بند من القائمة", "publish an item of the queue"}},
	{"remove", "N REASON", run_remove, true, {"להסיר הודעה", "إزالة رسالة", "remove a post"}},
	{"reply", "N TEXT", run_reply, false, {"להשיב להודעה", "الرد على رسالة", "answer a post"}},
	{"report",
	 "N REASON [NOTE]",
	 run_report,
	 false,
	 {"לדווח לצוות ההנחיה (insult, hate, threat, privacy, off_topic, spam, misleading, other)",
	  "إبلاغ فريق إدارة النقاش (insult, hate, threat, privacy, off_topic, spam, misleading, other)",
	  "tell the moderators (insult, hate, threat, privacy, off_topic, spam, misleading, other)"}},
	{"restore",
	 "N REASON",
	 run_restore,
	 true,
	 {"להחזיר הודעה", "إعادة رسالة", "bring a post back"}},
	{"retract",
	 "N",
	 run_retract,
	 false,
	 {"למשוך הודעה שלכם", "سحب رسالة لكم", "withdraw a post of yours"}},
	{"search", "WORDS", run_search, false, {"לחפש", "بحث", "search"}},
	{"send", "", run_send, false, {"לשלוח כמו שזה", "الإرسال كما هي", "send it as it is"}},
	{"thread",
	 "[N]",
	 run_thread,
	 false,
	 {"להיכנס לשרשור, או לצאת ממנו", "دخول سلسلة أو الخروج منها", "enter a thread, or leave it"}},
	{"unclaim",
	 "N",
	 run_unclaim,
	 true,
	 {"להחזיר פריט לתור", "إعادة بند إلى القائمة", "give an item back"}},
};
static const size_t command_count = sizeof commands / sizeof commands[0];

/* Lines of scripts */

static void needs_fill(struct chat *chat, const char *method, json_t *params)
{
	static const char *const keyed[] = {"post.create", "post.edit", "post.retract", "post.report"};
	static const char *const placed[] = {"circle.",   "history.",  "draft.",   "desk.queue",
										 "desk.join", "desk.read", "desk.log", "post.create"};

	for (size_t i = 0; i < sizeof keyed / sizeof keyed[0]; i++) {
		if (!strcmp(method, keyed[i]) && !json_object_get(params, "key"))
			json_object_set_new(params, "key", chat_key());
	}
	for (size_t i = 0; i < sizeof placed / sizeof placed[0]; i++) {
		if (!strncmp(method, placed[i], strlen(placed[i])) && !json_object_get(params, "circle"))
			json_object_set_new(params, "circle", json_string(chat->circle));
	}
}

/* {"method","params"?,"id"?}, or {"text","thread"?,"reply_to"?,"id"?}, which is a post. */
static void script_line(struct chat *chat, const char *line)
{
	json_t *asked = json_loads(line, JSON_REJECT_DUPLICATES, NULL), *params;
	const char *method = json_string_value(json_object_get(asked, "method"));
	const char *text = json_string_value(json_object_get(asked, "text"));
	json_t *tag = json_incref(json_object_get(asked, "id"));

	if (method) {
		params = json_deep_copy(json_object_get(asked, "params"));
		params = json_is_object(params) ? params : json_object();
		needs_fill(chat, method, params);
		chat_ask(chat, method, params, tag,
				 strcmp(method, "post.create") && strcmp(method, "post.edit") ? NULL
																			  : chat_answer_post);
	} else if (text) {
		chat_post(chat, text, json_string_value(json_object_get(asked, "thread")),
				  json_string_value(json_object_get(asked, "reply_to")), tag);
	} else {
		json_decref(tag);
		chat->failures++;
		chat_say_json(chat, "error", json_pack("{s:s}", "line", line));
	}
	json_decref(asked);
}

void chat_command(struct chat *chat, const char *line)
{
	char *copy, *rest;
	const char *name;

	if (chat->options->json && *line == '{') {
		script_line(chat, line);
		return;
	}
	if (!line[strspn(line, " \t\n")])
		return;
	if (*line != '/') {
		chat_post(chat, line, chat->thread, NULL, NULL);
		return;
	}
	copy = strdup(line + 1);
	if (!copy)
		return;
	rest = copy;
	name = word_next(&rest);
	for (size_t i = 0; i < command_count; i++) {
		if (!strcmp(name, commands[i].name)) {
			commands[i].run(chat, rest);
			free(copy);
			return;
		}
	}
	free(copy);
	chat->failures += !chat->terminal;
	chat_say_word(chat, WORD_UNKNOWN_COMMAND, NULL, NULL);
}
