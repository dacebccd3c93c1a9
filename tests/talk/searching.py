#!/usr/bin/python3
"""Search finds words as people write them: pointed and not, with prefixes, short ones; and only what stands."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


TEXTS = [
	"שלום לכולם, באתי לדבר על הספרייה", "שָׁלוֹם וּבְרָכָה לתושבים", "ובבית הספר צריך עוד כיתות", "בית חדש נבנה ברחוב",
	"محمد يسكن في المدينة", "مُحَمَّد يكتب رسالة", "والمدرسة القديمة تحتاج إلى ترميم", "The library closes too early", "LIBRARY hours should change",
	"A café on the corner", "כן, זה עץ יפה", "Parks and trees: 2,027 of them", "100% agreed_with \"quotes\" and * stars",
]
_given = []


def given_texts():
	if not _given or not _given[0].server.alive():
		town = talk.given_process(server())
		omer = town.guest("Omer")
		_given[:] = [town, {text: omer.say(town.forum, text)["id"] for text in TEXTS}]
	return _given[0], _given[0].guest("Noa"), _given[1]


def find(client, circle, query, **params):
	answer = client.call("history.search", circle=circle, query=query, **params)
	for post in answer["posts"]:
		for flaw in talk.post_flaws(post):
			talk.fail(flaw)
	return [post["text"] for post in answer["posts"]]


def search_until(client, circle, query, wanted):
	"""The search file may trail the journal by a moment."""
	talk.wait_until(lambda: set(wanted) <= set(find(client, circle, query)), f"{query} finds {wanted}, found {find(client, circle, query)}", 5)
	return find(client, circle, query)


def test_pointed_and_unpointed_hebrew_find_each_other():
	town, noa, _ = given_texts()
	for query in ("שלום", "שָׁלוֹם"):
		equal(sorted(search_until(noa, town.forum, query, TEXTS[:2])), sorted(TEXTS[:2]), query)


def test_pointed_and_unpointed_arabic_find_each_other():
	town, noa, _ = given_texts()
	for query in ("محمد", "مُحَمَّد"):
		equal(sorted(search_until(noa, town.forum, query, TEXTS[4:6])), sorted(TEXTS[4:6]), query)


def test_words_with_prefixes_are_found():
	town, noa, _ = given_texts()
	search_until(noa, town.forum, "בית", TEXTS[2:4])
	search_until(noa, town.forum, "ספרייה", TEXTS[:1])
	search_until(noa, town.forum, "مدرسة", [TEXTS[6]])


def test_two_letter_words_are_found():
	town, noa, _ = given_texts()
	search_until(noa, town.forum, "עץ", [TEXTS[10]])
	search_until(noa, town.forum, "כן", [TEXTS[10]])
	search_until(noa, town.forum, "on", ["A café on the corner"])
	search_until(noa, town.forum, "في", [TEXTS[4]])


def test_case_and_accents_do_not_matter():
	town, noa, _ = given_texts()
	equal(sorted(search_until(noa, town.forum, "library", TEXTS[7:9])), sorted(TEXTS[7:9]), "library")
	search_until(noa, town.forum, "CAFE", [TEXTS[9]])


def test_signs_of_a_query_language_do_no_harm():
	town, noa, _ = given_texts()
	search_until(noa, town.forum, "library", TEXTS[7:9])
	for query in ('"', '""', "'", "*", "%", "_", "\\", "(", ")", "AND", "NOT", "NEAR(a b)", "a OR", "-", "^", ":", "text:library", "--", ";", "{", "}", "+",
			"library*", "\u05b0", "\u200f", "🦔", "x" * 200, '" OR 1=1 --', "' OR '1'='1"):
		found = find(noa, town.forum, query)
		check(query == "library*" or set(found) <= set(TEXTS), f"{query}: {found}")
	equal(find(noa, town.forum, "zzqqxx"), [], "a word that nobody wrote")
	equal(find(noa, town.forum, "100%"), [TEXTS[12]], "a percent sign is no wildcard")


def test_wrong_queries_are_refused():
	town, noa, _ = given_texts()
	for params in ({}, {"query": 5}, {"query": ""}, {"query": "x", "limit": "y"}, {"query": "x", "before": -1}):
		with refused("invalid_params"):
			noa.call("history.search", {"circle": town.forum, **params})


def test_search_pages_backwards_and_says_whether_there_is_more():
	town = talk.given_process(server())
	omer = town.guest("Omer")
	said = [omer.say(town.forum, f"A turtle walks, number {i}")["id"] for i in range(12)]
	talk.wait_until(lambda: len(find(omer, town.forum, "turtle", limit=50)) == 12, "all twelve are found")
	got, before = [], None
	for _ in range(12):
		page = omer.call("history.search", {"circle": town.forum, "query": "turtle", "limit": 5, **({"before": before} if before else {})})
		check(len(page["posts"]) <= 5, "limit")
		got += [post["id"] for post in page["posts"]]
		if not page["more"]:
			break
		before = min(post["seq"] for post in page["posts"])
	equal(sorted(got), sorted(said), "all posts, once")


def test_what_is_found_is_only_what_stands():
	town = talk.given_process(server())
	omer, moderator = town.guest("Omer"), town.moderator()
	word = talk.unique("zebra")
	kept, edited, retracted, removed = (omer.say(town.forum, f"A {word}, number {i}") for i in range(4))
	talk.wait_until(lambda: len(find(omer, town.forum, word)) == 4, "all four are found")
	omer.call("post.edit", post=edited["id"], rev=1, text="A horse instead", key="e")
	omer.call("post.retract", post=retracted["id"], key="r")
	moderator.call("desk.remove", post=removed["id"], rev=1, reason="off the subject", key="d")
	equal(find(town.guest("Noa"), town.forum, word), [f"A {word}, number 0"], "from that commit on")
	held = omer.post(town.forum, talk.words("hold") + f" {word}")
	equal(held["status"], "held", "status")
	equal(find(omer, town.forum, word), [f"A {word}, number 0"], "a held post is not found")


def test_one_circle_is_searched_and_no_other():
	town, other = talk.given_process(server()), talk.given_process(server())
	rivka = town.member()
	word = talk.unique("giraffe")
	rivka.say(town.panel, f"A {word} in the panel")
	rivka.say(town.forum, f"A {word} in the forum")
	talk.wait_until(lambda: find(rivka, town.panel, word) == [f"A {word} in the panel"], "the panel's")
	talk.wait_until(lambda: find(rivka, town.forum, word) == [f"A {word} in the forum"], "the forum's")
	equal(find(rivka, other.forum, word), [], "another forum's")


talk.main()
