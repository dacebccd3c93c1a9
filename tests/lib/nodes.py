"""Several processes on one data directory, and those who write and read at all of them."""
import collections
import contextlib
import os
import pathlib
import signal
import threading
import time

import talk
from talk import check, equal


def given_nodes(count, *settings, **more):
	"""The processes and what is declared on their data."""
	first = talk.serve("limits=0", *settings, **more)
	town = talk.given_process(first)
	return [first] + [talk.serve("limits=0", *settings, data=first.data, **more) for _ in range(count - 1)], town


def guest(node, town, name):
	return node.guest(name, accept=town.accept())


def figures(node):
	"""/metrics as a dict: name with labels → value."""
	out = {}
	for line in node.http("/metrics")[2].decode().splitlines():
		if line and not line.startswith("#"):
			name, _, value = line.rpartition(" ")
			out[name] = float(value)
	return out


def relay_is(nodes, up):
	def all_are():
		return all(figures(node)["maagal_relay_up"] == up for node in nodes)
	talk.wait_until(all_are, f"relay_up is {up} everywhere", 20)


def holder(node, name="turn.lock"):
	"""Does this process hold the lock file now?"""
	inode = os.stat(node.data / name).st_ino
	for line in open("/proc/locks"):
		words = line.split()
		if words[1] == "FLOCK" and words[5].rsplit(":", 1)[1] == str(inode):
			return int(words[4]) == node.pid
	return False


def state(node):
	return open(f"/proc/{node.pid}/stat").read().rpartition(")")[2].split()[0]


def stop_with_lock(node, name="turn.lock", timeout=30):
	"""SIGSTOP at a moment at which it holds the lock. It must be writing."""
	end = time.monotonic() + timeout * talk.PATIENCE
	while time.monotonic() < end:
		node.pause()
		while state(node) != "T":
			pass
		if holder(node, name):
			return
		node.go_on()
		threading.Event().wait(0.0005)
	talk.fail(f"{name} was never held by the process when it was stopped")


class Crowd:
	"""Writers at every node, one after the other at its own pace; readers at every node. Each post says
	who wrote it and its number, so that what is lost, doubled or reordered can be told."""

	def __init__(self, nodes, town, writers=2, pause=0.01):
		self.town, self.pause, self.over = town, pause, threading.Event()
		self.answered, self.refused, self.wrong = [], [], []
		self.came = collections.defaultdict(dict)	# node → seq → when
		self.said = {}	# seq → when it was answered
		self.readers = []
		for n, node in enumerate(nodes):
			reader = guest(node, town, f"Reader {n}")
			reader.join(town.forum)
			self.readers.append(reader)
		self.threads = [threading.Thread(target=self._write, args=(node, f"{n}.{i}"), daemon=True)
			for n, node in enumerate(nodes) for i in range(writers)]
		for thread in self.threads:
			thread.start()
		talk.finally_do(self.over.set)

	def _write(self, node, name):
		resume = None
		n = 0
		while not self.over.is_set():
			try:
				client = talk.Client(node)
				client.open(**({"resume": resume} if resume else {"name": name, "accept": self.town.accept()}))
				resume = client.opened["resume"]
				while not self.over.is_set():
					n = self._say(client, name, n)
			except (OSError, talk.Closed):
				self.over.wait(0.1)
			except Exception as err:
				self.wrong.append(f"{name}: {err!r}")
				return

	def _say(self, client, name, n):
		began = time.monotonic()
		try:
			post = client.call("post.create", circle=self.town.forum, text=f"{name} says {n}", key=f"k{n}")
		except talk.RpcError as err:
			if err.name not in ("storage_unavailable", "busy"):
				raise
			self.refused.append((time.monotonic() - began, err.name))
			self.over.wait(0.05)
			return n
		if post["status"] != "posted":
			raise AssertionError(post)
		self.answered.append((post["seq"], f"{name} says {n}", time.monotonic() - began))
		self.said[post["seq"]] = time.monotonic()
		self.over.wait(self.pause)
		return n + 1

	def slow(self, since=0):
		return max((took for seq, _, took in self.answered if self.said[seq] >= since), default=0)

	def behind(self, most, what):
		"""Whatever was answered is seen by all readers within `most` seconds of it."""
		last = max(seq for seq, _, _ in self.answered)
		for reader in self.readers:
			if not reader.ended:
				reader.wait_seq(f"circle/{self.town.forum}", last, timeout=most)
		return last

	def end(self, readers=None):
		"""Stops writing; checks that all readers have the same, and exactly what was answered."""
		self.over.set()
		for thread in self.threads:
			thread.join(20 * talk.PATIENCE)
		equal(self.wrong, [], "writers")
		check(self.answered, "something was said")
		seqs = [seq for seq, _, _ in self.answered]
		equal(len(set(seqs)), len(seqs), "each answer has a seq of its own")
		last = max(seqs)
		readers = readers or [reader for reader in self.readers if not reader.ended]
		check(readers, "somebody still reads")
		texts = dict((seq, text) for seq, text, _ in self.answered)
		for reader in readers:
			reader.wait_seq(f"circle/{self.town.forum}", last)
			seen = {e["seq"]: e["post"]["text"] for e in reader.seen if e["kind"] == "posted"}
			for seq, text in texts.items():
				equal(seen.get(seq), text, f"what {reader.me['name']} saw at {seq}")
			check_order(e["post"]["text"] for e in reader.seen if e["kind"] == "posted")
		first = [talk.dump(e) for e in readers[0].seen if e["seq"] <= last]
		for reader in readers[1:]:
			equal([talk.dump(e) for e in reader.seen if e["seq"] <= last], first, f"{reader.me['name']} and the first reader")
		return last


def check_order(texts):
	"""Each writer's words come once and in their order."""
	numbers = collections.defaultdict(list)
	for text in texts:
		name, _, n = text.partition(" says ")
		if n.isdigit():
			numbers[name].append(int(n))
	for name, said in numbers.items():
		equal(said, list(range(len(said))), f"what {name} said")
