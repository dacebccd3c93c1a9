#!/usr/bin/python3
"""While a changed text waits for a moderator, the author may think better of it."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import Fold, RpcError, equal, item_id, queue_item


def given_held_edit():
	server = talk.shared("limits=0")
	town = talk.given_process(server)
	dana, noa = town.moderator("Dana"), town.guest("Noa")
	post = noa.say(town.forum, "The first words, well meant.")
	answer = noa.call("post.edit", post=post["id"], rev=1, text=talk.words("hold"), key="first")
	equal(answer["status"], "held", "status of a hostile edit")
	return town, dana, noa, post, queue_item(dana, town.forum, post["id"])


def test_words_held_before_never_replace_newer_ones():
	town, dana, noa, post, item = given_held_edit()
	newer = "The newest words, thought better of."
	equal(noa.call("post.edit", post=post["id"], rev=1, text=newer, key="second")["status"], "posted", "status")
	try:
		dana.call("desk.release", item=item_id(item), key="late")
	except RpcError as err:
		equal(err.name, "stale", "releasing what newer words have replaced")
	equal(Fold(noa.history(town.forum)).texts(), [newer], "what stands")


def test_a_held_edit_leaves_the_queue_when_a_newer_one_is_posted():
	town, dana, noa, post, item = given_held_edit()
	dana.call("desk.join", circle=town.forum)
	noa.call("post.edit", post=post["id"], rev=1, text="The newest words, thought better of.", key="second")
	dana.wait_event("held_withdrawn", where=lambda event: event["item"] == item_id(item))
	equal(dana.call("desk.queue", circle=town.forum)["items"], [], "the queue")


def test_a_held_edit_goes_when_its_post_is_taken_back():
	town, dana, noa, post, item = given_held_edit()
	noa.call("post.retract", post=post["id"], key="back")
	with talk.refused("stale"):
		dana.call("desk.release", item=item_id(item), key="late")
	equal(Fold(noa.history(town.forum)).texts(), [None], "what stands")


def test_its_author_is_told_why_and_that_the_earlier_words_stay():
	town = talk.given_process(talk.shared("limits=0"))
	for lang, said in (("en", "earlier words stay"), ("he", "הנוסח הקודם"), ("ar", "النص السابق")):
		noa = town.guest("Noa", lang=lang)
		noa.call("inbox.join")
		post = noa.say(town.forum, f"Well meant {lang}")
		held = noa.call("post.edit", post=post["id"], rev=1, text=talk.words("hold"), key="first")["held"]
		talk.check(held["cause"] == "filter" and said in held["message"], f"{held}")
		equal(noa.wait_event("post_held")["held"], held, "the inbox says the same")


if __name__ == "__main__":
	talk.main()
