"""A Redis of the test's own on loopback, and a wire in front of it that can be cut in the middle."""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

import talk


def free_port():
	with socket.socket() as sock:
		sock.bind(("127.0.0.1", 0))
		return sock.getsockname()[1]


def ask(address, *words, password=None, timeout=5):
	"""One command, one reply: enough of the protocol for what tests ask."""
	def line(link):
		text = link.readline()
		if not text.endswith(b"\r\n"):
			raise ConnectionError("Redis closed the connection")
		return text[:-2]

	def reply(link):
		head = line(link)
		kind, rest = head[:1], head[1:]
		if kind == b"-":
			raise RuntimeError(rest.decode())
		if kind == b"$":
			return None if rest == b"-1" else link.read(int(rest) + 2)[:-2]
		if kind == b"*":
			return [reply(link) for _ in range(int(rest))]
		return int(rest) if kind == b":" else rest

	with socket.create_connection(address, timeout) as sock, sock.makefile("rb") as link:
		for command in ([("AUTH", password)] if password else []) + [words]:
			parts = [word if isinstance(word, bytes) else str(word).encode() for word in command]
			sock.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
			answer = reply(link)
		return answer


class Redis:
	"""redis-server, holding everything in memory; ended with the test."""

	def __init__(self, password=None):
		self.program = shutil.which("redis-server")
		if not self.program:
			talk.skip("no redis-server here")
		self.folder = pathlib.Path(tempfile.mkdtemp(prefix="maagal-redis-"))
		self.port, self.password, self.process = free_port(), password, None
		talk.finally_do(self.end)
		self.start()

	@property
	def address(self):
		return "127.0.0.1", self.port

	def url(self, address=None):
		host, port = address or self.address
		return f"redis://{':' + self.password + '@' if self.password else ''}{host}:{port}/0"

	def start(self):
		line = [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", "",
			"--appendonly", "no", "--daemonize", "no"]
		if self.password:
			line += ["--requirepass", self.password]
		self.process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=open(self.folder / "log", "ab"),
			stderr=subprocess.STDOUT, start_new_session=True)

		def answers():
			with contextlib.suppress(OSError):
				return self.ask("PING") == b"PONG"
		talk.wait_until(answers, "Redis answers")
		return self

	def ask(self, *words):
		return ask(self.address, *words, password=self.password)

	def keys(self):
		return [key.decode() for key in self.ask("KEYS", "*")]

	def pause(self):
		self.process.send_signal(signal.SIGSTOP)

	def go_on(self):
		self.process.send_signal(signal.SIGCONT)

	def kill(self):
		if self.process.poll() is None:
			self.go_on()
			self.process.kill()
		self.process.wait()

	def end(self):
		self.kill()
		shutil.rmtree(self.folder, ignore_errors=True)


class Wire:
	"""Between the servers and Redis: passes bytes on until told to cut, also after so many bytes."""

	def __init__(self, behind):
		self.behind, self.pairs, self.lock = behind, set(), threading.Lock()
		self.cut_after = None	# bytes that Redis may still say to one connection
		self.passed = 0
		self.sock = socket.create_server(("127.0.0.1", 0))
		self.address = self.sock.getsockname()
		talk.finally_do(self.end)
		threading.Thread(target=self._accept, daemon=True).start()

	def _accept(self):
		while True:
			try:
				near, _ = self.sock.accept()
			except OSError:
				return
			try:
				far = socket.create_connection(self.behind, 5)
			except OSError:
				near.close()
				continue
			with self.lock:
				self.pairs.add((near, far))
			left = [self.cut_after]
			for one, other, counted in ((near, far, None), (far, near, left)):
				threading.Thread(target=self._pass, args=(one, other, counted, (near, far)), daemon=True).start()

	def _pass(self, one, other, counted, pair):
		with contextlib.suppress(OSError):
			while data := one.recv(65536):
				if counted is not None:
					self.passed += len(data)
				if counted is not None and counted[0] is not None:
					data, counted[0] = data[:counted[0]], counted[0] - len(data)
					other.sendall(data)
					if counted[0] <= 0:
						break
				else:
					other.sendall(data)
		self._close(pair)

	def _close(self, pair):
		with self.lock:
			self.pairs.discard(pair)
		for sock in pair:
			with contextlib.suppress(OSError):
				sock.shutdown(socket.SHUT_RDWR)

	def cut(self):
		for pair in list(self.pairs):
			self._close(pair)

	def end(self):
		with contextlib.suppress(OSError):
			self.sock.shutdown(socket.SHUT_RDWR)
		self.sock.close()
		self.cut()
