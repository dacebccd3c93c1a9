#!/usr/bin/python3
"""Masking and restoring: the masked words reach nobody; what a moderator took away, a moderator can give back."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def given_post(text):
	town = talk.given_process(server())
	noa, omer, dana = town.guest("Noa"), town.guest("Omer"), town.moderator()
	omer.join(town.forum)
	return town, noa, omer, dana, noa.say(town.forum, text)


def spans_of(text, *words):
	return [{"start": text.index(word), "end": text.index(word) + len(word)} for word in words]


def standing(client, circle):
	return talk.Fold(client.history(circle)).texts()


def test_a_masked_word_reaches_nobody_by_no_way():
	text = "ראש העיר הוא 𝕏 חתולזברהפיל ולא אחר"
	town, noa, omer, dana, post = given_post(text)
	talk.wait_until(lambda: omer.call("history.search", circle=town.forum, query="חתולזברהפיל")["posts"], "found before")
	noa.call("inbox.join")
	dana.call("desk.redact", post=post["id"], rev=1, spans=spans_of(text, "חתולזברהפיל"), reason="A name of a private person.", rule="respect", key="d")
	event = omer.wait_event("redacted")
	equal((event["post"]["state"], event["post"]["rev"], event["by"]), ("redacted", 2, "moderators"), "event")
	shown = event["post"]["text"]
	check("חתולזברהפיל" not in shown and "ראש העיר הוא 𝕏" in shown and "ולא אחר" in shown, f"only the span is masked: {shown}")
	late = town.guest("Late")
	for way, answer in {"join": late.join_all(town.forum), "tail": late.join(town.forum, tail=5), "history": late.history(town.forum),
			"search": late.call("history.search", circle=town.forum, query="חתולזברהפיל")}.items():
		check("חתולזברהפיל" not in talk.dump(answer), f"masked words travel by {way}")
	export = server().cli("export", "--circle", town.forum).stdout
	check("חתולזברהפיל" not in export and "ראש העיר" in export, "the export")
	told = noa.wait_event("post_redacted")
	check("A name of a private person." in talk.dump(told) and dana.me["id"] not in talk.dump(told), f"the author is told why: {told}")


def test_spans_are_code_points():
	text = "a𝕏𝕏b secret c"
	town, noa, omer, dana, post = given_post(text)
	dana.call("desk.redact", post=post["id"], rev=1, spans=spans_of(text, "secret"), reason="Private.", key="d")
	shown = omer.wait_event("redacted")["post"]["text"]
	check(shown.startswith("a𝕏𝕏b ") and shown.endswith(" c") and "secret" not in shown, shown)


def test_wrong_spans_are_refused():
	text = "Some words here"
	town, noa, omer, dana, post = given_post(text)
	for spans in ([{"start": 5, "end": 2}], [{"start": -1, "end": 2}], [{"start": 0, "end": 99}], [{"start": "0", "end": 2}], [{}], "x", [5], [], [{"start": 3, "end": 3}]):
		with refused("invalid_params"):
			dana.call("desk.redact", post=post["id"], rev=1, spans=spans, reason="Private.", key=talk.unique())
	equal(standing(omer, town.forum), [text], "what stands")


def test_masking_needs_the_rev_that_the_moderator_saw():
	text = "Some words here"
	town, noa, omer, dana, post = given_post(text)
	noa.call("post.edit", post=post["id"], rev=1, text="Quite other words", key="e")
	with refused("stale"):
		dana.call("desk.redact", post=post["id"], rev=1, spans=spans_of(text, "words"), reason="Private.", key="d")
	equal(standing(omer, town.forum), ["Quite other words"], "what stands")


def test_what_was_removed_or_masked_is_restored_with_its_words():
	text = "Words that come back"
	for method, params, inbox in (("desk.remove", {}, "post_removed"), ("desk.redact", {"spans": spans_of(text, "come")}, "post_redacted")):
		town, noa, omer, dana, post = given_post(text)
		dana.call(method, post=post["id"], rev=1, reason="A mistake.", key="d", **params)
		noa.call("inbox.join", after=0)
		dana.call("desk.restore", post=post["id"], rev=2, reason="I was wrong.", key="r")
		event = omer.wait_event("restored")
		equal((event["post"]["text"], event["post"]["state"], event["post"]["rev"]), (text, "visible", 3), f"after {method}")
		noa.wait_event("post_restored")
		equal([e["kind"] for e in noa.call("inbox.read")["events"]], [inbox, "post_restored"], "the inbox")
		equal(standing(town.guest("Late"), town.forum), [text], "what stands")
		talk.wait_until(lambda: omer.call("history.search", circle=town.forum, query="Words")["posts"], "found again")


def test_what_its_author_has_taken_back_is_not_restored():
	town, noa, omer, dana, post = given_post("Words taken back")
	noa.call("post.retract", post=post["id"], key="r")
	for rev in (1, 2):
		with refused("stale"):
			dana.call("desk.restore", post=post["id"], rev=rev, reason="Why?", key=talk.unique())
	equal(standing(omer, town.forum), [None], "what stands")


def test_what_was_erased_is_not_restored():
	town, noa, omer, dana, post = given_post("Words to be erased")
	dana.call("desk.remove", post=post["id"], rev=1, reason="Off the subject.", key="d")
	noa.call("me.erase")
	for rev in (1, 2, 3):
		try:
			dana.call("desk.restore", post=post["id"], rev=rev, reason="Why?", key=talk.unique())
			talk.fail("an erased post was restored")
		except talk.RpcError as err:
			check(err.name in ("stale", "not_found"), f"{err}")
	check("Words to be erased" not in talk.dump(dana.join_all(town.forum, "desk.join")) + talk.dump(dana.call("desk.log", circle=town.forum)), "the desk keeps erased words")


def test_participants_mask_and_restore_nothing():
	town, noa, omer, dana, post = given_post("Words")
	for method in ("desk.redact", "desk.restore", "desk.remove"):
		for person in (noa, omer):
			with refused("forbidden"):
				person.call(method, post=post["id"], rev=1, spans=[{"start": 0, "end": 1}], reason="Because.", key=talk.unique())


talk.main()
