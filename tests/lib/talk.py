"""Conversations with the real server: starts it, speaks RFC 6455 and JSON-RPC to it over real sockets,
and checks on every frame what the protocol promises always. A test file is a list of functions
test_sentence_of_what_is_promised() and ends with talk.main()."""

import base64
import contextlib
import glob
import hashlib
import http.client
import json
import os
import pathlib
import random
import re
import resource
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MAAGAL") or str(ROOT / "build" / "maagal")
PATIENCE = float(os.environ.get("MAAGAL_PATIENCE", "1"))	# a sanitised build needs more of it
FRAME_MAX = 64 * 1024
CODES = {
	"unauthorised": -32000, "not_found": -32001, "forbidden": -32002, "charter_not_accepted": -32003,
	"circle_closed": -32004, "thread_frozen": -32005, "sanctioned": -32006, "too_fast": -32007,
	"too_large": -32008, "stale": -32009, "key_reused": -32010, "position_lost": -32011, "busy": -32012,
	"storage_unavailable": -32013, "parse_error": -32700, "invalid_request": -32600,
	"method_not_found": -32601, "invalid_params": -32602,
}
STATES = {"visible", "redacted", "removed", "retracted", "erased"}
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Failed(AssertionError):
	"""A promise was not kept."""


class Skipped(Exception):
	"""The machine cannot show this."""


class Deadline(BaseException):
	"""The test took too long."""


class Closed(Failed):
	"""The server closed the connection while an answer was due."""


class RpcError(Exception):
	def __init__(self, frame, error):
		self.frame, self.code, self.message = frame, error.get("code"), error.get("message")
		self.data = error.get("data") or {}
		self.name = self.data.get("name") if isinstance(self.data, dict) else None
		super().__init__(f"{self.name or self.code}: {self.message}")


def fail(why):
	raise Failed(why)


def skip(why):
	raise Skipped(why)


def check(claim, why="claim does not hold"):
	if not claim:
		raise Failed(why if isinstance(why, str) else repr(why))


def equal(got, wanted, what="value"):
	if got != wanted:
		raise Failed(f"{what}: got {shorten(got)}, wanted {shorten(wanted)}")


def shorten(value, most=600):
	text = value if isinstance(value, str) else repr(value)
	return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"


def wait_until(claim, what, timeout=10):
	"""Waits for a condition, never for a time; returns what the claim returned."""
	end = time.monotonic() + timeout * PATIENCE
	while True:
		value = claim()
		if value:
			return value
		if time.monotonic() > end:
			fail(f"not within {timeout} s: {what}")
		time.sleep(0.01)


@contextlib.contextmanager
def refused(name, **data):
	"""The block must be answered with this error; yields a list that will hold it."""
	box = []
	try:
		yield box
	except RpcError as err:
		box.append(err)
		check_refusal(err, name)
		for key, value in data.items():
			equal(err.data.get(key), value, f"data.{key} of {name}")
		return
	fail(f"was allowed, wanted {name}")


def check_refusal(err, name):
	if err.name != name or err.code != CODES[name]:
		fail(f"wanted {name} {CODES[name]}, got {shorten(err.frame.decode())}")
	check(isinstance(err.message, str) and err.message.strip(), "an error carries a sentence")
	check(type(err.data.get("retry")) is bool, f"data.retry is a boolean: {err.data}")
	if name == "too_fast":
		check(type(err.data.get("retry_ms")) is int and err.data["retry_ms"] >= 0,
			f"too_fast carries retry_ms: {err.data}")


def unique(word=""):
	return word + secrets.token_hex(4)


# ---------------------------------------------------------------- JSON as the contract wants it

def _pairs(pairs):
	out = dict(pairs)
	if len(out) != len(pairs):
		raise ValueError("duplicate keys")
	return out


def parse(payload):
	return json.loads(payload, object_pairs_hook=_pairs)


def dump(value):
	return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


def event_flaws(event):
	"""What in this event breaks the contract, whoever sees it and whenever."""
	if not isinstance(event.get("journal"), str) or event["journal"].split("/")[0] not in ("circle", "desk", "inbox"):
		yield f"journal {event.get('journal')!r}"
	if type(event.get("seq")) is not int or event["seq"] < 1:
		yield f"seq {event.get('seq')!r}"
	if not isinstance(event.get("at"), str) or not _AT.match(event["at"]):
		yield f"at {event.get('at')!r}"
	if not isinstance(event.get("kind"), str):
		yield f"kind {event.get('kind')!r}"
	if not str(event.get("journal")).startswith("desk/") and event.get("by", "author") not in ("author", "moderators", "machine"):
		yield f"by {event['by']!r}"
	post = event.get("post")
	if isinstance(post, dict) and str(event.get("journal")).startswith("circle/"):
		yield from post_flaws(post)
		if event.get("kind") == "posted" and post.get("seq") != event.get("seq"):
			yield f"post.seq {post.get('seq')} in its posted {event.get('seq')}"
		elif isinstance(post.get("seq"), int) and isinstance(event.get("seq"), int) and post["seq"] > event["seq"]:
			yield f"post.seq {post['seq']} in an earlier event {event['seq']}"


def post_flaws(post):
	for key in ("id", "thread", "reply_to", "seq", "rev", "state", "author"):
		if key not in post:
			yield f"post without {key}"
	if post.get("state") not in STATES:
		yield f"state {post.get('state')!r}"
	if type(post.get("rev")) is not int or post["rev"] < 1:
		yield f"rev {post.get('rev')!r}"
	if "text" in post and post.get("state") not in ("visible", "redacted"):
		yield f"a {post.get('state')} post with words"
	if "text" not in post and post.get("state") == "visible":
		yield "a visible post without text"
	author = post.get("author")
	if not isinstance(author, dict):
		yield f"author {author!r}"
	elif post.get("state") != "erased":
		for key in ("id", "name", "kind", "role"):
			if key not in author:
				yield f"author without {key}"


class Fold:
	"""What a client keeps of a circle: the highest rev of each post, in order of post.seq."""

	def __init__(self, events=()):
		self.posts, self.order = {}, []
		for event in events:
			self.take(event)

	def take(self, event):
		self.order.append((event["seq"], event["kind"], (event.get("post") or {}).get("id")))
		post = event.get("post")
		if post and "rev" in post:
			old = self.posts.get(post["id"])
			if old is None or post["rev"] >= old["rev"]:
				self.posts[post["id"]] = post
		return self

	def picture(self):
		return [dump(post) for post in sorted(self.posts.values(), key=lambda post: post["seq"])]

	def texts(self):
		return [post.get("text") for post in sorted(self.posts.values(), key=lambda post: post["seq"])]


# ---------------------------------------------------------------- one WebSocket, by hand

def _mask(key, payload):
	n = len(payload)
	if not n:
		return b""
	pad = (key * (n // 4 + 1))[:n]
	return (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(n, "big")


class Wire:
	"""A WebSocket connection without a thread: send frames, read frames, break rules on purpose."""

	def __init__(self, server, origin=None, protocol="maagal.v1", path="/ws", headers=(), receive_buffer=None, timeout=20):
		self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
		if receive_buffer:
			self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
		self.sock.settimeout(timeout * PATIENCE)
		self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
		self.inbox = bytearray()
		self.lock = threading.Lock()
		try:
			self.sock.connect(server.address)
			self._shake(server, origin, protocol, path, headers)
		except BaseException:
			self.sock.close()
			raise

	def _shake(self, server, origin, protocol, path, headers):
		key = base64.b64encode(secrets.token_bytes(16)).decode()
		lines = [f"GET {path} HTTP/1.1", f"Host: {server.address[0]}:{server.address[1]}", "Upgrade: websocket",
			"Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
		if protocol:
			lines.append(f"Sec-WebSocket-Protocol: {protocol}")
		if origin:
			lines.append(f"Origin: {origin}")
		lines += list(headers)
		self.sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
		while b"\r\n\r\n" not in self.inbox:
			self._more()
		head, _, rest = bytes(self.inbox).partition(b"\r\n\r\n")
		self.inbox = bytearray(rest)
		self.handshake = head.decode("latin-1")
		if " 101 " not in self.handshake.split("\r\n")[0] + " ":
			raise ConnectionError(f"no 101: {self.handshake.splitlines()[0]}")
		accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
		fields = {line.split(":", 1)[0].strip().lower(): line.split(":", 1)[1].strip()
			for line in self.handshake.split("\r\n")[1:] if ":" in line}
		equal(fields.get("sec-websocket-accept"), accept, "Sec-WebSocket-Accept")
		if protocol:
			equal(fields.get("sec-websocket-protocol"), "maagal.v1", "subprotocol")

	def _more(self):
		data = self.sock.recv(262144)
		if not data:
			raise ConnectionError("the server closed the connection")
		self.inbox += data

	def send_frame(self, opcode, payload=b"", fin=True, masked=True, rsv=0):
		head = bytearray([(0x80 if fin else 0) | rsv << 4 | opcode])
		n, bit = len(payload), 0x80 if masked else 0
		if n < 126:
			head.append(bit | n)
		elif n < 65536:
			head += bytes([bit | 126]) + struct.pack("!H", n)
		else:
			head += bytes([bit | 127]) + struct.pack("!Q", n)
		if masked:
			key = secrets.token_bytes(4)
			head += key
			payload = _mask(key, payload)
		with self.lock:
			self.sock.sendall(bytes(head) + payload)

	def send_text(self, text):
		self.send_frame(TEXT, text.encode() if isinstance(text, str) else text)

	def send_json(self, value):
		self.send_text(dump(value))

	def read_frame(self):
		"""(fin, opcode, payload); raises ConnectionError at the end, TimeoutError when nothing comes."""
		while len(self.inbox) < 2:
			self._more()
		n, at = self.inbox[1] & 0x7F, 2
		if self.inbox[1] & 0x80:
			raise Failed("the server masks its frames")
		if n == 126:
			at = 4
		elif n == 127:
			at = 10
		while len(self.inbox) < at:
			self._more()
		if at == 4:
			n = struct.unpack_from("!H", self.inbox, 2)[0]
		elif at == 10:
			n = struct.unpack_from("!Q", self.inbox, 2)[0]
		while len(self.inbox) < at + n:
			self._more()
		fin, opcode = self.inbox[0] >> 7, self.inbox[0] & 15
		if self.inbox[0] & 0x70:
			raise Failed("reserved bits set by the server")
		payload = bytes(self.inbox[at:at + n])
		del self.inbox[:at + n]
		return bool(fin), opcode, payload

	def read_json(self):
		"""The next text message, answering pings; raises Closed with .code when a close frame comes."""
		whole = b""
		while True:
			fin, opcode, payload = self.read_frame()
			if opcode == PING:
				self.send_frame(PONG, payload)
			elif opcode == CLOSE:
				err = Closed(f"closed with {close_code(payload)}")
				err.code = close_code(payload)
				raise err
			elif opcode != PONG:
				whole += payload
				if fin:
					return parse(whole)

	def answer(self, request_id):
		while True:
			message = self.read_json()
			if message.get("id") == request_id and "method" not in message:
				return message

	def call(self, method, request_id=1, **params):
		self.send_json({"jsonrpc": "2.0", "id": request_id, "method": method, "params": params})
		message = self.answer(request_id)
		if "error" in message:
			raise RpcError(dump(message).encode(), message["error"])
		return message["result"]

	def read_close(self):
		"""Reads on until the connection ends; the close code, or None when it was reset or just ended."""
		try:
			while True:
				_, opcode, payload = self.read_frame()
				if opcode == CLOSE:
					return close_code(payload)
		except (ConnectionError, OSError) as err:
			if isinstance(err, TimeoutError):
				fail("the server did not close the connection")
			return None

	def close(self):
		with contextlib.suppress(OSError):
			self.sock.close()

	def reset(self):
		"""Ends the connection as a broken network does."""
		with contextlib.suppress(OSError):
			self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
		self.close()


def close_code(payload):
	return struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005


# ---------------------------------------------------------------- one client

class Client:
	"""A participant's program. A thread reads; calls and waits have deadlines; every frame is checked."""

	def __init__(self, server, **wire):
		self.server, self.me, self.opened = server, None, None
		self.flaws, self.seen, self.pending, self.notices, self.stray = [], [], [], [], []
		self.answers, self.asked, self.next_seq, self.revs = {}, {}, {}, {}
		self.close_code, self.close_reason, self.ended = None, None, False
		self.change = threading.Condition()
		self.n = 0
		self.wire = Wire(server, **wire)
		self.wire.sock.settimeout(None)
		self.thread = threading.Thread(target=self._read, daemon=True)
		self.thread.start()
		_now.clients.append(self)

	# -- reading

	def _read(self):
		whole, first = b"", None
		try:
			while True:
				fin, opcode, payload = self.wire.read_frame()
				if opcode == PING:
					self.wire.send_frame(PONG, payload)
				elif opcode == CLOSE:
					self.close_code, self.close_reason = close_code(payload), payload[2:].decode("utf-8", "replace")
					with contextlib.suppress(OSError):
						self.wire.send_frame(CLOSE, payload[:2])
				elif opcode == PONG:
					with self.change:
						self.notices.append({"method": "pong", "params": payload})
						self.change.notify_all()
				else:
					if not whole and first is None:
						first = opcode
					whole += payload
					if fin:
						self._take(first, whole)
						whole, first = b"", None
		except (OSError, ValueError, Failed) as err:
			if isinstance(err, Failed):
				self._flaw(str(err))
		finally:
			with self.change:
				self.ended = True
				self.change.notify_all()

	def _flaw(self, why):
		self.flaws.append(why)

	def _take(self, opcode, payload):
		if opcode != TEXT:
			self._flaw(f"a frame of kind {opcode}")
		if len(payload) > FRAME_MAX:
			self._flaw(f"a message of {len(payload)} bytes")
		try:
			text = payload.decode()
			message = parse(text)
		except ValueError as err:
			self._flaw(f"no JSON ({err}): {shorten(payload)}")
			return
		if re.search(r"\s", _STRING.sub("", text)):
			self._flaw(f"JSON that is not compact: {shorten(text, 200)}")
		if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
			self._flaw(f"no JSON-RPC 2.0: {shorten(text, 200)}")
			return
		with self.change:
			if "method" in message:
				self._take_notification(message)
			else:
				self._take_answer(message, payload)
			self.change.notify_all()

	def _take_notification(self, message):
		if "id" in message:
			self._flaw("the server sends requests")
		if message["method"] != "event":
			message["mono"] = time.monotonic()
			self.notices.append(message)
			return
		event = message["params"]
		self._check_event(event)
		journal, seq = event.get("journal"), event.get("seq")
		due = self.next_seq.get(journal)
		if due is None:
			self._flaw(f"a live event of {journal}, which was not joined: {seq} {event.get('kind')}")
		elif seq != due:
			self._flaw(f"live event {seq} of {journal}, {due} was due")
		self.next_seq[journal] = (seq or 0) + 1
		self.seen.append(event)
		self.pending.append(event)

	def _check_event(self, event):
		for flaw in event_flaws(event):
			self._flaw(f"{flaw} in {shorten(dump(event), 400)}")
		post = event.get("post")
		if isinstance(post, dict) and type(post.get("rev")) is int and str(event.get("journal")).startswith("circle/"):
			revs = self.revs.setdefault(post.get("id"), {})
			now = (post.get("state"), post.get("text"))
			if revs.setdefault(post["rev"], now) != now:
				self._flaw(f"post {post.get('id')} has two faces at rev {post['rev']}: {revs[post['rev']]} and {now}")
			if revs and post["rev"] < max(revs):
				self._flaw(f"old words travel: rev {post['rev']} of {post.get('id')} after rev {max(revs)}")

	def _take_answer(self, message, payload):
		if ("result" in message) == ("error" in message):
			self._flaw(f"neither or both of result and error: {shorten(message)}")
		extra = set(message) - {"jsonrpc", "id", "result", "error"}
		if extra:
			self._flaw(f"an answer with {extra}")
		request_id = message.get("id")
		key = dump(request_id)
		if key not in self.asked:
			self.stray.append((payload, message))
			return
		method, params = self.asked.pop(key)
		self.answers.setdefault(key, []).append((payload, message))
		result = message.get("result")
		if isinstance(result, dict):
			for event in result.get("events") or ():
				self._check_event(event)
			if method in ("circle.join", "desk.join", "inbox.join"):
				self._take_join(method, params, result)
			elif method == "circle.leave":
				self.next_seq.pop("circle/" + str(params.get("circle")), None)

	def _take_join(self, method, params, result):
		kind = method.split(".")[0]
		journal = f"inbox/{self.me['id']}" if kind == "inbox" and self.me else f"{kind}/{params.get('circle')}"
		events = result.get("events") or []
		seqs = [event.get("seq") for event in events]
		if any(b <= a for a, b in zip(seqs, seqs[1:])):
			self._flaw(f"{method} gives {seqs}, not ascending")
		for event in events:
			if event.get("journal") != journal:
				self._flaw(f"{method} gives events of {event.get('journal')}")
		if result.get("more"):
			self.next_seq.pop(journal, None)
			return
		after = params.get("after")
		last = seqs[-1] if seqs else after if after is not None else result.get("head")
		self.next_seq[journal] = (last or 0) + 1

	# -- speaking

	def ask(self, method, params=None, **named):
		"""Sends a request and returns its id, without waiting."""
		self.n += 1
		params = {**(params or {}), **named}
		self._register(method, params)
		with self.change:
			self.asked[dump(self.n)] = (method, params)
		self._send({"jsonrpc": "2.0", "id": self.n, "method": method, "params": params})
		return self.n

	def _register(self, method, params):
		for key in ("text", "query", "token", "resume", "note", "reason"):
			if isinstance(params.get(key), str):
				self.server.secret(params[key])

	def _send(self, message):
		try:
			self.wire.send_json(message)
		except OSError as err:
			raise self._closed(f"could not send ({err})") from None

	def _closed(self, why):
		err = Closed(f"{why}; connection closed with {self.close_code}")
		err.code = self.close_code
		return err

	def answer(self, request_id, timeout=20):
		key = dump(request_id)
		with self.change:
			if not self.change.wait_for(lambda: self.answers.get(key) or self.ended, timeout * PATIENCE):
				fail(f"no answer to {self.asked.get(key)} within {timeout} s")
			if not self.answers.get(key):
				raise self._closed(f"no answer to {shorten(self.asked.get(key))}")
			return self.answers.pop(key)[0]

	def result(self, request_id, timeout=20):
		payload, message = self.answer(request_id, timeout)
		if "error" in message:
			raise RpcError(payload, message["error"])
		return message["result"]

	def call(self, method, params=None, timeout=20, **named):
		return self.result(self.ask(method, params, **named), timeout)

	def raw_answer(self, method, params=None, **named):
		"""The bytes of the answer, its id cut out: to compare answers."""
		request_id = self.ask(method, params, **named)
		payload, _ = self.answer(request_id)
		return payload.replace(b'"id":%d' % request_id, b'"id":0')

	def notify(self, method, params=None, **named):
		params = {**(params or {}), **named}
		self._register(method, params)
		self._send({"jsonrpc": "2.0", "method": method, "params": params})

	def send_raw(self, text, answers=True, timeout=10):
		"""Sends these very bytes; returns the one answer that no request of ours asked for."""
		with self.change:
			before = len(self.stray)
		self.wire.send_text(text)
		if not answers:
			return None
		with self.change:
			if not self.change.wait_for(lambda: len(self.stray) > before or self.ended, timeout * PATIENCE):
				fail(f"no answer to {shorten(text)}")
			if len(self.stray) <= before:
				raise self._closed(f"no answer to {shorten(text)}")
			return self.stray[before][1]

	def barrier(self):
		"""When this returns, everything that the server had for us before it has been read."""
		self.call("session.ping")

	# -- the usual sentences

	def open(self, **params):
		self.opened = self.call("session.open", params)
		self.me = self.opened["participant"]
		self.server.secret(self.opened.get("resume"))
		return self

	def join(self, circle, **params):
		return self.call("circle.join", {"circle": circle, **params})

	def join_all(self, circle, method="circle.join", after=0, **params):
		"""Joins from the beginning, page by page; all events, then live."""
		events = []
		while True:
			page = self.call(method, {**({"circle": circle} if circle else {}), "after": after, **params})
			events += page["events"]
			if not page["more"]:
				return events
			check(page["events"], "an empty page that promises more")
			after = page["events"][-1]["seq"]

	def history(self, circle, **params):
		"""The whole history, read forward in pages."""
		events, after = [], 0
		while True:
			page = self.call("history.read", {"circle": circle, "after": after, **params})
			events += page["events"]
			if not page["more"]:
				return events
			check(page["events"], "an empty page that promises more")
			after = page["events"][-1]["seq"]

	def post(self, circle, text, key=None, **params):
		"""Any status."""
		return self.call("post.create", {"circle": circle, "text": text, "key": key or unique("k"), **params})

	def say(self, circle, text, key=None, **params):
		"""A post that must be posted."""
		answer = self.post(circle, text, key, **params)
		equal(answer.get("status"), "posted", f"status of {shorten(text, 80)!r}, reasons {answer.get('reasons')}")
		check(isinstance(answer.get("id"), str) and type(answer.get("seq")) is int, f"id and seq: {answer}")
		return answer

	# -- waiting

	def wait_event(self, kind=None, journal=None, where=None, timeout=10):
		"""The next event like this that nobody has waited for yet."""
		def like(event):
			return ((kind is None or event["kind"] == kind) and (journal is None or event["journal"] == journal)
				and (where is None or where(event)))

		def find():
			return next((event for event in self.pending if like(event)), None)

		with self.change:
			self.change.wait_for(lambda: find() or self.ended, timeout * PATIENCE)
			event = find()
			if event is None:
				got = [(event["journal"], event["seq"], event["kind"]) for event in self.pending]
				fail(f"no event kind={kind} journal={journal} within {timeout} s; waiting are {shorten(got)}"
					+ (f"; closed with {self.close_code}" if self.ended else ""))
			self.pending.remove(event)
			return event

	def wait_seq(self, journal, seq, timeout=20):
		"""Until this journal has been read up to seq."""
		with self.change:
			if not self.change.wait_for(lambda: self.next_seq.get(journal, 0) > seq or self.ended, timeout * PATIENCE):
				fail(f"{journal} read up to {self.next_seq.get(journal, 0) - 1}, {seq} was due within {timeout} s")
			check(self.next_seq.get(journal, 0) > seq, f"connection ended ({self.close_code}) before {journal} {seq}")

	def wait_notice(self, method, where=None, timeout=10):
		def find():
			return next((notice for notice in self.notices
				if notice["method"] == method and (where is None or where(notice["params"]))), None)

		with self.change:
			if not self.change.wait_for(lambda: find() or self.ended, timeout * PATIENCE) or not find():
				fail(f"no {method} within {timeout} s; got {shorten(self.notices)}")
			notice = find()
			self.notices.remove(notice)
			return notice

	def wait_closed(self, timeout=15):
		with self.change:
			if not self.change.wait_for(lambda: self.ended, timeout * PATIENCE):
				fail(f"the server did not close the connection within {timeout} s")
		return self.close_code

	def has_seen(self, words):
		return any(words in dump(event) for event in self.seen)

	def close(self):
		with contextlib.suppress(OSError):
			if not self.ended:
				self.wire.send_frame(CLOSE, struct.pack("!H", 1000))
				self.thread.join(1)
			self.wire.sock.shutdown(socket.SHUT_RDWR)
		self.wire.close()
		self.thread.join(1)

	def drop(self):
		"""Ends the connection as a broken network does."""
		with contextlib.suppress(OSError):
			self.wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
			self.wire.sock.shutdown(socket.SHUT_RD)
		self.wire.close()


# ---------------------------------------------------------------- the server

SANITISERS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer", "runtime error:",
	"ERROR: UndefinedBehaviorSanitizer", "Assertion ")


class Server:
	"""The built program, serving a data directory of its own."""

	def __init__(self, *settings, data=None, args=(), env=None, start=True, shared=False, listen="127.0.0.1:0", file_limit=False):
		self.folder = pathlib.Path(tempfile.mkdtemp(prefix="maagal-talk-", dir=os.environ.get("TMPDIR")))
		self.data = pathlib.Path(data) if data else self.folder / "data"
		self.data.mkdir(exist_ok=True)
		self.settings, self.args, self.env, self.listen = settings, list(args), env or {}, listen
		self.process, self.address, self.secrets, self.runs = None, None, set(), 0
		self.file_limit = file_limit	# True: writing beyond limit_files() fails, as on a full disk, and kills nobody
		self.outs, self.logs, self.scout, self.log_read = [], [], None, 0
		_now.folders.append(self.folder)
		(_now.shared_servers if shared else _now.servers).append(self)
		if start:
			self.start()

	def start(self, port=None, wait=True):
		self.runs += 1
		out, log = self.folder / f"out.{self.runs}", self.folder / f"log.{self.runs}"
		self.outs.append(out)
		self.logs.append(log)
		listen = self.listen if port is None else f"127.0.0.1:{port}"
		line = [PROGRAM, "serve", "--listen", listen, "--data", str(self.data)]
		for setting in self.settings:
			line += ["--set", setting]
		self.process = subprocess.Popen(line + self.args, stdin=subprocess.DEVNULL, stdout=open(out, "wb"),
			stderr=open(log, "wb"), env={**os.environ, **self.env}, start_new_session=True,
			restore_signals=not self.file_limit)
		if wait:
			self.wait_ready()
		return self

	def wait_ready(self, timeout=20):
		def ready():
			for line in self.outs[-1].read_text(errors="replace").splitlines():
				if found := re.fullmatch(r"ready https?://(.+):(\d+)/?", line):
					return found
			if self.process.poll() is not None:
				fail(f"the server ended with {self.process.returncode} before it was ready: {shorten(self.log()[-1500:], 1500)}")
			return None

		found = wait_until(ready, "the ready line", timeout)
		self.address = (found[1].strip("[]"), int(found[2]))

	@property
	def port(self):
		return self.address[1]

	@property
	def pid(self):
		return self.process.pid

	def alive(self):
		return self.process is not None and self.process.poll() is None

	def terminate(self):
		self.process.send_signal(signal.SIGTERM)

	def wait_exit(self, timeout=15):
		try:
			return self.process.wait(timeout * PATIENCE)
		except subprocess.TimeoutExpired:
			fail(f"the server has not ended within {timeout} s")

	def stop(self):
		"""SIGTERM; the exit status."""
		if not self.alive():
			return self.process.returncode if self.process else None
		self.terminate()
		return self.wait_exit()

	def kill(self):
		if self.process and self.process.poll() is None:
			with contextlib.suppress(ProcessLookupError):
				self.process.send_signal(signal.SIGCONT)
				self.process.kill()
			self.process.wait()

	def restart(self, same_port=False, kill=False):
		port = self.port if same_port else None
		if kill:
			self.kill()
		else:
			equal(self.stop(), 0, "exit status after SIGTERM")
		self.scout = None
		return self.start(port)

	def pause(self):
		self.process.send_signal(signal.SIGSTOP)

	def go_on(self):
		self.process.send_signal(signal.SIGCONT)

	def limit_files(self, size=resource.RLIM_INFINITY):
		"""From now on nothing can be written beyond this size of a file: a full disk without a disk."""
		resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

	def hang_up(self):
		self.process.send_signal(signal.SIGHUP)

	def log(self):
		return "".join(path.read_text(errors="replace") for path in self.logs if path.exists())

	def out(self):
		return "".join(path.read_text(errors="replace") for path in self.outs if path.exists())

	def secret(self, words):
		"""What must never stand in a log."""
		if isinstance(words, str) and len(words) >= 8:
			self.secrets.add(words[:60])

	def flaws(self):
		log = self.log() + self.out()
		new = log
		for mark in SANITISERS:
			if mark in new:
				at = new.index(mark)
				yield f"a sanitiser or assertion reports: {new[at:at + 1200]}"
		for words in self.secrets:
			if words in new or json.dumps(words)[1:-1] in new:
				yield f"the log holds what a participant sent: {shorten(words, 60)!r}"

	# -- the other sub-commands, on the same data

	def cli(self, *args, **more):
		return run(*args, "--data", str(self.data), **more)

	def apply(self, declaration):
		path = self.folder / f"{declaration['id']}.json"
		path.write_text(dump(declaration))
		done = self.cli("process", "apply", str(path))
		equal(done.returncode, 0, f"exit status of process apply ({done.stdout}{done.stderr})")
		return done

	def invite(self, circle, role="participant", name="Rivka", **more):
		return self.invite_many(circle, role, name, **more)[0]

	def invite_many(self, circle, role="participant", name="Rivka", **more):
		args = ["--circle", circle, "--role", role, "--name", name, "--json"]
		for key, value in more.items():
			args += [f"--{key}", str(value)]
		done = self.cli("invite", *args)
		equal(done.returncode, 0, f"exit status of invite ({done.stdout}{done.stderr})")
		out = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
		for invitation in out:
			self.secret(invitation["token"])
		return out

	# -- plain HTTP

	def http(self, path, method="GET", headers=None, body=None):
		link = http.client.HTTPConnection(*self.address, timeout=10 * PATIENCE)
		try:
			link.request(method, path, body=body, headers=headers or {})
			answer = link.getresponse()
			return answer.status, dict((key.lower(), value) for key, value in answer.getheaders()), answer.read()
		finally:
			link.close()

	# -- people

	def client(self, **wire):
		return Client(self, **wire)

	def guest(self, name="Noa", lang="en", **params):
		return Client(self).open(name=name, lang=lang, **params)


def run(*args, data=None, timeout=60, env=None, text=True):
	"""One run of the program; stdin is `data`."""
	return subprocess.run([PROGRAM, *map(str, args)], input=data, capture_output=True, text=text,
		timeout=timeout * PATIENCE, env={**os.environ, **(env or {})})


def serve(*settings, **more):
	"""A server for this test alone; ended with it."""
	return Server(*settings, **more)


def shared(*settings):
	"""The server of this file: started at first use, started anew if a test has ended it."""
	server = _now.by_settings.get(settings)
	if server is None or not server.alive():
		server = _now.by_settings[settings] = Server(*settings, shared=True)
	return server


# ---------------------------------------------------------------- a process to talk in

class Town:
	"""A process with a public forum and a closed panel, unless declared otherwise."""

	def __init__(self, server, declaration):
		self.server, self.declaration = server, declaration
		self.process = declaration["id"]
		self.version = declaration["charter"]["version"]
		circles = [circle["id"] for circle in declaration["circles"]]
		self.forum = next((c["id"] for c in declaration["circles"] if c["access"] == "public"), None)
		self.panel = next((c["id"] for c in declaration["circles"] if c["access"] == "closed"), None)
		self.circles = circles

	def accept(self):
		return {"process": self.process, "version": self.version}

	def guest(self, name="Noa", lang="en", **params):
		return self.server.guest(name, lang, accept=self.accept(), **params)

	def member(self, role="participant", name="Rivka", circle=None, lang="en", **params):
		invitation = self.server.invite(circle or self.panel, role, name, **params)
		return Client(self.server).open(token=invitation["token"], lang=lang, accept=self.accept())

	def moderator(self, name="Dana", circle=None, lang="en"):
		return self.member("moderator", name, circle or self.forum, lang)

	def again(self, client, **params):
		"""The same person on another connection."""
		return Client(self.server).open(resume=client.opened["resume"], **params)


def declaration(circles=None, **over):
	mark = secrets.token_hex(3)
	if circles is None:
		circles = [
			{"id": f"panel-{mark}", "title": {"he": "פאנל", "ar": "لجنة", "en": "Panel"}, "access": "closed", "policy": "expert"},
			{"id": f"forum-{mark}", "title": {"he": "פורום", "ar": "منتدى", "en": "Forum"}, "access": "public", "policy": "public",
				"pace_seconds": 0},
		]
	return {
		"id": f"process-{mark}", "title": {"he": "תקציב", "ar": "ميزانية", "en": "Budget"}, "languages": ["he", "ar", "en"],
		"charter": {"version": 1, "goals": "To hear everybody.", "how_it_works": "You write, others read.",
			"use_of_information": "For this process alone.", "decision_path": "The council decides.",
			"ends": "2039-01-31", "product": "A report.", "promises": [{"id": "best-idea", "text": "The best idea is heard."}]},
		"rules": [{"id": "respect", "text": {"he": "כבוד", "ar": "احترام", "en": "Respect each other."}}],
		"circles": circles, **over,
	}


def given_process(server, circles=None, **over):
	"""Applies a new process by the command line and waits until the running server knows it."""
	town = Town(server, declaration(circles, **over))
	server.apply(town.declaration)
	if server.alive():
		known(server, town)
	return town


def known(server, town):
	if server.scout is None or server.scout.ended:
		server.scout = Client(server).open(name="Scout")
		_now.clients.remove(server.scout)

	def heard():
		try:
			return server.scout.call("charter.read", process=town.process)["version"] == town.version
		except RpcError as err:
			if err.name != "not_found":
				raise
			return False

	if town.forum:
		wait_until(heard, "the running server knows the new process")


# ---------------------------------------------------------------- another clock

class Clock:
	"""The wall clock of a server, set by the package faketime; its steady clock goes on as ever."""

	def __init__(self):
		found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
		if not found:
			skip("the package faketime is not installed")
		self.path = pathlib.Path(tempfile.mkdtemp(prefix="maagal-clock-")) / "stamp"
		_now.folders.append(self.path.parent)
		self.env = {"LD_PRELOAD": found[0], "FAKETIME_TIMESTAMP_FILE": str(self.path), "FAKETIME_NO_CACHE": "1",
			"FAKETIME_DONT_FAKE_MONOTONIC": "1", "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
		self.set("+0")

	def set(self, offset):
		"""`+29d`, `-2h`, against the real time."""
		new = self.path.with_suffix(".new")
		new.write_text(offset)
		new.rename(self.path)


# ---------------------------------------------------------------- words that the shipped rules act upon

CANDIDATES = [
	"You are an idiot and a liar, shut up", "you fucking idiot", "Fuck you, you stupid moron",
	"you are all disgusting pigs, stupid idiots", "Only a complete idiot would write this", "You idiot",
	"אתה אידיוט מטומטם ושקרן", "Shut up", "what a stupid idea", "This is bullshit", "you are being ridiculous",
	"WHY DO YOU NEVER LISTEN TO ANYBODY HERE!!!!!!!!", "damn nonsense, crap", "I will kill you", "I will find you and kill you tonight",
	"kill yourself, you piece of shit", "go kill yourself", "אני אהרוג אותך", "you should die", "סתום את הפה", "you always lie",
	"I know where you live and I will hurt you", "buy cheap pills http://spam.example/a http://spam.example/b http://spam.example/c",
]
_words = {}


def words(action, policy="public"):
	"""A fresh text that the shipped rules answer with this action (asked of `maagal judge`, which says the same as serve)."""
	table = _words.get(policy)
	if table is None:
		table = _words[policy] = {}
		mark = 100000 + secrets.randbelow(900000)
		lines = "".join(dump({"id": str(i), "thread": f"t{i}", "author": f"a{i}", "text": f"{text} ({mark})", "ts": 1700000000 + i * 600,
			"circle": f"c{i}", "reply_to": None}) + "\n" for i, text in enumerate(CANDIDATES))
		done = run("judge", "--policy", policy, data=lines)
		equal(done.returncode, 0, f"exit status of judge ({shorten(done.stderr)})")
		for line in done.stdout.splitlines():
			verdict = json.loads(line)
			table.setdefault(verdict["action"], CANDIDATES[int(verdict["id"])])
	if action not in table:
		fail(f"the shipped rules {action} none of the candidates")
	return f"{table[action]} ({100000 + secrets.randbelow(900000)})"


# ---------------------------------------------------------------- moderating

def queue_item(moderator, circle, post=None, timeout=10):
	"""Waits until the desk's queue holds an item (about this post) and gives it."""
	def find():
		after = {}
		while True:
			queue = moderator.call("desk.queue", {"circle": circle, **after})
			for item in queue["items"]:
				if post is None or post in dump(item):
					return item
			if not queue.get("more"):
				return None
			after = {"after": item_id(queue["items"][-1])}

	return wait_until(find, f"an item about {post} in the queue of {circle}", timeout)


def item_id(item):
	return item.get("item") or item["id"]


# ---------------------------------------------------------------- running

class _Now:
	"""What the running test has started, so that its end can end it."""

	def __init__(self):
		self.clients, self.servers, self.shared_servers, self.folders, self.by_settings = [], [], [], [], {}
		self.undo = []


_now = _Now()


def finally_do(what):
	"""Done at the end of the test, whatever happens."""
	_now.undo.append(what)


def _end_test(problems):
	for client in _now.clients:
		client.close()
		problems += [f"{(client.me or {}).get('name', 'a client')} was sent {flaw}" for flaw in client.flaws[:5]]
	_now.clients.clear()
	for undo in reversed(_now.undo):
		try:
			undo()
		except Exception as err:	# the next undo must still run
			problems.append(f"undoing: {err!r}")
	_now.undo.clear()
	for server in _now.servers:
		if server.alive():
			with contextlib.suppress(Failed):
				server.go_on()
				server.stop()
		server.kill()
		problems += list(server.flaws())
	if os.environ.get("MAAGAL_VERIFY"):	# whatever was done, the store is sound: for a look at all tests
		for server in _now.servers + _now.shared_servers:
			if not (server.data / "maagal.db").exists():
				continue
			done = run("verify", "--data", str(server.data))
			problems += [f"verify: {done.stderr}"] if done.returncode else []
	for server in _now.shared_servers:
		if not server.alive() and not getattr(server, "reported", False):
			server.reported = True
			problems.append(f"the server of this file ended with {server.process.returncode}")
		problems += list(server.flaws())


def _run(name, test, deadline):
	problems, outcome = [], "ok"

	def late(*_):
		raise Deadline(f"not done within {deadline:.0f} s")

	signal.signal(signal.SIGALRM, late)
	signal.setitimer(signal.ITIMER_REAL, deadline)
	try:
		test()
	except Skipped as why:
		outcome = f"skip: {why}"
	except (Exception, Deadline) as err:
		problems += ["".join(traceback.format_exception(err)).rstrip()]
		if isinstance(err, Deadline):
			for server in _now.servers + _now.shared_servers:
				server.kill()
	finally:
		signal.setitimer(signal.ITIMER_REAL, 0)
	_end_test(problems)
	sentence = name.removeprefix("test_").replace("_", " ")
	if problems:
		print(f"not ok - {sentence}")
		for server in _now.servers + _now.shared_servers:
			problems.append(f"end of the log of {server.folder}:\n{server.log()[-1500:]}")
		for line in "\n".join(problems).splitlines():
			print(f"# {line}")
	elif outcome != "ok":
		print(f"skip - {sentence}: {outcome.removeprefix('skip: ')}")
	else:
		print(f"ok - {sentence}")
	sys.stdout.flush()
	_now.servers.clear()
	return not problems


def main(deadline=60):
	"""Runs the tests of the file, or those whose names hold an argument; exit status 0 or 1."""
	module = sys.modules["__main__"]
	tests = [(name, value) for name, value in vars(module).items() if name.startswith("test_") and callable(value)]
	wanted = [argument.removeprefix("test_").replace(" ", "_") for argument in sys.argv[1:] if not argument.startswith("-")]
	if "--list" in sys.argv:
		print("\n".join(name for name, _ in tests))
		sys.exit(0)
	chosen = [(name, test) for name, test in tests if not wanted or any(word in name for word in wanted)]
	if not os.access(PROGRAM, os.X_OK):
		print(f"not ok - the program {PROGRAM} is built")
		sys.exit(1)
	good = bool(chosen)
	try:
		for name, test in chosen:
			limit = getattr(test, "deadline", deadline) * PATIENCE
			good = _run(name, test, limit) and good
		good = _end_file() and good
	finally:
		for server in _now.shared_servers + _now.servers:
			server.kill()
		if not os.environ.get("MAAGAL_KEEP"):
			for folder in _now.folders:
				shutil.rmtree(folder, ignore_errors=True)
	sys.exit(0 if good else 1)


def _end_file():
	good = True
	for server in _now.shared_servers:
		if not server.alive():
			continue
		try:
			status = server.stop()
			flaws = list(server.flaws())
		except Failed as err:
			status, flaws = None, [str(err)]
		if status != 0 or flaws:
			good = False
			print("not ok - the server of this file ends in good order")
			print("\n".join(f"# {line}" for line in "\n".join([f"exit status {status}", *flaws, server.log()[-1500:]]).splitlines()))
	return good


def within(seconds):
	"""Marks a test that may take longer, or must be shorter, than the rest."""
	def mark(test):
		test.deadline = seconds
		return test
	return mark
