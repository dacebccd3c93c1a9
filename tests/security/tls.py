#!/usr/bin/python3
"""The same over TLS, with a certificate made here."""
import contextlib
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import rawws
from rawws import CLOSE, PING, PONG, TEXT, Link, check, close_frame, equal, frame, request


warnings.simplefilter("ignore", DeprecationWarning)	# of the old TLS that must be refused


def make_certificate(folder, name="a"):
	key, cert = f"{folder}/{name}.key", f"{folder}/{name}.crt"
	subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert,
		"-days", "2", "-subj", "/CN=forum.example", "-addext", "subjectAltName=DNS:forum.example"], check=True, capture_output=True)
	return cert, key


@contextlib.contextmanager
def tls_door(*settings):
	with tempfile.TemporaryDirectory(prefix="maagal-tls-") as folder:
		cert, key = make_certificate(folder)
		with rawws.Door(f"tls_cert={cert}", f"tls_key={key}", *settings) as door:
			door.trust = cert
			yield door


def secure(door, alpn=("http/1.1",), oldest=None, newest=None):
	context = ssl.create_default_context(cafile=door.trust)
	if alpn:
		context.set_alpn_protocols(list(alpn))
	if oldest:
		context.minimum_version = oldest
	if newest:
		context.maximum_version = newest
		context.set_ciphers("ALL:@SECLEVEL=0")
	sock = socket.create_connection(door.address, rawws.PATIENCE)
	sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
	return Link(context.wrap_socket(sock, server_hostname="forum.example", suppress_ragged_eofs=False))


def open_secure(door, **fields):
	link = secure(door)
	link.send(request(**fields))
	equal(link.read_head()[0], 101)
	return link


def test_a_conversation_over_TLS():
	with tls_door() as door:
		check(door.url.startswith("https://127.0.0.1:"), door.url)
		link = open_secure(door)
		for payload in (b"hello", b"x" * 65536, "שלום".encode()):
			link.send(frame(TEXT, payload))
			equal(link.read_frame(), (TEXT, payload))
		link.send(b"".join(frame(PING, b"%d" % i) for i in range(10)))
		equal([link.read_frame() for _ in range(10)], [(PONG, b"%d" % i) for i in range(10)])
		link.send(close_frame(1000))
		equal(link.read_close(), 1000)	# and a proper end of TLS: no ragged end


def test_frames_behind_the_handshake_in_the_same_record_are_read():
	with tls_door() as door:
		link = secure(door)
		link.send(request() + b"".join(frame(TEXT, b"%d" % i) for i in range(50)))
		equal(link.read_head()[0], 101)
		equal([link.read_frame()[1] for _ in range(50)], [b"%d" % i for i in range(50)])


def test_a_record_of_the_largest_size_is_read_to_its_end():
	with tls_door() as door:
		link = open_secure(door)
		for count in (16384, 16383, 40000, 65536):
			link.send(b"".join(frame(TEXT, b"a" * 100) for _ in range(count // 106)) + frame(TEXT, b"end"))
			payload = b""
			while payload != b"end":
				payload = link.read_frame()[1]


def test_unmasked_and_reserved_are_refused_over_TLS_too():
	with tls_door() as door:
		for bad, code in ((frame(TEXT, b"x", mask=False), 1002), (frame(TEXT, b"x", rsv=4), 1002), (frame(TEXT, b"\xff"), 1007), (frame(2, b"x"), 1003),
				(frame(TEXT, b"", length=1 << 40, width=8), 1009)):
			link = open_secure(door)
			link.send(bad)
			equal(link.read_close(), code)


def test_only_HTTP_1_1_is_offered():
	with tls_door() as door:
		for offered, chosen in ((("h2", "http/1.1"), "http/1.1"), (("http/1.1",), "http/1.1"), ((), None)):
			link = secure(door, offered)
			equal(link.sock.selected_alpn_protocol(), chosen, str(offered))
			link.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
			status, fields, body = link.read_answer()
			equal(status, 200)
			check("max-age" in fields["strict-transport-security"])
		try:
			link = secure(door, ("h2",))
			link.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
			check(link.sock.selected_alpn_protocol() != "h2" and link.read_head()[0] in (505, None))
		except ssl.SSLError:
			pass


def test_old_TLS_is_refused():
	with tls_door() as door:
		try:
			secure(door, oldest=ssl.TLSVersion.TLSv1, newest=ssl.TLSVersion.TLSv1_1)
		except (ssl.SSLError, ConnectionResetError, OSError):
			return
		raise rawws.Failed("TLS 1.1 was spoken")


def test_TLS_1_2_and_1_3_are_spoken():
	with tls_door() as door:
		for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
			link = secure(door, oldest=version, newest=version)
			link.send(request())
			equal(link.read_head()[0], 101)


def test_our_origin_is_https():
	with tls_door() as door:
		open_secure(door, Origin="https://forum.example")
		link = secure(door)
		link.send(request(Origin="http://forum.example"))
		equal(link.read_answer()[0], 403)


def test_plain_HTTP_to_it_is_cut():
	with tls_door() as door:
		link = door.connect()
		link.send(request())
		check(b"101" not in link.read_all())


def test_half_a_TLS_handshake_is_dropped_in_time():
	with tls_door("handshake_within_ms=500") as door:
		halves = [door.connect() for _ in range(50)]
		for half in halves[:25]:
			half.send(bytes.fromhex("16030100a5010000a10303"))
		secure_silent = secure(door)
		begin = time.monotonic()
		for half in halves:
			half.read_all()
		try:
			secure_silent.read_all()
		except ssl.SSLError:
			pass
		check(time.monotonic() - begin < 5)


def test_a_quiet_connection_outlives_every_deadline_of_the_handshake():
	with tls_door("handshake_within_ms=500", "ping_after_ms=0") as door:
		link, trickle = open_secure(door), secure(door)
		time.sleep(4)	# what is tested: that nothing happens for longer than the library's own deadline
		link.send(frame(TEXT, b"still here"))
		equal(link.read_frame(), (TEXT, b"still here"))
		check(trickle.is_ended(), "without a handshake it stays")


def test_a_slow_reader_over_TLS_gets_everything():
	with tls_door() as door:
		slow = open_secure(door)
		slow.send(frame(TEXT, b"!flood 20000000"))
		quick = open_secure(door)
		quick.send(frame(TEXT, b"quick"))
		equal(quick.read_frame(), (TEXT, b"quick"))
		for _ in range(20000):
			equal(slow.read_frame(), (TEXT, b"x" * 1000))


def test_a_quiet_plain_connection_outlives_them_too():
	with rawws.Door("handshake_within_ms=500", "ping_after_ms=0") as door:
		link = door.open()
		time.sleep(4)	# as above
		link.send(frame(TEXT, b"still here"))
		equal(link.read_frame(), (TEXT, b"still here"))


def test_noise_in_the_middle_of_TLS_ends_it_and_nothing_else():
	with tls_door() as door:
		other, link = open_secure(door), open_secure(door)
		socket.socket(fileno=__import__("os").dup(link.sock.fileno())).send(b"\x17\x03\x03\x00\x20" + b"z" * 32)
		try:
			link.read_all()
		except ssl.SSLError:
			pass
		other.send(frame(TEXT, b"x"))
		equal(other.read_frame(), (TEXT, b"x"))


def test_too_many_over_TLS_are_answered_429():
	with tempfile.TemporaryDirectory(prefix="maagal-tls-") as folder:
		cert, key = make_certificate(folder)
		with rawws.Door(f"tls_cert={cert}", f"tls_key={key}", "connections_per_address=1", limits=True) as door:
			door.trust = cert
			kept = open_secure(door)
			link = secure(door)
			link.send(request())
			equal(link.read_answer()[0], 429)
			kept.close()


def test_a_wrong_certificate_stops_the_start_with_a_sentence():
	with tempfile.TemporaryDirectory(prefix="maagal-tls-") as folder:
		cert, key = make_certificate(folder, "a")
		_, other = make_certificate(folder, "b")
		(pathlib.Path(folder) / "noise.crt").write_text("noise")
		for wrong_cert, wrong_key in ((cert, other), (f"{folder}/noise.crt", key), (f"{folder}/missing.crt", key), (cert, f"{folder}/missing.key")):
			try:
				rawws.Door(f"tls_cert={wrong_cert}", f"tls_key={wrong_key}").stop()
			except rawws.Failed as error:
				check("tls_" in str(error), str(error))
				continue
			raise rawws.Failed(f"it opened with {wrong_cert} and {wrong_key}")


rawws.main()
