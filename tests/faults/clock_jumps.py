#!/usr/bin/python3
"""The wall clock jumps by a day, forth and back; the discussion goes on."""
import glob
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal


@talk.within(60)
def test_a_jump_of_the_clock_loses_nobody_and_nothing():
	found = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
	if not found:
		talk.skip("the package faketime is not installed")
	stamp = pathlib.Path(talk.tempfile.mkdtemp(prefix="maagal-clock-")) / "stamp"
	talk._now.folders.append(stamp.parent)
	stamp.write_text("+0")
	house = talk.serve("limits=0", env={"LD_PRELOAD": found[0], "FAKETIME_TIMESTAMP_FILE": str(stamp), "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
	town = talk.given_process(house)
	noa, omer = town.guest("Noa"), town.guest("Omer")
	omer.join(town.forum)
	days = []
	for i, offset in enumerate(("+0", "+1d", "-2d", "+0", "+20d", "+0")):
		stamp.write_text(offset)
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
