/* utf8.h: Unicode text as bytes. Any thread, no state. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strict (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. NUL is valid. */
bool utf8_valid(const char *text, size_t bytes);
/* Number of code points in valid UTF-8. */
size_t utf8_length(const char *text, size_t bytes);
/* Decodes one code point at *at (valid UTF-8) and moves *at behind it. */
uint32_t utf8_next(const char *text, size_t bytes, size_t *at);
/* Byte offset of code point number `point`; `bytes` if there are fewer. */
size_t utf8_offset(const char *text, size_t bytes, size_t point);
/* Appends one code point; returns the bytes written (1 to 4). */
size_t utf8_put(uint32_t point, char out[4]);

/* Controls (C0, DEL, C1), line and paragraph separators, bidirectional controls (U+061C, U+200E/F,
 * U+202A-E, U+2066-9), zero-width and other invisible characters, private use and unassigned
 * planes' noncharacters. Refused in names; kept as written in posts. */
bool utf8_is_invisible_or_control(uint32_t point);
bool utf8_is_space(uint32_t point);
/* A name fit to show: 1 to `most` code points, none of them invisible or control, no leading,
 * trailing or doubled white space, at least one letter or digit. */
bool utf8_is_name(const char *text, size_t bytes, size_t most);
