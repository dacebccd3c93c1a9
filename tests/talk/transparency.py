#!/usr/bin/python3
"""Answering for it: the log of a desk is chained, and a later head shows what was cut off; its public twin names nobody and says nothing
that anybody said; the report counts everything and points at nobody."""
import json
import pathlib
import re
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal


def given():
	house = talk.serve("limits=0", "newcomer_surge=0")
	town = talk.given_process(house)
	noa, dana = town.guest("Noa"), town.moderator("Dana")
	dana.call("desk.join", circle=town.forum)
	return house, town, noa, dana


def moderated(town, noa, dana, rejected=6, released=5, removed=1):
	"""So many decisions of each kind; the words that were said and the reasons that were given."""
	words = []
	for n in range(rejected + released):
		text = talk.words("hold")
		held = noa.post(town.forum, text)
		item = talk.item_id(talk.queue_item(dana, town.forum, held["id"]))
		words.append(text)
		if n < rejected:
			dana.call("desk.reject", item=item, reason="offensive" if n else "It says idiot to Omer.", rule="respect", note="secret note", key=f"r{n}")
		else:
			dana.call("desk.release", item=item, key=f"l{n}")
	for n in range(removed):
		post = noa.say(town.forum, f"Words to be removed {n}")
		words.append(f"Words to be removed {n}")
		dana.call("desk.remove", post=post["id"], rev=1, reason="off_topic", key=f"m{n}")
	dana.call("desk.crisis_begin", circle=town.forum, preset="mild", minutes=5, reason="Dana asks for calm.")
	dana.call("desk.crisis_end", circle=town.forum)
	return words


def log(house, town, *more):
	done = house.cli("log", "--circle", town.forum, *more)
	equal(done.returncode, 0, f"exit status of log ({done.stderr})")
	return done.stdout


def test_a_head_that_was_noted_shows_that_the_newest_were_cut_off():
	house, town, noa, dana = given()
	moderated(town, noa, dana, 2, 1, 0)
	head = dana.call("desk.join", circle=town.forum)["chain"]
	check(head["seq"] > 5 and re.fullmatch("[0-9a-f]{64}", head["hash"]), f"head: {head}")
	house.stop()
	noted = ("verify", "--head", f"desk/{town.forum}={head['hash']}")
	equal(house.cli(*noted).returncode, 0, "as it is")
	store = sqlite3.connect(house.data / "maagal.db")
	(journal,) = store.execute("SELECT num * 4 + 1 FROM circle WHERE id = ?", (town.forum,)).fetchone()
	store.execute("DELETE FROM event WHERE journal = ? AND seq > ?", (journal, head["seq"] - 2))
	store.commit()
	cut = house.cli(*noted)
	check(cut.returncode == 1 and "head" in cut.stderr, f"cut off: {cut.returncode} {cut.stderr}")


def test_the_public_twin_names_nobody_quotes_nobody_and_can_be_checked():
	house, town, noa, dana = given()
	words = moderated(town, noa, dana)
	public = log(house, town, "--public", "--json")
	rows = [json.loads(line) for line in public.splitlines()]
	equal([r["n"] for r in rows], list(range(1, len(rows) + 1)), "numbers")
	actions = [r["action"] for r in rows]
	equal((actions.count("rejected"), actions.count("released"), actions.count("removed"), actions.count("crisis_begun")), (6, 5, 1, 1), "actions")
	check(all(r["actor"] in ("moderator", "machine") and r["at"].endswith(":00.000Z") for r in rows), "actors and minutes")
	equal(sorted({r.get("reason") for r in rows if r["action"] == "rejected"}, key=str), [None, "offensive"], "reasons: codes alone")
	for secret in (*words, "Dana", "Noa", "Omer", "secret note", dana.me["id"], noa.me["id"], "calm"):
		check(secret not in public, f"the public log holds {secret!r}")
	equal(log(house, town, "--public", "--json"), public, "the same again")
	done = talk.run("log", "--check", "-", data=public)
	check(done.returncode == 0 and rows[-1]["hash"] in done.stdout, f"checked: {done.stdout}{done.stderr}")
	changed = public.replace('"rejected"', '"released"', 1)
	for broken in (changed, "".join(public.splitlines(True)[1:]), public.replace(rows[3]["hash"], rows[2]["hash"])):
		equal(talk.run("log", "--check", "-", data=broken).returncode, 1, "a changed line, a missing one, a wrong hash")
	noa.say(town.forum, "Something more")
	dana.call("desk.note", circle=town.forum, text="Between us alone", key="n")
	equal(log(house, town, "--public", "--json"), public, "what is no act adds nothing")
	check(dana.me["id"] in log(house, town, "--json"), "the whole log knows who")
	equal(house.cli("log", "--circle", "nowhere").returncode, 1, "no such circle")
	equal(house.cli("log").returncode, 2, "no circle named")


def report(house, town, *more):
	done = house.cli("transparency", "--process", town.process, *more)
	equal(done.returncode, 0, f"exit status of transparency ({done.stderr})")
	return done.stdout


def test_the_report_counts_all_and_hides_what_could_point_at_somebody():
	house, town, noa, dana = given()
	moderated(town, noa, dana, rejected=7, released=6, removed=2)
	noa.post(town.forum, talk.words("hold"))
	told = json.loads(report(house, town, "--json"))
	equal((told["process"], told["circles"], told["posts"]), (town.process, 2, 8), "overall")
	equal(told["decisions"]["by_action"], {"total": 15, "by": {"rejected": 7, "released": "5+", "removed": "<5"}}, "by action")
	equal(told["decisions"]["by_rule"], {"total": 15, "by": {"none": 8, "respect": 7}}, "by rule")
	equal(told["decisions"]["by_detection"]["by"], {"filter": "5+", "moderators": "<5"}, "by detection")
	equal(told["decisions"]["by_automation"]["by"], {"by_people": "<5", "partly": "5+"}, "by automation")
	equal((told["holds"]["total"], told["holds"]["by"]["waiting"]), (14, "<5"), "holds")
	check(isinstance(told["holds"]["median_minutes"], float), f"median: {told['holds']}")
	equal((told["appeals"]["total"], told["appeals"]["median_minutes"], told["sanctions"]["total"]), (0, None, 0), "none")
	equal((told["crises"]["total"], told["crises"]["by"]), (1, {"mild": 1}), "crises concern everybody")
	for secret in ("Noa", "Dana", "secret note", "idiot"):
		check(secret not in talk.dump(told), f"the report holds {secret!r}")
	before = json.loads(report(house, town, "--json", "--to", "2020-01-01"))
	equal((before["decisions"]["by_action"]["total"], before["posts"]), (0, 0), "before all of it")


def test_the_report_is_a_page_in_three_languages():
	house, town, noa, dana = given()
	moderated(town, noa, dana, 1, 0, 0)
	path = house.folder / "report.html"
	pages = {}
	for lang, direction in (("he", "rtl"), ("ar", "rtl"), ("en", "ltr")):
		report(house, town, "--html", path, "--lang", lang)
		pages[lang] = path.read_text()
		check(f'<html lang="{lang}" dir="{direction}">' in pages[lang], lang)
		check("transparency." not in pages[lang] and "<script" not in pages[lang] and "http" not in pages[lang], f"{lang}: it stands by itself")
		equal(pages[lang].count("<caption>"), 10, "tables")
	equal(len(set(pages.values())), 3, "languages")
	check(all("<bdi dir=\"ltr\">&lt;5</bdi>" in page for page in pages.values()), "fewer than five reads the same from the right")
	rules = {rule["id"]: rule["text"] for rule in json.loads(report(house, town, "--json"))["rules"]}
	check(all(rules["respect"][lang] in page for lang, page in pages.items()), "a rule stands there in its words")
	check(all(">respect<" not in page for page in pages.values()), "and not as its id")
	check(pages["he"] == report(house, town, "--html", "-"), "the process's first language if none is asked for")
	for wrong, status in ((("--process", "nothing"), 1), (("--process", town.process, "--lang", "xx"), 2), (("--process", town.process, "--from", "someday"), 2),
			(("--process", town.process, "--json", "--html", "-"), 2), ((), 2)):
		equal(house.cli("transparency", *wrong).returncode, status, f"{wrong}")


talk.main()
