/* fuzz_model.c: any bytes as a *.model file: it loads or it does not, with a sentence; one that is
 * whole (length and checksum are mended for every other input) answers any text within its bounds.
 */
#include "filters/filter.h"
#include "filters/parts.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const char symbols_text[] = "symbol A\nrule r\nmay_reject yes\nhe a\nar a\nen a\n"
								   "symbol B\nrule r\nhe a\nar a\nen a\n";

static void demand(int claim)
{
	if (!claim)
		abort();
}

static struct source source_of(const char *name, const void *data, size_t bytes, size_t room)
{
	struct source source = {.bytes = bytes};

	strcpy(source.name, name);
	source.data = calloc(1, room + 1);
	demand(source.data != NULL);
	memcpy(source.data, data, bytes);
	return source;
}

/* The bytes become head and beginning of the tables, then come round again. */
static void mend(struct source *source)
{
	size_t heads = (unsigned char)source->data[9] % 2 + 1, given = source->bytes;
	size_t body = MODEL_HEADER_BYTES +
				  heads * ((size_t)MODEL_HEAD_BYTES + MODEL_SLOTS * MODEL_VIEWS);

	for (size_t i = given; i < body; i++)
		source->data[i] = source->data[i - given];
	memcpy(source->data, MODEL_MAGIC, strlen(MODEL_MAGIC));
	source->data[8] = "HAL"[(unsigned char)source->data[8] % 3];
	source->data[9] = (char)heads;
	memset(source->data + 10, 0, 6);
	for (size_t i = 0; i < heads; i++)
		strcpy(source->data + MODEL_HEADER_BYTES + i * MODEL_HEAD_BYTES, "B");
	crypto_generichash((unsigned char *)source->data + body, MODEL_SUM_BYTES,
					   (unsigned char *)source->data, body, NULL, 0);
	source->bytes = body + MODEL_SUM_BYTES;
}

static void ask(const struct model *model, const uint8_t *data, size_t bytes)
{
	struct grams grams = {0};
	struct text text = {0};
	struct model_answer answer;

	if (text_read(&text, (const char *)data, bytes) == ERR_NONE &&
		grams_read(&grams, &text, model_script(model), NULL) == ERR_NONE)
		for (unsigned head = 0; head < model_heads(model); head++)
			if (model_ask(model, head, &text, &grams, 0, &answer))
				demand(answer.place.start <= answer.place.end &&
					   answer.place.end <= text.original_count && answer.probability <= 1000 &&
					   answer.by_rest <= 1000);
	grams_fini(&grams);
	text_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	enum {
		ROOM = MODEL_HEADER_BYTES + 2 * (MODEL_HEAD_BYTES + MODEL_SLOTS * MODEL_VIEWS) +
			   MODEL_SUM_BYTES
	};
	struct source symbols_source = source_of("symbols.conf", symbols_text, strlen(symbols_text),
											 strlen(symbols_text));
	struct symbols *symbols = calloc(1, sizeof(*symbols));
	struct source source;
	struct model *model;
	struct why why = {""};
	enum err err;

	demand(symbols && sodium_init() >= 0);
	err = symbols_load(symbols, &symbols_source, &why);
	demand(err == ERR_NONE);
	source = source_of("fuzz.model", data, bytes < ROOM ? bytes : ROOM, ROOM);
	if (bytes > 16 && data[0] % 2)
		mend(&source);
	err = model_load(symbols, &source, &model, &why);
	demand(err == ERR_NONE || (!model && why.text[0] != '\0'));
	if (!err)
		ask(model, data, bytes);
	model_free(&model);
	symbols_fini(symbols);
	free(symbols);
	free(source.data);
	free(symbols_source.data);
	return 0;
}
