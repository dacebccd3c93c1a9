/* invite.c: `maagal invite`: makes invitations and prints each once. The store keeps only a hash:
 * what is lost can not be shown again. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/utf8.h"
#include "config.h"
#include "program/commands.h"
#include "program/folder.h"
#include "program/options.h"
#include "store/keeper.h"

enum { COUNT_MOST = 10000, BASE_ROOM = CONFIG_TEXT + 16, WORDS_POINTS_MOST = 100 };

struct invitation {
	struct change change;
	const char *circle, *name, *organisation, *sector;
	enum role role;
	int count;
	char (*tokens)[TOKEN_TEXT];
	struct why why;
};

static enum err keep_invitations(struct keeper *keeper, struct change *change)
{
	struct invitation *invitation = (struct invitation *)change;
	struct circle *circle;
	enum err err = keeper_circle_named(keeper, invitation->circle, &circle);

	if (err == ERR_NOT_FOUND) {
		why_set(&invitation->why,
			"There is no circle `%.64s`. `maagal process list` shows those that there are.",
			invitation->circle);
		return err;
	}
	for (int i = 0; i < invitation->count && !err; i++) {
		unsigned char hash[TOKEN_HASH_BYTES];

		token_make(invitation->tokens[i]);
		token_hash(invitation->tokens[i], strlen(invitation->tokens[i]), hash);
		err = db_run(keeper_db(keeper),
			     "INSERT INTO invitation (hash, circle, role, name, organisation, sector,"
			     " created) VALUES (?, ?, ?, ?, ?, ?, ?)",
			     "biittti", hash, sizeof hash, circle->num, (int64_t)invitation->role,
			     invitation->name, invitation->organisation, invitation->sector,
			     keeper_now(keeper));
	}
	return err ? ERR_STORAGE : ERR_NONE;
}

/* What a browser on this machine can open: the address that means "all" is none. */
static void base_of(const struct config *config, const char *url, char base[BASE_ROOM])
{
	const char *scheme = config->tls_cert[0] ? "https" : "http";
	const char *port = strrchr(config->listen, ':');
	size_t bytes;

	if (url && *url)
		snprintf(base, BASE_ROOM, "%s", url);
	else if (config->public_url[0])
		snprintf(base, BASE_ROOM, "%s", config->public_url);
	else if (port && (strncmp(config->listen, "0.0.0.0:", 8) == 0 ||
			  strncmp(config->listen, "[::]:", 5) == 0))
		snprintf(base, BASE_ROOM, "%s://localhost%s", scheme, port);
	else
		snprintf(base, BASE_ROOM, "%s://%s", scheme, config->listen);
	for (bytes = strlen(base); bytes > 0 && base[bytes - 1] == '/'; bytes--)
		base[bytes - 1] = '\0';
}

static void print_all(const struct invitation *invitation, const char *base, bool json)
{
	struct buf line = {0}, link = {0};

	for (int i = 0; i < invitation->count; i++) {
		const char *token = invitation->tokens[i];

		buf_clear(&link);
		buf_clear(&line);
		buf_format(&link, "%s/#invite=%s&circle=%s", base, token, invitation->circle);
		if (!json) {
			printf("%.*s\n", (int)link.bytes, link.data);
			continue;
		}
		buf_text(&line, "{\"token\":");
		buf_json(&line, token, strlen(token));
		buf_text(&line, ",\"link\":");
		buf_json(&line, link.data, link.bytes);
		printf("%.*s}\n", (int)line.bytes, line.data);
	}
	buf_fini(&line);
	buf_fini(&link);
}

static enum err name_check(const char *option, const char *name, size_t most, struct why *why)
{
	if (!name || utf8_is_name(name, strlen(name), most))
		return ERR_NONE;
	why_set(why,
		"--%s must be 1 to %zu characters, with a letter or digit, without control or"
		" direction characters and without blanks at either end.",
		option, most);
	return ERR_BAD_PARAMS;
}

static enum err wish_check(struct invitation *invitation, const char *role, const char *count,
			   const struct config *config, struct why *why)
{
	char *end = NULL;
	long number = count ? strtol(count, &end, 10) : 1;
	enum err err = ERR_BAD_PARAMS;

	invitation->role = role ? role_parse(role) : ROLE_NONE;
	if (!invitation->circle)
		why_set(why, "--circle C is missing.");
	else if (invitation->role == ROLE_NONE)
		why_set(why, "--role must be observer, participant, moderator or convenor.");
	else if (!invitation->name)
		why_set(why, "--name N is missing.");
	else if (count && (*end || number < 1 || number > COUNT_MOST))
		why_set(why, "--count must be a whole number from 1 to %d.", COUNT_MOST);
	else
		err = name_check("name", invitation->name, (size_t)config->name_points_most, why);
	if (!err && strchr(invitation->name, '#')) {
		why_set(why, "--name must not have a # in it: a guest’s tag stands behind one.");
		err = ERR_BAD_PARAMS;
	}
	if (!err)
		err = name_check("organisation", invitation->organisation, WORDS_POINTS_MOST, why);
	if (!err)
		err = name_check("sector", invitation->sector, WORDS_POINTS_MOST, why);
	invitation->count = (int)number;
	return err;
}

static int invite(struct invitation *invitation, const char *data, const char *base, bool json)
{
	struct store *store = NULL;
	enum err err = folder_open(data, false, &invitation->why, &store);
	int status = EXIT_GOOD;

	if (!err) {
		invitation->tokens = calloc((size_t)invitation->count, sizeof *invitation->tokens);
		err = invitation->tokens ? ERR_NONE : ERR_NO_MEMORY;
	}
	if (!err)
		err = store_keep_now(store, &invitation->change);
	if (err && !invitation->why.text[0])
		why_set(&invitation->why, "The store in %.200s cannot be written (%s).", data,
			err_name(err));
	if (err)
		status = folder_failed("invite", &invitation->why);
	else
		print_all(invitation, base, json);
	free(invitation->tokens);
	store_close(&store);
	return status;
}

int program_invite(int argc, char **argv)
{
	struct invitation invitation = {.change.keep = keep_invitations};
	const char *role = NULL, *count = NULL, *url = NULL, *data = NULL;
	struct config *config = malloc(sizeof *config);
	char base[BASE_ROOM];
	bool json = false;
	struct why why = {""};
	const struct option options[] = {
		{"circle", OPTION_TEXT, &invitation.circle},
		{"config", OPTION_CONFIG_FILE, config},
		{"count", OPTION_TEXT, &count},
		{"data", OPTION_TEXT, &data},
		{"json", OPTION_FLAG, &json},
		{"name", OPTION_TEXT, &invitation.name},
		{"organisation", OPTION_TEXT, &invitation.organisation},
		{"role", OPTION_TEXT, &role},
		{"sector", OPTION_TEXT, &invitation.sector},
		{"set", OPTION_SET, config},
		{"url", OPTION_TEXT, &url},
		OPTIONS_END,
	};
	enum err err = config ? ERR_NONE : ERR_NO_MEMORY;

	if (err)
		return EXIT_FAILED;
	config_default(config);
	err = options_read(options, argc, argv, NULL, &why);
	if (!err && !data) {
		why_set(&why, "--data DIR is missing.");
		err = ERR_BAD_PARAMS;
	}
	if (!err)
		err = wish_check(&invitation, role, count, config, &why);
	base_of(config, url, base);
	free(config);
	if (err)
		return options_misused(argv[0], &why);
	return invite(&invitation, data, base, json);
}
