/* Equal heads mean equal state, and what may not be seen is seen by nobody: hundreds of random
 * steps by authors and moderators, on two processes that take turns and now and then begin anew,
 * against a model that is told nothing but the answers. RING_SEEDS and RING_STEPS ask for more,
 * RING_SEED begins elsewhere, RING_TELL prints what is done. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/utf8.h"
#include "faulty_disk.h"
#include "fold.h"
#include "given_house.h"
#include "program/commands.h"
#include "store/verify.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SEEDS = 1 };
#else
enum { SEEDS = 3 };
#endif

enum {
	AUTHORS = 5,
	MODERATORS = 2,
	PEOPLE = AUTHORS + MODERATORS + 1, /* and one who only reads */
	READER = AUTHORS + MODERATORS,
	POSTS_MOST = 2000,
	WORDS_MOST = 12000,
	DECISIONS_MOST = 2000,
	WORD_LETTERS = 10,
	TEXT_ROOM = 400,
	ID_ROOM = 32,
	CHECK_EVERY = 7,
};

struct word {
	char letters[WORD_LETTERS + 1];
	int64_t author; /* a person's number */
	bool is_shown;  /* stands in what everybody may read */
	bool is_gone;   /* its author was erased */
	bool is_name;   /* stands beside what its author says */
};

/* A post as the answers tell that it stands. */
struct model_post {
	char id[ID_ROOM], key[24];
	char first[TEXT_ROOM]; /* as it was sent: for asking again */
	char text[TEXT_ROOM], kept[TEXT_ROOM];
	bool has_text, has_kept, was_held;
	int64_t author, seq, rev;
	enum post_state state;
};

/* What was decided about a post, in order: an appeal may undo it, as far as others stand. */
struct model_decision {
	char id[ID_ROOM];
	char appeal[ID_ROOM]; /* "" while there is none */
	enum { WAS_REMOVED, WAS_REDACTED, WAS_REJECTED, EDIT_REJECTED, WAS_RESTORED } what;
	size_t post;
	char text[TEXT_ROOM]; /* as masked; of an edit */
	bool is_reversed;
};

struct world {
	struct given_house given;
	uint64_t random, readers_random; /* what readers draw changes no step */
	int64_t people[PEOPLE];
	struct model_post posts[POSTS_MOST];
	size_t post_count;
	struct model_decision decisions[DECISIONS_MOST];
	size_t decision_count, reversed;
	struct word words[WORDS_MOST];
	size_t word_count;
	struct textmap *word_index; /* letters → number + 1 */
	int64_t circle;
	int keys, step;
	size_t landed, held, hidden_checked;
	bool tells; /* RING_TELL: prints every call and its answer */
};

/* ---- chance ---- */

static uint64_t draw(struct world *world)
{
	world->random ^= world->random << 13;
	world->random ^= world->random >> 7;
	world->random ^= world->random << 17;
	return world->random;
}

static void swap_chance(struct world *world)
{
	uint64_t other = world->readers_random;

	world->readers_random = world->random;
	world->random = other;
}

static size_t below(struct world *world, size_t most)
{
	return (size_t)(draw(world) % most);
}

static bool chance(struct world *world, size_t percent)
{
	return below(world, 100) < percent;
}

/* A word that was never said before. */
static const char *new_word(struct world *world, int64_t author)
{
	static const char letters[] = "bcdfghjklmnpqrtvxz";
	struct word *word = &world->words[world->word_count];

	assert_true(world->word_count < WORDS_MOST);
	do {
		word->letters[0] = 'w';
		for (int i = 1; i < WORD_LETTERS; i++)
			word->letters[i] = letters[below(world, sizeof letters - 1)];
	} while (textmap_get(world->word_index, word->letters, WORD_LETTERS));
	word->author = author;
	word->is_shown = word->is_gone = word->is_name = false;
	world->word_count++;
	assert_true(textmap_put(world->word_index, word->letters, WORD_LETTERS,
				(void *)(uintptr_t)world->word_count));
	return word->letters;
}

static void new_text(struct world *world, int64_t author, bool rude, char out[TEXT_ROOM])
{
	size_t count = 1 + below(world, 5);

	out[0] = '\0';
	if (rude)
		strcat(out, "you are an idiot ");
	for (size_t i = 0; i < count; i++) {
		strcat(out, i ? " " : "");
		strcat(out, new_word(world, author));
	}
}

/* Calls `seen` for every word of ours in a text. */
typedef void (*word_seen)(struct world *world, struct word *word, const void *owner);

static void words_in(struct world *world, const char *text, word_seen seen, const void *owner)
{
	while (*text) {
		size_t count = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789");
		void *number = count == WORD_LETTERS
				       ? textmap_get(world->word_index, text, count)
				       : NULL;

		if (number)
			seen(world, &world->words[(uintptr_t)number - 1], owner);
		text += count ? count : 1;
	}
}

static void mark_shown(struct world *world, struct word *word, const void *owner)
{
	(void)world;
	(void)owner;
	word->is_shown = true;
}

static void words_settle(struct world *world)
{
	for (size_t i = 0; i < world->word_count; i++)
		world->words[i].is_shown = world->words[i].is_name && !world->words[i].is_gone;
	for (size_t i = 0; i < world->post_count; i++) {
		struct model_post *post = &world->posts[i];

		if (post->seq && (post->state == POST_VISIBLE || post->state == POST_REDACTED))
			words_in(world, post->text, mark_shown, NULL);
	}
}

/* ---- who may see what ---- */

struct looking {
	int64_t person; /* 0: somebody who only gets what is exported */
	bool is_moderator;
	const char *where, *whole;
};

static void check_word(struct world *world, struct word *word, const void *owner)
{
	const struct looking *looking = owner;
	bool may = word->is_shown ||
		   (!word->is_gone &&
		    (looking->is_moderator || (looking->person && looking->person == word->author)));

	world->hidden_checked += !word->is_shown;
	if (may)
		return;
	print_error("step %d: %s of person %lld shows %s (%s by %lld):\n%s\n", world->step,
		    looking->where, (long long)looking->person, word->letters,
		    word->is_gone ? "erased" : "hidden", (long long)word->author, looking->whole);
	fail();
}

static void check_text(struct world *world, int who, const char *where, const char *text)
{
	struct looking looking = {.person = who < 0 ? 0 : world->people[who],
				  .is_moderator = who >= AUTHORS && who < READER,
				  .where = where,
				  .whole = text};

	words_in(world, text, check_word, &looking);
}

static void set(char *out, const char *text)
{
	size_t bytes = strlen(text) + 1;

	assert_true(bytes <= TEXT_ROOM);
	memmove(out, text, bytes);
}

/* ---- moves ---- */

enum move_kind {
	MOVE_POST, MOVE_AGAIN, MOVE_EDIT, MOVE_RETRACT, MOVE_REPORT, MOVE_ERASE, MOVE_CLAIM,
	MOVE_RELEASE, MOVE_REJECT, MOVE_REDACT, MOVE_REMOVE, MOVE_RESTORE, MOVE_RENAME, MOVE_APPEAL,
	MOVE_ANSWER, MOVE_SANCTION,
};

struct move {
	enum move_kind kind;
	int who;
	int64_t person;
	size_t post;     /* number in world->posts */
	size_t decision; /* in world->decisions */
	struct call *call;
	char text[TEXT_ROOM], key[24], item_kind[12];
	size_t start, end;
};

struct step {
	struct batch batch;
	struct move moves[8];
	size_t count;
	bool erases;
	json_t *queue; /* as the moderators see it before the step */
};

static size_t find_post(const struct world *world, const char *id)
{
	for (size_t i = 0; i < world->post_count; i++)
		if (strcmp(world->posts[i].id, id) == 0)
			return i;
	fail_msg("no post %s in the model", id);
	return 0;
}

/* One of the newest: so that several hands meet on one post. */
static size_t some_post(struct world *world)
{
	size_t most = world->post_count;
	size_t back = chance(world, 70) && most > 8 ? below(world, 8) : below(world, most);

	return most - 1 - back;
}

static void new_key(struct world *world, char out[24])
{
	snprintf(out, 24, "k%d", ++world->keys);
}

static void add_create(struct world *world, struct step *step, struct move *move)
{
	char more[160] = "";
	const struct model_post *other = world->post_count ? &world->posts[some_post(world)] : NULL;

	move->kind = MOVE_POST;
	if (other && chance(world, 50))
		snprintf(more, sizeof more, ",\"reply_to\":\"%s\"", other->id);
	move->call = batch_add(&world->given, &step->batch, move->person, "post.create",
			       "{\"circle\":\"forum\",\"text\":\"%s\",\"key\":\"%s\"%s}", move->text,
			       move->key, more);
}

static void move_create(struct world *world, struct step *step, struct move *move)
{
	new_text(world, move->person, chance(world, 25), move->text);
	if (chance(world, 15))
		strcat(move->text, " @Tal");
	new_key(world, move->key);
	add_create(world, step, move);
}

/* A call whose answer got lost is made again, to whichever process. */
static void move_again(struct world *world, struct step *step, struct move *move)
{
	const struct model_post *post;

	if (!world->post_count)
		return;
	move->post = some_post(world);
	post = &world->posts[move->post];
	if (post->state == POST_ERASED)
		return;
	move->kind = MOVE_AGAIN;
	move->person = post->author;
	snprintf(move->text, sizeof move->text, "%s%s", post->first, chance(world, 20) ? "!" : "");
	snprintf(move->key, sizeof move->key, "%s", post->key);
	move->call = batch_add(&world->given, &step->batch, move->person, "post.create",
			       "{\"circle\":\"forum\",\"text\":\"%s\",\"key\":\"%s\"}", move->text,
			       move->key);
}

static void move_on_own(struct world *world, struct step *step, struct move *move)
{
	struct model_post *post = &world->posts[move->post];

	move->person = post->author;
	if (chance(world, 70)) {
		move->kind = MOVE_EDIT;
		new_text(world, move->person, chance(world, 25), move->text);
		move->call = batch_add(&world->given, &step->batch, move->person, "post.edit",
				       "{\"post\":\"%s\",\"rev\":%lld,\"text\":\"%s\",\"key\":\"%s\"}",
				       post->id, (long long)post->rev, move->text, move->key);
	} else {
		move->kind = MOVE_RETRACT;
		move->call = batch_add(&world->given, &step->batch, move->person, "post.retract",
				       "{\"post\":\"%s\",\"key\":\"%s\"}", post->id, move->key);
	}
}

static void move_report(struct world *world, struct step *step, struct move *move)
{
	move->kind = MOVE_REPORT;
	move->call = batch_add(&world->given, &step->batch, move->person, "post.report",
			       "{\"post\":\"%s\",\"reason\":\"respect\",\"note\":\"%s\",\"key\":\"%s\"}",
			       world->posts[move->post].id, new_word(world, move->person), move->key);
}

static void move_at_desk(struct world *world, struct step *step, struct move *move)
{
	struct model_post *post = &world->posts[move->post];
	long long rev = (long long)post->rev;
	const char *note = new_word(world, move->person);

	switch (below(world, 3)) {
	case 0:
		move->kind = MOVE_REMOVE;
		move->call = batch_add(&world->given, &step->batch, move->person, "desk.remove",
				       "{\"post\":\"%s\",\"rev\":%lld,\"reason\":\"r\",\"note\":\"%s\","
				       "\"key\":\"%s\"}", post->id, rev, note, move->key);
		return;
	case 1:
		move->kind = MOVE_RESTORE;
		move->call = batch_add(&world->given, &step->batch, move->person, "desk.restore",
				       "{\"post\":\"%s\",\"rev\":%lld,\"reason\":\"r\",\"note\":\"%s\","
				       "\"key\":\"%s\"}", post->id, rev, note, move->key);
		return;
	default:
		move->kind = MOVE_REDACT;
		move->start = below(world, 40);
		move->end = move->start + 1 + below(world, 30);
		move->call = batch_add(&world->given, &step->batch, move->person, "desk.redact",
				       "{\"post\":\"%s\",\"rev\":%lld,\"spans\":[[%zu,%zu]],"
				       "\"reason\":\"r\",\"note\":\"%s\",\"key\":\"%s\"}", post->id, rev,
				       move->start, move->end, note, move->key);
	}
}

static void move_on_queue(struct world *world, struct step *step, struct move *move)
{
	static const struct {
		enum move_kind kind;
		const char *method;
	} ways[] = {{MOVE_CLAIM, "desk.claim"}, {MOVE_RELEASE, "desk.release"},
		    {MOVE_RELEASE, "desk.release"}, {MOVE_REJECT, "desk.reject"}};
	size_t way = below(world, sizeof ways / sizeof *ways);
	size_t count = json_array_size(step->queue);
	const json_t *item = count ? json_array_get(step->queue, below(world, count)) : NULL;

	/* An alert is about no post: nothing of it could leak. */
	if (!item || !json_object_get(item, "post"))
		return;
	move->kind = ways[way].kind;
	move->post = find_post(world, fold_text(json_object_get(item, "post"), "id"));
	snprintf(move->item_kind, sizeof move->item_kind, "%s", fold_text(item, "kind"));
	snprintf(move->text, sizeof move->text, "%s", fold_text(item, "text"));
	move->call = batch_add(&world->given, &step->batch, move->person, ways[way].method,
			       "{\"item\":\"%s\",\"reason\":\"r\",\"key\":\"%s\"}",
			       fold_text(item, "item"), move->key);
}

/* Its author does not agree, or a moderator answers; the one who decided may not. */
static void move_on_decision(struct world *world, struct step *step, struct move *move)
{
	struct model_decision *decision;

	if (!world->decision_count)
		return;
	move->decision = world->decision_count - 1 -
			 below(world, world->decision_count < 12 ? world->decision_count : 12);
	decision = &world->decisions[move->decision];
	move->post = decision->post;
	if (decision->appeal[0]) {
		move->kind = MOVE_ANSWER;
		snprintf(move->text, sizeof move->text, "%s", chance(world, 70) ? "reversed" : "upheld");
		move->call = batch_add(&world->given, &step->batch, move->person, "appeal.decide",
				       "{\"appeal\":\"%s\",\"outcome\":\"%s\",\"text\":\"t\",\"key\":\"%s\"}",
				       decision->appeal, move->text, move->key);
	} else {
		move->kind = MOVE_APPEAL;
		move->person = world->posts[decision->post].author;
		move->call = batch_add(&world->given, &step->batch, move->person, "appeal.open",
				       "{\"decision\":\"%s\",\"text\":\"%s\",\"key\":\"%s\"}", decision->id,
				       new_word(world, move->person), move->key);
	}
}

/* Somebody is muted for a minute: what they say meanwhile is refused, and nothing else changes. */
static void move_sanction(struct world *world, struct step *step, struct move *move)
{
	struct person person;
	int64_t whom = world->people[below(world, AUTHORS)];

	CHECK_OK(person_load(world->given.reader, store_id_key(world->given.house.store), whom,
			     &person));
	move->kind = MOVE_SANCTION;
	move->call = batch_add(&world->given, &step->batch, move->person, "desk.sanction",
			       "{\"circle\":\"forum\",\"participant\":\"%s\",\"step\":\"mute\",\"minutes\":1,"
			       "\"reason\":\"r\",\"cause\":\"c\",\"note\":\"%s\",\"key\":\"%s\"}",
			       person.id, new_word(world, move->person), move->key);
}

/* Another name from now on; what was said keeps the one it was said under. */
static void move_rename(struct world *world, struct step *step, struct move *move)
{
	move->kind = MOVE_RENAME;
	set(move->text, new_word(world, move->person));
	move->call = batch_add(&world->given, &step->batch, move->person, "me.update",
			       "{\"name\":\"%s\"}", move->text);
}

static void settle_rename(struct world *world, struct word *word, const void *owner)
{
	(void)world;
	(void)owner;
	word->is_name = true;
}

static void move_erase(struct world *world, struct step *step, struct move *move)
{
	if (step->erases)
		return;
	step->erases = true;
	move->kind = MOVE_ERASE;
	move->call = batch_add(&world->given, &step->batch, move->person, "me.erase", "{}");
}

static void add_move(struct world *world, struct step *step)
{
	struct move *move = &step->moves[step->count];
	size_t dice = below(world, 100);
	bool at_desk = dice >= 60 && dice < 97; /* an appeal is made by its post's author instead */

	*move = (struct move){.who = (int)(at_desk ? AUTHORS + below(world, MODERATORS)
						   : below(world, AUTHORS))};
	move->person = world->people[move->who];
	new_key(world, move->key);
	if (world->post_count)
		move->post = some_post(world);
	if (dice < 30 || !world->post_count)
		move_create(world, step, move);
	else if (dice < 35)
		move_again(world, step, move);
	else if (dice < 37)
		move_rename(world, step, move);
	else if (dice < 53)
		move_on_own(world, step, move);
	else if (dice < 60)
		move_report(world, step, move);
	else if (dice < 78)
		move_at_desk(world, step, move);
	else if (dice < 88)
		move_on_queue(world, step, move);
	else if (dice < 96)
		move_on_decision(world, step, move);
	else if (dice < 97)
		move_sanction(world, step, move);
	else if (dice == 98)
		move_erase(world, step, move);
	step->count += move->call != NULL;
}

/* ---- what the answers say ---- */

static void settle_create(struct world *world, const struct move *move, const struct answer *answer)
{
	struct model_post *post = &world->posts[world->post_count];
	const char *status = answer_text(answer, "status");

	if (strcmp(status, "posted") != 0 && strcmp(status, "held") != 0)
		return;
	assert_true(world->post_count < POSTS_MOST);
	*post = (struct model_post){.author = move->person, .rev = 1, .has_text = true};
	snprintf(post->id, sizeof post->id, "%s", answer_text(answer, "id"));
	snprintf(post->key, sizeof post->key, "%s", move->key);
	set(post->first, move->text);
	set(post->text, move->text);
	post->was_held = strcmp(status, "held") == 0;
	post->state = post->was_held ? POST_HELD : POST_VISIBLE;
	post->seq = answer_number(answer, "seq");
	CHECK(post->was_held == !post->seq);
	world->post_count++;
	world->landed++;
	world->held += post->was_held;
}

/* The same answer as the first time, whatever has become of the post. */
static void settle_again(struct world *world, const struct move *move, const struct answer *answer)
{
	const struct model_post *post = &world->posts[move->post];

	if (post->state == POST_ERASED)
		return;
	if (strcmp(post->first, move->text) != 0) {
		CHECK_ERR(ERR_KEY_REUSED, answer->err);
		return;
	}
	CHECK_OK(answer->err);
	CHECK_TEXT(post->id, answer_text(answer, "id"));
	CHECK_TEXT(post->was_held ? "held" : "posted", answer_text(answer, "status"));
	if (!post->was_held)
		CHECK_INT(post->seq, answer_number(answer, "seq"));
}

static void settle_edit(struct model_post *post, const struct move *move,
			const struct answer *answer)
{
	CHECK(post->state == POST_VISIBLE);
	if (strcmp(answer_text(answer, "status"), "posted") != 0)
		return;
	set(post->text, move->text);
	post->rev++;
	CHECK_INT(post->rev, answer_number(answer, "rev"));
}

static void settle_retract(struct model_post *post)
{
	CHECK(post->state == POST_VISIBLE || post->state == POST_REDACTED ||
	      post->state == POST_HELD);
	post->state = POST_RETRACTED;
	post->has_text = false;
	post->rev += post->seq > 0;
}

static void settle_released(struct model_post *post, const struct move *move,
			    const struct answer *answer)
{
	if (strcmp(move->item_kind, "held") == 0) {
		CHECK(post->state == POST_HELD);
		post->state = POST_VISIBLE;
		post->seq = answer_number(answer, "seq");
		CHECK(post->seq > 0);
	} else if (strcmp(move->item_kind, "edit") == 0) {
		CHECK(post->state == POST_VISIBLE);
		set(post->text, move->text);
		post->rev++;
	}
}

static void mask(struct model_post *post, size_t start, size_t end)
{
	char out[TEXT_ROOM * 3] = "";
	size_t bytes = strlen(post->text), at = 0;

	if (!post->has_kept) {
		set(post->kept, post->text);
		post->has_kept = true;
	}
	for (size_t point = 0; at < bytes; point++) {
		size_t from = at;
		uint32_t letter = utf8_next(post->text, bytes, &at);

		if (point >= start && point < end && letter != ' ')
			strcat(out, "█");
		else
			strncat(out, post->text + from, at - from);
	}
	assert_true(strlen(out) < TEXT_ROOM);
	set(post->text, out);
}

static void settle_at_desk(struct model_post *post, const struct move *move,
			   const struct answer *answer)
{
	CHECK_INT(++post->rev, answer_number(answer, "rev"));
	if (move->kind == MOVE_REDACT) {
		CHECK(post->state == POST_VISIBLE || post->state == POST_REDACTED);
		mask(post, move->start, move->end);
		post->state = POST_REDACTED;
	} else if (move->kind == MOVE_REMOVE) {
		CHECK(post->state == POST_VISIBLE || post->state == POST_REDACTED);
		if (!post->has_kept)
			set(post->kept, post->text);
		post->has_kept = true;
		post->has_text = false;
		post->state = POST_REMOVED;
	} else {
		CHECK(post->state == POST_REMOVED || post->state == POST_REDACTED);
		set(post->text, post->kept);
		post->has_text = true;
		post->has_kept = false;
		post->state = POST_VISIBLE;
	}
}

static struct model_decision *add_decision(struct world *world, const struct move *move,
					   const struct answer *answer)
{
	struct model_decision *decision = &world->decisions[world->decision_count];

	assert_true(world->decision_count < DECISIONS_MOST);
	*decision = (struct model_decision){.post = move->post};
	snprintf(decision->id, sizeof decision->id, "%s", answer_text(answer, "decision"));
	CHECK(decision->id[0]);
	world->decision_count++;
	return decision;
}

static void settle_decided(struct world *world, const struct move *move,
			   const struct answer *answer)
{
	const struct model_post *post = &world->posts[move->post];
	struct model_decision *decision = add_decision(world, move, answer);

	if (move->kind == MOVE_REJECT) {
		bool is_edit = strcmp(move->item_kind, "edit") == 0;

		decision->what = is_edit ? EDIT_REJECTED : WAS_REJECTED;
		set(decision->text, move->text);
		return;
	}
	decision->what = move->kind == MOVE_REMOVE ? WAS_REMOVED
			 : move->kind == MOVE_REDACT ? WAS_REDACTED : WAS_RESTORED;
	if (decision->what == WAS_REDACTED)
		set(decision->text, post->text);
}

static bool takes_away(const struct model_decision *decision)
{
	return !decision->is_reversed &&
	       (decision->what == WAS_REMOVED || decision->what == WAS_REDACTED);
}

static bool is_taken_later(const struct world *world, size_t number)
{
	for (size_t i = number + 1; i < world->decision_count; i++)
		if (world->decisions[i].post == world->decisions[number].post &&
		    takes_away(&world->decisions[i]))
			return true;
	return false;
}

/* The masking before this decision that still stands; NULL: none. */
static const struct model_decision *masked_before(const struct world *world, size_t number)
{
	for (size_t i = number; i-- > 0;) {
		const struct model_decision *decision = &world->decisions[i];

		if (decision->post != world->decisions[number].post)
			continue;
		if (decision->what == WAS_RESTORED)
			return NULL;
		if (decision->what == WAS_REDACTED && !decision->is_reversed)
			return decision;
	}
	return NULL;
}

static void give_back(struct world *world, size_t number, struct model_post *post)
{
	const struct model_decision *before = masked_before(world, number);

	if (is_taken_later(world, number) || !post->has_kept ||
	    (post->state != POST_REMOVED && post->state != POST_REDACTED))
		return;
	set(post->text, before ? before->text : post->kept);
	post->state = before ? POST_REDACTED : POST_VISIBLE;
	post->has_text = true;
	post->has_kept = before != NULL;
	post->rev++;
}

static void settle_answer(struct world *world, const struct move *move,
			  const struct answer *answer)
{
	struct model_decision *decision = &world->decisions[move->decision];
	struct model_post *post = &world->posts[decision->post];

	if (strcmp(move->text, "upheld") == 0)
		return;
	decision->is_reversed = true;
	world->reversed++;
	if (decision->what == WAS_REMOVED || decision->what == WAS_REDACTED) {
		give_back(world, move->decision, post);
	} else if (decision->what == WAS_REJECTED && post->state == POST_REJECTED) {
		post->state = POST_VISIBLE;
		post->seq = answer_number(answer, "seq");
		CHECK(post->seq > 0);
	} else if (decision->what == EDIT_REJECTED && answer_number(answer, "rev") > post->rev) {
		/* Whether newer words stand is told by the number of the revision. */
		CHECK(post->state == POST_VISIBLE);
		set(post->text, decision->text);
		post->rev++;
	}
	CHECK_INT(post->rev, answer_number(answer, "rev"));
	CHECK_TEXT(post_state_name(post->state), answer_text(answer, "state"));
}

static void settle_erase(struct world *world, const struct move *move)
{
	for (size_t i = 0; i < world->post_count; i++)
		if (world->posts[i].author == move->person) {
			world->posts[i].state = POST_ERASED;
			world->posts[i].has_text = false;
			world->posts[i].rev += world->posts[i].seq > 0;
		}
	for (size_t i = 0; i < world->word_count; i++)
		if (world->words[i].author == move->person)
			world->words[i].is_gone = true;
	world->people[move->who] = 0; /* somebody else comes after the step */
}

static void settle_move(struct world *world, const struct move *move)
{
	struct answer answer = answer_of(move->call);
	struct model_post *post = &world->posts[move->post];

	if (world->tells)
		print_message("# %d: %lld %s %s %s -> %s %s\n", world->step,
			      (long long)move->person, move->call->row->method,
			      move->kind == MOVE_POST ? "" : post->id, move->text,
			      answer.err ? err_name(answer.err) : "", answer.text);
	if (answer.err) {
		bool is_ours = answer.err == ERR_STALE || answer.err == ERR_NOT_FOUND ||
			       answer.err == ERR_BAD_PARAMS || answer.err == ERR_KEY_REUSED ||
			       answer.err == ERR_UNAUTHORISED ||
			       (answer.err == ERR_FORBIDDEN && (move->kind == MOVE_ANSWER ||
								move->kind == MOVE_APPEAL)) ||
			       (answer.err == ERR_SANCTIONED && move->who < AUTHORS);

		if (!is_ours)
			fail_msg("%s: %s", move->call->row->method, err_name(answer.err));
		if (move->kind == MOVE_AGAIN)
			settle_again(world, move, &answer);
		answer_end(&answer);
		return;
	}
	switch (move->kind) {
	case MOVE_POST: settle_create(world, move, &answer); break;
	case MOVE_AGAIN: settle_again(world, move, &answer); break;
	case MOVE_EDIT: settle_edit(post, move, &answer); break;
	case MOVE_RETRACT: settle_retract(post); break;
	case MOVE_ERASE: settle_erase(world, move); break;
	case MOVE_RELEASE: settle_released(post, move, &answer); break;
	case MOVE_REJECT:
		post->state = strcmp(move->item_kind, "held") ? post->state : POST_REJECTED;
		settle_decided(world, move, &answer);
		break;
	case MOVE_REDACT:
	case MOVE_REMOVE:
	case MOVE_RESTORE:
		settle_at_desk(post, move, &answer);
		settle_decided(world, move, &answer);
		break;
	case MOVE_APPEAL:
		set(world->decisions[move->decision].appeal, answer_text(&answer, "appeal"));
		break;
	case MOVE_ANSWER: settle_answer(world, move, &answer); break;
	case MOVE_SANCTION: break;
	case MOVE_RENAME: words_in(world, move->text, settle_rename, NULL); break;
	case MOVE_REPORT:
	case MOVE_CLAIM: break;
	}
	answer_end(&answer);
}

/* ---- a step ---- */

/* Of the last turn: what leaves the process now may not carry what this very commit took away. */
static void check_told(struct world *world, int number)
{
	const struct node *node = &world->given.nodes[number];

	for (size_t i = node->turn_began; i < node->told_count; i++) {
		const struct told *told = &node->told[i];
		int who = -1;

		if (journal_kind_of(told->journal) == JOURNAL_DESK)
			who = AUTHORS;
		if (journal_kind_of(told->journal) == JOURNAL_INBOX) {
			struct looking looking = {.person = journal_owner(told->journal),
						  .where = "a live event of the inbox",
						  .whole = told->params};

			for (int m = AUTHORS; m < READER; m++)
				looking.is_moderator = looking.is_moderator ||
						       world->people[m] == looking.person;
			words_in(world, told->params, check_word, &looking);
			continue;
		}
		check_text(world, who, "a live event", told->params);
	}
}

static json_t *queue_read(struct world *world)
{
	struct answer answer = ask(&world->given, world->people[AUTHORS], "desk.queue",
				   "{\"circle\":\"forum\"}");
	json_t *items = json_array(), *item;
	size_t i;

	CHECK_OK(answer.err);
	/* Alerts are about no post, and decided otherwise. */
	json_array_foreach(json_object_get(answer.result, "items"), i, item)
		if (json_object_get(item, "post"))
			json_array_append(items, item);
	answer_end(&answer);
	return items;
}

/* The names that they come with are words of their own. */
static void newcomers(struct world *world)
{
	for (int i = 0; i < AUTHORS; i++)
		if (!world->people[i]) {
			const char *name = new_word(world, 0);
			struct word *word = &world->words[world->word_count - 1];

			world->people[i] = word->author = house_guest(&world->given, name);
			word->is_name = word->is_shown = true;
		}
}

static void run_step(struct world *world)
{
	struct step step = {.queue = queue_read(world)};
	size_t wanted = 1 + below(world, 6);
	int node = (int)below(world, (size_t)world->given.node_count);

	while (step.count < wanted)
		add_move(world, &step);
	house_pass(&world->given, 1 + (int64_t)below(world, 5000));
	batch_run(&world->given, node, &step.batch);
	CHECK_OK(step.batch.err);
	/* As they were kept: moderators' acts go first. */
	for (int urgent = 1; urgent >= 0; urgent--)
		for (size_t i = 0; i < step.count; i++)
			if (step.moves[i].call->row->urgent == urgent)
				settle_move(world, &step.moves[i]);
	words_settle(world);
	check_told(world, node);
	batch_end(&step.batch);
	json_decref(step.queue);
	newcomers(world);
}

/* ---- readers ---- */

static void model_write(const struct world *world, struct buf *out)
{
	struct fold fold;

	fold_begin(&fold);
	for (size_t i = 0; i < world->post_count; i++) {
		const struct model_post *post = &world->posts[i];

		if (post->seq)
			json_object_set_new(fold.posts, post->id,
				json_pack("{s:s,s:I,s:I,s:s,s:s}", "id", post->id, "seq",
					  (json_int_t)post->seq, "rev", (json_int_t)post->rev, "state",
					  post_state_name(post->state), "text",
					  post->has_text ? post->text : ""));
	}
	buf_clear(out);
	fold_write(&fold, out);
	fold_end(&fold);
}

/* The columns that the model knows too. */
static void plain_write(const struct fold *full, struct buf *out)
{
	struct fold fold;
	const char *id;
	json_t *post;

	fold_begin(&fold);
	json_object_foreach(full->posts, id, post)
		json_object_set_new(fold.posts, id,
			json_pack("{s:s,s:I,s:I,s:s,s:s}", "id", id, "seq",
				  (json_int_t)fold_number(post, "seq"), "rev",
				  (json_int_t)fold_number(post, "rev"), "state",
				  fold_text(post, "state"), "text", fold_text(post, "text")));
	fold_write(&fold, out);
	fold_end(&fold);
}

static void check_same(struct world *world, const char *who, const struct buf *wanted,
		       const struct fold *fold)
{
	struct buf got = {0};

	fold_write(fold, &got);
	if (strcmp(wanted->data, got.data) != 0) {
		print_error("step %d: %s differs from who was there all the time\n--- wanted\n%s--- "
			    "got\n%s", world->step, who, wanted->data, got.data);
		fail();
	}
	buf_fini(&got);
}

/* Folds what a process told live, up to and with `head`; numbers go up one by one. */
static void fold_live(struct world *world, int number, int64_t head, struct fold *fold)
{
	const struct node *node = &world->given.nodes[number];
	int64_t seq = 0;

	for (size_t i = 0; i < node->told_count && seq < head; i++) {
		const struct told *told = &node->told[i];
		json_t *event;

		if (told->journal != journal_of(JOURNAL_CIRCLE, world->circle))
			continue;
		CHECK_INT(++seq, told->seq);
		event = json_loads(told->params, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(event);
		fold_add(fold, event);
		json_decref(event);
	}
	CHECK_INT(head, seq);
}

/* The envelope that everybody gets for this number. */
static void check_envelope(struct world *world, const json_t *event)
{
	const struct node *node = &world->given.nodes[0];
	int64_t seq = fold_number(event, "seq"), at = 0;
	json_t *live = NULL;

	for (size_t i = 0; i < node->told_count && !live; i++)
		if (node->told[i].journal == journal_of(JOURNAL_CIRCLE, world->circle) && ++at == seq)
			live = json_loads(node->told[i].params, 0, NULL);
	assert_non_null(live);
	CHECK_TEXT(fold_text(live, "journal"), fold_text(event, "journal"));
	CHECK_INT(fold_number(live, "seq"), fold_number(event, "seq"));
	CHECK_TEXT(fold_text(live, "at"), fold_text(event, "at"));
	CHECK_TEXT(fold_text(live, "kind"), fold_text(event, "kind"));
	CHECK_TEXT(fold_text(json_object_get(live, "post"), "id"),
		   fold_text(json_object_get(event, "post"), "id"));
	json_decref(live);
}

static int64_t take_events(struct world *world, const struct answer *answer, int64_t last,
			   struct fold *fold)
{
	json_t *event;
	size_t index;

	json_array_foreach(json_object_get(answer->result, "events"), index, event) {
		CHECK_INT(last + 1, fold_number(event, "seq"));
		last++;
		if (chance(world, 5))
			check_envelope(world, event);
		fold_add(fold, event);
	}
	return last;
}

/* Joins after `after`, page by page, as a client does. */
static void fold_join(struct world *world, int who, int64_t after, int64_t head, struct fold *fold)
{
	bool more = true;

	while (more) {
		struct answer answer = ask(&world->given, world->people[who], "circle.join",
					   "{\"circle\":\"forum\",\"after\":%lld}", (long long)after);

		CHECK_OK(answer.err);
		CHECK_INT(head, answer_number(&answer, "head"));
		check_text(world, who, "circle.join", answer.text);
		after = take_events(world, &answer, after, fold);
		more = json_is_true(json_object_get(answer.result, "more"));
		answer_end(&answer);
	}
	CHECK_INT(head, after);
}

static void fold_history_up(struct world *world, int who, int64_t head, struct fold *fold)
{
	int64_t after = 0;
	bool more = true;

	while (more) {
		struct answer answer = ask(&world->given, world->people[who], "history.read",
					   "{\"circle\":\"forum\",\"after\":%lld,\"limit\":%zu}",
					   (long long)after, 1 + below(world, 90));

		CHECK_OK(answer.err);
		check_text(world, who, "history.read", answer.text);
		after = take_events(world, &answer, after, fold);
		more = json_is_true(json_object_get(answer.result, "more"));
		answer_end(&answer);
	}
	CHECK_INT(head, after);
}

static void fold_history_down(struct world *world, int who, int64_t head, struct fold *fold)
{
	int64_t before = head + 1;
	bool more = true;

	while (more) {
		struct answer answer = ask(&world->given, world->people[who], "history.read",
					   "{\"circle\":\"forum\",\"before\":%lld,\"limit\":%zu}",
					   (long long)before, 1 + below(world, 90));
		json_t *events = json_object_get(answer.result, "events");
		int64_t count = (int64_t)json_array_size(events);

		CHECK_OK(answer.err);
		CHECK(count > 0 || !head);
		check_text(world, who, "history.read", answer.text);
		CHECK_INT(before - 1, take_events(world, &answer, before - 1 - count, fold));
		before -= count;
		more = json_is_true(json_object_get(answer.result, "more"));
		answer_end(&answer);
	}
	CHECK_INT(1, before);
}

/* What comes with the tail is a part of the whole. */
static void check_tail(struct world *world, int who, const struct fold *whole)
{
	struct answer answer = ask(&world->given, world->people[who], "circle.join",
				   "{\"circle\":\"forum\",\"tail\":%zu}", below(world, 40));
	struct buf wanted = {0}, got = {0};
	struct fold tail;
	const char *id;
	json_t *event, *post;
	size_t index;

	CHECK_OK(answer.err);
	check_text(world, who, "circle.join", answer.text);
	fold_begin(&tail);
	json_array_foreach(json_object_get(answer.result, "events"), index, event)
		fold_add(&tail, event);
	json_object_foreach(tail.posts, id, post) {
		buf_clear(&wanted);
		buf_clear(&got);
		fold_post_line(json_object_get(whole->posts, id), &wanted);
		fold_post_line(post, &got);
		buf_add(&wanted, "", 1);
		buf_add(&got, "", 1);
		CHECK_TEXT(wanted.data, got.data);
	}
	fold_end(&tail);
	buf_fini(&wanted);
	buf_fini(&got);
	answer_end(&answer);
}

/* ---- everything that one person may ask for ---- */

static void check_paged(struct world *world, int who, const char *method, const char *given)
{
	int64_t after = 0;
	bool more = true;

	while (more) {
		struct answer answer = ask(&world->given, world->people[who], method,
					   "{%s\"after\":%lld}", given, (long long)after);
		json_t *events = json_object_get(answer.result, "events");
		int64_t before = after;

		CHECK_OK(answer.err);
		check_text(world, who, method, answer.text);
		more = json_is_true(json_object_get(answer.result, "more"));
		if (!events)
			events = json_object_get(answer.result, "entries");
		if (json_array_size(events))
			after = fold_number(json_array_get(events, json_array_size(events) - 1), "seq");
		CHECK(!more || after > before);
		answer_end(&answer);
	}
}

static void check_asked(struct world *world, int who, const char *method, const char *params)
{
	struct answer answer = ask(&world->given, world->people[who], method, "%s", params);

	CHECK_OK(answer.err);
	check_text(world, who, method, answer.text);
	answer_end(&answer);
}

static void check_everything_of(struct world *world, int who)
{
	check_paged(world, who, "inbox.join", "");
	check_paged(world, who, "inbox.read", "");
	check_asked(world, who, "me.posts", "{}");
	check_asked(world, who, "me.export", "{}");
	check_asked(world, who, "process.read", "{\"process\":\"town\"}");
	if (who < AUTHORS || who == READER)
		return;
	check_paged(world, who, "desk.join", "\"circle\":\"forum\",");
	check_paged(world, who, "desk.read", "\"circle\":\"forum\",");
	check_paged(world, who, "desk.log", "\"circle\":\"forum\",");
	check_asked(world, who, "desk.queue", "{\"circle\":\"forum\"}");
}

/* ---- search and export ---- */

static void check_search(struct world *world)
{
	struct search *search = world->given.search;
	bool more = true;

	while (more)
		CHECK_OK(search_step(search, &more));
	for (int i = 0; i < 40 && world->word_count; i++) {
		const struct word *word = &world->words[below(world, world->word_count)];
		struct search_wish wish = {.circle = world->circle, .query = word->letters,
					   .query_bytes = WORD_LETTERS, .limit = 20};
		struct search_found found = {0};

		CHECK_OK(search_query(search, world->given.reader, &wish, &found));
		if (!word->is_name && found.count != word->is_shown)
			fail_msg("step %d: %s is %s, and search finds %d posts", world->step,
				 word->letters, word->is_shown ? "shown" : "hidden", found.count);
	}
}

static void check_export(struct world *world)
{
	static const char *const formats[] = {"csv", "html", "json", "jsonl", "md"};
	char path[128], format[16];
	char *args[] = {"export", "--data", world->given.folder, "--circle", "forum", "--format",
			format, "--out", path, NULL};
	char *text = calloc(1, 8 << 20);
	FILE *file;

	assert_non_null(text);
	snprintf(format, sizeof format, "%s", formats[below(world, 5)]);
	snprintf(path, sizeof path, "%s/export", world->given.folder);
	CHECK_INT(0, program_export(9, args));
	file = fopen(path, "rb");
	assert_non_null(file);
	assert_true(fread(text, 1, (8 << 20) - 1, file) > 0);
	fclose(file);
	check_text(world, -1, format, text);
	free(text);
}

static void check_whole(struct world *world)
{
	json_t *report = NULL;
	char *flaws;

	CHECK_OK(store_verify(world->given.reader, NULL, &report));
	flaws = json_dumps(json_object_get(report, "flaws"), 0);
	CHECK_TEXT("[]", flaws);
	free(flaws);
	json_decref(report);
}

static void check_readers(struct world *world)
{
	struct fold live, other;
	struct buf wanted = {0}, model = {0}, plain = {0};
	int64_t head = 0, from;
	int who = (int)below(world, PEOPLE);

	for (int i = 0; i < world->given.node_count; i++) {
		house_look(&world->given, i);
		check_told(world, i);
	}
	CHECK_OK(journal_head(world->given.reader, journal_of(JOURNAL_CIRCLE, world->circle), &head));
	fold_begin(&live);
	fold_live(world, 0, head, &live);
	fold_write(&live, &wanted);
	model_write(world, &model);
	plain_write(&live, &plain);
	CHECK_TEXT(model.data, plain.data);
	from = (int64_t)below(world, (size_t)head + 1);

#define READ_ALSO(who_is, reading) \
	do { \
		fold_begin(&other); \
		reading; \
		check_same(world, who_is, &wanted, &other); \
		fold_end(&other); \
	} while (0)
	READ_ALSO("who is at the other process", fold_live(world, 1, head, &other));
	READ_ALSO("who joins from the beginning", fold_join(world, who, 0, head, &other));
	READ_ALSO("who was away for a while", (fold_live(world, 0, from, &other),
					       fold_join(world, READER, from, head, &other)));
	READ_ALSO("who reads upwards", fold_history_up(world, READER, head, &other));
	READ_ALSO("who reads backwards", fold_history_down(world, who, head, &other));
#undef READ_ALSO
	check_tail(world, READER, &live);
	fold_end(&live);
	buf_fini(&wanted);
	buf_fini(&model);
	buf_fini(&plain);
}

/* ---- a world ---- */

static void world_begin(struct world *world, uint64_t seed)
{
	static const char *const settings[] = {"limits=0", "history_page=60", "history_page_most=60",
					       "page_bytes_most=20000", NULL};
	struct why why = {""};

	*world = (struct world){.random = seed * 0x9E3779B97F4A7C15u + 1,
				.readers_random = seed * 0x2545F4914F6CDD1Du + 1,
				.tells = getenv("RING_TELL") != NULL};
	world->word_index = textmap_new();
	house_begin(&world->given, PROJECT_ROOT, settings);
	house_add_node(&world->given);
	for (int i = 0; i < MODERATORS; i++)
		world->people[AUTHORS + i] = house_member(&world->given, i ? "Eli" : "Dana", "forum",
							  ROLE_MODERATOR);
	world->people[READER] = house_guest(&world->given, "Tal");
	newcomers(world);
	CHECK_OK(circle_find(world->given.reader, "forum", &world->circle));
	CHECK_OK(search_open(world->given.folder, &why, &world->given.search));
}

static void begin_anew(struct world *world)
{
	struct why why = {""};

	for (int i = 0; i < world->given.node_count; i++)
		house_look(&world->given, i);
	house_restart(&world->given);
	CHECK_OK(search_open(world->given.folder, &why, &world->given.search));
}

static void run_world(struct world *world, uint64_t seed, int steps)
{
	world_begin(world, seed);
	for (world->step = 0; world->step < steps; world->step++) {
		run_step(world);
		swap_chance(world);
		if (world->step % CHECK_EVERY == 0)
			check_readers(world);
		if (world->step % (CHECK_EVERY * 3) == 0)
			for (int who = 0; who < PEOPLE; who++)
				check_everything_of(world, who);
		if (world->step % (CHECK_EVERY * 3) == 1) {
			check_search(world);
			check_export(world);
		}
		swap_chance(world);
		if (chance(world, 2))
			begin_anew(world);
	}
	check_readers(world);
	check_whole(world);
	print_message("# seed %llu: %zu posts, %zu of them held first, %zu decisions reversed, %zu"
		      " hidden words met\n", (unsigned long long)seed, world->landed, world->held,
		      world->reversed, world->hidden_checked);
	/* A world in which nothing is hidden would prove nothing. */
	CHECK(world->held > 0 && world->landed > world->held && world->hidden_checked > 0);
	CHECK(world->reversed > 0);
	textmap_free(&world->word_index);
	house_end(&world->given);
}

static int setting(const char *name, int otherwise)
{
	const char *text = getenv(name);

	return text ? atoi(text) : otherwise;
}

TEST(equal_heads_mean_equal_state_and_what_is_hidden_reaches_nobody)
{
	struct world *world = calloc(1, sizeof *world);
	int seeds = setting("RING_SEEDS", SEEDS), steps = setting("RING_STEPS", 250);
	uint64_t first = (uint64_t)setting("RING_SEED", 1);

	assert_non_null(world);
	for (int i = 0; i < seeds; i++) {
		print_message("# seed %llu\n", (unsigned long long)(first + (uint64_t)i));
		run_world(world, first + (uint64_t)i, steps);
	}
	free(world);
}

RUN(cmocka_unit_test(equal_heads_mean_equal_state_and_what_is_hidden_reaches_nobody));
