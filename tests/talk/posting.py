#!/usr/bin/python3
"""Posting: threads, replies, mentions; every text that passes is stored as it was written."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def test_a_post_without_thread_opens_one_named_by_its_id():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	omer.join(town.forum)
	answer = noa.say(town.forum, "An opener")
	equal(answer["reasons"], [], "reasons")
	event = omer.wait_event("posted")
	post = event["post"]
	equal((post["id"], post["thread"], post["reply_to"]), (answer["id"], answer["id"], None), "id, thread, reply_to")
	equal((post["seq"], event["seq"], post["rev"], post["state"]), (answer["seq"], answer["seq"], 1, "visible"), "seq, rev, state")
	equal(post["text"], "An opener", "text")


def test_posting_needs_no_join():
	town = talk.given_process(server())
	town.guest("Noa").say(town.forum, "From outside the room")


def test_a_reply_implies_its_thread():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	opener = noa.say(town.forum, "An opener")
	reply = omer.say(town.forum, "A reply", reply_to=opener["id"])
	deeper = noa.say(town.forum, "A reply to the reply", reply_to=reply["id"], thread=opener["id"])
	in_thread = omer.say(town.forum, "In the thread, to nobody", thread=opener["id"])
	posts = {e["post"]["id"]: e["post"] for e in noa.history(town.forum) if e["kind"] == "posted"}
	equal([posts[p["id"]]["thread"] for p in (reply, deeper, in_thread)], [opener["id"]] * 3, "threads")
	equal([posts[p["id"]]["reply_to"] for p in (reply, deeper)], [opener["id"], reply["id"]], "reply_to")


def test_a_reply_in_another_thread_is_invalid_params():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	one, other = noa.say(town.forum, "One thread"), noa.say(town.forum, "Another thread")
	reply = noa.say(town.forum, "A reply", reply_to=one["id"])
	with refused("invalid_params"):
		noa.post(town.forum, "Misplaced", thread=other["id"], reply_to=one["id"])
	with refused("invalid_params"):
		noa.post(town.forum, "Misplaced", thread=other["id"], reply_to=reply["id"])


def test_a_reply_to_what_is_not_there_is_not_found():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	other = talk.given_process(server())
	foreign = other.guest("Omer").say(other.forum, "In another forum")
	for params in ({"reply_to": "nothing-such"}, {"thread": "nothing-such"}, {"reply_to": foreign["id"]}, {"thread": foreign["id"]}):
		with refused("not_found"):
			noa.post(town.forum, "To nobody", **params)
	with refused("not_found"):
		noa.post("no-such-circle", "To nobody")


def test_ids_are_random():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	ids = [noa.say(town.forum, f"Word {i}")["id"] for i in range(20)]
	equal(len(set(ids)), 20, "different ids")
	check(all(len(i) >= 16 for i in ids), f"long enough: {ids[0]}")
	check(len({i[:6] for i in ids}) > 15, f"not counted: {ids[:4]}")


def test_a_text_is_stored_byte_for_byte():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	omer.join(town.forum)
	texts = ["שָׁלוֹם לכולם, מה שלומכם?", "مُحَمَّد كتب هذا", "e\u0301 is not \u00e9", "a\u202eb\u202cc", "tab\tand\nline\r\nbreaks", "  spaces at both ends  ",
		"👩‍👩‍👧‍👦 family", "\"quotes\" and \\backslashes\\ and </script>", "ﬁ ligature ﻻ", "\u2066isolated\u2069", "𝕏 astral \U0001f600",
		"\ufeffbom", "null \u2400 sign", "x\u200dy"]
	for text in texts:
		noa.say(town.forum, text)
		equal(omer.wait_event("posted")["post"]["text"], text, "live")
	equal([e["post"]["text"] for e in noa.history(town.forum) if e["kind"] == "posted"], texts, "history")


def test_a_text_has_one_to_eight_thousand_code_points():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	town.guest("Omer").join(town.forum)
	sentence = "The library should stay open in the evening, said the reader. "
	noa.say(town.forum, (sentence * 200)[:8000])
	noa.say(town.forum, ("הספרייה צריכה להישאר פתוחה גם בערב, אמרה הקוראת. " * 200)[:8000])
	noa.say(town.forum, "a")
	for text in ("", (sentence * 200)[:8001]):
		try:
			noa.post(town.forum, text)
			talk.fail(f"{len(text)} code points were allowed")
		except talk.RpcError as err:
			check(err.name in ("too_large", "invalid_params") and (text or err.name == "invalid_params"), f"{len(text)}: {err}")


def test_missing_and_wrong_params_are_invalid_and_post_nothing():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	good = {"circle": town.forum, "text": "Hello there", "key": "k1"}
	for bad in ({"circle": None}, {"circle": 7}, {"text": None}, {"text": 5}, {"text": ["x"]}, {"key": None}, {"key": ""}, {"key": "x" * 65},
			{"key": 9}, {"thread": 5}, {"reply_to": {}}, {"nudge": 1}):
		with refused("invalid_params"):
			noa.call("post.create", {**good, **bad})
	for missing in good:
		with refused("invalid_params"):
			noa.call("post.create", {key: value for key, value in good.items() if key != missing})
	equal([e for e in noa.history(town.forum) if e["kind"] == "posted"], [], "posts")
	noa.call("post.create", {**good, "key": "ש" * 64})


def test_a_notification_that_writes_is_ignored():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	omer.join(town.forum)
	noa.notify("post.create", circle=town.forum, text="Said without an id", key="k1")
	noa.barrier()
	noa.say(town.forum, "Said with an id")
	equal(omer.wait_event("posted")["post"]["text"], "Said with an id", "the only post")


def test_the_author_is_answered_and_sees_the_event_too():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	noa.join(town.forum)
	answer = noa.say(town.forum, "My own words")
	equal(noa.wait_event("posted")["seq"], answer["seq"], "own event")


def test_everybody_sees_the_same_envelopes_in_the_same_order():
	town = talk.given_process(server())
	people = [town.guest(f"Guest {i}") for i in range(5)]
	for person in people:
		person.join(town.forum)
	asked = [(person, person.ask("post.create", circle=town.forum, text=f"{i} by {person.me['name']}", key=talk.unique()))
		for i in range(10) for person in people]
	last = max(person.result(i)["seq"] for person, i in asked)
	orders = set()
	for person in people:
		person.wait_seq(f"circle/{town.forum}", last)
		orders.add(talk.dump([[e["seq"], e["kind"], e["at"], e["post"]["id"]] for e in person.seen]))
	equal(len(orders), 1, "orders")


def test_a_person_is_answered_in_the_order_of_asking_within_a_circle():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	ids = [noa.ask("post.create", circle=town.forum, text=f"In order {i}", key=f"k{i}") for i in range(50)]
	seqs = [noa.result(i)["seq"] for i in ids]
	equal(seqs, sorted(seqs), "seqs of pipelined posts")


talk.main()
