#!/usr/bin/python3
"""Presence, typing and limits on addresses across processes, as long as Redis carries them."""
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import nodes
import redis_server
import talk
from talk import check, equal, refused

HELD = 6.5	# seconds until what a dead process had told is gone
QUICK = "presence_every_ms=100"


def count_is(client, circle, count, timeout=10):
	client.wait_notice("presence", lambda p: p["circle"] == circle and p["count"] == count, timeout)


@talk.within(90)
def test_persons_are_counted_once_wherever_they_are_and_a_dead_process_takes_its_own_along():
	redis = redis_server.Redis()
	houses, town = nodes.given_nodes(3, f"redis={redis.url()}", QUICK)
	nodes.relay_is(houses, 1)
	people = [nodes.guest(house, town, f"Guest {i}") for i, house in enumerate(houses) for _ in range(2)]
	for person in people:
		person.join(town.forum)
	for person in people:
		count_is(person, town.forum, 6)
	again = houses[0].client().open(resume=people[5].opened["resume"])	# the same person at another process
	again.join(town.forum)
	other = nodes.guest(houses[1], town, "Seventh")
	other.join(town.forum)
	count_is(again, town.forum, 7)
	count_is(people[5], town.forum, 7)
	people[2].call("circle.leave", circle=town.forum)
	count_is(people[0], town.forum, 6)
	houses[2].kill()
	began = time.monotonic()
	count_is(people[0], town.forum, 5, HELD + 3)	# people[5] is still here, through `again`
	took = time.monotonic() - began
	count_is(other, town.forum, 5, HELD + 3)
	print(f"# the dead process's people were gone after {took:.1f} s")
	equal(houses[1].stop(), 0, "exit status")
	began = time.monotonic()
	count_is(people[0], town.forum, 3)
	check(time.monotonic() - began < 2 * talk.PATIENCE, "who stops in order takes its people along at once")


@talk.within(90)
def test_without_redis_each_process_counts_its_own_and_with_it_all_again():
	redis = redis_server.Redis()
	(one, other), town = nodes.given_nodes(2, f"redis={redis.url()}", QUICK)
	nodes.relay_is((one, other), 1)
	noa, omer = nodes.guest(one, town, "Noa"), nodes.guest(other, town, "Omer")
	noa.join(town.forum)
	omer.join(town.forum)
	count_is(noa, town.forum, 2)
	redis.kill()
	nodes.relay_is((one, other), 0)
	with noa.change:
		noa.notices.clear()
	count_is(noa, town.forum, 1, HELD + 5)
	redis.start()
	count_is(noa, town.forum, 2, 15)
	count_is(omer, town.forum, 2, 15)
	redis.ask("FLUSHALL")	# what Redis forgets it is told again
	talk.wait_until(lambda: len([key for key in redis.keys() if ":here:" in key]) == 2, "it is told again")
	third = nodes.guest(one, town, "Third")
	third.join(town.forum)
	count_is(omer, town.forum, 3)


def test_typing_is_seen_at_other_processes():
	redis = redis_server.Redis()
	(one, other), town = nodes.given_nodes(2, f"redis={redis.url()}")
	nodes.relay_is((one, other), 1)
	talk.wait_until(lambda: nodes.figures(one)["maagal_relay_processes"] == 1, "they know each other")
	noa, omer, outside = nodes.guest(one, town, "Noa"), nodes.guest(other, town, "Omer"), nodes.guest(other, town, "Outside")
	noa.join(town.forum)
	omer.join(town.forum)
	noa.notify("circle.typing", circle=town.forum)
	notice = omer.wait_notice("typing")
	equal(notice["params"]["participant"]["name"], "Noa", "who types")
	outside.barrier()
	equal([n for n in outside.notices if n["method"] == "typing"], [], "typing outside")


def opens(house):
	client = house.client()
	try:
		client.open(name="Many")
		return True
	except talk.RpcError as err:
		talk.check_refusal(err, "too_fast")
		return False
	finally:
		client.close()


def shakes_hands(house):
	try:
		house.client().close()
		return True
	except OSError:
		return False


def allowed(houses, act, most):
	"""How often it is allowed, at one process after the other, until all refuse; what a minute gives back not counted."""
	done, refusals, began, i = 0, 0, time.monotonic(), 0
	while refusals < 2 * len(houses) and done < 2 * most:
		if act(houses[i % len(houses)]):
			done, refusals = done + 1, 0
		else:
			refusals += 1
		i += 1
		threading.Event().wait(0.05)	# a pace, so that what one has used has time to be told
	return done - (time.monotonic() - began) * len(houses) * most / 60


def given_limited(count, *settings):
	redis = redis_server.Redis()
	first = talk.serve(f"redis={redis.url()}", *settings)
	houses = [first] + [talk.serve(f"redis={redis.url()}", *settings, data=first.data) for _ in range(count - 1)]
	nodes.relay_is(houses, 1)
	return houses


@talk.within(60)
def test_sessions_opened_from_one_address_are_counted_by_all_together():
	houses = given_limited(3, "opens_per_address_per_minute=30")
	done = allowed(houses, opens, 30)
	check(18 <= done <= 36, f"{done:.0f} of 30 were allowed by three processes together")


@talk.within(60)
def test_connections_from_one_address_are_counted_by_all_together():
	houses = given_limited(2, "handshakes_per_address_per_minute=60")
	done = allowed(houses, shakes_hands, 60)
	check(40 <= done <= 70, f"{done:.0f} of 60 were allowed by two processes together")


@talk.within(60)
def test_wrong_tokens_from_one_address_lock_it_at_all_processes():
	houses = given_limited(2, "wrong_tokens_per_address_per_minute=6")
	for i in range(6):
		with refused("unauthorised"):
			houses[i % 2].client().open(token=talk.unique("wrong-token-"))
	talk.wait_until(lambda: not opens(houses[0]) and not opens(houses[1]), "a lock at both", 5)


talk.main()
