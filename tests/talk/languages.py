#!/usr/bin/python3
"""Every error is a sentence for a person, in Hebrew, Arabic and English."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal

ALPHABETS = {"he": ("א", "ת"), "ar": ("ء", "ي"), "en": ("A", "z")}


def server():
	return talk.shared("limits=0")


def message(client, method, params, name):
	try:
		client.call(method, params)
		talk.fail(f"{method} was allowed, wanted {name}")
	except talk.RpcError as err:
		talk.check_refusal(err, name)
		return err.message


def in_alphabet(text, lang):
	first, last = ALPHABETS[lang]
	letters = sum(first <= c <= last for c in text)
	return letters > 5 and letters * 2 > sum(c.isalpha() for c in text)


def test_errors_are_said_in_the_language_of_the_session():
	town = talk.given_process(server())
	said = {}
	for lang in ALPHABETS:
		noa = server().guest("Noa", lang)
		said.setdefault("charter_not_accepted", {})[lang] = message(noa, "post.create", {"circle": town.forum, "text": "Hello", "key": "k"}, "charter_not_accepted")
		noa.call("charter.accept", process=town.process, version=1)
		post = noa.say(town.forum, "Words", "k")
		for name, method, params in (
				("not_found", "circle.join", {"circle": "no-such-circle"}),
				("forbidden", "desk.remove", {"post": post["id"], "rev": 1, "reason": "x", "key": "k"}),
				("stale", "post.edit", {"post": post["id"], "rev": 7, "text": "Other", "key": "e"}),
				("key_reused", "post.create", {"circle": town.forum, "text": "Other", "key": "k"}),
				("position_lost", "circle.join", {"circle": town.forum, "after": 10**6}),
				("invalid_params", "circle.join", {"circle": 7}),
				("method_not_found", "nothing.such", {}),
				("invalid_request", "session.open", {})):
			said.setdefault(name, {})[lang] = message(noa, method, params, name)
		answer = noa.send_raw("nonsense")
		said.setdefault("parse_error", {})[lang] = answer["error"]["message"]
	for name, texts in said.items():
		for lang, text in texts.items():
			check(in_alphabet(text, lang), f"{name} in {lang}: {text}")
		equal(len(set(texts.values())), 3, f"different sentences for {name}")


def test_before_opening_the_sentence_is_there_too():
	text = message(server().client(), "session.ping", {}, "unauthorised")
	check(len(text) > 5, text)
	for lang in ALPHABETS:
		text = message(server().client(), "session.open", {"resume": "nothing", "lang": lang}, "unauthorised")
		check(in_alphabet(text, lang), f"{lang}: {text}")


def test_an_unknown_language_gets_one_that_is_known():
	for lang in ("fr", "xx", "EN-us", "he-IL", ""):
		noa = server().client().open(name="Noa", lang=lang)
		check(message(noa, "circle.join", {"circle": "no-such-circle"}, "not_found"), "a sentence")


def test_a_process_falls_back_to_a_language_it_has():
	town = talk.given_process(server(), title={"he": "רק עברית"}, languages=["he"])
	noa = town.guest("Noa", "ar")
	titles = [p["title"] for p in noa.opened["processes"] if p["id"] == town.process]
	equal(titles, ["רק עברית"], "title")


talk.main()
