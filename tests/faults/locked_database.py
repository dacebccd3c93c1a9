#!/usr/bin/python3
"""Another process holds the database: busy or storage_unavailable within bounded time, others undisturbed, recovery by itself."""
import pathlib
import sqlite3
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal


def databases(folder):
	return [path for path in pathlib.Path(folder).rglob("*") if path.is_file() and path.open("rb").read(15) == b"SQLite format 3"]


@talk.within(90)
def test_a_locked_database_is_told_and_recovered_from():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa, omer = town.guest("Noa"), town.guest("Omer")
	omer.join(town.forum)
	before = noa.say(town.forum, "Before")
	holders = [sqlite3.connect(path, isolation_level=None, timeout=10) for path in databases(house.data)]
	for holder in holders:
		holder.execute("begin immediate")
	talk.finally_do(lambda: [holder.close() for holder in holders])
	began = time.monotonic()
	asked = [noa.ask("post.create", circle=town.forum, text=f"While locked {i}", key=f"k{i}") for i in range(3)]
	slowest = 0
	while time.monotonic() - began < 1.5:
		at = time.monotonic()
		omer.call("session.ping")
		omer.call("history.read", circle=town.forum, limit=1)
		slowest = max(slowest, time.monotonic() - at)
	for i in asked:
		try:
			answer = noa.result(i, timeout=20)
			talk.fail(f"answered {answer} while the file is locked")
		except talk.RpcError as err:
			check(err.name in ("busy", "storage_unavailable"), f"refused with {err}")
			equal(err.data["retry"], True, "retry")
	check(slowest < 0.5 * talk.PATIENCE, f"another client waited {slowest:.2f} s")
	for holder in holders:
		holder.execute("rollback")

	def recovered():
		try:
			return noa.post(town.forum, "While locked 0", "k0")
		except talk.RpcError as err:
			check(err.name in ("busy", "storage_unavailable"), f"{err}")
			return None
	after = talk.wait_until(recovered, "recovery by itself", 20)
	equal(after["status"], "posted", "status")
	events = omer.history(town.forum)
	posts = [(e["post"]["id"], e["post"]["text"]) for e in events if e["kind"] == "posted"]
	equal(posts, [(before["id"], "Before"), (after["id"], "While locked 0")], "what was refused is not kept")
	omer.wait_seq(f"circle/{town.forum}", after["seq"])


@talk.within(60)
def test_a_short_lock_is_waited_out():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa = town.guest("Noa")
	noa.say(town.forum, "Before")
	holders = [sqlite3.connect(path, isolation_level=None, timeout=10) for path in databases(house.data)]
	for holder in holders:
		holder.execute("begin immediate")
	asked = noa.ask("post.create", circle=town.forum, text="In between", key="k")
	noa.call("session.ping")
	for holder in holders:
		holder.execute("rollback")
		holder.close()
	equal(noa.result(asked)["status"], "posted", "status")


@talk.within(60)
def test_a_long_reader_does_not_stop_writers():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	noa = town.guest("Noa")
	noa.say(town.forum, "Before")
	readers = [sqlite3.connect(path, isolation_level=None) for path in databases(house.data)]
	for reader in readers:
		reader.execute("begin")
		reader.execute("select count(*) from sqlite_master").fetchone()
	talk.finally_do(lambda: [reader.close() for reader in readers])
	asked = [noa.ask("post.create", circle=town.forum, text=f"{i} " + "words " * 500, key=f"k{i}") for i in range(300)]
	for i in asked:
		equal(noa.result(i)["status"], "posted", "status")


talk.main()
