#!/usr/bin/python3
"""Heads that mean harm: smuggling, floods, halves, noise. Each gets its refusal or its end at once, one
request is all that a connection may ask, and the door goes on serving."""
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import rawws
from rawws import TEXT, check, equal, frame, request

HOST = b"Host: x\r\n"
GOOD = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
CASES = []


def case(sentence, status, raw):
	CASES.append((sentence, status, raw))


# --- bodies and smuggling
case("a body announced", 400, b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nhello")
case("a body announced by POST", 400, b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nhello")
case("POST without a body", 405, b"POST / HTTP/1.1\r\n" + HOST + b"\r\n")
case("PUT", 405, b"PUT / HTTP/1.1\r\n" + HOST + b"\r\n")
case("TRACE", 405, b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n")
case("OPTIONS *", 400, b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n")
case("chunks", 400, b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + GOOD)
case("chunks in disguise", 400, b"GET / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n" + GOOD)
case("a length and chunks", 400, b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n" + GOOD)
case("two lengths", 400, b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello")
case("a length of +0", 400, b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: +0\r\n\r\n")
case("a length of 0, 0", 400, b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 0, 0\r\n\r\n")
case("a length of nothing", 200, b"GET /healthz HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n\r\n")
case("a blank before the colon", 400, b"GET / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding : chunked\r\n\r\n")
case("a folded line", 400, b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n")
case("a folded first line", 400, b"GET / HTTP/1.1\r\n Host: x\r\n\r\n")
case("a bare line feed", 400, b"GET / HTTP/1.1\n" + HOST + b"\r\n")
case("a bare line feed between fields", 400, b"GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n")
case("line feeds alone", 400, GOOD.replace(b"\r\n", b"\n"))
case("a bare carriage return", 400, b"GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n")
case("NUL in a value", 400, b"GET / HTTP/1.1\r\n" + HOST + b"X: a\0b\r\n\r\n")
case("NUL in a path", 400, b"GET /\0 HTTP/1.1\r\n" + HOST + b"\r\n")
case("a control byte", 400, b"GET / HTTP/1.1\r\n" + HOST + b"X: a\x01b\r\n\r\n")
case("a name without a colon", 400, b"GET / HTTP/1.1\r\n" + HOST + b"Xyz\r\n\r\n")
case("a name that is empty", 400, b"GET / HTTP/1.1\r\n" + HOST + b": x\r\n\r\n")
case("a name that is no token", 400, b"GET / HTTP/1.1\r\n" + HOST + b"X(y): z\r\n\r\n")
case("a name in Hebrew", 400, b"GET / HTTP/1.1\r\n" + HOST + "שם: x\r\n\r\n".encode())
case("two blanks in the first line", 400, b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n")
case("a blank at its end", 400, b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n")
case("a tab in it", 400, b"GET\t/\tHTTP/1.1\r\n" + HOST + b"\r\n")
case("HTTP/0.9", 400, b"GET /\r\n\r\n")
case("HTTP/1.2", 505, b"GET / HTTP/1.2\r\n" + HOST + b"\r\n")
case("HTTP/11", 400, b"GET / HTTP/11\r\n" + HOST + b"\r\n")
case("a path with a fragment", 400, b"GET /#x HTTP/1.1\r\n" + HOST + b"\r\n")
case("a path with high bytes", 400, b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n")
case("a path of nothing", 400, b"GET  HTTP/1.1\r\n" + HOST + b"\r\n")
case("Expect: 100-continue", 417, b"GET / HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\n\r\n")
case("a leading empty line", 400, b"\r\n" + GOOD)
case("the HTTP/2 preface", 505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
case("Upgrade: h2c on a page", 200, b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n")
case("TLS to a plain port", 400, bytes.fromhex("16030100a5010000a10303") + os.urandom(160))
case("noise", 400, b"\x00\xff" + os.urandom(200))
case("SSH", 400, b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
case("the PROXY protocol", 400, b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + GOOD)
# --- too much
case("64 fields", 200, b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 63 + b"\r\n")
case("65 fields", 431, b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 64 + b"\r\n")
case("500 fields", 431, b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 500 + b"\r\n")
case("20 KB in one field", 431, b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"y" * 20000 + b"\r\n\r\n")
case("20 KB of path", 431, b"GET /" + b"y" * 20000 + b" HTTP/1.1\r\n" + HOST + b"\r\n")
case("20 KB of method", 431, b"G" * 20000)
case("a head of 8,191 bytes", 200, b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: " + b"y" * (8191 - 39) + b"\r\n\r\n")
case("a head of 8,193 bytes", 431, b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: " + b"y" * (8193 - 39) + b"\r\n\r\n")


def run_case(door, status, raw):
	link = door.connect()
	link.send(raw)
	found, fields, body = link.read_answer()
	equal(found, status, "status")
	equal(fields["connection"], "close", "Connection")
	equal(len(body), int(fields["content-length"]), "one answer and nothing behind it")


def run_cases():
	good = True
	with rawws.Door() as door:
		for sentence, status, raw in CASES:
			good = rawws.run(f"{sentence}: {status}", lambda: run_case(door, status, raw)) and good
			if len(raw) < 1000:
				pieces = [bytes([b]) for b in raw]
				good = rawws.run(f"{sentence}, byte by byte: {status}", lambda: run_pieces(door, status, pieces)) and good
	return good


def run_pieces(door, status, pieces):
	link = door.connect()
	for piece in pieces:
		link.send(piece)
	found, fields, body = link.read_answer()
	if found is None:
		check(status >= 400, "cut without an answer")	# it kept talking after its refusal
		return
	equal(found, status, "status")
	equal(len(body), int(fields["content-length"]), "one answer and nothing behind it")


def test_a_second_request_on_a_connection_is_never_read():
	with rawws.Door() as door:
		for second in (GOOD, request(), request(Upgrade="foo"), b"GET / HTTP/1.1\r\n" + HOST + b"Upgrade: foo\r\n\r\n"):
			for pieces in ([GOOD + second], [GOOD, second]):
				link = door.connect()
				link.send(*pieces)
				status, fields, body = link.read_answer()
				equal((status, body), (200, b"/healthz local=1\n"), repr(second[:60]))


def test_keep_alive_then_Upgrade_foo_touches_no_freed_memory():
	"""What is remote use after free in libwebsockets 4.1.6 itself; the sanitised build would say so."""
	with rawws.Door() as door:
		for _ in range(50):
			link = door.connect()
			link.send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n")
			link.send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n" * 3)
			equal(link.read_answer()[0], 200)
		door.open().close()


def test_frames_before_the_handshake_are_noise():
	with rawws.Door() as door:
		link = door.connect()
		link.send(frame(TEXT, b"x") + request())
		equal(link.read_answer()[0], 400)


def test_a_body_that_never_ends_is_cut():
	with rawws.Door() as door:
		link = door.connect()
		link.send(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1000000000\r\n\r\n")
		begin, sent = time.monotonic(), 0
		try:
			while time.monotonic() - begin < 10:
				sent += link.sock.send(b"x" * 65536)
		except (BrokenPipeError, ConnectionResetError):
			pass
		check(sent < 20 << 20 and time.monotonic() - begin < 8, f"took {sent} bytes")
		door.open().close()


def test_a_slow_head_is_dropped_in_time_however_it_trickles():
	with rawws.Door("handshake_within_ms=600") as door:
		silent, half, trickle = door.connect(), door.connect(), door.connect()
		half.send(b"GET / HTTP/1.1\r\nHo")
		begin, ended = time.monotonic(), {}
		while len(ended) < 3 and time.monotonic() - begin < 5:
			trickle.send(b"G" if not ended.get("any") and trickle.sock.fileno() > 0 else b"")
			for name, link in (("silent", silent), ("half", half), ("trickle", trickle)):
				if name not in ended and link.is_ended():
					ended[name] = time.monotonic() - begin
			time.sleep(0.02)
		for name in ("silent", "half", "trickle"):
			check(name in ended and 0.5 < ended[name] < 3, f"{name}: {ended.get(name)}")


def test_two_thousand_half_heads_take_little_and_delay_nobody():
	with rawws.Door() as door:
		before = door.memory_bytes()
		halves = []
		for _ in range(2000):
			link = door.connect()
			link.send(b"GET / HTTP/1.1\r\nX: " + b"y" * 200)
			halves.append(link)
		begin = time.monotonic()
		link = door.open()
		link.send(frame(TEXT, b"hello"))
		equal(link.read_frame(), (TEXT, b"hello"))
		check(time.monotonic() - begin < 1, "delayed")
		grown = (door.memory_bytes() - before) / 2000
		check(grown < (20000 if "asan" in rawws.find_program() else 4000), f"{grown:.0f} bytes each")
		for half in halves:
			half.close()


rawws.main()
