#!/usr/bin/python3
"""The wall clock jumps by a day, forth and back; the discussion goes on."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal


@talk.within(60)
def test_a_jump_of_the_clock_loses_nobody_and_nothing():
	clock = talk.Clock()
	house = talk.serve("limits=0", env=clock.env)
	town = talk.given_process(house)
	noa, omer = town.guest("Noa"), town.guest("Omer")
	omer.join(town.forum)
	days = []
	for i, offset in enumerate(("+0", "+1d", "-2d", "+0", "+20d", "+0")):
		clock.set(offset)
		said = noa.say(town.forum, f"At {offset}, {i}", f"k{i}")
		event = omer.wait_event("posted")
		equal(event["seq"], said["seq"], "seq")
		days.append(event["at"])
		equal(noa.post(town.forum, f"At {offset}, {i}", f"k{i}"), said, "the key holds")
		town.again(noa).call("session.ping")
	check(days[1][:10] > days[0][:10] or days[4][:10] > days[0][:10], f"the clock of the server did jump: {days}")
	noa.call("session.ping")
	house.restart(kill=True)
	equal(len([e for e in town.again(noa).history(town.forum) if e["kind"] == "posted"]), 6, "posts")


talk.main()
