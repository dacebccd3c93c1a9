/* test_mask.c: a name is taken out where somebody wrote it, and nowhere else. */
#include "check.h"

#include <string.h>

#include "base/buf.h"
#include "filters/glyph.h"
#include "store/mask.h"

static void check_json(const char *wanted, const char *json, const char *name, bool with_facts)
{
	struct buf out = {0};
	bool found = mask_json(json, strlen(json), name, with_facts, &out);

	buf_add(&out, "", 1);
	CHECK(buf_ok(&out));
	CHECK_TEXT(wanted, out.data);
	CHECK_INT(strcmp(wanted, json) != 0, found);
	buf_fini(&out);
}

TEST(a_name_is_masked_in_members_that_people_write_in)
{
	CHECK_OK(glyph_prepare());
	check_json("\"reason\":\"As ███ said\",\"by\":\"Omer\"",
			   "\"reason\":\"As Omer said\",\"by\":\"Omer\"", "Omer", false);
	check_json("{\"statement\":{\"facts\":\"Omer: \u2068███, no\u2069\"},\"text\":\"███\"}",
			   "{\"statement\":{\"facts\":\"Omer: \u2068Omer, no\u2069\"},\"text\":\"Omer\"}",
			   "Omer", true);
	check_json("{\"facts\":\"\u2068Omer\u2069\",\"note\":\"a \\\"███\\\" b\"}",
			   "{\"facts\":\"\u2068Omer\u2069\",\"note\":\"a \\\"Omer\\\" b\"}", "Omer", false);
	check_json("{\"reason\":\"███! \u2068x\u2069 ב███\"}",
			   "{\"reason\":\"Omer! \u2068x\u2069 בOmer\"}", "Omer", false);
}

TEST(what_is_ours_stays_also_where_it_reads_like_a_name)
{
	CHECK_OK(glyph_prepare());
	check_json("\"reason\":\"spam\",\"text\":7,\"by\":\"text\"",
			   "\"reason\":\"spam\",\"text\":7,\"by\":\"text\"", "spam", true);
	check_json("\"reason\":\"the ███ is\",\"what\":\"reason\"",
			   "\"reason\":\"the reason is\",\"what\":\"reason\"", "reason", true);
	check_json("{\"note\":null,\"Omer\":[\"Omer\"]}", "{\"note\":null,\"Omer\":[\"Omer\"]}", "Omer",
			   true);
}

TEST(json_that_is_cut_anywhere_is_gone_through_to_its_end)
{
	static const char json[] = "{\"reason\":\"As \\\"Omer\\\" said\",\"facts\":\"\u2068Omer\\n\"}";
	struct buf out = {0};

	CHECK_OK(glyph_prepare());
	for (size_t bytes = 0; bytes < sizeof json; bytes++) {
		char *copy = malloc(bytes + 1);

		assert_non_null(copy);
		memcpy(copy, json, bytes);
		buf_clear(&out);
		mask_json(copy, bytes, "Omer", true, &out);
		CHECK(buf_ok(&out));
		free(copy);
	}
	buf_fini(&out);
}

RUN(cmocka_unit_test(a_name_is_masked_in_members_that_people_write_in),
	cmocka_unit_test(what_is_ours_stays_also_where_it_reads_like_a_name),
	cmocka_unit_test(json_that_is_cut_anywhere_is_gone_through_to_its_end));
