#!/usr/bin/python3
"""Two servers on one data directory: one discussion, whichever door one comes through."""
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def given_two():
	one = talk.serve("limits=0")
	town = talk.given_process(one)
	other = talk.serve("limits=0", data=one.data)
	return one, other, town


def at(server, town, name):
	return server.guest(name, accept=town.accept())


def test_what_is_said_at_one_door_is_heard_at_the_other():
	one, other, town = given_two()
	noa, omer = at(one, town, "Noa"), at(other, town, "Omer")
	noa.join(town.forum)
	omer.join(town.forum)
	noa.say(town.forum, "From the one")
	equal(omer.wait_event("posted")["post"]["text"], "From the one", "at the other")
	omer.say(town.forum, "From the other")
	noa.wait_event("posted", where=lambda e: e["post"]["text"] == "From the other")


def test_resume_and_keys_are_valid_on_every_node():
	one, other, town = given_two()
	noa = at(one, town, "Noa")
	first = noa.say(town.forum, "Once", "k")
	there = other.client().open(resume=noa.opened["resume"])
	equal(there.me["id"], noa.me["id"], "identity")
	equal(there.post(town.forum, "Once", "k"), first, "the same answer")
	with refused("key_reused"):
		there.post(town.forum, "Twice", "k")


def test_many_write_at_both_doors_and_all_see_one_order():
	one, other, town = given_two()
	writers = [at(server, town, f"Writer {i}") for i, server in enumerate((one, other, one, other))]
	readers = [at(server, town, "Reader") for server in (one, other)]
	for reader in readers:
		reader.join(town.forum)
	answered, wrong = [], []

	def write(writer):
		try:
			for i in range(50):
				answered.append(writer.say(town.forum, f"{writer.me['name']} says {i}"))
		except Exception as err:
			wrong.append(repr(err))

	threads = [threading.Thread(target=write, args=(writer,)) for writer in writers]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	equal(wrong, [], "writers")
	equal(sorted({p["seq"] for p in answered}), sorted(p["seq"] for p in answered), "no seq twice")
	last = max(p["seq"] for p in answered)
	for reader in readers:
		reader.wait_seq(f"circle/{town.forum}", last)
	equal(talk.dump(readers[0].seen), talk.dump(readers[1].seen), "the same events at both doors")


def test_a_decision_at_one_door_binds_the_other():
	one, other, town = given_two()
	noa, dana = at(one, town, "Noa"), town.moderator()
	yael = other.client().open(token=one.invite(town.forum, "moderator", "Yael")["token"], accept=town.accept())
	held = noa.post(town.forum, talk.words("hold"))
	item = talk.item_id(talk.queue_item(yael, town.forum, held["id"]))
	yael.call("desk.reject", item=item, reason="It insults.", key="d")
	with refused("stale"):
		dana.call("desk.release", item=item, key="d")


def test_who_joins_at_one_door_is_told_what_was_answered_at_the_other():
	one, other, town = given_two()
	noa = at(one, town, "Noa")
	for i in range(25):
		late = at(other, town, "Lior")
		at(other, town, "Dan").join(town.forum)	# what he is told, others could be told as well
		said = noa.say(town.forum, f"Word {i}")
		equal(late.join(town.forum)["head"], said["seq"], "head")


def test_one_node_killed_leaves_the_other_serving():
	one, other, town = given_two()
	noa, omer = at(one, town, "Noa"), at(other, town, "Omer")
	noa.say(town.forum, "Before the fall")
	one.kill()
	omer.say(town.forum, "I am still here")
	there = other.client().open(resume=noa.opened["resume"])
	equal([e["post"]["text"] for e in there.join_all(town.forum) if e["kind"] == "posted"], ["Before the fall", "I am still here"], "history")


talk.main()
