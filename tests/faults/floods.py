#!/usr/bin/python3
"""One client floods; the others are served."""
import pathlib
import statistics
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal


def pings(client, n):
	times = []
	for _ in range(n):
		began = time.monotonic()
		client.call("session.ping")
		times.append(time.monotonic() - began)
	return times


def flood_with(server, payloads, opened, stop):
	"""Sends as fast as it may, in a thread, reading what comes; reconnects when put out."""
	def run():
		while not stop.is_set():
			try:
				wire = talk.Wire(server, timeout=5)
				if opened:
					wire.call("session.open", name="Flood")
				wire.sock.settimeout(0.2)
				while not stop.is_set():
					for payload in payloads:
						wire.send_text(payload)
					wire.sock.setblocking(False)
					try:
						while wire.sock.recv(1 << 20):
							pass
						break
					except BlockingIOError:
						pass
					finally:
						wire.sock.settimeout(0.2)
			except (OSError, talk.Failed, talk.RpcError):
				stop.wait(0.01)
	thread = threading.Thread(target=run, daemon=True)
	thread.start()
	return thread


def under(server, payloads, opened=True, n=60):
	town = talk.given_process(server)
	noa, omer = town.guest("Noa"), town.guest("Omer")
	omer.join(town.forum)
	stop = threading.Event()
	thread = flood_with(server, payloads, opened, stop)
	try:
		times = pings(noa, n)
		answer = noa.say(town.forum, "Heard through the flood")
		omer.wait_seq(f"circle/{town.forum}", answer["seq"])
	finally:
		stop.set()
		thread.join(5)
	check(statistics.median(times) < 0.1 * talk.PATIENCE and max(times) < 1.0 * talk.PATIENCE,
		f"pings took {statistics.median(times) * 1000:.0f} ms in the middle, {max(times) * 1000:.0f} at most")
	server.guest("New").call("session.ping")


def test_a_flood_of_requests_delays_nobody():
	under(talk.shared("limits=0"), ['{"jsonrpc":"2.0","id":%d,"method":"session.ping"}' % i for i in range(200)])


def test_a_flood_of_rubbish_delays_nobody():
	under(talk.shared("limits=0"), ["nonsense", "[" * 30000, '{"a":' * 9000, "{}", "[]", '{"x":"' + "y" * 60000 + '"}'])


def test_a_flood_of_keys_and_numbers_delays_nobody():
	many = "{" + ",".join(f'"k{i}":{i}' for i in range(5000)) + "}"
	under(talk.shared("limits=0"), ['{"jsonrpc":"2.0","id":1,"method":"session.ping","params":%s}' % many])


def test_a_flood_before_opening_delays_nobody():
	under(talk.shared("limits=0"), ['{"jsonrpc":"2.0","id":%d,"method":"circle.join","params":{"circle":"x"}}' % i for i in range(200)], opened=False)


def test_a_flood_under_the_default_limits_hinders_only_its_maker():
	under(talk.shared(), ['{"jsonrpc":"2.0","id":%d,"method":"history.read","params":{"circle":"x"}}' % i for i in range(200)], n=20)


HARD = ["a" * 8000, "ab" * 4000, "a " * 4000, "א ב " * 2000, "e" + "\u0301" * 7999, "שָ" * 4000, "\u200d" * 7999 + "a", "i d i o t " * 800, "idi" * 2666, "idio" * 2000,
	"you " * 2000, "youyou are are " * 530, "http://" * 1140, "a.b" * 2666, "@" * 8000, "((((" * 2000, "!?" * 4000, "k1ll " * 1600, "ﷺ" * 8000, "ﬁ" * 8000, "𝓀𝒾𝓁𝓁 " * 1600,
	"ki" + "l" * 7990, "f" + "\u200bu" * 3999, "\u202e" + "toidi " * 1300, "сука " * 1600, "كلب" * 2666, "ـ" * 7999 + "ك", "I will " * 1140, "go " * 2600 + "die", "\n" * 7999 + "x", "0" * 8000,
	"😀" * 8000, "a😀" * 4000, "\u1160" * 8000, "\ufdfa" * 8000]


def test_texts_that_are_hard_to_judge_delay_nobody():
	server = talk.shared("limits=0")
	town = talk.given_process(server)
	noa, omer = town.guest("Noa"), town.guest("Omer")
	slowest, others = (0.0, ""), 0.0
	for text in HARD:
		began = time.monotonic()
		asked = noa.ask("post.create", circle=town.forum, text=text, key=talk.unique())
		omer.call("session.ping")
		others = max(others, time.monotonic() - began)
		noa.result(asked)
		slowest = max(slowest, (time.monotonic() - began, text[:20]))
	check(slowest[0] < 0.5 * talk.PATIENCE, f"{slowest[1]!r}… took {slowest[0] * 1000:.0f} ms")
	check(others < 0.1 * talk.PATIENCE, f"another's ping took {others * 1000:.0f} ms")
	print(f"# the hardest took {slowest[0] * 1000:.0f} ms: {slowest[1]!r}…")
	for query in HARD[::3]:
		began = time.monotonic()
		try:
			noa.call("history.search", circle=town.forum, query=query[:200])
		except talk.RpcError as err:
			equal(err.name, "invalid_params", "refusal of a query")
		check(time.monotonic() - began < 0.5 * talk.PATIENCE, f"searching {query[:20]!r} took {time.monotonic() - began:.2f} s")


def test_a_flood_of_searches_delays_nobody():
	server = talk.shared("limits=0")
	town = talk.given_process(server)
	noa = town.guest("Noa")
	asked = [noa.ask("post.create", circle=town.forum, text=f"{i} " + "ab " * 1000, key=f"k{i}") for i in range(200)]
	for i in asked:
		noa.result(i)
	under(server, ['{"jsonrpc":"2.0","id":%d,"method":"history.search","params":{"circle":"%s","query":"a"}}' % (i, town.forum) for i in range(20)])


talk.main()
