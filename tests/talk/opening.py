#!/usr/bin/python3
"""The first call on a connection is session.open, once, and soon."""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused

METHODS = """session.ping session.link session.close session.revoke process.read charter.read charter.accept circle.join circle.leave
circle.mark circle.members circle.typing post.create post.edit post.retract post.report draft.check history.read history.search inbox.join
inbox.read desk.join desk.read desk.queue desk.log desk.claim desk.unclaim desk.release desk.reject desk.remove me.update me.posts me.export
me.erase""".split()


def server():
	return talk.shared("limits=0")


def test_before_session_open_every_method_is_unauthorised():
	town = talk.given_process(server())
	stranger = server().client()
	for method in METHODS:
		with refused("unauthorised"):
			stranger.call(method, {"circle": town.forum, "process": town.process, "text": "x", "key": "k"})
	stranger.open(name="Noa")


def test_before_session_open_wrong_params_are_unauthorised_too():
	stranger = server().client()
	for params in ({}, {"circle": 7}, {"circle": None, "text": []}):
		with refused("unauthorised"):
			stranger.call("post.create", params)


def test_a_second_session_open_is_an_invalid_request():
	noa = server().guest("Noa")
	for params in ({}, {"name": "Other"}, {"resume": noa.opened["resume"]}):
		with refused("invalid_request"):
			noa.call("session.open", params)
	noa.call("session.ping")


def test_two_openings_at_once_give_one_person():
	client = server().client()
	ids = [client.ask("session.open", name="Noa") for _ in range(3)]
	answers = [client.answer(i)[1] for i in ids]
	equal(["result" in answer for answer in answers], [True, False, False], "only the first opens")
	equal([answer["error"]["code"] for answer in answers[1:]], [-32600, -32600], "the others")


def test_session_ping_tells_the_time():
	at = server().guest("Noa").call("session.ping")["at"]
	check(talk._AT.match(at), f"at {at}")
	drift = abs(time.time() - __import__("calendar").timegm(time.strptime(at[:19], "%Y-%m-%dT%H:%M:%S")))
	check(drift < 5, f"the server's clock is {drift} s away")


def test_no_session_open_within_ten_seconds_is_closed_with_1008():
	silent, pinging, wrong = server().client(), server().client(), server().client()
	opened = server().guest("Noa")
	began = time.monotonic()
	pinging.wire.send_frame(talk.PING, b"here")
	with refused("unauthorised"):
		wrong.call("session.ping")
	for client in (silent, pinging, wrong):
		equal(client.wait_closed(25), 1008, "close code")
	took = time.monotonic() - began
	check(7 <= took <= 14 * talk.PATIENCE, f"closed after {took:.1f} s")
	opened.call("session.ping")


def test_the_time_to_open_is_a_setting():
	house = talk.serve("open_within_ms=300")
	began = time.monotonic()
	equal(house.client().wait_closed(8), 1008, "close code")
	check(time.monotonic() - began < 5 * talk.PATIENCE, "soon")


def test_wrong_types_in_session_open_are_invalid_params():
	for params in ({"name": 7}, {"token": 7}, {"resume": {}}, {"lang": 3}, {"accept": "yes"}):
		with refused("invalid_params"):
			server().client().open(**params)


def test_token_and_resume_together_are_not_two_people():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	client = server().client()
	try:
		client.open(token=server().invite(town.panel)["token"], resume=noa.opened["resume"])
	except talk.RpcError as err:
		check(err.name in ("invalid_params", "unauthorised"), f"refused with {err}")


talk.main()
