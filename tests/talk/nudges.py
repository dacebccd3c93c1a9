#!/usr/bin/python3
"""A nudge asks the author to think again; whoever insists within ten minutes with the same words is heard."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def nudged(noa, circle):
	text = talk.words("nudge")
	answer = noa.post(circle, text, "k")
	equal(answer["status"], "nudged", f"status, {answer}")
	return text, answer


def test_a_nudged_post_is_not_posted_and_says_why():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	omer.join(town.forum)
	text, answer = nudged(noa, town.forum)
	check(isinstance(answer.get("nudge"), str) and answer["nudge"], f"a nudge value: {answer}")
	check("id" not in answer and "seq" not in answer, f"no id, no seq: {answer}")
	check(answer["reasons"], "reasons")
	for reason in answer["reasons"]:
		equal(sorted(set(reason) & {"rule", "symbol", "explanation", "start", "end"}), ["end", "explanation", "rule", "start", "symbol"], "a reason")
		check(0 <= reason["start"] <= reason["end"] <= len(text), f"the place lies in the text: {reason}")
		check(reason["explanation"], "an explanation")
	omer.barrier()
	equal(omer.seen, [], "events")
	equal([e for e in noa.history(town.forum) if e["kind"] == "posted"], [], "history")


def test_insisting_with_the_nudge_posts():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	text, answer = nudged(noa, town.forum)
	noa.say(town.forum, text, "k", nudge=answer["nudge"])


def test_rewriting_after_a_nudge_posts_under_the_same_key():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	_, answer = nudged(noa, town.forum)
	noa.say(town.forum, "I see it differently, and here is why.", "k")


def test_a_nudge_is_bound_to_author_circle_and_text():
	town = talk.given_process(server())
	noa, omer = town.guest("Noa"), town.guest("Omer")
	text, answer = nudged(noa, town.forum)
	equal(omer.post(town.forum, text, nudge=answer["nudge"])["status"], "nudged", "another author")
	other = talk.given_process(server())
	noa.call("charter.accept", process=other.process, version=1)
	equal(noa.post(other.forum, text, nudge=answer["nudge"])["status"], "nudged", "another circle")
	equal(noa.post(town.forum, talk.words("nudge"), nudge=answer["nudge"])["status"], "nudged", "another text")
	equal(noa.post(town.forum, text, nudge="A" * len(answer["nudge"]))["status"], "nudged", "an invented value")
	equal([e for e in noa.history(town.forum) if e["kind"] == "posted"], [], "history")


def test_a_nudge_value_opens_no_way_for_words_that_are_held_or_rejected():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	_, answer = nudged(noa, town.forum)
	equal(noa.post(town.forum, talk.words("hold"), nudge=answer["nudge"])["status"], "held", "held words")
	equal(noa.post(town.forum, talk.words("reject"), nudge=answer["nudge"])["status"], "rejected", "rejected words")


def test_reasons_come_in_the_language_of_the_author():
	town = talk.given_process(server())
	text = talk.words("hold")
	explanations = {}
	for lang, first, last in (("he", "א", "ת"), ("ar", "ء", "ي"), ("en", "A", "z")):
		answer = town.guest("Noa", lang).post(town.forum, text)
		explanations[lang] = " ".join(reason["explanation"] for reason in answer["reasons"])
		check(any(first <= c <= last for c in explanations[lang]), f"{lang}: {explanations[lang]}")
	equal(len(set(explanations.values())), 3, "three languages")


def test_draft_check_tells_beforehand_and_stores_nothing():
	town = talk.given_process(server())
	noa, moderator = town.guest("Noa"), town.moderator()
	for action in ("allow", "nudge", "hold", "reject"):
		text = talk.words(action) if action != "allow" else "The park needs more trees."
		told = noa.call("draft.check", circle=town.forum, text=text)
		check(action in talk.dump(told) or {"allow": "posted", "nudge": "nudged", "hold": "held", "reject": "rejected"}[action] in talk.dump(told),
			f"{action}: {told}")
	equal([e for e in noa.history(town.forum) if e["kind"] == "posted"], [], "history")
	queue = moderator.call("desk.queue", circle=town.forum)
	equal(queue.get("items", queue.get("queue")), [], "the desk's queue")


talk.main()
