/* door_frames.h: RFC 6455 frames as a client sends them: bytes in, whole messages out. Pure: no
 * sockets, no clock. What is too large, unmasked, malformed or not UTF-8 is found at the first byte
 * that shows it, before anything is kept. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FRAMES_MESSAGE_BYTES = 65536,
	FRAMES_SCRATCH = FRAMES_MESSAGE_BYTES + 1,
	FRAMES_CONTROL_BYTES = 125,
};

/* Close codes that the parser gives. */
enum frames_code {
	FRAMES_CODE_NONE = 0,         /* the peer's Close named none, so neither does ours */
	FRAMES_CODE_PROTOCOL = 1002,
	FRAMES_CODE_UNSUPPORTED = 1003,
	FRAMES_CODE_NOT_UTF8 = 1007,
	FRAMES_CODE_TOO_BIG = 1009,
	FRAMES_CODE_NO_MEMORY = 1011,
};

enum frames_kind {
	FRAMES_MORE,   /* the input is used up */
	FRAMES_TEXT,   /* a whole message: data[bytes] is 0 */
	FRAMES_PING,   /* to be answered with the same data */
	FRAMES_PONG,
	FRAMES_CLOSE,  /* a proper Close: answer with `code` */
	FRAMES_BROKEN, /* the connection is to be failed with `code` */
};

struct frames {
	unsigned char *gathered; /* a message of which more is to come; NULL otherwise */
	unsigned char *control;  /* a control frame of which more is to come; NULL otherwise */
	uint32_t gathered_bytes, gathered_room;
	uint32_t frame_left;     /* payload bytes that the current frame still owes */
	unsigned char header[14], mask[4];
	uint8_t header_bytes, opcode, control_bytes, mask_at;
	uint8_t utf8_left, utf8_low, utf8_high;
	bool final, in_payload, in_message, is_handed_out, is_over;
};

struct frames_input {
	unsigned char *bytes;   /* is unmasked in place where that saves a copy */
	size_t count, at;
	unsigned char *scratch; /* FRAMES_SCRATCH bytes, used between two calls only */
};

struct frames_found {
	unsigned char *data; /* borrowed until the next call */
	size_t bytes;
	unsigned code;
};

/* A zeroed struct frames is a new connection's. */
void frames_fini(struct frames *frames);
/* Finds the next thing in the input. Call until it says FRAMES_MORE. After FRAMES_CLOSE and
 * FRAMES_BROKEN everything else is ignored. */
enum frames_kind frames_next(struct frames *frames, struct frames_input *input,
	struct frames_found *found);
/* A frame or a message has begun that has not ended. */
bool frames_is_midway(const struct frames *frames);
