#!/usr/bin/python3
"""Many people do everything at once, at random, while the server falls and rises: in the end all see the same,
and what was taken back is nowhere."""
import os
import pathlib
import random
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal

SEED = int(os.environ.get("MAAGAL_SEED", "0")) or random.randrange(1, 10**6)
ALLOWED = {"stale", "not_found", "forbidden", "busy", "storage_unavailable", "too_fast", "charter_not_accepted", "unauthorised"}


class Story:
	"""What happened, as those who did it were told."""

	def __init__(self, town):
		self.town, self.lock = town, threading.Lock()
		self.posts, self.held, self.gone, self.unsure = {}, {}, {}, set()	# gone: text → how
		self.counts = {}

	def pick(self, dice):
		with self.lock:
			return dice.choice(list(self.posts)) if self.posts else None

	def count(self, what):
		with self.lock:
			self.counts[what] = self.counts.get(what, 0) + 1


class Monkey(threading.Thread):
	"""One person with a random will. Every text is unique, so that its words can be looked for."""

	def __init__(self, story, client, name, seed, is_moderator, texts):
		super().__init__(daemon=True)
		self.story, self.client, self.called, self.is_moderator, self.texts = story, client, name, is_moderator, texts
		self.dice, self.stop, self.wrong, self.n = random.Random(seed), threading.Event(), None, 0

	def run(self):
		acts = [self.say] * 6 + [self.reply] * 4 + [self.edit] * 3 + [self.retract, self.insult, self.leave_and_join, self.look_back, self.rename, self.come_back]
		if not self.is_moderator and self.called != "p0":
			acts += [self.erase]
		if self.is_moderator:
			acts += [self.decide] * 6 + [self.remove, self.restore, self.mask]
		try:
			while not self.stop.is_set():
				act = self.dice.choice(acts)
				try:
					act()
					self.story.count(act.__name__)
				except talk.RpcError as err:
					if err.name not in ALLOWED:
						raise
					self.story.count(err.name)
		except (talk.Closed, OSError):
			pass
		except Exception as err:
			self.wrong = f"{self.called}: {err!r}"

	def words(self):
		self.n += 1
		return f"{self.called} thought number {self.n}, mark {self.dice.randrange(10**9):09d}"

	def send(self, method, text, **params):
		"""Something whose words become visible or not; unsure until it is answered."""
		with self.story.lock:
			self.story.unsure.add(text)
		answer = self.client.call(method, text=text, key=talk.unique(), **params)
		with self.story.lock:
			self.story.unsure.discard(text)
		return answer

	def note(self, answer, text):
		if answer["status"] == "posted":
			with self.story.lock:
				self.story.posts[answer["id"]] = (self.client, text)

	def say(self):
		text = self.words()
		self.note(self.send("post.create", text, circle=self.story.town.forum), text)

	def reply(self):
		post, text = self.story.pick(self.dice), self.words()
		if post:
			self.note(self.send("post.create", text, circle=self.story.town.forum, reply_to=post), text)

	def insult(self):
		text = f"{self.texts} {self.words()}"
		answer = self.send("post.create", text, circle=self.story.town.forum)
		if answer["status"] == "held":
			with self.story.lock:
				self.story.held[answer["id"]] = text

	def own(self):
		with self.story.lock:
			mine = [(post, text) for post, (client, text) in self.story.posts.items() if client is self.client]
		return self.dice.choice(mine) if mine else (None, None)

	def edit(self):
		post, old = self.own()
		if not post:
			return
		text = self.words()
		answer = self.send("post.edit", text, post=post, rev=self.dice.choice([1, 1, 1, 2, 3]))
		if answer["status"] == "posted":
			with self.story.lock:
				self.story.gone[old] = f"edit of {post}: {answer}"
				self.story.posts[post] = (self.client, text)

	def retract(self):
		post, text = self.own()
		if post:
			self.client.call("post.retract", post=post, key=talk.unique())
			with self.story.lock:
				self.story.gone[text] = f"retract of {post}"
				self.story.posts.pop(post, None)

	def rename(self):
		self.client.call("me.update", name=f"{self.called} {self.dice.randrange(100)}")

	def leave_and_join(self):
		self.client.call("circle.leave", circle=self.story.town.forum)
		self.client.join(self.story.town.forum, tail=self.dice.randrange(1, 20))

	def look_back(self):
		circle = self.story.town.forum
		self.client.call("history.read", circle=circle, limit=self.dice.randrange(1, 60))
		self.client.call("history.search", circle=circle, query="thought")
		self.client.call("inbox.read")
		self.client.call("me.posts")

	def come_back(self):
		other = talk.Client(self.client.server).open(resume=self.client.opened["resume"])
		other.join(self.story.town.forum, tail=3)
		other.close()

	def erase(self):
		if self.dice.random() < 0.8:
			return
		old = self.client
		old.call("me.erase")
		self.client = at(self.story.town, old.server, self.called)
		self.client.join(self.story.town.forum)
		with self.story.lock:
			for post, (client, text) in list(self.story.posts.items()):
				if client is old:
					self.story.gone[text] = f"erasure with {post}"
					del self.story.posts[post]

	def decide(self):
		items = [item for item in self.client.call("desk.queue", circle=self.story.town.forum)["items"] if item["kind"] not in ("alert", "appeal")]
		if items:
			item = self.dice.choice(items)
			self.client.call(self.dice.choice(["desk.release", "desk.reject", "desk.claim"]), item=talk.item_id(item), reason="So it is.", key=talk.unique())

	def remove(self):
		post = self.story.pick(self.dice)
		if post:
			self.client.call("desk.remove", post=post, rev=self.dice.choice([1, 1, 2]), reason="Off the subject.", key=talk.unique())

	def mask(self):
		post = self.story.pick(self.dice)
		if post:
			self.client.call("desk.redact", post=post, rev=self.dice.choice([1, 1, 2]), spans=[{"start": 0, "end": 5}], reason="Private.", key=talk.unique())

	def restore(self):
		post = self.story.pick(self.dice)
		if post:
			self.client.call("desk.restore", post=post, rev=self.dice.choice([2, 3]), reason="After all.", key=talk.unique())


def again_or_anew(town, client, name):
	"""An erasure may be kept and its answer lost with the server."""
	try:
		return talk.Client(client.server).open(resume=client.opened["resume"])
	except talk.RpcError as err:
		if err.name != "unauthorised":
			raise
		return at(town, client.server, name)


def picture(fold):
	for post in fold.posts.values():
		post["author"] = {"id": post["author"]["id"]}	# whoever is erased has none
	return fold.picture()


def act_for_a_while(story, monkeys, until):
	for monkey in monkeys:
		monkey.start()
	try:
		talk.wait_until(lambda: sum(story.counts.values()) >= until or not any(m.is_alive() for m in monkeys), f"{until} acts", 40)
	finally:
		for monkey in monkeys:
			monkey.stop.set()


def all_see_the_same(house, story, live):
	circle = story.town.forum
	last = live[0].say(circle, f"The end of it, {talk.unique()}")["seq"]
	pictures, envelopes = {}, {}
	late = story.town.guest("Late")
	sources = {"join": late.join_all(circle), "history": late.history(circle), "pages of seven": late.history(circle, limit=7)}
	for n, client in enumerate(live):
		client.wait_seq(f"circle/{circle}", last)
		sources[f"live {n}"] = client.page + client.seen
	for way, events in sources.items():
		equal([e["seq"] for e in events], list(range(1, last + 1)), f"seqs of {way}")
		pictures[way] = picture(talk.Fold(events))
		envelopes[way] = talk.dump([(e["seq"], e["kind"], e["at"], (e.get("post") or {}).get("id")) for e in events])
	for way in sources:
		equal(envelopes[way], envelopes["join"], f"envelopes of {way}")
		for got, wanted in zip(pictures[way], pictures["join"]):
			equal(got, wanted, f"a post as {way} gives it")
		equal(len(pictures[way]), len(pictures["join"]), f"posts of {way}")
	everything = "".join(talk.dump(sources[way]) for way in ("join", "history", "pages of seven"))
	found = talk.dump(late.call("history.search", circle=circle, query="thought", limit=100))
	export = house.cli("export", "--circle", circle).stdout
	for text in story.gone.keys() - story.unsure:
		for way, where in (("reading", everything), ("search", found), ("export", export)):
			at = where.find(text)
			check(at < 0, f"{text!r} was taken back ({story.gone[text]}) and travels by {way}: {where[max(0, at - 700):at + 300]}")
	return pictures["join"]


def falls(house, nodes):
	"""Rounds of acts; after each the first node falls by kill -9 and rises, the others go on."""
	town = talk.given_process(house)
	story = Story(town)
	servers = [house] + [talk.serve("limits=0", data=house.data) for _ in range(nodes - 1)]
	for server in servers[1:]:
		talk.known(server, town)
	people = [move(town, town.guest(f"Guest {i}"), servers[i % nodes]) for i in range(5)]
	people += [move(town, town.moderator(f"Moderator {i}"), servers[i % nodes]) for i in range(2)]
	insult = talk.words("hold")
	for fall in range(4):
		live = [at(town, servers[i % nodes], f"Reader {fall}") for i in range(2)]
		for client in live:
			client.page = client.join_all(town.forum)
		monkeys = [Monkey(story, client, f"p{i}", SEED + 100 * fall + i, i >= 5, insult) for i, client in enumerate(people)]
		act_for_a_while(story, monkeys, 350 * (fall + 1))
		if fall < 3:
			house.kill()
		for monkey in monkeys:
			monkey.join(20)
		equal([m.wrong for m in monkeys if m.wrong], [], "what went wrong")
		if fall < 3:
			house.start()
			people = [monkey.client for monkey in monkeys]
			renewed = [again_or_anew(town, client, f"p{i}") for i, client in enumerate(people)]
			with story.lock:
				place = {id(old): new for old, new in zip(people, renewed)}
				# Whose erasure was under way when the server fell is somebody else now; it goes on by itself, and nobody
				# was told that it is done.
				story.posts = {post: (place.get(id(client), client), text) for post, (client, text) in story.posts.items()
					if place.get(id(client), client).me["id"] == client.me["id"]}
			people = renewed
	before = all_see_the_same(house, story, live)
	for server in servers[1:]:
		equal(server.stop(), 0, "exit status of another node")
	house.restart(kill=True)
	equal(picture(talk.Fold(town.guest("Later").history(town.forum))), before, "what stands after the last fall")
	equal(house.stop(), 0, "exit status")
	done = house.cli("verify")
	equal(done.returncode, 0, f"verify: {done.stdout}{done.stderr}")
	for act in ("say", "reply", "edit", "retract", "insult", "decide", "remove", "stale"):
		check(story.counts.get(act), f"{act} happened: {story.counts}")


def at(town, server, name):
	return server.guest(name, accept=town.accept())


def move(town, client, server):
	"""The same person at the door of another node."""
	return client if client.server is server else talk.Client(server).open(resume=client.opened["resume"])


@talk.within(100)
def test_all_see_the_same_after_many_acts_and_three_falls():
	print(f"# seed {SEED}: MAAGAL_SEED={SEED} repeats the dice")
	falls(talk.serve("limits=0"), 1)


@talk.within(100)
def test_all_see_the_same_on_two_nodes_of_which_one_falls_three_times():
	falls(talk.serve("limits=0"), 2)


talk.main()
