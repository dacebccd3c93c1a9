#!/usr/bin/python3
"""Limits: on posts per person, on openings per address, on calls; each says when to come back."""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def given_limited(**over):
	server = talk.shared()
	mark = talk.unique()
	circle = {"id": f"forum-{mark}", "title": "Forum", "access": "public", "policy": "public", "limits": {"posts_per_minute": 6, "burst": 3}, "pace_seconds": 0, **over}
	return talk.given_process(server, [circle])


SENTENCES = ["The library should open earlier on Fridays.", "More benches are needed along the river.", "Could the bus stop nearer to the school?",
	"The market smells of fresh bread in winter.", "I would rather plant oaks than palms.", "A second crossing would help the elderly.", "Street lamps flicker on Herzl street."]


def posts_until_refused(client, circle, most=20):
	for i in range(most):
		try:
			client.say(circle, SENTENCES[i % len(SENTENCES)] + f" ({i})")
		except talk.RpcError as err:
			return i, err
	return most, None


def test_speaking_faster_than_the_circle_allows_is_too_fast():
	town = given_limited()
	noa = town.guest("Noa")
	n, err = posts_until_refused(noa, town.forum)
	check(err, f"{n} posts in a burst of three")
	talk.check_refusal(err, "too_fast")
	check(n == 3, f"refused after {n}, the burst is 3")
	equal(err.data["retry"], True, "retry")
	check(0 < err.data["retry_ms"] <= 11000, f"retry_ms {err.data['retry_ms']} at six a minute")


def test_waiting_as_told_is_enough():
	town = given_limited(limits={"posts_per_minute": 60, "burst": 2})
	noa = town.guest("Noa")
	_, err = posts_until_refused(noa, town.forum)
	talk.check_refusal(err, "too_fast")
	end = time.monotonic() + err.data["retry_ms"] / 1000 + 0.05
	talk.wait_until(lambda: time.monotonic() >= end, "the time told")
	noa.say(town.forum, "Now as I was told.", "again")


def test_too_fast_does_not_bind_the_key():
	town = given_limited(limits={"posts_per_minute": 60, "burst": 1})
	noa = town.guest("Noa")
	first = noa.say(town.forum, SENTENCES[0], "k0")
	with refused("too_fast") as box:
		noa.post(town.forum, SENTENCES[1], "k1")
	equal(noa.post(town.forum, SENTENCES[0], "k0"), first, "a known key is answered before the limit")
	end = time.monotonic() + box[0].data["retry_ms"] / 1000 + 0.05
	talk.wait_until(lambda: time.monotonic() >= end, "the time told")
	noa.say(town.forum, "Other words under the key that was too fast.", "k1")


def test_speaking_limits_are_per_person_whatever_the_connections():
	town = given_limited()
	noa, omer = town.guest("Noa"), town.guest("Omer")
	phone = town.again(noa)
	posts_until_refused(noa, town.forum)
	with refused("too_fast"):
		phone.post(town.forum, "From the phone then.")
	omer.say(town.forum, "Omer is not hindered.")


def test_pace_asks_everybody_to_wait_between_posts():
	town = given_limited(pace_seconds=30, limits={"posts_per_minute": 60, "burst": 10})
	noa, omer = town.guest("Noa"), town.guest("Omer")
	check("30" in talk.dump(noa.join(town.forum)["circle"]["pace"]), "pace in circle.join")
	noa.say(town.forum, SENTENCES[0])
	with refused("too_fast") as box:
		noa.post(town.forum, SENTENCES[1])
	check(20000 < box[0].data["retry_ms"] <= 30000, f"retry_ms {box[0].data['retry_ms']}")
	omer.say(town.forum, SENTENCES[2])


def test_the_same_words_again_and_again_are_noticed():
	town = given_limited(limits={"posts_per_minute": 600, "burst": 100})
	noa = town.guest("Noa")
	outcomes = []
	for _ in range(12):
		try:
			outcomes.append(noa.post(town.forum, "Sign my petition now, everybody, please.")["status"])
		except talk.RpcError as err:
			outcomes.append(err.name)
	check(outcomes[-1] != "posted", f"outcomes {outcomes}")


def test_newcomers_beyond_the_budget_of_a_circle_are_held_and_members_are_not():
	server = talk.serve("newcomer_posts_per_circle_per_minute=4")
	town = talk.given_process(server, [{"id": talk.unique("forum-"), "title": "Forum", "access": "public", "policy": "public"}])
	answers = [town.guest(f"Guest {i}").post(town.forum, SENTENCES[i]) for i in range(6)]
	equal([a["status"] for a in answers], ["posted"] * 4 + ["held"] * 2, "statuses")
	check(answers[5]["held"]["then"] in ("published", "returned", "stays") and "seq" not in answers[5], f"{answers[5]}")
	town.member("participant", "Rivka", circle=town.forum).say(town.forum, SENTENCES[6])


def test_limits_0_switches_all_of_them_off_and_no_other_filter():
	server = talk.serve("limits=0")
	mark = talk.unique()
	town = talk.given_process(server, [{"id": f"forum-{mark}", "title": "Forum", "access": "public", "policy": "public", "limits": {"posts_per_minute": 1, "burst": 1},
		"pace_seconds": 0}])
	noa = town.guest("Noa")
	for i in range(40):
		noa.say(town.forum, "The same words all over.")
	equal(noa.post(town.forum, talk.words("hold"))["status"], "held", "the other filters stay")


def test_a_flood_of_calls_is_too_fast_and_closes_nothing():
	town = given_limited()
	noa = town.guest("Noa")
	names = set()
	for _ in range(40):
		ids = [noa.ask("history.read", circle=town.forum, limit=1) for _ in range(100)]
		for i in ids:
			try:
				noa.result(i)
			except talk.RpcError as err:
				names.add(err.name)
				check(err.name in ("too_fast", "busy"), f"{err}")
		if names:
			break
	check(names, "4,000 calls at once are limited")
	talk.wait_until(lambda: _answers(noa), "the person is served again", 20)


def _answers(client):
	try:
		client.call("session.ping")
		return True
	except talk.RpcError as err:
		equal(err.name, "too_fast", "refusal")
		return False


def test_openings_of_one_address_are_limited_and_say_when_to_come_back():
	town = given_limited()
	settled = town.guest("Settled")
	names, clients = [], []
	for i in range(400):
		try:
			client = talk.Client(talk.shared())
			clients.append(client)
			client.open(name=f"Guest {i}")
		except talk.RpcError as err:
			names.append(err.name)
			talk.check_refusal(err, "too_fast")
			break
		except (talk.Closed, ConnectionError, OSError) as err:
			names.append(repr(err))
			break
	check(names, "400 openings in a moment from one address are limited")
	settled.say(town.forum, "Who is in is not hindered.")


talk.main()
