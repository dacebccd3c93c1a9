/* near.h: after a guest was sanctioned, who comes anew from the same address is premoderated while
 * that lasts: a shared address shuts nobody out. Kept is a mark of the address, made with the
 * store's secret and the sanction's own salt: it tells nothing to others and goes when the sanction
 * ends. Inside the commit. */
#pragma once

#include "calls/call.h"

/* Where this guest has come from in the last day stands with the sanction from now on. */
enum err near_note(struct keeper *keeper, int64_t person, int64_t sanction, int64_t nonce);
/* A new guest: from where a sanctioned one had come? */
enum err near_look(struct call *call, struct keeper *keeper, int64_t person);
/* A guest opens a session from here: remembered with the device for a day. */
enum err near_place(struct call *call, struct keeper *keeper);
/* The sanction is over: its marks go, and those premoderated for it are free on every node. */
enum err near_forget(struct keeper *keeper, int64_t sanction, int64_t circle);
/* Forgets addresses of yesterday. */
enum err near_age(struct keeper *keeper);
