/* transparency.c: `maagal transparency`: how a process was moderated, in numbers. Everything comes
 * from the store by one statement each, in one snapshot; what could point at a person is coarsened
 * here, before anybody sees it. */
#include "program/transparency.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "program/commands.h"
#include "program/folder.h"
#include "program/options.h"

enum { FEW = 5 }; /* a count below, but not 0, may point at somebody */

struct inquiry {
	struct db *db;
	int64_t process, from, to;
};

/* ---- counting ---- */

/* {"total":n,"by":{key:n}} of rows (key, count). */
static enum err counts_read(struct cursor *cursor, json_t **out)
{
	json_t *by = json_object();
	int64_t total = 0;

	while (cursor_next(cursor)) {
		const char *key = cursor_text(cursor, 0);

		total += cursor_int(cursor, 1);
		json_object_set_new(by, *key ? key : "none", json_integer(cursor_int(cursor, 1)));
	}
	*out = json_pack("{s:I,s:o}", "total", (json_int_t)total, "by", by);
	return cursor_end(&cursor);
}

static const char *smallest_shown(const json_t *by)
{
	const char *key, *found = NULL;
	json_int_t least = 0;
	json_t *count;

	json_object_foreach((json_t *)by, key, count)
	{
		json_int_t n = json_integer_value(count);

		if (json_is_integer(count) && n > 0 && (!found || n < least)) {
			found = key;
			least = n;
		}
	}
	return found;
}

/* What is hidden must not be had by subtraction either: then the next smallest is hidden too. */
static void hide_few(json_t *counts)
{
	json_t *by = json_object_get(counts, "by"), *count;
	json_int_t total = json_integer_value(json_object_get(counts, "total")), sum = 0;
	const char *key;
	int hidden = 0;
	void *next;

	json_object_foreach_safe(by, next, key, count)
	{
		json_int_t n = json_integer_value(count);

		if (n > 0 && n < FEW) {
			hidden++;
			sum += n;
			json_object_set_new(by, key, json_string("<5"));
		}
	}
	while (hidden && (hidden == 1 || sum < FEW) && (key = smallest_shown(by)) != NULL) {
		hidden++;
		sum += json_integer_value(json_object_get(by, key));
		json_object_set_new(by, key, json_string("5+"));
	}
	if (total > 0 && total < FEW)
		json_object_set_new(counts, "total", json_string("<5"));
}

static enum err add_counts(json_t *report, const char *name, struct cursor *cursor)
{
	json_t *counts = NULL;
	enum err err = counts_read(cursor, &counts);

	hide_few(counts);
	json_object_set_new(report, name, counts);
	return err;
}

/* The middle of a sorted list of times; null of fewer than five. */
static enum err add_median(json_t *to, struct cursor *cursor)
{
	int64_t times[4096];
	size_t count = 0;
	enum err err;

	while (count < sizeof times / sizeof *times && cursor_next(cursor))
		times[count++] = cursor_int(cursor, 0);
	err = cursor_end(&cursor);
	json_object_set_new(to, "median_minutes",
						count < FEW ? json_null()
									: json_real((double)(times[count / 2] / 6000) / 10));
	return err;
}

#define CIRCLES        "(SELECT num FROM circle WHERE process = ?1)"
#define ASKED(inquiry) "iii", (inquiry)->process, (inquiry)->from, (inquiry)->to

/* The item that a decision closed, if there was one. */
#define ITEM_OF \
	" LEFT JOIN item i ON i.num = (SELECT x.num FROM item x WHERE x.post = d.post" \
	" AND x.decided = d.at AND x.kind != 'alert' ORDER BY x.kind = 'report' LIMIT 1)"
#define DETECTED \
	"CASE WHEN i.kind = 'report' THEN 'report'" \
	" WHEN i.cause IN ('filter', 'failed_filter') THEN 'filter'" \
	" WHEN i.num IS NOT NULL THEN 'premoderation' ELSE 'moderators' END"
#define DECIDED \
	" FROM decision d" ITEM_OF " WHERE d.circle IN " CIRCLES " AND d.at >= ?2 AND d.at < ?3"

static enum err add_decisions(const struct inquiry *inquiry, json_t *report)
{
	struct db *db = inquiry->db;
	json_t *all = json_object();
	enum err err = add_counts(
		all, "by_action",
		db_query(db, "SELECT d.what, count(*)" DECIDED " GROUP BY 1 ORDER BY 1", ASKED(inquiry)));

	json_object_set_new(report, "decisions", all);
	if (!err)
		err = add_counts(
			all, "by_rule",
			db_query(db, "SELECT coalesce(d.rule, ''), count(*)" DECIDED " GROUP BY 1 ORDER BY 1",
					 ASKED(inquiry)));
	if (!err)
		err = add_counts(all, "by_detection",
						 db_query(db,
								  "SELECT " DETECTED ", count(*)" DECIDED " GROUP BY 1 ORDER BY 1",
								  ASKED(inquiry)));
	if (!err)
		err = add_counts(all, "by_automation",
						 db_query(db,
								  "SELECT CASE WHEN d.by_person IS NULL THEN 'automatic'"
								  " WHEN i.cause IN ('filter', 'failed_filter') THEN 'partly'"
								  " ELSE 'by_people' END, count(*)" DECIDED
								  " GROUP BY 1 ORDER BY 1",
								  ASKED(inquiry)));
	return err;
}

static enum err add_holds(const struct inquiry *inquiry, json_t *report)
{
	struct db *db = inquiry->db;
	enum err err = add_counts(
		report, "holds",
		db_query(db,
				 "SELECT CASE i.state WHEN 'open' THEN 'waiting' WHEN 'withdrawn' THEN"
				 " 'withdrawn' ELSE coalesce((SELECT d.what FROM decision d WHERE"
				 " d.post = i.post AND d.at = i.decided ORDER BY d.num LIMIT 1), 'withdrawn')"
				 " END, count(*) FROM item i WHERE i.circle IN " CIRCLES
				 " AND i.kind IN ('held', 'edit') AND i.opened >= ?2 AND i.opened < ?3"
				 " GROUP BY 1 ORDER BY 1",
				 ASKED(inquiry)));

	if (err)
		return err;
	return add_median(json_object_get(report, "holds"),
					  db_query(db,
							   "SELECT i.decided - i.opened FROM item i WHERE i.circle IN " CIRCLES
							   " AND i.kind IN ('held', 'edit') AND i.state = 'decided'"
							   " AND i.opened >= ?2 AND i.opened < ?3 AND EXISTS (SELECT 1 FROM"
							   " decision d WHERE d.post = i.post AND d.at = i.decided"
							   " AND d.by_person IS NOT NULL) ORDER BY 1 LIMIT 4096",
							   ASKED(inquiry)));
}

static enum err add_reports(const struct inquiry *inquiry, json_t *report)
{
	struct db *db = inquiry->db;
	int64_t received = 0;
	json_t *reports;
	enum err err = add_counts(
		report, "reports",
		db_query(db,
				 "SELECT CASE WHEN i.state = 'open' THEN 'waiting' WHEN EXISTS (SELECT 1 FROM"
				 " decision d WHERE d.post = i.post AND d.at = i.decided AND d.what IN"
				 " ('removed', 'redacted')) THEN 'upheld' ELSE 'dismissed' END, count(*)"
				 " FROM item i WHERE i.circle IN " CIRCLES " AND i.kind = 'report'"
				 " AND i.opened >= ?2 AND i.opened < ?3 GROUP BY 1 ORDER BY 1",
				 ASKED(inquiry)));

	reports = json_object_get(report, "reports");
	if (!err)
		err = db_number(db, 0, &received,
						"SELECT count(*) FROM report r JOIN item i ON i.num = r.item"
						" WHERE i.circle IN " CIRCLES " AND r.at >= ?2 AND r.at < ?3",
						ASKED(inquiry));
	json_object_set_new(reports, "received", json_integer(received));
	if (err)
		return err;
	return add_median(reports,
					  db_query(db,
							   "SELECT i.decided - i.opened FROM item i WHERE i.circle IN " CIRCLES
							   " AND i.kind = 'report' AND i.state = 'decided' AND i.opened >= ?2"
							   " AND i.opened < ?3 ORDER BY 1 LIMIT 4096",
							   ASKED(inquiry)));
}

static enum err add_sanctions(const struct inquiry *inquiry, json_t *report)
{
	int64_t lifted = 0;
	enum err err = add_counts(
		report, "sanctions",
		db_query(inquiry->db,
				 "SELECT step, count(*) FROM sanction WHERE circle IN " CIRCLES
				 " AND begins >= ?2 AND begins < ?3 GROUP BY 1 ORDER BY 1",
				 ASKED(inquiry)));

	if (!err)
		err = db_number(inquiry->db, 0, &lifted,
						"SELECT count(*) FROM sanction WHERE circle IN " CIRCLES
						" AND begins >= ?2 AND begins < ?3 AND lifted IS NOT NULL",
						ASKED(inquiry));
	json_object_set_new(json_object_get(report, "sanctions"), "lifted",
						lifted && lifted < FEW ? json_string("<5") : json_integer(lifted));
	return err;
}

static enum err add_appeals(const struct inquiry *inquiry, json_t *report)
{
	enum err err = add_counts(report, "appeals",
							  db_query(inquiry->db,
									   "SELECT coalesce(outcome, 'waiting'), count(*) FROM appeal"
									   " WHERE circle IN " CIRCLES " AND at >= ?2 AND at < ?3"
									   " GROUP BY 1 ORDER BY 1",
									   ASKED(inquiry)));

	return err ? err
			   : add_median(json_object_get(report, "appeals"),
							db_query(inquiry->db,
									 "SELECT decided - at FROM appeal WHERE circle IN " CIRCLES
									 " AND decided IS NOT NULL AND at >= ?2 AND at < ?3"
									 " ORDER BY 1 LIMIT 4096",
									 ASKED(inquiry)));
}

/* A crisis concerns everybody who is there: it points at nobody. */
static enum err add_crises(const struct inquiry *inquiry, json_t *report)
{
	int64_t spent = 0;
	json_t *crises = NULL;
	enum err err = counts_read(
		db_query(inquiry->db,
				 "SELECT first_preset, count(*) FROM incident WHERE circle IN " CIRCLES
				 " AND begun >= ?2 AND begun < ?3 GROUP BY 1"
				 " ORDER BY 1",
				 ASKED(inquiry)),
		&crises);

	if (!err)
		err = db_number(
			inquiry->db, 0, &spent,
			"SELECT coalesce(sum(ended - begun), 0) FROM incident WHERE circle IN " CIRCLES
			" AND begun >= ?2 AND begun < ?3",
			ASKED(inquiry));
	json_object_set_new(crises, "minutes", json_integer(spent / 60000));
	json_object_set_new(report, "crises", crises);
	return err;
}

static enum err add_posts(const struct inquiry *inquiry, json_t *report)
{
	int64_t posted = 0, circles = 0;
	enum err err = db_number(inquiry->db, 0, &posted,
							 "SELECT count(*) FROM post WHERE circle IN " CIRCLES
							 " AND seq IS NOT NULL AND at >= ?2 AND at < ?3",
							 ASKED(inquiry));

	if (!err)
		err = db_number(inquiry->db, 0, &circles, "SELECT count(*) FROM circle WHERE process = ?",
						"i", inquiry->process);
	json_object_set_new(report, "circles", json_integer(circles));
	json_object_set_new(report, "posts", json_integer(posted));
	return err;
}

static enum err report_make(const struct inquiry *inquiry, json_t *report)
{
	enum err err = add_posts(inquiry, report);

	if (!err)
		err = add_decisions(inquiry, report);
	if (!err)
		err = add_holds(inquiry, report);
	if (!err)
		err = add_reports(inquiry, report);
	if (!err)
		err = add_sanctions(inquiry, report);
	if (!err)
		err = add_appeals(inquiry, report);
	return err ? err : add_crises(inquiry, report);
}

/* ---- the command ---- */

struct wish {
	const char *data, *process, *html, *lang, *from, *to;
	struct config *config;
	bool json;
};

static enum err process_head(struct inquiry *inquiry, const struct wish *wish, struct why *why,
							 json_t *report)
{
	struct cursor *cursor = db_query(inquiry->db, "SELECT num, declared FROM process WHERE id = ?",
									 "t", wish->process);
	char at[CLOCK_TEXT];
	enum err err;

	if (cursor_next(cursor)) {
		json_t *declared = json_loads(cursor_text(cursor, 1), 0, NULL);

		inquiry->process = cursor_int(cursor, 0);
		json_object_set(report, "title", json_object_get(declared, "title"));
		json_object_set(report, "languages", json_object_get(declared, "languages"));
		json_object_set(report, "rules", json_object_get(declared, "rules"));
		json_decref(declared);
	}
	err = cursor_end(&cursor);
	if (!err && !inquiry->process) {
		why_set(why, "There is no process %s.", wish->process);
		err = ERR_NOT_FOUND;
	}
	clock_format(clock_wall_ms(), at);
	json_object_set_new(report, "process", json_string(wish->process));
	json_object_set_new(report, "made", json_string(at));
	json_object_set_new(report, "from", wish->from ? json_string(wish->from) : json_null());
	json_object_set_new(report, "to", wish->to ? json_string(wish->to) : json_null());
	return err;
}

static enum err report_read(const struct wish *wish, struct why *why, json_t *report)
{
	struct inquiry inquiry = {.from = wish->from ? clock_parse(wish->from) : 0,
							  .to = wish->to ? clock_parse(wish->to) : INT64_MAX};
	enum err err = folder_read(wish->data, why, &inquiry.db);

	if (!err)
		err = db_script(inquiry.db, "BEGIN");
	if (!err)
		err = process_head(&inquiry, wish, why, report);
	if (!err)
		err = report_make(&inquiry, report);
	db_close(&inquiry.db);
	return err;
}

static enum err write_out(const struct wish *wish, const json_t *report, struct why *why)
{
	FILE *file = wish->html && strcmp(wish->html, "-") != 0 ? fopen(wish->html, "we") : stdout;
	enum err err = ERR_NONE;

	if (!file) {
		why_set(why, "%s cannot be written.", wish->html);
		return ERR_STORAGE;
	}
	if (wish->html) {
		err = transparency_html(report, wish->lang, wish->config->config_dir, file, why);
	} else if (wish->json) {
		json_dumpf(report, file, JSON_COMPACT | JSON_REAL_PRECISION(6));
		fputc('\n', file);
	} else {
		json_dumpf(report, file, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
		fputc('\n', file);
	}
	if (fflush(file) != 0 || (file != stdout && fclose(file) != 0)) {
		why_set(why, "It could not be written to the end.");
		err = ERR_STORAGE;
	}
	return err;
}

static const char *wrong_with(const struct wish *wish)
{
	if (!wish->data)
		return "--data DIR is missing.";
	if (!wish->process)
		return "--process P is missing.";
	if (wish->json && wish->html)
		return "--json and --html do not go together.";
	if (wish->lang && !texts_knows(wish->lang))
		return "--lang is he, ar or en.";
	if ((wish->from && clock_parse(wish->from) < 0) || (wish->to && clock_parse(wish->to) < 0))
		return "A day is written 2026-11-21.";
	return NULL;
}

int program_transparency(int argc, char **argv)
{
	static struct config config;
	struct wish wish = {.config = &config};
	struct why why = {""};
	json_t *report;
	const struct option options[] = {
		{"config", OPTION_CONFIG_FILE, &config}, {"data", OPTION_TEXT, &wish.data},
		{"from", OPTION_TEXT, &wish.from},       {"html", OPTION_TEXT, &wish.html},
		{"json", OPTION_FLAG, &wish.json},       {"lang", OPTION_TEXT, &wish.lang},
		{"process", OPTION_TEXT, &wish.process}, {"set", OPTION_SET, &config},
		{"to", OPTION_TEXT, &wish.to},           OPTIONS_END,
	};
	enum err err;

	config_default(&config);
	if (options_read(options, argc, argv, NULL, &why))
		return options_misused(argv[0], &why);
	if (wrong_with(&wish))
		return options_misused_because(argv[0], wrong_with(&wish));
	if (config_finish(&config, &why))
		return options_misused(argv[0], &why);
	report = json_object();
	err = report_read(&wish, &why, report);
	if (!err)
		err = write_out(&wish, report, &why);
	json_decref(report);
	return err ? folder_failed(argv[0], &why) : EXIT_GOOD;
}
