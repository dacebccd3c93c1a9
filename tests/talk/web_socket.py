#!/usr/bin/python3
"""RFC 6455: fragments, pings, closing; what breaks it gets the close code that it names."""
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal

PING = '{"jsonrpc":"2.0","id":1,"method":"session.open","params":{"name":"Noa"}}'


def server():
	return talk.shared("limits=0")


def wire(**more):
	return talk.Wire(server(), **more)


def test_a_request_may_come_in_fragments_with_a_ping_in_between():
	link = wire()
	data = PING.encode()
	link.send_frame(talk.TEXT, data[:10], fin=False)
	link.send_frame(talk.PING, b"between")
	link.send_frame(0, data[10:11], fin=False)
	link.send_frame(0, b"", fin=False)
	link.send_frame(0, data[11:])
	fin, opcode, payload = link.read_frame()
	equal((fin, opcode, payload), (True, talk.PONG, b"between"), "pong")
	check("result" in link.answer(1), "answer")


def test_every_ping_is_answered_with_its_own_words():
	link = wire()
	for i in range(10):
		link.send_frame(talk.PING, b"%d" % i)
	pongs = []
	while len(pongs) < 10 and b"9" not in pongs:
		_, opcode, payload = link.read_frame()
		if opcode == talk.PONG:
			pongs.append(payload)
	check(pongs and pongs[-1] == b"9", f"pongs {pongs}; the last is answered at least")


def test_a_close_is_answered():
	for code in (1000, 1001, 3000, 4999):
		link = wire()
		link.send_frame(talk.CLOSE, struct.pack("!H", code))
		check(link.read_close() in (code, 1000), "close code")
	link = wire()
	link.send_frame(talk.CLOSE)
	check(link.read_close() in (1000, 1005, None), "close without a code")


def closed_with(send, **more):
	link = wire(**more)
	try:
		send(link)
	except (ConnectionError, OSError):
		pass
	return link.read_close()


def test_broken_frames_get_1002():
	breaks = {
		"unmasked": lambda link: link.send_frame(talk.TEXT, PING.encode(), masked=False),
		"reserved bit": lambda link: link.send_frame(talk.TEXT, PING.encode(), rsv=4),
		"reserved opcode 3": lambda link: link.send_frame(3, b"x"),
		"reserved opcode 11": lambda link: link.send_frame(11, b"x"),
		"long ping": lambda link: link.send_frame(talk.PING, b"x" * 126),
		"fragmented ping": lambda link: link.send_frame(talk.PING, b"x", fin=False),
		"continuation of nothing": lambda link: link.send_frame(0, b"x"),
		"a new message inside another": lambda link: (link.send_frame(talk.TEXT, b"{", fin=False), link.send_frame(talk.TEXT, b"}")),
		"close of one byte": lambda link: link.send_frame(talk.CLOSE, b"\x03"),
		"close 1005": lambda link: link.send_frame(talk.CLOSE, struct.pack("!H", 1005)),
		"close 5000": lambda link: link.send_frame(talk.CLOSE, struct.pack("!H", 5000)),
	}
	for name, send in breaks.items():
		code = closed_with(send)
		equal(code, 1002, f"close code for {name}")


def test_text_that_is_no_utf8_gets_1007():
	for data in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"{\"a\":\"\xf4\x90\x80\x80\"}", b"\xe2\x82"):
		equal(closed_with(lambda link: link.send_frame(talk.TEXT, data)), 1007, f"close code for {data}")


def test_binary_frames_get_1003():
	equal(closed_with(lambda link: link.send_frame(talk.BINARY, PING.encode())), 1003, "close code")


def test_too_large_gets_1009_in_one_frame_or_in_many():
	limit = talk.FRAME_MAX
	equal(closed_with(lambda link: link.send_frame(talk.TEXT, b" " * (limit + 1))), 1009, "one frame")

	def many(link):
		link.send_frame(talk.TEXT, b" " * 30000, fin=False)
		link.send_frame(0, b" " * 30000, fin=False)
		link.send_frame(0, b" " * 30000)
	equal(closed_with(many), 1009, "fragments together")

	def declared(link):
		link.sock.sendall(bytes([0x81, 0x80 | 127]) + struct.pack("!Q", 1 << 62) + b"abcd")
	check(closed_with(declared) in (1009, 1002), "a declared length of 2^62")


def test_exactly_64_kib_are_taken():
	link = wire()
	text = PING.encode()
	link.send_frame(talk.TEXT, text + b" " * (talk.FRAME_MAX - len(text)))
	check("result" in link.answer(1), "answer")


def upgrade(**more):
	try:
		wire(timeout=12, **more).close()
		return True
	except (ConnectionError, OSError):
		return False


def test_a_foreign_origin_is_refused_and_ours_and_none_are_taken():
	host, port = server().address
	check(upgrade(), "no Origin")
	check(upgrade(origin=f"http://{host}:{port}"), "our Origin")
	for origin in ("http://evil.example", f"http://{host}:{port}.evil.example", f"http://evil.example/{host}:{port}", f"https://{host}:{port + 1}", "null",
			f"http://{host}", f"http://x{host}:{port}", f"http://{host}:{port}@evil.example"):
		check(not upgrade(origin=origin), f"{origin} was let in")


def test_an_upgrade_without_our_subprotocol_is_refused():
	check(not upgrade(protocol=None), "none")
	for protocol in ("maagal.v2", "maagal", "chat"):
		check(not upgrade(protocol=protocol), protocol)
	check(upgrade(protocol="chat, maagal.v1"), "among others")


def test_other_paths_are_no_web_sockets():
	for path in ("/", "/ws/", "/wsx", "/healthz", "/ws/../ws"):
		check(not upgrade(path=path), path)


def test_no_extension_is_negotiated():
	link = wire(headers=["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"])
	check("extensions" not in link.handshake.lower(), link.handshake)


def test_after_all_this_others_are_served():
	server().guest("Noa").call("session.ping")


talk.main()
