#!/usr/bin/python3
"""The live picture: how warm a circle and its threads are and why, who speaks, who is addressed by many, what waits; the same at every
process and after a restart; told to those at the desk, and to nobody else."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import nodes
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def given(house=None):
	town = talk.given_process(house or server())
	noa, omer, lina, dana = town.guest("Noa"), town.guest("Omer"), town.guest("Lina"), town.moderator()
	opener = noa.say(town.forum, "What should become of the old school?")
	return town, noa, omer, lina, dana, opener


def quarrel(town, people, opener, rounds=12):
	for n in range(rounds):
		people[n % len(people)].post(town.forum, talk.words("hold"), reply_to=opener["id"])


def test_a_calm_circle_and_a_heated_one():
	town, noa, omer, lina, dana, opener = given()
	calm = dana.call("desk.picture", circle=town.forum)
	equal((calm["circle"], calm["level"], calm["waiting"], calm["newcomers"]), (town.forum, "calm", 0, 1), "a calm circle")
	equal([(t["thread"], t["level"], t["title"], t["messages"], t["frozen"]) for t in calm["threads"]],
		[(opener["id"], "calm", "What should become of the old school?", 1, False)], "threads")
	quarrel(town, (omer, lina), opener)
	quiet = lina.say(town.forum, "A quiet word about trees")
	hot = dana.call("desk.picture", circle=town.forum)
	check(hot["crisis"] < 0.5 and hot["level"] == "calm", f"two who fight are no crisis of the circle: {hot['crisis']}")
	check(hot["waiting"] > 3 and hot["oldest_at"] and hot["rate"] > 0, f"waiting, rate: {talk.shorten(hot)}")
	equal([t["thread"] for t in hot["threads"]], [opener["id"], quiet["id"]], "sorted by need")
	first = hot["threads"][0]
	check(first["causes"] and first["escalation"] > 0.4 and first["level"] in ("watch", "alert"), f"the heated thread: {first}")
	equal(first["series"][-1]["escalation"], first["escalation"], "the last point of its series")
	check(hot["series"] and set(hot["series"][-1]) == {"at", "crisis", "heat", "rate"}, f"series: {hot['series'][-1:]}")
	equal((hot["addressed"][0]["participant"]["id"], hot["addressed"][0]["people"], hot["addressed"][0]["replies"]), (noa.me["id"], 2, 12), "who is addressed")
	shares = {v["participant"]["id"]: (v["posts"], v["share"]) for v in hot["voices"]}
	equal(shares[omer.me["id"]], (6, 0.428), "share of voice")


def test_a_held_opener_gives_no_title():
	town, noa, omer, lina, dana, opener = given()
	text = talk.words("hold")
	held = omer.post(town.forum, text)
	picture = dana.call("desk.picture", circle=town.forum)
	check(held["id"] in [t["thread"] for t in picture["threads"]] and text not in talk.dump(picture), "its words are not in the picture")


def test_it_is_the_same_at_another_process_and_after_a_crash():
	(first, second), town = nodes.given_nodes(2)
	noa, dana = nodes.guest(first, town, "Noa"), town.moderator()
	yael = talk.Client(second).open(resume=town.moderator("Yael").opened["resume"])
	opener = noa.say(town.forum, "What should become of the old school?")
	quarrel(town, (nodes.guest(first, town, "Omer"), nodes.guest(first, town, "Lina")), opener, 6)
	quarrel(town, (nodes.guest(second, town, "Rami"), nodes.guest(second, town, "Tal")), opener, 6)

	def lasting(picture):
		return {k: picture[k] for k in ("crisis", "level", "newcomers", "waiting", "oldest_at", "voices", "addressed")}, [
			{k: t[k] for k in ("thread", "escalation", "level", "causes", "messages", "last_at", "frozen", "title")} for t in picture["threads"]]

	here = lasting(dana.call("desk.picture", circle=town.forum))
	equal(lasting(yael.call("desk.picture", circle=town.forum)), here, "at the other process")
	first.restart(kill=True)
	equal(lasting(town.again(dana).call("desk.picture", circle=town.forum)), here, "after kill -9")


def test_whoever_sits_at_the_desk_is_told_when_it_changes_and_nobody_else():
	town, noa, omer, lina, dana, opener = given()
	other = talk.given_process(server()).moderator("Yael")
	absent = town.moderator("Absent")
	noa.join(town.forum)
	dana.call("desk.join", circle=town.forum)
	first = dana.wait_notice("picture")
	equal(first["params"]["circle"], town.forum, "circle")
	check("series" not in first["params"] and all("series" not in t for t in first["params"]["threads"]), "a notification is small")
	quarrel(town, (omer, lina), opener, 6)
	second = dana.wait_notice("picture", lambda p: p["threads"][0]["escalation"] > 0.4)
	check(second["mono"] - first["mono"] > 1.5, f"too soon: {second['mono'] - first['mono']:.1f} s")
	for person in (noa, absent, other):
		person.barrier()
		check(not [n for n in person.notices if n["method"] == "picture"], f"{person.me['name']} was sent a picture")


def test_it_is_for_moderators():
	town, noa, omer, lina, dana, opener = given()
	with refused("forbidden"):
		noa.call("desk.picture", circle=town.forum)
	stranger = talk.given_process(server()).moderator("Stranger")
	with refused("forbidden"):
		stranger.call("desk.picture", circle=town.forum)
	with refused("invalid_params"):
		dana.call("desk.picture", circle=5)


def test_many_threads_fit_in_a_message():
	town, noa, omer, lina, dana, opener = given()
	for n in range(30):
		thread = noa.say(town.forum, "\u05d0" * 200 + f" {n}")
		omer.say(town.forum, f"An answer to {n}", reply_to=thread["id"])
	picture = dana.call("desk.picture", circle=town.forum)
	equal(len(picture["threads"]), 20, "threads")


talk.main()
