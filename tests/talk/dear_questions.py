#!/usr/bin/python3
"""What costs much is bounded: no single call makes others wait, however large the circle has become."""
import pathlib
import sqlite3
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import PATIENCE, check, shorten

POSTS = 16000
_filled = {}


def filled():
	"""A circle with one long thread, made once for the file."""
	if not _filled:
		town = talk.given_process(talk.shared("limits=0"))
		noa = town.guest("Noa")
		root = noa.say(town.forum, "A thread that grows long.")["id"]
		say_many(noa, town.forum, POSTS, thread=root)
		_filled["town"], _filled["root"] = town, root
	return _filled["town"], _filled["root"]


def say_many(client, circle, count, **where):
	waiting = []
	for i in range(count):
		waiting.append(client.ask("post.create", circle=circle, text=f"number {i} of many words", key=f"many{i}", **where))
		if len(waiting) > 200:
			client.result(waiting.pop(0), 60)
	for request_id in waiting:
		client.result(request_id, 60)


def least_ms(client, method, tries=7, **params):
	"""The least of several, so that only the work itself is measured."""
	took = []
	for _ in range(tries):
		began = time.monotonic()
		client.call(method, **params)
		took.append((time.monotonic() - began) * 1000)
	return min(took)


def test_a_join_with_a_long_tail_costs_about_what_a_page_costs():
	town, _ = filled()
	noa = town.guest("Noa")
	page = least_ms(noa, "circle.join", circle=town.forum, after=1)
	tail = least_ms(noa, "circle.join", circle=town.forum, tail=POSTS)
	check(tail < 2 * page + PATIENCE, f"a page takes {page:.1f} ms, a tail of {POSTS} takes {tail:.1f} ms")


def test_a_draft_in_a_long_thread_costs_about_what_any_draft_costs():
	town, root = filled()
	noa = town.guest("Noa")
	draft = least_ms(noa, "draft.check", circle=town.forum, text="Good morning to you")
	answer = least_ms(noa, "draft.check", circle=town.forum, text="Good morning to you", reply_to=root)
	check(answer < 3 * draft + 2 * PATIENCE, f"a draft takes {draft:.1f} ms, in a thread of {POSTS} it takes {answer:.1f} ms")


def longest_wait_ms(town, meanwhile):
	"""The longest that another person's post took while this was done."""
	omer, done, waits = town.guest("Omer"), threading.Event(), []

	def post():
		i = 0
		while not done.is_set():
			began, i = time.monotonic(), i + 1
			omer.call("post.create", circle=town.forum, text=f"meanwhile number {i}", key=f"meanwhile{i}", timeout=50)
			waits.append((time.monotonic() - began) * 1000)

	thread = threading.Thread(target=post)
	thread.start()
	talk.wait_until(lambda: len(waits) > 5, "somebody posts")
	try:
		meanwhile()
	finally:
		before = len(waits)
		talk.wait_until(lambda: len(waits) > before + 5, "somebody still posts", 30)
		done.set()
		thread.join()
	return max(waits)


def test_the_erasure_of_somebody_who_wrote_much_stops_nobodys_writing():
	town, _ = filled()
	noa = town.guest("Noa")
	say_many(noa, town.forum, 4000)
	wait = longest_wait_ms(town, lambda: noa.call("me.erase", timeout=50))
	check(wait < 300 * PATIENCE, f"somebody's post took {wait:.0f} ms")
	reader = town.guest("Reader")

	def words_left():
		return [event["post"] for event in reader.history(town.forum)
			if event.get("post", {}).get("text") and event["post"]["author"]["id"] == noa.me["id"]]

	check(not words_left(), f"words of somebody erased: {shorten(words_left()[:2])}")


def test_an_erasure_that_was_interrupted_is_soon_done():
	server = talk.serve("limits=0")
	town = talk.given_process(server)
	noa = town.guest("Noa")
	say_many(noa, town.forum, 3000)
	noa.ask("me.erase")
	omer = town.guest("Omer")
	talk.wait_until(lambda: omer.call("circle.join", circle=town.forum)["head"] > 3000, "the erasure has begun")
	server.kill()
	server.start()
	reader = talk.Client(server).open(name="Reader")

	def is_erased():
		return reader.call("circle.join", circle=town.forum)["head"] in (3000, 6000)

	talk.wait_until(is_erased, "what was begun is done or was never begun", 15)


def namesakes(path, name, count):
	"""More persons of one name, as a store gathers them over the years."""
	store = sqlite3.connect(path)
	columns = ",".join(row[1] for row in store.execute("PRAGMA table_info(person)") if row[1] != "num")
	while store.execute("SELECT count(*) FROM person WHERE name = ?", [name]).fetchone()[0] < count:
		store.execute(f"INSERT INTO person ({columns}) SELECT {columns} FROM person WHERE name = ?", [name])
	store.commit()
	store.close()


@talk.within(120)
def test_naming_somebody_of_a_common_name_stops_nobodys_writing():
	server = talk.serve("limits=0")
	town = talk.given_process(server)
	town.guest("Guest").close()
	talk.equal(server.stop(), 0, "exit status")
	namesakes(server.data / "maagal.db", "Guest", 100000)
	server.start()
	server.scout = None
	noa = town.guest("Noa")
	wait = longest_wait_ms(town, lambda: noa.post(town.forum, "@Guest, " * 16 + "good morning"))
	check(wait < 200 * PATIENCE, f"somebody's post took {wait:.0f} ms")


if __name__ == "__main__":
	talk.main()
