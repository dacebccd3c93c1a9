#!/usr/bin/python3
"""A reader who does not read costs bounded memory, delays nobody, is put out kindly, and can catch up."""
import pathlib
import re
import select
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


def given_readers(house, town, n):
	readers, resumes = [talk.Wire(house, receive_buffer=4096) for _ in range(n)], []
	for wire in readers:
		resumes.append(wire.call("session.open", name="Slow", accept=town.accept())["resume"])
		wire.call("circle.join", 2, circle=town.forum)
	return readers, resumes


def is_cut(wire):
	"""Whether the server has ended the connection, without reading from it."""
	poll = select.poll()
	poll.register(wire.sock, 0)
	return any(what & (select.POLLHUP | select.POLLERR) for _, what in poll.poll(0))


def read_out(wire):
	"""What had still got through: the seqs, and how it ended."""
	seqs = []
	try:
		while True:
			message = wire.read_json()
			if message.get("method") == "event":
				seqs.append(message["params"]["seq"])
	except talk.Closed as err:
		return seqs, err.code
	except ConnectionError:
		return seqs, None


@talk.within(100)
def test_a_reader_who_never_reads_is_put_out_and_the_others_are_served():
	house = talk.serve("limits=0", "slow_reader_ms=2000")
	town = talk.given_process(house)
	noa, fast = town.guest("Noa"), town.guest("Fast")
	slow, resumes = given_readers(house, town, 5)
	fast.join(town.forum)
	before = memory(house.pid)
	last = flood(noa, town.forum, 2500)
	fast.wait_seq(f"circle/{town.forum}", last, 30)
	grown = memory(house.pid) - before
	check(grown < 96 << 20 or talk.PATIENCE > 1, f"{grown >> 20} MiB more for 5 slow readers of {2500 * len(TEXT) >> 20} MiB")
	began = time.monotonic()
	noa.call("session.ping")
	check(time.monotonic() - began < 1 * talk.PATIENCE, "a ping waits")
	for wire in slow:
		talk.wait_until(lambda: is_cut(wire), "a reader who takes nothing is put out", 15)
		seqs, code = read_out(wire)
		equal(seqs, list(range(1, len(seqs) + 1)), "what had got through")
		check(len(seqs) < last and code in (1013, None), f"put out with {code} after {len(seqs)}")
	again = house.client().open(resume=resumes[0])
	events = again.join_all(town.forum, after=last - 30)
	equal([e["seq"] for e in events], list(range(last - 29, last + 1)), "catching up")
	noa.say(town.forum, "Live again")
	again.wait_event("posted")


@talk.within(60)
def test_a_reader_who_pauses_and_reads_on_misses_nothing():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa = town.guest("Noa")
	(slow,), (resume,) = given_readers(house, town, 1)
	last = flood(noa, town.forum, 1000)
	seqs = []
	try:
		while not seqs or seqs[-1] < last:
			message = slow.read_json()
			if message.get("method") == "event":
				seqs.append(message["params"]["seq"])
	except talk.Closed as err:
		equal(err.code, 1013, "close code")
		seqs += [e["seq"] for e in house.client().open(resume=resume).join_all(town.forum, after=seqs[-1] if seqs else 0)]
	equal(seqs, list(range(1, last + 1)), "seqs")


@talk.within(60)
def test_a_reader_who_never_reads_does_not_keep_the_server_from_ending():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa = town.guest("Noa")
	given_readers(house, town, 3)
	flood(noa, town.forum, 600)
	began = time.monotonic()
	house.terminate()
	equal(house.wait_exit(20), 0, "exit status")
	check(time.monotonic() - began < 12 * talk.PATIENCE, f"ended after {time.monotonic() - began:.1f} s")


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
	check(grown < 160 << 20 or talk.PATIENCE > 1, f"{grown >> 20} MiB more after {sent} requests unread")
	noa.call("session.ping")
	noa.say(town.forum, "Not hindered")


talk.main()
