#!/usr/bin/python3
"""kill -9 in the middle of a discussion: nothing answered is lost, nothing doubled, one order for all."""
import gzip
import json
import os
import pathlib
import random
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal


def own_threads():
	"""Discussions of our own: (thread, author, text, parent's index or None)."""
	dice = random.Random(27)
	subjects = ["the library", "the river path", "bus line 18", "the market", "the old school", "the playground", "הגן הציבורי", "الحديقة العامة"]
	threads = []
	for t in range(120):
		messages = []
		for i in range(dice.randint(3, 9)):
			text = f"About {dice.choice(subjects)}: point {i} of discussion {t}, " + "and so on " * dice.randint(0, 60)
			messages.append((f"u{dice.randint(1, 4)}", text.strip(), dice.randrange(i) if i and dice.random() < 0.8 else None))
		threads.append(messages)
	return threads


def outside_threads(folder):
	threads = []
	with gzip.open(pathlib.Path(folder) / "thr-github" / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
		for line in list(lines)[:60]:
			thread = json.loads(line)
			place = {m["id"]: i for i, m in enumerate(thread["messages"])}
			threads.append([(m["author"], m["text"][:8000] or "-", place.get(m["reply_to"])) for m in thread["messages"]][:12])
	return threads


class Replay:
	"""One thread after another, each message by its author, with a key that says which message it is."""

	def __init__(self, town, threads, name):
		self.town, self.threads, self.name = town, threads, name
		self.people, self.outcomes, self.wrong = {}, {}, []

	def person(self, author, t):
		key = (author, t % 3)
		client = self.people.get(key)
		if client is None:
			client = self.people[key] = self.town.guest(f"{self.name}-{author}-{t % 3}")
		elif client.ended:
			client = self.people[key] = self.town.again(client)
		return client

	def say(self, t, i):
		"""Says message i of thread t unless its outcome is known; False when the server is gone."""
		if (t, i) in self.outcomes:
			return True
		author, text, parent = self.threads[t][i]
		params = {"circle": self.town.forum, "text": text, "key": f"{self.name}-{t}-{i}"}
		if parent is not None and self.outcomes.get((t, parent), {}).get("status") == "posted":
			params["reply_to"] = self.outcomes[t, parent]["id"]
		try:
			client = self.person(author, t)
			answer = client.call("post.create", params)
			if answer["status"] == "nudged":
				answer = client.call("post.create", {**params, "nudge": answer["nudge"]})
		except (talk.Closed, ConnectionError, OSError):
			return False
		self.outcomes[t, i] = answer
		return True

	def run(self):
		"""Until all is said or the server is gone."""
		try:
			for t, thread in enumerate(self.threads):
				for i in range(len(thread)):
					if not self.say(t, i):
						return
		except Exception as err:
			self.wrong.append(repr(err))


def kill_and_check(threads, kills):
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	replays = [Replay(town, threads[n::4], f"r{n}") for n in range(4)]
	total = sum(len(thread) for thread in threads)
	shown = []
	for kill in [*range(1, kills + 1), None]:
		reader = town.guest("Reader")
		reader.join_all(town.forum)
		runners = [threading.Thread(target=replay.run) for replay in replays]
		for runner in runners:
			runner.start()
		if kill:
			target = total * kill // (kills + 1)
			talk.wait_until(lambda: sum(len(r.outcomes) for r in replays) >= target or not any(r.is_alive() for r in runners), "a part is said", 40)
			house.kill()
		for runner in runners:
			runner.join()
		equal([w for r in replays for w in r.wrong], [], "what went wrong")
		shown.append(list(reader.seen))
		if kill:
			reader.wait_closed()
			house.start()
			town.version = 1
	outcomes = {f"{r.name}-{t}-{i}": (o, r.threads[t][i][1]) for r in replays for (t, i), o in r.outcomes.items()}
	equal(len(outcomes), total, "messages answered")
	posted = {key: o for key, (o, _) in outcomes.items() if o["status"] == "posted"}
	check(len(posted) > total // 2, f"{len(posted)} of {total} posted")
	events = town.guest("Late").history(town.forum)
	equal([e["seq"] for e in events], list(range(1, len(events) + 1)), "seqs without a gap")
	kept = {e["post"]["id"]: e for e in events if e["kind"] == "posted"}
	equal(len(kept), len(posted), "posts kept against posts answered: nothing lost, nothing doubled")
	for key, (outcome, text) in outcomes.items():
		if outcome["status"] == "posted":
			event = kept.get(outcome["id"]) or talk.fail(f"{key} was answered and is lost")
			equal((event["seq"], event["post"]["text"]), (outcome["seq"], text), f"seq and text of {key}")
		else:
			check(outcome.get("id") not in kept, f"{key} was {outcome['status']} and is shown")
	equal(len({o["id"] for o in posted.values()}), len(posted), "ids")
	for seen in shown:
		for event in seen:
			equal(talk.dump(events[event["seq"] - 1]), talk.dump(event), "what was shown live is what was kept")
	orders = {talk.dump([(e["seq"], e["post"]["id"]) for e in reader.join_all(town.forum) if e["kind"] == "posted"]) for reader in (town.guest("A"), town.guest("B"))}
	equal(len(orders), 1, "orders")
	for replay in replays:
		for (t, i), outcome in list(replay.outcomes.items())[::7]:
			author, text, parent = replay.threads[t][i]
			if outcome["status"] == "posted":
				again = replay.person(author, t).call("post.create", {"circle": town.forum, "text": text, "key": f"{replay.name}-{t}-{i}"})
				equal(again["id"], outcome["id"], "the same key gives the same post")
	house.kill()
	done = house.cli("verify")
	equal(done.returncode, 0, f"verify: {done.stdout}{done.stderr}")


@talk.within(90)
def test_nothing_answered_is_lost_or_doubled_by_three_kills_during_a_discussion():
	kill_and_check(own_threads(), 3)


@talk.within(120)
def test_a_real_discussion_survives_a_kill_in_the_middle():
	folder = os.environ.get("MAAGAL_DATA_CIVILITY")
	if not folder or not (pathlib.Path(folder) / "thr-github").is_dir():
		talk.skip("MAAGAL_DATA_CIVILITY names no folder with thr-github")
	kill_and_check(outside_threads(folder), 2)


@talk.within(60)
def test_being_killed_again_and_again_while_starting_loses_nothing():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa = town.guest("Noa")
	said = [noa.say(town.forum, f"Word {i}") for i in range(20)]
	dice = random.Random(5)
	for _ in range(6):
		house.kill()
		house.start(wait=False)
		threading.Event().wait(dice.random() * 0.05)	# the moment of the fault, not a synchronisation
	house.kill()
	house.start()
	events = town.guest("Late").history(town.forum)
	equal([e["post"]["id"] for e in events if e["kind"] == "posted"], [p["id"] for p in said], "posts")


talk.main()
