#!/usr/bin/python3
"""RFC 6455 from the client's side, byte by byte: framing, fragments, UTF-8, closing, pings, size. Each
case is a sentence, what is sent (pieces travel apart), and what must come back. A case that does not end
in a Close must leave the connection alive."""
import os
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import rawws
from rawws import BINARY, CLOSE, CONTINUES, PING, PONG, TEXT, check, close_frame, equal, frame

MOST = 65536
HEBREW = "שלום לכולם, مرحبا بالجميع".encode()


def text(payload):
	return (TEXT, payload)


def pong(payload):
	return (PONG, payload)


def closed(code):
	return (CLOSE, code)


def bytewise(data):
	return [data[i:i + 1] for i in range(len(data))]


def split(payload, *at):
	"""The payload as fragments, cut at these places."""
	cuts = [0, *at, len(payload)]
	pieces = [payload[a:b] for a, b in zip(cuts, cuts[1:])]
	return [frame(CONTINUES if i else TEXT, p, fin=i == len(pieces) - 1) for i, p in enumerate(pieces)]


CASES = []


def case(sentence, send, *wanted):
	CASES.append((sentence, send if isinstance(send, list) else [send], list(wanted)))


# --- framing
for count in (0, 1, 2, 7, 8, 9, 124, 125, 126, 127, 128, 1000, 65535, MOST):
	case(f"a text of {count} bytes comes back", frame(TEXT, b"a" * count), text(b"a" * count))
case("a frame that comes byte by byte is one frame", bytewise(frame(TEXT, HEBREW)), text(HEBREW))
LONG = frame(TEXT, b"b" * 30000)
case("a long frame may come in pieces", [LONG[i:i + 997] for i in range(0, len(LONG), 997)], text(b"b" * 30000))
case("many frames in one piece are many messages", b"".join(frame(TEXT, b"%d" % i) for i in range(300)),
	*(text(b"%d" % i) for i in range(300)))
HALF = frame(TEXT, b"two")
case("a frame and a half wait for the other half", [frame(TEXT, b"one") + HALF[:4], HALF[4:]], text(b"one"), text(b"two"))
case("NUL is a letter like any other", frame(TEXT, b"a\0b"), text(b"a\0b"))
case("an unmasked text is refused", frame(TEXT, b"hello", mask=False), closed(1002))
case("an unmasked empty text is refused", frame(TEXT, b"", mask=False), closed(1002))
case("an unmasked ping is refused", frame(PING, b"x", mask=False), closed(1002))
case("an unmasked Close is refused", struct.pack(">BBH", 0x88, 2, 1000), closed(1002))
case("a mask of zeros is a mask", b"\x81\x82\0\0\0\0hi", text(b"hi"))
for rsv in range(1, 8):
	case(f"reserved bits {rsv:03b} are refused", frame(TEXT, b"x", rsv=rsv), closed(1002))
case("a reserved bit on a ping is refused", frame(PING, b"x", rsv=4), closed(1002))
case("a reserved bit on a Close is refused", close_frame(1000, rsv=1), closed(1002))
for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
	case(f"opcode {opcode} is refused", frame(opcode, b"x"), closed(1002))
case("opcode 3 without payload is refused", frame(3), closed(1002))
case("binary is refused as unsupported", frame(BINARY, b"\1\2\3"), closed(1003))
case("empty binary is refused as unsupported", frame(BINARY), closed(1003))
case("binary in fragments is refused at the first", frame(BINARY, b"x", fin=False), closed(1003))
case("a length of 125 in two bytes is refused", frame(TEXT, b"a" * 125, width=2), closed(1002))
case("a length of 5 in eight bytes is refused", frame(TEXT, b"a" * 5, width=8), closed(1002))
case("a length of 65,535 in eight bytes is refused", frame(TEXT, b"", length=65535, width=8)[:14], closed(1002))
case("a length with its highest bit set is refused", frame(TEXT, b"", length=1 << 63, width=8), closed(1002))

# --- size
case("65,537 announced is too much before a byte of it", frame(TEXT, b"", length=MOST + 1, width=8)[:10], closed(1009))
case("2^40 announced is too much", frame(TEXT, b"", length=1 << 40, width=8), closed(1009))
case("2^63-1 announced is too much", frame(TEXT, b"", length=(1 << 63) - 1, width=8), closed(1009))
case("65,537 sent is too much", frame(TEXT, b"a" * (MOST + 1)), closed(1009))
case("fragments of 65,536 together are enough", split(b"a" * MOST, 1, 30000), text(b"a" * MOST))
case("fragments of 65,537 together are too much", split(b"a" * (MOST + 1), 1, 30000), closed(1009))
case("a fragment whose announcement goes beyond is too much", [frame(TEXT, b"a" * 40000, fin=False), frame(CONTINUES, b"", length=30000, width=2)[:4]], closed(1009))
case("after a message of the most comes another", frame(TEXT, b"a" * MOST) + frame(TEXT, b"b"), text(b"a" * MOST), text(b"b"))

# --- fragments
case("two fragments are one message", split(b"hello", 2), text(b"hello"))
case("five fragments in one piece are one message", b"".join(split(b"hello", 1, 2, 3, 4)), text(b"hello"))
case("fragments may be empty", [frame(TEXT, b"", fin=False), frame(CONTINUES, b"", fin=False), frame(CONTINUES, b"x", fin=False), frame(CONTINUES)], text(b"x"))
case("three empty fragments are an empty message", [frame(TEXT, fin=False), frame(CONTINUES, fin=False), frame(CONTINUES)], text(b""))
case("a thousand fragments are one message", b"".join(split(b"z" * 1000, *range(1, 1000))), text(b"z" * 1000))
case("a ping between fragments is answered first", [frame(TEXT, b"a", fin=False), frame(PING, b"now"), frame(CONTINUES, b"b")], pong(b"now"), text(b"ab"))
case("several pings between fragments are all answered", frame(TEXT, b"a", fin=False) + frame(PING, b"1") + frame(PING, b"2") + frame(CONTINUES, b"b", fin=False) + frame(PING, b"3") + frame(CONTINUES, b"c"), pong(b"1"), pong(b"2"), pong(b"3"), text(b"abc"))
case("fragments that come byte by byte are one message", bytewise(b"".join(split(HEBREW, 3, 4, 11))), text(HEBREW))
case("a continuation of nothing is refused", frame(CONTINUES, b"x"), closed(1002))
case("an unfinished continuation of nothing is refused", frame(CONTINUES, b"x", fin=False), closed(1002))
case("a text inside a message is refused", [frame(TEXT, b"a", fin=False), frame(TEXT, b"b")], closed(1002))
case("an unfinished text inside a message is refused", [frame(TEXT, b"a", fin=False), frame(TEXT, b"b", fin=False)], closed(1002))
case("binary inside a text is refused", [frame(TEXT, b"a", fin=False), frame(BINARY, b"b")], closed(1002))
case("a message may follow one in fragments", b"".join(split(b"one", 1)) + frame(TEXT, b"two"), text(b"one"), text(b"two"))

# --- control frames
case("a ping is answered with its words", frame(PING, b"are you there?"), pong(b"are you there?"))
case("an empty ping is answered", frame(PING), pong(b""))
case("a ping of 125 bytes is answered", frame(PING, bytes(range(125))), pong(bytes(range(125))))
case("a ping need not be UTF-8", frame(PING, b"\xff\xfe\x00"), pong(b"\xff\xfe\x00"))
case("a ping byte by byte is answered once", bytewise(frame(PING, b"slow")), pong(b"slow"))
case("ten pings at once are ten pongs", b"".join(frame(PING, b"%d" % i) for i in range(10)), *(pong(b"%d" % i) for i in range(10)))
case("a thousand pings at once are a thousand pongs", b"".join(frame(PING, b"%04d" % i) for i in range(1000)), *(pong(b"%04d" % i) for i in range(1000)))
case("three hundred pings of 125 bytes are all answered", b"".join(frame(PING, b"%03d" % i + b"." * 122) for i in range(300)), *(pong(b"%03d" % i + b"." * 122) for i in range(300)))
case("a pong nobody asked for is ignored", frame(PONG, b"hi") + frame(TEXT, b"x"), text(b"x"))
case("a ping of 126 bytes is refused", frame(PING, b"a" * 126), closed(1002))
case("a pong of 126 bytes is refused", frame(PONG, b"a" * 126), closed(1002))
case("a Close of 126 bytes is refused", frame(CLOSE, struct.pack(">H", 1000) + b"a" * 124), closed(1002))
case("a ping in fragments is refused", frame(PING, b"a", fin=False), closed(1002))
case("a pong in fragments is refused", frame(PONG, b"a", fin=False), closed(1002))
case("a Close in fragments is refused", close_frame(1000, fin=False), closed(1002))

# --- closing
for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999):
	case(f"Close {code} is answered with {code}", close_frame(code), closed(code))
for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 9999, 65535):
	case(f"Close {code} is no code and answered with 1002", close_frame(code), closed(1002))
case("a Close without a code is answered without one", frame(CLOSE), closed(None))
case("a Close of one byte is refused", frame(CLOSE, b"\x03"), closed(1002))
case("a Close with a reason is answered", close_frame(1000, "די, شكرًا".encode()), closed(1000))
case("a Close with the longest reason is answered", close_frame(1000, b"r" * 123), closed(1000))
case("a Close whose reason is no UTF-8 is refused", close_frame(1000, b"\xce\xba\xe1\xbd\xb9\xcf\x83\xed\xa0\x80"), closed(1007))
case("a Close whose reason ends inside a letter is refused", close_frame(1000, "שלום".encode()[:-1]), closed(1007))
case("a Close byte by byte is answered", bytewise(close_frame(4001, b"bye")), closed(4001))
case("a Close between fragments is answered", [frame(TEXT, "ש".encode()[:1], fin=False), close_frame(1000, b"enough")], closed(1000))
case("nothing after a Close is heard", close_frame(1000) + frame(TEXT, b"late") + frame(PING, b"late"), closed(1000))
case("pings before a Close are answered before it", frame(PING, b"1") + frame(PING, b"2") + close_frame(1000), pong(b"1"), pong(b"2"), closed(1000))
case("nothing after a broken frame is heard", frame(3) + frame(TEXT, b"late"), closed(1002))
case("noise after a Close is not read", close_frame(1000) + os.urandom(3000), closed(1000))

# --- UTF-8
for name, good in {
	"Hebrew and Arabic": HEBREW, "points and marks": "שָׁלוֹם وَسَلَامٌ".encode(), "U+0000": b"\0", "U+007F": b"\x7f", "U+0080": b"\xc2\x80",
	"U+07FF": b"\xdf\xbf", "U+0800": b"\xe0\xa0\x80", "U+D7FF": b"\xed\x9f\xbf", "U+E000": b"\xee\x80\x80", "U+FFFD": b"\xef\xbf\xbd",
	"U+FFFF": b"\xef\xbf\xbf", "U+10000": b"\xf0\x90\x80\x80", "U+10FFFF": b"\xf4\x8f\xbf\xbf", "a smile": "🙂".encode(),
}.items():
	case(f"{name} is UTF-8", frame(TEXT, good), text(good))
	case(f"{name} is UTF-8 in fragments of a byte", split(good, *range(1, len(good))), text(good))
	case(f"{name} is UTF-8 behind fifty letters", frame(TEXT, b"a" * 50 + good), text(b"a" * 50 + good))
for name, bad in {
	"a lone continuation": b"\x80", "BF alone": b"\xbf", "FE": b"\xfe", "FF": b"\xff", "C0 80": b"\xc0\x80", "C1 BF": b"\xc1\xbf", "E0 80 80": b"\xe0\x80\x80",
	"E0 9F BF": b"\xe0\x9f\xbf", "F0 80 80 80": b"\xf0\x80\x80\x80", "F0 8F BF BF": b"\xf0\x8f\xbf\xbf", "a high surrogate": b"\xed\xa0\x80",
	"a low surrogate": b"\xed\xbf\xbf", "a pair of surrogates": b"\xed\xa0\x81\xed\xb0\x80", "U+110000": b"\xf4\x90\x80\x80",
	"five bytes": b"\xf8\x88\x80\x80\x80", "six bytes": b"\xfc\x84\x80\x80\x80\x80", "C2 then a letter": b"\xc2a", "E2 82 then a letter": b"\xe2\x82a",
	"Latin-1": "é".encode("latin-1") + b"t", "UTF-16": "שלום".encode("utf-16"),
}.items():
	case(f"{name} is no UTF-8", frame(TEXT, bad), closed(1007))
	case(f"{name} is no UTF-8 behind letters and in fragments", split(b"abcdefgh" + bad, 9), closed(1007))
for name, half in {"C2": b"\xc2", "E2 82": b"\xe2\x82", "F0 9F 99": b"\xf0\x9f\x99"}.items():
	case(f"a text that ends after {name} is no UTF-8", frame(TEXT, b"x" + half), closed(1007))
case("bad UTF-8 is refused at its first byte", frame(TEXT, b"abc\xff" + b"z" * 1000)[:12], closed(1007))
case("bad UTF-8 is refused in a fragment that is not the last", frame(TEXT, b"abc\xff", fin=False), closed(1007))
case("a letter cut by a ping is whole again", [frame(TEXT, "ש".encode()[:1], fin=False), frame(PING, b"\xff"), frame(CONTINUES, "ש".encode()[1:])], pong(b"\xff"), text("ש".encode()))


def run_case(door, send, wanted):
	link = door.open()
	try:
		link.send(*send)
		for opcode, payload in wanted:
			if opcode == CLOSE:
				equal(link.read_close(), payload, "close code")
				return
			equal(link.read_frame(), (opcode, payload), "frame")
		link.send(frame(TEXT, b"still there?"))
		equal(link.read_frame(), (TEXT, b"still there?"), "afterwards")
	finally:
		link.close()


def run_cases():
	good = True
	with rawws.Door() as door:
		for sentence, send, wanted in CASES:
			good = rawws.run(sentence, lambda: run_case(door, send, wanted)) and good
		good = rawws.run("all who came are gone in the end",
			lambda: rawws.wait_until(lambda: door.figures()["peers"] == 1, "no peers left")) and good
	return good


def test_frames_may_come_with_the_handshake():
	with rawws.Door() as door:
		link = door.connect()
		link.send(rawws.request() + frame(TEXT, b"early") + frame(PING, b"p"))
		equal(link.read_head()[0], 101)
		equal(sorted([link.read_frame(), link.read_frame()]), [(TEXT, b"early"), (PONG, b"p")])


def after_a_proper_message(bad):
	with rawws.Door() as door:
		link = door.open()
		link.send(frame(TEXT, b"proper"))
		equal(link.read_frame(), (TEXT, b"proper"))
		link.send(bad)
		equal(link.read_close(), 1002)


def test_an_unmasked_text_after_a_proper_one_is_refused():
	after_a_proper_message(frame(TEXT, b"2", mask=False))


def test_a_continuation_after_a_whole_message_is_refused():
	after_a_proper_message(frame(CONTINUES, b"b"))


def test_nothing_is_kept_of_what_is_only_announced():
	with rawws.Door() as door:
		links = [door.open() for _ in range(200)]
		before = door.memory_bytes()
		for link in links:
			link.send(frame(TEXT, b"", length=MOST, width=8) + b"x" * 10)
		rawws.wait_until(lambda: door.figures()["bytes_in"] > 200 * 24, "all has been read")
		grown = door.memory_bytes() - before
		check(grown < 200 * 8192, f"grew by {grown} bytes for 200 connections")
		for link in links:
			link.close()


def test_a_peer_that_the_server_closes_hears_the_code_and_may_answer():
	with rawws.Door() as door:
		link = door.open()
		link.send(frame(TEXT, b"!close 4001"))
		opcode, payload = link.read_frame()
		equal((opcode, payload[:2]), (CLOSE, struct.pack(">H", 4001)), "Close")
		link.send(frame(TEXT, b"too late") + close_frame(4001))
		equal(link.read_all(), b"", "after both have closed")


def test_a_peer_that_does_not_answer_a_close_is_cut():
	with rawws.Door() as door:
		link = door.open()
		link.send(frame(TEXT, b"!close 1013"))
		equal(link.read_close(), 1013)


def test_a_killed_peer_hears_nothing():
	with rawws.Door() as door:
		link = door.open()
		link.send(frame(TEXT, b"!kill"))
		equal(link.read_all(), b"")
		rawws.wait_until(lambda: door.figures()["peers"] == 1, "it is gone")


def test_what_is_joined_for_many_is_the_same_for_all_and_never_what_was_joined_before():
	with rawws.Door() as door:
		links = [door.open() for _ in range(20)]
		for count in (1, 2, 5, 100, 3000):
			links[0].send(frame(TEXT, b"!all %d" % count))
			for link in links:
				for word in (b"first", b"other"):
					equal([link.read_frame()[1] for _ in range(count)], [b"%s %06d" % (word, i) for i in range(count)])


def test_on_stopping_everybody_is_told_1001():
	door = rawws.Door()
	links = [door.open() for _ in range(20)]
	half = door.connect()
	half.send(b"GET /ws HTTP/1.1\r\nHos")
	links[0].send(frame(TEXT, b"!stop"))
	for link in links:
		opcode, payload = link.read_frame()
		equal((opcode, payload[:2]), (CLOSE, struct.pack(">H", 1001)))
		link.send(close_frame(1001))
		link.close()
	door.stop()


rawws.main()
