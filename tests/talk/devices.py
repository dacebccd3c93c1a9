#!/usr/bin/python3
"""Several devices: session.link adds one, session.revoke ends one."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import talk
from talk import check, equal, refused


def server():
	return talk.shared("limits=0")


def link_token(link):
	address, _, fragment = link.partition("#")
	check(fragment and "?" not in address, f"the token is in the fragment: {link}")
	return re.findall(r"[A-Za-z0-9_-]{20,}", fragment)[-1]


def linked(client):
	"""The same person on a device of its own."""
	token = link_token(client.call("session.link")["link"])
	server().secret(token)
	return server().client().open(token=token)


def device_of(client):
	device = client.me.get("device") or client.opened.get("device")
	check(device, f"a session knows its device: {sorted(client.opened)} {client.me}")
	return device["id"] if isinstance(device, dict) else device


def test_session_link_adds_a_device_to_the_same_person():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	phone = linked(noa)
	equal(phone.me["id"], noa.me["id"], "identity")
	check(phone.opened["resume"] != noa.opened["resume"], "a device has its own resume")
	phone.say(town.forum, "Written on the phone.")


def test_a_link_serves_one_device():
	noa = server().guest("Noa")
	token = link_token(noa.call("session.link")["link"])
	server().client().open(token=token)
	with refused("unauthorised"):
		server().client().open(token=token)


def test_a_revoked_device_is_closed_with_4001_and_its_resume_is_dead():
	town = talk.given_process(server())
	noa = town.guest("Noa")
	phone = linked(noa)
	phone.join(town.forum)
	equal(noa.call("session.revoke", device=device_of(phone)), {}, "answer")
	equal(phone.wait_closed(), 4001, "close code")
	with refused("unauthorised"):
		server().client().open(resume=phone.opened["resume"])
	noa.say(town.forum, "The other device stays.")
	server().client().open(resume=noa.opened["resume"])


def test_a_revoked_device_stays_revoked_after_kill_9():
	house = talk.serve("limits=0")
	noa = house.guest("Noa")
	token = link_token(noa.call("session.link")["link"])
	phone = house.client().open(token=token)
	noa.call("session.revoke", device=device_of(phone))
	house.restart(kill=True)
	with refused("unauthorised"):
		house.client().open(resume=phone.opened["resume"])
	house.client().open(resume=noa.opened["resume"])


def test_nobody_revokes_the_device_of_another():
	noa, omer = server().guest("Noa"), server().guest("Omer")
	with refused("not_found"):
		omer.call("session.revoke", device=device_of(noa))
	with refused("not_found"):
		omer.call("session.revoke", device="nothing-such")
	noa.call("session.ping")


talk.main()
