/* name.c: see name.h. */
#include "filters/name.h"

#include "base/utf8.h"
#include "filters/glyph.h"
#include "filters/text.h"

/* A hash is enough: whoever finds a collision has found a name that they can not have. */
#define HASH_BEGINS UINT64_C(0xcbf29ce484222325)

static uint64_t hash_add(uint64_t hash, uint32_t point)
{
	for (int shift = 0; shift < 24; shift += 8)
		hash = (hash ^ (point >> shift & 0xff)) * UINT64_C(0x100000001b3);
	return hash;
}

/* Capitals that look like a small l; small they do not, so that this comes before folding. */
static bool is_upright(uint32_t point)
{
	return point == 'I' || point == '1' || point == '|' || point == 0x0399 || point == 0x0406 ||
		   point == 0x04C0 || point == 0x05C0 || point == 0x2160 || point == 0x2223 ||
		   point == 0xFF29 || point == 0xFF5C;
}

/* Nothing before Greek only looks Latin. */
static uint32_t latin_of(uint32_t folded)
{
	return folded < 0x0370 ? 0 : text_look_alike(folded);
}

static uint32_t look_of(uint32_t folded)
{
	uint32_t latin = latin_of(folded);

	switch (folded) {
	case '0':
	case 0x05E1: /* samekh */
	case 0x0647: return 'o';
	case '1':
	case 0x05D5: /* vav */
	case 0x0627: return 'l';
	default: return latin ? latin : folded;
	}
}

static bool is_sign(uint32_t point)
{
	return point == '#' || point == 0x266F || point == 0xFE5F || point == 0xFF03;
}

struct reading {
	unsigned marks;          /* on the letter before */
	bool has_latin, has_alien; /* in the word so far */
};

static void word_goes_on(struct reading *reading, uint32_t folded, enum glyph_script script,
						 struct name_look *out)
{
	reading->has_latin = reading->has_latin || script == SCRIPT_LATIN;
	reading->has_alien = reading->has_alien || latin_of(folded);
	out->is_mixed = out->is_mixed || (reading->has_latin && reading->has_alien);
}

static void point_read(struct reading *reading, uint32_t point, struct name_look *out)
{
	uint32_t entry = glyph_entry(point), folded[GLYPH_FOLD_MOST];
	enum glyph_kind kind = GLYPH_KIND(entry);
	unsigned count = glyph_fold(point, entry, folded);

	out->has_sign = out->has_sign || is_sign(point);
	if (kind == GLYPH_MARK) {
		out->is_heaped = out->is_heaped || ++reading->marks > NAME_MARKS_MOST;
		return;
	}
	if (is_upright(point))
		out->look = hash_add(out->look, 'l');
	*reading = kind == GLYPH_LETTER ? (struct reading){0, reading->has_latin, reading->has_alien}
									: (struct reading){0};
	for (unsigned i = 0; i < count; i++) {
		uint32_t of = glyph_entry(folded[i]);

		if (GLYPH_KIND(of) != GLYPH_LETTER && GLYPH_KIND(of) != GLYPH_DIGIT)
			continue;
		out->read = hash_add(out->read, folded[i]);
		if (!is_upright(point))
			out->look = hash_add(out->look, look_of(folded[i]));
		if (kind == GLYPH_LETTER)
			word_goes_on(reading, folded[i], GLYPH_SCRIPT(of), out);
	}
}

enum err name_look(const char *name, size_t bytes, struct name_look *out)
{
	struct reading reading = {0};
	enum err err = glyph_prepare();

	*out = (struct name_look){.read = HASH_BEGINS, .look = HASH_BEGINS};
	for (size_t at = 0; at < bytes && !err;)
		point_read(&reading, utf8_next(name, bytes, &at), out);
	return err;
}
