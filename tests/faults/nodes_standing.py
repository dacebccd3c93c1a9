#!/usr/bin/python3
"""What is decided about a person, a device, a post or a circle at one process holds at the others at once."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import nodes
import redis_server
import talk
from talk import check, equal, refused


def given_two(with_redis):
	if not with_redis:
		return nodes.given_nodes(2)
	redis = redis_server.Redis()
	houses, town = nodes.given_nodes(2, f"redis={redis.url()}")
	nodes.relay_is(houses, 1)
	return houses, town


def both_ways(test):
	"""With Redis, and with looking alone."""
	def told():
		test(*given_two(True))

	def looking():
		test(*given_two(False))
	name = test.__name__
	globals()[f"test_{name}"], globals()[f"test_{name}_without_redis"] = told, looking


def linked(noa, house):
	link = noa.call("session.link")["link"]
	token = re.findall(r"[A-Za-z0-9_-]{20,}", link.partition("#")[2])[-1]
	house.secret(token)
	return house.client().open(token=token)


def device_of(client):
	device = client.me.get("device") or client.opened.get("device")
	return device["id"] if isinstance(device, dict) else device


@both_ways
def a_device_revoked_at_one_process_is_closed_at_the_other(houses, town):
	one, other = houses
	noa = nodes.guest(one, town, "Noa")
	phone, again = linked(noa, other), other.client().open(resume=noa.opened["resume"])
	phone.join(town.forum)
	noa.call("session.revoke", device=device_of(phone))
	equal(phone.wait_closed(), 4001, "close code")
	with refused("unauthorised"):
		other.client().open(resume=phone.opened["resume"])
	again.barrier()
	check(not again.ended, "the person's other device stays")


@both_ways
def a_person_erased_at_one_process_is_closed_at_the_other(houses, town):
	one, other = houses
	name, words = talk.unique("Omer"), talk.unique("words of omer ")
	omer, noa = nodes.guest(one, town, name), nodes.guest(other, town, "Noa")
	there = other.client().open(resume=omer.opened["resume"])
	there.join(town.forum)
	noa.join(town.forum)
	post = omer.say(town.forum, words)
	noa.wait_event("posted")
	omer.call("me.erase")
	equal(there.wait_closed(), 4001, "close code")
	equal(noa.wait_event("erased")["post"]["id"], post["id"], "the event there")
	late = nodes.guest(other, town, "Late")
	everything = talk.dump(late.join_all(town.forum)) + talk.dump(noa.history(town.forum))
	check(words not in everything and name not in everything, "the words and the name are gone there")


@both_ways
def words_masked_at_one_process_are_masked_at_the_other(houses, town):
	one, other = houses
	dana, noa, omer = town.moderator(), nodes.guest(one, town, "Noa"), nodes.guest(other, town, "Omer")
	omer.join(town.forum)
	secret = talk.unique("thewords")
	post = noa.say(town.forum, f"before {secret} after")
	omer.wait_event("posted")
	dana.call("desk.redact", post=post["id"], rev=1, spans=[[7, 7 + len(secret)]], reason="It names somebody.", key="k")
	masked = omer.wait_event("redacted")
	check(secret not in talk.dump(masked), "masked live")
	late = nodes.guest(other, town, "Late")
	check(secret not in talk.dump(late.join_all(town.forum)) + talk.dump(late.history(town.forum)), "masked for who comes later")


@both_ways
def a_process_applied_is_known_to_all_that_run(houses, town):
	one, other = houses
	omer = nodes.guest(other, town, "Omer")
	declared = dict(town.declaration)
	declared["circles"] = declared["circles"] + [{"id": "late-" + town.process, "title": "Late", "access": "public", "policy": "public"}]
	one.apply(declared)

	def is_known():
		try:
			return omer.join("late-" + town.process)
		except talk.RpcError as err:
			equal(err.name, "not_found", "until then")
			return None
	talk.wait_until(is_known, "the new circle is known at the other", 5)
	nodes.guest(one, town, "Noa").say("late-" + town.process, "Hello there")
	equal(omer.wait_event("posted")["post"]["text"], "Hello there", "heard")


talk.main()
