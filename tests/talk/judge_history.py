#!/usr/bin/python3
"""`maagal judge` over a data folder: how good the forecasts were, and what other rules would change."""
import json
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal

RULES = pathlib.Path(__file__).resolve().parents[2] / "config" / "civility"


def server():
	return talk.shared("limits=0")


def judge(*line):
	done = server().cli("judge", *line)
	equal(done.returncode, 0, f"exit status: {done.stderr}")
	return done.stdout


def copied_rules(change=None):
	folder = server().folder / talk.unique("rules")
	shutil.copytree(RULES, folder)
	for name, (old, new) in (change or {}).items():
		path = folder / name
		text = path.read_text(encoding="utf-8")
		check(old in text, f"{name} has {old!r}")
		path.write_text(text.replace(old, new), encoding="utf-8")
	return str(folder)


def given_quarrel():
	"""A thread in which two get at each other; a moderator removes what one of them said."""
	town = talk.given_process(server())
	noa, omer, dana = town.guest("Noa"), town.guest("Omer"), town.moderator()
	opener = noa.say(town.forum, "The road plan was published yesterday.")
	last = opener
	for i in range(4):
		for who, words in ((omer, "You never read what you answer, stop telling us what to do! You always do that!"),
				(noa, "Why do you keep accusing me? You are ridiculous, stop it, really! You ignore everything!")):
			last = who.post(town.forum, f"{words} {i}", reply_to=last["id"])
			if last["status"] != "posted":
				last = opener
	bad = omer.post(town.forum, "You would do better to leave the town", reply_to=opener["id"])
	equal(bad["status"], "posted", "the last post")
	dana.call("desk.remove", post=bad["id"], rev=1, reason="Personal.", key=talk.unique())
	return town, opener, bad


def test_forecasts_are_compared_with_what_moderators_did():
	town, _, _ = given_quarrel()
	figures = json.loads(judge("--evaluate", "--circle", town.forum, "--json"))
	row = figures["circles"][town.forum]["all"]
	equal(row["threads"], 1, "threads")
	check(row["posts"] >= 6, f"posts: {row}")
	check(row["acts"] >= 1, f"acts: {row}")
	check(row["alerts"] >= 1, f"a quarrel raises an alert: {row}")
	check(row["precision"] == 1 and row["recall"] > 0, f"borne out: {row}")
	check(row["lead_messages"] >= 1, f"before it happened: {row}")
	equal(figures["languages"]["en"]["threads"], 1, "by language, of this circle alone")


def test_a_calm_circle_has_no_alarm_and_says_that_nobody_acted():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	opener = noa.say(town.forum, "תודה על הסיכום, אולי כדאי להוסיף מפה")
	for i in range(5):
		(omer, noa)[i % 2].post(town.forum, f"אני מסכימה, תודה. הצעה {i}", reply_to=opener["id"])
	out = judge("--evaluate", "--circle", town.forum)
	check("No moderator has acted" in out, out)
	row = json.loads(judge("--evaluate", "--circle", town.forum, "--json"))["all"]
	equal((row["threads"], row["posts"], row["alerts"], row["acts"]), (1, 6, 0, 0), "figures")
	check(row["precision"] is None and row["false_alarms"] == 0, f"nothing to be precise about: {row}")


def test_the_same_rules_change_nothing_and_stricter_ones_hold_by_id():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	word = talk.unique("zorgle")
	said = noa.say(town.forum, f"What a {word} this is")
	calm = noa.say(town.forum, "And this is about the library")
	lines = judge("--replay", "--circle", town.forum, "--against", copied_rules(), "--json").splitlines()
	sum_ = json.loads(lines[-1])["summary"]
	equal((len(lines), sum_["posts"], sum_["stays"]), (1, 2, 2), "nothing changes")
	stricter = copied_rules()
	(pathlib.Path(stricter) / "mine.words").write_text(f"[SLUR 1000]\n{word}\n", encoding="utf-8")
	out = judge("--replay", "--circle", town.forum, "--against", stricter, "--json")
	*changes, last = [json.loads(line) for line in out.splitlines()]
	equal([(c["change"], c["id"], c["was"], c["action"]) for c in changes], [("now_held", said["id"], "posted", "hold")], "changes")
	equal(last["summary"]["symbols"]["SLUR"], {"before": 0, "now": 1}, "counts by symbol")
	check(word not in out and calm["id"] not in out, "words only when asked for")
	check(word in judge("--replay", "--circle", town.forum, "--against", stricter, "--text"), "and then they are shown")
	equal([e["post"]["state"] for e in town.guest("Omer").history(town.forum) if "post" in e][0], "visible", "nothing was changed")


def test_milder_rules_release_what_was_held():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	held = noa.post(town.forum, talk.words("hold"))
	equal(held["status"], "held", "held")
	milder = copied_rules({})
	for path in pathlib.Path(milder).glob("*.words"):
		if "mark" not in path.name and "tone" not in path.name:
			path.unlink()
	for pattern in ("*.rules", "*.model"):
		for path in pathlib.Path(milder).glob(pattern):
			path.unlink()
	*changes, last = [json.loads(line) for line in
		judge("--replay", "--circle", town.forum, "--against", milder, "--json").splitlines()]
	equal([(c["change"], c["id"]) for c in changes], [("now_released", held["id"])], "changes")
	equal(last["summary"]["now_released"], 1, "the sum")


def test_mistakes_are_told_so_that_one_can_mend_them():
	house = server()
	spoilt = copied_rules()
	(pathlib.Path(spoilt) / "forecast.conf").unlink()
	for line, status, word in (
			(("--evaluate", "--circle", "no-such-circle"), 1, "no-such-circle"),
			(("--replay", "--against", str(house.folder / "nowhere")), 1, "nowhere"),
			(("--replay", "--against", spoilt), 1, "forecast.conf"),
			(("--replay",), 2, "--against"),
			(("--replay", "--evaluate", "--against", spoilt), 2, "one at a time"),
			(("--evaluate", "--text"), 2, "--text")):
		done = house.cli("judge", *line)
		equal(done.returncode, status, f"exit status of {line}: {done.stderr}")
		check(word in done.stderr, f"{line}: {done.stderr}")
	done = talk.run("judge", "--evaluate")
	equal(done.returncode, 2, "without --data")
	done = talk.run("judge", "--evaluate", "--data", str(house.folder / "not-there"))
	equal(done.returncode, 1, "a folder that is not there")
	check("not-there" in done.stderr, done.stderr)


talk.main()
