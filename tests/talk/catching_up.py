#!/usr/bin/python3
"""Whoever catches up gets what is true now; old words never travel again, by no way."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal


def server():
	return talk.shared("limits=0")


def every_way(town, reader, words):
	"""All the ways by which a reader gets at the circle; none may give these words."""
	ways = {
		"circle.join after 0": reader.join_all(town.forum),
		"circle.join with a tail": reader.join(town.forum, tail=50)["events"],
		"history.read": reader.history(town.forum),
		"history.read backwards": reader.call("history.read", circle=town.forum)["events"],
		"inbox.read": reader.call("inbox.read"),
		"inbox.join": reader.call("inbox.join", after=0),
		"me.posts": reader.call("me.posts"),
		"me.export": reader.call("me.export"),
		"history.search": reader.call("history.search", circle=town.forum, query=words),
		"session.open": town.again(reader).opened,
	}
	for thread in {e["post"]["thread"] for e in ways["history.read"] if "post" in e}:
		ways[f"history.read of thread {thread}"] = reader.call("history.read", circle=town.forum, thread=thread)
	for way, answer in ways.items():
		check(words not in talk.dump(answer), f"{words!r} travels by {way}")
	return ways["history.read"]


def given_reply():
	"""Omer answers Noa, so that her inbox mentions his words; his words are then changed."""
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	opener = noa.say(town.forum, "An opener that stays")
	secret = talk.unique("oldwords")
	reply = omer.say(town.forum, f"A reply with {secret} in it", reply_to=opener["id"])
	return town, noa, omer, reply, secret


def posted(events, post):
	return next(e for e in events if e["kind"] == "posted" and e["post"]["id"] == post)["post"]


def test_edited_words_never_travel_again():
	town, noa, omer, reply, secret = given_reply()
	omer.call("post.edit", post=reply["id"], rev=1, text="Better words", key="e")
	for reader in (noa, town.guest("Lior")):
		now = posted(every_way(town, reader, secret), reply["id"])
		equal((now["rev"], now["state"], now["text"]), (2, "visible", "Better words"), "the posted event as it stands")
	talk.wait_until(lambda: [post["id"] for post in noa.call("history.search", circle=town.forum, query="Better words")["posts"]] == [reply["id"]],
		"search finds the new words")


def test_retracted_words_never_travel_again():
	town, noa, omer, reply, secret = given_reply()
	omer.call("post.retract", post=reply["id"], key="r")
	for reader in (noa, town.guest("Lior")):
		equal(posted(every_way(town, reader, secret), reply["id"])["state"], "retracted", "state")


def test_removed_words_never_travel_again():
	town, noa, omer, reply, secret = given_reply()
	moderator = town.moderator()
	moderator.call("desk.remove", post=reply["id"], rev=1, reason="off the subject", rule="respect", key="d")
	for reader in (noa, town.guest("Lior")):
		equal(posted(every_way(town, reader, secret), reply["id"])["state"], "removed", "state")


def test_words_edited_away_before_a_removal_do_not_come_back():
	town, noa, omer, reply, secret = given_reply()
	omer.call("post.edit", post=reply["id"], rev=1, text="Second words", key="e")
	town.moderator().call("desk.remove", post=reply["id"], rev=2, reason="off the subject", key="d")
	for words in (secret, "Second words"):
		every_way(town, town.guest("Lior"), words)


def test_erased_words_and_names_never_travel_again():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	opener = noa.say(town.forum, "An opener that stays")
	name, secret = talk.unique("Omer"), talk.unique("oldwords")
	omer = town.guest(name)
	reply = omer.say(town.forum, f"A reply with {secret}", reply_to=opener["id"])
	omer.call("me.erase")
	talk.wait_until(lambda: posted(noa.history(town.forum), reply["id"])["state"] == "erased", "the post is erased")
	for words in (secret, name):
		for reader in (noa, town.guest("Lior")):
			every_way(town, reader, words)


def test_those_who_were_live_and_those_who_catch_up_come_to_the_same():
	town = talk.given_process(server())
	noa, omer, live = town.guest("Noa"), town.guest("Omer"), town.guest("Live")
	moderator = town.moderator()
	live.join(town.forum)
	posts = [(noa, omer)[i % 2].say(town.forum, f"Word {i}") for i in range(8)]
	noa.call("post.edit", post=posts[0]["id"], rev=1, text="Word 0, better", key="e0")
	omer.call("post.retract", post=posts[1]["id"], key="r1")
	moderator.call("desk.remove", post=posts[2]["id"], rev=1, reason="off the subject", key="d2")
	noa.call("post.edit", post=posts[4]["id"], rev=1, text="Word 4, better", key="e4")
	noa.call("post.edit", post=posts[4]["id"], rev=2, text="Word 4, best", key="e5")
	last = noa.say(town.forum, "The end")["seq"]
	live.wait_seq(f"circle/{town.forum}", last)
	folds = {"live": live.seen, "join": town.guest("A").join_all(town.forum), "history": town.guest("B").history(town.forum),
		"pages of three": town.guest("C").history(town.forum, limit=3)}
	wanted = talk.Fold(folds["history"])
	for way, events in folds.items():
		fold = talk.Fold([e for e in events if e["kind"] != "charter_changed"])
		equal(fold.picture(), wanted.picture(), f"the fold of {way}")
	equal(wanted.texts(), ["Word 0, better", None, None, "Word 3", "Word 4, best", "Word 5", "Word 6", "Word 7", "The end"], "what stands")


def test_a_new_name_leaves_equal_heads_with_equal_folds():
	town = talk.given_process(server())
	noa, live = town.guest("Noa"), town.guest("Live")
	live.join(town.forum)
	noa.say(town.forum, "Under the old name")
	noa.call("me.update", name="Noa Bar")
	last = noa.say(town.forum, "Under the new name")["seq"]
	live.wait_seq(f"circle/{town.forum}", last)
	equal(talk.Fold(town.guest("Late").history(town.forum)).picture(), talk.Fold(live.seen).picture(), "the fold of whoever catches up")


def test_the_envelope_never_changes():
	town = talk.given_process(server())
	noa, live = town.guest("Noa"), town.guest("Live")
	live.join(town.forum)
	post = noa.say(town.forum, "Word")
	noa.call("post.edit", post=post["id"], rev=1, text="Word, better", key="e")
	noa.call("post.retract", post=post["id"], key="r")
	last = noa.say(town.forum, "The end")["seq"]
	live.wait_seq(f"circle/{town.forum}", last)

	def envelopes(events):
		return [(e["journal"], e["seq"], e["at"], e["kind"], (e.get("post") or {}).get("id")) for e in events]

	wanted = envelopes(live.seen)
	for events in (town.guest("A").join_all(town.forum), town.guest("B").history(town.forum)):
		equal(envelopes(events)[-len(wanted):], wanted, "envelopes")


def test_it_stays_true_after_kill_9():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa = town.guest("Noa")
	secret = talk.unique("oldwords")
	edited = noa.say(town.forum, f"One {secret}")
	retracted = noa.say(town.forum, f"Two {secret}")
	removed = noa.say(town.forum, f"Three {secret}")
	noa.call("post.edit", post=edited["id"], rev=1, text="One, better", key="e")
	noa.call("post.retract", post=retracted["id"], key="r")
	town.moderator().call("desk.remove", post=removed["id"], rev=1, reason="off the subject", key="d")
	before = talk.Fold(noa.history(town.forum)).picture()
	house.restart(kill=True)
	lior = town.guest("Lior")
	check(secret not in talk.dump(every_way(town, lior, secret)), "old words")
	equal(talk.Fold(lior.history(town.forum)).picture(), before, "the fold after the restart")


talk.main()
