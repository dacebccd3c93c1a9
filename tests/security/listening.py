#!/usr/bin/python3
"""Where the door listens: there, and nowhere else."""
import os
import pathlib
import socket
import stat
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import rawws
from rawws import TEXT, check, equal, frame


def listeners(door):
	"""[(address in hex, port)] of the process's listening TCP sockets, by its own descriptors."""
	inodes = set()
	for fd in os.listdir(f"/proc/{door.process.pid}/fd"):
		try:
			target = os.readlink(f"/proc/{door.process.pid}/fd/{fd}")
		except OSError:
			continue
		if target.startswith("socket:["):
			inodes.add(target[8:-1])
	found = []
	for table in ("tcp", "tcp6"):
		for line in open(f"/proc/{door.process.pid}/net/{table}").readlines()[1:]:
			fields = line.split()
			if fields[3] == "0A" and fields[9] in inodes:
				address, port = fields[1].split(":")
				found.append((address, int(port, 16)))
	return found


def test_127_0_0_1_means_127_0_0_1():
	with rawws.Door() as door:
		equal(listeners(door), [("0100007F", door.address[1])])
		for other in ("127.0.0.2", "::1"):
			try:
				door.connect((other, door.address[1]))
			except OSError:
				continue
			raise rawws.Failed(f"{other} answers")


def test_IPv6_loopback_means_itself():
	with rawws.Door("listen=[::1]:0") as door:
		check(door.url.startswith("http://[::1]:"), door.url)
		equal([a for a, _ in listeners(door)], ["00000000000000000000000001000000"])
		link = door.open()
		link.send(frame(TEXT, b"x"))
		equal(link.read_frame(), (TEXT, b"x"))


def test_every_address_is_every_address_of_its_kind():
	with rawws.Door("listen=0.0.0.0:0") as door:
		door.open(address=("127.0.0.5", door.address[1]))
	with rawws.Door("listen=[::]:0") as door:
		door.open(address=("127.0.0.1", door.address[1]))
		door.open(address=("::1", door.address[1]))


def test_a_port_of_0_becomes_a_real_one():
	with rawws.Door() as one, rawws.Door() as two:
		check(one.address[1] > 0 and one.address != two.address)


def test_what_is_no_address_stops_the_start_with_a_sentence():
	for wrong in ("here", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:8484x", "256.0.0.1:80", "[::1]", "::1:80", "[127.0.0.1]:80", ":8484"):
		try:
			rawws.Door(f"listen={wrong}").stop()
		except rawws.Failed as error:
			check("listen" in str(error), str(error))
			continue
		raise rawws.Failed(f"listen={wrong} was taken")


def test_a_port_in_use_stops_the_start_with_a_sentence():
	with rawws.Door() as door:
		try:
			rawws.Door(f"listen=127.0.0.1:{door.address[1]}")
		except rawws.Failed as error:
			check("in use" in str(error), str(error))
			return
		raise rawws.Failed("two on one port")


def test_the_unix_socket_is_for_owner_and_group_and_is_cleared_away():
	with tempfile.TemporaryDirectory() as folder:
		path = folder + "/door.sock"
		with rawws.Door(f"unix_socket={path}") as door:
			equal(stat.S_IMODE(os.stat(path).st_mode), 0o660)
			link = door.open(address=path)
			link.send(frame(TEXT, b"x"))
			equal(link.read_frame(), (TEXT, b"x"))
			try:
				rawws.Door(f"unix_socket={path}").stop()
				raise rawws.Failed("two on one socket")
			except rawws.Failed as error:
				check("in use" in str(error), str(error))
		check(not os.path.exists(path), "left behind")


def test_a_socket_left_by_a_dead_process_is_replaced_and_a_file_is_not():
	with tempfile.TemporaryDirectory() as folder:
		path = folder + "/door.sock"
		with socket.socket(socket.AF_UNIX) as dead:
			dead.bind(path)
		with rawws.Door(f"unix_socket={path}") as door:
			door.open(address=path).close()
		pathlib.Path(path).write_text("precious")
		try:
			rawws.Door(f"unix_socket={path}").stop()
		except rawws.Failed as error:
			check("unix_socket" in str(error))
		equal(pathlib.Path(path).read_text(), "precious")


def test_after_stopping_nobody_can_come_in():
	door = rawws.Door("ping_after_ms=0")
	link = door.open()
	link.send(frame(TEXT, b"!stop"))
	link.read_frame()
	try:
		door.connect()
	except ConnectionRefusedError:
		link.close()
		door.stop()
		return
	raise rawws.Failed("it still accepts")


rawws.main()
