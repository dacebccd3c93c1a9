/* common.c: a table of all pieces of the commonest words, made once. Any thread. */
#include "filters/common.h"

#include "base/utf8.h"

#include <pthread.h>
#include <string.h>

enum { SLOTS = 8192, PIECE_MOST = 8 }; /* less than half full */

/* As they are folded. */
static const char words[] =
	"the that this they them these those there their then than you your we our us he him his "
	"she her it its is are was were be been being have has had do does did done not no now can "
	"could will would should must may might need and or but if so of to in into on at by for "
	"with without from as all any every each some one two who what when where which why how "
	"here just only more most many much very about after before because back out up down over "
	"go going get let make take want know think say said see people time like also even still "
	"own other another same too i'm don't it's you're "
	"של את אתה אתמ אני אנחנו הוא היא המ הנ זה זאת זו אלה לא אינ יש על אל עמ גמ כל רק או אמ כי מה "
	"מי איכ איפה מתי למה כמו יותר פחות מאוד עוד כבר אבל אז כאנ שמ היה היו היתה להיות צריכ צריכימ "
	"יכול יכולימ רוצה רוצימ אחד אחת אחרי לפני בינ לכ לי לו לה לנו להמ לכמ שלי שלכ שלו שלה שלנו "
	"שלכמ שלהמ אותי אותכ אותו אותה אותנו אותמ האלה הזה הזאת הזו תמיד פשוט כולמ כולנו "
	"من في علي الي عن مع هذا هذه هاي هاد ذلك تلك هو هي هم هن انت انتم انا نحن احنا ما لا لم لن "
	"ليس مش كل اي كان كانت يكون قد بس لو اذا ان انه انها او ثم بعد قبل عند عندهم لهم لك لكم "
	"له لها كيف شو مين "
	"اللي الذي التي الذين هناك هنا فقط غير بين كما مثل حتي لازم يجب بدنا ناس الناس واحد دايما";

static uint32_t slots[SLOTS]; /* hashes; 0: free */

static uint32_t hash_of(const uint16_t *points, unsigned count)
{
	uint32_t hash = count;

	for (unsigned i = 0; i < count; i++)
		hash = (hash ^ points[i]) * 0x9E3779B1u;
	hash ^= hash >> 15;
	return hash ? hash : 1;
}

static uint32_t slot_of(uint32_t hash)
{
	uint32_t slot = hash % SLOTS;

	while (slots[slot] && slots[slot] != hash)
		slot = (slot + 1) % SLOTS;
	return slot;
}

static void word_add(const uint16_t *points, unsigned count)
{
	for (unsigned from = 0; from < count; from++)
		for (unsigned n = 2; n <= PIECE_MOST && from + n <= count; n++) {
			uint32_t hash = hash_of(points + from, n);

			slots[slot_of(hash)] = hash;
		}
}

static void words_add(void)
{
	uint16_t points[2 * PIECE_MOST];
	unsigned count = 0;

	for (size_t at = 0; at < sizeof(words) - 1;) {
		uint32_t point = utf8_next(words, sizeof(words) - 1, &at);

		if (point != ' ' && count < sizeof(points) / sizeof(points[0]))
			points[count++] = (uint16_t)point;
		if (point != ' ' && at < sizeof(words) - 1)
			continue;
		word_add(points, count);
		count = 0;
	}
}

bool common_has(const uint16_t *points, unsigned count)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, words_add);
	return count < 2 || (count <= PIECE_MOST && slots[slot_of(hash_of(points, count))]);
}
