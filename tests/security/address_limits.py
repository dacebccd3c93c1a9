#!/usr/bin/python3
"""How much one place may take, and what happens beyond: connections, new connections a minute, bytes a
second, and the house's own fullness. Places are told apart as 127.0.0.N, or as a trusted proxy names them."""
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import rawws
from rawws import TEXT, check, equal, frame, request

HERE, THERE = ("127.0.0.2", 0), ("127.0.0.3", 0)


def try_open(door, **more):
	link = door.connect(more.pop("address", None), more.pop("source", None))
	link.send(request(**more))
	return link, link.read_head()[0]


def test_connections_from_one_place_are_counted_and_others_are_not_touched():
	with rawws.Door("connections_per_address=5", limits=True) as door:
		links = [door.open(source=HERE) for _ in range(5)]
		link, status = try_open(door, source=HERE)
		equal(status, 429)
		equal(link.read_all()[-22:], b"429 Too Many Requests\n")
		equal(try_open(door, source=THERE)[1], 101, "another place")
		links.pop().close()
		rawws.wait_until(lambda: try_open(door, source=HERE)[1] == 101, "room again")


def test_plain_connections_count_too():
	with rawws.Door("connections_per_address=3", limits=True) as door:
		halves = [door.connect(source=HERE) for _ in range(3)]
		for half in halves:
			half.send(b"GET")
		rawws.wait_until(lambda: try_open(door, source=HERE)[1] == 429, "refused")


def test_new_connections_a_minute_are_counted():
	with rawws.Door("handshakes_per_address_per_minute=10", limits=True) as door:
		statuses = []
		for _ in range(14):
			link, status = try_open(door, source=HERE)
			statuses.append(status)
			link.close()
		equal(statuses, [101] * 10 + [429] * 4)
		equal(try_open(door, source=THERE)[1], 101)


def test_a_trusted_proxy_names_the_place():
	with tempfile.TemporaryDirectory() as folder:
		path = folder + "/door.sock"
		with rawws.Door("connections_per_address=2", "trusted_proxy=true", f"unix_socket={path}", limits=True) as door:
			for address in (None, path):
				kept = [door.open(address=address, X_Forwarded_For="192.0.2.1") for _ in range(2)]
				equal(try_open(door, address=address, X_Forwarded_For="192.0.2.1")[1], 429)
				equal(try_open(door, address=address, X_Forwarded_For="192.0.2.9, 192.0.2.1")[1], 429, "the last one counts")
				equal(try_open(door, address=address, X_Forwarded_For=["192.0.2.9", "192.0.2.1"])[1], 429, "the last line counts")
				equal(try_open(door, address=address, X_Forwarded_For="::ffff:192.0.2.1")[1], 429, "written as IPv6")
				equal(try_open(door, address=address, X_Forwarded_For="192.0.2.1, 192.0.2.2")[1], 101, "another")
				for link in kept:
					link.close()
				rawws.wait_until(lambda: try_open(door, address=address, X_Forwarded_For="192.0.2.1")[1] == 101, "room again")


def test_an_IPv6_network_is_one_place():
	with rawws.Door("connections_per_address=1", "trusted_proxy=true", limits=True) as door:
		kept = door.open(X_Forwarded_For="2001:db8:1:2::7")
		equal(try_open(door, X_Forwarded_For="2001:db8:1:2:ffff::8")[1], 429)
		equal(try_open(door, X_Forwarded_For="[2001:db8:1:2::9]:4711")[1], 429)
		equal(try_open(door, X_Forwarded_For="2001:db8:1:3::7")[1], 101)
		kept.close()


def test_what_is_no_address_is_one_place_too():
	with rawws.Door("connections_per_address=1", "trusted_proxy=true", limits=True) as door:
		kept = door.open(X_Forwarded_For="unknown")
		for odd in ("somebody", "' OR 1=1", "1.2.3.4.5", "x" * 300, "192.0.2.1:80:80"):
			equal(try_open(door, X_Forwarded_For=odd)[1], 429, odd)
		kept.close()


def test_without_trust_the_header_means_nothing():
	with rawws.Door("connections_per_address=1", limits=True) as door:
		kept = door.open(source=HERE, X_Forwarded_For="192.0.2.1")
		equal(try_open(door, source=HERE, X_Forwarded_For="192.0.2.2")[1], 429)
		kept.close()


def test_a_flood_of_refused_ones_keeps_nobody_out():
	with rawws.Door("connections_per_address=1", limits=True) as door:
		kept = door.open(source=HERE)
		flood = []
		for _ in range(600):
			flood.append(door.connect(source=HERE))
		link, status = try_open(door, source=THERE)
		equal(status, 101)
		link.send(frame(TEXT, b"hello"))
		equal(link.read_frame(), (TEXT, b"hello"))
		told = sum(one.read_head()[0] == 429 for one in flood)
		check(told >= 50, f"{told} were told why")
		kept.close()


def test_who_sends_too_many_bytes_a_second_is_closed_with_1008():
	with rawws.Door("bytes_per_second=10000", "bytes_burst=50000", limits=True) as door:
		link = door.open()
		for _ in range(4):
			link.send(frame(TEXT, b"x" * 10000))
			equal(link.read_frame()[1], b"x" * 10000)
		for _ in range(4):
			link.send(frame(TEXT, b"x" * 10000))
		opcode = TEXT
		while opcode == TEXT:
			opcode, payload = link.read_frame()
		equal((opcode, payload[:2]), (rawws.CLOSE, b"\x03\xf0"))
		patient = door.open()
		for _ in range(8):
			patient.send(frame(TEXT, b"y" * 5000))
			equal(patient.read_frame()[1], b"y" * 5000)


def test_beyond_all_connections_a_WebSocket_is_told_1013_and_a_page_503():
	with rawws.Door("connections_most=10", limits=True) as door:
		links = [door.open() for _ in range(10)]
		link, status = try_open(door)
		equal(status, 101)
		equal(link.read_close(), 1013)
		page = door.connect()
		page.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		equal(page.read_answer()[0], 503)
		links.pop().close()

		def is_welcome():
			link, _ = try_open(door)
			link.send(frame(TEXT, b"hello"))
			return link.read_frame()[0] == TEXT
		rawws.wait_until(is_welcome, "room again")


def test_far_beyond_all_connections_it_is_cut_and_nobody_inside_notices():
	with rawws.Door("connections_most=10", limits=True) as door:
		inside = door.open()
		crowd = [door.connect() for _ in range(500)]
		inside.send(frame(TEXT, b"hello"))
		begin = time.monotonic()
		equal(inside.read_frame(), (TEXT, b"hello"))
		check(time.monotonic() - begin < 1, "delayed")
		equal(crowd[-1].read_head()[0] in (503, None), True)
		for one in crowd:
			one.close()


def test_when_descriptors_run_out_it_goes_on():
	import resource
	with rawws.Door() as door:
		resource.prlimit(door.process.pid, resource.RLIMIT_NOFILE, (60, 60))
		inside = door.open()
		crowd = [door.connect() for _ in range(120)]
		ticks = cpu_ticks(door)
		inside.send(frame(TEXT, b"hello"))
		equal(inside.read_frame(), (TEXT, b"hello"))
		time.sleep(0.5)	# what is measured: that it does not spin meanwhile
		check(cpu_ticks(door) - ticks < 20, "it spins")
		for one in crowd:
			one.close()
		rawws.wait_until(lambda: try_open(door)[1] == 101, "room again")


def cpu_ticks(door):
	fields = open(f"/proc/{door.process.pid}/stat").read().rpartition(")")[2].split()
	return int(fields[11]) + int(fields[12])


rawws.main()
