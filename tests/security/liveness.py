#!/usr/bin/python3
"""Who is still there: pings, silence, messages that do not end, readers that do not read."""
import pathlib
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import rawws
from rawws import CLOSE, CONTINUES, PING, PONG, TEXT, check, close_frame, equal, frame


def test_a_silent_peer_is_pinged_and_lives_if_it_answers():
	with rawws.Door("ping_after_ms=300", "pong_within_ms=400") as door:
		link = door.open()
		begin = time.monotonic()
		for _ in range(4):
			equal(link.read_frame(), (PING, b""))
			link.send(frame(PONG))
		check(1.0 < time.monotonic() - begin < 4, "a ping every 300 ms of silence")


def test_a_peer_that_never_pongs_is_closed():
	with rawws.Door("ping_after_ms=300", "pong_within_ms=300") as door:
		link = door.open()
		begin = time.monotonic()
		equal(link.read_frame(), (PING, b""))
		equal(link.read_close(), 1008)
		check(0.5 < time.monotonic() - begin < 3)
		rawws.wait_until(lambda: door.figures()["peers"] == 1, "it is gone")


def test_talk_is_as_good_as_a_pong():
	with rawws.Door("ping_after_ms=300", "pong_within_ms=300") as door:
		link = door.open()
		end = time.monotonic() + 1.5
		while time.monotonic() < end:
			link.send(frame(TEXT, b"still here"))
			equal(link.read_frame(), (TEXT, b"still here"))
			time.sleep(0.1)


def test_a_frame_that_trickles_is_no_sign_of_life():
	with rawws.Door("ping_after_ms=300", "pong_within_ms=300") as door:
		link = door.open()
		link.send(frame(TEXT, b"x" * 60000)[:200])
		begin = time.monotonic()
		while time.monotonic() - begin < 10 and not link.is_ended():
			link.send(b"x")
			time.sleep(0.05)
		check(time.monotonic() - begin < 5, "it is still there")


def test_pings_may_be_switched_off():
	with rawws.Door("ping_after_ms=0") as door:
		link = door.open()
		time.sleep(0.5)	# that nothing comes cannot be waited for otherwise
		link.send(frame(TEXT, b"x"))
		equal(link.read_frame(), (TEXT, b"x"))


def test_a_slow_reader_gets_everything_in_order_and_delays_nobody():
	with rawws.Door() as door:
		slow = door.connect()
		slow.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
		slow.send(rawws.request())
		equal(slow.read_head()[0], 101)
		slow.send(frame(TEXT, b"!flood 5000000"))
		quick = door.open()
		for _ in range(20):
			begin = time.monotonic()
			quick.send(frame(TEXT, b"quick"))
			equal(quick.read_frame(), (TEXT, b"quick"))
			check(time.monotonic() - begin < 0.5, "delayed")
		count = 0
		for _ in range(5000):
			opcode, payload = slow.read_frame()
			equal((opcode, len(payload)), (TEXT, 1000))
			count += len(payload)
		equal(count, 5000000)


def test_a_reader_that_does_not_read_and_goes_on_sending_does_not_make_it_spin():
	with rawws.Door("ping_after_ms=60000") as door:
		deaf = door.open()
		deaf.send(frame(TEXT, b"!flood 50000000"))
		rawws.wait_until(lambda: door.figures()["bytes_out"] > 100000, "it is choked")
		deaf.sock.settimeout(0.2)
		try:
			for _ in range(5000):
				deaf.sock.sendall(frame(PING, b"x" * 100) * 10)
		except TimeoutError:
			pass
		ticks = cpu_ticks(door)
		time.sleep(1)	# what is measured: work during a second in which nothing can be done
		check(cpu_ticks(door) - ticks < 20, f"{cpu_ticks(door) - ticks} ticks of a hundred")
		other = door.open()
		other.send(frame(TEXT, b"hello"))
		equal(other.read_frame(), (TEXT, b"hello"))


def test_a_reader_that_never_reads_is_cut_after_a_while():
	with rawws.Door("ping_after_ms=400", "pong_within_ms=400") as door:
		deaf = door.open()
		deaf.send(frame(TEXT, b"!flood 50000000"))
		rawws.wait_until(lambda: door.figures()["peers"] == 1, "it is gone")


def test_a_deaf_peer_that_is_closed_is_cut_though_its_Close_cannot_leave():
	door = rawws.Door("ping_after_ms=0")
	deaf = door.open()
	deaf.send(frame(TEXT, b"!flood 50000000"))
	rawws.wait_until(lambda: door.figures()["bytes_out"] > 100000, "it is choked")
	begin = time.monotonic()
	door.stop()	# closes everybody and ends only when all have gone
	check(2 < time.monotonic() - begin < 8, "not after the three seconds that it is given")


def test_a_slow_reader_that_is_closed_gets_all_that_was_said_before_and_then_1013():
	with rawws.Door() as door:
		slow = door.open()
		slow.send(frame(TEXT, b"!flood 300000") + frame(TEXT, b"!figures"))
		opcode, payload = slow.read_frame()
		while not payload.startswith(b"{"):
			equal(len(payload), 1000)
			opcode, payload = slow.read_frame()
		slow.send(frame(TEXT, b"!close 1013"))
		while opcode == TEXT:
			opcode, payload = slow.read_frame()
		equal((opcode, payload[:2]), (CLOSE, b"\x03\xf5"))


def test_a_peer_that_vanishes_while_choked_is_noticed():
	with rawws.Door("ping_after_ms=60000") as door:
		gone = door.open()
		gone.send(frame(TEXT, b"!flood 50000000"))
		rawws.wait_until(lambda: door.figures()["bytes_out"] > 100000, "it is choked")
		gone.close()
		rawws.wait_until(lambda: door.figures()["peers"] == 1, "it is gone")


def test_two_thousand_peers_that_leave_at_once_are_all_gone():
	with rawws.Door() as door:
		links = [door.open() for _ in range(2000)]
		begin = time.monotonic()
		for i, link in enumerate(links):
			if i % 3 == 0:
				link.send(close_frame(1000))
			elif i % 3 == 1:
				link.send(frame(TEXT, b"half", fin=False))
			link.close()
		rawws.wait_until(lambda: door.figures()["connections"] == 1, "all are gone")
		check(time.monotonic() - begin < 20)


def cpu_ticks(door):
	fields = open(f"/proc/{door.process.pid}/stat").read().rpartition(")")[2].split()
	return int(fields[11]) + int(fields[12])


rawws.main()
