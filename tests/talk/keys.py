#!/usr/bin/python3
"""The key: the same post asked for twice is one post, whatever happened in between."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def posts(client, circle):
	return [e for e in client.history(circle) if e["kind"] == "posted"]


def test_the_same_key_gives_the_same_answer_and_no_second_post():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	first = noa.say(town.forum, "Once", "key-1")
	equal(noa.post(town.forum, "Once", "key-1"), first, "the second answer")
	equal(town.again(noa).post(town.forum, "Once", "key-1"), first, "from another connection")
	equal(len(posts(noa, town.forum)), 1, "posts")


def test_the_same_key_with_another_text_is_key_reused():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	noa.say(town.forum, "Once", "key-1")
	with refused("key_reused"):
		noa.post(town.forum, "Twice", "key-1")
	equal(len(posts(noa, town.forum)), 1, "posts")


def test_the_same_key_at_the_same_moment_gives_one_post():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	clients = [noa, town.again(noa), town.again(noa)]
	asked = [(c, c.ask("post.create", circle=town.forum, text="All at once", key="k")) for c in clients for _ in range(5)]
	answers = {talk.dump(c.result(i)) for c, i in asked}
	equal(len(answers), 1, "answers")
	equal(len(posts(noa, town.forum)), 1, "posts")


def test_keys_are_scoped_to_the_participant_and_the_circle():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	rivka = town.member()
	check(noa.say(town.forum, "Mine", "k")["id"] != omer.say(town.forum, "Yours", "k")["id"], "two people")
	rivka.say(town.forum, "In the forum", "k")
	rivka.say(town.panel, "In the panel", "k")
	equal(len(posts(rivka, town.panel)), 1, "posts in the panel")


def test_keys_hold_after_kill_9():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa = town.guest("Noa")
	answers = [noa.say(town.forum, f"Word {i}", f"key-{i}") for i in range(5)]
	held_text = talk.words("hold")
	held = noa.post(town.forum, held_text, "key-held")
	equal(held["status"], "held", "status")
	house.restart(kill=True)
	noa = town.again(noa)
	for i, answer in enumerate(answers):
		equal(noa.post(town.forum, f"Word {i}", f"key-{i}"), answer, "the answer after the restart")
	equal(noa.post(town.forum, held_text, "key-held")["id"], held["id"], "the held one after the restart")
	with refused("key_reused"):
		noa.post(town.forum, "Other words", "key-held")
	equal(len(posts(noa, town.forum)), 5, "posts")


def test_a_held_post_binds_its_key():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	text = talk.words("hold")
	first = noa.post(town.forum, text, "k")
	equal(first["status"], "held", "status")
	equal(noa.post(town.forum, text, "k"), first, "the second answer")
	with refused("key_reused"):
		noa.post(town.forum, "Softer words", "k")


def test_a_rejected_post_does_not_bind_its_key():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	answer = noa.post(town.forum, talk.words("reject"), "k")
	equal(answer["status"], "rejected", "status")
	noa.say(town.forum, "Calmer words", "k")


def test_an_error_does_not_bind_the_key():
	town = talk.given_process(server())
	noa = server().guest("Noa")
	with refused("charter_not_accepted"):
		noa.post(town.forum, "Too early", "k")
	noa.call("charter.accept", process=town.process, version=1)
	with refused("not_found"):
		noa.post(town.forum, "To nobody", "k", reply_to="nothing-such")
	noa.say(town.forum, "Something else", "k")


def test_the_key_is_looked_at_before_any_other_check():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	first = noa.say(town.forum, "Said under version 1", "k")
	server().apply({**town.declaration, "charter": {**town.declaration["charter"], "version": 2}})
	town.version = 2
	talk.known(server(), town)
	with refused("charter_not_accepted"):
		noa.post(town.forum, "Something new", "k2")
	equal(noa.post(town.forum, "Said under version 1", "k"), first, "the same answer under the new charter")
	with refused("key_reused"):
		noa.post(town.forum, "Another text", "k")


def test_edits_and_retractions_have_keys_too():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	post = noa.say(town.forum, "First words")
	edited = noa.call("post.edit", post=post["id"], rev=1, text="Second words", key="e1")
	equal(edited["status"], "posted", "status")
	equal(noa.call("post.edit", post=post["id"], rev=1, text="Second words", key="e1"), edited, "the same edit again")
	with refused("key_reused"):
		noa.call("post.edit", post=post["id"], rev=1, text="Third words", key="e1")
	equal(noa.call("post.retract", post=post["id"], key="r1"), {}, "retracted")
	equal(noa.call("post.retract", post=post["id"], key="r1"), {}, "the same retraction again")
	kinds = [e["kind"] for e in noa.history(town.forum)]
	equal((kinds.count("edited"), kinds.count("retracted")), (1, 1), "events")


talk.main()
