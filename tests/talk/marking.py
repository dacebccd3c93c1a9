#!/usr/bin/python3
"""How far somebody has read is their own affair."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def unread(client, circle):
	return next(c["unread"] for p in client.opened["processes"] for c in p["circles"] if c["id"] == circle)


def test_marking_lowers_unread_and_is_kept():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	said = [omer.say(town.forum, f"Word {i}") for i in range(6)]
	before = unread(town.again(noa), town.forum)
	check(before >= 6, f"unread before marking is {before}")
	equal(noa.call("circle.mark", circle=town.forum, seq=said[3]["seq"]), {}, "answer")
	equal(unread(town.again(noa), town.forum), 2, "unread after marking the fourth of six")
	noa.call("circle.mark", circle=town.forum, seq=said[5]["seq"])
	equal(unread(town.again(noa), town.forum), 0, "unread after marking all")


def test_marks_survive_kill_9():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa, omer = town.guest("Noa"), town.guest("Omer")
	said = [omer.say(town.forum, f"Word {i}") for i in range(4)]
	noa.call("circle.mark", circle=town.forum, seq=said[1]["seq"])
	house.restart(kill=True)
	equal(unread(town.again(noa), town.forum), 2, "unread after the restart")


def test_marking_is_private():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	seq = omer.say(town.forum, "A word")["seq"]
	omer.join(town.forum)
	noa.call("circle.mark", circle=town.forum, seq=seq)
	omer.barrier()
	equal(omer.seen, [], "events of somebody else's reading")


def test_wrong_marks_are_refused():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	for seq in (-1, "3", 1.5, None):
		with refused("invalid_params"):
			noa.call("circle.mark", circle=town.forum, seq=seq)
	with refused("not_found"):
		noa.call("circle.mark", circle="no-such-circle", seq=1)


talk.main()
