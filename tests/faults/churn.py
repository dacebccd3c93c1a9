#!/usr/bin/python3
"""Two thousand connections come and go, politely and not; nothing is left behind."""
import os
import pathlib
import socket
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal

CONNECTIONS = 2000


def visit(server, town, n):
	"""One of nine ways to come and go."""
	way = n % 9
	if way == 0:	# nothing is said
		socket.create_connection(server.address, 10).close()
		return
	if way == 1:	# half a handshake
		with socket.create_connection(server.address, 10) as sock:
			sock.sendall(b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgr")
		return
	wire = talk.Wire(server)
	if way == 2:
		wire.reset()
		return
	wire.call("session.open", name=f"Guest {n}", accept=town.accept())
	if way >= 5:
		wire.call("circle.join", 2, circle=town.forum)
	if way == 6:
		wire.send_json({"jsonrpc": "2.0", "id": 3, "method": "post.create", "params": {"circle": town.forum, "text": f"In passing {n}", "key": "k"}})
		wire.answer(3)
	if way == 7:
		wire.send_frame(talk.TEXT, b'{"jsonrpc":', fin=False)
	if way in (3, 5, 6):
		wire.send_frame(talk.CLOSE, b"\x03\xe8")
		wire.read_close()
	if way == 8:
		wire.send_json({"jsonrpc": "2.0", "id": 3, "method": "history.read", "params": {"circle": town.forum}})
	wire.reset()


@talk.within(100)
def test_two_thousand_connections_come_and_go_and_nothing_is_left_behind():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa = town.guest("Noa")
	noa.join(town.forum)
	descriptors = lambda: len(os.listdir(f"/proc/{house.pid}/fd"))
	before, wrong = descriptors(), []

	def run(start):
		for n in range(start, CONNECTIONS, 8):
			try:
				visit(house, town, n)
			except Exception as err:
				wrong.append(f"{n} way {n % 9}: {err!r}")

	threads = [threading.Thread(target=run, args=(start,)) for start in range(8)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	equal(wrong, [], "visits that failed")
	last = noa.say(town.forum, "Still here")["seq"]
	noa.wait_seq(f"circle/{town.forum}", last)
	posted = [e for e in noa.history(town.forum) if e["kind"] == "posted"]
	equal(len(posted), len([n for n in range(CONNECTIONS) if n % 9 == 6]) + 1, "posts made in passing")
	talk.wait_until(lambda: descriptors() <= before + 4, f"descriptors fall back to {before}, are {descriptors()}", 20)


@talk.within(60)
def test_silent_connections_are_closed_in_time():
	house = talk.serve("limits=0")
	socks = [socket.create_connection(house.address, 10) for _ in range(50)]
	for n, sock in enumerate(socks):
		if n % 2:
			sock.sendall(b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n")
		sock.settimeout(40 * talk.PATIENCE)
	for sock in socks:
		try:
			while sock.recv(4096):
				pass
		except ConnectionError:
			pass
		sock.close()


talk.main()
