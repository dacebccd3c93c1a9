/* door_frames.c: see door_frames.h. A message that arrives whole is unmasked into the caller's
 * scratch and costs no allocation; only what is cut by the network or by fragments is gathered, in
 * a buffer that grows with what has arrived, never with what was announced. */
#include "hub/door_frames.h"

#include <stdlib.h>
#include <string.h>

enum opcode { OPCODE_CONTINUES = 0, OPCODE_TEXT = 1, OPCODE_BINARY = 2, OPCODE_CLOSE = 8,
	OPCODE_PING = 9, OPCODE_PONG = 10 };

enum { GATHER_AT_FIRST = 1024 };

void frames_fini(struct frames *frames)
{
	free(frames->gathered);
	free(frames->control);
	memset(frames, 0, sizeof *frames);
}

bool frames_is_midway(const struct frames *frames)
{
	return frames->header_bytes > 0 || frames->in_payload || frames->in_message;
}

static enum frames_kind break_off(struct frames *frames, struct frames_found *found, unsigned code)
{
	frames->is_over = true;
	found->code = code;
	return FRAMES_BROKEN;
}

/* ---- the header ---- */

/* What the first two bytes alone can show. */
static unsigned check_start(const struct frames *frames)
{
	unsigned first = frames->header[0], second = frames->header[1];
	unsigned opcode = first & 0x0f;
	bool is_final = first & 0x80;

	if (first & 0x70 || !(second & 0x80))
		return FRAMES_CODE_PROTOCOL;
	if (opcode >= OPCODE_CLOSE)
		return opcode > OPCODE_PONG || !is_final || (second & 0x7f) > FRAMES_CONTROL_BYTES
			? FRAMES_CODE_PROTOCOL : 0;
	if (opcode > OPCODE_BINARY || (opcode == OPCODE_CONTINUES) != frames->in_message)
		return FRAMES_CODE_PROTOCOL;
	return opcode == OPCODE_BINARY ? FRAMES_CODE_UNSUPPORTED : 0;
}

static unsigned length_bytes(const struct frames *frames)
{
	unsigned length = frames->header[1] & 0x7f;

	return length == 127 ? 8 : length == 126 ? 2 : 0;
}

/* Reads the length and refuses what is not written in the shortest way or would be too much. */
static unsigned check_length(struct frames *frames)
{
	unsigned extra = length_bytes(frames);
	uint64_t length = extra ? 0 : frames->header[1] & 0x7f;

	for (unsigned i = 0; i < extra; i++)
		length = length << 8 | frames->header[2 + i];
	if (length >> 63 || (extra == 8 && length < 65536) || (extra == 2 && length < 126))
		return FRAMES_CODE_PROTOCOL;
	if ((frames->header[0] & 0x0f) < OPCODE_CLOSE &&
	    length > FRAMES_MESSAGE_BYTES - (uint64_t)frames->gathered_bytes)
		return FRAMES_CODE_TOO_BIG;
	frames->frame_left = (uint32_t)length;
	return 0;
}

static void begin_payload(struct frames *frames)
{
	memcpy(frames->mask, frames->header + frames->header_bytes - 4, 4);
	frames->opcode = frames->header[0] & 0x0f;
	frames->final = frames->header[0] & 0x80;
	frames->mask_at = 0;
	frames->header_bytes = 0;
	frames->in_payload = true;
	if (frames->opcode < OPCODE_CLOSE)
		frames->in_message = true;
	else
		frames->control_bytes = 0;
}

/* Takes header bytes from the input; each check runs as soon as its bytes are there. True once the
 * payload begins; otherwise *code says what is wrong, or 0 that bytes are missing. */
static bool take_header(struct frames *frames, struct frames_input *input, unsigned *code)
{
	*code = 0;
	while (input->at < input->count) {
		frames->header[frames->header_bytes++] = input->bytes[input->at++];
		if (frames->header_bytes < 2)
			continue;
		unsigned length_end = 2 + length_bytes(frames);
		if (frames->header_bytes == 2)
			*code = check_start(frames);
		if (!*code && frames->header_bytes == length_end)
			*code = check_length(frames);
		if (*code)
			return false;
		if (frames->header_bytes == length_end + 4) {
			begin_payload(frames);
			return true;
		}
	}
	return false;
}

/* ---- the payload ---- */

/* Unmasks `count` bytes of the current frame from `in` to `out`, which may be the same. */
static void unmask(struct frames *frames, unsigned char *out, const unsigned char *in, size_t count)
{
	unsigned char turned[8];
	uint64_t mask;
	size_t i = 0;

	for (unsigned k = 0; k < 8; k++)
		turned[k] = frames->mask[(frames->mask_at + k) & 3];
	memcpy(&mask, turned, 8);
	for (; i + 8 <= count; i += 8) {
		uint64_t word;
		memcpy(&word, in + i, 8);
		word ^= mask;
		memcpy(out + i, &word, 8);
	}
	for (; i < count; i++)
		out[i] = in[i] ^ turned[i & 7];
	frames->mask_at = (uint8_t)((frames->mask_at + count) & 3);
}

static bool is_ascii(const unsigned char *text)
{
	uint64_t word;

	memcpy(&word, text, 8);
	return !(word & UINT64_C(0x8080808080808080));
}

/* What may follow this first byte of a code point; false if it may not be one. */
static bool utf8_begin(struct frames *frames, unsigned char lead)
{
	frames->utf8_low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
	frames->utf8_high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
	frames->utf8_left = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
	return lead < 0x80 || (lead >= 0xc2 && lead <= 0xf4);
}

/* Carries on with UTF-8 where the bytes before had stopped, perhaps inside a code point. */
static bool utf8_goes_on(struct frames *frames, const unsigned char *text, size_t count)
{
	size_t i = 0;

	while (i < count) {
		if (frames->utf8_left == 0) {
			while (i + 8 <= count && is_ascii(text + i))
				i += 8;
			if (i < count && !utf8_begin(frames, text[i++]))
				return false;
			continue;
		}
		if (text[i] < frames->utf8_low || text[i] > frames->utf8_high)
			return false;
		frames->utf8_low = 0x80;
		frames->utf8_high = 0xbf;
		frames->utf8_left--;
		i++;
	}
	return true;
}

static bool gather_room(struct frames *frames, size_t more)
{
	size_t wanted = frames->gathered_bytes + more + 1;
	size_t room = frames->gathered_room ? frames->gathered_room : GATHER_AT_FIRST;
	unsigned char *grown;

	if (wanted <= frames->gathered_room)
		return true;
	while (room < wanted)
		room *= 2;
	if (room > FRAMES_SCRATCH)
		room = FRAMES_SCRATCH;
	grown = realloc(frames->gathered, room);
	if (!grown)
		return false;
	frames->gathered = grown;
	frames->gathered_room = (uint32_t)room;
	return true;
}

static enum frames_kind hand_out(struct frames *frames, struct frames_found *found,
	unsigned char *data, size_t bytes)
{
	frames->in_message = false;
	if (frames->utf8_left)
		return break_off(frames, found, FRAMES_CODE_NOT_UTF8);
	data[bytes] = 0;
	found->data = data;
	found->bytes = bytes;
	frames->is_handed_out = true;
	return FRAMES_TEXT;
}

/* A piece of text. FRAMES_MORE: look at what follows. */
static enum frames_kind take_text(struct frames *frames, struct frames_input *input,
	struct frames_found *found)
{
	size_t there = input->count - input->at;
	size_t count = there < frames->frame_left ? there : frames->frame_left;
	bool is_last = frames->final && count == frames->frame_left;
	bool is_whole = is_last && !frames->gathered;
	unsigned char *out = input->scratch;

	if (!is_whole) {
		if (!gather_room(frames, count))
			return break_off(frames, found, FRAMES_CODE_NO_MEMORY);
		out = frames->gathered + frames->gathered_bytes;
	}
	unmask(frames, out, input->bytes + input->at, count);
	input->at += count;
	frames->frame_left -= (uint32_t)count;
	frames->in_payload = frames->frame_left > 0;
	if (!utf8_goes_on(frames, out, count))
		return break_off(frames, found, FRAMES_CODE_NOT_UTF8);
	if (is_whole)
		return hand_out(frames, found, out, count);
	frames->gathered_bytes += (uint32_t)count;
	if (is_last)
		return hand_out(frames, found, frames->gathered, frames->gathered_bytes);
	return FRAMES_MORE;
}

/* As IANA lists them today: 1012 to 1014 came after RFC 6455. */
static bool may_be_sent(unsigned code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
		(code >= 3000 && code <= 4999);
}

static enum frames_kind read_close(struct frames *frames, struct frames_found *found,
	const unsigned char *data, size_t bytes)
{
	unsigned code = bytes >= 2 ? (unsigned)data[0] << 8 | data[1] : FRAMES_CODE_NONE;

	if (bytes == 1 || (bytes >= 2 && !may_be_sent(code)))
		return break_off(frames, found, FRAMES_CODE_PROTOCOL);
	frames->utf8_left = 0; /* of a message that this Close cut short */
	if (bytes > 2 && (!utf8_goes_on(frames, data + 2, bytes - 2) || frames->utf8_left))
		return break_off(frames, found, FRAMES_CODE_NOT_UTF8);
	frames->is_over = true;
	found->code = code;
	return FRAMES_CLOSE;
}

/* A piece of a control frame; it is read where it lies if it has come whole. */
static enum frames_kind take_control(struct frames *frames, struct frames_input *input,
	struct frames_found *found)
{
	size_t there = input->count - input->at;
	size_t count = there < frames->frame_left ? there : frames->frame_left;
	unsigned char *data = input->bytes + input->at;

	unmask(frames, data, data, count);
	input->at += count;
	frames->frame_left -= (uint32_t)count;
	if (frames->frame_left || frames->control) {
		if (!frames->control)
			frames->control = malloc(FRAMES_CONTROL_BYTES);
		if (!frames->control)
			return break_off(frames, found, FRAMES_CODE_NO_MEMORY);
		memcpy(frames->control + frames->control_bytes, data, count);
		data = frames->control;
	}
	frames->control_bytes = (uint8_t)(frames->control_bytes + count);
	if (frames->frame_left)
		return FRAMES_MORE;
	frames->in_payload = false;
	frames->is_handed_out = true;
	if (frames->opcode == OPCODE_CLOSE)
		return read_close(frames, found, data, frames->control_bytes);
	found->data = data;
	found->bytes = frames->control_bytes;
	return frames->opcode == OPCODE_PING ? FRAMES_PING : FRAMES_PONG;
}

/* Gives back what the last call lent. */
static void take_back(struct frames *frames)
{
	frames->is_handed_out = false;
	free(frames->control);
	frames->control = NULL;
	if (frames->in_message)
		return;
	free(frames->gathered);
	frames->gathered = NULL;
	frames->gathered_bytes = frames->gathered_room = 0;
}

enum frames_kind frames_next(struct frames *frames, struct frames_input *input,
	struct frames_found *found)
{
	*found = (struct frames_found){ 0 };
	if (frames->is_handed_out)
		take_back(frames);
	while (!frames->is_over) {
		unsigned code;
		enum frames_kind kind;

		if (!frames->in_payload && !take_header(frames, input, &code))
			return code ? break_off(frames, found, code) : FRAMES_MORE;
		kind = frames->opcode >= OPCODE_CLOSE ? take_control(frames, input, found)
			: take_text(frames, input, found);
		if (kind != FRAMES_MORE)
			return kind;
		if (input->at == input->count)
			return FRAMES_MORE;
	}
	input->at = input->count;
	return FRAMES_MORE;
}
