#!/usr/bin/python3
"""A process killed in mid-commit, or stopped while it holds the turn: the others wait for a stated time and go on by themselves."""
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import nodes
import talk
from talk import check, equal

WAIT_MS = 1500	# for a turn; then storage_unavailable
TRIED_MS = 250	# how often it is tried again


def busy(count=3):
	houses, town = nodes.given_nodes(count)
	crowd = nodes.Crowd(houses, town)
	talk.wait_until(lambda: len(crowd.answered) > 50, "they write")
	return houses, town, crowd


def goes_on(crowd, since, what, timeout=20):
	"""Somebody is answered `posted` after `since`; how long it took."""
	talk.wait_until(lambda: any(when > since for when in list(crowd.said.values())), what, timeout)
	return min(when for when in list(crowd.said.values()) if when > since) - since


@talk.within(120)
def test_a_process_killed_in_mid_commit_delays_the_others_by_a_moment():
	houses, town, crowd = busy()
	victim = houses[2]
	for _ in range(3):
		nodes.stop_with_lock(victim)
		at = time.monotonic()
		victim.kill()
		took = goes_on(crowd, at, "the others go on")
		check(took < 1 * talk.PATIENCE, f"after {took:.2f} s")
		victim.start(victim.port)
		talk.wait_until(lambda: any(text.startswith("2.") and crowd.said[seq] > at for seq, text, _ in list(crowd.answered)), "it writes again", 20)
	crowd.end([reader for reader in crowd.readers if not reader.ended])
	equal([r for r in crowd.refused if r[1] != "storage_unavailable"], [], "refusals")
	late = houses[0].client().open(name="Late", accept=town.accept())
	nodes.check_order(e["post"]["text"] for e in late.join_all(town.forum) if e["kind"] == "posted")
	done = houses[0].cli("verify")
	equal(done.returncode, 0, f"verify: {done.stdout}{done.stderr}")


@talk.within(120)
def test_a_process_stopped_with_the_turn_in_hand_is_woken_by_the_others():
	houses, town, crowd = busy()
	victim = houses[2]
	for name in ("turn.lock", "turn.lock", "turn.lock"):
		nodes.stop_with_lock(victim, name)
		at = time.monotonic()
		took = goes_on(crowd, at, "the others go on", 10)
		check(took < 2 * talk.PATIENCE, f"after {took:.2f} s")
		talk.wait_until(lambda: nodes.state(victim) != "T", "it goes on")
	check("store.holder_woken" in houses[0].log() + houses[1].log(), "it is logged")
	crowd.end()
	slowest = max(took for took, _ in crowd.refused) if crowd.refused else 0
	print(f"# slowest answer {crowd.slow():.2f} s, {len(crowd.refused)} refused, slowest {slowest:.2f} s")
	check(slowest < 3.5 * talk.PATIENCE, f"refused after {slowest:.2f} s")


@talk.within(120)
def test_while_a_foreign_process_holds_the_turn_writing_is_refused_in_time_and_reading_goes_on():
	import fcntl
	houses, town, crowd = busy(2)
	noa = nodes.guest(houses[0], town, "Noa")
	with open(houses[0].data / "turn.lock") as lock:
		fcntl.flock(lock, fcntl.LOCK_EX)
		at = time.monotonic()
		talk.wait_until(lambda: all(house.http("/readyz")[0] == 503 for house in houses), "both say so", 10)
		unwell = time.monotonic() - at
		refused = len(crowd.refused)
		talk.wait_until(lambda: len(crowd.refused) > refused + 20, "they are refused at once by now", 10)
		check(all(took < (2 * WAIT_MS + 500) / 1000 * talk.PATIENCE for took, _ in crowd.refused), f"refused late: {max(crowd.refused)}")
		quick = sorted(took for took, _ in crowd.refused[refused:])
		check(quick[len(quick) // 2] < 0.1 * talk.PATIENCE, f"once it is known, at once: {quick[len(quick) // 2]:.2f} s")
		check(noa.history(town.forum), "reading goes on")
		equal({name for _, name in crowd.refused}, {"storage_unavailable"}, "refusals")
	freed = time.monotonic()
	took = goes_on(crowd, freed, "they go on by themselves")
	print(f"# told unwell after {unwell:.2f} s, well again after {took:.2f} s")
	check(took < (TRIED_MS + 1000) / 1000 * talk.PATIENCE, f"after {took:.2f} s")
	crowd.end()


talk.main()
