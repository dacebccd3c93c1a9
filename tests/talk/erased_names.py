#!/usr/bin/python3
"""When somebody is erased, their name goes from what moderators wrote of others, or of the circle, as well."""
import pathlib
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal

MASK = "███"


def given_desk(town, name):
	"""Moderators write `name` wherever they can, and none of it is about its owner."""
	dana, other, yael = town.moderator(), town.moderator("Other"), town.guest("Yael")
	post = yael.say(town.forum, "Words that do not please")
	removed = dana.call("desk.remove", post=post["id"], rev=1, reason=f"As I told {name}: not here", note=f"Like\n{name} before", key="1")
	dana.call("desk.sanction", circle=town.forum, participant=yael.me["id"], step="slow", reason=f"You and {name} go on and on", cause="word", key="2")
	dana.call("desk.note", circle=town.forum, post=post["id"], text=f"See what {name} said", key="3")
	dana.call("desk.note", circle=town.forum, text=f"ותגידו ל{name} תודה", key="4")
	dana.call("desk.pace", circle=town.forum, seconds=5, reason=f"{name}, please!", note=f"because of {name}", key="5")
	dana.call("desk.door", circle=town.forum, door="open", note=f"{name} may come", key="6")
	dana.call("desk.notice", circle=town.forum, text=f"Thank you, {name}.", key="7")
	dana.call("desk.crisis_begin", circle=town.forum, preset="mild", minutes=5, reason=f"About {name}")
	dana.call("desk.crisis_end", circle=town.forum, reason=f"{name} has calmed down")
	dana.call("desk.watch", circle=town.forum, on=True)
	dana.call("desk.watch", circle=town.forum, on=False, handover=f"Keep an eye on {name}")
	appeal = yael.call("appeal.open", decision=removed["decision"], text="Why?", key="8")
	other.call("appeal.decide", appeal=appeal["appeal"], outcome="upheld", text=f"Because {name} left", key="9")
	return dana, yael


def everything(town, dana, yael):
	"""All that anybody is shown, as one text."""
	handover = dana.call("desk.join", circle=town.forum, tail=0)
	dana.call("circle.leave", circle=town.forum)
	return talk.dump([dana.call("desk.read", circle=town.forum), dana.call("desk.log", circle=town.forum), handover, dana.call("desk.incidents", circle=town.forum),
		yael.history(town.forum), yael.call("inbox.read"), yael.call("me.posts"), yael.call("me.export"), dana.call("desk.person", circle=town.forum, participant=yael.me["id"])])


def count_in(data, words):
	return sum(path.read_bytes().count(words.encode()) for path in data.rglob("*") if path.is_file())


def test_the_name_of_whoever_is_erased_is_masked_wherever_moderators_wrote_it():
	house = talk.serve("limits=0")
	name = "Omer" + talk.secrets.token_hex(6)
	town = talk.given_process(house)
	omer = town.guest(name)
	omer.say(town.forum, "Here I am")
	dana, yael = given_desk(town, name)
	before = everything(town, dana, yael)
	check(before.count(name) > 12, f"it is there before: {before.count(name)}")
	done = house.cli("verify")
	equal(done.returncode, 0, f"verify before: {done.stdout}{done.stderr}")
	head = next(line for line in house.cli("verify").stdout.split() if line.startswith(f"desk/{town.forum}="))
	omer.call("me.erase")
	after = everything(town, dana, yael)
	check(name not in after, f"{name} is shown: …{after[max(0, after.find(name) - 200):][:300]}")
	check(after.count(MASK) >= 12, f"what was said of it stays: {after.count(MASK)}")
	check(f"ותגידו ל{MASK} תודה" in after and f"Keep an eye on {MASK}" in after, "the sentence around it")
	equal(house.stop(), 0, "exit status")
	done = house.cli("verify", "--head", head)
	equal(done.returncode, 0, f"verify after: {done.stdout}{done.stderr}")
	check("an erased name was taken" in done.stdout, done.stdout)
	equal(count_in(house.data, name), 0, "times that the data folder has it")


def test_a_name_that_others_have_stays_theirs():
	house = talk.serve("limits=0")
	name = "Omer" + talk.secrets.token_hex(6)
	town = talk.given_process(house)
	omer, namesake = town.guest(name), town.guest(name)
	for one in (omer, namesake):
		one.say(town.forum, "Here I am")
	dana, yael = given_desk(town, name)
	dana.call("desk.note", circle=town.forum, text=f"{name}#{omer.me['tag']} is not {name}#{namesake.me['tag']}, nor {name}son", key="t")
	omer.call("me.erase")
	after = everything(town, dana, yael)
	check(f"{MASK} is not {name}#{namesake.me['tag']}, nor {name}son" in after, "only with the tag behind it")
	namesake.call("me.erase")
	after = everything(town, dana, yael)
	check(f"{MASK} is not {MASK}, nor {name}son" in after, "the other one too, and no longer name")
	done = house.cli("verify")
	equal(done.returncode, 0, f"verify: {done.stdout}{done.stderr}")


def test_circles_where_they_never_were_keep_their_words():
	house = talk.serve("limits=0")
	name = "Omer" + talk.secrets.token_hex(6)
	town = talk.given_process(house)
	dana, yael = given_desk(town, name)
	elsewhere = talk.given_process(house)
	omer = elsewhere.guest(name)
	omer.say(elsewhere.forum, "Here I am")
	before = everything(town, dana, yael).count(name)
	omer.call("me.erase")
	equal(everything(town, dana, yael).count(name), before, "another circle, another Omer")


def test_a_name_that_reads_like_a_word_of_ours_leaves_the_shape_of_what_is_kept():
	"""Members and codes of what is kept are not what anybody wrote."""
	house = talk.serve("limits=0")
	for name in ("reason", "facts", "moderators", "removed", "by", "spam"):
		town = talk.given_process(house)
		hila = town.guest("Hila")
		post = hila.say(town.forum, "Other words")
		omer = town.guest(name)
		omer.say(town.forum, "Here I am")
		dana, yael = given_desk(town, name)
		dana.call("desk.remove", post=post["id"], rev=1, reason="spam", key="10")
		posts = len(yael.history(town.forum))
		omer.call("me.erase")
		after = everything(town, dana, yael)
		check(f"Keep an eye on {MASK}" in after and f"As I told {MASK}: not here" in after, f"{name} is masked where it was written: {after[-3000:]}")
		for sentence in (", please!", " has calmed", " may come"):
			after = after.replace(f'"{MASK}{sentence}', "")
		check(f'"{MASK}' not in after, f"{name} is masked where it is a word of ours: …{after[max(0, after.find(chr(34) + MASK) - 200):][:400]}")
		check('"reason":"spam"' in after, f"{name}: the code stands")
		equal(len(yael.history(town.forum)), posts + 1, "events")
	equal(house.stop(), 0, "exit status")
	done = house.cli("verify")
	equal(done.returncode, 0, f"verify: {done.stdout}{done.stderr}")


def test_words_changed_by_another_hand_are_not_taken_for_masked():
	house = talk.serve("limits=0")
	given_desk(talk.given_process(house), "Somebody")
	equal(house.stop(), 0, "exit status")
	base = sqlite3.connect(house.data / "maagal.db", isolation_level=None)
	talk.finally_do(base.close)
	base.execute("update said set words = replace(words, 'Somebody', 'Nobody') where instr(words, 'Keep an eye')")
	equal(house.cli("verify").returncode, 1, "other words")
	base.execute("update said set words = replace(words, 'Nobody', ?), salt = x'' where instr(words, 'Keep an eye')", (MASK,))
	equal(house.cli("verify").returncode, 1, "masked, and nobody was erased")
	base.execute("update said set words = replace(words, ?, 'Somebody') where instr(words, 'Keep an eye')", (MASK,))
	equal(house.cli("verify").returncode, 1, "no salt and no mask")


talk.main()
