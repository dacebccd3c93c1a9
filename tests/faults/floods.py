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


def test_a_flood_of_searches_delays_nobody():
	server = talk.shared("limits=0")
	town = talk.given_process(server)
	noa = town.guest("Noa")
	asked = [noa.ask("post.create", circle=town.forum, text=f"{i} " + "ab " * 1000, key=f"k{i}") for i in range(200)]
	for i in asked:
		noa.result(i)
	under(server, ['{"jsonrpc":"2.0","id":%d,"method":"history.search","params":{"circle":"%s","query":"a"}}' % (i, town.forum) for i in range(20)])


talk.main()
