/* relay_seal.c: see relay_seal.h. Numbers are little-endian, whatever the machine. */
#include "relay/relay_seal.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER_BYTES = 8 };

_Static_assert(SEAL_BYTES == crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES, "seal");
_Static_assert(RELAY_SECRET_BYTES == crypto_secretbox_KEYBYTES, "secret");

void message_add(struct message *message, const void *bytes, size_t count)
{
	if (count > message_room(message)) {
		message->is_cut = true;
		return;
	}
	memcpy(message->data + message->bytes, bytes, count);
	message->bytes += count;
}

void message_add_number(struct message *message, uint64_t number)
{
	unsigned char bytes[NUMBER_BYTES];

	for (int i = 0; i < NUMBER_BYTES; i++)
		bytes[i] = (unsigned char)(number >> (8 * i));
	message_add(message, bytes, sizeof bytes);
}

void message_begin(struct message *message, uint64_t node, enum message_kind kind)
{
	unsigned char byte = (unsigned char)kind;

	message->bytes = message->read = 0;
	message->is_cut = false;
	message_add_number(message, node);
	message_add(message, &byte, 1);
}

size_t message_room(const struct message *message)
{
	return sizeof message->data - message->bytes;
}

size_t message_left(const struct message *message)
{
	return message->bytes - message->read;
}

uint64_t message_number(struct message *message)
{
	uint64_t number = 0;

	if (message_left(message) < NUMBER_BYTES) {
		message->is_cut = true;
		return 0;
	}
	for (int i = 0; i < NUMBER_BYTES; i++)
		number |= (uint64_t)message->data[message->read + (size_t)i] << (8 * i);
	message->read += NUMBER_BYTES;
	return number;
}

uint64_t message_node(struct message *message, enum message_kind *kind)
{
	uint64_t node = message_number(message);

	*kind = (enum message_kind)message->data[message->read++]; /* message_open() saw to it */
	return node;
}

size_t message_seal(const struct message *message, const unsigned char secret[RELAY_SECRET_BYTES],
		    unsigned char out[SEALED_BYTES])
{
	randombytes_buf(out, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(out + crypto_secretbox_NONCEBYTES, message->data, message->bytes, out,
			      secret);
	return message->bytes + SEAL_BYTES;
}

bool message_open(const void *sealed, size_t bytes, const unsigned char secret[RELAY_SECRET_BYTES],
		  struct message *out)
{
	const unsigned char *nonce = sealed;

	if (bytes < SEAL_BYTES + MESSAGE_HEAD_BYTES || bytes > SEALED_BYTES)
		return false;
	out->bytes = bytes - SEAL_BYTES;
	out->read = 0;
	out->is_cut = false;
	return crypto_secretbox_open_easy(out->data, nonce + crypto_secretbox_NONCEBYTES,
					  bytes - crypto_secretbox_NONCEBYTES, nonce, secret) == 0;
}

void channel_name(const unsigned char secret[RELAY_SECRET_BYTES], char out[CHANNEL_TEXT])
{
	static const unsigned char purpose[] = "channel";
	unsigned char hash[16];
	char hex[2 * 8 + 1];

	crypto_generichash(hash, sizeof hash, purpose, sizeof purpose, secret, RELAY_SECRET_BYTES);
	sodium_bin2hex(hex, sizeof hex, hash, 8);
	snprintf(out, CHANNEL_TEXT, "maagal:%s", hex);
}

uint64_t person_mark(const unsigned char secret[RELAY_SECRET_BYTES], int64_t person)
{
	uint64_t mark;

	/* Half of the secret is a whole key to SipHash. */
	crypto_shorthash((unsigned char *)&mark, (const unsigned char *)&person, sizeof person,
			 secret);
	return mark;
}
