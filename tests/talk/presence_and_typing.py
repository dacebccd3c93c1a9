#!/usr/bin/python3
"""Presence is a count, typing is a hint; neither is in any journal."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal


def server():
	return talk.shared("limits=0")


def test_presence_is_a_count_and_comes_at_most_every_five_seconds():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	noa.join(town.forum)
	others = [town.guest(f"Guest {i}") for i in range(4)]
	for other in others:
		other.join(town.forum)
	notice = noa.wait_notice("presence", lambda p: p.get("circle") == town.forum and p.get("count") == 5, 13)
	equal(sorted(set(notice["params"]) - {"circle", "count"}), [], "a circle and a count, no names")
	first = notice["mono"]
	for other in others[:2]:
		other.call("circle.leave", circle=town.forum)
	others[2].close()
	notice = noa.wait_notice("presence", lambda p: p.get("circle") == town.forum and p.get("count") == 2, 13)
	check(notice["mono"] - first > 4.0, f"two within {notice['mono'] - first:.1f} s")
	noa.history(town.forum)


def test_typing_reaches_those_in_the_circle_and_no_journal():
	town = talk.given_process(server())
	noa, omer, outside = town.guest("Noa"), town.guest("Omer"), town.guest("Outside")
	omer.join(town.forum)
	noa.join(town.forum)
	post = omer.say(town.forum, "An opener")
	before = omer.join(town.forum)["head"]
	noa.call("circle.typing", circle=town.forum, thread=post["id"])
	notice = omer.wait_notice("typing")
	equal(notice["params"]["circle"], town.forum, "circle")
	check(noa.me["id"] in talk.dump(notice) or "Noa" in talk.dump(notice), f"who types: {notice}")
	equal(omer.join(town.forum)["head"], before, "head")
	outside.barrier()
	equal([n for n in outside.notices if n["method"] == "typing"], [], "typing outside")


def test_typing_may_be_a_notification():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	noa.join(town.forum)
	omer.join(town.forum)
	noa.notify("circle.typing", circle=town.forum)
	omer.wait_notice("typing")


def test_of_whoever_may_not_speak_nobody_is_told_that_they_type():
	town = talk.given_process(server())
	noa, zoe, omer, dana = town.guest("Noa"), town.guest("Zoe"), town.guest("Omer"), town.moderator()
	for who in (noa, zoe, omer):
		who.join(town.forum)
	for n, (step, other) in enumerate((("mute", noa), ("warn", zoe))):
		given = dana.call("desk.sanction", circle=town.forum, participant=omer.me["id"], step=step, minutes=5, reason="spam", cause="words", key=f"k{n}")
		equal(omer.call("circle.typing", circle=town.forum), {}, "it is answered")
		other.call("circle.typing", circle=town.forum)
		omer.wait_notice("typing", lambda p: other.me["id"] in talk.dump(p))
		dana.call("desk.lift", sanction=given["sanction"], key=f"l{n}")
	noa.barrier()
	equal([n for n in noa.notices if n["method"] == "typing" and omer.me["id"] in talk.dump(n)], [], "what was told of them")
	omer.call("circle.typing", circle=town.forum)
	noa.wait_notice("typing", lambda p: omer.me["id"] in talk.dump(p))


talk.main()
