/* relay_seal.h: messages between processes, sealed so that nobody else who uses the same Redis can
 * read or make one. A message: who sent it, its kind, whole numbers, then perhaps text. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay/relay.h"

enum {
	SEAL_BYTES = 24 + 16, /* nonce and authenticator */
	MESSAGE_HEAD_BYTES = 8 + 1,
	MESSAGE_BYTES = MESSAGE_HEAD_BYTES + 8 + RELAY_TYPING_BYTES,
	SEALED_BYTES = SEAL_BYTES + MESSAGE_BYTES,
	CHANNEL_TEXT = 40,
};

enum message_kind {
	MESSAGE_ALIVE = 1,  /* once a second */
	MESSAGE_HELLO,      /* just come: asks the others to say that they are alive */
	MESSAGE_BYE,        /* goes, and takes its people along */
	MESSAGE_ROWS,       /* a row */
	MESSAGE_COUNT,      /* circles whose persons are to be counted anew */
	MESSAGE_TYPING,     /* a circle, then text */
	MESSAGE_USED,       /* pairs: use and count in one, place */
};

struct message {
	size_t bytes, read;
	bool is_cut; /* something did not fit, or was read that was not there */
	unsigned char data[MESSAGE_BYTES];
};

void message_begin(struct message *message, uint64_t node, enum message_kind kind);
void message_add(struct message *message, const void *bytes, size_t count);
void message_add_number(struct message *message, uint64_t number);
size_t message_room(const struct message *message);
size_t message_left(const struct message *message); /* not yet read */
uint64_t message_number(struct message *message);   /* the next; 0 and is_cut at the end */
/* Sender and kind of a message just opened. */
uint64_t message_node(struct message *message, enum message_kind *kind);

/* Returns how many bytes `out` holds. */
size_t message_seal(const struct message *message, const unsigned char secret[RELAY_SECRET_BYTES],
		    unsigned char out[SEALED_BYTES]);
/* False if it was not sealed with this secret. */
bool message_open(const void *sealed, size_t bytes, const unsigned char secret[RELAY_SECRET_BYTES],
		  struct message *out);

/* "maagal:0123456789abcdef": of our channel, and before every key of ours. */
void channel_name(const unsigned char secret[RELAY_SECRET_BYTES], char out[CHANNEL_TEXT]);
/* A member of a set of persons: the same in all our processes, of no use to others. */
uint64_t person_mark(const unsigned char secret[RELAY_SECRET_BYTES], int64_t person);
