#!/usr/bin/python3
"""All come back at once after a fall, and all are soon where they were."""
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal

PEOPLE = 300


@talk.within(90)
def test_three_hundred_reconnect_at_once_and_miss_nothing():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa = town.guest("Noa")
	for i in range(40):
		noa.say(town.forum, f"Before the fall {i}")
	resumes = []
	for i in range(PEOPLE):
		wire = talk.Wire(house)
		resumes.append(wire.call("session.open", name=f"Guest {i}")["resume"])
		wire.call("circle.join", 2, circle=town.forum)
		wire.reset()
	house.restart(same_port=True, kill=True)
	noa = town.again(noa)
	wrong, late, pictures = [], [], set()
	began = time.monotonic()
	done = threading.Barrier(9)
	last = []

	def come_back(start):
		wires = []
		try:
			for resume in resumes[start::8]:
				wire = talk.Wire(house)
				wire.call("session.open", resume=resume)
				page = wire.call("circle.join", 2, circle=town.forum, after=10)
				wires.append((wire, [e["seq"] for e in page["events"]], page["more"]))
			done.wait(60)
			done.wait(60)
			for wire, seqs, more in wires:
				check(not more, "a page of 30 short posts is one page")
				while not seqs or seqs[-1] < last[0]:
					message = wire.read_json()
					if message.get("method") == "event":
						seqs.append(message["params"]["seq"])
				pictures.add(tuple(seqs))
				wire.close()
		except Exception as err:
			wrong.append(repr(err))
			done.abort()

	threads = [threading.Thread(target=come_back, args=(start,)) for start in range(8)]
	for thread in threads:
		thread.start()
	try:
		done.wait(60)
		late.append(time.monotonic() - began)
		last.append(noa.say(town.forum, "After the fall")["seq"])
		done.wait(60)
	except threading.BrokenBarrierError:
		pass
	for thread in threads:
		thread.join()
	equal(wrong, [], "those who did not come back")
	check(late[0] < 20 * talk.PATIENCE, f"all were back after {late[0]:.1f} s")
	equal(pictures, {tuple(range(11, last[0] + 1))}, "what they got")


talk.main()
