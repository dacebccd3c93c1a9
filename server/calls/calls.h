/* calls.h: the functions that the table in calls.c names, and the few steps that several files
 * share. check_, now_, recall_: hub thread. read_: reader thread. keep_: store's thread, in the
 * commit. */
#pragma once

#include "calls/call.h"
#include "calls/item.h"

enum err check_appeal_decide(struct call *call);
enum err check_appeal_open(struct call *call);
enum err check_charter_accept(struct call *call);
enum err check_circle_join(struct call *call);
enum err check_circle_mark(struct call *call);
enum err check_circle_members(struct call *call);
enum err check_circle_typing(struct call *call);
enum err check_desk_acknowledge(struct call *call);
enum err check_desk_crisis_begin(struct call *call);
enum err check_desk_crisis_end(struct call *call);
enum err check_desk_door(struct call *call);
enum err check_desk_item(struct call *call);
enum err check_desk_item_read(struct call *call);
enum err check_desk_items(struct call *call);
enum err check_desk_lift(struct call *call);
enum err check_desk_note(struct call *call);
enum err check_desk_notice(struct call *call);
enum err check_desk_pace(struct call *call);
enum err check_desk_person(struct call *call);
enum err check_desk_pin(struct call *call);
enum err check_desk_post(struct call *call);
enum err check_desk_queue(struct call *call);
enum err check_desk_redact(struct call *call);
enum err check_desk_reject(struct call *call);
enum err check_desk_sanction(struct call *call);
enum err check_desk_thread(struct call *call);
enum err check_desk_watch(struct call *call);
enum err check_draft_check(struct call *call);
enum err check_history_read(struct call *call);
enum err check_history_search(struct call *call);
enum err check_me_export(struct call *call);
enum err check_me_posts(struct call *call);
enum err check_me_update(struct call *call);
enum err check_post_create(struct call *call);
enum err check_post_edit(struct call *call);
enum err check_post_report(struct call *call);
enum err check_post_retract(struct call *call);
enum err check_process(struct call *call);
enum err check_sanction_acknowledge(struct call *call);
enum err check_session_open(struct call *call);
enum err check_session_revoke(struct call *call);

enum err keep_appeal_decide(struct call *call, struct keeper *keeper);
enum err keep_appeal_open(struct call *call, struct keeper *keeper);
enum err keep_charter_accept(struct call *call, struct keeper *keeper);
enum err keep_circle_mark(struct call *call, struct keeper *keeper);
enum err keep_desk_acknowledge(struct call *call, struct keeper *keeper);
enum err keep_desk_claim(struct call *call, struct keeper *keeper);
enum err keep_desk_crisis_begin(struct call *call, struct keeper *keeper);
enum err keep_desk_crisis_end(struct call *call, struct keeper *keeper);
enum err keep_desk_door(struct call *call, struct keeper *keeper);
enum err keep_desk_freeze(struct call *call, struct keeper *keeper);
enum err keep_desk_item(struct call *call, struct keeper *keeper);
enum err keep_desk_lift(struct call *call, struct keeper *keeper);
enum err keep_desk_note(struct call *call, struct keeper *keeper);
enum err keep_desk_notice(struct call *call, struct keeper *keeper);
enum err keep_desk_pace(struct call *call, struct keeper *keeper);
enum err keep_desk_pin(struct call *call, struct keeper *keeper);
enum err keep_desk_redact(struct call *call, struct keeper *keeper);
enum err keep_desk_reject(struct call *call, struct keeper *keeper);
enum err keep_desk_release(struct call *call, struct keeper *keeper);
enum err keep_desk_remove(struct call *call, struct keeper *keeper);
enum err keep_desk_restore(struct call *call, struct keeper *keeper);
enum err keep_desk_sanction(struct call *call, struct keeper *keeper);
enum err keep_desk_thaw(struct call *call, struct keeper *keeper);
enum err keep_desk_unclaim(struct call *call, struct keeper *keeper);
enum err keep_desk_watch(struct call *call, struct keeper *keeper);
enum err keep_me_erase(struct call *call, struct keeper *keeper);
enum err keep_me_update(struct call *call, struct keeper *keeper);
enum err keep_post_create(struct call *call, struct keeper *keeper);
enum err keep_post_edit(struct call *call, struct keeper *keeper);
enum err keep_post_report(struct call *call, struct keeper *keeper);
enum err keep_post_retract(struct call *call, struct keeper *keeper);
enum err keep_sanction_acknowledge(struct call *call, struct keeper *keeper);
enum err keep_session_link(struct call *call, struct keeper *keeper);
enum err keep_session_open(struct call *call, struct keeper *keeper);
enum err keep_session_revoke(struct call *call, struct keeper *keeper);

enum err now_session_close(struct call *call);
enum err now_session_ping(struct call *call);

enum err read_charter_read(struct call *call, struct db *db);
enum err read_circle_join(struct call *call, struct db *db);
enum err read_circle_leave(struct call *call, struct db *db);
enum err read_circle_members(struct call *call, struct db *db);
enum err read_circle_typing(struct call *call, struct db *db);
enum err read_desk_incidents(struct call *call, struct db *db);
enum err read_desk_item(struct call *call, struct db *db);
enum err read_desk_join(struct call *call, struct db *db);
enum err read_desk_log(struct call *call, struct db *db);
enum err read_desk_person(struct call *call, struct db *db);
enum err read_desk_picture(struct call *call, struct db *db);
enum err read_desk_queue(struct call *call, struct db *db);
enum err read_desk_read(struct call *call, struct db *db);
enum err read_draft_check(struct call *call, struct db *db);
enum err read_history_read(struct call *call, struct db *db);
enum err read_history_search(struct call *call, struct db *db);
enum err read_inbox_join(struct call *call, struct db *db);
enum err read_inbox_read(struct call *call, struct db *db);
enum err read_me_export(struct call *call, struct db *db);
enum err read_me_posts(struct call *call, struct db *db);
enum err read_process_read(struct call *call, struct db *db);
enum err read_session_open(struct call *call, struct db *db);

bool recall_circle_join(struct call *call, const struct shared *common);
bool recall_session_open(struct call *call, const struct shared *common);

/* An edit that may stand takes effect: rev, text, event. verdict NULL: the old one stays. */
enum err edit_apply(struct keeper *keeper, const struct circle *circle, struct post *post,
					const char *text, size_t bytes, const char *lang, const char *verdict,
					int64_t *seq);
/* What a moderator, or the clock, does with an item; fills in what `act` leaves open. */
enum err item_release(struct call *call, struct keeper *keeper, struct circle *circle,
					  struct item *item, struct act *act);
enum err item_reject(struct call *call, struct keeper *keeper, struct circle *circle,
					 struct item *item, struct act *act);
/* Words that were kept for an appeal which nobody made in time go. */
enum err due_appeals(struct keeper *keeper);
/* Claims that their holders left are given back. */
enum err due_claims(struct call *call, struct keeper *keeper);
/* A process is known to whoever may enter one of its circles; else ERR_NOT_FOUND. */
enum err process_find(struct db *db, int64_t person, const char *id, int64_t *num,
					  int64_t *version);
const char *process_param(struct call *call);
/* Stored JSON in which every {"he","ar","en"} has become the reader's language; a new reference. */
json_t *stored_json(const char *text, const char *lang);
/* Erases some of a person's posts, and with the last of them the rest; *more: not done yet. */
enum err erase_step(struct keeper *keeper, int64_t person, bool *more);
