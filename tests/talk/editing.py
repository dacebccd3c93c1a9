#!/usr/bin/python3
"""Editing and retracting one's own words."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def edit(client, post, rev, text, key=None):
	return client.call("post.edit", post=post, rev=rev, text=text, key=key or talk.unique())


def test_an_edit_shows_the_new_words_and_the_next_rev():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	omer.join(town.forum)
	first = noa.say(town.forum, "The first words")
	answer = edit(noa, first["id"], 1, "The second words")
	equal(answer["status"], "posted", "status")
	event = omer.wait_event("edited")
	equal((event["post"]["id"], event["post"]["rev"], event["post"]["text"], event["post"]["seq"]), (first["id"], 2, "The second words", first["seq"]),
		"id, rev, text, seq")
	equal(event["by"], "author", "by")
	edit(noa, first["id"], 2, "The third words")
	equal(omer.wait_event("edited")["post"]["rev"], 3, "rev")


def test_an_edit_of_another_rev_is_stale():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	post = noa.say(town.forum, "The first words")["id"]
	edit(noa, post, 1, "The second words")
	for rev in (1, 3, 99):
		with refused("stale"):
			edit(noa, post, rev, "The third words")
	equal(talk.Fold(noa.history(town.forum)).texts(), ["The second words"], "what stands")


def test_two_edits_at_once_leave_one_stale():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	phone = town.again(noa)
	post = noa.say(town.forum, "The first words")["id"]
	asked = [(c, c.ask("post.edit", post=post, rev=1, text=f"Words {i}", key=f"e{i}")) for i, c in enumerate((noa, phone, noa, phone))]
	names = []
	for client, i in asked:
		try:
			names.append(client.result(i)["status"])
		except talk.RpcError as err:
			names.append(err.name)
	equal(sorted(names), ["posted", "stale", "stale", "stale"], "outcomes")


def test_nobody_edits_or_retracts_the_words_of_another():
	town = talk.given_process(server())
	noa, omer, moderator = town.guest("Noa"), town.guest("Omer"), town.moderator()
	post = noa.say(town.forum, "Noa's words")["id"]
	for other in (omer, moderator):
		with refused("forbidden"):
			edit(other, post, 1, "Not Noa's words")
		with refused("forbidden"):
			other.call("post.retract", post=post, key=talk.unique())
	equal(talk.Fold(noa.history(town.forum)).texts(), ["Noa's words"], "what stands")


def test_an_edit_is_judged_and_the_old_words_stand_while_it_is_held():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	omer.join(town.forum)
	post = noa.say(town.forum, "Decent words")["id"]
	for action, status in (("hold", "held"), ("reject", "rejected"), ("nudge", "nudged")):
		text = talk.words(action)
		answer = edit(noa, post, 1, text)
		equal(answer["status"], status, f"status of an edit to {action}")
		noa.barrier()
		omer.barrier()
		check(not omer.has_seen(text), f"{action}: the words reached a reader")
		equal(talk.Fold(omer.history(town.forum)).texts(), ["Decent words"], "what stands")


def test_a_held_edit_is_released_or_rejected():
	town = talk.given_process(server())
	noa, omer, dana = town.guest("Noa"), town.guest("Omer"), town.moderator()
	omer.join(town.forum)
	noa.call("inbox.join")
	for i, method in enumerate(("desk.release", "desk.reject")):
		post = noa.say(town.forum, f"Decent words {i}")["id"]
		text = talk.words("hold")
		equal(edit(noa, post, 1, text)["status"], "held", "status")
		noa.wait_event("post_held")
		item = talk.queue_item(dana, town.forum, post)
		check(text in talk.dump(item), f"the moderator reads the new words: {item}")
		dana.call(method, item=talk.item_id(item), reason="So.", key=talk.unique())
		if method == "desk.release":
			event = omer.wait_event("edited")
			equal((event["post"]["text"], event["post"]["rev"]), (text, 2), "the released edit")
			noa.wait_event("post_released")
		else:
			noa.wait_event("post_rejected")
			omer.barrier()
			check(not omer.has_seen(text), "rejected words reached a reader")
			equal(talk.Fold(omer.history(town.forum)).texts()[-1], f"Decent words {i}", "the old words stand")


def test_an_edit_of_what_was_removed_meanwhile_is_not_released():
	town = talk.given_process(server())
	noa, dana = town.guest("Noa"), town.moderator()
	post = noa.say(town.forum, "Decent words")["id"]
	text = talk.words("hold")
	edit(noa, post, 1, text)
	item = talk.item_id(talk.queue_item(dana, town.forum, post))
	dana.call("desk.remove", post=post, rev=1, reason="Off the subject.", key="d")
	try:
		dana.call("desk.release", item=item, key="late")
	except talk.RpcError as err:
		check(err.name in ("stale", "not_found"), f"{err}")
	check(text not in talk.dump(town.guest("Late").history(town.forum)), "the words of a removed post came back by an edit")


def test_an_edit_to_nothing_or_too_much_is_refused():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	post = noa.say(town.forum, "Words")["id"]
	with refused("invalid_params"):
		edit(noa, post, 1, "")
	for params in ({"rev": 0}, {"rev": -1}, {"rev": "1"}, {"rev": None}, {"rev": 1.5}, {"text": 7}, {"post": 7}):
		with refused("invalid_params"):
			noa.call("post.edit", {"post": post, "rev": 1, "text": "Other", "key": "k", **params})
	with refused("not_found"):
		edit(noa, "nothing-such", 1, "Other")


def test_a_retracted_post_keeps_its_place_and_loses_its_words():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	omer.join(town.forum)
	post = noa.say(town.forum, "Words to be taken back")
	reply = omer.say(town.forum, "A reply that stays", reply_to=post["id"])
	equal(noa.call("post.retract", post=post["id"], key="r"), {}, "answer")
	event = omer.wait_event("retracted")
	equal((event["post"]["id"], event["post"]["state"], event["by"]), (post["id"], "retracted", "author"), "event")
	check("text" not in event["post"], "no words")
	posts = [e["post"] for e in omer.history(town.forum) if e["kind"] == "posted"]
	equal([(p["id"], p["state"]) for p in posts], [(post["id"], "retracted"), (reply["id"], "visible")], "history")


def test_a_retracted_post_is_neither_edited_nor_retracted_again():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	post = noa.say(town.forum, "Words")["id"]
	noa.call("post.retract", post=post, key="r")
	for rev in (1, 2):
		with refused("stale"):
			edit(noa, post, rev, "Words again")
	with refused("stale"):
		noa.call("post.retract", post=post, key="r2")


def test_a_held_post_can_be_retracted_by_its_author():
	town = talk.given_process(server())
	noa, moderator = town.guest("Noa"), town.moderator()
	held = noa.post(town.forum, talk.words("hold"))
	item = talk.queue_item(moderator, town.forum, held["id"])
	equal(noa.call("post.retract", post=held["id"], key="r"), {}, "answer")
	with refused("stale"):
		moderator.call("desk.release", item=talk.item_id(item), key="late")
	equal([e for e in noa.history(town.forum) if e["kind"] == "posted"], [], "history")


talk.main()
