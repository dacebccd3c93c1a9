#!/usr/bin/python3
"""Few file descriptors: who is in is served, who comes too many is told or refused, and later there is room again."""
import pathlib
import resource
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal


def crowd(house, n):
	inside, outside = [], 0
	for _ in range(n):
		try:
			wire = talk.Wire(house, timeout=5)
			wire.call("session.open", name="Crowd")
			inside.append(wire)
		except (OSError, talk.Closed):
			outside += 1
	return inside, outside


@talk.within(100)
def test_too_many_connections_for_the_descriptors_hinder_nobody_who_is_in():
	house = talk.serve("limits=0", start=False)
	before = resource.getrlimit(resource.RLIMIT_NOFILE)
	resource.setrlimit(resource.RLIMIT_NOFILE, (100, before[1]))
	try:
		house.start()
	finally:
		resource.setrlimit(resource.RLIMIT_NOFILE, before)
	resource.prlimit(house.pid, resource.RLIMIT_NOFILE, (100, 100))
	town = talk.given_process(house)
	noa, omer = town.guest("Noa"), town.guest("Omer")
	omer.join(town.forum)
	inside, outside = crowd(house, 130)
	check(outside > 0 and len(inside) > 20, f"{len(inside)} inside, {outside} outside at 100 descriptors")
	said = noa.say(town.forum, "Through the crowd")
	omer.wait_seq(f"circle/{town.forum}", said["seq"])
	noa.call("history.read", circle=town.forum)
	for wire in inside:
		wire.close()
	talk.wait_until(lambda: crowd_of_one(house), "there is room again", 20)
	noa.say(town.forum, "After the crowd")


def crowd_of_one(house):
	inside, _ = crowd(house, 1)
	for wire in inside:
		wire.close()
	return inside


talk.main()
