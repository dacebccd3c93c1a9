#!/usr/bin/python3
"""What ends after days or minutes ends then and not before."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def given_clock():
	clock = talk.Clock()
	house = talk.serve("limits=0", env=clock.env)
	return clock, house, talk.given_process(house)


def test_resume_ends_thirty_days_after_its_last_use():
	clock, house, town = given_clock()
	noa, omer = town.guest("Noa"), town.guest("Omer")
	for days in (29, 58, 87):
		clock.set(f"+{days}d")
		equal(town.again(noa).me["id"], noa.me["id"], f"after {days} days, each use 29 after the last")
	with refused("unauthorised"):
		town.again(omer)
	clock.set("+118d")
	with refused("unauthorised"):
		town.again(noa)


def test_a_nudge_is_good_for_ten_minutes():
	clock, house, town = given_clock()
	noa = town.guest("Noa")
	one, other = talk.words("nudge"), talk.words("nudge")
	first, second = noa.post(town.forum, one)["nudge"], noa.post(town.forum, other)["nudge"]
	clock.set("+9m")
	noa.say(town.forum, one, nudge=first)
	clock.set("+11m")
	equal(noa.post(town.forum, other, nudge=second)["status"], "nudged", "after eleven minutes")


def given_held(clock, house, town):
	noa, dana = town.guest("Noa"), town.moderator()
	noa.call("inbox.join")
	held = noa.post(town.forum, talk.words("hold"))
	equal(held["status"], "held", "status")
	return noa, dana, held


def test_a_hold_that_nobody_looked_at_ends_as_it_said():
	clock, house, town = given_clock()
	noa, dana, held = given_held(clock, house, town)
	clock.set("+2d")
	if held["held"]["then"] == "returned":
		noa.wait_event("post_rejected", where=lambda event: held["id"] in talk.dump(event), timeout=20)
		talk.wait_until(lambda: not dana.call("desk.queue", circle=town.forum)["items"], "the queue is empty")
	else:
		equal(held["held"]["then"], "stays", "a hold for its words is never published by time")
		check(dana.call("desk.queue", circle=town.forum)["items"], "it waits on")
	check(held["id"] not in talk.dump(noa.history(town.forum)), "it was published unseen")


def test_time_in_which_the_server_was_down_does_not_count():
	clock, house, town = given_clock()
	noa, dana, held = given_held(clock, house, town)
	house.kill()
	clock.set("+2d")
	house.start()
	dana, noa = town.again(dana), town.again(noa)
	item = talk.queue_item(dana, town.forum, held["id"])
	dana.call("desk.release", item=talk.item_id(item), key="d")
	check(held["id"] in talk.dump(noa.history(town.forum)), "released after two days of downtime")


talk.main()
