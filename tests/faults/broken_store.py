#!/usr/bin/python3
"""A data folder that is not as it should be: what can be rebuilt is, for the rest a sentence says what to mend."""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal


def given_story():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa = town.guest("Noa")
	for i in range(20):
		noa.say(town.forum, f"A turtle walks, number {i}")
	equal(house.stop(), 0, "exit status")
	return house, town


def finds_turtles(house, town):
	noa = town.guest("Late")
	talk.wait_until(lambda: len(found(noa, town.forum, "turtle")) == 20, "all posts are found again", 20)


def found(client, circle, query):
	try:
		return [post["id"] for post in client.call("history.search", circle=circle, query=query, limit=50)["posts"]]
	except talk.RpcError as err:
		check(err.name == "busy" and err.data["retry"], f"{err}")	# while it is being rebuilt
		return []


def search_files(house):
	return [path for path in house.data.iterdir() if "search" in path.name]


def test_a_lost_search_file_is_rebuilt():
	house, town = given_story()
	check(search_files(house), "there is a search file")
	for path in search_files(house):
		path.unlink()
	house.start()
	finds_turtles(house, town)


def test_a_broken_search_file_is_rebuilt():
	house, town = given_story()
	for damage in (lambda data: b"no database at all " * 500, lambda data: data[:len(data) // 2], lambda data: b"", lambda data: data[:3000] + os.urandom(len(data) - 3000)):
		for path in search_files(house):
			path.write_bytes(damage(path.read_bytes()))
		house.start()
		finds_turtles(house, town)
		equal(house.stop(), 0, "exit status")


def test_a_search_file_of_an_older_moment_catches_up():
	house, town = given_story()
	old = {path: path.read_bytes() for path in search_files(house)}
	house.start()
	noa = town.guest("Noa")
	post = noa.say(town.forum, "A zebra came later")
	house.stop()
	for path in search_files(house):
		path.unlink()
	for path, data in old.items():
		path.write_bytes(data)
	house.start()
	noa = town.guest("Late")
	talk.wait_until(lambda: found(noa, town.forum, "zebra") == [post["id"]], "what came later is found", 20)
	finds_turtles(house, town)


def test_a_broken_store_stops_the_start_with_a_sentence():
	house, town = given_story()
	store = max((path for path in house.data.iterdir() if path not in search_files(house)), key=lambda path: path.stat().st_size)
	good = store.read_bytes()
	for bad in (b"no database at all " * 500, good[:100] + os.urandom(len(good) - 100)):
		store.write_bytes(bad)
		house.start(wait=False)
		equal(house.process.wait(20 * talk.PATIENCE), 1, "exit status")
		check(len(house.logs[-1].read_text().strip()) > 20, "a sentence")
		equal(store.read_bytes(), bad, "the broken store is left as it is, for somebody to look at")
	store.write_bytes(good)
	house.start()
	finds_turtles(house, town)


def test_a_data_folder_that_cannot_be_used_stops_the_start_with_a_sentence():
	house = talk.serve(start=False)
	file = house.folder / "file"
	file.write_text("not a folder")
	for data in (file, file / "below", pathlib.Path("/proc/nothing/such")):
		house.data = data
		house.start(wait=False)
		equal(house.process.wait(20 * talk.PATIENCE), 1, f"exit status for {data}")
		check(len(house.logs[-1].read_text().strip()) > 10, "a sentence")


talk.main()
