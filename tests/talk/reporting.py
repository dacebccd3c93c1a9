#!/usr/bin/python3
"""Reporting a post to the moderators."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def test_a_report_reaches_the_desk_and_never_the_author():
	town = talk.given_process(server())
	noa, omer, moderator = town.guest("Noa"), town.guest("Omer"), town.moderator()
	noa.join(town.forum)
	noa.call("inbox.join")
	moderator.call("desk.join", circle=town.forum)
	post = noa.say(town.forum, "Words that somebody minds")
	note = talk.unique("it hurts me ")
	answer = omer.call("post.report", post=post["id"], reason="disrespect", note=note, key="r1")
	check(isinstance(answer["report"], str) and answer["report"], f"a report id: {answer}")
	moderator.wait_event(journal=f"desk/{town.forum}", where=lambda event: post["id"] in talk.dump(event))
	talk.queue_item(moderator, town.forum, post["id"])
	noa.barrier()
	everything = talk.dump(noa.seen) + talk.dump(noa.history(town.forum)) + talk.dump(noa.call("inbox.read")) + talk.dump(noa.call("me.export"))
	check(omer.me["id"] not in everything and note not in everything, "the author is shown who reported, or what was noted")


def test_the_same_report_twice_is_one():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	post = noa.say(town.forum, "Words that somebody minds")["id"]
	first = omer.call("post.report", post=post, reason="disrespect", key="r1")
	equal(omer.call("post.report", post=post, reason="disrespect", key="r1"), first, "the same key")


def test_a_report_of_what_one_may_not_see_is_not_found():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	held = noa.post(town.forum, talk.words("hold"))
	for post in (held["id"], "nothing-such"):
		with refused("not_found"):
			omer.call("post.report", post=post, reason="disrespect", key="r1")


def test_a_report_needs_a_reason():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	post = noa.say(town.forum, "Words")["id"]
	for params in ({}, {"reason": 5}, {"reason": "x" * 20000}):
		try:
			omer.call("post.report", {"post": post, "key": "r1", **params})
			talk.fail(f"{talk.shorten(params)} was allowed")
		except talk.RpcError as err:
			check(err.name in ("invalid_params", "too_large"), f"refused with {err}")


talk.main()
