#!/usr/bin/python3
"""64 KiB in either direction: pages are cut to fit, whatever the posts weigh."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal


def server():
	return talk.shared("limits=0")


def given_heavy():
	"""Posts of 8,000 code points of four bytes each, and of characters that JSON must escape."""
	town = talk.given_process(server())
	omer = town.guest("Omer")
	said = []
	for i in range(9):
		text = ("𐤀𐤁𐤂 " * 2000, "\u0001\u0002\"\\" * 2000, "שלום עולם " * 800)[i % 3][:8000]
		answer = omer.post(town.forum, text)
		if answer["status"] == "posted":
			said.append((answer, text))
	check(len(said) >= 6, f"{len(said)} of 9 heavy posts were posted")
	return town, omer, said


def test_every_page_of_heavy_posts_fits_and_none_is_lost():
	town, omer, said = given_heavy()
	wanted = [text for _, text in said]
	noa = town.guest("Noa")
	for way, events in (("circle.join", noa.join_all(town.forum)), ("history.read", noa.history(town.forum))):
		equal([e["post"]["text"] == text for e, text in zip([e for e in events if e["kind"] == "posted"], wanted)], [True] * len(wanted), way)
	events, before = [], None
	for _ in range(50):
		page = noa.call("history.read", {"circle": town.forum, "limit": 500, **({"before": before} if before else {})})
		events = page["events"] + events
		if not page["more"]:
			break
		before = page["events"][0]["seq"]
	equal([e["seq"] for e in events], list(range(1, said[-1][0]["seq"] + 1)), "backwards")


def test_a_heavy_tail_is_cut_and_the_rest_is_joined_after_it():
	town, omer, said = given_heavy()
	noa = town.guest("Noa")
	page = noa.join(town.forum, tail=50)
	events = page["events"]
	for _ in range(50):
		if not page["more"]:
			break
		page = noa.join(town.forum, after=events[-1]["seq"])
		events += page["events"]
	equal(sorted({e["post"]["id"] for e in events if e["kind"] == "posted"}), sorted(a["id"] for a, _ in said), "posts")


def test_a_heavy_post_comes_live():
	town = talk.given_process(server())
	omer, noa = town.guest("Omer"), town.guest("Noa")
	noa.join(town.forum)
	text = "𐤀𐤁𐤂 " * 2000
	if omer.post(town.forum, text)["status"] == "posted":
		equal(noa.wait_event("posted")["post"]["text"], text, "text")
	else:
		omer.say(town.forum, "שלום עולם " * 800)
		equal(noa.wait_event("posted")["post"]["text"], "שלום עולם " * 800, "text")


def test_search_of_heavy_posts_fits():
	town = talk.given_process(server())
	omer = town.guest("Omer")
	for i in range(8):
		omer.say(town.forum, f"needle {i} " + "שלום עולם " * 700)
	talk.wait_until(lambda: len(found_over_pages(omer, town.forum, "needle")) == 8, "all posts over the pages")


def found_over_pages(client, circle, query):
	found, before = set(), None
	while True:
		page = client.call("history.search", {"circle": circle, "query": query, "limit": 100, **({"before": before} if before else {})})
		found |= {post["id"] for post in page["posts"]}
		if not page["more"] or not page["posts"]:
			return found
		before = min(post["seq"] for post in page["posts"])


talk.main()
