#!/usr/bin/python3
"""All processes are restarted one after the other under load: no client loses an event, none gets one twice."""
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import nodes
import redis_server
import talk
from talk import check, equal


class Traveller:
	"""A client as ours are: told goodbye, or cut off, it comes back to some process and goes on after what it has."""

	def __init__(self, houses, town, name, writes):
		self.houses, self.town, self.name, self.writes = houses, town, name, writes
		self.events, self.said, self.n, self.resume = [], {}, 0, None
		self.moves, self.goodbyes, self.wrong, self.flaws = 0, [], [], []
		self.over, self.ready = threading.Event(), threading.Event()
		self.thread = threading.Thread(target=self._live, daemon=True)
		self.thread.start()
		talk.finally_do(self.over.set)

	def _live(self):
		try:
			while not self.over.is_set():
				try:
					self._visit(talk.Client(random.choice(self.houses)))
				except (OSError, talk.Closed):
					self.over.wait(0.02)
		except Exception as err:
			self.wrong.append(f"{self.name}: {err!r}")

	def _visit(self, client):
		try:
			client.open(**({"resume": self.resume} if self.resume else {"name": self.name, "accept": self.town.accept()}))
			self.resume = client.opened["resume"]
			self.events += client.join_all(self.town.forum, after=self.events[-1]["seq"] if self.events else 0)
			self.ready.set()
			self.moves += 1
			while not client.ended and not self.over.is_set():
				if self.writes:
					self._say(client)
				else:
					with client.change:
						client.change.wait(0.02)
			self._wait_out(client)
		finally:
			with client.change:
				self.events += client.seen
				client.seen = []
			self.flaws += client.flaws
			client.close()

	def _wait_out(self, client):
		for notice in client.notices:
			if notice["method"] == "goodbye":
				self.goodbyes.append(notice["params"]["retry_ms"])
				equal(client.close_code, 1001, "close code after goodbye")

	def _say(self, client):
		try:
			post = client.call("post.create", circle=self.town.forum, text=f"{self.name} says {self.n}", key=f"k{self.n}")
		except talk.RpcError as err:
			if err.name not in ("busy", "storage_unavailable"):
				raise
			self.over.wait(0.02)
			return
		self.said[post["seq"]] = f"{self.name} says {self.n}"
		self.n += 1
		self.over.wait(0.01)

	def catch_up(self, house, last):
		"""Once more at the end, for what came while it was on its way."""
		self.over.set()
		self.thread.join(20 * talk.PATIENCE)
		client = house.client().open(resume=self.resume)
		self.events += client.join_all(self.town.forum, after=self.events[-1]["seq"])
		client.wait_seq(f"circle/{self.town.forum}", last)


def roll(houses, town, rounds=1):
	travellers = [Traveller(houses, town, f"T{i}", writes=i < 4) for i in range(12)]
	for traveller in travellers:
		check(traveller.ready.wait(20 * talk.PATIENCE), "all are in")
	for house in houses * rounds:
		before = [traveller.n for traveller in travellers[:4]]
		equal(house.stop(), 0, "exit status")
		house.start(house.port)
		talk.wait_until(lambda: all(t.n > n + 3 for t, n in zip(travellers, before)), "everybody writes on", 20)
	for traveller in travellers:
		traveller.over.set()
	for traveller in travellers:
		traveller.thread.join(20 * talk.PATIENCE)
	return travellers


@talk.within(120)
def test_rolling_restarts_lose_no_event():
	redis = redis_server.Redis()
	houses, town = nodes.given_nodes(3, f"redis={redis.url()}", "goodbye_retry_ms=200")
	travellers = roll(houses, town, rounds=2)
	equal([w for t in travellers for w in t.wrong], [], "what went wrong")
	equal([f for t in travellers for f in t.flaws], [], "what broke the protocol")
	said = {}
	for traveller in travellers:
		for seq, text in traveller.said.items():
			check(seq not in said, f"{seq} was answered twice: {text} and {said.get(seq)}")
			said[seq] = text
	last = max(said)
	for traveller in travellers:
		traveller.catch_up(houses[0], last)
		seqs = [e["seq"] for e in traveller.events]
		equal(seqs, list(range(1, len(seqs) + 1)), f"the events of {traveller.name}, one after the other")
		check(len(seqs) >= last, "up to the last")
		seen = {e["seq"]: e["post"]["text"] for e in traveller.events if e["kind"] == "posted"}
		equal({seq: seen.get(seq) for seq in said}, said, f"what {traveller.name} saw")
		nodes.check_order(e["post"]["text"] for e in traveller.events if e["kind"] == "posted")
	goodbyes = [retry for t in travellers for retry in t.goodbyes]
	check(len(goodbyes) >= len(travellers), f"{len(goodbyes)} goodbyes")
	check(all(100 <= retry <= 300 for retry in goodbyes) and len(set(goodbyes)) > 3, f"each a moment of its own: {goodbyes}")
	print(f"# {last} events, {sum(t.moves for t in travellers)} visits, {len(goodbyes)} goodbyes")


talk.main()
