#!/usr/bin/python3
"""A reader who does not read costs bounded memory, delays nobody, is put out kindly, and can catch up."""
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal

TEXT = "A long contribution to the discussion of the budget. " * 140


def memory(pid):
	return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) * 1024


def flood(noa, circle, posts):
	last = 0
	for start in range(0, posts, 50):
		asked = [noa.ask("post.create", circle=circle, text=f"{i} {TEXT}", key=f"f{i}") for i in range(start, min(posts, start + 50))]
		for i in asked:
			answer = noa.result(i)
			equal(answer["status"], "posted", "status")
			last = answer["seq"]
	return last


@talk.within(100)
def test_a_reader_who_never_reads_is_put_out_and_the_others_are_served():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa, fast = town.guest("Noa"), town.guest("Fast")
	slow = [talk.Wire(house, receive_buffer=4096) for _ in range(5)]
	resumes = []
	for wire in slow:
		resumes.append(wire.call("session.open", name="Slow", accept=town.accept())["resume"])
		wire.call("circle.join", 2, circle=town.forum)
	fast.join(town.forum)
	before = memory(house.pid)
	last = flood(noa, town.forum, 2500)
	fast.wait_seq(f"circle/{town.forum}", last, 30)
	grown = memory(house.pid) - before
	check(grown < 160 << 20, f"{grown >> 20} MiB more for 5 slow readers of {2500 * len(TEXT) >> 20} MiB")
	began = time.monotonic()
	noa.call("session.ping")
	check(time.monotonic() - began < 1, "a ping waits")
	for wire, resume in zip(slow, resumes):
		got, code = 0, None
		try:
			while True:
				message = wire.read_json()
				if message.get("method") == "event":
					got = message["params"]["seq"]
					check(got != last, "the server kept everything for a reader who did not read")
		except talk.Closed as err:
			code = err.code
		except ConnectionError:
			pass
		check(code in (1013, None), f"put out with {code}")
	again = house.client().open(resume=resumes[0])
	events = again.join_all(town.forum, after=last - 30)
	equal([e["seq"] for e in events], list(range(last - 29, last + 1)), "catching up")
	noa.say(town.forum, "Live again")
	again.wait_event("posted")


@talk.within(60)
def test_a_reader_who_asks_for_much_and_reads_nothing_is_put_out():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa = town.guest("Noa")
	flood(noa, town.forum, 50)
	greedy = talk.Wire(house, receive_buffer=4096, timeout=20)
	greedy.call("session.open", name="Greedy")
	before = memory(house.pid)
	sent = 0
	try:
		greedy.sock.settimeout(3 * talk.PATIENCE)
		for i in range(20000):
			greedy.send_json({"jsonrpc": "2.0", "id": i + 10, "method": "history.read", "params": {"circle": town.forum}})
			sent += 1
	except OSError:
		pass
	grown = memory(house.pid) - before
	check(grown < 160 << 20, f"{grown >> 20} MiB more after {sent} requests unread")
	noa.call("session.ping")
	noa.say(town.forum, "Not hindered")


talk.main()
