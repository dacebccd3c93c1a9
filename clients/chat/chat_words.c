/* chat_words.c: see chat_words.h. */
#include "clients/chat/chat_words.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[CHAT_WORD_COUNT][CHAT_LANG_COUNT] = {
#define X(name, he, ar, en) [WORD_##name] = {he, ar, en},
	CHAT_WORD_LIST(X)
#undef X
};

static const char *const lang_names[CHAT_LANG_COUNT] = {"he", "ar", "en"};

static int lang_find(const char *text, size_t bytes)
{
	for (int i = 0; i < CHAT_LANG_COUNT; i++) {
		if (bytes == 2 && !memcmp(text, lang_names[i], 2))
			return i;
	}
	return -1;
}

enum chat_lang chat_lang_choose(const char *asked)
{
	static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	int found = asked ? lang_find(asked, strlen(asked)) : -1;

	for (size_t i = 0; found < 0 && i < sizeof variables / sizeof variables[0]; i++) {
		const char *value = getenv(variables[i]);

		if (value && *value) {
			found = lang_find(value, strcspn(value, "_.@"));
			break;
		}
	}
	return found < 0 ? CHAT_EN : (enum chat_lang)found;
}

const char *chat_lang_name(enum chat_lang lang)
{
	return lang_names[lang];
}

const char *chat_word(enum chat_lang lang, enum chat_word word)
{
	return words[word][lang];
}

void chat_word_with(struct buf *out, enum chat_lang lang, enum chat_word word, const char *first,
					const char *second)
{
	const char *sentence = chat_word(lang, word), *values[] = {first, second};

	for (size_t i = 0; i < 2 && values[i]; i++) {
		const char *mark = strstr(sentence, "{}");

		if (!mark)
			break;
		buf_add(out, sentence, (size_t)(mark - sentence));
		buf_text(out, values[i]);
		sentence = mark + 2;
	}
	buf_text(out, sentence);
}

static bool is_one_of(const char *line, const char *const *choices, size_t count)
{
	size_t bytes;

	line += strspn(line, " ");
	bytes = strlen(line);
	while (bytes && (line[bytes - 1] == ' ' || line[bytes - 1] == '.' || line[bytes - 1] == '!'))
		bytes--;
	for (size_t i = 0; i < count; i++) {
		if (strlen(choices[i]) == bytes && !strncasecmp(line, choices[i], bytes))
			return true;
	}
	return false;
}

bool chat_means_yes(const char *line)
{
	static const char *const choices[] = {"y", "yes", "ok", "כ", "כן", "نعم", "ن", "أوافق"};

	return is_one_of(line, choices, sizeof choices / sizeof choices[0]);
}

bool chat_means_no(const char *line)
{
	static const char *const choices[] = {"n", "no", "ל", "לא", "لا", "ل"};

	return is_one_of(line, choices, sizeof choices / sizeof choices[0]);
}
