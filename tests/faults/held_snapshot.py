#!/usr/bin/python3
"""Another program reads one snapshot for long, as an export does: nobody who writes waits for it, and erased words leave the log once it lets go."""
import pathlib
import sqlite3
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal

POSTS = 20
WORDS = "About the plan of the town and its bridge. " * 150


def holds(house):
	"""A connection that has a snapshot."""
	base = sqlite3.connect(house.data / "maagal.db", isolation_level=None)
	talk.finally_do(base.close)
	base.execute("begin")
	base.execute("select count(*) from event").fetchone()
	return base


def says_soon(person, circle, what):
	"""A wait of a second for each commit would show."""
	began = time.monotonic()
	for i in range(POSTS):
		person.say(circle, f"{what} {i}. {WORDS}")
	took = time.monotonic() - began
	check(took < POSTS / 2 * talk.PATIENCE, f"{what}: {POSTS} posts took {took:.1f} s")


@talk.within(90)
def test_nobody_waits_for_a_snapshot_after_an_erasure_and_the_words_leave_the_log():
	house = talk.serve("limits=0")
	town = talk.given_process(house)
	secret = talk.unique("nobodyknows")
	noa, omer = town.guest("Noa"), town.guest("Omer")
	omer.say(town.forum, f"What {secret} said")
	base = holds(house)
	omer.call("me.erase")
	says_soon(noa, town.forum, "While it is held")
	base.execute("rollback")

	def is_gone():
		return not any(secret.encode() in path.read_bytes() for path in house.data.glob("maagal.db*"))
	talk.wait_until(is_gone, "the erased words have left the files", 20)


@talk.within(90)
def test_nobody_waits_for_a_snapshot_when_the_log_is_long():
	house = talk.serve("limits=0", "wal_bytes_most=1048576")
	town = talk.given_process(house)
	noa = town.guest("Noa")
	base = holds(house)
	wal = house.data / "maagal.db-wal"
	end = time.monotonic() + 30 * talk.PATIENCE
	while wal.stat().st_size < 3 << 20 and time.monotonic() < end:
		noa.say(town.forum, f"{talk.unique()} {WORDS}")
	check(wal.stat().st_size >= 3 << 20, "the log is long")
	says_soon(noa, town.forum, "While it is long")
	base.execute("rollback")

	def starts_over():
		before = wal.stat().st_size
		noa.say(town.forum, f"{talk.unique()} {WORDS}")
		return wal.stat().st_size == before
	talk.wait_until(starts_over, "it starts over once it may", 20)
	equal(house.stop(), 0, "exit status")
	done = house.cli("verify")
	equal(done.returncode, 0, f"verify: {done.stdout}{done.stderr}")


talk.main()
