"""Raw sockets to the door alone (tests/security/echo_door.c): bytes as they are, proper or not.
A test file has functions test_sentence() and CASES, and ends with rawws.main()."""

import base64
import contextlib
import hashlib
import json
import os
import pathlib
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTINUES, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
PATIENCE = float(os.environ.get("MAAGAL_PATIENCE", "1")) * 5	# seconds for what should be at once
COMPLAINTS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:", "ThreadSanitizer", "Assertion")


class Failed(AssertionError):
	pass


class Skipped(Exception):
	pass


def check(claim, why="claim does not hold"):
	if not claim:
		raise Failed(why)


def equal(got, wanted, what="value"):
	if got != wanted:
		raise Failed(f"{what}: got {got!r:.300}, wanted {wanted!r:.300}")


def find_program():
	if os.environ.get("ECHO_DOOR"):
		return os.environ["ECHO_DOOR"]
	build = pathlib.Path(os.environ["MAAGAL"]).parent if os.environ.get("MAAGAL") else ROOT / "build"
	return str(build / "tests" / "security" / "echo_door")


def wait_until(claim, what, seconds=None):
	end = time.monotonic() + (seconds or PATIENCE)
	while True:
		value = claim()
		if value:
			return value
		check(time.monotonic() < end, f"not in time: {what}")
		time.sleep(0.005)


class Door:
	"""The program, started with settings as NAME=VALUE."""

	def __init__(self, *settings, limits=False):
		self.errors = tempfile.TemporaryFile(mode="w+")
		settings = list(settings)
		if not any(s.startswith("listen=") for s in settings):
			settings.insert(0, "listen=127.0.0.1:0")
		if not limits:
			settings.insert(0, "limits=false")
		if not any(s.startswith("web_dir=") for s in settings):
			settings.insert(0, "web_dir=/nonexistent")
		self.process = subprocess.Popen([find_program(), *settings], stdout=subprocess.PIPE, stderr=self.errors, text=True)
		line = self.process.stdout.readline()
		if not line.startswith("ready "):
			self.process.wait(PATIENCE)
			self.errors.seek(0)
			raise Failed(f"the door did not open: {self.errors.read()}")
		self.url = line.split()[1]
		if self.url.startswith("http"):
			host, _, port = self.url.partition("://")[2].rpartition(":")
			self.address = (host.strip("[]"), int(port))

	def __enter__(self):
		return self

	def __exit__(self, kind, error, trace):
		self.stop(quiet=kind is not None)

	def connect(self, address=None, source=None):
		address = address or self.address
		if isinstance(address, str):
			sock = socket.socket(socket.AF_UNIX)
			sock.settimeout(PATIENCE)
			sock.connect(address)
		else:
			sock = socket.create_connection(address, PATIENCE, source_address=source)
			sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
		return Link(sock)

	def open(self, **more):
		"""A WebSocket, its handshake done."""
		link = self.connect(more.pop("address", None), more.pop("source", None))
		link.send(request(**more))
		equal(link.read_head()[0], 101, "handshake")
		return link

	def figures(self):
		link = self.open()
		link.send(frame(TEXT, b"!figures"))
		found = json.loads(link.read_frame()[1])
		link.close()
		return found

	def memory_bytes(self):
		for line in open(f"/proc/{self.process.pid}/smaps_rollup"):
			if line.startswith("Private_Dirty:"):
				return int(line.split()[1]) * 1024

	def stop(self, quiet=False):
		if self.process.poll() is None:
			self.process.send_signal(signal.SIGTERM)
		try:
			status = self.process.wait(PATIENCE * 2)
		except subprocess.TimeoutExpired:
			self.process.kill()
			self.process.wait()
			status = "none: it did not stop"
		self.process.stdout.close()
		self.errors.seek(0)
		said = self.errors.read()
		self.errors.close()
		if any(c in said for c in COMPLAINTS) or (not quiet and status != 0):
			raise Failed(f"the door ended with {status}: {said[-3000:]}")


class Link:
	"""One connection; all reads have a deadline."""

	def __init__(self, sock):
		self.sock, self.buffer = sock, b""

	def send(self, *pieces):
		"""Each piece on its own way."""
		for i, piece in enumerate(pieces):
			if i:
				time.sleep(0.002)	# not to synchronise: so that pieces come apart
			try:
				self.sock.sendall(piece)
			except (BrokenPipeError, ConnectionResetError):
				return	# it has hung up on us: what it said is still to be read

	def fill(self):
		"""More bytes; False at the end."""
		try:
			piece = self.sock.recv(1 << 20)
		except (ConnectionResetError, OSError) as error:
			if isinstance(error, TimeoutError):
				raise Failed("no answer in time") from None
			piece = b""
		self.buffer += piece
		return bool(piece)

	def take(self, count):
		while len(self.buffer) < count:
			if not self.fill():
				raise Failed(f"the connection ended; left: {self.buffer!r:.200}")
		piece, self.buffer = self.buffer[:count], self.buffer[count:]
		return piece

	def read_head(self):
		"""(status, {name: value}); (None, {}) if it hung up without a word."""
		while b"\r\n\r\n" not in self.buffer:
			if not self.fill():
				equal(self.buffer, b"", "half an answer")
				return None, {}
		head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
		lines = head.decode().split("\r\n")
		check(lines[0].startswith("HTTP/1.1 "), lines[0])
		fields = {}
		for line in lines[1:]:
			name, _, value = line.partition(": ")
			fields[name.lower()] = value
		return int(lines[0].split()[1]), fields

	def read_answer(self):
		"""(status, fields, body) of plain HTTP; the connection has ended after it."""
		status, fields = self.read_head()
		if status is None:
			return None, {}, b""
		body = self.read_all()
		return status, fields, body

	def read_all(self):
		while self.fill():
			pass
		piece, self.buffer = self.buffer, b""
		return piece

	def read_frame(self):
		"""(opcode, payload), checked to be whole, unmasked and shortest."""
		first, second = self.take(2)
		equal(first & 0xf0, 0x80, "FIN and reserved bits")
		equal(second & 0x80, 0, "a server does not mask")
		count = second & 127
		if count == 126:
			count, = struct.unpack(">H", self.take(2))
			check(count > 125)
		elif count == 127:
			count, = struct.unpack(">Q", self.take(8))
			check(count > 65535)
		return first & 15, self.take(count)

	def read_close(self):
		"""The code of the Close that comes next, None if it has none; then the connection must end."""
		opcode, payload = self.read_frame()
		equal(opcode, CLOSE, f"opcode with {payload!r:.80}")
		check(len(payload) != 1 and len(payload) <= 125)
		payload[2:].decode()
		equal(self.read_all(), b"", "after Close")
		return struct.unpack(">H", payload[:2])[0] if payload else None

	def is_ended(self):
		"""Has it ended by now?"""
		readable, _, _ = select.select([self.sock], [], [], 0)
		return bool(readable) and not self.fill()

	def close(self):
		self.sock.close()


def frame(opcode, payload=b"", fin=True, mask=True, rsv=0, length=None, width=None):
	"""A client's frame; `length` may lie and `width` (0, 2 or 8 more bytes) may waste."""
	count = len(payload) if length is None else length
	if width is None:
		width = 0 if count < 126 else 2 if count < 65536 else 8
	bits = {0: count, 2: 126, 8: 127}[width]
	head = bytes([fin << 7 | rsv << 4 | opcode, mask << 7 | bits])
	head += {0: b"", 2: struct.pack(">H", count & 0xffff), 8: struct.pack(">Q", count)}[width]
	if not mask:
		return head + payload
	key = os.urandom(4)
	return head + key + mask_with(key, payload)


def mask_with(key, payload):
	keys = (key * (len(payload) // 4 + 1))[:len(payload)]
	return (int.from_bytes(payload, "big") ^ int.from_bytes(keys, "big")).to_bytes(len(payload), "big")


def close_frame(code, reason=b"", **more):
	return frame(CLOSE, struct.pack(">H", code) + reason, **more)


def request(path="/ws", method="GET", version="HTTP/1.1", **fields):
	"""A handshake; fields by name with _ for -; None leaves one out; a list repeats it."""
	all_fields = {"Host": "forum.example", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": KEY,
		"Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": "maagal.v1"}
	for name, value in fields.items():
		name = name.replace("_", "-")
		known = [n for n in all_fields if n.lower() == name.lower()]
		all_fields[known[0] if known else name] = value
	lines = [f"{method} {path} {version}"]
	for name, value in all_fields.items():
		for one in value if isinstance(value, list) else [value]:
			if one is not None:
				lines.append(f"{name}: {one}")
	return "\r\n".join(lines).encode() + b"\r\n\r\n"


def accept_of(key):
	return base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()


def say(verdict, sentence, why=""):
	print(f"{verdict} - {sentence}")
	for line in str(why).splitlines():
		print(f"# {line}")
	sys.stdout.flush()


def run(sentence, function):
	try:
		function()
		say("ok", sentence)
		return True
	except Skipped as why:
		print(f"skip - {sentence}: {why}", flush=True)
		return True
	except BaseException as error:	# one test's end is not the others'
		if isinstance(error, KeyboardInterrupt):
			raise
		say("not ok", sentence, error if isinstance(error, Failed) else traceback.format_exc())
		if isinstance(error, Failed) and os.environ.get("TRACE"):
			traceback.print_exc()
		return False


def main():
	module = sys.modules["__main__"]
	wanted = sys.argv[1:]
	good = True
	if hasattr(module, "run_cases") and not wanted:
		good = module.run_cases() and good
	for name, function in list(vars(module).items()):
		if name.startswith("test_") and (not wanted or name in wanted):
			good = run(name[5:].replace("_", " "), function) and good
	sys.exit(0 if good else 1)
